//! What several users of one database can rely on: snapshots, writers that take turns, a schema that fits.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says by a panic that something is wrong"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc;
use std::thread;

use comity_store::{Location, Store, StoreError, Tx, Value};
use comity_testkit::{NOW_US, Place, places};

fn count(store: &Store) -> i64 {
    store.read("count", count_in).unwrap()
}

fn count_in(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    tx.query_one("SELECT COUNT(*) FROM leaf", &[])?.unwrap().int(0)
}

fn add(store: &Store) -> i64 {
    store
        .write("add", |tx| {
            let next = count_in(tx)?;
            tx.exec("INSERT INTO leaf (seq, body) VALUES (?1, ?2)", &[next.into(), vec![1_u8].into()])?;
            Ok::<_, StoreError>(next)
        })
        .unwrap()
}

places! {
    fn a_reader_keeps_its_snapshot_while_another_writes(place: &Place) {
        let store = place.open();
        let (go, start) = mpsc::channel();
        let (done, finished) = mpsc::channel();
        let writer = store.clone();
        let thread = thread::spawn(move || {
            start.recv().unwrap();
            add(&writer);
            done.send(()).unwrap();
        });
        store.read("snapshot", |tx| {
            assert_eq!(count_in(tx)?, 0);
            go.send(()).unwrap();
            finished.recv().unwrap();
            assert_eq!(count_in(tx)?, 0, "the snapshot does not move");
            Ok::<_, StoreError>(())
        }).unwrap();
        thread.join().unwrap();
        assert_eq!(count(&store), 1, "the next read sees the write");
    }

    fn another_store_on_the_same_place_sees_a_write_at_once(place: &Place) {
        let (one, two) = (place.open(), place.open());
        for wanted in 1..=5 {
            add(&one);
            assert_eq!(count(&two), wanted);
        }
        add(&two);
        assert_eq!(count(&one), 6);
    }

    fn two_stores_that_write_at_once_lose_nothing(place: &Place) {
        let (one, two) = (place.open(), place.open());
        let threads: Vec<_> = [one.clone(), one, two.clone(), two].into_iter().map(|store| {
            thread::spawn(move || (0..25).map(|_| add(&store)).collect::<Vec<i64>>())
        }).collect();
        let mut numbers: Vec<i64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..100).collect::<Vec<i64>>(), "each writer saw all that came before it");
    }

    fn more_readers_than_connections_are_served(place: &Place) {
        let store = place.open();
        add(&store);
        let threads: Vec<_> = (0..12).map(|_| {
            let store = store.clone();
            thread::spawn(move || (0..20).all(|_| count(&store) == 1))
        }).collect();
        assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
    }

    fn what_was_written_is_there_after_reopening(place: &Place) {
        add(&place.open());
        assert_eq!(count(&place.open()), 1);
    }

    fn opening_at_once_makes_the_schema_once(place: &Place) {
        thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| place.open())).collect();
            for thread in threads {
                assert_eq!(count(&thread.join().unwrap()), 0);
            }
        });
        let rows = place.open().read("look", |tx| tx.query("SELECT version, applied_us FROM migration", &[])).unwrap();
        assert_eq!(rows[0].values(), [1_i64.into(), Value::Int(NOW_US)]);
    }

    fn opening_does_not_wait_for_a_writer(place: &Place) {
        let store = place.open();
        let (location, opened) = (place.location().clone(), mpsc::channel());
        store.write("long", |tx| {
            count_in(tx)?;
            let (send, location) = (opened.0.clone(), location.clone());
            let other = thread::spawn(move || send.send(Store::open(&location, NOW_US).is_ok()).unwrap());
            assert_eq!(opened.1.recv(), Ok(true), "the other store opens while this one writes");
            other.join().unwrap();
            Ok::<_, StoreError>(())
        }).unwrap();
    }

    fn an_altered_history_is_refused(place: &Place) {
        let tamper = "UPDATE migration SET checksum = ?1 WHERE version = 1";
        place.open().write("tamper", |tx| tx.exec(tamper, &["00".into()])).unwrap();
        let Err(StoreError::Schema(text)) = Store::open(place.location(), NOW_US) else { panic!("opened") };
        assert!(text.contains("migration 1 (`init`)"), "{text}");
    }

    fn a_newer_schema_is_refused(place: &Place) {
        let newer = "INSERT INTO migration (version, name, checksum, applied_us) VALUES (99, 'later', '', 0)";
        place.open().write("newer", |tx| tx.exec(newer, &[])).unwrap();
        let Err(StoreError::Schema(text)) = Store::open(place.location(), NOW_US) else { panic!("opened") };
        assert!(text.contains("version 99") && text.contains("newer"), "{text}");
    }

    fn a_database_of_somebody_else_is_left_alone(place: &Place) {
        let store = place.open();
        store.write("disguise", |tx| tx.exec("ALTER TABLE migration RENAME TO other", &[])).unwrap();
        drop(store);
        let Err(StoreError::Schema(text)) = Store::open(place.location(), NOW_US) else { panic!("opened") };
        assert!(text.contains("not ours"), "{text}");
    }
}

