//! Who would be passed over by a decision: whose record is meant where several members use one id, objections that are set
//! aside, and what others state about silence that nobody here was asked for.

use comity_app::compose::statement::StatementText;
use comity_app::compose::{self, Author, Draft, Entry};
use comity_app::council::decision;
use comity_app::model::ApprovalRule;
use comity_app::model::kind::council::Stance;
use comity_app::model::stix::Tlp;
use comity_app::{AppError, Role, allegation, explain, intake, proposal};
use comity_testkit::{Node, READ_WRITE};
use serde_json::{Value, json};

use crate::decisions::{
    DAY, adopted, after, body, close, council, enter, id_of, opened, proposal as form, say, settle, show,
    show_body, waits,
};
use crate::paper::note;
use crate::web::{NORTH, SOUTH, WEST, Web, url};

/// A member brings an object to a node.
fn bring(node: &Node, member: &str, object: &Value) {
    let key = node.key(member, "reports", READ_WRITE);
    let body = json!({"objects": [object]}).to_string();
    let posted = intake::post(&node.app, &node.client(&key), "reports", body.as_bytes()).unwrap();
    assert_eq!(posted.successes.len(), 1, "{posted:?}");
}

fn content(node: &Node, id: &str) -> Value {
    let found = explain::show(&node.app, id).unwrap().into_iter().find_map(|view| view.content).unwrap();
    serde_json::from_str(&found).unwrap()
}

/// West brings a record of its own under the id of one that is at a node, newer than that.
fn under_its_id(web: &Web, node: &Node, id: &str, change: impl FnOnce(&mut Value)) {
    let mut copy = content(node, id);
    copy["created_by_ref"] = web.node(2).member().as_str().into();
    copy["modified"] = after(web, 0).to_string().into();
    change(&mut copy);
    bring(node, WEST, &copy);
}

/// West alleges ill-treatment about a record at a node.
fn alleged(node: &Node, number: u32, id: &str) {
    let mut letter: Value =
        serde_json::from_str(&note(number, 0, "EXERCISE beaten", Some(Tlp::Green))).unwrap();
    letter["labels"] = json!(["comity-allegation"]);
    letter["object_refs"] = json!([id]);
    bring(node, WEST, &letter);
}

#[test]
fn k4_a_decision_that_a_third_member_puts_under_the_id_of_another_takes_no_objection_from_it() {
    let web = council(3);
    let (north, south) = (web.north(), web.south());
    let id = opened(&web);
    under_its_id(&web, south, &id, |copy| {
        copy["text"] = "EXERCISE of the third member".into();
        copy["status"] = "proposed".into();
        copy["procedure"] = "consensus".into();
        for key in ["opened", "deadline", "entitled_refs"] {
            copy.as_object_mut().unwrap().remove(key);
        }
    });
    let told = match decision::show(&south.app, &south.operator(), &id) {
        Err(AppError::Conflict(told)) => told,
        other => panic!("{other:?}"),
    };
    assert!(told.contains(NORTH) && told.contains(WEST) && told.contains("@MEMBER"), "{told}");
    let named = format!("{id}@{NORTH}");
    assert_eq!(show(south, &named).line.status, "silence");
    assert_eq!(show(south, &format!("{id}@{WEST}")).text, "EXERCISE of the third member");
    id_of(say(south, &named, Stance::Object));
    settle(&web);
    assert_eq!(close(north, &id).unwrap().outcome, "stopped", "the objection left for whose decision it is");
}

#[test]
fn a_body_that_several_members_have_under_one_id_takes_the_right_to_object_from_nobody() {
    let web = council(3);
    let (north, south) = (web.north(), web.south());
    let theirs = body(south);
    settle(&web);
    under_its_id(&web, north, &theirs, |copy| {
        copy["member_parties"] = json!([{"member_ref": web.node(2).member().as_str()}]);
    });
    let id = id_of(enter(north, &form(&theirs, "silence"), "green", false));
    id_of(decision::open(&north.app, &north.operator(), &id, after(&web, DAY), (None, "EXERCISE")).unwrap());
    let mut names: Vec<String> = show(north, &id).answers.into_iter().map(|one| one.member).collect();
    names.sort();
    assert_eq!(names, [NORTH, SOUTH, WEST]);
}

#[test]
fn k4_an_objection_that_is_set_aside_is_waited_for_and_no_older_approval_stands_for_it() {
    let web = council(3);
    let (north, south) = (web.north(), web.south());
    let id = opened(&web);
    id_of(say(south, &id, Stance::Approve));
    let objection = id_of(say(south, &id, Stance::Object));
    settle(&web);
    allegation::make(&north.app, &north.operator(), &objection, "EXERCISE beaten", None).unwrap();
    web.community.clock.advance_seconds(3 * DAY);
    settle(&web);
    let why = "set aside here: what Exercise south states";
    assert!(waits(north, &id).contains(why));
    assert!(show(north, &id).verdict.unwrap().contains(why));
    let passed = [SOUTH.to_owned()];
    let without = decision::close(&north.app, &north.operator(), &id, (&passed, Some("EXERCISE")));
    assert!(matches!(without, Err(AppError::Conflict(told)) if told.contains(why)));
}

