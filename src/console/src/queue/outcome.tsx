/** What came of the last decision: how many are on record, why others are not, and ten seconds to take it back. */
import { useEffect, useState } from "preact/hooks";
import { type Problem, problemOf } from "../api/client";
import { keyOf } from "../keys";
import { session } from "../session";
import { t } from "../text";
import { type BulkAnswer, takeBack, UNDO_SECONDS } from "./dispose";

export function Outcome({
  answer,
  onTakenBack,
  onLeave,
}: {
  answer: BulkAnswer;
  onTakenBack: (consignments: string[]) => void;
  onLeave: () => void;
}) {
  const [left, setLeft] = useState(UNDO_SECONDS);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    setLeft(UNDO_SECONDS);
    setProblem(null);
    const ticking = window.setInterval(() => setLeft((seconds) => seconds - 1), 1000);
    return () => window.clearInterval(ticking);
  }, [answer]);
  const made = answer.answers.filter((each) => each.outcome === "recorded");
  const refused = answer.answers.filter((each) => each.outcome === "refused");
  useEffect(() => {
    if (left <= 0 && refused.length === 0 && !problem) onLeave();
  }, [left]);
  const undo = async () => {
    try {
      const ids = made.flatMap((each) => (each.disposition ? [each.disposition.id] : []));
      const taken = await takeBack(ids, session.value?.person ?? "");
      const why = taken.answers.find((each) => each.problem)?.problem;
      if (why) setProblem({ status: why.status, title: why.title, detail: why.detail });
      else onLeave();
      onTakenBack(made.map((each) => each.consignment));
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <div class={refused.length ? "outcome some-refused" : "outcome"} role="status">
      <p>
        <strong>{t("dispose.recorded", { count: answer.recorded })}</strong>
        {refused.length > 0 && ` ${t("dispose.refused", { count: refused.length })}`}
        {made.length > 0 && left > 0 && (
          <button type="button" onClick={() => void undo()}>
            {t("dispose.undo", { seconds: left })} <kbd>{keyOf("dispose.undo")}</kbd>
          </button>
        )}
        <button type="button" onClick={onLeave}>
          {t("dispose.close")}
        </button>
      </p>
      {problem && <p>{problem.detail}</p>}
      {refused.length > 0 && (
        <ul>
          {refused.map((each) => (
            <li key={each.consignment}>
              <b>{each.consignment}</b> {each.problem?.detail} {each.problem?.remedy}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
