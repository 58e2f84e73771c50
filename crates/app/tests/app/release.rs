//! The release desk: what a document would become before it comes in, drafts, and the refusal of a second person.

use comity_app::explain::View;
use comity_app::handling::{self, Change};
use comity_app::import::{self, Input, dry};
use comity_app::model::{ApprovalRule, Stated};
use comity_app::preview::{self, Subject};
use comity_app::proposal::{self, Outcome};
use comity_app::stix::Tlp;
use comity_app::{Actor, AppError, Role, drafts, ledger, proposed, publish};
use comity_testkit::{Community, Node, Place, Seat};

use crate::paper::{at, id, note, version, with_marked_abstract};

const HOST: &str = "Exercise host";
const ALDER: &str = "Exercise alder";
const BIRCH: &str = "Exercise birch";
const ROWAN: &str = "Exercise rowan";

/// Three other members, of which only two have keys; TLP:RED takes a second person.
fn careful() -> (Community, Actor) {
    let seats = vec![
        Seat::member(HOST).node(Place::memory()),
        Seat::member(ALDER).groups(&["north"]),
        Seat::member(BIRCH),
        Seat::member(ROWAN),
    ];
    let mut community = Community::new(1, seats);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community.amend(|agreement| _ = agreement.two_person.insert(ApprovalRule::Red));
    let second = community.node().user("second", &[Role::ReleaseOfficer]);
    (community, second)
}

fn size(node: &Node) -> u64 {
    ledger::verify(&node.app).unwrap().leaves
}

fn red_for(member: &str, community: &Community) -> Stated {
    Stated { to: [community.id(member)].into(), ..at(Tlp::Red) }
}

