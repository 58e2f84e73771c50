//! The terms of each vocabulary in the order of the standard (clause 10, errata 01).
//!
//! Where the summary of a clause and its table of values differ by a slip of the pen, the table of values holds:
//! `network-socket-type-enum` has `SOCK_DGRAM`.

use super::Vocabulary;

/// By clause.
pub(super) static ALL: &[&Vocabulary] = &[
    &ACCOUNT_TYPE_OV,
    &ATTACK_MOTIVATION_OV,
    &ATTACK_RESOURCE_LEVEL_OV,
    &ENCRYPTION_ALGORITHM_ENUM,
    &EXTENSION_TYPE_ENUM,
    &GROUPING_CONTEXT_OV,
    &HASH_ALGORITHM_OV,
    &IDENTITY_CLASS_OV,
    &IMPLEMENTATION_LANGUAGE_OV,
    &INDICATOR_TYPE_OV,
    &INDUSTRY_SECTOR_OV,
    &INFRASTRUCTURE_TYPE_OV,
    &MALWARE_CAPABILITIES_OV,
    &MALWARE_RESULT_OV,
    &MALWARE_TYPE_OV,
    &NETWORK_SOCKET_ADDRESS_FAMILY_ENUM,
    &NETWORK_SOCKET_TYPE_ENUM,
    &OPINION_ENUM,
    &PATTERN_TYPE_OV,
    &PROCESSOR_ARCHITECTURE_OV,
    &REGION_OV,
    &REPORT_TYPE_OV,
    &THREAT_ACTOR_TYPE_OV,
    &THREAT_ACTOR_ROLE_OV,
    &THREAT_ACTOR_SOPHISTICATION_OV,
    &TOOL_TYPE_OV,
    &WINDOWS_INTEGRITY_LEVEL_ENUM,
    &WINDOWS_PEBINARY_TYPE_OV,
    &WINDOWS_REGISTRY_DATATYPE_ENUM,
    &WINDOWS_SERVICE_START_TYPE_ENUM,
    &WINDOWS_SERVICE_TYPE_ENUM,
    &WINDOWS_SERVICE_STATUS_ENUM,
];

pub(crate) const ACCOUNT_TYPE_OV: Vocabulary = Vocabulary {
    name: "account-type-ov",
    clause: "10.1",
    values: &[
        "facebook",
        "ldap",
        "nis",
        "openid",
        "radius",
        "skype",
        "tacacs",
        "twitter",
        "unix",
        "windows-local",
        "windows-domain",
    ],
};

pub(crate) const ATTACK_MOTIVATION_OV: Vocabulary = Vocabulary {
    name: "attack-motivation-ov",
    clause: "10.2",
    values: &[
        "accidental",
        "coercion",
        "dominance",
        "ideology",
        "notoriety",
        "organizational-gain",
        "personal-gain",
        "personal-satisfaction",
        "revenge",
        "unpredictable",
    ],
};

pub(crate) const ATTACK_RESOURCE_LEVEL_OV: Vocabulary = Vocabulary {
    name: "attack-resource-level-ov",
    clause: "10.3",
    values: &["individual", "club", "contest", "team", "organization", "government"],
};

pub(crate) const ENCRYPTION_ALGORITHM_ENUM: Vocabulary = Vocabulary {
    name: "encryption-algorithm-enum",
    clause: "10.4",
    values: &["AES-256-GCM", "ChaCha20-Poly1305", "mime-type-indicated"],
};

pub(crate) const EXTENSION_TYPE_ENUM: Vocabulary = Vocabulary {
    name: "extension-type-enum",
    clause: "10.5",
    values: &["new-sdo", "new-sco", "new-sro", "property-extension", "toplevel-property-extension"],
};

pub(crate) const GROUPING_CONTEXT_OV: Vocabulary = Vocabulary {
    name: "grouping-context-ov",
    clause: "10.6",
    values: &["suspicious-activity", "malware-analysis", "unspecified"],
};

