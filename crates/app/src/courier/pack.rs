//! Making bundles for a member.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use comity_ledger::Hash;
use comity_model::bundle::{Carried, Named};
use comity_model::invitation::Signed;
use comity_model::stix::Digest;
use comity_model::{Manifest, MemberId, Micros, SignedKeyNote};
use comity_store::Tx;
use comity_store::tables::courier::{self as rows, Made};
use comity_store::tables::{access as access_rows, release, witness as key_notes};
use serde::Serialize;

use super::bundle::{self, Writing};
use super::{DAYS, PART_BYTES_MIN};
use crate::credential::{Reader, Scope};
use crate::force::{InForce, find_member, in_force};
use crate::serve::{Query, Versions};
use crate::{Actor, App, AppError, Role, access, catchup, exchange, journal, recall, serve, token, witness};

/// Where the records of the next bundle begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Begin {
    /// Where the last one ended; where one before it ended, when the member did not say to have it and its time is over.
    #[default]
    Behind,
    /// Where the last one ended that the member said to have: those behind it are given up.
    Again,
    /// At the start.
    Whole,
}

/// What is wished of a bundle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wish {
    /// Where its records begin.
    pub begin: Begin,
    /// About how large it may become; what does not fit goes into the next one.
    pub part_bytes: u64,
}

impl Default for Wish {
    fn default() -> Self {
        Self { begin: Begin::Behind, part_bytes: super::PART_BYTES }
    }
}

/// A bundle that was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Packed {
    /// Its file.
    pub file: PathBuf,
    /// For whom: display name.
    pub member: String,
    /// Its number.
    pub n: u64,
    /// Digest of its manifest.
    pub digest: Digest,
    /// Bytes of the file.
    pub bytes: u64,
    /// Messages and what else the nodes say to each other: forms.
    pub forms: usize,
    /// Records, by their number.
    pub records: usize,
    /// Until when it can be opened.
    pub expires: String,
    /// The bundle of the other direction that it acknowledges; 0 for none.
    pub acknowledges: u64,
    /// Why it holds no records, where that is not because there is nothing new; empty otherwise.
    pub without: String,
}

/// One collection as one audience of the member sees it.
struct Stream {
    reader: Reader,
    there: Carried,
    name: String,
}

/// A page that waits for its place in a bundle.
struct Page {
    packed: bundle::Packed,
    stream: String,
    there: Carried,
    after: String,
    records: usize,
}

/// Where the member stands before a bundle is made.
struct Start {
    to: MemberId,
    name: String,
    key: String,
    n: i64,
    follows: Option<Named>,
    have: Option<Named>,
    cursors: BTreeMap<String, String>,
    streams: Vec<Stream>,
    saying: exchange::Saying,
    without: String,
    begun: Micros,
}

/// Makes a bundle for a member, or several when it grows too large, in a folder. It is delivered as on a page: what the
/// member may have now, behind the last bundle, and everything that there is to say to it.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator or release officer; [`AppError::NotFound`] for an unknown member;
/// [`AppError::Conflict`] for a member of which no key for bundles is known, one that takes no part in the agreement, or when
/// another process made a bundle meanwhile; [`AppError::Environment`] when a file cannot be written.
pub fn pack(
    app: &App,
    actor: &Actor,
    member: &str,
    folder: &Path,
    wish: &Wish,
) -> Result<Vec<Packed>, AppError> {
    actor.require(&[Role::Administrator, Role::ReleaseOfficer], "pack bundles")?;
    if wish.part_bytes < PART_BYTES_MIN {
        let why = format!("a bundle ends at {PART_BYTES_MIN} bytes at the earliest");
        return Err(AppError::invalid("--part-bytes", why));
    }
    witness::note_own_keys(app)?;
    give_up(app, actor, member, wish.begin)?;
    let mut all = Vec::new();
    let mut waiting = None;
    loop {
        let start = app.store().read("courier.start", |tx| start(app, tx, member))?;
        let (packed, left) = one(app, actor, folder, start, (waiting, wish.part_bytes))?;
        all.push(packed);
        match left {
            Some(page) => waiting = Some(page),
            None => return Ok(all),
        }
    }
}

/// Gives up bundles whose time is over, with those behind them; all that are on their way, or all, when that is wished.
fn give_up(app: &App, actor: &Actor, member: &str, begin: Begin) -> Result<(), AppError> {
    app.store().write("courier.give-up", |tx| {
        let force = in_force(app, tx)?;
        let to = find_member(&force, member)?;
        let lost = match begin {
            Begin::Behind => rows::lose_expired(tx, &to, app.now().0)?,
            Begin::Again => rows::lose(tx, &to, 0, false)?,
            Begin::Whole => rows::lose(tx, &to, 0, true)?,
        };
        if lost > 0 {
            let leaf = journal::leaf(app, "courier.given-up", &actor.name).member(to.as_str()).count(lost);
            journal::append(app, tx, vec![leaf])?;
        }
        Ok(())
    })
}

