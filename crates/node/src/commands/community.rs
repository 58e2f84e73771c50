//! The agreement and its members.

use comity_app::agreement::{self, Applied};
use comity_app::model::agreement::AGREEMENT_BYTES_MAX;
use comity_app::proposal::{Outcome, ProposalView};
use comity_app::{AppError, cosign, foresee};
use serde_json::json;

use super::{Session, draft, policy_review, shown};
use crate::cli::community::{
    AgreementCommand, AgreementDiffArgs, AgreementFetchArgs, AgreementImportArgs, AgreementSignArgs,
    MemberAddArgs, MemberCommand,
};
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, table};

/// `comity agreement`.
///
/// # Errors
/// Those of the use case.
pub fn agreement(session: &Session, command: &AgreementCommand) -> Result<Answer, Failure> {
    match command {
        AgreementCommand::Import(args) => import(session, args),
        AgreementCommand::Sign(args) => sign(session, args),
        AgreementCommand::Show => {
            let current = agreement::current(&session.open()?)?;
            let head =
                format!("# epoch {}, digest {}, policies {}", current.epoch, current.digest, current.policy);
            let text = format!("{head}\n{}", current.toml);
            Answer::facts(&current, text)
        }
        AgreementCommand::Diff(args) => diff(session, args),
        AgreementCommand::Fetch(args) => fetch(session, args),
    }
}

fn import(session: &Session, args: &AgreementImportArgs) -> Result<Answer, Failure> {
    let toml = input::read_text(&args.file, AGREEMENT_BYTES_MAX)?;
    let mut signatures = Vec::new();
    for file in &args.signatures {
        signatures.extend(cosign::read(&input::read_text(file, AGREEMENT_BYTES_MAX)?)?);
    }
    let (app, actor) = session.open_as_user()?;
    imported(&agreement::import_signed(&app, &actor, &toml, &signatures)?)
}

fn sign(session: &Session, args: &AgreementSignArgs) -> Result<Answer, Failure> {
    let toml = input::read_text(&args.file, AGREEMENT_BYTES_MAX)?;
    let (app, actor) = session.open_as_user()?;
    let signed = cosign::sign(&app, &actor, &toml)?;
    // The line is what is handed on, whoever reads it.
    Answer::facts(&signed, signed.to_json().map_err(AppError::from)?)
}

fn imported(outcome: &Outcome<Applied>) -> Result<Answer, Failure> {
    let text = match outcome {
        Outcome::Done(applied) => describe(applied),
        Outcome::Pending(proposal) => waiting(proposal),
    };
    Answer::facts(outcome, text)
}

fn fetch(session: &Session, args: &AgreementFetchArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let fetched = agreement::fetch(&app, &actor, &args.peer)?;
    if args.take {
        return imported(&agreement::import_signed(&app, &actor, &fetched.toml, &fetched.signatures)?);
    }
    if fetched.differences.is_empty() {
        return Answer::facts(&fetched, "no differences");
    }
    let text = format!(
        "{}\ntake it with: comity agreement fetch {} --take",
        fetched.differences.join("\n"),
        fetched.peer
    );
    Ok(Answer::facts(&fetched, text)?.refused_if(true))
}

fn describe(applied: &Applied) -> String {
    if applied.changes.is_empty() {
        return format!("nothing changed; epoch {} stays in force", applied.epoch);
    }
    format!(
        "{}\nepoch {} is in force, digest {}\nnewly visible {}, no longer visible {} (pairs of member and handling)",
        applied.changes.join("\n"),
        applied.epoch,
        applied.digest,
        applied.opened,
        applied.closed
    )
}

/// The sentence for what waits for a second person.
pub fn waiting(proposal: &ProposalView) -> String {
    format!(
        "waits for a second person: {}\nanother user approves it with: comity approve {} --as USER",
        proposal.reason, proposal.id
    )
}

fn diff(session: &Session, args: &AgreementDiffArgs) -> Result<Answer, Failure> {
    let toml = input::read_text(&args.file, AGREEMENT_BYTES_MAX)?;
    let (app, actor) = session.open_as_user()?;
    let changes = agreement::diff(&app, &toml)?;
    if changes.is_empty() {
        return Answer::facts(&json!({ "changes": changes }), "no differences");
    }
    let mut text = changes.join("\n");
    // Examples are records; administrators get no content by their role.
    let now = actor.may_read().is_ok().then(|| foresee::agreement(&app, &toml)).transpose()?;
    if let Some(foreseen) = &now {
        text = format!("{text}\n\n{}", policy_review::foreseen_text(foreseen));
    }
    Ok(Answer::facts(&json!({ "changes": changes, "now": now }), text)?.refused_if(true))
}

/// `comity member`.
///
/// # Errors
/// Those of the use case, and a draft that cannot be read, written, or take the member.
pub fn member(session: &Session, command: &MemberCommand) -> Result<Answer, Failure> {
    match command {
        MemberCommand::Add(args) => member_add(session, args),
        MemberCommand::List => {
            let members = agreement::current(&session.open()?)?.agreement.members;
            let rows: Vec<[String; 6]> = members
                .iter()
                .map(|member| {
                    let standing =
                        if member.active { member.standing.name().to_owned() } else { "inactive".to_owned() };
                    let groups: Vec<&str> = member.groups.iter().map(String::as_str).collect();
                    let keys: Vec<String> = member.keys.iter().map(ToString::to_string).collect();
                    [
                        member.name.clone(),
                        standing,
                        groups.join(","),
                        if member.adequate { "yes" } else { "no" }.to_owned(),
                        member.id.to_string(),
                        keys.join(","),
                    ]
                })
                .collect();
            Answer::facts(&members, table(["MEMBER", "STANDING", "GROUPS", "ADEQUATE", "ID", "KEYS"], &rows))
        }
    }
}

fn member_add(session: &Session, args: &MemberAddArgs) -> Result<Answer, Failure> {
    let member = draft::member(args)?;
    let before = draft::read_or_make(&args.draft, || Ok(agreement::current(&session.open()?)?.agreement))?;
    let after =
        draft::with_member(&before, &member).map_err(|reason| draft::refusal(&args.draft, &reason))?;
    draft::replace(&args.draft, &after)?;
    let place = shown(&args.draft);
    let text = format!(
        "added {} to the draft {place}\nnothing is in force before: comity agreement import {place}",
        member.name
    );
    Answer::facts(&json!({"draft": place, "member": member}), text)
}
