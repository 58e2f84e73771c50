//! Checking a whole log: every entry, every tile and the head are recomputed and compared.
//!
//! [`verify_log`] reads an exported log, [`verify_entries`] walks the entries a database holds. Both name the
//! first file or entry that is wrong. Neither can see an event that was never logged, nor a log cut short and
//! signed again: for that, compare with a checkpoint that somebody else kept
//! ([`verify_consistency`](crate::verify_consistency)).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::hand_over::{HANDED_OVER_MAX, HANDED_OVER_PATH, HandOver};
use crate::tile::{CHECKPOINT_PATH, Spot, TILE_HEIGHT, TILE_WIDTH, split_bundle};
use crate::tree::Frontier;
use crate::{Hash, Head, Leaf, LedgerError, Verifier, leaf_hash};

/// A log with more kinds of events than this is refused, so that the report stays small.
const MAX_KINDS: usize = 1_024;

const HASH_BYTES: usize = 32;

/// What a log that was found sound holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The head that all entries lead to.
    pub head: Head,
    /// Number of entries checked.
    pub entries: u64,
    /// Number of entries of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// Time of the first entry, as it stands in the leaf; `None` in an empty log.
    pub first_at: Option<String>,
    /// Time of the last entry.
    pub last_at: Option<String>,
}

/// Checks an exported log. `read` gives the content of a file by its path ([`files`](crate::files) and
/// [`CHECKPOINT_PATH`]), or `None` when there is none; it should itself refuse files beyond 17 MB, the most a
/// bundle can have. Where the log went on under another key than `verifier`, the statements of that in
/// [`HANDED_OVER_PATH`] lead to the key of the checkpoint, and their heads have to be heads of these entries.
///
/// # Errors
/// The errors of [`Verifier::open`] for the checkpoint, [`LedgerError::File`] or [`LedgerError::Entry`] for
/// the first one that is missing or wrong, [`LedgerError::HeadMismatch`] when everything agrees but with the
/// checkpoint.
pub fn verify_log(
    read: &dyn Fn(&str) -> Option<Vec<u8>>,
    verifier: &Verifier,
) -> Result<Report, LedgerError> {
    let note = String::from_utf8(require(read, CHECKPOINT_PATH)?)
        .map_err(|_| wrong_file(CHECKPOINT_PATH, "not UTF-8 text"))?;
    let handed = handed_over(read, verifier);
    let head = handed.last().map_or(verifier, |last| &last.next).open(&note)?;
    let mut walk = Walk::default();
    let mut tiles = Tiles::new(read);
    for spot in Spot::of_level(0, head.size) {
        let path = spot.entries_path();
        let bundle = require(read, &path)?;
        let entries =
            split_bundle(&bundle).ok_or_else(|| wrong_file(&path, "a length does not fit the content"))?;
        if entries.len() as u64 != spot.width {
            let reason = format!("holds {} entries, expected {}", entries.len(), spot.width);
            return Err(wrong_file(&path, &reason));
        }
        for entry in entries {
            tiles.add(&walk.take(entry)?)?;
            let at = walk.frontier.size;
            if let Some(over) = handed.iter().find(|over| over.head.size == at)
                && over.head != walk.frontier.head()
            {
                let reason =
                    "the log was handed over to another key with other entries up to here".to_owned();
                return Err(LedgerError::Entry { index: at - 1, reason });
            }
        }
    }
    tiles.finish()?;
    walk.finish(head)
}

/// The statements in an exported log that lead from a key to others, in their order.
fn handed_over(read: &dyn Fn(&str) -> Option<Vec<u8>>, verifier: &Verifier) -> Vec<HandOver> {
    let texts = (1..=HANDED_OVER_MAX).map_while(|number| read(&format!("{HANDED_OVER_PATH}/{number}")));
    let texts: Vec<String> = texts.filter_map(|bytes| String::from_utf8(bytes).ok()).collect();
    HandOver::follow(verifier, &texts)
}

