//! The plan of a page: the open shelves of an audience, each read along its own index and merged by added-time.
//!
//! A walk along the whole collection would pass over everything that the audience does not see, which is nearly all
//! when it sees one record in a thousand. A merge passes over nothing, but must not read every shelf to its end: so
//! the counts of the shelves tell how far in the collection a page reaches, if records are mixed evenly. When they are
//! mixed otherwise, too few are found, and the merge reaches further.

use super::{Filter, kinds_and_specs};
use crate::{StoreError, Tx, Value};

/// No collection has as many records: a longer way reaches its end.
const REACH_MAX: i64 = 1 << 50;

/// Asking one more shelf takes about as long as passing over so many records.
const PASSED_FOR_A_SHELF: i64 = 4;

/// Where a record stands in the open part of the stream: its added-time and its number.
pub(super) type Place = (i64, i64);

/// What the counts of the shelves say.
struct Counts {
    shelves: i64,
    visible: i64,
    all: i64,
}

impl Counts {
    /// So many records of the collection hold a full page, if they are mixed evenly.
    fn reach(&self, filter: &Filter) -> i128 {
        let evenly = i128::from(filter.limit) * i128::from(self.all) / i128::from(self.visible.max(1));
        (evenly * 5 / 4).max(i128::from(filter.limit))
    }
}

/// Up to where a walk along the whole collection should find a page sooner than the merge: where so much of it is open
/// that passing over the rest costs less than asking every shelf.
pub(super) fn walk_upto(tx: &mut Tx<'_>, filter: &Filter) -> Result<Option<i64>, StoreError> {
    let counts = counts(tx, filter)?;
    if filter.limit <= 0 || counts.visible <= 0 {
        return Ok(None);
    }
    let passed_over = filter.limit.saturating_mul((counts.all - counts.visible).max(0)) / counts.visible;
    if passed_over > filter.limit.saturating_add(counts.shelves.saturating_mul(PASSED_FOR_A_SHELF)) {
        return Ok(None);
    }
    // A record that was shelved anew has a late place and a low number: what stands behind it may come before.
    let upto_us = beyond(tx, filter, filter.after_us, counts.reach(filter))?;
    Ok((upto_us > filter.after_us).then_some(upto_us))
}

/// The places of the first `filter.limit` records after `after_us` that are open to the audience and have the kinds
/// and specs asked for, whatever their versions. Fewer mean that there are no more.
pub(super) fn places(tx: &mut Tx<'_>, filter: &Filter, after_us: i64) -> Result<Vec<Place>, StoreError> {
    let counts = counts(tx, filter)?;
    if counts.shelves == 0 || filter.limit <= 0 {
        return Ok(Vec::new());
    }
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let mut reach = counts.reach(filter);
    let (mut from_us, mut has_jumped) = (after_us, false);
    let mut upto_us = beyond(tx, filter, from_us, reach)?;
    loop {
        let mut places = first_of_each(tx, filter, filter.limit, (after_us, upto_us))?;
        if places.len() >= limit || upto_us == i64::MAX {
            // Each shelf gave all that it has up to here, or as many as fill the page alone.
            places.sort_unstable();
            places.truncate(limit);
            return Ok(places);
        }
        if places.is_empty() && !has_jumped {
            has_jumped = true;
            // They lie further on, perhaps close together: the way begins anew before the first of them.
            let first = first_of_each(tx, filter, 1, (after_us, i64::MAX))?;
            from_us = first.iter().min().map_or(i64::MAX, |place| place.0.saturating_sub(1));
            reach = i128::from(filter.limit) * 5 / 4;
        } else {
            reach = reach.saturating_mul(4);
        }
        upto_us = beyond(tx, filter, from_us, reach)?;
    }
}

