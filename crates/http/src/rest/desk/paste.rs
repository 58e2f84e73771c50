//! What is in a text or a table that somebody pastes. Nothing of it is stored.

use std::collections::BTreeMap;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::release::KEEPERS;
use super::whole;
use crate::app::compose::rows::{self, Columns};
use crate::app::compose::statement::StatementText;
use crate::app::compose::{self, Draft};
use crate::app::paste::{self, Found};
use crate::app::{App, AppError};
use crate::problem::{FaultLine, NotForAll, Problem};
use crate::refusal::Refusal;
use crate::rest::records::lines;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::Need;

/// Most rows of one table.
const ROWS_MAX: usize = 200;

/// The routes of this module.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let keeps = Access::Person(Need::of(KEEPERS));
    vec![
        Endpoint::post("/api/v1/desk/paste", keeps, values),
        Endpoint::post("/api/v1/desk/paste/rows", keeps, rows),
    ]
}

/// A text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextBody {
    /// As it was pasted.
    text: String,
}

/// Values in a text.
#[derive(Serialize)]
struct Values {
    found: Vec<Found>,
}

/// The values in a text, each with where it stands: dates, states, telephones, plates, addresses, hashes, amounts.
#[utoipa::path(post, path = "/api/v1/desk/paste", tag = "desk", operation_id = "desk_paste", security(("visit" = [])),
    request_body(content = TextBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Values"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll))]
pub(crate) async fn values(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let body: TextBody = whole(&shared, &seen, request).await?;
    work(&shared, &seen, move |_, _| Ok(Values { found: paste::find(&body.text)? })).await
}

/// A table, and which column goes where.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableBody {
    /// The table with its line of headings (RFC 4180).
    csv: String,
    /// What stands between cells; a comma when it is left out.
    #[serde(default)]
    separator: Option<char>,
    /// The word of the kind.
    kind: String,
    /// Heading of a column, and the path of the form that its cells go to.
    #[serde(default)]
    columns: BTreeMap<String, String>,
    /// Paths that have the same value in every row.
    #[serde(default)]
    constants: BTreeMap<String, String>,
    /// Collection: id or alias.
    collection: String,
    /// What is stated beside every row.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    statement: StatementText,
}

/// A table as it was understood.
#[derive(Serialize, Default)]
struct Table {
    headings: Vec<String>,
    rows: Vec<Row>,
    /// What is wrong with the table as a whole.
    faults: Vec<FaultLine>,
}

/// A row.
#[derive(Serialize)]
struct Row {
    /// Line where it begins, from 1.
    line: u64,
    /// The record that it makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<Value>,
    /// What is wrong with it; none when it can be kept.
    faults: Vec<FaultLine>,
}

/// What would become of the rows of a table: a record or the faults of each. Nothing is stored.
#[utoipa::path(post, path = "/api/v1/desk/paste/rows", tag = "desk", operation_id = "desk_paste_rows",
    security(("visit" = [])), request_body(content = TableBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Table"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll))]
pub(crate) async fn rows(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let body: TableBody = whole(&shared, &seen, request).await?;
    work(&shared, &seen, move |app, _| table(app, body)).await
}

fn table(app: &App, body: TableBody) -> Result<Table, AppError> {
    let TableBody { csv, separator, kind, columns, constants, collection, statement } = body;
    let headings = match rows::headings(csv.as_bytes(), separator.unwrap_or(',')) {
        Ok(headings) => headings,
        Err(faults) => return Ok(Table { faults: lines(faults), ..Table::default() }),
    };
    if columns.is_empty() {
        return Ok(Table { headings, ..Table::default() });
    }
    let map = Columns::of(kind, separator, constants, columns);
    let read = match rows::read(&map, csv.as_bytes()) {
        Ok(read) if read.len() <= ROWS_MAX => read,
        Ok(_) => {
            let what = format!("at most {ROWS_MAX} rows at once: use `comity new --csv` for more");
            return Err(AppError::invalid("csv", what));
        }
        Err(faults) => return Ok(Table { headings, faults: lines(faults), ..Table::default() }),
    };
    let mut rows = Vec::with_capacity(read.len());
    for one in read {
        let (record, faults) = match one.sheet {
            Err(faults) => (None, lines(faults)),
            Ok(sheet) => {
                let draft = Draft {
                    collection: collection.clone(),
                    form: sheet.form,
                    statement: statement.clone(),
                    language: None,
                    draft: true,
                };
                let faults = match compose::preview(app, &draft) {
                    Ok(Ok(_)) => Vec::new(),
                    Ok(Err(faults)) => lines(faults),
                    Err(AppError::Invalid(faults)) => lines(faults),
                    Err(error) => return Err(error),
                };
                (Some(draft.form), faults)
            }
        };
        rows.push(Row { line: one.line, record, faults });
    }
    Ok(Table { headings, rows, faults: Vec::new() })
}
