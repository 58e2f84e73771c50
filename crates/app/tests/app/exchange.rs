//! What nodes say to each other besides records: nothing is lost or doubled, whatever is lost on the way, and what is not
//! as it must be is refused with its reason while everything else goes on. The messages are receipts.

use std::collections::BTreeMap;
use std::sync::Arc;

use comity_app::delivery::{self, State};
use comity_app::exchange::{self, Exchanged, Standing};
use comity_app::model::{MemberId, MemberKey, Message, Receipt};
use comity_app::pull::{self, Pulled};
use comity_app::serve::Query;
use comity_app::stix::{Digest, Limits, Object, Tlp, canon};
use comity_app::{AppError, Clock as _, Reader, catchup, ledger};
use comity_testkit::comity_store::Location;
use comity_testkit::mesh::{Fate, Mesh};
use comity_testkit::{Community, Node, Place, Seat};
use serde_json::{Value, json};

use crate::paper::{at, id, note};

pub const NORTH: &str = "Exercise north";
pub const SOUTH: &str = "Exercise south";
pub const GUEST: &str = "Exercise guest";
pub const NORTH_URL: &str = "http://127.0.0.1:6180";
pub const SOUTH_URL: &str = "http://127.0.0.1:6181";

/// Two nodes on one mesh, each with the collection `reports`; South knows North as its peer.
pub struct Pair {
    pub community: Community,
    pub mesh: Arc<Mesh>,
}

impl Pair {
    pub fn new() -> Self {
        Self::with(Vec::new())
    }

    /// With more members.
    pub fn with(others: Vec<Seat>) -> Self {
        let mut seats =
            vec![Seat::member(NORTH).node(Place::file()), Seat::member(SOUTH).node(Place::file())];
        seats.extend(others);
        let mut community = Community::new(5, seats);
        // As on a real clock, no two things happen at one time.
        community.clock.tick(1);
        let mesh = Arc::new(Mesh::default());
        for (node, url) in community.nodes.iter_mut().zip([NORTH_URL, SOUTH_URL]) {
            node.join(&mesh, url);
            assert_eq!(node.collection("Reports"), "reports");
        }
        let pair = Self { community, mesh };
        pair.south().befriend(pair.north(), "north", NORTH_URL, "reports");
        pair
    }

    pub fn north(&self) -> &Node {
        &self.community.nodes[0]
    }

    pub fn south(&self) -> &Node {
        &self.community.nodes[1]
    }

    /// North publishes the note with this number.
    pub fn publish(&self, number: u32) {
        self.north().publish("reports", &at(Tlp::Green), &note(number, 0, "paper", Some(Tlp::Green)));
    }

    /// What becomes of exchanges from now on; pages arrive.
    pub fn exchanges(&self, fate: Fate) {
        self.mesh.weather(Box::new(move |path| if path == exchange::PATH { fate } else { Fate::Arrives }));
    }
}

pub fn pull(node: &Node) -> Vec<Pulled> {
    pull::run(&node.app, &node.operator(), None, None, None, &mut |_| {}).unwrap()
}

pub fn meet(node: &Node) -> Exchanged {
    let mut met = exchange::run(&node.app, &node.operator(), None).unwrap();
    assert_eq!(met.len(), 1);
    met.remove(0)
}

/// How often something of this kind stands in the ledger.
pub fn leaves(node: &Node, kind: &str) -> u64 {
    let verified = ledger::verify(&node.app).unwrap();
    assert_eq!(verified.faults, Vec::<String>::new());
    verified.kinds.get(kind).copied().unwrap_or_default()
}

/// What came of the note with this number for a member.
pub fn state(node: &Node, number: u32, member: &str) -> State {
    let views = delivery::of_record(&node.app, &id(number)).unwrap();
    let found: Vec<State> =
        views.iter().filter(|view| view.member == member).map(|view| view.state).collect();
    assert_eq!(found.len(), 1, "{views:?}");
    found[0]
}

#[test]
fn a_lost_answer_costs_nothing_and_doubles_nothing() {
    let pair = Pair::new();
    pair.publish(1);
    pair.exchanges(Fate::AnswerLost);
    let pulled = pull(pair.south()).remove(0);
    assert_eq!((pulled.received, pulled.failure.as_str()), (1, ""), "the pull goes on: {pulled:?}");
    assert!(pulled.unsaid.contains("did not answer"), "{pulled:?}");
    assert_eq!(state(pair.north(), 1, SOUTH), State::Received, "it arrived; only its answer was lost");
    pair.mesh.calm();
    let met = meet(pair.south());
    assert_eq!((met.given, met.taken, met.refused, met.left), (1, 0, 0, 0), "{met:?}");
    assert!(met.same_agreement && met.failure.is_empty() && !met.plain, "{met:?}");
    let again = meet(pair.south());
    assert_eq!((again.given, again.left), (0, 0), "{again:?}");
    assert_eq!(leaves(pair.north(), "receipt.received"), 1);
}

