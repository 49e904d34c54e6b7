/** From what an officer drew and wrote to the decision that is sent. */

import { type Entry, entryOf } from "../outbox/entry";
import type { DrawnRegion } from "../viewer/handle";
import type { Draft } from "./draft";
import { newId, serverNow } from "./identity";
import type { Answer, DecisionSaid, DeskChoices, DeskScan, Reader, RegionSaid } from "./types";

export const APP = "tallyscan-console";

/** A region as it is on record: of a box x, y, width and height. */
export function regionSaid(region: DrawnRegion, finding: string | undefined): RegionSaid {
  const xs = region.points.map(([x]) => x);
  const ys = region.points.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const shape: Pick<RegionSaid, "box" | "polygon"> =
    region.kind === "polygon"
      ? { polygon: region.points }
      : { box: [left, top, Math.max(...xs) - left, Math.max(...ys) - top] };
  return {
    ...shape,
    family: region.family as NonNullable<RegionSaid["family"]> | null,
    commodity: region.commodity,
    ...(finding ? { finding } : {}),
    ...(region.comment.trim() ? { comment: region.comment.trim() } : {}),
  };
}

/** The same regions, to be drawn again: when a decision is changed or taken back. */
export function drawnAgain(regions: readonly RegionSaid[]): DrawnRegion[] {
  return regions.map((region, position) => {
    const { box } = region;
    const corners: [number, number][] = box
      ? [
          [box[0], box[1]],
          [box[0] + box[2], box[1] + box[3]],
        ]
      : (region.polygon ?? []);
    return {
      id: `D${position + 1}`,
      kind: box ? "box" : "polygon",
      points: corners,
      family: region.family ?? null,
      commodity: region.commodity ?? null,
      comment: region.comment ?? "",
    };
  });
}

export type Missing = "reason" | "comment" | "region_or_comment" | "office" | "clear_names_goods";

/** What is referred for a second opinion goes to another reader, all else to an office. */
export const goesToOffice = ({ answer, reason }: Draft): boolean =>
  answer === "refer" && reason !== "second_opinion";

/** What a decision still lacks; null: it can be made. */
export function missing(draft: Draft, choices: DeskChoices): Missing | null {
  if (!draft.answer) return "reason";
  const reason = (choices.reasons[draft.answer] ?? []).find(({ code }) => code === draft.reason);
  if (!reason) return "reason";
  const comment = draft.comment.trim() !== "";
  if (reason.needs_comment && !comment) return "comment";
  if (draft.answer === "suspicious" && draft.regions.length === 0 && !comment) return "region_or_comment";
  if (draft.answer === "clear" && draft.regions.some(({ family }) => family !== null))
    return "clear_names_goods";
  if (goesToOffice(draft) && choices.contact_points.length > 0 && !draft.office) return "office";
  return null;
}

/** Regions go with the answers that can have them: of a clear scan those that name goods, of an unreadable one none. */
export function regionsOf(answer: Answer, draft: Draft): RegionSaid[] {
  if (answer === "not_readable") return [];
  const kept =
    answer === "clear"
      ? draft.regions.filter(({ family, commodity }) => !family && commodity)
      : draft.regions;
  return kept.map((region) => regionSaid(region, draft.takenOver[region.id]));
}

export function decisionOf(
  draft: Draft,
  scan: DeskScan,
  said: { by: string; reader: Reader; corrects: string | null; seconds: number },
): Entry {
  const id = newId();
  const answer = draft.answer ?? "refer";
  const decision: DecisionSaid & { id: string } = {
    id,
    by: said.by,
    at: serverNow().toISOString(),
    decision: answer,
    reason: draft.reason as DecisionSaid["reason"],
    regions: regionsOf(answer, draft),
    reader: said.reader,
    revision: scan.revision,
    marks_shown: !scan.blind && scan.reading !== null,
    seconds: Math.round(said.seconds * 10) / 10,
    app: APP,
    ...(draft.comment.trim() ? { comment: draft.comment.trim() } : {}),
    ...(said.corrects ? { corrects: said.corrects } : {}),
    ...(goesToOffice(draft) && draft.office
      ? {
          refer_to: {
            office: draft.office,
            ...(draft.purpose.trim() ? { purpose: draft.purpose.trim() } : {}),
          },
        }
      : {}),
  };
  return entryOf({
    id,
    kind: "decision",
    by: said.by,
    about: [scan.scan],
    name: scan.marks[0] ?? scan.name,
    parts: [{ url: `/v1/scans/${scan.scan}/decisions`, body: decision }],
    draft: { ...draft, seconds: said.seconds } satisfies Draft,
  });
}
