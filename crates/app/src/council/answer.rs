//! Answers of the own member to a record of a council: positions that reach whoever has the record.

use std::collections::BTreeSet;

use comity_model::kind::council::{Position, Stance};
use comity_model::kind::{Assertion, Basis, Kind, Statement};
use comity_model::stix::{Id, Timestamp};
use comity_model::{MemberId, Record, RecordState, Stored};
use comity_store::tables::record;

use super::conflict::enter;
use super::gather::Held;
use crate::compose::Entry;
use crate::compose::statement::StatementText;
use crate::{Actor, App, AppError};

/// Enters a position of the own member on a record.
pub(super) fn position(
    app: &App,
    actor: &Actor,
    on: &Held,
    (stance, title, words): (Stance, String, &str),
    tlp: Option<&str>,
) -> Result<Entry, AppError> {
    let internal = |error: String| AppError::Internal(error);
    let position = Position {
        title,
        summary: None,
        on_ref: Id::parse(&on.place.id).map_err(|error| internal(error.to_string()))?,
        on_version: Timestamp::parse(&on.place.version).map_err(|error| internal(error.to_string()))?,
        stance,
        text: words.to_owned(),
        claim_ref: None,
        stated_by: Some(actor.name.clone()),
        notes: Vec::new(),
        basis: Basis::of(Assertion { statement: Statement::Assessment, ..Assertion::FACT }),
    };
    let statement = match tlp {
        Some(tlp) => StatementText { tlp: Some(tlp.to_owned()), ..StatementText::default() },
        None => as_told(app, on)?,
    };
    enter(app, actor, &on.place.collection, Kind::Position(position), &statement)
}

/// The handling with which an answer reaches whoever has what it answers, its originator among them.
fn as_told(app: &App, on: &Held) -> Result<StatementText, AppError> {
    let (id, version) = (on.place.id.as_str(), on.place.version.as_str());
    // The record that is answered, and none that another member put under its id.
    let rows = app
        .store()
        .read("council.handling", |tx| record::of_id(tx, id, None, Some(version)).map_err(AppError::from))?;
    let is_on = |row: &Record| on.is(row) && row.state == RecordState::Live;
    let found = rows.into_iter().map(Stored::into_inner).find(is_on);
    let found = found.ok_or_else(|| AppError::NotFound(format!("there is no record {id}@{version}")))?;
    let handling = &found.handling;
    let names = |all: &BTreeSet<MemberId>| all.iter().map(|one| one.as_str().to_owned()).collect::<Vec<_>>();
    let mut to = handling.recipients.clone();
    if !to.is_empty() {
        to.insert(on.origin.clone());
        to.remove(app.member());
    }
    Ok(StatementText {
        tlp: handling.tlp.map(|tlp| tlp.name().to_owned()),
        to: names(&to),
        groups: handling.groups.iter().map(ToString::to_string).collect(),
        exclude: names(&handling.exclusions),
        ..StatementText::default()
    })
}
