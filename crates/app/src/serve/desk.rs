//! The desk where records go out: every look at a record and every release of one asks the same decision.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use comity_model::stix::{Digest, Object, Tlp, canon};
use comity_model::{Micros, Record, Stored};
use comity_policy::{Decision, Denied, Released, StateFlags, release};
use comity_store::Tx;
use comity_store::tables::page::Seen;
use comity_store::tables::record as rows;
use comity_store::tables::release::Audience;

use super::{ManifestEntry, Outgoing, own_audience};
use crate::force::{InForce, in_force};
use crate::variant::{self, Kept};
use crate::{App, AppError, Reader, settle};

/// Levels of marked parts.
type Parts = BTreeSet<Option<Tlp>>;

/// Lets records of one collection out: decides once for each distinct handling and state, without a cache that
/// outlives the transaction, then releases.
pub(super) struct Desk<'a> {
    app: &'a App,
    force: Arc<InForce>,
    audience: Audience,
    /// The instant that governed what is visible; the clock itself may stand before it.
    now: Micros,
    decisions: HashMap<(Digest, StateFlags), Decision>,
    denied: HashMap<(Digest, StateFlags, Parts), Parts>,
    shown: HashMap<i64, bool>,
    keeps: bool,
    lacks: bool,
}

impl<'a> Desk<'a> {
    /// A desk for one page. `keeps` says that the transaction may write: redactions that are made are kept then.
    pub(super) fn new(app: &'a App, tx: &mut Tx<'_>, reader: &Reader, keeps: bool) -> Result<Self, AppError> {
        Ok(Self {
            app,
            force: in_force(app, tx)?,
            audience: own_audience(tx, reader)?,
            now: settle::instant(app, tx)?,
            decisions: HashMap::new(),
            denied: HashMap::new(),
            shown: HashMap::new(),
            keeps,
            lacks: false,
        })
    }

