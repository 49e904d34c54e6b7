/** What the desk asks of the service. */
import { api, dataOf, OFFLINE, type Problem } from "../api/client";
import type { DeskChoices, DeskList, DeskScan } from "./types";

/** The client's types lose that a box has four numbers; the description says it. */
const scanOf = (answer: { data?: unknown; error?: unknown }): DeskScan => dataOf(answer) as DeskScan;

export async function lookAt(scan: string, person: string, signal?: AbortSignal): Promise<DeskScan> {
  const params = { path: { scan_id: scan }, query: { person } };
  return scanOf(await api.GET("/v1/desk/scans/{scan_id}", { params, ...(signal ? { signal } : {}) }));
}

export async function claim(scan: string, by: string): Promise<DeskScan> {
  const params = { path: { scan_id: scan } };
  return scanOf(await api.POST("/v1/desk/scans/{scan_id}/claim", { params, body: { by } }));
}

/** Also while the page is closed; whether it arrives is of no matter, for a claim ends by itself. */
export function release(scan: string, by: string): void {
  const params = { path: { scan_id: scan } };
  const asked = api.POST("/v1/desk/scans/{scan_id}/release", { params, body: { by }, keepalive: true });
  void asked.catch(() => undefined);
}

/** Longer nobody waits for the next scan: what was taken for them meanwhile is in their list. */
const NEXT_MS = 5_000;

/** The next scan that waits for this person, taken; null where nothing waits. */
export async function takeNext(site: string, by: string, after: string | null): Promise<DeskScan | null> {
  const answer = await api.POST("/v1/sites/{site}/desk/next", {
    params: { path: { site } },
    body: { by, after },
    signal: AbortSignal.timeout(NEXT_MS),
  });
  if (answer.response.status === 404) return null;
  return scanOf(answer);
}

export interface Wanted {
  site: string;
  person: string;
  lane?: string | undefined;
  reader?: string | undefined;
  limit: number;
}

export async function listed({ site, ...asked }: Wanted, signal: AbortSignal): Promise<DeskList> {
  const query = Object.fromEntries(Object.entries(asked).filter(([, value]) => value)) as { person: string };
  return dataOf(await api.GET("/v1/sites/{site}/desk", { params: { path: { site }, query }, signal }));
}

const AHEAD = 2;

/** The scans that this person will probably be given next; none where that cannot be told. */
export async function upcoming(
  scan: DeskScan | null,
  person: string,
  signal: AbortSignal,
): Promise<string[]> {
  if (!scan?.reader) return [];
  try {
    const { scans } = await listed({ site: scan.site, person, limit: AHEAD + 1 }, signal);
    return scans
      .filter((each) => each.scan !== scan.scan && !each.claimed_by)
      .map((each) => each.scan)
      .slice(0, AHEAD);
  } catch {
    return []; // they will be asked for when they are opened
  }
}

let asked: Promise<DeskChoices> | null = null;

/** What can be chosen; asked once, and again where that failed. */
export function choices(): Promise<DeskChoices> {
  asked ??= api.GET("/v1/desk/choices").then(dataOf);
  asked.catch(() => {
    asked = null;
  });
  return asked;
}

export async function undo(scan: string, decision: string, by: string): Promise<void> {
  const params = { path: { scan_id: scan, decision_id: decision } };
  dataOf(await api.POST("/v1/scans/{scan_id}/decisions/{decision_id}/undo", { params, body: { by } }));
}

export const isOffline = (problem: Problem): boolean => problem.status === OFFLINE;
