//! `comity today`: what waits for whoever acts.

use std::fmt::Write as _;

use comity_app::today::{self, Group, Item};

use super::Session;
use crate::failure::Failure;
use crate::output::{Answer, table};

/// Lists what waits.
///
/// # Errors
/// Those of the use case.
pub fn run(session: &Session) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let today = today::of(&app, &actor)?;
    if today.groups.is_empty() {
        return Answer::facts(&today, "nothing waits");
    }
    let mut text = String::new();
    for group in &today.groups {
        let more_than = if group.more { "more than " } else { "" };
        let rows: Vec<[String; 5]> = group.items.iter().map(row).collect();
        let lines = table(["TITLE", "WHY", "FROM", "WHEN", "ID"], &rows);
        let _ = writeln!(text, "{} ({more_than}{})\n{lines}", heading(group), group.count);
    }
    Answer::facts(&today, text.trim_end())
}

fn heading(group: &Group) -> &'static str {
    match group.kind {
        "alarms" => "Alarms",
        "recalls" => "Recalls to answer",
        "approve" => "To approve",
        "silences" => "Silence is waited for",
        "journals" => "Journals to approve",
        "decisions" => "Decisions to close",
        "measures" => "Measures due",
        "deliveries" => "Not taken by members",
        "refused" => "Not taken from peers",
        "triage" => "Waits in triage",
        "review" => "Review is due",
        "quarantine" => "Set aside",
        "consents" => "Requests for consent",
        "received" => "Received since yesterday",
        _ => "Your drafts",
    }
}

fn row(item: &Item) -> [String; 5] {
    let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let title = match &item.latin {
        Some(latin) => format!("{} ({latin})", item.title),
        None => or_dash(&item.title),
    };
    let when = match (&item.due, &item.at) {
        (Some(due), _) => format!("due {due}{}", if item.overdue { ", past" } else { "" }),
        (None, Some(at)) => at.clone(),
        (None, None) => "-".to_owned(),
    };
    [title, or_dash(&item.why), or_dash(item.origin.as_deref().unwrap_or_default()), when, or_dash(&item.id)]
}
