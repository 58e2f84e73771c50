//! The streaming reader says what the reader of whole documents says, however the bytes come.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests fail loudly"
)]

mod corpus;

use std::io::Read;

use comity_stix::{
    Form, JsonErrorKind, Limits, Object, ReadError, Registry, Stream, StreamError, read, validate,
};
use proptest::prelude::*;

use corpus::{folder, unpacked};

const ONE: &str =
    r#"{"type":"identity","id":"identity--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","name":"EXERCISE"}"#;

/// Gives its bytes in pieces of the sizes listed, over and over; a size of 0 is an interruption.
struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let size = self.sizes[self.turn % self.sizes.len()];
        self.turn += 1;
        if size == 0 {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let count = size.min(self.bytes.len()).min(into.len());
        into[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes = &self.bytes[count..];
        Ok(count)
    }
}

/// What a stream said of an object: place, length, bytes, and whether it can be read or why not.
type Said = (usize, u64, u64, Vec<u8>, Result<(), ReadError>);

struct Heard {
    items: Vec<Said>,
    form: Option<Form>,
    bundle_id: Option<String>,
    error: Option<ReadError>,
}

/// Everything that a stream says, and that it says no more after its end.
fn hear(bytes: &[u8], sizes: &[usize], limits: &Limits) -> Heard {
    let mut stream = Stream::new(Pieces { bytes, sizes: sizes.to_vec(), turn: 0 }, limits);
    let mut items = Vec::new();
    let error = loop {
        match stream.next_item() {
            Ok(Some(item)) => {
                if let Ok(object) = &item.object {
                    assert_eq!(object, &Object::parse(item.bytes, limits).unwrap());
                }
                let verdict = item.object.map(|_| ());
                items.push((item.index, item.offset, item.length, item.bytes.to_vec(), verdict));
            }
            Ok(None) => break None,
            Err(StreamError::Read(error)) => break Some(error),
            Err(other) => panic!("{other}"),
        }
    };
    assert!(stream.next_item().unwrap().is_none());
    Heard { items, form: stream.form(), bundle_id: stream.bundle_id().map(str::to_owned), error }
}

/// Holds both readers against each other. What lies beyond what a stream looks at in advance is left out: a document
/// that is longer than an object may be and is no container, and lines behind a first one that is.
fn compare(bytes: &[u8], sizes: &[usize], limits: &Limits) {
    let heard = hear(bytes, sizes, limits);
    let shown = String::from_utf8_lossy(bytes);
    let document = match read(bytes, limits) {
        Ok(document) => document,
        Err(error) => {
            // What is too long to be kept and is no container has no objects to be counted.
            let long = bytes.len() > limits.object_bytes && heard.form == Some(Form::Object);
            if long && matches!(error, ReadError::TooManyObjects(_)) {
                return;
            }
            let said = heard.error.unwrap_or_else(|| panic!("{shown}: no error but {error}"));
            // Reading the whole looks for broken UTF-8 first; the stream stops at whatever comes first.
            let of_utf8 = matches!(&error, ReadError::Json(json) if json.kind == JsonErrorKind::InvalidUtf8);
            if bytes.len() <= limits.object_bytes && !of_utf8 {
                assert_eq!(said, error, "{shown}");
            }
            return;
        }
    };
    let single = matches!(document.form, Form::Ndjson | Form::Object);
    if bytes.len() > limits.object_bytes && single && heard.error.is_some() {
        return;
    }
    // Blank space within a line counts for its length.
    let padded = |line: &str| line.len() > limits.object_bytes && line != line.trim();
    if document.form == Form::Ndjson && shown.lines().any(padded) {
        return;
    }
    assert_eq!(heard.error, None, "{shown}");
    assert_eq!((heard.form, heard.bundle_id), (Some(document.form), document.bundle_id), "{shown}");
    assert_eq!(heard.items.len(), document.items.len(), "{shown}");
    for (said, item) in heard.items.iter().zip(&document.items) {
        let start = item.bytes.as_ptr() as usize - bytes.as_ptr() as usize;
        assert_eq!((said.0, said.1, said.2), (item.index, start as u64, item.bytes.len() as u64), "{shown}");
        let kept = if item.bytes.len() > limits.object_bytes { &[][..] } else { item.bytes };
        assert_eq!(said.3, kept, "{shown}");
        assert_eq!(said.4, item.object.as_ref().map(|_| ()).map_err(Clone::clone), "{shown}");
    }
}

fn json_kind(error: Option<ReadError>) -> Option<(JsonErrorKind, usize, usize, usize)> {
    match error {
        Some(ReadError::Json(error)) => Some((error.kind, error.line, error.column, error.offset)),
        _ => None,
    }
}

