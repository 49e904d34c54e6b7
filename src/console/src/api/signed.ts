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

function withCsrf(request: Request): Request {
  if (csrf.value && !SAFE.includes(request.method)) request.headers.set("X-CSRF-Token", csrf.value);
  return request;
}

/** There 401 says that a password is wrong, and not that the session has ended. */
const proves = ({ method, url }: Request): boolean =>
  method === "POST" && ["/v1/session", "/v1/account/password"].includes(new URL(url).pathname);

/** `fetch` for whatever needs who is signed in: also for what is no JSON. */
export async function signedFetch(asked: Request | string, options?: RequestInit): Promise<Response> {
  const request = new Request(asked, options);
  const again = request.clone();
  const sentAs = csrf.value;
  const answer = await fetch(withCsrf(request));
  if (answer.status !== 401 || sentAs === null || proves(request)) return answer;
  const isNewer = csrf.value !== sentAs; // signed in again while this one was on its way
  return isNewer || (await signedInAgain()) ? fetch(withCsrf(again)) : answer;
}
