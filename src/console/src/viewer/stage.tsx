/** The image with all that is drawn over it, and the mouse and keys that work on it. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { t } from "../text";
import type { Point } from "./affine";
import { Gestures } from "./gestures";
import { Labels } from "./region_labels";
import { Shapes } from "./shapes";
import type { Viewing } from "./viewing";

interface Props {
  viewing: Viewing;
  /** The picture, and what lies between it and the shapes. */
  children: ComponentChildren;
  /** Of two stages side by side the second one shows no regions: they are those of the first image. */
  bare?: boolean;
  label: string;
}

export function Stage({ viewing, children, bare = false, label }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const gestures = useMemo(() => new Gestures(viewing), [viewing]);
  useEffect(() => listening(element.current, gestures), [gestures]);
  useEffect(() => (bare ? undefined : measuring(element.current, viewing)), [bare, viewing]);
  return (
    <div
      class={`stage ${viewing.shape ? "precise" : ""}`}
      ref={element}
      role="application"
      aria-label={label}
      aria-roledescription={t("viewer.image")}
      tabIndex={bare ? -1 : 0}
    >
      {children}
      {!bare && <Shapes viewing={viewing} />}
      {!bare && <Labels viewing={viewing} />}
    </div>
  );
}

/** Ends with the function that it gives. */
function listening(element: HTMLDivElement | null, gestures: Gestures): () => void {
  if (!element) return () => {};
  const ends = new AbortController();
  const signal = ends.signal;
  const at = (event: MouseEvent): Point => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button > 1 || onControl(event.target)) return;
      element.setPointerCapture(event.pointerId);
      element.focus({ preventScroll: true });
      event.preventDefault();
      gestures.press(at(event), event.button);
    },
    { signal },
  );
  element.addEventListener("pointermove", (event) => gestures.move(at(event)), { signal });
  element.addEventListener("pointerup", (event) => gestures.release(at(event)), { signal });
  element.addEventListener("pointercancel", (event) => gestures.release(at(event)), { signal });
  element.addEventListener("pointerleave", () => gestures.leave(), { signal });
  element.addEventListener("dblclick", (event) => gestures.doubleClick(at(event)), { signal });
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      gestures.wheel(
        at(event),
        event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 33 : event.deltaY,
      );
    },
    { signal, passive: false },
  );
  const isHere = ({ key, target }: KeyboardEvent) =>
    target === document.body ||
    (target instanceof Node && element.contains(target)) ||
    (key === "Escape" &&
      target instanceof Element &&
      !target.closest("dialog, form, input, select, textarea"));
  window.addEventListener(
    "keydown",
    (event) => {
      if (!isHere(event) || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key === " ") gestures.panning = true;
      else if (!gestures.key(event.key, event.shiftKey)) return;
      event.preventDefault();
    },
    { signal },
  );
  window.addEventListener(
    "keyup",
    (event) => {
      if (event.key === " ") gestures.panning = false;
    },
    { signal },
  );
  return () => ends.abort();
}

/** Tells the viewing how large the stage is, until the function that it gives is called. */
function measuring(element: HTMLDivElement | null, viewing: Viewing): (() => void) | undefined {
  if (!element) return undefined;
  const sizes = new ResizeObserver(() =>
    viewing.resized({ width: element.clientWidth, height: element.clientHeight }),
  );
  sizes.observe(element);
  return () => sizes.disconnect();
}

const onControl = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("button, a, input, select, textarea, .panel") !== null;
