//! Recalls between two nodes and a member without one: what is out of use at once, what is kept out, what people decide,
//! and what is known afterwards.

use comity_app::explain::View;
use comity_app::handling::{self, Change};
use comity_app::model::RecordState;
use comity_app::model::recall::{Obligation, Reason, Scope};
use comity_app::recall::{self, Doubt, Filter, How, Refusal, Wish};
use comity_app::search::{self, Asking};
use comity_app::serve::Query;
use comity_app::stix::Tlp;
use comity_app::{
    AppError, Role, allegation, erase, exchange, explain, import, intake, sheet, tick, withdraw,
};
use comity_testkit::{Node, READ_WRITE, shared_engines};

use crate::exchange::leaves;
use crate::paper::{id, note, version};
use crate::web::{
    NORTH, OBSERVER, SOUTH, WEST, Web, all, holder, issue, one, onward, purge, states, take_back, url,
};

fn found(node: &Node, word: &str) -> usize {
    let asking = Asking { query: word, purpose: Some("border"), ..Asking::default() };
    search::run(&node.app, &node.operator(), &asking).unwrap().hits.len()
}

fn refused(node: &Node, text: &str) -> String {
    let summary = node.import("reports", &onward(), text).unwrap();
    assert_eq!(summary.accepted, 0, "{summary:?}");
    summary.rejected[0].reason.clone()
}

#[test]
fn d1_a_recall_reaches_every_copy_at_once_search_page_forward_and_export() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    web.publish(0, 2, 0);
    web.settle();
    let (north, south) = (web.north(), web.south());
    let reader = south.reader(OBSERVER, "reports");
    assert_eq!((found(south, "paper"), south.sees(&reader, "reports").len()), (2, 2));
    let issued = take_back(north, 1);
    assert_eq!((issued.told.as_slice(), issued.cannot.len()), (&[SOUTH.to_owned()][..], 0), "{issued:?}");
    assert_eq!(states(north, 1, 0), ["withdrawn"], "it is out of use here at once");
    web.go(1);
    assert_eq!(states(south, 1, 0), ["quarantined"]);
    assert_eq!(found(south, "paper"), 1);
    assert_eq!(south.sees(&reader, "reports"), [id(2)], "it is on no page and is passed on to nobody");
    let query = Query { ids: vec![id(1)], ..Query::default() };
    assert!(south.stream(&reader, "reports", &query, 10).is_empty());
    let sights = explain::who_sees(&south.app, &id(1)).unwrap();
    assert!(sights.iter().all(|sight| sight.view == View::Nothing), "{sights:?}");
}

#[test]
fn e7_a_recalled_version_does_not_return_by_import_post_pull_or_another_peer_and_a_reissue_passes() {
    // West has it from South, and South pulls it from West again.
    let web = Web::new(3, &[(1, 0), (2, 1), (1, 2)]);
    web.publish(0, 1, 0);
    web.settle();
    let (north, south) = (web.north(), web.south());
    let text = note(1, 0, "paper 1", Some(Tlp::Green));
    // West is not reached: it has it and serves it on.
    web.mesh.leave(&url(2));
    let issued = take_back(north, 1);
    web.go(1);
    purge(south, &issued.recall);
    web.mesh.join(&url(2), &web.node(2).app);
    assert!(refused(south, &text).contains("recalled") || refused(south, &text).contains("erased"));
    let key = south.key(NORTH, "reports", READ_WRITE);
    let posted = intake::post(
        &south.app,
        &south.client(&key),
        "reports",
        format!(r#"{{"objects":[{text}]}}"#).as_bytes(),
    );
    let posted = posted.unwrap();
    assert_eq!((posted.successes.len(), posted.failures.len()), (0, 1), "{posted:?}");
    web.settle();
    assert!(states(south, 1, 0).iter().all(|state| state == "erased"), "{:?}", states(south, 1, 0));
    assert!(refused(north, &text).contains("publish a new version"));
    // A newer version is another statement.
    web.publish(0, 1, 1);
    web.settle();
    assert_eq!(states(south, 1, 1), ["live"]);
    assert_eq!(states(web.node(2), 1, 1), ["live"]);
}

#[test]
fn f1_every_recipient_is_told_without_delay() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    web.settle();
    let north = web.north();
    let observer = north.reader(OBSERVER, "reports");
    assert_eq!(north.sees(&observer, "reports"), [id(1)]);
    let issued = take_back(north, 1);
    assert_eq!(issued.told, [SOUTH]);
    assert_eq!(issued.cannot, [OBSERVER], "it has it, and can confirm nothing");
    // The next time the two meet: no page and no operator is needed for it.
    let south = web.south();
    exchange::run(&south.app, &south.operator(), None).unwrap();
    assert_eq!(states(south, 1, 0), ["quarantined"]);
    assert_eq!(holder(north, &issued.recall, OBSERVER).state, "cannot");
    let told = recall::of_reader(&north.app, &observer).unwrap();
    assert_eq!((told.len(), told[0].records.len(), told[0].state), (1, 1, "cannot"), "it can read it here");
    let sheet = sheet::of(&south.app, &id(1)).unwrap();
    let why = sheet.set_aside.unwrap();
    assert!(why.contains(&issued.recall) && why.contains(NORTH), "{why}");
}

