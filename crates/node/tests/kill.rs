//! A process that is killed (SIGKILL) at random points of an import or a pull loses nothing that it had
//! acknowledged, leaves nothing half-written, and the next one goes on from there.
//!
//! When to kill is drawn as a number of bytes that the process may still write, watched through `/proc`: so a kill
//! falls into a commit or a checkpoint as well as between them. A change counts as acknowledged as soon as another
//! process can read it. In half of the runs nobody reads, so that the next one finds the database as the dead one
//! left it, and has to recover it alone.
#![cfg(target_os = "linux")]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test of its own crate; what fails here is the test"
)]

#[allow(dead_code, reason = "the journeys use more of it")]
#[path = "node/stage.rs"]
mod stage;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;

use comity_ledger::{Hash, Head, Leaf, commitment, root_of, verify_entries};
use comity_testkit::NOW_US;
use comity_testkit::comity_store::tables::{collection, journal, record};
use comity_testkit::comity_store::{Location, Store, StoreError, Tx};
use serde_json::Value;

use stage::{Node, Run, SOUTH, Server, command};

/// Where all draws begin; printed with every failure.
const SEED: u64 = 0x00C0_4117;
/// Kills of an import, at least.
const IMPORT_KILLS: usize = 52;
/// Kills of a pull, at least.
const PULL_KILLS: usize = 12;
/// Notes in each of the small documents, which come first.
const SMALL_NOTES: usize = 40;
/// Small documents of a home.
const SMALL_DOCUMENTS: usize = 16;
/// Notes in the last document: a whole batch and a part of one.
const LARGE_NOTES: usize = 2_300;
/// Kinds of leaves that stand for a batch of records.
const BATCHES: [&str; 2] = ["records.published", "records.received"];

/// Numbers that look random and are the same in every run.
struct Draws {
    seed: u64,
    state: u64,
}

impl Draws {
    fn new(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// The head of the ledger, as any process can read it.
fn head(tx: &mut Tx<'_>) -> Result<Head, StoreError> {
    let row = journal::head(tx)?.expect("a home begins with leaves");
    Ok(Head { size: u64::try_from(row.size).unwrap(), root: Hash(row.root) })
}

fn open(home: &str) -> Store {
    Store::open(&Location::File(Path::new(home).join("comity.db")), NOW_US).expect("the database opens")
}

/// Bytes that a process has written so far; none when it is gone.
fn written_bytes(process: &Child) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{}/io", process.id())).ok()?;
    text.lines().find_map(|line| line.strip_prefix("wchar: "))?.parse().ok()
}

/// How a run ended.
enum End {
    Killed,
    Finished(Run),
}

/// Kills one process after another on a home, until one comes through.
struct Torment<'a> {
    home: &'a str,
    draws: &'a mut Draws,
    /// Kills fall within so many bytes. It grows while nothing gets done, and shrinks while much does.
    reach_bytes: u64,
    acknowledged: Head,
    kills: usize,
}

impl<'a> Torment<'a> {
    fn new(home: &'a str, draws: &'a mut Draws) -> Self {
        let acknowledged = open(home).read("head", head).unwrap();
        Self { home, draws, reach_bytes: 400_000, acknowledged, kills: 0 }
    }

    /// Runs a command on the home until it is through, and checks the home after every kill.
    fn run(&mut self, arguments: &[&str]) -> Run {
        loop {
            let before = self.acknowledged.size;
            let allowed = self.draws.below(self.reach_bytes);
            let watches = self.draws.below(2) == 0;
            let note = format!(
                "seed {:#x}, kill {} of {}, after {allowed} bytes, watched: {watches}",
                self.draws.seed, self.kills, self.home
            );
            match self.attempt(arguments, allowed, watches) {
                End::Finished(run) => return run,
                End::Killed => self.kills += 1,
            }
            self.acknowledged = check(&open(self.home), self.acknowledged, &note);
            match self.acknowledged.size - before {
                0 => self.reach_bytes += self.reach_bytes / 2,
                1 | 2 => {}
                _ => self.reach_bytes /= 2,
            }
            if self.draws.below(8) == 0 {
                verify(self.home, &note);
            }
        }
    }

