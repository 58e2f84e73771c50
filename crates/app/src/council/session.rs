//! Sessions as people look at them: by body and number, with who had which role and how each of that is known.

use std::collections::BTreeMap;

use comity_model::MemberId;
use comity_model::council::timeline;
use comity_model::kind::Kind;
use comity_model::kind::council::{Document, DocumentType, Known, Party, Session, SessionStatus, Uncertain};
use serde::Serialize;

use super::card::PartyView;
use super::gather::{Gathering, Held, Listed, Place, line, meant, rivals, several, whose};
use super::measure;
use crate::force::in_force;
use crate::{Actor, App, AppError};

/// A field of a session, and how it is known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Field {
    /// Which.
    pub what: &'static str,
    /// Its value; none when it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// How it is known: stated, inferred, elsewhere or unknown.
    pub basis: &'static str,
    /// What is remarked on it, with who does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who they are one by one, of a field of parties.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<PartyView>,
}

/// A line on a list of sessions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SessionLine {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// Its heading.
    pub title: String,
    /// Name of the body; its id when the body is not here.
    pub body: String,
    /// Its number, and how it is known.
    pub number: Field,
    /// When, and how it is known.
    pub during: Field,
}

/// An item on the agenda.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Item {
    /// Its place on the agenda.
    pub number: u16,
    /// The topic, in whose words.
    pub topic: String,
    /// How it is known that it stood there.
    pub basis: &'static str,
    /// Level in words.
    pub level: String,
}

/// A document of a session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Paper {
    /// STIX id.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// Level in words.
    pub level: String,
    /// Who sent it, of a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What it is known from, where that is another document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known_from: Vec<String>,
    /// Its parts in the order in which they came to be, with where each was printed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<String>,
}

/// A measure as far as it was stated.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MeasureLine {
    /// STIX id.
    pub id: String,
    /// How far it is, as far as that can be followed here.
    pub status: &'static str,
    /// What its originator states and this node does not follow, with the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated: Option<String>,
    /// The measure, in whose words.
    pub words: String,
    /// Level in words.
    pub level: String,
}

/// A programme of which a session heard, with its reports.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ProgrammeLine {
    /// STIX id.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What it is called, by whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Its reports: the year, and whether figures were provided.
    pub reports: Vec<String>,
}

/// A session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SessionView {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// Its heading.
    pub title: String,
    /// Name of the body; its id when the body is not here.
    pub body: String,
    /// Id of the body.
    pub body_id: String,
    /// The session before it, where the record names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Where it stands.
    pub status: &'static str,
    /// Its fields, each with how it is known; the chair of the body and the chair of the meeting are two.
    pub fields: Vec<Field>,
    /// Who spoke.
    pub speakers: Vec<String>,
    /// The agenda.
    pub agenda: Vec<Item>,
    /// Messages to it.
    pub messages: Vec<Paper>,
    /// What it is known from.
    pub sources: Vec<Paper>,
    /// Measures that were intended, proposed or outlined there.
    pub measures: Vec<MeasureLine>,
    /// Programmes of which it heard.
    pub programmes: Vec<ProgrammeLine>,
    /// What happened around it, with who says so.
    pub related: Vec<String>,
    /// How many claims were made there or in a report on it.
    pub claims: usize,
    /// The journal that its originator keeps of it; none while there is none that the viewer finds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<super::journal::JournalView>,
    /// What deserves a look.
    pub warnings: Vec<String>,
}

/// The sessions that are here, the latest first; those of one body when `body` names it.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::NotFound`] for an unknown body.
pub fn list(app: &App, actor: &Actor, body: Option<&str>) -> Result<Listed<SessionLine>, AppError> {
    actor.may_read()?;
    app.store().read("council.sessions", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let bodies = gathering.all(tx, "body")?;
        let wanted = body.map(|text| named(&bodies, text)).transpose()?;
        let mut lines: Vec<(Option<String>, SessionLine)> = Vec::new();
        for held in gathering.all(tx, "session")? {
            let Kind::Session(session) = &held.kind else { continue };
            if wanted.as_ref().is_some_and(|ids| !ids.iter().any(|id| id == session.body_ref.as_str())) {
                continue;
            }
            let when = during(session);
            let line = SessionLine {
                title: session.title.clone(),
                body: body_name(&bodies, &held.origin, session),
                number: number(session),
                during: when.clone(),
                place: held.place.clone(),
            };
            lines.push((when.value, line));
        }
        lines.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.place.id.cmp(&other.1.place.id)));
        let lines = lines.into_iter().map(|(_, line)| line).collect();
        Ok(Listed { lines, left_out: gathering.left_out() })
    })
}

