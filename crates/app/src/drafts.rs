//! What the people of this node's own member keep back: drafts, with the proposal that waits for a second person, and with
//! the refusal of the last one.

use comity_model::{Micros, Record, Stored};
use comity_store::Tx;
use comity_store::tables::{collection, lookup, record};
use serde::Serialize;

use crate::look::{Look, filled};
use crate::proposal::{self, ProposalView};
use crate::{Actor, App, AppError, Role, kinds, search, settle};

/// Most drafts of one list.
pub const DRAFTS_MAX: usize = 200;

/// The roles that keep drafts.
const KEEPERS: [Role; 2] = [Role::Analyst, Role::ReleaseOfficer];

/// A draft, as its own people list it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DraftView {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// The word of its kind; the STIX type for an object that is of no kind.
    pub word: String,
    /// Display name; empty where a list names nobody.
    pub name: String,
    /// Whether lists name nobody, because of what the person in it is to the case.
    pub hit_only: bool,
    /// Level in words.
    pub level: String,
    /// Whether a group, recipient, exclusion or date narrows it.
    pub narrowed: bool,
    /// Alias of the collection.
    pub collection: String,
    /// When it came.
    pub at: Micros,
    /// The user or key that brought it.
    pub by: String,
    /// The proposal to publish it that waits for a second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<ProposalView>,
    /// The last refusal to publish it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedView>,
}

/// That somebody refused to publish a draft.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RefusedView {
    /// Who.
    pub by: String,
    /// When.
    pub at: Micros,
    /// Why; none when the reason was erased since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The drafts of this node.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Drafts {
    /// The oldest first, collection by collection.
    pub lines: Vec<DraftView>,
    /// Whether there are more than [`DRAFTS_MAX`].
    pub more: bool,
}

/// What this node's own member keeps back, as far as whoever looks sees it.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst or release officer.
pub fn list(app: &App, actor: &Actor) -> Result<Drafts, AppError> {
    actor.require(&KEEPERS, "see drafts")?;
    app.store().read("drafts.list", |tx| {
        let mut look = Look::new(app, tx)?;
        let now = settle::instant(app, tx)?;
        let decided = proposal::about_publishing(tx)?;
        let mut lines = Vec::new();
        for into in collection::list(tx)? {
            let most = DRAFTS_MAX.saturating_add(1).saturating_sub(lines.len());
            if most == 0 {
                break;
            }
            let read = |tx: &mut Tx<'_>, part| lookup::held_by(tx, &into.id, app.member(), None, part);
            let held = filled(tx, most, read, |_, one| Ok(look.sees(one.peek())))?;
            for one in held.into_iter().map(Stored::into_inner) {
                lines.push(line(app, tx, one, (&into.alias, now), &decided)?);
            }
        }
        let more = lines.len() > DRAFTS_MAX;
        lines.truncate(DRAFTS_MAX);
        Ok(Drafts { lines, more })
    })
}

fn line(
    app: &App,
    tx: &mut Tx<'_>,
    one: Record,
    (alias, now): (&str, Micros),
    decided: &proposal::Publishing,
) -> Result<DraftView, AppError> {
    let bytes = record::content(tx, &one.key, &[])?;
    let hit_only = search::is_listed_only(app, tx, &one, now)?;
    let (waits, refused) = decided.of(tx, &one.key.collection, one.seq)?;
    Ok(DraftView {
        word: kinds::word_of(&one.kind, bytes.as_deref()),
        name: if hit_only { String::new() } else { one.name },
        hit_only,
        level: one.handling.level_name().to_owned(),
        narrowed: one.handling.is_narrowed(),
        collection: alias.to_owned(),
        at: one.added_at,
        by: one.actor,
        waits,
        refused,
        id: one.key.id,
        version: one.key.version,
    })
}
