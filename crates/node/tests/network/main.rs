//! Four node processes in network namespaces of their own, joined by printed invitations and by nothing else, over TLS and a
//! network that loses, delays and cuts. One of them recalls a record while another one is cut off. In the end whoever looks
//! from outside, over the API alone, finds everything in order.
//!
//! It takes root and iproute2; without them one line says that it was left out.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test of its own crate; what fails here is the test"
)]

mod ground;

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use self::ground::Ground;

/// Longest until something has come about.
const LONGEST: Duration = Duration::from_secs(100);
/// The names of the members, in the order of their nodes, which are numbered from 1.
const NAMES: [&str; 4] = ["EXERCISE North", "EXERCISE South", "EXERCISE West", "EXERCISE East"];
/// The node that invites.
const NORTH: u8 = 1;
/// A node that passes nothing on.
const SOUTH: u8 = 2;
/// The node that is cut off.
const EAST: u8 = 4;
/// Notes that everybody may have; the one behind them stays at North.
const NOTES: u8 = 5;

/// How a run of the binary ended.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    out: String,
    #[expect(dead_code, reason = "it is told when something fails")]
    err: String,
}

/// One node: a home, a namespace and a process that serves.
struct Node<'a> {
    n: u8,
    ground: &'a Ground,
    folder: TempDir,
    server: Option<Child>,
}

impl<'a> Node<'a> {
    fn new(ground: &'a Ground, n: u8) -> Self {
        Self { n, ground, folder: tempfile::tempdir().unwrap(), server: None }
    }

