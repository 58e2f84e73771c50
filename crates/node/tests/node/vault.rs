//! Backup while the node serves, and restore.

use crate::stage::{Node, SOUTH, note, note_id, run};

#[test]
fn a_backup_taken_while_serving_restores_to_a_node_that_verifies() {
    let north = Node::north(None);
    north.import(&note(1, Some("green")), &[]);
    let (_, secret) = north.key(SOUTH, "reports");
    let server = north.serve();
    assert_eq!(server.ids(&secret), [note_id(1)]);
    let backup = north.path("node.backup");
    let backup = backup.to_str().unwrap();
    north.ok(&["backup", backup]);
    north.import(&note(2, Some("green")), &[]);
    assert_eq!(server.ids(&secret).len(), 2);

    let again = north.run(&["backup", backup]);
    assert_ne!(again.code, 0, "a backup was overwritten: {again:?}");

    let home = north.path("again");
    let home = home.to_str().unwrap();
    let restored = run(&["restore", backup, "--home", home]);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert!(restored.out.contains("it lacks:") && restored.out.contains("keys"), "{}", restored.out);
    assert_eq!(run(&["verify", "--home", home]).code, 0);
    let records = run(&["records", "--home", home, "--json"]).json().to_string();
    assert!(records.contains(&note_id(1)) && !records.contains(&note_id(2)), "{records}");
    let onto = run(&["restore", backup, "--home", home]);
    assert_eq!(onto.code, 1, "a home was overwritten: {onto:?}");
}

#[test]
fn a_node_restored_without_its_keys_can_be_read_and_with_them_be_changed_once_it_has_caught_up() {
    let north = Node::north(None);
    north.import(&note(1, Some("green")), &[]);
    let backup = north.path("node.backup");
    let backup = backup.to_str().unwrap();
    north.ok(&["backup", backup]);
    let bare = north.path("bare");
    let bare = bare.to_str().unwrap();
    assert_eq!(run(&["restore", backup, "--home", bare]).code, 0);
    assert!(run(&["records", "--home", bare]).out.contains(&note_id(1)));
    let refused = run(&["collection", "add", "More", "--home", bare]);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.err.contains("keys"), "{}", refused.err);

    let whole = north.path("whole");
    let whole = whole.to_str().unwrap();
    let keys = format!("{}/keys", north.home_text());
    assert_eq!(run(&["restore", backup, "--home", whole, "--keys", &keys]).code, 0);
    assert_eq!(run(&["verify", "--home", whole]).code, 0);
    let early = run(&["collection", "add", "More", "--home", whole]);
    assert_eq!(early.code, 1, "{early:?}");
    assert!(early.err.contains("comity catch-up"), "{}", early.err);
    let caught = run(&["catch-up", "--home", whole]);
    assert_eq!(caught.code, 0, "{caught:?}");
    assert!(caught.out.contains("the node works as before"), "{}", caught.out);
    assert_eq!(run(&["collection", "add", "More", "--home", whole]).code, 0);
    assert_eq!(run(&["verify", "--home", whole]).code, 0);
    let twice = run(&["catch-up", "--home", whole]);
    assert_eq!(twice.code, 1, "{twice:?}");

    let stranger = Node::make("EXERCISE South desk", None);
    let other = north.path("other");
    let foreign = format!("{}/keys", stranger.home_text());
    let wrong = run(&["restore", backup, "--home", other.to_str().unwrap(), "--keys", &foreign]);
    assert_eq!(wrong.code, 1, "{wrong:?}");
}

#[test]
fn a_backup_moves_between_engines() {
    let Some(url) = comity_testkit::postgres() else { return };
    let north = Node::north(None);
    north.import(&note(1, Some("green")), &[]);
    let backup = north.path("node.backup");
    let backup = backup.to_str().unwrap();
    north.ok(&["backup", backup]);
    let home = north.path("again");
    let home = home.to_str().unwrap();
    let restored = run(&["restore", backup, "--home", home, "--store", &url]);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert_eq!(run(&["verify", "--home", home]).code, 0);
    assert!(run(&["records", "--home", home]).out.contains(&note_id(1)));
}

#[test]
fn what_is_no_backup_is_refused_and_leaves_no_home() {
    let north = Node::make("EXERCISE North desk", None);
    let file = north.file("text.backup", b"EXERCISE");
    let home = north.path("again");
    let refused = run(&["restore", &file, "--home", home.to_str().unwrap()]);
    assert_ne!(refused.code, 0);
    assert_eq!(refused.err.lines().count(), 1, "{}", refused.err);
    assert_eq!(run(&["records", "--home", home.to_str().unwrap()]).code, 3);
}

#[test]
fn reindex_changes_nothing_that_is_served() {
    let north = Node::north(None);
    north.import(&note(1, Some("green")), &[]);
    let (_, secret) = north.key(SOUTH, "reports");
    let server = north.serve();
    let page = |secret: &str| server.get("/taxii2/api/collections/reports/objects/", secret).body;
    let before = page(&secret);
    north.ok(&["reindex"]);
    assert_eq!(page(&secret), before);
    north.ok(&["verify"]);
}
