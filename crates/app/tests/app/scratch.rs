//! What people have begun to write: whose it is, how much, how long.

use comity_app::scratch::{self, SCRATCH_BYTES_MAX, SCRATCHES_MAX};
use comity_app::{AppError, Role, person};
use comity_testkit::{Community, Place, Seat};
use serde_json::json;

fn community(place: Place) -> Community {
    Community::new(1, vec![Seat::member("Exercise host").node(place)])
}

#[test]
fn what_was_begun_is_bounded_in_number_and_size_and_ends_after_a_fortnight() {
    let community = community(Place::memory());
    let node = community.node();
    let one = node.user("one", &[Role::Analyst]);
    let form = json!({ "form": { "kind": "subject", "names": [{ "value": "EXERCISE Orlan Tevi" }] } });
    for at in 0..SCRATCHES_MAX {
        scratch::keep(&node.app, &one, &format!("n{at}"), &form).unwrap();
    }
    assert!(matches!(scratch::keep(&node.app, &one, "more", &form), Err(AppError::Conflict(_))));
    scratch::keep(&node.app, &one, "n0", &form).unwrap();
    let long = json!({ "form": "x".repeat(SCRATCH_BYTES_MAX) });
    assert!(matches!(scratch::keep(&node.app, &one, "n1", &long), Err(AppError::Limit { .. })));
    for name in ["", "a b", "../a", &"n".repeat(65)] {
        assert!(matches!(scratch::keep(&node.app, &one, name, &form), Err(AppError::Invalid(_))), "{name}");
    }
    let line = &scratch::list(&node.app, &one).unwrap()[0];
    assert_eq!((line.kind.as_str(), line.title.as_str()), ("subject", "EXERCISE Orlan Tevi"));
    community.clock.advance_seconds(14 * 86_400 + 1);
    assert!(scratch::list(&node.app, &one).unwrap().is_empty());
    assert!(matches!(scratch::get(&node.app, &one, "n0"), Err(AppError::NotFound(_))));
}

#[test]
fn what_was_begun_is_of_its_owner_alone_and_ends_with_the_account() {
    let community = community(Place::memory());
    let node = community.node();
    let (one, other) = (node.user("one", &[Role::Analyst]), node.user("other", &[Role::Analyst]));
    let auditor = node.user("auditor", &[Role::Auditor]);
    scratch::keep(&node.app, &one, "a", &json!({ "form": {} })).unwrap();
    assert!(matches!(scratch::get(&node.app, &other, "a"), Err(AppError::NotFound(_))));
    assert!(matches!(scratch::get(&node.app, &auditor, "a"), Err(AppError::Denied(_))));
    scratch::drop(&node.app, &other, "a").unwrap();
    assert_eq!(scratch::get(&node.app, &one, "a").unwrap().content, json!({ "form": {} }));
    person::end(&node.app, &node.operator(), "one").unwrap();
    // Whoever comes later under the name finds nothing.
    assert!(matches!(scratch::get(&node.app, &one, "a"), Err(AppError::NotFound(_))));
}
