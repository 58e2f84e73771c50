//! Possibly the same: records of persons or groups that may mean one, offered with the reasons in words and without a
//! score. A person decides, and can undo it; no record is ever changed or merged. What is decided the same is shown side
//! by side, each statement with its origin.

use std::collections::{BTreeSet, HashSet};

use comity_ledger::{commitment, root_of};
use comity_matching::name;
use comity_model::kind::{Birth, Kind, Name, Strength, Subject};
use comity_model::stix::Object;
use comity_model::{Micros, Record, RecordState, Stored};
use comity_store::Tx;
use comity_store::tables::life::{self, Sameness};
use comity_store::tables::release::Audience;
use comity_store::tables::{lookup, record};
use serde::Serialize;
use serde_json::Value;

use crate::force::{InForce, in_force};
use crate::look::filled;
use crate::{Actor, App, AppError, Role, journal, search, settle, subject, supplement};

mod decided;
mod view;

use decided::{decided, decisions, linked, standing};
use view::{place_of, stated};

/// Most records that are offered.
const OFFERS_MAX: usize = 100;
/// Most records in one merged view.
const MERGED_MAX: usize = 50;
/// Most reasons of one sort that are told.
const TOLD_MAX: usize = 3;

/// For what somebody compares records: it is looking up persons, and noted like every search.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asking<'a> {
    /// RECORD: a STIX id, or `id@version`.
    pub record: &'a str,
    /// Offer pairs again on which somebody decided.
    pub all: bool,
    /// Purpose, one of the agreement's.
    pub purpose: Option<&'a str>,
    /// Legal basis; without one, the only one that is agreed for this node's own member.
    pub basis: Option<&'a str>,
}

/// What may be seen for the purpose of one question.
struct Sight {
    audience: Audience,
    now: Micros,
}

impl Sight {
    fn of(app: &App, tx: &mut Tx<'_>, force: &InForce, asking: &Asking<'_>) -> Result<Self, AppError> {
        let purpose = search::purpose_of(force, asking.purpose)?;
        let audience = search::audience(app, force, purpose, asking.basis)?;
        Ok(Self { audience, now: settle::instant(app, tx)? })
    }

    fn allows(&self, app: &App, force: &InForce, found: &Record) -> bool {
        search::is_readable(app, force, &self.audience, found, self.now)
    }
}

/// A record that may mean the same person or group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Offer {
    /// STIX id.
    pub id: String,
    /// Version.
    pub version: String,
    /// Display name; empty for a hit alone.
    pub name: String,
    /// Display name of its originator.
    pub origin: String,
    /// That it is here and nothing else: whoever needs more asks the originator.
    pub hit_only: bool,
    /// Why, a sentence each.
    pub reasons: Vec<String>,
    /// What speaks against it, a sentence each.
    pub against: Vec<String>,
    /// What somebody decided about the pair, if it still stands.
    pub decided: Option<Decided>,
}

/// What somebody decided about two records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Decided {
    /// The other record.
    pub other: String,
    /// Whether they mean the same.
    pub same: bool,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: String,
    /// Why.
    pub reason: String,
    /// Who undid it, when and why; none while it stands.
    pub undone: Option<String>,
}

/// What is offered about one record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Offers {
    /// STIX id of the record.
    pub id: String,
    /// Its display name.
    pub name: String,
    /// The offers: those with a shared document or number first, then the newest.
    pub offers: Vec<Offer>,
    /// With how many records it was compared.
    pub compared: usize,
    /// Whether there were more, which were not looked at.
    pub is_cut: bool,
}

/// A person or group with what is compared.
struct Entry {
    found: Record,
    kind: Kind,
    /// Row C4: that there is such a record is all that is told.
    hit_only: bool,
}

impl Entry {
    fn names(&self) -> &[Name] {
        match &self.kind {
            Kind::Subject(subject) => &subject.names,
            Kind::Group(group) => &group.names,
            _ => &[],
        }
    }

    fn shown_name(&self) -> String {
        if self.hit_only { String::new() } else { self.found.name.clone() }
    }
}

