//! Lists of records for the people of this node, by what stands in their rows and by the word of their kind.

use comity_model::{Category, Micros, Record};
use comity_store::Tx;
use comity_store::tables::record;
use serde::Serialize;

use crate::explain::{self, RecordView};
use crate::force::{find_member, in_force};
use crate::look::Look;
use crate::{App, AppError, collection, kinds, sheet};

/// Rows read at a time.
const BATCH: i64 = 1_000;
/// Most records on one page.
pub const PAGE: usize = 100_000;

/// Which records are listed. What is not named does not narrow.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// Words of kinds, or STIX types.
    pub kinds: Vec<String>,
    /// Category of the person.
    pub category: Option<Category>,
    /// State: live, held, withdrawn and so on.
    pub state: Option<String>,
    /// Originator, by id or name.
    pub origin: Option<String>,
    /// Collection: id, alias or title.
    pub collection: Option<String>,
    /// Only what came since then.
    pub since: Option<Micros>,
    /// Only what this user brought in.
    pub by: Option<String>,
    /// Continue after this mark.
    pub after: Option<String>,
    /// At most so many; none means all.
    pub limit: Option<usize>,
}

/// One record of a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Line {
    /// The row.
    #[serde(flatten)]
    pub view: RecordView,
    /// The word of its kind; the STIX type for an object that is of no kind.
    pub word: String,
    /// What the person in it is to the case, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<&'static str>,
}

/// A page of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The records, in the order they came, collection by collection.
    pub lines: Vec<Line>,
    /// The mark to continue after; none at the end.
    pub next: Option<String>,
}

/// Lists records.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown collection or member; [`AppError::Invalid`] for a mark that no list gave.
pub fn run(app: &App, filter: &Filter) -> Result<Page, AppError> {
    let limit = filter.limit.unwrap_or(usize::MAX);
    if filter.limit.is_some_and(|limit| limit == 0 || limit > PAGE) {
        return Err(AppError::invalid("--limit", format!("a page has 1 to {PAGE} records")));
    }
    app.store().read("listing.run", |tx| {
        let force = in_force(app, tx)?;
        let origin = filter.origin.as_deref().map(|text| find_member(&force, text)).transpose()?;
        let collections = match &filter.collection {
            Some(text) => vec![collection::find(tx, text)?],
            None => comity_store::tables::collection::list(tx)?,
        };
        let (from, mut after) = mark(filter.after.as_deref())?;
        let mut lines = Vec::new();
        let mut look = Look::new(app, tx)?;
        let skipped = |one: &comity_store::tables::collection::Collection| {
            from.as_ref().is_some_and(|from| *from != one.alias)
        };
        let mut last: Option<String> = None;
        for one in collections.iter().skip_while(|one| skipped(one)) {
            loop {
                let rows = record::list(tx, &one.id, after, BATCH)?;
                let Some(end) = rows.last().map(|row| row.peek().seq) else { break };
                for stored in rows {
                    let row = stored.peek();
                    let by_row = look.sees(row)
                        && origin.as_ref().is_none_or(|origin| *origin == row.key.origin)
                        && is_wanted(filter, row);
                    let (number, category) = (row.seq, row.handling.category.map(sheet::in_words));
                    let Some(word) = (if by_row { wanted_word(tx, filter, row)? } else { None }) else {
                        continue;
                    };
                    if lines.len() == limit {
                        return Ok(Page { lines, next: last });
                    }
                    let view = explain::record_view(&force, stored, &one.alias, None)?;
                    last = Some(format!("{}:{number}", one.alias));
                    lines.push(Line { view, word, category });
                }
                after = end;
            }
            after = 0;
        }
        Ok(Page { lines, next: None })
    })
}

fn mark(text: Option<&str>) -> Result<(Option<String>, i64), AppError> {
    let Some(text) = text else { return Ok((None, 0)) };
    let read =
        text.rsplit_once(':').and_then(|(alias, number)| Some((alias.to_owned(), number.parse().ok()?)));
    let (alias, number) =
        read.ok_or_else(|| AppError::invalid("--after", "take the mark that the page before ended with"))?;
    Ok((Some(alias), number))
}

fn is_wanted(filter: &Filter, row: &Record) -> bool {
    filter.category.is_none_or(|category| row.handling.category == Some(category))
        && filter.state.as_ref().is_none_or(|state| row.state.name() == state)
        && filter.since.is_none_or(|since| row.added_at >= since)
        && filter.by.as_ref().is_none_or(|by| row.actor == *by)
}

/// The word of a record's kind, if it is one of those asked for.
fn wanted_word(tx: &mut Tx<'_>, filter: &Filter, row: &Record) -> Result<Option<String>, AppError> {
    let bytes = record::content(tx, &row.key, &[])?;
    let word = kinds::word_of(&row.kind, bytes.as_deref());
    let wanted =
        filter.kinds.is_empty() || filter.kinds.iter().any(|kind| *kind == word || *kind == row.kind);
    Ok(wanted.then_some(word))
}
