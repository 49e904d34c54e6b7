/** How far a person is with a scan. */
import { may } from "../session";
import type { Decision, DeskScan } from "./types";

/** `deciding`: nothing is said yet. `confirming`: a blind decision stands, and the reading has appeared. `decided`: what
 * this person said stands, and can be corrected. `closed`: it is not theirs to decide. `kept`: it waits to be sent. */
export type Stage = "deciding" | "confirming" | "decided" | "closed" | "kept";

/** What stands of this person on the scan. */
export function ownWord(scan: Pick<DeskScan, "said">, person: string): Decision | null {
  const { decisions, standing } = scan.said;
  return decisions.find(({ id, by }) => by === person && standing.includes(id)) ?? null;
}

/** `kept`: what they said of it waits to be sent, also since before the page was opened. */
export function stageOf(
  scan: Pick<DeskScan, "reading" | "read" | "reader">,
  own: Pick<Decision, "blind"> | null,
  kept: boolean,
): Stage {
  if (kept) return "kept";
  if (!may("operator")) return "closed";
  if (own?.blind && scan.reading !== null && scan.read) return "confirming";
  if (own) return "decided";
  return scan.reader === null ? "closed" : "deciding";
}
