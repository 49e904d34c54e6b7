/** What verdicts say of one goods item, by its number: a verdict is of a cargo unit and names the items that it means. */
import { partsOf, type Sentence } from "../wording";
import type { Verdict } from "./case";

export interface SaidOfItem {
  rule: string;
  outcome: Verdict["outcome"];
  /** A code of the rule's own (`seen`, `not_seen`), or words. */
  sight?: string;
  words?: string;
  said?: readonly Sentence[] | undefined;
}

const OUTCOME_OF_SIGHT: Record<string, Verdict["outcome"]> = { seen: "agrees", not_seen: "differs" };

export function saidOfItem(verdicts: Verdict[], item: number): SaidOfItem[] {
  return verdicts.flatMap((verdict) => [
    ...sights(verdict, item),
    ...faults(verdict, item, "differs", ["faults", "contradictions"]),
    ...silences(verdict, item, ["without_meaning", "not_compared"]),
  ]);
}

/** What is said of the goods of a unit as a whole, for items that nothing is said of: each sentence once. */
export function saidOfGoods(verdicts: Verdict[]): SaidOfItem[] {
  const said = verdicts.filter(
    ({ rule, evidence }) => rule === "commodity" && !Array.isArray(evidence?.items),
  );
  const once = new Map(said.map((verdict) => [verdict.reason, verdict]));
  return [...once.values()].map(({ rule, outcome, reason, said }) => ({
    rule,
    outcome,
    words: reason,
    said,
  }));
}

function sights({ rule, evidence }: Verdict, item: number): SaidOfItem[] {
  const items = evidence?.items;
  if (!Array.isArray(items)) return [];
  return items
    .filter((each): each is { item: number; sight: string } => each?.item === item && Boolean(each.sight))
    .map(({ sight }) => ({ rule, sight, outcome: OUTCOME_OF_SIGHT[sight] ?? "undetermined" }));
}

/** The part of a reason that is about one item. */
const saidOf = (verdict: Verdict, item: number) =>
  partsOf(verdict.said).filter(
    ({ template, values }) => template.startsWith("item {number}") && values?.number === item,
  );

function faults(verdict: Verdict, item: number, outcome: Verdict["outcome"], fields: string[]): SaidOfItem[] {
  const { rule, evidence } = verdict;
  return fields.flatMap((field) => {
    const named = evidence?.[field];
    const words =
      named && typeof named === "object" && !Array.isArray(named)
        ? (named as Record<string, string>)[`item ${item}`]
        : undefined;
    return words ? [{ rule, outcome, words, said: saidOf(verdict, item) }] : [];
  });
}

function silences(verdict: Verdict, item: number, fields: string[]): SaidOfItem[] {
  const { rule, evidence } = verdict;
  return fields.flatMap((field) => {
    const said = evidence?.[field];
    if (!Array.isArray(said)) return [];
    return said
      .filter((each): each is string => typeof each === "string" && each.startsWith(`item ${item} `))
      .map((each) => ({
        rule,
        outcome: "undetermined" as const,
        words: each.slice(`item ${item} `.length),
        said: saidOf(verdict, item),
      }));
  });
}
