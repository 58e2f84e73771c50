//! The rows of the ledger.

use comity_store::StoreError;
use comity_store::tables::journal::{self, HeadRow};
use comity_testkit::stores;

use crate::sample::{NAME, assert_conflict, digest, read, write};

fn hash(index: i64) -> (i64, [u8; 32]) {
    (index, digest(&index.to_string()).0)
}

stores! {
    fn there_is_one_head_the_newest(store: Store) {
        assert_eq!(read(&store, journal::head), None);
        for size in [1, 2, 1] {
            let head = HeadRow { size, root: hash(size).1, checkpoint: format!("{NAME}\n{size}\n") };
            write(&store, |tx| journal::set_head(tx, &head));
            assert_eq!(read(&store, journal::head), Some(head));
        }
        assert_eq!(read(&store, |tx| tx.query("SELECT size FROM head", &[])).len(), 1);
    }

    fn leaves_are_read_from_a_number_on_up_to_a_limit(store: Store) {
        let bodies: Vec<Vec<u8>> = [&b""[..], b"one", b"\0\xff two", &[7; 70_000], b"four"].map(<[u8]>::to_vec).into();
        write(&store, |tx| journal::add_leaves(tx, 0, &bodies[..3]));
        write(&store, |tx| journal::add_leaves(tx, 3, &bodies[3..]));
        write(&store, |tx| journal::add_leaves(tx, 5, &[]));
        let leaves = |first, limit| read(&store, |tx| journal::leaves(tx, first, limit));
        assert_eq!(leaves(0, 10), bodies);
        assert_eq!(leaves(1, 2), bodies[1..3]);
        assert_eq!(leaves(4, 1), bodies[4..]);
        assert_eq!(leaves(5, 1), Vec::<Vec<u8>>::new());
        assert_eq!(leaves(0, 0), Vec::<Vec<u8>>::new());
    }

    fn a_leaf_is_never_replaced(store: Store) {
        write(&store, |tx| journal::add_leaves(tx, 0, &[b"a".to_vec(), b"b".to_vec()]));
        assert_conflict(&store, |tx| journal::add_leaves(tx, 1, &[b"x".to_vec(), b"y".to_vec()]));
        assert_eq!(read(&store, |tx| journal::leaves(tx, 0, 10)), [b"a", b"b"], "nothing of it was kept");
    }

    fn hashes_come_in_the_order_asked_for(store: Store) {
        let all: Vec<_> = (0..1_300).map(hash).collect();
        write(&store, |tx| journal::add_hashes(tx, &all));
        let asked: Vec<i64> = (0..1_200).rev().chain([7, 7, 0, 1_299]).collect();
        let wanted: Vec<[u8; 32]> = asked.iter().map(|index| hash(*index).1).collect();
        assert_eq!(read(&store, |tx| journal::hashes(tx, &asked)), wanted);
        assert_eq!(read(&store, |tx| journal::hashes(tx, &[])), Vec::<[u8; 32]>::new());
    }

    fn a_hash_that_is_missing_is_damage(store: Store) {
        write(&store, |tx| journal::add_hashes(tx, &[hash(0), hash(2)]));
        let found = store.read("hashes", |tx| journal::hashes(tx, &[0, 1, 2]));
        let Err(StoreError::Corrupt(text)) = found else { panic!("{found:?}") };
        assert!(text.contains("hash 1 "), "{text}");
    }

    fn a_hash_is_never_replaced(store: Store) {
        write(&store, |tx| journal::add_hashes(tx, &[hash(0)]));
        assert_conflict(&store, |tx| journal::add_hashes(tx, &[hash(1), (0, [0; 32])]));
        assert_eq!(read(&store, |tx| journal::hash_range(tx, -1, 10)), [hash(0)]);
    }

    fn hashes_are_walked_in_order(store: Store) {
        write(&store, |tx| journal::add_hashes(tx, &[5, 0, 9, 3].map(hash)));
        write(&store, |tx| journal::add_hashes(tx, &[]));
        let range = |after, limit| read(&store, |tx| journal::hash_range(tx, after, limit));
        assert_eq!(range(-1, 10), [0, 3, 5, 9].map(hash));
        assert_eq!(range(-1, 2), [0, 3].map(hash));
        assert_eq!(range(3, 2), [5, 9].map(hash), "after, not from");
        assert_eq!(range(9, 2), []);
    }
}
