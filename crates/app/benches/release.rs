//! Release control on a large node: pages of 1,000 for members that may see from one in a thousand records to all,
//! and how soon after an edit of the agreement every member's first page is right. SQLite, and a private PostgreSQL.
//!
//! `cargo bench --package comity-app --bench release`; `BENCH_RECORDS=50000` for a quick look, `BENCH_ENGINE=sqlite` or
//! `postgres` for one engine alone.
//!
//! The records are written by the store in bulk: the rows that admission would write, without search text, ledger
//! leaves and signatures that would verify, which no page looks at. Handlings, keys, audiences and what each audience
//! sees are made by the node itself. Each figure is a median, and stands as a multiple of the time to read the
//! contents of the same records by their keys in the same run.
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

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use comity_app::model::stix::{Digest, Tlp};
use comity_app::model::{
    Agreement, Handling, HandlingId, MemberId, Micros, Record, RecordKey, RecordState, Standing,
};
use comity_app::policy::{Action, Ask, Context, Entities, PolicySet};
use comity_app::serve::{self, Query, Versions};
use comity_app::verdicts::{Asked, Asker, Verdicts};
use comity_app::{Reader, collection};
use comity_store::tables::handling as shelves;
use comity_store::tables::page::{self, Filter};
use comity_store::tables::record::{self, NewRecord};
use comity_store::tables::{collection as clock, page::Versions as StoreVersions};
use comity_store::{Store, Tx, Value};
use comity_testkit::{Community, NOW_US, Place, Seat};

const MEMBERS: usize = 60;
const HANDLINGS: usize = 500;
const PAGE: usize = 1_000;
const ROUNDS: usize = 21;
/// What the first readers may see: one in so many records.
const ONE_IN: [usize; 6] = [1_000, 100, 30, 10, 3, 1];

fn main() {
    let records = std::env::var("BENCH_RECORDS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    println!(
        "{records} records, {HANDLINGS} handlings, {MEMBERS} members; pages of {PAGE}; medians of {ROUNDS}"
    );
    kept();
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

/// The time of one lookup among the kept verdicts of one member on all handlings.
fn kept() {
    const TIMES: u32 = 100;
    let member: MemberId = "identity--00000000-0000-4000-8000-000000000001".parse().unwrap();
    let set = PolicySet::standard().unwrap();
    let agreement = Agreement::from_toml("title = \"EXERCISE\"\nversion = 1\n").unwrap();
    let entities = Entities::new(&agreement).unwrap();
    let (policy, agreement) = (set.hash(), agreement.digest().unwrap());
    let asker = Asker {
        policy,
        agreement,
        member: member.clone(),
        purpose: String::new(),
        basis: String::new(),
        inner: Default::default(),
    };
    let verdicts = Verdicts::default();
    let line = verdicts.line(&asker);
    let context = Context::default();
    let all: Vec<(Asked, Handling)> = (0..HANDLINGS as i64)
        .map(|n| {
            let mut handling = Handling::unmarked(member.clone());
            handling.end_at = Some(Micros(n));
            let handling_id = handling.id().unwrap();
            (Asked { handling: handling_id, action: Action::Release, own: false, delegated: false }, handling)
        })
        .collect();
    let look = || {
        for (asked, handling) in &all {
            let ask = Ask { member: &member, action: Action::Release, handling, context: &context };
            black_box(line.verdict(*asked, || set.decide(&entities, &ask)));
        }
    };
    look();
    let whole = median(|| (0..TIMES).for_each(|_| look()));
    println!("a kept verdict: {:.0} ns", whole.as_secs_f64() * 1e9 / f64::from(TIMES) / HANDLINGS as f64);
}

fn run(engine: &str, place: Place, records: usize) {
    let mut seats = vec![Seat::member("Exercise 0").node(place)];
    seats.extend((1..MEMBERS).map(|n| Seat::member(&format!("Exercise {n}"))));
    let mut community = Community::new(1, seats);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    let filled = fill(&community, records);
    let store = community.node().place().open();
    let readers: Vec<Reader> =
        (0..MEMBERS).map(|n| community.node().reader(&format!("Exercise {n}"), "exercise")).collect();
    if store.engine() == comity_store::Engine::Postgres {
        store.write("bench.analyze", |tx| tx.exec("ANALYZE", &[])).unwrap();
    }
    println!("\n{engine} (filled in {:.0} s)", filled.as_secs_f64());
    println!(
        "{:<10} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7}",
        "ONE IN", "SHELVES", "BY KEY", "FIND", "LAST", "MANIFEST", "PAGE", "RATIO"
    );
    for (n, one_in) in ONE_IN.iter().enumerate() {
        pages(&community, &store, &readers[n + 1], &one_in.to_string());
    }
    pages(&community, &store, &readers[ONE_IN.len() + 1], "10, late");
    edits(&mut community, &readers);
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn unit(&mut self) -> f64 {
        self.below(1 << 40) as f64 / (1_u64 << 40) as f64
    }
}

/// The handlings, how often each is used, and which stand on records of the last tenth only.
struct Plan {
    handlings: Vec<(HandlingId, Arc<Handling>)>,
    /// Sums of the shares up to each handling.
    upto: Vec<f64>,
}

impl Plan {
    /// Shares fall with the rank (Zipf). Each handling names its recipients: the first members the share that
    /// [`ONE_IN`] says, the one after them only what comes in the last tenth, the others every second.
    fn new(community: &Community, dice: &mut Dice) -> Self {
        let sum: f64 = (1..=HANDLINGS).map(|rank| 1.0 / rank as f64).sum();
        let shares: Vec<f64> = (1..=HANDLINGS).map(|rank| 1.0 / rank as f64 / sum).collect();
        let mut named: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); HANDLINGS];
        for (n, one_in) in ONE_IN.iter().enumerate() {
            let mut left = 1.02 / *one_in as f64;
            let start = dice.below(HANDLINGS as u64) as usize;
            for at in (0..HANDLINGS).map(|step| (start + step * 7) % HANDLINGS) {
                if shares[at] <= left {
                    left -= shares[at];
                    named[at].insert(n + 1);
                }
            }
        }
        for (at, members) in named.iter_mut().enumerate() {
            members.extend((ONE_IN.len() + 2..MEMBERS).filter(|_| dice.below(2) == 0));
            if is_late(at) {
                members.insert(ONE_IN.len() + 1);
            }
        }
        let node = community.node().member();
        let handlings = named.iter().map(|members| {
            let mut handling = Handling::unmarked(node.clone());
            handling.tlp = Some(Tlp::Red);
            handling.recipients.extend(members.iter().map(|n| community.id(&format!("Exercise {n}"))));
            (handling.id().unwrap(), Arc::new(handling))
        });
        let mut total = 0.0;
        let upto = shares.iter().map(|share| {
            total += share;
            total
        });
        Self { handlings: handlings.collect(), upto: upto.collect() }
    }

    fn draw(&self, dice: &mut Dice, is_end: bool) -> usize {
        loop {
            let wanted = dice.unit();
            let at = self.upto.partition_point(|upto| *upto < wanted).min(HANDLINGS - 1);
            if is_end || !is_late(at) {
                return at;
            }
        }
    }
}

