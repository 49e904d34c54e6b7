import { expect, test, vi } from "vitest";

vi.stubGlobal("localStorage", { getItem: () => "en" });
vi.stubGlobal("document", { documentElement: {} });
const { titleOf } = await import("./title");

const WAYS = [{ path: "/console/queue", text: "queue.way" }];

test("each page has a title of its own, with what it is about", () => {
  expect(titleOf("/console/queue", WAYS)).toBe("Queue - Tallyscan");
  expect(titleOf("/console/scans/7f3a", WAYS)).toBe("Scan 7f3a - Tallyscan");
  expect(titleOf("/console/control/26UA%2F1", WAYS)).toBe("Control result 26UA/1 - Tallyscan");
  expect(titleOf("/console/account", WAYS)).toBe("Your account - Tallyscan");
});

test("the start, and what is no page, is Tallyscan", () => {
  expect(titleOf("/console/", WAYS)).toBe("Tallyscan");
  expect(titleOf("/console/queues", WAYS)).toBe("Tallyscan");
});
