//! Records, their bytes, references and findings.

use std::collections::BTreeSet;

use comity_model::stix::Tlp;
use comity_model::{Micros, Record, RecordKey, RecordState, Stored};
use comity_store::tables::record::{self as table, NewRecord};
use comity_store::{Store, Value};
use comity_testkit::{NOW_US, stores};

use crate::sample::{
    NAME, assert_conflict, at_level, digest, keep_collection, keep_handlings, member, note_id, read, record,
    salt, shelf, versioned, write,
};

/// No record.
const NONE: [i64; 0] = [];

fn insert(store: &Store, records: &[NewRecord]) {
    write(store, |tx| table::insert(tx, records));
}

/// A store with the records 1 to `count` of collection `c`.
fn filled(store: &Store, count: i64) -> Vec<NewRecord> {
    keep_handlings(store);
    let records: Vec<NewRecord> = (1..=count).map(|seq| record("c", seq)).collect();
    insert(store, &records);
    records
}

fn numbered(store: &Store, seq: i64) -> Option<Record> {
    read(store, |tx| table::numbered(tx, "c", seq)).map(Stored::into_inner)
}

/// Records have no equality of their own; what they print holds every field.
fn printed(record: &Record) -> String {
    format!("{record:?}")
}

fn places(found: &[Stored<Record>]) -> Vec<(String, i64)> {
    found.iter().map(|one| (one.peek().key.collection.clone(), one.peek().seq)).collect()
}

fn count(store: &Store, table: &str) -> i64 {
    read(store, |tx| tx.query_one(&format!("SELECT COUNT(*) FROM {table}"), &[])?.unwrap().int(0))
}

