//! The vocabularies and enumerations of clause 10.
//!
//! An open vocabulary suggests terms, and other strings are allowed; an enumeration is closed (clause 2.14 and 2.4).

pub(crate) mod terms;

/// One vocabulary or enumeration of clause 10.
#[derive(Debug, PartialEq, Eq)]
pub struct Vocabulary {
    name: &'static str,
    clause: &'static str,
    values: &'static [&'static str],
}

impl Vocabulary {
    /// The name in the standard, such as `account-type-ov` or `opinion-enum`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The clause that lists the terms, such as `10.1`.
    #[must_use]
    pub const fn clause(&self) -> &'static str {
        self.clause
    }

    /// The terms in the order of the standard.
    #[must_use]
    pub const fn values(&self) -> &'static [&'static str] {
        self.values
    }

    /// Whether other strings than the terms are allowed: true of the names that end in `-ov`.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.name.ends_with("-ov")
    }

    /// Whether `text` is one of the terms; letters must agree in case.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        self.values.contains(&text)
    }
}

/// The vocabulary or enumeration of this name, such as `account-type-ov`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Vocabulary> {
    all().find(|vocabulary| vocabulary.name == name)
}

/// Every vocabulary and enumeration in the order of clause 10.
pub fn all() -> impl Iterator<Item = &'static Vocabulary> {
    terms::ALL.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clause_of_chapter_ten_has_its_vocabulary() {
        let open = all().filter(|vocabulary| vocabulary.is_open()).count();
        assert_eq!((open, all().count() - open), (22, 10));
        for (at, vocabulary) in all().enumerate() {
            assert_eq!(vocabulary.clause(), format!("10.{}", at + 1), "{}", vocabulary.name());
            assert!(vocabulary.is_open() || vocabulary.name().ends_with("-enum"), "{}", vocabulary.name());
            assert_eq!(find(vocabulary.name()), Some(vocabulary));
        }
        assert_eq!(find("account-type"), None);
    }

    #[test]
    fn no_term_is_listed_twice_and_the_numbers_are_those_of_the_tables() {
        let numbers: Vec<_> = all().map(|vocabulary| vocabulary.values().len()).collect();
        assert_eq!(
            numbers,
            [
                11, 10, 6, 3, 5, 3, 8, 6, 22, 7, 35, 15, 37, 4, 22, 8, 5, 5, 6, 8, 29, 12, 13, 7, 7, 8, 4, 3,
                14, 5, 4, 7
            ]
        );
        for vocabulary in all() {
            let mut seen = std::collections::BTreeSet::new();
            assert!(vocabulary.values().iter().all(|term| seen.insert(term)), "{}", vocabulary.name());
        }
    }

    #[test]
    fn terms_are_found_as_they_are_written() {
        let regions = find("region-ov").unwrap();
        assert!(regions.contains("australia-new-zealand") && !regions.contains("Europe"));
        assert!(find("network-socket-type-enum").unwrap().contains("SOCK_DGRAM"));
        assert!(find("threat-actor-role-ov").unwrap().contains("infrastructure-operator"));
    }
}
