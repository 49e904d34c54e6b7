/** The next scans of the list, fetched before they are asked for: the first image is then there at once. */
import { type Level, loadImage, Tiles, tilesOf } from "./image";
import { fitted, unitOf } from "./place";

const AHEAD = 2;

/** Ids of the list, parted by commas; those after `scan`. */
export function following(list: string | undefined, scan: string): string[] {
  const ids = (list ?? "").split(",").filter((id) => id !== "");
  const place = ids.indexOf(scan);
  return place < 0 ? [] : ids.slice(place + 1, place + 1 + AHEAD);
}

/** Asks for all that a fitted view of the scan will show, before there is a view. */
export async function loadFitted(tiles: Tiles): Promise<void> {
  const { image } = tiles;
  const unit = unitOf(image.pitch_mm);
  const { resolution } = fitted(
    { x: 0, y: 0, width: image.width, height: image.height },
    unit,
    likelyStage(),
  );
  const level = nearestLevel(image.levels, resolution / Math.min(unit.x, unit.y));
  await Promise.all([...tilesOf(level, image.tile)].map(([x, y]) => tiles.load(level.level, x, y)));
}

/** The window without header, toolbar and what stands beside the image. */
const likelyStage = () => ({ width: window.innerWidth - 420, height: window.innerHeight - 160 });

/** The level whose pixels are nearest in size to those of the screen. */
export function nearestLevel(levels: readonly Level[], scale: number): Level {
  const distance = (level: Level) => Math.abs(level.scale - scale);
  return levels.reduce((best, level) => (distance(level) < distance(best) ? level : best));
}

/** The browser keeps what was asked for. A failure does not matter: the scan will be asked for again. */
export async function prefetch(scans: readonly string[], stop: AbortSignal): Promise<void> {
  for (const scan of scans) {
    const image = await loadImage(scan, stop).catch(() => null);
    if (!image || stop.aborted) continue;
    const tiles = new Tiles(image, "scan");
    await Promise.allSettled([tiles.overview(), loadFitted(tiles)]);
  }
}
