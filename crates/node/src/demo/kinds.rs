//! The part of the report about the kinds of records: what arrived, what a search finds across scripts, who may be the
//! same, a grade that goes back, a correction, and what is refused.

use comity_app::edit::{self, Edit};
use comity_app::listing::{self, Filter};
use comity_app::model::kind::Kind;
use comity_app::pull;
use comity_app::same;
use comity_app::search::{self, Asking};
use comity_app::{AppError, grade, sheet};

use super::parts::Report;
use super::stage::{Node, Stage};
use crate::commands::edit::differing;
use crate::failure::Failure;
use crate::output::{isolated, table, visible};

const PURPOSE: &str = "border-security";
const SUSPECT: &str = "EXERCISE Sadriddin Olvarov";
const CONTACT: &str = "EXERCISE Sadruddin Olwarow";
const CROSSING: &str = "EXERCISE УЧЕНИЕ: переход у Бехарского перевала";

/// Each kind of record, as it lies at the node of a member that received some and wrote others.
pub fn kinds(report: &mut Report, stage: &Stage) -> Result<(), Failure> {
    report.heading(7, "The kinds of records: persons, groups, plans, places, events, money");
    let author = stage.node("Demo member A")?;
    let reader = stage.node("Demo member B")?;
    held(report, reader)?;
    found(report, reader)?;
    graded(report, author, reader)?;
    corrected(report, author, reader)?;
    refused(report, reader)
}

fn held(report: &mut Report, node: &Node) -> Result<(), Failure> {
    let filter = Filter { kinds: Kind::MATTER.map(str::to_owned).into(), ..Filter::default() };
    let lines = listing::run(&node.app, &filter)?.lines;
    let rows: Vec<[String; 4]> = lines
        .iter()
        .map(|line| {
            let kind =
                line.category.map_or(line.word.clone(), |category| format!("{}, {category}", line.word));
            [kind, isolated(&line.view.name), line.view.origin.clone(), line.view.level.clone()]
        })
        .collect();
    report.say(&format!("   What {} holds:\n", node.name));
    report.say(&table(["KIND", "NAME", "ORIGIN", "LEVEL"], &rows));
    let has = |word: &str| lines.iter().any(|line| line.word == word);
    report.expect(Kind::MATTER.into_iter().all(has), "every kind is there, received or one's own");
    let named = |name: &str| lines.iter().find(|line| line.view.name == name).and_then(|line| line.category);
    report.expect(
        named(CONTACT) == Some("contact or associate") && named(SUSPECT) == Some("suspect"),
        "a contact stays a contact, whatever another member says of somebody with a like name",
    );
    Ok(())
}

fn found(report: &mut Report, node: &Node) -> Result<(), Failure> {
    let asking = Asking {
        name: Some("Садриддин Олваров"), purpose: Some(PURPOSE), ..Asking::default()
    };
    let hits = search::run(&node.app, &node.actor, &asking)?.hits;
    report.say("\n   A search by name in Cyrillic, for border security:");
    for hit in &hits {
        let names: Vec<String> = hit.names.iter().map(|one| isolated(&one.name)).collect();
        report.say(&format!("   - {} of {}: {}", hit.kind, hit.origin, names.join(", ")));
    }
    report.expect(
        [SUSPECT, CONTACT].into_iter().all(|name| hits.iter().any(|hit| hit.name == name)),
        "it finds both spellings, Latin and Arabic, and asks for no score",
    );
    let Some(contact) = hits.iter().find(|hit| hit.name == CONTACT) else { return Ok(()) };
    let asking = same::Asking { record: &contact.id, purpose: Some(PURPOSE), ..same::Asking::default() };
    let offers = same::offers(&node.app, &node.actor, &asking)?.offers;
    for offer in &offers {
        report.say(&format!(
            "   possibly the same as {}: {}",
            isolated(&offer.name),
            offer.reasons.join("; ")
        ));
    }
    report.expect(
        offers.iter().any(|offer| offer.name == SUSPECT),
        "the two are offered as possibly the same; nothing is merged, and a person decides (`comity same`)",
    );
    Ok(())
}

fn id_of(node: &Node, name: &str) -> Result<String, Failure> {
    let lines = listing::run(&node.app, &Filter::default())?.lines;
    let found = lines.into_iter().rev().find(|line| line.view.name == name);
    found.map(|line| line.view.id).ok_or_else(|| Failure::environment(format!("the exercise lacks {name}")))
}

fn fetch(taker: &Node, giver: &Node) -> Result<usize, Failure> {
    let pulled = pull::run(&taker.app, &taker.actor, Some(&giver.name), None, None, &mut |_| {})?;
    Ok(pulled.iter().map(|one| one.received).sum())
}

fn graded(report: &mut Report, author: &Node, reader: &Node) -> Result<(), Failure> {
    let crossing = id_of(author, CROSSING)?;
    let own = grade::read("C3", "6x6")?;
    grade::give(&reader.app, &reader.actor, &crossing, &own, "EXERCISE: the patrol saw four")?;
    fetch(author, reader)?;
    let grades = grade::of(&author.app, &crossing)?.grades;
    let rows: Vec<[String; 3]> =
        grades.iter().map(|one| [one.member.clone(), one.grade.clone(), one.reason.clone()]).collect();
    report.say(&format!(
        "\n   {} grades a record of {}; the grade goes back to it:\n",
        reader.name, author.name
    ));
    report.say(&table(["GRADED BY", "GRADE", "WHY"], &rows));
    let returned = grades.iter().any(|one| one.member == reader.name && one.grade == "C3 (6x6)");
    report.expect(
        returned && grades.len() == 2,
        "both grades stand at the provider, neither in place of the other",
    );
    Ok(())
}

fn corrected(report: &mut Report, author: &Node, reader: &Node) -> Result<(), Failure> {
    let crossing = id_of(author, CROSSING)?;
    let change = Edit {
        record: crossing.clone(),
        set: vec![("persons".into(), "4".into())],
        reason: "EXERCISE: counted again after the grade".into(),
        ..Edit::default()
    };
    let edited = match edit::run(&author.app, &author.actor, &change)? {
        Ok(edited) => edited,
        Err(faults) => {
            report.expect(false, &format!("the correction is taken: {faults:?}"));
            return Ok(());
        }
    };
    report.say(&format!("\n   {} corrects it; the older version stays readable:", author.name));
    for line in differing(&edited.differences).lines() {
        report.say(&format!("  {line}"));
    }
    let came = fetch(reader, author)?;
    let sheet = sheet::of(&reader.app, &crossing)?;
    let persons = serde_json::to_value(&sheet.kind).ok().and_then(|kind| kind.get("persons")?.as_u64());
    report.expect(came == 1 && persons == Some(4), &format!("{} holds the correction", reader.name));
    Ok(())
}

fn refused(report: &mut Report, node: &Node) -> Result<(), Failure> {
    let asking = Asking { query: "nationality:XX", purpose: Some(PURPOSE), ..Asking::default() };
    match search::run(&node.app, &node.actor, &asking) {
        Err(AppError::Invalid(faults)) => {
            report.say("\n   `nationality:XX` as a search:");
            for fault in faults {
                report.say(&format!("   refused: {}", visible(&fault.reason)));
            }
            report.expect(true, "nobody is selected by nationality alone");
        }
        other => report.expect(false, &format!("nobody is selected by nationality alone: {other:?}")),
    }
    Ok(())
}
