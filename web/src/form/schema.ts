// The kinds of records as their published schemas say (`schema/kinds`): what a form shows of a kind, in which order, and
// what is wrong with its shape. Whether a record may be kept the node alone says.
import type { Fault, Json } from "../api/types";

export interface Schema {
  type?: string;
  enum?: string[];
  const?: string;
  properties?: Record<string, Schema | false>;
  required?: string[];
  items?: Schema;
  $ref?: string;
  $defs?: Record<string, Schema>;
  pattern?: string;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  allOf?: Schema[];
  if?: Schema;
  then?: Schema;
  dependentRequired?: Record<string, string[]>;
  /** The name of the definition that it was taken from. */
  named?: string;
}

/** A kind with what its schema refers to. */
export interface Kind {
  word: string;
  schema: Schema;
  parts: Schema;
}

const files = import.meta.glob<Schema>("../../../schema/kinds/{border-event,subject,group,journey,find,attack,plan,training-site,channel,account,payment,relation}.json", { import: "default" });

/** Loads a kind; nothing when there is no form for it. */
export async function load(word: string): Promise<Kind | undefined> {
  const file = files[`../../../schema/kinds/${word}.json`];
  if (!file) return undefined;
  const [schema, parts] = await Promise.all([file(), import("../../../schema/kinds/parts.json")]);
  return { word, schema, parts: parts.default as Schema };
}

export type Path = readonly (string | number)[];
type Obj = Record<string, Json>;

/** A path as the node writes it: `names.[0].value`. */
export const told = (path: Path): string => path.map((step) => (typeof step === "number" ? `[${step}]` : step)).join(".");

export function isObject(value: Json | undefined): value is Obj {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A schema with what it refers to in its place. */
export function resolve(kind: Kind, schema: Schema): Schema {
  const ref = schema.$ref;
  if (!ref) return schema;
  const named = ref.split("/").at(-1) ?? "";
  const found = (ref.startsWith("#") ? kind.schema : kind.parts).$defs?.[named];
  if (!found) return schema;
  const { $ref: _, allOf, ...own } = schema;
  const all = [...(found.allOf ?? []), ...(allOf ?? [])];
  return { ...found, ...own, named, ...(all.length > 0 ? { allOf: all } : {}) };
}

export interface Property {
  name: string;
  schema: Schema;
  required: boolean;
}

function holds(condition: Schema, value: Obj): boolean {
  return Object.entries(condition.properties ?? {}).every(([name, one]) => one !== false && (one.enum ?? []).includes(String(value[name])));
}

/** The properties that something has, as far as what stands in it allows them. */
export function properties(kind: Kind, schema: Schema, value: Json | undefined): Property[] {
  const here = isObject(value) ? value : {};
  const required = new Set(schema.required ?? []);
  const closed = new Set<string>();
  const more = new Map<string, Schema[]>();
  for (const one of schema.allOf ?? []) {
    const said = one.if ? (holds(one.if, here) ? one.then : undefined) : one;
    for (const name of said?.required ?? []) required.add(name);
    for (const [name, part] of Object.entries(said?.properties ?? {})) {
      if (part === false) closed.add(name);
      else more.set(name, [...(more.get(name) ?? []), part]);
    }
  }
  for (const [name, needs] of Object.entries(schema.dependentRequired ?? {})) {
    if (here[name] !== undefined) for (const one of needs) required.add(one);
  }
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) => {
    if (part === false || part.const !== undefined || closed.has(name)) return [];
    const over = more.get(name);
    const whole = resolve(kind, over ? { ...part, allOf: [...(part.allOf ?? []), ...over] } : part);
    return [{ name, schema: whole, required: required.has(name) }];
  });
}

/** The words of a list, cut to the one that is allowed where only one is. */
export function choices(schema: Schema): string[] | undefined {
  const only = schema.allOf?.find((one) => one.const !== undefined)?.const;
  return only === undefined ? schema.enum : [only];
}

/** What stands at a path. */
export function at(value: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((here, step) => (typeof here === "object" && here !== null ? (here as Record<string | number, Json>)[step] : undefined), value);
}

/** The same with something else at a path; nothing there takes it out. */
export function put(value: Json | undefined, path: Path, next: Json | undefined): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return next;
  if (typeof step === "number") {
    const list = Array.isArray(value) ? [...value] : [];
    const inner = put(list[step], rest, next);
    if (inner === undefined && rest.length === 0) list.splice(step, 1);
    else list[step] = inner ?? null;
    return list;
  }
  const map: Obj = isObject(value) ? { ...value } : {};
  const inner = put(map[step], rest, next);
  if (inner === undefined) delete map[step];
  else map[step] = inner;
  return map;
}

