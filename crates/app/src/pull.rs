//! Fetching what peers release to us: by added-time, page by page, each page with its cursor in one transaction, so
//! that a pull that is cut anywhere goes on without loss and without doubles.

use std::time::Duration;

use comity_model::stix::marking::Meaning;
use comity_model::stix::{Digest, Limits, Object, Registry};
use comity_model::{Handling, MemberId, SignedEnvelope, Stated};
use comity_store::tables::peer::{self as rows, Cursor, Peer, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::admit::{Admitted, Batch, Candidate, Received, Statement, admit};
use crate::client::{Answer, Failure, PeerClient};
use crate::force::{InForce, in_force};
use crate::{Actor, App, AppError, Role, collection, peer, seal};

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
    /// Not taken; `comity peer list` says why.
    pub refused: usize,
    /// Pages asked for.
    pub pages: usize,
    /// Bytes over the wire.
    pub bytes: usize,
    /// Why it stopped before the end; empty when it did not.
    pub failure: String,
}

#[derive(Deserialize)]
struct Discovery {
    #[serde(default)]
    default: Option<String>,
    #[serde(default)]
    api_roots: Vec<String>,
}

#[derive(Deserialize)]
struct Collections {
    #[serde(default)]
    collections: Vec<Remote>,
}

#[derive(Deserialize)]
struct Remote {
    id: String,
    title: String,
    #[serde(default)]
    alias: Option<String>,
    #[serde(default)]
    can_read: bool,
}

#[derive(Deserialize)]
struct RemotePage<'a> {
    #[serde(default)]
    more: bool,
    #[serde(default)]
    next: Option<String>,
    #[serde(default, borrow)]
    objects: Vec<&'a RawValue>,
    #[serde(default, borrow)]
    x_comity_envelopes: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    served: Digest,
    #[serde(borrow)]
    signed: &'a RawValue,
}

/// Pulls from one peer, or from all whose waiting time is over.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator or release officer; [`AppError::NotFound`] for an unknown
/// peer or collection. A peer that fails is no error: its [`Pulled::failure`] says why.
pub fn run(
    app: &App,
    actor: &Actor,
    only: Option<&str>,
    remote: Option<&str>,
    into: Option<&str>,
    progress: &mut dyn FnMut(&Pulled),
) -> Result<Vec<Pulled>, AppError> {
    actor.require(&[Role::Administrator, Role::ReleaseOfficer], "pull from peers")?;
    let mut peers = app.store().read("pull.peers", rows::list)?;
    if let Some(name) = only {
        peers.retain(|peer| peer.name == name);
        if peers.is_empty() {
            return Err(AppError::NotFound(format!("there is no peer `{name}`: see `comity peer list`")));
        }
    }
    let mut all = Vec::new();
    for peer in &peers {
        match Pull::start(app, peer, only.is_none(), remote, into) {
            Ok(pulls) => {
                for mut pull in pulls {
                    pull.follow(app, progress)?;
                    all.push(pull.outcome);
                }
            }
            Err(Start::Fault(error)) => return Err(error),
            Err(Start::Failed(failure)) => {
                all.push(Pulled { peer: peer.name.clone(), failure, ..Pulled::default() });
            }
        }
    }
    Ok(all)
}

enum Start {
    Fault(AppError),
    Failed(String),
}

impl From<AppError> for Start {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Busy(text) | AppError::Environment(text) => Self::Failed(text),
            other => Self::Fault(other),
        }
    }
}

/// One collection of one peer, being pulled.
struct Pull<'a> {
    peer: &'a Peer,
    client: std::rc::Rc<PeerClient>,
    path: String,
    cursor: Cursor,
    outcome: Pulled,
}

