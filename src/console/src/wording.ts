/** What the service says, in the language of who reads it: its sentences by the catalogues that the service has. */
import { effect, signal } from "@preact/signals";
import type { components } from "./api/schema";
import { language, locale } from "./text";

export type Sentence = components["schemas"]["Sentence"];
type Value = NonNullable<Sentence["values"]>[string];
type Catalogue = Record<string, string>;

/** By language, as the service gives them; one that cannot be had is English until the language is chosen again. */
const catalogues = signal<Record<string, Catalogue>>({});

export async function load(wanted: string): Promise<void> {
  if (wanted === "en" || catalogues.peek()[wanted]) return;
  const answer = await fetch(`/console/words/${wanted}`).catch(() => null);
  if (answer?.ok) catalogues.value = { ...catalogues.peek(), [wanted]: await answer.json() };
}
effect(() => void load(language.value));

const PLACE = /\{(\w+)(?::([^{}]*))?\}/g;
const QUOTED = "'{text}'";
const BETWEEN: Record<string, string> = { "": " ", ",": ", ", ";": "; " };
const JOINED: Record<string, string> = { and: " and ", or: " or " };
const PLURALS: readonly string[] = ["zero", "one", "two", "few", "many"];

/** The text in the console's language; null where it is to be read in English. */
export function told(sentences: readonly Sentence[] | undefined): string | null {
  const known = catalogues.value[language.value];
  if (!known || !sentences?.length) return null;
  if (!partsOf(sentences).every(({ template }) => template in known)) return null;
  return sentences.map((each) => sentence(each, known)).join(" ");
}

const CODED = /^([a-z_]+): /;

/** A reason that begins with its code, or several: what the codes mean. Null where it is to be read in English. */
export function toldByCode(reason: string): string | null {
  const known = catalogues.value[language.value];
  const parts = reason.split(/; (?=[a-z_]+: )/).map((part) => known?.[CODED.exec(part)?.[1] ?? ""]);
  if (!parts.every((part) => part !== undefined)) return null;
  return parts.map((part) => `${part.slice(0, 1).toUpperCase()}${part.slice(1)}.`).join(" ");
}

/** All sentences, and those within them. */
export const partsOf = (sentences: readonly Sentence[] | undefined): Sentence[] =>
  (sentences ?? []).flatMap((each) => [each, ...partsOf(within(each))]);

const isSentence = (part: string | Sentence): part is Sentence => typeof part !== "string";

const within = ({ values }: Sentence): Sentence[] =>
  Object.values(values ?? {}).flatMap((value) => (Array.isArray(value) ? value.filter(isSentence) : []));

function sentence({ template, values }: Sentence, known: Catalogue): string {
  const text = (known[template] ?? template).replace(PLACE, (_, name: string, form = "") =>
    said(values?.[name] ?? "", form, known),
  );
  return text.endsWith("..") ? text.slice(0, -1) : text;
}

function said(value: Value, form: string, known: Catalogue): string {
  if (Array.isArray(value)) return list(value, form, known);
  if (typeof value === "number")
    return form.startsWith("plural|") ? plural(value, form) : formatted(value, form);
  if (form === "quoted") return (known[QUOTED] ?? QUOTED).replace("{text}", () => value);
  return form === "date" ? day(value) : value;
}

function list(parts: readonly (string | Sentence)[], form: string, known: Catalogue): string {
  const kind = form.replace("^", "");
  const joined = JOINED[kind];
  const between = joined === undefined ? (BETWEEN[kind] ?? " ") : (known[joined] ?? joined);
  const text = parts.map((part) => (isSentence(part) ? sentence(part, known) : part)).join(between);
  return form.startsWith("^") ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;
}

/** The word that goes with a count: the categories in this order, the last one for all others too. */
function plural(count: number, form: string): string {
  const rules = new Intl.PluralRules(locale());
  const words = form.split("|").slice(1);
  const categories = PLURALS.filter((each) =>
    rules.resolvedOptions().pluralCategories.includes(each as never),
  );
  return words[categories.indexOf(rules.select(count))] ?? words.at(-1) ?? "";
}

/** A number in one of the forms of Python that the service uses: `.1f`, `,.0f`, `.0%`, `.3g`. */
function formatted(value: number, form: string): string {
  const [, grouped, digits, kind] = /^(,)?(?:\.(\d))?([fg%])?$/.exec(form) ?? [];
  const places = Number(digits ?? (kind === "g" ? 6 : 0));
  if (!kind) return String(value);
  return new Intl.NumberFormat(locale(), {
    useGrouping: Boolean(grouped),
    ...(kind === "%" && { style: "percent" }),
    ...(kind === "g"
      ? { maximumSignificantDigits: Math.max(places, 1) }
      : { minimumFractionDigits: places, maximumFractionDigits: places }),
  }).format(value);
}

const day = (value: string): string =>
  new Intl.DateTimeFormat(locale(), { year: "numeric", month: "2-digit", day: "2-digit" }).format(
    new Date(`${value}T12:00:00`),
  );
