//! Pulling from peers that are wrong, repeating, replaying or hostile: what they send stops nothing else, costs
//! little, and is told.

use std::io::Write as _;
use std::sync::Arc;

use comity_app::explain;
use comity_app::model::{MemberId, MemberKey, RecordState, SignedEnvelope};
use comity_app::peer::{self, NewPeer, PeerView};
use comity_app::pull::{self, Pulled};
use comity_app::stix::Tlp;
use comity_testkit::comity_store::tables::{peer as rows, record};
use comity_testkit::{Community, Node, Place, Seat};

use crate::fake::{Answer, Fake, added, collection, comity, named, plain, signed};
use crate::paper::{id, note};

const HOST: &str = "Exercise host";
const PEER: &str = "Exercise peer";
const GUEST: &str = "Exercise guest";

fn key() -> MemberKey {
    MemberKey::from_seed([7; 32])
}

/// A node, a member that plays the peer and signs, and a member without a key.
fn community(place: Place) -> Community {
    let mut community =
        Community::new(1, vec![Seat::member(HOST).node(place), Seat::member(PEER), Seat::member(GUEST)]);
    community.amend_member(PEER, |member| member.keys = vec![key().public()]);
    community
}

fn introduce(community: &Community, name: &str, fake: &Fake) {
    let node = community.node();
    let (url, member) = (fake.url(), community.id(PEER));
    let new = NewPeer { name, url: &url, member: member.as_str(), login: "u", secret: "s", authority: None };
    peer::add(&node.app, &node.operator(), &new).unwrap();
}

fn pull(node: &Node) -> Vec<Pulled> {
    pull::run(&node.app, &node.operator(), None, None, None, &mut |_| {}).unwrap()
}

fn pull_from(node: &Node, name: &str) -> Pulled {
    pull::run(&node.app, &node.operator(), Some(name), None, None, &mut |_| {}).unwrap().remove(0)
}

fn view(node: &Node) -> PeerView {
    peer::list(&node.app).unwrap().remove(0)
}

fn reasons(node: &Node) -> Vec<String> {
    view(node).refused.into_iter().map(|one| one.reason).collect()
}

fn held(node: &Node) -> Vec<String> {
    let mut ids: Vec<String> =
        explain::records(&node.app, None).unwrap().into_iter().map(|record| record.id).collect();
    ids.sort();
    ids
}

fn green(number: u32) -> String {
    note(number, 0, "green", Some(Tlp::Green))
}

fn by_peer(community: &Community, number: u32, revision: u32) -> (String, SignedEnvelope) {
    let peer = community.id(PEER);
    signed(&green(number), revision, &peer, &peer, &key())
}

#[test]
fn ones_own_record_that_comes_back_is_neither_stored_nor_an_alarm() {
    let community = community(Place::memory());
    let (node, peer) = (community.node(), community.id(PEER));
    let page = comity(
        &[
            signed(&green(1), 1, node.member(), node.member(), &key()),
            signed(&green(2), 1, &community.id(GUEST), node.member(), &key()),
            signed(&green(3), 1, &peer, &peer, &key()),
        ],
        "",
    );
    let fake = Fake::pages(move |_| page.clone().last(1));
    introduce(&community, "north", &fake);
    let pulled = pull_from(node, "north");
    assert_eq!((pulled.own, pulled.received, pulled.refused), (2, 1, 0), "{pulled:?}");
    assert_eq!(held(node), [id(3)]);
    assert!(reasons(node).is_empty());
}

#[test]
fn an_older_statement_is_refused_in_whatever_collection_the_newer_one_is() {
    let community = community(Place::memory());
    let node = community.node();
    let (new, old) = (comity(&[by_peer(&community, 1, 2)], ""), comity(&[by_peer(&community, 1, 1)], ""));
    let two = format!("{},{}", collection("a", "First"), collection("b", "Second"));
    let fake =
        Fake::serve(
            &two,
            move |path| {
                if path.contains("/a/") { new.clone().last(1) } else { old.clone().last(1) }
            },
        );
    introduce(&community, "north", &fake);
    let pulled = pull(node);
    assert_eq!((pulled[0].received, pulled[1].received, pulled[1].refused), (1, 0, 1), "{pulled:?}");
    assert_eq!(reasons(node), ["its envelope is an older statement than the one held"]);
    assert_eq!(held(node).len(), 1);
}

