//! The one error type of this crate. A denial is no error: it is a [`crate::Decision`].

use thiserror::Error;

/// What can be wrong with rules, with an agreement, or with an object that is to be redacted.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The text of the local rules is larger than is read.
    #[error("local rules: {found_bytes} bytes, at most {max_bytes} are read; remove rules")]
    TooLarge {
        /// Size of the text, in bytes.
        found_bytes: usize,
        /// Largest size, in bytes.
        max_bytes: usize,
    },
    /// The text is no Cedar policy.
    #[error("local rules, line {line}, column {column}: {message}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A rule does not fit the schema: it uses what does not exist, or compares what cannot be compared.
    #[error("local rules, line {line}, column {column}, rule {rule}: {message}")]
    Invalid {
        /// Name of the rule.
        rule: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A name cannot be given to a local rule.
    #[error("local rules, rule {rule}: {message}")]
    Name {
        /// Name of the rule.
        rule: String,
        /// What is wrong.
        message: String,
    },
    /// The guards or the schema that ship do not load. It cannot happen in a program that passed its tests.
    #[error("shipped rules: {0}")]
    Shipped(String),
    /// Something cannot be put before the rules.
    #[error("{what} cannot be put before the rules: {message}")]
    Entity {
        /// The thing.
        what: String,
        /// Why.
        message: String,
    },
    /// The bytes to redact are no object.
    #[error("object to redact: {0}")]
    Object(String),
}

impl PolicyError {
    /// Line and column of the fault in the text that was refused, both from 1; for a name that cannot be given, where
    /// the text last gives it. None where the fault has no place.
    pub fn place_in(&self, text: &str) -> Option<(usize, usize)> {
        match self {
            Self::Syntax { line, column, .. } | Self::Invalid { line, column, .. } => Some((*line, *column)),
            Self::Name { rule, .. } => {
                let name = rule.trim_matches('`');
                text.rfind(&format!("\"{name}\"")).map(|offset| crate::syntax::place_of(text, offset))
            }
            _ => None,
        }
    }

    /// What is wrong, without its place.
    pub fn what(&self) -> String {
        match self {
            Self::Syntax { message, .. } => message.clone(),
            Self::Invalid { rule, message, .. } | Self::Name { rule, message } => {
                format!("rule {rule}: {message}")
            }
            other => other.to_string(),
        }
    }
}
