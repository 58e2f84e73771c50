use super::*;
use crate::json::{Map, Value, parse};
use crate::limits::Limits;
use crate::schema::Registry;
use crate::time::Timestamp;

const CAMPAIGN: &str = r#"{"type":"campaign","spec_version":"2.1",
    "id":"campaign--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
    "created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
    "created":"2016-04-06T20:03:00.000Z","modified":"2016-04-06T20:03:48.000Z",
    "x_number":1.50,"name":"EXERCISE","description":"EXERCISE text"}"#;

fn object(text: &str) -> Object<'_> {
    Object::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn map(text: &str) -> Map<'_> {
    match parse(text.as_bytes(), &Limits::default()).unwrap() {
        Value::Object(map) => map,
        _ => panic!("no dictionary"),
    }
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn changed(text: &str, changes: &str, at: &str) -> Result<String, VersionError> {
    let made = new_version(&object(text), &map(changes), &time(at))?;
    Ok(serde_json::to_string(&made).unwrap())
}

/// The campaign with another `modified`.
fn dated(modified: &str) -> String {
    CAMPAIGN.replace("2016-04-06T20:03:48.000Z", modified)
}

fn modified_of(text: &str) -> String {
    object(text).modified().unwrap().to_string()
}

const NOW: &str = "2020-01-01T00:00:00.000Z";

