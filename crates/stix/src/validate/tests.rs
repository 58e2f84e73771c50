mod kinds;

use super::*;
use crate::limits::Limits;
use crate::marking::Tlp;
use crate::schema::Extension;

const INDICATOR: &str = r#"{
    "type": "indicator", "spec_version": "2.1", "id": "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
    "created": "2016-04-06T20:03:48.000Z", "modified": "2016-04-06T20:03:48.000Z",
    "name": "EXERCISE", "description": "An indicator of the exercise.",
    "pattern": "[url:value = 'https://example.org/']", "pattern_type": "stix", "valid_from": "2016-01-01T00:00:00Z"
}"#;

const FILE: &str =
    r#"{"type": "file", "id": "file--f18e1add-ab48-55e7-bd57-1aa695b3be4b", "name": "exercise.txt"}"#;

fn judge_with(text: &str, registry: &Registry) -> Vec<Finding> {
    validate(&Object::parse(text.as_bytes(), &Limits::default()).unwrap(), registry)
}

fn judge(text: &str) -> Vec<Finding> {
    judge_with(text, &Registry::standard())
}

/// The errors as `code path`.
fn errors(text: &str) -> Vec<String> {
    let errors = judge(text).into_iter().filter(|finding| finding.level == Level::Error);
    errors.map(|finding| format!("{} {}", finding.code, finding.path).trim().to_owned()).collect()
}

fn with(base: &str, more: &str) -> String {
    let body = base.trim().strip_suffix('}').unwrap();
    format!("{body}, {more}}}")
}

#[test]
fn good_objects_have_no_findings() {
    for text in [INDICATOR, FILE, &Tlp::Red.definition()] {
        assert_eq!(judge(text), [], "{text}");
    }
}

