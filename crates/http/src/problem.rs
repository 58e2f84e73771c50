//! Problem details (RFC 9457) for everything outside TAXII.

use std::collections::BTreeMap;

use axum::http::HeaderValue;
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use crate::app::model::kind::Fault;
use crate::media;
use crate::refusal::Refusal;

/// The error body of the REST interface.
#[derive(Serialize, ToSchema)]
pub(crate) struct Problem<'a> {
    /// Always `about:blank`: the status says the kind.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The kind of the problem in a few words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What was wrong and what to do.
    detail: &'a str,
    /// Stable name of the refusal, where there is one: `sign-in`, `second-factor`, `enrol`, `role`, `step-up`,
    /// `foreign-page`, `two-callers` and others of single routes.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    /// Every fault of a record that was refused.
    #[serde(skip_serializing_if = "<[FaultLine]>::is_empty")]
    faults: &'a [FaultLine],
}

/// What every route answers that is for some keys alone, as the document describes it: no key, none for this, and
/// nothing there for it.
pub(crate) struct NotForAll;

impl IntoResponses for NotForAll {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problem = || ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let answer = |status: &str| {
            let response = ResponseBuilder::new().content("application/problem+json", problem()).build();
            (status.to_owned(), RefOr::T(response))
        };
        ["401", "403", "404"].map(answer).into()
    }
}

/// One fault of a record.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FaultLine {
    /// The row of the requirements that it comes from, such as `B1`; `form` when the shape alone is wrong.
    rule: String,
    /// Stable name of the refusal.
    code: String,
    /// Where, as a path of the JSON form or of the statement.
    path: String,
    /// What is wrong and what to do.
    message: String,
}

impl From<Fault> for FaultLine {
    fn from(fault: Fault) -> Self {
        let Fault { rule, code, path, message } = fault;
        Self { rule: rule.to_owned(), code: code.to_owned(), path, message }
    }
}

impl From<crate::app::Fault> for FaultLine {
    fn from(fault: crate::app::Fault) -> Self {
        let path = fault.place.trim_start_matches('-').to_owned();
        Self { rule: "form".to_owned(), code: "statement".to_owned(), path, message: fault.reason }
    }
}

/// The media type and bytes of a refusal.
pub(crate) fn body(refusal: &Refusal) -> (HeaderValue, Vec<u8>) {
    let problem = Problem {
        kind: "about:blank",
        title: refusal.title,
        status: refusal.status.as_u16(),
        detail: &refusal.detail,
        code: refusal.code,
        faults: &refusal.faults,
    };
    (media::PROBLEM, serde_json::to_vec(&problem).unwrap_or_default())
}
