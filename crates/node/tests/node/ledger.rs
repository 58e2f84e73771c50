//! The ledger, checked by somebody who has no home.

use crate::stage::{Node, copy, note, run};

#[test]
fn an_exported_ledger_verifies_offline_and_a_changed_byte_is_found() {
    let north = Node::north(None);
    north.import(&note(1, Some("green")), &[]);
    north.ok(&["verify"]);
    let log = north.path("export");
    let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    north.ok(&["ledger", "export", &text(&log)]);
    let vkey = text(&log.join("vkey"));
    let sound = run(&["verify", "--log", &text(&log), "--vkey", &vkey]);
    assert_eq!(sound.code, 0, "{sound:?}");
    assert!(sound.out.contains("leaves"), "{}", sound.out);

    let other = Node::make("EXERCISE South desk", None);
    let foreign = other.path("export");
    other.ok(&["ledger", "export", &text(&foreign)]);
    let wrong_key = run(&["verify", "--log", &text(&log), "--vkey", &text(&foreign.join("vkey"))]);
    assert_eq!(wrong_key.code, 1, "{wrong_key:?}");

    let forged = north.path("forged");
    copy(&log, &forged);
    let entries = find(&forged.join("tile/entries"));
    let mut bytes = std::fs::read(&entries).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&entries, bytes).unwrap();
    let found = run(&["verify", "--log", &text(&forged), "--vkey", &vkey]);
    assert_eq!(found.code, 1, "{found:?}");
    assert_eq!(found.err.lines().count(), 1, "{}", found.err);
}

#[test]
fn one_leaf_is_proved_without_the_log() {
    let north = Node::north(None);
    let log = north.path("export");
    north.ok(&["ledger", "export", log.to_str().unwrap()]);
    let leaf = north.path("leaf.json");
    let leaf = leaf.to_str().unwrap();
    let proof = north.ok(&["ledger", "proof", "0", "--leaf", leaf]);
    let proof = north.file("leaf.proof", proof.as_bytes());
    let vkey = std::fs::read_to_string(log.join("vkey")).unwrap();
    let sound = run(&["verify", "--proof", &proof, "--leaf", leaf, "--vkey", vkey.trim()]);
    assert_eq!(sound.code, 0, "{sound:?}");
    let other = north.file("other.json", b"{}");
    assert_eq!(run(&["verify", "--proof", &proof, "--leaf", &other, "--vkey", vkey.trim()]).code, 1);
    assert_eq!(north.run(&["ledger", "proof", "9999"]).code, 1);
}

#[test]
fn the_checkpoint_is_the_one_that_the_server_shows() {
    let north = Node::north(None);
    let (_, secret) = north.key(crate::stage::SOUTH, "reports");
    let server = north.serve();
    let served = server.get("/api/v1/ledger/checkpoint", &secret);
    assert_eq!(served.status, 200, "{served:?}");
    assert_eq!(north.ok(&["ledger", "checkpoint"]).trim(), served.body.trim());
}

/// The first file under a folder.
fn find(folder: &std::path::Path) -> std::path::PathBuf {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let first = entries.first().expect("a file").clone();
    if first.is_dir() { find(&first) } else { first }
}
