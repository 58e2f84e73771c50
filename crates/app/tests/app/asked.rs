//! Two nodes: what one says about the other's record, and what comes of it there.

use comity_app::import::{self, Input};
use comity_app::model::{Micros, Stated};
use comity_app::serve::Query;
use comity_app::stix::Tlp;
use comity_app::{AppError, Reader, allegation, consent, explain, ledger, peer, pull, review};
use comity_testkit::{Community, Node, Place, READ, Seat};
use serde_json::Value;

use crate::fake::{Answer, Fake};
use crate::paper::at;

const KINDS: &str = include_str!("../../../../schema/kinds/examples.json");
const NOW_US: i64 = 1_795_000_000_000_000;
const DAY: i64 = 86_400;
const NORTH: &str = "Exercise north";
const SOUTH: &str = "Exercise south";
const WEST: &str = "Exercise west";

fn community() -> Community {
    let community = Community::new(
        1,
        vec![
            Seat::member(NORTH).node(Place::memory()),
            Seat::member(SOUTH).node(Place::memory()),
            Seat::member(WEST),
        ],
    );
    for node in &community.nodes {
        assert_eq!(node.collection("Exercise"), "exercise");
    }
    community.clock.set(Micros(NOW_US));
    community
}

/// Publishes the example of a person at TLP:AMBER for the purpose `border`.
fn put_subject(node: &Node, review_days: i64) -> String {
    let bundle: Value = serde_json::from_str(KINDS).unwrap();
    let is_subject = |object: &&Value| {
        object["extensions"].as_object().is_some_and(|all| all.values().any(|one| one["kind"] == "subject"))
    };
    let subject = bundle["objects"].as_array().unwrap().iter().find(is_subject).unwrap();
    let input = Input {
        collection: "exercise",
        name: "x",
        stated: Stated { purposes: ["border".to_owned()].into(), ..at(Tlp::Amber) },
        purpose: Some("border".into()),
        legal_basis: Some("treaty".into()),
        review_at: Some(node.app.now().plus_seconds(review_days * DAY)),
        ..Input::default()
    };
    let done = import::run(&node.app, &node.operator(), &input, subject.to_string().as_bytes(), &mut |_| {});
    let done = done.unwrap();
    assert_eq!(done.accepted, 1, "{:?}", done.rejected);
    subject["id"].as_str().unwrap().to_owned()
}

fn reader(node: &Node, member: &str, purpose: &str) -> Reader {
    node.client(&node.key_for(member, "exercise", READ, Some(purpose), Some("treaty")))
}

