//! Records entered, linked, corrected and listed by the people of a node.

use comity_app::compose::statement::StatementText;
use comity_app::compose::{self, Author, Draft, Entry, Written};
use comity_app::edit::{self, Edit};
use comity_app::explain;
use comity_app::link::{self, Link};
use comity_app::listing::{self, Filter};
use comity_app::model::Category;
use comity_app::model::kind::Fault;
use comity_app::{AppError, Role, ledger, sheet};
use comity_testkit::{Community, Node, Place, READ_WRITE, Seat};
use serde_json::{Value, json};

const OTHER: &str = "identity--00000000-0000-4000-8000-000000000777";

fn community() -> Community {
    let community = Community::new(
        4,
        vec![Seat::member("Exercise host").node(Place::memory()), Seat::member("Exercise guest")],
    );
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

fn person(category: &str) -> Value {
    json!({"kind": "subject", "category": category, "basis": {"whole": {"statement": "fact"}},
        "names": [{"value": "EXERCISE Orlan Tevi", "script": "Latn", "name_kind": "primary"}]})
}

fn contact() -> Value {
    let mut contact = person("contact");
    contact["link"] =
        json!({"link_kind": "supports", "with_ref": OTHER, "grounds": "EXERCISE paid the rent"});
    contact
}

fn site() -> Value {
    json!({"kind": "training-site", "title": "EXERCISE camp", "place": {"country": "XA"},
        "basis": {"whole": {"statement": "fact"}}})
}

fn governed() -> StatementText {
    StatementText {
        tlp: Some("amber".into()),
        purpose: Some("border".into()),
        legal_basis: Some("treaty".into()),
        ..StatementText::default()
    }
}

fn draft(form: Value, statement: StatementText) -> Draft {
    Draft { collection: "exercise".into(), form, statement, ..Draft::default() }
}

fn enter(node: &Node, draft: &Draft) -> Entry {
    compose::enter(&node.app, Author::Person(&node.operator()), draft).unwrap()
}

fn written(node: &Node, draft: &Draft) -> Written {
    match enter(node, draft) {
        Entry::Written(written) => written,
        Entry::Refused(faults) => panic!("{faults:?}"),
    }
}

fn refusal(node: &Node, draft: &Draft) -> Vec<Fault> {
    match enter(node, draft) {
        Entry::Refused(faults) => faults,
        Entry::Written(written) => panic!("{written:?}"),
    }
}

fn named<'f>(faults: &'f [Fault], code: &str) -> &'f Fault {
    faults.iter().find(|fault| fault.code == code).unwrap_or_else(|| panic!("no {code} in {faults:?}"))
}

fn changed(edit: Edit) -> Edit {
    Edit { reason: "EXERCISE a reason".into(), ..edit }
}

fn set(record: &str, path: &str, text: &str) -> Edit {
    changed(Edit { record: record.into(), set: vec![(path.into(), text.into())], ..Edit::default() })
}

#[test]
fn b1_a_supporter_without_a_link_a_forecast_without_grounds_and_no_category_are_each_refused_with_the_row() {
    let community = community();
    let node = community.node();
    let faults = refusal(node, &draft(person("contact"), governed()));
    assert_eq!(named(&faults, "contact-without-link").rule, "B1");
    let faults = refusal(node, &draft(person("supporter"), governed()));
    assert_eq!(named(&faults, "supporter-is-no-category").rule, "B1");
    let faults = refusal(node, &draft(person("future-offence"), governed()));
    assert_eq!(named(&faults, "forecast-without-grounds").rule, "B1");
    let plan = json!({"kind": "plan", "title": "EXERCISE run",
        "basis": {"whole": {"statement": "assessment", "likelihood": "likely"}}});
    let faults = refusal(node, &draft(plan, governed()));
    assert_eq!(named(&faults, "forecast-without-grounds").path, "grounds");
    let account = json!({"kind": "account", "title": "EXERCISE account", "form": "bank", "number": "EX00",
        "basis": {"whole": {"statement": "fact"}}});
    let faults = refusal(node, &draft(account, governed()));
    assert_eq!(named(&faults, "category-missing").rule, "B1");
    assert!(explain::records(&node.app, None).unwrap().is_empty());
}

