/** The next scans of the list, fetched before they are asked for: the first image is then there at once. */
import { loadImage, Tiles, tilesOf } from "./image";

const AHEAD = 2;

/** Ids of the list, parted by commas; those after `scan`. */
export function following(list: string | undefined, scan: string): string[] {
  const ids = (list ?? "").split(",").filter((id) => id !== "");
  const place = ids.indexOf(scan);
  return place < 0 ? [] : ids.slice(place + 1, place + 1 + AHEAD);
}

/** Asks for what a fitted view of each shows; the browser keeps it. A failure does not matter. */
export async function prefetch(scans: readonly string[], width: number, stop: AbortSignal): Promise<void> {
  for (const scan of scans) {
    const image = await loadImage(scan, stop).catch(() => null);
    if (!image || stop.aborted) continue;
    const tiles = new Tiles(image, "scan");
    const seen = image.levels.filter((level) => level.width >= width / 2);
    const level = seen.at(-1) ?? image.levels[0];
    if (!level) continue;
    await Promise.allSettled([
      tiles.overview(),
      ...[...tilesOf(level, image.tile)].map(([column, row]) => tiles.load(level.level, column, row)),
    ]);
  }
}
