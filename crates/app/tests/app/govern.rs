//! The governance of records: triage, review dates, erasure, allegations, neutrality, consent.

use comity_app::erase;
use comity_app::explain;
use comity_app::import::{self, Input, Summary};
use comity_app::intake;
use comity_app::model::{Category, Flag, Micros, SignedEnvelope, Stated};
use comity_app::proposal;
use comity_app::review;
use comity_app::stix::Tlp;
use comity_app::tick;
use comity_app::triage::{self, Acceptance};
use comity_app::wording;
use comity_app::{Actor, AppError, Reader, Role, allegation, catchup, ledger, peer, pull};
use comity_testkit::{Community, Node, Place, READ_WRITE, Seat, engines};
use serde_json::{Value, json};

use crate::fake::{Fake, plain};
use crate::paper::{at, id, note};

const KINDS: &str = include_str!("../../../../schema/kinds/examples.json");
const EXTENSION: &str = "extension-definition--ad455bc2-9ac8-4138-bed3-f1f169eea8ca";
const NOW_US: i64 = 1_795_000_000_000_000;
const DAY: i64 = 86_400;
const HOST: &str = "Exercise host";
const OTHER: &str = "Exercise other";

fn community_on(place: Place) -> Community {
    let community = Community::new(
        1,
        vec![Seat::member(HOST).node(place), Seat::member(OTHER), Seat::member("Exercise third")],
    );
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community.clock.set(Micros(NOW_US));
    community
}

fn community() -> Community {
    community_on(Place::memory())
}

fn example(word: &str) -> Value {
    let bundle: Value = serde_json::from_str(KINDS).unwrap();
    let found = bundle["objects"].as_array().unwrap().iter().find(|object| {
        object["kind"] == word
            || object["extensions"][EXTENSION]["kind"] == word
            || object["type"] == format!("comity-{word}")
    });
    found.unwrap_or_else(|| panic!("no example of {word}")).clone()
}

/// A later version of an object.
fn later(object: &Value, year: u32) -> Value {
    let mut next = object.clone();
    next["modified"] = json!(format!("{year}-01-01T00:00:00.000Z"));
    next
}

fn governed<'a>() -> Input<'a> {
    Input {
        collection: "exercise",
        name: "x",
        stated: Stated { purposes: ["border".to_owned()].into(), ..at(Tlp::Amber) },
        purpose: Some("border".into()),
        legal_basis: Some("treaty".into()),
        ..Input::default()
    }
}

fn put(node: &Node, input: &Input<'_>, object: &Value) -> Summary {
    import::run(&node.app, &node.operator(), input, object.to_string().as_bytes(), &mut |_| {}).unwrap()
}

fn put_subject(node: &Node, review_days: i64) -> String {
    let review_at = Some(node.app.now().plus_seconds(review_days * DAY));
    let summary = put(node, &Input { review_at, ..governed() }, &example("subject"));
    assert_eq!(summary.accepted, 1, "{:?}", summary.rejected);
    subject_id()
}

fn subject_id() -> String {
    example("subject")["id"].as_str().unwrap().to_owned()
}

fn reader(node: &Node, purpose: &str) -> Reader {
    let rights = comity_testkit::READ;
    node.client(&node.key_for(OTHER, "exercise", rights, Some(purpose), Some("treaty")))
}

fn advance(community: &Community, days: i64) {
    let now = community.node().app.now();
    community.clock.set(now.plus_seconds(days * DAY));
}

fn state(node: &Node, id: &str) -> String {
    let views = explain::show(&node.app, id).unwrap();
    views[0].state.clone()
}

fn is_sound(node: &Node) {
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
}

fn leaves(node: &Node) -> String {
    let count = ledger::verify(&node.app).unwrap().leaves;
    let texts = (0..count).map(|n| ledger::leaf(&node.app, n).unwrap().unwrap());
    texts.map(|leaf| String::from_utf8_lossy(&leaf).into_owned()).collect::<Vec<_>>().join("\n")
}

/// A second person with a role.
fn second(node: &Node) -> Actor {
    node.user("second", &[Role::ReleaseOfficer, Role::DataProtection])
}

