//! A paper: what a person or body is given to read outside the program, as text with its marking, its endnotes and its
//! proofs. It says nothing about how it is printed: PDF, HTML, CSV and JSON are made of one and the same paper.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Micros;
use crate::stix::Tlp;

/// Most blocks of a paper.
pub const BLOCKS_MAX: usize = 5_000;
/// Most text in a paper, in bytes, everything that is printed counted.
pub const TEXT_BYTES_MAX: usize = 1 << 20;
/// Most columns of a table. More are not readable on a page.
pub const COLUMNS_MAX: usize = 12;
/// Most rows of a table, and lines of a list.
pub const ROWS_MAX: usize = 5_000;
/// Most endnotes, and records in the appendix.
pub const NOTES_MAX: usize = 5_000;
/// The deepest level of a heading.
pub const HEADING_MAX: u8 = 3;

/// The level under which a paper or a part of it stands: the strictest of the records in it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marking {
    /// The strictest level that is stated; none where none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Tlp>,
    /// Whether there is a record in it without a marking, or with one that nobody can interpret. Such a record is for its
    /// originator and for who holds it, so what it is in is passed on to nobody.
    pub unmarked: bool,
    /// Whether a record in it has limits beside its level: recipients, groups, exclusions, purposes, a code, a date.
    pub limited: bool,
}

impl Marking {
    /// The marking of both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            level: self.level.max(other.level),
            unmarked: self.unmarked || other.unmarked,
            limited: self.limited || other.limited,
        }
    }
}

impl fmt::Display for Marking {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.level, self.unmarked) {
            (Some(level), false) => out.write_str(level.name()),
            (None, _) => out.write_str("NO MARKING: NOT TO BE PASSED ON"),
            (Some(level), true) => {
                write!(out, "{}, PARTS WITHOUT A MARKING: NOT TO BE PASSED ON", level.name())
            }
        }
    }
}

/// Some text of one kind. Pieces do not run into each other: each keeps the direction of its own script.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// The text. It is text and nothing else, whatever signs stand in it.
    pub text: String,
    /// Whether it is printed bold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strong: bool,
    /// The endnote behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<u32>,
}

impl Piece {
    /// Plain text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), strong: false, note: None }
    }

    /// Bold text.
    pub fn strong(text: impl Into<String>) -> Self {
        Self { strong: true, ..Self::plain(text) }
    }

    /// The same with an endnote behind it.
    #[must_use]
    pub fn noted(self, note: u32) -> Self {
        Self { note: Some(note), ..self }
    }
}

/// Text of several pieces, one behind the other.
pub type Run = Vec<Piece>;

/// A run of one plain text.
pub fn run(text: impl Into<String>) -> Run {
    vec![Piece::plain(text)]
}

/// Whether a character turns the text around it about, or hides in it: controls, overrides of direction, tags.
pub fn steers(one: char) -> bool {
    one.is_control()
        || matches!(one, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
        || matches!(one, '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}' | '\u{feff}' | '\u{2060}'..='\u{2064}')
}

/// A text in which no character steers the text around it: those are named by number. Ends of lines stay.
pub fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '\n' | '\t' => seen.push(one),
            one if steers(one) => seen.push_str(&format!("[U+{:04X}]", u32::from(one))),
            one => seen.push(one),
        }
    }
    seen
}

/// A table.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What it is called.
    pub caption: String,
    /// Its columns; the heads stand again on each page.
    pub head: Vec<String>,
    /// Its rows, each with as many cells as there are columns.
    pub rows: Vec<Vec<Run>>,
}

/// A part of a paper.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    /// A heading, of level 1 to 3.
    Heading(u8, String),
    /// A paragraph.
    Text(Run),
    /// What somebody said: the words, whose they are, and through whom they came. Never the words alone.
    Said {
        /// The words.
        words: String,
        /// Whose they are, and through whom they came.
        chain: String,
        /// The endnote.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<u32>,
    },
    /// A list.
    List(Vec<Run>),
    /// A table.
    Table(Table),
}

/// An endnote: where something in the paper comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endnote {
    /// Its number, from 1 on in the order of the list.
    pub n: u32,
    /// What it says.
    pub text: String,
    /// The record that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordName>,
    /// The strictest marking of the records of which something stands in it, or in the line that it is behind.
    pub marking: Marking,
}

/// A version of a record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordName {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// Display name of the originator.
    pub origin: String,
}

