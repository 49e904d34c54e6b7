/** What the shift of the site can look at, and what of it is done. */
import type { components } from "../api/schema";
import { hour } from "../live/clock";
import { t } from "../text";

type ShiftBudget = components["schemas"]["ShiftBudget"];

export function Budget({ budget }: { budget: ShiftBudget | null }) {
  if (!budget) return null;
  const { of, shift, ends_at, budget: most, done, waiting } = budget;
  return (
    <p class="budget">
      <b>{t("queue.shift", { shift, until: hour(ends_at, Date.now()) })}</b>
      <meter min={0} max={Math.max(most, done, 1)} value={done} aria-label={t(`queue.budget_${of}`)} />
      {t("queue.budget", { done, most })} {t(`queue.budget_${of}`)}, {t("queue.budget_waiting", { waiting })}
    </p>
  );
}
