//! Collections, their clocks and their counters.

use comity_store::tables::collection::{self, Collection};
use comity_store::{Store, StoreError};
use comity_testkit::{NOW_US, places, stores};

use crate::sample::{NAME, assert_conflict, at_once, keep_collection, named, read, write};

/// Takes numbers and instants from two stores at once, in blocks of two and three, and sees that each was given once.
fn assert_shared_out(stores: &[Store; 2]) {
    keep_collection(&stores[0], "c");
    let taken = at_once(2, |thread| {
        let count = 2 + i64::try_from(thread).unwrap();
        (0..20)
            .map(|_| {
                write(&stores[thread], |tx| {
                    let seq = collection::take_numbers(tx, "c", count)?;
                    Ok((seq, collection::take_instants(tx, "c", NOW_US, count)?, count))
                })
            })
            .collect::<Vec<_>>()
    });
    let mut blocks = taken.concat();
    blocks.sort_unstable();
    let mut next = 1;
    for (seq, at_us, count) in blocks {
        assert_eq!(
            (seq, at_us),
            (next, NOW_US + next),
            "blocks follow one another, numbers and instants alike"
        );
        next += count;
    }
    assert_eq!(next, 1 + 20 * 2 + 20 * 3);
}

stores! {
    fn a_collection_is_found_by_id_and_by_alias(store: Store) {
        let one = Collection { alias: NAME.to_owned(), description: "d".to_owned(), ..named("c1") };
        let two = Collection { exercise: false, ..named("c2") };
        assert_eq!(read(&store, |tx| collection::find(tx, "c1")), None);
        write(&store, |tx| collection::insert(tx, &one, NOW_US));
        write(&store, |tx| collection::insert(tx, &two, NOW_US));
        for name in ["c1", NAME] {
            assert_eq!(read(&store, |tx| collection::find(tx, name)), Some(one.clone()));
        }
        assert_eq!(read(&store, |tx| collection::find(tx, "alias-c2")), Some(two.clone()));
        for name in ["", "C1", "c", "c1 ", "%"] {
            assert_eq!(read(&store, |tx| collection::find(tx, name)), None, "`{name}`");
        }
    }

    fn collections_are_listed_oldest_first(store: Store) {
        assert_eq!(read(&store, collection::list), []);
        for (id, at_us) in [("b", NOW_US), ("Z", NOW_US), ("a", NOW_US), ("c", NOW_US - 1)] {
            write(&store, |tx| collection::insert(tx, &named(id), at_us));
        }
        let listed: Vec<String> = read(&store, collection::list).into_iter().map(|one| one.id).collect();
        assert_eq!(listed, ["c", "Z", "a", "b"], "by time, then by the bytes of the id");
    }

    fn an_id_and_an_alias_are_given_once(store: Store) {
        keep_collection(&store, "c");
        assert_conflict(&store, |tx| {
            collection::insert(tx, &Collection { alias: "other".to_owned(), ..named("c") }, NOW_US)
        });
        assert_conflict(&store, |tx| {
            collection::insert(tx, &Collection { alias: "alias-c".to_owned(), ..named("d") }, NOW_US)
        });
        assert_eq!(read(&store, collection::list).len(), 1);
    }

    fn instants_rise_whatever_the_clock_does(store: Store) {
        keep_collection(&store, "c");
        let take = |now_us, count| write(&store, |tx| collection::take_instants(tx, "c", now_us, count));
        assert_eq!(take(NOW_US, 1), NOW_US + 1, "the clock stands at the time of the collection");
        assert_eq!(take(NOW_US + 1_000, 1), NOW_US + 1_000, "it follows the machine's clock");
        assert_eq!(take(NOW_US + 1_000, 10), NOW_US + 1_001, "ten instants: 1,001 to 1,010");
        assert_eq!(take(0, 1), NOW_US + 1_011, "a clock set back");
        assert_eq!(take(NOW_US + 1_011, 0), NOW_US + 1_012, "at least one is taken");
        assert_eq!(take(NOW_US + 1_013, 1), NOW_US + 1_013, "the next is free");
    }

    fn numbers_have_no_gap(store: Store) {
        for id in ["c", "d"] {
            keep_collection(&store, id);
        }
        let take = |id: &str, count| write(&store, |tx| collection::take_numbers(tx, id, count));
        assert_eq!([take("c", 1), take("c", 3), take("c", 1)], [1, 2, 5]);
        assert_eq!(take("d", 1), 1, "each collection counts for itself");
        let failed = store.write("fail", |tx| {
            collection::take_numbers(tx, "c", 100)?;
            Err::<(), _>(StoreError::Busy)
        });
        assert!(failed.is_err());
        assert_eq!(take("c", 1), 6, "what was not committed was not taken");
    }

    fn a_collection_that_is_absent_has_no_counters(store: Store) {
        let taken = store.write("none", |tx| collection::take_numbers(tx, "none", 1));
        let Err(StoreError::Row(text)) = taken else { panic!("{taken:?}") };
        assert!(text.contains("none"), "{text}");
        assert!(matches!(
            store.write("none", |tx| collection::take_instants(tx, "none", NOW_US, 1)),
            Err(StoreError::Row(_))
        ));
    }

    fn two_writers_at_once_take_different_numbers_and_instants(store: Store) {
        assert_shared_out(&[store.clone(), store]);
    }
}

places! {
    fn two_stores_at_once_take_different_numbers_and_instants(place: &Place) {
        assert_shared_out(&[place.open(), place.open()]);
    }
}
