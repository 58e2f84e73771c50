//! Who gains and who loses by other local rules.

use comity_policy::{Action, STANDARD_LOCAL};
use comity_prover::{Counterexample, Failure, Rules, Verdict, compare};

fn example(verdict: &Verdict) -> Option<&Counterexample> {
    match verdict {
        Verdict::Fails(Failure::Shown(example)) => Some(example),
        Verdict::Holds => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_same_rules_in_other_words_change_nothing() {
    let Some(solver) = crate::solver() else { return };
    let old = Rules::new(STANDARD_LOCAL).unwrap();
    let reworded = STANDARD_LOCAL.replace("resource.tlp == 0", "!(resource.tlp != 0)");
    assert_ne!(reworded, STANDARD_LOCAL);
    for change in compare(&old, &Rules::new(&reworded).unwrap(), &solver).unwrap() {
        assert!(change.gains.holds() && change.loses.holds(), "{change:?}");
        assert_eq!(change.may_err, [""; 0]);
    }
}

#[test]
fn a_wider_rule_shows_who_gains_and_a_dropped_one_who_loses() {
    let Some(solver) = crate::solver() else { return };
    let old = Rules::new(STANDARD_LOCAL).unwrap();
    let wider = STANDARD_LOCAL.replace(
        "(resource.tlp == 2 || resource.tlp == 3) && principal.standing == \"member\"",
        "resource.tlp == 2 && (principal.standing == \"member\" || principal.standing == \"partner\")",
    );
    assert_ne!(wider, STANDARD_LOCAL);
    let changes = compare(&old, &Rules::new(&wider).unwrap(), &solver).unwrap();
    let release = changes.iter().find(|change| change.action == Action::Release).unwrap();
    let gains = example(&release.gains).unwrap();
    assert!(gains.replays);
    assert_eq!((gains.case.level, gains.case.member.standing.name()), (2, "partner"));
    let loses = example(&release.loses).unwrap();
    assert!(loses.replays);
    assert_eq!((loses.case.level, loses.case.member.standing.name()), (3, "member"));
    let forward = changes.iter().find(|change| change.action == Action::Forward).unwrap();
    assert!(forward.gains.holds() && forward.loses.holds());
}
