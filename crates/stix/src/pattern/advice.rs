//! What to say when a word stands where it may not: what was found, what was expected, and what is probably meant.

use super::error::PatternErrorKind as Error;
use super::lexer::{Fault, Kind, Word};

/// What may stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// `[` or `(`.
    Observation,
    /// A path, `EXISTS`, `NOT EXISTS` or `(`.
    Comparison,
    /// A path.
    Path,
    Colon,
    Property,
    Key,
    Operator,
    /// An operator, after `NOT`.
    NegatedOperator,
    Constant,
    /// A constant that has an order.
    Ordered,
    Text,
    Set,
    Member,
    /// `,` or `)`.
    MemberEnd,
    Index,
    IndexEnd,
    /// `AND`, `OR` or `]`.
    TestEnd,
    /// `AND`, `OR` or `)` within brackets.
    ComparisonEnd,
    /// An operator, a qualifier or `)` outside brackets.
    GroupEnd,
    /// An operator, a qualifier or the end of the text.
    PatternEnd,
    Window,
    Seconds,
    Count,
    Times,
    Time,
    Stop,
}

impl Want {
    const fn text(self) -> &'static str {
        match self {
            Self::Observation => "an observation expression, which begins with `[` or `(`",
            Self::Comparison => "a comparison such as file:size = 10",
            Self::Path => "an object path such as file:name",
            Self::Colon => "`:` and a property",
            Self::Property => "a property name",
            Self::Key => "a property name or key",
            Self::Operator => "a comparison operator",
            Self::NegatedOperator => "a comparison operator after NOT",
            Self::Constant => "a constant",
            Self::Ordered => "a number, string, timestamp, binary or hex constant",
            Self::Text => "a string in apostrophes",
            Self::Set => "a set such as ('a', 'b')",
            Self::Member => "a constant of the set",
            Self::MemberEnd => "`,` or `)`",
            Self::Index => "a number from 0, or `*`",
            Self::IndexEnd => "`]` after the index",
            Self::TestEnd => "AND, OR or `]`",
            Self::ComparisonEnd => "AND, OR or `)`",
            Self::GroupEnd => "AND, OR, FOLLOWEDBY, a qualifier or `)`",
            Self::PatternEnd => "AND, OR, FOLLOWEDBY, a qualifier or the end",
            Self::Window => "a number of seconds that is not negative",
            Self::Seconds => "SECONDS",
            Self::Count => "a whole number that is not negative",
            Self::Times => "TIMES",
            Self::Time => "a timestamp such as t'2024-01-15T12:30:00Z'",
            Self::Stop => "STOP and a timestamp",
        }
    }

    /// Whether a keyword may stand here, so that a name is probably a keyword in the wrong case.
    const fn keyword(self) -> bool {
        matches!(
            self,
            Self::Operator
                | Self::NegatedOperator
                | Self::TestEnd
                | Self::ComparisonEnd
                | Self::GroupEnd
                | Self::PatternEnd
                | Self::Seconds
                | Self::Times
                | Self::Stop
        )
    }

    const fn constant(self) -> bool {
        matches!(self, Self::Constant | Self::Ordered | Self::Text | Self::Member | Self::Set)
    }

    const fn after_constant(self) -> bool {
        matches!(self, Self::TestEnd | Self::ComparisonEnd | Self::MemberEnd)
    }

    const fn outside(self) -> bool {
        matches!(self, Self::Observation | Self::GroupEnd | Self::PatternEnd)
    }
}

/// The most characters of a found word that a message repeats.
const SHOWN: usize = 40;

/// The kind of error and the whole message for a word `found` of `kind` where `want` was wanted. `behind` says that it
/// stands right behind the closing quote of a constant.
pub(super) fn explain(want: Want, kind: Kind, found: &str, behind: bool) -> (Error, String) {
    let text = matches!(kind, Kind::Name | Kind::HyphenName | Kind::String | Kind::Bad(Fault::OpenString));
    let (error, advice) = if behind && text && want.after_constant() {
        (Error::Escape, "an apostrophe within a string is written \\'".to_owned())
    } else {
        guess(want, kind, found)
    };
    let shown: String = clip(found);
    let cut = if found.chars().nth(SHOWN).is_some() { "..." } else { "" };
    let expected = want.text();
    let mut message = match kind {
        Kind::End => format!("the text ends where {expected} is expected"),
        _ => format!("found `{shown}{cut}`, expected {expected}"),
    };
    if !advice.is_empty() {
        message.push_str("; ");
        message.push_str(&advice);
    }
    (error, message)
}

