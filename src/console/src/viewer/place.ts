/** Where the image is on the screen. Map coordinates are mm where the pitch is known, else pixels, y upwards. */
import type { Box, Point } from "./affine";
import { clamp } from "./window";

export interface Size {
  width: number;
  height: number;
}

/** Map units of an image pixel. */
export interface Unit {
  x: number;
  y: number;
}

/** What of the map is on the screen: its centre, and map units of a screen pixel. */
export interface Place {
  centre: Point;
  resolution: number;
}

/** Sides that differ by less are the same: a picture that is stretched by a hair is only blurred. */
const SQUARE_WITHIN = 0.002;

export function unitOf(pitch: Unit | null): Unit {
  const { x, y } = pitch ?? { x: 1, y: 1 };
  if (Math.abs(x / y - 1) > SQUARE_WITHIN) return { x, y };
  const mean = (x + y) / 2;
  return { x: mean, y: mean };
}

export const toMap = (unit: Unit, [x, y]: Point): Point => [x * unit.x, -y * unit.y];

export function toScreen({ centre, resolution }: Place, unit: Unit, stage: Size, point: Point): Point {
  const [x, y] = toMap(unit, point);
  return [(x - centre[0]) / resolution + stage.width / 2, (centre[1] - y) / resolution + stage.height / 2];
}

export function toImage({ centre, resolution }: Place, unit: Unit, stage: Size, [x, y]: Point): Point {
  return [
    (centre[0] + (x - stage.width / 2) * resolution) / unit.x,
    -(centre[1] - (y - stage.height / 2) * resolution) / unit.y,
  ];
}

const MARGIN = 0.94;

/** A box of the image, as large as the stage allows. */
export function fitted(box: Box, unit: Unit, stage: Size): Place {
  const [width, height] = [box.width * unit.x, box.height * unit.y];
  return {
    centre: toMap(unit, [box.x + box.width / 2, box.y + box.height / 2]),
    resolution: Math.max(width / (stage.width * MARGIN), height / (stage.height * MARGIN)) || 1,
  };
}

/** Nearer by `factor` while the point under the pointer stays where it is; within 1/32 and 64 of a pixel. */
export function zoomed(place: Place, unit: Unit, stage: Size, factor: number, at: Point): Place {
  const finest = Math.min(unit.x, unit.y);
  const resolution = clamp(place.resolution / factor, finest / 32, finest * 64);
  const [dx, dy] = [at[0] - stage.width / 2, at[1] - stage.height / 2];
  const change = place.resolution - resolution;
  return { centre: [place.centre[0] + dx * change, place.centre[1] - dy * change], resolution };
}

/** Moved by screen pixels; some of the image stays in sight. */
export function panned(place: Place, image: Size, unit: Unit, dx: number, dy: number): Place {
  const [x, y] = place.centre;
  return {
    ...place,
    centre: [
      clamp(x - dx * place.resolution, 0, image.width * unit.x),
      clamp(y + dy * place.resolution, -image.height * unit.y, 0),
    ],
  };
}

/** Length in mm where the pitch is known, else in pixels. */
export const lengthOf = (unit: Unit, [ax, ay]: Point, [bx, by]: Point): number =>
  Math.hypot((bx - ax) * unit.x, (by - ay) * unit.y);
