/** A person's seat at a scan: taken while its page is open, kept as long as it is, left when they go. */
import { type Signal, signal } from "@preact/signals";
import { useCallback, useEffect, useMemo } from "preact/hooks";
import { type Problem, problemOf } from "../api/client";
import { may, session } from "../session";
import { claim, isOffline, lookAt, release } from "./asking";
import { hearTime } from "./identity";
import { canChange, untilNext } from "./seat_kept";
import type { DeskScan } from "./types";

export interface Seat {
  id: string;
  scan: Signal<DeskScan | null>;
  problem: Signal<Problem | null>;
  /** Asks anew: the reading of a blind scan after the first decision, or a scan that was taken by somebody else. */
  again: () => Promise<DeskScan | null>;
}

/** Takes the scan where this person may read it; else only looks at it. */
export function useSeat(id: string): Seat {
  const person = session.value?.person ?? "";
  const seat = useMemo(
    () => ({ id, scan: signal<DeskScan | null>(null), problem: signal<Problem | null>(null) }),
    [id],
  );
  const again = useCallback(async () => {
    try {
      const found = may("operator") ? await take(id, person) : await lookAt(id, person);
      hearTime(found.server_time);
      seat.scan.value = found;
      seat.problem.value = null;
      return found;
    } catch (error) {
      seat.problem.value = problemOf(error);
      return null;
    }
  }, [id, person, seat]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const keep = async () => {
      const before = seat.scan.value;
      if (!before || canChange(before, person)) await again();
      if (!gone) timer = setTimeout(keep, untilNext(seat.scan.value, person));
    };
    const leave = () => {
      if (seat.scan.value && seat.scan.value.claim?.by === person) release(id, person);
    };
    void keep();
    window.addEventListener("pagehide", leave);
    return () => {
      gone = true;
      clearTimeout(timer);
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, [again, id, person, seat]);
  return useMemo(() => ({ ...seat, again }), [seat, again]);
}

/** The scan, taken; as it can be looked at where it cannot be taken. */
async function take(id: string, person: string): Promise<DeskScan> {
  const found = await lookAt(id, person);
  if (found.reader === null) return found;
  try {
    return await claim(id, person);
  } catch (error) {
    const problem = problemOf(error);
    if (isOffline(problem)) return found;
    return lookAt(id, person);
  }
}
