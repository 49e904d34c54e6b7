import { expect, test } from "vitest";
import type { Problem } from "../api/client";
import { newId } from "./identity";
import { Outbox, type Send, type Shelf, type Unsent } from "./outbox";
import type { Decision } from "./types";

const OFFLINE: Problem = { status: 0, title: "offline", detail: "" };
const CONFLICT: Problem = { status: 409, title: "Conflict", detail: "Somebody decided already." };

/** A shelf that survives its outbox, as the database of the browser survives its tab. */
function shelf(): Shelf & { kept: Map<string, Unsent> } {
  const kept = new Map<string, Unsent>();
  return {
    kept,
    all: async () => [...kept.values()],
    put: async (unsent) => void kept.set(unsent.id, structuredClone(unsent)),
    remove: async (id) => void kept.delete(id),
  };
}

/** A service that knows what is on record; `down` while it cannot be reached, `deaf`: its answers are lost. */
function service() {
  const record = new Map<string, Unsent>();
  const state = { down: false, deaf: false, refuses: new Set<string>(), asked: 0 };
  const send: Send = async (unsent) => {
    state.asked += 1;
    if (state.down) throw OFFLINE;
    if (state.refuses.has(unsent.scan)) throw CONFLICT;
    record.set(unsent.id, unsent);
    if (state.deaf) throw OFFLINE;
    return { id: unsent.id } as Decision;
  };
  return { record, state, send };
}

let minute = 0;
function decided(scan: string, by = "officer-7"): Unsent {
  const id = newId();
  minute += 1;
  const at = new Date(Date.UTC(2026, 1, 1, 10, minute)).toISOString();
  const said = { id, by, at, decision: "clear", reason: "nothing_found", reader: "first" } as const;
  return {
    id,
    scan,
    name: scan,
    said: { ...said, regions: [], revision: 1, marks_shown: true },
    problem: null,
  };
}

const outbox = (on: Shelf, send: Send, seen: Unsent[][] = []) =>
  new Outbox(on, send, (all) => seen.push(all));

test("a decision that is sent at once leaves nothing behind", async () => {
  const [kept, { send, record }] = [shelf(), service()];
  const unsent = decided("a");
  expect(await outbox(kept, send).post(unsent, "officer-7")).toEqual({ decision: { id: unsent.id } });
  expect([kept.kept.size, record.size]).toEqual([0, 1]);
});

test("a decision made without a connection waits, outlives its tab, and is sent once", async () => {
  const [kept, { send, record, state }] = [shelf(), service()];
  state.down = true;
  expect(await outbox(kept, send).post(decided("a"), "officer-7")).toEqual({ waits: true });
  expect(kept.kept.size).toBe(1);
  state.down = false;
  const opened = outbox(kept, send); // the tab was closed, another one is opened
  await Promise.all([opened.flush("officer-7"), opened.flush("officer-7"), opened.flush("officer-7")]);
  expect([kept.kept.size, record.size, state.asked]).toEqual([0, 1, 2]);
});

test("a lost answer is sent again under the same id, so that it is on record once", async () => {
  const [kept, { send, record, state }] = [shelf(), service()];
  state.deaf = true;
  const unsent = decided("a");
  expect(await outbox(kept, send).post(unsent, "officer-7")).toEqual({ waits: true });
  state.deaf = false;
  const outcomes = await outbox(kept, send).flush("officer-7");
  expect(outcomes.get(unsent.id)).toEqual({ decision: { id: unsent.id } });
  expect([...record.keys()]).toEqual([unsent.id]);
});

test("what is refused stays, is told, is not tried again, and holds nothing back", async () => {
  const [kept, { send, record, state }] = [shelf(), service()];
  state.refuses.add("a");
  const refused = decided("a");
  const seen: Unsent[][] = [];
  const box = outbox(kept, send, seen);
  expect(await box.post(refused, "officer-7")).toEqual({ problem: CONFLICT });
  await box.post(decided("b"), "officer-7");
  expect(seen.at(-1)?.map((each) => each.problem?.detail)).toEqual([CONFLICT.detail]);
  const asked = state.asked;
  await box.flush("officer-7");
  expect([state.asked, record.size]).toEqual([asked, 1]);
  expect(await box.drop(refused.id)).toBe(true);
  expect(kept.kept.size).toBe(0);
});

test("they are sent in the order in which they were made, and never past one that cannot be sent now", async () => {
  const [kept, { send, record, state }] = [shelf(), service()];
  state.down = true;
  const box = outbox(kept, send);
  const made = ["a", "b", "c"].map((scan) => decided(scan));
  for (const each of [made[2], made[0], made[1]]) await box.post(each as Unsent, "officer-7");
  state.asked = 0;
  await box.flush("officer-7");
  expect(state.asked).toBe(1);
  state.down = false;
  await box.flush("officer-7");
  expect([...record.keys()]).toEqual(made.map((each) => each.id));
});

test("nobody sends what another person decided in the same browser", async () => {
  const [kept, { send, record, state }] = [shelf(), service()];
  state.down = true;
  await outbox(kept, send).post(decided("a", "officer-8"), "officer-8");
  state.down = false;
  await outbox(kept, send).flush("officer-7");
  expect([kept.kept.size, record.size]).toEqual([1, 0]);
});

test("what was taken back before it was sent is never sent; what is on its way no longer can be", async () => {
  const [kept, { send, record, state }] = [shelf(), service()];
  state.down = true;
  const box = outbox(kept, send);
  const unsent = decided("a");
  await box.post(unsent, "officer-7");
  state.down = false;
  expect(await box.drop(unsent.id)).toBe(true);
  await box.flush("officer-7");
  expect(record.size).toBe(0);
  const sent = decided("b");
  const [, dropped] = await Promise.all([
    box.post(sent, "officer-7"),
    box.flush("officer-7").then(() => box.drop(sent.id)),
  ]);
  expect([dropped, record.size]).toEqual([false, 1]);
});

test("ids are random UUIDs of version 4", () => {
  const ids = new Set(Array.from({ length: 200 }, newId));
  expect(ids.size).toBe(200);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
