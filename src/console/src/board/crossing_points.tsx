/** The crossing points that report here: when each was last heard, and what is still on its way. */

import { useEffect } from "preact/hooks";
import { api, dataOf } from "../api/client";
import type { components } from "../api/schema";
import { clock } from "../live/clock";
import { useLoaded } from "../load";
import { Scrolled } from "../plots/scrolled";
import { until } from "../queue/when";
import { t } from "../text";

type Point = components["schemas"]["CrossingPointNow"];

const AGAIN_MS = 15_000;

/** All of them, or those of one site; nothing where none reports here. */
export function CrossingPoints({ site }: { site?: string }) {
  const points = useLoaded((signal) => api.GET("/v1/crossing-points", { signal }).then(dataOf), []);
  useEffect(() => {
    const asking = setInterval(points.again, AGAIN_MS);
    return () => clearInterval(asking);
  }, [points.again]);
  const shown = (points.data?.crossing_points ?? []).filter((each) => !site || each.sites.includes(site));
  if (shown.length === 0) return null;
  return (
    <section class="panel crossing-points" aria-labelledby="crossing-points">
      <h2 id="crossing-points">{t("board.crossing_points")}</h2>
      <Scrolled name={t("board.crossing_points")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("board.crossing_point")}</th>
              <th scope="col">{t("board.last_heard")}</th>
              <th scope="col">{t("board.newest_event")}</th>
              <th scope="col">{t("board.waiting_there")}</th>
              <th scope="col">{t("board.events_taken")}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((point) => (
              <OnePoint key={point.source} point={point} />
            ))}
          </tbody>
        </table>
      </Scrolled>
    </section>
  );
}

function OnePoint({ point }: { point: Point }) {
  return (
    <tr class={point.state}>
      <th scope="row">
        {point.url ? <a href={`${point.url}/console/`}>{point.name}</a> : point.name}{" "}
        {point.sites.map((each) => (
          <small key={each}>
            {" "}
            <a href={`/console/board?site=${encodeURIComponent(each)}`}>{each}</a>
          </small>
        ))}
      </th>
      <td>{heard(point)}</td>
      <td>{point.newest_at ? clock(point.newest_at) : "–"}</td>
      <td>{waiting(point)}</td>
      <td>
        {point.taken}
        {point.gaps > 0 && <span class="undetermined"> {t("board.gaps", { count: point.gaps })}</span>}
        {point.refused > 0 && (
          <span class="differs" title={point.refusal ?? undefined}>
            {" "}
            {t("board.events_refused", { count: point.refused })}
          </span>
        )}
      </td>
    </tr>
  );
}

function heard({ state, heard_at }: Point) {
  if (!heard_at) return <b class="undetermined">{t("board.never_heard")}</b>;
  if (state === "silent")
    return <b class="undetermined">{t("board.not_heard_since", { at: clock(heard_at) })}</b>;
  return until(heard_at, Date.now());
}

function waiting({ waiting: count, waiting_since: since }: Point): string {
  if (count === null) return "–";
  return since && count > 0 ? t("board.waiting_since", { count, at: clock(since) }) : String(count);
}
