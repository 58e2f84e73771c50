//! Coming into a community by invitation: who answers it is in, and both nodes know each other; whoever else answers, or
//! answers once more, gets nothing, and always in the same words.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use comity_app::carrier::{Answer, Carrier, Carriers, Failure};
use comity_app::credential::{self, Channel};
use comity_app::invite::{self, Invited, NewInvitation, PATH};
use comity_app::join::{self, JoinView, Wish};
use comity_app::model::{
    Access, Address, Agreement, ApprovalRule, Invitation, Joined, Joining, KeyNote, MemberId, MemberKey,
    Micros, Signed, SignedKeyNote, Standing, TlsEnd,
};
use comity_app::stix::{Digest, Tlp};
use comity_app::{
    Actor, App, AppError, Limits, Role, agreement, cosign, exchange, home, ledger, peer, person, proposal,
    pull, rotate, tls, witness,
};
use comity_testkit::comity_store::tables::peer::Peer;
use comity_testkit::mesh::{Fate, Mesh, Ways};
use comity_testkit::{Community, Node, Place, READ, Seat, SeededRandom};
use tempfile::TempDir;

use crate::exchange::{NORTH, NORTH_URL, SOUTH_URL, leaves};
use crate::paper::{at, note};

const GUEST: &str = "Exercise newcomer";
const SECOND: &str = "Exercise second";

/// A node of a community with one more member, which may invite.
struct World {
    community: Community,
    mesh: Arc<Mesh>,
}

impl World {
    fn new() -> Self {
        let seats = vec![Seat::member(NORTH).node(Place::file()), Seat::member("Exercise west")];
        let mut community = Community::new(9, seats);
        community.clock.tick(1);
        let mesh = Arc::new(Mesh::default());
        community.nodes[0].join(&mesh, NORTH_URL);
        assert_eq!(community.node().collection("Reports"), "reports");
        Self { community, mesh }
    }

    /// Where the agreement asks for a second person when it is changed.
    fn of_two() -> Self {
        let mut world = Self::new();
        world.community.amend(|agreement| {
            agreement.two_person.insert(ApprovalRule::Agreement);
        });
        world
    }

    fn north(&self) -> &Node {
        self.community.node()
    }

    fn invite(&self) -> Invited {
        let groups = ["south".to_owned()];
        let new = NewInvitation {
            name: GUEST,
            standing: Standing::Partner,
            state: None,
            groups: &groups,
            adequate: true,
            collections: vec![("reports".into(), READ)],
            purpose: Some("border"),
            basis: Some("treaty"),
            url: NORTH_URL,
            tls: TlsEnd::Own,
            days: 7,
        };
        invite::make(&self.north().app, &self.north().operator(), &new).unwrap()
    }

    fn invite_second(&self) -> Invited {
        let north = self.north();
        let new = NewInvitation {
            name: SECOND,
            standing: Standing::Member,
            state: None,
            groups: &[],
            adequate: false,
            collections: Vec::new(),
            purpose: None,
            basis: None,
            url: NORTH_URL,
            tls: TlsEnd::Own,
            days: 1,
        };
        invite::make(&north.app, &north.operator(), &new).unwrap()
    }

    /// Makes the home of the newcomer, which answers under its address.
    fn begin(&self, text: &str) -> Newcomer {
        self.begin_with(text, Arc::new(Ways(Arc::clone(&self.mesh))))
    }

    fn begin_with(&self, text: &str, ways: Arc<dyn Carriers>) -> Newcomer {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let collections = ["Exercise papers".to_owned()];
        let wish = Wish { url: Some(SOUTH_URL), collections: &collections, ..Wish::default() };
        let random = Arc::new(SeededRandom::new(77));
        join::begin(&home, text, &wish, self.community.clock.clone(), random).unwrap();
        let random = Arc::new(SeededRandom::new(78));
        let app =
            home::open_on(&home, self.community.clock.clone(), random, Limits::default(), ways).unwrap();
        self.mesh.join(SOUTH_URL, &app);
        Newcomer { app, home, _folder: folder }
    }

