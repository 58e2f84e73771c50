//! What is known of each type: its class, its properties with their shape, and the extension definitions that the
//! caller registered.
//!
//! The tables follow STIX 2.1 clauses 4 to 8; rules that tie properties together are in [`mod@crate::validate`].

mod domain;
pub mod matrix;
mod observable;
pub mod vocabulary;

use std::collections::BTreeMap;

use crate::id::Id;
use crate::json::Value;
use crate::object::{Class, Object};
use crate::schema::vocabulary::Vocabulary;

/// The ways in which an extension definition may extend (STIX 2.1 clauses 7.3 and 10.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExtensionKind {
    /// A new domain object.
    NewSdo,
    /// A new cyber-observable object.
    NewSco,
    /// A new relationship object.
    NewSro,
    /// Properties inside the entry of the dictionary `extensions`.
    Property,
    /// Properties at the top level of an object.
    ToplevelProperty,
}

impl ExtensionKind {
    /// The kind by its name in the standard, such as `new-sdo`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "new-sdo" => Self::NewSdo,
            "new-sco" => Self::NewSco,
            "new-sro" => Self::NewSro,
            "property-extension" => Self::Property,
            "toplevel-property-extension" => Self::ToplevelProperty,
            _ => return None,
        })
    }

    /// The name in the standard.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewSdo => "new-sdo",
            Self::NewSco => "new-sco",
            Self::NewSro => "new-sro",
            Self::Property => "property-extension",
            Self::ToplevelProperty => "toplevel-property-extension",
        }
    }

    /// The class of the types that such an extension defines.
    #[must_use]
    pub const fn class(self) -> Option<Class> {
        match self {
            Self::NewSdo => Some(Class::Sdo),
            Self::NewSco => Some(Class::Sco),
            Self::NewSro => Some(Class::Sro),
            Self::Property | Self::ToplevelProperty => None,
        }
    }
}

/// A registered extension definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The identifier of the extension definition.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// The text of its schema; empty when there is none.
    pub schema: String,
    /// The ways in which it extends.
    pub kinds: Vec<ExtensionKind>,
    /// The types that it defines, each with its class.
    pub types: Vec<(String, Class)>,
    /// The top-level properties that it defines.
    pub properties: Vec<String>,
}

/// What is known: the types of the standard and the registered extensions.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    extensions: BTreeMap<Id, Extension>,
    classes: BTreeMap<String, Class>,
}

impl Registry {
    /// The standard alone.
    #[must_use]
    pub fn standard() -> Self {
        Self::default()
    }

    /// The same with one more extension; one of the same identifier is replaced. A type of the standard keeps its
    /// class, whatever an extension says.
    #[must_use]
    pub fn with_extension(mut self, extension: Extension) -> Self {
        for (kind, class) in &extension.types {
            self.classes.insert(kind.clone(), *class);
        }
        self.extensions.insert(extension.id.clone(), extension);
        self
    }

    /// The registered extension of this identifier.
    #[must_use]
    pub fn extension(&self, id: &Id) -> Option<&Extension> {
        self.extensions.get(id)
    }

    /// Every registered extension, by identifier.
    pub fn extensions(&self) -> impl Iterator<Item = &Extension> {
        self.extensions.values()
    }

    /// The class of a type: by the standard, else by a registered extension, else [`Class::Custom`].
    #[must_use]
    pub fn class(&self, kind: &str) -> Class {
        match Class::of(kind) {
            Class::Custom => self.classes.get(kind).copied().unwrap_or(Class::Custom),
            class => class,
        }
    }

    /// The class of an object: that of its type, else what its own extension entries declare (clause 7.3).
    #[must_use]
    pub fn class_of(&self, object: &Object<'_>) -> Class {
        let class = self.class(object.kind());
        if class != Class::Custom {
            return class;
        }
        let entries = object.value().get("extensions").and_then(Value::as_object);
        let declared = entries.into_iter().flat_map(|map| map.iter()).find_map(|(_, entry)| {
            let name = entry.as_object()?.get("extension_type")?.as_str()?;
            ExtensionKind::from_name(name)?.class()
        });
        declared.unwrap_or(Class::Custom)
    }

