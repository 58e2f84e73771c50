//! Every refusal, named after the row of the requirements that it comes from.

use serde_json::{Value, json};

use super::{codes, every_kind, example, kind, read_changed};
use crate::kind::*;
use crate::stix::Selector;
use crate::{Category, Envelope, Flag, Handling, Micros};

/// What is refused in an example after a change.
pub(super) fn refused(word: &str, change: impl FnOnce(&mut Value)) -> Vec<(&'static str, &'static str)> {
    let mut value = example(word);
    change(&mut value);
    match Kind::from_json(&value.to_string()) {
        Ok(kind) => kind.check().into_iter().map(|fault| (fault.rule, fault.code)).collect(),
        Err(faults) => faults.into_iter().map(|fault| (fault.rule, fault.code)).collect(),
    }
}

fn remove(value: &mut Value, key: &str) {
    value.as_object_mut().unwrap().remove(key).unwrap();
}

/// A person of a category with names, birth and basis alone.
fn bare(category: &str) -> Value {
    let full = example("subject");
    json!({"kind": "subject", "names": full["names"], "birth": full["birth"], "category": category, "basis": {"whole": {"statement": "fact"}}})
}

fn faults_of(value: &Value) -> Vec<(&'static str, &'static str)> {
    kind(value).check().into_iter().map(|fault| (fault.rule, fault.code)).collect()
}

#[test]
fn b1_a_contact_without_a_link_is_refused() {
    assert_eq!(faults_of(&bare("contact")), [("B1", "contact-without-link")]);
    let mut linked = bare("contact");
    linked["link"] = example("subject")["link"].clone();
    assert_eq!(faults_of(&linked), []);
    linked["link"]["grounds"] = " ".into();
    assert_eq!(faults_of(&linked), [("form", "empty")]);
}

#[test]
fn b1_a_supporter_is_a_contact_with_a_stated_link() {
    assert_eq!(
        refused("subject", |s| s["category"] = "supporter".into()),
        [("B1", "supporter-is-no-category")]
    );
    assert_eq!(
        refused("subject", |s| s["category"] = "Supporter".into()),
        [("B1", "supporter-is-no-category")]
    );
    let mut supporter = bare("contact");
    supporter["link"] = example("subject")["link"].clone();
    supporter["link"]["link_kind"] = "supports".into();
    assert_eq!(faults_of(&supporter), []);
}

#[test]
fn b1_a_forecast_without_grounds_is_refused() {
    assert_eq!(faults_of(&bare("future-offence")), [("B1", "forecast-without-grounds")]);
    let mut stated = bare("future-offence");
    stated["grounds"] = "EXERCISE: bought the parts that the sketch shows.".into();
    assert_eq!(faults_of(&stated), []);
    assert_eq!(refused("plan", |plan| remove(plan, "grounds")), [("B1", "forecast-without-grounds")]);
    assert_eq!(refused("relation", |one| remove(one, "grounds")), [("B1", "relation-without-grounds")]);
}

#[test]
fn b1_a_person_needs_a_category_that_is_known() {
    assert_eq!(refused("subject", |s| remove(s, "category")), [("form", "form")]);
    assert_eq!(refused("subject", |s| s["category"] = "sympathiser".into()), [("form", "form")]);
}

#[test]
fn b1_a_place_of_worship_or_a_school_is_no_channel() {
    for form in ["mosque", "school", "madrasa", "church"] {
        assert_eq!(refused("channel", |c| c["form"] = form.into()), [("B1", "channel-is-a-place")], "{form}");
    }
    for title in [
        "EXERCISE: Friday mosque",
        "УЧЕНИЕ: мечеть",
        "EXERCISE maktabi",
        "تمرين: المسجد الكبير",
        "УЧЕНИЕ, школа № 3",
    ] {
        assert_eq!(
            refused("channel", |c| c["title"] = title.into()),
            [("B1", "channel-is-a-place")],
            "{title}"
        );
    }
    assert_eq!(
        refused("channel", |c| c["locators"] = json!(["EXERCISE Street 4"])),
        [("B1", "channel-locator")]
    );
    assert_eq!(refused("channel", |c| c["locators"] = json!([])), [("B1", "channel-without-locator")]);
    assert_eq!(refused("channel", |c| c["place"] = json!({"country": "XX"})), [("form", "form")]);
}

