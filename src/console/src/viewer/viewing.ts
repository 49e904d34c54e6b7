/** The state of one viewer, and what tools and keys do to it. */
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { applied, boxOf, inverse, type Point } from "./affine";
import { COLOURINGS } from "./colours";
import { DrawnRegions } from "./drawn_regions";
import type { Handle } from "./handle";
import type { ScanImage, Tiles } from "./image";
import { type Look, type Material, plainLook, withToggled } from "./look";
import { fitted, type Place, panned, type Size, type Unit, unitOf, zoomed } from "./place";
import { type NotAssessed, notAssessed, type Region, regionsOf, type ScanDocument } from "./regions";
import type { Shape, Sketch } from "./sketch";
import { draggedWindow, type Preset, presetWindow, rangeOf, type Window } from "./window";

export type Tool = "window" | "ruler" | "profile" | "area" | "outline";

/** What is being measured, in image pixels. */
export interface Measured {
  tool: Exclude<Tool, "window">;
  points: Point[];
}

const SHAPES: Record<Tool, Shape | null> = {
  window: null,
  ruler: "line",
  profile: "line",
  area: "box",
  outline: "polygon",
};

const BESIDE_SHOWN = 3;

export class Viewing {
  readonly image: ScanImage;
  readonly unit: Unit;
  readonly range: Window;
  readonly stage = signal<Size>({ width: 1, height: 1 });
  readonly place: Signal<Place>;
  readonly look: Signal<Look>;
  readonly tool = signal<Tool>("window");
  readonly sketch = signal<Sketch | null>(null);
  readonly measured = signal<Measured | null>(null);
  /** Where the pointer, or the crosshair of the keys, is in the image; null outside of it. */
  readonly pointer = signal<Point | null>(null);
  readonly magnifier = signal(false);
  /** Which time the image is asked for: another one after a part of it did not come. */
  readonly attempt = signal(1);
  readonly drawn: DrawnRegions;
  readonly regions: ReadonlySignal<Region[]>;
  readonly notAssessed: ReadonlySignal<NotAssessed[]>;
  private isFitted = true;

  constructor(
    readonly tiles: Tiles,
    readonly scan: Signal<ScanDocument>,
    readonly handle: Handle,
    private readonly darkest: number,
    /** How it is looked at from the start; else in full and plain. */
    look: Look | null = null,
  ) {
    const { image } = tiles;
    this.image = image;
    this.unit = unitOf(image.pitch_mm);
    this.range = rangeOf(image.grade);
    this.place = signal(this.whole());
    this.look = signal(look ?? plainLook(presetWindow("whole", image.grade, darkest)));
    this.drawn = new DrawnRegions(handle.drawn, image.original.to_image);
    this.regions = computed(() =>
      handle.blind.value ? [] : regionsOf(this.scan.value, image.original.to_image),
    );
    this.notAssessed = computed(() => (handle.blind.value ? [] : notAssessed(this.scan.value)));
  }

  private whole(): Place {
    const { width, height } = this.image;
    return fitted({ x: 0, y: 0, width, height }, this.unit, this.stage.value);
  }

  /** The stage has another size: what was fitted stays fitted. */
  resized(size: Size): void {
    if (size.width === 0 || size.height === 0) return;
    batch(() => {
      this.stage.value = size;
      if (this.isFitted) this.place.value = this.whole();
    });
  }

  fit(): void {
    this.isFitted = true;
    this.place.value = this.whole();
  }

  private moveTo(place: Place): void {
    this.isFitted = false;
    this.place.value = place;
  }

  pan(dx: number, dy: number): void {
    this.moveTo(panned(this.place.value, this.image, this.unit, dx, dy));
  }

  /** Nearer by `factor`, around a point of the stage; its middle unless one is given. */
  zoom(factor: number, at?: Point): void {
    const { width, height } = this.stage.value;
    const point = at ?? [width / 2, height / 2];
    this.moveTo(zoomed(this.place.value, this.unit, this.stage.value, factor, point));
  }

