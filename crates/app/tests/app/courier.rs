//! Members without a network: what one node writes to a file another one opens, and what is lost, late, doubled, altered or
//! not meant for it is told apart. Nothing of a bundle that is refused is used.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use comity_app::courier::{self, Begin, Opened, Packed, Wish};
use comity_app::delivery::State;
use comity_app::model::recall::{Reason, Scope};
use comity_app::model::{Manifest, MemberKey};
use comity_app::stix::Tlp;
use comity_app::{AppError, Role, backup, catchup, explain, home, ledger, recall, witness};
use comity_testkit::{Node, READ, SeededRandom};
use std::sync::Arc;

use crate::exchange::{leaves, state};
use crate::paper::{at, id, note};
use crate::raw::Raw;
use crate::web::{NORTH, OBSERVER, SOUTH, WEST, Web, holder, issue, one, purge, states, take_back};

/// Two nodes without a way between them, each with a key of the other.
fn apart() -> Web {
    let web = Web::new(2, &[]);
    introduce(web.north(), web.south());
    web
}

/// Makes two nodes known to each other by files, and gives the members keys to each other's reports.
pub fn introduce(a: &Node, b: &Node) {
    for (from, to) in [(a, b), (b, a)] {
        let text = witness::own_key_note(&from.app).unwrap();
        witness::learn(&to.app, &to.operator(), &text).unwrap();
        let _ = from.key(to.app.member_name(), "reports", READ);
    }
}

pub fn packed(from: &Node, to: &str, begin: Begin) -> Packed {
    let wish = Wish { begin, ..Wish::default() };
    let mut all = courier::pack(&from.app, &from.operator(), to, from.folder(), &wish).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

pub fn pack(from: &Node, to: &str) -> PathBuf {
    packed(from, to, Begin::Behind).file
}

pub fn open_all(at: &Node, files: &[PathBuf]) -> Vec<Opened> {
    courier::open(&at.app, &at.operator(), files, &mut |_| {}).unwrap()
}

pub fn open(at: &Node, file: &Path) -> Opened {
    open_all(at, &[file.to_owned()]).remove(0)
}

pub fn outcome(at: &Node, file: &Path) -> &'static str {
    open(at, file).outcome
}

/// How many records a node has.
pub fn held(node: &Node) -> usize {
    explain::records(&node.app, None).unwrap().len()
}

pub fn missing(node: &Node) -> Vec<i64> {
    courier::status(&node.app, None).unwrap().remove(0).missing
}

/// Nobody's ledger is under suspicion, and the own one verifies.
fn all_is_well(node: &Node) {
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
    for log in witness::list(&node.app).unwrap() {
        assert_eq!((log.alarm.as_str(), log.fault.as_str()), ("", ""), "{log:?}");
    }
}

#[test]
fn records_go_on_a_medium_and_their_receipts_come_back_the_same_way() {
    let web = apart();
    let (north, south) = (web.north(), web.south());
    web.publish(0, 1, 0);
    web.publish(0, 2, 0);
    let first = packed(north, SOUTH, Begin::Behind);
    assert_eq!((first.n, first.records, first.acknowledges), (1, 2, 0), "{first:?}");
    assert_eq!(state(north, 1, SOUTH), State::Carried, "it is on its way, and nobody is late");
    let opened = open(south, &first.file);
    assert_eq!((opened.outcome, opened.n, opened.records.received), ("taken", 1, 2), "{opened:?}");
    assert_eq!(states(south, 1, 0), ["live"]);
    let back = packed(south, NORTH, Begin::Behind);
    assert_eq!((back.n, back.acknowledges), (1, 1));
    let answer = open(north, &back.file);
    assert_eq!((answer.outcome, answer.acknowledges, answer.refused), ("taken", 1, 0), "{answer:?}");
    assert_eq!((state(north, 1, SOUTH), state(north, 2, SOUTH)), (State::Received, State::Received));
    let stands = courier::status(&north.app, Some(SOUTH)).unwrap().remove(0);
    assert_eq!((stands.made, stands.acknowledged, stands.taken), (1, 1, 1), "{stands:?}");
    // What was there is not sent again.
    web.publish(0, 3, 0);
    let second = packed(north, SOUTH, Begin::Behind);
    assert_eq!((second.n, second.records), (2, 1));
    assert_eq!(open(south, &second.file).records.received, 1);
    assert_eq!(leaves(north, "courier.packed"), 2);
    assert_eq!(leaves(south, "courier.opened"), 2);
    for node in [north, south] {
        all_is_well(node);
        assert!(witness::list(&node.app).unwrap()[0].size > 0, "each signed what the other showed");
    }
}