#[test]
fn f2_each_holder_answers_by_signature_and_who_does_not_is_listed_overdue() {
    let mut web = Web::new(3, &[(1, 0), (2, 0)]);
    let chair = web.community.id(SOUTH);
    web.community.amend(|agreement| agreement.chair = Some(chair));
    web.publish(0, 1, 0);
    web.settle();
    web.mesh.leave(&url(2));
    let issued = take_back(web.north(), 1);
    let (north, south) = (web.north(), web.south());
    assert_eq!(holder(north, &issued.recall, SOUTH).state, "queued");
    web.go(1);
    web.go(1);
    let stands = holder(north, &issued.recall, SOUTH);
    assert_eq!((stands.state, stands.overdue), ("acknowledged", false), "{stands:?}");
    assert!(stands.words.contains("states that it set it aside"));
    purge(south, &issued.recall);
    web.go(1);
    let done = holder(north, &issued.recall, SOUTH);
    assert_eq!((done.state, done.words), ("complied", "states that it deleted it (signed)"));
    assert!(done.answer.is_some());
    assert_eq!(states(south, 1, 0), ["erased"]);
    // West is switched off.
    web.community.clock.advance_seconds(73 * 3_600);
    tick::run(&north.app).unwrap();
    tick::run(&north.app).unwrap();
    assert_eq!(leaves(north, "recall.overdue"), 1, "it is noted once");
    let late = Filter { overdue: true, ..Filter::default() };
    let late = recall::overview(&north.app, &north.operator(), &late).unwrap();
    assert_eq!(
        late[0].members.iter().filter(|one| one.overdue).map(|one| &one.member).collect::<Vec<_>>(),
        [WEST]
    );
    web.go(1);
    assert_eq!(leaves(south, "recall.overdue-told"), 1, "the chair learns of it");
    web.mesh.join(&url(2), &web.node(2).app);
    web.community.clock.advance_seconds(1);
    web.go(2);
    purge(web.node(2), &issued.recall);
    web.go(2);
    assert!(all(north)[0].members.iter().all(|one| !one.overdue && one.state == "complied"));
}