/// A record of which something stands in the paper, and where the ledger of this node says that it was here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proved {
    /// Which.
    pub record: RecordName,
    /// SHA-256 over the canonical form of the object as the reader finds it, in hexadecimal digits.
    pub digest: String,
    /// The leaf of the ledger that brought it; none while it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<u64>,
}

/// The appendix: what an outsider checks the paper with.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Every record in the paper, each once.
    pub records: Vec<Proved>,
    /// The checkpoint of the ledger when the paper was made (C2SP tlog-checkpoint); empty without one.
    pub checkpoint: String,
    /// The proof of the leaf of the record that the paper is about (C2SP tlog-proof); empty without one.
    pub text: String,
}

/// A paper.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// What kind of paper it is, in words.
    pub form: String,
    /// Its heading.
    pub title: String,
    /// The strictest marking of all that stands in it.
    pub marking: Marking,
    /// The record that it is about.
    pub about: RecordName,
    /// The member on whose node it was made.
    pub made_by: String,
    /// When.
    pub made_at: Micros,
    /// What stands in it.
    pub blocks: Vec<Block>,
    /// Its endnotes, numbered from 1.
    pub notes: Vec<Endnote>,
    /// Its appendix.
    pub proof: Proof,
}

/// Why a paper cannot be printed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PaperFault {
    /// There is too much in it.
    #[error("the paper has {count} {what}; at most {most} are printed: name a record about less")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// It does not fit together.
    #[error("the paper does not fit together: {0}")]
    Form(String),
}

impl Paper {
    /// Whether it can be printed: nothing in it is too large, each row has a cell for each column, and each number of an
    /// endnote leads to one.
    ///
    /// # Errors
    /// [`PaperFault`] with what is wrong.
    pub fn check(&self) -> Result<(), PaperFault> {
        most("blocks", self.blocks.len(), BLOCKS_MAX)?;
        most("endnotes", self.notes.len(), NOTES_MAX)?;
        most("records", self.proof.records.len(), NOTES_MAX)?;
        for (place, note) in (1_u32..).zip(&self.notes) {
            if note.n != place {
                return Err(PaperFault::Form(format!("endnote {} stands at place {place}", note.n)));
            }
        }
        for block in &self.blocks {
            check_block(block)?;
        }
        let mut bytes = 0_usize;
        let mut bad = None;
        self.each_text(&mut |text, note| {
            bytes = bytes.saturating_add(text.len());
            let is_there =
                note.is_none_or(|n| n > 0 && usize::try_from(n).is_ok_and(|n| n <= self.notes.len()));
            if !is_there {
                bad = note;
            }
        });
        most("bytes of text", bytes, TEXT_BYTES_MAX)?;
        match bad {
            Some(n) => Err(PaperFault::Form(format!("there is no endnote {n}"))),
            None => Ok(()),
        }
    }

    /// Every text that is printed, each with the endnote behind it.
    fn each_text(&self, see: &mut impl FnMut(&str, Option<u32>)) {
        for text in [&self.form, &self.title, &self.made_by, &self.proof.checkpoint, &self.proof.text] {
            see(text, None);
        }
        for note in &self.notes {
            see(&note.text, None);
            if let Some(name) = &note.record {
                see(&name.id, None);
                see(&name.origin, None);
            }
        }
        let see_run = |run: &Run, see: &mut dyn FnMut(&str, Option<u32>)| {
            for piece in run {
                see(&piece.text, piece.note);
            }
        };
        for block in &self.blocks {
            match block {
                Block::Heading(_, text) => see(text, None),
                Block::Text(run) => see_run(run, see),
                Block::Said { words, chain, note } => {
                    see(words, *note);
                    see(chain, None);
                }
                Block::List(lines) => lines.iter().for_each(|run| see_run(run, see)),
                Block::Table(table) => {
                    see(&table.caption, None);
                    table.head.iter().for_each(|head| see(head, None));
                    table.rows.iter().flatten().for_each(|run| see_run(run, see));
                }
            }
        }
    }

    /// The marking of a part of the paper: the strictest of what its endnotes are about; of a part without any, the marking of
    /// the whole paper.
    pub fn marking_of(&self, run: &[Run]) -> Marking {
        let noted = run.iter().flatten().filter_map(|piece| piece.note);
        let found = noted.filter_map(|n| self.note(n)).map(|note| note.marking).reduce(Marking::and);
        found.unwrap_or(self.marking)
    }

