//! The parts of a bundle inside its seal, and the manifest behind them. Nothing is decompressed or used before the whole file
//! was read once, every part is known to be the one that the manifest names, and the manifest is signed.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;

use comity_model::Manifest;
use comity_model::bundle::{MANIFEST_BYTES_MAX, PARTS_MAX, Part, RATIO_MAX};
use comity_model::invitation::Signed;
use comity_model::stix::Digest;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use super::seal::{Broken, Opening, Sealing};
use super::{Refused, Stop};
use crate::{App, AppError};

/// What stands before a part, and before the manifest.
const PART: u8 = b'P';
const MANIFEST: u8 = b'M';
/// Largest description of a part, in bytes.
const PART_HEAD_MAX: usize = 4 << 10;

/// A part with its bytes, as they go into the bundle.
pub(super) struct Packed {
    pub(super) part: Part,
    bytes: Vec<u8>,
}

impl Packed {
    /// Packs a part; one that would grow too much when it is opened stays as it is.
    pub(super) fn new(name: String, collection: Option<String>, plain: Vec<u8>) -> Result<Self, AppError> {
        let fault = |error: std::io::Error| AppError::Internal(format!("packing {name}: {error}"));
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&plain).map_err(fault)?;
        let zipped = encoder.finish().map_err(fault)?;
        let size = plain.len() as u64;
        let gzip = zipped.len() < plain.len() && size <= (zipped.len() as u64).saturating_mul(RATIO_MAX);
        let bytes = if gzip { zipped } else { plain };
        let part =
            Part { name, collection, bytes: bytes.len() as u64, size, gzip, digest: Digest::of(&bytes) };
        Ok(Self { part, bytes })
    }
}

/// A bundle that is being written.
pub(super) struct Writing {
    sealing: Sealing<BufWriter<File>>,
    pub(super) parts: Vec<Part>,
}

impl Writing {
    pub(super) fn new(file: File, to: &str) -> Result<Self, AppError> {
        Ok(Self { sealing: Sealing::new(BufWriter::new(file), to)?, parts: Vec::new() })
    }

    /// About how large the file would be with another part.
    pub(super) fn size_with(&self, packed: &Packed) -> u64 {
        self.sealing.size().saturating_add(packed.part.bytes)
    }

    /// Whether no more parts fit in.
    pub(super) fn is_full(&self) -> bool {
        self.parts.len() >= PARTS_MAX
    }

    pub(super) fn put(&mut self, packed: Packed) -> Result<(), AppError> {
        let head = serde_json::to_vec(&packed.part).map_err(|error| AppError::Internal(error.to_string()))?;
        self.frame(PART, &head)?;
        self.sealing.put(&packed.bytes)?;
        self.parts.push(packed.part);
        Ok(())
    }

    /// Writes the manifest, and everything to the disk; answers how large the file is.
    pub(super) fn finish(mut self, signed: &Signed<Manifest>) -> Result<u64, AppError> {
        self.frame(MANIFEST, &signed.to_json()?)?;
        let unwritten =
            |error: std::io::Error| AppError::Environment(format!("the bundle cannot be written: {error}"));
        let file = self.sealing.finish()?.into_inner().map_err(|error| unwritten(error.into_error()))?;
        file.sync_all().map_err(unwritten)?;
        Ok(file.metadata().map_err(unwritten)?.len())
    }

    fn frame(&mut self, kind: u8, head: &[u8]) -> Result<(), AppError> {
        let length = u32::try_from(head.len()).map_err(|error| AppError::Internal(error.to_string()))?;
        self.sealing.put(&[kind])?;
        self.sealing.put(&length.to_be_bytes())?;
        self.sealing.put(head)
    }
}

/// A bundle that is being read.
struct Reading {
    opening: Opening<BufReader<File>>,
    /// What is being read, for people.
    at: String,
    part_bytes_max: u64,
}

/// What comes next in a bundle.
enum Frame {
    Part(Part),
    Manifest(Vec<u8>),
}

impl Reading {
    fn new(app: &App, path: &Path) -> Result<Self, Stop> {
        let open = |key: &[u8; 32]| {
            let file = File::open(path)
                .map_err(|error| AppError::Environment(format!("{}: {error}", path.display())))?;
            Opening::new(BufReader::new(file), key)
        };
        let keys = app.keys()?;
        let opening = match (open(&keys.courier), &keys.courier_before) {
            // It may be sealed for the key before, of which its maker knew.
            (Err(Stop::Refused(Refused::ForAnother { .. })), Some(before)) => open(before)?,
            (opening, _) => opening?,
        };
        Ok(Self { opening, at: "head".into(), part_bytes_max: app.limits().peer.page_bytes as u64 })
    }

