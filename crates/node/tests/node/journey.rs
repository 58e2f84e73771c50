//! From a file to a reader, and what each person may do on the way.

use crate::stage::{Node, SOUTH, WEST, note, note_id};

#[test]
fn a_note_travels_from_a_file_to_those_whom_the_preview_named() {
    let north = Node::north(None);
    let file = north.file("note.json", note(1, Some("amber")).as_bytes());
    let options = ["--group", "council"];
    let preview = north.json(&[&["who-sees", &file, "--collection", "reports"], &options[..]].concat());
    let summary = north.import(&note(1, Some("amber")), &options);
    assert_eq!(summary["accepted"], 1);
    assert_eq!(summary["rejected"].as_array().unwrap().len(), 0);
    let promised = north.json(&["who-sees", &note_id(1)]);
    let views = |answer: &serde_json::Value| -> Vec<(String, String)> {
        let sights = answer.as_array().unwrap().iter();
        sights.map(|sight| (sight["member"].to_string(), sight["view"].to_string())).collect()
    };
    assert_eq!(views(&preview), views(&promised));
    let text = north.ok(&["who-sees", &note_id(1)]);
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(line(SOUTH).contains("whole"), "{text}");
    assert!(line(WEST).contains("nothing"), "{text}");

    let (_, south) = north.key(SOUTH, "reports");
    let (_, west) = north.key(WEST, "reports");
    let server = north.serve();
    assert_eq!(server.ids(&south), [note_id(1)]);
    assert_eq!(server.ids(&west), [] as [&str; 0]);
    assert_eq!(server.stop(), 0);

    let deliveries = north.ok(&["deliveries", &note_id(1)]);
    let state = |name: &str| deliveries.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(state(SOUTH).contains("told, cannot confirm"), "{deliveries}");
    assert!(state(WEST).contains("refused by us"), "{deliveries}");
    assert!(north.ok(&["deliveries", "--member", SOUTH]).contains(&note_id(1)));
    assert_eq!(north.run(&["explain", &note_id(1), "--to", SOUTH]).code, 0);
    let denied = north.run(&["explain", &note_id(1), "--to", WEST]);
    assert_eq!(denied.code, 1, "{denied:?}");
    assert!(
        denied.out.contains("guard-") || denied.out.contains("no-permit"),
        "no rule is named: {}",
        denied.out
    );
}

#[test]
fn a_draft_stays_until_it_is_published() {
    let north = Node::north(None);
    let summary = north.import(&note(1, Some("green")), &["--draft"]);
    assert_eq!(summary["held"], 1, "{summary}");
    let (_, south) = north.key(SOUTH, "reports");
    let server = north.serve();
    assert_eq!(server.ids(&south), [] as [&str; 0]);
    north.ok(&["publish", &note_id(1)]);
    assert_eq!(server.ids(&south), [note_id(1)]);
    north.ok(&["withdraw", &note_id(1), "--reason", "EXERCISE over"]);
    assert_eq!(server.ids(&south), [] as [&str; 0]);
}

#[test]
fn what_takes_two_persons_takes_two_different_ones() {
    let north = Node::north(None);
    north.ok(&["user", "add", "lena", "--role", "analyst", "--role", "release-officer"]);
    north.ok(&["user", "add", "omar", "--role", "release-officer"]);
    north.agree(|agreement| {
        agreement.insert("two_person".to_owned(), vec!["red"].into());
    });
    north.import(&note(1, Some("red")), &["--to", SOUTH, "--as", "lena"]);
    let (_, south) = north.key(SOUTH, "reports");
    let server = north.serve();
    let waiting = north.json(&["proposals"]);
    let id = waiting[0]["id"].as_str().unwrap_or_else(|| panic!("nothing waits: {waiting}")).to_owned();
    assert_eq!(server.ids(&south), [] as [&str; 0]);
    let alone = north.run(&["approve", &id, "--as", "lena"]);
    assert_eq!(alone.code, 1, "{alone:?}");
    assert_eq!(server.ids(&south), [] as [&str; 0]);
    north.ok(&["approve", &id, "--as", "omar"]);
    assert_eq!(server.ids(&south), [note_id(1)]);
    assert_eq!(north.ok(&["proposals"]), "nothing waits\n");
}

#[test]
fn a_role_that_is_missing_is_named_in_the_refusal() {
    let north = Node::north(None);
    north.ok(&["user", "add", "ada", "--role", "auditor"]);
    let refused = north.run(&["key", "add", "--member", SOUTH, "--collection", "reports", "--as", "ada"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("ada") && refused.err.contains("administrator"), "{}", refused.err);
    let unknown = north.run(&["collection", "add", "Other", "--as", "nobody"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("nobody"), "{}", unknown.err);
}

#[test]
fn a_draft_of_the_agreement_takes_members_and_nothing_before_its_import() {
    let north = Node::make("EXERCISE North desk", None);
    let draft = north.path("agreement.toml");
    let draft = draft.to_str().unwrap();
    let id = "identity--2b8c7a54-5d0e-4a0e-8f5e-0c8f3c1d9b22";
    let add = ["member", "add", SOUTH, "--id", id, "--standing", "member", "--draft", draft];
    north.ok(&add);
    assert!(!north.ok(&["member", "list"]).contains(SOUTH));
    let differences = north.run(&["agreement", "diff", draft]);
    assert_eq!(differences.code, 1);
    assert!(differences.out.contains(&format!("+ member {SOUTH}")), "{}", differences.out);
    let again = north.run(&add);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("stands there already"), "{}", again.err);
    north.ok(&["agreement", "import", draft]);
    assert!(north.ok(&["member", "list"]).contains(SOUTH));
    assert_eq!(north.run(&["agreement", "diff", draft]).code, 0);
}
