/** What an expression may go on with, at a place in it: facts by the way to them, functions, and values of a text. */

export interface Fact {
  path: string;
  type: string;
  values: string[];
  meaning: string;
  has_more: boolean;
}

export interface Option {
  insert: string;
  shown: string;
  type: string;
  meaning: string;
  /** How many signs before the end of what is inserted the caret stands. */
  back?: number;
}

export interface Completion {
  from: number;
  to: number;
  options: Option[];
}

const NOTHING: Completion = { from: 0, to: 0, options: [] };
const MACRO = /([A-Za-z_][\w.]*)\.(?:exists|all|exists_one|filter|map)\(\s*([A-Za-z_]\w*)\s*,/g;
const OF_LISTS = ["exists", "all", "exists_one", "filter", "map"];
const OF_TEXTS = ["startsWith", "endsWith", "contains", "matches"];

/** The name that a macro gives to each of a list, and the way to it: `i` -> `declaration.items[]`. */
function bound(text: string): Map<string, string> {
  return new Map([...text.matchAll(MACRO)].map((found) => [found[2] ?? "", `${found[1]}[]`]));
}

const way = (written: string, names: Map<string, string>): string => {
  const [first = "", ...rest] = written.split(".");
  return [names.get(first) ?? first, ...rest].join(".");
};

export function complete(text: string, caret: number, facts: readonly Fact[]): Completion {
  const before = text.slice(0, caret);
  const names = bound(before);
  const of = new Map(facts.map((fact) => [fact.path, fact]));
  const value =
    /([A-Za-z_][\w.]*)\s*(?:==|!=)\s*'([\w ]*)$/.exec(before) ??
    /([A-Za-z_][\w.]*)\s+in\s+\[(?:'[^']*',\s*)*'([\w ]*)$/.exec(before);
  if (value) return values(of.get(way(value[1] ?? "", names)), value[2] ?? "", caret);
  if ((before.match(/'/g)?.length ?? 0) % 2) return NOTHING;
  const written = /[A-Za-z_][\w.]*$/.exec(before)?.[0];
  if (written === undefined) return NOTHING;
  const dot = written.lastIndexOf(".");
  const stem = written.slice(dot + 1);
  const options =
    dot < 0
      ? roots(facts, names)
      : inside(way(written.slice(0, dot), names), facts, of.get(way(written.slice(0, dot), names)));
  const fit = options.filter((option) => option.shown.toLowerCase().startsWith(stem.toLowerCase()));
  if (fit.length === 1 && fit[0]?.insert === stem) return NOTHING;
  return { from: caret - stem.length, to: caret, options: fit };
}

function values(fact: Fact | undefined, stem: string, caret: number): Completion {
  const fit = (fact?.values ?? []).filter((each) => each.startsWith(stem) && each !== stem);
  const options = fit.map((each) => ({ insert: `${each}'`, shown: each, type: "string", meaning: "" }));
  return { from: caret - stem.length, to: caret, options };
}

function roots(facts: readonly Fact[], names: Map<string, string>): Option[] {
  const top = facts.filter((fact) => !/[.[]/.test(fact.path)).map((fact) => option(fact, fact.path));
  const own = [...names].map(([name, path]) => ({ insert: name, shown: name, type: path, meaning: "" }));
  const calls = ["has", "size"].map((name) => call(name, ""));
  return [...own, ...top, ...calls];
}

function inside(path: string, facts: readonly Fact[], fact: Fact | undefined): Option[] {
  if (fact?.type.startsWith("list(")) return [...OF_LISTS.map((name) => call(name, "x, ")), call("size", "")];
  if (fact?.type === "string") return OF_TEXTS.map((name) => call(name, "''", 2));
  const below = `${path}.`;
  return facts
    .filter((each) => each.path.startsWith(below) && !/[.[]/.test(each.path.slice(below.length)))
    .map((each) => option(each, each.path.slice(below.length)));
}

const option = (fact: Fact, name: string): Option => ({
  insert: name,
  shown: name,
  type: fact.type,
  meaning: fact.meaning,
});

const call = (name: string, given: string, back = 1): Option => ({
  insert: `${name}(${given})`,
  shown: name,
  type: "",
  meaning: "",
  back,
});

/** A fact as it can be asked for: what lies in a list by `exists`. */
export function asked(fact: Fact): string {
  const [list, rest] = fact.path.split("[].");
  if (rest === undefined) return fact.path;
  return `${list}.exists(x, x.${rest})`;
}

/** From where to where in the text a place given by lines and columns (from 1) is; at least one sign. */
export function placeIn(
  text: string,
  at: { line: number; column: number; end_line: number | null; end_column: number | null },
): [number, number] {
  const lines = text.split("\n");
  const offset = (line: number, column: number) =>
    Math.min(
      lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1,
      text.length,
    );
  const from = offset(at.line, at.column);
  const to = at.end_line && at.end_column ? offset(at.end_line, at.end_column) : from;
  return [from, Math.max(to, Math.min(from + 1, text.length))];
}
