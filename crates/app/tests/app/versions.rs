//! What is said about a record holds for its versions before and after: nobody who must not have the newest is left with
//! another.

use comity_app::compose::statement::StatementText;
use comity_app::edit::{self, Edit};
use comity_app::handling::{self, Change};
use comity_app::import::{self, Input};
use comity_app::model::{ApprovalRule, Category, Flag, Handling, HandlingCode, Pap, Stated};
use comity_app::proposal::{self, Outcome};
use comity_app::serve::{self, Query, Versions};
use comity_app::stix::Tlp;
use comity_app::{
    Actor, AppError, Role, allegation, attachment, erase, explain, group, intake, ledger, person, publish,
};
use comity_testkit::{Community, Node, Place, READ_WRITE, Seat};

use crate::paper::{at, id, note};
use crate::two::{EXTENSION, NORTH, SOUTH, Two, WEST, example, governed, taken};

const HOST: &str = "Exercise host";
const BLOCKED: &str = "Exercise blocked";
const FREE: &str = "Exercise free";

fn community() -> Community {
    let seats = vec![Seat::member(HOST).node(Place::memory()), Seat::member(BLOCKED), Seat::member(FREE)];
    let mut community = Community::new(1, seats);
    for (name, state) in [(BLOCKED, "QX"), (FREE, "QY")] {
        community.amend_member(name, |member| member.state = Some(state.into()));
    }
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

/// How many versions a member is shown, when it asks for all.
fn shown(node: &Node, member: &str) -> usize {
    let query = Query { versions: Versions::All, ..Query::default() };
    serve::page(&node.app, &node.reader(member, "exercise"), "exercise", &query).unwrap().objects.len()
}

fn change(node: &Node, change: &Change) {
    handling::change(&node.app, &node.operator(), &id(1), change).unwrap();
}

fn block() -> Change {
    Change { refugee_from: (vec!["QX".into()], vec![]), ..Change::default() }
}

fn blocked() -> Stated {
    Stated { refugee_from: ["QX".to_owned()].into(), ..at(Tlp::Green) }
}

#[test]
fn h2_a_block_on_the_newest_version_does_not_show_the_one_before_it_to_the_very_state() {
    let community = community();
    let node = community.node();
    for version in 0..3 {
        node.publish("exercise", &at(Tlp::Green), &note(1, version, "refuge", None));
    }
    let (qx, qy) = (node.reader(BLOCKED, "exercise"), node.reader(FREE, "exercise"));
    assert_eq!((node.sees(&qx, "exercise").len(), node.sees(&qy, "exercise").len()), (1, 1));
    change(node, &block());
    assert!(node.sees(&qx, "exercise").is_empty());
    assert_eq!((shown(node, BLOCKED), shown(node, FREE)), (0, 3));
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
}

#[test]
fn d2_originator_control_and_an_exclusion_hold_for_every_version_of_the_record() {
    for narrower in [
        Change { flags: (vec!["originator-control".into()], vec![]), ..Change::default() },
        Change { exclude: (vec![BLOCKED.into()], vec![]), ..Change::default() },
    ] {
        let community = community();
        let node = community.node();
        for version in 0..2 {
            node.publish("exercise", &at(Tlp::Green), &note(1, version, "narrow", None));
        }
        assert_eq!(shown(node, BLOCKED), 2);
        change(node, &narrower);
        assert_eq!(shown(node, BLOCKED), 0, "{narrower:?}");
    }
}

#[test]
fn h2_a_correction_that_adds_a_block_puts_it_on_the_versions_before() {
    let community = community();
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "refuge", None));
    let statement = StatementText { refugee_from: vec!["QX".into()], ..StatementText::default() };
    let form = serde_json::from_str(&note(1, 0, "refuge corrected", None)).unwrap();
    let edit =
        Edit { record: id(1), form: Some(form), reason: "EXERCISE".into(), statement, ..Edit::default() };
    edit::run(&node.app, &node.operator(), &edit).unwrap().unwrap();
    assert_eq!((shown(node, BLOCKED), shown(node, FREE)), (0, 2));
}

