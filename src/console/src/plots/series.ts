/** What a plot shows, the same for its marks, its table and its CSV. A value of null was not counted: it is no zero. */
import { number, t } from "../text";

export type Unit = "count" | "share" | "seconds" | "kappa" | "score";

export interface Series {
  /** Colour by meaning: a lane, or a number of the palette. */
  look: "green" | "yellow" | "red" | "not_assessed" | "one" | "two" | "three";
  name: string;
  values: (number | null)[];
  /** The interval of each value, where it has one. */
  low?: (number | null)[];
  high?: (number | null)[];
  /** How many each value rests on. */
  of?: (number | null)[];
}

export interface PlotData {
  title: string;
  /** What stands along the plot, and each place there: as it is kept, and as it is shown. */
  along: string;
  places: { key: string; shown: string }[];
  unit: Unit;
  series: Series[];
}

export function shownValue(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return t("plots.none");
  if (unit === "share") return `${number(100 * value, 1)}\u00a0%`;
  if (unit === "seconds") return duration(value);
  return number(value, unit === "kappa" || unit === "score" ? 2 : 0);
}

/** Seconds as people read them: `8.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${number(seconds, seconds < 10 ? 1 : 0)} ${t("plots.s")}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} ${t("plots.min")} ${Math.floor(seconds % 60)} ${t("plots.s")}`;
  return `${Math.floor(minutes / 60)} ${t("plots.h")} ${minutes % 60} ${t("plots.min")}`;
}

/** The largest value that a plot has to show, its intervals included; 0 where there is none. */
export function largest(data: PlotData): number {
  const all = data.series.flatMap((each) => [...each.values, ...(each.high ?? [])]);
  return all.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
}

export const isEmpty = (data: PlotData): boolean =>
  data.series.every((each) => each.values.every((value) => value === null));
