//! Bringing other local policies into force: the gate, two persons, what is kept, and what a page shows meanwhile.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use comity_app::activate::{self, Activated, Wish};
use comity_app::model::{Agreement, ApprovalRule, SignedProof, Standing};
use comity_app::policy::{PolicySet, STANDARD_LOCAL};
use comity_app::proof::Means;
use comity_app::proposal::{self, Outcome};
use comity_app::serve::{self, Query};
use comity_app::stix::Tlp;
use comity_app::{Actor, App, AppError, Role, agreement, backup, home, ledger};
use comity_store::{Location, Store, StoreError};
use comity_testkit::{Community, NOW_US, Node, Place, Seat, SeededRandom, shared_engines};

use crate::paper::{at, id, note};

const PARTNER: &str = "Exercise partner";
const TO_PARTNERS: &str = "\n@id(\"partners\") @says(\"TLP:AMBER is released to partners\")\n\
    permit (principal, action == Comity::Action::\"release\", resource)\n\
    when { resource.tlp == 2 && principal.standing == \"partner\" };\n";
const PROMISE: &str = "@id(\"amber-not-to-partners\") @says(\"partners get TLP:AMBER only when named\")\n\
    permit (principal, action == Comity::Action::\"release\", resource)\n\
    when { principal.standing != \"partner\" || resource.tlp != 2 || resource.recipients.contains(principal) ||\n\
           principal == resource.originator };\n";

