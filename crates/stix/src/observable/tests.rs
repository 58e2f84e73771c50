use super::*;
use crate::json::parse;
use crate::limits::Limits;

const MD5: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn map(text: &str) -> Map<'static> {
    match parse(text.as_bytes(), &Limits::default()).unwrap().into_owned() {
        Value::Object(map) => map,
        other => panic!("{other:?}"),
    }
}

fn id(text: &str) -> String {
    match id_of(&map(text)).unwrap() {
        Derived::Id(id) => id.to_string(),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn the_example_of_the_standard_comes_out_as_printed() {
    // Clause 2.9.
    assert_eq!(
        id(r#"{"type":"ipv4-addr","value":"198.51.100.3"}"#),
        "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"
    );
}

#[test]
fn only_contributing_properties_count() {
    let bare = id(r#"{"type":"software","name":"EXERCISE"}"#);
    assert_eq!(bare, id(r#"{"languages":["c"],"id":"x","type":"software","name":"EXERCISE"}"#));
    assert_ne!(bare, id(r#"{"type":"software","name":"EXERCISE","version":"1"}"#));
}

#[test]
fn where_nothing_contributes_a_random_uuid_is_asked_for() {
    for text in [
        r#"{"type":"process","pid":3}"#,
        r#"{"type":"user-account","display_name":"EXERCISE"}"#,
        r#"{"type":"artifact","url":"https://example.com/"}"#,
    ] {
        assert_eq!(id_of(&map(text)), Ok(Derived::Random), "{text}");
    }
    for text in [r#"{"type":"x-thing","value":"1"}"#, r#"{"type":"indicator","name":"n"}"#, "{}"] {
        assert_eq!(id_of(&map(text)), Ok(Derived::Undefined), "{text}");
    }
    assert_eq!((contributing("process"), contributing("indicator")), (Some::<&[_]>(&[]), None));
}

#[test]
fn one_hash_counts_in_the_order_of_preference() {
    let file = |hashes: &str| id(&format!(r#"{{"type":"file","hashes":{hashes}}}"#));
    let md5 = file(&format!(r#"{{"MD5":"{MD5}"}}"#));
    assert_eq!(md5, file(&format!(r#"{{"SHA-512":"c","SHA-256":"b","MD5":"{MD5}","A-HASH":"1"}}"#)));
    assert_eq!(md5, file(&format!(r#"{{"md5":"{MD5}"}}"#)), "a known algorithm in another spelling");
    assert_eq!(file(r#"{"SHA-1":"1","SHA-256":"2"}"#), file(r#"{"SHA-1":"1"}"#));
    assert_eq!(file(r#"{"SSDEEP":"s","SHA3-256":"t"}"#), file(r#"{"SHA3-256":"t","SSDEEP":"s"}"#));
    assert_eq!(file(r#"{"SSDEEP":"s","SHA3-256":"t"}"#), file(r#"{"SHA3-256":"t"}"#));
    assert_eq!(id_of(&map(r#"{"type":"file","hashes":{}}"#)), Err(DeriveError::NoHash));
}

#[test]
fn an_instant_gives_one_identifier_however_many_zeros_it_has() {
    let flow = |start: &str| id(&format!(r#"{{"type":"network-traffic","start":"{start}"}}"#));
    assert_eq!(flow("2020-01-01T00:00:00.100Z"), flow("2020-01-01T00:00:00.1Z"));
    assert_eq!(flow("2020-01-01T00:00:00.000Z"), flow("2020-01-01T00:00:00Z"));
    assert_ne!(flow("2020-01-01T00:00:00.0000001Z"), flow("2020-01-01T00:00:00Z"));
    let file = |inner: &str| id(&format!(r#"{{"type":"file","name":"EXERCISE","extensions":{inner}}}"#));
    let stamp = |time: &str| file(&format!(r#"{{"windows-pebinary-ext":{{"time_date_stamp":"{time}"}}}}"#));
    assert_eq!(stamp("2020-01-01T00:00:00.123Z"), stamp("2020-01-01T00:00:00Z"));
    let foreign = |time: &str| file(&format!(r#"{{"x-ext":{{"time_date_stamp":"{time}"}}}}"#));
    assert_ne!(foreign("2020-01-01T00:00:00.100Z"), foreign("2020-01-01T00:00:00.1Z"));
    let section = |name: &str| {
        file(&format!(
            r#"{{"windows-pebinary-ext":{{"sections":[{{"name":"s","hashes":{{"{name}":"{MD5}"}}}}]}}}}"#
        ))
    };
    assert_eq!(section("MD5"), section("md-5"));
}

#[test]
fn what_would_lose_digits_is_refused_with_its_place() {
    let found = id_of(&map(r#"{"type":"autonomous-system","number":9007199254740993}"#));
    assert_eq!(found, Err(DeriveError::Canon(CanonError::IntegerRange { path: "number".into() })));
    let found = id_of(&map(r#"{"type":"file","name":"n","extensions":{"x-e":{"l":[1,null]}}}"#));
    assert_eq!(found, Err(DeriveError::Null { path: "extensions.x-e.l.[1]".into() }));
}

#[test]
fn a_wrong_uuid_v5_is_found_and_admitted_choices_are_not() {
    let found = |text: &str| check(&map(text));
    let wrong = r#"{"type":"ipv4-addr","id":"ipv4-addr--00000000-0000-5000-8000-000000000000","value":"::"}"#;
    let mismatch = found(wrong).unwrap();
    assert_eq!(mismatch.found.uuid_version(), 5);
    assert_eq!(mismatch.expected, id_of(&map(wrong)).unwrap());
    assert_eq!(found(&wrong.replace("-5000-", "-4000-")), None);
    assert_eq!(found(&wrong.replace("ipv4-addr", "x-addr")), None);
    let process = r#"{"type":"process","id":"process--00000000-0000-5000-8000-000000000000"}"#;
    assert_eq!(found(process).unwrap().expected, Derived::Random);

    let sha = id(r#"{"type":"file","hashes":{"SHA-256":"EXERCISE"}}"#);
    let both = format!(r#"{{"type":"file","id":"{sha}","hashes":{{"MD5":"{MD5}","SHA-256":"EXERCISE"}}}}"#);
    assert_ne!(id(&both), sha);
    assert_eq!(found(&both), None, "the standard only advises which hash to take");
    assert!(found(&both.replace("EXERCISE", "another")).is_some());

    let canon = br#"{"start":"2020-01-01T00:00:00.100Z"}"#;
    let literal = Uuid::new_v5(&NAMESPACE, canon);
    let flow = format!(
        r#"{{"type":"network-traffic","id":"network-traffic--{literal}","start":"2020-01-01T00:00:00.100Z"}}"#
    );
    assert_eq!(found(&flow), None, "a time in the spelling of the object");
}

#[test]
fn an_integer_where_a_text_is_due_contributes_as_the_text() {
    let flow = |port: &str, protocol: &str| {
        let text = format!(r#"{{"type":"network-traffic","src_port":{port},"protocols":[{protocol}]}}"#);
        id(&text)
    };
    assert_eq!(flow("80", "\"6\""), flow("\"80\"", "6"));
    assert_ne!(flow("80", "\"6\""), flow("\"http\"", "6"));
    let path = |path: &str| id(&format!(r#"{{"type":"directory","path":{path}}}"#));
    assert_eq!(path("7"), path("\"7\""));
}
