//! Rules that tie properties of one observable together, and the forms of its values (STIX 2.1 clause 6).

mod charset;
mod form;

use super::domain::text;
use super::shape::url;
use super::{Judge, cut};
use crate::json::{Map, Value};
use crate::language::is_language;
use crate::rule::{self, Rule};
use crate::time::Timestamp;
use crate::trail::Step;

/// Runs the rules of the type `kind`; an observable inside observed data is judged alike.
pub(super) fn rules<'v>(judge: &mut Judge<'v>, kind: &str, value: &'v Map<'_>) {
    match kind {
        "artifact" => artifact(judge, value),
        "directory" => character_set(judge, value, "path_enc"),
        "domain-name" => domain_name(judge, value),
        "email-addr" => email_address(judge, value),
        "email-message" => email_message(judge, value),
        "file" => file(judge, value),
        "mac-addr" => mac_address(judge, value),
        "network-traffic" => network_traffic(judge, value),
        "process" => process(judge, value),
        "software" => software(judge, value),
        "url" => url_value(judge, value),
        "windows-registry-key" => registry_key(judge, value),
        _ => {}
    }
}

/// The content of an extension by its key.
fn extension<'v>(value: &'v Map<'_>, key: &str) -> Option<&'v Map<'v>> {
    value.get("extensions")?.as_object()?.get(key)?.as_object()
}

fn artifact(judge: &mut Judge<'_>, value: &Map<'_>) {
    let has = |name| value.contains_key(name);
    if has("payload_bin") && has("url") {
        judge.report_in(&rule::DEPENDENCY, "6.1.1", "`payload_bin` and `url` exclude each other");
    }
    if has("url") && !has("hashes") {
        judge.report_in(&rule::DEPENDENCY, "6.1.1", "`url` needs `hashes`");
    }
    if has("decryption_key") && !has("encryption_algorithm") {
        judge.report_in(&rule::DEPENDENCY, "6.1.1", "`decryption_key` needs `encryption_algorithm`");
    }
}

/// Judges `value` unless the content is defanged, which changes its form on purpose.
fn of_value<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>, run: impl FnOnce(&mut Judge<'v>, &'v str)) {
    let defanged = value.get("defanged").and_then(Value::as_bool) == Some(true);
    if let Some(found) = text(value, "value").filter(|_| !defanged) {
        judge.inside(Step::Key("value"), |judge| run(judge, found));
    }
}

fn domain_name<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    of_value(judge, value, |judge, name| match form::domain_name(name) {
        Err(why) => judge.report(&rule::DOMAIN_NAME, why),
        Ok(Some(odd)) => judge.report(&rule::DOMAIN_NAME_FORM, odd),
        Ok(None) => {}
    });
}

fn email_address<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    of_value(judge, value, |judge, address| {
        if address.contains(['<', '>']) {
            let message = "the address stands without the name of its owner; use `display_name`";
            judge.report(&rule::EMAIL_DISPLAY_NAME, message);
        } else if !form::is_email_address(address) {
            judge.report(&rule::EMAIL_ADDRESS, "an address has the form name@domain");
        }
    });
}

fn email_message<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    match value.get("is_multipart").and_then(Value::as_bool) {
        Some(true) if value.contains_key("body") => {
            judge.report_in(&rule::DEPENDENCY, "6.6.1", "a message of several parts has no `body`");
        }
        Some(false) if value.contains_key("body_multipart") => {
            judge.report_in(&rule::DEPENDENCY, "6.6.1", "a message of one part has no `body_multipart`");
        }
        _ => {}
    }
    for name in ["subject", "content_type", "message_id"] {
        if text(value, name).is_some_and(form::has_encoded_word) {
            judge.inside(Step::Key(name), encoded_word);
        }
    }
    if let Some(Value::Object(fields)) = value.get("additional_header_fields") {
        judge.inside(Step::Key("additional_header_fields"), |judge| {
            for (key, field) in fields.iter() {
                let list = field.as_array().unwrap_or(std::slice::from_ref(field));
                if list.iter().any(|item| item.as_str().is_some_and(form::has_encoded_word)) {
                    judge.inside(Step::Key(key), encoded_word);
                }
            }
        });
    }
    judge.inside(Step::Key("body_multipart"), |judge| {
        let parts = value.get("body_multipart").and_then(Value::as_array).unwrap_or_default();
        for (at, part) in parts.iter().enumerate() {
            let Value::Object(part) = part else { continue };
            judge.inside(Step::Index(at), |judge| mime_part(judge, part));
        }
    });
}

