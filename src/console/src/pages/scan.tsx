/** A scan: its image, and beside it what the reading says. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useRoute } from "preact-iso";
import { type Loaded, useLoaded } from "../load";
import { Shown } from "../parts/states";
import { viewerHandle } from "../viewer/handle";
import { following, prefetch } from "../viewer/prefetch";
import { Reasons } from "../viewer/reasons";
import { loadScan, type ScanDocument } from "../viewer/regions";
import { loadSeen, ScanViewer, type Seen } from "../viewer/scan_viewer";
import "./scan.css";

/** How long until a scan that waits for its reading is looked at again. */
const AGAIN_MS = 2000;

export default function ScanPage() {
  const { params, query } = useRoute();
  const id = params.id ?? "";
  const loaded = useLoaded((signal) => loadScan(id, signal), [id]);
  const seen = useLoaded((signal) => loadSeen(id, signal), [id]);
  const revision = loaded.data?.id === id ? loaded.data.revision : null;
  const known = useRef<number | null>(null);
  useEffect(() => {
    if (known.current !== null && revision !== null && known.current !== revision) seen.again();
    known.current = revision;
  }, [revision, seen.again]);
  useEffect(() => {
    if (loaded.data?.status !== null) return;
    const timer = setTimeout(loaded.again, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [loaded]);
  return (
    <Shown of={loaded}>
      {(scan) =>
        scan.id === id && <Scan key={id} scan={scan} seen={seen} list={query.list} beside={query.with} />
      }
    </Shown>
  );
}

/** `list` names the scans of the list from which this one was opened, `beside` one to compare it with. */
function Scan({
  scan,
  seen,
  list,
  beside,
}: {
  scan: ScanDocument;
  seen: Loaded<Seen>;
  list?: string | undefined;
  beside?: string | undefined;
}) {
  const handle = useMemo(viewerHandle, []);
  const document = useSignal(scan);
  document.value = scan;
  useEffect(() => {
    if (beside) handle.compareWith.value = { scan: beside };
  }, [beside, handle]);
  useEffect(() => {
    window.document.title = `${scan.name} · Tallyscan`;
  }, [scan.name]);
  const stopped = useMemo(() => new AbortController(), []);
  useEffect(() => () => stopped.abort(), [stopped]);
  useSignalEffect(() => {
    // Nobody clicks on what cannot be seen: with the regions hidden their reasons stay in the list alone.
    if (handle.blind.value) handle.shown.value = null;
  });
  return (
    <div class="scan-page">
      <ScanViewer
        scan={document}
        seen={seen}
        handle={handle}
        onDrawn={() => void prefetch(following(list, scan.id), stopped.signal)}
      />
      <aside class="scan-side">
        <Reasons scan={scan} viewer={handle} />
      </aside>
    </div>
  );
}
