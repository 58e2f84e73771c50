//! The STIX objects on their way: made, checked, and put together when two parts of an event give the same one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use comity_stix::{
    Derived, Level, Map, Object, Registry, Timestamp, Tlp, Value, canonical, observable, validate,
};
use sha2::{Digest as _, Sha256};

/// Most members of a list that several parts of an event make together; it keeps the work bounded.
pub(super) const LIST_MAX: usize = 1_000;

/// What is known about release for a part of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Face {
    /// The strictest TLP level of its tags.
    pub(super) tlp: Option<Tlp>,
    /// Whether its distribution keeps it within one organisation or a sharing group.
    pub(super) closed: bool,
}

impl Face {
    /// The stricter of both.
    pub(super) fn with(self, other: Self) -> Self {
        Self { tlp: self.tlp.max(other.tlp), closed: self.closed || other.closed }
    }
}

/// A text as a value.
pub(super) fn text(value: impl Into<String>) -> Value<'static> {
    Value::String(Cow::Owned(value.into()))
}

/// A list of texts as a value.
pub(super) fn texts<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Value<'static> {
    Value::Array(values.into_iter().map(text).collect())
}

/// A dictionary of these entries.
pub(super) fn map(entries: impl IntoIterator<Item = (&'static str, Value<'static>)>) -> Map<'static> {
    entries.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect()
}

/// An identifier that the same words always give: version 8 of RFC 9562, made of SHA-256.
pub(super) fn derived(kind: &str, words: &[&str]) -> String {
    hashed(kind, words, 8)
}

