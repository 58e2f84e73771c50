//! Looking at a document before it comes in: what would be taken and what not, and what each member would get of it.
//! Nothing is stored, and the code is that of the import and of the door.

use std::borrow::Cow;

use comity_model::MemberId;
use comity_model::stix::marking::Meaning;
use comity_store::tables::record;
use serde::Serialize;

use super::{Input, NotTaken, Placed, Rejected, Summary, candidate, definitions, from_misp, open, split};
use crate::admit::{Candidate, Statement};
use crate::explain::document::{Stated, with_stated};
use crate::explain::{self, Sight, View};
use crate::force::{find_member, in_force};
use crate::look::Look;
use crate::preview::{self, Got};
use crate::threshold::Threshold;
use crate::{Actor, App, AppError, Role, collection};

/// Most refusals, losses and objects that are told one by one.
pub const TOLD_MAX: usize = 200;
/// Most objects whose members are worked out; there are as many decisions as members for each.
pub const LOOKED_MAX: usize = 2_000;
/// Most objects whose bytes are shown at once.
pub const SHOWN_MAX: usize = 20;
/// Most reasons that are told of one member.
const REASONS_MAX: usize = 8;

/// What would become of a document.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Dry {
    /// Objects in it.
    pub objects: usize,
    /// Of them, those that would be taken.
    pub taken: usize,
    /// Of those taken, how many are here in the same bytes.
    pub here: usize,
    /// Of those taken, how many would wait for a second person when they are published.
    pub waiting: usize,
    /// Which rule asks for the second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// Findings that stop no object.
    pub warnings: usize,
    /// The first objects that would not be taken.
    pub rejected: Vec<Rejected>,
    /// How many more would not be taken.
    pub more_rejected: usize,
    /// The first parts of a MISP event that have no place in the records.
    pub not_taken: Vec<NotTaken>,
    /// How many more have none.
    pub more_not_taken: usize,
    /// The first objects that would be taken.
    pub lines: Vec<DryLine>,
    /// Of how many objects the members were worked out.
    pub looked: usize,
    /// What each other member would see, whoever would see least first.
    pub members: Vec<MemberSees>,
}

/// An object that would be taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DryLine {
    /// Its position among those that would be taken, from 0.
    pub at: usize,
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// The word of its kind; the STIX type for an object that is of no kind.
    pub word: String,
    /// Display name.
    pub name: String,
    /// Level in words.
    pub level: String,
    /// Whether a group, recipient, exclusion or date narrows it.
    pub narrowed: bool,
    /// Whether it is here in the same bytes.
    pub here: bool,
}

/// What a member would see of a document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MemberSees {
    /// Id of the member.
    pub member_id: MemberId,
    /// Display name of the member.
    pub member: String,
    /// Whether it has a key that reads the collection; without one nothing can arrive.
    pub has_key: bool,
    /// Objects that it would see whole.
    pub whole: usize,
    /// Objects that it would see without some parts.
    pub part: usize,
    /// Objects of which it would see nothing.
    pub nothing: usize,
    /// Why, the most frequent reason first.
    pub why: Vec<Reason>,
    /// Most that binds it, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duties: Vec<String>,
}

/// Why a member would see some objects so.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Reason {
    /// What it would see.
    pub view: View,
    /// Ids of the deciding rules.
    pub rules: Vec<String>,
    /// Why, in a sentence.
    pub why: String,
    /// Of how many objects.
    pub count: usize,
}