#[test]
fn f3_a_receiver_disputes_to_the_source_only_and_changes_nothing() {
    let web = Web::new(3, &[(1, 0), (2, 0)]);
    web.publish(0, 1, 0);
    web.settle();
    let (north, south) = (web.north(), web.south());
    let denied =
        recall::issue(&south.app, &south.operator(), &id(1), &Wish::new(Scope::Withdraw, Reason::Wrong));
    assert!(matches!(&denied, Err(AppError::Denied(text)) if text.contains("comity dispute")), "{denied:?}");
    recall::dispute(
        &south.app,
        &south.operator(),
        &id(1),
        Doubt::Wrong,
        "EXERCISE: the date is of last year",
    )
    .unwrap();
    web.settle();
    let got = recall::disputes(&north.app, &north.operator()).unwrap();
    assert_eq!((got.len(), got[0].member.as_str(), got[0].reason.as_str()), (1, SOUTH, "wrong"), "{got:?}");
    assert!(got[0].text.contains("last year"));
    for at in 0..3 {
        assert_eq!(states(web.node(at), 1, 0), ["live"], "nothing changes");
    }
    assert_eq!(recall::disputes(&web.node(2).app, &web.node(2).operator()).unwrap(), []);
    assert!(all(north).is_empty());
    // Its originator takes it back: nobody has to do anything about the dispute any more.
    take_back(north, 1);
    assert_eq!(recall::disputes(&north.app, &north.operator()).unwrap(), []);
}

#[test]
fn f4_a_restriction_blocks_until_the_originator_lifts_it() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    web.settle();
    let (north, south) = (web.north(), web.south());
    let reader = south.reader(OBSERVER, "reports");
    let issued = issue(north, &id(1), &Wish::new(Scope::Restrict, Reason::Complaint));
    web.settle();
    assert_eq!(
        (states(north, 1, 0), states(south, 1, 0)),
        (vec!["quarantined".into()], vec!["quarantined".into()])
    );
    assert!(south.sees(&reader, "reports").is_empty());
    assert_eq!(holder(north, &issued.recall, SOUTH).state, "complied", "that it is set aside is enough");
    let decided = recall::comply(&south.app, &south.operator(), &issued.recall, None, How::Purge);
    assert!(decided.is_err(), "what is only stopped is not erased for it");
    let lifted = recall::lift(&north.app, &north.operator(), &issued.recall, Reason::Other, 72).unwrap();
    assert_eq!(states(north, 1, 0), ["live"]);
    web.settle();
    assert_eq!(states(south, 1, 0), ["live"]);
    assert_eq!(south.sees(&reader, "reports"), [id(1)]);
    assert_eq!(holder(north, &issued.recall, SOUTH).state, "superseded");
    assert_eq!(holder(north, &lifted.recall, SOUTH).state, "complied");
    let again = recall::lift(&north.app, &north.operator(), &issued.recall, Reason::Other, 72);
    assert!(matches!(again, Err(AppError::Conflict(_))), "{again:?}");
    let withdrawn = take_back(north, 1);
    let not = recall::lift(&north.app, &north.operator(), &withdrawn.recall, Reason::Other, 72);
    assert!(matches!(&not, Err(AppError::Conflict(text)) if text.contains("new version")), "{not:?}");
}

#[test]
fn f5_a_holder_with_grounds_of_its_own_keeps_and_says_so() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    web.publish(0, 2, 0);
    web.settle();
    let (north, south) = (web.north(), web.south());
    let (first, second) = (take_back(north, 1), take_back(north, 2));
    web.settle();
    let auditor = south.user("auditor", &[Role::Auditor]);
    assert!(recall::comply(&south.app, &auditor, &first.recall, None, How::Purge).is_err());
    let ground = How::Hold { ground: "EXERCISE: evidence in a trial" };
    assert!(recall::comply(&south.app, &south.operator(), &first.recall, None, ground).unwrap().answered);
    let refuse = How::Refuse { reason: Refusal::LegalDuty };
    recall::comply(&south.app, &south.operator(), &second.recall, None, refuse).unwrap();
    web.settle();
    assert_eq!(holder(north, &first.recall, SOUTH).state, "held");
    assert_eq!(holder(north, &second.recall, SOUTH).state, "refused");
    for number in [1, 2] {
        assert_eq!(states(south, number, 0), ["quarantined"], "it stays out of use");
    }
    let why = sheet::of(&south.app, &id(1)).unwrap().set_aside.unwrap();
    assert!(why.contains("evidence in a trial"), "{why}");
    // Nobody waits for ever: a person closes it, and what was answered stays known.
    recall::close(&north.app, &north.operator(), &second.recall, SOUTH, "EXERCISE: their law is clear")
        .unwrap();
    assert_eq!(holder(north, &second.recall, SOUTH).state, "closed");
}

