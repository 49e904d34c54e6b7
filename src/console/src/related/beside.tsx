/** A scan and one to compare it with, one above the other, where no viewer is needed: the pictures of their reports. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, dataOf } from "../api/client";
import { useLoaded } from "../load";
import { Shown } from "../parts/states";
import { t, time } from "../text";
import type { ViewerHandle } from "../viewer/handle";
import { RelatedScans } from "./related_scans";

export function BesideScan({ scan }: { scan: string }) {
  const compareWith = useSignal<ViewerHandle["compareWith"]["value"]>(null);
  const blind = useSignal(false);
  const compared = compareWith.value;
  const other = compared !== null && compared !== "expected" ? compared.scan : null;
  useEffect(() => {
    document.title = `${t("related.title")} · Tallyscan`;
  });
  return (
    <div class="beside-page">
      <h1>{t("related.title")}</h1>
      <div class="pictures">
        <Picture key={scan} scan={scan} />
        {other ? <Picture key={other} scan={other} /> : <p class="state">{t("related.choose_one")}</p>}
      </div>
      <RelatedScans scan={scan} handle={{ compareWith, blind }} />
    </div>
  );
}

function Picture({ scan }: { scan: string }) {
  const loaded = useLoaded(
    async (signal) =>
      dataOf(await api.GET("/v1/scans/{scan_id}", { signal, params: { path: { scan_id: scan } } })),
    [scan],
  );
  return (
    <Shown of={loaded}>
      {(found) => (
        <figure>
          <figcaption>
            <a href={`/console/scans/${found.id}`}>{found.name}</a>{" "}
            <time dateTime={found.received_at}>{time(found.acquired_at ?? found.received_at)}</time>
          </figcaption>
          {found.links.picture ? (
            <img src={found.links.picture} alt={t("related.picture_of", { name: found.name })} />
          ) : (
            <p class="no-picture">{t("related.no_picture")}</p>
          )}
        </figure>
      )}
    </Shown>
  );
}
