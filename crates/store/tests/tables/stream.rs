//! The stream of an audience against a list made by brute force, on random histories: shelves, late and open
//! intervals in any number, versions, states, filters, and pages that end anywhere.

use std::cell::Cell;

use comity_model::stix::Tlp;
use comity_model::{Micros, RecordState};
use comity_store::tables::page::{self, Filter, Versions};
use comity_store::tables::record::{self as records, NewRecord};
use comity_store::{Store, Value};
use comity_testkit::{NOW_US, stores};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::sample::{keep_handlings, member, note_id, read, record, shelf, versioned, write};

const LEVELS: [Tlp; 3] = [Tlp::Clear, Tlp::Green, Tlp::Red];
/// Between the added-times of two records; late intervals lie in between.
const STEP_US: i64 = 10_000;
/// Between the beginnings of two late intervals; none has as many records.
const GAP_US: i64 = 100;

/// A record as drawn.
#[derive(Clone, Debug)]
struct Drawn {
    level: usize,
    id: i64,
    seconds: i64,
    origin: u32,
    is_malware: bool,
    is_old: bool,
    state: RecordState,
    is_erased: bool,
}

/// How a shelf is cut into intervals: where, and which parts are shown. A part begins late after the record of this
/// number, or is not shown at all; the last part may be open instead.
#[derive(Clone, Debug)]
struct Cut {
    places: Vec<usize>,
    parts: Vec<Option<usize>>,
    is_open: bool,
}

#[derive(Clone, Debug)]
struct History {
    records: Vec<Drawn>,
    cuts: Vec<Cut>,
    filter: Filter,
}

/// One record that the audience sees.
#[derive(Clone, Debug)]
struct Visible {
    at_us: i64,
    seq: i64,
    drawn: Drawn,
}

/// An interval of a shelf; open when it has no end.
#[derive(Clone, Debug)]
struct Interval {
    level: usize,
    lo: i64,
    hi: Option<i64>,
    base_us: i64,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let state = prop_oneof![
        6 => Just(RecordState::Live),
        1 => Just(RecordState::Held),
        1 => Just(RecordState::Withdrawn),
        1 => Just(RecordState::Quarantined),
    ];
    let flags = (any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    (0..LEVELS.len(), 1..5_i64, 0..3_i64, 1..3_u32, state, flags).prop_map(
        |(level, id, seconds, origin, state, (is_malware, is_old, is_erased))| Drawn {
            level,
            id,
            seconds,
            origin,
            is_malware,
            is_old,
            state,
            is_erased,
        },
    )
}

fn cut() -> impl Strategy<Value = Cut> {
    let part = prop_oneof![1 => Just(None), 4 => (0..30_usize).prop_map(Some)];
    (vec(0..16_usize, 0..4), vec(part, 5), prop::bool::weighted(0.7))
        .prop_map(|(places, parts, is_open)| Cut { places, parts, is_open })
}

fn filter() -> impl Strategy<Value = Filter> {
    let some =
        |texts: Vec<String>| prop_oneof![2 => Just(Vec::new()), 1 => prop::sample::subsequence(texts, 1..=2)];
    let versions = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.3), vec(0..4_i64, 0..3));
    let ids = some([1, 2, 3].map(note_id).to_vec());
    let kinds = some(["note", "malware"].map(str::to_owned).to_vec());
    let specs = some(["2.0", "2.1"].map(str::to_owned).to_vec());
    (ids, kinds, specs, versions).prop_map(|(ids, kinds, specs, (last, first, all, at))| Filter {
        seqs: Vec::new(),
        collection: String::new(),
        audience: 1,
        after_us: i64::MIN,
        limit: 1_000,
        ids,
        kinds,
        specs,
        versions: Versions {
            last,
            first,
            all,
            at_us: at.iter().map(|seconds| Micros(NOW_US).plus_seconds(*seconds).0).collect(),
        },
    })
}

