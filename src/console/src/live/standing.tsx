/** Whether a page shows what is so now: live, or since when not. */
import { t } from "../text";
import { clock } from "./clock";
import "./live.css";
import type { Stream } from "./stream";

export function Standing({ stream }: { stream: Stream }) {
  const lost = stream.lostAt.value;
  const missed = stream.missedAt.value;
  return (
    <span class="live-standing" role="status">
      {lost ? (
        <strong class="lost">{t("live.lost", { since: clock(lost) })}</strong>
      ) : (
        <span class={stream.connected.value ? "live" : undefined}>
          {t(stream.connected.value ? "live.live" : "live.connecting")}
        </span>
      )}
      {missed && (
        <span class="missed">
          {t("live.missed", { at: clock(missed) })}{" "}
          <button
            type="button"
            onClick={() => {
              stream.missedAt.value = null;
            }}
          >
            {t("live.seen")}
          </button>
        </span>
      )}
    </span>
  );
}
