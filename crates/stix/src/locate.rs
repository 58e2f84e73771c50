//! Where a value stands in the JSON text that it was read from, and the line around it for a person to read.
//!
//! A finding names its place by steps ([`crate::Finding::steps`]). [`locate`] turns the steps into bytes, [`excerpt`]
//! shows them. Neither builds a tree, and both take any bytes: what is no JSON gives no place, never a failure.

mod show;

use std::ops::Range;

use crate::marking::Segment;

pub use show::{Excerpt, Lines, excerpt};

/// Where a value stands, in bytes of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The key that leads to the value, with its quotes; absent for the whole text and for elements of lists.
    pub key: Option<Range<usize>>,
    /// The value without the blanks around it; a string with its quotes.
    pub value: Range<usize>,
}

/// Where the value stands that `steps` lead to. No steps lead to the whole value of the text.
///
/// `None` when the steps lead to nothing, or when the text on the way is no JSON. Of a key that stands twice, which the
/// reader of this crate refuses, the first is taken. The text is walked once, up to the end of the value.
#[must_use]
pub fn locate(json: &[u8], steps: &[Segment]) -> Option<Place> {
    let mut walk = Walk::new(json);
    let mut key = None;
    for step in steps {
        key = walk.enter(step)?;
    }
    let value = walk.value()?;
    Some(Place { key, value })
}

/// What to mark for a finding with these `steps`: the value, if it is there. Of a dictionary it is the value of its
/// `type`, else the opening brace, since the finding is about something in it or missing from it. When the steps lead
/// to nothing, the same for the innermost value on the way that is there.
///
/// `None` when the text begins with no JSON value.
#[must_use]
pub fn mark(json: &[u8], steps: &[Segment]) -> Option<Range<usize>> {
    let mut walk = Walk::new(json);
    for step in steps {
        let mut inner = walk.clone();
        if inner.enter(step).is_none() || inner.peek().is_none() {
            break;
        }
        walk = inner;
    }
    let start = walk.at;
    if walk.peek()? != b'{' {
        return walk.value();
    }
    let mut inner = walk;
    let named = inner.enter(&Segment::Key("type".to_owned())).and_then(|_| inner.value());
    Some(named.unwrap_or(start..start.saturating_add(1)))
}

/// A position in a text, always at the first byte of a value.
#[derive(Clone)]
struct Walk<'j> {
    json: &'j [u8],
    at: usize,
}

impl<'j> Walk<'j> {
    fn new(json: &'j [u8]) -> Self {
        let mut walk = Self { json, at: if json.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 } };
        walk.blanks();
        walk
    }

    fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at = self.at.saturating_add(1);
        }
    }

    /// Goes past `byte` and the blanks after it.
    fn pass(&mut self, byte: u8) -> Option<()> {
        if self.peek()? != byte {
            return None;
        }
        self.at = self.at.saturating_add(1);
        self.blanks();
        Some(())
    }

    /// Goes to the value that `step` leads to; gives the range of its key.
    fn enter(&mut self, step: &Segment) -> Option<Option<Range<usize>>> {
        match step {
            Segment::Key(wanted) => {
                self.pass(b'{')?;
                loop {
                    let key = self.string()?;
                    self.blanks();
                    self.pass(b':')?;
                    if self.is_key(&key, wanted) {
                        return Some(Some(key));
                    }
                    self.next()?;
                }
            }
            Segment::Index(wanted) => {
                self.pass(b'[')?;
                if self.peek()? == b']' {
                    return None;
                }
                for _ in 0..*wanted {
                    self.next()?;
                }
                Some(None)
            }
        }
    }

    /// Goes past the value here and the comma after it.
    fn next(&mut self) -> Option<()> {
        self.value()?;
        self.blanks();
        self.pass(b',')
    }

    fn is_key(&self, key: &Range<usize>, wanted: &str) -> bool {
        let Some(raw) = self.json.get(key.clone()) else { return false };
        let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
        if inner.contains(&b'\\') {
            serde_json::from_slice::<String>(raw).is_ok_and(|text| text == wanted)
        } else {
            inner == wanted.as_bytes()
        }
    }

    /// Goes past the string here, quotes included.
    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        if self.peek()? != b'"' {
            return None;
        }
        let mut at = start.saturating_add(1);
        loop {
            match self.json.get(at)? {
                b'"' => break,
                b'\\' => at = at.saturating_add(2),
                _ => at = at.saturating_add(1),
            }
        }
        self.at = at.saturating_add(1);
        Some(start..self.at)
    }

    /// Goes past the value here. Only the depth is counted on the way, so nesting costs nothing.
    fn value(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let mut depth = 0usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth = depth.saturating_add(1);
                    self.at = self.at.saturating_add(1);
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at = self.at.saturating_add(1);
                }
                b',' | b':' if depth == 0 => return None,
                b',' | b':' => self.at = self.at.saturating_add(1),
                _ => self.scalar(),
            }
            if depth == 0 {
                return Some(start..self.at);
            }
            self.blanks();
        }
    }

    fn scalar(&mut self) {
        let rest = self.json.get(self.at..).unwrap_or_default();
        let ends = |byte: &u8| b" \t\n\r,:]}[{\"".contains(byte);
        self.at = self.at.saturating_add(rest.iter().position(ends).unwrap_or(rest.len()));
    }
}

#[cfg(test)]
mod tests;