#[test]
fn a_file_is_for_its_owner_alone() {
    let place = Place::file();
    let store = place.open();
    add(&store);
    let Location::File(path) = place.location() else { panic!("no file") };
    for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", entry.file_name().display());
    }
}

#[test]
fn a_file_that_is_no_database_is_reported_as_damaged() {
    let place = Place::file();
    let Location::File(path) = place.location() else { panic!("no file") };
    std::fs::write(path, "not a database, but longer than a header of one hundred bytes".repeat(20)).unwrap();
    let done = Store::open(place.location(), NOW_US);
    assert!(matches!(done, Err(StoreError::Corrupt(_))), "{done:?}");
}

#[test]
fn a_folder_that_is_missing_is_named() {
    let place = Place::file();
    let Location::File(path) = place.location() else { panic!("no file") };
    let inside = Location::File(path.with_file_name("absent").join("store.db"));
    let Err(StoreError::Unavailable(text)) = Store::open(&inside, NOW_US) else { panic!("opened") };
    assert!(text.contains("absent"), "{text}");
}

#[test]
fn a_foreign_lock_holds_up_writers_and_no_reader() {
    let place = Place::file();
    let store = place.open();
    let Location::File(path) = place.location() else { panic!("no file") };
    let foreign = rusqlite::Connection::open(path).unwrap();
    foreign.execute_batch("BEGIN IMMEDIATE; INSERT INTO leaf (seq, body) VALUES (0, x'00')").unwrap();
    let writer = store.clone();
    let waiting = thread::spawn(move || add(&writer));
    assert_eq!(count(&store), 0, "readers go on, on what was committed");
    foreign.execute_batch("COMMIT").unwrap();
    assert_eq!(waiting.join().unwrap(), 1, "the writer came after the foreign one");
}

#[test]
fn a_server_that_closed_our_connections_is_reached_again() {
    let Some(place) = Place::postgres() else { return };
    let (store, other) = (place.open(), place.open());
    add(&store);
    assert_eq!(count(&store), 1);
    // The second store's own connection stays; all others of this schema's application die.
    let end = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE pid <> pg_backend_pid() AND query LIKE ?1";
    let mark = format!("%{}%", "COMMIT");
    other.read("end", |tx| tx.query(end, &[mark.as_str().into()])).unwrap();
    assert_eq!(add(&store), 1);
    assert_eq!(count(&store), 2);
}

#[test]
fn a_server_that_is_not_there_is_unavailable_and_keeps_the_password() {
    let location = Location::parse("postgres://me:hunter2@127.0.0.1:1/none").unwrap();
    let Err(StoreError::Unavailable(text)) = Store::open(&location, NOW_US) else { panic!("opened") };
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_key_too_long_for_an_index_is_a_conflict() {
    let Some(place) = Place::postgres() else { return };
    let mut state = 1_u32;
    // Text that does not compress, so that its size is its length.
    let name: String = (0..10_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'!' + u8::try_from(state >> 24).unwrap() % 90)
        })
        .collect();
    let insert = "INSERT INTO fact (name, value) VALUES (?1, '')";
    let done = place.open().write("long", |tx| tx.exec(insert, &[name.as_str().into()]));
    assert!(matches!(done, Err(StoreError::Conflict(_))), "{done:?}");
}
