//! Kept verdicts against decisions made anew, over random questions while the policies, the agreement and everything
//! else that a verdict depends on change from one question to the next.

use std::sync::LazyLock;

use comity_app::model::stix::Tlp;
use comity_app::model::{Agreement, Handling, MemberId};
use comity_app::policy::{Action, Ask, Context, Entities, PolicySet, STANDARD_LOCAL};
use comity_app::verdicts::{Asked, Asker, Verdict, Verdicts};
use proptest::collection::vec;
use proptest::prelude::*;

struct World {
    sets: Vec<PolicySet>,
    agreements: Vec<(Agreement, Entities)>,
    handlings: Vec<Handling>,
}

fn member(number: usize) -> MemberId {
    format!("identity--00000000-0000-4000-8000-{number:012}").parse().unwrap()
}

/// Three members; what the agreement says of the second and third differs.
fn agreement(standing: &str, group: &str, bases: &str) -> (Agreement, Entities) {
    let mut text = "title = \"EXERCISE\"\nversion = 1\n[groups]\nborder = \"EXERCISE border\"\n\
                    [purposes]\ntravel = \"EXERCISE travel\"\n[legal_bases]\ntreaty = \"EXERCISE treaty\"\n"
        .to_owned();
    for (number, standing) in [(1, "member"), (2, standing), (3, "member")] {
        text.push_str(&format!(
            "[[member]]\nid = \"{}\"\nname = \"EXERCISE {number}\"\nstanding = \"{standing}\"\nadequate = true\n\
             groups = [{group}]\nlegal_bases = [{bases}]\n",
            member(number)
        ));
    }
    let agreement = Agreement::from_toml(&text).unwrap();
    let entities = Entities::new(&agreement).unwrap();
    (agreement, entities)
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let local = |more: &str| PolicySet::new(&format!("{STANDARD_LOCAL}\n{more}")).unwrap();
    let mut handlings = Vec::new();
    for tlp in [Some(Tlp::Green), Some(Tlp::Amber), Some(Tlp::Red), None] {
        let mut one = Handling::unmarked(member(1));
        one.tlp = tlp;
        handlings.push(one.clone());
        one.recipients.insert(member(2));
        handlings.push(one.clone());
        one.groups.insert("border".into());
        handlings.push(one.clone());
        one.purposes.insert("travel".into());
        one.personal = true;
        one.onward = true;
        handlings.push(one);
    }
    World {
        sets: vec![
            local(""),
            local("@id(\"more\") @says(\"more\") permit (principal, action, resource);"),
            local("@id(\"less\") @says(\"less\") forbid (principal, action, resource) when { resource.onward };"),
            local(
                "@id(\"mine\") @says(\"mine\") permit (principal, action, resource) when { context.own };
                 @id(\"named\") @says(\"named\") permit (principal, action, resource) when { context.delegated };",
            ),
        ],
        agreements: vec![
            agreement("member", "\"border\"", "\"treaty\""),
            agreement("observer", "\"border\"", "\"treaty\""),
            agreement("member", "", "\"treaty\""),
            agreement("member", "\"border\"", ""),
        ],
        handlings,
    }
});

/// Places of everything that a verdict depends on.
type Question = (usize, usize, usize, bool, bool, usize, usize, (bool, bool));

fn question() -> impl Strategy<Value = Question> {
    let own = (any::<bool>(), any::<bool>());
    (0..4_usize, 0..4_usize, 1..4_usize, any::<bool>(), any::<bool>(), 0..6_usize, 0..16_usize, own)
}

fn both(verdicts: &Verdicts, one: &Question) -> (Verdict, Verdict) {
    let (set, agreement, number, purpose, basis, action, handling, (own, delegated)) = *one;
    let set = &WORLD.sets[set];
    let (agreement, entities) = &WORLD.agreements[agreement];
    let handling = &WORLD.handlings[handling];
    let context = Context {
        purpose: if purpose { "travel" } else { "" }.to_owned(),
        legal_basis: if basis { "treaty" } else { "" }.to_owned(),
        own,
        delegated,
        ..Context::default()
    };
    let (member, action) = (member(number), Action::ALL[action]);
    let decide = || set.decide(entities, &Ask { member: &member, action, handling, context: &context });
    let asker = Asker {
        policy: set.hash(),
        agreement: agreement.digest().unwrap(),
        member: member.clone(),
        purpose: context.purpose.clone(),
        basis: context.legal_basis.clone(),
        inner: context.inner.clone(),
    };
    let asked = Asked { handling: handling.id().unwrap(), action, own, delegated };
    let kept = verdicts.line(&asker).verdict(asked, decide);
    let anew = Verdicts::default().line(&asker).verdict(asked, decide);
    (kept, anew)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_kept_verdict_is_the_one_that_would_be_decided_anew(questions in vec(question(), 400)) {
        let verdicts = Verdicts::default();
        for one in &questions {
            let (kept, anew) = both(&verdicts, one);
            prop_assert_eq!(kept, anew, "{:?}", one);
        }
    }
}

#[test]
fn a_verdict_is_decided_once_and_one_that_erred_or_has_another_name_each_time() {
    let line = Verdicts::default().line(&Asker {
        policy: WORLD.sets[0].hash(),
        agreement: WORLD.agreements[0].0.digest().unwrap(),
        member: member(2),
        purpose: String::new(),
        basis: String::new(),
        inner: Default::default(),
    });
    let (member, context) = (member(2), Context::default());
    let handling = &WORLD.handlings[1];
    let ask = Ask { member: &member, action: Action::Release, handling, context: &context };
    let times = |asked: Asked, set: &PolicySet| {
        let count = std::cell::Cell::new(0);
        for _ in 0..3 {
            let _ = line.verdict(asked, || {
                count.set(count.get() + 1);
                set.decide(&WORLD.agreements[0].1, &ask)
            });
        }
        count.get()
    };
    let asked =
        Asked { handling: handling.id().unwrap(), action: Action::Release, own: false, delegated: false };
    assert_eq!(times(asked, &WORLD.sets[0]), 1);
    let other = Asked { handling: WORLD.handlings[0].id().unwrap(), ..asked };
    assert_eq!(times(other, &WORLD.sets[0]), 3, "the decision is about another handling");
    let erring = "@id(\"errs\") @says(\"errs\") permit (principal, action, resource)
                  when { resource.tlp + 9223372036854775807 > 0 };";
    let erring = PolicySet::new(erring).unwrap();
    assert_eq!(times(Asked { action: Action::Count, ..asked }, &erring), 3, "a rule went wrong");
}
