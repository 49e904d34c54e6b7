/** What stands beside the image may ask of the viewer, and hear from it. */
import { type Signal, signal } from "@preact/signals";

/** A region that an officer drew, in pixels of the original image: all corners of a polygon, two of a box. */
export interface DrawnRegion {
  id: string;
  kind: "box" | "polygon";
  points: [number, number][];
  family: string | null;
  commodity: string | null;
  comment: string;
}

export interface ViewerHandle {
  /** Brings a region of the reading (`F1`, ...) or a drawn one into view and lights it up. */
  showRegion(id: string): void;
  /** Calls the listener when a region is clicked; gives the way to stop. */
  onRegionClicked(listener: (id: string) => void): () => void;
  /** The region that was chosen, and the one under the pointer or focused in a list; null: none. */
  shown: Signal<string | null>;
  lit: Signal<string | null>;
  /** Whether regions are shown. */
  overlays: Signal<boolean>;
  /** Until the first decision of a blind-first scan nothing of the reading is shown, whatever `overlays` says. */
  blind: Signal<boolean>;
  drawn: Signal<DrawnRegion[]>;
  /** Which shape the next drag or clicks draw; null: none. */
  drawing: Signal<"box" | "polygon" | null>;
  /** What is shown beside the scan, with linked pan and window. */
  compareWith: Signal<{ scan: string } | "expected" | null>;
}

/** The viewer's own side of the handle. */
export interface Handle extends ViewerHandle {
  regionClicked(id: string): void;
  /** What was asked to be brought into view, newly for each time that it is asked. */
  asked: Signal<{ id: string } | null>;
}

/** A handle before the image is there: what is asked of it is kept in its signals. */
export function viewerHandle(): Handle {
  const listeners = new Set<(id: string) => void>();
  const shown = signal<string | null>(null);
  const asked = signal<{ id: string } | null>(null);
  return {
    shown,
    asked,
    lit: signal(null),
    showRegion: (id) => {
      shown.value = id;
      asked.value = { id };
    },
    onRegionClicked: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    regionClicked: (id) => {
      for (const listener of listeners) listener(id);
    },
    overlays: signal(true),
    blind: signal(false),
    drawn: signal([]),
    drawing: signal(null),
    compareWith: signal(null),
  };
}
