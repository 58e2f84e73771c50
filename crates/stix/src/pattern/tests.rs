use proptest::prelude::*;

use super::*;

mod faults;
mod made;

fn read(text: &str) -> Pattern<'_> {
    Pattern::parse(text).unwrap_or_else(|error| panic!("{error}\n{}", error.excerpt(text)))
}

/// The normal form.
fn normal(text: &str) -> String {
    read(text).to_string()
}

#[test]
fn and_binds_before_or_and_or_before_followedby() {
    let parts = |kind: &ObservationKind<'_>| match kind {
        ObservationKind::And(parts) | ObservationKind::Or(parts) | ObservationKind::FollowedBy(parts) => {
            parts.len()
        }
        ObservationKind::Test(_) | ObservationKind::Group(_) => 1,
    };
    let pattern =
        read("[a:b=1] OR [a:b=2] AND [a:b=3] FOLLOWEDBY [a:b=4] AND [a:b=5] AND [a:b=6] OR [a:b=7]");
    let ObservationKind::FollowedBy(follows) = &pattern.root.kind else { panic!("{pattern:?}") };
    let [ObservationKind::Or(left), ObservationKind::Or(right)] = [&follows[0].kind, &follows[1].kind] else {
        panic!("{follows:?}")
    };
    assert_eq!((follows.len(), left.len(), right.len()), (2, 2, 2));
    assert_eq!([&left[0], &left[1], &right[0], &right[1]].map(|node| parts(&node.kind)), [1, 2, 3, 1]);
    let pattern = read("[a:b=1 OR a:b=2 AND a:b=3 OR a:b=4]");
    let ObservationKind::Test(comparison) = &pattern.root.kind else { panic!("{pattern:?}") };
    let ComparisonKind::Or(ors) = &comparison.kind else { panic!("{comparison:?}") };
    assert_eq!(ors.len(), 3);
    assert!(matches!(&ors[1].kind, ComparisonKind::And(ands) if ands.len() == 2));
}

#[test]
fn a_chain_of_one_operator_is_one_flat_list() {
    let many = 3_000;
    let text = vec!["[a:b=1]"; many].join(" FOLLOWEDBY ");
    let pattern = read(&text);
    assert!(matches!(&pattern.root.kind, ObservationKind::FollowedBy(parts) if parts.len() == many));
    assert_eq!(pattern.comparisons().len(), many);
}

#[test]
fn parentheses_stay_where_they_mean_something() {
    for (text, printed) in [
        ("(([a:b=1]))", "[a:b = 1]"),
        ("[((a:b=1))]", "[a:b = 1]"),
        ("([a:b=1] OR [a:b=2]) AND [a:b=3]", "([a:b = 1] OR [a:b = 2]) AND [a:b = 3]"),
        ("([a:b=1] AND [a:b=2]) OR [a:b=3]", "[a:b = 1] AND [a:b = 2] OR [a:b = 3]"),
        ("[a:b=1] AND ([a:b=2] AND [a:b=3])", "[a:b = 1] AND ([a:b = 2] AND [a:b = 3])"),
        ("([a:b=1] AND [a:b=2]) WITHIN 5 SECONDS", "([a:b = 1] AND [a:b = 2]) WITHIN 5 SECONDS"),
        ("([a:b=1]) WITHIN 5 SECONDS", "[a:b = 1] WITHIN 5 SECONDS"),
        ("([a:b=1] WITHIN 5 SECONDS)", "[a:b = 1] WITHIN 5 SECONDS"),
        ("([a:b=1] REPEATS 2 TIMES) REPEATS 3 TIMES", "([a:b = 1] REPEATS 2 TIMES) REPEATS 3 TIMES"),
        ("([a:b=1]) REPEATS 2 TIMES REPEATS 3 TIMES", "([a:b = 1]) REPEATS 2 TIMES REPEATS 3 TIMES"),
        ("[(a:b=1 OR a:c=2) AND a:d=3]", "[(a:b = 1 OR a:c = 2) AND a:d = 3]"),
        ("[(a:b=1 AND a:c=2) OR a:d=3]", "[a:b = 1 AND a:c = 2 OR a:d = 3]"),
    ] {
        assert_eq!(normal(text), printed);
        assert_eq!(read(printed), read(text));
    }
}

