//! Small STIX objects for tests.

use comity_app::model::Stated;
use comity_app::stix::Tlp;

/// The id of the note with this number.
pub fn id(number: u32) -> String {
    format!("note--00000000-0000-4000-8000-{number:012}")
}

/// The version with this number, as written.
pub fn version(number: u32) -> String {
    format!("2026-01-01T00:00:{number:02}.000Z")
}

/// A note: its number, version and content, and the level in its bytes if it has one.
pub fn note(number: u32, version_number: u32, content: &str, level: Option<Tlp>) -> String {
    let marking = level
        .map_or_else(String::new, |level| format!(r#""object_marking_refs":["{}"],"#, level.marking_id()));
    format!(
        r#"{{"type":"note","spec_version":"2.1","id":"{}","created":"2026-01-01T00:00:00.000Z","modified":"{}",{marking}"content":"EXERCISE {content}","object_refs":["identity--00000000-0000-4000-8000-000000000999"]}}"#,
        id(number),
        version(version_number),
    )
}

/// The same object with an abstract that is marked apart.
pub fn with_marked_abstract(text: &str, level: Tlp) -> String {
    text.replace(
        r#""content""#,
        &format!(
            r#""abstract":"EXERCISE secret","granular_markings":[{{"marking_ref":"{}","selectors":["abstract"]}}],"content""#,
            level.marking_id()
        ),
    )
}

/// The statement of a level and nothing else.
pub fn at(level: Tlp) -> Stated {
    Stated { tlp: Some(level), ..Stated::default() }
}
