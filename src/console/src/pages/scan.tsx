/** A scan: its image, and beside it what is known of it and what is decided. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { upcoming } from "../desk/asking";
import { hiddenScan, pendingScan } from "../desk/hidden";
import { ScanSide } from "../desk/scan_side";
import { type Seat, useSeat } from "../desk/seat";
import type { DeskScan } from "../desk/types";
import { type Loaded, useLoaded } from "../load";
import { ProblemNote } from "../parts/states";
import { session } from "../session";
import { viewerHandle } from "../viewer/handle";
import { following, prefetch } from "../viewer/prefetch";
import { loadScan, type ScanDocument } from "../viewer/regions";
import { loadSeen, ScanViewer, type Seen } from "../viewer/scan_viewer";
import "./scan.css";

/** How long until a scan that waits for its reading is looked at again. */
const AGAIN_MS = 2000;

interface Shows {
  document: ScanDocument;
  /** Nothing of the reading is shown: it is read blind, or nobody knows yet whether it is. */
  hidden: boolean;
  pending?: boolean;
}

export default function ScanPage() {
  const { params, query } = useRoute();
  const id = params.id ?? "";
  return <OfScan key={id} id={id} list={query.list} beside={query.with} />;
}

interface Opened {
  id: string;
  /** The scans of the list from which this one was opened. */
  list: string | undefined;
  /** One to compare it with. */
  beside: string | undefined;
}

function OfScan({ id, ...opened }: Opened) {
  const seat = useSeat(id);
  const seen = useLoaded((signal) => loadSeen(id, signal), [id]);
  const desk = seat.scan.value;
  const known = useRef<number | null>(null);
  const revision = desk?.revision ?? null;
  useEffect(() => {
    if (known.current !== null && revision !== null && known.current !== revision) seen.again();
    known.current = revision;
  }, [revision, seen.again]);
  const loaded = useShows(seat, desk);
  if (!desk && seat.problem.value)
    return <ProblemNote problem={seat.problem.value} retry={() => void seat.again()} />;
  // The image need not wait for who may read it; what the reading says does.
  const shows = loaded.data ?? { document: pendingScan(id), hidden: true, pending: true };
  return (
    <>
      {loaded.problem && <ProblemNote problem={loaded.problem} retry={loaded.again} />}
      <Scan shows={shows} seat={seat} seen={seen} {...opened} />
    </>
  );
}

/** What may be shown of the scan; null until it is known who reads it, and how. */
function useShows(seat: Seat, desk: DeskScan | null): Loaded<Shows | null> {
  const load = async (signal: AbortSignal): Promise<Shows | null> => {
    if (!desk) return null;
    if (desk.blind) return { document: hiddenScan(desk), hidden: true };
    return { document: await loadScan(seat.id, signal), hidden: false };
  };
  const loaded = useLoaded(load, [seat.id, desk?.blind, desk?.revision]);
  useEffect(() => {
    if (!loaded.data || loaded.data.hidden || loaded.data.document.status !== null) return;
    const timer = setTimeout(loaded.again, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [loaded]);
  return loaded;
}

type ScanProps = Omit<Opened, "id"> & { shows: Shows; seat: Seat; seen: Loaded<Seen> };

function Scan({ shows, seat, seen, list, beside }: ScanProps) {
  const handle = useMemo(viewerHandle, []);
  const [drawn, setDrawn] = useState(false);
  const document = useSignal(shows.document);
  document.value = shows.document;
  handle.blind.value = shows.hidden;
  useEffect(() => {
    if (beside) handle.compareWith.value = { scan: beside };
  }, [beside, handle]);
  useEffect(() => {
    if (shows.document.name) window.document.title = `${shows.document.name} · Tallyscan`;
  }, [shows.document.name]);
  const stopped = useMemo(() => new AbortController(), []);
  useEffect(() => () => stopped.abort(), [stopped]);
  useSignalEffect(() => {
    if (!handle.blind.value) return;
    // Nobody clicks on what cannot be seen; and what the model expected is part of what it says.
    handle.shown.value = null;
    if (handle.compareWith.value === "expected") handle.compareWith.value = null;
  });
  const fetchNext = async () => {
    const person = session.value?.person;
    const named = following(list, seat.id);
    const scans =
      named.length > 0 || !person ? named : await upcoming(seat.scan.peek(), person, stopped.signal);
    const views = (seat.scan.peek()?.views ?? []).map((view) => view.scan).filter((view) => view !== seat.id);
    await prefetch([...views, ...scans], stopped.signal);
  };
  const isKnown = !shows.pending;
  useEffect(() => {
    if (drawn && isKnown) void fetchNext();
  }, [drawn, isKnown]);
  return (
    <div class="scan-page">
      <ScanViewer
        scan={document}
        seen={seen}
        handle={handle}
        pending={shows.pending ?? false}
        views={seat.scan.value?.views ?? []}
        onDrawn={() => setDrawn(true)}
      />
      <aside class="scan-side">
        <ScanSide seat={seat} viewer={handle} />
      </aside>
    </div>
  );
}
