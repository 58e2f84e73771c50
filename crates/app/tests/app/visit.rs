//! People sign in with a browser.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use comity_app::home::{self, Setup};
use comity_app::limits::VisitLimits;
use comity_app::visit::{self, Opened, Outcome, Stage, factor, link};
use comity_app::{Actor, App, AppError, Clock as _, Limits, Role, backup, group, ledger, person};
use comity_testkit::{SeededRandom, VirtualClock};
use tempfile::TempDir;

const PASSWORD: &str = "seven kites over the hill";

/// A node with its clock; passwords cost little there.
struct Door {
    app: App,
    clock: Arc<VirtualClock>,
    folder: TempDir,
}

impl Door {
    /// A node that is no exercise, so that careful roles take a second factor.
    fn new() -> Self {
        Self::of(false)
    }

    fn of(exercise: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(VirtualClock::default());
        let setup = Setup { member_name: "Exercise host", store_url: None, exercise };
        let random = Arc::new(SeededRandom::new(7));
        home::init(&folder.path().join("home"), &setup, clock.clone(), random).unwrap();
        let app = opened(&folder, &clock, 64, 1);
        Self { app, clock, folder }
    }

    fn operator(&self) -> Actor {
        person::actor(&self.app, None).unwrap()
    }

    /// Adds a user and gives it the password of the tests.
    fn user(&self, name: &str, roles: &[Role]) -> Opened {
        person::add(&self.app, &self.operator(), name, roles, &[]).unwrap();
        self.linked(name)
    }

    fn linked(&self, name: &str) -> Opened {
        let made = link::make(&self.app, &self.operator(), name).unwrap();
        link::take(&self.app, &made.token, PASSWORD).unwrap().unwrap()
    }

    /// Sets a second factor up; gives its secret, the recovery codes and the visit.
    fn factor(&self, cookie: &str) -> (String, Vec<String>, Opened) {
        let secret = factor::offer(&self.app, cookie).unwrap().secret;
        let confirmed = right(factor::confirm(&self.app, cookie, &self.code(&secret)));
        (secret, confirmed.recovery, confirmed.opened)
    }

    fn code(&self, secret: &str) -> String {
        factor::code_of(secret, self.clock.now()).unwrap()
    }

    fn enter(&self, name: &str, password: &str) -> Outcome<Opened> {
        visit::enter(&self.app, name, password).unwrap()
    }

    fn stage(&self, cookie: &str) -> Option<Stage> {
        visit::recognise(&self.app, cookie).unwrap().map(|visit| visit.stage)
    }
}

fn opened(folder: &TempDir, clock: &Arc<VirtualClock>, memory_kib: u32, passes: u32) -> App {
    let visit = VisitLimits { memory_kib, passes, ..VisitLimits::default() };
    let limits = Limits { visit, ..Limits::default() };
    let random = Arc::new(SeededRandom::new(8 + u64::from(passes)));
    home::open_with(&folder.path().join("home"), clock.clone(), random, limits).unwrap()
}

fn right<T>(outcome: Result<Outcome<T>, AppError>) -> T {
    match outcome.unwrap() {
        Outcome::Right(value) => value,
        Outcome::Wrong => panic!("it was wrong"),
        Outcome::Wait(seconds) => panic!("it is to wait for {seconds} seconds"),
    }
}

fn wait<T>(outcome: &Outcome<T>) -> Option<u64> {
    match outcome {
        Outcome::Wait(seconds) => Some(*seconds),
        _ => None,
    }
}

fn is_wrong<T>(outcome: &Outcome<T>) -> bool {
    matches!(outcome, Outcome::Wrong)
}

#[test]
fn no_password_exists_before_somebody_sets_one() {
    let door = Door::new();
    for password in ["", "operator", "comity", PASSWORD] {
        assert!(!matches!(door.enter("operator", password), Outcome::Right(_)));
        door.clock.advance_seconds(61);
    }
    let first = link::first(&door.app).unwrap().unwrap();
    assert_eq!(first.user, "operator");
    link::take(&door.app, &first.token, PASSWORD).unwrap().unwrap();
    assert!(link::first(&door.app).unwrap().is_none(), "somebody has a password now");
}

