//! Decisions by silence and by consensus over several nodes: who can object, until when, and what silence says.

use comity_app::compose::statement::StatementText;
use comity_app::compose::{self, Author, Draft, Entry};
use comity_app::council::decision::{self, DecisionView};
use comity_app::edit::{self, Edit};
use comity_app::model::kind::council::Stance;
use comity_app::model::{Micros, Standing, Stated};
use comity_app::stix::Tlp;
use comity_app::{AppError, Clock as _, Role, explain, import, intake, peer, publish, pull};
use comity_testkit::{Node, READ_WRITE};
use serde_json::{Value, json};

use crate::paper::at;
use crate::web::{NORTH, OBSERVER, SOUTH, WEST, Web, url};

pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 86_400;

/// Nodes that pull from each other, and an observer.
pub fn council(nodes: usize) -> Web {
    let ways: Vec<(usize, usize)> = (0..nodes)
        .flat_map(|to| (0..nodes).filter(move |from| *from != to).map(move |from| (to, from)))
        .collect();
    let mut web = Web::new(nodes, &ways);
    web.community.amend_member(OBSERVER, |one| one.standing = Standing::Observer);
    web
}

/// Every node pulls once from every other one; who is not reached fails alone.
pub fn settle(web: &Web) {
    for node in &web.community.nodes {
        bring(node);
    }
}

pub fn bring(node: &Node) {
    for one in peer::list(&node.app).unwrap() {
        let reports = Some("reports");
        let _ =
            pull::run(&node.app, &node.operator(), Some(&one.name), reports, reports, &mut |_| {}).unwrap();
    }
}

pub fn after(web: &Web, seconds: i64) -> Micros {
    web.community.clock.now().plus_seconds(seconds)
}

pub fn enter(node: &Node, form: &Value, tlp: &str, draft: bool) -> Entry {
    let statement = StatementText { tlp: Some(tlp.into()), ..StatementText::default() };
    let draft =
        Draft { collection: "reports".into(), form: form.clone(), statement, draft, ..Draft::default() };
    compose::enter(&node.app, Author::Person(&node.operator()), &draft).unwrap()
}

pub fn id_of(entry: Entry) -> String {
    match entry {
        Entry::Written(written) => written.id,
        Entry::Refused(faults) => panic!("{faults:?}"),
    }
}

pub fn why(entry: Entry) -> String {
    match entry {
        Entry::Refused(faults) => faults.into_iter().map(|one| one.message).collect::<Vec<_>>().join("; "),
        Entry::Written(written) => panic!("{written:?}"),
    }
}

pub fn body(node: &Node) -> String {
    id_of(enter(
        node,
        &json!({"kind": "body", "body_form": "council", "basis": {"whole": {"statement": "fact"}}, "names": [
            {"value": "EXERCISE Council of the Rivers", "script": "Latn", "name_kind": "primary"},
            {"value": "ECR", "script": "Latn", "name_kind": "abbreviation"}]}),
        "green",
        false,
    ))
}

pub fn proposal(body: &str, procedure: &str) -> Value {
    json!({"kind": "decision", "title": "EXERCISE patrols", "body_ref": body, "text": "EXERCISE the members patrol together",
        "status": "proposed", "procedure": procedure, "basis": {"whole": {"statement": "fact"}}})
}

/// North proposes a decision and opens it for two days; everybody has it.
pub fn opened(web: &Web) -> String {
    let north = web.north();
    let id = id_of(enter(north, &proposal(&body(north), "silence"), "green", false));
    let until = after(web, 2 * DAY);
    id_of(decision::open(&north.app, &north.operator(), &id, until, (None, "EXERCISE opened")).unwrap());
    settle(web);
    id
}

pub fn say(node: &Node, id: &str, stance: Stance) -> Entry {
    decision::say(&node.app, &node.operator(), id, (stance, "EXERCISE not before the budget"), None).unwrap()
}

pub fn show(node: &Node, id: &str) -> DecisionView {
    decision::show(&node.app, &node.operator(), id).unwrap()
}

