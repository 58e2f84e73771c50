//! Property tests, object paths and constants.

use std::borrow::Cow;

use super::advice::Want;
use super::bytes::{from_base64, from_hex};
use super::error::PatternErrorKind as Error;
use super::lexer::{Kind, Lexer, Token, Word};
use super::parser::{Parsed, Parser};
use super::rules;
use super::tree::{
    Constant, ConstantKind, Float, Integer, Key, Moment, Number, ObjectPath, Operator, PropertyTest, Step,
    StepKind,
};

/// A path, an operator and a constant.
pub(super) fn test<'a>(parser: &mut Parser<'a>) -> Parsed<PropertyTest<'a>> {
    let path = path(parser, Want::Comparison)?;
    let start = parser.token.span;
    let negated = parser.take(Kind::Word(Word::Not)).is_some();
    let operator = operator(parser.token.kind)
        .ok_or_else(|| parser.unexpected(if negated { Want::NegatedOperator } else { Want::Operator }))?;
    parser.bump();
    let operator_span = parser.since(start);
    let constant = match operator {
        Operator::Equal | Operator::NotEqual => constant(parser, Want::Constant)?,
        Operator::In => set(parser)?,
        Operator::Like | Operator::Matches | Operator::IsSubset | Operator::IsSuperset => {
            if parser.token.kind != Kind::String {
                return Err(parser.unexpected(Want::Text));
            }
            constant(parser, Want::Text)?
        }
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            if matches!(parser.token.kind, Kind::Word(_)) {
                return Err(parser.unexpected(Want::Ordered));
            }
            constant(parser, Want::Ordered)?
        }
    };
    let test = PropertyTest { path, negated, operator, operator_span, constant };
    match rules::broken_digest(&test) {
        Some((span, message)) if parser.strict => Err(parser.error(Error::Hash, span, message)),
        _ => Ok(test),
    }
}

const fn operator(kind: Kind) -> Option<Operator> {
    Some(match kind {
        Kind::Equal => Operator::Equal,
        Kind::NotEqual => Operator::NotEqual,
        Kind::Less => Operator::Less,
        Kind::LessOrEqual => Operator::LessOrEqual,
        Kind::Greater => Operator::Greater,
        Kind::GreaterOrEqual => Operator::GreaterOrEqual,
        Kind::Word(Word::In) => Operator::In,
        Kind::Word(Word::Like) => Operator::Like,
        Kind::Word(Word::Matches) => Operator::Matches,
        Kind::Word(Word::IsSubset) => Operator::IsSubset,
        Kind::Word(Word::IsSuperset) => Operator::IsSuperset,
        _ => return None,
    })
}

/// An object path; `want` is what the error names when none begins here.
pub(super) fn path<'a>(parser: &mut Parser<'a>, want: Want) -> Parsed<ObjectPath<'a>> {
    let kind = parser.token.kind;
    // The standard reserves no names: `true` may be the type of an object as well as a property.
    if !matches!(kind, Kind::Name | Kind::HyphenName | Kind::Word(Word::True | Word::False)) {
        return Err(parser.unexpected(want));
    }
    let type_span = parser.bump().span;
    let object_type = parser.lexer.slice(type_span);
    parser.need(Kind::Colon, Want::Colon)?;
    let property = match parser.token.kind {
        Kind::Name | Kind::String | Kind::Word(Word::True | Word::False) => key(parser),
        _ => return Err(parser.unexpected(Want::Property)),
    };
    let mut steps = Vec::new();
    while let Some(step) = step(parser)? {
        parser.node()?;
        steps.push(step);
    }
    Ok(ObjectPath { object_type, type_span, property, steps, span: parser.since(type_span) })
}

/// The name that is the current word.
fn key<'a>(parser: &mut Parser<'a>) -> Key<'a> {
    let token = parser.bump();
    let text = parser.lexer.slice(token.span);
    let name = if token.kind == Kind::String { unescaped(text) } else { Cow::Borrowed(text) };
    Key { name, span: token.span }
}

