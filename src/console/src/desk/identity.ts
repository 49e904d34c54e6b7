/** Ids that this browser makes, and the time as the service has it. */

/** A random UUID, also where the page came over plain HTTP and `crypto.randomUUID` is missing. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

let ahead_ms = 0;

/** How far the clock of this machine is off, by what the service says in its answers. */
export function hearTime(server: string, now = Date.now()): void {
  ahead_ms = now - Date.parse(server);
}

/** Now, by the clock of the service. */
export const serverNow = (now = Date.now()): Date => new Date(now - ahead_ms);
