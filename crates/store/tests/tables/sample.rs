//! Rows for the tests of the tables, with as little in them as a test may leave open.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use comity_model::stix::{Digest, Tlp};
use comity_model::{Handling, HandlingId, MemberId, Micros, Record, RecordKey, RecordState};
use comity_store::tables::collection::{self, Collection};
use comity_store::tables::handling;
use comity_store::tables::record::NewRecord;
use comity_store::{Store, StoreError, Tx};
use comity_testkit::NOW_US;

/// A name in three scripts, with signs that SQL and wildcards know.
pub const NAME: &str = "EXERCISE Näme 'имя' \"اسم\" 名 %_;--";

/// Writes; what fails ends the test.
pub fn write<T>(store: &Store, run: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
    store.write("test.write", run).unwrap()
}

/// Reads; what fails ends the test.
pub fn read<T>(store: &Store, run: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
    store.read("test.read", run).unwrap()
}

/// A write that must be refused because a key is taken.
pub fn assert_conflict(store: &Store, run: impl FnMut(&mut Tx<'_>) -> Result<(), StoreError>) {
    let done = store.write("test.conflict", run);
    assert!(matches!(done, Err(StoreError::Conflict(_))), "{done:?}");
}

/// Runs the same on several threads at once and gives what each found.
pub fn at_once<T: Send>(threads: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let run = &run;
        let started: Vec<_> = (0..threads).map(|thread| scope.spawn(move || run(thread))).collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// The member with this number.
pub fn member(number: u32) -> MemberId {
    format!("identity--00000000-0000-4000-8000-{number:012}").parse().unwrap()
}

/// A digest that stands for this text.
pub fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

/// The handling of member 1 at a level.
pub fn handling(level: Tlp) -> Handling {
    let mut handling = Handling::unmarked(member(1));
    handling.tlp = Some(level);
    handling
}

/// Its name.
pub fn shelf(level: Tlp) -> HandlingId {
    handling(level).id().unwrap()
}

/// Keeps the handlings of all levels.
pub fn keep_handlings(store: &Store) {
    write(store, |tx| {
        for level in Tlp::ALL {
            handling::intern(tx, shelf(level), &handling(level))?;
        }
        Ok(())
    });
}

/// A collection of this id; its alias is `alias-ID`.
pub fn named(id: &str) -> Collection {
    Collection {
        id: id.to_owned(),
        alias: format!("alias-{id}"),
        title: NAME.to_owned(),
        description: String::new(),
        exercise: true,
    }
}

/// Adds that collection at [`NOW_US`].
pub fn keep_collection(store: &Store, id: &str) {
    write(store, |tx| collection::insert(tx, &named(id), NOW_US));
}

/// The STIX id with this number.
pub fn note_id(number: i64) -> String {
    format!("note--00000000-0000-4000-8000-{number:012}")
}

/// A live record at TLP:CLEAR of member 1, whose id, place and added-time follow its number. The number 1 is the first.
pub fn record(collection: &str, seq: i64) -> NewRecord {
    let bytes = format!("{{\"EXERCISE\":{seq}}}").into_bytes();
    let digest = Digest::of(&bytes);
    NewRecord {
        record: Record {
            key: RecordKey {
                collection: collection.to_owned(),
                origin: member(1),
                id: note_id(seq),
                version: Micros(NOW_US).to_string(),
                digest,
            },
            seq,
            kind: "note".to_owned(),
            version_at: Micros(NOW_US),
            spec_version: "2.1".to_owned(),
            name: format!("EXERCISE {seq}"),
            handling: Arc::new(handling(Tlp::Clear)),
            handling_id: shelf(Tlp::Clear),
            parts: BTreeSet::new(),
            added_at: Micros(NOW_US + seq),
            state: RecordState::Live,
            reason: String::new(),
            envelope: "{}".to_owned(),
            held: digest,
            leaf: 0,
            names: false,
            revision: 1,
            actor: "operator".to_owned(),
        },
        ord: seq - 1,
        salt: salt(seq),
        bytes,
        references: Vec::new(),
        findings: Vec::new(),
    }
}

/// The same record with another version: `seconds` after the first.
pub fn versioned(mut new: NewRecord, id: i64, seconds: i64) -> NewRecord {
    new.record.key.id = note_id(id);
    new.record.version_at = Micros(NOW_US).plus_seconds(seconds);
    new.record.key.version = new.record.version_at.to_string();
    new
}

/// The same record at another level.
pub fn at_level(mut new: NewRecord, level: Tlp, ord: i64) -> NewRecord {
    new.record.handling = Arc::new(handling(level));
    new.record.handling_id = shelf(level);
    new.ord = ord;
    new
}

/// The salt of the record with this number.
pub fn salt(seq: i64) -> [u8; 32] {
    digest(&format!("salt {seq}")).0
}
