/** What the machine says: what it could not assess, its regions with their evidence, its verdicts, the risk. */
import { laneTitle } from "../lanes";
import { Coded, InWords, Said } from "../parts/said";
import { sureness } from "../parts/sureness";
import { number, t } from "../text";
import type { ViewerHandle } from "../viewer/handle";
import { ToRegion } from "./to_region";
import type { DeskScan, Finding, ReadingShown, Verdict } from "./types";
import { check, family, indicator, kg, rule, score } from "./words";

interface Props {
  reading: ReadingShown;
  viewer: ViewerHandle;
}

/** The lane with its number and its reasons: the largest thing beside the image. */
export function Headline({ reading, scan }: { reading: ReadingShown; scan: DeskScan }) {
  const { lane, score: risk } = reading.risk;
  return (
    <section class="headline" aria-label={t("desk.machine_says")}>
      <p>
        <strong class={`lane ${lane} large`}>{laneTitle(lane)}</strong>
        {risk !== null && (
          <span class="score">
            {t("desk.risk")} {score(risk)}
          </span>
        )}
      </p>
      {reading.reasons.map(({ code, family: kind, in_words, said }) => (
        <p key={code} class="why">
          <strong>{kind ? family(kind) : indicator(code)}</strong>{" "}
          {!kind && in_words && <InWords english={in_words} sentences={said} />}
        </p>
      ))}
      {scan.record && scan.record.risk.lane !== lane && (
        <p class="quiet">
          {t("desk.consignment_lane", { lane: laneTitle(scan.record.risk.lane) })} {scan.record.pending}
        </p>
      )}
    </section>
  );
}

const GRAVE = /^XR-/;

/** What stops an officer from trusting a clear image stands as large as an alarm; open questions of rules follow. */
export function NotAssessed({ reading }: { reading: ReadingShown }) {
  const grave = reading.not_assessed.filter(({ code }) => GRAVE.test(code));
  return (
    <>
      {grave.map(({ code, reason }) => (
        <p key={code} class="lane not_assessed large note" role="note">
          <strong>{t("desk.not_assessed")}</strong> {indicator(code)}
          {code === "XR-NOT-READ" && (
            <>
              {" "}
              <Coded reason={reason} />
            </>
          )}
        </p>
      ))}
    </>
  );
}

