/** The outbox in several tabs over one storage, against a service that fails in every way there is. */
import { expect, test, vi } from "vitest";
import type { Problem } from "../api/client";
import { newId } from "../desk/identity";
import { leftOf } from "../queue/left";
import { trying } from "./again";
import { type Alone, aloneBy } from "./alone";
import { type Entry, entryOf, type Kinds } from "./entry";
import { Outbox, type Send } from "./outbox";
import { Shelf } from "./shelf";
import { storageInMemory } from "./storage_in_memory";

const problem = (status: number): Problem => ({ status, title: `status ${status}`, detail: "It says why." });
const OFFLINE = problem(0);

/** The locks of a browser, as far as they are used: one after the other under a name. */
function locks(): Pick<LockManager, "request"> {
  const turns = new Map<string, Promise<unknown>>();
  const request = (name: string, work: () => Promise<unknown>) => {
    const turn = (turns.get(name) ?? Promise.resolve()).then(work);
    turns.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  };
  return { request } as unknown as Pick<LockManager, "request">;
}

/** A service that knows what is on record; `fails` with a status, `deaf`: it has it, and its answers are lost. */
function service() {
  const record: string[] = [];
  const state = { fails: null as number | null, deaf: false, asked: 0, only: "", slow: Promise.resolve() };
  const send: Send = async ({ url, body }) => {
    state.asked += 1;
    await state.slow;
    if (state.fails !== null && url.includes(state.only)) throw problem(state.fails);
    if (!record.includes(body.id)) record.push(body.id);
    if (state.deaf) throw OFFLINE;
    return { id: body.id };
  };
  return { record, state, send };
}

/** Its answers wait until they are let go. */
function slowly(state: { slow: Promise<void> }): () => void {
  let arrive = (): void => undefined;
  state.slow = new Promise((resolve) => {
    arrive = resolve;
  });
  return () => arrive();
}

const plain = { page: () => "", words: () => "" };
const KINDS: Kinds = {
  decision: plain,
  disposition: { ...plain, left: leftOf },
  control: plain,
  referral: plain,
};

function tab(on: Storage, send: Send, alone: Alone = aloneBy(locks(), on), person = "officer-7") {
  const shelf = new Shelf(on);
  const now = { person, online: true };
  const answered = vi.fn();
  const changed = vi.fn();
  const box = new Outbox({
    shelf,
    kinds: KINDS,
    send,
    person: () => now.person,
    online: () => now.online,
    alone,
    changed,
    answered,
  });
  return { box, shelf, now, answered };
}

let minute = 0;
function said(scan: string, by = "officer-7", parts = 1): Entry {
  const of = Array.from({ length: parts }, () => ({
    url: `/v1/scans/${scan}/decisions`,
    body: { id: newId() },
  }));
  const id = of[0]?.body.id ?? "";
  minute += 1;
  const at = new Date(Date.UTC(2026, 1, 1, 10, minute)).toISOString();
  return {
    ...entryOf({ id, kind: "decision", by, about: [scan], name: scan, parts: of, draft: { of: scan } }),
    at,
  };
}

test("what is sent at once leaves nothing behind", async () => {
  const [kept, { send, record }] = [storageInMemory(), service()];
  const { box, answered } = tab(kept, send);
  const entry = said("a");
  expect(await box.post(entry)).toEqual({ answer: { id: entry.id } });
  expect([kept.length, record, answered.mock.calls.length]).toEqual([0, [entry.id], 1]);
});

test.each([0, 401, 403, 405, 408, 425, 429, 500, 502, 503, 504])(
  "status %i is for later: it is kept over a closed tab and sent once",
  async (status) => {
    const [kept, { send, record, state }] = [storageInMemory(), service()];
    state.fails = status;
    const entry = said("a");
    expect(await tab(kept, send).box.post(entry)).toEqual({ waits: problem(status) });
    state.fails = null;
    const opened = tab(kept, send); // the tab was closed, another one is opened
    expect(opened.shelf.all()).toMatchObject([{ id: entry.id, tried: problem(status), stopped: null }]);
    await Promise.all([opened.box.sendAll(), opened.box.sendAll()]);
    expect([kept.length, record, state.asked]).toEqual([0, [entry.id], 2]);
  },
);

