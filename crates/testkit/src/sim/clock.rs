//! Clocks that do not agree: each node goes by one of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use comity_app::Clock;
use comity_app::model::Micros;

use crate::{NOW_US, VirtualClock};

/// A clock that stands before or behind the true one, and goes a little faster. As on a real clock, no two things happen
/// at one time.
#[derive(Debug)]
pub(super) struct SkewedClock {
    truth: Arc<VirtualClock>,
    offset_us: i64,
    /// Microseconds that it gains in a second.
    gains_us: i64,
    readings: AtomicI64,
}

impl SkewedClock {
    pub(super) fn new(truth: &Arc<VirtualClock>, offset_us: i64, gains_us: i64) -> Self {
        Self { truth: Arc::clone(truth), offset_us, gains_us, readings: AtomicI64::new(0) }
    }
}

impl Clock for SkewedClock {
    fn now(&self) -> Micros {
        let gone_us = self.truth.now().0 - NOW_US;
        let gained_us = gone_us / 1_000_000 * self.gains_us;
        let reading = self.readings.fetch_add(1, Ordering::SeqCst);
        Micros(NOW_US + gone_us + gained_us + self.offset_us + reading)
    }
}