export function Findings({ reading, viewer, takeOver }: Props & { takeOver?: (finding: Finding) => void }) {
  if (reading.anomaly.decision === "not_assessed") return null;
  return (
    <section aria-label={t("desk.regions")}>
      <h2>
        {reading.findings.length > 0
          ? t("desk.found", { count: reading.findings.length })
          : t("desk.none_found")}
      </h2>
      <ul class="rows">
        {reading.findings.map((finding) => (
          <li key={finding.id} class={viewer.shown.value === finding.id ? "chosen" : undefined}>
            <ToRegion id={finding.id} viewer={viewer}>
              <strong>
                {finding.id} {family(finding.kind)}
              </strong>{" "}
              {sureness(finding.score)} · {score(finding.score)}
            </ToRegion>
            {takeOver && (
              <button type="button" class="small" onClick={() => takeOver(finding)}>
                {t("desk.take_over")}
              </button>
            )}
            <p>
              <Said english={finding.explanation} sentences={finding.said} />
            </p>
            <p class="quiet">{evidence(finding).join(" · ")}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The physical evidence; what is not known is left out. */
function evidence(finding: Finding): string[] {
  const { areal_density_g_cm2, expected_excess_g_cm2, contrast_to_noise, mass_kg, length_mm } = finding;
  const lines = [
    areal_density_g_cm2 !== null && t("desk.added_density", { value: number(areal_density_g_cm2, 1) }),
    expected_excess_g_cm2 != null && t("desk.expected_excess", { value: number(expected_excess_g_cm2, 1) }),
    contrast_to_noise !== null && t("desk.contrast", { value: number(contrast_to_noise, 1) }),
    mass_kg !== null && kg(mass_kg),
    length_mm && t("desk.long", { value: number(length_mm.estimate) }),
  ];
  return lines.filter((line): line is string => typeof line === "string");
}

/** Verdicts with one and the same reason stand in one line. */
function byReason(verdicts: readonly Verdict[]): Verdict[][] {
  const groups = new Map<string, Verdict[]>();
  for (const verdict of verdicts)
    groups.set(verdict.reason, [...(groups.get(verdict.reason) ?? []), verdict]);
  return [...groups.values()];
}

/** What differs first, then what cannot be known; what agrees is folded. */
export function Verdicts({ reading, viewer }: Props) {
  const of = (outcome: Verdict["outcome"]) => reading.verdicts.filter((each) => each.outcome === outcome);
  const checks = reading.integrity.filter(({ outcome }) => outcome === "differs");
  const agreeing = of("agrees");
  const rows = (verdicts: readonly Verdict[]) =>
    byReason(verdicts).map((alike) => <VerdictRow key={alike[0]?.reason} alike={alike} viewer={viewer} />);
  return (
    <section aria-label={t("desk.verdicts")}>
      <h2>{t("desk.verdicts")}</h2>
      <ul class="rows">
        {checks.map(({ check: name, reason, said }) => (
          <li key={name}>
            <Outcome of="differs" /> <strong>{check(name)}</strong>
            <p>
              <Said english={reason} sentences={said} />
            </p>
          </li>
        ))}
        {rows(of("differs"))}
        {rows(of("undetermined"))}
      </ul>
      {agreeing.length > 0 && (
        <details>
          <summary>{t("desk.agreeing", { count: agreeing.length })}</summary>
          <ul class="rows">{rows(agreeing)}</ul>
        </details>
      )}
    </section>
  );
}

interface RowProps {
  alike: readonly Verdict[];
  viewer: ViewerHandle;
}

function VerdictRow({ alike, viewer }: RowProps) {
  const [first] = alike;
  if (!first) return null;
  return (
    <li>
      <Outcome of={first.outcome} />
      {alike.map((verdict, position) => (
        <span key={`${verdict.rule}${verdict.unit}`}>
          {position > 0 ? ", " : " "}
          <VerdictName verdict={verdict} viewer={viewer} />
        </span>
      ))}
      <p>
        <Said english={first.reason} sentences={first.said} />
      </p>
    </li>
  );
}

function VerdictName({ verdict, viewer }: Omit<RowProps, "alike"> & { verdict: Verdict }) {
  const id = verdict.unit === null ? verdict.rule : `${verdict.rule} U${verdict.unit}`;
  const name = (
    <>
      <strong>{rule(verdict.rule)}</strong>
      {verdict.unit !== null && ` · ${t("desk.unit", { number: verdict.unit })}`}
    </>
  );
  if (!Array.isArray(verdict.evidence?.region)) return name;
  return (
    <ToRegion id={id} viewer={viewer}>
      {name}
    </ToRegion>
  );
}

export function Outcome({ of }: { of: "agrees" | "differs" | "undetermined" }) {
  return <span class={`outcome ${of}`}>{t(`desk.outcome_${of}`)}</span>;
}

/** What each indicator added to the risk, from the prior on. */
export function RiskTable({ reading }: { reading: ReadingShown }) {
  const { rows, score: risk, lane } = reading.table;
  return (
    <details>
      <summary>{t("desk.risk_table")}</summary>
      <table class="dense">
        <thead>
          <tr>
            <th scope="col">{t("desk.step")}</th>
            <th scope="col" class="number">
              {t("desk.added")}
            </th>
            <th scope="col" class="number">
              {t("desk.risk")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.step}>
              <td>
                {row.step === "prior"
                  ? t("desk.prior")
                  : row.indicators.map(({ code }) => indicator(code)).join("; ")}
              </td>
              <td class="number">{number(row.added_nats, 2)}</td>
              <td class="number">{row.score === null ? t("desk.none") : score(row.score)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{laneTitle(lane)}</th>
            <td />
            <td class="number">{risk === null ? t("desk.none") : score(risk)}</td>
          </tr>
        </tfoot>
      </table>
      <p class="quiet">{t("desk.not_fitted")}</p>
    </details>
  );
}
