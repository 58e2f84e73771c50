//! Growing the tree: which hashes a log of this size keeps, and what an append adds to them.
//!
//! Stored hashes are those of complete subtrees, in the dense order of Crosby and Wallach that `tlog_tiles`
//! also uses: a leaf, then every subtree that this leaf completes. The crate does not keep them; the caller
//! does, through [`Hashes`].

use tlog_tiles::{node_hash, stored_hash_index, sub_tree_index};

use crate::{Hash, Head, LedgerError, leaf_hash};

/// Most entries a log may have: the largest integer that JSON carries exactly (RFC 8785), since each leaf
/// names its place.
pub const MAX_ENTRIES: u64 = (1 << 53) - 1;

/// Most bytes of one entry: what the 16-bit length in an entry bundle can say (C2SP tlog-tiles, "Log
/// entries").
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// Reads hashes that earlier [`append`] calls asked to be stored.
pub trait Hashes {
    /// The hashes at these stored-hash indexes, in the order asked.
    ///
    /// # Errors
    /// [`LedgerError::Storage`] when one is absent or cannot be read.
    fn read(&self, indexes: &[u64]) -> Result<Vec<Hash>, LedgerError>;
}

/// All stored hashes in memory, at their index.
impl Hashes for Vec<Hash> {
    fn read(&self, indexes: &[u64]) -> Result<Vec<Hash>, LedgerError> {
        let at = |index: &u64| usize::try_from(*index).ok().and_then(|index| self.get(index)).copied();
        let absent = |index: &u64| LedgerError::Storage(format!("no stored hash at index {index}"));
        indexes.iter().map(|index| at(index).ok_or_else(|| absent(index))).collect()
    }
}

/// What an append leaves to be stored, in the same transaction as the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The head with the new entries.
    pub head: Head,
    /// The new stored hashes, each with its stored-hash index; the indexes are consecutive.
    pub hashes: Vec<(u64, Hash)>,
}

/// Adds entries to the log that `head` describes. Reads at most 53 stored hashes, and checks that they give
/// `head.root`.
///
/// # Errors
/// [`LedgerError::EntryTooLong`], [`LedgerError::TooManyEntries`], [`LedgerError::StoredMismatch`], or what
/// `stored` says.
pub fn append(head: Head, leaves: &[&[u8]], stored: &dyn Hashes) -> Result<Appended, LedgerError> {
    let mut frontier = Frontier::load(head, stored)?;
    let mut next = stored_hash_index(0, head.size);
    let mut hashes = Vec::with_capacity(leaves.len().saturating_mul(2));
    for leaf in leaves {
        check_entry(frontier.size, leaf)?;
        for hash in frontier.push(leaf_hash(leaf)) {
            hashes.push((next, hash));
            next += 1;
        }
    }
    Ok(Appended { head: frontier.head(), hashes })
}

/// The head that a log had when it held `size` entries, from what it stores now.
///
/// # Errors
/// [`LedgerError::OutOfRange`] beyond `now`, [`LedgerError::TooManyEntries`], what `stored` says, or
/// [`LedgerError::NotConsistent`] when the stored hashes do not join that head and `now`.
pub fn head_at(now: Head, size: u64, stored: &dyn Hashes) -> Result<Head, LedgerError> {
    check_size(now.size)?;
    if size > now.size {
        return Err(LedgerError::OutOfRange { index: size, size: now.size });
    }
    let peaks = read_exact(stored, &sub_tree_index(0, size, Vec::new()))?;
    let then = Frontier { size, peaks }.head();
    crate::consistency(then, now, stored)?;
    Ok(then)
}

/// The roots of the complete subtrees that make up a tree, largest first: all that is needed to go on.
#[derive(Debug, Default)]
pub(crate) struct Frontier {
    pub(crate) size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of `head`, read from storage and checked against its root.
    pub(crate) fn load(head: Head, stored: &dyn Hashes) -> Result<Frontier, LedgerError> {
        check_size(head.size)?;
        let peaks = read_exact(stored, &sub_tree_index(0, head.size, Vec::new()))?;
        let frontier = Frontier { size: head.size, peaks };
        if frontier.root() == head.root {
            Ok(frontier)
        } else {
            Err(LedgerError::StoredMismatch { size: head.size })
        }
    }

    /// Adds a leaf hash; gives it back with the hash of every subtree it completes, lowest level first.
    pub(crate) fn push(&mut self, leaf: Hash) -> Vec<Hash> {
        let mut made = vec![leaf];
        let mut right = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                right = node(left, right);
                made.push(right);
            }
        }
        self.peaks.push(right);
        self.size += 1;
        made
    }

    pub(crate) fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().copied();
        match peaks.next() {
            None => Head::EMPTY.root,
            Some(last) => peaks.fold(last, |right, left| node(left, right)),
        }
    }

    pub(crate) fn head(&self) -> Head {
        Head { size: self.size, root: self.root() }
    }
}

