//! Members hosted on another's node, and readers' groups inside a member: whoever is not meant finds no trace, over every
//! route and command.

use serde_json::{Value, json};

use crate::stage::{Node, Response, SOUTH, Server, WEST, note, note_id};

const REPORTS: &str = "/api/v1/collections/reports";
const ABSENT: &str = "infrastructure--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0aff";
const TAXII: &str = "application/taxii+json;version=2.1";
const GREEN: &str = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";

fn site(title: &str, tlp: &str) -> Value {
    json!({
        "record": {"kind": "training-site", "title": title, "place": {"country": "XA"},
            "basis": {"whole": {"statement": "fact"}}},
        "statement": {"tlp": tlp}, "draft": true,
    })
}

/// A node of North that hosts South and West.
fn host(store: Option<&str>) -> Node {
    let north = Node::north(store);
    north.agree(|agreement| {
        let members = agreement["member"].as_array_mut().unwrap();
        let host = members[0]["id"].clone();
        for member in members.iter_mut().skip(1) {
            let member = member.as_table_mut().unwrap();
            member.insert("hosted_by".to_owned(), host.clone());
            member.insert("standing".to_owned(), "member".into());
        }
        agreement.insert("two_person".to_owned(), vec!["red"].into());
    });
    north
}

fn key(node: &Node, member: &str) -> String {
    let made = node.json(&["key", "add", "--member", member, "--collection", "reports", "--rights", "rw"]);
    made["secret"].as_str().unwrap().to_owned()
}

/// Every answer that a key gets about this id and about everything, by the route. Writing is tried last.
fn answers(server: &Server, secret: &str, id: &str) -> Vec<(String, u16, String)> {
    let mut all = Vec::new();
    let mut keep = |route: &str, answer: Response| {
        let mut body = answer.body.replace(id, "ID");
        let is_counted = ["/api/v1/node", "/api/v1/deliveries", "/api/v1/whoami"].contains(&route);
        if let (true, Ok(mut told)) = (is_counted, serde_json::from_str(&body)) {
            // The ledger counts everything, each round is a delivery again, and time goes on.
            let told: &mut Value = &mut told;
            told["at"].take();
            told["checkpoint"].take();
            for one in told["deliveries"].as_array_mut().into_iter().flatten() {
                *one = one["id"].take();
            }
            body = told.to_string();
        }
        all.push((route.replace(id, "ID"), answer.status, body));
    };
    for route in [
        "/taxii2/".to_owned(),
        "/taxii2/api/".into(),
        "/taxii2/api/collections/".into(),
        "/taxii2/api/collections/reports/".into(),
        "/taxii2/api/collections/reports/objects/".into(),
        "/taxii2/api/collections/reports/objects/?limit=1".into(),
        "/taxii2/api/collections/reports/objects/?match[version]=all".into(),
        format!("/taxii2/api/collections/reports/objects/?match[id]={id}"),
        "/taxii2/api/collections/reports/manifest/".into(),
        format!("/taxii2/api/collections/reports/objects/{id}/"),
        format!("/taxii2/api/collections/reports/objects/{id}/versions/"),
        "/api/v1/node".into(),
        "/api/v1/whoami".into(),
        "/api/v1/agreement".into(),
        "/api/v1/search?q=quarry".into(),
        "/api/v1/search?q=kind:training-site".into(),
        format!("{REPORTS}/records/{id}"),
        format!("{REPORTS}/drafts"),
        format!("{REPORTS}/drafts/{id}"),
        "/api/v1/deliveries".into(),
    ] {
        keep(&route, server.get(&route, secret));
    }
    let publish = format!("{REPORTS}/drafts/{id}/publish");
    keep(&publish, server.send("POST", &publish, secret, "application/json", ""));
    let change = format!("{REPORTS}/records/{id}");
    let body = json!({"record": site("EXERCISE other", "green")["record"], "reason": "EXERCISE"}).to_string();
    keep(&change, server.send("PUT", &change, secret, "application/json", &body));
    let object = format!("/taxii2/api/collections/reports/objects/{id}/");
    keep(&object, server.send("DELETE", &object, secret, TAXII, ""));
    all
}

