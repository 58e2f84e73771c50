//! That a record or a match never leads to an act upon a person by itself.

use serde_json::Value;

#[test]
fn c3_nothing_acts_upon_a_person_by_itself_and_no_interface_has_a_verb_for_it() {
    // An adverse act: what somebody does to a person. A lead is a lead; its source confirms, a person decides.
    let acts = [
        "arrest",
        "detain",
        "deport",
        "refuse-entry",
        "block",
        "freeze",
        "alert",
        "expel",
        "sanction",
        "act",
    ];
    let document: Value = serde_json::from_str(include_str!("../../../../docs/openapi.json")).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 10);
    for path in paths.keys() {
        let words: Vec<&str> = path.split(['/', '-', '_', '{', '}']).collect();
        assert!(!acts.iter().any(|act| words.contains(act)), "{path}");
    }
    let help = include_str!("../../../node/tests/cmd/help.trycmd");
    let commands: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("$ comity ")).collect();
    assert!(commands.len() > 40);
    for command in commands {
        assert!(!acts.iter().any(|act| command.split_whitespace().any(|word| word == *act)), "{command}");
    }
    let asked: Vec<&str> = comity_app::policy::Action::ALL.iter().map(|action| action.name()).collect();
    assert_eq!(
        asked,
        ["release", "forward", "read", "count", "oversee", "select"],
        "what the rules are asked about"
    );
}
