/** The space of a plot: its axes, and where a value stands in it. */
import { type ScaleBand, type ScaleLinear, scaleBand, scaleLinear } from "d3-scale";
import type { ComponentChildren } from "preact";
import { number, t } from "../text";
import { largest, type PlotData, shownValue } from "./series";

export const WIDTH = 480;
export const HEIGHT = 210;
const LEFT = 56;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 26;
const MOST_LABELS = 8;
const MINUTE = 60;

export interface Scales {
  x: ScaleBand<string>;
  y: ScaleLinear<number, number>;
}

export function scalesOf(data: PlotData, top: number): Scales {
  const x = scaleBand(
    data.places.map((place) => place.key),
    [LEFT, WIDTH - RIGHT],
  ).padding(0.25);
  const unit = unitOf(data, top);
  const last =
    scaleLinear([0, (top || 1) / unit], [0, 1])
      .nice(4)
      .domain()[1] ?? 1;
  return { x, y: scaleLinear([0, last * unit], [HEIGHT - BOTTOM, TOP]) };
}

/** Long times are counted in whole minutes along the axis. */
const unitOf = (data: PlotData, top: number): number =>
  data.unit === "seconds" && top > 2 * MINUTE ? MINUTE : 1;

const inUnit = (value: number, unit: number): string =>
  `${number(value, 1)} ${unit > 1 ? t("plots.min") : t("plots.s")}`;

function ticksOf(data: PlotData, y: Scales["y"]): { value: number; shown: string }[] {
  const top = y.domain()[1] ?? 1;
  const unit = unitOf(data, top);
  const counts = scaleLinear([0, top / unit], [0, 1]).ticks(4);
  const whole = data.unit === "count" || unit > 1;
  return counts
    .filter((each) => !whole || Number.isInteger(each))
    .map((each) => ({
      value: each * unit,
      shown: data.unit === "seconds" ? inUnit(each, unit) : shownValue(each, data.unit),
    }));
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
  const ticks = ticksOf(data, y);
  return (
    <svg class="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <g class="axis">
        {ticks.map(({ value, shown }) => (
          <g key={value} class="tick" data-value={value}>
            <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 6} y={y(value)} dy="0.32em" text-anchor="end">
              {shown}
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
