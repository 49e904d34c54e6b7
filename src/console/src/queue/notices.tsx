/** What an officer must know of the service before trusting a list: what stopped, what waits, what is not as usual. */
import { useEffect } from "preact/hooks";
import { api, dataOf } from "../api/client";
import type { components } from "../api/schema";
import { signedFetch } from "../api/signed";
import { useLoaded } from "../load";
import { t } from "../text";

const MOST_JOINS = 100;
const LOOK_AGAIN_MS = 60_000;

type Health = components["schemas"]["Health"];

export function Notices() {
  const known = useLoaded(async (signal) => {
    const joins = (state: "proposed" | "open") =>
      api.GET("/v1/joins", { signal, params: { query: { state, limit: MOST_JOINS } } }).then(dataOf);
    const [health, scanners, proposed, open] = await Promise.all([
      signedFetch("/healthz", { signal }).then((answer) => answer.json() as Promise<Health>),
      api.GET("/v1/scanners", { signal }).then(dataOf),
      joins("proposed"),
      joins("open"),
    ]);
    const odd = scanners.scanners.filter((scanner) => scanner.standing === "left");
    return { health, odd, proposed: proposed.joins.length, open: open.joins.length };
  }, []);
  useEffect(() => {
    const looking = window.setInterval(known.again, LOOK_AGAIN_MS);
    return () => window.clearInterval(looking);
  }, []);
  const { health, odd = [], proposed = 0, open = 0 } = known.data ?? {};
  const held = Object.values(health?.outbox ?? {}).reduce((sum, sink) => sum + sink.undeliverable, 0);
  return (
    <div class="notices">
      {health && health.stopped.length > 0 && (
        <p class="loud" role="alert">
          {t("queue.stopped", { parts: health.stopped.join(", ") })}
        </p>
      )}
      {held > 0 && <p class="loud">{t("queue.held", { count: held })}</p>}
      {odd.map((scanner) => (
        <p key={scanner.device}>
          <b>{scanner.device}</b>:{" "}
          {scanner.quantities
            .filter((each) => each.standing === "left")
            .map((each) => each.in_words)
            .join(" ")}
        </p>
      ))}
      {proposed > 0 && (
        <p>
          <a href="/console/joins">
            {t(proposed < MOST_JOINS ? "queue.to_be_joined" : "queue.to_be_joined_many", { count: proposed })}
          </a>
        </p>
      )}
      {open > 0 && (
        <p class="plain">
          <a href="/console/joins?state=open">
            {t(open < MOST_JOINS ? "queue.undeclared" : "queue.undeclared_many", { count: open })}
          </a>
        </p>
      )}
    </div>
  );
}
