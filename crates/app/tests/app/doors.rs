//! What may not go round a rule by another door: a correction, a post, the same bytes once more.

use comity_app::compose::statement::StatementText;
use comity_app::compose::{self, Author, Draft, Entry};
use comity_app::edit::{self, Edit};
use comity_app::handling::{self, Change};
use comity_app::import::{self, Input};
use comity_app::model::{ApprovalRule, Category, Grading, Micros, SignedEnvelope, Stated};
use comity_app::serve::{self, Query, Versions};
use comity_app::stix::Tlp;
use comity_app::{AppError, Role, explain, grade, intake, proposal, quality, review, sheet, withdraw};
use comity_testkit::{Community, Node, Place, READ, READ_WRITE, Seat};
use serde_json::{Value, json};

use crate::paper::{at, id, note};

const HOST: &str = "Exercise host";
const OTHER: &str = "Exercise other";
const DAY: i64 = 86_400;

fn community() -> Community {
    let community = Community::new(1, vec![Seat::member(HOST).node(Place::memory()), Seat::member(OTHER)]);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

fn enter(node: &Node, form: Value, statement: StatementText) -> String {
    let draft = Draft { collection: "exercise".into(), form, statement, ..Draft::default() };
    match compose::enter(&node.app, Author::Person(&node.operator()), &draft).unwrap() {
        Entry::Written(written) => written.id,
        Entry::Refused(faults) => panic!("{faults:?}"),
    }
}

fn suspect(node: &Node) -> String {
    let form = json!({"kind": "subject", "category": "suspect", "basis": {"whole": {"statement": "fact"}},
        "names": [{"value": "EXERCISE Orlan Tevi", "script": "Latn", "name_kind": "primary"}]});
    let statement = StatementText {
        tlp: Some("amber".into()),
        purpose: Some("border".into()),
        legal_basis: Some("treaty".into()),
        ..StatementText::default()
    };
    enter(node, form, statement)
}

fn change(record: &str) -> Edit {
    Edit { record: record.into(), reason: "EXERCISE a reason".into(), ..Edit::default() }
}

fn level(record: &str, tlp: &str) -> Edit {
    let statement = StatementText { tlp: Some(tlp.into()), ..StatementText::default() };
    Edit { statement, ..change(record) }
}

#[test]
fn a_correction_that_widens_what_takes_two_persons_waits_for_the_second() {
    let mut community = community();
    community.amend(|agreement| {
        agreement.two_person.insert(ApprovalRule::Red);
    });
    let node = community.node();
    let second = node.user("second", &[Role::ReleaseOfficer]);
    let input = Input { collection: "exercise", name: "x", stated: at(Tlp::Red), ..Input::default() };
    let bytes = note(1, 0, "narrow", Some(Tlp::Red));
    import::run(&node.app, &node.operator(), &input, bytes.as_bytes(), &mut |_| {}).unwrap();
    let waits = proposal::list(&node.app).unwrap().remove(0);
    proposal::approve(&node.app, &second, &waits.id).unwrap();
    let reader = node.reader(OTHER, "exercise");
    let edited = edit::run(&node.app, &node.operator(), &level(&id(1), "green")).unwrap().unwrap();
    assert!(matches!(&edited.entries[0], Entry::Written(next) if next.state == "waiting"), "{edited:?}");
    assert!(node.sees(&reader, "exercise").is_empty());
    let waits = proposal::list(&node.app).unwrap().remove(0);
    proposal::approve(&node.app, &second, &waits.id).unwrap();
    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
}

#[test]
fn a_post_of_ones_own_program_does_not_replace_the_second_person() {
    let mut community = community();
    community.amend(|agreement| {
        agreement.two_person.insert(ApprovalRule::Red);
    });
    let node = community.node();
    let both = format!(
        r#"{{"objects":[{},{}]}}"#,
        note(1, 0, "red", Some(Tlp::Red)),
        note(2, 0, "green", Some(Tlp::Green))
    );
    let post = |member: &str| {
        let client = node.client(&node.key(member, "exercise", READ_WRITE));
        intake::post(&node.app, &client, "exercise", both.as_bytes()).unwrap()
    };
    let own = post(HOST);
    assert_eq!((own.successes.len(), own.failures.len()), (1, 1));
    assert!(own.failures[0].message.as_deref().unwrap().contains("second person"), "{own:?}");
    assert_eq!(post(OTHER).failures.len(), 0, "how others release is theirs to decide");
}

#[test]
fn b5_a_correction_keeps_no_record_longer_than_its_review_date() {
    let community = community();
    let node = community.node();
    let record = suspect(node);
    let due = || review::list(&node.app, &node.operator(), Some(5_000)).unwrap().pop().unwrap().due_at;
    let first = due();
    community.clock.set(node.app.now().plus_seconds(100 * DAY));
    let again =
        Edit { set: vec![("names.[0].value".into(), "EXERCISE Orlan Tewi".into())], ..change(&record) };
    let later: Micros = first.parse::<Micros>().unwrap().plus_seconds(DAY);
    let statement = StatementText { review_at: Some(later.to_string()), ..StatementText::default() };
    let refused = edit::run(&node.app, &node.operator(), &Edit { statement, ..again.clone() });
    assert!(
        matches!(&refused, Err(AppError::Invalid(why)) if why[0].reason.contains("review extend")),
        "{refused:?}"
    );
    review::done(&node.app, &node.operator(), &record, "EXERCISE the case is closed").unwrap();
    let capped = review::list(&node.app, &node.operator(), Some(5_000)).unwrap().remove(0).due_at;
    assert!(capped < first, "{capped} {first}");
    edit::run(&node.app, &node.operator(), &again).unwrap().unwrap();
    let all = review::list(&node.app, &node.operator(), Some(5_000)).unwrap();
    assert!(all.len() == 2 && all.iter().all(|one| one.due_at <= capped), "{all:?}");
}

#[test]
fn b2_what_somebody_is_taken_for_no_more_is_not_served_any_longer() {
    let community = community();
    let node = community.node();
    let record = suspect(node);
    let reader = node.client(&node.key_for(OTHER, "exercise", READ, Some("border"), Some("treaty")));
    let versions = || {
        let query = Query { versions: Versions::All, ..Query::default() };
        serve::page(&node.app, &reader, "exercise", &query).unwrap().objects.len()
    };
    assert_eq!(versions(), 1);
    let witness = Edit { category: Some(Category::Witness), ..change(&record) };
    edit::run(&node.app, &node.operator(), &witness).unwrap().unwrap();
    assert_eq!(versions(), 0, "of a witness it gets nothing unless it is named, and the suspect is gone");
    let named = Change { to: (vec![OTHER.into()], vec![]), ..Change::default() };
    handling::change(&node.app, &node.operator(), &record, &named).unwrap();
    assert_eq!(versions(), 1);
    let shown = explain::show(&node.app, &record).unwrap();
    let states: Vec<&str> = shown.iter().map(|one| one.state.as_str()).collect();
    assert_eq!(states, ["live", "withdrawn"]);
    assert_eq!(sheet::of(&node.app, &record).unwrap().statement.category, Some("witness"));
}

#[test]
fn the_same_bytes_once_more_narrow_the_handling_and_leave_the_rest_as_it_was_stated() {
    let community = community();
    let node = community.node();
    let bytes = note(1, 0, "graded", Some(Tlp::Amber));
    let review_at = Some(node.app.now().plus_seconds(30 * DAY));
    let grading =
        Some(Grading { scale: "6x6".into(), source: "B".into(), information: "2".into() }.checked().unwrap());
    let first = Input {
        collection: "exercise",
        name: "x",
        stated: at(Tlp::Amber),
        purpose: Some("border".into()),
        legal_basis: Some("treaty".into()),
        review_at,
        grading: grading.clone(),
        ..Input::default()
    };
    let import = |input: &Input<'_>| {
        import::run(&node.app, &node.operator(), input, bytes.as_bytes(), &mut |_| {}).unwrap()
    };
    assert_eq!(import(&first).accepted, 1);
    let exclude = [community.id(OTHER)].into();
    let later = review_at.map(|at| at.plus_seconds(30 * DAY));
    let again = Input {
        collection: "exercise",
        name: "x",
        stated: Stated { exclude, ..at(Tlp::Amber) },
        review_at: later,
        ..Input::default()
    };
    assert_eq!(import(&again).changed, 1);
    let reader = node.reader(HOST, "exercise");
    let sent = node.stream(&reader, "exercise", &Query::default(), 10);
    let entry: Value = serde_json::from_str(&sent[0].get().envelope_json()).unwrap();
    let envelope = SignedEnvelope::from_json(&entry["signed"].to_string()).unwrap().envelope;
    assert_eq!((envelope.grading, envelope.review_at), (grading, review_at));
    assert_eq!(
        (envelope.purpose.as_deref(), envelope.legal_basis.as_deref()),
        (Some("border"), Some("treaty"))
    );
    let due = review::list(&node.app, &node.operator(), Some(5_000)).unwrap().remove(0).due_at;
    assert_eq!(Some(due), review_at.map(|at| at.to_string()));
}

