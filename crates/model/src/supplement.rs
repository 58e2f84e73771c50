//! What stands beside the kinds of records and travels as they do: a grade that a receiver returns, vocabularies and
//! criteria, and attachments. One published extension of its own carries it, so that a reader of the kinds meets nothing
//! that is no kind.
//!
//! Only the form is judged here, and what a text or a file may be. Whose word a grade is, which version of a vocabulary
//! holds, and who may see an attachment is decided elsewhere.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::attachment::Attachment;
use crate::kind::{Context, Fault, Faults, plain};
use crate::stix::{Digest, Id, Object};
use crate::vocabulary::{Criteria, Vocabulary};
use crate::{Grading, ModelError};

/// The extension definition of the supplements (STIX 2.1 clause 7.3). Drawn once; it stays.
pub const SUPPLEMENT_ID: &str = "extension-definition--0a5452f0-71b1-4fa8-856b-3c0ed1635e4e";
/// STIX type of a vocabulary.
pub const VOCABULARY_TYPE: &str = "comity-vocabulary";
/// STIX type of a set of criteria.
pub const CRITERIA_TYPE: &str = "comity-criteria";
/// STIX type of an attachment.
pub const ATTACHMENT_TYPE: &str = "comity-attachment";

/// Properties of every object (clause 3.2), which are no part of a supplement.
const COMMON: [&str; 9] = [
    "type",
    "spec_version",
    "id",
    "created_by_ref",
    "created",
    "modified",
    "lang",
    "object_marking_refs",
    "extensions",
];

/// A grade that a receiver gives to a record of another and returns to it: a `note` on the record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReturnedGrade {
    /// The record.
    pub of: Id,
    /// The version of it that was graded, as written.
    pub of_version: String,
    /// Digest of that version.
    pub of_digest: Digest,
    /// The grade.
    pub grading: Grading,
    /// Why, in the receiver's words; empty when it does not say.
    pub reason: String,
}

/// The grade as it stands in the extension's entry.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GradeEntry {
    extension_type: String,
    scale: String,
    source: String,
    information: String,
    of_version: String,
    of_digest: Digest,
}

/// One of the supplements.
#[derive(Clone, PartialEq, Debug)]
pub enum Supplement {
    /// A returned grade.
    Grade(Box<ReturnedGrade>),
    /// One version of a vocabulary.
    Vocabulary(Vocabulary),
    /// One version of a set of criteria.
    Criteria(Criteria),
    /// A file that belongs to a record.
    Attachment(Box<Attachment>),
}