pub(crate) const HASH_ALGORITHM_OV: Vocabulary = Vocabulary {
    name: "hash-algorithm-ov",
    clause: "10.7",
    values: &["MD5", "SHA-1", "SHA-256", "SHA-512", "SHA3-256", "SHA3-512", "SSDEEP", "TLSH"],
};

pub(crate) const IDENTITY_CLASS_OV: Vocabulary = Vocabulary {
    name: "identity-class-ov",
    clause: "10.8",
    values: &["individual", "group", "system", "organization", "class", "unknown"],
};

pub(crate) const IMPLEMENTATION_LANGUAGE_OV: Vocabulary = Vocabulary {
    name: "implementation-language-ov",
    clause: "10.9",
    values: &[
        "applescript",
        "bash",
        "c",
        "c++",
        "c#",
        "go",
        "java",
        "javascript",
        "lua",
        "objective-c",
        "perl",
        "php",
        "powershell",
        "python",
        "ruby",
        "rust",
        "scala",
        "swift",
        "typescript",
        "visual-basic",
        "x86-32",
        "x86-64",
    ],
};

pub(crate) const INDICATOR_TYPE_OV: Vocabulary = Vocabulary {
    name: "indicator-type-ov",
    clause: "10.10",
    values: &[
        "anomalous-activity",
        "anonymization",
        "benign",
        "compromised",
        "malicious-activity",
        "attribution",
        "unknown",
    ],
};

pub(crate) const INDUSTRY_SECTOR_OV: Vocabulary = Vocabulary {
    name: "industry-sector-ov",
    clause: "10.11",
    values: &[
        "agriculture",
        "aerospace",
        "automotive",
        "chemical",
        "commercial",
        "communications",
        "construction",
        "defense",
        "education",
        "energy",
        "entertainment",
        "financial-services",
        "government",
        "emergency-services",
        "government-local",
        "government-national",
        "government-public-services",
        "government-regional",
        "healthcare",
        "hospitality-leisure",
        "infrastructure",
        "dams",
        "nuclear",
        "water",
        "insurance",
        "legal",
        "manufacturing",
        "mining",
        "non-profit",
        "pharmaceuticals",
        "retail",
        "technology",
        "telecommunications",
        "transportation",
        "utilities",
    ],
};

pub(crate) const INFRASTRUCTURE_TYPE_OV: Vocabulary = Vocabulary {
    name: "infrastructure-type-ov",
    clause: "10.12",
    values: &[
        "amplification",
        "anonymization",
        "botnet",
        "command-and-control",
        "control-system",
        "exfiltration",
        "firewall",
        "hosting-malware",
        "hosting-target-lists",
        "phishing",
        "reconnaissance",
        "routers-switches",
        "staging",
        "workstation",
        "unknown",
    ],
};

pub(crate) const MALWARE_CAPABILITIES_OV: Vocabulary = Vocabulary {
    name: "malware-capabilities-ov",
    clause: "10.13",
    values: &[
        "accesses-remote-machines",
        "anti-debugging",
        "anti-disassembly",
        "anti-emulation",
        "anti-memory-forensics",
        "anti-sandbox",
        "anti-vm",
        "captures-input-peripherals",
        "captures-output-peripherals",
        "captures-system-state-data",
        "cleans-traces-of-infection",
        "commits-fraud",
        "communicates-with-c2",
        "compromises-data-availability",
        "compromises-data-integrity",
        "compromises-system-availability",
        "controls-local-machine",
        "degrades-security-software",
        "degrades-system-updates",
        "determines-c2-server",
        "emails-spam",
        "escalates-privileges",
        "evades-av",
        "exfiltrates-data",
        "fingerprints-host",
        "hides-artifacts",
        "hides-executing-code",
        "infects-files",
        "infects-remote-machines",
        "installs-other-components",
        "persists-after-system-reboot",
        "prevents-artifact-access",
        "prevents-artifact-deletion",
        "probes-network-environment",
        "self-modifies",
        "steals-authentication-credentials",
        "violates-system-operational-integrity",
    ],
};

