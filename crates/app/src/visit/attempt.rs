//! Failures slow a name down, whether anybody is called so or not. The wait has a low cap, so that a stranger who fails on
//! purpose does not keep anybody out for long; guesses by the thousand end all the same.

use comity_store::Tx;
use comity_store::tables::visit::{self as rows, AttemptRow};

use super::keyed;
use crate::limits::VisitLimits;
use crate::{App, AppError, journal};

/// Failures that cost no wait.
const FREE: i64 = 2;
const MINUTE_US: i64 = 60_000_000;

/// What stands for a name in the table: nobody reads in it which names were tried.
pub(super) fn subject(app: &App, name: &str) -> Result<[u8; 32], AppError> {
    keyed(app, "comity/attempt/1", name)
}

/// For how many seconds nothing is tried under a name.
pub(super) fn waiting(app: &App, tx: &mut Tx<'_>, subject: &[u8; 32]) -> Result<Option<u64>, AppError> {
    let Some(row) = rows::attempt(tx, subject)? else { return Ok(None) };
    Ok(wait(row.next_us, app.now().0))
}

/// Notes one more failure. The ledger says once in a minute that there were some, and of whom it does not.
pub(super) fn failed(app: &App, tx: &mut Tx<'_>, subject: &[u8; 32]) -> Result<(), AppError> {
    let now = app.now();
    let since = now.plus_seconds(-VisitLimits::FAILURES_SECONDS);
    let newest = rows::newest_attempt(tx)?;
    let before = rows::attempt(tx, subject)?.filter(|row| row.at_us >= since.0);
    let failures = before.map_or(0, |row| row.failures).saturating_add(1);
    let row = AttemptRow {
        subject: *subject,
        failures,
        next_us: now.plus_seconds(seconds_after(failures)).0,
        at_us: now.0,
    };
    rows::keep_attempt(tx, &row, since.0, app.limits().visit.attempts)?;
    if newest.is_none_or(|newest| newest / MINUTE_US != now.0 / MINUTE_US) {
        journal::append(app, tx, vec![journal::leaf(app, "visit.failed", "node")])?;
    }
    Ok(())
}

/// How long nothing is tried after so many failures.
fn seconds_after(failures: i64) -> i64 {
    match failures.saturating_sub(FREE + 1) {
        doubled @ 0..=5 => 1 << doubled,
        6.. => VisitLimits::WAIT_SECONDS_MAX,
        _ => 0,
    }
}

/// The whole seconds until an instant. One that lies further ahead than any wait was noted before the clock was put back.
fn wait(next_us: i64, now_us: i64) -> Option<u64> {
    let ahead = next_us.saturating_sub(now_us);
    let is_wait = 0 < ahead && ahead <= VisitLimits::WAIT_SECONDS_MAX * 1_000_000;
    is_wait.then(|| ahead.unsigned_abs().div_ceil(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_from_the_third_failure_to_a_minute() {
        let waits: Vec<i64> = (1..=11).map(seconds_after).collect();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(seconds_after(i64::MAX), 60);
    }

    #[test]
    fn a_clock_that_was_put_back_keeps_nobody_out() {
        assert_eq!(wait(5_000_001, 1), Some(5));
        assert_eq!(wait(5_000_001, 4_500_000), Some(1));
        assert_eq!(wait(5, 5), None);
        assert_eq!(wait(3_600_000_000, 0), None);
    }
}
