//! How many decisions a second: one member and one handling each, with everything built anew as in the final check,
//! or with the handling made ready for many members; beside what the bare rule engine takes for the same rules.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be prepared must stop")]

use cedar_policy as cedar;
use comity_model::stix::Tlp;
use comity_model::{Agreement, Handling, MemberId};
use comity_policy::{Action, Ask, Context, Entities, PolicySet, STANDARD_LOCAL, Trial};
use divan::Bencher;
use divan::counter::ItemsCount;

const MEMBERS: usize = 60;

fn main() {
    divan::main();
}

fn member(n: usize) -> MemberId {
    format!("identity--00000000-0000-4000-8000-{n:012}").parse().expect("an id")
}

fn agreement() -> Agreement {
    let mut text =
        String::from("title = \"EXERCISE\"\nversion = 1\n[groups]\nborder = \"EXERCISE border\"\n");
    for n in 0..MEMBERS {
        text.push_str(&format!(
            "[[member]]\nid = \"{}\"\nname = \"EXERCISE {n}\"\nstanding = \"member\"\n",
            member(n)
        ));
        if n % 2 == 0 {
            text.push_str("groups = [\"border\"]\n");
        }
    }
    Agreement::from_toml(&text).expect("an agreement")
}

fn handling(recipients: usize) -> Handling {
    let mut handling = Handling::unmarked(member(0));
    handling.tlp = Some(Tlp::Amber);
    handling.groups.insert("border".into());
    handling.recipients.extend((1..recipients).map(member));
    handling
}

fn local(rules: usize) -> String {
    let mut text = STANDARD_LOCAL.to_owned();
    for n in 0..rules {
        text.push_str(&format!(
            "@id(\"extra-{n}\")\nforbid (principal, action, resource) when {{ resource.purposes.contains(\"p{n}\") }};\n"
        ));
    }
    text
}

/// Decisions by the guards, the standard local rules and this many more.
#[divan::bench(args = [0, 100, 300])]
fn decide(bencher: Bencher, extra_rules: usize) {
    let rules = PolicySet::new(&local(extra_rules)).expect("rules");
    let entities = Entities::new(&agreement()).expect("entities");
    let (member, handling) = (member(2), handling(1));
    let context = Context { own: true, ..Context::default() };
    let ask = Ask { member: &member, action: Action::Release, handling: &handling, context: &context };
    assert!(rules.decide(&entities, &ask).allow());
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| rules.decide(&entities, divan::black_box(&ask)));
}

/// The same with the handling made ready before, as when all members are decided for at once.
#[divan::bench(args = [0, 100, 300])]
fn decide_prepared(bencher: Bencher, extra_rules: usize) {
    let rules = PolicySet::new(&local(extra_rules)).expect("rules");
    let entities = Entities::new(&agreement()).expect("entities");
    let (member, handling) = (member(2), handling(1));
    let context = Context { own: true, ..Context::default() };
    let prepared = entities.prepare(&handling);
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        rules.decide_prepared(&entities, (divan::black_box(&member), Action::Release, &context), &prepared)
    });
}

/// The rule engine alone: a request and two entities that are there already, all rules of the set.
#[divan::bench(args = [0, 100, 300])]
fn bare_engine(bencher: Bencher, extra_rules: usize) {
    let rules = PolicySet::new(&local(extra_rules)).expect("rules");
    let trial = Trial::of(&rules);
    let (member, handling) = (member(2), handling(1));
    let uid = |kind: &str, id: &str| {
        format!("Comity::{kind}::\"{id}\"").parse::<cedar::EntityUid>().expect("a name")
    };
    let entity = |kind: &str, id: &str| format!(r#"{{"__entity":{{"type":"Comity::{kind}","id":"{id}"}}}}"#);
    let origin = entity("Member", handling.originator.as_str());
    let json = format!(
        r#"[{{"uid":{{"type":"Comity::Member","id":"{member}"}},"parents":[{{"type":"Comity::Group","id":"border"}}],
            "attrs":{{"standing":"member","active":true,"adequate":false,"legalBases":[]}}}},
           {{"uid":{{"type":"Comity::Handling","id":"h"}},"parents":[],"attrs":{{"tlp":2,"originator":{origin},
            "recipients":[{origin}],"groups":[{}],"exclusions":[],"delegates":[],"purposes":[],"onward":false,
            "personal":false,"category":"","code":-1,"pap":-1,"flags":[]}}}}]"#,
        entity("Group", "border")
    );
    let entities = cedar::Entities::from_json_str(&json, None).expect("entities");
    let context = r#"{"purpose":"","legalBasis":"","own":true,"delegated":false,"state":{"withdrawn":false,
        "held":false,"expired":false,"embargoed":false,"quarantined":false,"overdue":false}}"#;
    let context = cedar::Context::from_json_str(context, None).expect("a context");
    let (member, resource) = (uid("Member", member.as_str()), uid("Handling", "h"));
    let request =
        cedar::Request::new(member, uid("Action", "release"), resource, context, None).expect("a request");
    let authorizer = cedar::Authorizer::new();
    let ask = || authorizer.is_authorized(divan::black_box(&request), trial.engine(), &entities);
    assert_eq!(ask().decision(), cedar::Decision::Allow, "{:?}", ask().diagnostics());
    bencher.counter(ItemsCount::new(1_usize)).bench_local(ask);
}

/// Decisions on a handling that names this many recipients.
#[divan::bench(args = [1, 10, 60])]
fn decide_with_recipients(bencher: Bencher, recipients: usize) {
    let rules = PolicySet::standard().expect("rules");
    let entities = Entities::new(&agreement()).expect("entities");
    let (member, handling) = (member(2), handling(recipients));
    let context = Context { own: true, ..Context::default() };
    let ask = Ask { member: &member, action: Action::Release, handling: &handling, context: &context };
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| rules.decide(&entities, divan::black_box(&ask)));
}

/// Reading and checking the standard rules, as at start and at each edit.
#[divan::bench]
fn load() -> PolicySet {
    PolicySet::standard().expect("rules")
}