#[test]
fn a_link_used_twice_ended_or_guessed_answers_alike() {
    let door = Door::new();
    let make = || link::make(&door.app, &door.operator(), "operator").unwrap().token;
    let used = make();
    let seen = link::look(&door.app, &used).unwrap().unwrap();
    assert_eq!((seen.name.as_str(), seen.roles.len()), ("operator", Role::ALL.len()));
    link::take(&door.app, &used, PASSWORD).unwrap().unwrap();
    let ended = make();
    door.clock.advance_seconds(24 * 3_600);
    let beside = [make(), make()];
    link::take(&door.app, &beside[0], PASSWORD).unwrap().unwrap();
    for token in [used.as_str(), &ended, &beside[1], "guessed", "", "../..", "\0", "é"] {
        assert!(link::look(&door.app, token).unwrap().is_none(), "{token}");
        assert!(link::take(&door.app, token, "another good pass phrase").unwrap().is_none(), "{token}");
    }
    right(visit::enter(&door.app, "operator", PASSWORD));
}

#[test]
fn of_many_links_the_newest_three_are_good_and_a_bad_password_uses_none_up() {
    let door = Door::new();
    let tokens: Vec<String> = (0..5)
        .map(|_| {
            door.clock.advance_seconds(1);
            link::make(&door.app, &door.operator(), "operator").unwrap().token
        })
        .collect();
    let good: Vec<bool> =
        tokens.iter().map(|token| link::look(&door.app, token).unwrap().is_some()).collect();
    assert_eq!(good, [false, false, true, true, true]);
    for bad in ["short", "password1234", "operator-operator", &"long ".repeat(300)] {
        assert!(matches!(link::take(&door.app, &tokens[4], bad), Err(AppError::Invalid(_))), "{bad}");
    }
    link::take(&door.app, &tokens[4], PASSWORD).unwrap().unwrap();
}

#[test]
fn only_an_administrator_makes_links_ends_users_and_lists_visits() {
    let door = Door::new();
    door.user("lena", &[Role::Analyst, Role::ReleaseOfficer]);
    let lena = person::actor(&door.app, Some("lena")).unwrap();
    assert!(matches!(link::make(&door.app, &lena, "operator"), Err(AppError::Denied(_))));
    assert!(matches!(person::end(&door.app, &lena, "operator"), Err(AppError::Denied(_))));
    assert!(matches!(visit::list(&door.app, &lena), Err(AppError::Denied(_))));
    assert!(matches!(link::make(&door.app, &door.operator(), "nobody"), Err(AppError::NotFound(_))));
}

#[test]
fn a_wrong_name_and_a_wrong_password_answer_alike_and_cost_alike() {
    let door = Door::new();
    door.user("lena", &[Role::Analyst]);
    // With the real cost, since the work is what is compared.
    let app = opened(&door.folder, &door.clock, 19_456, 2);
    right(visit::enter(&app, "lena", PASSWORD));
    let took = |name: &str| {
        door.clock.advance_seconds(3_601);
        let begun = Instant::now();
        assert!(is_wrong(&visit::enter(&app, name, "not the pass phrase").unwrap()), "{name}");
        begun.elapsed()
    };
    let long = "x".repeat(10_000);
    for unknown in ["nobody", "", "a\0b", "operator", &long] {
        // Turn by turn, and the best of each, so that a machine that does other things beside is the same for both.
        let pairs: Vec<(Duration, Duration)> = (0..6).map(|_| (took("lena"), took(unknown))).collect();
        let known = pairs.iter().map(|pair| pair.0).min().unwrap();
        let other = pairs.iter().map(|pair| pair.1).min().unwrap();
        assert!(other * 4 > known, "{} characters: {other:?} against {known:?}", unknown.len());
    }
}

#[test]
fn failures_slow_a_name_down_and_never_longer_than_a_minute() {
    let door = Door::new();
    door.user("lena", &[Role::Analyst]);
    for name in ["lena", "nobody"] {
        assert!(is_wrong(&door.enter(name, "wrong")) && is_wrong(&door.enter(name, "wrong")), "{name}");
        for expected in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            assert!(is_wrong(&door.enter(name, "wrong")), "{name}");
            assert_eq!(wait(&door.enter(name, PASSWORD)), Some(expected), "{name}");
            door.clock.advance_seconds(i64::try_from(expected).unwrap());
        }
    }
    right(visit::enter(&door.app, "lena", PASSWORD));
    assert!(is_wrong(&door.enter("lena", "wrong")), "a success forgets what failed before");
    assert!(is_wrong(&door.enter("lena", "wrong")));
    right(visit::enter(&door.app, "lena", PASSWORD));
}

