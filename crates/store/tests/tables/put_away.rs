//! What people put away.

use comity_store::tables::put_away;
use comity_testkit::stores;

use crate::sample::{read, write};

stores! {
    fn of_what_somebody_put_away_the_latest_stays_and_others_keep_theirs(store: Store) {
        write(&store, |tx| put_away::put(tx, "olga", "1", 1));
        for at_us in 1..=5 {
            write(&store, |tx| put_away::put(tx, "lena", &at_us.to_string(), at_us));
            write(&store, |tx| put_away::keep_latest(tx, "lena", 3));
        }
        let kept = |owner| read(&store, |tx| put_away::of(tx, owner, 100)).into_iter().collect::<Vec<_>>();
        assert_eq!(kept("lena"), ["3", "4", "5"]);
        assert_eq!(kept("olga"), ["1"]);
    }
}
