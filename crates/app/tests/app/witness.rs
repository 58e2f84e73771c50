//! Members witness each other's ledgers: what extends what was seen is signed, two histories are found.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use comity_app::carrier::Carriers;
use comity_app::exchange::{self, Exchanged};
use comity_app::model::{KeyNote, MemberKey};
use comity_app::witness::{self, LogView, Shown};
use comity_app::{
    App, AppError, Limits, Reader, Role, backup, collection, home, ledger, person, proposal, tls,
};
use comity_ledger::{Cosigner, LedgerError, Trust, Verifier, verify_witnessed};
use comity_testkit::mesh::{Fate, Mesh, Ways};
use comity_testkit::{Community, Node, Place, READ, Seat, SeededRandom};
use serde_json::{Value, json};

pub const NAMES: [&str; 3] = ["EXERCISE North", "EXERCISE South", "EXERCISE West"];
pub const NORTH: usize = 0;
pub const SOUTH: usize = 1;
pub const WEST: usize = 2;

/// Three nodes that know each other, and have met once, so that each knows the keys of the others.
pub struct Three {
    pub community: Community,
    pub mesh: Arc<Mesh>,
}

impl Three {
    pub fn new() -> Self {
        let seats = NAMES.iter().map(|name| Seat::member(name).node(Place::file())).collect();
        let mut community = Community::new(61, seats);
        let mesh = Arc::new(Mesh::default());
        for (n, node) in community.nodes.iter_mut().enumerate() {
            let _ = node.collection("Exercise");
            node.join(&mesh, &url(n));
        }
        for (n, one) in community.nodes.iter().enumerate() {
            for (m, other) in community.nodes.iter().enumerate().filter(|(m, _)| *m != n) {
                one.befriend(other, &format!("peer-{m}"), &url(m), "exercise");
            }
        }
        let three = Self { community, mesh };
        for _ in 0..2 {
            for n in [NORTH, SOUTH, WEST] {
                assert_eq!(run(&three.node(n).app, None).len(), 2);
            }
        }
        three
    }

    pub fn node(&self, n: usize) -> &Node {
        &self.community.nodes[n]
    }

    /// What one node knows of the ledger of another.
    pub fn view(&self, of: usize, by: usize) -> LogView {
        view(&self.node(by).app, NAMES[of])
    }

    pub fn alarms(&self, n: usize) -> u64 {
        self.node(n).app.alarms().witness.load(Ordering::Relaxed)
    }

    /// An old copy of a node's home: its ledger and its keys as they are now.
    pub fn copied(&self, n: usize) -> App {
        let node = self.node(n);
        let home = node.folder().join("copied");
        fs::create_dir_all(home.join("keys")).unwrap();
        backup::write(&node.app, &node.operator(), &home.join("comity.db")).unwrap();
        for key in fs::read_dir(node.app.home().join("keys")).unwrap() {
            let key = key.unwrap();
            fs::copy(key.path(), home.join("keys").join(key.file_name())).unwrap();
        }
        let text = fs::read_to_string(node.app.home().join("node.toml")).unwrap();
        let store = text.lines().find(|line| line.starts_with("store")).unwrap();
        fs::write(home.join("node.toml"), text.replace(store, "store = \"sqlite:comity.db\"")).unwrap();
        self.open(&home, node)
    }

    /// Opens a home whose node reaches the others.
    pub fn open(&self, home: &Path, node: &Node) -> App {
        let ways: Arc<dyn Carriers> = Arc::new(Ways(Arc::clone(&self.mesh)));
        let random = Arc::new(SeededRandom::new(77));
        home::open_on(home, node.clock().clone(), random, Limits::default(), ways).unwrap()
    }

    /// Makes a node again from a backup of it, in the place of the one that is lost.
    pub fn restored(&self, n: usize, file: &Path) -> App {
        let node = self.node(n);
        let (home, keys) = (node.folder().join("restored"), node.app.home().join("keys"));
        let random = Arc::new(SeededRandom::new(78));
        backup::restore(file, &home, None, Some(&keys), node.clock().clone(), random).unwrap();
        let app = self.open(&home, node);
        self.mesh.join(&url(n), &app);
        app
    }

    pub fn backup(&self, n: usize) -> PathBuf {
        let file = self.node(n).folder().join("backup.db");
        backup::write(&self.node(n).app, &self.node(n).operator(), &file).unwrap();
        file
    }

