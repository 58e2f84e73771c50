//! What an audience sees, case by case. `stream` compares the same with a list made by hand, on random histories.

use comity_model::RecordState;
use comity_model::stix::Tlp;
use comity_store::Store;
use comity_store::tables::page::{self, Filter, Versions};
use comity_store::tables::record::{self as records, NewRecord};
use comity_store::tables::release;
use comity_testkit::{NOW_US, stores};

use crate::sample::{at_level, keep_handlings, member, note_id, read, record, shelf, versioned, write};

/// No record.
const NONE: [i64; 0] = [];

/// Every version of collection `c` as audience 1 sees it from the beginning.
fn everything() -> Filter {
    Filter {
        collection: "c".to_owned(),
        audience: 1,
        after_us: i64::MIN,
        limit: 1_000,
        seqs: Vec::new(),
        ids: Vec::new(),
        kinds: Vec::new(),
        specs: Vec::new(),
        versions: Versions { all: true, ..Versions::default() },
    }
}

/// Number and added-time of each record that a filter shows.
fn seen(store: &Store, filter: &Filter) -> Vec<(i64, i64)> {
    let found = read(store, |tx| page::seen(tx, filter));
    found.iter().map(|one| (one.record.peek().seq, one.added_at.0)).collect()
}

fn numbers(store: &Store, filter: &Filter) -> Vec<i64> {
    seen(store, filter).into_iter().map(|(seq, _)| seq).collect()
}

/// Writes records, and opens the shelf TLP:CLEAR to audience 1.
fn shelve(store: &Store, records: &[NewRecord]) {
    keep_handlings(store);
    write(store, |tx| records::insert(tx, records));
    write(store, |tx| release::open(tx, "c", 1, shelf(Tlp::Clear), None));
}

/// Five records that audience 1 sees late, from 1,000 after [`NOW_US`] on, and a sixth that came afterwards.
fn shelve_late(store: &Store) {
    keep_handlings(store);
    let mut all: Vec<NewRecord> = (1..=6).map(|seq| record("c", seq)).collect();
    all[5].record.added_at = comity_model::Micros(NOW_US + 2_000);
    write(store, |tx| records::insert(tx, &all));
    write(store, |tx| release::open(tx, "c", 1, shelf(Tlp::Clear), Some((5, NOW_US + 1_000))));
}

