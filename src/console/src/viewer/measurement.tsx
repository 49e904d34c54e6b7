/** What was measured. */
import type { Viewing } from "./viewing";

export function Measurement({ viewing }: { viewing: Viewing }) {
  return viewing.measured.value ? null : null;
}