fn encoded_word(judge: &mut Judge<'_>) {
    judge.report(&rule::ENCODED_WORD, "decode the words of the form =?charset?q?text?= first");
}

fn mime_part(judge: &mut Judge<'_>, part: &Map<'_>) {
    let (body, raw) = (part.contains_key("body"), part.contains_key("body_raw_ref"));
    let is_text = text(part, "content_type").is_none_or(|kind| {
        kind.as_bytes().get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"text/"))
    });
    match (body, raw) {
        (false, false) => {
            let message = "at least one of `body` and `body_raw_ref` is required";
            judge.report_in(&rule::REQUIRED, "6.6.2", message);
        }
        (true, true) => judge.report(&rule::MIME_PART, "`body` and `body_raw_ref` stand for each other"),
        (true, false) if !is_text => {
            judge.report(&rule::MIME_PART, "`body` is for text; use `body_raw_ref`");
        }
        (false, true) if is_text && part.contains_key("content_type") => {
            judge.report(&rule::MIME_PART, "`body_raw_ref` is for what is no text; use `body`");
        }
        _ => {}
    }
}

fn character_set<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>, name: &'static str) {
    if text(value, name).is_some_and(|encoding| !charset::is_character_set(encoding)) {
        let message = "write the preferred name of the IANA registry of character sets, such as UTF-8";
        judge.inside(Step::Key(name), |judge| judge.report(&rule::CHARACTER_SET, message));
    }
}

fn file<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    character_set(judge, value, "name_enc");
    let tags = extension(value, "raster-image-ext").and_then(|image| image.get("exif_tags"));
    let keys = tags.and_then(Value::as_object).into_iter().flat_map(|tags| tags.keys());
    within(judge, &["extensions", "raster-image-ext", "exif_tags"], |judge| {
        for key in keys.filter(|key| !key.starts_with(|first: char| first.is_ascii_uppercase())) {
            let message = "keys are the names of EXIF tags in their own case, such as XResolution";
            judge.inside(Step::Key(key), |judge| judge.report(&rule::EXIF_TAG, message));
        }
    });
    let Some(binary) = extension(value, "windows-pebinary-ext") else { return };
    within(judge, &["extensions", "windows-pebinary-ext"], |judge| {
        if binary.contains_key("pe_type") && !form::has_pe_property(binary) {
            let message = "at least one property besides `pe_type` is required";
            judge.report_in(&rule::REQUIRED, "6.7.6", message);
        }
        let stamp = text(binary, "time_date_stamp").and_then(|text| Timestamp::parse(text).ok());
        if stamp.is_some_and(|stamp| stamp.digits() > 0) {
            judge.inside(Step::Key("time_date_stamp"), |judge| {
                judge.report(&rule::PE_TIME, "this time is precise to the second, without a fraction");
            });
        }
    });
}

fn mac_address<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    of_value(judge, value, |judge, address| {
        if !form::is_mac_address(address) {
            let message = "write six pairs of lower-case digits with colons, such as 00:00:5e:00:53:01";
            judge.report(&rule::MAC_ADDRESS, message);
        }
    });
}

fn network_traffic<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    if value.contains_key("end") {
        match value.get("is_active").and_then(Value::as_bool) {
            Some(true) => {
                judge.report_in(&rule::DEPENDENCY, "6.12.1", "traffic that has an `end` is not active");
            }
            None => {
                judge.report(&rule::TRAFFIC_ACTIVE, "say by `is_active` that traffic with an `end` is over")
            }
            Some(false) => {}
        }
    }
    if !(value.contains_key("src_port") && value.contains_key("dst_port")) {
        judge.report(&rule::PORTS, "`src_port` and `dst_port` should be there");
    }
    socket_options(judge, value);
    let Some(Value::Array(protocols)) = value.get("protocols") else { return };
    judge.inside(Step::Key("protocols"), |judge| {
        for (at, protocol) in protocols.iter().enumerate() {
            let Some(name) = protocol.as_str() else { continue };
            if !form::is_protocol(name) {
                judge.inside(Step::Index(at), |judge| {
                    judge.report(&rule::PROTOCOL, "write the name of the IANA registry in lower case");
                });
            }
        }
        for (key, protocol) in [("http-request-ext", "http"), ("icmp-ext", "icmp"), ("tcp-ext", "tcp")] {
            let listed = protocols.iter().filter_map(Value::as_str).any(|name| name.starts_with(protocol));
            if extension(value, key).is_some() && !listed {
                let message = format_args!("list the protocol {protocol:?} of the extension {key}");
                judge.report(&rule::PROTOCOL, message);
            }
        }
    });
}

