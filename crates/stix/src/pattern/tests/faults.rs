//! What is refused, where, and what is said.

use std::time::{Duration, Instant};

use super::super::*;
use PatternErrorKind as Kind;

#[test]
fn a_usual_mistake_is_named_and_its_remedy_told() {
    let table: &[(&str, Kind, &str, &str)] = &[
        ("", Kind::Empty, "", "square brackets"),
        (" \n", Kind::Empty, "", "square brackets"),
        ("file:name = 'a'", Kind::MissingBrackets, "file", "put the comparison in square brackets"),
        ("EXISTS file:name", Kind::MissingBrackets, "EXISTS", "square brackets"),
        ("[a:b = 1] AND a:c = 2", Kind::MissingBrackets, "a", "square brackets"),
        ("[a:b = 1", Kind::Unclosed, "", "the square bracket is not closed"),
        ("([a:b = 1]", Kind::Unclosed, "", "the parenthesis is not closed"),
        ("[(a:b = 1]", Kind::Unclosed, "]", "close the parenthesis first"),
        ("[a:b = 1]]", Kind::Unopened, "]", "was not opened"),
        ("[a:b = 1])", Kind::Unopened, ")", "was not opened"),
        ("[a:b = 1)]", Kind::Unopened, ")", "was not opened in this bracket"),
        ("[a:b = 1] within 5 SECONDS", Kind::KeywordCase, "within", "write WITHIN"),
        ("[a:b = 1] WITHIN 5 Seconds", Kind::KeywordCase, "Seconds", "write SECONDS"),
        ("[a:b = 1] WITHIN 5 MINUTES", Kind::Unexpected, "MINUTES", "WITHIN counts in SECONDS"),
        ("[a:b like 'x']", Kind::KeywordCase, "like", "write LIKE"),
        ("[a:b = 1 and a:c = 2]", Kind::KeywordCase, "and", "write AND"),
        ("[a:b = TRUE]", Kind::KeywordCase, "TRUE", "write true"),
        ("[a:b = \"x\"]", Kind::WrongQuotes, "\"", "use the apostrophe"),
        ("[a:b = ‘x’]", Kind::WrongQuotes, "‘", "use the apostrophe"),
        ("[a:b = x]", Kind::MissingQuotes, "x", "'x'"),
        ("[a:b MATCHES /x/]", Kind::MissingQuotes, "/", "in apostrophes"),
        ("[a:b = null]", Kind::MissingQuotes, "null", "EXISTS"),
        ("[a:b-c = 1]", Kind::UnquotedName, "b-c", "'b-c'"),
        ("[a:b.c-d = 1]", Kind::UnquotedName, "c-d", "'c-d'"),
        ("[a:é = 1]", Kind::UnquotedName, "é", "apostrophes"),
        ("[a:AND = 1]", Kind::UnquotedName, "AND", "apostrophes"),
        ("[a.b = 1]", Kind::Unexpected, ".", "write `:`"),
        ("[a:b = 'x]", Kind::OpenString, "'", "closing apostrophe"),
        ("[a:b = t'2024", Kind::OpenString, "t'", "closing apostrophe"),
        ("[a:b = 'x\\y']", Kind::Escape, "'x\\", "\\\\"),
        ("[a:b = 'it's']", Kind::Escape, "s", "is written \\'"),
        ("[a:b = t'2024-01-15T12:30:00']", Kind::Timestamp, "t'2024-01-15T12:30:00'", "ends with Z"),
        ("[a:b = t'2024-01-15T12:30:00z']", Kind::Timestamp, "t'2024-01-15T12:30:00z'", "upper case"),
        ("[a:b = t'2024-13-15T12:30:00Z']", Kind::Timestamp, "t'2024-13-15T12:30:00Z'", "existing time"),
        (
            "[a:b = 1] START '2024-01-15T12:30:00Z'",
            Kind::Timestamp,
            "'2024-01-15T12:30:00Z'",
            "write t before",
        ),
        ("[a:b = b'YQ']", Kind::Binary, "b'YQ'", "padding"),
        ("[a:b = h'abc']", Kind::Hex, "h'abc'", "pairs"),
        ("[a:b = 007]", Kind::Number, "007", "does not begin with 0"),
        ("[a:b[-1] = 1]", Kind::Number, "-1", "from 0"),
        ("[a:b = 1] REPEATS 1.5 TIMES", Kind::Number, "1.5", "whole number"),
        ("[a:b = 1] WITHIN -5 SECONDS", Kind::Number, "-5", "negative"),
        ("[a:b = 1 && a:c = 2]", Kind::Operator, "&&", "write AND"),
        ("[a:b = 1 || a:c = 2]", Kind::Operator, "||", "write OR"),
        ("[a:b =! 1]", Kind::Operator, "!", "!="),
        ("[a:b => 1]", Kind::Operator, ">", "no such operator"),
        ("[a:b CONTAINS 'x']", Kind::Operator, "CONTAINS", "comparison operator"),
        ("[a:b > true]", Kind::ConstantType, "true", "no order"),
        ("[a:b LIKE 5]", Kind::ConstantType, "5", "take a string"),
        ("[a:b IN 'x']", Kind::ConstantType, "'x'", "a set in parentheses"),
        ("[a:b = ('x')]", Kind::ConstantType, "(", "only IN"),
        ("[a:b IN ('x',)]", Kind::Unexpected, ")", "no comma"),
        ("[NOT a:b = 1]", Kind::Not, "NOT", "before the operator"),
        ("[a:b = NOT 1]", Kind::Not, "NOT", "before the operator"),
        ("NOT [a:b = 1]", Kind::Not, "NOT", "within square brackets"),
        ("[EXISTS NOT a:b]", Kind::Not, "NOT", "NOT before EXISTS"),
        ("[a:b EXISTS]", Kind::Operator, "EXISTS", "before the path"),
        ("[a:b = 1] [a:c = 2]", Kind::Unexpected, "[", "AND, OR or FOLLOWEDBY"),
        ("[a:b = 1 FOLLOWEDBY a:c = 2]", Kind::Unexpected, "FOLLOWEDBY", "close the square bracket"),
        ("[a:b = 1] WITHIN 5 SECONDS WITHIN 6 SECONDS", Kind::DoubledQualifier, "WITHIN 6 SECONDS", "once"),
        ("[a:b = 1 /* c]", Kind::Comment, "/*", "write */"),
        ("/* c */ [a:b = 1]", Kind::Comment, "/*", "after the first `[`"),
        ("[a:b = 1 ; a:c = 2]", Kind::Character, ";", "AND, OR or `]`"),
        ("[]", Kind::Unexpected, "]", "a comparison is missing"),
        ("[a:b = 1] AND", Kind::Unexpected, "", "the text ends"),
    ];
    for (text, kind, place, advice) in table {
        let error = Pattern::parse(text).unwrap_err();
        let told = format!("{text}\n{error}\n{}", error.excerpt(text));
        assert_eq!((error.kind, &text[error.span.clone()]), (*kind, *place), "{told}");
        assert!(error.message().contains(advice), "{told}");
    }
}

