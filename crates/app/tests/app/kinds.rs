//! The kinds of records at the door: what is taken, with what is completed, and what is refused with its reason.

use comity_app::explain;
use comity_app::import::{self, Input, Summary};
use comity_app::model::{Grading, Micros, SignedEnvelope, Stated};
use comity_app::stix::Tlp;
use comity_testkit::{Community, Node, Place, Seat};
use serde_json::{Value, json};

use crate::paper::at;

const KINDS: &str = include_str!("../../../../schema/kinds/examples.json");
const EXTENSION: &str = "extension-definition--ad455bc2-9ac8-4138-bed3-f1f169eea8ca";
/// Before the dates of the examples, so that nobody in them comes of age.
const NOW_US: i64 = 1_795_000_000_000_000;

fn community() -> Community {
    let mut community = Community::new(1, vec![Seat::member("Exercise host").node(Place::memory())]);
    community.amend(|agreement| {
        agreement.purposes.insert("border".into(), "EXERCISE purpose".into());
        agreement.legal_bases.insert("treaty".into(), "EXERCISE treaty".into());
    });
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community.node().clock().set(Micros(NOW_US));
    community
}

fn example(word: &str) -> Value {
    let bundle: Value = serde_json::from_str(KINDS).unwrap();
    let found = bundle["objects"].as_array().unwrap().iter().find(|object| {
        object["kind"] == word
            || object["extensions"][EXTENSION]["kind"] == word
            || object["type"] == format!("comity-{word}")
    });
    found.unwrap_or_else(|| panic!("no example of {word}")).clone()
}

/// The published example as somebody enters it: what only a procedure or a count brings about comes later.
fn begun(word: &str) -> Value {
    let (status, later): (Option<&str>, &[&str]) = match word {
        "decision" => (
            Some("proposed"),
            &[
                "number",
                "opened",
                "deadline",
                "closed",
                "entitled_refs",
                "not_heard_refs",
                "not_heard_reason",
            ],
        ),
        "measure" => (Some("outlined"), &["decision_ref", "owner", "due", "evidence_refs", "done_on"]),
        "programme" => (Some("draft"), &["decision_ref"]),
        "figure" => (
            None,
            &["asked", "counted", "record_refs", "counted_root", "stale", "changes", "part_refs", "upper"],
        ),
        _ => (None, &[]),
    };
    let mut object = example(word);
    let properties = object.as_object_mut().unwrap();
    properties.retain(|name, _| !later.contains(&name.as_str()));
    if let Some(status) = status {
        properties.insert("status".into(), status.into());
    }
    object
}

fn stated() -> Stated {
    Stated { purposes: ["border".to_owned()].into(), ..at(Tlp::Amber) }
}

fn governed<'a>() -> Input<'a> {
    Input {
        collection: "exercise",
        name: "x",
        stated: stated(),
        purpose: Some("border".into()),
        legal_basis: Some("treaty".into()),
        ..Input::default()
    }
}

fn put(node: &Node, input: &Input<'_>, object: &Value) -> Summary {
    import::run(&node.app, &node.operator(), input, object.to_string().as_bytes(), &mut |_| {}).unwrap()
}

fn refusal(node: &Node, input: &Input<'_>, object: &Value) -> String {
    let summary = put(node, input, object);
    assert_eq!((summary.accepted, summary.held), (0, 0), "{summary:?}");
    assert!(explain::records(&node.app, None).unwrap().is_empty(), "nothing is stored");
    summary.rejected[0].reason.clone()
}

#[test]
fn every_kind_of_record_is_taken_with_purpose_basis_and_category() {
    let community = community();
    let node = community.node();
    for word in comity_app::model::kind::Kind::words() {
        let mut input = governed();
        if matches!(word, "account" | "payment" | "relation") {
            input.stated.category = Some(comity_app::model::Category::Contact);
        }
        let summary = put(node, &input, &begun(word));
        assert_eq!(summary.accepted, 1, "{word}: {:?}", summary.rejected);
    }
}

