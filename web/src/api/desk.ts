// The answers of the release desk: what it does and what waits there.
import type { Got, Level, Outcome, ProposalView, Word } from "./types";

import type { NotTaken, Rejected } from "./release";

export type { Got, Outcome };
export type { NotTaken, Partners, RecallView, Recalls, Rejected } from "./release";

// ---- POST /desk/import/look ----

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
  review_at?: string;
  /** Why a text stays that names a community as such. */
  reason?: string;
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
  | { action: "clear-alarm"; log: string; evidence: string[] }
  | ({ action: "override"; to: string; purpose: string; danger: string } & Told);

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

// ---- POST /desk/recalls ----

export interface Issued {
  recall: string;
  records: string[];
  told: string[];
  cannot: string[];
  due: string;
}

// ---- POST /desk/partners/{peer}/pull and /exchange ----

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