/// One session: by its id, the number under which it came, or `BODY/NUMBER` with a name of the body. A number that is not
/// stated is no key.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::NotFound`] when there is none; [`AppError::Conflict`] when several
/// are meant.
pub fn show(app: &App, actor: &Actor, text: &str) -> Result<SessionView, AppError> {
    actor.may_read()?;
    app.store().read("council.session", |tx| {
        let force = in_force(app, tx)?;
        let mut gathering = Gathering::new(app, tx)?;
        let bodies = gathering.all(tx, "body")?;
        let all = gathering.all(tx, "session")?;
        let held = resolve(&all, &bodies, text, force.name_of(app.member()))?;
        let Kind::Session(session) = &held.kind else {
            return Err(AppError::Internal("a session is a session".into()));
        };
        let id = held.place.id.as_str();
        let documents = gathering.all(tx, "document")?;
        let papers = |ids: &[comity_model::stix::Id]| -> Vec<Paper> {
            ids.iter()
                .filter_map(|id| super::gather::chosen(&documents, id.as_str(), &held.origin))
                .filter_map(|one| paper(one, &documents))
                .collect()
        };
        let mut agenda: Vec<Item> =
            gathering.naming(tx, id, "session_ref", "agenda-item")?.iter().filter_map(item).collect();
        agenda.sort_by_key(|item| item.number);
        let measures = measures(app, tx, (&force, &mut gathering), id)?;
        let journal = super::journal::of(tx, &force, &mut gathering, (held, session))?;
        let programmes = gathering.naming(tx, id, "session_ref", "programme")?;
        let reports = gathering.all(tx, "report")?;
        let claims = gathering.naming(tx, id, "session_ref", "claim")?.len();
        let mut warnings = super::door::alike(&bodies, session.body_ref.as_str());
        warnings.extend(gathering.left_out().into_iter().map(|one| format!("left out: {one}")));
        Ok(SessionView {
            title: session.title.clone(),
            body: body_name(&bodies, &held.origin, session),
            body_id: session.body_ref.as_str().to_owned(),
            before: session.predecessor_ref.as_ref().map(|id| id.as_str().to_owned()),
            status: status(session),
            fields: fields(session),
            speakers: session.speakers.clone(),
            agenda,
            messages: papers(&session.message_refs),
            sources: papers(&session.source_refs),
            measures,
            programmes: programmes.iter().filter_map(|one| programme(one, &reports)).collect(),
            related: session.related_events.iter().map(|event| line(&event.words)).collect(),
            claims,
            journal,
            warnings,
            place: held.place.clone(),
        })
    })
}

