//! The client that others use (`taxii2-client` of PyPI, unchanged) reads as two members and gets two different,
//! correct sets, object by object.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::stage::{Node, SOUTH, WEST, note, note_id};

const PACKAGE: &str = "taxii2-client==2.3.0";
/// Notes imported under each handling.
const NOTES: u8 = 10;

/// A Python with the client, made once and kept in the build folder; none when this machine cannot have it.
fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(PACKAGE);
    let python = folder.join("bin/python");
    let works = || {
        Command::new(&python)
            .args(["-c", "import taxii2client.v21"])
            .output()
            .is_ok_and(|run| run.status.success())
    };
    if works() {
        return Some(python);
    }
    let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).output();
    let installed = Command::new(&python).args(["-m", "pip", "install", "--quiet", PACKAGE]).output();
    if works() {
        return Some(python);
    }
    let reason = format!("the foreign TAXII client is missing: Python 3 with venv and {PACKAGE} are needed");
    #[expect(
        clippy::disallowed_methods,
        reason = "a test asks whether it runs in CI, where nothing may be left out"
    )]
    let in_ci = std::env::var_os("CI").is_some();
    assert!(!in_ci, "{reason}: {made:?} {installed:?}");
    eprintln!("{reason}");
    None
}

/// What the client reads with a key.
fn read(python: &Path, address: &str, user: &str, secret: &str) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/client.py");
    let url = format!("http://{address}/taxii2/");
    let run = Command::new(python).arg(script).args([&url, user, secret]).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap()
}

#[test]
fn two_members_read_two_different_correct_sets_with_a_client_that_is_not_ours() {
    let Some(python) = python() else { return };
    let north = Node::north(None);
    north.ok(&["collection", "add", "South only"]);
    let mut expected: BTreeMap<&str, Vec<String>> = BTreeMap::from([(SOUTH, Vec::new()), (WEST, Vec::new())]);
    let handlings: [(&str, &[&str], &[&str]); 5] = [
        ("green", &[], &[SOUTH, WEST]),
        ("amber", &["--group", "council"], &[SOUTH]),
        ("red", &["--to", WEST], &[WEST]),
        ("green", &["--exclude", SOUTH], &[WEST]),
        ("red", &[], &[]),
    ];
    for (place, (tlp, options, readers)) in (0_u8..).zip(handlings) {
        let numbers = place * NOTES + 1..=place * NOTES + NOTES;
        let lines: Vec<String> = numbers.clone().map(|number| note(number, Some(tlp))).collect();
        let file = north.file("notes.jsonl", lines.join("\n").as_bytes());
        north.ok(&[&["import", &file, "--collection", "reports"], options].concat());
        for reader in readers {
            expected.get_mut(reader).unwrap().extend(lines.clone());
        }
    }
    let extra = north.file("extra.json", note(99, Some("green")).as_bytes());
    north.ok(&["import", &extra, "--collection", "south-only"]);
    let key = |member: &str, collections: &[&str]| {
        let mut arguments = vec!["key", "add", "--member", member];
        arguments.extend(collections.iter().flat_map(|collection| ["--collection", collection]));
        let key = north.json(&arguments);
        (key["user"].as_str().unwrap().to_owned(), key["secret"].as_str().unwrap().to_owned())
    };
    let keys = [(SOUTH, key(SOUTH, &["reports", "south-only"])), (WEST, key(WEST, &["reports"]))];

    let server = north.serve();
    for (member, (user, secret)) in keys {
        let got = read(&python, &server.address, &user, &secret);
        let reports = &got["collections"]["Reports"];
        let wanted: Vec<Value> =
            expected[member].iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(reports["objects"].as_array().unwrap(), &wanted, "{member}");
        let ids: Vec<&Value> = wanted.iter().map(|object| &object["id"]).collect();
        assert_eq!(reports["manifest"].as_array().unwrap().iter().collect::<Vec<_>>(), ids, "{member}");
        assert!(reports["pages"].as_u64().unwrap() >= 3, "{member}: {}", reports["pages"]);
        for (object, asked) in wanted.iter().zip(reports["by_id"].as_array().unwrap()) {
            assert_eq!(asked[0], *object, "{member}");
        }
        let south_only = got["collections"].get("South only");
        assert_eq!(south_only.is_some(), member == SOUTH, "{member}");
        if let Some(found) = south_only {
            assert_eq!(found["objects"][0]["id"], note_id(99).as_str());
        }
    }
}
