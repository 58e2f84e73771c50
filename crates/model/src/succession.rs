//! Member keys that follow others. The agreement names the keys of a member; a statement that is signed with both says that
//! another key took the place of one. So a member changes its key without a new agreement, and what it signed before stays
//! signed, whichever of the two the agreement names.

use serde::{Deserialize, Serialize};

use crate::envelope::canonical_json;
use crate::{MemberId, MemberKey, Micros, ModelError, PublicKey};

/// One key takes the place of another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Succession {
    /// Version of this form; always 1.
    pub v: u8,
    /// Whose keys they are.
    pub member: MemberId,
    /// The key that signs nothing any more.
    pub before: PublicKey,
    /// The key that signs from then on.
    pub next: PublicKey,
    /// When the one took the place of the other, by the clock of the member.
    pub at: Micros,
}

/// A [`Succession`] with the signatures of both keys.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedSuccession {
    /// What is stated.
    pub succession: Succession,
    /// Base64 of the signature with the key before: whoever has it hands over.
    pub by_before: String,
    /// Base64 of the signature with the next key: whoever has it takes over.
    pub by_next: String,
}

impl Succession {
    /// Signs with both keys.
    ///
    /// # Errors
    /// [`ModelError::Succession`] when the keys are not the two that it names.
    pub fn sign(self, before: &MemberKey, next: &MemberKey) -> Result<SignedSuccession, ModelError> {
        let bytes = signed_bytes(&self)?;
        let signed =
            SignedSuccession { by_before: before.sign(&bytes), by_next: next.sign(&bytes), succession: self };
        signed.verify()?;
        Ok(signed)
    }
}

impl SignedSuccession {
    /// Reads one that was kept. Its signatures are not looked at.
    ///
    /// # Errors
    /// [`ModelError::Succession`] when it is not of this form.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        serde_json::from_str(text).map_err(|error| ModelError::Succession(error.to_string()))
    }

    /// The canonical form, as kept.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn to_json(&self) -> Result<String, ModelError> {
        String::from_utf8(canonical_json(self)?).map_err(|error| ModelError::Canonical(error.to_string()))
    }

    /// Checks form and both signatures. Whether either key is one of the member is not looked at: see [`signers`].
    ///
    /// # Errors
    /// [`ModelError::Succession`] when it is of another version, names one key twice, or is not signed with both.
    pub fn verify(&self) -> Result<(), ModelError> {
        let said = &self.succession;
        let wrong = |why: String| Err(ModelError::Succession(why));
        if said.v != 1 {
            return wrong(format!("version {} is not known here", said.v));
        }
        if said.before == said.next {
            return wrong("a key cannot follow itself".into());
        }
        let bytes = signed_bytes(said)?;
        for (key, signature) in [(&said.before, &self.by_before), (&said.next, &self.by_next)] {
            if let Err(error) = key.verify(&bytes, signature) {
                return wrong(error.to_string());
            }
        }
        Ok(())
    }
}

fn signed_bytes(said: &Succession) -> Result<Vec<u8>, ModelError> {
    #[derive(Serialize)]
    struct Statement<'a> {
        context: &'static str,
        succession: &'a Succession,
    }
    canonical_json(&Statement { context: "comity/succession/1", succession: said })
}

/// A key by which a member's signatures are checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signer {
    /// The key.
    pub key: PublicKey,
    /// When another took its place: what is dated later is not its word. None for a key that signs now.
    pub until: Option<Micros>,
}

impl Signer {
    /// Whether what is dated so may be signed with this key.
    #[must_use]
    pub fn is_good_at(&self, at: Micros) -> bool {
        self.until.is_none_or(|until| at <= until)
    }
}

