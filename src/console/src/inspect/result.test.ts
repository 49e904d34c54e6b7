/** What of an entered control is sent, and what is asked for first. */
import { expect, test, vi } from "vitest";
import { type Entry, entryOf } from "../outbox/entry";
import {
  codesFor,
  type Draft,
  draftAgain,
  EMPTY,
  missing,
  newItem,
  partsOf,
  type Region,
  type Sheet,
} from "./result";

const region = (id: string): Region =>
  ({ id, box: [1, 2, 3, 4], unit: 1, kind: "false_wall" }) as unknown as Region;
const sheet = (scan: string, ...regions: Region[]): Sheet =>
  ({ scan, revision: 2, groups: [{ unit: 1, title: "", access: null, regions }] }) as unknown as Sheet;

const draft = (changes: Partial<Draft>): Draft => ({ ...EMPTY, ...changes });
const bodies = (made: Draft, ...sheets: Sheet[]) =>
  partsOf(made, "C/1", sheets, "Inspector 1").map((part) => ({ ...part.body }) as Record<string, unknown>);

test("nothing is sent before it is said what the control came to", () => {
  expect(missing(EMPTY)).toEqual(["control.need_outcome"]);
  expect(missing(draft({ outcome: "not_opened" }))).toEqual([]);
  expect(missing(draft({ outcome: "found" }))).toEqual(["control.need_opened", "control.need_items"]);
  expect(missing(draft({ outcome: "discrepancy", opened: "wholly" }))).toEqual(["control.need_what"]);
  const pieces = { ...newItem("s"), amount: "1.5", unit: "pieces" as const };
  expect(missing(draft({ outcome: "found", opened: "wholly", items: [pieces] }))).toEqual([
    "control.need_description",
    "control.need_whole_pieces",
  ]);
});

test("what was found is in the region of its scan, and the other scan is searched and empty", () => {
  const item = { ...newItem("s1", region("F1")), amount: "12,5", hs: "2402 20" };
  const made = draft({ outcome: "found", opened: "wholly", items: [item], code: "B1", seals: "broken" });
  made.regions = { "s1 F1": true, "s2 F1": false };
  const [first, second, control] = bodies(
    made,
    sheet("s1", region("F1"), region("M1")),
    sheet("s2", region("F1")),
  );
  expect(first).toMatchObject({
    opened: "wholly",
    found: true,
    discrepancy: false,
    revision: 2,
    control_result: "B1",
  });
  expect(first?.items).toEqual([
    { family: "false_wall", hs: "240220", box: [1, 2, 3, 4], unit: 1, mass_kg: 12.5 },
  ]);
  expect(first?.regions).toEqual([
    { region: "F1", box: [1, 2, 3, 4], found: true },
    { region: "M1", box: [1, 2, 3, 4], found: null },
  ]);
  expect(second).toMatchObject({ opened: "wholly", found: false, items: [] });
  expect(second?.regions).toEqual([{ region: "F1", box: [1, 2, 3, 4], found: false }]);
  expect(control).toMatchObject({
    code: "B1",
    found_hs: ["240220"],
    quantity: 12.5,
    quantity_of: "kg",
    seals: "broken",
  });
  expect(new Set([first?.id, second?.id, control?.id]).size).toBe(3);
});

test("what was not opened has no result, whatever was tapped before", () => {
  const made = draft({
    outcome: "not_opened",
    opened: "wholly",
    items: [newItem("s1")],
    regions: { "s1 F1": true },
  });
  const [said, ...more] = bodies(made, sheet("s1", region("F1")));
  expect(said).toMatchObject({ opened: "no", found: null, items: [] });
  expect(said?.regions).toEqual([{ region: "F1", box: [1, 2, 3, 4], found: null }]);
  expect(more).toEqual([]);
});

test("a discrepancy in words alone is one of every scan", () => {
  const made = draft({ outcome: "discrepancy", opened: "in_part", comment: "Boots, not shirts." });
  for (const said of bodies(made, sheet("s1"), sheet("s2")))
    expect(said).toMatchObject({ found: false, discrepancy: true, items: [], comment: "Boots, not shirts." });
});

test("the codes offered are those that say the same", () => {
  const codes = { A1: "nothing", A4: "discrepancy", B2: "found", B1: "found" };
  expect(codesFor("found", codes)).toEqual(["B1", "B2"]);
  expect(codesFor(null, codes)).toEqual([]);
});

test("what was taken back half sent corrects what is on record, and the rest is there once", () => {
  vi.useFakeTimers({ now: Date.parse("2026-02-01T10:00:00Z") });
  const made = draft({ outcome: "found", opened: "wholly", items: [newItem("s1")], code: "B1" });
  const sheets = [sheet("s1"), sheet("s2")];
  const parts = partsOf(made, "C/1", sheets, "Inspector 1");
  const [first, second, control] = parts;
  const about = { id: "1", kind: "control" as const, by: "Inspector 1", about: ["C/1"], name: "C/1" };
  const half: Entry = { ...entryOf({ ...about, parts, draft: made }), sent: 1, unsure: true, stopped: [] };
  vi.setSystemTime(Date.parse("2026-02-01T10:05:00Z"));
  const again = partsOf(draftAgain(half), "C/1", sheets, "Inspector 1");
  expect(again[0]?.body).toMatchObject({ corrects: first?.body.id, at: "2026-02-01T10:05:00.000Z" });
  expect(again.slice(1)).toEqual([second, control]); // word for word: the service knows it by its id and all it says
  const otherwise = { ...draftAgain(half), comment: "On the left." };
  const changed = partsOf(otherwise, "C/1", sheets, "Inspector 1")[1]?.body;
  expect(changed).toMatchObject({
    id: second?.body.id,
    comment: "On the left.",
    at: "2026-02-01T10:05:00.000Z",
  });
  const problem = { status: 409, title: "Conflict", detail: "" };
  const refused = bodies(draftAgain({ ...half, stopped: [{ of: null, problem }] }), ...sheets);
  expect(refused.map(({ id }) => id)).not.toContain(second?.body.id);
  vi.useRealTimers();
});

test("a control can be sent from a page that came over plain HTTP, where crypto.randomUUID is missing", () => {
  const { getRandomValues } = crypto;
  vi.stubGlobal("crypto", { getRandomValues: getRandomValues.bind(crypto) });
  const made = draft({ outcome: "found", opened: "wholly", items: [newItem("s1")], code: "B1" });
  const ids = bodies(made, sheet("s1"), sheet("s2")).map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  vi.unstubAllGlobals();
});
