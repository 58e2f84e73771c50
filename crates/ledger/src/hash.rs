//! SHA-256 hashes of the tree, its head, and the commitments that stand in leaves in place of content.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use crate::LedgerError;
use crate::tree::Frontier;

/// A SHA-256 value: a leaf hash, a node of the tree, a root or a commitment. Written as 64 lower-case
/// hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// The state of a log: how many entries it has and the root of the RFC 6962 tree over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Head {
    /// Number of entries.
    pub size: u64,
    /// Merkle tree hash (RFC 6962 §2.1) of these entries.
    pub root: Hash,
}

impl Head {
    /// The head of a log without entries; its root is SHA-256 of nothing (RFC 6962 §2.1).
    pub const EMPTY: Head = Head { size: 0, root: Hash(tlog_tiles::EMPTY_HASH.0) };
}

/// Hash of one entry as a leaf of the tree: SHA-256 of a zero byte and the bytes (RFC 6962 §2.1).
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Hash(tlog_tiles::record_hash(bytes).0)
}

/// Root of the RFC 6962 tree whose entries are these commitments, in this order; each is hashed as a leaf of
/// 32 bytes.
///
/// No items give SHA-256 of nothing. One item can be proved against the root by
/// [`verify_inclusion`](crate::verify_inclusion) with `leaf_hash(&item.0)`.
pub fn root_of(items: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for item in items {
        frontier.push(leaf_hash(&item.0));
    }
    frontier.root()
}

/// Commitment to a digest: SHA-256 of the salt and the digest. Without the salt it neither shows nor lets
/// guess the digest.
pub fn commitment(salt: &[u8; 32], digest: &[u8; 32]) -> Hash {
    Hash(Sha256::new().chain_update(salt).chain_update(digest).finalize().into())
}

impl Hash {
    /// Standard base64 with padding, as checkpoints and proofs write a hash.
    pub(crate) fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads [`Hash::to_base64`]; anything but the 44 canonical characters is `None`.
    pub(crate) fn from_base64(text: &str) -> Option<Hash> {
        if text.len() != 44 {
            return None;
        }
        STANDARD.decode(text).ok()?.try_into().ok().map(Hash)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Hash, LedgerError> {
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return Err(LedgerError::Hex);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let [high, low] = pair else { return Err(LedgerError::Hex) };
            *byte = nibble(*high)? << 4 | nibble(*low)?;
        }
        Ok(Hash(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

fn nibble(digit: u8) -> Result<u8, LedgerError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(LedgerError::Hex),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha256(parts: &[&[u8]]) -> Hash {
        Hash(Sha256::digest(parts.concat()).into())
    }

    #[test]
    fn the_empty_root_is_that_of_rfc_6962() {
        let known = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Head::EMPTY.root.to_string(), known);
        assert_eq!(root_of(&[]).to_string(), known);
    }

    #[test]
    fn root_of_three_commitments_is_the_tree_computed_by_hand() {
        let [a, b, c] = [Hash([1; 32]), Hash([2; 32]), Hash([3; 32])];
        let leaf = |item: Hash| sha256(&[&[0], &item.0]);
        let left = sha256(&[&[1], &leaf(a).0, &leaf(b).0]);
        assert_eq!(root_of(&[a]), leaf(a));
        assert_eq!(root_of(&[a, b, c]), sha256(&[&[1], &left.0, &leaf(c).0]));
        assert_ne!(root_of(&[a, b, c]), root_of(&[b, a, c]), "order counts");
    }

    #[test]
    fn commitment_is_sha256_of_salt_and_digest() {
        assert_eq!(commitment(&[7; 32], &[9; 32]), sha256(&[&[7; 32], &[9; 32]]));
        assert_ne!(commitment(&[7; 32], &[9; 32]), commitment(&[8; 32], &[9; 32]));
    }

    #[test]
    fn hexadecimal_and_base64_round_trip_and_refuse_other_forms() {
        let hash = leaf_hash(b"x");
        assert_eq!(hash.to_string().parse::<Hash>(), Ok(hash));
        assert_eq!(Hash::from_base64(&hash.to_base64()), Some(hash));
        let upper = hash.to_string().to_uppercase();
        for bad in ["", "00", upper.as_str(), &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(bad.parse::<Hash>(), Err(LedgerError::Hex), "{bad}");
        }
        for bad in ["", "AAAA", &"A".repeat(44), &format!("{}B=", "A".repeat(42))] {
            assert_eq!(Hash::from_base64(bad), None, "{bad}");
        }
    }
}
