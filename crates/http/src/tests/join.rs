//! The one door for who is not a member yet.

use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;

use super::{Answer, START, World, asking};
use crate::app::invite::{self, PATH};
use crate::app::model::invitation::Signed;
use crate::app::model::{Joining, KeyNote, MemberKey};

/// An answer to an invitation that nobody made, whole and signed.
fn guess(token: &str) -> Vec<u8> {
    let key = MemberKey::from_seed([7; 32]);
    let note = KeyNote {
        v: 1,
        member: super::READER.parse().unwrap(),
        number: 1,
        ledger: "exercise".into(),
        witness: "exercise".into(),
        tls: Vec::new(),
        continues: None,
        more: Default::default(),
    };
    let said = Joining {
        v: 1,
        token: token.to_owned(),
        member: note.member.clone(),
        name: "EXERCISE guest".into(),
        key: key.public(),
        keynote: note.sign(&key).unwrap(),
        at: None,
        access: None,
        said_at: START,
    };
    Signed::new(said, &key).unwrap().to_json().unwrap()
}

async fn send(world: &World, media: &str, body: Vec<u8>) -> Answer {
    let request = asking(Method::POST, PATH, None).header(CONTENT_TYPE, media);
    world.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_guessed_token_is_refused_and_whoever_goes_on_guessing_is_held_back() {
    let world = World::new();
    for number in 0..10 {
        let token = format!("EXERCISE-{number}");
        let told = send(&world, "application/json", guess(&token)).await.problem(403);
        assert!(told.contains("no invitation that is good here"), "{told}");
    }
    let held = send(&world, "application/json", guess("EXERCISE-10")).await;
    assert_eq!(held.status, 429, "{}", held.text());
    assert!(held.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(world.get(&world.keys.read, "collections/").await.status, 200, "others are not held back");
}

#[tokio::test]
async fn what_is_no_answer_to_an_invitation_is_refused_by_its_form() {
    let world = World::new();
    assert_eq!(send(&world, "text/plain", guess("EXERCISE")).await.status, 415);
    assert_eq!(send(&world, "application/json", vec![b' '; invite::BYTES_MAX + 1]).await.status, 413);
    for body in [Vec::new(), b"{}".to_vec(), b"null".to_vec(), b"[".repeat(5_000)] {
        send(&world, "application/json", body).await.problem(400);
    }
}