#[test]
fn an_air_gapped_member_is_told_of_a_recall_over_a_station_and_its_answer_comes_back() {
    let web = Web::new(3, &[(1, 0)]);
    let (north, south, west) = (web.north(), web.south(), web.node(2));
    introduce(south, west);
    web.publish(0, 1, 0);
    web.settle();
    assert_eq!(open(west, &pack(south, WEST)).records.received, 1);
    assert_eq!(outcome(south, &pack(west, SOUTH)), "taken");
    let issued = take_back(north, 1);
    web.go(1);
    assert_eq!(holder(south, &issued.recall, WEST).state, "queued");
    assert_eq!(states(west, 1, 0), ["live"]);
    assert_eq!(outcome(west, &pack(south, WEST)), "taken");
    assert_eq!(states(west, 1, 0), ["quarantined"], "out of use at once");
    assert_eq!(outcome(south, &pack(west, SOUTH)), "taken");
    assert_eq!(holder(south, &issued.recall, WEST).state, "acknowledged");
    purge(west, &issued.recall);
    purge(south, &issued.recall);
    web.go(1);
    assert_eq!(holder(north, &issued.recall, SOUTH).onward, (1, 1), "one behind it has not finished");
    assert_eq!(outcome(south, &pack(west, SOUTH)), "taken");
    let done = holder(south, &issued.recall, WEST);
    assert_eq!((done.state, done.words), ("complied", "states that it deleted it (signed)"));
    web.go(1);
    let told = one(north, &issued.recall).members;
    let south_says = told.iter().find(|one| one.member == SOUTH).unwrap();
    assert_eq!((south_says.state, south_says.onward), ("complied", (1, 0)), "{south_says:?}");
    for node in [north, south, west] {
        all_is_well(node);
    }
}

#[test]
fn for_a_member_whose_keys_are_not_known_nothing_can_be_packed_and_it_is_said_what_to_do() {
    let web = Web::new(2, &[]);
    let (north, south) = (web.north(), web.south());
    let wish = Wish::default();
    let tried = |who: &str| courier::pack(&north.app, &north.operator(), who, north.folder(), &wish);
    let error = tried(SOUTH).unwrap_err();
    assert!(matches!(&error, AppError::Conflict(why) if why.contains("comity peer learn")), "{error}");
    assert!(matches!(tried(NORTH), Err(AppError::Invalid(_))));
    assert!(matches!(tried(OBSERVER), Err(AppError::Conflict(_))));
    let text = witness::own_key_note(&south.app).unwrap();
    witness::learn(&north.app, &north.operator(), &text).unwrap();
    web.publish(0, 1, 0);
    let packed = packed(north, SOUTH, Begin::Behind);
    assert_eq!(packed.records, 0);
    assert!(packed.without.contains("comity key add"), "{}", packed.without);
    assert_eq!(outcome(south, &packed.file), "taken", "messages go without a key");
    let reader = north.user("reader", &[Role::Analyst]);
    let refused = courier::pack(&north.app, &reader, SOUTH, north.folder(), &wish);
    assert!(matches!(refused, Err(AppError::Denied(_))));
    let refused = courier::open(&north.app, &reader, &[packed.file], &mut |_| {});
    assert!(matches!(refused, Err(AppError::Denied(_))));
}