fn start(app: &App, tx: &mut Tx<'_>, member: &str) -> Result<Start, AppError> {
    let force = in_force(app, tx)?;
    let to = find_member(&force, member)?;
    let name = force.name_of(&to).to_owned();
    if &to == app.member() {
        return Err(AppError::invalid("MEMBER", "a bundle is for another member"));
    }
    if !force.agreement.member(&to).is_some_and(|one| one.active) {
        return Err(AppError::Conflict(format!("{name} takes no part in the agreement now")));
    }
    let key = key_of(tx, &to, &name)?;
    let last = rows::last_made(tx, &to)?;
    let said = rows::said(tx, &to)?;
    let highest = rows::highest_made(tx, &to)?.max(said.as_ref().map_or(0, |said| said.numbered));
    let ours = recall::list_digest(tx, &to)?;
    let has_other = said.and_then(|said| said.recalls).is_some_and(|theirs| theirs != ours);
    let cursors = match &last {
        Some(last) => serde_json::from_str(&last.cursors)
            .map_err(|error| AppError::Internal(format!("how far a bundle goes: {error}")))?,
        None => BTreeMap::new(),
    };
    let (streams, without) = if catchup::is_behind(tx)? {
        (Vec::new(), "this node was put back, and hands out no records before it has caught up".to_owned())
    } else {
        let streams = streams(app, tx, &force, &to)?;
        let without = if streams.is_empty() {
            format!("{name} has no key to a collection here: `comity key add` says what it may read")
        } else {
            String::new()
        };
        (streams, without)
    };
    Ok(Start {
        key,
        n: highest.saturating_add(1),
        follows: last.map(|last| Named { n: last.n.unsigned_abs(), digest: last.digest }),
        have: rows::last_taken(tx, &to)?.map(|one| Named { n: one.n.unsigned_abs(), digest: one.digest }),
        cursors,
        streams,
        saying: exchange::carry(app, tx, &to, has_other)?,
        without,
        begun: app.now(),
        name,
        to,
    })
}

/// The key under which bundles for a member are sealed.
fn key_of(tx: &mut Tx<'_>, member: &MemberId, name: &str) -> Result<String, AppError> {
    let row = key_notes::key_note(tx, member)?;
    let note = row.map(|row| SignedKeyNote::from_json(&row.body)).transpose()?;
    note.and_then(|signed| signed.note.courier).ok_or_else(|| {
        AppError::Conflict(format!(
            "no key of {name} for bundles is known here: its people run `comity peer keys > keys.json` and hand over the \
             file, and here `comity peer learn keys.json` takes it"
        ))
    })
}

/// What the keys of a member open here: each collection once for each audience.
fn streams(app: &App, tx: &mut Tx<'_>, force: &InForce, to: &MemberId) -> Result<Vec<Stream>, AppError> {
    let mut streams: Vec<Stream> = Vec::new();
    for key in access_rows::credentials(tx)? {
        let is_open = key.revoked_us.is_none() && app.now().0 < key.expires_us && key.scope != "metrics";
        if &key.member != to || !is_open || force.agreement.member(to).is_none() {
            continue;
        }
        let Some(audience) = release::audience(tx, key.audience)? else { continue };
        let reader = Reader {
            credential: key.id,
            member: key.member,
            scope: Scope::Exchange,
            inner: audience.inner,
            audience: key.audience,
        };
        for one in access::all(app, tx, &reader)?.into_iter().filter(|one| one.can_read) {
            let name = format!("{} {}", reader.audience, one.id);
            if !streams.iter().any(|known| known.name == name) {
                let there = Carried { id: one.id, title: one.title, alias: one.alias };
                streams.push(Stream { reader: reader.clone(), there, name });
            }
        }
    }
    Ok(streams)
}

