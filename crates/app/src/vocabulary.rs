//! Vocabularies and criteria: adopted by a decision, kept as records that travel, and never changed afterwards. A record
//! cites a term with the version that was in force.

use std::collections::HashMap;

use comity_model::kind::{Citation, Kind};
use comity_model::stix::{Digest, Id, Level, Tlp};
use comity_model::supplement::{CRITERIA_TYPE, VOCABULARY_TYPE, adopted_from_json};
use comity_model::vocabulary::{Adoption, Wording};
use comity_model::{Markings, MemberId, Record, Stated, Supplement};
use comity_store::Tx;
use comity_store::tables::{lookup, record};
use serde::Serialize;
use serde_json::Value;

use crate::admit::Candidate;
use crate::force::{InForce, in_force};
use crate::look::{Look, filled};
use crate::proposal::ProposalView;
use crate::supplement::{self, New};
use crate::{Actor, App, AppError, Role, collection, subject};

/// Largest file that is adopted, in bytes.
const BYTES_MAX: usize = 1 << 20;
/// Most vocabularies that a list shows.
const LISTED_MAX: usize = 1_000;
/// Most objects of one name that are taken of one member. Each is read when another comes, so they are few.
const VERSIONS_MAX: usize = 100;
/// Most versions that are looked at of one name that other members have.
const OTHERS_MAX: i64 = 1_000;
/// Most vocabularies and criteria that are taken together.
const BATCH_MAX: usize = 100;

/// One version, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AdoptedView {
    /// Name.
    pub name: String,
    /// `vocabulary` or `criteria`.
    pub what: &'static str,
    /// Version.
    pub version: u32,
    /// The version that it replaces.
    pub replaces: Option<u32>,
    /// The decision that adopted it.
    pub adopted: Adoption,
    /// Display name of the member that keeps it.
    pub origin: String,
    /// STIX id of the record.
    pub id: String,
    /// Its level in words.
    pub level: String,
    /// Where it stands.
    pub state: String,
    /// Its terms, or its acts.
    pub terms: Vec<TermView>,
    /// What waits for a second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<ProposalView>,
}

/// A term, or an act.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TermView {
    /// Code that records cite.
    pub code: String,
    /// Its wordings: the adopted one and translations with who made them.
    pub labels: Vec<Wording>,
}

/// The head of one version, and its terms.
struct Text<'a> {
    what: &'static str,
    name: &'a str,
    version: u32,
    replaces: Option<u32>,
    adopted: &'a Adoption,
    terms: Vec<TermView>,
}

fn text_of(adopted: &Supplement) -> Option<Text<'_>> {
    match adopted {
        Supplement::Vocabulary(one) => Some(Text {
            what: "vocabulary",
            name: &one.name,
            version: one.version,
            replaces: one.replaces,
            adopted: &one.adopted,
            terms: one
                .terms
                .iter()
                .map(|term| TermView { code: term.code.clone(), labels: term.labels.clone() })
                .collect(),
        }),
        Supplement::Criteria(one) => Some(Text {
            what: "criteria",
            name: &one.name,
            version: one.version,
            replaces: one.replaces,
            adopted: &one.adopted,
            terms: one
                .criteria
                .iter()
                .map(|act| TermView { code: act.code.clone(), labels: act.act.clone() })
                .collect(),
        }),
        _ => None,
    }
}

fn view(force: &InForce, found: &Record, text: Text<'_>) -> AdoptedView {
    AdoptedView {
        name: text.name.to_owned(),
        what: text.what,
        version: text.version,
        replaces: text.replaces,
        adopted: text.adopted.clone(),
        origin: force.name_of(&found.key.origin).to_owned(),
        id: found.key.id.clone(),
        level: found.handling.level_name().to_owned(),
        state: found.state.name().to_owned(),
        terms: text.terms,
        pending: None,
    }
}

/// Every version of a name that is in use here, one's own before another's, and newest version first among each. What
/// others send hides nothing of one's own.
fn known(app: &App, tx: &mut Tx<'_>, kind: &str, name: &str) -> Result<Vec<(Record, Supplement)>, AppError> {
    let mut found = Vec::new();
    for (is_own, limit) in [(true, i64::MAX), (false, OTHERS_MAX)] {
        for stored in lookup::called(tx, kind, name, (app.member(), is_own), limit)? {
            let one = stored.into_inner();
            if let Some(adopted) = supplement::of(app, tx, &one)? {
                found.push((one, adopted));
            }
        }
    }
    found.sort_by_key(|(one, adopted)| {
        let version = text_of(adopted).map_or(0, |text| text.version);
        (&one.key.origin != app.member(), std::cmp::Reverse(version))
    });
    Ok(found)
}