#[test]
fn what_was_seen_before_brings_nothing_new() {
    let web = apart();
    web.publish(0, 1, 0);
    let file = pack(web.north(), SOUTH);
    assert_eq!(outcome(web.south(), &file), "taken");
    let again = open(web.south(), &file);
    assert_eq!(again.outcome, "seen-before");
    assert!(again.words.contains("seen before (1)"), "{}", again.words);
    assert_eq!(leaves(web.south(), "records.received"), 1);
    assert_eq!(leaves(web.south(), "courier.opened"), 1);
}

#[test]
fn a_bundle_ahead_of_another_tells_recalls_at_once_and_its_pages_wait() {
    let web = apart();
    let (north, south) = (web.north(), web.south());
    web.publish(0, 1, 0);
    assert_eq!(outcome(south, &pack(north, SOUTH)), "taken");
    web.publish(0, 2, 0);
    let second = pack(north, SOUTH);
    web.publish(0, 3, 0);
    let third = pack(north, SOUTH);
    take_back(north, 1);
    web.publish(0, 4, 0);
    let fourth = pack(north, SOUTH);
    let early = open(south, &fourth);
    assert_eq!((early.outcome, early.records.received), ("out-of-order", 0), "{early:?}");
    assert!(early.words.contains("waits for 3"), "{}", early.words);
    assert_eq!(states(south, 1, 0), ["quarantined"], "a recall does not wait");
    assert_eq!((held(south), missing(south)), (1, vec![3]));
    assert_eq!(outcome(south, &third), "out-of-order");
    assert_eq!(missing(south), [2], "a bundle is missing: 2");
    let opened = open(south, &second);
    assert_eq!((opened.outcome, opened.open_again.as_slice()), ("taken", &[3][..]), "{opened:?}");
    let both = open_all(south, &[fourth, third]);
    let words: Vec<(i64, &str)> = both.iter().map(|one| (one.n, one.outcome)).collect();
    assert_eq!(words, [(3, "taken"), (4, "taken")], "in the order of their numbers");
    assert_eq!((held(south), missing(south)), (4, Vec::new()));
    all_is_well(south);
}

#[test]
fn what_a_lost_medium_held_goes_again_and_nothing_is_doubled_when_it_turns_up() {
    let web = apart();
    let (north, south) = (web.north(), web.south());
    web.publish(0, 1, 0);
    assert_eq!(outcome(south, &pack(north, SOUTH)), "taken");
    assert_eq!(outcome(north, &pack(south, NORTH)), "taken");
    web.publish(0, 2, 0);
    let lost = pack(north, SOUTH);
    web.publish(0, 3, 0);
    let again = packed(north, SOUTH, Begin::Again);
    assert_eq!((again.n, again.records), (3, 2), "what was lost and what is new");
    let opened = open(south, &again.file);
    assert_eq!((opened.outcome, opened.records.received), ("taken", 2), "it waits for nothing");
    let late = open(south, &lost);
    assert_eq!((late.outcome, late.records.received, late.records.unchanged), ("taken", 0, 1), "{late:?}");
    assert_eq!(held(south), 3);
    assert_eq!(outcome(north, &pack(south, NORTH)), "taken");
    assert_eq!(state(north, 2, SOUTH), State::Received);
    let whole = packed(north, SOUTH, Begin::Whole);
    assert_eq!(whole.records, 3);
    assert_eq!(open(south, &whole.file).records.unchanged, 3);
    all_is_well(north);
    all_is_well(south);
}

