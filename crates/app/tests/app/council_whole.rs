//! The council's work when something goes wrong: readings that come in whole or not at all, editors whose names are alike,
//! members who send too much, and records of which not everybody sees every version.

use std::sync::Arc;

use comity_app::compose::Entry;
use comity_app::compose::statement::StatementText;
use comity_app::council::import::{self, Imported, Wish};
use comity_app::council::{claims, conflict, propose, session};
use comity_app::model::Stated;
use comity_app::stix::Tlp;
use comity_app::{Actor, App, AppError, Limits, explain, home, intake, ledger};
use comity_testkit::{Community, Node, Place, READ_WRITE, Seat, SeededRandom};
use serde_json::{Value, json};

use crate::council::{READING, body, bring, claim, community, entered, session_of, set};
use crate::paper::at;

fn bring_as(node: &Node, editor: &str, text: &str, dry_run: bool) -> Result<Imported, AppError> {
    let wish = Wish { collection: "exercise", editor: Some(editor), text, dry_run };
    import::run(&node.app, &node.operator(), &wish)
}

fn here(community: &Community) -> (usize, u64) {
    let node = community.node();
    let records = explain::records(&node.app, None).unwrap().len();
    (records, ledger::verify(&node.app).unwrap().leaves)
}

/// The reading with another key for one session that has a stated number.
fn renamed() -> String {
    let reading: Value = serde_json::from_str(READING).unwrap();
    let sessions = reading["sessions"].as_array().unwrap();
    let key = sessions.iter().find(|one| one["number"]["value"] == 47).unwrap()["id"].as_str().unwrap();
    READING.replace(&format!("\"{key}\""), "\"exercise-renamed\"")
}

#[test]
fn a_reading_of_which_one_record_is_refused_leaves_nothing_behind() {
    let community = community();
    let node = community.node();
    bring(node, READING).unwrap();
    let before = here(&community);
    node.clock().advance_seconds(60);
    for dry_run in [true, false] {
        let told = bring_as(node, "EXERCISE other editor", &renamed(), dry_run).unwrap_err().to_string();
        assert!(told.contains("there is a session 47 of this body"), "{dry_run}: {told}");
        assert!(told.contains("sessions.[") && told.contains("nothing was imported"), "{dry_run}: {told}");
        assert_eq!(here(&community), before, "{dry_run}");
    }
    bring_as(node, "EXERCISE other editor", READING, false).unwrap();
}

#[test]
fn editors_are_told_apart_in_every_script_and_to_the_last_letter() {
    let community = community();
    let node = community.node();
    let long = "EXERCISE ".to_owned() + &"editor of the quiet reading room ".repeat(3);
    let names = ["EXERCISE редактор", "EXERCISE مُحرِّر", "редактор", "محرر"].map(str::to_owned);
    let names = names.into_iter().chain([format!("{long}A"), format!("{long}B")]);
    let mut met = std::collections::BTreeSet::new();
    for name in names {
        node.clock().advance_seconds(60);
        bring_as(node, &name, READING, false).unwrap();
        let all = explain::records(&node.app, None).unwrap();
        let own: Vec<_> = all
            .iter()
            .filter(|one| one.kind == "identity" && one.name == name.chars().take(120).collect::<String>())
            .collect();
        assert_eq!(own.len(), 1, "{name}: {own:?}");
        assert!(met.insert(own[0].id.clone()), "{name}");
        let claim = all.iter().find(|one| one.kind == "comity-claim").unwrap();
        let view = explain::show(&node.app, &claim.id).unwrap().remove(0);
        let object: Value = serde_json::from_str(&view.content.unwrap()).unwrap();
        assert_eq!(object["created_by_ref"], own[0].id.as_str(), "{name} wrote it");
    }
    // Two forms of one letter, and blanks around it, are one name.
    let again = bring_as(node, " EXERCISE Ede\u{301}l ", READING, false).unwrap();
    assert_eq!(again.unchanged, 0);
    let same = bring_as(node, "EXERCISE Ed\u{e9}l", READING, false).unwrap();
    assert_eq!((same.new, same.changed), (0, 0));
}

