//! An object on its way to become a record: checked, digested, and read for what is kept beside its bytes.

use std::collections::HashSet;
use std::sync::OnceLock;

use comity_model::kind::Kind;
use comity_model::stix::marking::Meaning;
use comity_model::stix::{Digest, Finding, Id, Level, Object, Registry, Validator, canon, is_valid};
use comity_model::{Labels, Markings, Micros, Supplement};
use comity_store::tables::search::Entry;

use crate::{App, kinds, search};

/// The statement markings of the demonstration's exercise records, one for each of its members.
const EXERCISE_MARKINGS: [&str; 4] = [
    "marking-definition--2bea628c-b41c-45a2-819a-3e805057d2ee",
    "marking-definition--5bf09cd0-04b2-4cdc-a117-5b60a407041e",
    "marking-definition--cd5dd880-af07-4f78-b634-f63c17911c9b",
    "marking-definition--f256c4be-37d1-4ed1-8962-394c42bd2df5",
];
/// The author of the demonstration's press reading: the id of its whole name, and the one that it had before.
const DEMO_EDITORS: [&str; 2] =
    ["identity--9db16ee0-b51c-536c-900d-c390e747a76c", "identity--ec4509d9-4f50-505e-b090-4f14d89cc645"];

/// An object that was read, checked and digested, ready to be written.
#[derive(Clone)]
pub(crate) struct Candidate {
    pub(crate) bytes: Vec<u8>,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) spec_version: String,
    pub(crate) version: String,
    pub(crate) version_at: Micros,
    pub(crate) digest: Digest,
    pub(crate) name: String,
    pub(crate) markings: Markings,
    pub(crate) references: Vec<(String, String)>,
    pub(crate) findings: Vec<String>,
    pub(crate) warnings: usize,
    /// What the search keeps of it; made when it is written, since most of what comes again is not.
    pub(crate) entry: OnceLock<Entry>,
    /// Its source allows no release at all: nobody else gets it before a level is stated for it.
    pub(crate) closed: bool,
    /// What its originator says about it besides handling and grade; quality is read when it is signed.
    pub(crate) labels: Labels,
    /// The record that the object is, if it is of one of our kinds.
    pub(crate) record: Option<Kind>,
    /// The grade, vocabulary or set of criteria that the object is.
    pub(crate) supplement: Option<Supplement>,
    /// Why it is no record of one of our kinds although it says so.
    pub(crate) misfit: Option<String>,
}

impl Candidate {
    /// What the search keeps of it.
    pub(crate) fn entry(&self, app: &App) -> &Entry {
        self.entry.get_or_init(|| {
            // Its bytes were read once already.
            self.object(app).map_or_else(|_| Entry::default(), |object| search::entry(&object))
        })
    }

    /// The object that its bytes are. The error is the reason for people.
    pub(crate) fn object(&self, app: &App) -> Result<Object<'_>, String> {
        Object::parse(&self.bytes, &app.limits().stix).map_err(|error| error.to_string())
    }

    /// Checks an object and reads what is kept beside its bytes. The error is the reason for people.
    pub(crate) fn read(
        app: &App,
        object: &Object<'_>,
        registry: &Registry,
        resolve: &dyn Fn(&Id) -> Meaning,
    ) -> Result<Self, String> {
        let candidate = Self::read_part(app, object, registry, resolve)?;
        candidate.misfit.clone().map_or(Ok(candidate), Err)
    }

    /// The same for what is left of an object without the parts that this node may not have: a record of one of our
    /// kinds may lack there what its kind asks for, and is kept as what it is.
    pub(crate) fn read_part(
        app: &App,
        object: &Object<'_>,
        registry: &Registry,
        resolve: &dyn Fn(&Id) -> Meaning,
    ) -> Result<Self, String> {
        let findings = Validator::new(registry).least(Level::Warning).object(object);
        if !is_valid(&findings) {
            let errors: Vec<String> = findings
                .iter()
                .filter(|finding| finding.level == Level::Error)
                .take(3)
                .map(|finding| match finding.path.as_str() {
                    "" => finding.message.clone(),
                    path => format!("{path}: {}", finding.message),
                })
                .collect();
            return Err(errors.join("; "));
        }
        let id = object.id().ok_or("an object needs an id")?;
        if !app.is_exercise() && is_demonstration(object) {
            return Err("it belongs to the demonstration; only nodes that `comity demo` makes take it".into());
        }
        let (record, misfit) = match kinds::read(object) {
            Ok(record) => (record, None),
            Err(why) => (None, Some(why)),
        };
        let (supplement, misfit) = match kinds::read_supplement(object) {
            Ok(supplement) => (supplement, misfit),
            Err(why) => (None, misfit.or(Some(why))),
        };
        let digest = canon::digest_of(object.value()).map_err(|error| error.to_string())?;
        let version = object.version();
        let version_at = Micros(version.as_ref().map_or(0, |at| at.micros()));
        Ok(Self {
            bytes: object.bytes().to_vec(),
            id: id.as_str().to_owned(),
            kind: object.kind().to_owned(),
            spec_version: object.spec_version().unwrap_or("2.1").to_owned(),
            version: version.map_or_else(|| version_at.to_string(), |at| at.as_str().to_owned()),
            version_at,
            digest,
            name: display_name(object),
            markings: Markings::of(object, resolve),
            references: references(object),
            entry: OnceLock::new(),
            warnings: findings.len(),
            closed: false,
            labels: Labels::default(),
            record,
            supplement,
            misfit,
            findings: findings
                .iter()
                .take(20)
                // What an object says stands in its bytes alone, so that it goes when they go.
                .filter_map(|finding| serde_json::to_string(&Finding { value: None, ..finding.clone() }).ok())
                .collect(),
        })
    }
}

/// So many letters of the path to a reference are kept.
const PATH_MAX: usize = 250;

pub(crate) fn references(object: &Object<'_>) -> Vec<(String, String)> {
    let mut seen = HashSet::new();
    object
        .references()
        .into_iter()
        .map(|reference| (reference.path, reference.target.as_str().to_owned()))
        // A longer path is no key that PostgreSQL indexes; what it leads to is kept all the same.
        .map(|(path, target)| (path.chars().take(PATH_MAX).collect(), target))
        .filter(|pair: &(String, String)| seen.insert(pair.clone()))
        .collect()
}

/// What a person would call it: its name, else its value, else the start of its text.
fn display_name(object: &Object<'_>) -> String {
    let text = object.name().or_else(|| {
        ["value", "abstract", "opinion", "content", "relationship_type", "path"]
            .iter()
            .find_map(|property| object.value().get(property).and_then(|value| value.as_str()))
    });
    text.unwrap_or_default().chars().filter(|c| !c.is_control()).take(120).collect()
}

fn is_demonstration(object: &Object<'_>) -> bool {
    let is_ours = |id: &Id| EXERCISE_MARKINGS.contains(&id.as_str()) || DEMO_EDITORS.contains(&id.as_str());
    object.id().as_ref().is_some_and(is_ours)
        || object.created_by_ref().as_ref().is_some_and(is_ours)
        || object.object_marking_refs().iter().any(is_ours)
}
