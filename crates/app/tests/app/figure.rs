//! Figures that trace: what is counted, who finds what was counted, what changes later, and what is told of few persons.

use comity_app::compose::statement::StatementText;
use comity_app::compose::{self, Author, Draft, Entry};
use comity_app::council::figure::{self, Again, Explained, FigureView, NewFigure, NewSum, Published};
use comity_app::council::outcome::{self, NewOutcome};
use comity_app::edit::{self, Edit};
use comity_app::model::recall::{Reason, Scope};
use comity_app::recall::Wish;
use comity_app::serve::Query;
use comity_app::{Actor, AppError, Role, erase, explain, group, ledger, proposal, pull, tick, withdraw};
use comity_testkit::{Community, Node, Place, Seat};
use serde_json::{Value, json};

use crate::web::{NORTH, OBSERVER, SOUTH, Web, issue};

fn community() -> Community {
    let seats = vec![Seat::member("Exercise host").node(Place::memory()), Seat::member("Exercise member")];
    let community = Community::new(3, seats);
    community.clock.tick(1);
    assert_eq!(community.node().collection("Reports"), "reports");
    community
}

fn find(day: &str, kilos: &str) -> Value {
    json!({"kind": "find", "title": format!("EXERCISE find of {day}"), "during": {"from": day, "until": day},
        "place": {"country": "XX", "precision": "country"},
        "items": [{"item_class": "narcotics", "what": "EXERCISE substance",
            "amount": {"value": kilos, "unit": "kg", "counting_rule": "EXERCISE net"}}],
        "basis": {"whole": {"statement": "fact"}}})
}

fn person(number: usize) -> Value {
    json!({"kind": "subject", "category": "suspect", "basis": {"whole": {"statement": "fact"}},
        "names": [{"value": format!("EXERCISE Anvar Sample {number}"), "script": "Latn", "name_kind": "primary"}]})
}

fn stated(tlp: Option<&str>) -> StatementText {
    StatementText { tlp: tlp.map(str::to_owned), onward: tlp == Some("amber"), ..StatementText::default() }
}

fn entered_as(node: &Node, form: &Value, statement: StatementText) -> Entry {
    let draft = Draft { collection: "reports".into(), form: form.clone(), statement, ..Draft::default() };
    compose::enter(&node.app, Author::Person(&node.operator()), &draft).unwrap()
}

fn id_of(entry: &Entry) -> String {
    match entry {
        Entry::Written(written) => written.id.clone(),
        Entry::Refused(faults) => panic!("{faults:?}"),
    }
}

fn entered(node: &Node, form: &Value, tlp: &str) -> String {
    id_of(&entered_as(node, form, stated(Some(tlp))))
}

fn suspect(node: &Node, number: usize) -> String {
    let governed = StatementText {
        purposes: vec!["border".into()],
        purpose: Some("border".into()),
        legal_basis: Some("treaty".into()),
        ..stated(Some("amber"))
    };
    id_of(&entered_as(node, &person(number), governed))
}

/// A question about finds of 2026, with everything that makes it traced.
fn finds(statement: &StatementText) -> NewFigure<'_> {
    NewFigure {
        collection: "reports",
        title: "EXERCISE finds of 2026",
        ask: "kind:find",
        count: "records",
        from: Some("2026"),
        until: Some("2026"),
        unit: Some("finds"),
        rule: Some("EXERCISE each find once"),
        scope: None,
        purpose: Some("border"),
        statement,
        dry_run: false,
    }
}

fn counted(node: &Node, new: &NewFigure<'_>) -> Published {
    figure::publish(&node.app, &node.operator(), new).unwrap()
}

fn made(node: &Node, new: &NewFigure<'_>) -> String {
    id_of(&counted(node, new).entry.unwrap())
}

fn refusal(node: &Node, new: &NewFigure<'_>) -> String {
    figure::publish(&node.app, &node.operator(), new).unwrap_err().to_string()
}

fn seen(node: &Node, actor: &Actor, id: &str) -> FigureView {
    match figure::explain(&node.app, actor, id).unwrap() {
        Explained::Figure(view) => *view,
        Explained::Claim(claim) => panic!("{claim:?}"),
    }
}

fn shown(node: &Node, id: &str) -> FigureView {
    seen(node, &node.operator(), id)
}

