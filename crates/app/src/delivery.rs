//! What left for whom, as reported to people, and what came of it.

use std::collections::{BTreeMap, BTreeSet};

use comity_model::stix::Digest;
use comity_model::{HandlingId, MemberId, Micros, SignedMessage};
use comity_store::Tx;
use comity_store::tables::delivery::{self as rows, Delivery, Filter, Place};
use comity_store::tables::{courier, outbox, receipt};
use serde::Serialize;

use crate::explain::{self, View};
use crate::force::{InForce, find_member, in_force};
use crate::look::Look;
use crate::{App, AppError, Reader, access, seal, subject, token};

/// Rows read at once for a report.
const CHUNK_ROWS: i64 = 10_000;

/// What came of a record for a member.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(into = "&'static str")]
pub enum State {
    /// The member signed that it has it.
    Received,
    /// The member signed that it did not take it.
    Refused,
    /// The member has said nothing, and should have by now.
    Late,
    /// It left, and there is still time for a receipt.
    Delivered,
    /// It left on a medium that the member did not say to have yet.
    Carried,
    /// It left, and the member has no key with which it could confirm.
    Told,
    /// The member may have it, and did not fetch it yet.
    Waiting,
    /// The member may have it, and nobody of it has a key that could fetch it.
    NoKey,
    /// The rules give it to the member not at all.
    Withheld,
}

impl State {
    /// As programs read it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Refused => "refused",
            Self::Late => "late",
            Self::Delivered => "delivered",
            Self::Carried => "carried",
            Self::Told => "told",
            Self::Waiting => "waiting",
            Self::NoKey => "no-key",
            Self::Withheld => "withheld",
        }
    }

    /// In words for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Received => "received (signed)",
            Self::Refused => "refused by them",
            Self::Late => "late: no receipt",
            Self::Delivered => "delivered",
            Self::Carried => "carried by courier",
            Self::Told => "told, cannot confirm",
            Self::Waiting => "waiting to be fetched",
            Self::NoKey => "no key",
            Self::Withheld => "refused by us",
        }
    }
}

impl From<State> for &'static str {
    fn from(state: State) -> Self {
        state.word()
    }
}

/// A member that has nothing of a record, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Without {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// Display name of the record.
    pub name: String,
    /// Display name of the member.
    pub member: String,
    /// What it waits for.
    pub state: State,
    /// Why, in a sentence.
    pub why: String,
}

/// One delivery.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DeliveryView {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// Display name.
    pub name: String,
    /// Member it left for.
    pub member: String,
    /// `whole`, or `part` when a redacted variant left.
    pub view: &'static str,
    /// First time.
    pub first_at: String,
    /// Last time.
    pub last_at: String,
    /// How often.
    pub count: i64,
    /// Ledger leaf of the first time.
    pub leaf: i64,
    /// What came of it.
    pub state: State,
    /// Code of why the member did not take it; empty when it did, or said nothing.
    pub why: String,
    /// Digest of the signed message that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Digest>,
}

/// Part of a list of deliveries.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DeliveryPage {
    /// The deliveries, oldest first.
    pub deliveries: Vec<DeliveryView>,
    /// Where the next page begins; none when this is the last one.
    pub next: Option<String>,
}

/// Deliveries of the records that a text names.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record.
pub fn of_record(app: &App, text: &str) -> Result<Vec<DeliveryView>, AppError> {
    app.store().read("delivery.of_record", |tx| {
        let force = in_force(app, tx)?;
        let mut views = Vec::new();
        for stored in subject::all(app, tx, text)? {
            let record = stored.peek();
            let filter = Filter { record: Some((&record.key.collection, record.seq)), ..Filter::default() };
            views.extend(every(app, tx, &force, &filter)?);
        }
        Ok(views)
    })
}

