//! What people keep beside records, and records found by what they name.

use comity_model::{RecordState, Stored};
use comity_store::tables::life::{self, Grade, Remark, Sameness};
use comity_store::tables::{lookup, record};
use comity_testkit::stores;

use crate::sample::{
    NAME, assert_conflict, keep_collection, keep_handlings, note_id, read, record as sample, versioned, write,
};

fn grade(information: &str) -> Grade {
    Grade {
        scale: "6x6".into(),
        source: "B".into(),
        information: information.into(),
        reason: NAME.into(),
        actor: "operator".into(),
        at_us: 5,
    }
}

fn sameness(low: &str, high: &str, same: bool) -> Sameness {
    Sameness {
        low: low.into(),
        high: high.into(),
        n: 1,
        same,
        reason: NAME.into(),
        actor: "operator".into(),
        at_us: 7,
        undone: None,
    }
}

fn remark(number: u8, seq: i64) -> Remark {
    Remark {
        remark: format!("r{number}"),
        collection: "c".into(),
        seq,
        id: note_id(seq),
        body: NAME.into(),
        actor: "operator".into(),
        at_us: i64::from(number),
    }
}

fn ids(found: Vec<Stored<comity_model::Record>>) -> Vec<i64> {
    found.into_iter().map(|one| one.into_inner().seq).collect()
}

stores! {
    fn the_newest_grade_of_a_record_comes_first_and_the_older_ones_stay(store: Store) {
        for information in ["2", "3", "1"] {
            write(&store, |tx| life::keep_grade(tx, "c", 1, &grade(information)));
        }
        write(&store, |tx| life::keep_grade(tx, "c", 2, &grade("6")));
        let kept = read(&store, |tx| life::grades(tx, "c", 1));
        assert_eq!(kept, [grade("1"), grade("3"), grade("2")]);
        assert!(read(&store, |tx| life::grades(tx, "d", 1)).is_empty());
    }

    fn a_decision_is_found_from_both_records_and_stays_when_it_is_undone(store: Store) {
        let one = sameness("a", "b", true);
        write(&store, |tx| life::keep_sameness(tx, &one));
        for id in ["a", "b"] {
            assert_eq!(read(&store, |tx| life::samenesses(tx, id)), std::slice::from_ref(&one));
        }
        assert!(write(&store, |tx| life::undo_sameness(tx, ("a", "b"), "lena", NAME, 9)));
        assert!(!write(&store, |tx| life::undo_sameness(tx, ("a", "b"), "lena", NAME, 9)));
        let again = Sameness { n: 2, ..sameness("a", "b", false) };
        write(&store, |tx| life::keep_sameness(tx, &again));
        let undone = Sameness { undone: Some(("lena".into(), NAME.into(), 9)), ..one };
        assert_eq!(read(&store, |tx| life::samenesses(tx, "b")), [undone, again]);
        assert_eq!(write(&store, |tx| life::drop_samenesses(tx, "a")), 2);
    }

    fn notes_are_listed_by_record_and_go_with_its_erasure(store: Store) {
        for (number, seq) in [(1, 1), (2, 2), (3, 1)] {
            write(&store, |tx| life::keep_remark(tx, &remark(number, seq)));
        }
        assert_conflict(&store, |tx| life::keep_remark(tx, &remark(1, 9)));
        assert_eq!(read(&store, |tx| life::remarks(tx, &note_id(1), (0, 10))), [remark(1, 1), remark(3, 1)]);
        assert_eq!(read(&store, |tx| life::remarks(tx, "", (0, 2))).len(), 2);
        assert!(write(&store, |tx| life::drop_remark(tx, "r3")));
        assert!(!write(&store, |tx| life::drop_remark(tx, "r3")));
        write(&store, |tx| life::keep_grade(tx, "c", 1, &grade("2")));
        assert_eq!(write(&store, |tx| life::drop_of(tx, "c", 1)), 2);
        assert_eq!(read(&store, |tx| life::remarks(tx, "", (0, 10))), [remark(2, 2)]);
    }

    fn records_are_found_by_what_they_name_and_what_they_are_called(store: Store) {
        keep_handlings(&store);
        keep_collection(&store, "c");
        let mut records: Vec<_> = (1..=4).map(|seq| versioned(sample("c", seq), seq, seq)).collect();
        for (seq, path) in [(0, "record_ref"), (1, "record_ref"), (2, "object_refs.[0]")] {
            records[seq].references = vec![(path.to_owned(), note_id(4))];
        }
        records[0].record.kind = "comity-attachment".into();
        records[1].record.kind = "comity-attachment".into();
        records[2].record.name = NAME.into();
        records[3].record.state = RecordState::Withdrawn;
        write(&store, |tx| record::insert(tx, &records));
        let own = records[2].record.key.origin.clone();
        let stranger = "identity--00000000-0000-4000-8000-0000000000ff".parse().unwrap();
        let naming = |kind: &str, origin, part| {
            let asked = (&*note_id(4), "record_ref", kind);
            ids(read(&store, |tx| lookup::naming(tx, asked, origin, part)))
        };
        assert_eq!(naming("comity-attachment", None, (0, 10)), [2, 1], "newest version first");
        assert_eq!(naming("comity-attachment", Some(&own), (0, 1)), [2]);
        assert_eq!(naming("comity-attachment", Some(&own), (1, 10)), [1]);
        assert!(naming("comity-attachment", Some(&stranger), (0, 10)).is_empty());
        assert!(naming("note", None, (0, 10)).is_empty());
        assert_eq!(ids(read(&store, |tx| lookup::live_of_kind(tx, "note", (0, 10)))), [3]);
        let called = |by| ids(read(&store, |tx| lookup::called(tx, "note", NAME, (&own, by), 10)));
        assert_eq!((called(true), called(false)), (vec![3], vec![]));
        let (named, other) = (note_id(4), note_id(1));
        let found = read(&store, |tx| lookup::named(tx, "c", "record_ref", &[&other, &named]));
        assert_eq!(found, [named]);
        assert!(read(&store, |tx| lookup::named(tx, "c", "record_ref", &[])).is_empty());
    }
}
