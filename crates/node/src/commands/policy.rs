//! The rules that decide: show, make, check, activate, and what was activated before.

use std::path::Path;

use comity_app::activate::{self, Activated, HistoryView, Wish};
use comity_app::model::Agreement;
use comity_app::model::agreement::AGREEMENT_BYTES_MAX;
use comity_app::policy::PolicySet;
use comity_app::policy::generate::local_of;
use comity_app::policy::rules::LOCAL_BYTES_MAX;
use comity_app::proof::Own;
use comity_app::proposal::Outcome;
use comity_app::{AppError, agreement};
use comity_stix::locate;
use serde_json::json;

use super::community::waiting;
use super::{Session, policy_review, proof};
use crate::cli::policy::{PolicyActivateArgs, PolicyCommand, PolicyNewArgs};
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, pairs, table};

/// Columns of a line of the source that are shown.
const COLUMNS: usize = 100;

/// Characters of a hash that a list shows; `--json` has them all.
const HASH_CHARS: usize = 12;

/// `comity policy`.
///
/// # Errors
/// Those of the use case; exit code 3 when the policies in force are not those of this program.
pub fn policy(session: &Session, command: &PolicyCommand) -> Result<Answer, Failure> {
    match command {
        PolicyCommand::Show => show(session),
        PolicyCommand::New(args) => new(session, args),
        PolicyCommand::Check(args) => check(&args.file),
        PolicyCommand::Prove(args) => proof::run(session, args),
        PolicyCommand::Diff(args) => policy_review::diff(session, args),
        PolicyCommand::Replay(args) => policy_review::replay(session, args),
        PolicyCommand::Activate(args) => activate(session, args),
        PolicyCommand::History => history(session),
        PolicyCommand::ExportProof(args) => {
            Ok(Answer::exact(format!("{}\n", activate::proof(&session.open()?, args.epoch)?)))
        }
    }
}

fn show(session: &Session) -> Result<Answer, Failure> {
    let rules = activate::rules(&session.open()?)?;
    let rows: Vec<[String; 2]> =
        rules.rules.iter().map(|rule| [rule.id.clone(), rule.says.clone()]).collect();
    let mut text = format!(
        "{}\n# local policies, in Cedar; a rule named guard-... ships and cannot be switched off\n{}",
        table(["RULE", "SAYS"], &rows),
        rules.local
    );
    for (file, invariants) in &rules.invariants {
        let proved = if rules.is_proved { String::new() } else { format!(" ({})", activate::NOT_PROVED) };
        text.push_str(&format!("\n# invariants of this community, from {file}{proved}\n{invariants}"));
    }
    Answer::facts(&rules, text)
}

fn new(session: &Session, args: &PolicyNewArgs) -> Result<Answer, Failure> {
    let local = match &args.from {
        Some(file) => {
            let toml = input::read_text(file, AGREEMENT_BYTES_MAX)?;
            let read = Agreement::from_toml(&toml).map_err(AppError::from)?;
            local_of(&read.release.unwrap_or_default())
        }
        None => activate::local_from_agreement(&session.open()?)?,
    };
    Ok(Answer::exact(local))
}

fn check(file: &Path) -> Result<Answer, Failure> {
    let local = input::read_text(file, LOCAL_BYTES_MAX)?;
    match fault(file, &local)? {
        Some(answer) => Ok(answer),
        None => {
            let set = PolicySet::new(&local).map_err(AppError::from)?;
            let rules: Vec<&str> = set
                .rules()
                .iter()
                .map(|rule| rule.id.as_str())
                .filter(|id| !id.starts_with("guard-"))
                .collect();
            let facts = json!({"valid": true, "policies": set.hash().to_string(), "rules": rules});
            let text = format!("{} local rules, no mistakes; policies {}", rules.len(), set.hash());
            Answer::facts(&facts, text)
        }
    }
}

/// What is wrong with local policies, with the line and a mark under the place; none when they can be read.
fn fault(file: &Path, local: &str) -> Result<Option<Answer>, Failure> {
    let Err(error) = PolicySet::new(local) else { return Ok(None) };
    let (line, column) = error.place_in(local).unwrap_or((1, 1));
    let line_start: usize = local.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = local.get(line_start..).unwrap_or_default();
    let offset: usize = rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
    let start = line_start.saturating_add(offset);
    let excerpt = locate::excerpt(local.as_bytes(), start..start.saturating_add(1), COLUMNS);
    let what = error.what();
    let place = input::name(file);
    let text = format!("error: {what}\n  --> {place}:{line}:{column}\n{}", super::validate::marked(&excerpt));
    let facts = json!({"valid": false, "file": place, "line": line, "column": column, "message": what});
    Ok(Some(Answer::facts(&facts, text)?.refused_if(true)))
}

fn activate(session: &Session, args: &PolicyActivateArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let local = match &args.file {
        Some(file) => {
            let local = input::read_text(file, LOCAL_BYTES_MAX)?;
            if let Some(answer) = fault(file, &local)? {
                return Ok(answer);
            }
            Some(local)
        }
        None => None,
    };
    let own = match &args.invariants {
        Some(folder) => Some(proof::read_folder(folder)?),
        None => args.drop_invariants.then(Own::new),
    };
    let wish = Wish { local, own, inherit: args.inherit, reason: args.reason.clone() };
    let outcome = match activate::run(&app, &actor, wish, &args.solver.means()) {
        Err(AppError::NotProved(report)) => return proof::answer(&report),
        other => other?,
    };
    let text = match &outcome {
        Outcome::Done(activated) => describe(activated),
        Outcome::Pending(proposal) => format!("proved\n{}", waiting(proposal)),
    };
    Answer::facts(&outcome, text)
}

fn describe(activated: &Activated) -> String {
    let head = pairs(&[
        ("epoch", activated.epoch.to_string()),
        ("policies", activated.policy.clone()),
        ("proved by", activated.solver.clone()),
        ("proof", activated.proof.clone()),
        ("own invariants", format!("{} files", activated.invariants)),
        (
            "visible",
            format!(
                "{} newly, {} no longer (pairs of member and handling)",
                activated.opened, activated.closed
            ),
        ),
    ]);
    let now = activated.now.as_ref().map(policy_review::foreseen_text).unwrap_or_default();
    format!("{head}{now}")
}

fn history(session: &Session) -> Result<Answer, Failure> {
    let app = session.open()?;
    let now = agreement::current(&app)?.epoch;
    let steps = activate::history(&app)?;
    let dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let short = |hash: &str| dash(&hash.chars().take(HASH_CHARS).collect::<String>());
    let row = |step: &HistoryView| {
        [
            step.epoch.to_string(),
            step.at.to_string(),
            step.by.clone(),
            dash(&step.solver),
            short(&step.policy),
            short(&step.proof),
            dash(&step.reason),
        ]
    };
    let rows: Vec<[String; 7]> = steps.iter().map(row).collect();
    let heading = ["EPOCH", "AT", "BY", "PROVED BY", "POLICIES", "PROOF", "REASON"];
    Answer::facts(&steps, format!("{}epoch {now} is in force\n", table(heading, &rows)))
}