    /// Starts the node of North again.
    fn start_again(&mut self) {
        let ways: Arc<dyn Carriers> = Arc::new(Ways(Arc::clone(&self.mesh)));
        let (clock, random) = (self.community.clock.clone(), Arc::new(SeededRandom::new(79)));
        let app = home::open_on(self.north().app.home(), clock, random, Limits::default(), ways).unwrap();
        self.mesh.join(NORTH_URL, &app);
        self.community.nodes[0].app = app;
    }

    fn in_force(&self) -> Agreement {
        agreement::current(&self.north().app).unwrap().agreement
    }
}

struct Newcomer {
    app: App,
    home: PathBuf,
    _folder: TempDir,
}

impl Newcomer {
    fn operator(&self) -> Actor {
        person::actor(&self.app, None).unwrap()
    }

    fn ask(&self) -> Result<JoinView, AppError> {
        join::ask(&self.app, &self.operator())
    }
}

/// What somebody with these keys would say to a token.
struct Caller {
    key: MemberKey,
    said: Joining,
}

impl Caller {
    fn new(token: &str) -> Self {
        let key = MemberKey::from_seed([42; 32]);
        let member: MemberId = "identity--00000000-0000-4000-8000-0000000000aa".parse().unwrap();
        let note = KeyNote {
            v: 1,
            number: 3,
            ledger: ledger_key(&member),
            witness: witness_key(&member),
            continues: None,
            tls: vec![Digest::of(b"EXERCISE certificate")],
            courier: None,
            follows: Vec::new(),
            handed_over: Vec::new(),
            witness_before: None,
            more: Default::default(),
            member: member.clone(),
        };
        let said = Joining {
            v: 1,
            token: token.to_owned(),
            member,
            name: GUEST.into(),
            key: key.public(),
            keynote: note.sign(&key).unwrap(),
            at: None,
            access: None,
            said_at: Micros(0),
        };
        Self { key, said }
    }

    fn signed(&self) -> Signed<Joining> {
        Signed::new(self.said.clone(), &self.key).unwrap()
    }

    fn ask(&self, world: &World, channel: Channel) -> Result<Joined, String> {
        let body = self.signed().to_json().unwrap();
        let answer = invite::answer(&world.north().app, channel, &body).map_err(|error| error.to_string())?;
        Ok(Signed::<Joined>::from_json(&answer).unwrap().said)
    }
}

fn ledger_key(member: &MemberId) -> String {
    let origin = format!("comity/{}", member.id().uuid());
    comity_ledger::LedgerKey::from_seed(&origin, [8; 32]).unwrap().vkey()
}

fn witness_key(member: &MemberId) -> String {
    let name = format!("comity/{}/witness", member.id().uuid());
    comity_ledger::WitnessKey::from_seed(&name, [9; 32]).unwrap().vkey()
}

fn token(invited: &Invited) -> String {
    Signed::<Invitation>::from_text(&invited.text).unwrap().said.token
}

#[test]
fn who_invites_after_a_change_of_its_key_is_joined_though_the_agreement_names_the_one_before() {
    let mut world = World::new();
    let open = world.invite();
    let rotated = || rotate::rotate(&world.north().app, &world.north().operator(), rotate::Key::Member);
    assert!(
        rotated().unwrap_err().to_string().contains(&open.id),
        "an invitation that the key before signed"
    );
    invite::revoke(&world.north().app, &world.north().operator(), &open.id).unwrap();
    rotated().unwrap();
    world.start_again();
    let newcomer = world.begin(&world.invite().text);
    let met = newcomer.ask().unwrap().met.unwrap();
    assert!(met.failure.is_empty(), "{met:?}");
}

#[test]
fn where_the_agreement_is_co_signed_who_answers_waits_for_the_version_that_names_it() {
    let world = World::new();
    let north = world.north();
    let mut next = world.in_force();
    next.version += 1;
    let by = [north.member().clone()].into();
    next.signing = Some(comity_app::model::agreement::Signing { by, need: 1, grace_hours: None });
    agreement::import(&north.app, &north.operator(), &next.to_toml().unwrap()).unwrap();
    let newcomer = world.begin(&world.invite().text);
    assert_eq!(newcomer.ask().unwrap().peer, None, "no door brings what others have to sign");
    let listed = invite::list(&north.app).unwrap().remove(0);
    assert_eq!((listed.state.as_str(), listed.member.as_str()), ("waiting", newcomer.app.member().as_str()));
    next.version += 1;
    let mut member = next.members[0].clone();
    member.id = listed.member.parse().unwrap();
    member.name = GUEST.into();
    member.keys = vec![listed.public_key.parse().unwrap()];
    next.members.push(member);
    let text = next.to_toml().unwrap();
    assert!(agreement::import(&north.app, &north.operator(), &text).is_err(), "unsigned");
    cosign::sign(&north.app, &north.operator(), &text).unwrap();
    agreement::import(&north.app, &north.operator(), &text).unwrap();
    assert!(newcomer.ask().unwrap().met.unwrap().failure.is_empty());
}

