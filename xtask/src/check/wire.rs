//! Only `http` knows media types and status codes. The names of wire fields are not checked.

use super::Fault;
use super::house::House;

const MEDIA_TYPES: [&str; 4] =
    ["application/taxii", "application/stix", "application/problem", "application/json"];

/// Checks the sources of every crate but `http`.
pub fn check(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for product in house.products().iter().filter(|product| product.room != "http") {
        let mut tell = |line, what: &str| {
            let what = format!("{what} belongs to http");
            faults.push(Fault { check: "wire", path: product.path.clone(), line, what });
        };
        for seen in &product.source.texts {
            if MEDIA_TYPES.iter().any(|media| seen.text.contains(media)) {
                tell(seen.line, "a media type");
            }
        }
        for seen in &product.source.paths {
            if seen.text.split("::").any(|name| name == "StatusCode") {
                tell(seen.line, "a status code");
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_outside_http_is_a_fault() {
        for text in [
            "const M: &str = \"application/taxii+json;version=2.1\";",
            "const M: &[u8] = b\"application/problem+json\";",
            "fn f() { StatusCode::NOT_FOUND; }",
            "use axum::http::StatusCode as Code;",
        ] {
            assert_eq!(check(&House::of("", &[("crates/app/src/a.rs", text)])).len(), 1, "{text}");
            assert_eq!(check(&House::of("", &[("crates/http/src/a.rs", text)])).len(), 0, "{text}");
        }
    }
}