#[test]
fn b1_a_contact_with_a_link_passes_and_is_called_a_contact_and_nothing_else() {
    let community = community();
    let node = community.node();
    let id = written(node, &draft(contact(), governed())).id;
    let shown = sheet::of(&node.app, &id).unwrap();
    assert_eq!(shown.statement.category, Some("contact or associate"));
    let listed = listing::run(&node.app, &Filter::default()).unwrap();
    assert_eq!(
        (listed.lines[0].word.as_str(), listed.lines[0].category),
        ("subject", Some("contact or associate"))
    );
    let sights = explain::who_sees(&node.app, &id).unwrap();
    let all = [json!(shown), json!(listed.lines), json!(sights)].map(|one| one.to_string());
    assert!(all.iter().all(|one| !one.contains("suspect")), "{all:?}");
    for category in [Category::Suspect, Category::Convicted, Category::FutureOffence, Category::Victim] {
        assert_ne!(sheet::in_words(category), sheet::in_words(Category::Contact));
    }
}

#[test]
fn a1_a_person_without_purpose_is_refused_with_every_fault_at_once_and_nothing_is_stored() {
    let community = community();
    let node = community.node();
    let faults = refusal(node, &draft(person("suspect"), StatementText::default()));
    let rows: Vec<(&str, &str)> = faults.iter().map(|fault| (fault.rule, fault.code)).collect();
    assert_eq!(rows, [("A1", "purpose-missing"), ("A1", "legal-basis-missing")]);
    let curious = StatementText { purpose: Some("curiosity".into()), ..governed() };
    let error =
        compose::enter(&node.app, Author::Person(&node.operator()), &draft(person("suspect"), curious));
    assert!(error.unwrap_err().to_string().contains("curiosity"));
    assert!(explain::records(&node.app, None).unwrap().is_empty());
}

#[test]
fn a_camp_record_without_a_person_passes_without_purpose_and_basis() {
    let community = community();
    let written = written(community.node(), &draft(site(), StatementText::default()));
    assert_eq!((written.state, written.kind.as_str()), ("published", "training-site"));
}

#[test]
fn a_preview_writes_nothing_and_says_who_would_see_it() {
    let community = community();
    let node = community.node();
    let statement = StatementText { tlp: Some("clear".into()), ..StatementText::default() };
    let preview = compose::preview(&node.app, &draft(site(), statement)).unwrap().unwrap();
    assert_eq!(preview.sights.len(), 1);
    assert!(compose::preview(&node.app, &draft(person("contact"), governed())).unwrap().is_err());
    assert!(explain::records(&node.app, None).unwrap().is_empty());
}

#[test]
fn a_draft_takes_an_analyst_and_publishing_takes_a_release_officer() {
    let community = community();
    let node = community.node();
    let analyst = node.user("ada", &[Role::Analyst]);
    let mut draft = draft(site(), StatementText::default());
    let refused = compose::enter(&node.app, Author::Person(&analyst), &draft);
    assert!(matches!(refused, Err(AppError::Denied(_))), "{refused:?}");
    draft.draft = true;
    let Entry::Written(held) = compose::enter(&node.app, Author::Person(&analyst), &draft).unwrap() else {
        panic!("a draft is taken");
    };
    assert_eq!(held.state, "held");
    // A corrected draft is a draft.
    let edited = edit::run(&node.app, &analyst, &set(&held.id, "capacity", "40")).unwrap().unwrap();
    assert!(matches!(&edited.entries[0], Entry::Written(next) if next.state == "held"), "{edited:?}");
}

#[test]
fn what_nobody_here_understands_stays_in_a_record_that_is_corrected() {
    let community = community();
    let node = community.node();
    let id = "infrastructure--00000000-0000-4000-8000-000000000001";
    let object = json!({"type": "infrastructure", "spec_version": "2.1", "id": id, "name": "EXERCISE camp",
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z", "x_exercise": {"kept": [1, 2]},
        "labels": ["EXERCISE"], "external_references": [{"source_name": "EXERCISE file", "external_id": "7"}],
        "extensions": {"extension-definition--ad455bc2-9ac8-4138-bed3-f1f169eea8ca":
            {"extension_type": "property-extension", "kind": "training-site", "place": {"country": "XA"},
            "capacity": 30, "basis": {"whole": {"statement": "assessment", "confidence": "low"},
            "parts": [{"selector": "capacity", "assertion": {"statement": "fact"}}]}}}});
    node.publish("exercise", &comity_app::model::Stated::default(), &object.to_string());
    let edit = changed(Edit {
        record: id.into(),
        set: vec![
            ("place.district".into(), "EXERCISE Lumen".into()),
            ("title".into(), "EXERCISE camp 2".into()),
        ],
        unset: vec!["place.country".into()],
        ..Edit::default()
    });
    let edited = edit::run(&node.app, &node.operator(), &edit).unwrap().unwrap();
    assert_eq!(edited.from, "2026-01-01T00:00:00.000Z");
    let shown = sheet::of(&node.app, id).unwrap();
    let now: Value = serde_json::from_str(shown.view.content.as_deref().unwrap()).unwrap();
    for key in ["x_exercise", "labels", "external_references", "created"] {
        assert_eq!(now[key], object[key], "{key}");
    }
    let entry = &now["extensions"]["extension-definition--ad455bc2-9ac8-4138-bed3-f1f169eea8ca"];
    assert_eq!(entry["place"], json!({"district": "EXERCISE Lumen"}));
    assert_eq!(
        entry["basis"]["parts"][0]["assertion"]["statement"], "fact",
        "what is said about a part stays"
    );
    assert_eq!(now["name"], "EXERCISE camp 2");
    assert_eq!(shown.change.unwrap().reason, "EXERCISE a reason");
    let old = sheet::of(&node.app, &format!("{id}@{}", edited.from)).unwrap();
    assert_eq!(old.view.name, "EXERCISE camp", "the old version stays readable");
    let compared = edit::compare(&node.app, id, None, None).unwrap();
    assert_eq!(compared.reason.as_deref(), Some("EXERCISE a reason"));
    assert_eq!(compared.differences, edited.differences);
}

