//! Bad inputs: each gets its own clear answer, nothing changes that should not, and the next good request works.

use axum::body::Body;
use axum::http::Method;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

use super::writing::clear;
use super::{Answer, TAXII, World, asking};

/// Posts bytes as a TAXII body with more headers.
async fn post(world: &World, bytes: impl Into<Body>, headers: &[(&str, &str)]) -> Answer {
    let path = "collections/open/objects/";
    let mut request = asking(Method::POST, path, Some(&world.keys.both)).header(CONTENT_TYPE, TAXII);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(bytes.into()).unwrap()).await
}

/// Nothing came in, and a good post still does.
async fn unharmed(world: &World) {
    assert!(world.visible(&world.keys.read).await.is_empty());
    let good = post(world, format!("{{\"objects\":[{}]}}", clear(1)), &[]).await;
    assert_eq!(good.status, 202, "{}", good.text());
    assert_eq!(world.visible(&world.keys.read).await.len(), 1);
}

/// A body with one object whose text has `this` in place of its name's string.
fn with_name(this: &str) -> Vec<u8> {
    format!("{{\"objects\":[{}]}}", clear(9)).replace("\"EXERCISE indicator 9\"", this).into_bytes()
}

/// Posts a document that is broken as a whole or in its one object, and gives what the answer says of it.
async fn refused(world: &World, bytes: Vec<u8>) -> String {
    let answer = post(world, bytes, &[]).await;
    match answer.status.as_u16() {
        400 => answer.taxii_error(400),
        202 => {
            let status = answer.json();
            assert_eq!(status["success_count"], 0, "{status}");
            status["failures"][0]["message"].as_str().unwrap().to_owned()
        }
        other => panic!("{other}: {}", answer.text()),
    }
}

#[tokio::test]
async fn a_truncated_gzip_body_says_that_it_is_cut_off() {
    let world = World::new();
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(format!("{{\"objects\":[{}]}}", clear(9)).as_bytes()).unwrap();
    let mut packed = packer.finish().unwrap();
    packed.truncate(packed.len() / 2);
    let answer = post(&world, packed, &[(CONTENT_ENCODING.as_str(), "gzip")]).await;
    assert!(answer.taxii_error(400).contains("cut off"));
    unharmed(&world).await;
}

#[tokio::test]
async fn plain_bytes_announced_as_gzip_are_damaged() {
    let world = World::new();
    let answer = post(&world, "{\"objects\":[]} and more", &[(CONTENT_ENCODING.as_str(), "gzip")]).await;
    assert!(answer.taxii_error(400).contains("damaged"));
    unharmed(&world).await;
}

#[tokio::test]
async fn an_unknown_packing_is_415_and_names_what_is_read() {
    let world = World::new();
    for packing in ["br", "deflate", "gzip, gzip"] {
        let answer = post(&world, "{}", &[(CONTENT_ENCODING.as_str(), packing)]).await;
        answer.taxii_error(415);
        assert_eq!(answer.header("accept-encoding"), "gzip, identity");
    }
    unharmed(&world).await;
}

#[tokio::test]
async fn a_gzip_bomb_is_413() {
    let world = World::new();
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(&vec![b' '; 64 << 20]).unwrap();
    let answer = post(&world, packer.finish().unwrap(), &[(CONTENT_ENCODING.as_str(), "gzip")]).await;
    assert!(answer.taxii_error(413).contains("unpacks to more than"));
    unharmed(&world).await;
}

#[tokio::test]
async fn a_claimed_2_gb_body_is_413_before_a_byte_is_read() {
    let world = World::new();
    // A body that never ends and never says anything: reading it would wait for ever.
    let silent = Body::new(Silent);
    let answer = post(&world, silent, &[(CONTENT_LENGTH.as_str(), "2147483648")]).await;
    assert!(answer.taxii_error(413).contains("larger than"));
    unharmed(&world).await;
}

