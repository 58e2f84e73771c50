//! What was erased is brought again, by whoever still has its bytes on a disk.

use comity_app::AppError;
use comity_store::tables::tombstone;

use super::check::read;
use super::steps::Play;

impl Play {
    /// A person imports a text of which the node holds a tombstone.
    pub(super) fn bring_back(&mut self) -> Result<String, AppError> {
        let n = self.any();
        if self.station(n).is_dead() {
            return Ok(format!("node {n} is down"));
        }
        let mut stones = read(self.station(n), tombstone::list);
        stones.retain(|stone| self.written(&stone.id, &stone.version).is_some());
        if stones.is_empty() {
            return Ok(format!("node {n} erased nothing"));
        }
        let stone = stones.swap_remove(self.dice.below(stones.len()));
        let Some(text) = self.written(&stone.id, &stone.version) else { return Ok("nothing".to_owned()) };
        let stated = self.stated();
        let done = self.import(n, &text, &stated);
        Ok(format!("node {n} imports {} {} again, which it erased: {}", stone.id, stone.version, done?))
    }
}