#[test]
fn b2_another_category_drops_what_it_does_not_allow_says_so_and_notes_it_without_values() {
    let community = community();
    let node = community.node();
    let mut suspect = person("suspect");
    suspect["offences"] = json!([{"act": {"vocabulary": "acts", "version": 1, "term": "arms-transfer"}}]);
    suspect["basis"]["parts"] =
        json!([{"selector": "offences.[0]", "assertion": {"statement": "assessment"}}]);
    let id = written(node, &draft(suspect, governed())).id;
    let to_witness =
        changed(Edit { record: id.clone(), category: Some(Category::Witness), ..Edit::default() });
    let told = edit::preview(&node.app, &node.operator(), &to_witness).unwrap().unwrap();
    assert_eq!((told.dropped[0].field.name(), told.dropped[0].entries), ("offences", 1));
    assert_eq!(explain::show(&node.app, &id).unwrap().len(), 1, "a preview writes nothing");
    let done = edit::run(&node.app, &node.operator(), &to_witness).unwrap().unwrap();
    assert_eq!(done.dropped, told.dropped);
    let shown = sheet::of(&node.app, &id).unwrap();
    assert_eq!(shown.statement.category, Some("witness"), "the handling goes with it");
    assert!(!json!(shown.kind).to_string().contains("offences"));
    assert_eq!(shown.statement.purpose.as_deref(), Some("border"), "what was stated holds");
    let file = node.folder().join("ledger");
    ledger::export(&node.app, &file).unwrap();
    let leaves = leaves(&file);
    assert!(leaves.contains("category.changed") && leaves.contains("offences"), "{leaves}");
    assert!(!leaves.contains("arms-transfer") && !leaves.contains("a reason"), "no values: {leaves}");
}

/// Every byte of an exported ledger as text.
fn leaves(folder: &std::path::Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&leaves(&path));
        } else {
            text.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
        }
    }
    text
}

#[test]
fn a_correction_needs_a_reason_a_record_of_ones_own_and_a_difference() {
    let community = community();
    let node = community.node();
    let id = written(node, &draft(site(), StatementText::default())).id;
    let silent = Edit { reason: " ".into(), ..set(&id, "capacity", "1") };
    assert!(matches!(edit::run(&node.app, &node.operator(), &silent), Err(AppError::Invalid(_))));
    let same = edit::run(&node.app, &node.operator(), &set(&id, "place.country", "XA"));
    assert!(matches!(same, Err(AppError::Conflict(_))), "{same:?}");
    let wrong = edit::run(&node.app, &node.operator(), &set(&id, "place.country", "xa")).unwrap();
    assert_eq!(wrong.unwrap_err()[0].path, "place.country");
    let key = node.client(&node.key("Exercise guest", "exercise", READ_WRITE));
    let form = draft(site(), StatementText::default());
    let Entry::Written(theirs) = compose::enter(&node.app, Author::Key(&key), &form).unwrap() else {
        panic!("a key may write");
    };
    let foreign = edit::run(&node.app, &node.operator(), &set(&theirs.id, "capacity", "1"));
    assert!(matches!(foreign, Err(AppError::Denied(_))), "{foreign:?}");
    let mine = changed(Edit { record: id, form: Some(site()), ..Edit::default() });
    let stolen = edit::by_key(&node.app, Author::Key(&key), "exercise", &mine);
    assert!(matches!(stolen, Err(AppError::NotFound(_))), "{stolen:?}");
}

