//! The part of the report about a record that proves wrong: taken back over two hops, while one member is switched off.

use comity_app::import::{self, Input};
use comity_app::model::Stated;
use comity_app::model::stix::Tlp;
use comity_app::recall::{self, Filter, HolderView, How, Reason, RecallScope, Wish};
use comity_app::{AppError, exchange, explain, pull, sheet};

use super::child::Serving;
use super::parts::Report;
use super::stage::{EXERCISE, Node, SECRETARIAT, Stage};
use crate::failure::Failure;
use crate::output::table;

const A: &str = "Demo member A";
const B: &str = "Demo member B";
const OBSERVER: &str = "Demo observer";
/// A sighting that will prove wrong: its id, and all of it.
const WRONG: &str = "incident--2f6f7f0c-7a5e-4c7e-9d1c-5b0f3a9c4e10";
const RECORD: &str = r#"{"type":"incident","spec_version":"2.1","id":"incident--2f6f7f0c-7a5e-4c7e-9d1c-5b0f3a9c4e10",
 "created":"2026-11-01T08:00:00.000Z","modified":"2026-11-01T08:00:00.000Z",
 "name":"EXERCISE Grey van at the ford of Bexhara",
 "object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]}"#;

/// What one node says to another, and hears from it.
fn meet(node: &Node, peer: &str) -> Result<(), Failure> {
    exchange::run(&node.app, &node.actor, Some(peer))?;
    Ok(())
}

/// Where the record stands at a node.
fn state(node: &Node) -> Result<String, Failure> {
    match explain::show(&node.app, WRONG) {
        Ok(views) => Ok(views.first().map(|view| view.state.clone()).unwrap_or_default()),
        Err(AppError::NotFound(_)) => Ok("not there".to_owned()),
        Err(error) => Err(error.into()),
    }
}

/// Those who have it from a node, as the node knows them.
fn holders(node: &Node, recall: &str) -> Result<Vec<HolderView>, Failure> {
    let filter = Filter { recall: Some(recall), ..Filter::default() };
    let views = recall::overview(&node.app, &node.actor, &filter)?;
    Ok(views.into_iter().flat_map(|view| view.members).collect())
}

fn words(holders: &[HolderView], member: &str) -> &'static str {
    holders.iter().find(|one| one.member == member).map_or("", |one| one.words)
}

fn show(report: &Report, holders: &[HolderView]) {
    let rows: Vec<[String; 4]> = holders
        .iter()
        .map(|one| {
            let (told, open) = one.onward;
            let onward = if told == 0 { "-".to_owned() } else { format!("{open} of {told}") };
            [one.member.clone(), one.words.to_owned(), onward, one.due.clone()]
        })
        .collect();
    report.say(&table(["MEMBER", "STATE", "ONWARD OPEN", "DUE"], &rows));
}

fn comply(node: &Node, recall: &str) -> Result<(), Failure> {
    recall::comply(&node.app, &node.actor, recall, None, How::Purge)?;
    Ok(())
}

/// A record is shared and passed on, proves wrong, and is taken back.
pub fn taken_back(report: &mut Report, stage: &mut Stage) -> Result<(), Failure> {
    report.heading(8, "A record proves wrong, and is taken back");
    shared(report, stage)?;
    let observer = stage.nodes.iter_mut().find(|node| node.name == OBSERVER);
    let observer = observer.ok_or_else(|| Failure::environment("the demonstration has no observer"))?;
    observer.serving.stop();
    let recall = first_answers(report, stage)?;
    returns(report, stage, &recall)?;
    forged(report, stage)
}

