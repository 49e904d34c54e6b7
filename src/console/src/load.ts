/** Loading what a page shows, with its three states: waiting, wrong, here. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { type Problem, problemOf } from "./api/client";

export interface Loaded<Data> {
  data: Data | null;
  problem: Problem | null;
  again: () => void;
}

/** Runs `load` at first and whenever `of` changes. What was there stays on the page while it is asked for again. */
export function useLoaded<Data>(
  load: (signal: AbortSignal) => Promise<Data>,
  of: readonly unknown[],
): Loaded<Data> {
  const [data, setData] = useState<Data | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    load(controller.signal).then(
      (found) => {
        if (controller.signal.aborted) return;
        setData(found);
        setProblem(null);
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        setProblem(problemOf(error));
      },
    );
    return () => controller.abort();
  }, [...of, turn]);
  const again = useCallback(() => setTurn((last) => last + 1), []);
  return { data, problem, again };
}
