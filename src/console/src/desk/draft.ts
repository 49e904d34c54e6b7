/** What an officer has drawn and written on a scan and not decided yet: it outlives the tab and a lost connection. */
import { createStore, del, delMany, entries, get, set } from "idb-keyval";
import type { DrawnRegion } from "../viewer/handle";
import type { Answer } from "./types";

export interface Draft {
  answer: Answer | null;
  reason: string | null;
  comment: string;
  office: string;
  purpose: string;
  regions: DrawnRegion[];
  /** Which region takes over which one of the machine. */
  takenOver: Record<string, string>;
  /** Spent on the scan so far. */
  seconds: number;
}

export const EMPTY_DRAFT: Draft = {
  answer: null,
  reason: null,
  comment: "",
  office: "",
  purpose: "",
  regions: [],
  takenOver: {},
  seconds: 0,
};

const store = createStore("tallyscan-drafts", "drafts");
/** One person's draft is not shown to the next one at the same desk. */
const keyOf = (scan: string, person: string): string => `${person}\n${scan}`;

interface Kept extends Draft {
  kept_ms?: number;
}

export async function keptDraft(scan: string, person: string): Promise<Draft> {
  try {
    const found: Kept = (await get<Kept>(keyOf(scan, person), store)) ?? EMPTY_DRAFT;
    const { kept_ms: _, ...kept } = found;
    return { ...EMPTY_DRAFT, ...kept };
  } catch {
    return EMPTY_DRAFT; // a browser that keeps nothing: work goes on without
  }
}

export const keepDraft = (scan: string, person: string, draft: Draft): Promise<void> =>
  set(keyOf(scan, person), { ...draft, kept_ms: Date.now() } satisfies Kept, store).catch(() => undefined);

export const saysAnything = (draft: Draft): boolean =>
  draft.answer !== null || draft.comment !== "" || draft.regions.length > 0;

const DAY_MS = 86_400_000;

/** Whether nobody will come back to it: the time alone is of no use after a day, words and regions after two months. */
export function isOld(draft: Draft, kept_ms: number, now_ms: number): boolean {
  return now_ms - kept_ms > (saysAnything(draft) ? 60 : 1) * DAY_MS;
}

/** Of scans that others decided drafts would stay for ever. */
export async function dropOldDrafts(now_ms = Date.now()): Promise<void> {
  try {
    const kept = await entries<string, Kept>(store);
    const old = kept.filter(([, draft]) => isOld(draft, draft.kept_ms ?? 0, now_ms));
    await delMany(
      old.map(([key]) => key),
      store,
    );
  } catch {
    // It keeps nothing.
  }
}

export const dropDraft = (scan: string, person: string): Promise<void> =>
  del(keyOf(scan, person), store).catch(() => undefined);