  /** One pixel of the image is one of the screen. */
  oneToOne(): void {
    const finest = Math.min(this.unit.x, this.unit.y) / window.devicePixelRatio;
    this.zoom(this.place.value.resolution / finest);
  }

  change(look: Partial<Look>): void {
    this.look.value = { ...this.look.value, ...look };
  }

  preset(preset: Preset): void {
    this.change({ window: presetWindow(preset, this.image.grade, this.darkest) });
  }

  isPreset(preset: Preset): boolean {
    const { low, high } = presetWindow(preset, this.image.grade, this.darkest);
    return this.look.value.window.low === low && this.look.value.window.high === high;
  }

  dragWindow(dx: number, dy: number): void {
    this.change({ window: draggedWindow(this.look.value.window, dx, dy, this.range) });
  }

  nextColouring(): void {
    const next = (COLOURINGS.indexOf(this.look.value.colouring) + 1) % COLOURINGS.length;
    this.change({ colouring: COLOURINGS[next] as Look["colouring"], material: false });
  }

  strip(material: Material): void {
    this.change({ material: true, stripped: withToggled(this.look.value.stripped, material) });
  }

  take(tool: Tool): void {
    batch(() => {
      this.tool.value = tool;
      this.sketch.value = null;
      this.measured.value = null;
      this.handle.drawing.value = null;
    });
  }

  /** Draw regions, or stop it. */
  draw(kind: "box" | "polygon"): void {
    const drawing = this.handle.drawing.value === kind ? null : kind;
    this.take("window");
    this.handle.drawing.value = drawing;
  }

  get shape(): Shape | null {
    return this.handle.drawing.value ?? SHAPES[this.tool.value];
  }

  /** A shape is whole: it becomes a region, or is measured. */
  finish(points: Point[]): void {
    batch(() => {
      this.sketch.value = null;
      const kind = this.handle.drawing.value;
      if (kind) {
        this.handle.shown.value = this.drawn.add(kind, points);
        this.handle.drawing.value = null;
      } else if (this.tool.value !== "window") this.measured.value = { tool: this.tool.value, points };
    });
  }

  /** A click on a region, or Enter on it in a list. */
  choose(id: string | null): void {
    this.handle.shown.value = id;
    if (id !== null) this.handle.regionClicked(id);
  }

  /** The next region from left to right, drawn ones last; brought into view and lit up. */
  stepRegion(by: number): void {
    const found = this.regions.value
      .filter(({ kind }) => kind === "finding")
      .sort((a, b) => a.box.x - b.box.x)
      .map(({ id }) => id);
    const ids = [...found, ...this.drawn.all.map(({ id }) => id)];
    if (ids.length === 0) return;
    const now = ids.indexOf(this.handle.shown.value ?? "");
    const next = now < 0 ? (by > 0 ? 0 : ids.length - 1) : (now + by + ids.length) % ids.length;
    const id = ids[next] as string;
    this.choose(id);
    this.bringIntoView(id);
  }

  /** Brings a region into view, with what surrounds it. */
  bringIntoView(id: string): void {
    const region = this.regions.value.find((each) => each.id === id);
    const outline = this.drawn.outline(id);
    const box = region?.box ?? (outline ? boxOf(outline) : null);
    if (!box) return;
    const [width, height] = [box.width * BESIDE_SHOWN, box.height * BESIDE_SHOWN];
    const around = {
      x: box.x - (width - box.width) / 2,
      y: box.y - (height - box.height) / 2,
      width,
      height,
    };
    const place = fitted(around, this.unit, this.stage.value);
    this.moveTo({ ...place, resolution: Math.min(this.whole().resolution, place.resolution) });
  }

  askAgain(): void {
    this.tiles.problem.value = null;
    this.attempt.value += 1;
  }

  /** Everything back as it was at first, but for what was drawn. */
  plain(): void {
    batch(() => {
      this.look.value = plainLook(presetWindow("whole", this.image.grade, this.darkest));
      this.take("window");
      this.fit();
    });
  }

  toOriginal(point: Point): Point {
    return applied(inverse(this.image.original.to_image), point);
  }
}
