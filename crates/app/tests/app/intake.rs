//! Bringing records in: by import and by post, again and again, drafts and second persons, versions and claims.

use comity_app::explain;
use comity_app::import::{self, Input, Summary};
use comity_app::model::{ApprovalRule, Category, Stated};
use comity_app::proposal::{self, Outcome};
use comity_app::serve::{self, Query, Versions};
use comity_app::stix::Tlp;
use comity_app::{Actor, AppError, Reader, Role, intake, ledger, publish, withdraw};
use comity_testkit::{Community, Node, Place, READ, READ_WRITE, Seat};

use crate::paper::{at, id, note, version};

const READER: &str = "Exercise reader";

fn community() -> (Community, Reader) {
    let community =
        Community::new(1, vec![Seat::member("Exercise host").node(Place::memory()), Seat::member(READER)]);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    let reader = community.node().client(&community.node().key(READER, "exercise", READ_WRITE));
    (community, reader)
}

fn green() -> Stated {
    at(Tlp::Green)
}

fn leaves(node: &Node) -> u64 {
    ledger::verify(&node.app).unwrap().leaves
}

fn import_as(
    node: &Node,
    actor: &Actor,
    stated: &Stated,
    draft: bool,
    text: &str,
) -> Result<Summary, AppError> {
    let input =
        Input { collection: "exercise", name: "x", stated: stated.clone(), draft, ..Input::default() };
    import::run(&node.app, actor, &input, text.as_bytes(), &mut |_| {})
}

