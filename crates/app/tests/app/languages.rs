//! Searches in ten languages and three scripts: that they find their records, and the same on every engine.

use std::collections::BTreeSet;

use comity_app::search::{self, Asking};
use comity_app::stix::Tlp;
use comity_testkit::{Community, Engine, Node};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::paper::{at, id, note};
use crate::search::community;

/// Language, query, text and whether it should be found: the pairs that the analyser is judged by.
fn pairs() -> Vec<(&'static str, &'static str, &'static str, bool)> {
    let rows = include_str!("../../../matching/tests/pairs.tsv").lines().skip(1);
    rows.map(|row| {
        let cells: Vec<&str> = row.split('\t').collect();
        (cells[0], cells[1], cells[2], cells[3] == "1")
    })
    .collect()
}

/// Sixty of them, spread evenly over the rows of each language, for Uzbek half in either script of the text.
fn sixty() -> Vec<(&'static str, &'static str, &'static str)> {
    let counts = [
        ("Russian", 8),
        ("Uzbek", 10),
        ("Kazakh", 6),
        ("Kyrgyz", 6),
        ("Tajik", 5),
        ("Azerbaijani", 6),
        ("Ukrainian", 6),
        ("Persian", 5),
        ("Pashto", 4),
        ("Arabic", 4),
    ];
    let all = pairs();
    let spread = |of: Vec<_>, count: usize| -> Vec<_> {
        (0..count).map(|n| of[(n * of.len() + of.len() / 2) / count]).collect()
    };
    let mut taken = Vec::new();
    for (language, count) in counts {
        let of = all.iter().filter(|pair| pair.0 == language && pair.3).map(|pair| (pair.0, pair.1, pair.2));
        if language == "Uzbek" {
            let is_latin = |text: &str| text.chars().any(|c| c.is_ascii_alphabetic());
            let (latin, other) = of.partition(|pair| is_latin(pair.2));
            taken.extend(spread(latin, count / 2));
            taken.extend(spread(other, count / 2));
        } else {
            taken.extend(spread(of.collect(), count));
        }
    }
    assert_eq!(taken.iter().collect::<BTreeSet<_>>().len(), 60);
    taken
}

/// One node on each engine that is there.
fn both() -> Vec<Community> {
    let postgres = comity_testkit::postgres().map(|_| Engine::Postgres);
    [Some(Engine::File), postgres].into_iter().flatten().map(|engine| community(engine.place())).collect()
}

fn numbered_notes(texts: &[&str]) -> String {
    let notes = (1..).zip(texts).map(|(number, text)| note(number, 0, text, None));
    notes.collect::<Vec<_>>().join("\n")
}

fn look_up(node: &Node, query: &str) -> Vec<String> {
    let reason = Some("EXERCISE pairs of queries");
    let asking = Asking { query, reason, purpose: Some("border"), limit: Some(200), ..Asking::default() };
    search::run(&node.app, &node.operator(), &asking).unwrap().hits.into_iter().map(|hit| hit.id).collect()
}

#[test]
fn of_sixty_searches_in_ten_languages_fifty_five_find_their_record_on_both_engines_alike() {
    let communities = both();
    let pairs = sixty();
    let texts: Vec<&str> = pairs.iter().map(|pair| pair.2).collect();
    for community in &communities {
        community.node().publish("exercise", &at(Tlp::Green), &numbered_notes(&texts));
    }
    let mut hits = 0;
    for (number, (language, query, text)) in (1..).zip(&pairs) {
        let answers: Vec<Vec<String>> =
            communities.iter().map(|community| look_up(community.node(), query)).collect();
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{query}: {answers:?}");
        if answers[0].contains(&id(number)) {
            hits += 1;
        } else {
            println!("missed: {language} «{query}» in «{text}»");
        }
    }
    println!("{hits} of 60 found, on {} engines alike", communities.len());
    assert!(hits >= 55, "{hits}");
}

#[test]
fn any_query_finds_the_same_on_both_engines_as_in_memory() {
    let communities = both();
    let pairs = pairs();
    let texts: Vec<&str> = pairs.iter().map(|pair| pair.2).collect();
    for community in &communities {
        community.node().publish("exercise", &at(Tlp::Green), &numbered_notes(&texts));
    }
    let words: Vec<&'static str> =
        pairs.iter().flat_map(|pair| pair.1.split_whitespace().chain(pair.2.split_whitespace())).collect();
    let word = || {
        let known = proptest::sample::select(words.clone()).prop_map(str::to_owned);
        prop_oneof![8 => known, 1 => "[a-zа-яүқاب]{1,6}"]
    };
    let part = prop_oneof![
        6 => word(),
        1 => word().prop_map(|word| format!("-{word}")),
        1 => (word(), word()).prop_map(|(one, two)| format!("\"{one} {two}\"")),
    ];
    let queries = prop::collection::vec(part, 1..4).prop_map(|parts| parts.join(" "));
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    runner
        .run(&queries, |text| {
            let Ok(query) = search::Query::parse(&text) else { return Ok(()) };
            let answers: Vec<BTreeSet<String>> = communities
                .iter()
                .map(|community| look_up(community.node(), &text).into_iter().collect())
                .collect();
            prop_assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{}: {:?}", text, answers);
            if query.parts().iter().all(|part| matches!(part, search::query::Part::Word(_))) {
                let found = |text: &&str| {
                    query.parts().iter().all(|part| match part {
                        search::query::Part::Word(word) => {
                            comity_matching::found(word, &format!("EXERCISE {text}"))
                        }
                        _ => true,
                    })
                };
                let expected: BTreeSet<String> =
                    (1..).zip(&texts).filter(|(_, text)| found(text)).map(|(number, _)| id(number)).collect();
                prop_assert_eq!(&answers[0], &expected, "{}", text);
            }
            Ok(())
        })
        .unwrap();
}
