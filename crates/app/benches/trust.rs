//! What it costs that everything is followed: the part that deliveries, ledger and receipts have in a bulk pull.
//!
//! `cargo bench --package comity-app --bench trust`; `BENCH_RECORDS=3000` for a quick look.
//!
//! Two nodes in one process: one publishes, the other pulls everything and exchanges messages, so that its receipts are
//! taken. That is the whole. Then the same rows are written once more, alone, into empty databases: the deliveries with the
//! salts and commitments of their pages, the leaves of both ledgers with their signed heads, and the receipts as they are
//! made. Taking them is the exchange itself, which is timed in the whole. There is no switch that turns any of this off, so
//! nothing can be timed without it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a measurement that cannot be made must stop"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use comity_app::model::{HandlingId, MemberId, MemberKey, Message, Receipt, Stated};
use comity_app::stix::{Digest, Tlp};
use comity_app::{Random as _, exchange, pull};
use comity_ledger::{Hash, Hashes, Head, LedgerError, LedgerKey, commitment, root_of};
use comity_store::tables::delivery::{self, Departure};
use comity_store::tables::journal::{self, HeadRow};
use comity_store::tables::outbox::{self, MessageRow, MessageState};
use comity_store::{Store, StoreError, Tx};
use comity_testkit::mesh::Mesh;
use comity_testkit::{Community, Node, Place, Seat, SeededRandom};

/// Runs of which the median is told.
const RUNS: usize = 3;

fn main() {
    let records = std::env::var("BENCH_RECORDS").ok().and_then(|n| n.parse().ok()).unwrap_or(30_000);
    println!("a pull of {records} records; the median of {RUNS} runs on SQLite");
    let mut runs: Vec<Run> = (0..RUNS).map(|_| run(records)).collect();
    runs.sort_by(|one, other| one.part().total_cmp(&other.part()));
    let median = &runs[RUNS / 2];
    let of = |part: Duration| 100.0 * part.as_secs_f64() / median.whole.as_secs_f64();
    println!("the whole: {:.2} s", median.whole.as_secs_f64());
    for (name, part) in [
        ("deliveries written", median.deliveries),
        ("leaves appended", median.leaves),
        ("receipts made", median.made),
        ("receipts sent and taken", median.taken),
    ] {
        println!("  {name}: {:.0} ms, {:.1} %", part.as_secs_f64() * 1e3, of(part));
    }
    println!("together {:.1} %, of at most 15", 100.0 * median.part());
    for run in &runs {
        print!("{:.1} %  ", 100.0 * run.part());
    }
    println!();
}

/// What one run took.
struct Run {
    whole: Duration,
    deliveries: Duration,
    leaves: Duration,
    made: Duration,
    taken: Duration,
}

impl Run {
    fn part(&self) -> f64 {
        let parts = self.deliveries + self.leaves + self.made + self.taken;
        parts.as_secs_f64() / self.whole.as_secs_f64()
    }
}

fn timed<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let done = run();
    (begun.elapsed(), done)
}

fn run(records: usize) -> Run {
    let seats = ["EXERCISE North", "EXERCISE South"].map(|name| Seat::member(name).node(Place::file()));
    let mut community = Community::new(7, seats.into());
    let mesh = Arc::new(Mesh::default());
    for (n, node) in community.nodes.iter_mut().enumerate() {
        assert_eq!(node.collection("Reports"), "reports");
        node.join(&mesh, &format!("https://node-{n}.example"));
    }
    let (north, south) = (&community.nodes[0], &community.nodes[1]);
    south.befriend(north, "north", "https://node-0.example", "reports");
    fill(north, records);
    let before = [leaves(north).len(), leaves(south).len()];
    let (pulled_in, pulled) =
        timed(|| pull::run(&south.app, &south.operator(), None, None, Some("reports"), &mut |_| {}).unwrap());
    assert_eq!((pulled[0].received, pulled[0].failure.as_str()), (records, ""), "{pulled:?}");
    let (taken, met) = timed(|| exchange::run(&south.app, &south.operator(), None).unwrap());
    assert_eq!(met[0].failure, "");
    let pages = departures(north);
    assert_eq!(pages.iter().map(|(_, all)| all.len()).sum::<usize>(), records);
    let deliveries = write_deliveries(&pages);
    let mut appended = append(&leaves(north)[before[0]..]);
    appended += append(&leaves(south)[before[1]..]);
    let made = make_receipts(&pages, north.member());
    Run { whole: pulled_in + taken, deliveries, leaves: appended, made, taken }
}

