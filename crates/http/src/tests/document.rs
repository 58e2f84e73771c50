//! The OpenAPI document in `docs/` is the one that the code makes.

use std::path::Path;

use serde_json::Value;

#[test]
#[expect(clippy::disallowed_methods, reason = "UPDATE=1 asks this test to rewrite the file")]
fn the_openapi_file_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let made = crate::document().unwrap();
    if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "docs/openapi.json is stale: run `UPDATE=1 cargo test -p comity-http openapi`");
}

/// Routes with a method that anybody may call.
const OPEN: [&str; 7] = [
    "/",
    "/assets/{file}",
    "/healthz",
    "/api/v1/join",
    "/api/v1/visit",
    "/api/v1/visit/link/look",
    "/api/v1/visit/link",
];

#[test]
fn the_openapi_document_is_3_1_and_every_operation_has_a_success_and_a_summary() {
    let document: Value = serde_json::from_str(&crate::document().unwrap()).unwrap();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
            assert!(operation["summary"].is_string(), "{method} {path}");
            let is_open = operation["security"] == serde_json::json!([{}])
                && !responses.contains_key("401")
                && OPEN.contains(&path.as_str());
            assert_eq!(responses.contains_key("401"), !is_open, "{method} {path}");
        }
    }
}
