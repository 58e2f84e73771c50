//! Non-interference: what a member never sees may be anything. Two worlds tell the same story, and differ in the records
//! that one reader never sees: other ids, kinds, texts and references, published, changed and withdrawn at the same
//! instants. Not one byte that the reader gets differs, over any route; the ledger's head, leaves and proofs are excepted,
//! because they count everything that happens.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    reason = "a test says by a panic that something is wrong, and tells one story from start to end"
)]

mod oracle;
mod probe;
mod story;
mod world;

use comity_testkit::{Engine, Place, SeededRandom};
use tokio::runtime::{Builder, Runtime};

use story::Story;
use world::{Side, Template, World};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// How many pairs of worlds a test compares; `make soak` sets more.
#[expect(clippy::disallowed_methods, reason = "tests are configured by the environment of the test run")]
fn pairs(usual: u64) -> u64 {
    std::env::var("COMITY_SILENCE_PAIRS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn compare(seed: u64, runtime: &Runtime, own: impl Fn(usize) -> Option<Template>) {
    let story = Story::of(seed);
    let tell = |side| {
        let mut world = World::new(&story, side, own(story.context));
        world.run(runtime);
        world
    };
    let (a, b) = (tell(Side::A), tell(Side::B));
    assert_eq!(a.done, b.done, "the worlds of story {seed} part: {:?}", story.steps);
    for (one, other) in a.transcript.iter().zip(&b.transcript) {
        assert!(one == other, "story {seed}\n{one:?}\n{other:?}\n{:?}", story.steps);
        assert!(!one.3.contains("HIDDEN"), "story {seed} shows what is hidden: {one:?}\n{:?}", story.steps);
    }
    assert_eq!(a.transcript.len(), b.transcript.len(), "story {seed}");
    assert!(a.transcript.iter().any(|line| line.1 == 200), "story {seed} tells nothing");
}

fn compare_all(first: u64, count: u64, own: impl Fn(usize) -> Option<Template>) {
    let base = SeededRandom::printed_seed();
    let runtime = runtime();
    for number in first..first + count {
        compare(SeededRandom::derived(base, number), &runtime, &own);
    }
}

#[test]
fn what_is_never_seen_may_be_anything_one() {
    compare_all(0, pairs(20), |_| None);
}

#[test]
fn what_is_never_seen_may_be_anything_two() {
    compare_all(1_000_000, pairs(20), |_| None);
}

#[test]
fn what_is_never_seen_may_be_anything_on_postgres() {
    if comity_testkit::postgres().is_none() {
        return;
    }
    compare_all(2_000_000, 5, |context| {
        let place: Place = Engine::Postgres.place();
        let comity_app::Location::Postgres(url) = place.location() else { return None };
        Some(Template::new(context, Some(url)))
    });
}

/// A hidden version, of an object that was set aside, is made wider.
#[test]
fn a_hidden_version_of_what_was_set_aside_stays_as_it_is() {
    compare(12_596_986_895_519_015_731, &runtime(), |_| None);
}
