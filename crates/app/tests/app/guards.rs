//! A program that brings other guards than the database was last used with.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use comity_app::activate::{self, Wish};
use comity_app::policy::{PolicySet, STANDARD_LOCAL};
use comity_app::proof::Means;
use comity_app::stix::{Digest, Tlp};
use comity_app::{App, AppError, agreement, home, ledger};
use comity_ledger::{Hash, Head, Leaf, LedgerKey};
use comity_store::tables::journal::{self, HeadRow};
use comity_store::{Location, Store, StoreError};
use comity_testkit::{Community, NOW_US, Node, Place, Seat, SeededRandom};

use crate::paper::{at, id, note, with_marked_abstract};

const READER: &str = "Exercise reader";

#[test]
fn a_home_that_was_used_with_other_guards_opens_under_a_new_epoch_and_decides_again() {
    let community =
        Community::new(1, vec![Seat::member("Exercise host").node(Place::file()), Seat::member(READER)]);
    let node = community.node();
    assert_eq!(node.collection("Exercise"), "exercise");
    let reader = node.reader(READER, "exercise");
    let marked = with_marked_abstract(&note(1, 0, "a", None), Tlp::Red);
    node.publish("exercise", &at(Tlp::Green), &marked);
    node.publish("exercise", &at(Tlp::Red), &note(2, 0, "b", None));
    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
    let before = agreement::current(&node.app).unwrap();

    // What an older program would have left: the same rules under the name that they have with other guards.
    let foreign = [Digest([7; 32]); 2];
    left_by_another_program(node, PolicySet::name_of(foreign, STANDARD_LOCAL), &[[7; 32]; 2].concat());

    let app = node.second();
    let after = agreement::current(&app).unwrap();
    assert_eq!((after.epoch, after.digest), (before.epoch + 1, before.digest));
    assert_eq!(after.policy, before.policy, "the guards of this program are in force again");
    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
    assert_eq!(ledger::verify(&app).unwrap().faults, Vec::<String>::new());
    assert_eq!(agreement::current(&node.second()).unwrap().epoch, after.epoch, "once");
}

fn store_of(node: &Node) -> Store {
    let Location::File(path) = node.place().location() else { panic!("a file was asked for") };
    Store::open(&Location::File(path.clone()), NOW_US).unwrap()
}

