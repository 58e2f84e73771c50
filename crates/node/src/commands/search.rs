//! Finding records, and what was searched for.

use comity_app::search::{self, Asking, Found, Hit, MatchedName};
use serde_json::Value;

use super::Session;
use crate::cli::search::SearchArgs;
use crate::failure::Failure;
use crate::output::{Answer, table};

/// `comity search`.
///
/// # Errors
/// Those of the use case; exit code 1 when nothing is found.
pub fn run(session: &Session, args: &SearchArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let query = args.query.join(" ");
    let asking = Asking {
        query: &query,
        name: args.name.as_deref(),
        purpose: args.purpose.as_deref(),
        case: args.case.as_deref(),
        basis: args.basis.as_deref(),
        at: args.at.as_deref(),
        reason: args.reason.as_deref(),
        limit: Some(usize::from(args.limit)),
        after: args.after.as_deref(),
        all_versions: args.versions == "all",
    };
    let found = search::run(&app, &actor, &asking)?;
    let none = found.hits.is_empty() && found.next.is_none();
    Ok(Answer::facts(&found, text(&found, args.at.as_deref()))?.refused_if(none))
}

/// `comity searches`.
///
/// # Errors
/// Those of the use case.
pub fn list(session: &Session) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let views = search::consultations(&app, &actor)?;
    if views.is_empty() {
        return Answer::facts(&views, "nobody has searched");
    }
    let rows: Vec<[String; 6]> = views
        .iter()
        .map(|view| {
            [
                view.at.clone(),
                view.actor.clone(),
                view.purpose.clone(),
                view.hits.to_string(),
                view.query.clone(),
                view.reason.clone(),
            ]
        })
        .collect();
    Answer::facts(&views, table(["TIME", "USER", "PURPOSE", "HITS", "QUERY", "REASON"], &rows))
}

fn text(found: &Found, at: Option<&str>) -> String {
    let mut lines: Vec<String> = found.hits.iter().flat_map(|hit| hit_lines(hit, at)).collect();
    if lines.is_empty() && found.next.is_none() {
        lines.push("nothing found".to_owned());
    }
    if let Some(next) = &found.next {
        lines.push(format!("more: --after {next}"));
    }
    lines.join("\n")
}

fn hit_lines(hit: &Hit, at: Option<&str>) -> Vec<String> {
    let mut lines = vec![format!("{}@{}", hit.id, hit.version)];
    if hit.hit_only {
        lines.push(format!("  a record of {}: ask it", hit.origin));
        return lines;
    }
    let held = if hit.state == "held" { ", held: not published" } else { "" };
    lines.push(format!("  {}: {}", hit.kind, hit.name));
    lines.push(format!("  {} of {}, {}{held}", hit.collection, hit.origin, hit.level));
    lines.extend(hit.names.iter().map(|name| format!("  name: {}", about(name, at))));
    if let Some(found) = &hit.text {
        let (before, on) = (dots(found.goes_before), dots(found.goes_on));
        let by = found.said_by.as_ref().map(|by| format!(" (words of {by})")).unwrap_or_default();
        lines.push(format!("  text: {before}{}{on}{by}", found.text));
    }
    lines
}

fn dots(cut: bool) -> &'static str {
    if cut { "…" } else { "" }
}

/// A name with what the record says about it.
fn about(name: &MatchedName, at: Option<&str>) -> String {
    let mut said: Vec<String> = name.script.iter().cloned().collect();
    if name.former {
        said.push("former name".to_owned());
    }
    said.extend(name.from.as_ref().map(|from| format!("from {from}")));
    said.extend(name.until.as_ref().map(|until| format!("until {until}")));
    if let (Some(answer), Some(at)) = (&name.in_use, at) {
        // The words of the answer are those of its JSON form.
        let word =
            serde_json::to_value(answer).ok().and_then(|value: Value| value.as_str().map(str::to_owned));
        said.push(format!("in use at {at}: {}", word.unwrap_or_default().replace('-', " ")));
    }
    if said.is_empty() { name.name.clone() } else { format!("{} ({})", name.name, said.join(", ")) }
}
