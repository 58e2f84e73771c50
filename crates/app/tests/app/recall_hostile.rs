//! Recalls and answers that are not as they must be: they change nothing, and it is known that they came.

use comity_app::exchange;
use comity_app::model::recall::{
    Exception, Obligation, Onward, Outcome, Outcomes, Reason, Recall, RecallAnswer, Scope, Stage, Target,
};
use comity_app::model::{MemberId, MemberKey, Message, Micros, SignedMessage};
use comity_app::recall::{self, How};
use comity_app::serve::Query;
use comity_app::stix::{Digest, Tlp};
use comity_app::{App, AppError, Clock as _, Reader, Role};
use comity_testkit::{Community, Node, Place, Seat};
use serde_json::{Value, json};

use crate::exchange::leaves;
use crate::paper::{id, note, version};
use crate::web::{Web, all, holder, onward, purge, states, take_back, url};

pub const HOST: &str = "Exercise host";
pub const GUEST: &str = "Exercise guest";
pub const STRANGER: &str = "Exercise stranger";
pub const OWNER: &str = "Exercise owner";

pub fn key(number: u8) -> MemberKey {
    MemberKey::from_seed([number; 32])
}

/// A node that has a note of the owner, and members whose messages a test writes itself.
pub struct Desk {
    pub community: Community,
    pub readers: Vec<(MemberId, Reader)>,
    numbers: u64,
}

impl Desk {
    pub fn new() -> Self {
        Self::at(Place::memory())
    }

    pub fn at(place: Place) -> Self {
        let seats = vec![
            Seat::member(HOST).node(place),
            Seat::member(GUEST),
            Seat::member(STRANGER),
            Seat::member(OWNER),
        ];
        let mut community = Community::new(8, seats);
        community.clock.tick(1);
        for (number, name) in [(1, GUEST), (2, STRANGER), (3, OWNER)] {
            community.amend_member(name, |member| member.keys = vec![key(number).public()]);
        }
        let node = community.node();
        let collection = node.collection("Reports");
        node.publish(&collection, &onward(), &note(1, 0, "paper 1", Some(Tlp::Green)));
        let readers = [GUEST, STRANGER, OWNER]
            .map(|name| (community.id(name), node.reader(name, &collection)))
            .to_vec();
        assert_eq!(node.stream(&readers[0].1, &collection, &Query::default(), 10).len(), 1);
        Self { community, readers, numbers: 0 }
    }

    pub fn node(&self) -> &Node {
        self.community.node()
    }

    pub fn id(&self, name: &str) -> MemberId {
        self.community.id(name)
    }

    fn target(&self) -> Target {
        let text = note(1, 0, "paper 1", Some(Tlp::Green));
        let object =
            comity_app::stix::Object::parse(text.as_bytes(), &comity_app::stix::Limits::default()).unwrap();
        Target {
            id: id(1).parse().unwrap(),
            version: version(0).parse().unwrap(),
            object: comity_app::stix::canon::digest_of(object.value()).unwrap(),
            revision: None,
        }
    }

    pub fn recall(&self, origin: &str) -> Recall {
        Recall {
            origin: self.id(origin),
            number: 1,
            scope: Scope::Withdraw,
            reason: Reason::Wrong,
            targets: vec![self.target()],
            replacement: None,
            obligation: Some(Obligation::Delete),
            deadline: self.community.clock.now().plus_seconds(3_600),
            cascade: true,
            supersedes: None,
        }
    }

    pub fn say(&self, from: &str, number: u32, recall: &Recall) -> Message {
        let id = format!("recall--00000000-0000-4000-8000-{number:012}");
        Message::new(id, self.id(from), None, self.community.clock.now(), recall).unwrap()
    }

    /// Somebody brings messages; what the node says was wrong with the last.
    pub fn bring(&mut self, via: &str, messages: &[Value]) -> String {
        let app = self.node().app.clone();
        self.bring_to(&app, via, messages)
    }

