//! Claims side by side: each with whose words it is, how far they are apart, and what members make of it. They are never
//! merged, and no number is made of them but their ratio.

use comity_model::council::contrast::{self, Overlap};
use comity_model::council::{fair, lineage};
use comity_model::kind::council::{ConflictSet, Difference, Position, Stance};
use comity_model::kind::{Assertion, Basis, Kind, Statement};
use comity_model::stix::{Id, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::claims::{self, ClaimView, told};
use super::gather::{self, Gathering, Held, Known, Listed, Place, line, said};
use super::session::{self, Field};
use crate::compose::statement::StatementText;
use crate::compose::{self, Author, Draft, Entry};
use crate::{Actor, App, AppError, explain, ledger};

/// What a member says about a set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PositionView {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// What it says: adopt-view or dissent.
    pub stance: &'static str,
    /// The claim with which the member works, as it is shown here; its id when it is not here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// Id of that claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_id: Option<String>,
    /// Why.
    pub reason: String,
    /// Who said it for the member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether the set has changed since.
    pub on_earlier: bool,
}

/// A session of a set about roles.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RoleView {
    /// Heading of the session.
    pub session: String,
    /// Who had which role, and how it is known.
    pub roles: Vec<Field>,
}

/// A set of claims side by side.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ConflictView {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// The question.
    pub question: String,
    /// What they differ in.
    pub difference: &'static str,
    /// The claims that the viewer finds here.
    pub claims: Vec<ClaimView>,
    /// How many voices they are of. One voice is in no conflict with itself.
    pub voices: usize,
    /// How many sources they go back to.
    pub roots: usize,
    /// The largest number divided by the smallest, where the claims of several voices differ in a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<String>,
    /// Whether the numbers can all hold; none where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// Sessions, where the question is about roles.
    pub sessions: Vec<RoleView>,
    /// Parties that are named and have said nothing in these sources.
    pub without_statement: Vec<String>,
    /// Claims on the reliability of these; they contradict none and are not counted.
    pub bears_on: Vec<String>,
    /// What somebody computed out of the claims; no claims.
    pub derived: Vec<String>,
    /// How the editor shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// What members say about it.
    pub positions: Vec<PositionView>,
    /// What is left out because there is too much of it, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

impl ConflictView {
    /// What stands above the claims.
    pub fn heading(&self) -> String {
        if self.claims.is_empty() && !self.sessions.is_empty() {
            return "roles, not a conflict".into();
        }
        if self.voices < 2 {
            return match self.claims.len() {
                0 | 1 => "one statement: no conflict".into(),
                _ => "one voice, several statements: no conflict".into(),
            };
        }
        let roots = if self.roots == 1 { "1 root".into() } else { format!("{} roots", self.roots) };
        format!("{} statements, {} voices, {roots}", self.claims.len(), self.voices)
    }
}

/// The sets that are here.
///
/// # Errors
/// [`AppError::Denied`] to who may not read.
pub fn list(app: &App, actor: &Actor) -> Result<Listed<ConflictView>, AppError> {
    actor.may_read()?;
    app.store().read("council.conflicts", |tx| {
        let all = All::read(app, tx)?;
        let known = all.indexed();
        let lines: Vec<ConflictView> = all
            .sets
            .iter()
            .filter_map(|held| match &held.kind {
                Kind::ConflictSet(set) => Some(all.view(held, set, &known)),
                _ => None,
            })
            .collect();
        Ok(Listed { left_out: all.left_out.clone(), lines })
    })
}

/// One set: by its id, or the number under which it came.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::NotFound`] when there is none; [`AppError::Conflict`] when several
/// are meant.
pub fn show(app: &App, actor: &Actor, text: &str) -> Result<ConflictView, AppError> {
    actor.may_read()?;
    app.store().read("council.conflict", |tx| Ok(shown(app, tx, text)?.1))
}

/// One set as it is held, and as it is shown.
pub(super) fn shown(
    app: &App,
    tx: &mut comity_store::Tx<'_>,
    text: &str,
) -> Result<(Held, ConflictView), AppError> {
    let mut gathering = Gathering::new(app, tx)?;
    let held = gathering.one(tx, text, &["conflict-set"])?;
    let all = All::read(app, tx)?;
    let view = match &held.kind {
        Kind::ConflictSet(set) => all.view(&held, set, &all.indexed()),
        _ => return Err(AppError::Internal("a set is a set".into())),
    };
    Ok((held, view))
}

