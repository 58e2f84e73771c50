//! A file that belongs to a record: a few types of documents and pictures, told by what stands in the bytes, and nothing
//! that a program would run.
//!
//! The bytes are looked at from outside: nothing is unpacked, rendered or run. A file of an allowed type can still hold
//! something that harms a faulty viewer; what is known to start by itself (scripts and embedded files of a PDF) is
//! refused by the words that announce it, which compression can hide.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::kind::{Fault, Faults};
use crate::stix::{Digest, Id};

/// The largest file, in bytes.
pub const ATTACHMENT_BYTES_MAX: usize = 8 << 20;
/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 200;
/// So many bytes of the file stand in one string of the object: a reader of STIX may limit strings to 1 MiB.
const PART_BYTES: usize = 510_000;
/// A ZIP archive is found from the end of a file: its last entry and a comment of up to 65,535 bytes.
const ARCHIVE_TAIL_BYTES: usize = 65_557;
/// How far programs look for markup at the start of a text.
const MARKUP_BYTES: usize = 4_096;

/// What a file is, by its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileType {
    /// Portable document.
    Pdf,
    /// Picture.
    Png,
    /// Picture.
    Jpeg,
    /// Picture.
    Webp,
    /// Text in UTF-8 without markup.
    Text,
    /// Table in UTF-8.
    Csv,
    /// JSON in UTF-8.
    Json,
}

impl FileType {
    /// Every type that is taken, with its media type and the endings of names.
    const ALL: [(Self, &'static str, &'static [&'static str]); 7] = [
        (Self::Pdf, "application/pdf", &["pdf"]),
        (Self::Png, "image/png", &["png"]),
        (Self::Jpeg, "image/jpeg", &["jpg", "jpeg"]),
        (Self::Webp, "image/webp", &["webp"]),
        (Self::Text, "text/plain", &["txt"]),
        (Self::Csv, "text/csv", &["csv"]),
        (Self::Json, "application/json", &["json"]),
    ];

    /// The type that the ending of a name declares.
    fn declared(name: &str) -> Option<(Self, &'static str)> {
        let (_, ending) = name.rsplit_once('.')?;
        let ending = ending.to_ascii_lowercase();
        let found = Self::ALL.iter().find(|(.., endings)| endings.contains(&ending.as_str()));
        found.map(|(kind, media, _)| (*kind, *media))
    }

    /// Whether the bytes are of this type and of no other at once. The error says why not.
    fn judge(self, bytes: &[u8]) -> Result<(), &'static str> {
        let tail = bytes.get(bytes.len().saturating_sub(ARCHIVE_TAIL_BYTES)..).unwrap_or(bytes);
        if holds(tail, b"PK\x05\x06") {
            return Err("it is an archive as well");
        }
        match self {
            Self::Pdf => pdf(bytes),
            Self::Png => png(bytes).ok_or("it is no PNG picture, or something follows its end"),
            Self::Jpeg => {
                let framed = bytes.starts_with(b"\xff\xd8\xff") && bytes.ends_with(b"\xff\xd9");
                framed.then_some(()).ok_or("it is no JPEG picture, or something follows its end")
            }
            Self::Webp => webp(bytes).ok_or("it is no WebP picture, or something follows its end"),
            Self::Text | Self::Csv => text(bytes).map(|_| ()),
            Self::Json => {
                let read = serde_json::from_str::<serde::de::IgnoredAny>(text(bytes)?);
                read.map(|_| ()).map_err(|_| "it is no JSON")
            }
        }
    }
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn pdf(bytes: &[u8]) -> Result<(), &'static str> {
    let tail = bytes.get(bytes.len().saturating_sub(1_024)..).unwrap_or(bytes);
    if !bytes.starts_with(b"%PDF-") || !holds(tail, b"%%EOF") {
        return Err("it is no PDF document");
    }
    let starts_something: [&[u8]; 6] =
        [b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/OpenAction"];
    if starts_something.iter().any(|word| holds(bytes, word)) {
        return Err("the document runs something or holds other files: print it to a new PDF");
    }
    Ok(())
}

/// Walks the chunks of a PNG to its end, which must be the end of the file.
fn png(bytes: &[u8]) -> Option<()> {
    let mut rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    loop {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (kind, after) = after.split_first_chunk::<4>()?;
        let whole = usize::try_from(u32::from_be_bytes(*length)).ok()?.checked_add(4)?;
        rest = after.get(whole..)?;
        if kind == b"IEND" {
            return rest.is_empty().then_some(());
        }
    }
}

fn webp(bytes: &[u8]) -> Option<()> {
    let (size, after) = bytes.strip_prefix(b"RIFF")?.split_first_chunk::<4>()?;
    let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
    (after.starts_with(b"WEBP") && after.len() == size).then_some(())
}

/// Text in UTF-8 that no program takes for markup or a script.
fn text(bytes: &[u8]) -> Result<&str, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is no text in UTF-8")?;
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err("it holds control characters, so it is no plain text");
    }
    let start: String =
        text.chars().take(MARKUP_BYTES).filter(|c| !c.is_whitespace() && *c != '\u{feff}').collect();
    let start = start.to_ascii_lowercase();
    let markup = ["<!doctype", "<html", "<svg", "<script", "<body", "<iframe", "<?xml", "<?php"];
    if start.starts_with("#!") || start.starts_with('<') || markup.iter().any(|word| start.contains(word)) {
        return Err("it is markup or a script, not plain text");
    }
    Ok(text)
}