fn again(node: &Node, id: &str) -> Again {
    figure::recalculate(&node.app, &node.operator(), id, "EXERCISE asked again").unwrap()
}

fn versions(node: &Node, id: &str) -> usize {
    explain::records(&node.app, None).unwrap().iter().filter(|one| one.id == id).count()
}

#[test]
fn k6_a_figure_without_period_unit_rule_or_contributors_is_stamped_untraced_and_says_so() {
    let community = community();
    let node = community.node();
    let statement = stated(None);
    entered(node, &find("2026-03-01", "2.5"), "green");
    let full = shown(node, &made(node, &finds(&statement)));
    assert_eq!((full.trace.as_str(), full.figure.as_str()), ("traced", "1 finds (exactly)"));
    assert_eq!((full.contributors.as_slice(), full.counted), (&["Exercise host".to_owned()][..], Some(1)));
    let bare = NewFigure { from: None, until: None, unit: None, rule: None, ..finds(&statement) };
    let bare = shown(node, &made(node, &bare));
    assert_eq!(bare.trace, "untraced, because period, unit and counting rule are missing");
    let stated = json!({"kind": "figure", "title": "EXERCISE stated", "value": "130", "unit": "persons",
        "as_of": "2026-11-10T10:00:00.000Z", "basis": {"whole": {"statement": "fact"}}});
    let stated = shown(node, &entered(node, &stated, "clear"));
    assert_eq!(stated.trace, "untraced, because period, counting rule, contributors and records are missing");
    assert_eq!(stated.asked, None);
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
}

#[test]
fn c2_a_figure_selects_nobody_by_name_number_or_nationality() {
    let community = community();
    let node = community.node();
    let statement = stated(None);
    let why = |ask: &str, count: &str| refusal(node, &NewFigure { ask, count, ..finds(&statement) });
    for ask in [
        "kind:subject name:Anvar",
        "kind:subject number:EX1",
        "kind:find id:incident--00000000-0000-4000-8000-000000000001",
        "kind:subject nationality:KG name:Anvar",
    ] {
        assert!(why(ask, "records").contains("(C2)"), "{ask}");
    }
    assert!(why("kind:subject nationality:KG", "records").contains("rule C2"));
    assert!(why("kind:subject muslims", "records").contains("what people are"));
    assert!(why("kind:subject", "distinct:documents.states_nationality").contains("(C2)"));
    assert!(why("kind:subject", "distinct:names.value").contains("(C2)"));
    assert!(why("bridge", "records").contains("a kind of record"));
    assert!(why("kind:claim", "records").contains("not counted"));
    assert!(why("kind:find from:2026", "records").contains("--from"));
    assert!(why("kind:find", "average:items").contains("sum:PATH"));
    let none = NewFigure { purpose: None, ..finds(&statement) };
    assert!(refusal(node, &none).contains("purpose"), "a figure is a search, and a search has a purpose");
}

#[test]
fn what_lies_in_the_period_is_counted_and_what_may_lie_outside_is_left_out_and_said() {
    let community = community();
    let node = community.node();
    let statement = stated(None);
    for day in ["2026-03-01", "2026-12-31", "2025-12-31"] {
        entered(node, &find(day, "1.05"), "green");
    }
    let mut open = find("2026-05-01", "100");
    open["during"].as_object_mut().unwrap().remove("until");
    entered(node, &open, "green");
    let mut undated = find("2026-05-01", "100");
    undated.as_object_mut().unwrap().remove("during");
    entered(node, &undated, "green");
    let kilos = NewFigure { count: "sum:items.amount", unit: Some("kg"), ..finds(&statement) };
    let found = counted(node, &kilos);
    assert_eq!((found.figure.as_str(), found.counted), ("2.1 kg (exactly)", Some(2)));
    assert_eq!(
        found.left_out,
        ["1: left out, because they have no date", "1: left out, because they may lie outside the period"]
    );
    let mut pieces = find("2026-06-01", "3");
    pieces["items"][0]["amount"]["unit"] = "pieces".into();
    entered(node, &pieces, "green");
    let mixed = NewFigure { unit: None, ..kilos };
    assert_eq!(
        refusal(node, &mixed),
        "sum: kg and pieces cannot be added: narrow the question to one unit with --unit (B6)"
    );
    assert_eq!(counted(node, &kilos).figure, "2.1 kg (exactly)");
    let classes = NewFigure { count: "distinct:items.item_class", unit: Some("classes"), ..kilos };
    assert_eq!(counted(node, &classes).figure, "1 classes (exactly)");
}

