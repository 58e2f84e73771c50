//! How many decisions a second: one member and one handling each, with everything built anew as in the final check.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be prepared must stop")]

use comity_model::stix::Tlp;
use comity_model::{Agreement, Handling, MemberId};
use comity_policy::{Action, Ask, Context, Entities, PolicySet, STANDARD_LOCAL};
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
