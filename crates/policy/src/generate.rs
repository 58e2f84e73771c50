//! Local rules made from the release table of an agreement.
//!
//! The same table always makes the same text. With the table that a new node starts with, the rules decide as those of
//! [`crate::STANDARD_LOCAL`] do.

use comity_model::release::Levels;
use comity_model::stix::Tlp;
use comity_model::{ReleaseTable, Standing};

use crate::STANDARD_LOCAL;
use crate::entities::number_of;

/// Rules of [`STANDARD_LOCAL`] that stand in every generated text, whatever the table says.
const ALWAYS: [&str; 4] = ["own-record", "own-holdings", "named-recipient", "oversight"];

const HEAD: &str = "\
// Local rules made from the [release] table of the agreement. Change the table and make them again, or edit them here.
//
// What no rule here permits is not released. The guards hold whatever stands here. Each rule has a name (@id) and a
// sentence (@says) for people.
";

/// The local rules that a release table means, in Cedar.
pub fn local_of(table: &ReleaseTable) -> String {
    let mut rules: Vec<String> = standard_rules().map(str::to_owned).collect();
    let levels = [Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict];
    rules.extend(levels.into_iter().filter_map(|level| level_rule(table, level)));
    for (group, levels) in &table.groups {
        let (onward, own): (Levels, Levels) = levels.iter().partition(|level| table.forward.contains(*level));
        rules.extend(group_rule(group, &onward, true));
        rules.extend(group_rule(group, &own, false));
    }
    format!("{HEAD}\n{}\n", rules.join("\n\n"))
}

/// The rules of the standard text that are always there, each as written.
fn standard_rules() -> impl Iterator<Item = &'static str> {
    let rules = STANDARD_LOCAL.split("\n\n").filter(|part| part.starts_with("@id("));
    rules
        .map(str::trim_end)
        .filter(|rule| ALWAYS.iter().any(|id| rule.starts_with(&format!("@id(\"{id}\")"))))
}

fn level_rule(table: &ReleaseTable, level: Tlp) -> Option<String> {
    let rows = [
        (Standing::Member, "full members", &table.member),
        (Standing::Observer, "observers", &table.observer),
        (Standing::Partner, "partners", &table.partner),
    ];
    let who = rows.into_iter().filter(|(_, _, levels)| levels.contains(&level));
    let (standings, names): (Vec<String>, Vec<&str>) =
        who.map(|(standing, name, _)| (format!("\"{}\"", standing.name()), name)).unzip();
    let is_passed_on = table.forward.contains(&level);
    let rule = format!(
        "@id(\"level-{}\")\n@says(\"{} is released{} to {}\")\n{}\nwhen {{ resource.tlp == {} && [{}].contains(principal.standing) }};",
        level.short().replace('+', "-"),
        level.name(),
        passed_on(is_passed_on),
        and(&names),
        head(is_passed_on),
        number_of(level),
        standings.join(", ")
    );
    (!names.is_empty()).then_some(rule)
}

fn group_rule(group: &str, levels: &Levels, is_passed_on: bool) -> Option<String> {
    let (names, numbers): (Vec<&str>, Vec<String>) =
        levels.iter().map(|level| (level.name(), number_of(*level).to_string())).unzip();
    let rule = format!(
        "@id(\"group-{group}{}\")\n@says(\"{} is released{} to the group {group}\")\n{}\nwhen {{ [{}].contains(resource.tlp) && principal in Comity::Group::\"{group}\" }};",
        if is_passed_on { "-onward" } else { "" },
        and(&names),
        passed_on(is_passed_on),
        head(is_passed_on),
        numbers.join(", ")
    );
    (!names.is_empty()).then_some(rule)
}

fn passed_on(is_passed_on: bool) -> &'static str {
    if is_passed_on { ", and passed on where its originator consents," } else { "" }
}

fn head(is_passed_on: bool) -> String {
    let forward = if is_passed_on { "Comity::Action::\"forward\", " } else { "" };
    format!(
        "permit (\n  principal,\n  action in [Comity::Action::\"release\", {forward}Comity::Action::\"count\"],\n  resource\n)"
    )
}

