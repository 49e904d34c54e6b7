/** What a page shows while it has nothing to show. */
import type { ComponentChildren } from "preact";
import { OFFLINE, type Problem } from "../api/client";
import type { Loaded } from "../load";
import { t } from "../text";

export function Waiting() {
  return (
    <p class="state" role="status">
      {t("common.loading")}
    </p>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="state">{children}</p>;
}

export function ProblemNote({ problem, retry }: { problem: Problem; retry?: () => void }) {
  const offline = problem.status === OFFLINE;
  return (
    <div class="state problem" role="alert">
      <strong>{offline ? t("common.offline") : problem.title}</strong>
      <p>{offline ? t("common.offline_detail") : problem.detail}</p>
      {problem.remedy && <p>{problem.remedy}</p>}
      {retry && (
        <button type="button" onClick={() => retry()}>
          {t("common.try_again")}
        </button>
      )}
    </div>
  );
}

/** The page of loaded data; what was loaded before stays, with a note, when asking again fails. */
export function Shown<Data>({
  of,
  children,
}: {
  of: Loaded<Data>;
  children: (data: Data) => ComponentChildren;
}) {
  if (of.data === null)
    return of.problem ? <ProblemNote problem={of.problem} retry={of.again} /> : <Waiting />;
  return (
    <>
      {of.problem && <ProblemNote problem={of.problem} retry={of.again} />}
      {children(of.data)}
    </>
  );
}
