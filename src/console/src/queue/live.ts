/** What happens at a site, as it happens. Without a site there is no stream: then somebody asks again from time to time. */
import { useEffect, useRef, useState } from "preact/hooks";

export interface LiveLine {
  kind: string;
  site: string | null;
  consignment: string | null;
  scan: string | null;
  lane: string | null;
  in_words: string;
}

const KINDS = [
  ...["declaration.arrived", "declaration.corrected", "scan.arrived"],
  ...["reading.completed", "reading.superseded", "reading.failed"],
  ...["selection.made", "selection.withdrawn"],
  ...["decision.made", "decision.corrected", "decision.undone"],
  ...["disposition.made", "disposition.corrected", "disposition.undone"],
  ...["referral.opened", "referral.answered", "referral.withdrawn"],
  ...["inspection.made", "inspection.corrected"],
  ...["risk-score", "weighing", "control-result", "interview"].flatMap((kind) => [
    `${kind}.recorded`,
    `${kind}.corrected`,
  ]),
  "lines.missed",
];

const MISSED: LiveLine = {
  kind: "lines.missed",
  site: null,
  consignment: null,
  scan: null,
  lane: null,
  in_words: "",
};

export type Stream = "live" | "waiting" | "none";

/** Calls `heard` with every line of the site, until the page is left or another site is chosen. */
export function useLive(site: string, heard: (line: LiveLine) => void): Stream {
  const [stream, setStream] = useState<Stream>("none");
  const newest = useRef(heard);
  newest.current = heard;
  useEffect(() => {
    if (!site) {
      setStream("none");
      return;
    }
    let source: EventSource | null = null;
    const listen = () => {
      setStream("waiting");
      source = new EventSource(`/v1/sites/${encodeURIComponent(site)}/live`);
      source.onopen = () => setStream("live");
      source.onerror = () => setStream(source?.readyState === EventSource.CLOSED ? "none" : "waiting");
      for (const kind of KINDS)
        source.addEventListener(kind, (event) =>
          newest.current({ ...(JSON.parse((event as MessageEvent<string>).data) as LiveLine), kind }),
        );
    };
    // A browser keeps six connections to a service: a page in the background gives its own back.
    const turn = () => {
      if (document.hidden) {
        source?.close();
        source = null;
      } else if (!source) {
        listen();
        newest.current(MISSED);
      }
    };
    if (!document.hidden) listen();
    document.addEventListener("visibilitychange", turn);
    return () => {
      document.removeEventListener("visibilitychange", turn);
      source?.close();
    };
  }, [site]);
  return stream;
}