test.each([400, 404, 409, 413, 422])(
  "status %i is final: it is told why, what was entered stays, and nothing is sent again by itself",
  async (status) => {
    const [kept, { send, record, state }] = [storageInMemory(), service()];
    Object.assign(state, { fails: status, only: "/a/" });
    const refused = [{ of: null, problem: problem(status) }];
    const { box, shelf } = tab(kept, send);
    expect(await box.post(said("a"))).toEqual({ refused });
    await box.post(said("b"));
    await box.sendAll();
    expect([state.asked, record.length]).toEqual([2, 1]);
    expect(shelf.all()).toMatchObject([{ about: ["a"], draft: { of: "a" }, stopped: refused }]);
    state.fails = null;
    await box.post(said("a")); // said otherwise, it takes the place of what was refused
    expect([kept.length, record.length]).toEqual([0, 2]);
  },
);

test("a conflict that passes by itself is for later, and holds back nothing else", async () => {
  const [kept, { record, send }] = [storageInMemory(), service()];
  const claimed = { ...problem(409), type: "urn:tallyscan:error:claimed" };
  let reads = true;
  const { box, shelf } = tab(kept, async (part) => {
    if (reads && part.url.includes("/a/")) throw claimed;
    return send(part);
  });
  expect(await box.post(said("a"))).toEqual({ waits: claimed });
  await box.post(said("b"));
  expect([record.length, shelf.all()]).toMatchObject([1, [{ tried: claimed, stopped: null, unsure: false }]]);
  reads = false;
  await box.sendAll();
  expect([record.length, shelf.all()]).toEqual([2, []]);
});

test("what a pass sends that had begun before is told to whoever said it: taken, refused or tried", async () => {
  const [kept, { send, state }] = [storageInMemory(), service()];
  const { box, shelf } = tab(kept, send);
  for (const [status, outcome] of [
    [409, { refused: [{ of: null, problem: problem(409) }] }],
    [500, { waits: problem(500) }],
    [null, { answer: null }],
  ] as const) {
    Object.assign(state, { fails: status, only: "/new/" });
    const arrive = slowly(state);
    const posting = box.post(said("old"));
    const asked = state.asked;
    await vi.waitFor(() => expect(state.asked).toBe(asked + 1));
    const pass = box.sendAll(); // as by itself; it begins when the first one is done, and sends what was said meanwhile
    const later = box.post(said("new"));
    arrive();
    await Promise.all([posting, pass]);
    expect(await later).toEqual(outcome);
    for (const { id } of shelf.all()) shelf.remove(id);
  }
});

test("a lost answer is sent again under the same id, so that it is on record once", async () => {
  const [kept, { send, record, state }] = [storageInMemory(), service()];
  state.deaf = true;
  const entry = said("a");
  expect(await tab(kept, send).box.post(entry)).toEqual({ waits: OFFLINE });
  state.deaf = false;
  expect((await tab(kept, send).box.sendAll()).get(entry.id)).toEqual({ answer: { id: entry.id } });
  expect(record).toEqual([entry.id]);
});

test("of several parts those that are on record are not sent again", async () => {
  const [kept, { record, state, send }] = [storageInMemory(), service()];
  const entry = said("a", "officer-7", 3);
  let parts = 0;
  const box = tab(kept, async (part) => {
    parts += 1;
    if (parts === 2) throw OFFLINE;
    return send(part);
  }).box;
  await box.post(entry);
  await box.sendAll();
  expect([record, state.asked, kept.length]).toEqual([entry.parts.map(({ body }) => body.id), 3, 0]);
});

