//! The outer dictionary of a stream: its keys, of which the objects are left out.

use std::collections::BTreeSet;
use std::io::Read;

use super::{Found, State, Step, Stream, StreamError, scan};
use crate::json::{JsonError, JsonErrorKind};
use crate::limits::Limits;
use crate::object::Object;
use crate::read::{Form, ReadError, plain_text};

/// Bytes that the keys of the outer dictionary may take together even where objects must be shorter.
const KEYS: usize = 64 << 10;

/// What the outer dictionary has said about itself so far.
#[derive(Debug, Default)]
pub(super) struct Outer {
    seen: BTreeSet<String>,
    /// Bytes of the keys.
    seen_bytes: usize,
    kind: Option<Kind>,
    has_id: bool,
    id: Option<String>,
    objects: Objects,
    /// Whether a key was met that no TAXII envelope has.
    other: bool,
    /// The dictionary as text without its objects and its last bracket.
    text: Vec<u8>,
    /// Whether the text became longer than the limit and is incomplete.
    long: bool,
    start: u64,
    end: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bundle,
    Other,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Objects {
    #[default]
    Absent,
    /// A list of which objects were given out.
    Given,
    /// A list that was passed over.
    Passed,
    /// No list.
    Other,
}

impl Outer {
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Where the dictionary ends.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The dictionary without its objects.
    pub(super) fn object(&self, limits: &Limits) -> Result<Object<'_>, ReadError> {
        if self.long {
            return Err(ReadError::ObjectTooLong(limits.object_bytes));
        }
        Object::parse(&self.text, limits)
    }

    fn keep(&mut self, key: &[u8], value: &[u8], limit: usize) {
        let length = self.text.len().saturating_add(key.len()).saturating_add(value.len());
        self.long |= length.saturating_add(3) > limit;
        if self.long {
            return;
        }
        self.text.push(if self.text.is_empty() { b'{' } else { b',' });
        self.text.extend_from_slice(key);
        self.text.push(b':');
        self.text.extend_from_slice(value);
    }

    /// The form of a dictionary that is complete.
    fn form(&self) -> Form {
        let envelope =
            self.kind.is_none() && !self.has_id && (self.objects != Objects::Absent || !self.other);
        match self.kind {
            Some(Kind::Bundle) => Form::Bundle,
            _ if envelope => Form::Envelope,
            _ => Form::Object,
        }
    }
}

impl<R: Read> Stream<R> {
    /// The next key with its value, or the end of the dictionary.
    pub(super) fn key(&mut self, first: bool) -> Result<Step, StreamError> {
        if first {
            self.outer.start = self.source.offset_of(0).saturating_sub(1);
        }
        match self.source.skip_blank()? {
            Some(b'}') => return self.finish(),
            Some(b',') if !first => {
                self.source.consume(1);
                if self.source.skip_blank()? == Some(b'}') {
                    return Err(self.unexpected("trailing comma"));
                }
            }
            Some(_) if !first => return Err(self.unexpected("expected `,` or `}`")),
            Some(_) | None => {}
        }
        match self.source.peek()? {
            Some(b'"') => {}
            Some(_) => return Err(self.unexpected("key must be a string")),
            None => return Err(self.cut_off()),
        }
        let (raw, key) = self.name()?;
        match self.source.skip_blank()? {
            Some(b':') => self.source.consume(1),
            Some(_) => return Err(self.unexpected("expected `:`")),
            None => return Err(self.cut_off()),
        }
        self.state = State::Keys { first: false };
        let front = self.source.skip_blank()?;
        if key != "objects" {
            return self.property(&raw, &key);
        }
        let container = match self.form {
            Some(form) => form != Form::Object,
            None => self.outer.kind != Some(Kind::Other),
        };
        if front == Some(b'[') && container {
            if self.outer.kind == Some(Kind::Bundle) {
                self.form = Some(Form::Bundle);
            }
            self.source.consume(1);
            self.outer.objects = Objects::Given;
            self.state = State::List { first: true };
            if self.source.skip_blank()? == Some(b']') {
                self.outer.keep(&raw, b"[]", self.limits.object_bytes);
            }
            return Ok(Step::On);
        }
        self.outer.objects = if front == Some(b'[') { Objects::Passed } else { Objects::Other };
        self.passed_value()?;
        Ok(Step::On)
    }

