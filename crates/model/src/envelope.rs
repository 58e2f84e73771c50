//! The envelope: what travels with a record and is not in its bytes.
//!
//! It is signed by the origin's member key over its canonical form (RFC 8785). It does not hold the object.

use serde::{Deserialize, Serialize};

use crate::agreement::Classification;
use crate::stix::{self, Digest};
use crate::{Handling, MemberId, MemberKey, Micros, ModelError, PublicKey, Quality};

/// Source and information, graded apart on one scale. Scales are never converted into each other.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// `4x4` or `6x6` (Admiralty).
    pub scale: String,
    /// Reliability of the source.
    pub source: String,
    /// Credibility of the information.
    pub information: String,
}

/// The scales on which source and information are graded, each with its letters for the source and its digits for the
/// information. The letter X and the digit 4 (4x4), the letter F and the digit 6 (6x6) mean that it cannot be judged.
const SCALES: [(&str, &str, &str); 2] = [("4x4", "ABCX", "1234"), ("6x6", "ABCDEF", "123456")];

impl Grading {
    /// What stands for a grading that nobody gave: X4 on the scale 4x4.
    pub fn ungraded() -> Self {
        Self { scale: "4x4".into(), source: "X".into(), information: "4".into() }
    }

    /// The grading of a record, X4 when its origin gave none.
    pub fn of(envelope: &Envelope) -> Self {
        envelope.grading.clone().unwrap_or_else(Self::ungraded)
    }

    /// Checks that both grades stand on the scale. No grade is converted into one of the other scale: no mapping of
    /// the two is agreed anywhere.
    ///
    /// # Errors
    /// [`ModelError::Envelope`] when the scale is not known or has no such grade.
    pub fn checked(self) -> Result<Self, ModelError> {
        let Some((scale, sources, degrees)) = SCALES.iter().find(|(scale, ..)| *scale == self.scale) else {
            let why = format!("grading: the scale {:?} is not known; write 4x4 or 6x6", self.scale);
            return Err(ModelError::Envelope(why));
        };
        let is_one_of = |grade: &str, all: &str| grade.len() == 1 && all.contains(grade);
        if !is_one_of(&self.source, sources) || !is_one_of(&self.information, degrees) {
            let why = format!(
                "grading: {:?} {:?} is not on the scale {scale}: the source is one of {sources}, the information one of {degrees}",
                self.source, self.information
            );
            return Err(ModelError::Envelope(why));
        }
        Ok(self)
    }

    /// The grading while ill-treatment is alleged in the circumstances of collection: neither source nor information
    /// can be judged, on the scale that was used. A scale that is not known becomes X4.
    #[must_use]
    pub fn capped(&self) -> Self {
        match self.scale.as_str() {
            "6x6" => Self { scale: "6x6".into(), source: "F".into(), information: "6".into() },
            _ => Self::ungraded(),
        }
    }
}

/// The provider's grading and the receiver's own beside it. Neither replaces the other.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gradings {
    /// What the provider stated; X4 when it stated nothing.
    pub provider: Grading,
    /// What the receiver holds of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<Grading>,
}

impl Gradings {
    /// The receiver's grading if it has to go back to the provider: there is one, and it is another one. Grades on
    /// two scales always are.
    pub fn to_return(&self) -> Option<&Grading> {
        self.receiver.as_ref().filter(|own| **own != self.provider)
    }
}

/// How soon a record is to be looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// In turn.
    Routine,
    /// Before what is routine.
    Urgent,
    /// At once, at any hour.
    Immediate,
}

impl Priority {
    /// Every priority, the least pressing first.
    pub const ALL: [Self; 3] = [Self::Routine, Self::Urgent, Self::Immediate];

    /// The word used in documents and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Routine => "routine",
            Self::Urgent => "urgent",
            Self::Immediate => "immediate",
        }
    }
}

/// What an origin says about a record besides its handling and its grade. It decides nothing about release.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// Labels of quality, read from the record when it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// How soon it is to be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// The classification mark that it bears at its origin, as written there and never translated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classification: Option<String>,
}

impl Labels {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn checked(self) -> Result<Self, ModelError> {
        if let Some(mark) = &self.classification
            && !Classification::is_mark(mark)
        {
            return Err(ModelError::Envelope("its classification mark is too long or no plain text".into()));
        }
        Ok(Self { quality: self.quality.map(Quality::checked).transpose()?, ..self })
    }
}