    /// What one node says to another about ledgers, as it would stand in its request.
    fn part(&self, from: usize, to: usize) -> Value {
        let answer = exchange::answer(&self.node(from).app, &self.reader(to, from), &form(None));
        serde_json::from_slice::<Value>(&answer.unwrap()).unwrap()["ledger"].take()
    }

    /// Lets one node say this to another; gives what the other answers about ledgers.
    fn say(&self, from: usize, to: usize, part: Value) -> Value {
        let answer = exchange::answer(&self.node(to).app, &self.reader(from, to), &form(Some(part)));
        serde_json::from_slice::<Value>(&answer.unwrap()).unwrap()["ledger"].take()
    }

    /// One member as a client at the node of another.
    pub fn reader(&self, member: usize, at: usize) -> Reader {
        self.node(at).client(&self.node(at).key(NAMES[member], "exercise", READ))
    }
}

pub fn url(n: usize) -> String {
    format!("https://node-{n}.example:6180")
}

fn form(part: Option<Value>) -> Vec<u8> {
    let at = "2026-01-01T00:00:00.000000Z";
    let mut form = json!({"v": 1, "agreement": "00".repeat(32), "at": at, "have": {"n": 0}});
    form["ledger"] = part.unwrap_or(Value::Null);
    form.to_string().into_bytes()
}

pub fn run(app: &App, peer: Option<usize>) -> Vec<Exchanged> {
    let name = peer.map(|n| format!("peer-{n}"));
    exchange::run(app, &person::actor(app, None).unwrap(), name.as_deref()).unwrap()
}

/// One node meets another; nothing fails on the way.
pub fn meet(app: &App, peer: usize) {
    let met = run(app, Some(peer)).remove(0);
    assert_eq!((met.failure.as_str(), met.plain), ("", false), "{met:?}");
}

fn view(app: &App, name: &str) -> LogView {
    witness::list(app).unwrap().into_iter().find(|view| view.member == name).unwrap()
}

/// Appends leaves to a ledger.
pub fn grow(app: &App, count: usize) {
    for _ in 0..count {
        let title = format!("EXERCISE {}", size(app));
        collection::add(app, &person::actor(app, None).unwrap(), &title, None).unwrap();
    }
}