fn guess(want: Want, kind: Kind, found: &str) -> (Error, String) {
    match kind {
        Kind::Bad(fault) => faulty(want, fault, found),
        Kind::End => end(want),
        Kind::Name | Kind::HyphenName => named(want, kind, found),
        Kind::Word(word) => worded(want, word),
        Kind::String if want == Want::Time => {
            (Error::Timestamp, format!("write t before the quotes: t{}", clip(found)))
        }
        Kind::String if matches!(want, Want::Comparison | Want::Path) => (
            Error::Unexpected,
            "the object path stands left of the operator, and its type has no quotes".into(),
        ),
        Kind::RightParen | Kind::RightBracket => closing(want, kind),
        Kind::Dot if want == Want::Colon => {
            (Error::Unexpected, "write `:` between the object type and the property".into())
        }
        Kind::Equal | Kind::Less | Kind::Greater if matches!(want, Want::Constant | Want::Ordered) => {
            (Error::Operator, "there is no such operator".into())
        }
        Kind::Equal | Kind::NotEqual if want == Want::Colon => {
            (Error::Unexpected, "a path is written type:property".into())
        }
        Kind::NegativeInteger if want == Want::Index => {
            (Error::Number, "elements of a list are counted from 0".into())
        }
        Kind::NegativeInteger | Kind::NegativeFloat if matches!(want, Want::Window | Want::Count) => {
            (Error::Number, "it must not be negative".into())
        }
        Kind::Float if want == Want::Count => (Error::Number, "REPEATS takes a whole number".into()),
        Kind::Integer
        | Kind::NegativeInteger
        | Kind::Float
        | Kind::NegativeFloat
        | Kind::Hex
        | Kind::Binary
        | Kind::Time
            if want == Want::Text =>
        {
            (Error::ConstantType, "LIKE, MATCHES, ISSUBSET and ISSUPERSET take a string".into())
        }
        Kind::Integer
        | Kind::NegativeInteger
        | Kind::Float
        | Kind::NegativeFloat
        | Kind::String
        | Kind::Hex
        | Kind::Binary
        | Kind::Time
            if want == Want::Set =>
        {
            (Error::ConstantType, "IN takes a set in parentheses, also for one value".into())
        }
        Kind::LeftParen if want == Want::Constant => (Error::ConstantType, "only IN takes a set".into()),
        Kind::LeftBracket if want == Want::PatternEnd || want == Want::GroupEnd => {
            (Error::Unexpected, "join observation expressions with AND, OR or FOLLOWEDBY".into())
        }
        _ => (Error::Unexpected, String::new()),
    }
}

/// The beginning of a found word, with its control characters as escapes.
fn clip(found: &str) -> String {
    let mut out = String::new();
    for char in found.chars().take(SHOWN) {
        if char.is_control() { out.extend(char.escape_default()) } else { out.push(char) }
    }
    out
}

fn faulty(want: Want, fault: Fault, found: &str) -> (Error, String) {
    let (error, advice) = match fault {
        Fault::OpenString => (Error::OpenString, "the closing apostrophe is missing"),
        Fault::Escape => (
            Error::Escape,
            "in a string only \\' and \\\\ are escapes; write \\\\ for one backslash, and other characters as they are",
        ),
        Fault::Time => return (Error::Timestamp, time(found)),
        Fault::Binary => (Error::Binary, "b'...' takes base64 with its padding, without blanks"),
        Fault::Hex => (Error::Hex, "h'...' takes pairs of hexadecimal digits"),
        Fault::OpenComment => (Error::Comment, "the comment does not end; write */"),
        Fault::EarlyComment => (Error::Comment, "a comment may stand only after the first `[`"),
        Fault::Quote => (Error::WrongQuotes, "use the apostrophe ' for quotes"),
        Fault::Zeros => (Error::Number, "a number does not begin with 0, except 0 itself"),
        Fault::Character => match (found, want) {
            ("&&" | "&", _) => (Error::Operator, "write AND"),
            ("||" | "|", _) => (Error::Operator, "write OR"),
            ("!", _) => (Error::Operator, "write NOT before the operator, or !="),
            ("~", _) => (Error::Operator, "write LIKE or MATCHES"),
            ("/" | "\\", Want::Text) => (Error::MissingQuotes, "write the expression in apostrophes"),
            ("+" | "-", Want::Constant | Want::Ordered | Want::Member) => {
                (Error::Number, "a sign stands right before the digits")
            }
            (_, Want::Property | Want::Key) => (Error::UnquotedName, "put such a name in apostrophes"),
            (_, Want::Operator | Want::NegatedOperator) => (Error::Operator, ""),
            _ => (Error::Character, ""),
        },
    };
    (error, advice.to_owned())
}

/// What is wrong with a timestamp constant.
fn time(found: &str) -> String {
    let body = found.trim_start_matches('t').trim_matches('\'');
    let advice = if body.ends_with('z') || body.contains('t') {
        "T and Z are upper case"
    } else if !body.ends_with('Z') {
        "a timestamp is in UTC and ends with Z"
    } else if !body.contains('T') {
        "T stands between day and time"
    } else {
        "it must be an existing time of the form 2024-01-15T12:30:00Z, or with a fraction of seconds"
    };
    advice.to_owned()
}