fn erase_all(node: &Node, second: &Actor, record: &str, none_to_come: bool) {
    let why = ("order", "EXERCISE supervisor 12");
    let waits = erase::propose(&node.app, &node.operator(), record, why, none_to_come).unwrap();
    proposal::approve(&node.app, second, &waits.id).unwrap();
}

fn post(node: &Node, member: &str, object: &Value) -> intake::Status {
    let client = node.client(&node.key(member, "exercise", READ_WRITE));
    intake::post(&node.app, &client, "exercise", json!({"objects": [object]}).to_string().as_bytes()).unwrap()
}

fn acceptance() -> Acceptance {
    Acceptance {
        purpose: "border".into(),
        legal_basis: "treaty".into(),
        category: None,
        review_at: None,
        agreed: "EXERCISE duty officer, by telephone".into(),
    }
}

fn marked(mut object: Value, tlp: Tlp) -> Value {
    let text = note(1, 0, "x", Some(tlp));
    let sample: Value = serde_json::from_str(&text).unwrap();
    object["object_marking_refs"] = sample["object_marking_refs"].clone();
    object
}

#[test]
fn a1_a_post_of_a_person_by_ones_own_client_is_refused_and_nothing_is_stored() {
    let community = community();
    let node = community.node();
    let status = post(node, HOST, &example("subject"));
    assert!(status.successes.is_empty());
    let why = status.failures[0].message.clone().unwrap();
    assert!(why.contains("purpose") && why.contains("(A1)"), "{why}");
    assert!(explain::records(&node.app, None).unwrap().is_empty());
}