#[test]
fn who_releases_or_runs_the_node_takes_a_second_factor_and_an_exercise_asks_for_none() {
    let door = Door::new();
    for (name, role, stage) in [
        ("a", Role::Analyst, "signed"),
        ("o", Role::ReleaseOfficer, "enrol"),
        ("s", Role::Secretariat, "enrol"),
        ("d", Role::DataProtection, "enrol"),
        ("u", Role::Auditor, "signed"),
        ("m", Role::Administrator, "enrol"),
    ] {
        assert_eq!(door.user(name, &[role]).standing.stage, stage, "{name}");
    }
    assert_eq!(Door::of(true).user("o", &[Role::ReleaseOfficer]).standing.stage, "signed");
}

#[test]
fn a_code_counts_once_and_signing_in_changes_the_cookie() {
    let door = Door::new();
    let enrolling = door.user("olga", &[Role::ReleaseOfficer]);
    let (secret, _, signed) = door.factor(&enrolling.cookie);
    assert_ne!(enrolling.cookie, signed.cookie);
    assert_ne!(enrolling.standing.token, signed.standing.token);
    assert_eq!((door.stage(&enrolling.cookie), door.stage(&signed.cookie)), (None, Some(Stage::Signed)));

    let half = right(visit::enter(&door.app, "olga", PASSWORD));
    assert_eq!(half.standing.stage, "second-factor");
    assert!(half.standing.me.is_none(), "nothing is told before the second factor");
    assert!(is_wrong(&visit::second(&door.app, &half.cookie, &door.code(&secret)).unwrap()), "it was used");
    door.clock.advance_seconds(30);
    let whole = right(visit::second(&door.app, &half.cookie, &door.code(&secret)));
    assert_ne!(half.cookie, whole.cookie);
    assert_eq!((door.stage(&half.cookie), door.stage(&whole.cookie)), (None, Some(Stage::Signed)));
    // A clock that is put back makes no code good again.
    let half = right(visit::enter(&door.app, "olga", PASSWORD));
    door.clock.advance_seconds(-30);
    assert!(is_wrong(&visit::second(&door.app, &half.cookie, &door.code(&secret)).unwrap()));
}

#[test]
fn five_wrong_codes_end_the_visit_and_the_next_one_waits_too() {
    let door = Door::new();
    let (secret, _, _) = door.factor(&door.user("olga", &[Role::ReleaseOfficer]).cookie);
    let half = right(visit::enter(&door.app, "olga", PASSWORD));
    for code in ["000000", "12345", "1234567", "-123456", "nonsense"] {
        door.clock.advance_seconds(61);
        assert!(is_wrong(&visit::second(&door.app, &half.cookie, code).unwrap()), "{code}");
    }
    assert_eq!(door.stage(&half.cookie), None);
    assert_eq!(wait(&door.enter("olga", PASSWORD)), Some(4), "a right password does not forget wrong codes");
    door.clock.advance_seconds(61);
    let half = right(visit::enter(&door.app, "olga", PASSWORD));
    right(visit::second(&door.app, &half.cookie, &door.code(&secret)));
}

#[test]
fn a_recovery_code_counts_once_and_new_ones_end_the_old() {
    let door = Door::new();
    let (_, recovery, _) = door.factor(&door.user("olga", &[Role::ReleaseOfficer]).cookie);
    assert_eq!(recovery.iter().collect::<BTreeSet<_>>().len(), 10);
    let second = |code: &str| {
        let half = right(visit::enter(&door.app, "olga", PASSWORD));
        visit::second(&door.app, &half.cookie, code).unwrap()
    };
    let Outcome::Right(whole) = second(&recovery[0].to_lowercase()) else { panic!("a good code") };
    assert!(is_wrong(&second(&recovery[0])));
    let renewed = factor::renew_recovery(&door.app, &whole.cookie).unwrap();
    assert!(is_wrong(&second(&recovery[1])));
    assert!(matches!(second(&renewed[1]), Outcome::Right(_)));
}

