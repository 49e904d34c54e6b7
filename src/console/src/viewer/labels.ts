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

const CARD_GAP = 12;

/** Where a card about a region stands: beside, above or below it where there is room, else where it covers least. */
export function cardPlace(
  region: Box,
  card: { width: number; height: number },
  stage: { width: number; height: number },
): [number, number] {
  const across = region.x + region.width / 2 - card.width / 2;
  const spots: [number, number][] = [
    [region.x + region.width + CARD_GAP, region.y],
    [region.x - card.width - CARD_GAP, region.y],
    [across, region.y - card.height - LABEL_HEIGHT - CARD_GAP],
    [across, region.y + region.height + LABEL_HEIGHT + CARD_GAP],
  ];
  const inside = spots.map(([x, y]): [number, number] => [
    Math.min(Math.max(x, 8), Math.max(stage.width - card.width - 8, 8)),
    Math.min(Math.max(y, 8), Math.max(stage.height - card.height - 8, 8)),
  ]);
  const covered = ([x, y]: [number, number]): number => shared({ x, y, ...card }, region);
  return inside.reduce((best, spot) => (covered(spot) < covered(best) ? spot : best));
}

function shared(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(width, 0) * Math.max(height, 0);
}
