//! Merkle proofs: that an entry stands in a tree, and that a later tree begins with an earlier one (RFC 6962
//! §2.1).
//!
//! A proof is checked before it is handed out, so damage in storage shows here and not at the auditor's.

use std::cell::RefCell;

use tlog_tiles::{HashReader, check_record, check_tree, prove_record, prove_tree, stored_hash_index};

use crate::tree::{check_size, read_exact};
use crate::{Hash, Hashes, Head, LedgerError};

/// No proof in a tree of the largest size has more hashes.
pub(crate) const MAX_PATH_HASHES: usize = 64;

/// The audit path that shows the entry at `index` to stand in the tree `head`, from the leaf's sibling
/// upwards.
///
/// # Errors
/// [`LedgerError::OutOfRange`], [`LedgerError::TooManyEntries`], what `stored` says, or
/// [`LedgerError::StoredMismatch`] when the stored hashes do not give the root of `head`.
pub fn inclusion(head: Head, index: u64, stored: &dyn Hashes) -> Result<Vec<Hash>, LedgerError> {
    check_index(head, index)?;
    let reader = Reader::new(stored);
    let path = prove_record(head.size, index, &reader).map_err(|_| reader.failure(head))?;
    let path = ours(&path);
    let leaf = read_exact(stored, &[stored_hash_index(0, index)])?;
    let shown = leaf.iter().all(|leaf| verify_inclusion(head, index, *leaf, &path).is_ok());
    if shown { Ok(path) } else { Err(LedgerError::StoredMismatch { size: head.size }) }
}

/// Checks that the entry with leaf hash `leaf` stands at `index` of the tree `head`.
///
/// # Errors
/// [`LedgerError::OutOfRange`], [`LedgerError::TooManyEntries`], or [`LedgerError::NotIncluded`].
pub fn verify_inclusion(head: Head, index: u64, leaf: Hash, path: &[Hash]) -> Result<(), LedgerError> {
    check_index(head, index)?;
    let refused = LedgerError::NotIncluded { index, size: head.size };
    if path.len() > MAX_PATH_HASHES {
        return Err(refused);
    }
    check_record(&theirs(path), head.size, tlog_tiles::Hash(head.root.0), index, tlog_tiles::Hash(leaf.0))
        .map_err(|_| refused)
}

/// The proof that the tree `new` begins with all entries of the tree `old`. Empty when `old` is empty or both
/// are the same.
///
/// # Errors
/// [`LedgerError::Shrunk`], [`LedgerError::TooManyEntries`], what `stored` says, or
/// [`LedgerError::NotConsistent`] when the stored hashes do not join the two heads.
pub fn consistency(old: Head, new: Head, stored: &dyn Hashes) -> Result<Vec<Hash>, LedgerError> {
    check_order(old, new)?;
    let path = if old.size == 0 {
        Vec::new()
    } else {
        let reader = Reader::new(stored);
        ours(&prove_tree(new.size, old.size, &reader).map_err(|_| reader.failure(new))?)
    };
    verify_consistency(old, new, &path)?;
    Ok(path)
}

/// Checks that the tree `new` begins with all entries of the tree `old`.
///
/// # Errors
/// [`LedgerError::Shrunk`], [`LedgerError::TooManyEntries`], or [`LedgerError::NotConsistent`].
pub fn verify_consistency(old: Head, new: Head, path: &[Hash]) -> Result<(), LedgerError> {
    check_order(old, new)?;
    let refused = LedgerError::NotConsistent { old: old.size, new: new.size };
    let shown = if path.len() > MAX_PATH_HASHES {
        false
    } else if old.size == 0 {
        path.is_empty() && old == Head::EMPTY && (new.size > 0 || new == Head::EMPTY)
    } else {
        let [old_root, new_root] = [old, new].map(|head| tlog_tiles::Hash(head.root.0));
        check_tree(&theirs(path), new.size, new_root, old.size, old_root).is_ok()
    };
    if shown { Ok(()) } else { Err(refused) }
}

/// Lets `tlog_tiles` read our stored hashes and keeps the error that its own type cannot carry.
struct Reader<'a> {
    stored: &'a dyn Hashes,
    failure: RefCell<Option<LedgerError>>,
}

