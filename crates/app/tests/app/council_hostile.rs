//! Readings and claims of the council's work that were made to do harm.

use comity_app::AppError;
use comity_app::council::claims;
use serde_json::json;

use crate::council::{READING, bring, changed, community, entered, refusal, set};

#[test]
fn hostile_readings_are_refused_or_kept_as_text() {
    let long = format!("{READING}{}", " ".repeat(4 << 20));
    let community = community();
    assert!(matches!(bring(community.node(), &long), Err(AppError::Limit { .. })));
    for value in ["-1", "1e40"] {
        let told = refusal(|reading| {
            reading["claims"][0]["quantity"]["value"] = serde_json::from_str(value).unwrap()
        });
        assert!(told.contains("claims.[0]") && told.contains("a number stands here"), "{told}");
    }
    let many = changed(|reading| {
        let one = reading["claims"][0].clone();
        let claims = (0..10_001).map(|n| {
            let mut one = one.clone();
            one["id"] = format!("c-{n}").into();
            one
        });
        reading["claims"] = claims.collect();
    });
    assert!(matches!(bring(community.node(), &many), Err(AppError::Limit { .. })));
    let node = community.node();
    let turned = changed(|reading| {
        reading["claims"][0]["speaker"] = "EXERCISE \u{202e}Orlan".into();
        reading["sources"][0]["publisher"]["value"] = "javascript:alert(1)".into();
    });
    bring(node, &turned).unwrap();
    let view = claims::show(&node.app, &node.operator(), "c-2015-01").unwrap();
    assert!(view.chain.contains('\u{202e}'), "kept as it is; what prints it makes it visible");
}

#[test]
fn claims_that_restate_each_other_in_a_circle_and_a_set_of_what_is_not_here_are_shown() {
    let community = community();
    let node = community.node();
    let circle = changed(|reading| {
        let claims = reading["claims"].as_array_mut().unwrap();
        claims[0]["note"] = "duplicate of c-2015-02".into();
        claims[1]["note"] = "duplicate of c-2015-01".into();
    });
    bring(node, &circle).unwrap();
    assert_eq!(set(node, "k-2015-countries").roots, 2);
    let missing = json!({"kind": "conflict-set", "title": "EXERCISE which?", "difference": "value",
        "claim_refs": ["comity-claim--00000000-0000-4000-8000-000000000001"], "basis": {"whole": {"statement": "fact"}}});
    let id = entered(node, &missing, "clear");
    assert_eq!(
        (set(node, &id).claims.len(), set(node, &id).voices),
        (0, 0),
        "what is not here is not counted"
    );
}