/// Brings a note in as a draft and asks to publish it; the id of what then waits.
fn asked(node: &Node, stated: &Stated, text: &str, number: u32) -> String {
    let input =
        Input { collection: "exercise", name: "x", stated: stated.clone(), draft: true, ..Input::default() };
    import::run(&node.app, &node.operator(), &input, text.as_bytes(), &mut |_| {}).unwrap();
    match publish::run(&node.app, &node.operator(), &id(number)) {
        Ok(Outcome::Pending(waits)) => waits.id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_second_person_refuses_stays_a_draft_and_its_author_reads_why() {
    let (community, second) = careful();
    let node = community.node();
    let alder = node.reader(ALDER, "exercise");
    let waits = asked(node, &red_for(ALDER, &community), &note(1, 0, "a", None), 1);
    let line = drafts::list(&node.app, &node.operator()).unwrap().lines.remove(0);
    assert_eq!((line.waits.map(|one| one.id), line.refused), (Some(waits.clone()), None));

    proposal::refuse(&node.app, &second, &waits, "EXERCISE it names a source").unwrap();
    assert!(node.sees(&alder, "exercise").is_empty());
    assert!(proposal::list(&node.app).unwrap().is_empty());
    let shown = proposed::show(&node.app, &node.operator(), &waits).unwrap();
    assert_eq!(shown.refused_by.as_deref(), Some("second"));
    assert_eq!((shown.answer.as_deref(), shown.approved_by), (Some("EXERCISE it names a source"), None));
    let line = drafts::list(&node.app, &node.operator()).unwrap().lines.remove(0);
    let refused = line.refused.unwrap();
    assert_eq!(
        (refused.by.as_str(), refused.reason.as_deref()),
        ("second", Some("EXERCISE it names a source"))
    );
    assert_eq!((line.id, line.waits), (id(1), None));

    let late = proposal::approve(&node.app, &second, &waits);
    assert!(matches!(late, Err(AppError::Conflict(_))), "{late:?}");
    // Asked for again it is another proposal, which may be approved.
    let Ok(Outcome::Pending(again)) = publish::run(&node.app, &node.operator(), &id(1)) else {
        panic!("waits")
    };
    assert_ne!(again.id, waits);
    proposal::approve(&node.app, &second, &again.id).unwrap();
    assert_eq!(node.sees(&alder, "exercise"), [id(1)]);
    assert!(drafts::list(&node.app, &node.operator()).unwrap().lines.is_empty());
}

#[test]
fn who_may_not_approve_may_not_refuse_and_a_refusal_has_a_reason() {
    let (community, second) = careful();
    let node = community.node();
    let waits = asked(node, &red_for(ALDER, &community), &note(1, 0, "a", None), 1);
    let analyst = node.user("analyst", &[Role::Analyst]);
    let before = size(node);
    let denied = proposal::refuse(&node.app, &analyst, &waits, "EXERCISE no");
    assert!(matches!(denied, Err(AppError::Denied(_))), "{denied:?}");
    for empty in ["", "  "] {
        let silent = proposal::refuse(&node.app, &second, &waits, empty);
        assert!(matches!(silent, Err(AppError::Invalid(_))), "{silent:?}");
    }
    let unknown = proposal::refuse(&node.app, &second, "p0", "EXERCISE no");
    assert!(matches!(unknown, Err(AppError::NotFound(_))), "{unknown:?}");
    assert_eq!(size(node), before);
    assert_eq!(proposal::list(&node.app).unwrap().len(), 1);
}

#[test]
fn a_refusal_pressed_twice_is_one_refusal_and_another_persons_comes_too_late() {
    let (community, second) = careful();
    let node = community.node();
    let third = node.user("third", &[Role::ReleaseOfficer]);
    let waits = asked(node, &red_for(ALDER, &community), &note(1, 0, "a", None), 1);
    let first = proposal::refuse(&node.app, &second, &waits, "EXERCISE no").unwrap();
    let after = size(node);
    assert_eq!(proposal::refuse(&node.app, &second, &waits, "EXERCISE still no").unwrap(), first);
    let late = proposal::refuse(&node.app, &third, &waits, "EXERCISE no as well");
    assert!(matches!(late, Err(AppError::Conflict(_))), "{late:?}");
    assert_eq!(size(node), after);
    let shown = proposed::show(&node.app, &second, &waits).unwrap();
    assert_eq!(shown.answer.as_deref(), Some("EXERCISE no"));
}

#[test]
fn who_proposed_something_takes_it_back_and_nobody_approves_it_then() {
    let (community, second) = careful();
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "a", None));
    let birch = node.reader(BIRCH, "exercise");
    let change =
        Change { tlp: Some("red".into()), to: (vec![ALDER.into()], Vec::new()), ..Change::default() };
    let Ok(Outcome::Pending(waits)) = handling::change(&node.app, &node.operator(), &id(1), &change) else {
        panic!("waits")
    };
    proposal::refuse(&node.app, &node.operator(), &waits.id, "EXERCISE meant another record").unwrap();
    let late = proposal::approve(&node.app, &second, &waits.id);
    assert!(matches!(late, Err(AppError::Conflict(_))), "{late:?}");
    assert_eq!(node.sees(&birch, "exercise"), [id(1)], "it stays as it is");
}