#[test]
fn h2_a_newer_version_by_import_or_post_keeps_the_block_and_dropping_it_takes_the_handling() {
    let community = community();
    let node = community.node();
    node.publish("exercise", &blocked(), &note(1, 0, "refuge", Some(Tlp::Green)));
    node.publish("exercise", &at(Tlp::Green), &note(1, 1, "refuge", Some(Tlp::Green)));
    assert_eq!((shown(node, BLOCKED), shown(node, FREE)), (0, 2));
    let writer = node.client(&node.key(HOST, "exercise", READ_WRITE));
    let post = |version| {
        let body = format!(r#"{{"objects":[{}]}}"#, note(1, version, "refuge", Some(Tlp::Green)));
        intake::post(&node.app, &writer, "exercise", body.as_bytes()).unwrap()
    };
    assert_eq!(post(2).successes.len(), 1);
    assert_eq!((shown(node, BLOCKED), shown(node, FREE)), (0, 3));
    // The same bytes once more, without the block: the answer is the one that they always get.
    for version in 0..3 {
        let again = post(version);
        assert_eq!((again.failures.len(), again.successes[0].message.clone()), (0, None), "{again:?}");
    }
    assert_eq!(shown(node, BLOCKED), 0);
    change(node, &Change { refugee_from: (vec![], vec!["QX".into()]), ..Change::default() });
    assert_eq!(shown(node, BLOCKED), 1, "of the versions before the block still holds");
    node.publish("exercise", &at(Tlp::Green), &note(1, 3, "refuge", Some(Tlp::Green)));
    assert_eq!(shown(node, BLOCKED), 2);
}

fn limit(group: &str) -> Change {
    Change { inner: (vec![group.into()], vec![]), ..Change::default() }
}

#[test]
fn h2_nobody_limits_a_record_to_a_group_that_is_not_there_or_in_which_they_are_not() {
    let community = community();
    let node = community.node();
    let operator = node.operator();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "cell", None));
    let to =
        |actor: &Actor, change: &Change| handling::change(&node.app.seen_by(actor), actor, &id(1), change);
    assert!(matches!(to(&operator, &limit("cell")), Err(AppError::NotFound(_))));
    group::add(&node.app, &operator, "cell").unwrap();
    assert!(matches!(to(&operator, &limit("cell")), Err(AppError::Conflict(_))), "it would be lost to them");
    person::add(&node.app, &operator, "mira", &[Role::ReleaseOfficer], &["cell".to_owned()]).unwrap();
    let mira = person::actor(&node.app, Some("mira")).unwrap();
    to(&mira, &limit("cell")).unwrap();
    assert!(explain::show(&node.app.seen_by(&mira), &id(1)).is_ok());
    group::place(&node.app, &operator, ("cell", "mira"), false).unwrap();
    let named = group::remove(&node.app, &operator, "cell");
    assert!(matches!(&named, Err(AppError::Conflict(why)) if why.contains("limited")), "{named:?}");
    group::place(&node.app, &operator, ("cell", "mira"), true).unwrap();
    to(&mira, &Change { inner: (vec![], vec!["cell".into()]), ..Change::default() }).unwrap();
    group::place(&node.app, &operator, ("cell", "mira"), false).unwrap();
    group::remove(&node.app, &operator, "cell").unwrap();
}

/// A file for a record, as a member's program would bring it: made from one that the host attached to its own.
fn file_for(node: &Node, number: u32) -> String {
    node.publish("exercise", &at(Tlp::Green), &note(9, 0, "own", Some(Tlp::Green)));
    let file =
        attachment::add(&node.app, &node.operator(), &id(9), ("EXERCISE.txt", None), b"EXERCISE").unwrap();
    let bytes = explain::show(&node.app, &file.id).unwrap().remove(0).content.unwrap();
    bytes.replace(&id(9), &id(number)).replace(&file.id, FILE)
}

const FILE: &str = "comity-attachment--00000000-0000-4000-8000-000000000077";

