//! Cyber-observable objects and their predefined extensions (STIX 2.1 clause 6).

use super::vocabulary::terms;
use super::{Entry, Kind, Property, Shape, Target, kind, may, must};

const NATURAL: Shape = Shape::Integer(0, i64::MAX);
const WHOLE: Shape = Shape::Integer(i64::MIN, i64::MAX);
const PORT: Shape = Shape::Integer(0, 65_535);
const ACCOUNT: Shape = Shape::Ref(Target::Types(&["user-account"]));
const ARTIFACT: Shape = Shape::Ref(Target::Types(&["artifact"]));
const ADDRESS: Shape = Shape::Ref(Target::Types(&["email-addr"]));
const ADDRESSES: Shape = Shape::Refs(Target::Types(&["email-addr"]));
const ENDPOINT: Shape = Shape::Ref(Target::Types(&["ipv4-addr", "ipv6-addr", "mac-addr", "domain-name"]));
const TREE: Shape = Shape::Refs(Target::Types(&["file", "directory"]));

/// The tables.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        one_of: &["payload_bin", "url"],
        ..kind(
            "artifact",
            "6.1",
            &[
                may("mime_type", Shape::Mime),
                may("payload_bin", Shape::Binary),
                may("url", Shape::Url),
                may("hashes", Shape::Hashes),
                may("encryption_algorithm", Shape::Enum(&terms::ENCRYPTION_ALGORITHM_ENUM)),
                may("decryption_key", Shape::Text),
            ],
        )
    },
    kind(
        "autonomous-system",
        "6.2",
        &[must("number", WHOLE), may("name", Shape::Text), may("rir", Shape::Text)],
    ),
    kind(
        "directory",
        "6.3",
        &[
            must("path", Shape::Text),
            may("path_enc", Shape::Text),
            may("ctime", Shape::Time),
            may("mtime", Shape::Time),
            may("atime", Shape::Time),
            may("contains_refs", TREE),
        ],
    ),
    kind(
        "domain-name",
        "6.4",
        &[
            must("value", Shape::Text),
            may("resolves_to_refs", Shape::Refs(Target::Types(&["ipv4-addr", "ipv6-addr", "domain-name"]))),
        ],
    ),
    kind(
        "email-addr",
        "6.5",
        &[must("value", Shape::Text), may("display_name", Shape::Text), may("belongs_to_ref", ACCOUNT)],
    ),
    kind(
        "email-message",
        "6.6",
        &[
            must("is_multipart", Shape::Bool),
            may("date", Shape::Time),
            may("content_type", Shape::Text),
            may("from_ref", ADDRESS),
            may("sender_ref", ADDRESS),
            may("to_refs", ADDRESSES),
            may("cc_refs", ADDRESSES),
            may("bcc_refs", ADDRESSES),
            may("message_id", Shape::Text),
            may("subject", Shape::Text),
            may("received_lines", Shape::Texts),
            may("additional_header_fields", Shape::Dictionary(Entry::Headers, "6.6.1")),
            may("body", Shape::Text),
            may("body_multipart", Shape::Records(MIME_PART)),
            may("raw_email_ref", ARTIFACT),
        ],
    ),
    Kind {
        one_of: &["hashes", "name"],
        extensions: &[
            ("archive-ext", &[must("contains_refs", TREE), may("comment", Shape::Text)]),
            (
                "ntfs-ext",
                &[may("sid", Shape::Text), may("alternate_data_streams", Shape::Records(DATA_STREAM))],
            ),
            ("pdf-ext", PDF),
            ("raster-image-ext", RASTER_IMAGE),
            ("windows-pebinary-ext", PE_BINARY),
        ],
        ..kind(
            "file",
            "6.7",
            &[
                may("hashes", Shape::Hashes),
                may("size", NATURAL),
                may("name", Shape::Text),
                may("name_enc", Shape::Text),
                may("magic_number_hex", Shape::Hex),
                may("mime_type", Shape::Mime),
                may("ctime", Shape::Time),
                may("mtime", Shape::Time),
                may("atime", Shape::Time),
                may("parent_directory_ref", Shape::Ref(Target::Types(&["directory"]))),
                may("contains_refs", Shape::Refs(Target::Observable)),
                may("content_ref", ARTIFACT),
            ],
        )
    },
    kind("ipv4-addr", "6.8", &[must("value", Shape::Ipv4), RESOLVES, BELONGS]),
    kind("ipv6-addr", "6.9", &[must("value", Shape::Ipv6), RESOLVES, BELONGS]),
    kind("mac-addr", "6.10", &[must("value", Shape::Text)]),
    kind("mutex", "6.11", &[must("name", Shape::Text)]),
    Kind {
        one_of: &["src_ref", "dst_ref"],
        extensions: &[
            ("http-request-ext", HTTP_REQUEST),
            ("icmp-ext", &[must("icmp_type_hex", Shape::Hex), must("icmp_code_hex", Shape::Hex)]),
            ("socket-ext", SOCKET),
            ("tcp-ext", &[may("src_flags_hex", Shape::Hex), may("dst_flags_hex", Shape::Hex)]),
        ],
        ..kind("network-traffic", "6.12", NETWORK_TRAFFIC)
    },
    Kind {
        extensions: &[("windows-process-ext", WINDOWS_PROCESS), ("windows-service-ext", WINDOWS_SERVICE)],
        one_of: &[
            "extensions",
            "is_hidden",
            "pid",
            "created_time",
            "cwd",
            "command_line",
            "environment_variables",
            "opened_connection_refs",
            "creator_user_ref",
            "image_ref",
            "parent_ref",
            "child_refs",
        ],
        ..kind(
            "process",
            "6.13",
            &[
                may("is_hidden", Shape::Bool),
                may("pid", WHOLE),
                may("created_time", Shape::Time),
                may("cwd", Shape::Text),
                may("command_line", Shape::Text),
                may("environment_variables", Shape::Dictionary(Entry::Text, "6.13.1")),
                may("opened_connection_refs", Shape::Refs(Target::Types(&["network-traffic"]))),
                may("creator_user_ref", ACCOUNT),
                may("image_ref", Shape::Ref(Target::Types(&["file"]))),
                may("parent_ref", Shape::Ref(Target::Types(&["process"]))),
                may("child_refs", Shape::Refs(Target::Types(&["process"]))),
            ],
        )
    },
    kind(
        "software",
        "6.14",
        &[
            must("name", Shape::Text),
            may("cpe", Shape::Text),
            may("swid", Shape::Text),
            may("languages", Shape::Texts),
            may("vendor", Shape::Text),
            may("version", Shape::Text),
        ],
    ),
    kind("url", "6.15", &[must("value", Shape::Text)]),
    Kind {
        extensions: &[("unix-account-ext", UNIX_ACCOUNT)],
        one_of: &[
            "extensions",
            "user_id",
            "credential",
            "account_login",
            "account_type",
            "display_name",
            "is_service_account",
            "is_privileged",
            "can_escalate_privs",
            "is_disabled",
            "account_created",
            "account_expires",
            "credential_last_changed",
            "account_first_login",
            "account_last_login",
        ],
        ..kind("user-account", "6.16", USER_ACCOUNT)
    },
    Kind {
        one_of: &["key", "values", "modified_time", "creator_user_ref", "number_of_subkeys"],
        ..kind(
            "windows-registry-key",
            "6.17",
            &[
                may("key", Shape::Text),
                may("values", Shape::Records(REGISTRY_VALUE)),
                may("modified_time", Shape::Time),
                may("creator_user_ref", ACCOUNT),
                may("number_of_subkeys", WHOLE),
            ],
        )
    },
    Kind {
        one_of: &[
            "is_self_signed",
            "hashes",
            "version",
            "serial_number",
            "signature_algorithm",
            "issuer",
            "validity_not_before",
            "validity_not_after",
            "subject",
            "subject_public_key_algorithm",
            "subject_public_key_modulus",
            "subject_public_key_exponent",
            "x509_v3_extensions",
        ],
        ..kind("x509-certificate", "6.18", CERTIFICATE)
    },
];

