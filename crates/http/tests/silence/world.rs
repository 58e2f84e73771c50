//! One world in which a story happens: a node behind its router. Of two worlds of one story, the records that the reader
//! never sees are others.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request};
use comity_app::credential::{self, IssuedKey, NewKey, Rights, Scope};
use comity_app::handling::{self, Change};
use comity_app::home::{self, Setup};
use comity_app::import::{self, Input};
use comity_app::model::{Member, MemberId, Micros, Standing, Stated};
use comity_app::policy::{PolicySet, STANDARD_LOCAL};
use comity_app::stix::Tlp;
use comity_app::{
    Actor, App, Limits, Random, Role, agreement, allegation, collection, erase, explain, intake, person,
    proposal, publish, serve, withdraw,
};
use comity_http::Telemetry;
use comity_testkit::comity_store::tables::epoch;
use comity_testkit::comity_store::{Store, StoreError};
use comity_testkit::{NOW_US, VirtualClock};
use http_body_util::BodyExt as _;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use crate::story::{Paper, Step, Story, Way};

pub const READER: &str = "Exercise reader";
const OTHER: &str = "Exercise other";
const THIRD: &str = "Exercise third";
pub const MEMBERS: [&str; 3] = [READER, OTHER, THIRD];
pub const CONTEXTS: [(Option<&str>, Option<&str>); 3] =
    [(Some("border"), Some("treaty")), (None, None), (Some("border"), None)];
/// One step of an embargo, in seconds.
const STEP_SECONDS: i64 = 100;
/// Local rules beside the standard ones.
pub const POLICIES: [&str; 5] = [
    "",
    "@id(\"all\") @says(\"everything that the guards let pass\")\npermit (principal, action, resource);",
    "@id(\"no-green\") @says(\"observers get no TLP:GREEN\")\nforbid (principal, action, resource)\n\
     when { principal.standing == \"observer\" && resource.tlp == 1 };",
    "@id(\"no-groups\") @says(\"nothing of a group leaves\")\nforbid (principal, action == Comity::Action::\"release\", \
     resource)\nwhen { !resource.groups.isEmpty() && principal != resource.originator };",
    "@id(\"amber-observers\") @says(\"observers get TLP:AMBER\")\n\
     permit (principal, action == Comity::Action::\"release\", resource)\nwhen { resource.tlp == 2 };",
];

/// Bytes that follow from what they are drawn for, however many were drawn before.
pub struct Tape(Mutex<u64>);

impl Tape {
    pub fn wind(&self, seed: u64) {
        *self.0.lock().unwrap() = seed;
    }
}

impl Random for Tape {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap();
        for chunk in bytes.chunks_mut(8) {
            let mut dice = crate::story::Dice::new(*state);
            let drawn = dice.next().to_le_bytes();
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            for (byte, random) in chunk.iter_mut().zip(drawn) {
                *byte = random;
            }
        }
    }
}

/// A home with members, users, keys and a collection, to be copied.
pub struct Template {
    folder: TempDir,
    pub reader: IssuedKey,
    other: IssuedKey,
    pub collection: String,
}

/// Which of two worlds: they differ in what the reader never sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    A,
    B,
}

/// What the reader got: what it asked, and status, headers and body.
pub type Line = (String, u16, Vec<(String, String)>, String);

pub struct World {
    pub app: App,
    pub template: Arc<Template>,
    pub transcript: Vec<Line>,
    /// Whether each step was done or refused.
    pub done: Vec<bool>,
    pub papers: Vec<Paper>,
    story: Story,
    side: Side,
    pub clock: Arc<VirtualClock>,
    tape: Arc<Tape>,
    router: Option<Router>,
    asked: u64,
    _folder: TempDir,
}

/// Memory that looks like a folder, where there is one: nothing here has to survive.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.network.requests_per_second = 1_000_000;
    limits.network.burst = 1_000_000;
    limits
}

