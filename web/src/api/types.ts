// The answers of the desk under /api/v1/desk, as the node writes them. Times are texts in UTC with six fraction digits;
// digests and hashes are hexadecimal texts. `?` means that the node leaves the field out; `| null` that it writes null.

/** A text of JSON that nothing more is known about. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

// ---- words ----

/** Level in words, as it is shown. `no marking` is treated as AMBER+STRICT. */
export type Level =
  | 'TLP:CLEAR'
  | 'TLP:GREEN'
  | 'TLP:AMBER'
  | 'TLP:AMBER+STRICT'
  | 'TLP:RED'
  | 'no marking'
  | 'unknown marking';

export type RecordState = 'live' | 'held' | 'withdrawn' | 'quarantined' | 'triage' | 'overdue' | 'erased';

export type Role = 'analyst' | 'release-officer' | 'secretariat' | 'data-protection' | 'auditor' | 'administrator';

/** The words of our kinds; an object that is of none has its STIX type instead. */
export type Word =
  | 'subject'
  | 'group'
  | 'plan'
  | 'training-site'
  | 'border-event'
  | 'attack'
  | 'find'
  | 'channel'
  | 'journey'
  | 'account'
  | 'payment'
  | 'relation'
  | (string & {});

/** What a person may do with a record; exactly these buttons are shown. */
export type Verb =
  | 'publish'
  | 'edit'
  | 'handling'
  | 'withdraw'
  | 'recall'
  | 'attach'
  | 'grade'
  | 'note'
  | 'link'
  | 'dispute'
  | 'allege'
  | 'erase';

/** What a number of records counts. */
export type Basis = 'seen' | 'shown' | 'at-least';

/** `yes`, `no`, or that the dates do not say. */
export type Answer = 'yes' | 'no' | 'cannot-be-said';

// ---- errors: application/problem+json ----

export interface Fault {
  rule: string;
  code: string;
  path: string;
  message: string;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** sign-in, second-factor, enrol, role, step-up, foreign-page, two-callers … */
  code?: string;
  faults?: Fault[];
}

// ---- GET /desk/frame ----

export interface FrameCollection {
  id: string;
  alias: string;
  title: string;
}

export interface FrameMember {
  id: string;
  name: string;
  standing: 'member' | 'observer' | 'partner' | 'oversight';
  active: boolean;
  own: boolean;
}

/** A named handling to choose from. */
export interface Preset {
  title: string;
  /** clear, green, amber, amber+strict, red */
  tlp: string | null;
  groups: string[];
  purposes: string[];
  onward: boolean;
  code?: 'H0' | 'H1' | 'H2' | 'H3';
  pap?: 'clear' | 'green' | 'amber' | 'red';
  flags?: string[];
  iep?: Json;
}

export interface Frame {
  community: string;
  exercise: boolean;
  epoch: number;
  collections: FrameCollection[];
  members: FrameMember[];
  /** Title by name. */
  groups: Record<string, string>;
  purposes: Record<string, string>;
  legal_bases: Record<string, string>;
  presets: Record<string, Preset>;
  kinds: string[];
  /** Words of a category by its name. */
  categories: Record<string, string>;
  two_person: ('red' | 'personal-data' | 'agreement' | 'policies' | 'first-to-observer')[];
}

// ---- GET /desk/today, POST /desk/today/done {key} ----

export interface TodayItem {
  key: string;
  screen: 'record' | 'recall' | 'proposal' | 'partner' | 'log' | 'triage' | 'request' | 'node';
  id: string;
  /** Empty for a record without a name, and where lists do not name it. */
  title: string;
  latin?: string;
  why: string;
  origin?: string;
  level?: Level;
  at?: string;
  due?: string;
  overdue?: boolean;
  putaway?: boolean;
}

export interface TodayGroup {
  kind:
    | 'alarms'
    | 'recalls'
    | 'approve'
    | 'silences'
    | 'journals'
    | 'decisions'
    | 'measures'
    | 'deliveries'
    | 'refused'
    | 'triage'
    | 'review'
    | 'quarantine'
    | 'consents'
    | 'received'
    | 'drafts';
  verb: 'look' | 'answer' | 'approve' | 'decide' | 'publish' | 'read';
  count: number;
  more: boolean;
  items: TodayItem[];
}

