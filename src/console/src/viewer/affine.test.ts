import { expect, test } from "vitest";
import { type Affine, applied, boxOf, inverse, isInPolygon, type Point, transformedBox } from "./affine";

/** A quarter turn counter-clockwise of 200 x 100 pixels, mirrored, half the size. */
const TURNED: Affine = [0, 0.5, 0, -0.5, 0, 100];

test("the way back leads to where it began", () => {
  const point: Point = [37.5, 12];
  const [x, y] = applied(inverse(TURNED), applied(TURNED, point));
  expect(x).toBeCloseTo(37.5);
  expect(y).toBeCloseTo(12);
});

test("an affine without a way back is refused", () => {
  expect(() => inverse([1, 2, 0, 2, 4, 0])).toThrow();
});

test("a box stays a box when the image is turned, with its sides exchanged", () => {
  expect(transformedBox(TURNED, [10, 20, 40, 6])).toEqual({ x: 10, y: 75, width: 3, height: 20 });
});

test("a box lies around all of its points", () => {
  expect(
    boxOf([
      [5, 1],
      [2, 9],
      [4, 4],
    ]),
  ).toEqual({ x: 2, y: 1, width: 3, height: 8 });
});

test("a hollow of a polygon is outside of it", () => {
  const hollow: Point[] = [
    [0, 0],
    [10, 0],
    [10, 10],
    [5, 3],
    [0, 10],
  ];
  expect(isInPolygon(hollow, [2, 2])).toBe(true);
  expect(isInPolygon(hollow, [5, 8])).toBe(false);
});
