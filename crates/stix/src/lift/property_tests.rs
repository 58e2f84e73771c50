//! Random observed data of STIX 2.0, with references that may dangle or run in circles and markings of any part.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::json::parse;
use crate::limits::Limits;
use crate::object::Object;

fn marking(number: usize) -> String {
    format!("marking-definition--00000000-0000-4000-8000-{number:012}")
}

/// An entry of a container whose references name the keys `a` and `b`.
fn entry(kind: usize, name: usize, a: usize, b: usize) -> String {
    match kind {
        0 => format!(
            r#"{{"type":"file","name":"EXERCISE {name}","created":"2017-01-01T00:00:00Z","parent_directory_ref":"{a}"}}"#
        ),
        1 => format!(r#"{{"type":"directory","path":"/{name}","contains_refs":["{a}","{b}"]}}"#),
        2 => format!(
            r#"{{"type":"file","name":"{name}","hashes":{{"ssdeep":"{name}"}},"extensions":{{"archive-ext":{{"contains_refs":["{a}","{b}"]}}}}}}"#
        ),
        3 => format!(r#"{{"type":"process","pid":{name},"binary_ref":"{a}","child_refs":["{b}"]}}"#),
        4 => format!(r#"{{"type":"network-traffic","protocols":["tcp"],"src_ref":"{a}","dst_ref":"{b}"}}"#),
        5 => format!(r#"{{"type":"x-exercise","seen_ref":"{a}","note":"{name}"}}"#),
        _ => format!(r#"{{"type":"mutex","name":"EXERCISE {name}"}}"#),
    }
}

const SELECTORS: [&str; 9] = [
    "objects",
    "objects.0",
    "objects.1",
    "objects.0.name",
    "objects.1.created",
    "objects.2.hashes.ssdeep",
    "objects.2.extensions.archive-ext",
    "first_observed",
    "objects.9.name",
];

prop_compose! {
    fn observed()(
        number in 0usize..3,
        entries in prop::collection::vec((0usize..8, 0usize..3, 0usize..7, 0usize..7), 1..6),
        marked in prop::option::of(0usize..9),
        parts in prop::collection::vec((0usize..SELECTORS.len(), 10usize..19), 0..4),
    ) -> String {
        let entries: Vec<_> = entries
            .iter()
            .enumerate()
            .map(|(at, (kind, name, a, b))| {
                let last = entries.len() - 1;
                // Most references resolve.
                let (a, b) = if *a == 6 { (*a, *b) } else { (*a.min(&last), *b.min(&last)) };
                format!(r#""{at}":{}"#, entry(*kind, *name, a, b))
            })
            .collect();
        let parts: Vec<_> = parts
            .iter()
            .map(|(at, by)| format!(r#"{{"marking_ref":"{}","selectors":["{}"]}}"#, marking(*by), SELECTORS[*at]))
            .collect();
        let whole = marked.map_or(String::new(), |by| format!(r#","object_marking_refs":["{}"]"#, marking(by)));
        let parts = if parts.is_empty() { String::new() } else { format!(r#","granular_markings":[{}]"#, parts.join(",")) };
        format!(
            r#"{{"type":"observed-data","id":"observed-data--00000000-0000-4000-8000-{number:012}",
            "created":"2017-01-01T00:00:00Z","modified":"2017-01-01T00:00:00Z","number_observed":1,
            "first_observed":"2017-01-01T00:00:00Z","last_observed":"2017-01-01T00:00:00Z",
            "objects":{{{}}}{whole}{parts}}}"#,
            entries.join(",")
        )
    }
}

fn markings(values: &[Value<'static>]) -> BTreeSet<String> {
    let text = serde_json::to_string(values).unwrap();
    text.split('"').filter(|part| part.starts_with("marking-definition--")).map(str::to_owned).collect()
}

proptest! {
    #[test]
    fn no_marking_is_lost_and_every_reference_resolves(texts in prop::collection::vec(observed(), 1..4)) {
        let before: Vec<_> =
            texts.iter().map(|text| parse(text.as_bytes(), &Limits::default()).unwrap().into_owned()).collect();
        let lifted = lift(before.clone());
        let dropped = lifted.changes.iter().any(|change| change.message.contains("points to nothing"));
        let (old, new) = (markings(&before), markings(&lifted.objects));
        prop_assert!(dropped || old == new, "{old:?} {new:?}");

        let objects: Vec<_> =
            lifted.objects.iter().map(|value| Object::from_value(value.clone()).unwrap()).collect();
        let ids: BTreeSet<_> = objects.iter().filter_map(Object::id).collect();
        for object in objects.iter().filter(|object| !object.value().contains_key("objects")) {
            object.each_reference(&mut |path, text| {
                let known = text.parse().is_ok_and(|id| ids.contains(&id));
                // Only a custom observable may name what is not there; nothing says that it is a reference.
                assert!(known || object.kind() == "x-exercise", "{path:?} {text} {lifted:?}");
            });
        }
        let again = lift(lifted.objects.clone());
        prop_assert_eq!(again.objects, lifted.objects);
        prop_assert!(again.changes.is_empty());
    }

    #[test]
    fn no_object_makes_it_fail_badly(text in "\\{(\"(type|id|objects|labels|granular_markings|spec_version)\":(\"(observed-data|bundle|indicator|2.0|0)\"|\\[\"labels\"\\]|\\{\"0\":\\{\"type\":\"file\"\\}\\}|5),?){0,4}\\}") {
        if let Ok(value) = parse(text.replace(",}", "}").as_bytes(), &Limits::default()) {
            let lifted = lift(vec![value]);
            prop_assert!(!lifted.objects.is_empty());
        }
    }
}