#[test]
fn g1_each_step_of_a_recall_has_a_leaf() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    web.settle();
    let issued = take_back(web.north(), 1);
    web.settle();
    purge(web.south(), &issued.recall);
    web.settle();
    assert_eq!(leaves(web.north(), "recall.issued"), 1);
    assert_eq!(leaves(web.south(), "recall.taken"), 1);
    assert_eq!(leaves(web.south(), "recall.decided"), 1);
    assert_eq!(leaves(web.south(), "recall.answered"), 2, "set aside, then done");
    assert_eq!(leaves(web.north(), "recall.answer-received"), 2);
}

#[test]
fn a_recall_that_comes_before_the_record_meets_it_on_arrival() {
    // West gets messages from North and records from South alone.
    let web = Web::new(3, &[(1, 0), (2, 1), (2, 0)]);
    web.publish(0, 1, 0);
    web.go(1);
    let west = web.node(2);
    let reader = web.north().reader(WEST, "reports");
    assert_eq!(web.north().sees(&reader, "reports"), [id(1)], "it left for West and is not there yet");
    let issued = issue(web.north(), &id(1), &Wish::new(Scope::Restrict, Reason::Complaint));
    exchange::run(&west.app, &west.operator(), Some("n0")).unwrap();
    assert_eq!(one(west, &issued.recall).records[0].state, "");
    assert_eq!(holder(web.north(), &issued.recall, WEST).state, "unknown");
    // South has not heard of it and still serves it.
    web.mesh.leave(&url(0));
    web.go(2);
    assert_eq!(states(west, 1, 0), ["quarantined"]);
    assert_eq!(one(west, &issued.recall).records[0].state, "set-aside");
    web.mesh.join(&url(0), &web.north().app);
    web.settle();
    assert_eq!(holder(web.north(), &issued.recall, WEST).state, "complied", "it answers anew");
}

#[test]
fn a_lift_makes_it_live_unless_something_else_stands() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    web.settle();
    let (north, south) = (web.north(), web.south());
    let first = issue(north, &id(1), &Wish::new(Scope::Restrict, Reason::Complaint));
    let second = issue(north, &id(1), &Wish::new(Scope::Restrict, Reason::IllTreatment));
    web.settle();
    recall::lift(&north.app, &north.operator(), &first.recall, Reason::Other, 72).unwrap();
    web.settle();
    assert_eq!(
        (states(north, 1, 0), states(south, 1, 0)),
        (vec!["quarantined".into()], vec!["quarantined".into()])
    );
    recall::lift(&north.app, &north.operator(), &second.recall, Reason::Other, 72).unwrap();
    web.settle();
    assert_eq!((states(north, 1, 0), states(south, 1, 0)), (vec!["live".into()], vec!["live".into()]));
}

#[test]
fn what_was_lifted_reaches_those_whose_cursor_had_passed() {
    let web = Web::new(3, &[(1, 0), (2, 1)]);
    web.publish(0, 1, 0);
    web.go(1);
    let issued = issue(web.north(), &id(1), &Wish::new(Scope::Restrict, Reason::Complaint));
    web.publish(0, 2, 0);
    web.go(1);
    web.go(2);
    assert_eq!(states(web.node(2), 1, 0), Vec::<String>::new(), "it was stopped before West asked");
    assert_eq!(states(web.node(2), 2, 0), ["live"], "and West has read beyond it");
    recall::lift(&web.north().app, &web.north().operator(), &issued.recall, Reason::Other, 72).unwrap();
    web.settle();
    assert_eq!(states(web.node(2), 1, 0), ["live"]);
}

