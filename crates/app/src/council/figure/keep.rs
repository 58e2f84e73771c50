//! What is kept of a run beside the record that it makes, written in one transaction with it.

use std::collections::{BTreeMap, BTreeSet};

use comity_ledger::{Hash, commitment, root_of};
use comity_model::kind::Kind;
use comity_model::kind::council::Figure;
use comity_model::stix::Digest;
use comity_model::{Handling, Record};
use comity_store::Tx;
use comity_store::tables::figure::{self as rows, Counted, Run};
use comity_store::tables::record;

use super::Question;
use super::run::Found;
use crate::admit::Admitted;
use crate::{Actor, App, AppError, journal};

/// What a run counted, for the transaction that writes the record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counting {
    asked: String,
    value: String,
    personal: bool,
    salt: [u8; 32],
    root: [u8; 32],
    shown: [u8; 32],
    records: Vec<Counted>,
    left: Vec<(String, i64)>,
}

impl Counting {
    /// Takes up what was found, and puts the root over it into the figure. It is the last to touch the figure.
    pub(super) fn new(
        app: &App,
        figure: &mut Figure,
        question: &Question,
        found: &Found,
    ) -> Result<Self, AppError> {
        let salt: [u8; 32] = app.random_bytes();
        let hashes: Vec<Hash> = found.records.iter().map(|one| commitment(&salt, &one.digest)).collect();
        // Of nothing there is nothing to commit to: the salt makes it a root that no other run has.
        let root = if hashes.is_empty() { commitment(&salt, &[0; 32]) } else { root_of(&hashes) };
        figure.counted_root = Some(Digest(root.0).to_string());
        Ok(Self {
            asked: serde_json::to_string(question).map_err(|error| AppError::Internal(error.to_string()))?,
            value: found.value.to_string(),
            personal: question.is_about_persons(found),
            salt,
            root: root.0,
            shown: shown(figure)?,
            records: found
                .records
                .iter()
                .map(|one| Counted {
                    collection: one.collection.clone(),
                    seq: one.seq,
                    id: one.id.clone(),
                    digest: one.digest.to_vec(),
                    share: one.share.to_string(),
                })
                .collect(),
            left: found
                .left
                .iter()
                .map(|(left, count)| (left.name().to_owned(), i64::from(*count)))
                .collect(),
        })
    }

    /// Keeps the run with the record that was written, and notes it in the ledger, which learns the root and no number.
    pub(crate) fn note(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        actor: &Actor,
        collection: &str,
        outcomes: &[Admitted],
    ) -> Result<(), AppError> {
        for outcome in outcomes {
            let (Admitted::Accepted(seq) | Admitted::Held(seq)) = outcome else { continue };
            let Some(stored) = record::numbered(tx, collection, *seq)? else { continue };
            let key = &stored.peek().key;
            let last = rows::last(tx, &key.id)?;
            // One version stands in every collection of the figure, and is one run.
            if last.as_ref().is_some_and(|run| run.version == key.version) {
                continue;
            }
            let run = Run {
                figure: key.id.clone(),
                n: last.map_or(0, |run| run.n).saturating_add(1),
                version: key.version.clone(),
                asked: self.asked.clone(),
                value: self.value.clone(),
                personal: self.personal,
                salt: self.salt,
                root: self.root,
                shown: self.shown,
                actor: actor.name.clone(),
                at_us: app.now().0,
            };
            rows::keep(tx, &run, &self.records, &self.left)?;
            let salt = record::salt(tx, collection, *seq)?.unwrap_or_default();
            let leaf = journal::leaf(app, "figure.counted", &actor.name)
                .object(commitment(&salt, &key.digest.0))
                .detail("root", &Digest(self.root).to_string());
            journal::append(app, tx, vec![leaf])?;
        }
        Ok(())
    }
}

/// Digest of what a figure says about a run: everything but texts of its maker and what has happened since.
fn shown(figure: &Figure) -> Result<[u8; 32], AppError> {
    let mut said = figure.clone();
    (said.title, said.summary, said.counting_rule, said.scope) = (String::new(), None, None, None);
    said.notes.clear();
    said.stale.clear();
    let text = serde_json::to_vec(&said).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(Digest::of(&text).0)
}

/// Why a figure that was counted for the own member alone goes to nobody else.
const INWARD: &str = "it was counted for your own member, with records whose originators are to be asked before others learn of \
     them: count it anew with --tlp, which leaves those out (K6)";

