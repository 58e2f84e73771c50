//! What left for whom, as reported to people.

use comity_model::stix::Digest;
use comity_model::{HandlingId, Micros};
use comity_store::Tx;
use comity_store::tables::delivery::{self as rows, Delivery, Filter, Place};
use serde::Serialize;

use crate::force::{InForce, find_member, in_force};
use crate::look::Look;
use crate::{App, AppError, Reader, access, seal, subject, token};

/// Rows read at once for a report.
const CHUNK_ROWS: i64 = 10_000;

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
        Ok(DeliveryPage { deliveries: found.into_iter().map(|row| view(&force, row)).collect(), next })
    })
}

/// All of them whose records whoever looks sees, read in parts.
fn every(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    filter: &Filter<'_>,
) -> Result<Vec<DeliveryView>, AppError> {
    let mut views = Vec::new();
    let mut look = Look::new(app, tx)?;
    let mut after = None;
    loop {
        let found = rows::page(tx, filter, after.as_ref(), CHUNK_ROWS)?;
        let Some(last) = found.last() else { return Ok(views) };
        after = Some(last.place());
        for row in found {
            if look.sees_numbered(tx, &row.collection, row.seq)? {
                views.push(view(force, row));
            }
        }
    }
}

fn view(force: &InForce, row: Delivery) -> DeliveryView {
    DeliveryView {
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
