//! Measures and programmes: adopted by a decision alone, seen to by somebody until a day, done with evidence.

use comity_app::compose::Entry;
use comity_app::council::{decision, measure};
use comity_app::model::kind::council::Stance;
use comity_app::{Clock as _, Role, explain, intake, today};
use comity_testkit::{Node, READ_WRITE};
use serde_json::{Value, json};

use crate::decisions::{DAY, body, close, council, enter, id_of, opened, proposal, say, settle, show, why};
use crate::web::{NORTH, SOUTH, Web};

const FACT: &str = r#"{"whole": {"statement": "fact"}}"#;

fn fact() -> Value {
    serde_json::from_str(FACT).unwrap()
}

/// North outlines a measure of a programme that is being written.
fn outlined(node: &Node) -> (String, String) {
    let programme = json!({"kind": "programme", "title": "EXERCISE programme", "years": [2026, 2027], "status": "draft",
        "basis": fact()});
    let programme = id_of(enter(node, &programme, "green", false));
    let paper = json!({"kind": "document", "title": "EXERCISE paper", "document_type": "press-report", "basis": fact()});
    let paper = id_of(enter(node, &paper, "green", false));
    let measure = json!({"kind": "measure", "title": "EXERCISE joint patrols", "status": "outlined",
        "words": {"text": "EXERCISE joint patrols", "said_by": "EXERCISE participants"}, "stated_in_ref": paper,
        "programme_ref": programme, "basis": fact()});
    (id_of(enter(node, &measure, "green", false)), programme)
}

/// A decision about these, adopted by consensus of North and South.
fn decided(web: &Web, about: &[&str]) -> String {
    let north = web.north();
    let mut form = proposal(&body(north), "consensus");
    if !about.is_empty() {
        form["decides_refs"] = json!(about);
    }
    let id = id_of(enter(north, &form, "green", false));
    settle(web);
    for node in [north, web.south()] {
        id_of(say(node, &id, Stance::Approve));
    }
    settle(web);
    assert_eq!(close(north, &id).unwrap().outcome, "adopted");
    id
}

#[test]
fn k8_a_measure_is_done_with_evidence_alone() {
    let web = council(2);
    let (north, south) = (web.north(), web.south());
    let actor = north.operator();
    let (id, programme) = outlined(north);
    // Nothing is adopted without a decision that is adopted and about it.
    let open = id_of(enter(north, &proposal(&body(north), "consensus"), "green", false));
    assert!(why(measure::adopt(&north.app, &actor, &id, &open).unwrap()).contains("is not adopted here"));
    let other = decided(&web, &[]);
    assert!(
        why(measure::adopt(&north.app, &actor, &id, &other).unwrap()).contains("decides about other records")
    );
    let decision = decided(&web, &[&programme]);
    let assign = || measure::assign(&north.app, &actor, &id, SOUTH, "2030-01-31".parse().ok()).unwrap();
    assert!(matches!(assign(), Entry::Refused(_)), "what is outlined is not assigned");
    id_of(measure::adopt(&north.app, &actor, &id, &decision).unwrap());
    id_of(measure::move_programme(&north.app, &actor, &programme, Some(&decision)).unwrap());
    id_of(assign());
    let done = |evidence: &str| measure::done(&north.app, &actor, &id, &[evidence.to_owned()], None).unwrap();
    assert!(why(measure::done(&north.app, &actor, &id, &[], None).unwrap()).contains("with evidence alone"));
    let unknown = "comity-document--00000000-0000-4000-8000-00000000f009";
    assert!(why(done(unknown)).contains("is not in use here"));
    settle(&web);
    let view = measure::show(&south.app, &south.operator(), &id).unwrap();
    assert_eq!((view.status, &view.stated, view.owner.as_deref()), ("in-force", &None, Some(SOUTH)));
    let number = show(north, &decision).line.number;
    assert_eq!(view.decision, number);
    id_of(done(&decision));
    let of = measure::show_programme(&north.app, &actor, &programme).unwrap();
    assert_eq!((of.status, of.measures.len(), of.measures[0].status), ("adopted", 1, "done"));
    let dropped = measure::drop(&north.app, &actor, &id, "EXERCISE").unwrap();
    let why = why(dropped);
    assert!(why.contains("stays so"), "{why}");
}