/// Adopts a vocabulary or a set of criteria from its JSON form into a collection, as a record of this member.
///
/// # Errors
/// [`AppError::Denied`] without the role secretariat; [`AppError::Invalid`] for a text that is not of the form, names a
/// trait among criteria or does not cite its decision; [`AppError::Conflict`] when the version was adopted before, or is
/// older than one that was.
pub fn adopt(
    app: &App,
    actor: &Actor,
    into: &str,
    stated: &Stated,
    text: &str,
) -> Result<AdoptedView, AppError> {
    actor.require(&[Role::Secretariat], "adopt vocabularies and criteria")?;
    if text.len() > BYTES_MAX {
        return Err(AppError::Limit { what: "the file".into(), max: format!("{BYTES_MAX} bytes") });
    }
    let adopted = adopted_from_json(text)?;
    let faults = adopted.check();
    if !faults.is_empty() {
        return Err(supplement::refused(&faults));
    }
    app.store().write("vocabulary.adopt", |tx| {
        let force = in_force(app, tx)?;
        let into = collection::find(tx, into)?;
        let Some(head) = text_of(&adopted) else {
            return Err(AppError::Internal("neither a vocabulary nor criteria".into()));
        };
        let known = known(app, tx, adopted.stix_type(), head.name)?;
        rises(app.member(), &known, &adopted, &head)?;
        let mine =
            known.iter().find(|(one, _)| &one.key.origin == app.member() && one.key.collection == into.id);
        let markings = stated.tlp.map(marking).transpose()?;
        let handling =
            Markings { tlp: stated.tlp, ..Markings::default() }.handling(app.member().clone(), stated);
        let new = New {
            collection: &into.id,
            supplement: &adopted,
            before: mine.map(|(one, _)| one),
            markings: markings.into_iter().collect(),
            handling,
            about: None,
            hold: false,
        };
        let written = supplement::put(app, tx, &force, actor, new)?;
        let stored = record::of_id(tx, &written.id, Some(&into.id), Some(&written.version))?;
        let stored = stored.into_iter().next().ok_or_else(|| AppError::Internal("it is not there".into()))?;
        Ok(AdoptedView { pending: written.pending, ..view(&force, stored.peek(), head) })
    })
}

fn marking(tlp: Tlp) -> Result<Id, AppError> {
    tlp.marking_id().parse().map_err(|error| AppError::Internal(format!("marking: {error}")))
}

/// Refuses a version that this member adopted before, under whatever text, or that is older than one that it did. What
/// another member adopted under the name stands beside it and hinders nobody.
fn rises(
    own: &MemberId,
    known: &[(Record, Supplement)],
    adopted: &Supplement,
    head: &Text<'_>,
) -> Result<(), AppError> {
    let (name, version) = (head.name, head.version);
    for (_, other) in known.iter().filter(|(one, _)| &one.key.origin == own) {
        let Some(text) = text_of(other) else { continue };
        if text.version == version && other == adopted {
            return Err(AppError::Conflict(format!("version {version} of {name} is adopted already")));
        }
        if text.version == version {
            return Err(AppError::Conflict(format!(
                "version {version} of {name} was adopted with another text, and an adopted version never changes: adopt a new version"
            )));
        }
        if text.version > version {
            return Err(AppError::Conflict(format!(
                "version {} of {name} is adopted already: versions rise",
                text.version
            )));
        }
    }
    match head.replaces {
        Some(older)
            if !known.iter().any(|(_, other)| text_of(other).is_some_and(|text| text.version == older)) =>
        {
            Err(AppError::Conflict(format!(
                "version {older} of {name}, which it replaces, is not known here"
            )))
        }
        _ => Ok(()),
    }
}

/// What one origin adopted, as far as a batch of it asked: each name is read once, and a text is compared by its digest.
#[derive(Default)]
pub(crate) struct Taken {
    names: HashMap<(String, String), Vec<(u32, Digest)>>,
    count: usize,
}

/// The text of one version, so that two can be compared without keeping them.
fn digest(adopted: &Supplement) -> Result<Digest, AppError> {
    let text = match adopted {
        Supplement::Vocabulary(one) => serde_json::to_vec(one),
        Supplement::Criteria(one) => serde_json::to_vec(one),
        _ => Ok(Vec::new()),
    };
    Ok(Digest::of(&text.map_err(|error| AppError::Internal(error.to_string()))?))
}