#[test]
fn bundles_that_cross_on_their_way_lose_nothing() {
    let web = apart();
    let (north, south) = (web.north(), web.south());
    for round in 0..3 {
        web.publish(0, 10 + round, 0);
        web.publish(1, 20 + round, 0);
        let (there, back) = (pack(north, SOUTH), pack(south, NORTH));
        web.community.clock.advance_seconds(3 * 86_400);
        assert_eq!(outcome(south, &there), "taken");
        assert_eq!(outcome(north, &back), "taken");
        web.community.clock.advance_seconds(120);
    }
    for (from, to) in [(north, SOUTH), (south, NORTH)] {
        let file = pack(from, to);
        let other = if to == SOUTH { south } else { north };
        assert_eq!(outcome(other, &file), "taken");
    }
    assert_eq!((held(north), held(south)), (6, 6));
    for round in 0..3 {
        assert_eq!(state(north, 10 + round, SOUTH), State::Received);
        assert_eq!(state(south, 20 + round, NORTH), State::Received);
    }
    all_is_well(north);
    all_is_well(south);
}

/// Nothing of a file that was refused came in.
fn refused(at: &Node, raw: &[u8], word: &str) {
    let file = at.folder().join("refused.comity");
    std::fs::write(&file, raw).unwrap();
    let opened = open(at, &file);
    assert_eq!(opened.outcome, word, "{}", opened.words);
    assert_eq!((held(at), leaves(at, "courier.opened")), (0, 0));
    std::fs::remove_file(file).unwrap();
}

#[test]
fn what_is_not_as_it_must_be_is_refused_by_its_name() {
    let web = Web::new(3, &[]);
    let (north, south, west) = (web.north(), web.south(), web.node(2));
    introduce(north, south);
    introduce(south, west);
    web.publish(0, 1, 0);
    let file = pack(north, SOUTH);
    let bytes = std::fs::read(&file).unwrap();
    let raw = Raw::open(&bytes, south);
    refused(west, &bytes, "for-another-member");
    // South seals for West what North made for South.
    refused(west, &raw.sealed_for(west), "for-another-member");
    let said = |change: &dyn Fn(&mut Manifest), key: &MemberKey| raw.with(change, key).sealed_for(south);
    let forger = MemberKey::from_seed([9; 32]);
    refused(south, &said(&|_| {}, &forger), "not-from-whom-it-says");
    let west_id = west.member().clone();
    refused(south, &said(&|one| one.from = west_id.clone(), &forger), "not-from-whom-it-says");
    let nobody = "identity--00000000-0000-4000-8000-00000000dead".parse().unwrap();
    let nobody = |one: &mut Manifest| one.from = std::clone::Clone::clone(&nobody);
    refused(south, &said(&nobody, &forger), "of-another-community");
    let north_key = raw.key_of(north);
    refused(south, &said(&|one| one.to = west_id.clone(), &north_key), "for-another-member");
    refused(south, &said(&|one| one.parts.reverse(), &north_key), "damaged");
    refused(south, &said(&|one| one.n = 0, &north_key), "damaged");
    // A manifest that says something else of its parts than stands before them.
    let other_collection = |one: &mut Manifest| one.parts.iter_mut().for_each(|part| part.collection = None);
    refused(south, &said(&other_collection, &north_key), "damaged");
    refused(south, b"EXERCISE nothing of ours", "no-bundle");
    refused(south, b"", "no-bundle");
    let newer = [b"comity-courier 2\n".as_slice(), bytes.get(17..).unwrap()].concat();
    refused(south, &newer, "older-program");
    let more = [bytes.as_slice(), b"more"].concat();
    refused(south, &more, "damaged");
    web.community.clock.advance_seconds(courier::DAYS * 86_400 + 1);
    refused(south, &bytes, "expired");
}

#[test]
fn no_bit_of_a_bundle_can_be_flipped_unseen() {
    let web = apart();
    web.publish(0, 1, 0);
    let bytes = std::fs::read(pack(web.north(), SOUTH)).unwrap();
    let south = web.south();
    let file = south.folder().join("flipped.comity");
    for place in (0..bytes.len()).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << (place % 8);
        std::fs::write(&file, &flipped).unwrap();
        let word = open(south, &file).outcome;
        let known = ["no-bundle", "older-program", "for-another-member", "damaged", "cut-off"];
        assert!(known.contains(&word), "byte {place}: {word}");
    }
    assert_eq!((held(south), leaves(south, "courier.opened")), (0, 0));
}

