/** The lane of a consignment, with its risk. What has no scan says so: that is not the alarm of a scan that failed. */
import { laneName } from "../lanes";
import { locale, t } from "../text";

interface Standing {
  lane: string;
  risk_score: number | null;
  scans: number;
}

export function Lane({ of }: { of: Standing }) {
  const unscanned = of.lane === "not_assessed" && of.scans === 0;
  return (
    <>
      <span class={unscanned ? "lane unscanned" : `lane ${of.lane}`}>
        {unscanned ? t("queue.not_scanned") : laneName(of.lane)}
      </span>
      {of.risk_score !== null && <span class="score">{score(of.risk_score)}</span>}
    </>
  );
}

/** A risk, always with two digits, so that lines of them can be compared. */
export const score = (risk: number): string =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(risk);
