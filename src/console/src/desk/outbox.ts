/** Decisions on their way to the service: kept in this browser until the service has them on record, sent once.
 *
 * Each has an id of its own, made here. The service knows it by that, so that sending again after a lost answer, from
 * this tab or another one, puts nothing on record twice.
 */
import type { Problem } from "../api/client";
import type { Decision, DecisionSaid } from "./types";

/** A decision that the service has not confirmed. `problem`: it was refused, and a person has to look. */
export interface Unsent {
  id: string;
  scan: string;
  name: string;
  said: DecisionSaid & { id: string };
  problem: Problem | null;
}

/** Where they are kept. */
export interface Shelf {
  all(): Promise<Unsent[]>;
  put(unsent: Unsent): Promise<void>;
  remove(id: string): Promise<void>;
}

/** Sends one; throws its `Problem`. */
export type Send = (unsent: Unsent) => Promise<Decision>;

export type Sent = { decision: Decision } | { problem: Problem } | { waits: true };

/** Only these are the decision's own fault; with any other answer it is tried again. */
const REFUSED = new Set([400, 403, 404, 409, 413, 422]);

export class Outbox {
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly shelf: Shelf,
    private readonly send: Send,
    private readonly changed: (all: Unsent[]) => void,
  ) {}

  /** Keeps it first, then sends it; what happens to the page after it is kept does no harm. */
  async post(unsent: Unsent, by: string): Promise<Sent> {
    await this.shelf.put(unsent);
    await this.tell();
    const outcomes = await this.flush(by);
    return outcomes.get(unsent.id) ?? { waits: true };
  }

  /** Sends all of this person's that wait, oldest first, until one cannot be sent now. One pass at a time. */
  flush(by: string): Promise<Map<string, Sent>> {
    const next = this.turn.then(() => this.pass(by));
    this.turn = next.catch(() => undefined);
    return next;
  }

  /** Takes one back before it was sent, or drops one that was refused. False: it is not here any more. */
  async drop(id: string): Promise<boolean> {
    const next = this.turn.then(async () => {
      const here = (await this.shelf.all()).some((each) => each.id === id);
      if (here) await this.shelf.remove(id);
      await this.tell();
      return here;
    });
    this.turn = next.catch(() => undefined);
    return next;
  }

  async tell(): Promise<void> {
    this.changed(inOrder(await this.shelf.all()));
  }

  private async pass(by: string): Promise<Map<string, Sent>> {
    const outcomes = new Map<string, Sent>();
    const waiting = inOrder(await this.shelf.all()).filter((each) => !each.problem && each.said.by === by);
    for (const unsent of waiting) {
      const outcome = await this.attempt(unsent);
      outcomes.set(unsent.id, outcome);
      if ("waits" in outcome) break;
    }
    await this.tell();
    return outcomes;
  }

  private async attempt(unsent: Unsent): Promise<Sent> {
    try {
      const decision = await this.send(unsent);
      await this.shelf.remove(unsent.id);
      return { decision };
    } catch (error) {
      const problem = error as Problem;
      if (!REFUSED.has(problem.status)) return { waits: true };
      await this.shelf.put({ ...unsent, problem });
      return { problem };
    }
  }
}

const inOrder = (all: Unsent[]): Unsent[] =>
  [...all].sort((a, b) => String(a.said.at).localeCompare(String(b.said.at)));
