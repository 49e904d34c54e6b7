/** The figures of all the days asked for: the number first, then what it rests on. */
import { duration, shownValue } from "../plots/series";
import { number, t } from "../text";
import type { Share, WorkFigures } from "./figures";

export function Totals({ figures }: { figures: WorkFigures }) {
  const { readers, officer_machine: machine, budget } = figures;
  return (
    <dl class="totals" aria-label={t("dashboard.totals")}>
      <Total name={t("dashboard.arrivals")} value={number(figures.arrivals)}>
        {t("dashboard.waiting_of", { count: figures.waiting })}
      </Total>
      <OfShare name={t("dashboard.not_assessed")} share={figures.not_assessed} />
      <OfShare name={t("dashboard.hits")} share={figures.hits} />
      <OfShare name={t("dashboard.false_alarms")} share={figures.false_alarms} />
      <OfShare name={t("dashboard.missed")} share={figures.missed} />
      <OfTimes name={t("dashboard.decided_after")} times={figures.decided_after} />
      <OfTimes name={t("dashboard.officer")} times={figures.officer} />
      <OfKappa name={t("dashboard.readers")} agreement={readers} />
      <OfKappa name={t("dashboard.officer_machine")} agreement={machine} />
      <OfShare name={t("dashboard.budget_kept")} share={budget.kept} />
    </dl>
  );
}

function Total({ name, value, children }: { name: string; value: string; children: string }) {
  return (
    <div class="panel">
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <small>{children}</small>
      </dd>
    </div>
  );
}

function OfShare({ name, share }: { name: string; share: Share }) {
  if (share.share === null) return <Nothing name={name} />;
  return (
    <Total name={name} value={shownValue(share.share, "share")}>
      {t("dashboard.interval", {
        low: shownValue(share.low, "share"),
        high: shownValue(share.high, "share"),
        seen: share.seen,
        of: share.of,
      })}
    </Total>
  );
}

function OfTimes({ name, times }: { name: string; times: WorkFigures["machine"] }) {
  if (times.median_s === null || times.p90_s === null) return <Nothing name={name} />;
  return (
    <Total name={name} value={duration(times.median_s)}>
      {t("dashboard.nine_of_ten", { seconds: duration(times.p90_s), count: times.counted })}
    </Total>
  );
}

function OfKappa({ name, agreement }: { name: string; agreement: WorkFigures["readers"] }) {
  if (agreement.same.share === null) return <Nothing name={name} />;
  const kappa = shownValue(agreement.kappa, "kappa");
  const span = `${shownValue(agreement.kappa_low, "kappa")} – ${shownValue(agreement.kappa_high, "kappa")}`;
  return (
    <Total name={name} value={shownValue(agreement.same.share, "share")}>
      {agreement.kappa === null
        ? t("dashboard.no_kappa", { of: agreement.same.of })
        : t("dashboard.kappa", { kappa, span, of: agreement.same.of })}
    </Total>
  );
}

function Nothing({ name }: { name: string }) {
  return (
    <Total name={name} value={t("plots.none")}>
      {t("plots.nothing")}
    </Total>
  );
}