/// Brings over what one node releases to the other's member for a purpose now. Each time is a peer of its own, which
/// reads from the start: pulling is idempotent.
fn carry(from: &Node, name: &str, to: &Node, (member, purpose, turn): (&str, &str, u32)) {
    let reader = reader(from, member, purpose);
    let seen = from.stream(&reader, "exercise", &Query::default(), 100);
    let objects: Vec<String> =
        seen.iter().map(|one| String::from_utf8_lossy(one.get().bytes()).into_owned()).collect();
    let envelopes: Vec<String> = seen.iter().map(|one| one.get().envelope_json()).collect();
    let page =
        format!(r#"{{"objects":[{}],"x_comity_envelopes":[{}]}}"#, objects.join(","), envelopes.join(","));
    let served = Fake::pages(move |_| Answer::of(page.clone()).last(1));
    let url = served.url();
    let peer_name = format!("turn{turn}");
    let new =
        peer::NewPeer { name: &peer_name, url: &url, member: name, login: "x", secret: "x", authority: None };
    peer::add(&to.app, &to.operator(), &new).unwrap();
    let pulled =
        pull::run(&to.app, &to.operator(), Some(&peer_name), None, Some("exercise"), &mut |_| {}).unwrap();
    assert_eq!((pulled[0].refused, pulled[0].failure.as_str()), (0, ""), "{pulled:?}");
}

fn state(node: &Node, id: &str) -> String {
    explain::show(&node.app, id).unwrap()[0].state.clone()
}

fn are_sound(community: &Community) {
    for node in &community.nodes {
        assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
    }
}

#[test]
fn a2_a_purpose_that_the_provider_did_not_set_is_denied_until_it_consents() {
    let community = community();
    let [north, south] = &community.nodes[..] else { panic!("two nodes") };
    let subject = put_subject(north, 300);
    let network = reader(north, SOUTH, "network");
    assert!(north.sees(&network, "exercise").is_empty(), "denied for another purpose");
    carry(north, NORTH, south, (SOUTH, "border", 1));
    let own = reader(south, SOUTH, "network");
    assert!(south.sees(&own, "exercise").is_empty(), "and by the holder's own node");

    let why = "EXERCISE the same name in a network case";
    let known = consent::ask(&south.app, &south.operator(), &subject, "border", why);
    assert!(matches!(known, Err(AppError::Conflict(_))), "{known:?}");
    let asked = consent::ask(&south.app, &south.operator(), &subject, "network", why).unwrap();
    assert_eq!((asked.state.as_str(), asked.own), ("asked", true));
    assert!(south.sees(&reader(south, WEST, "border"), "exercise").is_empty(), "to the originator alone");

    carry(south, SOUTH, north, (NORTH, "border", 2));
    let came = consent::list(&north.app, &north.operator()).unwrap().remove(0);
    assert_eq!((came.by.as_str(), came.purpose.as_str(), came.reason.as_str()), (SOUTH, "network", why));
    assert!(!north.sees(&network, "exercise").contains(&subject), "to ask is not to get");
    consent::answer(&north.app, &north.operator(), &came.id, true).unwrap();
    assert!(north.sees(&network, "exercise").contains(&subject));
    let twice = consent::answer(&north.app, &north.operator(), &came.id, false);
    assert!(matches!(twice, Err(AppError::Conflict(_))), "{twice:?}");

    carry(north, NORTH, south, (SOUTH, "network", 3));
    assert_eq!(consent::list(&south.app, &south.operator()).unwrap()[0].state, "granted");
    assert!(south.sees(&own, "exercise").contains(&subject));
    are_sound(&community);
}

#[test]
fn e5_a_shorter_date_of_the_originator_is_honoured_and_nobody_else_can_keep_it_longer() {
    let community = community();
    let [north, south] = &community.nodes[..] else { panic!("two nodes") };
    let subject = put_subject(north, 300);
    carry(north, NORTH, south, (SOUTH, "border", 1));
    let own = reader(south, SOUTH, "border");
    assert_eq!(south.sees(&own, "exercise"), [subject.as_str()]);
    let until = (south.app.now().plus_seconds(400 * DAY), None);
    let kept = review::extend(&south.app, &south.operator(), &subject, until, "EXERCISE still of use");
    assert!(matches!(kept, Err(AppError::Denied(_))), "{kept:?}");
    assert_eq!(review::ask(&south.app, &south.operator(), &subject).unwrap(), NORTH);

    review::done(&north.app, &north.operator(), &subject, "EXERCISE found").unwrap();
    carry(north, NORTH, south, (SOUTH, "border", 2));
    community.clock.set(Micros(NOW_US).plus_seconds(15 * DAY));
    assert!(south.sees(&own, "exercise").is_empty(), "on the shorter date");
    assert_eq!(state(south, &subject), "overdue");

    let until = (north.app.now().plus_seconds(200 * DAY), None);
    review::extend(&north.app, &north.operator(), &subject, until, "EXERCISE lost again").unwrap();
    carry(north, NORTH, south, (SOUTH, "border", 3));
    assert_eq!(south.sees(&own, "exercise"), [subject], "its originator keeps it longer");
    are_sound(&community);
}

#[test]
fn e6_another_members_record_whose_purpose_is_achieved_ends_here_alone() {
    let community = community();
    let [north, south] = &community.nodes[..] else { panic!("two nodes") };
    let subject = put_subject(north, 300);
    carry(north, NORTH, south, (SOUTH, "border", 1));
    review::done(&south.app, &south.operator(), &subject, "EXERCISE found").unwrap();
    community.clock.set(Micros(NOW_US).plus_seconds(15 * DAY));
    assert!(south.sees(&reader(south, SOUTH, "border"), "exercise").is_empty());
    assert_eq!(state(north, &subject), "live");
}

#[test]
fn j3_an_allegation_by_another_member_reaches_the_originator_and_stops_the_record_there() {
    let community = community();
    let [north, south] = &community.nodes[..] else { panic!("two nodes") };
    let subject = put_subject(north, 300);
    let west = reader(north, WEST, "border");
    assert_eq!(north.sees(&west, "exercise"), [subject.as_str()]);
    carry(north, NORTH, south, (SOUTH, "border", 1));
    let made = allegation::make(
        &south.app,
        &south.operator(),
        &subject,
        "EXERCISE beaten",
        Some("EXERCISE counsel"),
    )
    .unwrap();
    assert_eq!(state(south, &subject), "quarantined");
    carry(south, SOUTH, north, (NORTH, "border", 2));
    assert_eq!(state(north, &subject), "quarantined");
    assert!(north.sees(&west, "exercise").is_empty(), "nobody gets it any more");
    assert!(explain::show(&north.app, &made.note).unwrap()[0].content.is_some());
    let listed = allegation::list(&north.app, &north.operator()).unwrap();
    assert!(listed.records[0].reason.contains(SOUTH), "{listed:?}");
    are_sound(&community);
}
