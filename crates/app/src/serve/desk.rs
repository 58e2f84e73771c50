//! The desk where records go out: every look at a record and every release of one asks the same decision.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use comity_model::stix::{Digest, Object, canon};
use comity_model::{Envelope, Micros, Record, SignedEnvelope, Stored};
use comity_policy::{Decision, Denied, Released, StateFlags, release};
use comity_store::Tx;
use comity_store::tables::page::Seen;
use comity_store::tables::record as rows;
use comity_store::tables::release::Audience;
use comity_store::tables::withheld::{self, Withheld};

use super::{ManifestEntry, Outgoing, own_audience};
use crate::dangling::{self, Cut, Ends, Left};
use crate::force::{InForce, in_force};
use crate::variant::{self, Kept, Meanings, Parts};
use crate::{App, AppError, Reader, settle};

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
    ends: Ends<'a>,
    /// What is left of the records whose references were followed, by collection and number.
    cut: HashMap<(String, i64), Cut>,
    keeps: bool,
    lacks: bool,
}

impl<'a> Desk<'a> {
    /// A desk for one page. `keeps` says that the transaction may write: redactions that are made are kept then.
    pub(super) fn new(app: &'a App, tx: &mut Tx<'_>, reader: &Reader, keeps: bool) -> Result<Self, AppError> {
        let (force, audience, now) =
            (in_force(app, tx)?, own_audience(tx, reader)?, settle::instant(app, tx)?);
        Ok(Self {
            app,
            ends: Ends::new(app, Arc::clone(&force), audience.clone(), now),
            cut: HashMap::new(),
            force,
            audience,
            now,
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
    /// valid is left of it without the parts that are denied (invariant 9). What it names is asked by
    /// [`Self::retain_named`].
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

    /// Leaves out the records of one collection of which nothing is left without the references that must go. No older
    /// version stands in for them.
    pub(super) fn retain_named(&mut self, tx: &mut Tx<'_>, found: &mut Vec<Seen>) -> Result<(), AppError> {
        let place = |one: &Record| (one.key.collection.clone(), one.seq);
        let naming: Vec<&Record> = found
            .iter()
            .map(|one| one.record.peek())
            .filter(|one| self.ends.concerns(one) && !self.cut.contains_key(&place(one)))
            .collect();
        let all = self.ends.all_gone(tx, &naming)?;
        for (one, gone) in naming.into_iter().zip(all) {
            let denied = self.denied(one);
            let cut = self.ends.apply(tx, &one.key, &denied, gone)?;
            self.cut.insert(place(one), cut);
        }
        found.retain(|one| {
            self.cut.get(&place(one.record.peek())).is_none_or(|cut| cut.left != Left::Nothing)
        });
        Ok(())
    }

    /// The size of a record without the references that must go, if any must.
    pub(super) fn cut_size(&self, record: &Record) -> Option<u64> {
        match &self.cut.get(&(record.key.collection.clone(), record.seq))?.left {
            Left::Bytes(bytes) => Some(bytes.len() as u64),
            Left::Whole | Left::Nothing => None,
        }
    }

    /// Notes what this audience was given less of because of what it names, to be shown again once that may be seen.
    pub(super) fn note_withheld(&self, tx: &mut Tx<'_>) -> Result<(), AppError> {
        let mut rows: Vec<Withheld> = Vec::new();
        for ((collection, seq), cut) in &self.cut {
            rows.extend(cut.gone.iter().map(|target| Withheld {
                audience: self.audience.number,
                collection: collection.clone(),
                seq: *seq,
                target: target.clone(),
            }));
        }
        if !rows.is_empty() {
            rows.sort();
            withheld::keep(tx, &rows)?;
        }
        Ok(())
    }

    /// What is left of a record without the references that must go.
    fn cut(&mut self, tx: &mut Tx<'_>, record: &Record) -> Result<Left, AppError> {
        if !self.ends.concerns(record) {
            return Ok(Left::Whole);
        }
        let place = (record.key.collection.clone(), record.seq);
        if let Some(known) = self.cut.get(&place) {
            return Ok(known.left.clone());
        }
        let denied = self.denied(record);
        let cut = self.ends.cut(tx, record, &denied)?;
        let left = cut.left.clone();
        self.cut.insert(place, cut);
        Ok(left)
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
        match self.cut(tx, record)? {
            Left::Whole => {}
            Left::Bytes(bytes) => return Ok(Some(bytes)),
            Left::Nothing => return Ok(None),
        }
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
        let left = match self.cut(tx, &outgoing.record)? {
            Left::Whole if denied.is_empty() => None,
            Left::Whole => match self.redacted(tx, &outgoing.record, &denied)? {
                None => return Ok(None),
                some => some,
            },
            Left::Bytes(bytes) => {
                outgoing.record.envelope = self.restated(tx, &outgoing)?;
                Some(bytes)
            }
            Left::Nothing => return Ok(None),
        };
        if let Some(bytes) = left {
            outgoing.served = digest_of(self.app, &bytes)?;
            outgoing.bytes = bytes;
        }
        Ok(self.passed(&id, release(Stored::new(outgoing), decision)))
    }

    /// The envelope of a record from which references went. The digest of the whole would tell whoever tries ids which of
    /// them stood there, so this node, which signed for the whole, signs for the object without them.
    fn restated(&self, tx: &mut Tx<'_>, outgoing: &Outgoing) -> Result<String, AppError> {
        let record = &outgoing.record;
        let signed = SignedEnvelope::from_json(&record.envelope)?;
        let cut = self.cut.get(&(record.key.collection.clone(), record.seq));
        let Some(cut) = cut.filter(|_| &signed.signer == self.app.member()) else {
            return Ok(record.envelope.clone());
        };
        let none = (Parts::new(), Meanings::new());
        let left = dangling::left(self.app, tx, &outgoing.bytes, &none.0, &cut.gone, &none.1)?;
        let Left::Bytes(bytes) = left else { return Ok(record.envelope.clone()) };
        let envelope = Envelope { object: digest_of(self.app, &bytes)?, ..signed.envelope };
        Ok(envelope.sign(self.app.member().clone(), &self.app.keys()?.member)?.to_json()?)
    }

    /// The redacted variant of a record, made once and kept; none when nothing valid is left.
    fn redacted(
        &self,
        tx: &mut Tx<'_>,
        record: &Record,
        denied: &Parts,
    ) -> Result<Option<Vec<u8>>, AppError> {
        Ok(match variant::kept(tx, record, denied)? {
            Kept::Bytes(bytes) => Some(bytes),
            Kept::Nothing => None,
            Kept::Unmade => variant::made(self.app, tx, record, denied)?,
        })
    }
}

/// The digest of an object that something was taken out of.
fn digest_of(app: &App, bytes: &[u8]) -> Result<Digest, AppError> {
    let failed = |error: String| AppError::Internal(format!("redacted variant: {error}"));
    let object = Object::parse(bytes, &app.limits().stix).map_err(|error| failed(error.to_string()))?;
    canon::digest_of(object.value()).map_err(|error| failed(error.to_string()))
}
