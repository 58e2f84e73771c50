// Which parts of a record somebody would not get: the whole beside what they get, line by line.
import type { Json } from "../api/types";

export interface Piece {
  text: string;
  removed: boolean;
  changed: boolean;
}

type Object = Record<string, Json>;

const isObject = (value: Json | undefined): value is Object => typeof value === "object" && value !== null && !Array.isArray(value);
const same = (a: Json, b: Json): boolean => JSON.stringify(a) === JSON.stringify(b);

// Whether `part` can be what is left of `whole`.
function within(part: Json, whole: Json): boolean {
  if (isObject(part) && isObject(whole)) {
    return Object.entries(part).every(([key, value]) => key in whole && within(value, whole[key] as Json));
  }
  if (Array.isArray(part) && Array.isArray(whole)) {
    let at = 0;
    return part.every((item) => {
      while (at < whole.length && !within(item, whole[at] as Json)) at += 1;
      at += 1;
      return at <= whole.length;
    });
  }
  return same(part, whole);
}

/** The whole as indented JSON, with what is missing in the part and what differs there marked. */
export function pieces(whole: Json, part: Json | undefined): Piece[] {
  const out: Piece[] = [];
  const line = (indent: number, text: string, removed: boolean, changed = false): void => {
    out.push({ text: "  ".repeat(indent) + text + "\n", removed, changed });
  };
  const write = (indent: number, before: string, value: Json, left: Json | undefined, gone: boolean, after: string): void => {
    const removed = gone || left === undefined;
    if (isObject(value)) {
      const rest = isObject(left) ? left : {};
      const entries = Object.entries(value);
      line(indent, `${before}{`, removed);
      entries.forEach(([key, item], i) => {
        write(indent + 1, `${JSON.stringify(key)}: `, item, rest[key], removed, i < entries.length - 1 ? "," : "");
      });
      line(indent, `}${after}`, removed);
    } else if (Array.isArray(value)) {
      const rest = Array.isArray(left) ? [...left] : [];
      line(indent, `${before}[`, removed);
      value.forEach((item, i) => {
        const next = rest[0];
        const kept = next !== undefined && within(next, item);
        if (kept) rest.shift();
        write(indent + 1, "", item, kept ? next : undefined, removed, i < value.length - 1 ? "," : "");
      });
      line(indent, `]${after}`, removed);
    } else {
      line(indent, before + JSON.stringify(value) + after, removed, !removed && !same(value, left as Json));
    }
  };
  write(0, "", whole, part, false, "");
  return out;
}