#[test]
fn b2_what_a_category_does_not_allow_is_refused() {
    for (category, field, allowed) in [
        ("witness", "offences", false),
        ("witness", "documents", false),
        ("witness", "places", false),
        ("witness", "identifiers", true),
        ("victim", "documents", true),
        ("victim", "link", false),
        ("can-inform", "grounds", false),
        ("contact", "offences", false),
        ("convicted", "offences", true),
        ("suspect", "event_ref", false),
    ] {
        let mut value = bare(category);
        value["link"] = if category == "contact" { example("subject")["link"].clone() } else { Value::Null };
        if value["link"].is_null() {
            remove(&mut value, "link");
        }
        value[field] = match field {
            "event_ref" => "incident--00000000-0000-4000-8000-000000000105".into(),
            _ => example("subject")[field].clone(),
        };
        let expected: &[_] = if allowed { &[] } else { &[("B2", "field-not-allowed")] };
        assert_eq!(faults_of(&value), expected, "{category} {field}");
    }
}

#[test]
fn b2_a_change_of_category_drops_what_is_not_allowed_and_lists_it() {
    let Kind::Subject(suspect) = kind(&example("subject")) else { unreachable!() };
    let (witness, dropped) = suspect.recategorised(Category::Witness);
    let listed: Vec<_> = dropped.iter().map(|one| (one.field.name(), one.entries)).collect();
    assert_eq!(listed, [("places", 1), ("documents", 1), ("offences", 1), ("grounds", 1), ("link", 1)]);
    assert!(witness.offences.is_empty() && witness.grounds.is_none() && witness.link.is_none());
    assert_eq!((&witness.names, &witness.birth), (&suspect.names, &suspect.birth));
    assert_eq!(witness.basis.parts, [], "what was said about the link went with it");
    assert_eq!(Kind::Subject(Box::new(witness.clone())).check(), []);

    let (contact, dropped) = witness.recategorised(Category::Contact);
    assert_eq!(dropped, []);
    let missing = Kind::Subject(Box::new(contact)).check();
    assert_eq!(codes(&missing), [("B1", "contact-without-link")], "nothing is invented");
    let (same, dropped) = suspect.recategorised(Category::Suspect);
    assert_eq!((&same, dropped.len()), (&*suspect, 0));
}

#[test]
fn b2_the_table_of_categories_is_the_published_one() {
    // places, documents, identifiers, offences, grounds, link, event_ref
    for (category, row) in [
        (Category::Suspect, "++++++-"),
        (Category::Convicted, "++++-+-"),
        (Category::FutureOffence, "+++-++-"),
        (Category::Contact, "+++--+-"),
        (Category::Victim, "+++---+"),
        (Category::Witness, "--+---+"),
        (Category::CanInform, "--+---+"),
    ] {
        let made: String =
            Field::ALL.iter().map(|field| if field.is_allowed(category) { '+' } else { '-' }).collect();
        assert_eq!(made, row, "{category:?}");
    }
}

#[test]
fn b2_after_any_change_of_category_nothing_is_left_that_is_not_allowed() {
    use Category::{CanInform, Contact, Convicted, FutureOffence, Suspect, Victim, Witness};
    let Kind::Subject(full) = kind(&example("subject")) else { unreachable!() };
    let full = Subject { event_ref: full.link.as_ref().map(|link| link.with_ref.clone()), ..*full };
    for category in [Suspect, Convicted, FutureOffence, Contact, Victim, Witness, CanInform] {
        let (changed, dropped) = full.recategorised(category);
        let faults = Kind::Subject(Box::new(changed.clone())).check();
        assert!(faults.iter().all(|fault| fault.code != "field-not-allowed"), "{category:?} {faults:?}");
        assert!(!dropped.is_empty(), "{category:?}");
        assert_eq!(changed.recategorised(category).1, [], "{category:?}");
    }
}