/// A file with the record that it belongs to, as it stands in its object.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// The record.
    pub record_ref: Id,
    /// Name of the file, without a folder.
    pub name: String,
    /// What it shows, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Media type, as the bytes and the ending of the name both have it.
    pub mime_type: String,
    /// Bytes of the file.
    pub size: u64,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// The bytes in Base64, in parts.
    payload: Vec<String>,
}

impl Attachment {
    /// Takes a file for a record.
    ///
    /// # Errors
    /// Every fault: an empty or too large file, a type that is not taken, a name that is another type's or holds a path.
    pub fn of(record: Id, name: &str, bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        let media = judge(&mut faults, name, bytes).unwrap_or_default();
        faults.into_result()?;
        Ok(Self {
            record_ref: record,
            name: name.to_owned(),
            title: None,
            mime_type: media.to_owned(),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            sha256: Digest::of(bytes),
            payload: bytes.chunks(PART_BYTES).map(|part| STANDARD.encode(part)).collect(),
        })
    }

    /// The bytes of the file; none when they are no Base64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let encoded: usize = self.payload.iter().map(String::len).sum();
        if encoded / 4 * 3 > ATTACHMENT_BYTES_MAX.saturating_add(3 * self.payload.len()) {
            return None;
        }
        let mut bytes = Vec::with_capacity(encoded / 4 * 3);
        for part in &self.payload {
            STANDARD.decode_vec(part, &mut bytes).ok()?;
        }
        Some(bytes)
    }

    pub(crate) fn check(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        if self.title.as_ref().is_some_and(|title| title.trim().is_empty() || title.len() > NAME_BYTES_MAX) {
            faults.add("form", "attachment-title", "title", "a title has 1 to 200 bytes, or is left out");
        }
        let Some(bytes) = self.bytes() else {
            faults.add(
                "form",
                "attachment-payload",
                "payload",
                "the file is no Base64, or larger than 8 MiB",
            );
            return faults.into_vec();
        };
        let media = judge(&mut faults, &self.name, &bytes);
        if media.is_some_and(|media| media != self.mime_type) {
            faults.add("form", "attachment-type", "mime_type", "the media type is not that of the file");
        }
        if u64::try_from(bytes.len()).ok() != Some(self.size) || Digest::of(&bytes) != self.sha256 {
            faults.add("form", "attachment-digest", "sha256", "size and digest are not those of the file");
        }
        faults.into_vec()
    }
}

