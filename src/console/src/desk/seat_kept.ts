/** How long a seat at a scan is kept, and for what it is asked again. */
import type { DeskScan } from "./types";

type Held = Pick<DeskScan, "reader" | "claim" | "server_time">;

const AGAIN_MS = 3_000;
const SHARE_OF_CLAIM = 0.4;
/** Why a scan cannot be read now, where that passes without this person. */
const PASSES: readonly DeskScan["why_not"][] = ["claimed", "not_read_yet"];

const holds = ({ claim, reader }: Held, person: string): boolean => claim?.by === person && reader !== null;

/** Whether to ask again. Whoever decided is waited for no more: their claim ends when they leave. */
export const canChange = (scan: Held & Pick<DeskScan, "read" | "why_not">, person: string): boolean =>
  holds(scan, person) || scan.read === null || PASSES.includes(scan.why_not);

/** Milliseconds: well before this person's claim ends; soon where they do not have the scan. */
export function untilNext(scan: Held | null, person: string): number {
  if (!scan?.claim || !holds(scan, person)) return AGAIN_MS;
  return Math.max((Date.parse(scan.claim.until) - Date.parse(scan.server_time)) * SHARE_OF_CLAIM, 1_000);
}
