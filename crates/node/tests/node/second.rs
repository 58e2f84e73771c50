//! A second process on the same home takes effect at the very next request of a running server, on both engines.

use crate::stage::{Node, SOUTH, WEST, note, note_id};

fn a_revoked_key_fails_at_the_next_request(store: Option<&str>) {
    let north = Node::north(store);
    north.import(&note(1, Some("green")), &[]);
    let (id, secret) = north.key(SOUTH, "reports");
    let (_, other) = north.key(SOUTH, "reports");
    let server = north.serve();
    assert_eq!(server.ids(&secret), [note_id(1)]);
    north.ok(&["key", "revoke", &id]);
    let refused = server.get("/taxii2/api/collections/reports/objects/", &secret);
    let unknown = server.get("/taxii2/api/collections/reports/objects/", "no-such-key");
    assert_eq!(refused.status, 401);
    assert_eq!(refused.body, unknown.body);
    assert_eq!(server.ids(&other), [note_id(1)]);
    assert_eq!(server.stop(), 0);
}

fn an_import_is_served_at_the_next_request(store: Option<&str>) {
    let north = Node::north(store);
    let (_, secret) = north.key(SOUTH, "reports");
    let server = north.serve();
    for number in 1..=5 {
        north.import(&note(number, Some("green")), &[]);
        let expected: Vec<String> = (1..=number).map(note_id).collect();
        assert_eq!(server.ids(&secret), expected);
    }
    assert_eq!(server.stop(), 0);
}

fn a_change_of_handling_shows_at_the_next_request(store: Option<&str>) {
    let north = Node::north(store);
    north.import(&note(1, Some("green")), &["--group", "council"]);
    let (_, south) = north.key(SOUTH, "reports");
    let (_, west) = north.key(WEST, "reports");
    let server = north.serve();
    assert_eq!(server.ids(&south), [note_id(1)]);
    assert_eq!(server.ids(&west), [] as [&str; 0]);
    north.ok(&["handling", &note_id(1), "--no-group", "council"]);
    assert_eq!(server.ids(&west), [note_id(1)]);
    north.ok(&["handling", &note_id(1), "--exclude", SOUTH]);
    assert_eq!(server.ids(&south), [] as [&str; 0]);
    assert_eq!(server.ids(&west), [note_id(1)]);
    assert_eq!(server.stop(), 0);
}

fn a_new_key_and_a_new_collection_work_at_once(store: Option<&str>) {
    let north = Node::north(store);
    let server = north.serve();
    north.ok(&["collection", "add", "Late"]);
    let (_, secret) = north.key(SOUTH, "late");
    assert_eq!(server.get("/taxii2/api/collections/late/objects/", &secret).status, 200);
    assert_eq!(server.get("/taxii2/api/collections/reports/objects/", &secret).status, 404);
    assert_eq!(server.stop(), 0);
}

fn another_agreement_decides_the_next_request(store: Option<&str>) {
    let north = Node::north(store);
    north.import(&note(1, Some("amber")), &["--group", "council"]);
    let (_, west) = north.key(WEST, "reports");
    let server = north.serve();
    assert_eq!(server.ids(&west), [] as [&str; 0]);
    north.agree(|agreement| {
        let members = agreement["member"].as_array_mut().unwrap();
        let west = members.iter_mut().find(|member| member["name"].as_str() == Some(WEST)).unwrap();
        west["groups"] = vec!["council"].into();
        west["standing"] = "member".into();
    });
    assert_eq!(server.ids(&west), [note_id(1)]);
    north.agree(|_| {});
    assert_eq!(server.ids(&west), [] as [&str; 0]);
    assert_eq!(server.stop(), 0);
}

/// Two tests of each journey: with the database in a file, and in PostgreSQL.
macro_rules! on_both_engines {
    ($($name:ident)*) => {
        mod file {
            $(#[test] fn $name() { super::$name(None); })*
        }
        mod postgres {
            $(#[test] fn $name() {
                if let Some(url) = comity_testkit::postgres() {
                    super::$name(Some(&url));
                }
            })*
        }
    };
}

on_both_engines! {
    a_revoked_key_fails_at_the_next_request
    an_import_is_served_at_the_next_request
    a_change_of_handling_shows_at_the_next_request
    a_new_key_and_a_new_collection_work_at_once
    another_agreement_decides_the_next_request
}