impl<'a> Pull<'a> {
    fn start(
        app: &App,
        peer: &'a Peer,
        patient: bool,
        remote: Option<&str>,
        into: Option<&str>,
    ) -> Result<Vec<Self>, Start> {
        let secret = seal::open(app, &peer::place(&peer.name), &peer.sealed)?;
        let client = PeerClient::new(app, &peer.url, &peer.authority, peer.login.clone(), secret)?;
        let client = std::rc::Rc::new(client);
        let discovery: Discovery = parse(&ask(app, &client, "/taxii2/", &[])?.body)?;
        let root = discovery
            .default
            .or_else(|| discovery.api_roots.first().cloned())
            .ok_or_else(|| Start::Failed(format!("{} offers no API root", peer.url)))?;
        let root = if root.ends_with('/') { root } else { format!("{root}/") };
        let listed: Collections = parse(&ask(app, &client, &format!("{root}collections/"), &[])?.body)?;
        let mut wanted: Vec<Remote> = listed.collections.into_iter().filter(|one| one.can_read).collect();
        if let Some(text) = remote {
            wanted.retain(|one| one.id == text || one.title == text || one.alias.as_deref() == Some(text));
            if wanted.is_empty() {
                return Err(Start::Fault(AppError::NotFound(format!(
                    "{} shows us no collection `{text}`",
                    peer.name
                ))));
            }
        }
        let mut pulls = Vec::new();
        for one in wanted {
            let (cursor, alias) = cursor_of(app, peer, &one, into)?;
            if patient && cursor.retry_us > app.now().0 {
                continue;
            }
            pulls.push(Self {
                peer,
                client: std::rc::Rc::clone(&client),
                path: format!("{root}collections/{}/objects/", one.id),
                cursor,
                outcome: Pulled {
                    peer: peer.name.clone(),
                    title: one.title,
                    into: alias,
                    ..Pulled::default()
                },
            });
        }
        Ok(pulls)
    }

