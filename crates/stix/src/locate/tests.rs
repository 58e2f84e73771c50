#![expect(clippy::string_slice, reason = "the ranges are what is tested")]

use proptest::prelude::*;

use super::*;

fn key(name: &str) -> Segment {
    Segment::Key(name.to_owned())
}

fn found<'j>(json: &'j str, steps: &[Segment]) -> Option<&'j str> {
    locate(json.as_bytes(), steps).map(|place| &json[place.value])
}

#[test]
fn a_value_is_found_between_blanks_escapes_and_brackets_in_strings() {
    let json = "\u{feff} {\"a\\\"}\" : [ 1 , \"}]\\\\\" , { } ],\r\n\t\"\\u0062\" :{\"c\":-1.5e3 , \"d\":[[],[true]]} } ";
    assert_eq!(found(json, &[key("a\"}"), Segment::Index(1)]), Some("\"}]\\\\\""));
    assert_eq!(found(json, &[key("a\"}"), Segment::Index(2)]), Some("{ }"));
    assert_eq!(found(json, &[key("b"), key("c")]), Some("-1.5e3"));
    assert_eq!(found(json, &[key("b"), key("d"), Segment::Index(1), Segment::Index(0)]), Some("true"));
    assert_eq!(found(json, &[]), Some(json.trim_matches(['\u{feff}', ' '])));
    let place = locate(json.as_bytes(), &[key("b")]).unwrap();
    assert_eq!(&json[place.key.unwrap()], "\"\\u0062\"");
    for nothing in [
        vec![key("b"), key("x")],
        vec![key("b"), Segment::Index(0)],
        vec![key("a\"}"), Segment::Index(3)],
        vec![key("b"), key("d"), Segment::Index(0), Segment::Index(0)],
        vec![key("b"), key("c"), key("c")],
    ] {
        assert_eq!(found(json, &nothing), None, "{nothing:?}");
    }
}

