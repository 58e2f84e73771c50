// The answers of the desk about writing: looks at a form, what was begun, values in a text, and what becomes of a record.
import type { Difference, Fault, Json, ProposalView, Sight, Wording, Word } from "./types";

// ---- POST /desk/check ----

export interface Checked {
  faults: Fault[];
  sights: Sight[];
  questions: string[];
  differences: Difference[];
  dropped: string[];
  from?: string;
}

// ---- POST /desk/drafts, /desk/records, /desk/links, /desk/links/drafts ----

export interface Written {
  id: string;
  version: string;
  kind: Word;
  collection: string;
  state: "published" | "held" | "waiting" | "unchanged";
  proposals: ProposalView[];
  warnings: string[];
}

// ---- PUT /desk/drafts/{object}, /desk/records/{object} ----

export interface Edited {
  id: string;
  from: string;
  to: string;
  differences: Difference[];
  dropped: Json[];
  entries: ({ written: Written } | { refused: Fault[] })[];
  left_behind: string[];
}

// ---- GET /desk/scratch, /desk/scratch/{scratch} ----

export interface ScratchLine {
  scratch: string;
  at: string;
  kind: string;
  title: string;
  object?: string;
}

export interface Begun {
  begun: ScratchLine[];
}

export interface Scratch {
  scratch: string;
  at: string;
  content: Json;
}

// ---- GET /desk/terms ----

export interface Adopted {
  name: string;
  version: number;
  origin: string;
  terms: { code: string; labels: Wording[] }[];
}

// ---- POST /desk/paste, /desk/paste/rows ----

export type What = "date" | "country" | "phone" | "plate" | "email" | "url" | "domain" | "ip" | "hash" | "amount" | "persons";

export interface Found {
  what: What;
  value: string;
  unit?: string;
  text: string;
  /** Where it begins and how long it is, as this language counts. */
  at: number;
  length: number;
}

export interface Values {
  found: Found[];
}

export interface Table {
  headings: string[];
  rows: { line: number; record?: Json; faults: Fault[] }[];
  faults: Fault[];
}