impl Supplement {
    /// The STIX type of the object that it is written as.
    pub fn stix_type(&self) -> &'static str {
        match self {
            Self::Grade(_) => "note",
            Self::Vocabulary(_) => VOCABULARY_TYPE,
            Self::Criteria(_) => CRITERIA_TYPE,
            Self::Attachment(_) => ATTACHMENT_TYPE,
        }
    }

    /// Reads the supplement that an object is; none when it is none.
    ///
    /// # Errors
    /// Every fault when the object claims to be one and is not of its form, or may not be taken: a criterion that names
    /// a trait, a file of another type than its name says.
    pub fn read(object: &Object<'_>) -> Result<Option<Self>, Vec<Fault>> {
        let extensions = object.value().get("extensions").and_then(|value| value.as_object());
        let entry = extensions.and_then(|map| map.get(SUPPLEMENT_ID));
        let is_own = [VOCABULARY_TYPE, CRITERIA_TYPE, ATTACHMENT_TYPE].contains(&object.kind());
        let Some(entry) = entry else {
            let missing = || Err(faults("extensions", format!("the object needs the entry {SUPPLEMENT_ID}")));
            return if is_own { missing() } else { Ok(None) };
        };
        let entry = serde_json::to_value(entry).map_err(|error| faults("extensions", error.to_string()))?;
        let read = if is_own {
            read_own(object, &entry)?
        } else if object.kind() == "note" {
            read_grade(object, entry)?
        } else {
            return Err(faults("extensions", format!("{SUPPLEMENT_ID} is not for a {}", object.kind())));
        };
        let found = read.check();
        if found.is_empty() { Ok(Some(read)) } else { Err(found) }
    }

    /// Every reason why it may not be taken.
    pub fn check(&self) -> Vec<Fault> {
        match self {
            Self::Grade(grade) => grade.check(),
            Self::Vocabulary(vocabulary) => vocabulary.check(),
            Self::Criteria(criteria) => criteria.check(),
            Self::Attachment(attachment) => attachment.check(),
        }
    }

    /// Makes the STIX object, as JSON.
    ///
    /// # Errors
    /// Every fault of [`Supplement::check`]; and one when the identifier is of another type.
    pub fn write(&self, context: &Context) -> Result<String, Vec<Fault>> {
        let found = self.check();
        if !found.is_empty() {
            return Err(found);
        }
        if context.id.kind() != self.stix_type() {
            return Err(faults("id", format!("it is an object of the type {}", self.stix_type())));
        }
        let own = match self {
            Self::Grade(grade) => Ok(grade.properties()),
            Self::Vocabulary(vocabulary) => serde_json::to_value(vocabulary),
            Self::Criteria(criteria) => serde_json::to_value(criteria),
            Self::Attachment(attachment) => serde_json::to_value(attachment),
        };
        let mut object = match own {
            Ok(Value::Object(own)) => own,
            Ok(_) => return Err(faults("", "it is one JSON dictionary".to_owned())),
            Err(error) => return Err(faults("", error.to_string())),
        };
        if !matches!(self, Self::Grade(_)) {
            let entry = json!({"extension_type": "new-sdo"});
            object.insert("extensions".into(), json!({SUPPLEMENT_ID: entry}));
        }
        for (key, value) in [
            ("type", self.stix_type()),
            ("spec_version", "2.1"),
            ("id", context.id.as_str()),
            ("created_by_ref", context.created_by.as_str()),
            ("created", context.created.as_str()),
            ("modified", context.modified.as_str()),
        ] {
            object.insert(key.into(), value.into());
        }
        if let Some(language) = &context.language {
            object.insert("lang".into(), language.as_str().into());
        }
        if !context.markings.is_empty() {
            let refs: Vec<&str> = context.markings.iter().map(Id::as_str).collect();
            object.insert("object_marking_refs".into(), json!(refs));
        }
        Ok(Value::Object(object).to_string())
    }
}

fn faults(path: &str, message: String) -> Vec<Fault> {
    vec![Fault { code: "form", path: path.to_owned(), message, rule: "form" }]
}

fn read_own(object: &Object<'_>, entry: &Value) -> Result<Supplement, Vec<Fault>> {
    if *entry != json!({"extension_type": "new-sdo"}) {
        let message = "the extension is a new-sdo here, and the properties stand at the top of the object";
        return Err(faults("extensions", message.to_owned()));
    }
    let mut own = Map::new();
    for (key, value) in object.value().iter().filter(|(key, _)| !COMMON.contains(key)) {
        let value = serde_json::to_value(value).map_err(|error| faults(key, error.to_string()))?;
        own.insert(key.to_owned(), value);
    }
    let own = Value::Object(own);
    match object.kind() {
        VOCABULARY_TYPE => typed(own).map(Supplement::Vocabulary),
        CRITERIA_TYPE => typed(own).map(Supplement::Criteria),
        _ => typed(own).map(|read| Supplement::Attachment(Box::new(read))),
    }
}

fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Vec<Fault>> {
    serde_json::from_value(value).map_err(|error| faults("", error.to_string()))
}

