//! The relationship types that the standard defines: which source may stand in which relationship to which target.
//!
//! The rows are those of the relationship tables under each type of clauses 4 and 6. Clause 3.7 adds three types for
//! all domain objects and observables. Other names and pairs are allowed; they are only not defined.

use crate::object::Class;

/// One pair of types and the relationship that the standard defines between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Defined {
    /// The type of the source.
    pub source: &'static str,
    /// The type of the relationship, such as `indicates`.
    pub relationship: &'static str,
    /// The type of the target.
    pub target: &'static str,
}

/// The relationship types of clause 3.7. The first two hold between objects of the same type.
pub const COMMON: &[&str] = &["derived-from", "duplicate-of", "related-to"];

/// Whether the standard defines `relationship` from an object of the type `source` to one of the type `target`.
///
/// The common relationships of clause 3.7 count; `infrastructure` may consist of any observable (clause 4.8.2).
#[must_use]
pub fn is_defined(source: &str, relationship: &str, target: &str) -> bool {
    match relationship {
        "related-to" => true,
        "derived-from" | "duplicate-of" => source == target,
        "consists-of" if source == "infrastructure" && Class::of(target) == Class::Sco => true,
        _ => ROWS.binary_search(&(source, relationship, target)).is_ok(),
    }
}

/// Every row, by source, relationship and target; the common relationships are not listed.
pub fn all() -> impl Iterator<Item = Defined> {
    ROWS.iter().map(|(source, relationship, target)| Defined { source, relationship, target })
}

/// What the standard defines from `source` to `target`, without the common relationships.
pub fn between(source: &str, target: &str) -> impl Iterator<Item = &'static str> {
    all().filter(move |row| row.source == source && row.target == target).map(|row| row.relationship)
}

