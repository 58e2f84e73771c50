//! What is foretold is what arrives: for every record of the demo's sets and every member, the answer of `who_sees`
//! and the preview before publication, compared with what the member's own client then gets, object by object, and
//! with what the makers of the set wrote down by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use comity_app::compose::statement::StatementText;
use comity_app::council::import::Wish;
use comity_app::explain::{self, Sight, View};
use comity_app::handling::{self, Change};
use comity_app::import::{self, Input};
use comity_app::model::Agreement;
use comity_app::serve::{Query, Versions};
use comity_app::stated;
use comity_app::{Reader, agreement};
use comity_testkit::{Node, Place, READ, VirtualClock};
use serde_json::Value;

const NAMES: [&str; 4] = ["Demo secretariat", "Demo member A", "Demo member B", "Demo observer"];
/// The purpose and legal basis that members bring, and none.
const CONTEXTS: [(Option<&str>, Option<&str>); 2] =
    [(None, None), (Some("border-security"), Some("council-agreement"))];

struct Demo {
    nodes: BTreeMap<&'static str, Node>,
    /// Owner of the node and reader, with the reader's client there.
    readers: BTreeMap<(&'static str, &'static str), Reader>,
}

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../../demo/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

impl Demo {
    fn new(purpose: Option<&str>, basis: Option<&str>) -> Self {
        let clock = Arc::new(VirtualClock::default());
        let mut agreement = Agreement::from_toml(&read("agreement.toml")).unwrap();
        let mut nodes = BTreeMap::new();
        for (seed, name) in (1..).zip(NAMES) {
            let node = Node::new(name, Place::memory(), &clock, seed);
            let first = agreement::current(&node.app).unwrap().agreement;
            let member = agreement.members.iter_mut().find(|member| member.name == name).unwrap();
            member.id = node.member().clone();
            member.keys = first.members[0].keys.clone();
            nodes.insert(name, node);
        }
        let text = agreement.to_toml().unwrap();
        let mut readers = BTreeMap::new();
        for (owner, node) in &nodes {
            agreement::import(&node.app, &node.operator(), &text).unwrap();
            assert_eq!(node.collection("Exercise"), "exercise");
            for name in NAMES.into_iter().filter(|name| name != owner) {
                let known = agreement.find(name).unwrap();
                let basis = basis.filter(|basis| known.legal_bases.contains(*basis));
                let key = node.key_for(name, "exercise", READ, purpose, basis);
                readers.insert((*owner, name), node.client(&key));
            }
        }
        Self { nodes, readers }
    }

    /// Everything a member gets from a node, in every version, by id and version.
    fn received(&self, owner: &'static str, reader: &'static str) -> BTreeMap<(String, String), Vec<u8>> {
        let query = Query { versions: Versions::All, ..Query::default() };
        self.nodes[owner]
            .stream(&self.readers[&(owner, reader)], "exercise", &query, 5)
            .iter()
            .map(|one| {
                let one = one.get();
                ((one.id().to_owned(), one.version().to_owned()), one.bytes().to_vec())
            })
            .collect()
    }
}

