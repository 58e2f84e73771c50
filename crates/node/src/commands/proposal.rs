//! What waits for a second person: the list, one proposal whole, and the approval.

use std::fmt::Write as _;

use comity_app::proposal::{self, Approved};
use comity_app::proposed::{self, Policies, Proposed, Told, ToldRecord, Would};
use comity_app::{Actor, App, AppError};
use serde::Serialize;

use super::{Session, policy_review, proof};
use crate::cli::community::{ApproveArgs, ProposalsArgs, RefuseArgs};
use crate::failure::Failure;
use crate::output::{Answer, isolated, pairs, table};

/// `comity proposals`.
///
/// # Errors
/// Those of the use case.
pub fn proposals(session: &Session, args: &ProposalsArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    if let Some(id) = &args.id {
        let proposed = proposed::show(&app, &actor, id)?;
        return Answer::facts(&proposed, whole(&proposed));
    }
    let views = proposal::list(&app)?;
    if views.is_empty() {
        return Answer::facts(&views, "nothing waits");
    }
    let rows: Vec<[String; 5]> = views
        .iter()
        .map(|view| {
            [view.id.clone(), view.kind.clone(), view.subject.clone(), view.by.clone(), view.reason.clone()]
        })
        .collect();
    Answer::facts(&views, table(["ID", "KIND", "SUBJECT", "BY", "REASON"], &rows))
}

/// What was approved, with what it was.
#[derive(Serialize)]
struct Facts {
    #[serde(flatten)]
    approved: Approved,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<Proposed>,
}

/// `comity approve`. People see what they approve before it is done.
///
/// # Errors
/// Those of the use case; the proposer is refused.
pub fn approve(session: &Session, args: &ApproveArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let proposal = shown_before(&app, &actor, &args.id)?;
    if let Some(proposed) = proposal.as_ref().filter(|_| !session.wants_json()) {
        Answer::facts(proposed, format!("{}\n", whole(proposed)))?.print(false)?;
    }
    let means = args.solver.means();
    let approved = match proposal::approve_by(&app, &actor, &args.id, args.reason.as_deref(), &means) {
        Err(AppError::NotProved(report)) => return proof::answer(&report),
        other => other?,
    };
    let text = format!("approved {}: {} ({})", args.id, approved.kind, approved.subject);
    Answer::facts(&Facts { approved, proposal }, text)
}

/// `comity refuse`.
///
/// # Errors
/// Those of the use case.
pub fn refuse(session: &Session, args: &RefuseArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let refused = proposal::refuse(&app, &actor, &args.id, &args.reason)?;
    let text = format!("refused {}: {} ({}); nothing of it is done", args.id, refused.kind, refused.subject);
    Answer::facts(&refused, text)
}

/// The proposal; none where the approval will be refused, which then says why.
fn shown_before(app: &App, actor: &Actor, id: &str) -> Result<Option<Proposed>, Failure> {
    match proposed::show(app, actor, id) {
        Err(AppError::NotFound(_) | AppError::Denied(_)) => Ok(None),
        other => Ok(Some(other?)),
    }
}

/// A proposal for people.
fn whole(proposed: &Proposed) -> String {
    let view = &proposed.proposal;
    let mut head = vec![
        ("proposal", view.id.clone()),
        ("kind", view.kind.clone()),
        ("about", view.subject.clone()),
        ("proposed by", format!("{} at {}", view.by, proposed.at)),
        ("second person", view.reason.clone()),
    ];
    head.extend(proposed.approved_by.iter().map(|by| ("approved by", by.clone())));
    head.extend(proposed.refused_by.iter().map(|by| ("refused by", by.clone())));
    head.extend(proposed.answer.iter().map(|why| ("because", isolated(why))));
    head.extend(proposed.void.iter().map(|why| ("void", why.clone())));
    let rest = match &proposed.would {
        Would::Publish(told) => format!("would publish:\n{}", records(told)),
        Would::Handling(told) => format!("would put under another handling:\n{}", records(told)),
        Would::Agreement { differences, now, .. } => {
            let now = now.as_ref().map(policy_review::foreseen_text).unwrap_or_default();
            format!("would change in the agreement:\n{}\n{now}", block(differences))
        }
        Would::Policies(policies) => policies_text(policies),
        Would::Erase { record, cause, authority, scope, records: told } => {
            let head = pairs(&[
                ("erase", record.clone()),
                ("reason", cause.clone()),
                ("authority", authority.clone()),
                ("keeps out", scope.clone()),
            ]);
            format!("{head}would erase, of what is here now:\n{}", records(told))
        }
        Would::Apply { stones, more } => {
            let rows: Vec<[String; 4]> = stones
                .iter()
                .map(|one| {
                    [
                        format!("{}@{}", one.id, one.version),
                        one.scope.clone(),
                        one.reason.clone(),
                        one.authority.clone(),
                    ]
                })
                .collect();
            format!(
                "would erase again:\n{}{}",
                table(["RECORD", "KEEPS OUT", "REASON", "AUTHORITY"], &rows),
                and_more(*more)
            )
        }
        Would::ClearAlarm { log, evidence } => format!(
            "would take up again the ledger {log}, against which stands:\n{}",
            block(&evidence.iter().map(|id| format!("comity witness evidence {id}")).collect::<Vec<_>>())
        ),
        Would::Lift { record, because, records: told } => {
            let head = pairs(&[("lift from", record.clone()), ("because", because.clone())]);
            format!("{head}what alleges it, and the record:\n{}", records(told))
        }
        Would::Override { to, purpose, danger, records: told } => {
            let head = pairs(&[
                ("pass on to", to.clone()),
                ("for", purpose.clone()),
                ("danger to life", isolated(danger)),
            ]);
            format!("{head}without asking its originator, which is told at once:\n{}", records(told))
        }
    };
    format!("{}\n{rest}", pairs(&head))
}

fn policies_text(policies: &Policies) -> String {
    let Policies { policy, because, inherit, differences, invariant_differences, now, .. } = policies;
    let proof = if *inherit { "inherited from the guards" } else { "by a solver, once more at the approval" };
    let mut text =
        pairs(&[("policies", policy.clone()), ("because", because.clone()), ("proof", proof.to_owned())]);
    for (what, lines) in [("local policies", differences), ("own invariants", invariant_differences)] {
        let _ = match lines.is_empty() {
            true => writeln!(text, "\n{what}: the same as in force"),
            false => write!(text, "\n{what}, against those in force:\n{}", block(lines)),
        };
    }
    if let Some(foreseen) = now {
        let _ = write!(text, "\n{}", policy_review::foreseen_text(foreseen));
    }
    text
}

fn block(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  {line}\n")).collect()
}

fn records(told: &Told) -> String {
    let mut text = String::new();
    for one in &told.records {
        let ToldRecord { id, kind, version, name, collection, state, handling, handling_now, named, seen_by } =
            one;
        let list = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| isolated(name)).collect();
            if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
        };
        let mut rows = vec![
            ("  record", format!("{id}@{version}")),
            ("  type", kind.clone()),
            ("  name", isolated(name)),
            ("  stands", format!("{state} in {collection}")),
        ];
        rows.extend(handling_now.iter().map(|now| ("  handling now", now.to_string())));
        rows.extend([
            ("  handling", handling.to_string()),
            ("  names", list(named)),
            ("  would be seen by", list(seen_by)),
        ]);
        let _ = writeln!(text, "{}", pairs(&rows));
    }
    text + &and_more(told.more)
}

fn and_more(more: usize) -> String {
    if more == 0 { String::new() } else { format!("and {more} more\n") }
}
