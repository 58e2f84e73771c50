use proptest::prelude::*;

use super::*;

fn refused(text: &str) -> String {
    match Query::parse(text) {
        Err(Refused(why)) => why,
        Ok(query) => panic!("{text} was taken as {query}"),
    }
}

#[test]
fn words_phrases_exclusions_and_selectors_are_read() {
    let query = Query::parse(r#"река "горный перевал" -учебный -"как прежде" kind:plan,attack name:"Anvar Sample" https://a.example:80/x — 12:30"#).unwrap();
    assert_eq!(
        query.parts(),
        [
            Part::Word("река".into()),
            Part::Phrase("горный перевал".into()),
            Part::Without("учебный".into()),
            Part::Without("как прежде".into()),
            Part::Select(Field::Kind, vec!["plan".into(), "attack".into()]),
            Part::Select(Field::Name, vec!["Anvar Sample".into()]),
            Part::Word("https://a.example:80/x".into()),
            Part::Word("12:30".into()),
        ]
    );
}

#[test]
fn what_is_no_query_is_refused_with_the_remedy() {
    for (text, says) in [
        ("", "say what to look for"),
        ("  -word ", "say what to look for"),
        ("— …", "say what to look for"),
        ("\"open", "not closed"),
        ("\"…\"", "no word"),
        ("wo\"rd\"", "inside a word"),
        ("\"a\"b", "blank"),
        ("name:\"a\"b", "blank"),
        ("name:a\"b\"", "whole value"),
        ("-kind:plan", "only words can be left out"),
        ("size:3", "no selector `size:`"),
        ("country:Kazakhstan", "two letters"),
        ("from:yesterday", "a date"),
        ("id:17", "a STIX id"),
        ("number:--", "letters or digits"),
        ("name:--", "a name with letters"),
        ("category:supporter", "is one of suspect"),
        ("kind:", "a kind of record"),
        ("origin:", "a name or an id"),
        ("name:\"a b c d e f g h i\"", "at most 8 words"),
        ("a\u{0}b", "control characters"),
    ] {
        assert!(refused(text).contains(says), "{text}: {}", refused(text));
    }
    assert!(refused(&"a ".repeat(1_001)).contains("at most 2000 bytes"));
    assert!(refused(&"a ".repeat(25)).contains("at most 24 parts"));
    assert!(refused(&format!("\"{}\"", "a ".repeat(49))).contains("at most 48 words"));
    assert!(refused(&"name:a ".repeat(5)).contains("at most 4 names"));
}

#[test]
fn c2_there_is_no_selector_for_belief_or_descent() {
    for word in [
        "religion",
        "Religion",
        "religious-group",
        "faith",
        "belief",
        "ethnicity",
        "ethnic",
        "ETHNIC_GROUP",
        "race",
        "racial",
        "tribe",
        "clan",
        "sect",
        "denomination",
        "descent",
        "nation",
        "health",
        "genetic",
        "biometric",
        "muslim",
        "религия",
        "вероисповедание",
        "национальность",
    ] {
        let why = refused(&format!("{word}:any name:Anvar"));
        assert!(why.contains("C2") || (!word.is_ascii() && why.contains("no selector")), "{word}: {why}");
    }
}

#[test]
fn c2_nationality_stands_only_beside_what_identifies() {
    for alone in [
        "nationality:UZ",
        "nationality:UZ,KZ kind:subject",
        "nationality:UZ category:suspect country:KZ from:2020 until:2026",
        "nationality:UZ border crossing \"night\" -day",
        "nationality:UZ origin:North collection:cases",
        "nationality:UZ nationality:KZ",
        "NATIONALITY:uz",
    ] {
        assert!(refused(alone).contains("C2"), "{alone}");
    }
    for beside in ["name:Anvar", "number:EX0000001", "id:identity--00000000-0000-4000-8000-000000000100"] {
        assert!(Query::parse(&format!("nationality:UZ {beside}")).is_ok(), "{beside}");
    }
}

#[test]
fn c2_free_words_that_name_a_community_are_noticed_wherever_they_stand() {
    for text in [
        "meeting of Muslims",
        "\"таджиков задержали\"",
        "border -мусульмане",
        "\u{FF2D}uslims",
        "\u{41C}uslims",
        "Musl\u{131}ms",
        "M\u{FC}sl\u{ED}ms",
        "Mus\u{AD}lims",
        "Mus\u{200B}lims",
        "муслим",
        "tajik",
        "migrant",
        "таджику",
    ] {
        assert!(!Query::parse(text).unwrap().notices().is_empty(), "{text}");
    }
    assert!(Query::parse("tajikistan border name:Muslim").unwrap().notices().is_empty());
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zа-яӣқöş0-9.-]{1,8}",
        "[a-z:\" -]{0,10}",
        any::<String>().prop_map(|text| text.chars().take(12).collect())
    ]
}

/// Texts that are near to queries: every selector with good and bad values, the refused ones, words, marks.
fn part() -> impl Strategy<Value = String> {
    let field = prop_oneof![
        proptest::sample::select(Field::ALL.iter().map(|field| field.word()).collect::<Vec<_>>())
            .prop_map(str::to_owned),
        Just("nationality".to_owned()),
        proptest::sample::select(vec!["religion", "ethnicity", "faith", "race", "Nationality", "size"])
            .prop_map(str::to_owned),
    ];
    let value = prop_oneof![
        proptest::sample::select(vec![
            "UZ",
            "uz,kz",
            "plan",
            "suspect",
            "2026",
            "2026-03",
            "Anvar",
            "\"Anvar Sample\"",
            "EX 1",
            "\"EX 1\"",
            "--",
            "",
            "identity--00000000-0000-4000-8000-000000000100",
        ])
        .prop_map(str::to_owned),
        word(),
    ];
    prop_oneof![
        (field, value).prop_map(|(field, value)| format!("{field}:{value}")),
        word(),
        word().prop_map(|text| format!("\"{text}\"")),
        word().prop_map(|text| format!("-{text}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn c2_no_query_that_is_taken_selects_by_nationality_belief_or_descent_alone(
        parts in prop::collection::vec(part(), 0..8),
    ) {
        let text = parts.join(" ");
        if let Ok(query) = Query::parse(&text) {
            let fields: Vec<Field> = query.parts().iter().filter_map(|part| match part {
                Part::Select(field, _) => Some(*field),
                _ => None,
            }).collect();
            let identified = fields.iter().any(|field| matches!(field, Field::Name | Field::Number | Field::Id));
            prop_assert!(!fields.contains(&Field::Nationality) || identified, "{}", text);
            for field in &fields {
                prop_assert!(!is_special(field.word()));
            }
            // A name, number or id that identifies says something.
            for name in query.selected(Field::Name).flatten() {
                prop_assert!(!name::asked(name).is_empty());
            }
            for given in query.selected(Field::Number).flatten() {
                prop_assert!(!number(given).is_empty());
            }
        }
    }

    #[test]
    fn a_query_that_is_printed_reads_as_the_same_query(parts in prop::collection::vec(part(), 0..8)) {
        if let Ok(query) = Query::parse(&parts.join(" ")) {
            let printed = query.to_string();
            match Query::parse(&printed) {
                Ok(again) => prop_assert_eq!(again, query, "{}", printed),
                // Only the marks of the printed form may make it too long.
                Err(Refused(why)) => prop_assert!(why.contains("bytes"), "{}: {}", printed, why),
            }
        }
    }
}
