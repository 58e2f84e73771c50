//! Randomness that can be had again: everything follows from one printed number.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;

use comity_app::Random;

/// A source whose bytes follow from its seed alone. For tests; its bytes can be predicted.
#[derive(Debug)]
pub struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    /// The source of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// Another seed each time, printed on standard error so that a failure can be had again: the test run with
    /// `COMITY_TEST_SEED` set to that number takes it.
    ///
    /// # Panics
    /// When `COMITY_TEST_SEED` is set and no number.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "tests are configured by the environment of the test run")]
    #[expect(clippy::expect_used, reason = "a wrong seed must not pass as another one")]
    pub fn printed_seed() -> u64 {
        let seed = match std::env::var("COMITY_TEST_SEED") {
            Ok(text) => text.parse().expect("COMITY_TEST_SEED is a number"),
            Err(_) => RandomState::new().hash_one("seed"),
        };
        eprintln!("COMITY_TEST_SEED={seed}");
        seed
    }

    /// Another seed that follows from this one, for the node with this number.
    #[must_use]
    pub fn derived(seed: u64, number: u64) -> u64 {
        let mut state = seed ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93);
        Self::next(&mut state)
    }

    /// A number below this one, which is not 0.
    #[must_use]
    pub fn below(&self, end: usize) -> usize {
        let mut bytes = [0_u8; 8];
        self.fill(&mut bytes);
        let drawn = u64::from_le_bytes(bytes) % (end as u64).max(1);
        usize::try_from(drawn).unwrap_or(0)
    }

    /// Yes, in so many of a hundred cases.
    #[must_use]
    pub fn chance(&self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// The next number (SplitMix64).
    fn next(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            let number = Self::next(&mut state).to_le_bytes();
            for (byte, random) in chunk.iter_mut().zip(number) {
                *byte = random;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        let draw = |seed| {
            let mut bytes = [0_u8; 20];
            let source = SeededRandom::new(seed);
            source.fill(&mut bytes);
            let first = bytes;
            source.fill(&mut bytes);
            assert_ne!(first, bytes);
            first
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
