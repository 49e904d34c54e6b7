/** What the mouse and the keys do on the stage. */
import type { Point } from "./affine";
import { dragged, type Grip, gripAt, withRemoved } from "./edit";
import { toImage, toScreen } from "./place";
import { findingAt } from "./regions";
import { begun, closed, moved, placed, stepBack } from "./sketch";
import type { Viewing } from "./viewing";
import { clamp } from "./window";

const CLICK_PX = 4;
const GRIP_PX = 9;
const ZOOM_PER_PX = 1.0015;

type Drag =
  | { kind: "pan" | "window"; last: Point; start: Point }
  | { kind: "sketch"; start: Point }
  | { kind: "edit"; id: string; grip: Grip; from: Point; points: Point[]; start: Point };

export class Gestures {
  private drag: Drag | null = null;
  /** While the space bar is held, dragging pans. */
  panning = false;

  constructor(private readonly viewing: Viewing) {}

  private imagePoint(at: Point): Point {
    const { place, unit, stage } = this.viewing;
    return toImage(place.value, unit, stage.value, at);
  }

  /** What is drawn or measured stays on the image. */
  private inside([x, y]: Point): Point {
    const { width, height } = this.viewing.image;
    return [clamp(x, 0, width), clamp(y, 0, height)];
  }

  private readonly near = (a: Point, b: Point): boolean => {
    const { place, unit, stage } = this.viewing;
    const [ax, ay] = toScreen(place.value, unit, stage.value, a);
    const [bx, by] = toScreen(place.value, unit, stage.value, b);
    return Math.hypot(ax - bx, ay - by) <= GRIP_PX;
  };

  press(at: Point, button: number): void {
    const point = this.imagePoint(at);
    if (button === 1 || this.panning) this.drag = { kind: "pan", last: at, start: at };
    else if (button !== 0) return;
    else if (this.viewing.shape) {
      this.drag = { kind: "sketch", start: at };
      this.place(point);
    } else this.drag = this.editAt(point, at) ?? { kind: "window", last: at, start: at };
  }

  /** Takes hold of the chosen drawn region, where the pointer is on it. */
  private editAt(point: Point, start: Point): Drag | null {
    const { drawn, handle } = this.viewing;
    const region = drawn.find(handle.shown.value);
    if (!region) return null;
    const points = drawn.points(region);
    const grip = gripAt(region.kind, points, point, this.near);
    return grip && { kind: "edit", id: region.id, grip, from: point, points, start };
  }

  move(at: Point): void {
    const { viewing, drag } = this;
    const point = this.imagePoint(at);
    viewing.pointer.value = point;
    if (viewing.sketch.value) viewing.sketch.value = moved(viewing.sketch.value, point);
    if (!drag) {
      viewing.handle.lit.value = viewing.handle.overlays.value
        ? (findingAt(viewing.regions.value, point)?.id ?? null)
        : null;
    } else if (drag.kind === "edit") {
      viewing.drawn.preview.value = {
        id: drag.id,
        points: dragged(this.kindOf(drag.id), drag.points, drag.grip, drag.from, point).map((each) =>
          this.inside(each),
        ),
      };
    } else if (drag.kind !== "sketch") {
      const [dx, dy] = [at[0] - drag.last[0], at[1] - drag.last[1]];
      drag.last = at;
      if (drag.kind === "pan") viewing.pan(dx, dy);
      else if (hasMoved(drag.start, at)) viewing.dragWindow(dx, dy);
    }
  }

  release(at: Point): void {
    const { viewing, drag } = this;
    this.drag = null;
    if (!drag) return;
    const wasDragged = hasMoved(drag.start, at);
    if (drag.kind === "sketch") {
      // Without a sketch it was left while the button was down.
      if (wasDragged && viewing.sketch.value && viewing.shape !== "polygon") this.place(this.imagePoint(at));
    } else if (drag.kind === "edit") {
      const preview = viewing.drawn.preview.value;
      viewing.drawn.preview.value = null;
      if (wasDragged && preview) viewing.drawn.change(drag.id, preview.points);
    } else if (drag.kind === "window" && !wasDragged) this.click(this.imagePoint(at));
  }

