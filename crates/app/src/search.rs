//! The search of a member's own users: found by words, names and selectors, justified by a purpose, and noted.
//!
//! What can be asked is the business of [`query`]; what of a record is searched stands in `matter`. The index is
//! derived: it is filled in the transaction that writes a record and rebuilt by reindex. Members search with their keys
//! through [`crate::serve::search`], which asks the same index and lets out what the desk releases.

pub(crate) mod judge;
pub(crate) mod matter;
mod noted;
pub mod query;

use comity_model::kind::{Answer, Kind, PartialDate};
use comity_model::stix::{Digest, Object};
use comity_model::{Category, Flag, Micros, Record};
use comity_policy::StateFlags;
use comity_store::Tx;
use comity_store::tables::release::Audience;
use comity_store::tables::search::{self as rows, Entry, Place, Wanted, Which};
use comity_store::tables::{collection as collections, fact, record};
use serde::Serialize;

pub use judge::{Excerpt, MatchedName};
pub use noted::{ConsultationView, asked, consultations};
pub(crate) use noted::{Why, note};
pub use query::Query;

use crate::force::{InForce, in_force};
use crate::{Actor, App, AppError, collection, look, settle, token};
use judge::{excerpt, matched_names, needs_texts, phrases_hold};
use matter::Matter;

/// Hits on a page when no number is named, and at most.
const HITS_DEFAULT: usize = 20;
const HITS_MAX: usize = 200;
/// Records that one call looks at; beyond them the answer says how to go on.
const LOOKS_MAX: usize = 5_000;
/// Records read at once.
const BATCH: usize = 200;
/// Longest reason, in bytes.
const REASON_BYTES_MAX: usize = 1_000;
/// Longest reference of a case, in bytes.
const CASE_BYTES_MAX: usize = 200;
/// The form of the index: another analyser makes other terms, and then the index is built again.
const FORM: &str = "2";
const FORM_FACT: &str = "search_form";

/// What a user asks.
#[derive(Clone, Debug, Default)]
pub struct Asking<'a> {
    /// The query; may be empty when a name is given.
    pub query: &'a str,
    /// A name to look up, in any script.
    pub name: Option<&'a str>,
    /// Purpose of the search, one of the agreement's.
    pub purpose: Option<&'a str>,
    /// Reference of the case that it is for.
    pub case: Option<&'a str>,
    /// Legal basis; without one, the only one that is agreed for this node's own member.
    pub basis: Option<&'a str>,
    /// A date: names that were not in use then are passed over.
    pub at: Option<&'a str>,
    /// Why, for a query that names a community or a trait.
    pub reason: Option<&'a str>,
    /// At most so many hits.
    pub limit: Option<usize>,
    /// Go on behind the page that ended with this token.
    pub after: Option<&'a str>,
    /// Older versions too.
    pub all_versions: bool,
}

/// A record that was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Hit {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// Display name of the originator.
    pub origin: String,
    /// That it was found and nothing else: whoever needs more asks the originator. Then what follows is empty.
    pub hit_only: bool,
    /// Kind of record, else STIX type.
    pub kind: String,
    /// Display name.
    pub name: String,
    /// Alias of the collection.
    pub collection: String,
    /// Level in words.
    pub level: String,
    /// Where it stands: live or held.
    pub state: String,
    /// The original text around the first word that was found.
    pub text: Option<Excerpt>,
    /// The names that were asked for, as they stand in the record.
    pub names: Vec<MatchedName>,
}

/// One page of hits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Found {
    /// The hits, newest version first.
    pub hits: Vec<Hit>,
    /// Where to go on; none when nothing is left. There may be a token although there are few hits: then the search
    /// has looked at as many records as one call does.
    pub next: Option<String>,
    /// Under which this search was noted.
    pub consultation: String,
}

/// A search that may be run.
struct Question<'a> {
    query: Query,
    text: String,
    why: Why<'a>,
    at: Option<PartialDate>,
    which: Which,
    limit: usize,
}

