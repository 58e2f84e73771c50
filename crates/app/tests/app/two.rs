//! Two nodes that really pull from each other: what one releases to the other is served over loopback as a page.

use comity_app::import::{self, Input, Summary};
use comity_app::model::{Micros, Stated};
use comity_app::peer::{self, NewPeer};
use comity_app::pull::{self, Pulled};
use comity_app::serve::Query;
use comity_app::stix::Tlp;
use comity_app::{Reader, explain};
use comity_testkit::{Community, Node, Place, READ, Seat};
use serde_json::Value;

use crate::fake::{Fake, plain};
use crate::paper::at;

const KINDS: &str = include_str!("../../../../schema/kinds/examples.json");
/// The entry of the kinds in an object.
pub const EXTENSION: &str = "extension-definition--ad455bc2-9ac8-4138-bed3-f1f169eea8ca";
pub const NORTH: &str = "Exercise north";
pub const SOUTH: &str = "Exercise south";
pub const WEST: &str = "Exercise west";
/// Before the dates of the examples.
const NOW_US: i64 = 1_795_000_000_000_000;

/// Two nodes and a third member; both nodes have the collection `exercise`.
pub struct Two {
    pub community: Community,
    /// South's key at North, and North's at South, both for the purpose `border`.
    readers: [Reader; 2],
    turn: std::cell::Cell<u32>,
}

impl Two {
    pub fn new() -> Self {
        Self::with(Vec::new())
    }

    /// With more members, who have no node.
    pub fn with(others: Vec<Seat>) -> Self {
        let mut seats = vec![
            Seat::member(NORTH).node(Place::memory()),
            Seat::member(SOUTH).node(Place::memory()),
            Seat::member(WEST),
        ];
        seats.extend(others);
        let community = Community::new(3, seats);
        community.clock.set(Micros(NOW_US));
        for node in &community.nodes {
            assert_eq!(node.collection("Exercise"), "exercise");
        }
        let reader = |node: &Node, member| {
            node.client(&node.key_for(member, "exercise", READ, Some("border"), Some("treaty")))
        };
        let readers = [reader(&community.nodes[0], SOUTH), reader(&community.nodes[1], NORTH)];
        Self { community, readers, turn: std::cell::Cell::new(0) }
    }

    pub fn north(&self) -> &Node {
        &self.community.nodes[0]
    }

    pub fn south(&self) -> &Node {
        &self.community.nodes[1]
    }

    /// South pulls from North.
    pub fn southward(&self) -> Pulled {
        self.bring(0, &[])
    }

    /// South pulls one record from North.
    pub fn southward_of(&self, id: &str) -> Pulled {
        self.bring(0, &[id.to_owned()])
    }

    /// North pulls from South.
    pub fn northward(&self) -> Pulled {
        self.bring(1, &[])
    }

    fn bring(&self, from: usize, ids: &[String]) -> Pulled {
        self.community.clock.advance_seconds(60);
        let (giver, taker) = (&self.community.nodes[from], &self.community.nodes[1 - from]);
        let versions = comity_app::serve::Versions::All;
        let query = Query { ids: ids.to_vec(), versions, ..Query::default() };
        let sent = giver.stream(&self.readers[from], "exercise", &query, 100);
        let objects: Vec<String> =
            sent.iter().map(|one| String::from_utf8(one.get().bytes().to_vec()).unwrap()).collect();
        let envelopes: Vec<String> = sent.iter().map(|one| one.get().envelope_json()).collect();
        let page = plain(&objects, &format!(r#","x_comity_envelopes":[{}]"#, envelopes.join(",")));
        let fake = Fake::pages(move |_| page.clone().last(1));
        self.turn.set(self.turn.get() + 1);
        let (name, url) = (format!("peer-{}", self.turn.get()), fake.url());
        let member = giver.member().clone();
        let new = NewPeer {
            name: &name,
            url: &url,
            member: member.as_str(),
            login: "u",
            secret: "s",
            authority: None,
        };
        peer::add(&taker.app, &taker.operator(), &new).unwrap();
        let pulled =
            pull::run(&taker.app, &taker.operator(), Some(&name), None, Some("exercise"), &mut |_| {})
                .unwrap();
        assert_eq!(pulled[0].failure, "", "{pulled:?}");
        pulled[0].clone()
    }
}

/// The published example of a kind.
pub fn example(word: &str) -> Value {
    let bundle: Value = serde_json::from_str(KINDS).unwrap();
    let found = bundle["objects"].as_array().unwrap().iter().find(|object| {
        object["kind"] == word
            || object["extensions"][EXTENSION]["kind"] == word
            || object["type"] == format!("comity-{word}")
    });
    found.unwrap_or_else(|| panic!("no example of {word}")).clone()
}

/// What is stated about an example: TLP:AMBER, for the purpose `border`.
pub fn governed<'a>() -> Input<'a> {
    Input {
        collection: "exercise",
        name: "x",
        stated: Stated { purposes: ["border".to_owned()].into(), ..at(Tlp::Amber) },
        purpose: Some("border".into()),
        legal_basis: Some("treaty".into()),
        ..Input::default()
    }
}

/// Imports one object as the operator.
pub fn put(node: &Node, input: &Input<'_>, object: &Value) -> Summary {
    import::run(&node.app, &node.operator(), input, object.to_string().as_bytes(), &mut |_| {}).unwrap()
}

/// Imports one object that must be taken, and answers its id.
pub fn taken(node: &Node, input: &Input<'_>, object: &Value) -> String {
    let summary = put(node, input, object);
    assert_eq!(summary.accepted + summary.held, 1, "{summary:?}");
    object["id"].as_str().unwrap().to_owned()
}

/// The ids of a STIX type that a node holds, in use or not.
pub fn held(node: &Node, kind: &str) -> Vec<String> {
    let all = explain::records(&node.app, None).unwrap();
    all.into_iter().filter(|one| one.kind == kind).map(|one| one.id).collect()
}