#[test]
fn the_place_is_told_by_line_and_column_and_marked_in_an_excerpt() {
    let text = "[a:b = 'é'\r\n OR a:c = \"\u{1f600}\"]";
    let error = Pattern::parse(text).unwrap_err();
    assert_eq!((error.line, error.column, error.span.start), (2, 11, text.find('"').unwrap()));
    assert_eq!(error.excerpt(text), "2 |  OR a:c = \"\u{1f600}\"]\n  |           ^");
    assert_eq!(
        error.to_string(),
        "line 2, column 11: found `\"`, expected a constant; use the apostrophe ' for quotes"
    );
    let text = "[a:b = 'é'] within 5 SECONDS";
    let error = Pattern::parse(text).unwrap_err();
    assert_eq!(error.excerpt(text), "1 | [a:b = 'é'] within 5 SECONDS\n  |             ^^^^^^");
    let end = "[a:b = 1";
    assert_eq!(Pattern::parse(end).unwrap_err().excerpt(end), "1 | [a:b = 1\n  |         ^");
}

#[test]
fn an_excerpt_of_a_long_line_is_cut_around_the_place() {
    let text = format!("[a:b = '{}' xor a:c = '{}']", "é".repeat(500), "x".repeat(500));
    let error = Pattern::parse(&text).unwrap_err();
    let excerpt = error.excerpt(&text);
    let (line, marks) = excerpt.split_once('\n').unwrap();
    assert!(line.starts_with("1 | ...é") && line.ends_with("x..."), "{excerpt}");
    assert!(line.chars().count() < 90, "{excerpt}");
    let marked: String =
        line.chars().zip(marks.chars()).filter(|(_, mark)| *mark == '^').map(|(char, _)| char).collect();
    assert_eq!(marked, "xor");
}