pub(crate) const MALWARE_RESULT_OV: Vocabulary = Vocabulary {
    name: "malware-result-ov",
    clause: "10.14",
    values: &["malicious", "suspicious", "benign", "unknown"],
};

pub(crate) const MALWARE_TYPE_OV: Vocabulary = Vocabulary {
    name: "malware-type-ov",
    clause: "10.15",
    values: &[
        "adware",
        "backdoor",
        "bot",
        "bootkit",
        "ddos",
        "downloader",
        "dropper",
        "exploit-kit",
        "keylogger",
        "ransomware",
        "remote-access-trojan",
        "resource-exploitation",
        "rogue-security-software",
        "rootkit",
        "screen-capture",
        "spyware",
        "trojan",
        "unknown",
        "virus",
        "webshell",
        "wiper",
        "worm",
    ],
};

pub(crate) const NETWORK_SOCKET_ADDRESS_FAMILY_ENUM: Vocabulary = Vocabulary {
    name: "network-socket-address-family-enum",
    clause: "10.16",
    values: &[
        "AF_UNSPEC",
        "AF_INET",
        "AF_IPX",
        "AF_APPLETALK",
        "AF_NETBIOS",
        "AF_INET6",
        "AF_IRDA",
        "AF_BTH",
    ],
};

pub(crate) const NETWORK_SOCKET_TYPE_ENUM: Vocabulary = Vocabulary {
    name: "network-socket-type-enum",
    clause: "10.17",
    values: &["SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM", "SOCK_SEQPACKET"],
};

pub(crate) const OPINION_ENUM: Vocabulary = Vocabulary {
    name: "opinion-enum",
    clause: "10.18",
    values: &["strongly-disagree", "disagree", "neutral", "agree", "strongly-agree"],
};

pub(crate) const PATTERN_TYPE_OV: Vocabulary = Vocabulary {
    name: "pattern-type-ov",
    clause: "10.19",
    values: &["stix", "pcre", "sigma", "snort", "suricata", "yara"],
};

pub(crate) const PROCESSOR_ARCHITECTURE_OV: Vocabulary = Vocabulary {
    name: "processor-architecture-ov",
    clause: "10.20",
    values: &["alpha", "arm", "ia-64", "mips", "powerpc", "sparc", "x86", "x86-64"],
};

pub(crate) const REGION_OV: Vocabulary = Vocabulary {
    name: "region-ov",
    clause: "10.21",
    values: &[
        "africa",
        "eastern-africa",
        "middle-africa",
        "northern-africa",
        "southern-africa",
        "western-africa",
        "americas",
        "caribbean",
        "central-america",
        "latin-america-caribbean",
        "northern-america",
        "south-america",
        "asia",
        "central-asia",
        "eastern-asia",
        "southern-asia",
        "south-eastern-asia",
        "western-asia",
        "europe",
        "eastern-europe",
        "northern-europe",
        "southern-europe",
        "western-europe",
        "oceania",
        "antarctica",
        "australia-new-zealand",
        "melanesia",
        "micronesia",
        "polynesia",
    ],
};

pub(crate) const REPORT_TYPE_OV: Vocabulary = Vocabulary {
    name: "report-type-ov",
    clause: "10.22",
    values: &[
        "attack-pattern",
        "campaign",
        "identity",
        "incident",
        "indicator",
        "intrusion-set",
        "malware",
        "observed-data",
        "threat-actor",
        "threat-report",
        "tool",
        "vulnerability",
    ],
};

