//! A member that is hosted on another member's node: its drafts, what asks for a second person, and what its programs read.

use comity_app::import::{self, Input};
use comity_app::model::{ApprovalRule, Flag, Standing, Stated};
use comity_app::proposal::{self, Outcome};
use comity_app::serve::{self, Query};
use comity_app::stix::Tlp;
use comity_app::{Actor, AppError, Reader, delivery, intake, ledger, publish};
use comity_testkit::{Community, Node, Place, READ_WRITE, Seat};

use crate::paper::{at, id, note};

const HOST: &str = "Exercise host";
const GUEST: &str = "Exercise guest";
const OTHER: &str = "Exercise other";
const OBSERVER: &str = "Exercise observer";

fn community() -> Community {
    let seats = vec![
        Seat::member(HOST).node(Place::memory()),
        Seat::member(GUEST),
        Seat::member(OTHER),
        Seat::member(OBSERVER).standing(Standing::Observer),
    ];
    let mut community = Community::new(1, seats);
    let host = community.node().member().clone();
    community.amend_member(GUEST, |member| member.hosted_by = Some(host));
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

fn guest(node: &Node) -> Reader {
    node.client(&node.key(GUEST, "exercise", READ_WRITE))
}

/// A draft that a key brings for its member.
fn draft(node: &Node, key: &Reader, number: u32, stated: Stated) {
    let actor = Actor {
        name: format!("key:{}", key.credential),
        member: key.member.clone(),
        inner: key.inner.clone(),
        ..node.operator()
    };
    let name = "x";
    let input =
        Input { collection: "exercise", name, draft: true, stated, key: Some(key), ..Input::default() };
    let text = note(number, 0, "draft", None);
    let done = import::run(&node.app, &actor, &input, text.as_bytes(), &mut |_| {}).unwrap();
    assert_eq!(done.held, 1, "{done:?}");
}

fn drafts(node: &Node, key: &Reader) -> usize {
    serve::drafts(&node.app, key, "exercise", None).unwrap().objects.len()
}

#[test]
fn a_draft_that_is_read_by_a_key_is_noted_as_delivered_like_every_record() {
    let community = community();
    let node = community.node();
    let key = guest(node);
    draft(node, &key, 1, at(Tlp::Green));
    assert_eq!(drafts(node, &key), 1);
    let leaves = || ledger::verify(&node.app).unwrap().kinds.get("records.delivered").copied();
    assert_eq!(leaves(), Some(1));
    let noted = delivery::of_reader(&node.app, &key, None, None).unwrap().deliveries;
    assert_eq!(noted.iter().map(|one| (one.id.as_str(), one.count)).collect::<Vec<_>>(), [(&*id(1), 1)]);
    assert_eq!(drafts(node, &key), 1);
    assert_eq!(leaves(), Some(1), "what left before counts only");
    assert_eq!(delivery::of_reader(&node.app, &key, None, None).unwrap().deliveries[0].count, 2);
    assert_eq!(delivery::of_member(&node.app, GUEST).unwrap(), [], "no draft of another is told of here");
}

#[test]
fn what_a_hosted_member_brings_waits_for_whom_the_door_would_let_it_reach() {
    let mut community = community();
    let post = |node: &Node, number| {
        let body = format!(r#"{{"objects":[{}]}}"#, note(number, 0, "guest", Some(Tlp::Green)));
        intake::post(&node.app, &guest(node), "exercise", body.as_bytes()).unwrap()
    };
    community.amend(|agreement| _ = agreement.two_person.insert(ApprovalRule::FirstToObserver));
    let refused = post(community.node(), 1);
    assert_eq!(refused.failures.len(), 1, "{refused:?}");
    assert!(refused.failures[0].message.as_ref().unwrap().contains("first to reach an observer"));
    community.amend(|agreement| _ = agreement.two_person.remove(&ApprovalRule::FirstToObserver));
    let node = community.node();
    assert_eq!(post(node, 1).successes.len(), 1);
    let observer = node.reader(OBSERVER, "exercise");
    assert_eq!(node.sees(&observer, "exercise"), [id(1)], "the door asks the same");
    let page =
        serve::page(&node.app, &node.reader(OTHER, "exercise"), "exercise", &Query::default()).unwrap();
    assert_eq!(page.objects.len(), 1);
}

#[test]
fn a_draft_that_a_hosted_member_drops_is_gone_for_good_and_nobody_elses_is() {
    let community = community();
    let node = community.node();
    let key = guest(node);
    draft(node, &key, 1, at(Tlp::Green));
    draft(node, &key, 2, at(Tlp::Green));
    let own = node.client(&node.key(HOST, "exercise", READ_WRITE));
    for (by, number) in [(&own, 1), (&key, 3)] {
        let absent = intake::drop_drafts(&node.app, by, "exercise", &id(number));
        assert!(matches!(absent, Err(AppError::NotFound(_))), "{absent:?}");
    }
    intake::drop_drafts(&node.app, &key, "exercise", &id(1)).unwrap();
    let left = serve::drafts(&node.app, &key, "exercise", None).unwrap().objects;
    assert_eq!(left.iter().map(|one| one.get().id().to_owned()).collect::<Vec<_>>(), [id(2)]);
    let again = publish::by_key(&node.app, &key, ("exercise", &id(1)), None);
    assert!(matches!(again, Err(AppError::Conflict(_))), "{again:?}");
    publish::by_key(&node.app, &key, ("exercise", &id(2)), None).unwrap();
    let published = intake::drop_drafts(&node.app, &key, "exercise", &id(2));
    assert!(matches!(published, Err(AppError::NotFound(_))), "only a draft is dropped: {published:?}");
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
}

#[test]
fn what_a_hosted_member_marks_for_neutrality_review_goes_when_another_key_of_it_says_why() {
    let community = community();
    let node = community.node();
    let (key, second) = (guest(node), guest(node));
    let marked = Stated { flags: [Flag::Neutrality].into(), ..at(Tlp::Green) };
    draft(node, &key, 1, marked);
    let asks = |key: &Reader, reason| publish::by_key(&node.app, key, ("exercise", &id(1)), reason);
    let because = Some("EXERCISE it reports an attack");
    let Outcome::Pending(waiting) = asks(&key, because).unwrap() else { panic!("one key is not enough") };
    assert_eq!(asks(&key, because).unwrap(), Outcome::Pending(waiting.clone()), "nor is it twice");
    assert!(proposal::list(&node.app).unwrap().is_empty(), "the people of the host learn of nothing");
    let by_host = proposal::approve_because(&node.app, &node.operator(), &waiting.id, because);
    assert!(matches!(by_host, Err(AppError::NotFound(_))), "{by_host:?}");
    let silent = asks(&second, None);
    assert!(matches!(silent, Err(AppError::Invalid(_))), "{silent:?}");
    assert!(matches!(asks(&second, because).unwrap(), Outcome::Done(_)));
    assert_eq!(node.sees(&node.reader(OTHER, "exercise"), "exercise"), [id(1)]);
    let kinds = ledger::verify(&node.app).unwrap().kinds;
    for leaf in ["proposal.made", "approval.reasoned", "held.published"] {
        assert_eq!(kinds.get(leaf), Some(&1), "{leaf}");
    }
}
