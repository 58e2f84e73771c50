//! Invitations where keys change, and where the agreement is co-signed.

use std::sync::Arc;

use comity_app::carrier::Carriers;
use comity_app::{Limits, agreement, cosign, home, invite, rotate};
use comity_testkit::SeededRandom;
use comity_testkit::mesh::Ways;

use crate::exchange::NORTH_URL;
use crate::join::{GUEST, World};

/// Starts the node of North again.
fn start_again(world: &mut World) {
    let ways: Arc<dyn Carriers> = Arc::new(Ways(Arc::clone(&world.mesh)));
    let (clock, random) = (world.community.clock.clone(), Arc::new(SeededRandom::new(79)));
    let app = home::open_on(world.north().app.home(), clock, random, Limits::default(), ways).unwrap();
    world.mesh.join(NORTH_URL, &app);
    world.community.nodes[0].app = app;
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
    start_again(&mut world);
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
