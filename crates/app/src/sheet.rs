//! A record as people read it: what it says, what is stated beside it, and what it is linked with. For the people of
//! this node; what leaves the node is made from [`Released`] alone.

use comity_model::kind::{Answer, Kind};
use comity_model::stix::{Id, Object};
use comity_model::{Category, Grading, Micros, Record, RecordState, SignedEnvelope};
use comity_policy::Released;
use comity_store::Tx;
use comity_store::tables::{change, record};
use serde::Serialize;

use crate::explain::{self, RecordView};
use crate::force::{InForce, in_force};
use crate::look::{Look, filled};
use crate::serve::Outgoing;
use crate::{App, AppError, allegation, kinds, recall, subject};

/// Most links that a sheet lists.
const LINKS: usize = 200;

/// A record with all that is known beside its bytes.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Sheet {
    /// The row.
    #[serde(flatten)]
    pub view: RecordView,
    /// The word of its kind; the STIX type for an object that is of no kind.
    pub word: String,
    /// The record in its JSON form, if it is of a kind.
    #[serde(rename = "record", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Why it is not in use, by which recall if one keeps it so, and who decides what becomes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_aside: Option<String>,
    /// What is stated beside it.
    pub statement: StatementView,
    /// Whether the person is under 18, computed now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub under_18: Option<Answer>,
    /// Why this version was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeView>,
    /// Records that name it.
    pub links: Vec<LinkView>,
    /// How many other versions and claims stand under this id.
    pub others: usize,
}

/// What is stated beside a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StatementView {
    /// What the person in it is to the case, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<&'static str>,
    /// Purpose of collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Legal basis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// Review date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_at: Option<Micros>,
    /// The grade of the originator; X4 when it gave none.
    pub grading: Grading,
    /// Whether the originator graded it.
    pub graded: bool,
    /// Why neither source nor information can be judged at present, whatever the originator stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capped: Option<String>,
    /// How often the handling of these bytes was stated.
    pub revision: u32,
}

/// Why a version was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ChangeView {
    /// Who made it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Micros,
}

/// A record that names another one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LinkView {
    /// Its id.
    pub id: String,
    /// The word of its kind.
    pub word: String,
    /// Its name; of a relation its relationship type.
    pub name: String,
    /// `source` or `target` when it is a relation and the record stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<&'static str>,
    /// Id of the other end of a relation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// Name of the other end, if it is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_name: Option<String>,
    /// Display name of the originator.
    pub origin: String,
}

/// A category in words. A contact is never called anything else than that.
pub fn in_words(category: Category) -> &'static str {
    match category {
        Category::Suspect => "suspect",
        Category::Convicted => "convicted person",
        Category::FutureOffence => "person with factual grounds for a future offence",
        Category::Contact => "contact or associate",
        Category::Victim => "victim",
        Category::Witness => "witness",
        Category::CanInform => "person who can inform",
    }
}

/// The newest version of a record that a text names, or the version that it names.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record.
pub fn of(app: &App, text: &str) -> Result<Sheet, AppError> {
    let mut views = explain::show(app, text)?;
    app.store().read("sheet.of", |tx| {
        let force = in_force(app, tx)?;
        let own = force.name_of(app.member()).to_owned();
        let is_gone =
            |state: &str| [RecordState::Withdrawn, RecordState::Erased].iter().any(|one| one.name() == state);
        // One's own record before the claims of others, and what is in use before what is not; the newest first.
        views.retain(|one| one.state != RecordState::Triage.name());
        views.sort_by_key(|one| (one.origin != own, is_gone(&one.state)));
        if views.is_empty() {
            return Err(AppError::Conflict(format!("{text} waits in triage: see `comity triage list`")));
        }
        let row = match views.first() {
            Some(first) => shown(app, tx, &force, first)?,
            None => None,
        };
        let row = row.ok_or_else(|| AppError::NotFound(format!("there is no record `{text}`")))?;
        let view = views.first().cloned().ok_or_else(|| AppError::NotFound(text.to_owned()))?;
        let kind = view.content.as_deref().and_then(|content| kind_of(app, content.as_bytes()));
        let word = match &kind {
            Some(kind) => kind.word().to_owned(),
            None => kinds::word_of(&view.kind, view.content.as_deref().map(str::as_bytes)),
        };
        let under_18 = match &kind {
            Some(Kind::Subject(person)) => Some(person.is_under_18(app.now())),
            _ => None,
        };
        Ok(Sheet {
            word,
            statement: statement(app, tx, &row)?,
            set_aside: set_aside(tx, &row)?,
            under_18,
            change: change::of(tx, &row.key.collection, row.seq)?.map(|one| ChangeView {
                actor: one.actor,
                reason: one.reason,
                at: Micros(one.at_us),
            }),
            links: links(app, tx, &row)?,
            others: views.len().saturating_sub(1),
            kind,
            view,
        })
    })
}

