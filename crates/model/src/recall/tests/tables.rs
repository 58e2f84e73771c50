//! Each transition and each refused one, written out; and the rules about who may, which hold, and what is named.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::agreement::Member;
use crate::{Handling, Record, RecordKey, RecordState, Standing};

/// One line a state, one sign an event in the order of [`HolderEvent::ALL`]: `=` changes nothing, `x` is refused, else
/// the state that follows: queued, told, acknowledged, complied, partly, held, refused, unknown, Closed, Superseded.
const HOLDER: &str = "
queued       = t a c p h r u C S
told         = = a c p h r u C S
acknowledged = = = c p h r u C S
complied     = = a = p h r u x S
partly       = = a c = h r u C S
held         = = a c p = r u C S
refused      = = a c p h = u C S
unknown      = = a c p h r = x S
cannot       q x a c p h r u C S
closed       = = = = = = = = x S
superseded   = = = = = = = = x =
";

/// The same for records by scope, in the order of [`TargetEvent::ALL`] (found, replaced, narrowed, lifted, purge, hold,
/// refuse): set-aside, purged, held, refused, corrected, narrowed, lifted. A state that is missing is never reached.
const TARGET: &str = "
withdraw absent    s x x x x x x
withdraw set-aside = x x x p h r
withdraw purged    s x x x = x x
withdraw held      = x x x p = r
withdraw refused   = x x x p h =
correct  absent    s = x x x x x
correct  set-aside = c x x p h r
correct  purged    s = x x = x x
correct  held      = = x x p = r
correct  refused   = = x x p h =
correct  corrected = = x x p h r
narrow   absent    s x n x x x x
narrow   set-aside = x n x p h r
narrow   purged    s x n x = x x
narrow   held      = x n x p = r
narrow   refused   = x n x p h =
narrow   narrowed  = x = x x x x
restrict absent    s x x l x x x
restrict set-aside = x x l x h r
restrict held      = x x l x = r
restrict refused   = x x l x h =
restrict lifted    = x x = x x x
lift     absent    = x x l x x x
lift     lifted    = x x = x x x
";

#[test]
fn each_step_of_a_holder_and_each_refused_one_is_as_written() {
    let lines: Vec<&str> = HOLDER.trim().lines().collect();
    assert_eq!(lines.len(), HolderState::ALL.len());
    for (state, line) in HolderState::ALL.iter().zip(lines) {
        let mut words = line.split_whitespace();
        assert_eq!(words.next(), Some(state.name()));
        let signs: Vec<&str> = words.collect();
        assert_eq!(signs.len(), HolderEvent::ALL.len());
        for (event, sign) in HolderEvent::ALL.iter().zip(signs) {
            let expected = match sign {
                "=" => Some(*state),
                "x" => None,
                "C" => Some(HolderState::Closed),
                "S" => Some(HolderState::Superseded),
                first => HolderState::ALL.iter().find(|one| one.name().starts_with(first)).copied(),
            };
            let found = state.step(*event);
            assert_eq!(found.as_ref().ok().copied(), expected, "{state:?} {event:?}");
            if let Err(fault) = found {
                assert_eq!(fault.code(), "not-possible");
                assert!(fault.to_string().contains(state.name()), "{fault}");
            }
        }
    }
}

#[test]
fn each_step_of_a_record_and_each_refused_one_is_as_written() {
    for scope in Scope::ALL {
        let mut reached = vec![TargetState::Absent];
        let mut at = 0;
        while let Some(state) = reached.get(at).copied() {
            at += 1;
            for event in TargetEvent::ALL {
                if let Ok(next) = state.step(*scope, *event)
                    && !reached.contains(&next)
                {
                    reached.push(next);
                }
            }
        }
        let lines: Vec<&str> =
            TARGET.trim().lines().filter(|line| line.starts_with(&format!("{} ", scope.name()))).collect();
        assert_eq!(lines.len(), reached.len(), "{scope:?}: {reached:?}");
        for line in lines {
            let words: Vec<&str> = line.split_whitespace().collect();
            let name = if words[1] == "absent" { "" } else { words[1] };
            let state = TargetState::from_name(name).unwrap();
            assert!(reached.contains(&state));
            assert_eq!(words.len(), TargetEvent::ALL.len() + 2);
            for (event, sign) in TargetEvent::ALL.iter().zip(&words[2..]) {
                let expected = match *sign {
                    "=" => Some(state),
                    "x" => None,
                    first => TargetState::ALL.iter().find(|one| one.name().starts_with(first)).copied(),
                };
                assert_eq!(state.step(*scope, *event).ok(), expected, "{line}: {event:?}");
            }
        }
    }
}

