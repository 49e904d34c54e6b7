/** The outbox of this browser: in IndexedDB, tried again when the connection is back, shared by all tabs. */
import { effect, signal } from "@preact/signals";
import { createStore, del, set, values } from "idb-keyval";
import { api, dataOf, problemOf } from "../api/client";
import { online } from "../parts/connection";
import { session } from "../session";
import { Outbox, type Send, type Sent, type Shelf, type Unsent } from "./outbox";
import type { Decision } from "./types";

const AGAIN_MS = 5_000;

const store = createStore("tallyscan-unsent", "decisions");
const tabs = new BroadcastChannel("tallyscan-unsent");

const shelf: Shelf = {
  all: () => values<Unsent>(store),
  put: (unsent) => set(unsent.id, unsent, store),
  remove: (id) => del(id, store),
};

const send: Send = async ({ scan, said }) => {
  try {
    const path = { scan_id: scan };
    const answer = await api.POST("/v1/scans/{scan_id}/decisions", { params: { path }, body: said });
    return dataOf(answer) as unknown as Decision;
  } catch (error) {
    throw problemOf(error);
  }
};

/** What is kept here and not on record yet, of whomever, oldest first. */
export const unsent = signal<Unsent[]>([]);

const outbox = new Outbox(shelf, send, (all) => {
  unsent.value = all;
});

/** Keeps a decision and sends it, now or as soon as that is possible. */
export async function post(decision: Unsent): Promise<Sent> {
  const sent = await outbox.post(decision, decision.said.by);
  tabs.postMessage("changed");
  return sent;
}

/** Takes one back before it is on record, or drops one that was refused. False: it is on record, or on its way. */
export async function takeBack(id: string): Promise<boolean> {
  const dropped = await outbox.drop(id);
  tabs.postMessage("changed");
  return dropped;
}

export async function flush(): Promise<void> {
  const person = session.value?.person;
  if (!person) return;
  const outcomes = await outbox.flush(person);
  if (outcomes.size > 0) tabs.postMessage("changed");
}

tabs.onmessage = () => void outbox.tell();
effect(() => {
  if (online.value && session.value?.person) void flush();
});
setInterval(() => {
  if (unsent.value.some((each) => !each.problem)) void flush();
}, AGAIN_MS);
void outbox.tell();
