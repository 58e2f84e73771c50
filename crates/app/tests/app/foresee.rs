//! What is foreseen is what happens: the differences that are foretold before other policies or another agreement are in
//! force, compared with what every key then gets, record by record and byte by byte.

use std::collections::BTreeMap;

use comity_app::activate::{self, Wish};
use comity_app::explain::{self, Sight};
use comity_app::foresee::{self, Foreseen, Shift};
use comity_app::model::{Category, Member, Pap, Standing, Stated, Use};
use comity_app::policy::STANDARD_LOCAL;
use comity_app::preview::{self, Subject};
use comity_app::proof::Means;
use comity_app::proposal::Outcome;
use comity_app::serve::{Query, Versions};
use comity_app::stix::Tlp;
use comity_app::{AppError, Clock as _, Reader};
use comity_testkit::{Community, Engine, Node, READ, Seat, SeededRandom, shared_engines};

use crate::paper::{at, note, with_marked_abstract};

const HOST: &str = "Exercise host";
const COLLECTIONS: [&str; 2] = ["first", "second"];
/// Rules that a community may add to those that a new node starts with.
const MORE: [&str; 4] = [
    r#"@id("partners-amber") @says("partners get amber")
       permit (principal, action == Comity::Action::"release", resource)
       when { resource.tlp == 2 && principal.standing == "partner" };"#,
    r#"@id("no-green-abroad") @says("partners get no green")
       forbid (principal, action == Comity::Action::"release", resource)
       when { resource.tlp == 1 && principal.standing == "partner" };"#,
    r#"@id("no-red") @says("nobody gets red")
       forbid (principal, action, resource)
       when { resource.tlp == 4 && principal != resource.originator };"#,
    r#"@id("everything") @says("whatever the guards let pass") permit (principal, action, resource);"#,
];

/// Numbers that follow from a seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = SeededRandom::derived(self.0, 1);
        (self.0 >> 33) % sides
    }

    fn once_in(&mut self, times: u64) -> bool {
        self.roll(times) == 0
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.roll(all.len() as u64)).unwrap()]
    }
}

/// A node with five other members, some with keys, and records of every sort in two collections.
pub struct World {
    pub community: Community,
    /// Member, purpose, basis, collection and client of each key.
    readers: Vec<(String, &'static str, &'static str, &'static str, Reader)>,
    /// What each other member would get of each record, as it was said before it was published.
    pub foretold: BTreeMap<(String, String), Option<String>>,
}

impl World {
    pub fn new(engine: Engine, dice: &mut Dice) -> Self {
        let standings =
            [Standing::Member, Standing::Observer, Standing::Partner, Standing::Member, Standing::Observer];
        let mut seats = vec![Seat::member(HOST).node(engine.place())];
        for (number, standing) in (1..).zip(standings) {
            let groups: &[&str] = dice.of::<&[&str]>(&[&[], &["north"], &["north", "south"]]);
            seats.push(Seat::member(&format!("Exercise {number}")).standing(standing).groups(groups));
        }
        let community = Community::new(dice.roll(1 << 30), seats);
        let node = community.node();
        for collection in COLLECTIONS {
            assert_eq!(node.collection(collection), collection);
        }
        let mut readers = Vec::new();
        for number in 0..5 {
            let name = if number == 0 { HOST.to_owned() } else { format!("Exercise {number}") };
            for collection in COLLECTIONS {
                for (purpose, basis) in [("", ""), ("border", "treaty")] {
                    if dice.once_in(2) {
                        let text = |word: &'static str| Some(word).filter(|word| !word.is_empty());
                        let key = node.key_for(&name, collection, READ, text(purpose), text(basis));
                        readers.push((name.clone(), purpose, basis, collection, node.client(&key)));
                    }
                }
            }
        }
        let mut world = Self { community, readers, foretold: BTreeMap::new() };
        for number in 0..20 {
            world.publish(number, dice);
        }
        world
    }

    pub fn node(&self) -> &Node {
        self.community.node()
    }