/// The keys by which a member's signatures are checked: those of the agreement, those that follow them, and those that they
/// follow. A key that somebody else has (`stolen`, by its short name) is none. What it handed over before that stays handed
/// over: statements that are not believed do not stand in `known`.
#[must_use]
pub fn signers(named: &[PublicKey], known: &[Succession], stolen: &[String]) -> Vec<Signer> {
    let mut found: Vec<PublicKey> = Vec::new();
    let mut open: Vec<PublicKey> = named.to_vec();
    while let Some(key) = open.pop() {
        if found.contains(&key) {
            continue;
        }
        found.push(key);
        let next = known.iter().filter(|one| one.before == key).map(|one| one.next);
        let before = known.iter().filter(|one| one.next == key).map(|one| one.before);
        open.extend(next.chain(before));
    }
    let until = |key: &PublicKey| known.iter().find(|one| one.before == *key).map(|one| one.at);
    found.retain(|key| !stolen.contains(&key.id()));
    let mut all: Vec<Signer> = found.into_iter().map(|key| Signer { until: until(&key), key }).collect();
    // In the order of the agreement, then the others; the order in which they were found says nothing.
    let place = |key: &PublicKey| named.iter().position(|one| one == key).unwrap_or(named.len());
    all.sort_by_key(|one| (place(&one.key), one.key.id()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> MemberKey {
        MemberKey::from_seed([seed; 32])
    }

    fn follows(before: u8, next: u8, at: i64) -> Succession {
        let member = "identity--00000000-0000-4000-8000-000000000001".parse().unwrap();
        Succession { v: 1, member, before: key(before).public(), next: key(next).public(), at: Micros(at) }
    }

    #[test]
    fn a_key_follows_another_by_the_word_of_both() {
        let signed = follows(1, 2, 5).sign(&key(1), &key(2)).unwrap();
        assert!(signed.verify().is_ok());
        assert_eq!(SignedSuccession::from_json(&signed.to_json().unwrap()).unwrap(), signed);
        let turned = SignedSuccession {
            by_before: signed.by_next.clone(),
            by_next: signed.by_before.clone(),
            ..signed.clone()
        };
        assert!(turned.verify().is_err());
        type Change = fn(&mut Succession);
        let changes: [Change; 4] = [
            |one| one.at.0 += 1,
            |one| one.next = key(3).public(),
            |one| one.v = 2,
            |one| one.member = "identity--00000000-0000-4000-8000-000000000002".parse().unwrap(),
        ];
        for change in changes {
            let mut altered = signed.clone();
            change(&mut altered.succession);
            assert!(altered.verify().is_err());
        }
        assert!(follows(1, 2, 5).sign(&key(3), &key(2)).is_err(), "whoever takes over cannot hand over");
        assert!(follows(1, 1, 5).sign(&key(1), &key(1)).is_err());
    }

    #[test]
    fn what_leads_from_a_key_of_the_agreement_is_known_in_both_directions_and_each_has_its_time() {
        let known = [follows(1, 2, 10), follows(2, 3, 20), follows(8, 9, 30)];
        for named in [1, 2, 3] {
            let all = signers(&[key(named).public()], &known, &[]);
            let until = |seed: u8| all.iter().find(|one| one.key == key(seed).public()).map(|one| one.until);
            assert_eq!(until(1), Some(Some(Micros(10))), "named: {named}");
            assert_eq!(until(2), Some(Some(Micros(20))));
            assert_eq!(until(3), Some(None));
            assert_eq!(until(9), None, "nothing leads there");
        }
        assert!(signers(&[], &known, &[]).is_empty());
    }

    #[test]
    fn a_key_that_somebody_else_has_is_none_and_what_it_handed_over_before_stays() {
        let known = [follows(1, 2, 10), follows(2, 3, 20)];
        let stolen = [key(2).public().id()];
        let all = signers(&[key(1).public()], &known, &stolen);
        assert_eq!(all.iter().map(|one| one.key).collect::<Vec<_>>(), [key(1).public(), key(3).public()]);
        assert!(signers(&[key(2).public()], &[], &stolen).is_empty());
        let circle = [follows(1, 2, 10), follows(2, 1, 20)];
        assert_eq!(signers(&[key(1).public()], &circle, &[]).len(), 2, "a circle ends");
    }
}
