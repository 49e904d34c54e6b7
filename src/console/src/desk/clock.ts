/** The time that a scan was on the screen; it stands still while another tab or window is looked at. */
import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

export class Clock {
  private since_ms: number | null = null;
  private before_ms: number;

  constructor(
    seconds: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.before_ms = seconds * 1000;
  }

  run(): void {
    this.since_ms ??= this.now();
  }

  stop(): void {
    this.before_ms += this.elapsed();
    this.since_ms = null;
  }

  get seconds(): number {
    return (this.before_ms + this.elapsed()) / 1000;
  }

  private elapsed(): number {
    return this.since_ms === null ? 0 : this.now() - this.since_ms;
  }
}

/** A clock that goes on from so many seconds, with a signal of the whole seconds for whoever shows it. */
export function useClock(from: number): { clock: Clock; shown: Signal<number> } {
  const [clock, shown] = useMemo(() => [new Clock(from), signal(Math.floor(from))] as const, []);
  useEffect(() => {
    const look = () => {
      if (document.hidden) clock.stop();
      else clock.run();
      shown.value = Math.floor(clock.seconds);
    };
    look();
    const timer = setInterval(look, 500);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [clock, shown]);
  return { clock, shown };
}

export const minutes = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