engines! {
    fn a3_a_person_without_purpose_waits_in_triage_until_the_provider_agrees(engine: Engine) {
        let community = community_on(engine.place());
        let node = community.node();
        let subject = marked(example("subject"), Tlp::Green);
        assert_eq!(post(node, OTHER, &subject).successes.len(), 1);
        assert_eq!(state(node, &subject_id()), "triage");
        let own = node.client(&node.key_for(HOST, "exercise", comity_testkit::READ, Some("border"), Some("treaty")));
        let theirs = reader(node, "border");
        assert!(node.sees(&own, "exercise").is_empty() && node.sees(&theirs, "exercise").is_empty());
        let shown = &explain::show(&node.app, &subject_id()).unwrap()[0];
        assert_eq!((shown.name.as_str(), &shown.content), ("", &None), "nothing of it is shown");

        let view = triage::look(&node.app, &node.operator(), &subject_id()).unwrap().unwrap();
        assert_eq!((view.kind.as_str(), view.origin.as_str()), ("subject", OTHER));
        let auditor = node.user("auditor", &[Role::Auditor]);
        assert!(matches!(triage::look(&node.app, &auditor, &subject_id()), Err(AppError::Denied(_))));
        assert!(matches!(triage::list(&node.app, &auditor), Err(AppError::Denied(_))));

        let silent = Acceptance { agreed: " ".into(), ..acceptance() };
        let outcome = triage::accept(&node.app, &node.operator(), &subject_id(), &silent);
        assert!(matches!(outcome, Err(AppError::Invalid(_))), "it takes the provider's agreement: {outcome:?}");
        let wrong = Acceptance { category: Some(Category::Victim), ..acceptance() };
        assert!(triage::accept(&node.app, &node.operator(), &subject_id(), &wrong).is_err());
        assert_eq!(state(node, &subject_id()), "triage");

        triage::accept(&node.app, &node.operator(), &subject_id(), &acceptance()).unwrap();
        assert_eq!(node.sees(&own, "exercise"), [subject_id()]);
        assert_eq!(node.sees(&theirs, "exercise"), [subject_id()], "its originator, for that purpose");
        assert!(triage::list(&node.app, &node.operator()).unwrap().is_empty());
        let text = leaves(node);
        for leaf in ["triage.taken", "triage.checked", "triage.accepted"] {
            assert!(text.contains(leaf), "{leaf}");
        }
        assert!(!text.contains("duty officer"), "what was agreed stands in no leaf");
        assert_eq!(post(node, OTHER, &subject).successes.len(), 1, "a repeat is no error");
        assert_eq!(state(node, &subject_id()), "live");
        is_sound(node);
    }

    fn a4_what_nobody_accepts_is_erased_when_the_clock_of_triage_has_run(engine: Engine) {
        let community = community_on(engine.place());
        let node = community.node();
        let subject = example("subject");
        assert_eq!(post(node, OTHER, &subject).successes.len(), 1);
        advance(&community, 179);
        tick::run(&node.app).unwrap();
        assert_eq!(state(node, &subject_id()), "triage");
        advance(&community, 1);
        // Nobody ticks here: the next write does it.
        node.publish("exercise", &at(Tlp::Green), &note(1, 0, "other", None));
        assert_eq!(state(node, &subject_id()), "erased");
        let stone = &erase::list(&node.app, &node.operator()).unwrap()[0];
        assert_eq!(stone.authority, "clock: triage");
        let again = post(node, OTHER, &subject);
        let why = again.failures[0].message.clone().unwrap();
        assert_eq!(why, "it is not taken here", "who erased it and why is nobody else's business");
        is_sound(node);
    }

    fn e1_and_e2_a_record_leaves_every_stream_at_its_review_date_and_is_erased_thirty_days_later(engine: Engine) {
        let community = community_on(engine.place());
        let node = community.node();
        let subject = put_subject(node, 100);
        let theirs = reader(node, "border");
        assert_eq!(node.sees(&theirs, "exercise"), [subject.as_str()]);
        let due = review::list(&node.app, &node.operator(), None).unwrap();
        assert_eq!((due.len(), due[0].days, due[0].own), (1, 100, true), "warned within four months");
        assert!(review::list(&node.app, &node.operator(), Some(99)).unwrap().is_empty());

        community.clock.set(Micros(NOW_US).plus_seconds(100 * DAY - 1));
        assert_eq!(node.sees(&theirs, "exercise"), [subject.as_str()]);
        community.clock.set(Micros(NOW_US).plus_seconds(100 * DAY));
        assert!(node.sees(&theirs, "exercise").is_empty(), "at the very instant, without a tick");
        assert_eq!(state(node, &subject), "overdue");
        advance(&community, 29);
        tick::run(&node.app).unwrap();
        assert_eq!(state(node, &subject), "overdue", "somebody can still keep it");
        advance(&community, 1);
        assert_eq!(tick::run(&node.app).unwrap().erased, 1);
        assert_eq!(state(node, &subject), "erased");
        is_sound(node);
    }

    fn e7_a_tombstone_keeps_copies_out_and_the_ledger_holds(engine: Engine) {
        let community = community_on(engine.place());
        let node = community.node();
        let second = second(node);
        let two = json!({"type": "bundle", "id": "bundle--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11",
            "objects": [example("subject"), serde_json::from_str::<Value>(&note(1, 0, "neighbour", None)).unwrap()]});
        assert_eq!(put(node, &governed(), &two).accepted, 2);
        let name = example("subject")["name"].as_str().unwrap().to_owned();
        let own = erase::propose(&node.app, &node.operator(), &subject_id(), ("order", "EXERCISE 12"), false).unwrap();
        assert!(matches!(proposal::approve(&node.app, &node.operator(), &own.id), Err(AppError::Denied(_))));
        assert_eq!(state(node, &subject_id()), "live", "one person alone erases nothing");
        proposal::approve(&node.app, &second, &own.id).unwrap();

        let view = explain::show(&node.app, &subject_id()).unwrap().remove(0);
        assert_eq!((view.state.as_str(), view.name.as_str(), view.content), ("erased", "", None));
        let stone = &erase::list(&node.app, &node.operator()).unwrap()[0];
        assert_eq!((stone.id.as_str(), stone.reason.as_str(), stone.authority.as_str()),
            (subject_id().as_str(), "order", "EXERCISE 12"));
        assert!(!leaves(node).contains(&name));
        is_sound(node);

        let again = put(node, &governed(), &example("subject"));
        assert!(again.rejected[0].reason.contains("erased here"), "{again:?}");
        let posted = post(node, OTHER, &example("subject"));
        assert_eq!(posted.failures[0].message.as_deref(), Some("it is not taken here"), "by whomever it comes");
        assert_eq!(put(node, &governed(), &later(&example("subject"), 2030)).accepted, 1, "a new statement");
        erase_all(node, &second, &subject_id(), true);
        let future = put(node, &governed(), &later(&example("subject"), 2031));
        assert!(future.rejected[0].reason.contains("no version of it is taken"), "{future:?}");
        is_sound(node);
    }

    fn j3_an_allegation_sets_a_record_aside_until_two_people_lift_it(engine: Engine) {
        let community = community_on(engine.place());
        let node = community.node();
        let second = second(node);
        let subject = put_subject(node, 300);
        let theirs = reader(node, "border");
        assert_eq!(node.sees(&theirs, "exercise"), [subject.as_str()]);
        let made = allegation::make(&node.app, &node.operator(), &subject, "EXERCISE three days without sleep", None).unwrap();
        assert_eq!(made.state, "quarantined");
        assert_eq!(node.sees(&theirs, "exercise"), [made.note.as_str()], "the allegation goes where the record went");
        let listed = allegation::list(&node.app, &node.operator()).unwrap();
        assert_eq!(listed.records[0].grade, "4x4 X4");
        assert!(listed.records[0].reason.contains(HOST));
        assert_eq!((listed.members[0].made, listed.members[0].lifted), (1, 0));

        let lift = allegation::propose_lift(&node.app, &node.operator(), &subject, "EXERCISE examined").unwrap();
        assert_eq!(state(node, &subject), "quarantined");
        proposal::approve(&node.app, &second, &lift.id).unwrap();
        assert!(node.sees(&theirs, "exercise").contains(&subject));
        assert_eq!(allegation::list(&node.app, &node.operator()).unwrap().members[0].lifted, 1);
        assert!(!leaves(node).contains("without sleep"));
        is_sound(node);
    }
}

