//! Documents out: a set of claims, a session, a decision, a programme with its reports, or a claim with its figure, as a paper.
//!
//! A paper is made of what one reader finds here and of nothing else, like the views of the same records; what is hidden
//! from the reader leaves no trace in it. Its marking is the strictest of all that it is made of. The same paper is printed
//! as PDF elsewhere; [`html`] and [`csv`] are pure writers.

mod claim;
mod conflict;
pub mod csv;
mod decision;
pub mod html;
mod programme;
mod session;

use std::collections::BTreeMap;

use comity_model::kind::Kind;
use comity_model::paper::{
    Block, Endnote, Marking, Paper, Piece, Proof, Proved, RecordName, Run, Table, run,
};
use comity_model::stix::Id;
use comity_store::Tx;
use comity_store::tables::journal as rows;

use super::gather::{Gathering, Held, chosen as find};
use super::{decision as decisions, session as sessions};
use crate::force::in_force;
use crate::{Actor, App, AppError, ledger};

/// The kinds of records of which papers are made.
pub const WORDS: [&str; 6] = ["conflict-set", "session", "decision", "programme", "report", "claim"];

/// The paper about a record: a conflict set, a session, a decision, a programme or a report on it, or a claim. It is named by its id,
/// by the number under which it came, a decision by its number, a session by `BODY/NUMBER`.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::NotFound`] when there is none; [`AppError::Conflict`] when several
/// are meant, or when there is too much for a paper.
pub fn of(app: &App, actor: &Actor, text: &str) -> Result<Paper, AppError> {
    actor.may_read()?;
    let paper = app.store().read("council.paper", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let held = named(app, tx, &mut gathering, text)?;
        let mut sheet = Sheet::default();
        let form = match &held.kind {
            Kind::ConflictSet(set) => conflict::write(&mut sheet, tx, &mut gathering, (&held, set))?,
            Kind::Session(one) => session::write(&mut sheet, app, tx, &mut gathering, (&held, one))?,
            Kind::Decision(one) => decision::write(&mut sheet, app, tx, &mut gathering, (&held, one))?,
            Kind::Programme(one) => programme::write(&mut sheet, app, tx, &mut gathering, (&held, one))?,
            Kind::Report(one) => programme::report(&mut sheet, app, tx, &mut gathering, (&held, one))?,
            Kind::Claim(one) => claim::write(&mut sheet, tx, &mut gathering, (&held, one))?,
            _ => return Err(none(text)),
        };
        sheet.finish(app, tx, &mut gathering, &held, form)
    })?;
    paper.check().map_err(|fault| AppError::Conflict(fault.to_string()))?;
    Ok(paper)
}

fn none(text: &str) -> AppError {
    AppError::NotFound(format!(
        "there is no paper about `{text}`: name a conflict set, a session, a decision, a programme, a report or a claim"
    ))
}

/// The record that a text names.
fn named(app: &App, tx: &mut Tx<'_>, gathering: &mut Gathering<'_>, text: &str) -> Result<Held, AppError> {
    match gathering.one(tx, text, &WORDS) {
        Err(AppError::NotFound(_)) if Id::parse(text).is_ok() => Err(none(text)),
        Err(AppError::NotFound(_)) => {
            match decisions::find(app, tx, gathering, text) {
                Err(AppError::NotFound(_)) => {}
                other => return other.map(|(held, _)| held),
            }
            if !text.contains('/') {
                return Err(none(text));
            }
            let own = in_force(app, tx)?.name_of(app.member()).to_owned();
            let (bodies, all) = (gathering.all(tx, "body")?, gathering.all(tx, "session")?);
            sessions::resolve(&all, &bodies, text, &own).cloned()
        }
        other => other,
    }
}

/// What a form is called, and what stands above its paper.
pub(super) struct Form {
    name: &'static str,
    title: String,
}

/// A paper while it is written.
#[derive(Default)]
pub(super) struct Sheet {
    blocks: Vec<Block>,
    notes: Vec<Endnote>,
    /// The endnote of a record that has one.
    noted: BTreeMap<RecordName, u32>,
    used: Vec<Held>,
}

