//! Sealing what travels on a medium to the key of one member (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305).
//!
//! A file is a line with the version of its form, the encapsulated key, a mark by which its recipient knows that it is for
//! it, and chunks. Each chunk is sealed under the number of its place, and the last one says that it is the last: nothing
//! can be left out, put elsewhere, or cut off at the end without that being found. Who made it, this does not show.

use std::io::{self, Read, Write};

use aws_lc_rs::agreement::{PrivateKey, X25519};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_CHACHA20_POLY1305 as SUITE;
use rustls::crypto::hpke::{
    EncapsulatedSecret, Hpke as _, HpkeOpener, HpkePrivateKey, HpkePublicKey, HpkeSealer,
};
use sha2::{Digest as _, Sha256};

use super::{Refused, Stop};
use crate::AppError;

/// What a file begins with, before the version of its form.
const HEADING: &[u8] = b"comity-courier ";
/// The version that this program writes and reads.
const VERSION: u64 = 1;
/// Names this use of the key: the same sealed bytes mean nothing elsewhere.
const INFO: &[u8] = b"comity/courier/1";
/// Bytes of a chunk before it is sealed.
const CHUNK: usize = 256 << 10;
/// What the seal adds to a chunk.
const TAG: usize = 16;
/// Bytes of the mark of the recipient.
const MARK: usize = 8;
/// Stands in the length of the last chunk.
const LAST_BIT: u32 = 1 << 31;
/// What is said beside a chunk: whether others follow.
const MORE: &[u8] = b"more";
const LAST: &[u8] = b"last";

/// The public key of a private one, as it stands in a key note.
pub(crate) fn public_key(private: &[u8; 32]) -> Result<String, AppError> {
    Ok(STANDARD.encode(public_bytes(private)?))
}

fn public_bytes(private: &[u8; 32]) -> Result<Vec<u8>, AppError> {
    let fault = || AppError::Internal("courier.key makes no key".into());
    let key = PrivateKey::from_private_key(&X25519, private).map_err(|_| fault())?;
    Ok(key.compute_public_key().map_err(|_| fault())?.as_ref().to_vec())
}

/// The mark by which a recipient knows what is for it: who does not know its key learns nothing by it.
fn mark(secret: &[u8], public: &[u8]) -> Vec<u8> {
    let digest = Sha256::new().chain_update(INFO).chain_update(secret).chain_update(public).finalize();
    digest.into_iter().take(MARK).collect()
}

/// Seals what is written to it.
pub(super) struct Sealing<W> {
    out: W,
    sealer: Box<dyn HpkeSealer>,
    held: Vec<u8>,
    written: u64,
}

impl<W: Write> Sealing<W> {
    /// About how many bytes the file has.
    pub(super) fn size(&self) -> u64 {
        self.written.saturating_add(self.held.len() as u64)
    }

    /// Begins a file for who has this public key.
    pub(super) fn new(mut out: W, to: &str) -> Result<Self, AppError> {
        let fault = |why: String| AppError::invalid("courier key", why);
        let key = STANDARD.decode(to).map_err(|error| fault(error.to_string()))?;
        let (secret, sealer) = SUITE
            .setup_sealer(INFO, &HpkePublicKey(key.clone()))
            .map_err(|error| fault(format!("nothing can be sealed for it: {error}")))?;
        let mut head = HEADING.to_vec();
        head.extend_from_slice(format!("{VERSION}\n").as_bytes());
        head.extend_from_slice(&secret.0);
        head.extend(mark(&secret.0, &key));
        out.write_all(&head).map_err(|error| unwritten(&error))?;
        Ok(Self { out, sealer, held: Vec::with_capacity(CHUNK), written: head.len() as u64 })
    }

    /// Adds bytes.
    pub(super) fn put(&mut self, mut bytes: &[u8]) -> Result<(), AppError> {
        while !bytes.is_empty() {
            // A full chunk waits until it is known not to be the last.
            if self.held.len() == CHUNK {
                self.seal(MORE)?;
            }
            let (now, rest) = bytes.split_at(bytes.len().min(CHUNK - self.held.len()));
            self.held.extend_from_slice(now);
            bytes = rest;
        }
        Ok(())
    }

    /// Ends the file.
    pub(super) fn finish(mut self) -> Result<W, AppError> {
        self.seal(LAST)?;
        self.out.flush().map_err(|error| unwritten(&error))?;
        Ok(self.out)
    }