#[test]
fn the_version_before_a_recalled_one_is_shown_again_only_when_one_version_was_named() {
    let web = Web::pair();
    for number in [1, 2] {
        web.publish(0, number, 0);
        web.publish(0, number, 1);
    }
    web.settle();
    let (north, south) = (web.north(), web.south());
    let reader = south.reader(OBSERVER, "reports");
    let versions = || -> Vec<(String, String)> {
        let seen = south.stream(&reader, "reports", &Query::default(), 10);
        seen.iter().map(|one| (one.get().id().to_owned(), one.get().version().to_owned())).collect()
    };
    assert_eq!(versions(), [(id(1), version(1)), (id(2), version(1))]);
    issue(north, &format!("{}@{}", id(1), version(1)), &Wish::new(Scope::Withdraw, Reason::Wrong));
    issue(north, &id(2), &Wish::new(Scope::Withdraw, Reason::Wrong));
    web.settle();
    assert_eq!(versions(), [(id(1), version(0))]);
}

#[test]
fn a_correction_waits_for_the_version_in_its_place_and_says_when_it_is_there() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    web.settle();
    let (north, south) = (web.north(), web.south());
    web.publish(0, 1, 1);
    let replacement = version(1);
    let wish = Wish { replacement: Some(&replacement), ..Wish::new(Scope::Correct, Reason::Wrong) };
    let issued = issue(north, &id(1), &wish);
    assert_eq!((states(north, 1, 0), states(north, 1, 1)), (vec!["withdrawn".into()], vec!["live".into()]));
    exchange::run(&south.app, &south.operator(), None).unwrap();
    assert_eq!(one(south, &issued.recall).records[0].state, "set-aside", "the new version is not here yet");
    web.settle();
    assert_eq!(one(south, &issued.recall).records[0].state, "corrected");
    assert_eq!((states(south, 1, 0), states(south, 1, 1)), (vec!["quarantined".into()], vec!["live".into()]));
}

#[test]
fn nothing_is_purged_without_a_person() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    web.settle();
    let issued = take_back(web.north(), 1);
    web.settle();
    web.community.clock.advance_seconds(400 * 86_400);
    tick::run(&web.south().app).unwrap();
    web.settle();
    assert_eq!(states(web.south(), 1, 0), ["quarantined"]);
    assert!(one(web.south(), &issued.recall).records[0].waits);
}

#[test]
fn what_one_recall_wants_kept_is_not_erased_for_another() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    web.settle();
    let (north, south) = (web.north(), web.south());
    let keep =
        Wish { obligation: Some(Obligation::KeepAsEvidence), ..Wish::new(Scope::Restrict, Reason::Order) };
    issue(north, &id(1), &keep);
    let issued = take_back(north, 1);
    web.settle();
    let purged = recall::comply(&south.app, &south.operator(), &issued.recall, None, How::Purge);
    assert!(matches!(&purged, Err(AppError::Conflict(text)) if text.contains("evidence")), "{purged:?}");
    assert_eq!(states(south, 1, 0), ["quarantined"]);
}

#[test]
fn what_is_withdrawn_deleted_or_erased_in_another_way_is_told_too() {
    let web = Web::pair();
    for number in 1..=3 {
        web.publish(0, number, 0);
    }
    // Nobody has this one: nobody is told.
    web.settle();
    web.publish(0, 4, 0);
    let (north, south) = (web.north(), web.south());
    withdraw::run(&north.app, &north.operator(), &id(1), "EXERCISE").unwrap();
    withdraw::run(&north.app, &north.operator(), &id(4), "EXERCISE").unwrap();
    let key = north.key(NORTH, "reports", READ_WRITE);
    intake::withdraw(&north.app, &north.client(&key), "reports", &id(2), &Query::default()).unwrap();
    let keeper = north.user("keeper", &[Role::DataProtection]);
    let second = north.user("second", &[Role::DataProtection]);
    let proposed =
        erase::propose(&north.app, &keeper, &id(3), ("unlawful", "EXERCISE court"), false).unwrap();
    comity_app::proposal::approve(&north.app, &second, &proposed.id).unwrap();
    web.settle();
    for number in 1..=3 {
        assert_eq!(states(south, number, 0), ["quarantined"], "{number}");
    }
    let reasons: Vec<String> = all(south).into_iter().map(|one| one.reason).collect();
    assert_eq!(reasons, ["withdrawn", "withdrawn", "unlawful"]);
    assert_eq!(all(north).len(), 3);
}