/// Deliveries to a member.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown member.
pub fn of_member(app: &App, member: &str) -> Result<Vec<DeliveryView>, AppError> {
    app.store().read("delivery.of_member", |tx| {
        let force = in_force(app, tx)?;
        let id = find_member(&force, member)?;
        every(app, tx, &force, &Filter { member: Some(id.as_str()), ..Filter::default() })
    })
}

/// The members that have nothing of the newest record that a text names, each with the reason. The member that it is of
/// is left out.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record.
pub fn without(app: &App, text: &str) -> Result<Vec<Without>, AppError> {
    let sights = explain::who_sees(app, text)?;
    let had: BTreeSet<(String, String, String)> =
        of_record(app, text)?.into_iter().map(|view| (view.id, view.version, view.member)).collect();
    let open = sights.into_iter().filter(|sight| {
        let named = (sight.id.clone(), sight.version.clone(), sight.member.clone());
        sight.member != sight.origin && !had.contains(&named)
    });
    Ok(open
        .map(|sight| {
            let state = match (sight.view, sight.has_key) {
                (View::Nothing, _) => State::Withheld,
                (_, true) => State::Waiting,
                (_, false) => State::NoKey,
            };
            let (id, version, name) = (sight.id, sight.version, sight.name);
            Without { id, version, name, member: sight.member, state, why: sight.why }
        })
        .collect())
}

/// The signed receipts behind some deliveries, each once.
///
/// # Errors
/// Those of the store.
pub fn receipts(app: &App, views: &[DeliveryView]) -> Result<Vec<SignedMessage>, AppError> {
    let named: BTreeSet<Digest> = views.iter().filter_map(|view| view.receipt).collect();
    app.store().read("delivery.receipts", |tx| {
        let mut all = Vec::new();
        for digest in &named {
            if let Some(row) = outbox::find(tx, *digest)? {
                all.push(SignedMessage::from_json(&row.body)?);
            }
        }
        Ok(all)
    })
}

/// One page of what left through this key's audience, in collections that the key may still read. It begins behind
/// `after`, the `next` of the page before, and has at most `limit` rows; a larger limit than the node's is lowered.
///
/// # Errors
/// [`AppError::Invalid`] when `after` is no `next` of such a page.
pub fn of_reader(
    app: &App,
    reader: &Reader,
    after: Option<&str>,
    limit: Option<usize>,
) -> Result<DeliveryPage, AppError> {
    let after = after.map(|text| place(app, text, reader.audience)).transpose()?;
    let limit = limit.unwrap_or(app.limits().page_default).clamp(1, app.limits().network.page_objects);
    app.store().read("delivery.of_reader", |tx| {
        let rights = access::all(app, tx, reader)?;
        let readable: Vec<&str> =
            rights.iter().filter(|one| one.can_read).map(|one| one.id.as_str()).collect();
        let force = in_force(app, tx)?;
        let filter =
            Filter { audience: Some(reader.audience), collections: Some(&readable), ..Filter::default() };
        let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut found = rows::page(tx, &filter, after.as_ref(), most)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = match found.last().filter(|_| more) {
            Some(last) => Some(text_of(app, &last.place())?),
            None => None,
        };
        Ok(DeliveryPage { deliveries: views(app, tx, &force, found)?, next })
    })
}

/// All of them whose records whoever looks sees, read in parts.
fn every(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    filter: &Filter<'_>,
) -> Result<Vec<DeliveryView>, AppError> {
    let mut all = Vec::new();
    let mut look = Look::new(app, tx)?;
    let mut after = None;
    loop {
        let found = rows::page(tx, filter, after.as_ref(), CHUNK_ROWS)?;
        let Some(last) = found.last() else { return Ok(all) };
        after = Some(last.place());
        let mut seen = Vec::new();
        for row in found {
            if look.sees_numbered(tx, &row.collection, row.seq)? {
                seen.push(row);
            }
        }
        all.extend(views(app, tx, force, seen)?);
    }
}

