//! `comity who-sees` for one member: the very bytes, and what would have to change; and the matrix of a bundle.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comity_app::App;
use comity_app::explain::{Sight, View};
use comity_app::preview::{self, Subject, Weighed};
use comity_app::remedy::Outlook;

use super::Session;
use crate::failure::Failure;
use crate::output::{Answer, isolated, table};

/// The very bytes that a member would get, one object after the other; the answer is no when it would get nothing.
///
/// # Errors
/// Those of the use case.
pub fn view(session: &Session, app: &App, what: Subject<'_>, member: &str) -> Result<Answer, Failure> {
    let all = preview::got(app, what, member)?;
    let objects: Vec<&str> = all.iter().filter_map(|one| one.content.as_deref()).collect();
    if objects.is_empty() {
        let text = all.first().map_or_else(String::new, |one| format!("nothing: {}", one.sight.why));
        return Ok(Answer::facts(&all, text)?.refused_if(true));
    }
    if session.wants_json() {
        return Answer::facts(&all, "");
    }
    Ok(Answer::exact(
        objects.iter().flat_map(|object| [object.as_bytes(), b"\n"]).flatten().copied().collect::<Vec<u8>>(),
    ))
}

/// What would have to change for a member to see each object; the answer is no when it does not see one of them.
///
/// # Errors
/// Those of the use case.
pub fn weigh(app: &App, what: Subject<'_>, member: &str) -> Result<Answer, Failure> {
    let all = preview::weigh(app, what, member)?;
    let mut text = String::new();
    for Weighed { sight, outlook } in &all {
        let Sight { id, version, name, member, why, .. } = sight;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{id}@{version}  {}", isolated(name));
        let _ = writeln!(text, "{} sees {}: {why}", isolated(member), super::record::word(sight.view));
        if !sight.has_key {
            let _ = writeln!(
                text,
                "{} has no key that reads this collection; nothing can arrive before",
                isolated(member)
            );
        }
        text.push_str(&outlook_text(outlook));
        text.push('\n');
    }
    let refused = all.iter().any(|one| one.sight.view == View::Nothing);
    Ok(Answer::facts(&all, text)?.refused_if(refused))
}

/// What would have to change, in lines; empty when nothing would.
pub fn outlook_text(outlook: &Outlook) -> String {
    let mut text = String::new();
    let Outlook { ways, in_the_way, for_good, tries, untried } = outlook;
    if !ways.is_empty() {
        text.push_str("it would see it after any one of these:\n");
    }
    for way in ways {
        let steps: Vec<String> =
            way.iter().map(|step| isolated(&format!("{} {}", step.who, step.what))).collect();
        let _ = writeln!(text, "- {}", steps.join(", and "));
    }
    if !in_the_way.is_empty() {
        text.push_str("no one change and no two of those that are known here suffice; in the way are:\n");
    }
    for rule in in_the_way {
        let _ = writeln!(text, "- {}", isolated(rule));
    }
    if let Some(why) = for_good {
        let _ = writeln!(text, "no change helps: {why}");
    }
    if *untried > 0 {
        let _ = writeln!(
            text,
            "stopped after {tries} tries: {untried} more changes and pairs of changes were not tried, there may be more ways"
        );
    }
    text
}

/// Objects by members: `W` whole, `p` part, `.` nothing; with a line of totals.
pub fn matrix(sights: &[Sight]) -> String {
    let mut members: Vec<&str> = Vec::new();
    let mut rows: Vec<(&Sight, BTreeMap<usize, View>)> = Vec::new();
    for sight in sights {
        let known = members.iter().position(|name| *name == sight.member);
        let column = known.unwrap_or_else(|| {
            members.push(&sight.member);
            members.len() - 1
        });
        match rows.last_mut() {
            Some((first, cells)) if (&first.id, &first.version) == (&sight.id, &sight.version) => {
                cells.insert(column, sight.view);
            }
            _ => rows.push((sight, BTreeMap::from([(column, sight.view)]))),
        }
    }
    let mut text = String::new();
    for (number, member) in (1..).zip(&members) {
        let seen = |view| rows.iter().filter(|(_, cells)| cells.get(&(number - 1)) == Some(&view)).count();
        let _ = writeln!(
            text,
            "{number:>3} {}: {} whole, {} in part, {} not",
            isolated(member),
            seen(View::Whole),
            seen(View::Part),
            seen(View::Nothing)
        );
    }
    let lines: Vec<[String; 3]> = rows
        .iter()
        .map(|(first, cells)| {
            let letters = (0..members.len()).map(|column| match cells.get(&column) {
                Some(View::Whole) => 'W',
                Some(View::Part) => 'p',
                _ => '.',
            });
            [letters.collect(), format!("{}@{}", first.id, first.version), first.name.clone()]
        })
        .collect();
    let _ = write!(text, "\n{}", table(["SEEN BY 1, 2, ...", "RECORD", "NAME"], &lines));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(record: &str, member: &str, view: View) -> Sight {
        Sight {
            id: record.into(),
            version: "1".into(),
            name: String::new(),
            origin: String::new(),
            member_id: "identity--00000000-0000-4000-8000-000000000001".parse().unwrap(),
            member: member.into(),
            view,
            without: Vec::new(),
            rules: Vec::new(),
            why: String::new(),
            purpose: String::new(),
            basis: String::new(),
            has_key: true,
            duties: Vec::new(),
        }
    }

    #[test]
    fn a_bundle_is_one_line_an_object_and_one_letter_a_member() {
        let all = [
            sight("a", "EXERCISE north", View::Whole),
            sight("a", "EXERCISE south", View::Nothing),
            sight("b", "EXERCISE north", View::Part),
            sight("b", "EXERCISE south", View::Nothing),
        ];
        let text = matrix(&all);
        assert!(text.contains("  1 EXERCISE north: 1 whole, 1 in part, 0 not\n"), "{text}");
        assert!(text.contains("  2 EXERCISE south: 0 whole, 0 in part, 2 not\n"), "{text}");
        assert!(text.contains("\nW.                 a@1"), "{text}");
        assert!(text.contains("\np.                 b@1"), "{text}");
    }
}