/// Whether numbers of a set are compared: those of one voice, and those that answer different questions, are no contrast.
pub(super) fn is_contrast(set: &ConflictSet, voices: usize) -> bool {
    set.difference == Difference::Value && voices > 1
}

/// What a member wishes to say about a set.
#[derive(Clone, Copy, Debug)]
pub struct Say<'a> {
    /// The set.
    pub set: &'a str,
    /// The claim with which the member works from now on; none for a dissent.
    pub claim: Option<&'a str>,
    /// Why.
    pub reason: &'a str,
    /// Who is to have it; without a level it stays with the own member.
    pub statement: &'a StatementText,
}

/// States that the own member works with one claim of a set, or does not share the set. The other claims stand as before,
/// and another member may work with another one.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::NotFound`] for an unknown set or claim;
/// [`AppError::Conflict`] when the claim is none of the set. What is wrong with the text stands in the answer.
pub fn say(app: &App, actor: &Actor, say: &Say<'_>) -> Result<Entry, AppError> {
    actor.may_read()?;
    let (set, claim) = app.store().read("council.say", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let set = gathering.one(tx, say.set, &["conflict-set"])?;
        let claim = say.claim.map(|text| gathering.one(tx, text, &["claim"])).transpose()?;
        Ok::<_, AppError>((set, claim))
    })?;
    let Kind::ConflictSet(of) = &set.kind else { return Err(AppError::Internal("a set is a set".into())) };
    if let Some(claim) = claim.as_ref()
        && !of.claim_refs.iter().any(|id| id.as_str() == claim.place.id)
    {
        return Err(AppError::Conflict(format!("{} is none of the claims of this set", claim.place.id)));
    }
    let parse = |id: &str| Id::parse(id).map_err(|error| AppError::Internal(format!("{id}: {error}")));
    let position = Position {
        title: format!("{}: {}", if claim.is_some() { "View" } else { "Dissent" }, of.title),
        summary: None,
        on_ref: parse(&set.place.id)?,
        on_version: Timestamp::parse(&set.place.version)
            .map_err(|error| AppError::Internal(error.to_string()))?,
        stance: if claim.is_some() { Stance::AdoptView } else { Stance::Dissent },
        text: say.reason.to_owned(),
        claim_ref: claim.map(|claim| parse(&claim.place.id)).transpose()?,
        stated_by: Some(actor.name.clone()),
        notes: Vec::new(),
        basis: Basis::of(Assertion { statement: Statement::Assessment, ..Assertion::FACT }),
    };
    enter(app, actor, &set.place.collection, Kind::Position(position), say.statement)
}

/// Enters a record of a council for the own member.
pub(super) fn enter(
    app: &App,
    actor: &Actor,
    collection: &str,
    kind: Kind,
    statement: &StatementText,
) -> Result<Entry, AppError> {
    let form = serde_json::to_value(kind).map_err(|error| AppError::Internal(error.to_string()))?;
    let draft = Draft {
        collection: collection.to_owned(),
        form,
        statement: statement.clone(),
        language: None,
        draft: false,
    };
    compose::enter(app, Author::Person(actor), &draft)
}

/// A set with its claims, positions and their records as they are held here, each with the proof that the ledger has it.
///
/// # Errors
/// As for [`show`].
pub fn export(app: &App, actor: &Actor, text: &str) -> Result<Value, AppError> {
    let view = show(app, actor, text)?;
    let places = std::iter::once(&view.place)
        .chain(view.claims.iter().map(|claim| &claim.place))
        .chain(view.positions.iter().map(|position| &position.place));
    let mut records = Vec::new();
    for place in places {
        let one = format!("{}@{}", place.id, place.version);
        let row = app.store().read("council.export", |tx| crate::subject::newest(app, tx, &one))?;
        let content = explain::show(app, &one)?.into_iter().find_map(|view| view.content);
        let object: Value = content.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let proof = u64::try_from(row.leaf).ok().map(|leaf| ledger::proof(app, leaf)).transpose()?.flatten();
        records.push(serde_json::json!({"place": place, "object": object, "leaf": row.leaf, "proof": proof}));
    }
    let view = serde_json::to_value(&view).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(serde_json::json!({"conflict": view, "records": records}))
}

/// Everything that sets are shown with.
pub(super) struct All {
    sets: Vec<Held>,
    pub(super) claims: Vec<Held>,
    pub(super) documents: Vec<Held>,
    pub(super) sessions: Vec<Held>,
    pub(super) positions: Vec<Held>,
    left_out: Vec<String>,
}

