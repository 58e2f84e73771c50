//! What a single value becomes: by the type of the attribute, cyber-observable objects and the tests of a pattern.

use std::net::IpAddr;

use comity_stix::{Map, Value};

use super::build::{Face, Out, map, text, texts};

/// The names that MISP gives to hash algorithms, and their keys in STIX (clause 10.7; others as the field writes them).
const HASHES: [(&str, &str); 24] = [
    ("md5", "MD5"),
    ("sha1", "SHA-1"),
    ("sha224", "SHA-224"),
    ("sha256", "SHA-256"),
    ("sha384", "SHA-384"),
    ("sha512", "SHA-512"),
    ("sha512/224", "SHA-512-224"),
    ("sha512/256", "SHA-512-256"),
    ("sha3-224", "SHA3-224"),
    ("sha3-256", "SHA3-256"),
    ("sha3-384", "SHA3-384"),
    ("sha3-512", "SHA3-512"),
    ("ssdeep", "SSDEEP"),
    ("tlsh", "TLSH"),
    ("authentihash", "AUTHENTIHASH"),
    ("imphash", "IMPHASH"),
    ("impfuzzy", "IMPFUZZY"),
    ("pehash", "PEHASH"),
    ("vhash", "VHASH"),
    ("telfhash", "TELFHASH"),
    ("cdhash", "CDHASH"),
    ("x509-fingerprint-md5", "MD5"),
    ("x509-fingerprint-sha1", "SHA-1"),
    ("x509-fingerprint-sha256", "SHA-256"),
];

/// Most tests in one pattern; it keeps the work bounded, and nobody matches a longer one.
const TESTS_MAX: usize = 500;

/// Types whose one value is one property of one object.
const PLAIN: [(&str, &str, &str); 22] = [
    ("domain", "domain-name", "value"),
    ("hostname", "domain-name", "value"),
    ("url", "url", "value"),
    ("uri", "url", "value"),
    ("email", "email-addr", "value"),
    ("email-src", "email-addr", "value"),
    ("email-dst", "email-addr", "value"),
    ("target-email", "email-addr", "value"),
    ("dns-soa-email", "email-addr", "value"),
    ("whois-registrant-email", "email-addr", "value"),
    ("mutex", "mutex", "name"),
    ("filename", "file", "name"),
    ("attachment", "file", "name"),
    ("email-attachment", "file", "name"),
    ("regkey", "windows-registry-key", "key"),
    ("email-subject", "email-message", "subject"),
    ("email-body", "email-message", "body"),
    ("email-message-id", "email-message", "message_id"),
    ("directory", "directory", "path"),
    ("cpe", "software", "cpe"),
    ("github-username", "user-account", "account_login"),
    ("mac-address", "mac-addr", "value"),
];

/// Objects made of one value, the main one first, and the tests by which a pattern finds it.
#[derive(Debug, Default)]
pub(super) struct Mapped {
    pub(super) refs: Vec<String>,
    pub(super) tests: Vec<Test>,
}

/// `path = literal` of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) path: String,
    pub(super) literal: String,
}

impl Test {
    pub(super) fn text(path: impl Into<String>, value: &str) -> Self {
        let literal = format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"));
        Self { path: path.into(), literal }
    }

    pub(super) fn plain(path: impl Into<String>, literal: impl Into<String>) -> Self {
        Self { path: path.into(), literal: literal.into() }
    }
}

/// A pattern: tests of one type of object stand in one pair of brackets; several values of one property are
/// alternatives.
pub(super) fn pattern(tests: &[Test]) -> Option<String> {
    if tests.len() > TESTS_MAX {
        return None;
    }
    let kind = |test: &Test| test.path.split(':').next().unwrap_or_default().to_owned();
    let mut kinds: Vec<String> = Vec::new();
    for test in tests {
        let kind = kind(test);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let groups: Vec<String> = kinds
        .iter()
        .map(|wanted| {
            let mut paths: Vec<(&str, Vec<&str>)> = Vec::new();
            for test in tests.iter().filter(|test| kind(test) == *wanted) {
                match paths.iter_mut().find(|(path, _)| *path == test.path) {
                    Some((_, values)) if values.contains(&test.literal.as_str()) => {}
                    Some((_, values)) => values.push(&test.literal),
                    None => paths.push((&test.path, vec![&test.literal])),
                }
            }
            let parts: Vec<String> = paths
                .iter()
                .map(|(path, values)| match values.as_slice() {
                    [one] => format!("{path} = {one}"),
                    many => format!("{path} IN ({})", many.join(", ")),
                })
                .collect();
            format!("[{}]", parts.join(" AND "))
        })
        .collect();
    let text = groups.join(" AND ");
    let read = comity_stix::Pattern::parse(&text).ok()?;
    (read.remarks().is_empty()).then_some(text)
}

/// The STIX key of a hash that MISP names so.
pub(super) fn hash_key(name: &str) -> Option<&'static str> {
    HASHES.iter().find(|(known, _)| *known == name).map(|(_, key)| *key)
}

