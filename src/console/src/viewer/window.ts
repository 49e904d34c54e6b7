/** Window and level: which part of the range of attenuation the greys are spent on. */

/** From white to black, in attenuation alpha; of a display grade in darkness, 0 to 1. */
export interface Window {
  low: number;
  high: number;
}

export type Grade = "transmission" | "display";

/** No signal at all: half of the smallest count of 65,535. */
export const DARKEST_ALPHA = -Math.log(0.5 / 65535);

export const rangeOf = (grade: Grade): Window => ({ low: 0, high: grade === "display" ? 1 : DARKEST_ALPHA });

export type Preset = "whole" | "thin" | "medium" | "dense" | "steel";
export const PRESETS: readonly Preset[] = ["whole", "thin", "medium", "dense", "steel"];

/** Attenuation at 6 MV: 0.6 are about 10 g/cm2 of goods, 2.5 about 50, 5 about 120 mm of steel. */
const IN_ALPHA: Record<Exclude<Preset, "whole">, Window> = {
  thin: { low: 0, high: 0.6 },
  medium: { low: 0.2, high: 2.5 },
  dense: { low: 1.5, high: 5 },
  steel: { low: 4, high: 9 },
};
const IN_DARKNESS: Record<Exclude<Preset, "whole">, Window> = {
  thin: { low: 0, high: 0.3 },
  medium: { low: 0.15, high: 0.65 },
  dense: { low: 0.5, high: 0.9 },
  steel: { low: 0.75, high: 1 },
};

/** `darkest` is where the whole scan ends: all but its darkest few pixels are lighter. */
export function presetWindow(preset: Preset, grade: Grade, darkest: number): Window {
  if (preset === "whole") return { low: 0, high: darkest };
  return (grade === "display" ? IN_DARKNESS : IN_ALPHA)[preset];
}

/** The darkest grey of the whole scan: the 99.5 % quantile, but an empty container is not blown up to look full. */
export function darkestOf(values: ArrayLike<number>, grade: Grade): number {
  if (grade === "display") return 1;
  const sorted = Float32Array.from(values).sort();
  const quantile = sorted[Math.floor(0.995 * (sorted.length - 1))] ?? 0;
  return Math.max(quantile, 2.5);
}

const DRAG_FOR_FULL = 500;

/** A drag in screen pixels: to the right widens the window, down makes the picture darker. */
export function draggedWindow({ low, high }: Window, dx: number, dy: number, range: Window): Window {
  const full = range.high - range.low;
  const width = clamp((high - low) * Math.exp(dx / 250), full / 1000, full);
  const level = (low + high) / 2 - (dy / DRAG_FOR_FULL) * Math.max(width, full / 20);
  const centre = clamp(level, range.low, range.high);
  return { low: centre - width / 2, high: centre + width / 2 };
}

export const clamp = (value: number, least: number, most: number): number =>
  Math.min(Math.max(value, least), most);
