//! Whole documents: every object judged alone, and what holds between the objects of a bundle.

use std::collections::BTreeMap;

use super::{Finding, Level, Profile, Validator};
use crate::id::Id;
use crate::json::{JsonError, Value};
use crate::limits::Limits;
use crate::marking::{Segment, Selector};
use crate::object::{Class, Object};
use crate::read::{Document, Form, Item, ReadError, read};
use crate::rule::{self, Rule};
use crate::time::Timestamp;

/// One finding in a document, with the object that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The place of the object among the objects of the document, from 0; absent for the document itself.
    pub index: Option<usize>,
    /// The identifier of the object as written; empty when it has none.
    pub object: String,
    /// What was found. Its path starts at the object.
    pub finding: Finding,
    /// Where the text cannot be read: the byte within the document, from 0.
    pub offset: Option<usize>,
}

impl Placed {
    /// The path from the top of a document of the form `form`, such as `objects.[3].name`.
    #[must_use]
    pub fn path(&self, form: Option<Form>) -> String {
        match self.index {
            Some(index) if matches!(form, Some(Form::Bundle | Form::Envelope)) => {
                let joint = if self.finding.path.is_empty() { "" } else { "." };
                format!("objects.[{index}]{joint}{}", self.finding.path)
            }
            _ => self.finding.path.clone(),
        }
    }
}

/// What was found in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The outer form; absent when the document could not be read at all.
    pub form: Option<Form>,
    /// The `id` of the bundle or of the single object as written; empty when there is none.
    pub id: String,
    /// How many objects the document holds, readable or not.
    pub objects: usize,
    /// The findings: those of the document first, then object by object, then those between objects. At most 10,000 are
    /// kept; [`Report::count`] counts all.
    pub findings: Vec<Placed>,
    /// How many findings were made: errors, warnings, notes.
    counts: [usize; 3],
}

/// Findings of one document that are kept, so that a hostile document cannot fill the memory with them.
const MOST_KEPT: usize = 10_000;

impl Report {
    /// Whether no finding is an error.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.count(Level::Error) == 0
    }

    /// How many findings are of this level.
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        let [errors, warnings, notes] = self.counts;
        match level {
            Level::Error => errors,
            Level::Warning => warnings,
            Level::Note => notes,
        }
    }

    /// How many findings were made and are not among those kept.
    #[must_use]
    pub fn omitted(&self) -> usize {
        self.counts
            .iter()
            .fold(0usize, |sum, count| sum.saturating_add(*count))
            .saturating_sub(self.findings.len())
    }

    fn push(&mut self, placed: Placed) {
        let [errors, warnings, notes] = &mut self.counts;
        let count = match placed.finding.level {
            Level::Error => errors,
            Level::Warning => warnings,
            Level::Note => notes,
        };
        *count = count.saturating_add(1);
        if self.findings.len() < MOST_KEPT {
            self.findings.push(placed);
        }
    }
}