#[test]
fn of_a_dictionary_its_type_is_marked_or_its_brace_and_of_what_is_missing_the_innermost_place() {
    let json = r#"{"id": "x", "list": [{"a": 1}, {}], "type": "tool"}"#;
    let marked = |steps: &[Segment]| mark(json.as_bytes(), steps).map(|span| (span.start, &json[span]));
    assert_eq!(marked(&[]), Some((44, "\"tool\"")));
    assert_eq!(marked(&[key("name")]), Some((44, "\"tool\"")));
    assert_eq!(marked(&[key("list"), Segment::Index(0), key("b")]), Some((21, "{")));
    assert_eq!(marked(&[key("list"), Segment::Index(7)]), Some((20, r#"[{"a": 1}, {}]"#)));
    assert_eq!(marked(&[key("list"), Segment::Index(0), key("a")]), Some((27, "1")));
    assert_eq!(mark(b" ", &[]), None);
}

#[test]
fn nesting_of_a_million_levels_is_passed_over() {
    let deep = format!(r#"{{"deep":{}{},"after":7}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
    assert_eq!(found(&deep, &[key("after")]), Some("7"));
    assert_eq!(found(&"[".repeat(1_000_000), &[Segment::Index(0)]), None);
}

#[test]
fn a_line_is_shown_with_a_caret_below_the_value() {
    let text = "{\r\n\t\"имя\": \"Альфа\",\r\n\t\"type\": \"tool\"}";
    let start = text.find("\"Альфа").unwrap();
    let shown = excerpt(text.as_bytes(), start..start + "\"Альфа\"".len(), 100);
    assert_eq!((shown.line, shown.column), (2, 9));
    assert_eq!(shown.text, "    \"имя\": \"Альфа\",");
    assert_eq!(shown.caret, "           ^^^^^^^");
}

#[test]
fn wide_and_zero_width_characters_take_their_columns() {
    let text = "{\"名前\":\"漢字\u{301}\"}";
    let start = text.find("\"漢").unwrap();
    let shown = excerpt(text.as_bytes(), start..text.len() - 1, 100);
    assert_eq!(shown.text, text);
    assert_eq!(shown.caret, format!("{}{}", " ".repeat(8), "^".repeat(6)));
    assert_eq!(shown.column, 7);
}

#[test]
fn of_a_line_of_megabytes_only_the_surroundings_are_shown() {
    let text =
        format!("{{\"a\":\"{}\",\"b\":\"bad\",\"c\":\"{}\"}}", "x".repeat(2_000_000), "y".repeat(2_000_000));
    let start = text.find("\"bad\"").unwrap();
    let shown = excerpt(text.as_bytes(), start..start + 5, 60);
    assert_eq!((shown.line, shown.column), (1, start + 1));
    assert!(shown.text.chars().count() <= 62 && shown.text.starts_with('…') && shown.text.ends_with('…'));
    let at = shown.caret.find('^').unwrap();
    let below: String = shown.text.chars().skip(at).take(shown.caret.len() - at).collect();
    assert_eq!(below, "\"bad\"");
    let shown = excerpt(text.as_bytes(), 5..2_000_005, 60);
    assert!(shown.text.chars().count() <= 62, "{}", shown.text.len());
    assert!(shown.text.starts_with("{\"a\":\"xxx") && shown.caret.len() <= 62);
}

#[test]
fn of_a_value_of_several_lines_the_first_is_marked() {
    let text = "{\"list\": [  \n  1\n]}";
    let shown = excerpt(text.as_bytes(), 9..18, 80);
    assert_eq!((shown.text.as_str(), shown.caret.as_str()), ("{\"list\": [  ", "         ^"));
    let shown = excerpt(text.as_bytes(), 15..16, 80);
    assert_eq!((shown.line, shown.column, shown.text.as_str(), shown.caret.as_str()), (2, 3, "  1", "  ^"));
}

#[test]
fn nothing_that_steers_a_terminal_is_passed_on() {
    let text = "{\"a\u{1b}[2J\": \"\u{202e}txt\u{2066}\", \"\u{9b}31m\": \u{7}1}".as_bytes();
    let mut bytes = text.to_vec();
    bytes.extend_from_slice(b" \xff\xfe");
    let shown = excerpt(&bytes, 0..bytes.len(), 100);
    assert!(!shown.text.chars().any(|it| it.is_control() || ('\u{202a}'..='\u{2069}').contains(&it)));
    assert!(shown.text.ends_with("1} \u{fffd}\u{fffd}"), "{}", shown.text);
    assert_eq!(shown.caret.len(), shown.text.chars().count());
}

fn trees() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        (-1e9f64..1e9).prop_map(serde_json::Value::from),
        "[\\PC\"\\\\\n{}\\[\\],:]{0,8}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            proptest::collection::btree_map("[\\PC\"\\\\\n{}:,]{0,5}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The text of `value` with blanks and escapes that change nothing.
fn spaced(value: &serde_json::Value, blanks: &str, escape: bool) -> String {
    let string = |text: &str| {
        if escape {
            let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            format!("\"{units}\"")
        } else {
            serde_json::to_string(text).unwrap()
        }
    };
    let inner = match value {
        serde_json::Value::Array(list) => {
            let items: Vec<_> = list.iter().map(|item| spaced(item, blanks, escape)).collect();
            format!("[{blanks}{}]", items.join(","))
        }
        serde_json::Value::Object(map) => {
            let items: Vec<_> = map
                .iter()
                .map(|(name, item)| {
                    format!("{blanks}{}{blanks}:{}", string(name), spaced(item, blanks, escape))
                })
                .collect();
            format!("{{{blanks}{}}}", items.join(","))
        }
        serde_json::Value::String(text) => string(text),
        other => other.to_string(),
    };
    format!("{blanks}{inner}{blanks}")
}

fn check(value: &serde_json::Value, text: &str, steps: &mut Vec<Segment>) {
    let place = locate(text.as_bytes(), steps).unwrap_or_else(|| panic!("{steps:?} in {text}"));
    let slice = &text[place.value.clone()];
    assert_eq!(slice.trim(), slice);
    assert_eq!(&serde_json::from_str::<serde_json::Value>(slice).unwrap(), value, "{steps:?} in {text}");
    match steps.last() {
        Some(Segment::Key(name)) => {
            let key = place.key.unwrap();
            assert!(key.end < place.value.start);
            assert_eq!(&serde_json::from_str::<String>(&text[key]).unwrap(), name);
        }
        _ => assert_eq!(place.key, None),
    }
    match value {
        serde_json::Value::Array(list) => {
            for (at, item) in list.iter().enumerate() {
                steps.push(Segment::Index(at));
                check(item, text, steps);
                steps.pop();
            }
            steps.push(Segment::Index(list.len()));
            assert_eq!(locate(text.as_bytes(), steps), None);
            steps.pop();
        }
        serde_json::Value::Object(map) => {
            for (name, item) in map {
                steps.push(Segment::Key(name.clone()));
                check(item, text, steps);
                steps.pop();
            }
            steps.push(key("no such key"));
            assert_eq!(locate(text.as_bytes(), steps), None);
            steps.pop();
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn every_value_of_every_text_is_found(value in trees(), blanks in "[ \t\r\n]{0,3}", escape in any::<bool>()) {
        check(&value, &spaced(&value, &blanks, escape), &mut Vec::new());
    }

    #[test]
    fn no_bytes_make_it_fail(
        bytes in prop_oneof![proptest::collection::vec(any::<u8>(), 0..60), "[\\[\\]{}\",:\\\\a0 ]{0,60}".prop_map(String::into_bytes)],
        steps in proptest::collection::vec(prop_oneof![(0usize..3).prop_map(Segment::Index), "[a0]{0,1}".prop_map(Segment::Key)], 0..4),
        from in 0usize..70, length in 0usize..70, columns in 0usize..90,
    ) {
        if let Some(place) = locate(&bytes, &steps) {
            prop_assert!(place.value.end <= bytes.len() && place.value.start < place.value.end);
        }
        if let Some(span) = mark(&bytes, &steps) {
            prop_assert!(span.end <= bytes.len());
        }
        let shown = excerpt(&bytes, from..from + length, columns);
        let width = unicode_width::UnicodeWidthStr::width(shown.caret.as_str());
        prop_assert!(shown.caret.ends_with('^') && width <= columns.max(20) + 2);
    }
}