#[test]
fn a_reader_without_the_right_to_a_record_sees_it_counted_and_not_shown() {
    let community = community();
    let node = community.node();
    let open = entered(node, &find("2026-03-01", "1"), "green");
    let secret = entered(node, &find("2026-04-01", "1"), "red");
    let wide = stated(Some("green"));
    let id = made(node, &finds(&wide));
    let reader = node.reader("Exercise member", "reports");
    let query = Query { ids: vec![id.clone()], ..Query::default() };
    let sent = node.stream(&reader, "reports", &query, 10);
    let text = String::from_utf8(sent[0].get().bytes().to_vec()).unwrap();
    let object: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(object["record_refs"], json!([open]), "{text}");
    assert_eq!((object["counted"].as_u64(), object["value"].as_str()), (Some(2), Some("2")));
    assert!(!text.contains(&secret));
    // Without a level it is for the own member alone.
    let narrow = stated(None);
    let own = made(node, &finds(&narrow));
    assert!(!node.sees(&reader, "reports").contains(&own));
    assert_eq!(shown(node, &own).not_shown, Some(0));
}

#[test]
fn a_record_that_its_user_may_not_see_changes_no_number() {
    let community = community();
    let node = community.node();
    let statement = stated(None);
    entered(node, &find("2026-03-01", "1"), "green");
    group::add(&node.app, &node.operator(), "cell").unwrap();
    let outside = node.operator();
    let inside = Actor { inner: ["cell".to_owned()].into(), ..node.operator() };
    let told = |actor: &Actor| {
        let new = NewFigure { dry_run: true, ..finds(&statement) };
        figure::publish(&node.app, actor, &new).unwrap()
    };
    let before = told(&outside);
    let within = StatementText { inner: vec!["cell".into()], ..stated(Some("green")) };
    id_of(&entered_as(node, &find("2026-04-01", "1"), within));
    assert_eq!(told(&outside), before);
    assert_eq!(told(&inside).counted, Some(2));
    // What the inner group counted is for the inner group, and another reader finds nothing of it.
    let made = figure::publish(&node.app, &inside, &finds(&statement)).unwrap();
    let id = id_of(&made.entry.unwrap());
    assert!(matches!(figure::explain(&node.app, &outside, &id), Err(AppError::NotFound(_))));
    assert_eq!(seen(node, &inside, &id).shown.len(), 2);
    assert!(figure::list(&node.app, &outside, false).unwrap().is_empty());
}

#[test]
fn recalculation_says_what_was_added_corrected_and_recalled() {
    let community = community();
    let node = community.node();
    let statement = stated(Some("green"));
    let ids: Vec<String> = ["01", "02", "03"]
        .iter()
        .map(|day| entered(node, &find(&format!("2026-03-{day}"), "1"), "green"))
        .collect();
    let id = made(node, &finds(&statement));
    assert_eq!(again(node, &id).version, None, "nothing changed, nothing is written");
    assert_eq!(versions(node, &id), 1);
    withdraw::run(&node.app, &node.operator(), &ids[0], "EXERCISE").unwrap();
    let change = Edit {
        record: ids[1].clone(),
        set: vec![("title".into(), "EXERCISE corrected".into())],
        reason: "EXERCISE".into(),
        ..Edit::default()
    };
    edit::run(&node.app, &node.operator(), &change).unwrap().unwrap();
    assert_eq!(shown(node, &id).stale, ["1 corrected", "1 withdrawn"]);
    assert_eq!(figure::list(&node.app, &node.operator(), true).unwrap().len(), 1);
    for day in ["04", "05"] {
        entered(node, &find(&format!("2026-03-{day}"), "1"), "green");
    }
    let done = again(node, &id);
    assert_eq!((done.was.as_str(), done.now.as_str()), ("3 finds (exactly)", "4 finds (exactly)"));
    assert_eq!(done.changes, ["1 corrected", "1 withdrawn", "2 new"]);
    let view = shown(node, &id);
    assert_eq!((view.stale.len(), view.shown.len()), (0, 4));
    let told = view.changes.unwrap();
    assert_eq!(told, "from 3 finds (exactly) to 4 finds (exactly): 1 corrected, 1 withdrawn, 2 new");
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
}