#[test]
fn b3_each_assertion_is_fact_or_assessment_and_parts_may_differ() {
    let subject = kind(&example("subject"));
    let of = |selector: &str| subject.basis().assertion_of(&Selector::parse(selector).unwrap()).statement;
    assert_eq!(of("names.[0]"), Statement::Fact);
    assert_eq!(of("link"), Statement::Assessment);
    assert_eq!(of("link.grounds"), Statement::Assessment);
    let mut nested = example("subject");
    let within = json!({"selector": "link.with_ref", "assertion": {"statement": "fact"}});
    nested["basis"]["parts"].as_array_mut().unwrap().push(within);
    let nested = kind(&nested);
    let of = |selector: &str| nested.basis().assertion_of(&Selector::parse(selector).unwrap()).statement;
    assert_eq!((of("link.with_ref"), of("link.grounds")), (Statement::Fact, Statement::Assessment));
    for word in every_kind().iter().map(Kind::word) {
        assert_eq!(refused(word, |one| remove(one, "basis")), [("form", "form")], "{word}");
    }
    let moved = |s: &mut Value| s["basis"]["parts"][0]["selector"] = "names.[9]".into();
    assert_eq!(refused("subject", moved), [("B3", "part-missing")]);
    let twice = |s: &mut Value| {
        let part = s["basis"]["parts"][0].clone();
        s["basis"]["parts"].as_array_mut().unwrap().push(part);
    };
    assert_eq!(refused("subject", twice), [("B3", "part-twice")]);
}

#[test]
fn b3_words_that_judge_stand_only_in_the_words_of_somebody_who_is_named() {
    for (word, key) in [
        ("attack", "title"),
        ("attack", "summary"),
        ("plan", "grounds"),
        ("group", "summary"),
        ("relation", "grounds"),
    ] {
        let change = |one: &mut Value| one[key] = "EXERCISE: the bandits came".into();
        assert_eq!(refused(word, change), [("B3", "judging-word")], "{word}.{key}");
    }
    let named = |group: &mut Value| group["names"][0]["value"] = "EXERCISE Боевики Севера of Latn".into();
    assert_eq!(refused("group", named), [("B3", "judging-word")]);
    let called = |group: &mut Value| {
        group["names"][0]["value"] = "EXERCISE militants of the north".into();
        group["names"][0]["called_by"] = "EXERCISE Wire".into();
    };
    assert_eq!(refused("group", called), []);
    assert_eq!(
        codes(&read_changed("attack", |o| o["labels"] = json!(["EXERCISE", "terrorist"]))),
        [("B3", "judging-word")]
    );
    let unsaid = |s: &mut Value| s["basis"]["said"][0]["said_by"] = "".into();
    assert_eq!(refused("subject", unsaid), [("B3", "unattributed")]);
    let nobody = |group: &mut Value| group["designations"][0]["designated_by"] = "".into();
    assert_eq!(refused("group", nobody), [("B3", "designation-unattributed")]);
}

#[test]
fn b6_coordinates_without_precision_are_refused() {
    let without = |site: &mut Value| remove(&mut site["place"], "precision");
    assert_eq!(refused("training-site", without), [("B6", "coordinates-without-precision")]);
    let leg = |one: &mut Value| {
        one["legs"][0]["origin"] = json!({"coordinates": {"latitude": 1.0, "longitude": 2.0}})
    };
    assert_eq!(refused("journey", leg), [("B6", "coordinates-without-precision")]);
    let nowhere = |event: &mut Value| remove(&mut event["place"], "coordinates");
    assert_eq!(refused("border-event", nowhere), [("B6", "place-incomplete")]);
    let beyond = |event: &mut Value| event["place"]["coordinates"]["latitude"] = 90.5.into();
    assert_eq!(refused("border-event", beyond), [("form", "coordinates-range")]);
    assert_eq!(refused("attack", |one| one["place"] = json!({})), [("B6", "place-incomplete")]);
}

#[test]
fn b6_an_amount_has_unit_and_counting_rule() {
    let change = |key: &'static str| move |find: &mut Value| remove(&mut find["items"][0]["amount"], key);
    assert_eq!(refused("find", change("unit")), [("B6", "amount-incomplete")]);
    assert_eq!(refused("find", change("counting_rule")), [("B6", "amount-incomplete")]);
    for value in ["12,5", "", "1e3", ".5", "5.", "-1", "a large amount"] {
        let change = |find: &mut Value| find["items"][0]["amount"]["value"] = value.into();
        assert_eq!(refused("find", change), [("form", "number")], "{value}");
    }
}

