use proptest::prelude::*;

use super::*;

fn kind(text: &[u8]) -> JsonErrorKind {
    parse(text, &Limits::default()).unwrap_err().kind
}

#[test]
fn each_fault_has_its_own_name() {
    let deep = "[".repeat(10_000);
    let cases: [(&[u8], JsonErrorKind); 16] = [
        (br#"{"a":1,"b":2,"a":3}"#, JsonErrorKind::DuplicateKey("a".into())),
        (br#"{"a":1,"\u0061":3}"#, JsonErrorKind::DuplicateKey("a".into())),
        (b"[NaN]", JsonErrorKind::NotFinite),
        (b"{\"a\": Infinity}", JsonErrorKind::NotFinite),
        (b"[-Infinity]", JsonErrorKind::NotFinite),
        (b"[1e400]", JsonErrorKind::NumberRange),
        (b"[-1e400]", JsonErrorKind::NumberRange),
        (b"[18446744073709551616]", JsonErrorKind::IntegerRange),
        (br#"["\\\"1", -9223372036854775809]"#, JsonErrorKind::IntegerRange),
        (b"[\"\xC3\x28\"]", JsonErrorKind::InvalidUtf8),
        (br#"["\ud800"]"#, JsonErrorKind::LoneSurrogate),
        (br#"["\udc00 x"]"#, JsonErrorKind::LoneSurrogate),
        (deep.as_bytes(), JsonErrorKind::TooDeep(32)),
        (b"{\"a\":1} x", JsonErrorKind::TrailingBytes),
        (b"{\"a\":[1,", JsonErrorKind::Truncated),
        (b"\xEF\xBB\xBF{}", JsonErrorKind::ByteOrderMark),
    ];
    for (text, expected) in cases {
        assert_eq!(kind(text), expected, "{}", String::from_utf8_lossy(&text[..text.len().min(40)]));
    }
    assert!(matches!(kind(b"[1,]"), JsonErrorKind::Syntax(_)));
    assert!(matches!(kind(b"{'a':1}"), JsonErrorKind::Syntax(_)));
    assert_eq!(kind(b""), JsonErrorKind::Truncated);
}

#[test]
fn the_place_of_a_fault_is_told() {
    let text = b"{\n \"a\": 1,\n \"a\": 2\n}";
    let error = parse(text, &Limits::default()).unwrap_err();
    assert_eq!(error.line, 3);
    assert!((12..=16).contains(&error.offset), "{error:?}");
    let error = parse(b"[\n\"\xFF\"]", &Limits::default()).unwrap_err();
    assert_eq!((error.line, error.column, error.offset), (2, 2, 3));
}

#[test]
fn limits_stand_exactly_where_they_are_set() {
    let limits = Limits { bytes: 40, depth: 3, string_bytes: 4, ..Limits::default() };
    assert!(parse(br#"{"a":[["abcd"]]}"#, &limits).is_ok());
    assert_eq!(parse(br#"{"a":[[[]]]}"#, &limits).unwrap_err().kind, JsonErrorKind::TooDeep(3));
    assert_eq!(parse(br#"["abcde"]"#, &limits).unwrap_err().kind, JsonErrorKind::StringTooLong(4));
    assert_eq!(parse(br#"{"abcde":1}"#, &limits).unwrap_err().kind, JsonErrorKind::StringTooLong(4));
    assert_eq!(parse(&[b' '; 41], &limits).unwrap_err().kind, JsonErrorKind::TooLong(40));
    let any = Limits { depth: usize::MAX, ..Limits::default() };
    assert_eq!(parse("[".repeat(9_999).as_bytes(), &any).unwrap_err().kind, JsonErrorKind::TooDeep(120));
}

#[test]
fn numbers_keep_their_kind_and_value() {
    let value = parse(b"[1,-1,18446744073709551615,1.5,-0,1e30,9007199254740993]", &Limits::default());
    let expected = vec![
        Value::Integer(1),
        Value::Integer(-1),
        Value::Unsigned(u64::MAX),
        Value::Float(1.5),
        Value::Float(-0.0),
        Value::Float(1e30),
        Value::Integer(9_007_199_254_740_993),
    ];
    assert_eq!(value, Ok(Value::Array(expected)));
}

#[test]
fn texts_without_escapes_are_borrowed() {
    let value = parse(br#"{"plain":"plain","esc\n":"\u00e9"}"#, &Limits::default()).unwrap();
    let map = value.as_object().unwrap();
    assert!(matches!(map.get("plain"), Some(Value::String(Cow::Borrowed("plain")))));
    assert_eq!(map.get("esc\n").and_then(Value::as_str), Some("é"));
    assert_eq!(value.clone().into_owned(), value);
}

#[test]
fn a_dictionary_of_a_hundred_thousand_keys_is_read_in_linear_time() {
    let body: Vec<_> = (0..100_000).map(|number| format!("\"k{number}\":{number}")).collect();
    let text = format!("{{{}}}", body.join(","));
    let value = parse(text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(value.as_object().unwrap().get("k99999"), Some(&Value::Integer(99_999)));
    let twice = format!("{{{},\"k7\":0}}", body.join(","));
    assert_eq!(kind(twice.as_bytes()), JsonErrorKind::DuplicateKey("k7".into()));
}

proptest! {
    #[test]
    fn no_bytes_make_it_fail_badly(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes, &Limits::default());
    }

    #[test]
    fn what_it_accepts_serde_json_reads_the_same(text in "[\\[\\]{}\",:0-9eE.a\\\\u+-]{0,24}") {
        if let Ok(value) = parse(text.as_bytes(), &Limits::default()) {
            let theirs: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(serde_json::to_value(&value).unwrap(), theirs);
        }
    }
}
