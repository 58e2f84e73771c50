//! Objects (TAXII 2.1 §5.4, §5.5, §5.6). Pages are written from stored bytes: this file joins them and parses
//! nothing.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use utoipa::ToSchema;

use super::query::{self, Resource};
use super::{dated, error, head, reply, resource, status};
use crate::app::serve::{self, Page, Query};
use crate::app::{App, intake};
use crate::asked::Asked;
use crate::refusal::Refusal;
use crate::router::Shared;
use crate::{body, media};

/// The request header by which another node asks for the envelopes of a page.
const ENVELOPES: &str = "comity-envelopes";

/// The request header with which a client states flags of each object that it posts.
const FLAGS: &str = "comity-flags";

/// The envelope resource as the document describes it; pages are never built from it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes bytes that are joined, not serialised")]
pub(crate) struct Envelope {
    /// Whether there is another page.
    more: Option<bool>,
    /// What to send as `next` to get it.
    next: Option<String>,
    /// STIX objects, byte for byte as they came in, unless a part is withheld from this reader.
    objects: Option<Vec<serde_json::Value>>,
    /// Only when the request carries `Comity-Envelopes: 1`: one entry an object, in order.
    x_comity_envelopes: Option<Vec<serde_json::Value>>,
}

/// A page of the objects that this key may see, in order of their added-times.
#[utoipa::path(get, path = "/taxii2/api/collections/{collection}/objects/", tag = "taxii",
    operation_id = "taxii_objects",
    params(("collection" = String, Path, description = "id or alias"),
        ("added_after" = Option<String>, Query, description = "only objects added after this instant"),
        ("limit" = Option<u64>, Query, description = "most objects on the page; lowered to the node's own"),
        ("next" = Option<String>, Query, description = "the `next` of the page before"),
        ("match[id]" = Option<String>, Query, description = "ids, with commas"),
        ("match[type]" = Option<String>, Query, description = "types, with commas"),
        ("match[version]" = Option<String>, Query, description = "first, last, timestamps with commas, or all"),
        ("match[spec_version]" = Option<String>, Query, description = "specification versions, with commas"),
        ("Comity-Envelopes" = Option<String>, Header, description = "1 adds `x_comity_envelopes`")),
    responses((status = 200, body = Envelope, content_type = "application/taxii+json;version=2.1"),
        (status = 400, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 401, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 403, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 404, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1")))]
pub(crate) async fn page(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let collection = asked.name("collection")?;
    let envelopes = wants_envelopes(&asked.headers);
    let query = query::read(Resource::Many, asked.query.as_deref(), &shared.bounds)?;
    if asked.is_head {
        let list = shared.run(move |app| serve::manifest(app, &asked.reader, &collection, &query)).await?;
        return Ok(head(list.first_added, list.last_added));
    }
    let page = shared.run(move |app| serve::page(app, &asked.reader, &collection, &query)).await?;
    Ok(answer(&shared, &page, envelopes))
}

/// The versions of one object that this key may see.
#[utoipa::path(get, path = "/taxii2/api/collections/{collection}/objects/{object}/", tag = "taxii",
    operation_id = "taxii_object",
    params(("collection" = String, Path, description = "id or alias"),
        ("object" = String, Path, description = "STIX id"),
        ("added_after" = Option<String>, Query, description = "only versions added after this instant"),
        ("limit" = Option<u64>, Query, description = "most versions on the page"),
        ("next" = Option<String>, Query, description = "the `next` of the page before"),
        ("match[version]" = Option<String>, Query, description = "first, last, timestamps with commas, or all"),
        ("match[spec_version]" = Option<String>, Query, description = "specification versions, with commas")),
    responses((status = 200, body = Envelope, content_type = "application/taxii+json;version=2.1"),
        (status = 400, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 401, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 403, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 404, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1")))]
pub(crate) async fn one(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let (collection, object) = (asked.name("collection")?, asked.name("object")?);
    let envelopes = wants_envelopes(&asked.headers);
    let query = query::read(Resource::Object, asked.query.as_deref(), &shared.bounds)?;
    if asked.is_head {
        let list = shared
            .run(move |app| {
                serve::versions(app, &asked.reader, &collection, &object, &Query::default())?;
                serve::manifest(app, &asked.reader, &collection, &Query { ids: vec![object], ..query })
            })
            .await?;
        return Ok(head(list.first_added, list.last_added));
    }
    let page = shared.run(move |app| serve::object(app, &asked.reader, &collection, &object, &query)).await?;
    Ok(answer(&shared, &page, envelopes))
}

/// Takes an envelope of objects in and answers with what became of each.
#[utoipa::path(post, path = "/taxii2/api/collections/{collection}/objects/", tag = "taxii",
    operation_id = "taxii_add_objects",
    params(("collection" = String, Path, description = "id or alias"),
        ("Comity-Flags" = Option<String>, Header,
            description = "flags of each object, with commas: anonymous-source, originator-control, neutrality and so on")),
    request_body(content = Envelope, content_type = "application/taxii+json;version=2.1"),
    responses((status = 202, body = status::StatusResource, content_type = "application/taxii+json;version=2.1"),
        (status = 400, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 401, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 403, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 404, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 413, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 415, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1")))]
pub(crate) async fn add(
    State(shared): State<Shared>,
    asked: Asked,
    request: Request,
) -> Result<Response, Refusal> {
    let collection = asked.name("collection")?;
    if !media::is_taxii_body(&asked.headers) {
        return Err(Refusal::media(format!("the body must be {}", media::TAXII_TEXT)));
    }
    let flags = flags(&asked.headers)?;
    let bytes = body::read(&shared.bounds, &asked.headers, request.into_body()).await?;
    let work = move |app: &App| intake::post_under(app, &asked.reader, &collection, &flags, &bytes);
    let status = shared.run(work).await?;
    shared.telemetry.received("accepted", status.successes.len() as u64);
    shared.telemetry.received("refused", status.failures.len() as u64);
    resource(StatusCode::ACCEPTED, &status::StatusResource::from(status))
}

/// The flags that a post states.
fn flags(headers: &HeaderMap) -> Result<Vec<String>, Refusal> {
    let mut words = Vec::new();
    for value in headers.get_all(FLAGS) {
        let text = value.to_str().map_err(|_| Refusal::malformed("Comity-Flags: words with commas"))?;
        words.extend(text.split(',').map(|word| word.trim().to_owned()));
    }
    Ok(words)
}

fn wants_envelopes(headers: &HeaderMap) -> bool {
    headers.get(ENVELOPES).is_some_and(|value| value.as_bytes() == b"1")
}

fn answer(shared: &Shared, page: &Page, envelopes: bool) -> Response {
    shared.telemetry.served(page.objects.len());
    dated(reply(StatusCode::OK, Body::from(page.to_json(envelopes))), page.first_added, page.last_added)
}
