//! The work on a session: its agenda by who may have it, who took part, and a journal that each of them approves.

use comity_app::compose::statement::StatementText;
use comity_app::council::{calendar, journal, session, work};
use comity_app::edit::{self, Edit};
use comity_app::model::kind::council::Stance;
use comity_app::{AppError, Role, today};
use comity_testkit::Node;
use serde_json::json;

use crate::decisions::{body, council, enter, id_of, opened, settle, why};
use crate::web::{NORTH, OBSERVER, SOUTH, WEST, Web};

const NAME: &str = "EXERCISE Council of the Rivers/48";

/// North plans the 48th session with a clear and an amber item, convenes and holds it.
fn held(web: &Web) {
    let north = web.north();
    let actor = north.operator();
    let _ = body(north);
    let statement = StatementText { tlp: Some("clear".into()), ..StatementText::default() };
    let new = work::New {
        body: "ECR",
        number: 48,
        on: "2026-12-01".parse().unwrap(),
        place: Some("Bexhara"),
        title: None,
        collection: None,
        statement: &statement,
    };
    id_of(work::plan(&north.app, &actor, &new).unwrap());
    for (number, public) in [(1, true), (2, false)] {
        let title = format!("EXERCISE item {number}");
        let item = work::NewItem { number, title: &title, papers: &[], public };
        id_of(work::agenda(&north.app, &actor, NAME, &item).unwrap());
    }
    assert!(why(work::hold(&north.app, &actor, NAME).unwrap()).contains("becomes convened"));
    id_of(work::invite(&north.app, &actor, NAME).unwrap());
    assert!(why(work::hold(&north.app, &actor, NAME).unwrap()).contains("says who took part"));
    let all = [NORTH, SOUTH, WEST, OBSERVER].map(str::to_owned);
    id_of(work::attend(&north.app, &actor, NAME, &all).unwrap());
    id_of(work::hold(&north.app, &actor, NAME).unwrap());
    settle(web);
}

fn say(node: &Node, speaker: &str, text: &str) {
    let spoken = journal::Spoken { speaker, text, at: None, item: None, documents: &[], decision: None };
    id_of(journal::say(&node.app, &node.operator(), NAME, &spoken).unwrap());
}

#[test]
fn k3_a_journal_names_who_approved_which_version() {
    let web = council(3);
    let (north, south, west) = (web.north(), web.south(), web.node(2));
    let actor = north.operator();
    held(&web);
    say(north, "EXERCISE Orlan Vesk", "EXERCISE the river is high");
    say(north, "EXERCISE Ilva Torn", "EXERCISE so are the costs");
    let approve = |node: &Node| {
        journal::answer(&node.app, &node.operator(), NAME, (Stance::Approve, "EXERCISE as it was said"))
            .unwrap()
    };
    assert!(why(approve(north)).contains("while it is tabled"), "nobody approves a draft");
    settle(&web);
    assert!(
        matches!(journal::show(&south.app, &south.operator(), NAME), Err(AppError::NotFound(_))),
        "a draft stays here"
    );
    id_of(journal::table(&north.app, &actor, NAME, "amber").unwrap());
    settle(&web);
    let waits = |node: &Node, name: &str| {
        let today = today::of(&node.app, &node.user(name, &[Role::ReleaseOfficer])).unwrap();
        today.groups.iter().any(|group| group.kind == "journals")
    };
    assert!(waits(south, "before"));
    for node in [north, south] {
        id_of(approve(node));
    }
    assert!(!waits(south, "after"));
    settle(&web);
    let told = |node: &Node| journal::show(&node.app, &node.operator(), NAME).unwrap().told;
    let tabled = journal::show(&north.app, &actor, NAME).unwrap();
    let version = tabled.place.version.clone();
    let expected = format!("2 of 3 participants approved version {version}; missing: {WEST}");
    assert_eq!((told(north), told(south)), (expected.clone(), expected.clone()));
    assert!(
        matches!(journal::adopt(&north.app, &actor, NAME), Err(AppError::Conflict(why)) if why.starts_with(&expected))
    );
    // Adopted by no other door, and closed only with its journal.
    let set = vec![
        ("document_state".to_owned(), "adopted".to_owned()),
        ("approved_refs".to_owned(), format!("[\"{}\"]", north.member())),
    ];
    let edit = Edit { record: tabled.place.id.clone(), set, reason: "EXERCISE".into(), ..Edit::default() };
    let refused = edit::run(&north.app, &actor, &edit).unwrap().unwrap_err();
    assert!(refused[0].message.contains("missing: Exercise west"), "{refused:?}");
    assert!(
        why(work::close(&north.app, &actor, NAME, None).unwrap()).contains("when its journal is adopted")
    );
    // Another wording is another version, which nobody has approved yet.
    let amend = (Stance::Amend, "EXERCISE say which river");
    id_of(journal::answer(&west.app, &west.operator(), NAME, amend).unwrap());
    settle(&web);
    let view = journal::show(&north.app, &actor, NAME).unwrap();
    assert_eq!(view.amendments, [format!("{WEST}: EXERCISE say which river")]);
    say(north, "EXERCISE Orlan Vesk", "EXERCISE I mean the Exa");
    id_of(journal::table(&north.app, &actor, NAME, "amber").unwrap());
    settle(&web);
    assert!(told(north).starts_with("0 of 3 participants"));
    for node in [north, south, west] {
        id_of(approve(node));
    }
    settle(&web);
    id_of(journal::adopt(&north.app, &actor, NAME).unwrap());
    id_of(work::close(&north.app, &actor, NAME, None).unwrap());
    settle(&web);
    let view = journal::show(&south.app, &south.operator(), NAME).unwrap();
    assert_eq!((view.state, view.approved.len(), view.entries.len()), ("adopted", 3, 3));
    assert_eq!(session::show(&south.app, &south.operator(), NAME).unwrap().status, "closed");
    assert!(matches!(
        journal::table(&north.app, &actor, NAME, "amber").unwrap(),
        comity_app::compose::Entry::Refused(_)
    ));
}