/// What speaks for and against two records meaning the same.
#[derive(Default)]
struct Compared {
    /// A document or number is the same, and how much that says.
    strength: Option<Strength>,
    /// Names meet.
    is_named_alike: bool,
    reasons: Vec<String>,
    against: Vec<String>,
}

impl Compared {
    /// A shared document outweighs dates that exclude each other; a shared name does not.
    fn is_offered(&self) -> bool {
        self.strength.is_some() || (self.is_named_alike && self.against.is_empty())
    }
}

/// Offers the records that may mean the same person or group as this one: own ones and received ones in use. Pairs on
/// which somebody decided are left out, unless `all` is asked for.
///
/// # Errors
/// [`AppError::Denied`] without a role that reads records, or where the record may not be read for this purpose;
/// [`AppError::NotFound`] for an unknown record; [`AppError::Invalid`] for one that is no person and no group, or
/// without a purpose of the agreement.
pub fn offers(app: &App, actor: &Actor, asking: &Asking<'_>) -> Result<Offers, AppError> {
    actor.may_read()?;
    crate::serve::settle_if_due(app)?;
    let offers = offered(app, asking)?;
    let purpose = asking.purpose.unwrap_or_default().trim();
    let why = search::Why { purpose, ..search::Why::default() };
    search::note(app, actor, &format!("same {}", offers.id), why, offers.offers.len())?;
    Ok(offers)
}

fn offered(app: &App, asking: &Asking<'_>) -> Result<Offers, AppError> {
    let all = asking.all;
    app.store().read("same.offers", |tx| {
        let force = in_force(app, tx)?;
        let sight = Sight::of(app, tx, &force, asking)?;
        let asked = entry(app, tx, asking.record)?;
        may_see(app, &force, &sight, &asked)?;
        let decided = standing(app, tx, &asked.found.key.id)?;
        let most = app.limits().compared;
        let read = |tx: &mut Tx<'_>, part| lookup::live_of_kind(tx, "identity", part);
        let mut met = HashSet::new();
        // Of each record the newest version that is there; one that is not hides no older one.
        let is_newest = |_: &mut Tx<'_>, one: &Stored<Record>| {
            let one = one.peek();
            let is_there = one.key.id != asked.found.key.id && sight.allows(app, &force, one);
            Ok(is_there && met.insert((one.key.origin.clone(), one.key.id.clone())))
        };
        let mut others = filled(tx, most.saturating_add(1), read, is_newest)?;
        let is_cut = others.len() > most;
        others.truncate(most);
        let mut found: Vec<(Option<Strength>, Offer)> = Vec::new();
        let mut compared = 0;
        for one in others {
            let one = one.into_inner();
            let known = decided.iter().find(|known| known.other == one.key.id).cloned();
            if known.is_some() && !all {
                continue;
            }
            let Some(other) = entry_of(app, tx, one)? else { continue };
            compared += 1;
            let result = compare(&asked, &other);
            if result.is_offered() || known.is_some() {
                found.push((result.strength, offer(&force, &asked, other, result, known)));
            }
        }
        found.sort_by_key(|(strength, _)| std::cmp::Reverse(*strength));
        let offers = found.into_iter().take(OFFERS_MAX).map(|(_, offer)| offer).collect();
        let name = asked.shown_name();
        Ok(Offers { id: asked.found.key.id, name, offers, compared, is_cut })
    })
}

/// The reasons tell what both records say, so they are told where both may be shown.
fn offer(force: &InForce, asked: &Entry, other: Entry, result: Compared, decided: Option<Decided>) -> Offer {
    let told = |lines: Vec<String>| if asked.hit_only || other.hit_only { Vec::new() } else { lines };
    Offer {
        name: other.shown_name(),
        origin: force.name_of(&other.found.key.origin).to_owned(),
        hit_only: other.hit_only,
        reasons: told(result.reasons),
        against: told(result.against),
        id: other.found.key.id,
        version: other.found.key.version,
        decided,
    }
}

/// Refuses to compare what may not be read for this purpose.
fn may_see(app: &App, force: &InForce, sight: &Sight, asked: &Entry) -> Result<(), AppError> {
    if sight.allows(app, force, &asked.found) {
        return Ok(());
    }
    Err(AppError::Denied(format!("{} may not be read for this purpose", asked.found.key.id)))
}