/// What an origin states about one version of one of its records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Version of this form; always 1.
    pub v: u8,
    /// SHA-256 of the canonical form of the whole object.
    pub object: Digest,
    /// STIX id of the object.
    pub id: String,
    /// Whose record it is.
    pub origin: MemberId,
    /// The origin's own number for this statement; rises with every change.
    pub seq: u64,
    /// 1 at first; rises with every change of handling of the same bytes.
    pub revision: u32,
    /// What the origin states about release: the outward form of its handling.
    pub handling: Handling,
    /// Grading by the origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grading: Option<Grading>,
    /// Purpose for which it was collected; required with personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Legal basis of the exchange; required with personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// When the record is to be reviewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_at: Option<Micros>,
    /// What else its origin says about it.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
}

impl Envelope {
    /// Signs the envelope as `signer`.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn sign(self, signer: MemberId, key: &MemberKey) -> Result<SignedEnvelope, ModelError> {
        let message = signed_bytes(&self, &signer)?;
        Ok(SignedEnvelope { signature: key.sign(&message), key: key.public().id(), signer, envelope: self })
    }
}

/// An envelope with the signature of its origin, or of the member that attests it for an origin without a key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedEnvelope {
    /// What is stated.
    pub envelope: Envelope,
    /// Who signed.
    pub signer: MemberId,
    /// Short name of the key.
    pub key: String,
    /// Base64 of the Ed25519 signature.
    pub signature: String,
}

impl SignedEnvelope {
    /// Reads a signed envelope and completes its handling.
    ///
    /// # Errors
    /// [`ModelError::Envelope`] when it is not of this form, of another version, or states what never leaves a node.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        let mut read: Self =
            serde_json::from_str(text).map_err(|error| ModelError::Envelope(error.to_string()))?;
        if read.envelope.v != 1 {
            return Err(ModelError::Envelope(format!("version {} is not known here", read.envelope.v)));
        }
        if read.envelope.handling.originator != read.envelope.origin {
            return Err(ModelError::Envelope(
                "the handling names another originator than the envelope".into(),
            ));
        }
        if read.envelope.handling.is_private() {
            return Err(ModelError::Envelope(
                "the handling states `inner` or `refugee_from`, which a node keeps to itself: it is not taken".into(),
            ));
        }
        read.envelope.handling = read.envelope.handling.checked()?;
        read.envelope.labels = read.envelope.labels.checked()?;
        Ok(read)
    }

    /// Checks the signature against one of the signer's keys.
    ///
    /// # Errors
    /// [`ModelError::Envelope`] when no key given is the one named, or the signature is not over this envelope.
    pub fn verify(&self, keys: &[PublicKey]) -> Result<(), ModelError> {
        let key = keys.iter().find(|key| key.id() == self.key).ok_or_else(|| {
            ModelError::Envelope(format!(
                "key {} is not among the keys of {} in the agreement",
                self.key, self.signer
            ))
        })?;
        key.verify(&signed_bytes(&self.envelope, &self.signer)?, &self.signature)
            .map_err(|error| ModelError::Envelope(error.to_string()))
    }

    /// The serialised form, as stored and sent.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn to_json(&self) -> Result<String, ModelError> {
        String::from_utf8(canonical_json(self)?).map_err(|error| ModelError::Canonical(error.to_string()))
    }
}

fn signed_bytes(envelope: &Envelope, signer: &MemberId) -> Result<Vec<u8>, ModelError> {
    #[derive(Serialize)]
    struct Statement<'a> {
        context: &'static str,
        envelope: &'a Envelope,
        signer: &'a MemberId,
    }
    canonical_json(&Statement { context: "comity/envelope/1", envelope, signer })
}

