//! Language content repeats what it translates, so what is hidden in an object must be hidden in its translations.

#![deny(clippy::arithmetic_side_effects)]

use crate::json::Value;
use crate::marking::{Segment, Selector};
use crate::object::{Class, Object};

/// The parts of a language content object that translate the parts of its target that `hidden` points to, in every
/// language (clause 7.1: the content of a language mirrors the target). Give them to [`super::redacted`]; the lists of
/// the translation keep the length of those of the redacted target.
///
/// Where a translation does not mirror the target, such as a text in the place of a list, all of it at that place is
/// named, since it may hold the hidden part.
///
/// `None` when `content` is no language content whose parts can be named: withhold it wholly.
#[must_use]
pub fn translations_of(content: &Object<'_>, hidden: &[Selector]) -> Option<Vec<Selector>> {
    if content.class() != Class::Language {
        return None;
    }
    let mut found = Vec::new();
    for (language, translated) in content.value().get("contents")?.as_object()?.iter() {
        let start = vec![Segment::Key("contents".to_owned()), Segment::Key(language.to_owned())];
        // A key that no selector can name could not be taken out.
        Selector::parse(&format!("contents.{language}")).ok()?;
        for selector in hidden {
            if let Some(rest) = mirrored(translated, selector.segments()) {
                found.push(Selector::from_segments([start.as_slice(), rest].concat()));
            }
        }
    }
    Some(found)
}

/// How much of `path` leads to something in `value`: all of it, or up to where the value is of another form; nothing
/// when the value has no such part.
fn mirrored<'s>(value: &Value<'_>, path: &'s [Segment]) -> Option<&'s [Segment]> {
    let mut at = value;
    for (depth, segment) in path.iter().enumerate() {
        at = match (segment, at) {
            (Segment::Key(key), Value::Object(map)) => map.get(key)?,
            (Segment::Index(index), Value::Array(list)) => list.get(*index)?,
            // An empty text stands for what is not translated.
            (_, Value::String(text)) if text.is_empty() => return None,
            _ => return path.get(..depth),
        };
    }
    Some(path)
}