#[test]
fn a_bundle_that_is_cut_off_anywhere_is_refused_and_whole_it_is_taken() {
    let web = apart();
    for number in 1..=3 {
        web.publish(0, number, 0);
    }
    let file = pack(web.north(), SOUTH);
    let bytes = std::fs::read(&file).unwrap();
    let south = web.south();
    let cut = south.folder().join("cut.comity");
    for length in (0..bytes.len()).step_by(11).chain([bytes.len() - 1]) {
        std::fs::write(&cut, &bytes[..length]).unwrap();
        let word = open(south, &cut).outcome;
        assert!(["no-bundle", "cut-off"].contains(&word), "{length} bytes: {word}");
    }
    assert_eq!(held(south), 0);
    assert_eq!(open(south, &file).records.received, 3);
}

#[test]
fn opening_goes_on_where_it_was_cut_off() {
    let web = apart();
    let (north, south) = (web.north(), web.south());
    for number in 1..=4 {
        let collection = north.collection(&format!("More {number}"));
        north.publish(&collection, &at(Tlp::Green), &note(number, 0, "paper", Some(Tlp::Green)));
        let _ = north.key(SOUTH, &collection, READ);
    }
    let file = pack(north, SOUTH);
    for cut in 1..=3 {
        let opening = catch_unwind(AssertUnwindSafe(|| {
            courier::open(&south.app, &south.operator(), std::slice::from_ref(&file), &mut |_| {
                panic!("EXERCISE the power fails behind page {cut}")
            })
        }));
        assert!(opening.is_err());
        assert_eq!(held(south), cut);
    }
    let rest = open(south, &file);
    assert_eq!((rest.outcome, rest.records.pages, rest.records.received), ("taken", 1, 1), "{rest:?}");
    assert_eq!(outcome(south, &file), "seen-before");
    assert_eq!(leaves(south, "records.received"), 4, "each page came once");
    assert_eq!(outcome(north, &pack(south, NORTH)), "taken");
    assert_eq!(leaves(north, "receipt.received"), 4);
}

#[test]
fn what_is_too_large_for_one_medium_goes_on_several() {
    let web = apart();
    let (north, south) = (web.north(), web.south());
    // What cannot be compressed, from a seed.
    let mut x = 7_u64;
    let mut noise = || -> String {
        (0..900_000)
            .map(|_| {
                x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from(b'!' + u8::try_from((x >> 33) % 90).unwrap()).to_string().replace(['"', '\\'], "x")
            })
            .collect()
    };
    for number in 1..=3 {
        let collection = north.collection(&format!("More {number}"));
        north.publish(&collection, &at(Tlp::Green), &note(number, 0, &noise(), Some(Tlp::Green)));
        let _ = north.key(SOUTH, &collection, READ);
    }
    let wish = Wish { part_bytes: courier::PART_BYTES_MIN, ..Wish::default() };
    let all = courier::pack(&north.app, &north.operator(), SOUTH, north.folder(), &wish).unwrap();
    let numbers: Vec<(u64, usize)> = all.iter().map(|one| (one.n, one.records)).collect();
    assert_eq!(numbers, [(1, 1), (2, 1), (3, 1)]);
    assert!(all.iter().all(|one| one.bytes < courier::PART_BYTES_MIN + (64 << 10)), "{all:?}");
    let files: Vec<PathBuf> = all.into_iter().rev().map(|one| one.file).collect();
    assert!(open_all(south, &files).iter().all(|one| one.outcome == "taken"));
    assert_eq!(held(south), 3);
    let small = Wish { part_bytes: 1_000, ..Wish::default() };
    let error = courier::pack(&north.app, &north.operator(), SOUTH, north.folder(), &small).unwrap_err();
    assert!(error.to_string().contains("--part-bytes"), "{error}");
}

