/** How full the house is: what waits to be read and for how long, and, as a failure, that no more is let in. */
import { useEffect } from "preact/hooks";
import { api, dataOf } from "../api/client";
import { useLoaded } from "../load";
import { duration } from "../plots/series";
import { t } from "../text";
import "./intake.css";

const AGAIN_MS = 10_000;

export function IntakeNote() {
  const intake = useLoaded((signal) => api.GET("/v1/intake", { signal }).then(dataOf), []);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || intake.again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [intake.again]);
  const state = intake.data;
  if (!state) return null;
  const free = Math.round(state.free_megabytes);
  const stops = state.paused
    ? t(`intake.paused_${state.paused}`, { free })
    : state.disk === "ok"
      ? null
      : t("intake.disk_low", { free });
  if (!stops && state.waiting_scans === 0) return null;
  return (
    <section class={stops ? "intake state problem" : "intake"} role="status" aria-label={t("intake.title")}>
      {stops && <strong>{stops}</strong>}
      {state.waiting_scans > 0 && (
        <span>
          {t("intake.waiting", { count: state.waiting_scans })},{" "}
          {state.seconds_expected === null
            ? t("intake.expected_unknown")
            : t("intake.expected", { time: duration(state.seconds_expected) })}
        </span>
      )}
    </section>
  );
}