    /// Runs a command until it has written so many bytes; while it is watched, what can be read is acknowledged.
    fn attempt(&mut self, arguments: &[&str], allowed_bytes: u64, watches: bool) -> End {
        let watcher = watches.then(|| open(self.home));
        let mut child = command(arguments)
            .args(["--home", self.home, "--json"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        loop {
            if written_bytes(&child).is_some_and(|written| written > allowed_bytes) {
                child.kill().expect("it is ours");
                let output = child.wait_with_output().expect("it ends");
                return match output.status.code() {
                    Some(_) => End::Finished(output.into()),
                    None => End::Killed,
                };
            }
            if let Some(store) = &watcher {
                self.acknowledged = store.read("watch", head).expect("a reader is always served");
            }
            if child.try_wait().expect("it is ours").is_some() {
                return End::Finished(child.wait_with_output().expect("it ended").into());
            }
            thread::yield_now();
        }
    }
}

/// Everything acknowledged is there, and every batch is whole: as many records as its leaf says, of the contents
/// that its leaf commits to, and no record besides. Gives the head.
fn check(store: &Store, acknowledged: Head, note: &str) -> Head {
    let check = |tx: &mut Tx<'_>| {
        let now = head(tx)?;
        let leaves = journal::leaves(tx, 0, i64::MAX)?;
        assert_eq!(now.size, u64::try_from(leaves.len()).unwrap(), "{note}: the head counts all leaves");
        for log in [now, acknowledged] {
            let size = usize::try_from(log.size).unwrap();
            let verified = verify_entries(log, leaves.iter().take(size).cloned().map(Ok));
            assert!(verified.is_ok(), "{note}: {now:?} comes after {acknowledged:?}: {verified:?}");
        }
        let mut in_batches = 0;
        for bytes in &leaves {
            let leaf = Leaf::decode(bytes).unwrap();
            if !BATCHES.contains(&leaf.kind.as_str()) {
                continue;
            }
            let number = i64::try_from(leaf.seq.unwrap()).unwrap();
            let found = record::batch(tx, &leaf.detail["collection"], number)?;
            let commitments: Vec<Hash> =
                found.iter().map(|(salt, digest, _)| commitment(&salt.unwrap(), &digest.0)).collect();
            assert_eq!(leaf.count, u64::try_from(found.len()).ok(), "{note}: batch {number} is whole");
            assert_eq!(
                leaf.object,
                Some(root_of(&commitments)),
                "{note}: batch {number} is what was written"
            );
            in_batches += i64::try_from(found.len()).unwrap();
        }
        let mut all = 0;
        for one in collection::list(tx)? {
            all += record::count_by_origin(tx, &one.id)?.iter().map(|(_, _, all)| all).sum::<i64>();
        }
        assert_eq!(all, in_batches, "{note}: no record is outside of a batch");
        Ok::<_, StoreError>(now)
    };
    store.read("check", check).unwrap()
}

fn verify(home: &str, note: &str) {
    let verified = stage::run(&["verify", "--home", home]);
    assert_eq!(verified.code, 0, "{note}: {verified:?}");
}

/// Id, version, digest and bytes of every record of a collection, in the order of their numbers.
fn contents(home: &str, alias: &str) -> Vec<(String, String, String, Vec<u8>)> {
    let read = |tx: &mut Tx<'_>| {
        let id = collection::find(tx, alias)?.expect("the collection is there").id;
        let mut all = Vec::new();
        for stored in record::list(tx, &id, 0, i64::MAX)? {
            let key = &stored.peek().key;
            let bytes = record::content(tx, key, &[])?.expect("its bytes are there");
            all.push((key.id.clone(), key.version.clone(), key.digest.to_string(), bytes));
        }
        Ok::<_, StoreError>(all)
    };
    open(home).read("contents", read).unwrap()
}

fn note_id(number: usize) -> String {
    format!("note--6f1d7a3e-0c5b-4f0e-9a53-{number:012}")
}

/// Notes of these numbers at TLP:GREEN, one a line.
fn notes(numbers: std::ops::Range<usize>) -> String {
    let note = |number| {
        format!(
            r#"{{"type":"note","spec_version":"2.1","id":"{}","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","content":"EXERCISE note {number}","object_refs":["{}"],"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]}}"#,
            note_id(number),
            note_id(0)
        ) + "\n"
    };
    numbers.map(note).collect()
}

/// The documents of one home: small ones, each a batch, and a large one of more than one batch. Gives the number of
/// notes in all.
fn documents(folder: &Path) -> (Vec<PathBuf>, usize) {
    let sizes = std::iter::repeat_n(SMALL_NOTES, SMALL_DOCUMENTS).chain([LARGE_NOTES]);
    let mut paths = Vec::new();
    let mut first = 1;
    for size in sizes {
        let path = folder.join(format!("{first}.ndjson"));
        std::fs::write(&path, notes(first..first + size)).unwrap();
        paths.push(path);
        first += size;
    }
    (paths, first - 1)
}

