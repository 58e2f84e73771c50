// What the screens say, in the language of the person. A catalogue is a folder with one flat JSON file per area; a
// language is there when its folder is. English is the source: what another language lacks is shown in English.
import type { Key } from "./keys";

type Forms = Partial<Record<Intl.LDMLPluralRule, string>>;
type Catalogue = Record<string, string | Forms>;
export type Values = Record<string, string | number>;

const folders = import.meta.glob<Record<string, Catalogue>>("./*/index.ts", { import: "default" });

// What comes after the page: the names of properties of records and what stands in them, what the screens of the release
// desk, of writing, of the council, of the ledger and of the inbox say, the sentences of rules, and why somebody sees
// something. Only the screens that show them wait for them.
const LATER = ["compare", "council", "detail", "desk", "ledger", "records", "rule", "today", "why", "write"] as const;
type Later = (typeof LATER)[number];
const later = import.meta.glob<Catalogue>("./*/{compare,council,detail,desk,ledger,records,rule,today,why,write}.json", { import: "default" });
const coming = new Map<Later, Promise<void>>();

/** The languages that there are, by their codes. */
export const languages: string[] = Object.keys(folders).map((path) => path.split("/")[1] ?? "").sort();

// Languages that say everything that English says, as a test makes sure: for these English is not loaded.
const WHOLE = new Set(["en", "ru", "ar"]);
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

let english: Catalogue = {};
const now = $state<{ language: string; catalogue: Catalogue }>({ language: "en", catalogue: {} });

async function read(language: string): Promise<Catalogue> {
  const areas = (await folders[`./${language}/index.ts`]?.()) ?? {};
  return Object.assign({}, ...Object.values(areas)) as Catalogue;
}

async function readLater(language: string, area: Later): Promise<Catalogue> {
  return (await later[`./${language}/${area}.json`]?.()) ?? {};
}

async function readAll(language: string): Promise<Catalogue> {
  const parts = await Promise.all([read(language), ...LATER.map((area) => readLater(language, area))]);
  return Object.assign({}, ...parts) as Catalogue;
}

/** Loads the language of the address or of the browser. */
export async function begin(): Promise<void> {
  const asked = new URLSearchParams(location.hash.split("?")[1] ?? "").get("lang");
  const wanted = [asked, ...navigator.languages].map((one) => (one ?? "").split("-")[0] ?? "");
  const language = wanted.find((one) => languages.includes(one)) ?? "en";
  await speak(language);
}

/** Changes the language of the page, and which way it runs. */
export async function speak(language: string): Promise<void> {
  const needed = !WHOLE.has(language) && Object.keys(english).length === 0;
  // At first the page stands as soon as it can; a change of the language takes everything with it.
  const first = Object.keys(now.catalogue).length === 0;
  const [catalogue, source] = await Promise.all([first ? read(language) : readAll(language), needed ? readAll("en") : english]);
  english = source;
  now.language = language;
  now.catalogue = catalogue;
  if (first) for (const area of LATER) coming.set(area, add(language, area));
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
}

async function add(language: string, area: Later): Promise<void> {
  const words = await readLater(language, area);
  if (now.language === language) now.catalogue = { ...now.catalogue, ...words };
}

/** Resolves when an area that comes after the page is there. */
export function said(area: Later): Promise<void> {
  return coming.get(area) ?? Promise.resolve();
}

/** Loads something that cannot be shown without an area that comes after the page. */
export async function saying<T>(area: Later, loading: Promise<T>): Promise<T> {
  const [loaded] = await Promise.all([loading, said(area)]);
  return loaded;
}

/** The code of the language of the page. */
export function language(): string {
  return now.language;
}

// Digits are Latin in every language, so that a number can be compared with the record it comes from.
function locale(): string {
  return `${now.language}-u-nu-latn`;
}

/** A number in the form of the language. */
export function number(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

function chosen(entry: string | Forms, language: string, values: Values): string {
  if (typeof entry === "string") return entry;
  const n = values["n"];
  const form = new Intl.PluralRules(language).select(typeof n === "number" ? n : 0);
  return entry[form] ?? entry.other ?? "";
}

function found(key: string, values: Values): string | undefined {
  const own = now.catalogue[key];
  if (own !== undefined) return filled(chosen(own, now.language, values), values);
  const source = english[key];
  return source === undefined ? undefined : filled(chosen(source, "en", values), values);
}

/** The sentence under a key, with its values; `n` chooses the plural form. */
export function t(key: Key, values: Values = {}): string {
  return found(key, values) ?? key;
}

/** Whether there is a sentence under a key that is put together, such as `rule.` and the name of a rule. */
export function has(key: string): boolean {
  return key in now.catalogue || key in english;
}

/** The word for a value that the node sends, such as a kind or a state; the value itself when there is none. */
export function word(prefix: string, value: string, values: Values = {}): string {
  return found(`${prefix}.${value}`, values) ?? value;
}

/** Several things in one sentence: `a, b and c`. */
export function list(items: string[]): string {
  return new Intl.ListFormat(now.language, { type: "conjunction" }).format(items);
}

/** The name of a language in that language. */
export function nameOf(code: string): string {
  const name = new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

/** The name of a country by its two letters; the letters when there is none. */
export function country(code: string): string {
  // Codes that everybody may use as they like name no country, whatever a list says.
  if (/^(AA|Q[M-Z]|X[A-JL-Z]|ZZ)$/i.test(code)) return code;
  try {
    return new Intl.DisplayNames([now.language], { type: "region" }).of(code.toUpperCase()) ?? code;
  } catch {
    return code;
  }
}
