import { signal } from "@preact/signals";
import { expect, test } from "vitest";
import { DrawnRegions } from "./drawn_regions";
import type { DrawnRegion } from "./handle";

test("what is drawn on the upright image lands in pixels of the original, and every step can be taken back", () => {
  const kept = signal<DrawnRegion[]>([]);
  const drawn = new DrawnRegions(kept, [0.5, 0, -10, 0, 2, 0]);
  const id = drawn.add("box", [
    [0, 0],
    [10, 40],
  ]);
  expect(kept.value).toMatchObject([
    {
      id: "D1",
      kind: "box",
      points: [
        [20, 0],
        [40, 20],
      ],
    },
  ]);
  drawn.change(id, [
    [0, 0],
    [20, 40],
  ]);
  expect(kept.value[0]?.points[1]).toEqual([60, 20]);
  drawn.remove(id);
  expect(kept.value).toEqual([]);
  drawn.undo();
  drawn.undo();
  expect(kept.value[0]?.points[1]).toEqual([40, 20]);
  drawn.undo();
  expect(kept.value).toEqual([]);
  expect(drawn.canUndo).toBe(false);
});

test("a region keeps its number when an earlier one is removed", () => {
  const drawn = new DrawnRegions(signal<DrawnRegion[]>([]), [1, 0, 0, 0, 1, 0]);
  const first = drawn.add("box", [
    [0, 0],
    [5, 5],
  ]);
  drawn.add("box", [
    [2, 2],
    [9, 9],
  ]);
  drawn.remove(first);
  expect(drawn.at([3, 3])).toBe("D2");
  expect(
    drawn.add("polygon", [
      [0, 0],
      [5, 0],
      [0, 5],
    ]),
  ).toBe("D3");
});

test("taking back a step leaves what others changed: labels, and regions that were taken over", () => {
  const kept = signal<DrawnRegion[]>([]);
  const drawn = new DrawnRegions(kept, [1, 0, 0, 0, 1, 0]);
  const id = drawn.add("box", [
    [0, 0],
    [5, 5],
  ]);
  drawn.change(id, [
    [0, 0],
    [9, 9],
  ]);
  const takenOver: DrawnRegion = { ...(kept.value[0] as DrawnRegion), id: "R1" };
  kept.value = [...kept.value.map((region) => ({ ...region, family: "people" })), takenOver];
  drawn.undo();
  expect(kept.value.map((region) => [region.id, region.family, region.points[1]])).toEqual([
    ["D1", "people", [5, 5]],
    ["R1", null, [9, 9]],
  ]);
  drawn.undo();
  expect(kept.value.map((region) => region.id)).toEqual(["R1"]);
});
