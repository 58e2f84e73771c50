//! A question on which claims differ, set side by side: a column for each source, and what is the same in them.

use std::collections::BTreeMap;

use comity_matching::name;
use comity_model::council::beside::{self, Entry, Likeness};
use comity_model::council::contrast::Overlap;
use comity_model::council::lineage;
use comity_model::kind::Kind;
use comity_model::kind::council::{Claim, ConflictSet};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;

use super::card::{Around, ClaimCard};
use super::conflict::{self, PositionView, RoleView};
use super::gather::{Gathering, Held, Place, claims, said};
use crate::{Actor, App, AppError};

/// A source: everything that goes back to one speech, however many outlets print it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Column {
    /// Whose voice it is.
    pub voice: String,
    /// The voice in Latin letters, where it is in other letters that this node can read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latin: Option<String>,
    /// How many of the claims that follow are of it.
    pub claims: usize,
}

/// Claims on one question side by side. Nothing is made of their numbers but a ratio.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Comparison {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// The question.
    pub question: String,
    /// What they differ in.
    pub difference: &'static str,
    /// How many voices they are of. One voice is in no conflict with itself.
    pub voices: usize,
    /// The sources.
    pub columns: Vec<Column>,
    /// The claims, those of one source together.
    pub claims: Vec<ClaimCard>,
    /// How what they say stands to each other, by what it is: value, unit, scope, period, rule, form.
    pub states: BTreeMap<&'static str, Likeness>,
    /// Whether their numbers answer one question, so that one scale holds them.
    pub one_scale: bool,
    /// The largest number divided by the smallest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<String>,
    /// Whether the numbers can all hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// Sessions, where the question is about roles.
    pub sessions: Vec<RoleView>,
    /// Parties that are named and have said nothing in these sources.
    pub without_statement: Vec<String>,
    /// Claims on the reliability of these; they contradict none and are not counted.
    pub bears_on: Vec<ClaimCard>,
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

/// Sets the claims of a set side by side: by its id, or the number under which it came.
///
/// # Errors
/// As for [`conflict::show`].
pub fn show(app: &App, actor: &Actor, text: &str) -> Result<Comparison, AppError> {
    actor.may_read()?;
    app.store().read("council.compare", |tx| {
        let (held, view) = conflict::shown(app, tx, text)?;
        let Kind::ConflictSet(set) = &held.kind else {
            return Err(AppError::Internal("a set is a set".into()));
        };
        let mut gathering = Gathering::new(app, tx)?;
        let compared = gathering.first_of(tx, &set.claim_refs, &held.origin)?;
        let bearing = gathering.first_of(tx, &set.bears_on_refs, &held.origin)?;
        let (compared, bearing) = (claims(&compared), claims(&bearing));
        let every: Vec<_> = compared.iter().chain(&bearing).copied().collect();
        let around = Around::of(&mut gathering, tx, &every)?;
        let (columns, ordered) = columns(&compared);
        let states = states(&ordered);
        Ok(Comparison {
            one_scale: has_one_scale(set, view.voices, &states, &ordered),
            place: view.place,
            question: view.question,
            difference: view.difference,
            voices: view.voices,
            columns,
            claims: ordered.iter().map(|(_, held, claim)| around.card(held, claim)).collect(),
            states,
            ratio: view.ratio,
            overlap: view.overlap,
            sessions: view.sessions,
            without_statement: view.without_statement,
            bears_on: bearing.iter().map(|(held, claim)| around.card(held, claim)).collect(),
            derived: view.derived,
            shown: view.shown,
            positions: view.positions,
            left_out: view.left_out,
        })
    })
}

/// A claim with the number of its source.
type Rooted<'a> = (usize, &'a Held, &'a Claim);

/// The sources in the order of the set, and the claims in the order of the sources.
fn columns<'a>(compared: &[(&'a Held, &'a Claim)]) -> (Vec<Column>, Vec<Rooted<'a>>) {
    let roots = lineage::roots(&said(compared));
    let mut ordered = Vec::new();
    for (at, root) in roots.iter().enumerate() {
        let of_root = compared.iter().filter(|(held, _)| root.claims.contains(&held.place.id));
        ordered.extend(of_root.map(|(held, claim)| (at, *held, *claim)));
    }
    let columns = roots.into_iter().map(|root| Column {
        latin: name::latin(&root.voice),
        voice: root.voice,
        claims: root.claims.len(),
    });
    (columns.collect(), ordered)
}

/// How what the claims say stands to each other, place by place.
fn states(claims: &[Rooted<'_>]) -> BTreeMap<&'static str, Likeness> {
    let texts = |read: &dyn Fn(&Claim) -> Option<String>| -> Likeness {
        let all: Vec<(usize, Option<String>)> =
            claims.iter().map(|(root, _, claim)| (*root, read(claim).map(|text| plain(&text)))).collect();
        let entries: Vec<_> =
            all.iter().map(|(root, text)| (*root, text.as_deref().map(Entry::Text))).collect();
        beside::likeness(&entries, is_one_name)
    };
    let of = |read: &dyn for<'a> Fn(&'a Claim) -> Option<Entry<'a>>| -> Likeness {
        let entries: Vec<_> = claims.iter().map(|(root, _, claim)| (*root, read(claim))).collect();
        beside::likeness(&entries, is_one_name)
    };
    let form = |claim: &Claim| serde_json::to_string(&claim.claim_form).ok();
    BTreeMap::from([
        ("value", of(&|claim| claim.quantity.as_ref().map(Entry::Number))),
        (
            "period",
            of(&|claim| Some(&claim.quantity.as_ref()?.period).filter(|one| !one.is_open()).map(Entry::Time)),
        ),
        ("unit", texts(&|claim| Some(claim.quantity.as_ref()?.unit.to_lowercase()))),
        ("scope", texts(&|claim| Some(claim.quantity.as_ref()?.scope.as_ref()?.to_lowercase()))),
        ("rule", texts(&|claim| claim.quantity.as_ref()?.counting_rule.clone())),
        ("speaker", texts(&|claim| Some(lineage::voice(claim)))),
        ("form", texts(&form)),
    ])
}

/// One scale holds numbers of several voices on one question: where they are not compared, there is none.
fn has_one_scale(
    set: &ConflictSet,
    voices: usize,
    states: &BTreeMap<&'static str, Likeness>,
    claims: &[Rooted<'_>],
) -> bool {
    let numbers = claims
        .iter()
        .filter(|(_, _, claim)| claim.quantity.as_ref().is_some_and(|one| one.value.is_some()))
        .count();
    let is_compared = states.get("value").is_some_and(|state| *state != Likeness::NotCompared);
    conflict::is_contrast(set, voices) && is_compared && numbers > 1
}

/// One form of a text: canonically composed, without blanks around it.
fn plain(text: &str) -> String {
    text.nfc().collect::<String>().trim().to_owned()
}

/// Whether two texts are one name in two scripts, as far as the search for names knows.
fn is_one_name(one: &str, other: &str) -> bool {
    script(one) != script(other) && name::matches(one, other) && name::matches(other, one)
}

/// The script of the first letter: Cyrillic, Arabic, Greek, or what is none of them.
fn script(text: &str) -> char {
    match text.chars().find(|c| c.is_alphabetic()) {
        Some('\u{370}'..='\u{3FF}') => 'G',
        Some('\u{400}'..='\u{52F}') => 'C',
        Some('\u{600}'..='\u{77F}') => 'A',
        _ => 'L',
    }
}
