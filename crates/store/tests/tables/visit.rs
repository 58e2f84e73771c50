//! What failed for names, links and visits as rows.

use comity_store::tables::visit::{self, AttemptRow, LinkRow, VisitRow};
use comity_testkit::stores;

fn failed(number: u16, at_us: i64) -> AttemptRow {
    let mut subject = [0; 32];
    subject[..2].copy_from_slice(&number.to_be_bytes());
    AttemptRow { subject, failures: 1, next_us: at_us, at_us }
}

stores! {
    fn unknown_names_by_the_thousand_do_not_grow_the_table(store: Store) {
        let count = || {
            store.read("count", |tx| tx.query_one("SELECT COUNT(*) FROM attempt", &[])?.unwrap().int(0)).unwrap()
        };
        store
            .write("many", |tx| {
                for number in 0..500_u16 {
                    visit::keep_attempt(tx, &failed(number, i64::from(number)), 0, 100)?;
                }
                Ok::<_, comity_store::StoreError>(())
            })
            .unwrap();
        assert_eq!(count(), 100);
        let found = |number| store.read("one", |tx| visit::attempt(tx, &failed(number, 0).subject)).unwrap();
        assert!(found(399).is_none() && found(400).is_some(), "the oldest made room");
        store.write("again", |tx| visit::keep_attempt(tx, &failed(450, 600), 0, 100)).unwrap();
        assert_eq!((count(), found(450).unwrap().at_us, found(400).is_some()), (100, 600, true));
        store.write("later", |tx| visit::keep_attempt(tx, &failed(1, 700), 600, 100)).unwrap();
        assert_eq!(count(), 2, "what is long ago is forgotten");
        assert_eq!(store.read("newest", visit::newest_attempt).unwrap(), Some(700));
    }

    fn a_link_is_used_once_and_old_ones_are_forgotten(store: Store) {
        let link = |number, ends_us| {
            LinkRow { token: [number; 32], name: "lena".into(), made_by: "operator".into(), ends_us }
        };
        store.write("make", |tx| visit::keep_link(tx, &link(1, 100), 0)).unwrap();
        store.write("make", |tx| visit::keep_link(tx, &link(2, 50), 0)).unwrap();
        assert_eq!(store.read("open", |tx| visit::open_links(tx, "lena", 0)).unwrap(), [[2; 32], [1; 32]]);
        assert_eq!(store.read("open", |tx| visit::open_links(tx, "lena", 50)).unwrap(), [[1; 32]]);
        assert!(store.write("drop", |tx| visit::drop_link(tx, &[1; 32])).is_ok());
        assert_eq!(store.read("one", |tx| visit::link(tx, &[1; 32])).unwrap(), None);
        assert_eq!(store.read("one", |tx| visit::link(tx, &[2; 32])).unwrap(), Some(link(2, 50)));
        store.write("make", |tx| visit::keep_link(tx, &link(3, 100), 50)).unwrap();
        assert_eq!(store.read("one", |tx| visit::link(tx, &[2; 32])).unwrap(), None, "it has ended");
    }

    fn a_visit_is_kept_whole_and_swept_when_it_is_over(store: Store) {
        let row = |number: u8, ends_us, seen_us| VisitRow {
            visit: [number; 32],
            name: "lena".into(),
            stage: "signed".into(),
            tries: 0,
            acting: "analyst auditor".into(),
            offered: (number == 1).then(|| vec![1, 2]),
            seen_us,
            ends_us,
            stepped_us: 3,
        };
        for one in [row(1, 100, 10), row(2, 100, 30), row(3, 40, 30)] {
            store.write("keep", |tx| visit::keep_visit(tx, &one)).unwrap();
        }
        assert_eq!(store.read("one", |tx| visit::visit(tx, &[1; 32])).unwrap(), Some(row(1, 100, 10)));
        store.write("saw", |tx| visit::saw_visit(tx, &[1; 32], 20)).unwrap();
        let seen = store.read("of", |tx| visit::visits_of(tx, "lena")).unwrap();
        assert_eq!(seen, [row(2, 100, 30), row(3, 40, 30), row(1, 100, 20)]);
        store.write("sweep", |tx| visit::sweep_visits(tx, 40, 20)).unwrap();
        assert_eq!(store.read("all", visit::visits).unwrap(), [row(2, 100, 30)]);
        assert!(store.write("drop", |tx| visit::drop_visit(tx, &[2; 32])).unwrap());
        assert!(!store.write("drop", |tx| visit::drop_visit(tx, &[2; 32])).unwrap());
    }
}