#[test]
fn an_allegation_that_is_lifted_does_not_end_a_recall() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    web.settle();
    let (north, south) = (web.north(), web.south());
    allegation::make(&south.app, &south.operator(), &id(1), "EXERCISE text", None).unwrap();
    let issued = take_back(north, 1);
    web.settle();
    let proposed =
        allegation::propose_lift(&south.app, &south.operator(), &id(1), "EXERCISE: not so").unwrap();
    let second = south.user("second", &[Role::ReleaseOfficer]);
    comity_app::proposal::approve(&south.app, &second, &proposed.id).unwrap();
    assert_eq!(states(south, 1, 0), ["quarantined"]);
    assert!(sheet::of(&south.app, &id(1)).unwrap().set_aside.unwrap().contains(&issued.recall));
}

#[test]
fn what_waits_in_triage_or_is_overdue_for_review_is_set_aside_too() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    web.settle();
    let (north, south) = (web.north(), web.south());
    let store = south.place().open();
    store
        .write("test.overdue", |tx| {
            use comity_testkit::comity_store::tables::record;
            let all = record::of_id(tx, &id(1), None, None)?;
            let one = all[0].peek();
            record::set_state(tx, &one.key.collection, one.seq, RecordState::Overdue, "EXERCISE")
        })
        .unwrap();
    take_back(north, 1);
    web.settle();
    assert_eq!(states(south, 1, 0), ["quarantined"]);
}

#[test]
fn a_deadline_is_within_a_year_and_a_draft_is_recalled_from_nobody() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    let north = web.north();
    for hours in [0, -1, 400 * 24 + 1, i64::MAX] {
        let wish = Wish { hours, ..Wish::new(Scope::Withdraw, Reason::Wrong) };
        let failed = recall::issue(&north.app, &north.operator(), &id(1), &wish);
        assert!(matches!(failed, Err(AppError::Invalid(_))), "{failed:?}");
    }
    let input = import::Input {
        collection: "reports",
        name: "x",
        stated: onward(),
        draft: true,
        ..import::Input::default()
    };
    let text = note(9, 0, "draft", Some(Tlp::Green));
    import::run(&north.app, &north.operator(), &input, text.as_bytes(), &mut |_| {}).unwrap();
    let failed =
        recall::issue(&north.app, &north.operator(), &id(9), &Wish::new(Scope::Withdraw, Reason::Wrong));
    assert!(matches!(&failed, Err(AppError::Conflict(text)) if text.contains("draft")), "{failed:?}");
    assert_eq!(states(north, 1, 0), ["live"]);
}