#[test]
fn what_was_withdrawn_in_one_collection_does_not_come_back_through_another() {
    let community = community(Place::file());
    let node = community.node();
    let two = format!("{},{}", collection("a", "First"), collection("b", "Second"));
    let fake = Fake::serve(&two, |_| plain(&[green(1), green(2)], "").last(1));
    introduce(&community, "north", &fake);
    let only = |remote: &str| {
        pull::run(&node.app, &node.operator(), None, Some(remote), None, &mut |_| {}).unwrap().remove(0)
    };
    assert_eq!(only("a").received, 2);
    let first = explain::records(&node.app, None).unwrap().into_iter().find(|one| one.id == id(1)).unwrap();
    let store = node.place().open();
    store
        .write("test.withdraw", |tx| {
            let collections = comity_testkit::comity_store::tables::collection::list(tx)?;
            let all = record::of_id(tx, &first.id, None, None)?;
            assert_eq!((collections.len(), all.len()), (1, 1));
            let one = all[0].peek();
            record::set_state(tx, &one.key.collection, one.seq, RecordState::Withdrawn, "EXERCISE")
        })
        .unwrap();
    let pulled = only("b");
    assert_eq!((pulled.received, pulled.refused), (1, 1), "{pulled:?}");
    assert_eq!(reasons(node), ["it was withdrawn; only a new version is taken"]);
}

