/** From what the service says of models and scanners to what is plotted. */
import { laneTitle } from "../lanes";
import type { PlotData, Series } from "../plots/series";
import { locale, t } from "../text";
import { type Bucket, type DetectedAt, type Rate, rateName, type Shares } from "./parts";

const LANES = ["not_assessed", "red", "yellow", "green"] as const;

/** What is found at how many false alarms: of what can be seen, and of everything hidden. */
export function detection(at: readonly DetectedAt[]): PlotData {
  const series = (look: Series["look"], name: "clear" | "all"): Series => {
    const of = (value: (rate: Rate) => number | null) =>
      at.map((each) => {
        const rate = each[name];
        return rate ? value(rate) : null;
      });
    return {
      look,
      name: t(`models.${name}`),
      values: of((rate) => rate.rate),
      low: of((rate) => rate.low),
      high: of((rate) => rate.high),
    };
  };
  return {
    title: t("models.detected_at"),
    along: t("models.false_alarms"),
    places: at.map((each) => ({ key: each.false_alarm_rate, shown: rateName(each.false_alarm_rate) })),
    unit: "share",
    series: [series("one", "clear"), series("three", "all")],
  };
}

/** Of one scanner over time: its lanes, its risk, its alarms. */
export function drift(name: string, buckets: Bucket[], by: Shares["by"]) {
  const plot = (what: string, unit: PlotData["unit"], series: Series[]): PlotData => ({
    title: t(`models.drift_${what}`, { name }),
    along: t("models.time_utc"),
    places: buckets.map((bucket) => ({ key: bucket.at, shown: shownTime(bucket.at, by) })),
    unit,
    series,
  });
  const of = (value: (bucket: Bucket) => number | null) => buckets.map(value);
  return {
    lanes: plot(
      "lanes",
      "count",
      LANES.map((lane) => ({ look: lane, name: laneTitle(lane), values: of((each) => each[lane]) })),
    ),
    risk: plot("risk", "score", [
      {
        look: "one",
        name: t("models.risk_median"),
        values: of((each) => each.score_50),
        low: of((each) => each.score_10),
        high: of((each) => each.score_90),
      },
    ]),
    alarms: plot("alarms", "count", [
      { look: "one", name: t("models.alarms"), values: of((each) => each.alarms) },
      { look: "three", name: t("models.search_open"), values: of((each) => each.search_not_assessed) },
    ]),
  };
}

/** The hour or the day in UTC, as it was counted. */
function shownTime(at: string, by: Shares["by"]): string {
  const shown: Intl.DateTimeFormatOptions =
    by === "hour" ? { hour: "2-digit", minute: "2-digit" } : { day: "2-digit", month: "2-digit" };
  return new Intl.DateTimeFormat(locale(), { ...shown, timeZone: "UTC" }).format(new Date(at));
}
