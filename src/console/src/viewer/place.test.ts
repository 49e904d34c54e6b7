import { expect, test } from "vitest";
import type { Point } from "./affine";
import { fitted, lengthOf, panned, toImage, toScreen, unitOf, zoomed } from "./place";

const UNIT = { x: 4, y: 5 };
const STAGE = { width: 1000, height: 500 };
const IMAGE = { width: 2000, height: 800 };
const PLACE = fitted({ x: 0, y: 0, ...IMAGE }, UNIT, STAGE);

test("a fitted image lies in the middle and wholly in the stage, its sides in true proportion", () => {
  const [left, top] = toScreen(PLACE, UNIT, STAGE, [0, 0]);
  const [right, bottom] = toScreen(PLACE, UNIT, STAGE, [IMAGE.width, IMAGE.height]);
  expect(left + right).toBeCloseTo(STAGE.width);
  expect(top + bottom).toBeCloseTo(STAGE.height);
  expect(left).toBeGreaterThan(0);
  expect((right - left) / (bottom - top)).toBeCloseTo((2000 * 4) / (800 * 5));
});

test("the point under the pointer stays where it is while the image is zoomed", () => {
  const at: Point = [123, 77];
  const before = toImage(PLACE, UNIT, STAGE, at);
  const nearer = zoomed(PLACE, UNIT, STAGE, 3, at);
  expect(nearer.resolution).toBeCloseTo(PLACE.resolution / 3);
  const after = toImage(nearer, UNIT, STAGE, at);
  expect(after[0]).toBeCloseTo(before[0]);
  expect(after[1]).toBeCloseTo(before[1]);
});

test("the image follows a pan, and some of it always stays in sight", () => {
  const moved = panned(PLACE, IMAGE, UNIT, 50, 0);
  expect(toScreen(moved, UNIT, STAGE, [0, 0])[0]).toBeCloseTo(toScreen(PLACE, UNIT, STAGE, [0, 0])[0] + 50);
  expect(panned(PLACE, IMAGE, UNIT, 1e9, 1e9).centre).toEqual([0, 0]);
});

test("a length is in mm where the pitch is known, also where pixels are not square", () => {
  expect(lengthOf(UNIT, [0, 0], [30, 0])).toBe(120);
  expect(lengthOf(UNIT, [0, 0], [3, 4])).toBeCloseTo(Math.hypot(12, 20));
  expect(lengthOf(unitOf(null), [0, 0], [3, 4])).toBe(5);
});