#[test]
fn b8_likelihood_is_in_bands_and_apart_from_confidence() {
    let bands: Vec<_> = Likelihood::ALL.iter().map(|band| band.percent()).collect();
    assert_eq!(bands, [(1, 5), (5, 20), (20, 45), (45, 55), (55, 80), (80, 95), (95, 99)]);
    let plan = kind(&example("plan"));
    let whole = plan.basis().whole;
    assert_eq!(
        (whole.likelihood, whole.confidence),
        (Some(Likelihood::RoughlyEvenChance), Some(Confidence::Low))
    );
    assert_eq!(refused("plan", |p| remove(&mut p["basis"]["whole"], "confidence")), []);
    assert_eq!(
        refused("plan", |p| remove(&mut p["basis"]["whole"], "likelihood")),
        [("B8", "plan-without-likelihood")]
    );
    assert_eq!(
        refused("plan", |p| p["basis"]["whole"]["likelihood"] = "possible".into()),
        [("form", "form")]
    );
    let certain = |a: &mut Value| a["basis"]["whole"]["likelihood"] = "likely".into();
    assert_eq!(refused("attack", certain), [("B3", "fact-with-likelihood")]);
}

#[test]
fn c1_a_property_for_a_special_category_is_refused_wherever_it_stands() {
    for key in ["religion", "ethnicity", "x_race"] {
        assert_eq!(refused("subject", |s| s[key] = "-".into()), [("C1", "special-category")], "{key}");
        assert_eq!(
            refused("subject", |s| s["birth"][key] = "-".into()),
            [("C1", "special-category")],
            "{key}"
        );
        assert_eq!(
            codes(&read_changed("subject", |o| o[key] = "-".into())),
            [("C1", "special-category")],
            "{key}"
        );
    }
}

#[test]
fn c2_a_nationality_is_what_a_document_states() {
    assert_eq!(
        refused("subject", |s| s["nationality"] = "UZ".into()),
        [("C2", "nationality-outside-document")]
    );
    assert_eq!(refused("subject", |s| s["states_nationality"] = "UZ".into()), [("form", "form")]);
}

#[test]
fn c4_victims_witnesses_and_minors_are_for_strict_necessity_alone() {
    let at: Micros = "2026-11-22T12:00:00Z".parse().unwrap();
    let necessary = |category: &str, birth: Value| {
        let mut value = bare(category);
        value["birth"] = birth;
        let Kind::Subject(subject) = kind(&value) else { unreachable!() };
        subject.is_strictly_necessary_only(at)
    };
    for category in ["victim", "witness", "can-inform"] {
        assert!(necessary(category, json!({"date": "1970"})), "{category}");
    }
    assert!(!necessary("suspect", json!({"date": "1970"})) && !necessary("suspect", json!({})));
    assert!(necessary("suspect", json!({"date": "2010"})) && necessary("suspect", json!({"date": "2008"})));
}

fn governed() -> (Handling, Micros) {
    let mut handling = Handling::unmarked("identity--00000000-0000-4000-8000-000000000001".parse().unwrap());
    handling.personal = true;
    handling.category = Some(Category::Suspect);
    (handling, "2026-11-22T12:00:00Z".parse().unwrap())
}

