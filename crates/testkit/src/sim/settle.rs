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

/// How far a node is: what it did, and what it has said and heard.
#[derive(Clone, PartialEq, Eq)]
struct Mark {
    leaves: usize,
    numbers: Vec<(i64, i64)>,
    /// What only a later meeting can tell: whether a ledger went back, and what a message says that is dated ahead.
    open: usize,
}

fn mark(station: &Station) -> Mark {
    let read = station.reader.read("sim.mark", |tx| {
        let mut open = witness::evidence(tx, None, "suspected")?.len();
        let mut numbers = Vec::new();
        for one in outbox::mailboxes(tx)? {
            open += outbox::waiting(tx, &one.member, 1)?.len();
            numbers.push((one.have_n, one.told_n));
        }
        let is_passive = |leaf: &Vec<u8>| {
            let text = String::from_utf8_lossy(leaf);
            PASSIVE.iter().any(|kind| text.contains(kind))
        };
        let leaves = journal::leaves(tx, 0, i64::MAX)?.iter().filter(|leaf| !is_passive(leaf)).count();
        Ok::<_, StoreError>(Mark { leaves, numbers, open })
    });
    read.unwrap()
}

impl Play {
    pub(super) fn settle(&mut self) -> Result<(), Fault> {
        self.quiet();
        for n in 0..NODES {
            self.reopen(n);
        }
        self.world.agreement.version += 1;
        for member in &mut self.world.agreement.members {
            member.active = true;
        }
        let told = |error: AppError| Fault::new("soundness", error.to_string());
        for n in 0..NODES {
            self.agree(n).map_err(told)?;
        }
        // Every date has passed then.
        self.world.clock.advance_seconds(4 * 3_600);
        let edges = edges(NODES);
        let mut met: Vec<Option<(Mark, Mark)>> = vec![None; edges.len()];
        for round in 1..=ROUNDS {
            self.world.clock.advance_seconds(180);
            for n in (0..NODES).filter(|_| round == 1) {
                tick::run(&self.world.stations[n].app).map_err(told)?;
                self.truth.look(&self.world.stations[n]);
            }
            let mut is_quiet = true;
            for (edge, slot) in edges.iter().zip(&mut met) {
                let now = self.marks(*edge);
                if slot.as_ref() == Some(&now) && now.0.open + now.1.open == 0 {
                    continue;
                }
                is_quiet = false;
                let done = self.pull_over(edge.0, edge.1).map_err(told)?;
                self.truth.judge(&self.world, self.liar)?;
                self.tell(format!("round {round}: node {} pulls from {}: {done}", edge.0, edge.1));
                *slot = Some(self.marks(*edge));
            }
            if is_quiet {
                self.summary.rounds = round;
                return Ok(());
            }
        }
        Err(Fault::new("convergence", format!("something changes still after {ROUNDS} rounds")))
    }

    fn marks(&self, (from, to): (usize, usize)) -> (Mark, Mark) {
        (mark(&self.world.stations[from]), mark(&self.world.stations[to]))
    }
}
