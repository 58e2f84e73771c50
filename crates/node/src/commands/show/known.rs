//! What this node knows about a record beside it: the sections of the sheet that no reader outside gets.

use comity_app::council::outcome::OutcomeLine;
use comity_app::dossier::Dossier;

use super::Section;
use crate::output::isolated;

/// The sections in their order; each says nothing when there is nothing to say.
pub(super) fn sections(known: &Dossier) -> [Section; 7] {
    [quality(known), grades(known), terms(known), same(known), notes(known), files(known), outcomes(known)]
}

fn quality(known: &Dossier) -> Section {
    let found = &known.quality;
    let mut lines = Vec::new();
    let mut line = |name: &str, text: &str| lines.push((name.to_owned(), isolated(text)));
    if let Some(quality) = &found.quality {
        line("accuracy", &quality.accuracy);
        line("completeness", &quality.completeness);
        line("reliability", &quality.reliability);
        line("currency", &quality.currency);
    }
    if let Some(priority) = found.priority {
        line("priority", priority);
    }
    if let Some(mark) = &found.classification {
        line("classification at its origin", mark);
    }
    Section { title: "Quality", lines }
}

/// What members say came of it.
fn outcomes(known: &Dossier) -> Section {
    let told = |one: &OutcomeLine| {
        let more = [&one.happened, &one.amount, &one.text].into_iter().flatten();
        more.fold(one.result.replace('-', " "), |text, more| text + ", " + &isolated(more))
    };
    let lines = known.outcomes.iter().map(|one| (isolated(&one.place.origin), told(one))).collect();
    Section { title: "What came of it", lines }
}

/// The grades of those who received it; the provider's stands beside the record.
fn grades(known: &Dossier) -> Section {
    let others = known.grades.iter().skip(1);
    let lines = others
        .map(|one| {
            let mut text = format!("{}, {}", one.grade, one.against.words());
            if !one.is_current {
                text.push_str(&format!("; of the version {}", one.of_version));
            }
            if !one.reason.is_empty() {
                text.push_str(&format!(": {}", isolated(&one.reason)));
            }
            (isolated(&one.member), text)
        })
        .collect();
    Section { title: "Graded by others", lines }
}

fn terms(known: &Dossier) -> Section {
    let lines = known
        .terms
        .iter()
        .map(|one| {
            let label = match &one.label {
                Some(wording) => {
                    let by = wording.translated_by.as_ref();
                    let by = by.map(|by| format!(", translated by {}", isolated(by))).unwrap_or_default();
                    format!("{}{by}", isolated(&wording.text))
                }
                None => "not known here".to_owned(),
            };
            (format!("{} {} {}", one.vocabulary, one.version, one.term), label)
        })
        .collect();
    Section { title: "Terms it cites", lines }
}

fn same(known: &Dossier) -> Section {
    let lines = known
        .same
        .iter()
        .map(|one| {
            let verdict = if one.same { "the same" } else { "not the same" };
            let undone = one.undone.as_ref().map(|how| format!("; undone {how}")).unwrap_or_default();
            let text = format!(
                "{verdict}, says {} at {}: {}{undone}",
                isolated(&one.by),
                one.at,
                isolated(&one.reason)
            );
            (one.other.clone(), text)
        })
        .collect();
    Section { title: "Decided about who is the same", lines }
}

fn notes(known: &Dossier) -> Section {
    let lines = known
        .notes
        .iter()
        .map(|one| (format!("{} at {}", isolated(&one.by), one.at), isolated(&one.text)))
        .collect();
    Section { title: "Own notes, which never leave this node", lines }
}

fn files(known: &Dossier) -> Section {
    let lines = known
        .attachments
        .iter()
        .map(|one| {
            let text = format!("{} ({}, {} bytes)", isolated(&one.title), one.mime_type, one.size);
            (format!("{} {}", one.id, isolated(&one.name)), text)
        })
        .collect();
    Section { title: "Files", lines }
}