#[test]
fn each_rule_of_the_common_properties_names_itself_and_the_place() {
    let cases = [
        (INDICATOR.replace("\"type\": \"indicator\",", ""), "type"),
        (INDICATOR.replace("\"type\": \"indicator\"", "\"type\": \"Indicator\""), "type-name type"),
        (INDICATOR.replace("\"indicator--8e", "\"campaign--8e"), "id-type id"),
        (INDICATOR.replace("-98ee46b3cd3f", "-98ee46b3cd"), "id id"),
        (INDICATOR.replace("\"2.1\"", "\"2.2\""), "spec-version spec_version"),
        (INDICATOR.replace("\"spec_version\": \"2.1\",", ""), "spec-version-missing"),
        (INDICATOR.replace("\"created\": \"2016-04-06T20:03:48.000Z\",", ""), "required"),
        (
            INDICATOR
                .replace("\"created\": \"2016-04-06T20:03:48.000Z", "\"created\": \"2016-04-06T20:03:48Z"),
            "time-digits created",
        ),
        (INDICATOR.replace("\"created\": \"2016", "\"created\": \"2017"), "time-order modified"),
        (INDICATOR.replace("2016-01-01T00:00:00Z", "yesterday"), "timestamp valid_from"),
        (INDICATOR.replace("\"pattern_type\": \"stix\",", ""), "required"),
        (with(INDICATOR, r#""x_none": null"#), "null x_none"),
        (with(INDICATOR, r#""x_list": [1, []]"#), "empty-list x_list.[1]"),
        (with(INDICATOR, r#""labels": ["a", 5]"#), "string labels.[1]"),
        (with(INDICATOR, r#""revoked": "no""#), "boolean revoked"),
        (with(INDICATOR, r#""confidence": 101"#), "integer-range confidence"),
        (with(INDICATOR, r#""confidence": 5.5"#), "integer confidence"),
        (with(INDICATOR, r#""x_big": 9007199254740992"#), "integer-range x_big"),
        (with(INDICATOR, r#""lang": "english language""#), "language lang"),
        (with(INDICATOR, r#""created_by_ref": "identity--1""#), "reference created_by_ref"),
        (with(INDICATOR, r#""_x": 1"#), "property-name _x"),
        (with(INDICATOR, r#""extensions": {}"#), "empty-dictionary extensions"),
        (
            with(INDICATOR, r#""extensions": {"extension-definition--1": {"a": 1}}"#),
            "extension-key extensions.extension-definition--1",
        ),
        (
            with(INDICATOR, r#""external_references": [{"source_name": "x"}]"#),
            "external-reference external_references.[0]",
        ),
        (with(INDICATOR, r#""external_references": [{"url": "x"}]"#), "required external_references.[0]"),
        (
            with(INDICATOR, r#""kill_chain_phases": [{"kill_chain_name": "x"}]"#),
            "required kill_chain_phases.[0]",
        ),
        (
            with(INDICATOR, r#""created_by_ref": "tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f""#),
            "reference-type created_by_ref",
        ),
        (with(INDICATOR, r#""valid_until": "2016-01-01T00:00:00.000Z""#), "time-order valid_until"),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(&text), [expected], "{text}");
    }
}

#[test]
fn the_version_of_an_old_object_is_named() {
    let found = judge(&INDICATOR.replace("\"2.1\"", "\"2.0\""));
    assert!(found[0].message.contains("STIX 2.0"), "{found:?}");
    let found = judge(&INDICATOR.replace("\"spec_version\": \"2.1\",", ""));
    assert!(found[0].message.contains("STIX 2.0"), "{found:?}");
}

#[test]
fn each_rule_of_markings_names_itself_and_the_place() {
    let mark = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da";
    let granular = |entry: &str| with(INDICATOR, &format!(r#""granular_markings": [{entry}]"#));
    let cases = [
        (
            with(INDICATOR, r#""object_marking_refs": ["tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"]"#),
            "reference-type object_marking_refs.[0]",
        ),
        (
            granular(&format!(r#"{{"marking_ref": "{mark}", "selectors": ["abc[0]"]}}"#)),
            "selector granular_markings.[0].selectors.[0]",
        ),
        (
            granular(&format!(r#"{{"marking_ref": "{mark}", "selectors": ["labels"]}}"#)),
            "selector granular_markings.[0].selectors.[0]",
        ),
        (granular(&format!(r#"{{"marking_ref": "{mark}"}}"#)), "selectors granular_markings.[0]"),
        (
            granular(&format!(r#"{{"marking_ref": "{mark}", "lang": "en", "selectors": ["pattern"]}}"#)),
            "granular-marking granular_markings.[0]",
        ),
        (granular(r#"{"selectors": ["pattern"]}"#), "granular-marking granular_markings.[0]"),
        (granular(r#"{"lang": 5, "selectors": ["pattern"]}"#), "language granular_markings.[0].lang"),
        (Tlp::Red.definition().replace("\"tlp_2_0\":\"red\"", "\"tlp_2_0\":\"green\""), "tlp"),
        (Tlp::Red.definition().replace("e828b379", "1828b379"), "tlp"),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(&text), [expected], "{text}");
    }
    assert_eq!(errors(&granular(r#"{"lang": "zh-Hant", "selectors": ["pattern"]}"#)), [""; 0]);
    let own = Tlp::Clear.marking_id();
    let circle = with(&Tlp::Clear.definition(), &format!(r#""object_marking_refs": ["{own}"]"#));
    assert!(errors(&circle).contains(&"marking-circle object_marking_refs".to_owned()));
}

#[test]
fn rules_between_properties_hold() {
    let address = |value: &str| {
        format!(
            r#"{{"type":"ipv4-addr","id":"ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd","value":"{value}"}}"#
        )
    };
    for good in ["198.51.100.3", "198.51.100.0/24", "0.0.0.0/0"] {
        assert_eq!(errors(&address(good)), [""; 0], "{good}");
    }
    for bad in
        ["198.51.100", "198.51.100.3/33", "198.51.100.3/", "198.51.100.3/a", "198.51.100.3/01", "example.org"]
    {
        assert_eq!(errors(&address(bad)), ["address value"], "{bad}");
    }
    let cases = [
        (FILE.replace("\"name\"", "\"x_name\"").replace("-55e7-", "-45e7-"), "required"),
        (FILE.replace("exercise.txt\"", "x\", \"size\": -1"), "integer-range size"),
        (FILE.replace("exercise.txt\"", "x\", \"hashes\": {\"MD5\": \"00\"}"), "hash hashes.MD5"),
        (FILE.replace("exercise.txt\"", "x\", \"magic_number_hex\": \"0\""), "hex magic_number_hex"),
        (FILE.replace("exercise.txt\"", "x\", \"spec_version\": \"3\""), "spec-version spec_version"),
        (
            FILE.replace("exercise.txt\"", "x\", \"extensions\": {\"archive-ext\": {\"comment\": \"x\"}}"),
            "required extensions.archive-ext",
        ),
        (
            r#"{"type":"process","id":"process--ff1e0780-358c-5808-a8c7-d0fca4ef6ef4","pid":314}"#.to_owned(),
            "id-process id",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(&text), [expected], "{text}");
    }
}

#[test]
fn unknown_types_and_properties_are_never_errors() {
    let custom = r#"{"type":"x-thing","id":"x-thing--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","x_any":{"a":1}}"#;
    let found = judge(custom);
    assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["custom-type"]);
    assert!(is_valid(&found));
    let found = judge(&with(INDICATOR, r#""x_own": 1"#));
    assert_eq!((found[0].code, found[0].level), ("custom-property", Level::Note));
}

#[test]
fn a_registered_type_falls_under_the_rules_of_its_class() {
    let registry = Registry::standard().with_extension(Extension {
        id: "extension-definition--9c59fd79-4215-4ba2-920d-3e4f320e1e62".parse().unwrap(),
        name: "EXERCISE".into(),
        schema: String::new(),
        kinds: Vec::new(),
        types: vec![("x-session".into(), Class::Sdo)],
        properties: vec!["session_number".into()],
    });
    let text = r#"{"type":"x-session","id":"x-session--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"}"#;
    assert!(is_valid(&judge(text)));
    let codes: Vec<_> = judge_with(text, &registry).into_iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["spec-version-missing", "required", "required"]);
    assert_eq!(judge_with(&with(INDICATOR, r#""session_number": 3"#), &registry), []);
}

#[test]
fn a_hostile_object_gets_no_endless_report_and_stays_invalid() {
    let notes: Vec<_> = (0..5_000).map(|at| format!("\"x_a{at}\": 1")).collect();
    let nulls: Vec<_> = (0..5_000).map(|at| format!("\"x_b{at}\": null")).collect();
    let found = judge(&with(INDICATOR, &format!("{}, {}", notes.join(","), nulls.join(","))));
    assert!(found.len() <= 200 && !is_valid(&found));
}

/// What is found in a bundle of these objects, as `index code path`.
fn in_bundle(objects: &[String]) -> Vec<String> {
    let id = "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d";
    let text = format!(r#"{{"type":"bundle","id":"{id}","objects":[{}]}}"#, objects.join(","));
    let registry = Registry::standard();
    let report =
        Validator::new(&registry).least(Level::Warning).document(text.as_bytes(), &Limits::default());
    let line = |placed: &Placed| {
        let at = placed.index.map_or_else(String::new, |index| index.to_string());
        format!("{at} {} {}", placed.finding.code, placed.finding.path).trim().to_owned()
    };
    report.findings.iter().map(line).collect()
}

fn malware(number: u8, family: bool) -> String {
    format!(
        r#"{{"type":"malware","spec_version":"2.1","id":"malware--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd{number:02}",
        "created":"2016-04-06T20:03:48.000Z","modified":"2016-04-06T20:03:48.000Z","name":"EXERCISE","is_family":{family}}}"#
    )
}

#[test]
fn rules_between_the_objects_of_a_bundle_name_the_later_object() {
    let named = INDICATOR.to_owned();
    assert_eq!(in_bundle(&[named.clone(), named.clone()]), [""; 0]);
    let other = named.replace("\"name\": \"EXERCISE\"", "\"name\": \"EXERCISE two\"");
    assert_eq!(in_bundle(&[named.clone(), other.clone()]), ["1 bundle-conflict"]);
    let revoked = with(&named, r#""revoked": true"#);
    let later = other.replace("\"modified\": \"2016", "\"modified\": \"2017");
    assert_eq!(in_bundle(&[revoked.clone(), later.clone()]), ["1 bundle-revoked"]);
    assert_eq!(in_bundle(&[named.clone(), later]), [""; 0]);
    let file = FILE.replace("\"name\"", "\"size\": 5, \"name\"");
    assert_eq!(in_bundle(&[FILE.to_owned(), file]), ["1 bundle-variant"]);
    let same = named.replace("indicator--", "campaign--").replace("\"indicator\"", "\"campaign\"");
    assert!(in_bundle(&[named.clone(), same]).contains(&"1 bundle-uuid".to_owned()));
    assert_eq!(in_bundle(&["17".to_owned()]), ["0 not-an-object"]);
    let nested = r#"{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56e"}"#;
    assert_eq!(in_bundle(&[nested.to_owned()]), ["0 bundle-nested"]);
}

#[test]
fn a_translation_mirrors_what_it_translates_where_that_is_here() {
    let named = with(INDICATOR, r#""labels": ["a", "b"]"#);
    let translation = |contents: &str| {
        format!(
            r#"{{"type":"language-content","spec_version":"2.1","id":"language-content--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd40",
            "created":"2016-04-06T20:03:48.000Z","modified":"2016-04-06T20:03:48.000Z",
            "object_ref":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","contents":{{"ru":{contents}}}}}"#
        )
    };
    let judged = |contents: &str| in_bundle(&[named.clone(), translation(contents)]);
    assert_eq!(judged(r#"{"name": "УЧЕНИЕ", "labels": ["а", ""]}"#), [""; 0]);
    assert_eq!(judged(r#"{"aliases": ["УЧЕНИЕ"]}"#), ["1 language-contents-target contents.ru.aliases"]);
    assert_eq!(judged(r#"{"labels": ["а"]}"#), ["1 language-contents-target contents.ru.labels"]);
    assert_eq!(judged(r#"{"name": 5}"#), ["1 language-contents-target contents.ru.name"]);
}

#[test]
fn a_family_is_no_variant_of_an_instance() {
    let relation = |source: u8, target: u8| {
        format!(
            r#"{{"type":"relationship","spec_version":"2.1","id":"relationship--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd41",
            "created":"2016-04-06T20:03:48.000Z","modified":"2016-04-06T20:03:48.000Z","relationship_type":"variant-of",
            "source_ref":"malware--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd{source:02}",
            "target_ref":"malware--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd{target:02}"}}"#
        )
    };
    let both = [malware(1, true), malware(2, false)];
    let judged = |relation: String| in_bundle(&[both[0].clone(), both[1].clone(), relation]);
    assert_eq!(judged(relation(1, 2)), ["2 variant-of relationship_type"]);
    assert_eq!(judged(relation(2, 1)), [""; 0]);
}

#[test]
fn only_findings_of_the_asked_level_are_made_and_the_verdict_stays() {
    let text = with(INDICATOR, r#""labels": [], "x-odd": 1, "x_own": 1"#);
    let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
    let registry = Registry::standard();
    let levels = |least| {
        let found = Validator::new(&registry).least(least).object(&object);
        assert!(!is_valid(&found));
        found.into_iter().map(|finding| finding.level).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(levels(Level::Error).len(), 1);
    assert_eq!(levels(Level::Warning).len(), 2);
    assert_eq!(levels(Level::Note).len(), 3);
    let lenient = Validator::new(&registry).profile(Profile::Lenient).object(&object);
    assert!(is_valid(&lenient) && lenient.iter().any(|finding| finding.code == "empty-list"));
}

#[test]
fn a_hostile_document_gets_no_endless_report_and_its_findings_are_counted() {
    let nulls = vec!["null"; 90].join(",");
    let object = with(INDICATOR, &format!(r#""x_list": [{nulls}]"#));
    let text = format!(r#"{{"type":"bundle","objects":[{}]}}"#, vec![object; 200].join(","));
    let registry = Registry::standard();
    let report = Validator::new(&registry).document(text.as_bytes(), &Limits::default());
    assert_eq!(report.findings.len(), 10_000);
    assert!(report.count(Level::Error) >= 18_000 && report.omitted() >= 8_000);
}

#[test]
fn contained_observables_are_judged_with_their_markings() {
    let container = |marking: &str| {
        format!(
            r#"{{"type":"observed-data","spec_version":"2.1","id":"observed-data--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
            "created":"2016-04-06T20:03:48.000Z","modified":"2016-04-06T20:03:48.000Z","number_observed":1,
            "first_observed":"2016-04-06T20:03:48Z","last_observed":"2016-04-06T20:03:48Z",
            "objects":{{"0":{{"type":"file","name":"EXERCISE",{marking}}}}}}}"#
        )
    };
    let red = Tlp::Red.marking_id();
    let dangling =
        container(&format!(r#""granular_markings":[{{"marking_ref":"{red}","selectors":["size"]}}]"#));
    assert_eq!(errors(&dangling), ["selector objects.0.granular_markings.[0].selectors.[0]"]);
    let marked = container(&format!(r#""object_marking_refs":["{red}"]"#));
    assert_eq!(errors(&marked), [""; 0]);
    let object = Object::parse(marked.as_bytes(), &Limits::default()).unwrap();
    assert!(object.contains_markings());
    assert!(crate::redact::visible(&object, &|_| false).is_err());
}
