//! The one way through which people and members' programs come to see what is stored here.
//!
//! The rules decide for each handling and state. Of what a look does not show there is no trace: no line, no count, and
//! the answer for it is the one for what is not here. The work of the node itself (clocks, ledger, duplicates) does not
//! pass here.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use comity_model::stix::Tlp;
use comity_model::{Handling, HandlingId, Micros, Record, RecordState};
use comity_policy::StateFlags;
use comity_store::tables::release::Audience;
use comity_store::tables::{handling, record};
use comity_store::{StoreError, Tx};

use crate::dangling::{Cut, Ends, Left};
use crate::force::{InForce, in_force};
use crate::{App, AppError, settle};

/// The rules after which a member's own people do not find what the member holds. What others deny (a purpose that
/// nobody stated, a record that was set aside) they see with that state; a search decides it for its purpose.
const HIDING: [&str; 3] = ["guard-inner", "unknown-member", "rule-error"];

/// A question that was decided before.
type Asked = (HandlingId, StateFlags, BTreeSet<Option<Tlp>>);

/// What one viewer finds, in one transaction.
pub(crate) struct Look<'a> {
    app: &'a App,
    force: Arc<InForce>,
    viewer: Audience,
    now: Micros,
    known: HashMap<Asked, bool>,
    /// For following references; none where nothing can be hidden from the viewer.
    ends: Option<Option<Ends<'a>>>,
}

impl<'a> Look<'a> {
    /// The look of whoever the node is seen by.
    pub(crate) fn new(app: &'a App, tx: &mut Tx<'_>) -> Result<Self, AppError> {
        Ok(Self {
            app,
            force: in_force(app, tx)?,
            viewer: app.viewer(),
            now: settle::instant(app, tx)?,
            known: HashMap::new(),
            ends: None,
        })
    }

    /// A record without its references to what is not there for the viewer.
    pub(crate) fn cut(&mut self, tx: &mut Tx<'_>, found: &Record) -> Result<Cut, AppError> {
        if !found.names {
            return Ok(Cut::none());
        }
        if self.ends.is_none() {
            let hosts = self.force.agreement.members.iter().any(|one| self.force.hosts(self.app, &one.id));
            let hides = hosts || !hidden(self.app, tx, &self.force, &self.viewer)?.is_empty();
            let ends = Ends::new(self.app, Arc::clone(&self.force), self.viewer.clone(), self.now).within();
            self.ends = Some(hides.then_some(ends));
        }
        match self.ends.as_mut().and_then(Option::as_mut) {
            Some(ends) => ends.cut(tx, found, &BTreeSet::new()),
            None => Ok(Cut::none()),
        }
    }

    /// The bytes of a record as the viewer finds them: none when they were erased, or nothing valid is left.
    pub(crate) fn content(&mut self, tx: &mut Tx<'_>, found: &Record) -> Result<Option<Vec<u8>>, AppError> {
        Ok(match self.cut(tx, found)?.left {
            Left::Whole => record::content(tx, &found.key, &[])?,
            Left::Bytes(bytes) => Some(bytes),
            Left::Nothing => None,
        })
    }

    /// Whether a record is there.
    pub(crate) fn sees(&mut self, found: &Record) -> bool {
        self.sees_such(found.handling_id, &found.handling, &found.parts, found.state)
    }

    /// Whether records of this handling, with these parts marked apart, are there.
    pub(crate) fn sees_such(
        &mut self,
        id: HandlingId,
        handling: &Handling,
        parts: &BTreeSet<Option<Tlp>>,
        state: RecordState,
    ) -> bool {
        let asked = (id, StateFlags::of(state, handling, self.now), parts.clone());
        if let Some(known) = self.known.get(&asked) {
            return *known;
        }
        let seen = shows(self.app, &self.force, &self.viewer, (handling, parts), state, self.now);
        self.known.insert(asked, seen);
        seen
    }

    /// Whether the record of this number in a collection is there.
    pub(crate) fn sees_numbered(
        &mut self,
        tx: &mut Tx<'_>,
        collection: &str,
        seq: i64,
    ) -> Result<bool, AppError> {
        Ok(record::numbered(tx, collection, seq)?.is_some_and(|found| self.sees(found.peek())))
    }

    /// Whether an object is there: some record of it, or none that is hidden.
    pub(crate) fn sees_object(&mut self, tx: &mut Tx<'_>, id: &str) -> Result<bool, AppError> {
        let all = record::of_id(tx, id, None, None)?;
        Ok(all.is_empty() || all.iter().any(|found| self.sees(found.peek())))
    }
}

/// The first `most` rows that are shown, so that neither the length of a list nor where it ends tells of what is hidden.
/// `read` answers at most so many rows behind the first so many; it is asked for the next ones until the list is full.
pub(crate) fn filled<T>(
    tx: &mut Tx<'_>,
    most: usize,
    read: impl Fn(&mut Tx<'_>, (i64, i64)) -> Result<Vec<T>, StoreError>,
    mut shows: impl FnMut(&mut Tx<'_>, &T) -> Result<bool, AppError>,
) -> Result<Vec<T>, AppError> {
    let mut found = Vec::new();
    let part = i64::try_from(most).unwrap_or(i64::MAX);
    let mut skip = 0_i64;
    while found.len() < most {
        let rows = read(tx, (skip, part))?;
        let is_last = rows.len() < most;
        for row in rows {
            if found.len() < most && shows(tx, &row)? {
                found.push(row);
            }
        }
        if is_last {
            break;
        }
        skip = skip.saturating_add(part);
    }
    Ok(found)
}

/// The handlings that readers' groups hide from a viewer.
pub(crate) fn hidden(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    viewer: &Audience,
) -> Result<Vec<HandlingId>, AppError> {
    let mut hidden = handling::limited(tx)?;
    let hides = |handling: &Handling| {
        !shows(app, force, viewer, (handling, &BTreeSet::new()), RecordState::Live, Micros(0))
    };
    hidden.retain(|(_, handling)| hides(handling));
    Ok(hidden.into_iter().map(|(id, _)| id).collect())
}

/// Whether a viewer finds records of a handling. Of what its own member originated or received, the readers' groups
/// decide; of what another member keeps on this node, the release to the viewer's member, and no part may be missing.
pub(crate) fn shows(
    app: &App,
    force: &InForce,
    viewer: &Audience,
    (handling, parts): (&Handling, &BTreeSet<Option<Tlp>>),
    state: RecordState,
    now: Micros,
) -> bool {
    let holds = viewer.member == handling.originator
        || (&viewer.member == app.member() && !force.hosts(app, &handling.originator));
    if holds {
        // No other rule hides what the member holds from its own people.
        if handling.inner.is_empty() {
            return true;
        }
        let decision = force.decide(app, viewer, handling, StateFlags::default());
        return decision.allow() || !decision.rules().iter().any(|rule| HIDING.contains(&rule.id.as_str()));
    }
    let flags = StateFlags::of(state, handling, now);
    force.decide(app, viewer, handling, flags).allow()
        && force.denied(app, viewer, handling, parts, state, now).is_empty()
}
