//! The truth table of the shipped rules, by hand, and what must hold for every row and for random questions.
//!
//! A row says who asks for what, at which level, what the originator states (about the member that asks), under
//! which circumstances; then which guards forbid it when everything else is permitted; then which standard local
//! rules permit it when no guard forbids.

use std::collections::BTreeSet;

use comity_model::stix::Tlp;
use comity_model::{Agreement, Category, Flag, Handling, HandlingCode, Iep, MemberId, Pap, Permitted, Use};
use proptest::prelude::*;

use crate::entities::{Case, level_of};
use crate::{Action, Ask, Context, Decision, Entities, PolicySet, StateFlags, syntax};

const CODES: [HandlingCode; 4] = [HandlingCode::H0, HandlingCode::H1, HandlingCode::H2, HandlingCode::H3];

const EVERYTHING: &str = "@id(\"everything\") permit (principal, action, resource);";

const AGREEMENT: &str = r#"
title = "EXERCISE community"
version = 1
groups = { border = "EXERCISE border", other = "EXERCISE other" }
legal_bases = { treaty = "EXERCISE treaty" }
[purposes]
travel = "EXERCISE travel"
patrol = { title = "EXERCISE patrol", use = "internal" }
strike = { title = "EXERCISE strike", use = "external-direct" }
trial = { title = "EXERCISE trial", court = true }
"#;

/// Name, standing and the rest of each member. `home` operates the node; `origin` is another originator.
const MEMBERS: [(&str, &str, &str); 9] = [
    ("home", "member", "adequate = true\nlegal_bases = [\"treaty\"]"),
    ("origin", "member", ""),
    ("full", "member", "state = \"QX\"\ngroups = [\"border\"]\nadequate = true\nlegal_bases = [\"treaty\"]"),
    ("plain", "member", "state = \"QY\""),
    ("unsafe", "member", "legal_bases = [\"treaty\"]"),
    ("observer", "observer", "groups = [\"border\"]"),
    ("partner", "partner", ""),
    ("oversight", "oversight", ""),
    ("retired", "member", "active = false"),
];

// to        | action  | level        | its originator states        | circumstances                 | guards that forbid it               | standard rules that permit it
const TABLE: &str = include_str!("table/rows.txt");

/// One question, with the level as the rules see it: tests also ask for levels that no handling has.
struct Question {
    member: MemberId,
    action: Action,
    handling: Handling,
    level: i64,
    context: Context,
}

impl Question {
    fn ask(&self) -> Ask<'_> {
        Ask { member: &self.member, action: self.action, handling: &self.handling, context: &self.context }
    }

    fn put_to(&self, rules: &PolicySet, entities: &Entities) -> Decision {
        rules.decide_at(entities, &self.ask(), self.level)
    }
}

struct Row {
    text: &'static str,
    question: Question,
    guards: Vec<&'static str>,
    permits: Vec<&'static str>,
}

fn member(name: &str) -> MemberId {
    let place = MEMBERS.iter().position(|(known, ..)| *known == name).unwrap();
    format!("identity--00000000-0000-4000-8000-0000000000{place:02}").parse().unwrap()
}

fn agreement() -> Agreement {
    let mut text = AGREEMENT.to_owned();
    for (name, standing, rest) in MEMBERS {
        let id = member(name);
        text.push_str(&format!(
            "[[member]]\nid = \"{id}\"\nname = \"{name}\"\nstanding = \"{standing}\"\n{rest}\n"
        ));
    }
    Agreement::from_toml(&text).unwrap()
}

fn entities() -> Entities {
    Entities::new(&agreement()).unwrap()
}

fn question(to: &str, action: &str, level: &str, statements: &str, circumstances: &str) -> Question {
    let member_id = member(to);
    let context = context(circumstances);
    let originator = if context.own { member("home") } else { member("origin") };
    let mut handling = Handling::unmarked(originator);
    handling.tlp = match level {
        "none" | "unknown" | "beyond" | "below" => None,
        _ => Some(level.parse().unwrap()),
    };
    handling.uninterpreted = level == "unknown";
    for statement in statements.split_whitespace() {
        state(&mut handling, statement, &member_id);
    }
    let level = match level {
        "beyond" => 6,
        "below" => -1,
        _ => level_of(&handling),
    };
    let action = Action::ALL.into_iter().find(|known| known.name() == action).unwrap();
    Question { member: member_id, action, handling, level, context }
}

