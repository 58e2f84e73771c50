//! The list of records as people of this node walk through it with a browser: the newest first, page by page, each object
//! once.
//!
//! A page costs what it shows, however many records there are: it begins where the one before ended, follows an index,
//! and looks at a bounded number of rows. Content is read of what is shown alone, to see whom a list may name.

mod count;

use std::collections::BTreeMap;
use std::sync::Arc;

use comity_matching::name;
use comity_model::stix::{Digest, Tlp};
use comity_model::{Category, MemberId, Record, RecordState};
use comity_store::Tx;
use comity_store::tables::browse::{self as rows, Listed, Wanted};
use comity_store::tables::collection as collections;
use comity_store::tables::record;
use serde::Serialize;

use crate::force::{InForce, in_force};
use crate::look::{self, Look};
use crate::{Actor, App, AppError, collection, seal, search, settle, sheet, token};

pub use count::{Count, Counts, Valued, counts};

/// Lines on a page when no number is named, and at most.
const LINES_DEFAULT: usize = 50;
const LINES_MAX: usize = 200;
/// Rows that one call looks at in each collection at least, however many collections there are.
const LOOKS_MIN: i64 = 50;
/// Values of one field of a filter.
const VALUES_MAX: usize = 50;
/// Where records stand that are listed when nothing is said.
const USUAL: [RecordState; 4] =
    [RecordState::Live, RecordState::Held, RecordState::Quarantined, RecordState::Overdue];

/// Which records are listed. What is not named does not narrow; of several values of one field any fits.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// Words of kinds, or STIX types.
    pub kinds: Vec<String>,
    /// What the person is to the case.
    pub categories: Vec<Category>,
    /// Originators, by id or name.
    pub origins: Vec<String>,
    /// Collections: id, alias or title.
    pub collections: Vec<String>,
    /// Countries of the matter, by their codes of two letters.
    pub countries: Vec<String>,
    /// Languages in which the records are written, as their property `lang` has them.
    pub languages: Vec<String>,
    /// Months in which the matter began, such as `2026-11`.
    pub months: Vec<String>,
    /// Levels in words, as [`BrowseLine::level`] has them.
    pub levels: Vec<String>,
    /// Where they stand; without any, all that is neither withdrawn nor erased.
    pub states: Vec<String>,
    /// Only what whoever asks brought in.
    pub mine: bool,
    /// Only what other members originated.
    pub received: bool,
    /// Go on behind the page that ended with this.
    pub after: Option<String>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// What a number of records counts. Nothing that is hidden is ever in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// All that whoever asks may see.
    Seen,
    /// What is shown; more may follow.
    Shown,
}

/// One object of the list, by its newest version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BrowseLine {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// The word of its kind; the STIX type for an object that is of no kind.
    pub word: String,
    /// Display name; empty when it was erased, or when the record is only told of.
    pub name: String,
    /// The name in Latin letters, where it is in other letters that this node can read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latin: Option<String>,
    /// Display name of the originator.
    pub origin: String,
    /// Level in words.
    pub level: String,
    /// Whether a group, recipient, exclusion or date narrows it.
    pub narrowed: bool,
    /// Where it stands.
    pub state: String,
    /// What the person in it is to the case, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<&'static str>,
    /// Alias of the collection.
    pub collection: String,
    /// When it came here.
    pub at: String,
    /// That there is such a record and nothing else, as a search tells it: it is of a victim, a witness, a person who can
    /// inform, or somebody who is or may be under 18. Then word, name, level, state, category and collection are empty.
    pub hit_only: bool,
    /// Whether whoever asks brought it in.
    pub mine: bool,
}

/// One page of the list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Page {
    /// The objects, what came last first.
    pub lines: Vec<BrowseLine>,
    /// Where to go on; left out when nothing is left. There may be one although there are few lines, or none: then as
    /// many rows were looked at as one call does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What the number of lines counts.
    pub basis: Basis,
}

