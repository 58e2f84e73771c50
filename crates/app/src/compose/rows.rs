//! Records from a table: a CSV file (RFC 4180), and a map that says which column goes where in the JSON form.
//!
//! ```toml
//! kind = "border-event"
//!
//! [constants]                      # the same in every row
//! "basis.whole.statement" = "fact"
//! "statement.tlp" = "green"
//!
//! [columns]                        # column heading = path; an empty cell says nothing
//! Country = "place.country"
//!
//! [templates]                      # path = text with columns in braces
//! title = "EXERCISE {Type} at {Place}"
//! ```

use std::collections::{BTreeMap, HashMap};

use comity_model::kind::Fault;
use serde::Deserialize;
use serde_json::json;

use super::statement::StatementText;
use super::{file::Sheet, form, malformed};

/// Most bytes of a table, rows of it, columns, and bytes of one cell.
pub const TABLE_BYTES: usize = 32 << 20;
const ROWS: usize = 50_000;
const COLUMNS: usize = 200;
const CELL_BYTES: usize = 64 << 10;
/// Most bytes of a map.
pub const MAP_BYTES: usize = 256 << 10;

/// Where columns go.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The word of the kind.
    kind: String,
    /// Language of the texts.
    language: Option<String>,
    /// Character between cells; a comma when not named.
    separator: Option<char>,
    /// Paths with a value for every row.
    #[serde(default)]
    constants: BTreeMap<String, String>,
    /// Column headings with the path that the cell goes to.
    #[serde(default)]
    columns: BTreeMap<String, String>,
    /// Paths with a text made of several columns.
    #[serde(default)]
    templates: BTreeMap<String, String>,
}

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Line of the file where it begins, from 1.
    pub line: u64,
    /// The record, or why the row cannot become one.
    pub sheet: Result<Sheet, Vec<Fault>>,
}

/// Reads the map.
///
/// # Errors
/// Faults when it is no TOML of this form, or is for another kind than `kind`.
pub fn map(text: &str, kind: &str) -> Result<Columns, Vec<Fault>> {
    if text.len() > MAP_BYTES {
        return Err(vec![malformed("map", format!("a map has at most {MAP_BYTES} bytes"))]);
    }
    let read: Columns = toml::from_str(text).map_err(|error| vec![malformed("map", error.to_string())])?;
    if read.kind != kind {
        let message = format!("the map is for `{}`, the command for `{kind}`", read.kind);
        return Err(vec![malformed("map.kind", message)]);
    }
    Ok(read)
}

impl Columns {
    /// A map as a page makes it: which heading goes to which path, and what every row has.
    #[must_use]
    pub fn of(
        kind: String,
        separator: Option<char>,
        constants: BTreeMap<String, String>,
        columns: BTreeMap<String, String>,
    ) -> Self {
        Self { kind, language: None, separator, constants, columns, templates: BTreeMap::new() }
    }
}

/// The headings of a table.
///
/// # Errors
/// Faults when its first line is no line of headings.
pub fn headings(bytes: &[u8], separator: char) -> Result<Vec<String>, Vec<Fault>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let separator = u8::try_from(separator).ok().filter(u8::is_ascii);
    let separator = separator.ok_or_else(|| vec![malformed("separator", "use one character of ASCII")])?;
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(bytes);
    match reader.headers() {
        Ok(found) if found.len() <= COLUMNS => Ok(found.iter().map(|one| one.trim().to_owned()).collect()),
        Ok(_) => Err(vec![malformed("line 1", format!("a table has at most {COLUMNS} columns"))]),
        Err(error) => Err(vec![malformed("line 1", error.to_string())]),
    }
}

/// Reads the rows of a table. A row that is wrong does not stop the others.
///
/// # Errors
/// Faults when the table as a whole cannot be read: it is over a limit, its first line is no line of headings, or a column
/// of the map is not in it.
pub fn read(columns: &Columns, bytes: &[u8]) -> Result<Vec<Row>, Vec<Fault>> {
    if bytes.len() > TABLE_BYTES {
        return Err(vec![malformed("", format!("a table has at most {TABLE_BYTES} bytes"))]);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let separator = columns.separator.unwrap_or(',');
    let separator = u8::try_from(separator)
        .ok()
        .filter(u8::is_ascii)
        .ok_or_else(|| vec![malformed("map.separator", "use one character of ASCII")])?;
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(bytes);
    let headings: Vec<String> = match reader.headers() {
        Ok(found) if found.len() <= COLUMNS => found.iter().map(|one| one.trim().to_owned()).collect(),
        Ok(_) => return Err(vec![malformed("line 1", format!("a table has at most {COLUMNS} columns"))]),
        Err(error) => return Err(vec![malformed("line 1", error.to_string())]),
    };
    check_headings(columns, &headings)?;
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    let mut lines = Lines { bytes, at: 0, line: 1 };
    loop {
        let line = lines.of(reader.position().byte());
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(rows),
            Ok(true) => {
                rows.push(Row { line, sheet: row(columns, &headings, &record) });
            }
            Err(error) => rows.push(Row { line, sheet: Err(vec![malformed("", error.to_string())]) }),
        }
        if rows.len() > ROWS {
            return Err(vec![malformed("", format!("a table has at most {ROWS} rows; split it"))]);
        }
    }
}

