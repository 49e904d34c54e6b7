/** The key of an action, beside what it does. */
import { keyOf } from "../keys";

export function KeyHint({ of }: { of: string }) {
  const key = keyOf(of);
  return key ? <kbd>{key}</kbd> : null;
}