    /// Whether a registered extension defines this top-level property.
    pub(crate) fn knows_property(&self, name: &str) -> bool {
        self.extensions.values().any(|extension| extension.properties.iter().any(|known| known == name))
    }
}

/// Which objects a reference may name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// Any object.
    Any,
    /// Only these types.
    Types(&'static [&'static str]),
    /// Domain objects, and types that are not known.
    Domain,
    /// Observables, and types that are not known.
    Observable,
    /// Observables and relationships, and types that are not known.
    Observed,
    /// Domain objects and observables, and types that are not known: the ends of a relationship.
    Related,
}

impl Target {
    /// Whether an object of the type `kind` may be named.
    pub(crate) fn admits(self, kind: &str, registry: &Registry) -> bool {
        let class = registry.class(kind);
        let custom = class == Class::Custom;
        match self {
            Self::Any => class != Class::Bundle,
            Self::Types(types) => types.contains(&kind),
            Self::Domain => custom || class == Class::Sdo,
            Self::Observable => custom || class == Class::Sco,
            Self::Observed => custom || matches!(class, Class::Sco | Class::Sro),
            Self::Related => custom || matches!(class, Class::Sdo | Class::Sco),
        }
    }
}

/// The shape of a value (clause 2).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Anything; only the general rules hold.
    Any,
    /// A string.
    Text,
    /// A list of strings.
    Texts,
    /// `true` or `false`.
    Bool,
    /// An integer within bounds.
    Integer(i64, i64),
    /// A number within bounds.
    Float(f64, f64),
    /// A timestamp.
    Time,
    /// One identifier.
    Ref(Target),
    /// A list of identifiers.
    Refs(Target),
    /// One of the terms of an enumeration.
    Enum(&'static Vocabulary),
    /// A list of terms of an enumeration.
    Enums(&'static Vocabulary),
    /// A string, best one of the terms of an open vocabulary.
    Open(&'static Vocabulary),
    /// A list of strings, best terms of an open vocabulary.
    Opens(&'static Vocabulary),
    /// Digests by the name of their algorithm.
    Hashes,
    /// The same, but names outside the vocabulary are not allowed (clause 2.5.1).
    KnownHashes,
    /// A dictionary that is not empty, whose values are of this kind by this clause.
    Dictionary(Entry, &'static str),
    /// Hexadecimal digits, two a byte.
    Hex,
    /// Base64.
    Binary,
    /// An IPv4 address or a block of them.
    Ipv4,
    /// An IPv6 address or a block of them.
    Ipv6,
    /// A MIME type.
    Mime,
    /// A URL of RFC 3986.
    Url,
    /// A dictionary with known properties.
    Record(&'static [Property]),
    /// A list of dictionaries with known properties.
    Records(&'static [Property]),
}

/// What the values of a dictionary must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Anything.
    Any,
    /// Strings.
    Text,
    /// Lists of strings.
    Texts,
    /// Lists of strings; single strings, as STIX 2.0 had them, get a warning.
    Headers,
    /// Integers.
    Integer,
    /// Integers or strings.
    IntegerOrText,
}

/// One known property.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) shape: Shape,
}

/// What is known of one type of the standard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) properties: &'static [Property],
    /// At least one of these must be there; empty when there is no such rule.
    pub(crate) one_of: &'static [&'static str],
    /// Predefined extensions: their key and what they hold.
    pub(crate) extensions: &'static [(&'static str, &'static [Property])],
    pub(crate) clause: &'static str,
}

const fn must(name: &'static str, shape: Shape) -> Property {
    Property { name, required: true, shape }
}

const fn may(name: &'static str, shape: Shape) -> Property {
    Property { name, required: false, shape }
}

const fn kind(name: &'static str, clause: &'static str, properties: &'static [Property]) -> Kind {
    Kind { name, properties, one_of: &[], extensions: &[], clause }
}

/// The table of a type of the standard.
pub(crate) fn kind_of(name: &str) -> Option<&'static Kind> {
    domain::KINDS.iter().chain(observable::KINDS).find(|known| known.name == name)
}

/// Whether `name` is a property of the type `kind` that names the encoding of another (clause 3.9.1).
pub(crate) fn is_encoding(kind: &str, name: &str) -> bool {
    name.ends_with("_enc")
        && kind_of(kind).is_some_and(|kind| kind.properties.iter().any(|known| known.name == name))
}

/// The type for which the predefined extension `key` is made.
pub(crate) fn home_of_extension(key: &str) -> Option<&'static str> {
    observable::KINDS
        .iter()
        .find(|kind| kind.extensions.iter().any(|(name, _)| *name == key))
        .map(|kind| kind.name)
}