/// What is refused of the example of a person with these statements beside it.
fn beside(change: impl FnOnce(&mut Governance<'_>, &mut Handling)) -> Vec<(&'static str, &'static str)> {
    let (mut handling, at) = governed();
    let kept = handling.clone();
    let mut stated = Governance {
        handling: &kept,
        purpose: Some("border-security"),
        legal_basis: Some("EXERCISE agreement, article 4"),
        review_at: Some("2029-11-22T12:00:00Z".parse().unwrap()),
        decision_until: None,
    };
    change(&mut stated, &mut handling);
    let stated = Governance { handling: &handling, ..stated };
    check_envelope(&kind(&example("subject")), &stated, at)
        .into_iter()
        .map(|fault| (fault.rule, fault.code))
        .collect()
}

#[test]
fn a1_personal_data_without_purpose_or_legal_basis_is_refused() {
    assert_eq!(beside(|_, _| {}), []);
    assert_eq!(beside(|stated, _| stated.purpose = None), [("A1", "purpose-missing")]);
    assert_eq!(beside(|stated, _| stated.purpose = Some("  ")), [("A1", "purpose-missing")]);
    assert_eq!(beside(|stated, _| stated.legal_basis = None), [("A1", "legal-basis-missing")]);
    assert_eq!(beside(|_, handling| handling.personal = false), [("A1", "not-called-personal")]);
    let (handling, at) = governed();
    let nothing = Governance {
        handling: &handling,
        purpose: None,
        legal_basis: None,
        review_at: None,
        decision_until: None,
    };
    for kind in every_kind() {
        let refused = !check_envelope(&kind, &nothing, at).is_empty();
        assert_eq!(refused, kind.is_personal(), "{}", kind.word());
    }
    let account = |one: &mut Value| one["concerns_person"] = false.into();
    assert_eq!(
        refused("relation", |one| {
            account(one);
            one["relationship_type"] = "held-by".into();
            one["source_ref"] = "comity-account--00000000-0000-4000-8000-000000000109".into();
        }),
        [("A1", "relation-personal")]
    );
}

#[test]
fn b1_the_handling_names_the_category_of_the_record() {
    assert_eq!(beside(|_, handling| handling.category = None), [("B1", "category-missing")]);
    assert_eq!(
        beside(|_, handling| handling.category = Some(Category::Contact)),
        [("B1", "category-differs")]
    );
}

#[test]
fn e1_a_personal_record_is_reviewed_within_three_years_or_five() {
    let on = |text: &str| Some(text.parse::<Micros>().unwrap());
    assert_eq!(beside(|stated, _| stated.review_at = None), [("E1", "review-date-missing")]);
    assert_eq!(
        beside(|stated, _| stated.review_at = on("2026-11-22T12:00:00Z")),
        [("E1", "review-date-past")]
    );
    assert_eq!(
        beside(|stated, _| stated.review_at = on("2029-11-22T12:00:01Z")),
        [("E1", "review-date-late")]
    );
    let long = |stated: &mut Governance<'_>, review: &str, until: &str| {
        stated.review_at = on(review);
        stated.decision_until = on(until);
    };
    assert_eq!(beside(|stated, _| long(stated, "2031-11-22T12:00:00Z", "2033-01-01T00:00:00Z")), []);
    assert_eq!(
        beside(|stated, _| long(stated, "2031-11-22T12:00:01Z", "2033-01-01T00:00:00Z")),
        [("E1", "review-date-late")]
    );
    assert_eq!(
        beside(|stated, _| long(stated, "2031-01-01T00:00:00Z", "2030-01-01T00:00:00Z")),
        [("E1", "review-date-late")]
    );
}

#[test]
fn c4_a_person_under_18_is_flagged_in_the_handling() {
    let (mut handling, at) = governed();
    let mut child = example("subject");
    child["birth"]["date"] = "2012".into();
    let child = kind(&child);
    let check = |handling: &Handling| {
        let envelope = Envelope {
            v: 1,
            object: crate::stix::Digest::of(b"{}"),
            id: "identity--00000000-0000-4000-8000-000000000100".into(),
            origin: handling.originator.clone(),
            seq: 1,
            revision: 1,
            handling: handling.clone(),
            grading: None,
            purpose: Some("border-security".into()),
            legal_basis: Some("EXERCISE agreement, article 4".into()),
            review_at: Some("2027-01-01T00:00:00Z".parse().unwrap()),
            labels: Default::default(),
        };
        check_envelope(&child, &Governance::from(&envelope), at).len()
    };
    assert_eq!(check(&handling), 1);
    handling.flags.insert(Flag::Minor);
    assert_eq!(check(&handling), 0);
}

#[test]
fn e1_a_received_envelope_is_believed_up_to_five_years() {
    let (handling, at) = governed();
    let mut envelope = Envelope {
        v: 1,
        object: crate::stix::Digest::of(b"{}"),
        id: "identity--00000000-0000-4000-8000-000000000100".into(),
        origin: handling.originator.clone(),
        seq: 1,
        revision: 1,
        handling,
        grading: None,
        purpose: Some("border-security".into()),
        legal_basis: Some("EXERCISE agreement, article 4".into()),
        review_at: Some("2031-11-22T12:00:00Z".parse().unwrap()),
        labels: Default::default(),
    };
    let subject = kind(&example("subject"));
    assert_eq!(check_envelope(&subject, &Governance::from(&envelope), at), []);
    envelope.review_at = Some("2031-11-22T12:00:01Z".parse().unwrap());
    assert_eq!(
        codes(&check_envelope(&subject, &Governance::from(&envelope), at)),
        [("E1", "review-date-late")]
    );
}