/// Puts a node back to a backup; it is opened on its old keys.
fn put_back(web: &mut Web, which: usize, file: &Path) {
    let node = &web.community.nodes[which];
    let home = node.folder().join("restored");
    let keys = node.app.home().join("keys");
    let random = || Arc::new(SeededRandom::new(99));
    backup::restore(file, &home, None, Some(&keys), web.community.clock.clone(), random()).unwrap();
    web.community.nodes[which].app = home::open(&home, web.community.clock.clone(), random()).unwrap();
}

fn saved(node: &Node) -> PathBuf {
    let file = node.folder().join("saved");
    backup::write(&node.app, &node.operator(), &file).unwrap();
    file
}

#[test]
fn a_receiver_that_was_put_back_gets_what_it_lost_and_catches_up_over_bundles() {
    let mut web = apart();
    web.publish(0, 1, 0);
    assert_eq!(outcome(web.south(), &pack(web.north(), SOUTH)), "taken");
    assert_eq!(outcome(web.north(), &pack(web.south(), NORTH)), "taken");
    let old = saved(web.south());
    web.publish(0, 2, 0);
    let issued = issue(web.north(), &id(1), &recall::Wish::new(Scope::Withdraw, Reason::Wrong));
    assert_eq!(outcome(web.south(), &pack(web.north(), SOUTH)), "taken");
    assert_eq!(outcome(web.north(), &pack(web.south(), NORTH)), "taken");
    put_back(&mut web, 1, &old);
    web.community.clock.advance_seconds(60);
    assert_eq!(states(web.south(), 1, 0), ["live"], "it has forgotten the recall");
    web.publish(0, 3, 0);
    // North does not know yet.
    let blind = open(web.south(), &pack(web.north(), SOUTH));
    assert_eq!((blind.outcome, blind.messages_missing), ("out-of-order", true), "{blind:?}");
    assert!(catchup::state(&web.south().app).unwrap().is_some(), "nothing new was heard by that");
    let asking = packed(web.south(), NORTH, Begin::Behind);
    assert!(asking.without.contains("caught up"), "{asking:?}");
    assert_eq!(outcome(web.north(), &asking.file), "taken");
    let whole = packed(web.north(), SOUTH, Begin::Behind);
    assert_eq!(whole.records, 2, "what lay behind the bundle that it still has");
    let healed = open(web.south(), &whole.file);
    assert_eq!((healed.outcome, healed.messages_missing), ("taken", false), "{healed:?}");
    assert_eq!(states(web.south(), 1, 0), ["quarantined"], "the recall is in force again: {}", issued.recall);
    assert_eq!(held(web.south()), 3);
    let caught = catchup::run(&web.south().app, &web.south().operator(), &[], "");
    let left = caught.unwrap();
    // North has not said yet that it has what South says by now; one more round says so.
    if !left.done {
        assert_eq!(outcome(web.north(), &pack(web.south(), NORTH)), "taken");
        assert_eq!(outcome(web.south(), &pack(web.north(), SOUTH)), "taken");
        let done = catchup::run(&web.south().app, &web.south().operator(), &[], "").unwrap();
        assert!(done.done, "{done:?}");
    }
}

#[test]
fn a_sender_that_was_put_back_numbers_on_behind_what_it_gave() {
    let mut web = apart();
    web.publish(0, 1, 0);
    let old = saved(web.north());
    assert_eq!(outcome(web.south(), &pack(web.north(), SOUTH)), "taken");
    web.publish(0, 2, 0);
    assert_eq!(outcome(web.south(), &pack(web.north(), SOUTH)), "taken");
    put_back(&mut web, 0, &old);
    web.community.clock.advance_seconds(60);
    let answer = open(web.north(), &pack(web.south(), NORTH));
    assert_eq!((answer.outcome, answer.acknowledges), ("taken", 2), "it names one that this node never made");
    let next = packed(web.north(), SOUTH, Begin::Behind);
    assert_eq!(next.n, 3, "no number is given twice");
    assert_eq!(outcome(web.south(), &next.file), "taken");
}
