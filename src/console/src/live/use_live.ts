/** The stream of a site as long as a page is open; without a site there is none. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Listener, type Stream, watch } from "./stream";

export function useLive(site: string, listener: Listener, recent = 0): Stream | null {
  const [stream, setStream] = useState<Stream | null>(null);
  const newest = useRef(listener);
  newest.current = listener;
  useEffect(() => {
    if (!site) return;
    const opened = watch(
      site,
      { line: (line) => newest.current.line(line), gap: () => newest.current.gap() },
      recent,
    );
    setStream(opened);
    return () => {
      opened.close();
      setStream(null);
    };
  }, [site, recent]);
  return stream;
}
