/** What the reading says, as a list that mirrors the regions of the image: from each reason to its place. */

import { useEffect } from "preact/hooks";
import { t, word } from "../text";
import type { ViewerHandle } from "./handle";
import {
  type Finding,
  notAssessed,
  regionOf,
  type ScanDocument,
  said,
  unitId,
  type Verdict,
  verdictId,
} from "./regions";
import { evidence, family, scoreText, sureness } from "./words";

interface Props {
  scan: ScanDocument;
  viewer: ViewerHandle;
}

export function Reasons({ scan, viewer }: Props) {
  useEffect(() => viewer.onRegionClicked(bringReasonIntoView), [viewer]);
  if (viewer.blind.value) return <p class="blind">{t("viewer.blind_detail")}</p>;
  const missing = notAssessed(scan);
  const read = scan.status === "read";
  const rest = read ? scan.quality.reasons.filter((each) => !each.startsWith("not_penetrated:")) : [];
  return (
    <section class="reasons" aria-label={t("viewer.reasons")}>
      {missing.map(({ unit, code, reason }) => (
        <p key={`${code} ${unit}`} class="lane not_assessed reason-note">
          <strong>{t(`viewer.not_assessed_${code}`)}</strong> {reason}
        </p>
      ))}
      {read && (
        <>
          <h2>
            {scan.findings.length > 0
              ? t("viewer.findings", { count: scan.findings.length })
              : t("viewer.no_findings")}
          </h2>
          <ul>
            {scan.findings.map((finding) => (
              <li key={finding.id}>
                <FindingReason finding={finding} viewer={viewer} />
              </li>
            ))}
          </ul>
          <h2>{t("viewer.units")}</h2>
          <ul>
            {scan.containers.map((unit) => (
              <li key={unit.unit}>
                <ToRegion id={unitId(unit.unit)} viewer={viewer}>
                  {word("unit_kinds", unit.kind)} {unit.unit} {unit.number ?? unit.plate ?? ""}
                </ToRegion>
              </li>
            ))}
          </ul>
          <h2>{t("viewer.verdicts")}</h2>
          <Verdicts verdicts={scan.verdicts} viewer={viewer} />
          {rest.length > 0 && <h2>{t("viewer.quality")}</h2>}
          <ul>
            {rest.map((reason) => (
              <li key={reason}>{said(reason)}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function bringReasonIntoView(id: string): void {
  document.querySelector(`[data-reason="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" });
}

interface ToRegionProps {
  id: string;
  viewer: ViewerHandle;
  children: preact.ComponentChildren;
}

/** A button that leads to the region; while it is focused or under the pointer the region is lit. */
function ToRegion({ id, viewer, children }: ToRegionProps) {
  const light = () => {
    viewer.lit.value = id;
  };
  const dim = () => {
    if (viewer.lit.value === id) viewer.lit.value = null;
  };
  return (
    <button
      type="button"
      class="to-region"
      data-reason={id}
      aria-pressed={viewer.shown.value === id}
      onClick={() => viewer.showRegion(id)}
      onFocus={light}
      onBlur={dim}
      onPointerEnter={light}
      onPointerLeave={dim}
    >
      {children}
    </button>
  );
}

function FindingReason({ finding, viewer }: { finding: Finding; viewer: ViewerHandle }) {
  const lines = evidence(finding).map(({ name, value }) => `${name}: ${value}`);
  return (
    <>
      <ToRegion id={finding.id} viewer={viewer}>
        <strong>
          {finding.id} {family(finding.kind)}
        </strong>{" "}
        {sureness(finding.score)} · {scoreText(finding.score)}
      </ToRegion>
      <p>{finding.explanation}</p>
      {lines.length > 0 && <p class="quiet">{lines.join(" · ")}</p>}
    </>
  );
}

const ORDER = { differs: 0, undetermined: 1, agrees: 2 } as const;

/** What differs first, then what cannot be known. */
function Verdicts({ verdicts, viewer }: { verdicts: readonly Verdict[]; viewer: ViewerHandle }) {
  const ordered = [...verdicts].sort((a, b) => ORDER[a.outcome] - ORDER[b.outcome]);
  return (
    <ul>
      {ordered.map((verdict) => {
        const id = verdictId(verdict);
        const title = (
          <>
            <span class={`outcome ${verdict.outcome}`}>{t(`viewer.outcome_${verdict.outcome}`)}</span>{" "}
            {word("rules", verdict.rule)}
          </>
        );
        return (
          <li key={id}>
            {regionOf(verdict) ? (
              <ToRegion id={id} viewer={viewer}>
                {title}
              </ToRegion>
            ) : (
              title
            )}
            <p>{verdict.reason}</p>
          </li>
        );
      })}
    </ul>
  );
}