#[test]
fn what_was_refused_for_want_of_a_key_comes_with_the_next_agreement() {
    let mut community = community(Place::memory());
    community.amend_member(PEER, |member| member.keys = vec![MemberKey::from_seed([8; 32]).public()]);
    let other = MemberKey::from_seed([8; 32]);
    let peer = community.id(PEER);
    let pages = [
        comity(&[signed(&green(1), 1, &peer, &peer, &other)], r#","more":true"#).last(1),
        comity(&[by_peer(&community, 2, 1)], r#","more":true"#).last(2),
        comity(&[signed(&green(3), 1, &peer, &peer, &other)], "").last(3),
    ];
    let fake = Fake::pages(move |path| {
        let reached = (1..=3).rev().find(|second| path.contains(&format!("00%3A0{second}.000000Z")));
        let next = usize::try_from(reached.unwrap_or(0)).unwrap();
        pages.get(next).cloned().unwrap_or_else(|| Answer::of("{}"))
    });
    introduce(&community, "north", &fake);
    let node = community.node();
    let first = pull_from(node, "north");
    assert_eq!((first.received, first.refused), (2, 1), "{first:?}");
    assert_eq!(fake.asked().len(), 3);
    assert_eq!(pull_from(node, "north").pages, 1, "under the same agreement nothing is asked for twice");
    fake.asked();

    community.amend_member(PEER, |member| member.keys.push(key().public()));
    let node = community.node();
    let second = pull_from(node, "north");
    assert_eq!((second.received, second.unchanged, second.refused), (1, 1, 0), "{second:?}");
    assert_eq!(held(node), [id(1), id(2), id(3)]);
    assert!(reasons(node).is_empty(), "it was judged again");
    let asked = fake.asked();
    assert!(asked.len() == 2 && asked[0].contains("00%3A01.000000Z"), "from before the refused: {asked:?}");
    assert_eq!(view(node).collections[0].added_after, added(3));

    community.amend(|_| {});
    assert_eq!(pull_from(community.node(), "north").pages, 1, "nothing is refused any more");
}

#[test]
fn strange_texts_stop_one_record_and_strange_names_one_collection() {
    let community = community(Place::memory());
    let (node, peer) = (community.node(), community.id(PEER));
    let long = format!("note\u{0}\u{1b}[31m{}", "x".repeat(2_000));
    let page = comity(&[named(&green(1), &long, 1, &peer, &peer, &key()), by_peer(&community, 2, 1)], "");
    let listed = [
        collection("../../other?x=", "Bad place"),
        collection(&"x".repeat(201), "Long"),
        collection("..", "Dots"),
        collection("c", "Exer\u{0}cise\u{1b}"),
    ];
    let strange = Fake::serve(&listed.join(","), move |_| page.clone().last(1));
    introduce(&community, "a-strange", &strange);
    let good = Fake::pages(|_| plain(&[green(3)], "").last(1));
    introduce(&community, "b-good", &good);
    let pulled = pull(node);
    assert_eq!(pulled.len(), 5, "{pulled:?}");
    assert!(pulled[..3].iter().all(|one| one.failure.contains("no identifier of a collection")));
    assert_eq!((pulled[3].title.as_str(), pulled[3].received, pulled[3].refused), ("Exercise", 1, 1));
    assert_eq!((pulled[4].peer.as_str(), pulled[4].received), ("b-good", 1));
    assert_eq!(held(node), [id(2), id(3)]);
    let reason = &reasons(node)[0];
    assert!(reason.starts_with("its envelope speaks of note[31mx") && reason.len() <= 500, "{reason}");
}

#[test]
fn a_peer_that_answers_nonsense_does_not_stop_the_next() {
    let community = community(Place::memory());
    let nonsense = Fake::serve("null", |_| Answer::default());
    introduce(&community, "a-nonsense", &nonsense);
    let good = Fake::pages(|_| plain(&[green(1)], "").last(1));
    introduce(&community, "b-good", &good);
    let pulled = pull(community.node());
    assert!(pulled[0].failure.contains("the peer's answer"), "{pulled:?}");
    assert_eq!(pulled[1].received, 1);
}

#[test]
fn a_page_with_more_than_was_asked_for_fails_as_a_whole() {
    let community = community(Place::memory());
    let node = community.node();
    let zeros = |count: usize| vec!["0"; count].join(",");
    for (name, objects, envelopes) in [("a", 1_001, 1_001), ("b", 1, 2)] {
        let body =
            format!(r#"{{"objects":[{}],"x_comity_envelopes":[{}]}}"#, zeros(objects), zeros(envelopes));
        let fake = Fake::pages(move |_| Answer::of(body.clone()).last(1));
        introduce(&community, name, &fake);
        let pulled = pull_from(node, name);
        assert!(pulled.failure.contains("objects"), "{pulled:?}");
        assert_eq!(pulled.refused, 0);
    }
    assert!(reasons(node).is_empty());
}

#[test]
fn refusals_of_a_peer_do_not_grow_without_end() {
    let community = community(Place::file());
    let node = community.node();
    let fake = Fake::pages(|path| {
        let from = if path.contains("added_after") { 9_900 } else { 0 };
        let numbers: Vec<String> = (from..from + 9_900).map(|number| number.to_string()).collect();
        if from == 0 { plain(&numbers, r#","more":true"#).last(1) } else { plain(&numbers, "").last(2) }
    });
    introduce(&community, "north", &fake);
    assert_eq!(pull_from(node, "north").refused, 19_800);
    let kept = node.place().open().read("test.refusals", |tx| rows::refusals(tx, "north", 50_000)).unwrap();
    assert_eq!(kept.len(), 10_000);
}

#[test]
fn paging_that_does_not_go_on_ends() {
    let community = community(Place::memory());
    let node = community.node();
    let same = comity(&[by_peer(&community, 1, 1)], r#","more":true"#);
    for (name, fake, wanted, pages) in [
        ("a", Fake::pages(move |_| same.clone().last(1)), "ends where it began", 2),
        ("b", Fake::pages(|_| Answer::of(r#"{"more":true}"#)), "not where it begins", 1),
        ("c", Fake::pages(|_| Answer::of(r#"{"more":true,"next":"n"}"#)), "empty pages in a row", 101),
        ("d", Fake::pages(|_| plain(&[green(2)], r#","more":true"#).last(1)), "not where it begins", 2),
    ] {
        introduce(&community, name, &fake);
        let pulled = pull_from(node, name);
        assert!(pulled.failure.contains(wanted), "{name}: {pulled:?}");
        assert_eq!(pulled.pages, pages, "{name}");
    }
}

#[test]
fn an_empty_page_that_says_where_the_next_begins_is_passed() {
    let community = community(Place::memory());
    let page = comity(&[by_peer(&community, 1, 1)], "");
    let fake = Fake::pages(move |path| {
        if path.contains("next=n") { page.clone().last(1) } else { Answer::of(r#"{"more":true,"next":"n"}"#) }
    });
    introduce(&community, "north", &fake);
    let pulled = pull_from(community.node(), "north");
    assert_eq!((pulled.received, pulled.failure.as_str()), (1, ""));
}

#[test]
fn pages_by_next_move_the_cursor_at_the_end_also_when_the_last_page_is_empty() {
    let community = community(Place::memory());
    let fake = Fake::pages(|path| {
        if path.contains("next=n") {
            return Answer::of("{}");
        }
        plain(&[green(1)], r#","more":true,"next":"n""#).last(5)
    });
    introduce(&community, "north", &fake);
    assert_eq!(pull_from(community.node(), "north").received, 1);
    assert_eq!(view(community.node()).collections[0].added_after, added(5));
}

#[test]
fn one_pull_of_one_collection_takes_only_so_long() {
    let community = community(Place::memory());
    let clock = Arc::clone(&community.clock);
    let number = std::sync::atomic::AtomicU32::new(0);
    let fake = Fake::pages(move |_| {
        clock.advance_seconds(3_600);
        let number = number.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        plain(&[green(number)], r#","more":true"#).last(number)
    });
    introduce(&community, "north", &fake);
    let pulled = pull_from(community.node(), "north");
    assert!(pulled.failure.contains("it took over 21600 s"), "{pulled:?}");
    assert_eq!(pulled.pages, 7);
}

#[test]
fn a_member_without_a_key_is_spoken_for_by_its_host_alone() {
    let mut community = community(Place::memory());
    let (guest, peer): (MemberId, MemberId) = (community.id(GUEST), community.id(PEER));
    let page = comity(&[signed(&green(1), 1, &guest, &peer, &key())], "");
    let fake =
        Fake::pages(
            move |path| {
                if path.contains("added_after") { Answer::of("{}") } else { page.clone().last(1) }
            },
        );
    introduce(&community, "north", &fake);
    let reason = |community: &Community| {
        let pulled = pull_from(community.node(), "north");
        assert_eq!((pulled.received, pulled.refused), (0, 1), "{pulled:?}");
        reasons(community.node()).remove(0)
    };
    assert!(reason(&community).contains("does not say that it hosts the origin"), "a key may be taken away");
    community.amend_member(GUEST, |member| member.hosted_by = Some(peer.clone()));
    community.amend_member(GUEST, |member| member.active = false);
    assert!(reason(&community).contains("takes no part"));
    community.amend_member(GUEST, |member| {
        member.active = true;
        member.hosted_by = None;
        member.keys = vec![MemberKey::from_seed([9; 32]).public()];
    });
    assert!(reason(&community).contains("signs its own records"));
    community.amend_member(GUEST, |member| {
        member.keys.clear();
        member.hosted_by = Some(peer.clone());
    });
    assert_eq!(pull_from(community.node(), "north").received, 1);
}

#[test]
fn a_page_that_is_too_large_is_asked_for_in_smaller_ones() {
    let community = community(Place::memory());
    let fake = Fake::pages(|path| {
        let limit: usize = path.split("limit=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
        if limit <= 250 {
            return plain(&[green(1)], "").last(1);
        }
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let blank = vec![b' '; 1 << 20];
        for _ in 0..129 {
            gzip.write_all(&blank).unwrap();
        }
        Answer { body: gzip.finish().unwrap(), is_gzip: true, ..Answer::default() }
    });
    introduce(&community, "north", &fake);
    let pulled = pull_from(community.node(), "north");
    assert_eq!((pulled.received, pulled.failure.as_str()), (1, ""));
    assert_eq!(fake.asked().len(), 3, "1,000, 500 and 250 objects");
}

#[test]
fn a_part_is_taken_from_its_originator_and_from_nobody_else() {
    let mut community = community(Place::memory());
    let guests = MemberKey::from_seed([9; 32]);
    community.amend_member(GUEST, |member| member.keys = vec![guests.public()]);
    let (node, peer, guest) = (community.node(), community.id(PEER), community.id(GUEST));
    // The envelope is genuine and speaks of a whole object; what comes beside it is something else.
    let altered = |number| note(number, 0, "altered", Some(Tlp::Green));
    let (_, of_guest) = signed(&green(1), 1, &guest, &guest, &guests);
    let (_, of_peer) = signed(&green(2), 1, &peer, &peer, &key());
    let whole = signed(&green(3), 1, &guest, &guest, &guests);
    let page = comity(&[(altered(1), of_guest), (altered(2), of_peer), whole], "");
    let fake = Fake::pages(move |_| page.clone().last(1));
    introduce(&community, "north", &fake);
    let pulled = pull_from(node, "north");
    assert_eq!((pulled.received, pulled.refused), (2, 1), "{pulled:?}");
    assert_eq!(held(node), [id(2), id(3)]);
    assert!(reasons(node)[0].contains("in part"), "{:?}", reasons(node));
}
