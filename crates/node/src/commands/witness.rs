//! What this node witnesses of the ledgers of others: list it, print evidence, clear an alarm.

use comity_app::witness::{self, LogView};
use serde_json::json;

use super::Session;
use crate::cli::witness::WitnessCommand;
use crate::failure::Failure;
use crate::output::{Answer, table};

/// `comity witness`.
///
/// # Errors
/// Those of the use case.
pub fn run(session: &Session, command: &WitnessCommand) -> Result<Answer, Failure> {
    match command {
        WitnessCommand::List(_) => {
            let views = witness::list(&session.open()?)?;
            let is_alarmed = views.iter().any(|view| view.alarm.starts_with("open"));
            Ok(Answer::facts(&views, text(&views))?.refused_if(is_alarmed))
        }
        WitnessCommand::Key => {
            let key = witness::own_key(&session.open()?)?;
            Answer::facts(&json!({ "key": key }), key)
        }
        WitnessCommand::Evidence(args) => {
            let fork = witness::evidence(&session.open()?, &args.evidence)?;
            let text = serde_json::to_string_pretty(&fork)
                .map_err(|error| Failure::environment(format!("the evidence cannot be written; {error}")))?;
            Ok(Answer::exact(format!("{text}\n")))
        }
        WitnessCommand::Clear(args) => {
            let (app, actor) = session.open_as_user()?;
            let proposal = witness::propose_clear(&app, &actor, &args.log, &args.reason)?;
            let text = format!(
                "waits for a second person: {id}\nthat person runs: comity approve {id} --as OTHER",
                id = proposal.id
            );
            Answer::facts(&proposal, text)
        }
    }
}

fn text(views: &[LogView]) -> String {
    if views.is_empty() {
        return "no ledger of another member was seen yet: nodes show them when they exchange messages"
            .into();
    }
    let or_none = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let row = |view: &LogView| {
        let (size, ours) = (view.size.to_string(), view.signed_ours.to_string());
        [view.log.clone(), view.member.clone(), size, or_none(&view.at), ours, or_none(&view.alarm)]
    };
    let rows: Vec<[String; 6]> = views.iter().map(row).collect();
    let mut text = table(["LOG", "MEMBER", "SIZE", "AT", "SIGNED OURS", "ALARM"], &rows);
    for view in views {
        let faults = [("did not take from", &view.fault), ("was told by", &view.says)];
        for (what, fault) in faults.into_iter().filter(|(_, fault)| !fault.is_empty()) {
            text.push_str(&format!("{what} {}: {fault}\n", view.member));
        }
    }
    text
}