    /// The same to the node as it was opened with other limits.
    pub fn bring_to(&mut self, app: &App, via: &str, messages: &[Value]) -> String {
        let member = self.id(via);
        let reader = self.readers.iter().find(|(id, _)| *id == member).unwrap().1.clone();
        let first = self.numbers + 1;
        self.numbers += messages.len() as u64;
        let lines: Vec<Value> =
            (first..).zip(messages).map(|(n, message)| json!({"n": n, "message": message})).collect();
        let digest = self.community.agreement.digest().unwrap();
        let form = json!({"v": 1, "program": "exercise/1", "agreement": digest, "at": self.community.clock.now(),
            "have": {"n": 0}, "messages": lines});
        exchange::answer(app, &reader, form.to_string().as_bytes()).unwrap();
        let name = |one: &exchange::Standing| one.member == via;
        exchange::standings(app).unwrap().into_iter().find(name).unwrap().fault
    }

    pub fn is_untouched(&self) -> bool {
        states(self.node(), 1, 0) == ["live"] && all(self.node()).is_empty()
    }
}

pub fn signed(message: Message, number: u8) -> Value {
    json!(message.sign(&key(number)).unwrap())
}

#[test]
fn only_the_originator_recalls_and_whoever_tries_is_noted() {
    let mut desk = Desk::new();
    let foreign = desk.recall(HOST);
    // Signed by its own speaker, who is not the originator.
    let said = signed(desk.say(GUEST, 1, &foreign), 1);
    assert!(desk.bring(GUEST, &[said]).contains("not-its-originator"));
    assert!(desk.is_untouched());
    // Said to be the originator's, and signed by who brings it.
    let forged = signed(desk.say(HOST, 2, &foreign), 1);
    let mut named = forged.clone();
    named["message"]["from"] = json!(desk.id(OWNER));
    desk.bring(GUEST, &[forged, named]);
    assert!(desk.is_untouched());
    // An old key: the agreement knows another one by now.
    desk.community.amend_member(OWNER, |member| member.keys = vec![key(9).public()]);
    let old = signed(desk.say(OWNER, 3, &desk.recall(OWNER)), 3);
    desk.bring(OWNER, &[old]);
    assert!(desk.is_untouched());
    assert!(leaves(desk.node(), "recall.refused") >= 1);
    assert_eq!(leaves(desk.node(), "recall.taken"), 0);
}

#[test]
fn what_is_no_recall_is_refused_whole() {
    let mut desk = Desk::new();
    let own = desk.recall(OWNER);
    let many: Vec<Target> =
        (0..251).map(|number| Target { id: id(number).parse().unwrap(), ..desk.target() }).collect();
    let bad = [
        Recall { targets: many, ..own.clone() },
        Recall { targets: Vec::new(), ..own.clone() },
        Recall { targets: vec![desk.target(), desk.target()], ..own.clone() },
        Recall { number: 0, ..own.clone() },
        Recall { deadline: Micros(0), ..own.clone() },
        Recall { deadline: Micros(i64::MAX), ..own.clone() },
        Recall { obligation: None, ..own.clone() },
        Recall { scope: Scope::Lift, obligation: None, ..own.clone() },
        Recall { scope: Scope::Correct, ..own.clone() },
        Recall { scope: Scope::Narrow, obligation: Some(Obligation::StopUse), ..own.clone() },
        Recall { replacement: Some(desk.target()), ..own },
    ];
    for (number, recall) in (1..).zip(bad) {
        let said = signed(desk.say(OWNER, number, &recall), 3);
        let fault = desk.bring(OWNER, &[said]);
        assert!(fault.contains("not-of-its-form"), "{fault}: {recall:?}");
    }
    let mut directed = desk.say(OWNER, 90, &desk.recall(OWNER));
    directed.to = Some(desk.node().member().clone());
    let mut other = desk.say(OWNER, 91, &desk.recall(OWNER));
    other.id = "exercise-1".into();
    for message in [directed, other] {
        let said = signed(message, 3);
        assert!(desk.bring(OWNER, &[said]).contains("not-of-its-form"));
    }
    assert!(desk.is_untouched());
}