#[test]
fn who_answers_its_invitation_is_in_and_both_nodes_know_each_other() {
    let world = World::new();
    let north = world.north();
    let invited = world.invite();
    let newcomer = world.begin(&invited.text);
    let view = newcomer.ask().unwrap();
    assert_eq!(view.invitation.fingerprint, invited.fingerprint);
    assert_eq!((view.invitation.from.as_str(), view.invitation.name.as_str()), (NORTH, GUEST));
    let met = view.met.unwrap();
    assert!(met.failure.is_empty() && met.same_agreement, "{met:?}");

    let known = world.in_force();
    let member = known.find(GUEST).unwrap();
    assert_eq!((&member.id, member.standing), (newcomer.app.member(), Standing::Partner));
    assert!(member.adequate && member.groups.contains("south") && member.legal_bases.contains("treaty"));
    assert_eq!(agreement::current(&newcomer.app).unwrap().agreement, known);
    let listed = invite::list(&north.app).unwrap();
    assert_eq!(
        (listed[0].state.as_str(), &listed[0].key),
        ("joined", &view.own_key),
        "what two people compare"
    );
    let key = credential::list(&north.app).unwrap().into_iter().find(|key| key.member == GUEST).unwrap();
    assert_eq!((key.purpose.as_str(), key.basis.as_str(), key.active), ("border", "treaty", true));

    north.publish("reports", &at(Tlp::Green), &note(1, 0, "paper", Some(Tlp::Green)));
    let pulled = pull::run(&newcomer.app, &newcomer.operator(), None, None, None, &mut |_| {}).unwrap();
    assert_eq!(pulled.iter().map(|one| one.received).sum::<usize>(), 1, "{pulled:?}");
    let met = exchange::run(&north.app, &north.operator(), None).unwrap();
    assert!(met.len() == 1 && met[0].failure.is_empty(), "the other way too: {met:?}");
    let back = pull::run(&north.app, &north.operator(), None, None, None, &mut |_| {}).unwrap();
    assert_eq!(back[0].title, "Exercise papers", "{back:?}");
    assert_eq!(leaves(north, "invitation.made") + leaves(north, "member.joined"), 2);
    assert_eq!(ledger::verify(&newcomer.app).unwrap().kinds["community.joined"], 1);
    assert!(!newcomer.home.join("joining.json").exists(), "the token is not kept");
    assert!(matches!(newcomer.ask(), Err(AppError::NotFound(_))));
}

#[test]
fn whoever_may_not_join_gets_nothing_and_always_in_the_same_words() {
    let world = World::new();
    let (spent, revoked, open) = (world.invite(), world.invite(), world.invite());
    assert!(Caller::new(&token(&spent)).ask(&world, Channel::Bare).is_ok());
    invite::revoke(&world.north().app, &world.north().operator(), &revoked.id).unwrap();
    let guessed = Caller::new("EXERCISE-guess").ask(&world, Channel::Bare).unwrap_err();
    let mut second = Caller::new(&token(&spent));
    second.key = MemberKey::from_seed([43; 32]);
    second.said.key = second.key.public();
    second.said.keynote = second.said.keynote.note.clone().sign(&second.key).unwrap();
    let mut third = Caller::new(&token(&spent));
    third.said.member = "identity--00000000-0000-4000-8000-0000000000bb".parse().unwrap();
    third.said.keynote.note.member = third.said.member.clone();
    third.said.keynote = third.said.keynote.note.clone().sign(&third.key).unwrap();
    let mut named = Caller::new(&token(&open));
    named.said.name = "Exercise somebody else".into();
    let mut known = Caller::new(&token(&open));
    known.said.member = world.community.id("Exercise west");
    let mut masked = Caller::new(&token(&open));
    masked.said.member = world.north().member().clone();
    for (caller, why) in [
        (second, "a token that was used, by another key"),
        (third, "a token that was used, by another member"),
        (Caller::new(&token(&revoked)), "a token that was taken back"),
        (named, "another name"),
        (known, "the id of a member, with the key note of another"),
        (masked, "the id of who invited"),
    ] {
        assert_eq!(caller.ask(&world, Channel::Bare).unwrap_err(), guessed, "{why}");
    }
    let foreign = Channel::Certified(Digest::of(b"EXERCISE other certificate"));
    assert_eq!(Caller::new(&token(&open)).ask(&world, foreign).unwrap_err(), guessed, "another certificate");
    world.community.clock.advance_seconds(7 * 86_400);
    assert_eq!(Caller::new(&token(&open)).ask(&world, Channel::Bare).unwrap_err(), guessed, "too late");
    let states: Vec<String> =
        invite::list(&world.north().app).unwrap().into_iter().map(|one| one.state).collect();
    assert_eq!(states, ["expired", "revoked", "joined"]);
    assert_eq!(world.in_force().members.len(), 3, "one came in");
}

