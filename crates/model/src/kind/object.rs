//! How a kind becomes a STIX object and is read from one.

use std::borrow::Cow;

use super::basis::cut;
use super::fault::{Fault, Faults};
use super::{ACCOUNT_TYPE, JOURNEY_TYPE, Kind, PAYMENT_TYPE, council, name, site, special};
use crate::MemberId;
use crate::neutral;
use crate::stix::{Id, Limits, Map, Object, Timestamp, Value, json};

/// The extension definition of the kinds (STIX 2.1 clause 7.3). Drawn once; it stays.
pub const EXTENSION_ID: &str = "extension-definition--ad455bc2-9ac8-4138-bed3-f1f169eea8ca";

/// A bundle with the extension definition and the identity of its publisher, as `schema/kinds/extension.json` has it.
pub const EXTENSION_BUNDLE: &str = include_str!("../../../../schema/kinds/extension.json");

/// Where a property of a kind stands in the object itself rather than in the extension.
const LIFTED: [(&str, &str); 6] = [
    ("title", "name"),
    ("summary", "description"),
    ("objective", "objective"),
    ("relationship_type", "relationship_type"),
    ("source_ref", "source_ref"),
    ("target_ref", "target_ref"),
];

/// Properties of every object (clause 3.2), which are no part of a kind.
const COMMON: [&str; 14] = [
    "type",
    "spec_version",
    "id",
    "created_by_ref",
    "created",
    "modified",
    "revoked",
    "labels",
    "confidence",
    "lang",
    "external_references",
    "object_marking_refs",
    "granular_markings",
    "extensions",
];

/// What an object says besides its kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Context {
    /// Its identifier, of the type that [`Kind::stix_type`] names.
    pub id: Id,
    /// When its first version was made.
    pub created: Timestamp,
    /// When this version was made.
    pub modified: Timestamp,
    /// Who makes it.
    pub created_by: MemberId,
    /// Its markings.
    pub markings: Vec<Id>,
    /// Language of its texts as a tag of RFC 5646.
    pub language: Option<String>,
}

impl Kind {
    /// Reads a kind from its JSON form: the properties of the kind in one dictionary with `kind`.
    ///
    /// # Errors
    /// A fault when the text is no JSON within the default limits of STIX objects, names a property or word that the
    /// kind does not have, or lacks one.
    pub fn from_json(text: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        match json::parse(text.as_bytes(), &Limits::default()) {
            Ok(Value::Object(map)) => return from_map(&map),
            Ok(_) => faults.add("form", "form", "", "a record is one JSON dictionary"),
            Err(error) => faults.add("form", "form", "", error.to_string()),
        }
        Err(faults.into_vec())
    }

    /// Reads the kind that an object carries; none when it carries none.
    ///
    /// Only the form is judged; [`Kind::check`] says whether it may be recorded. What the object holds beside the kind
    /// (references, translations) stays in its bytes.
    ///
    /// # Errors
    /// Faults when the object claims to be of a kind and is not of its form: another STIX type, properties that the kind
    /// does not have, a name that is not its own, a property for a special category, a label that judges.
    pub fn read(object: &Object<'_>) -> Result<Option<Self>, Vec<Fault>> {
        let extensions = object.value().get("extensions").and_then(Value::as_object);
        let entry = extensions.and_then(|map| map.get(EXTENSION_ID));
        let own_type = word_of_type(object.kind());
        let mut faults = Faults::default();
        let entry = match (entry, own_type) {
            (None, None) => return Ok(None),
            (Some(Value::Object(entry)), _) => entry,
            _ => {
                let message = format!("the object needs the entry {EXTENSION_ID} as a dictionary");
                faults.add("form", "extension-missing", "extensions", message);
                return Err(faults.into_vec());
            }
        };
        special::refuse(&mut faults, object.value());
        judge_labels(&mut faults, object.value());
        judge_entry(&mut faults, object.value(), entry, own_type.is_some());
        let read = from_map(&gather(object.value(), entry, own_type));
        let kind = match read {
            Ok(kind) => kind,
            Err(more) => {
                let found = faults.into_vec();
                return Err(found.into_iter().chain(more).collect());
            }
        };
        kind.compare(object, &mut faults);
        faults.into_result().map(|()| Some(kind))
    }