/// Reads from storage and refuses an answer of the wrong length.
pub(crate) fn read_exact(stored: &dyn Hashes, indexes: &[u64]) -> Result<Vec<Hash>, LedgerError> {
    if indexes.is_empty() {
        return Ok(Vec::new());
    }
    let hashes = stored.read(indexes)?;
    if hashes.len() == indexes.len() {
        Ok(hashes)
    } else {
        let (asked, got) = (indexes.len(), hashes.len());
        Err(LedgerError::Storage(format!("asked for {asked} stored hashes, got {got}")))
    }
}

/// Refuses a size that the arithmetic of stored-hash indexes is not made for.
pub(crate) fn check_size(size: u64) -> Result<(), LedgerError> {
    if size <= MAX_ENTRIES { Ok(()) } else { Err(LedgerError::TooManyEntries { size }) }
}

/// Refuses an entry that is too long, or has no place left.
pub(crate) fn check_entry(index: u64, entry: &[u8]) -> Result<(), LedgerError> {
    if entry.len() > MAX_ENTRY_BYTES {
        return Err(LedgerError::EntryTooLong { index, bytes: entry.len() });
    }
    check_size(index.saturating_add(1))
}

fn node(left: Hash, right: Hash) -> Hash {
    Hash(node_hash(tlog_tiles::Hash(left.0), tlog_tiles::Hash(right.0)).0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample::{entries, log};

    /// The eight inputs and roots that implementations of RFC 6962 have long shared as test vectors.
    const VECTORS: [(&str, &str); 8] = [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (
            "606162636465666768696a6b6c6d6e6f",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ),
    ];

    fn unhex(text: &str) -> Vec<u8> {
        let digit = |byte: u8| (byte as char).to_digit(16).unwrap() as u8;
        text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
    }

    #[test]
    fn the_shared_vectors_of_rfc_6962_trees_hold_one_append_at_a_time() {
        let mut stored: Vec<Hash> = Vec::new();
        let mut head = Head::EMPTY;
        for (input, root) in VECTORS {
            let added = append(head, &[&unhex(input)], &stored).unwrap();
            assert_eq!(added.hashes[0].0, stored.len() as u64);
            stored.extend(added.hashes.iter().map(|(_, hash)| hash));
            head = added.head;
            assert_eq!(head.root.to_string(), root);
        }
        assert_eq!(head.size, 8);
        assert_eq!(stored.len(), 15);
    }

    #[test]
    fn limits_are_checked_before_anything_is_read() {
        let stored: Vec<Hash> = Vec::new();
        let long = vec![0; MAX_ENTRY_BYTES + 1];
        assert!(append(Head::EMPTY, &[&long[1..]], &stored).is_ok());
        assert_eq!(
            append(Head::EMPTY, &[b"ok", &long], &stored),
            Err(LedgerError::EntryTooLong { index: 1, bytes: 65_536 })
        );
        let huge = Head { size: u64::MAX, root: Hash([0; 32]) };
        assert_eq!(append(huge, &[b"x"], &stored), Err(LedgerError::TooManyEntries { size: u64::MAX }));
    }

    #[test]
    fn damaged_or_foreign_storage_is_noticed_at_the_next_append() {
        let (head, mut stored) = log(&entries(5));
        let other = Head { size: 5, root: Hash([0; 32]) };
        assert_eq!(append(other, &[b"x"], &stored), Err(LedgerError::StoredMismatch { size: 5 }));
        stored[6].0[0] ^= 1;
        assert_eq!(append(head, &[b"x"], &stored), Err(LedgerError::StoredMismatch { size: 5 }));
        stored.truncate(6);
        assert!(matches!(append(head, &[b"x"], &stored), Err(LedgerError::Storage(_))));
        let empty = Head { size: 0, root: Hash([1; 32]) };
        assert_eq!(append(empty, &[], &stored), Err(LedgerError::StoredMismatch { size: 0 }));
    }

    #[test]
    fn storage_that_answers_with_too_few_hashes_is_an_error() {
        struct Short;
        impl Hashes for Short {
            fn read(&self, _: &[u64]) -> Result<Vec<Hash>, LedgerError> {
                Ok(Vec::new())
            }
        }
        let (head, _) = log(&entries(3));
        assert!(matches!(append(head, &[b"x"], &Short), Err(LedgerError::Storage(_))));
    }

    proptest! {
        #[test]
        fn batches_of_any_size_give_the_same_log(sizes in prop::collection::vec(0_usize..40, 0..8)) {
            let all = entries(sizes.iter().sum::<usize>());
            let (mut head, mut stored) = (Head::EMPTY, Vec::new());
            let mut rest = all.as_slice();
            for size in sizes {
                let (batch, after) = rest.split_at(size);
                rest = after;
                let batch: Vec<&[u8]> = batch.iter().map(Vec::as_slice).collect();
                let added = append(head, &batch, &stored).unwrap();
                for (index, hash) in added.hashes {
                    prop_assert_eq!(index, stored.len() as u64);
                    stored.push(hash);
                }
                head = added.head;
            }
            prop_assert_eq!((head, stored), log(&all));
        }
    }
}
