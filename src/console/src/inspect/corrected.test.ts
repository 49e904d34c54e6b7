/** A control result of which an answer was lost, said otherwise: sent through the outbox against a record that knows ids. */
import { expect, test, vi } from "vitest";
import { entryOf, type Kinds, type Part } from "../outbox/entry";
import { Outbox } from "../outbox/outbox";
import { Shelf } from "../outbox/shelf";
import { storageInMemory } from "../outbox/storage_in_memory";

type Said = Part["body"] & { corrects?: string; comment?: string };

const GET = vi.hoisted(() => vi.fn());
vi.mock("../api/client", async (real) => ({ ...(await real()), api: { GET } }));
const { corrected } = await import("./corrected");

/** What is on record by its address; `GET` lists it as the service does. */
function service() {
  const record = new Map<string, Said[]>();
  const on = (url: string) => record.get(url) ?? [];
  const send = async ({ url, body }: Part) => {
    const known = on(url).find(({ id }) => id === body.id);
    if (known && JSON.stringify(known) !== JSON.stringify(body))
      throw { status: 409, title: "Conflict", detail: "The id stands for something else." };
    if (!known) record.set(url, [...on(url), body]);
    return { id: body.id };
  };
  GET.mockImplementation(async (path: string, { params }) => {
    const { scan_id, consignment } = params.path;
    return path.endsWith("/inspections")
      ? { data: { inspections: on(`/v1/scans/${scan_id}/inspections`) } }
      : {
          data: {
            control_results: on(`/v1/consignments/${encodeURIComponent(consignment)}/control-results`),
          },
        };
  });
  return { on, send };
}

const plain = { page: () => "", words: () => "" };
const kinds: Kinds = {
  decision: plain,
  disposition: plain,
  control: { ...plain, corrected },
  referral: plain,
};

function outbox(send: (part: Part) => Promise<unknown>) {
  const shelf = new Shelf(storageInMemory());
  const alone = <Result>(_: string, work: () => Promise<Result>) => work();
  const [person, online, nothing] = [() => "Inspector 1", () => true, () => undefined];
  return {
    shelf,
    box: new Outbox({ shelf, kinds, send, person, online, alone, changed: nothing, answered: nothing }),
  };
}

const controlOf = (parts: Part[]) =>
  entryOf({ id: "e1", kind: "control", by: "Inspector 1", about: ["C/1"], name: "C/1", parts, draft: {} });
const INSPECTION = "/v1/scans/s1/inspections";
const CODE = "/v1/consignments/C%2F1/control-results";
const part = (url: string, id: string, comment: string): Part => ({
  url,
  body: { id, comment } as Part["body"],
});

test.each([INSPECTION, CODE])(
  "what arrived at %s and was changed since is corrected, and not there twice",
  async (url) => {
    const { on, send } = service();
    await send(part(url, "p1", "On the right."));
    const { box, shelf } = outbox(send);
    const outcome = await box.post(controlOf([part(url, "p1", "On the left.")]));
    expect(on(url)).toMatchObject([{ id: "p1" }, { corrects: "p1", comment: "On the left." }]);
    expect([outcome, shelf.all()]).toEqual([{ answer: { id: on(url)[1]?.id } }, []]);
    expect(on(url)[1]?.id).not.toBe("p1");
  },
);

test("what never arrived is on record once as it was said last, and nothing is corrected", async () => {
  const { on, send } = service();
  await outbox(send).box.post(controlOf([part(INSPECTION, "p1", "On the left.")]));
  expect(on(INSPECTION)).toEqual([{ id: "p1", comment: "On the left." }]);
});

test("a conflict of another kind is a refusal", async () => {
  service();
  const conflict = { status: 409, title: "Conflict", detail: "It was corrected already." };
  const refuses = vi.fn(async () => {
    throw conflict;
  });
  const outcome = await outbox(refuses).box.post(controlOf([part(INSPECTION, "p1", "On the left.")]));
  expect([outcome, refuses.mock.calls.length]).toEqual([{ refused: [{ of: null, problem: conflict }] }, 1]);
});

test("where the record cannot be asked it is tried again later", async () => {
  const { on, send } = service();
  await send(part(CODE, "p1", "On the right."));
  const { box, shelf } = outbox(send);
  GET.mockRejectedValueOnce(new TypeError("lost"));
  expect(await box.post(controlOf([part(CODE, "p1", "On the left.")]))).toMatchObject({
    waits: { status: 0 },
  });
  expect(shelf.all()).toHaveLength(1);
  await box.sendAll();
  expect([on(CODE).length, shelf.all().length]).toEqual([2, 0]);
});
