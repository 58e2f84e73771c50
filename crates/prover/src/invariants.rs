//! The claims that are proved: those that ship with the program, and a community's own.

use comity_policy::model::stix::Digest;
use comity_policy::{Claim, GUARDS, SCHEMA};

use crate::ProveError;
use crate::rules::NOT_IN_LIFE;

/// The most claims of its own that a community may have.
const OWN_MAX: usize = 200;

/// What ships, by file.
const SHIPPED: [(&str, &str); 6] = [
    ("who.cedar", include_str!("../../../policies/invariants/who.cedar")),
    ("level.cedar", include_str!("../../../policies/invariants/level.cedar")),
    ("stated.cedar", include_str!("../../../policies/invariants/stated.cedar")),
    ("onward.cedar", include_str!("../../../policies/invariants/onward.cedar")),
    ("person.cedar", include_str!("../../../policies/invariants/person.cedar")),
    ("state.cedar", include_str!("../../../policies/invariants/state.cedar")),
];

/// What the tests of this program proved: the SHA-256 over schema, guards, what can be in life, and invariants that ship. The test of the proof
/// fails when it is another one, so that nobody inherits a proof that was not made.
pub const PROVED: &str = "7092f4060785c71bb9f093357678abdd0c8979a4bb1829bc49796893873e4045";

/// One claim, and whose it is.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// The claim.
    pub claim: Claim,
    /// A community's own. It has to hold for the rules in force; those that ship have to hold for every local rule.
    pub is_own: bool,
}

/// Claims in the order in which they were read.
#[derive(Clone, Debug)]
pub struct Invariants {
    all: Vec<Invariant>,
}

impl Invariants {
    /// The claims that ship.
    ///
    /// # Errors
    /// [`ProveError::Claims`] when they do not load, which the tests of this crate exclude.
    pub fn shipped() -> Result<Self, ProveError> {
        let mut invariants = Self { all: Vec::new() };
        for (file, text) in SHIPPED {
            invariants.read(file, text, false)?;
        }
        Ok(invariants)
    }

    /// The SHA-256 over schema, guards, what can be in life, and invariants that ship: what [`PROVED`] has to name.
    pub fn shipped_hash() -> Digest {
        let texts = [SCHEMA, GUARDS, NOT_IN_LIFE].into_iter().chain(SHIPPED.iter().map(|(_, text)| *text));
        let hashes: Vec<[u8; 32]> = texts.map(|text| Digest::of(text.as_bytes()).0).collect();
        Digest::of(hashes.as_flattened())
    }

    /// Adds the claims of a community, from the text of `file`.
    ///
    /// # Errors
    /// [`ProveError::Claims`] with file, line and column for what cannot be read, for a name that is taken, and for
    /// more than 200 claims. Nothing of the text is added then.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), ProveError> {
        self.read(file, text, true)
    }

    /// Every claim.
    pub fn all(&self) -> &[Invariant] {
        &self.all
    }

    /// The same claims without those whose names are not wanted.
    #[must_use]
    pub fn only(&self, wanted: impl Fn(&str) -> bool) -> Self {
        Self { all: self.all.iter().filter(|invariant| wanted(&invariant.claim.id)).cloned().collect() }
    }

    fn read(&mut self, file: &str, text: &str, is_own: bool) -> Result<(), ProveError> {
        let claims = Claim::read(text).map_err(|error| ProveError::claims(file, &error))?;
        let fault = |what: String| ProveError::Claims { file: file.to_owned(), what };
        if let Some(taken) =
            claims.iter().find(|claim| self.all.iter().any(|known| known.claim.id == claim.id))
        {
            return Err(fault(format!("another claim is called {}; choose a different @id", taken.id)));
        }
        let own = self.all.iter().filter(|invariant| invariant.is_own).count().saturating_add(claims.len());
        if is_own && own > OWN_MAX {
            return Err(fault(format!("{own} claims, at most {OWN_MAX} are read; leave some out")));
        }
        self.all.extend(claims.into_iter().map(|claim| Invariant { claim, is_own }));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_ships_are_at_least_eighteen_claims_that_can_be_told_apart() {
        let shipped = Invariants::shipped().unwrap();
        assert!(shipped.all().len() >= 18);
        let sentences: BTreeSet<&str> = shipped.all().iter().map(|known| known.claim.says.as_str()).collect();
        assert_eq!(sentences.len(), shipped.all().len());
        assert!(sentences.iter().all(|says| says.len() > 20 && !says.ends_with('.')));
    }

    #[test]
    fn every_file_of_the_folder_ships() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/invariants");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut shipped: Vec<&str> = SHIPPED.iter().map(|(file, _)| *file).collect();
        there.sort();
        shipped.sort_unstable();
        assert_eq!(there, shipped);
    }

    #[test]
    fn a_claim_of_a_community_cannot_take_the_name_of_one_that_ships() {
        let mut invariants = Invariants::shipped().unwrap();
        let before = invariants.all().len();
        let text = "@id(\"fresh\") @says(\"a\") permit (principal, action, resource);\n\
                    @id(\"red-named\") @says(\"b\") permit (principal, action, resource);";
        let error = invariants.add("own.cedar", text).unwrap_err().to_string();
        assert!(error.contains("own.cedar") && error.contains("red-named"), "{error}");
        assert_eq!(invariants.all().len(), before);
    }
}