pub(crate) const THREAT_ACTOR_TYPE_OV: Vocabulary = Vocabulary {
    name: "threat-actor-type-ov",
    clause: "10.23",
    values: &[
        "activist",
        "competitor",
        "crime-syndicate",
        "criminal",
        "hacker",
        "insider-accidental",
        "insider-disgruntled",
        "nation-state",
        "private-sector",
        "sensationalist",
        "spy",
        "terrorist",
        "unknown",
    ],
};

pub(crate) const THREAT_ACTOR_ROLE_OV: Vocabulary = Vocabulary {
    name: "threat-actor-role-ov",
    clause: "10.24",
    values: &[
        "agent",
        "director",
        "independent",
        "infrastructure-architect",
        "infrastructure-operator",
        "malware-author",
        "sponsor",
    ],
};

pub(crate) const THREAT_ACTOR_SOPHISTICATION_OV: Vocabulary = Vocabulary {
    name: "threat-actor-sophistication-ov",
    clause: "10.25",
    values: &["none", "minimal", "intermediate", "advanced", "expert", "innovator", "strategic"],
};

pub(crate) const TOOL_TYPE_OV: Vocabulary = Vocabulary {
    name: "tool-type-ov",
    clause: "10.26",
    values: &[
        "denial-of-service",
        "exploitation",
        "information-gathering",
        "network-capture",
        "credential-exploitation",
        "remote-access",
        "vulnerability-scanning",
        "unknown",
    ],
};

pub(crate) const WINDOWS_INTEGRITY_LEVEL_ENUM: Vocabulary = Vocabulary {
    name: "windows-integrity-level-enum",
    clause: "10.27",
    values: &["low", "medium", "high", "system"],
};

pub(crate) const WINDOWS_PEBINARY_TYPE_OV: Vocabulary =
    Vocabulary { name: "windows-pebinary-type-ov", clause: "10.28", values: &["dll", "exe", "sys"] };

pub(crate) const WINDOWS_REGISTRY_DATATYPE_ENUM: Vocabulary = Vocabulary {
    name: "windows-registry-datatype-enum",
    clause: "10.29",
    values: &[
        "REG_NONE",
        "REG_SZ",
        "REG_EXPAND_SZ",
        "REG_BINARY",
        "REG_DWORD",
        "REG_DWORD_BIG_ENDIAN",
        "REG_DWORD_LITTLE_ENDIAN",
        "REG_LINK",
        "REG_MULTI_SZ",
        "REG_RESOURCE_LIST",
        "REG_FULL_RESOURCE_DESCRIPTION",
        "REG_RESOURCE_REQUIREMENTS_LIST",
        "REG_QWORD",
        "REG_INVALID_TYPE",
    ],
};

pub(crate) const WINDOWS_SERVICE_START_TYPE_ENUM: Vocabulary = Vocabulary {
    name: "windows-service-start-type-enum",
    clause: "10.30",
    values: &[
        "SERVICE_AUTO_START",
        "SERVICE_BOOT_START",
        "SERVICE_DEMAND_START",
        "SERVICE_DISABLED",
        "SERVICE_SYSTEM_ALERT",
    ],
};

pub(crate) const WINDOWS_SERVICE_TYPE_ENUM: Vocabulary = Vocabulary {
    name: "windows-service-type-enum",
    clause: "10.31",
    values: &[
        "SERVICE_KERNEL_DRIVER",
        "SERVICE_FILE_SYSTEM_DRIVER",
        "SERVICE_WIN32_OWN_PROCESS",
        "SERVICE_WIN32_SHARE_PROCESS",
    ],
};

pub(crate) const WINDOWS_SERVICE_STATUS_ENUM: Vocabulary = Vocabulary {
    name: "windows-service-status-enum",
    clause: "10.32",
    values: &[
        "SERVICE_CONTINUE_PENDING",
        "SERVICE_PAUSE_PENDING",
        "SERVICE_PAUSED",
        "SERVICE_RUNNING",
        "SERVICE_START_PENDING",
        "SERVICE_STOP_PENDING",
        "SERVICE_STOPPED",
    ],
};
