//! Consent to pass a record on: what the member that holds it asks of its originator, and what the originator answers. And
//! what is said when it passes the record on without asking, because a life is in danger at once.
//!
//! An answer allows nothing by itself. What a yes allows stands in the record's next envelope, which its originator signs.

use serde::{Deserialize, Serialize};

use crate::message::Body;
use crate::recall::{TEXT_CHARS_MAX, Target};
use crate::stix::Digest;
use crate::{MemberId, Message, Micros, ModelError, SignedMessage};

/// Longest time in which an answer can be expected, in days.
pub const ASKED_DAYS_MAX: i64 = 90;
/// Longest name of a purpose, in bytes.
const PURPOSE_BYTES_MAX: usize = 128;
const DAY_SECONDS: i64 = 86_400;

fn wrong(why: impl Into<String>) -> ModelError {
    ModelError::Message(why.into())
}

/// Plain text with something in it.
fn text(place: &str, text: &str) -> Result<(), ModelError> {
    let is_plain = |c: char| c == '\n' || !c.is_control();
    let fits = text.chars().nth(TEXT_CHARS_MAX).is_none() && text.chars().all(is_plain);
    if text.trim().is_empty() || !fits {
        return Err(wrong(format!("`{place}` must be plain text of 1 to {TEXT_CHARS_MAX} characters")));
    }
    Ok(())
}

/// A member asks whether it may give a record of another to a third.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnwardAsk {
    /// Which version of which record.
    pub target: Target,
    /// Who answers: the originator of the record, or the member that hosts it. Whoever else gets the question has passed the
    /// record to the one who asks, and is told.
    pub decides: MemberId,
    /// To whom the record would go.
    pub third: MemberId,
    /// For which purpose, of the agreement.
    pub purpose: String,
    /// Why, and how serious the matter is.
    pub reason: String,
    /// How what is personal in it would be protected there.
    pub protection: String,
    /// Until when an answer counts. Silence is a no.
    pub due: Micros,
}

impl Body for OnwardAsk {
    const KIND: &'static str = "onward-ask";
}

impl OnwardAsk {
    /// Reads and checks a question.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn read(signed: &SignedMessage) -> Result<Self, ModelError> {
        signed.read::<Self>()?.checked(&signed.message)
    }

    /// Checks what was read against the frame in which it was said.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn checked(self, said: &Message) -> Result<Self, ModelError> {
        if said.to.is_none() {
            return Err(wrong("a question is for one member: `to` must name it"));
        }
        if self.target.revision.is_some() {
            return Err(wrong("`revision` is said of records that are narrowed only"));
        }
        if self.third == said.from || self.third == self.decides {
            return Err(wrong("`third` must be another member than who asks and who answers"));
        }
        if self.purpose.is_empty() || self.purpose.len() > PURPOSE_BYTES_MAX {
            return Err(wrong("`purpose` must name a purpose of the agreement"));
        }
        text("reason", &self.reason)?;
        text("protection", &self.protection)?;
        if self.due <= said.at || self.due > said.at.plus_seconds(ASKED_DAYS_MAX * DAY_SECONDS) {
            return Err(wrong(format!("`due` must lie within {ASKED_DAYS_MAX} days behind the question")));
        }
        Ok(self)
    }
}

/// What the originator says to that.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnwardAnswer {
    /// Digest of the signed question.
    pub ask: Digest,
    /// Whether the record may be given to that member for that purpose.
    pub yes: bool,
    /// The conditions of a yes, which bind whoever passes it on and whoever gets it; the reason of a no.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
}

impl Body for OnwardAnswer {
    const KIND: &'static str = "onward-answer";
}

impl OnwardAnswer {
    /// Reads and checks an answer.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn read(signed: &SignedMessage) -> Result<Self, ModelError> {
        signed.read::<Self>()?.checked(&signed.message)
    }

    /// Checks what was read against the frame in which it was said.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn checked(self, said: &Message) -> Result<Self, ModelError> {
        if said.to.is_none() {
            return Err(wrong("an answer is for who asked: `to` must name it"));
        }
        if !self.yes || !self.words.is_empty() {
            text("words", &self.words)?;
        }
        Ok(self)
    }
}

