//! Claims as people look at them: never without whose words they are and through whom they came.

use comity_model::council::{lineage, trace};
use comity_model::kind::council::{Claim, ClaimForm, Mark, Quantity, Reported};
use comity_model::kind::{Bound, Kind};
use serde::Serialize;

use super::gather::{Gathering, Held, Known, Listed, Place, claims, index, line, said};
use crate::{Actor, App, AppError};

/// A claim.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ClaimView {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// Whose words, and through whom they came.
    pub chain: String,
    /// The words.
    pub text: String,
    /// Whether the source quotes; the wording is the editor's.
    pub reported: &'static str,
    /// What form of statement it is.
    pub form: ClaimForm,
    /// What it is about.
    pub topic: String,
    /// The number that it gives, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figure: Option<String>,
    /// Whether that number can be traced, and why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// Heading of the document that has it; its id when it is not here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether it was said somewhere else than at the session.
    pub elsewhere: bool,
    /// Claims of other voices that contradict it.
    pub contested_by: Vec<String>,
    /// What to mind.
    pub flags: Vec<Mark>,
    /// Remarks, each with who makes it.
    pub notes: Vec<String>,
}

/// Where a claim comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Sources {
    /// The claim.
    pub claim: String,
    /// Whose voice it is.
    pub voice: String,
    /// Everything here that goes back to the same source, the claim among it: one source, however often it is told.
    pub one_source: Vec<String>,
    /// What those of the same topic go back to: a root a line, with how many claims.
    pub roots: Vec<String>,
    /// What is left out because there is too much of it, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// A number of a claim, and what it lacks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Explained {
    /// The claim.
    pub claim: String,
    /// The number, in words.
    pub figure: String,
    /// Who gave it, through whom.
    pub said_by: String,
    /// What is missing to trace it; empty when nothing is.
    pub missing: Vec<&'static str>,
    /// `traced`, or that it is not, and why.
    pub trace: String,
}

/// The claims that are here; those of one topic when it is named.
///
/// # Errors
/// [`AppError::Denied`] to who may not read.
pub fn list(app: &App, actor: &Actor, topic: Option<&str>) -> Result<Listed<ClaimView>, AppError> {
    actor.may_read()?;
    app.store().read("council.claims", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let documents = gathering.all(tx, "document")?;
        let all = gathering.all(tx, "claim")?;
        let (documents, known) = (index(&documents), index(&all));
        let lines: Vec<ClaimView> = claims(&all)
            .into_iter()
            .filter(|(_, claim)| topic.is_none_or(|topic| claim.topic.eq_ignore_ascii_case(topic)))
            .map(|(held, claim)| view(held, claim, &documents, &known))
            .collect();
        Ok(Listed { lines, left_out: gathering.left_out() })
    })
}

/// One claim, by its id or the number under which it came.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::NotFound`] when there is none; [`AppError::Conflict`] when several
/// are meant.
pub fn show(app: &App, actor: &Actor, text: &str) -> Result<ClaimView, AppError> {
    with(app, actor, text, |held, claim, (documents, all), _| {
        Ok(view(held, claim, &index(documents), &index(all)))
    })
}

/// Where a claim comes from, and how many roots those of its topic have.
///
/// # Errors
/// As for [`show`].
pub fn sources(app: &App, actor: &Actor, text: &str) -> Result<Sources, AppError> {
    with(app, actor, text, |held, claim, (_, all), left_out| {
        let every = claims(all);
        let of_root = |ids: &[String]| -> Vec<String> {
            every
                .iter()
                .filter(|(held, _)| ids.contains(&held.place.id))
                .map(|(held, claim)| told(held, claim))
                .collect()
        };
        let root =
            lineage::roots(&said(&every)).into_iter().find(|root| root.claims.contains(&held.place.id));
        let alike: Vec<_> = every.iter().filter(|(_, other)| other.topic == claim.topic).copied().collect();
        let roots = lineage::roots(&said(&alike)).into_iter().map(|root| {
            let count = root.claims.len();
            format!("{}: {count} {}", root.voice, if count == 1 { "claim" } else { "claims" })
        });
        Ok(Sources {
            claim: held.place.id.clone(),
            voice: lineage::voice(claim),
            one_source: of_root(&root.map(|root| root.claims).unwrap_or_default()),
            roots: roots.collect(),
            left_out,
        })
    })
}

