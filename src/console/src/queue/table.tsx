/** The list: one consignment a line, worked with the keyboard. A line keeps its place whatever happens to it. */
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { keyOf, nameOfKey } from "../keys";
import { hour } from "../live/clock";
import { t, word } from "../text";
import { Lane } from "./lane";
import type { Entry, Line } from "./lines";
import { reasonOf } from "./reason";
import { isOverdue, until } from "./when";

export const pageOf = (consignment: string): string =>
  `/console/consignments/${encodeURIComponent(consignment)}`;

export function QueueTable({
  lines,
  at,
  marked,
  table,
  onStand,
  onMark,
}: {
  lines: Line[];
  at: number;
  marked: ReadonlySet<string>;
  table: RefObject<HTMLTableElement | null>;
  onStand: (line: number) => void;
  onMark: (consignment: string) => void;
}) {
  const { route } = useLocation();
  const now = useNow();
  return (
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table that is worked line by line is a grid
    <table ref={table} class="queue" role="grid" aria-label={t("queue.title")} aria-multiselectable="true">
      <thead>
        <tr>
          {["mark", "lane", "due", "consignment", "goods", "why", "waits"].map((column) => (
            <th key={column} scope="col" class={column === "lane" ? "lane-cell" : column}>
              {t(`queue.column_${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map((line, place) => (
          <QueueLine
            key={line.entry.consignment}
            line={line}
            now={now}
            isHere={place === at}
            isMarked={marked.has(line.entry.consignment)}
            onStand={() => onStand(place)}
            onMark={() => onMark(line.entry.consignment)}
            onOpen={() => route(pageOf(line.entry.consignment))}
          />
        ))}
      </tbody>
    </table>
  );
}

function QueueLine({
  line,
  now,
  isHere,
  isMarked,
  onStand,
  onMark,
  onOpen,
}: {
  line: Line;
  now: number;
  isHere: boolean;
  isMarked: boolean;
  onStand: () => void;
  onMark: () => void;
  onOpen: () => void;
}) {
  const { entry } = line;
  const said = [
    line.gone && "gone",
    line.changed && !line.gone && "changed",
    entry.urgent && "urgent",
    `place-${entry.place}`,
  ];
  return (
    <tr
      class={said.filter(Boolean).join(" ")}
      tabIndex={isHere ? 0 : -1}
      aria-selected={isMarked}
      onFocus={onStand}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        const pressed = nameOfKey(event);
        if (pressed === keyOf("queue.mark")) onMark();
        else if (pressed === keyOf("queue.open")) onOpen();
        else return;
        event.preventDefault();
      }}
    >
      <td class="mark">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isMarked}
          aria-label={t("queue.mark", { consignment: entry.consignment })}
          onClick={onMark}
        />
      </td>
      <td class="lane-cell">
        <Lane of={entry} />
        {entry.urgent && <strong class="urgent">{t("queue.urgent")}</strong>}
      </td>
      <td class="due">
        <Due entry={entry} now={now} />
      </td>
      <td class="consignment">
        <a href={pageOf(entry.consignment)} tabIndex={-1}>
          {entry.consignment}
        </a>
        <span class="marks">{entry.marks.join(" ")}</span>
      </td>
      <td class="goods">
        {entry.declared ?? <em>{t("queue.not_declared")}</em>}
        <span class="traders">{entry.traders.join(" → ")}</span>
      </td>
      <td class="why">{reasonOf(entry)}</td>
      <td class="waits">{line.gone ? <em>{line.why ?? t("queue.gone")}</em> : <WaitsFor entry={entry} />}</td>
    </tr>
  );
}

function Due({ entry, now }: { entry: Entry; now: number }) {
  if (!entry.deadline_at) return <span class="quiet">{t("queue.no_deadline")}</span>;
  const overdue = !entry.released && isOverdue(entry.deadline_at, now);
  return (
    <>
      <time dateTime={entry.deadline_at} class={overdue ? "overdue" : undefined}>
        {until(entry.deadline_at, now)}
      </time>
      <span class="by">
        {hour(entry.deadline_at, now)} {word("queue", `deadline_${entry.deadline_by ?? "none"}`)}
      </span>
    </>
  );
}

function WaitsFor({ entry }: { entry: Entry }) {
  const said = entry.disposition;
  return (
    <>
      {word("queue", `waits_${entry.waits_for}`)}
      {said && (
        <span class="by">
          {word("dispose", `step_${said.disposition}`)}
          {said.contact_point ? `: ${said.contact_point}` : ""}, {said.by}
        </span>
      )}
    </>
  );
}

/** The time, twice a minute. */
function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const ticking = window.setInterval(() => setNow(Date.now()), 30_000);
    return () => window.clearInterval(ticking);
  }, []);
  return now;
}
