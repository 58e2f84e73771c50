//! Recalling many records where something is in the way: a record in the middle, the node, or those who read meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};

use comity_app::Role;
use comity_app::model::Stated;
use comity_app::model::recall::{Reason, Scope};
use comity_app::recall::{self, Wish};
use comity_app::serve::{self, Query};
use comity_app::stix::Tlp;
use comity_store::tables::journal::{self as heads, HeadRow};

use crate::exchange::leaves;
use crate::paper::{id, note};
use crate::web::{OBSERVER, SOUTH, Web, onward, states};

const WRONG: Wish<'static> = Wish::new(Scope::Withdraw, Reason::Wrong);

#[test]
fn a_delegate_recalls_everything_behind_a_record_of_which_it_may_not_recall_every_version() {
    let web = Web::pair();
    let stated = Stated { delegates: [web.community.id(SOUTH)].into(), ..onward() };
    let publish = |number, version, stated: &Stated| {
        let text = note(number, version, &format!("paper {number}"), Some(Tlp::Green));
        web.north().publish("reports", stated, &text);
    };
    for number in 1..=60 {
        publish(number, 0, &stated);
    }
    publish(5, 1, &onward());
    web.settle();
    let south = web.south();
    let ids: Vec<String> = (1..=60).map(id).collect();
    let done = recall::issue_many(&south.app, &south.operator(), &ids, &WRONG, &mut |_| {}).unwrap();
    assert_eq!((done.records, done.left_out, done.stopped.as_ref()), (59, 1, None), "{done:?}");
    assert!(done.why[0].starts_with(&id(5)), "{done:?}");
    assert_eq!(
        (states(south, 5, 0), states(south, 5, 1)),
        (vec!["live".to_owned()], vec!["live".to_owned()])
    );
    for number in (1..=60).filter(|number| *number != 5) {
        assert_eq!(states(south, number, 0), ["quarantined"], "{number}");
    }
}

#[test]
fn what_was_done_before_the_node_could_not_go_on_is_reported_with_the_line_where_it_stopped() {
    let web = Web::pair();
    for number in 1..=40 {
        web.publish(0, number, 0);
    }
    let north = web.north();
    let store = north.place().open();
    let head = || store.read("test.head", heads::head).unwrap().unwrap();
    let set = |row: &HeadRow| store.write("test.head", |tx| heads::set_head(tx, row)).unwrap();
    // An empty line counts as one.
    let ids: Vec<String> = std::iter::once(String::new()).chain((1..=40).map(id)).collect();
    let mut whole = None;
    let done = recall::issue_many(&north.app, &north.operator(), &ids, &WRONG, &mut |_| {
        // The ledger goes on under another name meanwhile.
        let row = whole.get_or_insert_with(head);
        set(&HeadRow { checkpoint: format!("EXERCISE other\n{}", row.checkpoint), ..row.clone() });
    })
    .unwrap();
    let stopped = done.stopped.clone().unwrap();
    assert_eq!((done.records, done.recalls, stopped.line), (16, 1, 18), "{done:?}");
    assert!(stopped.why.contains("start it again"), "{stopped:?}");
    set(&whole.unwrap());
    assert_eq!(
        (states(north, 16, 0), states(north, 17, 0)),
        (vec!["withdrawn".to_owned()], vec!["live".to_owned()])
    );
    let rest = recall::issue_many(&north.app, &north.operator(), &ids, &WRONG, &mut |_| {}).unwrap();
    assert_eq!((rest.gone_before, rest.records, rest.stopped), (16, 24, None));
    assert_eq!(leaves(north, "recall.issued"), (1 + rest.recalls) as u64);
}

#[test]
fn nothing_is_reported_as_done_when_the_first_step_cannot_be_taken() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    let north = web.north();
    let reader = north.user("reader", &[Role::Analyst]);
    assert!(recall::issue_many(&north.app, &reader, &[id(1)], &WRONG, &mut |_| {}).is_err());
    assert_eq!(states(north, 1, 0), ["live"]);
}

#[test]
fn a_recall_of_many_comes_to_its_end_beside_somebody_who_reads_page_after_page() {
    const MANY: u32 = 2_000;
    let web = Web::new(2, &[]);
    let north = web.north();
    let all: Vec<String> =
        (1..=MANY).map(|number| note(number, 0, &format!("paper {number}"), Some(Tlp::Green))).collect();
    let text = format!(
        r#"{{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001","objects":[{}]}}"#,
        all.join(",")
    );
    north.publish("reports", &onward(), &text);
    let reader = north.reader(OBSERVER, "reports");
    let ids: Vec<String> = (1..=MANY).map(id).collect();
    // The node serves while somebody recalls from the command line: two processes, which have only the file in common.
    let (is_done, app, operator) = (AtomicBool::new(false), north.second(), north.operator());
    let (done, pages) = std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let (mut next, mut pages) = (None, 0_u32);
            while !is_done.load(Ordering::Relaxed) {
                let query = Query { limit: Some(100), next: next.take(), ..Query::default() };
                next = serve::page(&app, &reader, "reports", &query).unwrap().next;
                pages += 1;
            }
            pages
        });
        let done = recall::issue_many(&north.app, &operator, &ids, &WRONG, &mut |_| {});
        is_done.store(true, Ordering::Relaxed);
        (done, reading.join().unwrap())
    });
    let done = done.unwrap();
    assert_eq!((done.records, done.stopped.as_ref()), (MANY as usize, None), "{done:?} beside {pages} pages");
    assert!(pages > 0);
}
