//! The log says what was asked and by whom, and never a secret or a value of a query.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use super::{READER, World};
use crate::app::credential::IssuedKey;

/// Keeps what is logged.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Keeps whatever is logged in this thread while the guard lives.
pub(super) fn kept() -> (Kept, tracing::subscriber::DefaultGuard) {
    let kept = Kept::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(kept.clone()).finish();
    (kept, tracing::subscriber::set_default(subscriber))
}

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_log_line_has_route_status_and_member_and_no_secret_or_query_value() {
    let world = World::new();
    let (kept, guard) = kept();
    let id = "indicator--00000000-0000-4000-8000-00000000abcd";
    let answer = world.objects(&world.keys.read, &format!("?match[id]={id}")).await;
    world.get(&world.keys.read, &format!("collections/open/objects/{id}/")).await;
    let wrong = IssuedKey { secret: "a-guessed-secret".to_owned(), ..world.keys.read.clone() };
    world.get(&wrong, "collections/").await;
    drop(guard);
    let log = kept.text();
    for expected in ["collections/{collection}/objects/", "status=200", READER, answer.header("x-request-id")]
    {
        assert!(log.contains(expected), "{expected} is not in {log}");
    }
    for secret in [world.keys.read.secret.as_str(), "a-guessed-secret", "abcd", "Basic "] {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
}