    /// Follows the stream to its end.
    fn follow(&mut self, app: &App, progress: &mut dyn FnMut(&Pulled)) -> Result<(), AppError> {
        let mut next: Option<String> = None;
        let mut after = self.cursor.added_after.clone();
        for _ in 0..app.limits().peer.pages {
            let answer = match self.page(app, &after, next.as_deref()) {
                Ok(answer) => answer,
                Err(error) => return self.fail(app, error.to_string()),
            };
            self.outcome.pages += 1;
            self.outcome.bytes += answer.wire_bytes;
            let page: RemotePage<'_> = match serde_json::from_slice(&answer.body) {
                Ok(page) => page,
                Err(error) => return self.fail(app, format!("a page is no TAXII envelope: {error}")),
            };
            let last = answer.last_added.filter(|_| !page.objects.is_empty());
            let is_comity = page.x_comity_envelopes.is_some();
            let ends = !page.more || page.objects.is_empty();
            // Added-times of a Comity node are all different, so the cursor may move with each page. Others may give
            // one time to many objects: there the cursor moves at the end, and the pages in between go by `next`.
            if let Some(last) = last {
                after = last;
            }
            if is_comity || ends {
                self.cursor.added_after.clone_from(&after);
            }
            if ends {
                self.cursor.pulled_us = app.now().0;
                self.cursor.failures = 0;
                self.cursor.retry_us = 0;
            }
            self.take(app, &page)?;
            progress(&self.outcome);
            if ends {
                return Ok(());
            }
            next = if is_comity { None } else { page.next.clone() };
            if !is_comity && next.is_some() {
                after.clone_from(&self.cursor.added_after);
            }
        }
        self.fail(app, "the peer never says that this was the last page".into())
    }

    fn page(&self, app: &App, after: &str, next: Option<&str>) -> Result<Answer, AppError> {
        let limit = app.limits().peer.page_objects.to_string();
        let mut query = vec![("limit", limit.as_str()), ("match[version]", "all")];
        if !after.is_empty() {
            query.push(("added_after", after));
        }
        if let Some(next) = next {
            query.push(("next", next));
        }
        ask(app, &self.client, &self.path, &query)
    }

    fn fail(&mut self, app: &App, reason: String) -> Result<(), AppError> {
        self.cursor.failures += 1;
        let wait = 30_i64.saturating_mul(1 << self.cursor.failures.clamp(0, 7));
        self.cursor.retry_us = app.now().plus_seconds(wait).0;
        self.outcome.failure = reason;
        let cursor = &self.cursor;
        app.store().write("pull.failed", |tx| {
            // The place that was reached stands in the database; only the failure is new.
            let reached = rows::cursors(tx, &cursor.peer)?
                .into_iter()
                .find(|one| one.remote == cursor.remote && one.collection == cursor.collection);
            let added_after = reached.map_or_else(String::new, |one| one.added_after);
            rows::keep_cursor(tx, &Cursor { added_after, ..cursor.clone() })
        })?;
        Ok(())
    }

    /// Writes a page and its cursor in one transaction.
    fn take(&mut self, app: &App, page: &RemotePage<'_>) -> Result<(), AppError> {
        let force = app.store().read("pull.force", |tx| in_force(app, tx))?;
        let mut items: Vec<(MemberId, (Candidate, Statement))> = Vec::new();
        let mut refusals: Vec<Refusal> = Vec::new();
        let envelopes = page.x_comity_envelopes.as_deref().unwrap_or_default();
        for (index, raw) in page.objects.iter().enumerate() {
            let entry = match page.x_comity_envelopes {
                Some(_) => {
                    envelopes.get(index).map_or(Err("it came without an envelope".into()), |e| Ok(Some(*e)))
                }
                None => Ok(None),
            };
            match entry.and_then(|entry| self.read(app, &force, raw, entry)) {
                Ok(found) => items.push(found),
                Err(reason) => refusals.push(self.refusal(app, raw, reason)),
            }
        }
        let groups = by_origin(items);
        let actor = format!("peer:{}", self.peer.name);
        let cursor = &self.cursor;
        let outcomes = app.store().write("pull.page", |tx| {
            let force = in_force(app, tx)?;
            let mut all = Vec::new();
            for (origin, items) in &groups {
                let batch = Batch {
                    collection: &cursor.collection,
                    origin,
                    actor: &actor,
                    leaf: "records.received",
                    hold: false,
                };
                for (outcome, (candidate, _)) in admit(app, tx, &force, &batch, items)?.into_iter().zip(items)
                {
                    if let Admitted::Refused(reason) = &outcome {
                        rows::refuse(tx, &refused(cursor, candidate, reason, app.now().0))?;
                    }
                    all.push(outcome);
                }
            }
            for refusal in &refusals {
                rows::refuse(tx, refusal)?;
            }
            rows::keep_cursor(tx, cursor)?;
            Ok::<_, AppError>(all)
        })?;
        self.outcome.refused += refusals.len();
        for outcome in outcomes {
            match outcome {
                Admitted::Accepted(_) | Admitted::Held(_) => self.outcome.received += 1,
                Admitted::Unchanged => self.outcome.unchanged += 1,
                Admitted::Changed => self.outcome.changed += 1,
                Admitted::Refused(_) => self.outcome.refused += 1,
            }
        }
        Ok(())
    }

    fn read(
        &self,
        app: &App,
        force: &InForce,
        raw: &RawValue,
        entry: Option<&RawValue>,
    ) -> Result<(MemberId, (Candidate, Statement)), String> {
        let object =
            Object::parse(raw.get().as_bytes(), &app.limits().stix).map_err(|error| error.to_string())?;
        let candidate = Candidate::read(app, &object, &Registry::standard(), &|_| Meaning::Unknown)?;
        let Some(entry) = entry else {
            let handling = candidate.markings.handling(self.peer.member.clone(), &Stated::default());
            let plain =
                Statement { handling, purpose: None, legal_basis: None, review_at: None, received: None };
            return Ok((self.peer.member.clone(), (candidate, plain)));
        };
        let entry: Entry<'_> =
            serde_json::from_str(entry.get()).map_err(|error| format!("its envelope entry: {error}"))?;
        if entry.served != candidate.digest {
            return Err("the object is not the one that its envelope entry speaks of".into());
        }
        let signed = SignedEnvelope::from_json(entry.signed.get()).map_err(|error| error.to_string())?;
        check(force, &self.peer.member, &signed, &candidate)?;
        let origin = signed.envelope.origin.clone();
        let statement = Statement {
            handling: signed.envelope.handling.clone(),
            purpose: signed.envelope.purpose.clone(),
            legal_basis: signed.envelope.legal_basis.clone(),
            review_at: signed.envelope.review_at,
            received: Some(Received {
                revision: signed.envelope.revision,
                object: signed.envelope.object,
                text: signed.to_json().map_err(|error| error.to_string())?,
            }),
        };
        Ok((origin, (candidate, statement)))
    }

    fn refusal(&self, app: &App, raw: &RawValue, reason: String) -> Refusal {
        let id = Object::parse(raw.get().as_bytes(), &Limits::default())
            .ok()
            .and_then(|object| object.id())
            .map(|id| id.as_str().to_owned())
            .unwrap_or_default();
        Refusal {
            peer: self.peer.name.clone(),
            collection: self.cursor.collection.clone(),
            digest: Digest::of(raw.get().as_bytes()),
            id,
            reason,
            at_us: app.now().0,
        }
    }
}