pub fn close(node: &Node, id: &str) -> Result<decision::Closed, AppError> {
    decision::close(&node.app, &node.operator(), id, (&[], None))
}

pub fn waits(node: &Node, id: &str) -> String {
    match close(node, id) {
        Err(AppError::Conflict(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn says(view: &DecisionView, member: &str) -> Vec<&'static str> {
    view.answers.iter().filter(|one| one.member == member).map(|one| one.says).collect()
}

fn edited(node: &Node, id: &str, set: &[(&str, &str)]) -> Result<(), String> {
    let set = set.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let edit = Edit { record: id.into(), set, reason: "EXERCISE".into(), ..Edit::default() };
    match edit::run(&node.app, &node.operator(), &edit).unwrap() {
        Ok(_) => Ok(()),
        Err(faults) => Err(faults.into_iter().map(|one| one.message).collect::<Vec<_>>().join("; ")),
    }
}

#[test]
fn k4_one_objection_stops_a_silence_procedure() {
    let web = council(3);
    let (north, south) = (web.north(), web.south());
    let id = opened(&web);
    assert!(waits(north, &id).contains("the silence ends at"), "nobody closes it before the deadline");
    id_of(say(south, &id, Stance::Object));
    id_of(say(web.node(2), &id, Stance::Approve));
    settle(&web);
    web.community.clock.advance_seconds(3 * DAY);
    settle(&web);
    let closed = close(north, &id).unwrap();
    assert_eq!((closed.outcome, closed.number), ("stopped", None));
    assert!(closed.told.contains(SOUTH) && closed.told.contains("One objection stops it"), "{}", closed.told);
    settle(&web);
    for node in [north, south] {
        let view = show(node, &id);
        assert_eq!((view.line.status, &view.line.stated), ("stopped", &None));
        assert_eq!((says(&view, SOUTH), says(&view, WEST)), (vec!["objects"], vec!["approves"]));
    }
    assert!(why(say(south, &id, Stance::Approve)).contains("closed"));
    assert!(edited(north, &id, &[("text", "EXERCISE by day")]).unwrap_err().contains("stay as they were"));
}

#[test]
fn k5_a_decision_is_one_record_through_all_its_forms() {
    let web = council(2);
    let (north, south) = (web.north(), web.south());
    let id = opened(&web);
    assert_eq!(show(north, &id).line.status, "silence");
    id_of(say(south, &id, Stance::Reserve));
    web.community.clock.advance_seconds(3 * DAY);
    settle(&web);
    let closed = close(north, &id).unwrap();
    assert_eq!(closed.outcome, "adopted");
    let number = closed.number.unwrap();
    assert!(number.starts_with("ECR-") && number.ends_with("-1"), "{number}");
    settle(&web);
    for node in [north, south] {
        let view = show(node, &number);
        assert_eq!(
            (view.line.place.id.as_str(), view.line.status, &view.line.stated),
            (id.as_str(), "adopted", &None)
        );
        assert_eq!((says(&view, NORTH), says(&view, SOUTH)), (vec!["silent"], vec!["reserves"]));
        let versions = explain::records(&node.app, None).unwrap().into_iter().filter(|one| one.id == id);
        assert_eq!(versions.count(), 3, "proposed, open and adopted are versions of one record");
    }
    // The next one of the body has the next number, and a number stands for one decision.
    let other = id_of(enter(north, &proposal(&show_body(north, &id), "consensus"), "green", false));
    assert!(edited(north, &other, &[("number", &number)]).unwrap_err().contains("is taken by"));
    id_of(say(north, &other, Stance::Approve));
    settle(&web);
    assert!(waits(north, &other).contains("Exercise south has not approved"));
    id_of(say(south, &other, Stance::Approve));
    settle(&web);
    assert!(close(north, &other).unwrap().number.unwrap().ends_with("-2"));
}

pub fn show_body(node: &Node, id: &str) -> String {
    let content = explain::show(&node.app, id).unwrap().into_iter().find_map(|view| view.content).unwrap();
    serde_json::from_str::<Value>(&content).unwrap()["body_ref"].as_str().unwrap().to_owned()
}

#[test]
fn k4_an_objection_that_arrives_after_the_deadline_and_before_the_close_counts() {
    let web = council(2);
    let id = opened(&web);
    web.community.clock.advance_seconds(3 * DAY);
    settle(&web);
    assert_eq!(show(web.north(), &id).verdict.as_deref(), Some("it can be closed as adopted"));
    id_of(say(web.south(), &id, Stance::Object));
    settle(&web);
    let view = show(web.north(), &id);
    assert!(view.answers[0].remarks[0].contains("it counts"), "{:?}", view.answers);
    assert_eq!(close(web.north(), &id).unwrap().outcome, "stopped");
}

#[test]
fn k4_an_objection_that_is_withdrawn_before_the_close_no_longer_counts() {
    let web = council(2);
    let id = opened(&web);
    let objection = id_of(say(web.south(), &id, Stance::Object));
    settle(&web);
    comity_app::withdraw::run(&web.south().app, &web.south().operator(), &objection, "EXERCISE settled")
        .unwrap();
    web.community.clock.advance_seconds(3 * DAY);
    settle(&web);
    assert_eq!(close(web.north(), &id).unwrap().outcome, "adopted");
}

#[test]
fn k4_silence_of_a_node_that_was_not_heard_is_no_consent() {
    let web = council(3);
    let north = web.north();
    let id = opened(&web);
    web.mesh.leave(&url(1));
    web.community.clock.advance_seconds(3 * DAY);
    for at in [0, 2] {
        bring(web.node(at));
    }
    let told = waits(north, &id);
    assert!(told.contains("not heard since the deadline: Exercise south.") && !told.contains(WEST), "{told}");
    // By no door either.
    let now = web.community.clock.now().to_string();
    let set = [("status", "adopted"), ("closed", now.as_str()), ("number", "ECR-1")];
    assert!(edited(north, &id, &set).unwrap_err().contains("not heard since the deadline"));
    // Nobody is passed over who could be heard.
    let without = |member: &str| {
        let passed = [SOUTH.to_owned(), member.to_owned()];
        let passed = if member.is_empty() { &passed[..1] } else { &passed[..] };
        decision::close(&north.app, &north.operator(), &id, (passed, Some("EXERCISE out of order"))).unwrap()
    };
    assert!(why(without(WEST).entry).contains("Exercise west was heard"));
    assert_eq!(without("").outcome, "adopted");
    let view = show(north, &id);
    assert_eq!((says(&view, SOUTH), says(&view, WEST)), (vec!["closed without it"], vec!["silent"]));
    assert_eq!(view.without.as_deref(), Some("EXERCISE out of order"));
}

#[test]
fn k4_silence_of_a_member_that_never_got_the_text_is_no_consent() {
    let mut web = Web::new(2, &[(0, 1)]);
    web.community.amend_member(OBSERVER, |one| one.standing = Standing::Observer);
    let id = opened(&web);
    web.community.clock.advance_seconds(3 * DAY);
    settle(&web);
    assert!(waits(web.north(), &id).contains("it did not leave before the deadline for: Exercise south"));
}

#[test]
fn a_changed_text_begins_anew_and_a_deadline_is_never_brought_forward() {
    let web = council(2);
    let north = web.north();
    let id = opened(&web);
    let again = |seconds: i64, text: Option<&str>| {
        decision::open(&north.app, &north.operator(), &id, after(&web, seconds), (text, "EXERCISE")).unwrap()
    };
    assert!(why(again(DAY, None)).contains("put off and not brought forward"));
    id_of(again(4 * DAY, None));
    assert!(edited(north, &id, &[("text", "EXERCISE by day alone")]).unwrap_err().contains("begins anew"));
    let leave_out = [("entitled_refs", format!("[\"{}\"]", north.member()))];
    let leave_out: Vec<(&str, &str)> = leave_out.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert!(edited(north, &id, &leave_out).is_err(), "nobody who can object is left out");
    settle(&web);
    id_of(say(web.south(), &id, Stance::Object));
    settle(&web);
    id_of(again(2 * HOUR, Some("EXERCISE by day alone")));
    assert!(why(again(HOUR / 3, Some("EXERCISE at noon"))).contains("at least 1 hour"));
    settle(&web);
    web.community.clock.advance_seconds(DAY);
    settle(&web);
    assert!(show(north, &id).answers[0].remarks.contains(&"to an earlier text"));
    assert_eq!(
        close(north, &id).unwrap().outcome,
        "stopped",
        "what was said to an earlier text still stops it"
    );
}

#[test]
fn an_observer_cannot_object() {
    let mut web = council(3);
    web.community.amend_member(WEST, |one| one.standing = Standing::Observer);
    let id = opened(&web);
    assert!(why(say(web.node(2), &id, Stance::Object)).contains("only full members"));
    // A program that does not ask changes nothing either.
    let (north, west) = (web.north(), web.node(2).member());
    let key = north.key(WEST, "reports", READ_WRITE);
    let now = web.community.clock.now().to_string();
    let version = show(north, &id).line.place.version;
    let object = json!({"type": "comity-position", "spec_version": "2.1",
        "id": "comity-position--00000000-0000-4000-8000-00000000f001", "created_by_ref": west.as_str(), "created": now,
        "modified": now, "name": "EXERCISE objection", "on_ref": id, "on_version": version, "stance": "object",
        "text": "EXERCISE no", "basis": {"whole": {"statement": "assessment"}},
        "object_marking_refs": [Tlp::Green.marking_id()],
        "extensions": {"extension-definition--ad455bc2-9ac8-4138-bed3-f1f169eea8ca": {"extension_type": "new-sdo"}}});
    let posted = intake::post(
        &north.app,
        &north.client(&key),
        "reports",
        format!(r#"{{"objects":[{object}]}}"#).as_bytes(),
    );
    assert_eq!(posted.unwrap().successes.len(), 1);
    let view = show(north, &id);
    assert!(view.answers[0].remarks.contains(&"not entitled: it changes nothing"), "{:?}", view.answers);
    web.community.clock.advance_seconds(3 * DAY);
    settle(&web);
    assert_eq!(close(north, &id).unwrap().outcome, "adopted");
}

/// A decision that says of itself that it was adopted.
pub fn adopted(web: &Web, by: &str, id: &str, body: &str) -> String {
    let time = |seconds: i64| after(web, seconds).to_string();
    let entitled: Vec<String> =
        [web.north(), web.south()].iter().map(|node| node.member().to_string()).collect();
    json!({"type": "comity-decision", "spec_version": "2.1", "id": id, "created_by_ref": by, "created": time(0),
        "modified": time(0), "name": "EXERCISE patrols", "body_ref": body, "text": "EXERCISE the members patrol together",
        "status": "adopted", "procedure": "silence", "opened": time(-3 * DAY), "deadline": time(-DAY), "closed": time(0),
        "number": "ECR-2026-9", "entitled_refs": entitled, "basis": {"whole": {"statement": "fact"}},
        "object_marking_refs": [Tlp::Green.marking_id()],
        "extensions": {"extension-definition--ad455bc2-9ac8-4138-bed3-f1f169eea8ca": {"extension_type": "new-sdo"}}})
    .to_string()
}

#[test]
fn a_state_cannot_be_skipped_by_edit_import_or_post() {
    let web = council(2);
    let north = web.north();
    let body = body(north);
    let id = id_of(enter(north, &proposal(&body, "silence"), "green", false));
    let now = web.community.clock.now().to_string();
    let until = after(&web, DAY).to_string();
    let set = [
        ("status", "adopted"),
        ("opened", &now),
        ("deadline", &until),
        ("closed", &until),
        ("number", "ECR-1"),
    ];
    let entitled = format!("[\"{}\"]", north.member());
    let all: Vec<(&str, &str)> = set.into_iter().chain([("entitled_refs", entitled.as_str())]).collect();
    assert!(edited(north, &id, &all).is_err());
    let skipped = adopted(
        &web,
        north.member().as_str(),
        "comity-decision--00000000-0000-4000-8000-00000000f002",
        &body,
    );
    let imported = north.import("reports", &at(Tlp::Green), &skipped).unwrap();
    assert!(imported.rejected[0].reason.contains("begins as proposed"), "{imported:?}");
    let key = north.key(NORTH, "reports", READ_WRITE);
    let post = |text: &str| {
        let body = format!(r#"{{"objects":[{text}]}}"#);
        intake::post(&north.app, &north.client(&key), "reports", body.as_bytes()).unwrap()
    };
    assert!(post(&skipped).failures[0].message.as_ref().unwrap().contains("begins as proposed"));
    // A draft is judged again when it is published.
    let mut form = proposal(&body, "silence");
    form["title"] = "EXERCISE draft".into();
    let draft = id_of(enter(north, &form, "green", true));
    assert!(publish::run(&north.app, &north.operator(), &draft).is_ok());
    form["status"] = "adopted".into();
    assert!(matches!(enter(north, &form, "green", true), Entry::Refused(_)));
    let rejected = import::run(
        &north.app,
        &north.operator(),
        &import::Input {
            collection: "reports",
            name: "drafts",
            stated: Stated::default(),
            draft: true,
            ..import::Input::default()
        },
        skipped.as_bytes(),
        &mut |_| {},
    );
    assert_eq!(rejected.unwrap().rejected.len(), 1);
}

#[test]
fn nobody_elses_record_moves_by_my_position_and_what_others_state_is_judged_here() {
    let web = council(2);
    let (north, south) = (web.north(), web.south());
    let id = opened(&web);
    assert!(matches!(close(south, &id), Err(AppError::Denied(_))), "only its originator closes it");
    id_of(say(south, &id, Stance::Object));
    settle(&web);
    assert_eq!(
        show(north, &id).line.status,
        "silence",
        "an objection alone changes no record of another member"
    );
    // North states what its own node would refuse: the record comes to South by North's key and is kept as it is.
    web.mesh.leave(&url(0));
    web.community.clock.advance_seconds(3 * DAY);
    let key = south.key(NORTH, "reports", READ_WRITE);
    let post = |text: &str| {
        let body = format!(r#"{{"objects":[{text}]}}"#);
        intake::post(&south.app, &south.client(&key), "reports", body.as_bytes()).unwrap()
    };
    let body = show_body(south, &id);
    let mut stated: Value =
        serde_json::from_str(&adopted(&web, north.member().as_str(), &id, &body)).unwrap();
    let kept = explain::show(&south.app, &id).unwrap().into_iter().find_map(|view| view.content).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    for key in ["created", "opened", "deadline", "entitled_refs"] {
        stated[key] = kept[key].clone();
    }
    assert_eq!(post(&stated.to_string()).successes.len(), 1);
    let view = show(south, &id);
    assert_eq!(view.line.status, "silence");
    let told = view.line.stated.unwrap();
    assert!(told.contains("adopted is stated by Exercise north, not followed here"), "{told}");
    assert!(told.contains("Exercise south had objected"), "{told}");
    let jump = "comity-decision--00000000-0000-4000-8000-00000000f003";
    assert_eq!(post(&adopted(&web, north.member().as_str(), jump, &body)).successes.len(), 1);
    let view = show(south, jump);
    assert_eq!((view.line.status, view.line.number), ("proposed", None), "a jump is not followed");
    assert!(view.line.stated.unwrap().contains("not followed here"));
}

#[test]
fn it_takes_the_secretariat_and_a_release_officer_to_open_and_close_and_no_program() {
    let web = council(2);
    let north = web.north();
    let id = id_of(enter(north, &proposal(&body(north), "silence"), "green", false));
    let open = |roles: &[Role], name: &str| {
        let actor = north.user(name, roles);
        decision::open(&north.app, &actor, &id, after(&web, DAY), (None, "EXERCISE"))
    };
    assert!(matches!(open(&[Role::ReleaseOfficer], "officer"), Err(AppError::Denied(_))));
    assert!(matches!(open(&[Role::Secretariat], "secretary"), Err(AppError::Denied(_))));
    assert!(open(&[Role::Secretariat, Role::ReleaseOfficer], "both").is_ok());
}
