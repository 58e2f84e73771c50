//! What of a record is searched: its human texts, its names, and what it is filtered by.
//!
//! It is read from the properties alone, whether or not the object is a valid record of a kind, and each property adds
//! to it by itself. So what is left of an object without its marked parts has no text, name or country that the whole
//! object lacks.

use std::collections::{BTreeSet, HashSet};

use comity_matching::{Use, name, tokens};
use comity_model::kind::{
    ACCOUNT_TYPE, EXTENSION_ID, JOURNEY_TYPE, Kind, Name, PAYMENT_TYPE, PartialDate, council,
};
use comity_model::stix::{Map, Object, Value};
use comity_store::tables::search::Entry;

use super::query::number;

/// Text of a record that is searched, in bytes; what follows is not found.
pub const TEXT_BYTES_MAX: usize = 128 << 10;
/// Terms of a record, in bytes: a `tsvector` takes less than 1 MiB.
const TERM_BYTES_MAX: usize = 900_000;
/// Names of a record that are looked up, characters of one, and keys of all.
const NAMES_MAX: usize = 200;
const NAME_CHARS_MAX: usize = 200;
const KEYS_MAX: usize = 4_000;
/// Facets of a record.
const FACETS_MAX: usize = 1_000;
/// A period that has no end, or no beginning.
const OPEN_END: &str = "9999-12-31";
const OPEN_START: &str = "0000-01-01";

/// Properties of the standard's objects that hold what people wrote, wherever they stand.
const TEXTS: [&str; 27] = [
    "name",
    "description",
    "content",
    "abstract",
    "explanation",
    "opinion",
    "objective",
    "statement",
    "summary",
    "title",
    "value",
    "aliases",
    "labels",
    "goals",
    "authors",
    "display_name",
    "account_login",
    "subject",
    "body",
    "region",
    "administrative_area",
    "city",
    "street_address",
    "contact_information",
    "product",
    "result_name",
    "external_id",
];
/// Properties of our kinds that hold words of ours, codes, dates or references.
const CODES: [&str; 81] = [
    "type",
    "spec_version",
    "id",
    "created",
    "modified",
    "lang",
    "granular_markings",
    "extensions",
    "extension_type",
    "kind",
    "category",
    "relationship_type",
    "statement",
    "likelihood",
    "confidence",
    "parts",
    "selector",
    "collected",
    "script",
    "language",
    "languages",
    "name_kind",
    "stay_kind",
    "document_kind",
    "identifier_kind",
    "link_kind",
    "harm_kind",
    "item_class",
    "form",
    "means",
    "precision",
    "bound",
    "unit",
    "currency",
    "country",
    "from_country",
    "to_country",
    "issued_by",
    "given_by",
    "states_nationality",
    "from",
    "until",
    "date",
    "departed",
    "arrived",
    "paid",
    "vocabulary",
    "status",
    "body_form",
    "document_type",
    "sha256",
    "item_basis",
    "reported_as",
    "claim_form",
    "certainty",
    "flags",
    "difference",
    "provided",
    "stance",
    "on_version",
    "procedure",
    "opened",
    "deadline",
    "closed",
    "done_on",
    "document_state",
    "spoken",
    "standing",
    "stamped",
    "due",
    "founded",
    "as_of",
    "asked",
    "upper",
    "counted_root",
    "why",
    "was",
    "now",
    "of_version",
    "result",
    "happened",
];
/// STIX types whose name is the name of somebody or something.
const NAMED: [&str; 8] = [
    "identity",
    "threat-actor",
    "intrusion-set",
    "campaign",
    "malware",
    "tool",
    "location",
    "infrastructure",
];
/// Dates of the matter in the standard's objects; each is a point of its time.
const POINTS: [&str; 9] = [
    "first_seen",
    "last_seen",
    "first_observed",
    "last_observed",
    "valid_from",
    "valid_until",
    "start_time",
    "stop_time",
    "published",
];
/// Parts of a person whose countries and dates say where somebody comes from or how long a paper is good: they are no
/// place and no time of the matter.
const ASIDE: [&str; 5] = ["birth", "documents", "identifiers", "names", "designations"];

/// A name of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Named {
    /// As written.
    pub(crate) value: String,
    /// What the record says about it, where it is a name of one of our kinds.
    pub(crate) stated: Option<Name>,
}

/// A text of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Text {
    /// As written.
    pub(crate) text: String,
    /// Whose words they are, where the record gives the words of somebody.
    pub(crate) said_by: Option<String>,
}

/// What of one object is searched.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Matter {
    pub(crate) texts: Vec<Text>,
    pub(crate) names: Vec<Named>,
    pub(crate) facets: BTreeSet<(&'static str, String)>,
    /// The kind that it says to be, if it is one of ours.
    pub(crate) kind: Option<&'static str>,
}

