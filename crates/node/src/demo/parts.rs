//! The parts of the report, in the order in which they are printed.

use std::collections::BTreeMap;
use std::io::Write as _;

use comity_app::explain::{self, RecordView, Sight, View};
use comity_app::handling::{self, Change};
use comity_app::import::Input;
use comity_app::ledger;
use comity_app::pull;
use comity_ledger::{Verifier, verify_proof_file};

use super::people::people;
use super::script::{self, shown};
use super::stage::{EXERCISE, Node, Stage};
use crate::failure::Failure;
use crate::output::{pairs, table, visible};

/// Prints the report and counts what did not come out as it should.
pub struct Report {
    failed: usize,
}

impl Report {
    /// An empty report.
    pub fn new() -> Self {
        Self { failed: 0 }
    }

    pub(super) fn say(&self, text: &str) {
        // A reader that closed the pipe does not want the rest.
        let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
    }

    pub(super) fn heading(&self, number: usize, text: &str) {
        self.say(&format!("\n{number}. {text}\n"));
    }

    pub(super) fn expect(&mut self, holds: bool, what: &str) {
        if holds {
            self.say(&format!("   ok: {what}"));
        } else {
            self.failed += 1;
            self.say(&format!("   FAILED: {what}"));
        }
    }

    /// Prints how it ended and answers how many expectations failed.
    pub fn end(&self) -> usize {
        if self.failed > 0 {
            self.say(&format!("\n{} expectations of the demonstration FAILED", self.failed));
        }
        self.failed
    }
}

/// Who is there.
pub fn opening(report: &mut Report, stage: &Stage) {
    report.say("EXERCISE: a community of four members, each with its own node, database, keys and ledger.\n");
    let rows: Vec<[String; 3]> = stage
        .nodes
        .iter()
        .map(|node| [node.name.clone(), node.serving.url.clone(), node.home.display().to_string()])
        .collect();
    report.say(&table(["NODE", "ADDRESS", "HOME"], &rows));
}

/// A record is previewed; then everything is published and pulled; then what arrived is held against the previews.
pub fn preview_and_arrival(report: &mut Report, stage: &mut Stage) -> Result<(), Failure> {
    let (frames, mut rejected) = stage.publish_frames()?;
    let previewed = preview(report, stage)?;
    let (records, others) = stage.publish_all()?;
    let accepted = frames + records;
    rejected.extend(others);
    report.say(&format!(
        "\n   Then everything is published ({accepted} records), and every node pulls from every other."
    ));
    for reason in &rejected {
        report.say(&format!("   rejected: {}", visible(reason)));
    }
    report.expect(rejected.is_empty(), "nothing was rejected");
    let pulled = stage.pull_all()?;
    for (node, one) in pulled.iter().filter(|(_, one)| one.refused > 0 || !one.failure.is_empty()) {
        report.say(&format!("   {node} from {}: {} refused {}", one.peer, one.refused, one.failure));
    }
    report.expect(
        pulled.iter().all(|(_, one)| one.refused == 0 && one.failure.is_empty()),
        "every pull reached its end, and nothing was refused on arrival",
    );
    let mut rows = Vec::new();
    let mut same = true;
    for sight in &previewed {
        let arrived = arrived(stage, &sight.member, sight)?;
        same &= arrived == sight.view;
        rows.push([sight.member.clone(), word(sight.view).into(), word(arrived).into()]);
    }
    report.say("");
    report.say(&table(["MEMBER", "PREVIEWED", "ARRIVED"], &rows));
    report.expect(same, "it arrived exactly as previewed");
    all_as_previewed(report, stage)
}

fn preview(report: &mut Report, stage: &Stage) -> Result<Vec<Sight>, Failure> {
    let exercise = script::exercise()?;
    let set = exercise
        .sets
        .iter()
        .find(|set| set.objects.iter().any(|object| object.get().contains(shown::PARTLY_RED_NAME)))
        .ok_or_else(|| Failure::environment("the exercise lacks the record to preview"))?;
    let node = stage.node(&set.member)?;
    report.heading(1, "Who will see it, before it is shared");
    report.say(&format!(
        "   {} previews \"{}\": TLP:GREEN, but its description is TLP:RED for Demo member B.\n",
        node.name,
        shown::PARTLY_RED_NAME
    ));
    let input = Input {
        collection: EXERCISE,
        name: "exercise",
        stated: comity_app::stated::resolve(&node.app, &set.handling.text())?,
        ..Input::default()
    };
    let text = script::bundle(&set.objects);
    let sights: Vec<Sight> = explain::preview(&node.app, &input, text.as_bytes())?
        .into_iter()
        .filter(|sight| sight.id.starts_with(shown::PARTLY_RED))
        .collect();
    let rows: Vec<[String; 3]> = sights
        .iter()
        .map(|sight| [sight.member.clone(), word(sight.view).to_owned(), sight.why.clone()])
        .collect();
    report.say(&table(["MEMBER", "WILL SEE", "WHY"], &rows));
    Ok(sights)
}

