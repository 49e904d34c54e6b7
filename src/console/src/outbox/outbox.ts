/** What people said, on its way to the service: kept in this browser until it is on record, and put there once.
 *
 * Of several tabs one sends at a time, and an entry that is being sent cannot be taken back before it is known what came
 * of it. What is lost on the way is sent again under the same id, which the service knows.
 */
import { OFFLINE, type Problem } from "../api/client";
import type { Alone } from "./alone";
import { type Entry, isFinal, type Kinds, type Part, type Refusal, waits } from "./entry";
import type { Shelf } from "./shelf";

/** Gives the service's answer; throws its `Problem`. */
export type Send = (part: Part) => Promise<unknown>;

/** `answer` is null where another tab heard it. */
export type Outcome = { answer: unknown } | { refused: Refusal[] } | { waits: Problem | null };

interface With {
  shelf: Shelf;
  kinds: Kinds;
  send: Send;
  /** Who works here: only what they said is sent. */
  person: () => string | null;
  /** What the browser knows. A service on the same machine is reached without a network too. */
  online: () => boolean;
  alone: Alone;
  changed: () => void;
  answered: (entry: Entry, answer: unknown) => void;
}

/** With these nothing else is taken now either. */
const DOWN = [OFFLINE, 401, 408, 429, 502, 503, 504];
/** After these nobody knows whether it is on record all the same. */
const UNSURE = [OFFLINE, 408, 500, 502, 504];
const CONFLICT = 409;
const lockOf = (id: string): string => `tallyscan.unsent ${id}`;

export class Outbox {
  constructor(private readonly on: With) {}

  /** Keeps it first, then sends it. What was refused or taken back of the same is replaced by it. */
  async post(entry: Entry): Promise<Outcome> {
    this.put(entry);
    this.replaceBy(entry);
    const heard = (await this.sendAll()).get(entry.id);
    if (heard) return heard;
    const left = this.on.shelf.get(entry.id); // another pass sent it, or this one did not get there
    if (!left) return { answer: null };
    return left.stopped?.length ? { refused: left.stopped } : { waits: left.tried };
  }

  /** Sends all that waits of this person, oldest first. What cannot be sent now holds back what is about the same. */
  sendAll(): Promise<Map<string, Outcome>> {
    return this.on.alone("tallyscan.unsent", async () => {
      const outcomes = new Map<string, Outcome>();
      const heldBack = new Set<string>();
      const mine = this.on.shelf.all().filter((entry) => waits(entry) && entry.by === this.on.person());
      for (const { id, about } of mine) {
        if (about.some((each) => heldBack.has(each))) continue;
        const outcome = await this.on.alone(lockOf(id), () => this.attempt(id));
        if (outcome) outcomes.set(id, outcome);
        if (!outcome || !("waits" in outcome)) continue;
        if (!outcome.waits || DOWN.includes(outcome.waits.status)) break;
        for (const each of about) heldBack.add(each);
      }
      return outcomes;
    });
  }

  /** Sends it no more, and its form has it again: what it was, as it stood. Null: it is on record. */
  takeBack(id: string): Promise<Entry | null> {
    return this.on.alone(lockOf(id), async () => {
      const entry = this.on.shelf.get(id);
      if (entry && waits(entry)) this.put({ ...entry, stopped: [] });
      return entry ?? null;
    });
  }

  /** Forgets what was refused or taken back. */
  discard(id: string): void {
    this.on.shelf.remove(id);
    this.on.changed();
  }

  private async attempt(id: string): Promise<Outcome | null> {
    let entry = this.on.shelf.get(id);
    if (!entry || !waits(entry)) return null;
    for (;;) {
      const part = entry.parts[entry.sent];
      if (!part || this.on.person() !== entry.by) return { waits: null };
      const left = this.on.online();
      let answer: unknown;
      try {
        answer = await this.on.send(part);
      } catch (error) {
        try {
          entry = await this.corrected(entry, part, error as Problem);
          continue;
        } catch (problem) {
          return this.failed(entry, problem as Problem, left);
        }
      }
      entry = { ...entry, sent: entry.sent + 1 };
      if (entry.sent < entry.parts.length) this.put(entry);
      else return this.settled(entry, answer);
    }
  }

  /** With what is sent instead of a part that was refused; throws the problem where nothing is. */
  private async corrected(entry: Entry, part: Part, refusal: Problem): Promise<Entry> {
    if (refusal.status !== CONFLICT) throw refusal;
    const instead = await this.on.kinds[entry.kind].corrected?.(entry, part);
    if (!instead) throw refusal;
    const parts = entry.parts.map((each) => (each === part ? instead : each));
    const changed = { ...entry, parts };
    this.put(changed);
    return changed;
  }

  /** `left`: there was a network when it was sent. Where there was none, it surely did not arrive. */
  private failed(entry: Entry, problem: Problem, left: boolean): Outcome {
    if (!isFinal(problem)) {
      const lost = UNSURE.includes(problem.status) && (left || problem.status !== OFFLINE);
      this.put({ ...entry, tried: problem, unsure: entry.unsure || lost });
      return { waits: problem };
    }
    const refused = [{ of: null, problem }];
    this.put({ ...entry, stopped: refused });
    return { refused };
  }

  private settled(entry: Entry, answer: unknown): Outcome {
    const left = this.on.kinds[entry.kind].left?.(entry, answer) ?? null;
    if (left) this.on.shelf.put(left);
    else this.on.shelf.remove(entry.id);
    this.on.changed();
    this.on.answered(entry, answer);
    return { answer };
  }

  private replaceBy({ id, kind, by, about }: Entry): void {
    for (const old of this.on.shelf.all()) {
      if (!old.stopped || old.id === id || old.kind !== kind || old.by !== by) continue;
      const left = old.about.filter((each) => !about.includes(each));
      const stopped = old.stopped.filter(({ of }) => of === null || left.includes(of));
      if (left.length === 0) this.discard(old.id);
      else if (left.length < old.about.length) this.put({ ...old, about: left, stopped });
    }
  }

  private put(entry: Entry): void {
    this.on.shelf.put(entry);
    this.on.changed();
  }
}
