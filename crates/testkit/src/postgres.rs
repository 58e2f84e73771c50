//! A private PostgreSQL for tests: the one that the test run started (`COMITY_TEST_PG`), else one for this process.

use std::hash::{BuildHasher as _, RandomState};
use std::process::Command;
use std::sync::OnceLock;

/// The URL of a fresh schema on a private PostgreSQL server, or `None`, with one line on standard error, when
/// PostgreSQL is missing. The server ends with the test run.
///
/// # Panics
/// When PostgreSQL is missing and `CI` is set, or when it is there and does not start.
#[must_use]
pub fn postgres() -> Option<String> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    let server = SERVER.get_or_init(server).as_ref()?;
    let separator = if server.contains('?') { '&' } else { '?' };
    // Process ids return during a long run; the random part keeps the schemas apart.
    let random = RandomState::new().hash_one(std::process::id());
    Some(format!("{server}{separator}schema=t{}_{random:016x}", std::process::id()))
}

#[expect(clippy::disallowed_methods, reason = "tests are configured by the environment of the test run")]
#[expect(clippy::panic, reason = "a run that must have PostgreSQL cannot go on without it")]
fn server() -> Option<String> {
    if let Ok(url) = std::env::var("COMITY_TEST_PG") {
        return Some(url);
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/postgres.sh");
    let done = Command::new("sh")
        .args([script, &std::process::id().to_string()])
        .env_remove("NEXTEST_ENV")
        .output()
        .unwrap_or_else(|error| panic!("{script} does not run: {error}"));
    let told = String::from_utf8_lossy(&done.stderr);
    match done.status.code() {
        Some(0) => Some(String::from_utf8_lossy(&done.stdout).trim().to_owned()),
        Some(3) if std::env::var_os("CI").is_none() => {
            eprint!("{told}");
            None
        }
        _ => panic!("no PostgreSQL for this test: {told}"),
    }
}