const RESOLVES: Property = may("resolves_to_refs", Shape::Refs(Target::Types(&["mac-addr"])));
const BELONGS: Property = may("belongs_to_refs", Shape::Refs(Target::Types(&["autonomous-system"])));

const MIME_PART: &[Property] = &[
    may("body", Shape::Text),
    may("body_raw_ref", Shape::Ref(Target::Types(&["artifact", "file"]))),
    may("content_type", Shape::Text),
    may("content_disposition", Shape::Text),
];

const DATA_STREAM: &[Property] =
    &[must("name", Shape::Text), may("hashes", Shape::Hashes), may("size", NATURAL)];

const PDF: &[Property] = &[
    may("version", Shape::Text),
    may("is_optimized", Shape::Bool),
    may("document_info_dict", Shape::Dictionary(Entry::Text, "6.7.4")),
    may("pdfid0", Shape::Text),
    may("pdfid1", Shape::Text),
];

const RASTER_IMAGE: &[Property] = &[
    may("image_height", WHOLE),
    may("image_width", WHOLE),
    may("bits_per_pixel", WHOLE),
    may("exif_tags", Shape::Dictionary(Entry::IntegerOrText, "6.7.5")),
];

const PE_BINARY: &[Property] = &[
    must("pe_type", Shape::Open(&terms::WINDOWS_PEBINARY_TYPE_OV)),
    may("imphash", Shape::Text),
    may("machine_hex", Shape::Hex),
    may("number_of_sections", NATURAL),
    may("time_date_stamp", Shape::Time),
    may("pointer_to_symbol_table_hex", Shape::Hex),
    may("number_of_symbols", NATURAL),
    may("size_of_optional_header", NATURAL),
    may("characteristics_hex", Shape::Hex),
    may("file_header_hashes", Shape::Hashes),
    may("optional_header", Shape::Record(PE_OPTIONAL_HEADER)),
    may("sections", Shape::Records(PE_SECTION)),
];

