//! What a member whose node this is keeps back here, for its own keys: drafts, and what waits for a second person. No page
//! holds them and nobody else learns of them.

use comity_policy::Released;
use comity_store::Tx;
use comity_store::tables::page::Seen;
use comity_store::tables::{lookup, record};

use super::{Desk, Outgoing, note};
use crate::force::in_force;
use crate::look::filled;
use crate::{App, AppError, Reader, access};

/// The drafts of one answer.
#[derive(Debug)]
pub struct Drafts {
    /// The oldest first.
    pub objects: Vec<Released<Outgoing>>,
    /// Whether there are more than an answer holds: publish some first.
    pub more: bool,
}

/// What the member of a key holds back in a collection, or of it the versions of one object; it is noted as delivered, as
/// a page is.
///
/// # Errors
/// [`AppError::NotFound`] for an absent or foreign collection, or when nothing of the object is held back;
/// [`AppError::Denied`] when the key may only write; [`AppError::Busy`] when the caller gave up meanwhile.
pub fn drafts(app: &App, reader: &Reader, collection: &str, id: Option<&str>) -> Result<Drafts, AppError> {
    app.store().write("serve.drafts", |tx| {
        let found = access::to_read(app, tx, reader, collection)?;
        let force = in_force(app, tx)?;
        let mut desk = Desk::new(app, tx, reader, true)?;
        let most = app.limits().network.page_objects;
        let read = |tx: &mut Tx<'_>, part| lookup::held_by(tx, &found.id, &reader.member, id, part);
        let held = filled(tx, most.saturating_add(1), read, |_, one| Ok(desk.allows(one.peek())))?;
        let mut drafts = Drafts { more: held.len() > most, objects: Vec::new() };
        let mut bytes_left = app.limits().page_bytes;
        for one in held.into_iter().take(most) {
            let Some(bytes) = record::content(tx, &one.peek().key, &[])? else { continue };
            let size = bytes.len() as u64;
            if size > bytes_left && !drafts.objects.is_empty() {
                drafts.more = true;
                break;
            }
            bytes_left = bytes_left.saturating_sub(size);
            let seen = Seen { added_at: one.peek().added_at, record: one };
            drafts.objects.extend(desk.let_out(tx, seen, bytes)?);
        }
        if id.is_some() && drafts.objects.is_empty() {
            return Err(access::no_object());
        }
        note(app, tx, &force, &found.id, desk.audience(), &drafts.objects)?;
        app.require_awaited()?;
        Ok(drafts)
    })
}
