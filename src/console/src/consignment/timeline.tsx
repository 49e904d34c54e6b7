/** Every step of the risk record, newest first: what happened, by whom, and what the consignment came to after it. */

import { useState } from "preact/hooks";
import { laneName } from "../lanes";
import { Said } from "../parts/said";
import { score } from "../queue/lane";
import { t, time, word } from "../text";
import type { RiskRecord } from "./case";

/** Of each event what its detail says, if it says it. */
interface Detail {
  by?: string;
  ground?: string;
  contact_point?: string;
  comment?: string;
  effect?: string;
  /** Of what a crossing point told: the code of what was said there. */
  what?: string;
  /** Of a referral: what the answer comes to, which office says it, and to which it was forwarded. */
  code?: string;
  office?: string;
  to?: { office: string };
}

const AT_FIRST = 30;
const REFERRAL_STEP = /_(answered|forwarded|withdrawn)$/;

export function Timeline({ record }: { record: RiskRecord }) {
  const [all, setAll] = useState(false);
  const steps = [...(record.history ?? [])].reverse();
  const shown = all ? steps : steps.slice(0, AT_FIRST);
  return (
    <section aria-labelledby="history">
      <h2 id="history">{t("consignment.history")}</h2>
      {steps.length === 0 && <p class="quiet">{t("consignment.no_history")}</p>}
      <ol class="timeline" reversed>
        {shown.map((step) => {
          const detail = step.detail as Detail;
          return (
            <li key={step.sequence} class={step.risk.lane}>
              <span class="quiet">{time(step.at)}</span> <b>{word("consignment", `event_${step.event}`)}</b>
              {detail.what &&
                `: ${word("consignment", step.event.replace("crossing", "event").concat(`_${detail.what}`))}`}
              {detail.by && ` ${detail.by}`}
              {detail.ground && `: ${word("reasons", detail.ground)}`}
              {detail.contact_point && ` → ${detail.contact_point}`}
              {REFERRAL_STEP.test(step.event) && ofReferral(detail)}
              {step.scan_id && (
                <>
                  {" "}
                  <a href={`/console/scans/${step.scan_id}`}>
                    {t("consignment.scan", { scan: step.scan_id.slice(0, 8) })}
                  </a>
                </>
              )}{" "}
              <span class={`lane ${step.risk.lane}`}>
                {laneName(step.risk.lane)}
                {step.risk.score !== null && ` ${score(step.risk.score)}`}
              </span>
              {detail.comment && <p class="quiet">{detail.comment}</p>}
              {detail.effect && (
                <p class="quiet">
                  <Said english={detail.effect} sentences={undefined} />
                </p>
              )}
            </li>
          );
        })}
      </ol>
      {steps.length > shown.length && (
        <button type="button" onClick={() => setAll(true)}>
          {t("consignment.earlier_steps", { count: steps.length - shown.length })}
        </button>
      )}
    </section>
  );
}

function ofReferral({ office, code, to }: Detail): string {
  const answer = code ? `: ${word("referrals", `code_${code}`)}` : "";
  const next = to ? ` → ${to.office}` : "";
  return `${office ? `, ${office}` : ""}${answer}${next}`;
}
