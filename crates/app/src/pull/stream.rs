//! One collection of one peer, followed from its cursor to its end.

use comity_model::Micros;
use comity_store::Tx;
use comity_store::tables::collection::Collection;
use comity_store::tables::peer::{self as rows, Again, Cursor, Peer};

use super::page::{Remote, RemotePage};
use super::write::{self, Source};
use super::{Offer, Pulled, Stop, Wanted, ask, printable, title_of};
use crate::carrier::{Answer, Carrier, Failure};
use crate::force::{InForce, in_force};
use crate::limits::PeerLimits;
use crate::{App, AppError, collection};

/// One collection of one peer, being pulled.
pub(super) struct Stream<'a> {
    peer: &'a Peer,
    client: &'a dyn Carrier,
    path: String,
    cursor: Cursor,
    outcome: Pulled,
    /// Highest added-time met, as the peer wrote it; empty at the start.
    reached: String,
    /// Objects asked for on a page.
    asked: usize,
    /// Empty pages in a row.
    empty: usize,
    begun: Micros,
}

/// Where a page begins.
struct Place {
    after: String,
    next: Option<String>,
}

impl<'a> Stream<'a> {
    /// Prepares the pull of a collection; none when the peer failed and is to be waited for.
    pub(super) fn open(
        app: &App,
        peer: &'a Peer,
        offer: &'a Offer,
        remote: &Remote,
        wanted: &Wanted<'_>,
    ) -> Result<Option<Self>, Stop> {
        check_id(&remote.id)?;
        let (cursor, alias) =
            app.store().write("pull.cursor", |tx| cursor_of(app, tx, peer, remote, wanted.into.as_ref()))?;
        if wanted.patient && cursor.retry_us > app.now().0 {
            return Ok(None);
        }
        Ok(Some(Self {
            peer,
            client: &*offer.client,
            path: format!("{}collections/{}/objects/", offer.root, remote.id),
            reached: cursor.added_after.clone(),
            cursor,
            outcome: Pulled {
                peer: peer.name.clone(),
                title: title_of(remote),
                into: alias,
                ..Pulled::default()
            },
            asked: app.limits().peer.page_objects,
            empty: 0,
            begun: app.now(),
        }))
    }

    /// Follows the stream to its end, or to where the peer fails.
    pub(super) fn follow(mut self, app: &App, progress: &mut dyn FnMut(&Pulled)) -> Result<Pulled, AppError> {
        match self.walk(app, progress) {
            Ok(()) => {}
            Err(Stop::Peer(reason)) => self.fail(app, &reason)?,
            Err(Stop::Node(error)) => return Err(error),
        }
        Ok(self.outcome)
    }

    fn walk(&mut self, app: &App, progress: &mut dyn FnMut(&Pulled)) -> Result<(), Stop> {
        let mut place = Place { after: self.cursor.added_after.clone(), next: None };
        for _ in 0..app.limits().peer.pages {
            self.check_spent(app)?;
            let answer = self.page(app, &place)?;
            let page = RemotePage::read(&answer.body, self.asked)?;
            let next = self.step(app, &place, &page, answer.last_added)?;
            self.take(app, &page, &place.after, next.is_none())?;
            progress(&self.outcome);
            match next {
                Some(next) => place = next,
                None => return Ok(()),
            }
        }
        Err(Stop::Peer("the peer never says that this was the last page".into()))
    }

    /// Bounds what one pull may cost.
    fn check_spent(&self, app: &App) -> Result<(), Stop> {
        let limits = &app.limits().peer;
        if app.now() > self.begun.plus_seconds(limits.pull_seconds) {
            let text = format!("it took over {} s; the next pull goes on from here", limits.pull_seconds);
            return Err(Stop::Peer(text));
        }
        if self.outcome.bytes > limits.pull_bytes {
            let text = format!("it took over {} bytes; the next pull goes on from here", limits.pull_bytes);
            return Err(Stop::Peer(text));
        }
        Ok(())
    }

