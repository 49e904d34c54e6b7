/** What is decided of consignments, and taking it back. */
import { useEffect, useRef } from "preact/hooks";
import { api, dataOf } from "../api/client";
import type { components } from "../api/schema";
import "./keys";
import { type Entry, entryOf } from "../outbox/entry";
import type { Outcome } from "../outbox/outbox";
import { onAnswered, post, stoppedOf } from "../outbox/unsent";
import { may } from "../session";
import grounds from "./grounds.json";
import { type BulkAnswer, type BulkSaid, nameOf } from "./left";

export type { BulkAnswer };

export type Step = components["schemas"]["DispositionSaid"]["disposition"];
export type Ground = components["schemas"]["DispositionSaid"]["ground"];
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

/** As it is entered in the dialog. */
export interface Words {
  ground: Ground;
  comment: string;
  contactPoint: string;
  purpose: string;
  until: string;
  look: string;
}

/** What was refused or taken back of this step and one of these consignments. */
export function wordsAgain(step: Step, of: { consignment: string }[]): Words | null {
  const stopped = of.map(({ consignment }) => stoppedOf("disposition", consignment)).find((entry) => entry);
  return saidIn(stopped)?.disposition === step ? (stopped?.draft as Words) : null;
}

const saidIn = (entry: Entry | undefined) => entry?.parts[0]?.body as BulkSaid | undefined;

/** Sends it, now or as soon as that is possible. */
export function dispose(said: BulkSaid & { id: string }, draft: Words): Promise<Outcome> {
  const about = said.consignments.map(({ consignment }) => consignment);
  const parts = [{ url: "/v1/dispositions", body: said }];
  return post(
    entryOf({ id: said.id, kind: "disposition", by: said.by, about, name: nameOf(about), parts, draft }),
  );
}

/** The answer to each disposition that this tab puts on record, at once or when the connection is back. */
export function useAnswers(heard: (answer: BulkAnswer) => void): void {
  const newest = useRef(heard);
  newest.current = heard;
  useEffect(
    () =>
      onAnswered(({ kind }, answer) => {
        if (kind === "disposition") newest.current(answer as BulkAnswer);
      }),
    [],
  );
}

/** What of it is on record; sent again after a lost answer it was there already. */
export const madeIn = ({ answers }: BulkAnswer) => answers.filter(({ outcome }) => outcome !== "refused");

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
