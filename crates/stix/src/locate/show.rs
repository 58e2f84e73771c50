//! The line around a place, cut to what fits and safe to print.

use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

/// A line of a text with a mark below it, in the manner of a compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Line, from 1.
    pub line: usize,
    /// Character within the line, from 1.
    pub column: usize,
    /// The line, cut around the mark with an ellipsis where something is left out. Tabs are four blanks; characters
    /// that steer a terminal or turn the direction of writing are shown as U+FFFD.
    pub text: String,
    /// Blanks and carets that stand below the marked part when both lines are printed with one width a column.
    pub caret: String,
}

/// The narrowest line that can be asked for.
const NARROWEST: usize = 20;
/// No character takes more bytes.
const CHARACTER: usize = 4;

/// Where the lines of a text begin, found once, so that many excerpts of a long text cost no more than one.
#[derive(Clone, Debug)]
pub struct Lines<'s> {
    source: &'s [u8],
    starts: Vec<usize>,
}

impl<'s> Lines<'s> {
    /// Walks through the text once.
    #[must_use]
    pub fn of(source: &'s [u8]) -> Self {
        let breaks = source.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at.saturating_add(1))).collect();
        Self { source, starts }
    }

    /// The same as [`excerpt`].
    #[must_use]
    pub fn excerpt(&self, span: Range<usize>, columns: usize) -> Excerpt {
        let start = span.start.min(self.source.len());
        let line = self.starts.partition_point(|begin| *begin <= start);
        let line_start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        shown(self.source, span, columns, line, line_start)
    }
}

/// The line of `source` in which `span` begins, about `columns` columns of it (20 at least), and what to mark in it.
///
/// Of a span of several lines its part in the first line is marked. Bytes that are no UTF-8 are shown as U+FFFD. The
/// source is read up to the place once; what is built is bounded by `columns`, however long the line is.
#[must_use]
pub fn excerpt(source: &[u8], span: Range<usize>, columns: usize) -> Excerpt {
    let before = source.get(..span.start.min(source.len())).unwrap_or_default();
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at.saturating_add(1));
    let line = before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
    shown(source, span, columns, line, line_start)
}

fn shown(source: &[u8], span: Range<usize>, columns: usize, line: usize, line_start: usize) -> Excerpt {
    let columns = columns.max(NARROWEST);
    let start = span.start.min(source.len());
    let lead = source.get(line_start..start).unwrap_or_default();
    let column = lead.iter().filter(|byte| begins_character(**byte)).count().saturating_add(1);

    // Two characters of no width for each column are enough for any script.
    let window = columns.saturating_mul(CHARACTER).saturating_mul(3);
    let after = source.get(start..).unwrap_or_default();
    let near = after.get(..window).unwrap_or(after);
    let line_end = near.iter().position(|byte| *byte == b'\n').unwrap_or(near.len());
    let whole_tail = line_end < near.len() || near.len() == after.len();
    let tail = near.get(..line_end).unwrap_or_default();
    let tail = tail.strip_suffix(b"\r").unwrap_or(tail);
    let marked = span.end.saturating_sub(start).min(tail.len());
    let (marked, rest) = tail.split_at_checked(marked).unwrap_or((tail, &[]));

    let mut right = Columns::default();
    let whole_mark = right.fill(marked.trim_ascii_end(), columns.saturating_sub(1));
    let mark_width = right.width.max(1);
    let mut cut_right = !whole_mark || !whole_tail;
    if whole_mark {
        let spaced = marked.get(marked.trim_ascii_end().len()..).unwrap_or_default();
        let room = columns.saturating_sub(1);
        cut_right |= !(right.fill(spaced, room) && right.fill(rest, room));
    }
    let room = (columns / 3).max(columns.saturating_sub(right.width));
    let (left, cut_left) = Columns::end_of(lead, room, window);
    let room = columns.saturating_sub(left.width);
    let whole_right = right.shorten(room);
    cut_right |= !whole_right;

    let text =
        [if cut_left { "…" } else { "" }, &left.text, &right.text, if cut_right { "…" } else { "" }].concat();
    let indent = left.width.saturating_add(usize::from(cut_left));
    let caret = [" ".repeat(indent), "^".repeat(mark_width.min(right.width.max(1)))].concat();
    Excerpt { line, column, text, caret }
}

fn begins_character(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

/// A text with the columns that it takes.
#[derive(Default)]
struct Columns {
    text: String,
    width: usize,
}

impl Columns {
    /// Adds characters of `bytes` while they fit into `most` columns; whether all did.
    fn fill(&mut self, bytes: &[u8], most: usize) -> bool {
        String::from_utf8_lossy(bytes).chars().all(|character| {
            let width = width_of(character);
            let fits = self.width.saturating_add(width) <= most;
            if fits {
                self.push(character);
            }
            fits
        })
    }

    fn push(&mut self, character: char) {
        self.width = self.width.saturating_add(width_of(character));
        match character {
            '\t' => self.text.push_str("    "),
            other if steers(other) => self.text.push(char::REPLACEMENT_CHARACTER),
            other => self.text.push(other),
        }
    }

    /// The last characters of `bytes` that fit into `most` columns and `window` bytes, and whether some were left out.
    fn end_of(bytes: &[u8], most: usize, window: usize) -> (Self, bool) {
        let mut from = bytes.len().saturating_sub(window);
        while bytes.get(from).is_some_and(|byte| !begins_character(*byte)) {
            from = from.saturating_add(1);
        }
        let near = String::from_utf8_lossy(bytes.get(from..).unwrap_or_default());
        let mut width = 0usize;
        let mut taken = 0usize;
        for character in near.chars().rev() {
            width = width.saturating_add(width_of(character));
            if width > most {
                break;
            }
            taken = taken.saturating_add(1);
        }
        let all = near.chars().count();
        let mut kept = Self::default();
        near.chars().skip(all.saturating_sub(taken)).for_each(|character| kept.push(character));
        (kept, taken < all || from > 0)
    }

    /// Leaves out what is beyond `most` columns; whether all fits.
    fn shorten(&mut self, most: usize) -> bool {
        let whole = std::mem::take(&mut self.text);
        self.width = 0;
        self.fill(whole.as_bytes(), most)
    }
}

fn width_of(character: char) -> usize {
    match character {
        '\t' => 4,
        other if steers(other) => 1,
        other => other.width().unwrap_or(1),
    }
}

/// Control characters, and those that change the direction or the order of what stands around them.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}'
            | '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}
