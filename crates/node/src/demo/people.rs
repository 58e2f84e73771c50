//! The way in with a browser: a one-time link for a person of each node, and for a second one where two are needed.

use comity_app::visit::link;
use comity_app::{Role, person};

use super::parts::Report;
use super::stage::Stage;
use crate::commands::access::sign_in_at;
use crate::failure::Failure;
use crate::output::table;

/// The node at which a second person can approve.
const TWO_PEOPLE: &str = "Demo member A";
/// That person, a release officer.
const SECOND: &str = "second";

/// Shows where each node is looked at, with the links that let its people in.
pub fn people(report: &mut Report, stage: &Stage) -> Result<(), Failure> {
    if !comity_http::has_screens() {
        report
            .say("\n   This build has no screens: Node 20.19 or newer, then `make`, gives the nodes theirs.");
        return Ok(());
    }
    let mut rows = Vec::new();
    for node in &stage.nodes {
        let mut names = vec![node.actor.name.as_str()];
        if node.name == TWO_PEOPLE {
            person::add(&node.app, &node.actor, SECOND, &[Role::ReleaseOfficer], &[])?;
            names.push(SECOND);
        }
        for name in names {
            let made = link::make(&node.app, &node.actor, name)?;
            let address = sign_in_at(&node.serving.url, &made.token);
            rows.push([node.name.clone(), name.to_owned(), address]);
        }
    }
    report.say("\n   Open a node in a browser. Each link is good once, and asks for a password of your own:");
    let lines = table(["NODE", "USER", "LINK"], &rows);
    report.say(&lines.lines().map(|line| format!("     {line}\n")).collect::<String>());
    Ok(())
}
