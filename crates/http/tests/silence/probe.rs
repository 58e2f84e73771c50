//! What the reader asks: every route that a key opens, whole and in small pages, for what it sees, for what it never
//! sees and for what nobody has.

use axum::http::Method;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::story::WORDS;
use crate::world::World;

const UNKNOWN: &str = "note--ffffffff-0000-4000-8000-000000000000";

/// The body of an answer without what the ledger tells, which is excepted: its head, and the numbers of its leaves.
pub fn without_ledger(path: &str, bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let tells = ["/api/v1/node", "/api/v1/deliveries", "/api/v1/exchange"];
    if !tells.iter().any(|start| path.starts_with(start)) {
        return text;
    }
    let mut value: Value = serde_json::from_slice(bytes).unwrap();
    if let Some(fields) = value["ledger"].as_object_mut() {
        fields.remove("checkpoint");
    }
    if let Some(fields) = value.as_object_mut() {
        fields.remove("checkpoint");
    }
    for one in value["deliveries"].as_array_mut().into_iter().flatten() {
        one["leaf"] = Value::Null;
    }
    value.to_string()
}

/// Follows a path through its pages by `next`.
fn pages(world: &mut World, runtime: &Runtime, path: &str, field: &str) {
    let mut at = path.to_owned();
    for _ in 0..60 {
        let (status, bytes, _) = world.send(runtime, Method::GET, &at, None);
        let next = serde_json::from_slice::<Value>(&bytes)
            .ok()
            .and_then(|body| body["next"].as_str().map(str::to_owned));
        let Some(next) = next.filter(|_| status == 200) else { return };
        at = format!("{path}&{field}={next}");
    }
    panic!("{path} has no end");
}

pub fn ask(world: &mut World, runtime: &Runtime) {
    let collection = world.template.collection.clone();
    let base = format!("/taxii2/api/collections/{collection}");
    for path in ["/taxii2/", "/taxii2/api/", "/taxii2/api/collections/"] {
        world.send(runtime, Method::GET, path, None);
    }
    world.send(runtime, Method::GET, &format!("{base}/"), None);
    pages(world, runtime, &format!("{base}/objects/?limit=2&match[version]=all"), "next");
    pages(world, runtime, &format!("{base}/manifest/?limit=3"), "next");
    world.send(runtime, Method::GET, &format!("{base}/objects/?match[version]=first"), None);
    let mut after = "2020-01-01T00:00:00Z".to_owned();
    for _ in 0..60 {
        let path = format!("{base}/objects/?limit=2&added_after={after}");
        let (_, _, last) = world.send(runtime, Method::GET, &path, None);
        if last.is_empty() {
            break;
        }
        after = last;
    }
    let mut ids: Vec<String> = (0..world.papers.len()).map(|number| world.first_id(number)).collect();
    ids.sort();
    ids.dedup();
    ids.push(UNKNOWN.to_owned());
    for id in &ids {
        world.send(runtime, Method::GET, &format!("{base}/objects/{id}/?match[version]=all"), None);
        world.send(runtime, Method::GET, &format!("/api/v1/collections/{collection}/records/{id}"), None);
    }
    for id in ids.iter().step_by(2) {
        world.send(runtime, Method::GET, &format!("{base}/objects/{id}/versions/"), None);
        world.send(runtime, Method::DELETE, &format!("{base}/objects/{id}/?match[version]=first"), None);
    }
    for word in WORDS.iter().take(2).chain(&["cellar"]) {
        pages(world, runtime, &format!("/api/v1/search?limit=1&q={word}"), "next");
    }
    for path in ["/api/v1/node", "/api/v1/whoami", "/api/v1/agreement"] {
        world.send(runtime, Method::GET, path, None);
    }
    pages(world, runtime, "/api/v1/deliveries?limit=4", "after");
    exchange(world, runtime);
}

/// Exchanges messages: the answer tells what there is for the reader's member, and how far it is itself.
fn exchange(world: &mut World, runtime: &Runtime) {
    let none = "00".repeat(32);
    let told = json!({"v": 1, "id": "exercise", "kind": "receipt", "from": UNKNOWN.replace("note", "identity"),
        "at": "2026-01-01T00:00:00.000000Z", "body": {"got": [none], "refused": []}});
    let lines = [
        json!({"n": 1, "message": {"message": told, "key": "exercise", "signature": "exercise"}}),
        json!({"n": 2, "message": "EXERCISE"}),
    ];
    for have in [0, 1_000_000_000_000_u64] {
        let form = json!({"v": 1, "agreement": none, "at": "2026-01-01T00:00:00.000000Z", "have": {"n": have},
            "messages": lines});
        world.send(runtime, Method::POST, "/api/v1/exchange", Some(form.to_string()));
    }
}

/// Brings a record that names another, so that an answer could tell whether that one is here.
pub fn post(world: &mut World, runtime: &Runtime, number: usize, names: usize, how: usize) {
    let id = world.first_id(names);
    let created = "2025-01-01T00:00:00.000Z";
    let marking = ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"];
    let object = match how {
        0 => {
            json!({"type": "note", "spec_version": "2.1", "id": format!("note--00000000-0000-4000-8000-{number:012}"),
            "created": created, "modified": created, "content": "EXERCISE of the reader", "object_refs": [id],
            "object_marking_refs": marking})
        }
        1 => json!({"type": "relationship", "spec_version": "2.1", "created": created, "modified": created,
            "id": format!("relationship--00000000-0000-4000-8000-{number:012}"), "relationship_type": "related-to",
            "source_ref": id, "target_ref": UNKNOWN, "object_marking_refs": marking}),
        // Another version under the id of the other record.
        _ => {
            json!({"type": id.split_once("--").unwrap().0, "spec_version": "2.1", "id": id, "created": created,
            "modified": "2025-12-31T00:00:00.000Z", "name": "EXERCISE of the reader", "content": "EXERCISE", "object_refs": [UNKNOWN],
            "identity_class": "organization", "indicator_types": ["benign"], "pattern_type": "stix",
            "pattern": "[domain-name:value = 'exercise.example']", "valid_from": created})
        }
    };
    let path = format!("/taxii2/api/collections/{}/objects/", world.template.collection);
    let body = json!({"objects": [object]}).to_string();
    let (status, bytes, _) = world.send(runtime, Method::POST, &path, Some(body));
    if status == 202 {
        let told: Value = serde_json::from_slice(&bytes).unwrap();
        let status = format!("/taxii2/api/status/{}/", told["id"].as_str().unwrap());
        world.send(runtime, Method::GET, &status, None);
    }
}