/// Searches this node for its own user, and notes it before anything is shown.
///
/// # Errors
/// [`AppError::Denied`] without a role that reads records; [`AppError::Invalid`] for a query that may not be asked, no
/// purpose or one that the agreement does not define, or no reason where one is needed; [`AppError::Environment`] when
/// the index was not built by this program.
pub fn run(app: &App, actor: &Actor, asking: &Asking<'_>) -> Result<Found, AppError> {
    actor.may_read()?;
    crate::serve::settle_if_due(app)?;
    let (question, hits, next) = app.store().read("search.run", |tx| {
        require_index(tx)?;
        let force = in_force(app, tx)?;
        let question = question(&force, asking)?;
        let after = asking.after.map(|text| place(text, &question)).transpose()?;
        let wanted = wanted(tx, &force, &question.query)?;
        let audience = audience(app, &force, question.why.purpose, asking.basis)?;
        let mut search =
            Search { app, force: &force, audience, question: &question, now: settle::instant(app, tx)? };
        let (hits, next) = search.page(tx, &wanted, after)?;
        Ok::<_, AppError>((question, hits, next))
    })?;
    let consultation = note(app, actor, &question.text, question.why, hits.len())?;
    Ok(Found { hits, next, consultation })
}

fn question<'a>(force: &InForce, asking: &Asking<'a>) -> Result<Question<'a>, AppError> {
    let mut text = asking.query.trim().to_owned();
    if let Some(name) = asking.name {
        if name.contains('"') {
            return Err(AppError::invalid("--name", "leave the quotation marks out of the name"));
        }
        text = format!("{text} name:\"{name}\"");
    }
    let query = read(&text)?;
    let purpose = purpose_of(force, asking.purpose)?;
    let reason = asking.reason.unwrap_or_default().trim();
    require_reason(&query, Some(reason))?;
    let case = asking.case.unwrap_or_default().trim();
    if case.len() > CASE_BYTES_MAX || case.contains(char::is_control) {
        return Err(AppError::invalid("--case", format!("a line of at most {CASE_BYTES_MAX} bytes")));
    }
    let at = asking
        .at
        .map(|text| {
            text.parse().map_err(|_| AppError::invalid("--at", "write a date: 2015, 2015-06 or 2015-06-30"))
        })
        .transpose()?;
    let which = if asking.all_versions { Which::All } else { Which::Newest };
    let limit = asking.limit.unwrap_or(HITS_DEFAULT).clamp(1, HITS_MAX);
    Ok(Question { text: query.to_string(), query, why: Why { purpose, reason, case }, at, which, limit })
}

/// The purpose of a search, which has to be one of the agreement's.
pub(crate) fn purpose_of<'a>(force: &InForce, purpose: Option<&'a str>) -> Result<&'a str, AppError> {
    let purposes = &force.agreement.purposes;
    let purpose = purpose.unwrap_or_default().trim();
    if !purposes.contains_key(purpose) {
        let known: Vec<&str> = purposes.keys().map(String::as_str).collect();
        let reason = match (purpose, known.is_empty()) {
            (_, true) => {
                "every search needs a purpose of the agreement, and the agreement defines none: add one"
                    .into()
            }
            ("", false) => format!("every search needs a purpose: name one of {}", known.join(", ")),
            _ => format!("the agreement defines no purpose `{purpose}`: name one of {}", known.join(", ")),
        };
        return Err(AppError::invalid("--purpose", reason));
    }
    Ok(purpose)
}

/// Reads a query; the error is for people.
pub(crate) fn read(text: &str) -> Result<Query, AppError> {
    Query::parse(text).map_err(|refused| AppError::invalid("query", refused.0))
}

/// Refuses a query of words that name a community or a trait, unless somebody says why. Where no reason can be given,
/// there is none to pass.
pub(crate) fn require_reason(query: &Query, reason: Option<&str>) -> Result<(), AppError> {
    let words = query.notices();
    let given = reason.unwrap_or_default();
    if given.len() > REASON_BYTES_MAX || given.contains(char::is_control) {
        return Err(AppError::invalid("--reason", "a line of at most 1,000 bytes"));
    }
    if words.is_empty() || given.split_whitespace().count() >= 2 {
        return Ok(());
    }
    let what = format!("the query names a community or a trait (`{}`)", words.join("`, `"));
    Err(AppError::invalid(
        "query",
        match reason {
            Some(_) => format!(
                "{what}: search for what somebody did, or say why it is needed with --reason TEXT, which is noted"
            ),
            None => format!("{what}: search for what somebody did, or for a name, number or id"),
        },
    ))
}

