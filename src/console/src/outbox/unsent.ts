/** The one outbox of this browser: what everybody here said, sent by itself on whatever page. */
import { computed, effect, signal } from "@preact/signals";
import { OFFLINE, type Problem, problemOf } from "../api/client";
import { signedFetch } from "../api/signed";
import { online } from "../parts/connection";
import { session } from "../session";
import { trying } from "./again";
import { aloneBy } from "./alone";
import { type Entry, type KindName, waits } from "./entry";
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

/** An answer that is no JSON is not the service's: of a network that asks to sign in, or a gateway before it. */
const send: Send = async ({ url, body }) => {
  const sent = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  try {
    const answer = await signedFetch(url, sent, { waits: false });
    const said: unknown = await answer.json().catch(() => null);
    if (said === null) throw { status: OFFLINE, title: "offline", detail: "" } satisfies Problem;
    if (!answer.ok) throw { ...problemOf(said), status: answer.status };
    return said;
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
    for (const heard of listeners) heard(entry, answer);
  },
});

const again = trying(async () => {
  await outbox.sendAll();
  return unsent.value.some(waits);
});

/** Tries at once what waits. */
export const sendNow = (): Promise<void> => again.now();
export const takeBack = (id: string): Promise<boolean> => outbox.takeBack(id);
export const discard = (id: string): void => outbox.discard(id);

export async function post(entry: Entry): Promise<Outcome> {
  const outcome = await outbox.post(entry);
  if ("waits" in outcome) again.soon();
  return outcome;
}

/** Calls `heard` with whatever this tab put on record, also long after it was said. */
export function onAnswered(heard: (entry: Entry, answer: unknown) => void): () => void {
  listeners.add(heard);
  return () => listeners.delete(heard);
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
  if (session.value?.person) void sendNow(); // signed in, also again over an ended session
});
look();
