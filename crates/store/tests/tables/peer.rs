//! Peers, cursors and refusals.

use comity_model::RecordState;
use comity_store::tables::peer::{self, Again, Cursor, Held, Peer, Refusal, Trust};
use comity_store::tables::record as records;
use comity_testkit::{NOW_US, stores};

use crate::sample::{
    NAME, assert_conflict, digest, keep_collection, keep_handlings, member, note_id, read, record, write,
};

fn peer(name: &str) -> Peer {
    Peer {
        name: name.to_owned(),
        url: "http://127.0.0.1:1/".to_owned(),
        member: member(2),
        login: NAME.to_owned(),
        sealed: vec![0, 1, 255],
        authority: String::new(),
        trust: Trust::Pinned,
    }
}

fn cursor(peer: &str, remote: &str, collection: &str, added_after: &str) -> Cursor {
    Cursor {
        peer: peer.to_owned(),
        remote: remote.to_owned(),
        collection: collection.to_owned(),
        added_after: added_after.to_owned(),
        again: None,
        failures: 2,
        retry_us: NOW_US,
        pulled_us: NOW_US + 1,
    }
}

fn refusal(peer: &str, object: &str, at_us: i64) -> Refusal {
    Refusal {
        peer: peer.to_owned(),
        remote: "r".to_owned(),
        collection: "c".to_owned(),
        digest: digest(object),
        id: String::new(),
        reason: NAME.to_owned(),
        at_us,
    }
}