#[test]
fn nothing_is_purged_without_a_person() {
    for (.., event, to) in TARGET_MOVES {
        assert!(*to != TargetState::Purged || event.is_by_person());
        assert!(*to != TargetState::Held && *to != TargetState::Refused || event.is_by_person());
    }
    for asked in [Obligation::Delete, Obligation::StopUse] {
        assert!(may_purge([Obligation::Delete, asked]).is_ok());
    }
    let kept = may_purge([Obligation::Delete, Obligation::KeepAsEvidence]).unwrap_err();
    assert_eq!(kept, RecallFault::KeepAsEvidence);
    assert!(may_purge([]).is_ok());
}

#[test]
fn who_waits_is_overdue_by_the_clock_alone() {
    for state in HolderState::ALL {
        let waits = matches!(
            state,
            HolderState::Queued | HolderState::Told | HolderState::Acknowledged | HolderState::Partly
        );
        assert_eq!(state.is_overdue(NOW, NOW), waits, "{state:?}");
        assert!(!state.is_overdue(NOW, Micros(NOW.0 - 1)));
    }
    assert_eq!(HolderState::first(true), HolderState::Queued);
    assert_eq!(HolderState::first(false), HolderState::Cannot);
}

fn in_agreement(n: u8, hosted_by: Option<MemberId>, keyed: bool) -> Member {
    Member {
        id: member(n),
        name: format!("EXERCISE {n}"),
        standing: Standing::Member,
        state: None,
        active: true,
        groups: BTreeSet::new(),
        adequate: false,
        legal_bases: BTreeSet::new(),
        keys: keyed.then(|| MemberKey::from_seed([n; 32]).public()).into_iter().collect(),
        hosted_by,
    }
}

#[test]
fn only_the_originator_its_host_or_its_delegate_recalls() {
    let own = in_agreement(1, None, true);
    let hosted = in_agreement(1, Some(member(2)), false);
    let both = in_agreement(1, Some(member(2)), true);
    let (none, two, three) =
        (BTreeSet::new(), BTreeSet::from([member(2)]), BTreeSet::from([member(3), member(4)]));
    type Held<'a> = Vec<Option<&'a BTreeSet<MemberId>>>;
    let judge = |signer: u8, entry: Option<&Member>, delegates: Held<'_>| {
        let (signer, origin) = (member(signer), member(1));
        let claim = Claim { signer: &signer, origin: &origin, member: entry, delegates: &delegates };
        claim.judge().map_err(|fault| fault.code())
    };
    let no = Err("not-its-originator");
    let unseen = Err("nothing-held");
    for (signer, entry, delegates, expected) in [
        (1, Some(&own), vec![None], Ok(Says::Originator)),
        (1, Some(&own), vec![Some(&none)], Ok(Says::Originator)),
        (2, Some(&hosted), vec![None], Ok(Says::Host)),
        // Who has a key speaks for itself.
        (2, Some(&both), vec![Some(&none)], no),
        (3, Some(&hosted), vec![Some(&none)], no),
        (2, Some(&own), vec![Some(&two)], Ok(Says::Delegate)),
        (3, None, vec![Some(&three), Some(&three)], Ok(Says::Delegate)),
        (2, Some(&own), vec![Some(&three)], no),
        // A delegate for one of two, or with one that nobody here has seen, is none.
        (2, Some(&own), vec![Some(&two), Some(&three)], no),
        (2, Some(&own), vec![Some(&two), None], unseen),
        (2, Some(&own), vec![None], unseen),
        (2, Some(&own), vec![], unseen),
        (9, None, vec![None, Some(&two)], no),
    ] {
        assert_eq!(judge(signer, entry, delegates), expected, "{signer}");
    }
}

fn known<'a>(digest: Digest, signer: &'a MemberId, says: Says, recall: &'a Recall) -> Known<'a> {
    Known { digest, signer, says, at: NOW, recall }
}