/// What a TAXII post of an object of this id comes to.
fn posted(server: &Server, secret: &str, id: &str, modified: &str) -> String {
    let object = json!({
        "type": "infrastructure", "spec_version": "2.1", "id": id, "created": "2026-01-01T00:00:00.000Z",
        "modified": modified, "name": "EXERCISE what West says", "object_marking_refs": [GREEN],
    });
    let body = json!({"objects": [object]}).to_string();
    let answer = server.send("POST", "/taxii2/api/collections/reports/objects/", secret, TAXII, &body);
    let mut status: Value = serde_json::from_str(&answer.body).unwrap();
    let fields = status.as_object_mut().unwrap();
    fields.remove("id");
    fields.remove("request_timestamp");
    format!("{} {status}", answer.status).replace(id, "ID")
}

fn draft(server: &Server, secret: &str, title: &str, tlp: &str) -> String {
    let body = site(title, tlp).to_string();
    let answer = server.send("POST", &format!("{REPORTS}/records"), secret, "application/json", &body);
    assert_eq!(answer.status, 201, "{answer:?}");
    let stored: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(stored["state"], "held");
    stored["id"].as_str().unwrap().to_owned()
}

fn two_hosted_members_find_no_trace_of_each_others_drafts(store: Option<&str>) {
    let north = host(store);
    let (south, west) = (key(&north, SOUTH), key(&north, WEST));
    let server = north.serve();
    let own = draft(&server, &west, "EXERCISE camp of West", "green");
    let before = answers(&server, &west, ABSENT);

    let id = draft(&server, &south, "EXERCISE camp at the quarry", "green");
    let seen: Value = serde_json::from_str(&server.get(&format!("{REPORTS}/drafts"), &south).body).unwrap();
    assert_eq!(seen["drafts"].as_array().unwrap().len(), 1, "each sees its own alone: {seen}");
    assert_eq!(seen["drafts"][0]["id"], id.as_str());
    assert_eq!(seen["drafts"][0]["record"]["title"], "EXERCISE camp at the quarry");
    assert_eq!(server.get(&format!("{REPORTS}/drafts/{id}"), &south).status, 200);

    for (now, then) in answers(&server, &west, &id).iter().zip(&before) {
        assert_eq!(now, then, "West finds something of South's draft");
        assert!(!now.2.contains("quarry"), "{now:?}");
    }
    let host = north.run(&["show", &id]);
    let absent = north.run(&["show", ABSENT]);
    assert_eq!((host.code, host.err.replace(&id, "ID")), (absent.code, absent.err.replace(ABSENT, "ID")));
    assert_eq!(north.json(&["list"]), json!([]), "the people of the host see neither draft");
    assert_eq!(north.json(&["collection", "list"])[0]["records"], 0);
    assert_eq!(
        posted(&server, &west, &id, "2026-02-01T00:00:00.000Z"),
        posted(&server, &west, ABSENT, "2026-02-01T00:00:00.000Z"),
        "what West says under the same id is its own"
    );
    assert_eq!(server.get(&format!("{REPORTS}/drafts/{id}"), &south).status, 200, "and changes nothing");
    assert_eq!(server.get(&format!("{REPORTS}/drafts/{own}"), &west).status, 200);
    assert_eq!(server.stop(), 0);
    north.ok(&["verify"]);
}