#[test]
fn a_wider_level_takes_a_new_version_and_its_bytes_say_so() {
    let community = community();
    let node = community.node();
    let statement = |level: &str| StatementText { tlp: Some(level.into()), ..StatementText::default() };
    let id = written(node, &draft(site(), statement("amber"))).id;
    let wider = changed(Edit { record: id.clone(), statement: statement("green"), ..Edit::default() });
    edit::run(&node.app, &node.operator(), &wider).unwrap().unwrap();
    let shown = sheet::of(&node.app, &id).unwrap();
    assert_eq!(shown.view.level, "TLP:GREEN");
    assert!(shown.view.content.unwrap().contains(comity_app::stix::Tlp::Green.marking_id()));
}

#[test]
fn a_link_concerns_a_person_when_one_of_its_ends_does_and_then_needs_what_a_person_needs() {
    let community = community();
    let node = community.node();
    let person = written(node, &draft(contact(), governed())).id;
    let camp = written(node, &draft(site(), StatementText::default())).id;
    let stated = |word: &str, grounds: Option<&str>, statement: StatementText| Link {
        source: person.clone(),
        target: camp.clone(),
        word: word.into(),
        grounds: grounds.map(str::to_owned),
        basis: json!({"whole": {"statement": "fact"}}),
        draft: draft(Value::Null, statement),
        ..Link::default()
    };
    let run = |link: &Link| link::run(&node.app, &node.operator(), link).unwrap();
    let refused = |link: &Link| match run(link) {
        Entry::Refused(faults) => faults,
        Entry::Written(written) => panic!("{written:?}"),
    };
    let grounds = Some("EXERCISE seen there twice");
    named(&refused(&stated("trained-at", grounds, StatementText::default())), "purpose-missing");
    named(&refused(&stated("trained-at", None, governed())), "relation-without-grounds");
    named(&refused(&stated("member-of", grounds, governed())), "relation-ends");
    let Entry::Written(made) = run(&stated("trained-at", grounds, governed())) else { panic!("it is taken") };
    let shown = sheet::of(&node.app, &made.id).unwrap();
    assert_eq!(json!(shown.kind)["concerns_person"], true);
    assert_eq!(shown.statement.category, Some("contact or associate"), "as the person is");
    let links = sheet::of(&node.app, &camp).unwrap().links;
    assert_eq!((links[0].end, links[0].other.as_deref()), (Some("target"), Some(person.as_str())));
    let nobody = Link { source: OTHER.into(), ..stated("trained-at", grounds, governed()) };
    assert!(matches!(link::run(&node.app, &node.operator(), &nobody), Err(AppError::NotFound(_))));
}

#[test]
fn a_list_is_narrowed_by_kind_category_and_author_and_goes_on_page_by_page() {
    let community = community();
    let node = community.node();
    written(node, &draft(contact(), governed()));
    let officer = node.user("lena", &[Role::ReleaseOfficer]);
    for _ in 0..3 {
        compose::enter(&node.app, Author::Person(&officer), &draft(site(), StatementText::default()))
            .unwrap();
    }
    let count = |filter: Filter| listing::run(&node.app, &filter).unwrap().lines.len();
    assert_eq!(count(Filter::default()), 4);
    assert_eq!(count(Filter { kinds: vec!["training-site".into()], ..Filter::default() }), 3);
    assert_eq!(count(Filter { kinds: vec!["identity".into()], ..Filter::default() }), 1);
    assert_eq!(count(Filter { category: Some(Category::Contact), ..Filter::default() }), 1);
    assert_eq!(count(Filter { category: Some(Category::Suspect), ..Filter::default() }), 0);
    assert_eq!(count(Filter { by: Some("lena".into()), ..Filter::default() }), 3);
    assert_eq!(count(Filter { state: Some("held".into()), ..Filter::default() }), 0);
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = listing::run(&node.app, &Filter { limit: Some(3), after, ..Filter::default() }).unwrap();
        seen.extend(page.lines.into_iter().map(|line| line.view.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4, "each once, none left out");
}

#[test]
fn b8_likelihood_and_confidence_stay_apart_from_entry_to_sheet() {
    let community = community();
    let node = community.node();
    let plan = json!({"kind": "plan", "title": "EXERCISE run", "grounds": "EXERCISE two lorries were hired",
        "basis": {"whole": {"statement": "assessment", "likelihood": "likely", "confidence": "low"}}});
    let id = written(node, &draft(plan, StatementText::default())).id;
    let whole = json!(sheet::of(&node.app, &id).unwrap().kind)["basis"]["whole"].clone();
    assert_eq!(whole, json!({"statement": "assessment", "likelihood": "likely", "confidence": "low"}));
    edit::run(&node.app, &node.operator(), &set(&id, "basis.whole.confidence", "high")).unwrap().unwrap();
    let whole = json!(sheet::of(&node.app, &id).unwrap().kind)["basis"]["whole"].clone();
    assert_eq!((&whole["likelihood"], &whole["confidence"]), (&json!("likely"), &json!("high")));
}
