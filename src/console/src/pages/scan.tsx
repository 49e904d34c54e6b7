/** A scan: its image, and beside it what is known of it and what is decided. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useRoute } from "preact-iso";
import { upcoming } from "../desk/asking";
import { hiddenScan } from "../desk/hidden";
import { ScanSide } from "../desk/scan_side";
import { type Seat, useSeat } from "../desk/seat";
import { type Loaded, useLoaded } from "../load";
import { ProblemNote, Shown, Waiting } from "../parts/states";
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
  /** It is read blind: the document has nothing of the reading. */
  hidden: boolean;
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
  if (!desk)
    return seat.problem.value ? (
      <ProblemNote problem={seat.problem.value} retry={() => void seat.again()} />
    ) : (
      <Waiting />
    );
  return <Known seat={seat} seen={seen} hidden={desk.blind} revision={desk.revision} {...opened} />;
}

type KnownProps = Omit<Opened, "id"> & { seat: Seat; seen: Loaded<Seen>; hidden: boolean; revision: number };

function Known({ seat, seen, hidden, revision, ...opened }: KnownProps) {
  const load = async (signal: AbortSignal): Promise<Shows> => {
    const desk = seat.scan.peek();
    if (hidden && desk) return { document: hiddenScan(desk), hidden };
    return { document: await loadScan(seat.id, signal), hidden: false };
  };
  const loaded = useLoaded(load, [seat.id, hidden, revision]);
  useEffect(() => {
    if (hidden || loaded.data?.document.status !== null) return;
    const timer = setTimeout(loaded.again, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [loaded, hidden]);
  return <Shown of={loaded}>{(shows) => <Scan shows={shows} seat={seat} seen={seen} {...opened} />}</Shown>;
}

type ScanProps = Omit<Opened, "id"> & { shows: Shows; seat: Seat; seen: Loaded<Seen> };

function Scan({ shows, seat, seen, list, beside }: ScanProps) {
  const handle = useMemo(viewerHandle, []);
  const document = useSignal(shows.document);
  document.value = shows.document;
  handle.blind.value = shows.hidden;
  useEffect(() => {
    if (beside) handle.compareWith.value = { scan: beside };
  }, [beside, handle]);
  useEffect(() => {
    window.document.title = `${shows.document.name} · Tallyscan`;
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
    await prefetch(scans, stopped.signal);
  };
  return (
    <div class="scan-page">
      <ScanViewer scan={document} seen={seen} handle={handle} onDrawn={() => void fetchNext()} />
      <aside class="scan-side">
        <ScanSide seat={seat} viewer={handle} />
      </aside>
    </div>
  );
}
