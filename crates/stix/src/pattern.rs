//! The STIX pattern language (clause 9): reading, walking and printing patterns.
//!
//! [`parse`] turns a text into a [`Pattern`], a tree whose every node knows where it stands in the text. Chains of one
//! operator are flat lists, and nesting is bounded by [`PatternLimits`], so that walking a tree needs little stack.
//! What cannot be read gives a [`PatternError`] with its place, what was expected, and advice.
//!
//! Nothing is matched here. Rules that a text can break and still be a pattern, such as a window of zero seconds, are
//! told by [`Pattern::remarks`].
#![deny(clippy::arithmetic_side_effects)]

mod advice;
mod bytes;
mod display;
mod error;
mod joined;
mod lexer;
mod operand;
mod parser;

mod rules;
#[cfg(test)]
#[expect(clippy::string_slice, clippy::arithmetic_side_effects, reason = "a test that fails fails loudly")]
mod tests;
mod tree;

use std::collections::BTreeSet;

pub use error::{PatternError, PatternErrorKind};
pub use rules::{Remark, RemarkKind};
pub use tree::{
    Comparison, ComparisonKind, Constant, ConstantKind, Float, Integer, Key, Moment, Number, ObjectPath,
    Observation, ObservationKind, Operator, PropertyTest, Qualifier, QualifierKind, Span, Step, StepKind,
};

/// Bounds on one pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternLimits {
    /// Bytes of the text; 64 KiB by default.
    pub bytes: usize,
    /// Parentheses within each other; 128 by default, 256 at most.
    pub depth: usize,
    /// Nodes of the tree: expressions, tests, steps of paths, constants, members of sets and qualifiers; 20,000 by
    /// default.
    pub nodes: usize,
}

/// So many levels can be walked, copied, printed and dropped within half the stack of a thread, also when nothing is
/// optimised. Reading does not recurse.
const MOST_DEPTH: usize = 256;

impl Default for PatternLimits {
    fn default() -> Self {
        Self { bytes: 64 << 10, depth: 128, nodes: 20_000 }
    }
}

/// A pattern: one observation expression, of which others may be parts (clause 9.4).
///
/// Two patterns are equal when their trees are, wherever their blanks, comments and needless parentheses stand.
/// Printing gives a normal form that reads as an equal pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern<'a> {
    /// The outermost observation expression.
    pub root: Observation<'a>,
}

/// Reads a pattern.
///
/// # Errors
/// [`PatternError`] names the first place that cannot be read, or the limit that is passed.
pub fn parse<'a>(text: &'a str, limits: &PatternLimits) -> Result<Pattern<'a>, PatternError> {
    parser::parse(text, limits, true).map(|root| Pattern { root })
}

/// Reads a pattern by the grammar alone: two qualifiers of one type behind one bracket, and strings that are no digest
/// where the path names one, are read, and the former are told by [`Pattern::remarks`]. Matchers in use read patterns
/// so; [`parse`] is for those who write, take in or judge patterns.
///
/// # Errors
/// As [`parse`].
pub fn parse_lenient<'a>(text: &'a str, limits: &PatternLimits) -> Result<Pattern<'a>, PatternError> {
    parser::parse(text, limits, false).map(|root| Pattern { root })
}

impl<'a> Pattern<'a> {
    /// Reads a pattern under the default limits.
    ///
    /// # Errors
    /// As [`parse`].
    pub fn parse(text: &'a str) -> Result<Self, PatternError> {
        parse(text, &PatternLimits::default())
    }

    /// Every single comparison of the pattern, in the order of the text: property tests and `EXISTS`, never `AND` or
    /// `OR`.
    #[must_use]
    pub fn comparisons(&self) -> Vec<&Comparison<'a>> {
        let mut found = Vec::new();
        collect(&self.root, &mut found);
        found
    }

    /// Every object path of the pattern, in the order of the text.
    #[must_use]
    pub fn paths(&self) -> Vec<&ObjectPath<'a>> {
        self.comparisons()
            .into_iter()
            .filter_map(|leaf| match &leaf.kind {
                ComparisonKind::Test(test) => Some(&test.path),
                ComparisonKind::Exists { path, .. } => Some(path),
                ComparisonKind::And(_) | ComparisonKind::Or(_) => None,
            })
            .collect()
    }

    /// The types of object that the pattern asks for, each once. Types behind a reference (`..._ref.type`) are not
    /// among them.
    #[must_use]
    pub fn object_types(&self) -> BTreeSet<&'a str> {
        self.paths().into_iter().map(|path| path.object_type).collect()
    }

    /// Rules of the standard that the pattern breaks although its syntax is right, in the order of the text. By
    /// clause 9.4 a pattern with invalid constants matches nothing; a strict reader refuses a pattern with remarks.
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        rules::remarks(&self.root)
    }
}

fn collect<'t, 'a>(node: &'t Observation<'a>, found: &mut Vec<&'t Comparison<'a>>) {
    match &node.kind {
        ObservationKind::Test(comparison) => leaves(comparison, found),
        ObservationKind::Group(inner) => collect(inner, found),
        ObservationKind::And(parts) | ObservationKind::Or(parts) | ObservationKind::FollowedBy(parts) => {
            parts.iter().for_each(|part| collect(part, found));
        }
    }
}

fn leaves<'t, 'a>(node: &'t Comparison<'a>, found: &mut Vec<&'t Comparison<'a>>) {
    match &node.kind {
        ComparisonKind::And(parts) | ComparisonKind::Or(parts) => {
            parts.iter().for_each(|part| leaves(part, found));
        }
        ComparisonKind::Test(_) | ComparisonKind::Exists { .. } => found.push(node),
    }
}
