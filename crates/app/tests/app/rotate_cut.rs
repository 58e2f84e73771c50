//! Changes of keys that were cut off or met another process, keys without end, and what a stolen key leaves in use.

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use comity_app::carrier::Carriers;
use comity_app::model::recall::{Reason, Scope};
use comity_app::model::{MemberKey, Micros, SignedKeyNote, Succession};
use comity_app::recall::Wish;
use comity_app::rotate::{self, Key};
use comity_app::{Clock, Limits, compromise, home, recall, witness};
use comity_testkit::mesh::Ways;
use comity_testkit::{SeededRandom, VirtualClock};

use crate::paper::id;
use crate::raw;
use crate::rotate::{all_is_well, change, key_file, meet, pair, robbed, start};
use crate::web::{NORTH, Web, issue, states};

/// A clock that does something once, when it is read while a next member key lies there: within the change.
struct Within {
    clock: Arc<VirtualClock>,
    next: PathBuf,
    act: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Clock for Within {
    fn now(&self) -> Micros {
        if self.next.exists()
            && let Some(act) = self.act.lock().unwrap().take()
        {
            act();
        }
        self.clock.now()
    }
}

/// Changes the member key of North, and does something before the database knows of it.
fn change_and(web: &Web, act: impl FnOnce() + Send + 'static) {
    let north = web.north();
    let (clock, next) = (Arc::clone(north.clock()), key_file(web, 0, "member.next.key"));
    let within = Within { clock, next, act: Mutex::new(Some(Box::new(act))) };
    let ways: Arc<dyn Carriers> = Arc::new(Ways(Arc::clone(&web.mesh)));
    let random = Arc::new(SeededRandom::new(701));
    let within = Arc::new(within);
    let clock: Arc<dyn Clock> = within.clone();
    let app = home::open_on(north.app.home(), clock, random, Limits::default(), ways).unwrap();
    rotate::rotate(&app, &north.operator(), Key::Member).unwrap();
    assert!(within.act.lock().unwrap().is_none(), "it was done");
}

#[test]
fn another_process_that_is_started_while_a_key_changes_does_not_drop_the_next_one() {
    let mut web = pair();
    let (home, clock) = (web.north().app.home().to_path_buf(), Arc::clone(web.north().clock()));
    let (done, opened) = channel();
    let opened = Arc::new(Mutex::new(opened));
    let (waits, next) = (Arc::clone(&opened), key_file(&web, 0, "member.next.key"));
    change_and(&web, move || {
        std::thread::spawn(move || {
            let app = home::open(&home, clock, Arc::new(SeededRandom::new(702)));
            done.send(app.is_ok_and(|app| app.has_keys())).unwrap();
        });
        let early = waits.lock().unwrap().recv_timeout(Duration::from_millis(300));
        assert!(early.is_err() && next.exists(), "it waits until the change is done");
    });
    assert!(opened.lock().unwrap().recv().unwrap(), "and opens with the key of now");
    start(&mut web, 0, 703);
    assert!(web.north().app.has_keys());
    web.publish(0, 2, 0);
    web.settle();
    assert_eq!(states(web.south(), 2, 0), ["live"]);
    all_is_well(&web);
}

#[test]
fn what_was_cut_off_is_left_alone_while_another_process_has_the_lock_of_the_keys() {
    let web = pair();
    let (home, clock) = (web.north().app.home().to_path_buf(), Arc::clone(web.north().clock()));
    let next = key_file(&web, 0, "member.next.key");
    fs::copy(key_file(&web, 0, "node.secret"), &next).unwrap();
    let lock =
        fs::File::options().append(true).create(true).open(key_file(&web, 0, "changing.lock")).unwrap();
    lock.lock().unwrap();
    let (done, opened) = channel();
    std::thread::spawn(move || {
        done.send(home::open(&home, clock, Arc::new(SeededRandom::new(709))).is_ok()).unwrap();
    });
    assert!(opened.recv_timeout(Duration::from_millis(300)).is_err() && next.exists());
    lock.unlock().unwrap();
    assert!(opened.recv().unwrap() && !next.exists());
}

#[test]
fn a_key_that_the_database_goes_with_lies_there_whatever_became_of_its_file() {
    let mut web = pair();
    let next = key_file(&web, 0, "member.next.key");
    change_and(&web, move || fs::remove_file(next).unwrap());
    start(&mut web, 0, 704);
    assert!(web.north().app.has_keys());
    web.settle();
    all_is_well(&web);
}

#[test]
fn a_change_that_was_cut_off_before_its_statement_was_written_is_written_at_the_next_start() {
    let mut web = pair();
    change(&mut web, 0, Key::Member, 705);
    let path = key_file(&web, 0, "history.json");
    let before = fs::read(&path).unwrap();
    change(&mut web, 0, Key::Member, 706);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, before).unwrap();
    start(&mut web, 0, 707);
    assert_eq!(fs::read(&path).unwrap(), whole);
    fs::remove_file(&path).unwrap();
    start(&mut web, 0, 708);
    assert_eq!(fs::read(&path).unwrap(), whole);
}

#[test]
fn a_member_that_makes_ever_new_keys_is_heard_eight_times_a_day() {
    let mut web = pair();
    for seed in 0..8 {
        change(&mut web, 0, Key::Member, 710 + seed);
        assert_eq!(meet(&web.north().app)[0].failure, "");
    }
    let ninth = rotate::rotate(&web.north().app, &web.north().operator(), Key::Member).unwrap_err();
    assert!(ninth.to_string().contains("wait until tomorrow"), "{ninth}");
    // One that takes no notice of it says so in its key note all the same.
    let newest = MemberKey::from_seed(raw::key_file(web.north(), "member.key"));
    let mut note = SignedKeyNote::from_json(&witness::own_key_note(&web.north().app).unwrap()).unwrap().note;
    let own = MemberKey::from_seed([7; 32]);
    let said = Succession {
        v: 1,
        member: web.north().member().clone(),
        before: newest.public(),
        next: own.public(),
        at: web.north().app.now(),
    };
    note.follows.remove(0);
    note.follows.push(said.sign(&newest, &own).unwrap());
    note.number += 1;
    let text = note.sign(&own).unwrap().to_json().unwrap();
    let learn = |web: &Web| witness::learn(&web.south().app, &web.south().operator(), &text);
    let refused = learn(&web).unwrap_err().to_string();
    assert!(refused.contains("too-many-keys"), "{refused}");
    assert_eq!(crate::exchange::leaves(web.south(), "key.followed"), 8);
    web.community.clock.advance_seconds(86_400);
    learn(&web).unwrap();
    assert_eq!(crate::exchange::leaves(web.south(), "key.followed"), 9);
}

#[test]
fn what_came_before_a_key_was_stolen_stays_in_use_when_it_was_set_aside_and_brought_back_since() {
    let (web, _, key) = robbed();
    let since = web.south().app.now();
    web.community.clock.advance_seconds(60);
    let issued = issue(web.north(), &id(1), &Wish::new(Scope::Restrict, Reason::Other));
    web.settle();
    assert_eq!(states(web.south(), 1, 0), ["quarantined"]);
    recall::lift(&web.north().app, &web.north().operator(), &issued.recall, Reason::Other, 72).unwrap();
    web.settle();
    let south = web.south();
    assert_eq!(states(south, 1, 0), ["live"], "brought back, with a new added-time");
    let declared = compromise::declare(&south.app, &south.operator(), NORTH, &key, since).unwrap();
    assert_eq!(declared.records, []);
    assert_eq!(states(south, 1, 0), ["live"]);
}
