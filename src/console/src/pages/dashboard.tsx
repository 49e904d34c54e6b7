/** The figures of the work: over days, by site and by scanner. What is asked for stands in the address. */
import { useLocation } from "preact-iso";
import { api, dataOf, patiently } from "../api/client";
import { type Asked, addressOf, askedIn, shifted } from "../dashboard/asked";
import { dayFigures, type Statistics } from "../dashboard/figures";
import { Filters } from "../dashboard/filters";
import { Parts } from "../dashboard/parts";
import { Totals } from "../dashboard/totals";
import "../dashboard/dashboard.css";
import { keyOf, useKeys } from "../keys";
import "../dashboard/keys";
import { useLoaded } from "../load";
import { Shown } from "../parts/states";
import { Bars } from "../plots/bars";
import { Figure } from "../plots/figure";
import { Lines } from "../plots/lines";
import { Stacked } from "../plots/stacked";
import { t } from "../text";

function statistics(asked: Asked, signal: AbortSignal) {
  const by: ("day" | "site" | "scanner")[] = ["day", "site", "scanner"];
  const query = {
    first_day: asked.first,
    last_day: asked.last,
    time_zone: asked.zone,
    by,
    ...(asked.site ? { site: asked.site } : {}),
    ...(asked.scanner ? { scanner: asked.scanner } : {}),
  };
  return api.GET("/v1/statistics", { params: { query }, signal, fetch: patiently }).then(dataOf);
}

export default function Dashboard() {
  const { query, route } = useLocation();
  const asked = askedIn(query);
  const go = (next: Asked) => route(addressOf(next));
  useKeys({
    "dashboard.before": () => go(shifted(asked, -1)),
    "dashboard.after": () => go(shifted(asked, 1)),
  });
  const of = [asked.first, asked.last, asked.zone, asked.site, asked.scanner];
  const figures = useLoaded((signal) => statistics(asked, signal), of);
  const names = (by: "site" | "scanner") => figures.data?.parts[by]?.map((part) => part.name) ?? [];
  return (
    <div class="dashboard">
      <h1>{t("dashboard.title")}</h1>
      <Filters key={of.join(" ")} asked={asked} sites={names("site")} scanners={names("scanner")} go={go} />
      <Shown of={figures}>
        {(data) => (
          <>
            <Days data={data} />
            <Parts by="site" data={data} title={t("dashboard.by_site")} asked={asked} />
            <Parts by="scanner" data={data} title={t("dashboard.by_scanner")} asked={asked} />
          </>
        )}
      </Shown>
      <p class="hint">
        <kbd>{keyOf("dashboard.before")}</kbd> <kbd>{keyOf("dashboard.after")}</kbd> {t("dashboard.keys")}
      </p>
    </div>
  );
}

function Days({ data }: { data: Statistics }) {
  const figures = dayFigures(data);
  return (
    <>
      <Totals figures={data.whole} />
      <div class="plots">
        <Figure data={figures.arrivals}>
          <Stacked data={figures.arrivals} />
        </Figure>
        <Figure data={figures.lanes} note={t("dashboard.lanes_note")}>
          <Stacked data={figures.lanes} shares />
        </Figure>
        <Figure data={figures.notAssessed}>
          <Bars data={figures.notAssessed} />
        </Figure>
        <Figure data={figures.hits} note={t("dashboard.hits_note")}>
          <Bars data={figures.hits} top={1} />
        </Figure>
        <Figure data={figures.falseAlarms} note={t("dashboard.false_alarms_note")}>
          <Bars data={figures.falseAlarms} top={1} />
        </Figure>
        <Figure data={figures.waiting} note={t("dashboard.waiting_note")}>
          <Lines data={figures.waiting} />
        </Figure>
        <Figure data={figures.reading} note={t("dashboard.reading_note")}>
          <Lines data={figures.reading} />
        </Figure>
        <Figure data={figures.agreement} note={t("dashboard.agreement_note")}>
          <Lines data={figures.agreement} top={1} />
        </Figure>
        <Figure data={figures.budget} note={t("dashboard.budget_note")}>
          <Bars data={figures.budget} />
        </Figure>
      </div>
    </>
  );
}
