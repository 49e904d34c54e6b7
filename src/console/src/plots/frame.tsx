/** The space of a plot: its axes, and where a value stands in it. */
import { type ScaleBand, type ScaleLinear, scaleBand, scaleLinear } from "d3-scale";
import type { ComponentChildren } from "preact";
import { largest, type PlotData, shownValue } from "./series";

export const WIDTH = 640;
export const HEIGHT = 220;
const LEFT = 62;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 26;
const MOST_LABELS = 10;

export interface Scales {
  x: ScaleBand<string>;
  y: ScaleLinear<number, number>;
}

export function scalesOf(data: PlotData, top: number): Scales {
  const x = scaleBand(
    data.places.map((place) => place.key),
    [LEFT, WIDTH - RIGHT],
  ).padding(0.25);
  const y = scaleLinear([0, top || 1], [HEIGHT - BOTTOM, TOP]).nice(4);
  return { x, y };
}

/** `top` is the highest value of the axis where the values themselves do not say it. */
export function Frame({
  data,
  top,
  children,
}: {
  data: PlotData;
  top?: number;
  children: (scales: Scales) => ComponentChildren;
}) {
  const scales = scalesOf(data, top ?? largest(data));
  const { x, y } = scales;
  const step = Math.ceil(data.places.length / MOST_LABELS);
  const whole = data.unit === "count";
  const ticks = y.ticks(4).filter((value) => !whole || Number.isInteger(value));
  return (
    <svg class="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <g class="axis">
        {ticks.map((value) => (
          <g key={value} class="tick" data-value={value}>
            <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 6} y={y(value)} dy="0.32em" text-anchor="end">
              {shownValue(value, data.unit)}
            </text>
          </g>
        ))}
        {data.places.map(
          (place, at) =>
            at % step === 0 && (
              <text
                key={place.key}
                x={(x(place.key) ?? 0) + x.bandwidth() / 2}
                y={HEIGHT - BOTTOM + 16}
                text-anchor="middle"
              >
                {place.shown}
              </text>
            ),
        )}
      </g>
      {children(scales)}
    </svg>
  );
}