#[test]
fn an_originators_recall_counts_whoever_brings_it_and_once() {
    let mut desk = Desk::new();
    let recall = desk.recall(OWNER);
    let said = signed(desk.say(OWNER, 1, &recall), 3);
    assert_eq!(desk.bring(STRANGER, std::slice::from_ref(&said)), "");
    assert_eq!(all(desk.node()).len(), 1);
    assert_eq!(desk.bring(GUEST, std::slice::from_ref(&said)), "");
    assert_eq!((all(desk.node()).len(), leaves(desk.node(), "recall.taken")), (1, 1));
    // The same number once more: both hold, and nothing is refused for it.
    let again = signed(desk.say(OWNER, 2, &Recall { reason: Reason::Other, ..recall }), 3);
    assert_eq!(desk.bring(OWNER, &[again]), "");
    assert_eq!(all(desk.node()).len(), 2);
    // The owner recalls a note with the id and version of the host's: the host's own is another record.
    assert_eq!(states(desk.node(), 1, 0), ["live"]);
}

#[test]
fn nobody_replaces_the_recall_of_another() {
    let mut desk = Desk::new();
    let stop = Recall { scope: Scope::Restrict, obligation: Some(Obligation::StopUse), ..desk.recall(OWNER) };
    let stopped = desk.say(OWNER, 1, &stop).sign(&key(3)).unwrap();
    let digest = stopped.digest().unwrap();
    assert_eq!(desk.bring(OWNER, &[json!(stopped)]), "");
    let lift = |origin| Recall {
        scope: Scope::Lift,
        obligation: None,
        supersedes: Some(digest),
        ..desk.recall(origin)
    };
    // As its own originator it may say so, and it ends nothing; for the owner it may not speak.
    let own = signed(desk.say(GUEST, 2, &lift(GUEST)), 1);
    let foreign = signed(desk.say(GUEST, 3, &lift(OWNER)), 1);
    assert_eq!(desk.bring(GUEST, &[own]), "");
    desk.bring(GUEST, &[foreign]);
    let of_owner: Vec<bool> =
        all(desk.node()).into_iter().filter(|one| one.by == OWNER).map(|one| one.in_force).collect();
    assert_eq!(of_owner, [true]);
    assert!(!all(desk.node()).iter().any(|one| one.by == GUEST && one.origin == OWNER));
}

#[test]
fn an_answer_counts_of_those_alone_who_got_what_is_recalled_and_when_it_fits() {
    let mut desk = Desk::new();
    let issued = take_back(desk.node(), 1);
    let node = desk.node().member().clone();
    let answer = |complied: u64| RecallAnswer {
        recall: issued.digest,
        stage: Stage::Final,
        outcomes: Outcomes { complied, ..Outcomes::default() },
        exceptions: Vec::new(),
        onward: Onward::default(),
        leaf: 4,
    };
    let say = |desk: &Desk, from: &str, number: u32, answer: &RecallAnswer| {
        let name = format!("recall-answer-{number}");
        Message::new(name, desk.id(from), Some(node.clone()), desk.community.clock.now(), answer).unwrap()
    };
    let stranger = signed(say(&desk, STRANGER, 1, &answer(1)), 2);
    assert!(desk.bring(STRANGER, &[stranger]).contains("not-a-holder"));
    let two = signed(say(&desk, GUEST, 2, &answer(2)), 1);
    assert!(desk.bring(GUEST, &[two]).contains("answer-does-not-fit"));
    let mut hidden = answer(0);
    hidden.outcomes.held = 1;
    let hidden = signed(say(&desk, GUEST, 3, &hidden), 1);
    assert!(
        desk.bring(GUEST, &[hidden]).contains("not-of-its-form"),
        "nobody states by leaving something out"
    );
    let mut beyond = answer(0);
    beyond.outcomes.unknown = 1;
    beyond.exceptions = vec![Exception { n: 2, outcome: Outcome::Unknown, reason: None }];
    let beyond = signed(say(&desk, GUEST, 4, &beyond), 1);
    assert!(desk.bring(GUEST, &[beyond]).contains("answer-does-not-fit"));
    let unknown = RecallAnswer { recall: Digest::of(b"EXERCISE"), ..answer(1) };
    let unknown = signed(say(&desk, GUEST, 5, &unknown), 1);
    desk.bring(GUEST, &[unknown]);
    assert_eq!(holder(desk.node(), &issued.recall, GUEST).answer, None);
    let good = signed(say(&desk, GUEST, 6, &answer(1)), 1);
    desk.bring(GUEST, std::slice::from_ref(&good));
    assert_eq!(holder(desk.node(), &issued.recall, GUEST).state, "complied");
    // What was said earlier changes nothing, and neither does what is said twice.
    let mut older = say(
        &desk,
        GUEST,
        7,
        &RecallAnswer { stage: Stage::Acknowledged, outcomes: Outcomes::default(), ..answer(1) },
    );
    older.at = Micros(older.at.0 - 3_600_000_000);
    let older = signed(older, 1);
    desk.bring(GUEST, &[older, good]);
    assert_eq!(holder(desk.node(), &issued.recall, GUEST).state, "complied");
    assert_eq!(leaves(desk.node(), "recall.answer-received"), 1);
}

