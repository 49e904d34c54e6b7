/** From the service's figures to what is plotted. */

import type { components } from "../api/schema";
import { laneTitle } from "../lanes";
import type { PlotData, Series, Unit } from "../plots/series";
import { locale, t } from "../text";

export type Statistics = components["schemas"]["Statistics"];
export type WorkFigures = components["schemas"]["WorkFigures"];
export type Share = components["schemas"]["Share"];
type Times = components["schemas"]["Times"];

export const LANES = ["red", "not_assessed", "yellow", "green"] as const;

export function dayFigures(data: Statistics) {
  const days = data.parts.day ?? [];
  const of = <Value>(value: (figures: WorkFigures) => Value) => days.map((part) => value(part.figures));
  const plot = (title: string, unit: Unit, series: Series[]): PlotData => ({
    title: t(`dashboard.${title}`),
    along: t("dashboard.day"),
    places: days.map((part) => ({ key: part.name, shown: shownDay(part.name) })),
    unit,
    series,
  });
  const lanes = LANES.map(
    (lane): Series => ({
      look: lane,
      name: laneTitle(lane),
      values: of((each) => each.lanes[lane] ?? 0),
    }),
  );
  const waits: Series = {
    look: "three",
    name: t("dashboard.waiting_now"),
    values: of((each) => each.waiting),
  };
  return {
    arrivals: plot("arrivals", "count", [...lanes, waits]),
    lanes: plot("lanes", "count", lanes),
    notAssessed: plot("not_assessed", "share", [
      shares(
        "three",
        "not_assessed",
        of((each) => each.not_assessed),
      ),
    ]),
    hits: plot("hits", "share", [
      shares(
        "one",
        "hits",
        of((each) => each.hits),
      ),
    ]),
    falseAlarms: plot("false_alarms", "share", [
      shares(
        "two",
        "false_alarms",
        of((each) => each.false_alarms),
      ),
    ]),
    waiting: plot("waiting", "seconds", [
      times(
        "one",
        "read_after",
        of((each) => each.read_after),
      ),
      times(
        "two",
        "decided_after",
        of((each) => each.decided_after),
      ),
    ]),
    reading: plot("reading", "seconds", [
      times(
        "one",
        "machine",
        of((each) => each.machine),
      ),
      times(
        "two",
        "officer",
        of((each) => each.officer),
      ),
    ]),
    agreement: plot("agreement", "share", [
      shares(
        "one",
        "readers",
        of((each) => each.readers.same),
      ),
      shares(
        "two",
        "officer_machine",
        of((each) => each.officer_machine.same),
      ),
      shares(
        "three",
        "blind",
        of((each) => each.blind.same),
      ),
    ]),
    budget: plot("budget", "count", [
      budgets(
        "three",
        "budget_set",
        of((each) => each.budget),
        (each) => each.budget,
      ),
      budgets(
        "one",
        "budget_used",
        of((each) => each.budget),
        (each) => each.used,
      ),
    ]),
  };
}

function shares(look: Series["look"], name: string, values: Share[]): Series {
  return {
    look,
    name: t(`dashboard.${name}`),
    values: values.map((each) => each.share),
    low: values.map((each) => each.low),
    high: values.map((each) => each.high),
    of: values.map((each) => each.of),
  };
}

/** The median, with the band up to what nine of ten do not exceed. */
function times(look: Series["look"], name: string, values: Times[]): Series {
  return {
    look,
    name: t(`dashboard.${name}`),
    values: values.map((each) => each.median_s),
    low: values.map((each) => each.median_s),
    high: values.map((each) => each.p90_s),
    of: values.map((each) => each.counted),
  };
}

type Budget = WorkFigures["budget"];

function budgets(
  look: Series["look"],
  name: string,
  all: Budget[],
  value: (budget: Budget) => number,
): Series {
  return {
    look,
    name: t(`dashboard.${name}`),
    values: all.map((each) => (each.kept.of ? value(each) : null)),
  };
}

export function shownDay(day: string): string {
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", timeZone: "UTC" }).format(
    new Date(`${day}T00:00:00Z`),
  );
}
