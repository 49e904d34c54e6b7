/** Shares with their intervals, one a row: the figure is read from the text, the plot shows it at a glance. */
import { scaleLinear } from "d3-scale";
import { t } from "../text";
import { percent, type Rate, rateInWords } from "./parts";

const WIDTH = 220;
const HEIGHT = 18;
const EDGE = 4;

interface Props {
  caption: string;
  rates: readonly Rate[];
  nameOf: (name: string) => string;
  /** The end of the scale; 1 unless all are small. */
  most?: number;
}

export function IntervalRows({ caption, rates, nameOf, most = 1 }: Props) {
  const x = scaleLinear([0, most], [EDGE, WIDTH - EDGE]).clamp(true);
  return (
    <table class="intervals">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{t("models.of")}</th>
          <th scope="col">
            <span class="unseen">{t("models.plot")}</span>
            <Axis most={most} x={x} />
          </th>
          <th scope="col">{t("models.share_with_interval")}</th>
        </tr>
      </thead>
      <tbody>
        {rates.map((rate) => (
          <tr key={rate.name}>
            <th scope="row">{nameOf(rate.name)}</th>
            <td>
              <Interval rate={rate} x={x} />
            </td>
            <td class="figure">{rateInWords(rate)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type Scale = (value: number) => number;

function Axis({ most, x }: { most: number; x: Scale }) {
  return (
    <svg class="axis" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <text x={EDGE} y={13}>
        0
      </text>
      <text x={x(most / 2)} y={13} text-anchor="middle">
        {percent(most / 2, 0)}
      </text>
      <text x={WIDTH - EDGE} y={13} text-anchor="end">
        {percent(most, 0)}
      </text>
    </svg>
  );
}

function Interval({ rate, x }: { rate: Rate; x: Scale }) {
  const middle = HEIGHT / 2;
  return (
    <svg class="interval" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line class="ground" x1={EDGE} x2={WIDTH - EDGE} y1={middle} y2={middle} />
      {rate.rate !== null && rate.low !== null && rate.high !== null && (
        <>
          <line class="range" x1={x(rate.low)} x2={x(rate.high)} y1={middle} y2={middle} />
          <circle cx={x(rate.rate)} cy={middle} r={4} />
        </>
      )}
    </svg>
  );
}

/** A scale that fits small shares: 5, 10, 20, 50 or 100 %. */
export function fitting(rates: readonly Rate[]): number {
  const highest = Math.max(0, ...rates.map((rate) => rate.high ?? 0));
  return [0.05, 0.1, 0.2, 0.5].find((most) => highest <= most) ?? 1;
}
