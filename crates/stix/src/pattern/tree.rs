//! The nodes of a pattern.

use std::borrow::Cow;

use crate::time::{TimeError, Timestamp};

/// Where a node stands: bytes of the text, the end excluded.
///
/// All spans are equal to each other, so that nodes compare by what they say and not by where they say it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// As a range, to cut the node out of the text.
    #[must_use]
    pub const fn range(self) -> std::ops::Range<usize> {
        self.start..self.end
    }
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Span {}

/// An observation expression with its qualifiers (clause 9.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation<'a> {
    /// What is observed.
    pub kind: ObservationKind<'a>,
    /// What restricts it, the innermost first: the second qualifier applies to what the first lets pass.
    pub qualifiers: Vec<Qualifier<'a>>,
    /// The expression with its brackets or parentheses and its qualifiers.
    pub span: Span,
}

/// The forms of an observation expression. A list has at least two parts; a part of the same form as its list stood
/// in parentheses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObservationKind<'a> {
    /// `[ ... ]`: one observation satisfies the comparison.
    Test(Comparison<'a>),
    /// All parts, each with an observation of its own.
    And(Vec<Observation<'a>>),
    /// At least one part.
    Or(Vec<Observation<'a>>),
    /// All parts, each not before the one to its left.
    FollowedBy(Vec<Observation<'a>>),
    /// An expression in parentheses that has qualifiers within them, and has others behind them. Parentheses around
    /// anything else leave no node.
    Group(Box<Observation<'a>>),
}

/// A qualifier (clause 9.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualifier<'a> {
    /// What it asks.
    pub kind: QualifierKind<'a>,
    /// From its first keyword to its last word.
    pub span: Span,
}

impl Qualifier<'_> {
    /// Whether both are of one type, whatever their numbers and times.
    #[must_use]
    pub fn is_alike(&self, other: &Qualifier<'_>) -> bool {
        matches!(
            (&self.kind, &other.kind),
            (QualifierKind::Within(_), QualifierKind::Within(_))
                | (QualifierKind::Repeats(_), QualifierKind::Repeats(_))
                | (QualifierKind::StartStop(..), QualifierKind::StartStop(..))
        )
    }
}

/// The forms of a qualifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QualifierKind<'a> {
    /// `WITHIN x SECONDS`.
    Within(Number<'a>),
    /// `REPEATS x TIMES`.
    Repeats(Integer<'a>),
    /// `START x STOP y`.
    StartStop(Moment<'a>, Moment<'a>),
}

/// A comparison expression (clause 9.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison<'a> {
    /// Its form.
    pub kind: ComparisonKind<'a>,
    /// The expression; with its parentheses when it had any.
    pub span: Span,
}

/// The forms of a comparison expression. A list has at least two parts; a part of the same form as its list stood in
/// parentheses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComparisonKind<'a> {
    /// All parts, for one object.
    And(Vec<Comparison<'a>>),
    /// At least one part.
    Or(Vec<Comparison<'a>>),
    /// A path held against a constant.
    Test(PropertyTest<'a>),
    /// `EXISTS path`, or `NOT EXISTS path`.
    Exists {
        /// Whether `NOT` stood before it.
        negated: bool,
        /// The path that is there, or not.
        path: ObjectPath<'a>,
    },
}

/// A path held against a constant (clause 9.6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyTest<'a> {
    /// What is tested.
    pub path: ObjectPath<'a>,
    /// Whether `NOT` stood before the operator.
    pub negated: bool,
    /// How it is tested.
    pub operator: Operator,
    /// The operator, with its `NOT`.
    pub operator_span: Span,
    /// What it is tested against: a set for [`Operator::In`] and for no other, a string for `LIKE`, `MATCHES`,
    /// `ISSUBSET` and `ISSUPERSET`, no boolean for the four orders.
    pub constant: Constant<'a>,
}

/// A comparison operator (clause 9.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `=`, also read from `==`.
    Equal,
    /// `!=`, also read from `<>`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `IN`.
    In,
    /// `LIKE`.
    Like,
    /// `MATCHES`.
    Matches,
    /// `ISSUBSET`.
    IsSubset,
    /// `ISSUPERSET`.
    IsSuperset,
}

impl Operator {
    /// The operator as the standard writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "IN",
            Self::Like => "LIKE",
            Self::Matches => "MATCHES",
            Self::IsSubset => "ISSUBSET",
            Self::IsSuperset => "ISSUPERSET",
        }
    }
}

/// An object path (clause 9.7), such as `network-traffic:src_ref.value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPath<'a> {
    /// The type of the object at which the path begins.
    pub object_type: &'a str,
    /// Where the type stands.
    pub type_span: Span,
    /// The property of that object.
    pub property: Key<'a>,
    /// What leads on from there.
    pub steps: Vec<Step<'a>>,
    /// The whole path.
    pub span: Span,
}