/// Refuses to search an index that another form of it was built for.
pub(crate) fn require_index(tx: &mut Tx<'_>) -> Result<(), AppError> {
    if fact::get(tx, FORM_FACT)?.as_deref() == Some(FORM) {
        return Ok(());
    }
    Err(AppError::Environment("the search index was not built by this program: run `comity reindex`".into()))
}

/// What the index is asked for a query.
pub(crate) fn wanted(tx: &mut Tx<'_>, force: &InForce, query: &Query) -> Result<Wanted, AppError> {
    let mut unknown = None;
    let mut origin = |text: &str| {
        let found = member_id(force, text);
        if found.is_none() {
            unknown = Some(text.to_owned());
        }
        found
    };
    let mut missing = None;
    let found = judge::wanted(query, &mut origin, |text| match collection::find(tx, text) {
        Ok(found) => Some(found.id),
        Err(error) => {
            missing = Some(error);
            None
        }
    });
    match (unknown, missing) {
        (Some(text), _) => Err(AppError::NotFound(format!(
            "the agreement knows no member `{text}`, or more than one: see `comity member list`"
        ))),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(found),
    }
}

/// The member that a name or id means; an id that is well formed may be that of a member of former times.
pub(crate) fn member_id(force: &InForce, text: &str) -> Option<String> {
    match force.agreement.find(text) {
        Some(member) => Some(member.id.to_string()),
        None => text.parse::<comity_model::MemberId>().ok().map(|id| id.to_string()),
    }
}

/// This node's own member in the context of a search.
pub(crate) fn audience(
    app: &App,
    force: &InForce,
    purpose: &str,
    basis: Option<&str>,
) -> Result<Audience, AppError> {
    let agreed = force.agreement.member(app.member()).map(|member| &member.legal_bases);
    let basis = match basis {
        Some(basis) if force.agreement.legal_bases.contains_key(basis) => basis.to_owned(),
        Some(basis) => {
            return Err(AppError::invalid(
                "--basis",
                format!("the agreement defines no legal basis `{basis}`"),
            ));
        }
        None => match agreed {
            Some(agreed) if agreed.len() == 1 => agreed.first().cloned().unwrap_or_default(),
            _ => String::new(),
        },
    };
    Ok(Audience { purpose: purpose.to_owned(), basis, ..app.viewer() })
}

/// One search under way.
struct Search<'a> {
    app: &'a App,
    force: &'a InForce,
    audience: Audience,
    question: &'a Question<'a>,
    now: Micros,
}