/// By source, relationship and target.
static ROWS: &[(&str, &str, &str)] = &[
    ("attack-pattern", "delivers", "malware"),
    ("attack-pattern", "targets", "identity"),
    ("attack-pattern", "targets", "location"),
    ("attack-pattern", "targets", "vulnerability"),
    ("attack-pattern", "uses", "malware"),
    ("attack-pattern", "uses", "tool"),
    ("campaign", "attributed-to", "intrusion-set"),
    ("campaign", "attributed-to", "threat-actor"),
    ("campaign", "compromises", "infrastructure"),
    ("campaign", "originates-from", "location"),
    ("campaign", "targets", "identity"),
    ("campaign", "targets", "location"),
    ("campaign", "targets", "vulnerability"),
    ("campaign", "uses", "attack-pattern"),
    ("campaign", "uses", "infrastructure"),
    ("campaign", "uses", "malware"),
    ("campaign", "uses", "tool"),
    ("course-of-action", "investigates", "indicator"),
    ("course-of-action", "mitigates", "attack-pattern"),
    ("course-of-action", "mitigates", "indicator"),
    ("course-of-action", "mitigates", "malware"),
    ("course-of-action", "mitigates", "tool"),
    ("course-of-action", "mitigates", "vulnerability"),
    ("course-of-action", "remediates", "malware"),
    ("course-of-action", "remediates", "vulnerability"),
    ("domain-name", "resolves-to", "domain-name"),
    ("domain-name", "resolves-to", "ipv4-addr"),
    ("domain-name", "resolves-to", "ipv6-addr"),
    ("identity", "located-at", "location"),
    ("indicator", "based-on", "observed-data"),
    ("indicator", "indicates", "attack-pattern"),
    ("indicator", "indicates", "campaign"),
    ("indicator", "indicates", "infrastructure"),
    ("indicator", "indicates", "intrusion-set"),
    ("indicator", "indicates", "malware"),
    ("indicator", "indicates", "threat-actor"),
    ("indicator", "indicates", "tool"),
    ("infrastructure", "communicates-with", "domain-name"),
    ("infrastructure", "communicates-with", "infrastructure"),
    ("infrastructure", "communicates-with", "ipv4-addr"),
    ("infrastructure", "communicates-with", "ipv6-addr"),
    ("infrastructure", "communicates-with", "url"),
    ("infrastructure", "consists-of", "artifact"),
    ("infrastructure", "consists-of", "autonomous-system"),
    ("infrastructure", "consists-of", "directory"),
    ("infrastructure", "consists-of", "domain-name"),
    ("infrastructure", "consists-of", "email-addr"),
    ("infrastructure", "consists-of", "email-message"),
    ("infrastructure", "consists-of", "file"),
    ("infrastructure", "consists-of", "infrastructure"),
    ("infrastructure", "consists-of", "ipv4-addr"),
    ("infrastructure", "consists-of", "ipv6-addr"),
    ("infrastructure", "consists-of", "mac-addr"),
    ("infrastructure", "consists-of", "mutex"),
    ("infrastructure", "consists-of", "network-traffic"),
    ("infrastructure", "consists-of", "observed-data"),
    ("infrastructure", "consists-of", "process"),
    ("infrastructure", "consists-of", "software"),
    ("infrastructure", "consists-of", "url"),
    ("infrastructure", "consists-of", "user-account"),
    ("infrastructure", "consists-of", "windows-registry-key"),
    ("infrastructure", "consists-of", "x509-certificate"),
    ("infrastructure", "controls", "infrastructure"),
    ("infrastructure", "controls", "malware"),
    ("infrastructure", "delivers", "malware"),
    ("infrastructure", "has", "vulnerability"),
    ("infrastructure", "hosts", "malware"),
    ("infrastructure", "hosts", "tool"),
    ("infrastructure", "located-at", "location"),
    ("infrastructure", "uses", "infrastructure"),
    ("intrusion-set", "attributed-to", "threat-actor"),
    ("intrusion-set", "compromises", "infrastructure"),
    ("intrusion-set", "hosts", "infrastructure"),
    ("intrusion-set", "originates-from", "location"),
    ("intrusion-set", "owns", "infrastructure"),
    ("intrusion-set", "targets", "identity"),
    ("intrusion-set", "targets", "location"),
    ("intrusion-set", "targets", "vulnerability"),
    ("intrusion-set", "uses", "attack-pattern"),
    ("intrusion-set", "uses", "infrastructure"),
    ("intrusion-set", "uses", "malware"),
    ("intrusion-set", "uses", "tool"),
    ("ipv4-addr", "belongs-to", "autonomous-system"),
    ("ipv4-addr", "resolves-to", "mac-addr"),
    ("ipv6-addr", "belongs-to", "autonomous-system"),
    ("ipv6-addr", "resolves-to", "mac-addr"),
    ("malware", "authored-by", "intrusion-set"),
    ("malware", "authored-by", "threat-actor"),
    ("malware", "beacons-to", "infrastructure"),
    ("malware", "communicates-with", "domain-name"),
    ("malware", "communicates-with", "ipv4-addr"),
    ("malware", "communicates-with", "ipv6-addr"),
    ("malware", "communicates-with", "url"),
    ("malware", "controls", "malware"),
    ("malware", "downloads", "file"),
    ("malware", "downloads", "malware"),
    ("malware", "downloads", "tool"),
    ("malware", "drops", "file"),
    ("malware", "drops", "malware"),
    ("malware", "drops", "tool"),
    ("malware", "exfiltrates-to", "infrastructure"),
    ("malware", "exploits", "vulnerability"),
    ("malware", "originates-from", "location"),
    ("malware", "targets", "identity"),
    ("malware", "targets", "infrastructure"),
    ("malware", "targets", "location"),
    ("malware", "targets", "vulnerability"),
    ("malware", "uses", "attack-pattern"),
    ("malware", "uses", "infrastructure"),
    ("malware", "uses", "malware"),
    ("malware", "uses", "tool"),
    ("malware", "variant-of", "malware"),
    ("malware-analysis", "av-analysis-of", "malware"),
    ("malware-analysis", "characterizes", "malware"),
    ("malware-analysis", "dynamic-analysis-of", "malware"),
    ("malware-analysis", "static-analysis-of", "malware"),
    ("threat-actor", "attributed-to", "identity"),
    ("threat-actor", "compromises", "infrastructure"),
    ("threat-actor", "hosts", "infrastructure"),
    ("threat-actor", "impersonates", "identity"),
    ("threat-actor", "located-at", "location"),
    ("threat-actor", "owns", "infrastructure"),
    ("threat-actor", "targets", "identity"),
    ("threat-actor", "targets", "location"),
    ("threat-actor", "targets", "vulnerability"),
    ("threat-actor", "uses", "attack-pattern"),
    ("threat-actor", "uses", "infrastructure"),
    ("threat-actor", "uses", "malware"),
    ("threat-actor", "uses", "tool"),
    ("tool", "delivers", "malware"),
    ("tool", "drops", "malware"),
    ("tool", "has", "vulnerability"),
    ("tool", "targets", "identity"),
    ("tool", "targets", "infrastructure"),
    ("tool", "targets", "location"),
    ("tool", "targets", "vulnerability"),
    ("tool", "uses", "infrastructure"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_name_known_types_only() {
        assert!(ROWS.is_sorted_by(|left, right| left < right));
        // 119 rows of the tables, and the 18 observables for "any observable".
        assert_eq!(ROWS.len(), 119 + 18);
        for row in all() {
            assert!(matches!(Class::of(row.source), Class::Sdo | Class::Sco), "{row:?}");
            assert!(matches!(Class::of(row.target), Class::Sdo | Class::Sco), "{row:?}");
            assert!(!COMMON.contains(&row.relationship), "{row:?}");
        }
    }

    #[test]
    fn defined_relationships_are_told_from_others() {
        for (source, relationship, target) in [
            ("indicator", "indicates", "malware"),
            ("infrastructure", "consists-of", "ipv4-addr"),
            ("domain-name", "resolves-to", "domain-name"),
            ("malware-analysis", "av-analysis-of", "malware"),
            ("campaign", "derived-from", "campaign"),
            ("file", "related-to", "tool"),
        ] {
            assert!(is_defined(source, relationship, target), "{source} {relationship} {target}");
        }
        for (source, relationship, target) in [
            ("malware", "indicates", "indicator"),
            ("campaign", "derived-from", "tool"),
            ("infrastructure", "consists-of", "tool"),
            ("indicator", "detects", "malware"),
            ("course-of-action", "remediates", "tool"),
        ] {
            assert!(!is_defined(source, relationship, target), "{source} {relationship} {target}");
        }
        let found: Vec<_> = between("course-of-action", "malware").collect();
        assert_eq!(found, ["mitigates", "remediates"]);
    }
}
