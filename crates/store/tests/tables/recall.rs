//! Recalls, what they name, who told of them, who holds what they name; and disputes.

use std::collections::BTreeSet;

use comity_model::Micros;
use comity_model::recall::{
    AnswerOrder, Doubt, Holder, HolderState, Obligation, Reason, Says, Scope, TargetState,
};
use comity_model::stix::Digest;
use comity_store::tables::dispute::{self, DisputeRow};
use comity_store::tables::recall::{self, HolderRow, RecallRow, TargetRow};
use comity_store::tables::{lot, outbox};
use comity_testkit::{NOW_US, stores};

use crate::sample::{NAME, at_once, digest, member, read, write};

fn row(name: &str, number: i64) -> RecallRow {
    RecallRow {
        message: digest(name),
        id: format!("recall--{name}"),
        origin: member(1),
        signer: member(2),
        says: Says::Host,
        number,
        scope: Scope::Withdraw,
        reason: Reason::SourceWithdrawn,
        obligation: Some(Obligation::KeepAsEvidence),
        supersedes: None,
        cascade: true,
        is_superseded: false,
        said: Micros(NOW_US),
        deadline: Micros(NOW_US + 5),
        at: Micros(NOW_US + 1),
    }
}

fn target(name: &str, n: i64, id: &str) -> TargetRow {
    TargetRow {
        message: digest(name),
        n,
        id: id.to_owned(),
        version_at: Micros(NOW_US - n),
        version: NAME.to_owned(),
        object: digest(id),
        revision: (n == 2).then_some(7),
        state: TargetState::Absent,
        reason: String::new(),
        actor: String::new(),
        at: Micros(NOW_US),
    }
}

fn holder(name: &str, number: u32, state: HolderState, due: i64) -> HolderRow {
    HolderRow {
        message: digest(name),
        member: member(number),
        holder: Holder { state, answer: None },
        reason: String::new(),
        targets: 3,
        due: Micros(due),
        told: None,
        onward: (0, 0),
        escalated: None,
        closed_by: None,
    }
}