#[test]
fn a_visit_ends_when_it_rests_after_twelve_hours_and_with_the_person() {
    let door = Door::new();
    let cookie = door.user("lena", &[Role::Analyst]).cookie;
    door.clock.advance_seconds(30 * 60 - 1);
    assert_eq!(door.stage(&cookie), Some(Stage::Signed));
    door.clock.advance_seconds(30 * 60);
    assert_eq!(door.stage(&cookie), None);

    let cookie = right(visit::enter(&door.app, "lena", PASSWORD)).cookie;
    for _ in 0..(12 * 3 - 1) {
        door.clock.advance_seconds(20 * 60);
        assert_eq!(door.stage(&cookie), Some(Stage::Signed));
    }
    door.clock.advance_seconds(20 * 60);
    assert_eq!(door.stage(&cookie), None);

    let cookie = right(visit::enter(&door.app, "lena", PASSWORD)).cookie;
    person::end(&door.app, &door.operator(), "lena").unwrap();
    assert_eq!(door.stage(&cookie), None);
    assert!(is_wrong(&door.enter("lena", PASSWORD)));
    let again = person::add(&door.app, &door.operator(), "lena", &[Role::Analyst], &[]);
    assert!(matches!(again, Err(AppError::Conflict(_))), "the ledger names the one before so");
    let last = person::end(&door.app, &door.operator(), "operator");
    assert!(matches!(last, Err(AppError::Conflict(_))), "somebody must run the node");
}

#[test]
fn a_half_visit_ends_after_ten_minutes() {
    let door = Door::new();
    let cookie = door.user("olga", &[Role::ReleaseOfficer]).cookie;
    door.clock.advance_seconds(599);
    assert_eq!(door.stage(&cookie), Some(Stage::Enrol));
    door.clock.advance_seconds(1);
    assert_eq!(door.stage(&cookie), None);
}

#[test]
fn a_changed_group_holds_at_the_next_request() {
    let door = Door::new();
    let cookie = door.user("lena", &[Role::Analyst]).cookie;
    let inner = || visit::recognise(&door.app, &cookie).unwrap().unwrap().actor.inner;
    group::add(&door.app, &door.operator(), "border-cell").unwrap();
    assert_eq!(inner().len(), 0);
    group::place(&door.app, &door.operator(), ("border-cell", "lena"), true).unwrap();
    assert_eq!(inner().len(), 1);
    group::place(&door.app, &door.operator(), ("border-cell", "lena"), false).unwrap();
    assert_eq!(inner().len(), 0);
}

#[test]
fn who_acts_as_an_analyst_cannot_run_the_node_though_it_might() {
    let door = Door::of(true);
    let opened = door.linked("operator");
    let actor = |cookie: &str| visit::recognise(&door.app, cookie).unwrap().unwrap().actor;
    assert!(!actor(&opened.cookie).roles.contains(&Role::Administrator), "that role is taken on purpose");
    let add = |cookie: &str, name| group::add(&door.app, &actor(cookie), name);
    assert!(matches!(add(&opened.cookie, "one"), Err(AppError::Denied(_))));
    visit::acting(&door.app, &opened.cookie, &[Role::Administrator].into()).unwrap();
    add(&opened.cookie, "one").unwrap();
    visit::acting(&door.app, &opened.cookie, &[Role::Analyst].into()).unwrap();
    assert!(matches!(add(&opened.cookie, "two"), Err(AppError::Denied(_))));
    let none = visit::acting(&door.app, &opened.cookie, &BTreeSet::new());
    assert!(matches!(none, Err(AppError::Invalid(_))));
    let lena = door.user("lena", &[Role::Analyst]);
    let more = visit::acting(&door.app, &lena.cookie, &[Role::Analyst, Role::Auditor].into());
    assert!(matches!(more, Err(AppError::Denied(_))));
}

#[test]
fn a_fresh_proof_takes_the_password_and_a_code_and_holds_for_five_minutes() {
    let door = Door::new();
    let (secret, _, signed) = door.factor(&door.user("olga", &[Role::ReleaseOfficer]).cookie);
    let stepped = || visit::recognise(&door.app, &signed.cookie).unwrap().unwrap().stepped;
    assert!(stepped(), "signing in is a proof");
    door.clock.advance_seconds(300);
    assert!(!stepped());
    let step_up =
        |password: &str, code: &str| visit::step_up(&door.app, &signed.cookie, password, code).unwrap();
    assert!(is_wrong(&step_up("wrong", &door.code(&secret))));
    assert!(is_wrong(&step_up(PASSWORD, "")));
    assert!(!stepped());
    door.clock.advance_seconds(30);
    let Outcome::Right(standing) = step_up(PASSWORD, &door.code(&secret)) else { panic!("both are right") };
    assert!(stepped() && standing.me.unwrap().stepped_until.is_some());
    door.clock.advance_seconds(-60);
    assert!(!stepped(), "a proof from a time to come is none");
}

