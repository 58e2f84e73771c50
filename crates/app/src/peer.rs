//! Nodes we pull from.

use comity_model::{Access, Address, MemberId, TlsEnd};
use comity_store::Tx;
use comity_store::tables::peer::{self as rows, Peer};
use serde::Serialize;

use crate::carrier::Carrier;
use crate::force::{find_member, in_force};
use crate::{Actor, App, AppError, Role, client, collection, journal, seal};

/// A peer to be added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewPeer<'a> {
    /// Our name for it.
    pub name: &'a str,
    /// `https://HOST[:PORT]`; plain HTTP to loopback only.
    pub url: &'a str,
    /// The member that operates it: id or display name.
    pub member: &'a str,
    /// User name it gave us.
    pub login: &'a str,
    /// Secret it gave us.
    pub secret: &'a str,
    /// PEM of the authority that signs its certificate, when it is no public one.
    pub authority: Option<&'a str>,
}

/// A peer, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PeerView {
    /// Our name for it.
    pub name: String,
    /// Address.
    pub url: String,
    /// Display name of its member.
    pub member: String,
    /// Collections pulled from it.
    pub collections: Vec<PulledView>,
    /// What could not be taken from it, newest first (at most 100).
    pub refused: Vec<RefusedView>,
}

/// How far we are with one collection of a peer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PulledView {
    /// Collection there.
    pub remote: String,
    /// Collection here.
    pub collection: String,
    /// Everything up to this added-time is here.
    pub added_after: String,
    /// When a pull last reached the end; empty when none did.
    pub pulled_at: String,
    /// Failures in a row.
    pub failures: i64,
}

/// Something that could not be taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RefusedView {
    /// STIX id, as far as it could be read.
    pub id: String,
    /// Why.
    pub reason: String,
    /// When last.
    pub at: String,
}

/// Adds a peer.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::Invalid`] for an address that is not allowed;
/// [`AppError::Conflict`] when the name is taken; [`AppError::NotFound`] for an unknown member.
pub fn add(app: &App, actor: &Actor, new: &NewPeer<'_>) -> Result<(), AppError> {
    actor.require(&[Role::Administrator], "add peers")?;
    if new.name.is_empty() || new.name.len() > 64 || new.name.chars().any(char::is_control) {
        return Err(AppError::invalid("peer name", "1 to 64 bytes"));
    }
    let url = client::check_address(new.url)?;
    let sealed = seal::seal(app, &place(new.name), new.secret)?;
    app.store().write("peer.add", |tx| {
        let force = in_force(app, tx)?;
        let member = find_member(&force, new.member)?;
        if &member == app.member() {
            return Err(AppError::invalid("--member", "a peer is another member's node"));
        }
        if rows::list(tx)?.iter().any(|peer| peer.name == new.name) {
            return Err(AppError::Conflict(format!("peer `{}` exists already", new.name)));
        }
        let peer = Peer {
            name: new.name.to_owned(),
            url: url.clone(),
            member: member.clone(),
            login: new.login.to_owned(),
            sealed: sealed.clone(),
            authority: new.authority.unwrap_or_default().to_owned(),
            trust: rows::Trust::Authority,
        };
        rows::insert(tx, &peer, app.now().0)?;
        let leaf = journal::leaf(app, "peer.added", &actor.name).member(member.as_str());
        journal::append(app, tx, vec![leaf])?;
        Ok(())
    })
}

/// Makes the node of a member a peer, by what its node said: under a name made of the member's, in place of what was
/// known under it. Gives the name.
pub(crate) fn keep(
    app: &App,
    tx: &mut Tx<'_>,
    (member, title): (&MemberId, &str),
    at: &Address,
    access: &Access,
) -> Result<String, AppError> {
    let url = client::check_address(&at.url)?;
    let known = rows::list(tx)?;
    let first = collection::alias_of(title);
    let is_free = |name: &str| known.iter().all(|peer| peer.name != name || &peer.member == member);
    let mut name = first.clone();
    let mut number = 2;
    while !is_free(&name) {
        name = format!("{first}-{number}");
        number += 1;
    }
    let peer = Peer {
        sealed: seal::seal(app, &place(&name), &access.secret)?,
        name,
        url,
        member: member.clone(),
        login: access.user.clone(),
        authority: String::new(),
        trust: trust(at),
    };
    rows::replace(tx, &peer, app.now().0)?;
    let leaf = journal::leaf(app, "peer.added", "node").member(member.as_str());
    journal::append(app, tx, vec![leaf])?;
    Ok(peer.name)
}

/// The way to a peer, with the secret that it gave us.
pub(crate) fn open(app: &App, peer: &Peer) -> Result<Box<dyn Carrier>, AppError> {
    let secret = seal::open(app, &place(&peer.name), &peer.sealed)?;
    app.carriers().open(app, peer, secret)
}

/// The peer of this name, or all.
pub(crate) fn named(app: &App, only: Option<&str>) -> Result<Vec<Peer>, AppError> {
    let mut peers = app.store().read("peer.named", rows::list)?;
    if let Some(name) = only {
        peers.retain(|peer| peer.name == name);
        if peers.is_empty() {
            return Err(AppError::NotFound(format!("there is no peer `{name}`: see `comity peer list`")));
        }
    }
    Ok(peers)
}

/// How TLS to an address is checked.
pub(crate) fn trust(at: &Address) -> rows::Trust {
    match at.tls {
        _ if at.url.starts_with("http:") => rows::Trust::Authority,
        TlsEnd::Own => rows::Trust::Pinned,
        TlsEnd::Authority => rows::Trust::Shown,
        TlsEnd::Proxy => rows::Trust::Authority,
    }
}

/// Where a peer's secret stands.
pub(crate) fn place(name: &str) -> String {
    format!("peer/{name}")
}

/// Removes a peer; what it sent stays.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::NotFound`] for an unknown name.
pub fn remove(app: &App, actor: &Actor, name: &str) -> Result<(), AppError> {
    actor.require(&[Role::Administrator], "remove peers")?;
    app.store().write("peer.remove", |tx| {
        if !rows::remove(tx, name)? {
            return Err(AppError::NotFound(format!("there is no peer `{name}`: see `comity peer list`")));
        }
        journal::append(app, tx, vec![journal::leaf(app, "peer.removed", &actor.name)])?;
        Ok(())
    })
}

/// All peers, with how far we are and what we refused.
///
/// # Errors
/// Those of the store.
pub fn list(app: &App) -> Result<Vec<PeerView>, AppError> {
    app.store().read("peer.list", |tx| {
        let force = in_force(app, tx)?;
        let mut views = Vec::new();
        for peer in rows::list(tx)? {
            let cursors = rows::cursors(tx, &peer.name)?;
            let refusals = rows::refusals(tx, &peer.name, 100)?;
            views.push(PeerView {
                member: force.name_of(&peer.member).to_owned(),
                name: peer.name,
                url: peer.url,
                collections: cursors.into_iter().map(pulled_view).collect(),
                refused: refusals
                    .into_iter()
                    .map(|refusal| RefusedView {
                        id: refusal.id,
                        reason: refusal.reason,
                        at: comity_model::Micros(refusal.at_us).to_string(),
                    })
                    .collect(),
            });
        }
        Ok(views)
    })
}

fn pulled_view(cursor: rows::Cursor) -> PulledView {
    let pulled_at = match cursor.pulled_us {
        0 => String::new(),
        at => comity_model::Micros(at).to_string(),
    };
    PulledView {
        remote: cursor.remote,
        collection: cursor.collection,
        added_after: cursor.added_after,
        pulled_at,
        failures: cursor.failures,
    }
}