fn entry(app: &App, tx: &mut Tx<'_>, text: &str) -> Result<Entry, AppError> {
    let found = subject::newest(app, tx, text)?;
    let id = found.key.id.clone();
    let read = entry_of(app, tx, found)?;
    read.ok_or_else(|| AppError::invalid(id, "it is no record of a person or group, or it was erased"))
}

/// A record with the person or group that it is.
fn entry_of(app: &App, tx: &mut Tx<'_>, found: Record) -> Result<Option<Entry>, AppError> {
    let Some(bytes) = record::content(tx, &found.key, &[])? else { return Ok(None) };
    let object = Object::parse(&bytes, &app.limits().stix)
        .map_err(|error| AppError::Internal(format!("stored bytes: {error}")))?;
    let kind = Kind::read(&object).ok().flatten();
    let Some(kind) = kind.filter(|kind| matches!(kind, Kind::Subject(_) | Kind::Group(_))) else {
        return Ok(None);
    };
    let hit_only = search::is_only_told_of(&found, &object, settle::instant(app, tx)?);
    Ok(Some(Entry { found, kind, hit_only }))
}

fn compare(a: &Entry, b: &Entry) -> Compared {
    let mut result = Compared::default();
    match (&a.kind, &b.kind) {
        (Kind::Subject(one), Kind::Subject(other)) => {
            papers(one, other, &mut result);
            names(a.names(), b.names(), &mut result);
            births(one.birth.as_ref(), other.birth.as_ref(), &mut result);
        }
        (Kind::Group(_), Kind::Group(_)) => names(a.names(), b.names(), &mut result),
        _ => {}
    }
    result
}

/// The same document or number in both.
fn papers(a: &Subject, b: &Subject, result: &mut Compared) {
    let documents = a.documents.iter().flat_map(|one| b.documents.iter().map(move |other| (one, other)));
    for (one, other) in documents {
        let same = one.document_kind == other.document_kind
            && one.issued_by == other.issued_by
            && bare(&one.number) == bare(&other.number);
        if same {
            let what = format!("{} {} of {}", word(&one.document_kind), one.number, one.issued_by);
            result.shared(one.strength(), &what);
        }
    }
    let identifiers =
        a.identifiers.iter().flat_map(|one| b.identifiers.iter().map(move |other| (one, other)));
    for (one, other) in identifiers {
        // Two states may give out the same number.
        let apart = matches!((&one.given_by, &other.given_by), (Some(a), Some(b)) if a != b);
        if one.identifier_kind == other.identifier_kind && bare(&one.value) == bare(&other.value) && !apart {
            result.shared(one.strength(), &format!("{} {}", word(&one.identifier_kind), one.value));
        }
    }
}

impl Compared {
    fn shared(&mut self, strength: Strength, what: &str) {
        let says = match strength {
            Strength::Strong => "an authority gives it to one person",
            Strength::Medium => "it changes hands",
            Strength::Weak => "chosen by its holder or shared by several",
        };
        self.strength = self.strength.max(Some(strength));
        self.reasons.push(format!("both state the {what} ({says})"));
    }
}

/// Letters and digits alone, without case: what two writings of a number have in common.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The word that a property has in a record.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word.replace('-', " "),
        _ => String::new(),
    }
}

/// Names that meet across scripts: one asks for nothing that the other does not have.
fn names(a: &[Name], b: &[Name], result: &mut Compared) {
    let mut told = BTreeSet::new();
    for (one, other) in a.iter().flat_map(|one| b.iter().map(move |other| (one, other))) {
        if told.len() < TOLD_MAX
            && (name::matches(&one.value, &other.value) || name::matches(&other.value, &one.value))
        {
            result.is_named_alike = true;
            told.insert(if one.value == other.value {
                format!("both have the name {}", one.value)
            } else {
                format!("the names {} and {} may be spellings of one", one.value, other.value)
            });
        }
    }
    result.reasons.extend(told);
}

