/** Times as an officer reads them in a list: how long there still is, and the hour. */
import { datesAs, language } from "../text";

const MINUTE = 60_000;

/** `in 2 h`, `15 min ago`, in the language of the console. */
export function until(at: string, now: number): string {
  const minutes = Math.round((new Date(at).getTime() - now) / MINUTE);
  const format = new Intl.RelativeTimeFormat(language.value, { style: "narrow", numeric: "always" });
  if (Math.abs(minutes) < 90) return format.format(minutes, "minute");
  const hours = Math.round(minutes / 60);
  return Math.abs(hours) < 48 ? format.format(hours, "hour") : format.format(Math.round(hours / 24), "day");
}

/** The hour, with the day where that is another one. */
export function hour(at: string, now: number): string {
  const date = new Date(at);
  const sameDay = date.toDateString() === new Date(now).toDateString();
  return new Intl.DateTimeFormat(datesAs(), {
    hour: "2-digit",
    minute: "2-digit",
    ...(sameDay ? {} : { day: "2-digit", month: "2-digit" }),
  }).format(date);
}

export const isOverdue = (at: string, now: number): boolean => new Date(at).getTime() < now;
