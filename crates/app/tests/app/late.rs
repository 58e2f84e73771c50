//! Late release over random histories: whatever happens, and in whichever order, a client that follows
//! `added_after` ends up with exactly what the rules let it have, and gets each statement of a record once.
//!
//! The model beside the node asks the rules directly, record by record and member by member. It knows nothing of
//! intervals, shelves or cursors.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use comity_app::handling::{self, Change};
use comity_app::model::{
    Handling, HandlingId, Markings, MemberId, Micros, RecordState, SignedEnvelope, Standing, Stated,
};
use comity_app::policy::{Action, Ask, Context, Entities, PolicySet, StateFlags};
use comity_app::proposal::Outcome;
use comity_app::serve::{self, Outgoing, Query, Versions};
use comity_app::stix::Tlp;
use comity_app::{AppError, Clock as _, Reader, withdraw};
use comity_testkit::{Community, Engine, NOW_US, Seat, SeededRandom, engines};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

use crate::history::{GROUPS, Plan, READERS, STANDINGS, Step, step};
use crate::paper;

/// Purpose and legal basis of each reader's key.
const CONTEXTS: [(&str, &str); 3] = [("border", "treaty"), ("", ""), ("network", "")];

/// One statement of a record: its number and the revision of its handling.
type Statement = (u32, u32);

struct Entry {
    id: u32,
    version: u32,
    number: u32,
    /// The level of its marked part.
    part: Option<Tlp>,
    handling: Handling,
    handling_id: HandlingId,
    revision: u32,
    live: bool,
}

impl Entry {
    /// As a record of its own, the marked part would be handled so.
    fn part_handling(&self) -> Option<Handling> {
        self.part.map(|level| self.handling.at_least(Some(level)))
    }
}

/// What the model knows of one reader.
struct Client {
    reader: Reader,
    member: MemberId,
    context: Context,
    /// Where it goes on: the added-time of the last object that it got.
    cursor: Option<Micros>,
    /// How often each statement came.
    got: BTreeMap<Statement, u32>,
    /// The statements whose marked part it has.
    parts: BTreeSet<Statement>,
    /// How often each statement began to be visible to it, or was put on show again.
    shown: BTreeMap<Statement, u32>,
    /// The statements visible to it after the step before.
    visible: BTreeSet<Statement>,
}

struct History {
    community: Community,
    collection: String,
    entries: Vec<Entry>,
    clients: Vec<Client>,
    entities: Entities,
    verdicts: Verdicts,
}

/// Answers of the rules under the agreement in force.
type Verdicts = HashMap<(MemberId, HandlingId, StateFlags), bool>;

static RULES: LazyLock<PolicySet> = LazyLock::new(|| PolicySet::standard().unwrap());

impl History {
    fn new(engine: Engine) -> Self {
        let community = Community::new(
            1,
            vec![
                Seat::member("Exercise host").node(engine.place()),
                Seat::member(READERS[0]).groups(&["north"]),
                Seat::member(READERS[1]).standing(Standing::Observer),
                Seat::member(READERS[2]).standing(Standing::Partner).groups(&["south"]),
            ],
        );
        let node = community.node();
        let collection = node.collection("Exercise");
        let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        let clients = READERS
            .iter()
            .zip(CONTEXTS)
            .map(|(name, (purpose, basis))| {
                let key = node.key_for(name, &collection, comity_testkit::READ, some(purpose), some(basis));
                Client {
                    reader: node.client(&key),
                    member: community.id(name),
                    context: Context {
                        purpose: purpose.into(),
                        legal_basis: basis.into(),
                        own: true,
                        ..Context::default()
                    },
                    cursor: None,
                    got: BTreeMap::new(),
                    parts: BTreeSet::new(),
                    shown: BTreeMap::new(),
                    visible: BTreeSet::new(),
                }
            })
            .collect();
        let entities = Entities::new(&community.agreement).unwrap();
        Self { collection, entries: Vec::new(), clients, entities, verdicts: HashMap::new(), community }
    }