fn a_hosted_member_publishes_its_own_draft_and_its_host_gets_what_is_released_to_it(store: Option<&str>) {
    let north = host(store);
    let (south, second, west) = (key(&north, SOUTH), key(&north, SOUTH), key(&north, WEST));
    let server = north.serve();
    let green = draft(&server, &south, "EXERCISE camp at the quarry", "green");
    let red = draft(&server, &south, "EXERCISE camp at the lake", "red");
    let publish = |secret: &str, id: &str| {
        server.send("POST", &format!("{REPORTS}/drafts/{id}/publish"), secret, "application/json", "")
    };
    assert_eq!(publish(&west, &green).status, 404, "nobody else publishes it");
    assert_eq!(publish(&south, &green).status, 200);
    assert_eq!(publish(&south, &green).status, 409, "it is no draft any more");
    assert_eq!(server.ids(&west), [green.as_str()]);
    let listed = north.json(&["list"]);
    assert_eq!(listed[0]["id"], green.as_str(), "what is released to the host its people see: {listed}");
    assert_eq!(listed[0]["origin"], SOUTH);

    let alone = publish(&south, &red);
    assert_eq!(alone.status, 403, "{alone:?}");
    assert!(alone.body.contains("another key of your member"), "{alone:?}");
    assert_eq!(north.json(&["proposals"]), json!([]), "the people of the host decide nothing about it");
    assert_eq!(publish(&second, &red).status, 200);
    assert_eq!(server.ids(&west), [green.as_str()], "RED names nobody else");
    assert_eq!(server.ids(&south), [green.as_str(), red.as_str()]);
    assert_eq!(north.json(&["list"]).as_array().unwrap().len(), 1, "nor the host");
    assert_eq!(north.json(&["collection", "list"])[0]["records"], 1);
    for command in ["show", "who-sees", "deliveries"] {
        let run = north.run(&[command, &red]);
        assert_eq!(run.code, 1, "{command}: {run:?}");
        assert!(run.err.contains("there is no record"), "{command}: {run:?}");
    }
    let found = north.run(&["search", "lake", "--purpose", "border-security", "--json"]).json();
    assert_eq!(found["hits"], json!([]));
    let found = north.json(&["search", "quarry", "--purpose", "border-security"]);
    assert_eq!(found["hits"][0]["id"], green.as_str(), "{found}");
    assert_eq!(server.stop(), 0);
}

/// Commands of everybody: what they print about this id, and about everything, to one user.
fn prints(north: &Node, user: &str, id: &str) -> Vec<(String, i32, String)> {
    let of = "border-security";
    let lines: Vec<Vec<&str>> = vec![
        vec!["list"],
        vec!["list", "--mine"],
        vec!["collection", "list"],
        vec!["show", id],
        vec!["handling", id],
        vec!["who-sees", id],
        vec!["explain", id, "--to", SOUTH],
        vec!["deliveries", id],
        vec!["deliveries", "--member", SOUTH],
        vec!["grades", id],
        vec!["check", id],
        vec!["diff", id],
        vec!["same", id, "--purpose", of],
        vec!["note", "list"],
        vec!["note", "list", id],
        vec!["attachment", "list", id],
        vec!["vocabulary", "list"],
        vec!["vocabulary", "cited", id],
        vec!["triage", "list"],
        vec!["review", "list"],
        vec!["review", "report"],
        vec!["review", "ask", id],
        vec!["review", "done", id, "--reason", "EXERCISE"],
        vec!["erased", "list"],
        vec!["erase", id, "--reason", "order", "--authority", "EXERCISE court"],
        vec!["quarantine", "list"],
        vec!["quarantine", "lift", id, "--reason", "EXERCISE"],
        vec!["allege", id, "--text", "EXERCISE"],
        vec!["consent", "list"],
        vec!["consent", "ask", id, "--purpose", of, "--reason", "EXERCISE"],
        vec!["wording"],
        vec!["proposals"],
        vec!["publish", id],
        vec!["handling", id, "--to", SOUTH],
        vec!["withdraw", id, "--reason", "EXERCISE"],
        vec!["edit", id, "--set", "content=EXERCISE", "--reason", "EXERCISE"],
        vec!["grade", id, "B2", "--scale", "6x6"],
        vec!["note", "add", id, "EXERCISE"],
    ];
    let mut all: Vec<(String, i32, String)> = Vec::new();
    for line in lines {
        let mut arguments = line.clone();
        arguments.extend(["--as", user]);
        let run = north.run(&arguments);
        let said = format!("{}{}", run.out, run.err).replace(id, "ID");
        all.push((line.join(" ").replace(id, "ID"), run.code, said));
    }
    let found = north.run(&["search", "EXERCISE", "--purpose", of, "--json", "--as", user]).json();
    all.push(("search".into(), 0, found["hits"].to_string().replace(id, "ID")));
    all
}