/// The path of a hash in a pattern.
pub(super) fn hash_path(kind: &str, key: &str) -> String {
    if key.contains('-') { format!("{kind}:hashes.'{key}'") } else { format!("{kind}:hashes.{key}") }
}

/// The hashes property with one hash.
pub(super) fn hashes(key: &'static str, value: &str) -> Value<'static> {
    Value::Object(map([(key, text(value))]))
}

/// Makes the objects of a value. None when the type has no place among the observables; the error says why this value
/// has none.
pub(super) fn observe(
    out: &mut Out,
    face: Face,
    seed: &str,
    kind: &str,
    value: &str,
) -> Option<Result<Mapped, String>> {
    if let Some((_, object, property)) = PLAIN.iter().find(|(name, _, _)| *name == kind) {
        return Some(plain(out, face, seed, object, property, value));
    }
    Some(match kind {
        "ip-src" | "ip-dst" => address(out, face, value),
        "AS" => system(out, face, value),
        "domain|ip" => named_address(out, face, value),
        "ip-src|port" | "ip-dst|port" | "hostname|port" => with_port(out, face, kind, value),
        "regkey|value" => key_and_data(out, face, value),
        "malware-sample" => file_and_hash(out, face, "md5", value),
        "email-reply-to" => header(out, face, seed, "Reply-To", value),
        "email-x-mailer" => header(out, face, seed, "X-Mailer", value),
        "email-header" => received(out, face, seed, value),
        "user-agent" => Ok(Mapped {
            refs: Vec::new(),
            tests: vec![Test::text(
                "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
                value,
            )],
        }),
        _ => match kind.strip_prefix("filename|") {
            Some(hash) => file_and_hash(out, face, hash, value),
            None => single_hash(out, face, kind, value)?,
        },
    })
}

fn one(
    out: &mut Out,
    kind: &str,
    face: Face,
    seed: &str,
    body: Map<'static>,
    tests: Vec<Test>,
) -> Result<Mapped, String> {
    Ok(Mapped { refs: vec![out.sco(kind, face, &[seed], body)?], tests })
}

fn plain(
    out: &mut Out,
    face: Face,
    seed: &str,
    kind: &str,
    property: &'static str,
    value: &str,
) -> Result<Mapped, String> {
    let lower = kind == "mac-addr";
    let value = if kind == "windows-registry-key" {
        expanded(value)
    } else if lower {
        value.to_ascii_lowercase().replace('-', ":")
    } else {
        value.to_owned()
    };
    let mut body = map([(property, text(value.clone()))]);
    if kind == "email-message" {
        body.insert("is_multipart", Value::Bool(false));
    }
    if kind == "software" {
        body.insert("name", text(value.clone()));
    }
    one(out, kind, face, seed, body, vec![Test::text(format!("{kind}:{property}"), &value)])
}

/// `ipv4-addr` or `ipv6-addr`, by the form of an address or a network.
pub(super) fn address_kind(value: &str) -> Result<&'static str, String> {
    let plain = value.split('/').next().unwrap_or_default();
    match plain.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => Ok("ipv4-addr"),
        Ok(IpAddr::V6(_)) => Ok("ipv6-addr"),
        Err(_) => Err("it is no IP address".to_owned()),
    }
}

fn address(out: &mut Out, face: Face, value: &str) -> Result<Mapped, String> {
    let kind = address_kind(value)?;
    one(out, kind, face, "", map([("value", text(value))]), vec![Test::text(format!("{kind}:value"), value)])
}

/// The number of an autonomous system, written with or without `AS`.
pub(super) fn system_number(value: &str) -> Result<i64, String> {
    let digits = value.trim().trim_start_matches(['A', 'a', 'S', 's', 'N', 'n']).trim();
    let number = digits.parse::<u32>().map_err(|_| "it is no number of an autonomous system".to_owned())?;
    Ok(i64::from(number))
}

fn system(out: &mut Out, face: Face, value: &str) -> Result<Mapped, String> {
    let number = system_number(value)?;
    let body = map([("number", Value::Integer(number))]);
    let tests = vec![Test::plain("autonomous-system:number", number.to_string())];
    one(out, "autonomous-system", face, "", body, tests)
}

fn halves(value: &str) -> Result<(&str, &str), String> {
    value.split_once('|').ok_or_else(|| "it has no `|` between its two parts".to_owned())
}

fn named_address(out: &mut Out, face: Face, value: &str) -> Result<Mapped, String> {
    let (name, number) = halves(value)?;
    let mut mapped = address(out, face, number)?;
    let body = map([("value", text(name)), ("resolves_to_refs", texts(mapped.refs.clone()))]);
    let id = out.sco("domain-name", face, &[], body)?;
    mapped.refs.insert(0, id);
    mapped.tests = vec![
        Test::text("domain-name:value", name),
        Test::text("domain-name:resolves_to_refs[*].value", number),
    ];
    Ok(mapped)
}