#[test]
fn a_document_is_looked_at_without_a_trace_and_then_becomes_what_was_said() {
    let (community, _) = careful();
    let node = community.node();
    let readers = [ALDER, BIRCH].map(|name| (name, node.reader(name, "exercise")));
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "here", None));
    let marked = with_marked_abstract(&note(3, 0, "in part", None), Tlp::Red);
    let bad = r#"{"type":"note","id":"note--1"}"#;
    let text = [note(1, 0, "here", None), bad.to_owned(), note(2, 0, "new", None), marked].join("\n");
    let stated = Stated { exclude: [community.id(BIRCH)].into(), ..at(Tlp::Green) };
    let input = Input { collection: "exercise", name: "x.json", stated, ..Input::default() };
    let before = size(node);
    let dry = dry::look(&node.app, &node.operator(), &input, text.as_bytes()).unwrap();
    assert_eq!(
        (size(node), node.sees(&readers[0].1, "exercise")),
        (before, vec![id(1)]),
        "nothing is stored"
    );
    assert_eq!((dry.objects, dry.taken, dry.here, dry.rejected.len()), (4, 3, 1, 1), "{dry:?}");
    assert_eq!(dry.rejected[0].index, 1);
    assert_eq!(
        dry.lines.iter().map(|one| (one.id.clone(), one.here)).collect::<Vec<_>>(),
        [(id(1), true), (id(2), false), (id(3), false)]
    );
    // Whoever would get nothing comes first.
    let told: Vec<(&str, bool, [usize; 3])> = dry
        .members
        .iter()
        .map(|one| (one.member.as_str(), one.has_key, [one.whole, one.part, one.nothing]))
        .collect();
    assert_eq!(told, [(BIRCH, true, [0, 0, 3]), (ALDER, true, [2, 1, 0]), (ROWAN, false, [2, 1, 0])]);
    let birch = &dry.members[0].why;
    assert_eq!((birch.len(), birch[0].view, birch[0].count), (1, View::Nothing, 3), "{birch:?}");

    let foretold = |name: &str| {
        let all = dry::got(&node.app, &node.operator(), &input, text.as_bytes(), (name, 1)).unwrap();
        all.into_iter().map(|one| (one.sight.id.clone(), one.content)).collect::<Vec<_>>()
    };
    let (alder, birch) = (foretold(ALDER), foretold(BIRCH));
    let done = import::run(&node.app, &node.operator(), &input, text.as_bytes(), &mut |_| {}).unwrap();
    assert_eq!((done.accepted, done.rejected.len()), (2, 1));
    for (name, told) in [(ALDER, alder), (BIRCH, birch)] {
        assert_eq!(told.len(), 2, "from the second on");
        for (record, content) in told {
            let then = preview::got(&node.app, Subject::Record(&record), name).unwrap().remove(0);
            assert_eq!(then.content, content, "{name} {record}");
        }
    }
}

#[test]
fn a_look_says_what_would_wait_and_who_may_not_bring_it_in() {
    let (community, _) = careful();
    let node = community.node();
    let input = Input {
        collection: "exercise",
        name: "x",
        stated: red_for(ALDER, &community),
        draft: true,
        ..Input::default()
    };
    let text = note(1, 0, "red", None);
    let look = |actor: &Actor| dry::look(&node.app, actor, &input, text.as_bytes());
    let dry = look(&node.user("analyst", &[Role::Analyst])).unwrap();
    assert_eq!((dry.taken, dry.waiting), (1, 1));
    assert!(dry.rule.unwrap().contains("TLP:RED"));
    let auditor = look(&node.user("auditor", &[Role::Auditor]));
    assert!(matches!(auditor, Err(AppError::Denied(_))), "{auditor:?}");
    let elsewhere = Input { collection: "nowhere", ..input.clone() };
    let lost = dry::look(&node.app, &node.operator(), &elsewhere, text.as_bytes());
    assert!(matches!(lost, Err(AppError::NotFound(_))), "{lost:?}");
    let broken = dry::look(&node.app, &node.operator(), &input, b"{\"type\":\"bundle\",");
    assert!(matches!(broken, Err(AppError::Invalid(_))), "{broken:?}");
}

#[test]
fn of_a_new_version_the_list_of_drafts_names_the_one_that_waits() {
    let (community, _) = careful();
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "first", None));
    let waits = asked(node, &red_for(ALDER, &community), &note(1, 1, "second", None), 1);
    let lines = drafts::list(&node.app, &node.operator()).unwrap().lines;
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].version.as_str(), lines[0].level.as_str()), (version(1).as_str(), "TLP:RED"));
    assert_eq!(lines[0].waits.as_ref().map(|one| one.id.as_str()), Some(waits.as_str()));
    let auditor = drafts::list(&node.app, &node.user("auditor", &[Role::Auditor]));
    assert!(matches!(auditor, Err(AppError::Denied(_))), "{auditor:?}");
}

