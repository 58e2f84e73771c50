//! The words of a pattern. A word is the longest that fits, as in the grammar of the reference; blanks and comments
//! stand between words and part them.

use super::tree::Span;

/// A keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    And,
    Or,
    Not,
    FollowedBy,
    Like,
    Matches,
    IsSuperset,
    IsSubset,
    Exists,
    Last,
    In,
    Start,
    Stop,
    Seconds,
    True,
    False,
    Within,
    Repeats,
    Times,
}

impl Word {
    /// The keyword that `text` is; case counts (clause 9.5 writes them so).
    pub(super) fn of(text: &str) -> Option<Self> {
        Some(match text {
            "AND" => Self::And,
            "OR" => Self::Or,
            "NOT" => Self::Not,
            "FOLLOWEDBY" => Self::FollowedBy,
            "LIKE" => Self::Like,
            "MATCHES" => Self::Matches,
            "ISSUPERSET" => Self::IsSuperset,
            "ISSUBSET" => Self::IsSubset,
            "EXISTS" => Self::Exists,
            "LAST" => Self::Last,
            "IN" => Self::In,
            "START" => Self::Start,
            "STOP" => Self::Stop,
            "SECONDS" => Self::Seconds,
            "true" => Self::True,
            "false" => Self::False,
            "WITHIN" => Self::Within,
            "REPEATS" => Self::Repeats,
            "TIMES" => Self::Times,
            _ => return None,
        })
    }
}

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Digits, perhaps after `+`.
    Integer,
    /// Digits after `-`.
    NegativeInteger,
    /// Digits with a full stop, perhaps after `+`.
    Float,
    /// Digits with a full stop after `-`.
    NegativeFloat,
    Hex,
    Binary,
    String,
    Time,
    Word(Word),
    /// A letter or `_`, then letters, digits, `_`.
    Name,
    /// Such a name with hyphens after its first character.
    HyphenName,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Colon,
    Dot,
    Comma,
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    Star,
    /// The end of the text.
    End,
    /// Nothing that a pattern may hold; no valid pattern has such a word anywhere.
    Bad(Fault),
}

/// Why a word is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// `'` without its end.
    OpenString,
    /// A backslash before anything but `'` and `\`.
    Escape,
    /// `t'...'` that is not of the form of a timestamp.
    Time,
    /// `b'...'` that is not base64.
    Binary,
    /// `h'...'` that is not pairs of digits.
    Hex,
    /// `/*` without its end.
    OpenComment,
    /// A comment before the first bracket.
    EarlyComment,
    /// `"` or a typographic quotation mark.
    Quote,
    /// A number that begins with needless zeros.
    Zeros,
    /// Any other character.
    Character,
}

