/** The one outbox of the browser, as pages use it: what waits is tried again by itself, whatever made it wait. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { entryOf } from "./entry";
import { storageInMemory } from "./storage_in_memory";

const asked: { consignments: { consignment: string }[] }[] = [];
/** The status of each consignment; 201 where none is named. */
let outcomes: Record<string, number> = {};
const kept = new Map<string, string>();
const page = new EventTarget();

const signedFetch = vi.hoisted(() => vi.fn());
vi.mock("../api/signed", async (real) => ({ ...(await real()), signedFetch }));
vi.stubGlobal("window", page);
vi.stubGlobal("document", Object.assign(new EventTarget(), { hidden: false, documentElement: {} }));
vi.stubGlobal("localStorage", storageInMemory(kept));
vi.stubGlobal("navigator", { onLine: true, language: "en", languages: ["en"] });

const { session } = await import("../session");
const { post, postAndGoOn, unsent } = await import("./unsent");

const orderOf = (id: string, ...about: string[]) => {
  const body = { id, disposition: "open", consignments: about.map((consignment) => ({ consignment })) };
  const parts = [{ url: "/v1/dispositions", body }];
  return entryOf({ id, kind: "disposition", by: "officer-7", about, name: id, parts, draft: {} });
};
const asks = () => asked.map(({ consignments }) => consignments.map(({ consignment }) => consignment));

beforeEach(async () => {
  vi.useFakeTimers();
  kept.clear();
  asked.length = 0;
  outcomes = {};
  signedFetch.mockImplementation(async (_url: string, { body }: RequestInit) => {
    const said = JSON.parse(String(body));
    asked.push(said);
    const answers = said.consignments.map(({ consignment }: { consignment: string }) => {
      const status = outcomes[consignment] ?? 201;
      return {
        consignment,
        problem: status < 300 ? null : { status, title: `status ${status}`, detail: "" },
      };
    });
    return Response.json({ answers });
  });
  session.value = { person: "officer-7", roles: [], sites: [] } as unknown as typeof session.value;
  await vi.advanceTimersByTimeAsync(1_000); // signed in, what waits is tried at once
});
afterEach(() => vi.useRealTimers());

test("what of an order could not be taken is sent again by itself", async () => {
  outcomes = { "C/2": 503 };
  await Promise.all([post(orderOf("1", "C/1", "C/2")), vi.advanceTimersByTimeAsync(500)]);
  expect([asks(), unsent.value.length]).toEqual([[["C/1", "C/2"]], 1]);
  outcomes = {};
  await vi.advanceTimersByTimeAsync(5_000);
  expect([asks(), unsent.value]).toEqual([[["C/1", "C/2"], ["C/2"]], []]);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(asked).toHaveLength(2);
});

test("what another tab left is sent by this one too", async () => {
  const left = orderOf("2", "C/3");
  kept.set(`tallyscan.unsent ${left.id}`, JSON.stringify(left));
  page.dispatchEvent(Object.assign(new Event("storage"), { key: `tallyscan.unsent ${left.id}` }));
  expect(unsent.value).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect([asks(), unsent.value]).toEqual([[["C/3"]], []]);
});

test("as long as it is not taken the pauses grow, though each try changes what is kept", async () => {
  outcomes = { "C/4": 503 };
  await Promise.all([post(orderOf("3", "C/4")), vi.advanceTimersByTimeAsync(500)]);
  await vi.advanceTimersByTimeAsync(300_000);
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.length).toBeLessThan(13);
});

test("on a bad network nobody waits for the answer, and what it says is heard all the same", async () => {
  const taken = Response.json({ answers: [{ consignment: "C/5", problem: null }] });
  signedFetch.mockImplementationOnce(() => new Promise((arrive) => setTimeout(arrive, 12_000, taken)));
  const heard = vi.fn();
  void postAndGoOn(orderOf("4", "C/5")).then(heard);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(heard).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(heard).toHaveBeenCalledWith({ waits: null });
  expect(unsent.value).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(12_000);
  expect([unsent.value, asked]).toEqual([[], []]);
});
