/** Colour tables: one texture holds all of them, so that a change of colours is a change of one number. */

export type Rgb = [number, number, number];
export type Colouring = "grey" | "spectrum" | "fire" | "ice" | "bands";
export const COLOURINGS: readonly Colouring[] = ["grey", "spectrum", "fire", "ice", "bands"];

/** Greys of a table, and of one hue of the material colours. */
export const SHADES = 256;
export const HUE_SHADES = 128;
/** Steps between one material group and the next have colours of their own, so that borders are soft. */
export const HUES = 16;

/** From thin (first) to dense (last); thin is light in each, so that colours never turn what is dense into air. */
const STOPS: Record<Exclude<Colouring, "bands">, Rgb[]> = {
  grey: [
    [255, 255, 255],
    [0, 0, 0],
  ],
  spectrum: [
    [255, 255, 255],
    [120, 200, 255],
    [40, 170, 90],
    [250, 220, 40],
    [230, 90, 20],
    [120, 0, 60],
    [0, 0, 0],
  ],
  fire: [
    [255, 255, 240],
    [255, 225, 110],
    [245, 130, 30],
    [180, 30, 20],
    [60, 0, 20],
    [0, 0, 0],
  ],
  ice: [
    [255, 255, 255],
    [170, 225, 240],
    [60, 140, 210],
    [30, 50, 140],
    [5, 5, 40],
  ],
};
/** Attenuation in ten steps, as on a map: equal layers have one colour. */
const BANDS = 10;

/** Hues as on the screens that officers know. */
const ORGANIC: Rgb = [240, 120, 10];
const MINERAL: Rgb = [40, 160, 60];
const METAL: Rgb = [30, 90, 220];

const mix = (from: Rgb, to: Rgb, share: number): Rgb =>
  from.map((value, index) => value + ((to[index] as number) - value) * share) as Rgb;

export function along(stops: readonly Rgb[], share: number): Rgb {
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const before = Math.min(Math.floor(place), stops.length - 2);
  return mix(stops[before] as Rgb, stops[before + 1] as Rgb, place - before);
}

export function shade(colouring: Colouring, darkness: number): Rgb {
  if (colouring !== "bands") return along(STOPS[colouring], darkness);
  return along(STOPS.spectrum, Math.min(Math.floor(darkness * BANDS), BANDS - 1) / (BANDS - 1));
}

/** `material` is 0 organic, 0.5 mineral, 1 metal; air stays white, what is dense goes to black in its hue. */
export function materialShade(material: number, darkness: number): Rgb {
  const hue = along([ORGANIC, MINERAL, METAL], material);
  const deep = mix(hue, [0, 0, 0], 0.85);
  return darkness < 0.35
    ? mix([255, 255, 255], hue, darkness / 0.35)
    : mix(hue, deep, (darkness - 0.35) / 0.65);
}

const rounded = (colour: Rgb): Rgb => colour.map(Math.round) as Rgb;

export const tableStart = (colouring: Colouring): number => COLOURINGS.indexOf(colouring) * SHADES;
export const HUES_START = COLOURINGS.length * SHADES;

/** All tables one after the other, then the hues of materials. */
export function palette(): Rgb[] {
  const tables = COLOURINGS.flatMap((colouring) =>
    Array.from({ length: SHADES }, (_, index) => rounded(shade(colouring, index / (SHADES - 1)))),
  );
  const hues = Array.from({ length: HUES }, (_, hue) =>
    Array.from({ length: HUE_SHADES }, (_, index) =>
      rounded(materialShade(hue / (HUES - 1), index / (HUE_SHADES - 1))),
    ),
  );
  return [...tables, ...hues.flat()];
}