export interface Today {
  groups: TodayGroup[];
}

// ---- GET /desk/records?kind&category&origin&collection&country&level&state&mine&received&after&limit ----
// Each of kind, category, origin, collection, country, level, state takes several values, joined by commas.
// category takes names (suspect, convicted, future-offence, contact, victim, witness, can-inform), level the words of Level.

export interface BrowseLine {
  id: string;
  version: string;
  word: Word;
  /** Empty when erased or only told of. */
  name: string;
  latin?: string;
  origin: string;
  level: Level;
  narrowed: boolean;
  state: RecordState;
  /** In words. */
  category?: string;
  collection: string;
  at: string;
  hit_only: boolean;
  mine: boolean;
}

export interface BrowsePage {
  lines: BrowseLine[];
  /** There may be one although there are few lines, or none: ask on. */
  next?: string;
  basis: Basis;
}

// ---- GET /desk/records/counts, with the same filter ----

export interface CountOf {
  n: number;
  /** So many were looked at one by one; there may be more. */
  more?: true;
}

export interface Counts {
  total: CountOf;
  /** By field, those first that most records have. */
  facets: { [field in "kind" | "country" | "language" | "month" | "level" | "category" | "origin" | "state"]?: (CountOf & { value: string })[] };
}

// ---- POST /desk/search {query, name?, purpose, case?, reason?, basis?, at?, limit?, after?, all_versions?} ----

export interface Excerpt {
  text: string;
  goes_before: boolean;
  goes_on: boolean;
  said_by: string | null;
}

export interface MatchedName {
  name: string;
  script: string | null;
  former: boolean;
  from: string | null;
  until: string | null;
  in_use: Answer | null;
}

export interface Hit {
  id: string;
  version: string;
  origin: string;
  /** Found and nothing else: all below is empty. */
  hit_only: boolean;
  kind: Word;
  name: string;
  collection: string;
  level: Level | '';
  state: RecordState | '';
  text: Excerpt | null;
  names: MatchedName[];
}

export interface Found {
  hits: Hit[];
  next: string | null;
  consultation: string;
}

/** GET /desk/search/{consultation}: for its author alone. */
export interface Asked {
  consultation: string;
  query: string;
  purpose: string;
  case: string;
  reason: string;
  at: string;
}

// ---- GET /desk/records/{object}?version= ----

export interface RecordView {
  id: string;
  version: string;
  /** STIX type. */
  kind: string;
  name: string;
  collection: string;
  origin: string;
  level: Level;
  narrowed: boolean;
  state: RecordState;
  /** Canonical JSON text. */
  handling: string;
  duties?: string[];
  /** The object as JSON text; null when erased or not asked for. */
  content: string | null;
}

export interface Grading {
  scale: '4x4' | '6x6';
  source: string;
  information: string;
}

export interface StatementView {
  category?: string;
  purpose?: string;
  legal_basis?: string;
  review_at?: string;
  grading: Grading;
  graded: boolean;
  capped?: string;
  revision: number;
}

export interface ChangeView {
  actor: string;
  reason: string;
  at: string;
}

export interface LinkView {
  id: string;
  word: Word;
  /** Of a relation its relationship type. */
  name: string;
  end?: 'source' | 'target';
  other?: string;
  other_name?: string;
  origin: string;
}

/** A record of a kind; which properties there are follows from `kind` (schema/kinds/*.json). */
export type KindRecord = { kind: string } & { [property: string]: Json };

export interface Sheet extends RecordView {
  word: Word;
  record?: KindRecord;
  set_aside?: string;
  stale?: string[];
  statement: StatementView;
  under_18?: Answer;
  change?: ChangeView;
  links: LinkView[];
  /** How many other versions and claims stand under this id. */
  others: number;
}

export interface NameLine {
  value: string;
  latin?: string;
  /** ISO 15924. */
  script?: string;
  kind?: 'primary' | 'alias' | 'former' | 'maiden' | 'transliteration' | 'abbreviation' | 'misspelling';
}

export interface GradeView {
  member: string;
  member_id: string;
  grade: string;
  grading: Grading;
  against: 'provider' | 'agrees' | 'differs' | 'different-scales';
  of_version: string;
  is_current: boolean;
  at: string;
  reason: string;
}

