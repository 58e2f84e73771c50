//! Vocabularies and criteria: adopted once, never changed, cited by records, and exchanged.

use comity_app::model::stix::Tlp;
use comity_app::vocabulary::{self, AdoptedView};
use comity_app::{AppError, Role};
use comity_testkit::Node;
use serde_json::json;

use crate::paper::at;
use crate::two::{NORTH, SOUTH, Two, example, governed, put};

const MANNER: &str = r#"{
    "name": "exercise-manner", "version": 1,
    "adopted": {"body": "EXERCISE Council", "number": "EX-3", "date": "2026-02-11"},
    "terms": [{"code": "crossing", "labels": [
        {"language": "ru", "text": "УЧЕНИЕ: переход вне поста"},
        {"language": "en", "text": "EXERCISE: crossing outside a post", "translated_by": "EXERCISE Secretariat"}
    ]}]
}"#;
const CRITERIA: &str = r#"{
    "name": "exercise-acts", "version": 1,
    "adopted": {"body": "EXERCISE Council", "number": "EX-7", "date": "2026-03"},
    "criteria": [{"code": "pays", "act": [{"language": "en", "text": "EXERCISE: pays for fuses."}]}]
}"#;

fn adopt(node: &Node, text: &str) -> Result<AdoptedView, AppError> {
    vocabulary::adopt(&node.app, &node.operator(), "exercise", &at(Tlp::Green), text)
}

