//! Views of domain, relationship and meta objects (STIX 2.1 clauses 4, 5 and 7).

use super::{Common, KillChainPhase, Record, getter, key, views};
use crate::id::Id;
use crate::time::Timestamp;

views! {
    /// A way in which adversaries attack (clause 4.1).
    AttackPattern, "attack-pattern", "4.1" {
        name: text,
        description: text,
        aliases: texts,
        kill_chain_phases: phases,
    }
    /// A set of malicious activities over a time (clause 4.2).
    Campaign, "campaign", "4.2" {
        name: text,
        description: text,
        aliases: texts,
        first_seen: time,
        last_seen: time,
        objective: text,
    }
    /// What is done against a threat (clause 4.3).
    CourseOfAction, "course-of-action", "4.3" {
        name: text,
        description: text,
    }
    /// Objects that share a context (clause 4.4).
    Grouping, "grouping", "4.4" {
        name: text,
        description: text,
        context: text,
        object_refs: ids,
    }
    /// A person, an organisation or a class of them (clause 4.5).
    Identity, "identity", "4.5" {
        name: text,
        description: text,
        roles: texts,
        identity_class: text,
        sectors: texts,
        contact_information: text,
    }
    /// An incident (clause 4.6).
    Incident, "incident", "4.6" {
        name: text,
        description: text,
    }
    /// A pattern that detects something suspicious (clause 4.7).
    Indicator, "indicator", "4.7" {
        name: text,
        description: text,
        indicator_types: texts,
        pattern: text,
        pattern_type: text,
        pattern_version: text,
        valid_from: time,
        valid_until: time,
        kill_chain_phases: phases,
    }
    /// Systems and services that serve a purpose (clause 4.8).
    Infrastructure, "infrastructure", "4.8" {
        name: text,
        description: text,
        infrastructure_types: texts,
        aliases: texts,
        kill_chain_phases: phases,
        first_seen: time,
        last_seen: time,
    }
    /// Behaviours and resources of one adversary (clause 4.9).
    IntrusionSet, "intrusion-set", "4.9" {
        name: text,
        description: text,
        aliases: texts,
        first_seen: time,
        last_seen: time,
        goals: texts,
        resource_level: text,
        primary_motivation: text,
        secondary_motivations: texts,
    }
    /// A place (clause 4.10).
    Location, "location", "4.10" {
        name: text,
        description: text,
        latitude: float,
        longitude: float,
        precision: float,
        region: text,
        country: text,
        administrative_area: text,
        city: text,
        street_address: text,
        postal_code: text,
    }
    /// A malware family or instance (clause 4.11).
    Malware, "malware", "4.11" {
        name: text,
        description: text,
        malware_types: texts,
        is_family: flag,
        aliases: texts,
        kill_chain_phases: phases,
        first_seen: time,
        last_seen: time,
        operating_system_refs: ids,
        architecture_execution_envs: texts,
        implementation_languages: texts,
        capabilities: texts,
        sample_refs: ids,
    }
    /// What an analysis of malware found (clause 4.12).
    MalwareAnalysis, "malware-analysis", "4.12" {
        product: text,
        version: text,
        host_vm_ref: id,
        operating_system_ref: id,
        installed_software_refs: ids,
        configuration_version: text,
        modules: texts,
        analysis_engine_version: text,
        analysis_definition_version: text,
        submitted: time,
        analysis_started: time,
        analysis_ended: time,
        result_name: text,
        result: text,
        analysis_sco_refs: ids,
        sample_ref: id,
    }
    /// A text about other objects (clause 4.13).
    Note, "note", "4.13" {
        abstract_text as "abstract": text,
        content: text,
        authors: texts,
        object_refs: ids,
    }
    /// What was seen on systems and networks (clause 4.14).
    ObservedData, "observed-data", "4.14" {
        first_observed: time,
        last_observed: time,
        number_observed: integer,
        objects: record,
        object_refs: ids,
    }
    /// How far someone agrees with an object (clause 4.15).
    Opinion, "opinion", "4.15" {
        explanation: text,
        authors: texts,
        opinion: text,
        object_refs: ids,
    }
    /// A publication of threat information (clause 4.16).
    Report, "report", "4.16" {
        name: text,
        description: text,
        report_types: texts,
        published: time,
        object_refs: ids,
    }
    /// A person or a group with malicious intent (clause 4.17).
    ThreatActor, "threat-actor", "4.17" {
        name: text,
        description: text,
        threat_actor_types: texts,
        aliases: texts,
        first_seen: time,
        last_seen: time,
        roles: texts,
        goals: texts,
        sophistication: text,
        resource_level: text,
        primary_motivation: text,
        secondary_motivations: texts,
        personal_motivations: texts,
    }
    /// Legitimate software that attackers use (clause 4.18).
    Tool, "tool", "4.18" {
        name: text,
        description: text,
        tool_types: texts,
        aliases: texts,
        kill_chain_phases: phases,
        tool_version: text,
    }
    /// A weakness (clause 4.19).
    Vulnerability, "vulnerability", "4.19" {
        name: text,
        description: text,
    }
    /// A link between two objects (clause 5.1).
    Relationship, "relationship", "5.1" {
        relationship_type: text,
        description: text,
        source_ref: id,
        target_ref: id,
        start_time: time,
        stop_time: time,
    }
    /// The belief that something was seen (clause 5.2).
    Sighting, "sighting", "5.2" {
        description: text,
        first_seen: time,
        last_seen: time,
        count: integer,
        sighting_of_ref: id,
        observed_data_refs: ids,
        where_sighted_refs: ids,
        summary: flag,
    }
    /// Translations of an object (clause 7.1).
    LanguageContent, "language-content", "7.1" {
        object_ref: id,
        object_modified: time,
        contents: record,
    }
    /// What a marking means (clause 7.2.1).
    MarkingDefinition, "marking-definition", "7.2.1" {
        name: text,
        definition_type: text,
        definition: record,
    }
    /// What an extension brings (clause 7.3.1).
    ExtensionDefinition, "extension-definition", "7.3.1" {
        name: text,
        description: text,
        schema: text,
        version: text,
        extension_types: texts,
        extension_properties: texts,
    }
}
