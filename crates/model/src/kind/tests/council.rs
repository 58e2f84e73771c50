//! What is refused in a record of a council, and how a claim is shown.

use serde_json::{Value, json};

use super::refusals::refused;
use super::{codes, example, kind, read_changed};
use crate::kind::*;

fn claim() -> council::Claim {
    let Kind::Claim(claim) = kind(&example("claim")) else { unreachable!() };
    *claim
}

#[test]
fn a_claim_is_shown_with_whose_words_they_are_and_through_whom_they_came() {
    assert_eq!(
        claim().display(),
        "EXERCISE Orlan Vesk via EXERCISE Agency, EXERCISE Herald: EXERCISE more than 12 crossings were found."
    );
    let mut direct = claim();
    direct.words.relayed_by.clear();
    assert!(direct.display().starts_with("EXERCISE Orlan Vesk: "));
    let other = read_changed("claim", |o| o["name"] = "EXERCISE more than 12 crossings were found.".into());
    assert_eq!(codes(&other), [("form", "name-differs")]);
    let said = |o: &mut Value| o["description"] = "EXERCISE twelve crossings".into();
    assert_eq!(codes(&read_changed("claim", said)), [("form", "form")], "a claim has no text of ours");
}

#[test]
fn k6_a_value_in_words_is_refused_and_the_words_are_taken_as_words() {
    assert_eq!(
        refused("claim", |c| c["quantity"]["value"] = "a large amount".into()),
        [("K6", "value-in-words")]
    );
    for value in ["1e309", "-0", "", "NaN", "1,000", "٣٠", "1234567890123456789012345678901"] {
        assert_eq!(
            refused("claim", |c| c["quantity"]["value"] = value.into()),
            [("K6", "value-in-words")],
            "{value}"
        );
    }
    let words = json!({"text": "a large amount", "said_by": "EXERCISE Orlan Vesk"});
    let both = |c: &mut Value| c["quantity"]["in_words"] = words.clone();
    assert_eq!(refused("claim", both), [("K6", "value-or-words")]);
    let alone = |c: &mut Value| {
        both(c);
        c["quantity"].as_object_mut().unwrap().remove("value");
    };
    assert_eq!(refused("claim", alone), []);
}

#[test]
fn k6_a_figure_names_no_more_records_than_it_counted_and_none_twice() {
    let figure = |change: &dyn Fn(&mut Value)| refused("figure", |one| change(one));
    assert_eq!(figure(&|f| f["counted"] = 0.into()), [("K6", "counted-fewer")]);
    let twice = |f: &mut Value| {
        let id = f["record_refs"][0].clone();
        f["record_refs"] = json!([id, id]);
    };
    assert_eq!(figure(&twice), [("K6", "record-twice")]);
    let exact = |f: &mut Value, value: &str| {
        for key in ["upper", "part_refs"] {
            f.as_object_mut().unwrap().remove(key);
        }
        f["asked"] = json!({"query": "kind:find", "count": "records"});
        (f["bound"], f["value"]) = ("exactly".into(), value.into());
    };
    assert_eq!(figure(&|f| exact(f, "3")), []);
    assert_eq!(figure(&|f| exact(f, "4")), [("K6", "value-and-counted")]);
    assert_eq!(figure(&|f| f["upper"] = "12".into()), [("form", "range")]);
    assert_eq!(figure(&|f| f["asked"]["count"] = "records".into()), [("form", "path")]);
    let within = |days: &'static str| {
        move |f: &mut Value| f["asked"] = json!({"query": "kind:find", "count": "within", "path": days})
    };
    assert_eq!(figure(&within("7")), []);
    assert_eq!(figure(&within("0")), [("form", "days")]);
    assert_eq!(figure(&within("items.amount")), [("form", "days")]);
    assert_eq!(figure(&|f| f["suppressed"] = true.into()), [("K6", "suppressed")]);
    for value in ["a large amount", "1e309", "-1", "9999999999999999999999999999999"] {
        assert_eq!(figure(&|f| f["value"] = value.into()).first(), Some(&("form", "number")), "{value}");
    }
}

#[test]
fn only_what_was_seized_has_an_amount_and_no_outcome_is_of_another() {
    assert_eq!(refused("outcome", |one| one["result"] = "prevented".into()), [("form", "amount-not-asked")]);
    let other = "comity-outcome--00000000-0000-4000-8000-000000000201";
    assert_eq!(refused("outcome", |one| one["of_ref"] = other.into()), [("form", "reference-type")]);
}

#[test]
fn a_field_that_is_not_known_has_no_value() {
    let changed = |basis: Value| refused("session", |s| s["chair_of_body"] = basis);
    assert_eq!(changed(json!({"basis": "unknown"})), []);
    assert_eq!(changed(json!({"basis": "stated"})), [("form", "value-and-basis")]);
    assert_eq!(changed(json!({"value": "EXERCISE", "basis": "unknown"})), [("form", "value-and-basis")]);
    assert_eq!(changed(json!({"value": "EXERCISE", "basis": "guessed"})), [("form", "form")]);
}

#[test]
fn observers_may_stay_unnamed_and_uncounted() {
    let observers =
        |party: Value| refused("session", |s| s["observers"] = json!({"value": [party], "basis": "stated"}));
    let name = json!({"text": "several states", "said_by": "EXERCISE reporter"});
    assert_eq!(observers(json!({"name": name, "unnamed": true})), []);
    assert_eq!(observers(json!({"unnamed": true})), [("form", "party-missing"), ("form", "party-unnamed")]);
    assert_eq!(
        observers(json!({"name": name, "country": "XX", "unnamed": true})),
        [("form", "party-unnamed")]
    );
    assert_eq!(observers(json!({"count": 3})), [("form", "party-missing")]);
}

