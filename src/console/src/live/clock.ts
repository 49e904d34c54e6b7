/** Times of the day as a crossing point says them: 24 hours, with the day where that is another one. */
import { locale } from "../text";

export const clock = (at: Date | string, now = Date.now()): string => shown(at, now, { second: "2-digit" });

export const hour = (at: Date | string, now = Date.now()): string => shown(at, now, {});

function shown(at: Date | string, now: number, more: Intl.DateTimeFormatOptions): string {
  const date = new Date(at);
  const sameDay = date.toDateString() === new Date(now).toDateString();
  return new Intl.DateTimeFormat(locale(), {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...more,
    ...(sameDay ? {} : { day: "2-digit", month: "2-digit" }),
  }).format(date);
}
