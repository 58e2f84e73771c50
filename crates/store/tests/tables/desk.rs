//! Answers to posts, and proposals.

use comity_store::tables::desk::{self, Proposal};
use comity_testkit::{NOW_US, stores};

use crate::sample::{NAME, assert_conflict, at_once, read, write};

const DAY_US: i64 = 86_400_000_000;

fn proposal(id: &str, created_us: i64) -> Proposal {
    Proposal {
        id: id.to_owned(),
        kind: "publish".to_owned(),
        body: format!("{{\"{NAME}\":1}}"),
        reason: NAME.to_owned(),
        actor: "operator".to_owned(),
        created_us,
        decided_by: None,
        decided_us: None,
        refused: false,
    }
}

stores! {
    fn a_status_is_for_the_key_that_posted(store: Store) {
        write(&store, |tx| desk::keep_status(tx, "s", "key", NAME, NOW_US));
        assert_eq!(read(&store, |tx| desk::status(tx, "s", "key")).as_deref(), Some(NAME));
        assert_eq!(read(&store, |tx| desk::status(tx, "s", "other")), None);
        assert_eq!(read(&store, |tx| desk::status(tx, "none", "key")), None);
        assert_conflict(&store, |tx| desk::keep_status(tx, "s", "other", "", NOW_US));
        assert_eq!(read(&store, |tx| desk::status(tx, "s", "key")).as_deref(), Some(NAME));
    }

    fn a_status_is_kept_for_a_day(store: Store) {
        write(&store, |tx| desk::keep_status(tx, "old", "key", "", NOW_US));
        write(&store, |tx| desk::keep_status(tx, "new", "key", "", NOW_US + DAY_US));
        assert!(read(&store, |tx| desk::status(tx, "old", "key")).is_some(), "just a day");
        write(&store, |tx| desk::keep_status(tx, "newer", "key", "", NOW_US + DAY_US + 1));
        assert_eq!(read(&store, |tx| desk::status(tx, "old", "key")), None, "more than a day");
        assert!(read(&store, |tx| desk::status(tx, "new", "key")).is_some());
    }

    fn proposals_wait_oldest_first_until_decided(store: Store) {
        assert_eq!(read(&store, desk::waiting), []);
        let (a, b, c) = (proposal("a", 20), proposal("b", 10), proposal("c", 10));
        for one in [&a, &c, &b] {
            write(&store, |tx| desk::propose(tx, one));
        }
        assert_eq!(read(&store, desk::waiting), [b.clone(), c.clone(), a.clone()]);
        assert!(write(&store, |tx| desk::decide(tx, "c", NAME, NOW_US)));
        assert_eq!(read(&store, desk::waiting), [b, a]);
        let decided = Proposal { decided_by: Some(NAME.to_owned()), decided_us: Some(NOW_US), ..c };
        assert_eq!(read(&store, |tx| desk::proposal(tx, "c")), Some(decided), "it can still be looked up");
        assert_eq!(read(&store, |tx| desk::proposal(tx, "none")), None);
    }

    fn an_id_of_a_proposal_is_given_once(store: Store) {
        write(&store, |tx| desk::propose(tx, &proposal("a", 1)));
        assert_conflict(&store, |tx| desk::propose(tx, &proposal("a", 2)));
        assert_eq!(read(&store, desk::waiting), [proposal("a", 1)]);
    }

    fn one_of_many_decides(store: Store) {
        assert!(!write(&store, |tx| desk::decide(tx, "a", "nobody", NOW_US)), "there is none yet");
        write(&store, |tx| desk::propose(tx, &proposal("a", 1)));
        let won = at_once(4, |thread| {
            write(&store, |tx| desk::decide(tx, "a", &format!("person {thread}"), NOW_US))
        });
        let winners: Vec<usize> = (0..4).filter(|thread| won[*thread]).collect();
        assert_eq!(winners.len(), 1, "{won:?}");
        let found = read(&store, |tx| desk::proposal(tx, "a")).unwrap();
        assert_eq!(found.decided_by, Some(format!("person {}", winners[0])));
    }
}
