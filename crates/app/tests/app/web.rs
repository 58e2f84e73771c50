//! Nodes of one community that pull from each other, for tests of recalls.

use std::sync::Arc;

use comity_app::model::Stated;
use comity_app::model::recall::{Reason, Scope};
use comity_app::recall::{self, Filter, HolderView, How, Issued, RecallView, Wish};
use comity_app::stix::Tlp;
use comity_app::{exchange, explain, peer, pull};
use comity_testkit::mesh::Mesh;
use comity_testkit::{Community, Engine, Node, Seat};

use crate::paper::{at, id, note, version};

pub const NORTH: &str = "Exercise north";
pub const SOUTH: &str = "Exercise south";
pub const WEST: &str = "Exercise west";
pub const OBSERVER: &str = "Exercise observer";

pub const NAMES: [&str; 4] = [NORTH, SOUTH, WEST, "Exercise east"];

/// Nodes that pull from each other into the collection `reports`, by the places of who pulls and from whom; and a member
/// that reads and has no key to answer with.
pub struct Web {
    pub community: Community,
    pub mesh: Arc<Mesh>,
}

pub fn url(at: usize) -> String {
    format!("http://127.0.0.1:{}", 6180 + at)
}

impl Web {
    pub fn new(nodes: usize, ways: &[(usize, usize)]) -> Self {
        Self::on(Engine::File, nodes, ways)
    }

    /// The same on another engine, which is not memory: the nodes are opened once more.
    pub fn on(engine: Engine, nodes: usize, ways: &[(usize, usize)]) -> Self {
        let mut seats: Vec<Seat> =
            NAMES[..nodes].iter().map(|name| Seat::member(name).node(engine.place())).collect();
        seats.push(Seat::member(OBSERVER));
        let mut community = Community::new(11, seats);
        // As on a real clock, no two things happen at one time.
        community.clock.tick(1);
        let mesh = Arc::new(Mesh::default());
        for (at, node) in community.nodes.iter_mut().enumerate() {
            node.join(&mesh, &url(at));
            assert_eq!(node.collection("Reports"), "reports");
        }
        let web = Self { community, mesh };
        for (to, from) in ways {
            web.node(*to).befriend(web.node(*from), &format!("n{from}"), &url(*from), "reports");
        }
        web
    }

    /// North and South, which pulls from it.
    pub fn pair() -> Self {
        Self::new(2, &[(1, 0)])
    }

    pub fn node(&self, at: usize) -> &Node {
        &self.community.nodes[at]
    }

    pub fn north(&self) -> &Node {
        self.node(0)
    }

    pub fn south(&self) -> &Node {
        self.node(1)
    }

    /// A node publishes a version of a note, which may be passed on.
    pub fn publish(&self, at: usize, number: u32, version: u32) {
        let text = note(number, version, &format!("paper {number}"), Some(Tlp::Green));
        self.node(at).publish("reports", &onward(), &text);
    }

    /// Every node pulls and exchanges messages, until nothing is left to say.
    pub fn settle(&self) {
        for _ in 0..4 {
            for at in 0..self.community.nodes.len() {
                self.go(at);
            }
        }
    }

    /// One node pulls from its peers, and they exchange messages.
    pub fn go(&self, at: usize) {
        let node = self.node(at);
        for one in peer::list(&node.app).unwrap() {
            let pulled = pull::run(
                &node.app,
                &node.operator(),
                Some(&one.name),
                Some("reports"),
                Some("reports"),
                &mut |_| {},
            );
            let _ = pulled.unwrap();
        }
        let _ = exchange::run(&node.app, &node.operator(), None).unwrap();
    }
}

pub fn onward() -> Stated {
    Stated { onward: true, ..at(Tlp::Green) }
}

/// What stands where for a version of a note, of every origin.
pub fn states(node: &Node, number: u32, number_of_version: u32) -> Vec<String> {
    explain::records(&node.app, None)
        .unwrap()
        .into_iter()
        .filter(|one| one.id == id(number) && one.version == version(number_of_version))
        .map(|one| one.state)
        .collect()
}

pub fn issue(node: &Node, text: &str, wish: &Wish<'_>) -> Issued {
    recall::issue(&node.app, &node.operator(), text, wish).unwrap()
}

/// A node takes a note back because it is wrong.
pub fn take_back(node: &Node, number: u32) -> Issued {
    issue(node, &id(number), &Wish::new(Scope::Withdraw, Reason::Wrong))
}

pub fn all(node: &Node) -> Vec<RecallView> {
    recall::overview(&node.app, &node.operator(), &Filter::default()).unwrap()
}

pub fn one(node: &Node, recall: &str) -> RecallView {
    let filter = Filter { recall: Some(recall), ..Filter::default() };
    recall::overview(&node.app, &node.operator(), &filter).unwrap().remove(0)
}

pub fn holder(node: &Node, recall: &str, member: &str) -> HolderView {
    let found = one(node, recall).members.into_iter().find(|one| one.member == member);
    found.unwrap_or_else(|| panic!("{member} is not told of {recall}"))
}

pub fn purge(node: &Node, recall: &str) {
    recall::comply(&node.app, &node.operator(), recall, None, How::Purge).unwrap();
}
