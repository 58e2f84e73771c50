//! The layout of a log as static files: where each tile and entry bundle stands and what it holds (C2SP
//! tlog-tiles).
//!
//! Tiles have height 8: a full one holds 256 hashes. Nothing is written here; the caller puts each file where
//! it belongs and adds the checkpoint, which it signs, at [`CHECKPOINT_PATH`]. Write the checkpoint last: it
//! vouches for the rest.

use tlog_tiles::stored_hash_index;

use crate::tree::{Frontier, check_entry, read_exact};
use crate::{Hashes, Head, LedgerError};

/// Path of the signed checkpoint in an exported log.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// Hashes in a full tile, and entries in a full bundle.
pub(crate) const TILE_WIDTH: u64 = 256;

/// Bits of a tree index that one level of tiles covers.
pub(crate) const TILE_HEIGHT: u8 = 8;

/// Path of the tile `n` of level `level`: `tile/0/x001/234`, and with `.p/<width>` at the end when it is
/// partial, that is when `width` is below 256.
pub fn tile_path(level: u8, n: u64, width: u64) -> String {
    format!("tile/{level}/{}", place(n, width))
}

/// Path of the entry bundle `n`: `tile/entries/x001/234`, and with `.p/<width>` at the end when it is
/// partial.
pub fn entries_path(n: u64, width: u64) -> String {
    format!("tile/entries/{}", place(n, width))
}

/// All files of the log `head` but the checkpoint, each made when it is asked for: first the entry bundles,
/// then the tiles from the lowest level up. `entries` gives the bytes of the entry at an index.
///
/// # Errors
/// At once: [`LedgerError::StoredMismatch`] when the stored hashes do not give the root of `head`,
/// [`LedgerError::TooManyEntries`], what `stored` says. Per file: what `stored` and `entries` say,
/// [`LedgerError::EntryTooLong`].
pub fn files<'a>(
    head: Head,
    entries: &'a dyn Fn(u64) -> Result<Vec<u8>, LedgerError>,
    stored: &'a dyn Hashes,
) -> Result<impl Iterator<Item = Result<(String, Vec<u8>), LedgerError>> + 'a, LedgerError> {
    Frontier::load(head, stored)?;
    let bundles = Spot::of_level(0, head.size).map(|spot| Ok((spot.entries_path(), spot.bundle(entries)?)));
    let tiles = Spot::all(head.size).map(|spot| Ok((spot.tile_path(), spot.hashes(stored)?)));
    Ok(bundles.chain(tiles))
}

/// The place of one tile, or of one bundle when the level is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) level: u8,
    pub(crate) n: u64,
    pub(crate) width: u64,
}

impl Spot {
    /// The tiles of one level of a tree with `size` entries, left to right; the last may be partial.
    pub(crate) fn of_level(level: u8, size: u64) -> impl Iterator<Item = Spot> {
        let hashes = size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT)).unwrap_or(0);
        let (full, rest) = (hashes / TILE_WIDTH, hashes % TILE_WIDTH);
        let partial = (rest > 0).then_some(Spot { level, n: full, width: rest });
        (0..full).map(move |n| Spot { level, n, width: TILE_WIDTH }).chain(partial)
    }

    /// The tiles of all levels of a tree with `size` entries.
    pub(crate) fn all(size: u64) -> impl Iterator<Item = Spot> {
        (0..TILE_HEIGHT).flat_map(move |level| Spot::of_level(level, size))
    }

    pub(crate) fn tile_path(self) -> String {
        tile_path(self.level, self.n, self.width)
    }

    pub(crate) fn entries_path(self) -> String {
        entries_path(self.n, self.width)
    }

    /// Index, at this level, of the first hash or entry here.
    pub(crate) fn first(self) -> u64 {
        self.n.saturating_mul(TILE_WIDTH)
    }

    fn hashes(self, stored: &dyn Hashes) -> Result<Vec<u8>, LedgerError> {
        let level = self.level * TILE_HEIGHT;
        let indexes: Vec<u64> =
            (0..self.width).map(|at| stored_hash_index(level, self.first() + at)).collect();
        Ok(read_exact(stored, &indexes)?.iter().flat_map(|hash| hash.0).collect())
    }

    fn bundle(self, entries: &dyn Fn(u64) -> Result<Vec<u8>, LedgerError>) -> Result<Vec<u8>, LedgerError> {
        let mut bytes = Vec::new();
        for index in self.first()..self.first() + self.width {
            let entry = entries(index)?;
            check_entry(index, &entry)?;
            let too_long = |_| LedgerError::EntryTooLong { index, bytes: entry.len() };
            bytes.extend(u16::try_from(entry.len()).map_err(too_long)?.to_be_bytes());
            bytes.extend(entry);
        }
        Ok(bytes)
    }
}

