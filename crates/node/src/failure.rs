//! Why a command ended without doing its work, and the exit code that says so.

use std::fmt;
use std::path::Path;

use comity_app::error::AppError;

/// Exit code when the answer is no, or something was refused.
pub const REFUSED: u8 = 1;
/// Exit code when the command line is wrong.
pub const USAGE: u8 = 2;
/// Exit code when the environment is: home, disk, database, network.
pub const ENVIRONMENT: u8 = 3;

/// A failed command: its exit code, and one line of the form `what; where; what to do`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Exit code of the process.
    pub code: u8,
    /// The one line, without `error: `.
    pub message: String,
}

impl Failure {
    /// Something was refused.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { code: REFUSED, message: message.into() }
    }

    /// The command line asks for something that cannot be.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: USAGE, message: message.into() }
    }

    /// The environment does not allow it.
    pub fn environment(message: impl Into<String>) -> Self {
        Self { code: ENVIRONMENT, message: message.into() }
    }

    /// A file or folder could not be read or written.
    pub fn file(what: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::environment(format!("{what}; {}; {}", path.display(), advice(error)))
    }
}

impl fmt::Display for Failure {
    /// One line, whatever the causes contain.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line =
            self.message.lines().map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        write!(f, "error: {}", crate::output::visible(&line))
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let message = error.to_string();
        match error {
            AppError::Busy(_) | AppError::Environment(_) | AppError::Internal(_) => {
                Self::environment(message)
            }
            _ => Self::refused(message),
        }
    }
}

/// What to do about an operating system's error.
fn advice(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "it does not exist; check the path".to_owned(),
        ErrorKind::PermissionDenied => "permission is denied; run as its owner or change its mode".to_owned(),
        ErrorKind::AlreadyExists => "it exists already; name another one".to_owned(),
        ErrorKind::IsADirectory => "it is a folder; name a file".to_owned(),
        ErrorKind::StorageFull => "the disk is full; make room and try again".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_without_control_characters() {
        let failure = Failure::refused("first\n  second\u{1b}[2J\n\nthird");
        assert_eq!(failure.to_string(), "error: first second\\u{1b}[2J third");
    }

    #[test]
    fn a_missing_file_is_the_environments_fault_and_is_named() {
        let error = std::io::Error::from(std::io::ErrorKind::NotFound);
        let failure = Failure::file("the bundle cannot be read", Path::new("a.json"), &error);
        assert_eq!(failure.code, ENVIRONMENT);
        assert_eq!(failure.message, "the bundle cannot be read; a.json; it does not exist; check the path");
    }
}
