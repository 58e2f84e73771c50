//! Media types and content negotiation: what a request's `Accept`, `Content-Type`, `Accept-Encoding` and
//! `Content-Encoding` ask for (RFC 9110 §8.3, §12.5; TAXII 2.1 §1.6.8). It reads headers only, never a body.

use axum::http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The media type of every TAXII 2.1 body (TAXII 2.1 §1.6.8.1), errors included.
pub(crate) const TAXII: HeaderValue = HeaderValue::from_static("application/taxii+json;version=2.1");
/// The same as text, for the API root's `versions` list.
pub(crate) const TAXII_TEXT: &str = "application/taxii+json;version=2.1";
/// What collections hold, for their `media_types` list (STIX 2.1 §1.7).
pub(crate) const STIX_TEXT: &str = "application/stix+json;version=2.1";
/// The media type of error bodies outside TAXII (RFC 9457).
pub(crate) const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
/// Plain JSON of the REST interface.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Documents that people take away: PDF, HTML, CSV (RFC 7303, RFC 4180).
pub(crate) const PDF: HeaderValue = HeaderValue::from_static("application/pdf");
pub(crate) const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
pub(crate) const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");
/// Checkpoints, proofs and the health answer.
pub(crate) const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// Bytes of which nothing is said: a browser saves them.
pub(crate) const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// The Prometheus text exposition format.
pub(crate) const METRICS: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// The media type of a file of the screens by the end of its name, and whether packing makes it smaller.
pub(crate) fn of_screen(name: &str) -> (HeaderValue, bool) {
    let (media, worth_packing) = match name.rsplit_once('.').map_or("html", |(_, end)| end) {
        "html" => ("text/html; charset=utf-8", true),
        "js" => ("text/javascript; charset=utf-8", true),
        "css" => ("text/css; charset=utf-8", true),
        "svg" => ("image/svg+xml", true),
        "json" => ("application/json", true),
        "woff2" => ("font/woff2", false),
        _ => ("application/octet-stream", false),
    };
    (HeaderValue::from_static(media), worth_packing)
}

/// Whether a body of this type is packed already.
pub(crate) fn is_packed(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"font/") || *value == PDF)
}

/// The media type of a STIX object of one specification version.
pub(crate) fn stix(spec_version: &str) -> String {
    format!("application/stix+json;version={spec_version}")
}

/// How a request body is packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Packing {
    /// As it is.
    Identity,
    /// gzip, once.
    Gzip,
}

/// Whether the request takes a TAXII 2.1 answer: no `Accept` at all, an empty one, or a list whose most specific
/// matching range has a weight above zero. A range without `version` matches every version.
pub(crate) fn takes_taxii(headers: &HeaderMap) -> bool {
    let ranges = listed(headers, &ACCEPT);
    if ranges.is_empty() {
        return true;
    }
    ranges
        .iter()
        .filter_map(|range| Some((specificity(range)?, range.weight)))
        .max_by_key(|(specificity, weight)| (*specificity, *weight))
        .is_some_and(|(_, weight)| weight > 0)
}

/// Whether the body is announced as TAXII 2.1 JSON: the type with version 2.1 or with none.
pub(crate) fn is_taxii_body(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let Some(range) = value.to_str().ok().and_then(parse) else { return false };
    range.name == "application/taxii+json" && range.version.is_none_or(|version| version == "2.1")
}

/// Whether the body is announced as plain JSON.
pub(crate) fn is_json_body(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    value.to_str().ok().and_then(parse).is_some_and(|range| range.name == "application/json")
}

/// How the body is packed; nothing when the packing is one that the node does not read.
pub(crate) fn packing(headers: &HeaderMap) -> Option<Packing> {
    let mut found = Packing::Identity;
    for range in listed(headers, &CONTENT_ENCODING) {
        match (range.name.as_str(), found) {
            ("identity", _) => {}
            ("gzip" | "x-gzip", Packing::Identity) => found = Packing::Gzip,
            _ => return None,
        }
    }
    Some(found)
}

/// Whether the answer may be packed with gzip: asked for by name, or by `*` when gzip is not named.
pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    let ranges = listed(headers, &ACCEPT_ENCODING);
    let named = ranges.iter().find(|range| matches!(range.name.as_str(), "gzip" | "x-gzip"));
    named.or_else(|| ranges.iter().find(|range| range.name == "*")).is_some_and(|range| range.weight > 0)
}

/// One member of a comma list: name in lower case, `version` parameter, weight in thousandths.
struct Range {
    name: String,
    version: Option<String>,
    weight: u16,
}