/// The RFC 8785 form of anything serialisable. Numbers beyond 2^53 and duplicate keys are refused.
pub(crate) fn canonical_json<T: Serialize>(value: &T) -> Result<Vec<u8>, ModelError> {
    let plain = serde_json::to_vec(value).map_err(|error| ModelError::Canonical(error.to_string()))?;
    let tree = stix::json::parse(&plain, &stix::Limits::default())
        .map_err(|error| ModelError::Canonical(error.to_string()))?;
    stix::canon::canonical(&tree).map_err(|error| ModelError::Canonical(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        let origin: MemberId = "identity--00000000-0000-4000-8000-000000000001".parse().unwrap();
        Envelope {
            v: 1,
            object: Digest::of(b"{}"),
            id: "note--00000000-0000-4000-8000-000000000002".into(),
            handling: Handling::unmarked(origin.clone()),
            origin,
            seq: 1,
            revision: 1,
            grading: None,
            purpose: None,
            legal_basis: None,
            review_at: None,
            labels: Labels::default(),
        }
    }

    #[test]
    fn the_signature_covers_every_statement_and_the_signer() {
        let key = MemberKey::from_seed([1; 32]);
        let signed = envelope().sign(envelope().origin, &key).unwrap();
        let read = SignedEnvelope::from_json(&signed.to_json().unwrap()).unwrap();
        assert!(read.verify(&[key.public()]).is_ok());

        let mut altered = read.clone();
        altered.envelope.handling.onward = true;
        assert!(altered.verify(&[key.public()]).is_err());
        let mut altered = read.clone();
        altered.envelope.seq = 2;
        assert!(altered.verify(&[key.public()]).is_err());
        let mut altered = read.clone();
        altered.signer = "identity--00000000-0000-4000-8000-000000000009".parse().unwrap();
        assert!(altered.verify(&[key.public()]).is_err());
        assert!(read.verify(&[MemberKey::from_seed([2; 32]).public()]).is_err());
    }

    fn grading(scale: &str, source: &str, information: &str) -> Grading {
        Grading { scale: scale.into(), source: source.into(), information: information.into() }
    }

    #[test]
    fn b4_source_and_information_are_graded_apart_on_one_of_two_scales() {
        for fine in [("4x4", "A", "1"), ("4x4", "X", "4"), ("6x6", "F", "6"), ("6x6", "B", "5")] {
            assert!(grading(fine.0, fine.1, fine.2).checked().is_ok(), "{fine:?}");
        }
        for wrong in [
            ("4x4", "F", "1"),
            ("4x4", "A", "6"),
            ("6x6", "X", "4"),
            ("6x6", "A1", "1"),
            ("5x5", "A", "1"),
            ("6x6", "", "1"),
        ] {
            assert!(grading(wrong.0, wrong.1, wrong.2).checked().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn b5_what_is_not_graded_is_x4_and_another_grading_goes_back() {
        assert_eq!(Grading::of(&envelope()), grading("4x4", "X", "4"));
        let given = Envelope { grading: Some(grading("6x6", "B", "2")), ..envelope() };
        let mut both = Gradings { provider: Grading::of(&given), receiver: None };
        assert_eq!(both.to_return(), None);
        both.receiver = Some(grading("6x6", "B", "2"));
        assert_eq!(both.to_return(), None);
        both.receiver = Some(grading("4x4", "B", "2"));
        assert_eq!(both.to_return(), Some(&grading("4x4", "B", "2")));
        assert_eq!(both.provider, grading("6x6", "B", "2"));
    }

    #[test]
    fn j3_an_allegation_of_ill_treatment_leaves_nothing_that_can_be_judged() {
        assert_eq!(grading("4x4", "A", "1").capped(), grading("4x4", "X", "4"));
        assert_eq!(grading("6x6", "A", "1").capped(), grading("6x6", "F", "6"));
    }

    #[test]
    fn an_envelope_without_a_grading_keeps_its_bytes() {
        let text = String::from_utf8(canonical_json(&envelope()).unwrap()).unwrap();
        assert!(!text.contains("grading"), "{text}");
        assert!(!text.contains("labels"), "{text}");
    }

    #[test]
    fn b7_priority_and_a_mark_of_others_are_signed_and_kept_as_they_are_written() {
        let key = MemberKey::from_seed([1; 32]);
        let mark = Some("УЧЕНИЕ ДСП".to_owned());
        let labels = Labels { priority: Some(Priority::Urgent), classification: mark, ..Labels::default() };
        let signed = Envelope { labels: labels.clone(), ..envelope() }.sign(envelope().origin, &key).unwrap();
        let read = SignedEnvelope::from_json(&signed.to_json().unwrap()).unwrap();
        assert!(read.verify(&[key.public()]).is_ok());
        assert_eq!(read.envelope.labels, labels);
        let mut altered = read;
        altered.envelope.labels.priority = None;
        assert!(altered.verify(&[key.public()]).is_err());
        altered.envelope.labels.classification = Some("x".repeat(201));
        assert!(SignedEnvelope::from_json(&altered.to_json().unwrap()).is_err());
    }

    #[test]
    fn h2_an_envelope_that_states_what_a_node_keeps_to_itself_is_refused() {
        let key = MemberKey::from_seed([1; 32]);
        for private in [
            |handling: &mut Handling| _ = handling.inner.insert("unit".into()),
            |handling: &mut Handling| _ = handling.refugee_from.insert("QX".into()),
        ] {
            let mut stated = envelope();
            private(&mut stated.handling);
            let text = stated.clone().sign(stated.origin, &key).unwrap().to_json().unwrap();
            let refused = SignedEnvelope::from_json(&text).unwrap_err().to_string();
            assert!(refused.contains("keeps to itself"), "{refused}");
        }
    }

    #[test]
    fn an_envelope_about_another_originators_handling_is_refused() {
        let key = MemberKey::from_seed([1; 32]);
        let mut wrong = envelope();
        wrong.handling =
            Handling::unmarked("identity--00000000-0000-4000-8000-000000000009".parse().unwrap());
        let text = wrong.clone().sign(wrong.origin, &key).unwrap().to_json().unwrap();
        assert!(SignedEnvelope::from_json(&text).is_err());
    }
}