  private click(point: Point): void {
    const { viewing } = this;
    if (!viewing.handle.overlays.value) return;
    viewing.choose(viewing.drawn.at(point) ?? findingAt(viewing.regions.value, point)?.id ?? null);
  }

  /** On a vertex of a polygon it is taken away; while a polygon is drawn it closes it. */
  doubleClick(at: Point): void {
    const { viewing } = this;
    if (viewing.sketch.value) {
      this.close();
      return;
    }
    const region = viewing.drawn.find(viewing.handle.shown.value);
    if (region?.kind !== "polygon") return;
    const points = viewing.drawn.points(region);
    const grip = gripAt("polygon", points, this.imagePoint(at), this.near);
    if (grip?.at === "vertex") viewing.drawn.change(region.id, withRemoved(points, grip.index));
  }

  wheel(at: Point, delta: number): void {
    this.viewing.zoom(ZOOM_PER_PX ** -delta, at);
  }

  leave(): void {
    if (!this.drag) {
      this.viewing.pointer.value = null;
      this.viewing.handle.lit.value = null;
    }
  }

  /** The next point of the shape that is drawn: a click, or Enter at the crosshair. */
  place(at: Point): void {
    const { viewing } = this;
    const point = this.inside(at);
    const shape = viewing.shape;
    if (!shape) return;
    const sketch = viewing.sketch.value;
    if (!sketch) {
      viewing.measured.value = null;
      viewing.sketch.value = begun(shape, point);
      return;
    }
    const first = sketch.points[0] as Point;
    if (shape === "polygon" && sketch.points.length >= 3 && this.near(first, point)) {
      this.close();
      return;
    }
    const next = placed(sketch, point);
    if (next.done) viewing.finish(next.done);
    else viewing.sketch.value = next.sketch;
  }

  private close(): void {
    const corners = this.viewing.sketch.value && closed(this.viewing.sketch.value);
    if (corners) this.viewing.finish(corners);
  }

  /** Keys that only mean something on the image. True where the key was taken. */
  key(key: string, shift: boolean): boolean {
    const { viewing } = this;
    const step = shift ? 100 : 25;
    const arrow = ARROWS[key];
    if (arrow) {
      const [x, y] = arrow;
      if (viewing.shape) this.moveCrosshair(x * (shift ? 20 : 4), y * (shift ? 20 : 4));
      else viewing.pan(-x * step, -y * step);
    } else if (key === "Enter" && viewing.shape) {
      const at = viewing.pointer.value ?? this.middle();
      const sketch = viewing.sketch.value;
      const last = sketch?.points.at(-1);
      if (sketch && last && this.near(last, at) && closed(sketch)) this.close();
      else this.place(at);
    } else if (key === "Backspace" && viewing.sketch.value)
      viewing.sketch.value = stepBack(viewing.sketch.value);
    else if (key === "Escape") this.escape();
    else return false;
    return true;
  }

  /** One step back: the sketch, then what was measured, then the tool, then what is chosen. */
  private escape(): void {
    const { viewing } = this;
    if (viewing.sketch.value) viewing.sketch.value = null;
    else if (viewing.measured.value) viewing.measured.value = null;
    else if (viewing.shape) viewing.take("window");
    else viewing.handle.shown.value = null;
  }

  private middle(): Point {
    const { width, height } = this.viewing.stage.value;
    return this.imagePoint([width / 2, height / 2]);
  }

  private moveCrosshair(dx: number, dy: number): void {
    const { viewing } = this;
    const from = viewing.pointer.value ?? this.middle();
    const [x, y] = toScreen(viewing.place.value, viewing.unit, viewing.stage.value, from);
    const to = this.imagePoint([x + dx, y + dy]);
    viewing.pointer.value = to;
    if (viewing.sketch.value) viewing.sketch.value = moved(viewing.sketch.value, to);
  }

  private kindOf(id: string) {
    return this.viewing.drawn.find(id)?.kind ?? "box";
  }
}

const ARROWS: Record<string, Point> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const hasMoved = ([ax, ay]: Point, [bx, by]: Point): boolean => Math.hypot(ax - bx, ay - by) >= CLICK_PX;
