/** Times of the day as a crossing point says them: 24 hours, in the language of the page. */
import { language } from "../text";

export const clock = (at: Date | string): string =>
  new Intl.DateTimeFormat(language.value, { timeStyle: "medium", hourCycle: "h23" }).format(new Date(at));

export const hour = (at: Date | string): string =>
  new Intl.DateTimeFormat(language.value, { timeStyle: "short", hourCycle: "h23" }).format(new Date(at));