fn births(a: Option<&Birth>, b: Option<&Birth>, result: &mut Compared) {
    let date = |birth: Option<&Birth>| birth.and_then(|birth| birth.date);
    let (Some(one), Some(other)) = (date(a), date(b)) else { return };
    let overlap = one.first() <= other.last() && other.first() <= one.last();
    if overlap {
        result.reasons.push(format!("born {one} and {other}: it can be one day"));
    } else {
        result.against.push(format!("born {one} and {other}: it cannot be one day"));
    }
}

/// Everything that people decided about a record, oldest first, with what was undone.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record.
pub fn of(app: &App, text: &str) -> Result<Vec<Decided>, AppError> {
    app.store().read("same.of", |tx| {
        let found = subject::newest(app, tx, text)?;
        decisions(app, tx, &found.key.id)
    })
}

/// Decides whether two records mean the same person or group. Nothing of the records changes.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst or release officer; [`AppError::Invalid`] for records that cannot be
/// compared, or without a reason; [`AppError::Conflict`] when a decision stands already.
pub fn decide(
    app: &App,
    actor: &Actor,
    (a, b): (&str, &str),
    same: bool,
    reason: &str,
) -> Result<Decided, AppError> {
    actor.require(&[Role::Analyst, Role::ReleaseOfficer], "decide whether records mean the same")?;
    let reason = supplement::reason(reason, "--reason")?;
    app.store().write("same.decide", |tx| {
        let (one, other) = pair(app, tx, a, b)?;
        if standing(app, tx, &one.found.key.id)?.iter().any(|known| known.other == other.found.key.id) {
            return Err(AppError::Conflict(
                "somebody decided that already: undo it first (`comity same A B --undo`)".into(),
            ));
        }
        let row = Sameness {
            low: one.found.key.id.clone(),
            high: other.found.key.id.clone(),
            n: 0,
            same,
            reason: reason.clone(),
            actor: actor.name.clone(),
            at_us: app.now().0,
            undone: None,
        };
        life::keep_sameness(tx, &row)?;
        note(app, tx, actor, "sameness.decided", (&one.found, &other.found), same)?;
        Ok(decided(&one.found.key.id, &row))
    })
}

/// Undoes the decision that stands about two records. It is kept, with who undid it.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst or release officer; [`AppError::NotFound`] when none stands.
pub fn undo(app: &App, actor: &Actor, (a, b): (&str, &str), reason: &str) -> Result<Decided, AppError> {
    actor.require(&[Role::Analyst, Role::ReleaseOfficer], "undo a decision about records")?;
    let reason = supplement::reason(reason, "--reason")?;
    app.store().write("same.undo", |tx| {
        let (one, other) = pair(app, tx, a, b)?;
        let (low, high) = (one.found.key.id.clone(), other.found.key.id.clone());
        let known = standing(app, tx, &low)?.into_iter().find(|known| known.other == high);
        let undone = life::undo_sameness(tx, (&low, &high), &actor.name, &reason, app.now().0)?;
        let Some(known) = known.filter(|_| undone) else {
            return Err(AppError::NotFound("no decision about these two records stands".into()));
        };
        note(app, tx, actor, "sameness.undone", (&one.found, &other.found), known.same)?;
        Ok(Decided { undone: Some(format!("by {} at {}: {reason}", actor.name, app.now())), ..known })
    })
}

/// Two records of one kind in the order of their ids.
fn pair(app: &App, tx: &mut Tx<'_>, a: &str, b: &str) -> Result<(Entry, Entry), AppError> {
    let mut one = entry(app, tx, a)?;
    let mut other = entry(app, tx, b)?;
    if one.found.key.id == other.found.key.id {
        return Err(AppError::invalid("RECORD", "name two records: this is one"));
    }
    if one.kind.word() != other.kind.word() {
        return Err(AppError::invalid("RECORD", "a person and a group are never the same"));
    }
    if one.found.key.id > other.found.key.id {
        std::mem::swap(&mut one, &mut other);
    }
    Ok((one, other))
}

