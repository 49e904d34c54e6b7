/** Whether anything is no longer as it was: the scanners themselves, and what their scans come to. */
import { useState } from "preact/hooks";
import { api, dataOf, patiently } from "../api/client";
import { useLoaded } from "../load";
import { Empty, Shown } from "../parts/states";
import { number, t, time, word } from "../text";
import { percent, plain, type Scanner, type Shares } from "./parts";
import { Hatching, SharesPlot, STACKED, when } from "./shares_plot";
import { Span } from "./span";

const SPANS = [2, 7, 30, 90, 365];

export function Drift() {
  const [days, setDays] = useState(30);
  const by = days <= 2 ? "hour" : "day";
  const scanners = useLoaded(async (signal) => dataOf(await api.GET("/v1/scanners", { signal })), []);
  const shares = useLoaded(
    async (signal) =>
      dataOf(
        await api.GET("/v1/models/drift", { signal, fetch: patiently, params: { query: { days, by } } }),
      ),
    [days],
  );
  return (
    <>
      <section aria-labelledby="scanners">
        <h2 id="scanners">{t("models.scanners")}</h2>
        <Shown of={scanners}>{(found) => <Scanners scanners={found.scanners} />}</Shown>
      </section>
      <section aria-labelledby="shares">
        <div class="choices">
          <h2 id="shares">{t("models.shares")}</h2>
          <Span spans={SPANS} days={days} onChoose={setDays} />
        </div>
        <Shown of={shares}>{(found) => <ByScanner shares={found} />}</Shown>
      </section>
    </>
  );
}

function Scanners({ scanners }: { scanners: Scanner[] }) {
  if (scanners.length === 0) return <Empty>{t("models.no_scanners")}</Empty>;
  const order = { left: 0, learning: 1, usual: 2 };
  const sorted = [...scanners].sort((a, b) => order[a.standing] - order[b.standing]);
  return (
    <ul class="scanners">
      {sorted.map((scanner) => (
        <li key={scanner.device} class={scanner.standing}>
          <strong>{scanner.device}</strong>{" "}
          <span class={`outcome ${scanner.standing === "left" ? "not_met" : "plain"}`}>
            {t(`models.scanner_${scanner.standing}`)}
          </span>{" "}
          <span class="quiet">
            {t("models.scanner_scans", { count: scanner.scans })}, {time(scanner.last_at)}
          </span>
          {scanner.quantities
            .filter((quantity) => quantity.standing === "left")
            .map((quantity) => (
              <p key={`${quantity.quantity} ${quantity.beam}`}>{quantity.in_words}</p>
            ))}
        </li>
      ))}
    </ul>
  );
}

function ByScanner({ shares }: { shares: Shares }) {
  if (shares.scanners.length === 0) return <Empty>{t("models.no_scans")}</Empty>;
  return (
    <>
      <p class="quiet">{t("models.counted", { count: shares.scans, since: time(shares.since) })}</p>
      <Hatching />
      <p class="legend">
        {STACKED.map((lane) => (
          <span key={lane} class={`lane ${lane}`}>
            {word("models", `lane_${lane}`)}
          </span>
        ))}
        <span>{t("models.score_quantiles")}</span>
      </p>
      <div class="beside">
        {shares.scanners.map((scanner) => {
          const name = scanner.scanner || t("models.unnamed_scanner");
          return (
            <figure key={scanner.scanner} class="scanner-shares">
              <figcaption>
                {name} <span class="quiet">{t("models.scans_counted", { count: scanner.scans })}</span>
              </figcaption>
              <p class="quiet">
                {t("models.alarm_share", {
                  alarms: scanner.alarms,
                  searched: scanner.searched,
                  rate: percent(scanner.alarm_share),
                  low: percent(scanner.alarm_low),
                  high: percent(scanner.alarm_high),
                })}
              </p>
              <SharesPlot name={name} buckets={scanner.buckets} by={shares.by} />
              <details>
                <summary>{t("models.as_table", { name })}</summary>
                <Counts buckets={scanner.buckets} by={shares.by} />
              </details>
            </figure>
          );
        })}
      </div>
    </>
  );
}

function Counts({ buckets, by }: { buckets: Shares["scanners"][number]["buckets"]; by: Shares["by"] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t("models.time_utc")}</th>
          <th scope="col" class="number">
            {t("models.scans")}
          </th>
          {STACKED.map((lane) => (
            <th scope="col" class="number" key={lane}>
              {word("models", `lane_${lane}`)}
            </th>
          ))}
          <th scope="col" class="number">
            {t("models.alarms")}
          </th>
          <th scope="col" class="number">
            {t("models.search_open")}
          </th>
          <th scope="col" class="number">
            {t("models.risk_quantiles")}
          </th>
        </tr>
      </thead>
      <tbody>
        {buckets.map((bucket) => (
          <tr key={bucket.at}>
            <th scope="row">{when(bucket.at, by)}</th>
            <td class="number">{number(bucket.scans)}</td>
            {STACKED.map((lane) => (
              <td class="number" key={lane}>
                {number(bucket[lane])} ({percent(bucket[lane] / bucket.scans, 0)})
              </td>
            ))}
            <td class="number">{number(bucket.alarms)}</td>
            <td class="number">{number(bucket.search_not_assessed)}</td>
            <td class="number">
              {plain(bucket.score_10)} / {plain(bucket.score_50)} / {plain(bucket.score_90)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
