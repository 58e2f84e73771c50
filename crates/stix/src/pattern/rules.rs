//! Rules beyond the grammar: digests that are none, which are refused, and what only deserves a remark, since the
//! reference reads it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::tree::{
    Comparison, ComparisonKind, Constant, ConstantKind, Integer, Moment, Observation, ObservationKind,
    Operator, PropertyTest, Qualifier, QualifierKind, Span, StepKind,
};

/// A rule of the standard that a pattern breaks although its syntax is right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Remark {
    /// Which rule.
    pub kind: RemarkKind,
    /// Where.
    pub span: Span,
}

/// The rules of [`Remark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RemarkKind {
    /// `WITHIN 0 SECONDS` (clause 9.5.1).
    #[error("the seconds of WITHIN must be more than 0")]
    ZeroWindow,
    /// `REPEATS 0 TIMES` (clause 9.5.1).
    #[error("the times of REPEATS must be more than 0")]
    ZeroRepeats,
    /// Two qualifiers of one type behind one group (clause 9.5.1).
    #[error("one expression must not have two qualifiers of one type")]
    DoubledQualifier,
    /// A timestamp that names no existing time (clauses 9.2 and 2.16); a pattern with it matches nothing.
    #[error("there is no such time")]
    NoSuchTime,
    /// A set with members of several types (clause 9.6.1). Integers and floats are one type here, and so are binary
    /// and hex.
    #[error("the members of a set must be of one type")]
    MixedSet,
    /// `AND` within one bracket over paths that cannot begin at one object (clause 9.5).
    #[error("paths of different object types must not be joined by AND")]
    MixedObjects,
    /// An integer beyond 2^53 - 1 in size (clauses 9.2 and 2.10).
    #[error("the integer is out of the range of STIX")]
    IntegerRange,
}

/// Digests by the letters and digits of their name: how many hexadecimal digits they have.
const DIGESTS: [(&str, usize); 12] = [
    ("MD5", 32),
    ("RIPEMD160", 40),
    ("SHA1", 40),
    ("SHA224", 56),
    ("SHA256", 64),
    ("SHA384", 96),
    ("SHA512", 128),
    ("SHA3224", 56),
    ("SHA3256", 64),
    ("SHA3384", 96),
    ("SHA3512", 128),
    ("WHIRLPOOL", 128),
];
/// The longest digest that ssdeep makes.
const SSDEEP: usize = 148;

/// The place of a string that cannot be the digest that the path names, and what to say about it. Only tests for
/// equality and order take whole digests; `LIKE` and `MATCHES` take parts.
pub(super) fn broken_digest(test: &PropertyTest<'_>) -> Option<(Span, String)> {
    if !test.path.keys().any(|key| key.name == "hashes") {
        return None;
    }
    let key = match test.path.steps.last().map(|step| &step.kind) {
        None => &test.path.property,
        Some(StepKind::Key(key)) => key,
        Some(StepKind::Index(_) | StepKind::AnyIndex) => return None,
    };
    let constants = match (&test.constant.kind, test.operator) {
        (ConstantKind::Set(members), _) => members.as_slice(),
        (_, Operator::Like | Operator::Matches | Operator::IsSubset | Operator::IsSuperset) => return None,
        _ => std::slice::from_ref(&test.constant),
    };
    constants.iter().find_map(|constant| {
        let ConstantKind::String(text) = &constant.kind else { return None };
        let wanted = wanted_digest(&key.name, text)?;
        Some((constant.span, format!("this is no {} digest, which is {wanted}", key.name)))
    })
}

/// What the digest should be, when `text` is none.
fn wanted_digest(name: &str, text: &str) -> Option<Cow<'static, str>> {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    // Algorithms are named with and without hyphens, in either case.
    let is =
        |known: &str| name.chars().filter(|char| *char != '-').flat_map(char::to_uppercase).eq(known.chars());
    if is("SSDEEP") {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"/+:.".contains(&byte);
        let good = (1..=SSDEEP).contains(&text.len()) && text.bytes().all(letter);
        return (!good).then_some(Cow::Borrowed("letters, digits and / + : ."));
    }
    if is("MD6") {
        // Its digests have several lengths.
        let good = text.get(..32).is_some_and(hex);
        return (!good).then_some(Cow::Borrowed("32 or more hexadecimal digits"));
    }
    let (_, length) = DIGESTS.iter().find(|(known, _)| is(known))?;
    let good = text.len() == *length && hex(text);
    (!good).then(|| Cow::Owned(format!("{length} hexadecimal digits")))
}

