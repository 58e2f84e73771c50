//! Logs made for the tests of this crate.

use crate::{Hash, Head, Leaf, LedgerKey, append};

/// `count` leaves of an exercise, encoded with their place.
pub(crate) fn entries(count: usize) -> Vec<Vec<u8>> {
    let kind = |seq: usize| if seq.is_multiple_of(3) { "release.delivered" } else { "policy.activated" };
    let at = |seq: usize| format!("2026-01-02T03:{:02}:{:02}.{seq:06}Z", seq / 60 % 60, seq % 60);
    (0..count).map(|seq| Leaf::new(kind(seq), &at(seq), "k-1").encode(seq as u64).unwrap()).collect()
}

/// The head and all stored hashes of a log with these entries.
pub(crate) fn log(entries: &[Vec<u8>]) -> (Head, Vec<Hash>) {
    let leaves: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
    let added = append(Head::EMPTY, &leaves, &Vec::new()).unwrap();
    (added.head, added.hashes.into_iter().map(|(_, hash)| hash).collect())
}

/// The key of the exercise's log.
pub(crate) fn key() -> LedgerKey {
    LedgerKey::from_seed("exercise.example/ledger/2026", [7; 32]).unwrap()
}
