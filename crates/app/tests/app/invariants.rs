//! Proving the rules in force, as far as it goes without a solver.

use comity_app::policy::STANDARD_LOCAL;
use comity_app::prover::Limits;
use comity_app::{AppError, activate, proof};
use comity_testkit::{Community, Seat};
use std::path::Path;

#[test]
fn what_is_put_to_the_solver_are_the_policies_in_force_and_without_one_it_is_said_what_is_inherited() {
    let community =
        Community::new(1, vec![Seat::member("Exercise host").node(comity_testkit::Place::file())]);
    let local = activate::rules(&community.node().app).unwrap().local;
    assert_eq!(local, STANDARD_LOCAL);
    let missing = proof::run(&local, &[], Some(Path::new("/nowhere/cvc5")), Limits::default()).unwrap_err();
    assert!(
        matches!(&missing, AppError::Environment(text) if text.contains("inherited by their hash")),
        "{missing}"
    );
}

#[test]
fn policies_and_invariants_that_cannot_be_read_are_refused_before_a_solver_is_looked_for() {
    let nowhere = Some(Path::new("/nowhere/cvc5"));
    let refused = |local: &str, own: &[(String, String)]| {
        let error = proof::run(local, own, nowhere, Limits::default()).unwrap_err();
        assert!(matches!(error, AppError::Invalid(_)), "{error}");
        error.to_string()
    };
    assert!(refused("permit", &[]).contains("line 1"));
    let own = ("own.cedar".to_owned(), "permit (principal, action, resource);".to_owned());
    assert!(refused(STANDARD_LOCAL, &[own]).contains("own.cedar"));
}