#[test]
fn k2_an_observer_reads_the_clear_agenda_of_a_session_and_takes_no_part_in_its_journal() {
    let mut web = council(3);
    web.community.amend_member(WEST, |one| one.standing = comity_app::model::Standing::Observer);
    held(&web);
    let items = |node: &Node| -> Vec<u16> {
        let view = session::show(&node.app, &node.operator(), NAME).unwrap();
        view.agenda.iter().map(|item| item.number).collect()
    };
    assert_eq!(items(web.south()), [1, 2]);
    assert_eq!(
        items(web.node(2)),
        [1],
        "what is for members is not there for an observer, and leaves no trace"
    );
    let green = json!({"kind": "agenda-item", "title": "EXERCISE", "position_number": 3, "item_basis": "stated",
        "session_ref": session::show(&web.north().app, &web.north().operator(), NAME).unwrap().place.id,
        "basis": {"whole": {"statement": "fact"}}});
    assert!(why(enter(web.north(), &green, "green", false)).contains("green reaches observers"));
    let north = web.north();
    say(north, "EXERCISE Orlan Vesk", "EXERCISE");
    id_of(journal::table(&north.app, &north.operator(), NAME, "clear").unwrap());
    settle(&web);
    let west = web.node(2);
    let said = journal::answer(&west.app, &west.operator(), NAME, (Stance::Approve, "EXERCISE")).unwrap();
    assert!(why(said).contains("only members that took part"));
}

#[test]
fn a_calendar_has_the_sessions_and_deadlines_that_the_reader_finds() {
    let web = council(2);
    let north = web.north();
    let _ = opened(&web);
    let statement = StatementText { tlp: Some("amber".into()), ..StatementText::default() };
    for (number, on) in [(47, "2026-11"), (48, "2026-12-01")] {
        let new = work::New {
            body: "ECR",
            number,
            on: on.parse().unwrap(),
            place: None,
            title: Some("EXERCISE a;b\nEND:VEVENT"),
            collection: None,
            statement: &statement,
        };
        id_of(work::plan(&north.app, &north.operator(), &new).unwrap());
    }
    settle(&web);
    for node in [north, web.south()] {
        let made = calendar::export(&node.app, &node.operator()).unwrap();
        assert_eq!((made.sessions, made.deadlines, made.left_out.len()), (1, 1, 1), "{made:?}");
        assert_eq!(made.text.matches("\r\nBEGIN:").count(), 2);
        assert!(made.text.contains("SUMMARY:[TLP:AMBER] EXERCISE a\\;b\\nEND:VEVENT"), "{}", made.text);
        assert!(made.text.contains(concat!("BEGIN:VTO", "DO")));
    }
    let stranger = north.user("nobody", &[Role::Administrator]);
    assert!(matches!(calendar::export(&north.app, &stranger), Err(AppError::Denied(_))));
}
