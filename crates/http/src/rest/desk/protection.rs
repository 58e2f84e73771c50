//! What those who watch over personal data look at.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::app::Role;
use crate::app::allegation::{self, Quarantine};
use crate::app::consent::{self, ConsentView};
use crate::app::erase::{self, TombstoneView};
use crate::app::review::{self, DueView};
use crate::app::triage::{self, TriageView};
use crate::problem::NotForAll;
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::Need;

/// Who watches over personal data, or decides about it.
const WATCH: &[Role] = &[Role::DataProtection, Role::Auditor, Role::ReleaseOfficer];

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/api/v1/desk/protection", Access::Person(Need::of(WATCH)), protection)]
}

/// What is due, waits, was set aside, erased, and asked for.
#[derive(Serialize)]
struct Protection {
    due: Vec<DueView>,
    /// Left out for who may not look at what waits in triage.
    #[serde(skip_serializing_if = "Option::is_none")]
    triage: Option<Vec<TriageView>>,
    quarantine: Quarantine,
    tombstones: Vec<TombstoneView>,
    consents: Vec<ConsentView>,
}

/// Reviews that are due, what waits in triage, what was set aside, what was erased, and requests for consent.
#[utoipa::path(get, path = "/api/v1/desk/protection", tag = "desk", operation_id = "desk_protection", security(("visit" = [])),
    responses((status = 200, description = "Protection", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn protection(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, |app, actor| {
        let looks = actor.roles.contains(&Role::DataProtection) || actor.roles.contains(&Role::Analyst);
        Ok(Protection {
            due: review::list(app, actor, None)?,
            triage: looks.then(|| triage::list(app, actor)).transpose()?,
            quarantine: allegation::list(app, actor)?,
            tombstones: erase::list(app, actor)?,
            consents: consent::list(app, actor)?,
        })
    })
    .await
}
