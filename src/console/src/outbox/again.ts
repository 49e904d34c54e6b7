/** Tries again what could not be done, after pauses that grow. */

const FIRST_MS = 2_000;
const MOST_MS = 60_000;

/** `pass` says whether something still waits. `now` tries at once, `soon` in a moment; both begin with short pauses. */
export function trying(pass: () => Promise<boolean>): { now: () => Promise<void>; soon: () => void } {
  let pause_ms = FIRST_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = async () => {
    const more = await pass().catch(() => true);
    if (more) wait();
    else clearTimeout(timer);
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(again, pause_ms);
    pause_ms = Math.min(2 * pause_ms, MOST_MS);
  };
  return {
    now: () => {
      pause_ms = FIRST_MS;
      return again();
    },
    soon: () => {
      pause_ms = FIRST_MS;
      wait();
    },
  };
}