fn history() -> impl Strategy<Value = History> {
    (vec(drawn(), 0..30), vec(cut(), LEVELS.len()), filter()).prop_map(|(records, cuts, filter)| History {
        records,
        cuts,
        filter,
    })
}

/// The records as written, with their places, and how many each shelf has.
fn written(collection: &str, history: &History) -> (Vec<NewRecord>, [i64; LEVELS.len()]) {
    let mut next = [0; LEVELS.len()];
    let mut all = Vec::new();
    for (seq, drawn) in (1..).zip(&history.records) {
        let mut new = versioned(record(collection, seq), drawn.id, drawn.seconds);
        new.ord = next[drawn.level];
        next[drawn.level] += 1;
        new.record.handling_id = shelf(LEVELS[drawn.level]);
        new.record.added_at = Micros(NOW_US + seq * STEP_US);
        new.record.key.origin = member(drawn.origin);
        new.record.kind = kind(drawn).to_owned();
        new.record.spec_version = spec(drawn).to_owned();
        new.record.state = drawn.state;
        all.push(new);
    }
    (all, next)
}

fn kind(drawn: &Drawn) -> &'static str {
    if drawn.is_malware { "malware" } else { "note" }
}

fn spec(drawn: &Drawn) -> &'static str {
    if drawn.is_old { "2.0" } else { "2.1" }
}

fn intervals(history: &History, sizes: [i64; LEVELS.len()]) -> Vec<Interval> {
    let mut all: Vec<Interval> = Vec::new();
    for (level, cut) in history.cuts.iter().enumerate() {
        let mut ends: Vec<i64> = cut
            .places
            .iter()
            .map(|place| i64::try_from(*place).unwrap())
            .filter(|at| *at < sizes[level])
            .collect();
        ends.push(sizes[level]);
        ends.sort_unstable();
        ends.dedup();
        let mut lo = 0;
        for (n, hi) in ends.iter().enumerate() {
            let is_last = n + 1 == ends.len();
            let number = i64::try_from(all.len()).unwrap();
            if is_last && cut.is_open {
                all.push(Interval { level, lo, hi: None, base_us: 0 });
            } else if let (Some(after), true) = (cut.parts[n], lo < *hi) {
                let base_us = NOW_US + i64::try_from(after).unwrap() * STEP_US + 1 + number * GAP_US;
                all.push(Interval { level, lo, hi: Some(*hi), base_us });
            }
            lo = *hi;
        }
    }
    all
}

/// What the audience sees of every version, by time.
fn visible(new: &[NewRecord], history: &History, intervals: &[Interval]) -> Vec<Visible> {
    let mut all: Vec<Visible> = new
        .iter()
        .zip(&history.records)
        .filter(|(_, drawn)| drawn.state == RecordState::Live)
        .filter_map(|(new, drawn)| {
            let within = |one: &&Interval| {
                one.level == drawn.level && one.lo <= new.ord && one.hi.is_none_or(|hi| new.ord < hi)
            };
            let at_us = intervals.iter().find(within).map(|one| match one.hi {
                None => new.record.added_at.0,
                Some(_) => one.base_us + (new.ord - one.lo),
            })?;
            Some(Visible { at_us, seq: new.record.seq, drawn: drawn.clone() })
        })
        .collect();
    all.sort_by_key(|one| one.at_us);
    all
}

