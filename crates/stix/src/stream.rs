//! Documents longer than the memory: object by object from any [`Read`].
//!
//! A [`Stream`] takes the same documents apart as [`crate::read()`] does (bundle, single object, TAXII 2.1 envelope, one
//! object a line) and says the same of each object. It keeps one object at a time: its memory is bounded by a small
//! multiple of [`Limits::object_bytes`], its time is linear, however the reader divides the bytes.
//!
//! What follows from reading once and keeping little:
//! - Objects that stand before a fault of the document are given out first, then the error comes.
//! - The first [`Limits::object_bytes`] bytes are looked at before anything is given out; they decide the form where
//!   the objects come before the `type`. A dictionary longer than that whose type turns out not to be `bundle` after
//!   objects were given out ends with [`ReadError::ObjectTooLong`]. Several documents, each on its line, are told
//!   from one document by the first line, if it is no longer than that.
//! - An object longer than the limit is passed over: its [`StreamItem::bytes`] are empty.
//! - [`Limits::bytes`] and [`Limits::objects`] hold as everywhere. For a document without end set both to
//!   [`usize::MAX`].
//!
//! ```
//! use comity_stix::{Limits, Stream};
//!
//! let bytes = br#"{"type": "bundle", "id": "bundle--0", "objects": [{"type": "x-exercise"}, {"type": 1e999}]}"#;
//! let mut stream = Stream::new(&bytes[..], &Limits::default());
//! let mut readable = Vec::new();
//! while let Some(item) = stream.next_item()? {
//!     readable.push(item.object.is_ok());
//! }
//! assert_eq!(readable, [true, false]);
//! assert_eq!(stream.bundle_id(), Some("bundle--0"));
//! # Ok::<(), comity_stix::StreamError>(())
//! ```

#![deny(clippy::arithmetic_side_effects)]

mod grammar;
mod outer;
mod scan;
mod source;

use std::io::Read;

use crate::json::{JsonError, JsonErrorKind};
use crate::limits::Limits;
use crate::object::Object;
use crate::read::{Form, Outline, ReadError, outline};
use grammar::{Grammar, Utf8};
use outer::Outer;
use scan::Scanner;
use source::{Source, to_u64};

/// Why a stream ends early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// The document cannot be read further; places count from the start of the document.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The reader failed.
    #[error("reading failed after {offset} bytes: {source}")]
    Io {
        /// How many bytes had been read.
        offset: u64,
        /// What the reader said.
        source: std::io::Error,
    },
}

impl From<JsonError> for StreamError {
    fn from(error: JsonError) -> Self {
        Self::Read(error.into())
    }
}

/// One object of a stream. It is valid until the next one is asked for.
#[derive(Debug)]
pub struct StreamItem<'s> {
    /// Its place among the objects, from 0.
    pub index: usize,
    /// Where it begins in the document, in bytes from 0.
    pub offset: u64,
    /// How many bytes it takes in the document.
    pub length: u64,
    /// Its bytes exactly as they stand in the document; empty when it is longer than [`Limits::object_bytes`].
    pub bytes: &'s [u8],
    /// The object, or why it cannot be read. Places in the error count from the start of the object.
    pub object: Result<Object<'s>, ReadError>,
}

/// Takes a document apart while it is read. See the description of the module.
#[derive(Debug)]
pub struct Stream<R> {
    source: Source<R>,
    limits: Limits,
    state: State,
    form: Option<Form>,
    outer: Outer,
    /// What stands against the document as a whole, if that was seen in its first bytes. The objects before come first.
    known: Option<ReadError>,
    index: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Begin,
    /// One object a line.
    Lines,
    /// The document is one object.
    Single,
    /// Among the keys of the container, before the first or behind one.
    Keys {
        first: bool,
    },
    /// Among the objects.
    List {
        first: bool,
    },
    /// Behind the document, where only blank space may stand.
    Tail,
    /// Behind a document that is one object, begun at this place, too long to be kept.
    LongTail {
        offset: u64,
    },
    End,
}

/// What the next step brought.
enum Step {
    /// No object yet.
    On,
    /// An object of so many bytes, which are used, with blank space to be trimmed where it is a line.
    Object {
        length: usize,
        offset: u64,
    },
    /// An object too long to be kept.
    Long {
        length: u64,
        offset: u64,
    },
    End,
}

