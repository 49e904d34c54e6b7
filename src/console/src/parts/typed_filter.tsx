import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

const TYPED_MS = 250;

/** Typed words narrow a list when the typing pauses, or at once with Enter; the list may be shown anew meanwhile. */
export function TypedFilter({
  name,
  value,
  field,
  hint,
  maxLength = 120,
  onChange,
}: {
  name: string;
  value: string;
  field?: RefObject<HTMLInputElement | null>;
  hint?: string;
  maxLength?: number;
  onChange: (value: string) => void;
}) {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed.trim() !== value) setTyped(value); // a blank at the end is the beginning of the next word
  }, [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const pause = window.setTimeout(() => onChange(typed.trim()), TYPED_MS);
    return () => window.clearTimeout(pause);
  }, [typed]);
  return (
    <label>
      {name}
      <input
        type="search"
        {...(field ? { ref: field } : {})}
        value={typed}
        maxLength={maxLength}
        {...(hint ? { placeholder: hint } : {})}
        onChange={() => typed.trim() !== value && onChange(typed.trim())}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </label>
  );
}