#[test]
fn every_form_is_read_and_its_objects_say_where_they_stand() {
    let spaced = format!(" {{ \"type\" : \"bundle\", \"id\":\"b\", \"objects\" : [ {ONE} ,\n{ONE}] }}\n");
    let documents = [
        (spaced, Form::Bundle, 2),
        (format!("\n {ONE} \n"), Form::Object, 1),
        (format!("{{\"more\":false,\"objects\":[{ONE}],\"x_note\":1}}"), Form::Envelope, 1),
        (format!("{{\"id\":\"b\",\"objects\":[{ONE}],\"type\":\"bundle\"}}"), Form::Bundle, 1),
        (format!("{{\"objects\":[{ONE}],\"type\":\"x-exercise\"}}"), Form::Object, 1),
        ("{}".to_owned(), Form::Envelope, 0),
        (format!("{ONE}\r\n\n \u{a0}{ONE}\n"), Form::Ndjson, 2),
    ];
    for (text, form, count) in documents {
        for sizes in [&[1][..], &[7, 0], &[100_000]] {
            compare(text.as_bytes(), sizes, &Limits::default());
            let heard = hear(text.as_bytes(), sizes, &Limits::default());
            assert_eq!((heard.form, heard.items.len()), (Some(form), count), "{text}");
        }
    }
}

#[test]
fn one_bad_object_never_spoils_its_neighbours() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(30_000));
    let limits = Limits { object_bytes: 25_000, ..Limits::default() };
    let bad =
        [r#"{"a":1,"a":2}"#, r#"{"a":1e400}"#, r#"{"a":"\ud800"}"#, "17", "null", &deep, &long, "\"}\""];
    let text = format!("{{\"type\":\"bundle\",\"objects\":[{ONE},{},{ONE}]}}", bad.join(","));
    for sizes in [&[1][..], &[1000], &[100_000]] {
        compare(text.as_bytes(), sizes, &limits);
        let heard = hear(text.as_bytes(), sizes, &limits);
        let good: Vec<_> = heard.items.iter().filter(|item| item.4.is_ok()).map(|item| item.0).collect();
        assert_eq!(good, [0, bad.len() + 1]);
    }
}

#[test]
fn the_objects_before_a_fault_come_first_and_the_fault_has_its_place() {
    let limits = Limits { object_bytes: 200, ..Limits::default() };
    let start = format!("{{\"type\":\"bundle\",\n\"objects\":[{ONE},\n{ONE},\n{ONE}");
    let cases = [
        (",\n {\"a\":[1}]}", JsonErrorKind::Syntax("expected `,` or `]`".into()), 5, 9),
        (",\n {\"a\":tru}]}", JsonErrorKind::Syntax("expected ident".into()), 5, 10),
        ("\n; ]}", JsonErrorKind::Syntax("expected `,` or `]`".into()), 5, 1),
        (",\n]}", JsonErrorKind::Syntax("trailing comma".into()), 5, 1),
        (",\n{\"a\":1", JsonErrorKind::Truncated, 5, 6),
        (",\n", JsonErrorKind::Truncated, 5, 1),
        ("],\"type\":1}", JsonErrorKind::DuplicateKey("type".into()), 4, 0),
        ("],\"objects\":[]}", JsonErrorKind::DuplicateKey("objects".into()), 4, 0),
        ("]}\n {}", JsonErrorKind::TrailingBytes, 5, 2),
    ];
    for (end, kind, line, column) in cases {
        let text = format!("{start}{end}");
        for sizes in [&[1][..], &[50], &[100_000]] {
            let heard = hear(text.as_bytes(), sizes, &limits);
            assert_eq!(heard.items.len(), 3, "{end}");
            let found = json_kind(heard.error).unwrap();
            assert_eq!((&found.0, found.1), (&kind, line), "{end}");
            if column > 0 {
                assert_eq!(found.2, column, "{end}");
                let start_of_line = text.lines().take(line - 1).map(|text| text.len() + 1).sum::<usize>();
                assert_eq!(found.3, start_of_line + column - 1, "{end}");
            }
        }
    }
    let text = [start.as_bytes(), b",\n{\"a\":\"\xFF\"}]}"].concat();
    let heard = hear(&text, &[3], &limits);
    assert_eq!(
        (heard.items.len(), json_kind(heard.error)),
        (3, Some((JsonErrorKind::InvalidUtf8, 5, 7, text.len() - 5)))
    );
}

