//! A bundle of any length that is made while it is read: no file, and no memory beyond one piece.

use std::fmt::Write as _;
use std::io::Read;

const PIECE: usize = 64 << 10;

/// A bundle of so many objects.
pub struct Endless {
    objects: u64,
    made: u64,
    piece: String,
    given: usize,
}

impl Endless {
    pub fn new(objects: u64) -> Self {
        let piece =
            "{\"type\":\"bundle\",\"id\":\"bundle--44af6c39-c09b-49c5-9de2-394224b04982\",\"objects\":["
                .to_owned();
        Self { objects, made: 0, piece, given: 0 }
    }

    fn next_object(&mut self) {
        let number = self.made;
        self.made += 1;
        let common = |out: &mut String, kind: &str| {
            let id = uuid(number);
            let comma = if number == 0 { "" } else { ",\n" };
            write!(
                out,
                "{comma}{{\"type\":\"{kind}\",\"spec_version\":\"2.1\",\"id\":\"{kind}--{id}\",\
                 \"created\":\"2016-01-01T00:00:{:02}.000Z\",\"modified\":\"2016-01-02T00:00:{:02}.{:03}Z\"",
                number % 60,
                number % 59,
                number % 1000
            )
            .unwrap();
        };
        let out = &mut self.piece;
        match number % 4 {
            0 => {
                common(out, "identity");
                write!(
                    out,
                    ",\"name\":\"EXERCISE {number} \\\"Zürich\\\"\",\"identity_class\":\"organization\""
                )
                .unwrap();
            }
            1 => {
                common(out, "relationship");
                let (from, to) = (uuid(number / 2), uuid(number / 3));
                write!(
                    out,
                    ",\"relationship_type\":\"uses\",\"source_ref\":\"malware--{from}\",\"target_ref\":\"tool--{to}\""
                )
                .unwrap();
            }
            2 => {
                common(out, "malware");
                write!(out, ",\"name\":\"EXERCISE {number}\",\"is_family\":false,\"description\":\"")
                    .unwrap();
                for _ in 0..number % 23 {
                    out.push_str("What it does is told in many words,\\n and more than once. ");
                }
                out.push_str("\",\"labels\":[\"a\",\"b\",\"c\"]");
            }
            _ => {
                common(out, "note");
                let about = uuid(number / 5);
                write!(
                    out,
                    ",\"content\":\"EXERCISE {number}\",\"object_refs\":[\"campaign--{about}\"],\
                     \"object_marking_refs\":[\"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9\"],\
                     \"external_references\":[{{\"source_name\":\"exercise\",\"external_id\":\"E{number}\"}}]"
                )
                .unwrap();
            }
        }
        out.push('}');
    }
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.given == self.piece.len() {
            self.piece.clear();
            self.given = 0;
        }
        while self.piece.len() < PIECE && self.made < self.objects {
            self.next_object();
            if self.made == self.objects {
                self.piece.push_str("]}");
            }
        }
        let count = into.len().min(self.piece.len() - self.given);
        into[..count].copy_from_slice(&self.piece.as_bytes()[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

/// An identifier of version 4 that looks random and follows from the number.
fn uuid(number: u64) -> String {
    let mix = |seed: u64| {
        let once = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let twice = (once ^ (once >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        twice ^ (twice >> 31)
    };
    let (high, low) =
        (mix(number.wrapping_add(0x9E37_79B9_7F4A_7C15)), mix(number.wrapping_mul(2).wrapping_add(1)));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFF,
        low & 0xFFF,
        low >> 16
    )
}
