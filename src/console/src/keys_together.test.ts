import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";

vi.stubGlobal("localStorage", { getItem: () => null });
vi.stubGlobal("document", { documentElement: {} });
for (const part of readdirSync(import.meta.dirname, { withFileTypes: true }))
  if (part.isDirectory() && readdirSync(join(import.meta.dirname, part.name)).includes("keys.ts"))
    await import(`./${part.name}/keys.ts`);
const { allKeys } = await import("./keys");
const { meet, pagesOf, partOf } = await import("./keys_together");

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.includes(".test.") ? [path] : [];
  });
}

test("keys are declared where the settings find them before a page is opened", () => {
  const declaring = sources(import.meta.dirname).filter((path) =>
    /declareKeys\(\{/.test(readFileSync(path, "utf8")),
  );
  expect(declaring.filter((path) => !path.endsWith("/keys.ts"))).toEqual([]);
  const parts = new Set(allKeys().map(({ action }) => partOf(action)));
  expect([...parts].sort()).toEqual(
    ["audit", "board", "consignment", "dashboard", "desk", "dispose", "models", "profiles", "queue"].concat([
      "referrals",
      "related",
      "sheet",
      "viewer",
    ]),
  );
});

test("every action is alive on a page, and no two have one key there", () => {
  const keys = allKeys();
  expect(keys.filter(({ action }) => pagesOf(action).length === 0)).toEqual([]);
  const clashes = keys.flatMap((one, place) =>
    keys.slice(place + 1).filter((other) => other.key === one.key && meet(one.action, other.action)),
  );
  expect(clashes).toEqual([]);
});

test("only keys of the same page are in each other's way", () => {
  for (const [one, other, expected] of [
    ["desk.clear", "viewer.invert", true],
    ["desk.up", "desk.next", true],
    ["desk.up", "desk.clear", false],
    ["desk.up", "viewer.fit", false],
    ["dispose.open", "queue.mark", true],
    ["dispose.open", "consignment.back", true],
    ["queue.refresh", "consignment.back", false],
    ["referrals.forward", "dispose.refer", false],
    ["board.budget", "viewer.draw_box", false],
  ] as const)
    expect([one, other, meet(one, other)]).toEqual([one, other, expected]);
});

test.each(["en", "uk"])("every part and action has its words in %s", (language) => {
  const words = (page: string): Record<string, string> =>
    JSON.parse(readFileSync(join(import.meta.dirname, `messages/${language}/${page}.json`), "utf8"));
  const wordless = allKeys().filter(({ action }) => {
    const [part = "", name = ""] = action.split(".");
    const own = words(part);
    const said = own[`key_${name}`] ?? own[`${name}_long`] ?? own[name];
    return !said || said.includes("{") || !words("settings")[`part_${part}`];
  });
  expect(wordless).toEqual([]);
});
