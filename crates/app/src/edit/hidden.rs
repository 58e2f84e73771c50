//! What stays in a record although whoever corrects it does not find it: references to records that are hidden from the
//! writer. The writer starts from the record without them, is told of the change without them, and takes none away.

use std::collections::BTreeSet;

use comity_model::Record;
use comity_model::stix::{Map, Object, Timestamp, Value, new_version};
use comity_store::Tx;
use comity_store::tables::record;

use super::next;
use crate::dangling::Left;
use crate::look::Look;
use crate::{App, AppError};

/// A stored version, and what of it the writer finds.
pub(super) struct Kept {
    bytes: Vec<u8>,
    /// The record without these references, if any must go.
    cut: Option<(Vec<u8>, BTreeSet<String>)>,
}

impl Kept {
    /// The content of a stored version.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when it was erased; the same when nothing valid of it is left for the writer.
    pub(super) fn of(app: &App, tx: &mut Tx<'_>, found: &Record) -> Result<Self, AppError> {
        let erased = || AppError::Conflict(format!("the content of {} was erased", found.key.id));
        let cut = Look::new(app, tx)?.cut(tx, found)?;
        let bytes = record::content(tx, &found.key, &[])?.ok_or_else(erased)?;
        let cut = match cut.left {
            Left::Whole => None,
            Left::Bytes(left) => Some((left, cut.gone)),
            Left::Nothing => return Err(erased()),
        };
        Ok(Self { bytes, cut })
    }

    /// The version as the writer finds it.
    pub(super) fn seen(&self, app: &App) -> Result<Object<'_>, AppError> {
        parsed(app, self.cut.as_ref().map_or(&self.bytes, |(left, _)| left))
    }

    /// The new version with everything in it that the writer does not find; none where nothing is hidden.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when it cannot be told where in the new version that belongs; it does not say what.
    pub(super) fn with_hidden(
        &self,
        app: &App,
        seen: &Object<'_>,
        wanted: &Map<'static>,
        at: &Timestamp,
    ) -> Result<Option<Vec<u8>>, AppError> {
        let Some((_, gone)) = &self.cut else { return Ok(None) };
        let apart = || {
            AppError::Conflict(
                "the change cannot be joined to what is stored: change one entry at a time".into(),
            )
        };
        let whole = parsed(app, &self.bytes)?;
        let (was, now) = (whole.value().clone().into_owned(), seen.value().clone().into_owned());
        let joined = map((&was, &now, wanted), gone).ok_or_else(apart)?;
        let changes = next::changes(&whole, joined);
        let next = new_version(&whole, &changes, at).map_err(|_| apart())?;
        serde_json::to_vec(&next).map(Some).map_err(|error| AppError::Internal(error.to_string()))
    }
}

fn parsed<'b>(app: &App, bytes: &'b [u8]) -> Result<Object<'b>, AppError> {
    Object::parse(bytes, &app.limits().stix)
        .map_err(|error| AppError::Internal(format!("stored bytes: {error}")))
}

type Three<'v, T> = (&'v T, &'v T, &'v T);

/// What is wanted of a dictionary, with what is in the stored one and not in the one that was seen.
fn map((was, now, wanted): Three<'_, Map<'static>>, gone: &BTreeSet<String>) -> Option<Map<'static>> {
    let mut joined = Map::new();
    for (key, stored) in was.iter() {
        let value = match (now.get(key), wanted.get(key)) {
            (None, None) => Some(stored.clone()),
            (None, Some(next)) => Some(value((stored, &Value::Array(Vec::new()), next), gone)?),
            (Some(_), None) => rest(stored, gone),
            (Some(seen), Some(next)) => Some(value((stored, seen, next), gone)?),
        };
        if let Some(value) = value {
            joined.insert(key.to_owned(), value);
        }
    }
    for (key, next) in wanted.iter().filter(|(key, _)| !was.contains_key(key)) {
        joined.insert(key.to_owned(), next.clone());
    }
    Some(joined)
}

/// What stays of a list of references that was removed.
fn rest(stored: &Value<'static>, gone: &BTreeSet<String>) -> Option<Value<'static>> {
    let hidden: Vec<Value<'static>> =
        stored.as_array()?.iter().filter(|one| is_gone(one, gone)).cloned().collect();
    (!hidden.is_empty()).then_some(Value::Array(hidden))
}

fn is_gone(value: &Value<'_>, gone: &BTreeSet<String>) -> bool {
    value.as_str().is_some_and(|id| gone.contains(id))
}

fn value((was, now, wanted): Three<'_, Value<'static>>, gone: &BTreeSet<String>) -> Option<Value<'static>> {
    if now == wanted {
        return Some(was.clone());
    }
    if was == now {
        return Some(wanted.clone());
    }
    match (was, now, wanted) {
        (Value::Object(was), Value::Object(now), Value::Object(wanted)) => {
            map((was, now, wanted), gone).map(Value::Object)
        }
        (Value::Array(was), Value::Array(now), Value::Array(wanted)) => {
            list((was, now, wanted), gone).map(Value::Array)
        }
        _ => Some(wanted.clone()),
    }
}

/// Each element goes with the stored one that it was made from; those that were not seen stay about where they were.
fn list(
    (was, now, wanted): Three<'_, Vec<Value<'static>>>,
    gone: &BTreeSet<String>,
) -> Option<Vec<Value<'static>>> {
    let mut seen: Vec<(&Value<'static>, &Value<'static>)> = Vec::new();
    let mut unseen = Vec::new();
    let mut left = now.iter().peekable();
    for (at, stored) in was.iter().enumerate() {
        match left.next_if(|one| !is_gone(stored, gone) && covers(stored, one)) {
            Some(one) => seen.push((stored, one)),
            None => unseen.push((at, stored)),
        }
    }
    if left.next().is_some() {
        return None;
    }
    let mut joined: Vec<Option<Value<'static>>> = Vec::with_capacity(wanted.len());
    for next in wanted {
        let same = seen.iter().position(|(_, one)| *one == next);
        joined.push(same.map(|at| seen.remove(at).0.clone()));
    }
    let open = joined.iter().filter(|one| one.is_none()).count();
    let is_cut = seen.iter().any(|(stored, one)| stored != one);
    if is_cut && open > 0 && open != seen.len() {
        return None;
    }
    let mut changed = seen.into_iter().filter(|_| is_cut);
    let mut all = Vec::with_capacity(was.len());
    for (done, next) in joined.into_iter().zip(wanted) {
        all.push(match done {
            Some(done) => done,
            None => match changed.next() {
                Some((stored, one)) => value((stored, one, next), gone)?,
                None => next.clone(),
            },
        });
    }
    for (at, stored) in unseen {
        if !all.contains(stored) {
            all.insert(at.min(all.len()), stored.clone());
        }
    }
    Some(all)
}

/// Whether the second is the first or a part of it.
fn covers(whole: &Value<'_>, part: &Value<'_>) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|of| covers(of, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            let mut whole = whole.iter();
            part.iter().all(|value| whole.any(|of| covers(of, value)))
        }
        _ => whole == part,
    }
}
