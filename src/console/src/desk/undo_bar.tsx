/** For a few seconds a decision can be taken back; the bar counts down. */
import { useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { type Problem, problemOf } from "../api/client";
import { useKeys } from "../keys";
import { isFinal } from "../outbox/entry";
import { ProblemNote } from "../parts/states";
import { t } from "../text";
import { KeyHint } from "./key_hint";
import { forget, last, undoing, undoLast } from "./last";

const STEP_MS = 200;

export function UndoBar({ undone }: { undone?: (scan: string) => void }) {
  const { route } = useLocation();
  const [, look] = useState(0);
  const problem = useSignal<Problem | null>(null);
  const made = last.value;
  useEffect(() => {
    if (!made) return;
    const timer = setInterval(() => {
      if (performance.now() >= made.until_ms) forget(made.entry.id);
      else look((turn) => turn + 1);
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [made]);
  useEffect(() => {
    if (made) problem.value = null;
  }, [made?.entry.id]);
  const back = async () => {
    problem.value = null;
    try {
      const scan = await undoLast();
      if (!scan) return;
      undone?.(scan);
      route(`/console/scans/${scan}`);
    } catch (error) {
      problem.value = problemOf(error);
      if (made && isFinal(problem.value)) forget(made.entry.id); // else it can be tried again while there is time
    }
  };
  useKeys({ "desk.undo": () => void back() });
  const note = problem.value && <ProblemNote problem={problem.value} />;
  if (!made) return note;
  const left_ms = Math.max(made.until_ms - performance.now(), 0);
  return (
    <>
      {note}
      <div class="undo" role="status">
        <span>
          {t("desk.made", { answer: t(`desk.answer_${made.draft.answer}`), scan: made.entry.name })}
        </span>
        <button type="button" disabled={undoing.value} onClick={() => void back()}>
          {t("desk.undo")} <KeyHint of="desk.undo" />
        </button>
        <progress max={made.of_ms} value={left_ms} aria-label={t("desk.undo_left")} />
      </div>
    </>
  );
}
