//! What a correction leaves alone: what its writer does not find, and what somebody else corrected meanwhile.

use std::sync::Barrier;

use comity_app::edit::{self, Edit};
use comity_app::import::Input;
use comity_app::model::{ApprovalRule, Category, Stated};
use comity_app::proposal::Outcome;
use comity_app::{Actor, App, AppError, Role, attachment, explain, group, person, publish, sheet};
use comity_testkit::Node;
use serde_json::{Value, json};

use crate::paper::note;
use crate::two::{Two, example, governed, taken};

const UNKNOWN: &str = "identity--00000000-0000-4000-8000-000000000999";

/// Somebody who is in the group `cell`.
fn insider(node: &Node) -> Actor {
    group::add(&node.app, &node.operator(), "cell").unwrap();
    person::add(&node.app, &node.operator(), "mira", &[Role::ReleaseOfficer], &["cell".to_owned()]).unwrap();
    person::actor(&node.app, Some("mira")).unwrap()
}

/// A person of whom only the group `cell` knows.
fn hidden(node: &Node) -> String {
    let stated = Stated { inner: ["cell".to_owned()].into(), ..governed().stated };
    taken(node, &Input { stated, ..governed() }, &example("subject"))
}

fn content(app: &App, id: &str) -> Value {
    let text = sheet::of(app, id).unwrap().view.content.unwrap();
    serde_json::from_str(&text).unwrap()
}

fn anew(record: &str, form: Value) -> Edit {
    Edit { record: record.into(), form: Some(form), reason: "EXERCISE heard".into(), ..Edit::default() }
}

#[test]
fn who_corrects_a_record_neither_learns_of_nor_removes_what_it_names_and_the_writer_does_not_find() {
    let two = Two::new();
    let (node, operator) = (two.north(), two.north().operator());
    let mira = insider(node);
    let secret = hidden(node);
    let mut payment = example("payment");
    payment["payer_ref"] = UNKNOWN.into();
    payment["payee_ref"] = secret.as_str().into();
    let stated = Stated { category: Some(Category::Contact), ..governed().stated };
    let id = taken(node, &Input { stated, ..governed() }, &payment);
    let inside = node.app.seen_by(&mira);
    assert_eq!(content(&inside, &id)["payee_ref"], secret);
    assert_eq!(content(&node.app, &id).get("payee_ref"), None);

    // The form of the sheet, as the page sends it back.
    let mut form = json!(sheet::of(&node.app, &id).unwrap().kind.unwrap());
    let same = edit::look(&node.app, &operator, &anew(&id, form.clone()));
    assert!(matches!(&same, Err(AppError::Conflict(why)) if why.contains("says so already")), "{same:?}");
    form["title"] = "EXERCISE another title".into();
    let change = anew(&id, form);
    let looked = edit::look(&node.app, &operator, &change).unwrap().unwrap();
    let got = edit::got(&node.app, &operator, &change, two.south().member().as_str()).unwrap().unwrap();
    two.community.clock.advance_seconds(60);
    let edited = edit::run(&node.app, &operator, &change).unwrap().unwrap();
    for told in [json!(looked.edited), json!(looked.sights), json!(got), json!(edited)] {
        assert!(!told.to_string().contains(&secret) && !told.to_string().contains("payee_ref"), "{told}");
    }
    let now = content(&inside, &id);
    assert_eq!((&now["payee_ref"], &now["name"]), (&json!(secret), &json!("EXERCISE another title")));
    assert_eq!(content(&node.app, &id).get("payee_ref"), None);
}

#[test]
fn a_list_that_is_written_anew_keeps_what_its_writer_does_not_find() {
    let two = Two::new();
    let (node, operator) = (two.north(), two.north().operator());
    let mira = insider(node);
    let secret = hidden(node);
    let mut object: Value = serde_json::from_str(&note(1, 1, "list", None)).unwrap();
    let other = "identity--00000000-0000-4000-8000-000000000998";
    object["object_refs"] = json!([UNKNOWN, secret, other]);
    let id = taken(node, &governed(), &object);
    let mut form = content(&node.app, &id);
    assert_eq!(form["object_refs"], json!([UNKNOWN, other]));
    let third = "identity--00000000-0000-4000-8000-000000000997";
    form["object_refs"] = json!([other, third]);
    let edited = edit::run(&node.app, &operator, &anew(&id, form)).unwrap().unwrap();
    assert!(!json!(edited).to_string().contains(&secret), "{edited:?}");
    assert_eq!(content(&node.app, &id)["object_refs"], json!([other, third]));
    let all = content(&node.app.seen_by(&mira), &id)["object_refs"].clone();
    assert_eq!(all, json!([other, secret, third]));
}

#[test]
fn of_corrections_of_one_version_that_are_made_at_once_one_is_kept_and_the_others_are_told() {
    let two = Two::new();
    let node = two.north();
    let id = taken(node, &governed(), &example("training-site"));
    let from = sheet::of(&node.app, &id).unwrap().view.version;
    let (actor, start) = (node.operator(), Barrier::new(6));
    let one = |number: u32| {
        let edit = Edit {
            record: format!("{id}@{from}"),
            set: vec![("capacity".into(), number.to_string())],
            reason: "EXERCISE counted".into(),
            ..Edit::default()
        };
        start.wait();
        edit::run(&node.app, &actor, &edit).map(|made| _ = made.unwrap())
    };
    let one = &one;
    let outcomes: Vec<Result<(), AppError>> = std::thread::scope(|scope| {
        let all: Vec<_> = (101..107).map(|number| scope.spawn(move || one(number))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let kept = outcomes.iter().filter(|one| one.is_ok()).count();
    let told =
        |one: &&Result<(), AppError>| matches!(one, Err(AppError::Conflict(why)) if why.contains("newer"));
    assert_eq!((kept, outcomes.iter().filter(told).count()), (1, 5), "{outcomes:?}");
    assert_eq!(explain::show(&node.app, &id).unwrap().len(), 2);
}

#[test]
fn what_waits_for_a_second_person_takes_no_more_files() {
    let mut two = Two::new();
    two.community.amend(|agreement| _ = agreement.two_person.insert(ApprovalRule::PersonalData));
    let (node, operator) = (two.north(), two.north().operator());
    let id = taken(node, &Input { draft: true, ..governed() }, &example("subject"));
    let put =
        |name: &str, bytes: &[u8]| attachment::add_to_draft(&node.app, &operator, &id, (name, None), bytes);
    assert_eq!(put("EXERCISE a.txt", b"EXERCISE a").unwrap().state, "held");
    let Outcome::Pending(asked) = publish::run(&node.app, &operator, &id).unwrap() else { panic!() };
    let refused = put("EXERCISE b.txt", b"EXERCISE b");
    assert!(matches!(&refused, Err(AppError::Conflict(why)) if why.contains(&asked.id)), "{refused:?}");
    let second = node.user("second", &[Role::ReleaseOfficer]);
    comity_app::proposal::approve(&node.app, &second, &asked.id).unwrap();
    assert_eq!(attachment::of(&node.app, &id).unwrap().len(), 1);
}
