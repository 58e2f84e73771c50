//! STIX 2.0 content lifted to 2.1: a bundle with every type of 2.0, and the open corpora.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what reads the corpora for the tests fails loudly"
)]

mod corpus;

use comity_stix::lift::{Lifted, What, is_20, lift, lift_document};
use comity_stix::observable::check;
use comity_stix::{Limits, Map, Object, Registry, Value, is_valid, parse, read, validate};

use corpus::{folder, unpacked};

/// Made with the classes of STIX 2.0 of the Python package stix2.
const BUNDLE: &[u8] = include_bytes!("lift/bundle-2.0.json");

fn objects(lifted: &Lifted) -> &[Value<'static>] {
    lifted.objects[0].as_object().unwrap().get("objects").and_then(Value::as_array).unwrap()
}

fn text<'v>(map: &'v Map<'_>, key: &str) -> &'v str {
    map.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn named<'v>(lifted: &'v Lifted, id: &str) -> &'v Map<'static> {
    let found =
        objects(lifted).iter().filter_map(Value::as_object).find(|map| text(map, "id").starts_with(id));
    found.unwrap()
}

/// What is wrong with an object by the rules of 2.1.
fn errors(value: &Value<'_>) -> Vec<String> {
    let object = Object::from_value(value.clone()).unwrap();
    let findings = validate(&object, &Registry::standard());
    if is_valid(&findings) {
        return Vec::new();
    }
    findings.iter().map(|finding| format!("{}: {finding:?}", text(object.value(), "id"))).collect()
}

#[test]
fn every_object_of_a_whole_bundle_is_valid_afterwards_and_nothing_is_left_unsaid() {
    let bundle = parse(BUNDLE, &Limits::default()).unwrap();
    let lifted = lift(vec![bundle]);
    assert!(errors(&lifted.objects[0]).is_empty());
    let wrong: Vec<_> = objects(&lifted).iter().flat_map(errors).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for map in objects(&lifted).iter().filter_map(Value::as_object) {
        assert!(!is_20(map), "{map:?}");
        assert_eq!(check(map), None);
    }
    let left: Vec<_> = lifted
        .changes
        .iter()
        .filter(|change| change.what == What::Left)
        .map(|change| format!("{} {}", change.object.split("-0000-").next().unwrap(), change.path))
        .collect();
    let expected = [
        "report--00000009 labels",
        "observed-data--00000020 objects.1.is_encrypted",
        "observed-data--00000020 objects.1.encryption_algorithm",
        "observed-data--00000020 objects.1.decryption_key",
        "observed-data--00000020 objects.3.extensions.archive-ext.version",
        "observed-data--00000020 objects.4.extensions.raster-image-ext.image_compression_algorithm",
        "observed-data--00000021 objects.2.extensions.socket-ext.protocol_family",
        "observed-data--00000022 objects.0.name",
        "observed-data--00000022 objects.0.arguments",
    ];
    assert_eq!(left, expected);
}

const RED: &str = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";

