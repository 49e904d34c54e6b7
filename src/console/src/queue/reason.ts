/** Why a consignment stands where it stands, in one line, in the language of the console. */
import { t, word } from "../text";
import { toldByCode } from "../wording";
import type { Entry } from "./lines";

export function reasonOf(entry: Entry): string {
  const raising = entry.indicators.map((code) => word("indicators", code));
  const unassessed = entry.unassessed && (toldByCode(entry.unassessed) ?? entry.unassessed);
  const said = [unassessed, ...raising, entry.selected].filter((each) => each);
  if (said.length) return said.map((each) => (each ?? "").replace(/\.$/, "")).join("; ");
  return t(entry.scans ? "queue.nothing_against" : "queue.nothing_known");
}
