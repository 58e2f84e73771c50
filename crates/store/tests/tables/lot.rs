//! Many records at once, and many holders of them.

use std::collections::BTreeSet;

use comity_model::stix::Tlp;
use comity_model::{MemberId, RecordState};
use comity_store::Store;
use comity_store::tables::delivery::{self, Departure, Page};
use comity_store::tables::{lot, record, release, withheld};
use comity_testkit::{NOW_US, stores};

use crate::sample::{
    digest, keep_collection, keep_handlings, member, note_id, read, record as sample, salt, shelf, versioned,
    write,
};

/// Five records in the collection `c` and the second and another version of it in `d`.
fn prepare(store: &Store) {
    keep_handlings(store);
    for collection in ["c", "d"] {
        keep_collection(store, collection);
    }
    let mut records: Vec<_> = (1..=5).map(|seq| sample("c", seq)).collect();
    records[0].references = vec![("record_ref".to_owned(), note_id(2))];
    records[2].references = vec![("object_refs.[0]".to_owned(), note_id(4))];
    records.extend([sample("d", 2), versioned(sample("d", 7), 2, 9)]);
    write(store, |tx| record::insert(tx, &records));
}

fn went_to(store: &Store, seqs: &[i64]) -> Vec<(MemberId, Vec<i64>)> {
    let went = read(store, |tx| delivery::members_of(tx, "c", seqs));
    went.into_iter().map(|(member, seqs)| (member, seqs.into_iter().collect())).collect()
}

stores! {
    fn many_records_are_found_by_their_ids_with_what_their_commitments_are_made_of(store: Store) {
        prepare(&store);
        let ids = [note_id(2), note_id(4), note_id(9)];
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let found = read(&store, |tx| lot::of_ids(tx, &ids));
        let at: Vec<_> = found.iter().map(|(one, salt)| (one.key.collection.as_str(), one.seq, *salt)).collect();
        let expected = [("d", 7), ("c", 4), ("c", 2), ("d", 2)];
        assert_eq!(at, expected.map(|(collection, seq)| (collection, seq, Some(salt(seq)))), "newest first");
        assert!(found.iter().all(|(one, _)| one.envelope.is_empty()));
        assert!(read(&store, |tx| lot::of_ids(tx, &[])).is_empty());
        let named = read(&store, |tx| lot::named_anywhere(tx, "record_ref", &ids));
        assert_eq!(named, BTreeSet::from([note_id(2)]));
    }

    fn many_records_are_moved_and_their_neighbours_stay(store: Store) {
        prepare(&store);
        let kept = |seq| withheld::Withheld { audience: 1, collection: "c".into(), seq, target: note_id(9) };
        write(&store, |tx| withheld::keep(tx, &[kept(1), kept(2)]));
        let state = RecordState::Withdrawn;
        write(&store, |tx| lot::set_states(tx, "c", &[2, 5], state, "EXERCISE"));
        write(&store, |tx| lot::set_states(tx, "c", &[], state, "EXERCISE"));
        let all = read(&store, |tx| {
            let mut all = record::list(tx, "c", 0, 10)?;
            all.extend(record::list(tx, "d", 0, 10)?);
            Ok(all)
        });
        let moved: Vec<_> = all
            .into_iter()
            .map(comity_model::Stored::into_inner)
            .filter(|one| one.state != RecordState::Live)
            .map(|one| (one.key.collection, one.seq, one.state, one.reason))
            .collect();
        assert_eq!(moved, [2, 5].map(|seq| ("c".to_owned(), seq, state, "EXERCISE".to_owned())));
        assert_eq!(read(&store, withheld::all), [kept(1)]);
    }

    fn for_whom_many_records_left_is_known_close_together_and_far_apart(store: Store) {
        keep_handlings(&store);
        write(&store, |tx| {
            for (one, purpose) in [(2, ""), (2, "border"), (3, "")] {
                release::audience_of(tx, &member(one), purpose, "", &Default::default())?;
            }
            let pages: [(i64, &[i64]); 4] = [(1, &[1, 2, 3]), (2, &[2]), (3, &[3, 9_000]), (1, &[9_000])];
            for (audience, seqs) in pages {
                let left: Vec<Departure> = seqs
                    .iter()
                    .map(|seq| Departure {
                        seq: *seq,
                        served: digest(&seq.to_string()),
                        handling: shelf(Tlp::Clear),
                        salt: salt(*seq),
                    })
                    .collect();
                let page = Page {
                    collection: "c".to_owned(),
                    audience,
                    policy: digest("policy"),
                    epoch: 1,
                    leaf: 0,
                    at_us: NOW_US,
                };
                delivery::write(tx, &page, &left)?;
            }
            Ok(())
        });
        assert_eq!(went_to(&store, &[2, 3]), [(member(2), vec![2, 3]), (member(2), vec![2]), (member(3), vec![3])]);
        assert_eq!(went_to(&store, &[1, 9_000]), [(member(2), vec![1, 9_000]), (member(3), vec![9_000])]);
        assert_eq!(went_to(&store, &[1, 3]), [(member(2), vec![1, 3]), (member(3), vec![3])], "without what lies between");
        assert_eq!(went_to(&store, &[4]), []);
        assert_eq!(went_to(&store, &[]), []);
    }
}
