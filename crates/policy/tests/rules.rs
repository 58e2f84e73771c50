//! The rules as a community meets them: editing local rules, reading a decision, and letting a record out.

#![expect(clippy::unwrap_used, reason = "a failed unwrap in what prepares a test is a failed test")]

use std::collections::BTreeSet;

use comity_model::stix::{Digest, Tlp};
use comity_model::{Agreement, Handling, MemberId, Micros, Record, RecordKey, RecordState, Stored};
use comity_policy::{
    Action, Ask, Context, Decision, Entities, PolicyError, PolicySet, Refusal, Releasable, STANDARD_LOCAL,
    StateFlags, release,
};

/// A change of a guard changes what every community was promised: change this name only together with the reason.
const GUARDS_SHA256: &str = "da68b27bacb4e4f0f9064e5bdffc59f6b8d1526f25def53bbe1f5b69d72061c8";

const EVERYTHING: &str = "@id(\"everything\") permit (principal, action, resource);";

fn member(n: u8) -> MemberId {
    format!("identity--00000000-0000-4000-8000-0000000000{n:02}").parse().unwrap()
}

/// Members 1 and 2; nobody else is known.
fn entities() -> Entities {
    let mut text = "title = \"EXERCISE\"\nversion = 1\n[groups]\nborder = \"EXERCISE\"\n".to_owned();
    for n in 1..=2 {
        let id = member(n);
        text.push_str(&format!(
            "[[member]]\nid = \"{id}\"\nname = \"EXERCISE {n}\"\nstanding = \"member\"\n"
        ));
    }
    Entities::new(&Agreement::from_toml(&text).unwrap()).unwrap()
}

/// A record of member 1 at this level.
fn handling(tlp: Tlp) -> Handling {
    let mut handling = Handling::unmarked(member(1));
    handling.tlp = Some(tlp);
    handling
}

fn own() -> Context {
    Context { own: true, ..Context::default() }
}

fn decide(rules: &PolicySet, to: u8, action: Action, handling: &Handling, context: &Context) -> Decision {
    let member = member(to);
    rules.decide(&entities(), &Ask { member: &member, action, handling, context })
}

fn released(handling: &Handling) -> Decision {
    decide(&PolicySet::standard().unwrap(), 2, Action::Release, handling, &own())
}

fn record(handling: &Handling, state: RecordState) -> Record {
    Record {
        key: RecordKey {
            collection: "exercise".into(),
            origin: handling.originator.clone(),
            id: "note--00000000-0000-4000-8000-000000000009".into(),
            version: "2026-01-01T00:00:00.000Z".into(),
            digest: Digest::of(b"EXERCISE"),
        },
        seq: 1,
        kind: "note".into(),
        version_at: Micros(0),
        spec_version: "2.1".into(),
        name: "EXERCISE".into(),
        handling: handling.clone().into(),
        handling_id: handling.id().unwrap(),
        parts: BTreeSet::new(),
        added_at: Micros(0),
        state,
        reason: String::new(),
        envelope: String::new(),
        held: Digest::of(b"EXERCISE"),
        leaf: 0,
        names: false,
        revision: 1,
        actor: "EXERCISE".into(),
    }
}

#[test]
fn the_guards_are_the_ones_that_were_promised() {
    assert_eq!(PolicySet::guards_hash().to_string(), GUARDS_SHA256);
}

#[test]
fn a_set_is_named_by_its_content() {
    let standard = PolicySet::standard().unwrap();
    assert_eq!(standard.hash(), PolicySet::new(STANDARD_LOCAL).unwrap().hash());
    assert_ne!(standard.hash(), PolicySet::new(EVERYTHING).unwrap().hash());
    assert_eq!(PolicySet::new(EVERYTHING).unwrap().local_text(), EVERYTHING);
}

#[test]
fn every_shipped_rule_has_a_name_and_a_sentence_that_reads_on() {
    let standard = PolicySet::standard().unwrap();
    let rules = standard.rules();
    assert!(rules.iter().filter(|rule| rule.id.starts_with("guard-")).count() >= 20);
    let sentences: BTreeSet<&str> = rules.iter().map(|rule| rule.says.as_str()).collect();
    assert_eq!(sentences.len(), rules.len(), "two rules with one sentence cannot be told apart");
    for rule in rules {
        assert!(rule.says.len() > 20 && !rule.says.ends_with('.'), "{}: {}", rule.id, rule.says);
    }
}

