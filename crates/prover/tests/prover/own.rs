//! A community's own claims and rules.

use comity_policy::{Action, STANDARD_LOCAL};
use comity_prover::{Failure, Invariants, Question, Rules, Subject, Verdict, prove};

const GREEN_NOT_TO_PARTNERS: &str = "@id(\"green-not-to-partners\") @says(\"partners get TLP:CLEAR only\")\n\
    permit (principal, action == Comity::Action::\"release\", resource)\n\
    when { principal.standing != \"partner\" || resource.tlp == 0 || resource.recipients.contains(principal) ||\n\
           principal == resource.originator };";

fn own(text: &str) -> Invariants {
    let mut invariants = Invariants::shipped().unwrap().only(|_| false);
    invariants.add("own.cedar", text).unwrap();
    invariants
}

#[test]
fn a_claim_of_a_community_is_judged_by_its_own_rules_and_its_failure_is_shown() {
    let Some(solver) = crate::solver() else { return };
    let invariants = own(GREEN_NOT_TO_PARTNERS);
    let report = prove(&Rules::new(STANDARD_LOCAL).unwrap(), &invariants, &solver).unwrap();
    assert!(report.blocks());
    let (outcome, example) = report.shown().find(|(outcome, _)| outcome.subject == Subject::Live).unwrap();
    assert_eq!((outcome.action, outcome.blocks()), (Action::Release, true));
    assert!(example.replays);
    assert!(example.decision.starts_with("allowed by tlp-green"), "{}", example.decision);
    assert_eq!((example.case.level, example.case.member.standing.name()), (1, "partner"));
    assert!(example.lines().iter().any(|(_, text)| text.contains("standing partner")));

    // Narrower rules keep the claim. That the guards alone do not is said, and does not block.
    let narrowed = format!(
        "{STANDARD_LOCAL}\n@id(\"no-partners\") forbid (principal, action, resource)\n\
         when {{ principal.standing == \"partner\" && resource.tlp > 0 }};"
    );
    let report = prove(&Rules::new(&narrowed).unwrap(), &invariants, &solver).unwrap();
    assert!(!report.blocks(), "{:#?}", crate::open(&report));
    let open = report.open();
    assert!(!open.is_empty());
    assert!(open.iter().all(|outcome| outcome.subject == Subject::Ceiling));
}

#[test]
fn a_counterexample_names_the_member_that_a_rule_names() {
    let Some(solver) = crate::solver() else { return };
    let id = "identity--2b8c7a54-5d0e-4a0e-8f5e-0c8f3c1d9b22";
    let rules = format!(
        "@id(\"friend\") permit (principal == Comity::Member::\"{id}\", action, resource) when {{ resource.tlp == 2 }};"
    );
    let invariants = own("@id(\"no-amber\") @says(\"no TLP:AMBER is released\")\n\
        permit (principal, action == Comity::Action::\"release\", resource) when { resource.tlp != 2 };");
    let report = prove(&Rules::new(&rules).unwrap(), &invariants, &solver).unwrap();
    let (_, example) = report.shown().find(|(outcome, _)| outcome.subject == Subject::Live).unwrap();
    assert!(example.replays);
    assert_eq!(example.case.member.id.as_str(), id);
    assert!(example.decision.starts_with("allowed by friend"), "{}", example.decision);
}

#[test]
fn a_local_rule_that_may_err_is_reported_and_does_not_block_because_it_denies() {
    let Some(solver) = crate::solver() else { return };
    let rules = format!(
        "{STANDARD_LOCAL}\n@id(\"sum\") forbid (principal, action == Comity::Action::\"count\", resource)\n\
         when {{ resource.tlp + resource.code > 4 }};"
    );
    let none = Invariants::shipped().unwrap().only(|_| false);
    let report = prove(&Rules::new(&rules).unwrap(), &none, &solver).unwrap();
    assert!(!report.blocks(), "{:#?}", crate::open(&report));
    let open: Vec<_> = report.open().iter().map(|it| (it.question, it.id.as_str(), it.action)).collect();
    assert_eq!(open, [(Question::NeverErrs, "sum", Action::Count)]);
}

#[test]
fn a_claim_that_only_what_cannot_be_breaks_is_not_called_proved() {
    let Some(solver) = crate::solver() else { return };
    let report = prove(
        &Rules::new(STANDARD_LOCAL).unwrap(),
        &own("@id(\"code\") @says(\"no handling code beyond H3 is met\")\n\
              permit (principal, action == Comity::Action::\"oversee\", resource) when { resource.code <= 3 };"),
        &solver,
    )
    .unwrap();
    assert!(report.blocks());
    let outcome = report.about("code").find(|outcome| outcome.subject == Subject::Live).unwrap();
    assert!(matches!(&outcome.verdict, Verdict::Fails(Failure::NotInLife(_))), "{outcome:?}");
}

#[test]
fn a_report_is_json_with_the_counterexample_in_it() {
    let Some(solver) = crate::solver() else { return };
    let report = prove(&Rules::new(STANDARD_LOCAL).unwrap(), &own(GREEN_NOT_TO_PARTNERS), &solver).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    let outcomes = json["outcomes"].as_array().unwrap();
    let failed =
        outcomes.iter().find(|it| it["verdict"]["is"] == "fails" && it["subject"] == "live").unwrap();
    let example = &failed["verdict"]["example"];
    assert_eq!(example["replays"], true);
    assert_eq!(example["member"]["standing"], "partner");
    assert_eq!(example["handling"]["tlp"], "green");
    assert!(outcomes.iter().any(|it| it["verdict"]["is"] == "holds"));
}
