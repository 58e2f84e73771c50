//! What goes out of an object, as a tree over the steps into it.

#![deny(clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use crate::json::{Map, Value};
use crate::marking::{Segment, Selector};

/// What goes: a tree over the steps into the object.
#[derive(Default)]
pub(super) struct Cut {
    pub(super) gone: bool,
    pub(super) inner: BTreeMap<Segment, Cut>,
    /// Of a list, once settled: which elements go, ascending.
    gone_indexes: Vec<usize>,
}

impl Cut {
    pub(super) fn mark(&mut self, path: &[Segment]) {
        let mut at = self;
        for segment in path {
            at = at.inner.entry(segment.clone()).or_default();
        }
        at.gone = true;
    }

    /// Whether what is at `path` goes, by itself or with something around it.
    pub(super) fn covers(&self, path: &[Segment]) -> bool {
        let mut at = Some(self);
        for segment in path {
            at = at.and_then(|cut| cut.inner.get(segment));
            if at.is_some_and(|cut| cut.gone) {
                return true;
            }
        }
        false
    }

    /// Lets go what becomes empty.
    pub(super) fn settle(&mut self, value: &Value<'_>) {
        if self.gone {
            return;
        }
        let size = match value {
            Value::Array(list) => {
                self.settle_inner(|segment| match segment {
                    Segment::Index(at) => list.get(*at),
                    Segment::Key(_) => None,
                });
                list.len()
            }
            Value::Object(map) => {
                self.settle_inner(|segment| match segment {
                    Segment::Key(key) => map.get(key),
                    Segment::Index(_) => None,
                });
                map.len()
            }
            _ => return,
        };
        let gone = self.inner.iter().filter(|(_, inner)| inner.gone);
        self.gone_indexes = gone
            .clone()
            .filter_map(|(segment, _)| if let Segment::Index(at) = segment { Some(*at) } else { None })
            .collect();
        self.gone = !self.inner.is_empty() && gone.count() == size;
    }

    fn settle_inner<'v, 'a: 'v>(&mut self, find: impl Fn(&Segment) -> Option<&'v Value<'a>>) {
        for (segment, inner) in &mut self.inner {
            if let Some(value) = find(segment) {
                inner.settle(value);
            }
        }
    }

    /// What is left of `value`; call it only when not all of it goes.
    fn apply<'a>(&self, value: &Value<'a>) -> Value<'a> {
        match value {
            Value::Array(list) => {
                let kept =
                    list.iter().enumerate().filter_map(|(at, item)| self.keep(&Segment::Index(at), item));
                Value::Array(kept.collect())
            }
            Value::Object(map) => Value::Object(self.apply_map(map)),
            other => other.clone(),
        }
    }

    pub(super) fn apply_map<'a>(&self, map: &Map<'a>) -> Map<'a> {
        let mut left = map.clone();
        if !self.inner.is_empty() {
            left.retain(|key, value| match self.keep(&Segment::Key(key.to_owned()), value) {
                Some(kept) => {
                    *value = kept;
                    true
                }
                None => false,
            });
        }
        left
    }

    fn keep<'a>(&self, segment: &Segment, value: &Value<'a>) -> Option<Value<'a>> {
        match self.inner.get(segment) {
            None => Some(value.clone()),
            Some(inner) if inner.gone => None,
            Some(inner) => Some(inner.apply(value)),
        }
    }

    /// The selector of the same content afterwards; `None` when the content went.
    pub(super) fn follow(&self, selector: &Selector) -> Option<Selector> {
        let mut at = Some(self);
        let mut moved = Vec::with_capacity(selector.segments().len());
        for segment in selector.segments() {
            let inner = at.and_then(|cut| cut.inner.get(segment));
            if inner.is_some_and(|inner| inner.gone) {
                return None;
            }
            moved.push(match (segment, at) {
                (Segment::Index(index), Some(cut)) => {
                    let before = cut.gone_indexes.partition_point(|gone| gone < index);
                    Segment::Index(index.saturating_sub(before))
                }
                _ => segment.clone(),
            });
            at = inner;
        }
        Some(Selector::from_segments(moved))
    }
}
