//! The list of records, one record and its history, as the people of a node find them: in pages, narrowed, and without a
//! trace of what readers' groups hide.

use std::sync::Arc;

use comity_app::browse::{self, Basis, BrowseLine, Filter, Page};
use comity_app::compose::statement::StatementText;
use comity_app::edit::{self, Edit};
use comity_app::handling::{self, Change};
use comity_app::import::{self, Input};
use comity_app::model::{ApprovalRule, Flag, Grading, Micros, RecordState, Stated};
use comity_app::recall::{self, Reason, RecallScope, Wish};
use comity_app::search::{self, Asking};
use comity_app::stix::Tlp;
use comity_app::{
    Actor, App, AppError, Limits, Role, allegation, attachment, desk, erase, explain, grade, home, intake,
    note as remark, publish, review, tick, today, withdraw,
};
use comity_testkit::{Community, Node, Place, READ_WRITE, Seat, SeededRandom, engines};
use serde_json::{Value, json};

use crate::paper::{at, id, note};
use crate::search::{person, subject};
use crate::two::{example, governed, put};

const HOST: &str = "Exercise host";
const OTHER: &str = "Exercise other";
const NOW_US: i64 = 1_795_000_000_000_000;

fn community(place: Place) -> Community {
    let community = Community::new(1, vec![Seat::member(HOST).node(place), Seat::member(OTHER)]);
    community.clock.set(Micros(NOW_US));
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

fn outside(node: &Node) -> App {
    node.app.seen_by(&node.operator())
}

fn page(node: &Node, filter: &Filter) -> Page {
    browse::page(&outside(node), &node.operator(), filter).unwrap()
}

fn all(node: &Node, filter: &Filter) -> Vec<BrowseLine> {
    walk(node, filter).into_iter().flatten().collect()
}

/// The pages of a list, to its end.
fn walk(node: &Node, filter: &Filter) -> Vec<Vec<BrowseLine>> {
    let mut filter = filter.clone();
    let mut pages = Vec::new();
    loop {
        let Page { lines, next, basis } = page(node, &filter);
        assert_eq!(basis, if next.is_some() { Basis::Shown } else { Basis::Seen });
        pages.push(lines);
        match next {
            Some(next) => filter.after = Some(next),
            None => return pages,
        }
    }
}

fn ids(lines: &[BrowseLine]) -> Vec<String> {
    lines.iter().map(|line| line.id.clone()).collect()
}

fn inner() -> Stated {
    Stated { inner: ["cell".to_owned()].into(), ..at(Tlp::Green) }
}

fn by(limit: usize) -> Filter {
    Filter { limit: Some(limit), ..Filter::default() }
}

engines! {
    fn a_page_goes_on_where_it_ended_while_records_come_in(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        assert_eq!(node.collection("Other"), "other");
        for number in 1..=7 {
            let into = if number % 3 == 0 { "other" } else { "exercise" };
            node.publish(into, &at(Tlp::Green), &note(number, 0, "one", None));
        }
        let first = page(node, &by(3));
        assert_eq!(ids(&first.lines), [id(7), id(6), id(5)]);
        // A new record, and a newer version of one that was shown and of one that was not.
        node.publish("other", &at(Tlp::Green), &note(8, 0, "late", None));
        node.publish("exercise", &at(Tlp::Green), &note(7, 1, "newer", None));
        node.publish("exercise", &at(Tlp::Green), &note(1, 1, "newer", None));
        let second = page(node, &Filter { after: first.next, ..by(3) });
        assert_eq!(ids(&second.lines), [id(4), id(3), id(2)]);
        assert_eq!(second.next, None);
        let anew = all(node, &by(2));
        assert_eq!(ids(&anew), [id(1), id(7), id(8), id(6), id(5), id(4), id(3), id(2)]);
    }

    fn many_versions_of_one_object_are_one_line(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        for version in 0..5 {
            node.publish("exercise", &at(Tlp::Green), &note(1, version, &format!("v{version}"), None));
        }
        let lines = all(node, &by(2));
        assert_eq!((lines.len(), lines[0].version.as_str()), (1, "2026-01-01T00:00:04.000Z"));
        withdraw::run(&node.app, &node.operator(), &id(1), "EXERCISE").unwrap();
        assert_eq!(all(node, &by(2)), []);
        let gone = Filter { states: vec!["withdrawn".into()], ..by(2) };
        assert_eq!(ids(&all(node, &gone)), [id(1)]);
    }

    fn what_a_readers_group_hides_is_in_no_list_count_or_next(engine: Engine) {
        let world = |hides: bool| {
            let community = community(engine.place());
            let node = community.node();
            for number in 1..=6 {
                community.clock.set(Micros(NOW_US + i64::from(number) * 10_000_000));
                if hides {
                    node.publish("exercise", &inner(), &note(number + 20, 0, "hidden", None));
                    let draft = Input { draft: true, stated: inner(), ..governed() };
                    let text: Value = serde_json::from_str(&note(number + 40, 0, "hidden", None)).unwrap();
                    assert_eq!(put(node, &draft, &text).held, 1);
                }
                community.clock.set(Micros(NOW_US + i64::from(number) * 10_000_000 + 5_000_000));
                node.publish("exercise", &at(Tlp::Green), &note(number, 1, "seen", None));
            }
            community.clock.set(Micros(NOW_US + 1_000_000_000));
            let (app, actor) = (outside(node), node.operator());
            let pages: Vec<_> = walk(node, &by(2)).into_iter().map(|lines| json!(lines)).collect();
            let of_kind = all(node, &Filter { kinds: vec!["note".into()], ..by(4) });
            let history = desk::history(&app, &actor, &id(3)).unwrap();
            let versions: Vec<_> = history.iter().map(|line| (&line.version, &line.level)).collect();
            let shown = desk::record(&app, &actor, &id(3), None).unwrap();
            let sights: Vec<_> =
                explain::who_sees(&app, &id(3)).unwrap().into_iter().map(|one| one.version).collect();
            let waits = today::of(&app, &actor).unwrap();
            let searched = Asking { query: "exercise", purpose: Some("border"), ..Asking::default() };
            let hits: Vec<_> = search::run(&app, &actor, &searched).unwrap().hits;
            let hidden = desk::record(&app, &actor, &id(21), None).unwrap_err().to_string();
            assert!(matches!(desk::history(&app, &actor, &id(21)), Err(AppError::NotFound(_))));
            let facts = json!({
                "pages": pages, "of_kind": of_kind, "versions": versions, "sheet": shown.sheet, "claims": shown.claims,
                "may": shown.may, "sights": sights, "today": waits, "hits": hits, "absent": hidden,
            });
            facts.to_string()
        };
        let (with, without) = (world(true), world(false));
        assert_eq!(with, without);
        assert!(with.contains(&id(6)) && !with.contains("EXERCISE hidden"), "{with}");
    }

    fn a_list_is_narrowed_by_what_stands_in_rows_handlings_and_facets(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        node.publish("exercise", &at(Tlp::Green), &note(1, 0, "green", None));
        node.publish("exercise", &at(Tlp::Red), &note(2, 0, "red", None));
        node.publish("exercise", &at(Tlp::AmberStrict), &note(3, 0, "strict", None));
        node.publish("exercise", &Stated::default(), &note(4, 0, "unmarked", None));
        assert_eq!(put(node, &governed(), &example("border-event")).accepted, 1);
        assert_eq!(put(node, &governed(), &example("plan")).accepted, 1);
        let only = |filter: Filter| {
            let mut words: Vec<String> =
                all(node, &Filter { limit: Some(1), ..filter }).into_iter().map(|line| format!("{} {}", line.word, line.level)).collect();
            words.sort();
            words
        };
        let level = |level: &str| only(Filter { levels: vec![level.into()], ..Filter::default() });
        assert_eq!(level("TLP:RED"), ["note TLP:RED"]);
        assert_eq!(level("TLP:AMBER"), ["border-event TLP:AMBER", "plan TLP:AMBER"]);
        assert_eq!(level("TLP:AMBER+STRICT"), ["note TLP:AMBER+STRICT"]);
        assert_eq!(level("no marking"), ["note no marking"]);
        let kinds = |kinds: &[&str]| {
            only(Filter { kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(), ..Filter::default() })
        };
        assert_eq!(kinds(&["plan"]), ["plan TLP:AMBER"]);
        assert_eq!(kinds(&["plan", "border-event"]), ["border-event TLP:AMBER", "plan TLP:AMBER"]);
        assert_eq!(kinds(&["incident"]), ["border-event TLP:AMBER"]);
        let countries: Vec<String> = ["KG", "kg", "ZZ"]
            .map(|code| only(Filter { countries: vec![code.into()], ..Filter::default() }).len().to_string())
            .to_vec();
        assert_eq!(countries[0], countries[1]);
        assert_eq!(countries[2], "0");
        assert_eq!(only(Filter { origins: vec![OTHER.into()], ..Filter::default() }), Vec::<String>::new());
        assert_eq!(only(Filter { origins: vec![HOST.into()], ..Filter::default() }).len(), 6);
        assert_eq!(only(Filter { received: true, ..Filter::default() }), Vec::<String>::new());
        assert_eq!(only(Filter { mine: true, ..Filter::default() }).len(), 6);
        for wrong in [
            Filter { levels: vec!["TLP:PINK".into()], ..Filter::default() },
            Filter { states: vec!["triage".into()], ..Filter::default() },
            Filter { after: Some("AAAA".into()), ..Filter::default() },
            Filter { kinds: vec!["x".into(); 51], ..Filter::default() },
        ] {
            let refused = browse::page(&outside(node), &node.operator(), &wrong);
            assert!(matches!(refused, Err(AppError::Invalid { .. })), "{refused:?}");
        }
    }
}

#[test]
fn the_next_of_one_list_does_not_go_on_with_another_or_for_somebody_else() {
    let community = community(Place::memory());
    let node = community.node();
    for number in 1..=3 {
        node.publish("exercise", &at(Tlp::Green), &note(number, 0, "one", None));
    }
    let second = node.user("second", &[Role::Analyst]);
    let next = page(node, &by(1)).next;
    let other = Filter { after: next.clone(), kinds: vec!["note".into()], ..by(1) };
    assert!(browse::page(&outside(node), &node.operator(), &other).is_err());
    assert!(browse::page(&outside(node), &second, &Filter { after: next, ..by(1) }).is_err());
}

#[test]
fn a_list_that_looks_at_many_rows_says_how_to_go_on() {
    let community = community(Place::file());
    let node = community.node();
    assert_eq!(node.collection("Other"), "other");
    node.publish("exercise", &at(Tlp::Red), &note(1, 0, "the first", None));
    node.publish("other", &at(Tlp::Red), &note(3, 0, "the second", None));
    // One object in more versions than a call looks at, of which the list has one line.
    for hundred in 0..3 {
        let versions: Vec<String> = (0..50)
            .map(|n| {
                note(2, 0, "again", None).replace(
                    "\"modified\":\"2026-01-01T00:00:00.000Z\"",
                    &format!("\"modified\":\"2026-01-01T00:{hundred:02}:{n:02}.000Z\""),
                )
            })
            .collect();
        node.publish("exercise", &at(Tlp::Green), &format!("{{\"objects\":[{}]}}", versions.join(",")));
    }
    let limits = Limits { listed: 50, ..Limits::default() };
    let random = Arc::new(SeededRandom::new(9));
    let few = home::open_with(node.app.home(), node.clock().clone(), random, limits).unwrap();
    let few = few.seen_by(&node.operator());
    let walk = |filter: &Filter| {
        let mut filter = filter.clone();
        let mut found = Vec::new();
        for calls in 1..10 {
            let page = browse::page(&few, &node.operator(), &filter).unwrap();
            found.extend(ids(&page.lines));
            filter.after = page.next;
            if filter.after.is_none() {
                return (found, calls);
            }
        }
        panic!("it does not end: {found:?}");
    };
    // A line of another collection does not come before it is certain that nothing stands before it.
    assert_eq!(walk(&by(10)), (vec![id(2), id(3), id(1)], 4));
    let red = Filter { levels: vec!["TLP:RED".into()], ..by(10) };
    assert_eq!(walk(&red), (vec![id(3), id(1)], 4));
    // Along an index of what is rare, nothing has to be looked at but that.
    let withdrawn = Filter { states: vec!["withdrawn".into()], ..by(10) };
    assert_eq!(walk(&withdrawn), (vec![], 1));
}

#[test]
fn a_victim_is_a_line_without_a_name() {
    let community = community(Place::memory());
    let node = community.node();
    let minor = Stated { flags: [Flag::Minor].into(), ..governed().stated };
    for (number, category, born, stated) in [
        (1, "suspect", "1985", governed().stated),
        (2, "victim", "1985", governed().stated),
        (3, "witness", "1985", governed().stated),
        (4, "suspect", "2012", governed().stated),
        (5, "suspect", "1985", minor),
        (6, "suspect", "2008", governed().stated),
    ] {
        let object: Value = serde_json::from_str(&subject(number, category, born)).unwrap();
        let done = put(node, &Input { stated, ..governed() }, &object);
        assert_eq!(done.accepted, 1, "{done:?}");
    }
    let lines = all(node, &by(10));
    let told: Vec<_> =
        lines.iter().map(|line| (line.id.clone(), line.hit_only, line.name.is_empty())).collect();
    // Somebody born in 2008 may be under 18 still; who was born in 1985 is not, whatever was stated once.
    let expected = [(6, true), (5, false), (4, true), (3, true), (2, true), (1, false)];
    assert_eq!(told, expected.map(|(number, is_told)| (person(number), is_told, is_told)));
    for line in lines.into_iter().filter(|line| line.hit_only) {
        let rest = [line.word, line.level, line.state, line.collection, line.origin];
        assert_eq!(rest, ["", "", "", "", HOST]);
        assert_eq!((line.latin, line.category, line.narrowed), (None, None, false));
    }
}

#[test]
fn no_list_names_a_victim_a_witness_or_who_may_be_under_18() {
    let community = community(Place::memory());
    let node = community.node();
    let soon = Some(Micros(NOW_US).plus_seconds(10 * 86_400));
    for (number, category, born) in
        [(1, "suspect", "1985"), (2, "victim", "1985"), (3, "witness", "1985"), (4, "suspect", "2008")]
    {
        let object: Value = serde_json::from_str(&subject(number, category, born)).unwrap();
        let done = put(node, &Input { review_at: soon, ..governed() }, &object);
        assert_eq!(done.accepted, 1, "{done:?}");
    }
    let due = review::list(&outside(node), &node.operator(), None).unwrap();
    let named: Vec<_> = due.iter().map(|one| (one.id.clone(), !one.name.is_empty())).collect();
    assert_eq!(named.len(), 4);
    for (id, is_named) in named {
        assert_eq!(is_named, id == person(1), "{id}");
    }
    let seen = today::of(&outside(node), &node.operator()).unwrap();
    let text = format!("{seen:?}");
    assert!(text.contains(&person(3)) && text.matches("Tojiboyev").count() <= 1, "{text}");
}

#[test]
fn a_transliteration_never_replaces_the_name() {
    let community = community(Place::memory());
    let node = community.node();
    let mut named = example("subject");
    let names = &mut named["extensions"][crate::two::EXTENSION]["names"];
    *names = json!([{"value": "УЧЕНИЕ Анвар Каримов", "script": "Cyrl", "name_kind": "primary"}]);
    named["name"] = "УЧЕНИЕ Анвар Каримов".into();
    assert_eq!(put(node, &governed(), &named).accepted, 1);
    let line = all(node, &by(1)).remove(0);
    assert_eq!(line.name, "УЧЕНИЕ Анвар Каримов");
    assert_eq!(line.latin.as_deref(), Some("UCHENIE Anvar Karimov"));
    let shown = desk::record(&outside(node), &node.operator(), &line.id, None).unwrap();
    assert_eq!(shown.names[0].value, "УЧЕНИЕ Анвар Каримов");
    assert_eq!(shown.names[0].latin.as_deref(), Some("UCHENIE Anvar Karimov"));
    assert_eq!(shown.sheet.view.name, "УЧЕНИЕ Анвар Каримов");
}

#[test]
fn a_record_shows_what_others_claim_under_the_same_id_and_its_history_does_not() {
    let community = community(Place::memory());
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "ours", None));
    node.publish("exercise", &at(Tlp::Green), &note(1, 1, "ours again", None));
    let key = node.client(&node.key(OTHER, "exercise", READ_WRITE));
    let theirs: Value = serde_json::from_str(&note(1, 5, "theirs", Some(Tlp::Green))).unwrap();
    let done =
        intake::post(&node.app, &key, "exercise", json!({ "objects": [theirs] }).to_string().as_bytes());
    assert!(done.unwrap().failures.is_empty());
    let (app, actor) = (outside(node), node.operator());
    let shown = desk::record(&app, &actor, &id(1), None).unwrap();
    assert_eq!((shown.sheet.view.origin.as_str(), shown.sheet.others), (HOST, 2));
    let claims: Vec<_> =
        shown.claims.iter().map(|one| (one.origin.as_str(), one.content.is_some())).collect();
    assert_eq!(claims, [(OTHER, false)]);
    let history = desk::history(&app, &actor, &id(1)).unwrap();
    let versions: Vec<_> = history.iter().map(|line| line.version.as_str()).collect();
    assert_eq!(versions, ["2026-01-01T00:00:01.000Z", "2026-01-01T00:00:00.000Z"]);
    assert!(history.iter().all(|line| line.actor == "operator" && line.leaf > 0));
    let older = desk::record(&app, &actor, &id(1), Some("2026-01-01T00:00:00.000Z")).unwrap();
    assert!(older.sheet.view.content.unwrap().contains("EXERCISE ours\""));
    // Both are lines of the list.
    assert_eq!(all(node, &by(10)).len(), 2);
}

