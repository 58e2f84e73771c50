//! The log: lines for people or JSON, on standard error. Standard output is for answers.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::cli::LogForm;
use crate::failure::Failure;

/// Starts the log for this process.
///
/// # Errors
/// Exit code 2 when the filter cannot be read.
pub fn start(form: LogForm, filter: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::usage(format!(
            "the log filter cannot be read; `{filter}`: {error}; write a level such as `info`"
        ))
    })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match form {
        LogForm::Text => log.with_ansi(false).try_init(),
        LogForm::Json => log.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| Failure::environment(format!("the log cannot start; {error}")))
}