/// A property name or dictionary key, its quotes and escapes resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    /// The name.
    pub name: Cow<'a, str>,
    /// Where it stands, with its quotes.
    pub span: Span,
}

impl Key<'_> {
    /// Whether the name is that of a reference to another object, or of a list of them (clause 9.7.4): it ends with
    /// `_ref` or `_refs`.
    #[must_use]
    pub fn is_reference(&self) -> bool {
        self.name.ends_with("_ref") || self.name.ends_with("_refs")
    }
}

/// A step of a path after its first property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// Where it leads.
    pub kind: StepKind<'a>,
    /// The step with its full stop or brackets.
    pub span: Span,
}

/// The forms of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind<'a> {
    /// `.name`: a nested property, a key of a dictionary, or a property of the object that the name before refers to.
    Key(Key<'a>),
    /// `[n]`: an element of a list, from 0. A number that no list reaches is allowed and finds nothing.
    Index(Integer<'a>),
    /// `[*]`: any element of a list.
    AnyIndex,
}

impl<'a> ObjectPath<'a> {
    /// The property, then the keys among the steps.
    pub fn keys(&self) -> impl Iterator<Item = &Key<'a>> {
        let rest = self.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Key(key) => Some(key),
            StepKind::Index(_) | StepKind::AnyIndex => None,
        });
        std::iter::once(&self.property).chain(rest)
    }

    /// The steps that are the first on another object (clause 9.7.4), as indexes into `steps`: 0 for
    /// `src_ref.value`, 1 for `contains_refs[*].name`, none when the path stays within its object.
    pub fn dereferences(&self) -> impl Iterator<Item = usize> {
        let mut reference = self.property.is_reference();
        self.steps.iter().enumerate().filter_map(move |(at, step)| {
            let StepKind::Key(key) = &step.kind else { return None };
            let over = reference;
            reference = key.is_reference();
            over.then_some(at)
        })
    }
}

/// A constant (clause 9.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constant<'a> {
    /// Its value.
    pub kind: ConstantKind<'a>,
    /// Where it stands, with its prefix and quotes.
    pub span: Span,
}

/// The kinds of constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConstantKind<'a> {
    /// A whole number.
    Integer(Integer<'a>),
    /// A number with a fraction.
    Float(Float<'a>),
    /// A string, its escapes resolved.
    String(Cow<'a, str>),
    /// `true` or `false`.
    Boolean(bool),
    /// `t'...'`.
    Timestamp(Moment<'a>),
    /// `b'...'`, decoded from base64.
    Binary(Vec<u8>),
    /// `h'...'`, decoded.
    Hex(Vec<u8>),
    /// `( ... )`, the members in order; no member is a set itself. It may be empty.
    Set(Vec<Constant<'a>>),
}

/// A whole number of any size, by its digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Integer<'a>(pub(super) &'a str);

impl<'a> Integer<'a> {
    /// The digits, with `-` before them when the number is negative; never with `+` or needless zeros.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The number, when it fits.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The number, when it is not negative and fits.
    #[must_use]
    pub fn as_u64(self) -> Option<u64> {
        self.0.parse().ok()
    }
}

/// A number with a fraction, by its digits: `.50` and `0.5` are the same number and two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Float<'a>(pub(super) &'a str);

impl<'a> Float<'a> {
    /// The digits as written, without `+`.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The nearest number of IEEE 754; infinite when the digits name a number beyond all of them.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        // The form is digits, one full stop, digits, which always parses.
        self.0.parse().unwrap_or(f64::NAN)
    }
}

/// A number of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number<'a> {
    /// A whole number.
    Integer(Integer<'a>),
    /// A number with a fraction.
    Float(Float<'a>),
}

impl<'a> Number<'a> {
    /// The digits.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        match self {
            Self::Integer(number) => number.as_str(),
            Self::Float(number) => number.as_str(),
        }
    }

    /// The nearest number of IEEE 754.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        Float(self.as_str()).as_f64()
    }
}

/// The text of a timestamp constant. Its form is right; whether such a day exists is asked by [`Moment::timestamp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Moment<'a>(pub(super) &'a str);

impl<'a> Moment<'a> {
    /// The text between the quotes.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The instant.
    ///
    /// # Errors
    /// [`TimeError`] when there is no such day or second (`2024-02-30`, `:60`), or the fraction has more digits than a
    /// [`Timestamp`] takes.
    pub fn timestamp(self) -> Result<Timestamp, TimeError> {
        Timestamp::parse(self.0)
    }
}