/// Checks that these entries, in order, are the log `head`, and that each is a leaf that names its own place.
///
/// # Errors
/// An error of the iterator as it is; [`LedgerError::Entry`] for the first wrong entry;
/// [`LedgerError::HeadMismatch`] when their number or root is not that of `head`.
pub fn verify_entries(
    head: Head,
    entries: impl IntoIterator<Item = Result<Vec<u8>, LedgerError>>,
) -> Result<Report, LedgerError> {
    let mut walk = Walk::default();
    for entry in entries {
        if walk.frontier.size == head.size {
            let reason = format!("stands beyond the head, which has {} entries", head.size);
            return Err(LedgerError::Entry { index: head.size, reason });
        }
        walk.take(&entry?)?;
    }
    walk.finish(head)
}

/// Goes through the entries of a log and keeps what the report and the head need.
#[derive(Default)]
struct Walk {
    frontier: Frontier,
    kinds: BTreeMap<String, u64>,
    first_at: Option<String>,
    last_at: Option<String>,
}

impl Walk {
    /// Takes the next entry; gives the hashes it adds to the tree, lowest level first.
    fn take(&mut self, entry: &[u8]) -> Result<Vec<Hash>, LedgerError> {
        let index = self.frontier.size;
        let wrong = |reason: String| LedgerError::Entry { index, reason };
        let leaf = Leaf::decode(entry).map_err(|cause| wrong(cause.to_string()))?;
        if leaf.seq != Some(index) {
            let seq = leaf.seq.map_or_else(String::new, |seq| seq.to_string());
            return Err(wrong(format!("the leaf says it is number {seq}")));
        }
        *self.kinds.entry(leaf.kind).or_default() += 1;
        if self.kinds.len() > MAX_KINDS {
            return Err(wrong(format!("the log has more than {MAX_KINDS} kinds of events")));
        }
        self.first_at.get_or_insert_with(|| leaf.at.clone());
        self.last_at = Some(leaf.at);
        Ok(self.frontier.push(leaf_hash(entry)))
    }

    fn finish(self, head: Head) -> Result<Report, LedgerError> {
        let found = self.frontier.head();
        if found != head {
            return Err(LedgerError::HeadMismatch {
                entries: found.size,
                root: found.root.to_string(),
                head_size: head.size,
                head_root: head.root.to_string(),
            });
        }
        let Walk { kinds, first_at, last_at, .. } = self;
        Ok(Report { head, entries: head.size, kinds, first_at, last_at })
    }
}

/// Rebuilds the tiles from the entries, at most one per level at a time, and compares each with its file.
struct Tiles<'a> {
    read: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    levels: Vec<Level>,
}

/// The tile of one level that is being filled.
#[derive(Default)]
struct Level {
    n: u64,
    hashes: Vec<Hash>,
}

