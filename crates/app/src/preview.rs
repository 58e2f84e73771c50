//! What one member would get of a record, a draft or a document, before it goes out: the very bytes, and what would have
//! to change for it to get any. The code is that of the door.

use std::borrow::Cow;

use comity_model::MemberId;
use comity_store::Tx;
use serde::Serialize;

use crate::explain::{self, Sight, Thing};
use crate::force::{InForce, find_member, in_force};
use crate::import::Input;
use crate::remedy::Outlook;
use crate::{App, AppError, serve, subject};

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// The newest record that a text names.
    Record(&'a str),
    /// A document that is not imported yet, and how it would be.
    Document(&'a Input<'a>, &'a [u8]),
}

/// What a member would get of one record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Got {
    /// What it sees, and why.
    #[serde(flatten)]
    pub sight: Sight,
    /// The very bytes that it would get; none when it would get nothing.
    pub content: Option<String>,
}

/// What a member sees of one record, and what would have to change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Weighed {
    /// What it sees, and why.
    #[serde(flatten)]
    pub sight: Sight,
    /// What would have to change; empty when it sees it.
    pub outlook: Outlook,
}

/// The bytes that a member would get. Of a draft, once it is published.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record, member or collection; [`AppError::Invalid`] for this node's own member
/// and for a document that cannot be read.
pub fn got(app: &App, what: Subject<'_>, member: &str) -> Result<Vec<Got>, AppError> {
    each(app, what, member, |tx, force, thing, member| one(app, tx, force, thing, member))
}

/// The bytes that a member would get of one thing.
pub(crate) fn one(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    thing: &Thing<'_>,
    member: &MemberId,
) -> Result<Got, AppError> {
    let sight = explain::best(app, tx, force, thing, member)?;
    let bytes = explain::shown(app, tx, force, thing, &sight.audience())?.bytes;
    let content = bytes.map(Cow::into_owned).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(Got { sight, content })
}

/// What would have to change for a member to see something. Of a draft, once it is published.
///
/// # Errors
/// As for [`got`].
pub fn weigh(app: &App, what: Subject<'_>, member: &str) -> Result<Vec<Weighed>, AppError> {
    each(app, what, member, |tx, force, thing, member| {
        let (sight, outlook) = explain::weighed(app, tx, force, thing, member)?;
        Ok(Weighed { sight, outlook })
    })
}

fn each<T>(
    app: &App,
    what: Subject<'_>,
    member: &str,
    ask: impl Fn(&mut Tx<'_>, &InForce, &Thing<'_>, &MemberId) -> Result<T, AppError>,
) -> Result<Vec<T>, AppError> {
    let named = |force: &InForce| {
        let member = find_member(force, member)?;
        if &member == app.member() {
            return Err(AppError::invalid("member", "this node's own member holds the record itself"));
        }
        Ok(member)
    };
    match what {
        Subject::Document(input, bytes) => explain::with_document(app, input, bytes, |tx, force, thing| {
            ask(tx, force, thing, &named(force)?)
        }),
        Subject::Record(text) => {
            serve::settle_if_due(app)?;
            app.store().read("preview.record", |tx| {
                let force = in_force(app, tx)?;
                let member = named(&force)?;
                let found = subject::newest(app, tx, text)?;
                let state = explain::once_published(&found);
                let one = explain::with_record(app, tx, &found, state, |tx, thing| {
                    ask(tx, &force, thing, &member)
                })?;
                Ok(vec![one])
            })
        }
    }
}