    /// The node.
    pub(super) fn app(&self) -> &'a App {
        self.app
    }

    /// For whom.
    pub(super) fn audience(&self) -> &Audience {
        &self.audience
    }

    /// Turns to another collection, where numbers mean other records.
    pub(super) fn turn(&mut self) {
        self.shown.clear();
    }

    /// Whether a redaction was needed that is not made and could not be kept: what was found so far says nothing.
    pub(super) fn lacks(&self) -> bool {
        self.lacks
    }

    fn state(&self, record: &Record) -> StateFlags {
        StateFlags::of(record.state, &record.handling, self.now)
    }

    fn decision(&mut self, record: &Record) -> &Decision {
        let state = self.state(record);
        let (app, force, audience) = (self.app, &self.force, &self.audience);
        self.decisions
            .entry((record.handling_id.0, state))
            .or_insert_with(|| force.decide(app, audience, &record.handling, state))
    }

    /// Whether the decision about a record that no interval shows allows it.
    pub(super) fn allows(&mut self, record: &Record) -> bool {
        self.decision(record).allow()
    }

    /// The levels of a record's parts that the audience may not have.
    fn denied(&mut self, record: &Record) -> Parts {
        if record.parts.is_empty() {
            return Parts::new();
        }
        let key = (record.handling_id.0, self.state(record), record.parts.clone());
        let (app, force, audience, now) = (self.app, &self.force, &self.audience, self.now);
        self.denied
            .entry(key)
            .or_insert_with(|| {
                force.denied(app, audience, &record.handling, &record.parts, record.state, now)
            })
            .clone()
    }

    /// Whether a record that an interval shows is there for the audience: the decision allows it, and something
    /// valid is left of it (invariant 9).
    pub(super) fn shows(&mut self, tx: &mut Tx<'_>, record: &Record) -> Result<bool, AppError> {
        if let Some(shown) = self.shown.get(&record.seq) {
            return Ok(*shown);
        }
        let decision = self.decision(record);
        let refused = (!decision.allow()).then(|| decision.sentence());
        let shown = match refused {
            None => self.leaves(tx, record)?,
            Some(why) => {
                self.alarm(&record.key.id, &why);
                false
            }
        };
        self.shown.insert(record.seq, shown);
        Ok(shown)
    }

    fn leaves(&mut self, tx: &mut Tx<'_>, record: &Record) -> Result<bool, AppError> {
        let denied = self.denied(record);
        if denied.is_empty() {
            return Ok(true);
        }
        match variant::kept(tx, record, &denied)? {
            Kept::Bytes(_) => Ok(true),
            Kept::Nothing => Ok(false),
            Kept::Unmade if self.keeps => Ok(variant::made(self.app, tx, record, &denied)?.is_some()),
            Kept::Unmade => {
                self.lacks = true;
                Ok(false)
            }
        }
    }

    /// The interval said visible and the decision says no: the record stays, and somebody must look.
    fn alarm(&self, id: &str, why: &str) {
        self.app.alarms().door_denials.fetch_add(1, Ordering::Relaxed);
        tracing::error!(record = id, "a visible record was denied at the door: {why}");
    }

    fn passed<T>(&self, id: &str, released: Result<Released<T>, Denied>) -> Option<Released<T>> {
        released.map_err(|denied| self.alarm(id, &denied.to_string())).ok()
    }

    /// The line of a manifest for a record that is released.
    pub(super) fn list(&mut self, seen: Seen) -> Option<ManifestEntry> {
        let (released, added_at) = self.pass(seen)?;
        Some(ManifestEntry::of(&released, added_at))
    }

    /// A record that is released, without its bytes, and its added-time as the audience sees it.
    pub(super) fn pass(&mut self, seen: Seen) -> Option<(Released<Record>, Micros)> {
        let (record, added_at) = (seen.record, seen.added_at);
        let decision = self.decision(record.peek()).clone();
        let id = record.peek().key.id.clone();
        Some((self.passed(&id, release(record, decision))?, added_at))
    }

    /// The bytes of a record that is shown, as far as the audience may have them: none when nothing valid is left or
    /// nobody has made the redaction yet.
    pub(super) fn left(&mut self, tx: &mut Tx<'_>, record: &Record) -> Result<Option<Vec<u8>>, AppError> {
        let denied = self.denied(record);
        if denied.is_empty() {
            return Ok(rows::content(tx, &record.key, &[])?);
        }
        Ok(match variant::kept(tx, record, &denied)? {
            Kept::Bytes(bytes) => Some(bytes),
            Kept::Nothing | Kept::Unmade => None,
        })
    }

    /// A record with its bytes, or with what is left of them.
    pub(super) fn let_out(
        &mut self,
        tx: &mut Tx<'_>,
        seen: Seen,
        bytes: Vec<u8>,
    ) -> Result<Option<Released<Outgoing>>, AppError> {
        let added_at = seen.added_at;
        let record = seen.record.into_inner();
        let decision = self.decision(&record).clone();
        let denied = self.denied(&record);
        let (held, id) = (record.held, record.key.id.clone());
        let mut outgoing = Outgoing { record, bytes, served: held, added_at };
        if !denied.is_empty() && !self.redact(tx, &mut outgoing, &denied)? {
            return Ok(None);
        }
        Ok(self.passed(&id, release(Stored::new(outgoing), decision)))
    }

    /// Puts the redacted variant in place of the bytes, made once and kept; false when nothing valid is left.
    fn redact(&self, tx: &mut Tx<'_>, outgoing: &mut Outgoing, denied: &Parts) -> Result<bool, AppError> {
        let left = match variant::kept(tx, &outgoing.record, denied)? {
            Kept::Bytes(bytes) => Some(bytes),
            Kept::Nothing => None,
            Kept::Unmade => variant::made(self.app, tx, &outgoing.record, denied)?,
        };
        let Some(bytes) = left else { return Ok(false) };
        let object = Object::parse(&bytes, &self.app.limits().stix)
            .map_err(|error| AppError::Internal(format!("redacted variant: {error}")))?;
        outgoing.served = canon::digest_of(object.value())
            .map_err(|error| AppError::Internal(format!("redacted variant: {error}")))?;
        outgoing.bytes = bytes;
        Ok(true)
    }
}