stores! {
    fn a_recall_is_kept_once_with_what_it_names(store: Store) {
        assert!(!read(&store, recall::is_any));
        let (one, named) = (row("a", 1), vec![target("a", 1, "x"), target("a", 2, "y")]);
        assert!(write(&store, |tx| recall::keep(tx, &one, &named)));
        assert!(read(&store, recall::is_any));
        // The same once more changes nothing, whatever is said to be in it.
        let other = RecallRow { scope: Scope::Restrict, ..one.clone() };
        assert!(!write(&store, |tx| recall::keep(tx, &other, &[target("a", 3, "z")])));
        assert_eq!(read(&store, |tx| recall::find(tx, digest("a"))), Some(one.clone()));
        assert_eq!(read(&store, |tx| recall::targets(tx, digest("a"))), named);
        assert_eq!(read(&store, |tx| recall::find(tx, digest("b"))), None);
        let lift = RecallRow {
            scope: Scope::Lift,
            obligation: None,
            supersedes: Some(digest("a")),
            cascade: false,
            ..row("b", 2)
        };
        write(&store, |tx| recall::keep(tx, &lift, &[target("b", 1, "x")]));
        assert_eq!(read(&store, |tx| recall::find(tx, digest("b"))), Some(lift.clone()));
        assert_eq!(read(&store, |tx| recall::naming(tx, digest("a"))), [lift]);
        assert_eq!(read(&store, |tx| recall::highest(tx, &member(2))), 2);
        assert_eq!(read(&store, |tx| recall::highest(tx, &member(1))), 0, "not the originator's number");
    }

    fn an_id_that_two_speakers_use_names_both(store: Store) {
        let (first, second) = (row("a", 2), RecallRow { id: "recall--a".into(), number: 1, ..row("b", 1) });
        for one in [&first, &second] {
            assert!(write(&store, |tx| recall::keep(tx, one, &[])));
        }
        assert_eq!(read(&store, |tx| recall::called(tx, "recall--a")), [second, first]);
        assert_eq!(read(&store, |tx| recall::called(tx, "recall--b")), []);
    }

    fn what_is_in_force_is_found_by_id_and_by_bytes(store: Store) {
        for (name, number) in [("a", 1), ("b", 2)] {
            let named = [target(name, 1, "x"), target(name, 2, name)];
            write(&store, |tx| recall::keep(tx, &row(name, number), &named));
        }
        let mut many: Vec<String> = (0..600).map(|n| format!("other-{n}")).collect();
        many.push("x".into());
        let ids: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(read(&store, |tx| recall::of_ids(tx, &member(1), &ids)).len(), 2);
        assert_eq!(read(&store, |tx| recall::of_ids(tx, &member(1), &["a"])), [target("a", 2, "a")]);
        let objects: Vec<_> = many.iter().map(|id| digest(id)).collect();
        assert_eq!(read(&store, |tx| recall::of_objects(tx, &objects)).len(), 2);
        assert!(write(&store, |tx| recall::supersede(tx, digest("a"))));
        assert!(!write(&store, |tx| recall::supersede(tx, digest("a"))), "it was noted");
        assert_eq!(read(&store, |tx| recall::of_ids(tx, &member(1), &ids)), [target("b", 1, "x")]);
        assert_eq!(read(&store, |tx| recall::of_objects(tx, &[digest("a"), digest("b")])), [target("b", 2, "b")]);
        let found = read(&store, |tx| recall::list(tx, true));
        assert_eq!(found, [row("b", 2)]);
        let all = read(&store, |tx| recall::list(tx, false));
        assert_eq!(all, [RecallRow { is_superseded: true, ..row("a", 1) }, row("b", 2)]);
    }

    fn a_record_moves_under_the_recall_that_is_meant(store: Store) {
        for (name, number) in [("a", 1), ("b", 2)] {
            write(&store, |tx| recall::keep(tx, &row(name, number), &[target(name, 1, "x")]));
        }
        let held = (TargetState::Held, "legal-duty");
        assert!(write(&store, |tx| recall::move_target(tx, (digest("a"), 1), held, NAME, Micros(NOW_US + 9))));
        assert!(!write(&store, |tx| recall::move_target(tx, (digest("a"), 2), held, NAME, Micros(NOW_US))));
        let expected = TargetRow {
            state: TargetState::Held,
            reason: "legal-duty".into(),
            actor: NAME.into(),
            at: Micros(NOW_US + 9),
            ..target("a", 1, "x")
        };
        assert_eq!(read(&store, |tx| recall::targets(tx, digest("a"))), [expected]);
        assert_eq!(read(&store, |tx| recall::targets(tx, digest("b"))), [target("b", 1, "x")]);
    }

    fn many_records_move_under_the_recall_that_is_meant(store: Store) {
        for (name, number) in [("a", 1), ("b", 2)] {
            let targets = [1, 2, 3].map(|n| target(name, n, &format!("{name}{n}")));
            write(&store, |tx| recall::keep(tx, &row(name, number), &targets));
        }
        let aside = TargetState::SetAside;
        write(&store, |tx| recall::move_targets(tx, (digest("a"), &[1, 3]), aside, NAME, Micros(NOW_US + 9)));
        let states = |name| {
            let targets = read(&store, |tx| recall::targets(tx, digest(name)));
            targets.into_iter().map(|one| (one.state, one.actor, one.at)).collect::<Vec<_>>()
        };
        let (moved, stays) = (
            (aside, NAME.to_owned(), Micros(NOW_US + 9)),
            (TargetState::Absent, String::new(), Micros(NOW_US)),
        );
        assert_eq!(states("a"), [moved.clone(), stays.clone(), moved]);
        assert_eq!(states("b"), [stays.clone(), stays.clone(), stays]);
        let besides = |name| read(&store, |tx| lot::recalled_besides(tx, digest(name), &["a1", "b2", "c"]));
        assert_eq!(besides("a"), BTreeSet::from(["b2".to_owned()]));
        assert_eq!(besides("b"), BTreeSet::from(["a1".to_owned()]));
    }

    fn a_recall_is_numbered_for_all_who_wait_for_it_once_and_behind_what_goes_to_them(store: Store) {
        write(&store, |tx| outbox::queue(tx, &member(3), digest("earlier"), NOW_US));
        let holders = [
            holder("a", 2, HolderState::Queued, 5),
            holder("a", 3, HolderState::Queued, 5),
            holder("a", 4, HolderState::Cannot, 5),
            holder("b", 5, HolderState::Queued, 5),
        ];
        write(&store, |tx| recall::keep_holders(tx, &holders));
        write(&store, |tx| recall::keep_holders(tx, &[]));
        for _ in 0..2 {
            write(&store, |tx| recall::queue(tx, digest("a"), Micros(NOW_US + 1)));
        }
        let numbers = || {
            let sql = "SELECT member, n FROM outbox WHERE digest = ?1 ORDER BY member";
            let rows = read(&store, |tx| tx.query(sql, &[digest("a").0.into()]));
            rows.iter().map(|row| (row.text(0).unwrap(), row.int(1).unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(numbers(), [(member(2).to_string(), 1), (member(3).to_string(), 2)]);
    }

    fn who_told_first_stays_the_first(store: Store) {
        assert_eq!(read(&store, |tx| recall::tellers(tx, digest("a"))), []);
        for (number, is_new) in [(7, true), (3, true), (7, false), (5, true)] {
            assert_eq!(write(&store, |tx| recall::told_by(tx, digest("a"), &member(number), true)), is_new);
        }
        write(&store, |tx| recall::told_by(tx, digest("b"), &member(3), true));
        assert_eq!(read(&store, |tx| recall::tellers(tx, digest("a"))), [member(7), member(3), member(5)]);
        assert_eq!(read(&store, |tx| recall::tellers(tx, digest("b"))), [member(3)]);
    }

    fn who_told_and_gets_no_answer_gets_them_later_behind_the_others(store: Store) {
        let tell = |number, is_answered| {
            write(&store, |tx| recall::told_by(tx, digest("a"), &member(number), is_answered))
        };
        assert!(!tell(7, false) && !tell(8, false) && tell(3, true));
        assert_eq!(read(&store, |tx| recall::tellers(tx, digest("a"))), [member(3)]);
        assert_eq!(read(&store, |tx| recall::tellers_below(tx, digest("a"))), [member(7), member(8)]);
        assert!(tell(8, true) && !tell(8, true) && !tell(8, false));
        assert_eq!(read(&store, |tx| recall::tellers(tx, digest("a"))), [member(3), member(8)]);
        assert!(read(&store, |tx| recall::between(tx, &member(7))).contains(&digest("a")));
    }

    fn several_tell_at_once_and_each_is_noted_once(store: Store) {
        at_once(4, |thread| {
            write(&store, |tx| recall::told_by(tx, digest("a"), &member(u32::try_from(thread % 2).unwrap()), true))
        });
        assert_eq!(read(&store, |tx| recall::tellers(tx, digest("a"))).len(), 2);
    }

    fn what_two_nodes_told_each_other_is_one_set_on_both_sides(store: Store) {
        for (name, number) in [("a", 2), ("b", 2), ("c", 3)] {
            write(&store, |tx| recall::keep_holder(tx, &holder(name, number, HolderState::Superseded, NOW_US)));
        }
        write(&store, |tx| recall::keep_holder(tx, &holder("d", 2, HolderState::Cannot, NOW_US)));
        for name in ["b", "e"] {
            write(&store, |tx| recall::told_by(tx, digest(name), &member(2), true));
        }
        let expected: BTreeSet<Digest> = ["a", "b", "e"].map(digest).into();
        assert_eq!(read(&store, |tx| recall::between(tx, &member(2))), expected);
        assert!(read(&store, |tx| recall::between(tx, &member(4))).is_empty());
    }

    fn each_holder_keeps_its_own_state_and_answer(store: Store) {
        let mut one = holder("a", 2, HolderState::Queued, NOW_US);
        write(&store, |tx| recall::keep_holder(tx, &one));
        write(&store, |tx| recall::keep_holder(tx, &holder("a", 1, HolderState::Cannot, NOW_US)));
        write(&store, |tx| recall::keep_holder(tx, &holder("b", 2, HolderState::Told, NOW_US)));
        one.holder = Holder {
            state: HolderState::Closed,
            answer: Some(AnswerOrder { at: Micros(NOW_US + 3), leaf: 9, digest: digest("answer") }),
        };
        one.reason = NAME.into();
        one.told = Some(Micros(NOW_US + 2));
        one.onward = (4, 1);
        one.escalated = Some(Micros(NOW_US + 4));
        one.closed_by = Some("officer".into());
        write(&store, |tx| recall::keep_holder(tx, &one));
        assert_eq!(read(&store, |tx| recall::holder(tx, digest("a"), &member(2))), Some(one.clone()));
        assert_eq!(read(&store, |tx| recall::holder(tx, digest("a"), &member(3))), None);
        let all = read(&store, |tx| recall::holders(tx, digest("a")));
        assert_eq!(all, [holder("a", 1, HolderState::Cannot, NOW_US), one]);
    }

    fn who_waits_past_the_date_is_overdue_the_longest_first(store: Store) {
        for (number, state) in (10..).zip(HolderState::ALL) {
            let due = NOW_US - i64::from(number);
            write(&store, |tx| recall::keep_holder(tx, &holder("a", number, *state, due)));
        }
        write(&store, |tx| recall::keep_holder(tx, &holder("a", 1, HolderState::Told, NOW_US)));
        write(&store, |tx| recall::keep_holder(tx, &holder("a", 2, HolderState::Told, NOW_US + 1)));
        let late = read(&store, |tx| recall::overdue(tx, Micros(NOW_US)));
        let states: Vec<HolderState> = late.iter().map(|one| one.holder.state).collect();
        let (queued, told) = (HolderState::Queued, HolderState::Told);
        assert_eq!(states, [HolderState::Partly, HolderState::Acknowledged, told, queued, told]);
        assert!(late.is_sorted_by_key(|one| one.due));
    }

    fn a_dispute_is_open_until_somebody_is_done_with_it(store: Store) {
        let one = |name: &str, at: i64| DisputeRow {
            message: digest(name),
            member: member(2),
            id: NAME.to_owned(),
            version_at: Micros(NOW_US),
            object: digest("object"),
            reason: Doubt::Duplicate,
            is_own: name == "a",
            is_closed: false,
            at: Micros(at),
        };
        let (late, early) = (one("a", NOW_US + 1), one("b", NOW_US));
        for row in [&late, &early] {
            assert!(write(&store, |tx| dispute::keep(tx, row)));
        }
        assert!(!write(&store, |tx| dispute::keep(tx, &one("a", 0))), "it is known");
        assert_eq!(read(&store, dispute::open), [early.clone(), late.clone()]);
        assert!(write(&store, |tx| dispute::close(tx, digest("b"))));
        assert!(!write(&store, |tx| dispute::close(tx, digest("b"))));
        assert_eq!(read(&store, dispute::open), std::slice::from_ref(&late));
        let all = read(&store, |tx| dispute::about(tx, NAME));
        assert_eq!(all, [DisputeRow { is_closed: true, ..early }, late]);
        assert_eq!(read(&store, |tx| dispute::about(tx, "other")), []);
    }
}