/// A page of the records that a filter means.
///
/// # Errors
/// [`AppError::Denied`] without a role that reads; [`AppError::NotFound`] for an unknown collection or member;
/// [`AppError::Invalid`] for a level or state that there is not, too many values, or a place that no such list gave.
pub fn page(app: &App, actor: &Actor, filter: &Filter) -> Result<Page, AppError> {
    actor.may_read()?;
    crate::serve::settle_if_due(app)?;
    let limit = filter.limit.unwrap_or(LINES_DEFAULT).clamp(1, LINES_MAX);
    let question = question(actor, filter);
    let after = filter.after.as_deref().map(|text| read_place(app, &question, text)).transpose()?;
    app.store().read("browse.page", |tx| {
        let force = in_force(app, tx)?;
        let mut reading = Reading::new(app, tx, force, actor, filter)?;
        let (listed, next) = reading.page(tx, after.as_ref(), limit)?;
        let next = next.map(|place| text_of(app, &question, &place)).transpose()?;
        let basis = if next.is_some() { Basis::Shown } else { Basis::Seen };
        Ok(Page { lines: reading.lines(tx, listed)?, next, basis })
    })
}

/// A place in the list: the leaf with which a record came, its number, and its collection. All that came with a leaf lies in
/// one collection, and later numbers of a collection never have earlier leaves.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Place {
    leaf: i64,
    seq: i64,
    collection: String,
}

/// One list that is being read.
struct Reading<'a> {
    app: &'a App,
    actor: &'a Actor,
    force: Arc<InForce>,
    look: Look<'a>,
    /// What is wanted of each collection, and its alias.
    parts: Vec<(Wanted, String)>,
}

/// What was found in one collection, and from where on nobody looked.
type Found = (Vec<Listed>, Option<Place>);

impl<'a> Reading<'a> {
    fn new(
        app: &'a App,
        tx: &mut Tx<'_>,
        force: Arc<InForce>,
        actor: &'a Actor,
        filter: &Filter,
    ) -> Result<Self, AppError> {
        let mut wanted = wanted(app, &force, actor, filter)?;
        wanted.hidden = look::hidden(app, tx, &force, &app.viewer())?;
        let chosen = match filter.collections.as_slice() {
            [] => collections::list(tx)?,
            names => names.iter().map(|name| collection::find(tx, name)).collect::<Result<_, _>>()?,
        };
        let parts = chosen
            .into_iter()
            .map(|one| (Wanted { collection: one.id, ..wanted.clone() }, one.alias))
            .collect();
        Ok(Self { look: Look::new(app, tx)?, app, actor, force, parts })
    }

    /// The records of a page, and where the next one begins.
    fn page(
        &mut self,
        tx: &mut Tx<'_>,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<(Vec<Listed>, Option<Place>), AppError> {
        // In all collections together; beyond them the answer says how to go on.
        let looks = self.app.limits().listed.saturating_mul(2) / self.parts.len().max(1);
        let looks = i64::try_from(looks).unwrap_or(i64::MAX).max(LOOKS_MIN);
        let mut all: Vec<(Place, Listed)> = Vec::new();
        let mut stop: Option<Place> = None;
        for (wanted, _) in self.parts.clone() {
            let below = match after {
                None => i64::MAX,
                Some(place) if place.collection == wanted.collection => place.seq,
                Some(place) => rows::since(tx, &wanted.collection, place.leaf)?.unwrap_or(i64::MAX),
            };
            let (found, stopped) = self.part(tx, &wanted, below, (limit, looks))?;
            all.extend(found.into_iter().map(|one| (place_of(one.record.peek()), one)));
            stop = stop.max(stopped);
        }
        // Behind the place where one collection was left nothing is certain about the others.
        all.retain(|(place, _)| stop.as_ref().is_none_or(|stop| place >= stop));
        all.sort_by(|(a, _), (b, _)| b.cmp(a));
        let more = all.len() > limit;
        all.truncate(limit);
        let next = if more { all.last().map(|(place, _)| place.clone()) } else { stop };
        Ok((all.into_iter().map(|(_, one)| one).collect(), next))
    }

