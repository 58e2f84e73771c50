//! The content of a ledger entry: one JSON object in canonical form (JCS, RFC 8785).
//!
//! A leaf never holds content, a STIX id or a name of a record: `object` is a salted commitment. Time and
//! place are given by the caller. Only the exact canonical bytes are accepted back, so that one leaf has one
//! hash.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tree::{MAX_ENTRIES, check_entry};
use crate::{Hash, LedgerError};

const VERSION: u64 = 1;
const MAX_KIND_BYTES: usize = 64;
const AT_PATTERN: &[u8; 27] = b"0000-00-00T00:00:00.000000Z";

/// One event as the ledger keeps it. Build it with [`Leaf::new`] and the methods named like the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// What happened, for example `release.delivered`: lower-case letters, digits, `.`, `-`, `_`, at most 64
    /// bytes.
    pub kind: String,
    /// When, UTC with exactly six digits of a second: `2026-01-02T03:04:05.000006Z` (RFC 3339).
    pub at: String,
    /// Who did it, as the log's owner names its users, keys and peers. Entries go to auditors, tiles to everybody.
    pub actor: String,
    /// The other member concerned, if any.
    pub member: Option<String>,
    /// Commitment to what it was about, or the root over several commitments, if any.
    pub object: Option<Hash>,
    /// Digest or id of the policy set that decided, if any.
    pub policy: Option<String>,
    /// How many objects the event was about, if that is a number that counts; at most 2^53 - 1.
    pub count: Option<u64>,
    /// Further facts of this kind of event, without content.
    pub detail: BTreeMap<String, String>,
    /// Place in the log, from 0: set by [`Leaf::decode`], absent in a leaf that is being built.
    pub seq: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    v: u64,
    kind: String,
    seq: u64,
    at: String,
    actor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<Hash>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    detail: BTreeMap<String, String>,
}

impl Leaf {
    /// A leaf with the three facts every event has; [`Leaf::encode`] checks their form.
    pub fn new(kind: &str, at: &str, actor: &str) -> Leaf {
        Leaf {
            kind: kind.to_owned(),
            at: at.to_owned(),
            actor: actor.to_owned(),
            member: None,
            object: None,
            policy: None,
            count: None,
            detail: BTreeMap::new(),
            seq: None,
        }
    }

    /// Names the other member concerned.
    pub fn member(mut self, member: &str) -> Leaf {
        self.member = Some(member.to_owned());
        self
    }

    /// Sets the commitment to what the event was about.
    pub fn object(mut self, object: Hash) -> Leaf {
        self.object = Some(object);
        self
    }

    /// Sets the policy set that decided.
    pub fn policy(mut self, policy: &str) -> Leaf {
        self.policy = Some(policy.to_owned());
        self
    }

    /// Sets the number of objects.
    pub fn count(mut self, count: u64) -> Leaf {
        self.count = Some(count);
        self
    }