fn state(handling: &mut Handling, statement: &str, asking: &MemberId) {
    match statement.split_once(':').unwrap_or((statement, "")) {
        ("named", _) => _ = handling.recipients.insert(asking.clone()),
        ("excluded", _) => _ = handling.exclusions.insert(asking.clone()),
        ("delegate", _) => _ = handling.delegates.insert(member("home")),
        ("group", name) => _ = handling.groups.insert(name.to_owned()),
        ("for", purpose) => _ = handling.purposes.insert(purpose.to_owned()),
        ("onward", _) => handling.onward = true,
        ("personal", _) => handling.personal = true,
        ("suspect", _) => handling.category = Some(Category::Suspect),
        ("victim", _) => handling.category = Some(Category::Victim),
        ("complaint", _) => _ = handling.flags.insert(Flag::Complaint),
        ("ill-treatment", _) => _ = handling.flags.insert(Flag::IllTreatment),
        ("minor", _) => _ = handling.flags.insert(Flag::Minor),
        ("control", _) => _ = handling.flags.insert(Flag::OriginatorControl),
        ("refuge", state) => _ = handling.refugee_from.insert(state.to_owned()),
        ("inner", group) => _ = handling.inner.insert(group.to_owned()),
        ("code", name) => handling.code = CODES.into_iter().find(|code| code.name() == name),
        ("pap", "red") => handling.pap = Some(Pap::Red),
        ("pap", "amber") => handling.pap = Some(Pap::Amber),
        ("pap", _) => handling.pap = Some(Pap::Green),
        ("permits", word) => {
            let known = [
                ("none", Permitted::None),
                ("contact", Permitted::Contact),
                ("internal", Permitted::Internal),
                ("direct", Permitted::Direct),
            ];
            let permitted_actions = known.iter().find(|(name, _)| *name == word).map(|(_, known)| *known);
            handling.iep = Some(Iep { permitted_actions, ..Iep::default() });
        }
        ("neutrality", _) => _ = handling.flags.insert(Flag::Neutrality),
        _ => panic!("unknown statement {statement}"),
    }
}

fn context(circumstances: &str) -> Context {
    let mut context = Context::default();
    for circumstance in circumstances.split_whitespace() {
        match circumstance.split_once(':').unwrap_or((circumstance, "")) {
            ("own", _) => context.own = true,
            ("delegated", _) => context.delegated = true,
            ("for", purpose) => context.purpose = purpose.to_owned(),
            ("basis", basis) => context.legal_basis = basis.to_owned(),
            ("inner", group) => _ = context.inner.insert(group.to_owned()),
            ("withdrawn", _) => context.state.withdrawn = true,
            ("held", _) => context.state.held = true,
            ("expired", _) => context.state.expired = true,
            ("embargoed", _) => context.state.embargoed = true,
            ("quarantined", _) => context.state.quarantined = true,
            ("overdue", _) => context.state.overdue = true,
            _ => panic!("unknown circumstance {circumstance}"),
        }
    }
    context
}

fn rows() -> Vec<Row> {
    let read = |text: &'static str| {
        let cells: Vec<&'static str> = text.split('|').map(str::trim).collect();
        let [to, action, level, statements, circumstances, guards, permits] = cells[..] else {
            panic!("seven cells: {text}")
        };
        Row {
            text,
            question: question(to, action, level, statements, circumstances),
            guards: guards.split_whitespace().collect(),
            permits: permits.split_whitespace().collect(),
        }
    };
    TABLE.lines().filter(|line| !line.trim().is_empty()).map(read).collect()
}

fn ids(decision: &Decision) -> Vec<&str> {
    decision.rules().iter().map(|rule| rule.id.as_str()).collect()
}

#[test]
fn guards_forbid_what_the_table_says_even_when_everything_is_permitted() {
    let (ceiling, entities) = (PolicySet::new(EVERYTHING).unwrap(), entities());
    for row in rows() {
        let decision = row.question.put_to(&ceiling, &entities);
        let expected = if row.guards.is_empty() { vec!["everything"] } else { row.guards.clone() };
        assert_eq!(ids(&decision), expected, "{}", row.text);
        assert_eq!(decision.allow(), row.guards.is_empty(), "{}", row.text);
        assert!(decision.errors().is_empty(), "{}", row.text);
    }
}