    /// One record more than `limit` of a collection below a number, if `looks` rows hold as many.
    fn part(
        &mut self,
        tx: &mut Tx<'_>,
        wanted: &Wanted,
        mut below: i64,
        (limit, looks): (usize, i64),
    ) -> Result<Found, AppError> {
        let floor = rows::floor(tx, wanted, below, looks)?;
        let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut found: Vec<Listed> = Vec::new();
        loop {
            let batch = rows::page(tx, wanted, (below, floor.unwrap_or(-1)), most)?;
            let ends = i64::try_from(batch.len()).unwrap_or(i64::MAX) < most;
            for one in batch {
                let of = one.record.peek();
                below = of.seq;
                if self.look.sees(of) && (!wanted.apart.contains(&of.key.origin) || self.is_newest(tx, of)?) {
                    found.push(one);
                }
            }
            if found.len() > limit {
                return Ok((found, None));
            }
            if ends {
                let Some(seq) = floor else { return Ok((found, None)) };
                let leaf = rows::leaf_of(tx, &wanted.collection, seq)?.unwrap_or_default();
                let stop = Place { leaf, seq: seq.saturating_add(1), collection: wanted.collection.clone() };
                return Ok((found, Some(stop)));
            }
        }
    }

    /// Whether no newer version that may be seen takes the place of this one. What another member keeps on this node is
    /// judged record by record.
    fn is_newest(&mut self, tx: &mut Tx<'_>, of: &Record) -> Result<bool, AppError> {
        let key = &of.key;
        let all = record::of_id(tx, &key.id, Some(&key.collection), None)?;
        Ok(!all.iter().map(comity_model::Stored::peek).any(|one| {
            one.key.origin == key.origin
                && (one.version_at, one.seq) > (of.version_at, of.seq)
                && (one.state == RecordState::Live || one.state == of.state)
                && self.look.sees(one)
        }))
    }

    fn lines(&self, tx: &mut Tx<'_>, listed: Vec<Listed>) -> Result<Vec<BrowseLine>, AppError> {
        let mut stated: BTreeMap<(String, i64), Vec<(String, String)>> = BTreeMap::new();
        for (wanted, _) in &self.parts {
            let of_it = listed.iter().map(|one| one.record.peek());
            let numbers: Vec<i64> =
                of_it.filter(|one| one.key.collection == wanted.collection).map(|one| one.seq).collect();
            for (seq, field, value) in rows::facets(tx, &wanted.collection, &numbers, &["kind"])? {
                stated.entry((wanted.collection.clone(), seq)).or_default().push((field, value));
            }
        }
        let now = settle::instant(self.app, tx)?;
        let mut lines = Vec::with_capacity(listed.len());
        for one in listed {
            let found = one.record.peek();
            let stated = stated.remove(&(found.key.collection.clone(), found.seq)).unwrap_or_default();
            let hit_only = search::is_listed_only(self.app, tx, found, now)?;
            lines.push(self.line(one, &stated, hit_only));
        }
        Ok(lines)
    }

    fn line(&self, listed: Listed, stated: &[(String, String)], hit_only: bool) -> BrowseLine {
        let one = listed.record.into_inner();
        let bare = BrowseLine {
            id: one.key.id,
            version: one.key.version,
            word: String::new(),
            name: String::new(),
            latin: None,
            origin: self.force.name_of(&one.key.origin).to_owned(),
            level: String::new(),
            narrowed: false,
            state: String::new(),
            category: None,
            collection: String::new(),
            at: listed.first_at.to_string(),
            hit_only,
            mine: &one.key.origin == self.app.member() && one.actor == self.actor.name,
        };
        if hit_only {
            return bare;
        }
        let value = stated.iter().find(|(_, value)| value != &one.kind).map(|(_, value)| value.clone());
        let word = value.unwrap_or_else(|| one.kind.strip_prefix("comity-").unwrap_or(&one.kind).to_owned());
        let alias = self.parts.iter().find(|(wanted, _)| wanted.collection == one.key.collection);
        BrowseLine {
            latin: name::latin(&one.name),
            name: one.name,
            word,
            level: one.handling.level_name().to_owned(),
            narrowed: one.handling.is_narrowed(),
            state: one.state.name().to_owned(),
            category: one.handling.category.map(sheet::in_words),
            collection: alias.map(|(_, alias)| alias.clone()).unwrap_or_default(),
            ..bare
        }
    }
}

fn place_of(one: &Record) -> Place {
    Place { leaf: one.leaf, seq: one.seq, collection: one.key.collection.clone() }
}

