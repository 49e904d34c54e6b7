/** Scans that wait for a person to say of which consignment they are. */

import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, dataOf, type Problem, problemOf } from "../api/client";
import type { components } from "../api/schema";
import { useLoaded } from "../load";
import { Said } from "../parts/said";
import { Empty, ProblemNote, Shown } from "../parts/states";
import { session } from "../session";
import { number, t, time } from "../text";
import "../consignment/consignment.css";

type Waiting = components["schemas"]["WaitingJoin"];

export default function JoinsPage() {
  const { query, route } = useLocation();
  const state = query.state === "open" ? "open" : "proposed";
  const loaded = useLoaded(
    async (signal) =>
      dataOf(await api.GET("/v1/joins", { signal, params: { query: { state, limit: 100 } } })),
    [state],
  );
  return (
    <div class="joins-page">
      <h1>{t("joins.title")}</h1>
      <div class="ways">
        {(["proposed", "open"] as const).map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={state === each}
            onClick={() => route(`/console/joins?state=${each}`)}
          >
            {t(`joins.${each}`)}
          </button>
        ))}
      </div>
      <Shown of={loaded}>
        {(found) =>
          found.joins.length ? (
            found.joins.map((waiting) => (
              <OneJoin key={waiting.scan} waiting={waiting as Waiting} again={loaded.again} />
            ))
          ) : (
            <Empty>{t("joins.none")}</Empty>
          )
        }
      </Shown>
    </div>
  );
}

function OneJoin({ waiting, again }: { waiting: Waiting; again: () => void }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [other, setOther] = useState("");
  const [reason, setReason] = useState("");
  const decide = async (consignment: string | null) => {
    try {
      const said = { consignment, by: session.value?.person ?? "", reason: reason.trim() };
      dataOf(
        await api.PUT("/v1/scans/{scan_id}/consignment", {
          params: { path: { scan_id: waiting.scan } },
          body: said,
        }),
      );
      again();
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  const read = waiting.units
    .flatMap((unit) => [unit.container_number, unit.plate])
    .flatMap((mark) => (mark ? [mark.as_read] : []));
  return (
    <section class="panel join">
      <h2>
        <a href={`/console/scans/${waiting.scan}`}>{waiting.name}</a>
      </h2>
      <p>
        {read.join(", ") || t("joins.nothing_read")}{" "}
        <span class="quiet">
          {[waiting.site, waiting.device, time(waiting.acquired_at ?? waiting.received_at)]
            .filter(Boolean)
            .join(", ")}
        </span>
      </p>
      <p class="quiet">
        <Said english={waiting.join.why} sentences={waiting.join.said} />
      </p>
      <label>
        {t("joins.reason")}
        <input value={reason} maxLength={1000} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <ul>
        {waiting.join.candidates.map((candidate) => (
          <li key={candidate.consignment}>
            <button
              type="button"
              disabled={!reason.trim()}
              onClick={() => void decide(candidate.consignment)}
            >
              {t("joins.is_of", { consignment: candidate.consignment })}
            </button>{" "}
            {number(candidate.confidence, 2)}{" "}
            <span class="quiet">
              <Said english={candidate.why} sentences={candidate.said} />
            </span>
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (other.trim() && reason.trim()) void decide(other.trim());
        }}
      >
        <label>
          {t("joins.other")}
          <input value={other} maxLength={80} onInput={(event) => setOther(event.currentTarget.value)} />
        </label>
        <button type="submit" disabled={!other.trim() || !reason.trim()}>
          {t("joins.join")}
        </button>
        <button type="button" disabled={!reason.trim()} onClick={() => void decide(null)}>
          {t("joins.of_none")}
        </button>
      </form>
      {problem && <ProblemNote problem={problem} />}
    </section>
  );
}
