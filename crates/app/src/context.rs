//! The node as the use cases see it: its member, keys, store, clock and random source.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use comity_ledger::{LedgerKey, WitnessKey};
use comity_model::{MemberId, MemberKey, Micros};
use comity_store::tables::release::Audience;
use comity_store::{Location, Store};

use crate::carrier::Carriers;
use crate::force::InForce;
use crate::verdicts::Verdicts;
use crate::visit::password::Hashing;
use crate::{Actor, AppError, Clock, Limits, Random};

/// A node, for one caller or for all. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>, Option<Arc<AtomicBool>>, Option<Arc<Audience>>);

pub(crate) struct Inner {
    pub(crate) home: PathBuf,
    pub(crate) member: MemberId,
    pub(crate) name: String,
    pub(crate) exercise: bool,
    pub(crate) store: Store,
    pub(crate) keys: Option<Keys>,
    /// Why there are no keys that may be used; empty when there are none at all.
    pub(crate) keyless: String,
    pub(crate) vkey: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) limits: Limits,
    pub(crate) carriers: Arc<dyn Carriers>,
    /// The epoch read last. Keyed by its number, which is read in the transaction that uses it (invariant 12).
    pub(crate) force: Mutex<Option<Arc<InForce>>>,
    pub(crate) verdicts: Verdicts,
    pub(crate) alarms: Alarms,
    pub(crate) hashing: Hashing,
}

/// What should never happen, counted since the process started; each is logged where it happens.
#[derive(Debug, Default)]
pub struct Alarms {
    /// Decisions in which a rule could not be evaluated; each was a denial (invariant 2).
    pub rule_errors: AtomicU64,
    /// Records that an interval showed and the decision at the door denied; each was dropped.
    pub door_denials: AtomicU64,
    /// Ledgers of other members that were seen to show two histories, or to go back.
    pub witness: AtomicU64,
}

/// The private keys of a node. A home restored without them can be read, not changed.
pub(crate) struct Keys {
    pub(crate) member: MemberKey,
    pub(crate) ledger: LedgerKey,
    pub(crate) witness: WitnessKey,
    /// The one before it, while both sign.
    pub(crate) witness_before: Option<WitnessKey>,
    /// Seed of the key of the node's certificate.
    pub(crate) tls: [u8; 32],
    /// Private key (X25519) under which bundles for this node are sealed.
    pub(crate) courier: [u8; 32],
    /// The one before it, while both open.
    pub(crate) courier_before: Option<[u8; 32]>,
    /// How often keys had changed when these were read.
    pub(crate) changes: u64,
    pub(crate) secret: [u8; 32],
}

impl App {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner), None, None)
    }

    /// The same node for a caller who may give up waiting, and then sets `gone`. What must not count unless the
    /// caller gets it is not kept after that.
    #[must_use]
    pub fn awaited(&self, gone: Arc<AtomicBool>) -> Self {
        Self(Arc::clone(&self.0), Some(gone), self.2.clone())
    }

    /// The same node as this person finds it: what is limited to readers' groups in which the person is not is absent.
    /// A node that nobody is named for shows what is limited to no group.
    #[must_use]
    pub fn seen_by(&self, actor: &Actor) -> Self {
        let viewer = Audience {
            number: 0,
            member: actor.member.clone(),
            purpose: String::new(),
            basis: String::new(),
            inner: actor.inner.clone(),
        };
        self.viewed(viewer)
    }

    /// The same node as this audience finds it.
    pub(crate) fn viewed(&self, viewer: Audience) -> Self {
        Self(Arc::clone(&self.0), self.1.clone(), Some(Arc::new(viewer)))
    }

    /// Who looks: the node's own member, in no group, when nobody is named.
    pub(crate) fn viewer(&self) -> Audience {
        match &self.2 {
            Some(viewer) => Audience::clone(viewer),
            None => Audience {
                number: 0,
                member: self.member().clone(),
                purpose: String::new(),
                basis: String::new(),
                inner: BTreeSet::new(),
            },
        }
    }

    /// Busy when the caller has given up. To be asked right before the end of a transaction.
    pub(crate) fn require_awaited(&self) -> Result<(), AppError> {
        match &self.1 {
            Some(gone) if gone.load(Ordering::Acquire) => {
                Err(AppError::Busy("nobody waits for this answer any more".into()))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The member that operates this node.
    pub fn member(&self) -> &MemberId {
        &self.0.member
    }

    /// The display name it was made with.
    pub fn member_name(&self) -> &str {
        &self.0.name
    }

    /// The folder of this node.
    pub fn home(&self) -> &Path {
        &self.0.home
    }

    /// Where its database is.
    pub fn location(&self) -> &Location {
        self.0.store.location()
    }

    /// Whether it was made for exercises only; other nodes refuse exercise sets.
    pub fn is_exercise(&self) -> bool {
        self.0.exercise
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// How it reaches its peers.
    pub(crate) fn carriers(&self) -> &dyn Carriers {
        &*self.0.carriers
    }

    /// The instant now.
    pub fn now(&self) -> Micros {
        self.0.clock.now()
    }

    /// What should never happen, counted.
    pub fn alarms(&self) -> &Alarms {
        &self.0.alarms
    }

    /// The verifier key of this node's ledger (C2SP signed-note).
    pub fn ledger_vkey(&self) -> &str {
        &self.0.vkey
    }

    /// Whether the node has its keys and can change anything.
    pub fn has_keys(&self) -> bool {
        self.0.keys.is_some()
    }

    pub(crate) fn keys(&self) -> Result<&Keys, AppError> {
        self.0.keys.as_ref().ok_or_else(|| {
            if !self.0.keyless.is_empty() {
                return AppError::Environment(self.0.keyless.clone());
            }
            AppError::Environment(format!(
                "the keys of this node are missing: put its `keys` folder into {}; until then it can only be read",
                self.0.home.display()
            ))
        })
    }

    pub(crate) fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0_u8; N];
        self.0.random.fill(&mut bytes);
        bytes
    }

    /// A random UUID, version 4.
    pub(crate) fn random_uuid(&self) -> String {
        uuid_of(self.random_bytes())
    }
}

/// The text of a version 4 UUID made of these bytes (RFC 9562 §5.4).
pub(crate) fn uuid_of(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let group = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().concat();
    format!("{}-{}-{}-{}-{}", group(0, 4), group(4, 6), group(6, 8), group(8, 10), group(10, 16))
}
