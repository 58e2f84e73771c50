#![expect(clippy::arithmetic_side_effects, reason = "a test may stop when a number overflows")]

use proptest::prelude::*;

use super::*;
use crate::json::parse;
use crate::limits::Limits;
use crate::validate::is_valid;

const REPORT: &str = r#"{
    "type": "report", "spec_version": "2.1", "id": "report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3",
    "created_by_ref": "identity--a463ffb3-1bd9-4d94-b02d-74e4f1658283",
    "created": "2015-12-21T19:59:11.000Z", "modified": "2015-12-21T19:59:11.000Z",
    "name": "EXERCISE report", "description": "EXERCISE text", "published": "2016-01-20T17:00:00Z",
    "labels": ["one", "two", "three"],
    "external_references": [{"source_name": "a", "url": "https://example.org/a"},
        {"source_name": "b", "external_id": "7", "description": "text"}],
    "object_refs": ["indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d2",
        "campaign--83422c77-904c-4dc1-aff5-5c38f3a2c55c"],
    "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],
    "extensions": {"extension-definition--9c59fd79-4215-4ba2-920d-3e4f320e1e62":
        {"extension_type": "property-extension", "claims": [{"by": "x"}, {"by": "y", "text": "z"}]}},
    "granular_markings": [
        {"marking_ref": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
         "selectors": ["description", "labels.[1]"]},
        {"marking_ref": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
         "selectors": ["labels.[2]", "external_references.[1].description"]},
        {"lang": "en", "selectors": ["name"]}]
}"#;

fn report() -> Object<'static> {
    Object::parse(REPORT.as_bytes(), &Limits::default()).unwrap()
}

fn cut(selectors: &[&str]) -> Option<Value<'static>> {
    let selectors: Vec<_> = selectors.iter().map(|text| Selector::parse(text).unwrap()).collect();
    let bytes = without(&report(), &selectors, &|_| false)?;
    Some(parse(&bytes, &Limits::default()).unwrap().into_owned())
}

fn shown(value: &Value<'_>, key: &str) -> String {
    value
        .as_object()
        .unwrap()
        .get(key)
        .map_or_else(|| "-".to_owned(), |part| serde_json::to_string(part).unwrap())
}

