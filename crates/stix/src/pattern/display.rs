//! The normal form: one blank between words, no needless parentheses, names quoted only where they must be.

use std::fmt::{Display, Formatter, Result, Write as _};

use super::Pattern;
use super::bytes::to_base64;
use super::lexer::Word;
use super::tree::{
    Comparison, ComparisonKind, Constant, ConstantKind, Key, ObjectPath, Observation, ObservationKind,
    PropertyTest, Qualifier, QualifierKind, StepKind,
};

impl Display for Pattern<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        self.root.fmt(out)
    }
}

impl Display for Observation<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let (parts, join) = match &self.kind {
            ObservationKind::Test(comparison) if has_doubled(&self.qualifiers) => {
                // Right behind a bracket a second qualifier of one type is refused.
                write!(out, "([{comparison}])")?;
                return qualify(out, &self.qualifiers);
            }
            ObservationKind::Test(comparison) => {
                write!(out, "[{comparison}]")?;
                return qualify(out, &self.qualifiers);
            }
            ObservationKind::Group(inner) => {
                write!(out, "({inner})")?;
                return qualify(out, &self.qualifiers);
            }
            ObservationKind::And(parts) => (parts, " AND "),
            ObservationKind::Or(parts) => (parts, " OR "),
            ObservationKind::FollowedBy(parts) => (parts, " FOLLOWEDBY "),
        };
        let group = !self.qualifiers.is_empty();
        if group {
            out.write_char('(')?;
        }
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                out.write_str(join)?;
            }
            // A part that binds as loosely as the list, and has no qualifier to be in parentheses anyway.
            if part.qualifiers.is_empty() && level(part) >= level(self) {
                write!(out, "({part})")?;
            } else {
                part.fmt(out)?;
            }
        }
        if group {
            out.write_char(')')?;
        }
        qualify(out, &self.qualifiers)
    }
}

/// How loosely an expression binds.
const fn level(node: &Observation<'_>) -> u8 {
    match node.kind {
        ObservationKind::Test(_) | ObservationKind::Group(_) => 0,
        ObservationKind::And(_) => 1,
        ObservationKind::Or(_) => 2,
        ObservationKind::FollowedBy(_) => 3,
    }
}

fn has_doubled(qualifiers: &[Qualifier<'_>]) -> bool {
    // Four qualifiers of three types have a pair, so that the first four decide.
    let mut few = qualifiers.iter().take(4).enumerate();
    few.any(|(at, one)| qualifiers.iter().take(at).any(|other| other.is_alike(one)))
}

fn qualify(out: &mut Formatter<'_>, qualifiers: &[Qualifier<'_>]) -> Result {
    qualifiers.iter().try_for_each(|qualifier| write!(out, " {qualifier}"))
}

impl Display for Qualifier<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match &self.kind {
            QualifierKind::Within(seconds) => write!(out, "WITHIN {} SECONDS", seconds.as_str()),
            QualifierKind::Repeats(times) => write!(out, "REPEATS {} TIMES", times.as_str()),
            QualifierKind::StartStop(start, stop) => {
                write!(out, "START t'{}' STOP t'{}'", start.as_str(), stop.as_str())
            }
        }
    }
}

impl Display for Comparison<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let (parts, join) = match &self.kind {
            ComparisonKind::Test(test) => return test.fmt(out),
            ComparisonKind::Exists { negated, path } => {
                return write!(out, "{}EXISTS {path}", if *negated { "NOT " } else { "" });
            }
            ComparisonKind::And(parts) => (parts, " AND "),
            ComparisonKind::Or(parts) => (parts, " OR "),
        };
        let loose = |node: &Self| match node.kind {
            ComparisonKind::And(_) => 1,
            ComparisonKind::Or(_) => 2,
            ComparisonKind::Test(_) | ComparisonKind::Exists { .. } => 0,
        };
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                out.write_str(join)?;
            }
            if loose(part) >= loose(self) { write!(out, "({part})")? } else { part.fmt(out)? }
        }
        Ok(())
    }
}

impl Display for PropertyTest<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let not = if self.negated { "NOT " } else { "" };
        write!(out, "{} {not}{} {}", self.path, self.operator.as_str(), self.constant)
    }
}

impl Display for ObjectPath<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        write!(out, "{}:{}", self.object_type, self.property)?;
        self.steps.iter().try_for_each(|step| match &step.kind {
            StepKind::Key(key) => write!(out, ".{key}"),
            StepKind::Index(at) => write!(out, "[{}]", at.as_str()),
            StepKind::AnyIndex => out.write_str("[*]"),
        })
    }
}

impl Display for Key<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let plain = self.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !self.name.is_empty()
            && !self.name.starts_with(|char: char| char.is_ascii_digit())
            && Word::of(&self.name).is_none();
        if plain { out.write_str(&self.name) } else { quote(out, &self.name) }
    }
}

impl Display for Constant<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match &self.kind {
            ConstantKind::Integer(number) => out.write_str(number.as_str()),
            ConstantKind::Float(number) => out.write_str(number.as_str()),
            ConstantKind::String(text) => quote(out, text),
            ConstantKind::Boolean(is) => is.fmt(out),
            ConstantKind::Timestamp(moment) => write!(out, "t'{}'", moment.as_str()),
            ConstantKind::Binary(bytes) => {
                out.write_str("b'")?;
                to_base64(bytes).try_for_each(|char| out.write_char(char))?;
                out.write_char('\'')
            }
            ConstantKind::Hex(bytes) => {
                out.write_str("h'")?;
                bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?;
                out.write_char('\'')
            }
            ConstantKind::Set(members) => {
                out.write_char('(')?;
                for (at, member) in members.iter().enumerate() {
                    write!(out, "{}{member}", if at > 0 { ", " } else { "" })?;
                }
                out.write_char(')')
            }
        }
    }
}

fn quote(out: &mut Formatter<'_>, text: &str) -> Result {
    out.write_char('\'')?;
    for char in text.chars() {
        if matches!(char, '\'' | '\\') {
            out.write_char('\\')?;
        }
        out.write_char(char)?;
    }
    out.write_char('\'')
}