impl Matter {
    /// Reads an object.
    pub(crate) fn of(object: &Object<'_>) -> Self {
        let mut reading = Reading::default();
        let map = object.value();
        let own = own_kind(object.kind());
        let entry = map.get("extensions").and_then(Value::as_object).and_then(|all| all.get(EXTENSION_ID));
        let entry = entry.and_then(Value::as_object);
        let said = entry.and_then(|entry| entry.get("kind")).and_then(Value::as_str);
        let kind = own.or_else(|| Kind::MATTER.into_iter().find(|kind| said == Some(kind)));
        reading.facet("kind", object.kind().to_owned());
        if let Some(kind) = kind {
            reading.facet("kind", kind.to_owned());
        }
        if let Some(language) = map.get("lang").and_then(Value::as_str) {
            reading.facet("language", language.to_ascii_lowercase());
        }
        reading.standard(map);
        if let Some(ours) = if own.is_some() { Some(map) } else { entry } {
            reading.ours(ours, false);
            reading.person(ours);
        }
        let is_named = matches!(kind, None | Some("subject" | "group")) && NAMED.contains(&object.kind());
        if is_named {
            reading.plain_names(map);
        }
        reading.span();
        Self { texts: reading.texts, names: reading.names, facets: reading.facets, kind }
    }

    /// The terms of all texts.
    pub(crate) fn terms(&self) -> BTreeSet<String> {
        let mut terms = BTreeSet::new();
        let mut bytes = 0_usize;
        for text in &self.texts {
            for token in tokens(&text.text, Use::Index) {
                for term in token.terms {
                    let size = term.len().saturating_add(1);
                    if bytes.saturating_add(size) > TERM_BYTES_MAX {
                        return terms;
                    }
                    if terms.insert(term) {
                        bytes = bytes.saturating_add(size);
                    }
                }
            }
        }
        terms
    }

    /// What the index keeps of it.
    pub(crate) fn entry(&self) -> Entry {
        let terms: Vec<String> = self.terms().into_iter().collect();
        let mut keys = Vec::new();
        for (n, named) in (0_i64..).zip(&self.names) {
            keys.extend(name::keys(&named.value).into_iter().map(|key| (n, key)));
        }
        keys.truncate(KEYS_MAX);
        let facets = self.facets.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
        Entry { terms: terms.join(" "), keys, facets }
    }
}

/// The kind whose STIX type is our own.
fn own_kind(stix_type: &str) -> Option<&'static str> {
    [(JOURNEY_TYPE, "journey"), (ACCOUNT_TYPE, "account"), (PAYMENT_TYPE, "payment")]
        .into_iter()
        .find(|(of, _)| *of == stix_type)
        .map(|(_, kind)| kind)
        .or_else(|| council::word_of_type(stix_type))
}

/// What was read so far. The depth of an object was bounded when it was parsed.
#[derive(Default)]
struct Reading {
    texts: Vec<Text>,
    met: HashSet<String>,
    bytes: usize,
    names: Vec<Named>,
    facets: BTreeSet<(&'static str, String)>,
    begins: Option<String>,
    ends: Option<String>,
}

impl Reading {
    fn text(&mut self, text: &str, said_by: Option<&str>) {
        let room = TEXT_BYTES_MAX.saturating_sub(self.bytes);
        let text = text.get(..text.floor_char_boundary(room)).unwrap_or_default();
        if text.trim().is_empty() || !self.met.insert(text.to_owned()) {
            return;
        }
        self.bytes = self.bytes.saturating_add(text.len());
        self.texts.push(Text { text: text.to_owned(), said_by: said_by.map(str::to_owned) });
    }

    fn facet(&mut self, field: &'static str, value: String) {
        if !value.is_empty() && value.len() <= 200 && self.facets.len() < FACETS_MAX {
            self.facets.insert((field, value));
        }
    }

    fn country(&mut self, field: &'static str, code: &str) {
        if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            self.facet(field, code.to_ascii_uppercase());
        }
    }

    /// Properties of the standard, at any depth; the entries of extensions are read by who knows them.
    fn standard(&mut self, map: &Map<'_>) {
        for (key, value) in map.iter().filter(|(key, _)| !matches!(*key, "extensions" | "granular_markings"))
        {
            self.listed(key, value);
            match value {
                Value::String(code) if key == "country" => self.country("country", code),
                Value::String(date) if POINTS.contains(&key) => {
                    self.point(date.get(..10).unwrap_or_default())
                }
                Value::String(id) if key == "external_id" => self.facet("number", number(id)),
                _ => {}
            }
        }
    }

    fn listed(&mut self, key: &str, value: &Value<'_>) {
        match value {
            Value::String(text) if TEXTS.contains(&key) => self.text(text, None),
            Value::Array(list) => list.iter().for_each(|one| self.listed(key, one)),
            Value::Object(map) => self.standard(map),
            _ => {}
        }
    }