#[test]
fn limits_are_told_by_name() {
    let limits = PatternLimits { bytes: 60, depth: 3, nodes: 8 };
    let kind = |text: &str| parse(text, &limits).map(|_| ()).map_err(|error| error.kind);
    assert_eq!(kind("((([a:b = 1])))"), Ok(()));
    assert_eq!(kind("(((([a:b = 1]))))"), Err(Kind::TooDeep));
    assert_eq!(kind("[((((a:b = 1))))]"), Err(Kind::TooDeep));
    assert_eq!(kind("((([((((a:b = 1))))])))"), Err(Kind::TooDeep));
    assert_eq!(kind("[a:b IN (1,2,3,4,5)]"), Ok(()));
    assert_eq!(kind("[a:b IN (1,2,3,4,5,6)]"), Err(Kind::TooManyNodes));
    assert_eq!(kind(&format!("[a:b = '{}']", "x".repeat(60))), Err(Kind::TooLong));
}

#[test]
fn deep_parentheses_are_read_walked_printed_and_dropped_within_the_stack_of_a_thread() {
    let limits = PatternLimits { depth: MOST_DEPTH, ..PatternLimits::default() };
    let nest = |depth: usize| {
        // No pair of parentheses is needless here.
        let inside =
            format!("{}a:b = 1{}", "(a:c = 2 OR ".repeat(depth / 2), " AND a:d = 3)".repeat(depth / 2));
        let (open, close) = ("([a:b = 1] AND ".repeat(depth / 2), " REPEATS 2 TIMES)".repeat(depth / 2));
        format!("{open}[{inside}]{close} WITHIN 5 SECONDS")
    };
    let text = nest(limits.depth);
    let pattern = parse(&text, &limits).unwrap();
    assert_eq!(parse(&pattern.to_string(), &limits).unwrap(), pattern);
    assert_eq!(pattern.clone().remarks(), []);
    let deeper = PatternLimits { depth: usize::MAX, ..limits };
    assert_eq!(parse(&nest(limits.depth + 2), &deeper).unwrap_err().kind, Kind::TooDeep);
}

#[test]
fn hostile_texts_are_done_with_at_once() {
    let size = 64 << 10;
    let starts = ["", "[", "[a:b = ", "[a:b", "[a:b IN (", "[a:b = 1] ", "[a:b = 1] WITHIN "];
    let units = [
        "[",
        "(",
        ")",
        "]",
        "'",
        "\"",
        "NOT ",
        "5",
        "5.",
        ".5",
        "-",
        "+",
        "é",
        "/*",
        "//",
        "//\n",
        "/**/",
        "\\",
        "a",
        "a-",
        " ",
        "\u{3000}",
        "t'",
        "b'",
        "h'",
        "[0]",
        ".a",
        "AND ",
        "[a:b=1]OR",
        "a:b=1 AND ",
        "1,",
        "EXISTS ",
        "'x'",
        "=",
        "&&",
        "\0",
        "[*]",
        "([a:b=1]AND",
        "(a:b=1 OR ",
    ];
    let began = Instant::now();
    for start in starts {
        for unit in units {
            let fill = unit.repeat((size - start.len()) / unit.len());
            let text = format!("{start}{fill}");
            if let Err(error) = parse(&text, &PatternLimits { nodes: usize::MAX, ..PatternLimits::default() })
            {
                assert!(error.excerpt(&text).len() < 1_000, "{start}{unit}...");
                assert!(error.to_string().len() < 500, "{start}{unit}...");
            }
        }
    }
    // 273 texts of 64 KiB: less than a second, even unoptimised. What is quadratic takes minutes.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}
