//! Typed access: a view for each type of the standard, with a getter for each of its properties.
//!
//! A view borrows the object and copies nothing; making one costs no more than looking at `type`. Its getters read
//! leniently, as those of [`Object`] do: what is absent or of another shape answers `None`, and a list leaves out what
//! is no element of its kind. Whether the object is valid is a matter of [`mod@crate::validate`].
//!
//! ```
//! use comity_stix::typed::{Indicator, View};
//! use comity_stix::{Limits, Object};
//!
//! let text = br#"{"type":"indicator","name":"EXERCISE","pattern_type":"stix","x_rank":3}"#;
//! let object = Object::parse(text, &Limits::default())?;
//! let indicator = Indicator::of(&object).ok_or("no indicator")?;
//! assert_eq!(indicator.pattern_type(), Some("stix"));
//! assert_eq!(indicator.record().integer("x_rank"), Some(3));
//! assert!(matches!(View::of(&object), View::Indicator(_)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod domain;
mod observable;

use crate::id::Id;
use crate::json::{Map, Value};
use crate::marking::Granular;
use crate::object::Object;
use crate::time::Timestamp;

pub use domain::*;
pub use observable::*;

/// A dictionary whose values are asked for by name and shape: an object, an extension, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record<'v>(&'v Map<'v>);

impl<'v> Record<'v> {
    /// The dictionary `map`.
    #[must_use]
    pub fn new(map: &'v Map<'_>) -> Self {
        Self(map)
    }

    /// The dictionary itself.
    #[must_use]
    pub fn object(self) -> &'v Map<'v> {
        self.0
    }

    /// The value as it is.
    #[must_use]
    pub fn value(self, key: &str) -> Option<&'v Value<'v>> {
        self.0.get(key)
    }

    /// A string (clause 2.15), also one of an enumeration or a vocabulary, hexadecimal or base64.
    #[must_use]
    pub fn text(self, key: &str) -> Option<&'v str> {
        self.value(key).and_then(Value::as_str)
    }

    /// A list of strings.
    #[must_use]
    pub fn texts(self, key: &str) -> Vec<&'v str> {
        self.list(key).iter().filter_map(Value::as_str).collect()
    }

    /// `true` or `false` (clause 2.2).
    #[must_use]
    pub fn flag(self, key: &str) -> Option<bool> {
        self.value(key).and_then(Value::as_bool)
    }

    /// An integer (clause 2.10).
    #[must_use]
    pub fn integer(self, key: &str) -> Option<i64> {
        self.value(key).and_then(Value::as_i64)
    }

    /// A number (clause 2.6); an integer is one.
    #[must_use]
    pub fn float(self, key: &str) -> Option<f64> {
        self.value(key).and_then(Value::as_f64)
    }

    /// A timestamp with its digits (clause 2.16).
    #[must_use]
    pub fn time(self, key: &str) -> Option<Timestamp> {
        self.text(key).and_then(|text| Timestamp::parse(text).ok())
    }

    /// An identifier (clause 2.9).
    #[must_use]
    pub fn id(self, key: &str) -> Option<Id> {
        self.text(key).and_then(|text| Id::parse(text).ok())
    }

    /// A list of identifiers.
    #[must_use]
    pub fn ids(self, key: &str) -> Vec<Id> {
        self.list(key).iter().filter_map(|item| Id::parse(item.as_str()?).ok()).collect()
    }

    /// Hashes: the name of the algorithm and the digest (clause 2.7).
    #[must_use]
    pub fn hashes(self, key: &str) -> Vec<(&'v str, &'v str)> {
        let entries = self.value(key).and_then(Value::as_object).into_iter().flat_map(Map::iter);
        entries.filter_map(|(name, digest)| Some((name, digest.as_str()?))).collect()
    }

    /// A dictionary (clause 2.3).
    #[must_use]
    pub fn record(self, key: &str) -> Option<Record<'v>> {
        self.value(key).and_then(Value::as_object).map(Record::new)
    }

    /// A list of dictionaries.
    #[must_use]
    pub fn records(self, key: &str) -> Vec<Record<'v>> {
        self.list(key).iter().filter_map(Value::as_object).map(Record::new).collect()
    }

    /// Kill chain phases (clause 2.11).
    #[must_use]
    pub fn phases(self, key: &str) -> Vec<KillChainPhase<'v>> {
        self.records(key).into_iter().map(KillChainPhase).collect()
    }

    /// External references (clause 2.5).
    #[must_use]
    pub fn references(self, key: &str) -> Vec<ExternalReference<'v>> {
        self.records(key).into_iter().map(ExternalReference).collect()
    }

    fn list(self, key: &str) -> &'v [Value<'v>] {
        self.value(key).and_then(Value::as_array).unwrap_or_default()
    }
}

