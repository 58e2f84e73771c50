//! What two nodes say to each other where no network joins them: the same forms, on a medium.

use comity_model::MemberId;
use comity_model::stix::Digest;
use comity_store::Tx;
use comity_store::tables::outbox as rows;

use super::form::{self, Form};
use super::take;
use crate::few::Few;
use crate::{App, AppError};

/// Most forms in one bundle.
const FORMS_MAX: usize = 1_000;

/// What this node says to a member on a medium.
pub(crate) struct Saying {
    /// The forms, in order.
    pub(crate) forms: Vec<Vec<u8>>,
    /// The last message that the member said to have: those in the forms lie behind it.
    pub(crate) behind: u64,
}

/// What this node says to a member: everything that the member did not say to have, and, where the two do not know the same
/// recalls, all of them.
pub(crate) fn say(
    app: &App,
    tx: &mut Tx<'_>,
    member: &MemberId,
    has_other_recalls: bool,
) -> Result<Saying, AppError> {
    let behind = rows::mailbox(tx, member)?.told_n;
    let mut forms = vec![form::of(app, tx, member)?];
    while let Some(last) = forms.last().filter(|form| form.more && forms.len() < FORMS_MAX) {
        let Some(line) = last.messages.0.last() else { break };
        let n = i64::try_from(line.n).unwrap_or(i64::MAX);
        forms.push(form::behind(app, tx, member, n)?);
    }
    let mut at = has_other_recalls.then_some(Digest([0; 32]));
    while let Some(after) = at.filter(|_| forms.len() < FORMS_MAX) {
        let (list, last) = form::listed(app, tx, member, after)?;
        at = last;
        if last.is_some() {
            let mut form = form::behind(app, tx, member, i64::MAX)?;
            form.list = list;
            forms.push(form);
        }
    }
    let forms = forms.iter().map(Form::to_json).collect::<Result<_, _>>()?;
    Ok(Saying { forms, behind: behind.unsigned_abs() })
}

/// What is known of a medium when its forms are taken.
#[derive(Clone, Copy)]
pub(crate) struct Medium {
    /// Nothing later was heard of the member: what it says about itself is how it stands.
    pub(crate) is_newest: bool,
    /// Messages before those on it are not here: its own would hide that they are missing.
    pub(crate) has_gap: bool,
}

/// What a form on a medium brought.
#[derive(Clone, Copy, Default)]
pub(crate) struct Heard {
    /// Messages that were taken.
    pub(crate) taken: u64,
    /// Messages that were not taken.
    pub(crate) refused: u64,
    /// Messages that wait.
    pub(crate) waiting: u64,
    /// Messages of ours that it has now and had not before.
    pub(crate) given: u64,
    /// Digest of the recalls that the member knows.
    pub(crate) recalls: Option<Digest>,
    /// Nothing more is to be heard from the member: all was taken, and both know the same recalls.
    pub(crate) is_all: bool,
}

/// Takes a form that came on a medium.
pub(crate) fn hear(app: &App, via: &MemberId, body: &[u8], medium: Medium) -> Result<Heard, AppError> {
    let mut form = Form::read(app, body)?;
    if !medium.is_newest {
        // An older checkpoint than the one seen last would look like a ledger that went back.
        form.ledger = None;
    }
    if medium.has_gap {
        form.messages = Few::default();
    }
    let (counted, is_all) = take::carried(app, via, &form, medium.is_newest)?;
    Ok(Heard {
        taken: counted.taken,
        refused: counted.refused,
        waiting: counted.waiting,
        given: counted.given,
        recalls: form.recalls,
        is_all: is_all && !medium.has_gap,
    })
}
