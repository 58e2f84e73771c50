//! The tables: which attribute of which object of MISP is which property in STIX.

/// What an object becomes.
#[derive(Debug)]
pub(super) struct Shape {
    /// Type of the main object.
    pub(super) kind: &'static str,
    /// Whether that is a domain object, not an observable.
    pub(super) domain: bool,
    /// Properties that are always so.
    pub(super) fixed: &'static [(&'static str, &'static str)],
    /// Attributes by their relation.
    pub(super) rows: &'static [(&'static str, Row)],
}

/// Where the value of an attribute goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Row {
    /// A text.
    Text(&'static str),
    /// A text in a list.
    Texts(&'static str),
    /// A whole number.
    Whole(&'static str),
    /// A port number.
    Port(&'static str),
    /// True or false.
    Flag(&'static str),
    /// A time.
    Time(&'static str),
    /// A hash, by the name of MISP.
    Hash(&'static str),
    /// `name|md5`.
    Sample,
    /// A reference to an object of one value of this type of attribute.
    Ref(&'static str, &'static str),
    /// One of several such references.
    Refs(&'static str, &'static str),
    /// A header of a message.
    Header(&'static str),
    /// The name of a person or mailbox that another relation holds the address of.
    Display(&'static str),
    /// A file that came with a message.
    Attached,
    /// A field of the one registry value.
    Data(&'static str),
    /// A protocol; the network layer comes first.
    Protocol,
    /// A process beside this one: its number.
    Process(&'static str),
    /// The image of the parent process.
    ParentImage,
    /// A number of an autonomous system.
    System,
    /// A network that the system announces.
    Announced,
    /// An end of a connection that is only used when there is no address.
    Host(&'static str),
    /// A field of the Unix extension.
    Unix(&'static str),
    /// A vulnerability or a pattern of attack by its number.
    Code(&'static str),
    /// A place to read more.
    Link,
    /// A field of the extension for Windows executables.
    Pe(&'static str),
}

use Row::*;

const FILE: Shape = Shape {
    kind: "file",
    domain: false,
    fixed: &[],
    rows: &[
        ("filename", Text("name")),
        ("md5", Hash("md5")),
        ("sha1", Hash("sha1")),
        ("sha224", Hash("sha224")),
        ("sha256", Hash("sha256")),
        ("sha384", Hash("sha384")),
        ("sha512", Hash("sha512")),
        ("sha512/224", Hash("sha512/224")),
        ("sha512/256", Hash("sha512/256")),
        ("sha3-256", Hash("sha3-256")),
        ("sha3-512", Hash("sha3-512")),
        ("ssdeep", Hash("ssdeep")),
        ("tlsh", Hash("tlsh")),
        ("authentihash", Hash("authentihash")),
        ("imphash", Hash("imphash")),
        ("vhash", Hash("vhash")),
        ("telfhash", Hash("telfhash")),
        ("size-in-bytes", Whole("size")),
        ("path", Ref("parent_directory_ref", "directory")),
        ("fullpath", Ref("parent_directory_ref", "directory")),
        ("file-encoding", Text("name_enc")),
        ("mimetype", Text("mime_type")),
        ("creation-time", Time("ctime")),
        ("modification-time", Time("mtime")),
        ("access-time", Time("atime")),
        ("lnk-creation-time", Time("ctime")),
        ("lnk-modification-time", Time("mtime")),
        ("lnk-access-time", Time("atime")),
        ("malware-sample", Sample),
    ],
};

const PE: Shape = Shape {
    kind: "file",
    domain: false,
    fixed: &[],
    rows: &[
        ("original-filename", Text("name")),
        ("type", Pe("pe_type")),
        ("imphash", Pe("imphash")),
        ("compilation-timestamp", Pe("time_date_stamp")),
        ("number-sections", Pe("number_of_sections")),
    ],
};

const DOMAIN_IP: Shape = Shape {
    kind: "domain-name",
    domain: false,
    fixed: &[],
    rows: &[
        ("domain", Text("value")),
        ("hostname", Text("value")),
        ("ip", Refs("resolves_to_refs", "ip-dst")),
    ],
};

const NETWORK: Shape = Shape {
    kind: "network-traffic",
    domain: false,
    fixed: &[],
    rows: &[
        ("ip", Ref("dst_ref", "ip-dst")),
        ("ip-dst", Ref("dst_ref", "ip-dst")),
        ("ip-src", Ref("src_ref", "ip-src")),
        ("src-port", Port("src_port")),
        ("dst-port", Port("dst_port")),
        ("domain", Host("dst_ref")),
        ("hostname", Host("dst_ref")),
        ("hostname-dst", Host("dst_ref")),
        ("hostname-src", Host("src_ref")),
        ("layer3-protocol", Protocol),
        ("layer4-protocol", Protocol),
        ("layer7-protocol", Protocol),
        ("protocol", Protocol),
        ("first-seen", Time("start")),
        ("last-seen", Time("end")),
        ("first-packet-seen", Time("start")),
        ("last-packet-seen", Time("end")),
        ("packet-count", Whole("src_packets")),
        ("byte-count", Whole("src_byte_count")),
    ],
};

const URL: Shape = Shape { kind: "url", domain: false, fixed: &[], rows: &[("url", Text("value"))] };

const EMAIL: Shape = Shape {
    kind: "email-message",
    domain: false,
    fixed: &[],
    rows: &[
        ("from", Ref("from_ref", "email")),
        ("to", Refs("to_refs", "email")),
        ("cc", Refs("cc_refs", "email")),
        ("bcc", Refs("bcc_refs", "email")),
        ("from-display-name", Display("from_ref")),
        ("to-display-name", Display("to_refs")),
        ("cc-display-name", Display("cc_refs")),
        ("bcc-display-name", Display("bcc_refs")),
        ("subject", Text("subject")),
        ("message-id", Text("message_id")),
        ("send-date", Time("date")),
        ("reply-to", Header("Reply-To")),
        ("x-mailer", Header("X-Mailer")),
        ("user-agent", Header("User-Agent")),
        ("mime-boundary", Header("MIME-Boundary")),
        ("attachment", Attached),
    ],
};

const REGISTRY: Shape = Shape {
    kind: "windows-registry-key",
    domain: false,
    fixed: &[],
    rows: &[
        ("key", Text("key")),
        ("name", Data("name")),
        ("data", Data("data")),
        ("data-type", Data("data_type")),
        ("last-modified", Time("modified_time")),
    ],
};

const PROCESS: Shape = Shape {
    kind: "process",
    domain: false,
    fixed: &[],
    rows: &[
        ("pid", Whole("pid")),
        ("command-line", Text("command_line")),
        ("current-directory", Text("cwd")),
        ("creation-time", Time("created_time")),
        ("hidden", Flag("is_hidden")),
        ("image", Ref("image_ref", "filename")),
        ("parent-pid", Process("parent_ref")),
        ("child-pid", Process("child_refs")),
        ("parent-image", ParentImage),
    ],
};

const ACCOUNT_ROWS: &[(&str, Row)] = &[
    ("user-id", Text("user_id")),
    ("id", Text("user_id")),
    ("account-id", Text("user_id")),
    ("username", Text("account_login")),
    ("account-name", Text("account_login")),
    ("name", Text("account_login")),
    ("display-name", Text("display_name")),
    ("displayed-name", Text("display_name")),
    ("user-fullname", Text("display_name")),
    ("password", Text("credential")),
    ("account-type", Text("account_type")),
    ("created", Time("account_created")),
    ("expires", Time("account_expires")),
    ("last_login", Time("account_last_login")),
    ("first_login", Time("account_first_login")),
    ("group", Unix("groups")),
    ("group-id", Unix("gid")),
    ("home_dir", Unix("home_dir")),
    ("shell", Unix("shell")),
];

const fn account(fixed: &'static [(&'static str, &'static str)]) -> Shape {
    Shape { kind: "user-account", domain: false, fixed, rows: ACCOUNT_ROWS }
}

const X509: Shape = Shape {
    kind: "x509-certificate",
    domain: false,
    fixed: &[],
    rows: &[
        ("x509-fingerprint-md5", Hash("md5")),
        ("x509-fingerprint-sha1", Hash("sha1")),
        ("x509-fingerprint-sha256", Hash("sha256")),
        ("serial-number", Text("serial_number")),
        ("version", Text("version")),
        ("issuer", Text("issuer")),
        ("subject", Text("subject")),
        ("signature_algorithm", Text("signature_algorithm")),
        ("validity-not-before", Time("validity_not_before")),
        ("validity-not-after", Time("validity_not_after")),
        ("pubkey-info-algorithm", Text("subject_public_key_algorithm")),
        ("pubkey-info-modulus", Text("subject_public_key_modulus")),
        ("pubkey-info-exponent", Whole("subject_public_key_exponent")),
        ("self_signed", Flag("is_self_signed")),
    ],
};

const ASN: Shape = Shape {
    kind: "autonomous-system",
    domain: false,
    fixed: &[],
    rows: &[("asn", System), ("description", Text("name")), ("subnet-announced", Announced)],
};

const MUTEX: Shape = Shape { kind: "mutex", domain: false, fixed: &[], rows: &[("name", Text("name"))] };

const SOFTWARE: Shape = Shape {
    kind: "software",
    domain: false,
    fixed: &[],
    rows: &[
        ("cpe", Text("cpe")),
        ("product", Text("name")),
        ("vendor", Text("vendor")),
        ("version", Text("version")),
        ("language", Texts("languages")),
    ],
};

const VULNERABILITY: Shape = Shape {
    kind: "vulnerability",
    domain: true,
    fixed: &[],
    rows: &[("id", Code("cve")), ("summary", Text("description")), ("references", Link)],
};

const ATTACK_PATTERN: Shape = Shape {
    kind: "attack-pattern",
    domain: true,
    fixed: &[],
    rows: &[("id", Code("capec")), ("name", Text("name")), ("summary", Text("description"))],
};

const COURSE_OF_ACTION: Shape = Shape {
    kind: "course-of-action",
    domain: true,
    fixed: &[],
    rows: &[("name", Text("name")), ("description", Text("description"))],
};

const INTRUSION_SET: Shape = Shape {
    kind: "intrusion-set",
    domain: true,
    fixed: &[],
    rows: &[
        ("name", Text("name")),
        ("description", Text("description")),
        ("aliases", Texts("aliases")),
        ("goals", Texts("goals")),
        ("resource_level", Text("resource_level")),
        ("primary-motivation", Text("primary_motivation")),
        ("secondary-motivation", Texts("secondary_motivations")),
        ("first_seen", Time("first_seen")),
        ("last_seen", Time("last_seen")),
    ],
};

const ORGANIZATION: Shape = Shape {
    kind: "identity",
    domain: true,
    fixed: &[("identity_class", "organization")],
    rows: &[("name", Text("name")), ("description", Text("description")), ("role", Texts("roles"))],
};

static SHAPES: &[(&str, Shape)] = &[
    ("file", FILE),
    ("lnk", FILE),
    ("pe", PE),
    ("domain-ip", DOMAIN_IP),
    ("ip-port", NETWORK),
    ("network-connection", NETWORK),
    ("network-socket", NETWORK),
    ("netflow", NETWORK),
    ("url", URL),
    ("email", EMAIL),
    ("registry-key", REGISTRY),
    ("registry-key-value", REGISTRY),
    ("process", PROCESS),
    ("user-account", account(&[])),
    ("facebook-account", account(&[("account_type", "facebook")])),
    ("github-user", account(&[("account_type", "github")])),
    (
        "gitlab-user",
        Shape {
            kind: "user-account",
            domain: false,
            fixed: &[("account_type", "gitlab")],
            rows: &[
                ("id", Text("user_id")),
                ("username", Text("account_login")),
                ("name", Text("display_name")),
            ],
        },
    ),
    ("parler-account", account(&[("account_type", "parler")])),
    ("reddit-account", account(&[("account_type", "reddit")])),
    ("telegram-account", account(&[("account_type", "telegram")])),
    ("twitter-account", account(&[("account_type", "twitter")])),
    (
        "credential",
        Shape {
            kind: "user-account",
            domain: false,
            fixed: &[],
            rows: &[("username", Text("user_id")), ("password", Text("credential"))],
        },
    ),
    ("x509", X509),
    ("asn", ASN),
    ("mutex", MUTEX),
    ("cpe-asset", SOFTWARE),
    ("vulnerability", VULNERABILITY),
    ("attack-pattern", ATTACK_PATTERN),
    ("course-of-action", COURSE_OF_ACTION),
    ("intrusion-set", INTRUSION_SET),
    ("organization", ORGANIZATION),
];

/// The table of an object. Objects without one are taken attribute by attribute.
pub(super) fn shape(name: &str) -> Option<&'static Shape> {
    SHAPES.iter().find(|(known, _)| *known == name).map(|(_, shape)| shape)
}
