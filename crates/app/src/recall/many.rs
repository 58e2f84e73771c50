//! Recalling many records: in short transactions, so that those who read meanwhile do not wait for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use comity_model::recall::{Obligation, Scope, TARGETS_MAX, Target};
use comity_model::stix::Id;
use comity_model::{MemberId, Micros, Record, RecordState};
use comity_store::Tx;
use comity_store::tables::lot;
use serde::Serialize;

use super::issue::{Said, Wish, add_files, all_seen, check_hours, may, own, picked, say, targets};
use crate::force::{InForce, in_force};
use crate::look::Look;
use crate::{Actor, App, AppError, Role, subject};

/// Most records that are named at once.
pub const IDS_MAX: usize = 1_000_000;
/// How long a transaction may take, in microseconds: who reads a page waits for it.
const LONG_US: i64 = 10_000;
/// How long others have between two transactions: long enough for one that waits to see that it may go on.
const PAUSE: Duration = Duration::from_millis(3);
/// How often a transaction is tried anew while others keep the store busy, each time as long as the store itself tries.
const BUSY_MAX: usize = 5;
/// Records in the first transaction; later ones follow from how long the last one took.
const FIRST: usize = 16;
/// Fewest records in a later one. With fewer, what each recall costs by itself (a signature, a leaf, two rows for each member)
/// would be most of it: on a machine that is busy they would become ever smaller, and the whole ever longer.
const FEWEST: usize = 50;
/// Later ones grow by so many records: few different sizes, so that statements are prepared once.
const STEP: usize = 25;
/// Faults that are named.
const NAMED: usize = 100;

/// What became of many records.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Many {
    /// Recalls that were made: each names up to 250 versions.
    pub recalls: usize,
    /// Versions that they name.
    pub records: usize,
    /// To how many recalls each member has to answer, by display name.
    pub told: BTreeMap<String, usize>,
    /// Members that have something of it and cannot confirm anything, with the number of recalls.
    pub cannot: BTreeMap<String, usize>,
    /// Records of which nothing is in use here any more: nothing was said about them.
    pub gone_before: usize,
    /// Records that were left alone.
    pub left_out: usize,
    /// The first of them, each with the reason.
    pub why: Vec<String>,
    /// Where it stopped before the end; none when it came to the end.
    pub stopped: Option<Stopped>,
}

/// Where a recall of many stopped. What stands before that line is done, and nothing behind it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Stopped {
    /// The first line of what was not done, from 1.
    pub line: usize,
    /// Why.
    pub why: String,
}

/// Recalls every version of many records, in the order in which they are named, one a line; empty lines count as lines and
/// name nothing. Each part is done before the next begins: who stops it half way names the rest again, or all.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::Invalid`] for what is no STIX id (with its place, and
/// nothing is done), or a wish that is for one record alone; [`AppError::Limit`] for more ids than one call takes. A record that
/// cannot be recalled is no error: [`Many::why`] says why. Those of the store only while nothing is done: later ones end it,
/// and [`Many::stopped`] says where.
pub fn issue_many(
    app: &App,
    actor: &Actor,
    ids: &[String],
    wish: &Wish<'_>,
    progress: &mut dyn FnMut(usize),
) -> Result<Many, AppError> {
    actor.require(&[Role::ReleaseOfficer], "recall records")?;
    check_hours(wish.hours)?;
    if !matches!(wish.scope, Scope::Withdraw | Scope::Restrict) || wish.supersedes.is_some() {
        let why = "many records are withdrawn or restricted: the rest is said of one record at a time";
        return Err(AppError::invalid("--from", why));
    }
    let lines = distinct(ids)?;
    let mut many = Many::default();
    let (mut at, mut size, mut busy) = (0_usize, FIRST, 0_usize);
    while let Some(part @ [(line, _), ..]) = lines.get(at..lines.len().min(at.saturating_add(size))) {
        let begun = match step(app, wish, part, &actor.name) {
            Ok((done, begun)) => {
                many.add(done);
                busy = 0;
                begun
            }
            Err(AppError::Busy(_)) if busy < BUSY_MAX => {
                busy += 1;
                continue;
            }
            Err(error) if at == 0 => return Err(error),
            Err(error) => {
                many.stopped = Some(Stopped { line: *line, why: error.to_string() });
                break;
            }
        };
        at += part.len();
        progress(at);
        size = next_size(part.len(), app.now().0.saturating_sub(begun.0));
        std::thread::sleep(PAUSE);
    }
    Ok(many)
}

