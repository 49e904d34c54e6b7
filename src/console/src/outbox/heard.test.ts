/** What counts as the service's word, and what of a network or a gateway between does not. */
import { expect, test } from "vitest";
import { heard } from "./heard";

const part = { url: "/v1/scans/a/decisions", body: { id: "b1" } };
const many = { url: "/v1/dispositions", body: { id: "b2", consignments: [{ consignment: "C/1" }, { consignment: "C/2" }] } }; // biome-ignore format: one line
const answer = (status: number, said: unknown, type = "application/json") =>
  new Response(typeof said === "string" ? said : JSON.stringify(said), {
    status,
    headers: { "Content-Type": type },
  });
const PROBLEM = "application/problem+json";
const NOBODY = { status: 0, title: "offline", detail: "" };

test("on record is what has the id that was sent, and of many what names each of them", async () => {
  expect(await heard(part, answer(201, { id: "b1", by: "O1" }))).toMatchObject({ by: "O1" });
  const answers = [{ consignment: "C/2" }, { consignment: "C/1" }];
  expect(await heard(many, answer(200, { answers }))).toEqual({ answers });
});

test("a refusal is the service's where it is a problem, and has the status that came", async () => {
  const refused = heard(part, answer(409, { title: "Conflict", detail: "No.", status: 409 }, PROBLEM));
  await expect(refused).rejects.toEqual({ status: 409, title: "Conflict", detail: "No." });
  const later = heard(part, answer(503, { title: "Unavailable" }, `${PROBLEM}; charset=utf-8`));
  await expect(later).rejects.toMatchObject({ status: 503 });
});

test.each([
  ["a portal that says that all is well", part, answer(200, { status: "ok" })],
  ["a portal with ids of its own", part, answer(200, { id: "session-1" })],
  ["a portal in HTML", part, answer(200, "<html>", "text/html")],
  ["nothing at all", part, answer(200, "null")],
  ["a gateway that knows no such path", part, answer(404, { message: "no Route matched" })],
  ["a gateway that is strict", part, answer(400, { title: "Bad Request" })],
  ["a problem without words", part, answer(404, "", PROBLEM)],
  ["an order of many that nobody answered", many, answer(200, { id: "b2" })],
  ["an order of many of which one is not answered", many, answer(200, { answers: [{ consignment: "C/1" }] })],
])("%s is not the service's word: what was said is kept and sent again", async (_, sent, came) => {
  await expect(heard(sent, came)).rejects.toEqual(NOBODY);
});