/// The line on which a row begins. The reader counts the lines before it has read the second byte of a line's end.
struct Lines<'b> {
    bytes: &'b [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, byte: u64) -> u64 {
        let begins = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(next) = self.bytes.get(self.at) {
            if self.at >= begins && !matches!(next, b'\r' | b'\n') {
                break;
            }
            self.line = self.line.saturating_add(u64::from(*next == b'\n'));
            self.at = self.at.saturating_add(1);
        }
        self.line
    }
}

fn check_headings(columns: &Columns, headings: &[String]) -> Result<(), Vec<Fault>> {
    let in_templates = columns.templates.values().flat_map(|text| names(text));
    let wanted = columns.columns.keys().map(String::as_str).chain(in_templates);
    let missing: Vec<Fault> = wanted
        .filter(|name| !headings.iter().any(|heading| heading == name))
        .map(|name| {
            malformed("map", format!("the table has no column `{name}`; it has {}", headings.join(", ")))
        })
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}

/// The columns that a template names.
fn names(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name))
}

fn row(columns: &Columns, headings: &[String], record: &csv::StringRecord) -> Result<Sheet, Vec<Fault>> {
    if record.len() != headings.len() {
        let message = format!("the row has {} cells, the table {} columns", record.len(), headings.len());
        return Err(vec![malformed("", message)]);
    }
    let cells: HashMap<&str, &str> =
        headings.iter().map(String::as_str).zip(record.iter().map(str::trim)).collect();
    if let Some((name, _)) = cells.iter().find(|(_, cell)| cell.len() > CELL_BYTES) {
        return Err(vec![malformed(name, format!("a cell has at most {CELL_BYTES} bytes"))]);
    }
    let mut form = json!({ "kind": columns.kind });
    let mut statement = StatementText::default();
    let mut faults = Vec::new();
    let mut put = |path: &str, text: &str| {
        let done = match path.strip_prefix("statement.") {
            Some(name) => statement.set(name, text),
            None => form::set(&mut form, path, text),
        };
        if let Err(why) = done {
            faults.push(malformed(path, why));
        }
    };
    for (path, text) in &columns.constants {
        put(path, text);
    }
    for (name, path) in &columns.columns {
        if let Some(cell) = cells.get(name.as_str()).filter(|cell| !cell.is_empty()) {
            put(path, cell);
        }
    }
    for (path, template) in &columns.templates {
        put(path, &filled(template, &cells));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Sheet { form, statement, language: columns.language.clone() })
}

fn filled(template: &str, cells: &HashMap<&str, &str>) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            text.push('{');
            rest = after;
            continue;
        };
        text.push_str(cells.get(name).copied().unwrap_or_default());
        rest = tail;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = "kind = 'border-event'\n[constants]\n'basis.whole.statement' = 'fact'\n\
        'statement.tlp' = 'green'\n[columns]\nCountry = 'place.country'\nPersons = 'persons'\n\
        [templates]\ntitle = 'EXERCISE {What} at {Where}'\n";

    fn rows(text: &str) -> Vec<Row> {
        read(&map(MAP, "border-event").unwrap(), text.as_bytes()).unwrap()
    }

    #[test]
    fn quoted_cells_with_commas_quotes_and_line_ends_are_one_cell() {
        let table = "\u{feff}What,Where,Country,Persons\r\n\"crossing, on foot\",\"the \"\"upper\"\"\nford\",XA,6\r\nhalt,bridge,XB,\r\n";
        let found = rows(table);
        assert_eq!((found.len(), found[0].line, found[1].line), (2, 2, 4));
        let first = found[0].sheet.as_ref().unwrap();
        let expected = json!({"kind": "border-event", "title": "EXERCISE crossing, on foot at the \"upper\"\nford",
            "place": {"country": "XA"}, "persons": 6, "basis": {"whole": {"statement": "fact"}}});
        assert_eq!(first.form, expected);
        assert_eq!(first.statement.tlp.as_deref(), Some("green"));
        assert!(found[1].sheet.as_ref().unwrap().form.get("persons").is_none(), "an empty cell says nothing");
    }

    #[test]
    fn a_bad_row_does_not_stop_its_neighbours() {
        let found = rows("What,Where,Country,Persons\na,b,XA,many\nc,d\ne,f,XA,2\n");
        let good: Vec<bool> = found.iter().map(|row| row.sheet.is_ok()).collect();
        assert_eq!(good, [false, false, true]);
        assert!(found[0].sheet.as_ref().unwrap_err()[0].message.contains("many"));
    }

    #[test]
    fn a_column_of_the_map_that_is_not_there_stops_the_whole_table() {
        let map = map(MAP, "border-event").unwrap();
        assert!(read(&map, b"What,Where\na,b\n").unwrap_err()[0].message.contains("Country"));
        assert!(super::map(MAP, "plan").is_err());
        let long = format!("What,Where,Country,Persons\n{},b,XA,1\n", "x".repeat(CELL_BYTES + 1));
        assert!(read(&map, long.as_bytes()).unwrap()[0].sheet.is_err());
    }
}
