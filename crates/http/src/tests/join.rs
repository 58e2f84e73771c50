//! The one door for who is not a member yet.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Builder;

use super::{Answer, Hands, START, World, asking};
use crate::app::credential::{Channel, IssuedKey};
use crate::app::home::{self, Setup};
use crate::app::invite::{self, NewInvitation, PATH};
use crate::app::model::invitation::Signed;
use crate::app::model::stix::Digest;
use crate::app::model::{Invitation, Joined, Joining, KeyNote, MemberKey, Standing, TlsEnd};
use crate::app::{SystemRandom, witness};

/// An answer to an invitation that nobody made, whole and signed.
fn guess(token: &str) -> Vec<u8> {
    let key = MemberKey::from_seed([7; 32]);
    let note = KeyNote {
        v: 1,
        member: super::READER.parse().unwrap(),
        number: 1,
        ledger: "exercise".into(),
        witness: "exercise".into(),
        continues: None,
        tls: Vec::new(),
        courier: None,
        follows: Vec::new(),
        handed_over: Vec::new(),
        witness_before: None,
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

/// A request over a connection of which the listener found this out.
async fn over(world: &World, channel: Channel, builder: Builder, body: Vec<u8>) -> Answer {
    let mut request = builder.body(Body::from(body)).unwrap();
    request.extensions_mut().insert(channel);
    world.send(request).await
}

#[tokio::test]
async fn a_bound_key_is_401_over_another_certificate_and_a_sentence_behind_a_proxy() {
    let world = World::new();
    let new = NewInvitation {
        name: "EXERCISE guest",
        standing: Standing::Member,
        state: None,
        groups: &[],
        adequate: false,
        collections: Vec::new(),
        purpose: None,
        basis: None,
        url: "https://north.example",
        tls: TlsEnd::Own,
        days: 1,
    };
    let invited = invite::make(&world.app, &world.operator(), &new).unwrap();
    let token = Signed::<Invitation>::from_text(&invited.text).unwrap().said.token;
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup { member_name: new.name, store_url: Some("sqlite::memory:"), exercise: false };
    let clock = Arc::new(Hands(AtomicI64::new(START.0)));
    let guest = home::init(&folder.path().join("home"), &setup, clock, Arc::new(SystemRandom)).unwrap();
    let (key, pin) = (MemberKey::from_seed([7; 32]), Digest::of(b"EXERCISE certificate"));
    let mut said = Signed::<Joining>::from_json(&guess(&token)).unwrap().said;
    let mut note = said.keynote.note;
    (note.member, note.tls) = (guest.member().clone(), vec![pin]);
    (note.ledger, note.witness) = (guest.ledger_vkey().to_owned(), witness::own_key(&guest).unwrap());
    (said.member, said.keynote) = (note.member.clone(), note.sign(&key).unwrap());
    let body = Signed::new(said, &key).unwrap().to_json().unwrap();
    let request = asking(Method::POST, PATH, None).header(CONTENT_TYPE, "application/json");
    let answer = over(&world, Channel::Certified(pin), request, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let access = Signed::<Joined>::from_json(&answer.body).unwrap().said.brought.unwrap().access;
    let key = IssuedKey { user: access.user, secret: access.secret, ..world.keys.read.clone() };
    let wrong = IssuedKey { secret: "nonsense".into(), ..key.clone() };
    let ask = async |key: &IssuedKey, channel| {
        over(&world, channel, asking(Method::GET, "/api/v1/whoami", Some(key)), Vec::new()).await
    };
    let other = Channel::Certified(Digest::of(b"EXERCISE other"));
    assert_eq!(ask(&key, Channel::Certified(pin)).await.status, 200);
    let expected = ask(&wrong, Channel::Certified(pin)).await;
    for channel in [other, Channel::Bare] {
        let refused = ask(&key, channel).await;
        assert_eq!((refused.status.as_u16(), &refused.body), (401, &expected.body), "{channel:?}");
    }
    let told = ask(&key, Channel::Proxied).await.problem(403);
    assert!(told.contains("a proxy ends TLS before this node"), "{told}");
    ask(&wrong, Channel::Proxied).await.problem(401);
    assert_eq!(ask(&world.keys.read, Channel::Proxied).await.status, 200, "other keys work as before");
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