/// Judges name and bytes; answers the media type that the name declares.
fn judge(faults: &mut Faults, name: &str, bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() {
        faults.add("form", "attachment-empty", "payload", "the file is empty");
    }
    if bytes.len() > ATTACHMENT_BYTES_MAX {
        faults.add("form", "attachment-large", "payload", "a file has at most 8 MiB");
        return None;
    }
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '/' | '\\' | ':' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
    };
    if name.len() > NAME_BYTES_MAX
        || name.starts_with('.')
        || name.trim() != name
        || name.contains("..")
        || name.contains(hidden)
    {
        let message = "a name has 1 to 200 bytes, no folder, no dot at the start and no hidden character";
        faults.add("form", "attachment-name", "name", message);
    }
    let Some((kind, media)) = FileType::declared(name) else {
        let message = "only files named .pdf, .png, .jpg, .jpeg, .webp, .txt, .csv and .json are taken";
        faults.add("form", "attachment-type", "name", message);
        return None;
    };
    if let Err(why) = kind.judge(bytes) {
        faults.add("form", "attachment-type", "payload", format!("{why}; its name says {media}"));
    }
    Some(media)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of one pixel.
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\0IEND\xaeB`\x82";

    fn codes(name: &str, bytes: &[u8]) -> Vec<&'static str> {
        let record = "incident--00000000-0000-4000-8000-000000000003".parse().unwrap();
        match Attachment::of(record, name, bytes) {
            Ok(taken) => {
                assert_eq!(taken.check(), []);
                assert_eq!(taken.bytes().unwrap(), bytes);
                Vec::new()
            }
            Err(faults) => faults.into_iter().map(|fault| fault.code).collect(),
        }
    }

    #[test]
    fn documents_pictures_and_texts_are_taken_as_what_they_are() {
        let webp = b"RIFF\x04\0\0\0WEBP";
        for (name, bytes) in [
            ("EXERCISE plan.pdf", &b"%PDF-1.4\n1 0 obj\n%%EOF\n"[..]),
            ("EXERCISE.PNG", PNG),
            ("EXERCISE.jpg", b"\xff\xd8\xff\xe0EXERCISE\xff\xd9"),
            ("EXERCISE.webp", webp),
            ("УЧЕНИЕ заметка.txt", "УЧЕНИЕ: 5 < 6, تمرين\r\n".as_bytes()),
            ("EXERCISE.csv", b"name,count\nEXERCISE,3\n"),
            ("EXERCISE.json", b"{\"exercise\": [1, 2]}"),
        ] {
            assert_eq!(codes(name, bytes), Vec::<&str>::new(), "{name}");
        }
        let large = vec![b'a'; ATTACHMENT_BYTES_MAX];
        assert_eq!(codes("EXERCISE.txt", &large), Vec::<&str>::new(), "exactly at the limit");
    }

    #[test]
    fn what_is_something_else_than_its_name_says_is_refused() {
        let followed = [PNG, b"more"].concat();
        let with_archive = [&b"%PDF-1.4 %%EOF"[..], b"PK\x05\x06", &[0; 18]].concat();
        for (name, bytes) in [
            ("EXERCISE.pdf", &b"MZ\x90\0\x03 this program"[..]),
            ("EXERCISE.png", b"%PDF-1.4 %%EOF"),
            ("EXERCISE.png", &followed),
            ("EXERCISE.pdf", &with_archive),
            ("EXERCISE.pdf", b"%PDF-1.4 /OpenAction << /S /JavaScript >> %%EOF"),
            ("EXERCISE.jpg", b"\xff\xd8\xff\xe0 no end"),
            ("EXERCISE.webp", b"RIFF\x04\0\0\0WEBPmore"),
            ("EXERCISE.txt", b"MZ\x90\0\x03"),
            ("EXERCISE.txt", b"  \n<!DOCTYPE html><p>EXERCISE"),
            ("EXERCISE.txt", b"EXERCISE <SCRIPT>alert(1)</SCRIPT>"),
            ("EXERCISE.csv", b"#!/bin/sh\necho"),
            ("EXERCISE.json", b"{exercise"),
            ("EXERCISE.txt", b"\xff\xfeE\0X\0"),
        ] {
            assert_eq!(
                codes(name, bytes),
                ["attachment-type"],
                "{name} {:?}",
                String::from_utf8_lossy(bytes)
            );
        }
    }

    #[test]
    fn archives_programs_and_active_documents_have_no_name_that_is_taken() {
        for name in
            ["a.zip", "a.exe", "a.html", "a.svg", "a.docm", "a.docx", "a.xlsm", "a.js", "a", "a.pdf.exe"]
        {
            assert_eq!(codes(name, b"EXERCISE"), ["attachment-type"], "{name}");
        }
    }

    #[test]
    fn names_with_folders_and_hidden_characters_are_refused() {
        for name in [
            "../a.txt",
            "/etc/a.txt",
            "a/b.txt",
            "..\\a.txt",
            "C:a.txt",
            ".a.txt",
            "a\0.txt",
            "a\u{202e}fdp.txt",
            " a.txt",
        ] {
            assert_eq!(codes(name, b"EXERCISE"), ["attachment-name"], "{name:?}");
        }
        assert_eq!(codes(&format!("{}.txt", "a".repeat(200)), b"EXERCISE"), ["attachment-name"]);
    }

    #[test]
    fn empty_and_too_large_files_are_refused() {
        assert!(codes("a.txt", b"").contains(&"attachment-empty"));
        assert_eq!(codes("a.txt", &vec![b'a'; ATTACHMENT_BYTES_MAX + 1]), ["attachment-large"]);
    }
}
