//! The screens come out of the binary under a policy of their own, and nothing else does. A build without screens is
//! tested here too: it says so.

use axum::body::Body;
use axum::http::Method;
use axum::http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};

use super::{Answer, World, asking};
use crate::{has_screens, web};

async fn ask(world: &World, path: &str) -> Answer {
    world.send(asking(Method::GET, path, None).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_page_and_its_files_carry_the_strictest_policy() {
    let world = World::new();
    for (name, plain) in web::FILES {
        let path = if name.is_empty() { "/".to_owned() } else { format!("/assets/{name}") };
        let answer = ask(&world, &path).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_ref()), (200, *plain), "{path}");
        let policy = answer.header("content-security-policy");
        assert_eq!(
            policy,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types svelte-trusted-html"
        );
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let keeping = if name.is_empty() { "no-cache" } else { "public, max-age=31536000, immutable" };
        assert_eq!(answer.header("cache-control"), keeping, "{path}");
    }
}

#[tokio::test]
async fn a_file_goes_out_packed_and_is_not_sent_twice() {
    let world = World::new();
    for (name, _) in web::FILES {
        let path = if name.is_empty() { "/".to_owned() } else { format!("/assets/{name}") };
        let request = asking(Method::GET, &path, None).header(ACCEPT_ENCODING, "gzip");
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        let packed = answer.headers.contains_key("content-encoding");
        assert_eq!(packed, !name.ends_with(".woff2"), "{path}");
        let tag = answer.header("etag");
        let request = asking(Method::GET, &path, None).header(IF_NONE_MATCH, tag);
        assert_eq!(world.send(request.body(Body::empty()).unwrap()).await.status, 304, "{path}");
    }
}

#[tokio::test]
async fn every_other_answer_is_kept_by_nobody_and_runs_nothing() {
    let world = World::new();
    for path in ["/healthz", "/api/v1/node", "/assets/nothing.js", "/nothing"] {
        let answer = ask(&world, path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_and_a_build_without_screens_are_said_so() {
    let world = World::new();
    for path in ["/assets/nothing.js", "/assets/..%2fCargo.toml", "/assets/%00", "/assets/index.html"] {
        ask(&world, path).await.problem(404);
    }
    let page = ask(&world, "/").await;
    if has_screens() {
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    } else {
        page.problem(404);
        assert!(page.text().contains("built without its screens"), "{}", page.text());
    }
}