    fn seal(&mut self, beside: &[u8]) -> Result<(), AppError> {
        let sealed = self
            .sealer
            .seal(beside, &self.held)
            .map_err(|error| AppError::Internal(format!("sealing a bundle: {error}")))?;
        self.held.clear();
        let length = u32::try_from(sealed.len()).map_err(|error| AppError::Internal(error.to_string()))?;
        let head = if beside == LAST { length | LAST_BIT } else { length };
        for bytes in [head.to_be_bytes().as_slice(), &sealed] {
            self.out.write_all(bytes).map_err(|error| unwritten(&error))?;
            self.written += bytes.len() as u64;
        }
        Ok(())
    }
}

fn unwritten(error: &io::Error) -> AppError {
    AppError::Environment(format!("the bundle cannot be written: {error}"))
}

/// Why nothing more can be read.
pub(super) enum Broken {
    /// It ends before its end.
    Cut,
    /// It is not what was sealed.
    Altered,
    /// The medium cannot be read.
    Unread(io::Error),
}

/// Reads what was sealed.
pub(super) struct Opening<R> {
    input: R,
    opener: Box<dyn HpkeOpener>,
    held: Vec<u8>,
    at: usize,
    is_last: bool,
}

impl<R: Read> Opening<R> {
    /// Begins to read a file with the private key of its recipient.
    pub(super) fn new(mut input: R, private: &[u8; 32]) -> Result<Self, Stop> {
        let version = version(&mut input)?;
        if version != VERSION {
            return Err(Refused::NewerProgram { version }.into());
        }
        let cut = |_| Refused::CutOff { part: "head".into() };
        let (mut secret, mut found) = ([0; 32], [0; MARK]);
        input.read_exact(&mut secret).map_err(cut)?;
        input.read_exact(&mut found).map_err(cut)?;
        if mark(&secret, &public_bytes(private)?) != found {
            return Err(Refused::ForAnother { named: None }.into());
        }
        let key = HpkePrivateKey::from(private.to_vec());
        let opener = SUITE
            .setup_opener(&EncapsulatedSecret(secret.to_vec()), INFO, &key)
            .map_err(|_| Refused::Damaged { part: "head".into() })?;
        Ok(Self { input, opener, held: Vec::new(), at: 0, is_last: false })
    }

    /// Fills a buffer.
    pub(super) fn read_exact(&mut self, mut into: &mut [u8]) -> Result<(), Broken> {
        while !into.is_empty() {
            if self.at == self.held.len() && !self.next()? {
                return Err(Broken::Altered);
            }
            let held = self.held.get(self.at..).unwrap_or_default();
            let many = held.len().min(into.len());
            let (now, rest) = into.split_at_mut(many);
            now.copy_from_slice(held.get(..many).unwrap_or_default());
            self.at += many;
            into = rest;
        }
        Ok(())
    }

    /// Whether everything was read. More behind the end is none of it.
    pub(super) fn is_at_end(&mut self) -> Result<bool, Broken> {
        if self.at < self.held.len() || self.next()? {
            return Ok(false);
        }
        let mut one = [0];
        Ok(self.input.read(&mut one).map_err(Broken::Unread)? == 0)
    }

    /// Opens the next chunk that holds something; false behind the last.
    fn next(&mut self) -> Result<bool, Broken> {
        while !self.is_last {
            let mut head = [0; 4];
            self.fill(&mut head)?;
            let head = u32::from_be_bytes(head);
            let length = (head & !LAST_BIT) as usize;
            if !(TAG..=CHUNK + TAG).contains(&length) {
                return Err(Broken::Altered);
            }
            let mut sealed = vec![0; length];
            self.fill(&mut sealed)?;
            let is_last = head & LAST_BIT != 0;
            let beside = if is_last { LAST } else { MORE };
            self.held = self.opener.open(beside, &sealed).map_err(|_| Broken::Altered)?;
            (self.at, self.is_last) = (0, is_last);
            if !self.held.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn fill(&mut self, into: &mut [u8]) -> Result<(), Broken> {
        self.input.read_exact(into).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Broken::Cut,
            _ => Broken::Unread(error),
        })
    }
}

/// The version in the first line of a file.
fn version(input: &mut impl Read) -> Result<u64, Stop> {
    let mut line = Vec::new();
    // The heading, the digits of a number, and the end of the line.
    for _ in 0..HEADING.len() + 20 {
        let mut one = [0];
        if input.read_exact(&mut one).is_err() || one == *b"\n" {
            break;
        }
        line.extend(one);
    }
    let number = line.strip_prefix(HEADING).and_then(|rest| std::str::from_utf8(rest).ok()?.parse().ok());
    number.ok_or_else(|| Refused::NoBundle.into())
}
