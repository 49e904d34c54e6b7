/** What a version would have done with the past: drawn, with what it rests on. */

import { useState } from "preact/hooks";
import { api, dataOf, type Problem, patiently, problemOf } from "../api/client";
import type { components } from "../api/schema";
import { plusDays } from "../dashboard/asked";
import { shownDay } from "../dashboard/figures";
import { laneTitle } from "../lanes";
import { ProblemNote, Waiting } from "../parts/states";
import { Bars } from "../plots/bars";
import { Figure } from "../plots/figure";
import { type PlotData, type Series, shownValue } from "../plots/series";
import { number, t } from "../text";
import type { Profile } from "./profile";

type Run = components["schemas"]["DryRun"];

const DAYS = 30;

export function DryRun({ profile }: { profile: Profile }) {
  const today = new Date().toISOString().slice(0, 10);
  const [since, setSince] = useState(plusDays(today, -DAYS));
  const [until, setUntil] = useState(today);
  const [run, setRun] = useState<Run | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [running, setRunning] = useState(false);
  const start = async () => {
    setRunning(true);
    setProblem(null);
    const path = { profile: profile.id, version: profile.version };
    const query = { since: `${since}T00:00:00Z`, until: `${plusDays(until, 1)}T00:00:00Z` };
    try {
      setRun(
        await api
          .GET("/v1/risk-profiles/{profile}/versions/{version}/dry-run", {
            params: { path, query },
            fetch: patiently,
          })
          .then(dataOf),
      );
    } catch (error) {
      setProblem(problemOf(error));
    }
    setRunning(false);
  };
  return (
    <section class="panel dry-run" aria-label={t("profiles.dry_run")}>
      <h2>{t("profiles.dry_run")}</h2>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <label>
          {t("profiles.since")}
          <input
            type="date"
            required
            value={since}
            onInput={(event) => setSince(event.currentTarget.value)}
          />
        </label>
        <label>
          {t("profiles.until")}
          <input
            type="date"
            required
            value={until}
            onInput={(event) => setUntil(event.currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={running}>
          {t("profiles.try")}
        </button>
      </form>
      {profile.status === "draft" && <p class="hint">{t("profiles.of_saved")}</p>}
      {running && <Waiting />}
      {problem && <ProblemNote problem={problem} />}
      {run && !running && <Answer run={run} />}
    </section>
  );
}

function Answer({ run }: { run: Run }) {
  if (run.considered === 0) return <p class="state">{t("profiles.nothing_past")}</p>;
  return (
    <>
      <p role="status">
        {t("profiles.run_said", {
          considered: run.considered,
          hits: run.hits,
          selected: run.selected,
          expected: number(run.expected, 1),
          already: run.selected_already,
          most: run.per_day_most,
        })}
      </p>
      {run.undetermined > 0 && (
        <p class="not-known">
          {t("profiles.undetermined", { count: run.undetermined })}{" "}
          {Object.entries(run.undetermined_because)
            .map(([why, count]) => `${why} (${count})`)
            .join("; ")}
        </p>
      )}
      <p>
        {t("profiles.finds_said", { inspected: run.inspected, finds: run.finds, missed: run.finds_missed })}
      </p>
      <div class="plots">
        <Drawn data={days(run)} />
        <Drawn data={lanes(run)} />
        <Drawn data={hitRates(run)} top={1} />
        <Drawn data={overlap(run)} />
      </div>
      {run.hit.length > 0 && (
        <details>
          <summary>{t("profiles.hit_first", { count: run.hit.length })}</summary>
          <ul class="hit">
            {run.hit.map((consignment) => (
              <li key={consignment}>
                <a href={`/console/consignments/${encodeURIComponent(consignment)}`}>{consignment}</a>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Drawn({ data, top }: { data: PlotData; top?: number }) {
  return (
    <Figure data={data}>
      <Bars data={data} {...(top === undefined ? {} : { top })} />
    </Figure>
  );
}

function days(run: Run): PlotData {
  const selected: Series = {
    look: "one",
    name: t("profiles.selected"),
    values: run.days.map((day) => day.selected),
    of: run.days.map((day) => day.considered),
  };
  const places = run.days.map((day) => ({ key: day.day, shown: shownDay(day.day) }));
  return { title: t("profiles.by_day"), along: t("profiles.day"), places, unit: "count", series: [selected] };
}

function lanes(run: Run): PlotData {
  const places = run.lanes.map((each) => ({
    key: each.lane ?? "none",
    shown: each.lane ? laneTitle(each.lane) : t("profiles.no_record"),
  }));
  const selected: Series = {
    look: "one",
    name: t("profiles.selected"),
    values: run.lanes.map((each) => each.selected),
    of: run.lanes.map((each) => each.considered),
  };
  return {
    title: t("profiles.by_lane"),
    along: t("profiles.lane"),
    places,
    unit: "count",
    series: [selected],
  };
}

function hitRates(run: Run): PlotData {
  const rates = [run.hit_rate, run.hit_rate_of_all];
  const series: Series = {
    look: "one",
    name: t("profiles.finds_of_opened"),
    values: rates.map((rate) => rate.share),
    low: rates.map((rate) => rate.low),
    high: rates.map((rate) => rate.high),
    of: rates.map((rate) => rate.of),
  };
  const places = [
    { key: "hit", shown: t("profiles.what_it_hits") },
    { key: "all", shown: t("profiles.all_opened") },
  ];
  const title = `${t("profiles.hit_rate")}: ${shownValue(run.hit_rate.share, "share")}`;
  return { title, along: t("profiles.opened"), places, unit: "share", series: [series] };
}

function overlap(run: Run): PlotData {
  const places = run.overlap.map((each) => ({
    key: each.profile ?? "",
    shown: each.profile ?? t("profiles.random"),
  }));
  const both: Series = {
    look: "two",
    name: t("profiles.both"),
    values: run.overlap.map((each) => each.both),
    of: run.overlap.map(() => run.hits),
  };
  return {
    title: t("profiles.overlap"),
    along: t("profiles.profile"),
    places,
    unit: "count",
    series: [both],
  };
}
