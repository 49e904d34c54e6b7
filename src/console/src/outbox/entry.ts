/** What a person said and the service may not have on record yet. */
import type { Problem } from "../api/client";

export type KindName = "decision" | "disposition" | "control" | "referral";

/** Sent by POST. The `id` in its body is made in this browser, so that it is on record once however often it is sent. */
export interface Part {
  url: string;
  body: { id: string };
}

/** Why it was refused; `of` which one of those that it is about, null: all of it. */
export interface Refusal {
  of: string | null;
  problem: Problem;
}

export interface Entry {
  id: string;
  kind: KindName;
  by: string;
  at: string;
  /** Scans, consignments or referrals. */
  about: string[];
  /** How a person knows what it is about. */
  name: string;
  /** In the order in which they are sent; the first `sent` of them are on record. */
  parts: Part[];
  sent: number;
  /** As it was entered, for its form. */
  draft: unknown;
  /** What came of the last time it was tried, where it is tried again. */
  tried: Problem | null;
  /** An answer was lost: it may be on record. */
  unsure: boolean;
  /** It is not sent any more, and its form has it again: refused, or taken back where nothing is in here. */
  stopped: Refusal[] | null;
}

/** What one kind of entry needs. */
export interface Kind {
  /** The page with its form. */
  page: (entry: Entry) => string;
  words: (entry: Entry) => string;
  /** What is not on record though the service answered; null: all of it is. */
  left?: (entry: Entry, answer: unknown) => Entry | null;
  /** What is sent instead of a part that was refused because other words are on record under its id; null: they are not. */
  corrected?: (entry: Entry, part: Part) => Promise<Part | null>;
}

export type Kinds = Record<KindName, Kind>;

type Made = Pick<Entry, "id" | "kind" | "by" | "about" | "name" | "parts" | "draft">;

export const entryOf = (made: Made): Entry => ({
  ...made,
  at: new Date().toISOString(),
  sent: 0,
  tried: null,
  unsure: false,
  stopped: null,
});

/** Only these are the entry's own fault. With any other answer it is tried again as it is. */
const FINAL = [400, 404, 409, 413, 422];
/** Of them these pass by themselves: somebody else reads the scan now. */
const PASSING = ["urn:tallyscan:error:claimed"];
export const isFinal = ({ status, type }: Pick<Problem, "status" | "type">): boolean =>
  FINAL.includes(status) && !PASSING.includes(type ?? "");

export const waits = (entry: Entry): boolean => entry.stopped === null;
