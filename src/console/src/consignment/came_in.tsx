/** What it is selected for and why, and what came in about it from elsewhere. */
import { laneName } from "../lanes";
import { number, t, time, word } from "../text";
import type { RiskRecord } from "./case";

export function Selected({ record }: { record: RiskRecord }) {
  const selections = (record.selections ?? []).filter((each) => each.reasons.length > 0);
  const questions = [...new Set(selections.flatMap((each) => each.interview))];
  return (
    <section aria-labelledby="selected">
      <h2 id="selected">{t("consignment.selected")}</h2>
      {selections.length === 0 && <p class="quiet">{t("consignment.not_selected")}</p>}
      {selections.map((each) => (
        <div key={each.stage}>
          <p>
            <b>{word("consignment", `stage_${each.stage}`)}:</b>{" "}
            {each.actions.map((action) => word("consignment", `action_${action}`)).join(", ") ||
              t("consignment.not_drawn")}
          </p>
          <ul>
            {each.reasons.map((reason, place) => (
              <li key={place} class={reason.drawn ? undefined : "quiet"}>
                <Because reason={reason} />{" "}
                <span class="quiet">
                  {t("consignment.chance", { chance: number(100 * reason.chance, 1) })}
                </span>
              </li>
            ))}
          </ul>
        </div>
      ))}
      {questions.length > 0 && (
        <>
          <p>{t("consignment.questions")}</p>
          <ul>
            {questions.map((question) => (
              <li key={question}>{question}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Titles of profiles are said as people wrote them; the random share of the site is in no one's words. */
function Because({ reason }: { reason: RiskRecord["selections"][number]["reasons"][number] }) {
  if (reason.kind === "audit") return <>{t("consignment.random_share")}</>;
  return <>{reason.in_words}</>;
}

export function CameIn({ record }: { record: RiskRecord }) {
  const lines = [
    ...(record.risk_scores ?? []).map((each) => ({
      ...each,
      words: t("consignment.risk_score", {
        lane: each.lane ? laneName(each.lane) : "",
        score: each.score == null ? "" : number(each.score, 2),
      }),
    })),
    ...(record.control_results ?? []).map((each) => ({
      ...each,
      words: [
        t("consignment.control", {
          code: each.code,
          outcome: word("consignment", `outcome_${each.outcome}`),
        }),
        each.container,
        each.found_hs?.length ? `HS ${each.found_hs.join(", ")}` : null,
        each.quantity == null ? null : `${number(each.quantity, 1)} ${each.quantity_of ?? ""}`,
        each.seals ? t("consignment.seals", { seals: word("consignment", `seals_${each.seals}`) }) : null,
      ]
        .filter(Boolean)
        .join(", "),
    })),
    ...(record.weighings ?? []).map((each) => ({
      ...each,
      words: [
        t("consignment.weighed", { kg: number(each.kg) }),
        word("consignment", `covers_${each.covers}`),
        each.container,
        each.tare_kg == null ? null : t("consignment.tare", { kg: number(each.tare_kg) }),
      ]
        .filter(Boolean)
        .join(", "),
    })),
    ...(record.interviews ?? []).map((each) => ({
      ...each,
      words: `${t("consignment.interview")} ${each.answers
        .map(({ question, answer }) => `${question} – ${answer ?? t("consignment.no_answer")}`)
        .join("; ")}`,
    })),
  ].sort((one, other) => one.at.localeCompare(other.at));
  return (
    <section aria-labelledby="came-in">
      <h2 id="came-in">{t("consignment.came_in")}</h2>
      {lines.length === 0 && <p class="quiet">{t("consignment.nothing_came_in")}</p>}
      <ul>
        {lines.map((line) => (
          <li key={line.id}>
            <span class="quiet">{time(line.at)}</span> {line.words}{" "}
            <span class="quiet">
              {line.by}
              {line.comment && `: ${line.comment}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
