//! The four labels of quality that go with a record: accuracy, completeness, reliability, currency.
//!
//! They are read from the record and its grade and claim nothing beyond them: what is not filled, not dated or not graded
//! is called so. Nobody can state better ones.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::kind::{Field, Kind, Statement};
use crate::{Grading, ModelError};

/// The longest label that is read, in bytes.
const LABEL_BYTES_MAX: usize = 400;

/// The labels, in words.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// Fact or assessment, and how exact dates and places are.
    pub accuracy: String,
    /// How many of the properties of its kind are filled, and which are not.
    pub completeness: String,
    /// How source and information are graded.
    pub reliability: String,
    /// Of when the matter is, and of when the record.
    pub currency: String,
}

impl Quality {
    /// Reads the labels from a record, the grade of its originator and the time of its version.
    pub fn of(kind: &Kind, grading: Option<&Grading>, version: &str) -> Self {
        let properties = properties(kind);
        Self {
            accuracy: accuracy(kind, &properties),
            completeness: completeness(kind, &properties),
            reliability: match grading {
                None => "X4 (not graded)".into(),
                Some(Grading { scale, source, information }) => format!("{source}{information} ({scale})"),
            },
            currency: format!(
                "{}; written {}",
                match newest_date(&properties) {
                    Some(date) => format!("matter of {date}"),
                    None => "date of the matter not stated".into(),
                },
                version.get(..10).unwrap_or(version)
            ),
        }
    }

    /// What somebody should look at before the record leaves; empty when nothing is missing that its kind is about.
    pub fn warnings(kind: &Kind, grading: Option<&Grading>) -> Vec<String> {
        let properties = properties(kind);
        let mut found = Vec::new();
        let is_dated = Kind::MATTER.contains(&kind.word())
            && !matches!(kind, Kind::Subject(_) | Kind::Group(_) | Kind::Relation(_) | Kind::Account(_));
        if is_dated && newest_date(&properties).is_none() {
            found.push(format!("the date of the matter is not stated in this {}", kind.word()));
        }
        if matches!(kind, Kind::Subject(_)) && !properties.contains_key("birth") {
            found.push("no date of birth: nobody can say whether the person is under 18".into());
        }
        if grading.is_none() {
            found.push("source and information are not graded".into());
        }
        found
    }

    /// Checks labels that came with an envelope.
    ///
    /// # Errors
    /// [`ModelError::Envelope`] when one is longer than 400 bytes or holds control characters.
    pub(crate) fn checked(self) -> Result<Self, ModelError> {
        for label in [&self.accuracy, &self.completeness, &self.reliability, &self.currency] {
            if label.len() > LABEL_BYTES_MAX || label.chars().any(char::is_control) {
                return Err(ModelError::Envelope("a label of quality is too long or no plain text".into()));
            }
        }
        Ok(self)
    }
}

/// The filled properties of a record, without what it rests on.
fn properties(kind: &Kind) -> Map<String, Value> {
    let Ok(Value::Object(mut all)) = serde_json::to_value(kind) else { return Map::new() };
    all.remove("kind");
    all.remove("basis");
    all
}

/// Every property that a record of this kind may have. A test compares the lists with the published schemas.
fn possible(kind: &Kind) -> Vec<&'static str> {
    let all: &[&str] = match kind {
        Kind::Subject(_) => &["names", "category", "birth", "summary"],
        Kind::Group(_) => &["names", "designations", "active", "places", "summary"],
        Kind::Plan(_) => &["title", "summary", "objective", "places", "window", "grounds"],
        Kind::TrainingSite(_) => &["title", "summary", "place", "active", "activities", "capacity"],
        Kind::BorderEvent(_) => {
            &["title", "summary", "during", "place", "manner", "from_country", "to_country", "persons"]
        }
        Kind::Attack(_) => &["title", "summary", "during", "place", "method", "harm"],
        Kind::Find(_) => &["title", "summary", "during", "place", "items"],
        Kind::Channel(_) => &["title", "summary", "form", "locators", "languages", "active"],
        Kind::Journey(_) => &["title", "summary", "legs", "travellers"],
        Kind::Account(_) => &["title", "summary", "form", "number", "institution", "country", "active"],
        Kind::Payment(_) => &["title", "summary", "payer_ref", "payee_ref", "sum", "paid"],
        Kind::Relation(_) => &[
            "relationship_type",
            "source_ref",
            "target_ref",
            "summary",
            "concerns_person",
            "grounds",
            "during",
        ],
        other => {
            let known = COUNSELLED.iter().find(|(word, _)| *word == other.word());
            known.map_or(&[], |(_, names)| names)
        }
    };
    let mut found = all.to_vec();
    if let Kind::Subject(subject) = kind {
        // What the category forbids is not missing.
        found.extend(
            Field::ALL.iter().filter(|field| field.is_allowed(subject.category)).map(|one| one.name()),
        );
    }
    found
}