#[test]
fn a_measure_whose_decision_is_not_here_is_shown_as_stated_and_not_followed() {
    let web = council(2);
    let (north, south) = (web.north(), web.south());
    let (id, _) = outlined(north);
    let mut form = proposal(&body(north), "consensus");
    form["decides_refs"] = json!([id]);
    let decision = id_of(enter(north, &form, "green", false));
    settle(&web);
    for node in [north, south] {
        id_of(say(node, &decision, Stance::Approve));
    }
    settle(&web);
    close(north, &decision).unwrap();
    id_of(measure::adopt(&north.app, &north.operator(), &id, &decision).unwrap());
    // South gets the measure, and not yet that the decision was adopted.
    let adopted = explain::show(&north.app, &id).unwrap().into_iter().find_map(|view| view.content).unwrap();
    assert!(adopted.contains("\"adopted\""), "{adopted}");
    let key = south.key(NORTH, "reports", READ_WRITE);
    let body = format!(r#"{{"objects":[{adopted}]}}"#);
    let posted = intake::post(&south.app, &south.client(&key), "reports", body.as_bytes()).unwrap();
    assert_eq!(posted.successes.len(), 1, "{posted:?}");
    let view = measure::show(&south.app, &south.operator(), &id).unwrap();
    assert_eq!(view.status, "outlined");
    let told = view.stated.unwrap();
    assert!(told.contains("adopted is stated by Exercise north, not followed here"), "{told}");
    settle(&web);
    let view = measure::show(&south.app, &south.operator(), &id).unwrap();
    assert_eq!((view.status, view.stated), ("adopted", None), "now it is here");
}

#[test]
fn today_names_open_silence_decisions_to_close_and_measures_by_role_and_nothing_else() {
    let web = council(2);
    let (north, south) = (web.north(), web.south());
    let kinds = |node: &Node, name: &str, roles: &[Role]| -> Vec<(&'static str, String)> {
        let groups = today::of(&node.app, &node.user(name, roles)).unwrap().groups;
        let ours =
            groups.into_iter().filter(|group| matches!(group.kind, "silences" | "decisions" | "measures"));
        ours.map(|group| (group.kind, group.items[0].why.clone())).collect()
    };
    let (id, _) = outlined(north);
    let adopted = decided(&web, &[&id]);
    id_of(measure::adopt(&north.app, &north.operator(), &id, &adopted).unwrap());
    let soon = web.community.clock.now().plus_seconds(10 * DAY).to_string();
    let due = soon[..10].parse().ok();
    id_of(measure::assign(&north.app, &north.operator(), &id, SOUTH, due).unwrap());
    let open = opened(&web);
    let silent = ("silences", "no-statement".to_owned());
    assert_eq!(
        kinds(south, "officer", &[Role::ReleaseOfficer]),
        [silent.clone(), ("measures", "measure-due".to_owned())]
    );
    assert_eq!(kinds(south, "analyst", &[Role::Analyst]).len(), 1);
    assert!(kinds(south, "auditor", &[Role::Auditor, Role::Administrator]).is_empty());
    assert!(kinds(north, "secretary", &[Role::Secretariat]).is_empty(), "it cannot be closed yet");
    id_of(say(south, &open, Stance::Object));
    settle(&web);
    assert_eq!(kinds(south, "officer2", &[Role::ReleaseOfficer]).len(), 1, "the own member has spoken");
    assert_eq!(kinds(north, "secretary2", &[Role::Secretariat]), [("decisions", "objection".to_owned())]);
    assert_eq!(close(north, &open).unwrap().outcome, "stopped");
    assert!(kinds(north, "secretary3", &[Role::Secretariat]).is_empty());
    assert!(
        decision::list(&north.app, &north.operator()).unwrap().iter().all(|line| line.status != "silence")
    );
}
