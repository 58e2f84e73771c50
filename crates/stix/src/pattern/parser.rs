//! Observation and comparison expressions. Parentheses are counted and kept in lists, so that no text makes the
//! parser recurse.

use super::advice::{Want, explain};
use super::error::{PatternError, PatternErrorKind as Error};
use super::joined::{Join, Level};
use super::lexer::{Kind, Lexer, Token, Word};
use super::tree::{
    Comparison, ComparisonKind, Moment, Observation, ObservationKind, Qualifier, QualifierKind, Span,
};
use super::{MOST_DEPTH, PatternLimits, operand};

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

    /// Uses an opening parenthesis, which is counted.
    fn open(&mut self) -> Parsed<Span> {
        let span = self.bump().span;
        let limit = self.limits.depth.min(MOST_DEPTH);
        if self.depth < limit {
            self.depth = self.depth.saturating_add(1);
            return Ok(span);
        }
        let message = format!("more than {limit} parentheses stand within each other");
        Err(self.error(Error::TooDeep, span, message))
    }

    /// Uses a closing parenthesis.
    fn close(&mut self, want: Want) -> Parsed<()> {
        self.need(Kind::RightParen, want)?;
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    /// Observation expressions joined by operators, to the end of the text.
    fn observations(&mut self) -> Parsed<Observation<'a>> {
        let mut outer = Vec::new();
        let mut level = Level::new(self.token.span);
        loop {
            self.node()?;
            if self.token.kind == Kind::LeftParen {
                outer.push(std::mem::replace(&mut level, Level::new(self.open()?)));
                continue;
            }
            let mut made = self.bracket()?;
            // What is made is part of a level; a level that ends is what is made on the level around it.
            loop {
                level.add(made);
                level.join = Join::of(self.token.kind);
                if level.join.is_some() {
                    self.bump();
                    break;
                }
                let open = level.open;
                made = level.finish().ok_or_else(|| self.unexpected(Want::Observation))?;
                level = match outer.pop() {
                    None => return Ok(made),
                    Some(around) => around,
                };
                self.close(Want::GroupEnd)?;
                made = self.qualified(made, open)?;
            }
        }
    }

    /// One pair of square brackets with its qualifiers.
    fn bracket(&mut self) -> Parsed<Observation<'a>> {
        let start = self.need(Kind::LeftBracket, Want::Observation)?.span;
        let comparison = self.comparisons()?;
        self.need(Kind::RightBracket, Want::TestEnd)?;
        let mut qualifiers: Vec<Qualifier<'a>> = Vec::new();
        while let Some(qualifier) = self.qualifier()? {
            // Only what stands right behind one bracket is held to clause 9.5.1 here; for groups the rule is told by
            // the remarks, since the reference reads them.
            if self.strict && qualifiers.iter().any(|other| other.is_alike(&qualifier)) {
                let message = "this expression has such a qualifier already; write each of WITHIN, REPEATS and START STOP once";
                return Err(self.error(Error::DoubledQualifier, qualifier.span, message.to_owned()));
            }
            qualifiers.push(qualifier);
        }
        Ok(Observation { kind: ObservationKind::Test(comparison), qualifiers, span: self.since(start) })
    }

    /// What stood in parentheses, with the qualifiers behind them.
    fn qualified(&mut self, inside: Observation<'a>, open: Span) -> Parsed<Observation<'a>> {
        let mut made = inside;
        made.span = self.since(open);
        let Some(first) = self.qualifier()? else { return Ok(made) };
        if !made.qualifiers.is_empty() {
            let span = made.span;
            made = Observation { kind: ObservationKind::Group(Box::new(made)), qualifiers: Vec::new(), span };
        }
        made.qualifiers.push(first);
        while let Some(qualifier) = self.qualifier()? {
            made.qualifiers.push(qualifier);
        }
        made.span = self.since(open);
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
                let from = self.moment()?;
                self.need(Kind::Word(Word::Stop), Want::Stop)?;
                QualifierKind::StartStop(from, self.moment()?)
            }
        };
        Ok(Some(Qualifier { kind, span: self.since(start) }))
    }

    fn moment(&mut self) -> Parsed<Moment<'a>> {
        let token = self.need(Kind::Time, Want::Time)?;
        Ok(operand::moment(&self.lexer, token))
    }

    /// Comparison expressions joined by `AND` and `OR`, to the end of the bracket.
    fn comparisons(&mut self) -> Parsed<Comparison<'a>> {
        let mut outer = Vec::new();
        let mut level = Level::new(self.token.span);
        loop {
            self.node()?;
            if self.token.kind == Kind::LeftParen {
                outer.push(std::mem::replace(&mut level, Level::new(self.open()?)));
                continue;
            }
            let mut made = self.comparison()?;
            loop {
                level.add(made);
                level.join = Join::of(self.token.kind).filter(|join| *join != Join::FollowedBy);
                if level.join.is_some() {
                    self.bump();
                    break;
                }
                let open = level.open;
                made = level.finish().ok_or_else(|| self.unexpected(Want::Comparison))?;
                level = match outer.pop() {
                    None => return Ok(made),
                    Some(around) => around,
                };
                self.close(Want::ComparisonEnd)?;
                made.span = self.since(open);
            }
        }
    }

    /// One comparison.
    fn comparison(&mut self) -> Parsed<Comparison<'a>> {
        let start = self.token.span;
        let Kind::Word(word @ (Word::Not | Word::Exists)) = self.token.kind else {
            let kind = ComparisonKind::Test(operand::test(self)?);
            return Ok(Comparison { kind, span: self.since(start) });
        };
        let not = self.bump();
        if word == Word::Not && self.take(Kind::Word(Word::Exists)).is_none() {
            self.token = not;
            return Err(self.unexpected(Want::Comparison));
        }
        let path = operand::path(self, Want::Path)?;
        let kind = ComparisonKind::Exists { negated: word == Word::Not, path };
        Ok(Comparison { kind, span: self.since(start) })
    }
}