#[test]
fn an_id_that_may_mean_another_draft_than_was_looked_at_publishes_nothing() {
    let (community, _) = careful();
    let node = community.node();
    let alder = node.reader(ALDER, "exercise");
    let keep = |collection: &str, text: &str| {
        let input = Input { collection, name: "x", stated: at(Tlp::Green), draft: true, ..Input::default() };
        let done = import::run(&node.app, &node.operator(), &input, text.as_bytes(), &mut |_| {}).unwrap();
        assert!(done.rejected.is_empty(), "{:?}", done.rejected);
    };
    let run = |text: &str| publish::run(&node.app, &node.operator(), text);
    let versions = |number: u32| [1, 2].map(|at| format!("{}@{}", id(number), version(at)));
    let refused = |number: u32, named: &str| match run(&id(number)) {
        Err(AppError::Conflict(why)) => assert!(why.ends_with(named), "{why}"),
        other => panic!("{other:?}"),
    };
    // Two drafts.
    keep("exercise", &note(1, 1, "older", None));
    keep("exercise", &note(1, 2, "newer", None));
    let [older, newer] = versions(1);
    refused(
        1,
        &format!("there are 2 drafts of it; name the version that is to be published: {older} or {newer}"),
    );
    assert!(node.sees(&alder, "exercise").is_empty());
    let Ok(Outcome::Done(done)) = run(&older) else { panic!("{older}") };
    assert_eq!(done.version, version(1));
    // What is left is one draft, newer than what is published.
    let Ok(Outcome::Done(done)) = run(&id(1)) else { panic!("{newer}") };
    assert_eq!(done.version, version(2));
    // A draft that is older than what is published.
    keep("exercise", &note(2, 1, "older", None));
    node.publish("exercise", &at(Tlp::Green), &note(2, 2, "newer", None));
    let [older, newer] = versions(2);
    refused(2, &format!("is published, {}; name the version that is to be published: {older}", version(2)));
    assert!(matches!(run(&newer), Err(AppError::Conflict(_))), "it is published");
    assert!(matches!(run(&older), Ok(Outcome::Done(_))));
    // The same draft in two collections.
    assert_eq!(node.collection("Other"), "other");
    keep("exercise", &note(3, 1, "here and there", None));
    keep("other", &note(3, 1, "here and there", None));
    let [draft, _] = versions(3);
    refused(3, &format!("there are 2 drafts of it; name the version that is to be published: {draft}"));
    assert!(matches!(run(&draft), Ok(Outcome::Done(_))));
    assert!(matches!(run(&id(3)), Ok(Outcome::Done(_))), "one is left");
}

#[test]
fn a_change_that_waits_for_a_second_person_is_asked_for_once() {
    let (community, second) = careful();
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "a", None));
    let red =
        |to: &str| Change { tlp: Some("red".into()), to: (vec![to.into()], Vec::new()), ..Change::default() };
    let ask = |change: &Change| match handling::change(&node.app, &node.operator(), &id(1), change) {
        Ok(Outcome::Pending(waits)) => waits.id,
        other => panic!("{other:?}"),
    };
    let first = ask(&red(ALDER));
    let before = size(node);
    assert_eq!(ask(&red(ALDER)), first, "asked again it is the same proposal");
    assert_eq!((proposal::list(&node.app).unwrap().len(), size(node)), (1, before));
    let other = ask(&red(BIRCH));
    assert_ne!(other, first, "another handling is another proposal");
    proposal::refuse(&node.app, &second, &first, "EXERCISE no").unwrap();
    assert_ne!(ask(&red(ALDER)), first, "what was refused waits no more");
}
