//! The demonstration as a stranger runs it: it checks itself, and a second run starts clean.
#![expect(clippy::unwrap_used, reason = "a test ends where its surroundings do not work")]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

fn demo(home: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_comity"))
        .arg("demo")
        .args(words)
        .arg("--home")
        .arg(home)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn it_shows_every_part_in_order_and_all_expectations_hold_twice() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("demo");
    for run in 1..=2 {
        let ended = demo(&home, &["--once"]);
        let said = text(&ended.stdout);
        assert!(ended.status.success(), "run {run}: {said}{}", text(&ended.stderr));
        let parts = [
            "1. Who will see it",
            "ok: it arrived exactly as previewed",
            "pairs of record and member: what arrived is what `who-sees` says",
            "2. Why has Demo member B not got it?",
            "guard-groups",
            "3. What was exchanged",
            "Three examples",
            "4. What came of it",
            "received (signed)",
            "ok: every member that pulled it has said so under its signature",
            "5. A handling changes",
            "ok: it arrived, once, and nothing else did",
            "6. Claims side by side",
            "about 30000 persons",
            "about 200000 persons",
            "ratio 6.67",
            "ok: both figures stand",
            "the whole reading is here: 52 claims, 8 conflict sets, 4 sessions",
            "chair of the body: Alexander Bortnikov (stated)",
            "outlined: ",
            "untraced, because period, counting rule and contributors are missing",
            "7. The kinds of records",
            "contact or associate",
            "possibly the same",
            "C3 (6x6)",
            "holds the correction",
            "nobody is selected by nationality alone",
            "8. A record proves wrong",
            "ok: it is out of use there before anybody decided anything",
            "is named as outstanding",
            "states that it deleted it (signed)",
            "ok: it is gone at all three nodes",
            "only its originator",
            "9. The ledgers",
            "proved to an outsider",
            "10. Look further",
        ];
        let mut rest = said.as_str();
        for part in parts {
            let at = rest.find(part);
            assert!(at.is_some(), "run {run}: `{part}` is missing or out of order in\n{said}");
            rest = rest.split_at(at.unwrap()).1;
        }
        assert!(!said.contains("FAILED"), "{said}");
    }
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.txt");
    std::fs::write(&file, "mine").unwrap();
    for words in [&["--once"][..], &["--reset"]] {
        let ended = demo(folder.path(), words);
        assert_eq!(ended.status.code(), Some(1));
        assert!(text(&ended.stderr).contains("not made by the demonstration"), "{}", text(&ended.stderr));
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), "mine");
}

#[test]
fn an_occupied_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let ended = demo(&folder.path().join("demo"), &["--once", "--first-port", &port.to_string()]);
    assert_eq!(ended.status.code(), Some(3));
    assert!(text(&ended.stderr).contains(&port.to_string()), "{}", text(&ended.stderr));
}

#[test]
fn a_node_that_the_demonstration_did_not_make_refuses_both_sets() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("node");
    let comity = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_comity"));
        command.arg("--home").arg(&home).args(words).output().unwrap()
    };
    let made = Command::new(env!("CARGO_BIN_EXE_comity"))
        .arg("init")
        .arg(&home)
        .args(["--member", "EXERCISE desk"])
        .status()
        .unwrap();
    assert!(made.success());
    assert!(comity(&["collection", "add", "Reports"]).status.success());
    let press = concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/council.json");
    let ended = comity(&["council", "import", press, "--collection", "reports", "--editor", "Demo editor"]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(text(&ended.stderr).contains("demonstration"), "{}", text(&ended.stderr));
    assert_eq!(text(&comity(&["records", "--json"]).stdout).trim(), "[]");

    let exercise: serde_json::Value = serde_json::from_str(
        &std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/exercise.json")).unwrap(),
    )
    .unwrap();
    let marked: Vec<String> = exercise["sets"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|set| set["objects"].as_array().unwrap())
        .filter(|object| object["type"] == "note")
        .map(ToString::to_string)
        .collect();
    assert!(marked.len() > 5);
    let file = folder.path().join("exercise.ndjson");
    std::fs::write(&file, marked.join("\n")).unwrap();
    let ended = comity(&["import", file.to_str().unwrap(), "--collection", "reports"]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(!text(&comity(&["records", "--json"]).stdout).contains("note--"));
}
