/** What an officer has drawn and written on a scan and not decided yet: it outlives the tab and a lost connection. */
import { createStore, del, get, set } from "idb-keyval";
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

export async function keptDraft(scan: string, person: string): Promise<Draft> {
  try {
    return { ...EMPTY_DRAFT, ...(await get<Draft>(keyOf(scan, person), store)) };
  } catch {
    return EMPTY_DRAFT; // a browser that keeps nothing: work goes on without
  }
}

export const keepDraft = (scan: string, person: string, draft: Draft): Promise<void> =>
  set(keyOf(scan, person), draft, store).catch(() => undefined);

export const dropDraft = (scan: string, person: string): Promise<void> =>
  del(keyOf(scan, person), store).catch(() => undefined);
