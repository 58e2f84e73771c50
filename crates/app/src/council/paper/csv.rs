//! A paper as CSV (RFC 4180): a row for each row of its tables, each line and each paragraph, with the marking in front.

use comity_model::paper::{Block, Paper, Piece, Run, run, visible};

use crate::AppError;

/// What a cell begins with that a spreadsheet would run as a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// Columns in front of the text: marking, part, record.
const FRONT: [&str; 3] = ["marking", "part", "record"];

/// The bytes of the file. Every row has as many cells as the widest; the first says what the columns are. A cell that a
/// spreadsheet would take for a formula begins with an apostrophe.
///
/// # Errors
/// [`AppError::Internal`] when it cannot be written.
pub fn write(paper: &Paper) -> Result<Vec<u8>, AppError> {
    let mut sheet = Sheet { paper, part: paper.form.clone(), rows: Vec::new() };
    sheet.row(vec![vec![Piece::plain(paper.title.clone())]]);
    for block in &paper.blocks {
        match block {
            Block::Heading(_, text) => sheet.part.clone_from(text),
            Block::Text(text) => sheet.row(vec![text.clone()]),
            Block::Said { words, chain, note } => {
                let words = Piece { text: words.clone(), strong: false, note: *note };
                sheet.row(vec![vec![words], run(chain.clone())]);
            }
            Block::List(lines) => lines.iter().for_each(|line| sheet.row(vec![line.clone()])),
            Block::Table(table) => {
                sheet.row(table.head.iter().map(|head| run(head.clone())).collect());
                table.rows.iter().for_each(|row| sheet.row(row.clone()));
            }
        }
    }
    let mut rows = sheet.rows;
    for note in &paper.notes {
        let record =
            note.record.as_ref().map(|one| format!("{}@{}", one.id, one.version)).unwrap_or_default();
        rows.push(vec![
            note.marking.to_string(),
            "Endnotes".into(),
            record,
            note.n.to_string(),
            note.text.clone(),
        ]);
    }
    for one in &paper.proof.records {
        let record = format!("{}@{}", one.record.id, one.record.version);
        let leaf = one.leaf.map(|leaf| leaf.to_string()).unwrap_or_default();
        rows.push(vec![paper.marking.to_string(), "Proof".into(), record, one.digest.clone(), leaf]);
    }
    let width = rows.iter().map(Vec::len).max().unwrap_or(FRONT.len());
    let mut head: Vec<String> = FRONT.iter().map(|one| (*one).to_owned()).collect();
    head.extend((1..).map(|n| format!("text {n}")).take(width.saturating_sub(FRONT.len())));
    let mut out = csv::Writer::from_writer(Vec::new());
    let fault = |error: &dyn std::fmt::Display| AppError::Internal(format!("the paper as CSV: {error}"));
    out.write_record(&head).map_err(|error| fault(&error))?;
    for mut row in rows {
        row.resize(width, String::new());
        out.write_record(row.iter().map(|cell| guarded(cell))).map_err(|error| fault(&error))?;
    }
    out.into_inner().map_err(|error| fault(&error))
}

struct Sheet<'a> {
    paper: &'a Paper,
    part: String,
    rows: Vec<Vec<String>>,
}

impl Sheet<'_> {
    fn row(&mut self, cells: Vec<Run>) {
        let record = cells.iter().flatten().find_map(|piece| self.paper.note(piece.note?)?.record.as_ref());
        let mut row = vec![
            self.paper.marking_of(&cells).to_string(),
            self.part.clone(),
            record.map(|one| format!("{}@{}", one.id, one.version)).unwrap_or_default(),
        ];
        row.extend(cells.iter().map(|run| run.iter().map(|piece| piece.text.as_str()).collect::<String>()));
        self.rows.push(row);
    }
}

/// A cell that no spreadsheet runs.
fn guarded(cell: &str) -> String {
    let cell = visible(cell);
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell }
}