fn names(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn typed(handling: &Value) -> StatementText {
    StatementText {
        tlp: text(&handling["tlp"]),
        to: names(&handling["to"]),
        groups: names(&handling["groups"]),
        exclude: names(&handling["exclude"]),
        purposes: names(&handling["purposes"]),
        embargo_until: text(&handling["embargo_until"]),
        end_at: text(&handling["end_at"]),
        personal: handling["personal_data"].as_bool().unwrap_or(false),
        category: text(&handling["category"]),
        ..StatementText::default()
    }
}

/// A line for each member and record: what it sees.
fn lines(sights: &[Sight]) -> BTreeSet<String> {
    let line =
        |one: &Sight| format!("{} {} {} {:?} {:?}", one.id, one.version, one.member, one.view, one.rules);
    sights.iter().map(line).collect()
}

/// Imports a set as its member; the preview before it tells what is then true.
fn publish(node: &Node, handling: &Value, objects: &[Value]) {
    let input = Input {
        collection: "exercise",
        name: "exercise.json",
        stated: stated::resolve(&node.app, &typed(handling)).unwrap(),
        purpose: text(&handling["purpose"]),
        legal_basis: text(&handling["legal_basis"]),
        ..Input::default()
    };
    let bytes = objects.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let foretold = explain::preview(&node.app, &input, bytes.as_bytes()).unwrap();
    assert_eq!(foretold.len(), objects.len() * 3);
    let summary = import::run(&node.app, &node.operator(), &input, bytes.as_bytes(), &mut |_| {}).unwrap();
    assert_eq!((summary.accepted, summary.rejected.len()), (objects.len(), 0), "{summary:?}");
    let mut true_then = Vec::new();
    for one in foretold.iter().step_by(3) {
        true_then.extend(explain::who_sees(&node.app, &format!("{}@{}", one.id, one.version)).unwrap());
    }
    assert_eq!(lines(&foretold), lines(&true_then));
}

fn load(demo: &Demo, script: &Value) {
    for set in script["sets"].as_array().unwrap() {
        let node = &demo.nodes[set["member"].as_str().unwrap()];
        publish(node, &set["handling"], set["objects"].as_array().unwrap());
    }
    for change in script["changes"].as_array().unwrap() {
        let node = &demo.nodes[change["member"].as_str().unwrap()];
        assert_eq!(change["handling"], serde_json::json!({"groups": []}), "only groups are dropped so far");
        let dropped = Change { groups: (Vec::new(), vec!["border-cell".into()]), ..Change::default() };
        handling::change(&node.app, &node.operator(), change["record"].as_str().unwrap(), &dropped).unwrap();
    }
}

/// The object without the parts that are marked TLP:RED, cut out by hand.
fn without_red(bytes: &str) -> Value {
    let red = comity_app::stix::Tlp::Red.marking_id();
    let mut object: Value = serde_json::from_str(bytes).unwrap();
    let marks = object["granular_markings"].take();
    for mark in marks.as_array().into_iter().flatten().filter(|mark| mark["marking_ref"] == red) {
        for selector in names(&mark["selectors"]) {
            match selector.split_once(".[") {
                None => {
                    object.as_object_mut().unwrap().remove(&selector);
                }
                Some((list, place)) => {
                    let place: usize = place.trim_end_matches(']').parse().unwrap();
                    object[list].as_array_mut().unwrap().remove(place);
                }
            }
        }
    }
    object.as_object_mut().unwrap().remove("granular_markings");
    object
}

/// Compares what is foretold with what arrived, for one node and one reader; answers how many were whole and in part.
fn compare(demo: &Demo, owner: &'static str, reader: &'static str) -> (usize, usize) {
    let node = &demo.nodes[owner];
    let received = demo.received(owner, reader);
    let (mut wholes, mut parts) = (0, 0);
    for record in explain::records(&node.app, Some("exercise")).unwrap() {
        let name = format!("{}@{}", record.id, record.version);
        let sights = explain::who_sees(&node.app, &name).unwrap();
        let sight = sights.iter().find(|sight| sight.member == reader).unwrap();
        assert!(sight.has_key);
        let original = explain::show(&node.app, &name).unwrap()[0].content.clone().unwrap();
        let arrived = received.get(&(record.id.clone(), record.version.clone()));
        let arrived = arrived.map(|bytes| std::str::from_utf8(bytes).unwrap());
        match sight.view {
            View::Nothing => assert_eq!(arrived, None, "{reader} got {name} of {owner}: {}", sight.why),
            View::Whole => {
                wholes += 1;
                assert_eq!(arrived, Some(original.as_str()), "{reader}: {name} of {owner}");
            }
            View::Part => {
                parts += 1;
                let mut got: Value = serde_json::from_str(arrived.unwrap()).unwrap();
                got.as_object_mut().unwrap().remove("granular_markings");
                let mut expected = without_red(&original);
                for taken in sight.without.iter().filter(|taken| *taken != "TLP:RED") {
                    let id = taken.strip_prefix("the reference to ").unwrap();
                    expected["object_refs"].as_array_mut().unwrap().retain(|one| one != id);
                }
                assert_eq!(got, expected, "{reader}: {name} of {owner}");
            }
        }
    }
    assert_eq!(received.len(), wholes + parts, "{reader} got something of {owner} that nobody foretold");
    (wholes, parts)
}

#[test]
fn who_sees_tells_what_every_member_then_receives() {
    let script: Value = serde_json::from_str(&read("exercise.json")).unwrap();
    for (purpose, basis) in CONTEXTS {
        let demo = Demo::new(purpose, basis);
        load(&demo, &script);
        let mut counts = (0, 0);
        for &(owner, reader) in demo.readers.keys() {
            let (wholes, parts) = compare(&demo, owner, reader);
            counts = (counts.0 + wholes, counts.1 + parts);
        }
        assert!(counts.0 > 60 && counts.1 >= 3, "the set shows too little: {counts:?}");
    }
}

#[test]
fn every_member_receives_what_the_makers_of_the_demo_wrote_down() {
    let script: Value = serde_json::from_str(&read("exercise.json")).unwrap();
    for (purpose, basis) in CONTEXTS {
        let demo = Demo::new(purpose, basis);
        load(&demo, &script);
        let mut compared = 0;
        for set in script["sets"].as_array().unwrap() {
            let owner = NAMES.into_iter().find(|name| set["member"] == *name).unwrap();
            for reader in NAMES.into_iter().filter(|name| *name != owner) {
                // A member left out: what it sees depends on the purpose that it brings.
                let expected = match (&set["seen_by"][reader], purpose) {
                    (Value::String(expected), _) => expected.as_str(),
                    (_, Some(_)) => "whole",
                    (_, None) => "none",
                };
                let received = demo.received(owner, reader);
                for object in set["objects"].as_array().unwrap() {
                    compared += 1;
                    let version = ["modified", "created"].iter().find_map(|key| object[key].as_str());
                    let version = version.unwrap_or("1970-01-01T00:00:00.000000Z");
                    let key = (object["id"].as_str().unwrap().to_owned(), version.to_owned());
                    let seen = match received.get(&key) {
                        None => "none",
                        Some(bytes) if serde_json::from_slice::<Value>(bytes).unwrap() == *object => "whole",
                        Some(_) => "part",
                    };
                    assert_eq!(seen, expected, "{reader}: {} of {owner}, {}", key.0, set["shows"]);
                }
            }
        }
        assert!(compared > 120, "{compared}");
    }
}

#[test]
fn the_press_reading_is_seen_whole_by_all() {
    let demo = Demo::new(None, None);
    let node = &demo.nodes[NAMES[0]];
    let wish = Wish {
        collection: "exercise",
        editor: Some("Demo editor"),
        text: &read("council.json"),
        dry_run: false,
    };
    let imported = comity_app::council::import::run(&node.app, &node.operator(), &wish).unwrap();
    for reader in &NAMES[1..] {
        // With the identity of the editor.
        assert_eq!(compare(&demo, NAMES[0], reader), (imported.new + 1, 0));
    }
}
