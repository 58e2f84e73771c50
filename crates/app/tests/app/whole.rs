//! The life of a record of each kind: entered at one node, exchanged, found at the other, graded there, the grade back
//! at its originator, corrected, and exchanged again.

use comity_app::edit::{self, Edit};
use comity_app::model::Category;
use comity_app::search::{self, Asking};
use comity_app::{grade, sheet};
use comity_testkit::Node;
use serde_json::json;

use crate::two::{NORTH, SOUTH, Two, example, governed, taken};

/// Each kind with words that find its example, and a path of its form to correct.
const KINDS: [(&str, &str, &str); 12] = [
    ("subject", "name:Sample", "summary"),
    ("group", "Northern Column", "summary"),
    ("plan", "wagons", "summary"),
    ("training-site", "huts range", "summary"),
    ("border-event", "crossed night", "summary"),
    ("attack", "depot fire", "summary"),
    ("find", "heroin", "summary"),
    ("channel", "Wave", "summary"),
    ("journey", "return sea", "summary"),
    ("account", "number:XX00000000000001", "summary"),
    ("payment", "several", "summary"),
    ("relation", "stores", "summary"),
];

fn finds(node: &Node, query: &str, record: &str) -> bool {
    let asking = Asking { query, purpose: Some("border"), ..Asking::default() };
    let found = search::run(&node.app, &node.operator(), &asking).unwrap();
    found.hits.iter().any(|hit| hit.id == record)
}

#[test]
fn a_record_of_each_kind_is_entered_exchanged_found_graded_by_its_receiver_and_corrected() {
    for (word, query, path) in KINDS {
        let two = Two::new();
        let mut input = governed();
        if matches!(word, "account" | "payment" | "relation") {
            input.stated.category = Some(Category::Contact);
        }
        let record = taken(two.north(), &input, &example(word));
        assert_eq!(two.southward().received, 1, "{word}");
        assert!(finds(two.south(), query, &record), "{word}: {query}");

        let own = grade::read("C3", "6x6").unwrap();
        grade::give(&two.south().app, &two.south().operator(), &record, &own, "seen otherwise").unwrap();
        assert_eq!(two.northward().received, 1, "{word}: its grade");
        let grades = grade::of(&two.north().app, &record).unwrap().grades;
        let told: Vec<_> = grades.iter().map(|one| (one.member.as_str(), one.grade.as_str())).collect();
        assert_eq!(told, [(NORTH, "X4 (not graded)"), (SOUTH, "C3 (6x6)")], "{word}");

        two.community.clock.advance_seconds(60);
        let change = Edit {
            record: record.clone(),
            set: vec![(path.to_owned(), "EXERCISE: corrected by its author".to_owned())],
            reason: "the first report was wrong".into(),
            ..Edit::default()
        };
        let edited = edit::run(&two.north().app, &two.north().operator(), &change).unwrap();
        assert!(edited.is_ok(), "{word}: {edited:?}");
        assert_eq!(two.southward().received, 1, "{word}: its correction");
        let sheet = sheet::of(&two.south().app, &record).unwrap();
        assert_eq!(sheet.word, word);
        assert_eq!(json!(sheet.kind)[path], "EXERCISE: corrected by its author", "{word}");
        assert!(finds(two.south(), "corrected author", &record), "{word}: what it says now");
    }
}