/// The keys of socket options are names such as `SO_KEEPALIVE`.
fn socket_options<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    let options = extension(value, "socket-ext").and_then(|socket| socket.get("options"));
    let keys = options.and_then(Value::as_object).into_iter().flat_map(|options| options.keys());
    within(judge, &["extensions", "socket-ext", "options"], |judge| {
        for key in keys.filter(|key| !form::is_socket_option(key)) {
            let message = "write the name of the option with its family, such as SO_KEEPALIVE";
            judge.inside(Step::Key(key), |judge| judge.report(&rule::SOCKET_OPTION, message));
        }
    });
}

fn process<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    let Some(content) = extension(value, "windows-process-ext") else { return };
    within(judge, &["extensions", "windows-process-ext"], |judge| {
        if text(content, "priority").is_some_and(|priority| !priority.ends_with("_CLASS")) {
            judge.inside(Step::Key("priority"), |judge| {
                judge.report(&rule::PRIORITY, "priority classes end in _CLASS");
            });
        }
        let Some(Value::Object(info)) = content.get("startup_info") else { return };
        judge.inside(Step::Key("startup_info"), |judge| {
            for key in info.keys().filter(|key| !form::STARTUP_INFO.contains(key)) {
                let message = "keys are the members of STARTUPINFO as Windows spells them, such as lpDesktop";
                judge.inside(Step::Key(key), |judge| judge.report(&rule::STARTUP_INFO, message));
            }
        });
    });
}

/// Runs `run` below these keys.
fn within<'v>(judge: &mut Judge<'v>, keys: &[&'v str], run: impl FnOnce(&mut Judge<'v>)) {
    judge.trail.extend(keys.iter().map(|key| Step::Key(key)));
    run(judge);
    judge.trail.truncate(judge.trail.len().saturating_sub(keys.len()));
}

fn software<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    if text(value, "cpe").is_some_and(|cpe| !form::is_cpe(cpe)) {
        let message = "write a name of CPE 2.3: cpe:2.3: and eleven parts with colons between them";
        judge.inside(Step::Key("cpe"), |judge| judge.report(&rule::CPE, message));
    }
    let languages = value.get("languages").and_then(Value::as_array).unwrap_or_default();
    judge.inside(Step::Key("languages"), |judge| {
        for (at, language) in languages.iter().enumerate() {
            if language.as_str().is_some_and(|language| !is_language(language)) {
                judge.inside(Step::Index(at), |judge| {
                    judge.report_in(&rule::LANGUAGE, "6.14.1", "write a tag of RFC 5646 such as en");
                });
            }
        }
    });
}

fn url_value<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    of_value(judge, value, |judge, found| {
        if let Err(why) = url::judged(found) {
            judge.report(&rule::URL, why);
        }
    });
}

fn registry_key<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    let hive = text(value, "key").and_then(|key| key.split(['\\', '/']).next());
    let expanded = hive.and_then(|hive| match hive.to_ascii_uppercase().as_str() {
        "HKLM" => Some("HKEY_LOCAL_MACHINE"),
        "HKCC" => Some("HKEY_CURRENT_CONFIG"),
        "HKCR" => Some("HKEY_CLASSES_ROOT"),
        "HKCU" => Some("HKEY_CURRENT_USER"),
        "HKU" => Some("HKEY_USERS"),
        _ => None,
    });
    if let (Some(hive), Some(expanded)) = (hive, expanded) {
        let rule: &Rule = &rule::REGISTRY_HIVE;
        judge.inside(Step::Key("key"), |judge| {
            judge.report(rule, format_args!("write {expanded} in place of {}", cut(hive)));
        });
    }
}
