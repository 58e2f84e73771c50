//! References that lead to what a reader may not see, and what is left of the records that name it.
//!
//! On the node of who named it, a reference goes when its target was here no later than the record that names it, and no
//! version of that target is for the reader. What arrives later and stays hidden changes nothing, so that it is not told by
//! another record. What another node's member wrote goes on as that member wrote it.

mod later;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use comity_model::stix::{Digest, Id, Object, redact::drop_references};
use comity_model::{Handling, HandlingId, MemberId, Micros, Record, RecordKey, RecordState};
use comity_policy::StateFlags;
use comity_store::Tx;
use comity_store::tables::release::{self, Audience};
use comity_store::tables::{lookup, record};

use crate::explain::nobody;
use crate::force::{InForce, in_force};
use crate::kinds;
use crate::look;
use crate::variant::{self, Meanings, Parts};
use crate::{App, AppError, settle};

pub(crate) use later::{came, opened, settled};

/// Most records that one answer looks at because others name them; what lies behind counts as hidden.
const LOOKED_AT_MAX: usize = 100_000;
/// Definitions that say nothing about anybody: references to them stay.
const DEFINITIONS: [&str; 2] = ["marking-definition--", "extension-definition--"];
/// Types that stay valid whatever they lose of what they name.
const STANDING: [&str; 13] = [
    "attack-pattern",
    "campaign",
    "course-of-action",
    "identity",
    "incident",
    "indicator",
    "infrastructure",
    "intrusion-set",
    "location",
    "malware",
    "threat-actor",
    "tool",
    "vulnerability",
];

/// What is left of a record without the references that must go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Left {
    /// None has to go.
    Whole,
    /// The object without them.
    Bytes(Vec<u8>),
    /// No valid object.
    Nothing,
}

/// A record without the references that must go, and what they lead to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Cut {
    pub(crate) gone: BTreeSet<String>,
    pub(crate) left: Left,
}

impl Cut {
    /// Nothing has to go.
    pub(crate) fn none() -> Self {
        Self { gone: BTreeSet::new(), left: Left::Whole }
    }
}

/// An object of a document that is not imported yet, as it would be.
pub(crate) struct Sibling {
    pub(crate) key: RecordKey,
    pub(crate) handling: Handling,
    pub(crate) parts: Parts,
    pub(crate) names: BTreeSet<String>,
    pub(crate) bytes: Vec<u8>,
}

/// The objects of one document, by their ids.
pub(crate) type Siblings = HashMap<String, Vec<Sibling>>;

/// A record that another names.
struct Target {
    key: RecordKey,
    leaf: i64,
    handling: (HandlingId, Arc<Handling>),
    state: RecordState,
    /// What it names, if it could fall with that.
    names: BTreeSet<String>,
    /// Levels of its parts that the audience may not have.
    denied: Parts,
    /// Its bytes, if they are not stored.
    bytes: Option<Vec<u8>>,
    /// It is for the audience.
    is_seen: bool,
}

/// Who names something, and since when: the leaf that brought it.
#[derive(Clone, Copy)]
pub(crate) struct Namer<'a> {
    pub(crate) origin: &'a MemberId,
    pub(crate) leaf: i64,
}

impl<'a> Namer<'a> {
    /// The namer that a record is.
    pub(crate) fn of(record: &'a Record) -> Self {
        Self { origin: &record.key.origin, leaf: record.leaf }
    }
}

/// Follows references for one audience, within one transaction.
pub(crate) struct Ends<'a> {
    app: &'a App,
    force: Arc<InForce>,
    audience: Audience,
    now: Micros,
    /// The audience are people of this node: what they do not find is hidden, whatever else is denied.
    is_within: bool,
    /// What would come together with what is asked about.
    beside: Option<&'a Siblings>,
    /// Whom the answer is told: what they do not find is not there.
    told: Option<Audience>,
    targets: Vec<Target>,
    by_id: HashMap<String, Vec<usize>>,
    allowed: HashMap<(Digest, StateFlags), bool>,
    audiences: Option<Vec<Audience>>,
    known: HashMap<(MemberId, Digest, StateFlags), bool>,
}

