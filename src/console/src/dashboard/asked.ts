/** What the dashboard is asked for, in the address and back: a link leads to the same figures. */

export interface Asked {
  first: string;
  last: string;
  zone: string;
  site: string;
  scanner: string;
}

const DAYS = 30;
const DAY_MS = 86_400_000;
const isDay = (text: string | undefined): text is string => /^\d{4}-\d{2}-\d{2}$/.test(text ?? "");

export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

export function today(zone: string): string {
  // Swedish writes a day as ISO 8601 does.
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date());
}

export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

export function askedIn(query: Record<string, string>): Asked {
  const zone = query.time_zone || ownZone();
  const last = isDay(query.last_day) ? query.last_day : today(zone);
  const first = isDay(query.first_day) ? query.first_day : plusDays(last, 1 - DAYS);
  return { first, last, zone, site: query.site ?? "", scanner: query.scanner ?? "" };
}

export function addressOf(asked: Asked): string {
  const query = new URLSearchParams({
    first_day: asked.first,
    last_day: asked.last,
    time_zone: asked.zone,
    ...(asked.site ? { site: asked.site } : {}),
    ...(asked.scanner ? { scanner: asked.scanner } : {}),
  });
  return `/console/dashboard?${query}`;
}

/** The same number of days before (-1) or after (1). */
export function shifted(asked: Asked, way: -1 | 1): Asked {
  const days = Math.round((Date.parse(asked.last) - Date.parse(asked.first)) / DAY_MS) + 1;
  return { ...asked, first: plusDays(asked.first, way * days), last: plusDays(asked.last, way * days) };
}
