//! The parts of a document in the order in which they came to be, which need not be the order in which they were printed.

use std::collections::BTreeSet;

use crate::kind::council::{Document, Section};

/// The parts, the oldest first: what brings another part up to date comes behind that part; else by the date that a part
/// bears, and then by its place.
pub fn sections(document: &Document) -> Vec<&Section> {
    let mut left: Vec<&Section> = document.sections.iter().collect();
    let mut told: Vec<&Section> = Vec::with_capacity(left.len());
    let mut labels: BTreeSet<&str> = BTreeSet::new();
    while !left.is_empty() {
        let is_next =
            |section: &Section| section.updates.as_deref().is_none_or(|older| labels.contains(older));
        let when = |section: &Section| (section.stamped.map(|date| date.first()), section.placed);
        let next = left
            .iter()
            .enumerate()
            // In a circle nothing is first; then the place decides.
            .min_by_key(|(_, section)| (!is_next(section), when(section).0.is_none(), when(section)))
            .map(|(at, _)| at);
        let Some(at) = next else { break };
        let section = left.remove(at);
        labels.insert(section.label.as_str());
        told.push(section);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(sections_json: &serde_json::Value) -> Vec<String> {
        let text = serde_json::json!({"title": "EXERCISE", "document_type": "press-report", "sections": sections_json,
            "basis": {"whole": {"statement": "fact"}}})
        .to_string();
        let document: Document = serde_json::from_str(&text).unwrap();
        sections(&document).iter().map(|section| section.label.clone()).collect()
    }

    #[test]
    fn an_update_printed_above_the_older_text_comes_behind_it() {
        let printed =
            serde_json::json!([{"label": "p1", "placed": 1, "updates": "p2"}, {"label": "p2", "placed": 2}]);
        assert_eq!(order(&printed), ["p2", "p1"]);
        let stamped = serde_json::json!([{"label": "a", "placed": 1, "stamped": "2026-11-09"},
            {"label": "b", "placed": 2, "stamped": "2026-11-08"}]);
        assert_eq!(order(&stamped), ["b", "a"]);
        let plain = serde_json::json!([{"label": "b", "placed": 2}, {"label": "a", "placed": 1}]);
        assert_eq!(order(&plain), ["a", "b"]);
    }

    #[test]
    fn parts_that_update_each_other_in_a_circle_are_all_told() {
        let circle = serde_json::json!([{"label": "a", "placed": 2, "updates": "b"}, {"label": "b", "placed": 1, "updates": "a"}]);
        assert_eq!(order(&circle), ["b", "a"]);
    }
}