#[test]
fn a_new_password_and_a_new_factor_end_every_other_visit() {
    let door = Door::new();
    let one = door.user("lena", &[Role::Analyst]).cookie;
    let two = right(visit::enter(&door.app, "lena", PASSWORD)).cookie;
    let pending = link::make(&door.app, &door.operator(), "lena").unwrap().token;
    let next = "another pass phrase of mine";
    assert!(is_wrong(&visit::change_password(&door.app, &one, "wrong", next).unwrap()));
    assert!(matches!(visit::change_password(&door.app, &one, PASSWORD, "short"), Err(AppError::Invalid(_))));
    right(visit::change_password(&door.app, &one, PASSWORD, next));
    assert_eq!((door.stage(&one), door.stage(&two)), (Some(Stage::Signed), None));
    assert!(link::look(&door.app, &pending).unwrap().is_none());
    assert!(is_wrong(&door.enter("lena", PASSWORD)));

    let two = right(visit::enter(&door.app, "lena", next)).cookie;
    let (_, _, three) = door.factor(&two);
    let stages = [&one, &two, &three.cookie].map(|cookie| door.stage(cookie));
    assert_eq!(stages, [None, None, Some(Stage::Signed)]);
}

#[test]
fn a_link_sets_password_factor_and_visits_of_before_aside() {
    let door = Door::new();
    let (_, recovery, signed) = door.factor(&door.user("olga", &[Role::ReleaseOfficer]).cookie);
    let made = link::make(&door.app, &door.operator(), "olga").unwrap();
    assert_eq!(door.stage(&signed.cookie), Some(Stage::Signed), "a link that nobody uses changes nothing");
    let opened = link::take(&door.app, &made.token, "a new pass phrase").unwrap().unwrap();
    assert_eq!((door.stage(&signed.cookie), opened.standing.stage), (None, "enrol"));
    assert!(is_wrong(&door.enter("olga", PASSWORD)));
    let code = visit::second(&door.app, &opened.cookie, &recovery[0]);
    assert!(matches!(code, Err(AppError::Conflict(_))), "it waits for no code");
}

#[test]
fn signing_out_ends_this_visit_alone_and_the_eleventh_browser_ends_the_one_that_rested_longest() {
    let door = Door::new();
    let cookies: Vec<String> = std::iter::once(door.user("lena", &[Role::Analyst]).cookie)
        .chain((0..10).map(|_| {
            door.clock.advance_seconds(1);
            right(visit::enter(&door.app, "lena", PASSWORD)).cookie
        }))
        .collect();
    let open: Vec<bool> = cookies.iter().map(|cookie| door.stage(cookie).is_some()).collect();
    assert_eq!(open.iter().filter(|open| **open).count(), 10);
    assert!(!open[0]);
    visit::leave(&door.app, &cookies[5]).unwrap();
    assert_eq!((door.stage(&cookies[5]), door.stage(&cookies[6])), (None, Some(Stage::Signed)));
    assert_eq!(visit::list(&door.app, &door.operator()).unwrap().len(), 9);
}

#[test]
fn a_password_is_hashed_anew_at_a_stronger_cost_when_it_is_next_given() {
    let door = Door::new();
    door.user("lena", &[Role::Analyst]);
    let stronger = opened(&door.folder, &door.clock, 128, 2);
    right(visit::enter(&stronger, "lena", PASSWORD));
    right(visit::enter(&stronger, "lena", PASSWORD));
    assert!(is_wrong(&visit::enter(&stronger, "lena", "something else").unwrap()));
}

#[test]
fn a_name_or_password_that_is_written_in_another_form_of_the_same_letters_is_the_same() {
    let door = Door::new();
    person::add(&door.app, &door.operator(), "lena", &[Role::Analyst], &[]).unwrap();
    let made = link::make(&door.app, &door.operator(), "lena").unwrap();
    link::take(&door.app, &made.token, "caf\u{e9} au lait \u{2603}").unwrap().unwrap();
    right(visit::enter(&door.app, "lena", "cafe\u{301} au lait \u{2603}"));
}