impl Search<'_> {
    fn page(
        &mut self,
        tx: &mut Tx<'_>,
        wanted: &Wanted,
        mut after: Option<Place>,
    ) -> Result<(Vec<Hit>, Option<String>), AppError> {
        let mut hits: Vec<Hit> = Vec::new();
        let mut shown: Option<Place> = None;
        let mut looked = 0;
        let hidden = look::hidden(self.app, tx, self.force, &self.audience)?;
        // Most of what the index finds is a hit, so one page is looked at first.
        let mut most = self.question.limit.saturating_add(1);
        loop {
            let batch = i64::try_from(most).unwrap_or(i64::MAX);
            let of = (self.app.member(), hidden.as_slice());
            let found = rows::own(tx, wanted, of, self.question.which, after.as_ref(), batch)?;
            let ends = found.len() < most;
            most = BATCH;
            for stored in found {
                let one = stored.into_inner();
                let at = Place {
                    version_us: one.version_at.0,
                    collection: one.key.collection.clone(),
                    seq: one.seq,
                };
                if let Some(hit) = self.judge(tx, one)? {
                    if hits.len() == self.question.limit {
                        return Ok((hits, shown.map(|place| text_of(&place, self.question))));
                    }
                    hits.push(hit);
                    shown = Some(at.clone());
                }
                after = Some(at);
                looked += 1;
            }
            if ends {
                return Ok((hits, None));
            }
            if looked >= LOOKS_MAX {
                return Ok((hits, after.map(|place| text_of(&place, self.question))));
            }
        }
    }

    /// The hit that a record is, if it is one for this user.
    fn judge(&self, tx: &mut Tx<'_>, one: Record) -> Result<Option<Hit>, AppError> {
        if !is_readable(self.app, self.force, &self.audience, &one, self.now) {
            return Ok(None);
        }
        let Some(bytes) = record::content(tx, &one.key, &[])? else { return Ok(None) };
        let Ok(object) = Object::parse(&bytes, &self.app.limits().stix) else { return Ok(None) };
        let matter = Matter::of(&object);
        let query = &self.question.query;
        if needs_texts(query) && !phrases_hold(query, &matter) {
            return Ok(None);
        }
        let Some(names) = matched_names(query, &matter, self.question.at.as_ref()) else { return Ok(None) };
        let origin = self.force.name_of(&one.key.origin).to_owned();
        let (id, version) = (one.key.id, one.key.version);
        if is_hit_only(&one.handling.category, &one.handling.flags, &object, &matter, self.now) {
            let empty = String::new;
            return Ok(Some(Hit {
                id,
                version,
                origin,
                hit_only: true,
                kind: empty(),
                name: empty(),
                collection: empty(),
                level: empty(),
                state: empty(),
                text: None,
                names: Vec::new(),
            }));
        }
        let of = collections::find(tx, &one.key.collection)?;
        Ok(Some(Hit {
            id,
            version,
            origin,
            hit_only: false,
            kind: matter.kind.map_or(one.kind, str::to_owned),
            name: one.name,
            collection: of.map_or(one.key.collection, |of| of.alias),
            level: one.handling.level_name().to_owned(),
            state: one.state.name().to_owned(),
            text: excerpt(query, &matter),
            names,
        }))
    }
}

/// Whether a record of a person, held as these bytes, is told of and not shown, as row C4 asks.
pub(crate) fn is_only_told_of(found: &Record, object: &Object<'_>, now: Micros) -> bool {
    is_hit_only(&found.handling.category, &found.handling.flags, object, &Matter::of(object), now)
}

/// Whether a list tells of a record and names nobody, as row C4 asks: what a search tells of only. Of what was erased, its
/// handling says so.
pub(crate) fn is_listed_only(
    app: &App,
    tx: &mut Tx<'_>,
    found: &Record,
    now: Micros,
) -> Result<bool, AppError> {
    if found.handling.category.is_some_and(is_protected) {
        return Ok(true);
    }
    let Some(bytes) = record::content(tx, &found.key, &[])? else {
        return Ok(found.handling.flags.contains(&Flag::Minor));
    };
    let object = Object::parse(&bytes, &app.limits().stix);
    Ok(object.map_or(true, |object| is_only_told_of(found, &object, now)))
}

/// Whether a person is told of only because of what it is to the case.
fn is_protected(category: Category) -> bool {
    matches!(category, Category::Victim | Category::Witness | Category::CanInform)
}

/// Whether this node's own member may choose and read a record in the context of a search.
pub(crate) fn is_readable(
    app: &App,
    force: &InForce,
    audience: &Audience,
    one: &Record,
    now: Micros,
) -> bool {
    let state = StateFlags::of(one.state, &one.handling, now);
    look::shows(app, force, audience, (&one.handling, &one.parts), one.state, now)
        && force.decide(app, audience, &one.handling, state).allow()
        && force.may_select(app, audience, &one.handling, state)
}