/// One transaction; with the time at which it began, not counting how long others kept the store before.
fn step(
    app: &App,
    wish: &Wish<'_>,
    lines: &[(usize, &str)],
    actor: &str,
) -> Result<(Many, Micros), AppError> {
    app.store().write("recall.many", |tx| {
        let begun = app.now();
        Ok((one_part(app, tx, wish, lines, actor)?, begun))
    })
}

impl Many {
    fn add(&mut self, part: Self) {
        self.recalls += part.recalls;
        self.records += part.records;
        self.gone_before += part.gone_before;
        self.left_out += part.left_out;
        for (all, new) in [(&mut self.told, part.told), (&mut self.cannot, part.cannot)] {
            for (member, count) in new {
                *all.entry(member).or_default() += count;
            }
        }
        let room = NAMED.saturating_sub(self.why.len());
        self.why.extend(part.why.into_iter().take(room));
    }
}

/// The ids, each once with its line; the places of what is none.
fn distinct(ids: &[String]) -> Result<Vec<(usize, &str)>, AppError> {
    let named = || (1..).zip(ids).filter(|(_, id)| !id.is_empty());
    if named().count() > IDS_MAX {
        return Err(AppError::Limit { what: "a list of records".into(), max: format!("{IDS_MAX} ids") });
    }
    let (mut met, mut all) = (BTreeSet::new(), Vec::with_capacity(ids.len()));
    for (line, id) in named() {
        if id.parse::<Id>().is_err() {
            let shown: String = id.chars().filter(|c| !c.is_control()).take(80).collect();
            let why = format!("`{shown}` is no STIX id: one a line; nothing was recalled");
            return Err(AppError::invalid(format!("line {line}"), why));
        }
        if met.insert(id.as_str()) {
            all.push((line, id.as_str()));
        }
    }
    Ok(all)
}

/// How many records the next transaction takes, after one of `size` records took so long.
fn next_size(size: usize, spent_us: i64) -> usize {
    let spent = usize::try_from(spent_us.max(1)).unwrap_or(usize::MAX);
    let long = usize::try_from(LONG_US).unwrap_or(usize::MAX);
    let fits = size.saturating_mul(long) / spent;
    let next = fits.clamp(FEWEST, size.saturating_mul(2).max(FEWEST)).min(TARGETS_MAX);
    next / STEP * STEP
}

