//! What is refused in decisions, measures and journals, and which state follows which.

use serde_json::{Value, json};

use super::refusals::refused;
use super::{codes, example, kind};
use crate::council::machine;
use crate::kind::Kind;

fn with(word: &str, change: impl FnOnce(&mut Value)) -> Kind {
    let mut value = example(word);
    change(&mut value);
    kind(&value)
}

/// The journal of a session, adopted.
pub(super) fn journal() -> Value {
    let entry = |number: u16, spoken: &str| {
        json!({"entry_number": number, "spoken": spoken, "words": {"text": "EXERCISE the river is high",
            "said_by": "EXERCISE Orlan Vesk"}, "item_ref": "comity-agenda-item--00000000-0000-4000-8000-000000000201",
            "document_refs": ["comity-document--00000000-0000-4000-8000-000000000202"],
            "decision_ref": "comity-decision--00000000-0000-4000-8000-000000000201"})
    };
    json!({"kind": "document", "title": "EXERCISE journal", "document_type": "journal", "document_state": "adopted",
        "session_ref": "comity-session--00000000-0000-4000-8000-000000000201",
        "entries": [entry(1, "2026-12-01T10:00:00Z"), entry(2, "2026-12-01T10:05:00Z")],
        "approved_refs": ["identity--00000000-0000-4000-8000-000000000001"], "basis": {"whole": {"statement": "fact"}}})
}

fn remove(value: &mut Value, key: &str) {
    value.as_object_mut().unwrap().remove(key);
}

#[test]
fn k4_a_decision_says_what_its_state_needs() {
    assert_eq!(refused("decision", |d| remove(d, "number")), [("K4", "decision-number")]);
    assert_eq!(refused("decision", |d| remove(d, "closed")), [("K4", "decision-closed")]);
    assert_eq!(refused("decision", |d| remove(d, "not_heard_reason")), [("K4", "not-heard-reason")]);
    assert_eq!(
        refused("decision", |d| d["closed"] = "2026-11-08T09:59:59.999Z".into()),
        [("K4", "closed-early")],
        "silence is consent at the deadline and not before"
    );
    for deadline in ["2026-11-01T10:59:59Z", "2027-12-07T10:00:01Z", "2026-10-01T10:00:00Z"] {
        let met = refused("decision", |d| {
            d["deadline"] = deadline.into();
            d["closed"] = "2028-01-01T00:00:00Z".into();
        });
        assert_eq!(met, [("K4", "silence-length")], "{deadline}");
    }
    let passed_over =
        |d: &mut Value| d["not_heard_refs"] = json!(["identity--00000000-0000-4000-8000-000000000009"]);
    assert_eq!(refused("decision", passed_over), [("K4", "not-heard")]);
    let nobody = |d: &mut Value| {
        for key in ["entitled_refs", "not_heard_refs", "not_heard_reason"] {
            remove(d, key);
        }
    };
    assert_eq!(refused("decision", nobody), [("K4", "entitled-missing")]);
    assert_eq!(refused("decision", |d| d["text"] = "EXERCISE militants".into()), [("B3", "judging-word")]);
}

#[test]
fn k8_a_measure_in_force_has_a_decision_an_owner_and_when_it_is_done_evidence() {
    assert_eq!(refused("measure", |m| remove(m, "decision_ref")), [("K8", "measure-decision")]);
    assert_eq!(refused("measure", |m| remove(m, "owner")), [("K8", "measure-owner")]);
    assert_eq!(refused("measure", |m| remove(m, "evidence_refs")), [("K8", "measure-evidence")]);
    let outlined = refused("measure", |m| {
        m["status"] = "outlined".into();
        remove(m, "evidence_refs");
        remove(m, "done_on");
    });
    assert_eq!(outlined, [("K8", "measure-decision")], "what is outlined has no decision");
}

#[test]
fn k3_a_journal_has_an_order_and_names_who_approved_it() {
    let met = |change: &dyn Fn(&mut Value)| {
        let mut value = journal();
        change(&mut value);
        codes(&kind(&value).check()).into_iter().map(|(_, code)| code.to_owned()).collect::<Vec<_>>()
    };
    assert!(met(&|_| {}).is_empty());
    assert_eq!(met(&|j| j["entries"][1]["entry_number"] = 1.into()), ["entry-order"]);
    assert_eq!(met(&|j| j["entries"][1]["spoken"] = "2026-12-01T09:00:00Z".into()), ["entry-time"]);
    assert_eq!(met(&|j| remove(j, "approved_refs")), ["journal-approved"]);
    assert_eq!(met(&|j| remove(j, "session_ref")), ["journal-session"]);
    assert_eq!(met(&|j| j["document_type"] = "paper".into()), ["journal-state"]);
}

#[test]
fn no_state_is_skipped_and_what_is_closed_stays() {
    let proposed = with("decision", |d| {
        d["status"] = "proposed".into();
        for key in ["opened", "deadline", "closed", "not_heard_refs", "not_heard_reason"] {
            remove(d, key);
        }
    });
    let silence = with("decision", |d| {
        d["status"] = "silence".into();
        for key in ["closed", "not_heard_refs", "not_heard_reason"] {
            remove(d, key);
        }
    });
    let adopted = with("decision", |_| {});
    assert_eq!(machine::follow(None, &proposed), Ok(()));
    assert!(machine::follow(None, &silence).unwrap_err().contains("begins as proposed"));
    assert!(
        machine::follow(Some(&proposed), &adopted).unwrap_err().contains("is opened before it is closed")
    );
    assert_eq!(machine::follow(Some(&proposed), &silence), Ok(()));
    assert_eq!(machine::follow(Some(&silence), &adopted), Ok(()));
    assert!(machine::follow(Some(&adopted), &silence).unwrap_err().contains("stays so"));
    let other = with("decision", |d| d["number"] = "ECR-2026-5".into());
    assert!(machine::follow(Some(&adopted), &other).is_err(), "its number stays");
    let all = [&proposed, &silence, &adopted];
    assert!(machine::followed(&all).whole);
    let jump = machine::followed(&[&proposed, &adopted]);
    assert_eq!(
        (jump.last, jump.whole),
        (Some(0), false),
        "it counts as the last state that could be followed"
    );
    let measure = |status: &str| {
        with("measure", |m| {
            m["status"] = status.into();
            if !matches!(status, "adopted" | "in-force" | "done") {
                remove(m, "decision_ref");
            }
        })
    };
    assert_eq!(machine::follow(None, &measure("outlined")), Ok(()));
    assert!(machine::follow(None, &measure("adopted")).is_err());
    assert_eq!(machine::follow(Some(&measure("outlined")), &measure("intention")), Ok(()), "a correction");
    assert!(machine::follow(Some(&measure("proposed")), &measure("adopted")).is_err());
    let skipped = machine::follow(Some(&measure("outlined")), &measure("done")).unwrap_err();
    assert!(skipped.contains("a decision alone adopts it"), "{skipped}");
    let session = |status: &str| with("session", |s| s["status"] = status.into());
    assert!(machine::follow(Some(&session("planned")), &session("held")).is_err());
    assert!(machine::follow(Some(&session("reported")), &session("closed")).is_err());
}
