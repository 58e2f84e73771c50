//! The filter and paging fields of TAXII 2.1 (§3.4, §3.5, §5.4 to §5.8) as a query of the app. A field that a resource
//! does not define is ignored; one that it defines must be well formed, or the answer is 400.

use crate::app::limits::NetworkLimits;
use crate::app::model::Micros;
use crate::app::serve::{Query, Versions};
use crate::query::{Parameters, Unreadable};
use crate::refusal::Refusal;
use crate::taxii::time;

/// The longest `next` that the node could have made.
const LONGEST_NEXT_BYTES: usize = 1024;

/// The resources that take a query; each defines its own fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Resource {
    /// Objects and manifest: every field.
    Many,
    /// One object: all but `match[id]` and `match[type]`.
    Object,
    /// The versions of an object: paging and `match[spec_version]`.
    Versions,
    /// Deletion: `match[version]` and `match[spec_version]`.
    Deletion,
}

/// Reads the fields that a resource defines.
pub(crate) fn read(resource: Resource, raw: Option<&str>, bounds: &NetworkLimits) -> Result<Query, Refusal> {
    let parameters = Parameters::read(raw)?;
    let mut query = Query::default();
    if resource != Resource::Deletion {
        query.added_after =
            parameters.one("added_after")?.map(|text| instant("added_after", text)).transpose()?;
        query.limit = parameters.one("limit")?.map(|text| limit(text, bounds.page_objects)).transpose()?;
        query.next = parameters.one("next")?.map(next).transpose()?;
    }
    let most = bounds.matches;
    if resource == Resource::Many {
        query.ids = list(&parameters, "match[id]", most, is_id)?;
        query.types = list(&parameters, "match[type]", most, is_type)?;
    }
    if resource != Resource::Versions {
        query.versions = versions(&list(&parameters, "match[version]", most, is_version)?)?;
    }
    query.spec_versions = list(&parameters, "match[spec_version]", most, is_spec_version)?;
    Ok(query)
}

fn fault(text: impl Into<String>) -> Unreadable {
    Unreadable(text.into())
}

fn instant(field: &str, text: &str) -> Result<Micros, Unreadable> {
    time::parse(text)
        .ok_or_else(|| fault(format!("{field} is no timestamp; write 2026-01-31T09:00:00.000000Z")))
}

/// A page size of at least 1; one above `most` is lowered (TAXII 2.1 §3.5).
fn limit(text: &str, most: usize) -> Result<usize, Unreadable> {
    let wrong = || fault("limit is no number of 1 or more");
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    match text.parse().unwrap_or(usize::MAX) {
        0 => Err(wrong()),
        number => Ok(number.min(most)),
    }
}

fn next(text: &str) -> Result<String, Unreadable> {
    if text.len() > LONGEST_NEXT_BYTES {
        return Err(fault("next is not one that this node made"));
    }
    Ok(text.to_owned())
}

/// The values of a comma list, at most `most`, each of the right form.
fn list(
    parameters: &Parameters,
    field: &str,
    most: usize,
    fits: fn(&str) -> bool,
) -> Result<Vec<String>, Unreadable> {
    let Some(text) = parameters.one(field)? else { return Ok(Vec::new()) };
    let values: Vec<String> = text.split(',').map(str::to_owned).collect();
    if values.len() > most {
        return Err(fault(format!("{field} has more than {most} values; ask in several requests")));
    }
    match values.iter().position(|value| !fits(value)) {
        Some(index) => Err(fault(format!("value {} of {field} is malformed", index + 1))),
        None => Ok(values),
    }
}

fn is_type(text: &str) -> bool {
    (1..=250).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_id(text: &str) -> bool {
    text.split_once("--").is_some_and(|(kind, uuid)| {
        is_type(kind) && uuid.len() == 36 && uuid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    })
}

fn is_version(text: &str) -> bool {
    matches!(text, "first" | "last" | "all") || time::parse(text).is_some()
}

fn is_spec_version(text: &str) -> bool {
    let number = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(major, minor)| number(major) && number(minor))
}

/// The versions that are asked for; `all` stands alone (TAXII 2.1 §3.4.1).
fn versions(values: &[String]) -> Result<Versions, Unreadable> {
    if values.is_empty() {
        return Ok(Versions::Last);
    }
    if values.iter().any(|value| value == "all") {
        return match values.len() {
            1 => Ok(Versions::All),
            _ => Err(fault("match[version] holds all beside other values; all stands alone")),
        };
    }
    Ok(Versions::Some {
        last: values.iter().any(|value| value == "last"),
        first: values.iter().any(|value| value == "first"),
        at: values.iter().filter_map(|value| time::parse(value)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use crate::app::Limits;

    use super::*;

    fn many(raw: &str) -> Result<Query, String> {
        read(Resource::Many, Some(raw), &Limits::default().network).map_err(|refusal| refusal.detail)
    }

    #[test]
    fn a_limit_above_the_largest_is_lowered_and_one_below_1_is_refused() {
        assert_eq!(many("limit=7").unwrap().limit, Some(7));
        assert_eq!(many("limit=100000").unwrap().limit, Some(1000));
        assert_eq!(many("limit=99999999999999999999999999").unwrap().limit, Some(1000));
        for raw in ["limit=0", "limit=-1", "limit=1.5", "limit=ten", "limit=%2B5", "limit=+5"] {
            assert!(many(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn versions_combine_but_all_stands_alone() {
        assert_eq!(many("").unwrap().versions, Versions::Last);
        assert_eq!(many("match[version]=all").unwrap().versions, Versions::All);
        let at = vec!["2026-01-01T00:00:00Z".parse().unwrap()];
        let both = many("match[version]=first,2026-01-01T00:00:00.000Z").unwrap().versions;
        assert_eq!(both, Versions::Some { last: false, first: true, at });
        for raw in
            ["match[version]=all,last", "match[version]=newest", "match[version]=first,", "match[version]=,"]
        {
            assert!(many(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn values_are_checked_and_counted_but_never_repeated() {
        let id = "indicator--5c6a0a4f-9b5e-4a6e-8f0c-3c8a0b0a6d11";
        assert_eq!(many(&format!("match[id]={id},{id}")).unwrap().ids.len(), 2);
        let told = many(&format!("match[id]={id},indicator--SECRET")).unwrap_err();
        assert!(told.contains("value 2 of match[id]") && !told.contains("SECRET"), "{told}");
        assert!(
            many(&format!("match[type]={}", vec!["note"; 101].join(",")))
                .unwrap_err()
                .contains("more than 100")
        );
        assert!(many("match[type]=Indicator").is_err());
        assert!(many("match[spec_version]=two").is_err());
        assert_eq!(many("match[spec_version]=2.0,2.1").unwrap().spec_versions, ["2.0", "2.1"]);
    }

    #[test]
    fn next_and_added_after_may_come_together() {
        let query = many("added_after=2026-01-01T00:00:00Z&next=abc").unwrap();
        assert_eq!((query.added_after.is_some(), query.next.as_deref()), (true, Some("abc")));
    }

    #[test]
    fn a_field_that_a_resource_does_not_define_is_ignored() {
        let bounds = Limits::default().network;
        let query =
            read(Resource::Deletion, Some("limit=0&match[id]=x&match[version]=all"), &bounds).unwrap();
        assert_eq!(query, Query { versions: Versions::All, ..Query::default() });
        assert!(read(Resource::Versions, Some("match[version]=nonsense"), &bounds).is_ok());
        assert!(read(Resource::Object, Some("match[type]=NONSENSE"), &bounds).is_ok());
    }
}