#[test]
fn f6_a_figure_is_stale_when_a_record_that_it_counted_is_recalled() {
    let web = Web::pair();
    let (north, south) = (web.north(), web.south());
    let open = StatementText { onward: true, ..stated(Some("green")) };
    let theirs = id_of(&entered_as(north, &find("2026-03-01", "1"), open.clone()));
    web.settle();
    let mine = id_of(&entered_as(south, &find("2026-04-01", "1"), open));
    let statement = stated(Some("green"));
    let id = made(south, &finds(&statement));
    let mut contributors = shown(south, &id).contributors;
    contributors.sort();
    assert_eq!(contributors, [NORTH, SOUTH]);
    assert_eq!(tick::run(&south.app).unwrap().figures, 0);
    issue(north, &theirs, &Wish::new(Scope::Withdraw, Reason::Wrong));
    web.go(1);
    let view = shown(south, &id);
    assert_eq!(view.stale, ["1 recalled"]);
    let states: Vec<&str> = view.shown.iter().map(|line| line.state.as_str()).collect();
    assert!(states.contains(&"quarantined"), "{view:?}");
    assert_eq!(tick::run(&south.app).unwrap().figures, 1, "receivers learn of it by a new version");
    assert_eq!(tick::run(&south.app).unwrap().figures, 0, "once for each change");
    assert_eq!(versions(south, &id), 2);
    let reader = south.reader(OBSERVER, "reports");
    let sent = south.stream(&reader, "reports", &Query { ids: vec![id.clone()], ..Query::default() }, 10);
    let object: Value = serde_json::from_slice(sent[0].get().bytes()).unwrap();
    assert_eq!(object["stale"], json!([{"why": "recalled", "count": 1}]));
    // What is set aside is never counted.
    let done = again(south, &id);
    assert_eq!(done.changes, ["1 recalled"]);
    assert_eq!(done.now, "1 finds (exactly)");
    assert_eq!(shown(south, &id).shown[0].id, mine);
    assert_eq!(tick::run(&south.app).unwrap().figures, 0);
}

#[test]
fn a_foreign_node_says_what_it_finds_of_a_figure_and_what_is_set_aside_there() {
    let web = Web::pair();
    let (north, south) = (web.north(), web.south());
    let open = StatementText { onward: true, ..stated(Some("green")) };
    let one = id_of(&entered_as(north, &find("2026-03-01", "1"), open.clone()));
    id_of(&entered_as(north, &find("2026-03-02", "1"), open));
    entered(north, &find("2026-03-03", "1"), "red");
    let statement = stated(Some("green"));
    let id = made(north, &finds(&statement));
    web.settle();
    let view = shown(south, &id);
    assert_eq!((view.counted, view.shown.len(), view.not_shown), (Some(3), 2, Some(1)));
    assert_eq!((view.trace.as_str(), view.left_out.len(), view.stale.len()), ("traced", 0, 0));
    issue(north, &one, &Wish::new(Scope::Withdraw, Reason::Wrong));
    web.go(1);
    assert_eq!(shown(south, &id).stale, ["here: 1 recalled"]);
    let other = figure::recalculate(&south.app, &south.operator(), &id, "EXERCISE");
    assert!(matches!(other, Err(AppError::Denied(_))), "{other:?}");
}

#[test]
fn a_figure_of_records_that_may_not_be_counted_wider_leaves_them_out_and_says_how_many() {
    let web = Web::pair();
    let (north, south) = (web.north(), web.south());
    entered(north, &find("2026-03-01", "1"), "green");
    let amber = StatementText { onward: false, ..stated(Some("amber")) };
    id_of(&entered_as(north, &find("2026-03-02", "1"), amber));
    web.settle();
    let (inward, outward) = (stated(None), stated(Some("green")));
    assert_eq!(counted(south, &finds(&inward)).counted, Some(2));
    let wide = counted(south, &finds(&outward));
    assert_eq!(wide.counted, Some(1));
    assert_eq!(
        wide.left_out,
        ["1: left out, because their originator is to be asked before others learn of them"]
    );
}

