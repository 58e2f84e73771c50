//! Expressions joined by operators, of any depth of parentheses, without recursion.

use super::lexer::{Kind, Word};
use super::tree::{Comparison, ComparisonKind, Observation, ObservationKind, Span};

/// The operators that join expressions, the one that binds tightest first (clause 9.5.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Join {
    And,
    Or,
    FollowedBy,
}

impl Join {
    /// The operator that a word is.
    pub(super) const fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Word(Word::And) => Some(Self::And),
            Kind::Word(Word::Or) => Some(Self::Or),
            Kind::Word(Word::FollowedBy) => Some(Self::FollowedBy),
            _ => None,
        }
    }
}

/// What can be joined.
pub(super) trait Joined: Sized {
    /// One expression of at least two.
    fn joined(parts: Vec<Self>, join: Join) -> Self;
}

impl Joined for Observation<'_> {
    fn joined(parts: Vec<Self>, join: Join) -> Self {
        let span = around(parts.first().map(|part| part.span), parts.last().map(|part| part.span));
        let kind = match join {
            Join::And => ObservationKind::And(parts),
            Join::Or => ObservationKind::Or(parts),
            Join::FollowedBy => ObservationKind::FollowedBy(parts),
        };
        Self { kind, qualifiers: Vec::new(), span }
    }
}

impl Joined for Comparison<'_> {
    fn joined(parts: Vec<Self>, join: Join) -> Self {
        let span = around(parts.first().map(|part| part.span), parts.last().map(|part| part.span));
        let kind = match join {
            Join::And => ComparisonKind::And(parts),
            // Comparisons are never joined by FOLLOWEDBY: the parser does not take it within brackets.
            Join::Or | Join::FollowedBy => ComparisonKind::Or(parts),
        };
        Self { kind, span }
    }
}

fn around(first: Option<Span>, last: Option<Span>) -> Span {
    Span { start: first.unwrap_or_default().start, end: last.unwrap_or_default().end }
}

/// The expressions of one pair of parentheses that were read so far.
pub(super) struct Level<T> {
    /// The opening parenthesis.
    pub(super) open: Span,
    /// The operator before the next expression; none before the first.
    pub(super) join: Option<Join>,
    /// The only expression, as long as it is that. Most levels have one.
    single: Option<T>,
    /// What is open for each operator: an operator, or the end, closes those that bind tighter.
    ands: Vec<T>,
    ors: Vec<T>,
    follows: Vec<T>,
}

impl<T: Joined> Level<T> {
    pub(super) fn new(open: Span) -> Self {
        Self { open, join: None, single: None, ands: Vec::new(), ors: Vec::new(), follows: Vec::new() }
    }

    /// Takes the next expression.
    pub(super) fn add(&mut self, next: T) {
        let Some(join) = self.join else {
            self.single = Some(next);
            return;
        };
        self.ands.extend(self.single.take());
        if join >= Join::Or {
            close(&mut self.ands, &mut self.ors, Join::And);
        }
        if join >= Join::FollowedBy {
            close(&mut self.ors, &mut self.follows, Join::Or);
        }
        self.ands.push(next);
    }

    /// All of them as one; none when there was none.
    pub(super) fn finish(mut self) -> Option<T> {
        if self.single.is_some() {
            return self.single;
        }
        close(&mut self.ands, &mut self.ors, Join::And);
        close(&mut self.ors, &mut self.follows, Join::Or);
        let mut whole = Vec::with_capacity(1);
        close(&mut self.follows, &mut whole, Join::FollowedBy);
        whole.pop()
    }
}

/// Makes one expression of those of a tighter operator.
fn close<T: Joined>(from: &mut Vec<T>, into: &mut Vec<T>, join: Join) {
    if from.len() < 2 {
        into.append(from);
    } else {
        into.push(T::joined(std::mem::take(from), join));
    }
}
