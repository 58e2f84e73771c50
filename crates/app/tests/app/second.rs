//! A second process on the same home: what it does takes effect at the first one's next call.

use std::sync::Arc;

use comity_app::handling::{self, Change};
use comity_app::import::{self, Input};
use comity_app::serve::{self, Query};
use comity_app::stix::Tlp;
use comity_app::{AppError, agreement, backup, credential, home, ledger, person};
use comity_testkit::{Community, Engine, READ, Seat, SeededRandom, shared_engines};

use crate::paper::{at, id, note};

const READER: &str = "Exercise reader";

fn community(engine: Engine) -> Community {
    let community = Community::new(
        1,
        vec![Seat::member("Exercise host").node(engine.place()), Seat::member(READER).groups(&["north"])],
    );
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

#[test]
fn an_agreement_that_was_not_committed_is_never_in_force() {
    let mut community = community(Engine::File);
    let node = community.node();
    let file = node.folder().join("backup.db");
    backup::write(&node.app, &node.operator(), &file).unwrap();
    let home = node.folder().join("restored");
    let random = || Arc::new(SeededRandom::new(3));
    backup::restore(&file, &home, None, None, community.clock.clone(), random()).unwrap();
    let without_keys = home::open(&home, community.clock.clone(), random()).unwrap();
    let actor = person::actor(&without_keys, None).unwrap();
    let old = agreement::current(&without_keys).unwrap();

    community.agreement.title = "EXERCISE never signed".into();
    let outcome = agreement::import(&without_keys, &actor, &community.agreement.to_toml().unwrap());
    assert!(matches!(outcome, Err(AppError::Environment(_))), "{outcome:?}");

    // Another process, which has the keys, gives the same number to another agreement.
    std::fs::create_dir(home.join("keys")).unwrap();
    for key in std::fs::read_dir(community.node().app.home().join("keys")).unwrap() {
        let key = key.unwrap();
        std::fs::copy(key.path(), home.join("keys").join(key.file_name())).unwrap();
    }
    let with_keys = home::open(&home, community.clock.clone(), random()).unwrap();
    community.agreement.title = "EXERCISE signed".into();
    agreement::import(&with_keys, &actor, &community.agreement.to_toml().unwrap()).unwrap();
    let now = agreement::current(&without_keys).unwrap();
    assert_eq!((now.epoch, now.agreement.title.as_str()), (old.epoch + 1, "EXERCISE signed"));
}

shared_engines! {
    fn what_another_process_imports_stands_on_the_next_page(engine: Engine) {
        let community = community(engine);
        let node = community.node();
        let reader = node.reader(READER, "exercise");
        assert!(node.sees(&reader, "exercise").is_empty());
        let second = node.second();
        let actor = person::actor(&second, None).unwrap();
        let input = Input { collection: "exercise", name: "x", stated: at(Tlp::Green), ..Input::default() };
        import::run(&second, &actor, &input, note(1, 0, "second", None).as_bytes(), &mut |_| {}).unwrap();
        assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
        node.publish("exercise", &at(Tlp::Green), &note(2, 0, "first", None));
        for app in [&node.app, &second] {
            assert_eq!(ledger::verify(app).unwrap().faults, Vec::<String>::new());
        }
    }

    fn a_key_revoked_by_another_process_is_dead_at_once(engine: Engine) {
        let community = community(engine);
        let node = community.node();
        node.publish("exercise", &at(Tlp::Green), &note(1, 0, "open", None));
        let key = node.key(READER, "exercise", READ);
        let reader = node.client(&key);
        assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
        let second = node.second();
        credential::revoke(&second, &person::actor(&second, None).unwrap(), &key.id).unwrap();
        // Even a client that was recognised before.
        let page = serve::page(&node.app, &reader, "exercise", &Query::default());
        assert!(matches!(page, Err(AppError::NotFound(_))), "{page:?}");
        let login = credential::Login::Bearer(key.secret);
        assert_eq!(credential::authenticate(&node.app, &login).unwrap(), None);
    }

    fn an_agreement_brought_in_by_another_process_governs_the_next_page(engine: Engine) {
        let mut community = community(engine);
        let stated = comity_app::model::Stated { groups: ["north".to_owned()].into(), ..at(Tlp::Green) };
        community.node().publish("exercise", &stated, &note(1, 0, "for the north", None));
        let reader = community.node().reader(READER, "exercise");
        // The epoch is at hand in the first process now.
        assert_eq!(community.node().sees(&reader, "exercise"), [id(1)]);
        let second = community.node().second();
        let actor = person::actor(&second, None).unwrap();
        for (version, (group, expected)) in (10..).zip([(None, vec![]), (Some("north"), vec![id(1)])]) {
            let member = community.agreement.members.iter_mut().find(|member| member.name == READER).unwrap();
            member.groups = group.map(str::to_owned).into_iter().collect();
            community.agreement.version = version;
            agreement::import(&second, &actor, &community.agreement.to_toml().unwrap()).unwrap();
            assert_eq!(community.node().sees(&reader, "exercise"), expected);
            let current = agreement::current(&community.node().app).unwrap();
            assert_eq!(current.agreement.version, version);
        }
    }

    fn a_change_of_handling_by_another_process_takes_effect_at_once(engine: Engine) {
        let community = community(engine);
        let node = community.node();
        node.publish("exercise", &at(Tlp::Green), &note(1, 0, "open", None));
        let reader = node.reader(READER, "exercise");
        assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
        let second = node.second();
        let actor = person::actor(&second, None).unwrap();
        let red = Change { tlp: Some("red".into()), ..Change::default() };
        handling::change(&second, &actor, &id(1), &red).unwrap();
        assert!(node.sees(&reader, "exercise").is_empty());
    }
}
