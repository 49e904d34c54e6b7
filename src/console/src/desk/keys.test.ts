import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";

vi.stubGlobal("localStorage", { getItem: () => null });
vi.stubGlobal("document", { documentElement: {} });
await import("./keys");
const { allKeys } = await import("../keys");
const own = allKeys().map(({ key }) => key);
await import("../viewer/keys");
await import("../related/keys");

const PAGE = join(import.meta.dirname, "../../../../docs/how-to/decide-scans-in-the-console.md");

test("nothing on the page of a scan has the key of anything else on it", () => {
  const keys = allKeys().map(({ key }) => key);
  expect(keys.filter((key, place) => keys.indexOf(key) !== place)).toEqual([]);
});

test("the manual names every key of the desk", () => {
  const rows = readFileSync(PAGE, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("|"));
  const named = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, key]) => key));
  expect(new Set(named)).toEqual(new Set(own));
});
