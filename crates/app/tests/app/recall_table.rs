//! What becomes of a recall at every kind of holder: each row was said at one node and done by the others. The table in
//! `docs/src/recall.md` is what came of it; `UPDATE=1` writes it.

use std::fmt::Write as _;

use comity_app::handling::{self, Change};
use comity_app::model::recall::{Obligation, Reason, Scope};
use comity_app::recall::{self, Doubt, How, Issued, Wish};

use crate::paper::{id, version};
use crate::web::{OBSERVER, SOUTH, Web, holder, issue, states, url};

const EAST: &str = "Exercise east";
const PAGE: &str = "docs/src/recall.md";
const BEGIN: &str = "<!-- the table: written by a test -->\n";
const END: &str = "<!-- end of the table -->\n";

/// One row: what is said, and by which wish.
struct Case {
    what: &'static str,
    wish: Wish<'static>,
}

fn cases() -> Vec<Case> {
    let wish = Wish::new(Scope::Withdraw, Reason::Wrong);
    let stop = Wish { obligation: Some(Obligation::StopUse), ..wish };
    let keep = Wish { obligation: Some(Obligation::KeepAsEvidence), ..wish };
    let near = Wish { cascade: false, ..wish };
    let replacement = Box::leak(version(1).into_boxed_str());
    let correct = Wish { replacement: Some(replacement), ..Wish::new(Scope::Correct, Reason::Wrong) };
    let restrict = Wish::new(Scope::Restrict, Reason::Complaint);
    vec![
        Case { what: "`--withdraw`", wish },
        Case { what: "`--withdraw --stop-use`", wish: stop },
        Case { what: "`--withdraw --keep-as-evidence`", wish: keep },
        Case { what: "`--withdraw --no-cascade`", wish: near },
        Case { what: "`--correct` with a later version", wish: correct },
        Case {
            what: "`--narrow`, the other member excluded",
            wish: Wish::new(Scope::Narrow, Reason::ReleasedInError),
        },
        Case { what: "`--restrict`", wish: restrict },
        Case { what: "`--restrict`, then `--lift`", wish: restrict },
    ]
}

/// How the first version of a note stands at a node, in words.
fn there(web: &Web, at: usize, number: u32) -> String {
    let words = states(web.node(at), number, 0).into_iter().map(|state| match state.as_str() {
        "live" => "in use".to_owned(),
        "quarantined" => "set aside".to_owned(),
        other => other.to_owned(),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// The same, with what its node states.
fn cell(web: &Web, at: usize, number: u32, (node, recall, member): (usize, &str, &str)) -> String {
    format!("{}; {}", there(web, at, number), holder(web.node(node), recall, member).words)
}

#[test]
fn the_page_about_recalls_says_what_really_comes_of_them() {
    // West has everything from South; South and East have it from North.
    let web = Web::new(4, &[(1, 0), (2, 1), (3, 0)]);
    let observer = web.north().reader(OBSERVER, "reports");
    let cases = cases();
    let numbers = || 1..=u32::try_from(cases.len()).unwrap();
    let disputed = numbers().count() as u32 + 1;
    for number in 1..=disputed {
        web.publish(0, number, 0);
    }
    web.settle();
    assert_eq!(web.north().sees(&observer, "reports").len(), disputed as usize);
    web.mesh.leave(&url(3));
    let mut issued: Vec<Issued> = Vec::new();
    for (number, case) in numbers().zip(&cases) {
        if case.wish.scope == Scope::Correct {
            web.publish(0, number, 1);
        }
        if case.wish.scope == Scope::Narrow {
            let change = Change { exclude: (vec![EAST.into()], Vec::new()), ..Change::default() };
            handling::change(&web.north().app, &web.north().operator(), &id(number), &change).unwrap();
        }
        issued.push(issue(web.north(), &id(number), &case.wish));
    }
    let south = web.south();
    recall::dispute(&south.app, &south.operator(), &id(disputed), Doubt::Wrong, "EXERCISE").unwrap();
    let away: Vec<String> =
        numbers().zip(&issued).map(|(number, one)| cell(&web, 3, number, (0, &one.recall, EAST))).collect();
    web.settle();
    let last = issued.len() - 1;
    issued[last] =
        recall::lift(&web.north().app, &web.north().operator(), &issued[last].recall, Reason::Other, 72)
            .unwrap();
    web.mesh.join(&url(3), &web.node(3).app);
    web.settle();
    for (case, one) in cases.iter().zip(&issued).take(last) {
        if case.wish.scope == Scope::Withdraw && case.wish.obligation.is_none()
            || case.wish.scope == Scope::Correct
        {
            for at in [2, 1] {
                let node = web.node(at);
                let done = recall::comply(&node.app, &node.operator(), &one.recall, None, How::Purge);
                assert_eq!(done.is_ok(), at == 1 || case.wish.cascade, "{done:?}");
            }
        }
        let east = web.node(3);
        let ground = How::Hold { ground: "EXERCISE: evidence" };
        recall::comply(&east.app, &east.operator(), &one.recall, None, ground).unwrap();
    }
    web.settle();
    let mut rows = String::new();
    for ((number, case), (one, away)) in numbers().zip(&cases).zip(issued.iter().zip(away)) {
        let behind = match recall::overview(&south.app, &south.operator(), &Default::default()).unwrap() {
            all if all.iter().any(|known| known.recall == one.recall && !known.members.is_empty()) => {
                cell(&web, 2, number, (1, &one.recall, "Exercise west"))
            }
            _ => format!("{}; not told", there(&web, 2, number)),
        };
        let cells = [
            there(&web, 0, number),
            cell(&web, 1, number, (0, &one.recall, SOUTH)),
            cell(&web, 3, number, (0, &one.recall, EAST)),
            behind,
            away,
            format!("its own matter; {}", holder(web.north(), &one.recall, OBSERVER).words),
        ];
        writeln!(rows, "| {} | {} |", case.what, cells.join(" | ")).unwrap();
    }
    let nothing = [0, 1, 3, 2].map(|at| there(&web, at, disputed));
    writeln!(
        rows,
        "| `comity dispute`, said by the first member | {} | in use | its own matter |",
        nothing.join(" | ")
    )
    .unwrap();
    check(&format!("{}{rows}", head()));
}

fn head() -> String {
    let columns = [
        "what is said",
        "at its originator",
        "a member that does what is asked",
        "a member that keeps it on grounds of its own",
        "a member that has it from the first one",
        "the other member while it was switched off",
        "a plain TAXII reader, or any member without a key",
    ];
    format!("| {} |\n|{}\n", columns.join(" | "), " --- |".repeat(columns.len()))
}

fn check(table: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PAGE);
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (found, after) = rest.split_once(END).unwrap();
    #[expect(clippy::disallowed_methods, reason = "whoever runs the test asks for the page to be written")]
    let is_update = std::env::var_os("UPDATE").is_some();
    if is_update {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(found, table, "the page says something else than what comes of it: UPDATE=1 writes it anew");
}
