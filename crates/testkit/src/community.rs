//! A community in one process: nodes on one virtual clock that share an exercise agreement.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use comity_app::agreement::{self, Applied};
use comity_app::model::{Agreement, Member, MemberId, Standing};
use comity_app::proposal::Outcome;

use crate::{Node, Place, SeededRandom, VirtualClock};

/// One member of a community to be made.
pub struct Seat {
    name: String,
    standing: Standing,
    groups: BTreeSet<String>,
    place: Option<Place>,
}

impl Seat {
    /// A full member, in no group, without a node.
    #[must_use]
    pub fn member(name: &str) -> Self {
        Self { name: name.to_owned(), standing: Standing::Member, groups: BTreeSet::new(), place: None }
    }

    /// With another standing.
    #[must_use]
    pub fn standing(mut self, standing: Standing) -> Self {
        self.standing = standing;
        self
    }

    /// In these groups: `north` and `south` exist.
    #[must_use]
    pub fn groups(mut self, groups: &[&str]) -> Self {
        self.groups = groups.iter().map(|group| (*group).to_owned()).collect();
        self
    }

    /// With a node of its own.
    #[must_use]
    pub fn node(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}

/// Nodes under one agreement. Its groups are `north` and `south`, its purposes `border` and `network`, its legal
/// basis `treaty`; members are adequate and have that basis.
pub struct Community {
    /// The nodes, in the order of the seats that have one.
    pub nodes: Vec<Node>,
    /// The clock of all nodes.
    pub clock: Arc<VirtualClock>,
    /// The agreement in force.
    pub agreement: Agreement,
}

#[expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its community does not work")]
impl Community {
    /// Makes the nodes and brings the agreement into force on each.
    #[must_use]
    pub fn new(seed: u64, seats: Vec<Seat>) -> Self {
        let clock = Arc::new(VirtualClock::default());
        let mut nodes = Vec::new();
        let mut agreement = empty();
        for (number, seat) in (1_u64..).zip(seats) {
            let (id, keys) = match seat.place {
                Some(place) => {
                    let node = Node::new(&seat.name, place, &clock, SeededRandom::derived(seed, number));
                    let first = agreement::current(&node.app).unwrap().agreement;
                    let keys = first.member(node.member()).unwrap().keys.clone();
                    let id = node.member().clone();
                    nodes.push(node);
                    (id, keys)
                }
                None => (member_id(number), Vec::new()),
            };
            agreement.members.push(Member {
                state: None,
                id,
                name: seat.name,
                standing: seat.standing,
                active: true,
                groups: seat.groups,
                adequate: true,
                legal_bases: BTreeSet::from(["treaty".to_owned()]),
                keys,
                hosted_by: None,
            });
        }
        let mut community = Self { nodes, clock, agreement };
        community.amend(|_| {});
        community
    }

    /// The only node, of a community that has one.
    #[must_use]
    pub fn node(&self) -> &Node {
        self.nodes.first().unwrap()
    }

    /// The id of the member of this name.
    #[must_use]
    pub fn id(&self, name: &str) -> MemberId {
        self.agreement.find(name).unwrap().id.clone()
    }

    /// Changes the agreement and brings it into force on every node.
    pub fn amend(&mut self, change: impl FnOnce(&mut Agreement)) {
        change(&mut self.agreement);
        self.agreement.version += 1;
        let text = self.agreement.to_toml().unwrap();
        for node in &self.nodes {
            let outcome: Outcome<Applied> = agreement::import(&node.app, &node.operator(), &text).unwrap();
            assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
        }
    }

    /// Changes one member in the agreement and brings it into force on every node.
    pub fn amend_member(&mut self, name: &str, change: impl FnOnce(&mut Member)) {
        self.amend(|agreement| {
            let found = agreement.members.iter_mut().find(|member| member.name == name);
            change(found.unwrap_or_else(|| panic!("no member {name}")));
        });
    }
}

fn member_id(number: u64) -> MemberId {
    let text = format!("identity--00000000-0000-4000-8000-{number:012}");
    text.parse().unwrap_or_else(|error| unreachable!("{text}: {error}"))
}

/// An agreement of nobody.
pub(crate) fn empty() -> Agreement {
    fn named<T: From<String>>(names: &[&str]) -> BTreeMap<String, T> {
        names.iter().map(|name| ((*name).to_owned(), format!("EXERCISE {name}").into())).collect()
    }
    Agreement {
        title: "EXERCISE agreement".to_owned(),
        version: 1,
        exercise: true,
        members: Vec::new(),
        groups: named(&["north", "south"]),
        purposes: named(&["border", "network"]),
        legal_bases: named(&["treaty"]),
        presets: Default::default(),
        chair: None,
        small_cell: None,
        two_person: Default::default(),
        clocks: Default::default(),
        release: None,
        signing: None,
        classifications: Default::default(),
    }
}
