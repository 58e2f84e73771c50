//! Edits a draft of the agreement in place: the new member is added at the end, so comments and order stay.

use std::path::Path;

use comity_app::model::agreement::{AGREEMENT_BYTES_MAX, Member};
use comity_app::model::{Agreement, PublicKey};
use serde::Serialize;

use super::shown;
use crate::cli::community::MemberAddArgs;
use crate::failure::Failure;
use crate::input;

/// The draft with one more member: its text and the version it will have.
///
/// # Errors
/// Exit code 1 when the draft cannot be read or the member does not fit into it.
pub fn with_member(draft: &str, member: &Member) -> Result<String, String> {
    let before = Agreement::from_toml(draft).map_err(|error| error.to_string())?;
    if let Some(known) = before.members.iter().find(|known| known.id == member.id) {
        return Err(format!("{} stands there already as `{}`", known.id, known.name));
    }
    if before.members.iter().any(|known| known.name == member.name) {
        return Err(format!("another member is named `{}` already", member.name));
    }
    let addition = toml::to_string(&Addition { member: [member] }).map_err(|error| error.to_string())?;
    let text = format!("{}\n\n{addition}", draft.trim_end());
    let after = Agreement::from_toml(&text).map_err(|error| error.to_string())?;
    if after.members.len() == before.members.len().saturating_add(1) {
        Ok(text)
    } else {
        Err("members must be written as `[[member]]` tables".to_owned())
    }
}

/// The first text of a draft: the agreement in force under the next version number.
///
/// # Errors
/// When the agreement cannot be written as TOML.
pub fn next_version(in_force: &Agreement) -> Result<String, String> {
    let mut next = in_force.clone();
    next.version = next.version.saturating_add(1);
    next.to_toml().map_err(|error| error.to_string())
}

/// Reads the draft, or makes it from what `in_force` gives when there is none.
///
/// # Errors
/// A file that cannot be read.
pub fn read_or_make(
    path: &Path,
    in_force: impl FnOnce() -> Result<Agreement, Failure>,
) -> Result<String, Failure> {
    if input::is_stdin(path) {
        return Err(Failure::usage("a draft is edited in place; --draft; name a file"));
    }
    if path.exists() {
        return input::read_text(path, AGREEMENT_BYTES_MAX);
    }
    next_version(&in_force()?).map_err(Failure::refused)
}

/// Writes the draft whole or not at all.
///
/// # Errors
/// Exit code 3 when it cannot be written.
pub fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file("the draft cannot be written", path, &error);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    std::fs::write(&beside, text).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

/// The member that the command line describes.
///
/// # Errors
/// Exit code 2 for an id, standing or key that is none.
pub fn member(args: &MemberAddArgs) -> Result<Member, Failure> {
    let wrong =
        |what: &str, error: &dyn std::fmt::Display| Failure::usage(format!("{error}; --{what}; correct it"));
    let standing = super::join::standing(&args.standing)?;
    let keys = args.key.iter().map(|key| key.parse::<PublicKey>());
    Ok(Member {
        state: args.state.clone(),
        id: args.id.parse().map_err(|error| wrong("id", &error))?,
        name: args.name.clone(),
        standing,
        active: true,
        groups: args.group.iter().cloned().collect(),
        adequate: args.adequate,
        legal_bases: args.basis.iter().cloned().collect(),
        keys: keys.collect::<Result<_, _>>().map_err(|error| wrong("key", &error))?,
        hosted_by: match &args.hosted_by {
            Some(host) => Some(host.parse().map_err(|error| wrong("host", &error))?),
            None => None,
        },
    })
}

/// The message for a draft that cannot take a member.
pub fn refusal(path: &Path, reason: &str) -> Failure {
    Failure::refused(format!("the member cannot be added; {}; {reason}", shown(path)))
}

#[derive(Serialize)]
struct Addition<'a> {
    member: [&'a Member; 1],
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAFT: &str = r#"# agreed in EXERCISE session 1
title = "EXERCISE community"
version = 2
[groups]
council = "All full members" # a comment that stays
[[member]]
id = "identity--00000000-0000-4000-8000-000000000001"
name = "EXERCISE one"
standing = "member"
groups = ["council"]
"#;

    fn args(name: &str, digit: char, group: &str) -> MemberAddArgs {
        MemberAddArgs {
            state: None,
            name: name.to_owned(),
            id: format!("identity--00000000-0000-4000-8000-00000000000{digit}"),
            standing: "observer".to_owned(),
            group: vec![group.to_owned()],
            hosted_by: None,
            key: Vec::new(),
            basis: Vec::new(),
            adequate: false,
            draft: "draft.toml".into(),
        }
    }

    #[test]
    fn a_member_is_added_and_comments_stay() {
        let new = member(&args("EXERCISE \"two\"", '2', "council")).unwrap();
        let text = with_member(DRAFT, &new).unwrap();
        assert!(text.starts_with(DRAFT.trim_end()));
        let agreement = Agreement::from_toml(&text).unwrap();
        assert_eq!(agreement.member(&new.id), Some(&new));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_reason() {
        for (name, digit, group, reason) in [
            ("EXERCISE two", '1', "council", "stands there already"),
            ("EXERCISE one", '2', "council", "is named `EXERCISE one` already"),
            ("EXERCISE two", '2', "nobody", "`nobody`"),
        ] {
            let refused = with_member(DRAFT, &member(&args(name, digit, group)).unwrap()).unwrap_err();
            assert!(refused.contains(reason), "{refused}");
        }
    }

    #[test]
    fn a_draft_made_from_the_agreement_in_force_has_the_next_version() {
        let in_force = Agreement::from_toml(DRAFT).unwrap();
        let draft = Agreement::from_toml(&next_version(&in_force).unwrap()).unwrap();
        assert_eq!(draft.version, 3);
        assert_eq!(in_force.differences(&draft), ["version 2 -> 3"]);
    }

    #[test]
    fn an_id_that_is_none_is_a_usage_error() {
        let mut wrong = args("EXERCISE two", '2', "council");
        wrong.id = "north".to_owned();
        assert_eq!(member(&wrong).unwrap_err().code, crate::failure::USAGE);
    }
}