#[test]
fn a_member_cannot_be_taken_over_by_an_invitation() {
    let world = World::new();
    let mut caller = Caller::new(&token(&world.invite()));
    let west = world.community.id("Exercise west");
    caller.said.keynote.note.member = west.clone();
    caller.said.keynote.note.ledger = ledger_key(&west);
    caller.said.keynote.note.witness = witness_key(&west);
    caller.said.keynote = caller.said.keynote.note.clone().sign(&caller.key).unwrap();
    caller.said.member = west;
    assert!(caller.ask(&world, Channel::Bare).is_err());
    assert!(world.in_force().find("Exercise west").unwrap().keys.is_empty());
}

#[test]
fn what_is_not_signed_by_its_key_is_refused_before_the_token_is_looked_at() {
    let world = World::new();
    let caller = Caller::new(&token(&world.invite()));
    let mut other = caller.signed();
    other.said.name = "Exercise somebody else".into();
    let foreign = Signed::new(caller.said.clone(), &MemberKey::from_seed([1; 32])).unwrap();
    for body in [other.to_json().unwrap(), foreign.to_json().unwrap(), b"{}".to_vec(), vec![b'['; 70_000]] {
        let refused = invite::answer(&world.north().app, Channel::Bare, &body);
        assert!(matches!(refused, Err(AppError::Invalid(_))), "{refused:?}");
    }
    assert!(caller.ask(&world, Channel::Bare).is_ok());
}

#[test]
fn a_key_is_bound_to_the_certificate_that_the_answer_came_with() {
    let world = World::new();
    let caller = Caller::new(&token(&world.invite()));
    let shown = Channel::Certified(Digest::of(b"EXERCISE certificate"));
    let brought = caller.ask(&world, shown).unwrap().brought.unwrap();
    let login = credential::Login::Bearer(brought.access.secret);
    let authenticate = |channel| credential::authenticate_over(&world.north().app, &login, channel);
    assert!(authenticate(shown).unwrap().is_some());
    assert!(authenticate(Channel::Bare).unwrap().is_none());
    assert!(authenticate(Channel::Certified(Digest::of(b"EXERCISE other"))).unwrap().is_none());
    let refused = authenticate(Channel::Proxied).unwrap_err().to_string();
    assert!(refused.contains("a proxy ends TLS"), "{refused}");
    let wrong = credential::Login::Bearer("k0.EXERCISE".into());
    assert!(
        credential::authenticate_over(&world.north().app, &wrong, Channel::Proxied).unwrap().is_none(),
        "only who has the key is told"
    );
}

#[test]
fn an_answer_that_was_lost_is_asked_for_again_and_only_the_last_key_works() {
    let world = World::new();
    let newcomer = world.begin(&world.invite().text);
    world.mesh.weather(Box::new(|asked| if asked.path == PATH { Fate::AnswerLost } else { Fate::Arrives }));
    assert!(newcomer.ask().is_err());
    assert_eq!(world.in_force().members.len(), 3);
    world.mesh.calm();
    let view = newcomer.ask().unwrap();
    assert!(view.met.unwrap().failure.is_empty());
    let keys = credential::list(&world.north().app).unwrap();
    let of_guest: Vec<bool> = keys.iter().filter(|key| key.member == GUEST).map(|key| key.active).collect();
    assert_eq!(of_guest, [false, true]);
    assert_eq!(peer::list(&world.north().app).unwrap().len(), 1);
    assert_eq!(world.in_force().members.len(), 3);
}

