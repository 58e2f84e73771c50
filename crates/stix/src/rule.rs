//! Every rule that validation knows, each with a stable code, its level in both profiles and its clause.
//!
//! A rule of level [`Level::Error`] is a MUST of STIX 2.1, a [`Level::Warning`] a SHOULD or a likely mistake, a
//! [`Level::Note`] something worth knowing. The lenient profile lowers the errors that real feeds are full of.

use serde::Serialize;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The standard forbids it; the object is not accepted.
    Error,
    /// Allowed, but advised against or likely a mistake.
    Warning,
    /// Worth knowing.
    Note,
}

impl Level {
    /// The level in one word: `error`, `warning` or `note`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Stable name, such as `id-type`. It never changes its meaning.
    pub code: &'static str,
    /// How grave a breach is under the strict profile.
    pub level: Level,
    /// How grave a breach is under the lenient profile.
    pub lenient: Level,
    /// The clause of STIX 2.1 that the rule comes from. A finding may name a more exact one.
    pub clause: &'static str,
    /// What the rule asks for, in one sentence.
    pub summary: &'static str,
}

/// Declares the rules as constants and lists them in [`ALL`]. `error` stays an error under the lenient profile,
/// `tolerated` becomes a warning there.
macro_rules! rules {
    ($($name:ident $level:ident $code:literal $clause:literal $summary:literal;)*) => {
        $(#[doc = $summary] pub const $name: Rule = rules!(@$level $code, $clause, $summary);)*

        /// Every rule, in the order of the documentation.
        pub const ALL: &[Rule] = &[$($name),*];
    };
    (@error $code:literal, $clause:literal, $summary:literal) => {
        Rule { code: $code, level: Level::Error, lenient: Level::Error, clause: $clause, summary: $summary }
    };
    (@tolerated $code:literal, $clause:literal, $summary:literal) => {
        Rule { code: $code, level: Level::Error, lenient: Level::Warning, clause: $clause, summary: $summary }
    };
    (@warning $code:literal, $clause:literal, $summary:literal) => {
        Rule { code: $code, level: Level::Warning, lenient: Level::Warning, clause: $clause, summary: $summary }
    };
    (@note $code:literal, $clause:literal, $summary:literal) => {
        Rule { code: $code, level: Level::Note, lenient: Level::Note, clause: $clause, summary: $summary }
    };
}

rules! {
    // Values (clauses 2 and 3.1).
    NULL tolerated "null" "3.1" "No value is null; what is unknown is left out.";
    EMPTY_LIST tolerated "empty-list" "2.12" "No list is empty; the property is left out instead.";
    EMPTY_DICTIONARY tolerated "empty-dictionary" "2.3" "No dictionary is empty; the property is left out instead.";
    EMPTY_STRING warning "empty-string" "2.15" "A required string should not be empty.";
    BOOLEAN tolerated "boolean" "2.2" "The value is true or false.";
    STRING error "string" "2.15" "The value is a string.";
    LIST error "list" "2.12" "The value is a list.";
    DICTIONARY error "dictionary" "2.3" "The value is a dictionary.";
    DICTIONARY_KEY tolerated "dictionary-key" "2.3" "Keys of dictionaries have 1 to 250 of a-z, A-Z, 0-9, hyphen and underscore.";
    DICTIONARY_VALUE tolerated "dictionary-value" "2.3" "The values of the dictionary have the type that the standard names.";
    INTEGER tolerated "integer" "2.10" "The value is an integer.";
    INTEGER_RANGE error "integer-range" "2.10" "The integer lies within its bounds, and within 2^53 - 1 everywhere.";
    FLOAT error "float" "2.6" "The value is a number.";
    FLOAT_RANGE error "float-range" "2.6" "The number lies within its bounds.";
    ENUMERATION tolerated "enumeration" "2.4" "The value is one of the enumeration.";
    HEX error "hex" "2.8" "The value is an even number of hexadecimal digits.";
    BINARY error "binary" "2.1" "The value is base64 text.";
    TIMESTAMP tolerated "timestamp" "2.16" "The value is a timestamp such as 2016-01-20T12:31:12.123Z.";
    REFERENCE error "reference" "2.9" "A reference is an identifier of the form type--UUID.";
    REFERENCE_TYPE error "reference-type" "2.9" "The reference names an object of a type that the property allows.";
    REQUIRED error "required" "3.1" "A required property is there.";
    HASH tolerated "hash" "2.7" "A digest has the form of its algorithm.";
    HASH_FORM warning "hash-form" "10.7" "A digest of SSDEEP or TLSH has the form that their tools print.";
    HASH_ALGORITHM warning "hash-algorithm" "10.7" "The algorithm is one of the hashing algorithm vocabulary.";
    VOCABULARY warning "vocabulary" "2.14" "The value should come from the open vocabulary.";
    VOCABULARY_FORM warning "vocabulary-form" "2.14" "A value of one's own should be lower case with hyphens between words.";

    // Common properties (clause 3).
    TYPE error "type" "3.2" "`type` is there and is a string.";
    TYPE_NAME error "type-name" "3.1" "The name of a type has 3 to 250 of a-z, 0-9 and single hyphens and begins with a letter.";
    ID error "id" "2.9" "`id` is there and has the form type--UUID.";
    ID_TYPE error "id-type" "2.9" "The identifier names the type of its object.";
    ID_TYPE_CUSTOM warning "id-type-custom" "2.9" "The identifier of an unknown type names that type.";
    ID_CASE warning "id-case" "2.9" "The UUID is written in lower case.";
    ID_PROCESS error "id-process" "6.13" "A process has no contributing properties; its UUID is of version 4.";
    ID_RANDOM warning "id-random" "2.9" "Domain, relationship and meta objects should have UUIDs of version 4.";
    ID_DETERMINISTIC warning "id-deterministic" "2.9" "The UUID of an observable should be the one that its contributing properties give.";
    ID_CONTRIBUTING tolerated "id-contributing" "2.9" "An observable without contributing properties has a UUID of version 4.";
    SPEC_VERSION error "spec-version" "3.2" "`spec_version` is 2.1.";
    SPEC_VERSION_MISSING tolerated "spec-version-missing" "3.2" "`spec_version` is there on all but observables.";
    SPEC_VERSION_20 warning "spec-version-20" "3.2" "The object says it is of STIX 2.0 and should be lifted.";
    TIME_DIGITS tolerated "time-digits" "3.2" "`created` and `modified` have at least three digits of a second.";
    TIME_ORDER error "time-order" "3.6.1" "The later time is not before the earlier one.";
    LANGUAGE error "language" "3.2" "The language is a tag of RFC 5646 such as en or zh-Hant.";
    VERSIONED_OBSERVABLE warning "versioned-observable" "3.6" "Observables have no versions.";
    DEFANGED error "defanged" "3.2" "`defanged` stands on observables only.";
    PROPERTY_NAME tolerated "property-name" "3.1" "The name of a property begins with a lower-case letter and has 3 to 250 characters.";
    PROPERTY_NAME_FORM warning "property-name-form" "11.1.1" "The name of a property has only a-z, 0-9 and underscore.";
    RESERVED error "reserved-property" "3.8" "A reserved property name is not used.";
    CUSTOM_PROPERTY note "custom-property" "11.1" "The standard does not define the property; it is kept as it is.";
    CUSTOM_TYPE warning "custom-type" "11.2" "The type is not known; the object is kept as it is.";
    ENCODING error "encoding" "3.9.1" "A property `…_enc` stands beside the property that it describes.";
    EXTERNAL_REFERENCE error "external-reference" "2.5.2" "An external reference has a description, a url or an external_id.";
    EXTERNAL_REFERENCE_ID tolerated "external-reference-id" "4.19.1" "CVE and CAPEC identifiers have their published form and source name.";
    EXTERNAL_REFERENCE_URL warning "external-reference-url" "2.5.1" "The url is a URL of RFC 3986.";
    KILL_CHAIN_FORM warning "kill-chain-form" "2.11" "Names of kill chains and phases are lower case with hyphens.";

    // Extensions (clauses 3.10, 7.3 and 11.3).
    EXTENSION error "extension" "7.3" "An extension is a dictionary with at least one property.";
    EXTENSION_KEY error "extension-key" "7.3" "The key of an extension is the identifier of its definition.";
    EXTENSION_NAME tolerated "extension-name" "11.3.1" "The name of an extension of the old style has 3 to 250 of a-z, 0-9 and hyphen.";
    EXTENSION_TYPE error "extension-type" "10.5" "`extension_type` is one of the enumeration.";
    EXTENSION_TYPE_MISSING tolerated "extension-type-missing" "7.3" "The extension says of which type it is.";
    EXTENSION_CLASS warning "extension-class" "7.3" "The declared type of extension fits the class of the object.";
    EXTENSION_PLACE warning "extension-place" "3.10" "A predefined extension stands on the type that it is made for.";
    CUSTOM_EXTENSION warning "custom-extension" "11.3" "The key names no extension definition; the old style is deprecated.";
    EXTENSION_PROPERTIES error "extension-properties" "7.3.1" "`extension_properties` goes with the type toplevel-property-extension.";
    EXTENSION_PROPERTIES_MISSING warning "extension-properties-missing" "7.3.1" "A top-level extension names its properties.";
    EXTENSION_DESCRIPTION note "extension-description" "7.3.1" "An extension definition should be described.";

    // Markings and languages (clauses 7.1 and 7.2).
    MARKING_CIRCLE error "marking-circle" "7.2.2" "A marking definition does not mark itself.";
    MARKING_TYPE error "marking-type" "7.2.3.1" "`marking_ref` names a marking definition.";
    MARKING_MODIFIED warning "marking-modified" "7.2.1" "A marking definition has no versions and no `modified`.";
    MARKING_DEFINITION error "marking-definition" "7.2.1" "A marking definition has its type and content, or an extension that gives them.";
    MARKING_DEFINITION_TYPE warning "marking-definition-type" "7.2.1" "New kinds of marking should be extensions.";
    GRANULAR error "granular-marking" "7.2.3.1" "A granular marking has exactly one of `lang` and `marking_ref`.";
    SELECTORS error "selectors" "7.2.3.1" "`selectors` is a list of selectors.";
    SELECTOR error "selector" "7.2.3.1" "A selector has its form and points to something in the object.";
    TLP tolerated "tlp" "7.2.1.4" "A TLP marking is one of the published objects, property for property.";
    TLP_ID warning "tlp-id" "7.2.1.4" "The identifier of a published TLP marking belongs to no other object.";
    CONTENTS error "language-contents" "7.1" "The contents of a language are a dictionary of translated properties.";
    CONTENTS_NAME warning "language-contents-name" "7.1" "The keys below a language are names of properties.";
    CONTENTS_TARGET warning "language-contents-target" "7.1" "What is translated exists in the object and is text.";

    // Bundles (clause 8).
    BUNDLE_OBJECTS error "bundle-objects" "8.1" "`objects` of a bundle is a list of objects.";
    BUNDLE_SPEC_VERSION warning "bundle-spec-version" "8.1" "A bundle of STIX 2.1 has no `spec_version`.";
    BUNDLE_CUSTOM warning "bundle-custom" "8.1" "Properties of one's own on a bundle are not kept by others.";
    BUNDLE_NESTED error "bundle-nested" "8.1" "A bundle is no object of a bundle.";
    BUNDLE_CONFLICT warning "bundle-conflict" "3.6" "Two objects of one identifier and version have the same content.";
    BUNDLE_VARIANT warning "bundle-variant" "2.9" "Two observables of one identifier have the same properties.";
    BUNDLE_REPEATED note "bundle-repeated" "3.6" "An object stands twice in the bundle.";
    BUNDLE_UUID warning "bundle-uuid" "2.9" "A UUID is not used again for an object of another type.";
    BUNDLE_REVOKED warning "bundle-revoked" "3.6" "A revoked object has no later version.";
    BUNDLE_VARIANT_OF error "variant-of" "4.11.2" "A malware family is no variant of a malware instance.";
    UNREADABLE error "unreadable" "3.1" "The text is JSON that every reader understands alike, within the limits.";
    NOT_AN_OBJECT error "not-an-object" "3" "The document is a STIX object or a bundle.";

    // Types (clauses 4 to 6 and 10).
    PATTERN error "pattern" "9" "A pattern of the type stix follows the grammar.";
    PATTERN_MEANING warning "pattern-meaning" "9" "A pattern can match something.";
    ADDRESS error "address" "6.8" "An address has the form of its family, or that of a block in CIDR notation.";
    DEPENDENCY error "dependency" "4" "Properties that need or exclude each other do so.";
    INTEGER_FORM warning "integer-form" "2.10" "An integer is written without a fraction.";
    HEX_CASE warning "hex-case" "2.8" "Hexadecimal digits are written in lower case.";
    HASH_KEY tolerated "hash-key" "2.7" "The name of a hashing algorithm has at least three characters.";
    HASH_UNKNOWN tolerated "hash-unknown" "2.5.1" "The algorithm of an external reference is one of the hashing algorithm vocabulary.";
    HASH_PREFERRED warning "hash-preferred" "2.7" "A SHA-256 digest should be there.";
    MIME_TYPE warning "mime-type" "6.7.1" "A MIME type has the form of the IANA registry.";
    HEADER_VALUE warning "header-value" "6.6.1" "The value of a header field is a list of strings.";
    INDICATOR_DESCRIPTION warning "indicator-description" "4.7.1" "An indicator should have a name and a description.";
    LOCATION_PRECISION warning "location-precision" "4.10" "Coordinates should say how precise they are.";
    COUNTRY warning "country" "4.10.1" "A country should be a two-letter code of ISO 3166-1.";
    ADMINISTRATIVE_AREA warning "administrative-area" "4.10.1" "An administrative area should be a code of ISO 3166-2.";
    PRODUCT_FORM warning "product-form" "4.12.1" "The name of a product should be lower case with hyphens between words.";
    ANALYSIS_ORDER warning "analysis-order" "4.12.1" "An analysis does not end before it starts.";
    OBSERVED_OBSERVABLE error "observed-observable" "4.14.1" "Observed data names at least one observable.";
    CONTAINER warning "container" "2.13" "The deprecated container of observables should not be used.";
    CONTAINER_KEY warning "container-key" "2.9" "Keys of the container should be the integers from 0 upwards.";
    CONTAINER_TYPE error "container-type" "2.13" "The container holds observables only.";
    CONTAINER_UNRELATED warning "container-unrelated" "4.14.1" "The objects of a container are tied together by references.";
    CONTAINER_REFERENCE tolerated "container-reference" "2.13" "References within the container name the key of a neighbour.";
    RELATIONSHIP_TYPE tolerated "relationship-type" "5.1.2" "A type of relationship has only a-z, 0-9 and hyphens.";
    RELATIONSHIP_UNDEFINED warning "relationship-undefined" "5.1.2" "The relationship should be one that the standard defines for its source and target.";
    URL tolerated "url" "6.15.1" "The value is a URL of RFC 3986.";
    DOMAIN_NAME tolerated "domain-name" "6.4.1" "The value is a domain name of RFC 1034.";
    DOMAIN_NAME_FORM warning "domain-name-form" "6.4.1" "The labels of a domain name should be those of a host.";
    EMAIL_DISPLAY_NAME tolerated "email-display-name" "6.5.1" "An email address stands without a display name.";
    EMAIL_ADDRESS warning "email-address" "6.5.1" "An email address has the form of addr-spec in RFC 5322.";
    ENCODED_WORD tolerated "encoded-word" "6.6" "Encoded words of RFC 2047 are decoded.";
    MIME_PART warning "mime-part" "6.6.2" "A part of a message has a body when it is text, a reference when it is not.";
    CHARACTER_SET tolerated "character-set" "3.9.1" "An encoding has its preferred name of the IANA registry.";
    EXIF_TAG warning "exif-tag" "6.7.5" "The keys of `exif_tags` are names of EXIF tags in their own case.";
    PE_TIME tolerated "pe-time" "6.7.6" "The time of a PE binary is precise to the second.";
    ADDRESS_ZONE warning "address-zone" "6.9.1" "An IPv6 address has no zone.";
    MAC_ADDRESS tolerated "mac-address" "6.10.1" "A MAC address has six pairs of lower-case digits with colons.";
    TRAFFIC_ACTIVE warning "traffic-active" "6.12.1" "Traffic with an end says that it is not active.";
    PORTS warning "ports" "6.12" "Network traffic should have both ports.";
    PROTOCOL warning "protocol" "6.12.1" "Protocols have their registered lower-case names and include those of the extensions.";
    SOCKET_OPTION tolerated "socket-option" "6.12.4" "The key of a socket option is its name with its family, such as SO_KEEPALIVE.";
    STARTUP_INFO tolerated "startup-info" "6.13.2" "The keys of `startup_info` are the members of STARTUPINFO.";
    PRIORITY warning "priority" "6.13.2" "A priority class of Windows ends in _CLASS.";
    CPE tolerated "cpe" "6.14.1" "The value is a name of CPE 2.3.";
    REGISTRY_HIVE tolerated "registry-hive" "6.17.1" "The hive of a registry key is written in full.";
}

/// The rule of this code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_of_one_form() {
        let mut codes: Vec<_> = ALL.iter().map(|rule| rule.code).collect();
        codes.sort_unstable();
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]), "{codes:?}");
        for rule in ALL {
            assert!(
                rule.code
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            );
            assert!(rule.summary.ends_with('.'), "{}", rule.code);
            assert!(rule.lenient >= rule.level, "{}", rule.code);
            assert_eq!(find(rule.code), Some(rule));
        }
    }
}