impl<'a> Ends<'a> {
    /// For one audience, at the instant that governs what is visible.
    pub(crate) fn new(app: &'a App, force: Arc<InForce>, audience: Audience, now: Micros) -> Self {
        Self {
            app,
            force,
            audience,
            now,
            is_within: false,
            beside: None,
            told: None,
            targets: Vec::new(),
            by_id: HashMap::new(),
            allowed: HashMap::new(),
            audiences: None,
            known: HashMap::new(),
        }
    }

    /// The same for people of this node.
    pub(crate) fn within(self) -> Self {
        Self { is_within: true, ..self }
    }

    /// The same for what would come together with these objects.
    pub(crate) fn with(self, beside: &'a Siblings) -> Self {
        Self { beside: Some(beside), ..self }
    }

    /// The same for an answer that tells people no more than they find themselves.
    pub(crate) fn told_to(self, viewer: Audience) -> Self {
        Self { told: Some(viewer), ..self }
    }

    /// Whether references of a record may have to go at all.
    pub(crate) fn concerns(&self, record: &Record) -> bool {
        record.names && self.strips(&record.key.origin)
    }

    /// This node is home of who named it, and it does not go back to that member. This node's own member has groups within
    /// that are hidden from each other.
    fn strips(&self, origin: &MemberId) -> bool {
        self.force.is_home_of(self.app, origin) && !self.is_own(origin)
    }

    fn is_own(&self, origin: &MemberId) -> bool {
        origin == &self.audience.member && origin != self.app.member()
    }

    /// What must go of each of these records of one collection, in their order; all of them are looked at at once.
    pub(crate) fn all_gone(
        &mut self,
        tx: &mut Tx<'_>,
        records: &[&Record],
    ) -> Result<Vec<BTreeSet<String>>, AppError> {
        let Some(first) = records.first() else { return Ok(Vec::new()) };
        let seqs: Vec<i64> = records.iter().map(|one| one.seq).collect();
        let mut names = names(tx, &first.key.collection, &seqs)?;
        self.follow(tx, &names.values().flatten().cloned().collect())?;
        records
            .iter()
            .map(|one| self.gone(tx, Namer::of(one), &names.remove(&one.seq).unwrap_or_default()))
            .collect()
    }

    /// What must go of one record, and what is left of it; its levels of denied parts are given.
    pub(crate) fn cut(&mut self, tx: &mut Tx<'_>, one: &Record, denied: &Parts) -> Result<Cut, AppError> {
        let gone = self.gone_of(tx, one)?;
        self.apply(tx, &one.key, denied, gone)
    }

    /// What must go of one record.
    fn gone_of(&mut self, tx: &mut Tx<'_>, one: &Record) -> Result<BTreeSet<String>, AppError> {
        if !self.concerns(one) {
            return Ok(BTreeSet::new());
        }
        Ok(self.all_gone(tx, &[one])?.pop().unwrap_or_default())
    }

    /// What is left of a stored record without these references.
    pub(crate) fn apply(
        &self,
        tx: &mut Tx<'_>,
        key: &RecordKey,
        denied: &Parts,
        gone: BTreeSet<String>,
    ) -> Result<Cut, AppError> {
        if gone.is_empty() {
            return Ok(Cut::none());
        }
        let left = match record::content(tx, key, &[])? {
            Some(bytes) => left(self.app, tx, &bytes, denied, &gone, &Meanings::new())?,
            None => Left::Nothing,
        };
        Ok(Cut { gone, left })
    }