#[test]
fn an_editor_whose_id_is_another_one_here_is_refused() {
    let community = community();
    let node = community.node();
    bring(node, READING).unwrap();
    let all = explain::records(&node.app, None).unwrap();
    let editor = &all.iter().find(|one| one.kind == "identity").unwrap().id;
    node.clock().advance_seconds(60);
    let other = json!({"type": "identity", "spec_version": "2.1", "id": editor, "created_by_ref": editor,
        "created": "2026-01-01T00:00:00.000Z", "modified": "2099-01-01T00:00:00.000Z", "name": "EXERCISE somebody else",
        "identity_class": "group", "object_marking_refs": [Tlp::Clear.marking_id()]});
    node.publish("exercise", &at(Tlp::Clear), &other.to_string());
    let before = here(&community);
    let told = bring(node, READING).unwrap_err().to_string();
    assert!(told.contains("--editor") && told.contains("`EXERCISE somebody else`"), "{told}");
    assert_eq!(here(&community), before);
}

const SENDER: &str = "Exercise sender";

/// A node that others may open with other limits, and a member that sends to it.
fn with_sender() -> Community {
    let seats = vec![Seat::member("Exercise host").node(Place::file()), Seat::member(SENDER)];
    let community = Community::new(1, seats);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

/// The node as its operator finds it, where a view takes so many records of each other member and compares so many claims.
fn limited(node: &Node, council_records: usize, council_compared: usize) -> App {
    let limits = Limits { council_records, council_compared, ..Limits::default() };
    let random = Arc::new(SeededRandom::new(9));
    home::open_with(node.app.home(), node.clock().clone(), random, limits).unwrap().seen_by(&node.operator())
}

/// The object of a record that is here.
fn object(node: &Node, id: &str) -> Value {
    let view = explain::show(&node.app, id).unwrap().remove(0);
    serde_json::from_str(&view.content.unwrap()).unwrap()
}

/// Sends so many copies of a record as those of the sender, each with an id of its own.
fn send(community: &Community, of: &str, count: usize) {
    let node = community.node();
    let (kind, _) = of.split_once("--").unwrap();
    let copies: Vec<Value> = (0..count)
        .map(|number| {
            let mut copy = object(node, of);
            copy["id"] = format!("{kind}--00000000-0000-4000-8000-{number:012}").into();
            copy["created_by_ref"] = community.id(SENDER).as_str().into();
            copy
        })
        .collect();
    let key = node.client(&node.key(SENDER, "exercise", READ_WRITE));
    let status =
        intake::post(&node.app, &key, "exercise", json!({"objects": copies}).to_string().as_bytes()).unwrap();
    let told = serde_json::to_value(&status).unwrap();
    assert_eq!((&told["total"], &told["failures"]), (&json!(count), &json!([])), "{told}");
}

#[test]
fn a_member_that_sends_too_much_shuts_no_view_and_no_writing_and_is_named() {
    let community = with_sender();
    let node = community.node();
    let of = entered(node, &body("EXERCISE Council of the Rivers", "ECR"), "clear");
    let first = entered(node, &session_of(&of, &json!({"value": 3, "basis": "stated"})), "clear");
    let own = entered(node, &claim("EXERCISE Orlan Vesk", "100", "crossings"), "clear");
    entered(node, &claim("EXERCISE Ilva Torn", "300", "crossings"), "clear");
    entered(node, &claim("EXERCISE Orlan Vesk", "5", "boats"), "clear");
    entered(node, &claim("EXERCISE Ilva Torn", "70", "boats"), "clear");
    send(&community, &own, 5);
    send(&community, &first, 5);

    let few = limited(node, 3, 4);
    let operator = node.operator();
    let all = claims::list(&few, &operator, None).unwrap();
    assert_eq!(all.iter().filter(|one| one.place.origin == "Exercise host").count(), 4);
    assert_eq!(all.iter().filter(|one| one.place.origin == SENDER).count(), 3);
    let [left] = all.left_out.as_slice() else { panic!("{:?}", all.left_out) };
    assert!(left.starts_with("2 claim records of Exercise sender"), "{left}");
    assert_eq!(claims::list(&node.app, &operator, None).unwrap().left_out, Vec::<String>::new());
    let sessions = session::list(&few, &operator, None).unwrap();
    assert!(sessions.iter().any(|one| one.place.id == first) && !sessions.left_out.is_empty());
    let hidden = "comity-claim--00000000-0000-4000-8000-000000000000";
    assert!(claims::show(&few, &operator, hidden).is_ok(), "what is named by its id is found");

    let found = propose::propose(&few, &operator).unwrap();
    assert_eq!(found.lines.len(), 1, "boats are compared: {found:?}");
    let crossings = |one: &String| one.starts_with("5 claims on crossings in crossings");
    assert!(found.left_out.iter().any(crossings), "{:?}", found.left_out);

    let wish =
        Wish { collection: "exercise", editor: Some("EXERCISE editor"), text: READING, dry_run: false };
    import::run(&few, &operator, &wish).unwrap();
    let strength = conflict::show(&few, &operator, "k-2015-strength").unwrap();
    assert_eq!((strength.claims.len(), strength.left_out.len()), (2, 2), "{strength:?}");
    node.clock().advance_seconds(60);
    let wish = Wish { editor: Some("EXERCISE other editor"), text: &renamed(), ..wish };
    let told = import::run(&few, &operator, &wish).unwrap_err().to_string();
    assert!(told.contains("there is a session 47"), "one's own sessions are all looked at: {told}");
}

#[test]
fn a_proposal_is_accepted_as_it_was_shown_whatever_came_in_since() {
    let community = community();
    let node = community.node();
    let propose = || propose::propose(&node.app, &node.operator()).unwrap().lines;
    let first = entered(node, &claim("EXERCISE Orlan Vesk", "100", "crossings"), "clear");
    let second = entered(node, &claim("EXERCISE Ilva Torn", "300", "crossings"), "clear");
    let shown = propose();
    let [pair] = shown.as_slice() else { panic!("{shown:?}") };
    for number in 0..4 {
        entered(node, &claim(&format!("EXERCISE voice {number}"), "9000", "crossings"), "clear");
    }
    let statement = StatementText { tlp: Some("amber".into()), ..StatementText::default() };
    let accept = |mark: &str| {
        let question = "EXERCISE How many crossings were found?";
        propose::accept(&node.app, &node.operator(), mark, question, &statement)
    };
    let (mut claims, mut named) = (set_of(node, accept(&pair.mark).unwrap()), vec![first, second.clone()]);
    claims.sort();
    named.sort();
    assert_eq!(claims, named);

    // A claim that is another one now is not the one that was shown, whatever version it says it is.
    let shown = propose();
    let stale = shown.iter().find(|one| one.claims.contains(&second)).unwrap();
    let mut next = object(node, &second);
    next["modified"] = "2099-01-01T00:00:00.000Z".into();
    next["quantity"]["value"] = "301".into();
    node.publish("exercise", &at(Tlp::Clear), &next.to_string());
    assert!(matches!(accept(&stale.mark), Err(AppError::NotFound(_))));
    let shown = propose();
    let stale = shown.iter().find(|one| one.claims.contains(&second)).unwrap();
    next["quantity"]["value"] = "302".into();
    node.publish("exercise", &at(Tlp::Clear), &next.to_string());
    assert!(propose().iter().any(|one| one.why.contains("302 crossings")));
    assert!(matches!(accept(&stale.mark), Err(AppError::NotFound(_))));
    assert!(matches!(accept("1"), Err(AppError::NotFound(_))));
}

fn set_of(node: &Node, entry: Entry) -> Vec<String> {
    let Entry::Written(made) = entry else { panic!("{entry:?}") };
    set(node, &made.id).claims.into_iter().map(|claim| claim.place.id).collect()
}

#[test]
fn a_newer_version_for_another_inner_group_hides_none_that_one_may_see() {
    let community = community();
    let node = community.node();
    let made = entered(node, &claim("EXERCISE Orlan Vesk", "100", "crossings"), "clear");
    let mut copy = object(node, &made);
    let id = "comity-claim--00000000-0000-4000-8000-000000000007";
    copy["id"] = id.into();
    let within = |group: &str| Stated { inner: [group.to_owned()].into(), ..at(Tlp::Green) };
    copy.as_object_mut().unwrap().remove("object_marking_refs");
    node.publish("exercise", &within("cell"), &copy.to_string());
    copy["modified"] = "2099-01-01T00:00:00.000Z".into();
    copy["quantity"]["value"] = "101".into();
    node.publish("exercise", &within("unit"), &copy.to_string());
    let figure = |group: Option<&str>| {
        let inner = group.into_iter().map(str::to_owned).collect();
        let actor = Actor { inner, ..node.operator() };
        let app = node.app.seen_by(&actor);
        let listed = claims::list(&app, &actor, None).unwrap();
        let listed = listed.iter().find(|one| one.place.id == id).and_then(|one| one.figure.clone());
        let shown = claims::show(&app, &actor, id).ok().and_then(|one| one.figure);
        assert_eq!(listed, shown, "{group:?}");
        shown
    };
    assert_eq!(figure(Some("unit")).as_deref(), Some("101 crossings (exactly)"));
    assert_eq!(figure(Some("cell")).as_deref(), Some("100 crossings (exactly)"));
    assert_eq!(figure(None), None);
}