/// The measures of a session in the order of their headings, each as far as it can be followed here.
fn measures(
    app: &App,
    tx: &mut comity_store::Tx<'_>,
    (force, gathering): (&crate::force::InForce, &mut Gathering<'_>),
    session: &str,
) -> Result<Vec<MeasureLine>, AppError> {
    let mut lines = Vec::new();
    for held in gathering.naming(tx, session, "session_ref", "measure")? {
        let Kind::Measure(one) = &held.kind else { continue };
        let view = measure::view(app, tx, force, gathering, &held, one)?;
        let line = MeasureLine {
            id: view.place.id,
            status: view.status,
            stated: view.stated,
            words: view.words,
            level: view.place.level,
        };
        lines.push((view.title, line));
    }
    lines.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// The one session that a text names.
pub(super) fn resolve<'a>(
    all: &'a [Held],
    bodies: &[Held],
    text: &str,
    own: &str,
) -> Result<&'a Held, AppError> {
    let (text, member) = whose(text);
    let by_number =
        text.rsplit_once('/').and_then(|(body, number)| Some((body, number.parse::<u32>().ok()?)));
    let mut found: Vec<&Held> = all
        .iter()
        .filter(|held| member.is_none_or(|member| held.is_of(member)))
        .filter(|held| held.place.id == text || held.place.key.as_deref().is_some_and(|key| key == text))
        .collect();
    if let (true, Some((body, number))) = (found.is_empty(), by_number) {
        let ids = named(bodies, body)?;
        found = all
            .iter()
            .filter(|held| match &held.kind {
                Kind::Session(session) => {
                    session.number.value == Some(number)
                        && session.number.basis == Known::Stated
                        && ids.iter().any(|id| id == session.body_ref.as_str())
                }
                _ => false,
            })
            .collect();
    }
    // What this node's own member says of a session stands before what others say of the same one.
    found.sort_by_key(|held| held.place.origin != own);
    let first = *found.first().ok_or_else(|| {
        AppError::NotFound(format!(
            "there is no session `{text}`: name an id, or BODY/NUMBER with a number that is stated; see `comity session list`"
        ))
    })?;
    match found.iter().find(|other| other.place.id != first.place.id) {
        Some(other) => Err(AppError::Conflict(format!(
            "`{text}` names {} of {} and {} of {}: name one by its id",
            first.place.id, first.place.origin, other.place.id, other.place.origin
        ))),
        None => {
            let is_other = |held: &&&Held| first.place.origin != own && rivals(first, held);
            found.iter().find(is_other).map_or(Ok(first), |other| Err(several(first, other)))
        }
    }
}

/// Ids of the bodies that a text names.
pub(super) fn named(bodies: &[Held], text: &str) -> Result<Vec<String>, AppError> {
    let wanted = text.to_lowercase();
    let is_named = |held: &&Held| match &held.kind {
        Kind::Body(body) => {
            held.place.id == text || body.names.iter().any(|name| name.value.to_lowercase() == wanted)
        }
        _ => false,
    };
    let found: Vec<String> = bodies.iter().filter(is_named).map(|held| held.place.id.clone()).collect();
    if found.is_empty() {
        return Err(AppError::NotFound(format!("there is no body `{text}`: name it as its record does")));
    }
    Ok(found)
}

/// The name of the body of a session by this member.
pub(super) fn body_name(bodies: &[Held], origin: &MemberId, session: &Session) -> String {
    let named = bodies.iter().filter(|held| held.place.id == session.body_ref.as_str());
    meant(named, origin).map_or_else(|| session.body_ref.as_str().to_owned(), Held::title)
}

pub(super) fn status(session: &Session) -> &'static str {
    match session.status {
        SessionStatus::Reported => "reported by others",
        other => other.name(),
    }
}

fn field<T>(what: &'static str, field: &Uncertain<T>, told: impl Fn(&T) -> String) -> Field {
    Field {
        what,
        value: field.value.as_ref().map(told),
        basis: field.basis.name(),
        note: field.note.as_ref().map(line),
        parties: Vec::new(),
    }
}

fn number(session: &Session) -> Field {
    field("number", &session.number, ToString::to_string)
}

fn during(session: &Session) -> Field {
    field("date", &session.during, |period| match (period.from, period.until) {
        (Some(from), Some(until)) if from == until => from.to_string(),
        (Some(from), Some(until)) => format!("{from} to {until}"),
        (Some(from), None) => format!("from {from}"),
        (None, Some(until)) => format!("until {until}"),
        (None, None) => String::new(),
    })
}