/// Deliveries with what came of them.
fn views(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: Vec<Delivery>,
) -> Result<Vec<DeliveryView>, AppError> {
    let mut served: BTreeMap<&MemberId, Vec<Digest>> = BTreeMap::new();
    for row in &found {
        served.entry(&row.member).or_default().push(row.served);
    }
    let (mut words, mut on_their_way) = (BTreeMap::new(), BTreeMap::new());
    for (member, digests) in served {
        on_their_way.insert(member.clone(), courier::on_their_way(tx, member, app.now().0)?);
        words.insert(member.clone(), receipt::of(tx, member, &digests)?);
    }
    let hours = i64::from(force.agreement.clocks.receipt_hours());
    let ago = app.now().plus_seconds(-hours.saturating_mul(3_600));
    let is_carried = |row: &Delivery| {
        let times = on_their_way.get(&row.member).into_iter().flatten();
        times.into_iter().any(|(begun, at)| (*begun..=*at).contains(&row.last_at.0))
    };
    Ok(found
        .into_iter()
        .map(|row| {
            let word = words.get(&row.member).and_then(|words| words.get(&row.served));
            let can_sign = force.agreement.member(&row.member).is_some_and(|one| !one.keys.is_empty());
            let state = match word {
                Some(word) if word.reason.is_empty() => State::Received,
                Some(_) => State::Refused,
                None if !can_sign => State::Told,
                None if is_carried(&row) => State::Carried,
                None if row.first_at < ago => State::Late,
                None => State::Delivered,
            };
            view(force, row, state, word)
        })
        .collect())
}

fn view(force: &InForce, row: Delivery, state: State, word: Option<&receipt::Word>) -> DeliveryView {
    DeliveryView {
        state,
        why: word.map(|word| word.reason.clone()).unwrap_or_default(),
        receipt: word.map(|word| word.message),
        view: if row.served == row.digest { "whole" } else { "part" },
        id: row.id,
        version: row.version,
        name: row.name,
        member: force.name_of(&row.member).to_owned(),
        first_at: row.first_at.to_string(),
        last_at: row.last_at.to_string(),
        count: row.count,
        leaf: row.leaf,
    }
}

/// A place as text, sealed: the number of a record would tell how many there are. The audience is no part of it, since
/// every page asks for its own.
fn text_of(app: &App, place: &Place) -> Result<String, AppError> {
    let mut bytes = place.first_at.0.to_be_bytes().to_vec();
    bytes.extend(place.seq.to_be_bytes());
    bytes.extend(place.served.0);
    bytes.extend(place.handling.0.0);
    bytes.extend(place.collection.as_bytes());
    Ok(token::text(&seal::seal(app, &question(place.audience), &token::text(&bytes))?))
}

/// What a place is sealed for.
fn question(audience: i64) -> String {
    format!("deliveries {audience}")
}

/// The place that a text names.
fn place(app: &App, text: &str, audience: i64) -> Result<Place, AppError> {
    read_place(app, text, audience).ok_or_else(|| {
        AppError::invalid("after", "this is no `next` of a list of deliveries: start without it")
    })
}

fn read_place(app: &App, text: &str, audience: i64) -> Option<Place> {
    let opened = seal::open(app, &question(audience), &token::bytes(text)?).ok()?;
    let bytes = token::bytes(&opened)?;
    let (first, rest) = bytes.split_first_chunk::<8>()?;
    let (seq, rest) = rest.split_first_chunk::<8>()?;
    let (served, rest) = rest.split_first_chunk::<32>()?;
    let (handling, rest) = rest.split_first_chunk::<32>()?;
    let collection = std::str::from_utf8(rest).ok().filter(|name| !name.contains(char::is_control))?;
    Some(Place {
        first_at: Micros(i64::from_be_bytes(*first)),
        seq: i64::from_be_bytes(*seq),
        audience,
        served: Digest(*served),
        handling: HandlingId(Digest(*handling)),
        collection: collection.to_owned(),
    })
}
