//! Sessions and deadlines of a council as a calendar file, out of what a viewer finds.

use comity_model::Micros;
use comity_model::council::calendar::{self, Due, Entry, What};
use comity_model::kind::{DatePrecision, Kind};
use comity_store::Tx;
use serde::Serialize;

use super::gather::{Gathering, Held};
use super::{decision, measure};
use crate::force::in_force;
use crate::{Actor, App, AppError};

/// A calendar that was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Exported {
    /// The calendar (RFC 5545).
    #[serde(skip)]
    pub text: String,
    /// How many sessions are in it.
    pub sessions: usize,
    /// How many deadlines are in it.
    pub deadlines: usize,
    /// What is not in it, a sentence each.
    pub left_out: Vec<String>,
}

/// The sessions whose day is known as events; open silence procedures and measures that are to be taken by a day as tasks.
///
/// # Errors
/// [`AppError::Denied`] to who may not read.
pub fn export(app: &App, actor: &Actor) -> Result<Exported, AppError> {
    actor.may_read()?;
    let mut left_out = Vec::new();
    let mut entries = app.store().read("council.calendar", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        left_out.clear();
        let entries = sessions(tx, &mut gathering, &mut left_out)?;
        left_out.extend(gathering.left_out());
        Ok::<_, AppError>(entries)
    })?;
    let sessions = entries.len();
    entries.extend(silences(app)?);
    for one in measure::list(app, actor, &measure::Wanted::default())?.lines {
        let Some(due) = one.due.as_deref().and_then(|due| due.parse().ok()) else { continue };
        if !matches!(one.status, "adopted" | "in-force") {
            continue;
        }
        entries.push(Entry {
            uid: uid(&one.place.id, one.origin.as_str()),
            stamp: one.version_at,
            level: one.place.level,
            title: one.title,
            place: None,
            what: What::Task(Due::On(due)),
        });
    }
    let deadlines = entries.len().saturating_sub(sessions);
    Ok(Exported { text: calendar::write(&entries), sessions, deadlines, left_out })
}

/// What names an entry everywhere: the record, and whose it is.
fn uid(id: &str, origin: &str) -> String {
    format!("{id}@{}", origin.trim_start_matches("identity--"))
}

fn entry(held: &Held, title: String, what: What) -> Entry {
    Entry {
        uid: uid(&held.place.id, held.origin.as_str()),
        stamp: held.version_at,
        level: held.place.level.clone(),
        title,
        place: None,
        what,
    }
}

fn sessions(
    tx: &mut Tx<'_>,
    gathering: &mut Gathering<'_>,
    left_out: &mut Vec<String>,
) -> Result<Vec<Entry>, AppError> {
    let mut entries = Vec::new();
    for held in gathering.all(tx, "session")? {
        let Kind::Session(session) = &held.kind else { continue };
        let during = session.during.value;
        let is_day = |date: &comity_model::kind::PartialDate| date.precision() == DatePrecision::Day;
        let from = during.and_then(|during| during.from).filter(is_day);
        let until = during.and_then(|during| during.until).filter(is_day);
        let (Some(from), Some(until)) = (from.or(until), until.or(from)) else {
            left_out.push(format!("{}: its day is not known", session.title));
            continue;
        };
        let place = session.place.as_ref().and_then(|place| place.value.clone());
        entries.push(Entry { place, ..entry(&held, session.title.clone(), What::Event(from, until)) });
    }
    Ok(entries)
}

fn silences(app: &App) -> Result<Vec<Entry>, AppError> {
    app.store().read("council.calendar", |tx| {
        let force = in_force(app, tx)?;
        let mut gathering = Gathering::new(app, tx)?;
        let mut entries = Vec::new();
        for held in gathering.all(tx, "decision")? {
            let Kind::Decision(newest) = &held.kind else { continue };
            let decision::Stands { line, now, .. } =
                decision::line(app, tx, &force, &mut gathering, (&held, newest))?;
            if let (true, Some(deadline)) = (line.status == "silence", &now.deadline) {
                let what = What::Task(Due::At(Micros(deadline.micros())));
                entries.push(entry(&held, line.title, what));
            }
        }
        Ok(entries)
    })
}
