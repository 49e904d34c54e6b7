/** The queue of a targeting officer: what to decide first, why, and by when. */

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { keyOf, useKeys } from "../keys";
import "../queue/keys";
import { Standing } from "../live/standing";
import { Empty, ProblemNote, Waiting } from "../parts/states";
import { Budget } from "../queue/budget";
import { type BulkAnswer, madeIn, mayDispose, STEPS, type Step, useAnswers } from "../queue/dispose";
import { DisposeDialog } from "../queue/dispose_dialog";
import { FilterBar } from "../queue/filter_bar";
import { addressOf, type Filters, filtersIn } from "../queue/filters";
import { Notices } from "../queue/notices";
import { Outcome } from "../queue/outcome";
import { QueueTable } from "../queue/table";
import { useQueue } from "../queue/use_queue";
import "../queue/queue.css";
import { ownSite } from "../session";
import { t } from "../text";

export default function QueuePage() {
  const { url, route } = useLocation();
  const filters = useMemo(() => filtersIn(new URL(url, location.origin).search, ownSite()), [url]);
  const queue = useQueue(filters);
  const { shown, fresh, next } = queue.lines;
  const [at, setAt] = useState(0);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<Step | null>(null);
  const [answer, setAnswer] = useState<BulkAnswer | null>(null);
  const table = useRef<HTMLTableElement>(null);
  const search = useRef<HTMLInputElement>(null);

  const narrow = useCallback((to: Filters) => route(addressOf(to)), []);
  useEffect(() => {
    setAt(0);
    setMarked(new Set());
  }, [url]);
  const stand = (line: number) => {
    const place = Math.max(0, Math.min(line, shown.length - 1));
    setAt(place);
    table.current?.tBodies[0]?.rows[place]?.focus();
    if (place >= shown.length - 5) queue.more();
  };
  const isInTable = () => table.current?.contains(document.activeElement) ?? false;
  const mark = (consignment: string) =>
    setMarked((before) => {
      const after = new Set(before);
      if (!after.delete(consignment)) after.add(consignment);
      return after;
    });
  const markAll = () =>
    setMarked((before) =>
      before.size
        ? new Set()
        : new Set(shown.filter((line) => !line.gone).map((line) => line.entry.consignment)),
    );
  const chosen = shown
    .filter((line, place) => !line.gone && (marked.size ? marked.has(line.entry.consignment) : place === at))
    .map((line) => line.entry);
  const decide = (step: Step) => mayDispose() && chosen.length > 0 && setAsking(step);
  useAnswers((said) => {
    if (madeIn(said).length) setAnswer(said);
    const made = new Set(madeIn(said).map((each) => each.consignment));
    setMarked((before) => new Set([...before].filter((consignment) => !made.has(consignment))));
    queue.touch(said.answers.map((each) => each.consignment));
  });
  useKeys(
    asking
      ? {}
      : {
          "queue.next": () => stand(isInTable() ? at + 1 : at),
          "queue.before": () => stand(isInTable() ? at - 1 : at),
          "queue.mark_all": markAll,
          "queue.refresh": queue.again,
          "queue.search": () => search.current?.focus(),
          "dispose.undo": () => document.querySelector<HTMLButtonElement>(".outcome button")?.click(),
          ...Object.fromEntries(STEPS.map((step) => [`dispose.${step}`, () => decide(step)])),
        },
  );

  return (
    <div class="queue-page">
      <div class="head">
        <h1>{t("queue.title")}</h1>
        <Budget budget={queue.budget} />
        <span class="stream">{queue.stream ? <Standing stream={queue.stream} /> : t("live.asks_again")}</span>
      </div>
      {queue.toBeWritten > 0 && (
        <p class="to-be-written" role="alert">
          {t("queue.to_be_written", { count: queue.toBeWritten })}
        </p>
      )}
      <Notices />
      <FilterBar filters={filters} counts={queue.counts} search={search} onChange={narrow} />
      <div class="actions" role="toolbar" aria-label={t("queue.actions")}>
        <span>{t(marked.size ? "queue.marked" : "queue.standing_on", { count: marked.size })}</span>
        {(mayDispose() ? STEPS : []).map((step) => (
          <button key={step} type="button" disabled={!chosen.length} onClick={() => decide(step)}>
            {t(`dispose.step_${step}`)} <kbd>{keyOf(`dispose.${step}`)}</kbd>
          </button>
        ))}
        <button type="button" onClick={markAll} disabled={!shown.length}>
          {t(marked.size ? "queue.mark_none" : "queue.mark_all")} <kbd>{keyOf("queue.mark_all")}</kbd>
        </button>
        <button type="button" class={fresh.size ? "main" : undefined} onClick={queue.again}>
          {t("queue.refresh", { count: fresh.size })} <kbd>{keyOf("queue.refresh")}</kbd>
        </button>
      </div>
      <p class="unseen" role="status">
        {fresh.size > 0 && t("queue.refresh", { count: fresh.size })}
      </p>
      {answer && <Outcome answer={answer} onTakenBack={queue.touch} onLeave={() => setAnswer(null)} />}
      {queue.problem && !(shown.length > 0 && queue.stream?.lostAt.value) && (
        <ProblemNote problem={queue.problem} retry={queue.again} />
      )}
      {shown.length > 0 && (
        <QueueTable lines={shown} at={at} marked={marked} table={table} onStand={setAt} onMark={mark} />
      )}
      {next !== null && (
        <button type="button" class="more" onClick={queue.more}>
          {t("queue.more")}
        </button>
      )}
      {shown.length === 0 && queue.loading && <Waiting />}
      {shown.length === 0 && !queue.loading && !queue.problem && <Empty>{t("queue.empty")}</Empty>}
      {asking && (
        <DisposeDialog
          asked={{ step: asking, of: chosen }}
          onKept={() => setMarked(new Set())}
          onLeave={() => setAsking(null)}
        />
      )}
    </div>
  );
}
