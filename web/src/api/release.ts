// The answers of the desk about releases, recalls, partners, the ledger and data protection. See types.ts.

import type { Json, Level, ProposalView, RecordState, Word } from './types';

// ---- GET /desk/proposals/{id} ----

export interface ToldRecord {
  id: string;
  kind: string;
  version: string;
  name: string;
  collection: string;
  state: RecordState;
  handling: Json;
  handling_now?: Json;
  named: string[];
  seen_by: string[];
}

export interface Told {
  records: ToldRecord[];
  more: number;
}

export interface ForeseenFound {
  count: number;
  examples: { id: string; version: string; name: string; level: Level }[];
}

export interface Foreseen {
  records: number;
  readers: {
    member_id: string;
    member: string;
    purpose: string;
    basis: string;
    has_key: boolean;
    gained: ForeseenFound;
    lost: ForeseenFound;
    other_parts: ForeseenFound;
  }[];
  unopened: number;
}

export type Would =
  | ({ action: 'publish' } & Told)
  | ({ action: 'handling' } & Told)
  | { action: 'agreement'; differences: string[]; toml: string; now: Foreseen | null }
  | {
      action: 'policies';
      policy: string;
      because: string;
      inherit: boolean;
      differences: string[];
      invariant_differences: string[];
      local: string;
      now: Foreseen | null;
    }
  | ({ action: 'erase'; record: string; cause: string; authority: string; scope: string } & Told)
  | { action: 'apply'; stones: Tombstone[]; more: number }
  | ({ action: 'lift'; record: string; because: string } & Told)
  | { action: 'clear-alarm'; log: string; evidence: string[] }
  | ({ action: 'override'; to: string; purpose: string; danger: string } & Told);

export interface Proposed extends ProposalView {
  at: string;
  approved_by: string | null;
  void: string | null;
  would: Would;
}

// ---- what acting routes answer ----

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

export interface ImportSummary {
  accepted: number;
  unchanged: number;
  changed: number;
  held: number;
  rejected: Rejected[];
  warnings: number;
  proposals: ProposalView[];
  not_taken?: NotTaken[];
}

export interface Published {
  id: string;
  version: string;
}

export interface Changed {
  id: string;
  version: string;
  copies: number;
  revision: number;
  level: Level;
}

export interface Withdrawn {
  id: string;
  version: string;
}

export interface Approved {
  kind: string;
  subject: string;
}

// ---- GET /desk/recalls, /desk/recalls/{id} ----

export interface RecallTarget {
  id: string;
  version: string;
  /** Empty while it is not here. */
  state: string;
  reason: string;
  by: string;
  waits: boolean;
  resting: string[];
}

export type HolderState =
  | 'queued'
  | 'told'
  | 'acknowledged'
  | 'complied'
  | 'partly'
  | 'held'
  | 'refused'
  | 'unknown'
  | 'cannot'
  | 'closed'
  | 'superseded';

export interface RecallHolder {
  member: string;
  state: HolderState;
  /** What it states, in words; not what is so. */
  words: string;
  since: string | null;
  due: string;
  overdue: boolean;
  records: number;
  /** To how many others it says to have passed it on, and how many of these have not finished. */
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
  /** Empty for a lift. */
  obligation: string;
  own: boolean;
  in_force: boolean;
  said_at: string;
  due: string;
  records: RecallTarget[];
  members: RecallHolder[];
}

export interface Recalls {
  recalls: RecallView[];
}

// ---- GET /desk/partners ----

export interface PulledView {
  remote: string;
  collection: string;
  added_after: string;
  pulled_at: string;
  failures: number;
}

export interface RefusedView {
  id: string;
  reason: string;
  at: string;
}

export interface PeerView {
  name: string;
  url: string;
  member: string;
  collections: PulledView[];
  refused: RefusedView[];
}

export interface Standing {
  member: string;
  unsaid: number;
  met_at: string;
  same_agreement: boolean;
  agreement_version: number;
  ahead_seconds: number;
  program: string;
  fault: string;
}

export interface LogView {
  log: string;
  member: string;
  ledger_key: string;
  witness_key: string;
  size: number;
  at: string;
  signed_ours: number;
  alarm: string;
  fault: string;
  says: string;
}

export interface Partners {
  peers: PeerView[];
  standings: Standing[];
  logs: LogView[];
}

// ---- GET /desk/ledger, /desk/ledger/leaves?from&count, POST /desk/ledger/verify ----

export interface Ledger {
  /** The signed checkpoint as text; null before the first leaf. */
  checkpoint: string | null;
  vkey: string;
  witnesses: LogView[];
}

export interface Leaves {
  from: number;
  /** Base64. */
  leaves: string[];
}

export interface Verified {
  leaves: number;
  root: string;
  kinds: Record<string, number>;
  records: number;
  faults: string[];
}

// ---- GET /desk/protection ----

export interface DueView {
  id: string;
  version: string;
  name: string;
  collection: string;
  origin: string;
  own: boolean;
  state: RecordState;
  due_at: string;
  erased_at: string;
  days: number;
  extensions: number;
}

export interface TriageView {
  id: string;
  version: string;
  kind: Word;
  name: string;
  origin: string;
  taken_at: string;
  erased_at: string;
}

export interface SetAside {
  id: string;
  version: string;
  origin: string;
  reason: string;
  stated_grade: string;
  grade: string;
  resting: string[];
}

export interface Quarantine {
  records: SetAside[];
  members: { member: string; made: number; lifted: number }[];
}

export interface Tombstone {
  collection: string;
  origin: string;
  id: string;
  version: string;
  version_at: string;
  digest: string;
  scope: string;
  reason: string;
  authority: string;
  at: string;
}

export interface ConsentView {
  id: string;
  record: string;
  purpose: string;
  by: string;
  reason: string;
  state: 'asked' | 'granted' | 'refused';
  own: boolean;
  at: string;
}

export interface Protection {
  due: DueView[];
  /** Left out for who may not look at what waits in triage. */
  triage?: TriageView[];
  quarantine: Quarantine;
  tombstones: Tombstone[];
  consents: ConsentView[];
}

// ---- GET /desk/searches ----

export interface ConsultationView {
  id: string;
  at: string;
  actor: string;
  purpose: string;
  reason: string;
  case: string;
  query: string;
  hits: number;
  leaf: number;
}

export interface Searches {
  searches: ConsultationView[];
}

// ---- GET /desk/agreement, /desk/policies ----

export interface InForceView {
  epoch: number;
  digest: string;
  policy: string;
  /** The agreement as TOML. */
  toml: string;
  agreement: Json;
}

export interface RuleView {
  id: string;
  /** What it does, in a sentence. */
  says: string;
}

export interface Policies {
  rules: {
    epoch: number;
    hash: string;
    guards: string;
    rules: RuleView[];
    local: string;
    invariants: Json;
    is_proved: boolean;
  };
  history: {
    epoch: number;
    at: string;
    by: string;
    policy: string;
    solver: string;
    proof: string;
    reason: string;
  }[];
}