#[test]
fn a3_a_person_from_a_plain_peer_waits_in_triage_and_goes_nowhere() {
    let community = community();
    let node = community.node();
    let subject = marked(example("subject"), Tlp::Clear).to_string();
    let served = Fake::pages(move |_| plain(std::slice::from_ref(&subject), "").last(1));
    peer::add(
        &node.app,
        &node.operator(),
        &peer::NewPeer {
            name: "other",
            url: &served.url(),
            member: OTHER,
            login: "x",
            secret: "x",
            authority: None,
        },
    )
    .unwrap();
    pull::run(&node.app, &node.operator(), None, None, None, &mut |_| {}).unwrap();
    assert_eq!(state(node, &subject_id()), "triage");
    let own = explain::records(&node.app, None).unwrap();
    assert_eq!((own.len(), own[0].name.as_str()), (1, ""));
    let client = node.client(&node.key_for(
        "Exercise third",
        &own[0].collection,
        comity_testkit::READ,
        Some("border"),
        Some("treaty"),
    ));
    assert!(node.sees(&client, &own[0].collection).is_empty());
    triage::drop_record(&node.app, &node.operator(), &subject_id()).unwrap();
    assert_eq!(state(node, &subject_id()), "erased");
    is_sound(node);
}

#[test]
fn e2_an_older_version_does_not_come_up_in_the_place_of_one_whose_review_date_passed() {
    let community = community();
    let node = community.node();
    let subject = put_subject(node, 900);
    let review_at = Some(node.app.now().plus_seconds(10 * DAY));
    let next = put(node, &Input { review_at, ..governed() }, &later(&example("subject"), 2030));
    assert_eq!(next.accepted, 1, "{:?}", next.rejected);
    let theirs = reader(node, "border");
    assert_eq!(node.sees(&theirs, "exercise"), [subject.as_str()]);
    advance(&community, 10);
    assert!(node.sees(&theirs, "exercise").is_empty());
    assert!(explain::show(&node.app, &subject).unwrap().iter().all(|one| one.state == "overdue"));
    advance(&community, 30);
    tick::run(&node.app).unwrap();
    assert!(explain::show(&node.app, &subject).unwrap().iter().all(|one| one.state == "erased"));
}