test("they are sent in their order, and without a connection one alone is tried", async () => {
  const [kept, { send, record, state }] = [storageInMemory(), service()];
  state.fails = 0;
  const { box } = tab(kept, send);
  const made = ["a", "b", "c"].map((scan) => said(scan));
  for (const each of [made[2], made[0], made[1]]) await box.post(each as Entry);
  state.asked = 0;
  await box.sendAll();
  expect(state.asked).toBe(1);
  state.fails = null;
  await box.sendAll();
  expect(record).toEqual(made.map(({ id }) => id));
});

test("what one person may not send, or the service fails at, holds back only what is about the same", async () => {
  const [kept, { send, record, state }] = [storageInMemory(), service()];
  Object.assign(state, { fails: 403, only: "/a/" });
  const { box, shelf } = tab(kept, send);
  for (const scan of ["a", "a", "b"]) await box.post(said(scan));
  expect([record.length, shelf.all().length, state.asked]).toEqual([1, 2, 4]);
});

test("after a lost answer it may be on record; where there is no network, or the service refused, it is not", async () => {
  const [kept, { send, state }] = [storageInMemory(), service()];
  const { box, now, shelf } = tab(kept, send);
  const unsure = () => shelf.all()[0]?.unsure;
  Object.assign(now, { online: false });
  state.fails = 0;
  await box.post(said("a"));
  expect(unsure()).toBe(false);
  Object.assign(now, { online: true });
  state.fails = 503;
  await box.sendAll();
  expect(unsure()).toBe(false);
  state.fails = 504;
  await box.sendAll();
  state.fails = 503;
  await box.sendAll();
  expect(unsure()).toBe(true);
});

test("where the network drops while it is on its way, it may be on record", async () => {
  const [kept, { send, record, state }] = [storageInMemory(), service()];
  const { box, now, shelf } = tab(kept, send);
  const arrive = slowly(state);
  state.deaf = true;
  const posting = box.post(said("a"));
  await vi.waitFor(() => expect(state.asked).toBe(1));
  now.online = false; // as the browser says before the request fails
  arrive();
  expect(await posting).toEqual({ waits: OFFLINE });
  expect([record.length, shelf.all()[0]?.unsure]).toEqual([1, true]);
});

test("nobody sends what another person said in the same browser, not even in the middle of a pass", async () => {
  const [kept, { send, record, state }] = [storageInMemory(), service()];
  state.fails = 0;
  const theirs = said("a", "officer-8");
  await tab(kept, send, undefined, "officer-8").box.post(theirs);
  state.fails = null;
  const mine = tab(kept, send);
  await mine.box.sendAll();
  expect([kept.length, record]).toEqual([1, []]);
  const two = said("b", "officer-7", 2);
  const arrive = slowly(state);
  const posting = mine.box.post(two);
  await vi.waitFor(() => expect(state.asked).toBe(2));
  mine.now.person = "officer-8";
  arrive();
  expect(await posting).toEqual({ waits: null });
  expect(record).toEqual([two.id]);
  await mine.box.sendAll();
  expect(record).toEqual([two.id, theirs.id]);
});

test.each([
  ["with locks", () => locks()],
  ["over plain HTTP, where a browser has none", () => undefined],
])("two tabs %s: one sends, and what is on its way is not taken back", async (_, made) => {
  const [kept, { send, record, state }] = [storageInMemory(), service()];
  const alone = aloneBy(made(), kept);
  const [one, two] = [tab(kept, send, alone), tab(kept, send, alone)];
  const arrive = slowly(state);
  const [sent, taken] = [said("a"), said("b")];
  const posting = one.box.post(sent);
  await vi.waitFor(() => expect(state.asked).toBe(1));
  const sending = two.box.post(taken);
  expect(await two.box.takeBack(taken.id)).toMatchObject({ id: taken.id, unsure: false }); // it waits for its turn: nothing keeps it
  const back = two.box.takeBack(sent.id);
  arrive();
  expect(await posting).toEqual({ answer: { id: sent.id } });
  expect(await back).toBe(null);
  await sending;
  expect([record, state.asked]).toEqual([[sent.id], 1]);
  expect(two.shelf.all()).toMatchObject([{ about: ["b"], stopped: [] }]);
});

