//! Runs of figures: what was counted, and where it stands since.

use comity_model::RecordState;
use comity_store::tables::figure::{self, Counted, Run};
use comity_store::tables::record;
use comity_testkit::stores;

use crate::sample::{assert_conflict, keep_handlings, note_id, read, record as sample, versioned, write};

fn run(n: i64) -> Run {
    Run {
        figure: "f".into(),
        n,
        version: format!("v{n}"),
        asked: "{}".into(),
        value: "2".into(),
        personal: n == 2,
        salt: [1; 32],
        root: [u8::try_from(n).unwrap(); 32],
        shown: [3; 32],
        actor: "operator".into(),
        at_us: n,
    }
}

fn counted(seq: i64) -> Counted {
    Counted { collection: "c".into(), seq, id: note_id(seq), digest: vec![7; 32], share: "1".into() }
}

stores! {
    fn the_last_run_comes_back_with_what_it_counted_and_left_out(store: Store) {
        let left = vec![("no-date".to_owned(), 4)];
        write(&store, |tx| figure::keep(tx, &run(1), &[counted(1)], &[]));
        write(&store, |tx| figure::keep(tx, &run(2), &[counted(2), counted(1)], &left));
        assert_conflict(&store, |tx| figure::keep(tx, &run(2), &[], &[]));
        assert_eq!(read(&store, |tx| figure::last(tx, "f")), Some(run(2)));
        assert_eq!(read(&store, |tx| figure::last(tx, "g")), None);
        assert_eq!(read(&store, |tx| figure::by_root(tx, &[1; 32])), Some(run(1)));
        assert_eq!(read(&store, |tx| figure::counted(tx, "f", 2)), [counted(1), counted(2)]);
        assert_eq!(read(&store, |tx| figure::left(tx, "f", 2)), left);
        assert_eq!(read(&store, |tx| figure::personal(tx)), [run(2)]);
        assert_eq!(read(&store, |tx| figure::figures(tx, "", 10)), ["f"]);
        assert!(read(&store, |tx| figure::figures(tx, "f", 10)).is_empty());
    }

    fn where_counted_records_stand_since_is_read_from_their_rows(store: Store) {
        keep_handlings(&store);
        write(&store, |tx| record::insert(tx, &[sample("c", 1), sample("c", 2), versioned(sample("c", 3), 2, 60)]));
        write(&store, |tx| figure::keep(tx, &run(1), &[counted(1), counted(2), counted(9)], &[]));
        let since = |store: &comity_store::Store| -> Vec<(i64, Option<RecordState>, bool)> {
            let all = read(store, |tx| figure::since(tx, "f", 1));
            all.into_iter().map(|one| (one.counted.seq, one.state, one.newer)).collect()
        };
        let live = Some(RecordState::Live);
        assert_eq!(since(&store), [(1, live, false), (2, live, true), (9, None, false)]);
        write(&store, |tx| record::set_state(tx, "c", 1, RecordState::Quarantined, "EXERCISE"));
        assert_eq!(since(&store).first().unwrap().1, Some(RecordState::Quarantined));
    }

    fn of_an_erased_record_only_that_it_was_counted_stays(store: Store) {
        write(&store, |tx| figure::keep(tx, &run(1), &[counted(1), counted(2)], &[]));
        write(&store, |tx| figure::forget(tx, "c", 1));
        let left = read(&store, |tx| figure::counted(tx, "f", 1));
        assert_eq!(left[0], Counted { id: String::new(), digest: Vec::new(), ..counted(1) });
        assert_eq!(left[1], counted(2));
        write(&store, |tx| figure::forget_figure(tx, "f"));
        assert_eq!(read(&store, |tx| figure::last(tx, "f")), None);
        assert!(read(&store, |tx| figure::counted(tx, "f", 1)).is_empty());
    }
}