/// The name of a property: that of its getter, unless it says another.
macro_rules! key {
    ($getter:ident) => {
        stringify!($getter)
    };
    ($getter:ident $key:literal) => {
        $key
    };
}

/// One getter. Its shape is the method of [`Record`] that answers.
macro_rules! getter {
    ($name:ident, $key:expr, $clause:expr, text) => { getter!(@ $name, $key, $clause, text, Option<&'v str>); };
    ($name:ident, $key:expr, $clause:expr, texts) => { getter!(@ $name, $key, $clause, texts, Vec<&'v str>); };
    ($name:ident, $key:expr, $clause:expr, flag) => { getter!(@ $name, $key, $clause, flag, Option<bool>); };
    ($name:ident, $key:expr, $clause:expr, integer) => { getter!(@ $name, $key, $clause, integer, Option<i64>); };
    ($name:ident, $key:expr, $clause:expr, float) => { getter!(@ $name, $key, $clause, float, Option<f64>); };
    ($name:ident, $key:expr, $clause:expr, time) => { getter!(@ $name, $key, $clause, time, Option<Timestamp>); };
    ($name:ident, $key:expr, $clause:expr, id) => { getter!(@ $name, $key, $clause, id, Option<Id>); };
    ($name:ident, $key:expr, $clause:expr, ids) => { getter!(@ $name, $key, $clause, ids, Vec<Id>); };
    ($name:ident, $key:expr, $clause:expr, hashes) => {
        getter!(@ $name, $key, $clause, hashes, Vec<(&'v str, &'v str)>);
    };
    ($name:ident, $key:expr, $clause:expr, record) => { getter!(@ $name, $key, $clause, record, Option<Record<'v>>); };
    ($name:ident, $key:expr, $clause:expr, records) => { getter!(@ $name, $key, $clause, records, Vec<Record<'v>>); };
    ($name:ident, $key:expr, $clause:expr, phases) => {
        getter!(@ $name, $key, $clause, phases, Vec<KillChainPhase<'v>>);
    };
    ($name:ident, $key:expr, $clause:expr, references) => {
        getter!(@ $name, $key, $clause, references, Vec<ExternalReference<'v>>);
    };
    (@ $name:ident, $key:expr, $clause:expr, $shape:ident, $answer:ty) => {
        #[doc = concat!("The property `", $key, "` (clause ", $clause, ").")]
        #[must_use]
        pub fn $name(&self) -> $answer {
            self.record().$shape($key)
        }
    };
}

/// Views of parts of objects.
macro_rules! parts {
    ($($(#[$doc:meta])* $view:ident, $clause:literal { $($getter:ident $(as $key:literal)?: $shape:ident,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq)]
            pub struct $view<'v>(Record<'v>);

            impl<'v> $view<'v> {
                /// Access by name and shape.
                #[must_use]
                pub fn record(&self) -> Record<'v> {
                    self.0
                }

                $(getter!($getter, key!($getter $($key)?), $clause, $shape);)*

                #[cfg(test)]
                const GETTERS: &'static [(&'static str, &'static str)] =
                    &[$((key!($getter $($key)?), stringify!($shape))),*];
            }
        )*
    };
}

/// Views of the types of one family: each with the common properties, and a table for the test of completeness.
macro_rules! views {
    ($(
        $(#[$doc:meta])*
        $view:ident, $kind:literal, $clause:literal { $($getter:ident $(as $key:literal)?: $shape:ident,)* }
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq)]
            pub struct $view<'v>(Common<'v>);

            impl<'v> $view<'v> {
                /// The value of `type`.
                pub const KIND: &'static str = $kind;

                /// The view of an object of this type; none of another.
                #[must_use]
                pub fn of(object: &'v crate::object::Object<'_>) -> Option<Self> {
                    Self::of_map(object.value())
                }

                /// The view of the properties of an object of this type; none of another.
                #[must_use]
                pub fn of_map(map: &'v crate::json::Map<'_>) -> Option<Self> {
                    (Record::new(map).text("type") == Some(Self::KIND)).then(|| Self(Common::of_map(map)))
                }

                pub(super) fn with(common: Common<'v>) -> Self {
                    Self(common)
                }

                $(getter!($getter, key!($getter $($key)?), $clause, $shape);)*
            }

            impl<'v> std::ops::Deref for $view<'v> {
                type Target = Common<'v>;

                fn deref(&self) -> &Common<'v> {
                    &self.0
                }
            }
        )*

        #[cfg(test)]
        pub(super) const TABLE: &[(&str, &[(&str, &str)])] = &[
            $(($kind, &[$((key!($getter $($key)?), stringify!($shape))),*])),*
        ];
    };
}

use {getter, key, views};

parts! {
    /// One phase of a kill chain (clause 2.11).
    KillChainPhase, "2.11" {
        kill_chain_name: text,
        phase_name: text,
    }
    /// A pointer to something outside of STIX (clause 2.5).
    ExternalReference, "2.5" {
        source_name: text,
        description: text,
        url: text,
        hashes: hashes,
        external_id: text,
    }
    /// What every object may have (clause 3.2). Every view dereferences to it.
    Common, "3.2" {
        kind as "type": text,
        spec_version: text,
        id: id,
        created_by_ref: id,
        created: time,
        modified: time,
        revoked: flag,
        labels: texts,
        confidence: integer,
        lang: text,
        external_references: references,
        object_marking_refs: ids,
        defanged: flag,
        extensions: record,
    }
}

impl<'v> Common<'v> {
    /// The common properties of an object of any type.
    #[must_use]
    pub fn of(object: &'v Object<'_>) -> Self {
        Self::of_map(object.value())
    }

    /// The common properties of an object that is held as its properties.
    #[must_use]
    pub fn of_map(map: &'v Map<'_>) -> Self {
        Self(Record::new(map))
    }

    /// The properties of the object as they are.
    #[must_use]
    pub fn object(&self) -> &'v Map<'v> {
        self.0.object()
    }

    /// The property `granular_markings` (clause 7.2.3).
    #[must_use]
    pub fn granular_markings(&self) -> Vec<Granular> {
        self.0.list("granular_markings").iter().filter_map(Granular::from_value).collect()
    }

    /// The entry of an extension, such as `ntfs-ext` or `extension-definition--` with its UUID (clause 7.3).
    #[must_use]
    pub fn extension(&self, key: &str) -> Option<Record<'v>> {
        self.extensions().and_then(|entries| entries.record(key))
    }
}

/// The enumeration of all views.
macro_rules! enumerated {
    ($($view:ident)*) => {
        /// An object by its type.
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum View<'v> {
            $(
                #[doc = concat!("An object of the type of [`", stringify!($view), "`].")]
                $view($view<'v>),
            )*
            /// An object of a type that the standard does not define, and a bundle.
            Other(Common<'v>),
        }

        impl<'v> View<'v> {
            /// The view of an object.
            #[must_use]
            pub fn of(object: &'v Object<'_>) -> Self {
                Self::of_map(object.value())
            }

            /// The view of an object that is held as its properties.
            #[must_use]
            pub fn of_map(map: &'v Map<'_>) -> Self {
                let common = Common::of_map(map);
                match common.kind() {
                    $(Some($view::KIND) => Self::$view($view::with(common)),)*
                    _ => Self::Other(common),
                }
            }

            /// What every object may have.
            #[must_use]
            pub fn common(&self) -> Common<'v> {
                match self {
                    $(Self::$view(view) => **view,)*
                    Self::Other(common) => *common,
                }
            }
        }
    };
}

enumerated! {
    AttackPattern
    Campaign
    CourseOfAction
    Grouping
    Identity
    Incident
    Indicator
    Infrastructure
    IntrusionSet
    Location
    Malware
    MalwareAnalysis
    Note
    ObservedData
    Opinion
    Report
    ThreatActor
    Tool
    Vulnerability
    Relationship
    Sighting
    LanguageContent
    MarkingDefinition
    ExtensionDefinition
    Artifact
    AutonomousSystem
    Directory
    DomainName
    EmailAddr
    EmailMessage
    File
    Ipv4Addr
    Ipv6Addr
    MacAddr
    Mutex
    NetworkTraffic
    Process
    Software
    Url
    UserAccount
    WindowsRegistryKey
    X509Certificate
}

#[cfg(test)]
mod tests;