    /// Makes the STIX object.
    ///
    /// # Errors
    /// Every fault of [`Kind::check`]; and one when the identifier is of another type.
    pub fn write(&self, context: &Context) -> Result<Value<'static>, Vec<Fault>> {
        let mut faults = self.check();
        if context.id.kind() != self.stix_type() {
            let message = format!("a {} is an object of the type {}", self.word(), self.stix_type());
            faults.push(Fault { code: "id-type", path: "id".into(), message, rule: "form" });
        }
        let mut own = match properties(self) {
            Ok(own) if faults.is_empty() => own,
            _ => return Err(faults),
        };
        let mut object = Map::new();
        put(&mut object, "type", self.stix_type());
        put(&mut object, "spec_version", "2.1");
        put(&mut object, "id", context.id.as_str());
        put(&mut object, "created_by_ref", context.created_by.as_str());
        put(&mut object, "created", context.created.as_str());
        put(&mut object, "modified", context.modified.as_str());
        if let Some(display) = self.display() {
            put(&mut object, "name", &display);
        }
        for (from, to) in LIFTED {
            if let Some(value) = own.remove(from) {
                object.insert(to, value);
            }
        }
        if let Some(class) = self.identity_class() {
            put(&mut object, "identity_class", class);
        }
        if let Some(language) = &context.language {
            put(&mut object, "lang", language);
        }
        if !context.markings.is_empty() {
            let refs =
                context.markings.iter().map(|id| Value::String(id.as_str().to_owned().into())).collect();
            object.insert("object_marking_refs", Value::Array(refs));
        }
        let mut entry = Map::new();
        if word_of_type(self.stix_type()).is_some() {
            put(&mut entry, "extension_type", "new-sdo");
            own.remove("kind");
            for (key, value) in own {
                object.insert(key, value);
            }
        } else {
            put(&mut entry, "extension_type", "property-extension");
            for (key, value) in own {
                entry.insert(key, value);
            }
        }
        let mut extensions = Map::new();
        extensions.insert(EXTENSION_ID, Value::Object(entry));
        object.insert("extensions", Value::Object(extensions));
        Ok(Value::Object(object))
    }

    /// The name of the object where it is not the title.
    fn display(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Subject(subject) => Some(name::display(&subject.names).into()),
            Self::Group(group) => Some(name::display(&group.names).into()),
            Self::Body(body) => Some(name::display(&body.names).into()),
            // No list of any program shows the words without whose they are.
            Self::Claim(claim) => Some(claim.display().into()),
            _ => None,
        }
    }

    fn identity_class(&self) -> Option<&'static str> {
        match self {
            Self::Subject(_) => Some("individual"),
            Self::Group(_) => Some("group"),
            _ => None,
        }
    }

    /// Compares what the object says twice: what other programs show must be what the kind says.
    fn compare(&self, object: &Object<'_>, faults: &mut Faults) {
        if object.kind() != self.stix_type() {
            let message = format!("a {} is an object of the type {}", self.word(), self.stix_type());
            faults.add("form", "kind-type", "type", message);
        }
        if matches!(self, Self::Plan(_)) {
            for seen in ["first_seen", "last_seen"].into_iter().filter(|key| object.value().contains_key(key))
            {
                let message = "nobody has seen a plan; what was seen is an event";
                faults.add("form", "plan-seen", seen, message);
            }
        }
        let class = object.value().get("identity_class").and_then(Value::as_str);
        if let Some(expected) = self.identity_class()
            && class != Some(expected)
        {
            let message = format!("a {} is an identity of the class {expected}", self.word());
            faults.add("form", "identity-class", "identity_class", message);
        }
        if let Some(display) = self.display()
            && object.name() != Some(display.as_ref())
        {
            let what =
                if matches!(self, Self::Claim(_)) { "chain and words" } else { "the first primary name" };
            let message = format!("`name` is {what}: {:?}", cut(&display));
            faults.add("form", "name-differs", "name", message);
        }
    }
}

/// The properties of a kind as STIX values, with `kind`.
pub(super) fn properties(kind: &Kind) -> Result<Map<'static>, String> {
    let text = serde_json::to_vec(kind).map_err(|error| error.to_string())?;
    match json::parse(&text, &Limits::default()).map_err(|error| error.to_string())? {
        Value::Object(map) => Ok(map.into_owned()),
        _ => Err("a record is one JSON dictionary".into()),
    }
}

/// The kind whose STIX type the extension defines.
fn word_of_type(kind: &str) -> Option<&'static str> {
    match kind {
        JOURNEY_TYPE => Some("journey"),
        ACCOUNT_TYPE => Some("account"),
        PAYMENT_TYPE => Some("payment"),
        other => council::word_of_type(other),
    }
}