    fn name(&self) -> &'static str {
        NAMES[usize::from(self.n) - 1]
    }

    /// The binary in the namespace of this node.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.ground.space(self.n), env!("CARGO_BIN_EXE_comity")]);
        command.args(words).env("COMITY_HOME", self.folder.path().join("home")).env_remove("RUST_LOG");
        command
    }

    fn run(&self, words: &[&str]) -> Run {
        let done = self.command(words).stdin(Stdio::null()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run { code: done.status.code(), out: text(done.stdout), err: text(done.stderr) }
    }

    fn ok(&self, words: &[&str]) -> String {
        let run = self.run(words);
        assert_eq!(run.code, Some(0), "{}, {words:?}: {run:?}", self.name());
        run.out
    }

    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[words, &["--json"]].concat())).unwrap()
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn serve(&mut self) {
        let listen = format!("{}:6180", self.ground.address(self.n));
        let words =
            ["serve", "--exit-with-stdin", "--listen", &listen, "--tls-own", "--exchange-seconds", "1"];
        let mut command = self.command(&words);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("listening on https://"), "{}: {line}", self.name());
        self.server = Some(child);
    }

    /// What the API of this node answers to a key, asked from outside.
    fn api(&self, key: &str, path: &str) -> String {
        let url = format!("{}{path}", self.ground.url(self.n));
        let bearer = format!("Authorization: Bearer {key}");
        let accept = "Accept: application/taxii+json;version=2.1, application/json, text/plain";
        let words = ["-sk", "--fail-with-body", "--max-time", "20", "-H", &bearer, "-H", accept, &url];
        let done = Command::new("curl").args(words).output().unwrap();
        let text = String::from_utf8(done.stdout).unwrap();
        assert!(done.status.success(), "{url}: {:?} {text}", done.status);
        text
    }

    fn api_json(&self, key: &str, path: &str) -> Value {
        serde_json::from_str(&self.api(key, path)).unwrap()
    }

    /// A key of a member, for whoever looks from outside.
    fn key(&self, member: &str, collection: &str) -> String {
        let key = self.json(&["key", "add", "--member", member, "--collection", collection]);
        key["secret"].as_str().unwrap().to_owned()
    }

    /// Ids of the notes in use here.
    fn records(&self) -> BTreeSet<String> {
        let all = self.json(&["list", "--state", "live"]);
        let is_note = |one: &&Value| one["id"].as_str().unwrap().starts_with("note--");
        let all = all.as_array().unwrap().iter().filter(is_note);
        all.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Node<'_> {
    fn drop(&mut self) {
        if let Some(mut child) = self.server.take() {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

/// Asks again until something has come about.
fn until(what: &str, mut is_so: impl FnMut() -> Result<(), String>) {
    let begun = Instant::now();
    loop {
        match is_so() {
            Ok(()) => return,
            Err(why) if begun.elapsed() > LONGEST => panic!("{what}: not within {LONGEST:?}: {why}"),
            Err(_) => {}
        }
    }
}

fn wrong(why: impl std::fmt::Debug) -> Result<(), String> {
    Err(format!("{why:?}"))
}

fn id(number: u8) -> String {
    format!("note--00000000-0000-4000-8000-0000000000{number:02}")
}

fn note(number: u8, marking: &str) -> String {
    format!(
        r#"{{"type":"note","spec_version":"2.1","id":"{}","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","abstract":"EXERCISE note {number}","content":"EXERCISE content","object_marking_refs":["marking-definition--{marking}"],"object_refs":["identity--00000000-0000-4000-8000-000000000999"]}}"#,
        id(number)
    )
}

/// North has what there is; everybody joins by its invitation.
fn stage(ground: &Ground) -> Vec<Node<'_>> {
    let mut north = Node::new(ground, NORTH);
    let home = north.folder.path().join("home");
    north.ok(&["init", home.to_str().unwrap(), "--member", north.name()]);
    north.ok(&["collection", "add", "Reports"]);
    for number in 1..=NOTES + 1 {
        let is_for_all = number <= NOTES;
        let marking = if is_for_all {
            "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
        } else {
            "e828b379-4e03-4974-9ac4-e53a884c97c1"
        };
        let file = north.file("note.json", &note(number, marking));
        north.ok(&["import", &file, "--collection", "reports"]);
    }
    north.serve();
    let mut nodes = vec![north];
    for n in SOUTH..=EAST {
        let (mut node, north) = (Node::new(ground, n), &nodes[0]);
        let invitation =
            north.ok(&["invite", node.name(), "--url", &ground.url(NORTH), "--collection", "reports:r"]);
        let file = node.file("invitation", &invitation);
        let join = ["join", &file, "--url", &ground.url(n), "--collection", "Papers"];
        let mut words = &join[..];
        until("a member joins", || {
            let joined = node.run(words);
            words = if node.folder.path().join("home").exists() { &["join", "--again"] } else { &join };
            if joined.code == Some(0) { Ok(()) } else { wrong(joined) }
        });
        node.serve();
        nodes.push(node);
    }
    nodes
}

/// The state of the only recall that a member was told of, as the API of North says it to that member.
fn state(north: &Node<'_>, key: &str) -> String {
    let recalls = north.api_json(key, "/api/v1/recalls");
    let recalls = recalls["recalls"].as_array().unwrap();
    assert!(recalls.len() < 2, "{recalls:?}");
    recalls.first().map_or_else(String::new, |one| one["state"].as_str().unwrap().to_owned())
}

fn leaves(checkpoint: &str) -> String {
    checkpoint.lines().nth(1).unwrap().to_owned()
}

#[test]
fn four_nodes_over_a_bad_network_agree_on_what_was_shared_and_taken_back() {
    if let Err(why) = ground::is_possible() {
        println!("going on without: network namespaces ({why})");
        return;
    }
    let begun = Instant::now();
    let ground = Ground::new(4, 20_261_122);
    let nodes = stage(&ground);
    let (north, others) = nodes.split_first().unwrap();
    let keys: Vec<String> = others.iter().map(|node| north.key(node.name(), "reports")).collect();
    let before = north.api(&keys[0], "/api/v1/ledger/checkpoint");
    println!("joined after {:?}", begun.elapsed());

    let public: BTreeSet<String> = (1..=NOTES).map(id).collect();
    for node in others {
        until("everybody pulls what it may have", || {
            node.run(&["pull"]);
            let held = node.records();
            if held == public { Ok(()) } else { wrong(held) }
        });
    }
    for key in &keys {
        until("what was taken is confirmed", || received(north, key, &public));
    }
    println!("pulled after {:?}", begun.elapsed());

    ground.unplug(EAST, true);
    ground.cut(NORTH, EAST, true);
    north.ok(&["recall", &id(1), "--withdraw", "--reason", "wrong"]);
    for (node, key) in others.iter().zip(&keys).filter(|(node, _)| node.n != EAST) {
        until("a recall reaches whoever can be reached", || {
            let state = state(north, key);
            if state == "acknowledged" { Ok(()) } else { wrong((node.name(), state)) }
        });
        assert!(!node.records().contains(&id(1)), "{} uses it still", node.name());
    }
    let east = &nodes[usize::from(EAST) - 1];
    assert_eq!(state(north, &keys[2]), "queued", "outstanding, and named so");
    assert!(east.records().contains(&id(1)), "nobody has told it");
    println!("recalled after {:?}", begun.elapsed());

    ground.unplug(EAST, false);
    ground.cut(NORTH, EAST, false);
    until("a recall reaches whoever was cut off", || {
        let state = state(north, &keys[2]);
        if state == "acknowledged" { Ok(()) } else { wrong(state) }
    });
    for (node, key) in others.iter().zip(&keys) {
        let recall = node.json(&["recalls", "--open"])[0]["recall"].as_str().unwrap().to_owned();
        node.ok(&["comply", &recall, "--purge"]);
        until("what was done is answered", || {
            let state = state(north, key);
            if state == "complied" { Ok(()) } else { wrong((node.name(), state)) }
        });
    }
    assert!(ground.lost() > 0, "the network was bad");
    println!("answered after {:?}, {} connections lost", begun.elapsed(), ground.lost());
    ground.calm();
    check(&nodes, &keys, &before);
    println!("{:?} in all; netem: {}", begun.elapsed(), ground.has_netem);
}

/// Everything of this left for a member, nothing else did, and its signed receipts are there.
fn received(north: &Node<'_>, key: &str, public: &BTreeSet<String>) -> Result<(), String> {
    let left = north.api_json(key, "/api/v1/deliveries");
    let left = left["deliveries"].as_array().unwrap();
    let ids: BTreeSet<String> = left.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert!(ids.is_subset(public), "left without a permit: {ids:?}");
    let is_received = |one: &Value| one["state"] == "received";
    if &ids == public && left.iter().all(is_received) { Ok(()) } else { wrong(left) }
}

/// What has to be so in the end, as it looks from outside.
fn check(nodes: &[Node<'_>], keys: &[String], before: &str) {
    let (north, others) = nodes.split_first().unwrap();
    let public: BTreeSet<String> = (1..=NOTES).map(id).collect();
    for (node, key) in others.iter().zip(keys) {
        assert_eq!(received(north, key, &public), Ok(()), "{}", node.name());
        let page = north.api_json(key, "/taxii2/api/collections/reports/objects/");
        let seen = page["objects"].as_array().unwrap().iter();
        let seen: BTreeSet<String> = seen.map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        let allowed: BTreeSet<String> = (2..=NOTES).map(id).collect();
        assert_eq!(seen, allowed, "what was taken back, or was never to leave, is not seen");
        assert_eq!(node.records(), allowed, "{}", node.name());
        assert_eq!(state(north, key), "complied");
    }
    // The ledger that was shown first is a part of the one that stands now.
    let after = north.api(&keys[1], "/api/v1/ledger/checkpoint");
    let path = format!("/api/v1/ledger/consistency?from={}&to={}", leaves(before), leaves(&after));
    let path = north.file("path", &north.api(&keys[2], &path));
    let (old, new) = (north.file("old", before), north.file("new", &after));
    let vkey = north.api_json(&keys[0], "/api/v1/node")["ledger_key"].as_str().unwrap().to_owned();
    let said = others[0].ok(&["verify", "--consistency", &old, &new, "--path", &path, "--vkey", &vkey]);
    assert!(said.starts_with("verified"), "{said}");
    for node in nodes {
        node.ok(&["verify"]);
    }
}
