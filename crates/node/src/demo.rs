//! `comity demo`: four nodes in one folder that exchange real records before the reader's eyes.
//!
//! Every line that is printed is read from the nodes after the fact; nothing is told that did not happen. What does
//! not come out as it should is marked and makes the exit code 1.

mod child;
mod council;
mod followed;
mod kinds;
mod parts;
mod people;
mod recall;
mod script;
mod stage;

use std::path::PathBuf;

use crate::failure::Failure;
use crate::output::Answer;

use parts::Report;
use stage::Stage;

/// How the demonstration is to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder for the four homes.
    pub folder: PathBuf,
    /// End after the report instead of serving on.
    pub once: bool,
    /// Only remove what an earlier run left.
    pub reset: bool,
    /// First of four ports; free ones when none is named.
    pub first_port: Option<u16>,
}

/// Runs the demonstration.
///
/// # Errors
/// Exit code 3 when the folder is not the demonstration's own, or a node cannot be made or started; exit code 1 when
/// an expectation failed.
pub fn run(options: &Options) -> Result<Answer, Failure> {
    stage::clear(&options.folder)?;
    if options.reset {
        return Ok(Answer::nothing());
    }
    let mut stage = Stage::build(options)?;
    let mut report = Report::new();
    parts::opening(&mut report, &stage);
    parts::preview_and_arrival(&mut report, &mut stage)?;
    parts::why_not(&mut report, &stage)?;
    parts::exchanged(&mut report, &stage)?;
    followed::followed(&mut report, &stage)?;
    parts::late(&mut report, &stage)?;
    council::claims(&mut report, &stage)?;
    kinds::kinds(&mut report, &stage)?;
    recall::taken_back(&mut report, &mut stage)?;
    parts::ledgers(&mut report, &stage)?;
    parts::further(&mut report, &stage, options.once)?;
    let failed = report.end();
    if !options.once {
        stage.wait()?;
    }
    stage.stop();
    Ok(Answer::nothing().refused_if(failed > 0))
}