/// Row C4: of victims, witnesses, persons who can inform and persons under 18 a search says that there is a record, and
/// no more. A record that claims to be of a person and cannot be read as one is treated so too.
fn is_hit_only(
    category: &Option<Category>,
    flags: &std::collections::BTreeSet<Flag>,
    object: &Object<'_>,
    matter: &Matter,
    now: Micros,
) -> bool {
    let stated = category.is_some_and(is_protected);
    let minor = flags.contains(&Flag::Minor);
    if stated || matter.kind != Some("subject") {
        return stated || minor;
    }
    match Kind::read(object) {
        // Who is known to have come of age is a minor no more, whatever was stated once.
        Ok(Some(Kind::Subject(subject))) => {
            subject.is_strictly_necessary_only(now) || minor && subject.is_under_18(now) != Answer::No
        }
        _ => true,
    }
}

/// What a page is about: the token of one question does not go on with another.
fn mark(question: &Question<'_>) -> [u8; 8] {
    let whole = format!("{:?} {:?} {}", question.which, question.at, question.text);
    Digest::of(whole.as_bytes()).0.first_chunk::<8>().copied().unwrap_or_default()
}

fn text_of(place: &Place, question: &Question<'_>) -> String {
    let mut bytes = mark(question).to_vec();
    bytes.extend(place.version_us.to_be_bytes());
    bytes.extend(place.seq.to_be_bytes());
    bytes.extend(place.collection.as_bytes());
    token::text(&bytes)
}

fn place(text: &str, question: &Question<'_>) -> Result<Place, AppError> {
    let read = || {
        let bytes = token::bytes(text)?;
        let (of, rest) = bytes.split_first_chunk::<8>()?;
        let (version, rest) = rest.split_first_chunk::<8>()?;
        let (seq, rest) = rest.split_first_chunk::<8>()?;
        let collection = std::str::from_utf8(rest).ok().filter(|name| !name.contains(char::is_control))?;
        let place = Place {
            version_us: i64::from_be_bytes(*version),
            collection: collection.to_owned(),
            seq: i64::from_be_bytes(*seq),
        };
        (*of == mark(question)).then_some(place)
    };
    read().ok_or_else(|| {
        AppError::invalid("--after", "this token was not made for this question: start without it")
    })
}

/// What the index keeps of an object.
pub(crate) fn entry(object: &Object<'_>) -> Entry {
    Matter::of(object).entry()
}

/// Puts records that were just written into the index.
pub(crate) fn index(tx: &mut Tx<'_>, collection: &str, entries: &[(i64, &Entry)]) -> Result<(), AppError> {
    Ok(rows::keep(tx, collection, entries)?)
}

/// Takes a record out of the search, with everything that was derived from it. To be called where its content goes.
pub(crate) fn forget(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<(), AppError> {
    rows::forget(tx, collection, seq)?;
    Ok(())
}

/// Says that the index is whole: every record written from now on goes into it.
pub(crate) fn is_whole(tx: &mut Tx<'_>) -> Result<(), AppError> {
    Ok(fact::set(tx, FORM_FACT, FORM)?)
}

/// Builds the index of a collection again from the records that it has.
pub(crate) fn rebuild(app: &App, tx: &mut Tx<'_>, collection: &str) -> Result<(), AppError> {
    rows::forget_all(tx, collection)?;
    let mut after = 0;
    loop {
        let page = record::list(tx, collection, after, 200)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.peek().seq;
        let mut entries = Vec::with_capacity(page.len());
        for stored in page {
            let found = stored.peek();
            if let Some(bytes) = record::content(tx, &found.key, &[])?
                && let Ok(object) = Object::parse(&bytes, &app.limits().stix)
            {
                entries.push((found.seq, entry(&object)));
            }
        }
        let entries: Vec<(i64, &Entry)> = entries.iter().map(|(seq, entry)| (*seq, entry)).collect();
        index(tx, collection, &entries)?;
    }
}

/// Builds the whole index again, where nothing is changed but what is derived.
pub(crate) fn rebuild_all(app: &App) -> Result<(), AppError> {
    for one in app.store().read("search.list", collections::list)? {
        app.store().write("search.rebuild", |tx| rebuild(app, tx, &one.id))?;
    }
    app.store().write("search.whole", is_whole)
}