/// Whether a question was asked for the own member alone. One that cannot be read is taken for such a one.
fn is_inward(asked: &str) -> bool {
    serde_json::from_str::<Question>(asked).map_or(true, |question| !question.outward)
}

/// Refuses a figure of one's own that says to be counted and was not, or that was counted for the own member and is handled
/// so that others get it. The error is the reason for people.
pub(crate) fn door(
    app: &App,
    (kind, handling): (&Kind, &Handling),
    counting: Option<&Counting>,
) -> Result<(), String> {
    let Kind::Figure(figure) = kind else { return Ok(()) };
    let is_stated = figure.asked.is_none()
        && figure.counted_root.is_none()
        && figure.part_refs.is_empty()
        && figure.changes.is_none()
        && figure.stale.is_empty();
    if is_stated {
        return Ok(());
    }
    let shown = shown(figure).map_err(|error| error.outside())?;
    let within = |asked: &str| match handling.tlp {
        Some(_) if is_inward(asked) => Err(INWARD.to_owned()),
        _ => Ok(()),
    };
    if let Some(counting) = counting.filter(|counting| counting.shown == shown) {
        return within(&counting.asked);
    }
    let root = figure.counted_root.as_deref().and_then(|root| root.parse::<Digest>().ok());
    let known = root.map(|root| app.store().read("figure.door", |tx| rows::by_root(tx, &root.0)));
    let known = known.transpose().map_err(|error| AppError::from(error).outside())?.flatten();
    if let Some(run) = known.filter(|run| run.shown == shown) {
        return within(&run.asked);
    }
    Err("a figure that was counted is made by `comity figure new` and changed by `comity figure recalculate`, which count; \
         state a number of yours without asked, counted_root, part_refs, changes and stale (K6)"
        .into())
}

/// Refuses to let others have a figure that was counted for the own member alone.
pub(crate) fn stays_inward(tx: &mut Tx<'_>, figure: &Figure, next: &Handling) -> Result<(), AppError> {
    let root = figure.counted_root.as_deref().and_then(|root| root.parse::<Digest>().ok());
    let (Some(root), Some(_)) = (root, next.tlp) else { return Ok(()) };
    match rows::by_root(tx, &root.0)? {
        Some(run) if is_inward(&run.asked) => Err(AppError::Conflict(INWARD.into())),
        _ => Ok(()),
    }
}

/// Whether the figure of a run may be added to one that others get.
pub(super) fn may_be_added(run: &Run) -> bool {
    !is_inward(&run.asked)
}

/// The smallest number of records by which what was found differs from a run about persons that was told exactly.
pub(super) fn nearest(
    tx: &mut Tx<'_>,
    question: &Question,
    found: &Found,
    cell: u32,
) -> Result<Option<u32>, AppError> {
    if !question.is_about_persons(found) {
        return Ok(None);
    }
    let now: BTreeSet<&str> = found.records.iter().map(|one| one.id.as_str()).collect();
    let mut smallest = None;
    for run in rows::personal(tx)? {
        let counted = rows::counted(tx, &run.figure, run.n)?;
        let then = serde_json::from_str::<Question>(&run.asked);
        // What was told as fewer than so many tells nothing by a difference.
        if then.is_ok_and(|then| then.persons(counted.len(), &run.value) < cell) {
            continue;
        }
        let then: BTreeSet<&str> = counted.iter().map(|one| one.id.as_str()).collect();
        let differs = u32::try_from(now.symmetric_difference(&then).count()).unwrap_or(u32::MAX);
        if differs > 0 && smallest.is_none_or(|known| differs < known) {
            smallest = Some(differs);
        }
    }
    Ok(smallest)
}

/// Erasing a record: the figures that counted it forget which it was; a figure that goes takes its runs along.
pub(crate) fn forget(tx: &mut Tx<'_>, found: &Record, all_gone: bool) -> Result<(), AppError> {
    rows::forget(tx, &found.key.collection, found.seq)?;
    if all_gone {
        rows::forget_figure(tx, &found.key.id)?;
    }
    Ok(())
}

/// What was counted, by id.
pub(super) fn by_id(counted: &[Counted]) -> BTreeMap<&str, &Counted> {
    counted.iter().filter(|one| !one.id.is_empty()).map(|one| (one.id.as_str(), one)).collect()
}