/// A publishes it; B and the observer have it from A, the secretariat from B alone.
fn shared(report: &mut Report, stage: &Stage) -> Result<(), Failure> {
    let a = stage.node(A)?;
    let stated = Stated { tlp: Some(Tlp::Green), onward: true, ..Stated::default() };
    let input = Input { collection: EXERCISE, name: "exercise", stated, ..Input::default() };
    import::run(&a.app, &a.actor, &input, RECORD.as_bytes(), &mut |_| {})?;
    for (to, from) in [(B, A), (OBSERVER, A), (SECRETARIAT, B)] {
        let node = stage.node(to)?;
        // B puts it where the secretariat reads.
        let into = (to == B).then_some(EXERCISE);
        pull::run(&node.app, &node.actor, Some(from), Some(EXERCISE), into, &mut |_| {})?;
    }
    report.say(&format!(
        "   {A} shares \"EXERCISE Grey van at the ford of Bexhara\"; {B} and the observer pull it, and\n   the secretariat \
         gets it from {B}. Then the observer is switched off.\n"
    ));
    let mut is_there = true;
    for member in [B, OBSERVER, SECRETARIAT] {
        is_there &= state(stage.node(member)?)? == "live";
    }
    report.expect(is_there, "it is in use at three nodes");
    Ok(())
}

/// A takes it back; B complies, and the secretariat behind it.
fn first_answers(report: &mut Report, stage: &Stage) -> Result<String, Failure> {
    let (a, b, secretariat) = (stage.node(A)?, stage.node(B)?, stage.node(SECRETARIAT)?);
    let issued = recall::issue(&a.app, &a.actor, WRONG, &Wish::new(RecallScope::Withdraw, Reason::Wrong))?;
    report.say(&format!("   {A} takes it back ({}): {}", issued.reason, issued.recall));
    meet(b, A)?;
    let sheet = sheet::of(&b.app, WRONG)?;
    report.say(&format!("   at {B}: {}\n", sheet.set_aside.unwrap_or_default()));
    report.expect(state(b)? == "quarantined", "it is out of use there before anybody decided anything");
    comply(b, &issued.recall)?;
    meet(secretariat, B)?;
    meet(b, A)?;
    show(report, &holders(a, &issued.recall)?);
    let known = holders(a, &issued.recall)?;
    report.expect(
        words(&known, OBSERVER) == "not told yet",
        "the observer, who is switched off, is named as outstanding",
    );
    let behind = known.iter().find(|one| one.member == B).map(|one| (one.state, one.onward));
    report.expect(
        behind == Some(("partly", (1, 1))),
        "B has done its part, and counts one behind it who has not: the secretariat",
    );
    comply(secretariat, &issued.recall)?;
    meet(secretariat, B)?;
    meet(b, A)?;
    Ok(issued.recall)
}

/// The observer is switched on again.
fn returns(report: &mut Report, stage: &mut Stage, recall: &str) -> Result<(), Failure> {
    let observer = stage.nodes.iter_mut().find(|node| node.name == OBSERVER);
    if let Some(observer) = observer {
        let port = observer.serving.url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(0);
        observer.serving = Serving::start(&observer.home, port)?;
        meet(observer, A)?;
        comply(observer, recall)?;
        meet(observer, A)?;
    }
    report.say("\n   The observer is switched on again.\n");
    let known = holders(stage.node(A)?, recall)?;
    show(report, &known);
    let is_done = |one: &HolderView| {
        one.words == "states that it deleted it (signed)" && one.answer.is_some() && one.onward.1 == 0
    };
    report.expect(
        known.len() == 2 && known.iter().all(is_done),
        "everybody states that it deleted it, under its signature; nobody can prove more than that",
    );
    let mut is_gone = true;
    for member in [B, OBSERVER, SECRETARIAT] {
        is_gone &= state(stage.node(member)?)? == "erased";
    }
    report.expect(is_gone, "it is gone at all three nodes");
    Ok(())
}

/// Who is not the originator recalls nothing.
fn forged(report: &mut Report, stage: &Stage) -> Result<(), Failure> {
    let b = stage.node(B)?;
    let Some(other) =
        explain::records(&b.app, None)?.into_iter().find(|one| one.origin == A && one.state == "live")
    else {
        report.expect(false, "B has a record of A");
        return Ok(());
    };
    let wish = Wish::new(RecallScope::Withdraw, Reason::Other);
    let refused = match recall::issue(&b.app, &b.actor, &other.id, &wish) {
        Err(AppError::Denied(why)) => why,
        _ => String::new(),
    };
    report.say(&format!("\n   {B} tries to take back another record of {A}:\n   {refused}"));
    report.expect(refused.contains("only its originator"), "that is refused, with the way that is left");
    Ok(())
}