fn end(want: Want) -> (Error, String) {
    match want {
        Want::TestEnd => (Error::Unclosed, "the square bracket is not closed".into()),
        Want::ComparisonEnd | Want::GroupEnd | Want::MemberEnd => {
            (Error::Unclosed, "the parenthesis is not closed".into())
        }
        Want::Time => (Error::Timestamp, String::new()),
        _ => (Error::Unexpected, String::new()),
    }
}

fn named(want: Want, kind: Kind, found: &str) -> (Error, String) {
    let upper = found.to_ascii_uppercase();
    let lower = found.to_ascii_lowercase();
    if want.keyword() && Word::of(&upper).is_some() {
        return (Error::KeywordCase, format!("keywords are upper case: write {upper}"));
    }
    if want.keyword() && upper == "FOLLOWED" {
        return (Error::Operator, "write FOLLOWEDBY in one word".into());
    }
    match want {
        Want::Property | Want::Key if kind == Kind::HyphenName => {
            (Error::UnquotedName, format!("a name with a hyphen stands in apostrophes: '{}'", clip(found)))
        }
        Want::Observation => (Error::MissingBrackets, "put the comparison in square brackets".into()),
        Want::Seconds => (Error::Unexpected, "WITHIN counts in SECONDS".into()),
        Want::Times => (Error::Unexpected, "REPEATS counts in TIMES".into()),
        Want::Constant | Want::Member if lower == "true" || lower == "false" => {
            (Error::KeywordCase, format!("booleans are lower case: write {lower}"))
        }
        _ if want.constant() && lower == "null" => {
            (Error::MissingQuotes, "there is no null; ask with EXISTS whether a property is there".into())
        }
        _ if want.constant() => {
            (Error::MissingQuotes, format!("put strings in apostrophes: '{}'", clip(found)))
        }
        Want::Operator | Want::NegatedOperator => (Error::Operator, String::new()),
        _ => (Error::Unexpected, String::new()),
    }
}

fn worded(want: Want, word: Word) -> (Error, String) {
    match (want, word) {
        (Want::Comparison, Word::Not) => {
            (Error::Not, "NOT stands before the operator: file:name NOT = 'a'".into())
        }
        (Want::Path, Word::Not) => (Error::Not, "write NOT before EXISTS".into()),
        (Want::Constant | Want::Ordered | Want::Text | Want::Set, Word::Not) => {
            (Error::Not, "NOT stands before the operator".into())
        }
        (Want::NegatedOperator, Word::Not) => (Error::Not, "write NOT once".into()),
        (Want::Operator | Want::NegatedOperator, Word::Exists) => {
            (Error::Operator, "EXISTS stands before the path".into())
        }
        (Want::Operator, Word::And | Word::Or) => (
            Error::Operator,
            "each comparison has a path, an operator and a constant; EXISTS asks whether a property is there"
                .into(),
        ),
        (Want::Property, _) => (Error::UnquotedName, "a name that is a keyword stands in apostrophes".into()),
        (Want::Ordered, Word::True | Word::False) => {
            (Error::ConstantType, "booleans have no order: use = or !=".into())
        }
        (Want::Text, Word::True | Word::False) => {
            (Error::ConstantType, "LIKE, MATCHES, ISSUBSET and ISSUPERSET take a string".into())
        }
        (
            Want::TestEnd | Want::ComparisonEnd,
            Word::FollowedBy | Word::Within | Word::Repeats | Word::Start,
        ) => (
            Error::Unexpected,
            "it applies to observation expressions: close the square bracket before it".into(),
        ),
        (want, Word::Not) if want.outside() => {
            (Error::Not, "NOT stands before the operator of a comparison, within square brackets".into())
        }
        (Want::Observation, Word::Exists) => {
            (Error::MissingBrackets, "put the comparison in square brackets".into())
        }
        (Want::PatternEnd | Want::GroupEnd, Word::Stop) => {
            (Error::Unexpected, "START t'...' stands before STOP".into())
        }
        _ => (Error::Unexpected, String::new()),
    }
}

fn closing(want: Want, kind: Kind) -> (Error, String) {
    match (want, kind) {
        (Want::PatternEnd, Kind::RightParen) => (Error::Unopened, "the parenthesis was not opened".into()),
        (Want::PatternEnd | Want::GroupEnd, _) => {
            (Error::Unopened, "the square bracket was not opened".into())
        }
        (Want::TestEnd, Kind::RightParen) => {
            (Error::Unopened, "the parenthesis was not opened in this bracket".into())
        }
        (Want::ComparisonEnd, _) => (Error::Unclosed, "close the parenthesis first".into()),
        (Want::Comparison, _) => (Error::Unexpected, "a comparison is missing".into()),
        (Want::Member, _) => (Error::Unexpected, "no comma stands before `)`".into()),
        _ => (Error::Unexpected, String::new()),
    }
}