#[test]
fn a_denial_reads_as_a_sentence() {
    let mut narrowed = handling(Tlp::Green);
    narrowed.groups.insert("border".into());
    assert_eq!(
        released(&narrowed).sentence(),
        "denied by guard-groups: it is limited to need-to-know groups, and this member is in none of them"
    );
    narrowed.exclusions.insert(member(2));
    assert_eq!(
        released(&narrowed).sentence(),
        "denied by guard-excluded: its originator excludes this member by name; also by guard-groups"
    );
    let nothing = PolicySet::new("").unwrap();
    assert_eq!(
        decide(&nothing, 2, Action::Release, &handling(Tlp::Clear), &own()).sentence(),
        "denied by no-permit: no rule of this community releases it to this member in this way"
    );
    assert_eq!(
        released(&handling(Tlp::Green)).sentence(),
        "allowed by tlp-green: TLP:GREEN goes to everybody in the community"
    );
}

#[test]
fn a_decision_says_what_it_is_about() {
    let handling = handling(Tlp::Amber);
    let context = Context { purpose: "travel".into(), ..own() };
    let decision = decide(&PolicySet::standard().unwrap(), 2, Action::Release, &handling, &context);
    assert_eq!(decision.member(), &member(2));
    assert_eq!(decision.action(), Action::Release);
    assert_eq!(decision.context(), &context);
    assert_eq!(decision.handling_id(), handling.id().unwrap());
}

#[test]
fn a_member_that_the_agreement_does_not_know_gets_nothing() {
    let everything = PolicySet::new(EVERYTHING).unwrap();
    let mut named = handling(Tlp::Clear);
    named.recipients.insert(member(9));
    let decision = decide(&everything, 9, Action::Release, &named, &own());
    assert!(!decision.allow());
    assert_eq!(decision.rules()[0].id, "unknown-member");
}

#[test]
fn a_rule_that_errs_denies_and_is_counted() {
    let erring = format!(
        "{EVERYTHING}\n@id(\"overflow\") forbid (principal, action, resource) \
         when {{ resource.tlp + 9223372036854775807 < 0 }};"
    );
    let rules = PolicySet::new(&erring).unwrap();
    assert!(
        decide(&rules, 2, Action::Release, &handling(Tlp::Clear), &own()).allow(),
        "nothing overflows at 0"
    );
    let decision = decide(&rules, 2, Action::Release, &handling(Tlp::Green), &own());
    assert!(!decision.allow());
    assert_eq!(decision.errors().len(), 1);
    assert!(decision.errors()[0].contains("overflow"), "{:?}", decision.errors());
    assert_eq!(
        decision.sentence(),
        "denied by rule-error: a rule could not be evaluated, and nothing is released while that is so"
    );
    let record = record(&handling(Tlp::Green), RecordState::Live);
    assert_eq!(release(Stored::new(record), decision).unwrap_err().refusal(), Refusal::Denied);
}

#[test]
fn a_mistake_in_local_rules_is_named_with_line_and_column() {
    let text = "// EXERCISE\npermit (principal, action, resource)\n  when { resource.tlp == };\n";
    let Err(PolicyError::Syntax { line, column, .. }) = PolicySet::new(text) else {
        panic!("a syntax error")
    };
    assert_eq!((line, column), (3, 26));

    let text = "permit (principal, action, resource);\n\n@id(\"typo\")\npermit (principal, action, resource)\n\
                when { resource.level == 1 };\n";
    let error = PolicySet::new(text).unwrap_err();
    let PolicyError::Invalid { rule, line, column, message } = &error else { panic!("{error}") };
    assert_eq!((rule.as_str(), *line, *column), ("typo", 5, 8));
    assert!(message.contains("level"), "{message}");
    assert!(error.to_string().starts_with("local rules, line 5, column 8, rule typo: "), "{error}");
}

#[test]
fn what_the_schema_does_not_hold_cannot_be_used() {
    for condition in [
        "principal.nationality == \"x\"",
        "principal.standing == 1",
        "resource.tlp > \"amber\"",
        "context.now > 1",
        // Through the handling at another member: a decision depends on the asking member and the handling alone.
        "resource.originator.standing == \"member\"",
        "Comity::Member::\"x\".active",
    ] {
        let text = format!("permit (principal, action, resource) when {{ {condition} }};");
        let outcome = PolicySet::new(&text);
        assert!(matches!(outcome, Err(PolicyError::Invalid { line: 1, .. })), "{condition}: {outcome:?}");
    }
}

#[test]
fn local_rules_get_names_of_their_own() {
    let rules = PolicySet::new(
        "permit (principal, action, resource) when { resource.tlp == 0 };\n\
         @id(\"ours\") permit (principal, action, resource) when { resource.tlp == 0 };\n\
         @says(\"not to partners\") forbid (principal, action, resource) when { principal.standing == \"partner\" };",
    )
    .unwrap();
    let ids: Vec<&str> = rules.rules().iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids[ids.len() - 3..], ["local-1", "ours", "local-3"]);
    let decision = decide(&rules, 2, Action::Release, &handling(Tlp::Clear), &own());
    assert_eq!(decision.sentence(), "allowed by local-1: a rule of this community permits it; also by ours");
}

