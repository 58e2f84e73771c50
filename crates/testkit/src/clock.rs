//! A clock that stands still until a test moves it.

use std::sync::atomic::{AtomicI64, Ordering};

use comity_app::Clock;
use comity_app::model::Micros;

use crate::NOW_US;

/// The time of a test. It starts at [`NOW_US`] and never moves by itself.
#[derive(Debug)]
pub struct VirtualClock(AtomicI64);

impl Default for VirtualClock {
    fn default() -> Self {
        Self(AtomicI64::new(NOW_US))
    }
}

impl VirtualClock {
    /// Moves by so many seconds; backwards when negative.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Puts the clock to an instant.
    pub fn set(&self, instant: Micros) {
        self.0.store(instant.0, Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Micros {
        Micros(self.0.load(Ordering::SeqCst))
    }
}
