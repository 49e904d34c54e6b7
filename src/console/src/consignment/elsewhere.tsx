/** Its scans at crossing points that report here: when each was read there, when that was heard, and how far it holds. */

import type { components } from "../api/schema";
import { laneName } from "../lanes";
import { Coded, Said } from "../parts/said";
import { score } from "../queue/lane";
import { t, time, word } from "../text";

export type ReadElsewhere = components["schemas"]["ReadElsewhere"];

export function Elsewhere({ scans }: { scans: ReadElsewhere[] }) {
  if (scans.length === 0) return null;
  return (
    <section aria-labelledby="elsewhere">
      <h2 id="elsewhere">{t("consignment.elsewhere")}</h2>
      {scans.map((scan) => (
        <article key={`${scan.source} ${scan.scan}`} class="elsewhere">
          <p>
            <b>{scan.name}</b> {scan.sites.length > 0 && <span class="quiet">{scan.sites.join(", ")}</span>}{" "}
            {scan.link ? (
              <a href={scan.link} rel="noreferrer">
                {t("consignment.open_elsewhere")}
              </a>
            ) : (
              <span class="quiet">{t("consignment.picture_elsewhere")}</span>
            )}
          </p>
          <p>
            <span class={`lane ${scan.lane}`}>{laneName(scan.lane)}</span>{" "}
            {scan.score !== null && t("consignment.alone", { score: score(scan.score) })}{" "}
            <span class="quiet">
              {t("consignment.read_and_heard", { at: time(scan.at), heard: time(scan.heard_at) })}
            </span>
          </p>
          {scan.point_state !== "heard" && scan.point_heard_at && (
            <p class="undetermined">{t("consignment.not_heard_since", { at: time(scan.point_heard_at) })}</p>
          )}
          {scan.in_question && <p class="differs">{t("consignment.in_question_elsewhere")}</p>}
          {scan.reason && (
            <p class="undetermined">
              <Coded reason={scan.reason} />
            </p>
          )}
          {scan.indicators.length > 0 && (
            <p>{scan.indicators.map((code) => word("indicators", code)).join("; ")}</p>
          )}
          {scan.said.map((each, place) => (
            <p key={place}>
              <b>{word("consignment", `event_${each.kind}_${each.what}`)}</b> {each.by}:{" "}
              <Said english={each.in_words} sentences={undefined} />{" "}
              <span class="quiet">{time(each.at)}</span>
            </p>
          ))}
        </article>
      ))}
    </section>
  );
}