#[test]
fn a_recall_stands_in_place_of_another_only_where_nothing_is_given_back_but_a_restriction() {
    // One line an older scope, in the order withdraw correct narrow restrict lift of the newer one.
    let table = [
        (Scope::Withdraw, "yynnn"),
        (Scope::Correct, "yynnn"),
        (Scope::Narrow, "yyynn"),
        (Scope::Restrict, "yynyy"),
        (Scope::Lift, "nnnnn"),
    ];
    let origin = member(1);
    for (older_scope, line) in table {
        let older = recall(older_scope, vec![target(1)]);
        for (newer_scope, sign) in Scope::ALL.iter().zip(line.chars()) {
            let newer = Recall { supersedes: Some(digest(1)), ..recall(*newer_scope, vec![target(1)]) };
            let found = known(digest(2), &origin, Says::Originator, &newer).replaces(&known(
                digest(1),
                &origin,
                Says::Originator,
                &older,
            ));
            assert_eq!(found.is_ok(), sign == 'y', "{older_scope:?} by {newer_scope:?}: {found:?}");
        }
    }
}

#[test]
fn what_replaces_a_recall_names_it_and_all_of_its_records_and_is_said_by_who_may() {
    let (origin, host, delegate, other) = (member(1), member(2), member(3), member(4));
    let older = recall(Scope::Restrict, vec![target(1), target(2)]);
    let fine = Recall { supersedes: Some(digest(1)), ..recall(Scope::Lift, older.targets.clone()) };
    let replaces = |newer: &Recall, (signer, says), (older_signer, older_says)| {
        let newer = known(digest(2), signer, says, newer);
        newer.replaces(&known(digest(1), older_signer, older_says, &older)).is_ok()
    };
    let by_origin = (&origin, Says::Originator);
    assert!(replaces(&fine, by_origin, by_origin));
    assert!(replaces(&fine, by_origin, (&delegate, Says::Delegate)));
    assert!(replaces(&fine, (&host, Says::Host), (&delegate, Says::Delegate)));
    assert!(replaces(&fine, (&delegate, Says::Delegate), (&delegate, Says::Delegate)));
    assert!(!replaces(&fine, (&delegate, Says::Delegate), by_origin));
    assert!(!replaces(&fine, (&delegate, Says::Delegate), (&other, Says::Delegate)));
    for wrong in [
        Recall { supersedes: Some(digest(9)), ..fine.clone() },
        Recall { supersedes: None, ..fine.clone() },
        Recall { origin: member(4), ..fine.clone() },
        Recall { targets: vec![target(1)], ..fine.clone() },
        Recall { targets: vec![target(1), target(3)], ..fine.clone() },
        Recall { targets: vec![target(1), target(2), target(3)], ..fine.clone() },
    ] {
        assert!(!replaces(&wrong, by_origin, by_origin), "{wrong:?}");
    }
    let lower = |revision| {
        let mut one = recall(Scope::Narrow, vec![target(1)]);
        one.targets[0].revision = Some(revision);
        one
    };
    let newer = Recall { supersedes: Some(digest(1)), ..lower(2) };
    let narrows = |older: &Recall| {
        let newer = known(digest(2), &origin, Says::Originator, &newer);
        newer.replaces(&known(digest(1), &origin, Says::Originator, older)).is_ok()
    };
    assert!(narrows(&lower(2)) && !narrows(&lower(3)));
}

fn arrival<'a>(origin: &'a MemberId, of: &'a Target) -> Arrival<'a> {
    let (id, version_at, object) = (of.id.as_str(), of.version_at(), of.object);
    Arrival { origin, id, version_at, object, revision: Some(1), first_origin: None }
}

#[test]
fn the_recalled_version_is_kept_out_and_a_later_one_passes() {
    let (origin, other) = (member(1), member(2));
    let withdraw = recall(Scope::Withdraw, vec![target(1), target(2)]);
    let second = target(2);
    let same = arrival(&origin, &second);
    assert_eq!(withdraw.keeps_out(&same), Some(2));
    // The same version in other bytes is the same version.
    assert_eq!(withdraw.keeps_out(&Arrival { object: digest(99), ..same }), Some(2));
    let later = Arrival { version_at: Micros(same.version_at.0 + 1), object: digest(99), ..same };
    assert_eq!(withdraw.keeps_out(&later), None);
    // A copy is known by its bytes where no envelope says whose it is.
    let copy = Arrival { origin: &other, id: "note--copy", revision: None, ..same };
    assert_eq!(withdraw.keeps_out(&Arrival { first_origin: Some(&origin), ..copy }), Some(2));
    assert_eq!(withdraw.keeps_out(&Arrival { first_origin: Some(&other), ..copy }), None);
    assert_eq!(withdraw.keeps_out(&copy), None);
    let signed = Arrival { revision: Some(1), first_origin: Some(&origin), ..copy };
    assert_eq!(withdraw.keeps_out(&signed), None);
    // What is restricted is taken, and set aside.
    for scope in [Scope::Restrict, Scope::Lift] {
        assert_eq!(recall(scope, vec![target(2)]).keeps_out(&same), None);
    }
    let narrow = recall(Scope::Narrow, vec![target(2)]);
    assert_eq!(narrow.keeps_out(&same), Some(1));
    assert_eq!(narrow.keeps_out(&Arrival { revision: None, ..same }), Some(1));
    assert_eq!(narrow.keeps_out(&Arrival { revision: Some(2), ..same }), None);
}

