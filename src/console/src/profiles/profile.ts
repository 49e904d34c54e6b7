/** A risk profile on the page: what is written, and how its fields are said. */
import type { components } from "../api/schema";
import { number, t, time } from "../text";

export type Profile = components["schemas"]["RiskProfile"];
export type Said = components["schemas"]["RiskProfileSaid"];
export type Stage = Said["stage"];

export const ACTIONS: Record<Stage, Said["action"][]> = {
  before_scan: ["scan", "open", "documents"],
  after_scan: ["open", "second_reading", "documents"],
};

export const BLANK: Said = {
  title: "",
  by: "",
  stage: "before_scan",
  expression: "",
  action: "scan",
  priority: 3,
  valid_from: null,
  valid_to: null,
  sites: [],
  random_share: 1,
  if_undetermined: "select",
  interview: [],
  comment: null,
};

/** What of a profile a person writes, without what is on record of it. */
export function saidOf(profile: Said): Said {
  const said = { ...BLANK };
  for (const field of Object.keys(BLANK) as (keyof Said)[])
    Object.assign(said, { [field]: profile[field] ?? BLANK[field] });
  return said;
}

export const FIELDS = [
  "title",
  "stage",
  "action",
  "priority",
  "random_share",
  "if_undetermined",
  "valid_from",
  "valid_to",
  "sites",
  "interview",
  "comment",
] as const;

/** A field in words. */
export function shownField(profile: Said, field: (typeof FIELDS)[number]): string {
  const value = profile[field];
  if (value === null || value === undefined || value === "") return t("profiles.none");
  if (field === "stage" || field === "action" || field === "if_undetermined")
    return t(`profiles.${field}.${value}`);
  if (field === "random_share") return `${number(100 * Number(value), 1)} %`;
  if (field === "valid_from" || field === "valid_to") return time(String(value));
  if (Array.isArray(value)) return value.length ? value.join("; ") : t(`profiles.no_${field}`);
  return String(value);
}