#[test]
fn a_file_of_a_hosted_member_follows_its_narrower_record() {
    let mut community = community();
    let host = community.node().member().clone();
    community.amend_member(BLOCKED, |member| member.hosted_by = Some(host));
    let node = community.node();
    let guest = node.client(&node.key(BLOCKED, "exercise", READ_WRITE));
    let post = |objects: &[String]| {
        let body = format!(r#"{{"objects":[{}]}}"#, objects.join(","));
        let status = intake::post(&node.app, &guest, "exercise", body.as_bytes()).unwrap();
        assert!(status.failures.is_empty(), "{status:?}");
    };
    post(&[note(1, 0, "guest", Some(Tlp::Green)), file_for(node, 1)]);
    let reader = node.reader(FREE, "exercise");
    assert!(node.sees(&reader, "exercise").contains(&FILE.to_owned()));
    post(&[note(1, 1, "guest", Some(Tlp::Red))]);
    assert!(!node.sees(&reader, "exercise").contains(&FILE.to_owned()));
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_draft_waits_for_the_second_person_whom_one_of_its_files_asks_for() {
    let mut community = community();
    community.amend(|agreement| {
        agreement.two_person.insert(ApprovalRule::Red);
    });
    let node = community.node();
    let draft = |stated: Stated, text: &str| {
        let input = Input { collection: "exercise", name: "x", draft: true, stated, ..Input::default() };
        let done = import::run(&node.app, &node.operator(), &input, text.as_bytes(), &mut |_| {}).unwrap();
        assert_eq!(done.held, 1, "{done:?}");
    };
    draft(at(Tlp::Green), &note(1, 0, "draft", Some(Tlp::Green)));
    draft(at(Tlp::Red), &file_for(node, 1));
    let asked = publish::run(&node.app, &node.operator(), &id(1)).unwrap();
    let Outcome::Pending(waits) = asked else { panic!("{asked:?}") };
    proposal::approve(&node.app, &node.user("second", &[Role::ReleaseOfficer]), &waits.id).unwrap();
    assert_eq!(explain::show(&node.app, &id(1)).unwrap()[0].state, "live");
}

#[test]
fn j3_an_allegation_goes_no_wider_than_the_record_that_it_is_about() {
    for onward in [false, true] {
        let two = Two::new();
        let stated = Stated {
            onward,
            pap: Some(Pap::Amber),
            code: Some(HandlingCode::H1),
            flags: [Flag::AnonymousSource].into(),
            ..at(Tlp::Green)
        };
        two.north().publish("exercise", &stated, &note(1, 0, "alleged", None));
        assert_eq!(two.southward().received, 1);
        let south = two.south();
        let made =
            allegation::make(&south.app, &south.operator(), &id(1), "EXERCISE not asked for", None).unwrap();
        let shown = explain::show(&south.app, &made.note).unwrap().remove(0);
        let kept = Handling::from_json(&shown.handling).unwrap();
        assert_eq!((kept.pap, kept.code), (stated.pap, stated.code));
        assert_eq!(kept.flags, stated.flags);
        assert_eq!(kept.tlp, Some(if onward { Tlp::Green } else { Tlp::Red }));
        let sees = |member: &str| south.sees(&south.reader(member, "exercise"), "exercise").len();
        assert_eq!((sees(NORTH), sees(WEST)), (1, usize::from(onward)));
    }
}

#[test]
fn an_erasure_takes_an_approver_who_sees_every_version_of_the_record() {
    let community = community();
    let node = community.node();
    let operator = node.operator();
    group::add(&node.app, &operator, "cell").unwrap();
    let roles = [Role::DataProtection, Role::ReleaseOfficer];
    person::add(&node.app, &operator, "mira", &roles, &["cell".to_owned()]).unwrap();
    let mira = person::actor(&node.app, Some("mira")).unwrap();
    let closed = Stated { inner: ["cell".to_owned()].into(), ..at(Tlp::Green) };
    node.publish("exercise", &closed, &note(1, 0, "closed", None));
    node.publish("exercise", &at(Tlp::Green), &note(1, 1, "open", None));
    let open = Change { inner: (vec![], vec!["cell".into()]), ..Change::default() };
    handling::change(&node.app.seen_by(&mira), &mira, &id(1), &open).unwrap();
    let second = node.user("second", &[Role::DataProtection]);
    let asked = erase::propose(&node.app, &operator, &id(1), ("order", "EXERCISE court"), false).unwrap();
    let refused = proposal::approve(&node.app.seen_by(&second), &second, &asked.id);
    assert!(refused.is_err(), "{refused:?}");
    proposal::approve(&node.app.seen_by(&mira), &mira, &asked.id).unwrap();
    assert!(explain::show(&node.app, &id(1)).unwrap().iter().all(|one| one.state == "erased"));
}

/// A person in two versions: the first is limited to a readers' group, the second is open. Answers its id.
fn half_hidden(node: &Node, mira: &Actor) -> String {
    let closed = Stated { inner: ["cell".to_owned()].into(), ..governed().stated };
    let mut subject = example("subject");
    let id = taken(node, &Input { stated: closed, ..governed() }, &subject);
    subject["modified"] = "2026-11-02T11:00:00.000Z".into();
    subject["description"] = "EXERCISE newer".into();
    taken(node, &governed(), &subject);
    let open = Change { inner: (vec![], vec!["cell".into()]), ..Change::default() };
    handling::change(&node.app.seen_by(mira), mira, &id, &open).unwrap();
    id
}

#[test]
fn another_category_takes_people_who_see_every_version_that_it_withdraws() {
    let mut two = Two::new();
    let operator = two.north().operator();
    group::add(&two.north().app, &operator, "cell").unwrap();
    person::add(&two.north().app, &operator, "mira", &[Role::ReleaseOfficer], &["cell".to_owned()]).unwrap();
    let mira = person::actor(&two.north().app, Some("mira")).unwrap();
    let id = half_hidden(two.north(), &mira);
    let edit = Edit {
        record: id.clone(),
        category: Some(Category::Contact),
        reason: "EXERCISE heard".into(),
        ..Edit::default()
    };
    two.community.clock.advance_seconds(60);
    let by = |actor: &Actor| edit::run(&two.north().app.seen_by(actor), actor, &edit);
    let refused = by(&operator).unwrap_err().to_string();
    assert!(refused.contains("not every one is there for you"), "{refused}");
    let states = |node: &Node| {
        let all = explain::show(&node.app.seen_by(&mira), &id).unwrap();
        all.into_iter().map(|one| one.state).collect::<Vec<_>>()
    };
    assert_eq!(states(two.north()), ["live", "live"]);

    // A draft says it too, and waits for a second person.
    let mut next = example("subject");
    next["modified"] = "2026-11-02T12:00:00.000Z".into();
    next["extensions"][EXTENSION]["category"] = "contact".into();
    for left in ["offences", "grounds"] {
        next["extensions"][EXTENSION].as_object_mut().unwrap().remove(left);
    }
    taken(two.north(), &Input { draft: true, ..governed() }, &next);
    two.community.amend(|agreement| _ = agreement.two_person.insert(ApprovalRule::PersonalData));
    let node = two.north();
    let refused = publish::run(&node.app, &operator, &id).unwrap_err().to_string();
    assert!(refused.contains("not every one is there for you"), "{refused}");
    let Outcome::Pending(asked) = publish::run(&node.app.seen_by(&mira), &mira, &id).unwrap() else {
        panic!()
    };
    let refused = proposal::approve(&node.app, &operator, &asked.id).unwrap_err().to_string();
    assert!(refused.contains("not every one is there for you"), "{refused}");
    assert_eq!(states(node), ["held", "live", "live"]);
    let roles = [Role::ReleaseOfficer];
    person::add(&node.app, &operator, "noor", &roles, &["cell".to_owned()]).unwrap();
    let noor = person::actor(&node.app, Some("noor")).unwrap();
    proposal::approve(&node.app.seen_by(&noor), &noor, &asked.id).unwrap();
    assert_eq!(states(node), ["live", "withdrawn", "withdrawn"]);
}

#[test]
fn b2_a_correction_that_does_not_reach_who_has_the_older_version_says_who_that_is() {
    let two = Two::new();
    let node = two.north();
    let id = taken(node, &governed(), &example("subject"));
    assert_eq!(two.southward().received, 1);
    let edit = |category, to: &[&str]| {
        let statement = StatementText {
            to: to.iter().map(|name| (*name).to_owned()).collect(),
            ..StatementText::default()
        };
        let category = Some(category);
        let edit = Edit {
            record: id.clone(),
            category,
            statement,
            reason: "EXERCISE heard".into(),
            ..Edit::default()
        };
        edit::run(&node.app, &node.operator(), &edit).unwrap().unwrap()
    };
    assert_eq!(edit(Category::Witness, &[]).left_behind, [SOUTH], "a witness is for those who are named");
    assert_eq!(two.southward().received, 0);
    let named = Change { to: (vec![SOUTH.into()], vec![]), ..Change::default() };
    handling::change(&node.app, &node.operator(), &id, &named).unwrap();
    assert_eq!(two.southward().received, 1);
    two.community.clock.advance_seconds(60);
    assert_eq!(edit(Category::Victim, &[SOUTH]).left_behind, [""; 0]);
}

#[test]
fn a_receiver_limits_what_it_received_to_some_of_its_people_and_its_originator_learns_nothing() {
    let two = Two::new();
    let (north, south) = (two.north(), two.south());
    let onward = Stated { onward: true, ..at(Tlp::Green) };
    north.publish("exercise", &onward, &note(1, 0, "first", Some(Tlp::Green)));
    assert_eq!(two.southward().received, 1);
    let operator = south.operator();
    group::add(&south.app, &operator, "cell").unwrap();
    person::add(&south.app, &operator, "mira", &[Role::ReleaseOfficer], &["cell".to_owned()]).unwrap();
    let mira = person::actor(&south.app, Some("mira")).unwrap();
    let inside = south.app.seen_by(&mira);
    let theirs = south.reader(NORTH, "exercise");
    let west = south.reader(WEST, "exercise");
    let before = serve::page(&south.app, &theirs, "exercise", &Query::default()).unwrap();
    let lost = handling::change(&south.app, &operator, &id(1), &limit("cell"));
    assert!(matches!(lost, Err(AppError::Conflict(_))), "it would be lost to them: {lost:?}");
    handling::change(&inside, &mira, &id(1), &limit("cell")).unwrap();
    assert!(explain::show(&south.app.seen_by(&operator), &id(1)).is_err());
    assert_eq!(explain::show(&inside, &id(1)).unwrap().len(), 1);

    // Others get it as before, and not once more.
    assert_eq!(south.sees(&west, "exercise"), [id(1)]);
    let again = Query { added_after: before.last_added, ..Query::default() };
    assert!(serve::page(&south.app, &theirs, "exercise", &again).unwrap().objects.is_empty());
    let after = serve::page(&south.app, &theirs, "exercise", &Query::default()).unwrap();
    let sent =
        |page: &serve::Page| page.objects.iter().map(|one| one.get().envelope_json()).collect::<Vec<_>>();
    assert_eq!((sent(&after), after.last_added), (sent(&before), before.last_added));

    // What its originator states anew, or says in a newer version, stays limited.
    assert_eq!(two.southward().unchanged, 1);
    let amber = Change { tlp: Some("amber".into()), ..Change::default() };
    handling::change(&north.app, &north.operator(), &id(1), &amber).unwrap();
    assert_eq!(two.southward().received, 0);
    north.publish("exercise", &onward, &note(1, 1, "second", Some(Tlp::Green)));
    assert_eq!(two.southward().received, 1);
    assert!(explain::show(&south.app.seen_by(&operator), &id(1)).is_err());
    assert_eq!(explain::show(&inside, &id(1)).unwrap().len(), 2);

    // More than that only its originator changes, and the limit can be dropped.
    let wider = Change { tlp: Some("clear".into()), ..limit("cell") };
    assert!(matches!(handling::change(&inside, &mira, &id(1), &wider), Err(AppError::Denied(_))));
    let open = Change { inner: (vec![], vec!["cell".into()]), ..Change::default() };
    handling::change(&inside, &mira, &id(1), &open).unwrap();
    assert_eq!(explain::show(&south.app.seen_by(&operator), &id(1)).unwrap().len(), 2);
    for node in [north, south] {
        assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
    }
}
