/** Nothing moves under the officer's hand, and nothing is lost from sight. */
import { expect, test } from "vitest";
import { addressOf, filtersIn } from "./filters";
import { type Entry, firstPage, isBefore, withChanges, withPage } from "./lines";

const entry = (consignment: string, more: Partial<Entry> = {}): Entry => ({
  consignment,
  lane: "red",
  risk_score: 0.8,
  place: "red",
  urgent: false,
  waits_for: "disposition",
  deadline_at: "2026-02-01T12:00:00Z",
  deadline_by: "shift",
  reason: "",
  unassessed: null,
  indicators: [],
  selected: null,
  for_scan: false,
  for_opening: false,
  opened: false,
  released: false,
  disposition: null,
  declared: null,
  marks: [],
  traders: [],
  sites: [],
  scans: 1,
  arrived_at: null,
  record: 1,
  changed_at: "2026-02-01T10:00:00Z",
  ...more,
});

const ids = (lines: { shown: { entry: Entry }[] }) => lines.shown.map((line) => line.entry.consignment);

test("a line that changes stays where it stands", () => {
  const lines = firstPage([entry("A"), entry("B"), entry("C")], null);
  const changed = entry("B", { place: "urgent", changed_at: "2026-02-01T11:00:00Z" });
  const after = withChanges(lines, new Map([["B", "it was read"]]), [changed], "risk");
  expect(ids(after)).toEqual(["A", "B", "C"]);
  expect(after.shown[1]).toMatchObject({ changed: true, gone: false, entry: { place: "urgent" } });
  expect(after.fresh.size).toBe(0);
});

test("a line that leaves the list stays and says why", () => {
  const lines = firstPage([entry("A"), entry("B")], null);
  const after = withChanges(lines, new Map([["A", "released, officer-8"]]), [], "risk");
  expect(ids(after)).toEqual(["A", "B"]);
  expect(after.shown[0]).toMatchObject({ gone: true, why: "released, officer-8" });
});

test("what comes is counted where it would stand among the lines, and not below a page that goes on", () => {
  const lines = firstPage([entry("A"), entry("C", { place: "yellow" })], "next");
  const above = entry("B");
  const below = entry("D", { place: "green" });
  const touched = new Map([
    ["B", null],
    ["D", null],
  ]);
  expect([...withChanges(lines, touched, [above, below], "risk").fresh]).toEqual(["B"]);
  const whole = { ...lines, next: null };
  expect([...withChanges(whole, touched, [above, below], "risk").fresh].sort()).toEqual(["B", "D"]);
});

test("what came and went again is no longer counted", () => {
  const lines = firstPage([entry("A")], null);
  const came = withChanges(lines, new Map([["B", null]]), [entry("B")], "risk");
  expect(came.fresh.size).toBe(1);
  expect(withChanges(came, new Map([["B", null]]), [], "risk").fresh.size).toBe(0);
});

test("the next page adds what is not there yet", () => {
  const lines = firstPage([entry("A"), entry("B")], "next");
  expect(ids(withPage(lines, [entry("B"), entry("C")], null))).toEqual(["A", "B", "C"]);
});

test("lines stand in the order of the service: place, deadline, risk, or deadline first", () => {
  const red = entry("A");
  const early = entry("B", { deadline_at: "2026-02-01T09:00:00Z" });
  const never = entry("C", { deadline_at: null });
  const yellow = entry("D", { place: "yellow", deadline_at: "2026-02-01T08:00:00Z" });
  expect([isBefore(early, red, "risk"), isBefore(red, never, "risk")]).toEqual([true, true]);
  expect([isBefore(red, yellow, "risk"), isBefore(yellow, red, "deadline")]).toEqual([true, true]);
  expect(isBefore(entry("Z", { risk_score: 0.9 }), red, "risk")).toBe(true);
  expect(isBefore(red, red, "risk")).toBe(false);
});

test("filters come back from the address as they went in, and nonsense is left out", () => {
  const search =
    "?site=XXOFF001&lane=red&lane=not_assessed&waits_for=disposition&due=4&text=abc+d&order=deadline";
  const filters = filtersIn(search);
  expect(filtersIn(new URL(addressOf(filters), "http://a").search)).toEqual(filters);
  expect(filters.lane).toEqual(["red", "not_assessed"]);
  expect(addressOf(filtersIn("?lane=blue&order=up&due=7&state=x"))).toBe("/console/queue");
});