fn read_grade(object: &Object<'_>, entry: Value) -> Result<Supplement, Vec<Fault>> {
    let entry: GradeEntry = typed(entry)?;
    if entry.extension_type != "property-extension" {
        return Err(faults("extensions", "the extension is a property-extension here".to_owned()));
    }
    let refs = object.value().get("object_refs").and_then(|value| value.as_array()).unwrap_or_default();
    let of = match refs {
        [one] => one.as_str().and_then(|text| text.parse().ok()),
        _ => None,
    };
    let Some(of) = of else {
        return Err(faults("object_refs", "a grade is of one record".to_owned()));
    };
    let text = |key: &str| object.value().get(key).and_then(|value| value.as_str()).unwrap_or_default();
    let reason = text("content").split_once(REASON).map(|(_, reason)| reason.to_owned()).unwrap_or_default();
    Ok(Supplement::Grade(Box::new(ReturnedGrade {
        of,
        of_version: entry.of_version,
        of_digest: entry.of_digest,
        grading: Grading { scale: entry.scale, source: entry.source, information: entry.information },
        reason,
    })))
}

/// What parts the grade from its reason in the text for people.
const REASON: &str = "\nReason: ";

impl ReturnedGrade {
    fn check(&self) -> Vec<Fault> {
        let mut found = Faults::default();
        if let Err(error) = self.grading.clone().checked() {
            found.add("B4", "grading", "extensions", error.to_string());
        }
        if self.of_version.len() > 40 {
            found.add("form", "form", "extensions", "the version that was graded is a time");
        }
        if !self.reason.is_empty() {
            plain(&mut found, "content", &self.reason);
        }
        found.into_vec()
    }

    fn properties(&self) -> Value {
        let Grading { scale, source, information } = &self.grading;
        let mut content = format!(
            "Grade of version {}: source {source}, information {information}, on the scale {scale}.",
            self.of_version
        );
        if !self.reason.is_empty() {
            content.push_str(REASON);
            content.push_str(&self.reason);
        }
        json!({
            "abstract": format!("Grade {source}{information} ({scale})"),
            "content": content,
            "object_refs": [self.of.as_str()],
            "extensions": {SUPPLEMENT_ID: {
                "extension_type": "property-extension",
                "scale": scale,
                "source": source,
                "information": information,
                "of_version": self.of_version,
                "of_digest": self.of_digest,
            }},
        })
    }
}

