//! Lists: as sets, or element by element along a longest common subsequence.

use std::collections::{BTreeMap, VecDeque};

use super::{Comparison, Kind};
use crate::canon::canonical;
use crate::id::Id;
use crate::json::Value;
use crate::marking::Segment;

/// The most pairs of elements that are compared.
const MOST_PAIRS: usize = 10_000;

impl Comparison {
    /// Elements that only one list has. That an element stands more often in one list than in the other is a matter of
    /// writing.
    pub(super) fn sets(&mut self, a: &[Value<'_>], b: &[Value<'_>]) {
        let (keys_a, keys_b) = (keys(a, set_key), keys(b, set_key));
        let (places_a, places_b) = (places(&keys_a), places(&keys_b));
        let (pairs_a, pairs_b) = pairs(a, b, &places_a, &places_b);
        for (at, (item, key)) in a.iter().zip(&keys_a).enumerate() {
            let pair = pairs_a.get(&at).copied();
            let other = pair.and_then(|pair| b.get(pair));
            let kind = match other {
                Some(other) if other == item => continue,
                None if !places_b.contains_key(key.as_slice()) => Kind::Removed,
                _ => Kind::Representation,
            };
            let there = Segment::Index(pair.unwrap_or(at));
            self.inside(Segment::Index(at), there, |inner| inner.note(kind, Some(item), other));
        }
        for (at, (item, key)) in b.iter().zip(&keys_b).enumerate() {
            if !pairs_b.contains_key(&at) {
                let known = places_a.contains_key(key.as_slice());
                let kind = if known { Kind::Representation } else { Kind::Added };
                self.inside(Segment::Index(at), Segment::Index(at), |inner| {
                    inner.note(kind, None, Some(item))
                });
            }
        }
    }

    /// Elements in their order.
    pub(super) fn lists(&mut self, a: &[Value<'_>], b: &[Value<'_>]) {
        let matches = alike(&keys(a, list_key), &keys(b, list_key));
        let ends = std::iter::once((a.len(), b.len()));
        let (mut from_a, mut from_b) = (0, 0);
        for (to_a, to_b) in matches.into_iter().chain(ends) {
            self.gap(a, b, from_a..to_a, from_b..to_b);
            if let (Some(first), Some(second)) = (a.get(to_a), b.get(to_b)) {
                self.pair(to_a, to_b, first, second);
            }
            (from_a, from_b) = (to_a.saturating_add(1), to_b.saturating_add(1));
        }
    }

