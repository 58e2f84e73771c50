//! Random histories of a collection: what its members publish, change and withdraw, how the community changes, and
//! when its clients pull.

use comity_app::model::Standing;
use comity_app::stix::Tlp;
use proptest::prelude::*;

/// The members whose clients pull.
pub const READERS: [&str; 3] = ["Exercise Alder", "Exercise Birch", "Exercise Cedar"];
/// Need-to-know groups of the agreement.
pub const GROUPS: [&str; 2] = ["north", "south"];
/// Standings that a member can get.
pub const STANDINGS: [Standing; 4] =
    [Standing::Member, Standing::Observer, Standing::Partner, Standing::Oversight];

/// What is stated about a record. Dates are steps of 100 seconds after the start.
#[derive(Clone, Debug)]
pub struct Plan {
    pub level: Tlp,
    pub groups: [bool; 2],
    pub named: [bool; 3],
    pub excluded: [bool; 3],
    pub purpose: Option<&'static str>,
    pub embargo_step: Option<i64>,
    pub end_step: Option<i64>,
}

/// One step of a history.
#[derive(Clone, Debug)]
pub enum Step {
    Publish { objects: Vec<(u32, u32, Option<Tlp>)>, plan: Plan },
    Change { pick: usize, plan: Plan },
    Withdraw { pick: usize },
    Group { reader: usize, group: usize },
    Standing { reader: usize, standing: usize },
    Active { reader: usize },
    Advance { seconds: i64 },
    Pull { reader: usize, limit: usize, pages: usize, by_token: bool },
    Quiet,
}

fn plan() -> impl Strategy<Value = Plan> {
    let rarely = || prop::bool::weighted(0.15);
    (
        prop::sample::select(vec![
            Tlp::Clear,
            Tlp::Green,
            Tlp::Green,
            Tlp::Amber,
            Tlp::AmberStrict,
            Tlp::Red,
        ]),
        [prop::bool::weighted(0.25), rarely()],
        [prop::bool::weighted(0.25), rarely(), rarely()],
        [rarely(), rarely(), rarely()],
        prop::option::weighted(0.15, prop::sample::select(vec!["border", "network"])),
        prop::option::weighted(0.3, 0..8_i64),
        prop::option::weighted(0.2, 0..8_i64),
    )
        .prop_map(|(level, groups, named, excluded, purpose, embargo_step, end_step)| Plan {
            level,
            groups,
            named,
            excluded,
            purpose,
            embargo_step,
            end_step,
        })
}

/// The level of an object's marked part, if it has one.
pub fn part() -> impl Strategy<Value = Option<Tlp>> {
    prop::option::weighted(0.2, prop::sample::select(vec![Tlp::Green, Tlp::Amber, Tlp::Red]))
}

/// Any step, the common ones more often.
pub fn step() -> impl Strategy<Value = Step> {
    let reader = 0..READERS.len();
    prop_oneof![
        6 => (prop::collection::vec((0..6_u32, 0..4_u32, part()), 1..4), plan())
            .prop_map(|(objects, plan)| Step::Publish { objects, plan }),
        3 => (any::<usize>(), plan()).prop_map(|(pick, plan)| Step::Change { pick, plan }),
        1 => any::<usize>().prop_map(|pick| Step::Withdraw { pick }),
        3 => (reader.clone(), 0..GROUPS.len()).prop_map(|(reader, group)| Step::Group { reader, group }),
        1 => (reader.clone(), 0..STANDINGS.len())
            .prop_map(|(reader, standing)| Step::Standing { reader, standing }),
        1 => reader.clone().prop_map(|reader| Step::Active { reader }),
        3 => prop::sample::select(vec![0, 1, 50, 100, 150, 300]).prop_map(|seconds| Step::Advance { seconds }),
        6 => (reader, 1..8_usize, 1..4_usize, any::<bool>())
            .prop_map(|(reader, limit, pages, by_token)| Step::Pull { reader, limit, pages, by_token }),
        1 => Just(Step::Quiet),
    ]
}
