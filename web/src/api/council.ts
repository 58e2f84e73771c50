// The answers of the desk about the council's work, as the node writes them.
import type { Level } from "./types";

/** Where a record of a view comes from. */
export interface Place {
  id: string;
  version: string;
  collection: string;
  origin: string;
  level: Level;
  /** Under which number it came, if it came from a reading. */
  key?: string;
}

export interface Page<T> {
  lines: T[];
  next?: string;
  /** What is left out because there is too much of it, a sentence each. */
  left_out?: string[];
}

/** Words with whose they are and through whom they came. */
export interface Words {
  text: string;
  said_by: string;
  relayed_by?: string[];
  language?: string;
  translated_by?: string;
}

export interface Named {
  id: string;
  title?: string;
  key?: string;
}

export interface Party {
  member?: string;
  country?: string;
  name?: Words;
  count?: number;
  unnamed: boolean;
}

export type Known = "stated" | "inferred" | "elsewhere" | "unknown";

export interface Open {
  value?: string;
  basis: Known;
  note?: Words;
}

export interface Time {
  from?: string;
  until?: string;
}

// ---- GET /desk/council/bodies ----

export interface Body extends Place {
  names: { value: string; latin?: string; name_kind: string; valid?: Time }[];
  form: string;
  mandate?: string;
  country?: string;
  chair?: Open;
  head?: Open;
  members: Party[];
  sessions: number;
  near: string[];
}

// ---- GET /desk/council/sessions, /desk/council/sessions/{record} ----

export interface Field {
  what: string;
  value?: string;
  basis: Known;
  note?: string;
  parties?: Party[];
}

export interface SessionLine extends Place {
  title: string;
  body: string;
  number: Field;
  during: Field;
}

export interface Paper {
  id: string;
  title: string;
  level: Level;
  from?: string;
  known_from?: string[];
  sections?: string[];
}

export interface Session extends Place {
  title: string;
  body: string;
  body_id: string;
  before?: string;
  status: string;
  fields: Field[];
  speakers: string[];
  agenda: { number: number; topic: string; basis: Known; level: Level }[];
  messages: Paper[];
  sources: Paper[];
  measures: { id: string; status: string; stated?: string; words: string; level: Level }[];
  programmes: { id: string; title: string; words?: string; reports: string[] }[];
  related: string[];
  claims: number;
  warnings: string[];
  /** The journal that its originator keeps; none while there is none that this person finds. */
  journal?: Journal;
}

export interface Journal extends Place {
  title: string;
  state: string;
  entries: { number: number; at?: string; speaker: string; text: string; about?: string[] }[];
  approved: string[];
  missing: string[];
  amendments: string[];
  told: string;
}

// ---- GET /desk/council/claims, /desk/council/claims/{record} ----

export interface Quantity {
  value?: string;
  bound: "exactly" | "about" | "at-least" | "at-most" | "more-than" | "less-than";
  in_words?: Words;
  unit: string;
  scope?: string;
  period?: Time;
  period_words?: Words;
  counting_rule?: string;
  contributors: Party[];
  /** What is missing to trace it; empty when it is traced. */
  missing: string[];
}

export interface Claim extends Place {
  words: Words;
  voice: string;
  latin?: string;
  reported: "quotation" | "paraphrase";
  form: string;
  certainty: "reported" | "uncertain";
  topic: string;
  quantity?: Quantity;
  session?: Named;
  elsewhere: boolean;
  source?: Named;
  published?: Open;
  at?: string;
  restates?: Named;
  contested_by: Named[];
  flags: string[];
  notes: Words[];
}

export interface Claims extends Page<Claim> {
  topics: string[];
}

export interface ClaimView extends Claim {
  one_source: Named[];
  roots: { voice: string; claims: number; is_this: boolean }[];
  sets: Named[];
  left_out?: string[];
}

// ---- GET /desk/council/conflicts, /desk/council/conflicts/{record} ----

export interface ConflictLine extends Place {
  question: string;
  difference: string;
  claims: number;
  voices: number;
  roots: number;
  ratio?: string;
  sessions: number;
  positions: number;
}

export type Likeness = "nobody" | "only-one" | "same" | "other-script" | "overlaps" | "cannot-be-said" | "not-compared" | "differs";

export interface Position extends Place {
  stance: "adopt-view" | "dissent";
  claim?: string;
  claim_id?: string;
  reason: string;
  by?: string;
  on_earlier: boolean;
}

export interface Comparison extends Place {
  question: string;
  difference: string;
  voices: number;
  columns: { voice: string; latin?: string; claims: number }[];
  claims: Claim[];
  states: { value: Likeness; unit: Likeness; scope: Likeness; period: Likeness; rule: Likeness; speaker: Likeness; form: Likeness };
  one_scale: boolean;
  ratio?: string;
  overlap?: "yes" | "no" | "cannot-be-said";
  sessions: { session: string; roles: Field[] }[];
  without_statement: string[];
  bears_on: Claim[];
  derived: string[];
  shown?: string;
  positions: Position[];
  left_out?: string[];
}

// ---- GET /desk/council/proposals ----

export interface Proposals {
  lines: { mark: string; claims: string[]; told: string[]; why: string }[];
  left_out: string[];
}

// ---- GET /desk/council/programmes, /desk/council/measures ----

export interface Report extends Place {
  title: string;
  year: number;
  status: string;
  provided: "figures" | "not-provided";
  figures: number;
  claim?: Named;
}

export interface Programme extends Place {
  title: string;
  words?: string;
  years: number[];
  status: string;
  /** What its originator states and this node does not follow, with the reason. */
  stated?: string;
  decision?: string;
  body?: Named;
  session?: Named;
  rapporteur?: Party;
  measures: Named[];
  reports: Report[];
  notes: string[];
}

export interface Measure extends Place {
  title: string;
  status: string;
  /** What its originator states and this node does not follow, with the reason. */
  stated?: string;
  decision?: string;
  overdue: boolean;
  done_on?: string;
  evidence: string[];
  words: Words;
  stated_in?: Named;
  session?: Named;
  owner?: Party;
  due?: string;
  notes: Words[];
}

// ---- GET /desk/council/decisions, /desk/council/decisions/{record} ----

export interface DecisionLine extends Place {
  title: string;
  number?: string;
  status: string;
  stated?: string;
  deadline?: string;
}

export interface Decision extends DecisionLine {
  text: string;
  body: string;
  procedure: string;
  opened?: string;
  closed?: string;
  verdict?: string;
  answers: { member: string; says: string; text?: string; by?: string; at?: string; remarks?: string[]; counts: boolean }[];
  without?: string;
  decides: string[];
  left_out?: string[];
}

// ---- GET /desk/council/figures, /desk/council/figures/{record} ----

export interface FigureLine extends Place {
  title: string;
  figure: string;
  trace: string;
  stale: boolean;
}

export interface Figure extends Place {
  title: string;
  figure: string;
  missing: string[];
  trace: string;
  asked?: string;
  period?: string;
  rule?: string;
  as_of: string;
  counted?: number;
  shown: { id: string; version: string; origin: string; level: Level; state: string; share?: string }[];
  /** How many more of them this person may see that are not listed. */
  more?: number;
  not_shown?: number;
  left_out: string[];
  contributors: string[];
  parts?: string[];
  stale: string[];
  changes?: string;
  notes: string[];
}
