/** What came of the last decision: how many are on record, and ten seconds to take it back. */
import { useEffect, useState } from "preact/hooks";
import { type Problem, problemOf } from "../api/client";
import { keyOf } from "../keys";
import { ProblemNote } from "../parts/states";
import { session } from "../session";
import { t } from "../text";
import { type BulkAnswer, madeIn, takeBack, UNDO_SECONDS } from "./dispose";

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
  const made = madeIn(answer);
  useEffect(() => {
    if (left <= 0 && !problem) onLeave();
  }, [left]);
  const undo = async () => {
    setProblem(null);
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
    <div class="outcome" role="status">
      <p>
        <strong>{t("dispose.recorded", { count: made.length })}</strong>
        {left > 0 && (
          <button type="button" onClick={() => void undo()}>
            {t("dispose.undo", { seconds: left })} <kbd>{keyOf("dispose.undo")}</kbd>
          </button>
        )}
        <button type="button" onClick={onLeave}>
          {t("dispose.close")}
        </button>
      </p>
      {problem && <ProblemNote problem={problem} />}
    </div>
  );
}
