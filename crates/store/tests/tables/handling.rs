//! Interned handlings and their shelves.

use std::collections::BTreeSet;
use std::sync::Arc;

use comity_model::stix::Tlp;
use comity_model::{Category, Flag, Handling, HandlingCode, Micros, Pap};
use comity_store::tables::handling::{self as table, Handlings, Shelf};
use comity_store::{Store, StoreError};
use comity_testkit::{NOW_US, stores};

use crate::sample::{NAME, at_once, digest, handling, keep_handlings, member, read, shelf, write};

fn full() -> Handling {
    let mut full = handling(Tlp::Amber);
    full.uninterpreted = true;
    full.code = Some(HandlingCode::H3);
    full.pap = Some(Pap::Red);
    full.recipients = BTreeSet::from([member(1), member(2)]);
    full.groups = BTreeSet::from([NAME.to_owned()]);
    full.exclusions = BTreeSet::from([member(3)]);
    full.delegates = BTreeSet::from([member(4)]);
    full.purposes = BTreeSet::from(["граница".to_owned(), "border".to_owned()]);
    full.embargo_until = Some(Micros(NOW_US));
    full.end_at = Some(Micros(NOW_US).plus_seconds(1));
    full.onward = true;
    full.personal = true;
    full.category = Some(Category::FutureOffence);
    full.flags = BTreeSet::from([Flag::Minor, Flag::AnonymousSource]);
    full
}

/// A handling with these dates, kept; gives its name.
fn dated(store: &Store, opens_us: Option<i64>, closes_us: Option<i64>) -> comity_model::HandlingId {
    let mut dated = handling(Tlp::Green);
    dated.embargo_until = opens_us.map(Micros);
    dated.end_at = closes_us.map(Micros);
    let id = dated.id().unwrap();
    write(store, |tx| table::intern(tx, id, &dated));
    id
}

stores! {
    fn a_handling_is_kept_once_and_reads_back_whole(store: Store) {
        for one in [full(), Handling::unmarked(member(9))] {
            let id = one.id().unwrap();
            assert!(write(&store, |tx| table::intern(tx, id, &one)), "it is new");
            assert!(!write(&store, |tx| table::intern(tx, id, &one)), "it is known");
            let found = read(&store, |tx| Handlings::default().get(tx, id));
            assert_eq!(*found, one);
            assert_eq!(found.id().unwrap(), id);
        }
    }

    fn a_handling_is_read_once_in_a_transaction(store: Store) {
        keep_handlings(&store);
        read(&store, |tx| {
            let mut handlings = Handlings::default();
            let (one, two) = (handlings.get(tx, shelf(Tlp::Red))?, handlings.get(tx, shelf(Tlp::Red))?);
            assert!(Arc::ptr_eq(&one, &two));
            Ok(())
        });
    }

    fn a_missing_or_altered_handling_is_damage(store: Store) {
        let get = |id| store.read("get", |tx| Handlings::default().get(tx, id));
        let absent = comity_model::HandlingId(digest("absent"));
        assert!(matches!(get(absent), Err(StoreError::Corrupt(_))), "{:?}", get(absent));
        keep_handlings(&store);
        write(&store, |tx| tx.exec("UPDATE handling SET body = '{\"v\":2}'", &[]));
        let altered = get(shelf(Tlp::Clear));
        assert!(matches!(altered, Err(StoreError::Corrupt(_))), "{altered:?}");
    }

    fn a_date_is_crossed_after_its_start_and_up_to_its_end(store: Store) {
        let opening = dated(&store, Some(100), None);
        let closing = dated(&store, None, Some(200));
        let both = dated(&store, Some(100), Some(200));
        dated(&store, None, None);
        let crossing = |from_us, to_us| {
            let found = read(&store, |tx| table::crossing(tx, from_us, to_us));
            let set: BTreeSet<_> = found.iter().copied().collect();
            assert_eq!(set.len(), found.len(), "each once");
            set
        };
        assert_eq!(crossing(0, 99), BTreeSet::new());
        assert_eq!(crossing(0, 100), BTreeSet::from([opening, both]));
        assert_eq!(crossing(99, 100), BTreeSet::from([opening, both]));
        assert_eq!(crossing(100, 199), BTreeSet::new(), "the start was acted upon before");
        assert_eq!(crossing(100, 200), BTreeSet::from([closing, both]));
        assert_eq!(crossing(0, i64::MAX), BTreeSet::from([opening, closing, both]));
        assert_eq!(crossing(200, 100), BTreeSet::new());
    }

    fn places_follow_one_another_on_each_shelf(store: Store) {
        let take = |collection: &str, level, count| {
            write(&store, |tx| table::take_places(tx, collection, shelf(level), count))
        };
        assert_eq!(take("c", Tlp::Clear, 3), (0, true));
        assert_eq!(take("c", Tlp::Clear, 1), (3, false));
        assert_eq!(take("c", Tlp::Green, 2), (0, true), "another handling, another shelf");
        assert_eq!(take("d", Tlp::Clear, 1), (0, true), "another collection, another shelf");
        assert_eq!(take("c", Tlp::Clear, 1), (4, false));
    }

    fn shelves_are_listed_in_order_all_or_of_one_handling(store: Store) {
        assert_eq!(read(&store, |tx| table::shelves(tx, None)), []);
        let mut wanted = Vec::new();
        for (collection, level, count) in
            [("d", Tlp::Red, 1), ("c", Tlp::Red, 2), ("c", Tlp::Clear, 3), ("Z", Tlp::Green, 4)]
        {
            write(&store, |tx| table::take_places(tx, collection, shelf(level), count));
            wanted.push(Shelf { collection: collection.to_owned(), handling: shelf(level), next_ord: count });
        }
        wanted.sort_by_key(|one| (one.collection.clone(), one.handling));
        assert_eq!(read(&store, |tx| table::shelves(tx, None)), wanted);
        wanted.retain(|one| one.handling == shelf(Tlp::Red));
        assert_eq!(read(&store, |tx| table::shelves(tx, Some(shelf(Tlp::Red)))), wanted);
        assert_eq!(read(&store, |tx| table::shelves(tx, Some(shelf(Tlp::Amber)))), []);
    }

    fn two_writers_at_once_take_different_places(store: Store) {
        let taken = at_once(2, |_| {
            (0..20)
                .map(|_| write(&store, |tx| table::take_places(tx, "c", shelf(Tlp::Clear), 2)))
                .collect::<Vec<_>>()
        });
        let mut places = taken.concat();
        places.sort_unstable();
        assert_eq!(places, (0..40).map(|n| (n * 2, n == 0)).collect::<Vec<_>>(), "one of them made the shelf");
    }
}
