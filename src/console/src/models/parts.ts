/** What the pages of the models share: types of the interface, and how figures are written. */
import type { components } from "../api/schema";
import { number, t } from "../text";

type Schemas = components["schemas"];
export type Model = Schemas["Model"];
export type ModelList = Schemas["ModelList"];
export type Rate = Schemas["Rate"];
export type HeldOut = Schemas["HeldOut"];
export type DetectedAt = Schemas["DetectedAt"];
export type Shares = Schemas["Shares"];
export type Bucket = Schemas["Bucket"];
export type Scanner = Schemas["Scanner"];
export type LabelCount = Schemas["LabelCount"];
export type SiteBudgets = Schemas["SiteBudgets"];

export const percent = (share: number | null | undefined, digits = 1): string =>
  share === null || share === undefined ? "–" : `${number(100 * share, digits)} %`;

export const plain = (value: number | null | undefined, digits = 3): string =>
  value === null || value === undefined ? "–" : number(value, digits);

/** A share with its interval and what it rests on, as it is read aloud. */
export function rateInWords(rate: Rate | null | undefined): string {
  if (!rate || rate.rate === null) return t("models.not_measured");
  const values = { rate: percent(rate.rate), low: percent(rate.low), high: percent(rate.high) };
  if (rate.count === null) return t("models.rate_uncounted", values);
  return t("models.rate", { ...values, hits: rate.hits ?? 0, count: rate.count });
}

/** `0.01` as a person reads it: 1 %. */
export const rateName = (rate: string): string => percent(Number(rate));
