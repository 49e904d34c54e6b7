/** The browsers in which a person is signed in, each to be signed out. */
import { useState } from "preact/hooks";
import { api, type Problem, problemOf } from "../api/client";
import type { components } from "../api/schema";
import { t, time } from "../text";
import { ActionsHead } from "./actions_head";
import { ProblemNote } from "./states";

type OpenSession = components["schemas"]["OpenSession"];
type Ended = Promise<{ error?: unknown }>;

/** `again` loads them anew; `endAll` is left out where there is nothing more to end. */
export function SessionsTable({
  sessions,
  again,
  all,
  endAll,
}: {
  sessions: readonly OpenSession[];
  again: () => void;
  all: string;
  endAll: (() => Ended) | null;
}) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const end = async (run: () => Ended) => {
    const { error } = await run();
    setProblem(error ? problemOf(error) : null);
    again();
  };
  const endOne = (session: string) =>
    end(() => api.DELETE("/v1/sessions/{session}", { params: { path: { session } } }));
  return (
    <>
      {problem && <ProblemNote problem={problem} />}
      <table class="sessions">
        <thead>
          <tr>
            <th scope="col">{t("account.browser")}</th>
            <th scope="col">{t("account.address")}</th>
            <th scope="col">{t("account.begun")}</th>
            <th scope="col">{t("account.seen")}</th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {sessions.map((each) => (
            <tr key={each.id}>
              <td title={each.browser}>{browserOf(each.browser)}</td>
              <td>{each.address}</td>
              <td>{time(each.begun_at)}</td>
              <td>{time(each.seen_at)}</td>
              <td>
                {each.current ? (
                  t("account.this_one")
                ) : (
                  <button type="button" onClick={() => endOne(each.id)}>
                    {t("account.end")}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {endAll && (
        <button type="button" onClick={() => end(endAll)}>
          {all}
        </button>
      )}
    </>
  );
}

/** Program and system as people know them; the whole text where they are not found in it. */
function browserOf(said: string): string {
  const program = /(Edg|OPR)\/(\d+)/.exec(said) ?? /(Firefox|Chrome|Version)\/(\d+)/.exec(said);
  const system = /Windows|Android|iPhone|iPad|Mac OS|Linux/.exec(said);
  if (!program || !system) return said || "-";
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera", Version: "Safari" };
  return `${names[program[1] ?? ""] ?? program[1]} ${program[2]}, ${system[0]}`;
}
