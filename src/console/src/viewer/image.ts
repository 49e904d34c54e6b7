/** What the service says of a scan's image, and its tiles as numbers. */

import { signal } from "@preact/signals";
import { api, dataOf, type Problem, problemOf } from "../api/client";
import type { components } from "../api/schema";
import { SLOW_MS, signedFetch } from "../api/signed";
import type { Point } from "./affine";

const FULL = 65535;

type Schemas = components["schemas"];
export type ScanImage = Schemas["ImageDocument"];
export type Level = Schemas["ImageLevel"];
export type ArealDensity = Schemas["ArealDensity"];
export type Band = ScanImage["bands"][number];

/** Null where the scan has no image. */
export async function loadImage(scan: string, signal: AbortSignal): Promise<ScanImage | null> {
  const answer = await api.GET("/v1/scans/{scan_id}/image", { params: { path: { scan_id: scan } }, signal });
  if (answer.response.status === 404) return null;
  return dataOf(answer) as unknown as ScanImage;
}

export type Shown = "scan" | "expected";

/** Tiles of one image as float32, interleaved by band, with their gutter. Those seen last are kept. */
export class Tiles {
  private readonly kept = new Map<string, Promise<Float32Array>>();
  private readonly here = new Map<string, Float32Array>();

  private readonly tables: Float32Array[];
  /** Why a part of the image is missing; null where all came that was asked for. */
  readonly problem = signal<Problem | null>(null);

  constructor(
    readonly image: ScanImage,
    readonly shown: Shown,
    private readonly most = 160,
  ) {
    const bands: Band[] = shown === "expected" ? ["high", "high", "high"] : image.bands;
    this.tables = bands.map((band) => tableOf(band, image));
  }

  get bands(): number {
    return this.tables.length;
  }

  load(level: number, column: number, row: number): Promise<Float32Array> {
    const key = `${level}/${column}/${row}`;
    const known = this.kept.get(key);
    if (known) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return known;
    }
    const loading = this.fetched(key).then((data) => {
      this.here.set(key, data);
      return data;
    });
    this.kept.set(key, loading);
    loading.catch((error: unknown) => {
      this.forget(key);
      this.problem.value = problemOf(error);
    });
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.most) break;
      this.forget(oldest);
    }
    return loading;
  }

  private forget(key: string): void {
    this.kept.delete(key);
    this.here.delete(key);
  }

  private async fetched(key: string): Promise<Float32Array> {
    const { scan, revision, tile, gutter } = this.image;
    const path = this.shown === "expected" ? `expected/${key}` : key;
    const answer = await signedFetch(`/v1/scans/${scan}/image/${revision}/${path}`, undefined, {
      limit_ms: SLOW_MS,
    });
    if (!answer.ok) throw problemOf(await answer.json().catch(() => answer.statusText));
    const counts = new Uint16Array(await answer.arrayBuffer());
    if (counts.length !== (tile + 2 * gutter) ** 2 * this.bands) throw problemOf("A tile of another size");
    return decoded(counts, this.tables);
  }

  /** All bands at a pixel, of the finest tile that is here; null where none is. */
  at([x, y]: Point): Float32Array | null {
    const { width, height, tile, gutter, levels } = this.image;
    if (x < 0 || y < 0 || x >= width || y >= height) return null;
    for (const { level, scale, width: most, height: last } of levels) {
      const column = Math.min(Math.floor(x / scale), most - 1);
      const row = Math.min(Math.floor(y / scale), last - 1);
      const data = this.here.get(`${level}/${Math.floor(column / tile)}/${Math.floor(row / tile)}`);
      if (!data) continue;
      const start = ((gutter + (row % tile)) * (tile + 2 * gutter) + gutter + (column % tile)) * this.bands;
      return data.subarray(start, start + this.bands);
    }
    return null;
  }

  /** Every value of the high energy in the smallest level. */
  async overview(): Promise<Float32Array> {
    const { levels, tile, gutter } = this.image;
    const smallest = levels[levels.length - 1] as Level;
    const values = new Float32Array(smallest.width * smallest.height);
    for (const [column, row] of tilesOf(smallest, tile)) {
      const data = await this.load(smallest.level, column, row);
      for (let y = 0; y < tile && row * tile + y < smallest.height; y++)
        for (let x = 0; x < tile && column * tile + x < smallest.width; x++)
          values[(row * tile + y) * smallest.width + column * tile + x] = data[
            ((y + gutter) * (tile + 2 * gutter) + x + gutter) * this.bands
          ] as number;
    }
    return values;
  }
}

export function* tilesOf({ width, height }: Level, tile: number): Generator<[number, number]> {
  for (let row = 0; row * tile < height; row++)
    for (let column = 0; column * tile < width; column++) yield [column, row];
}

/** Where nothing was measured: a dead or masked line of the detector. */
export const NOT_MEASURED = -1;

const counted = (of: (count: number) => number): Float32Array =>
  Float32Array.from({ length: FULL + 1 }, (_, count) => of(count));
const ALPHA = counted((count) => (count === 0 ? NOT_MEASURED : Math.log(FULL / count)));
const DARKNESS = counted((count) => (count === 0 ? NOT_MEASURED : 1 - count / FULL));
/** No material can be told: so far from any code that between the two pixels no third material appears. */
export const NOT_TOLD = -8;
const SHARE = counted((count) => (count === 0 ? NOT_TOLD : count / FULL));

/** What each count of a band means: the energies are attenuation, of a display grade darkness; material is a share. */
export function tableOf(band: Band, { grade, surround_band }: Pick<ScanImage, "grade" | "surround_band">) {
  if (band === "material") return SHARE;
  if (band === "surround") {
    const alpha = counted((count) => count * surround_band.per_code);
    return grade === "display" ? alpha.map((each) => 1 - Math.exp(-each)) : alpha;
  }
  return grade === "display" ? DARKNESS : ALPHA;
}

/** Counts, interleaved by band, as floats by the table of each band. */
export function decoded(counts: Uint16Array, tables: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(counts.length);
  tables.forEach((table, band) => {
    for (let index = band; index < counts.length; index += tables.length)
      all[index] = table[counts[index] as number] as number;
  });
  return all;
}

/** Areal density of an attenuation, if all were of that material; null beyond the table. */
export function arealDensity({ alpha, g_cm2 }: ArealDensity, value: number): number | null {
  if (value <= (alpha[0] ?? 0)) return g_cm2[0] ?? null;
  const after = alpha.findIndex((each) => each >= value);
  if (after < 0) return null;
  const [a, b] = [alpha[after - 1] as number, alpha[after] as number];
  const [from, to] = [g_cm2[after - 1] as number, g_cm2[after] as number];
  return from + ((to - from) * (value - a)) / (b - a);
}
