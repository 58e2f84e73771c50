//! Rules that tie properties of one object together.

use super::Judge;
use crate::json::{Map, Value};
use crate::object::{Class, Object};
use crate::rule;
use crate::schema;
use crate::time::Timestamp;
use crate::trail::Step;

/// Earlier property, later property, whether they may be equal, clause.
const ORDERS: &[(&str, &str, bool, &str)] = &[
    ("first_seen", "last_seen", true, "4.2"),
    ("first_observed", "last_observed", true, "4.14"),
    ("valid_from", "valid_until", false, "4.7"),
    ("start_time", "stop_time", false, "5.1"),
    ("start", "end", true, "6.12"),
];

/// Runs every rule that applies to the object.
pub(super) fn relations<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>) {
    if schema::kind_of(object.kind()).is_some() {
        orders(judge, object.value());
    }
    by_kind(judge, object.kind(), object.value());
    if object.kind() == "observed-data" {
        container(judge, object.value());
    }
}

fn by_kind<'v>(judge: &mut Judge<'v>, kind: &str, value: &'v Map<'_>) {
    match kind {
        "location" => location(judge, value),
        "malware" => malware(judge, value),
        "artifact" => artifact(judge, value),
        "email-message" => email_message(judge, value),
        "network-traffic" => network_traffic(judge, value),
        "windows-registry-key" => registry_values(judge, value),
        _ => {}
    }
}

fn orders<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    let time =
        |name: &str| value.get(name).and_then(Value::as_str).and_then(|text| Timestamp::parse(text).ok());
    for (earlier, later, equal, clause) in ORDERS {
        let (Some(first), Some(last)) = (time(earlier), time(later)) else { continue };
        if last < first || (last == first && !equal) {
            judge.inside(Step::Key(later), |judge| {
                let relation = if *equal { "earlier than" } else { "not later than" };
                judge.report_in(
                    &rule::TIME_ORDER,
                    clause,
                    format_args!("`{later}` is {relation} `{earlier}`"),
                );
            });
        }
    }
}

fn location(judge: &mut Judge<'_>, value: &Map<'_>) {
    let has = |name| value.contains_key(name);
    if has("latitude") != has("longitude") {
        judge.report_in(&rule::DEPENDENCY, "4.10", "`latitude` and `longitude` need each other");
    }
    if has("precision") && !(has("latitude") && has("longitude")) {
        judge.report_in(&rule::DEPENDENCY, "4.10", "`precision` needs `latitude` and `longitude`");
    }
}

fn malware(judge: &mut Judge<'_>, value: &Map<'_>) {
    if value.get("is_family").and_then(Value::as_bool) == Some(true) && !value.contains_key("name") {
        judge.report_in(&rule::DEPENDENCY, "4.11", "a malware family needs a `name`");
    }
}

fn artifact(judge: &mut Judge<'_>, value: &Map<'_>) {
    let has = |name| value.contains_key(name);
    if has("payload_bin") && has("url") {
        judge.report_in(&rule::DEPENDENCY, "6.1", "`payload_bin` and `url` exclude each other");
    }
    if has("url") && !has("hashes") {
        judge.report_in(&rule::DEPENDENCY, "6.1", "`url` needs `hashes`");
    }
    if has("decryption_key") && !has("encryption_algorithm") {
        judge.report_in(&rule::DEPENDENCY, "6.1", "`decryption_key` needs `encryption_algorithm`");
    }
}

fn email_message<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    match value.get("is_multipart").and_then(Value::as_bool) {
        Some(true) if value.contains_key("body") => {
            judge.report_in(&rule::DEPENDENCY, "6.6", "a message of several parts has no `body`");
        }
        Some(false) if value.contains_key("body_multipart") => {
            judge.report_in(&rule::DEPENDENCY, "6.6", "a message of one part has no `body_multipart`");
        }
        _ => {}
    }
    entries(judge, value, "body_multipart", &["body", "body_raw_ref"], "6.6.2");
}

fn registry_values<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    entries(judge, value, "values", &["name", "data", "data_type"], "6.17.2");
}

/// Every dictionary of the list `name` needs one of these keys.
fn entries<'v>(
    judge: &mut Judge<'v>,
    value: &'v Map<'_>,
    name: &'static str,
    needed: &[&str],
    clause: &'static str,
) {
    let listed = value.get(name).and_then(Value::as_array).unwrap_or_default();
    for (at, item) in listed.iter().enumerate() {
        let Value::Object(entry) = item else { continue };
        if !needed.iter().any(|key| entry.contains_key(key)) {
            judge.trail.push(Step::Key(name));
            judge.inside(Step::Index(at), |judge| {
                judge.report_in(
                    &rule::REQUIRED,
                    clause,
                    format_args!("at least one of {} is required", needed.join(", ")),
                );
            });
            judge.trail.pop();
        }
    }
}

fn network_traffic(judge: &mut Judge<'_>, value: &Map<'_>) {
    if value.get("is_active").and_then(Value::as_bool) == Some(true) && value.contains_key("end") {
        judge.report_in(&rule::DEPENDENCY, "6.12", "traffic that has an `end` is not active");
    }
}

/// Observed data holds either references or the deprecated container of observables (clauses 2.13 and 4.14), whose
/// entries need no identifier and name each other by their keys.
fn container<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    let Some(content) = value.get("objects") else { return };
    if value.contains_key("object_refs") {
        judge.report_in(&rule::DEPENDENCY, "4.14", "`objects` and `object_refs` exclude each other");
    }
    let Value::Object(content) = content else { return };
    judge.trail.push(Step::Key("objects"));
    judge.contained = true;
    for (key, entry) in content.iter() {
        judge.inside(Step::Key(key), |judge| match entry {
            Value::Object(entry) => observable(judge, entry),
            _ => judge.report_in(&rule::DICTIONARY, "2.13", "an observable must be a dictionary"),
        });
    }
    judge.contained = false;
    judge.trail.pop();
}

fn observable<'v>(judge: &mut Judge<'v>, entry: &'v Map<'_>) {
    let Some(name) = entry.get("type").and_then(Value::as_str) else {
        return judge.report_in(&rule::TYPE, "2.13", "an observable needs a `type`");
    };
    let Some(kind) = schema::kind_of(name) else { return };
    if Class::of(name) != Class::Sco {
        return judge.report_in(&rule::TYPE, "2.13", "only cyber-observable objects may stand here");
    }
    judge.record(entry, kind.properties);
    if !kind.one_of.is_empty() && !kind.one_of.iter().any(|key| entry.contains_key(key)) {
        judge.report_in(
            &rule::REQUIRED,
            kind.clause,
            format_args!("at least one of {} is required", kind.one_of.join(", ")),
        );
    }
    by_kind(judge, name, entry);
    let Some(Value::Object(extensions)) = entry.get("extensions") else { return };
    judge.trail.push(Step::Key("extensions"));
    for (key, extension) in extensions.iter() {
        judge.inside(Step::Key(key), |judge| super::base::extension(judge, name, Class::Sco, key, extension));
    }
    judge.trail.pop();
}