/// The same by id.
pub(super) struct Indexed<'a> {
    pub(super) documents: Known<'a>,
    pub(super) claims: Known<'a>,
    pub(super) sessions: Known<'a>,
}

impl All {
    fn read(app: &App, tx: &mut comity_store::Tx<'_>) -> Result<Self, AppError> {
        Self::gathered(&mut Gathering::new(app, tx)?, tx)
    }

    pub(super) fn gathered(
        gathering: &mut Gathering<'_>,
        tx: &mut comity_store::Tx<'_>,
    ) -> Result<Self, AppError> {
        Ok(Self {
            sets: gathering.all(tx, "conflict-set")?,
            claims: gathering.all(tx, "claim")?,
            documents: gathering.all(tx, "document")?,
            sessions: gathering.all(tx, "session")?,
            positions: gathering.all(tx, "position")?,
            left_out: gathering.left_out(),
        })
    }

    pub(super) fn indexed(&self) -> Indexed<'_> {
        Indexed {
            documents: gather::index(&self.documents),
            claims: gather::index(&self.claims),
            sessions: gather::index(&self.sessions),
        }
    }

    pub(super) fn view(&self, held: &Held, set: &ConflictSet, known: &Indexed<'_>) -> ConflictView {
        let Indexed { documents, claims, sessions } = known;
        let pick = |ids: &[Id]| -> Vec<_> {
            let named = ids.iter().filter_map(|id| claims.get(id.as_str(), &held.origin));
            named
                .filter_map(|held| match &held.kind {
                    Kind::Claim(claim) => Some((held, claim.as_ref())),
                    _ => None,
                })
                .collect()
        };
        let compared = pick(&set.claim_refs);
        let voiced = said(&compared);
        let voices = fair::voices(&voiced);
        let is_contrast = is_contrast(set, voices);
        let quantities = compared.iter().filter_map(|(_, claim)| claim.quantity.as_ref());
        let numbers: Vec<_> = quantities.filter(|_| is_contrast).collect();
        let contrast = contrast::of(&numbers);
        let of_roles = set.session_refs.iter().filter_map(|id| {
            let held = sessions.get(id.as_str(), &held.origin)?;
            let Kind::Session(session) = &held.kind else { return None };
            Some(RoleView { session: session.title.clone(), roles: session::roles(session) })
        });
        ConflictView {
            question: set.title.clone(),
            difference: set.difference.name(),
            voices,
            roots: lineage::roots(&voiced).len(),
            ratio: contrast.ratio,
            overlap: Some(contrast.overlap).filter(|_| numbers.len() > 1),
            claims: compared
                .iter()
                .map(|(held, claim)| claims::view(held, claim, documents, claims))
                .collect(),
            sessions: of_roles.collect(),
            without_statement: set.parties_without_statement.clone(),
            bears_on: pick(&set.bears_on_refs).iter().map(|(held, claim)| told(held, claim)).collect(),
            derived: set.derived.iter().map(|derived| line(&derived.words)).collect(),
            shown: set.shown.as_ref().map(line),
            positions: self.positions(held, claims),
            left_out: self.left_out.clone(),
            place: held.place.clone(),
        }
    }

    /// What members say about a set: of each the newest view, and every dissent.
    fn positions(&self, set: &Held, claims: &Known<'_>) -> Vec<PositionView> {
        let on_set = |held: &&Held| match &held.kind {
            Kind::Position(position) => position.on_ref.as_str() == set.place.id,
            _ => false,
        };
        let mut all: Vec<&Held> = self.positions.iter().filter(on_set).collect();
        all.sort_by_key(|held| std::cmp::Reverse((held.version_at, held.place.id.clone())));
        let mut met = std::collections::BTreeSet::new();
        let mut views = Vec::new();
        for held in all {
            let Kind::Position(position) = &held.kind else { continue };
            if position.stance == Stance::AdoptView && !met.insert(&held.origin) {
                continue;
            }
            let claim = position.claim_ref.as_ref().map(|id| {
                let known = claims.get(id.as_str(), &set.origin);
                known.map_or_else(|| id.as_str().to_owned(), Held::title)
            });
            views.push(PositionView {
                stance: position.stance.name(),
                claim,
                claim_id: position.claim_ref.as_ref().map(|id| id.as_str().to_owned()),
                reason: position.text.clone(),
                by: position.stated_by.clone(),
                on_earlier: position.on_version.as_str() != set.place.version,
                place: held.place.clone(),
            });
        }
        views
    }
}
