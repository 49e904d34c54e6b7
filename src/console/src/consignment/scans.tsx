/** The scans of the consignment: picture, answer, findings that can be named as where to look, and what people said. */

import { laneName } from "../lanes";
import { Coded, Said } from "../parts/said";
import type { Place } from "../queue/dispose";
import { score } from "../queue/lane";
import { t, time, word } from "../text";
import { isHidden, isRead, type RiskRecord, type Scan } from "./case";

export function Scans({
  scans,
  record,
  look,
  onLook,
}: {
  scans: Scan[];
  record: RiskRecord | null;
  look: Place[];
  onLook: (place: Place) => void;
}) {
  return (
    <section aria-labelledby="scans">
      <h2 id="scans">{t("consignment.scans")}</h2>
      {scans.length === 0 && <p class="quiet">{t("consignment.no_scan")}</p>}
      {scans.map((scan) => (
        <OneScan key={scan.id} scan={scan} record={record} look={look} onLook={onLook} />
      ))}
    </section>
  );
}

function OneScan({
  scan,
  record,
  look,
  onLook,
}: {
  scan: Scan;
  record: RiskRecord | null;
  look: Place[];
  onLook: (place: Place) => void;
}) {
  const page = `/console/scans/${scan.id}`;
  const wholes = [scan.id, scan.part_of];
  const decisions = (record?.decisions ?? []).filter((each) => wholes.includes(each.scan_id));
  const inspections = (record?.inspections ?? []).filter((each) => wholes.includes(each.scan_id));
  return (
    <article class="scan">
      <a href={page} class="thumbnail">
        {scan.links.picture ? (
          <img
            src={`${scan.links.picture}?small=true`}
            alt={t("consignment.picture_of", { name: scan.name })}
            loading="lazy"
          />
        ) : (
          <span class="no-picture">
            {t(isHidden(scan) ? "consignment.open_scan" : "consignment.no_picture")}
          </span>
        )}
      </a>
      <div class="said">
        <p>
          <a href={page}>
            <b>{scan.name}</b>
          </a>{" "}
          <span class="quiet">{time(scan.received_at)}</span>{" "}
          {scan.links.report && <a href={scan.links.report}>{t("consignment.report")}</a>}{" "}
          {record && <a href={`/console/sheets/${scan.id}`}>{t("referrals.sheet")}</a>}
        </p>
        <p>
          <Answer scan={scan} />{" "}
          {scan.reason && !isHidden(scan) && (
            <span class="quiet">
              <Coded reason={scan.reason} />
            </span>
          )}
        </p>
        <Join scan={scan} />
        {isRead(scan) && (
          <>
            {scan.findings.map((finding) => {
              const isChosen = look.some((place) => place.scan === scan.id && place.finding === finding.id);
              return (
                <label key={finding.id} class="finding">
                  <input
                    type="checkbox"
                    checked={isChosen}
                    onChange={() => onLook({ scan: scan.id, finding: finding.id })}
                    aria-label={t("consignment.look_here", { finding: finding.id })}
                  />
                  <b>
                    {finding.id} {word("families", finding.kind)}
                  </b>{" "}
                  {score(finding.score)} <Said english={finding.explanation} sentences={finding.said} />
                </label>
              );
            })}
            <Verdicts scan={scan} />
          </>
        )}
        {decisions.map((each) => (
          <p key={each.id}>
            <b>{word("consignment", `event_decision_${each.decision}`)}</b> {each.by}
            {each.comment && `: ${each.comment}`}
          </p>
        ))}
        {inspections.map((each) => (
          <p key={each.id}>
            <b>
              {word(
                "consignment",
                `event_inspection_${each.found === null ? "not_opened" : each.found ? "found" : "nothing"}`,
              )}
            </b>{" "}
            {each.by}
            {each.comment && `: ${each.comment}`}
          </p>
        ))}
      </div>
    </article>
  );
}

function Answer({ scan }: { scan: Scan }) {
  if (isHidden(scan)) return <b>{t("consignment.read_blind")}</b>;
  if (!isRead(scan))
    return <span class="lane not_assessed">{word("consignment", `state_${scan.state}`)}</span>;
  const { lane, score: risk } = scan.risk;
  return (
    <>
      <span class={`lane ${lane}`}>{laneName(lane)}</span>{" "}
      {risk !== null && <span>{t("consignment.alone", { score: score(risk) })}</span>}
      {scan.state !== "read" && <b>{word("consignment", `state_${scan.state}`)}</b>}
    </>
  );
}

function Join({ scan }: { scan: Scan }) {
  const { join } = scan;
  return (
    <p class={join.state === "proposed" ? "differs" : "quiet"}>
      {join.state === "proposed" && (
        <>
          <a href="/console/joins">{t("consignment.in_question")}</a>{" "}
        </>
      )}
      {join.decided_by && `${join.decided_by}: `}
      <Said english={join.why} sentences={join.said} />
      {join.confidence !== null && ` (${score(join.confidence)})`}
    </p>
  );
}

/** What differs and what could not be determined is said in full; what agrees is counted. */
function Verdicts({ scan }: { scan: Extract<Scan, { verdicts: unknown }> }) {
  const agrees = scan.verdicts.filter((verdict) => verdict.outcome === "agrees").length;
  const open = scan.verdicts.filter((verdict) => verdict.outcome === "undetermined");
  return (
    <>
      {scan.verdicts
        .filter((verdict) => verdict.outcome === "differs")
        .map((verdict, place) => (
          <p key={place} class="differs">
            <b>{word("consignment", `rule_${verdict.rule}`)}</b>{" "}
            <Said english={verdict.reason} sentences={verdict.said} />
          </p>
        ))}
      <details>
        <summary>{t("consignment.agree_and_open", { agrees, open: open.length })}</summary>
        {open.map((verdict, place) => (
          <p key={place} class="undetermined">
            <b>{word("consignment", `rule_${verdict.rule}`)}</b>{" "}
            <Said english={verdict.reason} sentences={verdict.said} />
          </p>
        ))}
      </details>
    </>
  );
}
