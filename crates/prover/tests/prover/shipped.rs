//! What ships.

use comity_policy::generate::local_of;
use comity_policy::model::ReleaseTable;
use comity_policy::{PolicySet, STANDARD_LOCAL};
use comity_prover::{Invariants, PROVED, Question, Rules, Subject, compare, prove};

#[test]
fn every_invariant_that_ships_is_proved_for_the_ceiling_and_for_the_standard_rules() {
    let Some(solver) = crate::solver() else { return };
    let rules = Rules::new(STANDARD_LOCAL).unwrap();
    let invariants = Invariants::shipped().unwrap();
    let report = prove(&rules, &invariants, &solver).unwrap();
    assert!(!report.blocks(), "{:#?}", crate::open(&report));
    assert_eq!(Invariants::shipped_hash().to_string(), PROVED, "put the name of what is proved now there");
    assert_eq!(report.guards, PolicySet::guards_hash().to_string());
    assert_eq!(report.policies, Some(PolicySet::standard().unwrap().hash().to_string()));
    assert!(report.open().is_empty(), "{:#?}", crate::open(&report));
    for invariant in invariants.all() {
        let claim = &invariant.claim;
        for subject in [Subject::Ceiling, Subject::Live] {
            let asked: Vec<_> =
                report.about(&claim.id).filter(|it| it.subject == subject).map(|it| it.action).collect();
            assert_eq!(asked, claim.actions, "{}", claim.id);
        }
    }
    let guards = rules.rules().iter().filter(|rule| rule.id.starts_with("guard-")).count();
    let never_err = report
        .outcomes
        .iter()
        .filter(|it| it.question == Question::NeverErrs && it.subject == Subject::Ceiling);
    assert_eq!(never_err.count(), guards * 6);
    println!("{} questions, {} ms, {}", report.outcomes.len(), report.wall_ms, report.solver);
}

#[test]
fn the_table_of_release_that_a_new_node_starts_with_is_proved_to_mean_the_standard_rules() {
    let Some(solver) = crate::solver() else { return };
    let standard = Rules::new(STANDARD_LOCAL).unwrap();
    let made = Rules::new(&local_of(&ReleaseTable::default())).unwrap();
    for change in compare(&standard, &made, &solver).unwrap() {
        assert!(change.gains.holds() && change.loses.holds() && change.may_err.is_empty(), "{change:#?}");
    }
}
