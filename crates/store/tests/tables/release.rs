//! Audiences, intervals and verdicts.

use std::collections::BTreeSet;

use comity_model::stix::Tlp;
use comity_store::tables::release::{self, Audience, Interval, Verdict};
use comity_testkit::{places, stores};

use crate::sample::{NAME, assert_conflict, at_once, member, read, shelf, write};

fn interval(audience: i64, level: Tlp, lo: i64, hi: i64, base_us: i64) -> Interval {
    Interval { collection: "c".to_owned(), audience, handling: shelf(level), lo, hi: Some(hi), base_us }
}

fn verdict(audience: i64, level: Tlp, allow: bool) -> Verdict {
    Verdict { audience, handling: shelf(level), epoch: 1, allow, rules: format!("{NAME} guard-1") }
}

stores! {
    fn an_audience_is_a_member_in_a_context(store: Store) {
        assert_eq!(read(&store, release::audiences), []);
        let contexts: [(u32, &str, &str, &[&str]); 6] = [
            (1, "", "", &[]), (1, NAME, "", &[]), (1, "", NAME, &[]), (2, "", "", &[]),
            (1, "", "", &["cell"]), (1, "", "", &["cell", "desk"]),
        ];
        let mut made = Vec::new();
        for (number, (who, purpose, basis, groups)) in (1..).zip(contexts) {
            let inner: BTreeSet<String> = groups.iter().map(|name| (*name).to_owned()).collect();
            let wanted = Audience {
                number,
                member: member(who),
                purpose: purpose.to_owned(),
                basis: basis.to_owned(),
                inner: inner.clone(),
            };
            let ask = || write(&store, |tx| release::audience_of(tx, &member(who), purpose, basis, &inner));
            assert_eq!(ask(), (wanted.clone(), true));
            assert_eq!(ask(), (wanted.clone(), false), "the second time it is known");
            assert_eq!(read(&store, |tx| release::audience(tx, number)), Some(wanted.clone()));
            made.push(wanted);
        }
        assert_eq!(read(&store, release::audiences), made);
        for absent in [0, 7] {
            assert_eq!(read(&store, |tx| release::audience(tx, absent)), None);
        }
    }

    fn a_shelf_is_open_to_those_it_was_opened_to(store: Store) {
        write(&store, |tx| release::open(tx, "c", 1, shelf(Tlp::Clear), None));
        let open = |collection, audience, level| {
            read(&store, |tx| release::is_open(tx, collection, audience, shelf(level)))
        };
        assert!(open("c", 1, Tlp::Clear));
        assert!(!open("d", 1, Tlp::Clear));
        assert!(!open("c", 2, Tlp::Clear));
        assert!(!open("c", 1, Tlp::Green));
        assert_eq!(read(&store, |tx| release::late(tx, "c", 1, i64::MIN)), [], "nothing of it is late");
    }

    fn an_open_shelf_is_not_opened_again(store: Store) {
        write(&store, |tx| release::open(tx, "c", 1, shelf(Tlp::Clear), None));
        assert_conflict(&store, |tx| release::open(tx, "c", 1, shelf(Tlp::Clear), None));
        assert_conflict(&store, |tx| release::open(tx, "c", 1, shelf(Tlp::Clear), Some((5, 100))));
        assert_eq!(read(&store, |tx| release::late(tx, "c", 1, 0)), []);
        write(&store, |tx| release::open(tx, "c", 2, shelf(Tlp::Clear), Some((5, 100))));
        assert_conflict(&store, |tx| release::open(tx, "c", 2, shelf(Tlp::Clear), Some((5, 200))));
    }

    fn what_was_there_before_is_late_and_what_comes_is_not(store: Store) {
        write(&store, |tx| release::open(tx, "c", 1, shelf(Tlp::Green), Some((3, 100))));
        assert_eq!(read(&store, |tx| release::late(tx, "c", 1, 0)), [interval(1, Tlp::Green, 0, 3, 100)]);
        assert!(read(&store, |tx| release::is_open(tx, "c", 1, shelf(Tlp::Green))));
        let open = read(&store, |tx| tx.query("SELECT lo FROM release WHERE hi IS NULL", &[]));
        assert_eq!(open.iter().map(|row| row.int(0)).collect::<Vec<_>>(), [Ok(3)]);
    }

    fn an_empty_shelf_has_nothing_late(store: Store) {
        write(&store, |tx| release::open(tx, "c", 1, shelf(Tlp::Green), Some((0, 100))));
        assert_eq!(read(&store, |tx| release::late(tx, "c", 1, i64::MIN)), []);
        assert!(read(&store, |tx| release::is_open(tx, "c", 1, shelf(Tlp::Green))));
    }

    fn late_intervals_come_by_time_as_long_as_they_reach_beyond_it(store: Store) {
        for (audience, level, base_us) in
            [(1, Tlp::Red, 300), (1, Tlp::Clear, 100), (1, Tlp::Green, 200), (2, Tlp::Clear, 50)]
        {
            write(&store, |tx| release::open(tx, "c", audience, shelf(level), Some((10, base_us))));
        }
        write(&store, |tx| release::open(tx, "d", 1, shelf(Tlp::Clear), Some((10, 1))));
        let wanted = [
            interval(1, Tlp::Clear, 0, 10, 100),
            interval(1, Tlp::Green, 0, 10, 200),
            interval(1, Tlp::Red, 0, 10, 300),
        ];
        let late = |after_us| read(&store, |tx| release::late(tx, "c", 1, after_us));
        assert_eq!(late(0), wanted);
        assert_eq!(late(108), wanted, "its last is shown at 109");
        assert_eq!(late(109), wanted[1..]);
        assert_eq!(late(308), wanted[2..]);
        assert_eq!(late(309), []);
        assert_eq!(late(i64::MAX), []);
    }

    fn a_closed_shelf_shows_nothing_and_can_be_opened_anew(store: Store) {
        for (audience, level) in [(1, Tlp::Clear), (1, Tlp::Green), (2, Tlp::Clear)] {
            write(&store, |tx| release::open(tx, "c", audience, shelf(level), Some((4, 100))));
        }
        write(&store, |tx| release::close(tx, "c", 1, &[shelf(Tlp::Clear)]));
        write(&store, |tx| release::close(tx, "c", 1, &[shelf(Tlp::Clear)]));
        assert!(!read(&store, |tx| release::is_open(tx, "c", 1, shelf(Tlp::Clear))));
        assert_eq!(read(&store, |tx| release::late(tx, "c", 1, 0)), [interval(1, Tlp::Green, 0, 4, 100)]);
        assert_eq!(read(&store, |tx| release::late(tx, "c", 2, 0)), [interval(2, Tlp::Clear, 0, 4, 100)]);
        write(&store, |tx| release::open(tx, "c", 1, shelf(Tlp::Clear), Some((6, 900))));
        assert_eq!(
            read(&store, |tx| release::late(tx, "c", 1, 200)),
            [interval(1, Tlp::Clear, 0, 6, 900)],
            "all of it is late again, under new times"
        );
    }

    fn a_verdict_stands_until_the_next_one(store: Store) {
        let find = |audience, level| read(&store, |tx| release::verdict(tx, audience, shelf(level)));
        assert_eq!(find(1, Tlp::Red), None);
        for one in [verdict(1, Tlp::Red, false), verdict(2, Tlp::Red, true), verdict(1, Tlp::Clear, true)] {
            write(&store, |tx| release::decide(tx, std::slice::from_ref(&one)));
            assert_eq!(find(one.audience, if one.handling == shelf(Tlp::Red) { Tlp::Red } else { Tlp::Clear }), Some(one));
        }
        let next = Verdict { epoch: 2, allow: true, rules: String::new(), ..verdict(1, Tlp::Red, false) };
        write(&store, |tx| release::decide(tx, std::slice::from_ref(&next)));
        assert_eq!(find(1, Tlp::Red), Some(next));
        assert_eq!(find(2, Tlp::Red), Some(verdict(2, Tlp::Red, true)));
        assert_eq!(find(3, Tlp::Red), None);
    }
}

places! {
    fn two_stores_that_ask_at_once_mean_one_audience(place: &Place) {
        let stores = [place.open(), place.open()];
        let found = at_once(2, |thread| {
            (1..=10)
                .map(|who| write(&stores[thread], |tx| release::audience_of(tx, &member(who), "", "", &Default::default())))
                .collect::<Vec<_>>()
        });
        for (one, two) in found[0].iter().zip(&found[1]) {
            assert_eq!(one.0, two.0);
            assert!(one.1 != two.1, "it was new to one of them");
        }
        let numbers: Vec<i64> = read(&stores[0], release::audiences).iter().map(|one| one.number).collect();
        assert_eq!(numbers, (1..=10).collect::<Vec<i64>>());
    }
}