#[test]
fn names_of_the_program_cannot_be_taken() {
    let long = "x".repeat(81);
    for id in ["guard-red", "guard-mine", "no-permit", "unknown-member", "rule-error", "", "two words", &long]
    {
        let text = format!("@id(\"{id}\") permit (principal, action, resource);");
        assert!(matches!(PolicySet::new(&text), Err(PolicyError::Name { .. })), "{id}");
    }
    let twice = format!("{EVERYTHING}\n{EVERYTHING}");
    assert!(matches!(PolicySet::new(&twice), Err(PolicyError::Name { .. })));
    let by_place =
        "@id(\"local-2\") permit (principal, action, resource);\npermit (principal, action, resource);";
    assert!(matches!(PolicySet::new(by_place), Err(PolicyError::Name { .. })));
    let template = "permit (principal == ?principal, action, resource);";
    assert!(matches!(PolicySet::new(template), Err(PolicyError::Name { .. })));
    let lines = "@says(\"one\\ntwo\") permit (principal, action, resource);";
    assert!(matches!(PolicySet::new(lines), Err(PolicyError::Name { .. })));
}

#[test]
fn a_text_without_end_is_not_read() {
    let text = "//".repeat(comity_policy::rules::LOCAL_BYTES_MAX);
    assert!(matches!(PolicySet::new(&text), Err(PolicyError::TooLarge { .. })));
}

#[test]
fn an_allowed_record_comes_out_with_its_decision() {
    let handling = handling(Tlp::Green);
    let stored = Stored::new((record(&handling, RecordState::Live), b"EXERCISE".to_vec()));
    let released = release(stored, released(&handling)).unwrap();
    assert_eq!(released.decision().member(), &member(2));
    assert_eq!(released.get().1, b"EXERCISE");
    assert_eq!(released.into_inner().0.name, "EXERCISE");
}

#[test]
fn a_decision_releases_nothing_but_what_it_is_about() {
    let (green, clear) = (handling(Tlp::Green), handling(Tlp::Clear));
    let refusal =
        |record: Record, decision: Decision| release(Stored::new(record), decision).unwrap_err().refusal();
    let live = |handling: &Handling| record(handling, RecordState::Live);
    assert_eq!(refusal(live(&green), released(&clear)), Refusal::OtherHandling);
    assert_eq!(refusal(live(&handling(Tlp::Red)), released(&handling(Tlp::Red))), Refusal::Denied);

    let counted = decide(&PolicySet::standard().unwrap(), 2, Action::Count, &green, &own());
    assert!(counted.allow());
    assert_eq!(refusal(live(&green), counted), Refusal::NothingHandedOver);

    // A verdict computed for the cache, with every state false, does not let a withdrawn record out.
    for state in [RecordState::Withdrawn, RecordState::Held, RecordState::Quarantined] {
        assert_eq!(refusal(record(&green, state), released(&green)), Refusal::OtherState);
    }
}

#[test]
fn a_refusal_tells_the_audit_why() {
    let red = handling(Tlp::Red);
    let denied = release(Stored::new(record(&red, RecordState::Live)), released(&red)).unwrap_err();
    assert_eq!(
        denied.to_string(),
        "not released: denied by guard-red: it is TLP:RED, and its originator does not name this member as a recipient"
    );
    assert_eq!(denied.decision().handling_id(), red.id().unwrap());
}

#[test]
fn a_withdrawn_record_is_read_by_its_own_people_only() {
    let clear = handling(Tlp::Clear);
    let state = StateFlags::of(RecordState::Withdrawn, &clear, Micros(0));
    let context = Context { state, ..own() };
    let rules = PolicySet::standard().unwrap();
    let own_people = decide(&rules, 1, Action::Read, &clear, &context);
    let record = record(&clear, RecordState::Withdrawn);
    assert_eq!(record.state(), Some(RecordState::Withdrawn));
    assert!(release(Stored::new(record.clone()), own_people).is_ok());
    let others = decide(&rules, 2, Action::Release, &clear, &context);
    assert!(release(Stored::new(record), others).is_err());
}

#[test]
fn parts_are_denied_by_their_own_level() {
    let rules = PolicySet::standard().unwrap();
    let (reader, green, context) = (member(2), handling(Tlp::Green), own());
    let ask = Ask { member: &reader, action: Action::Release, handling: &green, context: &context };
    let parts = BTreeSet::from([None, Some(Tlp::Clear), Some(Tlp::Amber), Some(Tlp::Red)]);
    assert_eq!(rules.denied_parts(&entities(), &ask, &parts), BTreeSet::from([None, Some(Tlp::Red)]));
    assert!(rules.denied_parts(&entities(), &ask, &BTreeSet::new()).is_empty());
}
