/** Where labels of regions stand, so that none covers another. Screen pixels. */
import type { Box } from "./affine";

export const LABEL_HEIGHT = 20;
const GAP = 2;

export interface Label {
  id: string;
  /** The region on the screen. */
  box: Box;
  width: number;
}

/** The upper left corner of each label; what comes first chooses first. Null where there is no room in the stage. */
export function placedLabels(
  labels: readonly Label[],
  stage: { width: number; height: number },
): Map<string, [number, number] | null> {
  const taken: Box[] = [];
  const places = new Map<string, [number, number] | null>();
  for (const { id, box, width } of labels) {
    const left = Math.min(Math.max(box.x, 0), Math.max(stage.width - width, 0));
    const below = box.y + box.height + GAP;
    const rows = [
      box.y - LABEL_HEIGHT - GAP,
      below,
      box.y + GAP,
      box.y - 2 * (LABEL_HEIGHT + GAP),
      below + LABEL_HEIGHT + GAP,
    ];
    const found = isInSight(box, stage)
      ? rows
          .map((y) => ({ x: left, y, width, height: LABEL_HEIGHT }))
          .find(
            (spot) =>
              spot.y >= 0 &&
              spot.y + LABEL_HEIGHT <= stage.height &&
              taken.every((other) => !overlap(spot, other)),
          )
      : undefined;
    if (found) taken.push(found);
    places.set(id, found ? [found.x, found.y] : null);
  }
  return places;
}

const isInSight = (box: Box, { width, height }: { width: number; height: number }): boolean =>
  box.x < width && box.y < height && box.x + box.width > 0 && box.y + box.height > 0;

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