/// A word and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// The rest of a text.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Whether a bracket was met: comments may stand only behind it.
    begun: bool,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0, begun: false }
    }

    /// The text at a place; empty when the place is none.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn rest(&self, at: usize) -> &'a str {
        self.text.get(at..).unwrap_or_default()
    }

    /// The place of the first byte from `at` on that is not `like`.
    fn run(&self, at: usize, like: impl Fn(u8) -> bool) -> usize {
        let tail = self.text.as_bytes().get(at..).unwrap_or_default();
        at.saturating_add(tail.iter().position(|byte| !like(*byte)).unwrap_or(tail.len()))
    }

    /// The next word.
    pub(super) fn next(&mut self) -> Token {
        let (start, problem) = self.skip();
        let (kind, end) = problem.unwrap_or_else(|| self.word(start));
        self.at = end;
        self.begun |= kind == Kind::LeftBracket;
        Token { kind, span: Span { start, end } }
    }

    /// Takes letters, digits and `_` from `at` on as a name, whatever they begin with, and goes on behind them.
    pub(super) fn name_at(&mut self, at: usize) -> Span {
        self.at = self.run(at, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        Span { start: at, end: self.at }
    }

    /// Passes blanks and comments. A comment that may not stand there, or does not end, is a word of its own.
    fn skip(&self) -> (usize, Option<(Kind, usize)>) {
        let mut at = self.at;
        loop {
            at = match self.byte(at) {
                Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c) => at.saturating_add(1),
                Some(b'/') => {
                    let end = match self.byte(at.saturating_add(1)) {
                        Some(b'/') => Some(self.run(at, |byte| byte != b'\n' && byte != b'\r')),
                        Some(b'*') => {
                            let body = at.saturating_add(2);
                            self.rest(body).find("*/").map(|end| body.saturating_add(end).saturating_add(2))
                        }
                        _ => return (at, None),
                    };
                    let two = at.saturating_add(2);
                    match end {
                        None => return (at, Some((Kind::Bad(Fault::OpenComment), two))),
                        Some(_) if !self.begun => return (at, Some((Kind::Bad(Fault::EarlyComment), two))),
                        Some(end) => end,
                    }
                }
                // White_Space of Unicode (clause 9.1); what is ASCII of it is above.
                Some(byte) if !byte.is_ascii() => match self.rest(at).chars().next() {
                    Some(char) if char.is_whitespace() => at.saturating_add(char.len_utf8()),
                    _ => return (at, None),
                },
                _ => return (at, None),
            };
        }
    }

    /// The word that begins at `at`, and its end.
    fn word(&self, at: usize) -> (Kind, usize) {
        let Some(byte) = self.byte(at) else { return (Kind::End, at) };
        let next = self.byte(at.saturating_add(1));
        let (one, two) = (at.saturating_add(1), at.saturating_add(2));
        match (byte, next) {
            (b'a'..=b'z' | b'A'..=b'Z' | b'_', _) => self.name(at, byte),
            (b'\'', _) => self.string(at),
            (b'0'..=b'9' | b'+' | b'-' | b'.', _) => self.number(at, byte),
            (b'=', Some(b'=')) => (Kind::Equal, two),
            (b'=', _) => (Kind::Equal, one),
            (b'!', Some(b'=')) | (b'<', Some(b'>')) => (Kind::NotEqual, two),
            (b'<', Some(b'=')) => (Kind::LessOrEqual, two),
            (b'<', _) => (Kind::Less, one),
            (b'>', Some(b'=')) => (Kind::GreaterOrEqual, two),
            (b'>', _) => (Kind::Greater, one),
            (b':', _) => (Kind::Colon, one),
            (b',', _) => (Kind::Comma, one),
            (b'(', _) => (Kind::LeftParen, one),
            (b')', _) => (Kind::RightParen, one),
            (b'[', _) => (Kind::LeftBracket, one),
            (b']', _) => (Kind::RightBracket, one),
            (b'*', _) => (Kind::Star, one),
            (b'&', Some(b'&')) | (b'|', Some(b'|')) => (Kind::Bad(Fault::Character), two),
            _ => self.foreign(at),
        }
    }

    fn name(&self, at: usize, first: u8) -> (Kind, usize) {
        let plain = self.run(at, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let end = self.run(plain, |byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if end > plain {
            return (Kind::HyphenName, end);
        }
        let alone = plain == at.saturating_add(1) && self.byte(plain) == Some(b'\'');
        if alone && matches!(first, b't' | b'b' | b'h') {
            return self.prefixed(plain, first);
        }
        (Word::of(self.slice(Span { start: at, end })).map_or(Kind::Name, Kind::Word), end)
    }

    /// A constant with a letter before its quotes. A letter right before a string is never anything else.
    fn prefixed(&self, quote: usize, letter: u8) -> (Kind, usize) {
        let start = quote.saturating_add(1);
        let end = self.run(start, |byte| byte != b'\'');
        if end >= self.text.len() {
            return (Kind::Bad(Fault::OpenString), start);
        }
        let body = self.slice(Span { start, end });
        let kind = match letter {
            b't' if is_time(body) => Kind::Time,
            b't' => Kind::Bad(Fault::Time),
            b'b' if is_base64(body) => Kind::Binary,
            b'b' => Kind::Bad(Fault::Binary),
            _ if body.len().is_multiple_of(2) && body.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                Kind::Hex
            }
            _ => Kind::Bad(Fault::Hex),
        };
        (kind, end.saturating_add(1))
    }

    fn string(&self, at: usize) -> (Kind, usize) {
        let mut end = at.saturating_add(1);
        loop {
            end = self.run(end, |byte| byte != b'\'' && byte != b'\\');
            match (self.byte(end), self.byte(end.saturating_add(1))) {
                (Some(b'\''), _) => return (Kind::String, end.saturating_add(1)),
                (Some(_), Some(b'\'' | b'\\')) => end = end.saturating_add(2),
                (Some(_), Some(_)) => return (Kind::Bad(Fault::Escape), end.saturating_add(1)),
                _ => return (Kind::Bad(Fault::OpenString), at.saturating_add(1)),
            }
        }
    }

    fn number(&self, at: usize, first: u8) -> (Kind, usize) {
        let signed = matches!(first, b'+' | b'-');
        let digits = at.saturating_add(usize::from(signed));
        let stop = self.run(digits, |byte| byte.is_ascii_digit());
        let fraction = stop.saturating_add(1);
        if self.byte(stop) == Some(b'.') && self.byte(fraction).is_some_and(|byte| byte.is_ascii_digit()) {
            let end = self.run(fraction, |byte| byte.is_ascii_digit());
            return (if first == b'-' { Kind::NegativeFloat } else { Kind::Float }, end);
        }
        match (stop.saturating_sub(digits), first) {
            (0, b'.') => (Kind::Dot, fraction),
            (0, _) => (Kind::Bad(Fault::Character), digits),
            (2.., _) if self.byte(digits) == Some(b'0') => (Kind::Bad(Fault::Zeros), stop),
            (_, b'-') => (Kind::NegativeInteger, stop),
            _ => (Kind::Integer, stop),
        }
    }

    fn foreign(&self, at: usize) -> (Kind, usize) {
        let char = self.rest(at).chars().next().unwrap_or_default();
        let end = at.saturating_add(char.len_utf8());
        let quote = matches!(char, '"' | '`' | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}');
        (Kind::Bad(if quote { Fault::Quote } else { Fault::Character }), end)
    }
}

/// Whether `text` has the form of a timestamp constant. The ranges are those of the reference: days up to 31 in any
/// month, and a second 60.
fn is_time(text: &str) -> bool {
    let Some((whole, fraction)) = text.strip_suffix('Z').and_then(|body| body.split_at_checked(19)) else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let shape = whole.bytes().zip(b"0000-00-00T00:00:00");
    let formed =
        shape.clone().all(|(is, want)| if *want == b'0' { is.is_ascii_digit() } else { is == *want });
    let number = |from: usize| whole.get(from..from.saturating_add(2)).and_then(|two| two.parse::<u8>().ok());
    let within =
        |from: usize, low: u8, high: u8| number(from).is_some_and(|value| (low..=high).contains(&value));
    formed
        && (fraction.is_empty() || fraction.strip_prefix('.').is_some_and(digits))
        && within(5, 1, 12)
        && within(8, 1, 31)
        && within(11, 0, 23)
        && within(14, 0, 59)
        && within(17, 0, 60)
}

/// Whether [`super::bytes::from_base64`] can read `text`.
fn is_base64(text: &str) -> bool {
    super::bytes::from_base64(text).is_some()
}
