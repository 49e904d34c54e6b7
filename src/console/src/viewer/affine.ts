/** Original pixels, in which a reading speaks, and image pixels, which stand upright. */

export type Point = [number, number];

/** x' = a x + b y + c, y' = d x + e y + f. */
export type Affine = readonly [number, number, number, number, number, number];

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const IDENTITY: Affine = [1, 0, 0, 0, 1, 0];

export const applied = ([a, b, c, d, e, f]: Affine, [x, y]: Point): Point => [
  a * x + b * y + c,
  d * x + e * y + f,
];

/** The way back; throws where there is none. */
export function inverse([a, b, c, d, e, f]: Affine): Affine {
  const determinant = a * e - b * d;
  if (determinant === 0) throw new Error("An affine without an inverse");
  const [p, q, r, s] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  return [p, q, -(p * c + q * f), r, s, -(r * c + s * f)];
}

/** A reading's box: x, y, width, height. */
export type ReadingBox = readonly [number, number, number, number];

export function boxOf(corners: readonly Point[]): Box {
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** Turned by quarters and mirrored, a rectangle stays one. */
export const transformedBox = (affine: Affine, [x, y, width, height]: ReadingBox): Box =>
  boxOf([applied(affine, [x, y]), applied(affine, [x + width, y + height])]);

export const cornersOf = ({ x, y, width, height }: Box): [Point, Point, Point, Point] => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
];

export const isInBox = ({ x, y, width, height }: Box, [px, py]: Point): boolean =>
  px >= x && px <= x + width && py >= y && py <= y + height;

/** Even-odd rule. */
export function isInPolygon(polygon: readonly Point[], [px, py]: Point): boolean {
  let inside = false;
  polygon.forEach(([x, y], index) => {
    const [ox, oy] = polygon[(index + polygon.length - 1) % polygon.length] as Point;
    if (y > py !== oy > py && px < ((ox - x) * (py - y)) / (oy - y) + x) inside = !inside;
  });
  return inside;
}