#[test]
fn who_lost_it_by_narrowing_is_told_who_kept_it_gets_the_new_envelope() {
    let web = Web::new(3, &[(1, 0), (2, 0)]);
    web.publish(0, 1, 0);
    web.settle();
    let (north, south, west) = (web.north(), web.south(), web.node(2));
    let wish = Wish::new(Scope::Narrow, Reason::ReleasedInError);
    let failed = recall::issue(&north.app, &north.operator(), &id(1), &wish);
    assert!(
        matches!(&failed, Err(AppError::Conflict(text)) if text.contains("comity handling")),
        "{failed:?}"
    );
    let change = Change { exclude: (vec![WEST.into()], Vec::new()), ..Change::default() };
    handling::change(&north.app, &north.operator(), &id(1), &change).unwrap();
    let issued = issue(north, &id(1), &wish);
    assert_eq!(states(north, 1, 0), ["live"]);
    exchange::run(&south.app, &south.operator(), None).unwrap();
    assert_eq!(states(south, 1, 0), ["quarantined"], "until the narrower handling is here");
    web.settle();
    assert_eq!(states(south, 1, 0), ["live"]);
    assert_eq!(holder(north, &issued.recall, SOUTH).state, "complied");
    assert_eq!(one(south, &issued.recall).records[0].state, "narrowed");
    assert_eq!(states(west, 1, 0), ["quarantined"]);
    assert_eq!(holder(north, &issued.recall, WEST).state, "acknowledged");
    // Its own copy of before does not come back to it from elsewhere.
    assert!(refused(west, &note(1, 0, "paper 1", Some(Tlp::Green))).contains("recalled"));
    purge(west, &issued.recall);
    web.settle();
    assert_eq!(holder(north, &issued.recall, WEST).state, "complied");
    // At home the same bytes are what they were.
    let again = north.import("reports", &onward(), &note(1, 0, "paper 1", Some(Tlp::Green))).unwrap();
    assert!(again.rejected.iter().all(|one| !one.reason.contains("recalled")), "{again:?}");
}

#[test]
fn f6_what_rests_on_a_recalled_record_is_stale() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    web.settle();
    let (north, south) = (web.north(), web.south());
    // South writes about North's note.
    let about = note(2, 0, "assessment", Some(Tlp::Green))
        .replace("identity--00000000-0000-4000-8000-000000000999", &id(1));
    south.publish("reports", &onward(), &about);
    assert_eq!(sheet::of(&south.app, &id(2)).unwrap().stale, Vec::<String>::new());
    let issued = issue(north, &id(1), &Wish::new(Scope::Restrict, Reason::Complaint));
    web.settle();
    let stale = sheet::of(&south.app, &id(2)).unwrap().stale;
    assert!(stale.len() == 1 && stale[0].contains(&id(1)) && stale[0].contains(&issued.recall), "{stale:?}");
    let filter = Filter { stale: true, ..Filter::default() };
    let listed = recall::overview(&south.app, &south.operator(), &filter).unwrap();
    assert_eq!(listed[0].records[0].resting, [id(2)]);
    assert_eq!(states(south, 2, 0), ["live"], "nothing is done to it");
    recall::lift(&north.app, &north.operator(), &issued.recall, Reason::Other, 72).unwrap();
    web.settle();
    assert_eq!(sheet::of(&south.app, &id(2)).unwrap().stale, Vec::<String>::new());
    assert!(recall::overview(&south.app, &south.operator(), &filter).unwrap().is_empty());
}

shared_engines! {
    fn a_recall_runs_its_course_on_every_engine(engine: Engine) {
        let mut web = Web::on(engine, 2, &[(1, 0)]);
        let chair = web.community.id(SOUTH);
        web.community.amend(|agreement| agreement.chair = Some(chair));
        web.publish(0, 1, 0);
        web.settle();
        let (north, south) = (web.north(), web.south());
        let stopped = issue(north, &id(1), &Wish::new(Scope::Restrict, Reason::Complaint));
        web.settle();
        recall::lift(&north.app, &north.operator(), &stopped.recall, Reason::Other, 72).unwrap();
        web.settle();
        assert_eq!(states(south, 1, 0), ["live"]);
        let issued = take_back(north, 1);
        web.community.clock.advance_seconds(73 * 3_600);
        tick::run(&north.app).unwrap();
        assert!(holder(north, &issued.recall, SOUTH).overdue);
        web.settle();
        assert!(refused(south, &note(1, 0, "paper 1", Some(Tlp::Green))).contains("recalled"));
        purge(south, &issued.recall);
        web.settle();
        assert_eq!(holder(north, &issued.recall, SOUTH).state, "complied");
        assert_eq!(leaves(south, "recall.overdue-told"), 1);
        assert_eq!(sheet::of(&south.app, &id(1)).unwrap().stale, Vec::<String>::new());
        assert_eq!(recall::of_reader(&north.app, &north.reader(SOUTH, "reports")).unwrap().len(), 3);
    }
}