impl Validator<'_> {
    /// Reads and judges a document: a bundle, one object, or one object a line. What cannot be read is a finding, too.
    ///
    /// A TAXII envelope is refused: it is no STIX document.
    #[must_use]
    pub fn document(&self, bytes: &[u8], limits: &Limits) -> Report {
        match read(bytes, limits) {
            Ok(document) => self.read_document(bytes, &document),
            Err(error) => {
                let mut report = Report::default();
                self.keep(&mut report, self.unreadable(None, &error, bytes, 0));
                report
            }
        }
    }

    /// Judges a document that was read from `bytes`.
    #[must_use]
    pub fn read_document(&self, bytes: &[u8], document: &Document<'_>) -> Report {
        let mut report =
            Report { form: Some(document.form), objects: document.items.len(), ..Report::default() };
        match document.form {
            Form::Bundle => {
                report.id = document.bundle_id.clone().unwrap_or_default();
                self.container(document, &mut report);
            }
            Form::Envelope => {
                let message = "this is neither a STIX object nor a bundle: it has no `type`";
                self.keep(&mut report, self.placed(None, "", &rule::NOT_AN_OBJECT, Vec::new(), message));
            }
            Form::Object | Form::Ndjson => {}
        }
        for item in &document.items {
            match &item.object {
                Ok(object) => {
                    let id = object.text("id").unwrap_or_default();
                    if document.form == Form::Object {
                        id.clone_into(&mut report.id);
                    }
                    self.listed(document.form, item, object, &mut report);
                    if document.form != Form::Bundle && object.spec_version() == Some("2.0") {
                        // A bundle may carry objects of several versions; alone it says that it is none of 2.1.
                        let message = "the object says it is of STIX 2.0; lift it to 2.1";
                        let steps = vec![Segment::Key("spec_version".to_owned())];
                        self.keep(
                            &mut report,
                            self.placed(Some(item.index), id, &rule::SPEC_VERSION, steps, message),
                        );
                    }
                    for finding in self.object(object) {
                        let object = id.to_owned();
                        self.keep(
                            &mut report,
                            Placed { index: Some(item.index), object, finding, offset: None },
                        );
                    }
                }
                Err(error) => {
                    let start = (item.bytes.as_ptr() as usize).saturating_sub(bytes.as_ptr() as usize);
                    self.keep(&mut report, self.unreadable(Some(item.index), error, bytes, start));
                }
            }
        }
        self.between(document, &mut report);
        report
    }

    fn container(&self, document: &Document<'_>, report: &mut Report) {
        let value = match &document.container {
            Ok(container) => Value::Object(container.clone()),
            Err(error) => return self.keep(report, self.unreadable(None, error, &[], 0)),
        };
        let Ok(container) = Object::from_value(value) else { return };
        let id = report.id.clone();
        for finding in self.object(&container) {
            self.keep(report, Placed { index: None, object: id.clone(), finding, offset: None });
        }
        if document.items.is_empty() && document.listed {
            let message = "an empty list is not allowed; leave `objects` out";
            let steps = vec![Segment::Key("objects".to_owned())];
            self.keep(report, self.placed(None, &id, &rule::EMPTY_LIST, steps, message));
        }
    }

    /// What may stand in the list of a bundle.
    fn listed(&self, form: Form, item: &Item<'_>, object: &Object<'_>, report: &mut Report) {
        if form == Form::Bundle && object.class() == Class::Bundle {
            let message = "a bundle is no STIX object and cannot stand in another; list its objects";
            let id = object.text("id").unwrap_or_default();
            self.keep(report, self.placed(Some(item.index), id, &rule::BUNDLE_NESTED, Vec::new(), message));
        }
    }

    fn placed(
        &self,
        index: Option<usize>,
        object: &str,
        rule: &Rule,
        steps: Vec<Segment>,
        message: impl Into<String>,
    ) -> Placed {
        let level = if self.profile == Profile::Lenient { rule.lenient } else { rule.level };
        let path = Selector::from_segments(steps.clone()).to_string();
        let finding = Finding {
            code: rule.code,
            level,
            path,
            message: message.into(),
            clause: rule.clause,
            value: None,
            steps,
        };
        Placed { index, object: object.to_owned(), finding, offset: None }
    }

    /// What cannot be read, with its place in the whole document.
    fn unreadable(&self, index: Option<usize>, error: &ReadError, bytes: &[u8], start: usize) -> Placed {
        let rule = match error {
            ReadError::NotAnObject => &rule::NOT_AN_OBJECT,
            ReadError::ObjectsNotAList => &rule::BUNDLE_OBJECTS,
            _ => &rule::UNREADABLE,
        };
        let offset = match error {
            ReadError::Json(JsonError { offset, .. }) => start.saturating_add(*offset),
            _ => start,
        };
        let message = match error {
            ReadError::Json(error) if start > 0 => {
                JsonError::at(error.kind.clone(), bytes, offset).to_string()
            }
            other => other.to_string(),
        };
        Placed { offset: Some(offset), ..self.placed(index, "", rule, Vec::new(), message) }
    }

    fn keep(&self, report: &mut Report, placed: Placed) {
        if placed.finding.level <= self.least {
            report.push(placed);
        }
    }

    /// Rules between the objects of one document.
    fn between(&self, document: &Document<'_>, report: &mut Report) {
        if document.items.len() < 2 {
            return;
        }
        let mut seen = Seen::default();
        for (at, item) in document.items.iter().enumerate() {
            let Ok(object) = &item.object else { continue };
            let Some(id) = object.id() else { continue };
            if let Some((rule, message)) = seen.add(&document.items, at, object, &id) {
                let placed = self.placed(Some(item.index), id.as_str(), rule, Vec::new(), message);
                self.keep(report, placed);
            }
        }
        for item in &document.items {
            let Ok(object) = &item.object else { continue };
            match object.kind() {
                "language-content" => self.translated(document, &seen, item, object, report),
                "relationship" => self.variant(document, &seen, item, object, report),
                _ => {}
            }
        }
    }

    /// A family is no variant of an instance, where both are here (clause 4.11.2).
    fn variant(
        &self,
        document: &Document<'_>,
        seen: &Seen,
        item: &Item<'_>,
        object: &Object<'_>,
        report: &mut Report,
    ) {
        if object.text("relationship_type") != Some("variant-of") {
            return;
        }
        let family = |end: &str| {
            let id = object.text(end).and_then(|text| Id::parse(text).ok())?;
            let version = seen.latest(&id);
            let at = seen.versions.get(&(id, version)).copied()?;
            let found = document.items.get(at)?.object.as_ref().ok()?;
            (found.kind() == "malware").then(|| found.value().get("is_family").and_then(Value::as_bool))?
        };
        if family("source_ref") == Some(true) && family("target_ref") == Some(false) {
            let message = "the source is a malware family, the target an instance; turn it round";
            let id = object.text("id").unwrap_or_default();
            let steps = vec![Segment::Key("relationship_type".to_owned())];
            self.keep(report, self.placed(Some(item.index), id, &rule::BUNDLE_VARIANT_OF, steps, message));
        }
    }

    /// A translation against the object that it translates, if that is here in the same version (clause 7.1).
    fn translated(
        &self,
        document: &Document<'_>,
        seen: &Seen,
        item: &Item<'_>,
        object: &Object<'_>,
        report: &mut Report,
    ) {
        let Some(target) = object.text("object_ref").and_then(|text| Id::parse(text).ok()) else { return };
        let wanted = object.text("object_modified").and_then(|text| Timestamp::parse(text).ok());
        let version = wanted.clone().or_else(|| seen.latest(&target));
        let Some(at) = seen.versions.get(&(target, version)).copied() else { return };
        let Some(Ok(original)) = document.items.get(at).map(|item| &item.object) else { return };
        let Some(Value::Object(contents)) = object.value().get("contents") else { return };
        for (language, translations) in contents.iter() {
            let Value::Object(translations) = translations else { continue };
            for (name, value) in translations.iter() {
                let mirrored = original.value().get(name);
                if let Some(fault) = unlike(mirrored, value) {
                    let steps = [["contents"].as_slice(), &[language, name]].concat();
                    let steps = steps.into_iter().map(|key| Segment::Key(key.to_owned())).collect();
                    let id = object.text("id").unwrap_or_default();
                    let placed = self.placed(Some(item.index), id, &rule::CONTENTS_TARGET, steps, fault);
                    self.keep(report, placed);
                }
            }
        }
    }
}