stores! {
    fn a_record_reads_back_as_it_was_written(store: Store) {
        keep_handlings(&store);
        let mut new = at_level(record("c", 7), Tlp::AmberStrict, 41);
        new.record.name = NAME.to_owned();
        new.record.parts = BTreeSet::from([None, Some(Tlp::Clear), Some(Tlp::AmberStrict), Some(Tlp::Red)]);
        new.record.state = RecordState::Quarantined;
        new.record.reason = NAME.to_owned();
        new.record.envelope = format!("{{\"{NAME}\":0}}");
        new.record.held = digest("held");
        new.record.leaf = i64::MAX;
        new.record.revision = u32::MAX;
        new.record.actor = "peer:север".to_owned();
        insert(&store, &[new]);
        let mut wanted = at_level(record("c", 7), Tlp::AmberStrict, 41).record;
        wanted.name = NAME.to_owned();
        wanted.parts = BTreeSet::from([None, Some(Tlp::Clear), Some(Tlp::AmberStrict), Some(Tlp::Red)]);
        wanted.state = RecordState::Quarantined;
        wanted.reason = NAME.to_owned();
        wanted.envelope = format!("{{\"{NAME}\":0}}");
        wanted.held = digest("held");
        wanted.leaf = i64::MAX;
        wanted.revision = u32::MAX;
        wanted.actor = "peer:север".to_owned();
        assert_eq!(numbered(&store, 7).as_ref().map(printed), Some(printed(&wanted)));
        let found = read(&store, |tx| table::find(tx, &wanted.key, wanted.version_at));
        assert_eq!(found.map(|one| printed(one.peek())), Some(printed(&wanted)));
    }

    fn nothing_is_written_of_nothing(store: Store) {
        insert(&store, &[]);
        assert_eq!(count(&store, "record"), 0);
        assert!(numbered(&store, 1).is_none());
    }

    fn a_record_is_found_by_its_whole_key_only(store: Store) {
        filled(&store, 1);
        let key = record("c", 1).record.key;
        let found = |key: &RecordKey, at_us| read(&store, |tx| table::find(tx, key, Micros(at_us))).is_some();
        assert!(found(&key, NOW_US));
        assert!(!found(&key, NOW_US + 1));
        assert!(!found(&RecordKey { collection: "d".to_owned(), ..key.clone() }, NOW_US));
        assert!(!found(&RecordKey { origin: member(2), ..key.clone() }, NOW_US));
        assert!(!found(&RecordKey { id: note_id(2), ..key.clone() }, NOW_US));
        assert!(!found(&RecordKey { version: "2026".to_owned(), ..key.clone() }, NOW_US));
        assert!(!found(&RecordKey { digest: digest("other"), ..key }, NOW_US));
    }

    fn a_key_and_a_number_are_given_once(store: Store) {
        filled(&store, 2);
        let mut same_number = record("c", 2);
        same_number.record.key.digest = digest("other");
        assert_conflict(&store, |tx| table::insert(tx, &[record("c", 3), record("c", 2)]));
        let same_key = |seq| {
            let mut new = record("c", 2);
            new.record.seq = seq;
            new
        };
        assert_conflict(&store, |tx| table::insert(tx, &[record("c", 3), same_key(4)]));
        assert_conflict(&store, |tx| table::insert(tx, std::slice::from_ref(&same_number)));
        assert_eq!((count(&store, "record"), count(&store, "content")), (2, 2), "nothing was kept");
        let mut elsewhere = same_key(2);
        elsewhere.record.key.collection = "d".to_owned();
        let mut of_another = same_key(5);
        of_another.record.key.origin = member(2);
        insert(&store, &[elsewhere, of_another]);
        assert_eq!(count(&store, "record"), 4, "another collection or origin is another record");
    }

    fn many_records_are_written_with_all_that_belongs_to_them(store: Store) {
        keep_handlings(&store);
        let records: Vec<NewRecord> = (1..=1_200).map(|seq| {
            let mut new = record("c", seq);
            new.references = vec![("a".to_owned(), note_id(1)), ("a".to_owned(), note_id(2))];
            new.findings = vec!["first".to_owned(), NAME.to_owned()];
            new
        }).collect();
        insert(&store, &records);
        let tables = ["record", "content", "reference", "finding"];
        assert_eq!(tables.map(|table| count(&store, table)), [1_200, 1_200, 2_400, 2_400]);
        let findings = read(&store, |tx| {
            tx.query("SELECT body FROM finding WHERE collection = 'c' AND seq = 1200 ORDER BY n", &[])
        });
        let findings: Vec<String> = findings.iter().map(|row| row.text(0).unwrap()).collect();
        assert_eq!(findings, ["first", NAME], "in their order");
        for seq in [1, 600, 1_200] {
            assert_eq!(numbered(&store, seq).map(|one| printed(&one)), Some(printed(&record("c", seq).record)));
        }
    }

    fn versions_of_an_id_come_newest_first(store: Store) {
        keep_handlings(&store);
        for collection in ["c", "d"] {
            keep_collection(&store, collection);
        }
        let of = |collection, seq, seconds| versioned(record(collection, seq), 1, seconds);
        let mut other = of("c", 4, 9);
        other.record.key.origin = member(2);
        insert(&store, &[of("c", 1, 5), of("c", 2, 0), of("c", 3, 5), other, of("d", 3, 5), record("c", 9)]);
        let versions = |collection, seconds: Option<i64>| {
            let version = seconds.map(|seconds| Micros(NOW_US).plus_seconds(seconds).to_string());
            places(&read(&store, |tx| table::of_id(tx, &note_id(1), collection, version.as_deref())))
        };
        let at = |collection: &str, seq| (collection.to_owned(), seq);
        assert_eq!(versions(None, None), [at("c", 4), at("c", 3), at("d", 3), at("c", 1), at("c", 2)]);
        assert_eq!(versions(Some("c"), None), [at("c", 4), at("c", 3), at("c", 1), at("c", 2)]);
        assert_eq!(versions(None, Some(5)), [at("c", 3), at("d", 3), at("c", 1)]);
        assert_eq!(versions(Some("d"), Some(5)), [at("d", 3)]);
        assert_eq!(versions(Some("d"), Some(9)), []);
        assert_eq!(versions(Some("e"), None), []);
        assert_eq!(read(&store, |tx| table::of_id(tx, "note--absent", None, None)).len(), 0);
    }

    fn a_collection_is_walked_in_blocks(store: Store) {
        filled(&store, 7);
        insert(&store, &[record("d", 8)]);
        let block = |collection, after, limit| {
            let found = read(&store, |tx| table::list(tx, collection, after, limit));
            found.iter().map(|one| one.peek().seq).collect::<Vec<i64>>()
        };
        assert_eq!(block("c", 0, 3), [1, 2, 3]);
        assert_eq!(block("c", 3, 3), [4, 5, 6]);
        assert_eq!(block("c", 6, 3), [7]);
        assert_eq!(block("c", 7, 3), NONE);
        assert_eq!(block("c", 0, 0), NONE);
        assert_eq!(block("none", 0, 3), NONE);
    }

    fn records_are_counted_by_origin(store: Store) {
        assert_eq!(read(&store, |tx| table::count_by_origin(tx, "c")), []);
        keep_handlings(&store);
        let states = [RecordState::Live, RecordState::Held, RecordState::Withdrawn, RecordState::Quarantined];
        let mut records: Vec<NewRecord> = (1..=8).map(|seq| record("c", seq)).collect();
        for (n, new) in records.iter_mut().enumerate() {
            new.record.state = states[n % 4];
            new.record.key.origin = member(if n < 5 { 2 } else { 1 });
        }
        records.push(record("d", 1));
        insert(&store, &records);
        assert_eq!(read(&store, |tx| table::count_by_origin(tx, "c")), [(member(1), 0, 3), (member(2), 2, 5)]);
        assert_eq!(read(&store, |tx| table::count_by_origin(tx, "d")), [(member(1), 1, 1)]);
    }

    fn what_is_known_is_found_among_many_ids(store: Store) {
        filled(&store, 1_200);
        let mut other = record("c", 1_201);
        other.record.key.origin = member(2);
        insert(&store, &[other, record("d", 1_202)]);
        let ids: Vec<String> = (1..=1_300).map(note_id).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let known = |ids: &[&str]| {
            let mut seqs: Vec<i64> =
                read(&store, |tx| table::known(tx, "c", &member(1), ids)).iter().map(|one| one.seq).collect();
            seqs.sort_unstable();
            seqs
        };
        assert_eq!(known(&ids), (1..=1_200).collect::<Vec<i64>>());
        assert_eq!(known(&ids[499..501]), [500, 501]);
        assert_eq!(known(&ids[1_200..]), NONE, "of another origin, in another collection, or of nobody");
        assert_eq!(known(&[]), NONE);
    }

    fn what_is_known_tells_where_each_version_stands(store: Store) {
        keep_handlings(&store);
        let mut held = at_level(versioned(record("c", 2), 1, 5), Tlp::Red, -1);
        held.record.state = RecordState::Held;
        held.record.revision = 3;
        held.record.held = digest("poorer");
        insert(&store, &[versioned(record("c", 1), 1, 0), held]);
        let mut found = read(&store, |tx| table::known(tx, "c", &member(1), &[&note_id(1), &note_id(2)]));
        found.sort_by_key(|one| one.seq);
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.version.clone(), one.digest, one.state, one.handling, one.revision, one.held))
            .collect();
        let (one, two) = (record("c", 1).record.key.digest, record("c", 2).record.key.digest);
        let at = |seconds| Micros(NOW_US).plus_seconds(seconds).to_string();
        assert_eq!(
            told,
            [
                (at(0), one, RecordState::Live, shelf(Tlp::Clear), 1, one),
                (at(5), two, RecordState::Held, shelf(Tlp::Red), 3, digest("poorer")),
            ]
        );
        assert!(found.iter().all(|one| one.id == note_id(1)));
    }

    fn a_placed_record_has_moved_and_is_otherwise_the_same(store: Store) {
        filled(&store, 2);
        let mut moved = at_level(record("c", 1), Tlp::Green, 0).record;
        moved.added_at = Micros(NOW_US + 99);
        moved.state = RecordState::Held;
        moved.reason = NAME.to_owned();
        moved.revision = 2;
        moved.envelope = "{\"r\":2}".to_owned();
        let mut handed = moved.clone();
        handed.name = "a name does not move".to_owned();
        handed.held = digest("bytes do not move");
        write(&store, |tx| table::place(tx, &handed, 17));
        assert_eq!(numbered(&store, 1).as_ref().map(printed), Some(printed(&moved)));
        assert_eq!(numbered(&store, 2).as_ref().map(printed), Some(printed(&record("c", 2).record)));
        let ords = read(&store, |tx| tx.query("SELECT ord, first_us FROM record ORDER BY seq", &[]));
        assert_eq!(ords[0].values(), [Value::Int(17), Value::Int(NOW_US + 1)], "the first added-time stays");
    }

    fn a_state_changes_with_its_reason(store: Store) {
        filled(&store, 2);
        insert(&store, &[record("d", 1)]);
        for state in [RecordState::Held, RecordState::Withdrawn, RecordState::Quarantined, RecordState::Live] {
            write(&store, |tx| table::set_state(tx, "c", 1, state, NAME));
            let found = numbered(&store, 1).unwrap();
            assert_eq!((found.state, found.reason.as_str()), (state, NAME));
        }
        write(&store, |tx| table::set_state(tx, "c", 1, RecordState::Withdrawn, ""));
        let others = read(&store, |tx| tx.query("SELECT seq FROM record WHERE state = 'live' AND reason = ''", &[]));
        assert_eq!(others.len(), 2, "its namesake and its neighbour stay");
    }

    fn a_salt_is_gone_after_erasure(store: Store) {
        filled(&store, 2);
        assert_eq!(read(&store, |tx| table::salt(tx, "c", 1)), Some(salt(1)));
        assert_eq!(read(&store, |tx| table::salt(tx, "c", 3)), None);
        write(&store, |tx| tx.exec("UPDATE record SET salt = NULL WHERE seq = 1", &[]));
        assert_eq!(read(&store, |tx| table::salt(tx, "c", 1)), None);
        let batch = read(&store, |tx| table::batch(tx, "c", 0));
        let wanted = [1, 2].map(|seq| record("c", seq).record.key.digest);
        assert_eq!(batch, [(None, wanted[0], None), (Some(salt(2)), wanted[1], None)], "its place in the batch stays");
    }

    fn a_batch_is_what_one_leaf_brought(store: Store) {
        keep_handlings(&store);
        let mut records: Vec<NewRecord> = [5, 1, 3, 2].map(|seq| record("c", seq)).into();
        for new in &mut records {
            new.record.leaf = 8;
        }
        records.extend([record("c", 4), record("d", 1)]);
        insert(&store, &records);
        let batch = read(&store, |tx| table::batch(tx, "c", 8));
        let wanted = [1, 2, 3, 5].map(|seq| (Some(salt(seq)), record("c", seq).record.key.digest, None));
        assert_eq!(batch, wanted, "by number");
        assert_eq!(read(&store, |tx| table::batch(tx, "c", 9)), []);
        assert_eq!(read(&store, |tx| table::batch(tx, "d", 8)), []);
    }

    fn variants_stand_beside_the_object_as_it_came(store: Store) {
        let original = filled(&store, 1).remove(0);
        let key = &original.record.key;
        let content = |variant: &[u8]| read(&store, |tx| table::content(tx, key, variant));
        assert_eq!(content(&[]).as_ref(), Some(&original.bytes));
        assert_eq!(content(b"v"), None);
        for bytes in [&b"first"[..], &[0, 255], b""] {
            write(&store, |tx| table::keep_variant(tx, key, b"v", bytes));
            assert_eq!(content(b"v").as_deref(), Some(bytes), "the newest");
        }
        write(&store, |tx| table::keep_variant(tx, key, &[0], b"zero"));
        assert_eq!(content(&[0]).as_deref(), Some(&b"zero"[..]));
        assert_eq!(content(&[]), Some(original.bytes.clone()));
        let other = RecordKey { origin: member(2), ..key.clone() };
        assert_eq!(read(&store, |tx| table::content(tx, &other, &[])), None);
    }

    fn fuller_bytes_take_the_place_of_poorer_ones(store: Store) {
        filled(&store, 2);
        let mut fuller = record("c", 1).record;
        fuller.held = digest("fuller");
        fuller.parts = BTreeSet::from([Some(Tlp::Red)]);
        write(&store, |tx| table::replace_content(tx, &fuller, b"fuller", &[]));
        assert_eq!(numbered(&store, 1).as_ref().map(printed), Some(printed(&fuller)));
        assert_eq!(read(&store, |tx| table::content(tx, &fuller.key, &[])).as_deref(), Some(&b"fuller"[..]));
        assert_eq!(numbered(&store, 2).as_ref().map(printed), Some(printed(&record("c", 2).record)));
        assert_eq!(count(&store, "content"), 2);
    }

    fn what_is_derived_is_dropped_and_made_again(store: Store) {
        keep_handlings(&store);
        let mut one = record("c", 1);
        one.references = vec![("a".to_owned(), note_id(2)), ("b".to_owned(), note_id(2))];
        let mut two = record("d", 1);
        two.references.clone_from(&one.references);
        let (key, other) = (one.record.key.clone(), two.record.key.clone());
        insert(&store, &[one, two]);
        for key in [&key, &other] {
            write(&store, |tx| table::keep_variant(tx, key, b"v", b"redacted"));
        }
        assert_eq!(write(&store, |tx| table::drop_derived(tx, "c")), 3, "a variant and two references");
        assert_eq!(write(&store, |tx| table::drop_derived(tx, "c")), 0);
        assert_eq!(read(&store, |tx| table::content(tx, &key, b"v")), None);
        assert!(read(&store, |tx| table::content(tx, &key, &[])).is_some(), "the object as it came stays");
        assert!(read(&store, |tx| table::content(tx, &other, b"v")).is_some(), "another collection stays");
        let again = [("a".to_owned(), note_id(2)), (NAME.to_owned(), note_id(3))];
        write(&store, |tx| table::keep_references(tx, "c", 1, &again));
        write(&store, |tx| table::keep_references(tx, "c", 1, &[]));
        assert_eq!(count(&store, "reference"), 4);
        assert_conflict(&store, |tx| table::keep_references(tx, "c", 1, &again));
    }
}
