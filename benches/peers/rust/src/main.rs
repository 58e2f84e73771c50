//! Reads a bundle with one of the other crates and prints how many objects it took and the seconds, dropping included.
//!
//! `stix-peers stix2|stix-rust FILE`

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::value::RawValue;

#[derive(Clone, Copy)]
enum Peer {
    Stix2,
    StixRust,
}

impl Peer {
    /// Reads a whole bundle; how many objects it holds.
    fn bundle(self, text: &str) -> Result<usize, String> {
        match self {
            Self::Stix2 => {
                stix2::parse_bundle(text).map(|it| black_box(it).objects.len()).map_err(|it| it.to_string())
            }
            Self::StixRust => stix::model::Bundle::from_json_str(text)
                .map(|it| black_box(it).objects.len())
                .map_err(|it| it.to_string()),
        }
    }

    fn object(self, text: &str) -> bool {
        match self {
            Self::Stix2 => stix2::parse(text).map(black_box).is_ok(),
            Self::StixRust => serde_json::from_str::<stix::model::StixObject>(text).map(black_box).is_ok(),
        }
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let peer = match words.first().map(String::as_str) {
        Some("stix2") => Peer::Stix2,
        Some("stix-rust") => Peer::StixRust,
        _ => return fail("stix-peers stix2|stix-rust FILE"),
    };
    let Some(text) = words.get(1).and_then(|path| std::fs::read_to_string(path).ok()) else {
        return fail("the file cannot be read");
    };
    let begun = Instant::now();
    let whole = peer.bundle(&text);
    let seconds = begun.elapsed().as_secs_f64();
    let why = match whole {
        Ok(count) => {
            println!("{count} {count} {seconds}");
            return ExitCode::SUCCESS;
        }
        Err(why) => why,
    };
    // A crate that refuses the bundle for one object is measured object by object, on the texts of the objects.
    let outer: std::collections::BTreeMap<&str, &RawValue> = match serde_json::from_str(&text) {
        Ok(outer) => outer,
        Err(error) => return fail(&error.to_string()),
    };
    let Some(Ok(objects)) = outer.get("objects").map(|raw| serde_json::from_str::<Vec<&RawValue>>(raw.get()))
    else {
        return fail("no list of objects");
    };
    let begun = Instant::now();
    let read = objects.iter().filter(|raw| peer.object(raw.get())).count();
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!("the bundle was refused: {why}");
    println!("{read} {} {seconds}", objects.len());
    ExitCode::SUCCESS
}

fn fail(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}