#[test]
fn markings_go_where_the_marked_content_goes() {
    let lifted = lift(vec![parse(BUNDLE, &Limits::default()).unwrap()]);
    let marks = |map: &Map<'_>| -> Vec<String> {
        let list = map.get("object_marking_refs").and_then(Value::as_array).unwrap_or_default();
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let parts = |map: &Map<'_>| serde_json::to_string(&map.get("granular_markings")).unwrap();
    // The whole observed data was marked, so that each observable of it is.
    let observed = named(&lifted, "observed-data--00000020");
    let refs = observed.get("object_refs").and_then(Value::as_array).unwrap();
    assert_eq!(refs.len(), 6);
    for id in refs {
        assert_eq!(marks(named(&lifted, id.as_str().unwrap())), [RED]);
    }
    // Parts of the container were marked: a value, a whole entry, a part of an extension, and a time of its own.
    let address = named(&lifted, "ipv4-addr--9cf4a8ec");
    assert_eq!(parts(address), format!(r#"[{{"marking_ref":"{RED}","selectors":["value"]}}]"#));
    assert_eq!(marks(named(&lifted, "domain-name--")), [RED]);
    assert!(parts(named(&lifted, "network-traffic--de14e834")).contains("http-request-ext.request_header"));
    let observed = named(&lifted, "observed-data--00000021");
    assert_eq!(
        parts(observed),
        format!(r#"[{{"marking_ref":"{RED}","selectors":["object_refs.[5]","first_observed"]}}]"#)
    );
    // Labels that moved take their markings along.
    let indicator = parts(named(&lifted, "indicator--"));
    assert!(indicator.contains(r#"["labels.[0]","name"]"#), "{indicator}");
    assert!(indicator.contains(r#"["indicator_types","labels"]"#), "{indicator}");
}

#[test]
fn references_within_a_container_name_the_objects() {
    let lifted = lift(vec![parse(BUNDLE, &Limits::default()).unwrap()]);
    let observed = named(&lifted, "observed-data--00000022");
    let refs: Vec<_> = observed.get("object_refs").and_then(Value::as_array).unwrap().to_vec();
    let process = named(&lifted, refs[0].as_str().unwrap());
    for (key, at) in [("image_ref", 1), ("parent_ref", 2), ("creator_user_ref", 3)] {
        assert_eq!(process.get(key), Some(&refs[at]), "{key}");
    }
    // The keys of a dictionary are content, whatever they look like.
    let environment = process.get("environment_variables").and_then(Value::as_object).unwrap();
    assert_eq!(text(environment, "A_ref"), "1");
    let custom = named(&lifted, refs[11].as_str().unwrap());
    assert_eq!((custom.get("where_ref"), text(custom, "shown")), (Some(&refs[5]), "yes"));
    // The same address was met in two containers.
    let same = objects(&lifted)
        .iter()
        .filter_map(Value::as_object)
        .filter(|map| text(map, "id") == refs[5].as_str().unwrap());
    assert_eq!(same.count(), 1);
    // A file whose identifier depends on its directory carries the derived one (checked for all above).
    assert!(text(named(&lifted, "file--96d42100"), "parent_directory_ref").starts_with("directory--"));
}

#[test]
fn lifting_twice_is_lifting_once() {
    let once = lift(vec![parse(BUNDLE, &Limits::default()).unwrap()]);
    let twice = lift(once.objects.clone());
    assert_eq!(twice.objects, once.objects);
    assert!(twice.changes.is_empty(), "{:?}", twice.changes);
    let document = read(BUNDLE, &Limits::default()).unwrap();
    assert_eq!(lift_document(&document).objects, objects(&once), "a document gives the same objects");
}

#[test]
fn nothing_of_stix_2_1_is_changed() {
    let Some(folder) = folder("") else { return };
    let (mut lifted_bundles, mut objects) = (0, 0);
    for entry in std::fs::read_dir(folder.join("bundles")).unwrap() {
        let bytes = unpacked(&entry.unwrap().path());
        let limits = Limits { object_bytes: usize::MAX, ..Limits::default() };
        let bundle = parse(&bytes, &limits).unwrap();
        let listed = bundle.as_object().unwrap().get("objects").and_then(Value::as_array).unwrap_or_default();
        let old = listed.iter().filter_map(Value::as_object).any(is_20);
        objects += listed.len();
        let lifted = lift(vec![bundle.clone()]);
        if old {
            lifted_bundles += 1;
            let again = lift(lifted.objects.clone());
            assert_eq!(again.objects, lifted.objects);
            continue;
        }
        assert_eq!(lifted.objects, [bundle]);
        assert!(lifted.changes.is_empty(), "{:?}", lifted.changes);
    }
    println!("{objects} objects; {lifted_bundles} bundles hold objects of 2.0");
    assert!(objects > 50_000 && lifted_bundles < 10);
}

#[test]
fn what_the_corpora_hold_of_stix_2_0_is_valid_afterwards() {
    let Some(folder) = folder("") else { return };
    let mut seen = 0;
    for line in unpacked(&folder.join("objects-disputed.jsonl.gz")).split(|byte| *byte == b'\n') {
        let Ok(row) = parse(line, &Limits::default()) else { continue };
        let value = row.as_object().unwrap().get("json").unwrap().clone();
        let map = value.as_object().unwrap();
        // What has no identifier is invalid in every version.
        if !is_20(map) || !map.contains_key("id") {
            continue;
        }
        seen += 1;
        for value in &lift(vec![value]).objects {
            let inner = value.as_object().unwrap().get("objects").and_then(Value::as_array);
            let wrong: Vec<_> =
                inner.map_or_else(|| errors(value), |list| list.iter().flat_map(errors).collect());
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
    }
    assert!(seen >= 2, "{seen}");
}