/// The entries of a bundle, in order; `None` when a length does not fit what follows.
pub(crate) fn split_bundle(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        bytes = rest;
    }
    Some(entries)
}

/// The number in groups of three digits, all but the last marked with `x`, and the width when partial.
fn place(n: u64, width: u64) -> String {
    let mut text = format!("{:03}", n % 1000);
    let mut rest = n / 1000;
    while rest > 0 {
        text = format!("x{:03}/{text}", rest % 1000);
        rest /= 1000;
    }
    if width < TILE_WIDTH {
        text.push_str(&format!(".p/{width}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf_hash;
    use crate::sample::{entries, log};

    #[test]
    fn paths_are_those_of_tlog_tiles() {
        assert_eq!(tile_path(0, 3, 256), "tile/0/003");
        assert_eq!(tile_path(2, 1_234_067, 256), "tile/2/x001/x234/067");
        assert_eq!(tile_path(1, 273, 17), "tile/1/273.p/17");
        assert_eq!(entries_path(1_000, 1), "tile/entries/x001/000.p/1");
        assert_eq!(entries_path(u64::MAX, 256), "tile/entries/x018/x446/x744/x073/x709/x551/615");
    }

    #[test]
    fn a_tree_of_70000_has_the_tiles_the_specification_counts() {
        let count = |level: u8, width: u64| {
            Spot::all(70_000).filter(|s| s.level == level && s.width == width).count()
        };
        assert_eq!(
            [count(0, 256), count(0, 112), count(1, 256), count(1, 17), count(2, 1)],
            [273, 1, 1, 1, 1]
        );
        assert_eq!(Spot::all(70_000).count(), 277);
        let tiles: Vec<String> = Spot::all(256).map(Spot::tile_path).collect();
        assert_eq!(tiles, ["tile/0/000", "tile/1/000.p/1"]);
        assert_eq!(Spot::all(0).count(), 0);
    }

    #[test]
    fn a_log_of_300_becomes_these_files_with_this_content() {
        let all = entries(300);
        let (head, stored) = log(&all);
        let entry = |index: u64| Ok(all[index as usize].clone());
        let made: Vec<(String, Vec<u8>)> =
            files(head, &entry, &stored).unwrap().map(Result::unwrap).collect();
        let paths: Vec<&str> = made.iter().map(|(path, _)| path.as_str()).collect();
        let expected =
            ["tile/entries/000", "tile/entries/001.p/44", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"];
        assert_eq!(paths, expected);
        assert_eq!(split_bundle(&made[1].1).unwrap(), &all[256..]);
        assert_eq!(made[2].1.len(), 8_192);
        assert_eq!(made[3].1[32..64], leaf_hash(&all[257]).0);
        assert_eq!(made[4].1, log(&all[..256]).0.root.0);
    }

    #[test]
    fn trouble_with_entries_or_stored_hashes_is_passed_on() {
        let all = entries(3);
        let (head, stored) = log(&all);
        let broken =
            |index| if index == 1 { Err(LedgerError::Storage("gone".to_owned())) } else { Ok(vec![1]) };
        let mut made = files(head, &broken, &stored).unwrap();
        assert_eq!(made.next(), Some(Err(LedgerError::Storage("gone".to_owned()))));
        let long = |_| Ok(vec![0; 65_536]);
        let mut made = files(head, &long, &stored).unwrap();
        assert_eq!(made.next(), Some(Err(LedgerError::EntryTooLong { index: 0, bytes: 65_536 })));
        assert!(files(head, &long, &Vec::new()).is_err());
        assert!(files(Head { size: u64::MAX, ..head }, &long, &stored).is_err());
    }

    #[test]
    fn bundles_with_wrong_lengths_are_refused() {
        assert_eq!(split_bundle(&[0, 1, 7, 0, 0]), Some(vec![&[7_u8][..], &[]]));
        for bad in [&[0_u8][..], &[0, 2, 7], &[255, 255, 1], &[0, 1, 7, 0]] {
            assert_eq!(split_bundle(bad), None, "{bad:?}");
        }
    }
}