    /// The key at the front, as written and as meant.
    fn name(&mut self) -> Result<(Vec<u8>, String), StreamError> {
        let Found::Here(length) = self.value()? else {
            return Err(ReadError::ObjectTooLong(self.limits.object_bytes).into());
        };
        let rest = self.source.rest();
        let raw = rest.get(..length).unwrap_or_default().to_vec();
        scan::text_of(&raw).map_err(|error| self.source.place(error, 0))?;
        let key: String = serde_json::from_slice(&raw)
            .map_err(|error| self.source.place(JsonError::explain(&error, &raw), 0))?;
        if self.outer.seen.contains(&key) {
            let kind = JsonErrorKind::DuplicateKey(key.chars().take(120).collect());
            return Err(self.source.fault(kind, length).into());
        }
        self.source.consume(length);
        self.outer.seen_bytes = self.outer.seen_bytes.saturating_add(length);
        if self.outer.seen_bytes > self.limits.object_bytes.max(KEYS) {
            return Err(ReadError::ObjectTooLong(self.limits.object_bytes).into());
        }
        self.outer.seen.insert(key.clone());
        Ok((raw, key))
    }

    /// A value other than the objects.
    fn property(&mut self, raw: &[u8], key: &str) -> Result<Step, StreamError> {
        let limit = self.limits.object_bytes;
        let length = self.passed_value()?;
        let value = length.map(|length| self.source.used(length));
        let text = || value.and_then(|value| plain_text(std::str::from_utf8(value).ok()?));
        match key {
            "type" => {
                let bundle = text().as_deref() == Some("bundle");
                self.outer.kind = Some(if bundle { Kind::Bundle } else { Kind::Other });
            }
            "id" => {
                self.outer.has_id = true;
                self.outer.id = text();
            }
            known => self.outer.other |= known != "more" && known != "next",
        }
        match value {
            Some(value) => self.outer.keep(raw, value, limit),
            None => self.outer.long = true,
        }
        Ok(Step::On)
    }

    /// Goes behind the value at the front, which must be well formed; its length if it was short enough to be kept.
    fn passed_value(&mut self) -> Result<Option<usize>, StreamError> {
        let Found::Here(length) = self.value()? else { return Ok(None) };
        let rest = self.source.rest();
        let value = rest.get(..length).unwrap_or_default();
        scan::check(value, rest.get(length).copied()).map_err(|error| self.source.place(error, 0))?;
        self.source.consume(length);
        Ok(Some(length))
    }

    /// At the last bracket of the dictionary.
    fn finish(&mut self) -> Result<Step, StreamError> {
        self.source.consume(1);
        self.outer.end = self.source.offset_of(0);
        self.state = State::Tail;
        if self.outer.text.is_empty() {
            self.outer.text.push(b'{');
        }
        self.outer.text.push(b'}');
        let form = self.form.unwrap_or_else(|| self.outer.form());
        match (form, self.outer.objects) {
            (Form::Bundle | Form::Envelope, Objects::Other) => Err(ReadError::ObjectsNotAList.into()),
            // It is no container, and it is longer than what was looked at in advance.
            (Form::Object, Objects::Given) if self.index > 0 => {
                Err(ReadError::ObjectTooLong(self.limits.object_bytes).into())
            }
            (Form::Object, _) => {
                self.form = Some(form);
                self.state = State::LongTail { offset: self.outer.start };
                Ok(Step::On)
            }
            _ => {
                self.form = Some(form);
                Ok(Step::On)
            }
        }
    }
}
