//! Walks through an object along the tables of its type and mends what it meets.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Bound;

use super::{Change, MOST_CHANGES, change, meta, spelling};
use crate::id::Id;
use crate::json::{Map, Value};
use crate::marking::{Segment, Selector};
use crate::object::{Class, Object};
use crate::rule::{self, Rule};
use crate::schema::vocabulary::Vocabulary;
use crate::schema::{self, Kind, Property, Registry, Shape};

/// What may be left out.
#[derive(Clone, Copy)]
pub(super) struct Scope<'k> {
    /// Containers that must stay complete, because leaving something out of them breaks another rule.
    pub(super) kept: &'k BTreeSet<Vec<Segment>>,
    /// Whether anything may be left out at all.
    pub(super) leave_out: bool,
}

/// The mended properties of `object` and every change; `None` when there are too many.
pub(super) fn mended(
    object: &Object<'_>,
    registry: &Registry,
    scope: Scope<'_>,
) -> Option<(Map<'static>, Vec<Change>)> {
    let class = registry.class_of(object);
    if let Some(found) = meta::published(object, class) {
        return Some(found);
    }
    let mut mender = Mender::new(scope, object.value());
    let value = mender.object(object.value().clone().into_owned(), class);
    (mender.changes.len() <= MOST_CHANGES).then_some((value, mender.changes))
}

/// Mends while walking.
pub(super) struct Mender<'k> {
    scope: Scope<'k>,
    trail: Vec<Segment>,
    changes: Vec<Change>,
    /// What data markings point to: never left out.
    marked: BTreeSet<Vec<Segment>>,
    /// What any granular marking points to: never renamed, and never moved to another place of its list.
    selected: BTreeSet<Vec<Segment>>,
    /// Whether lists keep their length, since they mirror lists of another object.
    mirrored: bool,
    /// Whether references name neighbours in the deprecated container of observables.
    contained: bool,
    /// Whether a data marking points to nothing: then nothing is renamed either.
    unclear: bool,
}

impl<'k> Mender<'k> {
    fn new(scope: Scope<'k>, root: &Map<'_>) -> Self {
        let mut mender = Self {
            scope,
            trail: Vec::new(),
            changes: Vec::new(),
            marked: BTreeSet::new(),
            selected: BTreeSet::new(),
            mirrored: false,
            contained: false,
            unclear: false,
        };
        let listed = root.get("granular_markings").and_then(Value::as_array).unwrap_or_default();
        for entry in listed.iter().filter_map(Value::as_object) {
            let data = !meta::is_language_marking(entry);
            let selectors = entry.get("selectors").and_then(Value::as_array).unwrap_or_default();
            for item in selectors {
                let selector = item.as_str().and_then(|text| Selector::parse(text).ok());
                if data && selector.as_ref().is_none_or(|selector| selector.find(root).is_none()) {
                    // Something is to be protected, and nobody knows what.
                    mender.scope.leave_out = false;
                    mender.unclear = true;
                }
                let Some(selector) = selector else { continue };
                if data {
                    mender.marked.insert(selector.segments().to_vec());
                }
                mender.selected.insert(selector.segments().to_vec());
            }
        }
        mender
    }

    /// Notes a change at the present place. Beyond the limit nothing is noted, as the whole will be given up.
    fn note(
        &mut self,
        rule: &Rule,
        message: impl Into<String>,
        from: Option<&Value<'_>>,
        to: Option<&Value<'_>>,
    ) {
        if self.changes.len() <= MOST_CHANGES {
            self.changes.push(change(&self.trail, rule, message, from, to));
        }
    }

    /// Puts `to` in the place of `value`.
    pub(super) fn set(
        &mut self,
        value: &mut Value<'static>,
        rule: &Rule,
        message: impl Into<String>,
        to: impl Into<Value<'static>>,
    ) {
        let to = to.into();
        self.note(rule, message, Some(value), Some(&to));
        *value = to;
    }

    /// Runs `mend` one step further inside.
    pub(super) fn inside<T>(&mut self, step: Segment, mend: impl FnOnce(&mut Self) -> T) -> T {
        self.trail.push(step);
        let result = mend(self);
        self.trail.pop();
        result
    }

