/** The figures of each site or scanner in a line: a link leads to its own days. */
import { laneTitle } from "../lanes";
import { Scrolled } from "../plots/scrolled";
import { duration, shownValue } from "../plots/series";
import { number, t } from "../text";
import { type Asked, addressOf } from "./asked";
import type { Share, Statistics, WorkFigures } from "./figures";
import { LANES } from "./figures";

export function Parts({
  by,
  data,
  title,
  asked,
}: {
  by: "site" | "scanner";
  data: Statistics;
  title: string;
  asked: Asked;
}) {
  const parts = data.parts[by] ?? [];
  const names = by === "site" ? NAMES : NAMES.filter((name) => name !== "budget_kept"); // a budget is a site's
  const of = (name: string): string => addressOf({ ...asked, [by]: name });
  return (
    <section>
      <h2>{title}</h2>
      {parts.length === 0 ? (
        <p class="hint">{t("plots.nothing")}</p>
      ) : (
        <Scrolled name={title}>
          <table>
            <caption class="unseen">{title}</caption>
            <Heads names={names} />
            <tbody>
              {parts.map((part) => (
                <tr key={part.name}>
                  <th scope="row">
                    {part.name ? <a href={of(part.name)}>{part.name}</a> : t("dashboard.unnamed")}
                  </th>
                  <Cells figures={part.figures} names={names} />
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
    </section>
  );
}

const NAMES = [
  "not_assessed",
  "decided_after",
  "officer",
  "hits",
  "false_alarms",
  "readers",
  "officer_machine",
  "budget_kept",
];

function Heads({ names }: { names: string[] }) {
  return (
    <thead>
      <tr>
        <th scope="col">{t("dashboard.name")}</th>
        <th scope="col" class="number">
          {t("dashboard.arrivals")}
        </th>
        {LANES.filter((lane) => lane !== "not_assessed").map((lane) => (
          <th key={lane} scope="col" class="number">
            {laneTitle(lane)}
          </th>
        ))}
        {names.map((name) => (
          <th key={name} scope="col" class="number">
            {t(`dashboard.${name}`)}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Cells({ figures, names }: { figures: WorkFigures; names: string[] }) {
  return (
    <>
      <td class="number">{number(figures.arrivals)}</td>
      {LANES.filter((lane) => lane !== "not_assessed").map((lane) => (
        <td key={lane} class="number">
          {number(figures.lanes[lane] ?? 0)}
        </td>
      ))}
      {names.map((name) => (
        <Cell key={name} figures={figures} name={name} />
      ))}
    </>
  );
}

const SHARES: Record<string, (figures: WorkFigures) => Share> = {
  not_assessed: (figures) => figures.not_assessed,
  hits: (figures) => figures.hits,
  false_alarms: (figures) => figures.false_alarms,
  readers: (figures) => figures.readers.same,
  officer_machine: (figures) => figures.officer_machine.same,
  budget_kept: (figures) => figures.budget.kept,
};

function Cell({ figures, name }: { figures: WorkFigures; name: string }) {
  const share = SHARES[name]?.(figures);
  if (share) return <ShareCell share={share} />;
  const { median_s } = name === "officer" ? figures.officer : figures.decided_after;
  return <td class="number">{median_s === null ? t("plots.none") : duration(median_s)}</td>;
}

function ShareCell({ share }: { share: Share }) {
  return (
    <td class="number">
      {shownValue(share.share, "share")}
      {share.share !== null && (
        <small>
          {shownValue(share.low, "share")} – {shownValue(share.high, "share")}
          <br />
          {t("dashboard.seen_of", { seen: share.seen, of: share.of })}
        </small>
      )}
    </td>
  );
}
