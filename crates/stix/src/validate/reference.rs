//! External references and kill chains (STIX 2.1 clauses 2.5 and 2.11).

use super::{Judge, cut};
use crate::json::{Map, Value};
use crate::object::Object;
use crate::rule;
use crate::trail::Step;

/// Judges both lists of an object; their shapes are judged elsewhere.
pub(super) fn references<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>) {
    each(judge, object.value(), "external_references", |judge, entry| {
        external(judge, object.kind(), entry);
    });
    each(judge, object.value(), "kill_chain_phases", |judge, entry| {
        for name in ["kill_chain_name", "phase_name"] {
            if entry.get(name).and_then(Value::as_str).is_some_and(|text| !is_plain(text)) {
                judge.inside(Step::Key(name), |judge| {
                    judge.report(&rule::KILL_CHAIN_FORM, "write it in lower case with hyphens between words");
                });
            }
        }
    });
}

fn each<'v>(
    judge: &mut Judge<'v>,
    value: &'v Map<'_>,
    name: &'static str,
    check: impl Fn(&mut Judge<'v>, &'v Map<'v>),
) {
    let listed = value.get(name).and_then(Value::as_array).unwrap_or_default();
    if listed.is_empty() {
        return;
    }
    judge.inside(Step::Key(name), |judge| {
        for (at, item) in listed.iter().enumerate() {
            if let Value::Object(entry) = item {
                judge.inside(Step::Index(at), |judge| check(judge, entry));
            }
        }
    });
}

fn external<'v>(judge: &mut Judge<'v>, kind: &str, entry: &'v Map<'_>) {
    if !["description", "url", "external_id"].iter().any(|name| entry.contains_key(name)) {
        let message = "at least one of `description`, `url` and `external_id` is required";
        judge.report(&rule::EXTERNAL_REFERENCE, message);
    }
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    if text("url").is_some_and(|url| !is_url(url)) {
        judge.inside(Step::Key("url"), |judge| {
            judge.report(&rule::EXTERNAL_REFERENCE_URL, "this is no URL: it has no scheme such as https:");
        });
    }
    let Some(source) = text("source_name") else { return };
    let (catalogue, clause, well_formed): (_, _, fn(&str) -> bool) = match kind {
        "vulnerability" => ("cve", "4.19.1", is_cve),
        "attack-pattern" => ("capec", "4.1.1", is_capec),
        _ => return,
    };
    if !source.eq_ignore_ascii_case(catalogue) {
        return;
    }
    if source != catalogue {
        let message = format_args!("write {catalogue:?} in lower case");
        judge.inside(Step::Key("source_name"), |judge| {
            judge.report_in(&rule::EXTERNAL_REFERENCE_ID, clause, message);
        });
    }
    if !entry.contains_key("external_id") {
        let message = format_args!("an entry of {catalogue:?} needs its identifier as `external_id`");
        judge.report_in(&rule::EXTERNAL_REFERENCE_ID, clause, message);
    }
    if let Some(id) = text("external_id").filter(|id| !well_formed(id)) {
        let form = if catalogue == "cve" { "CVE-2016-1234" } else { "CAPEC-550" };
        let message = format_args!("{:?} has not the form of {form}", cut(id));
        judge.inside(Step::Key("external_id"), |judge| {
            judge.report_in(&rule::EXTERNAL_REFERENCE_ID, clause, message);
        });
    }
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(|character| character.is_uppercase() || character == ' ' || character == '_')
}

/// A scheme of RFC 3986, a colon and something after it, without blanks and control characters.
pub(super) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        && !rest.is_empty()
        && !text.chars().any(|character| character.is_whitespace() || character.is_control())
}

fn is_cve(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix("CVE-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(year, number)| year.len() == 4 && digits(year) && number.len() >= 4 && digits(number))
}

fn is_capec(text: &str) -> bool {
    text.strip_prefix("CAPEC-")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
