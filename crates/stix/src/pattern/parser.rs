//! Recursive descent over observation and comparison expressions. Only parentheses recurse, and they are counted.

use super::advice::{Want, explain};
use super::error::{PatternError, PatternErrorKind as Error};
use super::lexer::{Kind, Lexer, Token, Word};
use super::tree::{
    Comparison, ComparisonKind, Instant, Observation, ObservationKind, Qualifier, QualifierKind, Span,
};
use super::{PatternLimits, operand};

pub(super) type Parsed<T> = Result<T, PatternError>;

pub(super) struct Parser<'a> {
    text: &'a str,
    pub(super) lexer: Lexer<'a>,
    /// The word that was read and not yet used.
    pub(super) token: Token,
    /// Where the word before it ended.
    pub(super) last: usize,
    limits: PatternLimits,
    /// Whether the rules beyond the grammar are held, too.
    pub(super) strict: bool,
    depth: usize,
    nodes: usize,
}

/// The operators that join expressions, the one that binds tightest first (clause 9.5.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Join {
    And,
    Or,
    FollowedBy,
}

/// Reads the whole text.
pub(super) fn parse<'a>(text: &'a str, limits: &PatternLimits, strict: bool) -> Parsed<Observation<'a>> {
    if text.len() > limits.bytes {
        let message =
            format!("the pattern has {} bytes, more than the limit of {}", text.len(), limits.bytes);
        return Err(PatternError::new(text, Error::TooLong, 0..0, message));
    }
    let mut lexer = Lexer::new(text);
    let token = lexer.next();
    if token.kind == Kind::End {
        let message = "the pattern is empty; write a comparison in square brackets".to_owned();
        return Err(PatternError::new(text, Error::Empty, token.span.range(), message));
    }
    let mut parser = Parser { text, lexer, token, last: 0, limits: *limits, strict, depth: 0, nodes: 0 };
    let root = parser.observations()?;
    if parser.token.kind == Kind::End { Ok(root) } else { Err(parser.unexpected(Want::PatternEnd)) }
}

impl<'a> Parser<'a> {
    /// Uses the word and reads the next.
    pub(super) fn bump(&mut self) -> Token {
        let token = self.token;
        self.last = token.span.end;
        self.token = self.lexer.next();
        token
    }

    /// Uses the word if it is of this kind.
    pub(super) fn take(&mut self, kind: Kind) -> Option<Token> {
        (self.token.kind == kind).then(|| self.bump())
    }

    pub(super) fn need(&mut self, kind: Kind, want: Want) -> Parsed<Token> {
        self.take(kind).ok_or_else(|| self.unexpected(want))
    }

    /// From `start` to the end of the last used word.
    pub(super) const fn since(&self, start: Span) -> Span {
        Span { start: start.start, end: self.last }
    }

    /// The error that the word stands where `want` is wanted.
    pub(super) fn unexpected(&self, want: Want) -> PatternError {
        let span = self.token.span;
        let behind = span.start == self.last
            && self.text.get(..self.last).is_some_and(|before| before.ends_with('\''));
        let (kind, message) = explain(want, self.token.kind, self.lexer.slice(span), behind);
        self.error(kind, span, message)
    }

    pub(super) fn error(&self, kind: Error, span: Span, message: String) -> PatternError {
        PatternError::new(self.text, kind, span.range(), message)
    }

