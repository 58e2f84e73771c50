//! The journal of a session: what was said, tabled to those who took part, approved by each on one version, adopted.

use std::collections::{BTreeMap, BTreeSet};

use comity_model::kind::council::{Document, DocumentState, DocumentType, JournalEntry, Session, Stance};
use comity_model::kind::{Attributed, Kind};
use comity_model::stix::{Id, Timestamp};
use comity_model::{MemberId, Micros, RecordState, Stored};
use comity_store::Tx;
use comity_store::tables::lookup;
use serde::Serialize;

use super::conflict::enter;
use super::decision::{self, ids, rewrite};
use super::gather::{Gathering, Held, Place, meant};
use super::{procedure, work};
use crate::compose::Entry;
use crate::compose::statement::StatementText;
use crate::edit::{self, Edit};
use crate::force::{InForce, in_force};
use crate::{Actor, App, AppError};

/// Statements of one member on one journal that are read, the newest first.
const READ_MAX: usize = 1_000;

/// What was said, as people read it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Said {
    /// Its number.
    pub number: u16,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Who said it.
    pub speaker: String,
    /// What was said.
    pub text: String,
    /// Ids of the item, the papers and the decision that it goes with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
}

/// A journal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct JournalView {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// Its heading.
    pub title: String,
    /// Where it stands.
    pub state: &'static str,
    /// What was said, in its order.
    pub entries: Vec<Said>,
    /// Who approved this version, by name.
    pub approved: Vec<String>,
    /// Of those who took part, who did not.
    pub missing: Vec<String>,
    /// What members ask to be worded otherwise in this version.
    pub amendments: Vec<String>,
    /// How many of how many approved which version, and who is missing.
    pub told: String,
}

/// The journal of a session that a text names.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::NotFound`] when there is no such session, or it has no journal.
pub fn show(app: &App, actor: &Actor, text: &str) -> Result<JournalView, AppError> {
    actor.may_read()?;
    let (of, session) = work::find(app, text)?;
    app.store().read("council.journal", |tx| {
        let force = in_force(app, tx)?;
        let mut gathering = Gathering::new(app, tx)?;
        let found = self::of(tx, &force, &mut gathering, (&of, &session))?;
        found.ok_or_else(|| none(&of))
    })
}

/// The journal of a session that is at hand, as the viewer finds it.
pub(super) fn of(
    tx: &mut Tx<'_>,
    force: &InForce,
    gathering: &mut Gathering<'_>,
    (of, session): (&Held, &Session),
) -> Result<Option<JournalView>, AppError> {
    let Some((held, journal)) = journal_of(tx, gathering, of)? else { return Ok(None) };
    let positions = gathering.naming(tx, &held.place.id, "on_ref", "position")?;
    Ok(Some(view(force, &held, &journal, session, &positions)))
}

fn none(of: &Held) -> AppError {
    AppError::NotFound(format!("{} has no journal yet: begin it with `comity session say`", of.place.id))
}

/// The journal of a session by who keeps the session.
fn journal_of(
    tx: &mut Tx<'_>,
    gathering: &mut Gathering<'_>,
    of: &Held,
) -> Result<Option<(Held, Document)>, AppError> {
    let all = gathering.naming(tx, &of.place.id, "session_ref", "document")?;
    Ok(all.into_iter().filter(|held| held.origin == of.origin).find_map(|held| match &held.kind {
        Kind::Document(one) if one.document_type == DocumentType::Journal => {
            let one = one.as_ref().clone();
            Some((held, one))
        }
        _ => None,
    }))
}

