//! What is asked of a record of a council when this node's own member brings it in.

use std::collections::BTreeSet;

use comity_model::council::fair;
use comity_model::kind::council::{Claim, DocumentType, Known, Session};
use comity_model::kind::{Kind, NameKind};
use comity_model::stix::Tlp;
use comity_model::{Handling, Standing};

use super::gather::{Gathering, Held, claims, voiced};
use crate::force::InForce;
use crate::{App, AppError};

/// Two bodies are near in name when so many in a hundred of their words are the same.
const NEAR: usize = 60;

/// Refuses what may not come in as a record of the own member; the error is the reason for people.
pub(crate) fn check(
    app: &App,
    force: &InForce,
    (id, kind): (&str, &Kind),
    handling: &Handling,
) -> Result<(), String> {
    let is_agenda = match kind {
        Kind::AgendaItem(_) => true,
        Kind::Document(document) => {
            matches!(document.document_type, DocumentType::Paper | DocumentType::Journal)
        }
        _ => false,
    };
    if is_agenda && handling.tlp == Some(Tlp::Green) {
        let observers = force.agreement.members.iter().filter(|member| member.standing == Standing::Observer);
        if observers.into_iter().any(|member| !handling.exclusions.contains(&member.id)) {
            return Err("green reaches observers, whose part is the clear agenda: say clear, amber, or exclude them by \
                        name (K2)"
                .into());
        }
    }
    let told = |error: AppError| error.outside();
    match kind {
        Kind::Session(session) if session.number.basis == Known::Stated => {
            numbered(app, id, session).map_err(told)?
        }
        Kind::Claim(claim) if !claim.contested_by_refs.is_empty() => {
            contested(app, id, claim).map_err(told)?
        }
        _ => None,
    }
    .map_or(Ok(()), Err)
}

/// Body and stated number are the key of a session: there is one of each here.
fn numbered(app: &App, id: &str, session: &Session) -> Result<Option<String>, AppError> {
    app.store().read("council.numbered", |tx| {
        let all = Gathering::new(app, tx)?.own(tx, "session")?;
        let other = all.iter().find(|held| match &held.kind {
            Kind::Session(other) => {
                held.place.id != id
                    && other.body_ref == session.body_ref
                    && other.number.basis == Known::Stated
                    && other.number.value == session.number.value
            }
            _ => false,
        });
        Ok(other.map(|held| {
            let number = session.number.value.unwrap_or_default();
            format!(
                "there is a session {number} of this body: {}. Correct that one, or say on what the number rests",
                held.place.id
            )
        }))
    })
}

/// Only another voice contests.
fn contested(app: &App, id: &str, claim: &Claim) -> Result<Option<String>, AppError> {
    app.store().read("council.contested", |tx| {
        let named: Vec<&str> = claim.contested_by_refs.iter().map(|other| other.as_str()).collect();
        let all = Gathering::new(app, tx)?.of_ids(tx, &named)?;
        let mut voices: Vec<_> = claims(&all)
            .into_iter()
            .filter(|(held, _)| held.place.id != id)
            .map(|(held, other)| voiced(&held.place.id, other))
            .collect();
        voices.push(voiced(id, claim));
        let is_own = |(one, _): &&(&str, &str)| *one == id;
        Ok(fair::one_voice_contests_itself(&voices).iter().find(is_own).map(|_| {
            "contested_by_refs: one voice does not contest itself: use restates_ref, or a note".to_owned()
        }))
    })
}

/// Bodies with nearly the name of this one: each numbers its own sessions.
pub(crate) fn alike(bodies: &[Held], id: &str) -> Vec<String> {
    let Some(own) = bodies.iter().find(|held| held.place.id == id) else { return Vec::new() };
    let mut met = BTreeSet::new();
    bodies
        .iter()
        .filter(|held| held.place.id != id && is_near(&own.kind, &held.kind) && met.insert(&held.place.id))
        .map(|held| {
            format!(
                "two bodies have nearly the same name and number their sessions apart: {} ({}) and {} ({})",
                own.title(),
                own.place.id,
                held.title(),
                held.place.id
            )
        })
        .collect()
}

/// The same for a body that was just written.
pub(crate) fn warnings(app: &App, kind: &Kind, id: &str) -> Vec<String> {
    if !matches!(kind, Kind::Body(_)) {
        return Vec::new();
    }
    let bodies = app.store().read("council.alike", |tx| Gathering::new(app, tx)?.all(tx, "body"));
    bodies.map(|bodies| alike(&bodies, id)).unwrap_or_default()
}

fn is_near(one: &Kind, other: &Kind) -> bool {
    let (Kind::Body(one), Kind::Body(other)) = (one, other) else { return false };
    let short = |body: &comity_model::kind::council::Body| -> BTreeSet<String> {
        let names = body.names.iter().filter(|name| name.name_kind == NameKind::Abbreviation);
        names.map(|name| name.value.to_lowercase()).collect()
    };
    if !short(one).is_disjoint(&short(other)) {
        return true;
    }
    one.names.iter().any(|name| {
        let words = words(&name.value);
        other.names.iter().any(|name| share(&words, &self::words(&name.value)) >= NEAR)
    })
}

fn words(name: &str) -> BTreeSet<String> {
    name.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// How many in a hundred of the words of two names both have.
fn share(one: &BTreeSet<String>, other: &BTreeSet<String>) -> usize {
    let all = one.union(other).count();
    if all < 3 { 0 } else { one.intersection(other).count() * 100 / all }
}
