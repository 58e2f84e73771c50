//! Foreign verifiers: the packages with which Go verifies its checksum database, and a Python program without any
//! package, check checkpoints, proofs, tiles and the signature of a witness, and refuse altered copies of each.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test of its own crate; what fails here is the test"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use comity_app::exchange;
use comity_testkit::mesh::Mesh;
use comity_testkit::{Community, Place, READ, Seat};

/// Leaves in the log: more than a tile, and no round number.
const LEAVES: usize = 301;

fn comity(home: &Path, arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_comity"));
    let output = command.args(arguments).arg("--home").arg(home).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn size(checkpoint: &[u8]) -> usize {
    std::str::from_utf8(checkpoint).unwrap().lines().nth(1).unwrap().parse().unwrap()
}

/// A folder with what a node hands out to outsiders.
fn handed_out() -> tempfile::TempDir {
    let seats = ["EXERCISE North", "EXERCISE South"].map(|name| Seat::member(name).node(Place::file()));
    let mut community = Community::new(31, seats.into());
    let mesh = Arc::new(Mesh::default());
    for (n, node) in community.nodes.iter_mut().enumerate() {
        let _ = node.collection("EXERCISE");
        node.join(&mesh, &format!("https://node-{n}.example"));
    }
    let (node, south) = (&community.nodes[0], &community.nodes[1]);
    node.befriend(south, "south", "https://node-1.example", "exercise");
    let collection = "exercise";
    let home = node.app.home();
    let old = loop {
        let checkpoint = comity_app::ledger::checkpoint(&node.app).unwrap().unwrap();
        if size(checkpoint.as_bytes()) >= LEAVES / 2 {
            break checkpoint;
        }
        let _ = node.key("EXERCISE South", collection, READ);
    };
    while size(comity_app::ledger::checkpoint(&node.app).unwrap().unwrap().as_bytes()) < LEAVES {
        let _ = node.key("EXERCISE South", collection, READ);
    }
    // The other member signs the newest checkpoint.
    let met = exchange::run(&node.app, &node.operator(), None).unwrap().remove(0);
    assert_eq!(met.failure, "");
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let export = folder.path().join("log");
    comity(home, &["ledger", "export", export.to_str().unwrap()]);
    fs::rename(export.join("vkey"), folder.path().join("vkey")).unwrap();
    let new = comity(home, &["ledger", "checkpoint"]);
    let leaf = folder.path().join("leaf");
    let proof = comity(home, &["ledger", "proof", "117", "--witnessed", "--leaf", leaf.to_str().unwrap()]);
    let [from, to] = [size(old.as_bytes()), size(&new)].map(|size| size.to_string());
    let path = file("path", &comity(home, &["ledger", "consistency", &from, &to]));
    let (old, new) = (file("old", old.as_bytes()), file("new", &new));
    let vkey = folder.path().join("vkey");
    let vkey = vkey.to_str().unwrap();
    let said = comity(home, &["verify", "--consistency", &old, &new, "--path", &path, "--vkey", vkey]);
    assert!(String::from_utf8(said).unwrap().starts_with("verified"));
    let witness = file("witness", &comity(south.app.home(), &["witness", "key"]));
    let leaf = leaf.to_str().unwrap();
    let proof = file("proof", &proof);
    let said =
        comity(home, &["verify", "--proof", &proof, "--leaf", leaf, "--vkey", vkey, "--witness", &witness]);
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("number 117") && said.contains("witnessed by comity/"), "{said}");
    let listed = String::from_utf8(comity(home, &["witness", "list", "--json"])).unwrap();
    assert!(listed.contains("EXERCISE South"), "{listed}");
    let signed = fs::read_dir(export.join("cosigned")).unwrap().next().unwrap().unwrap().path();
    fs::rename(signed, folder.path().join("witnessed")).unwrap();
    folder
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign").join(name)
}

fn accepts(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.starts_with("ok, "), "{said}");
}

/// Whether a program is here; without it one line is said, and in CI the test fails.
fn has(program: &str, arguments: &[&str], what: &str) -> bool {
    let found = Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success());
    #[expect(
        clippy::disallowed_methods,
        reason = "a test asks whether it runs where nothing may be left out"
    )]
    let in_ci = std::env::var_os("CI").is_some();
    assert!(found || !in_ci, "missing: {what}");
    if !found {
        eprintln!("left out: {what} is not here");
    }
    found
}

#[test]
fn the_packages_that_verify_the_checksum_database_of_go_verify_a_ledger() {
    let needed = Path::new("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog");
    let what = "Go and its sumdb packages (on Debian: apt-get install golang-go golang-golang-x-mod-dev)";
    if !has("go", &["version"], what) || !has("test", &["-d", needed.to_str().unwrap()], what) {
        return;
    }
    let folder = handed_out();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go");
    let mut go = Command::new("go");
    go.arg("run").arg(script("check.go")).arg(folder.path()).env("GOCACHE", cache);
    accepts(&go.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").output().unwrap());
}

#[test]
fn a_program_written_from_the_specifications_verifies_a_ledger() {
    if !has("python3", &["--version"], "Python 3") {
        return;
    }
    let folder = handed_out();
    let script = script("check.py");
    accepts(&Command::new("python3").arg("-IB").arg(script).arg(folder.path()).output().unwrap());
}