/// North brings to South what its own node would refuse: a decision that it opened and adopted long ago.
fn stated(web: &Web, number: u32, body: &str, change: impl Fn(&mut Value)) -> String {
    let (north, south) = (web.north(), web.south());
    let id = format!("comity-decision--00000000-0000-4000-8000-00000000e{number:03}");
    let mut last: Value = serde_json::from_str(&adopted(web, north.member().as_str(), &id, body)).unwrap();
    last["created"] = after(web, -4 * DAY).to_string().into();
    last["number"] = format!("ECR-2026-{number}").into();
    change(&mut last);
    for (status, modified, without) in [
        (
            "proposed",
            -4 * DAY,
            &[
                "opened",
                "deadline",
                "closed",
                "number",
                "entitled_refs",
                "not_heard_refs",
                "not_heard_reason",
            ][..],
        ),
        ("silence", -3 * DAY, &["closed", "number", "not_heard_refs", "not_heard_reason"][..]),
        ("adopted", 0, &[][..]),
    ] {
        let mut one = last.clone();
        one["status"] = status.into();
        one["modified"] = after(web, modified).to_string().into();
        without.iter().for_each(|key| drop(one.as_object_mut().unwrap().remove(*key)));
        bring(south, NORTH, &one);
    }
    id
}

#[test]
fn k4_silence_of_who_was_not_asked_is_no_consent_whatever_another_member_states() {
    let web = council(2);
    let (north, south) = (web.north(), web.south());
    web.community.clock.advance_seconds(9 * DAY);
    let honest = opened(&web);
    web.community.clock.advance_seconds(5 * DAY);
    settle(&web);
    assert_eq!(close(north, &honest).unwrap().outcome, "adopted");
    settle(&web);
    let view = show(south, &honest);
    assert_eq!((view.line.status, view.line.stated), ("adopted", None), "it was asked in time, and silent");
    let body = show_body(south, &honest);
    let left_out = stated(&web, 1, &body, |one| one["entitled_refs"] = json!([north.member().as_str()]));
    let backdated = stated(&web, 2, &body, |_| ());
    for (id, why) in [(&left_out, "names others alone"), (&backdated, "came here after the deadline")] {
        let view = show(south, id);
        assert_eq!(view.line.status, "silence");
        let told = view.line.stated.unwrap();
        assert!(told.contains("not followed here") && told.contains(why), "{told}");
    }
}

#[test]
fn whom_another_member_leaves_out_can_say_that_it_objects() {
    let web = council(2);
    let (north, south) = (web.north(), web.south());
    let id = opened(&web);
    let mut open = content(north, &id);
    open["id"] = "comity-decision--00000000-0000-4000-8000-00000000e009".into();
    open["entitled_refs"] = json!([north.member().as_str()]);
    bring(south, NORTH, &open);
    id_of(say(south, open["id"].as_str().unwrap(), Stance::Object));
}

#[test]
fn who_objected_is_not_passed_over_as_not_heard_or_because_the_objection_is_set_aside() {
    let web = council(3);
    let (north, south) = (web.north(), web.south());
    let id = opened(&web);
    let objection = id_of(say(south, &id, Stance::Object));
    web.mesh.leave(&url(0));
    web.community.clock.advance_seconds(3 * DAY);
    let mut last = content(south, &id);
    last["status"] = "adopted".into();
    last["number"] = "ECR-2026-1".into();
    last["not_heard_refs"] = json!([south.member().as_str()]);
    last["not_heard_reason"] = "EXERCISE out of order".into();
    for key in ["modified", "closed"] {
        last[key] = after(&web, 0).to_string().into();
    }
    bring(south, NORTH, &last);
    let told = || show(south, &id).line.stated.unwrap();
    assert!(told().contains("Exercise south had objected"), "{}", told());
    alleged(south, 62, &objection);
    assert!(told().contains("Exercise south had objected"), "{}", told());
    assert_eq!((show(south, &id).line.status, show(north, &id).line.status), ("silence", "silence"));
}

#[test]
fn a_decision_that_waits_for_a_second_person_is_closed_when_that_one_approves() {
    let mut web = council(2);
    let id = {
        let north = web.north();
        let statement =
            StatementText { tlp: Some("red".into()), to: vec![SOUTH.into()], ..StatementText::default() };
        let draft = Draft {
            collection: "reports".into(),
            form: form(&body(north), "consensus"),
            statement,
            ..Draft::default()
        };
        let id = id_of(compose::enter(&north.app, Author::Person(&north.operator()), &draft).unwrap());
        settle(&web);
        for node in [north, web.south()] {
            id_of(say(node, &id, Stance::Approve));
        }
        settle(&web);
        id
    };
    web.community.amend(|agreement| _ = agreement.two_person.insert(ApprovalRule::Red));
    let north = web.north();
    let closed = close(north, &id).unwrap();
    let Entry::Written(written) = closed.entry else { panic!("{:?}", closed.entry) };
    assert_eq!(written.state, "waiting");
    web.community.clock.advance_seconds(DAY);
    let second = north.user("second", &Role::ALL);
    proposal::approve(&north.app, &second, &written.proposals[0].id).unwrap();
    assert_eq!(show(north, &id).line.status, "adopted");
}
