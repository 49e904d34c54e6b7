/** What is drawn over the image: regions, what the officer draws and measures, the crosshair. */
import { number, t } from "../text";
import { type Box, boxOf, cornersOf, type Point } from "./affine";
import { edgeMiddles, outlineOf } from "./edit";
import { lengthOf, toScreen } from "./place";
import { outline } from "./sketch";
import type { Viewing } from "./viewing";

export function Shapes({ viewing }: { viewing: Viewing }) {
  const { stage, place, unit, handle } = viewing;
  const { width, height } = stage.value;
  const screen = (point: Point): Point => toScreen(place.value, unit, stage.value, point);
  const shows = handle.overlays.value;
  return (
    <svg class="shapes" width={width} height={height} aria-hidden="true">
      <defs>
        <pattern
          id="not-assessed"
          width="14"
          height="14"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect width="14" height="14" class="stripe-light" />
          <rect width="7" height="14" class="stripe-dark" />
        </pattern>
      </defs>
      {shows && <Regions viewing={viewing} screen={screen} />}
      <NotAssessedFrames viewing={viewing} screen={screen} />
      {shows && <Drawn viewing={viewing} screen={screen} />}
      <Sketched viewing={viewing} screen={screen} />
      <Crosshair viewing={viewing} screen={screen} />
    </svg>
  );
}

interface OnScreen {
  viewing: Viewing;
  screen: (point: Point) => Point;
}

const path = (points: readonly Point[]): string => points.map(([x, y]) => `${x},${y}`).join(" ");

function Regions({ viewing, screen }: OnScreen) {
  const chosen = viewing.handle.shown.value;
  return viewing.regions.value.map(({ id, kind, box }) => {
    if (kind === "verdict" && id !== chosen && id !== viewing.handle.lit.value) return null;
    const state = id === chosen ? "chosen" : id === viewing.handle.lit.value ? "hovered" : "";
    const points = path(cornersOf(boxOf(cornersOf(box).map(screen))));
    return (
      <g key={id} class={`region ${kind} ${state}`} data-region={id}>
        <polygon class="edge" points={points} />
        <polygon class="line" points={points} />
      </g>
    );
  });
}

const FRAME_PX = 10;

/** A striped frame around what was not assessed: not to be hidden, not to be taken for a clear scan. */
function NotAssessedFrames({ viewing, screen }: OnScreen) {
  const { image, notAssessed, regions } = viewing;
  const whole: Box = { x: 0, y: 0, width: image.width, height: image.height };
  return notAssessed.value.map(({ unit, code }) => {
    const box = unit === null ? whole : regions.value.find((each) => each.unit?.unit === unit)?.box;
    if (!box) return null;
    const { x, y, width, height } = boxOf(cornersOf(box).map(screen));
    return (
      <path
        key={`${unit} ${code}`}
        class="not-assessed-frame"
        data-not-assessed={unit ?? "scan"}
        fill-rule="evenodd"
        d={`${ring(x - FRAME_PX, y - FRAME_PX, width + 2 * FRAME_PX, height + 2 * FRAME_PX)} ${ring(x, y, width, height)}`}
      />
    );
  });
}

const ring = (x: number, y: number, width: number, height: number): string =>
  `M${x} ${y}h${width}v${height}h${-width}z`;

function Drawn({ viewing, screen }: OnScreen) {
  const { drawn, handle } = viewing;
  return drawn.all.map((region) => {
    const corners = outlineOf(region.kind, drawn.points(region)).map(screen);
    const isChosen = region.id === handle.shown.value;
    return (
      <g
        key={region.id}
        class={`region drawn ${isChosen ? "chosen" : ""}`}
        data-region={region.id}
        data-original={JSON.stringify(region.points)}
      >
        <polygon class="edge" points={path(corners)} />
        <polygon class="line" points={path(corners)} />
        {isChosen &&
          corners.map(([x, y], index) => (
            <rect key={index} class="grip" x={x - 4} y={y - 4} width="8" height="8" />
          ))}
        {isChosen &&
          region.kind === "polygon" &&
          edgeMiddles(corners).map(([x, y], index) => (
            <circle key={index} class="grip edge-grip" cx={x} cy={y} r="3.5" />
          ))}
      </g>
    );
  });
}

function Sketched({ viewing, screen }: OnScreen) {
  const sketch = viewing.sketch.value;
  const measured = viewing.measured.value;
  const shape = sketch?.shape ?? (measured && (SHAPE_OF[measured.tool] ?? "line"));
  const points = sketch ? outline(sketch) : measured?.points;
  if (!points || !shape) return null;
  const corners = (shape === "box" ? cornersOf(boxOf(points)) : points).map(screen);
  const isRuler = viewing.tool.value === "ruler" && points.length === 2;
  return (
    <g class="sketch">
      {shape === "line" ? (
        <>
          <polyline class="edge" points={path(corners)} />
          <polyline class="line" points={path(corners)} />
        </>
      ) : (
        <>
          <polygon class="edge" points={path(corners)} />
          <polygon class="line" points={path(corners)} />
        </>
      )}
      {isRuler && <Length viewing={viewing} points={points as [Point, Point]} screen={screen} />}
    </g>
  );
}

const SHAPE_OF: Record<string, "box" | "polygon" | undefined> = { area: "box", outline: "polygon" };

/** Length of the ruler beside its end: in mm where the pitch is known, with its bounds where it was measured. */
function Length({ viewing, points, screen }: { points: [Point, Point] } & OnScreen) {
  const [from, to] = points;
  const [x, y] = screen(to);
  return (
    <text class="length" x={x + 10} y={y - 8}>
      {lengthText(viewing, from, to)}
    </text>
  );
}

export function lengthText({ unit, image }: Viewing, from: Point, to: Point): string {
  const length = lengthOf(unit, from, to);
  const pitch = image.pitch_mm;
  if (!pitch) return t("viewer.length_px", { length: number(length) });
  if (pitch.x_low === null || pitch.x_high === null) return t("viewer.length_mm", { length: number(length) });
  return t("viewer.length_about_mm", {
    length: number(length),
    low: number((length * pitch.x_low) / pitch.x),
    high: number((length * pitch.x_high) / pitch.x),
  });
}

function Crosshair({ viewing, screen }: OnScreen) {
  const at = viewing.pointer.value;
  if (!at || !viewing.shape) return null;
  const [x, y] = screen(at);
  return <path class="crosshair" d={`M${x - 14} ${y}h10m8 0h10M${x} ${y - 14}v10m0 8v10`} />;
}
