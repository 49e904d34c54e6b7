import { expect, test } from "vitest";
import { asked, complete, type Fact, placeIn } from "./complete";

const fact = (path: string, type: string, values: string[] = []): Fact => ({
  path,
  type,
  values,
  meaning: "",
  has_more: type === "declaration" || type.startsWith("list(item"),
});
const FACTS = [
  fact("declaration", "declaration"),
  fact("declaration.mrn", "string"),
  fact("declaration.items", "list(item)"),
  fact("declaration.items[].hs_code", "string"),
  fact("declaration.items[].hs_chapter", "string"),
  fact("risk", "risk"),
  fact("risk.lane", "string", ["green", "red"]),
];
const offered = (text: string) => complete(text, text.length, FACTS).options.map((each) => each.shown);

test("facts are offered by what stands before the dot, and by their beginning", () => {
  expect(offered("dec")).toEqual(["declaration"]);
  expect(offered("declaration.")).toEqual(["mrn", "items"]);
  expect(offered("declaration.items.ex")).toEqual(["exists", "exists_one"]);
  expect(offered("has(declaration.mrn) && declaration.mrn.")).toContain("startsWith");
});

test("what a list holds is offered by the name that a macro gave it", () => {
  expect(offered("declaration.items.exists(i, i.hs_")).toEqual(["hs_code", "hs_chapter"]);
  expect(offered("declaration.items.exists(i, i")).toEqual(["i"].slice(1));
});

test("a text with fixed values offers them, and in other texts nothing is offered", () => {
  expect(offered("risk.lane == '")).toEqual(["green", "red"]);
  expect(offered("risk.lane in ['green', 'r")).toEqual(["red"]);
  expect(offered("declaration.mrn == 'dec")).toEqual([]);
});

test("only the part after the dot is written over", () => {
  const found = complete("declaration.m > 1", 13, FACTS);
  expect([found.from, found.to, found.options[0]?.insert]).toEqual([12, 13, "mrn"]);
});

test("a fact in a list is asked for by exists", () => {
  expect(asked(fact("declaration.items[].hs_code", "string"))).toBe("declaration.items.exists(x, x.hs_code)");
  expect(asked(fact("risk.lane", "string"))).toBe("risk.lane");
});

test("a place by lines and columns is found in the text", () => {
  const text = "true &&\n  nothing";
  expect(placeIn(text, { line: 2, column: 3, end_line: 2, end_column: 10 })).toEqual([10, 17]);
  expect(placeIn(text, { line: 2, column: 3, end_line: null, end_column: null })).toEqual([10, 11]);
  expect(placeIn("", { line: 1, column: 1, end_line: null, end_column: null })).toEqual([0, 0]);
});
