// The answers that the node's own tests recorded are of the types that the screens are written against. Nothing of this
// file is in the bundle: it is there to be checked.

import type {
  BrowsePage,
  Compared,
  Counts,
  Deliveries,
  Found,
  Frame,
  History,
  RecordPage,
  SightOf,
  Sights,
  Today,
} from './types';
import type { Adopted, Begun, Checked, Values } from './write';
import type { Ledger, Partners, Policies, Protection, Recalls } from './release';
import check from './examples/check.json';
import type * as council from './council';
import councilBodies from './examples/council-bodies.json';
import councilClaim from './examples/council-claim.json';
import councilClaims from './examples/council-claims.json';
import councilConflict from './examples/council-conflict.json';
import councilConflicts from './examples/council-conflicts.json';
import councilDecision from './examples/council-decision.json';
import councilDecisions from './examples/council-decisions.json';
import councilFigure from './examples/council-figure.json';
import councilFigures from './examples/council-figures.json';
import councilMeasures from './examples/council-measures.json';
import councilProgrammes from './examples/council-programmes.json';
import councilProposals from './examples/council-proposals.json';
import councilSession from './examples/council-session.json';
import councilSessions from './examples/council-sessions.json';
import counts from './examples/counts.json';
import deliveries from './examples/deliveries.json';
import difference from './examples/difference.json';
import frame from './examples/frame.json';
import history from './examples/history.json';
import ledger from './examples/ledger.json';
import paste from './examples/paste.json';
import partners from './examples/partners.json';
import policies from './examples/policies.json';
import protection from './examples/protection.json';
import recalls from './examples/recalls.json';
import record from './examples/record.json';
import records from './examples/records.json';
import scratch from './examples/scratch.json';
import search from './examples/search.json';
import sight from './examples/sight.json';
import sights from './examples/sights.json';
import terms from './examples/terms.json';
import today from './examples/today.json';

/** A type whose words may be any text: TypeScript reads the texts of a JSON file as no more than that. */
type Loose<T> = T extends string
  ? string
  : T extends number | boolean | null | undefined
    ? T
    : T extends (infer One)[]
      ? Loose<One>[]
      : T extends object
        ? { [Key in keyof T]: Loose<T[Key]> }
        : T;

export const checked = [
  check satisfies Loose<Checked>,
  councilBodies satisfies Loose<council.Page<council.Body>>,
  councilClaim satisfies Loose<council.ClaimView>,
  councilClaims satisfies Loose<council.Claims>,
  councilConflict satisfies Loose<council.Comparison>,
  councilConflicts satisfies Loose<council.Page<council.ConflictLine>>,
  councilDecision satisfies Loose<council.Decision>,
  councilDecisions satisfies Loose<council.Page<council.DecisionLine>>,
  councilFigure satisfies Loose<council.Figure>,
  councilFigures satisfies Loose<council.Page<council.FigureLine>>,
  councilMeasures satisfies Loose<council.Page<council.Measure>>,
  councilProgrammes satisfies Loose<council.Page<council.Programme>>,
  councilProposals satisfies Loose<council.Proposals>,
  councilSession satisfies Loose<council.Session>,
  councilSessions satisfies Loose<council.Page<council.SessionLine>>,
  counts satisfies Loose<Counts>,
  deliveries satisfies Loose<Deliveries>,
  difference satisfies Loose<Compared>,
  frame satisfies Loose<Frame>,
  history satisfies Loose<History>,
  ledger satisfies Loose<Ledger>,
  paste satisfies Loose<Values>,
  partners satisfies Loose<Partners>,
  policies satisfies Loose<Policies>,
  protection satisfies Loose<Protection>,
  recalls satisfies Loose<Recalls>,
  record satisfies Loose<RecordPage>,
  records satisfies Loose<BrowsePage>,
  scratch satisfies Loose<Begun>,
  search satisfies Loose<Found>,
  sight satisfies Loose<SightOf>,
  sights satisfies Loose<Sights>,
  terms satisfies Loose<Adopted[]>,
  today satisfies Loose<Today>,
];
