/** The live lines of a site. It connects again by itself, goes on where it was, and tells what it missed. */
import { type Signal, signal } from "@preact/signals";

export interface Line {
  id: number;
  kind: string;
  at: string;
  consignment: string | null;
  scan: string | null;
  lane: string | null;
  in_words: string;
}

export interface Stream {
  /** Newest first. */
  lines: Signal<Line[]>;
  connected: Signal<boolean>;
  /** When the connection was lost; null while there is one. */
  lostAt: Signal<Date | null>;
  /** When lines were missed that are no longer kept. */
  missedAt: Signal<Date | null>;
  close: () => void;
}

const MOST_LINES = 60;
const RECENT = 40;
const AGAIN_MS = 3000;
const KINDS = [
  ...["declaration.arrived", "declaration.corrected", "scan.arrived"],
  ...["reading.completed", "reading.superseded", "reading.failed"],
  ...["selection.made", "selection.withdrawn"],
  ...["decision.made", "decision.corrected", "decision.undone"],
  ...["referral.opened", "referral.answered", "referral.withdrawn"],
  ...["inspection.made", "inspection.corrected"],
  ...["risk-score", "weighing", "control-result", "interview"].flatMap((kind) => [
    `${kind}.recorded`,
    `${kind}.corrected`,
  ]),
];

export function watch(site: string, onLine: (line: Line) => void): Stream {
  const lines = signal<Line[]>([]);
  const connected = signal(false);
  const lostAt = signal<Date | null>(null);
  const missedAt = signal<Date | null>(null);
  let last: number | null = null;
  let source: EventSource | null = null;
  let again: ReturnType<typeof setTimeout> | undefined;

  const take = (event: MessageEvent<string>, kind: string) => {
    const id = Number(event.lastEventId);
    if (last !== null && id <= last) return;
    last = id;
    const line: Line = { ...(JSON.parse(event.data) as Omit<Line, "id" | "kind">), id, kind };
    lines.value = [line, ...lines.value].slice(0, MOST_LINES);
    onLine(line);
  };

  const connect = () => {
    const begin = last === null ? `recent=${RECENT}` : `after=${last}`;
    source = new EventSource(`/v1/sites/${encodeURIComponent(site)}/live?${begin}`);
    source.addEventListener("open", () => {
      connected.value = true;
      lostAt.value = null;
    });
    source.addEventListener("error", () => {
      connected.value = false;
      lostAt.value ??= new Date();
      // The browser itself tries a broken connection again; one that was refused it gives up.
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(connect, AGAIN_MS);
    });
    source.addEventListener("lines.missed", (event) => {
      missedAt.value = new Date();
      last = Number((event as MessageEvent).lastEventId);
    });
    for (const kind of KINDS)
      source.addEventListener(kind, (event) => take(event as MessageEvent<string>, kind));
  };

  connect();
  return {
    lines,
    connected,
    lostAt,
    missedAt,
    close: () => {
      clearTimeout(again);
      source?.close();
    },
  };
}