#[test]
fn k2_the_roles_of_a_session_are_fields_of_their_own() {
    let Kind::Session(session) = kind(&example("session")) else { unreachable!() };
    let chair = |field: &Option<council::Uncertain<String>>| field.as_ref().and_then(|one| one.value.clone());
    assert_eq!(chair(&session.chair_of_body).as_deref(), Some("EXERCISE Orlan Vesk"));
    assert_eq!(chair(&session.chair_of_meeting).as_deref(), Some("EXERCISE Ilva Torn"));
    assert_eq!(chair(&session.opened_by), None, "who opened it is not known, whoever chaired it");
    assert_eq!(refused("session", |s| s["chair"] = json!({"basis": "unknown"})), [("form", "form")]);
}

#[test]
fn references_name_what_they_are_for() {
    let other = "comity-report--00000000-0000-4000-8000-000000000201";
    for (word, path) in [
        ("body", "/parent_ref"),
        ("session", "/body_ref"),
        ("session", "/source_refs/0"),
        ("agenda-item", "/session_ref"),
        ("document", "/session_ref"),
        ("measure", "/stated_in_ref"),
        ("programme", "/predecessor_ref"),
        ("report", "/programme_ref"),
        ("claim", "/contested_by_refs/0"),
        ("claim", "/source/document_ref"),
        ("conflict-set", "/claim_refs/0"),
        ("position", "/claim_ref"),
        ("figure", "/part_refs/0"),
    ] {
        let met = refused(word, |one| *one.pointer_mut(path).unwrap() = other.into());
        assert_eq!(met, [("form", "reference-type")], "{word} {path}");
    }
}

#[test]
fn texts_of_ours_judge_nobody_and_the_words_of_a_source_stay() {
    for (word, path) in
        [("agenda-item", "/title"), ("measure", "/title"), ("conflict-set", "/title"), ("position", "/text")]
    {
        let met = refused(word, |one| *one.pointer_mut(path).unwrap() = "EXERCISE militants".into());
        assert_eq!(met, [("B3", "judging-word")], "{word} {path}");
    }
    for (word, path) in [("agenda-item", "/words/text"), ("claim", "/words/text"), ("measure", "/words/text")]
    {
        assert_eq!(
            refused(word, |one| *one.pointer_mut(path).unwrap() = "130 militants".into()),
            [],
            "{word}"
        );
    }
    assert_eq!(
        refused("claim", |c| c["words"]["said_by"] = " ".into()),
        [("B3", "unattributed")],
        "nobody's words are no claim"
    );
}

#[test]
fn a_report_that_provides_figures_names_them() {
    assert_eq!(refused("report", |r| r["provided"] = "not-provided".into()), [("form", "figures-provided")]);
    let none = |r: &mut Value| drop(r.as_object_mut().unwrap().remove("figure_refs"));
    assert_eq!(refused("report", none), [("form", "figures-provided")]);
}

#[test]
fn years_and_sections_and_numbers_have_an_order() {
    assert_eq!(refused("programme", |p| p["years"] = json!([2026, 2025])), [("form", "years-order")]);
    assert_eq!(refused("programme", |p| p["years"] = json!([1])), [("form", "year-range")]);
    assert_eq!(refused("session", |s| s["number"]["value"] = 0.into()), [("form", "session-number")]);
    assert_eq!(refused("agenda-item", |i| i["position_number"] = 201.into()), [("form", "item-number")]);
    assert_eq!(refused("agenda-item", |i| i["item_basis"] = "unknown".into()), [("form", "item-basis")]);
    assert_eq!(
        refused("document", |d| d["sections"][0]["updates"] = "p1".into()),
        [("form", "section-updates")]
    );
    assert_eq!(refused("document", |d| d["sections"][1]["placed"] = 1.into()), [("form", "section-twice")]);
    assert_eq!(refused("document", |d| d["sha256"] = "00".into()), [("form", "sha256")]);
    assert_eq!(refused("document", |d| d["document_type"] = "paper".into()), [("form", "message-from")]);
}

#[test]
fn a_set_compares_claims_or_for_roles_sessions() {
    let bare = |difference: &'static str| {
        move |set: &mut Value| {
            set.as_object_mut().unwrap().remove("claim_refs");
            set["difference"] = difference.into();
        }
    };
    assert_eq!(refused("conflict-set", bare("roles")), []);
    assert_eq!(refused("conflict-set", bare("value")), [("form", "empty")]);
    let twice = |set: &mut Value| set["claim_refs"][1] = set["claim_refs"][0].clone();
    assert_eq!(refused("conflict-set", twice), [("form", "claim-twice")]);
    assert_eq!(
        refused("claim", |c| c["flags"] = json!(["people-on-the-move", "people-on-the-move"])),
        [("form", "flag-twice")]
    );
}

#[test]
fn an_adopted_view_names_its_claim_and_a_dissent_none() {
    let none = |p: &mut Value| drop(p.as_object_mut().unwrap().remove("claim_ref"));
    assert_eq!(refused("position", none), [("form", "view-without-claim")]);
    assert_eq!(refused("position", |p| p["stance"] = "dissent".into()), [("form", "claim-not-asked")]);
    let dissent = |p: &mut Value| {
        none(p);
        p["stance"] = "dissent".into();
    };
    assert_eq!(refused("position", dissent), []);
    let on_itself = |p: &mut Value| {
        dissent(p);
        p["on_ref"] = "comity-position--00000000-0000-4000-8000-000000000201".into();
    };
    assert_eq!(refused("position", on_itself), [("form", "reference-type")]);
}
