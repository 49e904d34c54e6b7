import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import type { Sentence } from "./wording";

vi.stubGlobal("localStorage", { getItem: () => "en", setItem: () => undefined });
vi.stubGlobal("document", { documentElement: {} });
vi.stubGlobal("fetch", async (path: string) => {
  const file = join(import.meta.dirname, "../../tallyscan", `${path.replace("/console/", "")}.json`);
  return existsSync(file) ? new Response(readFileSync(file)) : new Response("", { status: 404 });
});
const { speak } = await import("./text");
const { load, told, toldByCode } = await import("./wording");

afterEach(() => speak("en"));

await load("uk");

const plain = (text: string | null) => text?.replaceAll("\u00a0", " ");
const ofMass: Sentence = {
  template: "{masses:;}.",
  values: {
    masses: [
      {
        template: "Declared for {scope}: {declared_kg:,.0f} kg",
        values: { scope: [{ template: "this unit", values: {} }], declared_kg: 12346 },
      },
      {
        template: "estimated: {estimate_kg:,.0f} kg ({low_kg:,.0f} kg to {high_kg:,.0f} kg)",
        values: { estimate_kg: 9000, low_kg: 7000, high_kg: 11000 },
      },
    ],
  },
};

test("sentences within sentences are said with the numbers of the language", () => {
  speak("uk");
  expect(plain(told([ofMass]))).toBe(
    "Заявлено (ця одиниця): 12 346 кг; оцінено: 9 000 кг (від 7 000 до 11 000 кг).",
  );
});

test("words go with their counts, days and lists are those of the language", () => {
  speak("uk");
  const counted = (declared: number, shown: number) =>
    told([
      {
        template:
          "Declared: {declared} {declared:plural|container|containers}; the image shows {shown} cargo units.",
        values: { declared, shown },
      },
    ]);
  expect(counted(1, 2)).toBe("Заявлено: 1 контейнер; на знімку видно 2 вантажні одиниці.");
  expect(counted(3, 21)).toBe("Заявлено: 3 контейнери; на знімку видно 21 вантажну одиницю.");
  expect(
    told([
      {
        template: "{plate} is not as on {day:date}: {changes}",
        values: { plate: "AA1", day: "2026-01-31", changes: [] },
      },
      { template: "what was read, {what:quoted}, cannot be a plate", values: { what: "$&" } },
      { template: "{numbers:and} together", values: { numbers: ["A", "B"] } },
    ]),
  ).toBe("AA1 не такий, як 31.01.2026:  прочитане, «$&», не може бути номерним знаком A і B разом");
});

test("what cannot be loaded is left to English", async () => {
  await load("xx");
  expect(told([ofMass])).toBeNull();
});

test("what is not wholly known is left to English, as all is in English", () => {
  expect(told([ofMass])).toBeNull();
  speak("uk");
  expect(told([])).toBeNull();
  expect(told(undefined)).toBeNull();
  const nested = { template: "{masses:;}.", values: { masses: [{ template: "of a later version" }] } };
  expect(told([ofMass, nested])).toBeNull();
});

test("reasons with a code say what the code means", () => {
  speak("uk");
  expect(toldByCode("black_image: nothing came; too_noisy: noise of 20% of the open beam; and more.")).toBe(
    "Промінь ніде не пройшов або був вимкнений. Сканування надто зашумлене.",
  );
  expect(toldByCode("It is read again: a weighing came.")).toBeNull();
  expect(toldByCode("of_a_later_version: nobody knows.")).toBeNull();
  expect(toldByCode("")).toBeNull();
});