const PE_OPTIONAL_HEADER: &[Property] = &[
    may("magic_hex", Shape::Hex),
    may("major_linker_version", WHOLE),
    may("minor_linker_version", WHOLE),
    may("size_of_code", NATURAL),
    may("size_of_initialized_data", NATURAL),
    may("size_of_uninitialized_data", NATURAL),
    may("address_of_entry_point", WHOLE),
    may("base_of_code", WHOLE),
    may("base_of_data", WHOLE),
    may("image_base", WHOLE),
    may("section_alignment", WHOLE),
    may("file_alignment", WHOLE),
    may("major_os_version", WHOLE),
    may("minor_os_version", WHOLE),
    may("major_image_version", WHOLE),
    may("minor_image_version", WHOLE),
    may("major_subsystem_version", WHOLE),
    may("minor_subsystem_version", WHOLE),
    may("win32_version_value_hex", Shape::Hex),
    may("size_of_image", NATURAL),
    may("size_of_headers", NATURAL),
    may("checksum_hex", Shape::Hex),
    may("subsystem_hex", Shape::Hex),
    may("dll_characteristics_hex", Shape::Hex),
    may("size_of_stack_reserve", NATURAL),
    may("size_of_stack_commit", NATURAL),
    may("size_of_heap_reserve", NATURAL),
    may("size_of_heap_commit", NATURAL),
    may("loader_flags_hex", Shape::Hex),
    may("number_of_rva_and_sizes", WHOLE),
    may("hashes", Shape::Hashes),
];

const PE_SECTION: &[Property] = &[
    must("name", Shape::Text),
    may("size", NATURAL),
    may("entropy", Shape::Float(f64::MIN, f64::MAX)),
    may("hashes", Shape::Hashes),
];

const HTTP_REQUEST: &[Property] = &[
    must("request_method", Shape::Text),
    must("request_value", Shape::Text),
    may("request_version", Shape::Text),
    may("request_header", Shape::Dictionary(Entry::Texts, "6.12.2")),
    may("message_body_length", WHOLE),
    may("message_body_data_ref", ARTIFACT),
];

const SOCKET: &[Property] = &[
    must("address_family", Shape::Enum(&terms::NETWORK_SOCKET_ADDRESS_FAMILY_ENUM)),
    may("is_blocking", Shape::Bool),
    may("is_listening", Shape::Bool),
    may("options", Shape::Dictionary(Entry::Integer, "6.12.4")),
    may("socket_type", Shape::Enum(&terms::NETWORK_SOCKET_TYPE_ENUM)),
    may("socket_descriptor", NATURAL),
    may("socket_handle", WHOLE),
];

const NETWORK_TRAFFIC: &[Property] = &[
    may("start", Shape::Time),
    may("end", Shape::Time),
    may("is_active", Shape::Bool),
    may("src_ref", ENDPOINT),
    may("dst_ref", ENDPOINT),
    may("src_port", PORT),
    may("dst_port", PORT),
    must("protocols", Shape::Texts),
    may("src_byte_count", NATURAL),
    may("dst_byte_count", NATURAL),
    may("src_packets", NATURAL),
    may("dst_packets", NATURAL),
    may("ipfix", Shape::Dictionary(Entry::IntegerOrText, "6.12.1")),
    may("src_payload_ref", ARTIFACT),
    may("dst_payload_ref", ARTIFACT),
    may("encapsulates_refs", Shape::Refs(Target::Types(&["network-traffic"]))),
    may("encapsulated_by_ref", Shape::Ref(Target::Types(&["network-traffic"]))),
];

