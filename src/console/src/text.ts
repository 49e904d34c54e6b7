/** What the console says, in the languages it speaks. Messages are ICU text, one file a page and language. */
import { signal } from "@preact/signals";
import { IntlMessageFormat } from "intl-messageformat";

export const LANGUAGES = { en: "English", uk: "Українська" } as const;
export type Language = keyof typeof LANGUAGES;
type Messages = Record<string, string>;
type Values = Record<string, string | number | Date>;

const LANGUAGE_KEY = "tallyscan.language";
const english = catalogue(
  import.meta.glob<Messages>("./messages/en/*.json", { eager: true, import: "default" }),
);
const ukrainian = catalogue(
  import.meta.glob<Messages>("./messages/uk/*.json", { eager: true, import: "default" }),
);
const CATALOGUES: Record<Language, Messages> = { en: english, uk: ukrainian };
const formatted = new Map<string, IntlMessageFormat>();

/** `desk.json` with `title` is `desk.title`. */
function catalogue(files: Record<string, Messages>): Messages {
  const all: Messages = {};
  for (const [path, messages] of Object.entries(files)) {
    const page = path.slice(path.lastIndexOf("/") + 1, -".json".length);
    for (const [key, text] of Object.entries(messages)) all[`${page}.${key}`] = text;
  }
  return all;
}

function firstLanguage(): Language {
  const kept = localStorage.getItem(LANGUAGE_KEY) ?? navigator.language.slice(0, 2);
  return kept in LANGUAGES ? (kept as Language) : "en";
}

export const language = signal<Language>(firstLanguage());

export function speak(chosen: Language): void {
  localStorage.setItem(LANGUAGE_KEY, chosen);
  language.value = chosen;
  document.documentElement.lang = chosen;
}
document.documentElement.lang = language.value;

/** The text of a key; the key itself where there is none, so that a gap is seen. */
export function t(key: string, values?: Values): string {
  const text = CATALOGUES[language.value][key] ?? english[key];
  if (text === undefined) return key;
  if (!values && !text.includes("{")) return text;
  const cacheKey = `${language.value} ${key}`;
  let format = formatted.get(cacheKey);
  if (!format) {
    format = new IntlMessageFormat(text, language.value);
    formatted.set(cacheKey, format);
  }
  return String(format.format(values));
}

/** Words of the service's own codes (families, reasons, lanes): the code in plain letters where no message is. */
export function word(group: string, code: string): string {
  const key = `${group}.${code}`;
  const text = t(key);
  return text === key ? code.replaceAll("_", " ") : text;
}

export const number = (value: number, digits = 0): string =>
  new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(value);

/** How dates are written: in English as in Europe, the day first and 24 hours. */
export const datesAs = (): string => (language.value === "en" ? "en-GB" : language.value);

export const time = (value: string | Date): string =>
  new Intl.DateTimeFormat(datesAs(), { dateStyle: "short", timeStyle: "medium" }).format(new Date(value));
