/** What the list is narrowed to. The address holds it, so that it can be sent, kept and gone back to. */
import type { paths } from "../api/schema";

type Asked = NonNullable<paths["/v1/queue"]["get"]["parameters"]["query"]>;
export type Lane = NonNullable<Asked["lane"]>[number];
export type WaitsFor = NonNullable<Asked["waits_for"]>[number];

export const LANES: Lane[] = ["red", "not_assessed", "yellow", "green"];
export const WAITS: WaitsFor[] = [
  "disposition",
  "opening",
  "second_reading",
  "scan",
  "answer",
  "join",
  "reading",
  "nothing",
];
/** How soon something must be due, in hours; 0: it is overdue. */
export const DUE_HOURS = [0, 1, 4, 24];

export interface Filters {
  site: string;
  lane: Lane[];
  waits_for: WaitsFor[];
  selected: "" | "scan" | "opening";
  scanned: "" | "true" | "false";
  due: string;
  text: string;
  trader: string;
  goods: string;
  state: "open" | "released";
  order: "risk" | "deadline";
}

const NONE: Filters = {
  site: "",
  lane: [],
  waits_for: [],
  selected: "",
  scanned: "",
  due: "",
  text: "",
  trader: "",
  goods: "",
  state: "open",
  order: "risk",
};

const one = <Value extends string>(value: string | null, of: readonly Value[], usual: Value): Value =>
  of.includes(value as Value) ? (value as Value) : usual;

/** Without a site in the address it is `ownSite`, of whoever is for one alone. */
export function filtersIn(search: string, ownSite = ""): Filters {
  const said = new URLSearchParams(search);
  return {
    site: said.get("site") ?? ownSite,
    lane: LANES.filter((lane) => said.getAll("lane").includes(lane)),
    waits_for: WAITS.filter((each) => said.getAll("waits_for").includes(each)),
    selected: one(said.get("selected"), ["", "scan", "opening"], ""),
    scanned: one(said.get("scanned"), ["", "true", "false"], ""),
    due: DUE_HOURS.map(String).includes(said.get("due") ?? "none") ? (said.get("due") as string) : "",
    text: said.get("text") ?? "",
    trader: said.get("trader") ?? "",
    goods: said.get("goods") ?? "",
    state: one(said.get("state"), ["open", "released"], "open"),
    order: one(said.get("order"), ["risk", "deadline"], "risk"),
  };
}

/** The address of a list: only what narrows it. */
export function addressOf(filters: Filters): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (Array.isArray(value)) for (const each of value) said.append(name, each);
    else if (value !== NONE[name as keyof Filters]) said.set(name, value);
  }
  const search = said.toString();
  return search ? `/console/queue?${search}` : "/console/queue";
}

/** The filters as the service takes them. */
export function asked(filters: Filters, now: Date): Asked {
  const due = filters.due === "" ? null : new Date(now.getTime() + Number(filters.due) * 3_600_000);
  return {
    state: filters.state,
    order: filters.order,
    ...(filters.site ? { site: filters.site } : {}),
    ...(filters.lane.length ? { lane: filters.lane } : {}),
    ...(filters.waits_for.length ? { waits_for: filters.waits_for } : {}),
    ...(filters.selected ? { selected: filters.selected } : {}),
    ...(filters.scanned ? { scanned: filters.scanned === "true" } : {}),
    ...(due ? { due_before: due.toISOString() } : {}),
    ...(filters.text ? { text: filters.text } : {}),
    ...(filters.trader ? { trader: filters.trader } : {}),
    ...(filters.goods ? { goods: filters.goods } : {}),
  };
}

const SAVED_KEY = "tallyscan.queue.saved";

/** Filters that a person keeps in this browser, by the name given to them. */
export function savedFilters(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(SAVED_KEY) ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
}

export function saveFilters(name: string, address: string | null): void {
  const { [name]: _, ...others } = savedFilters();
  localStorage.setItem(SAVED_KEY, JSON.stringify(address === null ? others : { ...others, [name]: address }));
}