fn note(
    app: &App,
    tx: &mut Tx<'_>,
    actor: &Actor,
    kind: &str,
    (one, other): (&Record, &Record),
    same: bool,
) -> Result<(), AppError> {
    let mut commitments = Vec::new();
    for found in [one, other] {
        let salt = record::salt(tx, &found.key.collection, found.seq)?.unwrap_or_default();
        commitments.push(commitment(&salt, &found.key.digest.0));
    }
    let leaf = journal::leaf(app, kind, &actor.name)
        .object(root_of(&commitments))
        .detail("same", if same { "yes" } else { "no" });
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

/// One statement in a merged view.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Stated {
    /// Property of the record.
    pub property: String,
    /// What is stated.
    pub value: String,
    /// `fact` or `assessment`.
    pub statement: &'static str,
    /// Display name of who states it.
    pub origin: String,
    /// How its originator grades the record.
    pub grade: String,
    /// The record.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its level in words.
    pub level: String,
}

/// Several records side by side. None of them changes, and each keeps its handling.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Merged {
    /// The records, by id.
    pub records: Vec<String>,
    /// Their statements, by property.
    pub statements: Vec<Stated>,
    /// The decisions that bring them together.
    pub decisions: Vec<Decided>,
}

/// Every statement of the records that people decided to mean the same as this one, side by side.
///
/// # Errors
/// As for [`offers`].
pub fn merged(app: &App, actor: &Actor, asking: &Asking<'_>) -> Result<Merged, AppError> {
    actor.may_read()?;
    crate::serve::settle_if_due(app)?;
    let merged = beside(app, asking)?;
    let purpose = asking.purpose.unwrap_or_default().trim();
    let text = format!("same {} merged", merged.records.first().map_or("", String::as_str));
    let why = search::Why { purpose, ..search::Why::default() };
    search::note(app, actor, &text, why, merged.records.len())?;
    Ok(merged)
}

fn beside(app: &App, asking: &Asking<'_>) -> Result<Merged, AppError> {
    app.store().read("same.merged", |tx| {
        let force = in_force(app, tx)?;
        let sight = Sight::of(app, tx, &force, asking)?;
        let first = entry(app, tx, asking.record)?;
        may_see(app, &force, &sight, &first)?;
        let (ids, decisions) = linked(app, tx, first.found.key.id)?;
        let mut statements = Vec::new();
        for id in &ids {
            let mut origins = HashSet::new();
            for stored in record::of_id(tx, id, None, None)? {
                let one = stored.into_inner();
                let is_there = one.state == RecordState::Live && sight.allows(app, &force, &one);
                // Of a hit alone nothing is stated but that the record is there.
                if is_there
                    && origins.insert(one.key.origin.clone())
                    && let Some(one) = entry_of(app, tx, one)?.filter(|one| !one.hit_only)
                {
                    statements.extend(stated(&force, &one.found, &one.kind)?);
                }
            }
        }
        statements.sort_by_key(|one: &Stated| place_of(&one.property));
        Ok(Merged { records: ids, statements, decisions })
    })
}

/// Forgets what people decided about a record, as its erasure asks for.
pub fn forget(tx: &mut Tx<'_>, id: &str) -> Result<u64, AppError> {
    Ok(life::drop_samenesses(tx, id)?)
}

#[cfg(test)]
mod tests {
    use comity_model::kind::PartialDate;

    use super::*;

    fn date(text: &str) -> Option<Birth> {
        let date: PartialDate = text.parse().unwrap();
        Some(Birth { date: Some(date), place: None })
    }

    #[test]
    fn dates_of_birth_speak_against_only_where_they_exclude_each_other() {
        let compared = |a: &str, b: &str| {
            let mut result = Compared::default();
            births(date(a).as_ref(), date(b).as_ref(), &mut result);
            (result.reasons.len(), result.against.len())
        };
        assert_eq!(compared("1987", "1987-05-03"), (1, 0));
        assert_eq!(compared("1987-05", "1987-05-03"), (1, 0));
        assert_eq!(compared("1987-04", "1987-05-03"), (0, 1));
        assert_eq!(compared("1986", "1987-05-03"), (0, 1));
    }

    #[test]
    fn a_number_is_the_same_whatever_stands_between_its_signs() {
        assert_eq!(bare("ex 000-0001"), bare("EX0000001"));
        assert_ne!(bare("EX0000001"), bare("EX0000002"));
    }
}