    /// The endnote of a number.
    pub fn note(&self, n: u32) -> Option<&Endnote> {
        self.notes.get(usize::try_from(n).ok()?.checked_sub(1)?)
    }
}

fn most(what: &'static str, count: usize, most: usize) -> Result<(), PaperFault> {
    if count > most { Err(PaperFault::TooMany { what, count, most }) } else { Ok(()) }
}

fn check_block(block: &Block) -> Result<(), PaperFault> {
    match block {
        Block::Heading(level, text) if !(1..=HEADING_MAX).contains(level) => {
            Err(PaperFault::Form(format!("heading {text:?} has level {level}")))
        }
        Block::List(lines) => most("lines in a list", lines.len(), ROWS_MAX),
        Block::Table(table) => {
            most("columns", table.head.len(), COLUMNS_MAX)?;
            most("rows in a table", table.rows.len(), ROWS_MAX)?;
            match table.rows.iter().find(|row| row.len() != table.head.len()) {
                Some(row) => Err(PaperFault::Form(format!(
                    "table {:?} has {} columns and a row of {}",
                    table.caption,
                    table.head.len(),
                    row.len()
                ))),
                None => Ok(()),
            }
        }
        Block::Heading(..) | Block::Text(_) | Block::Said { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper() -> Paper {
        let about = RecordName { id: "x".into(), version: "v".into(), origin: "EXERCISE".into() };
        Paper {
            form: "Note".into(),
            title: "EXERCISE".into(),
            marking: Marking { level: Some(Tlp::Red), ..Marking::default() },
            made_by: "EXERCISE".into(),
            made_at: Micros(0),
            blocks: Vec::new(),
            notes: vec![Endnote {
                n: 1,
                text: "source".into(),
                record: Some(about.clone()),
                marking: Marking { level: Some(Tlp::Green), ..Marking::default() },
            }],
            proof: Proof::default(),
            about,
        }
    }

    #[test]
    fn the_stricter_marking_stands_and_what_is_unmarked_is_passed_on_to_nobody() {
        let of = |level| Marking { level: Some(level), ..Marking::default() };
        assert_eq!(of(Tlp::Green).and(of(Tlp::AmberStrict)).to_string(), "TLP:AMBER+STRICT");
        let none = Marking { unmarked: true, ..Marking::default() };
        assert_eq!(none.to_string(), "NO MARKING: NOT TO BE PASSED ON");
        let both = none.and(of(Tlp::Red)).to_string();
        assert!(both.starts_with("TLP:RED") && both.ends_with("NOT TO BE PASSED ON"), "{both}");
    }

    #[test]
    fn a_part_has_the_marking_of_its_sources_and_else_of_the_paper() {
        let paper = paper();
        assert_eq!(paper.marking_of(&[vec![Piece::plain("a").noted(1)]]).to_string(), "TLP:GREEN");
        assert_eq!(paper.marking_of(&[run("a")]).to_string(), "TLP:RED");
    }

    #[test]
    fn what_does_not_fit_together_or_is_too_much_is_refused_with_what_it_is() {
        let with = |block: Block| Paper { blocks: vec![block], ..paper() }.check();
        let why = |block: Block| with(block).unwrap_err().to_string();
        assert_eq!(with(Block::Text(vec![Piece::plain("a").noted(1)])), Ok(()));
        assert!(why(Block::Text(vec![Piece::plain("a").noted(2)])).contains("no endnote 2"));
        assert!(why(Block::Text(vec![Piece::plain("a").noted(0)])).contains("no endnote 0"));
        assert!(why(Block::Heading(4, "a".into())).contains("level 4"));
        let table = Table { caption: "T".into(), head: vec!["a".into()], rows: vec![Vec::new()] };
        assert!(why(Block::Table(table)).contains("1 columns and a row of 0"));
        assert!(why(Block::Text(run("x".repeat(TEXT_BYTES_MAX)))).contains("bytes of text"));
        assert!(why(Block::List(vec![run("x"); ROWS_MAX + 1])).contains("lines in a list"));
        let many = Paper { blocks: vec![Block::Text(Vec::new()); BLOCKS_MAX + 1], ..paper() };
        assert!(many.check().unwrap_err().to_string().contains("5001 blocks; at most 5000"));
    }
}
