//! The text of a paper as the template reads it: every string mended, with its direction, and nothing to be decided there.

use comity_model::paper::{Block, Marking, Paper, Piece, RecordName, Table};
use serde_json::{Value, json};

use crate::letters::{Missing, is_rtl};

/// Narrowest and widest columns of a table, in characters.
const WIDTHS: (usize, usize) = (6, 48);
/// Characters of a line, and lines of a page, about: to refuse what would have too many pages before it is set.
const LINE: usize = 110;

/// A paper as the template reads it.
pub(crate) struct Sheet {
    /// Its text.
    pub(crate) value: Value,
    /// About how many lines it has.
    pub(crate) lines: usize,
    /// The longest paragraph in it, in bytes.
    pub(crate) longest: usize,
}

/// A paper as the template reads it.
pub(crate) fn of(paper: &Paper) -> Sheet {
    let mut setter = Setter::default();
    let about = setter.text(&named(&paper.about));
    let facts = [
        ("Record", paper.about.id.clone()),
        ("Version", paper.about.version.clone()),
        ("Originator", paper.about.origin.clone()),
        ("Made", format!("{} by {}", paper.made_at, paper.made_by)),
    ];
    let facts: Vec<Value> =
        facts.into_iter().map(|(what, value)| json!({"what": what, "value": setter.plain(&value)})).collect();
    let heading = setter.plain(&paper.title);
    let blocks: Vec<Value> = paper.blocks.iter().map(|block| setter.block(block)).collect();
    let mut notes: Vec<Value> = paper
        .notes
        .iter()
        .map(|note| {
            let text =
                [Piece::plain(note.text.clone()), Piece::strong(format!(" [{}]", within(note.marking)))];
            let record = note.record.as_ref().map(|name| setter.plain(&named(name)));
            json!({"n": note.n, "text": setter.run(&text), "record": record})
        })
        .collect();
    let proof = setter.proof(paper);
    let (form, title) = (setter.text(&paper.form), setter.text(&paper.title));
    let made_by = setter.text(&paper.made_by);
    if let Some(told) = setter.missing.told() {
        let n = paper.notes.len() + 1;
        notes.push(json!({"n": n, "text": setter.plain(&told), "record": Value::Null}));
    }
    let limits = if paper.marking.limited {
        "Originators set further limits on records in this paper; the endnotes say on which. They hold for the paper."
    } else {
        ""
    };
    let value = json!({"title": title, "form": form, "made_by": made_by, "about": about, "heading": heading,
        "marking": paper.marking.to_string(), "limits": limits, "facts": facts, "blocks": blocks, "notes": notes,
        "proof": proof});
    Sheet { value, lines: setter.lines, longest: setter.longest }
}

/// The marking of an endnote.
fn within(marking: Marking) -> String {
    if marking.limited { format!("{marking}, with further limits") } else { marking.to_string() }
}

fn named(name: &RecordName) -> String {
    format!("{}@{}, {}", name.id, name.version, name.origin)
}

#[derive(Default)]
struct Setter {
    missing: Missing,
    lines: usize,
    longest: usize,
}

impl Setter {
    fn text(&mut self, text: &str) -> String {
        let mended = self.missing.mend(text);
        self.lines += 1 + mended.matches('\n').count() + mended.len() / LINE;
        mended
    }

    /// A run. Each piece stands by itself, so that a name in one script does not turn the numbers behind it about.
    fn run(&mut self, run: &[Piece]) -> Value {
        let is_rtl_run = is_rtl(&run.iter().map(|piece| piece.text.as_str()).collect::<String>());
        let mut pieces = Vec::with_capacity(run.len());
        let mut length = 0_usize;
        for piece in run {
            let open = if is_rtl(&piece.text) { '\u{2067}' } else { '\u{2066}' };
            let text = format!("{open}{}\u{2069}", self.text(&piece.text));
            length += text.len();
            pieces.push(json!({"text": text, "strong": piece.strong, "note": piece.note}));
        }
        self.longest = self.longest.max(length);
        json!({"rtl": is_rtl_run, "pieces": pieces})
    }

    fn plain(&mut self, text: &str) -> Value {
        if text.is_empty() {
            return json!({"rtl": false, "pieces": []});
        }
        self.run(&[Piece::plain(text)])
    }

    fn block(&mut self, block: &Block) -> Value {
        match block {
            Block::Heading(level, text) => {
                json!({"kind": "heading", "level": level, "run": self.plain(text)})
            }
            Block::Text(run) => json!({"kind": "text", "run": self.run(run)}),
            Block::Said { words, chain, note } => {
                let words = Piece { text: words.clone(), strong: false, note: *note };
                json!({"kind": "said", "words": self.run(&[words]), "chain": self.plain(chain)})
            }
            Block::List(lines) => {
                let lines: Vec<Value> = lines.iter().map(|run| self.run(run)).collect();
                json!({"kind": "list", "lines": lines})
            }
            Block::Table(table) => self.table(table),
        }
    }

    fn table(&mut self, table: &Table) -> Value {
        let head: Vec<Value> = table.head.iter().map(|one| self.plain(one)).collect();
        let rows: Vec<Vec<Value>> =
            table.rows.iter().map(|row| row.iter().map(|cell| self.run(cell)).collect()).collect();
        json!({"kind": "table", "caption": self.plain(&table.caption), "head": head, "rows": rows, "widths": widths(table)})
    }

    fn proof(&mut self, paper: &Paper) -> Value {
        let records: Vec<Value> = paper
            .proof
            .records
            .iter()
            .map(|one| {
                let leaf = one.leaf.map(|leaf| leaf.to_string()).unwrap_or_default();
                json!({"record": self.plain(&named(&one.record)), "digest": self.plain(&grouped(&one.digest)), "leaf": leaf})
            })
            .collect();
        let says = match paper.proof.checkpoint.is_empty() {
            true => "The ledger of this node has no checkpoint yet.",
            false => {
                "The table names every record in this paper, the SHA-256 over its canonical form as it is found by the reader, \
                 and the leaf of the node's ledger that brought it. The checkpoint is the ledger when the paper was made. A \
                 leaf's proof is checked without the node: comity verify --proof FILE --leaf FILE --vkey FILE."
            }
        };
        let texts = [
            ("Checkpoint", &paper.proof.checkpoint),
            ("Proof of the leaf of the record that this paper is about", &paper.proof.text),
        ];
        let texts: Vec<Value> = texts
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(what, text)| json!({"what": what, "text": self.plain(text.trim_end())}))
            .collect();
        json!({"says": self.plain(says), "records": records, "texts": texts})
    }
}

/// Hexadecimal digits in groups of eight, so that people can compare them.
fn grouped(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() * 9 / 8);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % 8 == 0 {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// How wide the columns are to each other: by their longest cells, within bounds.
fn widths(table: &Table) -> Vec<usize> {
    let length = |run: &[Piece]| -> usize { run.iter().map(|piece| piece.text.chars().count()).sum() };
    let longest = |(column, head): (usize, &String)| {
        let cells = table.rows.iter().filter_map(|row| row.get(column)).map(|cell| length(cell));
        cells.max().unwrap_or_default().max(head.chars().count()).clamp(WIDTHS.0, WIDTHS.1)
    };
    table.head.iter().enumerate().map(longest).collect()
}
