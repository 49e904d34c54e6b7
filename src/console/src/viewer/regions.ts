/** What a reading says of places in the image, in image pixels; and what of it could not be assessed. */
import { api, dataOf } from "../api/client";
import type { components } from "../api/schema";
import { type Affine, type Box, isInBox, type ReadingBox, transformedBox } from "./affine";

type Schemas = components["schemas"];
export type ScanDocument = Schemas["ScanWithReading"] | Schemas["WaitingScan"];
export type Finding = Schemas["Finding"];
export type Verdict = Schemas["Verdict"];
export type CargoUnit = Schemas["CargoUnit"];

/** The scan as it stands. The client's types lose that a box has four numbers; the description says it. */
export async function loadScan(id: string, signal: AbortSignal): Promise<ScanDocument> {
  const answer = await api.GET("/v1/scans/{scan_id}", { params: { path: { scan_id: id } }, signal });
  return dataOf(answer) as unknown as ScanDocument;
}

export interface Region {
  id: string;
  /** What a verdict rests on is drawn only while it is looked at. */
  kind: "finding" | "unit" | "verdict";
  box: Box;
  finding?: Finding;
  unit?: CargoUnit;
  verdict?: Verdict;
}

export const verdictId = ({ rule, unit }: Verdict): string => (unit === null ? rule : `${rule} U${unit}`);
export const unitId = (unit: number): string => `U${unit}`;

/** Units below, findings above, the surest last, so that it lies on top. */
export function regionsOf(scan: ScanDocument, toImage: Affine): Region[] {
  if (scan.status !== "read") return [];
  const units = scan.containers.map(
    (unit): Region => ({
      id: unitId(unit.unit),
      kind: "unit",
      box: transformedBox(toImage, unit.box),
      unit,
    }),
  );
  const findings = scan.findings.map(
    (finding): Region => ({
      id: finding.id,
      kind: "finding",
      box: transformedBox(toImage, finding.box),
      finding,
    }),
  );
  findings.sort((a, b) => (a.finding?.score ?? 0) - (b.finding?.score ?? 0));
  const verdicts = scan.verdicts.flatMap((verdict): Region[] => {
    const box = regionOf(verdict);
    return box
      ? [{ id: verdictId(verdict), kind: "verdict", box: transformedBox(toImage, box), verdict }]
      : [];
  });
  return [...units, ...verdicts, ...findings];
}

/** The place that a verdict speaks of, in original pixels; null where it speaks of none. */
export function regionOf({ evidence }: Verdict): ReadingBox | null {
  const box: unknown = evidence?.region;
  const isBox = Array.isArray(box) && box.length === 4 && box.every((each) => typeof each === "number");
  return isBox ? (box as unknown as ReadingBox) : null;
}

/** The smallest finding under a point. Units are as large as the image: their list leads to them. */
export function findingAt(regions: readonly Region[], at: [number, number]): Region | null {
  const hit = regions.filter(({ kind, box }) => kind === "finding" && isInBox(box, at));
  hit.sort((a, b) => a.box.width * a.box.height - b.box.width * b.box.height);
  return hit[0] ?? null;
}

/** Why the scan or a part of it was not assessed: each with the unit it concerns, null for all. */
export interface NotAssessed {
  unit: number | null;
  code: "not_read" | "waiting" | "anomaly" | "not_penetrated" | "unit";
  reasons: readonly string[];
}

const NOT_PENETRATED = "not_penetrated";

const codeOf = (reason: string): string => reason.slice(0, reason.indexOf(":"));

export function notAssessed(scan: ScanDocument): NotAssessed[] {
  const reason = scan.reason ?? "";
  if (scan.status === null) return [{ unit: null, code: "waiting", reasons: [reason] }];
  const { reasons } = scan.quality;
  if (scan.status !== "read")
    return [{ unit: null, code: "not_read", reasons: reasons.length > 0 ? reasons : [reason] }];
  const found: NotAssessed[] = [];
  if (scan.anomaly.decision === "not_assessed") found.push({ unit: null, code: "anomaly", reasons });
  for (const caution of reasons.filter((each) => codeOf(each) === NOT_PENETRATED))
    found.push({ unit: unitIn(caution), code: NOT_PENETRATED, reasons: [caution] });
  return found;
}

/** What is said for the same reasons, said together: each reason once, and the picture keeps its room. */
export function together(missing: readonly NotAssessed[]): NotAssessed[][] {
  const groups: NotAssessed[][] = [];
  for (const each of missing) {
    const said = groups.find(([first]) => each.reasons.every((reason) => first?.reasons.includes(reason)));
    if (said) said.push(each);
    else groups.push([each]);
  }
  return groups;
}

function unitIn(caution: string): number | null {
  const named = /\bunit (\d+)\b/.exec(caution);
  return named ? Number(named[1]) : null;
}
