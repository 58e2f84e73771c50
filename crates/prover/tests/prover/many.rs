//! Many local policies.

use comity_prover::{Invariants, Rules, prove};

/// Rules as a large community might write them: one for each purpose, group and level.
fn local(count: usize) -> String {
    let standings = ["member", "partner", "observer"];
    let mut text = String::new();
    for number in 0..count {
        let (level, standing) = (number % 5, standings[number % 3]);
        let (group, purpose) = (number % 40, number % 25);
        let effect = if number % 10 == 9 { "forbid" } else { "permit" };
        text.push_str(&format!(
            "@id(\"rule-{number}\")\n{effect} (principal, action in [Comity::Action::\"release\", \
             Comity::Action::\"forward\", Comity::Action::\"count\"], resource)\nwhen {{ resource.tlp == {level} && \
             principal.standing == \"{standing}\" && principal in Comity::Group::\"group-{group}\" && \
             (context.purpose == \"purpose-{purpose}\" || resource.purposes.contains(\"purpose-{number}\")) }};\n"
        ));
    }
    text
}

#[test]
fn three_hundred_local_policies_are_proved_too() {
    let Some(solver) = crate::solver() else { return };
    let rules = Rules::new(&local(300)).unwrap();
    let report = prove(&rules, &Invariants::shipped().unwrap(), &solver).unwrap();
    assert!(!report.blocks(), "{:#?}", crate::open(&report));
    let kind = if cfg!(debug_assertions) { "development" } else { "release" };
    let (questions, ms, solver) = (report.outcomes.len(), report.wall_ms, &report.solver);
    println!("300 local policies: {questions} questions, {ms} ms, {solver}, {kind} build");
}

#[test]
fn as_many_rules_as_are_taken_do_not_exhaust_the_stack_and_more_are_refused() {
    let Some(solver) = crate::solver() else { return };
    let only = Invariants::shipped().unwrap().only(|id| id == "red-named");
    let short = |count: usize| -> String {
        let rule = |number| {
            format!("permit (principal, action, resource) when {{ context.purpose == \"{number}\" }};\n")
        };
        (0..count).map(rule).collect()
    };
    let guards = Rules::new("").unwrap().rules().len();
    let report = prove(&Rules::new(&short(1_000 - guards)).unwrap(), &only, &solver).unwrap();
    assert!(report.about("red-named").all(|outcome| outcome.verdict.holds()), "{:#?}", crate::open(&report));
    let refused = Rules::new(&short(1_001 - guards)).unwrap_err().to_string();
    assert!(refused.contains("1001 rules, at most 1000"), "{refused}");
}