    /// Adds one further fact; the same name again replaces it.
    pub fn detail(mut self, name: &str, value: &str) -> Leaf {
        self.detail.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The canonical bytes of this leaf at place `seq` of the log; [`Leaf::seq`](Self#structfield.seq) plays
    /// no part.
    ///
    /// # Errors
    /// [`LedgerError::Leaf`] for a kind, time, actor or number out of form, [`LedgerError::EntryTooLong`].
    pub fn encode(&self, seq: u64) -> Result<Vec<u8>, LedgerError> {
        self.check(seq)?;
        let wire = Wire {
            v: VERSION,
            kind: self.kind.clone(),
            seq,
            at: self.at.clone(),
            actor: self.actor.clone(),
            member: self.member.clone(),
            object: self.object,
            policy: self.policy.clone(),
            count: self.count,
            detail: self.detail.clone(),
        };
        let bytes = serde_jcs::to_vec(&wire).map_err(|cause| LedgerError::Leaf(cause.to_string()))?;
        check_entry(seq, &bytes)?;
        Ok(bytes)
    }

    /// Reads the bytes of an entry. Only what [`Leaf::encode`] would write is accepted: no unknown or
    /// repeated member, no other order, spacing or escape.
    ///
    /// # Errors
    /// [`LedgerError::Leaf`] or [`LedgerError::EntryTooLong`].
    pub fn decode(bytes: &[u8]) -> Result<Leaf, LedgerError> {
        check_entry(0, bytes)?;
        let wire: Wire =
            serde_json::from_slice(bytes).map_err(|cause| LedgerError::Leaf(cause.to_string()))?;
        if wire.v != VERSION {
            let reason = format!("version {} is unknown, this program reads version {VERSION}", wire.v);
            return Err(LedgerError::Leaf(reason));
        }
        let leaf = Leaf {
            kind: wire.kind,
            at: wire.at,
            actor: wire.actor,
            member: wire.member,
            object: wire.object,
            policy: wire.policy,
            count: wire.count,
            detail: wire.detail,
            seq: Some(wire.seq),
        };
        if leaf.encode(wire.seq)? == bytes {
            Ok(leaf)
        } else {
            Err(LedgerError::Leaf("not in canonical form (JCS, RFC 8785)".to_owned()))
        }
    }

    fn check(&self, seq: u64) -> Result<(), LedgerError> {
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
        let problem =
            if self.kind.is_empty() || self.kind.len() > MAX_KIND_BYTES || !self.kind.bytes().all(word) {
                "kind must be 1 to 64 lower-case letters, digits, '.', '-' or '_'"
            } else if !is_utc_micros(&self.at) {
                "at must be UTC with six digits of a second, as in 2026-01-02T03:04:05.000006Z"
            } else if self.actor.is_empty() {
                "actor must not be empty"
            } else if seq >= MAX_ENTRIES || self.count.is_some_and(|count| count > MAX_ENTRIES) {
                "seq and count must stay within 2^53 - 1"
            } else {
                return Ok(());
            };
        Err(LedgerError::Leaf(problem.to_owned()))
    }
}

/// Form and ranges of the time text; the length of the month is not checked.
fn is_utc_micros(at: &str) -> bool {
    let matches =
        |(found, wanted): (&u8, &u8)| if *wanted == b'0' { found.is_ascii_digit() } else { found == wanted };
    let number = |range| at.get(range).and_then(|digits: &str| digits.parse::<u8>().ok());
    at.len() == AT_PATTERN.len()
        && at.as_bytes().iter().zip(AT_PATTERN).all(matches)
        && number(5..7).is_some_and(|month| (1..=12).contains(&month))
        && number(8..10).is_some_and(|day| (1..=31).contains(&day))
        && number(11..13).is_some_and(|hour| hour < 24)
        && number(14..16).is_some_and(|minute| minute < 60)
        && number(17..19).is_some_and(|second| second <= 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::leaf_hash;

    const AT: &str = "2026-01-02T03:04:05.000006Z";

    #[test]
    fn the_bytes_are_canonical_json_with_absent_facts_left_out() {
        let bare = Leaf::new("member.changed", AT, "k-1").encode(0).unwrap();
        let expected = format!(r#"{{"actor":"k-1","at":"{AT}","kind":"member.changed","seq":0,"v":1}}"#);
        assert_eq!(String::from_utf8(bare).unwrap(), expected);
        let full = Leaf::new("release.delivered", AT, "k-1")
            .member("identity--b")
            .object(Hash([0xab; 32]))
            .policy("sha256:1")
            .count(1_000)
            .detail("z", "é\n")
            .detail("a", "1")
            .encode(41)
            .unwrap();
        let expected = format!(
            r#"{{"actor":"k-1","at":"{AT}","count":1000,"detail":{{"a":"1","z":"é\n"}},"kind":"release.delivered","member":"identity--b","object":"{}","policy":"sha256:1","seq":41,"v":1}}"#,
            "ab".repeat(32)
        );
        assert_eq!(String::from_utf8(full).unwrap(), expected);
    }

    #[test]
    fn names_of_details_are_sorted_by_utf_16_units() {
        let bytes =
            Leaf::new("x", AT, "k").detail("\u{fb33}", "2").detail("\u{1f600}", "1").encode(0).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.find('\u{1f600}').unwrap() < text.find('\u{fb33}').unwrap(), "{text}");
    }

    #[test]
    fn facts_out_of_form_are_refused_before_they_are_logged() {
        let refused = |leaf: Leaf| assert!(matches!(leaf.encode(0), Err(LedgerError::Leaf(_))), "{leaf:?}");
        refused(Leaf::new("", AT, "k"));
        refused(Leaf::new("Upper", AT, "k"));
        refused(Leaf::new("x", AT, ""));
        refused(Leaf::new("x", AT, "k").count(1 << 53));
        for at in ["", "2026-01-02T03:04:05Z", "2026-13-02T03:04:05.000006Z", "2026-01-02T24:04:05.000006Z"] {
            refused(Leaf::new("x", at, "k"));
        }
        refused(Leaf::new("x", "2026-01-02T03:04:05.000006+", "k"));
        assert!(Leaf::new("x", AT, "k").encode(MAX_ENTRIES).is_err());
        let long = Leaf::new("x", AT, "k").detail("text", &"x".repeat(65_535));
        assert!(matches!(long.encode(3), Err(LedgerError::EntryTooLong { index: 3, .. })));
    }

    #[test]
    fn only_the_one_canonical_spelling_is_accepted_back() {
        let good = String::from_utf8(Leaf::new("x", AT, "k").detail("a", "1").encode(2).unwrap()).unwrap();
        assert!(Leaf::decode(good.as_bytes()).is_ok());
        for bad in [
            good.replace("\"seq\":2", "\"seq\": 2"),
            good.replace("\"seq\":2", "\"seq\":2.0"),
            good.replace("\"seq\":2", "\"seq\":2,\"seq\":2"),
            good.replace("\"seq\":2", "\"seq\":18446744073709551615"),
            good.replace("\"seq\":2", "\"seq\":9007199254740993"),
            good.replace("\"a\":\"1\"", "\"a\":\"0\",\"a\":\"1\""),
            good.replace("\"a\":\"1\"", "\"a\":\"\\u0031\""),
            good.replace("\"a\":\"1\"", "\"a\":\"\\ud800\""),
            good.replace("\"v\":1", "\"v\":2"),
            good.replace("\"v\":1", "\"v\":1,\"x\":1"),
            good.replace("\"kind\"", "\"member\":null,\"kind\""),
            format!("{good}\n"),
            "[".repeat(10_000),
            String::new(),
        ] {
            assert!(Leaf::decode(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_leaf_of_a_newer_version_is_named_as_such() {
        let text = format!(r#"{{"actor":"k","at":"{AT}","kind":"x","seq":0,"v":2}}"#);
        let error = Leaf::decode(text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("version 2"), "{error}");
    }

    prop_compose! {
        fn leaves()(
            kind in "[a-z][a-z0-9._-]{0,63}",
            actor in "\\PC{1,20}",
            member in prop::option::of(any::<String>()),
            object in prop::option::of(any::<[u8; 32]>()),
            count in prop::option::of(0..=MAX_ENTRIES),
            detail in prop::collection::btree_map(any::<String>(), any::<String>(), 0..4),
            seq in 0..MAX_ENTRIES,
        ) -> Leaf {
            let leaf = Leaf::new(&kind, AT, &actor);
            Leaf { member, object: object.map(Hash), count, detail, seq: Some(seq), ..leaf }
        }
    }

    proptest! {
        #[test]
        fn any_leaf_comes_back_as_it_was(leaf in leaves()) {
            let bytes = leaf.encode(leaf.seq.unwrap()).unwrap();
            prop_assert_eq!(Leaf::decode(&bytes), Ok(leaf));
        }

        #[test]
        fn one_flipped_bit_makes_another_leaf_or_none(leaf in leaves(), at in any::<Index>(), bit in 0_u8..8) {
            let bytes = leaf.encode(leaf.seq.unwrap()).unwrap();
            let mut bad = bytes.clone();
            bad[at.index(bytes.len())] ^= 1_u8 << bit;
            prop_assert_ne!(leaf_hash(&bad), leaf_hash(&bytes));
            prop_assert_ne!(Leaf::decode(&bad), Ok(leaf));
        }

        #[test]
        fn decoding_any_bytes_does_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(leaf) = Leaf::decode(&bytes) {
                prop_assert_eq!(leaf.encode(leaf.seq.unwrap()).unwrap(), bytes);
            }
        }
    }
}