/// What the number of a claim lacks to be traced.
///
/// # Errors
/// As for [`show`]; [`AppError::Conflict`] when the claim gives no number.
pub fn explain(app: &App, actor: &Actor, text: &str) -> Result<Explained, AppError> {
    with(app, actor, text, |held, claim, _, _| {
        let quantity = claim.quantity.as_ref().ok_or_else(|| {
            AppError::Conflict(format!("{} gives no figure: {}", held.place.id, claim.display()))
        })?;
        let missing = trace::missing_of(quantity);
        Ok(Explained {
            claim: held.place.id.clone(),
            figure: figure(quantity),
            said_by: claim.chain(),
            trace: trace::stamp(&missing),
            missing,
        })
    })
}

fn with<T>(
    app: &App,
    actor: &Actor,
    text: &str,
    make: impl Fn(&Held, &Claim, (&[Held], &[Held]), Vec<String>) -> Result<T, AppError>,
) -> Result<T, AppError> {
    actor.may_read()?;
    app.store().read("council.claim", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let held = gathering.one(tx, text, &["claim"])?;
        let documents = gathering.all(tx, "document")?;
        let all = gathering.all(tx, "claim")?;
        let Kind::Claim(claim) = &held.kind else {
            return Err(AppError::Internal("a claim is a claim".into()));
        };
        make(&held, claim, (&documents, &all), gathering.left_out())
    })
}

/// A claim with the documents and claims around it.
pub(super) fn view(held: &Held, claim: &Claim, documents: &Known<'_>, all: &Known<'_>) -> ClaimView {
    let title =
        |id: &str| documents.get(id, &held.origin).map_or_else(|| id.to_owned(), |document| document.title());
    let key = |id: &str| {
        all.get(id, &held.origin).and_then(|other| other.place.key.clone()).unwrap_or_else(|| id.to_owned())
    };
    ClaimView {
        chain: claim.chain(),
        text: claim.words.text.clone(),
        reported: match claim.reported_as {
            Reported::Quotation => "quoted in the source, wording ours",
            Reported::Paraphrase => "in other words than the speaker's",
        },
        form: claim.claim_form,
        topic: claim.topic.clone(),
        figure: claim.quantity.as_ref().map(figure),
        trace: claim.quantity.as_ref().map(|quantity| trace::stamp(&trace::missing_of(quantity))),
        source: claim.source.as_ref().map(|source| title(source.document_ref.as_str())),
        elsewhere: claim.at_session == Some(false),
        contested_by: claim.contested_by_refs.iter().map(|id| key(id.as_str())).collect(),
        flags: claim.flags.clone(),
        notes: claim.notes.iter().map(line).collect(),
        place: held.place.clone(),
    }
}

/// A claim in a line.
pub(super) fn told(held: &Held, claim: &Claim) -> String {
    format!("{}  {}", held.place.key.as_deref().unwrap_or(&held.place.id), claim.display())
}

/// A number as it is meant, or the words in its place.
pub(super) fn figure(quantity: &Quantity) -> String {
    let scope = quantity.scope.as_deref().map(|scope| format!(", {scope}")).unwrap_or_default();
    let Some(value) = &quantity.value else {
        let words = quantity.in_words.as_ref().map(line).unwrap_or_default();
        return format!("{words}, {}{scope}: words, no number", quantity.unit);
    };
    let meant = match quantity.bound {
        Bound::Exactly => return format!("{value} {} (exactly){scope}", quantity.unit),
        Bound::About => "about",
        Bound::AtLeast => "at least",
        Bound::AtMost => "at most",
        Bound::MoreThan => "more than",
        Bound::LessThan => "fewer than",
    };
    format!("{meant} {value} {}{scope}", quantity.unit)
}
