//! Repaired views: what is mended, what never is, and that every change can be taken back.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what helps the tests fails loudly"
)]

mod corpus;

use std::collections::BTreeSet;
use std::path::Path;

use comity_stix::repair::{Change, OFFERED, Repaired, view};
use comity_stix::{
    Level, Limits, Map, Object, Profile, Registry, Segment, Tlp, Validator, Value, parse, read, rule,
    validate,
};
use proptest::prelude::*;

use corpus::{folder, unpacked};

const HEAD: &str =
    r#""spec_version":"2.1","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z""#;
const UUID: &str = "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f";

/// An object of this type with `more` properties.
fn object(kind: &str, more: &str) -> String {
    format!(r#"{{"type":"{kind}","id":"{kind}--{UUID}",{HEAD},{more}}}"#)
}

fn observable(kind: &str, more: &str) -> String {
    format!(r#"{{"type":"{kind}","id":"{kind}--{UUID}",{more}}}"#)
}

fn viewed(text: &str) -> Repaired {
    let object =
        Object::parse(text.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error}: {text}"));
    view(&object, &Registry::standard())
}

/// The changes as `code path: from -> to`.
fn told(text: &str) -> Vec<String> {
    viewed(text).changes.iter().map(tell).collect()
}

fn tell(change: &Change) -> String {
    let Change { code, path, from, to, renamed, .. } = change;
    let nothing = || "-".to_owned();
    match renamed {
        Some(key) => format!("{code} {path} => {key}"),
        None => format!(
            "{code} {path}: {} -> {}",
            from.clone().unwrap_or_else(nothing),
            to.clone().unwrap_or_else(nothing)
        ),
    }
}

fn step<'v>(value: &'v mut Value<'static>, step: &Segment) -> &'v mut Value<'static> {
    match (value, step) {
        (Value::Object(map), Segment::Key(key)) => map.get_mut(key).unwrap_or_else(|| panic!("{key}")),
        (Value::Array(list), Segment::Index(at)) => &mut list[*at],
        (other, step) => panic!("no {step:?} in {other:?}"),
    }
}

/// What the view was made of, as the description of [`Change`] says.
fn undone(repaired: &Repaired) -> Map<'static> {
    let mut root = Value::Object(repaired.value.clone());
    for change in repaired.changes.iter().rev() {
        let (last, container) = change.steps.split_last().unwrap();
        let container = container.iter().fold(&mut root, |value, next| step(value, next));
        let from =
            change.from.as_ref().map(|json| parse(json.as_bytes(), &Limits::default()).unwrap().into_owned());
        match (container, last, &change.renamed, from) {
            (Value::Object(map), Segment::Key(key), Some(renamed), _) => {
                let value = map.remove(renamed).unwrap();
                assert_eq!(map.insert(key.clone(), value), None);
            }
            (Value::Object(map), Segment::Key(key), None, Some(from)) => {
                assert_eq!(map.insert(key.clone(), from).is_some(), change.to.is_some(), "{change:?}");
            }
            (Value::Object(map), Segment::Key(key), None, None) => assert!(map.remove(key).is_some()),
            (Value::Array(list), Segment::Index(at), None, Some(from)) if change.to.is_none() => {
                list.insert(*at, from)
            }
            (Value::Array(list), Segment::Index(at), None, Some(from)) => list[*at] = from,
            other => panic!("{other:?}"),
        }
    }
    let Value::Object(map) = root else { panic!("no dictionary") };
    map
}

/// What holds for every view.
fn check(text: &str) -> Repaired {
    let registry = Registry::standard();
    let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
    let repaired = view(&object, &registry);
    assert_eq!(&undone(&repaired), object.value(), "{text}\n{:#?}", repaired.changes);
    let again = Object::from_value(Value::Object(repaired.value.clone())).unwrap();
    let twice = view(&again, &registry);
    assert_eq!(twice.changes, [], "{text}\n{:#?}", repaired.changes);
    assert_eq!(twice.value, repaired.value);
    assert_eq!(repaired.findings, validate(&again, &registry));
    assert!(repaired.changes.iter().all(|change| OFFERED.contains(&change.code)), "{:?}", repaired.changes);
    let found = validate(&object, &registry);
    if found.iter().all(|finding| finding.level == Level::Note) {
        // The case of references is the only thing that validation does not mention.
        assert!(
            repaired.changes.iter().all(|change| change.code == "id-case"),
            "{text}\n{:?}",
            repaired.changes
        );
    }
    repaired
}

