use super::*;

fn object(text: &str) -> Object<'_> {
    Object::parse(text.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn levels_are_ordered_by_strictness_and_read_in_every_spelling() {
    assert!(Tlp::ALL.is_sorted());
    for level in Tlp::ALL {
        assert_eq!(level.short().parse(), Ok(level));
        assert_eq!(level.name().parse(), Ok(level));
        assert_eq!(Tlp::from_marking_id(level.marking_id()), Some(level));
        let written = serde_json::to_string(&level).unwrap();
        assert_eq!(serde_json::from_str::<Tlp>(&written).unwrap(), level);
    }
    assert_eq!("white".parse(), Ok(Tlp::Clear));
    assert_eq!("TLP:White".parse(), Ok(Tlp::Clear));
    assert!("amber strict".parse::<Tlp>().is_err());
    assert!("".parse::<Tlp>().is_err());
}

#[test]
fn published_definitions_mean_their_level() {
    for level in Tlp::ALL {
        let text = level.definition();
        assert_eq!(meaning(&object(&text)), Meaning::Tlp(level));
        assert!(level.is_exact_definition(&object(&text)));
    }
    let white = concat!(
        r#"{"type":"marking-definition","spec_version":"2.1","created":"2017-01-20T00:00:00.000Z","#,
        r#""id":"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9","#,
        r#""definition_type":"tlp","name":"TLP:WHITE","definition":{"tlp":"white"}}"#
    );
    assert_eq!(meaning(&object(white)), Meaning::Tlp(Tlp::Clear));
}

#[test]
fn a_false_claim_to_be_tlp_is_unknown_and_a_statement_is_a_statement() {
    let loosened = Tlp::Red.definition().replace("TLP:RED", "TLP:CLEAR");
    assert_eq!(meaning(&object(&loosened)), Meaning::Unknown);
    assert!(claims_tlp(&object(&loosened)));
    let own_id = Tlp::Clear.definition().replace("94868c89", "14868c89");
    assert_eq!(meaning(&object(&own_id)), Meaning::Unknown);
    let statement = r#"{"type":"marking-definition","spec_version":"2.1",
        "id":"marking-definition--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2017-01-20T00:00:00.000Z",
        "definition_type":"statement","definition":{"statement":"Copyright EXERCISE"}}"#;
    assert_eq!(meaning(&object(statement)), Meaning::Statement);
    let stolen =
        statement.replace("8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", "5e57c739-391a-4eb3-b6be-7d15ca92d5ed");
    assert_eq!(meaning(&object(&stolen)), Meaning::Unknown, "a statement under the identifier of TLP:RED");
    let other = statement.replace("\"statement\",", "\"pap\",");
    assert_eq!(meaning(&object(&other)), Meaning::Unknown);
}

#[test]
fn selectors_are_read_and_written_back() {
    for text in
        ["id", "labels", "labels.[0]", "external_references.[12].url", "a1-b.SHA-256", "x_y.z.[0].[1]"]
    {
        assert_eq!(Selector::parse(text).unwrap().to_string(), text);
    }
    for text in [
        "",
        ".",
        "a.",
        ".a",
        "[0]",
        "abc[0]",
        "a.[x]",
        "a.[-1]",
        "a.[01]",
        "a.[]",
        "a.[9999999999]",
        "a b",
        "é",
    ] {
        assert!(Selector::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_selector_finds_its_part() {
    let object = object(r#"{"labels":["a","b"],"ext":{"k":{"list":[{"x":1}]}}}"#);
    let at = |text: &str| object.at(&Selector::parse(text).unwrap()).cloned();
    assert_eq!(at("labels.[1]"), Some("b".into()));
    assert_eq!(at("ext.k.list.[0].x"), Some(Value::Integer(1)));
    assert_eq!(at("labels.[2]"), None);
    assert_eq!(at("labels.x"), None);
    assert_eq!(at("ext.[0]"), None);
    assert_eq!(at("nothing"), None);
}
