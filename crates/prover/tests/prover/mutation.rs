//! Guards dropped and weakened. None may go unnoticed: a claim that ships breaks, and a request shows it.

use cedar_policy::{Effect, Policy, PolicyId, PolicySet};
use comity_policy::{GUARDS, STANDARD_LOCAL};
use comity_prover::{Cover, Failure, Invariants, Rules, Solver, Verdict, compare_ceilings, is_kept, is_told};
use serde_json::{Value, json};

const ACTIONS: [&str; 6] = ["release", "forward", "read", "count", "oversee", "select"];

/// What a weakened guard might make an exception for.
const EXEMPTIONS: [&str; 6] = [
    "principal.standing == \"partner\"",
    "principal.standing == \"observer\"",
    "context.own",
    "context.delegated",
    "resource.onward",
    "resource.recipients.contains(principal)",
];

struct Guard {
    id: String,
    form: Value,
}

fn guards() -> Vec<Guard> {
    let set: PolicySet = GUARDS.parse().unwrap();
    let mut guards: Vec<Guard> = set
        .policies()
        .map(|policy| {
            assert_eq!(policy.effect(), Effect::Forbid);
            Guard { id: policy.annotation("id").unwrap().to_owned(), form: policy.to_json().unwrap() }
        })
        .collect();
    guards.sort_by(|a, b| a.id.cmp(&b.id));
    guards
}

fn text(form: &Value) -> String {
    let policy = Policy::from_json(Some(PolicyId::new("guard")), form.clone()).unwrap();
    policy.to_cedar().unwrap()
}

/// The guards with the one at `place` written anew, or left out.
fn with(guards: &[Guard], place: usize, form: Option<&Value>) -> Rules {
    let mut all = String::new();
    for (index, guard) in guards.iter().enumerate() {
        if index != place {
            all.push_str(&text(&guard.form));
        } else if let Some(form) = form {
            all.push_str(&text(form));
        }
        all.push('\n');
    }
    Rules::with_guards(&all, STANDARD_LOCAL).unwrap()
}

/// Every way to weaken a guard a little: one action less, one alternative of its condition less, one condition of an
/// exception less, one exception more.
fn weaker(form: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    let named: Vec<String> = match form["action"]["entities"].as_array() {
        Some(entities) => entities.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect(),
        None => match form["action"]["entity"]["id"].as_str() {
            Some(one) => vec![one.to_owned()],
            None => ACTIONS.map(str::to_owned).to_vec(),
        },
    };
    if named.len() > 1 {
        for left_out in &named {
            let rest: Vec<Value> = named
                .iter()
                .filter(|name| *name != left_out)
                .map(|name| json!({"type": "Comity::Action", "id": name}))
                .collect();
            let mut weak = form.clone();
            weak["action"] = json!({"op": "in", "entities": rest});
            all.push((format!("without {left_out}"), weak));
        }
    }
    for (number, condition) in form["conditions"].as_array().unwrap().iter().enumerate() {
        let narrows = condition["kind"] == "when";
        for body in narrower(&condition["body"], narrows) {
            let mut weak = form.clone();
            weak["conditions"][number]["body"] = body;
            all.push((format!("a part of condition {} less", number + 1), weak));
        }
    }
    for exemption in EXEMPTIONS {
        let rule = format!("forbid (principal, action, resource) unless {{ {exemption} }};");
        let added = Policy::parse(None, rule).unwrap().to_json().unwrap()["conditions"][0].clone();
        let mut weak = form.clone();
        weak["conditions"].as_array_mut().unwrap().push(added);
        all.push((format!("but for {exemption}"), weak));
    }
    all
}

/// The expression with one part left out, so that it is true more seldom (`narrows`) or more often.
fn narrower(body: &Value, narrows: bool) -> Vec<Value> {
    let mut all = Vec::new();
    for (operator, shrinks) in [("||", true), ("&&", false)] {
        let Some(sides) = body.get(operator) else { continue };
        let (left, right) = (&sides["left"], &sides["right"]);
        if shrinks == narrows {
            all.extend([left.clone(), right.clone()]);
        }
        all.extend(
            narrower(left, narrows).into_iter().map(|it| json!({operator: {"left": it, "right": right}})),
        );
        all.extend(
            narrower(right, narrows).into_iter().map(|it| json!({operator: {"left": left, "right": it}})),
        );
    }
    if let Some(not) = body.get("!") {
        all.extend(narrower(&not["arg"], !narrows).into_iter().map(|it| json!({"!": {"arg": it}})));
    }
    all
}

fn is_shown(cover: &Cover) -> bool {
    matches!(&cover.verdict, Verdict::Fails(Failure::Shown(example)) if example.replays && !cover.broken.is_empty())
}

/// What the claims say to these guards, where every question was answered.
fn covers(rules: &Rules, invariants: &Invariants, solver: &Solver) -> Vec<Cover> {
    let covers = is_kept(rules, invariants, solver).unwrap();
    let unanswered = covers.iter().find(|cover| matches!(cover.verdict, Verdict::Unanswered(_)));
    assert!(unanswered.is_none(), "{unanswered:?}");
    covers
}