fn with_port(out: &mut Out, face: Face, kind: &str, value: &str) -> Result<Mapped, String> {
    let (end, port) = value.rsplit_once('|').or_else(|| value.rsplit_once(':')).ok_or("it has no port")?;
    let port = port.parse::<u16>().map_err(|_| "its port is no number up to 65535".to_owned())?;
    let side = if kind == "ip-src|port" { "src" } else { "dst" };
    let named = kind == "hostname|port";
    let mut mapped =
        if named { plain(out, face, "", "domain-name", "value", end)? } else { address(out, face, end)? };
    let protocol = match mapped.refs.first().and_then(|id| id.split_once("--")) {
        Some(("ipv4-addr", _)) => "ipv4",
        Some(("ipv6-addr", _)) => "ipv6",
        _ => "tcp",
    };
    let mut body = map([("protocols", texts([protocol]))]);
    if let Some(id) = mapped.refs.first() {
        body.insert(format!("{side}_ref"), text(id.clone()));
    }
    body.insert(format!("{side}_port"), Value::Integer(i64::from(port)));
    let id = out.sco("network-traffic", face, &[], body)?;
    mapped.refs.insert(0, id);
    mapped.tests = vec![
        Test::text(format!("network-traffic:{side}_ref.value"), end),
        Test::plain(format!("network-traffic:{side}_port"), port.to_string()),
    ];
    Ok(mapped)
}

/// A registry key with its hive in full, as clause 6.17 demands.
pub(super) fn expanded(key: &str) -> String {
    let (hive, rest) = key.split_once('\\').unwrap_or((key, ""));
    let full = match hive.to_ascii_uppercase().as_str() {
        "HKLM" => "HKEY_LOCAL_MACHINE",
        "HKCC" => "HKEY_CURRENT_CONFIG",
        "HKCR" => "HKEY_CLASSES_ROOT",
        "HKCU" => "HKEY_CURRENT_USER",
        "HKU" => "HKEY_USERS",
        _ => return key.to_owned(),
    };
    if rest.is_empty() { full.to_owned() } else { format!("{full}\\{rest}") }
}

fn key_and_data(out: &mut Out, face: Face, value: &str) -> Result<Mapped, String> {
    let (key, data) = halves(value)?;
    let key = &expanded(key);
    let values = Value::Array(vec![Value::Object(map([("data", text(data))]))]);
    let tests = vec![
        Test::text("windows-registry-key:key", key),
        Test::text("windows-registry-key:values[*].data", data),
    ];
    one(out, "windows-registry-key", face, "", map([("key", text(key.clone())), ("values", values)]), tests)
}

fn file_and_hash(out: &mut Out, face: Face, hash: &str, value: &str) -> Result<Mapped, String> {
    let key = hash_key(hash).ok_or("STIX has no name for this kind of hash")?;
    let Ok((name, digest)) = halves(value) else {
        // A sample without its name: what is left is the hash.
        return one(
            out,
            "file",
            face,
            "",
            map([("name", text(value))]),
            vec![Test::text("file:name", value)],
        );
    };
    let tests = vec![Test::text("file:name", name), Test::text(hash_path("file", key), digest)];
    one(out, "file", face, "", map([("name", text(name)), ("hashes", hashes(key, digest))]), tests)
}

fn single_hash(out: &mut Out, face: Face, kind: &str, value: &str) -> Option<Result<Mapped, String>> {
    let key = hash_key(kind)?;
    let object = if kind.starts_with("x509") { "x509-certificate" } else { "file" };
    let tests = vec![Test::text(hash_path(object, key), value)];
    Some(one(out, object, face, "", map([("hashes", hashes(key, value))]), tests))
}

fn header(out: &mut Out, face: Face, seed: &str, name: &'static str, value: &str) -> Result<Mapped, String> {
    let fields = Value::Object(map([(name, texts([value]))]));
    let body = map([("is_multipart", Value::Bool(false)), ("additional_header_fields", fields)]);
    let path = format!("email-message:additional_header_fields.'{name}'[*]");
    one(out, "email-message", face, seed, body, vec![Test::text(path, value)])
}

/// Only a `Received` line has a property of its own; a block of other headers would have to be taken apart.
fn received(out: &mut Out, face: Face, seed: &str, value: &str) -> Result<Mapped, String> {
    if !(value.starts_with("from ") || value.starts_with("Received:")) || value.contains('\n') {
        return Err("only a single `Received` line of a header has a place of its own".to_owned());
    }
    let body = map([("is_multipart", Value::Bool(false)), ("received_lines", texts([value]))]);
    one(out, "email-message", face, seed, body, vec![Test::text("email-message:received_lines[*]", value)])
}
