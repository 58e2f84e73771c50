//! How many records a list has: what the counters say is what the list shows, whatever happened before and whoever asks.

use comity_app::browse::{self, Counts, Filter};
use comity_app::handling::{self, Change};
use comity_app::import::Input;
use comity_app::model::{Micros, Stated};
use comity_app::stix::Tlp;
use comity_app::{Actor, allegation, erase, intake, publish, reindex, tick, withdraw};
use comity_testkit::{Community, Node, Place, READ_WRITE, Seat, SeededRandom, engines};
use serde_json::{Value, json};

use crate::paper::{at, id, note};
use crate::two::{example, governed, put};

const HOST: &str = "Exercise host";
const OTHER: &str = "Exercise other";
const GUEST: &str = "Exercise guest";
const NOW_US: i64 = 1_795_000_000_000_000;
/// Notes that a history is about.
const NOTES: usize = 12;

fn community(place: Place) -> Community {
    let mut community =
        Community::new(1, vec![Seat::member(HOST).node(place), Seat::member(OTHER), Seat::member(GUEST)]);
    community.clock.set(Micros(NOW_US));
    assert_eq!(community.node().collection("Exercise"), "exercise");
    let host = community.node().app.member().clone();
    community.amend_member(GUEST, |member| member.hosted_by = Some(host));
    community
}

fn inner() -> Stated {
    Stated { inner: ["cell".to_owned()].into(), ..at(Tlp::Green) }
}

fn counts(node: &Node, actor: &Actor, filter: &Filter) -> Counts {
    browse::counts(&node.app.seen_by(actor), actor, filter).unwrap()
}

/// How long the list is when one walks through it to its end.
fn length(node: &Node, actor: &Actor, filter: &Filter) -> u64 {
    let (mut filter, mut found) = (Filter { limit: Some(200), ..filter.clone() }, 0);
    loop {
        let page = browse::page(&node.app.seen_by(actor), actor, &filter).unwrap();
        found += page.lines.len() as u64;
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return found,
        }
    }
}

/// The same filter with one value of a field in the place of what it had.
fn with(filter: &Filter, field: &str, value: &str) -> Filter {
    let mut filter = filter.clone();
    let value = vec![value.to_owned()];
    match field {
        "kind" => filter.kinds = value,
        "country" => filter.countries = value,
        "language" => filter.languages = value,
        "month" => filter.months = value,
        "level" => filter.levels = value,
        "origin" => filter.origins = value,
        "state" => filter.states = value,
        "category" => filter.categories = vec![serde_json::from_value(json!(value[0])).unwrap()],
        _ => unreachable!("{field}"),
    }
    filter
}

/// Compares every number with the length of the list that it promises.
fn compare(node: &Node, actor: &Actor, filter: &Filter) {
    let said = counts(node, actor, filter);
    let long = length(node, actor, filter);
    assert_eq!((said.total.n, said.total.more), (long, false), "{} {filter:?} {said:#?}", actor.name);
    for (field, values) in &said.facets {
        for one in values {
            let narrowed = with(filter, field, &one.value);
            let expected = length(node, actor, &narrowed);
            assert_eq!(one.count.n, expected, "{} {field} {} of {filter:?}", actor.name, one.value);
        }
    }
}

fn filters() -> Vec<Filter> {
    let text = |value: &str| vec![value.to_owned()];
    vec![
        Filter::default(),
        Filter { kinds: text("note"), ..Filter::default() },
        Filter { kinds: vec!["note".into(), "plan".into()], ..Filter::default() },
        Filter { countries: text("KG"), ..Filter::default() },
        Filter { kinds: text("border-event"), countries: text("KG"), ..Filter::default() },
        Filter { languages: text("ru"), ..Filter::default() },
        Filter { levels: text("TLP:GREEN"), states: text("live"), ..Filter::default() },
        Filter { states: text("withdrawn"), ..Filter::default() },
        Filter { received: true, ..Filter::default() },
    ]
}

/// The values of a kind that a list of all records has, and those that it is said to have.
fn compare_words(node: &Node, actor: &Actor) {
    let said = counts(node, actor, &Filter::default());
    let listed: std::collections::BTreeSet<String> =
        browse::page(&node.app.seen_by(actor), actor, &Filter { limit: Some(200), ..Filter::default() })
            .unwrap()
            .lines
            .into_iter()
            .map(|line| line.word)
            .collect();
    let values: std::collections::BTreeSet<String> =
        said.facets.get("kind").into_iter().flatten().map(|one| one.value.clone()).collect();
    assert_eq!(values, listed);
}

struct History {
    community: Community,
    random: SeededRandom,
    versions: [u32; NOTES],
}

impl History {
    fn any(&self, below: usize) -> usize {
        self.random.below(below)
    }