    /// Elements between two that are alike: paired by their place, the rest is removed or added.
    fn gap(
        &mut self,
        a: &[Value<'_>],
        b: &[Value<'_>],
        in_a: std::ops::Range<usize>,
        in_b: std::ops::Range<usize>,
    ) {
        let (mut first, mut second) = (in_a, in_b);
        loop {
            let (at, pair) = (first.next(), second.next());
            let items = (at.and_then(|at| a.get(at)), pair.and_then(|pair| b.get(pair)));
            let (here, there) = (at.or(pair).unwrap_or_default(), pair.or(at).unwrap_or_default());
            match items {
                (Some(from), Some(to)) => self.pair(here, there, from, to),
                (None, None) => return,
                (from, to) => {
                    let kind = if from.is_some() { Kind::Removed } else { Kind::Added };
                    self.inside(Segment::Index(here), Segment::Index(there), |inner| {
                        inner.note(kind, from, to)
                    });
                }
            }
        }
    }

    fn pair(&mut self, here: usize, there: usize, from: &Value<'_>, to: &Value<'_>) {
        self.inside(Segment::Index(here), Segment::Index(there), |inner| inner.values("", from, to));
    }
}

fn list_key(value: &Value<'_>) -> Vec<u8> {
    // What has no canonical form keeps the order of its keys, so a match may be missed, but none is made up.
    canonical(value).or_else(|_| serde_json::to_vec(value)).unwrap_or_default()
}

fn set_key(value: &Value<'_>) -> Vec<u8> {
    match value.as_str().map(Id::parse) {
        Some(Ok(id)) => id.as_str().as_bytes().to_vec(),
        _ => list_key(value),
    }
}

fn keys(list: &[Value<'_>], key: fn(&Value<'_>) -> Vec<u8>) -> Vec<Vec<u8>> {
    list.iter().map(key).collect()
}

/// Where each key stands.
fn places(keys: &[Vec<u8>]) -> BTreeMap<&[u8], Vec<usize>> {
    let mut places: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for (at, key) in keys.iter().enumerate() {
        places.entry(key).or_default().push(at);
    }
    places
}

/// For each place of one list, the place of the other that it goes with, both ways: elements of one key, first those that
/// are written alike, then the others in their order.
fn pairs(
    a: &[Value<'_>],
    b: &[Value<'_>],
    places_a: &BTreeMap<&[u8], Vec<usize>>,
    places_b: &BTreeMap<&[u8], Vec<usize>>,
) -> (BTreeMap<usize, usize>, BTreeMap<usize, usize>) {
    let written = |list: &[Value<'_>], at: usize| {
        list.get(at).and_then(|item| serde_json::to_vec(item).ok()).unwrap_or_default()
    };
    let (mut forth, mut back) = (BTreeMap::new(), BTreeMap::new());
    for (key, here) in places_a {
        let Some(there) = places_b.get(key) else { continue };
        let mut alike: BTreeMap<Vec<u8>, VecDeque<usize>> = BTreeMap::new();
        for at in there {
            alike.entry(written(b, *at)).or_default().push_back(*at);
        }
        for at in here {
            if let Some(other) = alike.get_mut(&written(a, *at)).and_then(VecDeque::pop_front) {
                forth.insert(*at, other);
                back.insert(other, *at);
            }
        }
        let left_here: Vec<usize> = here.iter().copied().filter(|at| !forth.contains_key(at)).collect();
        let left_there: Vec<usize> = there.iter().copied().filter(|at| !back.contains_key(at)).collect();
        for (at, other) in left_here.into_iter().zip(left_there) {
            forth.insert(at, other);
            back.insert(other, at);
        }
    }
    (forth, back)
}

/// Pairs of places of equal keys, ascending in both: the common beginning, the common end, and between them a longest
/// common subsequence, unless that is too much work.
fn alike(a: &[Vec<u8>], b: &[Vec<u8>]) -> Vec<(usize, usize)> {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle = |rest: usize| rest.saturating_sub(tail);
    let (count_a, count_b) = (middle(rest_a.len()), middle(rest_b.len()));
    let mut found: Vec<_> = (0..head).map(|at| (at, at)).collect();
    if count_a.saturating_mul(count_b) <= MOST_PAIRS {
        let inner =
            subsequence(rest_a.get(..count_a).unwrap_or_default(), rest_b.get(..count_b).unwrap_or_default());
        found
            .extend(inner.into_iter().map(|(at, pair)| (at.saturating_add(head), pair.saturating_add(head))));
    }
    let ends = |list: &[Vec<u8>], back: usize| list.len().saturating_sub(back);
    found.extend((1..=tail).rev().map(|back| (ends(a, back), ends(b, back))));
    found
}

/// A longest common subsequence.
fn subsequence(a: &[Vec<u8>], b: &[Vec<u8>]) -> Vec<(usize, usize)> {
    // `longest[i]` holds for each j how many can be matched in a[i..] and b[j..].
    let mut longest = vec![vec![0usize; b.len().saturating_add(1)]];
    for item in a.iter().rev() {
        let below = longest.last().cloned().unwrap_or_default();
        let mut row = vec![0usize; below.len()];
        for (at, other) in b.iter().enumerate().rev() {
            let next = at.saturating_add(1);
            let right = row.get(next).copied().unwrap_or_default();
            let down = below.get(at).copied().unwrap_or_default();
            let diagonal = below.get(next).copied().unwrap_or_default().saturating_add(1);
            if let Some(cell) = row.get_mut(at) {
                *cell = if item == other { diagonal } else { right.max(down) };
            }
        }
        longest.push(row);
    }
    longest.reverse();
    let cell = |i: usize, j: usize| longest.get(i).and_then(|row| row.get(j)).copied().unwrap_or_default();
    let (mut i, mut j) = (0usize, 0usize);
    let mut pairs = Vec::new();
    while let (Some(first), Some(second)) = (a.get(i), b.get(j)) {
        if first == second {
            pairs.push((i, j));
            (i, j) = (i.saturating_add(1), j.saturating_add(1));
        } else if cell(i.saturating_add(1), j) >= cell(i, j.saturating_add(1)) {
            i = i.saturating_add(1);
        } else {
            j = j.saturating_add(1);
        }
    }
    pairs
}