fn is_late(at: usize) -> bool {
    at % 5 == 2
}

/// Writes the records, in runs of one handling as imports come.
fn fill(community: &Community, records: usize) -> Duration {
    let begun = Instant::now();
    let node = community.node();
    let store = node.place().open();
    let dice = &mut Dice(0x9E37_79B9_7F4A_7C15);
    let plan = Plan::new(community, dice);
    let name = collection::list(&node.app).unwrap()[0].id.clone();
    store
        .write("bench.handlings", |tx| {
            for (id, handling) in &plan.handlings {
                shelves::intern(tx, *id, handling)?;
            }
            Ok::<_, comity_store::StoreError>(())
        })
        .unwrap();
    let (mut seq, mut run, mut at) = (0_usize, 0, 0);
    let mut ords = vec![0_i64; HANDLINGS];
    while seq < records {
        let mut rows = Vec::new();
        while seq < records && rows.len() < 20_000 {
            if run == 0 {
                (run, at) = (1 + dice.below(20), plan.draw(dice, seq > records / 10 * 9));
            }
            run -= 1;
            seq += 1;
            rows.push(row(&name, seq, &plan.handlings[at], ords[at]));
            ords[at] += 1;
        }
        store.write("bench.fill", |tx| record::insert(tx, &rows)).unwrap();
    }
    store
        .write("bench.shelves", |tx| {
            for ((id, _), ord) in plan.handlings.iter().zip(&ords) {
                shelves::take_places(tx, &name, *id, *ord)?;
            }
            clock::take_numbers(tx, &name, seq as i64)?;
            clock::take_instants(tx, &name, NOW_US, seq as i64)
        })
        .unwrap();
    begun.elapsed()
}