#[test]
fn every_notation_has_one_normal_form() {
    for (text, printed) in [
        ("[a:b==1]", "[a:b = 1]"),
        ("[a:b<>+1]", "[a:b != 1]"),
        ("[a:'b'.'c-d'['1'", ""),
        ("[a:'b'.'c-d'[+01", ""),
        ("[a:'b'.'c-d'[+1].'IN'.'2f'[*]NOT LIKE'x']", "[a:b.'c-d'[1].'IN'.'2f'[*] NOT LIKE 'x']"),
        ("[a:b.IN.2fa.5 = true]", "[a:b.'IN'.'2fa'.'5' = true]"),
        ("[a:b = h'FFc3'] // end", "[a:b = h'ffc3']"),
        ("[a:b = b'AB=='/* c */]", "[a:b = b'AA==']"),
        ("[a:b = b'Zm9v\nYmFy']", "[a:b = b'Zm9vYmFy']"),
        ("[a:b IN()]", "[a:b IN ()]"),
        ("[a:b\u{a0}=\u{3000}'\\\\\\'\"\u{e9}\n']\u{85}", "[a:b = '\\\\\\'\"\u{e9}\n']"),
        ("[NOT EXISTS a:b]", "[NOT EXISTS a:b]"),
        ("[a:b=1AND a:c=2]WITHIN 5SECONDS", "[a:b = 1 AND a:c = 2] WITHIN 5 SECONDS"),
        (
            "[a:b=.50]START t'2024-01-15T12:30:00Z'STOP t'2024-01-15T12:30:00.5Z'",
            "[a:b = .50] START t'2024-01-15T12:30:00Z' STOP t'2024-01-15T12:30:00.5Z'",
        ),
    ] {
        if printed.is_empty() {
            assert!(Pattern::parse(text).is_err(), "{text}");
        } else {
            assert_eq!(normal(text), printed);
        }
    }
}

#[test]
fn every_node_knows_its_place() {
    let text = "( [a:b.'c' NOT IN (1, 'é')] AND [EXISTS x:y] ) REPEATS 2 TIMES";
    let pattern = read(text);
    let cut = |span: Span| &text[span.range()];
    assert_eq!(cut(pattern.root.span), text);
    assert_eq!(cut(pattern.root.qualifiers[0].span), "REPEATS 2 TIMES");
    let ObservationKind::And(parts) = &pattern.root.kind else { panic!("{pattern:?}") };
    assert_eq!(
        [&parts[0], &parts[1]].map(|part| cut(part.span)),
        ["[a:b.'c' NOT IN (1, 'é')]", "[EXISTS x:y]"]
    );
    let [first, second] = [pattern.comparisons()[0], pattern.comparisons()[1]];
    assert_eq!([first, second].map(|leaf| cut(leaf.span)), ["a:b.'c' NOT IN (1, 'é')", "EXISTS x:y"]);
    let ComparisonKind::Test(test) = &first.kind else { panic!("{first:?}") };
    assert_eq!(
        [test.path.span, test.path.type_span, test.path.property.span, test.path.steps[0].span].map(cut),
        ["a:b.'c'", "a", "b", ".'c'"]
    );
    assert_eq!([test.operator_span, test.constant.span].map(cut), ["NOT IN", "(1, 'é')"]);
    let ConstantKind::Set(members) = &test.constant.kind else { panic!("{test:?}") };
    assert_eq!(cut(members[1].span), "'é'");
}

#[test]
fn a_list_reaches_from_its_first_part_to_its_last() {
    let text = " [(a:b = 1 OR  a:c = 2) AND a:d = 3 OR a:e = 4] OR [a:b = 5] AND [a:b = 6] WITHIN 7 SECONDS ";
    let pattern = read(text);
    let cut = |span: Span| &text[span.range()];
    assert_eq!(cut(pattern.root.span), text.trim());
    let ObservationKind::Or(parts) = &pattern.root.kind else { panic!("{pattern:?}") };
    assert_eq!(cut(parts[1].span), "[a:b = 5] AND [a:b = 6] WITHIN 7 SECONDS");
    let ObservationKind::Test(Comparison { kind: ComparisonKind::Or(ors), span }) = &parts[0].kind else {
        panic!("{parts:?}")
    };
    assert_eq!(
        [*span, ors[0].span].map(cut),
        ["(a:b = 1 OR  a:c = 2) AND a:d = 3 OR a:e = 4", "(a:b = 1 OR  a:c = 2) AND a:d = 3"]
    );
    let text = "(([a:b = 1] REPEATS 2 TIMES) WITHIN 5 SECONDS)";
    let pattern = read(text);
    let ObservationKind::Group(inner) = &pattern.root.kind else { panic!("{pattern:?}") };
    assert_eq!(
        [pattern.root.span, inner.span].map(|span| &text[span.range()]),
        [text, "([a:b = 1] REPEATS 2 TIMES)"]
    );
}

