//! The part of the report on claims side by side: what the press reading became, as it arrived at another member.

use std::collections::BTreeMap;

use comity_app::council::session::Field;
use comity_app::council::{claims, conflict, session};
use serde_json::Value;

use super::parts::Report;
use super::script;
use super::stage::{PRESS, SECRETARIAT, Stage};
use crate::commands::council::side_by_side;
use crate::failure::Failure;

/// Claims side by side, with their voices; nothing is merged, averaged or called adopted.
pub fn claims(report: &mut Report, stage: &Stage) -> Result<(), Failure> {
    report.heading(6, "Claims side by side, with their speakers (press reading, TLP:CLEAR)");
    let node = stage.node("Demo member B")?;
    let (app, actor) = (&node.app, &node.actor);
    let sets = conflict::list(app, actor)?;
    let Some(strength) = sets.iter().find(|set| set.question.contains("How many members has IS?")) else {
        report.expect(false, "the conflict set on the strength of one group arrived at Demo member B");
        return Ok(());
    };
    let from = &strength.place.origin;
    report.say(&format!("   As it arrived at {}, from {from}/{PRESS}:\n", node.name));
    report.say(&side_by_side(strength));
    let told = serde_json::to_string(strength).unwrap_or_default();
    let has = |figure: &str| told.contains(figure);
    let apart = has("30000") && has("200000") && strength.voices == 2 && strength.roots == 2;
    report.expect(apart, "both figures stand with their speakers, two voices and two sources");
    report.expect(strength.ratio.as_deref() == Some("6.67"), "their ratio is shown, and no average");

    let one_voice = sets.iter().find(|set| !set.without_statement.is_empty());
    let is_fair = one_voice.is_some_and(|set| set.voices == 1 && set.heading().starts_with("one voice"));
    report.expect(
        is_fair,
        "several statements of one voice are no conflict, and who has not spoken is named as that",
    );

    let reading: Value = serde_json::from_str(script::PRESS).unwrap_or_default();
    let rows = |part: &str| reading.get(part).and_then(Value::as_array).map_or(0, Vec::len);
    let all = claims::list(app, actor, None)?;
    let sessions = session::list(app, actor, None)?;
    let counted: BTreeMap<&str, (usize, usize)> = [
        ("claims", (all.len(), rows("claims"))),
        ("conflict_sets", (sets.len(), rows("conflict_sets"))),
        ("sessions", (sessions.len(), rows("sessions"))),
    ]
    .into();
    let told: Vec<String> =
        counted.iter().map(|(part, (count, _))| format!("{count} {}", part.replace('_', " "))).collect();
    let whole = counted.values().all(|(count, of)| count == of && *count > 0);
    report.expect(whole, &format!("the whole reading is here: {}", told.join(", ")));

    let key = sessions.iter().find(|one| one.number.value.as_deref() == Some("47"));
    let view = key.map(|one| session::show(app, actor, &format!("{}/47", one.body))).transpose()?;
    if let Some(view) = view {
        report.say(&format!("\n   {}", view.title));
        let fields = view.fields.iter().filter(|field| field.what.starts_with("chair"));
        fields.for_each(|field| report.say(&format!("     {}: {}", field.what, known(field))));
        view.measures.iter().for_each(|one| report.say(&format!("     {}: {}", one.status, one.words)));
        let adopted = view.measures.iter().any(|one| one.status == "adopted");
        report.expect(
            !view.measures.is_empty() && !adopted,
            "a measure that was outlined is shown as outlined",
        );
    } else {
        report.expect(false, &format!("the 47th session, of {SECRETARIAT}, is found by body and number"));
    }
    let figure = all.iter().find(|claim| claim.figure.as_deref() == Some("130 persons (exactly)"));
    let trace = figure.and_then(|claim| claim.trace.clone()).unwrap_or_default();
    report.say(&format!("   130 persons (exactly): {trace}"));
    let lacks = "untraced, because period, counting rule and contributors are missing";
    report.expect(trace == lacks, "a figure that nobody can trace says what it lacks");
    Ok(())
}

fn known(field: &Field) -> String {
    match &field.value {
        Some(value) => format!("{value} ({})", field.basis),
        None => "not known".into(),
    }
}
