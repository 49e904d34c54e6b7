/** Of each goods item what verdicts say of it, and nothing of another one. */
import { expect, test, vi } from "vitest";
import type { Verdict } from "./case";

vi.stubGlobal("localStorage", { getItem: () => "en" });
vi.stubGlobal("document", { documentElement: {} });
const { saidOfItem } = await import("./verdicts");

const verdict = (rule: string, evidence: NonNullable<Verdict["evidence"]>): Verdict => ({
  unit: 1,
  rule,
  outcome: "differs",
  score: 0.5,
  reason: "",
  said: [],
  evidence,
});

const OF_FIRST = {
  template: "item {number}: {code} {fault}",
  values: { number: 1, code: "9999", fault: "is in no chapter" },
};

const VERDICTS = [
  verdict("commodity", {
    items: [
      { item: 1, sight: "seen" },
      { item: 12, sight: "not_seen" },
    ],
  }),
  {
    ...verdict("hs_code", {
      faults: { "item 1": "9999 is in no chapter" },
      without_meaning: ["item 12 has no commodity code"],
    }),
    said: [{ template: "A declared code cannot be right: {items:;}.", values: { items: [OF_FIRST] } }],
  },
  verdict("description", { contradictions: { "item 12": "shirts against paper" }, not_compared: [] }),
  verdict("mass", {}),
];

test("each item has what was said of it", () => {
  expect(saidOfItem(VERDICTS, 1)).toEqual([
    { rule: "commodity", outcome: "agrees", sight: "seen" },
    { rule: "hs_code", outcome: "differs", words: "9999 is in no chapter", said: [OF_FIRST] },
  ]);
  expect(saidOfItem(VERDICTS, 12)).toEqual([
    { rule: "commodity", outcome: "differs", sight: "not_seen" },
    { rule: "hs_code", outcome: "undetermined", words: "has no commodity code", said: [] },
    { rule: "description", outcome: "differs", words: "shirts against paper", said: [] },
  ]);
  expect(saidOfItem(VERDICTS, 2)).toEqual([]);
});
