/** The figures that are read from across the room. */

import { LANES } from "../dashboard/figures";
import { laneTitle } from "../lanes";
import { hour } from "../live/clock";
import { STEPS } from "../queue/dispose";
import { number, t } from "../text";
import type { BoardState } from "./site_board";

export function Figures({ board }: { board: BoardState }) {
  const { counts } = board;
  return (
    <div class="figures">
      <Big name={t("board.to_be_read")} value={board.to_be_read} />
      <Big name={t("board.to_be_decided")} value={board.to_be_decided} />
      <section class="panel lanes" aria-label={t("board.lanes")}>
        <h2>{t("board.lanes")}</h2>
        <ul>
          {LANES.map((lane) => (
            <li key={lane} class={`lane ${lane}`}>
              <strong>{number(counts.lanes[lane] ?? 0)}</strong>
              <span>{laneTitle(lane)}</span>
            </li>
          ))}
        </ul>
      </section>
      <section class="panel done" aria-label={t("board.done")}>
        <h2>
          {t("board.since", {
            at: hour(board.since),
          })}
        </h2>
        <dl>
          {(["arrived", "decided", "opened", "referred"] as const).map((each) => (
            <div key={each}>
              <dt>{t(`board.${each}`)}</dt>
              <dd>{number(counts[each])}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section class="panel orders" aria-label={t("board.orders")}>
        <h2>{t("board.orders")}</h2>
        <dl>
          {STEPS.map((step) => (
            <div key={step}>
              <dt>{t(`dispose.step_${step}`)}</dt>
              <dd>{number(counts.orders[step] ?? 0)}</dd>
            </div>
          ))}
        </dl>
      </section>
      <Budget board={board} />
    </div>
  );
}

function Big({ name, value }: { name: string; value: number }) {
  return (
    <section class="panel big" aria-label={name}>
      <h2>{name}</h2>
      <strong>{number(value)}</strong>
    </section>
  );
}

function Budget({ board }: { board: BoardState }) {
  const now = board.shifts.find((shift) => shift.now);
  const left = now ? now.budget - now.used : 0;
  return (
    <section class="panel budget" aria-label={t("board.budget")}>
      <h2>{board.of ? t(`board.of_${board.of}`) : t("board.budget")}</h2>
      {now ? (
        <>
          <p class={left < 0 ? "left over" : "left"}>
            <strong>{number(Math.abs(left))}</strong>{" "}
            {left < 0 ? t("board.over") : t("board.left_of", { budget: now.budget })}
          </p>
          <meter min={0} max={Math.max(now.budget, 1)} value={now.used} aria-label={t("board.used")} />
          <ul>
            {board.shifts.map((shift) => (
              <li key={shift.begins_at} aria-current={shift.now ? "true" : undefined}>
                {t("board.shift", { name: shift.name, used: shift.used, budget: shift.budget })}
              </li>
            ))}
            {board.selected !== null && <li>{t("board.selected", { count: board.selected })}</li>}
          </ul>
        </>
      ) : (
        <p class="hint">{t("board.no_budget")}</p>
      )}
    </section>
  );
}
