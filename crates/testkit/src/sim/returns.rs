//! What was erased is brought again, by whoever still has its bytes on a disk.

use comity_app::AppError;
use comity_store::tables::tombstone::{self, Tombstone};

use super::NODES;
use super::check::read;
use super::steps::Play;

impl Play {
    /// A person imports a text of which the node holds a tombstone.
    pub(super) fn bring_back(&mut self) -> Result<String, AppError> {
        // Few nodes erased anything of others: one of those. What is a node's own is known there by its record.
        let mut found: Vec<(usize, Vec<Tombstone>)> = Vec::new();
        for n in (0..NODES).filter(|n| !self.station(*n).is_dead()) {
            let mut stones = read(self.station(n), tombstone::list);
            let own = &self.station(n).member;
            let is_foreign = |stone: &Tombstone| &stone.origin != own;
            stones.retain(|stone| is_foreign(stone) && self.written(&stone.id, &stone.version).is_some());
            if !stones.is_empty() {
                found.push((n, stones));
            }
        }
        if found.is_empty() {
            return Ok("nobody erased anything".to_owned());
        }
        let (n, mut stones) = found.swap_remove(self.dice.below(found.len()));
        let stone = stones.swap_remove(self.dice.below(stones.len()));
        let Some(text) = self.written(&stone.id, &stone.version) else { return Ok("nothing".to_owned()) };
        let stated = self.stated();
        let done = self.import(n, &text, &stated);
        Ok(format!("node {n} imports {} {} again, which it erased: {}", stone.id, stone.version, done?))
    }
}
