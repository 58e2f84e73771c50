//! What a second person is shown of a proposal before approving it.

use comity_app::activate::{self, Wish};
use comity_app::model::{ApprovalRule, Standing, Stated};
use comity_app::policy::STANDARD_LOCAL;
use comity_app::proof::Means;
use comity_app::proposal::{self, Outcome};
use comity_app::proposed::{self, Would};
use comity_app::stix::Tlp;
use comity_app::{AppError, Clock as _, Role, agreement, erase, handling};
use comity_testkit::{Community, Place, Seat};

use crate::paper::{at, id, note};

const HOST: &str = "Exercise host";
const PARTNER: &str = "Exercise partner";
const RULE: &str = "\n@id(\"partners\") @says(\"TLP:AMBER is released to partners\")\n\
    permit (principal, action == Comity::Action::\"release\", resource)\n\
    when { resource.tlp == 2 && principal.standing == \"partner\" };\n";

fn community() -> Community {
    let seats = vec![
        Seat::member(HOST).node(Place::memory()),
        Seat::member(PARTNER).standing(Standing::Partner),
        Seat::member("Exercise member"),
    ];
    let mut community = Community::new(1, seats);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community.amend(|agreement| {
        agreement.two_person.extend([ApprovalRule::Policies, ApprovalRule::Red, ApprovalRule::Agreement]);
    });
    community
}

#[test]
fn of_policies_a_second_person_sees_each_line_that_comes_or_goes_and_who_gains_and_loses() {
    let community = community();
    let node = community.node();
    let _key = node.reader(PARTNER, "exercise");
    node.publish("exercise", &at(Tlp::Amber), &note(1, 0, "amber", None));
    let local =
        format!("{}{RULE}", STANDARD_LOCAL.replace("resource.tlp == 1 };", "resource.tlp == 1 && false };"));
    let wish = |local: String| Wish {
        local: Some(local),
        inherit: true,
        reason: Some("EXERCISE partners help".into()),
        ..Wish::default()
    };
    let outcome = activate::run(&node.app, &node.operator(), wish(local.clone()), &Means::default()).unwrap();
    let Outcome::Pending(view) = outcome else { panic!("{outcome:?}") };
    let other = node.user("omar", &[Role::Secretariat]);
    let shown = proposed::show(&node.app, &other, &view.id).unwrap();
    assert_eq!((shown.proposal.by.as_str(), &shown.void, &shown.approved_by), ("operator", &None, &None));
    assert_eq!(shown.at, community.clock.now());
    let Would::Policies(policies) = &shown.would else { panic!("{shown:?}") };
    assert_eq!((policies.because.as_str(), policies.inherit), ("EXERCISE partners help", true));
    assert_eq!(policies.local, local);
    let signed = |sign: char| policies.differences.iter().filter(|line| line.starts_with(sign)).count();
    assert_eq!((signed('+'), signed('-')), (1 + 4, 1), "{:#?}", policies.differences);
    assert!(policies.differences.contains(&"- when { resource.tlp == 1 };".to_owned()));
    let gained = &policies.now.as_ref().unwrap().readers[0];
    assert_eq!((gained.member.as_str(), gained.gained.count), (PARTNER, 1));

    // An administrator approves policies and reads no records.
    let machine = node.user("machine", &[Role::Administrator]);
    let shown = proposed::show(&node.app, &machine, &view.id).unwrap();
    let Would::Policies(policies) = &shown.would else { panic!("{shown:?}") };
    assert!(policies.now.is_none() && !policies.differences.is_empty());

    // Two are proposed, and one comes into force: the other is void, and says so.
    let again = activate::run(&node.app, &node.operator(), wish(STANDARD_LOCAL.into()), &Means::default());
    let Outcome::Pending(second) = again.unwrap() else { panic!("two persons") };
    proposal::approve(&node.app, &other, &view.id).unwrap();
    let approved = proposed::show(&node.app, &other, &view.id).unwrap();
    assert_eq!((approved.approved_by.as_deref(), &approved.void), (Some("omar"), &None));
    assert!(proposed::show(&node.app, &other, &second.id).unwrap().void.is_some());
}

