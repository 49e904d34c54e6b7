/** All that is known of one consignment and that the person may see, asked for together. */
import { api, dataOf, type Problem } from "../api/client";
import type { components } from "../api/schema";
import type { Entry } from "../queue/lines";
import { isOwn, may, ownSite } from "../session";

type Schemas = components["schemas"];
export type RiskRecord = Schemas["RiskRecord"];
export type Declaration = Schemas["Declaration"];
export type Scan = Schemas["ScanWithReading"] | Schemas["WaitingScan"];
export type Verdict = Schemas["Verdict"];

export interface Case {
  consignment: string;
  /** Its line in the queue; null for those who have no queue. */
  entry: Entry | null;
  /** Null while the person still reads a scan of it, and is told nothing of what others found. */
  record: RiskRecord | null;
  declaration: Declaration | null;
  scans: Scan[];
  /** Its scans at crossing points that report here. */
  elsewhere: Schemas["ReadElsewhere"][];
  /** Null for those who may not see them. */
  parties: Schemas["PartyKnown"][] | null;
}

/** Whether the queue and what is known of the parties are theirs to see. */
export const seesQueue = (): boolean => may("targeting_officer", "auditor");

export async function loadCase(consignment: string, signal: AbortSignal): Promise<Case> {
  const about = { signal, params: { path: { consignment } } };
  const [record, declared, scans, elsewhere, queued] = await Promise.all([
    api
      .GET("/v1/consignments/{consignment}/risk-record", about)
      .then((answer) => (answer.response.status === 403 ? null : dataOf(answer))),
    api.GET("/v1/consignments/{consignment}/declaration", about).then(dataOf),
    api.GET("/v1/consignments/{consignment}/scans", about).then(dataOf),
    api
      .GET("/v1/consignments/{consignment}/crossing-points", about)
      .then((answer) => (answer.response.status === 403 ? null : dataOf(answer))),
    seesQueue() ? loadQueued(consignment, signal) : { entry: null, parties: null },
  ]);
  return {
    consignment,
    ...queued,
    record: record as RiskRecord | null,
    declaration: declared.declaration as Declaration | null,
    scans: scans as Scan[],
    elsewhere: (elsewhere?.scans ?? []) as Schemas["ReadElsewhere"][],
  };
}

async function loadQueued(
  consignment: string,
  signal: AbortSignal,
): Promise<Pick<Case, "entry" | "parties">> {
  const query = { consignment: [consignment], state: "all" as const, limit: 1 };
  const [parties, queue] = await Promise.all([
    api
      .GET("/v1/consignments/{consignment}/parties", { signal, params: { path: { consignment } } })
      .then(dataOf),
    api.GET("/v1/queue", { signal, params: { query } }).then(dataOf),
  ]);
  const entry = queue.entries[0] as Entry | undefined;
  if (!entry)
    throw {
      status: 503,
      title: "The line of this consignment in the queue is still to be written",
      detail: "It is written within seconds after the service was started.",
    } satisfies Problem;
  return { entry, parties: parties.parties as Schemas["PartyKnown"][] };
}

/** Lines of what is nowhere are told to every site, and this name is everybody's. */
const ANY_SITE = "unnamed";

/** At which site the person hears what happens to it; empty where they may hear nothing of it. */
export function heardAt({ entry, declaration }: Pick<Case, "entry" | "declaration">): string {
  if (!may("operator", "targeting_officer", "inspector", "contact_point", "auditor")) return "";
  const offices = (declaration?.customsOffices ?? []).map((office) => office.referenceNumber);
  const sites = entry?.sites ?? offices;
  if (sites.length > 0) return sites.find(isOwn) ?? "";
  return entry ? ANY_SITE : ownSite() || ANY_SITE; // where it was scanned only the queue tells
}

/** It was read, and whoever asks is to read it without being told what it was read to be. */
export const isHidden = (scan: Scan): boolean => scan.status === null && scan.state === "read";

export const isRead = (scan: Scan): scan is Schemas["ScanWithReading"] => scan.status !== null;