#[test]
fn an_object_without_a_version_is_known_by_its_bytes() {
    let origin = member(1);
    let undated =
        |n| Target { version: "1970-01-01T00:00:00Z".parse().unwrap(), object: digest(n), ..target(1) };
    let withdraw = recall(Scope::Withdraw, vec![undated(1), undated(2)]);
    let frame = said("recall", None, plain(&withdraw)).message;
    assert!(withdraw.clone().checked(&frame).is_ok());
    assert_eq!(withdraw.keeps_out(&arrival(&origin, &undated(2))), Some(2));
    assert_eq!(withdraw.keeps_out(&arrival(&origin, &undated(3))), None);
}

fn record(origin: &MemberId, of: &Target) -> Record {
    let handling = Handling::unmarked(origin.clone());
    Record {
        key: RecordKey {
            collection: "reports".into(),
            origin: origin.clone(),
            id: of.id.as_str().into(),
            version: of.version.as_str().into(),
            digest: of.object,
        },
        seq: 1,
        kind: "note".into(),
        version_at: of.version_at(),
        spec_version: "2.1".into(),
        name: String::new(),
        handling_id: handling.id().unwrap(),
        handling: Arc::new(handling),
        parts: BTreeSet::new(),
        added_at: NOW,
        state: RecordState::Live,
        reason: String::new(),
        envelope: String::new(),
        held: of.object,
        leaf: 1,
        revision: 1,
        names: false,
        actor: "peer".into(),
    }
}

#[test]
fn a_member_that_recalls_its_copy_of_anothers_record_takes_nothing_from_the_other() {
    let (copier, owner) = (member(1), member(2));
    let withdraw = recall(Scope::Withdraw, vec![target(1)]);
    assert_eq!(withdraw.names(&record(&copier, &target(1))), Some(1));
    assert_eq!(withdraw.names(&record(&owner, &target(1))), None);
    assert_eq!(withdraw.names(&record(&copier, &target(2))), None);
    let of_owner = target(1);
    let first = Arrival { revision: None, first_origin: Some(&owner), ..arrival(&owner, &of_owner) };
    assert_eq!(withdraw.keeps_out(&first), None);
}

#[test]
fn the_strongest_of_all_that_keeps_a_record_aside_is_said_and_the_last_has_to_go() {
    use Ground as G;
    use Scope as S;
    use TargetState as At;
    for (named, alleged, expected) in [
        (vec![], false, None),
        (vec![], true, Some(G::Alleged)),
        (vec![(S::Restrict, At::SetAside)], true, Some(G::Restricted)),
        // To lift a restriction ends no allegation, and the other way round.
        (vec![(S::Restrict, At::Lifted)], true, Some(G::Alleged)),
        (vec![(S::Restrict, At::Held)], false, Some(G::Restricted)),
        (vec![(S::Restrict, At::Lifted), (S::Restrict, At::SetAside)], false, Some(G::Restricted)),
        (vec![(S::Restrict, At::Lifted), (S::Withdraw, At::Refused)], false, Some(G::Withdrawn)),
        (vec![(S::Correct, At::Corrected), (S::Restrict, At::SetAside)], true, Some(G::Corrected)),
        (vec![(S::Narrow, At::SetAside)], true, Some(G::Narrowed)),
        (vec![(S::Narrow, At::Narrowed)], false, None),
        (vec![(S::Narrow, At::Narrowed), (S::Restrict, At::SetAside)], false, Some(G::Restricted)),
        (vec![(S::Lift, At::Absent)], false, None),
        (vec![(S::Withdraw, At::Absent)], false, Some(G::Withdrawn)),
    ] {
        assert_eq!(keeps_aside(named.clone(), alleged), expected, "{named:?} {alleged}");
        let turned: Vec<_> = named.into_iter().rev().collect();
        assert_eq!(keeps_aside(turned, alleged), expected);
    }
}
