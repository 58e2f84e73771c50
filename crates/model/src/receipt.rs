//! Receipts: what a member says, under its signature, about a page of records that it got from another.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ModelError;
use crate::message::Body;
use crate::stix::Digest;

/// Most records in one receipt.
pub const RECEIPT_RECORDS_MAX: usize = 1_000;

/// Why a record was not taken, as it is told to whoever sent it. The sentence that goes with it stays at home: it may
/// name persons.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotTaken {
    /// It is no object of the standard, or not the one that its envelope speaks of.
    Invalid,
    /// It came without an envelope.
    NoEnvelope,
    /// The signature of its envelope does not fit.
    BadSignature,
    /// Its envelope is signed with a key that the agreement does not know.
    UnknownKey,
    /// Nothing shows that it is its originator's.
    NotGenuine,
    /// Its envelope allows more than the markings in its bytes.
    WiderThanMarking,
    /// A newer statement of its originator is held.
    Older,
    /// It was withdrawn.
    Withdrawn,
    /// Its originator recalled it.
    Recalled,
    /// It was erased there.
    Erased,
    /// It is quarantined there.
    Quarantined,
    /// Information of this kind is not processed there.
    NotProcessed,
    /// Something else is held under its name.
    Conflict,
    /// None of these.
    Other,
}

impl NotTaken {
    /// Every reason.
    pub const ALL: [Self; 14] = [
        Self::Invalid,
        Self::NoEnvelope,
        Self::BadSignature,
        Self::UnknownKey,
        Self::NotGenuine,
        Self::WiderThanMarking,
        Self::Older,
        Self::Withdrawn,
        Self::Recalled,
        Self::Erased,
        Self::Quarantined,
        Self::NotProcessed,
        Self::Conflict,
        Self::Other,
    ];

    /// Its word, as it is sent.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NoEnvelope => "no-envelope",
            Self::BadSignature => "bad-signature",
            Self::UnknownKey => "unknown-key",
            Self::NotGenuine => "not-genuine",
            Self::WiderThanMarking => "wider-than-marking",
            Self::Older => "older",
            Self::Withdrawn => "withdrawn",
            Self::Recalled => "recalled",
            Self::Erased => "erased",
            Self::Quarantined => "quarantined",
            Self::NotProcessed => "not-processed",
            Self::Conflict => "conflict",
            Self::Other => "other",
        }
    }
}

/// A record that was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Digest of what was served.
    pub served: Digest,
    /// Why it was not taken.
    pub reason: NotTaken,
}

/// What came of one page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Digests of what was served and is here now.
    got: Vec<Digest>,
    /// What was served and not taken.
    refused: Vec<Refused>,
}

impl Body for Receipt {
    const KIND: &'static str = "receipt";
}

impl Receipt {
    /// Receipts over what was served, each of at most [`RECEIPT_RECORDS_MAX`] records; none when nothing was.
    #[must_use]
    pub fn over(served: &BTreeMap<Digest, Option<NotTaken>>) -> Vec<Self> {
        let all: Vec<(Digest, Option<NotTaken>)> = served.iter().map(|(one, why)| (*one, *why)).collect();
        let of = |part: &[(Digest, Option<NotTaken>)]| Self {
            got: part.iter().filter(|(_, why)| why.is_none()).map(|(one, _)| *one).collect(),
            refused: part
                .iter()
                .filter_map(|(served, why)| why.map(|reason| Refused { served: *served, reason }))
                .collect(),
        };
        all.chunks(RECEIPT_RECORDS_MAX).map(of).collect()
    }

    /// Checks what was read: not empty, not too long, sorted, and no digest twice.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn checked(self) -> Result<Self, ModelError> {
        let fault = |text: String| Err(ModelError::Message(format!("receipt: {text}")));
        let count = self.got.len().saturating_add(self.refused.len());
        if count == 0 || count > RECEIPT_RECORDS_MAX {
            return fault(format!("it names {count} records; 1 to {RECEIPT_RECORDS_MAX} are expected"));
        }
        let refused: Vec<Digest> = self.refused.iter().map(|one| one.served).collect();
        if !self.got.is_sorted() || !refused.is_sorted() {
            return fault("its digests are not sorted".into());
        }
        let once: BTreeSet<&Digest> = self.got.iter().chain(&refused).collect();
        if once.len() != count {
            return fault("it names a digest twice".into());
        }
        Ok(self)
    }

    /// Digests of what was served and taken.
    #[must_use]
    pub fn got(&self) -> &[Digest] {
        &self.got
    }

    /// What was served and not taken.
    #[must_use]
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// Everything that it names, each with why it was not taken, if so.
    pub fn all(&self) -> impl Iterator<Item = (Digest, Option<NotTaken>)> {
        let got = self.got.iter().map(|one| (*one, None));
        got.chain(self.refused.iter().map(|one| (one.served, Some(one.reason))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: usize) -> Digest {
        Digest::of(&number.to_be_bytes())
    }

    fn read(text: &str) -> Result<Receipt, String> {
        let read: Receipt = serde_json::from_str(text).map_err(|error| error.to_string())?;
        read.checked().map_err(|error| error.to_string())
    }

    #[test]
    fn a_page_of_any_size_is_told_in_receipts_that_hold() {
        assert!(Receipt::over(&BTreeMap::new()).is_empty());
        let why = |number: usize| number.is_multiple_of(3).then_some(NotTaken::Older);
        let served: BTreeMap<_, _> = (0..1_001).map(|number| (digest(number), why(number))).collect();
        let receipts = Receipt::over(&served);
        assert_eq!(receipts.len(), 2);
        let told: BTreeMap<_, _> = receipts.iter().flat_map(Receipt::all).collect();
        assert_eq!(told, served);
        for receipt in receipts {
            assert_eq!(read(&serde_json::to_string(&receipt).unwrap()).unwrap(), receipt);
        }
    }

    #[test]
    fn a_receipt_that_is_not_of_its_form_is_refused() {
        let mut two = [digest(1), digest(2)];
        two.sort();
        let [low, high] = two.map(|one| one.to_string());
        for (text, why) in [
            (r#"{"got":[],"refused":[]}"#.to_owned(), "it names 0 records"),
            (format!(r#"{{"got":["{high}","{low}"],"refused":[]}}"#), "not sorted"),
            (format!(r#"{{"got":["{low}","{low}"],"refused":[]}}"#), "twice"),
            (format!(r#"{{"got":["{low}"],"refused":[{{"served":"{low}","reason":"older"}}]}}"#), "twice"),
            (
                format!(r#"{{"got":[],"refused":[{{"served":"{low}","reason":"EXERCISE"}}]}}"#),
                "unknown variant",
            ),
            (
                format!(r#"{{"got":[],"refused":[{{"served":"{low}","reason":"older","text":"x"}}]}}"#),
                "unknown field",
            ),
            (format!(r#"{{"got":["{low}"]}}"#), "missing field"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        let mut many: Vec<Digest> = (0..1_001).map(digest).collect();
        many.sort();
        let text = serde_json::json!({"got": many, "refused": []}).to_string();
        assert!(read(&text).unwrap_err().contains("it names 1001 records"));
    }

    #[test]
    fn a_reason_is_written_as_its_word() {
        for one in NotTaken::ALL {
            assert_eq!(serde_json::to_value(one).unwrap(), one.code());
        }
    }
}
