//! A clock that stands still until a test moves it, or that moves a step at every reading.

use std::sync::atomic::{AtomicI64, Ordering};

use comity_app::Clock;
use comity_app::model::Micros;

use crate::NOW_US;

/// The time of a test. It starts at [`NOW_US`] and moves by itself only when it is told to tick.
#[derive(Debug)]
pub struct VirtualClock {
    now_us: AtomicI64,
    tick_us: AtomicI64,
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self { now_us: AtomicI64::new(NOW_US), tick_us: AtomicI64::new(0) }
    }
}

impl VirtualClock {
    /// Moves by so many seconds; backwards when negative.
    pub fn advance_seconds(&self, seconds: i64) {
        self.now_us.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Puts the clock to an instant.
    pub fn set(&self, instant: Micros) {
        self.now_us.store(instant.0, Ordering::SeqCst);
    }

    /// From now on every reading moves the clock by so many microseconds, as real time passes between readings.
    pub fn tick(&self, micros: i64) {
        self.tick_us.store(micros, Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Micros {
        Micros(self.now_us.fetch_add(self.tick_us.load(Ordering::SeqCst), Ordering::SeqCst))
    }
}
