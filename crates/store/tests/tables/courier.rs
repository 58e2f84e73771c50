//! Bundles that were made and that came: what is acknowledged, given up, waits, and where the next one begins.

use comity_store::tables::courier::{self as table, Came, CameState, Made, Said};
use comity_testkit::{NOW_US, stores};

use crate::sample::{digest, member, read, write};

fn made(n: i64) -> Made {
    Made {
        member: member(2),
        n,
        digest: digest(&format!("made {n}")),
        cursors: "{}".into(),
        begun_us: NOW_US + n * 10,
        at_us: NOW_US + n * 10 + 5,
        expires_us: NOW_US + 1_000,
        acknowledged_us: None,
        lost: false,
    }
}

fn came(n: i64, state: CameState) -> Came {
    let waits_for = if state == CameState::Waiting { n - 1 } else { 0 };
    Came { member: member(2), n, digest: digest("came"), state, pages: 3, waits_for, at_us: NOW_US }
}

stores! {
    fn the_next_bundle_begins_behind_the_last_on_which_somebody_counts(store: Store) {
        for n in 1..=4 {
            write(&store, |tx| table::add_made(tx, &made(n)));
        }
        write(&store, |tx| table::add_made(tx, &Made { member: member(3), ..made(9) }));
        assert_eq!(write(&store, |tx| table::acknowledge(tx, &member(2), 2, NOW_US)), 2);
        assert_eq!(read(&store, |tx| table::on_their_way(tx, &member(2), NOW_US)).len(), 2);
        assert_eq!(write(&store, |tx| table::lose(tx, &member(2), 0, false)), 2, "those that did not arrive");
        let last = || read(&store, |tx| table::last_made(tx, &member(2))).map(|one| one.n);
        assert_eq!(last(), Some(2));
        assert_eq!(read(&store, |tx| table::highest_made(tx, &member(2))), 4, "no number is used again");
        assert_eq!(read(&store, |tx| table::on_their_way(tx, &member(2), NOW_US)), []);
        assert_eq!(write(&store, |tx| table::lose(tx, &member(2), 1, true)), 1, "also those that did");
        assert_eq!(last(), Some(1));
        assert_eq!(read(&store, |tx| table::last_made(tx, &member(3))), Some(Made { member: member(3), ..made(9) }));
        let all = read(&store, |tx| table::made(tx, &member(2)));
        assert_eq!(all.iter().map(|one| (one.n, one.lost)).collect::<Vec<_>>(), [
            (1, false), (2, true), (3, true), (4, true)
        ]);
        assert_eq!(all[0].acknowledged_us, Some(NOW_US));
    }

    fn what_expired_on_its_way_is_given_up_with_everything_behind_it(store: Store) {
        for n in 1..=4 {
            write(&store, |tx| table::add_made(tx, &Made { expires_us: NOW_US + n * 100, ..made(n) }));
        }
        write(&store, |tx| table::acknowledge(tx, &member(2), 1, NOW_US));
        let on_their_way = |now_us| read(&store, |tx| table::on_their_way(tx, &member(2), now_us)).len();
        assert_eq!((on_their_way(NOW_US + 200), on_their_way(NOW_US + 201)), (3, 2));
        assert_eq!(write(&store, |tx| table::lose_expired(tx, &member(2), NOW_US + 200)), 0, "to the last moment");
        assert_eq!(write(&store, |tx| table::lose_expired(tx, &member(3), NOW_US + 999)), 0);
        assert_eq!(write(&store, |tx| table::lose_expired(tx, &member(2), NOW_US + 201)), 3, "what waits for it too");
        assert_eq!(read(&store, |tx| table::last_made(tx, &member(2))).map(|one| one.n), Some(1));
        assert_eq!(write(&store, |tx| table::lose_expired(tx, &member(2), NOW_US + 999)), 0, "what arrived stays");
    }

    fn what_came_is_kept_under_its_number_and_what_is_not_whole_is_listed(store: Store) {
        for one in [came(1, CameState::Taken), came(3, CameState::Waiting), came(2, CameState::Opening)] {
            write(&store, |tx| table::keep_came(tx, &one));
        }
        let unfinished = || read(&store, |tx| table::unfinished(tx, &member(2)));
        assert_eq!(unfinished(), [came(2, CameState::Opening), came(3, CameState::Waiting)]);
        assert_eq!(read(&store, |tx| table::last_taken(tx, &member(2))), Some(came(1, CameState::Taken)));
        assert_eq!(read(&store, |tx| table::highest_came(tx, &member(2))), 3);
        assert_eq!(read(&store, |tx| table::highest_came(tx, &member(3))), 0);
        write(&store, |tx| table::keep_came(tx, &came(3, CameState::Taken)));
        assert_eq!(read(&store, |tx| table::last_taken(tx, &member(2))).map(|one| one.n), Some(3));
        for n in [2, 4] {
            write(&store, |tx| table::keep_came(tx, &Came { member: member(4), ..came(n, CameState::Waiting) }));
        }
        write(&store, |tx| table::keep_came(tx, &Came { member: member(4), ..came(3, CameState::Taken) }));
        let waiting = read(&store, |tx| table::unfinished(tx, &member(4)));
        assert_eq!(waiting.iter().map(|one| one.n).collect::<Vec<_>>(), [4], "nothing is missed before what is here");
        assert_eq!(unfinished().len(), 1);
        assert_eq!(read(&store, |tx| table::came(tx, &member(3), 1)), None);
        assert_eq!(read(&store, table::members), [member(2), member(4)]);
    }

    fn what_a_member_said_last_is_kept(store: Store) {
        assert_eq!(read(&store, |tx| table::said(tx, &member(2))), None);
        for recalls in [None, Some(digest("recalls"))] {
            let said = Said { numbered: 7, recalls };
            write(&store, |tx| table::keep_said(tx, &member(2), &said));
            assert_eq!(read(&store, |tx| table::said(tx, &member(2))), Some(said));
        }
    }
}