#[test]
fn a_lost_request_is_made_up_for_by_the_next() {
    let pair = Pair::new();
    pair.publish(1);
    pair.exchanges(Fate::Lost);
    assert_eq!(pull(pair.south())[0].received, 1);
    pair.publish(2);
    assert_eq!(pull(pair.south())[0].received, 1);
    assert_eq!(state(pair.north(), 1, SOUTH), State::Delivered);
    pair.mesh.calm();
    let met = meet(pair.south());
    assert_eq!((met.given, met.left), (2, 0), "{met:?}");
    assert_eq!(
        (state(pair.north(), 1, SOUTH), state(pair.north(), 2, SOUTH)),
        (State::Received, State::Received)
    );
    assert_eq!(leaves(pair.north(), "receipt.received"), 2);
}

#[test]
fn a_member_that_nobody_can_reach_gets_everything_by_asking() {
    let pair = Pair::new();
    let (north, south) = (pair.north(), pair.south());
    north.befriend(south, "south", SOUTH_URL, "reports");
    for number in 1..=3 {
        south.publish("reports", &at(Tlp::Green), &note(number, 0, "paper", Some(Tlp::Green)));
        pair.exchanges(Fate::Lost);
        assert_eq!(pull(north)[0].received, 1);
    }
    pair.mesh.leave(SOUTH_URL);
    pair.mesh.calm();
    assert!(meet(north).failure.contains("did not answer"));
    let met = meet(south);
    assert_eq!((met.taken, met.given, met.left), (3, 0, 0), "{met:?}");
    for number in 1..=3 {
        assert_eq!(state(south, number, NORTH), State::Received);
    }
    assert_eq!(exchange::standings(&north.app).unwrap()[0].unsaid, 3, "it does not know yet what arrived");
    meet(south);
    assert_eq!(exchange::standings(&north.app).unwrap()[0].unsaid, 0);
}

#[test]
fn more_than_one_request_carries_goes_in_several() {
    let pair = Pair::new();
    pair.exchanges(Fate::Lost);
    for number in 1..=501 {
        pair.publish(number);
        assert_eq!(pull(pair.south())[0].received, 1);
    }
    pair.mesh.calm();
    let met = meet(pair.south());
    assert_eq!((met.given, met.left, met.failure.as_str()), (501, 0, ""), "{met:?}");
    assert_eq!(leaves(pair.north(), "receipt.received"), 501);
}

/// The database of a node as files: the file and what was written beside it.
fn files(node: &Node) -> [std::path::PathBuf; 3] {
    let Location::File(path) = node.place().location() else { panic!("a file") };
    ["", "-wal", "-shm"].map(|end| format!("{}{end}", path.display()).into())
}

#[test]
fn a_node_that_was_put_back_numbers_on_and_nothing_is_lost_or_doubled() {
    let mut pair = Pair::new();
    pair.publish(1);
    pull(pair.south());
    let paths = files(pair.south());
    let old: Vec<_> = paths.iter().take(2).map(|path| std::fs::read(path).unwrap()).collect();
    for number in 2..=3 {
        pair.publish(number);
        pull(pair.south());
    }
    assert_eq!(leaves(pair.north(), "receipt.received"), 3);
    // Nothing has the database open any more while the older one is put in its place.
    pair.mesh.leave(SOUTH_URL);
    pair.community.nodes[1].app = pair.north().app.clone();
    std::fs::remove_file(&paths[2]).ok();
    for (path, bytes) in paths.iter().zip(old) {
        std::fs::write(path, bytes).unwrap();
    }
    let mesh = Arc::clone(&pair.mesh);
    pair.community.nodes[1].join(&mesh, SOUTH_URL);
    let operator = pair.south().operator();
    let stopped = pull::run(&pair.south().app, &operator, None, None, None, &mut |_| {});
    assert!(matches!(&stopped, Err(AppError::NotNow(why)) if why.contains("old copy")), "{stopped:?}");
    assert!(catchup::take_up(&pair.south().app, &operator).unwrap());
    pair.community.nodes[1].join(&mesh, SOUTH_URL);
    let caught = catchup::run(&pair.south().app, &operator, &[], "").unwrap();
    assert_eq!((caught.done, caught.received), (true, 2), "{caught:?}");
    assert_eq!(leaves(pair.south(), "exchange.behind"), 1, "it was noticed, once");
    assert_eq!(leaves(pair.north(), "receipt.received"), 4, "the one for the page that came again is new");
    let met = meet(pair.south());
    assert_eq!((met.given, met.taken, met.left), (0, 0, 0), "{met:?}");
    assert_eq!(leaves(pair.south(), "exchange.behind"), 1);
    pair.publish(4);
    pull(pair.south());
    for number in 1..=4 {
        assert_eq!(state(pair.north(), number, SOUTH), State::Received);
    }
    assert_eq!(leaves(pair.north(), "receipt.received"), 5);
}