#[test]
fn the_standard_rules_permit_what_the_table_says() {
    let (standard, entities) = (PolicySet::standard().unwrap(), entities());
    for row in rows() {
        let decision = row.question.put_to(&standard, &entities);
        let expected = if row.guards.is_empty() { &row.permits } else { &row.guards };
        assert_eq!(&ids(&decision), expected, "{}", row.text);
        let is_permitted = row.guards.is_empty() && row.permits != ["no-permit"];
        assert_eq!(decision.allow(), is_permitted, "{}", row.text);
    }
}

#[test]
fn each_guard_alone_decides_at_least_one_row() {
    let guards = syntax::read_guards(include_str!("../../../policies/guards.cedar")).unwrap();
    let (entities, rows) = (entities(), rows());
    for dropped in &guards {
        let rest = guards.iter().filter(|guard| guard.rule.id != dropped.rule.id).cloned().collect();
        let without = PolicySet::assemble(rest, EVERYTHING).unwrap();
        let is_opened =
            |row: &&Row| !row.guards.is_empty() && row.question.put_to(&without, &entities).allow();
        assert!(rows.iter().any(|row| is_opened(&row)), "no row needs {}", dropped.rule.id);
    }
}

#[test]
fn what_is_put_before_the_rules_fits_the_schema() {
    let (schema, _) =
        cedar_policy::Schema::from_cedarschema_str(include_str!("../../../policies/schema.cedarschema"))
            .unwrap();
    let entities = entities();
    for row in rows() {
        let handling = entities.prepare_at(&row.question.handling, row.question.level);
        let (_, entity) = handling.made().unwrap();
        let case = entities.case(&row.question.ask(), entity).unwrap().unwrap();
        cedar_policy::Entities::from_entities(case.entities.iter().cloned(), Some(&schema)).expect(row.text);
        let request = &case.request;
        let action = request.action().unwrap();
        request.context().unwrap().validate(&schema, action).expect(row.text);
    }
}

#[test]
fn a_missing_entity_denies_although_the_engine_would_allow() {
    let (ceiling, entities) = (PolicySet::new(EVERYTHING).unwrap(), entities());
    let question = question("full", "release", "clear", "", "own");
    let handling = entities.prepare_at(&question.handling, 0);
    let (id, entity) = handling.made().unwrap().clone();
    let mut case: Case = entities.case(&question.ask(), &entity).unwrap().unwrap();
    assert!(ceiling.judge(&question.ask(), id, &case).allow());
    case.entities = cedar_policy::Entities::empty();
    let decision = ceiling.judge(&question.ask(), id, &case);
    assert!(!decision.allow());
    assert!(!decision.errors().is_empty());
    assert_eq!(decision.rules()[0].id, "rule-error");
}

fn is_spared(handling: &Handling) -> bool {
    handling.flags.contains(&Flag::Minor)
        || matches!(handling.category, Some(Category::Victim | Category::Witness | Category::CanInform))
}