fn word(view: View) -> &'static str {
    match view {
        View::Whole => "whole",
        View::Part => "part",
        View::Nothing => "nothing",
    }
}

/// In which form a record of a sight is at the member's own node.
fn arrived(stage: &Stage, member: &str, sight: &Sight) -> Result<View, Failure> {
    let origin = origin_of(stage, sight)?;
    let text = format!("{}@{}", sight.id, sight.version);
    let there = match explain::show(&stage.node(member)?.app, &text) {
        Ok(views) => views,
        Err(comity_app::AppError::NotFound(_)) => return Ok(View::Nothing),
        Err(error) => return Err(error.into()),
    };
    let here = explain::show(&origin.app, &text)?;
    let own = |views: Vec<RecordView>| {
        views.into_iter().find(|view| view.origin == origin.name).and_then(|view| view.content)
    };
    Ok(match (own(there), own(here)) {
        (None, _) => View::Nothing,
        (received, published) if received == published => View::Whole,
        _ => View::Part,
    })
}

fn origin_of<'a>(stage: &'a Stage, sight: &Sight) -> Result<&'a Node, Failure> {
    let found = stage.nodes.iter().find(|node| node.name == sight.origin);
    found.ok_or_else(|| Failure::environment(format!("{} has no origin in the demonstration", sight.id)))
}

fn all_as_previewed(report: &mut Report, stage: &Stage) -> Result<(), Failure> {
    let mut checked = 0;
    let mut wrong = Vec::new();
    for node in &stage.nodes {
        for sight in explain::survey(&node.app)? {
            checked += 1;
            let found = arrived(stage, &sight.member, &sight)?;
            if found != sight.view {
                wrong.push(format!(
                    "{} at {}: {} instead of {}",
                    sight.id,
                    sight.member,
                    word(found),
                    word(sight.view)
                ));
            }
        }
    }
    for line in &wrong {
        report.say(&format!("   {line}"));
    }
    report.expect(
        wrong.is_empty() && checked > 0,
        &format!("all {checked} pairs of record and member: what arrived is what `who-sees` says"),
    );
    Ok(())
}

/// Why a member has not got a record.
pub fn why_not(report: &mut Report, stage: &Stage) -> Result<(), Failure> {
    report.heading(2, "Why has Demo member B not got it?");
    let node = stage.node("Demo member A")?;
    let found = explain::records(&node.app, Some(EXERCISE))?
        .into_iter()
        .find(|record| record.name == shown::GROUP_ONLY_NAME)
        .ok_or_else(|| Failure::environment("the exercise lacks the record for the border cell"))?;
    let said = explain::to(&node.app, &found.id, "Demo member B")?;
    report.say(&format!("   \"{}\"\n   {}", found.name, said.answer));
    for step in &said.steps {
        report.say(&format!("   - {}", visible(step)));
    }
    report.expect(said.sight.rules.iter().any(|rule| rule == "guard-groups"), "the deciding rule is named");
    Ok(())
}

/// What each node published, received, and withheld.
pub fn exchanged(report: &mut Report, stage: &Stage) -> Result<(), Failure> {
    report.heading(3, "What was exchanged, and what was withheld");
    let mut rows = Vec::new();
    let mut by_rule: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut examples = Vec::new();
    for node in &stage.nodes {
        let records = explain::records(&node.app, None)?;
        let own = records.iter().filter(|record| record.origin == node.name).count();
        let sights = explain::survey(&node.app)?;
        let withheld: Vec<&Sight> = sights.iter().filter(|sight| sight.view == View::Nothing).collect();
        let parts = sights.iter().filter(|sight| sight.view == View::Part).count();
        let count = withheld.len();
        for sight in &withheld {
            let rule = sight.rules.first().cloned().unwrap_or_default();
            *by_rule.entry((sight.member.clone(), rule)).or_default() += 1;
        }
        rows.push([
            node.name.clone(),
            own.to_string(),
            (records.len() - own).to_string(),
            count.to_string(),
            parts.to_string(),
        ]);
        examples.extend(withheld.into_iter().filter(|sight| !sight.name.is_empty()).cloned());
    }
    report.say(&table(["NODE", "PUBLISHED", "RECEIVED", "WITHHELD FROM SOMEBODY", "GIVEN IN PART"], &rows));
    let rows: Vec<[String; 3]> =
        by_rule.into_iter().map(|((member, rule), count)| [member, rule, count.to_string()]).collect();
    report.say("");
    report.say(&table(["WITHHELD FROM", "BY RULE", "RECORDS"], &rows));
    report.say("\n   Three examples:");
    let mut told: Vec<&str> = Vec::new();
    for sight in &examples {
        let rule = sight.rules.first().map(String::as_str).unwrap_or_default();
        if told.len() == 3 || told.contains(&rule) {
            continue;
        }
        told.push(rule);
        report.say(&format!(
            "   - \"{}\" from {}: {}",
            visible(&short(&sight.name)),
            sight.member,
            sight.why
        ));
    }
    report.expect(told.len() == 3, "withholding is shown on exercise records");
    Ok(())
}