#[test]
fn a_new_version_changes_what_it_should_and_nothing_else() {
    let made =
        changed(CAMPAIGN, r#"{"name":"EXERCISE two","description":null,"aliases":["a"]}"#, NOW).unwrap();
    let expected = concat!(
        r#"{"type":"campaign","spec_version":"2.1","id":"campaign--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","#,
        r#""created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","#,
        r#""created":"2016-04-06T20:03:00.000Z","modified":"2020-01-01T00:00:00.000Z","#,
        r#""x_number":1.5,"name":"EXERCISE two","aliases":["a"]}"#
    );
    assert_eq!(made, expected);
}

#[test]
fn the_new_time_is_always_later_and_has_three_digits() {
    for (old, at, new) in [
        ("2016-04-06T20:03:48.000Z", "2016-04-06T20:03:49Z", "2016-04-06T20:03:49.000Z"),
        ("2016-04-06T20:03:48.000Z", "2016-04-06T20:03:48.1Z", "2016-04-06T20:03:48.100Z"),
        ("2016-04-06T20:03:48.000Z", "2016-04-06T20:03:48.000001Z", "2016-04-06T20:03:48.000001Z"),
        ("2016-04-06T20:03:48.000Z", "2016-04-06T20:03:48Z", "2016-04-06T20:03:48.001Z"),
        ("2016-04-06T20:03:48.999Z", "2001-01-01T00:00:00Z", "2016-04-06T20:03:49.000Z"),
        ("2016-04-06T20:03:48.000999Z", "2001-01-01T00:00:00Z", "2016-04-06T20:03:48.001000Z"),
        ("2016-04-06T20:03:48.00000001Z", "2016-04-06T20:03:48Z", "2016-04-06T20:03:48.000001Z"),
        // A `modified` before `created` is an error of the object; the next version is later than both.
        ("2001-01-01T00:00:00.000Z", "2001-01-01T00:00:01Z", "2016-04-06T20:03:00.001Z"),
    ] {
        let made = changed(&dated(old), "{}", at).unwrap();
        assert_eq!(modified_of(&made), new, "{old} {at}");
        assert!(time(new) > time(old));
    }
    let last = dated("9999-12-31T23:59:59.999999Z");
    assert!(matches!(changed(&last, "{}", NOW), Err(VersionError::EndOfTime(_))));
    let unreadable = dated("yesterday");
    assert!(matches!(changed(&unreadable, "{}", NOW), Err(VersionError::Modified(_))));
}

#[test]
fn a_time_among_the_changes_is_taken_when_it_is_later() {
    let made = changed(CAMPAIGN, r#"{"modified":"2017-01-01T00:00:00Z"}"#, NOW).unwrap();
    assert_eq!(modified_of(&made), "2017-01-01T00:00:00.000Z");
    for bad in ["2016-04-06T20:03:48Z", "2010-01-01T00:00:00.000Z"] {
        let changes = format!(r#"{{"modified":"{bad}"}}"#);
        assert!(matches!(changed(CAMPAIGN, &changes, NOW), Err(VersionError::NotLater { .. })), "{bad}");
    }
    for bad in [r#""soon""#, "5", "null"] {
        let changes = format!(r#"{{"modified":{bad}}}"#);
        assert!(matches!(changed(CAMPAIGN, &changes, NOW), Err(VersionError::Modified(_))), "{bad}");
    }
}

#[test]
fn what_identifies_an_object_never_changes() {
    for name in ["type", "spec_version", "id", "created", "created_by_ref"] {
        for value in ["null", r#""x""#] {
            let made = changed(CAMPAIGN, &format!(r#"{{"{name}":{value}}}"#), NOW);
            assert_eq!(made, Err(VersionError::Unmodifiable(vec![name.to_owned()])));
        }
    }
    let file = r#"{"type":"file","spec_version":"2.1","id":"file--c27c572c-2e17-5ce1-817e-67bb97629a56",
        "created":"2016-04-06T20:03:00.000Z","modified":"2016-04-06T20:03:00.000Z","revoked":false,
        "name":"EXERCISE.txt"}"#;
    let name = r#"{"name":"EXERCISE other.txt"}"#;
    assert!(
        matches!(changed(file, name, NOW), Err(VersionError::Unmodifiable(_))),
        "the identifier is made of it"
    );
    assert!(changed(&file.replace("5ce1", "4ce1"), name, NOW).is_ok(), "a random identifier");
    assert!(changed(file, r#"{"size":5}"#, NOW).is_ok());
}

#[test]
fn objects_without_versions_say_so() {
    let id = "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f";
    for (kind, rest) in [
        ("bundle", ""),
        ("marking-definition", r#","created":"2016-04-06T20:03:00.000Z""#),
        ("file", r#","created":"2016-04-06T20:03:00.000Z","modified":"2016-04-06T20:03:00.000Z""#),
    ] {
        let text = format!(r#"{{"type":"{kind}","id":"{kind}--{id}"{rest}}}"#);
        assert_eq!(changed(&text, "{}", NOW), Err(VersionError::Type(kind.to_owned())));
    }
    let bare = format!(r#"{{"type":"tool","id":"tool--{id}","name":"EXERCISE"}}"#);
    assert_eq!(changed(&bare, "{}", NOW), Err(VersionError::NotVersioned));
    for kind in ["language-content", "extension-definition", "x-exercise"] {
        let text = format!(r#"{{"type":"{kind}","id":"{kind}--{id}","created":"2016-04-06T20:03:00.000Z"}}"#);
        let made = changed(&text, "{}", NOW).unwrap();
        assert!(made.contains(r#""created":"2016-04-06T20:03:00.000Z","modified":"2020"#), "{made}");
    }
}

#[test]
fn revocation_is_final() {
    let campaign = object(CAMPAIGN);
    let revoked = revoke(&campaign, &time(NOW)).unwrap();
    let revoked = Object::from_value(revoked).unwrap();
    assert!(revoked.revoked() && revoked.modified() == Some(time(NOW)));
    assert_eq!(revoke(&revoked, &time(NOW)), Err(VersionError::AlreadyRevoked));
    let undo = map(r#"{"revoked":false}"#);
    assert_eq!(new_version(&revoked, &undo, &time(NOW)), Err(VersionError::Revoked));
}

#[test]
fn a_change_may_not_break_a_rule_but_need_not_mend_one() {
    let made = changed(CAMPAIGN, r#"{"name":null}"#, NOW);
    assert!(matches!(made, Err(VersionError::Invalid(finding)) if finding.code == "required"));
    let made = changed(CAMPAIGN, r#"{"aliases":[]}"#, NOW);
    assert!(matches!(made, Err(VersionError::Invalid(finding)) if finding.path == "aliases"));
    let broken = CAMPAIGN.replace(r#""name":"EXERCISE","#, "");
    assert!(changed(&broken, r#"{"aliases":["a"]}"#, NOW).is_ok());
    assert!(changed(&broken, r#"{"name":"EXERCISE mended"}"#, NOW).is_ok());
}

#[test]
fn custom_properties_are_refused_only_where_asked() {
    let plain = CAMPAIGN.replace(r#""x_number":1.50,"#, "");
    let custom = r#"{"x_more":1}"#;
    let registry = Registry::standard();
    let make = |text: &str, rule| {
        new_version_with(&object(text), &map(custom), &time(NOW), rule, &registry).map(|_| ())
    };
    assert_eq!(make(&plain, Custom::Allowed), Ok(()));
    assert_eq!(make(&plain, Custom::AsBefore), Err(VersionError::Custom(vec!["x_more".to_owned()])));
    assert_eq!(make(CAMPAIGN, Custom::AsBefore), Ok(()));
    let both = vec!["x_number".to_owned(), "x_more".to_owned()];
    assert_eq!(make(CAMPAIGN, Custom::Refused), Err(VersionError::Custom(both)));
    let declared = plain.replace(
        r#""name""#,
        r#""extensions":{"extension-definition--9c59fd79-4215-4ba2-920d-3e4f320e1e62":
            {"extension_type":"toplevel-property-extension"}},"name""#,
    );
    assert_eq!(make(&declared, Custom::Refused), Ok(()));
}

#[test]
fn only_the_named_creator_may_version() {
    let creator = Id::parse("identity--f431f809-377b-45e0-aa1c-6a4751cae5ff").unwrap();
    let other = Id::parse("identity--a463ffb3-1bd9-4d94-b02d-74e4f1658283").unwrap();
    let campaign = object(CAMPAIGN);
    assert_eq!(authority(&campaign, Some(&creator)), Authority::Creator);
    assert!(may_version(&campaign, Some(&creator)));
    assert_eq!(authority(&campaign, Some(&other)), Authority::Stranger);
    assert!(!may_version(&campaign, Some(&other)) && !may_version(&campaign, None));
    let text = CAMPAIGN.replace("identity--f431f809-377b-45e0-aa1c-6a4751cae5ff", "someone");
    assert_eq!(authority(&object(&text), Some(&creator)), Authority::Stranger, "malformed");
    let text = CAMPAIGN.replace(r#""created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","#, "");
    assert_eq!(authority(&object(&text), Some(&creator)), Authority::Unstated);
    assert!(!may_version(&object(&text), Some(&creator)));
    let text = CAMPAIGN.replace(r#""name""#, r#""revoked":true,"name""#);
    assert!(!may_version(&object(&text), Some(&creator)), "revoked");
}

#[test]
fn versions_are_ordered_by_instant_not_by_text() {
    let texts =
        ["2016-04-06T20:03:48.5Z", "2016-04-06T20:03:48.49Z", "2016-04-06T20:03:48.500001Z"].map(dated);
    let objects: Vec<_> = texts.iter().map(|text| object(text)).collect();
    let versions = Versions::of(&objects);
    let id = objects[0].id().unwrap();
    let order: Vec<_> = versions.all(&id).map(|object| object.modified().unwrap().to_string()).collect();
    assert_eq!(order, ["2016-04-06T20:03:48.49Z", "2016-04-06T20:03:48.5Z", "2016-04-06T20:03:48.500001Z"]);
    assert_eq!(versions.latest(&id), Some(&objects[2]));
    assert_eq!(versions.first(&id), Some(&objects[1]));
    assert_eq!(versions.at(&id, &time("2016-04-06T20:03:48.500Z")), [&objects[0]]);
    assert_eq!(versions.latest_of_each().count(), 1);
}

#[test]
fn equal_content_is_kept_once_and_different_content_is_a_conflict() {
    let same = CAMPAIGN
        .replace("20:03:48.000Z", "20:03:48Z")
        .replace("1.50", "1.5")
        .replace(r#""name""#, r#""revoked":false,"name""#);
    let other = CAMPAIGN.replace("EXERCISE text", "EXERCISE other text");
    let objects = [object(CAMPAIGN), object(&same), object(&other), object(&other)];
    let versions = Versions::of(&objects);
    assert_eq!(versions.duplicates(), 2);
    let conflicts: Vec<_> = versions.conflicts().collect();
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].objects, [&objects[0], &objects[2]]);
    assert_eq!(conflicts[0].version, Some(time("2016-04-06T20:03:48Z")));
    assert_eq!(versions.distinct().count(), 2);
    assert_eq!(versions.latest(&conflicts[0].id), Some(&objects[0]));
    assert!(!versions.is_revoked(&conflicts[0].id));
    let revoked = CAMPAIGN.replace(r#""name""#, r#""revoked":true,"name""#);
    let objects = [object(CAMPAIGN), object(&revoked)];
    assert!(Versions::of(&objects).is_revoked(&objects[0].id().unwrap()), "one of the two says so");
}

#[test]
fn values_that_look_alike_are_told_apart() {
    let with = |value: &str| CAMPAIGN.replace("1.50", value);
    let texts: Vec<_> =
        ["1", "1.0", "\"1\"", "[1]", "[[1]]", "{\"a\":1}", "true", "1.0000001"].map(with).into();
    let objects: Vec<_> = texts.iter().map(|text| object(text)).collect();
    let versions = Versions::of(&objects);
    assert_eq!(versions.duplicates(), 1, "1 and 1.0 are one number");
    assert_eq!(versions.conflicts().next().unwrap().objects.len(), 7);
}

#[test]
fn the_latest_version_decides_about_revocation() {
    let revoked = dated("2018-01-01T00:00:00.000Z").replace(r#""name""#, r#""revoked":true,"name""#);
    let later = dated("2019-01-01T00:00:00.000Z");
    let id = object(CAMPAIGN).id().unwrap();
    let two = [object(&revoked), object(CAMPAIGN)];
    assert!(Versions::of(&two).is_revoked(&id));
    assert_eq!(Versions::of(&two).after_revocation().count(), 0);
    let three = [object(&later), object(&revoked), object(CAMPAIGN)];
    let versions = Versions::of(&three);
    assert!(!versions.is_revoked(&id));
    assert_eq!(versions.after_revocation().collect::<Vec<_>>(), [&three[0]], "the standard forbids it");
}

#[test]
fn objects_without_version_or_identifier_are_kept() {
    let file = r#"{"type":"file","id":"file--c27c572c-2e17-5ce1-817e-67bb97629a56","name":"EXERCISE"}"#;
    let same = file.replace(r#","name""#, r#","spec_version":"2.1","name""#);
    let more = file.replace(r#""name""#, r#""size":1,"name""#);
    let nameless = r#"{"type":"file","name":"EXERCISE"}"#;
    let objects = [object(file), object(&same), object(&more), object(nameless), object(nameless)];
    let versions = Versions::of(&objects);
    let id = objects[0].id().unwrap();
    assert_eq!(versions.all(&id).count(), 2);
    assert_eq!(versions.conflicts().next().unwrap().version, None);
    assert_eq!(versions.unidentified().len(), 2);
    assert_eq!(versions.distinct().count(), 4);
    assert!(!versions.is_revoked(&id));
    assert_eq!(versions.ids().collect::<Vec<_>>(), [&id]);
}