/// Puts what another program would have written in the place of the policies and of what the ledger says of them: the
/// name that they had there, and what was kept beside them.
pub(crate) fn left_by_another_program(node: &Node, name: Digest, frame: &[u8]) {
    let seed = std::fs::read_to_string(node.app.home().join("keys/ledger.key")).unwrap();
    let seed = STANDARD.decode(seed.trim()).unwrap().try_into().unwrap();
    let key = LedgerKey::from_seed(&format!("comity/{}", node.member().id().uuid()), seed).unwrap();
    let here = agreement::current(&node.app).unwrap().policy;
    store_of(node)
        .write("foreign", |tx| {
            let mut leaves: Vec<Leaf> =
                journal::leaves(tx, 0, i64::MAX)?.iter().map(|bytes| Leaf::decode(bytes).unwrap()).collect();
            for leaf in leaves.iter_mut().filter(|leaf| leaf.policy.as_ref() == Some(&here)) {
                leaf.policy = Some(name.to_string());
            }
            let bytes: Vec<Vec<u8>> =
                (0..).zip(&leaves).map(|(seq, leaf)| leaf.encode(seq).unwrap()).collect();
            let slices: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
            let grown = comity_ledger::append(Head::EMPTY, &slices, &Vec::<Hash>::new()).unwrap();
            tx.exec("DELETE FROM leaf", &[])?;
            tx.exec("DELETE FROM tree", &[])?;
            journal::add_leaves(tx, 0, &bytes)?;
            let hashes: Vec<_> =
                grown.hashes.iter().map(|(index, hash)| (i64::try_from(*index).unwrap(), hash.0)).collect();
            journal::add_hashes(tx, &hashes)?;
            let checkpoint = key.sign_checkpoint(grown.head);
            let size = i64::try_from(grown.head.size).unwrap();
            journal::set_head(tx, &HeadRow { size, root: grown.head.root.0, checkpoint })?;
            let old: Digest = here.parse().unwrap();
            let sql = "UPDATE policy SET policy = ?1, guards = ?2 WHERE policy = ?3";
            tx.exec(sql, &[name.0.into(), frame.into(), old.0.into()])?;
            let sql = "UPDATE epoch SET policy = ?1 WHERE policy = ?2";
            tx.exec(sql, &[name.0.into(), old.0.into()])?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

/// Changes what the database holds, and opens the home again.
fn reopened_after(community: &Community, sql: &str, text: &str) -> Result<App, AppError> {
    let node = community.node();
    store_of(node)
        .write("tamper", |tx| {
            tx.exec(sql, if text.is_empty() { vec![] } else { vec![text.into()] }.as_slice())?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    home::open(node.app.home(), community.clock.clone(), Arc::new(SeededRandom::new(3)))
}

fn refusal(refused: Result<App, AppError>) -> String {
    match refused {
        Err(AppError::Environment(why)) => why,
        Err(other) => panic!("{other:?}"),
        Ok(app) => panic!("epoch {} is in force", agreement::current(&app).unwrap().epoch),
    }
}

fn fresh() -> Community {
    Community::new(1, vec![Seat::member("Exercise host").node(Place::file()), Seat::member(READER)])
}

#[test]
fn local_policies_that_were_altered_in_the_database_never_come_into_force() {
    let everything = "@id(\"everything\") permit (principal, action, resource);";
    let altered = refusal(reopened_after(&fresh(), "UPDATE policy SET body = ?1", everything));
    assert!(altered.contains("policies") && altered.contains("restore a backup"), "{altered}");
    // Saying that another program kept them does not help: their name says with which guards.
    let sql = "UPDATE policy SET body = ?1, guards = zeroblob(64)";
    let altered = refusal(reopened_after(&fresh(), sql, everything));
    assert!(altered.contains("altered"), "{altered}");
    let gone = refusal(reopened_after(&fresh(), "DELETE FROM policy", ""));
    assert!(gone.contains("missing"), "{gone}");
}

#[test]
fn an_agreement_that_was_altered_in_the_database_does_not_count() {
    let community = fresh();
    let mut other = community.agreement.clone();
    other.title = "EXERCISE of somebody else".into();
    let text = other.to_toml().unwrap();
    let app = reopened_after(&community, "UPDATE epoch SET body = ?1", &text);
    let altered = refusal(app.and_then(|app| agreement::current(&app).map(|_| app)));
    assert!(altered.contains("agreement") && altered.contains("altered"), "{altered}");
}

#[test]
fn invariants_that_were_altered_in_the_database_do_not_count() {
    let community = fresh();
    let node = community.node();
    let wish = Wish { inherit: true, ..Wish::default() };
    activate::run(&node.app, &node.operator(), wish, &Means::default()).unwrap();
    let other = r#"[["own.cedar", "@id(\"mine\") permit (principal, action, resource);"]]"#;
    let app = reopened_after(&community, "UPDATE activation SET invariants = ?1", other);
    let altered = refusal(app.and_then(|app| activate::rules(&app).map(|_| app)));
    assert!(altered.contains("invariants") && altered.contains("altered"), "{altered}");
}

#[test]
fn what_another_program_left_is_shown_as_not_proved_until_it_is_activated_again() {
    let community = fresh();
    let activated = |app: &App, community: &Community| {
        let wish = Wish { inherit: true, ..Wish::default() };
        activate::run(app, &community.node().operator(), wish, &Means::default()).unwrap();
        activate::rules(app).unwrap().is_proved
    };
    let foreign = [Digest([7; 32]); 2];
    left_by_another_program(
        community.node(),
        PolicySet::name_of(foreign, STANDARD_LOCAL),
        &[[7; 32]; 2].concat(),
    );
    let app = community.node().second();
    assert!(!activate::rules(&app).unwrap().is_proved);
    assert_eq!(activate::history(&app).unwrap().last().unwrap().solver, activate::NOT_PROVED);
    assert!(activated(&app, &community));
    assert_ne!(activate::history(&app).unwrap().last().unwrap().solver, activate::NOT_PROVED);
}

/// Schema and guards of a program that kept the hash of the guards alone.
const OLDER: [&str; 2] = [
    "919f45a86d015256083d23cb8fef8d0a7ba8ca0ef8e9e546b0c4a2a29d644271",
    "e9c25e9df5351d9859b956ce0bcf39b59a78008dba1d2f95c1b12e65cd698ea4",
];

#[test]
fn policies_that_an_older_program_kept_come_into_force_again_unless_they_or_its_guards_were_altered() {
    let older = OLDER.map(|hash| hash.parse::<Digest>().unwrap());
    let name = PolicySet::name_of(older, STANDARD_LOCAL);
    for (sql, is_altered) in [
        ("UPDATE policy SET body = body", false),
        ("UPDATE policy SET body = body || ' // EXERCISE'", true),
        ("UPDATE policy SET guards = zeroblob(32)", true),
        ("UPDATE policy SET guards = zeroblob(32), body = body || ' // EXERCISE'", true),
    ] {
        let community = fresh();
        left_by_another_program(community.node(), name, &older[1].0);
        let opened = reopened_after(&community, sql, "");
        if is_altered {
            let why = refusal(opened);
            assert!(why.contains("policies") && why.contains("altered"), "{sql}: {why}");
        } else {
            assert_eq!(agreement::current(&opened.unwrap()).unwrap().epoch, 3, "{sql}");
        }
    }
}

#[test]
fn guards_rewritten_beside_altered_policies_do_not_make_them_an_older_programs() {
    let everything = "@id(\"everything\") permit (principal, action, resource);";
    let sql = "UPDATE policy SET body = ?1, guards = zeroblob(32)";
    let why = refusal(reopened_after(&fresh(), sql, everything));
    assert!(why.contains("policies") && why.contains("altered"), "{why}");
}

/// Puts other local policies in force in the tables alone, under their right name.
fn forged(community: &Community, local: &str) {
    let set = PolicySet::new(local).unwrap();
    store_of(community.node())
        .write("forge", |tx| {
            comity_store::tables::epoch::keep_policy(tx, set.hash(), PolicySet::frame(), local)?;
            tx.exec("UPDATE epoch SET policy = ?1", &[set.hash().0.into()])?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn policies_of_which_the_ledger_knows_nothing_are_not_started_with_and_verification_tells_them() {
    let community = fresh();
    let everything = "@id(\"everything\") permit (principal, action, resource);";
    forged(&community, everything);
    let node = community.node();
    let open = || home::open(node.app.home(), community.clock.clone(), Arc::new(SeededRandom::new(3)));
    let why = refusal(open());
    assert!(why.contains("policies") && why.contains("altered") && why.contains("comity verify"), "{why}");
    let app = home::open_to_verify(node.app.home(), community.clock.clone(), Arc::new(SeededRandom::new(3)));
    let faults = ledger::verify(&app.unwrap()).unwrap().faults;
    assert!(faults.iter().any(|fault| fault.contains("epoch 2: policies")), "{faults:?}");
    // A running node does not activate anything upon them either.
    let wish = Wish { local: Some(STANDARD_LOCAL.to_owned()), inherit: true, ..Wish::default() };
    let refused = activate::run(&node.app, &node.operator(), wish, &Means::default());
    assert!(matches!(refused, Err(AppError::Environment(_))), "{refused:?}");
    forged(&community, STANDARD_LOCAL);
    open().unwrap();
}

#[test]
fn an_epoch_of_which_the_ledger_knows_nothing_is_not_in_force() {
    let community = fresh();
    let sql = "INSERT INTO epoch (epoch, digest, body, policy, actor, at_us)
               SELECT epoch + 1, digest, body, policy, actor, at_us FROM epoch ORDER BY epoch DESC LIMIT 1";
    let why = refusal(reopened_after(&community, sql, ""));
    assert!(why.contains("epoch") && why.contains("ledger"), "{why}");
    let gone = fresh();
    let sql = "DELETE FROM epoch WHERE epoch = (SELECT max(epoch) FROM epoch)";
    reopened_after(&gone, sql, "").unwrap();
    let faults = ledger::verify(&gone.node().app).unwrap().faults;
    assert_eq!(faults, ["epoch 2 is gone"]);
}

#[test]
fn a_proof_that_was_altered_in_the_database_does_not_count() {
    for sql in [
        "UPDATE activation SET proof = replace(proof, 'inherited', 'holds')",
        "UPDATE activation SET solver = 'cvc5 1.0.3'",
        "UPDATE activation SET digest = zeroblob(32)",
        "DELETE FROM activation",
    ] {
        let community = fresh();
        let node = community.node();
        let wish = Wish { inherit: true, ..Wish::default() };
        activate::run(&node.app, &node.operator(), wish, &Means::default()).unwrap();
        let why = refusal(reopened_after(&community, sql, ""));
        assert!(why.contains("proof") && why.contains("altered"), "{sql}: {why}");
        let faults = ledger::verify(&node.app).unwrap().faults;
        assert!(faults.iter().any(|fault| fault.contains("proof")), "{sql}: {faults:?}");
    }
}

#[test]
fn a_proof_of_the_same_name_under_another_signature_does_not_count() {
    let community = fresh();
    let node = community.node();
    let wish = Wish { inherit: true, ..Wish::default() };
    activate::run(&node.app, &node.operator(), wish, &Means::default()).unwrap();
    let mut signed =
        comity_app::model::SignedProof::from_json(&activate::proof(&node.app, None).unwrap()).unwrap();
    let other = comity_app::model::MemberKey::from_seed([9; 32]);
    signed = signed.proof.sign(node.member().clone(), &other).unwrap();
    let text = signed.to_json().unwrap();
    let digest = Digest::of(text.as_bytes());
    store_of(node)
        .write("resign", |tx| {
            tx.exec("UPDATE activation SET proof = ?1, digest = ?2", &[(&text).into(), digest.0.into()])?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let why = refusal(home::open(node.app.home(), community.clock.clone(), Arc::new(SeededRandom::new(3))));
    assert!(why.contains("proof"), "{why}");
}