#[test]
fn administrators_are_shown_no_record() {
    let community = community(Place::memory());
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "one", None));
    let admin = node.user("admin", &[Role::Administrator]);
    let app = node.app.seen_by(&admin);
    assert!(matches!(browse::page(&app, &admin, &by(1)), Err(AppError::Denied(_))));
    assert!(matches!(desk::record(&app, &admin, &id(1), None), Err(AppError::Denied(_))));
    assert!(matches!(desk::history(&app, &admin, &id(1)), Err(AppError::Denied(_))));
    assert!(!json!(desk::frame(&app).unwrap()).to_string().contains(&id(1)));
}

/// One person of each role.
fn people(node: &Node) -> Vec<Actor> {
    Role::ALL.into_iter().map(|role| node.user(role.name(), &[role])).collect()
}

/// Does what a verb says to a record, as plainly as it can be done.
fn act(node: &Node, actor: &Actor, verb: &str, id: &str) -> Result<(), AppError> {
    let app = &node.app.seen_by(actor);
    let grade = Grading { scale: "4x4".into(), source: "B".into(), information: "2".into() };
    match verb {
        "publish" => publish::run(app, actor, id).map(drop),
        "edit" => {
            let statement = StatementText { tlp: Some("amber".into()), ..StatementText::default() };
            let edit = Edit { record: id.into(), statement, reason: "EXERCISE".into(), ..Edit::default() };
            match edit::run(app, actor, &edit) {
                // An analyst's new version of what is published is a draft.
                Err(AppError::Denied(_)) => edit::run(app, actor, &Edit { draft: true, ..edit }).map(drop),
                done => done.map(drop),
            }
        }
        "handling" => {
            let change = Change { tlp: Some("red".into()), ..Change::default() };
            handling::change(app, actor, id, &change).map(drop)
        }
        "withdraw" => match withdraw::run(app, actor, id, "EXERCISE")?.as_slice() {
            [] => Err(AppError::Conflict("nothing was withdrawn".into())),
            _ => Ok(()),
        },
        "recall" => recall::issue(app, actor, id, &Wish::new(RecallScope::Withdraw, Reason::Wrong)).map(drop),
        "grade" => grade::give(app, actor, id, &grade, "EXERCISE").map(drop),
        "attach" => attachment::add(app, actor, id, ("exercise.txt", None), b"EXERCISE").map(drop),
        "note" => remark::add(app, actor, id, "EXERCISE").map(drop),
        "allege" => allegation::make(app, actor, id, "EXERCISE", None).map(drop),
        "erase" => erase::propose(app, actor, id, ("order", "EXERCISE 12"), false).map(drop),
        _ => unreachable!("{verb}"),
    }
}

