//! Recalls between two nodes and a member without one: what is out of use at once, what is kept out, what people decide,
//! and what is known afterwards.

use std::sync::Arc;

use comity_app::explain::View;
use comity_app::model::recall::{Obligation, Reason, Scope};
use comity_app::model::{RecordState, Stated};
use comity_app::recall::{self, Doubt, Filter, HolderView, How, Issued, RecallView, Refusal, Wish};
use comity_app::search::{self, Asking};
use comity_app::serve::Query;
use comity_app::stix::Tlp;
use comity_app::{
    AppError, Role, allegation, erase, exchange, explain, import, intake, peer, pull, sheet, tick, withdraw,
};
use comity_testkit::mesh::Mesh;
use comity_testkit::{Community, Node, Place, READ_WRITE, Seat};

use crate::exchange::leaves;
use crate::paper::{at, id, note, version};

pub const NORTH: &str = "Exercise north";
pub const SOUTH: &str = "Exercise south";
pub const WEST: &str = "Exercise west";
pub const OBSERVER: &str = "Exercise observer";

pub const NAMES: [&str; 4] = [NORTH, SOUTH, WEST, "Exercise east"];

/// Nodes that pull from each other into the collection `reports`, by the places of who pulls and from whom; and a member
/// that reads and has no key to answer with.
pub struct Web {
    pub community: Community,
    pub mesh: Arc<Mesh>,
}

pub fn url(at: usize) -> String {
    format!("http://127.0.0.1:{}", 6180 + at)
}

impl Web {
    pub fn new(nodes: usize, ways: &[(usize, usize)]) -> Self {
        let mut seats: Vec<Seat> =
            NAMES[..nodes].iter().map(|name| Seat::member(name).node(Place::file())).collect();
        seats.push(Seat::member(OBSERVER));
        let mut community = Community::new(11, seats);
        // As on a real clock, no two things happen at one time.
        community.clock.tick(1);
        let mesh = Arc::new(Mesh::default());
        for (at, node) in community.nodes.iter_mut().enumerate() {
            node.join(&mesh, &url(at));
            assert_eq!(node.collection("Reports"), "reports");
        }
        let web = Self { community, mesh };
        for (to, from) in ways {
            web.node(*to).befriend(web.node(*from), &format!("n{from}"), &url(*from), "reports");
        }
        web
    }

    /// North and South, which pulls from it.
    pub fn pair() -> Self {
        Self::new(2, &[(1, 0)])
    }

    pub fn node(&self, at: usize) -> &Node {
        &self.community.nodes[at]
    }

    pub fn north(&self) -> &Node {
        self.node(0)
    }

    pub fn south(&self) -> &Node {
        self.node(1)
    }

    /// A node publishes a version of a note, which may be passed on.
    pub fn publish(&self, at: usize, number: u32, version: u32) {
        let text = note(number, version, &format!("paper {number}"), Some(Tlp::Green));
        self.node(at).publish("reports", &onward(), &text);
    }

    /// Every node pulls and exchanges messages, until nothing is left to say.
    pub fn settle(&self) {
        for _ in 0..4 {
            for at in 0..self.community.nodes.len() {
                self.go(at);
            }
        }
    }

    /// One node pulls from its peers, and they exchange messages.
    pub fn go(&self, at: usize) {
        let node = self.node(at);
        for one in peer::list(&node.app).unwrap() {
            let pulled = pull::run(
                &node.app,
                &node.operator(),
                Some(&one.name),
                Some("reports"),
                Some("reports"),
                &mut |_| {},
            );
            let _ = pulled.unwrap();
        }
        let _ = exchange::run(&node.app, &node.operator(), None).unwrap();
    }
}

pub fn onward() -> Stated {
    Stated { onward: true, ..at(Tlp::Green) }
}

/// What stands where for a version of a note, of every origin.
pub fn states(node: &Node, number: u32, number_of_version: u32) -> Vec<String> {
    explain::records(&node.app, None)
        .unwrap()
        .into_iter()
        .filter(|one| one.id == id(number) && one.version == version(number_of_version))
        .map(|one| one.state)
        .collect()
}

pub fn issue(node: &Node, text: &str, wish: &Wish<'_>) -> Issued {
    recall::issue(&node.app, &node.operator(), text, wish).unwrap()
}

/// A node takes a note back because it is wrong.
pub fn take_back(node: &Node, number: u32) -> Issued {
    issue(node, &id(number), &Wish::new(Scope::Withdraw, Reason::Wrong))
}

pub fn all(node: &Node) -> Vec<RecallView> {
    recall::overview(&node.app, &node.operator(), &Filter::default()).unwrap()
}

pub fn one(node: &Node, recall: &str) -> RecallView {
    let filter = Filter { recall: Some(recall), ..Filter::default() };
    recall::overview(&node.app, &node.operator(), &filter).unwrap().remove(0)
}

pub fn holder(node: &Node, recall: &str, member: &str) -> HolderView {
    let found = one(node, recall).members.into_iter().find(|one| one.member == member);
    found.unwrap_or_else(|| panic!("{member} is not told of {recall}"))
}

pub fn purge(node: &Node, recall: &str) {
    recall::comply(&node.app, &node.operator(), recall, None, How::Purge).unwrap();
}

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
