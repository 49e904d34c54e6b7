/** Regions that the officer draws: kept in original pixels, edited in image pixels, every step can be undone. */
import { type Signal, signal } from "@preact/signals";
import { type Affine, applied, inverse, type Point } from "./affine";
import { contains, outlineOf } from "./edit";
import type { DrawnRegion } from "./handle";

const MOST_STEPS = 100;

/** One change of one region, by how it was before: null where it is new. What others change meanwhile stays. */
interface Step {
  id: string;
  before: DrawnRegion | null;
}

export class DrawnRegions {
  private readonly back: Affine;
  private readonly steps = signal<Step[]>([]);
  /** The region that is being dragged, as it would be. */
  readonly preview = signal<{ id: string; points: Point[] } | null>(null);

  constructor(
    private readonly drawn: Signal<DrawnRegion[]>,
    private readonly toImage: Affine,
  ) {
    this.back = inverse(toImage);
  }

  get all(): DrawnRegion[] {
    return this.drawn.value;
  }

  find(id: string | null): DrawnRegion | undefined {
    return this.all.find((region) => region.id === id);
  }

  /** Its points in image pixels: two corners of a box. */
  points(region: DrawnRegion): Point[] {
    if (this.preview.value?.id === region.id) return this.preview.value.points;
    return region.points.map((point) => applied(this.toImage, point));
  }

  outline(id: string): Point[] | null {
    const region = this.find(id);
    return region ? outlineOf(region.kind, this.points(region)) : null;
  }

  /** The newest region over a point of the image. */
  at(point: Point): string | null {
    const hit = this.all.filter((region) => contains(region.kind, this.points(region), point));
    return hit.at(-1)?.id ?? null;
  }

  /** The id of the new region. */
  add(kind: DrawnRegion["kind"], points: readonly Point[]): string {
    const taken = this.all.map(({ id }) => Number(/^D(\d+)$/.exec(id)?.[1] ?? 0));
    const id = `D${Math.max(0, ...taken) + 1}`;
    const region = { id, kind, points: this.toOriginal(points), family: null, commodity: null, comment: "" };
    this.step(id, [...this.all, region]);
    return id;
  }

  change(id: string, points: readonly Point[]): void {
    const original = this.toOriginal(points);
    this.step(
      id,
      this.all.map((region) => (region.id === id ? { ...region, points: original } : region)),
    );
  }

  remove(id: string): void {
    if (this.find(id)) this.step(id, this.without(id));
  }

  get canUndo(): boolean {
    return this.steps.value.length > 0;
  }

  undo(): void {
    const step = this.steps.value.at(-1);
    if (!step) return;
    this.steps.value = this.steps.value.slice(0, -1);
    const { id, before } = step;
    if (!before) this.drawn.value = this.without(id);
    else if (!this.find(id)) this.drawn.value = [...this.all, before];
    else this.drawn.value = this.all.map((now) => (now.id === id ? { ...now, points: before.points } : now));
  }

  private step(id: string, next: DrawnRegion[]): void {
    const step = { id, before: this.find(id) ?? null };
    this.steps.value = [...this.steps.value, step].slice(-MOST_STEPS);
    this.drawn.value = next;
  }

  private without(id: string): DrawnRegion[] {
    return this.all.filter((region) => region.id !== id);
  }

  private toOriginal(points: readonly Point[]): Point[] {
    return points.map((point) => {
      const [x, y] = applied(this.back, point);
      return [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
    });
  }
}
