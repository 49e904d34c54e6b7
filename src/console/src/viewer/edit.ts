/** Correcting a drawn region: corners and vertices moved, vertices added and removed. Points are image pixels. */
import { type Box, boxOf, cornersOf, isInBox, isInPolygon, type Point } from "./affine";
import type { DrawnRegion } from "./handle";

export type Kind = DrawnRegion["kind"];

/** The outline of a region: a box has two points, opposite corners. */
export const outlineOf = (kind: Kind, points: readonly Point[]): Point[] =>
  kind === "box" ? cornersOf(boxOf(points)) : [...points];

export const contains = (kind: Kind, points: readonly Point[], at: Point): boolean =>
  kind === "box" ? isInBox(boxOf(points), at) : isInPolygon(points, at);

/** Corner `index` (clockwise from the upper left) is moved, the opposite one stays: a box stays a rectangle. */
export function withCorner(box: Box, index: number, to: Point): [Point, Point] {
  const opposite = cornersOf(box)[((index % 4) + 2) % 4] as Point;
  const { x, y, width, height } = boxOf([opposite, to]);
  return [
    [x, y],
    [x + width, y + height],
  ];
}

export const withVertex = (points: readonly Point[], index: number, to: Point): Point[] =>
  points.map((point, each) => (each === index ? to : point));

/** A new vertex on the edge that ends at `index + 1`. */
export const withAdded = (points: readonly Point[], index: number, at: Point): Point[] => [
  ...points.slice(0, index + 1),
  at,
  ...points.slice(index + 1),
];

/** A polygon keeps three vertices. */
export const withRemoved = (points: readonly Point[], index: number): Point[] =>
  points.length <= 3 ? [...points] : points.filter((_, each) => each !== index);

export const shifted = (points: readonly Point[], dx: number, dy: number): Point[] =>
  points.map(([x, y]) => [x + dx, y + dy]);

/** What of a region can be taken hold of. */
export type Grip = { at: "vertex" | "edge"; index: number } | { at: "inside" };

export const edgeMiddles = (points: readonly Point[]): Point[] =>
  points.map(([x, y], index) => {
    const [nx, ny] = points[(index + 1) % points.length] as Point;
    return [(x + nx) / 2, (y + ny) / 2];
  });

/** The grip under the pointer; `near` says whether two points are close enough on the screen. */
export function gripAt(
  kind: Kind,
  points: readonly Point[],
  at: Point,
  near: (a: Point, b: Point) => boolean,
): Grip | null {
  const outline = outlineOf(kind, points);
  const vertex = outline.findIndex((point) => near(point, at));
  if (vertex >= 0) return { at: "vertex", index: vertex };
  const edge = kind === "polygon" ? edgeMiddles(outline).findIndex((point) => near(point, at)) : -1;
  if (edge >= 0) return { at: "edge", index: edge };
  return contains(kind, points, at) ? { at: "inside" } : null;
}

/** The points after the grip was dragged from one point to another. */
export function dragged(kind: Kind, points: readonly Point[], grip: Grip, from: Point, to: Point): Point[] {
  if (grip.at === "inside") return shifted(points, to[0] - from[0], to[1] - from[1]);
  if (kind === "box") return withCorner(boxOf(points), grip.index, to);
  return grip.at === "vertex" ? withVertex(points, grip.index, to) : withAdded(points, grip.index, to);
}
