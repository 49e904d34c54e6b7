/** The live lines of a site. It connects again by itself, goes on where it was, and says what it cannot know. */

import { type Signal, signal } from "@preact/signals";
import type { Sentence } from "../wording";
import kinds from "./kinds.json";

/** What was ordered of a consignment, taken back or answered, by its codes. */
export interface Disposed {
  by: string;
  disposition: string;
  ground: string;
  contact_point: string | null;
  answer: string | null;
}

export interface Line {
  /** Grows with each line. */
  position: number;
  kind: string;
  at: string;
  consignment: string | null;
  scan: string | null;
  lane: string | null;
  in_words: string;
  said?: readonly Sentence[];
  disposed: Disposed | null;
}

export interface Listener {
  line: (line: Line) => void;
  /** What happened before this moment is not known: whoever listens asks for everything anew. */
  gap: () => void;
}

export interface Stream {
  connected: Signal<boolean>;
  /** When the connection was lost; null while there is one, and before the first. */
  lostAt: Signal<Date | null>;
  /** When lines were missed that are no longer kept. */
  missedAt: Signal<Date | null>;
  close: () => void;
}

const AGAIN_MS = 3000;
/** The service gives a sign of life every 15 seconds: after three that did not come the connection is dead. */
const SILENT_MS = 45_000;
const LOOK_MS = 5000;

/** Begins with so many `recent` lines, and with none of them after a connection was lost: then with what was missed. */
export function watch(site: string, listener: Listener, recent = 0): Stream {
  const connected = signal(false);
  const lostAt = signal<Date | null>(null);
  const missedAt = signal<Date | null>(null);
  let last: number | null = null;
  let source: EventSource | null = null;
  let heardAt = Date.now();
  let again: ReturnType<typeof setTimeout> | undefined;

  const lose = (at: number) => {
    connected.value = false;
    lostAt.value ??= new Date(at);
  };
  const take = (event: MessageEvent<string>, kind: string) => {
    heardAt = Date.now();
    const position = Number(event.lastEventId);
    if (last !== null && position <= last) return;
    last = position;
    listener.line({ ...(JSON.parse(event.data) as Omit<Line, "position" | "kind">), position, kind });
  };
  const connect = () => {
    const begin = last === null ? `recent=${recent}` : `after=${last}`;
    const opened = new EventSource(`/v1/sites/${encodeURIComponent(site)}/live?${begin}`);
    source = opened;
    heardAt = Date.now();
    opened.addEventListener("open", () => {
      heardAt = Date.now();
      connected.value = true;
      lostAt.value = null;
      if (last === null) listener.gap();
    });
    opened.addEventListener("error", () => {
      lose(Date.now());
      // The browser itself tries a broken connection again; one that was refused it gives up.
      if (opened.readyState === EventSource.CLOSED) again = setTimeout(connect, AGAIN_MS);
    });
    opened.addEventListener("alive", () => {
      heardAt = Date.now();
    });
    opened.addEventListener("lines.missed", (event) => {
      last = Number((event as MessageEvent).lastEventId);
      missedAt.value = new Date();
      listener.gap();
    });
    for (const kind of kinds)
      opened.addEventListener(kind, (event) => take(event as MessageEvent<string>, kind));
  };
  const disconnect = () => {
    clearTimeout(again);
    source?.close();
    source = null;
    connected.value = false;
  };
  // A browser keeps six connections to a service: a page in the background gives its own back, and goes on later.
  const turn = () => {
    if (document.hidden) disconnect();
    else if (!source) connect();
  };
  const looking = setInterval(() => {
    if (source?.readyState === EventSource.CLOSED || !source || Date.now() - heardAt < SILENT_MS) return;
    lose(heardAt);
    disconnect();
    connect();
  }, LOOK_MS);

  if (!document.hidden) connect();
  document.addEventListener("visibilitychange", turn);
  return {
    connected,
    lostAt,
    missedAt,
    close: () => {
      document.removeEventListener("visibilitychange", turn);
      clearInterval(looking);
      disconnect();
    },
  };
}
