//! Views of cyber-observable objects (STIX 2.1 clause 6).

use super::{Common, Record, getter, key, views};
use crate::id::Id;
use crate::time::Timestamp;

views! {
    /// Bytes, or where to find them (clause 6.1).
    Artifact, "artifact", "6.1" {
        mime_type: text,
        payload_bin: text,
        url: text,
        hashes: hashes,
        encryption_algorithm: text,
        decryption_key: text,
    }
    /// An autonomous system (clause 6.2).
    AutonomousSystem, "autonomous-system", "6.2" {
        number: integer,
        name: text,
        rir: text,
    }
    /// A directory (clause 6.3).
    Directory, "directory", "6.3" {
        path: text,
        path_enc: text,
        ctime: time,
        mtime: time,
        atime: time,
        contains_refs: ids,
    }
    /// A domain name (clause 6.4).
    DomainName, "domain-name", "6.4" {
        value: text,
        resolves_to_refs: ids,
    }
    /// An email address (clause 6.5).
    EmailAddr, "email-addr", "6.5" {
        value: text,
        display_name: text,
        belongs_to_ref: id,
    }
    /// An email message (clause 6.6).
    EmailMessage, "email-message", "6.6" {
        is_multipart: flag,
        date: time,
        content_type: text,
        from_ref: id,
        sender_ref: id,
        to_refs: ids,
        cc_refs: ids,
        bcc_refs: ids,
        message_id: text,
        subject: text,
        received_lines: texts,
        additional_header_fields: record,
        body: text,
        body_multipart: records,
        raw_email_ref: id,
    }
    /// A file (clause 6.7).
    File, "file", "6.7" {
        hashes: hashes,
        size: integer,
        name: text,
        name_enc: text,
        magic_number_hex: text,
        mime_type: text,
        ctime: time,
        mtime: time,
        atime: time,
        parent_directory_ref: id,
        contains_refs: ids,
        content_ref: id,
    }
    /// An IPv4 address or a block of them (clause 6.8).
    Ipv4Addr, "ipv4-addr", "6.8" {
        value: text,
        resolves_to_refs: ids,
        belongs_to_refs: ids,
    }
    /// An IPv6 address or a block of them (clause 6.9).
    Ipv6Addr, "ipv6-addr", "6.9" {
        value: text,
        resolves_to_refs: ids,
        belongs_to_refs: ids,
    }
    /// A MAC address (clause 6.10).
    MacAddr, "mac-addr", "6.10" {
        value: text,
    }
    /// A mutex (clause 6.11).
    Mutex, "mutex", "6.11" {
        name: text,
    }
    /// Network traffic between two ends (clause 6.12).
    NetworkTraffic, "network-traffic", "6.12" {
        start: time,
        end: time,
        is_active: flag,
        src_ref: id,
        dst_ref: id,
        src_port: integer,
        dst_port: integer,
        protocols: texts,
        src_byte_count: integer,
        dst_byte_count: integer,
        src_packets: integer,
        dst_packets: integer,
        ipfix: record,
        src_payload_ref: id,
        dst_payload_ref: id,
        encapsulates_refs: ids,
        encapsulated_by_ref: id,
    }
    /// A process (clause 6.13).
    Process, "process", "6.13" {
        is_hidden: flag,
        pid: integer,
        created_time: time,
        cwd: text,
        command_line: text,
        environment_variables: record,
        opened_connection_refs: ids,
        creator_user_ref: id,
        image_ref: id,
        parent_ref: id,
        child_refs: ids,
    }
    /// A software product (clause 6.14).
    Software, "software", "6.14" {
        name: text,
        cpe: text,
        swid: text,
        languages: texts,
        vendor: text,
        version: text,
    }
    /// A URL (clause 6.15).
    Url, "url", "6.15" {
        value: text,
    }
    /// An account of a user (clause 6.16).
    UserAccount, "user-account", "6.16" {
        user_id: text,
        credential: text,
        account_login: text,
        account_type: text,
        display_name: text,
        is_service_account: flag,
        is_privileged: flag,
        can_escalate_privs: flag,
        is_disabled: flag,
        account_created: time,
        account_expires: time,
        credential_last_changed: time,
        account_first_login: time,
        account_last_login: time,
    }
    /// A key of the Windows registry (clause 6.17).
    WindowsRegistryKey, "windows-registry-key", "6.17" {
        key: text,
        values: records,
        modified_time: time,
        creator_user_ref: id,
        number_of_subkeys: integer,
    }
    /// An X.509 certificate (clause 6.18).
    X509Certificate, "x509-certificate", "6.18" {
        is_self_signed: flag,
        hashes: hashes,
        version: text,
        serial_number: text,
        signature_algorithm: text,
        issuer: text,
        validity_not_before: time,
        validity_not_after: time,
        subject: text,
        subject_public_key_algorithm: text,
        subject_public_key_modulus: text,
        subject_public_key_exponent: integer,
        x509_v3_extensions: record,
    }
}