/// The common property `name` (clause 3.2), whose shape is the same in every type.
pub(crate) fn common(name: &str) -> Option<&'static Property> {
    COMMON.iter().find(|known| known.name == name)
}

/// Markings and extensions have rules of their own and are `Any` here.
const COMMON: &[Property] = &[
    must("type", Shape::Text),
    must("id", Shape::Text),
    may("spec_version", Shape::Text),
    may("created_by_ref", Shape::Ref(Target::Types(&["identity"]))),
    may("created", Shape::Time),
    may("modified", Shape::Time),
    may("revoked", Shape::Bool),
    may("labels", Shape::Texts),
    may("confidence", Shape::Integer(0, 100)),
    may("lang", Shape::Text),
    may("external_references", Shape::Records(EXTERNAL_REFERENCE)),
    may("object_marking_refs", Shape::Refs(Target::Types(&["marking-definition"]))),
    may("granular_markings", Shape::Any),
    may("defanged", Shape::Bool),
    may("extensions", Shape::Any),
];

/// Clause 2.5.
pub(crate) const EXTERNAL_REFERENCE: &[Property] = &[
    must("source_name", Shape::Text),
    may("description", Shape::Text),
    may("url", Shape::Text),
    may("hashes", Shape::KnownHashes),
    may("external_id", Shape::Text),
];

/// Clause 2.11.
const KILL_CHAIN_PHASE: &[Property] =
    &[must("kill_chain_name", Shape::Text), must("phase_name", Shape::Text)];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    #[test]
    fn every_type_of_the_standard_has_its_table() {
        let names: Vec<_> = domain::KINDS.iter().chain(observable::KINDS).map(|kind| kind.name).collect();
        assert_eq!(names.len(), 19 + 2 + 18 + 3 + 1);
        for name in names {
            assert_ne!(Class::of(name), Class::Custom, "{name}");
            let properties = kind_of(name).unwrap().properties;
            let mut seen = std::collections::BTreeSet::new();
            assert!(
                properties.iter().all(|property| seen.insert(property.name)),
                "{name} lists a property twice"
            );
            let known = |key: &&&str| seen.contains(*key) || common(key).is_some();
            assert!(kind_of(name).unwrap().one_of.iter().all(|key| known(&key)), "{name}");
        }
    }

    #[test]
    fn an_extension_gives_its_types_a_class_but_never_takes_one_away() {
        let id: Id = "extension-definition--9c59fd79-4215-4ba2-920d-3e4f320e1e62".parse().unwrap();
        let registry = Registry::standard().with_extension(Extension {
            id: id.clone(),
            name: "EXERCISE".into(),
            schema: String::new(),
            kinds: vec![ExtensionKind::NewSdo],
            types: vec![("x-session".into(), Class::Sdo), ("file".into(), Class::Sdo)],
            properties: vec!["session_number".into()],
        });
        assert_eq!(registry.class("x-session"), Class::Sdo);
        assert_eq!(registry.class("file"), Class::Sco);
        assert_eq!(registry.class("x-other"), Class::Custom);
        assert!(registry.knows_property("session_number") && !registry.knows_property("other"));
        assert_eq!(registry.extension(&id).map(|found| found.name.as_str()), Some("EXERCISE"));
    }

    #[test]
    fn an_object_may_declare_the_class_of_its_own_type() {
        let text = br#"{"type":"x-thing","extensions":{"e":{"extension_type":"new-sro"}}}"#;
        let object = Object::parse(text, &Limits::default()).unwrap();
        assert_eq!(Registry::standard().class_of(&object), Class::Sro);
        assert_eq!(object.class(), Class::Custom);
    }
}
