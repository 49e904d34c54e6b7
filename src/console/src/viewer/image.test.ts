import { expect, test } from "vitest";
import { arealDensity, decoded, NOT_MEASURED, NOT_TOLD, tableOf, tilesOf } from "./image";
import { following, nearestLevel } from "./prefetch";

const SCAN = { grade: "transmission" as const, surround_band: { per_code: 0.001, about_mm: 100 } };

test("counts are attenuation, and what was not measured is not the darkest goods", () => {
  const high = tableOf("high", SCAN);
  const material = tableOf("material", SCAN);
  const counts = new Uint16Array([65535, 0, Math.round(65535 / Math.E), 65535, 0, 32768]);
  const values = decoded(counts, [high, material]);
  expect(values[0]).toBeCloseTo(0);
  expect(values[1]).toBe(NOT_TOLD);
  expect(values[2]).toBeCloseTo(1, 3);
  expect(values[3]).toBe(1);
  expect(values[4]).toBe(NOT_MEASURED);
  expect(values[5]).toBeCloseTo(0.5, 4);
});

test("neighbouring counts stay apart: all sixteen bits are there", () => {
  const [a, b] = decoded(new Uint16Array([1000, 1001]), [tableOf("high", SCAN)]);
  expect(a).toBeGreaterThan(b as number);
});

test("the surroundings have the unit of what they surround", () => {
  expect(tableOf("surround", SCAN)[2000]).toBeCloseTo(2);
  const display = tableOf("surround", { ...SCAN, grade: "display" as const });
  expect(display[2000]).toBeCloseTo(1 - Math.exp(-2));
});

test("an attenuation is as many grams as the table has there, and none beyond its end", () => {
  const steel = { material: "steel", alpha: [0, 1, 3], g_cm2: [0, 20, 80] };
  expect(arealDensity(steel, 2)).toBe(50);
  expect(arealDensity(steel, -0.1)).toBe(0);
  expect(arealDensity(steel, 3.1)).toBeNull();
});

test("a level has its tiles row by row, the last ones partly filled", () => {
  expect([...tilesOf({ level: 0, width: 300, height: 256, scale: 1 }, 256)]).toEqual([
    [0, 0],
    [1, 0],
  ]);
});

test("a fitted view takes the level whose pixels are nearest to those of the screen", () => {
  const levels = [1, 2, 4, 8].map((scale, level) => ({
    level,
    scale,
    width: 8000 / scale,
    height: 1400 / scale,
  }));
  expect([0.3, 1.4, 2.9, 3.1, 40].map((scale) => nearestLevel(levels, scale).scale)).toEqual([1, 1, 2, 4, 8]);
});

test("the scans after this one are fetched ahead, two of them, and none of a list that does not name it", () => {
  expect(following("a,b,c,d,e", "b")).toEqual(["c", "d"]);
  expect(following("a,b", "b")).toEqual([]);
  expect(following("a,b", "x")).toEqual([]);
  expect(following(undefined, "a")).toEqual([]);
});
