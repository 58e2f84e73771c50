//! What one object of a page is, and whether it may be taken: its bytes, its envelope, who signed it, and what is
//! held of it already. Nothing is written here.

use std::collections::HashMap;

use comity_model::stix::marking::Meaning;
use comity_model::stix::{Digest, Object, Registry, canon};
use comity_model::{Handling, MemberId, NotTaken, SignedEnvelope, Stated};
use comity_store::Tx;
use comity_store::tables::peer as rows;
use serde_json::value::RawValue;

use super::page::Entry;
use crate::admit::{Candidate, Received, Statement};
use crate::force::InForce;
use crate::why::Why;
use crate::{App, AppError, kinds};

/// A candidate with what is stated about it.
pub(super) type Item = (Candidate, Statement);

/// What an object of a page is.
pub(super) enum Found {
    /// A record of this origin, to be taken.
    Item(MemberId, Box<Item>),
    /// A record that this node signed itself, served as this; it is here already or was taken back.
    Own(Digest),
}

/// What a page says that it served as this object; none when nobody can say.
pub(super) fn served(app: &App, raw: &RawValue, entry: Option<&RawValue>) -> Option<Digest> {
    if let Some(entry) = entry.and_then(|entry| serde_json::from_str::<Entry<'_>>(entry.get()).ok()) {
        return Some(entry.served);
    }
    let object = Object::parse(raw.get().as_bytes(), &app.limits().stix).ok()?;
    canon::digest_of(object.value()).ok()
}

/// Reads an object and checks its envelope entry. The error is the reason for people, and its code.
pub(super) fn read(
    app: &App,
    force: &InForce,
    peer: &MemberId,
    raw: &RawValue,
    entry: Option<&RawValue>,
) -> Result<Found, Why> {
    let entry = match entry {
        Some(entry) => {
            let entry: Entry<'_> = serde_json::from_str(entry.get())
                .map_err(|error| Why::invalid(format!("its envelope entry: {error}")))?;
            let signed = SignedEnvelope::from_json(entry.signed.get()).map_err(Why::invalid)?;
            if &signed.envelope.origin == app.member() || &signed.signer == app.member() {
                return Ok(Found::Own(entry.served));
            }
            Some((entry.served, signed))
        }
        None => None,
    };
    let object = Object::parse(raw.get().as_bytes(), &app.limits().stix).map_err(Why::invalid)?;
    let in_part = entry.as_ref().is_some_and(|(served, signed)| *served != signed.envelope.object);
    let read = if in_part { Candidate::read_part } else { Candidate::read };
    let candidate = read(app, &object, &Registry::standard(), &|_| Meaning::Unknown).map_err(Why::invalid)?;
    let Some((served, signed)) = entry else {
        let mut handling = candidate.markings.handling(peer.clone(), &Stated::default());
        if let Some(kind) = &candidate.record {
            kinds::complete(&mut handling, kind, app.now());
        }
        let plain = Statement::markings_alone(handling);
        return Ok(Found::Item(peer.clone(), Box::new((candidate, plain))));
    };
    if served != candidate.digest {
        return Err(Why::invalid("the object is not the one that its envelope entry speaks of"));
    }
    check(force, peer, &signed, &candidate)?;
    let text = signed.to_json().map_err(Why::invalid)?;
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
        kinds::check(kind, &statement, app.now()).map_err(Why::invalid)?;
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
) -> Result<(), Why> {
    let envelope = &signed.envelope;
    if envelope.id != candidate.id {
        return Err(Why::invalid(format!("its envelope speaks of {}", envelope.id)));
    }
    if signed.signer != envelope.origin {
        attested(force, peer, signed).map_err(|text| Why::new(NotTaken::NotGenuine, text))?;
    }
    let in_part = candidate.digest != envelope.object;
    if in_part && peer != &envelope.origin && !envelope.handling.delegates.contains(peer) {
        return Err(Why::new(
            NotTaken::NotGenuine,
            "it came in part from a member that is not its originator, so nothing shows that it is genuine",
        ));
    }
    // An envelope bears no date of its own: what it can be signed with follows from that of the version.
    let key = force
        .key_at(&signed.signer, &signed.key, Some(candidate.version_at))
        .map_err(|why| Why::new(NotTaken::UnknownKey, why.words(&signed.key)))?;
    signed.verify(&[key]).map_err(|error| Why::new(NotTaken::BadSignature, error.to_string()))?;
    within(candidate, &envelope.handling).map_err(|text| Why::new(NotTaken::WiderThanMarking, text))
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
    pub(super) fn refuses(&self, (candidate, statement): &Item) -> Option<Why> {
        let received = statement.received.as_ref();
        let object = received.map_or(candidate.digest, |received| received.object);
        let (revision, withdrawn) = self.0.get(&(candidate.id.clone(), candidate.version.clone(), object))?;
        if *withdrawn {
            return Some(Why::new(NotTaken::Withdrawn, "it was withdrawn; only a new version is taken"));
        }
        received
            .is_some_and(|received| i64::from(received.revision) < *revision)
            .then(|| Why::new(NotTaken::Older, "its envelope is an older statement than the one held"))
    }
}
