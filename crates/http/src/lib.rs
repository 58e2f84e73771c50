//! The network face of a node: TAXII 2.1 under `/taxii2/`, a REST interface under `/api/v1/`, the screens
//! under `/`, health and figures.
//!
//! Only this crate knows media types, status codes and wire field names. It decides nothing about release: every
//! object it writes comes out of a use case of `comity-app` as a released one, and goes out byte for byte.

mod asked;
mod auth;
mod body;
mod encode;
mod error;
mod limit;
mod media;
mod observe;
mod openapi;
mod problem;
mod query;
mod refusal;
mod rest;
mod router;
mod seen;
mod server;
mod stall;
mod taxii;
mod telemetry;
mod tls;
mod visitor;
mod web;

#[cfg(test)]
mod tests;

pub(crate) use comity_app as app;

pub use error::HttpError;
pub use openapi::document;
pub use rest::desk::papers::Printer;
pub use router::router;
pub use server::{Certificate, ServerOptions, serve};
pub use telemetry::Telemetry;
pub use web::has_screens;