/// The same of the kinds of a council, by their words.
const COUNSELLED: [(&str, &[&str]); 13] = [
    (
        "body",
        &[
            "names",
            "summary",
            "body_form",
            "parent_ref",
            "mandate",
            "member_parties",
            "chair",
            "head",
            "country",
            "founded",
            "notes",
        ],
    ),
    (
        "session",
        &[
            "title",
            "summary",
            "body_ref",
            "number",
            "status",
            "during",
            "place",
            "host",
            "chair_of_body",
            "chair_of_meeting",
            "opened_by",
            "invited",
            "members",
            "observers",
            "speakers",
            "message_refs",
            "predecessor_ref",
            "related_events",
            "source_refs",
            "notes",
        ],
    ),
    (
        "agenda-item",
        &["title", "summary", "session_ref", "position_number", "words", "item_basis", "paper_refs", "notes"],
    ),
    (
        "document",
        &[
            "title",
            "summary",
            "document_type",
            "session_ref",
            "author",
            "publisher",
            "published",
            "from_party",
            "file_name",
            "sha256",
            "cites",
            "sections",
            "source_refs",
            "notes",
        ],
    ),
    (
        "decision",
        &[
            "title",
            "summary",
            "body_ref",
            "session_ref",
            "item_ref",
            "number",
            "text",
            "status",
            "procedure",
            "opened",
            "deadline",
            "closed",
            "entitled_refs",
            "not_heard_refs",
            "not_heard_reason",
            "document_refs",
            "decides_refs",
            "supersedes_ref",
            "notes",
        ],
    ),
    (
        "measure",
        &[
            "title",
            "summary",
            "words",
            "status",
            "stated_in_ref",
            "decision_ref",
            "programme_ref",
            "session_ref",
            "owner",
            "due",
            "evidence_refs",
            "done_on",
            "notes",
        ],
    ),
    (
        "programme",
        &[
            "title",
            "summary",
            "words",
            "years",
            "status",
            "decision_ref",
            "body_ref",
            "session_ref",
            "rapporteur",
            "measure_refs",
            "predecessor_ref",
            "notes",
        ],
    ),
    (
        "report",
        &[
            "title",
            "summary",
            "programme_ref",
            "year",
            "status",
            "provided",
            "figure_refs",
            "claim_ref",
            "notes",
        ],
    ),
    (
        "claim",
        &[
            "words",
            "speaker",
            "reported_as",
            "claim_form",
            "certainty",
            "topic",
            "quantity",
            "session_ref",
            "at_session",
            "source",
            "restates_ref",
            "contested_by_refs",
            "bears_on_refs",
            "flags",
            "notes",
        ],
    ),
    (
        "conflict-set",
        &[
            "title",
            "summary",
            "claim_refs",
            "session_refs",
            "difference",
            "shown",
            "parties_without_statement",
            "bears_on_refs",
            "derived",
            "notes",
        ],
    ),
    (
        "position",
        &["title", "summary", "on_ref", "on_version", "stance", "text", "claim_ref", "stated_by", "notes"],
    ),
    (
        "figure",
        &[
            "title",
            "summary",
            "value",
            "unit",
            "scope",
            "period",
            "counting_rule",
            "contributors",
            "asked",
            "record_refs",
            "notes",
        ],
    ),
    ("outcome", &["title", "summary", "of_ref", "result", "happened", "amount", "notes"]),
];

