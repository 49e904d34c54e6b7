import { expect, test } from "vitest";
import { canChange, untilNext } from "./seat_kept";
import type { DeskScan } from "./types";

const claimOf = (by: string) => ({ by, until: "2026-02-01T10:02:00Z" });
const scan = (changes: Partial<DeskScan>) => ({
  read: true,
  reader: null,
  why_not: null,
  claim: null,
  server_time: "2026-02-01T10:00:00Z",
  ...changes,
});

test("a scan that another person reads, or that is not read yet, is asked for again soon", () => {
  const taken = scan({ why_not: "claimed", claim: claimOf("O2") });
  expect(canChange(taken, "O1")).toBe(true);
  expect(untilNext(taken, "O1")).toBe(3_000);
  expect(canChange(scan({ why_not: "not_read_yet" }), "O1")).toBe(true);
  expect(canChange(scan({ read: null }), "O1")).toBe(true);
});

test("one's own claim is renewed well before it ends", () => {
  const own = scan({ reader: "first", claim: claimOf("O1") });
  expect(canChange(own, "O1")).toBe(true);
  expect(untilNext(own, "O1")).toBe(48_000);
});

test("what is decided, or waits for somebody else, is not asked for again", () => {
  expect(canChange(scan({ why_not: "decided", claim: claimOf("O1") }), "O1")).toBe(false);
  expect(canChange(scan({ why_not: "another_person" }), "O1")).toBe(false);
});