#[test]
fn e3_an_extension_is_individual_reasoned_counted_and_brings_the_record_back() {
    let community = community();
    let node = community.node();
    let subject = put_subject(node, 100);
    let theirs = reader(node, "border");
    assert_eq!(node.sees(&theirs, "exercise").len(), 1);
    advance(&community, 101);
    assert!(node.sees(&theirs, "exercise").is_empty());
    let operator = node.operator();
    let until = |days: i64| (node.app.now().plus_seconds(days * DAY), None);
    let analyst = node.user("analyst", &[Role::Analyst]);
    let why = "EXERCISE the trial of Rustam is still open";
    assert!(matches!(
        review::extend(&node.app, &analyst, &subject, until(300), why),
        Err(AppError::Denied(_))
    ));
    assert!(matches!(
        review::extend(&node.app, &operator, &subject, until(300), " "),
        Err(AppError::Invalid(_))
    ));
    assert!(matches!(
        review::extend(&node.app, &operator, &subject, until(4 * 365), why),
        Err(AppError::Invalid(_))
    ));
    assert!(node.sees(&theirs, "exercise").is_empty(), "a refused extension changes nothing");
    let done = review::extend(&node.app, &operator, &subject, until(300), why).unwrap();
    assert_eq!((done.extensions, done.state.as_str()), (1, "live"));
    assert_eq!(node.sees(&theirs, "exercise"), [subject.as_str()], "a client that follows gets it again");
    let long = (node.app.now().plus_seconds(4 * 365 * DAY), Some(node.app.now().plus_seconds(5 * 365 * DAY)));
    assert_eq!(review::extend(&node.app, &operator, &subject, long, why).unwrap().extensions, 2);
    let text = leaves(node);
    assert!(text.contains("review.extended") && !text.contains("Rustam"), "the reason stands in no leaf");
    is_sound(node);
}

#[test]
fn e4_minors_and_victims_kept_for_over_five_years_are_counted_for_the_supervisor() {
    let community = community();
    let node = community.node();
    let subject = put_subject(node, 1_000);
    assert_eq!(review::report(&node.app, &node.operator()).unwrap().records.len(), 0);
    let mut victim = example("subject");
    victim["id"] = json!("identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a77");
    let entry = victim["extensions"][EXTENSION].as_object_mut().unwrap();
    for left in ["offences", "grounds", "documents", "identifiers", "places", "link", "birth"] {
        entry.remove(left);
    }
    entry.insert("category".into(), json!("victim"));
    entry["basis"].as_object_mut().unwrap().remove("parts");
    let review_at = Some(node.app.now().plus_seconds(1_000 * DAY));
    let taken = put(node, &Input { review_at, ..governed() }, &victim);
    assert_eq!(taken.accepted, 1, "{:?}", taken.rejected);
    for _ in 0..2 {
        advance(&community, 990);
        let until = (node.app.now().plus_seconds(1_000 * DAY), None);
        for one in [&subject, &"identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a77".to_owned()] {
            review::extend(&node.app, &node.operator(), one, until, "EXERCISE the case is open").unwrap();
        }
    }
    let report = review::report(&node.app, &node.operator()).unwrap();
    assert_eq!((report.minors, report.victims), (0, 1), "{report:?}");
    assert_eq!(report.records[0].extensions, 2);
    assert!(!format!("{report:?}").contains(victim["name"].as_str().unwrap()), "no name is reported");
}

#[test]
fn e6_a_record_whose_purpose_is_achieved_ends_in_fifteen_days_and_never_later_than_before() {
    let community = community();
    let node = community.node();
    let subject = put_subject(node, 300);
    let reader = reader(node, "border");
    let done = review::done(&node.app, &node.operator(), &subject, "EXERCISE the person was found").unwrap();
    assert_eq!(done.review_at, node.app.now().plus_seconds(15 * DAY).to_string());
    let signed: Value = serde_json::from_str(
        &node.stream(&reader, "exercise", &comity_app::serve::Query::default(), 10)[0].get().envelope_json(),
    )
    .unwrap();
    let envelope = SignedEnvelope::from_json(&signed["signed"].to_string()).unwrap().envelope;
    assert_eq!(envelope.review_at.unwrap().to_string(), done.review_at, "the new date travels");
    let again = review::done(&node.app, &node.operator(), &subject, "EXERCISE again").unwrap();
    assert_eq!(again.review_at, done.review_at);
    advance(&community, 15);
    assert!(node.sees(&reader, "exercise").is_empty());
    let until = (node.app.now().plus_seconds(100 * DAY), None);
    review::extend(&node.app, &node.operator(), &subject, until, "EXERCISE justified").unwrap();
    assert_eq!(node.sees(&reader, "exercise"), [subject]);
}

