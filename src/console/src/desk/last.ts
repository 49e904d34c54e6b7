/** The decision that was made last, and can be taken back for a few seconds. */
import { signal } from "@preact/signals";
import { undo } from "./asking";
import { type Draft, keepDraft } from "./draft";
import type { Unsent } from "./outbox";
import { takeBack } from "./unsent";

export interface Last {
  unsent: Unsent;
  draft: Draft;
  until_ms: number;
  /** How long it can be taken back in all. */
  of_ms: number;
}

export const last = signal<Last | null>(null);
export const undoing = signal(false);

export function remember(unsent: Unsent, draft: Draft, seconds: number): void {
  const of_ms = seconds * 1000;
  last.value = { unsent, draft, until_ms: performance.now() + of_ms, of_ms };
}

export function forget(id?: string): void {
  if (!id || last.value?.unsent.id === id) last.value = null;
}

/** Takes it back: from this browser while it is not sent, else by the service. What was drawn and written is there
 * again. Gives the scan; throws the service's problem. */
export async function undoLast(): Promise<string | null> {
  const made = last.value;
  if (!made || undoing.value) return null;
  undoing.value = true;
  try {
    const { unsent, draft } = made;
    if (!(await takeBack(unsent.id))) await undo(unsent.scan, unsent.id, unsent.said.by);
    await keepDraft(unsent.scan, unsent.said.by, draft);
    last.value = null;
    return unsent.scan;
  } finally {
    undoing.value = false;
  }
}