/// Why `translated` does not mirror `original`.
fn unlike(original: Option<&Value<'_>>, translated: &Value<'_>) -> Option<&'static str> {
    match (original, translated) {
        (None, _) => Some("the translated object has no such property; it will be ignored"),
        (Some(Value::String(_)), Value::String(_)) => None,
        (Some(Value::Array(original)), Value::Array(translated)) if original.len() == translated.len() => {
            original
                .iter()
                .zip(translated)
                .find_map(|(original, translated)| unlike(Some(original), translated))
        }
        (Some(Value::Array(_)), Value::Array(_)) => {
            Some("the lists must have the same length; write \"\" for what is not translated")
        }
        (Some(Value::Object(original)), Value::Object(translated)) => {
            translated.iter().find_map(|(name, value)| unlike(original.get(name), value))
        }
        _ => Some("it does not mirror the property of the translated object"),
    }
}

/// The objects seen so far.
#[derive(Default)]
struct Seen {
    /// Where each version stands among the objects.
    versions: BTreeMap<(Id, Option<Timestamp>), usize>,
    kinds: BTreeMap<String, Id>,
    revoked: BTreeMap<Id, Option<Timestamp>>,
    newest: BTreeMap<Id, Option<Timestamp>>,
}

impl Seen {
    fn add(
        &mut self,
        items: &[Item<'_>],
        at: usize,
        object: &Object<'_>,
        id: &Id,
    ) -> Option<(&'static Rule, String)> {
        let version = object.version();
        let key = (id.clone(), version.clone());
        if let Some(known) = self.versions.get(&key) {
            let earlier = items.get(*known).and_then(|item| item.object.as_ref().ok());
            let message = format!("object {known} has the same identifier and version");
            return match (earlier.is_some_and(|earlier| earlier.value() == object.value()), version) {
                (true, _) => Some((&rule::BUNDLE_REPEATED, message)),
                (false, Some(_)) => Some((&rule::BUNDLE_CONFLICT, format!("{message} but other content"))),
                (false, None) => Some((
                    &rule::BUNDLE_VARIANT,
                    format!("object {known} has the same identifier but other properties"),
                )),
            };
        }
        self.versions.insert(key, at);
        let newest = self.newest.entry(id.clone()).or_default();
        if version > *newest {
            newest.clone_from(&version);
        }
        let other = self.kinds.get(id.uuid()).filter(|other| other.kind() != id.kind());
        let reused = other.map(|other| {
            (
                &rule::BUNDLE_UUID,
                format!("{other} has the same UUID; identifiers of two types must differ in it"),
            )
        });
        if other.is_none() {
            self.kinds.insert(id.uuid().to_owned(), id.clone());
        }
        let late = self.revoked.get(id).is_some_and(|revoked| version > *revoked);
        if object.revoked() {
            self.revoked.insert(id.clone(), version);
        }
        if late {
            return Some((
                &rule::BUNDLE_REVOKED,
                "an earlier version of this object is revoked; it must have no later one".to_owned(),
            ));
        }
        reused
    }

    fn latest(&self, id: &Id) -> Option<Timestamp> {
        self.newest.get(id).cloned().flatten()
    }
}