fn hashed(kind: &str, words: &[&str], version: u128) -> String {
    let mut hash = Sha256::new();
    hash.update(b"comity misp 1");
    for word in words {
        hash.update(u64::try_from(word.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(word.as_bytes());
    }
    let digest = hash.finalize();
    let mut bytes = [0_u8; 16];
    bytes.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
    let number = u128::from_be_bytes(bytes);
    let number = number & !(0xf << 76) & !(0x3 << 62) | (version << 76) | (0x2 << 62);
    let hex = format!("{number:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{kind}--{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// `kind--uuid` when the text is a UUID of any version, else an identifier derived from `words`.
pub(super) fn id_for(kind: &str, uuid: Option<&str>, words: &[&str]) -> String {
    let own = uuid.map(|uuid| format!("{kind}--{}", uuid.to_ascii_lowercase()));
    own.filter(|id| comity_stix::Id::is_valid(id)).unwrap_or_else(|| derived(kind, words))
}

/// Seconds since 1970 as a STIX time with milliseconds.
pub(super) fn time_of(seconds: &str) -> Option<String> {
    let micros = seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?;
    let at = Timestamp::from_micros(micros);
    (micros >= 0 && at.micros() == micros).then(|| at.as_str().replace(".000000Z", ".000Z"))
}

/// A time as MISP writes it in values (`2020-10-25T16:22:00.000000+0000`, with or without zone, or with a blank) as a
/// STIX time. Zones other than UTC give none.
pub(super) fn time_in(written: &str) -> Option<String> {
    let plain = written.trim();
    let plain =
        ["+00:00", "+0000", "Z", "z"].iter().find_map(|zone| plain.strip_suffix(zone)).unwrap_or(plain);
    let plain = plain.replacen(' ', "T", 1);
    let plain = if plain.len() == 10 { format!("{plain}T00:00:00") } else { plain };
    let plain = plain.strip_suffix(".000000").unwrap_or(&plain);
    let time = format!("{plain}Z");
    Timestamp::is_valid(&time).then_some(time)
}

/// All objects that were made.
#[derive(Debug)]
pub(super) struct Out {
    order: Vec<String>,
    objects: BTreeMap<String, Map<'static>>,
    closed: BTreeSet<String>,
    registry: Registry,
}

impl Out {
    pub(super) fn new() -> Self {
        Self {
            order: Vec::new(),
            objects: BTreeMap::new(),
            closed: BTreeSet::new(),
            registry: Registry::standard(),
        }
    }

    /// Takes a domain object or a relationship. The error is the reason for people.
    pub(super) fn sdo(
        &mut self,
        id: &str,
        created: &str,
        author: Option<&str>,
        face: Face,
        properties: Map<'static>,
    ) -> Result<String, String> {
        let (kind, _) = id.split_once("--").unwrap_or_default();
        let mut object = map([
            ("type", text(kind)),
            ("spec_version", text("2.1")),
            ("id", text(id)),
            ("created", text(created)),
            ("modified", text(created)),
        ]);
        if let Some(author) = author {
            object.insert("created_by_ref", text(author));
        }
        self.add(id.to_owned(), object, properties, face)
    }

    /// Takes a cyber-observable object under the identifier that its properties give, or that `seed` gives where
    /// none contributes.
    pub(super) fn sco(
        &mut self,
        kind: &str,
        face: Face,
        seed: &[&str],
        properties: Map<'static>,
    ) -> Result<String, String> {
        let mut object = map([("type", text(kind)), ("spec_version", text("2.1"))]);
        for (key, value) in properties.iter() {
            object.insert(key.to_owned(), value.clone());
        }
        let id = match observable::id_of(&object).map_err(|error| error.to_string())? {
            Derived::Id(id) => id.as_str().to_owned(),
            // The standard asks for version 4 here, and the same event shall give the same object.
            _ => hashed(kind, seed, 4),
        };
        let head = map([("type", text(kind)), ("spec_version", text("2.1")), ("id", text(id.clone()))]);
        self.add(id, head, properties, face)
    }

    fn add(
        &mut self,
        id: String,
        mut object: Map<'static>,
        properties: Map<'static>,
        face: Face,
    ) -> Result<String, String> {
        for (key, value) in properties {
            object.insert(key, value);
        }
        if let Some(tlp) = face.tlp {
            object.insert("object_marking_refs", texts([tlp.marking_id()]));
        }
        let mut closed = face.closed;
        if let Some(held) = self.objects.get(&id) {
            let (both, differ) = merged(held, &object)?;
            object = both;
            closed |= differ;
        }
        self.check(&object)?;
        if closed {
            self.closed.insert(id.clone());
        }
        if self.objects.insert(id.clone(), object).is_none() {
            self.order.push(id.clone());
        }
        Ok(id)
    }

    fn check(&self, object: &Map<'static>) -> Result<(), String> {
        let object = Object::from_value(Value::Object(object.clone())).map_err(|error| error.to_string())?;
        let findings = validate(&object, &self.registry);
        match findings.iter().find(|finding| finding.level == Level::Error) {
            None => Ok(()),
            Some(finding) => Err(format!("it would be no valid STIX: {}: {}", finding.path, finding.message)),
        }
    }

    /// The objects in their order as canonical bytes, and the identifiers of those that their distribution keeps.
    pub(super) fn close(mut self) -> Result<(Vec<Vec<u8>>, BTreeSet<String>), String> {
        let objects = self.order.iter().filter_map(|id| self.objects.remove(id));
        let bytes =
            objects.map(|object| canonical(&Value::Object(object)).map_err(|error| error.to_string()));
        Ok((bytes.collect::<Result<_, _>>()?, self.closed))
    }
}

/// Two statements about one object together, and whether one of them carries no marking while the other does. Lists
/// are united, the stricter marking holds; anything else that differs is an error.
fn merged(held: &Map<'static>, new: &Map<'static>) -> Result<(Map<'static>, bool), String> {
    const MARKINGS: &str = "object_marking_refs";
    let mut both = held.clone();
    for (key, value) in new.iter() {
        match (both.get(key).cloned(), value) {
            (None, value) => {
                both.insert(key.to_owned(), value.clone());
            }
            (Some(old), new) if old == *new => {}
            (Some(_), _) if key == MARKINGS => {
                if let Some(tlp) = level(held).max(level(new)) {
                    both.insert(MARKINGS, texts([tlp.marking_id()]));
                }
            }
            (Some(Value::Array(mut list)), Value::Array(more)) => {
                let fresh: Vec<_> = more.iter().filter(|item| !list.contains(item)).cloned().collect();
                list.extend(fresh);
                if list.len() > LIST_MAX {
                    return Err(format!("`{key}` of one object would have more than {LIST_MAX} members"));
                }
                both.insert(key.to_owned(), Value::Array(list));
            }
            (Some(_), _) => {
                return Err(format!("another part of the event gives the same object with another `{key}`"));
            }
        }
    }
    Ok((both, held.contains_key(MARKINGS) != new.contains_key(MARKINGS)))
}

fn level(object: &Map<'_>) -> Option<Tlp> {
    let refs = object.get("object_marking_refs").and_then(Value::as_array)?;
    refs.iter().filter_map(Value::as_str).filter_map(Tlp::from_marking_id).max()
}