impl Template {
    /// A new home at an address of a database, or with a database of its own.
    pub fn new(context: usize, url: Option<&str>) -> Self {
        let folder = folder();
        let clock = Arc::new(VirtualClock::default());
        let tape = Arc::new(Tape(Mutex::new(7)));
        let setup = Setup { member_name: "Exercise host", store_url: url, exercise: true };
        let app = home::init(&folder.path().join("home"), &setup, clock, tape).unwrap();
        let operator = person::actor(&app, None).unwrap();
        person::add(&app, &operator, "second", Role::ALL.as_slice(), &[]).unwrap();
        let mut next = agreement::current(&app).unwrap().agreement;
        next.version += 1;
        for (number, name) in (1..).zip(MEMBERS) {
            next.members.push(Member {
                id: format!("identity--00000000-0000-4000-8000-{number:012}").parse().unwrap(),
                name: name.to_owned(),
                standing: Standing::Member,
                active: true,
                groups: BTreeSet::new(),
                adequate: true,
                legal_bases: BTreeSet::from(["treaty".to_owned()]),
                keys: Vec::new(),
                hosted_by: None,
                state: None,
            });
        }
        for word in ["north", "south"] {
            next.groups.insert(word.to_owned(), format!("EXERCISE {word}"));
        }
        for word in ["border", "network"] {
            next.purposes.insert(word.to_owned(), format!("EXERCISE {word}").into());
        }
        next.legal_bases.insert("treaty".to_owned(), "EXERCISE treaty".to_owned());
        agreement::import(&app, &operator, &next.to_toml().unwrap()).unwrap();
        let collection = collection::add(&app, &operator, "Open", None).unwrap().id;
        let key = |member: &str, (purpose, basis)| {
            let rights = Rights { read: true, write: true };
            let collections = vec![(collection.clone(), rights)];
            let new = NewKey {
                member,
                collections,
                purpose,
                basis,
                inner: Vec::new(),
                days: None,
                scope: Scope::Exchange,
            };
            credential::add(&app, &operator, &new).unwrap()
        };
        let reader = key(READER, CONTEXTS[context]);
        let other = key(OTHER, (None, None));
        Self { folder, reader, other, collection }
    }

