/** Requests that meet an ended session, against a real server that ends it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeEach, expect, test } from "vitest";
import { csrf, signedFetch, signInAgain } from "./signed";

let open = "first";
let seen: string[] = [];
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (part) => {
    body += part;
  });
  request.on("end", () => {
    const token = String(request.headers["x-csrf-token"] ?? "none");
    seen.push(`${request.method} ${request.url} ${token} ${body}`.trim());
    response.statusCode = request.method === "GET" || token === open ? 200 : 401;
    response.end(token);
  });
});
await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const post = (path: string, body: string) => signedFetch(`${base}${path}`, { method: "POST", body });

afterAll(() => server.close());
beforeEach(() => {
  open = "first";
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