#[test]
fn a_figure_that_was_counted_is_changed_by_counting_alone() {
    let community = community();
    let node = community.node();
    entered(node, &find("2026-03-01", "1"), "green");
    let statement = stated(Some("green"));
    let id = made(node, &finds(&statement));
    let change = |path: &str, text: &str| {
        let change = Edit {
            record: id.clone(),
            set: vec![(path.into(), text.into())],
            reason: "EXERCISE".into(),
            ..Edit::default()
        };
        edit::run(&node.app, &node.operator(), &change).unwrap()
    };
    for (path, text) in [("value", "9"), ("unit", "cases"), ("as_of", "2020-01-01T00:00:00.000Z")] {
        let faults = change(path, text).unwrap_err();
        assert!(!faults.is_empty(), "{path}");
    }
    assert!(change("title", "EXERCISE another heading").is_ok(), "a heading is its maker's");
    let forged = json!({"kind": "figure", "title": "EXERCISE", "value": "99", "unit": "finds",
        "asked": {"query": "kind:find", "count": "records"}, "as_of": "2026-11-10T10:00:00.000Z",
        "basis": {"whole": {"statement": "fact"}}});
    let Entry::Refused(faults) = entered_as(node, &forged, stated(None)) else { panic!("it was taken") };
    assert!(faults[0].message.contains("comity figure new"), "{faults:?}");
}

#[test]
fn a_count_of_persons_below_five_is_shown_as_fewer_than_five_and_not_found_by_subtraction() {
    let community = community();
    let node = community.node();
    let (inward, wide) = (stated(None), stated(Some("green")));
    let persons = |statement| NewFigure {
        ask: "kind:subject",
        from: None,
        until: None,
        unit: Some("persons"),
        ..finds(statement)
    };
    assert_eq!(counted(node, &persons(&inward)).figure, "0 persons (exactly)", "nothing is told as nothing");
    for number in 0..4 {
        suspect(node, number);
    }
    let few = counted(node, &persons(&wide));
    assert_eq!((few.figure.as_str(), few.counted), ("fewer than 5 persons", None));
    let id = id_of(&few.entry.unwrap());
    let content = explain::show(&node.app, &id).unwrap().into_iter().find_map(|one| one.content).unwrap();
    assert!(!content.contains("record_refs") && !content.contains("\"counted\""), "{content}");
    for number in 4..12 {
        suspect(node, number);
    }
    assert_eq!(counted(node, &persons(&wide)).figure, "12 persons (exactly)");
    suspect(node, 12);
    assert_eq!(counted(node, &persons(&wide)).figure, "at least 10 persons");
    let sum = NewFigure { count: "distinct:category", ..persons(&inward) };
    assert!(refusal(node, &sum).contains("(C2)"));
}

#[test]
fn what_is_erased_is_forgotten_by_the_figures_that_counted_it_and_makes_them_stale() {
    let community = community();
    let node = community.node();
    let statement = stated(Some("green"));
    let gone = entered(node, &find("2026-03-01", "1"), "green");
    entered(node, &find("2026-03-02", "1"), "green");
    let id = made(node, &finds(&statement));
    let second = node.user("second", &[Role::ReleaseOfficer, Role::DataProtection]);
    let asked = erase::propose(&node.app, &node.operator(), &gone, ("order", "EXERCISE 12"), false).unwrap();
    proposal::approve(&node.app, &second, &asked.id).unwrap();
    let view = shown(node, &id);
    assert_eq!(
        (view.stale.as_slice(), view.shown.len(), view.not_shown),
        (&["1 erased".to_owned()][..], 1, Some(1))
    );
    assert_eq!(again(node, &id).changes, ["1 erased"]);
    assert!(!serde_json::to_string(&shown(node, &id)).unwrap().contains(&gone));
}