#[test]
fn a_member_that_recalls_its_copy_of_anothers_record_takes_nothing_from_the_other() {
    let web = Web::new(3, &[(1, 0), (2, 0), (2, 1)]);
    web.publish(0, 1, 0);
    web.go(1);
    // South says the same bytes itself, and takes its own back.
    let south = web.south();
    south.publish("reports", &onward(), &note(1, 0, "paper 1", Some(Tlp::Green)));
    web.settle();
    take_back(south, 1);
    web.settle();
    let mut there = states(web.node(2), 1, 0);
    there.sort();
    assert_eq!(there, ["live", "quarantined"]);
    for one in all(web.node(2)) {
        purge(web.node(2), &one.recall);
    }
    web.mesh.leave(&url(1));
    web.settle();
    let mut there = states(web.node(2), 1, 0);
    there.sort();
    assert_eq!(there, ["erased", "live"], "North's own record stays, and comes");
    web.publish(0, 2, 0);
    web.settle();
    assert_eq!(states(web.node(2), 2, 0), ["live"]);
}

#[test]
fn a_list_of_recalls_holds_recalls_and_no_others() {
    let desk = Desk::new();
    let said = signed(desk.say(OWNER, 1, &desk.recall(OWNER)), 3);
    let mut receipt = desk.say(GUEST, 2, &desk.recall(GUEST));
    receipt.kind = "receipt".into();
    let receipt = signed(receipt, 1);
    let digest = desk.community.agreement.digest().unwrap();
    let form = |list: &[Value]| {
        json!({"v": 1, "agreement": digest, "at": desk.community.clock.now(), "have": {"n": 0},
        "list": list, "want": Digest([0; 32])})
    };
    let send = |list: &[Value]| {
        exchange::answer(&desk.node().app, &desk.readers[0].1, form(list).to_string().as_bytes())
    };
    let many: Vec<Value> = (0..201).map(|_| said.clone()).collect();
    assert!(matches!(send(&many), Err(AppError::Invalid(_))));
    send(&[receipt, json!({"EXERCISE": 1}), said]).unwrap();
    assert_eq!(all(desk.node()).len(), 1);
    let answer: Value = serde_json::from_slice(&send(&[]).unwrap()).unwrap();
    let back: Vec<SignedMessage> = serde_json::from_value(answer["list"].clone()).unwrap();
    assert_eq!(back.len(), 1, "it is told back to whoever told it, and to nobody else");
    let other =
        exchange::answer(&desk.node().app, &desk.readers[1].1, form(&[]).to_string().as_bytes()).unwrap();
    assert!(serde_json::from_slice::<Value>(&other).unwrap().get("list").is_none());
}

#[test]
fn decisions_need_a_role_that_may_decide() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    web.settle();
    let issued = take_back(web.north(), 1);
    web.settle();
    let analyst = web.south().user("analyst", &[Role::Analyst]);
    for how in [How::Purge, How::Hold { ground: "EXERCISE" }] {
        let failed = recall::comply(&web.south().app, &analyst, &issued.recall, None, how);
        assert!(matches!(failed, Err(AppError::Denied(_))), "{failed:?}");
    }
    let analyst = web.north().user("analyst", &[Role::Analyst]);
    let wish = recall::Wish::new(Scope::Withdraw, Reason::Wrong);
    assert!(recall::issue(&web.north().app, &analyst, &id(1), &wish).is_err());
    assert!(recall::close(&web.north().app, &analyst, &issued.recall, "Exercise south", "EXERCISE").is_err());
}