    /// Properties of our kinds, at any depth: everything that is no code.
    fn ours(&mut self, map: &Map<'_>, aside: bool) {
        let said_by = map.get("said_by").and_then(Value::as_str);
        for (key, value) in map.iter() {
            match (key, value) {
                ("country" | "from_country" | "to_country", Value::String(code)) if !aside => {
                    self.country("country", code);
                }
                ("during" | "window" | "active" | "published", Value::Object(period)) if !aside => {
                    match period.get("value") {
                        Some(Value::Object(known)) => self.period(known),
                        Some(Value::String(date)) => self.point(date),
                        _ => self.period(period),
                    }
                }
                ("departed" | "arrived" | "paid" | "date" | "happened", Value::String(date)) if !aside => {
                    self.point(date)
                }
                // Of a field that may not be known: a code.
                ("basis", Value::String(_)) => continue,
                _ => {}
            }
            if !(CODES.contains(&key) || key.ends_with("_ref") || key.ends_with("_refs")) {
                let said_by = said_by.filter(|_| key == "text");
                self.inside(value, said_by, aside || ASIDE.contains(&key));
            }
        }
    }

    fn inside(&mut self, value: &Value<'_>, said_by: Option<&str>, aside: bool) {
        match value {
            Value::String(text) => self.text(text, said_by),
            Value::Array(list) => list.iter().for_each(|one| self.inside(one, None, aside)),
            Value::Object(map) => self.ours(map, aside),
            _ => {}
        }
    }

    /// What stands at the top of our kinds: names, category, numbers, nationality as a document states it.
    fn person(&mut self, map: &Map<'_>) {
        if let Some(category) = map.get("category").and_then(Value::as_str) {
            self.facet("category", category.to_owned());
        }
        let entries = |key: &str| map.get(key).and_then(Value::as_array).unwrap_or_default().iter();
        for one in entries("names") {
            let stated =
                serde_json::to_vec(one).ok().and_then(|bytes| serde_json::from_slice::<Name>(&bytes).ok());
            if let Some(value) = one.as_object().and_then(|name| name.get("value")).and_then(Value::as_str) {
                self.name(value, stated);
            }
        }
        let texts = |one: &Value<'_>, key: &str| {
            one.as_object().and_then(|map| map.get(key)).and_then(Value::as_str).map(str::to_owned)
        };
        for document in entries("documents") {
            self.numbered(texts(document, "number"));
            if let Some(code) = texts(document, "states_nationality") {
                self.country("nationality", &code);
            }
        }
        for identifier in entries("identifiers") {
            self.numbered(texts(identifier, "value"));
        }
        for locator in entries("locators") {
            self.numbered(locator.as_str().map(str::to_owned));
        }
        self.numbered(map.get("number").and_then(Value::as_str).map(str::to_owned));
    }

    fn numbered(&mut self, text: Option<String>) {
        self.facet("number", number(&text.unwrap_or_default()));
    }

    fn plain_names(&mut self, map: &Map<'_>) {
        if let Some(name) = map.get("name").and_then(Value::as_str) {
            self.name(name, None);
        }
        for alias in map.get("aliases").and_then(Value::as_array).unwrap_or_default() {
            if let Some(alias) = alias.as_str() {
                self.name(alias, None);
            }
        }
    }

    fn name(&mut self, value: &str, stated: Option<Name>) {
        let value: String = value.chars().take(NAME_CHARS_MAX).collect();
        // The name of the object is one of those that our kinds state.
        let is_met = stated.is_none() && self.names.iter().any(|named| named.value == value);
        if self.names.len() < NAMES_MAX && !is_met {
            self.names.push(Named { value, stated });
        }
    }

    fn period(&mut self, period: &Map<'_>) {
        let day = |key: &str| {
            let date = period.get(key).and_then(Value::as_str)?.parse::<PartialDate>().ok()?;
            Some((date.first().to_string(), date.last().to_string()))
        };
        let (from, until) = (day("from"), day("until"));
        if from.is_some() || until.is_some() {
            let begins = from.map_or_else(|| OPEN_START.to_owned(), |(first, _)| first);
            self.widen(begins, until.map_or_else(|| OPEN_END.to_owned(), |(_, last)| last));
        }
    }

    fn point(&mut self, date: &str) {
        if let Ok(date) = date.parse::<PartialDate>() {
            self.widen(date.first().to_string(), date.last().to_string());
        }
    }

    fn widen(&mut self, first: String, last: String) {
        if self.begins.as_ref().is_none_or(|begins| &first < begins) {
            self.begins = Some(first);
        }
        if self.ends.as_ref().is_none_or(|ends| &last > ends) {
            self.ends = Some(last);
        }
    }

    fn span(&mut self) {
        if let (Some(begins), Some(ends)) = (self.begins.take(), self.ends.take()) {
            if begins != OPEN_START {
                self.facet("month", begins.get(..7).unwrap_or_default().to_owned());
            }
            self.facets.insert(("first", begins));
            self.facets.insert(("last", ends));
        }
    }
}