impl<'a> Tiles<'a> {
    fn new(read: &'a dyn Fn(&str) -> Option<Vec<u8>>) -> Tiles<'a> {
        Tiles { read, levels: Vec::new() }
    }

    /// Adds the hashes that one entry completed, lowest level first.
    fn add(&mut self, made: &[Hash]) -> Result<(), LedgerError> {
        for (hash, level) in made.iter().step_by(usize::from(TILE_HEIGHT)).zip(0_u8..) {
            if self.levels.len() == usize::from(level) {
                self.levels.push(Level::default());
            }
            let Some(open) = self.levels.get_mut(usize::from(level)) else { continue };
            open.hashes.push(*hash);
            if open.hashes.len() as u64 == TILE_WIDTH {
                open.compare(level, self.read)?;
                *open = Level { n: open.n + 1, hashes: Vec::new() };
            }
        }
        Ok(())
    }

    /// Compares the partial tiles at the right edge.
    fn finish(self) -> Result<(), LedgerError> {
        self.levels.iter().zip(0_u8..).try_for_each(|(open, level)| open.compare(level, self.read))
    }
}

impl Level {
    fn compare(&self, level: u8, read: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<(), LedgerError> {
        if self.hashes.is_empty() {
            return Ok(());
        }
        let spot = Spot { level, n: self.n, width: self.hashes.len() as u64 };
        let path = spot.tile_path();
        let file = require(read, &path)?;
        if file.len() != self.hashes.len() * HASH_BYTES {
            let reason = format!("has {} bytes, expected {}", file.len(), self.hashes.len() * HASH_BYTES);
            return Err(wrong_file(&path, &reason));
        }
        let pairs = self.hashes.iter().zip(file.chunks_exact(HASH_BYTES));
        match pairs.zip(spot.first()..).find(|((hash, found), _)| hash.0 != *found) {
            None => Ok(()),
            Some((_, index)) if level == 0 => {
                let reason =
                    format!("does not have the hash that {path} holds for it: one of the two was changed");
                Err(LedgerError::Entry { index, reason })
            }
            Some((_, index)) => {
                let reason = format!(
                    "hash {} is not that of tile {index} of level {}",
                    index - spot.first(),
                    level - 1
                );
                Err(wrong_file(&path, &reason))
            }
        }
    }
}

fn require(read: &dyn Fn(&str) -> Option<Vec<u8>>, path: &str) -> Result<Vec<u8>, LedgerError> {
    read(path).ok_or_else(|| wrong_file(path, "is missing or cannot be read"))
}

fn wrong_file(path: &str, reason: &str) -> LedgerError {
    LedgerError::File { path: path.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::sample::{entries, key, log};
    use crate::{LedgerKey, files};

    type Export = BTreeMap<String, Vec<u8>>;

    fn export(all: &[Vec<u8>]) -> Export {
        let (head, stored) = log(all);
        let entry = |index: u64| Ok(all[index as usize].clone());
        let mut made: Export = files(head, &entry, &stored).unwrap().map(Result::unwrap).collect();
        made.insert(CHECKPOINT_PATH.to_owned(), key().sign_checkpoint(head).into_bytes());
        made
    }

    fn check(export: &Export) -> Result<Report, LedgerError> {
        verify_log(&|path| export.get(path).cloned(), &Verifier::parse(&key().vkey()).unwrap())
    }

    fn ok(entries: &[Vec<u8>]) -> impl Iterator<Item = Result<Vec<u8>, LedgerError>> {
        entries.iter().cloned().map(Ok)
    }

    #[test]
    fn a_log_that_went_on_under_another_key_is_verified_with_the_one_before_when_that_is_stated() {
        let all = entries(300);
        let next = LedgerKey::from_seed("exercise.example/ledger/2027", [9; 32]).unwrap();
        let mut export = export(&all);
        export.insert(CHECKPOINT_PATH.to_owned(), next.sign_checkpoint(log(&all).0).into_bytes());
        assert!(check(&export).is_err(), "nothing states it");
        let path = format!("{HANDED_OVER_PATH}/1");
        let over = |head: Head| HandOver::sign(&key(), &next, head).into_bytes();
        export.insert(path.clone(), over(log(&all[..200]).0));
        assert_eq!(check(&export).unwrap().entries, 300);
        assert_eq!(
            verify_log(&|path| export.get(path).cloned(), &Verifier::parse(&next.vkey()).unwrap())
                .unwrap()
                .entries,
            300
        );
        export.insert(path, over(Head { size: 200, ..log(&all[..100]).0 }));
        assert!(matches!(check(&export), Err(LedgerError::Entry { index: 199, .. })));
    }

    #[test]
    fn a_sound_log_is_reported_with_its_kinds_and_times() {
        let all = entries(600);
        let report = check(&export(&all)).unwrap();
        assert_eq!(report.head, log(&all).0);
        assert_eq!(report.entries, 600);
        let kinds = [("policy.activated".to_owned(), 400), ("release.delivered".to_owned(), 200)];
        assert_eq!(report.kinds, BTreeMap::from(kinds));
        assert_eq!(report.first_at.as_deref(), Some("2026-01-02T03:00:00.000000Z"));
        assert_eq!(report.last_at.as_deref(), Some("2026-01-02T03:09:59.000599Z"));
        assert_eq!(verify_entries(log(&all).0, ok(&all)).unwrap(), report);
    }

    #[test]
    fn an_empty_log_is_sound() {
        let report = check(&export(&[])).unwrap();
        assert_eq!((report.entries, report.first_at), (0, None));
        assert_eq!(verify_entries(Head::EMPTY, []).unwrap().entries, 0);
    }

    #[test]
    fn each_missing_file_is_named() {
        let whole = export(&entries(300));
        assert_eq!(whole.len(), 6);
        for path in whole.keys() {
            let mut part = whole.clone();
            part.remove(path);
            match check(&part) {
                Err(LedgerError::File { path: named, .. }) => assert_eq!(&named, path),
                other => panic!("{path}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_changed_entry_is_named_even_when_it_is_a_proper_leaf() {
        let all = entries(300);
        let mut export = export(&all);
        let bundle = String::from_utf8(export["tile/entries/001.p/44"].clone());
        assert!(bundle.is_ok(), "short entries keep the bundle readable");
        let changed = bundle.unwrap().replacen("03:04:20.000260", "03:04:20.000261", 1);
        export.insert("tile/entries/001.p/44".to_owned(), changed.into_bytes());
        assert!(matches!(check(&export), Err(LedgerError::Entry { index: 260, .. })));
    }

    #[test]
    fn a_history_rewritten_in_entries_and_tiles_contradicts_the_checkpoint() {
        let all = entries(300);
        let checkpoint = export(&all)[CHECKPOINT_PATH].clone();
        let mut rewritten = all.clone();
        rewritten[7] = Leaf::new("policy.activated", "2026-01-02T03:00:07.000008Z", "k-1").encode(7).unwrap();
        let mut forged = export(&rewritten);
        assert!(check(&forged).is_ok());
        forged.insert(CHECKPOINT_PATH.to_owned(), checkpoint);
        assert!(matches!(check(&forged), Err(LedgerError::HeadMismatch { entries: 300, .. })));
        assert!(matches!(verify_entries(log(&all).0, ok(&rewritten)), Err(LedgerError::HeadMismatch { .. })));
    }

    #[test]
    fn a_checkpoint_of_another_key_or_a_huge_claimed_size_stops_the_check() {
        let mut forged = export(&entries(3));
        let stranger = LedgerKey::from_seed("exercise.example/ledger/2026", [8; 32]).unwrap();
        let (head, _) = log(&entries(3));
        forged.insert(CHECKPOINT_PATH.to_owned(), stranger.sign_checkpoint(head).into_bytes());
        assert!(matches!(check(&forged), Err(LedgerError::Note(_))));
        forged.insert(CHECKPOINT_PATH.to_owned(), vec![0xff]);
        assert!(matches!(check(&forged), Err(LedgerError::File { .. })));
        let huge = key().sign_checkpoint(Head { size: crate::MAX_ENTRIES, ..head });
        forged.insert(CHECKPOINT_PATH.to_owned(), huge.into_bytes());
        assert!(matches!(check(&forged), Err(LedgerError::File { .. })));
    }

    #[test]
    fn entries_that_are_lost_repeated_swapped_or_too_many_are_found() {
        let all = entries(5);
        let (head, _) = log(&all);
        let lost = verify_entries(head, ok(&all[..4]));
        assert!(matches!(lost, Err(LedgerError::HeadMismatch { entries: 4, head_size: 5, .. })));
        let extra = verify_entries(head, ok(&entries(6)));
        assert!(matches!(extra, Err(LedgerError::Entry { index: 5, .. })));
        let mut swapped = all.clone();
        swapped.swap(1, 3);
        assert!(matches!(verify_entries(head, ok(&swapped)), Err(LedgerError::Entry { index: 1, .. })));
        let gap = [&all[..2], &all[3..]].concat();
        assert!(matches!(verify_entries(head, ok(&gap)), Err(LedgerError::Entry { index: 2, .. })));
        let failing = [Ok(all[0].clone()), Err(LedgerError::Storage("disk".to_owned()))];
        assert_eq!(verify_entries(head, failing), Err(LedgerError::Storage("disk".to_owned())));
    }

    #[test]
    fn a_log_with_thousands_of_kinds_is_refused() {
        let leaf =
            |seq: u64| Leaf::new(&format!("k{seq}"), "2026-01-02T03:00:07.000008Z", "k").encode(seq).unwrap();
        let all: Vec<Vec<u8>> = (0..1_025).map(leaf).collect();
        assert!(matches!(
            verify_entries(log(&all).0, ok(&all)),
            Err(LedgerError::Entry { index: 1_024, .. })
        ));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn one_flipped_bit_in_any_file_is_found(
            size in 1_usize..520, file in any::<Index>(), at in any::<Index>(), bit in 0_u8..8,
        ) {
            let mut export = export(&entries(size));
            prop_assert!(check(&export).is_ok());
            let path = export.keys().nth(file.index(export.len())).unwrap().clone();
            let bytes = export.get_mut(&path).unwrap();
            let place = at.index(bytes.len());
            bytes[place] ^= 1_u8 << bit;
            prop_assert!(check(&export).is_err(), "bit {} of byte {} of {}", bit, place, path);
        }
    }
}
