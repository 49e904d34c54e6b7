/** What is detected at how many false alarms: of everything hidden, and of what can be seen. */
import { scaleLinear, scaleLog } from "d3-scale";
import { area, line } from "d3-shape";
import { t } from "../text";
import { type DetectedAt, percent, type Rate, rateInWords, rateName } from "./parts";

const WIDTH = 420;
const HEIGHT = 240;
const MARGIN = { top: 12, right: 16, bottom: 40, left: 48 };
const SERIES = ["clear", "all"] as const;

export function DetectionPlot({ at }: { at: readonly DetectedAt[] }) {
  const rates = at.map((each) => Number(each.false_alarm_rate));
  const x = scaleLog([Math.min(...rates), Math.max(...rates)], [MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleLinear([0, 1], [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const said = at.map((each) => `${rateName(each.false_alarm_rate)}: ${rateInWords(each.clear)}`).join("; ");
  return (
    <figure class="detection">
      <figcaption>{t("models.detected_at")}</figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${t("models.detected_at")}. ${t("models.clear")}: ${said}`}
      >
        {y.ticks(5).map((share) => (
          <g key={share}>
            <line class="grid" x1={MARGIN.left} x2={WIDTH - MARGIN.right} y1={y(share)} y2={y(share)} />
            <text x={MARGIN.left - 6} y={y(share) + 4} text-anchor="end">
              {percent(share, 0)}
            </text>
          </g>
        ))}
        {at.map((each) => (
          <text
            key={each.false_alarm_rate}
            x={x(Number(each.false_alarm_rate))}
            y={HEIGHT - MARGIN.bottom + 16}
            text-anchor="middle"
          >
            {rateName(each.false_alarm_rate)}
          </text>
        ))}
        <text x={(WIDTH + MARGIN.left) / 2} y={HEIGHT - 6} text-anchor="middle">
          {t("models.false_alarms")}
        </text>
        {SERIES.map((series) => (
          <Series key={series} name={series} points={pointsOf(at, series)} x={x} y={y} />
        ))}
      </svg>
      <p class="legend">
        {SERIES.map((series) => (
          <span key={series} class={series}>
            {t(`models.${series}`)}
          </span>
        ))}
      </p>
    </figure>
  );
}

interface Point {
  at: number;
  rate: Rate;
}
type Scale = (value: number) => number;

function pointsOf(at: readonly DetectedAt[], series: (typeof SERIES)[number]): Point[] {
  return at.flatMap((each) => {
    const rate = each[series];
    return rate && rate.rate !== null ? [{ at: Number(each.false_alarm_rate), rate }] : [];
  });
}

function Series({ name, points, x, y }: { name: string; points: Point[]; x: Scale; y: Scale }) {
  const band = area<Point>(
    (point) => x(point.at),
    (point) => y(point.rate.low ?? 0),
    (point) => y(point.rate.high ?? 0),
  );
  const curve = line<Point>(
    (point) => x(point.at),
    (point) => y(point.rate.rate ?? 0),
  );
  return (
    <g class={`series ${name}`}>
      <path class="band" d={band(points) ?? ""} />
      <path class="curve" d={curve(points) ?? ""} />
      {points.map((point) => (
        <circle key={point.at} cx={x(point.at)} cy={y(point.rate.rate ?? 0)} r={3.5}>
          <title>{`${percent(point.at)}: ${rateInWords(point.rate)}`}</title>
        </circle>
      ))}
    </g>
  );
}
