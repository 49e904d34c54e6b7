/** Tries again what could not be done, after pauses that grow. */

const FIRST_MS = 2_000;
const MOST_MS = 60_000;

interface Trying {
  now: () => Promise<void>;
  soon: () => void;
  begin: () => void;
}

/** `pass` says whether something still waits. `now` tries at once, `soon` in a moment; both begin with short pauses.
 * `begin` is `soon` where it is not being tried already, and leaves the pauses as long as they have grown. */
export function trying(pass: () => Promise<boolean>): Trying {
  let pause_ms = FIRST_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = async () => {
    const more = await pass().catch(() => true);
    if (more) wait();
    else stop();
  };
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(again, pause_ms);
    pause_ms = Math.min(2 * pause_ms, MOST_MS);
  };
  const soon = () => {
    pause_ms = FIRST_MS;
    wait();
  };
  return {
    now: () => {
      pause_ms = FIRST_MS;
      return again();
    },
    soon,
    begin: () => {
      if (timer === undefined) soon();
    },
  };
}
