//! Pages that are merged from many shelves, against a list made by hand: records that come in runs, so that the counts
//! of the shelves foretell badly where they lie, records that got a late place anew, and intervals that begin in the
//! middle of a shelf.

use std::cell::Cell;

use comity_model::Micros;
use comity_model::stix::Tlp;
use comity_store::tables::page::{self, Filter, Versions};
use comity_store::tables::record::{self as records, NewRecord};
use comity_store::tables::{collection, handling};
use comity_store::{Store, Value};
use comity_testkit::{NOW_US, stores};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::sample::{at_level, keep_collection, keep_handlings, read, record, shelf, write};

/// Shelves in runs: which one, and how many records come in a row.
type Runs = Vec<(usize, i64)>;

#[derive(Clone, Debug)]
struct Case {
    runs: Runs,
    /// For each shelf: none when it is not open, else the first place that is.
    open: Vec<Option<i64>>,
    /// Whether the counts of the shelves are known at all.
    counted: bool,
    malware: bool,
    limit: i64,
    after: i64,
    /// Records that got a place anew, at the end of their shelf.
    moved: Vec<prop::sample::Index>,
}

fn case() -> impl Strategy<Value = Case> {
    let run = prop_oneof![4 => (0..Tlp::ALL.len(), 1..20_i64), 1 => (0..Tlp::ALL.len(), 100..250_i64)];
    let open = prop_oneof![Just(None), Just(Some(0)), (1..80_i64).prop_map(Some)];
    let limit = prop_oneof![1..60_i64, 60..400_i64];
    let moved = vec(any::<prop::sample::Index>(), 0..12);
    let rest = (any::<bool>(), prop::bool::weighted(0.3), limit, -1..300_i64, moved);
    (vec(run, 0..24), vec(open, Tlp::ALL.len()), rest).prop_map(
        |(runs, open, (counted, malware, limit, after, moved))| Case {
            runs,
            open,
            counted,
            malware,
            limit,
            after,
            moved,
        },
    )
}

fn check(store: &Store, name: &str, case: &Case) -> Result<(), TestCaseError> {
    keep_collection(store, name);
    let mut ords = vec![0; Tlp::ALL.len()];
    let (mut all, mut visible): (Vec<NewRecord>, Vec<(i64, i64)>) = (Vec::new(), Vec::new());
    for (level, count) in &case.runs {
        for _ in 0..*count {
            let seq = i64::try_from(all.len()).unwrap() + 1;
            let mut new = at_level(record(name, seq), Tlp::ALL[*level], ords[*level]);
            new.record.added_at = Micros(NOW_US + seq);
            let is_malware = seq % 9 == 0;
            new.record.kind = if is_malware { "malware" } else { "note" }.to_owned();
            if case.open[*level].is_some_and(|lo| ords[*level] >= lo) && (is_malware || !case.malware) {
                visible.push((seq, NOW_US + seq));
            }
            ords[*level] += 1;
            all.push(new);
        }
    }
    let levels: Vec<usize> =
        case.runs.iter().flat_map(|(level, count)| (0..*count).map(|_| *level)).collect();
    let mut moves = Vec::new();
    for (n, index) in (1_i64..).zip(case.moved.iter().filter(|_| !all.is_empty())) {
        let at = index.index(all.len());
        let (level, mut one) = (levels[at], all[at].record.clone());
        one.added_at = Micros(NOW_US + i64::try_from(all.len()).unwrap() + n);
        visible.retain(|(seq, _)| *seq != one.seq);
        if case.open[level].is_some_and(|lo| ords[level] >= lo) && (one.kind == "malware" || !case.malware) {
            visible.push((one.seq, one.added_at.0));
        }
        moves.push((one, ords[level]));
        ords[level] += 1;
    }
    write(store, |tx| {
        records::insert(tx, &all)?;
        for (one, ord) in &moves {
            records::place(tx, one, *ord)?;
        }
        if case.counted {
            collection::take_numbers(tx, name, i64::try_from(all.len()).unwrap())?;
        }
        let mut rows: Vec<Value> = Vec::new();
        for ((level, lo), count) in Tlp::ALL.iter().zip(&case.open).zip(&ords) {
            if case.counted {
                handling::take_places(tx, name, shelf(*level), *count)?;
            }
            if let Some(lo) = lo {
                rows.extend([name.into(), Value::Int(1), shelf(*level).0.0.into()]);
                rows.extend([(*lo).into(), Value::Null, Value::Int(0)]);
            }
        }
        tx.insert_many("INSERT INTO release (collection, audience, handling, lo, hi, base_us)", 6, &rows, "")
    });
    let mut after_us = NOW_US + case.after;
    let mut wanted: Vec<(i64, i64)> = visible.into_iter().filter(|one| one.1 > after_us).collect();
    loop {
        let filter = Filter {
            collection: name.to_owned(),
            audience: 1,
            after_us,
            limit: case.limit,
            seqs: Vec::new(),
            ids: Vec::new(),
            kinds: if case.malware { vec!["malware".to_owned()] } else { Vec::new() },
            specs: Vec::new(),
            versions: Versions { all: after_us % 2 == 0, ..Versions::default() },
        };
        let page: Vec<(i64, i64)> = read(store, |tx| page::seen(tx, &filter))
            .into_iter()
            .map(|one| (one.record.peek().seq, one.added_at.0))
            .collect();
        let rest = wanted.split_off(wanted.len().min(usize::try_from(case.limit).unwrap()));
        prop_assert_eq!(&page, &wanted, "after {}", after_us - NOW_US);
        let Some(last) = page.last() else { return Ok(()) };
        after_us = last.1;
        wanted = rest;
    }
}

stores! {
    fn pages_are_right_however_records_lie_on_the_shelves(store: Store) {
        keep_handlings(&store);
        let number = Cell::new(0);
        let config =
            Config { cases: 30, failure_persistence: None, max_shrink_iters: 100, ..Config::default() };
        let done = TestRunner::new(config).run(&case(), |case| {
            number.set(number.get() + 1);
            check(&store, &format!("m{}", number.get()), &case)
        });
        done.unwrap_or_else(|error| panic!("{error}"));
    }
}
