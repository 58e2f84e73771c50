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

mod operations {
    use super::*;
    use crate::time::Timestamp;

    const A: &str = "marking-definition--00000001-e4b4-4b4b-8b4b-0123456789ab";
    const B: &str = "marking-definition--00000002-e4b4-4b4b-8b4b-0123456789ab";
    const RED: &str = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
    const GREEN: &str = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";

    /// A tool with these markings; `@A` and so on stand for identifiers.
    fn tool(more: &str) -> String {
        let text = format!(
            r#"{{"type":"tool","spec_version":"2.1","id":"tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
            "created":"2016-04-06T20:03:00.000Z","modified":"2016-04-06T20:03:00.000Z","name":"EXERCISE",
            "labels":["a","b"],"lab":"c","external_references":[{{"source_name":"s","url":"u"}}]{more}}}"#
        );
        [("@A", A), ("@B", B), ("@RED", RED), ("@GREEN", GREEN)]
            .iter()
            .fold(text, |text, (short, id)| text.replace(short, id))
    }

    fn at() -> Timestamp {
        Timestamp::parse("2020-01-01T00:00:00.000Z").unwrap()
    }

    fn shown(value: &Value<'_>, key: &str) -> String {
        let part = value.as_object().unwrap().get(key);
        let text = part.map_or_else(|| "-".to_owned(), |part| serde_json::to_string(part).unwrap());
        text.replace(A, "@A").replace(B, "@B")
    }

    fn inherited() -> Scope {
        Scope { inherited: true, ..Scope::default() }
    }

    #[test]
    fn inherited_and_descendant_markings_follow_steps_not_letters() {
        let text = tool(
            r#","object_marking_refs":["@RED"],"granular_markings":[
            {"marking_ref":"@A","selectors":["lab"]},{"marking_ref":"@B","selectors":["labels.[1]"]},
            {"lang":"en","selectors":["labels"]}]"#,
        );
        let object = object(&text);
        let below = Scope { descendants: true, ..Scope::default() };
        assert_eq!(get(&object, Some(&["labels"]), Scope::default()).unwrap(), ["en"]);
        assert_eq!(get(&object, Some(&["labels"]), below).unwrap(), [B, "en"]);
        assert_eq!(get(&object, Some(&["labels.[1]"]), inherited()).unwrap(), [B, "en", RED]);
        assert_eq!(get(&object, Some(&["labels.[0]"]), inherited()).unwrap(), ["en", RED]);
        assert_eq!(get(&object, Some(&["lab"]), below).unwrap(), [A], "`labels` does not lie within `lab`");
        assert_eq!(get(&object, None, Scope::default()).unwrap(), [RED]);
        let refs = Scope { langs: false, ..below };
        assert_eq!(get(&object, Some(&["labels"]), refs).unwrap(), [B]);
    }

    #[test]
    fn a_part_is_not_marked_with_what_only_others_carry() {
        let text = tool(
            r#","object_marking_refs":["@RED"],"granular_markings":[{"marking_ref":"@A","selectors":["name"]}]"#,
        );
        let object = object(&text);
        let is = |markings: &[&str], scope| is_marked(&object, markings, Some(&["name"]), scope).unwrap();
        assert!(is(&[A, RED], inherited()));
        assert!(!is(&[A, RED], Scope::default()));
        assert!(!is(&[B], inherited()));
        assert!(is_marked(&object, &[B, RED], None, Scope::default()).unwrap(), "one of them is enough");
        assert!(!is_marked(&object, &[B], None, Scope::default()).unwrap());
        let wrong = is_marked(&object, &[A], Some(&["name.[0]"]), inherited());
        assert_eq!(wrong, Err(MarkingError::InvalidSelector("name.[0]".to_owned())));
    }

    #[test]
    fn setting_marks_a_part_that_had_no_marking_and_leaves_the_others() {
        let text = tool(r#","granular_markings":[{"marking_ref":"@A","selectors":["labels","name"]}]"#);
        let object = object(&text);
        let at = at();
        let scope = Scope::default();
        let made = set(&object, &[B, "de"], Some(&["lab"]), scope, Stamp::At(&at)).unwrap();
        let expected = concat!(
            r#"[{"marking_ref":"@B","selectors":["lab"]},{"lang":"de","selectors":["lab"]},"#,
            r#"{"marking_ref":"@A","selectors":["labels","name"]}]"#
        );
        assert_eq!(shown(&made, "granular_markings"), expected);
        assert_eq!(shown(&made, "modified"), "\"2020-01-01T00:00:00.000Z\"");
        for selectors in [None, Some(&["name"][..])] {
            let nothing = Err(MarkingError::InvalidValue(String::new()));
            assert_eq!(set(&object, &[], selectors, scope, Stamp::Keep), nothing);
            assert_eq!(add(&object, &[], selectors, Stamp::Keep), nothing);
            assert_eq!(remove(&object, &[], selectors, Stamp::Keep), nothing);
        }
        let made = clear(&object, Some(&["name", "labels"]), scope, Stamp::Keep).unwrap();
        assert_eq!(shown(&made, "granular_markings"), "-");
        assert_eq!(shown(&made, "modified"), "\"2016-04-06T20:03:00.000Z\"");
    }

    #[test]
    fn an_observable_is_marked_without_a_version_and_a_revoked_object_not_at_all() {
        let at = at();
        let text = r#"{"type":"url","id":"url--c27c572c-2e17-5ce1-817e-67bb97629a56","value":"EXERCISE"}"#;
        let url = object(text);
        let versioned = add(&url, &[A], None, Stamp::At(&at));
        assert!(matches!(versioned, Err(MarkingError::Version(VersionError::Type(_)))));
        let made = add(&url, &[A, A], None, Stamp::Keep).unwrap();
        assert_eq!(shown(&made, "object_marking_refs"), r#"["@A"]"#);
        let revoked = tool(r#","revoked":true"#);
        for stamp in [Stamp::Keep, Stamp::At(&at)] {
            let made = add(&object(&revoked), &[A], None, stamp);
            assert_eq!(made, Err(MarkingError::Version(VersionError::Revoked)));
        }
    }

    #[test]
    fn only_what_can_be_a_marking_is_written_but_anything_is_removed() {
        let text = tool(
            r#","object_marking_refs":["broken"],"granular_markings":[{"lang":"1","selectors":["nothing"]}]"#,
        );
        let object = object(&text);
        for bad in ["", "broken", "marking-definition--1", "en", "tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"]
        {
            assert!(
                matches!(add(&object, &[bad], None, Stamp::Keep), Err(MarkingError::InvalidValue(_))),
                "{bad}"
            );
        }
        for bad in ["", "1", "e", "englishlanguage", "en--US", "marking-definition--1"] {
            let made = add(&object, &[bad], Some(&["name"]), Stamp::Keep);
            assert!(matches!(made, Err(MarkingError::InvalidValue(_))), "{bad}");
        }
        let made = remove(&object, &["broken"], None, Stamp::Keep).unwrap();
        assert_eq!(shown(&made, "object_marking_refs"), "-");
        let gone = remove(&object, &["1"], Some(&["nothing"]), Stamp::Keep);
        assert!(matches!(gone, Err(MarkingError::InvalidSelector(_))), "the part is not there");
        let own = Tlp::Red.definition();
        let own = Object::parse(own.as_bytes(), &Limits::default()).unwrap();
        assert!(
            matches!(add(&own, &[RED], None, Stamp::Keep), Err(MarkingError::InvalidValue(_))),
            "a circle"
        );
    }

    #[test]
    fn entries_that_say_more_are_kept_and_malformed_ones_stop_the_change() {
        let text = tool(
            r#","granular_markings":[{"x_why":"z","marking_ref":"@A","selectors":["name","lab"]},
            {"marking_ref":"@A","selectors":["labels"]}]"#,
        );
        let made = remove(&object(&text), &[A], Some(&["lab"]), Stamp::Keep).unwrap();
        let expected = concat!(
            r#"[{"x_why":"z","marking_ref":"@A","selectors":["name"]},"#,
            r#"{"marking_ref":"@A","selectors":["labels"]}]"#
        );
        assert_eq!(shown(&made, "granular_markings"), expected);
        for entry in
            ["5", "{}", r#"{"selectors":["name"]}"#, r#"{"lang":5,"selectors":["name"]}"#, r#"{"lang":"en"}"#]
        {
            let text = tool(&format!(r#","granular_markings":[{entry}]"#));
            let made = clear(&object(&text), Some(&["name"]), Scope::default(), Stamp::Keep);
            assert_eq!(made, Err(MarkingError::Malformed("granular_markings.[0]".to_owned())), "{entry}");
        }
        for (key, value) in [("granular_markings", "{}"), ("object_marking_refs", "[5]")] {
            let text = tool(&format!(r#","{key}":{value}"#));
            let selectors: Option<&[&str]> = (key == "granular_markings").then_some(&["name"]);
            let made = add(&object(&text), &[A], selectors, Stamp::Keep);
            assert_eq!(made, Err(MarkingError::Malformed(key.to_owned())));
        }
    }

    #[test]
    fn every_marking_that_holds_says_where_it_comes_from() {
        let text = tool(
            r#","lang":"fr","object_marking_refs":["@A"],"granular_markings":[
            {"marking_ref":"@B","selectors":["labels.[1]","name"]},{"lang":"de","selectors":["labels"]}]"#,
        );
        let object = object(&text);
        let path = |text: &str| Selector::parse(text).unwrap();
        let found = effective(&object, &path("labels.[1]")).unwrap();
        let granular = |entry, selector: &str| Source::Granular { entry, selector: path(selector) };
        let expected = [
            Effective { label: Label::Marking(A), source: Source::Object },
            Effective { label: Label::Lang("fr"), source: Source::Object },
            Effective { label: Label::Lang("de"), source: granular(1, "labels") },
            Effective { label: Label::Marking(B), source: granular(0, "labels.[1]") },
        ];
        assert_eq!(found, expected);
        assert!(effective(&object, &path("labels.[2]")).is_err());
        assert_eq!((language(&object, &path("labels.[0]")), language(&object, &path("name"))), ("de", "fr"));
        assert_eq!(language(&super::object(&tool("")), &path("name")), "en");
        let nested = tool(
            r#","granular_markings":[{"lang":"de","selectors":["labels"]},{"lang":"sv","selectors":["labels.[1]"]},
            {"lang":"fi","selectors":["labels"]}]"#,
        );
        let nested = super::object(&nested);
        assert_eq!(language(&nested, &path("labels.[1]")), "sv", "the innermost");
        assert_eq!(language(&nested, &path("labels.[0]")), "de", "of equals the first");
    }

    #[test]
    fn contradictions_are_named_with_their_place() {
        let text = tool(
            r#","object_marking_refs":["@RED","@GREEN"],"granular_markings":[
            {"marking_ref":"@GREEN","selectors":["name","labels","gone"]},
            {"marking_ref":"@A","lang":"en","selectors":["labels.[0]"]},
            {"marking_ref":"@RED","selectors":["name"]},{"lang":"de","selectors":["labels.[0]","no selector"]}, 7]"#,
        );
        let amber = |id: &Id| if id.as_str() == A { Meaning::Tlp(Tlp::Amber) } else { Meaning::Unknown };
        let found: Vec<_> =
            conflicts(&object(&text), &amber).into_iter().map(|found| (found.path, found.kind)).collect();
        let wider = |part, outer| ConflictKind::WiderThanAround { part, outer };
        let at = |path: &str, kind| (path.to_owned(), kind);
        let both = || ConflictKind::SeveralTlp(vec![Tlp::Green, Tlp::Red]);
        let expected = [
            at("granular_markings.[0].selectors.[2]", ConflictKind::Dangling),
            at("granular_markings.[1]", ConflictKind::LangAndMarking),
            at("granular_markings.[3].selectors.[1]", ConflictKind::Malformed),
            at("granular_markings.[4]", ConflictKind::Malformed),
            at("", both()),
            at("gone", wider(Tlp::Green, Tlp::Red)),
            at("labels", wider(Tlp::Green, Tlp::Red)),
            at("labels.[0]", wider(Tlp::Amber, Tlp::Red)),
            at("name", both()),
            at("labels.[0]", ConflictKind::SeveralLanguages(vec!["de".to_owned(), "en".to_owned()])),
        ];
        assert_eq!(found, expected);
        let good = tool(
            r#","object_marking_refs":["@GREEN"],"granular_markings":[{"marking_ref":"@RED","selectors":["name"]}]"#,
        );
        assert_eq!(conflicts(&object(&good), &amber), []);
    }

    #[test]
    fn the_strictest_marking_of_a_part_counts_what_is_around_and_within() {
        let text = tool(
            r#","object_marking_refs":["@GREEN"],"granular_markings":[
            {"marking_ref":"@RED","selectors":["external_references.[0].url"]},{"marking_ref":"@A","selectors":["lab"]}]"#,
        );
        let object = object(&text);
        let statement = |_: &Id| Meaning::Statement;
        let ask = |path: &str, lookup: &dyn Fn(&Id) -> Meaning| {
            let path = (!path.is_empty()).then(|| Selector::parse(path).unwrap());
            strictest_tlp(&object, path.as_ref(), lookup)
        };
        assert_eq!(ask("name", &statement), Strictest::Tlp(Tlp::Green));
        assert_eq!(ask("external_references", &statement), Strictest::Tlp(Tlp::Red));
        assert_eq!(ask("external_references.[0].source_name", &statement), Strictest::Tlp(Tlp::Green));
        assert_eq!(ask("lab", &statement), Strictest::Tlp(Tlp::Green));
        assert_eq!(ask("lab", &|_| Meaning::Unknown), Strictest::Unknown(A.to_owned()));
        assert_eq!(ask("", &|_| Meaning::Unknown), Strictest::Unknown(A.to_owned()), "stricter than red");
        assert_eq!(ask("", &statement), Strictest::Tlp(Tlp::Red));
    }

    #[test]
    fn what_cannot_be_followed_is_stricter_than_red() {
        for more in [
            r#","object_marking_refs":"@GREEN""#.replace("@GREEN", "x"),
            r#","object_marking_refs":{}"#.to_owned(),
            r#","granular_markings":{}"#.to_owned(),
            r#","granular_markings":[{"marking_ref":"@GREEN","selectors":["nmae"]}]"#.to_owned(),
            r#","granular_markings":[{"marking_ref":"@GREEN","selectors":[]}]"#.to_owned(),
            r#","granular_markings":[{"selectors":["name"]}]"#.to_owned(),
            r#","granular_markings":[{"marking_ref":"broken","selectors":["name"]}]"#.to_owned(),
        ] {
            let text = tool(&more);
            let path = Selector::parse("name").unwrap();
            let found = strictest_tlp(&object(&text), Some(&path), &|_| Meaning::Statement);
            assert!(matches!(found, Strictest::Unknown(_)), "{more}");
        }
        let plain = tool("");
        assert_eq!(strictest_tlp(&object(&plain), None, &|_| Meaning::Unknown), Strictest::Unmarked);
        let lang = tool(r#","granular_markings":[{"lang":"en","selectors":["gone"]}]"#);
        assert_eq!(strictest_tlp(&object(&lang), None, &|_| Meaning::Unknown), Strictest::Unmarked);
    }

    #[test]
    fn many_markings_are_answered_and_changed_in_good_time() {
        let labels: Vec<_> = (0..20_000).map(|at| format!("\"{at}\"")).collect();
        let selectors: Vec<_> = (0..20_000).map(|at| format!("labels.[{at}]")).collect();
        let quoted: Vec<_> = selectors.iter().map(|selector| format!("\"{selector}\"")).collect();
        let text = format!(
            r#"{{"type":"tool","labels":[{}],"granular_markings":[{{"marking_ref":"{A}","selectors":[{}]}}]}}"#,
            labels.join(","),
            quoted.join(",")
        );
        let object = object(&text);
        let asked: Vec<&str> = selectors.iter().map(String::as_str).collect();
        let all = Scope { inherited: true, descendants: true, ..Scope::default() };
        assert_eq!(get(&object, Some(&asked), all).unwrap(), [A]);
        let made = remove(&object, &[A], Some(&asked), Stamp::Keep).unwrap();
        assert_eq!(shown(&made, "granular_markings"), "-");
        assert_eq!(conflicts(&object, &|_| Meaning::Tlp(Tlp::Red)), []);
    }
}
