/** Requests that meet an ended session, against a real server that ends it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { OFFLINE, problemOf } from "./client";
import { csrf, type Renewed, renewBy, signedFetch, signInAgain } from "./signed";

let open = "first";
let refuses = 401;
const STALE = JSON.stringify({ type: "urn:tallyscan:error:stale_token" });
let seen: string[] = [];
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (part) => {
    body += part;
  });
  request.on("end", () => {
    const token = String(request.headers["x-csrf-token"] ?? "none");
    seen.push(`${request.method} ${request.url} ${token} ${body}`.trim());
    if (request.url === "/never") return;
    const admitted = request.method === "GET" || token === open;
    response.statusCode = admitted ? 200 : refuses;
    response.end(admitted || refuses === 401 ? token : STALE);
  });
});
await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const post = (path: string, body: string) => signedFetch(`${base}${path}`, { method: "POST", body });

afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  open = "first";
  refuses = 401;
  csrf.value = "first";
  seen = [];
});

async function asked(): Promise<(signedIn: boolean) => void> {
  while (!signInAgain.value) await new Promise((resolve) => setTimeout(resolve, 5));
  return signInAgain.value;
}

test("what changes something has the token of the session, and what reads has none", async () => {
  await post("/a", "1");
  await signedFetch(`${base}/b`);
  expect(seen).toEqual(["POST /a first 1", "GET /b none"]);
});

test("requests that meet an ended session wait for one sign-in, and are each sent once more, whole", async () => {
  open = "second";
  const answers = Promise.all([post("/a", "one"), post("/b", "two")]);
  const tell = await asked();
  csrf.value = "second";
  tell(true);
  expect((await answers).map((answer) => answer.status)).toEqual([200, 200]);
  expect(seen.slice(2).sort()).toEqual(["POST /a second one", "POST /b second two"]);
  expect(signInAgain.value).toBeNull();
});

test("an answer that comes late, when there is a new session already, asks nobody", async () => {
  open = "second";
  const late = post("/late", "x");
  csrf.value = "second";
  expect((await late).status).toBe(200);
  expect(signInAgain.value).toBeNull();
});

test("a wrong password is no ended session", async () => {
  open = "second";
  expect((await post("/v1/session", "{}")).status).toBe(401);
  expect((await post("/v1/account/password", "{}")).status).toBe(401);
  expect(signInAgain.value).toBeNull();
});

test("who signed in again in another tab is sent once more with the token of that session", async () => {
  [open, refuses] = ["second", 403];
  renewBy(async () => {
    csrf.value = "second";
    return "same";
  });
  expect((await post("/a", "one")).status).toBe(200);
  expect(seen).toEqual(["POST /a first one", "POST /a second one"]);
  expect(signInAgain.value).toBeNull();
});

test("a password is changed too in a tab with the token of an earlier session, and asked for again where it is wrong", async () => {
  [open, refuses] = ["second", 403];
  renewBy(async () => {
    csrf.value = "second";
    return "same";
  });
  expect((await post("/v1/account/password", "{}")).status).toBe(200);
  expect(seen.map((each) => each.split(" ")[2])).toEqual(["first", "second"]);
  [open, refuses] = ["none", 401];
  expect((await post("/v1/account/password", "{}")).status).toBe(401);
  expect([seen.length, signInAgain.value]).toEqual([3, null]);
});

test("where somebody else did, the first one signs in again before it is sent", async () => {
  [open, refuses] = ["third", 403];
  renewBy(async () => "other");
  const answer = post("/a", "one");
  const tell = await asked();
  expect(seen).toEqual(["POST /a first one"]);
  csrf.value = "third";
  tell(true);
  expect((await answer).status).toBe(200);
  expect(seen.at(-1)).toBe("POST /a third one");
});

test("where the session cannot be asked for, and for any other refusal, nobody is asked to sign in", async () => {
  [open, refuses] = ["second", 403];
  const renew = vi.fn(async (): Promise<Renewed> => "unknown");
  renewBy(renew);
  const answer = await post("/a", "one");
  expect([answer.status, await answer.text(), seen.length, renew.mock.calls.length]).toEqual([
    403,
    STALE,
    1,
    1,
  ]);
  refuses = 409;
  expect((await post("/a", "one")).status).toBe(409);
  expect([renew.mock.calls.length, signInAgain.value]).toEqual([1, null]);
});

test("who does not wait has the refusal at once, and is asked to sign in all the same", async () => {
  open = "second";
  const answer = await signedFetch(`${base}/a`, { method: "POST", body: "1" }, { waits: false });
  expect(answer.status).toBe(401);
  (await asked())(false);
});

test("a request ends when its time is over, or when whoever asked leaves", async () => {
  const over = signedFetch(`${base}/never`, undefined, { limit_ms: 50 });
  const error = await over.catch((why: unknown) => why);
  expect(problemOf(error)).toMatchObject({ status: OFFLINE });
  const leaving = new AbortController();
  const left = signedFetch(`${base}/never`, { signal: leaving.signal });
  leaving.abort();
  await expect(left).rejects.toMatchObject({ name: "AbortError" });
});