impl Taken {
    /// Why a vocabulary or set of criteria that comes in is not taken: its origin adopted that version with another text,
    /// before or in the same batch, or sends too many. What another member says under the same name stands beside it.
    pub(crate) fn refusal(
        &mut self,
        app: &App,
        tx: &mut Tx<'_>,
        origin: &MemberId,
        candidate: &Candidate,
    ) -> Result<Option<String>, AppError> {
        let Some(adopted) = &candidate.supplement else { return Ok(None) };
        let Some(head) = text_of(adopted) else { return Ok(None) };
        if self.count >= BATCH_MAX {
            return Ok(Some(format!(
                "at most {BATCH_MAX} vocabularies are taken together: send it again later"
            )));
        }
        let key = (candidate.kind.clone(), head.name.to_owned());
        if !self.names.contains_key(&key) {
            let found = versions(app, tx, origin, &key)?;
            self.names.insert(key.clone(), found);
        }
        let known = self.names.entry(key).or_default();
        let text = digest(adopted)?;
        if known.iter().any(|(version, other)| *version == head.version && *other != text) {
            return Ok(Some(format!(
                "version {} of {} was adopted with another text, and an adopted version never changes",
                head.version, head.name
            )));
        }
        if known.len() >= VERSIONS_MAX {
            return Ok(Some(format!(
                "{} is here {VERSIONS_MAX} times already, and no more of one name are taken",
                head.name
            )));
        }
        known.push((head.version, text));
        self.count += 1;
        Ok(None)
    }
}

/// The versions of a name that an origin adopted, with the digests of their texts.
fn versions(
    app: &App,
    tx: &mut Tx<'_>,
    origin: &MemberId,
    (kind, name): &(String, String),
) -> Result<Vec<(u32, Digest)>, AppError> {
    let mut found = Vec::new();
    let mut look = Look::new(app, tx)?;
    for stored in lookup::called(tx, kind, name, (origin, true), VERSIONS_MAX as i64)? {
        if !look.sees(stored.peek()) {
            continue;
        }
        let Some(adopted) = supplement::of(app, tx, stored.peek())? else { continue };
        if let Some(text) = text_of(&adopted) {
            found.push((text.version, digest(&adopted)?));
        }
    }
    Ok(found)
}

/// Every vocabulary and set of criteria in use here, by name, newest version first.
///
/// # Errors
/// Those of the store.
pub fn list(app: &App) -> Result<Vec<AdoptedView>, AppError> {
    app.store().read("vocabulary.list", |tx| {
        let force = in_force(app, tx)?;
        let mut views = Vec::new();
        let mut look = Look::new(app, tx)?;
        for kind in [VOCABULARY_TYPE, CRITERIA_TYPE] {
            let read = |tx: &mut Tx<'_>, part| lookup::live_of_kind(tx, kind, part);
            for stored in filled(tx, LISTED_MAX, read, |_, one| Ok(look.sees(one.peek())))? {
                let one = stored.into_inner();
                let Some(adopted) = supplement::of(app, tx, &one)? else { continue };
                if let Some(text) = text_of(&adopted) {
                    views.push(view(&force, &one, text));
                }
            }
        }
        views.sort_by(|a, b| (a.what, &a.name, b.version).cmp(&(b.what, &b.name, a.version)));
        Ok(views)
    })
}

/// One version of a vocabulary or a set of criteria: when none is named, the newest of this member, or of others if it
/// has none. Every origin that has it is shown, this member's own text first.
///
/// # Errors
/// [`AppError::NotFound`] when there is none of this name and version.
pub fn show(app: &App, name: &str, version: Option<u32>) -> Result<Vec<AdoptedView>, AppError> {
    app.store().read("vocabulary.show", |tx| {
        let force = in_force(app, tx)?;
        let mut look = Look::new(app, tx)?;
        let mut views = Vec::new();
        for kind in [VOCABULARY_TYPE, CRITERIA_TYPE] {
            for (one, adopted) in known(app, tx, kind, name)? {
                if let Some(text) = text_of(&adopted).filter(|_| look.sees(&one)) {
                    views.push((&one.key.origin == app.member(), view(&force, &one, text)));
                }
            }
        }
        let newest =
            |own: bool| views.iter().filter(|(is_own, _)| *is_own || !own).map(|(_, one)| one.version).max();
        let wanted = version.or_else(|| newest(true)).or_else(|| newest(false));
        views.sort_by_key(|(is_own, _)| !is_own);
        let mut views: Vec<AdoptedView> = views.into_iter().map(|(_, one)| one).collect();
        views.retain(|one| Some(one.version) == wanted);
        if views.is_empty() {
            let which = version.map(|version| format!(" in version {version}")).unwrap_or_default();
            return Err(AppError::NotFound(format!(
                "no vocabulary or set of criteria `{name}`{which} is known here: see `comity vocabulary list`"
            )));
        }
        Ok(views)
    })
}

