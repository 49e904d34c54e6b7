import { expect, test, vi } from "vitest";

vi.stubGlobal("localStorage", { getItem: () => "en" });
vi.stubGlobal("document", { documentElement: {} });
const { plain } = await import("./said");

test("a reason stands without its code, as a sentence; a name of a file stays as it is", () => {
  expect(plain("no_unit: no unit was found.")).toBe("No unit was found.");
  expect(plain("corrupt_scan: cut.jpg: the file ends.")).toBe("cut.jpg: the file ends.");
});
