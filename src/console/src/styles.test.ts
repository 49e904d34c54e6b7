/** All styles are on one page in the end: what a file styles begins with a class of its own part of the console. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const SOURCE = import.meta.dirname;

/** The selectors of a sheet, without those of what surrounds it (`:root`, `main`) and of several parts (`:is(...)`). */
function selectorsOf(sheet: string): string[] {
  const rules = sheet.replace(/\/\*[\s\S]*?\*\//g, "").matchAll(/([^{}]+)\{/g);
  return [...rules]
    .map((found) => (found[1] ?? "").trim())
    .filter((head) => !head.startsWith("@"))
    .flatMap((head) => head.split(/,(?![^(]*\))/))
    .map((selector) => selector.trim())
    .filter((selector) => selector && !/^(:root|:is|main|html|body|#app|from|to|\d+%)/.test(selector));
}

test("no two files style what begins with the same class, and none styles plain elements", () => {
  const owner = new Map<string, string>();
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".css") && name !== "style.css")) {
    for (const selector of selectorsOf(readFileSync(join(SOURCE, file), "utf8"))) {
      const first = /^[a-z]*\.([\w-]+)/.exec(selector)?.[1];
      expect(first, `${file}: ${selector}`).toBeDefined();
      expect(owner.get(first ?? "") ?? file, selector).toBe(file);
      owner.set(first ?? "", file);
    }
  }
});
