//! The commands about STIX as programs use them: lines in, lines out, and exit codes.
#![expect(clippy::unwrap_used, reason = "what drives the binary fails loudly")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;

const ADDRESS: &str =
    r#"{"type":"ipv4-addr","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"198.51.100.3"}"#;
const BROKEN: &str =
    r#"{"type":"ipv4-addr","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"300.1.1.1"}"#;

fn comity(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_comity"));
    command
        .args(words)
        .env_remove("COMITY_HOME")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a command on `input`; the lines of its standard output as JSON.
fn lines(words: &[&str], input: &str) -> (Option<i32>, Vec<serde_json::Value>) {
    let mut child = comity(words).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    assert!(stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    let text = String::from_utf8(stdout).unwrap();
    (status.code(), text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn validate_answers_each_line_in_its_place() {
    let bundle = format!(
        r#"{{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[{ADDRESS},{BROKEN}]}}"#
    );
    let input = format!("{ADDRESS}\nno json\n{bundle}\n\n[1]\n{ADDRESS}");
    let (code, answers) = lines(&["validate", "--json", "-"], &input);
    assert_eq!(code, Some(1));
    let valid: Vec<_> = answers.iter().map(|answer| answer["valid"].as_bool().unwrap()).collect();
    assert_eq!(valid, [true, false, false, false, false, true]);
    for (index, answer) in answers.iter().enumerate() {
        assert_eq!(answer["index"], index);
    }
    assert_eq!(answers[0]["id"], "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4");
    assert_eq!(answers[1]["findings"][0]["code"], "unreadable");
    assert_eq!(answers[2]["id"], "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d");
    let finding = &answers[2]["findings"][0];
    let keys: Vec<_> = finding.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["code", "level", "path", "message", "clause"]);
    assert_eq!((&finding["code"], &finding["path"]), (&"address".into(), &"objects.[1].value".into()));
    assert_eq!(lines(&["validate", "--json", "-"], ADDRESS).0, Some(0));
    assert_eq!(lines(&["validate", "--json", "-"], "").0, Some(0));
}

#[test]
fn an_answer_comes_before_the_next_question_is_asked() {
    let mut child = comity(&["validate", "--json", "-"]).spawn().unwrap();
    let mut questions = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for (text, valid) in [(ADDRESS, true), (BROKEN, false), (ADDRESS, true)] {
        questions.write_all(format!("{text}\n").as_bytes()).unwrap();
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&line).expect("an answer");
        assert_eq!(answer["valid"], valid, "{line}");
    }
    drop(questions);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn patterns_and_identifiers_are_answered_by_line() {
    let patterns = "{\"pattern\":\"[a:b = 1]\"}\n{\"pattern\":\"[a:b within]\"}\n{}\n";
    let (code, answers) = lines(&["pattern", "check", "--json", "-"], patterns);
    assert_eq!(code, Some(1));
    assert_eq!(answers[0], serde_json::json!({"index": 0, "valid": true, "error": null}));
    assert!(answers[1]["error"].as_str().unwrap().contains("column 6"), "{answers:?}");
    assert_eq!(answers[2]["valid"], false);

    let objects = "{\"type\":\"ipv4-addr\",\"value\":\"198.51.100.3\"}\n{\"type\":\"process\",\"pid\":3}\n";
    let (code, answers) = lines(&["stix", "id", "--json", "-"], objects);
    assert_eq!(code, Some(1));
    let expected = "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4";
    assert_eq!(answers[0], serde_json::json!({"index": 0, "id": expected}));
    assert!(answers[1]["id"].is_null() && answers[1]["error"].is_string());
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    if name.ends_with(".gz") {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        std::fs::write(path, encoder.finish().unwrap()).unwrap();
    } else {
        std::fs::write(path, text).unwrap();
    }
}

#[test]
fn a_folder_is_read_with_what_is_in_it_and_names_where_a_fault_stands() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "good.json", ADDRESS);
    write(folder.path(), "deep/many.jsonl.gz", &format!("{ADDRESS}\n{BROKEN}\n"));
    write(folder.path(), "notes.txt", "no STIX");
    let ended = comity(&["validate", folder.path().to_str().unwrap()]).output().unwrap();
    let text = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{text}");
    assert!(text.contains("many.jsonl.gz:2:"), "{text}");
    assert!(text.contains("^^^^^^^^^^^"), "{text}");
    assert!(text.ends_with("files 2, objects 3, errors 1, warnings 2\n"), "{text}");
}

#[test]
fn the_lenient_profile_lets_pass_what_repair_mends() {
    let folder = tempfile::tempdir().unwrap();
    let text = concat!(
        r#"{"type":"campaign","spec_version":"2.1","id":"campaign--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","#,
        r#""created":"2016-04-06T20:03:00Z","modified":"2016-04-06T20:03:00.000Z","name":"EXERCISE","labels":[]}"#
    );
    write(folder.path(), "feed.json", text);
    let file = folder.path().join("feed.json");
    let file = file.to_str().unwrap();
    let code = |words: &[&str]| comity(words).output().unwrap().status.code();
    assert_eq!(code(&["validate", file]), Some(1));
    assert_eq!(code(&["validate", file, "--profile", "lenient"]), Some(0));
    let ended = comity(&["stix", "repair", file]).output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("time-digits") && said.contains("empty-list"), "{said}");
    write(folder.path(), "mended.json", std::str::from_utf8(&ended.stdout).unwrap());
    let mended = folder.path().join("mended.json");
    assert_eq!(code(&["validate", mended.to_str().unwrap()]), Some(0));
    assert_eq!(code(&["stix", "diff", file, mended.to_str().unwrap()]), Some(1));
    assert_eq!(code(&["stix", "diff", file, file]), Some(0));
}