stores! {
    fn peers_are_listed_by_name(store: Store) {
        assert_eq!(read(&store, peer::list), []);
        for name in ["south", "North", NAME] {
            write(&store, |tx| peer::insert(tx, &peer(name), NOW_US));
        }
        assert_eq!(read(&store, peer::list), [NAME, "North", "south"].map(peer));
        assert_conflict(&store, |tx| peer::insert(tx, &peer("south"), NOW_US));
        assert_eq!(read(&store, peer::list).len(), 3);
    }

    fn a_removed_peer_takes_its_cursors_and_leaves_what_it_was_refused(store: Store) {
        for name in ["north", "south"] {
            write(&store, |tx| peer::insert(tx, &peer(name), NOW_US));
            write(&store, |tx| peer::keep_cursor(tx, &cursor(name, "r", "c", "")));
            write(&store, |tx| peer::refuse(tx, &refusal(name, "x", NOW_US)));
        }
        assert!(write(&store, |tx| peer::remove(tx, "north")));
        assert!(!write(&store, |tx| peer::remove(tx, "north")), "it is gone");
        assert_eq!(read(&store, peer::list), [peer("south")]);
        assert_eq!(read(&store, |tx| peer::cursors(tx, "north")), []);
        assert_eq!(read(&store, |tx| peer::cursors(tx, "south")).len(), 1);
        assert_eq!(read(&store, |tx| peer::refusals(tx, "north", 9)).len(), 1);
    }

    fn a_cursor_kept_again_moves(store: Store) {
        assert_eq!(read(&store, |tx| peer::cursors(tx, "north")), []);
        let again = Some(Again { added_after: "2025".to_owned(), epoch: 3 });
        let moved = Cursor { again, failures: 0, retry_us: 0, pulled_us: 7, ..cursor("north", "r", "c", "2026") };
        for one in [
            &cursor("north", "r", "d", ""),
            &cursor("north", "r", "c", ""),
            &cursor("north", "q", "e", ""),
            &cursor("south", "r", "c", "2025"),
            &moved,
        ] {
            write(&store, |tx| peer::keep_cursor(tx, one));
        }
        let wanted = [cursor("north", "q", "e", ""), moved, cursor("north", "r", "d", "")];
        assert_eq!(read(&store, |tx| peer::cursors(tx, "north")), wanted, "by remote, then by collection");
        assert_eq!(read(&store, |tx| peer::cursors(tx, "south")), [cursor("south", "r", "c", "2025")]);
    }

    fn refusals_come_newest_first_up_to_a_limit(store: Store) {
        assert_eq!(read(&store, |tx| peer::refusals(tx, "north", 9)), []);
        for (object, at_us) in [("a", 10), ("b", 30), ("c", 20)] {
            write(&store, |tx| peer::refuse(tx, &refusal("north", object, at_us)));
        }
        write(&store, |tx| peer::refuse(tx, &refusal("south", "a", 99)));
        let found = |limit| read(&store, |tx| peer::refusals(tx, "north", limit));
        let wanted = [refusal("north", "b", 30), refusal("north", "c", 20), refusal("north", "a", 10)];
        assert_eq!(found(9), wanted);
        assert_eq!(found(2), wanted[..2]);
        assert_eq!(found(0), []);
    }

    fn the_same_bytes_refused_again_are_one_refusal(store: Store) {
        write(&store, |tx| peer::refuse(tx, &refusal("north", "a", 10)));
        let again = || Refusal { reason: "another".to_owned(), ..refusal("north", "a", 20) };
        write(&store, |tx| peer::refuse(tx, &again()));
        assert_eq!(read(&store, |tx| peer::refusals(tx, "north", 9)), [again()]);
        let elsewhere = Refusal { collection: "d".to_owned(), ..again() };
        write(&store, |tx| peer::refuse(tx, &elsewhere));
        assert_eq!(read(&store, |tx| peer::refusals(tx, "north", 9)).len(), 2, "each collection for itself");
    }

    fn a_failure_leaves_the_place_that_was_reached(store: Store) {
        let again = Some(Again { added_after: String::new(), epoch: 3 });
        let reached = Cursor { again, ..cursor("north", "r", "c", "2026") };
        write(&store, |tx| peer::keep_cursor(tx, &reached));
        let failed = Cursor { failures: 5, retry_us: 99, ..cursor("north", "r", "c", "2030") };
        write(&store, |tx| peer::keep_failure(tx, &failed));
        let wanted = Cursor { failures: 5, retry_us: 99, ..reached };
        assert_eq!(read(&store, |tx| peer::cursors(tx, "north")), [wanted]);
    }

    fn refusals_beyond_the_limit_drop_the_oldest_of_that_peer(store: Store) {
        for (object, at_us) in [("a", 10), ("b", 30), ("c", 30), ("d", 20), ("e", 30)] {
            write(&store, |tx| peer::refuse(tx, &refusal("north", object, at_us)));
            write(&store, |tx| peer::refuse(tx, &refusal("south", object, at_us)));
        }
        let times = |peer: &str| -> Vec<i64> {
            read(&store, |tx| peer::refusals(tx, peer, 9)).iter().map(|one| one.at_us).collect()
        };
        for (most, wanted) in [(5, vec![30, 30, 30, 20, 10]), (4, vec![30, 30, 30, 20]), (2, vec![30, 30])] {
            write(&store, |tx| peer::trim_refusals(tx, "north", most));
            assert_eq!(times("north"), wanted);
        }
        assert_eq!(times("south").len(), 5);
    }

    fn refusals_of_one_collection_there_are_dropped_alone(store: Store) {
        let other = Refusal { remote: "q".to_owned(), ..refusal("north", "a", 10) };
        for one in [&refusal("north", "a", 10), &other] {
            write(&store, |tx| peer::refuse(tx, one));
        }
        write(&store, |tx| peer::drop_refusals(tx, &cursor("north", "r", "c", "")));
        assert_eq!(read(&store, |tx| peer::refusals(tx, "north", 9)), [other]);
    }

    fn what_is_held_of_an_object_is_told_across_collections(store: Store) {
        keep_handlings(&store);
        for (collection, revision, state) in
            [("c", 2, RecordState::Live), ("d", 7, RecordState::Withdrawn), ("e", 3, RecordState::Live)]
        {
            keep_collection(&store, collection);
            let mut new = record(collection, 1);
            new.record.revision = revision;
            new.record.state = state;
            let mut other = record(collection, 2);
            other.record.revision = revision;
            let rows = [new, other];
            write(&store, |tx| records::insert(tx, &rows));
        }
        let key = record("c", 1).record.key;
        let (one, two) = (note_id(1), note_id(2));
        let found = read(&store, |tx| peer::held(tx, &member(1), &[&one, "note--unknown"]));
        let wanted =
            Held { id: key.id, version: key.version, digest: key.digest, revision: 7, withdrawn: true };
        assert_eq!(found, [wanted]);
        let others = read(&store, |tx| peer::held(tx, &member(1), &[&two]));
        assert_eq!((others.len(), others[0].revision, others[0].withdrawn), (1, 7, false));
        assert_eq!(read(&store, |tx| peer::held(tx, &member(2), &[&one])), []);
    }
}
