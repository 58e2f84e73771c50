//! Opening bundles that came.

use std::path::{Path, PathBuf};

use comity_ledger::Hash;
use comity_model::bundle::{Carried, Named, Part};
use comity_model::invitation::Signed;
use comity_model::stix::Digest;
use comity_model::{Manifest, MemberId};
use comity_store::Tx;
use comity_store::tables::courier::{self as rows, Came, CameState, Said};
use comity_store::tables::outbox::{self, Mailbox};
use comity_store::tables::peer::Refusal;
use serde::Serialize;

use super::bundle::{Parts, inspect};
use super::{Refused, Stop};
use crate::exchange::{self, Heard, Medium};
use crate::force::{InForce, in_force};
use crate::limits::MessageLimits;
use crate::pull::write::{self, Source};
use crate::pull::{Pulled, carried};
use crate::{Actor, App, AppError, Role, catchup, journal, witness};

/// Refusals of records that are named in an answer.
const REFUSALS_NAMED: usize = 20;

/// What became of a bundle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Everything that it holds was looked at.
    Taken,
    /// It was opened before.
    SeenBefore,
    /// What the nodes say to each other was taken; its pages wait for this one.
    WaitsFor(i64),
    /// Nothing of it was used, or not everything: the words say which.
    Refused(Refused),
    /// The medium or the node failed.
    NotFinished,
}

impl Outcome {
    /// As programs read it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::SeenBefore => "seen-before",
            Self::WaitsFor(_) => "out-of-order",
            Self::Refused(refused) => refused.word(),
            Self::NotFinished => "not-finished",
        }
    }
}

/// A bundle that was opened, or refused.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Opened {
    /// Its file.
    pub file: PathBuf,
    /// Display name of its maker; empty when that is not known.
    pub member: String,
    /// Its number; 0 when that is not known.
    pub n: i64,
    /// What became of it, in a word.
    pub outcome: &'static str,
    /// The same for people.
    pub words: String,
    /// Messages that were taken.
    pub taken: u64,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that were not taken.
    pub refused: u64,
    /// Messages of ours that the member has now and had not before.
    pub given: u64,
    /// Messages that lie before those in it are missing: they come with the bundle that answers the next one from here.
    pub messages_missing: bool,
    /// The last bundle of ours that it acknowledges; 0 for none.
    pub acknowledges: i64,
    /// What came of its records, all pages together.
    pub records: Pulled,
    /// Why records were not taken, the first ones.
    pub why: Vec<String>,
    /// Seconds that the clock of its maker stands ahead of this one, so far that it cannot be right; 0 when not.
    pub ahead_seconds: i64,
    /// Other bundles of the member that waited for this one: open them again.
    pub open_again: Vec<i64>,
}

/// A bundle that was read once and is what it says.
struct Checked {
    file: PathBuf,
    signed: Signed<Manifest>,
    digest: Digest,
}

