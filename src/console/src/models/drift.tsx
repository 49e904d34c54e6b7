/** Whether anything is no longer as it was: the scanners themselves, and what their scans come to. */
import { useState } from "preact/hooks";
import { api, dataOf, patiently } from "../api/client";
import { useLoaded } from "../load";
import { Empty, Shown } from "../parts/states";
import { Bars } from "../plots/bars";
import { Figure } from "../plots/figure";
import { Lines } from "../plots/lines";
import { Stacked } from "../plots/stacked";
import { t, time } from "../text";
import { drift } from "./figures";
import { percent, type Scanner, type Shares } from "./parts";
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
      {shares.scanners.map((scanner) => (
        <OneScanner key={scanner.scanner} scanner={scanner} by={shares.by} />
      ))}
    </>
  );
}

function OneScanner({ scanner, by }: { scanner: Shares["scanners"][number]; by: Shares["by"] }) {
  const name = scanner.scanner || t("models.unnamed_scanner");
  const { lanes, risk, alarms } = drift(name, scanner.buckets, by);
  return (
    <section class="scanner-shares" aria-label={name}>
      <h3>
        {name} <span class="quiet">{t("models.scans_counted", { count: scanner.scans })}</span>
      </h3>
      <p class="quiet">
        {t("models.alarm_share", {
          alarms: scanner.alarms,
          searched: scanner.searched,
          rate: percent(scanner.alarm_share),
          low: percent(scanner.alarm_low),
          high: percent(scanner.alarm_high),
        })}
      </p>
      <div class="plots">
        <Figure data={lanes}>
          <Stacked data={lanes} shares />
        </Figure>
        <Figure data={risk}>
          <Lines data={risk} top={1} />
        </Figure>
        <Figure data={alarms}>
          <Bars data={alarms} />
        </Figure>
      </div>
    </section>
  );
}