#[test]
fn a1_a_relation_to_somebody_who_is_known_here_is_personal_data_whatever_it_says() {
    let community = community();
    let node = community.node();
    let person = suspect(node);
    let account = "identity--00000000-0000-4000-8000-00000000c001";
    let kinds: Value = serde_json::from_str(include_str!("../../../../schema/kinds/examples.json")).unwrap();
    let of = |one: &&Value| one["type"] == "relationship" && one["extensions"].is_object();
    let mut relation = kinds["objects"].as_array().unwrap().iter().find(of).unwrap().clone();
    relation["relationship_type"] = "member-of".into();
    relation["source_ref"] = person.clone().into();
    relation["target_ref"] = account.into();
    for entry in relation["extensions"].as_object_mut().unwrap().values_mut() {
        entry["concerns_person"] = false.into();
    }
    let summary = node.import("exercise", &at(Tlp::Amber), &relation.to_string()).unwrap();
    assert_eq!(summary.accepted, 0);
    assert!(summary.rejected[0].reason.contains("concerns_person"), "{:?}", summary.rejected);
}

#[test]
fn what_waits_in_triage_and_what_others_claim_do_not_stand_for_ones_own_record() {
    let community = community();
    let node = community.node();
    let person = suspect(node);
    let own = explain::show(&node.app, &person).unwrap().remove(0);
    let mut claim: Value = serde_json::from_str(own.content.as_deref().unwrap()).unwrap();
    claim["modified"] = "2030-01-01T00:00:00.000Z".into();
    let client = node.client(&node.key(OTHER, "exercise", READ_WRITE));
    let body = json!({ "objects": [claim] }).to_string();
    let posted = intake::post(&node.app, &client, "exercise", body.as_bytes()).unwrap();
    assert_eq!(posted.successes.len(), 1, "{posted:?}");
    assert_eq!(sheet::of(&node.app, &person).unwrap().view.version, own.version);
    assert_eq!(grade::of(&node.app, &person).unwrap().version, own.version);
    withdraw::run(&node.app, &node.operator(), &person, "EXERCISE").unwrap();
    assert_eq!(quality::of(&node.app, &person).unwrap().version, own.version);
    let fresh = "identity--00000000-0000-4000-8000-00000000c002";
    claim["id"] = fresh.into();
    let body = json!({ "objects": [claim] }).to_string();
    assert_eq!(intake::post(&node.app, &client, "exercise", body.as_bytes()).unwrap().successes.len(), 1);
    for refused in [grade::of(&node.app, fresh).err(), quality::of(&node.app, fresh).err()] {
        assert!(matches!(&refused, Some(AppError::Conflict(why)) if why.contains("triage")), "{refused:?}");
    }
}
