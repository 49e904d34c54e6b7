/** A profile along a line as a plot: attenuation, of a display picture its grey. */
import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import { useState } from "preact/hooks";
import { number, t } from "../text";
import type { Profile } from "./measures";
import type { Grade } from "./window";

const WIDTH = 960;
const HEIGHT = 170;
const EDGE = { left: 48, right: 12, top: 8, bottom: 34 };

interface Props {
  profile: Profile;
  grade: Grade;
  /** Called with the place under the pointer as a share of the line; null when it leaves. */
  at: (share: number | null) => void;
}

type Place = [number, number | null];

export function ProfilePlot({ profile, grade, at }: Props) {
  const [pointed, setPointed] = useState<number | null>(null);
  const values = profile.attenuation ?? profile.transmission;
  const step = profile.step_mm ?? profile.step_px;
  const end = Math.max((values.length - 1) * step, step);
  const most = Math.max(...values.map((value) => value ?? 0), grade === "display" ? 1 : 0.1);
  const x = scaleLinear([0, end], [EDGE.left, WIDTH - EDGE.right]);
  const y = scaleLinear([0, most], [HEIGHT - EDGE.bottom, EDGE.top]).nice();
  const places = values.map((value, index): Place => [index * step, value]);
  const known = (place: Place): boolean => place[1] !== null;
  const curve = line<Place>(
    ([along]) => x(along),
    ([, value]) => y(value ?? 0),
  ).defined(known);
  const ground = area<Place>(
    ([along]) => x(along),
    y(0),
    ([, value]) => y(value ?? 0),
  ).defined(known);
  const nameOfX = profile.step_mm === null ? t("viewer.along_px") : t("viewer.along_mm");
  const nameOfY = profile.attenuation ? t("viewer.attenuation_is") : t("viewer.grey_is");
  const point = (event: PointerEvent) => {
    const svg = event.currentTarget as SVGSVGElement;
    const box = svg.getBoundingClientRect();
    const along = x.invert(((event.clientX - box.left) / box.width) * WIDTH);
    const index = Math.round(Math.min(Math.max(along / step, 0), values.length - 1));
    setPointed(index);
    at(values.length > 1 ? index / (values.length - 1) : 0);
  };
  const leave = () => {
    setPointed(null);
    at(null);
  };
  const here = pointed === null ? null : places[pointed];
  return (
    <svg
      class="profile"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={summary(values, nameOfY)}
      onPointerMove={point}
      onPointerLeave={leave}
    >
      {y.ticks(4).map((tick) => (
        <g key={tick} class="tick">
          <line x1={EDGE.left} x2={WIDTH - EDGE.right} y1={y(tick)} y2={y(tick)} />
          <text x={EDGE.left - 6} y={y(tick) + 4} text-anchor="end">
            {number(tick, 2)}
          </text>
        </g>
      ))}
      {x.ticks(8).map((tick) => (
        <text key={tick} x={x(tick)} y={HEIGHT - EDGE.bottom + 15} text-anchor="middle">
          {number(tick)}
        </text>
      ))}
      <text x={WIDTH - EDGE.right} y={HEIGHT - 4} text-anchor="end">
        {nameOfX}
      </text>
      <text x={EDGE.left} y={HEIGHT - 4}>
        {here ? valueHere(here, profile, pointed ?? 0, nameOfY) : nameOfY}
      </text>
      <path class="ground" d={ground(places) ?? ""} />
      <path class="curve" d={curve(places) ?? ""} />
      {here && here[1] !== null && <circle class="here" cx={x(here[0])} cy={y(here[1])} r="4" />}
    </svg>
  );
}

function valueHere([along, value]: Place, profile: Profile, index: number, name: string): string {
  if (value === null) return t("viewer.not_measured");
  const density = profile.areal_density?.[index];
  const grams =
    density === null || density === undefined ? "" : ` · ${t("viewer.g_cm2", { value: number(density, 1) })}`;
  return `${name} ${number(value, 3)}${grams} (${number(along)})`;
}

/** The plot in a sentence, for those who hear it. */
function summary(values: readonly (number | null)[], name: string): string {
  const known = values.filter((value): value is number => value !== null);
  if (known.length === 0) return t("viewer.not_measured");
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return t("viewer.profile_says", {
    name,
    low: number(Math.min(...known), 2),
    mean: number(mean, 2),
    high: number(Math.max(...known), 2),
  });
}