#[test]
fn an_import_that_is_killed_anywhere_keeps_what_it_acknowledged_and_nothing_half() {
    let folder = tempfile::tempdir().unwrap();
    let (paths, total) = documents(folder.path());
    let mut arguments = vec!["import", "--collection", "reports"];
    arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
    let mut draws = Draws::new(SEED);
    let mut kills = 0;
    let mut homes = 0;
    while kills < IMPORT_KILLS {
        let node = Node::make("EXERCISE North desk", None);
        node.ok(&["collection", "add", "Reports"]);
        let mut torment = Torment::new(node.home_text(), &mut draws);
        let summary = torment.run(&arguments);
        kills += torment.kills;
        homes += 1;
        let note = format!("seed {SEED:#x}, home {homes}, {kills} kills");
        assert_eq!(summary.code, 0, "{note}: {summary:?}");
        let counts = summary.json();
        let count = |name: &str| usize::try_from(counts[name].as_u64().unwrap()).unwrap();
        assert_eq!(count("accepted") + count("unchanged"), total, "{note}: {counts}");
        assert_eq!(counts["rejected"], Value::Array(Vec::new()), "{note}");
        let ids: Vec<String> = contents(node.home_text(), "reports").into_iter().map(|one| one.0).collect();
        assert_eq!(ids, (1..=total).map(note_id).collect::<Vec<_>>(), "{note}: each once, in its order");
        verify(node.home_text(), &note);
    }
    println!("{kills} kills on {homes} homes");
}

/// Two nodes under one agreement; the second knows the first as peer `north`.
fn pair() -> (Node, Node) {
    let north = Node::make("EXERCISE North desk", None);
    let south = Node::make(SOUTH, None);
    let own = |node: &Node| node.json(&["member", "list"])[0].clone();
    for (node, other) in [(&north, own(&south)), (&south, own(&north))] {
        let draft = node.path("draft.toml");
        let draft = draft.to_str().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (name, id, key) = (text(&other["name"]), text(&other["id"]), text(&other["keys"][0]));
        let member = ["member", "add", &name, "--id", &id, "--standing", "member"];
        node.ok(&[&member[..], &["--key", &key, "--draft", draft]].concat());
        node.ok(&["agreement", "import", draft]);
    }
    (north, south)
}

/// Makes the second node a peer that may read these collections of the first.
fn introduce(north: &Node, south: &Node, server: &Server, aliases: &[String]) {
    let mut arguments = vec!["key", "add", "--member", SOUTH];
    arguments.extend(aliases.iter().flat_map(|alias| ["--collection", alias.as_str()]));
    let key = north.json(&arguments);
    let url = format!("http://{}/", server.address);
    let user = key["user"].as_str().unwrap();
    let peer =
        ["peer", "add", "north", &url, "--member", "EXERCISE North desk", "--user", user, "--secret", "-"];
    let added = south.run_with(&peer, key["secret"].as_str().unwrap().as_bytes());
    assert_eq!(added.code, 0, "{added:?}");
}

#[test]
fn a_pull_that_is_killed_anywhere_loses_nothing_and_takes_nothing_twice() {
    let mut draws = Draws::new(!SEED);
    let mut kills = 0;
    let mut rounds = 0;
    let (north, south) = pair();
    let server = north.serve();
    let mut next = 1;
    while kills < PULL_KILLS {
        // Some collections of one page, and one of two.
        let sizes: [usize; 5] = [60, 60, 60, 60, 1_100];
        let mut aliases = Vec::new();
        for (n, size) in sizes.iter().enumerate() {
            let title = format!("Round {rounds} {n}");
            let alias = north.json(&["collection", "add", &title])["alias"].as_str().unwrap().to_owned();
            let file = north.file("notes.ndjson", notes(next..next + size).as_bytes());
            north.ok(&["import", &file, "--collection", &alias]);
            next += size;
            aliases.push(alias);
        }
        if rounds > 0 {
            south.ok(&["peer", "remove", "north"]);
        }
        introduce(&north, &south, &server, &aliases);
        let mut torment = Torment::new(south.home_text(), &mut draws);
        let pulled = torment.run(&["pull", "north"]);
        kills += torment.kills;
        rounds += 1;
        let note = format!("seed {:#x}, round {rounds}, {kills} kills", !SEED);
        assert_eq!(pulled.code, 0, "{note}: {pulled:?}");
        for (alias, size) in aliases.iter().zip(sizes) {
            let here = contents(south.home_text(), &format!("north-{alias}"));
            let keys: BTreeSet<_> = here.iter().map(|one| (&one.0, &one.1)).collect();
            assert_eq!((here.len(), keys.len()), (size, size), "{note}: each of {alias} once");
            assert_eq!(here, contents(north.home_text(), alias), "{note}: {alias}");
        }
        verify(south.home_text(), &note);
        let again = south.json(&["pull", "north"]);
        let received: u64 =
            again.as_array().unwrap().iter().map(|one| one["received"].as_u64().unwrap()).sum();
        assert_eq!(received, 0, "{note}: {again}");
    }
    println!("{kills} kills in {rounds} rounds");
}