/// A document of a council as it is adopted from a file: a vocabulary or a set of criteria, told apart by `terms` and
/// `criteria`.
///
/// # Errors
/// [`ModelError::Vocabulary`] when the text is of neither form.
pub fn adopted_from_json(text: &str) -> Result<Supplement, ModelError> {
    let form: Value =
        serde_json::from_str(text).map_err(|error| ModelError::Vocabulary(error.to_string()))?;
    match (form.get("terms").is_some(), form.get("criteria").is_some()) {
        (true, false) => Vocabulary::from_json(text).map(Supplement::Vocabulary),
        (false, true) => Criteria::from_json(text).map(Supplement::Criteria),
        _ => Err(ModelError::Vocabulary(
            "a vocabulary has `terms`, a set of criteria has `criteria`; one of them must be there".into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stix::{Limits, Registry, validate};

    fn context(kind: &str) -> Context {
        Context {
            id: format!("{kind}--00000000-0000-4000-8000-000000000007").parse().unwrap(),
            created: "2026-11-01T10:00:00.000Z".parse().unwrap(),
            modified: "2026-11-02T10:00:00.000Z".parse().unwrap(),
            created_by: "identity--00000000-0000-4000-8000-000000000001".parse().unwrap(),
            markings: vec!["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1".parse().unwrap()],
            language: None,
        }
    }

    fn grade() -> Supplement {
        Supplement::Grade(Box::new(ReturnedGrade {
            of: "incident--00000000-0000-4000-8000-000000000003".parse().unwrap(),
            of_version: "2026-11-01T10:00:00.000Z".into(),
            of_digest: Digest::of(b"x"),
            grading: Grading { scale: "6x6".into(), source: "C".into(), information: "3".into() },
            reason: "EXERCISE: our post saw nobody.".into(),
        }))
    }

    fn samples() -> Vec<Supplement> {
        let vocabulary = r#"{"name":"exercise-manner","version":1,"adopted":{"body":"EXERCISE Council","number":"EX-3",
            "date":"2026-02-11"},"terms":[{"code":"crossing","labels":[{"language":"en","text":"Crossing"}]}]}"#;
        let criteria = r#"{"name":"exercise-acts","version":1,"adopted":{"body":"EXERCISE Council","number":"EX-4",
            "date":"2026-02-11"},"criteria":[{"code":"pays","act":[{"language":"en","text":"Pays for fuses."}]}]}"#;
        let record = "incident--00000000-0000-4000-8000-000000000003".parse().unwrap();
        vec![
            grade(),
            adopted_from_json(vocabulary).unwrap(),
            adopted_from_json(criteria).unwrap(),
            Supplement::Attachment(Box::new(
                Attachment::of(record, "EXERCISE.txt", b"EXERCISE text\n").unwrap(),
            )),
        ]
    }

    #[test]
    fn each_becomes_a_valid_object_and_comes_back_the_same() {
        for one in samples() {
            let text = one.write(&context(one.stix_type())).unwrap();
            let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
            assert_eq!(validate(&object, &Registry::standard()), [], "{text}");
            assert_eq!(Supplement::read(&object).unwrap().unwrap(), one);
            assert_eq!(crate::Kind::read(&object), Ok(None), "a reader of the kinds meets nothing");
        }
    }

    #[test]
    fn what_claims_to_be_one_and_is_not_is_refused() {
        let changed = |one: &Supplement, from: &str, to: &str| {
            let text = one.write(&context(one.stix_type())).unwrap();
            assert!(text.contains(from), "{text}");
            let text = text.replace(from, to);
            Supplement::read(&Object::parse(text.as_bytes(), &Limits::default()).unwrap())
        };
        let [grade, vocabulary, criteria, attachment] = &samples()[..] else { panic!() };
        assert!(changed(grade, r#""source":"C""#, r#""source":"Z""#).is_err());
        assert!(changed(grade, "property-extension", "new-sdo").is_err());
        assert!(changed(vocabulary, SUPPLEMENT_ID, crate::kind::EXTENSION_ID).is_err());
        assert!(changed(vocabulary, r#""version":1"#, r#""version":1,"colour":"red""#).is_err());
        assert!(changed(criteria, "Pays for fuses.", "Attends the mosque.").is_err());
        assert!(changed(attachment, "EXERCISE.txt", "EXERCISE.pdf").is_err());
        assert!(changed(attachment, r#""size":14"#, r#""size":15"#).is_err());
    }

    #[test]
    fn a_note_of_anybody_is_none_of_them() {
        let text =
            br#"{"type":"note","id":"note--00000000-0000-4000-8000-000000000001","content":"EXERCISE"}"#;
        assert_eq!(Supplement::read(&Object::parse(text, &Limits::default()).unwrap()), Ok(None));
    }

    #[test]
    fn the_published_extension_has_the_identifier_that_is_written() {
        let bundle: Value = serde_json::from_str(crate::kind::EXTENSION_BUNDLE).unwrap();
        assert_eq!(bundle["objects"][2]["id"], SUPPLEMENT_ID);
    }

    #[test]
    fn the_published_schemas_name_the_properties_that_are_written() {
        let text = |name| match name {
            "grade" => include_str!("../../../schema/kinds/grade.json"),
            _ => include_str!("../../../schema/kinds/attachment.json"),
        };
        let declared = |name| {
            let schema: Value = serde_json::from_str(text(name)).unwrap();
            assert_eq!(schema["additionalProperties"], false);
            schema["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
        };
        let mut samples = samples();
        let Some(Supplement::Attachment(mut file)) = samples.pop() else { panic!() };
        file.title = Some("EXERCISE".into());
        let written = serde_json::to_value(&file).unwrap();
        let sorted = |value: &Value| {
            let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
            keys.sort();
            keys
        };
        let mut attachment = declared("attachment");
        attachment.sort();
        assert_eq!(sorted(&written), attachment);
        let note: Value = serde_json::from_str(&grade().write(&context("note")).unwrap()).unwrap();
        let mut entry = declared("grade");
        entry.sort();
        assert_eq!(sorted(&note["extensions"][SUPPLEMENT_ID]), entry);
    }
}
