/** A control result while it is entered, and what of it is sent: an inspection for each scan, a code for the consignment. */
import type { components } from "../api/schema";
import { newId } from "../desk/identity";
import type { Entry, Part } from "../outbox/entry";

export type Sheet = components["schemas"]["InspectionSheet"];
export type Region = components["schemas"]["SheetRegion"];
type InspectionSaid = components["schemas"]["InspectionSaid"];
type ControlResultSaid = components["schemas"]["ControlResultSaid"];
type Seals = NonNullable<ControlResultSaid["seals"]>;
type Family = NonNullable<components["schemas"]["FoundItem"]["family"]>;

export const OUTCOMES = ["found", "discrepancy", "nothing", "not_opened"] as const;
export type Outcome = (typeof OUTCOMES)[number];
export const SEALS: Seals[] = ["intact", "broken", "missing", "replaced", "not_checked"];

export interface Item {
  key: string;
  /** Of which scan, and which of its regions; empty: somewhere in the load. */
  scan: string;
  region: string;
  family: string;
  description: string;
  hs: string;
  amount: string;
  unit: "kg" | "litres" | "pieces";
  ofWhat: string;
}

export interface Draft {
  outcome: Outcome | null;
  opened: "in_part" | "wholly" | null;
  /** By scan and region; null: nobody looked. */
  regions: Record<string, boolean | null>;
  items: Item[];
  seals: Seals | "";
  code: string | null;
  office: string;
  reference: string;
  comment: string;
  /** What of it went on record before the rest was refused or taken back: the address, and the id that is corrected. */
  onRecord: Record<string, string>;
  /** What may be on record though no answer came, by its address. */
  unsure: Record<string, Part["body"]>;
}

export const EMPTY: Draft = {
  outcome: null,
  opened: null,
  regions: {},
  items: [],
  seals: "",
  code: null,
  office: "",
  reference: "",
  comment: "",
  onRecord: {},
  unsure: {},
};

/** What was refused or taken back, to be said again. */
export function draftAgain({ draft, parts, sent, unsure, stopped }: Entry): Draft {
  const before = draft as Draft;
  const recorded = parts.slice(0, sent).map(({ url, body }) => [url, body.id]);
  const lost = unsure && !stopped?.length ? parts.slice(sent) : []; // what was refused is not on record
  return {
    ...before,
    onRecord: { ...before.onRecord, ...Object.fromEntries(recorded) },
    unsure: Object.fromEntries(lost.map(({ url, body }) => [url, body])),
  };
}

export const regionKey = (scan: string, region: string): string => `${scan} ${region}`;
export const regionsOf = (sheet: Sheet): Region[] => sheet.groups.flatMap((group) => group.regions);

export function newItem(scan: string, region?: Region): Item {
  const known = { family: region?.kind ?? "", region: region?.id ?? "" };
  return {
    key: newId(),
    scan,
    description: "",
    hs: "",
    amount: "",
    unit: "kg",
    ofWhat: "",
    ...known,
  };
}

/** The keys of the messages that say what is still missing. */
export function missing(draft: Draft): string[] {
  if (!draft.outcome) return ["control.need_outcome"];
  if (draft.outcome === "not_opened") return [];
  const wrong: string[] = [];
  if (!draft.opened) wrong.push("control.need_opened");
  const said = draft.outcome === "nothing" ? [] : draft.items;
  if (draft.outcome === "found" && said.length === 0) wrong.push("control.need_items");
  if (draft.outcome === "discrepancy" && said.length === 0 && !draft.comment.trim())
    wrong.push("control.need_what");
  if (said.some((item) => !item.family && !item.hs.trim() && !item.description.trim()))
    wrong.push("control.need_description");
  if (said.some((item) => item.unit === "pieces" && item.amount.trim() && !Number.isInteger(amountOf(item))))
    wrong.push("control.need_whole_pieces");
  return wrong;
}

/** The customs' codes that say what the control came to, in the order of their names. */
export function codesFor(outcome: Outcome | null, codes: Record<string, string>): string[] {
  return Object.keys(codes)
    .filter((code) => codes[code] === outcome)
    .sort();
}

/** All that is sent for one control, each part with an id of its own; inspections before customs' code. What may be on
 * record is sent again word for word where it says the same, so that it is there once. */
