/** What of a disposition is not on record though the service answered: each consignment is answered by itself. */
import { problemOf } from "../api/client";
import type { components } from "../api/schema";
import { type Entry, isFinal, type Part } from "../outbox/entry";

export type BulkSaid = components["schemas"]["BulkSaid"];
export type BulkAnswer = components["schemas"]["BulkAnswer"];

const MOST_NAMES = 3;
/** The first of them in words. */
export const nameOf = (consignments: string[]): string =>
  consignments.slice(0, MOST_NAMES).join(", ") + (consignments.length > MOST_NAMES ? " …" : "");

export function leftOf(entry: Entry, said: unknown): Entry | null {
  const { answers } = said as BulkAnswer;
  const refusals = answers.flatMap(({ consignment: of, problem }) => {
    if (!problem) return [];
    return [{ of, problem: problemOf(problem) }];
  });
  const about = refusals.map(({ of }) => of);
  if (about.length === 0) return null;
  const parts = entry.parts.map(({ url, body }): Part => {
    const bulk = body as BulkSaid & { id: string };
    const consignments = bulk.consignments.filter(({ consignment }) => about.includes(consignment));
    return { url, body: { ...bulk, consignments } as Part["body"] };
  });
  const left = { ...entry, about, name: nameOf(about), parts, sent: 0 };
  const later = refusals.find(({ problem }) => !isFinal(problem));
  return later ? { ...left, tried: later.problem } : { ...left, stopped: refusals };
}