/// All remarks on a tree, in the order of the text.
pub(super) fn remarks(root: &Observation<'_>) -> Vec<Remark> {
    let mut found = Found(Vec::new());
    found.observation(root);
    found.0.sort_by_key(|remark| (remark.span.start, remark.span.end));
    found.0
}

struct Found(Vec<Remark>);

impl Found {
    fn add(&mut self, broken: bool, kind: RemarkKind, span: Span) {
        if broken {
            self.0.push(Remark { kind, span });
        }
    }

    fn observation(&mut self, node: &Observation<'_>) {
        match &node.kind {
            ObservationKind::Test(comparison) => {
                self.comparison(comparison);
            }
            ObservationKind::Group(inner) => self.observation(inner),
            ObservationKind::And(parts) | ObservationKind::Or(parts) | ObservationKind::FollowedBy(parts) => {
                parts.iter().for_each(|part| self.observation(part));
            }
        }
        let mut seen: Vec<&Qualifier<'_>> = Vec::with_capacity(3);
        for qualifier in &node.qualifiers {
            let first = !seen.iter().any(|other| other.is_alike(qualifier));
            self.add(!first, RemarkKind::DoubledQualifier, qualifier.span);
            // At most one of each of three types is kept, so that this stays short.
            if first {
                seen.push(qualifier);
            }
            self.qualifier(qualifier);
        }
    }

    fn qualifier(&mut self, qualifier: &Qualifier<'_>) {
        let span = qualifier.span;
        let zero = |text: &str| !text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
        match &qualifier.kind {
            QualifierKind::Within(seconds) => self.add(zero(seconds.as_str()), RemarkKind::ZeroWindow, span),
            QualifierKind::Repeats(times) => {
                self.add(zero(times.as_str()), RemarkKind::ZeroRepeats, span);
                self.integer(*times, span);
            }
            QualifierKind::StartStop(start, stop) => {
                self.moment(*start, span);
                self.moment(*stop, span);
            }
        }
    }

    fn moment(&mut self, moment: Moment<'_>, span: Span) {
        self.add(moment.timestamp().is_err(), RemarkKind::NoSuchTime, span);
    }

    fn integer(&mut self, integer: Integer<'_>, span: Span) {
        let within = integer.as_i64().is_some_and(|value| value.unsigned_abs() < 1 << 53);
        self.add(!within, RemarkKind::IntegerRange, span);
    }

    /// The remarks on a comparison; and the types of object that can satisfy it.
    fn comparison<'a>(&mut self, node: &Comparison<'a>) -> BTreeSet<&'a str> {
        match &node.kind {
            ComparisonKind::Test(test) => {
                self.constant(&test.constant);
                BTreeSet::from([test.path.object_type])
            }
            ComparisonKind::Exists { path, .. } => BTreeSet::from([path.object_type]),
            ComparisonKind::Or(parts) => parts.iter().flat_map(|part| self.comparison(part)).collect(),
            ComparisonKind::And(parts) => {
                let mut each = parts.iter().map(|part| self.comparison(part)).collect::<Vec<_>>().into_iter();
                let mut common = each.next().unwrap_or_default();
                let mut could = !common.is_empty();
                for types in each {
                    could &= !types.is_empty();
                    common.retain(|kind| types.contains(kind));
                }
                // A part that no object satisfies has its own remark already.
                self.add(could && common.is_empty(), RemarkKind::MixedObjects, node.span);
                common
            }
        }
    }

    fn constant(&mut self, constant: &Constant<'_>) {
        match &constant.kind {
            ConstantKind::Integer(integer) => self.integer(*integer, constant.span),
            ConstantKind::Timestamp(moment) => self.moment(*moment, constant.span),
            ConstantKind::Set(members) => {
                let mut families = members.iter().map(|member| family(&member.kind));
                let first = families.next();
                let mixed = families.any(|family| Some(family) != first);
                self.add(mixed, RemarkKind::MixedSet, constant.span);
                members.iter().for_each(|member| self.constant(member));
            }
            ConstantKind::Float(_)
            | ConstantKind::String(_)
            | ConstantKind::Boolean(_)
            | ConstantKind::Binary(_)
            | ConstantKind::Hex(_) => {}
        }
    }
}

/// Constants of one family compare with each other.
const fn family(kind: &ConstantKind<'_>) -> u8 {
    match kind {
        ConstantKind::Integer(_) | ConstantKind::Float(_) => 0,
        ConstantKind::String(_) => 1,
        ConstantKind::Boolean(_) => 2,
        ConstantKind::Timestamp(_) => 3,
        ConstantKind::Binary(_) | ConstantKind::Hex(_) => 4,
        ConstantKind::Set(_) => 5,
    }
}