/// What would become of a document, and who would see it.
///
/// # Errors
/// As for [`super::run`]; [`AppError::Invalid`] when the document as a whole cannot be read.
pub fn look(app: &App, actor: &Actor, input: &Input<'_>, bytes: &[u8]) -> Result<Dry, AppError> {
    let Read { meanings, stated, rejected, not_taken, objects } = read(app, actor, input, bytes)?;
    let here = here(app, input, &stated)?;
    let (waiting, rule) = waiting(app, actor, &stated)?;
    let asked = Stated { meanings: &meanings, all: &stated, of: (0, LOOKED_MAX) };
    let sights = with_stated(app, input.collection, &asked, |tx, force, thing| {
        explain::all_of(app, tx, force, thing)
    })?;
    let line = |(at, ((candidate, statement), here)): (usize, (&(Candidate, Statement), &bool))| DryLine {
        at,
        id: candidate.id.clone(),
        version: candidate.version.clone(),
        word: word(candidate),
        name: candidate.name.clone(),
        level: statement.handling.level_name().to_owned(),
        narrowed: statement.handling.is_narrowed(),
        here: *here,
    };
    Ok(Dry {
        objects,
        taken: stated.len(),
        here: here.iter().filter(|one| **one).count(),
        waiting,
        rule,
        warnings: stated.iter().map(|(candidate, _)| candidate.warnings).sum(),
        more_rejected: rejected.len().saturating_sub(TOLD_MAX),
        rejected: rejected.into_iter().take(TOLD_MAX).collect(),
        more_not_taken: not_taken.len().saturating_sub(TOLD_MAX),
        not_taken: not_taken.into_iter().take(TOLD_MAX).collect(),
        lines: stated.iter().zip(&here).enumerate().take(TOLD_MAX).map(line).collect(),
        looked: sights.len(),
        members: by_member(sights.into_iter().flatten()),
    })
}

/// The word of the kind of an object; its STIX type when it is of no kind.
fn word(candidate: &Candidate) -> String {
    candidate.record.as_ref().map_or_else(|| candidate.kind.clone(), |kind| kind.word().to_owned())
}

/// The very bytes that a member would get of some objects of a document that would be taken: from this one on, at most
/// [`SHOWN_MAX`].
///
/// # Errors
/// As for [`look`]; [`AppError::NotFound`] for an unknown member, [`AppError::Invalid`] for this node's own.
pub fn got(
    app: &App,
    actor: &Actor,
    input: &Input<'_>,
    bytes: &[u8],
    (member, from): (&str, usize),
) -> Result<Vec<Got>, AppError> {
    let Read { meanings, stated, .. } = read(app, actor, input, bytes)?;
    let force = app.store().read("dry.force", |tx| in_force(app, tx))?;
    let member = find_member(&force, member)?;
    if &member == app.member() {
        return Err(AppError::invalid("member", "this node's own member holds the record itself"));
    }
    let asked = Stated { meanings: &meanings, all: &stated, of: (from, SHOWN_MAX) };
    with_stated(app, input.collection, &asked, |tx, force, thing| {
        preview::one(app, tx, force, thing, &member)
    })
}

/// A document that was read, with what is stated about each object that would be taken.
struct Read {
    meanings: std::collections::HashMap<String, Meaning>,
    stated: Vec<(Candidate, Statement)>,
    rejected: Vec<Rejected>,
    not_taken: Vec<NotTaken>,
    objects: usize,
}

fn read(app: &App, actor: &Actor, input: &Input<'_>, bytes: &[u8]) -> Result<Read, AppError> {
    actor.require(&[Role::Analyst, Role::ReleaseOfficer], "bring in drafts")?;
    app.store().read("dry.collection", |tx| collection::find(tx, input.collection))?;
    let converted = from_misp(app, input.name, bytes)?;
    let bytes = converted.as_ref().map_or(Cow::Borrowed(bytes), |made| Cow::Owned(made.document()));
    let document = open(app, input.name, &bytes)?;
    let meanings = definitions(&document);
    let (closed, not_taken) = converted.map(|made| (made.closed, made.not_taken)).unwrap_or_default();
    let mut summary = Summary::default();
    let mut candidates = Vec::with_capacity(document.items.len());
    for item in &document.items {
        match candidate(app, &actor.member, item, &meanings, &closed) {
            Ok(found) => candidates.push((item.index, found)),
            Err(rejected) => summary.rejected.push(rejected),
        }
    }
    let (held, open) = split(app, &actor.member, input, candidates, &mut summary)?;
    let mut all: Vec<Placed> = held.into_iter().chain(open).collect();
    all.sort_by_key(|(index, _)| *index);
    let mut rejected = summary.rejected;
    rejected.sort_by_key(|one| one.index);
    Ok(Read {
        meanings,
        objects: document.items.len(),
        stated: all.into_iter().map(|(_, stated)| stated).collect(),
        rejected,
        not_taken,
    })
}