export function partsOf(draft: Draft, consignment: string, sheets: Sheet[], by: string): Part[] {
  const at = new Date().toISOString();
  const part = (url: string, said: object): Part => {
    const corrects = draft.onRecord[url];
    const before = draft.unsure[url] as (Part["body"] & { at: string }) | undefined;
    const id = before?.id ?? newId();
    const body = { ...said, id, by, at, ...(corrects ? { corrects } : {}) } as Part["body"];
    const isSame = before && JSON.stringify({ ...body, at: before.at }) === JSON.stringify(before);
    return { url, body: isSame ? before : body };
  };
  const parts = sheets.map((sheet) =>
    part(`/v1/scans/${encodeURIComponent(sheet.scan)}/inspections`, inspectionOf(draft, sheet, sheets)),
  );
  if (draft.code) {
    const said = { ...controlResultOf(draft), code: draft.code };
    parts.push(part(`/v1/consignments/${encodeURIComponent(consignment)}/control-results`, said));
  }
  return parts;
}

function inspectionOf(draft: Draft, sheet: Sheet, sheets: Sheet[]): Omit<InspectionSaid, "by"> {
  const looked = draft.outcome !== "not_opened";
  const said = draft.outcome === "found" || draft.outcome === "discrepancy" ? draft.items : [];
  // Of several scans an item is in the one that it names; without items a discrepancy in words is of all of them.
  const items = said.filter((item) => item.scan === sheet.scan || sheets.length === 1);
  const here = items.length > 0 || (draft.outcome === "discrepancy" && said.length === 0);
  const regions = regionsOf(sheet).map((region) => ({
    region: region.id,
    box: region.box,
    found:
      looked && here
        ? (draft.regions[regionKey(sheet.scan, region.id)] ?? null)
        : notThere(draft, sheet, region),
  }));
  return {
    ...(sheet.revision > 0 ? { revision: sheet.revision } : {}),
    ...words(draft),
    opened: looked ? (draft.opened ?? "in_part") : "no",
    found: looked ? draft.outcome === "found" && here : null,
    discrepancy: draft.outcome === "discrepancy" && here,
    items: items.map((item) => itemOf(item, sheet)),
    regions,
    ...(draft.code ? { control_result: draft.code } : {}),
  };
}

/** Where nothing was found, a place was empty or nobody looked there. */
function notThere(draft: Draft, sheet: Sheet, region: Region): boolean | null {
  if (draft.outcome === "not_opened") return null;
  return draft.regions[regionKey(sheet.scan, region.id)] === false ? false : null;
}

function itemOf(item: Item, sheet: Sheet): components["schemas"]["FoundItem"] {
  const region = regionsOf(sheet).find((each) => each.id === item.region);
  const amount = amountOf(item);
  return {
    ...(item.family ? { family: item.family as Family } : {}),
    ...(item.hs.trim() ? { hs: item.hs.replace(/\D/g, "") } : {}),
    ...(item.description.trim() ? { description: item.description.trim().slice(0, 120) } : {}),
    ...(region ? { box: region.box, ...(region.unit ? { unit: region.unit } : {}) } : {}),
    ...(amount > 0 && item.unit === "kg" ? { mass_kg: amount } : {}),
    ...(amount > 0 && item.unit === "litres" ? { volume_l: amount } : {}),
    ...(amount > 0 && item.unit === "pieces"
      ? { count: amount, count_of: item.ofWhat.trim() || item.unit }
      : {}),
  };
}

function controlResultOf(draft: Draft): Omit<ControlResultSaid, "by" | "code"> {
  const items = draft.outcome === "found" || draft.outcome === "discrepancy" ? draft.items : [];
  const hs = items
    .map((item) => item.hs.replace(/\D/g, ""))
    .filter((code) => code.length >= 2 && code.length % 2 === 0);
  const [only] = items;
  const amount = items.length === 1 && only ? amountOf(only) : 0;
  const of = only?.unit === "pieces" ? only.ofWhat.trim() || only.unit : only?.unit;
  return {
    ...words(draft),
    opened: draft.outcome === "not_opened" ? "no" : draft.opened,
    found_hs: [...new Set(hs)],
    ...(amount > 0 && of ? { quantity: amount, quantity_of: of } : {}),
    ...(draft.seals ? { seals: draft.seals } : {}),
  };
}

function words(draft: Draft): { office?: string; reference?: string; comment?: string } {
  const said = { office: draft.office, reference: draft.reference, comment: draft.comment };
  return Object.fromEntries(Object.entries(said).filter(([, text]) => text.trim()));
}

const amountOf = (item: Item): number => Number(item.amount.replace(",", ".").replace(/\s/g, "")) || 0;