#[test]
fn a_dictionary_too_long_to_be_kept_is_no_container_only_at_its_end() {
    let limits = Limits { object_bytes: 200, ..Limits::default() };
    let many = [ONE; 5].join(",");
    let late = format!("{{\"id\":\"x\",\"objects\":[{many}],\"type\":\"x-exercise\"}}");
    let heard = hear(late.as_bytes(), &[11], &limits);
    assert_eq!((heard.items.len(), heard.error), (5, Some(ReadError::ObjectTooLong(200))));
    let early = format!(" {{\"type\":\"x-exercise\",\"objects\":[{many}]}} ");
    compare(early.as_bytes(), &[11], &limits);
    let heard = hear(early.as_bytes(), &[11], &limits);
    assert_eq!((heard.items.len(), heard.form, heard.error), (1, Some(Form::Object), None));
    assert_eq!(heard.items[0].4, Err(ReadError::ObjectTooLong(200)));
}

#[test]
fn an_envelope_without_objects_is_one_however_long_it_is() {
    let limits = Limits { object_bytes: 100, ..Limits::default() };
    let next = "x".repeat(80);
    for (text, form) in [
        (format!("{{\"more\":false,           \"next\":\"{next}\"}}"), Form::Envelope),
        (format!("{{\"more\":false,           \"note\":\"{next}\"}}"), Form::Object),
        (format!("{{\"note\":\"{next}\",\"objects\":[  {ONE}  ]}}"), Form::Envelope),
    ] {
        compare(text.as_bytes(), &[8], &limits);
        assert_eq!(hear(text.as_bytes(), &[8], &limits).form, Some(form), "{text}");
    }
}

#[test]
fn the_limits_on_bytes_and_objects_hold() {
    let text = format!("{{\"type\":\"bundle\",\"objects\":[{ONE},{ONE},{ONE}]}}");
    let heard = hear(text.as_bytes(), &[9], &Limits { objects: 2, ..Limits::default() });
    assert_eq!((heard.items.len(), heard.error), (2, Some(ReadError::TooManyObjects(2))));
    let lines = [ONE; 3].join("\n");
    let heard = hear(lines.as_bytes(), &[9], &Limits { objects: 2, ..Limits::default() });
    assert_eq!((heard.items.len(), heard.error), (2, Some(ReadError::TooManyObjects(2))));
    for bytes in [text.len() - 1, 10] {
        compare(text.as_bytes(), &[9], &Limits { bytes, ..Limits::default() });
    }
}

#[test]
fn a_container_can_be_judged_without_its_objects() {
    let text =
        format!("{{\"type\":\"bundle\",\"objects\":[{ONE}],\"id\":\"report--1\",\"x_exercise\":[1, 2]}}");
    let mut stream = Stream::new(text.as_bytes(), &Limits::default());
    assert!(stream.container().is_none());
    while stream.next_item().unwrap().is_some() {}
    let container = stream.container().unwrap().unwrap();
    assert_eq!(container.value().keys().collect::<Vec<_>>(), ["type", "id", "x_exercise"]);
    let codes = |object: &Object<'_>| -> Vec<_> {
        validate(object, &Registry::standard())
            .into_iter()
            .map(|finding| (finding.code, finding.path))
            .collect()
    };
    let whole = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
    assert!(!codes(&whole).is_empty());
    assert_eq!(codes(&container), codes(&whole));
}

#[test]
fn a_failing_reader_is_an_error_of_its_own() {
    struct Broken<'a>(&'a [u8]);
    impl Read for Broken<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(std::io::Error::other("EXERCISE")),
                count => Ok(count),
            }
        }
    }
    let limits = Limits { object_bytes: 120, ..Limits::default() };
    let text = format!("{{\"type\":\"bundle\",\"objects\":[{ONE},{ONE}");
    let mut stream = Stream::new(Broken(text.as_bytes()), &limits);
    assert!(stream.next_item().unwrap().is_some());
    assert!(stream.next_item().unwrap().is_some());
    let error = stream.next_item().unwrap_err();
    assert_eq!(error.to_string(), format!("reading failed after {} bytes: EXERCISE", text.len()));
    assert!(stream.next_item().unwrap().is_none());
}

#[test]
fn an_escaped_key_of_the_container_is_read_alike() {
    let object = r#"{"type":"identity","id":"identity--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"}"#;
    for text in [
        format!("{{\"\\u0074ype\":\"bundle\",\"objects\":[{object},{object}],\"y\":-1.5e3}}"),
        format!("{{\"type\":\"bundle\",\"\\u006fbjects\":[{object}],\"i\\u0064\":\"b\"}}"),
    ] {
        for size in [1, 7, 4096] {
            compare(text.as_bytes(), &[size], &Limits::default());
            compare(text.as_bytes(), &[size], &Limits { object_bytes: 60, ..Limits::default() });
        }
    }
}

#[test]
fn public_bundles_are_streamed_as_they_are_read() {
    let Some(folder) = folder("bundles") else { return };
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = unpacked(&entry.unwrap().path());
        if bytes.len() > 1 << 20 {
            continue;
        }
        compare(&bytes, &[4099], &Limits::default());
        compare(&bytes, &[100_000, 0, 1], &Limits { object_bytes: 3000, ..Limits::default() });
        files += 1;
    }
    assert!(files > 270, "{files}");
}