fn view(
    force: &InForce,
    held: &Held,
    journal: &Document,
    session: &Session,
    positions: &[Held],
) -> JournalView {
    let took_part = procedure::took_part(session);
    let mut newest: BTreeMap<&str, (Micros, Stance, &str)> = BTreeMap::new();
    for one in positions {
        let Kind::Position(position) = &one.kind else { continue };
        let counts = matches!(position.stance, Stance::Approve | Stance::Amend)
            && position.on_version.as_str() == held.place.version
            && took_part.contains(one.origin.as_str());
        let next = (one.version_at, position.stance, position.text.as_str());
        if counts && newest.get(one.origin.as_str()).is_none_or(|kept| kept.0 < next.0) {
            newest.insert(one.origin.as_str(), next);
        }
    }
    let is_adopted = journal.document_state == Some(DocumentState::Adopted);
    let approved: BTreeSet<&str> = if is_adopted {
        journal.approved_refs.iter().map(Id::as_str).collect()
    } else {
        newest.iter().filter(|(_, said)| said.1 == Stance::Approve).map(|(member, _)| *member).collect()
    };
    let missing: Vec<&str> =
        took_part.iter().map(String::as_str).filter(|member| !approved.contains(member)).collect();
    let name = |member: &str| procedure::named(force, [member]);
    let told = if is_adopted {
        format!("adopted as it was approved by {}", procedure::named(force, approved.iter().copied()))
    } else {
        told(force, (approved.len(), took_part.len()), &held.place.version, &missing)
    };
    let amendments = newest.iter().filter(|(_, said)| said.1 == Stance::Amend);
    JournalView {
        title: journal.title.clone(),
        state: journal.document_state.map_or("draft", DocumentState::name),
        entries: journal.entries.iter().map(said).collect(),
        approved: approved.iter().map(|member| name(member)).collect(),
        missing: missing.iter().map(|member| name(member)).collect(),
        amendments: amendments.map(|(member, (_, _, text))| format!("{}: {text}", name(member))).collect(),
        told,
        place: held.place.clone(),
    }
}

fn told(force: &InForce, (approved, all): (usize, usize), version: &str, missing: &[&str]) -> String {
    let missing = match missing {
        [] => String::new(),
        some => format!("; missing: {}", procedure::named(force, some.iter().copied())),
    };
    format!("{approved} of {all} participants approved version {version}{missing}")
}

fn said(entry: &JournalEntry) -> Said {
    let about = entry.item_ref.iter().chain(&entry.document_refs).chain(&entry.decision_ref);
    Said {
        number: entry.entry_number,
        at: entry.spoken.as_ref().map(|at| at.as_str().to_owned()),
        speaker: entry.words.said_by.clone(),
        text: entry.words.text.clone(),
        about: about.map(|id| id.as_str().to_owned()).collect(),
    }
}

/// What somebody said at a session.
#[derive(Clone, Debug)]
pub struct Spoken<'a> {
    /// Who.
    pub speaker: &'a str,
    /// What.
    pub text: &'a str,
    /// When; without it the entry has no time.
    pub at: Option<Micros>,
    /// Id of the item on the agenda.
    pub item: Option<&'a str>,
    /// Ids of papers that were spoken to.
    pub documents: &'a [String],
    /// Id or number of the decision that was taken.
    pub decision: Option<&'a str>,
}

