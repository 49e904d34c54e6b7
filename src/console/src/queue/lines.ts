/** The lines on the page. What changes is written over where it stands; nothing moves until the officer asks for it. */
import type { components } from "../api/schema";

export type Entry = components["schemas"]["QueueEntry"];

/** `gone`: it is no longer in the list; `why` are the last words that were said of it. */
export interface Line {
  entry: Entry;
  gone: boolean;
  changed: boolean;
  why: string | null;
}

export interface Lines {
  shown: Line[];
  /** Consignments that would stand among the lines, were the list asked for again. */
  fresh: ReadonlySet<string>;
  next: string | null;
}

export const NO_LINES: Lines = { shown: [], fresh: new Set(), next: null };

const PLACES = [
  "urgent",
  "red",
  "not_assessed",
  "reported",
  "selected",
  "yellow",
  "to_be_scanned",
  "green",
  "not_selected",
];
const NEVER = "9999";

type Order = "risk" | "deadline";

/** Whether `first` stands before `second` in the list. */
export function isBefore(first: Entry, second: Entry, order: Order): boolean {
  const [mine, other] = [keysOf(first, order), keysOf(second, order)];
  for (const [place, key] of mine.entries()) {
    const against = other[place] as string | number;
    if (key !== against) return key < against;
  }
  return false;
}

function keysOf(entry: Entry, order: Order): (string | number)[] {
  const place = PLACES.indexOf(entry.place);
  const due = entry.deadline_at ? new Date(entry.deadline_at).toISOString() : NEVER;
  const first = order === "risk" ? [place, due] : [due, place];
  return [...first, -(entry.risk_score ?? 2), entry.consignment];
}

export function firstPage(entries: Entry[], next: string | null): Lines {
  return { shown: entries.map(asLine), fresh: new Set(), next };
}

/** Those of the page after it that are not there yet: one that moved down meanwhile comes again. */
export function withPage(lines: Lines, entries: Entry[], next: string | null): Lines {
  const known = new Set(lines.shown.map((line) => line.entry.consignment));
  const more = entries.filter((entry) => !known.has(entry.consignment)).map(asLine);
  return { ...lines, shown: [...lines.shown, ...more], next };
}

/** After something happened to the consignments in `touched`, of which `found` are in the list now. */
export function withChanges(
  lines: Lines,
  touched: ReadonlyMap<string, string | null>,
  found: Entry[],
  order: Order,
): Lines {
  const now = new Map(found.map((entry) => [entry.consignment, entry]));
  const known = new Set(lines.shown.map((line) => line.entry.consignment));
  const shown = lines.shown.map((line) => {
    const id = line.entry.consignment;
    if (!touched.has(id)) return line;
    const entry = now.get(id);
    const why = touched.get(id) ?? line.why;
    if (!entry) return { ...line, gone: true, changed: true, why };
    return { entry, gone: false, changed: line.changed || entry.changed_at !== line.entry.changed_at, why };
  });
  const last = lines.shown.at(-1)?.entry;
  const fresh = new Set(lines.fresh);
  for (const id of touched.keys()) {
    const entry = now.get(id);
    const isShown = known.has(id);
    if (!entry || isShown) fresh.delete(id);
    else if (!last || lines.next === null || isBefore(entry, last, order)) fresh.add(id);
  }
  return { ...lines, shown, fresh };
}

const asLine = (entry: Entry): Line => ({ entry, gone: false, changed: false, why: null });
