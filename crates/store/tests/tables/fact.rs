//! Facts.

use comity_store::tables::fact;
use comity_testkit::stores;

use crate::sample::{NAME, read, write};

stores! {
    fn a_fact_is_absent_until_it_is_set(store: Store) {
        assert_eq!(read(&store, |tx| fact::get(tx, "a")), None);
        write(&store, |tx| fact::set(tx, "a", "1"));
        assert_eq!(read(&store, |tx| fact::get(tx, "a")).as_deref(), Some("1"));
        assert_eq!(read(&store, |tx| fact::get(tx, "A")), None, "names are exact");
    }

    fn a_fact_set_again_has_the_new_value_only(store: Store) {
        for value in ["1", "", NAME] {
            write(&store, |tx| fact::set(tx, NAME, value));
            assert_eq!(read(&store, |tx| fact::get(tx, NAME)).as_deref(), Some(value));
        }
        assert_eq!(read(&store, |tx| tx.query("SELECT name FROM fact", &[])).len(), 1);
    }
}
