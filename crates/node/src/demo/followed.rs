//! The part of the report about what came of what left: signed receipts, and who got nothing.

use comity_app::delivery::{self, State};
use comity_app::explain;
use comity_app::model::Receipt;

use super::parts::Report;
use super::script::shown;
use super::stage::{EXERCISE, Stage};
use crate::failure::Failure;
use crate::output::table;

/// What each member has of one record, by its own signature, and who has nothing.
pub fn followed(report: &mut Report, stage: &Stage) -> Result<(), Failure> {
    report.heading(4, "What came of it: signed receipts");
    let node = stage.node("Demo member A")?;
    let found = explain::records(&node.app, Some(EXERCISE))?
        .into_iter()
        .find(|record| record.name == shown::GROUP_ONLY_NAME)
        .ok_or_else(|| Failure::environment("the exercise lacks the record for the border cell"))?;
    let left = delivery::of_record(&node.app, &found.id)?;
    let open = delivery::without(&node.app, &found.id)?;
    let mut rows: Vec<[String; 3]> = left
        .iter()
        .map(|view| [view.member.clone(), view.state.words().to_owned(), view.first_at.clone()])
        .collect();
    rows.extend(open.iter().map(|one| [one.member.clone(), one.state.words().to_owned(), "-".to_owned()]));
    report.say(&format!("   \"{}\"\n", found.name));
    report.say(&table(["MEMBER", "STATE", "FIRST AT"], &rows));
    let is_received = !left.is_empty() && left.iter().all(|view| view.state == State::Received);
    report.expect(is_received, "every member that pulled it has said so under its signature");
    let is_withheld = open.iter().any(|one| one.state == State::Withheld);
    report.expect(is_withheld, "who has nothing of it is listed, too");
    let receipts = delivery::receipts(&node.app, &left)?;
    let agreed = comity_app::agreement::current(&node.app)?.agreement;
    let is_signed = receipts.iter().all(|one| {
        let keys = agreed.member(&one.message.from).map(|member| member.keys.as_slice()).unwrap_or_default();
        one.verify(keys).is_ok() && one.read::<Receipt>().is_ok()
    });
    report.expect(is_signed && !receipts.is_empty(), "each signature fits the key of its member");
    Ok(())
}