fn fill(node: &Node, count: usize) {
    let mut text =
        String::from(r#"{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":["#);
    for number in 0..count {
        let comma = if number > 0 { "," } else { "" };
        write!(
            text,
            r#"{comma}{{"type":"note","spec_version":"2.1","id":"note--00000000-0000-4000-8000-{number:012}","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","object_marking_refs":["{}"],"content":"EXERCISE {number}","object_refs":["identity--00000000-0000-4000-8000-000000000999"]}}"#,
            Tlp::Green.marking_id()
        )
        .unwrap();
    }
    text.push_str("]}");
    node.publish("reports", &Stated { tlp: Some(Tlp::Green), ..Stated::default() }, &text);
}

fn leaves(node: &Node) -> Vec<Vec<u8>> {
    node.place().open().read("bench.leaves", |tx| journal::leaves(tx, 0, i64::MAX)).unwrap()
}

/// What left, page by page.
fn departures(node: &Node) -> Vec<(delivery::Page, Vec<Departure>)> {
    let read = |tx: &mut Tx<'_>| {
        let mut pages: BTreeMap<i64, (delivery::Page, Vec<Departure>)> = BTreeMap::new();
        let sql = "SELECT collection, audience, seq, served, handling, policy, epoch, leaf, salt, first_us FROM delivery
                   ORDER BY leaf, seq";
        for row in tx.query(sql, &[])? {
            let leaf = row.int(7)?;
            let page = delivery::Page {
                collection: row.text(0)?,
                audience: row.int(1)?,
                policy: Digest(row.hash(5)?),
                epoch: row.int(6)?,
                leaf,
                at_us: row.int(9)?,
            };
            pages.entry(leaf).or_insert_with(|| (page, Vec::new())).1.push(Departure {
                seq: row.int(2)?,
                served: Digest(row.hash(3)?),
                handling: HandlingId(Digest(row.hash(4)?)),
                salt: row.hash(8)?,
            });
        }
        Ok::<_, StoreError>(pages.into_values().collect())
    };
    node.place().open().read("bench.departures", read).unwrap()
}

/// Writes as many pages in a transaction each as a pull does, and how long the rows alone took: a page is a transaction
/// anyhow.
fn on_empty<T>(pages: &[T], mut write: impl FnMut(&mut Tx<'_>, &T)) -> Duration {
    let place = Place::file();
    let store: Store = place.open();
    let mut spent = Duration::ZERO;
    for page in pages {
        store
            .write("bench.page", |tx| {
                spent += timed(|| write(tx, page)).0;
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
    spent
}

fn write_deliveries(pages: &[(delivery::Page, Vec<Departure>)]) -> Duration {
    let random = SeededRandom::new(5);
    on_empty(pages, |tx, (page, all)| {
        let departures: Vec<Departure> = all
            .iter()
            .map(|one| {
                let mut salt = [0; 32];
                random.fill(&mut salt);
                Departure { salt, ..one.clone() }
            })
            .collect();
        let first = delivery::first_time(tx, &page.collection, page.audience, &departures).unwrap();
        let all: Vec<Hash> = first.iter().map(|one| commitment(&one.salt, &one.served.0)).collect();
        assert_eq!(all.len(), departures.len());
        std::hint::black_box(root_of(&all));
        delivery::write(tx, page, &departures).unwrap();
    })
}

/// Hashes of the tree in an open transaction.
struct Stored<'a, 'b>(std::cell::RefCell<&'a mut Tx<'b>>);

impl Hashes for Stored<'_, '_> {
    fn read(&self, indexes: &[u64]) -> Result<Vec<Hash>, LedgerError> {
        let wanted: Vec<i64> = indexes.iter().map(|index| i64::try_from(*index).unwrap()).collect();
        Ok(journal::hashes(&mut self.0.borrow_mut(), &wanted).unwrap().into_iter().map(Hash).collect())
    }
}

fn append(leaves: &[Vec<u8>]) -> Duration {
    let key = LedgerKey::from_seed("comity/bench", [9; 32]).unwrap();
    on_empty(leaves, |tx, leaf| {
        let head = journal::head(tx).unwrap();
        let head =
            head.map_or(Head::EMPTY, |row| Head { size: row.size.unsigned_abs(), root: Hash(row.root) });
        let first = i64::try_from(head.size).unwrap();
        let done =
            comity_ledger::append(head, &[leaf.as_slice()], &Stored(std::cell::RefCell::new(tx))).unwrap();
        journal::add_leaves(tx, first, std::slice::from_ref(leaf)).unwrap();
        let hashes: Vec<(i64, [u8; 32])> =
            done.hashes.iter().map(|(index, hash)| (i64::try_from(*index).unwrap(), hash.0)).collect();
        journal::add_hashes(tx, &hashes).unwrap();
        let checkpoint = key.sign_checkpoint(done.head);
        let size = i64::try_from(done.head.size).unwrap();
        journal::set_head(tx, &HeadRow { size, root: done.head.root.0, checkpoint }).unwrap();
    })
}

fn make_receipts(pages: &[(delivery::Page, Vec<Departure>)], to: &MemberId) -> Duration {
    let key = MemberKey::from_seed([3; 32]);
    let random = SeededRandom::new(6);
    on_empty(pages, |tx, (page, all)| {
        let served = all.iter().map(|one| (one.served, None)).collect();
        for receipt in Receipt::over(&served) {
            let mut id = [0; 16];
            random.fill(&mut id);
            let id = format!("receipt-{:032x}", u128::from_be_bytes(id));
            let at = comity_app::model::Micros(page.at_us);
            let message = Message::new(id, to.clone(), Some(to.clone()), at, &receipt).unwrap();
            let signed = message.sign(&key).unwrap();
            let body = signed.to_json().unwrap();
            let digest = Digest::of(body.as_bytes());
            let row = MessageRow {
                digest,
                signer: to.clone(),
                id: signed.message.id.clone(),
                kind: signed.message.kind.clone(),
                body,
                via: to.clone(),
                state: MessageState::Own,
                reason: String::new(),
                at_us: page.at_us,
            };
            outbox::keep(tx, &row).unwrap();
            outbox::queue(tx, to, digest, page.at_us).unwrap();
        }
    })
}
