//! Paging through everything, late arrivals, and keys that open nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::python;
use crate::records::{DRAFT, DRAFT_ID, WITHDRAWN};
use crate::stage::{Node, SOUTH, WEST, note, note_id};
use crate::world::{EMPTY, Key, REPORTS, World, assert_agree, assert_same, canon, canons};

#[test]
fn two_members_page_through_two_different_sets_object_by_object() {
    let Some(python) = python() else { return };
    let world = World::filled(|world, group| {
        // A preview knows neither that these are drafts nor that they will be withdrawn.
        if !group.options.contains(&DRAFT) && group.cases[0].id() != WITHDRAWN {
            assert_agree(&world.preview(group), &World::by_hand(group.cases.iter()));
        }
    });
    assert!(world.cases().count() >= 40);
    let mut promised = World::by_hand(world.cases());
    for ((id, ..), view) in &mut promised {
        // Of a draft it is said who would see it once it is published: it is green.
        if *id == DRAFT_ID {
            *view = "whole".to_owned();
        }
    }
    assert_agree(&world.promises(), &promised);

    let server = world.node.serve();
    let pages =
        |per_request: u64| json!({"do": "objects", "collection": REPORTS, "per_request": per_request});
    for member in [SOUTH, WEST] {
        let client = world.key(member).client(&python, &server);
        let answers = client.run(&[pages(5), pages(1_000), pages(1)]);
        let expected = world.objects_for(member);
        assert!(expected.len() > 15, "{member}: {}", expected.len());
        for answer in &answers {
            assert_same(member, &canons(&answer.objects()), &expected);
        }
        let small = answers[0].ok().as_array().unwrap();
        let length = |page: &Value| page["objects"].as_array().map_or(0, Vec::len);
        assert!(small.iter().all(|page| length(page) <= 5), "{member}");
        assert!(small.len() >= expected.len().div_ceil(5), "{member}: {} pages", small.len());
        let (last, before) = small.split_last().unwrap();
        assert!(before.iter().all(|page| page["more"] == true && page["next"].is_string()), "{member}");
        assert!(last["more"] != true && last.get("next").is_none(), "{member}: {last}");
        assert_eq!(answers[1].ok().as_array().unwrap().len(), 1, "{member}: all fits on one page");
    }
    let set = |member| world.objects_for(member).into_iter().collect::<BTreeSet<_>>();
    let (south, west) = (set(SOUTH), set(WEST));
    assert!(south.difference(&west).count() > 5 && west.difference(&south).count() > 5);
    assert_eq!(server.stop(), 0);
    world.node.ok(&["verify"]);
}

#[test]
fn the_client_finds_the_collections_that_its_key_opens_and_no_other() {
    let Some(python) = python() else { return };
    let world = World::make();
    let server = world.node.serve();
    let ask = |member| world.key(member).client(&python, &server);
    let discovery = ask(SOUTH).step(json!({"do": "discovery"}));
    assert_eq!(discovery.ok()["roots"], json!([format!("http://{}/taxii2/api/", server.address)]));
    assert_eq!(discovery.ok()["versions"], json!(["application/taxii+json;version=2.1"]));
    assert!(discovery.ok()["max_content_length"].as_u64().unwrap() > 1_000_000);
    for (member, titles) in [(SOUTH, vec![REPORTS, EMPTY]), (WEST, vec![REPORTS])] {
        let answer = ask(member).step(json!({"do": "collections"}));
        let found = answer.ok().as_array().unwrap();
        let mut got: Vec<&str> = found.iter().map(|one| one["title"].as_str().unwrap()).collect();
        got.sort();
        assert_eq!(got, titles, "{member}");
        for one in found {
            assert_eq!((&one["can_read"], &one["can_write"]), (&json!(true), &json!(false)), "{one}");
            assert_eq!(one["media_types"], json!(["application/stix+json;version=2.1"]));
        }
    }
    let empty = ask(SOUTH).step(json!({"do": "objects", "collection": EMPTY, "per_request": 5}));
    assert_eq!(empty.ok(), &json!([{}]), "an empty collection is one empty page");
}

#[test]
fn what_is_released_later_arrives_after_the_last_added_time() {
    let Some(python) = python() else { return };
    let north = Node::north(None);
    north.import(&note(1, Some("amber")), &["--group", "council"]);
    north.import(&note(2, Some("green")), &[]);
    let west = Key::make(&north, WEST, &["--collection", "reports"]);
    let server = north.serve();
    let client = west.client(&python, &server);
    let manifest = client.step(json!({"do": "manifest", "collection": REPORTS, "per_request": 10}));
    let seen = manifest.objects();
    assert_eq!(seen.iter().map(|entry| &entry["id"]).collect::<Vec<_>>(), [&json!(note_id(2))]);
    let after = json!({"added_after": seen[0]["date_added"]});
    let news = json!({"do": "objects", "collection": REPORTS, "per_request": 10, "filters": after});
    assert_eq!(client.step(news.clone()).objects(), [] as [Value; 0]);
    north.ok(&["handling", &note_id(1), "--to", WEST]);
    assert_eq!(canons(&client.step(news).objects()), [canon(&note(1, Some("amber")))]);
}

#[test]
fn a_key_that_is_wrong_revoked_or_another_members_opens_nothing() {
    let Some(python) = python() else { return };
    let north = Node::north(None);
    north.import(&note(1, Some("green")), &[]);
    let south = Key::make(&north, SOUTH, &["--collection", "reports"]);
    let west = Key::make(&north, WEST, &["--collection", "reports"]);
    let server = north.serve();
    let step = json!({"do": "objects", "collection": REPORTS, "per_request": 5});
    let good = south.client(&python, &server);
    assert_eq!(good.step(step.clone()).objects().len(), 1);
    for (user, secret) in [(good.user, "wrong"), ("nobody", good.secret), (good.user, west.secret.as_str())] {
        let bad = crate::client::Client { user, secret, ..south.client(&python, &server) };
        assert_eq!(bad.step(step.clone()).status(), 401, "{user}");
    }
    north.ok(&["key", "revoke", &south.id]);
    assert_eq!(good.step(step.clone()).status(), 401);
    assert_eq!(west.client(&python, &server).step(step).objects().len(), 1);
}