#[test]
fn e7_an_older_backup_brings_nothing_back_once_the_tombstones_are_applied() {
    let community = community_on(Place::file());
    let node = community.node();
    let second = second(node);
    put_subject(node, 300);
    let file = node.folder().join("backup.db");
    comity_app::backup::write(&node.app, &node.operator(), &file).unwrap();
    erase_all(node, &second, &subject_id(), false);
    let stones = serde_json::to_string(&erase::list(&node.app, &node.operator()).unwrap()).unwrap();
    let home = node.folder().join("restored");
    let random = std::sync::Arc::new(comity_testkit::SeededRandom::new(9));
    let keys = node.app.home().join("keys");
    let clock = community.clock.clone();
    comity_app::backup::restore(&file, &home, None, Some(&keys), clock.clone(), random.clone()).unwrap();
    let restored = comity_app::home::open(&home, clock, random).unwrap();
    assert!(explain::show(&restored, &subject_id()).unwrap()[0].content.is_some(), "the backup is older");
    let actor = comity_app::person::actor(&restored, None).unwrap();
    let asked = erase::apply(&restored, &actor, &stones).unwrap();
    assert!(matches!(proposal::approve(&restored, &actor, &asked.id), Err(AppError::Denied(_))));
    assert!(
        explain::show(&restored, &subject_id()).unwrap()[0].content.is_some(),
        "one person erases nothing"
    );
    proposal::approve(&restored, &second, &asked.id).unwrap();
    assert!(explain::show(&restored, &subject_id()).unwrap()[0].content.is_none());
    assert_eq!(ledger::verify(&restored).unwrap().faults, Vec::<String>::new());
    assert!(catchup::run(&restored, &actor, &[], "").unwrap().done);
    let input = governed();
    let text = example("subject").to_string();
    let again = import::run(&restored, &actor, &input, text.as_bytes(), &mut |_| {}).unwrap();
    assert!(again.rejected[0].reason.contains("erased here"));
}

#[test]
fn a6_what_is_marked_for_neutrality_review_goes_only_with_a_second_persons_reason() {
    let community = community();
    let node = community.node();
    let second = second(node);
    let stated = Stated { flags: [Flag::Neutrality].into(), ..at(Tlp::Green) };
    let summary =
        node.import("exercise", &stated, &note(1, 0, "EXERCISE of political character", None)).unwrap();
    assert_eq!((summary.accepted, summary.held), (0, 1), "{summary:?}");
    let theirs = reader(node, "border");
    let waits = &summary.proposals[0].id;
    assert!(matches!(proposal::approve(&node.app, &second, waits), Err(AppError::Invalid(_))));
    assert!(node.sees(&theirs, "exercise").is_empty());
    proposal::approve_because(&node.app, &second, waits, Some("EXERCISE it reports an attack")).unwrap();
    assert_eq!(node.sees(&theirs, "exercise"), [id(1)]);
    assert!(!leaves(node).contains("reports an attack"));
}

#[test]
fn a6_wording_that_names_a_community_is_asked_about_and_the_answer_is_kept() {
    let community = community();
    let node = community.node();
    let mut plan = example("plan");
    plan["extensions"][EXTENSION]["grounds"] = json!(["EXERCISE an intercepted message about Muslims"]);
    if example("plan")["extensions"][EXTENSION]["grounds"].is_string() {
        plan["extensions"][EXTENSION]["grounds"] = json!("EXERCISE an intercepted message about Muslims");
    }
    let asked = put(node, &governed(), &plan);
    assert!(asked.rejected[0].reason.contains("--reason"), "{asked:?}");
    assert!(explain::records(&node.app, None).unwrap().is_empty());
    let answered = Input { reason: Some("EXERCISE quoted from the message".into()), ..governed() };
    assert_eq!(put(node, &answered, &plan).accepted, 1);
    let kept = wording::list(&node.app, &node.operator()).unwrap();
    assert_eq!((kept.len(), kept[0].reason.as_str()), (1, "EXERCISE quoted from the message"));
    let text = leaves(node);
    assert!(text.contains("wording.kept") && !text.contains("quoted from"));
}