#[test]
fn a6_a_record_that_names_a_community_asks_for_a_reason_with_the_place() {
    assert!(every_kind().iter().all(|kind| kind.questions().is_empty()));
    let mut attack = example("attack");
    attack["summary"] = "EXERCISE: among the Uzbeks of the town".into();
    attack["basis"]["said"] = json!([{"text": "УЧЕНИЕ: мусульмане", "said_by": "EXERCISE Speaker"}]);
    let asked: Vec<_> = kind(&attack)
        .questions()
        .into_iter()
        .map(|(path, asked)| (path, asked.notices[0].word.clone()))
        .collect();
    assert_eq!(
        asked,
        [("summary".into(), "Uzbeks".to_owned()), ("basis.said.[0].text".into(), "мусульмане".into())]
    );
    assert_eq!(kind(&attack).check(), [], "a question is no refusal");
}

#[test]
fn names_are_of_the_script_that_is_stated_and_one_is_primary() {
    assert_eq!(refused("group", |g| g["names"][0]["script"] = "Cyrl".into()), [("form", "name-script")]);
    assert_eq!(refused("group", |g| g["names"][0]["script"] = "latin".into()), [("form", "name-script")]);
    assert_eq!(refused("group", |g| g["names"][0]["name_kind"] = "alias".into()), [("form", "name-primary")]);
    assert_eq!(
        refused("group", |g| g["names"][1]["name_kind"] = "primary".into()),
        [("form", "name-primary")]
    );
}

#[test]
fn dates_and_ends_that_contradict_each_other_are_refused() {
    assert_eq!(refused("attack", |a| a["during"]["until"] = "2026-09-11".into()), [("form", "dates-order")]);
    assert_eq!(
        refused("journey", |j| j["legs"][1]["departed"] = "2026-03-19".into()),
        [("form", "dates-order")]
    );
    assert_eq!(
        refused("relation", |r| r["relationship_type"] = "trained-at".into()),
        [("form", "relation-ends")]
    );
    let itself = |r: &mut Value| r["target_ref"] = r["source_ref"].clone();
    assert_eq!(refused("relation", itself), [("form", "relation-ends")]);
    let ends = |p: &mut Value| {
        remove(p, "payer_ref");
        remove(p, "payee_ref");
    };
    assert_eq!(refused("payment", ends), [("form", "payment-ends")]);
    let wrong = |p: &mut Value| p["payee_ref"] = "incident--00000000-0000-4000-8000-000000000105".into();
    assert_eq!(refused("payment", wrong), [("form", "payment-ends")]);
}

#[test]
fn what_is_empty_or_of_another_shape_is_refused_not_taken_for_something_else() {
    assert_eq!(refused("attack", |a| a["during"] = json!({})), [("form", "empty")]);
    assert_eq!(refused("attack", |a| a["during"] = json!(["2026", "2027"])), [("form", "shape")]);
    assert_eq!(refused("attack", |a| a["summary"] = Value::Null), [("form", "empty")]);
    assert_eq!(refused("attack", |a| a["harm"] = json!([])), [("form", "empty")]);
    assert_eq!(refused("subject", |s| s["birth"] = json!({})), [("form", "empty")]);
    assert_eq!(
        refused("journey", |j| j["legs"][0]["origin"] = json!(["EXERCISE", "XX"])),
        [("form", "shape")]
    );
}

#[test]
fn a_hostile_record_is_refused_with_a_bounded_answer() {
    let many = |find: &mut Value| find["items"] = Value::Array(vec![find["items"][0].clone(); 501]);
    assert_eq!(refused("find", many), [("form", "too-many")]);
    let bad = |find: &mut Value| {
        let mut item = find["items"][0].clone();
        item["amount"]["value"] = "x".into();
        find["items"] = Value::Array(vec![item; 500]);
    };
    assert_eq!(refused("find", bad).len(), 100);
    let long = |attack: &mut Value| attack["summary"] = "EXERCISE ".repeat(3_000).into();
    assert_eq!(refused("attack", long), [("form", "text-long")]);
}