fn completeness(kind: &Kind, properties: &Map<String, Value>) -> String {
    let possible = possible(kind);
    // A truth value, a remark or a flag that is left out is no gap.
    let is_open = |name: &str| matches!(name, "concerns_person" | "at_session" | "flags" | "notes");
    let is_gap = |name: &&str| !properties.contains_key(*name) && !is_open(name);
    let missing: Vec<&str> = possible.iter().filter(|name| is_gap(name)).copied().collect();
    let filled = possible.len().saturating_sub(missing.len());
    let mut label = format!("{filled} of {} properties", possible.len());
    if !missing.is_empty() {
        label.push_str(&format!("; without {}", missing.join(", ")));
    }
    label
}

fn accuracy(kind: &Kind, properties: &Map<String, Value>) -> String {
    let basis = kind.basis();
    let word = |statement: Statement| match statement {
        Statement::Fact => "fact",
        Statement::Assessment => "assessment",
    };
    let whole = basis.whole.statement;
    let other = basis.parts.iter().filter(|part| part.assertion.statement != whole).count();
    let mut labels = vec![match other {
        0 => format!("stated as {}", word(whole)),
        count => format!("stated as {}, {count} parts otherwise", word(whole)),
    }];
    let mut found = Exactness::default();
    found.walk(properties);
    if let Some(exact) = found.dates {
        labels.push(format!("dates at least to the {exact}"));
    }
    labels.extend(found.places.map(|exact| format!("places at least to the {exact}")));
    if found.is_place_open {
        labels.push("a place without stated precision".into());
    }
    labels.join("; ")
}

/// How exact the least exact date and place are.
#[derive(Default)]
struct Exactness {
    dates: Option<&'static str>,
    places: Option<&'static str>,
    is_place_open: bool,
}

/// The least exact first.
const DATES: [(usize, &str); 3] = [(4, "year"), (7, "month"), (10, "day")];
const PLACES: [&str; 3] = ["country", "district", "point"];
/// Properties that hold a date, wherever they stand.
const DATED: [&str; 6] = ["from", "until", "date", "departed", "arrived", "paid"];

impl Exactness {
    fn walk(&mut self, map: &Map<String, Value>) {
        for (key, value) in map {
            match value {
                Value::String(text) if DATED.contains(&key.as_str()) => self.date(text),
                Value::Object(inner) => {
                    if matches!(key.as_str(), "place" | "origin" | "destination") {
                        self.place(inner);
                    }
                    self.walk(inner);
                }
                Value::Array(list) => {
                    for inner in list.iter().filter_map(Value::as_object) {
                        if key == "places" && !inner.contains_key("place") {
                            self.place(inner);
                        }
                        self.walk(inner);
                    }
                }
                _ => {}
            }
        }
    }

    fn date(&mut self, text: &str) {
        let rank = |word: &str| DATES.iter().position(|(_, known)| *known == word);
        if let Some((_, word)) = DATES.iter().find(|(length, _)| *length == text.len())
            && self.dates.is_none_or(|known| rank(word) < rank(known))
        {
            self.dates = Some(word);
        }
    }

    fn place(&mut self, place: &Map<String, Value>) {
        let Some(stated) = place.get("precision").and_then(Value::as_str) else {
            self.is_place_open = true;
            return;
        };
        let rank = |word: &str| PLACES.iter().position(|known| *known == word);
        if let Some(word) = PLACES.iter().find(|known| **known == stated)
            && self.places.is_none_or(|known| rank(word) < rank(known))
        {
            self.places = Some(word);
        }
    }
}

/// The newest date of the matter: not of birth, documents, names or lists.
fn newest_date(properties: &Map<String, Value>) -> Option<String> {
    let aside = ["birth", "documents", "names", "identifiers", "designations"];
    let mut newest: Option<String> = None;
    for (_, value) in properties.iter().filter(|(key, _)| !aside.contains(&key.as_str())) {
        dates(value, &mut newest);
    }
    if let Some(Value::String(paid)) = properties.get("paid") {
        newest = newest.max(Some(paid.clone()));
    }
    newest
}

