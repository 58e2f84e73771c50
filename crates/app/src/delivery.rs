//! What left for whom, as reported to people.

use comity_store::Tx;
use comity_store::tables::delivery::{self as rows, Delivery};
use comity_store::tables::release;
use serde::Serialize;

use crate::force::{InForce, find_member, in_force};
use crate::{App, AppError, Reader, subject};

/// Most rows of one report.
const ROWS_MAX: i64 = 100_000;

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

fn view(tx: &mut Tx<'_>, force: &InForce, row: Delivery) -> Result<DeliveryView, AppError> {
    let audience = release::audience(tx, row.audience)?;
    Ok(DeliveryView {
        view: if row.served == row.digest { "whole" } else { "part" },
        id: row.id,
        version: row.version,
        name: row.name,
        member: audience.map(|one| force.name_of(&one.member).to_owned()).unwrap_or_default(),
        first_at: row.first_at.to_string(),
        last_at: row.last_at.to_string(),
        count: row.count,
        leaf: row.leaf,
    })
}

/// Deliveries of the records that a text names.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record.
pub fn of_record(app: &App, text: &str) -> Result<Vec<DeliveryView>, AppError> {
    app.store().read("delivery.of_record", |tx| {
        let force = in_force(app, tx)?;
        let mut views = Vec::new();
        for stored in subject::all(tx, text)? {
            let record = stored.peek();
            for row in rows::list(tx, Some((&record.key.collection, record.seq)), None, ROWS_MAX)? {
                views.push(view(tx, &force, row)?);
            }
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
        let mut views = Vec::new();
        for row in rows::list(tx, None, Some(id.as_str()), ROWS_MAX)? {
            views.push(view(tx, &force, row)?);
        }
        Ok(views)
    })
}

/// What left through this key's audience, in collections that the key may still read.
///
/// # Errors
/// Those of the store.
pub fn of_reader(app: &App, reader: &Reader) -> Result<Vec<DeliveryView>, AppError> {
    app.store().read("delivery.of_reader", |tx| {
        let rights = crate::access::all(app, tx, reader)?;
        let readable: Vec<&str> =
            rights.iter().filter(|one| one.can_read).map(|one| one.id.as_str()).collect();
        let force = in_force(app, tx)?;
        let mut views = Vec::new();
        for row in rows::list(tx, None, Some(reader.member.as_str()), ROWS_MAX)? {
            if row.audience == reader.audience && readable.contains(&row.collection.as_str()) {
                views.push(view(tx, &force, row)?);
            }
        }
        Ok(views)
    })
}