impl<'a> Reader<'a> {
    fn new(stored: &'a dyn Hashes) -> Reader<'a> {
        Reader { stored, failure: RefCell::new(None) }
    }

    fn failure(&self, head: Head) -> LedgerError {
        self.failure.take().unwrap_or(LedgerError::StoredMismatch { size: head.size })
    }
}

impl HashReader for Reader<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        read_exact(self.stored, indexes).map(|hashes| theirs(&hashes)).map_err(|failure| {
            self.failure.replace(Some(failure));
            tlog_tiles::Error::IndexesNotInTree
        })
    }
}

fn check_index(head: Head, index: u64) -> Result<(), LedgerError> {
    check_size(head.size)?;
    if index < head.size { Ok(()) } else { Err(LedgerError::OutOfRange { index, size: head.size }) }
}

fn check_order(old: Head, new: Head) -> Result<(), LedgerError> {
    check_size(new.size)?;
    if old.size <= new.size { Ok(()) } else { Err(LedgerError::Shrunk { old: old.size, new: new.size }) }
}

fn ours(hashes: &[tlog_tiles::Hash]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash(hash.0)).collect()
}

fn theirs(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::leaf_hash;
    use crate::sample::{entries, log};

    #[test]
    fn the_paths_of_a_tree_of_three_are_those_computed_by_hand() {
        let leaves = entries(3);
        let [a, b, c] = [0, 1, 2].map(|at: usize| leaf_hash(&leaves[at]));
        let (head, stored) = log(&leaves);
        let (two, _) = log(&leaves[..2]);
        assert_eq!(inclusion(head, 0, &stored).unwrap(), [b, c]);
        assert_eq!(inclusion(head, 1, &stored).unwrap(), [a, c]);
        assert_eq!(inclusion(head, 2, &stored).unwrap(), [two.root]);
        assert_eq!(consistency(two, head, &stored).unwrap(), [c]);
        let (one, _) = log(&leaves[..1]);
        assert_eq!(inclusion(one, 0, &stored).unwrap(), []);
    }

    #[test]
    fn places_and_sizes_that_make_no_sense_are_refused() {
        let (head, stored) = log(&entries(5));
        let (four, _) = log(&entries(4));
        let huge = Head { size: u64::MAX, ..head };
        assert_eq!(inclusion(head, 5, &stored), Err(LedgerError::OutOfRange { index: 5, size: 5 }));
        assert_eq!(
            verify_inclusion(Head::EMPTY, 0, head.root, &[]),
            Err(LedgerError::OutOfRange { index: 0, size: 0 })
        );
        assert_eq!(consistency(head, four, &stored), Err(LedgerError::Shrunk { old: 5, new: 4 }));
        assert!(inclusion(huge, 1, &stored).is_err());
        assert!(verify_inclusion(huge, u64::MAX - 1, head.root, &[]).is_err());
        assert!(consistency(head, huge, &stored).is_err());
        assert!(verify_consistency(huge, huge, &[]).is_err());
        let hashes = vec![head.root; 100_000];
        assert!(verify_inclusion(head, 0, head.root, &hashes).is_err());
        assert!(verify_consistency(four, head, &hashes).is_err());
    }

    #[test]
    fn an_empty_or_equal_log_is_extended_by_the_empty_proof_only() {
        let (head, stored) = log(&entries(5));
        for old in [Head::EMPTY, head] {
            assert_eq!(consistency(old, head, &stored).unwrap(), []);
            assert!(verify_consistency(old, head, &[head.root]).is_err());
        }
        let other = Head { root: Hash([0; 32]), ..head };
        assert_eq!(verify_consistency(other, head, &[]), Err(LedgerError::NotConsistent { old: 5, new: 5 }));
        let forged = Head { size: 0, root: head.root };
        assert!(verify_consistency(forged, head, &[]).is_err());
        assert!(verify_consistency(Head::EMPTY, forged, &[]).is_err());
    }

    #[test]
    fn damaged_storage_gives_an_error_and_never_a_false_proof() {
        let (head, mut stored) = log(&entries(9));
        let (old, _) = log(&entries(6));
        for at in 0..stored.len() {
            stored[at].0[31] ^= 0x80;
            for index in 0..9 {
                let path = inclusion(head, index, &stored);
                let leaf = leaf_hash(&entries(9)[index as usize]);
                assert!(path.is_err() || verify_inclusion(head, index, leaf, &path.unwrap()).is_ok());
            }
            let path = consistency(old, head, &stored);
            assert!(path.is_err() || verify_consistency(old, head, &path.unwrap()).is_ok());
            stored[at].0[31] ^= 0x80;
        }
        assert!(matches!(inclusion(head, 3, &Vec::new()), Err(LedgerError::Storage(_))));
    }

    #[test]
    fn the_head_of_before_is_found_again_at_every_size() {
        let all = entries(70);
        let (now, stored) = log(&all);
        for size in 0..=70 {
            assert_eq!(crate::head_at(now, size as u64, &stored), Ok(log(&all[..size]).0), "{size}");
        }
        assert!(matches!(crate::head_at(now, 71, &stored), Err(LedgerError::OutOfRange { .. })));
        let mut damaged = stored;
        damaged[3] = Hash([9; 32]);
        assert!(crate::head_at(now, 3, &damaged).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_entry_is_provable_and_a_flipped_bit_is_not(
            size in 1_usize..600, at in any::<Index>(), which in any::<Index>(), bit in 0_usize..256,
        ) {
            let all = entries(size);
            let (head, stored) = log(&all);
            let index = at.index(size);
            let (place, leaf) = (index as u64, leaf_hash(&all[index]));
            let path = inclusion(head, place, &stored).unwrap();
            prop_assert_eq!(verify_inclusion(head, place, leaf, &path), Ok(()));
            let refused = Err(LedgerError::NotIncluded { index: place, size: size as u64 });
            let flip = |mut hash: Hash| { hash.0[bit / 8] ^= 1_u8 << (bit % 8); hash };
            prop_assert_eq!(verify_inclusion(head, place, flip(leaf), &path), refused.clone());
            let other = Head { root: flip(head.root), ..head };
            prop_assert_eq!(verify_inclusion(other, place, leaf, &path), refused.clone());
            if !path.is_empty() {
                let mut bad = path.clone();
                let which = which.index(path.len());
                bad[which] = flip(bad[which]);
                prop_assert_eq!(verify_inclusion(head, place, leaf, &bad), refused.clone());
                prop_assert_eq!(verify_inclusion(head, place, leaf, &path[1..]), refused.clone());
            }
            let longer = [path.as_slice(), &[leaf]].concat();
            prop_assert_eq!(verify_inclusion(head, place, leaf, &longer), refused);
            if size > 1 {
                prop_assert!(verify_inclusion(head, (place + 1) % size as u64, leaf, &path).is_err());
            }
        }

        #[test]
        fn any_prefix_is_provable_and_another_history_is_not(
            size in 2_usize..600, at in any::<Index>(), which in any::<Index>(), bit in 0_usize..256,
        ) {
            let all = entries(size);
            let (new, stored) = log(&all);
            let (old, _) = log(&all[..1 + at.index(size - 1)]);
            let path = consistency(old, new, &stored).unwrap();
            prop_assert_eq!(verify_consistency(old, new, &path), Ok(()));
            let flip = |mut hash: Hash| { hash.0[bit / 8] ^= 1_u8 << (bit % 8); hash };
            let [other_old, other_new] = [old, new].map(|head| Head { root: flip(head.root), ..head });
            prop_assert!(verify_consistency(other_old, new, &path).is_err());
            prop_assert!(verify_consistency(old, other_new, &path).is_err());
            let mut bad = path.clone();
            let which = which.index(path.len());
            bad[which] = flip(bad[which]);
            prop_assert!(verify_consistency(old, new, &bad).is_err());
            prop_assert!(verify_consistency(old, new, &path[1..]).is_err());
            let mut rewritten = all.clone();
            rewritten[0].push(b' ');
            let (other, hashes) = log(&rewritten);
            prop_assert!(consistency(old, other, &hashes).is_err());
        }
    }
}
