/** What keys do. Every action has one; a person can choose others, which this browser keeps. */
import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

const KEYS_KEY = "tallyscan.keys";

/** The keys that actions have unless a person chose others: `desk.clear` -> `c`, `viewer.invert` -> `i`, ... */
const defaults = new Map<string, string>();
export const chosenKeys = signal<Record<string, string>>(kept());

function kept(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(KEYS_KEY) ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
}

export function declareKeys(actions: Record<string, string>): void {
  for (const [action, key] of Object.entries(actions)) defaults.set(action, key);
}

/** Every declared action with the key that it has now. */
export function allKeys(): { action: string; key: string; usual: string }[] {
  return [...defaults].map(([action, usual]) => ({ action, usual, key: chosenKeys.value[action] ?? usual }));
}

export function keyOf(action: string): string {
  return chosenKeys.value[action] ?? defaults.get(action) ?? "";
}

export function chooseKey(action: string, key: string | null): void {
  const { [action]: _, ...others } = chosenKeys.value;
  chosenKeys.value = key === null ? others : { ...others, [action]: key };
  localStorage.setItem(KEYS_KEY, JSON.stringify(chosenKeys.value));
}

/** A key as a person reads and chooses it: `Shift+A` for a capital, the layout's own letter otherwise. */
export function nameOfKey(event: KeyboardEvent): string {
  const parts = [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift"].filter(Boolean);
  // The place on the keyboard, so that a Ukrainian and a Latin layout have the same keys.
  const place = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
  return [...parts, place === " " ? "Space" : place].join("+");
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  !target.matches("input[type=checkbox]") &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** While the component is there, its actions run at their keys; not while somebody types. `repeated` may be held. */
export function useKeys(actions: Record<string, () => void>, repeated: readonly string[] = []): void {
  const newest = useRef(actions);
  newest.current = actions;
  // Before the page is seen: whoever sees it may press.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event.target)) return;
      const pressed = nameOfKey(event);
      for (const [action, run] of Object.entries(newest.current)) {
        if (keyOf(action) !== pressed || (event.repeat && !repeated.includes(action))) continue;
        event.preventDefault();
        run();
        return;
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
