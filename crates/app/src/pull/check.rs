//! What one object of a page is, and whether it may be taken: its bytes, its envelope, who signed it, and what is
//! held of it already. Nothing is written here.

use std::collections::HashMap;

use comity_model::stix::marking::Meaning;
use comity_model::stix::{Digest, Object, Registry};
use comity_model::{Handling, MemberId, SignedEnvelope, Stated};
use comity_store::Tx;
use comity_store::tables::peer::{self as rows, Peer};
use serde_json::value::RawValue;

use super::page::Entry;
use crate::admit::{Candidate, Received, Statement};
use crate::force::InForce;
use crate::{App, AppError, kinds};

/// A candidate with what is stated about it.
pub(super) type Item = (Candidate, Statement);

/// What an object of a page is.
pub(super) enum Found {
    /// A record of this origin, to be taken.
    Item(MemberId, Box<Item>),
    /// A record that this node signed itself; it is here already or was taken back.
    Own,
}

/// Reads an object and checks its envelope entry. The error is the reason for people.
pub(super) fn read(
    app: &App,
    force: &InForce,
    peer: &Peer,
    raw: &RawValue,
    entry: Option<&RawValue>,
) -> Result<Found, String> {
    let entry = match entry {
        Some(entry) => {
            let entry: Entry<'_> =
                serde_json::from_str(entry.get()).map_err(|error| format!("its envelope entry: {error}"))?;
            let signed = SignedEnvelope::from_json(entry.signed.get()).map_err(|error| error.to_string())?;
            if &signed.envelope.origin == app.member() || &signed.signer == app.member() {
                return Ok(Found::Own);
            }
            Some((entry.served, signed))
        }
        None => None,
    };
    let object =
        Object::parse(raw.get().as_bytes(), &app.limits().stix).map_err(|error| error.to_string())?;
    let in_part = entry.as_ref().is_some_and(|(served, signed)| *served != signed.envelope.object);
    let read = if in_part { Candidate::read_part } else { Candidate::read };
    let candidate = read(app, &object, &Registry::standard(), &|_| Meaning::Unknown)?;
    let Some((served, signed)) = entry else {
        let mut handling = candidate.markings.handling(peer.member.clone(), &Stated::default());
        if let Some(kind) = &candidate.record {
            kinds::complete(&mut handling, kind, app.now());
        }
        let plain = Statement::markings_alone(handling);
        return Ok(Found::Item(peer.member.clone(), Box::new((candidate, plain))));
    };
    if served != candidate.digest {
        return Err("the object is not the one that its envelope entry speaks of".into());
    }
    check(force, &peer.member, &signed, &candidate)?;
    let text = signed.to_json().map_err(|error| error.to_string())?;
    let envelope = signed.envelope;
    let statement = Statement {
        handling: envelope.handling,
        purpose: envelope.purpose,
        legal_basis: envelope.legal_basis,
        review_at: envelope.review_at,
        decision_until: envelope.review_at,
        grading: envelope.grading,
        received: Some(Received { revision: envelope.revision, object: envelope.object, text }),
    };
    if let Some(kind) = &candidate.record {
        kinds::check(kind, &statement, app.now())?;
    }
    Ok(Found::Item(envelope.origin, Box::new((candidate, statement))))
}

/// Checks an envelope: about this object, signed by its origin (or attested by its host), and not wider than the
/// markings in the bytes.
fn check(
    force: &InForce,
    peer: &MemberId,
    signed: &SignedEnvelope,
    candidate: &Candidate,
) -> Result<(), String> {
    let envelope = &signed.envelope;
    if envelope.id != candidate.id {
        return Err(format!("its envelope speaks of {}", envelope.id));
    }
    if signed.signer != envelope.origin {
        attested(force, peer, signed)?;
    }
    let in_part = candidate.digest != envelope.object;
    if in_part && peer != &envelope.origin && !envelope.handling.delegates.contains(peer) {
        return Err(
            "it came in part from a member that is not its originator, so nothing shows that it is genuine"
                .into(),
        );
    }
    let keys = force.agreement.member(&signed.signer).map(|member| member.keys.as_slice());
    signed.verify(keys.unwrap_or_default()).map_err(|error| error.to_string())?;
    within(candidate, &envelope.handling)
}

/// Whether the peer may speak for the origin: it signed, and the agreement says that the origin lives on its node.
fn attested(force: &InForce, peer: &MemberId, signed: &SignedEnvelope) -> Result<(), String> {
    if &signed.signer != peer {
        return Err("its envelope is signed by neither its origin nor the peer".into());
    }
    let Some(origin) = force.agreement.member(&signed.envelope.origin) else {
        return Err("the peer attests it, but the agreement does not know its origin".into());
    };
    if !origin.active {
        return Err("the peer attests it, but its origin takes no part in the agreement now".into());
    }
    if !origin.keys.is_empty() {
        return Err("the peer attests it, but its origin signs its own records".into());
    }
    if origin.hosted_by.as_ref() != Some(peer) {
        return Err("the peer attests it, but the agreement does not say that it hosts the origin".into());
    }
    Ok(())
}

fn within(candidate: &Candidate, handling: &Handling) -> Result<(), String> {
    match (candidate.markings.tlp, handling.tlp) {
        (Some(bytes), Some(stated)) if stated < bytes => {
            Err(format!("its envelope says {}, its markings {}", stated.name(), bytes.name()))
        }
        _ => Ok(()),
    }
}

/// What all collections together hold of the objects of one origin.
pub(super) struct Held(HashMap<(String, String, Digest), (i64, bool)>);

impl Held {
    /// Reads it, in the transaction that writes.
    pub(super) fn of(tx: &mut Tx<'_>, origin: &MemberId, items: &[Item]) -> Result<Self, AppError> {
        let ids: Vec<&str> = items.iter().map(|(candidate, _)| candidate.id.as_str()).collect();
        let known = rows::held(tx, origin, &ids)?;
        Ok(Self(
            known
                .into_iter()
                .map(|one| ((one.id, one.version, one.digest), (one.revision, one.withdrawn)))
                .collect(),
        ))
    }

    /// Why an item is not to be taken, if what is held says so.
    pub(super) fn refuses(&self, (candidate, statement): &Item) -> Option<&'static str> {
        let received = statement.received.as_ref();
        let object = received.map_or(candidate.digest, |received| received.object);
        let (revision, withdrawn) = self.0.get(&(candidate.id.clone(), candidate.version.clone(), object))?;
        if *withdrawn {
            return Some("it was withdrawn; only a new version is taken");
        }
        received
            .is_some_and(|received| i64::from(received.revision) < *revision)
            .then_some("its envelope is an older statement than the one held")
    }
}