fn counts(tx: &mut Tx<'_>, filter: &Filter) -> Result<Counts, StoreError> {
    let key = [Value::from(&filter.collection), filter.audience.into()];
    let row = tx.query_one(
        "SELECT count(*), CAST(coalesce(sum(s.next_ord - g.lo), 0) AS BIGINT),
         (SELECT c.last_seq FROM collection c WHERE c.collection = ?1)
         FROM release g LEFT JOIN shelf s ON s.collection = ?1 AND s.handling = g.handling
         WHERE g.collection = ?1 AND g.audience = ?2 AND g.hi IS NULL",
        &key,
    )?;
    let row = row.ok_or_else(|| StoreError::Corrupt("a count without a row".to_owned()))?;
    Ok(Counts { shelves: row.int(0)?, visible: row.int(1)?, all: row.opt_int(2)?.unwrap_or(i64::MAX) })
}

/// The added-time of the record that came so many after the first one of the stream; the end of time when there is
/// none. A record that was shelved anew stands elsewhere, so this is a guess.
fn beyond(tx: &mut Tx<'_>, filter: &Filter, after_us: i64, count: i128) -> Result<i64, StoreError> {
    let Some(count) = i64::try_from(count).ok().filter(|count| *count < REACH_MAX) else {
        return Ok(i64::MAX);
    };
    let row = tx.query_one(
        "SELECT r.added_us FROM record r WHERE r.collection = ?1 AND r.seq >= CAST(?3 AS BIGINT) + (SELECT f.seq
         FROM record f WHERE f.collection = ?1 AND f.added_us > ?2 ORDER BY f.added_us LIMIT 1)
         ORDER BY r.seq LIMIT 1",
        &[(&filter.collection).into(), after_us.into(), count.into()],
    )?;
    row.map_or(Ok(i64::MAX), |row| row.int(0))
}

/// The places on each open shelf between two instants, at most so many of each. Along a shelf `ord` and
/// added-time rise together: so what lies before an interval is passed over in one step.
fn first_of_each(
    tx: &mut Tx<'_>,
    filter: &Filter,
    most: i64,
    (after_us, upto_us): (i64, i64),
) -> Result<Vec<Place>, StoreError> {
    let mut params: Vec<Value> = vec![
        (&filter.collection).into(),
        filter.audience.into(),
        after_us.into(),
        most.into(),
        upto_us.into(),
    ];
    let conditions = kinds_and_specs(filter, &mut params);
    // One text for each shelf: neither engine takes a limit for each in another form that the other takes as well.
    let sql = format!(
        "SELECT (SELECT string_agg(x.place, ' ') FROM (
           SELECT CAST(r.added_us AS TEXT) || ' ' || CAST(r.seq AS TEXT) AS place FROM record r
           WHERE r.collection = ?1 AND r.handling = g.handling AND r.state = 'live' AND r.ord >= g.lo
           AND r.added_us <= ?5 AND r.added_us > CASE WHEN g.lo = 0 THEN ?3 ELSE (
             SELECT CASE WHEN f.added_us > ?3 THEN f.added_us - 1 ELSE ?3 END FROM record f
             WHERE f.collection = ?1 AND f.handling = g.handling AND f.ord >= g.lo ORDER BY f.ord LIMIT 1) END
           {conditions} ORDER BY r.added_us LIMIT ?4) x)
         FROM release g WHERE g.collection = ?1 AND g.audience = ?2 AND g.hi IS NULL"
    );
    let mut places = Vec::new();
    tx.each(&sql, &params, &mut |row| match row.values().first() {
        Some(Value::Text(text)) => read(text, &mut places),
        _ => Ok(()),
    })?;
    Ok(places)
}

fn read(text: &str, places: &mut Vec<Place>) -> Result<(), StoreError> {
    let corrupt = |_| StoreError::Corrupt("a place that is no number".to_owned());
    let mut numbers = text.split(' ').map(|word| word.parse::<i64>().map_err(corrupt));
    while let (Some(added_us), Some(seq)) = (numbers.next(), numbers.next()) {
        places.push((added_us?, seq?));
    }
    Ok(())
}
