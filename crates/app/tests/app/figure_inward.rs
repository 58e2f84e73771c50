//! Figures that are for some alone: for the own member, for a readers' group, and sums about few persons.

use comity_app::compose::statement::StatementText;
use comity_app::council::figure::{self, NewFigure, NewSum};
use comity_app::edit::{self, Edit};
use comity_app::{Actor, AppError, group, handling};
use serde_json::{Value, json};

use crate::figure::{
    community, counted, entered, entered_as, find, finds, id_of, made, seen, stated, versions,
};
use crate::web::{OBSERVER, Web};

fn crossing(day: &str, persons: u32) -> Value {
    json!({"kind": "border-event", "title": format!("EXERCISE crossing of {day}"),
        "during": {"from": day, "until": day}, "place": {"country": "XX", "precision": "country"},
        "persons": persons, "basis": {"whole": {"statement": "fact"}}})
}

#[test]
fn a_figure_that_was_counted_for_the_own_member_is_given_to_nobody_else() {
    let web = Web::pair();
    let (north, south) = (web.north(), web.south());
    let amber = StatementText { onward: false, ..stated(Some("amber")) };
    id_of(&entered_as(north, &find("2026-03-02", "1"), amber));
    web.settle();
    let (inward, wide) = (stated(None), stated(Some("clear")));
    let id = made(south, &finds(&inward));
    let change =
        Edit { record: id.clone(), statement: wide.clone(), reason: "EXERCISE".into(), ..Edit::default() };
    let faults = edit::run(&south.app, &south.operator(), &change).unwrap().unwrap_err();
    assert!(faults[0].message.contains("count it anew with --tlp"), "{faults:?}");
    let change = handling::Change { tlp: Some("clear".into()), ..handling::Change::default() };
    let error = handling::change(&south.app, &south.operator(), &id, &change).unwrap_err().to_string();
    assert!(error.contains("count it anew with --tlp"), "{error}");
    // Nor as a part of a sum.
    let open = made(south, &finds(&wide));
    let parts = [id.clone(), open];
    let new = NewSum {
        collection: "reports",
        title: "EXERCISE sum",
        parts: &parts,
        statement: &wide,
        dry_run: true,
    };
    let error = figure::add(&south.app, &south.operator(), &new).unwrap_err().to_string();
    assert!(error.contains("count it anew with --tlp"), "{error}");
    assert_eq!(versions(south, &id), 1);
    let reader = south.reader(OBSERVER, "reports");
    assert!(!south.sees(&reader, "reports").contains(&id));
    let heading = Edit {
        record: id,
        set: vec![("title".into(), "EXERCISE another heading".into())],
        reason: "EXERCISE".into(),
        ..Edit::default()
    };
    assert!(
        edit::run(&south.app, &south.operator(), &heading).unwrap().is_ok(),
        "for the own member it is edited"
    );
}

#[test]
fn a_figure_that_says_to_have_left_out_what_a_group_reads_is_for_the_group() {
    let community = community();
    let node = community.node();
    let statement = stated(None);
    entered(node, &find("2026-03-01", "1"), "green");
    group::add(&node.app, &node.operator(), "cell").unwrap();
    let outside = node.operator();
    let inside = Actor { inner: ["cell".to_owned()].into(), ..node.operator() };
    let before = made(node, &finds(&statement));
    let mut undated = find("2026-05-01", "1");
    undated.as_object_mut().unwrap().remove("during");
    let within = StatementText { inner: vec!["cell".into()], ..stated(Some("green")) };
    id_of(&entered_as(node, &undated, within.clone()));
    let new = figure::publish(&node.app, &inside, &finds(&statement)).unwrap();
    assert_eq!(new.left_out, ["1: left out, because they have no date"]);
    let id = id_of(&new.entry.unwrap());
    assert_eq!(seen(node, &inside, &id).left_out.len(), 1);
    assert!(matches!(figure::explain(&node.app, &outside, &id), Err(AppError::NotFound(_))));
    // Nor does counting again bring it into a figure that the others read.
    id_of(&entered_as(node, &find("2026-04-01", "1"), within));
    let refused = figure::recalculate(&node.app, &inside, &before, "EXERCISE").unwrap_err().to_string();
    assert!(refused.contains("count it anew"), "{refused}");
    assert_eq!(seen(node, &outside, &before).counted, Some(1));
    // What lies outside the period is not told, and limits nobody.
    let early =
        NewFigure { from: Some("2025"), until: Some("2025"), ask: "kind:border-event", ..finds(&statement) };
    let secret = StatementText { inner: vec!["cell".into()], ..stated(Some("green")) };
    id_of(&entered_as(node, &crossing("2026-03-01", 1), secret));
    let id = id_of(&figure::publish(&node.app, &inside, &early).unwrap().entry.unwrap());
    assert_eq!(seen(node, &outside, &id).figure, "0 finds (exactly)");
}

#[test]
fn a_sum_of_persons_is_not_found_by_subtraction_from_a_sum_over_one_record_less() {
    let community = community();
    let node = community.node();
    let statement = stated(Some("green"));
    let persons = NewFigure {
        ask: "kind:border-event",
        count: "sum:persons",
        unit: Some("persons"),
        ..finds(&statement)
    };
    for day in ["2026-03-01", "2026-03-02"] {
        entered(node, &crossing(day, 20), "green");
    }
    // Two records, and forty persons: that many are told.
    assert_eq!(counted(node, &persons).figure, "40 persons (exactly)");
    entered(node, &crossing("2026-03-03", 2), "green");
    assert_eq!(counted(node, &persons).figure, "at least 40 persons");
}
