//! Where the records of a bundle go: into the collection that holds what was pulled from the same one, else into a new one.

use comity_model::MemberId;
use comity_model::bundle::Carried;
use comity_store::Tx;
use comity_store::tables::peer::{self as rows, Cursor};

use super::stream::check_id;
use super::{Stop, printable};
use crate::limits::PeerLimits;
use crate::{App, AppError, collection};

/// The name under which is kept what came from a member on a medium. No peer has such a name of its own: it is longer.
pub(crate) fn name_of(member: &MemberId) -> String {
    format!("courier of {member} (bundles)")
}

/// The collection here for one of a member: its id.
pub(crate) fn shelf(
    app: &App,
    tx: &mut Tx<'_>,
    (member, title): (&MemberId, &str),
    there: &Carried,
) -> Result<String, AppError> {
    check_id(&there.id).map_err(|stop| match stop {
        Stop::Peer(why) => AppError::invalid("collection", why),
        Stop::Node(error) => error,
    })?;
    let name = name_of(member);
    let known = rows::cursors(tx, &name)?;
    if let Some(found) = known.iter().find(|one| one.remote == there.id) {
        return Ok(found.collection.clone());
    }
    if known.len() >= PeerLimits::LISTED_MAX {
        let max = format!("{} collections", PeerLimits::LISTED_MAX);
        return Err(AppError::Limit { what: format!("what ever came from {title}"), max });
    }
    let mut pulled = None;
    for peer in rows::list(tx)?.iter().filter(|peer| &peer.member == member) {
        let cursors = rows::cursors(tx, &peer.name)?;
        pulled = pulled.or(cursors.into_iter().find(|one| one.remote == there.id));
    }
    let here = match pulled {
        Some(cursor) => cursor.collection,
        None => {
            let alias = collection::alias_of(&format!("{title} {}", collection::alias_of(&there.alias)));
            let label = printable(&format!("{title} / {}", there.title));
            collection::make(app, tx, &label, &alias, "", &format!("peer:{name}"))?.id
        }
    };
    let cursor = Cursor {
        peer: name,
        remote: there.id.clone(),
        collection: here.clone(),
        added_after: String::new(),
        again: None,
        failures: 0,
        retry_us: 0,
        pulled_us: app.now().0,
    };
    rows::keep_cursor(tx, &cursor)?;
    Ok(here)
}
