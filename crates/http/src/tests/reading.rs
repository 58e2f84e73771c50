//! What readers get: pages, filters, versions, dates, and nothing that is not for them.

use std::collections::BTreeSet;
use std::io::Read as _;

use axum::body::Body;
use axum::http::Method;
use axum::http::header::ACCEPT_ENCODING;
use serde_json::{Value, json};

use super::{Answer, START, World, asking, first, indicator};
use crate::app::credential::IssuedKey;
use crate::app::import::{self, Input};
use crate::app::model::Stated;
use crate::app::model::stix::Tlp;

fn ids(answer: &Answer) -> Vec<String> {
    let objects = answer.json()["objects"].as_array().cloned().unwrap_or_default();
    objects.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
}

fn with_records(count: u32) -> World {
    let world = World::new();
    let objects: Vec<Value> = (1..=count).map(first).collect();
    world.publish("open", Tlp::Clear, &objects);
    world
}

/// Three versions of record 1, oldest first, and one of record 2.
fn with_versions() -> World {
    let world = World::new();
    for modified in ["2025-01-01T00:00:00.000Z", "2025-02-01T00:00:00.000Z", "2025-03-01T00:00:00.000001Z"] {
        world.publish("open", Tlp::Clear, &[indicator(1, modified)]);
    }
    world.publish("open", Tlp::Clear, &[first(2)]);
    world
}

fn is_six_digit_utc(text: &str) -> bool {
    text.len() == 27 && text.ends_with('Z') && text.as_bytes()[19] == b'.' && text.as_bytes()[10] == b'T'
}

#[tokio::test]
async fn discovery_stands_at_the_root_and_names_the_api_root() {
    let world = World::new();
    let discovery = world.get(&world.keys.read, "/taxii2/").await.json();
    assert_eq!(discovery["title"], "Exercise host");
    assert_eq!(discovery["api_roots"], json!(["/taxii2/api/"]));
    assert_eq!(discovery["default"], discovery["api_roots"][0]);
}

#[tokio::test]
async fn the_api_root_states_version_and_largest_body() {
    let world = World::new();
    let root = world.get(&world.keys.read, "/taxii2/api/").await.json();
    assert_eq!(root["versions"], json!(["application/taxii+json;version=2.1"]));
    assert_eq!(root["max_content_length"], json!(world.app.limits().network.body_bytes));
    assert!(root["title"].is_string());
}

#[tokio::test]
async fn only_collections_with_a_right_are_listed() {
    let world = World::new();
    let listed = world.get(&world.keys.write, "collections/").await.json();
    assert_eq!(
        listed,
        json!({"collections": [{
            "id": world.open, "title": "Open", "description": "EXERCISE records", "alias": "open",
            "can_read": false, "can_write": true, "media_types": ["application/stix+json;version=2.1"],
        }]})
    );
    assert_eq!(world.get(&world.keys.bare, "collections/").await.text(), "{}");
}

#[tokio::test]
async fn a_collection_answers_alike_by_id_and_by_alias() {
    let world = with_records(1);
    for tail in ["", "objects/", "manifest/"] {
        let by_id = world.get(&world.keys.read, &format!("collections/{}/{tail}", world.open)).await;
        let by_alias = world.get(&world.keys.read, &format!("collections/open/{tail}")).await;
        assert_eq!((by_id.status.as_u16(), &by_id.body), (200, &by_alias.body));
    }
}

#[tokio::test]
async fn an_empty_collection_is_an_empty_resource_without_lists_or_dates() {
    let world = World::new();
    for tail in ["objects/", "manifest/", "objects/?match[type]=malware"] {
        let answer = world.get(&world.keys.read, &format!("collections/open/{tail}")).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "{}"));
        assert!(!answer.headers.contains_key("x-taxii-date-added-first"));
        assert!(!answer.headers.contains_key("x-taxii-date-added-last"));
    }
}

#[tokio::test]
async fn paging_by_next_gives_every_object_once_and_in_order() {
    let world = with_records(7);
    let whole = ids(&world.objects(&world.keys.read, "").await);
    let (mut gathered, mut query) = (Vec::new(), "?limit=3".to_owned());
    loop {
        let answer = world.objects(&world.keys.read, &query).await;
        gathered.extend(ids(&answer));
        let page = answer.json();
        let Some(next) = page["next"].as_str() else {
            assert_eq!(page["more"], json!(false));
            break;
        };
        assert_eq!(page["more"], json!(true));
        query = format!("?limit=3&next={next}");
    }
    assert_eq!((gathered.len(), &gathered), (7, &whole));
}

