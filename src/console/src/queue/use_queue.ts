/** The list as it is on the page: asked for, gone on with, and kept up to date without moving. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { api, dataOf, type Problem, problemOf } from "../api/client";
import type { components } from "../api/schema";
import { asked, type Filters } from "./filters";
import { type Entry, firstPage, type Lines, NO_LINES, withChanges, withPage } from "./lines";
import { type LiveLine, type Stream, useLive } from "./live";

type Queue = components["schemas"]["Queue"];

const PAGE = 60;
const MOST_AT_ONCE = 100; // consignments in one address
const GATHER_MS = 400;
const ASK_AGAIN_MS = 20_000;

export interface QueueOnPage {
  lines: Lines;
  counts: Queue["counts"] | null;
  budget: Queue["budget"];
  toBeWritten: number;
  loading: boolean;
  problem: Problem | null;
  stream: Stream;
  again: () => void;
  more: () => void;
  /** Something happened to these, by this page itself. */
  touch: (consignments: string[]) => void;
}

export function useQueue(filters: Filters): QueueOnPage {
  const key = JSON.stringify(filters);
  const [lines, setLines] = useState<Lines>(NO_LINES);
  const [said, setSaid] = useState<Pick<Queue, "counts" | "budget" | "to_be_written"> | null>(null);
  const [loading, setLoading] = useState(true);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  const current = useRef({ key, lines, filters });
  current.current = { key, lines, filters };

  const ask = useCallback(async (more: { after?: string; consignment?: string[]; limit?: number }) => {
    const query = { ...asked(current.current.filters, new Date()), ...more };
    return dataOf(await api.GET("/v1/queue", { params: { query } })) as Queue;
  }, []);
  const failed = (error: unknown) => setProblem(problemOf(error));

  useEffect(() => {
    let left = false;
    setLoading(true);
    const limit = turn === 0 ? PAGE : Math.min(Math.max(PAGE, current.current.lines.shown.length), 200);
    ask({ limit }).then(
      (found) => {
        if (left) return;
        setLines(firstPage(found.entries, found.next));
        setSaid(found);
        setProblem(null);
        setLoading(false);
      },
      (error: unknown) => {
        if (left) return;
        failed(error);
        setLoading(false);
      },
    );
    return () => {
      left = true;
    };
  }, [key, turn]);

  const waiting = useRef(new Map<string, string | null>());
  const timer = useRef<number | undefined>(undefined);
  const look = useCallback(async () => {
    timer.current = undefined;
    const touched = waiting.current;
    waiting.current = new Map();
    const of = current.current.key;
    try {
      const ids = [...touched.keys()];
      const found: Entry[] = [];
      for (let begin = 0; begin < ids.length || begin === 0; begin += MOST_AT_ONCE) {
        const some = ids.slice(begin, begin + MOST_AT_ONCE);
        const answer = await ask(some.length ? { consignment: some, limit: 200 } : { limit: 1 });
        if (some.length) found.push(...answer.entries);
        if (current.current.key === of) setSaid(answer);
      }
      if (current.current.key !== of) return;
      setLines((before) => withChanges(before, touched, found, current.current.filters.order));
      setProblem(null);
    } catch (error) {
      for (const [id, why] of touched) if (!waiting.current.has(id)) waiting.current.set(id, why);
      failed(error);
    }
  }, []);
  const gather = useCallback(() => {
    timer.current ??= window.setTimeout(() => void look(), GATHER_MS);
  }, []);
  useEffect(() => () => window.clearTimeout(timer.current), []);

  const touch = useCallback((consignments: string[]) => {
    for (const id of consignments) if (!waiting.current.has(id)) waiting.current.set(id, null);
    gather();
  }, []);
  const heard = useCallback((line: LiveLine) => {
    if (line.kind === "lines.missed")
      touch(current.current.lines.shown.map((each) => each.entry.consignment));
    else if (line.consignment) {
      waiting.current.set(line.consignment, line.in_words);
      gather();
    }
  }, []);
  const stream = useLive(filters.site, heard);
  useEffect(() => {
    if (stream === "live") return;
    const asking = window.setInterval(
      () => touch(current.current.lines.shown.map((line) => line.entry.consignment)),
      ASK_AGAIN_MS,
    );
    return () => window.clearInterval(asking);
  }, [stream]);

  const again = useCallback(() => setTurn((last) => last + 1), []);
  const more = useCallback(() => {
    const { lines: shown, key: of } = current.current;
    if (shown.next === null) return;
    ask({ after: shown.next, limit: PAGE }).then((found) => {
      if (current.current.key === of) setLines((before) => withPage(before, found.entries, found.next));
    }, failed);
  }, []);

  return {
    lines,
    counts: said?.counts ?? null,
    budget: said?.budget ?? null,
    toBeWritten: said?.to_be_written ?? 0,
    loading,
    problem,
    stream,
    again,
    more,
    touch,
  };
}
