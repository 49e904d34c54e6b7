/** Times of the day as a crossing point says them: 24 hours, in the language of the page. */
import { locale } from "../text";

export const clock = (at: Date | string): string =>
  new Intl.DateTimeFormat(locale(), { timeStyle: "medium", hourCycle: "h23" }).format(new Date(at));

export const hour = (at: Date | string): string =>
  new Intl.DateTimeFormat(locale(), { timeStyle: "short", hourCycle: "h23" }).format(new Date(at));