/// Opens bundles, those of one member in the order of their numbers. What was opened in part before goes on where it stopped.
/// `progress` is called after each page.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator or release officer; [`AppError::Environment`] when a file cannot be read
/// or the node's own database cannot be asked, before anything of any file was used. A bundle that is refused, or that is not
/// taken to its end, is no error: its [`Opened::outcome`] says why, and the rest of it how far it was taken.
pub fn open(
    app: &App,
    actor: &Actor,
    files: &[PathBuf],
    progress: &mut dyn FnMut(&Pulled),
) -> Result<Vec<Opened>, AppError> {
    actor.require(&[Role::Administrator, Role::ReleaseOfficer], "open bundles")?;
    witness::note_own_keys(app)?;
    let (mut good, mut all) = (Vec::new(), Vec::new());
    for file in files {
        match check(app, file) {
            Ok(checked) => good.push(checked),
            Err(Stop::Refused(refused)) => all.push(refusal(file, refused)),
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
    good.sort_by(|a, b| {
        let key = |one: &Checked| (one.signed.said.from.clone(), one.signed.said.n);
        key(a).cmp(&key(b))
    });
    for checked in good {
        all.push(take(app, actor, &checked, progress));
    }
    let taken: Vec<(String, i64)> = all.iter().map(|one| (one.member.clone(), one.n)).collect();
    for one in &mut all {
        // Those that were opened behind it do not wait any more.
        let member = one.member.clone();
        one.open_again.retain(|n| !taken.contains(&(member.clone(), *n)));
    }
    Ok(all)
}

fn refusal(file: &Path, refused: Refused) -> Opened {
    let words = refused.words();
    let outcome = Outcome::Refused(refused).word();
    Opened { file: file.to_owned(), outcome, words, ..Opened::default() }
}

/// Reads a bundle once, and looks whether it is for this node, from whom it says, and in time.
fn check(app: &App, file: &Path) -> Result<Checked, Stop> {
    let signed = inspect(app, file)?;
    let manifest = &signed.said;
    let force = app.store().read("courier.force", |tx| in_force(app, tx))?;
    let Some(from) = force.agreement.member(&manifest.from).filter(|one| one.active) else {
        return Err(Refused::OtherCommunity.into());
    };
    let mut keys = force.keys_of(&manifest.from);
    keys.retain(|one| one.is_good_at(manifest.created));
    if &manifest.from == app.member() || !keys.iter().any(|one| signed.verify(&one.key).is_ok()) {
        return Err(Refused::NotFromWhomItSays { named: from.name.clone() }.into());
    }
    if &manifest.to != app.member() {
        let named = Some(force.name_of(&manifest.to).to_owned());
        return Err(Refused::ForAnother { named }.into());
    }
    if app.now() > manifest.expires {
        return Err(Refused::Expired { at: manifest.expires }.into());
    }
    let digest = signed.digest().map_err(AppError::from)?;
    Ok(Checked { file: file.to_owned(), signed, digest })
}

/// How a bundle stands among those that came.
struct Place {
    medium: Medium,
    /// Pages of it that are here already.
    pages: i64,
    /// For what its pages wait.
    waits_for: Option<i64>,
    is_known: bool,
}

/// Uses a bundle that was read once. What stops it is told with what was taken until then.
fn take(app: &App, actor: &Actor, checked: &Checked, progress: &mut dyn FnMut(&Pulled)) -> Opened {
    let manifest = &checked.signed.said;
    let ahead = manifest.created.0.saturating_sub(app.now().0) / 1_000_000;
    let mut opened = Opened {
        file: checked.file.clone(),
        n: number(manifest.n),
        acknowledges: manifest.have.map_or(0, |have| number(have.n)),
        ahead_seconds: if ahead > MessageLimits::AHEAD_SECONDS_MAX { ahead } else { 0 },
        ..Opened::default()
    };
    let mut used = None;
    if let Err(stop) = go_through(app, actor, checked, (&mut opened, &mut used), progress) {
        let (outcome, why) = match stop {
            Stop::Refused(refused) => (Outcome::Refused(refused.clone()).word(), refused.fault()),
            Stop::Failed(error) => (Outcome::NotFinished.word(), error.to_string()),
        };
        opened.outcome = outcome;
        opened.words = match used {
            Some(part) => {
                format!(
                    "taken as far as part {part}: {why}. What came before stays: copy it again and open it again"
                )
            }
            None => format!("{why}: nothing of it was used; open it again"),
        };
    }
    opened
}

/// Goes through the parts of a bundle; the last one of which something was used is `used`.
fn go_through(
    app: &App,
    actor: &Actor,
    checked: &Checked,
    (opened, used): (&mut Opened, &mut Option<String>),
    progress: &mut dyn FnMut(&Pulled),
) -> Result<(), Stop> {
    let manifest = &checked.signed.said;
    let force = app.store().read("courier.force", |tx| in_force(app, tx))?;
    force.name_of(&manifest.from).clone_into(&mut opened.member);
    let mut parts = Parts::of(app, &checked.file, manifest)?;
    let place = app.store().write("courier.begin", |tx| begin(app, tx, checked))?;
    if place.is_known {
        opened.outcome = Outcome::SeenBefore.word();
        opened.words = format!("seen before ({}): there is nothing new in it", opened.n);
        return Ok(());
    }
    // What it acknowledges counts by now.
    *used = Some("manifest".into());
    opened.messages_missing = place.medium.has_gap;
    let mut heard = Heard::default();
    let mut page = 0;
    while let Some((part, bytes)) = parts.next()? {
        match &part.collection {
            None => {
                said(app, &manifest.from, (&bytes, place.medium), &mut heard)
                    .map_err(|error| of_part(part, error))?;
                (opened.taken, opened.refused) = (heard.taken, heard.refused);
                (opened.waiting, opened.given) = (heard.waiting, heard.given);
            }
            Some(_) if place.waits_for.is_some() => break,
            Some(_) => {
                page += 1;
                if page > place.pages {
                    records(app, &force, (checked, part, page), &bytes, opened)
                        .map_err(|error| of_part(part, error))?;
                    progress(&opened.records);
                }
            }
        }
        *used = Some(part.name.clone());
    }
    app.store().write("courier.end", |tx| end(app, tx, actor, checked, (&place, heard)))?;
    match place.waits_for {
        Some(n) => {
            opened.outcome = Outcome::WaitsFor(n).word();
            opened.words = format!(
                "out of order: waits for {n}. What the nodes say to each other was taken; open it again once bundle {n} is \
                 here"
            );
        }
        None => {
            note_heard(app, manifest, heard)?;
            opened.outcome = Outcome::Taken.word();
            opened.words = "taken".into();
            opened.open_again = app.store().read("courier.waiting", |tx| waiting(tx, manifest))?;
        }
    }
    Ok(())
}

/// What is wrong with a part is its maker's matter; what hinders the node is its own.
fn of_part(part: &Part, error: AppError) -> Stop {
    match error {
        AppError::Invalid(_) | AppError::Limit { .. } => Refused::Damaged { part: part.name.clone() }.into(),
        other => other.into(),
    }
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Looks where a bundle stands, and takes its word for which of ours are there.
fn begin(app: &App, tx: &mut Tx<'_>, checked: &Checked) -> Result<Place, AppError> {
    let manifest = &checked.signed.said;
    let from = &manifest.from;
    let known = rows::came(tx, from, number(manifest.n))?.filter(|one| one.digest == checked.digest);
    let mailbox = outbox::mailbox(tx, from)?;
    let medium = Medium {
        is_newest: is_newest(tx, manifest, &mailbox)?,
        has_gap: number(manifest.behind) > mailbox.have_n,
    };
    let waits_for = match manifest.follows {
        None => None,
        Some(before) => waits_for(tx, from, before)?,
    };
    let place = Place {
        medium,
        pages: known.as_ref().map_or(0, |known| known.pages),
        waits_for,
        is_known: known.as_ref().is_some_and(|known| known.state == CameState::Taken),
    };
    if place.is_known {
        return Ok(place);
    }
    if medium.is_newest {
        acknowledged(app, tx, from, manifest.have)?;
    }
    rows::keep_came(tx, &came(app, checked, &place, place.pages))?;
    Ok(place)
}

/// Whether nothing later was heard of the maker of a bundle. Among bundles their numbers say so: the clock of a machine
/// without a network may have stood years ahead once. Only when the two met over a network since is there no number to
/// compare, and then the maker's own clock counts, as far ahead as it can be right.
fn is_newest(tx: &mut Tx<'_>, manifest: &Manifest, mailbox: &Mailbox) -> Result<bool, AppError> {
    if number(manifest.n) < rows::highest_came(tx, &manifest.from)? {
        return Ok(false);
    }
    let ahead = mailbox.ahead_us.min(MessageLimits::AHEAD_SECONDS_MAX * 1_000_000);
    let heard_at = mailbox.met_us.saturating_add(ahead);
    Ok(mailbox.met_us == 0 || mailbox.carried || manifest.created.0 >= heard_at)
}

/// The row of a bundle of which not everything is here.
fn came(app: &App, checked: &Checked, place: &Place, pages: i64) -> Came {
    let state = if place.waits_for.is_some() { CameState::Waiting } else { CameState::Opening };
    Came {
        member: checked.signed.said.from.clone(),
        n: number(checked.signed.said.n),
        digest: checked.digest,
        state,
        pages,
        waits_for: place.waits_for.unwrap_or(0),
        at_us: app.now().0,
    }
}

/// The bundle for which one waits whose records begin behind `before`: that one, or another of its number that is not here.
fn waits_for(tx: &mut Tx<'_>, from: &MemberId, before: Named) -> Result<Option<i64>, AppError> {
    let n = number(before.n);
    let is_it = |one: Came| one.state == CameState::Taken && one.digest == before.digest;
    Ok(if rows::came(tx, from, n)?.is_some_and(is_it) { None } else { Some(n) })
}

/// Takes a member's word for which of our bundles is there. When it has less than it said once, or names one that this node
/// never made, one of the two was put back: what lies behind is given up, and goes with the next bundle again.
fn acknowledged(app: &App, tx: &mut Tx<'_>, by: &MemberId, have: Option<Named>) -> Result<(), AppError> {
    let named = have.map_or(0, |have| number(have.n));
    let made = rows::made(tx, by)?;
    let is_ours = |have: Named| made.iter().any(|one| one.n == number(have.n) && one.digest == have.digest);
    let lost = if have.is_none_or(is_ours) {
        rows::acknowledge(tx, by, named, app.now().0)?;
        let had = made.iter().any(|one| one.n > named && one.acknowledged_us.is_some() && !one.lost);
        if had { rows::lose(tx, by, named, true)? } else { 0 }
    } else {
        let known = rows::said(tx, by)?;
        let numbered = known.as_ref().map_or(0, |said| said.numbered).max(named);
        let recalls = known.and_then(|said| said.recalls);
        rows::keep_said(tx, by, &Said { numbered, recalls })?;
        rows::lose(tx, by, 0, false)?
    };
    if lost > 0 {
        let leaf = journal::leaf(app, "courier.given-up", "node").member(by.as_str()).count(lost);
        journal::append(app, tx, vec![leaf])?;
    }
    Ok(())
}

/// Takes what a form says.
fn said(
    app: &App,
    from: &MemberId,
    (bytes, medium): (&[u8], Medium),
    all: &mut Heard,
) -> Result<(), AppError> {
    let one = exchange::hear(app, from, bytes, medium)?;
    all.taken += one.taken;
    all.refused += one.refused;
    all.given += one.given;
    all.waiting = one.waiting;
    all.recalls = one.recalls.or(all.recalls);
    // The last form says whether there are more.
    all.is_all = one.is_all;
    Ok(())
}

/// Writes a page and how far the bundle is in one transaction.
fn records(
    app: &App,
    force: &InForce,
    (checked, part, page): (&Checked, &Part, i64),
    bytes: &[u8],
    opened: &mut Opened,
) -> Result<(), AppError> {
    let manifest = &checked.signed.said;
    let is_of = |one: &&Carried| Some(&one.id) == part.collection.as_ref();
    let there =
        manifest.collections.iter().find(is_of).ok_or_else(|| {
            AppError::invalid(part.name.as_str(), "the bundle does not name its collection")
        })?;
    let (from, title) = (&manifest.from, force.name_of(&manifest.from));
    let here = app.store().write("courier.shelf", |tx| carried::shelf(app, tx, (from, title), there))?;
    let name = carried::name_of(from);
    let source = Source { name: &name, member: from, remote: &there.id, collection: &here };
    let sorted = write::carried(app, &source, bytes)?;
    let (outcomes, refused) = app.store().write("courier.page", |tx| {
        let written = write::write(app, tx, &source, &sorted)?;
        let row = rows::came(tx, from, number(manifest.n))?;
        let row = row.ok_or_else(|| AppError::Internal("a bundle is gone".into()))?;
        rows::keep_came(tx, &Came { pages: page, ..row })?;
        Ok::<_, AppError>(written)
    })?;
    opened.records.pages += 1;
    opened.records.bytes += bytes.len();
    opened.records.count(&sorted, &outcomes);
    let words = |one: &Refusal| format!("{}: {}", one.id, one.reason);
    let room = REFUSALS_NAMED.saturating_sub(opened.why.len());
    opened.why.extend(sorted.refusals.iter().chain(&refused).take(room).map(words));
    Ok(())
}

/// Notes how far a bundle was taken.
fn end(
    app: &App,
    tx: &mut Tx<'_>,
    actor: &Actor,
    checked: &Checked,
    (place, heard): (&Place, Heard),
) -> Result<(), AppError> {
    let manifest = &checked.signed.said;
    if place.medium.is_newest {
        let numbered = rows::said(tx, &manifest.from)?.map_or(0, |said| said.numbered);
        rows::keep_said(tx, &manifest.from, &Said { numbered, recalls: heard.recalls })?;
    }
    let kind = if place.waits_for.is_some() { "courier.waits" } else { "courier.opened" };
    if place.waits_for.is_none() {
        let pages = manifest.parts.iter().filter(|part| part.collection.is_some()).count();
        let pages = i64::try_from(pages).unwrap_or(i64::MAX);
        rows::keep_came(tx, &Came { state: CameState::Taken, ..came(app, checked, place, pages) })?;
    }
    let leaf = journal::leaf(app, kind, &actor.name)
        .member(manifest.from.as_str())
        .object(Hash(checked.digest.0))
        .count(manifest.parts.len() as u64);
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

/// When this node catches up: a member that answers a bundle that was made since was heard.
fn note_heard(app: &App, manifest: &Manifest, heard: Heard) -> Result<(), AppError> {
    let Some(have) = manifest.have.filter(|_| heard.is_all) else { return Ok(()) };
    let made = app.store().read("courier.made", |tx| rows::made(tx, &manifest.from))?;
    match made.iter().find(|one| one.n == number(have.n) && one.digest == have.digest) {
        Some(one) => catchup::note_answered(app, &manifest.from, one.begun_us),
        None => Ok(()),
    }
}

/// The bundles that waited for this one.
fn waiting(tx: &mut Tx<'_>, manifest: &Manifest) -> Result<Vec<i64>, AppError> {
    let unfinished = rows::unfinished(tx, &manifest.from)?;
    let mut again = Vec::new();
    for one in unfinished {
        let can_go_on = match one.waits_for {
            0 => true,
            n => rows::came(tx, &manifest.from, n)?.is_some_and(|before| before.state == CameState::Taken),
        };
        if can_go_on {
            again.push(one.n);
        }
    }
    Ok(again)
}