fn one_part(
    app: &App,
    tx: &mut Tx<'_>,
    wish: &Wish<'_>,
    lines: &[(usize, &str)],
    actor: &str,
) -> Result<Many, AppError> {
    let force = in_force(app, tx)?;
    let mut many = Many::default();
    let mut lot = Lot::new(app, tx, lines)?;
    let mut by_origin: BTreeMap<MemberId, Vec<Target>> = BTreeMap::new();
    let mut met = BTreeSet::new();
    for (_, id) in lines {
        match lot.of_one(app, tx, &force, wish.scope, id) {
            Ok(Some((origin, targets))) => {
                // A file may be named besides the record that it goes with.
                let is_new = |one: &Target| {
                    met.insert((origin.clone(), one.id.as_str().to_owned(), one.version.as_str().to_owned()))
                };
                let new: Vec<Target> = targets.into_iter().filter(is_new).collect();
                by_origin.entry(origin.clone()).or_default().extend(new);
            }
            Ok(None) => many.gone_before += 1,
            Err(
                error @ (AppError::NotFound(_)
                | AppError::Denied(_)
                | AppError::Conflict(_)
                | AppError::Invalid(_)),
            ) => {
                many.left_out += 1;
                many.why.push(format!("{id}: {error}"));
            }
            Err(error) => return Err(error),
        }
    }
    let usual = if wish.scope == Scope::Restrict { Obligation::StopUse } else { Obligation::Delete };
    for (origin, targets) in by_origin {
        for part in targets.chunks(TARGETS_MAX) {
            let said = Said {
                origin: origin.clone(),
                scope: wish.scope,
                reason: wish.reason,
                obligation: Some(wish.obligation.unwrap_or(usual)),
                targets: part.to_vec(),
                replacement: None,
                hours: wish.hours,
                cascade: wish.cascade,
                supersedes: None,
            };
            let issued = say(app, tx, &force, said, actor)?;
            many.recalls += 1;
            many.records += issued.records.len();
            for (all, names) in [(&mut many.told, issued.told), (&mut many.cannot, issued.cannot)] {
                for name in names {
                    *all.entry(name).or_default() += 1;
                }
            }
        }
    }
    Ok(many)
}

/// What is here of many records, looked up together.
struct Lot<'a> {
    look: Look<'a>,
    /// Every version and copy, by id.
    records: HashMap<String, Vec<Record>>,
    /// Which of them something belongs to.
    with_files: BTreeSet<String>,
}

impl<'a> Lot<'a> {
    fn new(app: &'a App, tx: &mut Tx<'_>, lines: &[(usize, &str)]) -> Result<Self, AppError> {
        let ids: Vec<&str> = lines.iter().map(|(_, id)| *id).collect();
        let mut records: HashMap<String, Vec<Record>> = HashMap::new();
        for (one, _) in lot::of_ids(tx, &ids)? {
            records.entry(one.key.id.clone()).or_default().push(one);
        }
        let with_files = lot::named_anywhere(tx, "record_ref", &ids)?;
        Ok(Self { look: Look::new(app, tx)?, records, with_files })
    }

    /// The versions of one record that are in use here, with its files; none when nothing of it is.
    fn of_one(
        &mut self,
        app: &App,
        tx: &mut Tx<'_>,
        force: &InForce,
        scope: Scope,
        id: &str,
    ) -> Result<Option<(MemberId, Vec<Target>)>, AppError> {
        let mut all = self.records.remove(id).unwrap_or_default();
        all.retain(|one| self.look.sees(one));
        if all.is_empty() {
            return Err(subject::none(id));
        }
        let (origin, all) = own(app, force, id, all)?;
        if all.iter().all(|one| matches!(one.state, RecordState::Withdrawn | RecordState::Erased)) {
            return Ok(None);
        }
        let mut chosen = picked(id, all, None)?;
        if self.with_files.contains(id) {
            add_files(tx, &mut chosen)?;
        }
        all_seen(&mut self.look, id, &chosen)?;
        let targets = targets(&chosen, scope)?;
        // One that may not be recalled would have the others refused that it stands with.
        may(app, tx, force, &origin, &targets)?;
        Ok(Some((origin, targets)))
    }
}

#[cfg(test)]
mod tests {
    use super::next_size;

    #[test]
    fn transactions_stay_short_and_grow_slowly() {
        assert_eq!(next_size(16, 10_000), 50, "the first one is small");
        assert_eq!(next_size(100, 10_000), 100, "as long as it may take");
        assert_eq!(next_size(50, 100), 100, "no more than twice as many");
        assert_eq!(next_size(200, 100), 250, "no more than one recall names");
        assert_eq!(next_size(200, 21_000), 75, "in steps");
        assert_eq!(next_size(100, 40_000), 50, "no fewer than are worth a recall");
        assert_eq!(next_size(3, 90_000), 50, "also behind a short end");
        assert_eq!(next_size(50, -5), 100, "a clock that was put back");
    }
}
