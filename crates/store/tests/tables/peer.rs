//! Peers, cursors and refusals.

use comity_store::tables::peer::{self, Cursor, Peer, Refusal};
use comity_testkit::{NOW_US, stores};

use crate::sample::{NAME, assert_conflict, digest, member, read, write};

fn peer(name: &str) -> Peer {
    Peer {
        name: name.to_owned(),
        url: "http://127.0.0.1:1/".to_owned(),
        member: member(2),
        login: NAME.to_owned(),
        sealed: vec![0, 1, 255],
        authority: String::new(),
    }
}

fn cursor(peer: &str, remote: &str, collection: &str, added_after: &str) -> Cursor {
    Cursor {
        peer: peer.to_owned(),
        remote: remote.to_owned(),
        collection: collection.to_owned(),
        added_after: added_after.to_owned(),
        failures: 2,
        retry_us: NOW_US,
        pulled_us: NOW_US + 1,
    }
}

fn refusal(peer: &str, object: &str, at_us: i64) -> Refusal {
    Refusal {
        peer: peer.to_owned(),
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
        let moved = Cursor { failures: 0, retry_us: 0, pulled_us: 7, ..cursor("north", "r", "c", "2026") };
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
}
