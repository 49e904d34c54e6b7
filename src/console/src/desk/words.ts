/** Codes of the service as the desk says them. */
import { locale, number, t, word } from "../text";

export const family = (code: string): string => word("families", code);
export const rule = (code: string): string => word("rules", code);
export const indicator = (code: string): string => word("indicators", code);

/** The service's own words where the console has none for the code. */
export function saidAs(group: string, code: string, service: string): string {
  const key = `${group}.${code}`;
  const text = t(key);
  return text === key ? service : text;
}

/** A probability to two places: 0.00 is a number, and no gap. */
export const score = (value: number): string =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value);

/** An integrity check has the words of its indicator. */
export const check = (name: string): string => indicator(`XR-${name.toUpperCase().replaceAll("_", "-")}`);

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** How long something waits, as short as it can be read. */
export function waits(since: string, now: Date): string {
  const seconds = Math.max((now.getTime() - Date.parse(since)) / 1000, 0);
  if (seconds < MINUTE_S) return t("desk.waits_seconds", { count: Math.floor(seconds) });
  if (seconds < HOUR_S) return t("desk.waits_minutes", { count: Math.floor(seconds / MINUTE_S) });
  if (seconds < DAY_S) return t("desk.waits_hours", { count: Math.floor(seconds / HOUR_S) });
  return t("desk.waits_days", { count: Math.floor(seconds / DAY_S) });
}

export const kg = (mass: number): string => t("desk.kg", { mass: number(mass, mass < 10 ? 1 : 0) });
