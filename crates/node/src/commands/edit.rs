//! `comity edit` and `comity diff`: the next version of a record, and the difference of two.

use comity_app::compose::Entry;
use comity_app::compose::file::{self, FILE_BYTES};
use comity_app::compose::statement::StatementText;
use comity_app::edit::{self, Edit, Edited};
use comity_app::stix::diff::{Difference, Kind};

use super::{Session, new};
use crate::cli::new::{DiffArgs, EditArgs};
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, visible};

/// Longest value that a line of a difference shows, in characters.
const VALUE_CHARACTERS: usize = 200;

/// `comity edit`.
///
/// # Errors
/// Those of the use case.
pub fn run(session: &Session, args: &EditArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let (form, statement) = match &args.file {
        Some(path) => {
            let sheet = file::read(&input::read_text(path, FILE_BYTES)?)
                .map_err(|faults| Failure::refused(new::told(&faults, None)))?;
            (Some(sheet.form), sheet.statement)
        }
        None => (None, StatementText::default()),
    };
    let category = args
        .category
        .as_ref()
        .map(|word| serde_json::from_value(word.as_str().into()))
        .transpose()
        .map_err(|error| Failure::usage(format!("--category: {error}")))?;
    let edit = Edit {
        record: args.record.clone(),
        form,
        set: new::split(&args.set)?,
        unset: args.unset.clone(),
        category,
        statement: new::over(statement, &args.release),
        reason: args.reason.clone(),
        draft: args.draft,
    };
    let outcome =
        if args.dry_run { edit::preview(&app, &actor, &edit) } else { edit::run(&app, &actor, &edit) };
    match outcome? {
        Ok(edited) => {
            let refused = edited.entries.iter().any(|entry| matches!(entry, Entry::Refused(_)));
            Ok(Answer::facts(&edited, describe(&edited))?.refused_if(refused))
        }
        Err(faults) => {
            let text = format!("refused, nothing is stored: {}", new::told(&faults, None));
            Ok(Answer::facts(&serde_json::json!({ "refused": faults }), text)?.refused_if(true))
        }
    }
}

fn describe(edited: &Edited) -> String {
    let Edited { id, from, to, differences, dropped, entries, left_behind } = edited;
    let mut text = format!("{id} {from} -> {to}\n{}", differing(differences));
    for one in dropped {
        text.push_str(&format!(
            "dropped, because the category does not allow it: {} ({})\n",
            one.field.name(),
            one.entries
        ));
    }
    for entry in entries {
        match entry {
            Entry::Written(written) => text.push_str(&new::lines(written)),
            Entry::Refused(faults) => text.push_str(&format!("refused: {}", new::told(faults, None))),
        }
        text.push('\n');
    }
    if entries.is_empty() {
        text.push_str("nothing is written");
    }
    for member in left_behind {
        text.push_str(&format!(
            "warning: {member} has an older version and does not get this one, so nobody corrects it there: name it with \
             `comity handling {id} --to '{member}'` (before an edit: `comity edit --to`), or ask it to erase what it has\n"
        ));
    }
    text
}

/// `comity diff`; the answer is no when the versions differ.
///
/// # Errors
/// Those of the use case.
pub fn diff(session: &Session, args: &DiffArgs) -> Result<Answer, Failure> {
    let app = session.open_to_read()?;
    let found = edit::compare(&app, &args.record, args.from.as_deref(), args.to.as_deref())?;
    let mut text = format!("{} {} -> {}\n{}", found.id, found.from, found.to, differing(&found.differences));
    if let Some(reason) = &found.reason {
        text.push_str(&format!("reason: {reason}\n"));
    }
    Ok(Answer::facts(&found, text)?.refused_if(!found.differences.is_empty()))
}

/// Differences in lines: `+` is new, `-` is gone, `~` is changed.
pub(crate) fn differing(differences: &[Difference]) -> String {
    let mut text = String::new();
    for one in differences {
        let value = |value: &Option<comity_app::stix::Value<'static>>| {
            let written =
                value.as_ref().and_then(|value| serde_json::to_string(value).ok()).unwrap_or_default();
            let short: String = written.chars().take(VALUE_CHARACTERS).collect();
            visible(&if short.len() < written.len() { format!("{short}…") } else { short })
        };
        let (from, to) = (value(&one.from), value(&one.to));
        let path = one.path.replace(&format!("extensions.{}.", comity_app::model::kind::EXTENSION_ID), "");
        text.push_str(&match one.kind {
            Kind::Added => format!("  + {path}: {to}\n"),
            Kind::Removed => format!("  - {path}: {from}\n"),
            Kind::Changed => format!("  ~ {path}: {from} -> {to}\n"),
            Kind::Representation => format!("  = {path}: {from} -> {to} (means the same)\n"),
        });
    }
    text
}