#[test]
fn another_agreement_on_the_other_side_is_said() {
    let pair = Pair::new();
    let mut other = pair.community.agreement.clone();
    other.title = "EXERCISE another agreement".into();
    other.version += 1;
    let south = pair.south();
    comity_app::agreement::import(&south.app, &south.operator(), &other.to_toml().unwrap()).unwrap();
    assert!(!meet(south).same_agreement);
    assert!(!exchange::standings(&pair.north().app).unwrap()[0].same_agreement);
}

/// A node, and a member without a node whose messages a test writes itself.
pub struct Desk {
    pub community: Community,
    reader: Reader,
    numbers: u64,
}

pub fn guest_key() -> MemberKey {
    MemberKey::from_seed([7; 32])
}

impl Desk {
    /// With three notes that were delivered to the guest.
    pub fn new() -> Self {
        let seats = vec![Seat::member(NORTH).node(Place::memory()), Seat::member(GUEST), Seat::member(SOUTH)];
        let mut community = Community::new(6, seats);
        community.clock.tick(1);
        community.amend_member(GUEST, |member| member.keys = vec![guest_key().public()]);
        let node = community.node();
        let collection = node.collection("Reports");
        for number in 1..=3 {
            node.publish(&collection, &at(Tlp::Green), &note(number, 0, "paper", Some(Tlp::Green)));
        }
        let reader = node.reader(GUEST, &collection);
        assert_eq!(node.stream(&reader, &collection, &Query::default(), 10).len(), 3);
        Self { community, reader, numbers: 0 }
    }

    pub fn node(&self) -> &Node {
        self.community.node()
    }

    pub fn guest(&self) -> MemberId {
        self.community.id(GUEST)
    }

    /// A receipt of the guest for the note with this number.
    pub fn receipt(&self, number: u32) -> Message {
        self.message(&format!("receipt-{number}"), &served(number, None))
    }

    pub fn message(&self, name: &str, receipt: &Receipt) -> Message {
        let to = Some(self.node().member().clone());
        Message::new(name.into(), self.guest(), to, self.community.clock.now(), receipt).unwrap()
    }

    fn form(&self, have: &Value, lines: &[Value]) -> Value {
        let digest = self.community.agreement.digest().unwrap();
        json!({"v": 1, "program": "exercise/1", "agreement": digest, "at": self.community.clock.now(), "have": have,
            "messages": lines})
    }

