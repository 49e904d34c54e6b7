/** What waits for the machine or for an officer, with its time so far. */

import { useEffect, useState } from "preact/hooks";
import { laneTitle } from "../lanes";
import { Scrolled } from "../plots/scrolled";
import { duration } from "../plots/series";
import { t } from "../text";
import type { BoardState } from "./site_board";

/** The time of the service now: what it said last, and what has passed since. */
function useServiceTime(at: string): number {
  const [ahead, setAhead] = useState(0);
  useEffect(() => {
    const began = performance.now();
    setAhead(0);
    const ticking = setInterval(() => setAhead(performance.now() - began), 1000);
    return () => clearInterval(ticking);
  }, [at]);
  return Date.parse(at) + ahead;
}

export function Waits({ board }: { board: BoardState }) {
  const now = useServiceTime(board.at);
  const all = board.to_be_read + board.to_be_decided;
  return (
    <section class="panel waits" aria-label={t("board.waits")}>
      <h2>{t("board.waits")}</h2>
      {board.waiting.length === 0 ? (
        <p class="hint">{t("board.nothing_waits")}</p>
      ) : (
        <Scrolled name={t("board.waits")}>
          <table>
            <caption class="unseen">{t("board.waits")}</caption>
            <thead class="unseen">
              <tr>
                <th scope="col">{t("board.lane")}</th>
                <th scope="col">{t("board.scan")}</th>
                <th scope="col">{t("board.time")}</th>
              </tr>
            </thead>
            <tbody>
              {board.waiting.map((line) => (
                <tr key={line.scan}>
                  <td>
                    {line.lane ? (
                      <span class={`lane ${line.lane}`}>{laneTitle(line.lane)}</span>
                    ) : (
                      <span class="lane unread">{t(line.hidden ? "board.hidden" : "board.unread")}</span>
                    )}
                  </td>
                  <td>
                    <a href={`/console/scans/${line.scan}`}>{line.marks.join(", ") || line.name}</a>
                    {line.place?.selected && <span class="chosen">{t("board.to_look_at")}</span>}
                    {line.consignment && <small>{line.consignment}</small>}
                  </td>
                  <td class="number wait">
                    {duration(Math.max(0, Math.round((now - Date.parse(line.since)) / 1000)))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {all > board.waiting.length && (
            <p class="hint">{t("board.more_wait", { count: all - board.waiting.length })}</p>
          )}
        </Scrolled>
      )}
    </section>
  );
}