    /// Counts a node.
    pub(super) fn node(&mut self) -> Parsed<()> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes <= self.limits.nodes {
            return Ok(());
        }
        let message = format!("the pattern has more than {} parts; split it", self.limits.nodes);
        Err(self.error(Error::TooManyNodes, self.token.span, message))
    }

    /// Does something within parentheses, of which the opening one was just used.
    fn nested<T>(&mut self, inside: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= self.limits.depth {
            let message = format!("more than {} parentheses stand within each other", self.limits.depth);
            return Err(self.error(Error::TooDeep, self.token.span, message));
        }
        self.depth = self.depth.saturating_add(1);
        let done = inside(self);
        self.depth = self.depth.saturating_sub(1);
        done
    }

    /// Observation expressions joined by operators.
    fn observations(&mut self) -> Parsed<Observation<'a>> {
        let first = self.observation()?;
        let Some(mut join) = self.observation_join() else { return Ok(first) };
        // What is open at each level; a looser operator, or the end, closes the tighter levels.
        let (mut ands, mut ors, mut follows) = (vec![first], Vec::new(), Vec::new());
        loop {
            self.bump();
            let next = self.observation()?;
            if join >= Join::Or {
                ors.extend(observe(std::mem::take(&mut ands), ObservationKind::And));
            }
            if join == Join::FollowedBy {
                follows.extend(observe(std::mem::take(&mut ors), ObservationKind::Or));
            }
            ands.push(next);
            match self.observation_join() {
                Some(other) => join = other,
                None => break,
            }
        }
        ors.extend(observe(ands, ObservationKind::And));
        follows.extend(observe(ors, ObservationKind::Or));
        observe(follows, ObservationKind::FollowedBy).ok_or_else(|| self.unexpected(Want::Observation))
    }

    fn observation_join(&self) -> Option<Join> {
        match self.token.kind {
            Kind::Word(Word::And) => Some(Join::And),
            Kind::Word(Word::Or) => Some(Join::Or),
            Kind::Word(Word::FollowedBy) => Some(Join::FollowedBy),
            _ => None,
        }
    }

    /// One observation expression with its qualifiers.
    fn observation(&mut self) -> Parsed<Observation<'a>> {
        self.node()?;
        let start = self.token.span;
        let simple = self.token.kind == Kind::LeftBracket;
        // Whether what is made still has only what stood within its parentheses.
        let mut group = !simple;
        let mut made = if self.take(Kind::LeftBracket).is_some() {
            let comparison = self.comparisons()?;
            self.need(Kind::RightBracket, Want::TestEnd)?;
            Observation { kind: ObservationKind::Test(comparison), qualifiers: Vec::new(), span: start }
        } else if self.take(Kind::LeftParen).is_some() {
            self.nested(|parser| {
                let inside = parser.observations()?;
                parser.need(Kind::RightParen, Want::GroupEnd)?;
                Ok(inside)
            })?
        } else {
            return Err(self.unexpected(Want::Observation));
        };
        while let Some(qualifier) = self.qualifier()? {
            // Only what stands right behind one bracket is held to clause 9.5.1 here; for groups the rule is told by
            // the remarks, since the reference reads them.
            if self.strict && simple && made.qualifiers.iter().any(|other| other.is_alike(&qualifier)) {
                let message = "this expression has such a qualifier already; write each of WITHIN, REPEATS and START STOP once";
                return Err(self.error(Error::DoubledQualifier, qualifier.span, message.to_owned()));
            }
            if group && !made.qualifiers.is_empty() {
                let kind = ObservationKind::Group(Box::new(made));
                made = Observation { kind, qualifiers: Vec::new(), span: start };
            }
            group = false;
            made.qualifiers.push(qualifier);
        }
        made.span = self.since(start);
        Ok(made)
    }

    fn qualifier(&mut self) -> Parsed<Option<Qualifier<'a>>> {
        let start = self.token.span;
        let Kind::Word(word @ (Word::Within | Word::Repeats | Word::Start)) = self.token.kind else {
            return Ok(None);
        };
        self.node()?;
        self.bump();
        let kind = match word {
            Word::Within => {
                let seconds = operand::number(self).ok_or_else(|| self.unexpected(Want::Window))?;
                self.need(Kind::Word(Word::Seconds), Want::Seconds)?;
                QualifierKind::Within(seconds)
            }
            Word::Repeats => {
                let count = self.need(Kind::Integer, Want::Count)?;
                self.need(Kind::Word(Word::Times), Want::Times)?;
                QualifierKind::Repeats(operand::integer(&self.lexer, count))
            }
            _ => {
                let from = self.instant()?;
                self.need(Kind::Word(Word::Stop), Want::Stop)?;
                QualifierKind::StartStop(from, self.instant()?)
            }
        };
        Ok(Some(Qualifier { kind, span: self.since(start) }))
    }

    fn instant(&mut self) -> Parsed<Instant<'a>> {
        let token = self.need(Kind::Time, Want::Time)?;
        Ok(operand::instant(&self.lexer, token))
    }

    /// Comparison expressions joined by `AND` and `OR`.
    fn comparisons(&mut self) -> Parsed<Comparison<'a>> {
        let first = self.comparison()?;
        if !matches!(self.token.kind, Kind::Word(Word::And | Word::Or)) {
            return Ok(first);
        }
        let (mut ands, mut ors) = (vec![first], Vec::new());
        while let Kind::Word(word @ (Word::And | Word::Or)) = self.token.kind {
            self.bump();
            let next = self.comparison()?;
            if word == Word::Or {
                ors.extend(compare(std::mem::take(&mut ands), ComparisonKind::And));
            }
            ands.push(next);
        }
        ors.extend(compare(ands, ComparisonKind::And));
        compare(ors, ComparisonKind::Or).ok_or_else(|| self.unexpected(Want::Comparison))
    }

    /// One comparison, or several in parentheses.
    fn comparison(&mut self) -> Parsed<Comparison<'a>> {
        self.node()?;
        let start = self.token.span;
        match self.token.kind {
            Kind::LeftParen => {
                self.bump();
                let inside = self.nested(|parser| {
                    let inside = parser.comparisons()?;
                    parser.need(Kind::RightParen, Want::ComparisonEnd)?;
                    Ok(inside)
                })?;
                Ok(Comparison { span: self.since(start), ..inside })
            }
            Kind::Word(word @ (Word::Not | Word::Exists)) => {
                let not = self.token;
                self.bump();
                if word == Word::Not && self.take(Kind::Word(Word::Exists)).is_none() {
                    self.token = not;
                    return Err(self.unexpected(Want::Comparison));
                }
                let path = operand::path(self, Want::Path)?;
                let kind = ComparisonKind::Exists { negated: word == Word::Not, path };
                Ok(Comparison { kind, span: self.since(start) })
            }
            _ => {
                let kind = ComparisonKind::Test(operand::test(self)?);
                Ok(Comparison { kind, span: self.since(start) })
            }
        }
    }
}

/// One expression of many; of a single one, that one. `None` for none.
fn observe<'a>(
    mut parts: Vec<Observation<'a>>,
    kind: impl FnOnce(Vec<Observation<'a>>) -> ObservationKind<'a>,
) -> Option<Observation<'a>> {
    if parts.len() < 2 {
        return parts.pop();
    }
    let span = parts.first()?.span.to(parts.last()?.span);
    Some(Observation { kind: kind(parts), qualifiers: Vec::new(), span })
}

/// As [`observe`], for comparisons.
fn compare<'a>(
    mut parts: Vec<Comparison<'a>>,
    kind: impl FnOnce(Vec<Comparison<'a>>) -> ComparisonKind<'a>,
) -> Option<Comparison<'a>> {
    if parts.len() < 2 {
        return parts.pop();
    }
    let span = parts.first()?.span.to(parts.last()?.span);
    Some(Comparison { kind: kind(parts), span })
}
