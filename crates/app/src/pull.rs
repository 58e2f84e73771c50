//! Fetching what peers release to us: by added-time, page by page, each page with its cursor in one transaction, so
//! that a pull that is cut anywhere goes on without loss and without doubles. What one peer sends or fails to send
//! never stops the pull from another.

pub(crate) mod carried;
mod check;
mod page;
mod stream;
mod warned;
pub(crate) mod write;

use std::time::Duration;

use comity_store::tables::collection::Collection;
use comity_store::tables::peer::{self as rows, Peer};
use serde::Serialize;

use self::page::{Collections, Discovery, Remote, parse};
use self::stream::Stream;
pub(crate) use self::warned::{is_warned, take as warned};
use crate::carrier::{Answer, Carrier, Failure};
use crate::force::in_force;
use crate::limits::PeerLimits;
use crate::{Actor, App, AppError, Role, collection, cosign, exchange, peer, seal};

/// What one pull of one collection brought.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Pulled {
    /// Name of the peer.
    pub peer: String,
    /// Title of the collection there.
    pub title: String,
    /// Alias of the collection here.
    pub into: String,
    /// New records.
    pub received: usize,
    /// There already.
    pub unchanged: usize,
    /// There already, under another handling or fuller now.
    pub changed: usize,
    /// Signed by this node itself and sent back by the peer: not taken, and no fault of anybody.
    pub own: usize,
    /// Not taken; `comity peer list` says why.
    pub refused: usize,
    /// Pages asked for.
    pub pages: usize,
    /// Bytes over the wire.
    pub bytes: usize,
    /// Why it stopped before the end; empty when it did not.
    pub failure: String,
    /// Why not all messages were exchanged with the peer beside its records; empty when they were.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unsaid: String,
}

/// What the caller wants of the peers.
struct Wanted<'a> {
    /// Leave alone who failed and is to be waited for.
    patient: bool,
    /// Only this collection of theirs.
    remote: Option<&'a str>,
    /// Put it into this one of ours.
    into: Option<Collection>,
}

/// Why a pull stops.
enum Stop {
    /// The peer is to blame, or what it sent: the next one goes on.
    Peer(String),
    /// The node or the caller is: nothing goes on.
    Node(AppError),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        match error {
            // A full disk, a lost database, a node that was put back: the same for every peer.
            AppError::Environment(_) | AppError::NotNow(_) => Self::Node(error),
            other => Self::Peer(other.to_string()),
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Peer(failure.text().to_owned())
    }
}

/// Pulls from one peer, or from all whose waiting time is over.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator or release officer; [`AppError::NotFound`] for an unknown
/// peer or collection; [`AppError::Environment`] when the node's own database cannot go on. A peer that fails is no
/// error: its [`Pulled::failure`] says why.
pub fn run(
    app: &App,
    actor: &Actor,
    only: Option<&str>,
    remote: Option<&str>,
    into: Option<&str>,
    progress: &mut dyn FnMut(&Pulled),
) -> Result<Vec<Pulled>, AppError> {
    actor.require(&[Role::Administrator, Role::ReleaseOfficer], "pull from peers")?;
    let (mut peers, into) = app.store().read("pull.peers", |tx| {
        let into = into.map(|text| collection::find(tx, text)).transpose()?;
        Ok::<_, AppError>((rows::list(tx)?, into))
    })?;
    if let Some(name) = only {
        peers.retain(|peer| peer.name == name);
        if peers.is_empty() {
            return Err(AppError::NotFound(format!("there is no peer `{name}`: see `comity peer list`")));
        }
    }
    let wanted = Wanted { patient: only.is_none(), remote, into };
    let mut all = Vec::new();
    for peer in &peers {
        match pull(app, peer, &wanted, progress, &mut all) {
            Ok(()) => {}
            Err(Stop::Peer(reason)) => all.push(failed(peer, "", &reason)),
            Err(Stop::Node(error)) => return Err(error),
        }
    }
    Ok(all)
}

/// Pulls from one peer; a collection that fails does not stop the next. What the members have to say to each other goes
/// the same way, before the first page and, with the receipts for the pages, after the last. It never hinders the pull.
fn pull(
    app: &App,
    peer: &Peer,
    wanted: &Wanted<'_>,
    progress: &mut dyn FnMut(&Pulled),
    all: &mut Vec<Pulled>,
) -> Result<(), Stop> {
    let offer = Offer::ask(app, peer)?;
    let first = all.len();
    let before = exchange::over(app, peer, &*offer.client)?;
    let same = app.store().read("pull.same", |tx| {
        let force = in_force(app, tx)?;
        cosign::require_same(app, tx, &force, &peer.member)
    });
    match same {
        Err(AppError::NotNow(why)) => return Err(Stop::Peer(why)),
        other => other?,
    }
    follow_all(app, peer, (&offer, wanted), progress, all)?;
    let after = if before.plain { before } else { exchange::over(app, peer, &*offer.client)? };
    for one in all.iter_mut().skip(first) {
        one.unsaid = printable(&after.failure);
    }
    Ok(())
}

