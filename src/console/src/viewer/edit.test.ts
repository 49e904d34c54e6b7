import { expect, test } from "vitest";
import { boxOf, type Point } from "./affine";
import { dragged, edgeMiddles, gripAt, withAdded, withCorner, withRemoved } from "./edit";

const BOX: Point[] = [
  [10, 20],
  [50, 60],
];
const TRIANGLE: Point[] = [
  [0, 0],
  [10, 0],
  [0, 10],
];
const near = ([ax, ay]: Point, [bx, by]: Point) => Math.hypot(ax - bx, ay - by) <= 2;

test("a box stays a rectangle whichever corner is dragged, and the opposite corner stays", () => {
  const to: Point = [12, 70];
  const moved = [0, 1, 2, 3].map((corner) => boxOf(withCorner(boxOf(BOX), corner, to)));
  expect(moved).toEqual([
    { x: 12, y: 60, width: 38, height: 10 },
    { x: 10, y: 60, width: 2, height: 10 },
    { x: 10, y: 20, width: 2, height: 50 },
    { x: 12, y: 20, width: 38, height: 50 },
  ]);
});

test("a corner that is dragged beyond the opposite one turns the box over", () => {
  expect(withCorner(boxOf(BOX), 0, [90, 95])).toEqual([
    [50, 60],
    [90, 95],
  ]);
});

test("of a box corners can be taken hold of and its inside, of a polygon its edges too", () => {
  expect(gripAt("box", BOX, [50, 21], near)).toEqual({ at: "vertex", index: 1 });
  expect(gripAt("box", BOX, [30, 20], near)).toEqual({ at: "inside" });
  expect(gripAt("box", BOX, [5, 5], near)).toBeNull();
  expect(gripAt("polygon", TRIANGLE, [5, 1], near)).toEqual({ at: "edge", index: 0 });
});

test("an edge that is dragged gets a vertex, an inside takes all of it along", () => {
  expect(dragged("polygon", TRIANGLE, { at: "edge", index: 0 }, [5, 0], [5, -3])).toEqual([
    [0, 0],
    [5, -3],
    [10, 0],
    [0, 10],
  ]);
  expect(dragged("box", BOX, { at: "inside" }, [20, 30], [25, 28])).toEqual([
    [15, 18],
    [55, 58],
  ]);
});

test("the last edge gets its vertex at the end, and a triangle keeps its three", () => {
  expect(withAdded(TRIANGLE, 2, [0, 5]).at(-1)).toEqual([0, 5]);
  expect(withRemoved(TRIANGLE, 1)).toEqual(TRIANGLE);
  expect(withRemoved([...TRIANGLE, [-5, 5]], 1)).toHaveLength(3);
  expect(edgeMiddles(TRIANGLE)[2]).toEqual([0, 5]);
});