    fn step(&mut self) {
        let number = self.any(NOTES);
        let which = u32::try_from(number).unwrap();
        let kind = self.any(9);
        let stated = match self.any(4) {
            0 => inner(),
            1 => at(Tlp::Red),
            _ => at(Tlp::Green),
        };
        let version = &mut self.versions[number];
        *version += 1;
        let mut text: Value = serde_json::from_str(&note(which, *version, "one", None)).unwrap();
        if which % 3 == 0 {
            text["lang"] = json!("ru");
        }
        let node = self.community.node();
        let operator = node.operator();
        // Not every act is possible on every record; what is refused changes no number either.
        match kind {
            0..=2 => drop(put(node, &Input { stated, ..governed() }, &text)),
            3 => drop(put(node, &Input { stated, draft: true, ..governed() }, &text)),
            4 => drop(publish::run(&node.app, &operator, &id(which))),
            5 => drop(withdraw::run(&node.app, &operator, &id(which), "EXERCISE")),
            6 => {
                let change = Change { tlp: Some("amber".into()), ..Change::default() };
                drop(handling::change(&node.app, &operator, &id(which), &change));
            }
            7 => drop(allegation::make(&node.app, &operator, &id(which), "EXERCISE", None)),
            _ => {
                let member = if which % 2 == 0 { OTHER } else { GUEST };
                let key = node.client(&node.key(member, "exercise", READ_WRITE));
                text["object_marking_refs"] = json!([Tlp::Green.marking_id()]);
                let body = json!({ "objects": [text] }).to_string();
                intake::post(&node.app, &key, "exercise", body.as_bytes()).unwrap();
            }
        }
    }
}

engines! {
    fn counters_say_what_the_list_shows_after_any_history(engine: Engine) {
        let community = community(engine.place());
        for kind in ["border-event", "plan", "subject"] {
            assert_eq!(put(community.node(), &governed(), &example(kind)).accepted, 1);
        }
        let random = SeededRandom::new(SeededRandom::printed_seed());
        let mut history = History { community, random, versions: [0; NOTES] };
        for round in 0..3 {
            (0..12).for_each(|_| history.step());
            let node = history.community.node();
            let outside = node.operator();
            let member = Actor { inner: ["cell".to_owned()].into(), ..node.operator() };
            for actor in [&outside, &member] {
                filters().iter().for_each(|filter| compare(node, actor, filter));
            }
            if round == 1 {
                reindex::run(&node.app, &outside).unwrap();
            }
        }
        compare_words(history.community.node(), &history.community.node().operator());
    }

    fn a_hidden_record_changes_no_number_of_anybody_else(engine: Engine) {
        let world = |hides: bool| {
            let community = community(engine.place());
            let node = community.node();
            node.publish("exercise", &at(Tlp::Green), &note(1, 1, "seen", None));
            node.publish("exercise", &at(Tlp::Green), &note(2, 1, "seen", None));
            if hides {
                node.publish("exercise", &inner(), &note(3, 1, "hidden", None));
                let draft = Input { draft: true, stated: inner(), ..governed() };
                let text: Value = serde_json::from_str(&note(4, 1, "hidden", None)).unwrap();
                assert_eq!(put(node, &draft, &text).held, 1);
            }
            let actor = node.operator();
            filters().iter().map(|filter| json!(counts(node, &actor, filter)).to_string()).collect::<Vec<_>>()
        };
        assert_eq!(world(true), world(false));
    }
}

#[test]
fn what_is_erased_or_reviewed_leaves_the_numbers_of_its_state() {
    let community = community(Place::memory());
    let node = community.node();
    let review_at = Some(Micros(NOW_US).plus_seconds(86_400));
    let plan = example("plan");
    assert_eq!(put(node, &Input { review_at, ..governed() }, &plan).accepted, 1);
    let actor = node.operator();
    let state = |name: &str| {
        let all = counts(node, &actor, &Filter::default()).facets;
        all["state"].iter().find(|one| one.value == name).map_or(0, |one| one.count.n)
    };
    assert_eq!((state("live"), state("overdue"), state("erased")), (1, 0, 0));
    community.clock.advance_seconds(3 * 86_400);
    tick::run(&node.app).unwrap();
    assert_eq!((state("live"), state("overdue"), state("erased")), (0, 1, 0));
    erase::propose(&node.app, &actor, plan["id"].as_str().unwrap(), ("order", "EXERCISE 12"), false).unwrap();
    compare(node, &actor, &Filter::default());
}

#[test]
fn no_number_is_kept_of_a_nationality_or_a_paper() {
    let community = community(Place::memory());
    let node = community.node();
    assert_eq!(put(node, &governed(), &example("subject")).accepted, 1);
    let said = counts(node, &node.operator(), &Filter::default());
    let allowed = ["category", "country", "kind", "language", "level", "month", "origin", "state"];
    let others: Vec<&&str> = said.facets.keys().filter(|field| !allowed.contains(field)).collect();
    assert_eq!(others, Vec::<&&str>::new());
    assert!(!json!(said).to_string().contains("AA"), "no number of a paper: {said:#?}");
}
