//! Who has an older version of a record and does not get the newest: nobody corrects it there.

use std::collections::BTreeSet;

use comity_model::{MemberId, RecordState};
use comity_policy::StateFlags;
use comity_store::tables::release;
use comity_store::tables::{delivery, record};

use crate::force::in_force;
use crate::look::Look;
use crate::{App, AppError, settle};

/// The display names of the other members to whom a version of this object of one's own went, and for whom the version
/// that was just made is not.
pub(super) fn left_behind(
    app: &App,
    origin: &MemberId,
    (id, version): (&str, &str),
) -> Result<Vec<String>, AppError> {
    app.store().read("edit.holders", |tx| {
        let force = in_force(app, tx)?;
        let mut look = Look::new(app, tx)?;
        let mut holders: BTreeSet<MemberId> = BTreeSet::new();
        let mut made = None;
        for stored in record::of_id(tx, id, None, None)? {
            if &stored.peek().key.origin != origin || !look.sees(stored.peek()) {
                continue;
            }
            let one = stored.into_inner();
            let rows = delivery::list(tx, Some((&one.key.collection, one.seq)), None, i64::MAX)?;
            holders.extend(rows.into_iter().map(|row| row.member));
            if one.key.version == version {
                made = Some(one);
            }
        }
        let Some(made) = made else { return Ok(Vec::new()) };
        let state = StateFlags::of(RecordState::Live, &made.handling, settle::instant(app, tx)?);
        let mut getting = BTreeSet::from([origin.clone()]);
        for audience in release::audiences(tx)? {
            if force.decide(app, &audience, &made.handling, state).allow() {
                getting.insert(audience.member);
            }
        }
        Ok(holders.difference(&getting).map(|member| force.name_of(member).to_owned()).collect())
    })
}
