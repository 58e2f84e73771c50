//! Rules that tie properties of one domain or relationship object together (STIX 2.1 clauses 4 and 5).

mod container;
mod country;

use super::{Judge, cut};
use crate::id::kind_in;
use crate::json::{Map, Value};
use crate::object::Class;
use crate::rule;
use crate::schema::matrix;
use crate::time::Timestamp;
use crate::trail::Step;

/// Runs the rules of the type `kind`.
pub(super) fn rules<'v>(judge: &mut Judge<'v>, kind: &str, value: &'v Map<'_>) {
    match kind {
        "indicator" => indicator(judge, value),
        "location" => location(judge, value),
        "malware" => malware(judge, value),
        "malware-analysis" => malware_analysis(judge, value),
        "observed-data" => observed_data(judge, value),
        "relationship" => relationship(judge, value),
        _ => {}
    }
}

pub(super) fn text<'m>(value: &'m Map<'_>, name: &str) -> Option<&'m str> {
    value.get(name).and_then(Value::as_str)
}

fn time(value: &Map<'_>, name: &str) -> Option<Timestamp> {
    text(value, name).and_then(|text| Timestamp::parse(text).ok())
}

fn indicator(judge: &mut Judge<'_>, value: &Map<'_>) {
    let missing: Vec<_> = ["`name`", "`description`"]
        .into_iter()
        .filter(|name| !value.contains_key(name.trim_matches('`')))
        .collect();
    if !missing.is_empty() {
        let message = format_args!("add {}: others must understand what it finds", missing.join(" and "));
        judge.report(&rule::INDICATOR_DESCRIPTION, message);
    }
}

fn location<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    let has = |name| value.contains_key(name);
    if has("latitude") != has("longitude") {
        judge.report_in(&rule::DEPENDENCY, "4.10.1", "`latitude` and `longitude` need each other");
    }
    if has("precision") && !(has("latitude") && has("longitude")) {
        judge.report_in(&rule::DEPENDENCY, "4.10.1", "`precision` needs `latitude` and `longitude`");
    }
    if has("latitude") && !has("precision") {
        let message = "say by `precision` how exact the coordinates are";
        judge.report(&rule::LOCATION_PRECISION, message);
    }
    if text(value, "country").is_some_and(|code| !country::is_country(code)) {
        let message = "write the two letters of ISO 3166-1 in upper case, such as CH";
        judge.inside(Step::Key("country"), |judge| judge.report(&rule::COUNTRY, message));
    }
    if text(value, "administrative_area").is_some_and(|code| !country::is_subdivision(code)) {
        let message = "write a code of ISO 3166-2, such as CH-BE";
        judge.inside(Step::Key("administrative_area"), |judge| {
            judge.report(&rule::ADMINISTRATIVE_AREA, message);
        });
    }
}

fn malware(judge: &mut Judge<'_>, value: &Map<'_>) {
    if value.get("is_family").and_then(Value::as_bool) == Some(true) && !value.contains_key("name") {
        judge.report_in(&rule::DEPENDENCY, "4.11.1", "a malware family needs a `name`");
    }
}

fn malware_analysis<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    let odd = |letter: char| letter.is_uppercase() || letter.is_whitespace() || letter == '_';
    if text(value, "product").is_some_and(|product| product.chars().any(odd)) {
        let message = "names of products should be lower case with hyphens between words";
        judge.inside(Step::Key("product"), |judge| judge.report(&rule::PRODUCT_FORM, message));
    }
    if let (Some(started), Some(ended)) = (time(value, "analysis_started"), time(value, "analysis_ended"))
        && ended < started
    {
        judge.inside(Step::Key("analysis_ended"), |judge| {
            judge.report(&rule::ANALYSIS_ORDER, "`analysis_ended` is earlier than `analysis_started`");
        });
    }
}

/// Observed data holds either references, one at least to an observable, or the deprecated container (clause 4.14).
fn observed_data<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    if value.contains_key("objects") && value.contains_key("object_refs") {
        judge.report_in(&rule::DEPENDENCY, "4.14.1", "`objects` and `object_refs` exclude each other");
    }
    if let Some(Value::Array(list)) = value.get("object_refs") {
        let registry = judge.registry;
        let observable = |item: &Value<'_>| {
            let kind = item.as_str().and_then(|text| text.split_once("--")).map(|(kind, _)| kind);
            kind.is_none_or(|kind| matches!(registry.class(kind), Class::Sco | Class::Custom))
        };
        if !list.is_empty() && !list.iter().any(observable) {
            let message = "at least one of the references must name an observable";
            judge.inside(Step::Key("object_refs"), |judge| {
                judge.report(&rule::OBSERVED_OBSERVABLE, message);
            });
        }
    }
    if let Some(Value::Object(objects)) = value.get("objects") {
        judge.inside(Step::Key("objects"), |judge| container::container(judge, objects));
    }
}

fn relationship<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    let Some(name) = text(value, "relationship_type") else { return };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || !name.bytes().all(plain) {
        let message = "a type of relationship has only a-z, 0-9 and hyphens";
        return judge.inside(Step::Key("relationship_type"), |judge| {
            judge.report(&rule::RELATIONSHIP_TYPE, message);
        });
    }
    if !judge.wants(&rule::RELATIONSHIP_UNDEFINED) {
        return;
    }
    let kind = |end: &str| text(value, end).and_then(|text| kind_in(text).ok());
    let (Some(source), Some(target)) = (kind("source_ref"), kind("target_ref")) else { return };
    let of_standard = |kind: &str| matches!(Class::of(kind), Class::Sdo | Class::Sco);
    if !of_standard(source) || !of_standard(target) || matrix::is_defined(source, name, target) {
        return;
    }
    let defined: Vec<_> = matrix::between(source, target).collect();
    let instead = if defined.is_empty() { "related-to".to_owned() } else { defined.join(", ") };
    let message = format_args!(
        "the standard does not define {:?} from {source} to {target}; it defines {instead}",
        cut(name)
    );
    judge.inside(Step::Key("relationship_type"), |judge| {
        judge.report(&rule::RELATIONSHIP_UNDEFINED, message);
    });
}