fn row(collection: &str, seq: usize, handling: &(HandlingId, Arc<Handling>), ord: i64) -> NewRecord {
    let id = format!("indicator--{:08x}-0000-4000-8000-{seq:012x}", (seq as u32).wrapping_mul(2_654_435_761));
    let version = Micros(NOW_US).to_string();
    let bytes = format!(
        r#"{{"type":"indicator","spec_version":"2.1","id":"{id}","created":"{version}","modified":"{version}","name":"EXERCISE {seq}","pattern":"[ipv4-addr:value = '192.0.2.{}']","pattern_type":"stix","valid_from":"{version}"}}"#,
        seq % 256
    )
    .into_bytes();
    let digest = Digest::of(&bytes);
    NewRecord {
        record: Record {
            key: RecordKey {
                collection: collection.to_owned(),
                origin: handling.1.originator.clone(),
                id,
                version,
                digest,
            },
            seq: seq as i64,
            kind: "indicator".to_owned(),
            version_at: Micros(NOW_US),
            spec_version: "2.1".to_owned(),
            name: format!("EXERCISE {seq}"),
            handling: Arc::clone(&handling.1),
            handling_id: handling.0,
            parts: BTreeSet::new(),
            added_at: Micros(NOW_US + seq as i64),
            state: RecordState::Live,
            reason: String::new(),
            envelope: format!(r#"{{"body":"{}"}}"#, "e".repeat(900)),
            held: digest,
            leaf: 0,
            names: false,
            revision: 1,
            actor: "bench".to_owned(),
        },
        ord,
        salt: [7; 32],
        bytes,
        references: Vec::new(),
        findings: Vec::new(),
    }
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut all: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            run();
            begun.elapsed()
        })
        .collect();
    all.sort();
    all[ROUNDS / 2]
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// One reader's page of every version, and of the newest ones: found in the store, as a manifest, and served whole.
fn pages(community: &Community, store: &Store, reader: &Reader, name: &str) {
    let app = &community.node().app;
    let id = collection::list(app).unwrap()[0].id.clone();
    let (audience, open) = store.read("bench.audience", |tx| audience(tx, reader)).unwrap();
    let filter = Filter {
        collection: id.clone(),
        audience,
        after_us: i64::MIN / 4,
        limit: PAGE as i64 + 1,
        seqs: Vec::new(),
        ids: Vec::new(),
        kinds: Vec::new(),
        specs: Vec::new(),
        versions: StoreVersions { all: true, ..StoreVersions::default() },
    };
    let last =
        Filter { versions: StoreVersions { last: true, ..StoreVersions::default() }, ..filter.clone() };
    let found = |filter: &Filter| store.read("bench.find", |tx| page::seen(tx, filter)).unwrap();
    let mut seqs: Vec<i64> = found(&filter).iter().map(|one| one.record.peek().seq).collect();
    assert_eq!(seqs, found(&last).iter().map(|one| one.record.peek().seq).collect::<Vec<_>>());
    seqs.truncate(PAGE);
    let by_key = median(|| drop(store.read("bench.key", |tx| page::contents(tx, &id, &seqs)).unwrap()));
    let find = median(|| drop(found(&filter)));
    let newest = median(|| drop(found(&last)));
    let query = Query { limit: Some(PAGE), versions: Versions::All, ..Query::default() };
    let manifest = median(|| drop(serve::manifest(app, reader, "exercise", &query).unwrap()));
    let whole = median(|| {
        let page = serve::page(app, reader, "exercise", &query).unwrap();
        assert_eq!(page.objects.len(), seqs.len());
    });
    println!(
        "{name:<10} {open:>8} {:>6.2} ms {:>6.2} ms {:>6.2} ms {:>6.2} ms {:>6.2} ms {:>6.1}x",
        ms(by_key),
        ms(find),
        ms(newest),
        ms(manifest),
        ms(whole),
        ms(find) / ms(by_key)
    );
}

/// The number of a reader's audience, and how many shelves are open to it.
fn audience(tx: &mut Tx<'_>, reader: &Reader) -> Result<(i64, i64), comity_store::StoreError> {
    let member: Value = reader.member.as_str().into();
    let number = tx.query("SELECT audience FROM audience WHERE member = ?1", &[member])?[0].int(0)?;
    let open = "SELECT count(*) FROM release WHERE audience = ?1 AND hi IS NULL";
    Ok((number, tx.query(open, &[number.into()])?[0].int(0)?))
}

/// What a change of the agreement is about, and how it is made.
type Edit = (&'static str, fn(&mut Community));

/// Gives every second member another standing.
fn half(community: &mut Community, standing: Standing) {
    community.amend(|agreement| {
        for member in agreement.members.iter_mut().skip(2).step_by(2) {
            member.standing = standing;
        }
    });
}

/// Agreements that change nothing for anybody, take every release back from half the members, and give it back late;
/// each with the first page afterwards of four members.
fn edits(community: &mut Community, readers: &[Reader]) {
    println!("{:<34} {:>10} {:>14} {:>10}", "EDIT", "IN FORCE", "SLOWEST PAGE", "TOGETHER");
    let steps: [Edit; 3] = [
        ("changes nothing for anybody", |one| one.amend(|next| next.title.push('.'))),
        ("takes all from half the members", |one| half(one, Standing::Oversight)),
        ("gives it back: late releases", |one| half(one, Standing::Member)),
    ];
    for (name, edit) in steps {
        let begun = Instant::now();
        edit(community);
        let edited = begun.elapsed();
        let slowest = [1, 5, 6, 30].map(|n| {
            let begun = Instant::now();
            let query = Query { limit: Some(PAGE), ..Query::default() };
            drop(serve::page(&community.node().app, &readers[n], "exercise", &query).unwrap());
            begun.elapsed()
        });
        let slowest = slowest.into_iter().max().unwrap();
        println!(
            "{name:<34} {:>8.2} s {:>11.1} ms {:>8.2} s",
            edited.as_secs_f64(),
            ms(slowest),
            (edited + slowest).as_secs_f64()
        );
    }
}
