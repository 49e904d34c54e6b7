/** A probability in words; the number stands beside it. */
import { t } from "../text";

export function sureness(score: number): string {
  if (score >= 0.95) return t("sureness.almost");
  if (score >= 0.8) return t("sureness.very");
  if (score >= 0.6) return t("sureness.likely");
  return t("sureness.possible");
}