    fn answer(&self, form: &Value) -> Result<Value, AppError> {
        let answer = exchange::answer(&self.node().app, &self.reader, form.to_string().as_bytes())?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    /// Sends messages behind those of before and answers how the node stands with the guest then.
    pub fn send(&mut self, messages: &[Value]) -> Standing {
        let first = self.numbers + 1;
        self.numbers += messages.len() as u64;
        let lines: Vec<Value> =
            (first..).zip(messages).map(|(n, message)| json!({"n": n, "message": message})).collect();
        let answer = self.answer(&self.form(&json!({"n": 0}), &lines)).unwrap();
        assert_eq!(answer["have"]["n"], self.numbers, "it goes on behind each, whatever it says");
        exchange::standings(&self.node().app).unwrap().remove(0)
    }

    pub fn state(&self, number: u32) -> State {
        state(self.node(), number, GUEST)
    }
}

/// The digest of what was served as the note with this number.
pub fn digest(number: u32) -> Digest {
    let text = note(number, 0, "paper", Some(Tlp::Green));
    let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
    canon::digest_of(object.value()).unwrap()
}

pub fn served(number: u32, why: Option<comity_app::model::NotTaken>) -> Receipt {
    Receipt::over(&BTreeMap::from([(digest(number), why)])).remove(0)
}

pub fn signed(message: Message) -> Value {
    json!(message.sign(&guest_key()).unwrap())
}

#[test]
fn what_is_not_as_it_must_be_is_refused_with_its_reason_and_the_next_is_still_taken() {
    let mut desk = Desk::new();
    let south = desk.community.id(SOUTH);
    let with = |desk: &Desk, change: &dyn Fn(&mut Message)| {
        let mut message = desk.receipt(1);
        change(&mut message);
        signed(message)
    };
    let altered = |desk: &Desk, field: &str, value: Value| {
        let mut message = signed(desk.receipt(1));
        message["message"][field] = value;
        message
    };
    let bad = [
        (with(&desk, &|one| one.from = south.clone()), "not-its-own"),
        (with(&desk, &|one| one.to = Some(south.clone())), "not-for-us"),
        (with(&desk, &|one| one.to = None), "not-for-us"),
        (with(&desk, &|one| one.kind = "exercise".into()), "unknown-kind"),
        (with(&desk, &|one| one.body = json!({"got": []})), "not-of-its-form"),
        (with(&desk, &|one| one.body = json!({"got": [], "refused": []})), "not-of-its-form"),
        (with(&desk, &|one| one.body = json!(served(9, None))), "not-delivered"),
        (altered(&desk, "id", json!("exercise-1")), "bad-signature"),
        (altered(&desk, "at", json!("2026-01-01T00:00:00.000000Z")), "bad-signature"),
        (altered(&desk, "body", json!(served(2, None))), "bad-signature"),
        (altered(&desk, "v", json!(2)), "version 2 of"),
        (json!({"message": "EXERCISE"}), "invalid type"),
        (json!(7), "invalid type"),
    ];
    for (number, (message, why)) in (1_u32..).zip(bad) {
        let fault = desk.send(&[message]).fault;
        let found = if why == "version 2 of" { fault.contains("version 2") } else { fault.contains(why) };
        assert!(found, "{number}: {fault} instead of {why}");
        assert_eq!(desk.state(1), State::Delivered, "{number}");
    }
    let both = [altered(&desk, "at", json!("2026-01-01T00:00:00.000000Z")), signed(desk.receipt(1))];
    desk.send(&both);
    assert_eq!(desk.state(1), State::Received);
    assert_eq!(leaves(desk.node(), "receipt.received"), 1);
}

#[test]
fn a_signature_by_another_key_of_the_same_short_name_is_no_signature() {
    let mut desk = Desk::new();
    let mut forged =
        serde_json::to_value(desk.receipt(1).sign(&MemberKey::from_seed([8; 32])).unwrap()).unwrap();
    forged["key"] = json!(guest_key().public().id());
    assert!(desk.send(&[forged]).fault.contains("bad-signature"));
    assert_eq!(desk.state(1), State::Delivered);
}

#[test]
fn what_was_said_under_one_name_is_said_once() {
    let mut desk = Desk::new();
    let (first, second) = (desk.message("one", &served(1, None)), desk.message("one", &served(2, None)));
    desk.send(&[signed(first.clone())]);
    let standing = desk.send(&[signed(second), signed(first)]);
    assert_eq!(standing.fault, "message 2: said-otherwise");
    assert_eq!((desk.state(1), desk.state(2)), (State::Received, State::Delivered));
    assert_eq!(leaves(desk.node(), "receipt.received"), 1, "the same again is nothing new");
}

#[test]
fn what_is_signed_with_a_key_that_is_not_known_yet_waits_for_it() {
    let mut desk = Desk::new();
    let new = MemberKey::from_seed([9; 32]);
    let message = json!(desk.receipt(1).sign(&new).unwrap());
    let next = signed(desk.receipt(2));
    let standing = desk.send(&[message, next]);
    assert_eq!(standing.fault, "");
    assert_eq!((desk.state(1), desk.state(2)), (State::Delivered, State::Received));
    desk.send(&[]);
    assert_eq!(desk.state(1), State::Delivered);
    desk.community.amend_member(GUEST, |member| member.keys.push(new.public()));
    desk.send(&[]);
    assert_eq!(desk.state(1), State::Received);
}

#[test]
fn what_is_dated_ahead_waits_for_its_time() {
    let mut desk = Desk::new();
    let mut message = desk.receipt(1);
    message.at = message.at.plus_seconds(3_600);
    desk.send(&[signed(message), signed(desk.receipt(2))]);
    assert_eq!((desk.state(1), desk.state(2)), (State::Delivered, State::Received));
    desk.community.clock.advance_seconds(3_000);
    desk.send(&[]);
    assert_eq!(desk.state(1), State::Received);
}

#[test]
fn what_one_member_had_refused_says_nothing_about_what_its_speaker_brings() {
    let mut desk = Desk::new();
    let message = signed(desk.receipt(1));
    let node = desk.node();
    let thief = node.reader(SOUTH, "reports");
    let form = desk.form(&json!({"n": 0}), &[json!({"n": 1, "message": message})]);
    exchange::answer(&node.app, &thief, form.to_string().as_bytes()).unwrap();
    let south = exchange::standings(&node.app).unwrap().remove(0);
    assert_eq!((south.member.as_str(), south.fault.as_str()), (SOUTH, "message 1: not-its-own"));
    assert_eq!(desk.state(1), State::Delivered);
    desk.send(&[message]);
    assert_eq!(
        desk.state(1),
        State::Received,
        "whoever got hold of it first cannot keep it from being taken"
    );
}

#[test]
fn a_request_that_is_not_of_the_form_is_refused_as_a_whole() {
    let mut desk = Desk::new();
    let one = signed(desk.receipt(1));
    let line = |n: Value| json!({"n": n, "message": one});
    let many: Vec<Value> = (1..=501).map(|n| line(json!(n))).collect();
    let none = json!({"n": 0});
    let form = |have: &Value, lines: &[Value]| desk.form(have, lines);
    let with = |field: &str, value: Value| {
        let mut form = desk.form(&none, &[line(json!(1))]);
        form[field] = value;
        form
    };
    let bad = [
        (form(&none, &many), "more than 500 entries"),
        (form(&none, &[line(json!(2)), line(json!(1))]), "their numbers rise"),
        (form(&none, &[line(json!(1)), line(json!(1))]), "their numbers rise"),
        (form(&none, &[line(json!(0))]), "their numbers rise"),
        (form(&none, &[line(json!((1_u64 << 53) + 1))]), "their numbers rise"),
        (form(&none, &[line(json!(-1))]), "it is no exchange"),
        (form(&none, &[line(json!(1.5))]), "it is no exchange"),
        (form(&json!({"n": (1_u64 << 53) + 1}), &[line(json!(1))]), "a number goes from 0"),
        (form(&json!({"n": 1_000_001}), &[line(json!(1))]), "far beyond"),
        (form(&json!({}), &[line(json!(1))]), "it is no exchange"),
        (with("v", json!(2)), "version 2 of an exchange"),
        (with("at", json!("yesterday")), "it is no exchange"),
        (with("agreement", json!("abc")), "it is no exchange"),
        (with("program", json!("x".repeat(65))), "at most 64"),
        (with("program", json!("x\u{1b}[31m")), "at most 64"),
        (with("pad", json!("x".repeat(1 << 20))), "1048576 bytes"),
        (json!([]), "it is no exchange"),
        (json!(null), "it is no exchange"),
    ];
    for (form, why) in bad {
        let error = desk.answer(&form).unwrap_err().to_string();
        assert!(error.contains(why), "{error} instead of {why}");
        assert_eq!(desk.state(1), State::Delivered, "{why}");
        let standings = exchange::standings(&desk.node().app).unwrap();
        assert_eq!(standings, [], "nothing of it is kept: {why}");
    }
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(exchange::answer(&desk.node().app, &desk.reader, deep.as_bytes()).is_err());
    desk.send(&[one]);
    assert_eq!(desk.state(1), State::Received);
}

#[test]
fn only_the_nodes_of_other_members_of_the_agreement_exchange_messages() {
    let mut desk = Desk::new();
    let form = desk.form(&json!({"n": 0}), &[json!({"n": 1, "message": signed(desk.receipt(1))})]);
    let own = desk.node().reader(NORTH, "reports");
    let error = exchange::answer(&desk.node().app, &own, form.to_string().as_bytes()).unwrap_err();
    assert!(matches!(error, AppError::Denied(_)), "{error}");
    desk.community.amend_member(GUEST, |member| member.active = false);
    let error = desk.answer(&form).unwrap_err();
    assert!(matches!(error, AppError::Denied(_)), "{error}");
    assert_eq!(leaves(desk.node(), "receipt.received"), 0);
}