fn refused(cursor: &Cursor, candidate: &Candidate, reason: &str, at_us: i64) -> Refusal {
    Refusal {
        peer: cursor.peer.clone(),
        collection: cursor.collection.clone(),
        digest: candidate.digest,
        id: candidate.id.clone(),
        reason: reason.to_owned(),
        at_us,
    }
}

/// Checks an envelope: about this object, signed by its origin (or attested by the peer for an origin without a
/// key), and not wider than the markings in the bytes.
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
    let keys_of = |member: &MemberId| {
        force.agreement.member(member).map(|member| member.keys.clone()).unwrap_or_default()
    };
    if signed.signer != envelope.origin {
        if &signed.signer != peer {
            return Err("its envelope is signed by neither its origin nor the peer".into());
        }
        if !keys_of(&envelope.origin).is_empty() {
            return Err("the peer attests it, but its origin signs its own records".into());
        }
    }
    let in_part = candidate.digest != envelope.object;
    if in_part && peer != &envelope.origin && !envelope.handling.delegates.contains(peer) {
        return Err(
            "it came in part from a member that is not its originator, so nothing shows that it is genuine"
                .into(),
        );
    }
    let keys = keys_of(&signed.signer);
    signed.verify(&keys).map_err(|error| error.to_string())?;
    within(candidate, &envelope.handling)
}

fn within(candidate: &Candidate, handling: &Handling) -> Result<(), String> {
    match (candidate.markings.tlp, handling.tlp) {
        (Some(bytes), Some(stated)) if stated < bytes => {
            Err(format!("its envelope says {}, its markings {}", stated.name(), bytes.name()))
        }
        _ => Ok(()),
    }
}

/// Puts items of one origin together and keeps their order within it.
fn by_origin(items: Vec<(MemberId, (Candidate, Statement))>) -> Vec<(MemberId, Vec<(Candidate, Statement)>)> {
    let mut groups: Vec<(MemberId, Vec<(Candidate, Statement)>)> = Vec::new();
    for (origin, item) in items {
        match groups.iter_mut().find(|(known, _)| known == &origin) {
            Some((_, list)) => list.push(item),
            None => groups.push((origin, vec![item])),
        }
    }
    groups
}

/// The cursor for a remote collection, with a collection here made for it when it is new.
fn cursor_of(
    app: &App,
    peer: &Peer,
    remote: &Remote,
    into: Option<&str>,
) -> Result<(Cursor, String), AppError> {
    app.store().write("pull.cursor", |tx| {
        let named = into.map(|text| collection::find(tx, text)).transpose()?;
        let known = rows::cursors(tx, &peer.name)?.into_iter().find(|cursor| {
            cursor.remote == remote.id && named.as_ref().is_none_or(|one| one.id == cursor.collection)
        });
        if let Some(cursor) = known {
            let alias = collection::find(tx, &cursor.collection)?.alias;
            return Ok((cursor, alias));
        }
        let here = match named {
            Some(one) => one,
            None => {
                let suffix = remote.alias.clone().unwrap_or_else(|| collection::alias_of(&remote.title));
                let alias = collection::alias_of(&format!("{} {suffix}", peer.name));
                let title = format!("{} / {}", peer.name, remote.title);
                collection::make(app, tx, &title, &alias, "", &format!("peer:{}", peer.name))?
            }
        };
        let cursor = Cursor {
            peer: peer.name.clone(),
            remote: remote.id.clone(),
            collection: here.id,
            added_after: String::new(),
            failures: 0,
            retry_us: 0,
            pulled_us: 0,
        };
        rows::keep_cursor(tx, &cursor)?;
        Ok((cursor, here.alias))
    })
}

/// Asks, and asks again while the failure may pass.
fn ask(app: &App, client: &PeerClient, path: &str, query: &[(&str, &str)]) -> Result<Answer, AppError> {
    let mut tries = 1;
    loop {
        match client.get(path, query) {
            Ok(answer) => return Ok(answer),
            Err(Failure::Passing(_, wait)) if tries < app.limits().peer.tries => {
                let seconds = wait.unwrap_or(0).min(30);
                std::thread::sleep(Duration::from_secs(seconds) + Duration::from_millis(250 << tries));
                tries += 1;
            }
            Err(failure) => return Err(failure.into()),
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, AppError> {
    serde_json::from_slice(body).map_err(|error| AppError::Environment(format!("the peer's answer: {error}")))
}