/// A member gives a record of another to a third, because a life is in danger at once: what it says to the third. The
/// record travels beside it and is no part of what is kept as a message, so that an erasure takes it everywhere.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnwardDanger {
    /// Which version of which record.
    pub target: Target,
    /// The originator of the record.
    pub origin: MemberId,
    /// For which purpose, of the agreement.
    pub purpose: String,
    /// Legal basis, of the agreement; empty when none is stated.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub basis: String,
    /// Whose life is in danger and why there is no time to ask.
    pub danger: String,
}

impl Body for OnwardDanger {
    const KIND: &'static str = "onward-danger";
}

impl OnwardDanger {
    /// Reads and checks a warning.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn read(signed: &SignedMessage) -> Result<Self, ModelError> {
        signed.read::<Self>()?.checked(&signed.message)
    }

    /// Checks what was read against the frame in which it was said.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn checked(self, said: &Message) -> Result<Self, ModelError> {
        if said.to.as_ref().is_none_or(|to| to == &self.origin) {
            return Err(wrong("a warning is for a third member: `to` must name it"));
        }
        if said.from == self.origin {
            return Err(wrong("`origin` must be another member than who warns"));
        }
        warning(&self.target, &self.purpose, &self.danger)?;
        if self.basis.len() > PURPOSE_BYTES_MAX {
            return Err(wrong("`basis` must name a legal basis of the agreement"));
        }
        Ok(self)
    }
}

/// What the originator is told about that, at once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnwardTold {
    /// Which version of which record.
    pub target: Target,
    /// To whom it went.
    pub third: MemberId,
    /// For which purpose, of the agreement.
    pub purpose: String,
    /// Whose life is in danger and why there was no time to ask.
    pub danger: String,
}

impl Body for OnwardTold {
    const KIND: &'static str = "onward-told";
}

impl OnwardTold {
    /// Reads and checks what is told.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn read(signed: &SignedMessage) -> Result<Self, ModelError> {
        signed.read::<Self>()?.checked(&signed.message)
    }

    /// Checks what was read against the frame in which it was said.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn checked(self, said: &Message) -> Result<Self, ModelError> {
        if said.to.is_none() {
            return Err(wrong("an originator is told: `to` must name it"));
        }
        if self.third == said.from || said.to.as_ref() == Some(&self.third) {
            return Err(wrong("`third` must be another member than who tells and who is told"));
        }
        warning(&self.target, &self.purpose, &self.danger)?;
        Ok(self)
    }
}

