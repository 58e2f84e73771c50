//! Members that say more than anybody could mean: it waits or is dropped, and what is kept of it has an end.

use std::sync::Arc;

use comity_app::limits::MessageLimits;
use comity_app::{App, Limits, home};
use comity_testkit::{Place, SeededRandom};

use crate::exchange::leaves;
use crate::recall_hostile::{Desk, GUEST, HOST, OWNER, signed};
use crate::web::all;

/// The node with a limit of three.
fn with_three(desk: &Desk) -> App {
    let messages = MessageLimits { recalls: 3, refused: 3, ..MessageLimits::default() };
    let limits = Limits { messages, ..Limits::default() };
    let (node, random) = (desk.node(), Arc::new(SeededRandom::new(9)));
    home::open_with(node.app.home(), node.clock().clone(), random, limits).unwrap()
}

#[test]
fn recalls_beyond_the_limit_of_a_day_wait_and_are_taken_the_next_day() {
    let mut desk = Desk::at(Place::file());
    let short = with_three(&desk);
    let said: Vec<_> =
        (1..=5).map(|number| signed(desk.say(OWNER, number, &desk.recall(OWNER)), 3)).collect();
    desk.bring_to(&short, OWNER, &said);
    assert_eq!(all(desk.node()).len(), 3, "the rest waits");
    desk.bring_to(&short, OWNER, &[]);
    assert_eq!(all(desk.node()).len(), 3, "also when it comes again");
    desk.community.clock.advance_seconds(86_401);
    desk.bring_to(&short, OWNER, &[]);
    assert_eq!(all(desk.node()).len(), 5, "and nothing was lost");
    assert_eq!(leaves(desk.node(), "recall.taken"), 5);
}

#[test]
fn what_is_kept_of_refused_recalls_has_an_end() {
    let mut desk = Desk::at(Place::file());
    let short = with_three(&desk);
    for number in 1..=9 {
        let foreign = signed(desk.say(GUEST, number, &desk.recall(HOST)), 1);
        let fault = desk.bring_to(&short, GUEST, &[foreign]);
        assert!(fault.contains("not-its-originator"), "{fault}");
    }
    assert!(desk.is_untouched());
    assert_eq!(leaves(desk.node(), "recall.refused"), 3);
    // Who did so is still heard with what is right.
    let own = signed(desk.say(GUEST, 10, &desk.recall(GUEST)), 1);
    desk.bring_to(&short, GUEST, &[own]);
    assert_eq!(all(desk.node()).len(), 1);
}