/// The row of a view.
fn shown(app: &App, tx: &mut Tx<'_>, force: &InForce, view: &RecordView) -> Result<Option<Record>, AppError> {
    let rows = subject::all(app, tx, &format!("{}@{}", view.id, view.version))?;
    let collections: Vec<_> = comity_store::tables::collection::list(tx)?
        .into_iter()
        .filter(|one| one.alias == view.collection)
        .map(|one| one.id)
        .collect();
    Ok(rows
        .into_iter()
        .map(comity_model::Stored::into_inner)
        .filter(|row| collections.contains(&row.key.collection) && row.state.name() == view.state)
        .find(|row| force.name_of(&row.key.origin) == view.origin))
}

fn kind_of(app: &App, bytes: &[u8]) -> Option<Kind> {
    let object = Object::parse(bytes, &app.limits().stix).ok()?;
    Kind::read(&object).ok().flatten()
}

/// Why a record is not in use.
fn set_aside(tx: &mut Tx<'_>, row: &Record) -> Result<Option<String>, AppError> {
    if row.state != RecordState::Quarantined || row.reason.is_empty() {
        return Ok(None);
    }
    let decides = recall::who_decides(tx, row)?.map(|text| format!("; {text}")).unwrap_or_default();
    Ok(Some(format!("{}{decides}", row.reason)))
}

fn statement(app: &App, tx: &mut Tx<'_>, row: &Record) -> Result<StatementView, AppError> {
    if row.state == RecordState::Erased {
        return Ok(StatementView {
            category: None,
            purpose: None,
            legal_basis: None,
            review_at: None,
            grading: Grading::ungraded(),
            graded: false,
            capped: None,
            revision: row.revision,
        });
    }
    let envelope = SignedEnvelope::from_json(&row.envelope)?.envelope;
    let force = in_force(app, tx)?;
    let capped = allegation::about(app, tx, &force, row)?;
    let stated = Grading::of(&envelope);
    Ok(StatementView {
        category: row.handling.category.map(in_words),
        grading: if capped.is_some() { stated.capped() } else { stated },
        graded: envelope.grading.is_some(),
        capped,
        purpose: envelope.purpose,
        legal_basis: envelope.legal_basis,
        review_at: envelope.review_at,
        revision: row.revision,
    })
}

fn links(app: &App, tx: &mut Tx<'_>, row: &Record) -> Result<Vec<LinkView>, AppError> {
    let force = in_force(app, tx)?;
    let mut links = Vec::new();
    let mut look = Look::new(app, tx)?;
    let read = |tx: &mut Tx<'_>, part| record::naming(tx, &row.key.collection, &row.key.id, part);
    for stored in filled(tx, LINKS, read, |_, one| Ok(look.sees(one.peek())))? {
        let found = stored.into_inner();
        // Without its ends a relation says nothing here.
        let Some(bytes) = look.content(tx, &found)? else { continue };
        let ends = ends(app, &bytes);
        let end = ends.as_ref().map(|(source, _)| if *source == row.key.id { "source" } else { "target" });
        let other = ends.map(|(source, target)| if source == row.key.id { target } else { source });
        let other_name = match &other {
            Some(id) => subject::newest(app, tx, id).ok().map(|one| one.name),
            None => None,
        };
        links.push(LinkView {
            word: kinds::word_of(&found.kind, Some(&bytes)),
            name: found.name,
            end,
            other,
            other_name,
            origin: force.name_of(&found.key.origin).to_owned(),
            id: found.key.id,
        });
    }
    // Of a link that was corrected the newest version alone counts.
    links.reverse();
    let mut met = std::collections::BTreeSet::new();
    links.retain(|one| met.insert(one.id.clone()));
    links.reverse();
    Ok(links)
}

fn ends(app: &App, bytes: &[u8]) -> Option<(String, String)> {
    let object = Object::parse(bytes, &app.limits().stix).ok()?;
    let end = |key: &str| {
        let id = object.value().get(key)?.as_str()?;
        Id::parse(id).ok().map(|id| id.as_str().to_owned())
    };
    Some((end("source_ref")?, end("target_ref")?))
}

/// A record that leaves this node in its JSON form: made from what was released and nothing else. None when the object
/// is of no kind, or what is left of it for this reader is none.
pub fn released(app: &App, outgoing: &Released<Outgoing>) -> Option<Kind> {
    kind_of(app, outgoing.get().bytes())
}