stores! {
    fn a_shelf_that_is_not_open_shows_nothing(store: Store) {
        shelve(&store, &[record("c", 1), at_level(record("c", 2), Tlp::Green, 0), record("d", 3)]);
        assert_eq!(numbers(&store, &everything()), [1]);
        assert_eq!(numbers(&store, &Filter { audience: 2, ..everything() }), NONE);
        assert_eq!(numbers(&store, &Filter { collection: "d".to_owned(), ..everything() }), NONE);
        assert_eq!(numbers(&store, &Filter { collection: "none".to_owned(), ..everything() }), NONE);
        let sees = |seq| read(&store, |tx| page::sees(tx, "c", 1, seq));
        assert_eq!([1, 2, 3].map(sees), [true, false, false]);
    }

    fn an_open_shelf_shows_records_at_their_own_time(store: Store) {
        shelve(&store, &[3, 1, 2].map(|seq| record("c", seq)));
        let all = [1, 2, 3].map(|seq| (seq, NOW_US + seq));
        assert_eq!(seen(&store, &everything()), all);
        for (after, rest) in [(0, &all[..]), (1, &all[1..]), (2, &all[2..]), (3, &[])] {
            assert_eq!(seen(&store, &Filter { after_us: NOW_US + after, ..everything() }), rest, "after {after}");
        }
        for limit in 0..=4 {
            let wanted = &all[..usize::try_from(limit).unwrap().min(3)];
            assert_eq!(seen(&store, &Filter { limit, ..everything() }), wanted);
        }
    }

    fn late_records_show_at_the_times_of_their_release(store: Store) {
        shelve_late(&store);
        let late = |seq| (seq, NOW_US + 1_000 + seq - 1);
        let all = [late(1), late(2), late(3), late(4), late(5), (6, NOW_US + 2_000)];
        assert_eq!(seen(&store, &everything()), all);
        for (passed, (_, at_us)) in all.iter().enumerate() {
            let after = |after_us| seen(&store, &Filter { after_us, ..everything() });
            assert_eq!(after(at_us - 1), all[passed..], "just before number {passed}");
            assert_eq!(after(*at_us), all[passed + 1..], "at number {passed}");
        }
    }

    fn pages_of_any_size_make_up_the_whole_stream(store: Store) {
        shelve_late(&store);
        let all = seen(&store, &everything());
        for limit in 1..=7 {
            let mut walked = Vec::new();
            let mut after_us = i64::MIN;
            loop {
                let page = seen(&store, &Filter { limit, after_us, ..everything() });
                let Some((_, last)) = page.last() else { break };
                after_us = *last;
                walked.extend(page);
            }
            assert_eq!(walked, all, "pages of {limit}");
        }
    }

    fn what_is_not_live_is_invisible(store: Store) {
        for state in [RecordState::Held, RecordState::Withdrawn, RecordState::Quarantined] {
            assert_ne!(state.name(), "live");
        }
        shelve_late(&store);
        for (seq, state) in
            [(2, RecordState::Held), (4, RecordState::Withdrawn), (6, RecordState::Quarantined)]
        {
            write(&store, |tx| records::set_state(tx, "c", seq, state, ""));
            assert!(!read(&store, |tx| page::sees(tx, "c", 1, seq)));
        }
        assert_eq!(
            seen(&store, &everything()),
            [(1, NOW_US + 1_000), (3, NOW_US + 1_002), (5, NOW_US + 1_004)],
            "the others keep their times"
        );
        write(&store, |tx| records::set_state(tx, "c", 4, RecordState::Live, ""));
        assert_eq!(numbers(&store, &everything()), [1, 3, 4, 5]);
    }

    fn a_closed_shelf_hides_what_it_showed(store: Store) {
        shelve_late(&store);
        write(&store, |tx| release::close(tx, "c", 1, &[shelf(Tlp::Clear)]));
        assert_eq!(numbers(&store, &everything()), NONE);
        write(&store, |tx| release::open(tx, "c", 1, shelf(Tlp::Clear), Some((6, NOW_US + 5_000))));
        let again: Vec<_> = (1..=6).map(|seq| (seq, NOW_US + 5_000 + seq - 1)).collect();
        assert_eq!(seen(&store, &Filter { after_us: NOW_US + 2_000, ..everything() }), again);
    }

    fn the_latest_version_is_the_newest_that_the_audience_sees(store: Store) {
        // Versions 1 and 2 are open to both audiences, version 3 to the second only.
        let version = |seq| versioned(record("c", seq), 1, seq);
        shelve(&store, &[version(1), version(2), at_level(version(3), Tlp::Green, 0), versioned(record("c", 4), 4, 0)]);
        write(&store, |tx| release::open(tx, "c", 2, shelf(Tlp::Clear), None));
        write(&store, |tx| release::open(tx, "c", 2, shelf(Tlp::Green), Some((1, NOW_US + 9))));
        let versions = |last, first, all, at_us: &[i64]| Versions { last, first, all, at_us: at_us.to_vec() };
        let show = |audience, versions| numbers(&store, &Filter { audience, versions, ..everything() });
        let at = |seconds: i64| NOW_US + seconds * 1_000_000;
        assert_eq!(show(1, versions(true, false, false, &[])), [2, 4]);
        assert_eq!(show(2, versions(true, false, false, &[])), [4, 3]);
        assert_eq!(show(1, Versions::default()), [2, 4], "the latest is what is meant when nothing is said");
        assert_eq!(show(2, versions(false, true, false, &[])), [1, 4]);
        assert_eq!(show(2, versions(true, true, false, &[])), [1, 4, 3]);
        assert_eq!(show(2, versions(false, false, true, &[])), [1, 2, 4, 3]);
        assert_eq!(show(2, versions(false, false, false, &[at(2), at(0), at(7)])), [2, 4]);
        assert_eq!(show(1, versions(false, false, false, &[at(3)])), NONE, "it does not exist for the first");
        assert_eq!(show(1, versions(false, true, false, &[at(2)])), [1, 2, 4]);
        write(&store, |tx| records::set_state(tx, "c", 2, RecordState::Withdrawn, ""));
        assert_eq!(show(1, versions(true, false, false, &[])), [1, 4], "a withdrawn version is none");
    }

    fn of_two_contents_with_one_version_the_later_arrival_is_the_latest(store: Store) {
        shelve(&store, &[versioned(record("c", 1), 1, 5), versioned(record("c", 2), 1, 5)]);
        let show = |last| numbers(&store, &Filter {
            versions: Versions { last, first: !last, ..Versions::default() },
            ..everything()
        });
        assert_eq!((show(true), show(false)), (vec![2], vec![1]));
    }

    fn another_origins_copy_is_a_claim_beside_it(store: Store) {
        let mut copy = versioned(record("c", 2), 1, 5);
        copy.record.key.origin = member(2);
        shelve(&store, &[versioned(record("c", 1), 1, 0), copy]);
        let latest = Filter { versions: Versions { last: true, ..Versions::default() }, ..everything() };
        assert_eq!(numbers(&store, &latest), [1, 2]);
    }

    fn only_the_ids_types_and_specifications_asked_for_are_shown(store: Store) {
        let mut all: Vec<NewRecord> = (1..=4).map(|seq| record("c", seq)).collect();
        all[1].record.kind = "malware".to_owned();
        all[2].record.spec_version = "2.0".to_owned();
        shelve(&store, &all);
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let show = |ids: &[&str], kinds: &[&str], specs: &[&str]| {
            let (ids, kinds, specs) = (texts(ids), texts(kinds), texts(specs));
            numbers(&store, &Filter { ids, kinds, specs, ..everything() })
        };
        let (one, three) = (note_id(1), note_id(3));
        assert_eq!(show(&[&one, &three, "note--absent"], &[], &[]), [1, 3]);
        assert_eq!(show(&[], &["malware"], &[]), [2]);
        assert_eq!(show(&[], &["malware", "note"], &[]), [1, 2, 3, 4]);
        assert_eq!(show(&[], &[], &["2.0"]), [3]);
        assert_eq!(show(&[&one, &three], &["note"], &["2.1"]), [1], "all conditions together");
        assert_eq!(show(&[&one], &["malware"], &[]), NONE);
        let many: Vec<String> = (0..100).map(note_id).collect();
        assert_eq!(numbers(&store, &Filter { ids: many, ..everything() }), [1, 2, 3, 4]);
    }

    fn bytes_and_their_sizes_come_as_they_came_and_erased_ones_are_left_out(store: Store) {
        shelve_late(&store);
        let key = record("c", 2).record.key;
        write(&store, |tx| records::keep_variant(tx, &key, b"v", b"redacted"));
        let gone = note_id(3);
        write(&store, |tx| tx.exec("DELETE FROM content WHERE id = ?1", &[gone.as_str().into()]));
        let wide = "UPDATE record SET envelope = envelope || ?1 WHERE seq = 4";
        write(&store, |tx| tx.exec(wide, &["\u{436}".into()]));
        let seqs: Vec<i64> = (1..=700).collect();
        let contents = read(&store, |tx| page::contents(tx, "c", &seqs));
        let sizes = read(&store, |tx| page::sizes(tx, "c", &seqs));
        for seq in 1..=6 {
            let mut new = record("c", seq);
            new.record.envelope.push_str(if seq == 4 { "\u{436}" } else { "" });
            let wanted =
                (seq != 3).then_some(page::Content { bytes: new.bytes, envelope: new.record.envelope });
            let size = wanted.as_ref().map(|one| page::Size {
                object: one.bytes.len() as u64,
                envelope: one.envelope.len() as u64,
            });
            assert_eq!(contents.get(&seq), wanted.as_ref(), "record {seq}");
            assert_eq!(sizes.get(&seq).copied(), size, "record {seq}: both count bytes");
        }
        assert_eq!((contents.len(), sizes.len()), (5, 5), "once each");
    }

    fn a_version_with_parts_hides_no_other_and_comes_with_all_that_it_may_hide(store: Store) {
        let version = |seq| versioned(record("c", seq), 1, seq);
        let mut parted = version(3);
        parted.record.parts = [Some(Tlp::Red)].into();
        let mut other = versioned(record("c", 5), 1, 9);
        other.record.key.origin = member(2);
        let unseen = at_level(version(6), Tlp::Green, 0);
        shelve(&store, &[version(1), version(2), parted, versioned(record("c", 4), 4, 0), other, unseen]);
        let latest = Filter { versions: Versions { last: true, ..Versions::default() }, ..everything() };
        assert_eq!(numbers(&store, &latest), [2, 3, 4, 5], "the newest without parts, and the one with");
        let oldest = Filter { versions: Versions { first: true, ..Versions::default() }, ..everything() };
        assert_eq!(numbers(&store, &oldest), [1, 4, 5]);
        let parted = |ids: &[&str]| {
            let found = read(&store, |tx| page::parted(tx, &latest, ids));
            let mut seqs: Vec<i64> = found.iter().map(|one| one.peek().seq).collect();
            seqs.sort_unstable();
            seqs
        };
        assert_eq!(parted(&[&note_id(1), &note_id(4)]), [1, 2, 3], "what it sees of this origin's object");
        assert_eq!(parted(&[&note_id(4)]), NONE);
        assert_eq!(parted(&[]), NONE);
    }

    fn a_full_page_reads_nothing_of_what_begins_behind_it(store: Store) {
        shelve_late(&store);
        let later = at_level(record("c", 7), Tlp::Green, 0);
        write(&store, |tx| records::insert(tx, std::slice::from_ref(&later)));
        write(&store, |tx| release::open(tx, "c", 1, shelf(Tlp::Green), Some((1, NOW_US + 9_000))));
        // Whoever reads this row stumbles over it.
        write(&store, |tx| tx.exec("UPDATE record SET origin = 'nobody' WHERE seq = 7", &[]));
        let page = |limit| {
            let filter = Filter { limit, ..everything() };
            store.read("test.read", |tx| page::seen(tx, &filter)).map(|found| found.len())
        };
        assert!(page(7).is_err(), "a page with room for it reads it");
        assert_eq!(page(6).unwrap(), 6);
        assert_eq!(page(1).unwrap(), 1);
    }
}
