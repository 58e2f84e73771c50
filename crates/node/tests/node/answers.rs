//! What the binary answers: exit codes, one line for every error, counts, JSON.

use std::io::Write as _;
use std::net::TcpListener;

use crate::stage::{Node, Run, SOUTH, command, note, note_id, run, run_with};

/// One line, `error: ...`, and this exit code.
#[track_caller]
fn assert_error(run: &Run, code: i32, part: &str) {
    assert_eq!(run.code, code, "{run:?}");
    assert!(run.err.starts_with("error: ") && run.err.contains(part), "{}", run.err);
    assert_eq!(run.err.trim_end().lines().count(), 1, "{}", run.err);
    assert_eq!(run.out, "");
}

#[test]
fn each_kind_of_failure_has_its_exit_code_and_one_line() {
    let north = Node::north(None);
    assert_error(&run(&["records"]), 2, "COMITY_HOME");
    assert_error(&run(&["records", "--home", north.path("none").to_str().unwrap()]), 3, "comity init");
    assert_error(&north.run(&["show", &note_id(7)]), 1, &note_id(7));
    assert_error(
        &north.run(&["import", "x", "--collection", "reports", "--tlp", "purple"]),
        2,
        "amber+strict",
    );
    assert_error(&north.run(&["import", "/nowhere/x.json", "--collection", "reports"]), 3, "/nowhere/x.json");
    assert_error(
        &north.run_with(&["import", "-", "--collection", "reports"], b"no JSON"),
        1,
        "standard input",
    );
    let good = note(1, Some("green"));
    assert_error(&north.run_with(&["import", "-", "--collection", "none"], good.as_bytes()), 1, "none");
    let to = ["import", "-", "--collection", "reports", "--to", "EXERCISE nobody"];
    assert_error(&north.run_with(&to, good.as_bytes()), 1, "EXERCISE nobody");
    let embargo = ["import", "-", "--collection", "reports", "--embargo", "tomorrow"];
    assert_error(&north.run_with(&embargo, good.as_bytes()), 1, "tomorrow");
    assert_error(&run(&["init", north.home_text(), "--member", "EXERCISE"]), 1, "not empty");
}

#[test]
fn an_import_counts_what_it_did_and_writes_the_reasons_of_refusal() {
    let north = Node::north(None);
    let bundle = format!(
        r#"{{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001","objects":[{},{{"type":"note"}},{}]}}"#,
        note(1, Some("green")),
        note(2, Some("green"))
    );
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(bundle.as_bytes()).unwrap();
    let file = north.file("bundle.json.gz", &gzip.finish().unwrap());
    let rejects = north.path("rejects.jsonl");
    let import = ["import", &file, "--collection", "reports", "--rejects", rejects.to_str().unwrap()];
    let first = north.run(&import);
    assert_eq!(first.code, 1, "{first:?}");
    assert!(
        first.out.starts_with("accepted 2, unchanged 0, handling changed 0, held 0, rejected 1 (reasons in "),
        "{}",
        first.out
    );
    let reasons = std::fs::read_to_string(&rejects).unwrap();
    let reason: serde_json::Value = serde_json::from_str(reasons.lines().next().unwrap()).unwrap();
    assert_eq!(reasons.lines().count(), 1);
    assert_eq!(reason["index"], 1);
    assert_eq!(reason["file"], file.as_str());

    let size = north.json(&["verify"])["leaves"].clone();
    let again = north.run(&import);
    assert!(again.out.starts_with("accepted 0, unchanged 2,"), "{}", again.out);
    assert_eq!(north.json(&["verify"])["leaves"], size, "an import without news wrote to the ledger");

    let changed = north.run(&[&import[..], &["--group", "council"]].concat());
    assert!(changed.out.starts_with("accepted 0, unchanged 0, handling changed 2,"), "{}", changed.out);
}

