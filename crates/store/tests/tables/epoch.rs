//! Epochs and sets of policies.

use comity_store::tables::epoch::{self, Epoch};
use comity_testkit::{NOW_US, stores};

use crate::sample::{NAME, assert_conflict, digest, read, write};

fn numbered(number: i64) -> Epoch {
    Epoch {
        number,
        digest: digest(&format!("agreement {number}")),
        agreement: format!("title = '{NAME} {number}'"),
        policy: digest(&format!("policy {number}")),
    }
}

stores! {
    fn a_new_database_is_in_no_epoch(store: Store) {
        assert_eq!(read(&store, epoch::number), 0);
        assert_eq!(read(&store, epoch::latest), None);
    }

    fn the_highest_number_is_in_force(store: Store) {
        for number in [1, 2, 10, 9] {
            write(&store, |tx| epoch::insert(tx, &numbered(number), "operator", NOW_US - number));
        }
        assert_eq!(read(&store, epoch::number), 10);
        assert_eq!(read(&store, epoch::latest), Some(numbered(10)));
    }

    fn an_epoch_is_never_replaced(store: Store) {
        write(&store, |tx| epoch::insert(tx, &numbered(1), "operator", NOW_US));
        assert_conflict(&store, |tx| {
            epoch::insert(tx, &Epoch { number: 1, ..numbered(7) }, "operator", NOW_US)
        });
        assert_eq!(read(&store, epoch::latest), Some(numbered(1)));
    }

    fn the_text_of_a_policy_set_stays_as_first_kept(store: Store) {
        let (one, guards) = (digest("one"), digest("guards"));
        assert_eq!(read(&store, |tx| epoch::policy(tx, one)), None);
        write(&store, |tx| epoch::keep_policy(tx, one, [digest("schema"), guards], NAME));
        write(&store, |tx| epoch::keep_policy(tx, one, [digest("schema"), guards], "another text under the same hash"));
        write(&store, |tx| epoch::keep_policy(tx, digest("none"), [guards; 2], ""));
        assert_eq!(read(&store, |tx| epoch::policy(tx, one)).as_deref(), Some(NAME));
        assert_eq!(read(&store, |tx| epoch::policy(tx, digest("none"))).as_deref(), Some(""));
    }
}
