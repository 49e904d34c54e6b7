/** Drafts in a browser's store, as far as it is used: they outlive the tab, and not the scan's time by months. */
import { beforeEach, expect, test, vi } from "vitest";

const kept = vi.hoisted(() => new Map<string, unknown>());
vi.mock("idb-keyval", () => ({
  createStore: () => null,
  get: async (key: string) => kept.get(key),
  set: async (key: string, value: unknown) => void kept.set(key, value),
  del: async (key: string) => void kept.delete(key),
  delMany: async (keys: string[]) => void keys.map((key) => kept.delete(key)),
  entries: async () => [...kept.entries()],
}));
const { dropOldDrafts, EMPTY_DRAFT, keepDraft, keptDraft } = await import("./draft");

const DAY_MS = 86_400_000;
beforeEach(() => kept.clear());

test("a draft is there again as it was, for whoever made it alone", async () => {
  const draft = { ...EMPTY_DRAFT, comment: "Half a thought", seconds: 12 };
  await keepDraft("scan-1", "Officer 1", draft);
  expect(await keptDraft("scan-1", "Officer 1")).toEqual(draft);
  expect(await keptDraft("scan-1", "Officer 2")).toEqual(EMPTY_DRAFT);
});

test("the time alone is dropped after a day, and what was written after two months", async () => {
  await keepDraft("looked-at", "Officer 1", { ...EMPTY_DRAFT, seconds: 9 });
  await keepDraft("written", "Officer 1", { ...EMPTY_DRAFT, comment: "Half a thought" });
  kept.set("Officer 1\nwithout a date", { ...EMPTY_DRAFT, seconds: 9 });
  const left = () => [...kept.keys()].map((key) => key.split("\n")[1]);
  await dropOldDrafts(Date.now() + DAY_MS / 2);
  expect(left()).toEqual(["looked-at", "written"]);
  await dropOldDrafts(Date.now() + 2 * DAY_MS);
  expect(left()).toEqual(["written"]);
  await dropOldDrafts(Date.now() + 61 * DAY_MS);
  expect(left()).toEqual([]);
});
