/** All that is known of one consignment, asked for together. */
import { api, dataOf, type Problem } from "../api/client";
import type { components } from "../api/schema";
import type { Entry } from "../queue/lines";
import { may } from "../session";

type Schemas = components["schemas"];
export type RiskRecord = Schemas["RiskRecord"];
export type Declaration = Schemas["Declaration"];
export type Scan = Schemas["ScanWithReading"] | Schemas["WaitingScan"];
export type Verdict = Schemas["Verdict"];

export interface Case {
  entry: Entry;
  record: RiskRecord;
  declaration: Declaration | null;
  scans: Scan[];
  /** null: not for this person. */
  parties: Schemas["PartyKnown"][] | null;
}

export async function loadCase(consignment: string, signal: AbortSignal): Promise<Case> {
  const about = { signal, params: { path: { consignment } } };
  const [record, declared, scans, parties, queue] = await Promise.all([
    api.GET("/v1/consignments/{consignment}/risk-record", about).then(dataOf),
    api.GET("/v1/consignments/{consignment}/declaration", about).then(dataOf),
    api.GET("/v1/consignments/{consignment}/scans", about).then(dataOf),
    may("targeting_officer", "auditor")
      ? api.GET("/v1/consignments/{consignment}/parties", about).then(dataOf)
      : { parties: null },
    api
      .GET("/v1/queue", { signal, params: { query: { consignment: [consignment], state: "all", limit: 1 } } })
      .then(dataOf),
  ]);
  const entry = queue.entries[0] as Entry | undefined;
  if (!entry)
    throw {
      status: 503,
      title: "The line of this consignment in the queue is still to be written",
      detail: "It is written within seconds after the service was started.",
    } satisfies Problem;
  return {
    entry,
    record: record as RiskRecord,
    declaration: declared.declaration as Declaration | null,
    scans: scans as Scan[],
    parties: parties.parties as Case["parties"],
  };
}

export const isRead = (scan: Scan): scan is Schemas["ScanWithReading"] => scan.status !== null;
