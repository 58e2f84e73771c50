//! Why a text is no pattern.

use std::fmt::Write as _;
use std::ops::Range;

/// Why a text is no pattern: what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct PatternError {
    /// What is wrong.
    pub kind: PatternErrorKind,
    /// The place, in bytes of the text; empty at the end of the text.
    pub span: Range<usize>,
    /// The line of the place, from 1.
    pub line: usize,
    /// The character of that line at which the place begins, from 1.
    pub column: usize,
    message: Box<str>,
}

/// What is wrong with a text that is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PatternErrorKind {
    /// There is nothing but blanks.
    Empty,
    /// The text is longer than [`PatternLimits::bytes`](super::PatternLimits::bytes).
    TooLong,
    /// Parentheses stand within each other more often than [`PatternLimits::depth`](super::PatternLimits::depth).
    TooDeep,
    /// There are more nodes than [`PatternLimits::nodes`](super::PatternLimits::nodes).
    TooManyNodes,
    /// A comparison stands outside square brackets.
    MissingBrackets,
    /// A bracket or parenthesis is not closed.
    Unclosed,
    /// A bracket or parenthesis closes nothing.
    Unopened,
    /// A keyword is not in upper case, or a boolean not in lower case.
    KeywordCase,
    /// A constant has no quotes.
    MissingQuotes,
    /// Quotes other than the apostrophe.
    WrongQuotes,
    /// A property name that must stand in quotes does not (clause 9.7).
    UnquotedName,
    /// A string, timestamp, binary or hex constant has no closing apostrophe.
    OpenString,
    /// A backslash stands before another character than `'` and `\` (clause 9.2).
    Escape,
    /// A timestamp constant is not of the form of a timestamp.
    Timestamp,
    /// A binary constant is not base64.
    Binary,
    /// A hex constant is not pairs of hexadecimal digits.
    Hex,
    /// A number that the language does not have.
    Number,
    /// An operator that the language does not have, or not in this place.
    Operator,
    /// A constant of another type than the operator takes.
    ConstantType,
    /// A string that is no digest of the algorithm that the path names (clause 2.7).
    Hash,
    /// `NOT` in a place where it is not allowed.
    Not,
    /// An observation expression has two qualifiers of one type (clause 9.5.1).
    DoubledQualifier,
    /// A comment does not end, or stands before the first bracket.
    Comment,
    /// A character that no pattern has outside strings.
    Character,
    /// Something else stands there than may.
    Unexpected,
}

/// The most characters of a line that [`PatternError::excerpt`] shows.
const WIDTH: usize = 76;
/// The most of them before the place.
const BEFORE: usize = 40;

impl PatternError {
    /// The error at `span` of `text`.
    pub(super) fn new(text: &str, kind: PatternErrorKind, span: Range<usize>, message: String) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count().saturating_add(1);
        let start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
        let column = before.get(start..).unwrap_or_default().chars().count().saturating_add(1);
        Self { kind, span, line, column, message: message.into() }
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The line of `text` with the place, and a second line that marks it with carets. A long line is cut around the
    /// place. `text` is what was read; with another text the marks are meaningless.
    #[must_use]
    pub fn excerpt(&self, text: &str) -> String {
        let line = text.split('\n').nth(self.line.saturating_sub(1)).unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        let place = self.column.saturating_sub(1);
        let from = if line.chars().count() <= WIDTH { 0 } else { place.saturating_sub(BEFORE) };
        let mut shown: String = line.chars().skip(from).take(WIDTH).map(plain).collect();
        let room = shown.chars().count().saturating_sub(place.saturating_sub(from)).max(1);
        let mut indent = place.saturating_sub(from);
        if line.chars().count() > from.saturating_add(WIDTH) {
            shown.push_str("...");
        }
        if from > 0 {
            shown.insert_str(0, "...");
            indent = indent.saturating_add(3);
        }
        let marked = text.get(self.span.clone()).unwrap_or_default();
        let marked = marked.split('\n').next().unwrap_or_default().chars().count().clamp(1, room);
        let number = self.line.to_string();
        let mut out = format!("{number} | {shown}\n");
        let _ = write!(out, "{:gap$} | {:indent$}{:^<marked$}", "", "", "", gap = number.len());
        out
    }
}

/// Control characters would move the carets.
fn plain(char: char) -> char {
    if char.is_control() { ' ' } else { char }
}
