use super::*;
use crate::json::parse;
use crate::limits::Limits;

const HEAD: &str = r#""id":"observed-data--11111111-1111-4111-8111-111111111111","created":"2017-01-01T00:00:00.000Z",
    "modified":"2017-01-01T00:00:00.000Z","first_observed":"2017-01-01T00:00:00Z",
    "last_observed":"2017-01-01T00:00:00Z","number_observed":1"#;

fn values(texts: &[String]) -> Vec<Value<'static>> {
    texts.iter().map(|text| parse(text.as_bytes(), &Limits::default()).unwrap().into_owned()).collect()
}

fn observed(container: &str) -> String {
    format!(r#"{{"type":"observed-data",{HEAD},"objects":{container}}}"#)
}

/// The same in another observed data.
fn other(container: &str, more: &str) -> String {
    observed(container).replace("8111-111111111111\"", &format!("8111-222222222222\"{more}"))
}

fn text<'v>(value: &'v Value<'_>, key: &str) -> &'v str {
    value.as_object().unwrap().get(key).and_then(Value::as_str).unwrap_or_default()
}

fn left(lifted: &Lifted) -> Vec<&str> {
    let left = lifted.changes.iter().filter(|change| change.what == What::Left);
    left.map(|change| change.message.as_str()).collect()
}

#[test]
fn what_is_of_stix_2_0_is_told_by_its_version_and_type() {
    let is = |text: &str| is_20(parse(text.as_bytes(), &Limits::default()).unwrap().as_object().unwrap());
    assert!(is(r#"{"type":"indicator"}"#) && is(r#"{"type":"relationship"}"#));
    assert!(is(r#"{"type":"bundle","spec_version":"2.0"}"#) && !is(r#"{"type":"bundle"}"#));
    assert!(is(r#"{"type":"x-thing","created":"2017-01-01T00:00:00.000Z"}"#) && !is(r#"{"type":"x-thing"}"#));
    assert!(!is(r#"{"type":"file"}"#) && !is(r#"{"type":"indicator","spec_version":"2.1"}"#) && !is("{}"));
    assert!(
        !is(r#"{"type":"indicator","spec_version":"3.0"}"#) && is(r#"{"type":"tool","spec_version":"2.0"}"#)
    );
}

#[test]
fn a_container_that_cannot_be_taken_apart_stays() {
    for (container, why) in [
        ("{}", "no dictionary"),
        ("[]", "no dictionary"),
        (r#"{"0":5}"#, "is no dictionary"),
        (r#"{"0":{"value":"x"}}"#, "is no observable"),
        (r#"{"0":{"type":"indicator"}}"#, "is no observable"),
        (r#"{"0":{"type":"network-traffic","protocols":["tcp"],"src_ref":"9"}}"#, "not in the container"),
        (r#"{"0":{"type":"mutex","name":"EXERCISE"}},"object_refs":["x"]"#, "has `object_refs`"),
    ] {
        let before = values(&[observed(container)]);
        let lifted = lift(before.clone());
        assert_eq!(lifted.objects.len(), 1, "{container}");
        let (old, new) = (before[0].as_object().unwrap(), lifted.objects[0].as_object().unwrap());
        assert_eq!(new.get("objects"), old.get("objects"));
        assert!(left(&lifted).iter().any(|message| message.contains(why)), "{:?}", left(&lifted));
    }
}

#[test]
fn one_observable_of_two_observations_is_one_object_with_both_markings() {
    let red = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";
    let first =
        r#"{"0":{"type":"file","name":"EXERCISE","size":1},"a":{"type":"file","name":"EXERCISE","size":1}}"#;
    let second = r#"{"7":{"type":"file","name":"EXERCISE","size":2,"mime_type":"text/plain"}}"#;
    let marked = other(second, &format!(r#","object_marking_refs":["{red}"]"#));
    let lifted = lift(values(&[observed(first), marked]));
    let kinds: Vec<_> = lifted.objects.iter().map(|object| text(object, "type")).collect();
    assert_eq!(kinds, ["file", "observed-data", "observed-data"]);
    let file = lifted.objects[0].as_object().unwrap();
    assert_eq!(file.get("size"), Some(&Value::Integer(1)));
    assert_eq!(text(&lifted.objects[0], "mime_type"), "text/plain");
    assert_eq!(file.get("object_marking_refs"), Some(&Value::Array(vec![red.into()])));
    let refs = |at: usize| lifted.objects[at].as_object().unwrap().get("object_refs").cloned().unwrap();
    assert_eq!(refs(1), refs(2));
    assert_eq!(refs(1).as_array().map(<[_]>::len), Some(1));
    let lost =
        lifted.changes.iter().find(|change| change.what == What::Merged && change.path == "size").unwrap();
    assert_eq!((&lost.from, &lost.to), (&Some(Value::Integer(2)), &Some(Value::Integer(1))));
}

#[test]
fn a_marked_part_of_an_observable_that_differs_marks_the_whole() {
    let red = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";
    let granular =
        format!(r#","granular_markings":[{{"marking_ref":"{red}","selectors":["objects.0.mime_type"]}}]"#);
    let plain = r#"{"0":{"type":"file","name":"EXERCISE"}}"#;
    let typed = r#"{"0":{"type":"file","name":"EXERCISE","mime_type":"text/plain"}}"#;
    let lifted = lift(values(&[observed(plain), other(typed, &granular)]));
    let file = lifted.objects[0].as_object().unwrap();
    assert_eq!(file.get("object_marking_refs"), Some(&Value::Array(vec![red.into()])));
    let lifted = lift(values(&[other(typed, &granular)]));
    let file = lifted.objects[0].as_object().unwrap();
    assert!(!file.contains_key("object_marking_refs") && file.contains_key("granular_markings"));
    assert!(!lifted.objects[1].as_object().unwrap().contains_key("granular_markings"));
}

#[test]
fn archives_that_hold_each_other_get_random_identifiers() {
    let archive = |name: &str, other: &str| {
        format!(
            r#"{{"type":"file","name":"{name}","extensions":{{"archive-ext":{{"contains_refs":["{other}"]}}}}}}"#
        )
    };
    let container = format!(r#"{{"a":{},"b":{}}}"#, archive("EXERCISE 1", "b"), archive("EXERCISE 2", "a"));
    let lifted = lift(values(&[observed(&container)]));
    let ids: Vec<_> = lifted.objects.iter().map(|object| text(object, "id")).collect();
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().take(2).all(|id| id.parse::<crate::id::Id>().unwrap().uuid_version() == 4));
    assert_ne!(ids[0], ids[1]);
    let held = serde_json::to_string(&lifted.objects[0]).unwrap();
    assert!(held.contains(&format!(r#""contains_refs":["{}"]"#, ids[1])), "{held}");
    assert_eq!(left(&lifted).len(), 2);
    assert_eq!(lift(values(&[observed(&container)])), lifted, "the same each time");
}

#[test]
fn a_long_chain_of_archives_is_lifted_from_its_end() {
    let mut container = Vec::new();
    for at in 0..3000 {
        let inner = format!(r#","extensions":{{"archive-ext":{{"contains_refs":["{}"]}}}}"#, at + 1);
        let inner = if at == 2999 { "" } else { &inner };
        container.push(format!(r#""{at}":{{"type":"file","name":"EXERCISE {at}"{inner}}}"#));
    }
    let lifted = lift(values(&[observed(&format!("{{{}}}", container.join(",")))]));
    assert_eq!(lifted.objects.len(), 3001);
    assert!(left(&lifted).is_empty());
    assert!(
        lifted.objects.iter().filter_map(Value::as_object).all(|map| crate::observable::check(map).is_none())
    );
}

#[test]
fn what_breaks_a_rule_of_2_1_is_reported_and_kept() {
    let malware = r#"{"type":"malware","id":"malware--nonsense","created":"2017-01-01T00:00:00Z",
        "modified":"2017-01-01T00:00:00Z","name":"EXERCISE","labels":["worm"],"confidence":"high","x_own":1}"#;
    let lifted = lift(values(&[malware.to_owned()]));
    assert_eq!(
        (text(&lifted.objects[0], "id"), text(&lifted.objects[0], "confidence")),
        ("malware--nonsense", "high")
    );
    let paths: Vec<_> = lifted
        .changes
        .iter()
        .filter(|change| change.what == What::Left)
        .map(|change| change.path.as_str())
        .collect();
    assert_eq!(paths, ["id", "id", "confidence"]);
    assert_eq!(text(&lifted.objects[0], "created"), "2017-01-01T00:00:00.000Z");
    let inferred = lifted.changes.iter().find(|change| change.what == What::Inferred).unwrap();
    assert_eq!((inferred.path.as_str(), &inferred.to), ("is_family", &Some(Value::Bool(false))));
}

#[test]
fn an_observable_of_2_1_takes_in_the_lifted_one_of_its_identifier() {
    let own = r#"{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4",
        "value":"198.51.100.3"}"#;
    let container = r#"{"0":{"type":"ipv4-addr","value":"198.51.100.3"}}"#;
    let lifted = lift(values(&[observed(container), own.to_owned()]));
    let kinds: Vec<_> = lifted.objects.iter().map(|object| text(object, "type")).collect();
    assert_eq!(kinds, ["observed-data", "ipv4-addr"]);
    assert_eq!(lifted.objects[1], values(&[own.to_owned()])[0]);
}

#[test]
fn values_that_are_no_objects_come_back_in_their_place() {
    let all = values(&["5".to_owned(), r#"{"a":1}"#.to_owned(), "null".to_owned()]);
    let lifted = lift(all.clone());
    assert_eq!((lifted.objects, lifted.changes), (all, Vec::new()));
}

#[test]
fn markings_that_would_multiply_keep_the_container() {
    let marking = |at: usize| format!(r#""marking-definition--00000000-0000-4000-8000-{at:012}""#);
    let many: Vec<_> = (0..400).map(marking).collect();
    let entries: Vec<_> =
        (0..600).map(|at| format!(r#""{at}":{{"type":"mutex","name":"EXERCISE {at}"}}"#)).collect();
    let more = format!(r#","object_marking_refs":[{}]"#, many.join(","));
    let lifted = lift(values(&[other(&format!("{{{}}}", entries.join(",")), &more)]));
    assert_eq!(lifted.objects.len(), 1);
    assert!(left(&lifted).iter().any(|message| message.contains("too many to follow")));
}

#[test]
fn one_observable_met_very_often_takes_no_longer_than_reading_it() {
    let often: Vec<_> = (0..4000)
        .map(|at| {
            let container = format!(
                r#"{{"0":{{"type":"domain-name","value":"example.com","resolves_to_refs":["1"]}},
                    "1":{{"type":"ipv4-addr","value":"198.51.{}.{}"}}}}"#,
                at / 250,
                at % 250
            );
            let own = format!("\"id\":\"observed-data--{at:08}-1111");
            let more =
                format!(r#","object_marking_refs":["marking-definition--00000000-0000-4000-8000-{at:012}"]"#);
            other(&container, &more).replace("\"id\":\"observed-data--11111111-1111", &own)
        })
        .collect();
    let lifted = lift(values(&often));
    let domain = lifted.objects.iter().find(|object| text(object, "type") == "domain-name").unwrap();
    for key in ["resolves_to_refs", "object_marking_refs"] {
        assert_eq!(
            domain.as_object().unwrap().get(key).and_then(Value::as_array).map(<[_]>::len),
            Some(4000)
        );
    }
}

#[test]
fn a_marking_of_the_whole_container_marks_every_observable() {
    let red = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";
    let granular = format!(r#","granular_markings":[{{"marking_ref":"{red}","selectors":["objects"]}}]"#);
    let two = r#"{"0":{"type":"mutex","name":"EXERCISE 1"},"1":{"type":"mutex","name":"EXERCISE 2"}}"#;
    let lifted = lift(values(&[other(two, &granular)]));
    for object in &lifted.objects[..2] {
        let marked = object.as_object().unwrap().get("object_marking_refs").cloned();
        assert_eq!(marked, Some(Value::Array(vec![red.into()])));
    }
    let kept = serde_json::to_string(&lifted.objects[2]).unwrap();
    assert!(kept.contains(r#""selectors":["object_refs"]"#), "{kept}");
}

#[test]
fn header_fields_hold_lists_of_texts() {
    let container = r#"{"0":{"type":"email-message","is_multipart":false,"subject":"EXERCISE",
            "additional_header_fields":{"X-One":"a","X-Two":["b","c"]}},
        "1":{"type":"network-traffic","protocols":["http"],"dst_ref":"2","extensions":{"http-request-ext":
            {"request_method":"get","request_value":"/","request_header":{"Host":"example.com"}}}},
        "2":{"type":"domain-name","value":"example.com"}}"#;
    let lifted = lift(values(&[observed(container)]));
    let text = serde_json::to_string(&lifted.objects).unwrap();
    assert!(text.contains(r#"{"X-One":["a"],"X-Two":["b","c"]}"#), "{text}");
    assert!(text.contains(r#"{"Host":["example.com"]}"#), "{text}");
    assert_eq!(lifted.changes.iter().filter(|change| change.what == What::Rewritten).count(), 2);
}

#[test]
fn a_created_observable_that_breaks_a_rule_is_reported() {
    let container = r#"{"0":{"type":"file","name":"EXERCISE","parent_directory_ref":"1"},"1":{"type":"url","value":"u"}}"#;
    let lifted = lift(values(&[observed(container)]));
    let found = lifted.changes.iter().find(|change| change.what == What::Left).unwrap();
    assert!(found.path == "parent_directory_ref" && found.object.starts_with("file--"));
    assert_eq!(lifted.objects.len(), 3);
}