/// `a`, `a and b`, `a, b and c`.
fn and(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Ask, Context, Entities, PolicySet, StateFlags};
    use comity_model::{Agreement, Flag, Handling, MemberId};
    use proptest::prelude::*;

    const AGREEMENT: &str = "title = \"EXERCISE\"\nversion = 1\n[groups]\ncell = \"EXERCISE\"\n";

    fn id(n: usize) -> MemberId {
        format!("identity--00000000-0000-4000-8000-0000000000{n:02}").parse().unwrap()
    }

    /// Members 1 to 8: each standing, first outside the group `cell` and then inside.
    fn entities() -> Entities {
        let mut text = AGREEMENT.to_owned();
        for n in 1..=8 {
            let standing = ["member", "observer", "partner", "oversight"][(n - 1) % 4];
            let groups = if n > 4 { "\"cell\"" } else { "" };
            text.push_str(&format!(
                "[[member]]\nid = \"{}\"\nname = \"EXERCISE {n}\"\nstanding = \"{standing}\"\ngroups = [{groups}]\n",
                id(n)
            ));
        }
        Entities::new(&Agreement::from_toml(&text).unwrap()).unwrap()
    }

    fn level() -> impl Strategy<Value = Option<Tlp>> {
        prop::option::weighted(
            0.9,
            prop::sample::select(vec![Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red]),
        )
    }

    prop_compose! {
        fn handling()(
            tlp in level(), originator in 1..9_usize, recipient in prop::option::of(1..9_usize),
            excluded in prop::option::weighted(0.1, 1..9_usize), delegate in prop::option::of(1..9_usize),
            is_limited in prop::bool::weighted(0.3), onward: bool, personal in prop::bool::weighted(0.2),
            complaint in prop::bool::weighted(0.1),
        ) -> Handling {
            let mut handling = Handling::unmarked(id(originator));
            handling.tlp = tlp;
            handling.recipients.extend(recipient.map(id));
            handling.exclusions.extend(excluded.map(id));
            handling.delegates.extend(delegate.map(id));
            handling.groups.extend(is_limited.then(|| "cell".to_owned()));
            handling.onward = onward;
            handling.personal = personal;
            handling.flags.extend(complaint.then_some(Flag::Complaint));
            handling
        }
    }

    prop_compose! {
        fn context()(own: bool, delegated: bool, withdrawn in prop::bool::weighted(0.1)) -> Context {
            let state = StateFlags { withdrawn, ..StateFlags::default() };
            Context { own, delegated, state, ..Context::default() }
        }
    }

    fn allows(set: &PolicySet, ask: &Ask<'_>) -> bool {
        set.decide(&entities(), ask).allow()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_table_that_a_new_node_starts_with_decides_as_the_standard_rules_do(
            handling in handling(), context in context(), member in 1..9_usize,
            action in prop::sample::select(Action::ALL.to_vec()),
        ) {
            let (standard, made) = sets();
            let ask = Ask { member: &id(member), action, handling: &handling, context: &context };
            prop_assert_eq!(allows(standard, &ask), allows(made, &ask));
        }
    }

    fn sets() -> &'static (PolicySet, PolicySet) {
        static SETS: std::sync::OnceLock<(PolicySet, PolicySet)> = std::sync::OnceLock::new();
        SETS.get_or_init(|| {
            let made = PolicySet::new(&local_of(&ReleaseTable::default())).unwrap();
            (PolicySet::standard().unwrap(), made)
        })
    }

    /// Which of the members 1 to 8 get a record of another member's at a level, by release or by being passed on.
    fn who(set: &PolicySet, tlp: Tlp, action: Action) -> Vec<usize> {
        let mut handling = Handling::unmarked(id(99));
        handling.tlp = Some(tlp);
        handling.onward = true;
        let context = Context { own: action == Action::Release, ..Context::default() };
        let asked =
            |n: &usize| allows(set, &Ask { member: &id(*n), action, handling: &handling, context: &context });
        (1..9).filter(asked).collect()
    }

    #[test]
    fn a_row_gives_what_it_says_and_a_group_gets_more_as_far_as_the_guards_let_it() {
        let table = ReleaseTable {
            observer: Levels::from([Tlp::Clear]),
            partner: Levels::new(),
            forward: Levels::from([Tlp::Clear, Tlp::Amber]),
            groups: [("cell".to_owned(), Levels::from([Tlp::Clear, Tlp::Green, Tlp::Amber]))].into(),
            ..ReleaseTable::default()
        };
        let text = local_of(&table);
        let set = PolicySet::new(&text).unwrap();
        assert_eq!(who(&set, Tlp::Clear, Action::Release), [1, 2, 5, 6, 7]);
        assert_eq!(who(&set, Tlp::Green, Action::Release), [1, 5, 6, 7]);
        assert_eq!(
            who(&set, Tlp::Amber, Action::Release),
            [1, 5, 7],
            "an observer never, though in the group"
        );
        assert_eq!(who(&set, Tlp::AmberStrict, Action::Release), [1, 5]);
        assert_eq!(who(&set, Tlp::Clear, Action::Forward), [1, 2, 5, 6, 7]);
        assert!(who(&set, Tlp::Green, Action::Forward).is_empty());
        assert_eq!(who(&set, Tlp::Amber, Action::Forward), [1, 5, 7]);
        assert_eq!(text, local_of(&table));
        assert!(text.contains("@says(\"TLP:CLEAR is released, and passed on where its originator consents, to full members and observers\")"), "{text}");
        assert!(text.contains("@says(\"TLP:GREEN is released to the group cell\")"), "{text}");
        for rule in set.rules() {
            assert!(rule.says.len() > 20 && !rule.says.ends_with('.'), "{}: {}", rule.id, rule.says);
        }
    }

    #[test]
    fn what_always_stands_there_is_taken_from_the_standard_rules() {
        assert_eq!(standard_rules().count(), ALWAYS.len());
        let nothing = ReleaseTable {
            member: Levels::new(),
            observer: Levels::new(),
            partner: Levels::new(),
            ..ReleaseTable::default()
        };
        let set = PolicySet::new(&local_of(&nothing)).unwrap();
        assert_eq!(set.rules().iter().filter(|rule| !rule.id.starts_with("guard-")).count(), ALWAYS.len());
        assert!(who(&set, Tlp::Clear, Action::Release).is_empty());
    }
}
