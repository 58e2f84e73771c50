//! Walks `pairs.tsv`: searches written from the spelling rules and the morphology of each language, with the rule in
//! the last column. A rule that the analyser does not follow is said to be so, and no other pair may miss. The store's
//! tests walk the same file on every engine.
#![expect(clippy::unwrap_used, reason = "a row that is not as it must be fails the test")]

use comity_matching::found;
use std::collections::BTreeMap;

/// A row: language, query, text, whether it should be found, rule.
struct Pair<'a> {
    language: &'a str,
    query: &'a str,
    text: &'a str,
    wanted: bool,
    rule: &'a str,
}

fn pairs() -> Vec<Pair<'static>> {
    let rows = include_str!("pairs.tsv").lines().skip(1);
    let pairs = rows.map(|row| {
        let cells: Vec<&str> = row.split('\t').collect();
        let [language, query, text, wanted, rule] = <[&str; 5]>::try_from(cells).unwrap();
        Pair { language, query, text, wanted: wanted == "1", rule }
    });
    pairs.collect()
}

#[test]
fn at_least_eleven_of_twelve_searches_find_their_text() {
    let mut by_language: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for pair in pairs().iter().filter(|pair| pair.wanted) {
        let (hits, all) = by_language.entry(pair.language).or_default();
        *all += 1;
        let hit = found(pair.query, pair.text);
        let what = format!("{} «{}» in «{}» ({})", pair.language, pair.query, pair.text, pair.rule);
        assert_eq!(hit, !pair.rule.ends_with("(not followed)"), "{what}");
        if hit {
            *hits += 1;
        } else {
            println!("missed: {what}");
        }
    }
    println!("{by_language:?}");
    let (hits, all) = by_language.values().fold((0, 0), |(hits, all), (hit, of)| (hits + hit, all + of));
    let languages = by_language.values().filter(|(_, all)| *all >= 6).count();
    assert!(all >= 60 && languages >= 10, "{by_language:?}");
    assert!(hits * 12 >= all * 11, "{hits} of {all}");
}

#[test]
fn what_only_looks_alike_is_not_found() {
    let others: Vec<Pair<'_>> = pairs().into_iter().filter(|pair| !pair.wanted).collect();
    let wrong = others.iter().filter(|pair| found(pair.query, pair.text));
    let wrong: Vec<String> = wrong
        .map(|pair| format!("{} «{}» in «{}» ({})", pair.language, pair.query, pair.text, pair.rule))
        .collect();
    println!("found wrongly, of {}: {wrong:#?}", others.len());
    assert!(wrong.iter().all(|pair| pair.ends_with("(not told apart))")), "{wrong:#?}");
    // Light stems cannot tell all words apart; one in forty is allowed.
    assert!(others.len() >= 30 && wrong.len() * 40 <= others.len(), "{wrong:#?}");
}
