use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::limits::Limits;
use crate::object::Class;
use crate::schema::{self, Shape};

/// The getter that a shape of the tables must have.
fn getter_of(shape: Shape) -> &'static str {
    match shape {
        Shape::Any => "value",
        Shape::Text
        | Shape::Enum(_)
        | Shape::Open(_)
        | Shape::Hex
        | Shape::Binary
        | Shape::Ipv4
        | Shape::Ipv6
        | Shape::Mime
        | Shape::Url => "text",
        Shape::Texts | Shape::Enums(_) | Shape::Opens(_) => "texts",
        Shape::Bool => "flag",
        Shape::Integer(..) => "integer",
        Shape::Float(..) => "float",
        Shape::Time => "time",
        Shape::Ref(_) => "id",
        Shape::Refs(_) => "ids",
        Shape::Hashes | Shape::KnownHashes => "hashes",
        Shape::Dictionary(..) | Shape::Record(_) => "record",
        Shape::Records(inner) if inner.iter().any(|property| property.name == "phase_name") => "phases",
        Shape::Records(_) => "records",
    }
}

#[test]
fn every_property_of_every_type_has_its_getter() {
    let table: Vec<_> = domain::TABLE.iter().chain(observable::TABLE).collect();
    assert_eq!(table.len(), 19 + 2 + 18 + 3);
    let kinds: BTreeSet<_> = table.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds.len(), table.len());
    for (kind, getters) in table {
        let known = schema::kind_of(kind).unwrap();
        let wanted: BTreeMap<_, _> =
            known.properties.iter().map(|property| (property.name, getter_of(property.shape))).collect();
        let found: BTreeMap<_, _> = getters.iter().copied().collect();
        assert_eq!(found, wanted, "{kind}");
    }
}

#[test]
fn every_common_property_and_part_has_its_getter() {
    for (name, getter) in Common::GETTERS {
        let shape = schema::common(name).unwrap_or_else(|| panic!("{name}")).shape;
        let own = match *name {
            "id" => "id",
            "extensions" => "record",
            "external_references" => "references",
            _ => getter_of(shape),
        };
        assert_eq!(*getter, own, "{name}");
    }
    // `granular_markings` has a getter of its own shape.
    assert_eq!(Common::GETTERS.len() + 1, 15);
    let parts = [
        (ExternalReference::GETTERS, schema::EXTERNAL_REFERENCE),
        (KillChainPhase::GETTERS, {
            let tool = schema::kind_of("tool").unwrap();
            let phases =
                tool.properties.iter().find(|property| property.name == "kill_chain_phases").unwrap();
            let Shape::Records(inner) = phases.shape else { panic!("{phases:?}") };
            inner
        }),
    ];
    for (getters, properties) in parts {
        let wanted: Vec<_> =
            properties.iter().map(|property| (property.name, getter_of(property.shape))).collect();
        assert_eq!(getters, wanted);
    }
}

#[test]
fn a_view_reads_its_object_and_nothing_else() {
    let text = br#"{"type":"malware","id":"malware--31b940d4-6f7f-459a-80ea-9c1f17b5891b","is_family":true,
        "name":"EXERCISE","aliases":["a",5,"b"],"first_seen":"2020-01-01T00:00:00.10Z","labels":["l"],
        "sample_refs":["file--364fe3e5-b1f4-5ba3-b951-ee5983b3538d","broken"],"x_own":{"a":1.5},
        "kill_chain_phases":[{"kill_chain_name":"k","phase_name":"p"}],"last_seen":"never","revoked":"no",
        "external_references":[{"source_name":"s","hashes":{"MD5":"d","x":1}}],
        "granular_markings":[{"lang":"en","selectors":["name"]}]}"#;
    let object = Object::parse(text, &Limits::default()).unwrap();
    let malware = Malware::of(&object).unwrap();
    assert_eq!(
        (malware.name(), malware.is_family(), malware.description()),
        (Some("EXERCISE"), Some(true), None)
    );
    assert_eq!(malware.aliases(), ["a", "b"]);
    assert_eq!(malware.first_seen().unwrap().as_str(), "2020-01-01T00:00:00.10Z");
    assert_eq!((malware.last_seen(), malware.revoked()), (None, None));
    assert_eq!(malware.sample_refs()[0].kind(), "file");
    assert_eq!(malware.sample_refs().len(), 1);
    let phases = malware.kill_chain_phases();
    assert_eq!((phases[0].kill_chain_name(), phases[0].phase_name()), (Some("k"), Some("p")));
    assert_eq!((malware.kind(), malware.labels()), (Some("malware"), vec!["l"]));
    assert_eq!(malware.id(), object.id());
    assert_eq!(malware.external_references()[0].hashes(), [("MD5", "d")]);
    assert_eq!(malware.granular_markings()[0].selectors[0].to_string(), "name");
    assert_eq!(malware.record().record("x_own").unwrap().float("a"), Some(1.5));
    assert_eq!(malware.object(), object.value());
    assert_eq!(Indicator::of(&object), None);
    assert_eq!(View::of(&object), View::Malware(malware));
}

#[test]
fn parts_and_extensions_are_read_by_name_and_shape() {
    let text = br#"{"type":"file","name":"EXERCISE","hashes":{"MD5":"d"},"size":3,"extensions":{"ntfs-ext":
        {"alternate_data_streams":[{"name":"s","size":1}]}}}"#;
    let object = Object::parse(text, &Limits::default()).unwrap();
    let View::File(file) = View::of(&object) else { panic!("a file") };
    assert_eq!((file.size(), file.hashes()), (Some(3), vec![("MD5", "d")]));
    let streams = file.extension("ntfs-ext").unwrap().records("alternate_data_streams");
    assert_eq!((streams[0].text("name"), streams[0].integer("size")), (Some("s"), Some(1)));
    assert_eq!(file.extension("pdf-ext"), None);
}

#[test]
fn every_type_of_the_standard_has_its_view() {
    for (kind, _) in domain::TABLE.iter().chain(observable::TABLE) {
        let text = format!(r#"{{"type":"{kind}","name":"EXERCISE"}}"#);
        let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
        let view = View::of(&object);
        assert!(!matches!(view, View::Other(_)), "{kind}");
        assert_eq!(view.common().kind(), Some(*kind));
        assert_ne!(Class::of(kind), Class::Custom);
    }
    for text in [r#"{"type":"x-thing"}"#, r#"{"type":"bundle"}"#, "{}"] {
        let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
        assert!(matches!(View::of(&object), View::Other(_)), "{text}");
    }
}
