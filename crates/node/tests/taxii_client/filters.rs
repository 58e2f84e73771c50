//! The filters, single objects, their versions, and the manifest: each agrees with the pages.

use serde_json::{Value, json};

use crate::client::python;
use crate::records::{Sees, VERSIONED, WITHDRAWN};
use crate::stage::{SOUTH, WEST};
use crate::world::{REPORTS, World, assert_same, canon, canons};

fn kind(canonical: &str) -> String {
    let object: Value = serde_json::from_str(canonical).unwrap();
    object["type"].as_str().unwrap().to_owned()
}

#[test]
fn filters_choose_from_what_the_member_sees_and_from_nothing_else() {
    let Some(python) = python() else { return };
    let world = World::filled(|_, _| ());
    let server = world.node.serve();
    for member in [SOUTH, WEST] {
        let client = world.key(member).client(&python, &server);
        let ask = |filters: Value| {
            let answer = client
                .step(json!({"do": "objects", "collection": REPORTS, "per_request": 3, "filters": filters}));
            canons(&answer.objects())
        };
        let newest = world.objects_for(member);
        let of_kinds = |kinds: &[&str]| -> Vec<String> {
            newest.iter().filter(|one| kinds.contains(&kind(one).as_str())).cloned().collect()
        };
        assert_eq!(ask(json!({"type": "indicator"})), of_kinds(&["indicator"]), "{member}");
        assert_eq!(ask(json!({"type": ["report", "ipv4-addr"]})), of_kinds(&["report", "ipv4-addr"]));
        assert_eq!(ask(json!({"type": "malware"})), [] as [String; 0]);
        // Half of all ids, seen or not: only what is seen comes.
        let asked: Vec<String> = world.cases().step_by(2).map(|case| case.id()).collect();
        let by_id = |one: &&String| {
            let object: Value = serde_json::from_str(one).unwrap();
            asked.iter().any(|id| object["id"] == id.as_str())
        };
        assert_eq!(ask(json!({"id": asked})), newest.iter().filter(by_id).cloned().collect::<Vec<_>>());
        assert_same(member, &ask(json!({"version": "all"})), &world.versions_for(member));
        assert_same(member, &ask(json!({"version": "last"})), &newest);
        assert_same(member, &ask(json!({"spec_version": "2.1"})), &newest);
        assert_eq!(ask(json!({"spec_version": "2.0"})), [] as [String; 0]);

        let of_note = |version: &str| {
            let found = ask(json!({"id": VERSIONED, "version": version})).into_iter();
            found
                .map(|one| serde_json::from_str::<Value>(&one).unwrap()["modified"].clone())
                .collect::<Vec<_>>()
        };
        let (first, second, third) =
            ("2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z");
        let visible = if member == SOUTH { vec![first, second] } else { vec![first] };
        assert_eq!(of_note("all"), visible, "{member}");
        assert_eq!(of_note("first"), [first], "{member}");
        assert_eq!(of_note("last"), [*visible.last().unwrap()], "{member}");
        assert_eq!(of_note(second).len(), visible.len() - 1, "{member}");
        assert_eq!(of_note(third), [] as [Value; 0], "{member}");
    }
}

#[test]
fn an_object_by_its_id_is_the_one_of_the_pages_or_is_not_there() {
    let Some(python) = python() else { return };
    let world = World::filled(|_, _| ());
    let server = world.node.serve();
    for member in [SOUTH, WEST] {
        let client = world.key(member).client(&python, &server);
        let cases: Vec<_> = world.cases().filter(|case| case.id() != VERSIONED).collect();
        let steps: Vec<Value> = cases
            .iter()
            .map(|case| json!({"do": "get_object", "collection": REPORTS, "id": case.id()}))
            .collect();
        for (case, answer) in cases.iter().zip(client.run(&steps)) {
            match case.received_by(member) {
                Some(text) => assert_eq!(canons(&answer.objects()), [canon(text)], "{member}"),
                None => assert_eq!(answer.status(), 404, "{member}: {}", case.id()),
            }
        }
        let absent = "note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0000";
        let step = |what: &str, id: &str, version: &str| {
            let filters = if version.is_empty() { json!({}) } else { json!({"version": version}) };
            json!({"do": what, "collection": REPORTS, "id": id, "filters": filters})
        };
        let answers = client.run(&[
            step("get_object", VERSIONED, "all"),
            step("versions", VERSIONED, ""),
            step("versions", WITHDRAWN, ""),
            step("versions", absent, ""),
            step("get_object", absent, ""),
        ]);
        let count = if member == SOUTH { 2 } else { 1 };
        assert_eq!(answers[0].objects().len(), count, "{member}");
        assert_eq!(answers[1].ok()["versions"].as_array().unwrap().len(), count, "{member}");
        for answer in &answers[2..] {
            assert_eq!(answer.status(), 404, "{member}");
        }
    }
}

#[test]
fn the_manifest_lists_exactly_the_versions_that_can_be_fetched() {
    let Some(python) = python() else { return };
    let world = World::filled(|_, _| ());
    let server = world.node.serve();
    for member in [SOUTH, WEST] {
        let client = world.key(member).client(&python, &server);
        let filters = json!({"version": "all"});
        let step = json!({"do": "manifest", "collection": REPORTS, "per_request": 4, "filters": filters});
        let answer = client.step(step);
        let entries = answer.objects();
        assert!(answer.ok().as_array().unwrap().len() >= entries.len().div_ceil(4));
        let listed: Vec<(Value, Value)> =
            entries.iter().map(|entry| (entry["id"].clone(), entry["version"].clone())).collect();
        let seen = world.cases().filter(|case| *sees(case, member) != Sees::Nothing);
        let expected: Vec<(Value, Value)> =
            seen.map(|case| (case.id().into(), case.version().into())).collect();
        assert_eq!(listed, expected, "{member}");
        let added: Vec<&str> = entries.iter().map(|entry| entry["date_added"].as_str().unwrap()).collect();
        assert!(added.is_sorted_by(|a, b| a < b), "{member}: {added:?}");
        // Each added-time cuts the pages at its own place.
        let newer = json!({"version": "all", "added_after": added[added.len() / 2]});
        let rest =
            client.step(json!({"do": "objects", "collection": REPORTS, "per_request": 4, "filters": newer}));
        let half = world.versions_for(member).split_off(added.len() / 2 + 1);
        assert_same(member, &canons(&rest.objects()), &half);
    }
}

fn sees<'a>(case: &'a crate::records::Case, member: &str) -> &'a Sees {
    if member == SOUTH { &case.south } else { &case.west }
}