#[test]
fn of_records_a_second_person_sees_name_handling_and_who_would_see_them() {
    let community = community();
    let node = community.node();
    let named = Stated { to: [community.id(PARTNER)].into(), ..at(Tlp::Red) };
    let held = node.import("exercise", &named, &note(1, 0, "red", None)).unwrap();
    let proposal = held.proposals[0].id.clone();
    let officer = node.user("omar", &[Role::ReleaseOfficer]);
    let shown = proposed::show(&node.app, &officer, &proposal).unwrap();
    let Would::Publish(told) = &shown.would else { panic!("{shown:?}") };
    let [record] = &told.records[..] else { panic!("{told:?}") };
    assert_eq!(
        (record.id.as_str(), record.kind.as_str(), record.state.as_str()),
        (id(1).as_str(), "note", "held")
    );
    assert!(!record.name.is_empty() || record.handling["tlp"] == "red");
    assert_eq!(
        (&record.named[..], &record.seen_by[..]),
        (&[PARTNER.to_owned()][..], &[PARTNER.to_owned()][..])
    );
    let machine = node.user("machine", &[Role::Administrator]);
    let denied = proposed::show(&node.app, &machine, &proposal);
    assert!(matches!(denied, Err(AppError::Denied(_))), "{denied:?}");
    proposal::approve(&node.app, &officer, &proposal).unwrap();

    let member = community.id("Exercise member").to_string();
    let change = handling::Change { to: (vec![member], vec![]), ..Default::default() };
    let Outcome::Pending(view) = handling::change(&node.app, &node.operator(), &id(1), &change).unwrap()
    else {
        panic!("two persons for TLP:RED")
    };
    let shown = proposed::show(&node.app, &officer, &view.id).unwrap();
    let Would::Handling(told) = &shown.would else { panic!("{shown:?}") };
    let record = &told.records[0];
    assert_eq!(record.seen_by, [PARTNER, "Exercise member"]);
    assert_ne!(record.handling_now.as_ref(), Some(&record.handling));
    assert!(record.handling_now.is_some());
}

#[test]
fn of_an_agreement_and_an_erasure_a_second_person_sees_what_they_hold() {
    let community = community();
    let node = community.node();
    let mut next = agreement::current(&node.app).unwrap().agreement;
    next.version += 1;
    next.members.iter_mut().find(|member| member.name == PARTNER).unwrap().standing = Standing::Observer;
    let outcome = agreement::import(&node.app, &node.operator(), &next.to_toml().unwrap()).unwrap();
    let Outcome::Pending(view) = outcome else { panic!("two persons for the agreement") };
    let other = node.user("omar", &[Role::Secretariat, Role::DataProtection]);
    let shown = proposed::show(&node.app, &other, &view.id).unwrap();
    let Would::Agreement { differences, now, .. } = &shown.would else { panic!("{shown:?}") };
    assert!(differences.iter().any(|line| line.contains(PARTNER)), "{differences:?}");
    assert!(now.is_some());

    node.publish("exercise", &at(Tlp::Green), &note(2, 0, "green", None));
    let proposal =
        erase::propose(&node.app, &node.operator(), &id(2), ("order", "EXERCISE court"), false).unwrap();
    let shown = proposed::show(&node.app, &other, &proposal.id).unwrap();
    let Would::Erase { authority, records, .. } = &shown.would else { panic!("{shown:?}") };
    assert_eq!(authority, "EXERCISE court");
    assert_eq!(records.records.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [id(2).as_str()]);
    let unknown = proposed::show(&node.app, &other, "p0");
    assert!(matches!(unknown, Err(AppError::NotFound(_))), "{unknown:?}");
}