#[test]
fn shown_bytes_are_the_bytes_that_came() {
    let north = Node::north(None);
    let spaced = note(1, Some("green")).replace(r#","created":"#, " ,\n\t \"created\" : ");
    north.import(&spaced, &[]);
    assert_eq!(north.ok(&["show", &note_id(1), "--raw"]), spaced);
    let shown = north.json(&["show", &note_id(1)]);
    assert_eq!(shown["id"], note_id(1).as_str());
    assert_eq!(shown["handling"]["tlp"], "green");
    let version = format!("{}@2026-01-01T00:00:00.000Z", note_id(1));
    assert_eq!(north.ok(&["show", &version, "--raw"]), spaced);
    assert_eq!(north.run(&["show", &format!("{}@2020-01-01T00:00:00.000Z", note_id(1))]).code, 1);
}

#[test]
fn keys_and_collections_answer_in_json_to_a_program() {
    let north = Node::north(None);
    let collection = north.run(&["collection", "add", "Field notes"]).json();
    assert_eq!(collection["alias"], "field-notes");
    assert_eq!(collection.as_object().unwrap().len(), 3);
    let key =
        north.run(&["key", "add", "--member", SOUTH, "--collection", "field-notes", "--rights", "rw"]).json();
    assert!(key["id"].is_string() && key["user"].is_string() && key["secret"].is_string(), "{key}");
    assert!(!north.ok(&["key", "list"]).contains(key["secret"].as_str().unwrap()));
}

#[test]
fn a_record_cannot_steer_the_terminal_that_lists_it() {
    let north = Node::north(None);
    let tricky = note(1, Some("green")).replace("EXERCISE note 1", "EXERCISE \\u001b[2J\\u202e");
    north.import(&tricky, &[]);
    let listed =
        north.ok(&["records"]) + &north.ok(&["show", &note_id(1)]) + &north.ok(&["who-sees", &note_id(1)]);
    assert!(!listed.contains('\u{1b}') && !listed.contains('\u{202e}'), "{listed:?}");
}

#[test]
fn validate_needs_no_home_and_tells_errors_by_its_exit_code() {
    let good = run_with(&["validate", "-"], note(1, Some("green")).as_bytes());
    assert_eq!(good.code, 0, "{good:?}");
    assert!(good.out.contains("objects 1, errors 0"), "{}", good.out);
    let wrong = note(1, None).replace("2026-01-01T00:00:00.000Z", "yesterday");
    let bad = run_with(&["validate", "-", "--json"], wrong.as_bytes());
    assert_eq!(bad.code, 1, "{bad:?}");
    assert_eq!(bad.json()["valid"], false);
}

#[test]
fn serving_refuses_a_taken_port_and_an_open_address_without_tls() {
    let north = Node::north(None);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = north.run(&["serve", "--listen", &address, "--log-level", "off"]);
    assert_error(&refused, 3, &address);
    let open = north.run(&["serve", "--listen", "0.0.0.0:0", "--log-level", "off"]);
    assert_error(&open, 2, "--behind-proxy");
    let none = north.path("none.pem");
    let none = none.to_str().unwrap();
    let tls =
        ["serve", "--listen", "127.0.0.1:0", "--tls-cert", none, "--tls-key", none, "--log-level", "off"];
    assert_error(&north.run(&tls), 3, "none.pem");
}

#[test]
fn a_server_ends_with_its_input_and_on_sigterm() {
    let north = Node::north(None);
    assert_eq!(north.serve().stop(), 0);
    assert_eq!(north.serve().terminate(), 0);
}

#[test]
fn the_rules_in_force_are_shown_with_their_sentences() {
    let north = Node::north(None);
    let text = north.ok(&["policy", "show"]);
    assert!(text.contains("guard-red") && text.contains("permit ("), "{text}");
    let rules = north.json(&["policy", "show"])["rules"].as_array().unwrap().clone();
    assert!(rules.len() > 20 && rules.iter().all(|rule| !rule["says"].as_str().unwrap().is_empty()));
}

#[test]
fn completions_name_every_command() {
    let script = run(&["completions", "bash"]).out;
    for name in ["who-sees", "deliveries", "reindex", "checkpoint"] {
        assert!(script.contains(name), "{name}");
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = command(&["completions", "bash"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
