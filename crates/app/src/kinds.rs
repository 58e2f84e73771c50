//! What the kinds of records ask for at the door: their form, what may be recorded at all, and what has to be stated
//! beside them. The rules themselves stand in `comity_model::kind`.

use comity_model::kind::{EXTENSION_ID, Fault, Governance, Kind, check_envelope};
use comity_model::stix::Object;
use comity_model::{Flag, Handling, Micros, Supplement};

use crate::admit::Statement;

/// Most faults that one refusal tells.
const FAULTS_TOLD: usize = 5;

/// The record that an object is, if it is of one of the kinds. The error is the reason for people.
pub(crate) fn read(object: &Object<'_>) -> Result<Option<Kind>, String> {
    let Some(kind) = Kind::read(object).map_err(|faults| told(&faults))? else { return Ok(None) };
    let faults = kind.check();
    if faults.is_empty() { Ok(Some(kind)) } else { Err(told(&faults)) }
}

/// What stands beside the kinds: the grade, vocabulary or set of criteria that an object is, if it is one. An attachment
/// is judged in the same way and not kept in memory. The error is the reason for people.
pub(crate) fn read_supplement(object: &Object<'_>) -> Result<Option<Supplement>, String> {
    let read = Supplement::read(object).map_err(|faults| told(&faults))?;
    Ok(read.filter(|one| !matches!(one, Supplement::Attachment(_))))
}

/// Completes what its originator states about a record by what the record itself says: that it is personal data, the
/// category of the person, and that the person is a minor.
pub(crate) fn complete(handling: &mut Handling, kind: &Kind, now: Micros) {
    if !kind.is_personal() {
        return;
    }
    handling.personal = true;
    if let Kind::Subject(subject) = kind {
        handling.category.get_or_insert(subject.category);
        if subject.is_under_18(now) == comity_model::kind::Answer::Yes {
            handling.flags.insert(Flag::Minor);
        }
    }
}

/// Refuses a record whose statement lacks what its kind needs. The error is the reason for people.
pub(crate) fn check(kind: &Kind, statement: &Statement, now: Micros) -> Result<(), String> {
    let stated = Governance {
        handling: &statement.handling,
        purpose: statement.purpose.as_deref(),
        legal_basis: statement.legal_basis.as_deref(),
        review_at: statement.review_at,
        decision_until: statement.decision_until,
    };
    let faults = check_envelope(kind, &stated, now);
    if faults.is_empty() { Ok(()) } else { Err(told(&faults)) }
}

/// The word of the kind that stored bytes are of, without reading all of them; the STIX type for other objects. What is
/// stored was judged when it came.
pub(crate) fn word_of(stix_type: &str, bytes: Option<&[u8]>) -> String {
    if let Some(own) = stix_type.strip_prefix("comity-") {
        return own.to_owned();
    }
    if !MARKED_TYPES.contains(&stix_type) {
        return stix_type.to_owned();
    }
    let marked = bytes.and_then(|bytes| serde_json::from_slice::<Marked>(bytes).ok());
    let entry = marked.and_then(|mut marked| marked.extensions.remove(EXTENSION_ID));
    entry.and_then(|entry| entry.kind).unwrap_or_else(|| stix_type.to_owned())
}

/// The types that carry a kind in an extension.
const MARKED_TYPES: [&str; 5] = ["identity", "campaign", "infrastructure", "incident", "relationship"];

/// An object, as far as its kind is concerned.
#[derive(serde::Deserialize)]
struct Marked {
    #[serde(default)]
    extensions: std::collections::HashMap<String, Entry>,
}

/// An entry of `extensions`.
#[derive(serde::Deserialize)]
struct Entry {
    #[serde(default)]
    kind: Option<String>,
}

fn told(faults: &[Fault]) -> String {
    let mut lines: Vec<String> = faults
        .iter()
        .take(FAULTS_TOLD)
        .map(|fault| match fault.path.as_str() {
            "" => format!("{} ({})", fault.message, fault.rule),
            path => format!("{path}: {} ({})", fault.message, fault.rule),
        })
        .collect();
    if faults.len() > FAULTS_TOLD {
        lines.push(format!("and {} more", faults.len() - FAULTS_TOLD));
    }
    lines.join("; ")
}
