/** Taking the last decision back: it is neither left on record nor forgotten here before that is known. */
import { beforeEach, expect, test, vi } from "vitest";
import { type Entry, entryOf } from "../outbox/entry";

const { takeBack, discard, undo, keepDraft } = vi.hoisted(() => ({
  takeBack: vi.fn(),
  discard: vi.fn(),
  undo: vi.fn(),
  keepDraft: vi.fn(async () => undefined),
}));
vi.mock("../outbox/unsent", () => ({ takeBack, discard }));
vi.mock("./asking", () => ({ undo }));
vi.mock("./draft", () => ({ keepDraft }));
const { last, remember, undoLast } = await import("./last");

const made: Entry = entryOf({
  id: "d1",
  kind: "decision",
  by: "officer-7",
  about: ["scan-1"],
  name: "scan-1",
  parts: [{ url: "/v1/scans/scan-1/decisions", body: { id: "d1" } }],
  draft: { answer: "clear" },
});
const problem = (status: number, code?: string) => ({
  status,
  title: "",
  detail: "",
  ...(code ? { type: `urn:tallyscan:error:${code}` } : {}),
});

beforeEach(() => {
  vi.resetAllMocks();
  remember(made, 10);
});

test("what surely did not leave is taken back here, and what is on record by the service", async () => {
  takeBack.mockResolvedValueOnce({ ...made, stopped: [] });
  expect(await undoLast()).toBe("scan-1");
  expect([undo.mock.calls, discard.mock.calls, last.value]).toEqual([[], [["d1"]], null]);
  remember(made, 10);
  takeBack.mockResolvedValueOnce(null);
  expect(await undoLast()).toBe("scan-1");
  expect(undo.mock.calls).toEqual([["scan-1", "d1", "officer-7"]]);
  expect(keepDraft).toHaveBeenLastCalledWith("scan-1", "officer-7", made.draft);
});

test.each([
  ["it is on record, and undone there", null],
  ["it never arrived", problem(404, "not_found")],
])("where an answer was lost the service is asked too: %s", async (_, refusal) => {
  takeBack.mockResolvedValue({ ...made, unsure: true, stopped: [] });
  if (refusal) undo.mockRejectedValueOnce(refusal);
  expect(await undoLast()).toBe("scan-1");
  expect(undo).toHaveBeenCalledWith("scan-1", "d1", "officer-7");
  expect(discard).toHaveBeenCalledWith("d1");
});

test.each([
  ["without a connection", problem(0)],
  ["while the service does not answer", problem(503, "unavailable")],
  ["by a gateway that answers 404", problem(404)],
])(
  "%s nobody knows whether it is on record, and it stays in the note until it can be asked",
  async (_, why) => {
    takeBack.mockResolvedValue({ ...made, unsure: true, stopped: [] });
    undo.mockRejectedValueOnce(why);
    await expect(undoLast()).rejects.toEqual(why);
    expect([discard.mock.calls, last.value?.entry.id]).toEqual([[], "d1"]);
    expect(await undoLast()).toBe("scan-1"); // asked again
    expect(discard.mock.calls).toEqual([["d1"]]);
  },
);

test("where it is on record and cannot be undone any more, that is said and nothing waits", async () => {
  takeBack.mockResolvedValue({ ...made, unsure: true, stopped: [] });
  undo.mockRejectedValueOnce(problem(409, "conflict"));
  await expect(undoLast()).rejects.toMatchObject({ status: 409 });
  expect([discard.mock.calls, keepDraft.mock.calls]).toEqual([[["d1"]], []]);
});
