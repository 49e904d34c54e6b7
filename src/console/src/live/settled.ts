/** Work that follows lines which may come faster than it is done: once after many, and never twice at a time. */
export interface Settled {
  /** Have it done soon; what comes before it begins is done with it, what comes while it runs once after it. */
  soon: () => void;
  end: () => void;
}

export function settled(work: () => Promise<unknown>, afterMs: number): Settled {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let wanted = false;
  let ended = false;
  const soon = () => {
    wanted = true;
    if (!running && !ended) timer ??= setTimeout(run, afterMs);
  };
  const run = async () => {
    timer = undefined;
    wanted = false;
    running = true;
    try {
      await work();
    } finally {
      running = false;
      if (wanted) soon();
    }
  };
  return {
    soon,
    end: () => {
      ended = true;
      clearTimeout(timer);
    },
  };
}
