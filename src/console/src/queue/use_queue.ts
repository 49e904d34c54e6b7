/** The list as it is on the page: asked for, gone on with, and kept up to date without moving. */
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { api, dataOf, type Problem, problemOf } from "../api/client";
import type { components } from "../api/schema";
import { saidIn } from "../live/said";
import { settled } from "../live/settled";
import type { Line, Stream } from "../live/stream";
import { useLive } from "../live/use_live";
import { asked, type Filters } from "./filters";
import { firstPage, type Lines, NO_LINES, withChanges, withPage } from "./lines";

type Queue = components["schemas"]["Queue"];

const PAGE = 60;
const MOST_AT_ONCE = 100; // consignments in one address
const GATHER_MS = 400;
const ASK_AGAIN_MS = 20_000;
const AFTER_FAILURE_MS = 2000;

export interface QueueOnPage {
  lines: Lines;
  counts: Queue["counts"] | null;
  budget: Queue["budget"];
  toBeWritten: number;
  loading: boolean;
  problem: Problem | null;
  /** Null where no site is chosen: then it asks again from time to time. */
  stream: Stream | null;
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
  const all = useRef(false);
  const look = useCallback(async () => {
    const touched = waiting.current;
    const isAll = all.current;
    waiting.current = new Map();
    all.current = false;
    const of = current.current.key;
    const shown = current.current.lines.shown;
    try {
      const first = await ask({ limit: isAll ? Math.min(Math.max(PAGE, shown.length), 200) : 1 });
      const found = isAll ? first.entries : [];
      if (isAll)
        for (const entry of [...first.entries, ...shown.map((line) => line.entry)])
          if (!touched.has(entry.consignment)) touched.set(entry.consignment, null);
      const known = new Set(found.map((entry) => entry.consignment));
      const ids = [...touched.keys()].filter((id) => !known.has(id));
      for (let begin = 0; begin < ids.length; begin += MOST_AT_ONCE) {
        const some = ids.slice(begin, begin + MOST_AT_ONCE);
        found.push(...(await ask({ consignment: some, limit: 200 })).entries);
      }
      if (current.current.key !== of) return;
      setSaid(first);
      setLines((before) => withChanges(before, touched, found, current.current.filters.order));
      setProblem(null);
    } catch (error) {
      for (const [id, why] of touched) if (!waiting.current.has(id)) waiting.current.set(id, why);
      all.current ||= isAll;
      failed(error);
      setTimeout(looking.soon, AFTER_FAILURE_MS);
    }
  }, []);
  const looking = useMemo(() => settled(look, GATHER_MS), []);
  useEffect(() => looking.end, []);

  const touch = useCallback((consignments: string[]) => {
    for (const id of consignments) if (!waiting.current.has(id)) waiting.current.set(id, null);
    looking.soon();
  }, []);
  const lookAtAll = useCallback(() => {
    all.current = true;
    looking.soon();
  }, []);
  const line = useCallback((said: Line) => {
    if (!said.consignment) return;
    waiting.current.set(said.consignment, saidIn(said));
    looking.soon();
  }, []);
  const stream = useLive(filters.site, { line, gap: lookAtAll });
  const isLive = stream?.connected.value ?? false;
  useEffect(() => {
    if (isLive) {
      looking.soon(); // what could not be asked for while there was no connection
      return;
    }
    const asking = window.setInterval(lookAtAll, ASK_AGAIN_MS);
    return () => window.clearInterval(asking);
  }, [isLive]);

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