    fn run(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(step);
            self.observe();
        }
        self.quiet();
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Publish { objects, plan } => self.publish(objects, plan),
            Step::Change { pick, plan } => self.change(*pick, plan),
            Step::Withdraw { pick } => self.withdraw(*pick),
            Step::Group { reader, group } => {
                let group = GROUPS[*group].to_owned();
                self.amend(*reader, |member| {
                    if !member.groups.remove(&group) {
                        member.groups.insert(group);
                    }
                });
            }
            Step::Standing { reader, standing } => {
                self.amend(*reader, |member| member.standing = STANDINGS[*standing]);
            }
            Step::Active { reader } => self.amend(*reader, |member| member.active = !member.active),
            Step::Advance { seconds } => self.community.clock.advance_seconds(*seconds),
            Step::Pull { reader, limit, pages, by_token } => {
                self.pull(*reader, *limit, *pages, *by_token);
            }
            Step::Quiet => self.quiet(),
        }
    }

    fn stated(&self, plan: &Plan) -> Stated {
        let members = |chosen: [bool; 3]| {
            self.clients
                .iter()
                .zip(chosen)
                .filter(|(_, chosen)| *chosen)
                .map(|(one, _)| one.member.clone())
                .collect()
        };
        let instant = |step: i64| Micros(NOW_US).plus_seconds(step * 100);
        Stated {
            tlp: Some(plan.level),
            groups: GROUPS
                .iter()
                .zip(plan.groups)
                .filter(|(_, on)| *on)
                .map(|(name, _)| (*name).into())
                .collect(),
            to: members(plan.named),
            exclude: members(plan.excluded),
            purposes: plan.purpose.into_iter().map(str::to_owned).collect(),
            embargo_until: plan.embargo_step.map(instant),
            end_at: plan.end_step.map(instant),
            ..Stated::default()
        }
    }

    fn publish(&mut self, objects: &[(u32, u32, Option<Tlp>)], plan: &Plan) {
        let stated = self.stated(plan);
        let node = self.community.node();
        let handling = Markings::default().handling(node.member().clone(), &stated);
        let mut texts = Vec::new();
        // A version that was withdrawn does not come again, whatever its bytes.
        let is_gone = |all: &[Entry], id: u32, version: u32| {
            all.iter().any(|one| (one.id, one.version) == (id, version) && !one.live)
        };
        for (id, version, part) in objects {
            if is_gone(&self.entries, *id, *version) {
                continue;
            }
            let number = u32::try_from(self.entries.len()).unwrap();
            let text = paper::note(*id, *version, &number.to_string(), None);
            texts.push(part.map_or(text.clone(), |level| paper::with_marked_abstract(&text, level)));
            self.entries.push(Entry {
                id: *id,
                version: *version,
                number,
                part: *part,
                handling_id: handling.id().unwrap(),
                handling: handling.clone(),
                revision: 1,
                live: true,
            });
        }
        if !texts.is_empty() {
            node.publish(&self.collection, &stated, &texts.join("\n"));
        }
    }

    fn change(&mut self, pick: usize, plan: &Plan) {
        let live: Vec<usize> = (0..self.entries.len()).filter(|&at| self.entries[at].live).collect();
        if live.is_empty() {
            return;
        }
        let (id, version) = {
            let picked = &self.entries[live[pick % live.len()]];
            (picked.id, picked.version)
        };
        // A name that means several records means the newest of them.
        let at = *live
            .iter()
            .filter(|&&at| (self.entries[at].id, self.entries[at].version) == (id, version))
            .max_by_key(|&&at| self.entries[at].number)
            .unwrap();
        let stated = self.stated(plan);
        let node = self.community.node();
        let next = Markings::default().handling(node.member().clone(), &stated);
        let now = self.entries[at].handling.clone();
        let ids = |set: BTreeSet<MemberId>| set.iter().map(ToString::to_string).collect::<Vec<_>>();
        let both = |next: &BTreeSet<MemberId>, now: &BTreeSet<MemberId>| (ids(next - now), ids(now - next));
        let words = |next: &BTreeSet<String>, now: &BTreeSet<String>| {
            ((next - now).into_iter().collect::<Vec<_>>(), (now - next).into_iter().collect::<Vec<_>>())
        };
        let date = |at: Option<Micros>| Some(at.map_or_else(String::new, |at| at.to_string()));
        let change = Change {
            tlp: Some(plan.level.short().to_owned()),
            to: both(&next.recipients, &now.recipients),
            exclude: both(&next.exclusions, &now.exclusions),
            groups: words(&next.groups, &now.groups),
            purposes: words(&next.purposes, &now.purposes),
            embargo: date(next.embargo_until),
            end: date(next.end_at),
            onward: None,
            ..Change::default()
        };
        let name = format!("{}@{}", paper::id(id), paper::version(version));
        let outcome = handling::change(&node.app, &node.operator(), &name, &change);
        if next == now {
            assert!(matches!(outcome, Err(AppError::Conflict(_))), "{outcome:?}");
            return;
        }
        let seen_before = self.seers(at);
        let entry = &mut self.entries[at];
        entry.revision += 1;
        entry.handling_id = next.id().unwrap();
        entry.handling = next;
        let revision = entry.revision;
        self.show_before(at, &seen_before);
        assert!(
            matches!(&outcome, Ok(Outcome::Done(done)) if done.revision == revision),
            "{outcome:?}, expected revision {revision}"
        );
    }

    /// The clients that may have a record now.
    fn seers(&mut self, at: usize) -> BTreeSet<usize> {
        let now = self.community.clock.now();
        let (entry, verdicts, entities) = (&self.entries[at], &mut self.verdicts, &self.entities);
        (0..READERS.len())
            .filter(|&client| is_allowed(verdicts, entities, &self.clients[client], entry, now))
            .collect()
    }

    /// Who saw a record and lost it is shown the newest version before it that it may have.
    fn show_before(&mut self, at: usize, saw: &BTreeSet<usize>) {
        let gone = &self.entries[at];
        let (id, place) = (gone.id, (gone.version, gone.number));
        let still = if gone.live { self.seers(at) } else { BTreeSet::new() };
        let mut older: Vec<usize> = (0..self.entries.len())
            .filter(|&other| self.entries[other].live && self.entries[other].id == id)
            .filter(|&other| (self.entries[other].version, self.entries[other].number) < place)
            .collect();
        older.sort_by_key(|&other| (self.entries[other].version, self.entries[other].number));
        for client in saw.difference(&still) {
            if let Some(before) = older.iter().rev().find(|&&before| self.seers(before).contains(client)) {
                let statement = (self.entries[*before].number, self.entries[*before].revision);
                *self.clients[*client].shown.entry(statement).or_default() += 1;
            }
        }
    }

    fn withdraw(&mut self, pick: usize) {
        if self.entries.is_empty() {
            return;
        }
        let (id, version) = {
            let picked = &self.entries[pick % self.entries.len()];
            (picked.id, picked.version)
        };
        let node = self.community.node();
        let name = format!("{}@{}", paper::id(id), paper::version(version));
        withdraw::run(&node.app, &node.operator(), &name, "EXERCISE").unwrap();
        for at in (0..self.entries.len()).rev() {
            let gone = &self.entries[at];
            if gone.live && (gone.id, gone.version) == (id, version) {
                let saw = self.seers(at);
                self.entries[at].live = false;
                self.show_before(at, &saw);
            }
        }
    }

    fn amend(&mut self, reader: usize, change: impl FnOnce(&mut comity_app::model::Member)) {
        let before = self.sights();
        self.community.amend_member(READERS[reader], change);
        self.entities = Entities::new(&self.community.agreement).unwrap();
        self.verdicts.clear();
        // A record of which somebody may see more than before is put on show again.
        let after = self.sights();
        for number in 0..u32::try_from(self.entries.len()).unwrap() {
            let grows = |client: usize| {
                let key = (client, number);
                before.get(&key) == Some(&false) && after.get(&key) == Some(&true)
            };
            if (0..READERS.len()).any(grows) {
                let statement = (number, self.entries[number as usize].revision);
                for (at, client) in self.clients.iter_mut().enumerate() {
                    if after.contains_key(&(at, number)) {
                        *client.shown.entry(statement).or_default() += 1;
                    }
                }
            }
        }
    }

    /// For each client and each record with a marked part that it may have: whether with that part.
    fn sights(&mut self) -> BTreeMap<(usize, u32), bool> {
        let now = self.community.clock.now();
        let mut sights = BTreeMap::new();
        for (at, client) in self.clients.iter().enumerate() {
            for entry in self.entries.iter().filter(|entry| entry.live && entry.part.is_some()) {
                if is_allowed(&mut self.verdicts, &self.entities, client, entry, now) {
                    let with_part = has_part(&mut self.verdicts, &self.entities, client, entry, now);
                    sights.insert((at, entry.number), with_part);
                }
            }
        }
        sights
    }

    /// Notes which statements became visible to whom by the last step.
    fn observe(&mut self) {
        let now = self.community.clock.now();
        for client in &mut self.clients {
            let mut visible = BTreeSet::new();
            for entry in self.entries.iter().filter(|entry| entry.live) {
                if is_allowed(&mut self.verdicts, &self.entities, client, entry, now) {
                    visible.insert((entry.number, entry.revision));
                }
            }
            for statement in visible.difference(&client.visible) {
                *client.shown.entry(*statement).or_default() += 1;
            }
            client.visible = visible;
        }
    }

    fn takes_part(&self, reader: usize) -> bool {
        let id = self.community.id(READERS[reader]);
        self.community.agreement.member(&id).is_some_and(|member| member.active)
    }

    /// Follows the stream of a reader for some pages, as a plain client does. Answers whether it reached the end.
    fn pull(&mut self, reader: usize, limit: usize, pages: usize, by_token: bool) -> bool {
        let mut query = Query {
            added_after: self.clients[reader].cursor,
            limit: Some(limit),
            versions: Versions::All,
            ..Query::default()
        };
        for _ in 0..pages {
            let node = self.community.node();
            let answer = serve::page(&node.app, &self.clients[reader].reader, &self.collection, &query);
            let page = match answer {
                // For a member that takes no part the collection is not there.
                Err(AppError::NotFound(_)) if !self.takes_part(reader) => return true,
                answer => answer.unwrap(),
            };
            let times: Vec<Micros> = page.objects.iter().map(|one| one.get().added_at()).collect();
            assert!(times.len() <= limit);
            assert_eq!(page.first_added, times.first().copied());
            assert_eq!(page.last_added, times.last().copied());
            assert!(times.is_sorted_by(|a, b| a < b), "added-times do not rise: {times:?}");
            if let (Some(cursor), Some(first)) = (self.clients[reader].cursor, times.first()) {
                assert!(*first > cursor, "an added-time at or before the cursor");
            }
            for object in &page.objects {
                self.arrive(reader, object.get());
            }
            let client = &mut self.clients[reader];
            client.cursor = page.last_added.or(client.cursor);
            match page.next {
                None => return true,
                Some(next) if by_token => query.next = Some(next),
                Some(_) => query.added_after = client.cursor,
            }
        }
        false
    }

    fn arrive(&mut self, reader: usize, object: &Outgoing) {
        let text = std::str::from_utf8(object.bytes()).unwrap();
        let number: u32 =
            text.split("\"content\":\"EXERCISE ").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        let entry = &self.entries[number as usize];
        assert_eq!(object.id(), paper::id(entry.id));
        assert_eq!(object.version(), paper::version(entry.version));
        let sent: serde_json::Value = serde_json::from_str(&object.envelope_json()).unwrap();
        let envelope = SignedEnvelope::from_json(&sent["signed"].to_string()).unwrap().envelope;
        assert_eq!(envelope.revision, entry.revision, "record {number} came with another revision");
        assert_eq!(envelope.handling, entry.handling, "record {number} came with another handling");
        let now = self.community.clock.now();
        let client = &mut self.clients[reader];
        assert!(
            entry.live && is_allowed(&mut self.verdicts, &self.entities, client, entry, now),
            "{} got record {number}, which it may not have",
            READERS[reader]
        );
        let statement = (number, entry.revision);
        let with_part = has_part(&mut self.verdicts, &self.entities, client, entry, now);
        assert_eq!(text.contains("secret"), with_part, "the marked part of record {number}");
        if with_part {
            client.parts.insert(statement);
        }
        let got = client.got.entry(statement).or_default();
        *got += 1;
        let shown = client.shown.get(&statement).copied().unwrap_or(0);
        assert!(*got <= shown, "{} got {statement:?} {got} times, shown {shown} times", READERS[reader]);
    }

    /// Everybody follows the stream to its end; then everybody has what the rules let it have.
    fn quiet(&mut self) {
        self.observe();
        for (reader, name) in READERS.into_iter().enumerate() {
            let limit = 1 + (reader * 3) % 7;
            assert!(self.pull(reader, limit, 10_000, reader == 1), "the stream has no end");
            let client = &self.clients[reader];
            let now = self.community.clock.now();
            for statement in &client.visible {
                let entry = &self.entries[statement.0 as usize];
                assert!(
                    client.got.contains_key(statement),
                    "{name} misses {statement:?}: {:?}",
                    entry.handling
                );
                let may_have_part = has_part(&mut self.verdicts, &self.entities, client, entry, now);
                assert!(
                    client.parts.contains(statement) || !may_have_part,
                    "{name} has {statement:?} without its marked part, and may have that too"
                );
            }
        }
    }
}

