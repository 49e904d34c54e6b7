/** The one outbox of this browser: what everybody here said, sent by itself on whatever page. */
import { computed, effect, signal } from "@preact/signals";
import { problemOf } from "../api/client";
import { signedFetch } from "../api/signed";
import { online } from "../parts/connection";
import { session } from "../session";
import { trying } from "./again";
import { aloneBy } from "./alone";
import { type Entry, type KindName, waits } from "./entry";
import { heard } from "./heard";
import { KINDS } from "./kinds";
import { Outbox, type Outcome, type Send } from "./outbox";
import { isOfShelf, Shelf } from "./shelf";

const shelf = new Shelf(localStorage);
const all = signal<Entry[]>([]);
const person = (): string | null => session.value?.person ?? null;
const listeners = new Set<(entry: Entry, answer: unknown) => void>();

/** What this person said and is not on record, oldest first; of others nothing is shown. */
export const unsent = computed(() => all.value.filter(({ by }) => by === session.value?.person));
export const keepsNothing = signal(false);

function look(): void {
  all.value = shelf.all();
  keepsNothing.value = shelf.keepsNothing;
}

const send: Send = async (part) => {
  const sent = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(part.body),
  };
  try {
    return await heard(part, await signedFetch(part.url, sent, { waits: false }));
  } catch (error) {
    throw problemOf(error);
  }
};

const outbox = new Outbox({
  shelf,
  kinds: KINDS,
  send,
  person,
  online: () => online.value,
  alone: aloneBy(navigator.locks, localStorage),
  changed: look,
  answered: (entry, answer) => {
    for (const told of listeners) told(entry, answer);
  },
});

const anyWaits = computed(() => unsent.value.some(waits));
const again = trying(async () => {
  await outbox.sendAll();
  return anyWaits.value;
});

/** Tries at once what waits. */
export const sendNow = (): Promise<void> => again.now();
export const takeBack = (id: string): Promise<Entry | null> => outbox.takeBack(id);
export const discard = (id: string): void => outbox.discard(id);

export async function post(entry: Entry): Promise<Outcome> {
  const outcome = await outbox.post(entry);
  if ("waits" in outcome) again.soon();
  return outcome;
}

/** As `post`, and no longer than a person waits: what is on its way by then counts as waiting, and is sent all the same. */
export function postAndGoOn(entry: Entry, limit_ms = 1_500): Promise<Outcome> {
  const onItsWay = new Promise<Outcome>((resolve) => setTimeout(resolve, limit_ms, { waits: null }));
  return Promise.race([post(entry), onItsWay]);
}

/** Calls `told` with whatever this tab put on record, also long after it was said. */
export function onAnswered(told: (entry: Entry, answer: unknown) => void): () => void {
  listeners.add(told);
  return () => listeners.delete(told);
}

/** What this person said of it and waits to be sent. */
export const waitingOf = (kind: KindName, about: string): Entry | undefined =>
  unsent.value.find((entry) => entry.kind === kind && waits(entry) && entry.about.includes(about));

/** What was refused or taken back of it, for its form. */
export const stoppedOf = (kind: KindName, about: string): Entry | undefined =>
  unsent.value.filter((entry) => entry.kind === kind && !waits(entry) && entry.about.includes(about)).at(-1);

window.addEventListener("storage", ({ key }) => isOfShelf(key) && look());
document.addEventListener("visibilitychange", () => document.hidden || void sendNow());
window.addEventListener("online", () => void sendNow());
effect(() => {
  if (anyWaits.value) again.begin(); // from whichever tab, and also what is left of an order that was answered
});
effect(() => {
  if (session.value?.person) void sendNow(); // signed in, also again over an ended session
});
look();