    fn object(&mut self, mut root: Map<'static>, class: Class) -> Map<'static> {
        let name = root.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = schema::kind_of(&name);
        let single = single_choice(kind, &root);
        root.retain(|key, value| {
            if matches!(key, "type" | "granular_markings") || (key == "objects" && class == Class::Bundle) {
                return true;
            }
            let known = kind.and_then(|kind| kind.properties.iter().find(|known| known.name == key));
            let property = schema::common(key).or(known);
            let time = needs_digits(class, key);
            let required = time || property.is_some_and(|known| known.required) || single == Some(key);
            let shape = property.map_or(Shape::Any, |known| known.shape);
            self.inside(Segment::Key(key.to_owned()), |mender| {
                let emptied = mender.top_level(kind, key, value, shape);
                if time {
                    mender.digits(value);
                }
                mender.stays(value, required, emptied || key == "extensions" || is_dictionary(shape))
            })
        });
        meta::granular(self, &mut root);
        root
    }

    /// Mends a top-level property; whether a dictionary became empty.
    fn top_level(
        &mut self,
        kind: Option<&'static Kind>,
        key: &str,
        value: &mut Value<'static>,
        shape: Shape,
    ) -> bool {
        match (kind.map_or("", |kind| kind.name), key) {
            (_, "id") => self.reference(value),
            (_, "lang") => self.language(value),
            (_, "extensions") => self.extensions(kind, value),
            ("relationship", "relationship_type") => {
                let mended = value.as_str().and_then(spelling::relationship_type);
                if let Some(mended) = mended {
                    let message = "lower case, with hyphens between words";
                    self.set(value, &rule::RELATIONSHIP_TYPE, message, mended);
                }
            }
            ("observed-data", "objects") => self.container(value),
            ("language-content", "contents") => self.contents(value),
            ("software", "languages") => self.languages(value),
            ("vulnerability", "external_references") => {
                self.catalogue(value, "cve");
                self.mend(value, shape);
            }
            ("attack-pattern", "external_references") => {
                self.catalogue(value, "capec");
                self.mend(value, shape);
            }
            _ => return self.mend(value, shape),
        }
        false
    }

    /// Mends `value` by `shape`; whether a dictionary became empty by it.
    fn mend(&mut self, value: &mut Value<'static>, shape: Shape) -> bool {
        let filled = matches!(value, Value::Object(map) if !map.is_empty());
        match (shape, &*value) {
            (Shape::Hashes | Shape::KnownHashes, Value::Object(_)) => self.hashes(value, shape),
            (Shape::Record(properties), Value::Object(_)) => self.record(value, properties),
            (_, Value::Object(_)) => self.record(value, &[]),
            (_, Value::Array(_)) => self.list(value, item_of(shape)),
            (Shape::Bool, _) => self.boolean(value),
            (Shape::Integer(least, most), _) => self.integer(value, least, most),
            (Shape::Time, _) => self.time(value),
            (Shape::Ref(_), _) if !self.contained => self.reference(value),
            (Shape::Enum(vocabulary), _) => self.term(value, vocabulary, &rule::ENUMERATION),
            (Shape::Open(vocabulary), _) => self.term(value, vocabulary, &rule::VOCABULARY),
            _ => {}
        }
        filled && matches!(value, Value::Object(map) if map.is_empty())
    }

    /// Whether a property stays. It is left out when it says nothing, unless it is required, marked, or needed by
    /// another rule; an empty dictionary only where `dictionary` says that it must not be.
    pub(super) fn stays(&mut self, value: &Value<'_>, required: bool, dictionary: bool) -> bool {
        let Some((rule, message)) = nothing_said(value, dictionary) else { return true };
        let container = self.trail.split_last().map(|(_, container)| container).unwrap_or_default();
        let allowed = self.scope.leave_out
            && !required
            && (*value != Value::Null || !self.is_marking())
            && !self.scope.kept.contains(container);
        if !allowed || is_below(&self.marked, &self.trail) {
            return true;
        }
        self.note(rule, message, Some(value), None);
        false
    }

    /// Whether the place is one of markings: what cannot be read there may have protected something, and is left.
    fn is_marking(&self) -> bool {
        self.trail.iter().any(|segment| {
            matches!(segment, Segment::Key(key) if key == "object_marking_refs" || key == "granular_markings")
        })
    }

    /// Whether elements of the list here may go: then no selector names one by its place.
    pub(super) fn may_shrink(&self) -> bool {
        let mut first = self.trail.clone();
        first.push(Segment::Index(0));
        let from: (Bound<&[Segment]>, Bound<&[Segment]>) = (Bound::Included(&first), Bound::Unbounded);
        let next = self.selected.range::<[Segment], _>(from).next();
        let named = next.is_some_and(|next| {
            next.starts_with(&self.trail) && matches!(next.get(self.trail.len()), Some(Segment::Index(_)))
        });
        self.scope.leave_out && !self.mirrored && !named && !self.scope.kept.contains(&self.trail)
    }

    /// Notes that the value here, an element of a list, is left out.
    pub(super) fn leave_out(&mut self, rule: &Rule, message: &str, value: &Value<'_>) {
        self.note(rule, message, Some(value), None);
    }

    fn list(&mut self, value: &mut Value<'static>, shape: Shape) {
        let Value::Array(items) = value else { return };
        let mut empty = Vec::with_capacity(items.len());
        for (at, item) in items.iter_mut().enumerate() {
            let emptied = self.inside(Segment::Index(at), |mender| mender.mend(item, shape));
            empty.push(nothing_said(item, emptied || is_dictionary(shape)));
        }
        let unclear = self.is_marking() && items.contains(&Value::Null);
        if empty.iter().all(Option::is_none) || unclear || !self.may_shrink() {
            return;
        }
        // From the end, so that each change finds its place as it was.
        for (at, (item, fault)) in items.iter().zip(&empty).enumerate().rev() {
            if let Some((rule, _)) = fault {
                let message = "an element that says nothing is left out";
                self.inside(Segment::Index(at), |mender| mender.leave_out(rule, message, item));
            }
        }
        let mut faults = empty.into_iter();
        items.retain(|_| faults.next().flatten().is_none());
    }

    /// A dictionary of which `properties` are known.
    fn record(&mut self, value: &mut Value<'static>, properties: &'static [Property]) {
        let Value::Object(map) = value else { return };
        map.retain(|key, item| {
            let known = properties.iter().find(|known| known.name == key);
            let shape = known.map_or(Shape::Any, |known| known.shape);
            self.inside(Segment::Key(key.to_owned()), |mender| {
                let emptied = mender.mend(item, shape);
                mender.stays(item, known.is_some_and(|known| known.required), emptied || is_dictionary(shape))
            })
        });
    }

    fn extensions(&mut self, kind: Option<&'static Kind>, value: &mut Value<'static>) {
        let Value::Object(map) = value else { return self.anything(value) };
        let predefined = kind.map(|kind| kind.extensions).unwrap_or_default();
        map.retain(|key, entry| {
            let known = predefined.iter().find(|(name, _)| *name == key).map(|(_, properties)| *properties);
            self.inside(Segment::Key(key.to_owned()), |mender| {
                mender.mend(entry, known.map_or(Shape::Any, Shape::Record));
                // That an extension of one's own is there may be all that it says.
                mender.stays(entry, false, known.is_some())
            })
        });
    }

    fn anything(&mut self, value: &mut Value<'static>) {
        self.mend(value, Shape::Any);
    }

    /// The deprecated container of observables (clause 2.13).
    fn container(&mut self, value: &mut Value<'static>) {
        let Value::Object(map) = value else { return self.anything(value) };
        self.contained = true;
        map.retain(|key, entry| {
            self.inside(Segment::Key(key.to_owned()), |mender| {
                mender.neighbour(entry);
                mender.stays(entry, false, false)
            })
        });
        self.contained = false;
    }

    fn neighbour(&mut self, value: &mut Value<'static>) {
        let Value::Object(map) = value else { return self.anything(value) };
        let kind = map.get("type").and_then(Value::as_str).and_then(schema::kind_of);
        let single = single_choice(kind, map);
        map.retain(|key, item| {
            let known = kind.and_then(|kind| kind.properties.iter().find(|known| known.name == key));
            let shape = known.map_or(Shape::Any, |known| known.shape);
            let required = key == "type" || known.is_some_and(|known| known.required) || single == Some(key);
            self.inside(Segment::Key(key.to_owned()), |mender| {
                let emptied = if key == "extensions" {
                    mender.extensions(kind, item);
                    true
                } else {
                    mender.mend(item, shape)
                };
                mender.stays(item, required, emptied || is_dictionary(shape))
            })
        });
    }

    /// The translations of a language content object, whose lists mirror those of the translated object.
    fn contents(&mut self, value: &mut Value<'static>) {
        self.mirrored = true;
        self.anything(value);
        self.mirrored = false;
        if let Value::Object(map) = value {
            let message = "language tags have hyphens";
            self.rename(map, &rule::LANGUAGE, message, |key| spelling::language(key).map(Cow::Owned));
        }
    }

    fn languages(&mut self, value: &mut Value<'static>) {
        if let Value::Array(list) = value {
            for (at, item) in list.iter_mut().enumerate() {
                self.inside(Segment::Index(at), |mender| mender.language(item));
            }
        }
        self.anything(value);
    }

    /// Names and numbers of the catalogue that clauses 4.1.1 and 4.19.1 give a form.
    fn catalogue(&mut self, value: &mut Value<'static>, catalogue: &'static str) {
        let Value::Array(list) = value else { return };
        for (at, item) in list.iter_mut().enumerate() {
            let Value::Object(entry) = item else { continue };
            let source = entry.get("source_name").and_then(Value::as_str);
            if !source.is_some_and(|source| source.eq_ignore_ascii_case(catalogue)) {
                continue;
            }
            self.trail.push(Segment::Index(at));
            for (name, wanted) in [
                ("source_name", Some(catalogue.to_owned())),
                (
                    "external_id",
                    entry
                        .get("external_id")
                        .and_then(Value::as_str)
                        .and_then(|id| spelling::catalogued(id, catalogue)),
                ),
            ] {
                let held = entry.get_mut(name).filter(|held| held.as_str() != wanted.as_deref());
                if let (Some(held), Some(wanted)) = (held, wanted) {
                    let message = "in the case that the catalogue uses";
                    let step = Segment::Key(name.to_owned());
                    self.inside(step, |mender| {
                        mender.set(held, &rule::EXTERNAL_REFERENCE_ID, message, wanted)
                    });
                }
            }
            self.trail.pop();
        }
    }

    fn hashes(&mut self, value: &mut Value<'static>, shape: Shape) {
        let Value::Object(map) = value else { return };
        map.retain(|key, digest| {
            self.inside(Segment::Key(key.to_owned()), |mender| {
                if let Some(mended) = digest.as_str().and_then(|text| spelling::digest(key, text)) {
                    mender.set(digest, &rule::HASH, "without the blanks around it", mended);
                }
                mender.mend(digest, Shape::Any);
                mender.stays(digest, false, false)
            })
        });
        let known = matches!(shape, Shape::KnownHashes);
        let rule = if known { &rule::HASH_UNKNOWN } else { &rule::HASH_ALGORITHM };
        let message = "the algorithm is named as the vocabulary does";
        self.rename(map, rule, message, |key| spelling::algorithm(key).map(Cow::Borrowed));
    }

    /// Gives keys another name where that is free and no selector names the old one.
    fn rename(
        &mut self,
        map: &mut Map<'static>,
        rule: &Rule,
        message: &str,
        name: impl Fn(&str) -> Option<Cow<'static, str>>,
    ) {
        if self.unclear || map.keys().all(|key| name(key).is_none()) {
            return;
        }
        let mut taken: BTreeSet<String> = map.keys().map(str::to_owned).collect();
        let renamed = std::mem::take(map).into_iter().map(|(key, value)| {
            let wanted = name(&key).filter(|wanted| !taken.contains(wanted.as_ref()));
            let Some(wanted) = wanted else { return (key, value) };
            let done = self.inside(Segment::Key(key.to_string()), |mender| {
                let free = !is_below(&mender.selected, &mender.trail);
                if free && mender.changes.len() <= MOST_CHANGES {
                    let noted = change(&mender.trail, rule, message, None, None);
                    mender.changes.push(Change { renamed: Some(wanted.to_string()), ..noted });
                }
                free
            });
            if !done {
                return (key, value);
            }
            taken.insert(wanted.to_string());
            (wanted, value)
        });
        *map = renamed.collect();
    }

    fn boolean(&mut self, value: &mut Value<'static>) {
        if value.as_bool().is_none()
            && let Some(mended) = spelling::boolean(value)
        {
            self.set(value, &rule::BOOLEAN, "written as true or false", mended);
        }
    }

    fn integer(&mut self, value: &mut Value<'static>, least: i64, most: i64) {
        let rule = if matches!(value, Value::Float(_)) { &rule::INTEGER_FORM } else { &rule::INTEGER };
        if let Some(mended) = spelling::integer(value).filter(|number| (least..=most).contains(number)) {
            self.set(value, rule, "written as an integer", mended);
        }
    }

    fn time(&mut self, value: &mut Value<'static>) {
        let Some(text) = value.as_str().filter(|text| !crate::time::Timestamp::is_valid(text)) else {
            return;
        };
        if let Some(mended) = spelling::time(text) {
            self.set(value, &rule::TIMESTAMP, "the same instant in the form of STIX", mended);
        }
    }

    /// `created` and `modified` need three digits (clause 3.2).
    fn digits(&mut self, value: &mut Value<'static>) {
        if let Some(mended) = value.as_str().and_then(spelling::three_digits) {
            self.set(value, &rule::TIME_DIGITS, "filled up with zeros to three digits of a second", mended);
        }
    }

    /// The UUID in lower case.
    pub(super) fn reference(&mut self, value: &mut Value<'static>) {
        let Some(text) = value.as_str() else { return };
        if let Ok(id) = Id::parse(text)
            && id.as_str() != text
        {
            self.set(value, &rule::ID_CASE, "the UUID in lower case", id.as_str().to_owned());
        }
    }

    pub(super) fn language(&mut self, value: &mut Value<'static>) {
        if let Some(mended) = value.as_str().and_then(spelling::language) {
            self.set(value, &rule::LANGUAGE, "language tags have hyphens", mended);
        }
    }

    fn term(&mut self, value: &mut Value<'static>, vocabulary: &Vocabulary, rule: &Rule) {
        if let Some(mended) = value.as_str().and_then(|text| spelling::term(text, vocabulary)) {
            let message = format!("spelled as in {}", vocabulary.name());
            self.set(value, rule, message, mended);
        }
    }
}

/// Whether the value says nothing and is to be left out.
fn nothing_said(value: &Value<'_>, dictionary: bool) -> Option<(&'static Rule, &'static str)> {
    match value {
        Value::Null => Some((&rule::NULL, "null says nothing and is left out")),
        Value::Array(list) if list.is_empty() => Some((&rule::EMPTY_LIST, "an empty list is left out")),
        Value::Object(map) if map.is_empty() && dictionary => {
            Some((&rule::EMPTY_DICTIONARY, "an empty dictionary is left out"))
        }
        _ => None,
    }
}

/// Whether one of `places` is `trail` or lies within it.
fn is_below(places: &BTreeSet<Vec<Segment>>, trail: &[Segment]) -> bool {
    let from: (Bound<&[Segment]>, Bound<&[Segment]>) = (Bound::Included(trail), Bound::Unbounded);
    places.range::<[Segment], _>(from).next().is_some_and(|place| place.starts_with(trail))
}

/// The one property of those of which one must be there, if it is the only one.
fn single_choice(kind: Option<&'static Kind>, map: &Map<'_>) -> Option<&'static str> {
    let mut present = kind?.one_of.iter().copied().filter(|name| map.contains_key(name));
    present.next().filter(|_| present.next().is_none())
}

/// The times that must have three digits of a second; they are required as well.
fn needs_digits(class: Class, key: &str) -> bool {
    match class {
        Class::Sdo | Class::Sro | Class::Language | Class::Extension | Class::Custom => {
            matches!(key, "created" | "modified")
        }
        Class::Marking => key == "created",
        Class::Sco | Class::Bundle => false,
    }
}

/// Whether a dictionary of this shape must not be empty.
fn is_dictionary(shape: Shape) -> bool {
    matches!(shape, Shape::Record(_) | Shape::Dictionary(..) | Shape::Hashes | Shape::KnownHashes)
}

/// The shape of the elements of a list.
fn item_of(shape: Shape) -> Shape {
    match shape {
        Shape::Refs(target) => Shape::Ref(target),
        Shape::Enums(vocabulary) => Shape::Enum(vocabulary),
        Shape::Opens(vocabulary) => Shape::Open(vocabulary),
        Shape::Records(properties) => Shape::Record(properties),
        _ => Shape::Any,
    }
}
