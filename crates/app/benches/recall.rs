//! Recalling many records while others read: how long it takes until every peer's recalls are queued, and how long a page of
//! another collection takes meanwhile. SQLite, and a private PostgreSQL.
//!
//! `cargo bench --package comity-app --bench recall`; `BENCH_RECORDS=10000` for a quick look, `BENCH_ENGINE=sqlite` or
//! `postgres` for one engine alone.
//!
//! The records are imported. That every peer has them is written by the store in bulk: the rows that pages would write,
//! without their leaves, which no recall looks at.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a measurement that cannot be made must stop"
)]

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use comity_app::model::recall::{Reason, Scope};
use comity_app::model::{HandlingId, MemberKey, Micros, Stated};
use comity_app::recall::{self, Wish};
use comity_app::serve::{self, Query};
use comity_app::stix::{Digest, Tlp};
use comity_app::{App, Reader, home};
use comity_store::tables::delivery::{self, Departure};
use comity_store::{Store, StoreError};
use comity_testkit::{Community, Node, Place, Seat, SeededRandom};

const PEERS: usize = 20;
const PAGE: usize = 100;
/// Records of the collection that is read meanwhile.
const READ: usize = 5_000;

fn main() {
    let records = std::env::var("BENCH_RECORDS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    println!("recall of {records} records that {PEERS} peers hold; pages of {PAGE} meanwhile");
    let only = std::env::var("BENCH_ENGINE").ok();
    let is_wanted = |name| only.as_deref().is_none_or(|only| only == name);
    if is_wanted("sqlite") {
        run("SQLite", Place::file(), records);
    }
    if is_wanted("postgres") {
        match Place::postgres() {
            Some(place) => run("PostgreSQL", place, records),
            None => println!("PostgreSQL is missing: not measured"),
        }
    }
}

fn name(peer: usize) -> String {
    format!("Exercise {peer}")
}

fn run(engine: &str, place: Place, records: usize) {
    let mut seats = vec![Seat::member(&name(0)).node(place)];
    seats.extend((1..=PEERS).map(|n| Seat::member(&name(n))));
    let mut community = Community::new(1, seats);
    community.amend(|agreement| {
        for (seed, member) in (1_u8..).zip(agreement.members.iter_mut().skip(1)) {
            member.keys = vec![MemberKey::from_seed([seed; 32]).public()];
        }
    });
    let node = community.node();
    let begun = Instant::now();
    assert_eq!((node.collection("Gone"), node.collection("Read")), ("gone".into(), "read".into()));
    fill(node, "gone", 0, records);
    fill(node, "read", 1_000_000, READ);
    let readers: Vec<Reader> = (1..=PEERS).map(|n| node.reader(&name(n), "gone")).collect();
    let page_reader = node.reader(&name(1), "read");
    deliver(&node.place().open(), readers.len());
    println!("\n{engine} (filled in {:.0} s)", begun.elapsed().as_secs_f64());

    let app = other(node);
    let alone = pages(&app, &page_reader, &|so_far| so_far < Duration::from_secs(5));
    let stop = Arc::new(AtomicBool::new(false));
    let reading = {
        let (stop, app, reader) = (Arc::clone(&stop), app.clone(), page_reader.clone());
        std::thread::spawn(move || pages(&app, &reader, &|_| !stop.load(Ordering::Acquire)))
    };
    let ids: Vec<String> = (0..records).map(id).collect();
    let begun = Instant::now();
    let wish = Wish::new(Scope::Withdraw, Reason::Wrong);
    // On the real clock: the length of the transactions follows it.
    let issuing = real(node);
    let done = recall::issue_many(&issuing, &node.operator(), &ids, &wish, &mut |_| {}).unwrap();
    let took = begun.elapsed();
    stop.store(true, Ordering::Release);
    let meanwhile = reading.join().unwrap();
    assert!(done.stopped.is_none(), "{done:?}");
    assert_eq!((done.records, done.told.len(), done.left_out), (records, PEERS, 0), "{done:?}");
    println!(
        "queued in {:.1} s: {} recalls for each of {PEERS} peers; {:.0} records a second",
        took.as_secs_f64(),
        done.recalls,
        records as f64 / took.as_secs_f64()
    );
    for (what, mut times) in [("alone", alone), ("meanwhile", meanwhile)] {
        times.sort();
        let at = |part: usize| times[(times.len() - 1) * part / 1_000].as_secs_f64() * 1e3;
        println!(
            "a page, {what}: median {:.1} ms, p99 {:.1} ms, longest {:.1} ms, of {} pages",
            at(500),
            at(990),
            at(1_000),
            times.len()
        );
    }
}

/// The same home on the clock of the machine.
fn real(node: &Node) -> App {
    let random = Arc::new(SeededRandom::new(77));
    home::open(node.app.home(), Arc::new(comity_app::SystemClock), random).unwrap()
}

/// Another process of the same node.
fn other(node: &Node) -> App {
    let random = Arc::new(SeededRandom::new(78));
    home::open(node.app.home(), Arc::new(comity_app::SystemClock), random).unwrap()
}

fn id(number: usize) -> String {
    format!("note--00000000-0000-4000-8000-{number:012}")
}

fn fill(node: &Node, collection: &str, from: usize, count: usize) {
    let mut text =
        String::from(r#"{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":["#);
    for number in from..from + count {
        if number > from {
            text.push(',');
        }
        write!(
            text,
            r#"{{"type":"note","spec_version":"2.1","id":"{}","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","object_marking_refs":["{}"],"content":"EXERCISE {number}","object_refs":["identity--00000000-0000-4000-8000-000000000999"]}}"#,
            id(number),
            Tlp::Green.marking_id()
        )
        .unwrap();
    }
    text.push_str("]}");
    node.publish(collection, &Stated { tlp: Some(Tlp::Green), ..Stated::default() }, &text);
}

/// Writes that everything in `gone` left for every audience there is.
fn deliver(store: &Store, audiences: usize) {
    let found: Vec<(String, i64, Digest, HandlingId)> = store
        .read("bench.records", |tx| {
            let sql = "SELECT r.collection, r.seq, r.digest, r.handling FROM record r JOIN collection c
                       ON c.collection = r.collection WHERE c.alias = 'gone' ORDER BY r.seq";
            tx.query(sql, &[])?
                .iter()
                .map(|row| {
                    Ok::<_, StoreError>((
                        row.text(0)?,
                        row.int(1)?,
                        Digest(row.hash(2)?),
                        HandlingId(Digest(row.hash(3)?)),
                    ))
                })
                .collect()
        })
        .unwrap();
    let numbers: Vec<i64> = store
        .read("bench.audiences", |tx| {
            tx.query("SELECT DISTINCT audience FROM credential", &[])?
                .iter()
                .map(|row| row.int(0))
                .collect::<Result<_, StoreError>>()
        })
        .unwrap();
    assert_eq!(numbers.len(), audiences);
    for audience in numbers {
        for part in found.chunks(2_000) {
            let departures: Vec<Departure> = part
                .iter()
                .map(|(_, seq, served, handling)| Departure {
                    seq: *seq,
                    served: *served,
                    handling: *handling,
                    salt: [0; 32],
                })
                .collect();
            let page = delivery::Page {
                collection: part[0].0.clone(),
                audience,
                policy: Digest([0; 32]),
                epoch: 1,
                leaf: 0,
                at_us: Micros(0).0,
            };
            store.write("bench.deliver", |tx| delivery::write(tx, &page, &departures)).unwrap();
        }
    }
}

/// Reads pages one after the other as long as is said, and how long each took.
fn pages(app: &App, reader: &Reader, goes_on: &dyn Fn(Duration) -> bool) -> Vec<Duration> {
    let mut times = Vec::new();
    let begun = Instant::now();
    let mut next = None;
    while goes_on(begun.elapsed()) {
        let query = Query { limit: Some(PAGE), next: next.take(), ..Query::default() };
        let at = Instant::now();
        let page = serve::page(app, reader, "read", &query).unwrap();
        times.push(at.elapsed());
        assert!(!page.objects.is_empty());
        next = page.next;
    }
    times
}
