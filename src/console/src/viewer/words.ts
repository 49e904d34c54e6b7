/** What regions are called, and how sure they are, in words. */
import { sureness } from "../parts/sureness";
import { number, t, word } from "../text";
import type { Finding, Region } from "./regions";

export const scoreText = (score: number): string => number(score, 2);

export const family = (kind: string): string => word("families", kind);

export function regionText({ id, finding, unit, verdict }: Region): string {
  if (verdict) return word("rules", verdict.rule);
  if (finding)
    return `${id} ${family(finding.kind)} · ${sureness(finding.score)} ${scoreText(finding.score)}`;
  const mark = unit?.number ?? unit?.plate;
  return `${word("unit_kinds", unit?.kind ?? "unknown")} ${unit?.unit ?? ""}${mark ? ` · ${mark}` : ""}`;
}

/** The physical evidence of a finding, a line each; what is not known is left out. */
export function evidence(finding: Finding): { name: string; value: string }[] {
  const lines: [string, string | null][] = [
    [t("viewer.added_density"), grams(finding.areal_density_g_cm2)],
    [t("viewer.expected_excess"), grams(finding.expected_excess_g_cm2)],
    [t("viewer.contrast"), finding.contrast_to_noise === null ? null : number(finding.contrast_to_noise, 1)],
    [
      t("viewer.mass"),
      finding.mass_kg === null
        ? null
        : t("viewer.kg", { mass: number(finding.mass_kg, finding.mass_kg < 10 ? 1 : 0) }),
    ],
    [
      t("viewer.length"),
      finding.length_mm ? t("viewer.length_mm", { length: number(finding.length_mm.estimate) }) : null,
    ],
  ];
  return lines.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

const grams = (value: number | null | undefined): string | null =>
  value === null || value === undefined ? null : t("viewer.g_cm2", { value: number(value, 1) });