/// A note of one's own, or of another member, that stands somewhere.
fn standing(community: &Community, is_own: bool, state: RecordState) {
    let node = community.node();
    let text: Value = serde_json::from_str(&note(1, 0, "one", None)).unwrap();
    let operator = node.operator();
    let review_at = (state == RecordState::Overdue).then(|| Micros(NOW_US).plus_seconds(86_400));
    let input = Input { draft: state == RecordState::Held, review_at, ..governed() };
    if is_own {
        let done = put(node, &input, &text);
        assert_eq!(done.accepted + done.held, 1, "{done:?}");
    } else {
        let key = node.client(&node.key(OTHER, "exercise", READ_WRITE));
        let mut theirs = text;
        theirs["object_marking_refs"] = json!([Tlp::Green.marking_id()]);
        let body = json!({ "objects": [theirs] }).to_string();
        assert!(intake::post(&node.app, &key, "exercise", body.as_bytes()).unwrap().failures.is_empty());
    }
    match state {
        RecordState::Withdrawn => drop(withdraw::run(&node.app, &operator, &id(1), "EXERCISE").unwrap()),
        RecordState::Quarantined => {
            drop(allegation::make(&node.app, &operator, &id(1), "EXERCISE", None).unwrap());
        }
        RecordState::Overdue => {
            community.clock.advance_seconds(3 * 86_400);
            tick::run(&node.app).unwrap();
        }
        _ => {}
    }
}