#[tokio::test]
async fn paging_by_added_after_alone_loses_nothing() {
    let world = with_records(5);
    let (mut gathered, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let answer = world.objects(&world.keys.read, &query).await;
        if answer.text() == "{}" {
            break;
        }
        gathered.extend(ids(&answer));
        query = format!("?limit=2&added_after={}", answer.header("x-taxii-date-added-last"));
    }
    assert_eq!(gathered, ids(&world.objects(&world.keys.read, "").await));
}

#[tokio::test]
async fn next_and_added_after_work_together() {
    let world = with_records(5);
    let first_page = world.objects(&world.keys.read, "?limit=2").await;
    let next = first_page.json()["next"].as_str().unwrap().to_owned();
    let both = format!("?limit=2&next={next}&added_after=2020-01-01T00:00:00.000000Z");
    let answer = world.objects(&world.keys.read, &both).await;
    assert_eq!(ids(&answer), ids(&world.objects(&world.keys.read, &format!("?limit=2&next={next}")).await));
    assert_eq!(ids(&answer).len(), 2);
}

#[tokio::test]
async fn added_times_differ_have_six_digits_and_stand_in_the_headers() {
    let world = with_records(4);
    let answer = world.objects(&world.keys.read, "").await;
    let manifest = world.get(&world.keys.read, "collections/open/manifest/").await;
    let dates: Vec<String> = manifest.json()["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["date_added"].as_str().unwrap().to_owned())
        .collect();
    assert!(dates.iter().all(|date| is_six_digit_utc(date)), "{dates:?}");
    assert_eq!(dates.iter().collect::<BTreeSet<_>>().len(), 4);
    assert!(dates.is_sorted());
    for page in [&answer, &manifest] {
        assert_eq!(page.header("x-taxii-date-added-first"), dates[0]);
        assert_eq!(page.header("x-taxii-date-added-last"), dates[3]);
    }
}

#[tokio::test]
async fn added_after_is_strict_and_takes_whole_seconds() {
    let world = with_records(2);
    let last = world.objects(&world.keys.read, "").await.header("x-taxii-date-added-last").to_owned();
    assert_eq!(world.objects(&world.keys.read, &format!("?added_after={last}")).await.text(), "{}");
    let whole = world.objects(&world.keys.read, "?added_after=2026-01-01T00:00:00Z").await;
    assert_eq!(ids(&whole).len(), 2, "{START}");
}

#[tokio::test]
async fn the_manifest_tells_version_and_media_type() {
    let world = with_versions();
    let manifest = world.get(&world.keys.read, "collections/open/manifest/").await.json();
    let entries = manifest["objects"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["version"], "2025-03-01T00:00:00.000001Z");
    assert_eq!(entries[0]["media_type"], "application/stix+json;version=2.1");
}

#[tokio::test]
async fn the_latest_version_is_the_default_and_others_come_when_asked_for() {
    let world = with_versions();
    let count = async |query: &str| {
        let answer = world.objects(&world.keys.read, query).await;
        let objects = answer.json()["objects"].as_array().cloned().unwrap_or_default();
        objects.iter().map(|object| object["modified"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let id = "match[id]=indicator--00000000-0000-4000-8000-000000000001";
    assert_eq!(count(&format!("?{id}")).await, ["2025-03-01T00:00:00.000001Z"]);
    assert_eq!(count(&format!("?{id}&match[version]=last")).await, ["2025-03-01T00:00:00.000001Z"]);
    assert_eq!(count(&format!("?{id}&match[version]=first")).await, ["2025-01-01T00:00:00.000Z"]);
    assert_eq!(count(&format!("?{id}&match[version]=all")).await.len(), 3);
    assert_eq!(
        count(&format!("?{id}&match[version]=first,2025-02-01T00:00:00.000Z")).await,
        ["2025-01-01T00:00:00.000Z", "2025-02-01T00:00:00.000Z"]
    );
    assert_eq!(count("?match[version]=all").await.len(), 4);
}

#[tokio::test]
async fn versions_come_in_order_of_addition_and_as_written() {
    let world = with_versions();
    let path = "collections/open/objects/indicator--00000000-0000-4000-8000-000000000001/versions/";
    let answer = world.get(&world.keys.read, path).await;
    assert_eq!(
        answer.json()["versions"],
        json!(["2025-01-01T00:00:00.000Z", "2025-02-01T00:00:00.000Z", "2025-03-01T00:00:00.000001Z"])
    );
    assert!(is_six_digit_utc(answer.header("x-taxii-date-added-first")));
    let some = world.get(&world.keys.read, &format!("{path}?limit=2")).await.json();
    assert_eq!((some["versions"].as_array().unwrap().len(), &some["more"]), (2, &json!(true)));
}

#[tokio::test]
async fn an_object_by_id_gives_its_versions_and_only_it() {
    let world = with_versions();
    let path = "collections/open/objects/indicator--00000000-0000-4000-8000-000000000001/";
    assert_eq!(ids(&world.get(&world.keys.read, path).await).len(), 1);
    assert_eq!(ids(&world.get(&world.keys.read, &format!("{path}?match[version]=all")).await).len(), 3);
}

#[tokio::test]
async fn filters_by_id_type_and_specification_version() {
    let world = with_records(3);
    let note = json!({
        "type": "note", "spec_version": "2.1", "id": "note--00000000-0000-4000-8000-000000000009",
        "created": "2025-01-01T00:00:00.000Z", "modified": "2025-01-01T00:00:00.000Z",
        "content": "EXERCISE", "object_refs": ["indicator--00000000-0000-4000-8000-000000000001"],
    });
    world.publish("open", Tlp::Clear, &[note]);
    let count = async |query: &str| ids(&world.objects(&world.keys.read, query).await).len();
    assert_eq!(count("?match[type]=note").await, 1);
    assert_eq!(count("?match[type]=note,indicator").await, 4);
    assert_eq!(count("?match[id]=indicator--00000000-0000-4000-8000-000000000002").await, 1);
    assert_eq!(count("?match[id]=indicator--00000000-0000-4000-8000-000000000002&match[type]=note").await, 0);
    assert_eq!(count("?match[spec_version]=2.1").await, 4);
    assert_eq!(count("?match[spec_version]=2.0").await, 0);
}

#[tokio::test]
async fn every_malformed_parameter_is_400_and_the_next_request_works() {
    let world = with_records(1);
    for query in [
        "?added_after=yesterday",
        "?added_after=2026-01-01",
        "?added_after=",
        "?limit=0",
        "?limit=-1",
        "?limit=ten",
        "?limit=1&limit=2",
        "?added_after=2026-01-01T00:00:00Z&added_after=2026-01-01T00:00:00Z",
        "?match[type]=note&match[type]=indicator",
        "?match[version]=all,last",
        "?match[version]=newest",
        "?match[id]=not-an-id",
        "?match[spec_version]=x",
        "?match[type]=%ff",
    ] {
        for tail in ["objects/", "manifest/"] {
            let answer = world.get(&world.keys.read, &format!("collections/open/{tail}{query}")).await;
            answer.taxii_error(400);
        }
    }
    assert_eq!(world.visible(&world.keys.read).await.len(), 1);
}

#[tokio::test]
async fn a_limit_above_the_largest_is_lowered_not_refused() {
    let world = World::with(|bounds| bounds.page_objects = 2);
    world.publish("open", Tlp::Clear, &[first(1), first(2), first(3)]);
    let answer = world.objects(&world.keys.read, "?limit=500").await;
    assert_eq!((ids(&answer).len(), answer.json()["more"].clone()), (2, json!(true)));
}

#[tokio::test]
async fn a_foreign_next_is_400() {
    let (world, other) = (with_records(3), with_records(3));
    let elsewhere =
        other.objects(&other.keys.read, "?limit=1").await.json()["next"].as_str().unwrap().to_owned();
    let own = world.objects(&world.keys.read, "?limit=1").await.json()["next"].as_str().unwrap().to_owned();
    let beyond = "x".repeat(5000);
    for (next, more) in
        [(elsewhere.as_str(), ""), ("AAAA", ""), (&beyond, ""), (own.as_str(), "&match[type]=indicator")]
    {
        world.objects(&world.keys.read, &format!("?limit=1&next={next}{more}")).await.taxii_error(400);
    }
    assert_eq!(world.objects(&world.keys.read, &format!("?limit=1&next={own}")).await.status, 200);
}

#[tokio::test]
async fn objects_go_out_byte_for_byte() {
    let world = World::new();
    let odd = "{ \"type\":\"indicator\",\t\"id\":\"indicator--00000000-0000-4000-8000-000000000007\",\n \
        \"spec_version\":\"2.1\", \"created\":\"2025-01-01T00:00:00.000Z\", \"modified\":\"2025-01-01T00:00:00.0000Z\", \
        \"confidence\": 10, \"x_weight\": 1.50e0, \"name\":\"EXERCISE \\u0041\", \"pattern_type\":\"stix\", \
        \"indicator_types\":[\"benign\"], \"valid_from\":\"2025-01-01T00:00:00Z\", \
        \"pattern\":\"[domain-name:value = 'exercise.example']\" }";
    let input = Input {
        collection: "open",
        name: "odd",
        stated: Stated { tlp: Some(Tlp::Clear), ..Stated::default() },
        ..Input::default()
    };
    let summary = import::run(&world.app, &world.operator(), &input, odd.as_bytes(), &mut |_| {}).unwrap();
    assert_eq!(summary.accepted, 1, "{:?}", summary.rejected);
    let answer = world.objects(&world.keys.read, "").await;
    assert!(answer.text().contains(odd), "{}", answer.text());
    assert_eq!(answer.json()["objects"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn envelopes_come_only_when_a_header_asks_for_them() {
    let world = with_records(2);
    let request = asking(Method::GET, "collections/open/objects/", Some(&world.keys.read))
        .header("Comity-Envelopes", "1")
        .body(Body::empty());
    let page = world.send(request.unwrap()).await.json();
    let envelopes = page["x_comity_envelopes"].as_array().unwrap();
    assert_eq!(envelopes.len(), 2);
    for (object, envelope) in page["objects"].as_array().unwrap().iter().zip(envelopes) {
        assert!(envelope.to_string().contains(object["id"].as_str().unwrap()), "{envelope}");
    }
    assert!(world.objects(&world.keys.read, "").await.json().get("x_comity_envelopes").is_none());
}

#[tokio::test]
async fn an_object_that_is_not_for_the_reader_is_absent_everywhere_and_alike() {
    let world = with_records(1);
    world.publish("open", Tlp::Red, &[first(2)]);
    let (hidden, unknown) = (
        "indicator--00000000-0000-4000-8000-000000000002",
        "indicator--00000000-0000-4000-8000-000000000999",
    );
    assert_eq!(world.visible(&world.keys.read).await, ["indicator--00000000-0000-4000-8000-000000000001"]);
    let manifest = world.get(&world.keys.read, "collections/open/manifest/").await.text();
    assert!(!manifest.contains(hidden), "{manifest}");
    for tail in ["", "versions/"] {
        let ask = async |id: &str| {
            world.get(&world.keys.read, &format!("collections/open/objects/{id}/{tail}")).await
        };
        let (denied, absent) = (ask(hidden).await, ask(unknown).await);
        denied.taxii_error(404);
        assert_eq!(denied.body, absent.body);
    }
}

#[tokio::test]
async fn long_answers_are_packed_for_those_who_take_gzip_and_short_ones_never() {
    let world = with_records(20);
    let ask = async |path: &str| {
        let request =
            asking(Method::GET, path, Some(&world.keys.read)).header(ACCEPT_ENCODING, "gzip, deflate");
        world.send(request.body(Body::empty()).unwrap()).await
    };
    let packed = ask("collections/open/objects/").await;
    assert_eq!((packed.header("content-encoding"), packed.header("vary")), ("gzip", "accept-encoding"));
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_ref()).read_to_end(&mut plain).unwrap();
    assert_eq!(plain, world.objects(&world.keys.read, "").await.body);
    assert!(packed.body.len() * 2 < plain.len());
    assert_eq!(ask("collections/").await.header("content-encoding"), "");
}

#[tokio::test]
async fn head_answers_like_get_without_a_body_and_delivers_nothing() {
    let world = with_records(2);
    for path in ["/taxii2/", "collections/", "collections/open/objects/", "collections/open/manifest/"] {
        let request = asking(Method::HEAD, path, Some(&world.keys.read)).body(Body::empty());
        let (head, get) = (world.send(request.unwrap()).await, world.get(&world.keys.read, path).await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for name in ["content-type", "x-taxii-date-added-first", "x-taxii-date-added-last"] {
            assert_eq!(head.header(name), get.header(name), "{path}");
        }
    }
}

async fn search(world: &World, key: &IssuedKey, query: &str) -> Answer {
    let escaped: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    world.get(key, &format!("/api/v1/search?q={escaped}")).await
}

#[tokio::test]
async fn a_search_gives_entries_to_fetch_and_takes_no_place_in_the_deliveries() {
    let world = with_records(3);
    let answer = search(&world, &world.keys.read, "indicator kind:indicator").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    let page = answer.json();
    assert_eq!((page["more"].clone(), page["entries"].as_array().unwrap().len()), (json!(false), 3));
    let entry = &page["entries"][0];
    assert_eq!((&entry["collection"], &entry["type"]), (&json!(world.open), &json!("indicator")));
    assert!(is_six_digit_utc(entry["date_added"].as_str().unwrap()), "{entry}");
    let listed = world.get(&world.keys.read, "collections/open/manifest/").await.json();
    assert_eq!(entry["date_added"], listed["objects"][0]["date_added"], "as the manifest shows it");
    let deliveries = world.get(&world.keys.read, "/api/v1/deliveries").await.json();
    assert_eq!(deliveries["deliveries"], json!([]));
    let first = world.get(&world.keys.read, "/api/v1/search?q=indicator&limit=2").await.json();
    let next = first["next"].as_str().unwrap();
    let rest = world.get(&world.keys.read, &format!("/api/v1/search?q=indicator&limit=2&next={next}")).await;
    assert_eq!(rest.json()["entries"].as_array().unwrap().len(), 1);
    let other = world.get(&world.keys.read, &format!("/api/v1/search?q=other&next={next}")).await;
    assert!(other.problem(400).contains("start without it"));
}

#[tokio::test]
async fn c2_a_member_is_refused_the_same_queries_with_a_problem_that_says_why() {
    let world = with_records(1);
    for (query, says) in [
        ("nationality:KG", "C2"),
        ("religion:any", "C2"),
        ("Muslims", "community"),
        ("size:3", "no selector"),
        ("-indicator", "say what to look for"),
    ] {
        let told = search(&world, &world.keys.read, query).await.problem(400);
        assert!(told.contains(says), "{query}: {told}");
    }
}

#[tokio::test]
async fn what_a_key_may_not_see_is_searched_like_what_is_not_there() {
    let world = World::new();
    let mut half = first(1);
    half["description"] = json!("EXERCISE secretword");
    half["granular_markings"] = json!([{"marking_ref": Tlp::Red.marking_id(), "selectors": ["description"]}]);
    world.publish("open", Tlp::Clear, &[half]);
    world.publish("open", Tlp::Red, &[second_of("elsewhere")]);
    world.publish("closed", Tlp::Clear, &[second_of("closedword")]);
    let nothing = search(&world, &world.keys.read, "nowhereatall").await;
    assert_eq!((nothing.status.as_u16(), nothing.text().as_str()), (200, r#"{"entries":[],"more":false}"#));
    for query in
        ["secretword", "elsewhere", "closedword", "indicator collection:closed", "indicator collection:none"]
    {
        let answer = search(&world, &world.keys.read, query).await;
        assert_eq!((answer.status, &answer.body), (nothing.status, &nothing.body), "{query}");
    }
    for query in ["indicator", "indicator -secretword"] {
        let found = search(&world, &world.keys.read, query).await.json();
        assert_eq!(found["entries"].as_array().unwrap().len(), 1, "{query}");
    }
    for key in [&world.keys.bare, &world.keys.write] {
        assert_eq!(search(&world, key, "indicator").await.body, nothing.body);
    }
}

/// An indicator with this word in its description.
fn second_of(word: &str) -> Value {
    let mut object = first(2);
    object["description"] = json!(format!("EXERCISE {word}"));
    object
}