#[test]
fn constants_have_their_values() {
    let kind = |text: &str| {
        let text: &str = Box::leak(format!("[a:b = {text}]").into_boxed_str());
        match &read(text).comparisons()[0].kind {
            ComparisonKind::Test(test) => test.constant.kind.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(kind("-17"), ConstantKind::Integer(number) if number.as_i64() == Some(-17)));
    assert!(matches!(kind("+9223372036854775808"), ConstantKind::Integer(number)
        if number.as_i64().is_none() && number.as_u64() == Some(1 << 63)));
    assert!(
        matches!(kind("-.25"), ConstantKind::Float(number) if number.as_f64().to_bits() == (-0.25f64).to_bits())
    );
    assert_eq!(kind("'C:\\\\a\\'b'"), ConstantKind::String("C:\\a'b".into()));
    assert!(matches!(kind("'plain'"), ConstantKind::String(std::borrow::Cow::Borrowed("plain"))));
    assert_eq!(kind("b'AQIDBA=='"), ConstantKind::Binary(vec![1, 2, 3, 4]));
    assert_eq!(kind("h'ffd8'"), ConstantKind::Hex(vec![0xff, 0xd8]));
    assert!(matches!(kind("t'2024-01-15T12:30:00.5Z'"), ConstantKind::Timestamp(instant)
        if instant.timestamp().unwrap().micros() == 1_705_321_800_500_000));
    assert!(
        matches!(kind("t'2024-02-30T12:30:00Z'"), ConstantKind::Timestamp(instant) if instant.timestamp().is_err())
    );
}

#[test]
fn paths_tell_their_types_and_where_they_go_over_to_another_object() {
    let pattern = read(
        "[network-traffic:src_ref.value = '1' OR directory:contains_refs[*].parent_directory_ref.path = 'x'] \
         OR [directory:path = 'y' OR file:hashes.MD5 LIKE 'd%' OR file:content_ref = 'z']",
    );
    let paths = pattern.paths();
    let over: Vec<Vec<usize>> = paths.iter().map(|path| path.dereferences().collect()).collect();
    assert_eq!(over, [vec![0], vec![1, 2], vec![], vec![], vec![]]);
    assert_eq!(
        pattern.object_types().into_iter().collect::<Vec<_>>(),
        ["directory", "file", "network-traffic"]
    );
    let keys: Vec<&str> = paths[1].keys().map(|key| &*key.name).collect();
    assert_eq!(keys, ["contains_refs", "parent_directory_ref", "path"]);
}

#[test]
fn what_is_read_against_a_rule_is_remarked() {
    use RemarkKind as Kind;
    let digits = "9007199254740992";
    for (text, expected) in [
        ("[a:b = 1] WITHIN 1 SECONDS REPEATS 2 TIMES", vec![]),
        ("[a:b = 1] WITHIN 0 SECONDS", vec![Kind::ZeroWindow]),
        ("[a:b = 1] WITHIN 0.00 SECONDS", vec![Kind::ZeroWindow]),
        ("[a:b = 1] REPEATS 0 TIMES", vec![Kind::ZeroRepeats]),
        ("([a:b = 1]) REPEATS 2 TIMES REPEATS 2 TIMES", vec![Kind::DoubledQualifier]),
        ("([a:b = 1] REPEATS 2 TIMES) REPEATS 2 TIMES", vec![]),
        ("[a:b = t'2024-02-30T00:00:00Z' OR a:b IN (t'2024-01-01T00:00:60Z')]", vec![Kind::NoSuchTime; 2]),
        ("[a:b IN (1, 1.5)]", vec![]),
        ("[a:b IN (h'00', b'AA==')]", vec![]),
        ("[a:b IN (1, '1')]", vec![Kind::MixedSet]),
        ("[a:b = 1 AND c:d = 1]", vec![Kind::MixedObjects]),
        ("[a:b = 1 OR c:d = 1]", vec![]),
        ("[a:b = 1 AND (c:d = 1 OR a:e = 1)]", vec![]),
        ("[(a:b = 1 AND EXISTS c:d) AND a:e = 1]", vec![Kind::MixedObjects]),
        (&format!("[a:b = -{digits}]"), vec![Kind::IntegerRange]),
        ("[a:b = 9007199254740991]", vec![]),
    ] {
        let remarks = read(text).remarks();
        assert_eq!(remarks.iter().map(|remark| remark.kind).collect::<Vec<_>>(), expected, "{text}");
    }
    let text = "[a:b = 1] FOLLOWEDBY [a:b IN (1, true)]";
    assert_eq!(&text[read(text).remarks()[0].span.range()], "(1, true)");
}

#[test]
fn lenient_reading_takes_what_only_a_rule_beyond_the_grammar_refuses() {
    let limits = PatternLimits::default();
    let doubled = "[a:b = 1] REPEATS 2 TIMES REPEATS 3 TIMES";
    assert_eq!(Pattern::parse(doubled).unwrap_err().kind, PatternErrorKind::DoubledQualifier);
    let pattern = parse_lenient(doubled, &limits).unwrap();
    assert_eq!(pattern.remarks()[0].kind, RemarkKind::DoubledQualifier);
    assert_eq!(read(&pattern.to_string()), pattern);
    let digest = "[file:hashes.MD5 = 'EXERCISE']";
    assert_eq!(Pattern::parse(digest).unwrap_err().kind, PatternErrorKind::Hash);
    assert!(parse_lenient(digest, &limits).is_ok());
    assert!(parse_lenient("[file:name = ]", &limits).is_err());
}

#[test]
fn digests_are_held_to_the_form_of_their_algorithm_where_a_whole_one_is_compared() {
    let md5 = "d41d8cd98f00b204e9800998ecf8427e";
    let good = [
        format!("[file:hashes.MD5 = '{md5}']"),
        format!("[file:hashes.'MD5' NOT IN ('{md5}', '{}')]", md5.to_uppercase()),
        format!("[file:hashes.'SHA-256' = '{md5}{md5}']"),
        format!("[artifact:x.hashes.'sha-512' != '{md5}{md5}{md5}{md5}']"),
        "[file:hashes.SSDEEP = '96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:sF1LjEtHHlZDrJzrhuyZvHYm8tKp/RWO']".to_owned(),
        "[file:hashes.MD5 LIKE 'd41d%']".to_owned(),
        "[file:hashes.MD5 = h'd41d8cd98f00b204e9800998ecf8427e']".to_owned(),
        "[EXISTS file:hashes.MD5]".to_owned(),
        "[file:hashes.'x-EXERCISE' = 'anything']".to_owned(),
        "[file:name = 'MD5']".to_owned(),
    ];
    good.iter().for_each(|text| _ = read(text));
    let bad = [
        format!("[file:hashes.MD5 = '{}']", &md5[1..]),
        format!("[file:hashes.MD5 = '{md5}\n']"),
        format!("[file:hashes.'SHA-1' != '{md5}']"),
        format!("[file:hashes.MD5 IN ('{md5}', 'x')]"),
        "[file:hashes.ssdeep = 'a b']".to_owned(),
        "[file:hashes.MD6 = 'abc']".to_owned(),
    ];
    for text in bad {
        assert_eq!(Pattern::parse(&text).unwrap_err().kind, PatternErrorKind::Hash, "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_the_same_tree(root in made::observation()) {
        let pattern = Pattern { root };
        let text = pattern.to_string();
        let again = parse_lenient(&text, &PatternLimits::default());
        prop_assert_eq!(again.as_ref(), Ok(&pattern), "{}", text);
    }

    #[test]
    fn no_text_makes_it_fail_badly(text in "\\PC{0,60}") {
        if let Err(error) = Pattern::parse(&text) {
            prop_assert!(text.get(error.span.clone()).is_some());
            prop_assert!(error.excerpt(&text).lines().count() == 2, "{}", error.excerpt(&text));
        }
    }

    #[test]
    fn no_words_make_it_fail_badly(words in proptest::collection::vec(made::word(), 0..30)) {
        let text = words.concat();
        if let Err(error) = Pattern::parse(&text) {
            prop_assert!(text.get(error.span.clone()).is_some());
            prop_assert!(!error.excerpt(&text).is_empty());
        }
    }
}
