// The answers of the release desk: what it does and what waits there.
import type { Got, Level, Outcome, ProposalView, Word } from "./types";

export type { Got, Outcome };

// ---- POST /desk/import/look ----

export interface Rejected {
  index: number;
  id: string;
  reason: string;
}

export interface NotTaken {
  path: string;
  what: string;
  why: string;
}

export interface DryLine {
  at: number;
  id: string;
  version: string;
  word: Word;
  name: string;
  level: Level;
  narrowed: boolean;
  here: boolean;
}

export type View = "nothing" | "part" | "whole";

export interface MemberSees {
  member_id: string;
  member: string;
  has_key: boolean;
  whole: number;
  part: number;
  nothing: number;
  why: { view: View; rules: string[]; why: string; count: number }[];
  duties?: string[];
}

export interface Dry {
  objects: number;
  taken: number;
  here: number;
  waiting: number;
  rule?: string;
  warnings: number;
  rejected: Rejected[];
  more_rejected: number;
  not_taken: NotTaken[];
  more_not_taken: number;
  lines: DryLine[];
  looked: number;
  members: MemberSees[];
}

// ---- POST /desk/import, /desk/import/drafts ----

export interface Summary {
  accepted: number;
  unchanged: number;
  changed: number;
  held: number;
  rejected: Rejected[];
  warnings: number;
  proposals: ProposalView[];
  not_taken?: NotTaken[];
}

/** What is stated beside a file; as the node reads it. */
export interface Statement {
  preset?: string;
  tlp?: string;
  to?: string[];
  groups?: string[];
  exclude?: string[];
  purposes?: string[];
  embargo_until?: string;
  end_at?: string;
  onward?: boolean;
  personal?: boolean;
  category?: string;
  purpose?: string;
  legal_basis?: string;
}

// ---- GET /desk/drafts ----

export interface DraftView {
  id: string;
  version: string;
  word: Word;
  /** Empty where a list names nobody. */
  name: string;
  hit_only: boolean;
  level: Level;
  narrowed: boolean;
  collection: string;
  at: string;
  by: string;
  waits?: ProposalView;
  refused?: { by: string; at: string; reason?: string };
}

export interface Drafts {
  lines: DraftView[];
  more: boolean;
}

// ---- GET /desk/proposals, GET /desk/proposals/{proposal} ----

export type ProposalVerb = "approve" | "refuse" | "take-back";

export interface Listed extends ProposalView {
  at: string;
  may: ProposalVerb[];
}

export interface ToldRecord {
  id: string;
  kind: string;
  version: string;
  name: string;
  collection: string;
  state: string;
  handling: Record<string, unknown>;
  handling_now?: Record<string, unknown>;
  named: string[];
  seen_by: string[];
}

interface Told {
  records: ToldRecord[];
  more: number;
}

export type Would =
  | ({ action: "publish" } & Told)
  | ({ action: "handling" } & Told)
  | { action: "agreement"; differences: string[]; toml: string }
  | { action: "policies"; policy: string; because: string; inherit: boolean; differences: string[]; invariant_differences: string[]; local: string }
  | ({ action: "erase"; record: string; cause: string; authority: string; scope: string } & Told)
  | { action: "apply"; stones: { id: string; version: string; reason: string; authority: string }[]; more: number }
  | ({ action: "lift"; record: string; because: string } & Told)
  | { action: "clear-alarm"; log: string; evidence: string[] };

export interface Proposed extends ProposalView {
  at: string;
  may: ProposalVerb[];
  approved_by: string | null;
  refused_by?: string;
  decided_at?: string;
  answer?: string;
  void: string | null;
  would: Would;
}

// ---- GET /desk/recalls ----

export interface HolderView {
  member: string;
  state: string;
  words: string;
  since: string | null;
  due: string;
  overdue: boolean;
  records: number;
  onward: [number, number];
  reason: string;
  answer: string | null;
}

export interface RecallView {
  recall: string;
  digest: string;
  origin: string;
  by: string;
  says: string;
  scope: string;
  reason: string;
  obligation: string;
  own: boolean;
  in_force: boolean;
  said_at: string;
  due: string;
  records: { id: string; version: string; state: string; reason: string; by: string; waits: boolean; resting: string[] }[];
  members: HolderView[];
}

export interface Recalls {
  recalls: RecallView[];
}

export interface Issued {
  recall: string;
  records: string[];
  told: string[];
  cannot: string[];
  due: string;
}

// ---- GET /desk/partners ----

export interface Partners {
  peers: {
    name: string;
    url: string;
    member: string;
    collections: { remote: string; collection: string; added_after: string; pulled_at: string; failures: number }[];
    refused: { id: string; reason: string; at: string }[];
  }[];
  standings: {
    member: string;
    unsaid: number;
    met_at: string;
    same_agreement: boolean;
    ahead_seconds: number;
    program: string;
    fault: string;
  }[];
}

export interface Pulled {
  peer: string;
  title: string;
  received: number;
  unchanged: number;
  changed: number;
  refused: number;
  failure: string;
}

export interface Exchanged {
  peer: string;
  given: number;
  taken: number;
  waiting: number;
  refused: number;
  left: number;
  failure: string;
}
