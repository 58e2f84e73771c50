//! Backups: taken from a node in use, restored with and without its keys, and onto another engine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use comity_app::backup::{self, Restored};
use comity_app::serve::{self, Query};
use comity_app::stix::Tlp;
use comity_app::{App, AppError, Clock as _, Role, catchup, explain, home, ledger, person};
use comity_store::Location;
use comity_testkit::{Community, Engine, Node, Place, Seat, SeededRandom, engines};

use crate::paper::{at, id, note};

const READER: &str = "Exercise reader";

fn community(place: Place) -> Community {
    let community = Community::new(1, vec![Seat::member("Exercise host").node(place), Seat::member(READER)]);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    let text: Vec<String> = (1..=30).map(|number| note(number, 0, "kept", None)).collect();
    community.node().publish("exercise", &at(Tlp::Green), &text.join("\n"));
    community
}

fn written(node: &Node) -> PathBuf {
    let file = node.folder().join("backup.db");
    backup::write(&node.app, &node.operator(), &file).unwrap();
    file
}

fn restore(
    node: &Node,
    file: &Path,
    name: &str,
    store: Option<&str>,
    with_keys: bool,
) -> Result<(Restored, App), AppError> {
    let home = node.folder().join(name);
    let keys = node.app.home().join("keys");
    let random = || Arc::new(SeededRandom::new(9));
    let keys = with_keys.then_some(keys.as_path());
    let restored = backup::restore(file, &home, store, keys, node.clock().clone(), random())?;
    Ok((restored, home::open(&home, node.clock().clone(), random())?))
}

fn caught_up(app: &App) -> bool {
    catchup::run(app, &person::actor(app, None).unwrap(), &[], "").unwrap().done
}

fn url(place: &Place) -> String {
    match place.location() {
        Location::Memory => "sqlite::memory:".into(),
        Location::File(path) => format!("sqlite:{}", path.display()),
        Location::Postgres(url) => url.clone(),
    }
}

engines! {
    fn a_restored_node_verifies_and_goes_on_where_the_backup_was_taken(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        let reader = node.reader(READER, "exercise");
        let page = serve::page(&node.app, &reader, "exercise", &Query { limit: Some(10), ..Query::default() }).unwrap();
        let file = written(node);
        let taken_at = community.clock.now().to_string();
        community.clock.advance_seconds(60);
        node.publish("exercise", &at(Tlp::Green), &note(31, 0, "after the backup", None));

        let (restored, app) = restore(node, &file, "restored", None, true).unwrap();
        assert_eq!((restored.member.as_str(), &restored.backup.taken_at), ("Exercise host", &taken_at));
        assert!(restored.lacks[0].contains(&taken_at), "{:?}", restored.lacks);
        assert!(!restored.lacks.iter().any(|lack| lack.contains("keys")), "{:?}", restored.lacks);
        let verified = ledger::verify(&app).unwrap();
        assert_eq!((verified.faults, verified.records), (Vec::new(), 30));
        assert!(app.has_keys());
        // The same key, the same cursor, the rest of the stream, once it has caught up with everybody: there is nobody.
        assert!(caught_up(&app));
        let rest = Query { next: page.next, limit: Some(10), ..Query::default() };
        let next = serve::page(&app, &reader, "exercise", &rest).unwrap();
        assert_eq!(next.objects[0].get().id(), id(11));
        assert!(ledger::verify(&app).unwrap().leaves > verified.leaves);
    }

    fn a_backup_of_sqlite_is_restored_onto_any_engine(engine: Engine) {
        // A database in memory would be gone with the restoring process.
        let place = if engine == Engine::Memory { Place::file() } else { engine.place() };
        let community = community(Place::memory());
        let node = community.node();
        let reader = node.reader(READER, "exercise");
        let (_, app) = restore(node, &written(node), "moved", Some(&url(&place)), true).unwrap();
        assert_eq!(app.location(), place.location());
        assert_eq!(ledger::verify(&app).unwrap().faults, Vec::<String>::new());
        assert!(caught_up(&app));
        let page = serve::page(&app, &reader, "exercise", &Query::default()).unwrap();
        assert_eq!(page.objects.len(), 30);
    }
}

#[test]
fn without_its_keys_a_restored_node_can_be_read_and_not_changed() {
    let community = community(Place::memory());
    let node = community.node();
    let (restored, app) = restore(node, &written(node), "bare", None, false).unwrap();
    assert!(restored.lacks.iter().any(|lack| lack.contains("keys")), "{:?}", restored.lacks);
    assert!(!app.has_keys());
    assert_eq!(ledger::verify(&app).unwrap().faults, Vec::<String>::new());
    assert_eq!(explain::records(&app, None).unwrap().len(), 30);
    assert_eq!(explain::who_sees(&app, &id(1)).unwrap()[0].view, explain::View::Whole);
    let actor = person::actor(&app, None).unwrap();
    let added = person::add(&app, &actor, "somebody", &[Role::Auditor], &[]);
    assert!(matches!(added, Err(AppError::Environment(_))), "{added:?}");
    assert!(person::list(&app).unwrap().iter().all(|person| person.name != "somebody"));
}

#[test]
fn the_keys_of_another_node_do_not_fit() {
    let (one, two) =
        (community(Place::memory()), Node::new("Exercise other", Place::memory(), &Arc::default(), 5));
    let file = written(one.node());
    let outcome = backup::restore(
        &file,
        &one.node().folder().join("wrong"),
        None,
        Some(&two.app.home().join("keys")),
        one.clock.clone(),
        Arc::new(SeededRandom::new(1)),
    );
    assert!(matches!(outcome, Err(AppError::Conflict(_))), "{outcome:?}");
}

#[test]
fn a_backup_never_overwrites_and_a_restore_takes_only_backups_and_empty_folders() {
    let community = community(Place::memory());
    let node = community.node();
    let file = written(node);
    assert!(matches!(backup::write(&node.app, &node.operator(), &file), Err(AppError::Conflict(_))));
    let officer = node.user("officer", &[Role::ReleaseOfficer]);
    let other = node.folder().join("other.db");
    assert!(matches!(backup::write(&node.app, &officer, &other), Err(AppError::Denied(_))));
    assert!(!other.exists());
    std::fs::create_dir(node.folder().join("full")).unwrap();
    std::fs::write(node.folder().join("full/something"), "x").unwrap();
    assert!(matches!(restore(node, &file, "full", None, true), Err(AppError::Conflict(_))));
    let missing = node.folder().join("missing.db");
    assert!(matches!(restore(node, &missing, "new", None, true), Err(AppError::Environment(_))));
    let no_backup = node.folder().join("text.db");
    std::fs::write(&no_backup, "this is no database, it is a text of some length").unwrap();
    assert!(matches!(restore(node, &no_backup, "new", None, true), Err(AppError::Environment(_))));
}

#[test]
fn a_backup_taken_while_others_write_is_whole() {
    let community = community(Place::file());
    let node = community.node();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 100..140 {
                node.publish("exercise", &at(Tlp::Green), &note(number, 0, "meanwhile", None));
            }
        });
        for turn in 0..4 {
            let file = node.folder().join(format!("during-{turn}.db"));
            backup::write(&node.app, &node.operator(), &file).unwrap();
            let (restored, app) = restore(node, &file, &format!("during-{turn}"), None, true).unwrap();
            let verified = ledger::verify(&app).unwrap();
            assert_eq!(verified.faults, Vec::<String>::new());
            assert_eq!(
                verified.leaves,
                restored.backup.leaves.unsigned_abs() + 2,
                "another name, and the restoration"
            );
        }
        writer.join().unwrap();
    });
}