fn contents(node: &Node, reader: &Reader, versions: Versions) -> Vec<String> {
    let query = Query { versions, ..Query::default() };
    node.stream(reader, "exercise", &query, 10)
        .iter()
        .map(|one| {
            let object: serde_json::Value = serde_json::from_slice(one.get().bytes()).unwrap();
            object["content"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn every_form_of_document_is_taken_and_its_bytes_are_served_as_they_came() {
    let (community, reader) = community();
    let node = community.node();
    // Blanks and the order of keys are the author's.
    let odd = note(1, 0, "bundle", None).replace(r#""content":"#, r#""content" :  "#);
    let bundle = format!(
        r#"{{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001","objects":[{odd}]}}"#
    );
    node.publish("exercise", &green(), &bundle);
    node.publish("exercise", &green(), &note(2, 0, "single", None));
    node.publish(
        "exercise",
        &green(),
        &format!("{}\n{}\n", note(3, 0, "line", None), note(4, 0, "line", None)),
    );
    node.publish("exercise", &green(), &format!(r#"{{"objects":[{}]}}"#, note(5, 0, "envelope", None)));
    let page = serve::page(&node.app, &reader, "exercise", &Query::default()).unwrap();
    let served: Vec<&[u8]> = page.objects.iter().map(|one| one.get().bytes()).collect();
    assert_eq!(served.len(), 5);
    assert_eq!(served[0], odd.as_bytes());
}

#[test]
fn the_same_import_again_is_unchanged_and_writes_nothing() {
    let (community, reader) = community();
    let node = community.node();
    let text: Vec<String> = (1..=20).map(|number| note(number, 0, "same", None)).collect();
    node.publish("exercise", &green(), &text.join("\n"));
    let before = (leaves(node), node.stream(&reader, "exercise", &Query::default(), 7).len());
    let first = serve::manifest(&node.app, &reader, "exercise", &Query::default()).unwrap();
    let leaves_before = leaves(node);
    let summary = node.import("exercise", &green(), &text.join("\n")).unwrap();
    assert_eq!(summary, Summary { unchanged: 20, ..Summary::default() });
    assert_eq!(leaves(node), leaves_before);
    assert_eq!(serve::manifest(&node.app, &reader, "exercise", &Query::default()).unwrap(), first);
    assert_eq!(before.1, 20);
}

#[test]
fn one_bad_object_spoils_only_itself() {
    let (community, reader) = community();
    let node = community.node();
    let good = [note(1, 0, "good", None), note(3, 0, "good too", None)];
    let without_id = note(2, 0, "bad", None).replace(&format!(r#""id":"{}","#, id(2)), "");
    let bad_time = note(4, 0, "bad", None).replace(&version(0), "yesterday");
    let bad_marking = note(5, 0, "bad", None).replace(
        r#""content""#,
        r#""granular_markings":[{"marking_ref":"x","selectors":["nowhere"]}],"content""#,
    );
    let text = [&good[0], &without_id, &good[1], &bad_time, &bad_marking].map(String::as_str).join("\n");
    let summary = node.import("exercise", &green(), &text).unwrap();
    assert_eq!(summary.accepted, 2);
    let at: Vec<usize> = summary.rejected.iter().map(|rejected| rejected.index).collect();
    assert_eq!(at, [1, 3, 4]);
    assert!(summary.rejected.iter().all(|rejected| !rejected.reason.is_empty()));
    assert!(summary.rejected[1].reason.contains("modified"), "{:?}", summary.rejected[1]);
    assert_eq!(node.sees(&reader, "exercise"), [id(1), id(3)]);
}

#[test]
fn a_document_that_cannot_be_read_at_all_is_refused_and_changes_nothing() {
    let (community, _) = community();
    let node = community.node();
    let before = leaves(node);
    for text in [r#"{"type":"bundle","objects":["#, "[1]", ""] {
        let outcome = node.import("exercise", &green(), text);
        let refused = match &outcome {
            Ok(summary) => summary.accepted == 0,
            Err(error) => matches!(error, AppError::Invalid(_)),
        };
        assert!(refused, "{text:?}: {outcome:?}");
    }
    assert!(matches!(node.import("nowhere", &green(), &note(1, 0, "", None)), Err(AppError::NotFound(_))));
    assert_eq!(leaves(node), before);
}

#[test]
fn personal_data_is_taken_only_with_purpose_basis_and_category() {
    let (community, _) = community();
    let node = community.node();
    let text = note(1, 0, "invented person", None);
    let run = |category, purpose: Option<&str>, basis: Option<&str>| {
        let input = Input {
            collection: "exercise",
            name: "x",
            stated: Stated {
                personal: true,
                category,
                purposes: ["border".to_owned()].into(),
                ..at(Tlp::Amber)
            },
            purpose: purpose.map(str::to_owned),
            legal_basis: basis.map(str::to_owned),
            ..Input::default()
        };
        import::run(&node.app, &node.operator(), &input, text.as_bytes(), &mut |_| {}).unwrap()
    };
    for (category, purpose, basis, word) in [
        (Some(Category::Contact), None, Some("treaty"), "--purpose"),
        (Some(Category::Contact), Some("border"), None, "--basis"),
        (None, Some("border"), Some("treaty"), "--category"),
    ] {
        let summary = run(category, purpose, basis);
        assert_eq!(summary.accepted, 0);
        assert!(summary.rejected[0].reason.contains(word), "{summary:?}");
    }
    assert_eq!(run(Some(Category::Contact), Some("border"), Some("treaty")).accepted, 1);
    // And it goes only to whom brings that purpose with an agreed basis.
    let plain = node.reader(READER, "exercise");
    assert!(node.sees(&plain, "exercise").is_empty());
    let with = node.client(&node.key_for(READER, "exercise", READ, Some("border"), Some("treaty")));
    assert_eq!(node.sees(&with, "exercise"), [id(1)]);
    let other = node.client(&node.key_for(READER, "exercise", READ, Some("network"), Some("treaty")));
    assert!(node.sees(&other, "exercise").is_empty());
}

#[test]
fn what_has_no_marking_or_a_strange_one_stays_with_its_originator() {
    let (community, reader) = community();
    let node = community.node();
    let strange = note(2, 0, "strange", Some(Tlp::Clear))
        .replace(Tlp::Clear.marking_id(), "marking-definition--00000000-0000-4000-8000-00000000abcd");
    node.publish("exercise", &Stated::default(), &format!("{}\n{strange}", note(1, 0, "unmarked", None)));
    assert!(node.sees(&reader, "exercise").is_empty());
    let own = node.reader("Exercise host", "exercise");
    assert_eq!(node.sees(&own, "exercise"), [id(1), id(2)]);
    for number in [1, 2] {
        let sight = explain::who_sees(&node.app, &id(number)).unwrap().remove(0);
        assert_eq!(sight.rules, ["guard-unmarked"]);
    }
}

#[test]
fn the_strictest_of_bytes_and_statement_holds() {
    let (community, reader) = community();
    let node = community.node();
    node.publish("exercise", &at(Tlp::Clear), &note(1, 0, "red in its bytes", Some(Tlp::Red)));
    node.publish("exercise", &at(Tlp::Red), &note(2, 0, "red as stated", Some(Tlp::Clear)));
    assert!(node.sees(&reader, "exercise").is_empty());
}

#[test]
fn a_release_that_takes_two_persons_waits_for_the_second() {
    let (mut community, reader) = community();
    community.amend(|agreement| {
        agreement.two_person.insert(ApprovalRule::Red);
    });
    let node = community.node();
    let first = node.user("first", &[Role::ReleaseOfficer]);
    let second = node.user("second", &[Role::ReleaseOfficer]);
    let analyst = node.user("analyst", &[Role::Analyst]);
    let red = Stated { to: [community.id(READER)].into(), ..at(Tlp::Red) };
    let summary = import_as(node, &first, &red, false, &note(1, 0, "red", None)).unwrap();
    assert_eq!((summary.accepted, summary.held, summary.proposals.len()), (0, 1, 1));
    assert!(node.sees(&reader, "exercise").is_empty());
    let proposed = &proposal::list(&node.app).unwrap()[0];
    assert_eq!((proposed.by.as_str(), &proposed.id), ("first", &summary.proposals[0].id));

    assert!(matches!(proposal::approve(&node.app, &first, &proposed.id), Err(AppError::Denied(_))));
    assert!(matches!(proposal::approve(&node.app, &analyst, &proposed.id), Err(AppError::Denied(_))));
    assert!(matches!(proposal::approve(&node.app, &second, "nothing"), Err(AppError::NotFound(_))));
    assert!(node.sees(&reader, "exercise").is_empty());
    proposal::approve(&node.app, &second, &proposed.id).unwrap();
    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
    assert!(matches!(proposal::approve(&node.app, &second, &proposed.id), Err(AppError::Conflict(_))));
    assert!(proposal::list(&node.app).unwrap().is_empty());
}

#[test]
fn importing_a_live_record_again_is_no_way_around_the_second_person() {
    let (mut community, reader) = community();
    let node = community.node();
    node.publish("exercise", &green(), &note(1, 0, "green", None));
    community.amend(|agreement| {
        agreement.two_person.insert(ApprovalRule::Red);
    });
    let node = community.node();
    let summary = node.import("exercise", &at(Tlp::Red), &note(1, 0, "green", None)).unwrap();
    assert_eq!((summary.changed, summary.rejected.len()), (0, 1), "{summary:?}");
    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
}

#[test]
fn a_draft_is_seen_by_nobody_until_a_release_officer_publishes_it() {
    let (community, reader) = community();
    let node = community.node();
    let analyst = node.user("analyst", &[Role::Analyst]);
    let text = note(1, 0, "draft", None);
    assert!(matches!(import_as(node, &analyst, &green(), false, &text), Err(AppError::Denied(_))));
    assert_eq!(import_as(node, &analyst, &green(), true, &text).unwrap().held, 1);
    assert!(node.sees(&reader, "exercise").is_empty());
    assert_eq!(explain::to(&node.app, &id(1), READER).unwrap().sight.rules, ["guard-held"]);
    let foretold = explain::who_sees(&node.app, &id(1)).unwrap();
    assert!(foretold[0].why.starts_with("once it is published: allowed by tlp-green"), "{foretold:?}");
    assert!(matches!(publish::run(&node.app, &analyst, &id(1)), Err(AppError::Denied(_))));
    let outcome = publish::run(&node.app, &node.operator(), &id(1)).unwrap();
    assert!(matches!(outcome, Outcome::Done(_)));
    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
    assert!(matches!(publish::run(&node.app, &node.operator(), &id(1)), Err(AppError::Conflict(_))));
}

#[test]
fn a_draft_of_what_is_live_changes_nothing_about_its_release() {
    let (community, reader) = community();
    let node = community.node();
    let analyst = node.user("analyst", &[Role::Analyst]);
    let text = note(1, 0, "for nobody yet", None);
    node.publish("exercise", &at(Tlp::Red), &text);
    let summary = import_as(node, &analyst, &at(Tlp::Clear), true, &text).unwrap();
    assert_eq!((summary.changed, summary.rejected.len()), (0, 1), "{summary:?}");
    assert!(node.sees(&reader, "exercise").is_empty());
}

#[test]
fn a_draft_beside_a_live_version_can_be_published_and_withdrawn_alone() {
    let (community, reader) = community();
    let node = community.node();
    node.publish("exercise", &green(), &note(1, 0, "live", None));
    let cursor = serve::page(&node.app, &reader, "exercise", &Query::default()).unwrap().last_added;
    let operator = node.operator();
    import_as(node, &operator, &green(), true, &note(1, 1, "draft", None)).unwrap();
    let drafted = format!("{}@{}", id(1), version(1));
    withdraw::run(&node.app, &operator, &drafted, "EXERCISE").unwrap();
    // The live version was visible all the time: it does not come again.
    let again = Query { added_after: cursor, versions: Versions::All, ..Query::default() };
    assert!(serve::page(&node.app, &reader, "exercise", &again).unwrap().objects.is_empty());
    import_as(node, &operator, &green(), true, &note(1, 2, "second draft", None)).unwrap();
    publish::run(&node.app, &operator, &id(1)).unwrap();
    assert_eq!(contents(node, &reader, Versions::Last), ["EXERCISE second draft"]);
}

#[test]
fn what_was_withdrawn_is_gone_and_does_not_come_back_by_import() {
    let (community, reader) = community();
    let node = community.node();
    let text = note(1, 0, "to be withdrawn", None);
    node.publish("exercise", &green(), &text);
    withdraw::run(&node.app, &node.operator(), &id(1), "EXERCISE mistaken").unwrap();
    assert!(node.sees(&reader, "exercise").is_empty());
    let summary = node.import("exercise", &green(), &text).unwrap();
    assert_eq!(summary.accepted + summary.unchanged + summary.changed, 0);
    assert!(summary.rejected[0].reason.contains("withdrawn"), "{summary:?}");
    // A new version is a new word.
    node.publish("exercise", &green(), &note(1, 1, "corrected", None));
    assert_eq!(contents(node, &reader, Versions::All), ["EXERCISE corrected"]);
}

#[test]
fn the_newest_version_hides_the_older_unless_all_are_asked_for() {
    let (community, reader) = community();
    let node = community.node();
    node.publish("exercise", &green(), &note(1, 1, "new", None));
    node.publish("exercise", &green(), &note(1, 0, "old, but brought later", None));
    assert_eq!(contents(node, &reader, Versions::Last), ["EXERCISE new"]);
    assert_eq!(contents(node, &reader, Versions::All), ["EXERCISE new", "EXERCISE old, but brought later"]);
    let first = Versions::Some { last: false, first: true, at: Vec::new() };
    assert_eq!(contents(node, &reader, first), ["EXERCISE old, but brought later"]);
    let that = Versions::Some { last: false, first: false, at: vec![version(1).parse().unwrap()] };
    assert_eq!(contents(node, &reader, that), ["EXERCISE new"]);
    let listed = serve::versions(&node.app, &reader, "exercise", &id(1), &Query::default()).unwrap();
    let versions: Vec<String> = listed.entries.into_iter().map(|entry| entry.version).collect();
    assert_eq!(versions, [version(1), version(0)]);
}

#[test]
fn when_the_newest_version_is_withdrawn_the_one_before_comes_again() {
    let (community, reader) = community();
    let node = community.node();
    node.publish("exercise", &green(), &format!("{}\n{}", note(1, 0, "old", None), note(1, 1, "new", None)));
    let page = serve::page(&node.app, &reader, "exercise", &Query::default()).unwrap();
    assert_eq!(page.objects.len(), 1, "a client that takes the newest skipped the old one");
    withdraw::run(&node.app, &node.operator(), &format!("{}@{}", id(1), version(1)), "EXERCISE").unwrap();
    let query = Query { added_after: page.last_added, ..Query::default() };
    let next = serve::page(&node.app, &reader, "exercise", &query).unwrap();
    let versions: Vec<&str> = next.objects.iter().map(|one| one.get().version()).collect();
    assert_eq!(versions, [version(0)]);
}

#[test]
fn another_content_under_the_same_version_is_a_second_record() {
    let (community, reader) = community();
    let node = community.node();
    node.publish("exercise", &green(), &note(1, 0, "one", None));
    node.publish("exercise", &green(), &note(1, 0, "two", None));
    assert_eq!(contents(node, &reader, Versions::All), ["EXERCISE one", "EXERCISE two"]);
    assert_eq!(contents(node, &reader, Versions::Last), ["EXERCISE two"]);
}

#[test]
fn a_version_that_a_reader_may_not_see_hides_nothing_from_it() {
    let (community, reader) = community();
    let node = community.node();
    node.publish("exercise", &green(), &note(1, 0, "green", None));
    node.publish("exercise", &at(Tlp::Red), &note(1, 1, "red", None));
    assert_eq!(contents(node, &reader, Versions::Last), ["EXERCISE green"]);
}

#[test]
fn a_posted_copy_is_a_claim_beside_the_original() {
    let (community, reader) = community();
    let node = community.node();
    let own = node.reader("Exercise host", "exercise");
    node.publish("exercise", &at(Tlp::Red), &note(1, 0, "the host's secret", None));
    let same_bytes = note(1, 0, "the host's secret", None);
    let posted =
        format!(r#"{{"objects":[{same_bytes},{}]}}"#, note(1, 1, "the reader's claim", Some(Tlp::Green)));
    // The answer is the same whether the host has that object or not.
    let status = intake::post(&node.app, &reader, "exercise", posted.as_bytes()).unwrap();
    assert_eq!((status.total, status.successes.len(), status.failures.len()), (2, 2, 0));
    assert_eq!(
        contents(node, &own, Versions::All),
        ["EXERCISE the host's secret", "EXERCISE the host's secret", "EXERCISE the reader's claim"]
    );
    // For the host both origins' newest stand side by side.
    assert_eq!(
        contents(node, &own, Versions::Last),
        ["EXERCISE the host's secret", "EXERCISE the reader's claim"]
    );
    // The reader sees its own, and of the host's record nothing.
    assert_eq!(contents(node, &reader, Versions::All).len(), 2);
    intake::withdraw(
        &node.app,
        &reader,
        "exercise",
        &id(1),
        &Query { versions: Versions::All, ..Query::default() },
    )
    .unwrap();
    assert_eq!(contents(node, &own, Versions::All), ["EXERCISE the host's secret"]);
}

#[test]
fn a_repeated_post_is_no_error_and_no_double() {
    let (community, reader) = community();
    let node = community.node();
    let posted = format!(r#"{{"objects":[{},{{"type":"note"}}]}}"#, note(1, 0, "posted", Some(Tlp::Green)));
    let status = intake::post(&node.app, &reader, "exercise", posted.as_bytes()).unwrap();
    assert_eq!((status.successes.len(), status.failures.len()), (1, 1));
    assert_eq!(intake::status(&node.app, &reader, &status.id).unwrap().as_ref(), Some(&status));
    let stranger = node.client(&node.key(READER, "exercise", READ_WRITE));
    assert_eq!(intake::status(&node.app, &stranger, &status.id).unwrap(), None);
    let again = intake::post(&node.app, &reader, "exercise", posted.as_bytes()).unwrap();
    assert_eq!((again.successes.len(), again.failures.len()), (1, 1));
    assert_eq!(contents(node, &reader, Versions::All), ["EXERCISE posted"]);
}

#[test]
fn a_withdrawal_by_a_client_reaches_its_own_objects_only_and_betrays_no_other() {
    let (community, reader) = community();
    let node = community.node();
    node.publish("exercise", &green(), &note(1, 0, "visible", None));
    node.publish("exercise", &at(Tlp::Red), &note(2, 0, "hidden", None));
    let try_it = |number| intake::withdraw(&node.app, &reader, "exercise", &id(number), &Query::default());
    assert!(matches!(try_it(1), Err(AppError::Denied(_))));
    let (hidden, absent) = (try_it(2).unwrap_err(), try_it(3).unwrap_err());
    assert!(matches!(hidden, AppError::NotFound(_)));
    assert_eq!(hidden.to_string(), absent.to_string());
}