    /// The one of this process for a context.
    fn shared(context: usize) -> Arc<Self> {
        static ALL: [OnceLock<Arc<Template>>; 3] = [const { OnceLock::new() }; 3];
        Arc::clone(ALL[context].get_or_init(|| Arc::new(Self::new(context, None))))
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

impl World {
    /// The world before the story, from a template; `own` is one that only this world uses.
    pub fn new(story: &Story, side: Side, own: Option<Template>) -> Self {
        let folder = folder();
        let home = folder.path().join("home");
        let template = own.map_or_else(|| Template::shared(story.context), Arc::new);
        copy(&template.folder.path().join("home"), &home);
        let clock = Arc::new(VirtualClock::default());
        let tape = Arc::new(Tape(Mutex::new(0)));
        let app = home::open_with(&home, clock.clone(), tape.clone(), limits()).unwrap();
        let mut world = Self {
            app,
            template,
            transcript: Vec::new(),
            done: Vec::new(),
            papers: Vec::new(),
            story: story.clone(),
            side,
            clock,
            tape,
            router: None,
            asked: 0,
            _folder: folder,
        };
        world.router = Some(comity_http::router(world.app.clone(), Telemetry::new()));
        world.rules(story.policy);
        let (standings, north) = (story.standings, story.north);
        world.amend(|agreement| {
            for (at, name) in MEMBERS.iter().enumerate() {
                let found = agreement.members.iter_mut().find(|one| one.name == *name).unwrap();
                found.standing = STANDINGS[standings[at]];
                if north[at] {
                    found.groups.insert("north".to_owned());
                }
            }
        });
        world
    }

    pub fn run(&mut self, runtime: &Runtime) {
        for (at, step) in self.story.steps.clone().into_iter().enumerate() {
            self.clock.advance_seconds(1);
            self.tape.wind(self.story.seed ^ (at as u64 + 1).wrapping_mul(0xd6e8_feb8_6659_fd93));
            let done = self.step(&step, runtime);
            self.done.push(done);
        }
    }

    fn operator(&self) -> Actor {
        person::actor(&self.app, None).unwrap()
    }

    fn step(&mut self, step: &Step, runtime: &Runtime) -> bool {
        let (app, operator) = (self.app.clone(), self.operator());
        let name = |number: &usize| self.name(*number);
        match step {
            Step::Publish(paper) => {
                self.papers.push(paper.clone());
                self.publish(paper)
            }
            Step::PublishDraft(number) => {
                // A draft that the reader never sees stays one.
                self.papers[*number].hidden.is_none() && publish::run(&app, &operator, &name(number)).is_ok()
            }
            Step::Withdraw(number) => withdraw::run(&app, &operator, &name(number), "EXERCISE").is_ok(),
            // The versions of an object that was set aside stay as they are, and a hidden one is another object in world B.
            Step::Narrow(number) | Step::Widen(number) if self.is_set_aside_apart(*number) => false,
            Step::Narrow(number) => {
                let exclude = (vec![THIRD.to_owned()], Vec::new());
                let change = Change { exclude, ..Change::default() };
                handling::change(&app, &operator, &name(number), &change).is_ok()
            }
            Step::Widen(number) => {
                let paper = &self.papers[*number];
                if paper.hidden.is_some() {
                    // Wider, and not for the reader: what hides it stays.
                    let change = Change { onward: Some(true), ..Change::default() };
                    return handling::change(&app, &operator, &name(number), &change).is_ok();
                }
                let (tlp, embargo) = (Some("green".to_owned()), Some(String::new()));
                let exclude = (Vec::new(), vec![READER.to_owned()]);
                let groups = (Vec::new(), vec!["north".to_owned()]);
                let change = Change { tlp, embargo, exclude, groups, ..Change::default() };
                handling::change(&app, &operator, &name(number), &change).is_ok()
            }
            // An allegation is about an object, so it sets every version aside; and a note about a record that may not
            // be forwarded is no forwarding: it is another record, of this node.
            Step::Quarantine(number) if self.is_act_apart(*number) => false,
            Step::Quarantine(number) => {
                let words = self.words(&self.papers[*number], "allegation");
                allegation::make(&app, &operator, &name(number), &words, None).is_ok()
            }
            Step::Erase(number) => {
                let cause = ("wrong", "EXERCISE authority");
                let Ok(made) = erase::propose(&app, &operator, &name(number), cause, false) else {
                    return false;
                };
                let second = person::actor(&app, Some("second")).unwrap();
                proposal::approve_because(&app, &second, &made.id, Some("EXERCISE reason")).is_ok()
            }
            Step::Group { member } => self.member(*member, |one| {
                if !one.groups.remove("north") {
                    one.groups.insert("north".to_owned());
                }
            }),
            Step::Standing { member, standing } => {
                self.member(*member, |one| one.standing = STANDINGS[*standing])
            }
            Step::Active { member } => self.member(*member, |one| one.active = !one.active),
            Step::Policy(number) => {
                self.rules(*number);
                self.amend(|_| {});
                true
            }
            Step::Advance(seconds) => {
                self.clock.advance_seconds(*seconds);
                true
            }
            Step::OtherReads => {
                let login = credential::Login::Bearer(self.template.other.secret.clone());
                let reader = credential::authenticate(&app, &login).unwrap().unwrap();
                serve::page(&app, &reader, &self.template.collection, &serve::Query::default()).is_ok()
            }
            Step::ReaderPosts { number, names, how } => {
                crate::probe::post(self, runtime, *number, *names, *how);
                true
            }
            Step::ReaderAsks => {
                crate::probe::ask(self, runtime);
                true
            }
        }
    }

    /// Guards and local rules at the beginning of the story.
    pub fn set(&self) -> PolicySet {
        PolicySet::new(&local(self.story.policy)).unwrap()
    }

    /// Another epoch with other local rules; the next agreement settles what follows from them.
    fn rules(&mut self, number: usize) {
        let local = local(number);
        let set = PolicySet::new(&local).unwrap();
        let store = Store::open(self.app.location(), NOW_US).unwrap();
        store
            .write("rules", |tx| {
                let last = epoch::latest(tx)?.unwrap();
                epoch::keep_policy(tx, set.hash(), PolicySet::frame(), &local)?;
                let next = epoch::Epoch { number: last.number + 1, policy: set.hash(), ..last };
                epoch::insert(tx, &next, "test", NOW_US)?;
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }

    fn amend(&mut self, change: impl FnOnce(&mut comity_app::model::Agreement)) {
        let mut next = agreement::current(&self.app).unwrap().agreement;
        change(&mut next);
        next.version += 1;
        agreement::import(&self.app, &self.operator(), &next.to_toml().unwrap()).unwrap();
    }

    fn member(&mut self, member: usize, change: impl FnOnce(&mut Member)) -> bool {
        self.amend(|agreement| {
            let found = agreement.members.iter_mut().find(|one| one.name == MEMBERS[member]);
            change(found.unwrap());
        });
        true
    }

    pub fn id_of(&self, member: usize) -> MemberId {
        let current = agreement::current(&self.app).unwrap().agreement;
        current.find(MEMBERS[member]).unwrap().id.clone()
    }

    fn is_act_apart(&self, number: usize) -> bool {
        let paper = &self.papers[number];
        // It would also set aside what the reader brings under the same id.
        let claims =
            |step: &Step| matches!(step, Step::ReaderPosts { names, how: 2, .. } if *names == number);
        paper.hidden == Some(Way::Foreign)
            || paper.hidden.is_some() && (paper.version_of.is_some() || self.story.steps.iter().any(claims))
    }

    /// Whether this is a hidden version of an object that was set aside.
    fn is_set_aside_apart(&self, number: usize) -> bool {
        let of_it = |one: usize| self.first_id(one) == self.first_id(number);
        let before = self.story.steps.iter().take(self.done.len());
        let set_aside = |step: &Step| matches!(step, Step::Quarantine(one) if *one != number && of_it(*one));
        let paper = &self.papers[number];
        paper.hidden.is_some() && paper.version_of.is_some() && before.into_iter().any(set_aside)
    }

    fn is_changed(&self, paper: &Paper) -> bool {
        self.side == Side::B && paper.hidden.is_some()
    }

    /// The id of a record as world A has it: what its records name, and what the reader asks for, in both worlds.
    pub fn first_id(&self, number: usize) -> String {
        let paper = &self.papers[number];
        if let Some(of) = paper.version_of {
            return self.first_id(of);
        }
        let kind = ["note", "indicator", "identity"][number % 3];
        let group = if paper.hidden.is_some() { "aaaaaaaa" } else { "00000000" };
        format!("{kind}--{group}-0000-4000-8000-{number:012}")
    }

    fn id(&self, number: usize) -> String {
        if self.is_changed(&self.papers[number]) {
            let kind = ["indicator", "identity", "note"][number % 3];
            return format!("{kind}--bbbbbbbb-0000-4000-8000-{number:012}");
        }
        self.first_id(number)
    }

    fn version(number: usize) -> String {
        format!("2025-12-30T00:00:{number:02}.000Z")
    }

    fn name(&self, number: usize) -> String {
        format!("{}@{}", self.id(number), Self::version(number))
    }

    /// Text of a record: another one, and a longer one, where the reader never sees it and this is world B.
    fn words(&self, paper: &Paper, what: &str) -> String {
        match (paper.hidden, self.side) {
            (None, _) => format!("EXERCISE {what} {} {}", paper.word, paper.number),
            (Some(_), Side::A) => format!("EXERCISE HIDDEN {what} {}", paper.word),
            (Some(_), Side::B) => format!("EXERCISE HIDDEN other {what} of more words than that, cellar"),
        }
    }

    /// The id under which a record is named by others: in each world the one that the hidden record has there. What is no
    /// record here, or is another member's to release, is named by nobody.
    fn named(&self, number: usize) -> Option<String> {
        let paper = &self.papers[number];
        let is_here = explain::show(&self.app, &self.name(number)).is_ok();
        let of = if paper.version_of.is_some() { self.first_id(number) } else { self.id(number) };
        (is_here && paper.hidden != Some(Way::Foreign)).then_some(of)
    }

    fn object(&self, paper: &Paper) -> serde_json::Value {
        let id = self.id(paper.number);
        let kind = id.split_once("--").unwrap().0.to_owned();
        let mut object = json!({
            "type": kind, "spec_version": "2.1", "id": id, "created": "2025-01-01T00:00:00.000Z",
            "modified": Self::version(paper.number),
        });
        let words = self.words(paper, "text");
        let mut refs: Vec<String> = paper.names.iter().filter_map(|number| self.named(*number)).collect();
        if self.is_changed(paper) || refs.is_empty() {
            refs = vec![self.app.member().to_string()];
        }
        refs.dedup();
        let rest = match kind.as_str() {
            "note" => json!({"content": words, "object_refs": refs}),
            "indicator" => json!({"name": words, "indicator_types": ["benign"], "pattern_type": "stix",
                "pattern": "[domain-name:value = 'exercise.example']", "valid_from": "2025-01-01T00:00:00Z"}),
            _ => json!({"name": words, "identity_class": "organization"}),
        };
        merge(&mut object, rest);
        if let Some(level) = paper.part {
            let place = if kind == "note" { "abstract" } else { "description" };
            merge(
                &mut object,
                json!({place: format!("{words} part"), "granular_markings":
                [{"marking_ref": level.marking_id(), "selectors": [place]}]}),
            );
        }
        if paper.hidden == Some(Way::Foreign) {
            merge(&mut object, json!({"object_marking_refs": [Tlp::AmberStrict.marking_id()]}));
        }
        object
    }

    fn publish(&self, paper: &Paper) -> bool {
        let object = self.object(paper);
        if paper.hidden == Some(Way::Foreign) {
            let login = credential::Login::Bearer(self.template.other.secret.clone());
            let key = credential::authenticate(&self.app, &login).unwrap().unwrap();
            let body = json!({"objects": [object]}).to_string();
            return intake::post(&self.app, &key, &self.template.collection, body.as_bytes()).is_ok();
        }
        let mut stated = Stated { tlp: Some(paper.level), ..Stated::default() };
        let instant = |steps: i64| Micros(NOW_US).plus_seconds(steps * STEP_SECONDS);
        match paper.hidden {
            None => {
                stated.embargo_until = paper.embargo_steps.map(instant);
                stated.exclude.extend(paper.excluded.then(|| self.id_of(0)));
                stated.groups.extend(paper.north.then(|| "north".to_owned()));
            }
            Some(Way::Excluded) => stated.exclude.extend([self.id_of(0)]),
            Some(Way::Red) => {
                stated.tlp = Some(Tlp::Red);
                stated.to.extend([self.id_of(1)]);
            }
            Some(Way::Unmarked) => stated.tlp = None,
            Some(Way::Embargo) => stated.embargo_until = Some(instant(1_000_000)),
            Some(Way::Group) => stated.groups.extend(["south".to_owned()]),
            Some(Way::Purpose) => stated.purposes.extend(["network".to_owned()]),
            Some(Way::Draft | Way::Foreign) => {}
        }
        let input = Input {
            collection: &self.template.collection,
            name: "exercise.json",
            stated,
            draft: paper.draft || paper.hidden == Some(Way::Draft),
            ..Input::default()
        };
        let bytes = object.to_string();
        let summary =
            import::run(&self.app, &self.operator(), &input, bytes.as_bytes(), &mut |_| {}).unwrap();
        summary.accepted + summary.held == 1
    }

    /// Asks as the reader and keeps what comes.
    pub fn send(
        &mut self,
        runtime: &Runtime,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> (u16, Bytes, String) {
        let secret = self.template.reader.secret.clone();
        self.send_as(runtime, &secret, method, path, body)
    }

    /// Asks with a key and keeps what comes: status, body, and the added-time of the last object.
    pub fn send_as(
        &mut self,
        runtime: &Runtime,
        secret: &str,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> (u16, Bytes, String) {
        self.asked += 1;
        self.tape.wind(self.story.seed ^ self.asked.wrapping_mul(0xa076_1d64_78bd_642f));
        let taxii = !path.starts_with("/api/");
        let media = if taxii { "application/taxii+json;version=2.1" } else { "application/json" };
        let request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header("accept", media)
            .header("content-type", media)
            .header("comity-envelopes", "1")
            .header("authorization", format!("Bearer {secret}"))
            .body(body.map_or_else(Body::empty, Body::from))
            .unwrap();
        let router = self.router.clone().unwrap();
        let (parts, bytes) = runtime.block_on(async {
            let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
            (parts, body.collect().await.unwrap().to_bytes())
        });
        let mut headers: Vec<(String, String)> = parts
            .headers
            .iter()
            .filter(|(name, _)| name.as_str() != "x-request-id")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        let last = headers.iter().find(|(name, _)| name == "x-taxii-date-added-last");
        let last = last.map(|(_, value)| value.clone()).unwrap_or_default();
        let text = crate::probe::without_ledger(path, &bytes);
        self.transcript.push((format!("{method} {path}"), parts.status.as_u16(), headers, text));
        (parts.status.as_u16(), bytes, last)
    }
}

const STANDINGS: [Standing; 4] =
    [Standing::Member, Standing::Observer, Standing::Partner, Standing::Oversight];

fn local(policy: usize) -> String {
    format!("{STANDARD_LOCAL}\n{}", POLICIES[policy])
}

fn merge(object: &mut serde_json::Value, more: serde_json::Value) {
    let (Some(object), serde_json::Value::Object(more)) = (object.as_object_mut(), more) else { return };
    object.extend(more);
}