fn step<'a>(parser: &mut Parser<'a>) -> Parsed<Option<Step<'a>>> {
    let start = parser.token.span;
    let text = parser.lexer.slice(start);
    let kind = match parser.token.kind {
        // A key that begins with a digit looks like a fraction.
        Kind::Float if text.starts_with('.') => {
            StepKind::Key(digit_key(parser, start.start.saturating_add(1)))
        }
        Kind::Dot => {
            parser.bump();
            match parser.token.kind {
                Kind::Name | Kind::String | Kind::Word(_) => StepKind::Key(key(parser)),
                Kind::Integer | Kind::Float if starts_with_digit(parser) => {
                    StepKind::Key(digit_key(parser, parser.token.span.start))
                }
                _ => return Err(parser.unexpected(Want::Key)),
            }
        }
        Kind::LeftBracket => {
            parser.bump();
            let kind = match parser.token.kind {
                Kind::Integer => StepKind::Index(integer(&parser.lexer, parser.token)),
                Kind::Star => StepKind::AnyIndex,
                _ => return Err(parser.unexpected(Want::Index)),
            };
            parser.bump();
            parser.need(Kind::RightBracket, Want::IndexEnd)?;
            kind
        }
        _ => return Ok(None),
    };
    Ok(Some(Step { kind, span: parser.since(start) }))
}

fn starts_with_digit(parser: &Parser<'_>) -> bool {
    parser.lexer.slice(parser.token.span).starts_with(|char: char| char.is_ascii_digit())
}

/// The key that begins with a digit at `at`, instead of the number that was read there.
fn digit_key<'a>(parser: &mut Parser<'a>, at: usize) -> Key<'a> {
    let span = parser.lexer.name_at(at);
    parser.last = span.end;
    parser.token = parser.lexer.next();
    Key { name: Cow::Borrowed(parser.lexer.slice(span)), span }
}

/// A constant that is no set.
fn constant<'a>(parser: &mut Parser<'a>, want: Want) -> Parsed<Constant<'a>> {
    parser.node()?;
    let token = parser.token;
    let text = parser.lexer.slice(token.span);
    let kind = match token.kind {
        Kind::Integer | Kind::NegativeInteger => ConstantKind::Integer(integer(&parser.lexer, token)),
        Kind::Float | Kind::NegativeFloat => ConstantKind::Float(Float(unsigned(text))),
        Kind::String => ConstantKind::String(unescaped(text)),
        Kind::Word(Word::True) => ConstantKind::Boolean(true),
        Kind::Word(Word::False) => ConstantKind::Boolean(false),
        Kind::Time => ConstantKind::Timestamp(moment(&parser.lexer, token)),
        Kind::Binary => ConstantKind::Binary(from_base64(quoted(text)).unwrap_or_default()),
        Kind::Hex => ConstantKind::Hex(from_hex(quoted(text)).unwrap_or_default()),
        _ => return Err(parser.unexpected(want)),
    };
    parser.bump();
    Ok(Constant { kind, span: token.span })
}

/// Constants in parentheses.
fn set<'a>(parser: &mut Parser<'a>) -> Parsed<Constant<'a>> {
    parser.node()?;
    let start = parser.need(Kind::LeftParen, Want::Set)?.span;
    let mut members = Vec::new();
    if parser.token.kind != Kind::RightParen {
        members.push(constant(parser, Want::Member)?);
        while parser.take(Kind::Comma).is_some() {
            members.push(constant(parser, Want::Member)?);
        }
    }
    parser.need(Kind::RightParen, Want::MemberEnd)?;
    Ok(Constant { kind: ConstantKind::Set(members), span: parser.since(start) })
}

/// A number that is not negative.
pub(super) fn number<'a>(parser: &mut Parser<'a>) -> Option<Number<'a>> {
    let token = parser.token;
    let made = match token.kind {
        Kind::Integer => Number::Integer(integer(&parser.lexer, token)),
        Kind::Float => Number::Float(Float(unsigned(parser.lexer.slice(token.span)))),
        _ => return None,
    };
    parser.bump();
    Some(made)
}

pub(super) fn integer<'a>(lexer: &Lexer<'a>, token: Token) -> Integer<'a> {
    Integer(unsigned(lexer.slice(token.span)))
}

pub(super) fn moment<'a>(lexer: &Lexer<'a>, token: Token) -> Moment<'a> {
    Moment(quoted(lexer.slice(token.span)))
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix('+').unwrap_or(text)
}

/// What stands between the quotes of a constant.
fn quoted(text: &str) -> &str {
    text.split_once('\'').and_then(|(_, rest)| rest.strip_suffix('\'')).unwrap_or_default()
}

/// What a string constant says.
fn unescaped(text: &str) -> Cow<'_, str> {
    let body = quoted(text);
    if !body.contains('\\') {
        return Cow::Borrowed(body);
    }
    let mut out = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(char) = chars.next() {
        out.extend(if char == '\\' { chars.next() } else { Some(char) });
    }
    Cow::Owned(out)
}
