//! How long the search takes beside a scan of the same store with `LIKE '%…%'`, as a ratio of medians in one run:
//! `cargo run -p comity-app --example search_ratio [RECORDS]`. The scan looks at bytes alone: it knows no forms, no
//! versions, no rights, and writes no note.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement ends where something is wrong"
)]

use std::time::{Duration, Instant};

use comity_app::import::{self, Input};
use comity_app::model::Stated;
use comity_app::search::{self, Asking};
use comity_app::stix::Tlp;
use comity_store::Store;
use comity_testkit::{Community, NOW_US, Place, Seat};

const WORDS: [&str; 24] = [
    "река",
    "граница",
    "мост",
    "перевал",
    "грузовик",
    "ночью",
    "задержаны",
    "объект",
    "chegara",
    "hujum",
    "qurol",
    "йўловчи",
    "bridge",
    "river",
    "lorry",
    "crossing",
    "night",
    "сообщение",
    "участок",
    "вещества",
    "қару",
    "шекара",
    "سرحد",
    "مرز",
];
const RUNS: usize = 15;

fn note(number: usize) -> String {
    // A small generator of numbers: the same notes in every run.
    let mut state = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut words: Vec<String> = (0..60)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            format!("{}{}", WORDS[(state % 24) as usize], ["", "", "", "а", "ом"][(state / 24 % 5) as usize])
        })
        .collect();
    if number.is_multiple_of(5_000) {
        words.push("водохранилище".to_owned());
    }
    format!(
        r#"{{"type":"note","spec_version":"2.1","id":"note--00000000-0000-4000-8000-{number:012}","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","content":"EXERCISE {}","object_refs":["identity--00000000-0000-4000-8000-000000000999"]}}"#,
        words.join(" ")
    )
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}

fn main() {
    let records = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(50_000);
    let community = Community::new(1, vec![Seat::member("Exercise host").node(Place::file())]);
    let node = community.node();
    let into = node.collection("Exercise");
    let notes: Vec<String> = (0..records).map(note).collect();
    let stated = Stated { tlp: Some(Tlp::Green), ..Stated::default() };
    let input = Input { collection: &into, name: "notes", stated, ..Input::default() };
    let start = Instant::now();
    let bytes = notes.join("\n");
    let summary = import::run(&node.app, &node.operator(), &input, bytes.as_bytes(), &mut |_| {}).unwrap();
    println!("{} records imported in {:.0?}", summary.accepted, start.elapsed());
    let store = Store::open(node.place().location(), NOW_US).unwrap();
    for (what, query, like) in [
        ("a rare word", "водохранилище", "водохранилище"),
        ("its plural", "водохранилища", "водохранилищ"),
        ("a common word", "мост", "мост"),
        ("two common words", "мост bridge", "мост"),
        ("no word of any", "отсутствует", "отсутствует"),
    ] {
        let asking = Asking { query, purpose: Some("border"), ..Asking::default() };
        let mut hits = 0;
        let searched =
            median(|| hits = search::run(&node.app, &node.operator(), &asking).unwrap().hits.len());
        let pattern = format!("%{like}%");
        let scanned = median(|| {
            let sql = "SELECT id FROM content WHERE CAST(bytes AS TEXT) LIKE ?1";
            store.read("scan", |tx| tx.query(sql, &[pattern.as_str().into()])).unwrap();
        });
        println!(
            "{what} «{query}»: {hits} hits shown, search {searched:.1?}, scan {scanned:.1?}, ratio {:.2}",
            searched.as_secs_f64() / scanned.as_secs_f64()
        );
    }
}
