//! Copies between engines: a backup holds what the store held, and a restore brings it back.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says by a panic that something is wrong"
)]

use comity_store::{Store, StoreError, Value};
use comity_testkit::{NOW_US, Place};

/// Fills several tables, one of them beyond a batch, with every kind of value.
fn fill(store: &Store) {
    store
        .write("fill", |tx| {
            tx.exec("INSERT INTO fact (name, value) VALUES ('made', 'é''\n')", &[])?;
            let handlings: Vec<Value> = (0_u8..3)
                .flat_map(|n| [vec![n, 0, 255].into(), "{}".into(), Value::Null, i64::from(n).into()])
                .collect();
            tx.insert_many("INSERT INTO handling (handling, body, opens_us, closes_us)", 4, &handlings, "")?;
            let leaves: Vec<Value> =
                (0_i64..9_001).flat_map(|n| [n.into(), n.to_be_bytes().to_vec().into()]).collect();
            tx.insert_many("INSERT INTO leaf (seq, body)", 2, &leaves, "")?;
            let nodes: Vec<Value> =
                (0_i64..4).flat_map(|n| [n.into(), vec![7_u8; 2_000_000].into()]).collect();
            tx.insert_many("INSERT INTO tree (idx, hash)", 2, &nodes, "")
        })
        .unwrap();
}

fn rows(store: &Store) -> Vec<Vec<Value>> {
    let looks = [
        "SELECT name, value FROM fact ORDER BY name",
        "SELECT handling, body, opens_us, closes_us FROM handling ORDER BY handling",
        "SELECT seq, body FROM leaf ORDER BY seq",
        "SELECT idx, hash FROM tree ORDER BY idx",
    ];
    let all = |sql: &&str| store.read("look", |tx| tx.query(sql, &[])).unwrap();
    looks.iter().flat_map(all).map(comity_store::Row::into_values).collect()
}

fn places() -> impl Iterator<Item = Place> {
    [Some(Place::memory()), Some(Place::file()), Place::postgres()].into_iter().flatten()
}

#[test]
fn a_copy_equals_its_source_between_all_engines() {
    for from in places() {
        let source = from.open();
        fill(&source);
        for to in places() {
            let target = to.open();
            let copied = source.copy_to(&target).unwrap();
            assert_eq!(copied.rows.get("leaf"), Some(&9_001));
            assert_eq!(copied.rows.get("record"), Some(&0), "every table is named");
            assert_eq!(copied.total(), 1 + 3 + 9_001 + 4);
            assert!(rows(&source) == rows(&target), "{:?} to {:?}", from.location(), to.location());
        }
    }
}

#[test]
fn a_target_that_holds_rows_is_left_as_it_is() {
    for to in places() {
        let source = Place::memory().open();
        fill(&source);
        let target = to.open();
        target
            .write("own", |tx| tx.exec("INSERT INTO leaf (seq, body) VALUES (5, ?1)", &[vec![1].into()]))
            .unwrap();
        let done = source.copy_to(&target);
        assert!(matches!(&done, Err(StoreError::Conflict(text)) if text.contains("`leaf`")), "{done:?}");
        assert_eq!(rows(&target), [[5_i64.into(), Value::Blob(vec![1])]]);
    }
}

#[test]
fn a_store_cannot_be_copied_onto_itself() {
    for place in places() {
        let store = place.open();
        assert!(store.copy_to(&store.clone()).is_err());
    }
}

#[test]
fn the_file_alone_is_the_whole_copy() {
    let (source, place) = (Place::memory().open(), Place::file());
    fill(&source);
    let target = place.open();
    source.copy_to(&target).unwrap();
    let comity_store::Location::File(path) = place.location() else { panic!("no file") };
    let elsewhere = Place::file();
    let comity_store::Location::File(other) = elsewhere.location() else { panic!("no file") };
    // The target is still open: nothing may stand in its side files alone.
    std::fs::copy(path, other).unwrap();
    let moved = Store::open(elsewhere.location(), NOW_US).unwrap();
    assert!(rows(&moved) == rows(&source));
}