/// What is wanted of any collection.
fn wanted(app: &App, force: &InForce, actor: &Actor, filter: &Filter) -> Result<Wanted, AppError> {
    few("kind", &filter.kinds)?;
    few("country", &filter.countries)?;
    few("language", &filter.languages)?;
    few("month", &filter.months)?;
    few("origin", &filter.origins)?;
    few("collection", &filter.collections)?;
    let mut facets: Vec<(&'static str, Vec<String>)> = Vec::new();
    if !filter.kinds.is_empty() {
        facets.push(("kind", filter.kinds.clone()));
    }
    if !filter.countries.is_empty() {
        facets.push(("country", filter.countries.iter().map(|code| code.to_ascii_uppercase()).collect()));
    }
    if !filter.languages.is_empty() {
        facets.push(("language", filter.languages.iter().map(|tag| tag.to_ascii_lowercase()).collect()));
    }
    if !filter.months.is_empty() {
        facets.push(("month", filter.months.clone()));
    }
    let origins = filter.origins.iter().map(|text| member(force, text)).collect::<Result<_, _>>()?;
    let hosted = force.agreement.members.iter().filter(|one| force.hosts(app, &one.id));
    Ok(Wanted {
        states: states(filter)?,
        apart: hosted.map(|one| one.id.clone()).collect(),
        origins,
        not_of: filter.received.then(|| app.member().clone()),
        actor: filter.mine.then(|| actor.name.clone()),
        facets,
        levels: levels(filter)?,
        categories: filter.categories.iter().map(|category| category.name()).collect(),
        ..Wanted::default()
    })
}

fn few(field: &str, values: &[String]) -> Result<(), AppError> {
    if values.len() > VALUES_MAX || values.iter().any(|value| value.contains(char::is_control)) {
        return Err(AppError::invalid(field, format!("give at most {VALUES_MAX} values, each one line")));
    }
    Ok(())
}

/// The member that a name or id means; also one of former times, by its id.
fn member(force: &InForce, text: &str) -> Result<MemberId, AppError> {
    let unknown = || AppError::NotFound(format!("the agreement knows no member `{text}`, or more than one"));
    search::member_id(force, text).and_then(|id| id.parse().ok()).ok_or_else(unknown)
}

fn states(filter: &Filter) -> Result<Vec<&'static str>, AppError> {
    few("state", &filter.states)?;
    if filter.states.is_empty() {
        return Ok(USUAL.map(RecordState::name).to_vec());
    }
    let known = |text: &String| {
        // What waits in triage is for those who look at it there.
        let state = RecordState::from_name(text).filter(|state| *state != RecordState::Triage);
        state.map(RecordState::name).ok_or_else(|| {
            AppError::invalid(
                "state",
                format!("`{text}` is none of live, held, quarantined, overdue, withdrawn, erased"),
            )
        })
    };
    filter.states.iter().map(known).collect()
}

fn levels(filter: &Filter) -> Result<Vec<String>, AppError> {
    few("level", &filter.levels)?;
    let is_level = |text: &str| {
        ["no marking", "unknown marking"].contains(&text) || Tlp::ALL.iter().any(|level| level.name() == text)
    };
    match filter.levels.iter().find(|text| !is_level(text)) {
        Some(text) => {
            Err(AppError::invalid("level", format!("`{text}` is no level in words, as lists have them")))
        }
        None => Ok(filter.levels.clone()),
    }
}

/// What a place is sealed for: another list does not go on from it.
fn question(actor: &Actor, filter: &Filter) -> String {
    let asked = Filter { after: None, limit: None, ..filter.clone() };
    format!("browse {}", Digest::of(format!("{} {asked:?}", actor.name).as_bytes()))
}

/// A place as text, sealed: the number of a record would tell how many there are.
fn text_of(app: &App, question: &str, place: &Place) -> Result<String, AppError> {
    let plain = format!("{} {} {}", place.leaf, place.seq, place.collection);
    Ok(token::text(&seal::seal(app, question, &plain)?))
}

fn read_place(app: &App, question: &str, text: &str) -> Result<Place, AppError> {
    let read = || {
        let plain = seal::open(app, question, &token::bytes(text)?).ok()?;
        let (leaf, rest) = plain.split_once(' ')?;
        let (seq, collection) = rest.split_once(' ')?;
        let (leaf, seq) = (leaf.parse().ok()?, seq.parse().ok()?);
        Some(Place { leaf, seq, collection: collection.to_owned() })
    };
    read().ok_or_else(|| AppError::invalid("after", "this is no `next` of this list: start without it"))
}
