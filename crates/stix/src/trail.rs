//! The way from an object to a value inside it, kept while walking and written down only when something is found.

use std::fmt::Write as _;

use crate::marking::Segment;

/// One step inwards.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'v> {
    /// To the value of a key.
    Key(&'v str),
    /// To an element of a list.
    Index(usize),
}

/// The way in the form of a selector; empty at the start.
pub(crate) fn path_of(trail: &[Step<'_>]) -> String {
    let mut path = String::new();
    for step in trail {
        if !path.is_empty() {
            path.push('.');
        }
        match step {
            Step::Key(key) => path.push_str(key),
            // Writing to a text cannot fail.
            Step::Index(at) => drop(write!(path, "[{at}]")),
        }
    }
    path
}

/// The way as steps that outlive the object.
pub(crate) fn segments_of(trail: &[Step<'_>]) -> Vec<Segment> {
    let own = |step: &Step<'_>| match step {
        Step::Key(key) => Segment::Key((*key).to_owned()),
        Step::Index(at) => Segment::Index(*at),
    };
    trail.iter().map(own).collect()
}
