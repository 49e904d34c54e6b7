/** Lanes of a scanner's scans over time as stacked shares, and the quantiles of their risk below. */
import { scaleBand, scaleLinear } from "d3-scale";
import { area, line, stack } from "d3-shape";
import { locale, number, t, word } from "../text";
import { type Bucket, percent, plain, type Shares } from "./parts";

const WIDTH = 640;
const LANES = { top: 6, bottom: 116 };
const SCORES = { top: 134, bottom: 204 };
const LEFT = 44;
const RIGHT = 624;
const HEIGHT = 226;
export const STACKED = ["not_assessed", "red", "yellow", "green"] as const;

export function SharesPlot({ name, buckets, by }: { name: string; buckets: Bucket[]; by: Shares["by"] }) {
  const x = scaleBand(
    buckets.map((bucket) => bucket.at),
    [LEFT, RIGHT],
  ).padding(buckets.length > 60 ? 0 : 0.15);
  const y = scaleLinear([0, 1], [LANES.bottom, LANES.top]);
  const risk = scaleLinear([0, 1], [SCORES.bottom, SCORES.top]);
  const layers = stack<Bucket, (typeof STACKED)[number]>()
    .keys([...STACKED])
    .value((bucket, lane) => bucket[lane] / bucket.scans)(buckets);
  const every = Math.ceil(buckets.length / 8);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} class="shares" role="img" aria-label={inWords(name, buckets)}>
      {[0, 0.5, 1].map((share) => (
        <g key={share}>
          <line class="grid" x1={LEFT} x2={RIGHT} y1={y(share)} y2={y(share)} />
          <text x={LEFT - 4} y={y(share) + 4} text-anchor="end">
            {percent(share, 0)}
          </text>
          <line class="grid" x1={LEFT} x2={RIGHT} y1={risk(share)} y2={risk(share)} />
          <text x={LEFT - 4} y={risk(share) + 4} text-anchor="end">
            {number(share, 1)}
          </text>
        </g>
      ))}
      {layers.map((layer) => (
        <g key={layer.key} class={`stack ${layer.key}`}>
          {layer.map((bar) => (
            <rect
              key={bar.data.at}
              x={x(bar.data.at)}
              width={x.bandwidth()}
              y={y(bar[1])}
              height={y(bar[0]) - y(bar[1])}
            >
              <title>
                {`${when(bar.data.at, by)}: ${word("models", `lane_${layer.key}`)} ${bar.data[layer.key]} / ${bar.data.scans}`}
              </title>
            </rect>
          ))}
        </g>
      ))}
      <Scores buckets={buckets} x={(at) => (x(at) ?? 0) + x.bandwidth() / 2} y={risk} />
      {buckets.map((bucket, index) =>
        index % every ? null : (
          <text
            key={bucket.at}
            x={(x(bucket.at) ?? 0) + x.bandwidth() / 2}
            y={HEIGHT - 6}
            text-anchor="middle"
          >
            {when(bucket.at, by)}
          </text>
        ),
      )}
    </svg>
  );
}

/** What the shares of scans that were not assessed are drawn with, once for all plots of a page. */
export function Hatching() {
  return (
    <svg width="0" height="0" aria-hidden="true">
      <defs>
        <pattern
          id="hatched"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect width="6" height="6" class="hatch-ground" />
          <rect width="3" height="6" class="hatch" />
        </pattern>
      </defs>
    </svg>
  );
}

interface ScoresProps {
  buckets: Bucket[];
  x: (at: string) => number;
  y: (score: number) => number;
}

function Scores({ buckets, x, y }: ScoresProps) {
  const known = buckets.filter((bucket) => bucket.score_50 !== null);
  const band = area<Bucket>(
    (bucket) => x(bucket.at),
    (bucket) => y(bucket.score_10 ?? 0),
    (bucket) => y(bucket.score_90 ?? 0),
  );
  const middle = line<Bucket>(
    (bucket) => x(bucket.at),
    (bucket) => y(bucket.score_50 ?? 0),
  );
  return (
    <g class="scores">
      <path class="band" d={band(known) ?? ""} />
      <path class="curve" d={middle(known) ?? ""} />
      {known.map((bucket) => (
        <g key={bucket.at}>
          <line
            class="range"
            x1={x(bucket.at)}
            x2={x(bucket.at)}
            y1={y(bucket.score_10 ?? 0)}
            y2={y(bucket.score_90 ?? 0)}
          />
          <circle cx={x(bucket.at)} cy={y(bucket.score_50 ?? 0)} r={2.5}>
            <title>
              {`${plain(bucket.score_10)} – ${plain(bucket.score_50)} – ${plain(bucket.score_90)}`}
            </title>
          </circle>
        </g>
      ))}
    </g>
  );
}

/** The hour or the day in UTC, as it was counted. */
export function when(at: string, by: Shares["by"]): string {
  const shown: Intl.DateTimeFormatOptions =
    by === "hour" ? { hour: "2-digit", minute: "2-digit" } : { day: "2-digit", month: "2-digit" };
  return new Intl.DateTimeFormat(locale(), { ...shown, timeZone: "UTC" }).format(new Date(at));
}

export function inWords(name: string, buckets: Bucket[]): string {
  const scans = buckets.reduce((sum, bucket) => sum + bucket.scans, 0);
  const lanes = STACKED.map((lane) => {
    const count = buckets.reduce((sum, bucket) => sum + bucket[lane], 0);
    return `${word("models", `lane_${lane}`)} ${percent(count / scans)}`;
  });
  return `${name}: ${t("models.scans_counted", { count: scans })}, ${lanes.join(", ")}`;
}