/// What both say alike.
fn warning(target: &Target, purpose: &str, danger: &str) -> Result<(), ModelError> {
    if target.revision.is_some() {
        return Err(wrong("`revision` is said of records that are narrowed only"));
    }
    if purpose.is_empty() || purpose.len() > PURPOSE_BYTES_MAX {
        return Err(wrong("`purpose` must name a purpose of the agreement"));
    }
    text("danger", danger)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(n: u8) -> MemberId {
        format!("identity--00000000-0000-4000-8000-00000000000{n}").parse().unwrap()
    }

    fn ask() -> OnwardAsk {
        OnwardAsk {
            target: Target {
                id: "note--00000000-0000-4000-8000-000000000001".parse().unwrap(),
                version: "2026-01-01T00:00:00.000Z".parse().unwrap(),
                object: Digest::of(b"EXERCISE"),
                revision: None,
            },
            decides: member(1),
            third: member(3),
            purpose: "border-security".into(),
            reason: "EXERCISE: a crossing is expected.".into(),
            protection: "EXERCISE: their law is as ours.".into(),
            due: Micros(1_000_000_000),
        }
    }

    fn said<B: Body>(to: Option<MemberId>, body: &B) -> Message {
        Message::new("exercise".into(), member(2), to, Micros(0), body).unwrap()
    }

    #[test]
    fn a_question_that_cannot_be_answered_is_refused() {
        let read = |to, ask: OnwardAsk| {
            let frame = said(to, &ask);
            ask.checked(&frame).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(read(Some(member(1)), ask()), Ok(()));
        let narrowed = Target { revision: Some(2), ..ask().target };
        let long = "x".repeat(TEXT_CHARS_MAX + 1);
        for (to, ask, why) in [
            (None, ask(), "`to` must name it"),
            (Some(member(1)), OnwardAsk { target: narrowed, ..ask() }, "`revision`"),
            (Some(member(1)), OnwardAsk { third: member(1), ..ask() }, "another member"),
            (Some(member(1)), OnwardAsk { third: member(2), ..ask() }, "another member"),
            (Some(member(1)), OnwardAsk { purpose: String::new(), ..ask() }, "`purpose`"),
            (Some(member(1)), OnwardAsk { reason: " ".into(), ..ask() }, "`reason`"),
            (Some(member(1)), OnwardAsk { protection: "\u{1b}[2J".into(), ..ask() }, "`protection`"),
            (Some(member(1)), OnwardAsk { reason: long, ..ask() }, "`reason`"),
            (Some(member(1)), OnwardAsk { due: Micros(0), ..ask() }, "`due`"),
            (Some(member(1)), OnwardAsk { due: Micros(i64::MAX), ..ask() }, "`due`"),
        ] {
            let error = read(to, ask).unwrap_err();
            assert!(error.contains(why), "{why}: {error}");
        }
    }

    #[test]
    fn a_no_says_why_and_a_yes_may_have_conditions() {
        let read = |to, yes, words: &str| {
            let answer = OnwardAnswer { ask: Digest::of(b""), yes, words: words.into() };
            let frame = said(to, &answer);
            answer.checked(&frame).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(read(Some(member(2)), true, ""), Ok(()));
        assert_eq!(read(Some(member(2)), true, "EXERCISE: no copies."), Ok(()));
        assert!(read(Some(member(2)), false, "").unwrap_err().contains("`words`"));
        assert!(read(None, true, "").unwrap_err().contains("`to`"));
    }

    #[test]
    fn d5_a_warning_says_to_whom_what_and_why() {
        let told = OnwardTold {
            target: ask().target,
            third: member(3),
            purpose: "border-security".into(),
            danger: "EXERCISE: an attack within the hour.".into(),
        };
        let read = |to, told: OnwardTold| {
            let frame = said(to, &told);
            told.checked(&frame).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(read(Some(member(1)), told.clone()), Ok(()));
        for (to, told, why) in [
            (None, told.clone(), "`to` must name it"),
            (Some(member(3)), told.clone(), "another member"),
            (Some(member(1)), OnwardTold { third: member(2), ..told.clone() }, "another member"),
            (Some(member(1)), OnwardTold { danger: " ".into(), ..told.clone() }, "`danger`"),
            (Some(member(1)), OnwardTold { purpose: String::new(), ..told }, "`purpose`"),
        ] {
            let error = read(to, told).unwrap_err();
            assert!(error.contains(why), "{why}: {error}");
        }
        let danger = OnwardDanger {
            target: ask().target,
            origin: member(1),
            purpose: "border-security".into(),
            basis: String::new(),
            danger: "EXERCISE: an attack within the hour.".into(),
        };
        let read = |to, danger: OnwardDanger| {
            let frame = said(to, &danger);
            danger.checked(&frame).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(read(Some(member(3)), danger.clone()), Ok(()));
        assert!(read(Some(member(1)), danger.clone()).unwrap_err().contains("a third member"));
        assert!(read(None, danger.clone()).unwrap_err().contains("a third member"));
        let own = OnwardDanger { origin: member(2), ..danger };
        assert!(read(Some(member(3)), own).unwrap_err().contains("another member"));
    }
}
