//! A progress bar on a terminal, and nothing elsewhere.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressStyle};

/// Shows how far a long command is, on standard error, when that is a terminal.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar named `what`; `total` is unknown at first.
    pub fn start(what: &str) -> Self {
        if !io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::no_length().with_message(what.to_owned());
        let style =
            ProgressStyle::with_template("{msg}  {wide_bar}  {human_pos}/{human_len}  {per_sec}  {eta}");
        Self(Some(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }))
    }

    /// `done` of `total` are through; no total when it is not known.
    pub fn set(&self, done: u64, total: Option<u64>) {
        let Some(bar) = &self.0 else { return };
        if let Some(total) = total {
            bar.set_length(total);
        }
        bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