fn a_user_outside_a_readers_group_finds_no_trace_of_its_records(store: Option<&str>) {
    let north = Node::north(store);
    north.agree(|agreement| {
        agreement.insert("two_person".to_owned(), vec!["red"].into());
    });
    north.ok(&["group", "add", "border-cell"]);
    let roles = ["analyst", "release-officer", "secretariat", "data-protection", "auditor", "administrator"];
    for (user, groups) in [("orlan", &[][..]), ("mira", &["--inner", "border-cell"][..]), ("lena", &[])] {
        let mut arguments = vec!["user", "add", user];
        arguments.extend(roles.iter().flat_map(|role| ["--role", role]));
        arguments.extend(groups);
        north.ok(&arguments);
    }
    north.ok(&["group", "join", "border-cell", "lena"]);
    let unknown = north.run(&["user", "add", "nobody", "--role", "analyst", "--inner", "no-such-group"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    let foreign =
        north.run(&["key", "add", "--member", SOUTH, "--collection", "reports", "--inner", "border-cell"]);
    assert_eq!(foreign.code, 1, "another member's key is in no group: {foreign:?}");
    let own = |inner: &[&str]| {
        let mut arguments = vec!["key", "add", "--member", "EXERCISE North desk", "--collection", "reports"];
        arguments.extend(["--rights", "rw"]);
        arguments.extend(inner.iter().flat_map(|group| ["--inner", group]));
        north.json(&arguments)["secret"].as_str().unwrap().to_owned()
    };
    let (outside, inside) = (own(&[]), own(&["border-cell"]));
    let (_, south) = north.key(SOUTH, "reports");
    north.import(&note(2, Some("green")), &[]);
    let server = north.serve();
    server.ids(&outside);
    let id = note_id(1);
    let (before, routes) = (prints(&north, "orlan", &note_id(9)), answers(&server, &outside, &note_id(9)));
    assert!(before.iter().all(|(_, code, _)| *code < 2), "each command is well formed: {before:#?}");

    let mine = ["--inner", "border-cell", "--as", "mira"];
    north.import(&note(1, Some("red")), &mine);
    north.import(&note(3, Some("green")), &mine);
    north.import(&note(4, Some("green")), &[&mine[..], &["--draft"]].concat());
    let waits = north.json(&["proposals", "--as", "lena"]);
    let proposal = waits[0]["id"].as_str().unwrap().to_owned();
    let refused = north.run(&["approve", &proposal, "--as", "orlan"]);
    assert!(refused.code == 1 && refused.err.contains("there is no proposal"), "{refused:?}");
    north.ok(&["approve", &proposal, "--as", "lena"]);
    north.ok(&["grade", &id, "B2", "--scale", "6x6", "--as", "mira"]);
    north.ok(&["note", "add", &id, "EXERCISE: ask again", "--as", "mira"]);
    north.ok(&["allege", &note_id(3), "--text", "EXERCISE", "--as", "mira"]);
    let photo = north.file("photo.txt", b"EXERCISE");
    north.ok(&["attachment", "add", &id, &photo, "--as", "mira"]);
    north.ok(&["search", "EXERCISE", "--purpose", "border-security", "--as", "mira"]);
    assert!(north.ok(&["searches", "--as", "lena"]).contains("mira"));
    assert!(!north.ok(&["searches", "--as", "orlan"]).contains("mira"));

    for (now, then) in prints(&north, "orlan", &id).iter().zip(&before) {
        assert_eq!(now, then, "orlan finds something");
    }
    for one in [&id, &note_id(3)] {
        for (now, then) in answers(&server, &outside, one).iter().zip(&routes) {
            assert_eq!(now, then, "a key outside finds something of {one}");
        }
    }
    let operator = north.run(&["show", &id]);
    assert_eq!(operator.code, 1, "nor does the operator: {operator:?}");
    assert!(north.ok(&["show", &id, "--as", "lena"]).contains(&id));
    assert!(server.ids(&inside).contains(&id));
    assert!(!server.ids(&south).contains(&id), "RED names nobody else");
    north.ok(&["group", "leave", "border-cell", "lena"]);
    assert_eq!(north.run(&["show", &id, "--as", "lena"]).code, 1);
    assert_eq!(server.stop(), 0);
    north.ok(&["verify"]);
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
    two_hosted_members_find_no_trace_of_each_others_drafts
    a_hosted_member_publishes_its_own_draft_and_its_host_gets_what_is_released_to_it
    a_user_outside_a_readers_group_finds_no_trace_of_its_records
}
