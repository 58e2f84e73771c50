//! Relations and the persons at their ends: a relation to a person is personal data, whatever it says of itself.

use comity_model::kind::Kind;
use comity_model::stix::Object;
use comity_store::Tx;
use comity_store::tables::record;

use crate::admit::{Batch, Candidate, Statement};
use crate::force::InForce;
use crate::{App, AppError};

/// Why a new candidate is not taken: it is a relation to a person and does not say so.
pub(crate) fn refusal(
    app: &App,
    tx: &mut Tx<'_>,
    by: (&InForce, &Batch<'_>),
    at: usize,
    items: &[(Candidate, Statement)],
) -> Result<Option<String>, AppError> {
    let Some((candidate, statement)) = items.get(at) else { return Ok(None) };
    if statement.received.is_none()
        && let Some(Kind::Relation(relation)) = &candidate.record
        && !relation.concerns_person
    {
        for end in [&relation.source_ref, &relation.target_ref] {
            if is_person(app, tx, by, end.as_str(), items)? {
                return Ok(Some(format!(
                    "{} is a person, so the relation to it is personal data: say `concerns_person` (A1)",
                    end.as_str()
                )));
            }
        }
    }
    Ok(None)
}

/// Whether an object is known as a person, here or in the same batch.
fn is_person(
    app: &App,
    tx: &mut Tx<'_>,
    (force, batch): (&InForce, &Batch<'_>),
    id: &str,
    items: &[(Candidate, Statement)],
) -> Result<bool, AppError> {
    if !id.starts_with("identity--") {
        return Ok(false);
    }
    let bytes = |bytes: &[u8]| {
        let class = |object: &Object<'_>| object.value().get("identity_class")?.as_str().map(str::to_owned);
        let read = Object::parse(bytes, &app.limits().stix).ok();
        read.is_some_and(|object| class(&object).as_deref() == Some("individual"))
    };
    if items.iter().any(|(other, _)| other.id == id && bytes(&other.bytes)) {
        return Ok(true);
    }
    for one in batch.known(app, tx, force, id)? {
        if record::content(tx, &one.key, &[])?.is_some_and(|known| bytes(&known)) {
            return Ok(true);
        }
    }
    Ok(false)
}
