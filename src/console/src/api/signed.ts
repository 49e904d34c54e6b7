/** Sends requests as who is signed in. When the session has ended, whoever asked waits until it is there again: nothing
 * that was typed or decided is lost, and it is sent once. */
import { signal } from "@preact/signals";

/** What the service gave with the session, to be sent with everything that changes something. */
export const csrf = signal<string | null>(null);

/** Set while the session has ended under the page: who asks is told whether it is there again. */
export const signInAgain = signal<((signedIn: boolean) => void) | null>(null);

const SAFE = ["GET", "HEAD"];
let waiting: Promise<boolean> | null = null;

function signedInAgain(): Promise<boolean> {
  waiting ??= new Promise<boolean>((resolve) => {
    signInAgain.value = resolve;
  }).finally(() => {
    waiting = null;
    signInAgain.value = null;
  });
  return waiting;
}

/** How the session was asked for anew: it is the same person's, another one's, or that cannot be told. */
export type Renewed = "same" | "other" | "unknown";
let renew: () => Promise<Renewed> = async () => "unknown";
export function renewBy(asked: () => Promise<Renewed>): void {
  renew = asked;
}

const LIMIT_MS = 15_000;
export const SLOW_MS = 120_000;
const STALE_TOKEN = "urn:tallyscan:error:stale_token";

interface How {
  /** How long the answer may take, to its last byte. */
  limit_ms?: number;
  /** Whether to wait for whoever signs in again; else they are asked to, and the refusal is the answer. */
  waits?: boolean;
}

function send(request: Request, limit_ms: number): Promise<Response> {
  if (csrf.value && !SAFE.includes(request.method)) request.headers.set("X-CSRF-Token", csrf.value);
  return fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(limit_ms)]) });
}

/** There 401 says that a password is wrong, and not that the session has ended. */
const proves = ({ method, url }: Request): boolean =>
  method === "POST" && ["/v1/session", "/v1/account/password"].includes(new URL(url).pathname);

/** Signed in again in another tab, the browser has a session of which this page has not the token. */
async function isStale(answer: Response): Promise<boolean> {
  if (answer.status !== 403) return false;
  const said = (await answer
    .clone()
    .json()
    .catch(() => null)) as { type?: string } | null;
  return said?.type === STALE_TOKEN;
}

/** `fetch` for whatever needs who is signed in: also for what is no JSON. */
export async function signedFetch(
  asked: Request | string,
  options?: RequestInit,
  { limit_ms = LIMIT_MS, waits = true }: How = {},
): Promise<Response> {
  const request = new Request(asked, options);
  const again = request.clone();
  const sentAs = csrf.value;
  const answer = await send(request, limit_ms);
  if (sentAs === null) return answer;
  const stale = await isStale(answer);
  if (!stale && (answer.status !== 401 || proves(request))) return answer;
  const isNewer = csrf.value !== sentAs; // signed in again while this one was on its way
  const renewed = isNewer ? "same" : stale ? await renew() : "other";
  if (renewed === "unknown") return answer;
  const signedIn = renewed === "same" ? true : signedInAgain();
  if (!waits && renewed === "other") return answer;
  return (await signedIn) ? send(again, limit_ms) : answer;
}