/// The promises of the guards, restated without Cedar.
fn may_pass(question: &Question) -> bool {
    let Question { member: asks, action, handling, level, context } = question;
    let agreement = agreement();
    let known = agreement.member(asks).unwrap();
    let StateFlags { withdrawn, held, expired, embargoed, quarantined, overdue } = context.state;
    let (is_origin, is_named) = (&handling.originator == asks, handling.recipients.contains(asks));
    let standing = known.standing.name();
    if !known.active || !(0..=5).contains(level) {
        return false;
    }
    if *action == Action::Oversee {
        return standing == "oversight";
    }
    let leaves = matches!(action, Action::Release | Action::Forward | Action::Count);
    let in_group =
        handling.groups.is_empty() || handling.groups.iter().any(|group| known.groups.contains(group));
    let is_foreign = !context.own && !context.delegated && !is_origin;
    let always = (standing != "oversight" || is_origin)
        && !handling.exclusions.contains(asks)
        && !quarantined
        && !((withdrawn || held || overdue) && (leaves || !is_origin))
        && (!embargoed || is_origin);
    let stated = is_origin
        || (handling.purposes.is_empty() || handling.purposes.contains(&context.purpose))
            && (!handling.personal
                || known.adequate
                    && handling.category.is_some()
                    && !context.purpose.is_empty()
                    && handling.purposes.contains(&context.purpose)
                    && known.legal_bases.contains(&context.legal_basis));
    let outward = (is_origin || !expired && *level < 5)
        && (*level != 4 || is_named)
        && (in_group || is_named)
        && (standing != "observer" || *level < 2 || is_named)
        && !(context.delegated && (handling.delegates.is_empty() || !is_named));
    let blocked = handling.flags.contains(&Flag::Complaint) || handling.flags.contains(&Flag::IllTreatment);
    let (usage, court) = match agreement.purposes.get(&context.purpose) {
        Some(known) => (known.usage, known.court),
        None if context.purpose.is_empty() => (Use::Look, false),
        None => (Use::ExternalDirect, true),
    };
    let refuge = handling.refugee_from.is_empty()
        || is_origin
        || known.state.as_ref().is_some_and(|state| !handling.refugee_from.contains(state));
    let strictly =
        !is_spared(handling) || is_named || is_origin || !matches!(action, Action::Release | Action::Forward);
    let controlled = handling.flags.contains(&Flag::OriginatorControl) && !is_origin;
    let outward = outward && refuge && (!controlled || *action == Action::Release && is_named);
    let is_passed_on = matches!(action, Action::Forward | Action::Count);
    let coded = (!is_passed_on || is_named || handling.code < Some(HandlingCode::H2))
        && (is_origin || !court || handling.code < Some(HandlingCode::H1));
    let permitted =
        is_origin || handling.permitted().is_none_or(|permitted| usage.number() <= permitted.number());
    let inside = !matches!(action, Action::Read | Action::Select)
        || handling.inner.is_empty()
        || !handling.inner.is_disjoint(&context.inner);
    let by_action = match action {
        Action::Release => (context.own || context.delegated) && (!blocked || is_origin),
        Action::Forward => {
            (!is_foreign || handling.onward)
                && (*level < 3 || context.delegated || is_origin)
                && (!blocked || is_origin)
        }
        Action::Count => !is_foreign || handling.onward,
        _ => true,
    };
    always && stated && (!leaves || outward) && by_action && strictly && coded && permitted && inside
}

