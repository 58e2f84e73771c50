use proptest::prelude::*;

use super::*;
use crate::json::parse;
use crate::limits::Limits;
use crate::object::Object;

fn map(text: &str) -> Map<'_> {
    let Value::Object(map) = parse(text.as_bytes(), &Limits::default()).unwrap() else { panic!("{text}") };
    map
}

/// The differences as `+path value`, `-path value`, `~path from to`, `=path from to`.
fn told(a: &str, b: &str) -> Vec<String> {
    let found = objects(&map(a), &map(b));
    let json = |value: &Value<'_>| serde_json::to_string(value).unwrap();
    let tell = |difference: &Difference| {
        let sign = match difference.kind {
            Kind::Added => '+',
            Kind::Removed => '-',
            Kind::Changed => '~',
            Kind::Representation => '=',
        };
        let values = [&difference.from, &difference.to].map(|value| value.as_ref().map(json));
        let values: Vec<_> = values.into_iter().flatten().collect();
        format!("{sign}{} {}", difference.path, values.join(" "))
    };
    found.iter().map(tell).collect()
}

#[test]
fn the_order_of_keys_and_of_sets_is_no_difference() {
    let a = r#"{"name":"EXERCISE","labels":["a","b"],"object_refs":["x","y","z"],"n":{"p":1,"q":[{"r":1,"s":2}]}}"#;
    let b = r#"{"n":{"q":[{"s":2,"r":1}],"p":1},"object_refs":["z","x","y"],"labels":["b","a"],"name":"EXERCISE"}"#;
    assert_eq!(told(a, b), [""; 0]);
}

#[test]
fn properties_are_added_removed_and_changed_at_any_depth() {
    let a = r#"{"name":"A","old":1,"deep":{"k.1":{"x":true}},"kind":"text"}"#;
    let b = r#"{"name":"B","deep":{"k.1":{"x":false,"y":[]}},"kind":5,"new":null}"#;
    assert_eq!(
        told(a, b),
        [
            r#"~name "A" "B""#,
            "-old 1",
            "~deep.k.1.x true false",
            "+deep.k.1.y []",
            r#"~kind "text" 5"#,
            "+new null"
        ]
    );
}