#[test]
fn once_the_two_have_met_the_same_answer_gets_no_second_key() {
    let world = World::new();
    let log = Arc::new(Recorder::default());
    let ways =
        Arc::new(Recorded { ways: Ways(Arc::clone(&world.mesh)), log: Arc::clone(&log), replay: None });
    let newcomer = world.begin_with(&world.invite().text, ways);
    newcomer.ask().unwrap();
    let (request, _) = log.0.lock().unwrap().clone().unwrap();
    let again = invite::answer(&world.north().app, Channel::Bare, &request).unwrap_err();
    let guessed = Caller::new("EXERCISE-guess").ask(&world, Channel::Bare).unwrap_err();
    assert_eq!(again.to_string(), guessed);
}

#[test]
fn where_the_agreement_asks_for_two_who_answers_waits_and_asks_again() {
    let world = World::of_two();
    let north = world.north();
    let second = north.user("second", &[Role::Secretariat]);
    let invited = world.invite();
    let newcomer = world.begin(&invited.text);
    let view = newcomer.ask().unwrap();
    assert_eq!((view.peer, view.met), (None, None));
    assert_eq!(newcomer.ask().unwrap().peer, None, "and waits, without a second proposal");
    let waiting = proposal::list(&north.app).unwrap();
    assert_eq!(waiting.len(), 1);
    let listed = invite::list(&north.app).unwrap();
    assert_eq!((listed[0].state.as_str(), &listed[0].proposal), ("waiting", &waiting[0].id));
    assert!(
        proposal::approve(&north.app, &north.operator(), &waiting[0].id).is_err(),
        "who invited is one person"
    );
    assert_eq!(peer::list(&north.app).unwrap().len(), 0);
    proposal::approve(&north.app, &second, &waiting[0].id).unwrap();
    assert!(newcomer.ask().unwrap().met.unwrap().failure.is_empty());
    assert_eq!(world.in_force(), agreement::current(&newcomer.app).unwrap().agreement);
}

#[test]
fn a_proposal_that_another_agreement_overtook_is_made_anew() {
    let world = World::of_two();
    let second = world.north().user("second", &[Role::Secretariat]);
    let newcomer = world.begin(&world.invite().text);
    assert_eq!(newcomer.ask().unwrap().peer, None);
    let first = proposal::list(&world.north().app).unwrap().remove(0).id;
    let mut other = world.in_force();
    (other.version, other.title) = (other.version + 1, "EXERCISE agreement, amended".into());
    let north = world.north();
    agreement::import(&north.app, &north.operator(), &other.to_toml().unwrap()).unwrap();
    let overtaking = proposal::list(&north.app).unwrap().into_iter().find(|one| one.id != first).unwrap().id;
    proposal::approve(&north.app, &second, &overtaking).unwrap();
    assert_eq!(newcomer.ask().unwrap().peer, None);
    let now = invite::list(&north.app).unwrap().remove(0).proposal;
    assert_ne!(now, first);
    assert_eq!(proposal::list(&north.app).unwrap().len(), 1, "the one that was overtaken is gone");
    proposal::approve(&north.app, &second, &now).unwrap();
    assert!(newcomer.ask().unwrap().peer.is_some());
    assert_eq!(world.in_force().title, "EXERCISE agreement, amended");
}

#[test]
fn taking_an_invitation_back_takes_the_proposal_away_that_would_name_a_stranger_a_member() {
    let world = World::of_two();
    let north = world.north();
    let second = north.user("second", &[Role::Secretariat]);
    let newcomer = world.begin(&world.invite().text);
    assert_eq!(newcomer.ask().unwrap().peer, None);
    let waiting = proposal::list(&north.app).unwrap().remove(0).id;
    invite::revoke(&north.app, &north.operator(), GUEST).unwrap();
    assert_eq!(proposal::list(&north.app).unwrap(), []);
    assert!(matches!(proposal::approve(&north.app, &second, &waiting), Err(AppError::NotFound(_))));
    assert!(world.in_force().find(GUEST).is_none());
    assert_eq!(leaves(north, "proposal.withdrawn"), 1);
}