/// Asks the rules, without anything of the node between.
fn is_allowed(
    verdicts: &mut Verdicts,
    entities: &Entities,
    client: &Client,
    entry: &Entry,
    now: Micros,
) -> bool {
    ask(verdicts, entities, client, (&entry.handling, entry.handling_id), now)
}

/// Whether the record has a marked part and the client may have that part too.
fn has_part(
    verdicts: &mut Verdicts,
    entities: &Entities,
    client: &Client,
    entry: &Entry,
    now: Micros,
) -> bool {
    entry.part_handling().is_some_and(|handling| {
        let id = handling.id().unwrap();
        ask(verdicts, entities, client, (&handling, id), now)
    })
}

fn ask(
    verdicts: &mut Verdicts,
    entities: &Entities,
    client: &Client,
    (handling, id): (&Handling, HandlingId),
    now: Micros,
) -> bool {
    let state = StateFlags::of(RecordState::Live, handling, now);
    *verdicts.entry((client.member.clone(), id, state)).or_insert_with(|| {
        let context = Context { state, ..client.context.clone() };
        let ask = Ask { member: &client.member, action: Action::Release, handling, context: &context };
        RULES.decide(entities, &ask).allow()
    })
}

fn follow(engine: Engine, cases: u32) {
    let config = ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(SeededRandom::printed_seed()),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    };
    let histories = prop::collection::vec(step(), 10..45);
    let outcome = TestRunner::new(config).run(&histories, |steps| {
        History::new(engine).run(&steps);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

engines! {
    fn a_client_that_follows_added_after_gets_exactly_what_it_may_have(engine: Engine) {
        follow(engine, 20);
    }
}

/// The same on many more histories, in parts that can run side by side.
mod many {
    use super::{Engine, follow};

    #[test]
    fn one() {
        follow(Engine::Memory, 60);
    }

    #[test]
    fn two() {
        follow(Engine::Memory, 60);
    }

    #[test]
    fn three() {
        follow(Engine::Memory, 60);
    }
}
