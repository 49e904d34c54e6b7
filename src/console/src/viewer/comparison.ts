/** What stands beside the scan: what the model expected, or another scan, with the same pan, zoom and window. */
import { type Signal, signal } from "@preact/signals";
import { type Loaded, useLoaded } from "../load";
import { time } from "../text";
import { type Box, type Point, transformedBox } from "./affine";
import { loadImage, type ScanImage, Tiles } from "./image";
import { type Unit, unitOf } from "./place";
import { loadScan, type ScanDocument } from "./regions";
import type { Viewing } from "./viewing";

export type Mode = "side" | "swipe" | "flip";
export const MODES: readonly Mode[] = ["side", "swipe", "flip"];

export interface Other {
  kind: "expected" | "scan";
  tiles: Tiles;
  unit: Unit;
  /** Where its upper left corner lies on the map of the first image. */
  origin: Point;
  label: string;
}

export interface Comparing {
  mode: Signal<Mode>;
  /** Share of the stage on which the first image is seen. */
  split: Signal<number>;
  /** Whether the other one is on top. */
  flipped: Signal<boolean>;
}

export const comparing = (): Comparing => ({
  mode: signal<Mode>("side"),
  split: signal(0.5),
  flipped: signal(false),
});

/** Null while nothing is compared, and where the other one has no image. */
export function useOther(viewing: Viewing): Loaded<Other | null> {
  const { compareWith, blind } = viewing.handle;
  // What the model expected is part of its reading.
  const asked = blind.value && compareWith.value === "expected" ? null : compareWith.value;
  const key = asked === null || asked === "expected" ? asked : asked.scan;
  return useLoaded(
    async (stop) => {
      if (key === null) return null;
      if (key === "expected") return expectedOf(viewing);
      return otherScan(viewing, key, stop);
    },
    [viewing, key],
  );
}

function expectedOf(viewing: Viewing): Other | null {
  if (!viewing.image.expected) return null;
  return {
    kind: "expected",
    tiles: new Tiles(viewing.image, "expected"),
    unit: viewing.unit,
    origin: [0, 0],
    label: "",
  };
}

async function otherScan(viewing: Viewing, id: string, stop: AbortSignal): Promise<Other | null> {
  const [image, scan] = await Promise.all([loadImage(id, stop), loadScan(id, stop)]);
  if (!image) return null;
  const unit = likeUnit(viewing.image, viewing.unit, image);
  return {
    kind: "scan",
    tiles: new Tiles(image, "scan"),
    unit,
    origin: aligned(viewing, { image, scan, unit }),
    label: `${scan.name} · ${time(scan.acquired_at ?? scan.received_at)}`,
  };
}

/** In mm where both are known; otherwise it is shown as high as the first one. */
export function likeUnit(first: ScanImage, unit: Unit, other: ScanImage): Unit {
  if (first.pitch_mm && other.pitch_mm) return unitOf(other.pitch_mm);
  const own = unitOf(other.pitch_mm);
  const scale = (first.height * unit.y) / (other.height * own.y);
  return { x: own.x * scale, y: own.y * scale };
}

/** The first cargo units of both lie with their lower left corners on each other. */
function aligned(viewing: Viewing, other: { image: ScanImage; scan: ScanDocument; unit: Unit }): Point {
  const first = firstUnit(viewing.scan.peek(), viewing.image);
  const second = firstUnit(other.scan, other.image);
  if (!first || !second) return [0, 0];
  return [
    first.x * viewing.unit.x - second.x * other.unit.x,
    -(first.y + first.height) * viewing.unit.y + (second.y + second.height) * other.unit.y,
  ];
}

function firstUnit(scan: ScanDocument, image: ScanImage): Box | null {
  const unit = scan.status === "read" ? scan.containers[0] : undefined;
  return unit ? transformedBox(image.original.to_image, unit.box) : null;
}
