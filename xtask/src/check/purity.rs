//! Pure crates do no I/O and know no async, clock, randomness, environment or thread: time and randomness come as
//! parameters. Tests are free.

use super::Fault;
use super::house::House;

/// Beginnings of paths that a pure crate does not name.
const FORBIDDEN: [&str; 14] = [
    "std::env",
    "std::fs",
    "std::net::*",
    "std::os",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "tokio",
    "rand",
    "getrandom",
    "reqwest",
    "std::hash::RandomState",
];
/// Names that are a clock, a socket, randomness or async wherever they come from. (The address types of `std::net` are
/// plain values.)
const FORBIDDEN_NAMES: [&str; 13] = [
    "SystemTime",
    "Instant",
    "RandomState",
    "OsRng",
    "thread_rng",
    "async",
    "await",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "UnixListener",
    "ToSocketAddrs",
];
/// Printing is I/O.
const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

/// Checks the sources of every crate that the table of crates calls pure.
pub fn check(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for product in house.products() {
        if !house.rules().crates.get(&product.room).is_some_and(|room| room.pure) {
            continue;
        }
        for seen in &product.source.paths {
            if is_forbidden(&seen.text) {
                let what = format!("{} is pure: {} does not belong here", product.room, seen.text);
                faults.push(Fault { check: "purity", path: product.path.clone(), line: seen.line, what });
            }
        }
    }
    faults
}

fn is_forbidden(path: &str) -> bool {
    let begins =
        |start: &str| path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
    FORBIDDEN.iter().any(|start| begins(start))
        || path.split("::").any(|name| FORBIDDEN_NAMES.contains(&name))
        || path.ends_with("Timestamp::now")
        || PRINTING.contains(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "[crates.stix]\nuses = []\npure = true\n[crates.store]\nuses = []";

    fn faults(path: &str, text: &str) -> usize {
        check(&House::of(RULES, &[(path, text)])).len()
    }

    #[test]
    fn each_way_out_of_a_pure_crate_is_a_fault() {
        for text in [
            "use std::fs::File;",
            "use std::{collections::BTreeMap, net::{Ipv4Addr, TcpStream}};",
            "fn f() { std::env::args(); }",
            "fn f() { let t = std::time::SystemTime::now(); }",
            "use std::time::Instant;",
            "fn f() { jiff::Timestamp::now(); }",
            "use tokio::sync::Mutex;",
            "fn f() { rand::random(); }",
            "async fn f() {}",
            "fn f() { println!(); }",
        ] {
            assert_eq!(faults("crates/stix/src/a.rs", text), 1, "{text}");
        }
    }

    #[test]
    fn what_is_pure_passes() {
        let text = "use std::io::Read;\nuse std::net::Ipv4Addr;\nuse std::time::Duration;\nuse random::fs;\n#[cfg(test)]\nmod tests { use std::fs; }";
        assert_eq!(faults("crates/stix/src/a.rs", text), 0);
    }

    #[test]
    fn other_crates_are_free() {
        assert_eq!(faults("crates/store/src/a.rs", "use std::fs;"), 0);
    }
}
