//! Keys of a node that others take the place of: what was signed before stays signed, what comes after is signed with the new
//! one, and whoever still has the old one is told.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use comity_app::carrier::Carriers;
use comity_app::model::agreement::{AgreementSignature, Signing};
use comity_app::model::recall::{Reason, Scope};
use comity_app::model::{Agreement, MemberKey, SignedKeyNote};
use comity_app::recall::Wish;
use comity_app::rotate::{self, Key};
use comity_app::{
    App, AppError, Limits, agreement, backup, catchup, compromise, cosign, exchange, home, ledger, pull,
    recall, witness,
};
use comity_ledger::{Cosigner, Verifier, verify_log};
use comity_testkit::SeededRandom;
use comity_testkit::mesh::Ways;

use crate::courier::{introduce, outcome, pack};
use crate::paper::id;
use crate::raw;
use crate::web::{NORTH, SOUTH, Web, issue, states, url};

/// Two nodes that pull from each other and have met.
fn pair() -> Web {
    let web = Web::new(2, &[(1, 0), (0, 1)]);
    web.publish(0, 1, 0);
    web.settle();
    web
}

/// Opens the home of a node once more, as after a start, and lets it answer.
fn start(web: &mut Web, at: usize, seed: u64) {
    web.community.clock.tick(1);
    let app = open(web, at, web.node(at).app.home().to_path_buf(), seed);
    web.mesh.join(&url(at), &app);
    web.community.nodes[at].app = app;
}

fn open(web: &Web, at: usize, home: PathBuf, seed: u64) -> App {
    let ways: Arc<dyn Carriers> = Arc::new(Ways(Arc::clone(&web.mesh)));
    let clock = web.node(at).clock().clone();
    home::open_on(&home, clock, Arc::new(SeededRandom::new(seed)), Limits::default(), ways).unwrap()
}

/// Another key takes the place of one of a node, which is started again.
fn change(web: &mut Web, at: usize, key: Key, seed: u64) {
    web.community.clock.tick(1);
    let node = web.node(at);
    rotate::rotate(&node.app, &node.operator(), key).unwrap();
    start(web, at, seed);
    web.community.clock.tick(1);
}

fn meet(app: &App) -> Vec<exchange::Exchanged> {
    exchange::with_all(app).unwrap()
}

fn pull(web: &Web, at: usize) -> Vec<pull::Pulled> {
    let node = web.node(at);
    pull::run(&node.app, &node.operator(), None, Some("reports"), Some("reports"), &mut |_| {}).unwrap()
}

fn all_is_well(web: &Web) {
    for node in &web.community.nodes {
        assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
        for log in witness::list(&node.app).unwrap() {
            assert_eq!((log.alarm.as_str(), log.fault.as_str()), ("", ""), "{log:?}");
        }
    }
}

fn key_file(web: &Web, at: usize, name: &str) -> PathBuf {
    web.node(at).app.home().join("keys").join(name)
}

#[test]
fn a_member_key_changes_without_a_new_agreement_and_what_was_signed_before_stays_signed() {
    let mut web = Web::new(3, &[(1, 0), (0, 1), (2, 1)]);
    web.publish(0, 1, 0);
    // Of a version that is dated later than the change of the key that signed it.
    web.publish(0, 3, 30);
    web.community.clock.tick(1);
    let before = web.node(0).app.clone();
    rotate::rotate(&before, &web.north().operator(), Key::Member).unwrap();
    let late = comity_app::collection::add(&before, &web.north().operator(), "EXERCISE late", None);
    assert!(matches!(late, Err(AppError::NotNow(why)) if why.contains("keys of this node changed")));
    start(&mut web, 0, 501);
    web.publish(0, 2, 1);
    let pulled = pull(&web, 1).remove(0);
    assert_eq!((pulled.received, pulled.refused), (2, 1), "one of each key: {pulled:?}");
    web.settle();
    assert_eq!(
        (states(web.south(), 1, 0), states(web.south(), 2, 1)),
        (vec!["live".into()], vec!["live".into()])
    );
    let west = web.node(2);
    assert_eq!(
        (states(west, 1, 0).len(), states(west, 2, 1).len()),
        (1, 1),
        "one hop on, by the word of the hop"
    );
    let issued = issue(web.north(), &id(1), &Wish::new(Scope::Withdraw, Reason::Wrong));
    web.settle();
    assert_eq!(states(web.node(2), 1, 0), ["quarantined"], "{}", issued.recall);
    all_is_well(&web);
}