/// Judges what an own record cites: an unknown term of a known version is refused with the reason, an unknown vocabulary
/// or version leaves a warning.
pub(crate) fn judge(app: &App, mut candidate: Candidate) -> Result<Candidate, String> {
    let cited = candidate.record.as_ref().map(citations).unwrap_or_default();
    for citation in cited {
        let found = app
            .store()
            .read("vocabulary.cited", |tx| cited_term(app, tx, &citation))
            .map_err(|error| error.to_string())?;
        let Citation { vocabulary, version, term } = &citation;
        match found {
            Cited::Term(_) => {}
            Cited::NoTerm => {
                return Err(format!(
                    "{vocabulary} in version {version} has no term `{term}`: see `comity vocabulary show {vocabulary} --version {version}`"
                ));
            }
            Cited::Unknown => {
                let message = format!(
                    "{vocabulary} in version {version} is not known here, so nobody can say what `{term}` means"
                );
                let finding = serde_json::json!({
                    "code": "vocabulary-unknown", "level": Level::Warning.name(), "path": "", "message": message, "clause": ""
                });
                candidate.warnings += 1;
                candidate.findings.push(finding.to_string());
            }
        }
    }
    Ok(candidate)
}

/// Every citation in a record, each once.
fn citations(kind: &Kind) -> Vec<Citation> {
    let mut found = Vec::new();
    if let Ok(value) = serde_json::to_value(kind) {
        walk(&value, &mut found);
    }
    found
}

fn walk(value: &Value, found: &mut Vec<Citation>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| walk(one, found)),
        Value::Object(map) => {
            if map.len() == 3
                && map.contains_key("vocabulary")
                && let Ok(citation) = serde_json::from_value::<Citation>(value.clone())
            {
                if !found.contains(&citation) {
                    found.push(citation);
                }
                return;
            }
            map.values().for_each(|one| walk(one, found));
        }
        _ => {}
    }
}

/// What is known about a citation.
enum Cited {
    Term(Vec<Wording>),
    NoTerm,
    Unknown,
}

/// Looks a citation up: a term that any of the known texts of that version has is known.
fn cited_term(app: &App, tx: &mut Tx<'_>, citation: &Citation) -> Result<Cited, AppError> {
    let mut found = Cited::Unknown;
    for kind in [VOCABULARY_TYPE, CRITERIA_TYPE] {
        for (_, adopted) in known(app, tx, kind, &citation.vocabulary)? {
            let Some(text) = text_of(&adopted).filter(|text| text.version == citation.version) else {
                continue;
            };
            if let Some(term) = text.terms.into_iter().find(|term| term.code == citation.term) {
                return Ok(Cited::Term(term.labels));
            }
            found = Cited::NoTerm;
        }
    }
    Ok(found)
}

/// A term that a record cites, with what it is called.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CitedView {
    /// Name of the vocabulary.
    pub vocabulary: String,
    /// Its version.
    pub version: u32,
    /// Code of the term.
    pub term: String,
    /// What it is called in the language that was asked for, else as it was adopted; none when it is not known here.
    pub label: Option<Wording>,
}

/// The terms that a record cites, with their labels.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record.
pub fn of(app: &App, text: &str, language: Option<&str>) -> Result<Vec<CitedView>, AppError> {
    app.store().read("vocabulary.of", |tx| {
        let found = subject::newest(app, tx, text)?;
        let Some(bytes) = record::content(tx, &found.key, &[])? else { return Ok(Vec::new()) };
        let object = comity_model::stix::Object::parse(&bytes, &app.limits().stix)
            .map_err(|error| AppError::Internal(format!("stored bytes: {error}")))?;
        let Ok(Some(kind)) = Kind::read(&object) else { return Ok(Vec::new()) };
        let mut views = Vec::new();
        for citation in citations(&kind) {
            let label = match cited_term(app, tx, &citation)? {
                Cited::Term(labels) => in_language(&labels, language).cloned(),
                Cited::NoTerm | Cited::Unknown => None,
            };
            let Citation { vocabulary, version, term } = citation;
            views.push(CitedView { vocabulary, version, term, label });
        }
        Ok(views)
    })
}

/// The wording in a language, else the adopted one.
pub fn in_language<'a>(wordings: &'a [Wording], language: Option<&str>) -> Option<&'a Wording> {
    let asked = wordings.iter().find(|one| Some(one.language.as_str()) == language);
    asked.or_else(|| wordings.iter().find(|one| one.translated_by.is_none())).or_else(|| wordings.first())
}