/// An object, and the changes that make its view.
#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<(String, Vec<&'static str>)> {
    let name = |more: &str| object("tool", &format!(r#""name":"EXERCISE",{more}"#));
    let upper = "tool--8E2E2D2B-17D4-4CBF-938F-98EE46B3CD3F";
    let md5 = "d41d8cd98f00b204e9800998ecf8427e";
    vec![
        (name(r#""description":null"#), vec!["null description: null -> -"]),
        (
            name(r#""x_own":{"a":{"b":null},"c":[]}"#),
            vec![
                "null x_own.a.b: null -> -",
                "empty-dictionary x_own.a: {} -> -",
                "empty-list x_own.c: [] -> -",
                "empty-dictionary x_own: {} -> -",
            ],
        ),
        (
            name(r#""labels":[null,"a",null]"#),
            vec!["null labels.[2]: null -> -", "null labels.[0]: null -> -"],
        ),
        (
            // The selector held the list at its length, and points to nothing.
            name(r#""labels":[[]],"granular_markings":[{"lang":"en","selectors":["name","labels.[1]"]}]"#),
            vec![
                "selector granular_markings.[0].selectors.[1]: \"labels.[1]\" -> -",
                "empty-list labels.[0]: [] -> -",
                "empty-list labels: [] -> -",
            ],
        ),
        (name(r#""labels":[null]"#), vec!["null labels.[0]: null -> -", "empty-list labels: [] -> -"]),
        (name(r#""extensions":{}"#), vec!["empty-dictionary extensions: {} -> -"]),
        (observable("file", r#""name":"EXERCISE","hashes":{}"#), vec!["empty-dictionary hashes: {} -> -"]),
        (
            name(
                r#""external_references":[{"source_name":"EXERCISE","url":"https://example.org/","hashes":{"MD5":null}}]"#,
            ),
            vec![
                "null external_references.[0].hashes.MD5: null -> -",
                "empty-dictionary external_references.[0].hashes: {} -> -",
            ],
        ),
        (name(r#""revoked":"False""#), vec![r#"boolean revoked: "False" -> false"#]),
        (object("malware", r#""name":"EXERCISE","is_family":1"#), vec!["boolean is_family: 1 -> true"]),
        (name(r#""confidence":"15""#), vec![r#"integer confidence: "15" -> 15"#]),
        (name(r#""confidence":15.0"#), vec!["integer-form confidence: 15.0 -> 15"]),
        (
            object("opinion", &format!(r#""opinion":"Strongly Agree","object_refs":["tool--{UUID}"]"#)),
            vec![r#"enumeration opinion: "Strongly Agree" -> "strongly-agree""#],
        ),
        (
            name(r#""tool_types":["Remote_Access","own"]"#),
            vec![r#"vocabulary tool_types.[0]: "Remote_Access" -> "remote-access""#],
        ),
        (
            object("campaign", r#""name":"EXERCISE","first_seen":"2020-01-01 02:00:00,50+02:00""#),
            vec![r#"timestamp first_seen: "2020-01-01 02:00:00,50+02:00" -> "2020-01-01T00:00:00.50Z""#],
        ),
        (
            name(r#""x":1"#).replace(
                "\"modified\":\"2020-01-01T00:00:00.000Z",
                "\"modified\":\"2020-01-01T01:00:00+01:00",
            ),
            vec![
                r#"timestamp modified: "2020-01-01T01:00:00+01:00" -> "2020-01-01T00:00:00Z""#,
                r#"time-digits modified: "2020-01-01T00:00:00Z" -> "2020-01-01T00:00:00.000Z""#,
            ],
        ),
        (
            observable("file", &format!(r#""hashes":{{"md5":" {md5}\n","SHA256":"00"}}"#)),
            vec![
                &*Box::leak(format!(r#"hash hashes.md5: " {md5}\n" -> "{md5}""#).into_boxed_str()),
                "hash-algorithm hashes.md5 => MD5",
                "hash-algorithm hashes.SHA256 => SHA-256",
            ],
        ),
        (
            name(&format!(
                r#""external_references":[{{"source_name":"EXERCISE","url":"https://example.org/","hashes":{{"md5":"{md5}"}}}}]"#
            )),
            vec!["hash-unknown external_references.[0].hashes.md5 => MD5"],
        ),
        (
            object(
                "report",
                &format!(r#""name":"EXERCISE","published":"2020-01-01T00:00:00Z","object_refs":["{upper}"]"#),
            ),
            vec![&*Box::leak(
                format!(r#"id-case object_refs.[0]: "{upper}" -> "tool--{UUID}""#).into_boxed_str(),
            )],
        ),
        (
            name("\"x\":1").replace(&format!("tool--{UUID}"), upper),
            vec![&*Box::leak(format!(r#"id-case id: "{upper}" -> "tool--{UUID}""#).into_boxed_str())],
        ),
        (
            name("\"x_a\":1").replace("\"spec_version\":\"2.1\",", ""),
            vec![r#"spec-version-missing spec_version: - -> "2.1""#],
        ),
        (name(r#""lang":"en_US""#), vec![r#"language lang: "en_US" -> "en-US""#]),
        (
            object(
                "language-content",
                &format!(r#""object_ref":"tool--{UUID}","contents":{{"de_CH":{{"labels":["",null]}}}}"#),
            ),
            vec!["language contents.de_CH => de-CH"],
        ),
        (
            name(
                r#""granular_markings":[{"lang":"en","selectors":["name","labels"]},{"lang":"de","selectors":["labels"]}]"#,
            ),
            vec![
                r#"selector granular_markings.[1].selectors.[0]: "labels" -> -"#,
                r#"empty-list granular_markings.[1]: {"lang":"de","selectors":[]} -> -"#,
                r#"selector granular_markings.[0].selectors.[1]: "labels" -> -"#,
            ],
        ),
        (
            object(
                "relationship",
                &format!(
                    r#""relationship_type":"Related To","source_ref":"tool--{UUID}","target_ref":"tool--{UUID}""#
                ),
            ),
            vec![r#"relationship-type relationship_type: "Related To" -> "related-to""#],
        ),
        (
            object(
                "vulnerability",
                r#""name":"EXERCISE","external_references":[null,{"source_name":"CVE","external_id":"cve-2016-1234"}]"#,
            ),
            vec![
                r#"external-reference-id external_references.[1].source_name: "CVE" -> "cve""#,
                r#"external-reference-id external_references.[1].external_id: "cve-2016-1234" -> "CVE-2016-1234""#,
                "null external_references.[0]: null -> -",
            ],
        ),
        (
            observable("software", r#""name":"EXERCISE","languages":["de","en_US"]"#),
            vec![r#"language languages.[1]: "en_US" -> "en-US""#],
        ),
        (Tlp::Red.definition().replace("TLP:RED", "red"), vec![r#"tlp name: "red" -> "TLP:RED""#]),
        (
            r#"{"type":"marking-definition","id":"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
                "created":"2017-01-20T00:00:00.000Z","definition_type":"tlp","definition":{"tlp":"white"}}"#
                .to_owned(),
            vec![r#"tlp name: - -> "TLP:WHITE""#, r#"tlp spec_version: - -> "2.1""#],
        ),
    ]
}

#[test]
fn each_repair_is_made_and_listed_and_can_be_taken_back() {
    let mut seen = BTreeSet::new();
    for (text, expected) in cases() {
        assert_eq!(told(&text), expected, "{text}");
        seen.extend(check(&text).changes.iter().map(|change| change.code));
    }
    let missing: Vec<_> = OFFERED.iter().filter(|code| !seen.contains(*code)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn what_cannot_be_mended_without_inventing_a_fact_is_left() {
    let name = |more: &str| object("tool", &format!(r#""name":"EXERCISE",{more}"#));
    let own = r#""x_own":{"flag":"true","when":"2020-01-01 00:00:00Z","hashes":{"md5":" 00 "},"a_ref":"tool--8E2E2D2B-17D4-4CBF-938F-98EE46B3CD3F","empty":{}}"#;
    for text in [
        name(own),
        object("tool", r#""name":null"#),
        object("report", r#""name":"EXERCISE","published":"2020-01-01T00:00:00Z","object_refs":[]"#),
        object("campaign", r#""name":"EXERCISE","first_seen":"2020-01-01T00:00:00""#),
        object("campaign", r#""name":"EXERCISE","first_seen":"2020-01-01""#),
        name(r#""revoked":"yes","confidence":"high""#),
        name(r#""confidence":"101""#),
        name(r#""tool_types":["remote access tool"]"#),
        name(r#""external_references":[{"source_name":"EXERCISE","url":"example.org"}]"#),
        name(r#""kill_chain_phases":[{"kill_chain_name":"Own Chain","phase_name":"Phase One"}]"#),
        name(r#""object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da","marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]"#),
        name(r#""granular_markings":[{"lang":"en","selectors":["name[0]"]}]"#),
        // The only one of several of which one is needed, and two that need each other.
        object("location", r#""region":null"#),
        object("location", r#""country":null,"region":null"#),
        object("location", r#""country":"de","latitude":null,"longitude":5.5"#),
        // The key is taken.
        observable("file", r#""hashes":{"MD5":"d41d8cd98f00b204e9800998ecf8427e","md5":"d41d8cd98f00b204e9800998ecf8427e"}"#),
        // Another level than the identifier's; markings of its own.
        Tlp::Red.definition().replace("\"tlp_2_0\":\"red\"", "\"tlp_2_0\":\"green\""),
        Tlp::Red.definition().replace("TLP:RED\"", &format!("red\",\"object_marking_refs\":[\"{}\"]", Tlp::Red.marking_id())),
        // Of STIX 2.0.
        object("indicator", r#""labels":["benign"],"pattern":"[url:value = 'https://example.org/']","valid_from":"2016-01-01T00:00:00Z""#)
            .replace("\"spec_version\":\"2.1\",", ""),
        object("tool", r#""name":"EXERCISE","labels":["remote-access"]"#).replace("\"spec_version\":\"2.1\",", ""),
    ] {
        assert_eq!(told(&text), [""; 0], "{text}");
        assert!(!check(&text).too_many);
    }
}

#[test]
fn protection_by_data_markings_is_never_taken_away() {
    let marking = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";
    let marked = |more: &str, selectors: &str| {
        let entry =
            format!(r#""granular_markings":[{{"marking_ref":"{marking}","selectors":[{selectors}]}}]"#);
        object("tool", &format!(r#""name":"EXERCISE",{more}"labels":["a"],{entry}"#))
    };
    for text in [
        marked("", r#""description""#),
        marked("", ""),
        marked("", "null"),
        marked(r#""description":null,"#, r#""description""#),
        marked(r#""x_own":{"a":null},"#, r#""x_own.a""#),
        marked(r#""aliases":[null,"b"],"#, r#""aliases.[1]""#),
        marked(r#""aliases":[null],"#, r#""aliases.[0]""#),
        // Misspelled: what they protect is not known, so nothing moves.
        marked(r#""aliases":[null,"b"],"#, r#""alias.[1]""#),
        marked(r#""aliases":[null,"b"],"description":null,"#, r#""aliases[1]""#),
    ] {
        assert_eq!(told(&text), [""; 0], "{text}");
        check(&text);
    }
    let file = format!(
        r#"{{"type":"file","id":"file--{UUID}","hashes":{{"md5":"d41d8cd98f00b204e9800998ecf8427e"}},
            "granular_markings":[{{"marking_ref":"{marking}","selectors":["hashes.md5"]}}]}}"#
    );
    assert_eq!(told(&file), [""; 0]);
    // What the marking covers as a whole may be mended inside; another part may be left out.
    let inside = marked(r#""x_own":{"a":null,"b":1},"description":null,"#, r#""x_own""#);
    assert_eq!(told(&inside), ["null x_own.a: null -> -", "null description: null -> -"]);
    check(&inside);
    // The place in the list counts for languages, too; and what they name may go, with them.
    let language = |more: &str, selector: &str| {
        object(
            "tool",
            &format!(
                r#""name":"EXERCISE",{more},"granular_markings":[{{"lang":"en","selectors":["{selector}"]}}]"#
            ),
        )
    };
    assert_eq!(told(&language(r#""aliases":[null,"b"]"#, "aliases.[1]")), [""; 0]);
    assert_eq!(
        told(&language(r#""description":null"#, "description")),
        [
            "null description: null -> -",
            r#"selector granular_markings.[0].selectors.[0]: "description" -> -"#,
            r#"empty-list granular_markings.[0]: {"lang":"en","selectors":[]} -> -"#,
            "empty-list granular_markings: [] -> -",
        ]
    );
    check(&language(r#""description":null"#, "description"));
}

#[test]
fn the_view_says_what_remains() {
    let text = object(
        "campaign",
        r#""name":"EXERCISE","description":null,"first_seen":"2021-01-01T00:00:00+00:00","last_seen":"2020-01-01T00:00:00Z""#,
    );
    let repaired = check(&text);
    assert_eq!(repaired.changes.len(), 2);
    let errors: Vec<_> = repaired
        .findings
        .iter()
        .filter(|found| found.level == Level::Error)
        .map(|found| found.code)
        .collect();
    assert_eq!(errors, ["time-order"]);
    assert!(!repaired.is_valid());
    assert!(check(&object("tool", r#""name":"EXERCISE","description":null"#)).is_valid());
}

#[test]
fn the_deprecated_container_and_predefined_extensions_are_mended_inside() {
    let text = object(
        "observed-data",
        r#""first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":"1","objects":{
            "0":{"type":"process","pid":"7","extensions":{"windows-service-ext":{"service_name":"EXERCISE","start_type":"service_disabled"}}},
            "1":{"type":"network-traffic","src_ref":"2","protocols":["tcp"],"is_active":"false","dst_ref":null},
            "2":{"type":"ipv4-addr","value":"198.51.100.3"}}"#,
    );
    let mut changes = told(&text);
    changes.sort();
    assert_eq!(
        changes,
        [
            r#"boolean objects.1.is_active: "false" -> false"#,
            r#"enumeration objects.0.extensions.windows-service-ext.start_type: "service_disabled" -> "SERVICE_DISABLED""#,
            r#"integer number_observed: "1" -> 1"#,
            r#"integer objects.0.pid: "7" -> 7"#,
            "null objects.1.dst_ref: null -> -",
        ]
    );
    check(&text);
}

#[test]
fn an_object_with_too_many_faults_is_given_back_as_it_is() {
    let nulls: Vec<_> = (0..10_001).map(|at| format!("\"x_{at}\":null")).collect();
    let repaired = viewed(&object("tool", &format!("\"name\":\"EXERCISE\",{}", nulls.join(","))));
    assert!(repaired.too_many && repaired.changes.is_empty() && repaired.value.len() > 10_000);
    let list = vec!["null"; 9_000].join(",");
    let repaired = viewed(&object("tool", &format!("\"name\":\"EXERCISE\",\"x_list\":[{list}]")));
    assert_eq!((repaired.too_many, repaired.changes.len()), (false, 9_001));
}

#[test]
fn each_tolerated_rule_is_mended_or_the_documentation_says_why_not() {
    let page = include_str!("../../../docs/conformance/repairs.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let codes: Vec<&str> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    for rule in rule::ALL.iter().filter(|rule| rule.level == Level::Error && rule.lenient != Level::Error) {
        assert!(codes.contains(&rule.code), "{} is tolerated, but repairs.md has no line for it", rule.code);
    }
    for (row, code) in rows.iter().zip(&codes) {
        assert!(rule::find(code).is_some(), "there is no rule {code}");
        assert_eq!(row[1] != "nothing", OFFERED.contains(code), "{code}");
        assert!(row.len() == 3 && !row[2].is_empty(), "{code}");
    }
    assert!(OFFERED.iter().all(|code| codes.contains(code)));
}

/// The objects of a corpus, bundles taken apart.
fn objects_of(path: &Path) -> Vec<String> {
    let text = String::from_utf8(unpacked(path)).unwrap();
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(json) = row.get("json") else { continue };
        let json = json.to_string();
        let Ok(document) = read(json.as_bytes(), &Limits::default()) else { continue };
        found.extend(
            document
                .items
                .iter()
                .filter(|item| item.object.is_ok())
                .map(|item| String::from_utf8(item.bytes.to_vec()).unwrap()),
        );
    }
    found
}

#[test]
fn views_of_the_corpora_keep_their_promises() {
    let Some(folder) = folder("") else { return };
    let valid = objects_of(&folder.join("objects-valid.jsonl.gz"));
    let registry = Registry::standard();
    for text in &valid {
        let repaired = check(text);
        let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
        let errors: Vec<_> =
            validate(&object, &registry).into_iter().filter(|found| found.level == Level::Error).collect();
        assert_eq!(errors, []);
        for change in &repaired.changes {
            let rule = rule::find(change.code).unwrap();
            assert_eq!(rule.level, Level::Warning, "a valid object was changed: {change:?}\n{text}");
        }
    }
    let (mut mended, mut sound) = (0, 0);
    for name in ["objects-invalid.jsonl.gz", "objects-disputed.jsonl.gz"] {
        for text in objects_of(&folder.join(name)) {
            let repaired = check(&text);
            mended += usize::from(!repaired.changes.is_empty());
            sound += usize::from(!repaired.changes.is_empty() && repaired.is_valid());
        }
    }
    assert!(valid.len() > 700 && mended > 5 && sound > 2, "{} {mended} {sound}", valid.len());
}

/// Something else in the place of a value.
fn broken() -> impl Strategy<Value = serde_json::Value> {
    const TEXTS: &[&str] = &[
        "",
        "true",
        "False",
        "5",
        "2020-01-01 00:00:00+01:00",
        "2020-01-01T00:00:00.1Z",
        "Strongly_Agree",
        "en_US",
        "x",
        "tool--8E2E2D2B-17D4-4CBF-938F-98EE46B3CD3F",
        " d41d8cd98f00b204e9800998ecf8427e ",
    ];
    let leaf = prop_oneof![
        4 => Just(serde_json::Value::Null),
        2 => Just(serde_json::json!([])),
        2 => Just(serde_json::json!({})),
        1 => Just(serde_json::json!([null, "a", null])),
        1 => Just(serde_json::json!({"md5": null, "sha1": "x", "a": {"b": []}})),
        1 => Just(serde_json::json!(1)),
        1 => Just(serde_json::json!(7.0)),
        4 => proptest::sample::select(TEXTS).prop_map(serde_json::Value::from),
    ];
    leaf.boxed()
}

/// Sets the `at`-th value of the tree.
fn set(value: &mut serde_json::Value, at: &mut usize, to: &serde_json::Value) -> bool {
    if *at == 0 {
        *value = to.clone();
        return true;
    }
    *at -= 1;
    match value {
        serde_json::Value::Array(list) => list.iter_mut().any(|item| set(item, at, to)),
        serde_json::Value::Object(map) => map.iter_mut().any(|(_, item)| set(item, at, to)),
        _ => false,
    }
}

/// Objects with many kinds of parts.
fn samples() -> Vec<String> {
    let marking = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";
    let mut samples: Vec<String> = cases().into_iter().map(|(text, _)| text).collect();
    samples.push(object("tool", &format!(
        r#""name":"EXERCISE","aliases":["a",null,"b"],"labels":["x"],"description":null,"x_own":{{"a":null,"b":[1]}},
        "external_references":[{{"source_name":"s","url":"https://example.org/","description":null}},null],
        "granular_markings":[{{"marking_ref":"{marking}","selectors":["x_own.a","aliases.[2]"]}},null,
            {{"lang":"en","marking_ref":null,"selectors":["description","labels.[0]","labels.[1]"]}}]"#
    )));
    samples.push(observable("file", r#""name":"EXERCISE","size":"5","hashes":{"md5":null,"sha-1":"x","MD5":"y"},"extensions":{
        "ntfs-ext":{"sid":null,"alternate_data_streams":[{"name":"a","size":5.0},{}]},
        "extension-definition--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f":{"extension_type":"Property Extension","a":null}}"#));
    samples.push(object("observed-data", r#""first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,
        "objects":{"0":{"type":"process","pid":7,"extensions":{"windows-process-ext":{"aslr_enabled":"true"}}},"1":{"type":"directory","path":"p","contains_refs":["0",null]}}"#));
    samples.push(object(
        "location",
        r#""region":"Northern America","country":null,"latitude":null,"longitude":5.5,"precision":null"#,
    ));
    samples
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]
    #[test]
    fn views_of_broken_objects_keep_their_promises(
        sample in proptest::sample::select(samples()),
        faults in proptest::collection::vec((1usize..40, broken()), 0..5),
    ) {
        let mut value: serde_json::Value = serde_json::from_str(&sample).unwrap();
        for (mut at, fault) in faults {
            set(&mut value, &mut at, &fault);
        }
        let text = value.to_string();
        let repaired = check(&text);
        // Leaving something out never breaks a rule that was kept.
        let left_out_only = repaired.changes.iter().all(|change| change.to.is_none() && change.renamed.is_none());
        if left_out_only {
            let registry = Registry::standard();
            let lenient = Validator::new(&registry).profile(Profile::Lenient).least(Level::Error);
            let count = |map: Map<'static>| lenient.object(&Object::from_value(Value::Object(map)).unwrap()).len();
            prop_assert!(count(repaired.value.clone()) <= count(undone(&repaired)), "{text}\n{:?}", repaired.changes);
        }
    }
}

#[test]
fn a_marking_that_cannot_be_read_is_never_taken_away() {
    for markings in
        [r#""object_marking_refs":null"#, r#""object_marking_refs":[null]"#, r#""granular_markings":[null]"#]
    {
        let repaired = viewed(&object("tool", &format!("\"name\":\"EXERCISE\",{markings}")));
        assert!(repaired.changes.is_empty(), "{markings}: {:?}", repaired.changes);
        assert!(!repaired.findings.is_empty(), "{markings}");
    }
}