#[test]
fn twenty_at_once_are_let_in_one_by_one_or_told_that_the_node_is_busy() {
    let door = Door::new();
    door.user("lena", &[Role::Analyst]);
    let app = opened(&door.folder, &door.clock, 19_456, 2);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..20)
            .map(|_| scope.spawn(|| visit::enter(&app, "lena", PASSWORD).map(right_or_none)))
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let busy = outcomes.iter().filter(|one| matches!(one, Err(AppError::Busy(_)))).count();
    let entered = outcomes.iter().filter(|one| matches!(one, Ok(Some(_)))).count();
    assert_eq!(busy + entered, 20);
    assert!(entered >= 1);
}

fn right_or_none(outcome: Outcome<Opened>) -> Option<Opened> {
    match outcome {
        Outcome::Right(opened) => Some(opened),
        _ => None,
    }
}

#[test]
fn a_restored_node_has_the_passwords_and_no_visits_or_links() {
    let door = Door::new();
    let cookie = door.user("lena", &[Role::Analyst]).cookie;
    let pending = link::make(&door.app, &door.operator(), "lena").unwrap().token;
    let file = door.folder.path().join("backup.db");
    backup::write(&door.app, &door.operator(), &file).unwrap();
    let home = door.folder.path().join("again");
    let random = || Arc::new(SeededRandom::new(9));
    let keys = door.app.home().join("keys");
    backup::restore(&file, &home, None, Some(&keys), door.clock.clone(), random()).unwrap();
    let again = home::open(&home, door.clock.clone(), random()).unwrap();
    assert!(visit::recognise(&again, &cookie).unwrap().is_none());
    assert!(link::look(&again, &pending).unwrap().is_none());
    right(visit::enter(&again, "lena", PASSWORD));
}

#[test]
fn a_copy_of_the_database_under_another_secret_is_no_ground_for_guessing() {
    let door = Door::new();
    door.user("lena", &[Role::Analyst]);
    let secret = door.app.home().join("keys").join("node.secret");
    std::fs::remove_file(&secret).unwrap();
    let other = tempfile::tempdir().unwrap();
    let setup = Setup { member_name: "Exercise other", store_url: None, exercise: false };
    home::init(&other.path().join("home"), &setup, door.clock.clone(), Arc::new(SeededRandom::new(3)))
        .unwrap();
    std::fs::copy(other.path().join("home").join("keys").join("node.secret"), &secret).unwrap();
    let app = opened(&door.folder, &door.clock, 64, 1);
    assert!(is_wrong(&visit::enter(&app, "lena", PASSWORD).unwrap()));
}

#[test]
fn the_ledger_says_who_came_and_went_and_holds_nothing_by_which_anybody_comes() {
    let door = Door::new();
    let enrolling = door.user("olga", &[Role::ReleaseOfficer]);
    let (secret, recovery, signed) = door.factor(&enrolling.cookie);
    let pending = link::make(&door.app, &door.operator(), "olga").unwrap().token;
    for _ in 0..3 {
        let _ = door.enter("a name that nobody has", "wrong");
    }
    visit::leave(&door.app, &signed.cookie).unwrap();
    person::end(&door.app, &door.operator(), "olga").unwrap();
    let leaves: Vec<String> = (0..)
        .map_while(|number| ledger::leaf(&door.app, number).ok().flatten())
        .map(|leaf| String::from_utf8_lossy(&leaf).into_owned())
        .collect();
    let all = leaves.join("\n");
    for kind in ["user.link-made", "user.password-set", "user.factor-set", "visit.began", "visit.ended"] {
        assert!(all.contains(kind), "{kind} is not in {all}");
    }
    assert_eq!(all.matches("visit.failed").count(), 1, "once in a minute");
    // An administrator could become anybody by a link: it says for whom it was, and whoever used it by whose.
    let told = |kind: &str, what: &str| {
        let of_kind: Vec<_> = leaves.iter().filter(|leaf| leaf.contains(kind)).collect();
        assert!(
            !of_kind.is_empty() && of_kind.iter().all(|leaf| leaf.contains(what)),
            "{kind}: {of_kind:#?}"
        );
    };
    told("\"user.added\"", r#""user":"olga""#);
    told("\"user.link-made\"", r#""user":"olga""#);
    told("\"user.password-set\"", r#""by":"operator""#);
    told("\"user.ended\"", r#""user":"olga""#);
    let token = signed.standing.token.unwrap();
    let secrets = [PASSWORD, "a name that", &enrolling.cookie, &signed.cookie, &token, &secret, &pending];
    for one in secrets.into_iter().chain(recovery.iter().map(String::as_str)) {
        assert!(!all.contains(one), "{one} is in {all}");
    }
}
