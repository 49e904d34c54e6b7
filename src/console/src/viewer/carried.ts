/** How one view of a file is looked at, taken along to the next one; once, and to that one alone. */
import type { Look } from "./look";

let carried: { to: string; look: Look } | null = null;

export function carry(to: string, look: Look | null): void {
  carried = look && { to, look };
}

export function carriedTo(scan: string): Look | null {
  const look = carried?.to === scan ? carried.look : null;
  carried = null;
  return look;
}