#[test]
fn an_invitation_that_was_answered_in_time_is_good_for_that_key_however_long_the_second_person_takes() {
    let world = World::of_two();
    let second = world.north().user("second", &[Role::Secretariat]);
    let invited = world.invite();
    let newcomer = world.begin(&invited.text);
    assert_eq!(newcomer.ask().unwrap().peer, None);
    world.community.clock.advance_seconds(8 * 86_400);
    let north = world.north();
    proposal::approve(&north.app, &second, &proposal::list(&north.app).unwrap()[0].id).unwrap();
    assert!(Caller::new(&token(&invited)).ask(&world, Channel::Bare).is_err(), "for nobody else");
    world.mesh.weather(Box::new(|asked| if asked.path == PATH { Fate::AnswerLost } else { Fate::Arrives }));
    assert!(newcomer.ask().is_err());
    world.mesh.calm();
    assert!(newcomer.ask().unwrap().met.unwrap().failure.is_empty());
}

#[test]
fn a_certificate_is_put_in_place_when_every_peer_said_that_it_knows_it_and_the_one_before_stays_until_the_start()
 {
    let world = World::new();
    let newcomer = world.begin(&world.invite().text);
    newcomer.ask().unwrap();
    let (north, operator) = (world.north(), world.north().operator());
    let meet = |app: &App| exchange::with_all(app).unwrap().remove(0);
    let invited = world.invite_second();
    world.community.clock.tick(1);
    assert_eq!(tls::rotate(&north.app, &operator).unwrap().certificates.len(), 2);
    world.community.clock.tick(1);
    world.mesh.weather(Box::new(|_| Fate::AnswerLost));
    assert!(!meet(&newcomer.app).failure.is_empty(), "its question came, and the note did not go back");
    world.mesh.calm();
    let refused = tls::finish(&north.app, &operator, false).unwrap_err().to_string();
    assert!(refused.contains(GUEST) && refused.contains(&format!("{SECOND} by its invitation")), "{refused}");
    invite::revoke(&north.app, &operator, &invited.id).unwrap();
    assert_eq!(meet(&north.app).failure, "");
    let named = |app| SignedKeyNote::from_json(&witness::own_key_note(app).unwrap()).unwrap().note.tls.len();
    let both = tls::finish(&north.app, &operator, false).unwrap().certificates;
    tls::started(&north.app).unwrap();
    assert_eq!((both.len(), named(&north.app)), (2, 2), "this one was opened before, and shows the other");
    meet(&north.app);
    tls::rotate(&north.app, &operator).unwrap();
    meet(&north.app);
    let refused = tls::finish(&north.app, &operator, false).unwrap_err().to_string();
    assert!(refused.contains("was not started since"), "{refused}");
    tls::started(&north.second()).unwrap();
    assert_eq!((named(&north.app), meet(&north.app).failure.as_str()), (2, ""), "no longer named");
    assert_eq!(tls::finish(&north.app, &operator, false).unwrap().certificates[1], both[0]);
}

/// Keeps the first request and answer of a join, or gives an older answer.
#[derive(Default)]
struct Recorder(Mutex<Option<(Vec<u8>, Vec<u8>)>>);

struct Recorded {
    ways: Ways,
    log: Arc<Recorder>,
    replay: Option<Vec<u8>>,
}

impl Carriers for Recorded {
    fn open(&self, app: &App, peer: &Peer, secret: String) -> Result<Box<dyn Carrier>, AppError> {
        let way = self.ways.open(app, peer, secret)?;
        Ok(Box::new(Listening { way, log: Arc::clone(&self.log), replay: self.replay.clone() }))
    }
}

struct Listening {
    way: Box<dyn Carrier>,
    log: Arc<Recorder>,
    replay: Option<Vec<u8>>,
}

impl Carrier for Listening {
    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Failure> {
        self.way.get(path, query)
    }

    fn post(&self, path: &str, body: Vec<u8>) -> Result<Answer, Failure> {
        let answer = self.way.post(path, body.clone())?;
        if path != PATH {
            return Ok(answer);
        }
        self.log.0.lock().unwrap().get_or_insert((body, answer.body.clone()));
        let body = self.replay.clone().unwrap_or(answer.body);
        Ok(Answer { body, ..Answer::default() })
    }