    fn damaged(&self) -> Stop {
        Refused::Damaged { part: self.at.clone() }.into()
    }

    fn fill(&mut self, into: &mut [u8]) -> Result<(), Stop> {
        self.opening.read_exact(into).map_err(|broken| match broken {
            Broken::Cut => Refused::CutOff { part: self.at.clone() }.into(),
            Broken::Altered => Refused::Damaged { part: self.at.clone() }.into(),
            Broken::Unread(error) => AppError::Environment(format!("the medium: {error}")).into(),
        })
    }

    fn frame(&mut self) -> Result<Frame, Stop> {
        let (mut kind, mut length) = ([0], [0; 4]);
        self.fill(&mut kind)?;
        self.fill(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        let most = if kind == [PART] { PART_HEAD_MAX } else { MANIFEST_BYTES_MAX };
        if length > most || ![PART, MANIFEST].contains(&kind[0]) {
            return Err(self.damaged());
        }
        if kind == [MANIFEST] {
            self.at = "manifest".into();
        }
        let mut head = vec![0; length];
        self.fill(&mut head)?;
        if kind == [MANIFEST] {
            return Ok(Frame::Manifest(head));
        }
        let part: Part = serde_json::from_slice(&head).map_err(|_| self.damaged())?;
        if part.check().is_err() || part.size.max(part.bytes) > self.part_bytes_max {
            return Err(self.damaged());
        }
        self.at.clone_from(&part.name);
        Ok(Frame::Part(part))
    }

    /// Reads the bytes of a part and compares their digest.
    fn pass(&mut self, part: &Part, mut each: impl FnMut(&[u8])) -> Result<(), Stop> {
        let mut hash = Sha256::new();
        let mut room = vec![0; 64 << 10];
        let mut left = part.bytes;
        while left > 0 {
            let many = usize::try_from(left).unwrap_or(usize::MAX).min(room.len());
            let now = room.get_mut(..many).unwrap_or_default();
            self.fill(now)?;
            hash.update(&*now);
            each(now);
            left -= many as u64;
        }
        if Digest(hash.finalize().into()) == part.digest { Ok(()) } else { Err(self.damaged()) }
    }
}

/// Reads a whole bundle once and gives its manifest, of which the signature is not looked at. Every part is the one that the
/// manifest names.
pub(super) fn inspect(app: &App, path: &Path) -> Result<Signed<Manifest>, Stop> {
    let mut reading = Reading::new(app, path)?;
    let mut parts = Vec::new();
    loop {
        match reading.frame()? {
            Frame::Part(part) if parts.len() < PARTS_MAX => {
                reading.pass(&part, |_| {})?;
                parts.push(part);
            }
            Frame::Part(_) => return Err(reading.damaged()),
            Frame::Manifest(text) => {
                let signed = Signed::<Manifest>::from_json(&text).map_err(|_| reading.damaged())?;
                let is_whole = matches!(reading.opening.is_at_end(), Ok(true));
                if !is_whole || signed.said.parts != parts || signed.said.check().is_err() {
                    return Err(reading.damaged());
                }
                return Ok(signed);
            }
        }
    }
}

/// The parts of a bundle that was inspected, one after the other.
pub(super) struct Parts<'a> {
    reading: Reading,
    parts: std::slice::Iter<'a, Part>,
}

impl<'a> Parts<'a> {
    pub(super) fn of(app: &App, path: &Path, manifest: &'a Manifest) -> Result<Self, Stop> {
        Ok(Self { reading: Reading::new(app, path)?, parts: manifest.parts.iter() })
    }

    /// The next part, decompressed; none at the end. It is the one that the manifest names, also when the file is another
    /// one by now.
    pub(super) fn next(&mut self) -> Result<Option<(&'a Part, Vec<u8>)>, Stop> {
        let Some(named) = self.parts.next() else { return Ok(None) };
        let is_it = matches!(self.reading.frame()?, Frame::Part(part) if &part == named);
        if !is_it {
            return Err(self.reading.damaged());
        }
        let mut bytes = Vec::new();
        self.reading.pass(named, |more| bytes.extend_from_slice(more))?;
        if !named.gzip {
            return Ok(Some((named, bytes)));
        }
        let mut plain = Vec::new();
        let read = GzDecoder::new(bytes.as_slice()).take(named.size + 1).read_to_end(&mut plain);
        if read.is_err() || plain.len() as u64 != named.size {
            return Err(self.reading.damaged());
        }
        Ok(Some((named, plain)))
    }
}
