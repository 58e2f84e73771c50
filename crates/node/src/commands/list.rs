//! `comity list`: records by kind, state, origin and time.

use comity_app::compose::statement::instant;
use comity_app::listing::{self, Filter, Line};
use serde_json::Value;

use super::Session;
use super::record::{level, opened};
use crate::cli::record::ListArgs;
use crate::failure::Failure;
use crate::output::{Answer, table};

/// `comity list`.
///
/// # Errors
/// Those of the use case.
pub fn run(session: &Session, args: &ListArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    actor.may_read()?;
    let category = args
        .category
        .as_ref()
        .map(|word| serde_json::from_value(word.as_str().into()))
        .transpose()
        .map_err(|error| Failure::usage(format!("--category: {error}")))?;
    let filter = Filter {
        kinds: args.kind.clone(),
        category,
        state: args.state.clone(),
        origin: args.origin.clone(),
        collection: args.collection.clone(),
        since: instant("--since", args.since.as_deref())?,
        by: args.mine.then(|| actor.name.clone()),
        after: args.after.clone(),
        limit: args.limit,
    };
    let page = listing::run(&app, &filter)?;
    let facts: Vec<Value> = page.lines.iter().map(fact).collect();
    if page.lines.is_empty() {
        return Answer::facts(&facts, "no records");
    }
    let rows: Vec<[String; 6]> = page
        .lines
        .iter()
        .map(|line| {
            let view = &line.view;
            [
                what(line),
                view.name.clone(),
                view.state.clone(),
                level(view),
                view.origin.clone(),
                format!("{}@{}", view.id, view.version),
            ]
        })
        .collect();
    let mut text = table(["KIND", "NAME", "STATE", "HANDLING", "ORIGIN", "RECORD"], &rows);
    if let Some(next) = &page.next {
        text.push_str(&format!("more: comity list --after {next}"));
    }
    Answer::facts(&facts, text)
}

/// The word of the kind; of a person also what the person is to the case.
fn what(line: &Line) -> String {
    match line.category.filter(|_| line.word == "subject") {
        Some(category) => format!("{} ({category})", line.word),
        None => line.word.clone(),
    }
}

fn fact(line: &Line) -> Value {
    let mut value = opened(&line.view);
    if let Some(map) = value.as_object_mut() {
        map.insert("word".to_owned(), line.word.as_str().into());
        if let Some(category) = line.category {
            map.insert("category".to_owned(), category.into());
        }
    }
    value
}