/// The claims that a request breaks which these guards let pass, as the ordinary evaluator confirms.
fn broken(covers: &[Cover]) -> Vec<String> {
    covers.iter().filter(|cover| is_shown(cover)).flat_map(|cover| cover.broken.clone()).collect()
}

/// Only what no member and record can be tells them apart, and that breaks a claim as well.
fn is_not_in_life(gains: &Verdict, cover: &Cover) -> bool {
    let is_beyond = |verdict: &Verdict| matches!(verdict, Verdict::Fails(Failure::NotInLife(_)));
    is_beyond(gains) && is_beyond(&cover.verdict)
}

#[test]
fn the_invariants_say_all_that_the_guards_do() {
    let Some(solver) = crate::solver() else { return };
    let rules = Rules::new(STANDARD_LOCAL).unwrap();
    let invariants = Invariants::shipped().unwrap();
    for cover in is_kept(&rules, &invariants, &solver).unwrap() {
        assert!(cover.verdict.holds(), "{cover:?}");
    }
    // A failure here shows a request that a guard denies and that no invariant speaks of: write one.
    for cover in is_told(&rules, &invariants, &solver).unwrap() {
        assert!(cover.verdict.holds(), "{cover:#?}");
    }
}

#[test]
fn a_guard_that_no_invariant_speaks_of_is_found() {
    let Some(solver) = crate::solver() else { return };
    let rules = Rules::new(STANDARD_LOCAL).unwrap();
    let fewer = Invariants::shipped().unwrap().only(|id| id != "red-named");
    let told = is_told(&rules, &fewer, &solver).unwrap();
    let shown = told.iter().find_map(|cover| match &cover.verdict {
        Verdict::Fails(Failure::Shown(example)) if example.replays => Some(example.decision.clone()),
        _ => None,
    });
    assert!(shown.as_ref().is_some_and(|decision| decision.contains("guard-red")), "{shown:?}");
}

#[test]
fn without_any_one_guard_an_invariant_breaks_and_a_request_shows_it() {
    let Some(solver) = crate::solver() else { return };
    let (guards, invariants) = (guards(), Invariants::shipped().unwrap());
    assert_eq!(broken(&covers(&Rules::new(STANDARD_LOCAL).unwrap(), &invariants, &solver)), [""; 0]);
    for (place, guard) in guards.iter().enumerate() {
        let broken = broken(&covers(&with(&guards, place, None), &invariants, &solver));
        assert!(!broken.is_empty(), "nothing is broken without {}", guard.id);
        println!("without {}: {}", guard.id, broken.join(" "));
    }
}

/// How many weakened guards are passed over for one that is tried, and of which guards: `make mutations-of-guards` tries
/// all, and COMITY_MUTATIONS=guard-red,guard-court all of these two.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment how much to try")]
fn wanted() -> (usize, Option<Vec<String>>) {
    match std::env::var("COMITY_MUTATIONS") {
        Err(_) => (17, None),
        Ok(text) if text == "all" => (1, None),
        Ok(text) => (1, Some(text.split(',').map(str::to_owned).collect())),
    }
}

#[test]
fn a_guard_that_is_weakened_breaks_an_invariant_or_lets_nothing_more_pass() {
    let Some(solver) = crate::solver() else { return };
    let (guards, invariants) = (guards(), Invariants::shipped().unwrap());
    let shipped = Rules::new(STANDARD_LOCAL).unwrap();
    assert_eq!(broken(&covers(&shipped, &invariants, &solver)), [""; 0]);
    let (stride, ids) = wanted();
    let is_wanted = |guard: &Guard| ids.as_ref().is_none_or(|ids| ids.contains(&guard.id));
    let weakened =
        guards.iter().enumerate().filter(|(_, guard)| is_wanted(guard)).flat_map(|(place, guard)| {
            weaker(&guard.form).into_iter().map(move |(how, form)| (place, how, form))
        });
    let (mut tried, mut without_effect) = (0, Vec::new());
    for (place, how, form) in weakened.step_by(stride) {
        tried += 1;
        let id = &guards[place].id;
        let weak = with(&guards, place, Some(&form));
        let covers = covers(&weak, &invariants, &solver);
        if !broken(&covers).is_empty() {
            continue;
        }
        for (change, cover) in compare_ceilings(&shipped, &weak, &solver).unwrap().iter().zip(&covers) {
            let is_kept = change.gains.holds() || is_not_in_life(&change.gains, cover);
            assert!(is_kept, "{id} {how}: {change:#?}");
        }
        without_effect.push(format!("{id} {how}"));
    }
    assert!(without_effect.len() * 2 < tried, "{tried} tried, without effect: {without_effect:#?}");
    println!("{tried} tried, without effect: {without_effect:#?}");
}