fn nobody() -> Actor {
    let member = "identity--00000000-0000-4000-8000-000000000001".parse().unwrap();
    Actor { name: "nobody".into(), member, roles: Default::default(), inner: Default::default() }
}

#[test]
fn verbs_are_those_that_the_node_then_allows() {
    const VERBS: [&str; 10] =
        ["publish", "edit", "handling", "withdraw", "recall", "attach", "grade", "note", "allege", "erase"];
    use RecordState::{Held, Live, Overdue, Quarantined, Withdrawn};
    let places =
        [(true, Live), (true, Held), (true, Withdrawn), (true, Quarantined), (true, Overdue), (false, Live)];
    let mut differ = Vec::new();
    for (is_own, state) in places {
        for verb in VERBS {
            // Who may not changes nothing, so that all of them try it in one world, before who may.
            let mut made = None;
            let may = |role: &Role| {
                let actor = Actor { roles: [*role].into(), ..nobody() };
                desk::verbs(&actor, is_own, state).contains(&verb)
            };
            let (allowed, refused): (Vec<Role>, Vec<Role>) = Role::ALL.into_iter().partition(may);
            for role in refused.into_iter().chain(allowed) {
                let listed = may(&role);
                let world = made.take().unwrap_or_else(|| {
                    let community = community(Place::memory());
                    standing(&community, is_own, state);
                    community
                });
                let actor = world.node().user(role.name(), &[role]);
                let done = act(world.node(), &actor, verb, &id(1));
                if listed != done.is_ok() {
                    differ.push(format!("{verb} {} own {is_own} {role:?} {listed} {done:?}", state.name()));
                }
                made = (!listed).then_some(world);
            }
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
}

#[test]
fn a_search_keeps_its_case_and_is_given_back_to_its_author_alone() {
    let community = community(Place::memory());
    let node = community.node();
    let analyst = node.user("analyst", &[Role::Analyst]);
    let other = node.user("other", &[Role::Analyst, Role::Auditor]);
    let asking = Asking {
        query: "bridge",
        name: Some("Анвар"),
        purpose: Some("border"),
        case: Some(" 2026/17 "),
        ..Asking::default()
    };
    let found = search::run(&node.app, &analyst, &asking).unwrap();
    let again = desk::asked(&node.app.seen_by(&analyst), &analyst, &found.consultation).unwrap();
    assert_eq!((again.query.as_str(), again.case.as_str()), ("bridge name:Анвар", "2026/17"));
    assert_eq!(again.purpose, "border");
    let refused = desk::asked(&node.app.seen_by(&other), &other, &found.consultation);
    assert!(matches!(refused, Err(AppError::NotFound(_))));
    assert_eq!(search::consultations(&node.app, &other).unwrap()[0].case, "2026/17");
    for case in ["a\nb".to_owned(), "x".repeat(201)] {
        let asking = Asking { case: Some(&case), ..asking.clone() };
        assert!(matches!(search::run(&node.app, &analyst, &asking), Err(AppError::Invalid { .. })));
    }
}

#[test]
fn today_shows_each_role_its_own_work_and_an_administrator_no_content() {
    let mut community = community(Place::memory());
    community.amend(|agreement| {
        agreement.two_person.insert(ApprovalRule::Red);
    });
    let node = community.node();
    let people = people(node);
    // A draft of the analyst, a proposal of the officer, a record of another member, one under an allegation.
    let draft = Input { draft: true, ..governed() };
    let one = serde_json::from_str::<Value>(&note(1, 0, "draft", None)).unwrap();
    let done = import::run(&node.app, &people[0], &draft, one.to_string().as_bytes(), &mut |_| {}).unwrap();
    assert_eq!(done.held, 1);
    let red = Input { stated: at(Tlp::Red), ..governed() };
    let two = note(2, 0, "secret word", None);
    let done = import::run(&node.app, &node.operator(), &red, two.as_bytes(), &mut |_| {}).unwrap();
    assert_eq!(done.proposals.len(), 1, "{done:?}");
    let key = node.client(&node.key(OTHER, "exercise", READ_WRITE));
    let three: Value = serde_json::from_str(&note(3, 0, "theirs", Some(Tlp::Green))).unwrap();
    intake::post(&node.app, &key, "exercise", json!({ "objects": [three] }).to_string().as_bytes()).unwrap();
    node.publish("exercise", &at(Tlp::Green), &note(4, 0, "alleged", None));
    allegation::make(&node.app, &node.operator(), &id(4), "EXERCISE", None).unwrap();
    let groups = |actor: &Actor| {
        let today = today::of(&node.app.seen_by(actor), actor).unwrap();
        today.groups.into_iter().map(|group| (group.kind, group.count)).collect::<Vec<_>>()
    };
    let found: Vec<_> = people.iter().map(&groups).collect();
    assert_eq!(found[0], [("received", 1), ("drafts", 1)]);
    assert_eq!(found[1], [("approve", 1), ("quarantine", 1), ("received", 1)]);
    assert_eq!(found[2], []);
    assert_eq!(found[3], [("quarantine", 1)]);
    assert_eq!(found[4], []);
    assert_eq!(found[5], []);
    // Whoever proposed does not approve.
    assert!(groups(&node.operator()).iter().all(|(kind, _)| *kind != "approve"));
    // What asks for nothing can be put away, by each for itself, and taken back; what asks for something cannot.
    let first = today::of(&node.app, &people[0]).unwrap();
    for group in &first.groups {
        for item in &group.items {
            assert_eq!(item.putaway, group.kind == "received");
            let put = today::put(&node.app, &people[0], &item.key, false);
            assert_eq!(put.is_ok(), item.putaway, "{put:?}");
        }
    }
    assert_eq!(groups(&people[0]), [("drafts", 1)]);
    assert_eq!(groups(&people[1]).len(), 3);
    let theirs = &today::of(&node.app, &people[1]).unwrap().groups[0].items[0].key;
    for key in ["", "received", "received x", theirs] {
        let refused = today::put(&node.app, &people[0], key, false);
        assert!(matches!(refused, Err(AppError::Invalid { .. })), "{key}: {refused:?}");
    }
    today::put(&node.app, &people[0], &first.groups[0].items[0].key, true).unwrap();
    assert_eq!(groups(&people[0]), [("received", 1), ("drafts", 1)]);
    // What came before yesterday is no news.
    community.clock.advance_seconds(2 * 86_400);
    assert_eq!(groups(&people[0]), [("drafts", 1)]);
}

#[test]
fn an_inbox_lists_fifty_of_a_kind_and_says_that_there_are_more() {
    let community = community(Place::memory());
    let node = community.node();
    let people = people(node);
    let key = node.client(&node.key(OTHER, "exercise", READ_WRITE));
    let some = |from: u32, to: u32| {
        let notes: Vec<Value> = (from..=to)
            .map(|n| serde_json::from_str(&note(n, 0, "theirs", Some(Tlp::Green))).unwrap())
            .collect();
        intake::post(&node.app, &key, "exercise", json!({ "objects": notes }).to_string().as_bytes())
            .unwrap();
        for n in from..=to {
            allegation::make(&node.app, &node.operator(), &id(n), "EXERCISE", None).unwrap();
        }
        let today = today::of(&node.app, &people[3]).unwrap();
        today.groups.iter().map(|one| (one.kind, one.count, one.items.len(), one.more)).collect::<Vec<_>>()
    };
    assert_eq!(some(1, 50), [("quarantine", 50, 50, false)]);
    assert_eq!(some(51, 53), [("quarantine", 50, 50, true)]);
}
