//! After the storm: the weather calms, everybody is back, and everything that is left is said until nothing changes.

use comity_app::{AppError, tick};
use comity_store::StoreError;
use comity_store::tables::{journal, outbox, witness};

use super::steps::Play;
use super::world::{Station, edges};
use super::{Fault, NODES};

/// Most rounds until nothing changes.
const ROUNDS: usize = 60;

/// Kinds of leaves after which nobody has anything new to fetch.
const PASSIVE: [&str; 5] =
    ["records.delivered", "receipt.received", "checkpoint.cosigned", "keys.learnt", "exchange.behind"];

/// How much a node did after which others may have something to fetch from it.
fn content(station: &Station) -> usize {
    let is_passive = |leaf: &Vec<u8>| {
        let text = String::from_utf8_lossy(leaf);
        PASSIVE.iter().any(|kind| text.contains(kind))
    };
    let leaves = station.reader.read("sim.content", |tx| journal::leaves(tx, 0, i64::MAX)).unwrap();
    leaves.iter().filter(|leaf| !is_passive(leaf)).count()
}

/// What a node knows of the mail with another, whom it can trust or not, and whether something is open that only a later
/// meeting can tell: whether a ledger went back, and what a message says that is dated ahead.
fn mail(station: &Station, other: &Station, is_honest: bool) -> (i64, i64, bool) {
    let log = other.log();
    let read = station.reader.read("sim.mail", |tx| {
        let mailbox = outbox::mailbox(tx, &other.member)?;
        let left = outbox::left(tx, &other.member, mailbox.told_n)?;
        let waiting = outbox::waiting(tx, &other.member, 1)?;
        let is_alarmed = !witness::evidence(tx, Some(&log), "open")?.is_empty();
        let is_suspected = !is_alarmed && !witness::evidence(tx, Some(&log), "suspected")?.is_empty();
        // What a liar brought in the name of others may wait for ever for a key that does not exist.
        let is_open = left != 0 || (is_honest && !waiting.is_empty()) || is_suspected;
        Ok::<_, StoreError>((mailbox.told_n, mailbox.have_n, is_open))
    });
    read.unwrap()
}

/// What a node that was put back does not do is no fault: it does it when it has caught up.
fn unless_behind(done: Result<(), AppError>) -> Result<(), AppError> {
    match done {
        Err(AppError::NotNow(_)) => Ok(()),
        other => other,
    }
}

impl Play {
    pub(super) fn settle(&mut self) -> Result<(), Fault> {
        self.calm();
        for n in 0..NODES {
            if self.world.stations[n].is_dead() {
                self.reopen(n);
            }
            self.world.stations[n].lives_on();
        }
        self.world.agreement.version += 1;
        for member in &mut self.world.agreement.members {
            member.active = true;
        }
        let told = |error: AppError| Fault::new("soundness", error.to_string());
        self.last_lies().map_err(told)?;
        self.truth.judge(&self.world, self.liar)?;
        for n in 0..NODES {
            unless_behind(self.agree(n)).map_err(told)?;
        }
        // Every date has passed then.
        self.world.clock.advance_seconds(4 * 3_600);
        let edges = edges(NODES);
        let mut met: Vec<Option<usize>> = vec![None; edges.len()];
        for round in 1..=ROUNDS {
            self.world.clock.advance_seconds(180);
            for n in (0..NODES).filter(|_| round == 1) {
                unless_behind(tick::run(&self.world.stations[n].app).map(drop)).map_err(told)?;
                self.truth.look(&self.world.stations[n]);
            }
            let mut is_quiet = true;
            for n in 0..NODES {
                if self.hears(n) {
                    is_quiet &= Some(n) == self.liar;
                    let done = self.world.stations[n].hear(&self.world.mesh).map_err(told)?;
                    // What it could not do before.
                    unless_behind(self.agree(n)).map_err(told)?;
                    self.truth.look(&self.world.stations[n]);
                    self.truth.judge(&self.world, self.liar)?;
                    self.tell(format!("round {round}: node {n} catches up: {done}"));
                }
            }
            for (edge, slot) in edges.iter().zip(&mut met) {
                let now = content(&self.world.stations[edge.1]);
                if *slot == Some(now) && !self.is_open(*edge) {
                    continue;
                }
                is_quiet = false;
                let done = self.pull_over(edge.0, edge.1).map_err(told)?;
                self.truth.judge(&self.world, self.liar)?;
                self.tell(format!("round {round}: node {} pulls from {}: {done}", edge.0, edge.1));
                *slot = Some(now);
            }
            if is_quiet && (0..NODES).all(|n| Some(n) == self.liar || !self.hears(n)) {
                self.summary.rounds = round;
                return Ok(());
            }
        }
        let open: Vec<String> = edges
            .iter()
            .filter(|edge| self.is_open(**edge))
            .map(|&(a, b)| {
                let [one, other] = [&self.world.stations[a], &self.world.stations[b]];
                let [here, there] =
                    [mail(one, other, self.is_honest(b)), mail(other, one, self.is_honest(a))];
                format!("{a} with {b}: {here:?} and {there:?}")
            })
            .collect();
        Err(Fault::new("convergence", format!("something changes still after {ROUNDS} rounds: {open:?}")))
    }

    /// The liar, if there is one, is met once more over good links; then its node keeps to the rules.
    fn last_lies(&mut self) -> Result<(), AppError> {
        let liar = self.liar;
        for (from, to) in edges(NODES) {
            for _ in (0..2).filter(|_| liar == Some(from) || liar == Some(to)) {
                let done = self.pull_over(from, to)?;
                self.tell(format!("before the liar gives up, node {from} pulls from {to}: {done}"));
            }
        }
        self.world.mesh.confess();
        Ok(())
    }

    /// Whether two nodes have something to say to each other still.
    fn is_open(&self, (a, b): (usize, usize)) -> bool {
        if Some(a) == self.old || Some(b) == self.old {
            return false;
        }
        let [one, other] = [&self.world.stations[a], &self.world.stations[b]];
        let [here, there] = [mail(one, other, self.is_honest(b)), mail(other, one, self.is_honest(a))];
        here.2 || there.2 || here.0 != there.1 || here.1 != there.0
    }
}