#[test]
fn two_keys_that_claim_to_follow_one_are_told_and_the_second_is_not_taken() {
    let mut web = pair();
    let thief = web.north().folder().join("thief");
    copy(&web, 0, &thief);
    change(&mut web, 0, Key::Member, 502);
    assert_eq!(meet(&web.north().app)[0].failure, "");
    let other = open(&web, 0, thief.clone(), 601);
    rotate::rotate(&other, &web.north().operator(), Key::Member).unwrap();
    let other = open(&web, 0, thief, 602);
    web.community.clock.tick(5);
    let _ = meet(&other);
    let seen = witness::list(&web.south().app).unwrap().into_iter().find(|one| one.member == NORTH).unwrap();
    assert!(seen.fault.contains("two keys claim to follow"), "{seen:?}");
    let knows = web.south().app.clone();
    let keys = SignedKeyNote::from_json(&witness::own_key_note(&other).unwrap()).unwrap();
    assert!(witness::learn(&knows, &web.south().operator(), &keys.to_json().unwrap()).is_err());
}

/// An old copy of a node's home.
fn copy(web: &Web, at: usize, to: &std::path::Path) {
    let node = web.node(at);
    fs::create_dir_all(to.join("keys")).unwrap();
    backup::write(&node.app, &node.operator(), &to.join("comity.db")).unwrap();
    for key in fs::read_dir(node.app.home().join("keys")).unwrap() {
        let key = key.unwrap();
        fs::copy(key.path(), to.join("keys").join(key.file_name())).unwrap();
    }
    let text = fs::read_to_string(node.app.home().join("node.toml")).unwrap();
    let store = text.lines().find(|line| line.starts_with("store")).unwrap();
    fs::write(to.join("node.toml"), text.replace(store, "store = \"sqlite:comity.db\"")).unwrap();
}