#[test]
fn sets_differ_by_their_elements() {
    let a = r#"{"labels":["a","b","c"],"kill_chain_phases":[{"kill_chain_name":"k","phase_name":"p"}]}"#;
    let b = r#"{"labels":["d","c","a","a"],"kill_chain_phases":[{"phase_name":"p","kill_chain_name":"k"}]}"#;
    assert_eq!(told(a, b), [r#"-labels.[1] "b""#, r#"+labels.[0] "d""#, r#"=labels.[3] "a""#]);
}

#[test]
fn other_lists_differ_where_an_element_came_in_or_went_out() {
    assert_eq!(told(r#"{"x_l":[1,2,3,4]}"#, r#"{"x_l":[1,9,2,4]}"#), ["+x_l.[1] 9", "-x_l.[2] 3"]);
    assert_eq!(
        told(
            r#"{"external_references":[{"source_name":"a"},{"source_name":"b","url":"u"}]}"#,
            r#"{"external_references":[{"source_name":"n"},{"source_name":"a"},{"source_name":"b","url":"v"}]}"#
        ),
        [r#"+external_references.[0] {"source_name":"n"}"#, r#"~external_references.[1].url "u" "v""#]
    );
    assert_eq!(told(r#"{"protocols":["ipv4","tcp"]}"#, r#"{"protocols":["tcp","ipv4"]}"#).len(), 2);
}

#[test]
fn what_is_only_written_otherwise_is_representation() {
    let a = r#"{"type":"sighting","created":"2020-01-01T00:00:00.1Z","revoked":false,"count":5,
        "sighting_of_ref":"malware--8E2E2D2B-17d4-4cbf-938f-98ee46b3cd3f"}"#;
    let b = r#"{"type":"sighting","created":"2020-01-01T00:00:00.100Z","summary":false,"count":5.0,
        "sighting_of_ref":"malware--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"}"#;
    let kinds: Vec<_> = objects(&map(a), &map(b)).into_iter().map(|found| (found.path, found.kind)).collect();
    let paths = ["created", "revoked", "count", "sighting_of_ref", "summary"];
    assert_eq!(kinds, paths.map(|path| (path.to_owned(), Kind::Representation)));
    let a = r#"{"type":"file","spec_version":"2.1","defanged":true,"name":"a"}"#;
    assert_eq!(
        told(a, r#"{"type":"file","name":"A"}"#),
        [r#"=spec_version "2.1""#, "-defanged true", r#"~name "a" "A""#]
    );
    assert_eq!(
        told(r#"{"type":"tool","x":{"revoked":false}}"#, r#"{"type":"tool","x":{}}"#),
        ["-x.revoked false"]
    );
    assert_eq!(told(r#"{"type":"tool","revoked":true}"#, r#"{"type":"tool"}"#), ["-revoked true"]);
}

#[test]
fn long_lists_are_paired_by_place_in_bounded_time() {
    let list = |from: usize| {
        let items: Vec<_> = (from..from + 5_000).map(|at| format!("\"{}\"", at * 7 % 5_003)).collect();
        format!("{{\"x_list\":[{}]}}", items.join(","))
    };
    let found = objects(&map(&list(0)), &map(&list(1)));
    assert_eq!(found.len(), 5_000);
}

const ID: &str = "tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f";

fn tool(last: u8, modified: &str, name: &str) -> String {
    let id = ID.replace("8e2e2d2b", &format!("8e2e2d2{last}"));
    format!(
        r#"{{"type":"tool","id":"{id}","modified":"2020-01-{modified}T00:00:00Z","name":"EXERCISE {name}"}}"#
    )
}

fn parsed(texts: &[String]) -> Vec<Object<'_>> {
    texts.iter().map(|text| Object::parse(text.as_bytes(), &Limits::default()).unwrap()).collect()
}

#[test]
fn documents_are_compared_by_identifier_and_version() {
    let a = [
        tool(5, "01", "only in A"),
        tool(1, "01", "same"),
        tool(2, "01", "conflict"),
        tool(3, "01", "old"),
        tool(3, "02", "older still here"),
        tool(1, "01", "same"),
        tool(4, "03", "newer in A"),
    ];
    let b = [
        tool(4, "02", "newer in A"),
        tool(3, "04", "new"),
        tool(3, "01", "old"),
        tool(2, "01", "CONFLICT"),
        tool(1, "01", "same"),
        tool(3, "03", "between"),
        tool(6, "01", "only in B"),
    ];
    let diff = documents(&parsed(&a), &parsed(&b));
    let places = |list: &[Version]| list.iter().map(|version| version.index).collect::<Vec<_>>();
    assert_eq!((places(&diff.only_a), places(&diff.only_b), diff.same), (vec![0], vec![5, 6], 2));
    let changed: Vec<_> = diff
        .changed
        .iter()
        .map(|changed| (changed.a.index, changed.b.index, changed.newer, changed.differences.len()))
        .collect();
    assert_eq!(changed, [(2, 3, None, 1), (4, 1, Some(Side::B), 2), (6, 0, Some(Side::A), 1)]);
    assert!(diff.changed.iter().all(|changed| !changed.is_representation()));
    assert!(!diff.is_empty() && documents(&parsed(&a), &parsed(&a)).is_empty());
}

#[test]
fn objects_without_versions_or_identifiers_are_matched_too() {
    let file = |name: &str| {
        format!(r#"{{"type":"file","id":"file--d29b7d1a-5c4b-5f4e-9d5c-6a3f6e1b2c3d","name":"{name}"}}"#)
    };
    let bare = |name: &str| format!(r#"{{"type":"file","name":"{name}"}}"#);
    let a = [file("one"), file("two"), bare("x"), bare("y")];
    let b = [bare("y"), file("two"), file("three"), bare("z")];
    let diff = documents(&parsed(&a), &parsed(&b));
    assert_eq!(diff.same, 2);
    assert_eq!((diff.changed.len(), diff.changed[0].a.index, diff.changed[0].b.index), (1, 0, 2));
    assert_eq!((diff.only_a.len(), diff.only_b.len()), (1, 1));
    let upper = file("one").replace("d29b7d1a", "D29B7D1A");
    let diff = documents(&parsed(&[file("one")]), &parsed(&[upper]));
    assert!(diff.changed[0].is_representation() && diff.only_a.is_empty());
}

#[test]
fn twenty_five_thousand_objects_and_as_many_of_one_identifier_are_compared_without_delay() {
    let many: Vec<_> = (0..25_000)
        .map(|at| {
            format!(r#"{{"type":"tool","id":"tool--8e2e2d2b-17d4-4cbf-938f-{at:012}","name":"EXERCISE"}}"#)
        })
        .collect();
    let objects = parsed(&many);
    let reversed: Vec<_> = objects.iter().rev().cloned().collect();
    assert_eq!(documents(&objects, &reversed).same, 25_000);
    let alike: Vec<_> =
        (0..25_000).map(|at| format!(r#"{{"type":"tool","id":"{ID}","name":"{at}"}}"#)).collect();
    let objects = parsed(&alike);
    let reversed: Vec<_> = objects.iter().rev().cloned().collect();
    assert_eq!(documents(&objects, &reversed).same, 25_000);
}

fn values() -> impl Strategy<Value = Value<'static>> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        (0i64..4).prop_map(Value::Integer),
        (0i32..4).prop_map(|number| Value::Float(f64::from(number))),
        Just(Value::Float(-0.0)),
        "[ab]".prop_map(Value::from),
        prop_oneof![Just("2020-01-01T00:00:00Z"), Just("2020-01-01T00:00:00.0Z")].prop_map(Value::from),
        prop_oneof![
            Just("tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"),
            Just("tool--8E2E2D2B-17d4-4cbf-938f-98ee46b3cd3f")
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            maps(inner).prop_map(Value::Object)
        ]
    })
}

fn maps(inner: impl Strategy<Value = Value<'static>>) -> impl Strategy<Value = Map<'static>> {
    let name =
        prop_oneof!["[ab]", Just("labels".to_owned()), Just("x_refs".to_owned()), Just("revoked".to_owned())];
    proptest::collection::btree_map(name, inner, 0..5).prop_map(|map| map.into_iter().collect())
}

/// The container of the place and its last step.
fn reach<'v>(root: &'v mut Value<'static>, steps: &[Segment]) -> &'v mut Value<'static> {
    steps.iter().fold(root, |value, step| match (value, step) {
        (Value::Object(map), Segment::Key(key)) => map.get_mut(key).unwrap(),
        (Value::Array(list), Segment::Index(at)) => &mut list[*at],
        (other, step) => panic!("no {step:?} in {other:?}"),
    })
}

/// As the description of [`objects`] says.
fn applied(a: &Map<'static>, differences: &[Difference]) -> Map<'static> {
    let mut root = Value::Object(a.clone());
    for difference in differences {
        if let (Some(from), Some(to)) = (&difference.from, &difference.to) {
            let place = reach(&mut root, &difference.steps);
            assert_eq!(place, from);
            *place = to.clone();
        }
    }
    for difference in differences.iter().rev().filter(|difference| difference.to.is_none()) {
        let (last, container) = difference.steps.split_last().unwrap();
        let taken = match (reach(&mut root, container), last) {
            (Value::Object(map), Segment::Key(key)) => map.remove(key),
            (Value::Array(list), Segment::Index(at)) => Some(list.remove(*at)),
            other => panic!("{other:?}"),
        };
        assert_eq!(taken, difference.from);
    }
    for difference in differences.iter().filter(|difference| difference.from.is_none()) {
        let (last, container) = difference.steps.split_last().unwrap();
        let to = difference.to.clone().unwrap();
        match (reach(&mut root, container), last) {
            (Value::Object(map), Segment::Key(key)) => assert_eq!(map.insert(key.clone(), to), None),
            (Value::Array(list), Segment::Index(at)) => list.insert((*at).min(list.len()), to),
            other => panic!("{other:?}"),
        }
    }
    let Value::Object(map) = root else { unreachable!() };
    map
}

#[test]
fn elements_of_a_set_go_with_those_that_are_written_alike() {
    let map = |text: &str| {
        let Value::Object(map) = crate::json::parse(text.as_bytes(), &crate::Limits::default()).unwrap()
        else {
            unreachable!()
        };
        map.into_owned()
    };
    let (a, b) = (map(r#"{"x_refs":["y",2,2.0]}"#), map(r#"{"x_refs":[2.0,2,"y"]}"#));
    assert_eq!(objects(&a, &b), []);
    let found = objects(&map(r#"{"x_refs":["y",2.0]}"#), &b);
    assert_eq!(
        found.iter().map(|one| (one.path.as_str(), one.kind)).collect::<Vec<_>>(),
        [("x_refs.[1]", Kind::Representation)]
    );
}

proptest! {
    #[test]
    fn an_object_does_not_differ_from_itself(a in maps(values())) {
        prop_assert_eq!(objects(&a, &a), []);
    }

    #[test]
    fn the_differences_turn_the_first_object_into_the_second(a in maps(values()), b in maps(values())) {
        let differences = objects(&a, &b);
        let result = applied(&a, &differences);
        prop_assert_eq!(objects(&result, &b), [], "{:?}", differences);
    }

    #[test]
    fn both_directions_find_as_many_differences(a in maps(values()), b in maps(values())) {
        let count = |kind: Kind, found: &[Difference]| found.iter().filter(|one| one.kind == kind).count();
        let (forth, back) = (objects(&a, &b), objects(&b, &a));
        prop_assert_eq!(forth.is_empty(), back.is_empty());
        if !forth.iter().any(|found| found.path.contains('[')) {
            prop_assert_eq!(count(Kind::Added, &forth), count(Kind::Removed, &back));
        }
    }
}