fn follow_all(
    app: &App,
    peer: &Peer,
    (offer, wanted): (&Offer, &Wanted<'_>),
    progress: &mut dyn FnMut(&Pulled),
    all: &mut Vec<Pulled>,
) -> Result<(), Stop> {
    for remote in offer.chosen(peer, wanted)? {
        let stream = match Stream::open(app, peer, offer, remote, wanted) {
            Ok(stream) => stream,
            Err(Stop::Peer(reason)) => {
                all.push(failed(peer, &title_of(remote), &reason));
                continue;
            }
            Err(stop) => return Err(stop),
        };
        if let Some(stream) = stream {
            all.push(stream.follow(app, progress).map_err(Stop::Node)?);
        }
    }
    Ok(())
}

fn failed(peer: &Peer, title: &str, reason: &str) -> Pulled {
    Pulled {
        peer: peer.name.clone(),
        title: title.to_owned(),
        failure: printable(reason),
        ..Pulled::default()
    }
}

/// What a peer offers to us.
struct Offer {
    client: Box<dyn Carrier>,
    /// Path of the API root, with a slash at its end.
    root: String,
    remotes: Vec<Remote>,
}

impl Offer {
    fn ask(app: &App, peer: &Peer) -> Result<Self, Stop> {
        // A secret or a certificate that cannot be used is that peer's matter alone.
        let own = |error: AppError| Stop::Peer(error.to_string());
        let secret = seal::open(app, &peer::place(&peer.name), &peer.sealed).map_err(own)?;
        let client = app.carriers().open(app, peer, secret).map_err(own)?;
        let discovery: Discovery = parse(&ask(app, &*client, "/taxii2/", &[])?.body)?;
        let root = discovery
            .default
            .or_else(|| discovery.api_roots.0.into_iter().next())
            .ok_or_else(|| Stop::Peer(format!("{} offers no API root", peer.url)))?;
        if root.len() > PeerLimits::PATH_BYTES_MAX {
            return Err(Stop::Peer(format!("the API root of {} is too long", peer.url)));
        }
        let root = if root.ends_with('/') { root } else { format!("{root}/") };
        let listed: Collections = parse(&ask(app, &*client, &format!("{root}collections/"), &[])?.body)?;
        let remotes = listed.collections.0.into_iter().filter(|one| one.can_read).collect();
        Ok(Self { client, root, remotes })
    }

    /// The collections that the caller wants.
    fn chosen(&self, peer: &Peer, wanted: &Wanted<'_>) -> Result<Vec<&Remote>, Stop> {
        let Some(text) = wanted.remote else { return Ok(self.remotes.iter().collect()) };
        let is_named =
            |one: &&Remote| one.id == text || one.title == text || one.alias.as_deref() == Some(text);
        let chosen: Vec<&Remote> = self.remotes.iter().filter(is_named).collect();
        if chosen.is_empty() {
            let text = format!("{} shows us no collection `{text}`", peer.name);
            return Err(Stop::Node(AppError::NotFound(text)));
        }
        Ok(chosen)
    }
}

/// What people call a collection of a peer.
fn title_of(remote: &Remote) -> String {
    let title = printable(&remote.title);
    if title.is_empty() { printable(&remote.id) } else { title }
}

/// A text of a peer without control characters, cut where it is too long.
fn printable(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        if plain.len() + c.len_utf8() > PeerLimits::TEXT_BYTES_MAX {
            break;
        }
        plain.push(c);
    }
    plain
}

/// Asks, and asks again while the failure may pass.
fn ask(app: &App, client: &dyn Carrier, path: &str, query: &[(&str, &str)]) -> Result<Answer, Failure> {
    let mut tries = 1;
    loop {
        match client.get(path, query) {
            Err(Failure::Passing(_, wait)) if tries < app.limits().peer.tries => {
                let seconds = wait.unwrap_or(0).min(30);
                client.pause(Duration::from_secs(seconds) + Duration::from_millis(250 << tries));
                tries += 1;
            }
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn a_text_of_a_peer_is_harmless_and_short() {
        assert_eq!(printable("a\u{0}b\u{1b}[31mc\r\nd\u{9b}e"), "ab[31mcde");
        let long = "ä".repeat(400);
        assert_eq!(printable(&long).len(), 500);
        assert_eq!(printable(&format!("x{long}")).len(), 499, "cut between characters");
    }
}
