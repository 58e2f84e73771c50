//! Storms over a federation: eight nodes in one process, with clocks that do not agree, a network that loses, repeats,
//! delays and cuts, processes that die between two transactions, nodes that are put back to a backup, one of an older
//! program and one that lies. Then the weather calms, everything that is left is said, and checkers look at what stands.
//!
//! All of it follows from one seed. A [`Failure`] names it, and `COMITY_STORM=seed` runs that storm again and tells what
//! happens.

mod check;
mod clock;
mod liar;
mod oracle;
mod recalls;
mod returns;
mod settle;
mod steps;
mod truth;
mod warnings;
mod weather;
mod world;

use std::fmt;

use comity_app::stix::Tlp;

use self::steps::Play;

/// Nodes in a storm.
pub const NODES: usize = 8;
/// Events that a failure tells.
const TOLD: usize = 40;
/// What stands in a marked part of a record, by the level of the part.
const MARKED: [(Tlp, &str); 2] = [(Tlp::Amber, "EXERCISE marked amber"), (Tlp::Red, "EXERCISE marked red")];

/// A storm to be run.
#[derive(Clone, Copy, Debug)]
pub struct Storm {
    /// What everything follows from.
    pub seed: u64,
    /// Things that happen before the weather calms.
    pub steps: usize,
    /// Whether to tell each event on standard error.
    pub trace: bool,
}

/// What a storm was.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Every event, a line each.
    pub events: Vec<String>,
    /// Rounds until nothing changed any more.
    pub rounds: usize,
    /// Records that nodes hold of others in the end.
    pub copies: usize,
    /// Pages that left with something on them.
    pub pages: usize,
    /// Receipts that stand.
    pub receipts: usize,
    /// Alarms about ledgers that stand.
    pub alarms: usize,
    /// Records that were passed on for a danger to life.
    pub warnings: usize,
}

/// What a checker found.
struct Fault {
    checker: &'static str,
    text: String,
}

impl Fault {
    fn new(checker: &'static str, text: impl Into<String>) -> Self {
        Self { checker, text: text.into() }
    }
}

/// A storm in which a checker found something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The seed of the storm.
    pub seed: u64,
    /// How many steps had been made.
    pub step: usize,
    /// Which checker it was.
    pub checker: &'static str,
    /// What it found.
    pub text: String,
    /// The last events before.
    pub events: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, step, checker, text, events } = self;
        writeln!(f, "{checker}, storm {seed}, step {step}: {text}")?;
        for event in events {
            writeln!(f, "  {event}")?;
        }
        write!(f, "COMITY_STORM={seed} runs it again")
    }
}

/// Runs a storm and checks what stands in its end.
///
/// # Errors
/// What a checker found.
pub fn run(storm: &Storm) -> Result<Summary, Failure> {
    let mut play = Play::new(storm);
    let done = play.run(storm.steps);
    let Play { events, summary, step, .. } = play;
    match done {
        Ok(()) => Ok(Summary { events, ..summary }),
        Err(Fault { checker, text }) => {
            let events = events.iter().skip(events.len().saturating_sub(TOLD)).cloned().collect();
            Err(Failure { seed: storm.seed, step, checker, text, events })
        }
    }
}