fn listed(headers: &HeaderMap, name: &HeaderName) -> Vec<Range> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(parse)
        .collect()
}

fn parse(member: &str) -> Option<Range> {
    let mut parts = member.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let mut range = Range { name, version: None, weight: 1000 };
    for part in parts {
        let Some((key, value)) = part.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        match key.trim().to_ascii_lowercase().as_str() {
            "version" => range.version = Some(value.to_owned()),
            "q" => range.weight = weight(value),
            _ => {}
        }
    }
    Some(range)
}

/// The weight in thousandths; one that cannot be read counts as zero.
fn weight(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.chars().chain("000".chars()).take(3).collect::<String>();
    match (whole, digits.parse::<u16>()) {
        ("1", Ok(0)) => 1000,
        ("0", Ok(thousandths)) if fraction.len() <= 3 => thousandths,
        _ => 0,
    }
}

/// How closely a range names the TAXII 2.1 type; nothing when it does not match at all.
fn specificity(range: &Range) -> Option<u8> {
    match (range.name.as_str(), range.version.as_deref()) {
        ("application/taxii+json", Some("2.1")) => Some(3),
        ("application/taxii+json", None) => Some(2),
        ("application/*", _) => Some(1),
        ("*/*" | "*", _) => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn accept_of_every_allowed_spelling_is_taken() {
        for text in [
            "application/taxii+json;version=2.1",
            "application/taxii+json; version=2.1",
            "application/taxii+json ; version=\"2.1\"",
            "Application/TAXII+json",
            "application/taxii+json",
            "*/*",
            "application/*",
            "",
            "text/html, application/taxii+json;q=0.1",
            "application/json;q=0.9, */*;q=0.001",
            "application/taxii+json;version=2.0, application/taxii+json;version=2.1;q=0.5",
        ] {
            assert!(takes_taxii(&with(ACCEPT, &[text])), "{text}");
        }
        assert!(takes_taxii(&HeaderMap::new()));
        assert!(takes_taxii(&with(ACCEPT, &["text/html", "*/*"])));
    }

    #[test]
    fn accept_of_anything_else_is_not() {
        for text in [
            "text/html",
            "application/json",
            "application/stix+json;version=2.1",
            "application/taxii+json;version=2.0",
            "application/taxii+json;version=99",
            "application/taxii+json;version=2.1;q=0, */*",
            "application/taxii+json;q=0",
        ] {
            assert!(!takes_taxii(&with(ACCEPT, &[text])), "{text}");
        }
    }

    #[test]
    fn content_type_needs_no_version_and_bears_a_blank() {
        for text in [
            "application/taxii+json",
            "application/taxii+json;version=2.1",
            "application/taxii+json; version=2.1",
            "application/taxii+json; charset=utf-8; version=2.1",
        ] {
            assert!(is_taxii_body(&with(CONTENT_TYPE, &[text])), "{text}");
        }
        for text in ["application/json", "application/taxii+json;version=2.0", "text/plain", "", "*/*"] {
            assert!(!is_taxii_body(&with(CONTENT_TYPE, &[text])), "{text}");
        }
        assert!(!is_taxii_body(&HeaderMap::new()));
        assert!(!is_taxii_body(&with(CONTENT_TYPE, &["application/taxii+json", "application/taxii+json"])));
    }

    #[test]
    fn only_one_layer_of_gzip_is_read() {
        assert_eq!(packing(&HeaderMap::new()), Some(Packing::Identity));
        assert_eq!(packing(&with(CONTENT_ENCODING, &["GZIP"])), Some(Packing::Gzip));
        assert_eq!(packing(&with(CONTENT_ENCODING, &["identity, gzip"])), Some(Packing::Gzip));
        assert_eq!(packing(&with(CONTENT_ENCODING, &["gzip, gzip"])), None);
        assert_eq!(packing(&with(CONTENT_ENCODING, &["br"])), None);
        assert_eq!(packing(&with(CONTENT_ENCODING, &["deflate"])), None);
    }

    #[test]
    fn gzip_is_sent_only_to_those_who_take_it() {
        assert!(takes_gzip(&with(ACCEPT_ENCODING, &["deflate, gzip;q=0.5"])));
        assert!(takes_gzip(&with(ACCEPT_ENCODING, &["*"])));
        assert!(!takes_gzip(&with(ACCEPT_ENCODING, &["gzip;q=0, *"])));
        assert!(!takes_gzip(&with(ACCEPT_ENCODING, &["br"])));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
