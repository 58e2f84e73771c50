//! The manifest of a bundle: what travels on a medium between the nodes of two members, signed by the member that made it.
//! It names who made it and for whom, so that nobody can seal what is in it for another member.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::invitation::Statement;
use crate::stix::Digest;
use crate::{MemberId, Micros, ModelError};

/// Most parts of one bundle.
pub const PARTS_MAX: usize = 10_000;
/// Largest manifest, in bytes.
pub const MANIFEST_BYTES_MAX: usize = 8 << 20;
/// Most that a part may grow when it is decompressed, as a factor.
pub const RATIO_MAX: u64 = 100;
/// Most collections in one bundle.
const COLLECTIONS_MAX: usize = 1_000;
/// Longest id, title or alias of a collection, in bytes.
const NAME_BYTES_MAX: usize = 500;

/// What a bundle holds, in the order of its parts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this form; always 1.
    pub v: u8,
    /// Who made it, and signs.
    pub from: MemberId,
    /// For whom.
    pub to: MemberId,
    /// Its number among those from this member to that one, from 1.
    pub n: u64,
    /// The bundle behind which its records begin; absent when they begin at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Named>,
    /// The last bundle of the other direction of which everything is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub have: Option<Named>,
    /// The last message that the other side said to have: those in the bundle lie behind it.
    pub behind: u64,
    /// When it was made.
    pub created: Micros,
    /// After this instant it is not opened any more.
    pub expires: Micros,
    /// The collections of the pages in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<Carried>,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// A bundle by its number and the digest of its manifest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Number.
    pub n: u64,
    /// SHA-256 of the canonical form of its signed manifest.
    pub digest: Digest,
}

/// A collection of who made the bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// Id there.
    pub id: String,
    /// Title there.
    pub title: String,
    /// Short name there.
    pub alias: String,
}

/// One part of a bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name, by which people are told what is damaged.
    pub name: String,
    /// The id of the collection of which it is a page; absent for what the nodes say to each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
    /// Its bytes in the bundle.
    pub bytes: u64,
    /// Its bytes when it is decompressed; the same as `bytes` when it is not compressed.
    pub size: u64,
    /// Whether it is compressed (gzip).
    pub gzip: bool,
    /// SHA-256 of its bytes in the bundle.
    pub digest: Digest,
}

impl Part {
    /// Checks what stands before the bytes of a part.
    ///
    /// # Errors
    /// [`ModelError::Bundle`] when it has no plain name, or grows too much.
    pub fn check(&self) -> Result<(), ModelError> {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let wrong = |why: &str| Err(ModelError::Bundle(why.to_owned()));
        if !(1..=64).contains(&self.name.len()) || !self.name.chars().all(is_plain) {
            return wrong("a part has no plain name");
        }
        if !self.gzip && self.bytes != self.size {
            return wrong("a part that is not compressed has two sizes");
        }
        if self.size > self.bytes.saturating_mul(RATIO_MAX) {
            return wrong("a part grows more than a hundredfold when it is decompressed");
        }
        Ok(())
    }
}

impl Statement for Manifest {
    const CONTEXT: &'static str = "comity/courier/1";
    const BYTES_MAX: usize = MANIFEST_BYTES_MAX;

    fn version(&self) -> u8 {
        self.v
    }
}

impl Manifest {
    /// Checks that it does not contradict itself.
    ///
    /// # Errors
    /// [`ModelError::Bundle`] with the first thing that is wrong.
    pub fn check(&self) -> Result<(), ModelError> {
        let wrong = |why: &str| Err(ModelError::Bundle(why.to_owned()));
        // Numbers beyond this are none that JSON holds exactly.
        let is_number = |n: u64| (1..=1 << 53).contains(&n);
        if !is_number(self.n) || self.follows.is_some_and(|one| !is_number(one.n) || one.n >= self.n) {
            return wrong("the numbers of bundles rise from 1");
        }
        if self.have.is_some_and(|one| !is_number(one.n)) || self.behind > 1 << 53 {
            return wrong("a number in it is too high");
        }
        if self.parts.len() > PARTS_MAX || self.collections.len() > COLLECTIONS_MAX {
            return wrong("it has too many parts or collections");
        }
        let is_short = |text: &String| text.len() <= NAME_BYTES_MAX;
        if !self.collections.iter().all(|one| [&one.id, &one.title, &one.alias].into_iter().all(is_short)) {
            return wrong("a collection has too long a name");
        }
        let mut names = BTreeSet::new();
        for part in &self.parts {
            part.check()?;
            if !names.insert(&part.name) {
                return wrong("two parts have one name");
            }
            let is_known = |id: &String| self.collections.iter().any(|one| &one.id == id);
            if !part.collection.iter().all(is_known) {
                return wrong("a page is of a collection that it does not name");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemberKey, invitation::Signed};

    fn part(name: &str) -> Part {
        let digest = Digest::of(name.as_bytes());
        Part { name: name.into(), collection: None, bytes: 10, size: 1_000, gzip: true, digest }
    }

    fn manifest() -> Manifest {
        Manifest {
            v: 1,
            from: "identity--00000000-0000-4000-8000-000000000001".parse().unwrap(),
            to: "identity--00000000-0000-4000-8000-000000000002".parse().unwrap(),
            n: 2,
            follows: Some(Named { n: 1, digest: Digest::of(b"1") }),
            have: None,
            behind: 0,
            created: Micros(1),
            expires: Micros(2),
            collections: Vec::new(),
            parts: vec![part("exchange-1")],
        }
    }

    #[test]
    fn a_manifest_that_contradicts_itself_is_refused_with_the_reason() {
        manifest().check().unwrap();
        type Change = fn(&mut Manifest);
        let changes: [(Change, &str); 9] = [
            (|one| one.n = 0, "rise from 1"),
            (|one| one.n = 1, "rise from 1"),
            (|one| one.behind = u64::MAX, "too high"),
            (|one| one.parts = vec![part("a"), part("a")], "one name"),
            (|one| one.parts = vec![part("../a")], "no plain name"),
            (|one| one.parts[0].size = 1_001, "a hundredfold"),
            (|one| one.parts[0].gzip = false, "two sizes"),
            (|one| one.parts[0].collection = Some("x".into()), "does not name"),
            (|one| one.parts = vec![part("a"); PARTS_MAX + 1], "too many"),
        ];
        for (change, why) in changes {
            let mut bad = manifest();
            change(&mut bad);
            let error = bad.check().unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_manifest_of_the_most_parts_is_signed_and_read_again() {
        let key = MemberKey::from_seed([1; 32]);
        let parts = (0..PARTS_MAX).map(|n| part(&format!("page-{n}"))).collect();
        let signed = Signed::new(Manifest { parts, ..manifest() }, &key).unwrap();
        let text = signed.to_json().unwrap();
        assert!(text.len() < MANIFEST_BYTES_MAX);
        let read = Signed::<Manifest>::from_json(&text).unwrap();
        assert!(read.verify(&key.public()).is_ok() && read.said.check().is_ok());
        assert!(read.verify(&MemberKey::from_seed([2; 32]).public()).is_err());
        let mut altered = read;
        altered.said.to = altered.said.from.clone();
        assert!(altered.verify(&key.public()).is_err());
    }
}