/// Collects the properties of the kind from where they stand in the object.
fn gather<'a>(object: &Map<'a>, entry: &Map<'a>, own_type: Option<&'static str>) -> Map<'a> {
    let mut own = Map::new();
    for (key, value) in entry.iter().filter(|(key, _)| *key != "extension_type") {
        own.insert(key.to_owned(), value.clone());
    }
    if let Some(word) = own_type {
        put(&mut own, "kind", word);
        let lifted = |key: &str| matches!(key, "name" | "description");
        for (key, value) in object.iter().filter(|(key, _)| !COMMON.contains(key) && !lifted(key)) {
            own.insert(key.to_owned(), value.clone());
        }
    }
    let named =
        matches!(own.get("kind").and_then(Value::as_str), Some("subject" | "group" | "body" | "claim"));
    let kind_is = |word: &str| own.get("kind").and_then(Value::as_str) == Some(word);
    let (plan, relation) = (kind_is("plan"), kind_is("relation"));
    for (from, to) in LIFTED {
        let wanted = match from {
            "title" => !named && !relation,
            "summary" => true,
            "objective" => plan,
            _ => relation,
        };
        if let Some(value) = object.get(to).filter(|_| wanted) {
            own.insert(from, value.clone());
        }
    }
    own
}

fn from_map(map: &Map<'_>) -> Result<Kind, Vec<Fault>> {
    let mut faults = Faults::default();
    special::refuse(&mut faults, map);
    let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("kind") == "subject" && text("category").eq_ignore_ascii_case("supporter") {
        let message = "supporter is no category: it is a contact whose `link` states whom the person supports and on what grounds";
        faults.add("B1", "supporter-is-no-category", "category", message);
    }
    if text("kind") == "channel" {
        site::refuse_place(&mut faults, "form", text("form"));
    }
    faults.into_result()?;
    let mut faults = Faults::default();
    match serde_json::to_vec(map).and_then(|bytes| serde_json::from_slice::<Kind>(&bytes)) {
        Ok(kind) => {
            match properties(&kind) {
                Ok(taken) => compare_shape(&mut faults, map, &taken, ""),
                Err(why) => faults.add("form", "form", "", why),
            }
            faults.into_result().map(|()| kind)
        }
        Err(error) => {
            faults.add("form", "form", "", error.to_string());
            Err(faults.into_vec())
        }
    }
}

/// Refuses what was taken for something else or for nothing: `null`, empty lists and dictionaries, a list in place of a
/// dictionary. The depth is that of the types.
fn compare_shape(faults: &mut Faults, given: &Map<'_>, taken: &Map<'_>, path: &str) {
    for (key, value) in given.iter() {
        let here = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        compare_values(faults, value, taken.get(key), &here);
    }
}

fn compare_values(faults: &mut Faults, given: &Value<'_>, taken: Option<&Value<'_>>, path: &str) {
    match (given, taken) {
        (Value::Object(given), Some(Value::Object(taken))) => compare_shape(faults, given, taken, path),
        (Value::Array(given), Some(Value::Array(taken))) => {
            for (at, value) in given.iter().enumerate() {
                compare_values(faults, value, taken.get(at), &format!("{path}.[{at}]"));
            }
        }
        (Value::Object(_) | Value::Array(_), Some(_)) => {
            faults.add("form", "shape", path, "a dictionary stands here, not a list");
        }
        (_, Some(_)) => {}
        (_, None) => faults.add("form", "empty", path, "leave the property out instead of an empty value"),
    }
}

/// Each property stands in one place: in the object, in the entry, or at the top of an object of our own types.
fn judge_entry(faults: &mut Faults, object: &Map<'_>, entry: &Map<'_>, own_type: bool) {
    let expected = if own_type { "new-sdo" } else { "property-extension" };
    if entry.get("extension_type").and_then(Value::as_str) != Some(expected) {
        let path = format!("extensions.{EXTENSION_ID}.extension_type");
        faults.add("form", "extension-type", &path, format!("the extension is a {expected} here"));
    }
    if own_type && entry.len() > 1 {
        let message = "the properties of this type stand at the top of the object, not in the entry";
        faults.add("form", "property-place", &format!("extensions.{EXTENSION_ID}"), message);
    }
    for (from, to) in LIFTED.iter().filter(|(from, to)| from != to || !own_type) {
        let place = if own_type { object } else { entry };
        if place.contains_key(from) {
            let path =
                if own_type { (*from).to_owned() } else { format!("extensions.{EXTENSION_ID}.{from}") };
            faults.add(
                "form",
                "property-place",
                &path,
                format!("it is said by `{to}` of the object; remove it here"),
            );
        }
    }
}

/// Labels are chips: no word that judges stands on one.
fn judge_labels(faults: &mut Faults, object: &Map<'_>) {
    let labels = object.get("labels").and_then(Value::as_array).unwrap_or_default();
    for (at, label) in labels.iter().enumerate() {
        if let Some(notice) = label.as_str().and_then(|text| neutral::judging(text).into_iter().next()) {
            let message =
                format!("{:?} judges: it stands only in the words of somebody who is named", notice.word);
            faults.add("B3", "judging-word", &format!("labels.[{at}]"), message);
        }
    }
}

fn put<'a>(map: &mut Map<'a>, key: &'static str, value: &str) {
    map.insert(key, Value::String(value.to_owned().into()));
}