/// Adds what somebody said to the journal of a session, which begins with it. A journal that is tabled goes back to be a
/// draft: what was approved is another version.
///
/// # Errors
/// [`AppError::Denied`] of another member's session, or without the role release officer; [`AppError::NotFound`] for an unknown
/// session. What is wrong with it stands in the answer.
pub fn say(app: &App, actor: &Actor, text: &str, spoken: &Spoken<'_>) -> Result<Entry, AppError> {
    let (of, session) = work::own(app, actor, text)?;
    let invalid = |place: &str, id: &str| {
        Id::parse(id).map_err(|error| AppError::invalid(place.to_owned(), error.to_string()))
    };
    let (found, decision) = app.store().read("council.journal", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let found = journal_of(tx, &mut gathering, &of)?;
        let decision = match spoken.decision {
            Some(text) => Some(decision::find(app, tx, &mut gathering, text)?.0.place.id),
            None => None,
        };
        Ok::<_, AppError>((found, decision))
    })?;
    let mut entry = JournalEntry {
        entry_number: 1,
        spoken: spoken.at.map(|at| Timestamp::from_micros(at.0)),
        item_ref: spoken.item.map(|id| invalid("--item", id)).transpose()?,
        words: Attributed {
            text: spoken.text.to_owned(),
            said_by: spoken.speaker.to_owned(),
            relayed_by: Vec::new(),
            language: None,
            translated_by: None,
        },
        document_refs: spoken
            .documents
            .iter()
            .map(|id| invalid("--document", id))
            .collect::<Result<_, _>>()?,
        decision_ref: decision.as_deref().map(|id| invalid("--decision", id)).transpose()?,
    };
    if let Some((held, mut journal)) = found {
        let last = journal.entries.last().map_or(0, |last| last.entry_number);
        entry.entry_number = last.saturating_add(1);
        journal.entries.push(entry);
        if journal.document_state == Some(DocumentState::Tabled) {
            journal.document_state = Some(DocumentState::Draft);
        }
        return rewrite(app, actor, &held.place.id, Kind::Document(Box::new(journal)), "said");
    }
    let journal = Document {
        title: format!("Journal: {}", session.title),
        summary: None,
        document_type: DocumentType::Journal,
        session_ref: Some(invalid("session", &of.place.id)?),
        author: None,
        publisher: None,
        published: None,
        from_party: None,
        file_name: None,
        sha256: None,
        cites: Vec::new(),
        document_state: Some(DocumentState::Draft),
        entries: vec![entry],
        approved_refs: Vec::new(),
        sections: Vec::new(),
        source_refs: Vec::new(),
        notes: Vec::new(),
        basis: work::fact(),
    };
    // A draft stays with the own member until it is tabled.
    let kept = StatementText::default();
    enter(app, actor, &of.place.collection, Kind::Document(Box::new(journal)), &kept)
}

/// The own journal of a session.
fn own(app: &App, actor: &Actor, text: &str) -> Result<(Held, Document), AppError> {
    let (of, _) = work::own(app, actor, text)?;
    let found = app.store().read("council.journal", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        journal_of(tx, &mut gathering, &of)
    })?;
    found.ok_or_else(|| none(&of))
}

/// Tables a journal: those who may have this level get it, and approve or amend it.
///
/// # Errors
/// As for [`say`].
pub fn table(app: &App, actor: &Actor, text: &str, tlp: &str) -> Result<Entry, AppError> {
    let (held, mut journal) = own(app, actor, text)?;
    journal.document_state = Some(DocumentState::Tabled);
    let form = serde_json::to_value(Kind::Document(Box::new(journal)))
        .map_err(|error| AppError::Internal(error.to_string()))?;
    let edit = Edit {
        record: held.place.id.clone(),
        form: Some(form),
        statement: StatementText { tlp: Some(tlp.to_owned()), ..StatementText::default() },
        reason: "tabled".to_owned(),
        ..Edit::default()
    };
    match edit::run(app, actor, &edit)? {
        Ok(edited) => edited
            .entries
            .into_iter()
            .next()
            .ok_or_else(|| AppError::Internal("a version that was written has an entry".into())),
        Err(faults) => Ok(Entry::Refused(faults)),
    }
}

/// States that the own member approves this version of a journal, or asks for another wording.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::NotFound`] when there is no such session, or it has no
/// journal here. Who did not take part is told so in the answer.
pub fn answer(
    app: &App,
    actor: &Actor,
    text: &str,
    (stance, words): (Stance, &str),
) -> Result<Entry, AppError> {
    actor.may_read()?;
    let (of, _) = work::find(app, text)?;
    let found = app.store().read("council.journal", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        journal_of(tx, &mut gathering, &of)
    })?;
    let (held, journal) = found.ok_or_else(|| none(&of))?;
    let heading = if stance == Stance::Amend { "Amendment" } else { "Approval" };
    let title = format!("{heading}: {}", journal.title);
    super::answer::position(app, actor, &held, (stance, title, words), None)
}