const WINDOWS_PROCESS: &[Property] = &[
    may("aslr_enabled", Shape::Bool),
    may("dep_enabled", Shape::Bool),
    may("priority", Shape::Text),
    may("owner_sid", Shape::Text),
    may("window_title", Shape::Text),
    // Clause 6.13.2 lists the property above by this name, a slip of the pen.
    may("windows_title", Shape::Text),
    may("startup_info", Shape::Dictionary(Entry::Any, "6.13.2")),
    may("integrity_level", Shape::Enum(&terms::WINDOWS_INTEGRITY_LEVEL_ENUM)),
];

const WINDOWS_SERVICE: &[Property] = &[
    may("service_name", Shape::Text),
    may("descriptions", Shape::Texts),
    may("display_name", Shape::Text),
    may("group_name", Shape::Text),
    may("start_type", Shape::Enum(&terms::WINDOWS_SERVICE_START_TYPE_ENUM)),
    may("service_dll_refs", Shape::Refs(Target::Types(&["file"]))),
    may("service_type", Shape::Enum(&terms::WINDOWS_SERVICE_TYPE_ENUM)),
    may("service_status", Shape::Enum(&terms::WINDOWS_SERVICE_STATUS_ENUM)),
];

const UNIX_ACCOUNT: &[Property] = &[
    may("gid", WHOLE),
    may("groups", Shape::Texts),
    may("home_dir", Shape::Text),
    may("shell", Shape::Text),
];

const USER_ACCOUNT: &[Property] = &[
    may("user_id", Shape::Text),
    may("credential", Shape::Text),
    may("account_login", Shape::Text),
    may("account_type", Shape::Open(&terms::ACCOUNT_TYPE_OV)),
    may("display_name", Shape::Text),
    may("is_service_account", Shape::Bool),
    may("is_privileged", Shape::Bool),
    may("can_escalate_privs", Shape::Bool),
    may("is_disabled", Shape::Bool),
    may("account_created", Shape::Time),
    may("account_expires", Shape::Time),
    may("credential_last_changed", Shape::Time),
    may("account_first_login", Shape::Time),
    may("account_last_login", Shape::Time),
];

const REGISTRY_VALUE: &[Property] = &[
    may("name", Shape::Text),
    may("data", Shape::Text),
    may("data_type", Shape::Enum(&terms::WINDOWS_REGISTRY_DATATYPE_ENUM)),
];

const CERTIFICATE: &[Property] = &[
    may("is_self_signed", Shape::Bool),
    may("hashes", Shape::Hashes),
    may("version", Shape::Text),
    may("serial_number", Shape::Text),
    may("signature_algorithm", Shape::Text),
    may("issuer", Shape::Text),
    may("validity_not_before", Shape::Time),
    may("validity_not_after", Shape::Time),
    may("subject", Shape::Text),
    may("subject_public_key_algorithm", Shape::Text),
    may("subject_public_key_modulus", Shape::Text),
    may("subject_public_key_exponent", WHOLE),
    may("x509_v3_extensions", Shape::Record(CERTIFICATE_EXTENSIONS)),
];

const CERTIFICATE_EXTENSIONS: &[Property] = &[
    may("basic_constraints", Shape::Text),
    may("name_constraints", Shape::Text),
    may("policy_constraints", Shape::Text),
    may("key_usage", Shape::Text),
    may("extended_key_usage", Shape::Text),
    may("subject_key_identifier", Shape::Text),
    may("authority_key_identifier", Shape::Text),
    may("subject_alternative_name", Shape::Text),
    may("issuer_alternative_name", Shape::Text),
    may("subject_directory_attributes", Shape::Text),
    may("crl_distribution_points", Shape::Text),
    may("inhibit_any_policy", Shape::Text),
    may("private_key_usage_period_not_before", Shape::Time),
    may("private_key_usage_period_not_after", Shape::Time),
    may("certificate_policies", Shape::Text),
    may("policy_mappings", Shape::Text),
];