test("a lease that a closed tab left is over by itself", async () => {
  const kept = storageInMemory();
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const closed = aloneBy(undefined, kept)("x", () => new Promise<never>(() => undefined));
  await vi.advanceTimersByTimeAsync(100);
  vi.clearAllTimers(); // the tab is closed
  const next = vi.fn(async () => "done");
  const waiting = aloneBy(undefined, kept)("x", next);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(next).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await waiting).toBe("done");
  vi.useRealTimers();
  void closed;
});

test("a browser that keeps nothing sends as long as the page is open", async () => {
  const full = { ...storageInMemory(), setItem: () => { throw new Error("quota"); } } as Storage; // biome-ignore format: one line
  const { send, record, state } = service();
  const { box, shelf } = tab(full, send, aloneBy(undefined, full));
  state.fails = 503;
  await box.post(said("a"));
  expect([shelf.keepsNothing, shelf.all().length]).toEqual([true, 1]);
  state.fails = null;
  await box.sendAll();
  expect([shelf.keepsNothing, record.length]).toEqual([false, 1]);
});

test("of many consignments those that were refused stay, each with its reason, and those that failed are sent again", async () => {
  const kept = storageInMemory();
  const outcomes: Record<string, number> = { "C/1": 201, "C/2": 409, "C/3": 503 };
  const asked: string[][] = [];
  const send: Send = async ({ body }) => {
    const { consignments } = body as unknown as { consignments: { consignment: string }[] };
    asked.push(consignments.map(({ consignment }) => consignment));
    const answers = consignments.map(({ consignment }) => {
      const status = outcomes[consignment] ?? 201;
      return status < 300
        ? { consignment, outcome: "recorded", problem: null }
        : { consignment, outcome: "refused", problem: problem(status) };
    });
    return { answers };
  };
  const about = Object.keys(outcomes);
  const body = { id: newId(), consignments: about.map((consignment) => ({ consignment, record: 1 })) };
  const made = { id: body.id, kind: "disposition" as const, by: "officer-7", about, name: "", draft: {} };
  const { box, shelf } = tab(kept, send);
  await box.post(entryOf({ ...made, parts: [{ url: "/v1/dispositions", body }] }));
  expect(shelf.all()).toMatchObject([{ id: body.id, about: ["C/2", "C/3"], stopped: null }]);
  outcomes["C/3"] = 200;
  await box.sendAll();
  expect(asked).toEqual([about, ["C/2", "C/3"]]);
  expect(shelf.all()).toMatchObject([{ about: ["C/2"], stopped: [{ of: "C/2", problem: problem(409) }] }]);
});

test("it is tried again after pauses that grow, and soon again when there is reason to", async () => {
  vi.useFakeTimers();
  const tried: number[] = [];
  const again = trying(async () => tried.push(Date.now()) < 9);
  const begin = Date.now();
  await again.now();
  await vi.advanceTimersByTimeAsync(200_000);
  expect(tried.map((at) => (at - begin) / 1000)).toEqual([0, 2, 6, 14, 30, 62, 122, 182]);
  await again.now();
  expect(tried.length).toBe(9);
  await vi.advanceTimersByTimeAsync(200_000);
  expect(tried.length).toBe(9); // nothing waits any more
  vi.useRealTimers();
});

test("to find one entry the others are not read", () => {
  const read: string[] = [];
  const on = storageInMemory();
  const getItem = (key: string) => {
    read.push(key);
    return on.getItem(key);
  };
  const shelf = new Shelf({ ...on, getItem } as Storage);
  const entries = ["a", "b", "c"].map((scan) => said(scan));
  for (const entry of entries) shelf.put(entry);
  const wanted = entries[1] as Entry;
  expect(shelf.get(wanted.id)).toEqual(wanted);
  expect([read.length, shelf.get("none")]).toEqual([1, undefined]);
});