#[test]
fn partial_figures_add_up_without_counting_a_shared_record_twice() {
    let web = Web::pair();
    let (north, south) = (web.north(), web.south());
    let open = StatementText { onward: true, ..stated(Some("green")) };
    id_of(&entered_as(north, &find("2026-03-01", "1"), open.clone()));
    web.settle();
    id_of(&entered_as(south, &find("2026-04-01", "1"), open.clone()));
    let statement = stated(Some("green"));
    let theirs = made(north, &finds(&statement));
    let mine = made(south, &finds(&statement));
    web.settle();
    let parts = [theirs.clone(), mine.clone()];
    let new = NewSum {
        collection: "reports",
        title: "EXERCISE both",
        parts: &parts,
        statement: &statement,
        dry_run: false,
    };
    let sum = figure::add(&south.app, &south.operator(), &new).unwrap();
    assert_eq!(
        (sum.figure.as_str(), sum.trace.as_str(), sum.counted),
        ("2 finds (exactly)", "traced", Some(2))
    );
    let id = id_of(&sum.entry.unwrap());
    assert_eq!(shown(south, &id).parts, parts);
    // What north does not name to south makes the sum a range.
    entered(north, &find("2026-05-01", "1"), "red");
    assert_eq!(again(north, &theirs).now, "2 finds (exactly)");
    web.settle();
    assert_eq!(shown(south, &id).stale, ["1 corrected"]);
    let done = again(south, &id);
    assert_eq!(
        (done.now.as_str(), done.changes.as_slice()),
        ("between 2 and 3 finds", &["1 corrected".to_owned()][..])
    );
    let circle = [id, mine];
    let refused = figure::add(&south.app, &south.operator(), &NewSum { parts: &circle, ..new }).unwrap_err();
    assert!(refused.to_string().contains("sum itself"), "{refused}");
}

#[test]
fn an_outcome_returns_to_the_originator_alone() {
    let web = Web::pair();
    let (north, south) = (web.north(), web.south());
    let open = StatementText { onward: true, ..stated(Some("green")) };
    let id = id_of(&entered_as(north, &find("2026-03-01", "1"), open));
    web.settle();
    let wish = NewOutcome {
        record: &id,
        result: "seized",
        happened: Some("2026-11-12"),
        amount: Some("2.5 kg"),
        rule: Some("EXERCISE net"),
        text: Some("EXERCISE the boat was stopped"),
    };
    let entry = outcome::add(&south.app, &south.operator(), &wish).unwrap();
    let made = id_of(&entry);
    let observer = south.reader(OBSERVER, "reports");
    assert!(!south.sees(&observer, "reports").contains(&made));
    let originator = south.reader(NORTH, "reports");
    assert!(south.sees(&originator, "reports").contains(&made));
    north.befriend(south, "south", &crate::web::url(1), "reports");
    let _ = pull::run(
        &north.app,
        &north.operator(),
        Some("south"),
        Some("reports"),
        Some("reports"),
        &mut |_| {},
    )
    .unwrap();
    let lines = outcome::list(&north.app, &north.operator(), Some(&id)).unwrap();
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!(
        (line.result, line.place.origin.as_str(), line.amount.as_deref()),
        ("seized", SOUTH, Some("2.5 kg"))
    );
    // What came of what one shared is counted as anything else.
    let statement = stated(None);
    let use_of = NewFigure { ask: "kind:outcome", unit: Some("outcomes"), ..finds(&statement) };
    assert_eq!(counted(north, &use_of).figure, "1 outcomes (exactly)");
    let own = outcome::add(&north.app, &north.operator(), &NewOutcome { amount: None, ..wish }).unwrap_err();
    assert!(matches!(own, AppError::Conflict(_)), "{own}");
    let wrong =
        outcome::add(&south.app, &south.operator(), &NewOutcome { result: "won", ..wish }).unwrap_err();
    assert!(wrong.to_string().contains("hit-confirmed"), "{wrong}");
}

#[test]
fn how_soon_members_share_is_a_count_of_records() {
    let community = community();
    let node = community.node();
    let statement = stated(None);
    community.clock.set("2026-03-10T12:00:00Z".parse().unwrap());
    for day in ["2026-03-09", "2026-03-03", "2026-03-02", "2025-03-09"] {
        entered(node, &find(day, "1"), "green");
    }
    let mut undated = find("2026-05-01", "100");
    undated["during"].as_object_mut().unwrap().remove("until");
    entered(node, &undated, "green");
    let within = |count| NewFigure { count, from: None, until: None, ..finds(&statement) };
    let soon = counted(node, &within("within:7"));
    assert_eq!((soon.figure.as_str(), soon.counted), ("2 finds (exactly)", Some(2)));
    assert_eq!(soon.left_out, ["1: left out, because they have no date"]);
    assert_eq!(counted(node, &within("within:8")).figure, "3 finds (exactly)");
    assert!(refusal(node, &within("within:0")).contains("1 to 3650 days"));
}