    /// Asks for a page, for half as many objects as long as the answer is too large.
    fn page(&mut self, app: &App, place: &Place) -> Result<Answer, Stop> {
        loop {
            let limit = self.asked.to_string();
            let mut query = vec![("limit", limit.as_str()), ("match[version]", "all")];
            if !place.after.is_empty() {
                query.push(("added_after", &place.after));
            }
            if let Some(next) = &place.next {
                query.push(("next", next));
            }
            match ask(app, self.client, &self.path, &query) {
                Ok(answer) => {
                    self.outcome.pages += 1;
                    self.outcome.bytes = self.outcome.bytes.saturating_add(answer.wire_bytes);
                    return Ok(answer);
                }
                Err(Failure::TooLarge(_, wire_bytes)) if self.asked > 1 => {
                    self.outcome.bytes = self.outcome.bytes.saturating_add(wire_bytes);
                    self.asked /= 2;
                    self.check_spent(app)?;
                }
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// Moves the cursor over a page and says where the next one begins; none at the end.
    ///
    /// Added-times of a Comity node are all different, so the cursor moves with each page and must rise. Others may
    /// give one time to many objects: there it moves at the end, and the pages in between go by `next`.
    fn step(
        &mut self,
        app: &App,
        place: &Place,
        page: &RemotePage<'_>,
        last: Option<String>,
    ) -> Result<Option<Place>, Stop> {
        let is_empty = page.objects().is_empty();
        self.empty = if is_empty { self.empty + 1 } else { 0 };
        let rises = match last.filter(|_| !is_empty) {
            Some(last) => self.rise(last)?,
            None => false,
        };
        if page.is_comity() && !is_empty {
            if !rises {
                return Err(Stop::Peer(format!(
                    "a page ends where it began, at added-time `{}`: the peer's paging does not go on",
                    self.reached
                )));
            }
            self.cursor.added_after.clone_from(&self.reached);
        }
        if !page.more {
            self.cursor.added_after.clone_from(&self.reached);
            return Ok(None);
        }
        if self.empty > app.limits().peer.empty_pages {
            return Err(Stop::Peer(format!("{} empty pages in a row say that more follows", self.empty)));
        }
        let after = || self.reached.clone();
        match &page.next {
            _ if page.is_comity() && rises => Ok(Some(Place { after: after(), next: None })),
            Some(next) => Ok(Some(Place { after: place.after.clone(), next: Some(next.clone()) })),
            None if rises => Ok(Some(Place { after: after(), next: None })),
            None => Err(Stop::Peer("a page says that more follows and not where it begins".into())),
        }
    }

    /// Notes an added-time; whether it lies beyond the highest one so far.
    fn rise(&mut self, last: String) -> Result<bool, Stop> {
        let instant = |text: &str| text.parse::<Micros>().ok().filter(|_| text.len() <= 64);
        let Some(at) = instant(&last) else {
            return Err(Stop::Peer(format!("`{last}` is no added-time")));
        };
        if instant(&self.reached).is_some_and(|reached| at <= reached) {
            return Ok(false);
        }
        self.reached = last;
        Ok(true)
    }

    fn fail(&mut self, app: &App, reason: &str) -> Result<(), AppError> {
        self.outcome.failure = printable(reason);
        self.cursor.failures = self.cursor.failures.saturating_add(1);
        let wait = 30_i64.saturating_mul(1 << self.cursor.failures.clamp(0, 7));
        self.cursor.retry_us = app.now().plus_seconds(wait).0;
        app.store().write("pull.failed", |tx| rows::keep_failure(tx, &self.cursor))?;
        Ok(())
    }

    /// Writes a page, which was asked for after `begun` and may be the last, and its cursor in one transaction.
    fn take(&mut self, app: &App, page: &RemotePage<'_>, begun: &str, is_last: bool) -> Result<(), Stop> {
        let force = app.store().read("pull.force", |tx| in_force(app, tx))?;
        let source = Source {
            name: &self.peer.name,
            member: &self.peer.member,
            remote: &self.cursor.remote,
            collection: &self.cursor.collection,
        };
        let sorted = write::sort(app, &source, page)?;
        let (cursor, outcomes) = app.store().write("pull.page", |tx| {
            let (outcomes, refused) = write::write(app, tx, &source, &sorted)?;
            let mut cursor = self.cursor.clone();
            if is_last {
                cursor = Cursor { pulled_us: app.now().0, failures: 0, retry_us: 0, ..cursor };
            }
            if !(sorted.refusals.is_empty() && refused.is_empty()) {
                cursor.again = Some(begin_again(cursor.again, begun, &force));
            }
            rows::keep_cursor(tx, &cursor)?;
            Ok::<_, AppError>((cursor, outcomes))
        })?;
        self.cursor = cursor;
        self.outcome.count(&sorted, &outcomes);
        Ok(())
    }
}

/// An identifier goes into an address and is kept: letters, digits and a few signs only.
pub(super) fn check_id(id: &str) -> Result<(), Stop> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:~".contains(c);
    let is_dots = id.chars().all(|c| c == '.');
    if id.len() > PeerLimits::ID_BYTES_MAX || is_dots || !id.chars().all(is_plain) {
        return Err(Stop::Peer(format!("`{id}` is no identifier of a collection")));
    }
    Ok(())
}

/// Where to begin again under another epoch. Pages come in the order of their added-times, so what stands stays.
fn begin_again(known: Option<Again>, begun: &str, force: &InForce) -> Again {
    match known {
        Some(known) => Again { epoch: known.epoch.min(force.number), ..known },
        None => Again { added_after: begun.to_owned(), epoch: force.number },
    }
}

/// The cursor for a remote collection, with a collection here made for it when it is new. When another epoch is in
/// force than the one that refused something, the cursor goes back to before that, once: pulling is idempotent.
fn cursor_of(
    app: &App,
    tx: &mut Tx<'_>,
    peer: &Peer,
    remote: &Remote,
    into: Option<&Collection>,
) -> Result<(Cursor, String), AppError> {
    let cursors = rows::cursors(tx, &peer.name)?;
    let is_full = cursors.len() >= PeerLimits::LISTED_MAX;
    let known = cursors
        .into_iter()
        .find(|cursor| cursor.remote == remote.id && into.is_none_or(|one| one.id == cursor.collection));
    if let Some(mut cursor) = known {
        let epoch = in_force(app, tx)?.number;
        if let Some(again) = cursor.again.take_if(|again| again.epoch != epoch) {
            cursor.added_after = again.added_after;
            rows::drop_refusals(tx, &cursor)?;
            rows::keep_cursor(tx, &cursor)?;
        }
        let alias = collection::find(tx, &cursor.collection)?.alias;
        return Ok((cursor, alias));
    }
    if is_full {
        let max = format!("{} collections", PeerLimits::LISTED_MAX);
        return Err(AppError::Limit { what: format!("what was ever pulled from {}", peer.name), max });
    }
    let here = match into {
        Some(one) => one.clone(),
        None => {
            let title = title_of(remote);
            let suffix = collection::alias_of(remote.alias.as_deref().unwrap_or(&title));
            let alias = collection::alias_of(&format!("{} {suffix}", peer.name));
            let title = printable(&format!("{} / {title}", peer.name));
            collection::make(app, tx, &title, &alias, "", &format!("peer:{}", peer.name))?
        }
    };
    let cursor = Cursor {
        peer: peer.name.clone(),
        remote: remote.id.clone(),
        collection: here.id,
        added_after: String::new(),
        again: None,
        failures: 0,
        retry_us: 0,
        pulled_us: 0,
    };
    rows::keep_cursor(tx, &cursor)?;
    Ok((cursor, here.alias))
}
