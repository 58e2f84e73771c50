//! What a command answers, and how it is printed: aligned plain text for people, JSON for programs.
//!
//! Text from records is not trusted: control characters and direction overrides are made visible, so that a record
//! cannot steer the terminal that shows it.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::failure::{Failure, REFUSED};

/// The answer of a command that did its work.
#[derive(Debug)]
pub struct Answer {
    body: Body,
    code: u8,
    for_scripts: bool,
    failure: Option<Failure>,
}

#[derive(Debug)]
enum Body {
    /// Printed as it is in either form.
    Exact(Vec<u8>),
    /// The same facts twice.
    Facts { json: serde_json::Value, text: String },
    /// Nothing to print; it was printed while the command ran.
    Nothing,
}

impl Answer {
    /// Facts, as text and as the value that `--json` prints.
    ///
    /// # Errors
    /// Exit code 3 when the value has no JSON form.
    pub fn facts<T: Serialize + ?Sized>(value: &T, text: impl Into<String>) -> Result<Self, Failure> {
        let json = serde_json::to_value(value).map_err(|error| {
            Failure::environment(format!("the answer cannot be written as JSON; {error}"))
        })?;
        Ok(Self::new(Body::Facts { json, text: text.into() }))
    }

    /// Bytes that are the answer themselves.
    pub fn exact(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(Body::Exact(bytes.into()))
    }

    /// Nothing more to print.
    pub fn nothing() -> Self {
        Self::new(Body::Nothing)
    }

    fn new(body: Body) -> Self {
        Self { body, code: 0, for_scripts: false, failure: None }
    }

    /// The same answer, which is `no` when `refused` holds: exit code 1.
    #[must_use]
    pub fn refused_if(mut self, refused: bool) -> Self {
        if refused {
            self.code = REFUSED;
        }
        self
    }

    /// The same answer, printed as JSON also when standard output is no terminal.
    #[must_use]
    pub fn for_scripts(mut self) -> Self {
        self.for_scripts = true;
        self
    }

    /// The same answer, after which the command fails: part of the work was done.
    #[must_use]
    pub fn then_fail(mut self, failure: Failure) -> Self {
        self.failure = Some(failure);
        self
    }

    /// Prints the answer to standard output and gives the exit code. A reader that closed the pipe is no error.
    ///
    /// # Errors
    /// Exit code 3 when standard output cannot be written; the failure of [`Answer::then_fail`].
    pub fn print(self, json: bool) -> Result<u8, Failure> {
        let terminal = io::stdout().is_terminal();
        let bytes = self.body.render(json || (self.for_scripts && !terminal), terminal);
        let mut out = io::stdout().lock();
        let ended = self.failure.map_or(Ok(self.code), Err);
        match out.write_all(&bytes).and_then(|()| out.flush()) {
            Ok(()) => ended,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ended,
            Err(error) => {
                Err(Failure::environment(format!("the answer cannot be written; standard output; {error}")))
            }
        }
    }
}

impl Body {
    fn render(self, json: bool, terminal: bool) -> Vec<u8> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Exact(bytes) => bytes,
            Self::Facts { json: value, .. } if json => {
                let text = if terminal { format!("{value:#}") } else { value.to_string() };
                format!("{text}\n").into_bytes()
            }
            Self::Facts { text, .. } if text.is_empty() => Vec::new(),
            Self::Facts { text, .. } => {
                let lines: Vec<String> = text.trim_end().lines().map(printable).collect();
                format!("{}\n", lines.join("\n")).into_bytes()
            }
        }
    }
}

/// A table of aligned columns: a line of headings, then one line a row; columns are two spaces apart.
/// Widths are those of a terminal, so Cyrillic, Arabic and wide scripts stay aligned.
pub fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| isolated(cell)).collect()).collect();
    let widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(column, heading)| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width());
            cells.chain([heading.width()]).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    let headings = headings.iter().map(|heading| (*heading).to_owned()).collect();
    for row in std::iter::once(&headings).chain(&rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let gap = width.saturating_sub(cell.width()).saturating_add(2);
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', gap));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Pairs of a name and a value, one a line, values aligned.
pub fn pairs(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in pairs {
        let gap = width.saturating_sub(name.width()).saturating_add(2);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}{}{}", " ".repeat(gap), printable(value));
    }
    text
}

/// The text with control characters and direction overrides written as `\u{..}`; tabs and line ends become blanks.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => shown.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}' => {
                shown.extend(character.escape_unicode());
            }
            control if control.is_control() => shown.extend(control.escape_unicode()),
            other => shown.push(other),
        }
    }
    shown
}

/// First strong isolate and pop directional isolate.
const ISOLATES: [char; 2] = ['\u{2068}', '\u{2069}'];

/// A text that others wrote, for a place among words of ours: visible, and set apart where it is written from right to
/// left, so that it does not turn what stands around it.
pub fn isolated(text: &str) -> String {
    let shown = visible(text);
    if shown.chars().any(is_right_to_left) { format!("\u{2068}{shown}\u{2069}") } else { shown }
}

/// Whether a letter is of a script that is written from right to left.
fn is_right_to_left(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// [`visible`], but for the two marks of [`isolated`]: they turn nothing outside themselves.
fn printable(text: &str) -> String {
    if !text.contains(ISOLATES) {
        return visible(text);
    }
    let mut shown = String::with_capacity(text.len());
    for part in text.split_inclusive(ISOLATES) {
        let bare = part.trim_end_matches(ISOLATES);
        shown.push_str(&visible(bare));
        shown.extend(part.chars().last().filter(|last| ISOLATES.contains(last)));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_width_in_every_script() {
        let rows = [
            ["УЧЕНИЯ".to_owned(), "1".to_owned()],
            ["تمرين".to_owned(), "2".to_owned()],
            ["演習".to_owned(), "3".to_owned()],
        ];
        let text = table(["NAME", "N"], &rows);
        assert_eq!(text, "NAME    N\nУЧЕНИЯ  1\n\u{2068}تمرين\u{2069}   2\n演習    3\n");
    }

    #[test]
    fn a_record_cannot_steer_the_terminal() {
        assert_eq!(visible("a\u{1b}[31mb\nc\u{202e}d"), "a\\u{1b}[31mb c\\u{202e}d");
        let rows = [["two\nlines".to_owned()]];
        assert_eq!(table(["NAME"], &rows).lines().count(), 2);
    }

    #[test]
    fn text_and_json_tell_the_same_and_json_is_one_line_for_programs() {
        let answer = || Answer::facts(&serde_json::json!({"id": "a", "n": 1}), "a has 1").unwrap();
        assert_eq!(answer().body.render(false, false), b"a has 1\n");
        assert_eq!(answer().body.render(true, false), b"{\"id\":\"a\",\"n\":1}\n");
        assert!(answer().body.render(true, true).len() > 20);
    }

    #[test]
    fn a_text_from_right_to_left_is_set_apart_and_cannot_end_that_itself() {
        assert_eq!(isolated("Orlan"), "Orlan");
        assert_eq!(isolated("تمرين\u{2069}\u{202e}x"), "\u{2068}تمرين\\u{2069}\\u{202e}x\u{2069}");
        assert_eq!(printable("a \u{2068}تمرين\u{2069} b\u{1b}"), "a \u{2068}تمرين\u{2069} b\\u{1b}");
    }

    #[test]
    fn pairs_align_their_values() {
        assert_eq!(pairs(&[("id", "1".into()), ("origin", "x".into())]), "id      1\norigin  x\n");
    }
}