/// Adopts a journal that everybody who took part approved in this version; it names them.
///
/// # Errors
/// As for [`say`]; [`AppError::Conflict`] while somebody has not approved, with who.
pub fn adopt(app: &App, actor: &Actor, text: &str) -> Result<Entry, AppError> {
    let (held, mut journal) = own(app, actor, text)?;
    let approved = app.store().read("council.adopt", |tx| {
        let force = in_force(app, tx)?;
        let at = (app.member(), held.place.id.as_str());
        match approved(app, tx, &force, at, (&journal, &held.place.version))? {
            Ok(approved) => Ok(approved),
            Err(why) => Err(AppError::Conflict(why)),
        }
    })?;
    journal.document_state = Some(DocumentState::Adopted);
    journal.approved_refs = ids(&approved)?;
    rewrite(app, actor, &held.place.id, Kind::Document(Box::new(journal)), "adopted")
}

/// The members that approved a version of a journal, when all who took part did; else how many, and who is missing. It is the
/// node's own judgement, of everything that it holds.
pub(super) fn approved(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (origin, id): (&MemberId, &str),
    (journal, version): (&Document, &str),
) -> Result<Result<BTreeSet<String>, String>, AppError> {
    let took_part = match &journal.session_ref {
        Some(session) => match procedure::newest(app, tx, origin, session.as_str())? {
            Some((_, Kind::Session(session))) => procedure::took_part(&session),
            _ => BTreeSet::new(),
        },
        None => BTreeSet::new(),
    };
    if took_part.is_empty() {
        return Ok(Err("the session names nobody who took part: nobody can approve its journal (K3)".into()));
    }
    let mut approved = BTreeSet::new();
    for member in &took_part {
        let Ok(of) = member.parse::<MemberId>() else { continue };
        let rows = lookup::naming_by(tx, (id, "on_ref"), "comity-position", &of, None)?;
        let mut met = BTreeSet::new();
        for row in rows.into_iter().map(Stored::into_inner).take(READ_MAX) {
            if row.state != RecordState::Live || !met.insert(row.key.id.clone()) {
                continue;
            }
            let Some(Kind::Position(position)) = procedure::kind_of(app, tx, &row)? else { continue };
            if position.on_version.as_str() != version {
                continue;
            }
            match position.stance {
                Stance::Approve => _ = approved.insert(member.clone()),
                Stance::Amend => {}
                _ => continue,
            }
            break;
        }
    }
    let missing: Vec<&str> = took_part.difference(&approved).map(String::as_str).collect();
    if missing.is_empty() {
        return Ok(Ok(approved));
    }
    Ok(Err(told(force, (approved.len(), took_part.len()), version, &missing) + " (K3)"))
}

/// Tabled journals of sessions in which the own member took part, whose version it has not answered.
pub(crate) fn unanswered(app: &App) -> Result<Vec<(Place, String)>, AppError> {
    app.store().read("council.unanswered", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let is_tabled = |held: &Held| match &held.kind {
            Kind::Document(one) => one.document_state == Some(DocumentState::Tabled),
            _ => false,
        };
        let tabled: Vec<Held> = gathering.all(tx, "document")?.into_iter().filter(is_tabled).collect();
        if tabled.is_empty() {
            return Ok(Vec::new());
        }
        let own = gathering.own(tx, "position")?;
        let mut found = Vec::new();
        for held in tabled {
            let Kind::Document(journal) = &held.kind else { continue };
            let Some(session) = &journal.session_ref else { continue };
            let sessions = gathering.of_ids(tx, &[session.as_str()])?;
            let took_part = meant(&sessions, &held.origin).is_some_and(|one| match &one.kind {
                Kind::Session(one) => procedure::took_part(one).contains(app.member().as_str()),
                _ => false,
            });
            let answered = own.iter().any(|one| match &one.kind {
                Kind::Position(position) => {
                    position.on_ref.as_str() == held.place.id
                        && position.on_version.as_str() == held.place.version
                }
                _ => false,
            });
            if took_part && !answered {
                found.push((held.place.clone(), journal.title.clone()));
            }
        }
        Ok(found)
    })
}
