//! Domain, relationship and meta objects and the bundle (STIX 2.1 clauses 4, 5, 7 and 8).

use super::vocabulary::terms;
use super::{Entry, KILL_CHAIN_PHASE, Kind, Shape, Target, kind, may, must};

const PHASES: Shape = Shape::Records(KILL_CHAIN_PHASE);
const SAMPLES: Target = Target::Types(&["file", "artifact"]);
const SOFTWARE: Target = Target::Types(&["software"]);

/// The tables.
pub(super) const KINDS: &[Kind] = &[
    kind(
        "attack-pattern",
        "4.1",
        &[
            must("name", Shape::Text),
            may("description", Shape::Text),
            may("aliases", Shape::Texts),
            may("kill_chain_phases", PHASES),
        ],
    ),
    kind(
        "campaign",
        "4.2",
        &[
            must("name", Shape::Text),
            may("description", Shape::Text),
            may("aliases", Shape::Texts),
            may("first_seen", Shape::Time),
            may("last_seen", Shape::Time),
            may("objective", Shape::Text),
        ],
    ),
    kind("course-of-action", "4.3", &[must("name", Shape::Text), may("description", Shape::Text)]),
    kind(
        "grouping",
        "4.4",
        &[
            may("name", Shape::Text),
            may("description", Shape::Text),
            must("context", Shape::Open(&terms::GROUPING_CONTEXT_OV)),
            must("object_refs", Shape::Refs(Target::Any)),
        ],
    ),
    kind(
        "identity",
        "4.5",
        &[
            must("name", Shape::Text),
            may("description", Shape::Text),
            may("roles", Shape::Texts),
            may("identity_class", Shape::Open(&terms::IDENTITY_CLASS_OV)),
            may("sectors", Shape::Opens(&terms::INDUSTRY_SECTOR_OV)),
            may("contact_information", Shape::Text),
        ],
    ),
    kind("incident", "4.6", &[must("name", Shape::Text), may("description", Shape::Text)]),
    kind(
        "indicator",
        "4.7",
        &[
            may("name", Shape::Text),
            may("description", Shape::Text),
            may("indicator_types", Shape::Opens(&terms::INDICATOR_TYPE_OV)),
            must("pattern", Shape::Text),
            must("pattern_type", Shape::Open(&terms::PATTERN_TYPE_OV)),
            may("pattern_version", Shape::Text),
            must("valid_from", Shape::Time),
            may("valid_until", Shape::Time),
            may("kill_chain_phases", PHASES),
        ],
    ),
    kind(
        "infrastructure",
        "4.8",
        &[
            must("name", Shape::Text),
            may("description", Shape::Text),
            may("infrastructure_types", Shape::Opens(&terms::INFRASTRUCTURE_TYPE_OV)),
            may("aliases", Shape::Texts),
            may("kill_chain_phases", PHASES),
            may("first_seen", Shape::Time),
            may("last_seen", Shape::Time),
        ],
    ),
    kind(
        "intrusion-set",
        "4.9",
        &[
            must("name", Shape::Text),
            may("description", Shape::Text),
            may("aliases", Shape::Texts),
            may("first_seen", Shape::Time),
            may("last_seen", Shape::Time),
            may("goals", Shape::Texts),
            may("resource_level", Shape::Open(&terms::ATTACK_RESOURCE_LEVEL_OV)),
            may("primary_motivation", Shape::Open(&terms::ATTACK_MOTIVATION_OV)),
            may("secondary_motivations", Shape::Opens(&terms::ATTACK_MOTIVATION_OV)),
        ],
    ),
    Kind {
        one_of: &["region", "country", "latitude"],
        ..kind(
            "location",
            "4.10",
            &[
                may("name", Shape::Text),
                may("description", Shape::Text),
                may("latitude", Shape::Float(-90.0, 90.0)),
                may("longitude", Shape::Float(-180.0, 180.0)),
                may("precision", Shape::Float(0.0, f64::MAX)),
                may("region", Shape::Open(&terms::REGION_OV)),
                may("country", Shape::Text),
                may("administrative_area", Shape::Text),
                may("city", Shape::Text),
                may("street_address", Shape::Text),
                may("postal_code", Shape::Text),
            ],
        )
    },
    kind(
        "malware",
        "4.11",
        &[
            may("name", Shape::Text),
            may("description", Shape::Text),
            may("malware_types", Shape::Opens(&terms::MALWARE_TYPE_OV)),
            must("is_family", Shape::Bool),
            may("aliases", Shape::Texts),
            may("kill_chain_phases", PHASES),
            may("first_seen", Shape::Time),
            may("last_seen", Shape::Time),
            may("operating_system_refs", Shape::Refs(SOFTWARE)),
            may("architecture_execution_envs", Shape::Opens(&terms::PROCESSOR_ARCHITECTURE_OV)),
            may("implementation_languages", Shape::Opens(&terms::IMPLEMENTATION_LANGUAGE_OV)),
            may("capabilities", Shape::Opens(&terms::MALWARE_CAPABILITIES_OV)),
            may("sample_refs", Shape::Refs(SAMPLES)),
        ],
    ),
    Kind {
        one_of: &["result", "analysis_sco_refs"],
        ..kind(
            "malware-analysis",
            "4.12",
            &[
                must("product", Shape::Text),
                may("version", Shape::Text),
                may("host_vm_ref", Shape::Ref(SOFTWARE)),
                may("operating_system_ref", Shape::Ref(SOFTWARE)),
                may("installed_software_refs", Shape::Refs(SOFTWARE)),
                may("configuration_version", Shape::Text),
                may("modules", Shape::Texts),
                may("analysis_engine_version", Shape::Text),
                may("analysis_definition_version", Shape::Text),
                may("submitted", Shape::Time),
                may("analysis_started", Shape::Time),
                may("analysis_ended", Shape::Time),
                may("result_name", Shape::Text),
                may("result", Shape::Open(&terms::MALWARE_RESULT_OV)),
                may("analysis_sco_refs", Shape::Refs(Target::Observable)),
                may("sample_ref", Shape::Ref(Target::Types(&["file", "artifact", "network-traffic"]))),
            ],
        )
    },
    kind(
        "note",
        "4.13",
        &[
            may("abstract", Shape::Text),
            must("content", Shape::Text),
            may("authors", Shape::Texts),
            must("object_refs", Shape::Refs(Target::Any)),
        ],
    ),
    Kind {
        one_of: &["objects", "object_refs"],
        ..kind(
            "observed-data",
            "4.14",
            &[
                must("first_observed", Shape::Time),
                must("last_observed", Shape::Time),
                must("number_observed", Shape::Integer(1, 999_999_999)),
                may("objects", Shape::Dictionary(Entry::Any, "2.13")),
                may("object_refs", Shape::Refs(Target::Observed)),
            ],
        )
    },
    kind(
        "opinion",
        "4.15",
        &[
            may("explanation", Shape::Text),
            may("authors", Shape::Texts),
            must("opinion", Shape::Enum(&terms::OPINION_ENUM)),
            must("object_refs", Shape::Refs(Target::Any)),
        ],
    ),
    kind(
        "report",
        "4.16",
        &[
            must("name", Shape::Text),
            may("description", Shape::Text),
            may("report_types", Shape::Opens(&terms::REPORT_TYPE_OV)),
            must("published", Shape::Time),
            must("object_refs", Shape::Refs(Target::Any)),
        ],
    ),
    kind(
        "threat-actor",
        "4.17",
        &[
            must("name", Shape::Text),
            may("description", Shape::Text),
            may("threat_actor_types", Shape::Opens(&terms::THREAT_ACTOR_TYPE_OV)),
            may("aliases", Shape::Texts),
            may("first_seen", Shape::Time),
            may("last_seen", Shape::Time),
            may("roles", Shape::Opens(&terms::THREAT_ACTOR_ROLE_OV)),
            may("goals", Shape::Texts),
            may("sophistication", Shape::Open(&terms::THREAT_ACTOR_SOPHISTICATION_OV)),
            may("resource_level", Shape::Open(&terms::ATTACK_RESOURCE_LEVEL_OV)),
            may("primary_motivation", Shape::Open(&terms::ATTACK_MOTIVATION_OV)),
            may("secondary_motivations", Shape::Opens(&terms::ATTACK_MOTIVATION_OV)),
            may("personal_motivations", Shape::Opens(&terms::ATTACK_MOTIVATION_OV)),
        ],
    ),
    kind(
        "tool",
        "4.18",
        &[
            must("name", Shape::Text),
            may("description", Shape::Text),
            may("tool_types", Shape::Opens(&terms::TOOL_TYPE_OV)),
            may("aliases", Shape::Texts),
            may("kill_chain_phases", PHASES),
            may("tool_version", Shape::Text),
        ],
    ),
    kind("vulnerability", "4.19", &[must("name", Shape::Text), may("description", Shape::Text)]),
    kind(
        "relationship",
        "5.1",
        &[
            must("relationship_type", Shape::Text),
            may("description", Shape::Text),
            must("source_ref", Shape::Ref(Target::Related)),
            must("target_ref", Shape::Ref(Target::Related)),
            may("start_time", Shape::Time),
            may("stop_time", Shape::Time),
        ],
    ),
    kind(
        "sighting",
        "5.2",
        &[
            may("description", Shape::Text),
            may("first_seen", Shape::Time),
            may("last_seen", Shape::Time),
            may("count", Shape::Integer(0, 999_999_999)),
            must("sighting_of_ref", Shape::Ref(Target::Domain)),
            may("observed_data_refs", Shape::Refs(Target::Types(&["observed-data"]))),
            may("where_sighted_refs", Shape::Refs(Target::Types(&["identity", "location"]))),
            may("summary", Shape::Bool),
        ],
    ),
    kind(
        "language-content",
        "7.1",
        &[
            must("object_ref", Shape::Ref(Target::Any)),
            may("object_modified", Shape::Time),
            must("contents", Shape::Dictionary(Entry::Any, "2.3")),
        ],
    ),
    kind(
        "marking-definition",
        "7.2.1",
        &[
            may("name", Shape::Text),
            may("definition_type", Shape::Text),
            may("definition", Shape::Dictionary(Entry::Any, "2.3")),
        ],
    ),
    kind(
        "extension-definition",
        "7.3.1",
        &[
            must("name", Shape::Text),
            may("description", Shape::Text),
            must("schema", Shape::Text),
            must("version", Shape::Text),
            must("extension_types", Shape::Enums(&terms::EXTENSION_TYPE_ENUM)),
            may("extension_properties", Shape::Texts),
        ],
    ),
    kind("bundle", "8.1", &[may("objects", Shape::Any)]),
];