fn dates(value: &Value, newest: &mut Option<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| dates(one, newest)),
        Value::Object(map) => {
            for (key, inner) in map {
                match inner {
                    Value::String(text) if DATED.contains(&key.as_str()) => {
                        // The forms of dates compare as texts.
                        if newest.as_ref().is_none_or(|known| known < text) {
                            *newest = Some(text.clone());
                        }
                    }
                    other => dates(other, newest),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLES: &str = include_str!("kind/tests/examples.json");

    fn example(word: &str) -> Value {
        let all: Vec<Value> = serde_json::from_str(EXAMPLES).unwrap();
        all.into_iter().find(|one| one["kind"] == word).unwrap()
    }

    fn kind(value: &Value) -> Kind {
        Kind::from_json(&value.to_string()).unwrap()
    }

    #[test]
    fn b6_the_four_labels_say_what_the_record_says_and_no_more() {
        let mut event = example("border-event");
        let graded = Grading { scale: "6x6".into(), source: "B".into(), information: "2".into() };
        let full = Quality::of(&kind(&event), Some(&graded), "2026-11-02T10:00:00.000Z");
        assert_eq!(full.accuracy, "stated as fact; dates at least to the day; places at least to the point");
        assert_eq!(full.completeness, "8 of 8 properties");
        assert_eq!(full.reliability, "B2 (6x6)");
        assert_eq!(full.currency, "matter of 2026-10-03; written 2026-11-02");

        for left in ["during", "persons"] {
            event.as_object_mut().unwrap().remove(left);
        }
        event["place"] = serde_json::json!({"called": "EXERCISE km 41"});
        let less = Quality::of(&kind(&event), None, "2026-11-02T10:00:00.000Z");
        assert_eq!(less.accuracy, "stated as fact; a place without stated precision");
        assert_eq!(less.completeness, "6 of 8 properties; without during, persons");
        assert_eq!(less.reliability, "X4 (not graded)");
        assert_eq!(less.currency, "date of the matter not stated; written 2026-11-02");
    }

    #[test]
    fn b6_a_record_of_an_event_without_a_date_and_a_grade_is_warned_of() {
        let mut event = example("border-event");
        assert_eq!(Quality::warnings(&kind(&event), Some(&Grading::ungraded())), Vec::<String>::new());
        event.as_object_mut().unwrap().remove("during");
        assert_eq!(Quality::warnings(&kind(&event), None).len(), 2);
    }

    #[test]
    fn what_a_category_forbids_is_not_missing() {
        let mut witness = example("subject");
        witness["category"] = "witness".into();
        for left in ["places", "documents", "offences", "grounds", "link"] {
            witness.as_object_mut().unwrap().remove(left);
        }
        witness["basis"] = serde_json::json!({"whole": {"statement": "fact"}});
        let found = Quality::of(&kind(&witness), None, "2026-11-02").completeness;
        assert!(!found.contains("documents") && found.contains("event_ref"), "{found}");
    }

    #[test]
    fn the_lists_of_properties_are_those_of_the_published_schemas() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/kinds");
        for one in serde_json::from_str::<Vec<Value>>(EXAMPLES).unwrap() {
            let kind = kind(&one);
            let text = std::fs::read_to_string(format!("{folder}/{}.json", kind.word())).unwrap();
            let schema: Value = serde_json::from_str(&text).unwrap();
            let mut declared: Vec<&str> =
                schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            declared.retain(|name| *name != "kind" && *name != "basis");
            declared.sort_unstable();
            let mut listed = possible(&kind);
            if matches!(kind, Kind::Subject(_)) {
                listed.extend(Field::ALL.iter().map(|field| field.name()));
            }
            listed.sort_unstable();
            listed.dedup();
            assert_eq!(listed, declared, "{}", kind.word());
        }
    }

    #[test]
    fn a_label_from_outside_is_short_and_plain() {
        let fine = Quality { accuracy: "stated as fact".into(), ..Quality::default() };
        assert!(fine.clone().checked().is_ok());
        assert!(Quality { currency: "x".repeat(401), ..fine.clone() }.checked().is_err());
        assert!(Quality { currency: "\u{1b}[31m".into(), ..fine }.checked().is_err());
    }
}
