//! Recalls in a storm, and what has to be true of them in its end.

use comity_app::AppError;
use comity_app::model::RecordState;
use comity_app::model::recall::HolderState;
use comity_app::recall::{self, Doubt, Filter, How, Reason, RecallScope, RecallView, Refusal, Wish};
use comity_store::StoreError;
use comity_store::tables::recall::{self as rows, RecallRow, TargetRow};

use super::check::{Found, read};
use super::steps::Play;
use super::truth::Named;
use super::{Fault, NODES};

/// Hours until an answer is due.
const HOURS: i64 = 2;

impl Play {
    /// A member takes back, corrects or stops something of its own.
    pub(super) fn recall(&mut self) -> Result<String, AppError> {
        let n = self.any();
        let Some((id, version)) = self.own(n) else { return Ok(format!("node {n} has nothing to recall")) };
        let newest = self.newest(n, &id);
        let scope = match self.dice.below(5) {
            0 | 1 => RecallScope::Withdraw,
            2 | 3 => RecallScope::Restrict,
            _ => RecallScope::Correct,
        };
        let text = if self.dice.chance(50) { id } else { format!("{id}@{version}") };
        let replacement = (scope == RecallScope::Correct).then_some(newest);
        let wish =
            Wish { replacement: replacement.as_deref(), hours: HOURS, ..Wish::new(scope, Reason::Wrong) };
        let station = self.station(n);
        let done = recall::issue(&station.app, &station.operator()?, &text, &wish);
        let done = self.after(n, done)?;
        Ok(format!(
            "node {n} recalls {text}: {}, told {:?}, cannot {:?}",
            scope.name(),
            done.told,
            done.cannot
        ))
    }

    fn newest(&self, n: usize, id: &str) -> String {
        let own = self.truth.own[n].keys().filter(|(known, _): &&Named| known == id);
        own.map(|(_, version)| version.clone()).max().unwrap_or_default()
    }

    /// Any of the recalls that a node made, or that it was told of.
    fn recall_at(&self, n: usize, own: bool) -> Result<Option<RecallView>, AppError> {
        let station = self.station(n);
        let filter = Filter { in_force: true, ..Filter::default() };
        let mut all = recall::overview(&station.app, &station.operator()?, &filter)?;
        all.retain(|one| one.own == own);
        Ok(if all.is_empty() { None } else { Some(all.swap_remove(self.dice.below(all.len()))) })
    }

    /// A member ends a restriction of its own.
    pub(super) fn lift(&mut self) -> Result<String, AppError> {
        let n = self.any();
        let Some(one) = self.recall_at(n, true)? else { return Ok(format!("node {n} has recalled nothing")) };
        let station = self.station(n);
        let done = recall::lift(&station.app, &station.operator()?, &one.recall, Reason::Other, HOURS);
        self.after(n, done)?;
        Ok(format!("node {n} lifts {}", one.recall))
    }

    /// A person decides what becomes of records that were recalled.
    pub(super) fn comply(&mut self) -> Result<String, AppError> {
        let n = self.any();
        let Some(one) = self.recall_at(n, false)? else { return Ok(format!("node {n} knows of no recall")) };
        let how = match self.dice.below(4) {
            0 | 1 => How::Purge,
            2 => How::Hold { ground: "EXERCISE evidence" },
            _ => How::Refuse { reason: Refusal::LegalDuty },
        };
        let station = self.station(n);
        let done = recall::comply(&station.app, &station.operator()?, &one.recall, None, how);
        let done = self.after(n, done)?;
        Ok(format!("node {n} decides {how:?} about {}: {} of {}", one.recall, done.decided, done.of))
    }

    /// A member says that something is the matter with a record of another.
    pub(super) fn dispute(&mut self) -> Result<String, AppError> {
        let n = self.any();
        let Some((by, (id, _), _)) = self.text() else { return Ok("nothing to dispute".into()) };
        let station = self.station(n);
        recall::dispute(&station.app, &station.operator()?, &id, Doubt::Wrong, "EXERCISE doubt")?;
        Ok(format!("node {n} disputes {id} of node {by}"))
    }

    /// What a node knows to be recalled is in use nowhere to where it gave it, or stands as open there. Who was put back may
    /// have forgotten to whom it gave it.
    pub(super) fn recalled(&self, n: usize, found: &Found) -> Result<(), Fault> {
        let station = &self.world.stations[n];
        let recalls = read(station, |tx| {
            let mut all: Vec<(RecallRow, Vec<TargetRow>)> = Vec::new();
            for one in rows::list(tx, true)? {
                let targets = rows::targets(tx, one.message)?;
                all.push((one, targets));
            }
            Ok::<_, StoreError>(all)
        });
        for (one, targets) in recalls.iter().filter(|(one, _)| one.scope != RecallScope::Lift) {
            for target in targets {
                for other in 0..NODES {
                    if self.is_in_use(other, (one, target), (n, found)) && !self.is_listed(n, other, one) {
                        let text = format!(
                            "node {n} knows that {} {} is recalled ({}), and it is in use at node {other}",
                            target.id,
                            target.version,
                            one.scope.name()
                        );
                        return Err(Fault::new("recall", text));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a node uses what is recalled, and has it from this one.
    fn is_in_use(
        &self,
        other: usize,
        (one, target): (&RecallRow, &TargetRow),
        (n, found): (usize, &Found),
    ) -> bool {
        found.records[other].iter().any(|record| {
            record.key.origin == one.origin
                && record.key.id == target.id
                && record.key.version == target.version
                && record.key.digest == target.object
                && record.state == RecordState::Live
                && (other == n || self.came_from(record, n))
        })
    }

    /// Whether the one that gave it says itself that the other has not done what was asked, where the other cannot.
    fn is_listed(&self, n: usize, other: usize, one: &RecallRow) -> bool {
        if other == n {
            return false;
        }
        let [station, holder] = [&self.world.stations[n], &self.world.stations[other]];
        let row = read(station, |tx| rows::holder(tx, one.message, &holder.member));
        let is_done =
            |state| matches!(state, HolderState::Complied | HolderState::Unknown | HolderState::Held);
        let is_open = row.is_some_and(|row| !is_done(row.holder.state));
        let cannot = Some(other) == self.old || Some(other) == self.liar || Some(n) == self.old;
        (cannot && is_open) || Some(n) == self.old || self.was_put_back(n)
    }
}
