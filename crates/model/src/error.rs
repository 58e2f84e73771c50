//! The one error type of this crate.

use thiserror::Error;

/// What can be wrong with the documents this crate reads.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A text is not the id of a member.
    #[error("`{0}` is no member id: it must be `identity--` and a UUID")]
    MemberId(String),
    /// A text is not a point in time.
    #[error("`{0}` is no time: write it in UTC as 2026-01-31T12:00:00Z")]
    Time(String),
    /// A text is not a date.
    #[error("`{0}` is no date: write it as exactly as it is known, as 1987, 1987-05 or 1987-05-03")]
    Date(String),
    /// The agreement cannot be read or contradicts itself.
    #[error("agreement: {0}")]
    Agreement(String),
    /// A handling names something that this version does not know.
    #[error("handling: {0}")]
    Handling(String),
    /// A vocabulary or a set of criteria is not of its form.
    #[error("vocabulary: {0}")]
    Vocabulary(String),
    /// An envelope is incomplete, or its signature does not fit.
    #[error("envelope: {0}")]
    Envelope(String),
    /// A message between members is not of its form, or its signature does not fit.
    #[error("message: {0}")]
    Message(String),
    /// A key note is not of its form, or its signature does not fit.
    #[error("key note: {0}")]
    KeyNote(String),
    /// A statement that a key follows another is not of its form, or lacks a signature.
    #[error("key that follows another: {0}")]
    Succession(String),
    /// An invitation, or what is said about one, is not of its form, or was altered.
    #[error("invitation: {0}")]
    Invitation(String),
    /// The manifest of a bundle contradicts itself.
    #[error("bundle: {0}")]
    Bundle(String),
    /// A proof of policies is not of its form, or its signature does not fit.
    #[error("proof: {0}")]
    Proof(String),
    /// A key or signature is not of the stated form.
    #[error("key: {0}")]
    Key(String),
    /// A value has no canonical form.
    #[error("no canonical form: {0}")]
    Canonical(String),
}