export interface QualityView {
  id: string;
  version: string;
  name: string;
  origin: string;
  quality: { accuracy: string; completeness: string; reliability: string; currency: string } | null;
  is_sent: boolean;
  warnings: string[];
  priority: string | null;
  classification: string | null;
}

export interface Wording {
  language: string;
  text: string;
  translated_by?: string;
}

export interface CitedView {
  vocabulary: string;
  version: number;
  term: string;
  label: Wording | null;
}

export interface Decided {
  other: string;
  same: boolean;
  by: string;
  at: string;
  reason: string;
  undone: string | null;
}

export interface NoteView {
  note: string;
  record: string;
  text: string;
  by: string;
  at: string;
}

export interface AttachmentView {
  id: string;
  name: string;
  title: string;
  mime_type: string;
  size: number;
  sha256: string;
  level: Level;
  state: RecordState;
  pending?: ProposalView;
}

export interface Dossier {
  grades: GradeView[];
  quality: QualityView;
  terms: CitedView[];
  same: Decided[];
  notes: NoteView[];
  attachments: AttachmentView[];
}

export interface RecordPage {
  sheet: Sheet;
  names: NameLine[];
  dossier: Dossier;
  /** What others say under the same id, without content. */
  claims: RecordView[];
  may: Verb[];
}

// ---- GET …/{object}/sights: Sights · GET …/{object}/sights/{member}: SightOf ----

export interface Sight {
  id: string;
  version: string;
  name: string;
  origin: string;
  member_id: string;
  member: string;
  view: 'nothing' | 'part' | 'whole';
  without: string[];
  /** Ids of the deciding rules. */
  rules: string[];
  why: string;
  purpose: string;
  basis: string;
  has_key: boolean;
  duties?: string[];
}

export interface Sights {
  sights: Sight[];
}

export interface Step {
  who: string;
  what: string;
}

/** What would have to change. */
export interface Outlook {
  /** Each way is enough; its steps belong together. */
  ways: Step[][];
  in_the_way: string[];
  for_good: string | null;
  tries: number;
  untried: number;
}

export interface Explanation {
  sight: Sight;
  delivered_at: string | null;
  answer: string;
  steps: string[];
  outlook: Outlook;
}

/** What a member would get: its fields are those of a Sight, and the very bytes as text. */
export interface Got extends Sight {
  content: string | null;
}

export interface SightOf {
  explanation: Explanation;
  got?: Got;
}

export interface Weighed extends Sight {
  outlook: Outlook;
}

// ---- GET …/{object}/deliveries ----

export type DeliveryState =
  | 'received'
  | 'refused'
  | 'late'
  | 'delivered'
  | 'told'
  | 'waiting'
  | 'no-key'
  | 'withheld';

export interface DeliveryView {
  id: string;
  version: string;
  name: string;
  member: string;
  view: 'whole' | 'part';
  first_at: string;
  last_at: string;
  count: number;
  leaf: number;
  state: DeliveryState;
  /** Code of why it was not taken; empty otherwise. */
  why: string;
  receipt?: string;
}

export interface Without {
  id: string;
  version: string;
  name: string;
  member: string;
  state: DeliveryState;
  why: string;
}

export interface Deliveries {
  left: DeliveryView[];
  without: Without[];
}

// ---- GET …/{object}/difference?from&to ----

export interface Difference {
  path: string;
  kind: 'added' | 'removed' | 'changed' | 'representation';
  from?: Json;
  to?: Json;
}

export interface Compared {
  id: string;
  from: string;
  to: string;
  differences: Difference[];
  reason?: string;
}

// ---- GET …/{object}/history ----

export interface HistoryLine {
  version: string;
  at: string;
  actor: string;
  reason?: string;
  leaf: number;
  state: RecordState;
  level: Level;
  collection: string;
}

export interface History {
  versions: HistoryLine[];
}

// ---- proposals ----

export interface ProposalView {
  id: string;
  kind: 'publish' | 'handling' | 'agreement' | 'policies' | 'erase' | 'apply-erased' | 'lift' | 'clear-alarm' | 'override';
  subject: string;
  reason: string;
  by: string;
}

/** What was asked is done, or waits for a second person. */
export type Outcome<T> = { done: T } | { pending: ProposalView };