pub fn size(app: &App) -> i64 {
    let note = ledger::checkpoint(app).unwrap().unwrap();
    note.lines().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_checkpoint_is_cosigned_by_each_peer_it_meets() {
    let three = Three::new();
    let north = &three.node(NORTH).app;
    grow(north, 3);
    let met = size(north);
    meet(north, SOUTH);
    meet(north, WEST);
    for by in [SOUTH, WEST] {
        let seen = three.view(NORTH, by);
        assert_eq!((seen.size, seen.alarm.as_str(), seen.fault.as_str()), (met, "", ""));
        assert_eq!(three.view(by, NORTH).signed_ours, met, "the line came back with the answer");
    }
    assert_eq!(three.alarms(SOUTH), 0);
    assert_eq!(ledger::verify(north).unwrap().faults, Vec::<String>::new());
}

#[test]
fn g3_a_proof_file_stands_alone_with_its_witnesses() {
    let three = Three::new();
    let north = &three.node(NORTH).app;
    meet(north, SOUTH);
    meet(north, WEST);
    let text = ledger::witnessed_proof(north, 2).unwrap().unwrap();
    let leaf = ledger::leaf(north, 2).unwrap().unwrap();
    let keys = [SOUTH, WEST].map(|n| Cosigner::parse(&three.view(n, NORTH).witness_key).unwrap());
    let log = Verifier::parse(&three.view(NORTH, SOUTH).ledger_key).unwrap();
    let mut trust = Trust { log, witnesses: keys.to_vec(), need: 2 };
    let found = verify_witnessed(&text, &leaf, &trust).unwrap();
    assert_eq!((found.index, found.by.len()), (2, 2));
    assert!(verify_witnessed(&text, b"{}", &trust).is_err());
    trust.need = 3;
    let few = Err(LedgerError::TooFewWitnesses { found: 2, need: 3 });
    assert_eq!(verify_witnessed(&text, &leaf, &trust), few);
    grow(north, 1);
    let newest = size(north).unsigned_abs() - 1;
    assert_eq!(ledger::witnessed_proof(north, newest).unwrap(), None, "nobody has signed it yet");
    let folder = three.node(NORTH).folder().join("export");
    ledger::export(north, &folder).unwrap();
    let signed = std::fs::read_dir(folder.join("cosigned")).unwrap().count();
    assert!(signed > 0, "the export has them, too");
}

#[test]
fn a_log_that_shows_two_histories_is_alarmed_by_gossip_and_the_evidence_convinces_an_outsider() {
    let three = Three::new();
    let north = &three.node(NORTH).app;
    let other = three.copied(NORTH);
    grow(north, 1);
    grow(&other, 1);
    assert_eq!(size(north), size(&other));
    meet(north, SOUTH);
    meet(&other, WEST);
    assert_eq!((three.alarms(SOUTH), three.alarms(WEST)), (0, 0), "each sees one history");
    meet(&three.node(SOUTH).app, WEST);
    assert_eq!((three.alarms(SOUTH), three.alarms(WEST)), (1, 1));
    for by in [SOUTH, WEST] {
        let alarm = three.view(NORTH, by).alarm;
        let id = alarm.strip_prefix("open split-view ").unwrap_or_else(|| panic!("{alarm}"));
        let fork = witness::evidence(&three.node(by).app, id).unwrap();
        // An outsider needs the file and the key of the ledger.
        let file = serde_json::to_string(&fork).unwrap();
        let read: witness::Fork = serde_json::from_str(&file).unwrap();
        let key = Verifier::parse(north.ledger_vkey()).unwrap();
        assert_eq!(read.verify(&key), Ok(Shown::TwoHistories));
        assert!(read.verify(&Verifier::parse(three.node(SOUTH).app.ledger_vkey()).unwrap()).is_err());
        let kinds = ledger::verify(&three.node(by).app).unwrap().kinds;
        assert_eq!(kinds.get("witness.alarmed"), Some(&1));
    }
    // Again, and nothing is counted twice; nor is either history signed any more.
    let before = three.view(NORTH, SOUTH).size;
    meet(&three.node(SOUTH).app, WEST);
    grow(north, 1);
    meet(north, SOUTH);
    assert_eq!(three.alarms(SOUTH), 1);
    assert_eq!(three.view(NORTH, SOUTH).size, before);
    assert!(view(north, NAMES[SOUTH]).says.contains("two histories"), "{:?}", view(north, NAMES[SOUTH]));
}

#[test]
fn a_copy_whose_keys_were_noted_later_does_not_hide_what_the_node_itself_shows() {
    let three = Three::new();
    let north = &three.node(NORTH).app;
    let other = three.copied(NORTH);
    tls::rotate(&other, &person::actor(&other, None).unwrap()).unwrap();
    grow(&other, 2);
    meet(&other, SOUTH);
    assert_eq!((three.alarms(SOUTH), three.view(NORTH, SOUTH).size), (0, size(&other)));
    grow(north, size(&other).abs_diff(size(north)).try_into().unwrap());
    assert_eq!(size(north), size(&other));
    meet(north, SOUTH);
    assert_eq!(three.alarms(SOUTH), 1, "{:?}", three.view(NORTH, SOUTH));
    assert!(three.view(NORTH, SOUTH).alarm.starts_with("open split-view"));
    assert!(three.view(NORTH, SOUTH).fault.contains("does not rise"), "{:?}", three.view(NORTH, SOUTH));
}

#[test]
fn two_histories_of_different_sizes_are_found_because_the_log_cannot_join_them() {
    let three = Three::new();
    let north = &three.node(NORTH).app;
    let other = three.copied(NORTH);
    grow(north, 5);
    grow(&other, 1);
    meet(north, SOUTH);
    meet(&other, WEST);
    meet(&three.node(SOUTH).app, WEST);
    assert_eq!(three.alarms(SOUTH), 0, "two sizes say nothing by themselves");
    meet(&three.node(SOUTH).app, NORTH);
    meet(&three.node(SOUTH).app, NORTH);
    assert_eq!(three.alarms(SOUTH), 1);
    assert!(three.view(NORTH, SOUTH).alarm.starts_with("open split-view"));
}

#[test]
fn what_another_member_has_seen_of_an_honest_log_is_joined_and_no_alarm() {
    let three = Three::new();
    let north = &three.node(NORTH).app;
    for _ in 0..2 {
        grow(north, 3);
        meet(north, SOUTH);
        grow(north, 2);
        meet(north, WEST);
        meet(&three.node(SOUTH).app, WEST);
        meet(&three.node(WEST).app, NORTH);
        three.community.clock.advance_seconds(1_800);
    }
    for n in [NORTH, SOUTH, WEST] {
        assert_eq!(three.alarms(n), 0);
        for view in witness::list(&three.node(n).app).unwrap() {
            assert_eq!((view.alarm, view.fault, view.says), Default::default());
        }
    }
}

#[test]
fn a_longer_log_that_does_not_begin_with_the_one_seen_is_an_alarm_at_once() {
    let three = Three::new();
    let other = three.copied(NORTH);
    let north = &three.node(NORTH).app;
    grow(north, 2);
    meet(north, SOUTH);
    grow(&other, 8);
    meet(&other, SOUTH);
    // It learns by the answer from which size the way has to lead, and shows one that does not join.
    meet(&other, SOUTH);
    assert_eq!(three.alarms(SOUTH), 1);
    assert!(three.view(NORTH, SOUTH).alarm.starts_with("open split-view"));
}

#[test]
fn a_shorter_log_is_named_rolled_back_when_it_is_shown_again_and_taken_up_by_two_people_only() {
    let three = Three::new();
    let other = three.copied(NORTH);
    let north = &three.node(NORTH).app;
    let south = &three.node(SOUTH).app;
    grow(north, 6);
    meet(north, SOUTH);
    meet(&other, SOUTH);
    assert!(three.view(NORTH, SOUTH).alarm.starts_with("suspected rolled-back"));
    three.community.clock.advance_seconds(59);
    meet(&other, SOUTH);
    assert_eq!(three.alarms(SOUTH), 0, "it may be an answer that was on its way");
    three.community.clock.advance_seconds(1);
    meet(&other, SOUTH);
    assert_eq!(three.alarms(SOUTH), 1);
    let view = three.view(NORTH, SOUTH);
    assert!(view.alarm.starts_with("open rolled-back"), "{}", view.alarm);
    let known = view.size;
    meet(&other, SOUTH);
    assert_eq!((three.view(NORTH, SOUTH).size, three.alarms(SOUTH)), (known, 1));

    let operator = three.node(SOUTH).operator();
    let second = three.node(SOUTH).user("second", &[Role::Administrator]);
    assert!(witness::propose_clear(south, &operator, "comity/none", "EXERCISE").is_err());
    assert!(witness::propose_clear(south, &operator, &view.log, "").is_err());
    let asked =
        witness::propose_clear(south, &operator, &view.log, "EXERCISE restored after a fire").unwrap();
    assert!(proposal::approve(south, &operator, &asked.id).is_err(), "a second person");
    proposal::approve(south, &second, &asked.id).unwrap();
    // Nor does the copy write anything any more: it goes on under another name, when its people say so.
    let denied = collection::add(&other, &person::actor(&other, None).unwrap(), "EXERCISE", None);
    assert!(matches!(&denied, Err(AppError::NotNow(why)) if why.contains("old copy")), "{denied:?}");
    assert_eq!(ledger::verify(south).unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_suspicion_goes_when_the_log_shows_that_it_goes_on() {
    let three = Three::new();
    let north = &three.node(NORTH).app;
    let late = three.part(NORTH, SOUTH);
    grow(north, 2);
    meet(north, SOUTH);
    three.say(NORTH, SOUTH, late.clone());
    assert!(three.view(NORTH, SOUTH).alarm.starts_with("suspected"));
    grow(north, 1);
    meet(north, SOUTH);
    assert_eq!(three.view(NORTH, SOUTH).alarm, "");
    three.community.clock.advance_seconds(120);
    three.say(NORTH, SOUTH, late);
    assert_eq!(three.alarms(SOUTH), 0, "it counts from the new suspicion on");
}

#[test]
fn a_suspicion_goes_when_the_log_is_shown_as_it_was() {
    let three = Three::new();
    let north = &three.node(NORTH).app;
    let late = three.part(NORTH, SOUTH);
    grow(north, 2);
    meet(north, SOUTH);
    three.say(NORTH, SOUTH, late.clone());
    assert!(three.view(NORTH, SOUTH).alarm.starts_with("suspected"));
    meet(north, SOUTH);
    assert_eq!(three.view(NORTH, SOUTH).alarm, "");
    three.community.clock.advance_seconds(120);
    three.say(NORTH, SOUTH, late);
    assert_eq!(three.alarms(SOUTH), 0, "two requests that were late are no log that went back");
}

#[test]
fn a_log_whose_answers_are_lost_is_not_alarmed_for_what_it_never_heard_to_be_asked() {
    let three = Three::new();
    let (north, west) = (&three.node(NORTH).app, &three.node(WEST).app);
    // West has seen a size of North's ledger that South has not, and tells South.
    grow(north, 2);
    meet(north, WEST);
    grow(north, 2);
    meet(west, SOUTH);
    three.mesh.weather(Box::new(|_| Fate::AnswerLost));
    for _ in 0..6 {
        assert!(!run(north, Some(SOUTH)).remove(0).failure.is_empty());
    }
    assert_eq!((three.alarms(SOUTH), three.view(NORTH, SOUTH).alarm.as_str()), (0, ""));
    three.mesh.calm();
    for _ in 0..6 {
        meet(&three.node(SOUTH).app, NORTH);
    }
    assert_eq!((three.alarms(SOUTH), three.view(NORTH, SOUTH).alarm.as_str()), (0, ""), "it shows the way");
}

#[test]
fn a_way_from_a_size_that_is_not_the_one_known_is_no_alarm_and_the_next_meeting_has_the_right_one() {
    let three = Three::new();
    let north = &three.node(NORTH).app;
    grow(north, 2);
    three.mesh.weather(Box::new(|_| Fate::AnswerLost));
    assert!(!run(north, Some(SOUTH)).remove(0).failure.is_empty());
    three.mesh.calm();
    let known = three.view(NORTH, SOUTH).size;
    assert_eq!(known, size(north), "it arrived");
    grow(north, 2);
    meet(north, SOUTH);
    assert_eq!((three.view(NORTH, SOUTH).size, three.alarms(SOUTH)), (known, 0));
    meet(north, SOUTH);
    assert_eq!((three.view(NORTH, SOUTH).size, three.alarms(SOUTH)), (size(north), 0));
}

#[test]
fn what_is_wrong_is_refused_told_and_changes_nothing() {
    let three = Three::new();
    let [north, south] = [NORTH, SOUTH].map(|n| &three.node(n).app);
    grow(north, 1);
    meet(north, SOUTH);
    meet(&three.node(SOUTH).app, NORTH);
    let good = three.part(NORTH, SOUTH);
    assert_eq!(three.say(NORTH, SOUTH, good.clone())["fault"], "");
    let before = three.view(NORTH, SOUTH);
    let signed_by_a_stranger = {
        let note: KeyNote = serde_json::from_value(good["keys"]["note"].clone()).unwrap();
        let note = KeyNote { number: note.number + 1, more: BTreeMap::new(), ..note };
        serde_json::to_value(note.sign(&MemberKey::from_seed([9; 32])).unwrap()).unwrap()
    };
    let with = |field: &str, value: Value| {
        let mut part = good.clone();
        part[field] = value;
        part
    };
    let altered = |text: &Value| {
        let text = text.as_str().unwrap();
        let at = text.rfind('=').map_or(text.len() - 6, |at| at - 6);
        let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        Value::from(format!("{}{other}{}", &text[..at], &text[at + 1..]))
    };
    let mut line = good["cosigned"][0].clone();
    line["line"] = altered(&line["line"]);
    let mut beyond = good["cosigned"][0].clone();
    beyond["size"] = 1_000_000.into();
    let mut number = good["keys"].clone();
    number["note"]["number"] = 1.into();
    let west = three.part(WEST, SOUTH);
    let seen = good["seen"][0].clone();
    for (part, why) in [
        (with("keys", signed_by_a_stranger), "not among the keys of its member"),
        (with("keys", west["keys"].clone()), "of another member"),
        (with("keys", number), "signature"),
        (with("checkpoint", altered(&good["checkpoint"])), "signature"),
        (with("checkpoint", west["checkpoint"].clone()), "not signed by the known key"),
        (with("cosigned", json!([line])), "does not verify"),
        (with("cosigned", json!([beyond])), "never had"),
        (with("conflict", ledger::checkpoint(south).unwrap().into()), "stands in it"),
        (with("conflict", good["checkpoint"].clone()), "was not signed by it"),
        (with("seen", json!([seen.as_str().unwrap().replacen('\n', "\n9", 1)])), "was not signed by it"),
        (with("seen", vec![seen.clone(); 101].into()), "more than 100"),
        (with("seen", json!([good["checkpoint"]])), ""),
        (with("ask", json!([-1])), "ledger: "),
        (json!("EXERCISE"), "ledger: "),
    ] {
        let answered = three.say(NORTH, SOUTH, part.clone());
        let fault = answered["fault"].as_str().unwrap();
        assert!(fault.contains(why) && fault.is_empty() == why.is_empty(), "{why}: {fault}");
        let now = three.view(NORTH, SOUTH);
        assert_eq!(now.fault, fault);
        assert_eq!((now.size, &now.alarm), (before.size, &before.alarm), "{why}");
    }
    assert_eq!(three.alarms(SOUTH), 0);
    assert_eq!(three.say(NORTH, SOUTH, good)["fault"], "", "and what is right is taken after it");
}