#[test]
fn a_node_that_is_started_with_a_key_that_was_given_up_becomes_read_only_and_says_so() {
    let mut web = pair();
    let old = web.north().folder().join("old");
    copy(&web, 0, &old);
    change(&mut web, 0, Key::Member, 503);
    assert_eq!(meet(&web.north().app)[0].failure, "");
    web.community.clock.tick(5);
    let app = open(&web, 0, old.clone(), 603);
    let wish = Wish::new(Scope::Withdraw, Reason::Wrong);
    recall::issue(&app, &web.north().operator(), &id(1), &wish).unwrap();
    let _ = meet(&app);
    assert_eq!(states(web.south(), 1, 0), ["live"], "the word of a key that was given up");
    let fault = exchange::standings(&web.south().app).unwrap().remove(0).fault;
    assert!(fault.contains("ended-key"), "{fault}");
    let stopped =
        comity_app::collection::add(&app, &web.north().operator(), "EXERCISE old", None).unwrap_err();
    assert!(stopped.to_string().contains("newest `keys` folder"), "{stopped}");
    assert_eq!(catchup::state(&app).unwrap().unwrap().why, "old-key");
    // With the newest keys it goes on, as a node that was restored.
    fs::remove_dir_all(old.join("keys")).unwrap();
    fs::create_dir(old.join("keys")).unwrap();
    for key in fs::read_dir(web.north().app.home().join("keys")).unwrap() {
        let key = key.unwrap();
        fs::copy(key.path(), old.join("keys").join(key.file_name())).unwrap();
    }
    let app = open(&web, 0, old, 604);
    assert_eq!(catchup::state(&app).unwrap().unwrap().why, "restored");
    web.mesh.join(&url(0), &app);
    let caught = catchup::run(&app, &web.north().operator(), &[], "").unwrap();
    assert!(caught.done, "{caught:?}");
    assert_eq!(ledger::verify(&app).unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_database_that_is_newer_than_the_keys_beside_it_can_only_be_read() {
    let mut web = pair();
    let before = fs::read(key_file(&web, 0, "member.key")).unwrap();
    change(&mut web, 0, Key::Member, 504);
    fs::write(key_file(&web, 0, "member.key"), before).unwrap();
    let app = open(&web, 0, web.north().app.home().to_path_buf(), 605);
    assert!(!app.has_keys());
    let stopped =
        comity_app::collection::add(&app, &web.north().operator(), "EXERCISE old", None).unwrap_err();
    assert!(stopped.to_string().contains("was given up for"), "{stopped}");
}

#[test]
fn a_ledger_goes_on_under_another_key_and_whoever_knows_the_key_before_verifies_it() {
    let mut web = pair();
    let before = web.north().app.ledger_vkey().to_owned();
    let witnessed = witness::list(&web.south().app).unwrap()[0].size;
    change(&mut web, 0, Key::Ledger, 505);
    assert_ne!(web.north().app.ledger_vkey(), before);
    web.publish(0, 2, 0);
    web.settle();
    let seen = witness::list(&web.south().app).unwrap().remove(0);
    assert!(seen.size > witnessed, "{seen:?}");
    assert_eq!(seen.ledger_key, web.north().app.ledger_vkey());
    all_is_well(&web);
    let folder = web.north().folder().join("export");
    ledger::export(&web.north().app, &folder).unwrap();
    let read = |path: &str| fs::read(folder.join(path)).ok();
    assert!(verify_log(&read, &Verifier::parse(&before).unwrap()).is_ok());
    assert!(verify_log(&read, &Verifier::parse(web.north().app.ledger_vkey()).unwrap()).is_ok());
    fs::remove_dir_all(folder.join("handed-over")).unwrap();
    assert!(verify_log(&read, &Verifier::parse(&before).unwrap()).is_err(), "nothing states the change");
    change(&mut web, 0, Key::Ledger, 506);
    web.settle();
    all_is_well(&web);
}

#[test]
fn a_ledger_key_that_the_one_before_did_not_hand_over_to_is_refused() {
    let web = pair();
    let north = &web.north().app;
    let mut signed = SignedKeyNote::from_json(&witness::own_key_note(north).unwrap()).unwrap().note;
    let key = MemberKey::from_seed(raw::key_file(web.north(), "member.key"));
    let name = north.ledger_vkey().split('+').next().unwrap().to_owned();
    let other = comity_ledger::LedgerKey::from_seed(&format!("{name}/9"), [9; 32]).unwrap();
    signed.number += 1;
    signed.ledger = other.vkey();
    signed.continues = Some(3);
    let stranger = comity_ledger::LedgerKey::from_seed(&name, [8; 32]).unwrap();
    let head = comity_ledger::Head { size: 3, root: comity_ledger::leaf_hash(b"EXERCISE") };
    signed.handed_over = vec![comity_ledger::HandOver::sign(&stranger, &other, head)];
    let text = signed.sign(&key).unwrap().to_json().unwrap();
    let refused = witness::learn(&web.south().app, &web.south().operator(), &text).unwrap_err().to_string();
    assert!(refused.contains("names another key"), "{refused}");
}

#[test]
fn a_witness_signs_with_both_keys_until_the_one_before_is_dropped() {
    let mut web = pair();
    let before = Cosigner::parse(&witness::own_key(&web.south().app).unwrap()).unwrap();
    change(&mut web, 1, Key::Witness, 507);
    let now = Cosigner::parse(&witness::own_key(&web.south().app).unwrap()).unwrap();
    let opens = |web: &Web| {
        let leaf = u64::try_from(crate::witness::size(&web.north().app)).unwrap() - 4;
        let text = ledger::witnessed_proof(&web.north().app, leaf).unwrap();
        let text = text.unwrap_or_default();
        let note = text.split_once("\n\n").map(|(_, note)| note.to_owned()).unwrap_or_default();
        [&before, &now].map(|key| key.open(&note).is_ok())
    };
    web.publish(0, 2, 0);
    web.settle();
    assert_eq!(opens(&web), [true, true]);
    rotate::finish(&web.south().app, &web.south().operator(), Key::Witness).unwrap();
    start(&mut web, 1, 508);
    web.publish(0, 3, 0);
    web.settle();
    assert_eq!(opens(&web), [false, true]);
    all_is_well(&web);
}

#[test]
fn a_bundle_that_was_sealed_for_the_key_before_is_opened_until_that_is_dropped() {
    let mut web = Web::new(2, &[]);
    introduce(web.north(), web.south());
    web.publish(0, 1, 0);
    let [first, second] = [(); 2].map(|()| pack(web.north(), SOUTH));
    change(&mut web, 1, Key::Courier, 509);
    assert_eq!(outcome(web.south(), &first), "taken");
    let twice = rotate::rotate(&web.south().app, &web.south().operator(), Key::Courier).unwrap_err();
    assert!(twice.to_string().contains("--finish"), "{twice}");
    rotate::finish(&web.south().app, &web.south().operator(), Key::Courier).unwrap();
    start(&mut web, 1, 510);
    assert_eq!(outcome(web.south(), &second), "for-another-member");
    let text = witness::own_key_note(&web.south().app).unwrap();
    witness::learn(&web.north().app, &web.north().operator(), &text).unwrap();
    assert_eq!(outcome(web.south(), &pack(web.north(), SOUTH)), "out-of-order", "the second one is missing");
}

#[test]
fn a_change_that_was_cut_off_is_finished_or_undone_at_the_next_start() {
    let mut web = pair();
    let file = |web: &Web, name: &str| key_file(web, 0, name);
    let before = fs::read(file(&web, "member.key")).unwrap();
    // Cut off before the database knew of it: undone.
    fs::write(file(&web, "member.next.key"), fs::read(file(&web, "node.secret")).unwrap()).unwrap();
    start(&mut web, 0, 511);
    assert!(!file(&web, "member.next.key").exists());
    assert_eq!(fs::read(file(&web, "member.key")).unwrap(), before);
    // Cut off after that: finished.
    for (seed, key) in [(512, Key::Member), (513, Key::Ledger), (514, Key::Courier)] {
        let name = format!("{}.key", key.name());
        let next = format!("{}.next.key", key.name());
        let before = fs::read(file(&web, &name)).unwrap();
        web.community.clock.tick(1);
        rotate::rotate(&web.north().app, &web.north().operator(), key).unwrap();
        fs::rename(file(&web, &name), file(&web, &next)).unwrap();
        fs::write(file(&web, &name), before).unwrap();
        fs::remove_file(file(&web, &format!("{}.before.key", key.name()))).ok();
        start(&mut web, 0, seed);
        assert!(web.north().app.has_keys() && !file(&web, &next).exists(), "{key:?}");
        assert_eq!(file(&web, "courier.before.key").exists(), key == Key::Courier);
        web.settle();
        all_is_well(&web);
    }
}

#[test]
fn a_backup_from_before_a_change_is_restored_with_the_keys_of_after_it() {
    let mut web = pair();
    let file = web.north().folder().join("backup.db");
    backup::write(&web.north().app, &web.north().operator(), &file).unwrap();
    change(&mut web, 0, Key::Member, 515);
    change(&mut web, 0, Key::Ledger, 516);
    web.publish(0, 2, 0);
    web.settle();
    web.community.clock.advance_seconds(10);
    let (home, keys) = (web.north().folder().join("restored"), web.north().app.home().join("keys"));
    let clock = web.north().clock().clone();
    backup::restore(&file, &home, None, Some(&keys), clock, Arc::new(SeededRandom::new(606))).unwrap();
    let app = open(&web, 0, home, 607);
    web.mesh.join(&url(0), &app);
    let caught = catchup::run(&app, &web.north().operator(), &[], "").unwrap();
    assert!(caught.done, "{caught:?}");
    assert_eq!(ledger::verify(&app).unwrap().faults, Vec::<String>::new());
    let seen = witness::list(&web.south().app).unwrap().remove(0);
    assert_eq!(seen.ledger_key, app.ledger_vkey());
    assert!(seen.alarm.contains("rolled-back"), "what was lost is said: {seen:?}");
}

#[test]
fn an_administrator_changes_keys_and_nobody_while_an_invitation_is_open() {
    let web = pair();
    let analyst = web.north().user("lena", &[comity_app::Role::Analyst]);
    assert!(matches!(rotate::rotate(&web.north().app, &analyst, Key::Member), Err(AppError::Denied(_))));
    assert!(rotate::finish(&web.north().app, &web.north().operator(), Key::Witness).is_err());
}

/// Two members of whom the second said what a thief of the first one's key says.
fn robbed() -> (Web, MemberKey, String) {
    let web = pair();
    let key = MemberKey::from_seed(raw::key_file(web.north(), "member.key"));
    web.community.clock.advance_seconds(60);
    let id = key.public().id();
    (web, key, id)
}

#[test]
fn what_a_stolen_key_signed_and_came_since_is_set_aside_and_nothing_more_of_it_is_taken() {
    let (mut web, _, key) = robbed();
    let since = web.south().app.now();
    web.community.clock.advance_seconds(60);
    web.publish(0, 2, 0);
    web.settle();
    assert_eq!(
        (states(web.south(), 1, 0), states(web.south(), 2, 0)),
        (vec!["live".into()], vec!["live".into()])
    );
    let south = web.south();
    let declare = |since| compromise::declare(&south.app, &south.operator(), NORTH, &key, since);
    assert!(matches!(declare(south.app.now().plus_seconds(60)), Err(AppError::Invalid(_))));
    let unknown = compromise::declare(&south.app, &south.operator(), NORTH, "0123456789abcdef", since);
    assert!(matches!(unknown, Err(AppError::NotFound(_))));
    let declared = declare(since).unwrap();
    assert_eq!(declared.records.iter().map(|one| one.id.clone()).collect::<Vec<_>>(), [id(2)]);
    assert!(declared.messages.iter().any(|one| one.kind == "receipt"), "{declared:?}");
    assert_eq!((states(south, 1, 0), states(south, 2, 0)), (vec!["live".into()], vec!["quarantined".into()]));
    assert!(matches!(declare(since), Err(AppError::Conflict(_))), "once");
    assert_eq!(crate::exchange::leaves(south, "key.compromised"), 1);
    // What is signed with it from now on is not taken, nor what it hands over.
    web.publish(0, 3, 0);
    change(&mut web, 0, Key::Member, 520);
    web.publish(0, 4, 0);
    web.settle();
    let south = web.south();
    assert!(states(south, 3, 0).is_empty() && states(south, 4, 0).is_empty());
    // An agreement that names the next key brings the member back.
    let next = MemberKey::from_seed(raw::key_file(web.north(), "member.key")).public();
    let mut agreement = web.community.agreement.clone();
    agreement.version += 1;
    let member = web.north().member().clone();
    agreement.members.iter_mut().find(|one| one.id == member).unwrap().keys = vec![next];
    for node in [web.north(), web.south()] {
        agreement::import(&node.app, &node.operator(), &agreement.to_toml().unwrap()).unwrap();
    }
    web.settle();
    let south = web.south();
    assert_eq!(states(south, 4, 0), ["live"], "signed with the key that the agreement names");
    assert!(states(south, 3, 0).is_empty(), "signed with the other: its originator publishes it anew");
    assert_eq!(states(south, 2, 0), ["quarantined"], "stays aside");
    assert_eq!(states(south, 1, 0), ["live"]);
    let own = compromise::declare(&south.app, &south.operator(), SOUTH, &south_key(&web), since);
    assert!(matches!(own, Err(AppError::Conflict(_))), "not the key with which this node signs");
}

fn south_key(web: &Web) -> String {
    MemberKey::from_seed(raw::key_file(web.south(), "member.key")).public().id()
}

/// The agreement in force at North with the rule that both nodes sign the next one.
fn co_signed(web: &Web) -> Agreement {
    let mut agreement = web.community.agreement.clone();
    let by = [web.north().member().clone(), web.south().member().clone()].into();
    agreement.version += 1;
    agreement.signing = Some(Signing { by, need: 2, grace_hours: Some(24) });
    for node in &web.community.nodes {
        agreement::import(&node.app, &node.operator(), &agreement.to_toml().unwrap()).unwrap();
    }
    agreement
}

#[test]
fn a_co_signed_agreement_is_followed_by_one_that_enough_members_have_signed() {
    let web = pair();
    let mut next = co_signed(&web);
    next.title = "EXERCISE next".into();
    next.version += 1;
    let text = next.to_toml().unwrap();
    let (north, south) = (web.north(), web.south());
    let import = |signatures: &[AgreementSignature]| {
        agreement::import_signed(&north.app, &north.operator(), &text, signatures)
    };
    let refused = import(&[]).unwrap_err().to_string();
    assert!(
        refused.contains("0 are here") && refused.contains(NORTH) && refused.contains(SOUTH),
        "{refused}"
    );
    let own = cosign::sign(&north.app, &north.operator(), &text).unwrap();
    let refused = import(&[own.clone(), own]).unwrap_err().to_string();
    assert!(refused.contains("1 are here") && !refused.contains(NORTH), "{refused}");
    let mut other = next.clone();
    other.title = "EXERCISE other".into();
    let elsewhere = cosign::sign(&south.app, &south.operator(), &other.to_toml().unwrap()).unwrap();
    assert!(import(&[elsewhere]).unwrap_err().to_string().contains("another text"));
    let theirs = cosign::sign(&south.app, &south.operator(), &text).unwrap();
    let forged = AgreementSignature { signer: north.member().clone(), ..theirs.clone() };
    assert!(import(&[forged]).is_err());
    import(&[theirs]).unwrap();
    assert_eq!(agreement::current(&north.app).unwrap().agreement.title, "EXERCISE next");
    assert_eq!(agreement::current(&north.app).unwrap().signatures.len(), 2, "they are kept and handed on");
    let back = co_signed_again(&web);
    assert!(import_text(&web, &back).contains("higher number"), "what was signed once does not come back");
}

fn co_signed_again(web: &Web) -> String {
    let mut older = web.community.agreement.clone();
    older.version += 2;
    older.to_toml().unwrap()
}

fn import_text(web: &Web, text: &str) -> String {
    agreement::import(&web.north().app, &web.north().operator(), text).unwrap_err().to_string()
}

#[test]
fn two_members_with_two_agreements_go_on_for_the_time_of_grace_and_what_is_taken_back_goes_on_after_it() {
    let web = pair();
    let mut next = co_signed(&web);
    web.settle();
    next.title = "EXERCISE next".into();
    next.version += 1;
    let text = next.to_toml().unwrap();
    let (north, south) = (web.north(), web.south());
    let signed = [north, south].map(|one| cosign::sign(&one.app, &one.operator(), &text).unwrap());
    agreement::import_signed(&north.app, &north.operator(), &text, &signed).unwrap();
    web.publish(0, 2, 0);
    web.settle();
    assert_eq!(states(south, 2, 0), ["live"], "in the time of grace");
    let standing = exchange::standings(&south.app).unwrap().remove(0);
    assert_eq!((standing.same_agreement, standing.agreement_version), (false, 3));
    web.community.clock.advance_seconds(25 * 3_600);
    web.publish(0, 3, 0);
    let stopped = pull(&web, 1).remove(0);
    assert!(stopped.failure.contains("another agreement is in force"), "{stopped:?}");
    let issued = issue(north, &id(1), &Wish::new(Scope::Withdraw, Reason::Wrong));
    let _ = meet(&south.app);
    assert_eq!(states(south, 1, 0), ["quarantined"], "{}", issued.recall);
    let fetched = agreement::fetch(&south.app, &south.operator(), "n0").unwrap();
    agreement::import_signed(&south.app, &south.operator(), &fetched.toml, &fetched.signatures).unwrap();
    web.settle();
    assert_eq!(states(south, 3, 0), ["live"]);
}
