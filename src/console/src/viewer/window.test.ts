import { expect, test } from "vitest";
import { DARKEST_ALPHA, darkestOf, draggedWindow, presetWindow, rangeOf } from "./window";

const RANGE = rangeOf("transmission");
const WHOLE = { low: 0, high: 4 };

test("a drag to the right widens the window around its middle, one to the left narrows it", () => {
  const wider = draggedWindow(WHOLE, 100, 0, RANGE);
  const narrower = draggedWindow(WHOLE, -100, 0, RANGE);
  expect(wider.high - wider.low).toBeGreaterThan(4);
  expect(narrower.high - narrower.low).toBeLessThan(4);
  expect((wider.low + wider.high) / 2).toBeCloseTo(2);
});

test("a drag down makes the picture darker: less attenuation is black", () => {
  const down = draggedWindow(WHOLE, 0, 50, RANGE);
  expect(down.high).toBeLessThan(WHOLE.high);
  expect(down.high - down.low).toBeCloseTo(4);
});

test("a drag there and back again changes nothing", () => {
  const there = draggedWindow(WHOLE, 40, 0, RANGE);
  const back = draggedWindow(there, -40, 0, RANGE);
  expect(back.low).toBeCloseTo(WHOLE.low);
  expect(back.high).toBeCloseTo(WHOLE.high);
});

test("no drag leads out of the range or to a window of nothing", () => {
  const far = draggedWindow(WHOLE, -1e6, -1e6, RANGE);
  expect(far.high).toBeGreaterThan(far.low);
  expect((far.low + far.high) / 2).toBeLessThanOrEqual(DARKEST_ALPHA);
  const wide = draggedWindow(WHOLE, 1e6, 0, RANGE);
  expect(wide.high - wide.low).toBeCloseTo(DARKEST_ALPHA);
});

test("the whole window ends at the darkest of the scan, but a few pixels, and not before an empty one would", () => {
  const values = Array.from({ length: 1000 }, (_, index) => (index < 3 ? 11 : 4));
  expect(darkestOf(values, "transmission")).toBe(4);
  expect(darkestOf([0.1, 0.2], "transmission")).toBe(2.5);
  expect(darkestOf([0.1], "display")).toBe(1);
  expect(presetWindow("whole", "transmission", 4)).toEqual({ low: 0, high: 4 });
});
