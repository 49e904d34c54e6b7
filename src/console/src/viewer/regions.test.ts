import { expect, test } from "vitest";
import { IDENTITY } from "./affine";
import { cardPlace, placedLabels } from "./labels";
import { findingAt, notAssessed, regionsOf, type ScanDocument, together } from "./regions";

const finding = (id: string, score: number, box: [number, number, number, number]) => ({ id, score, box });
const scan = (other: object): ScanDocument =>
  ({
    status: "read",
    quality: { readable: true, reasons: [] },
    anomaly: { decision: "clear" },
    containers: [{ unit: 1, box: [0, 0, 500, 200] }],
    findings: [],
    verdicts: [],
    ...other,
  }) as unknown as ScanDocument;

test("regions stand in image pixels, the surest finding on top", () => {
  const read = scan({ findings: [finding("F1", 0.9, [10, 10, 50, 50]), finding("F2", 0.6, [20, 20, 5, 5])] });
  const regions = regionsOf(read, [2, 0, -10, 0, 2, 0]);
  expect(regions.map(({ id }) => id)).toEqual(["U1", "F2", "F1"]);
  expect(regions.at(-1)?.box).toEqual({ x: 10, y: 20, width: 100, height: 100 });
});

test("a click takes the smallest finding that is there, and no unit", () => {
  const read = scan({ findings: [finding("F1", 0.9, [10, 10, 50, 50]), finding("F2", 0.6, [20, 20, 5, 5])] });
  const regions = regionsOf(read, IDENTITY);
  expect(findingAt(regions, [22, 22])?.id).toBe("F2");
  expect(findingAt(regions, [50, 50])?.id).toBe("F1");
  expect(findingAt(regions, [300, 100])).toBeNull();
});

test("a verdict that names a place leads to it, one without does not", () => {
  const rests = { rule: "mass", unit: 1, evidence: { region: [1, 2, 3, 4] } };
  const none = { rule: "lot", unit: 1, evidence: { region: null } };
  const regions = regionsOf(scan({ verdicts: [rests, none] }), IDENTITY);
  expect(regions.filter(({ kind }) => kind === "verdict").map(({ id }) => id)).toEqual(["mass U1"]);
});

test("whatever was not assessed is said: the scan, its anomalies, what the beam did not get through", () => {
  expect(notAssessed(scan({}))).toEqual([]);
  expect(notAssessed(scan({ status: null, reason: "Read again." }))[0]?.code).toBe("waiting");
  const black = scan({
    status: "not_readable",
    quality: { readable: false, reasons: ["black_image: nothing came through."] },
  });
  expect(notAssessed(black)).toEqual([
    { unit: null, code: "not_read", reasons: ["black_image: nothing came through."] },
  ]);
  const opaque = scan({
    anomaly: { decision: "not_assessed" },
    quality: { readable: true, reasons: ["not_penetrated: 28% of the goods in unit 1 let nothing through."] },
  });
  expect(notAssessed(opaque).map(({ code, unit }) => [code, unit])).toEqual([
    ["anomaly", null],
    ["not_penetrated", 1],
  ]);
});

test("a scan that was not read has no regions", () => {
  expect(regionsOf(scan({ status: "not_readable" }), IDENTITY)).toEqual([]);
});

test("no label covers another, and one without room is left out", () => {
  const box = { x: 20, y: 40, width: 60, height: 30 };
  const ids = Array.from({ length: 12 }, (_, index) => `F${index}`);
  const places = placedLabels(
    ids.map((id) => ({ id, box, width: 80 })),
    { width: 400, height: 140 },
  );
  const tops = [...places.values()].flatMap((place) => (place ? [place[1]] : []));
  expect(new Set(tops).size).toBe(tops.length);
  expect(tops.length).toBeGreaterThan(2);
  expect(tops.length).toBeLessThan(ids.length);
});

test("a card stands beside its region, inside the stage, and covers as little of it as can be", () => {
  const stage = { width: 1000, height: 600 };
  const card = { width: 320, height: 270 };
  expect(cardPlace({ x: 100, y: 50, width: 200, height: 100 }, card, stage)).toEqual([312, 50]);
  expect(cardPlace({ x: 600, y: 50, width: 300, height: 100 }, card, stage)[0]).toBe(268);
  const [, above] = cardPlace({ x: 200, y: 400, width: 600, height: 190 }, card, stage);
  expect(above + card.height).toBeLessThanOrEqual(400);
});

test("a reason that stands for several answers is said once, for all of them", () => {
  const [whole, unit, other] = ["not_penetrated: 29 %", "not_penetrated: unit 1, 60 %", "cropped: one end"];
  const missing = [
    { unit: null, code: "anomaly", reasons: [whole, unit] },
    { unit: null, code: "not_penetrated", reasons: [whole] },
    { unit: 1, code: "not_penetrated", reasons: [unit] },
    { unit: 2, code: "unit", reasons: [other] },
  ] as const;
  expect(together(missing).map((group) => group.map(({ code }) => code))).toEqual([
    ["anomaly", "not_penetrated", "not_penetrated"],
    ["unit"],
  ]);
});
