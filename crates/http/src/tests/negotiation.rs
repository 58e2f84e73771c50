//! Media types, methods, paths and error bodies of TAXII, as the standard fixes them and servers get them wrong.

use axum::body::Body;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request};

use super::{TAXII, World, asking};

/// GET of discovery with one `Accept` value.
async fn accepting(world: &World, accept: &str) -> u16 {
    let request = Request::builder()
        .uri("/taxii2/")
        .header(ACCEPT, accept)
        .header(AUTHORIZATION, format!("Bearer {}", world.keys.read.secret));
    let answer = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("content-type"), TAXII);
    answer.status.as_u16()
}

#[tokio::test]
async fn accept_without_version_with_blanks_weights_and_lists_is_no_406() {
    let world = World::new();
    for accept in [
        "application/taxii+json",
        "application/taxii+json; version=2.1",
        "text/html, application/taxii+json;version=2.1;q=0.2",
        "*/*",
        "application/*;q=0.5",
    ] {
        assert_eq!(accepting(&world, accept).await, 200, "{accept}");
    }
}

#[tokio::test]
async fn accept_of_unknown_types_is_406_with_a_taxii_error() {
    let world = World::new();
    for accept in ["text/html", "application/json", "application/taxii+json;version=2.0"] {
        assert_eq!(accepting(&world, accept).await, 406, "{accept}");
    }
    let request = asking(Method::GET, "/taxii2/", Some(&world.keys.read)).body(Body::empty()).unwrap();
    let mut refused = request;
    refused.headers_mut().insert(ACCEPT, "text/html".parse().unwrap());
    assert!(world.send(refused).await.taxii_error(406).contains("application/taxii+json"));
}

#[tokio::test]
async fn every_endpoint_takes_accept_without_version() {
    let world = World::new();
    for path in
        ["", "collections/", "collections/open/", "collections/open/objects/", "collections/open/manifest/"]
    {
        let mut request = asking(Method::GET, path, Some(&world.keys.read)).body(Body::empty()).unwrap();
        request.headers_mut().insert(ACCEPT, "application/taxii+json".parse().unwrap());
        assert_eq!(world.send(request).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn no_accept_header_at_all_is_answered() {
    let world = World::new();
    let request = Request::builder()
        .uri("/taxii2/")
        .header(AUTHORIZATION, format!("Bearer {}", world.keys.read.secret))
        .body(Body::empty());
    assert_eq!(world.send(request.unwrap()).await.status, 200);
}

#[tokio::test]
async fn content_type_without_version_or_with_a_blank_is_no_415() {
    let world = World::new();
    for media in ["application/taxii+json", "application/taxii+json; version=2.1", TAXII] {
        let request = asking(Method::POST, "collections/open/objects/", Some(&world.keys.both))
            .header(CONTENT_TYPE, media)
            .body(Body::from(format!("{{\"objects\":[{}]}}", super::first(1))));
        assert_eq!(world.send(request.unwrap()).await.status, 202, "{media}");
    }
}

#[tokio::test]
async fn a_wrong_or_missing_content_type_is_415_and_nothing_is_taken() {
    let world = World::new();
    for media in
        [Some("application/json"), Some("application/taxii+json;version=2.0"), Some("text/plain"), None]
    {
        let mut request = asking(Method::POST, "collections/open/objects/", Some(&world.keys.both));
        if let Some(media) = media {
            request = request.header(CONTENT_TYPE, media);
        }
        let body = Body::from(format!("{{\"objects\":[{}]}}", super::first(1)));
        world.send(request.body(body).unwrap()).await.taxii_error(415);
    }
    assert!(world.visible(&world.keys.read).await.is_empty());
}

#[tokio::test]
async fn a_path_without_its_slash_is_404_and_says_so() {
    let world = World::new();
    for path in ["/taxii2", "/taxii2/api", "/taxii2/api/collections", "/taxii2/api/collections/open/objects"]
    {
        let told = world.get(&world.keys.read, path).await.taxii_error(404);
        assert!(told.contains("ends in a slash"), "{path}: {told}");
    }
}

#[tokio::test]
async fn unknown_paths_are_404_in_the_form_of_their_surface() {
    let world = World::new();
    world.get(&world.keys.read, "/taxii2/other/").await.taxii_error(404);
    world.get(&world.keys.read, "/api/v1/other").await.problem(404);
    world.get(&world.keys.read, "/other").await.problem(404);
}

#[tokio::test]
async fn other_methods_are_405_with_allow() {
    let world = World::new();
    let put = |path: &str| asking(Method::PUT, path, Some(&world.keys.both)).body(Body::empty()).unwrap();
    let answer = world.send(put("collections/open/objects/")).await;
    answer.taxii_error(405);
    let mut allowed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    let answer = world.send(put("/api/v1/node")).await;
    answer.problem(405);
    assert_eq!(answer.header("allow").replace(' ', ""), "GET,HEAD");
}

#[tokio::test]
async fn without_a_key_the_answer_is_401_in_taxii_form_with_both_challenges() {
    let world = World::new();
    for path in ["/taxii2/", "/taxii2/api/", "/taxii2/api/collections/open/objects/"] {
        let answer = world.send(asking(Method::GET, path, None).body(Body::empty()).unwrap()).await;
        answer.taxii_error(401);
        let challenges: Vec<&str> =
            answer.headers.get_all("www-authenticate").iter().map(|value| value.to_str().unwrap()).collect();
        assert!(challenges.iter().any(|challenge| challenge.starts_with("Basic ")), "{challenges:?}");
        assert!(challenges.iter().any(|challenge| challenge.starts_with("Bearer ")), "{challenges:?}");
    }
}

#[tokio::test]
async fn bearer_and_basic_open_the_same_doors() {
    let world = World::new();
    let bearer = asking(Method::GET, "collections/", None)
        .header(AUTHORIZATION, format!("Bearer {}", world.keys.read.secret))
        .body(Body::empty());
    let by_bearer = world.send(bearer.unwrap()).await;
    let by_basic = world.get(&world.keys.read, "collections/").await;
    assert_eq!((by_bearer.status.as_u16(), &by_bearer.body), (200, &by_basic.body));
}

#[tokio::test]
async fn a_range_header_is_ignored_and_416_never_comes() {
    let world = World::new();
    world.publish("open", crate::app::model::stix::Tlp::Clear, &[super::first(1)]);
    let plain = world.objects(&world.keys.read, "").await;
    for range in ["items 0-0", "items=0-10", "items 5000-6000", "bytes=0-1", "nonsense"] {
        let request = asking(Method::GET, "collections/open/objects/", Some(&world.keys.read))
            .header("range", range)
            .body(Body::empty());
        let answer = world.send(request.unwrap()).await;
        assert_eq!((answer.status.as_u16(), &answer.body), (200, &plain.body), "{range}");
    }
}
