/** No language lacks a message, and no page asks for one that is not there. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { IntlMessageFormat } from "intl-messageformat";
import { expect, test } from "vitest";

const SOURCE = import.meta.dirname;
const LANGUAGES = ["en", "uk"];

function messagesOf(language: string): Record<string, string> {
  const all: Record<string, string> = {};
  const folder = join(SOURCE, "messages", language);
  for (const file of readdirSync(folder)) {
    const page = file.replace(/\.json$/, "");
    const messages = JSON.parse(readFileSync(join(folder, file), "utf8")) as Record<string, string>;
    for (const [key, text] of Object.entries(messages)) all[`${page}.${key}`] = text;
  }
  return all;
}

/** A part of a parsed message: what is filled in has a `value`, plurals and choices have messages of their own. */
interface MessagePart {
  type: number;
  value?: string;
  options?: Record<string, { value: MessagePart[] }>;
}
const LITERAL = 0;
const NUMBER_OF_PLURAL = 7;

const placesOf = (parts: MessagePart[]): string[] =>
  parts.flatMap((part) => [
    ...(part.type === LITERAL || part.type === NUMBER_OF_PLURAL ? [] : [part.value ?? ""]),
    ...Object.values(part.options ?? {}).flatMap((option) => placesOf(option.value)),
  ]);

const places = (text: string): string[] => placesOf(new IntlMessageFormat(text).getAst() as MessagePart[]);

test("every language has the same messages with the same places to fill", () => {
  const english = messagesOf("en");
  for (const language of LANGUAGES) {
    const others = messagesOf(language);
    expect(Object.keys(others).sort()).toEqual(Object.keys(english).sort());
    for (const [key, text] of Object.entries(others)) {
      expect(new Set(places(text)), `${language} ${key}`).toEqual(new Set(places(english[key] ?? "")));
      expect(text.trim(), `${language} ${key}`).not.toBe("");
    }
  }
});

test("every message that the pages ask for by name is there", () => {
  const english = messagesOf("en");
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  for (const file of files) {
    const text = readFileSync(join(SOURCE, file), "utf8");
    for (const found of text.matchAll(/\bt\("([\w.]+)"/g))
      expect(english, file).toHaveProperty([found[1] ?? ""]);
  }
});

/** What pages ask for by a code: `word("families", code)`, or `t` with a name that ends in the code. */
function groupsAskedFor(): string[] {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((name) =>
    /(?<!\.test)\.tsx?$/.test(name),
  );
  const groups = files.flatMap((file) => {
    const text = readFileSync(join(SOURCE, file), "utf8");
    return [
      ...[...text.matchAll(/\bword\("([\w.]+)", `([\w.]*)\$\{/g)].map((found) => `${found[1]}.${found[2]}`),
      ...[...text.matchAll(/\b(?:word|saidAs)\("([\w.]+)", [^`]/g)].map((found) => `${found[1]}.`),
      ...[...text.matchAll(/\bt\(`(\w+\.\w[\w.]*)\$\{/g)].map((found) => found[1] ?? ""),
    ];
  });
  return [...new Set(groups)];
}

test("what the words of a code say in English is said in one way in every other language", () => {
  const groups = groupsAskedFor();
  expect(groups).toContain("families.");
  const plain = (text: string) => text.toLowerCase().replace(/\.$/, "");
  const english = Object.entries(messagesOf("en")).filter(([key]) =>
    groups.some((group) => key.startsWith(group)),
  );
  for (const language of LANGUAGES) {
    const others = messagesOf(language);
    const said = new Map<string, Map<string, string[]>>();
    for (const [key, text] of english) {
      const ways = said.get(plain(text)) ?? new Map<string, string[]>();
      const way = plain(others[key] ?? "");
      ways.set(way, [...(ways.get(way) ?? []), key]);
      said.set(plain(text), ways);
    }
    const differing = [...said].filter(([, ways]) => ways.size > 1);
    expect(differing.map(([text, ways]) => [text, ...ways])).toEqual([]);
  }
});