fn short(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    text.chars().take(57).chain("...".chars()).collect()
}

/// A change of handling makes an older record visible, and it arrives late but not lost.
pub fn late(report: &mut Report, stage: &Stage) -> Result<(), Failure> {
    report.heading(5, "A handling changes, and an older record arrives late");
    for restated in script::exercise()?.changes {
        let node = stage.node(&restated.member)?;
        let reader = stage.node("Demo member B")?;
        let before = explain::to(&node.app, &restated.record, &reader.name)?;
        report.say(&format!("   before: {}", before.answer));
        let change = Change { groups: (Vec::new(), vec!["border-cell".into()]), ..Change::default() };
        handling::change(&node.app, &node.actor, &restated.record, &change)?;
        report.say(&format!(
            "   {} drops the group border-cell; the bytes say TLP:GREEN and stay as they are.",
            node.name
        ));
        let pulled = pull::run(&reader.app, &reader.actor, Some(&node.name), None, None, &mut |_| {})?;
        let received: usize = pulled.iter().map(|one| one.received).sum();
        let after = explain::to(&node.app, &restated.record, &reader.name)?;
        report.say(&format!("   after {}'s next pull: {}", reader.name, after.answer));
        report
            .expect(before.delivered_at.is_none() && received == 1, "it arrived, once, and nothing else did");
        let again = pull::run(&reader.app, &reader.actor, Some(&node.name), None, None, &mut |_| {})?;
        let more: usize = again.iter().map(|one| one.received + one.unchanged + one.changed).sum();
        report.expect(more == 0, "a further pull brings nothing twice");
    }
    Ok(())
}

/// The ledgers: their sizes, and a verified proof of each.
pub fn ledgers(report: &mut Report, stage: &Stage) -> Result<(), Failure> {
    report.heading(9, "The ledgers");
    let mut rows = Vec::new();
    let mut all = true;
    for node in &stage.nodes {
        let verified = ledger::verify(&node.app)?;
        let last = verified.leaves.saturating_sub(1);
        let proved = prove(node, last)?;
        all &= verified.faults.is_empty() && proved;
        rows.push([
            node.name.clone(),
            verified.leaves.to_string(),
            verified.records.to_string(),
            if verified.faults.is_empty() { "all fit".into() } else { verified.faults.join("; ") },
            format!("leaf {last}: {}", if proved { "proved to an outsider" } else { "NOT proved" }),
        ]);
    }
    report.say(&table(["NODE", "LEAVES", "RECORDS", "TREE, HEAD, RECORDS", "PROOF"], &rows));
    report.expect(all, "every ledger verifies, and gives a proof that its public key alone can check");
    Ok(())
}

fn prove(node: &Node, leaf: u64) -> Result<bool, Failure> {
    let (Some(proof), Some(bytes)) = (ledger::proof(&node.app, leaf)?, ledger::leaf(&node.app, leaf)?) else {
        return Ok(false);
    };
    let Ok(verifier) = Verifier::parse(node.app.ledger_vkey()) else { return Ok(false) };
    Ok(verify_proof_file(&proof, &bytes, &verifier).is_ok_and(|number| number == leaf))
}

/// How to look further.
pub fn further(report: &mut Report, stage: &Stage, once: bool) -> Result<(), Failure> {
    report.heading(10, "Look further");
    let node = stage.node("Demo member A")?;
    let home = node.home.display();
    let mut lines = Vec::new();
    for member in ["Demo member B", "Demo observer"] {
        if let Some(key) = stage.keys.get(&(node.name.clone(), member.to_owned())) {
            lines.push((member, format!("{}:{}", key.user, key.secret)));
        }
    }
    report.say(&format!("   Generated keys to {} at {} (user:secret):", node.name, node.serving.url));
    report.say(&pairs(&lines).lines().map(|line| format!("     {line}\n")).collect::<String>());
    let key = lines.first().map(|(_, key)| key.as_str()).unwrap_or_default();
    let url = &node.serving.url;
    let example = explain::records(&node.app, Some(EXERCISE))?
        .into_iter()
        .find(|record| record.name == shown::PARTLY_RED_NAME)
        .map(|record| record.id)
        .unwrap_or_default();
    let program = std::env::current_exe().map_or("comity".to_owned(), |path| path.display().to_string());
    report.say("\n   Try:");
    report.say(&format!("     {program} --home '{home}' who-sees {example}"));
    report.say(&format!("     {program} --home '{home}' explain {example} --to 'Demo observer'"));
    report.say(&format!("     curl -u '{key}' '{url}/taxii2/api/collections/{EXERCISE}/objects/?limit=3'"));
    if !once {
        people(report, stage)?;
        report.say("\n   The nodes serve until Ctrl-C.");
    }
    Ok(())
}
