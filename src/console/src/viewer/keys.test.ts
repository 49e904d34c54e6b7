import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";

vi.stubGlobal("localStorage", { getItem: () => null });
vi.stubGlobal("document", { documentElement: {} });
await import("./keys");
const { allKeys } = await import("../keys");

const PAGE = join(import.meta.dirname, "../../../../docs/how-to/read-a-scan-in-the-console.md");

test("no two actions of the viewer have one key, and the manual names every key", () => {
  const keys = allKeys().map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  const rows = readFileSync(PAGE, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("|"));
  const named = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, key]) => key),
  );
  expect(new Set([...named, "Shift+?"])).toEqual(new Set(keys));
});
