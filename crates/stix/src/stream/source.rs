//! The window on the bytes that are looked at: it grows to the largest object and no further.

use std::io::{ErrorKind, Read};

use super::StreamError;
use crate::json::{JsonError, JsonErrorKind};

/// Bytes asked for at once, at least and at most.
const LEAST: usize = 8 << 10;
const MOST: usize = 128 << 10;

/// A reader and the bytes of it that are not yet used.
#[derive(Debug)]
pub(super) struct Source<R> {
    reader: R,
    /// What stands from `start` to `end` is still to be used.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    /// The limit on the bytes of the whole document.
    most: usize,
    first: Place,
}

/// Where the first byte of the buffer stands in the document.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    offset: u64,
    /// Line breaks before it.
    lines: usize,
    /// Bytes between the last of them and it.
    column: usize,
}

impl Place {
    /// The place behind `bytes`, which begin here.
    fn behind(self, bytes: &[u8]) -> Self {
        let breaks = breaks_in(bytes);
        let since = || bytes.iter().rev().take_while(|byte| **byte != b'\n').count();
        Self {
            offset: self.offset.saturating_add(to_u64(bytes.len())),
            lines: self.lines.saturating_add(breaks),
            column: if breaks == 0 { self.column.saturating_add(bytes.len()) } else { since() },
        }
    }
}

/// How many line breaks there are. Few enough at a time for a byte to count them, which the machine does many at once.
fn breaks_in(bytes: &[u8]) -> usize {
    let count = |few: &[u8]| few.iter().fold(0u8, |count, byte| count.wrapping_add(u8::from(*byte == b'\n')));
    bytes.chunks(192).fold(0, |sum, few| sum.saturating_add(usize::from(count(few))))
}

/// A length as part of an offset.
pub(super) fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

impl<R: Read> Source<R> {
    pub(super) fn new(reader: R, most: usize) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, end: 0, ended: false, most, first: Place::default() }
    }

    /// Reads more; `false` when there is no more.
    pub(super) fn fill(&mut self) -> Result<bool, StreamError> {
        if self.ended {
            return Ok(false);
        }
        self.make_room();
        let until = self.end.saturating_add(MOST).min(self.buffer.len());
        loop {
            let free = self.buffer.get_mut(self.end..until).unwrap_or_default();
            match self.reader.read(free) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(false);
                }
                Ok(count) => {
                    self.end = self.end.saturating_add(count).min(until);
                    break;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => {
                    return Err(StreamError::Io { offset: self.offset_of(self.rest().len()), source });
                }
            }
        }
        if self.offset_of(self.rest().len()) > to_u64(self.most) {
            let kind = JsonErrorKind::TooLong(self.most);
            return Err(JsonError { kind, line: 1, column: 1, offset: 0 }.into());
        }
        Ok(true)
    }

    /// Leaves room behind the end. What is unused is moved to the front at most once for each time that
    /// the front is used up, and the buffer doubles, so that the work stays linear however small the reads are.
    fn make_room(&mut self) {
        if self.buffer.len().saturating_sub(self.end) >= LEAST {
            return;
        }
        if self.start > 0 {
            self.first = self.first.behind(self.buffer.get(..self.start).unwrap_or_default());
            self.buffer.copy_within(self.start..self.end, 0);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        if self.buffer.len().saturating_sub(self.end) < LEAST {
            let grown = self.buffer.len().saturating_add(self.buffer.len().max(LEAST));
            self.buffer.resize(grown, 0);
        }
    }

    /// Reads until `count` bytes are there or all are.
    pub(super) fn fill_to(&mut self, count: usize) -> Result<(), StreamError> {
        while self.rest().len() < count && self.fill()? {}
        Ok(())
    }

    /// What is there and not yet used.
    pub(super) fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Marks the next `count` bytes as used.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }

    /// The last `count` bytes that were used.
    pub(super) fn used(&self, count: usize) -> &[u8] {
        self.buffer.get(self.start.saturating_sub(count)..self.start).unwrap_or_default()
    }

    /// Whether all bytes were read and used.
    pub(super) fn is_at_end(&mut self) -> Result<bool, StreamError> {
        Ok(self.rest().is_empty() && !self.fill()?)
    }

    /// The next byte, unused.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, StreamError> {
        if self.is_at_end()? {
            return Ok(None);
        }
        Ok(self.rest().first().copied())
    }

    /// Skips the blank space of JSON; the byte behind it, unused.
    pub(super) fn skip_blank(&mut self) -> Result<Option<u8>, StreamError> {
        loop {
            let rest = self.rest();
            let blank = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
            if let Some(count) = blank {
                let found = rest.get(count).copied();
                self.consume(count);
                return Ok(found);
            }
            self.consume(rest.len());
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Where the byte `ahead` of the next one stands in the document.
    pub(super) fn offset_of(&self, ahead: usize) -> u64 {
        self.first.offset.saturating_add(to_u64(self.start.saturating_add(ahead)))
    }

    /// A fault at the byte `ahead` of the next one.
    pub(super) fn fault(&self, kind: JsonErrorKind, ahead: usize) -> JsonError {
        let error = JsonError { kind, line: 1, column: 1, offset: 0 };
        let until = self.start.saturating_add(ahead).min(self.end);
        moved(error, self.first.behind(self.buffer.get(..until).unwrap_or_default()))
    }

    /// A fault whose place is counted from `back` bytes before the next one, as a fault of the whole document.
    pub(super) fn place(&self, error: JsonError, back: usize) -> JsonError {
        let until = self.start.saturating_sub(back);
        moved(error, self.first.behind(self.buffer.get(..until).unwrap_or_default()))
    }
}

fn moved(error: JsonError, start: Place) -> JsonError {
    // Column 0 means the end of the line before, which lies in front of the start.
    let back = usize::from(error.line == 1 && error.column == 0 && start.column > 0);
    let offset = usize::try_from(start.offset).unwrap_or(usize::MAX).saturating_add(error.offset);
    JsonError {
        kind: error.kind,
        line: error.line.saturating_add(start.lines),
        column: if error.line == 1 { error.column.saturating_add(start.column) } else { error.column },
        offset: offset.saturating_sub(back),
    }
}