/// A value found in the source.
enum Found {
    /// It stands at the front and has this length.
    Here(usize),
    /// It was longer than the limit and is used up.
    Passed(u64),
}

impl<R: Read> Stream<R> {
    /// A stream over what `reader` gives. Nothing is read yet. The reader needs no buffer of its own.
    pub fn new(reader: R, limits: &Limits) -> Self {
        Self {
            source: Source::new(reader, limits.bytes),
            limits: limits.clone(),
            state: State::Begin,
            form: None,
            outer: Outer::default(),
            known: None,
            index: 0,
        }
    }

    /// The next object; nothing at the end of the document, and after an error.
    ///
    /// # Errors
    /// [`StreamError`] when the document as a whole cannot be read further; an object that cannot be read is an error
    /// in its [`StreamItem`] only.
    pub fn next_item(&mut self) -> Result<Option<StreamItem<'_>>, StreamError> {
        let step = loop {
            match self.step() {
                Ok(Step::On) => {}
                Ok(step) => break step,
                Err(error) => {
                    self.state = State::End;
                    return Err(match (error, self.known.take()) {
                        (StreamError::Read(_), Some(known)) => known.into(),
                        (error, _) => error,
                    });
                }
            }
        };
        let (length, offset) = match step {
            Step::Object { length, offset } => (length, offset),
            Step::Long { length, offset } => {
                let object = Err(ReadError::ObjectTooLong(self.limits.object_bytes));
                let index = self.count();
                return Ok(Some(StreamItem { index, offset, length, bytes: &[], object }));
            }
            Step::On | Step::End => {
                self.state = State::End;
                return Ok(None);
            }
        };
        let index = self.count();
        let next = self.source.rest().first().copied();
        let bytes = self.source.used(length);
        let object = Object::parse(bytes, &self.limits);
        // What was read in full is JSON. Else it is the grammar that decides whether only the object is at fault.
        if object.is_err() {
            let judged = match self.form {
                Some(Form::Ndjson) => scan::text_of(bytes).map(|_| ()),
                _ => scan::check(bytes, next),
            };
            if let Err(error) = judged {
                let error = self.known.clone().unwrap_or_else(|| self.source.place(error, length).into());
                self.state = State::End;
                return Err(error.into());
            }
        }
        Ok(Some(StreamItem { index, offset, length: to_u64(length), bytes, object }))
    }

    fn count(&mut self) -> usize {
        let index = self.index;
        self.index = index.saturating_add(1);
        index
    }

    /// The outer form, as soon as it is certain; at the latest at the end of a document without fault.
    #[must_use]
    pub fn form(&self) -> Option<Form> {
        self.form
    }

    /// The `id` of a bundle as written, once it was met.
    #[must_use]
    pub fn bundle_id(&self) -> Option<&str> {
        if self.form == Some(Form::Bundle) { self.outer.id() } else { None }
    }

    /// The bundle or envelope itself without its objects, to be judged like any object; `objects` is there only when
    /// the list is empty. Nothing while the document has not been read to its end, and for other forms.
    ///
    /// Its value is an error when its keys or values break a limit, or break the stricter rules for objects: those of
    /// a container never spoil its objects.
    #[must_use]
    pub fn container(&self) -> Option<Result<Object<'_>, ReadError>> {
        let held = matches!(self.form, Some(Form::Bundle | Form::Envelope)) && self.state == State::End;
        held.then(|| self.outer.object(&self.limits))
    }

    fn step(&mut self) -> Result<Step, StreamError> {
        match self.state {
            State::Begin => self.begin(),
            State::Lines => self.line(),
            State::Single => {
                self.state = State::Tail;
                self.object()
            }
            State::Keys { first } => self.key(first),
            State::List { first } => self.element(first),
            State::Tail | State::LongTail { .. } => self.tail(),
            State::End => Ok(Step::End),
        }
    }

    /// Looks at the first bytes and decides how to go on.
    fn begin(&mut self) -> Result<Step, StreamError> {
        self.source.fill_to(3)?;
        if self.source.rest().starts_with(b"\xEF\xBB\xBF") {
            return Err(self.source.fault(JsonErrorKind::ByteOrderMark, 0).into());
        }
        let front = self.source.skip_blank()?;
        // Room for a character that the limit cuts in two. How much more is there must change nothing.
        let most = self.limits.object_bytes.saturating_add(4);
        self.source.fill_to(most.saturating_add(1))?;
        let bytes = self.source.rest();
        let whole = bytes.len() <= most;
        let bytes = bytes.get(..most).unwrap_or(bytes);
        let valid = match std::str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            Err(error) => error.valid_up_to(),
        };
        let broken = valid < bytes.len() && (whole || valid.saturating_add(4) <= bytes.len());
        let text = std::str::from_utf8(bytes.get(..valid).unwrap_or_default()).unwrap_or_default();
        self.state = State::Keys { first: true };
        match outline(text, &self.limits) {
            Outline::Whole(top) => {
                let form = top.form()?;
                self.form = Some(form);
                if form == Form::Object {
                    self.state = State::Single;
                }
            }
            Outline::Lines => {
                self.form = Some(Form::Ndjson);
                self.state = State::Lines;
            }
            Outline::Broken { .. } if broken => {}
            Outline::Broken { error, cut } => {
                if !cut || whole {
                    self.known = Some(match error {
                        ReadError::Json(error) => self.source.place(error, 0).into(),
                        error => error,
                    });
                }
            }
        }
        if broken {
            self.known = Some(self.source.fault(JsonErrorKind::InvalidUtf8, valid).into());
        }
        if self.state == (State::Keys { first: true }) {
            match front {
                Some(b'{') => self.source.consume(1),
                Some(_) => return Err(ReadError::NotAnObject.into()),
                None => return Err(self.source.fault(JsonErrorKind::Truncated, 0).into()),
            }
        }
        Ok(Step::On)
    }

    /// The next line that is not blank.
    fn line(&mut self) -> Result<Step, StreamError> {
        if self.source.skip_blank()?.is_none() {
            return Ok(Step::End);
        }
        let offset = self.source.offset_of(0);
        // A line may end in a carriage return. Other blank space behind an object counts as part of it.
        let most = self.limits.object_bytes.saturating_add(1);
        let mut seen = 0usize;
        let end = loop {
            let rest = self.source.rest();
            let found = rest.iter().skip(seen).position(|byte| *byte == b'\n');
            let end = found.map(|count| seen.saturating_add(count));
            seen = end.unwrap_or(rest.len());
            if seen > most {
                return self.pass_line(offset);
            }
            if end.is_some() || !self.source.fill()? {
                break seen;
            }
        };
        let line = self.source.rest().get(..end).unwrap_or_default();
        let text = scan::text_of(line).map_err(|error| self.source.place(error, 0))?;
        let blank = text.len().saturating_sub(text.trim_start().len());
        let length = text.trim().len();
        self.source.consume(blank.saturating_add(length));
        if length == 0 {
            return Ok(Step::On);
        }
        self.allow_another()?;
        if length > self.limits.object_bytes {
            return Ok(Step::Long { length: to_u64(length), offset });
        }
        Ok(Step::Object { length, offset: offset.saturating_add(to_u64(blank)) })
    }

    /// Passes over a line too long to be kept.
    fn pass_line(&mut self, offset: u64) -> Result<Step, StreamError> {
        self.allow_another()?;
        let mut utf8 = Utf8::default();
        let mut length = 0;
        loop {
            let rest = self.source.rest();
            let end = rest.iter().position(|byte| *byte == b'\n');
            let count = end.unwrap_or(rest.len());
            let line = rest.get(..count).unwrap_or_default();
            if let Some(last) = line.iter().rposition(|byte| !byte.is_ascii_whitespace()) {
                length = self.source.offset_of(last.saturating_add(1)).saturating_sub(offset);
            }
            utf8.feed(line).map_err(|at| self.source.fault(JsonErrorKind::InvalidUtf8, at))?;
            self.source.consume(count);
            if end.is_some() || !self.source.fill()? {
                break;
            }
        }
        if !utf8.is_whole() {
            return Err(self.source.fault(JsonErrorKind::InvalidUtf8, 0).into());
        }
        Ok(Step::Long { length, offset })
    }

    /// The next object of the list, or its end.
    fn element(&mut self, first: bool) -> Result<Step, StreamError> {
        match self.source.skip_blank()? {
            Some(b']') => {
                self.source.consume(1);
                self.state = State::Keys { first: false };
                return Ok(Step::On);
            }
            Some(b',') if !first => {
                self.source.consume(1);
                if self.source.skip_blank()? == Some(b']') {
                    return Err(self.unexpected("trailing comma"));
                }
            }
            Some(_) if !first => return Err(self.unexpected("expected `,` or `]`")),
            Some(_) => {}
            None => return Err(self.cut_off()),
        }
        self.state = State::List { first: false };
        self.allow_another()?;
        self.object()
    }

    fn allow_another(&self) -> Result<(), StreamError> {
        if self.index >= self.limits.objects {
            return Err(ReadError::TooManyObjects(self.limits.objects).into());
        }
        Ok(())
    }

    /// The value at the front as an object to be given out.
    fn object(&mut self) -> Result<Step, StreamError> {
        let offset = self.source.offset_of(0);
        Ok(match self.value()? {
            Found::Here(length) => {
                self.source.consume(length);
                Step::Object { length, offset }
            }
            Found::Passed(length) => Step::Long { length, offset },
        })
    }

    /// Finds the end of the value at the front, unless it is longer than the limit: then it is passed over.
    fn value(&mut self) -> Result<Found, StreamError> {
        if self.source.is_at_end()? {
            return Err(self.cut_off());
        }
        let mut scanner = Scanner::default();
        loop {
            let rest = self.source.rest();
            let end = scanner.end(rest);
            if end.unwrap_or(rest.len()) > self.limits.object_bytes {
                return self.pass();
            }
            if let Some(length) = end {
                return Ok(Found::Here(length));
            }
            if !self.source.fill()? {
                // A number or a word may end with the document; all else is cut off, or was broken before.
                let length = self.source.rest().len();
                return match scan::check(self.source.rest(), None) {
                    Ok(()) => Ok(Found::Here(length)),
                    Err(error) => Err(self.source.place(error, 0).into()),
                };
            }
        }
    }

    /// Passes over the value at the front and holds it to the grammar only.
    fn pass(&mut self) -> Result<Found, StreamError> {
        let start = self.source.offset_of(0);
        let mut grammar = Grammar::new(self.limits.object_bytes);
        let mut utf8 = Utf8::default();
        loop {
            let rest = self.source.rest();
            let fed = grammar.feed(rest);
            let used = fed.as_ref().map_or_else(|(at, _)| *at, |used| *used);
            let text = rest.get(..used).unwrap_or_default();
            utf8.feed(text).map_err(|at| self.source.fault(JsonErrorKind::InvalidUtf8, at))?;
            fed.map_err(|(at, kind)| self.source.fault(kind, at))?;
            self.source.consume(used);
            if grammar.is_done() || !self.source.fill()? && grammar.may_end() {
                return Ok(Found::Passed(self.source.offset_of(0).saturating_sub(start)));
            }
            if self.source.rest().is_empty() {
                return Err(self.cut_off());
            }
        }
    }

    /// Behind the document only blank space may stand.
    fn tail(&mut self) -> Result<Step, StreamError> {
        if self.source.skip_blank()?.is_some() {
            return Err(self.source.fault(JsonErrorKind::TrailingBytes, 0).into());
        }
        if let Some(known) = self.known.take() {
            return Err(known.into());
        }
        let State::LongTail { offset } = self.state else { return Ok(Step::End) };
        self.state = State::End;
        Ok(Step::Long { length: self.outer.end().saturating_sub(offset), offset })
    }

    /// The byte at the front stands where it may not.
    fn unexpected(&mut self, what: &str) -> StreamError {
        if let Err(error) = self.source.fill_to(4) {
            return error;
        }
        let front = self.source.rest();
        if let Err(error) = scan::text_of(front.get(..4).unwrap_or(front))
            && error.offset == 0
        {
            return self.source.place(error, 0).into();
        }
        self.source.fault(JsonErrorKind::Syntax(what.to_owned()), 0).into()
    }

    /// The document ends too early.
    fn cut_off(&self) -> StreamError {
        self.source.fault(JsonErrorKind::Truncated, self.source.rest().len()).into()
    }
}