#[test]
fn marked_content_goes_and_the_other_markings_follow_theirs() {
    let left = cut(&["description", "labels.[1]"]).unwrap();
    assert_eq!(
        (shown(&left, "description").as_str(), shown(&left, "labels").as_str()),
        ("-", r#"["one","three"]"#)
    );
    let markings = shown(&left, MARKINGS);
    assert!(!markings.contains("e828b379"), "{markings}");
    assert!(markings.contains(r#"["labels.[1]","external_references.[1].description"]"#), "{markings}");
    let order: Vec<_> = left.as_object().unwrap().keys().collect();
    assert_eq!(order[..4], ["type", "spec_version", "id", "created_by_ref"]);
    assert!(shown(&left, OBJECT_MARKINGS).contains("bab4a63c"));
}

#[test]
fn emptied_lists_and_dictionaries_go_too() {
    let left = cut(&["labels.[0]", "labels.[1]", "labels.[2]"]).unwrap();
    assert_eq!(shown(&left, "labels"), "-");
    let claims = "extensions.extension-definition--9c59fd79-4215-4ba2-920d-3e4f320e1e62.claims";
    let left = cut(&[&format!("{claims}.[0].by"), &format!("{claims}.[1].text")]).unwrap();
    assert!(shown(&left, "extensions").ends_with(r#""claims":[{"by":"y"}]}}"#));
    let left = cut(&["external_references", "name.nothing", "missing"]).unwrap();
    assert_eq!(shown(&left, "external_references"), "-");
    assert!(!shown(&left, MARKINGS).contains("external_references"));
}

#[test]
fn required_content_takes_the_whole_object_with_it() {
    for selector in [
        "id",
        "type",
        "name",
        "created",
        "object_refs",
        "external_references.[0].source_name",
        "granular_markings",
    ] {
        assert_eq!(cut(&[selector]), None, "{selector}");
    }
    assert_eq!(cut(&["external_references.[0].url"]), None, "a reference without any content is not valid");
}

#[test]
fn a_marking_of_the_whole_object_goes_only_when_the_caller_says_so() {
    let selectors = [Selector::parse("object_marking_refs.[0]").unwrap()];
    assert_eq!(without(&report(), &selectors, &|_| false), None);
    let bytes = without(&report(), &selectors, &|id| id.as_str().contains("bab4a63c")).unwrap();
    assert!(!String::from_utf8(bytes).unwrap().contains(OBJECT_MARKINGS));
}

#[test]
fn hidden_references_leave_lists_and_optional_properties() {
    let bytes = drop_references(&report(), &|id| matches!(id.kind(), "campaign" | "identity")).unwrap();
    let left = parse(&bytes, &Limits::default()).unwrap();
    assert_eq!(shown(&left, "created_by_ref"), "-");
    assert_eq!(shown(&left, "object_refs"), r#"["indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d2"]"#);
    assert_eq!(drop_references(&report(), &|id| id.kind() != "identity"), None, "object_refs is required");
    let kept = drop_references(&report(), &|id| id.kind() == "marking-definition").unwrap();
    assert_eq!(parse(&kept, &Limits::default()).unwrap(), Value::Object(report().value().clone()));
    let link = br#"{"type":"relationship","spec_version":"2.1",
        "id":"relationship--44298a74-ba52-4f0c-87a3-1824e67d7fad","relationship_type":"uses",
        "created":"2016-04-06T20:06:37.000Z","modified":"2016-04-06T20:06:37.000Z",
        "source_ref":"malware--31b940d4-6f7f-459a-80ea-9c1f17b5891b",
        "target_ref":"tool--36ffb872-1dd9-446e-b6f5-d58527e5b5d2"}"#;
    let link = Object::parse(link, &Limits::default()).unwrap();
    assert_eq!(drop_references(&link, &|id| id.kind() == "tool"), None);
    assert!(drop_references(&link, &|id| id.kind() == "file").is_some());
}

/// Every path of the value, each with its text if it is a leaf.
fn paths(value: &Value<'_>, at: &str, found: &mut Vec<(String, Option<String>)>) {
    let join = |step: &str| if at.is_empty() { step.to_owned() } else { format!("{at}.{step}") };
    match value {
        Value::Array(list) => {
            for (index, item) in list.iter().enumerate() {
                let path = join(&format!("[{index}]"));
                found.push((path.clone(), None));
                paths(item, &path, found);
            }
        }
        Value::Object(map) => {
            for (key, item) in map.iter().filter(|(key, _)| *key != MARKINGS) {
                found.push((join(key), None));
                paths(item, &join(key), found);
            }
        }
        leaf => found.push((at.to_owned(), Some(serde_json::to_string(leaf).unwrap()))),
    }
}

fn leaves(value: &Value<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    paths(value, "", &mut found);
    found.into_iter().filter_map(|(path, text)| Some((path, text?))).collect()
}

#[test]
fn a_list_of_many_marked_elements_is_cut_in_good_time() {
    let labels: Vec<_> = (0..40_000).map(|at| format!("\"{at}\"")).collect();
    let selectors: Vec<_> = (0..40_000).map(|at| format!("\"labels.[{at}]\"")).collect();
    let text = format!(
        r#"{{"type":"incident","spec_version":"2.1","id":"incident--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3",
        "created":"2015-12-21T19:59:11.000Z","modified":"2015-12-21T19:59:11.000Z","name":"EXERCISE",
        "labels":[{}],"granular_markings":[{{"lang":"en","selectors":[{}]}}]}}"#,
        labels.join(","),
        selectors.join(",")
    );
    let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
    let hidden: Vec<_> =
        (0..40_000).step_by(2).map(|at| Selector::parse(&format!("labels.[{at}]")).unwrap()).collect();
    let bytes = without(&object, &hidden, &|_| false).unwrap();
    let left = Object::parse(&bytes, &Limits::default()).unwrap();
    assert_eq!(left.granular_markings()[0].selectors.len(), 20_000);
    assert_eq!(left.at(&Selector::parse("labels.[19999]").unwrap()), Some(&Value::from("39999")));
}

proptest! {
    #[test]
    fn what_is_left_is_valid_and_holds_exactly_the_rest(chosen in proptest::collection::vec(0usize..60, 0..6)) {
        let whole = Value::Object(report().value().clone());
        let mut all = Vec::new();
        paths(&whole, "", &mut all);
        all.retain(|(path, text)| text.is_none() && !path.starts_with(OBJECT_MARKINGS));
        let chosen: Vec<String> = chosen.iter().map(|at| all[at % all.len()].0.clone()).collect();
        let hidden = |path: &str| {
            chosen.iter().any(|cut| path == cut || path.strip_prefix(cut.as_str()).is_some_and(|rest| rest.starts_with('.')))
        };
        let selectors: Vec<_> = chosen.iter().map(|text| Selector::parse(text).unwrap()).collect();
        if let Some(bytes) = without(&report(), &selectors, &|_| false) {
            let left = Object::parse(&bytes, &Limits::default()).unwrap();
            prop_assert!(is_valid(&validate(&left, &Registry::standard())));
            let mut expected: Vec<_> =
                leaves(&whole).into_iter().filter(|(path, _)| !hidden(path)).map(|(_, text)| text).collect();
            let mut held: Vec<_> =
                leaves(&Value::Object(left.value().clone())).into_iter().map(|(_, text)| text).collect();
            expected.sort();
            held.sort();
            prop_assert_eq!(held, expected);
            // Each surviving selector points to what it pointed to, and only selectors of gone content went.
            let before: Vec<_> = report().granular_markings().into_iter().flat_map(|entry| entry.selectors).collect();
            let kept: Vec<_> = before.iter().filter(|selector| {
                let mut inside = Vec::new();
                paths(report().at(selector).unwrap(), &selector.to_string(), &mut inside);
                inside.iter().any(|(path, text)| text.is_some() && !hidden(path))
            }).collect();
            let after: Vec<_> = left.granular_markings().into_iter().flat_map(|entry| entry.selectors).collect();
            prop_assert_eq!(after.len(), kept.len());
            for (old, new) in kept.iter().zip(&after) {
                let whole = report();
                prop_assert_eq!(whole.at(old), left.at(new));
            }
        }
    }
}

/// The reason why nothing is left, or what is left.
fn left(text: &str, selectors: &[&str]) -> Result<String, Refusal> {
    let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
    let selectors: Vec<_> = selectors.iter().map(|text| Selector::parse(text).unwrap()).collect();
    redacted(&object, &selectors, &|_| false).map(|bytes| String::from_utf8(bytes).unwrap())
}

fn with(kind: &str, more: &str) -> String {
    format!(
        r#"{{"type":"{kind}","spec_version":"2.1","id":"{kind}--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
        "created":"2016-04-06T20:03:00.000Z","modified":"2016-04-06T20:03:00.000Z",{more}}}"#
    )
}

#[test]
fn what_may_not_stand_alone_goes_with_what_it_needs() {
    let place = with(
        "location",
        r#""country":"se","latitude":1.5,"longitude":2.5,"precision":10.0,
        "granular_markings":[{"lang":"en","selectors":["longitude","country"]}]"#,
    );
    for selector in ["latitude", "longitude"] {
        let rest = left(&place, &[selector]).unwrap();
        assert!(!rest.contains("tude") && !rest.contains("precision"), "{rest}");
        assert!(rest.contains(r#"{"lang":"en","selectors":["country"]}"#), "{rest}");
    }
    let rest = left(&place, &["precision"]).unwrap();
    assert!(rest.contains("latitude") && rest.contains("longitude"));
    let nowhere = with("location", r#""latitude":1.5,"longitude":2.5"#);
    assert!(matches!(left(&nowhere, &["latitude"]), Err(Refusal::Invalid(_))), "nothing says where");
    let artifact = r#"{"type":"artifact","id":"artifact--ca17bcf8-9846-5ab4-8662-75c1bf6e63ee",
        "mime_type":"EXERCISE","url":"https://example.org/","hashes":{"MD5":"00000000000000000000000000000000"},
        "encryption_algorithm":"AES-256-GCM","decryption_key":"EXERCISE"}"#;
    let rest = left(artifact, &["encryption_algorithm"]).unwrap();
    for gone in ["encryption_algorithm", "decryption_key"] {
        assert!(!rest.contains(gone), "{rest}");
    }
    assert!(
        matches!(left(artifact, &["hashes.MD5"]), Err(Refusal::Invalid(_))),
        "the address needs its digest"
    );
    assert!(
        rest.contains("artifact--ca17bcf8-9846-5ab4-8662-75c1bf6e63ee"),
        "a deterministic identifier stays"
    );
}

#[test]
fn an_observable_that_goes_takes_the_names_of_it_with_it() {
    let text = with(
        "observed-data",
        r#""first_observed":"2016-04-06T20:03:00Z","last_observed":"2016-04-06T20:03:00Z","number_observed":1,
        "objects":{"0":{"type":"file","name":"EXERCISE","parent_directory_ref":"1","contains_refs":["1","2"]},
        "1":{"type":"directory","path":"EXERCISE secret","contains_refs":["2"]},
        "2":{"type":"domain-name","value":"example.org"}}"#,
    );
    let rest = left(&text, &["objects.1"]).unwrap();
    let file = r#""0":{"type":"file","name":"EXERCISE","contains_refs":["2"]}"#;
    assert!(rest.contains(file) && !rest.contains("secret"), "{rest}");
    let rest = left(&text, &["objects.1", "objects.2"]).unwrap();
    assert!(rest.contains(r#"{"0":{"type":"file","name":"EXERCISE"}}"#), "{rest}");
}

#[test]
fn an_object_that_would_say_something_else_is_refused() {
    let revoked = with("tool", r#""name":"EXERCISE","revoked":true,"labels":["a"]"#);
    assert_eq!(left(&revoked, &["revoked"]), Err(Refusal::Meaning("revoked".to_owned())));
    assert!(left(&revoked.replace("true", "false"), &["revoked"]).is_ok());
    let url =
        r#"{"type":"url","id":"url--c27c572c-2e17-5ce1-817e-67bb97629a56","value":"x","defanged":true}"#;
    assert_eq!(left(url, &["defanged"]), Err(Refusal::Meaning("defanged".to_owned())));
    let key = "extension-definition--9c59fd79-4215-4ba2-920d-3e4f320e1e62";
    for (kind, whole) in
        [("new-sdo", false), ("toplevel-property-extension", false), ("property-extension", true)]
    {
        let more =
            format!(r#""name":"EXERCISE","extensions":{{"{key}":{{"extension_type":"{kind}","more":"a"}}}}"#);
        let text = with("x-exercise", &more);
        let refused = || Err(Refusal::Meaning(format!("extensions.{key}")));
        assert_eq!(left(&text, &[&format!("extensions.{key}.extension_type")]), refused(), "{kind}");
        assert!(left(&text, &[&format!("extensions.{key}.more")]).is_ok(), "{kind}");
        for selector in ["extensions", &format!("extensions.{key}")] {
            let rest = left(&text, &[selector]);
            assert_eq!(rest.is_ok(), whole, "{kind}");
            assert!(whole || rest == refused());
        }
    }
    let statement = r#"{"type":"marking-definition","spec_version":"2.1",
        "id":"marking-definition--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2017-01-20T00:00:00.000Z",
        "definition_type":"statement","definition":{"statement":"EXERCISE","x_more":1},"name":"EXERCISE"}"#;
    assert_eq!(left(statement, &["definition.x_more"]), Err(Refusal::Meaning("definition".to_owned())));
    assert!(left(statement, &["name"]).is_ok());
}

#[test]
fn a_viewer_sees_the_rest_or_nothing() {
    let red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
    let green = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
    let amber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
    let see = |hidden: &str| {
        let object = report();
        visible(&object, &|id| id.as_str() == hidden).map(|bytes| String::from_utf8(bytes).unwrap())
    };
    let seen = see(red).unwrap();
    assert!(!seen.contains("EXERCISE text") && !seen.contains("two") && !seen.contains(red), "{seen}");
    assert!(seen.contains(r#"["labels.[1]","external_references.[1].description"]"#), "{seen}");
    assert!(!see(amber).unwrap().contains("three"));
    assert_eq!(see(green), Err(Refusal::WholeObject(green.to_owned())));
    assert_eq!(see("none").unwrap(), REPORT, "what hides nothing changes nothing");

    let tool = |more: &str| with("tool", &format!(r#""name":"EXERCISE","labels":["a"],{more}"#));
    for (more, place) in [
        (r#""object_marking_refs":"x""#.to_owned(), OBJECT_MARKINGS),
        (r#""object_marking_refs":["x"]"#.to_owned(), OBJECT_MARKINGS),
        (r#""granular_markings":{}"#.to_owned(), MARKINGS),
        (r#""granular_markings":[{"selectors":["labels"]}]"#.to_owned(), "granular_markings.[0]"),
        (
            r#""granular_markings":[{"marking_ref":"x","selectors":["labels"]}]"#.to_owned(),
            "granular_markings.[0]",
        ),
        (
            format!(r#""granular_markings":[{{"marking_ref":"{red}","selectors":["lables"]}}]"#),
            "granular_markings.[0]",
        ),
        (
            format!(r#""granular_markings":[{{"marking_ref":"{red}","selectors":[5]}}]"#),
            "granular_markings.[0]",
        ),
    ] {
        let text = tool(&more);
        let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
        let seen = visible(&object, &|id| id.as_str() == red);
        assert_eq!(seen, Err(Refusal::Markings(place.to_owned())), "{more}");
    }
}

#[test]
fn translations_of_hidden_parts_are_found() {
    let text = with(
        "language-content",
        r#""object_ref":"report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3","contents":{
        "de":{"name":"EXERCISE Bericht","description":"geheim","labels":["eins","zwei","drei"]},
        "fr":{"description":"secret","external_references":["", {"description":"secret"}]},
        "sv":{"name":"EXERCISE rapport","labels":"ett, tre"}}"#,
    );
    let content = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
    let hidden: Vec<_> =
        ["description", "labels.[1]", "external_references.[1].description", "external_references.[0].url"]
            .iter()
            .map(|text| Selector::parse(text).unwrap())
            .collect();
    let parts = translations_of(&content, &hidden).unwrap();
    let shown: Vec<_> = parts.iter().map(ToString::to_string).collect();
    let expected = [
        "contents.de.description",
        "contents.de.labels.[1]",
        "contents.fr.description",
        "contents.fr.external_references.[1].description",
        "contents.sv.labels",
    ];
    assert_eq!(shown, expected);
    let rest = redacted(&content, &parts, &|_| false).unwrap();
    let rest = String::from_utf8(rest).unwrap();
    assert!(
        rest.contains(r#"["eins","drei"]"#) && rest.contains(r#"{"external_references":[""]}"#),
        "{rest}"
    );
    assert!(!rest.contains("geheim") && !rest.contains("secret") && !rest.contains("ett"), "{rest}");
    assert_eq!(translations_of(&report(), &hidden), None);
}

#[test]
fn observables_that_only_name_each_other_do_not_keep_it_busy() {
    let entries: Vec<_> = (1..5_000).map(|at| format!(r#""{at}":{{"a_ref":"{}"}}"#, at - 1)).collect();
    let text =
        with("observed-data", &format!(r#""objects":{{"0":{{"type":"file"}},{}}}"#, entries.join(",")));
    assert_eq!(left(&text, &["objects.0"]), Err(Refusal::Meaning("objects".to_owned())));
}
