//! Verdicts that were decided already, kept in memory for as long as everything that they depend on is the same.
//!
//! A verdict is a decision without the state of a record: all flags are false. It depends on the set of policies, on
//! what the agreement says of the member, on the member and its context, on the action, on whose record it is, and on
//! the handling: all of that is the key, so nothing ever has to be thrown away to stay right. A verdict is no
//! [`comity_policy::Decision`]: it says which shelves are open, and releases nothing. What leaves is decided again at
//! the door.

use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use comity_model::stix::Digest;
use comity_model::{HandlingId, MemberId};
use comity_policy::{Action, Decision};

/// Verdicts kept at most; then it begins anew. About 150 bytes each.
const KEPT_MAX: usize = 500_000;

/// The answer to a question without the state of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// Whether it may be released.
    pub allow: bool,
    /// Ids of the deciding rules, separated by blanks.
    pub rules: Arc<str>,
}

/// Under which rules and facts an audience asks.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Asker {
    /// Hash of the set of policies.
    pub policy: Digest,
    /// Digest of the agreement.
    pub agreement: Digest,
    /// Member that asks.
    pub member: MemberId,
    /// Purpose, empty when none is stated.
    pub purpose: String,
    /// Legal basis, empty when none is stated.
    pub basis: String,
    /// Readers' groups inside the member.
    pub inner: BTreeSet<String>,
}

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Handling.
    pub handling: HandlingId,
    /// What is to be done.
    pub action: Action,
    /// It is the record of this node's member.
    pub own: bool,
    /// It is released in its originator's name.
    pub delegated: bool,
}

impl Hash for Asked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // A digest is as good as random already: its first bytes tell handlings apart.
        let first = self.handling.0.0.first_chunk::<8>().copied().map_or(0, u64::from_le_bytes);
        state.write_u64(first);
    }
}

/// The verdicts of one asker.
pub struct Line {
    known: RwLock<HashMap<Asked, Verdict>>,
    /// How many verdicts all lines hold.
    kept: Arc<AtomicUsize>,
}

impl Line {
    /// The verdict that was decided before, or the one that `decide` gives now. A decision in which something went
    /// wrong is not kept, nor one about a handling that is called otherwise than the question says.
    pub fn verdict(&self, asked: Asked, decide: impl FnOnce() -> Decision) -> Verdict {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&asked).cloned();
        known.unwrap_or_else(|| {
            let decision = decide();
            let rules: Vec<&str> = decision.rules().iter().map(|rule| rule.id.as_str()).collect();
            let verdict = Verdict { allow: decision.allow(), rules: rules.join(" ").into() };
            if decision.errors().is_empty() && decision.handling_id() == asked.handling {
                self.keep(asked, verdict.clone());
            }
            verdict
        })
    }

    fn keep(&self, asked: Asked, verdict: Verdict) {
        if self.kept.load(Ordering::Relaxed) < KEPT_MAX {
            let before = self.known.write().unwrap_or_else(PoisonError::into_inner).insert(asked, verdict);
            self.kept.fetch_add(usize::from(before.is_none()), Ordering::Relaxed);
        }
    }
}

/// The verdicts of a node, by asker.
#[derive(Default)]
pub struct Verdicts {
    lines: Mutex<HashMap<Asker, Arc<Line>>>,
    kept: Arc<AtomicUsize>,
}

impl Verdicts {
    /// The verdicts of an asker.
    pub fn line(&self, asker: &Asker) -> Arc<Line> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if self.kept.load(Ordering::Relaxed) >= KEPT_MAX {
            lines.clear();
            self.kept.store(0, Ordering::Relaxed);
        }
        let line = lines
            .entry(asker.clone())
            .or_insert_with(|| Arc::new(Line { known: RwLock::default(), kept: Arc::clone(&self.kept) }));
        Arc::clone(line)
    }
}
