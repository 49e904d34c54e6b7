/** What was said and has not arrived: kept in this browser, also over a closed tab, and sent once by its own id. */
import { signal } from "@preact/signals";
import { createStore, del, entries, set, update } from "idb-keyval";
import { api, OFFLINE, type Problem, problemOf } from "../api/client";

/** One result or answer: its parts are sent in order, and each is on record once, by the `id` in its body. */
export interface Unsent {
  id: string;
  about: string;
  parts: { url: string; body: { id: string } }[];
  refused: Problem | null;
}

const store = createStore("tallyscan-inspect", "unsent");
const RETRY_MS = 15_000;
/** Not signed in, timed out, too early, too much: it may be taken later as it is. */
const LATER = [OFFLINE, 401, 408, 425, 429];
const isForLater = (status: number): boolean => LATER.includes(status) || status >= 500;

/** The address is whole already. */
const send = api.POST as unknown as (
  url: string,
  said: { body: unknown },
) => Promise<{ error?: unknown; response: Response }>;

/** All that waits, the oldest first, and the ids of what has arrived since this page was opened. */
export const unsent = signal<Unsent[]>([]);
export const arrived = signal<ReadonlySet<string>>(new Set());
/** Whether this browser keeps nothing: then a closed tab loses what was not sent. */
export const keepsNothing = signal(false);

const order: string[] = [];

/** Done when this browser has it; it is on its way from then on. */
export async function keep(entry: Unsent): Promise<void> {
  show([...unsent.value.filter((each) => each.id !== entry.id), entry]);
  try {
    await set(entry.id, entry, store);
  } catch {
    keepsNothing.value = true;
  }
  void sendAll();
}

export async function throwAway(id: string): Promise<void> {
  show(unsent.value.filter((each) => each.id !== id));
  await forget(id);
}

/** Sends what waits; of several tabs one does it at a time, and twice is on record once anyway. */
export async function sendAll(): Promise<void> {
  const each = async () => {
    for (const entry of unsent.value) if (!entry.refused) await sendOne(entry);
  };
  await (navigator.locks ? navigator.locks.request("tallyscan-inspect", each) : each());
}

async function sendOne(entry: Unsent): Promise<void> {
  let left = entry;
  for (const part of entry.parts) {
    const problem = await post(part);
    if (problem && isForLater(problem.status)) return;
    if (problem) {
      await replace({ ...left, refused: problem });
      return;
    }
    left = { ...left, parts: left.parts.slice(1) };
    await replace(left);
  }
  arrived.value = new Set([...arrived.value, entry.id]);
  await throwAway(entry.id);
}

async function post({ url, body }: Unsent["parts"][number]): Promise<Problem | null> {
  try {
    const { error, response } = await send(url, { body });
    return response.ok ? null : { ...problemOf(error), status: response.status };
  } catch (error) {
    return problemOf(error);
  }
}

async function replace(entry: Unsent): Promise<void> {
  show(unsent.value.map((each) => (each.id === entry.id ? entry : each)));
  try {
    await update(entry.id, () => entry, store);
  } catch {
    keepsNothing.value = true;
  }
}

async function forget(id: string): Promise<void> {
  await del(id, store).catch(() => undefined);
}

function show(all: Unsent[]): void {
  for (const each of all) if (!order.includes(each.id)) order.push(each.id);
  unsent.value = [...all].sort((one, other) => order.indexOf(one.id) - order.indexOf(other.id));
}

/** What an earlier tab left, as soon as a page asks for it; then again whenever there is a connection. */
export const ready: Promise<void> = (async () => {
  try {
    show((await entries<string, Unsent>(store)).map(([, entry]) => entry));
  } catch {
    keepsNothing.value = true;
  }
  window.addEventListener("online", () => void sendAll());
  setInterval(() => void sendAll(), RETRY_MS);
  await sendAll();
})();
