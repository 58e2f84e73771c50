//! Documents out: a paper about a record, as a file to keep.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY};
use axum::response::Response;

use crate::app::AppError;
use crate::app::council::paper::{self, csv, html};
use crate::app::model::Paper;
use crate::media;
use crate::problem::NotForAll;
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::rest::of;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, run};
use crate::visitor::{Need, READ};

/// How a paper becomes PDF; the binary gives it, so that nothing here is built with a typesetter.
pub type Printer = fn(&Paper) -> Result<Vec<u8>, String>;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/api/v1/desk/papers/{record}", Access::Person(Need::of(READ)), one)]
}

/// Forms of documents.
#[derive(Clone, Copy)]
enum Form {
    Pdf,
    Html,
    Csv,
    Json,
}

impl Form {
    fn read(text: Option<&str>) -> Result<Self, Refusal> {
        match text {
            None | Some("pdf") => Ok(Self::Pdf),
            Some("html") => Ok(Self::Html),
            Some("csv") => Ok(Self::Csv),
            Some("json") => Ok(Self::Json),
            Some(_) => Err(Refusal::malformed("`as` is one of pdf, html, csv, json")),
        }
    }

    /// The end of the name of the file, and its media type.
    fn file(self) -> (&'static str, HeaderValue) {
        match self {
            Self::Pdf => ("pdf", media::PDF),
            Self::Html => ("html", media::HTML),
            Self::Csv => ("csv", media::CSV),
            Self::Json => ("json", media::JSON),
        }
    }
}

/// A conflict set, a session, a decision, a programme, a report or a claim as a document of what this person may see, under the strictest
/// marking of all that stands in it.
#[utoipa::path(get, path = "/api/v1/desk/papers/{record}", tag = "desk", operation_id = "desk_paper", security(("visit" = [])),
    params(("record" = String, Path, description = "STIX id, the number under which a reading had it, the number of a decision, or BODY/NUMBER of a session"),
        ("as" = Option<String>, Query, description = "pdf, html, csv or json; pdf when left out")),
    responses((status = 200, description = "the document, as an attachment; of another form with its own media type",
        body = String, content_type = "application/pdf"), NotForAll))]
pub(crate) async fn one(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let record = seen.name("record")?;
    let parameters = Parameters::read(seen.query.as_deref())?;
    let form = Form::read(parameters.one("as")?)?;
    let printer = shared.printer;
    let place = match form {
        Form::Pdf => Some(shared.place_for_paper().await?),
        Form::Html | Form::Csv | Form::Json => None,
    };
    let (name, bytes) = run(&shared, &seen, move |app, actor| {
        // It is kept until the document is made, even when nobody waits for it any more: or those who come and go would
        // each leave a worker waiting for the typesetter.
        let _place = place;
        let paper = paper::of(app, actor, &record)?;
        Ok((paper.about.id.clone(), printed(&paper, form, printer)?))
    })
    .await?;
    let (end, media) = form.file();
    // Nothing but letters, digits and hyphens: the name of a file is no place for a surprise.
    let name: String = name.chars().filter(|one| one.is_ascii_alphanumeric() || *one == '-').collect();
    let mut response = of(media, bytes);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{end}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

fn printed(paper: &Paper, form: Form, printer: Option<Printer>) -> Result<Vec<u8>, AppError> {
    match form {
        Form::Pdf => match printer {
            Some(print) => print(paper).map_err(|why| AppError::Conflict(format!("there is no PDF: {why}"))),
            None => Err(AppError::Conflict("this server makes no PDF: take html, csv or json".into())),
        },
        Form::Html => Ok(html::write(paper).into_bytes()),
        Form::Csv => csv::write(paper),
        Form::Json => serde_json::to_vec(paper).map_err(|error| AppError::Internal(error.to_string())),
    }
}
