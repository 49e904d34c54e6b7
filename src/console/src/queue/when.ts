/** Times as an officer reads them in a list: how long there still is. */
import { locale } from "../text";

const MINUTE = 60_000;

/** `in 2 h`, `15 min ago`, in the language of the console. */
export function until(at: string, now: number): string {
  const minutes = Math.round((new Date(at).getTime() - now) / MINUTE);
  const format = new Intl.RelativeTimeFormat(locale(), { style: "narrow", numeric: "always" });
  if (Math.abs(minutes) < 90) return format.format(minutes, "minute");
  const hours = Math.round(minutes / 60);
  return Math.abs(hours) < 48 ? format.format(hours, "hour") : format.format(Math.round(hours / 24), "day");
}

export const isOverdue = (at: string, now: number): boolean => new Date(at).getTime() < now;