    fn publish(&mut self, number: u32, dice: &mut Dice) {
        let mut stated = Stated::default();
        if !dice.once_in(8) {
            stated = at(*dice.of(&Tlp::ALL));
        }
        for other in 1..6 {
            let member = self.community.id(&format!("Exercise {other}"));
            match dice.roll(8) {
                0 => _ = stated.to.insert(member),
                1 => _ = stated.exclude.insert(member),
                _ => {}
            }
        }
        if dice.once_in(4) {
            stated.groups.insert((*dice.of(&["north", "south"])).to_owned());
        }
        if dice.once_in(4) {
            stated.purposes.insert("border".to_owned());
            stated.personal = dice.once_in(2);
            stated.category = stated.personal.then_some(Category::Contact);
        }
        let hour = 3_600;
        if dice.once_in(5) {
            stated.embargo_until = Some(self.community.clock.now().plus_seconds(*dice.of(&[-hour, hour])));
        }
        if dice.once_in(5) {
            stated.end_at = Some(self.community.clock.now().plus_seconds(*dice.of(&[-hour, hour])));
        }
        let mut text = note(number, 0, "words", None);
        if dice.once_in(2) {
            text = with_marked_abstract(&text, *dice.of(&Tlp::ALL));
            if dice.once_in(3) {
                text = text.replace(r#"["abstract"]"#, r#"["content"]"#);
            }
        }
        let purpose = stated.personal.then(|| "border".to_owned());
        let basis = stated.personal.then(|| "treaty".to_owned());
        let input = comity_app::import::Input {
            collection: dice.of::<&str>(&COLLECTIONS),
            name: "exercise.json",
            stated,
            purpose,
            legal_basis: basis,
            ..Default::default()
        };
        let node = self.community.node();
        for other in 1..6 {
            let name = format!("Exercise {other}");
            let what = Subject::Document(&input, text.as_bytes());
            let got = preview::got(&node.app, what, &name).unwrap().remove(0);
            self.foretold.insert((name, got.sight.id), got.content);
        }
        let summary =
            comity_app::import::run(&node.app, &node.operator(), &input, text.as_bytes(), &mut |_| {});
        assert_eq!(summary.unwrap().accepted, 1);
    }

    /// What each key gets, in every version, by reader and record.
    pub fn served(&self) -> BTreeMap<(String, String, String), BTreeMap<String, Vec<u8>>> {
        let query = Query { versions: Versions::All, ..Query::default() };
        let mut all: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (name, purpose, basis, collection, client) in &self.readers {
            let got = all.entry((name.clone(), (*purpose).to_owned(), (*basis).to_owned())).or_default();
            for one in self.node().stream(client, collection, &query, 7) {
                got.insert(one.get().id().to_owned(), one.get().bytes().to_vec());
            }
        }
        all
    }

    /// What each member without a key would see, record by record.
    fn would_see(&self) -> BTreeMap<(String, String), (explain::View, Vec<String>)> {
        let app = &self.node().app;
        let all = explain::records(app, None).unwrap();
        let sights: Vec<Sight> =
            all.iter().flat_map(|one| explain::who_sees(app, &one.id).unwrap()).collect();
        sights
            .into_iter()
            .filter(|sight| !sight.has_key)
            .map(|sight| ((sight.member, sight.id), (sight.view, sight.without)))
            .collect()
    }

    /// Compares what was foreseen with what is before and after.
    fn check(&self, foreseen: &Foreseen, change: impl FnOnce(&Self)) {
        let (served, seen) = (self.served(), self.would_see());
        change(self);
        let (served_then, seen_then) = (self.served(), self.would_see());
        let mut happened: BTreeMap<(String, String, String, bool), [u64; 3]> = BTreeMap::new();
        for (reader, before) in &served {
            let after = &served_then[reader];
            let (name, purpose, basis) = reader.clone();
            let counts = happened.entry((name, purpose, basis, true)).or_default();
            counts[0] += after.keys().filter(|id| !before.contains_key(*id)).count() as u64;
            counts[1] += before.keys().filter(|id| !after.contains_key(*id)).count() as u64;
            counts[2] +=
                before.iter().filter(|(id, bytes)| after.get(*id).is_some_and(|now| now != *bytes)).count()
                    as u64;
        }
        for ((name, record), before) in &seen {
            let Some(after) = seen_then.get(&(name.clone(), record.clone())) else {
                panic!("{name} {record}")
            };
            let counts = happened.entry((name.clone(), String::new(), String::new(), false)).or_default();
            let nothing = explain::View::Nothing;
            counts[0] += u64::from(before.0 == nothing && after.0 != nothing);
            counts[1] += u64::from(before.0 != nothing && after.0 == nothing);
            counts[2] += u64::from(before.0 != nothing && after.0 != nothing && before.1 != after.1);
        }
        happened.retain(|_, counts| *counts != [0, 0, 0]);
        let told: BTreeMap<_, _> = foreseen.readers.iter().map(told).collect();
        assert_eq!(told, happened);
        assert_eq!((foreseen.records, foreseen.unopened), (20, 0));
    }
}

fn told(shift: &Shift) -> ((String, String, String, bool), [u64; 3]) {
    for found in [&shift.gained, &shift.lost, &shift.other_parts] {
        assert_eq!(found.examples.len() as u64, found.count.min(3), "{shift:?}");
    }
    let key = (shift.member.clone(), shift.purpose.clone(), shift.basis.clone(), shift.has_key);
    (key, [shift.gained.count, shift.lost.count, shift.other_parts.count])
}

/// Local policies of a community: some of those that a new node starts with, and some more.
fn random_local(dice: &mut Dice) -> String {
    let mut rules: Vec<String> =
        STANDARD_LOCAL.split("@id(").skip(1).map(|rule| format!("@id({rule}")).collect();
    rules.retain(|_| !dice.once_in(4));
    rules.extend(MORE.iter().filter(|_| dice.once_in(3)).map(|rule| (*rule).to_owned()));
    rules.join("\n")
}

/// Brings local policies into force.
pub fn activate(node: &Node, local: &str) {
    let wish = Wish { local: Some(local.to_owned()), inherit: true, ..Wish::default() };
    let outcome = activate::run(&node.app, &node.operator(), wish, &Means::default()).unwrap();
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
}

shared_engines! {
    fn what_other_policies_would_change_is_what_each_key_gets_more_and_less_once_they_are_in_force(engine: Engine) {
        let mut dice = Dice::new(SeededRandom::printed_seed());
        let world = World::new(engine, &mut dice);
        for _ in 0..3 {
            let local = random_local(&mut dice);
            let foreseen = foresee::policies(&world.node().app, &local).unwrap();
            world.check(&foreseen, |world| activate(world.node(), &local));
            assert!(!foresee::policies(&world.node().app, &local).unwrap().changes(), "they are in force");
        }
    }

    fn what_another_agreement_would_change_is_what_each_key_gets_more_and_less_under_it(engine: Engine) {
        let mut dice = Dice::new(SeededRandom::printed_seed());
        let mut world = World::new(engine, &mut dice);
        let node = world.community.nodes.remove(0);
        let mut agreement = world.community.agreement.clone();
        world.community.nodes.push(node);
        for _ in 0..3 {
            let place = usize::try_from(1 + dice.roll(5)).unwrap();
            let changed: &mut Member = &mut agreement.members[place];
            changed.standing = *dice.of(&[Standing::Member, Standing::Observer, Standing::Partner]);
            changed.groups = [(*dice.of(&["north", "south"])).to_owned()].into();
            changed.adequate = dice.once_in(2);
            agreement.version += 1;
            let text = agreement.to_toml().unwrap();
            let foreseen = foresee::agreement(&world.node().app, &text).unwrap();
            world.check(&foreseen, |world| {
                let node = world.node();
                comity_app::agreement::import(&node.app, &node.operator(), &text).unwrap();
            });
        }
    }
}

#[test]
fn policies_that_cannot_be_read_are_refused_with_their_place() {
    let community = Community::new(1, vec![Seat::member(HOST).node(Engine::Memory.place())]);
    let refused = foresee::policies(&community.node().app, "permit (principal").unwrap_err();
    assert!(matches!(&refused, AppError::Invalid(_)) && refused.to_string().contains("line 1"), "{refused}");
}

#[test]
fn a_purpose_that_means_more_is_foreseen_to_take_records_from_whoever_reads_for_it() {
    let seats = vec![Seat::member(HOST).node(Engine::Memory.place()), Seat::member("Exercise reader")];
    let community = Community::new(1, seats);
    let node = community.node();
    assert_eq!(node.collection("first"), "first");
    let stated = Stated { pap: Some(Pap::Red), ..at(Tlp::Green) };
    node.import("first", &stated, &note(1, 0, "words", None)).unwrap();
    let reader = node.client(&node.key_for("Exercise reader", "first", READ, Some("border"), None));
    assert_eq!(node.sees(&reader, "first").len(), 1);
    let mut agreement = community.agreement.clone();
    agreement.version += 1;
    agreement.purposes.get_mut("border").unwrap().usage = Use::ExternalDirect;
    let text = agreement.to_toml().unwrap();
    let foreseen = foresee::agreement(&node.app, &text).unwrap();
    comity_app::agreement::import(&node.app, &node.operator(), &text).unwrap();
    assert!(node.sees(&reader, "first").is_empty());
    assert_eq!(foreseen.readers.iter().map(|shift| shift.lost.count).collect::<Vec<_>>(), [1]);
}