pub(super) fn fields(session: &Session) -> Vec<Field> {
    let mut all = vec![number(session), during(session)];
    let text = |what, one: &Option<Uncertain<String>>| {
        let unknown = Uncertain { value: None, basis: Known::Unknown, note: None };
        field(what, one.as_ref().unwrap_or(&unknown), Clone::clone)
    };
    let parties = |what, one: &Option<Uncertain<Vec<Party>>>| {
        let unknown = Uncertain { value: None, basis: Known::Unknown, note: None };
        let told = one.as_ref().unwrap_or(&unknown);
        Field {
            parties: told.value.iter().flatten().map(PartyView::from).collect(),
            ..field(what, told, |all| all.iter().map(party).collect::<Vec<_>>().join(", "))
        }
    };
    all.push(text("place", &session.place));
    all.extend(session.host.as_ref().map(|host| Field {
        parties: host.value.iter().map(PartyView::from).collect(),
        ..field("host", host, party)
    }));
    all.push(text("chair of the body", &session.chair_of_body));
    all.push(text("chair of the meeting", &session.chair_of_meeting));
    all.push(text("opened by", &session.opened_by));
    all.push(parties("members", &session.members));
    all.push(parties("observers", &session.observers));
    all
}

/// The roles of a session that are taken for each other: the chair of the body, the chair of the meeting, who opened it.
pub(super) fn roles(session: &Session) -> Vec<Field> {
    let is_role =
        |field: &Field| matches!(field.what, "chair of the body" | "chair of the meeting" | "opened by");
    fields(session).into_iter().filter(is_role).collect()
}

/// A party in words. Nobody makes a number of those that a source leaves unnamed.
pub(super) fn party(party: &Party) -> String {
    let name = party.name.as_ref().map(|name| name.text.clone());
    let member = party.member_ref.as_ref().map(|id| id.as_str().to_owned());
    let mut text = name.or_else(|| party.country.clone()).or(member).unwrap_or_default();
    match (party.unnamed, party.count) {
        (true, None) => text.push_str(" (not named, not counted)"),
        (true, Some(count)) => text.push_str(&format!(" (not named, {count})")),
        (false, Some(count)) => text.push_str(&format!(" ({count})")),
        (false, None) => {}
    }
    text
}

pub(super) fn item(held: &Held) -> Option<Item> {
    let Kind::AgendaItem(item) = &held.kind else { return None };
    Some(Item {
        number: item.position_number,
        // What is no text of ours stands with whose words it is.
        topic: match &item.words {
            Some(words) if words.text != item.title => format!("{}: {}", item.title, line(words)),
            _ => item.title.clone(),
        },
        basis: item.item_basis.name(),
        level: held.place.level.clone(),
    })
}

fn paper(held: &Held, all: &[Held]) -> Option<Paper> {
    let Kind::Document(document) = &held.kind else { return None };
    let titles: BTreeMap<&str, String> = all.iter().map(|one| (one.place.id.as_str(), one.title())).collect();
    Some(Paper {
        id: held.place.id.clone(),
        title: document.title.clone(),
        level: held.place.level.clone(),
        from: document
            .from_party
            .as_ref()
            .map(party)
            .filter(|_| document.document_type == DocumentType::Message),
        known_from: document
            .source_refs
            .iter()
            .map(|id| titles.get(id.as_str()).cloned().unwrap_or_else(|| id.as_str().to_owned()))
            .collect(),
        sections: parts(document),
    })
}

/// The parts of a document in the order in which they came to be.
pub(super) fn parts(document: &Document) -> Vec<String> {
    let told = timeline::sections(document).into_iter().map(|section| {
        let role = section.role.as_deref().map(|role| format!(", {role}")).unwrap_or_default();
        format!("{}{role}; printed at place {}", section.label, section.placed)
    });
    told.collect()
}

fn programme(held: &Held, reports: &[Held]) -> Option<ProgrammeLine> {
    let Kind::Programme(programme) = &held.kind else { return None };
    let mut lines: Vec<(i16, String)> = reports
        .iter()
        .filter_map(|one| match &one.kind {
            Kind::Report(report) if report.programme_ref.as_str() == held.place.id => {
                let figures = match report.figure_refs.len() {
                    0 => "figures not provided".to_owned(),
                    count => format!("{count} figures"),
                };
                Some((report.year, format!("{}: {figures}", report.title)))
            }
            _ => None,
        })
        .collect();
    lines.sort();
    Some(ProgrammeLine {
        id: held.place.id.clone(),
        title: programme.title.clone(),
        words: programme.words.as_ref().map(line),
        reports: lines.into_iter().map(|(_, line)| line).collect(),
    })
}