    /// The targets among these that must not be named to the audience by this namer.
    pub(crate) fn hidden(
        &mut self,
        tx: &mut Tx<'_>,
        namer: Namer<'_>,
        names: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, AppError> {
        if names.is_empty() || !self.strips(namer.origin) {
            return Ok(BTreeSet::new());
        }
        self.follow(tx, names)?;
        self.gone(tx, namer, names)
    }

    /// Looks at everything that is named, and named by what could fall with it.
    fn follow(&mut self, tx: &mut Tx<'_>, names: &BTreeSet<String>) -> Result<(), AppError> {
        let first = self.targets.len();
        let mut next: BTreeSet<String> = names.clone();
        loop {
            next.retain(|id| !self.by_id.contains_key(id));
            if next.is_empty() || self.targets.len() >= LOOKED_AT_MAX {
                break;
            }
            next = self.take(tx, &next)?;
        }
        self.settle(tx, first)
    }

    /// Takes up the records of these ids; the answer is what those name that could fall with it.
    fn take(&mut self, tx: &mut Tx<'_>, ids: &BTreeSet<String>) -> Result<BTreeSet<String>, AppError> {
        let wanted: Vec<&str> = ids.iter().map(String::as_str).collect();
        for id in ids {
            self.by_id.insert(id.clone(), Vec::new());
        }
        let mut next = BTreeSet::new();
        let mut falling: HashMap<String, Vec<(i64, usize)>> = HashMap::new();
        for one in lookup::targets(tx, &wanted)? {
            let such = (&*one.handling, &one.parts);
            let finds = |who| look::shows(self.app, &self.force, who, such, one.state, self.now);
            if !self.told.as_ref().is_none_or(finds) {
                continue;
            }
            let is_seen = self.may_see((&one.handling, one.handling_id), &one.parts, one.state);
            if is_seen && one.names && may_fall(&one.kind) && self.strips(&one.key.origin) {
                let places = falling.entry(one.key.collection.clone()).or_default();
                places.push((one.seq, self.targets.len()));
            }
            let denied = self.denied(&one.handling, &one.parts, one.state);
            let (handling, state, leaf) = ((one.handling_id, one.handling), one.state, one.leaf);
            let (key, names, bytes) = (one.key, BTreeSet::new(), None);
            self.keep(Target { key, leaf, handling, state, names, denied, bytes, is_seen });
        }
        let beside = self.beside;
        for one in ids.iter().filter_map(|id| beside?.get(id)).flatten() {
            let (id, state) = (one.handling.id()?, RecordState::Live);
            let is_seen = self.may_see((&one.handling, id), &one.parts, state);
            let denied = self.denied(&one.handling, &one.parts, state);
            next.extend(one.names.iter().filter(|_| is_seen).cloned());
            let (key, names, bytes) = (one.key.clone(), one.names.clone(), Some(one.bytes.clone()));
            let (handling, leaf) = ((id, Arc::new(one.handling.clone())), i64::MAX);
            self.keep(Target { key, leaf, handling, state, names, denied, bytes, is_seen });
        }
        for (collection, places) in falling {
            let seqs: Vec<i64> = places.iter().map(|(seq, _)| *seq).collect();
            let mut all = names(tx, &collection, &seqs)?;
            for (seq, at) in places {
                let names = all.remove(&seq).unwrap_or_default();
                next.extend(names.iter().cloned());
                if let Some(target) = self.targets.get_mut(at) {
                    target.names = names;
                }
            }
        }
        Ok(next)
    }

    fn keep(&mut self, target: Target) {
        self.by_id.entry(target.key.id.clone()).or_default().push(self.targets.len());
        self.targets.push(target);
    }

    fn denied(&self, handling: &Handling, parts: &Parts, state: RecordState) -> Parts {
        if parts.is_empty() {
            return Parts::new();
        }
        self.force.denied(self.app, &self.audience, handling, parts, state, self.now)
    }

    /// Whether the rules let the audience have a record: from here, or from its originator if that is another node's.
    fn may_see(
        &mut self,
        (handling, id): (&Handling, HandlingId),
        parts: &Parts,
        state: RecordState,
    ) -> bool {
        let (app, force, audience, now) = (self.app, &self.force, &self.audience, self.now);
        // What was set aside was in use before: what is alleged about it goes to those who could have it.
        let state = if state == RecordState::Quarantined { RecordState::Live } else { state };
        if self.is_within {
            return look::shows(app, force, audience, (handling, parts), state, now);
        }
        let flags = StateFlags::of(state, handling, now);
        *self.allowed.entry((id.0, flags)).or_insert_with(|| {
            let alive = StateFlags::of(RecordState::Live, handling, now);
            let elsewhere =
                || !force.is_home_of(app, &handling.originator) && force.releases(audience, handling, alive);
            force.decide(app, audience, handling, flags).allow() || elsewhere()
        })
    }

    /// Those of these names under which something was here and known to the namer, of which nothing is for the audience.
    fn gone(
        &mut self,
        tx: &mut Tx<'_>,
        namer: Namer<'_>,
        names: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, AppError> {
        let mut gone = BTreeSet::new();
        for id in names {
            let Some(versions) = self.by_id.get(id).cloned() else {
                // Too many to look at: what was not looked at is not named.
                gone.insert(id.clone());
                continue;
            };
            if versions.iter().all(|at| self.targets.get(*at).is_some_and(|one| one.is_seen)) {
                continue;
            }
            let mut known: BTreeSet<MemberId> = BTreeSet::new();
            for at in &versions {
                if let Some(origin) = self.known(tx, namer, *at)? {
                    known.insert(origin);
                }
            }
            // Whatever another member calls by the same id must not show that this one is meant.
            let of_these = |at: &usize| self.targets.get(*at).filter(|one| known.contains(&one.key.origin));
            if !known.is_empty() && !versions.iter().filter_map(of_these).any(|one| one.is_seen) {
                gone.insert(id.clone());
            }
        }
        Ok(gone)
    }

    /// The originator of a target that was here no later than what names it and that the namer may know; not if it is the
    /// audience's own.
    fn known(&mut self, tx: &mut Tx<'_>, namer: Namer<'_>, at: usize) -> Result<Option<MemberId>, AppError> {
        let Some(target) = self.targets.get(at).filter(|one| one.leaf <= namer.leaf) else {
            return Ok(None);
        };
        let (origin, (id, handling)) = (target.key.origin.clone(), target.handling.clone());
        let state = target.state;
        let is_known = !self.is_own(&origin)
            && (&origin == namer.origin
                || state != RecordState::Held
                    && self.namer_sees(tx, namer.origin, (id, &handling), state)?);
        Ok(is_known.then_some(origin))
    }

    /// Whether the member that names something may itself see a record of this handling here.
    fn namer_sees(
        &mut self,
        tx: &mut Tx<'_>,
        member: &MemberId,
        (id, handling): (HandlingId, &Handling),
        state: RecordState,
    ) -> Result<bool, AppError> {
        if member == self.app.member() && !self.force.hosts(self.app, &handling.originator) {
            return Ok(true);
        }
        let flags = StateFlags::of(state, handling, self.now);
        let key = (member.clone(), id.0, flags);
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        if self.audiences.is_none() {
            self.audiences = Some(release::audiences(tx)?);
        }
        let all = self.audiences.iter().flatten().filter(|one| &one.member == member);
        let sees = |one: &Audience| self.force.decide(self.app, one, handling, flags).allow();
        let known = all.clone().any(sees) || sees(&nobody(member));
        self.known.insert(key, known);
        Ok(known)
    }

    /// Takes away, until nothing changes, the records of which nothing valid is left: what names them loses them too.
    fn settle(&mut self, tx: &mut Tx<'_>, first: usize) -> Result<(), AppError> {
        let mut weighed: HashSet<(usize, BTreeSet<String>)> = HashSet::new();
        loop {
            let mut is_changed = false;
            for at in first..self.targets.len() {
                let Some(one) = self.targets.get(at) else { continue };
                if !one.is_seen || one.names.is_empty() && one.denied.is_empty() {
                    continue;
                }
                let (key, leaf, names, denied) =
                    (one.key.clone(), one.leaf, one.names.clone(), one.denied.clone());
                let brought = one.bytes.clone();
                let gone = match self.strips(&key.origin) {
                    true => self.gone(tx, Namer { origin: &key.origin, leaf }, &names)?,
                    false => BTreeSet::new(),
                };
                if gone.is_empty() && denied.is_empty() || !weighed.insert((at, gone.clone())) {
                    continue;
                }
                let bytes = match brought {
                    Some(bytes) => bytes,
                    None => record::content(tx, &key, &[])?.unwrap_or_default(),
                };
                let left = left(self.app, tx, &bytes, &denied, &gone, &Meanings::new())?;
                if left == Left::Nothing
                    && let Some(one) = self.targets.get_mut(at)
                {
                    one.is_seen = false;
                    is_changed = true;
                }
            }
            if !is_changed {
                return Ok(());
            }
        }
    }
}

/// A look at references for one audience, as things stand.
pub(crate) fn ends<'a>(app: &'a App, tx: &mut Tx<'_>, audience: &Audience) -> Result<Ends<'a>, AppError> {
    Ok(Ends::new(app, in_force(app, tx)?, audience.clone(), settle::instant(app, tx)?))
}

fn may_fall(kind: &str) -> bool {
    !STANDING.contains(&kind) && !kind.starts_with("x-")
}

fn is_followed(target: &str) -> bool {
    !DEFINITIONS.iter().any(|kind| target.starts_with(kind))
}

/// What these records of a collection name: the references of each, by its number.
pub(crate) fn names(
    tx: &mut Tx<'_>,
    collection: &str,
    seqs: &[i64],
) -> Result<HashMap<i64, BTreeSet<String>>, AppError> {
    let mut names: HashMap<i64, BTreeSet<String>> = HashMap::new();
    for (seq, target) in lookup::names(tx, collection, seqs)? {
        if is_followed(&target) {
            names.entry(seq).or_default().insert(target);
        }
    }
    Ok(names)
}

/// What an object that is not stored yet names.
pub(crate) fn names_of(references: &[(String, String)]) -> BTreeSet<String> {
    let followed = references.iter().filter(|(path, target)| path != "created_by_ref" && is_followed(target));
    followed.map(|(_, target)| target.clone()).collect()
}

/// What is left of an object without its parts of these levels and without these references.
pub(crate) fn left(
    app: &App,
    tx: &mut Tx<'_>,
    bytes: &[u8],
    denied: &Parts,
    gone: &BTreeSet<String>,
    meanings: &Meanings,
) -> Result<Left, AppError> {
    let parted =
        if denied.is_empty() { None } else { Some(variant::left(app, tx, bytes, denied, meanings)?) };
    let bytes = match &parted {
        None => bytes,
        Some(None) => return Ok(Left::Nothing),
        Some(Some(bytes)) => bytes,
    };
    if gone.is_empty() {
        return Ok(parted.flatten().map_or(Left::Whole, Left::Bytes));
    }
    let Ok(object) = Object::parse(bytes, &app.limits().stix) else { return Ok(Left::Nothing) };
    let is_gone = |id: &Id| gone.contains(id.as_str());
    let Some(left) = drop_references(&object, &is_gone) else { return Ok(Left::Nothing) };
    // Who gets it takes it for the whole, so it must be what its kind asks for.
    let fits = |object: &Object<'_>| kinds::read(object).is_ok() && kinds::read_supplement(object).is_ok();
    let still_fits = Object::parse(&left, &app.limits().stix).is_ok_and(|left| fits(&left));
    Ok(if still_fits || !fits(&object) { Left::Bytes(left) } else { Left::Nothing })
}
