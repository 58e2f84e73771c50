//! `comity handling`, and from options to what `app` takes.

use std::path::Path;

use comity_app::compose::statement::StatementText;
use comity_app::handling::{self, Change, Changed};
use comity_app::model::iep::IEP_BYTES_MAX;
use comity_app::model::{Iep, Stated};
use comity_app::proposal::Outcome;
use comity_app::stated;
use comity_app::{App, AppError};

use super::{Session, community, record};
use crate::cli::handling::{HandlingArgs, StatedArgs};
use crate::failure::Failure;
use crate::input;
use crate::output::Answer;

/// Shows the handling of a record, or changes it.
///
/// # Errors
/// Those of the use case: another member's record, or wider than the markings in the bytes allow.
pub fn run(session: &Session, args: &HandlingArgs) -> Result<Answer, Failure> {
    if !args.is_change() {
        return record::show_handling(session, &args.record);
    }
    let (app, actor) = session.open_as_user()?;
    let outcome = handling::change(&app, &actor, &args.record, &change(args)?)?;
    let text = match &outcome {
        Outcome::Done(Changed { id, version, copies, revision, level }) => {
            let everywhere = if *copies > 1 { format!(", in {copies} collections") } else { String::new() };
            format!("{id}@{version}: {level}, revision {revision}{everywhere}")
        }
        Outcome::Pending(proposal) => community::waiting(proposal),
    };
    Answer::facts(&outcome, text)
}

fn change(args: &HandlingArgs) -> Result<Change, Failure> {
    // An empty text drops what is stated.
    let stated =
        |text: &Option<String>, dropped: bool| if dropped { Some(String::new()) } else { text.clone() };
    let limits = &args.limits;
    let iep = match (&limits.iep, limits.no_iep) {
        (Some(file), _) => Some(Some(policy(file)?)),
        (None, true) => Some(None),
        (None, false) => None,
    };
    Ok(Change {
        code: stated(&limits.code, limits.no_code),
        pap: stated(&limits.pap, limits.no_pap),
        flags: (limits.flag.clone(), limits.no_flag.clone()),
        iep,
        inner: (limits.inner.clone(), limits.no_inner.clone()),
        refugee_from: (limits.refugee_from.clone(), limits.not_refugee_from.clone()),
        tlp: args.tlp.clone(),
        to: (args.to.clone(), args.not_to.clone()),
        delegates: (args.delegate.clone(), args.no_delegate.clone()),
        consents: Vec::new(),
        groups: (args.group.clone(), args.no_group.clone()),
        exclude: (args.exclude.clone(), args.include.clone()),
        purposes: (args.purpose.clone(), args.no_purpose.clone()),
        embargo: stated(&args.embargo, args.no_embargo),
        end: stated(&args.until, args.no_until),
        onward: match (args.onward, args.no_onward) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
    })
}

/// What the options state, with names resolved by the agreement in force.
///
/// # Errors
/// Those of the use case: a word that the agreement does not know.
pub fn resolve(app: &App, args: &StatedArgs) -> Result<Stated, Failure> {
    let text = StatementText {
        preset: args.preset.clone(),
        tlp: args.tlp.clone(),
        code: args.care.code.clone(),
        pap: args.care.pap.clone(),
        to: args.reach.to.clone(),
        groups: args.reach.group.clone(),
        exclude: args.reach.exclude.clone(),
        delegates: args.reach.delegate.clone(),
        purposes: args.purpose.clone(),
        embargo_until: args.embargo.clone(),
        end_at: args.until.clone(),
        onward: args.onward,
        personal: args.personal,
        category: args.category.clone(),
        flags: args.care.flag.clone(),
        iep: args.iep.as_deref().map(policy).transpose()?,
        inner: args.inner.clone(),
        refugee_from: args.refugee_from.clone(),
        ..StatementText::default()
    };
    Ok(stated::resolve(app, &text)?)
}

/// Reads a policy from a file.
fn policy(path: &Path) -> Result<Iep, Failure> {
    let text = input::read_text(path, IEP_BYTES_MAX)?;
    Ok(Iep::from_json(&text).map_err(AppError::from)?)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn parse(options: &[&str]) -> Box<HandlingArgs> {
        let words = [&["comity", "handling", "note--1"], options].concat();
        match Cli::try_parse_from(words).unwrap().command {
            Command::Handling(args) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn no_option_shows_and_any_option_changes() {
        assert!(!parse(&[]).is_change());
        for options in [
            &["--tlp", "red"][..],
            &["--not-to", "x"],
            &["--no-group", "x"],
            &["--include", "x"],
            &["--no-purpose", "x"],
            &["--no-embargo"],
            &["--until", "2026-01-01T00:00:00Z"],
            &["--no-onward"],
            &["--code", "H1"],
            &["--no-pap"],
            &["--no-iep"],
            &["--flag", "originator-control"],
            &["--no-inner", "x"],
            &["--not-refugee-from", "QX"],
        ] {
            let args = parse(options);
            assert!(args.is_change(), "{options:?}");
            assert_ne!(change(&args).unwrap(), Change::default(), "{options:?}");
        }
    }

    #[test]
    fn dropping_a_date_is_not_leaving_it_as_it_is() {
        assert_eq!(change(&parse(&["--no-embargo"])).unwrap().embargo.as_deref(), Some(""));
        assert_eq!(change(&parse(&["--onward"])).unwrap().embargo, None);
        assert_eq!(change(&parse(&["--onward"])).unwrap().onward, Some(true));
    }
}
