//! Why something is not taken: a sentence for one's own people, and a code for whoever sent it.

use comity_model::NotTaken;

/// Why something is not taken. The text may name persons and dates and stays here; the code goes out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Why {
    pub(crate) code: NotTaken,
    pub(crate) text: String,
}

impl Why {
    pub(crate) fn new(code: NotTaken, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// For what is not as it must be.
    pub(crate) fn invalid(text: impl ToString) -> Self {
        Self::new(NotTaken::Invalid, text.to_string())
    }
}

impl From<&str> for Why {
    fn from(text: &str) -> Self {
        Self::new(NotTaken::Other, text)
    }
}

impl From<String> for Why {
    fn from(text: String) -> Self {
        Self::new(NotTaken::Other, text)
    }
}
