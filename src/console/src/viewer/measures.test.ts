import { expect, test, vi } from "vitest";
import type { MeasuredOnScan } from "./measures";

vi.stubGlobal("localStorage", { getItem: () => "en" });
vi.stubGlobal("document", { documentElement: {} });
const { factsOf } = await import("./measures");

const KNOWN = {
  mass_kg: {
    estimate: 42.1,
    low: 30,
    high: null,
    material: "organic",
    materials: ["organic", "steel"],
    because: [],
  },
  areal_density: [
    { material: "organic", g_cm2: { mean: 31.02, p10: 25.6, p50: 31, p90: 36.1 }, at_least: true },
    { material: "lead", g_cm2: { mean: 40, p10: 30, p50: 40, p90: 50 }, at_least: true },
  ],
  attenuation: { mean: 1.4356, p10: 1.2, p50: 1.44, p90: 1.65 },
  material: { undetermined: "one_energy", reason: "One energy does not tell the material." },
  not_measured: 0,
  not_penetrated: 0.25,
} as unknown as MeasuredOnScan;

test("what is measured has its unit and its range, and what part of the shape says nothing is said", () => {
  const facts = factsOf(KNOWN);
  expect(facts[0]).toMatchObject({ name: "Mass", value: "42.1 kg" });
  expect(facts[0]?.note).toContain("30 or more");
  expect(facts.find(({ name }) => name.startsWith("Areal"))?.value).toBe("31 g/cm² or more");
  expect(facts.find(({ name }) => name === "Not penetrated")?.value).toBe("25 %");
  expect(facts.some(({ name }) => name === "Not measured")).toBe(false);
});

test("what cannot be said for one reason is one line, and never a number", () => {
  const none = { undetermined: "display_grade", reason: "No physical units." };
  const facts = factsOf({
    ...KNOWN,
    mass_kg: none,
    areal_density: none,
    attenuation: none,
  } as MeasuredOnScan);
  expect(facts.filter(({ reason }) => reason)).toEqual([
    { name: "Mass, Areal density, Attenuation", reason: "No physical units." },
    { name: "Material", reason: "One energy does not tell the material." },
  ]);
});