fn community(place: Place) -> Community {
    let seats = vec![
        Seat::member("Exercise host").node(place),
        Seat::member(PARTNER).standing(Standing::Partner),
        Seat::member("Exercise member"),
    ];
    let community = Community::new(1, seats);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

fn wider() -> String {
    format!("{STANDARD_LOCAL}{TO_PARTNERS}")
}

/// A wish that needs no solver.
fn inherit(local: &str) -> Wish {
    Wish { local: Some(local.to_owned()), inherit: true, ..Wish::default() }
}

fn with_promise(local: &str) -> Wish {
    let own = vec![("own.cedar".to_owned(), PROMISE.to_owned())];
    Wish { local: Some(local.to_owned()), own: Some(own), ..Wish::default() }
}

fn activate(node: &Node, wish: Wish, means: &Means) -> Result<Activated, AppError> {
    activate_as(&node.app, &node.operator(), wish, means)
}

fn activate_as(app: &App, actor: &Actor, wish: Wish, means: &Means) -> Result<Activated, AppError> {
    match activate::run(app, actor, wish, means)? {
        Outcome::Done(activated) => Ok(activated),
        Outcome::Pending(view) => panic!("{view:?}"),
    }
}

/// The solver, where there is one; under CI there has to be one.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the solver is")]
fn solver() -> Option<Means> {
    let named = std::env::var_os("COMITY_CVC5").filter(|path| !path.is_empty()).map(Into::into);
    let means = Means { solver: named, ..Means::default() };
    let found = comity_app::prover::Solver::find(means.solver.as_deref(), means.limits.clone());
    if let Err(error) = found {
        assert!(std::env::var_os("CI").is_none(), "{error}");
        eprintln!("left out, because there is no cvc5 (on Debian: apt-get install cvc5)");
        return None;
    }
    Some(means)
}

/// What must be as it was when an activation was refused.
fn stands(app: &App) -> (i64, String, u64, usize) {
    let current = agreement::current(app).unwrap();
    let leaves = ledger::verify(app).unwrap().leaves;
    (current.epoch, current.policy, leaves, activate::history(app).unwrap().len())
}

#[test]
fn policies_that_are_activated_decide_at_once_and_who_gains_and_loses_is_counted() {
    let community = community(Place::file());
    let node = community.node();
    node.publish("exercise", &at(Tlp::Amber), &note(1, 0, "amber", None));
    let reader = node.reader(PARTNER, "exercise");
    assert!(node.sees(&reader, "exercise").is_empty());
    let before = stands(&node.app);

    let wish = Wish { reason: Some("EXERCISE partners help".into()), ..inherit(&wider()) };
    let activated = activate(node, wish, &Means::default()).unwrap();
    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
    assert_eq!((activated.epoch, activated.solver.as_str()), (before.0 + 1, "inherited"));
    assert_eq!((activated.opened, activated.closed), (1, 0));
    let now = activated.now.unwrap();
    let changes: Vec<_> = now
        .readers
        .iter()
        .map(|one| (one.member.as_str(), one.has_key, one.gained.count, one.lost.count))
        .collect();
    assert_eq!(changes, [(PARTNER, true, 1, 0)]);
    assert_eq!(activated.policy, PolicySet::new(&wider()).unwrap().hash().to_string());

    let verified = ledger::verify(&node.app).unwrap();
    assert_eq!(verified.faults, Vec::<String>::new());
    assert_eq!(verified.kinds["policy.activated"], 1);
    let history = activate::history(&node.app).unwrap();
    let told: Vec<_> =
        history.iter().map(|one| (one.epoch, one.solver.as_str(), one.reason.as_str())).collect();
    assert_eq!(told, [(1, "", ""), (activated.epoch, "inherited", "EXERCISE partners help")]);

    let back = activate(node, inherit(STANDARD_LOCAL), &Means::default()).unwrap();
    assert_eq!((back.opened, back.closed), (0, 1));
    assert!(node.sees(&reader, "exercise").is_empty());
}

#[test]
fn the_proof_of_an_activation_is_signed_by_the_member_and_named_in_the_ledger() {
    let Some(means) = solver() else { return };
    let community = community(Place::file());
    let node = community.node();
    let activated = activate(node, with_promise(STANDARD_LOCAL), &means).unwrap();
    let text = activate::proof(&node.app, Some(activated.epoch)).unwrap();
    assert_eq!(text, activate::proof(&node.app, None).unwrap());
    assert_eq!(comity_app::stix::Digest::of(text.as_bytes()).to_string(), activated.proof);
    let signed = SignedProof::from_json(&text).unwrap();
    let key = &community.agreement.member(node.member()).unwrap().keys[0];
    signed.verify(key).unwrap();
    assert_eq!(signed.proof.policies.to_string(), activated.policy);
    assert!(signed.proof.solver.starts_with("cvc5 "), "{}", signed.proof.solver);
    let own = signed.proof.invariants.iter().find(|promise| promise.is_own).unwrap();
    assert_eq!((own.these["release"].as_str(), own.any["release"].as_str()), ("holds", "fails"));
    assert!(signed.proof.invariants.iter().filter(|promise| !promise.is_own).all(|promise| {
        promise.any.values().chain(promise.these.values()).all(|answer| answer == "holds")
    }));
    let leaves = (0..stands(&node.app).2).filter_map(|number| ledger::leaf(&node.app, number).unwrap());
    let named = leaves.filter(|leaf| String::from_utf8_lossy(leaf).contains(&activated.proof)).count();
    assert_eq!(named, 1);
    assert!(matches!(activate::proof(&node.app, Some(1)), Err(AppError::NotFound(_))));
}

#[test]
fn an_invariant_of_the_community_is_kept_and_keeps_out_what_would_break_it_with_a_case_that_replays() {
    let Some(means) = solver() else { return };
    let community = community(Place::file());
    let node = community.node();
    activate(node, with_promise(STANDARD_LOCAL), &means).unwrap();
    let before = stands(&node.app);
    let wish = Wish { local: Some(wider()), ..Wish::default() };
    let refused = activate(node, wish, &means).unwrap_err();
    let AppError::NotProved(report) = refused else { panic!("{refused}") };
    let (outcome, example) = report.shown().find(|(outcome, _)| outcome.blocks()).unwrap();
    assert_eq!((outcome.id.as_str(), example.replays), ("amber-not-to-partners", true));
    assert_eq!(stands(&node.app), before);

    let inherited = activate(node, inherit(&wider()), &means).unwrap_err();
    assert!(inherited.to_string().contains("have to be proved"), "{inherited}");
    assert_eq!(stands(&node.app), before);

    let file = node.folder().join("backup.db");
    backup::write(&node.app, &node.operator(), &file).unwrap();
    let restored = node.folder().join("restored");
    let random = || std::sync::Arc::new(SeededRandom::new(3));
    backup::restore(&file, &restored, None, None, community.clock.clone(), random()).unwrap();
    let app = home::open(&restored, community.clock.clone(), random()).unwrap();
    assert_eq!(activate::rules(&app).unwrap().invariants[0].1, PROMISE);

    activate(node, Wish { own: Some(Vec::new()), ..inherit(&wider()) }, &means).unwrap();
    assert!(activate::rules(&node.app).unwrap().invariants.is_empty());
}

#[test]
fn false_unknown_and_a_dead_solver_all_keep_policies_out_and_nothing_is_changed() {
    use std::os::unix::fs::PermissionsExt as _;
    let community = community(Place::file());
    let node = community.node();
    let before = stands(&node.app);
    let version = "[ \"$1\" = --version ] && { echo 'This is cvc5 version 1.0.3'; exit 0; }\n";
    for (name, rest) in [
        ("dies", "exit 1\n"),
        ("says-unknown", "while read -r line; do [ \"$line\" = '(check-sat)' ] && echo unknown; done\n"),
        ("says-sat", "while read -r line; do [ \"$line\" = '(check-sat)' ] && echo sat; done\n"),
    ] {
        let path = node.folder().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{version}{rest}")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let means = Means { solver: Some(path), ..Means::default() };
        let wish = Wish { local: Some(wider()), ..Wish::default() };
        let refused = activate(node, wish, &means).unwrap_err();
        assert!(matches!(refused, AppError::NotProved(_)), "{name}: {refused}");
    }
    let means = Means { solver: Some("/nowhere/cvc5".into()), ..Means::default() };
    let missing = activate(node, Wish { local: Some(wider()), ..Wish::default() }, &means).unwrap_err();
    assert!(matches!(missing, AppError::Environment(_)), "{missing}");
    assert_eq!(stands(&node.app), before);
}

#[test]
fn policies_cannot_take_the_place_of_a_guard_or_be_brought_in_by_just_anybody() {
    let community = community(Place::file());
    let node = community.node();
    let before = stands(&node.app);
    for name in ["guard-red", "guard-mine", "no-permit", "unknown-member", "rule-error"] {
        let local = format!("@id(\"{name}\") permit (principal, action, resource);");
        let refused = activate(node, inherit(&local), &Means::default()).unwrap_err();
        assert!(refused.to_string().contains("choose a different @id"), "{name}: {refused}");
    }
    let analyst = node.user("analyst", &[Role::Analyst, Role::ReleaseOfficer, Role::Auditor]);
    let denied = activate::run(&node.app, &analyst, inherit(&wider()), &Means::default());
    assert!(matches!(denied, Err(AppError::Denied(_))), "{denied:?}");
    assert_eq!((stands(&node.app).0, stands(&node.app).1), (before.0, before.1));
    // Everything is permitted: the guards still stand.
    let everything = "@id(\"everything\") permit (principal, action, resource);";
    node.publish("exercise", &at(Tlp::Red), &note(1, 0, "red", None));
    activate(node, inherit(everything), &Means::default()).unwrap();
    assert!(node.sees(&node.reader("Exercise member", "exercise"), "exercise").is_empty());
}

#[test]
fn a_node_does_not_start_with_local_policies_that_take_the_name_of_a_guard() {
    let community = community(Place::file());
    let node = community.node();
    let Location::File(path) = node.place().location() else { panic!("a file was asked for") };
    let store = Store::open(&Location::File(path.clone()), NOW_US).unwrap();
    let body = "@id(\"guard-red\") permit (principal, action, resource);";
    store
        .write("tamper", |tx| {
            tx.exec("UPDATE policy SET body = ?1", &[body.into()])?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let random = std::sync::Arc::new(SeededRandom::new(3));
    let refused = home::open(node.app.home(), community.clock.clone(), random).err().unwrap();
    assert!(refused.to_string().contains("policies") && refused.to_string().contains("altered"), "{refused}");
}

#[test]
fn a_second_person_activates_what_was_proposed_unless_other_policies_came_meanwhile() {
    let mut community = community(Place::file());
    community.amend(|agreement| {
        agreement.two_person.insert(ApprovalRule::Policies);
    });
    let node = community.node();
    let second = node.user("second", &[Role::Secretariat]);
    let officer = node.user("officer", &[Role::ReleaseOfficer]);
    let propose =
        |local: &str| match activate::run(&node.app, &node.operator(), inherit(local), &Means::default())
            .unwrap()
        {
            Outcome::Pending(view) => view,
            Outcome::Done(done) => panic!("{done:?}"),
        };
    let before = stands(&node.app);
    let first = propose(&wider());
    let other = propose("@id(\"nothing\") forbid (principal, action, resource);");
    assert!(first.subject.contains(&PolicySet::new(&wider()).unwrap().hash().to_string()), "{first:?}");
    assert_eq!((stands(&node.app).0, stands(&node.app).1.clone()), (before.0, before.1));
    let approve = |actor: &Actor, id: &str| proposal::approve(&node.app, actor, id);
    assert!(matches!(approve(&node.operator(), &first.id), Err(AppError::Denied(_))));
    assert!(matches!(approve(&officer, &first.id), Err(AppError::Denied(_))));
    approve(&second, &first.id).unwrap();
    let history = activate::history(&node.app).unwrap();
    assert_eq!(history.last().unwrap().by, "operator+second");
    assert!(matches!(approve(&second, &first.id), Err(AppError::Conflict(_))));
    let late = approve(&second, &other.id).unwrap_err();
    assert!(late.to_string().contains("other policies came into force meanwhile"), "{late}");
    assert_eq!(
        agreement::current(&node.app).unwrap().policy,
        PolicySet::new(&wider()).unwrap().hash().to_string()
    );
}

#[test]
fn what_is_approved_is_proved_once_more() {
    let Some(means) = solver() else { return };
    let mut community = community(Place::file());
    community.amend(|agreement| {
        agreement.two_person.insert(ApprovalRule::Policies);
    });
    let node = community.node();
    let second = node.user("second", &[Role::Administrator]);
    let wish = Wish { local: Some(wider()), ..Wish::default() };
    let Outcome::Pending(view) = activate::run(&node.app, &node.operator(), wish, &means).unwrap() else {
        panic!("two persons are asked for")
    };
    let before = stands(&node.app);
    let nowhere = Means { solver: Some("/nowhere/cvc5".into()), ..Means::default() };
    let refused = proposal::approve_by(&node.app, &second, &view.id, None, &nowhere);
    assert!(matches!(refused, Err(AppError::Environment(_))), "{refused:?}");
    assert_eq!(stands(&node.app), before);
    proposal::approve_by(&node.app, &second, &view.id, None, &means).unwrap();
    assert_eq!(stands(&node.app).0, before.0 + 1);
}

#[test]
fn the_table_of_the_agreement_in_force_becomes_policies_when_it_is_activated() {
    let mut community = community(Place::file());
    community.node().publish("exercise", &at(Tlp::Green), &note(1, 0, "green", None));
    let reader = community.node().reader(PARTNER, "exercise");
    community.amend(|agreement| {
        let table = agreement.release.insert(Default::default());
        table.partner.remove(&Tlp::Green);
    });
    let node = community.node();
    assert_eq!(node.sees(&reader, "exercise"), [id(1)], "a table alone changes nothing");
    let activated = activate(node, Wish { inherit: true, ..Wish::default() }, &Means::default()).unwrap();
    assert!(node.sees(&reader, "exercise").is_empty());
    assert_eq!(activated.now.unwrap().readers[0].lost.count, 1);
    assert_eq!(activate::rules(&node.app).unwrap().local, activate::local_from_agreement(&node.app).unwrap());
}

#[test]
fn a_table_of_release_that_waited_while_another_came_into_force_is_not_activated() {
    let mut community = community(Place::file());
    let table = |agreement: &mut Agreement, level: Tlp| {
        agreement.release.insert(Default::default()).partner.remove(&level);
    };
    community.amend(|agreement| {
        agreement.two_person.insert(ApprovalRule::Policies);
        table(agreement, Tlp::Green);
    });
    let wish = Wish { inherit: true, ..Wish::default() };
    let node = community.node();
    let Outcome::Pending(view) = activate::run(&node.app, &node.operator(), wish, &Means::default()).unwrap()
    else {
        panic!("two persons are asked for")
    };
    community.amend(|agreement| table(agreement, Tlp::Clear));
    let node = community.node();
    let second = node.user("second", &[Role::Secretariat]);
    let late = proposal::approve(&node.app, &second, &view.id).unwrap_err();
    assert!(matches!(&late, AppError::Conflict(_)), "{late}");
    assert!(late.to_string().contains("another agreement came into force meanwhile"), "{late}");
}

shared_engines! {
    fn a_page_is_wholly_under_the_old_or_wholly_under_the_new_policies(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        for number in 1..=6 {
            let level = if number % 2 == 0 { Tlp::Amber } else { Tlp::Green };
            node.publish("exercise", &at(level), &note(number, 0, "record", None));
        }
        let green = BTreeSet::from([id(1), id(3), id(5)]);
        let all: BTreeSet<String> = (1..=6).map(id).collect();
        let readers: Vec<_> = (0..3).map(|_| node.reader(PARTNER, "exercise")).collect();
        let seconds: Vec<App> = readers.iter().map(|_| node.second()).collect();
        let (pages, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (wider, operator) = (wider(), node.operator());
        let seen: Vec<BTreeSet<String>> = std::thread::scope(|scope| {
            let handles: Vec<_> = readers
                .iter()
                .zip(&seconds)
                .map(|(reader, app)| {
                    let (green, all, pages, is_over) = (&green, &all, &pages, &is_over);
                    scope.spawn(move || {
                        let mut last = BTreeSet::new();
                        while !is_over.load(Ordering::SeqCst) {
                            last = patiently(|| serve::page(app, reader, "exercise", &Query::default()))
                                .objects
                                .iter()
                                .map(|one| one.get().id().to_owned())
                                .collect();
                            assert!(last == *green || last == *all, "a page of both sets: {last:?}");
                            let listed: BTreeSet<String> =
                                patiently(|| serve::manifest(app, reader, "exercise", &Query::default()))
                                    .entries
                                    .into_iter()
                                    .map(|entry| entry.id)
                                    .collect();
                            assert!(listed == *green || listed == *all, "a manifest of both: {listed:?}");
                            pages.fetch_add(1, Ordering::SeqCst);
                        }
                        last
                    })
                })
                .collect();
            // The readers end also when something fails here.
            let _end = AtEnd(&is_over);
            for round in 0..6 {
                let local = if round % 2 == 0 { wider.as_str() } else { STANDARD_LOCAL };
                patiently(|| activate::run(&node.app, &operator, inherit(local), &Means::default()));
                let wanted = pages.load(Ordering::SeqCst) + 3;
                while pages.load(Ordering::SeqCst) < wanted && handles.iter().all(|one| !one.is_finished()) {
                    std::thread::yield_now();
                }
            }
            drop(_end);
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        assert_eq!(seen.len(), 3);
        assert_eq!(node.sees(&readers[0], "exercise").into_iter().collect::<BTreeSet<_>>(), green);
        departures_fit(node, &wider);
        assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
    }
}

/// What left at TLP:AMBER left under the wider policies, in an epoch of theirs; and each leaf was made under one epoch.
fn departures_fit(node: &Node, wider: &str) {
    let wider = PolicySet::new(wider).unwrap().hash();
    let store = Store::open(node.place().location(), NOW_US).unwrap();
    let rows = store
        .read("departures", |tx| {
            tx.query(
                "SELECT d.policy, e.policy, d.leaf, d.epoch, r.id FROM delivery d
                 JOIN epoch e ON e.epoch = d.epoch
                 JOIN record r ON r.collection = d.collection AND r.seq = d.seq",
                &[],
            )
        })
        .unwrap();
    assert_eq!(rows.len(), 6, "each record left once for the one audience");
    let mut epochs = std::collections::BTreeMap::new();
    for row in rows {
        let policy = row.hash(0).unwrap();
        assert_eq!(policy, row.hash(1).unwrap(), "the epoch of a departure has its policies");
        let is_amber = [id(2), id(4), id(6)].contains(&row.text(4).unwrap());
        assert!(!is_amber || policy == wider.0, "TLP:AMBER left under the narrow policies");
        let epoch = row.int(3).unwrap();
        assert_eq!(*epochs.entry(row.int(2).unwrap()).or_insert(epoch), epoch, "a leaf of two epochs");
    }
}

struct AtEnd<'a>(&'a AtomicBool);

impl Drop for AtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Asks again as long as the engine is busy.
fn patiently<T: std::fmt::Debug>(mut ask: impl FnMut() -> Result<T, AppError>) -> T {
    loop {
        match ask() {
            Err(AppError::Busy(_)) => std::thread::yield_now(),
            other => return other.unwrap(),
        }
    }
}
