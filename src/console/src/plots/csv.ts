/** The numbers of a plot as CSV (RFC 4180), as they are kept: shares from 0 to 1, seconds, nothing where nothing was
 * counted. */
import type { PlotData } from "./series";

export function csvOf(data: PlotData): string {
  const heads = data.series.flatMap((each) => [
    each.name,
    ...(each.low ? [`${each.name} (low)`, `${each.name} (high)`] : []),
    ...(each.of ? [`${each.name} (n)`] : []),
  ]);
  const rows = data.places.map((place, at) => [
    place.key,
    ...data.series.flatMap((each) => [
      each.values[at],
      ...(each.low ? [each.low[at], each.high?.[at]] : []),
      ...(each.of ? [each.of[at]] : []),
    ]),
  ]);
  return `${[[data.along, ...heads], ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

function cell(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
