//! The dictionary of a JSON value: it keeps the order of its keys and finds them fast.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::json::Value;

/// Up to this many keys are found by walking, more through an index.
const WALKED: usize = 24;

/// A dictionary whose keys are unique and keep their order. Two dictionaries are equal when they hold the same
/// values under the same keys, in whatever order.
#[derive(Clone, Debug, Default)]
pub struct Map<'a> {
    entries: Vec<(Cow<'a, str>, Value<'a>)>,
    index: Option<Box<Index<'a>>>,
}

/// Where each key stands among the entries. It is a type of its own so that a dictionary, and with it every value,
/// stays small: the index is kept behind a pointer.
#[derive(Clone, Debug)]
struct Index<'a>(BTreeMap<Cow<'a, str>, usize>);

impl<'a> Map<'a> {
    /// An empty dictionary.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty dictionary with room for so many keys.
    pub(crate) fn of_room(keys: usize) -> Self {
        Self { entries: Vec::with_capacity(keys), index: None }
    }

    /// The value under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.position(key).and_then(|at| self.entries.get(at)).map(|(_, value)| value)
    }

    /// The value under `key`, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value<'a>> {
        self.position(key).and_then(|at| self.entries.get_mut(at)).map(|(_, value)| value)
    }

    /// Whether `key` is there.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value<'a>)> {
        self.entries.iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// Keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.iter().map(|(key, _)| key.as_ref())
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts `value` under `key`: in the place of the former value, which is returned, or at the end.
    pub fn insert(&mut self, key: impl Into<Cow<'a, str>>, value: Value<'a>) -> Option<Value<'a>> {
        let key = key.into();
        if let Some(held) = self.get_mut(&key) {
            return Some(std::mem::replace(held, value));
        }
        self.push(key, value);
        None
    }

    /// Takes `key` out; the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<Value<'a>> {
        let at = self.position(key)?;
        let (_, value) = self.entries.remove(at);
        self.rebuild();
        Some(value)
    }

    /// Keeps the entries for which `keep` is true, in one pass.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value<'a>) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
        self.rebuild();
    }

    /// The same dictionary without borrows.
    #[must_use]
    pub fn into_owned(self) -> Map<'static> {
        self.into_iter().map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_owned())).collect()
    }

    /// Adds a key at the end that is known not to be there.
    pub(crate) fn push(&mut self, key: Cow<'a, str>, value: Value<'a>) {
        if let Some(index) = &mut self.index {
            index.0.insert(key.clone(), self.entries.len());
        }
        self.entries.push((key, value));
        if self.index.is_none() && self.entries.len() > WALKED {
            self.rebuild();
        }
    }

    fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.0.get(key).copied(),
            None => self.entries.iter().position(|(held, _)| held == key),
        }
    }

    fn rebuild(&mut self) {
        self.index = (self.entries.len() > WALKED).then(|| {
            Box::new(Index(self.entries.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect()))
        });
    }
}

impl<'a> IntoIterator for Map<'a> {
    type Item = (Cow<'a, str>, Value<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a, K: Into<Cow<'a, str>>> FromIterator<(K, Value<'a>)> for Map<'a> {
    fn from_iter<I: IntoIterator<Item = (K, Value<'a>)>>(pairs: I) -> Self {
        let mut map = Self::new();
        for (key, value) in pairs {
            map.insert(key, value);
        }
        map
    }
}

impl PartialEq for Map<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl Serialize for Map<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_dictionaries_behave_alike() {
        for size in [3, 24, 25, 1000] {
            let mut map: Map<'_> =
                (0..size).map(|number| (format!("k{number}"), Value::Integer(number))).collect();
            assert_eq!(map.get("k2"), Some(&Value::Integer(2)));
            assert_eq!(map.insert("k2", Value::Null), Some(Value::Integer(2)));
            assert_eq!(map.remove("k0"), Some(Value::Integer(0)));
            assert_eq!(map.remove("k0"), None);
            assert!(map.contains_key("k1") && !map.contains_key("new"));
            map.push("new".into(), Value::Bool(true));
            assert_eq!(map.get("new"), Some(&Value::Bool(true)));
            map.retain(|key, _| key != "k1");
            let mut keys: Vec<_> = (2..size).map(|number| format!("k{number}")).collect();
            keys.push("new".to_owned());
            assert_eq!(map.keys().collect::<Vec<_>>(), keys);
            assert_eq!(map.get("k2"), Some(&Value::Null));
        }
    }

    #[test]
    fn order_is_kept_but_is_no_part_of_equality() {
        let pairs = [("a", Value::Null), ("b", Value::Bool(true))];
        let forward: Map<'_> = pairs.clone().into_iter().collect();
        let backward: Map<'_> = pairs.into_iter().rev().collect();
        assert_eq!(forward, backward);
        assert_eq!(serde_json::to_string(&backward).unwrap(), r#"{"b":true,"a":null}"#);
    }
}
