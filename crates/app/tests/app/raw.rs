//! A bundle taken apart and put together again by hand, as somebody would who has the key of its recipient.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use comity_app::model::invitation::Signed;
use comity_app::model::{Manifest, MemberKey, SignedKeyNote};
use comity_app::witness;
use comity_testkit::Node;
use rustls::crypto::aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_CHACHA20_POLY1305 as SUITE;
use rustls::crypto::hpke::{EncapsulatedSecret, Hpke as _, HpkePrivateKey, HpkePublicKey};
use sha2::{Digest as _, Sha256};

const INFO: &[u8] = b"comity/courier/1";
const HEAD: &[u8] = b"comity-courier 1\n";

/// What is inside the seal: the parts with what stands before each, and the manifest.
pub struct Raw {
    parts: Vec<u8>,
    pub manifest: Signed<Manifest>,
}

pub fn key_file(node: &Node, name: &str) -> [u8; 32] {
    let text = std::fs::read_to_string(node.app.home().join("keys").join(name)).unwrap();
    STANDARD.decode(text.trim()).unwrap().try_into().unwrap()
}

impl Raw {
    /// Opens a bundle with the keys of a node.
    pub fn open(bytes: &[u8], node: &Node) -> Self {
        let rest = bytes.strip_prefix(HEAD).unwrap();
        let (secret, rest) = rest.split_at(32);
        let (_, mut rest) = rest.split_at(8);
        let key = HpkePrivateKey::from(key_file(node, "courier.key").to_vec());
        let mut opener = SUITE.setup_opener(&EncapsulatedSecret(secret.to_vec()), INFO, &key).unwrap();
        let mut plain = Vec::new();
        while !rest.is_empty() {
            let (head, behind) = rest.split_at(4);
            let head = u32::from_be_bytes(head.try_into().unwrap());
            let (chunk, behind) = behind.split_at((head & !(1 << 31)) as usize);
            let beside: &[u8] = if head >> 31 == 1 { b"last" } else { b"more" };
            plain.extend(opener.open(beside, chunk).unwrap());
            rest = behind;
        }
        let mut at = 0;
        loop {
            let length = u32::from_be_bytes(plain[at + 1..at + 5].try_into().unwrap()) as usize;
            let head = &plain[at + 5..at + 5 + length];
            if plain[at] == b'M' {
                let manifest = Signed::from_json(head).unwrap();
                return Self { parts: plain[..at].to_vec(), manifest };
            }
            let part: serde_json::Value = serde_json::from_slice(head).unwrap();
            at += 5 + length + usize::try_from(part["bytes"].as_u64().unwrap()).unwrap();
        }
    }

    /// The member key of a node.
    pub fn key_of(&self, node: &Node) -> MemberKey {
        MemberKey::from_seed(key_file(node, "member.key"))
    }

    /// The same parts under another manifest, signed with a key.
    pub fn with(&self, change: &dyn Fn(&mut Manifest), key: &MemberKey) -> Self {
        let mut said = self.manifest.said.clone();
        change(&mut said);
        Self { parts: self.parts.clone(), manifest: Signed::new(said, key).unwrap() }
    }

    /// Seals it for a node.
    pub fn sealed_for(&self, node: &Node) -> Vec<u8> {
        let note = SignedKeyNote::from_json(&witness::own_key_note(&node.app).unwrap()).unwrap();
        let public = STANDARD.decode(note.note.courier.unwrap()).unwrap();
        let (secret, mut sealer) = SUITE.setup_sealer(INFO, &HpkePublicKey(public.clone())).unwrap();
        let manifest = self.manifest.to_json().unwrap();
        let mut plain = self.parts.clone();
        plain.push(b'M');
        plain.extend(u32::try_from(manifest.len()).unwrap().to_be_bytes());
        plain.extend(manifest);
        let chunk = sealer.seal(b"last", &plain).unwrap();
        let mark = Sha256::new().chain_update(INFO).chain_update(&secret.0).chain_update(&public).finalize();
        let head = u32::try_from(chunk.len()).unwrap() | (1 << 31);
        [HEAD, &secret.0, &mark[..8], &head.to_be_bytes(), &chunk].concat()
    }
}
