//! The OpenAPI 3.1 document of every route. It is checked in as `docs/openapi.json`; a test fails when the two
//! differ, and `UPDATE=1` rewrites the file.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::{problem, rest, taxii, web};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Comity",
        description = "TAXII 2.1 and REST interface of a Comity node",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        taxii::discovery::discovery,
        taxii::discovery::api_root,
        taxii::collections::list,
        taxii::collections::one,
        taxii::objects::page,
        taxii::objects::add,
        taxii::objects::one,
        taxii::delete::object,
        taxii::versions::versions,
        taxii::manifest::manifest,
        taxii::status::status,
        rest::health::health,
        rest::health::figures,
        rest::node::node,
        rest::node::whoami,
        rest::node::agreement,
        rest::ledger::checkpoint,
        rest::ledger::consistency,
        rest::ledger::proof,
        rest::deliveries::deliveries,
        rest::recalls::recalls,
        rest::search::search,
        rest::records::add,
        rest::records::one,
        rest::records::change,
        rest::drafts::list,
        rest::drafts::one,
        rest::drafts::drop,
        rest::drafts::publish,
        rest::exchange::exchange,
        rest::join::join,
        rest::desk::frame::frame,
        rest::desk::today::list,
        rest::desk::today::done,
        rest::desk::records::list,
        rest::desk::records::counts,
        rest::desk::record::one,
        rest::desk::record::sights,
        rest::desk::record::sight,
        rest::desk::record::deliveries,
        rest::desk::record::difference,
        rest::desk::record::history,
        rest::desk::papers::one,
        rest::desk::search::find,
        rest::desk::search::asked,
        rest::desk::search::list,
        rest::desk::recalls::list,
        rest::desk::recalls::one,
        rest::desk::partners::list,
        rest::desk::ledger::head,
        rest::desk::ledger::leaves,
        rest::desk::ledger::verify,
        rest::desk::protection::protection,
        rest::desk::rules::in_force,
        rest::desk::rules::policies,
        rest::desk::users::list,
        rest::desk::users::add,
        rest::desk::users::make_link,
        rest::desk::users::end,
        rest::desk::write::check,
        rest::desk::write::got,
        rest::desk::write::keep,
        rest::desk::write::publish,
        rest::desk::write::keep_version,
        rest::desk::write::publish_version,
        rest::desk::write::link_draft,
        rest::desk::write::link_now,
        rest::desk::write::terms,
        rest::desk::beside::add_note,
        rest::desk::beside::drop_note,
        rest::desk::beside::give,
        rest::desk::beside::dispute,
        rest::desk::beside::attach_to_draft,
        rest::desk::beside::attach,
        rest::desk::beside::file,
        rest::desk::scratch::list,
        rest::desk::scratch::one,
        rest::desk::scratch::keep,
        rest::desk::scratch::drop,
        rest::desk::paste::values,
        rest::desk::paste::rows,
        rest::visit::look,
        rest::visit::enter,
        rest::visit::leave,
        rest::visit::second,
        rest::visit::link_look,
        rest::visit::link_take,
        rest::visit::totp_offer,
        rest::visit::totp_confirm,
        rest::visit::recovery,
        rest::visit::step_up,
        rest::visit::acting,
        rest::visit::password,
        rest::desk::release::list,
        rest::desk::release::publish,
        rest::desk::release::handle,
        rest::desk::release::take_back,
        rest::desk::release::why,
        rest::desk::proposals::list,
        rest::desk::proposals::one,
        rest::desk::proposals::approve,
        rest::desk::proposals::refuse,
        rest::desk::import::look,
        rest::desk::import::got,
        rest::desk::import::keep,
        rest::desk::import::publish,
        rest::desk::community::issue,
        rest::desk::community::comply,
        rest::desk::community::close,
        rest::desk::community::pull_now,
        rest::desk::community::exchange_now,
        rest::desk::council::bodies,
        rest::desk::council::sessions,
        rest::desk::council::one_session,
        rest::desk::council::claims,
        rest::desk::council::one_claim,
        rest::desk::council::conflicts,
        rest::desk::council::one_conflict,
        rest::desk::council::take_position,
        rest::desk::council::proposals,
        rest::desk::council::accept,
        rest::desk::council::decisions,
        rest::desk::council::one_decision,
        rest::desk::council::figures,
        rest::desk::council::one_figure,
        rest::desk::council::programmes,
        rest::desk::council::measures,
        web::page,
        web::file,
    ),
    components(schemas(problem::Problem, taxii::error::ErrorMessage)),
    modifiers(&Keys),
    security(("bearer" = []), ("basic" = [])),
)]
struct Description;

/// The two ways to give a key, and the visit of a browser.
struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        for (name, scheme) in [("bearer", HttpAuthScheme::Bearer), ("basic", HttpAuthScheme::Basic)] {
            let scheme = HttpBuilder::new().scheme(scheme).build();
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
        let about = "the visit of a browser; each node has a name of its own for it, and whatever is more than a look \
                     brings the token of the visit as X-Comity-Token";
        let cookie = ApiKeyValue::with_description("__Host-comity-NODE", about);
        components.add_security_scheme("visit", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// The document as indented JSON with a line end; nothing when it cannot be written, which a test excludes.
#[must_use]
pub fn document() -> Option<String> {
    let mut text = Description::openapi().to_pretty_json().ok()?;
    text.push('\n');
    Some(text)
}