#[test]
fn j3_an_allegation_that_comes_before_the_record_sets_it_aside_when_it_comes() {
    let community = community();
    let node = community.node();
    let mut letter: Value = serde_json::from_str(&note(7, 0, "EXERCISE beaten", Some(Tlp::Green))).unwrap();
    letter["labels"] = json!(["comity-allegation"]);
    letter["object_refs"] = json!([subject_id()]);
    assert_eq!(post(node, OTHER, &letter).successes.len(), 1);
    put_subject(node, 300);
    assert_eq!(state(node, &subject_id()), "quarantined");
    let listed = allegation::list(&node.app, &node.operator()).unwrap();
    assert!(listed.records[0].reason.contains(OTHER), "{listed:?}");
    put(node, &governed(), &later(&example("subject"), 2030));
    assert_eq!(state(node, &subject_id()), "quarantined", "a new version does not wash it off");
}

#[test]
fn j3_what_its_own_originator_calls_ill_treatment_is_not_processed() {
    let community = community();
    let node = community.node();
    let stated = Stated { flags: [Flag::IllTreatment].into(), ..governed().stated };
    let refused = put(node, &Input { stated, ..governed() }, &example("subject"));
    assert!(refused.rejected[0].reason.contains("not processed"), "{refused:?}");
    assert!(explain::records(&node.app, None).unwrap().is_empty());
}

#[test]
fn c1_a_property_for_a_special_category_is_refused_at_every_door_and_nothing_is_stored() {
    let community = community();
    let node = community.node();
    for property in ["ethnicity", "religion"] {
        let mut subject = marked(example("subject"), Tlp::Clear);
        subject["extensions"][EXTENSION][property] = json!("x");
        assert_eq!(put(node, &governed(), &subject).rejected.len(), 1, "import of {property}");
        assert_eq!(post(node, OTHER, &subject).failures.len(), 1, "post of {property}");
        let text = subject.to_string();
        let served = Fake::pages(move |_| plain(std::slice::from_ref(&text), "").last(1));
        let name = format!("other-{property}");
        let new = peer::NewPeer {
            name: &name,
            url: &served.url(),
            member: OTHER,
            login: "x",
            secret: "x",
            authority: None,
        };
        peer::add(&node.app, &node.operator(), &new).unwrap();
        let pulled = pull::run(&node.app, &node.operator(), Some(&name), None, None, &mut |_| {}).unwrap();
        assert_eq!((pulled[0].received, pulled[0].refused), (0, 1), "pull of {property}: {pulled:?}");
    }
    assert!(explain::records(&node.app, None).unwrap().is_empty());
}

#[test]
fn c4_under_18_is_seen_at_the_door_of_each_version_and_a_birthday_ends_it() {
    let community = community();
    let node = community.node();
    let flags = |node: &Node| {
        let view = &explain::show(&node.app, &subject_id()).unwrap()[0];
        serde_json::from_str::<Value>(&view.handling).unwrap()["flags"].clone()
    };
    let now = node.app.now().to_string();
    let (year, rest) = (now[..4].parse::<i64>().unwrap(), now[4..10].to_owned());
    let mut subject = example("subject");
    let birth = &mut subject["extensions"][EXTENSION]["birth"]["date"];
    *birth = if birth.is_string() {
        json!(format!("{}{rest}", year - 17))
    } else {
        panic!("the form of a date is {birth}")
    };
    let taken = put(node, &governed(), &subject);
    assert_eq!(taken.accepted, 1, "{:?}", taken.rejected);
    assert_eq!(flags(node), json!(["minor"]));
    advance(&community, 367);
    assert_eq!(put(node, &governed(), &later(&subject, 2030)).accepted, 1);
    assert_eq!(flags(node), Value::Null);
}
