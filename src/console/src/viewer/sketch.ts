/** A shape while it is drawn: by mouse (press, drag, release, or click by click) and by keys in the same way. */
import type { Point } from "./affine";

export type Shape = "line" | "box" | "polygon";

export interface Sketch {
  shape: Shape;
  points: Point[];
  /** Where the next point would be. */
  cursor: Point;
}

export const begun = (shape: Shape, at: Point): Sketch => ({ shape, points: [at], cursor: at });

export const moved = (sketch: Sketch, to: Point): Sketch => ({ ...sketch, cursor: to });

const same = ([ax, ay]: Point, [bx, by]: Point): boolean => ax === bx && ay === by;

/** One more point; `done` has all of them once a line or a box has its two. A second point on the first is none. */
export function placed(sketch: Sketch, at: Point): { sketch: Sketch; done: Point[] | null } {
  if (same(sketch.points[sketch.points.length - 1] as Point, at)) return { sketch, done: null };
  const points = [...sketch.points, at];
  const done = sketch.shape !== "polygon" && points.length === 2 ? points : null;
  return { sketch: { ...sketch, points, cursor: at }, done };
}

/** The corners of a polygon that has enough of them; null otherwise. */
export const closed = ({ shape, points }: Sketch): Point[] | null =>
  shape === "polygon" && points.length >= 3 ? points : null;

/** Without its last point; null when none is left. */
export const stepBack = (sketch: Sketch): Sketch | null =>
  sketch.points.length > 1 ? { ...sketch, points: sketch.points.slice(0, -1) } : null;

/** What is to be seen of it now. */
export const outline = ({ points, cursor }: Sketch): Point[] => [...points, cursor];
