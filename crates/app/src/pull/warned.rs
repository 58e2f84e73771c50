//! A record that came with a warning: its originator was not asked, so it goes no further from here.

use comity_model::recall::Target;
use comity_model::{MemberId, NotTaken, Record};
use comity_store::Tx;
use comity_store::tables::peer::{self as rows, Cursor};

use super::check::{self, Found, Held, Item};
use super::printable;
use crate::admit::{Admitted, Batch, admit};
use crate::exchange::Beside;
use crate::force::InForce;
use crate::why::Why;
use crate::{App, AppError, collection};

/// How the actor of such a record begins; the id of who passed it on follows.
const ACTOR: &str = "member:";

/// Whether a record came so.
pub(crate) fn is_warned(found: &Record) -> bool {
    found.actor.starts_with(ACTOR)
}

/// Takes the record, or says why not. It has to be signed by its originator, and to be the one that the warning names.
pub(crate) fn take(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (by, origin, target): (&MemberId, &MemberId, &Target),
    beside: &Beside,
) -> Result<Result<(), Why>, AppError> {
    let item = match check::read(app, force, by, &beside.object, Some(&beside.entry)) {
        Ok(Found::Item(stated, item)) if &stated == origin && is_it(&item, target) => *item,
        Ok(_) => return Ok(Err(Why::invalid("it is not the record that the warning names"))),
        Err(why) => return Ok(Err(why)),
    };
    let (candidate, mut statement) = item;
    statement.handling = statement.handling.going_no_further().checked()?;
    let items = [(candidate, statement)];
    let held = Held::of(tx, origin, &items)?;
    if let Some(why) = items.first().and_then(|item| held.refuses(item)) {
        return Ok(Err(why));
    }
    let shelf = shelf(app, tx, (by, force.name_of(by)))?;
    let actor = format!("{ACTOR}{by}");
    let batch = Batch { collection: &shelf, origin, actor: &actor, leaf: "records.received", hold: false };
    Ok(match admit(app, tx, force, &batch, &items)?.pop() {
        Some(Admitted::Refused(why)) => Err(why),
        Some(_) => Ok(()),
        None => Err(Why::new(NotTaken::Other, "it was not taken")),
    })
}

fn is_it((candidate, statement): &Item, target: &Target) -> bool {
    candidate.id == target.id.as_str()
        && candidate.version_at == target.version_at()
        && candidate.digest == target.object
        && statement.received.as_ref().is_some_and(|received| received.object == target.object)
}

/// The collection for what a member passes on so.
fn shelf(app: &App, tx: &mut Tx<'_>, (by, title): (&MemberId, &str)) -> Result<String, AppError> {
    // No peer has such a name of its own: it is longer.
    let name = format!("warnings of {by} (danger to life)");
    if let Some(known) = rows::cursors(tx, &name)?.into_iter().next() {
        return Ok(known.collection);
    }
    let alias = collection::alias_of(&format!("{title} warnings"));
    let label = printable(&format!("{title} / warnings"));
    let here = collection::make(app, tx, &label, &alias, "", &format!("{ACTOR}{by}"))?.id;
    let cursor = Cursor {
        peer: name,
        remote: "warnings".to_owned(),
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
