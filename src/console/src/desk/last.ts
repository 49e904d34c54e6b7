/** The decision that was made last, and can be taken back for a few seconds. */
import { signal } from "@preact/signals";
import { problemOf } from "../api/client";
import { type Entry, isFinal } from "../outbox/entry";
import { discard, takeBack } from "../outbox/unsent";
import { undo } from "./asking";
import { type Draft, keepDraft } from "./draft";

/** It never arrived; a gateway that answers 404 does not say so. */
const OURS = "urn:tallyscan:error:";
const NOT_FOUND = `${OURS}not_found`;

export interface Last {
  entry: Entry;
  scan: string;
  draft: Draft;
  until_ms: number;
  /** How long it can be taken back in all. */
  of_ms: number;
}

export const last = signal<Last | null>(null);
export const undoing = signal(false);

export function remember(entry: Entry, seconds: number): void {
  const of_ms = seconds * 1000;
  const [scan = ""] = entry.about;
  last.value = { entry, scan, draft: entry.draft as Draft, until_ms: performance.now() + of_ms, of_ms };
}

export function forget(id: string): void {
  if (last.value?.entry.id === id) last.value = null;
}

/** Takes it back: from this browser while it is not sent, else by the service; by both where an answer was lost and
 * nobody knows. What was drawn and written is there again. Gives the scan; throws the service's problem. */
export async function undoLast(): Promise<string | null> {
  const made = last.value;
  if (!made || undoing.value) return null;
  undoing.value = true;
  try {
    const { entry, scan, draft } = made;
    const unsent = await takeBack(entry.id);
    if (!unsent) await undo(scan, entry.id, entry.by);
    else await withdraw(unsent, scan);
    await keepDraft(scan, entry.by, draft);
    forget(entry.id);
    return scan;
  } finally {
    undoing.value = false;
  }
}

/** What may be on record all the same is forgotten here only when the service has answered what became of it. */
async function withdraw({ id, by, unsure }: Entry, scan: string): Promise<void> {
  try {
    if (unsure) await undo(scan, id, by);
  } catch (error) {
    const problem = problemOf(error);
    if (problem.type !== NOT_FOUND) {
      if (problem.type?.startsWith(OURS) && isFinal(problem)) discard(id); // it is on record, and stands
      throw error;
    }
  }
  discard(id);
}