/// One of these texts; a text that stands several times is drawn more often.
fn one_of(texts: &'static str) -> impl Strategy<Value = &'static str> {
    prop::sample::select(texts.split(',').map(str::trim).collect::<Vec<_>>())
}

/// Random questions, weighted so that neither "denied for many reasons" nor one action outweighs the rest.
fn questions() -> impl Strategy<Value = Question> {
    let asked = (
        prop::sample::select(MEMBERS.map(|(name, ..)| name).to_vec()),
        one_of("release, release, release, forward, forward, count, count, read, select, oversee"),
        one_of(
            "clear, green, amber, amber, amber+strict, amber+strict, red, red, red, none, unknown, beyond",
        ),
    );
    let stated = (
        one_of(", , , named, named, named, excluded"),
        one_of(", , , , group:border, group:border group:other"),
        one_of(", , , for:travel, personal, personal suspect for:travel, personal victim for:travel"),
        one_of(", onward, onward, delegate, onward delegate"),
        one_of(
            ", , , , , , minor, complaint, ill-treatment, control, refuge:QX, refuge:QX, inner:unit, code:H1, \
             code:H2, code:H3, pap:red, permits:none, permits:contact pap:amber",
        ),
    );
    let met = (
        one_of("own, own, own, , , delegated"),
        one_of(
            ", for:travel basis:treaty, for:travel basis:treaty, for:travel, for:taxes basis:other, for:patrol, \
             for:strike inner:unit, for:trial inner:other",
        ),
        one_of(", , , , , , , , , withdrawn, held, expired, embargoed, quarantined, overdue, expired held"),
    );
    (asked, stated, met).prop_map(|((to, action, level), (a, b, c, d, e), (whose, why, state))| {
        question(to, action, level, &[a, b, c, d, e].join(" "), &[whose, why, state].join(" "))
    })
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} at level {}", self.ask(), self.level)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_guards_keep_their_promises_on_any_question(question in questions()) {
        let decision = question.put_to(&CEILING, &COMMUNITY);
        prop_assert!(decision.errors().is_empty());
        prop_assert_eq!(decision.allow(), may_pass(&question), "{}", decision.sentence());
    }

    #[test]
    fn standard_rules_release_no_more_than_the_guards_let_pass(question in questions()) {
        if question.put_to(&STANDARD, &COMMUNITY).allow() {
            prop_assert!(question.put_to(&CEILING, &COMMUNITY).allow());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_local_forbid_never_allows_more(
        condition in prop::sample::select(vec![
            "resource.tlp > 0", "principal.standing == \"partner\"", "context.own", "context.purpose == \"\"",
            "principal in resource.groups", "resource.personal", "true", "resource.tlp + 9223372036854775807 > 0",
        ]),
        clause in prop::sample::select(vec!["when", "unless"]),
        asked in prop::collection::vec(questions(), 40),
    ) {
        let more = format!("{}\nforbid (principal, action, resource) {clause} {{ {condition} }};", crate::STANDARD_LOCAL);
        let narrowed = PolicySet::new(&more).unwrap();
        for question in &asked {
            if question.put_to(&narrowed, &COMMUNITY).allow() {
                prop_assert!(question.put_to(&STANDARD, &COMMUNITY).allow(), "{:?}", question);
            }
        }
    }

    #[test]
    fn the_order_of_members_does_not_matter(
        order in Just((0..MEMBERS.len()).collect::<Vec<_>>()).prop_shuffle(),
        asked in prop::collection::vec(questions(), 20),
    ) {
        let mut turned = agreement();
        turned.members = order.iter().map(|&place| agreement().members[place].clone()).collect();
        let turned = Entities::new(&turned).unwrap();
        for question in &asked {
            prop_assert_eq!(question.put_to(&STANDARD, &turned), question.put_to(&STANDARD, &COMMUNITY));
        }
    }

    #[test]
    fn denied_parts_are_those_denied_as_whole_records(question in questions()) {
        let parts: BTreeSet<Option<Tlp>> = Tlp::ALL.into_iter().map(Some).chain([None]).collect();
        let denied = STANDARD.denied_parts(&COMMUNITY, &question.ask(), &parts);
        for part in parts {
            let handling = question.handling.at_least(part);
            let ask = Ask { handling: &handling, ..question.ask() };
            prop_assert_eq!(denied.contains(&part), !STANDARD.decide(&COMMUNITY, &ask).allow());
        }
    }
}

static CEILING: std::sync::LazyLock<PolicySet> =
    std::sync::LazyLock::new(|| PolicySet::new(EVERYTHING).unwrap());
static STANDARD: std::sync::LazyLock<PolicySet> = std::sync::LazyLock::new(|| PolicySet::standard().unwrap());
static COMMUNITY: std::sync::LazyLock<Entities> = std::sync::LazyLock::new(entities);

#[test]
fn a_rule_says_the_same_in_the_rules_for_one_action_as_in_the_whole_set() {
    let local = "@id(\"a\") @says(\"a\") permit (principal, action == Comity::Action::\"count\", resource);
        @id(\"b\") @says(\"b\") permit (principal, action, resource) when { resource.onward } unless { context.own };
        @id(\"c\") @says(\"c\") permit (principal in Comity::Group::\"border\", action in
        [Comity::Action::\"read\", Comity::Action::\"forward\"], resource) when { action == Comity::Action::\"read\" };";
    let entities = entities();
    for rules in
        [PolicySet::standard().unwrap(), PolicySet::new(local).unwrap(), PolicySet::new(EVERYTHING).unwrap()]
    {
        for row in rows() {
            let handling = entities.prepare_at(&row.question.handling, row.question.level);
            let (_, entity) = handling.made().unwrap();
            for action in Action::ALL {
                let ask = crate::Ask { action, ..row.question.ask() };
                let case = entities.case(&ask, entity).unwrap().unwrap();
                let whole = cedar_policy::Authorizer::new().is_authorized(
                    &case.request,
                    rules.engine(),
                    &case.entities,
                );
                let part = rules.decide_prepared(&entities, (ask.member, action, ask.context), &handling);
                assert_eq!(part.allow(), whole.decision() == cedar_policy::Decision::Allow, "{}", row.text);
                let named: std::collections::BTreeSet<String> =
                    whole.diagnostics().reason().map(ToString::to_string).collect();
                let told: std::collections::BTreeSet<String> =
                    part.rules().iter().map(|r| r.id.clone()).collect();
                assert!(named == told || named.is_empty() && told.contains("no-permit"), "{}", row.text);
            }
        }
    }
}