    fn pause(&self, _: Duration) {}
}

#[test]
fn an_answer_to_another_request_or_by_another_key_is_not_taken() {
    let world = World::new();
    let old = {
        let caller = Caller::new(&token(&world.invite()));
        invite::answer(&world.north().app, Channel::Bare, &caller.signed().to_json().unwrap()).unwrap()
    };
    let forged = {
        let said = Signed::<Joined>::from_json(&old).unwrap().said;
        Signed::new(said, &MemberKey::from_seed([5; 32])).unwrap().to_json().unwrap()
    };
    for (replay, why) in [(old, "not the answer to what was asked"), (forged, "signature")] {
        let ways = Ways(Arc::clone(&world.mesh));
        let ways = Arc::new(Recorded { ways, log: Arc::default(), replay: Some(replay) });
        let invited = world.invite_second();
        let newcomer = world.begin_with(&invited.text, ways);
        let refused = newcomer.ask().unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
        assert_eq!(agreement::current(&newcomer.app).unwrap().agreement.members.len(), 1);
        assert_eq!(peer::list(&newcomer.app).unwrap(), []);
        let mut without = world.in_force();
        without.members.retain(|member| member.name != SECOND);
        without.version += 1;
        let north = world.north();
        agreement::import(&north.app, &north.operator(), &without.to_toml().unwrap()).unwrap();
    }
}

#[test]
fn an_invitation_is_made_only_of_what_can_be() {
    let world = World::new();
    let north = world.north();
    let groups = ["nobody".to_owned()];
    let good = NewInvitation {
        name: GUEST,
        standing: Standing::Member,
        state: None,
        groups: &[],
        adequate: false,
        collections: Vec::new(),
        purpose: None,
        basis: None,
        url: NORTH_URL,
        tls: TlsEnd::Own,
        days: 7,
    };
    let wrong = [
        (NewInvitation { name: NORTH, ..good.clone() }, "has a member"),
        (NewInvitation { name: "", ..good.clone() }, "needs a name"),
        (NewInvitation { groups: &groups, ..good.clone() }, "nobody"),
        (NewInvitation { purpose: Some("nothing"), ..good.clone() }, "not defined"),
        (NewInvitation { basis: Some("nothing"), ..good.clone() }, "not defined"),
        (NewInvitation { collections: vec![("none".into(), READ)], ..good.clone() }, "no collection"),
        (NewInvitation { url: "http://north.example", ..good.clone() }, "loopback"),
        (NewInvitation { days: 0, ..good.clone() }, "1 to 90"),
        (NewInvitation { state: Some("Exercise"), ..good.clone() }, "two capital letters"),
    ];
    for (new, why) in wrong {
        let refused = invite::make(&north.app, &north.operator(), &new).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    assert_eq!(invite::list(&north.app).unwrap(), []);
    let reader = north.user("reader", &[Role::Analyst]);
    assert!(matches!(invite::make(&north.app, &reader, &good), Err(AppError::Denied(_))));
}

#[test]
fn a_home_is_not_made_by_an_invitation_that_has_expired() {
    let world = World::new();
    let invited = world.invite();
    world.community.clock.advance_seconds(8 * 86_400);
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let random = Arc::new(SeededRandom::new(1));
    let refused = join::begin(&home, &invited.text, &Wish::default(), world.community.clock.clone(), random)
        .unwrap_err();
    assert!(matches!(&refused, AppError::Conflict(text) if text.contains(NORTH)), "{refused}");
    assert!(!home.exists());
}

#[test]
fn a_member_that_nobody_reaches_is_no_peer_and_asks_for_everything() {
    let world = World::new();
    let mut caller = Caller::new(&token(&world.invite()));
    caller.said.at = None;
    caller.said.access = Some(Access { user: "k1".into(), secret: "EXERCISE".into() });
    caller.ask(&world, Channel::Bare).unwrap();
    assert_eq!(peer::list(&world.north().app).unwrap(), []);
    let mut wrong = Caller::new(&token(&world.invite_second()));
    wrong.said.at = Some(Address { url: "ftp://south.example".into(), tls: TlsEnd::Own });
    assert!(wrong.ask(&world, Channel::Bare).unwrap_err().contains("https"));
}