/// Which of the objects are here in the same bytes, as far as whoever looks finds them.
fn here(app: &App, input: &Input<'_>, stated: &[(Candidate, Statement)]) -> Result<Vec<bool>, AppError> {
    let ids: Vec<&str> = stated.iter().map(|(candidate, _)| candidate.id.as_str()).collect();
    app.store().read("dry.here", |tx| {
        let into = collection::find(tx, input.collection)?;
        let mut look = Look::new(app, tx)?;
        let mut known = std::collections::BTreeSet::new();
        for one in record::known(tx, &into.id, app.member(), &ids)? {
            if look.sees_numbered(tx, &into.id, one.seq)? {
                known.insert((one.id, one.version, one.digest));
            }
        }
        let is_here = |(one, _): &(Candidate, Statement)| {
            known.contains(&(one.id.clone(), one.version.clone(), one.digest))
        };
        Ok(stated.iter().map(is_here).collect())
    })
}

/// How many objects wait for a second person once they are to be published, and the rule that asks for one.
fn waiting(
    app: &App,
    actor: &Actor,
    stated: &[(Candidate, Statement)],
) -> Result<(usize, Option<&'static str>), AppError> {
    app.store().read("dry.waiting", |tx| {
        let force = in_force(app, tx)?;
        let threshold = Threshold::of(app, tx, &force, &actor.member)?;
        let rules: Vec<&'static str> =
            stated.iter().filter_map(|(_, statement)| threshold.asks(None, &statement.handling)).collect();
        Ok((rules.len(), rules.first().copied()))
    })
}

fn by_member(sights: impl Iterator<Item = Sight>) -> Vec<MemberSees> {
    let mut members: Vec<MemberSees> = Vec::new();
    for sight in sights {
        let known = members.iter().position(|one| one.member_id == sight.member_id);
        let at = known.unwrap_or_else(|| {
            members.push(MemberSees {
                member_id: sight.member_id.clone(),
                member: sight.member.clone(),
                has_key: sight.has_key,
                whole: 0,
                part: 0,
                nothing: 0,
                why: Vec::new(),
                duties: Vec::new(),
            });
            members.len() - 1
        });
        if let Some(one) = members.get_mut(at) {
            one.add(sight);
        }
    }
    for one in &mut members {
        one.why.sort_by_key(|reason| (reason.view, std::cmp::Reverse(reason.count)));
        one.why.truncate(REASONS_MAX);
    }
    members.sort_by(|one, other| {
        (one.whole, one.part, &one.member).cmp(&(other.whole, other.part, &other.member))
    });
    members
}

impl MemberSees {
    fn add(&mut self, sight: Sight) {
        let count = match sight.view {
            View::Whole => &mut self.whole,
            View::Part => &mut self.part,
            View::Nothing => &mut self.nothing,
        };
        *count += 1;
        // What binds a reader binds nobody who sees nothing.
        if sight.view > View::Nothing && self.duties.len() < REASONS_MAX {
            let new: Vec<String> =
                sight.duties.into_iter().filter(|duty| !self.duties.contains(duty)).collect();
            self.duties.extend(new);
        }
        let known = self.why.iter_mut().find(|one| one.view == sight.view && one.why == sight.why);
        match known {
            Some(reason) => reason.count += 1,
            None => {
                let Sight { view, rules, why, .. } = sight;
                self.why.push(Reason { view, rules, why, count: 1 });
            }
        }
    }
}
