/** The decision that was made last, and can be taken back for a few seconds. */
import { signal } from "@preact/signals";
import type { Entry } from "../outbox/entry";
import { discard, takeBack } from "../outbox/unsent";
import { undo } from "./asking";
import { type Draft, keepDraft } from "./draft";

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

/** Takes it back: from this browser while it is not sent, else by the service. What was drawn and written is there
 * again. Gives the scan; throws the service's problem. */
export async function undoLast(): Promise<string | null> {
  const made = last.value;
  if (!made || undoing.value) return null;
  undoing.value = true;
  try {
    const { entry, scan, draft } = made;
    if (await takeBack(entry.id)) discard(entry.id);
    else await undo(scan, entry.id, entry.by);
    await keepDraft(scan, entry.by, draft);
    forget(entry.id);
    return scan;
  } finally {
    undoing.value = false;
  }
}
