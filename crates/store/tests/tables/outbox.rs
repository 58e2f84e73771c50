//! Messages between members: kept once, numbered for each member, and numbered anew.

use comity_store::tables::outbox::{self as table, Mailbox, MessageRow, MessageState};
use comity_testkit::{NOW_US, stores};

use crate::sample::{digest, member, read, write};

fn message(name: &str) -> MessageRow {
    MessageRow {
        digest: digest(name),
        signer: member(1),
        id: name.to_owned(),
        kind: "receipt".to_owned(),
        body: format!("{{\"{name}\":1}}"),
        via: member(1),
        state: MessageState::Own,
        reason: String::new(),
        at_us: NOW_US,
    }
}

stores! {
    fn messages_are_numbered_for_each_member_and_once(store: Store) {
        let queued = |to, name: &str| write(&store, |tx| table::queue(tx, &member(to), digest(name), NOW_US));
        for name in ["a", "b", "c"] {
            write(&store, |tx| table::keep(tx, &message(name)));
            assert!(queued(2, name));
        }
        assert!(queued(3, "c"));
        assert!(!queued(2, "a"), "it is numbered for this member already");
        let behind = |to, n| -> Vec<(i64, String)> {
            let found = read(&store, |tx| table::behind(tx, &member(to), n, 10));
            found.into_iter().map(|one| (one.n, one.body)).collect()
        };
        let body = |name: &str| message(name).body;
        assert_eq!(behind(2, 0), [(1, body("a")), (2, body("b")), (3, body("c"))]);
        assert_eq!(behind(2, 2), [(3, body("c"))]);
        assert_eq!(behind(3, 0), [(1, body("c"))]);
        assert_eq!(read(&store, |tx| table::left(tx, &member(2), 1)), 2);
        assert_eq!(read(&store, |tx| table::numbered(tx, &member(2), 2)), Some(digest("b")));
        write(&store, |tx| table::renumber(tx, &member(2), 40));
        assert_eq!(behind(2, 0), [(41, body("a")), (42, body("b")), (43, body("c"))], "in the same order");
        assert_eq!(read(&store, |tx| table::numbered(tx, &member(2), 2)), None);
        assert_eq!(behind(3, 0), [(1, body("c"))], "others keep their numbers");
        write(&store, |tx| table::keep(tx, &message("d")));
        assert!(queued(2, "d"));
        assert_eq!(behind(2, 43), [(44, body("d"))]);
    }

    fn what_became_of_a_message_is_kept_under_its_digest(store: Store) {
        let waiting = MessageRow { state: MessageState::Waiting, reason: "unknown-key".into(), ..message("a") };
        write(&store, |tx| table::keep(tx, &waiting));
        assert_eq!(read(&store, |tx| table::waiting(tx, &member(1), 10)), std::slice::from_ref(&waiting));
        assert_eq!(read(&store, |tx| table::named(tx, &member(1), "a")), None, "what waits takes no name");
        let taken = MessageRow { state: MessageState::Taken, reason: String::new(), ..waiting };
        write(&store, |tx| table::keep(tx, &taken));
        assert_eq!(read(&store, |tx| table::find(tx, digest("a"))), Some(taken.clone()));
        assert_eq!(read(&store, |tx| table::named(tx, &member(1), "a")), Some(taken));
        assert_eq!(read(&store, |tx| table::waiting(tx, &member(1), 10)), []);
    }

    fn how_far_two_nodes_are_with_each_other_is_kept(store: Store) {
        let none = read(&store, |tx| table::mailbox(tx, &member(2)));
        assert_eq!(none, Mailbox::empty(member(2)));
        let met = Mailbox {
            have_n: 7,
            have_digest: Some(digest("a")),
            told_n: 3,
            met_us: NOW_US,
            agreement: Some(digest("agreement")),
            program: "comity/1".into(),
            ahead_us: -5,
            fault: "EXERCISE".into(),
            carried: true,
            agreement_version: 4,
            differs_us: NOW_US,
            ..none
        };
        write(&store, |tx| table::keep_mailbox(tx, &met));
        assert_eq!(read(&store, |tx| table::mailbox(tx, &member(2))), met);
        let later = Mailbox { have_digest: None, fault: String::new(), ..met };
        write(&store, |tx| table::keep_mailbox(tx, &later));
        assert_eq!(read(&store, table::mailboxes), [later]);
    }
}