impl Sheet {
    /// A heading.
    fn heading(&mut self, text: &str) {
        self.blocks.push(Block::Heading(1, text.to_owned()));
    }

    /// A paragraph.
    fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(run(text)));
    }

    /// A table under a heading; nothing without rows.
    fn table(&mut self, heading: &str, head: &[&str], rows: Vec<Vec<Run>>) {
        if rows.is_empty() {
            return;
        }
        self.heading(heading);
        let head = head.iter().map(|one| (*one).to_owned()).collect();
        self.blocks.push(Block::Table(Table { caption: String::new(), head, rows }));
    }

    /// A list under a heading; nothing without lines.
    fn list(&mut self, heading: &str, lines: Vec<Run>) {
        if !lines.is_empty() {
            self.heading(heading);
            self.blocks.push(Block::List(lines));
        }
    }

    /// Says that something of this record stands in the paper: it is in the marking and in the appendix.
    fn uses(&mut self, held: &Held) {
        if !self.used.iter().any(|one| name_of(one) == name_of(held)) {
            self.used.push(held.clone());
        }
    }

    /// The number of the endnote about a record; each record has one, which says what `text` says.
    fn cite(&mut self, held: &Held, text: impl Into<String>) -> u32 {
        self.uses(held);
        let record = name_of(held);
        if let Some(n) = self.noted.get(&record) {
            return *n;
        }
        let n = u32::try_from(self.notes.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.notes.push(Endnote {
            n,
            text: text.into(),
            record: Some(record.clone()),
            marking: held.marking,
        });
        self.noted.insert(record, n);
        n
    }

    /// The same for a line that tells something of other records too: the endnote, and with it the line, stands under the
    /// strictest marking of all of them.
    fn cite_beside<'a>(
        &mut self,
        held: &Held,
        text: impl Into<String>,
        beside: impl IntoIterator<Item = &'a Held>,
    ) -> u32 {
        let n = self.cite(held, text);
        for other in beside {
            self.uses(other);
            if let Some(note) = self.notes.iter_mut().find(|note| note.n == n) {
                note.marking = note.marking.and(other.marking);
            }
        }
        n
    }

    fn finish(
        self,
        app: &App,
        tx: &mut Tx<'_>,
        gathering: &mut Gathering<'_>,
        about: &Held,
        form: Form,
    ) -> Result<Paper, AppError> {
        let mut sheet = self;
        sheet.uses(about);
        let left_out = gathering.left_out();
        sheet.list("Left out", left_out.into_iter().map(run).collect());
        let mut records = Vec::with_capacity(sheet.used.len());
        for held in &sheet.used {
            let digest = gathering.digest(tx, held)?.map(|digest| digest.to_string()).unwrap_or_default();
            records.push(Proved { record: name_of(held), digest, leaf: held.leaf });
        }
        records.sort_by(|one, other| one.record.cmp(&other.record));
        let text = about.leaf.map(|leaf| ledger::proof_in(tx, leaf)).transpose()?.flatten();
        Ok(Paper {
            form: form.name.to_owned(),
            title: form.title,
            marking: sheet.used.iter().map(|held| held.marking).fold(Marking::default(), Marking::and),
            about: name_of(about),
            made_by: in_force(app, tx)?.name_of(app.member()).to_owned(),
            made_at: app.now(),
            blocks: sheet.blocks,
            notes: sheet.notes,
            proof: Proof {
                records,
                checkpoint: rows::head(tx)?.map(|row| row.checkpoint).unwrap_or_default(),
                text: text.unwrap_or_default(),
            },
        })
    }
}

fn name_of(held: &Held) -> RecordName {
    RecordName {
        id: held.place.id.clone(),
        version: held.place.version.clone(),
        origin: held.place.origin.clone(),
    }
}

/// A cell with an endnote.
fn noted(text: impl Into<String>, n: u32) -> Run {
    vec![Piece::plain(text).noted(n)]
}
