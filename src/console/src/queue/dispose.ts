/** Sending what was decided. It has its id from the beginning, so that it is on record once however often it is sent. */
import { api, dataOf, OFFLINE, type Problem, problemOf } from "../api/client";
import type { components } from "../api/schema";
import "./keys";
import { may } from "../session";
import grounds from "./grounds.json";

export type Step = components["schemas"]["DispositionSaid"]["disposition"];
export type Ground = components["schemas"]["DispositionSaid"]["ground"];
type BulkSaid = components["schemas"]["BulkSaid"];
export type BulkAnswer = components["schemas"]["BulkAnswer"];
export type Place = components["schemas"]["PlaceToLook"];
export type Lanes = Partial<Record<string, number>>;

export const STEPS: Step[] = ["open", "second_reading", "rescan", "refer", "release"];
export const GROUNDS = grounds as Record<Step, Ground[]>;
export const UNDO_SECONDS = 10;

/** Whether the person may decide what is done with consignments; the service refuses it to others anyway. */
export const mayDispose = (): boolean => may("targeting_officer");

/** What needs words: the service refuses it without them. */
export const needsWords = (step: Step, ground: Ground): boolean =>
  ground === "other" ||
  (step === "release" && ["explained", "red_unopened", "not_assessed"].includes(ground));

const UNSENT_KEY = "tallyscan.dispositions.unsent";

/** What could not be sent when the connection was lost, kept until it is sent or thrown away. */
export function unsent(): BulkSaid[] {
  try {
    return JSON.parse(localStorage.getItem(UNSENT_KEY) ?? "[]") as BulkSaid[];
  } catch {
    return [];
  }
}

export function forget(id: string): void {
  const kept = unsent().filter((said) => said.id !== id);
  localStorage.setItem(UNSENT_KEY, JSON.stringify(kept));
}

function keep(said: BulkSaid): void {
  const others = unsent().filter((each) => each.id !== said.id);
  localStorage.setItem(UNSENT_KEY, JSON.stringify([...others, said]));
}

/** Puts it on record. Throws its `Problem`; what was not sent for want of a connection is kept. */
export async function dispose(said: BulkSaid): Promise<BulkAnswer> {
  keep(said);
  try {
    const answer = dataOf(await api.POST("/v1/dispositions", { body: said })) as BulkAnswer;
    forget(said.id ?? "");
    return answer;
  } catch (error) {
    const problem: Problem = problemOf(error);
    if (problem.status !== OFFLINE) forget(said.id ?? "");
    throw problem;
  }
}

export async function takeBack(ids: string[], by: string) {
  const body = { by, dispositions: ids };
  return dataOf(await api.POST("/v1/dispositions/undo", { body }));
}

/** How many of each lane there are, for the question that is asked before many are decided on. */
export function lanesOf(entries: { lane: string }[]): Lanes {
  const lanes: Lanes = {};
  for (const { lane } of entries) lanes[lane] = (lanes[lane] ?? 0) + 1;
  return lanes;
}
