//! Redaction: the parts of an object that a member may not see are taken out before it leaves.

use std::collections::BTreeSet;

use comity_model::stix::{Granular, Id, Limits, Meaning, Object, Selector, Tlp, redact::without};

use crate::PolicyError;

/// The object without the parts whose granular marking (STIX 2.1 §7.2.3) is at one of the `denied` levels; `None`
/// among them stands for markings that could not be interpreted. `resolve` answers what a marking definition
/// means; the published TLP ids are known without it.
///
/// Answers `None` when no valid object would be left, or when the markings cannot be followed with certainty: then
/// it is withheld wholly. When nothing is to be taken out,
/// the bytes come back as they are.
///
/// # Errors
/// [`PolicyError::Object`] when the bytes are no STIX object.
pub fn redact(
    object_bytes: &[u8],
    denied: &BTreeSet<Option<Tlp>>,
    resolve: &dyn Fn(&Id) -> Meaning,
) -> Result<Option<Vec<u8>>, PolicyError> {
    if denied.is_empty() {
        return Ok(Some(object_bytes.to_vec()));
    }
    let object = Object::parse(object_bytes, &Limits::default())
        .map_err(|error| PolicyError::Object(error.to_string()))?;
    let is_denied = |id: &Id| level(id, resolve).is_some_and(|level| denied.contains(&level));
    match hidden_parts(&object, &is_denied) {
        None => Ok(None),
        Some(selectors) if selectors.is_empty() => Ok(Some(object_bytes.to_vec())),
        Some(selectors) => Ok(without(&object, &selectors, &is_denied)),
    }
}

/// The selectors of everything under a denied marking; `None` when the markings of parts cannot be followed with
/// certainty: no list, an entry without a readable marking or language, a selector that leads nowhere.
fn hidden_parts(object: &Object<'_>, is_denied: &dyn Fn(&Id) -> bool) -> Option<Vec<Selector>> {
    let Some(listed) = object.value().get("granular_markings") else { return Some(Vec::new()) };
    let mut hidden = Vec::new();
    for entry in listed.as_array()? {
        let granular = Granular::from_value(entry)?;
        match (&granular.marking_ref, &granular.lang) {
            (Some(marking), _) if is_denied(marking) => {}
            (Some(_), _) | (None, Some(_)) => continue,
            (None, None) => return None,
        }
        let stated = entry.as_object()?.get("selectors")?.as_array()?.len();
        if granular.selectors.len() != stated
            || granular.selectors.iter().any(|part| object.at(part).is_none())
        {
            return None;
        }
        hidden.extend(granular.selectors);
    }
    Some(hidden)
}

/// The level a marking states: none for a statement, `Some(None)` for one that cannot be interpreted.
fn level(id: &Id, resolve: &dyn Fn(&Id) -> Meaning) -> Option<Option<Tlp>> {
    if let Some(tlp) = Tlp::from_marking_id(id.as_str()) {
        return Some(Some(tlp));
    }
    match resolve(id) {
        Meaning::Tlp(tlp) => Some(Some(tlp)),
        Meaning::Statement => None,
        _ => Some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATEMENT: &str = "marking-definition--a0000000-0000-4000-8000-000000000001";
    const FOREIGN: &str = "marking-definition--b0000000-0000-4000-8000-000000000001";

    fn resolve(id: &Id) -> Meaning {
        if id.as_str() == STATEMENT { Meaning::Statement } else { Meaning::Unknown }
    }

    fn note(granular: &str) -> String {
        format!(
            r#"{{"type":"note","spec_version":"2.1","id":"note--00000000-0000-4000-8000-000000000002","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","abstract":"EXERCISE secret","content":"EXERCISE open","authors":["EXERCISE hidden","EXERCISE shown"],"object_refs":["note--00000000-0000-4000-8000-000000000003"],"granular_markings":{granular}}}"#
        )
    }

    fn entry(marking: &str, selector: &str) -> String {
        format!(r#"{{"marking_ref":"{marking}","selectors":["{selector}"]}}"#)
    }

    fn redacted(granular: &str, denied: &[Option<Tlp>]) -> Option<String> {
        let denied = denied.iter().copied().collect();
        let bytes = redact(note(granular).as_bytes(), &denied, &resolve).unwrap();
        bytes.map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn denied_parts_go_and_the_rest_stays() {
        let red = entry(Tlp::Red.marking_id(), "abstract");
        let amber = entry(Tlp::Amber.marking_id(), "authors.[0]");
        let left = redacted(&format!("[{red},{amber}]"), &[Some(Tlp::Red)]).unwrap();
        assert!(!left.contains("EXERCISE secret") && left.contains("EXERCISE hidden"), "{left}");
        let left = redacted(&format!("[{red},{amber}]"), &[Some(Tlp::Red), Some(Tlp::Amber)]).unwrap();
        assert!(!left.contains("EXERCISE secret") && !left.contains("EXERCISE hidden"), "{left}");
        assert!(left.contains("EXERCISE open") && left.contains("EXERCISE shown"), "{left}");
        let object = Object::parse(left.as_bytes(), &Limits::default()).unwrap();
        let registry = comity_model::stix::Registry::standard();
        assert!(comity_model::stix::is_valid(&comity_model::stix::validate(&object, &registry)));
    }

    #[test]
    fn nothing_to_take_out_leaves_the_very_bytes() {
        let red = format!("[{}]", entry(Tlp::Red.marking_id(), "abstract"));
        assert_eq!(redacted(&red, &[]).unwrap(), note(&red));
        assert_eq!(redacted(&red, &[Some(Tlp::Amber), None]).unwrap(), note(&red));
        let statement = format!("[{}]", entry(STATEMENT, "abstract"));
        assert_eq!(redacted(&statement, &[Some(Tlp::Red), None]).unwrap(), note(&statement));
    }

    #[test]
    fn a_marking_nobody_knows_is_the_level_none() {
        let foreign = format!("[{}]", entry(FOREIGN, "abstract"));
        assert!(redacted(&foreign, &[Some(Tlp::Red)]).unwrap().contains("EXERCISE secret"));
        assert!(!redacted(&foreign, &[None]).unwrap().contains("EXERCISE secret"));
    }

    #[test]
    fn a_required_part_withholds_the_whole() {
        assert_eq!(
            redacted(&format!("[{}]", entry(Tlp::Red.marking_id(), "content")), &[Some(Tlp::Red)]),
            None
        );
        assert_eq!(redacted(&format!("[{}]", entry(Tlp::Red.marking_id(), "id")), &[Some(Tlp::Red)]), None);
    }

    #[test]
    fn markings_that_cannot_be_followed_withhold_the_whole() {
        for granular in [
            r#"{"0":1}"#.to_owned(),
            "[5]".to_owned(),
            r#"[{"marking_ref":"nonsense","selectors":["abstract"]}]"#.to_owned(),
            format!("[{}]", entry(Tlp::Red.marking_id(), "authors.[7]")),
            format!("[{}]", entry(Tlp::Red.marking_id(), "..")),
            format!(r#"[{{"marking_ref":"{}"}}]"#, Tlp::Red.marking_id()),
        ] {
            assert_eq!(redacted(&granular, &[Some(Tlp::Red)]), None, "{granular}");
        }
    }

    #[test]
    fn bytes_that_are_no_object_are_an_error() {
        assert!(redact(b"[]", &BTreeSet::from([None]), &resolve).is_err());
    }
}