/// Pieces of documents, whole and broken.
fn documents() -> impl Strategy<Value = Vec<u8>> {
    let object = prop_oneof![
        4 => Just(ONE.to_owned()),
        4 => proptest::sample::select(vec![
            "{}", "[]", "17", "-1.5e3", "null", "\"}]\"", r#"{"a":1,"a":2}"#, r#"{"a":"\ud800"}"#, r#"{"a":"\\\""}"#,
            r#"{"é":[{"x":"]}"}]}"#, "[[[1]]]", "1e999", "{\"objects\":[{}]}", "{\"type\":\"bundle\",\"objects\":[{}]}",
        ]).prop_map(str::to_owned),
        1 => proptest::sample::select(vec!["tru", "-", "{", "]", "{\"a\":}", "\"\u{1}\"", "{\"a\":NaN}", "[1}", "1 2", ""])
            .prop_map(str::to_owned),
    ];
    let blank = || proptest::sample::select(vec!["", "", "", " ", "\n", "\r\n\t", "\u{a0}"]);
    let list = (
        proptest::collection::vec((object.clone(), blank()), 0..5),
        proptest::sample::select(vec![",", ",", ", ", ",\n", "\n"]),
    )
        .prop_map(|(objects, between)| {
            let objects: Vec<_> = objects.into_iter().map(|(object, blank)| object + blank).collect();
            format!("[{}]", objects.join(between))
        });
    let entry = prop_oneof![
        3 => list.prop_map(|list| format!("\"objects\":{list}")),
        1 => object.clone().prop_map(|value| format!("\"objects\":{value}")),
        4 => proptest::sample::select(vec![
            "\"type\":\"bundle\"", "\"type\" : \"bundle\"", "\"type\":\"report\"", "\"type\":1", "\"id\":\"b\"", "\"id\":[1]",
            "\"more\":false", "\"next\":\"x\"", "\"\\u0074ype\":\"bundle\"", "\"x\":{\"objects\":[1]}", "\"\\ud800\":1",
        ]).prop_map(str::to_owned),
        1 => object.clone().prop_map(|value| format!("\"y\":{value}")),
    ];
    let container = (proptest::collection::vec(entry, 0..5), blank(), blank())
        .prop_map(|(entries, before, after)| format!("{before}{{{}}}{after}", entries.join(",")));
    let lines = proptest::collection::vec((prop_oneof![3 => object, 1 => container.clone()], blank()), 0..5)
        .prop_map(|lines| {
            lines.into_iter().map(|(line, blank)| format!("{line}{blank}\n")).collect::<String>()
        });
    let text = prop_oneof![3 => container.clone(), 1 => lines, 1 => (container.clone(), container).prop_map(|(a, b)| a + "\n" + &b)];
    let change = prop_oneof![
        6 => Just(None),
        1 => (any::<prop::sample::Index>(), proptest::sample::select(vec![&b"\xFF"[..], b"\xEF\xBB\xBF", b"}", b"\"", b",", b"\n", b"\\", b"x", b"\xC3"]))
            .prop_map(Some),
    ];
    let cut = prop_oneof![6 => Just(None), 1 => any::<prop::sample::Index>().prop_map(Some)];
    (text, change, cut).prop_map(|(text, change, cut)| {
        let mut bytes = text.into_bytes();
        if let Some((at, new)) = change {
            let at = at.index(bytes.len() + 1);
            bytes.splice(at..at, new.iter().copied());
        }
        if let Some(at) = cut {
            bytes.truncate(at.index(bytes.len() + 1));
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_readers_say_the_same_of_every_document(
        bytes in documents(),
        sizes in proptest::collection::vec(0usize..40, 1..4),
        object_bytes in prop_oneof![Just(4usize << 20), 16usize..300],
        objects in prop_oneof![4 => Just(1000usize), 1 => 0usize..4],
    ) {
        let sizes = if sizes.iter().all(|size| *size == 0) { vec![1] } else { sizes };
        compare(&bytes, &sizes, &Limits { object_bytes, objects, ..Limits::default() });
    }

    #[test]
    fn how_the_bytes_are_divided_changes_nothing(
        bytes in documents(),
        size in 1usize..40,
        object_bytes in 16usize..300,
    ) {
        let limits = Limits { object_bytes, ..Limits::default() };
        let whole = hear(&bytes, &[1 << 20], &limits);
        let pieces = hear(&bytes, &[size], &limits);
        prop_assert_eq!(whole.items, pieces.items);
        prop_assert_eq!((whole.form, whole.bundle_id), (pieces.form, pieces.bundle_id));
        prop_assert_eq!(whole.error, pieces.error);
    }
}
