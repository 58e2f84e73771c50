// What the list of records can be narrowed by: a closed list. Nothing here is about nationality, ethnicity, religion, a
// place of worship or where a name comes from, and nothing of the kind is to be added.
import type { Frame } from "../../api/types";
import { country, nameOf, word } from "../../i18n/index.svelte";

export const FACETS = ["kind", "category", "level", "origin", "state", "collection"] as const;
export type Facet = (typeof FACETS)[number];

const LEVELS = ["TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR", "no marking"];
const STATES = ["live", "held", "overdue", "quarantined", "withdrawn", "erased"];

export interface Choice {
  value: string;
  text: string;
}

/** What can be chosen in a facet. */
export function choices(facet: Facet, frame: Frame): Choice[] {
  switch (facet) {
    case "kind":
      return frame.kinds.map((value) => ({ value, text: word("kind", value) }));
    case "category":
      return Object.keys(frame.categories).map((value) => ({ value, text: word("category", value) }));
    case "level":
      return LEVELS.map((value) => ({ value, text: word("marking", value) }));
    case "state":
      return STATES.map((value) => ({ value, text: word("state", value) }));
    case "origin":
      return frame.members.map((member) => ({ value: member.id, text: member.name }));
    case "collection":
      return frame.collections.map((one) => ({ value: one.alias || one.id, text: one.title }));
  }
}

/** Fields whose values come with the counts: what records have is what can be chosen. */
export const COUNTED = ["country", "language", "month"] as const;
/** So many values of one of them are listed; others are reached by narrowing further. */
export const COUNTED_MAX = 12;

/** What a value of a counted field is called. */
export function called(field: (typeof COUNTED)[number], value: string): string {
  if (field === "country") return countryOf(value) || value;
  if (field === "language" && /^[a-z]{2,3}$/.test(value)) return nameOf(value);
  return value;
}

/** The values of a facet that an address chooses. */
export function chosen(query: URLSearchParams, facet: string): string[] {
  return (query.get(facet) ?? "").split(",").filter((value) => value !== "");
}

/** The query of the node for an address. */
export function asked(query: URLSearchParams): Record<string, string> {
  const names = [...FACETS, ...COUNTED, "mine", "received"];
  const pairs = names.map((name) => [name, query.get(name) ?? ""] as const);
  return Object.fromEntries(pairs.filter(([, value]) => value !== ""));
}

/** The name of a country for its two letters; empty when they are none. */
export function countryOf(code: string): string {
  const name = /^[A-Za-z]{2}$/.test(code) ? country(code) : "";
  return name.toUpperCase() === code.toUpperCase() ? "" : name;
}
