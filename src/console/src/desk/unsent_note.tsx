/** Decisions that are not on record yet: what waits for the connection, and what was refused and why. */
import { t } from "../text";
import type { Unsent } from "./outbox";
import { flush, takeBack, unsent } from "./unsent";

export function UnsentNote() {
  const all = unsent.value;
  if (all.length === 0) return null;
  const refused = all.filter(({ problem }) => problem !== null);
  const waiting = all.filter(({ problem }) => problem === null);
  return (
    <div class="unsent" role="status">
      {waiting.length > 0 && (
        <p>
          <strong>{t("desk.unsent", { count: waiting.length })}</strong> {t("desk.unsent_kept")}{" "}
          <button type="button" class="small" onClick={() => void flush()}>
            {t("desk.send_now")}
          </button>
        </p>
      )}
      <ul class="rows">
        {waiting.map((each) => (
          <Line key={each.id} unsent={each} act={t("desk.take_back")} />
        ))}
        {refused.map((each) => (
          <Line key={each.id} unsent={each} act={t("desk.drop")} />
        ))}
      </ul>
    </div>
  );
}

function Line({ unsent: each, act }: { unsent: Unsent; act: string }) {
  return (
    <li class={each.problem ? "refused" : undefined}>
      <a href={`/console/scans/${each.scan}`}>{each.name}</a> {t(`desk.answer_${each.said.decision}`)},{" "}
      {each.said.by}{" "}
      <button type="button" class="small" onClick={() => void takeBack(each.id)}>
        {act}
      </button>
      {each.problem && (
        <p>
          <strong>{t("desk.refused")}</strong> {each.problem.detail} {each.problem.remedy}
        </p>
      )}
    </li>
  );
}