fn version(number: u32) -> String {
    MANNER.replace(r#""version": 1"#, &format!(r#""version": {number}"#))
}

#[test]
fn an_adopted_version_never_changes_and_versions_rise() {
    let two = Two::new();
    let node = two.north();
    let first = adopt(node, MANNER).unwrap();
    let refused = |text: &str, why: &str| {
        let error = adopt(node, text).unwrap_err();
        assert!(matches!(error, AppError::Conflict(_)) && error.to_string().contains(why), "{error}");
    };
    refused(MANNER, "adopted already");
    refused(&MANNER.replace("outside a post", "elsewhere"), "never changes");
    refused(&version(2).replace(r#""version": 2"#, r#""version": 3, "replaces": 2"#), "is not known here");
    let next = version(2).replace(r#""version": 2"#, r#""version": 2, "replaces": 1"#);
    let second = adopt(node, &next.replace("outside a post", "away from a post")).unwrap();
    assert_eq!(second.id, first.id, "a new version of the same record");
    refused(MANNER, "versions rise");
    // The older version is still what it was.
    let kept = vocabulary::show(&node.app, "exercise-manner", Some(1)).unwrap().remove(0);
    assert_eq!(kept.terms, first.terms);
    assert_eq!(vocabulary::show(&node.app, "exercise-manner", None).unwrap()[0].version, 2);
    assert_eq!(vocabulary::list(&node.app).unwrap().len(), 2);
}

#[test]
fn what_is_adopted_travels_and_nobody_can_put_another_text_in_its_place() {
    let two = Two::new();
    adopt(two.south(), MANNER).unwrap();
    assert_eq!(two.northward().received, 1);
    let shown = vocabulary::show(&two.north().app, "exercise-manner", None).unwrap().remove(0);
    assert_eq!((shown.origin.as_str(), shown.adopted.number.as_str()), (SOUTH, "EX-3"));
    // The same by another door: South's record with another text under a new id.
    let text = comity_app::explain::show(&two.south().app, &shown.id).unwrap().remove(0).content.unwrap();
    let mut forged: serde_json::Value =
        serde_json::from_str(&text.replace("outside a post", "elsewhere")).unwrap();
    forged["id"] = "comity-vocabulary--00000000-0000-4000-8000-00000000cafe".into();
    let summary = put(two.south(), &governed(), &forged);
    assert!(summary.rejected[0].reason.contains("never changes"), "{summary:?}");
    // Nor do two texts for one version come in together.
    let mut first: serde_json::Value = serde_json::from_str(&text.replace("-manner", "-other")).unwrap();
    forged["name"] = "exercise-other".into();
    first["id"] = "comity-vocabulary--00000000-0000-4000-8000-00000000beef".into();
    let both = json!({"type": "bundle", "id": "bundle--00000000-0000-4000-8000-00000000beef", "objects": [first, forged]});
    let summary = put(two.south(), &governed(), &both);
    assert_eq!((summary.accepted, summary.rejected.len()), (1, 1), "{summary:?}");
}

#[test]
fn a_record_that_cites_an_unknown_term_is_refused_and_one_of_an_unknown_vocabulary_warned() {
    let two = Two::new();
    let node = two.north();
    let event = example("border-event");
    let cited = |term: &str, number: u32| {
        let mut event = event.clone();
        event["id"] = format!("incident--00000000-0000-4000-8000-00000000c{number:03}").into();
        let entry = event["extensions"].as_object_mut().unwrap().values_mut().next().unwrap();
        entry["manner"] = json!({"vocabulary": "exercise-manner", "version": 1, "term": term});
        event
    };
    let before = put(node, &governed(), &cited("crossing", 1));
    assert_eq!((before.accepted, before.warnings), (1, 1), "{before:?}");
    adopt(node, MANNER).unwrap();
    let known = put(node, &governed(), &cited("crossing", 2));
    assert_eq!((known.accepted, known.warnings), (1, 0), "{known:?}");
    let refused = put(node, &governed(), &cited("flying", 3));
    assert!(refused.rejected[0].reason.contains("has no term `flying`"), "{refused:?}");

    let record = "incident--00000000-0000-4000-8000-00000000c002";
    let label = |language| vocabulary::of(&node.app, record, language).unwrap().remove(0).label.unwrap();
    assert_eq!(label(None).text, "УЧЕНИЕ: переход вне поста", "as it was adopted");
    assert_eq!(label(Some("en")).translated_by.as_deref(), Some("EXERCISE Secretariat"));
}

#[test]
fn c2_criteria_that_name_a_trait_are_refused_by_adoption_and_at_the_door() {
    let two = Two::new();
    let node = two.north();
    let with_trait = CRITERIA.replace("pays for fuses", "attends the mosque");
    let refused = adopt(node, &with_trait).unwrap_err();
    assert!(refused.to_string().contains("(C2)"), "{refused}");
    assert!(vocabulary::list(&node.app).unwrap().is_empty());
    let fine = adopt(two.south(), CRITERIA).unwrap();
    let text = comity_app::explain::show(&two.south().app, &fine.id).unwrap().remove(0).content.unwrap();
    let forged = serde_json::from_str(&text.replace("pays for fuses", "attends the mosque")).unwrap();
    let summary = put(node, &governed(), &forged);
    assert!(summary.rejected[0].reason.contains("(C2)"), "{summary:?}");
    assert_eq!(put(node, &governed(), &serde_json::from_str(&text).unwrap()).accepted, 1);
}

#[test]
fn adoption_takes_the_secretariat_and_cites_its_decision() {
    let two = Two::new();
    let node = two.north();
    let officer = node.user("officer", &[Role::ReleaseOfficer]);
    let denied = vocabulary::adopt(&node.app, &officer, "exercise", &at(Tlp::Green), MANNER);
    assert!(matches!(denied, Err(AppError::Denied(_))), "{denied:?}");
    let secretary = node.user("sara", &[Role::Secretariat]);
    let without = MANNER.replace("EX-3", "");
    let refused = vocabulary::adopt(&node.app, &secretary, "exercise", &at(Tlp::Green), &without);
    assert!(refused.unwrap_err().to_string().contains("cite the decision"));
    assert!(vocabulary::adopt(&node.app, &secretary, "exercise", &at(Tlp::Green), MANNER).is_ok());
}

#[test]
fn what_another_member_adopts_under_a_name_neither_blocks_nor_hides_ones_own() {
    let two = Two::new();
    adopt(two.north(), MANNER).unwrap();
    // South adopts the last version there can be, and another text for the first.
    adopt(two.south(), &MANNER.replace("outside a post", "elsewhere")).unwrap();
    adopt(two.south(), &version(u32::MAX)).unwrap();
    assert_eq!(two.northward().received, 2);
    let second = adopt(two.north(), &version(2)).unwrap();
    let shown = vocabulary::show(&two.north().app, "exercise-manner", None).unwrap();
    assert_eq!((shown.len(), &shown[0]), (1, &second), "one's own, not the highest number");
    let first = vocabulary::show(&two.north().app, "exercise-manner", Some(1)).unwrap();
    assert_eq!(first.iter().map(|one| one.origin.as_str()).collect::<Vec<_>>(), [NORTH, SOUTH]);
    let theirs = vocabulary::show(&two.north().app, "exercise-manner", Some(u32::MAX)).unwrap();
    assert_eq!(theirs[0].origin, SOUTH);
}

#[test]
fn a_flood_of_versions_of_one_name_is_cut_off_and_the_reason_said() {
    let two = Two::new();
    let first = adopt(two.north(), MANNER).unwrap();
    let text = comity_app::explain::show(&two.north().app, &first.id).unwrap().remove(0).content.unwrap();
    let many = |from: u32, count: u32| {
        let one = |number: u32| {
            let mut next: serde_json::Value = serde_json::from_str(&text).unwrap();
            next["id"] = format!("comity-vocabulary--00000000-0000-4000-8000-{number:012}").into();
            next["version"] = number.into();
            next
        };
        let objects: Vec<_> = (from..from + count).map(one).collect();
        json!({"type": "bundle", "id": "bundle--00000000-0000-4000-8000-00000000f10d", "objects": objects})
    };
    let told = |summary: &comity_app::import::Summary, why: &str| {
        assert!(summary.rejected.iter().all(|one| one.reason.contains(why)), "{summary:?}");
        (summary.accepted, summary.rejected.len())
    };
    let half = put(two.north(), &governed(), &many(2, 50));
    assert_eq!(told(&half, ""), (50, 0));
    let rest = put(two.north(), &governed(), &many(52, 120));
    assert_eq!(told(&rest, "no more of one name"), (49, 71));
}
