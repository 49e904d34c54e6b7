/** Where what was sent stands: kept here, refused with the reason, or on record. */
import { t } from "../text";
import { keepsNothing, sendAll, throwAway, type Unsent } from "./unsent";

export function Arrived({ waiting }: { waiting: Unsent[] }) {
  if (waiting.length === 0)
    return (
      <p class="arrived" role="status">
        {t("control.sent")}
      </p>
    );
  return (
    <>
      {waiting.map((entry) =>
        entry.refused ? (
          <div class="state problem" role="alert" key={entry.id}>
            <p>{t("control.refused", { detail: entry.refused.detail || entry.refused.title })}</p>
            {entry.refused.remedy && <p>{entry.refused.remedy}</p>}
            <button type="button" onClick={() => void throwAway(entry.id)}>
              {t("control.discard")}
            </button>
          </div>
        ) : (
          <div class="kept" role="status" key={entry.id}>
            <p>{t(keepsNothing.value ? "control.not_kept" : "control.kept")}</p>
            <button type="button" onClick={() => void sendAll()}>
              {t("common.try_again")}
            </button>
          </div>
        ),
      )}
    </>
  );
}