/** What is sent of a value: empty texts, lists and dictionaries say nothing and are left out. */
export function pruned(value: Json | undefined): Json | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value.trim() === "" ? undefined : value.trim();
  if (Array.isArray(value)) {
    const kept = value.map(pruned).filter((one) => one !== undefined);
    return kept.length > 0 ? kept : undefined;
  }
  if (typeof value === "object") {
    const kept = Object.entries(value).flatMap(([name, one]) => {
      const inner = pruned(one);
      return inner === undefined ? [] : [[name, inner] as const];
    });
    return kept.length > 0 ? Object.fromEntries(kept) : undefined;
  }
  return value;
}

const fault = (path: Path, code: string): Fault => ({ rule: "form", code, path: told(path), message: "" });

function wrong(schema: Schema, value: Json, path: Path): Fault[] {
  const list = choices(schema);
  if (list) return list.includes(String(value)) ? [] : [fault(path, "form-choice")];
  if (schema.type === "integer" || schema.type === "number") {
    const fits = typeof value === "number" && (schema.type === "number" || Number.isInteger(value));
    const within = fits && value >= (schema.minimum ?? -Infinity) && value <= (schema.maximum ?? Infinity);
    return within ? [] : [fault(path, "form-number")];
  }
  if (schema.type === "boolean" || typeof value !== "string") return [];
  if (schema.maxLength !== undefined && value.length > schema.maxLength) return [fault(path, "form-long")];
  if (schema.pattern && !new RegExp(schema.pattern, "u").test(value)) return [fault(path, `form-${schema.named ?? "pattern"}`)];
  return [];
}

function inner(kind: Kind, schema: Schema, value: Json | undefined, path: Path, required: boolean): Fault[] {
  if (schema.type === "object") {
    if (value === undefined && !required) return [];
    return properties(kind, schema, value).flatMap((one) => inner(kind, one.schema, at(value, [one.name]), [...path, one.name], one.required));
  }
  if (schema.type === "array") {
    const items = resolve(kind, schema.items ?? {});
    const list = Array.isArray(value) ? value : [];
    if (list.length === 0) return required ? inner(kind, items, undefined, [...path, 0], true) : [];
    return list.flatMap((one, i) => inner(kind, items, one, [...path, i], true));
  }
  if (value === undefined) return required ? [fault(path, "form-required")] : [];
  return wrong(schema, value, path);
}

/** What is wrong with the shape of a form, each at the place where it is put right. */
export function faults(kind: Kind, form: Json): Fault[] {
  return inner(kind, kind.schema, compact(form), [], true);
}

// As `pruned`, but entries of lists keep their places, so that a fault stands where its entry is on screen.
function compact(value: Json): Json | undefined {
  if (Array.isArray(value)) return value.length > 0 ? value.map((one) => compact(one) ?? {}) : undefined;
  if (isObject(value)) {
    const kept = Object.entries(value).flatMap(([name, one]) => {
      const part = compact(one);
      return part === undefined ? [] : [[name, part] as const];
    });
    return kept.length > 0 ? Object.fromEntries(kept) : undefined;
  }
  return pruned(value);
}

const SCRIPTS: [string, RegExp][] = [
  ["Cyrl", /\p{Script=Cyrillic}/u],
  ["Arab", /\p{Script=Arabic}/u],
  ["Latn", /\p{Script=Latin}/u],
  ["Hebr", /\p{Script=Hebrew}/u],
  ["Grek", /\p{Script=Greek}/u],
  ["Geor", /\p{Script=Georgian}/u],
  ["Armn", /\p{Script=Armenian}/u],
  ["Deva", /\p{Script=Devanagari}/u],
  ["Hans", /\p{Script=Han}/u],
];

/** The script in which a name is written, by its letters; nothing when they say none. */
export function script(name: string): string | undefined {
  return SCRIPTS.find(([, letters]) => letters.test(name))?.[0];
}

export interface Place {
  path: Path;
  schema: Schema;
}

/** The single fields of a kind that take one text or number, with the next free entry of each list. */
export function leaves(kind: Kind, form: Json, schema: Schema = kind.schema, path: Path = [], depth = 0): Place[] {
  if (depth > 4) return [];
  return properties(kind, schema, at(form, path)).flatMap(({ name, schema: part }) => {
    const here = [...path, name];
    if (part.type === "object") return leaves(kind, form, part, here, depth + 1);
    if (part.type === "array") {
      const list = at(form, here);
      const next = [...here, Array.isArray(list) ? list.length : 0];
      const items = resolve(kind, part.items ?? {});
      return items.type === "object" ? leaves(kind, form, items, next, depth + 1) : [{ path: next, schema: items }];
    }
    return [{ path: here, schema: part }];
  });
}
