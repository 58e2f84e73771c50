//! Measures the keys over the name pairs of the shared data: how many true pairs meet, how many others do.
//!
//! A pair meets if all words of one of its names have a key among those of the other, in either direction.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test prints what it measures")]

use comity_matching::name::matches;
use std::collections::BTreeMap;

/// Pairs of one kind: how many there are and how many meet.
#[derive(Default)]
struct Count {
    pairs: u32,
    met: u32,
}

impl Count {
    fn add(&mut self, met: bool) {
        self.pairs += 1;
        self.met += u32::from(met);
    }

    fn share(&self) -> f64 {
        f64::from(self.met) / f64::from(self.pairs.max(1))
    }
}

/// A file of the shared name data; none outside CI where the data is not there.
#[expect(clippy::disallowed_methods, reason = "a test finds its data through the environment")]
fn shared(name: &str) -> Option<String> {
    let folder = std::env::var("COMITY_SHARED").ok().map(|folder| {
        let from_here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(&folder);
        if from_here.is_dir() { from_here } else { folder.into() }
    });
    let text = folder.and_then(|folder| std::fs::read_to_string(folder.join("data/names").join(name)).ok());
    if text.is_none() {
        assert!(std::env::var("CI").is_err(), "COMITY_SHARED names no folder with data/names");
        eprintln!("left out: COMITY_SHARED names no folder with data/names");
    }
    text
}

/// Counts by (stratum, schema and script; kind of pair), for persons and the scripts that the keys read: names of firms are
/// mostly translated, which no key follows.
fn counted(text: &str) -> BTreeMap<(String, &'static str), Count> {
    let mut counts: BTreeMap<(String, &'static str), Count> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let mut cells = line.split('\t');
        let mut next = || cells.next().unwrap_or_default();
        let (stratum, schema, script, one, other, label, evidence, how) =
            (next(), next(), next(), next(), next(), next(), next(), next());
        if schema != "Person" || !matches!(script, "Latn" | "Cyrl" | "Arab") {
            continue;
        }
        let kind = match (label, evidence) {
            ("1", "none") => "same, nothing in common",
            ("1", _) => "same",
            _ if how == "random" => "random other",
            _ => "nearest other",
        };
        let met = matches(one, other) || matches(other, one);
        counts.entry((format!("{stratum} {schema} {script}"), kind)).or_default().add(met);
    }
    for ((stratum, kind), count) in &counts {
        println!(
            "{stratum:36} {kind:24} {:6} pairs {:6} meet {:6.2} %",
            count.pairs,
            count.met,
            100.0 * count.share()
        );
    }
    counts
}

/// Fails if fewer of the true pairs, or more of the others, meet than was measured when the keys were made.
fn holds(counts: &BTreeMap<(String, &'static str), Count>, stratum: &str, bounds: [(&'static str, f64); 3]) {
    for (kind, bound) in bounds {
        let share = counts.get(&(stratum.to_owned(), kind)).unwrap().share();
        assert!(
            if kind == "same" { share >= bound } else { share <= bound },
            "{stratum}: {kind} {share}, bound {bound}"
        );
    }
}

#[test]
fn full_names_meet_their_other_spellings_and_hardly_any_other() {
    let Some(text) = shared("pairs.tsv") else { return };
    let counts = counted(&text);
    holds(
        &counts,
        "eu_xscript Person Cyrl",
        [("same", 0.95), ("random other", 0.001), ("nearest other", 0.01)],
    );
    holds(
        &counts,
        "eu_xscript Person Arab",
        [("same", 0.95), ("random other", 0.002), ("nearest other", 0.02)],
    );
    holds(
        &counts,
        "eu_latin Person Latn",
        [("same", 0.69), ("random other", 0.008), ("nearest other", 0.05)],
    );
    holds(
        &counts,
        "ofac_latin Person Latn",
        [("same", 0.69), ("random other", 0.008), ("nearest other", 0.05)],
    );
}

#[test]
fn single_words_meet_their_other_spellings() {
    let Some(text) = shared("token_pairs.tsv") else { return };
    let counts = counted(&text);
    holds(
        &counts,
        "tok_russian Person Cyrl",
        [("same", 0.8), ("random other", 0.005), ("nearest other", 0.05)],
    );
    holds(
        &counts,
        "tok_arabic Person Arab",
        [("same", 0.8), ("random other", 0.005), ("nearest other", 0.08)],
    );
}