#[tokio::test]
async fn a_body_that_grows_past_the_limit_without_saying_so_is_413() {
    let world = World::with(|bounds| bounds.body_bytes = 10_000);
    let answer = post(&world, vec![b' '; 10_001], &[]).await;
    answer.taxii_error(413);
    unharmed(&world).await;
}

#[tokio::test]
async fn nesting_10_000_deep_is_refused_by_its_depth() {
    let world = World::new();
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let told = refused(&world, with_name(&deep)).await;
    assert!(told.contains("deep") || told.contains("nest"), "{told}");
    let told = refused(&world, "{\"objects\":".repeat(10_000).into_bytes()).await;
    assert!(!told.is_empty());
    unharmed(&world).await;
}

#[tokio::test]
async fn duplicate_keys_are_refused_by_name() {
    let world = World::new();
    let told = refused(&world, with_name("\"EXERCISE\",\"name\":\"EXERCISE again\"")).await;
    assert!(told.contains("name"), "{told}");
    let told = refused(&world, b"{\"objects\":[],\"objects\":[]}".to_vec()).await;
    assert!(told.contains("objects"), "{told}");
    unharmed(&world).await;
}

#[tokio::test]
async fn invalid_utf8_is_refused() {
    let world = World::new();
    let mut bytes = with_name("\"EXERCISE ?\"");
    let at = bytes.iter().position(|byte| *byte == b'?').unwrap();
    bytes[at] = 0xff;
    let told = refused(&world, bytes).await;
    assert!(told.to_lowercase().contains("utf-8"), "{told}");
    unharmed(&world).await;
}

#[tokio::test]
async fn nan_infinity_and_1e400_are_refused_and_never_served() {
    let world = World::new();
    for number in ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"] {
        let told = refused(&world, with_name(&format!("\"EXERCISE\",\"x_number\":{number}"))).await;
        assert!(!told.is_empty(), "{number}");
    }
    unharmed(&world).await;
    let text = world.objects(&world.keys.read, "").await.text();
    assert!(!text.contains("Infinity") && !text.contains("NaN"), "{text}");
}

#[tokio::test]
async fn lone_surrogates_are_refused() {
    let world = World::new();
    let told = refused(&world, with_name("\"EXERCISE \\ud800\"")).await;
    assert!(!told.is_empty());
    unharmed(&world).await;
}

#[tokio::test]
async fn what_is_no_envelope_is_400() {
    let world = World::new();
    let bodies = [
        "",
        " ",
        "[]",
        "7",
        "null",
        "{",
        "{}",
        "{\"objects\":{}}",
        "{\"objects\":7}",
        "{\"objects\":[]}",
        "x",
    ];
    for body in bodies {
        assert!(!post(&world, body, &[]).await.taxii_error(400).is_empty(), "{body}");
    }
    unharmed(&world).await;
}

#[tokio::test]
async fn too_many_objects_in_one_post_are_413() {
    let world = World::new();
    let many = vec!["{}"; world.app.limits().post_objects + 1].join(",");
    let answer = post(&world, format!("{{\"objects\":[{many}]}}"), &[]).await;
    assert!(answer.taxii_error(413).contains("10000"), "{}", answer.text());
    unharmed(&world).await;
}

#[tokio::test]
async fn a_query_of_20_kib_is_414() {
    let world = World::new();
    let answer = world.objects(&world.keys.read, &format!("?match[type]={}", "a".repeat(20_000))).await;
    answer.taxii_error(414);
    unharmed(&world).await;
}

#[tokio::test]
async fn odd_path_segments_are_404_not_500() {
    let world = World::new();
    for segment in ["%ff", "%00", "..%2f..", "'%20OR%201=1", "%F0%9F%92%A9", "open%00"] {
        world.get(&world.keys.both, &format!("collections/{segment}/objects/")).await.taxii_error(404);
        world.get(&world.keys.both, &format!("collections/open/objects/{segment}/")).await.taxii_error(404);
        world.get(&world.keys.both, &format!("status/{segment}/")).await.taxii_error(404);
    }
    unharmed(&world).await;
}

/// A body that is never ready.
struct Silent;

impl hyper::body::Body for Silent {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Pending
    }
}
