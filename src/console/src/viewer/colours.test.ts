import { expect, test } from "vitest";
import {
  COLOURINGS,
  HUE_SHADES,
  HUES,
  HUES_START,
  materialShade,
  palette,
  SHADES,
  shade,
  tableStart,
} from "./colours";

const light = ([r, g, b]: readonly number[]) =>
  0.2126 * (r as number) + 0.7152 * (g as number) + 0.0722 * (b as number);

test("every table goes from light air to dark goods", () => {
  for (const colouring of COLOURINGS) {
    expect(light(shade(colouring, 0)), colouring).toBeGreaterThan(230);
    expect(light(shade(colouring, 1)), colouring).toBeLessThan(20);
  }
});

test("grey never gets lighter where there is more", () => {
  const greys = Array.from({ length: SHADES }, (_, index) => light(shade("grey", index / (SHADES - 1))));
  expect([...greys].sort((a, b) => b - a)).toEqual(greys);
});

test("steps have ten colours and no more", () => {
  const seen = new Set(Array.from({ length: 500 }, (_, index) => shade("bands", index / 499).join()));
  expect(seen.size).toBe(10);
});

test("materials have the hues that officers know: orange, green, blue", () => {
  const [organic, mineral, metal] = [0, 0.5, 1].map((material) => materialShade(material, 0.4));
  const most = (colour: readonly number[] | undefined) => colour?.indexOf(Math.max(...(colour ?? [])));
  expect([most(organic), most(mineral), most(metal)]).toEqual([0, 1, 2]);
  expect(light(materialShade(1, 0))).toBeGreaterThan(250);
});

test("the palette holds every table where its start says, in one texture of a size that all devices take", () => {
  const all = palette();
  expect(all).toHaveLength(HUES_START + HUES * HUE_SHADES);
  expect(all.length).toBeLessThanOrEqual(4096);
  expect(all[tableStart("grey")]).toEqual([255, 255, 255]);
  expect(all[tableStart("grey") + SHADES - 1]).toEqual([0, 0, 0]);
  expect(all[HUES_START]).toEqual([255, 255, 255]);
});
