/** Loading what a page shows, with its three states: waiting, wrong, here. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type Problem, problemOf } from "./api/client";

export interface Loaded<Data> {
  data: Data | null;
  problem: Problem | null;
  /** Done when it is here, or what went wrong is. */
  again: () => Promise<void>;
}

/** Runs `load` at first and whenever `of` changes. What was there stays on the page while it is asked for again. */
export function useLoaded<Data>(
  load: (signal: AbortSignal) => Promise<Data>,
  of: readonly unknown[],
): Loaded<Data> {
  const [data, setData] = useState<Data | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const newest = useRef(load);
  newest.current = load;
  const running = useRef<AbortController | null>(null);
  const again = useCallback(async () => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    try {
      const found = await newest.current(controller.signal);
      if (controller.signal.aborted) return;
      setData(found);
      setProblem(null);
    } catch (error) {
      if (!controller.signal.aborted) setProblem(problemOf(error));
    }
  }, []);
  useEffect(() => {
    void again();
    return () => running.current?.abort();
  }, [...of]);
  return { data, problem, again };
}