/// Makes one bundle; what did not fit comes back.
fn one(
    app: &App,
    actor: &Actor,
    folder: &Path,
    mut start: Start,
    (waiting, part_bytes): (Option<Page>, u64),
) -> Result<(Packed, Option<Page>), AppError> {
    let file = folder.join(format!("{}.comity", token::hex(&app.random_bytes::<16>())));
    let draft = Draft(file.with_extension("part"));
    // Others may read it: it is sealed, and who carries it is often another user of another machine.
    let out = fs::File::create_new(&draft.0)
        .map_err(|error| AppError::Environment(format!("file {}: {error}", draft.0.display())))?;
    let mut writing = Writing::new(out, &start.key)?;
    let forms = std::mem::take(&mut start.saying.forms);
    let count = forms.len();
    for (number, form) in (1..).zip(forms) {
        writing.put(bundle::Packed::new(format!("exchange-{number}"), None, form)?)?;
    }
    let (records, left, collections) = pages(app, &mut start, &mut writing, (waiting, part_bytes))?;
    let now = app.now();
    let manifest = Manifest {
        v: 1,
        from: app.member().clone(),
        to: start.to.clone(),
        n: start.n.unsigned_abs(),
        follows: start.follows,
        have: start.have,
        behind: start.saying.behind,
        created: now,
        expires: now.plus_seconds(DAYS * 86_400),
        collections,
        parts: std::mem::take(&mut writing.parts),
    };
    let signed = Signed::new(manifest, &app.keys()?.member)?;
    let digest = signed.digest()?;
    let bytes = writing.finish(&signed)?;
    note(app, actor, &start, (&signed.said, digest))?;
    fs::rename(&draft.0, &file)
        .map_err(|error| AppError::Environment(format!("file {}: {error}", file.display())))?;
    let packed = Packed {
        file,
        member: start.name,
        n: signed.said.n,
        digest,
        bytes,
        forms: count,
        records,
        expires: signed.said.expires.to_string(),
        acknowledges: start.have.map_or(0, |have| have.n),
        without: start.without,
    };
    Ok((packed, left))
}

/// A file that is not whole yet, and goes when it does not become so.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // When it became whole it has another name, and nothing is here.
        fs::remove_file(&self.0).ok();
    }
}

/// Puts pages in until nothing is left or no more fits. Answers how many records went in, the page that did not, and the
/// collections.
fn pages(
    app: &App,
    start: &mut Start,
    writing: &mut Writing,
    (mut waiting, part_bytes): (Option<Page>, u64),
) -> Result<(usize, Option<Page>, Vec<Carried>), AppError> {
    let mut records = 0;
    let mut count = 0;
    let mut collections: Vec<Carried> = Vec::new();
    let streams = std::mem::take(&mut start.streams);
    let mut at = 0;
    loop {
        let page = match waiting.take() {
            Some(page) => page,
            None => match next(app, start, &streams, &mut at)? {
                Some(page) => page,
                None => return Ok((records, None, collections)),
            },
        };
        if count > 0 && (writing.is_full() || writing.size_with(&page.packed) > part_bytes) {
            return Ok((records, Some(page), collections));
        }
        let mut packed = page.packed;
        count += 1;
        packed.part.name = format!("page-{count}");
        writing.put(packed)?;
        records += page.records;
        start.cursors.insert(page.stream, page.after);
        if !collections.contains(&page.there) {
            collections.push(page.there);
        }
    }
}

/// The next page of the streams that holds something.
fn next(app: &App, start: &mut Start, streams: &[Stream], at: &mut usize) -> Result<Option<Page>, AppError> {
    while let Some(stream) = streams.get(*at) {
        let after = start.cursors.get(&stream.name).map(|text| text.parse::<Micros>()).transpose()?;
        let query = Query {
            added_after: after,
            limit: Some(app.limits().peer.page_objects),
            versions: Versions::All,
            ..Query::default()
        };
        let page = serve::page(app, &stream.reader, &stream.there.id, &query)?;
        if page.next.is_none() {
            *at += 1;
        }
        let Some(last) = page.last_added else { continue };
        if page.objects.is_empty() {
            start.cursors.insert(stream.name.clone(), last.to_string());
            continue;
        }
        let collection = Some(stream.there.id.clone());
        return Ok(Some(Page {
            packed: bundle::Packed::new("page".into(), collection, page.to_json(true))?,
            stream: stream.name.clone(),
            there: stream.there.clone(),
            after: last.to_string(),
            records: page.objects.len(),
        }));
    }
    Ok(None)
}

/// Notes a bundle that was made, before its file gets its name.
fn note(
    app: &App,
    actor: &Actor,
    start: &Start,
    (manifest, digest): (&Manifest, Digest),
) -> Result<(), AppError> {
    let cursors =
        serde_json::to_string(&start.cursors).map_err(|error| AppError::Internal(error.to_string()))?;
    app.store().write("courier.packed", |tx| {
        let follows = rows::last_made(tx, &start.to)?
            .map(|last| Named { n: last.n.unsigned_abs(), digest: last.digest });
        if rows::highest_made(tx, &start.to)? >= start.n || follows != start.follows {
            return Err(AppError::Conflict(
                "something changed about the bundles for this member meanwhile: run it again".into(),
            ));
        }
        let made = Made {
            member: start.to.clone(),
            n: start.n,
            digest,
            cursors: cursors.clone(),
            begun_us: start.begun.0,
            at_us: manifest.created.0,
            expires_us: manifest.expires.0,
            acknowledged_us: None,
            lost: false,
        };
        rows::add_made(tx, &made)?;
        let leaf = journal::leaf(app, "courier.packed", &actor.name)
            .member(start.to.as_str())
            .object(Hash(digest.0))
            .count(manifest.parts.len() as u64);
        journal::append(app, tx, vec![leaf])?;
        Ok(())
    })
}