#[test]
fn a1_a_person_without_purpose_or_legal_basis_is_refused_and_nothing_is_stored() {
    let community = community();
    let node = community.node();
    let subject = example("subject");
    let without = |input: Input<'_>| refusal(node, &input, &subject);
    assert!(without(Input { purpose: None, ..governed() }).contains("purpose"));
    assert!(without(Input { legal_basis: None, ..governed() }).contains("legal basis"));
    assert!(
        without(Input { purpose: Some("curiosity".into()), ..governed() }).contains("no purpose `curiosity`")
    );
    assert_eq!(put(node, &governed(), &subject).accepted, 1);
}

#[test]
fn a_person_is_personal_data_whether_or_not_anybody_says_so() {
    let community = community();
    let node = community.node();
    assert_eq!(put(node, &governed(), &example("subject")).accepted, 1);
    let view = &explain::records(&node.app, None).unwrap()[0];
    let handling: Value = serde_json::from_str(&view.handling).unwrap();
    assert_eq!((&handling["personal"], &handling["category"]), (&json!(true), &json!("suspect")));
}

#[test]
fn e1_a_review_date_beyond_three_years_is_refused_unless_a_decision_lasts_longer() {
    let community = community();
    let node = community.node();
    let years = |years: i64| Micros(NOW_US).plus_seconds(years * 365 * 86_400);
    let late = Input { review_at: Some(years(4)), ..governed() };
    assert!(refusal(node, &late, &example("subject")).contains("(E1)"));
    let late = Input { decision_until: Some(years(4)), ..late };
    assert_eq!(put(node, &late, &example("subject")).accepted, 1);
}

#[test]
fn a_training_site_without_a_person_passes_without_purpose_basis_and_category() {
    let community = community();
    let plain = Input { purpose: None, legal_basis: None, stated: at(Tlp::Green), ..governed() };
    let summary = put(community.node(), &plain, &example("training-site"));
    assert_eq!(summary.accepted, 1, "{:?}", summary.rejected);
}

#[test]
fn b1_a_contact_without_a_link_and_a_plan_without_grounds_are_refused_each_with_its_row() {
    let community = community();
    let node = community.node();
    let mut contact = example("subject");
    contact["extensions"][EXTENSION]["category"] = json!("contact");
    let entry = contact["extensions"][EXTENSION].as_object_mut().unwrap();
    for left in ["link", "offences", "grounds"] {
        entry.remove(left);
    }
    assert!(refusal(node, &governed(), &contact).contains("(B1)"));
    contact["extensions"][EXTENSION]["category"] = json!("supporter");
    assert!(refusal(node, &governed(), &contact).contains("supporter"));
    let mut plan = example("plan");
    plan["extensions"][EXTENSION].as_object_mut().unwrap().remove("grounds");
    assert!(refusal(node, &governed(), &plan).contains("grounds"));
}

#[test]
fn b5_the_grade_of_the_originator_stands_in_the_signed_envelope_and_nothing_means_x4() {
    let community = community();
    let node = community.node();
    let graded = Grading { scale: "6x6".into(), source: "B".into(), information: "2".into() };
    put(node, &Input { grading: Some(graded.clone()), ..governed() }, &example("group"));
    put(node, &governed(), &example("plan"));
    let reader = node.reader("Exercise host", "exercise");
    let found: Vec<Grading> = node
        .stream(&reader, "exercise", &comity_app::serve::Query::default(), 10)
        .iter()
        .map(|one| {
            let entry: Value = serde_json::from_str(&one.get().envelope_json()).unwrap();
            Grading::of(&SignedEnvelope::from_json(&entry["signed"].to_string()).unwrap().envelope)
        })
        .collect();
    assert_eq!(found, [graded, Grading::ungraded()]);
}