/// Those that a filter asks for, whatever its limit.
fn asked(all: &[Visible], filter: &Filter) -> Vec<Visible> {
    let order = |one: &Visible| (one.drawn.seconds, one.seq);
    let same = |one: &Visible, other: &Visible| {
        one.drawn.id == other.drawn.id && one.drawn.origin == other.drawn.origin
    };
    let versions = &filter.versions;
    let says_nothing = *versions == Versions::default();
    let is_wanted = |one: &Visible| {
        let others = || all.iter().filter(|other| same(one, other));
        let is_last = others().all(|other| order(other) <= order(one));
        let is_first = others().all(|other| order(other) >= order(one));
        versions.all
            || (versions.last || says_nothing) && is_last
            || versions.first && is_first
            || versions.at_us.contains(&Micros(NOW_US).plus_seconds(one.drawn.seconds).0)
    };
    all.iter()
        .filter(|one| is_wanted(one))
        .filter(|one| filter.ids.is_empty() || filter.ids.contains(&note_id(one.drawn.id)))
        .filter(|one| filter.kinds.is_empty() || filter.kinds.iter().any(|text| text == kind(&one.drawn)))
        .filter(|one| filter.specs.is_empty() || filter.specs.iter().any(|text| text == spec(&one.drawn)))
        .cloned()
        .collect()
}

fn keep(store: &Store, collection: &str, history: &History, new: &[NewRecord], intervals: &[Interval]) {
    write(store, |tx| {
        records::insert(tx, new)?;
        for (new, drawn) in new.iter().zip(&history.records) {
            if drawn.is_erased {
                let key = [collection.into(), new.record.key.digest.0.into()];
                tx.exec("DELETE FROM content WHERE collection = ?1 AND digest = ?2", &key)?;
            }
        }
        let rows: Vec<Value> = intervals
            .iter()
            .flat_map(|one| {
                let handling = shelf(LEVELS[one.level]).0.0;
                let shelf = [collection.into(), Value::Int(1), handling.into()];
                shelf.into_iter().chain([one.lo.into(), one.hi.into(), one.base_us.into()])
            })
            .collect();
        tx.insert_many("INSERT INTO release (collection, audience, handling, lo, hi, base_us)", 6, &rows, "")
    });
}

type Page = Vec<(i64, i64)>;

fn page(store: &Store, filter: &Filter) -> Page {
    let found = read(store, |tx| page::seen(tx, filter));
    found.into_iter().map(|one| (one.record.peek().seq, one.added_at.0)).collect()
}

fn check(store: &Store, collection: &str, history: &History) -> Result<(), TestCaseError> {
    let (new, sizes) = written(collection, history);
    let intervals = intervals(history, sizes);
    keep(store, collection, history, &new, &intervals);
    let all = visible(&new, history, &intervals);
    let filter = Filter { collection: collection.to_owned(), ..history.filter.clone() };
    let wanted: Page = asked(&all, &filter).into_iter().map(|one| (one.seq, one.at_us)).collect();
    prop_assert_eq!(page(store, &filter), wanted.clone());
    for limit in 1..=wanted.len() {
        let mut after_us = i64::MIN;
        for block in wanted.chunks(limit) {
            let limit = i64::try_from(limit).unwrap();
            prop_assert_eq!(
                page(store, &Filter { after_us, limit, ..filter.clone() }),
                block,
                "pages of {}",
                limit
            );
            after_us = block[block.len() - 1].1;
        }
    }
    for (n, (_, at_us)) in wanted.iter().enumerate() {
        let before = Filter { after_us: at_us - 1, ..filter.clone() };
        prop_assert_eq!(page(store, &before), wanted[n..].to_vec(), "from just before on");
    }
    for new in &new {
        let seq = new.record.seq;
        let sees = read(store, |tx| page::sees(tx, collection, 1, seq));
        prop_assert_eq!(sees, all.iter().any(|one| one.seq == seq), "record {}", seq);
        prop_assert!(!read(store, |tx| page::sees(tx, collection, 2, seq)));
    }
    Ok(())
}

stores! {
    fn every_page_is_the_one_that_a_list_of_all_gives(store: Store) {
        keep_handlings(&store);
        let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
        let number = Cell::new(0);
        let done = TestRunner::new(config).run(&history(), |history| {
            // A collection of its own for each case: nothing of the one before is in the way.
            number.set(number.get() + 1);
            check(&store, &format!("c{}", number.get()), &history)
        });
        if let Err(failed) = done {
            panic!("{failed}");
        }
    }
}
