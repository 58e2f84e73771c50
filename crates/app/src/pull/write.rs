//! Taking one page, however it came: what each object on it is, and writing what may be taken together with the receipt.

use comity_model::stix::{Digest, Limits, Object};
use comity_model::{MemberId, NotTaken};
use comity_store::Tx;
use comity_store::tables::peer::{self as rows, Refusal};
use serde_json::value::RawValue;

use super::check::{self, Found, Held, Item};
use super::page::RemotePage;
use super::{Pulled, Stop, printable};
use crate::admit::{Admitted, Batch, admit};
use crate::force::in_force;
use crate::limits::PeerLimits;
use crate::receipt::Served;
use crate::why::Why;
use crate::{App, AppError, receipt};

/// Where a page comes from, and where its records go.
pub(crate) struct Source<'a> {
    /// Our name for where it comes from.
    pub(crate) name: &'a str,
    /// The member that served it.
    pub(crate) member: &'a MemberId,
    /// The collection there.
    pub(crate) remote: &'a str,
    /// The collection here.
    pub(crate) collection: &'a str,
}

/// A page of which every object was looked at. Nothing of it is written yet.
pub(crate) struct Sorted {
    groups: Vec<(MemberId, Vec<Item>)>,
    /// What is not taken, whatever is held here.
    pub(crate) refusals: Vec<Refusal>,
    served: Served,
    is_comity: bool,
    /// Records that this node signed itself.
    pub(crate) own: usize,
}

/// Reads a page that came on a medium.
pub(crate) fn carried(app: &App, source: &Source<'_>, body: &[u8]) -> Result<Sorted, AppError> {
    let page = RemotePage::read(body, PeerLimits::PAGE_OBJECTS_MAX).map_err(|stop| match stop {
        Stop::Peer(why) => AppError::invalid("page", why),
        Stop::Node(error) => error,
    })?;
    if !page.is_comity() {
        return Err(AppError::invalid("page", "it has no envelopes"));
    }
    sort(app, source, &page)
}

/// Looks at every object of a page.
pub(super) fn sort(app: &App, source: &Source<'_>, page: &RemotePage<'_>) -> Result<Sorted, AppError> {
    let force = app.store().read("pull.force", |tx| in_force(app, tx))?;
    let mut items: Vec<(MemberId, Item)> = Vec::new();
    let mut sorted = Sorted {
        groups: Vec::new(),
        refusals: Vec::new(),
        served: Served::default(),
        is_comity: page.is_comity(),
        own: 0,
    };
    for (index, raw) in page.objects().iter().enumerate() {
        let entry = match page.envelopes() {
            Some(envelopes) => match envelopes.get(index) {
                Some(entry) => Ok(Some(*entry)),
                None => Err(Why::new(NotTaken::NoEnvelope, "it came without an envelope")),
            },
            None => Ok(None),
        };
        let read = entry.clone().and_then(|entry| check::read(app, &force, source.member, raw, entry));
        match read {
            Ok(Found::Item(origin, item)) => items.push((origin, *item)),
            Ok(Found::Own(digest)) => {
                sorted.own += 1;
                sorted.served.note(digest, None);
            }
            Err(why) => {
                if let Some(digest) = check::served(app, raw, entry.ok().flatten()) {
                    sorted.served.note(digest, Some(why.code));
                }
                sorted.refusals.push(refusal(app, source, raw, &why.text));
            }
        }
    }
    sorted.groups = by_origin(items);
    Ok(sorted)
}

/// Writes the records of a page, the receipt for it, and what is refused. Answers what became of the records, and which of
/// them are refused for what is held here.
pub(crate) fn write(
    app: &App,
    tx: &mut Tx<'_>,
    source: &Source<'_>,
    sorted: &Sorted,
) -> Result<(Vec<Admitted>, Vec<Refusal>), AppError> {
    let mut served = sorted.served.clone();
    let (outcomes, refused) = records(app, tx, source, &sorted.groups, &mut served)?;
    if sorted.is_comity {
        receipt::say(app, tx, source.member, &served)?;
    }
    for refusal in sorted.refusals.iter().chain(&refused) {
        rows::refuse(tx, refusal)?;
    }
    if !(sorted.refusals.is_empty() && refused.is_empty()) {
        rows::trim_refusals(tx, source.name, app.limits().peer.refusals)?;
    }
    Ok((outcomes, refused))
}

/// Writes the records of a page; answers what became of them and which ones are refused, and notes it for the receipt.
fn records(
    app: &App,
    tx: &mut Tx<'_>,
    source: &Source<'_>,
    groups: &[(MemberId, Vec<Item>)],
    served: &mut Served,
) -> Result<(Vec<Admitted>, Vec<Refusal>), AppError> {
    let force = in_force(app, tx)?;
    let actor = format!("peer:{}", source.name);
    let mut all = Vec::new();
    let mut refused = Vec::new();
    for (origin, items) in groups {
        let batch = Batch {
            collection: source.collection,
            origin,
            actor: &actor,
            leaf: "records.received",
            hold: false,
        };
        let held = Held::of(tx, origin, items)?;
        for run in items.chunk_by(|a, b| held.refuses(a).is_some() == held.refuses(b).is_some()) {
            let outcomes = match run.first().and_then(|first| held.refuses(first)) {
                Some(_) => run.iter().filter_map(|item| held.refuses(item)).map(Admitted::Refused).collect(),
                None => admit(app, tx, &force, &batch, run)?,
            };
            for ((candidate, _), outcome) in run.iter().zip(&outcomes) {
                let why = if let Admitted::Refused(why) = outcome { Some(why) } else { None };
                served.note(candidate.digest, why.map(|why| why.code));
                refused.extend(why.map(|why| row(app, source, candidate.digest, (&candidate.id, &why.text))));
            }
            all.extend(outcomes);
        }
    }
    Ok((all, refused))
}

impl Pulled {
    /// Counts what became of the records of a page.
    pub(crate) fn count(&mut self, sorted: &Sorted, outcomes: &[Admitted]) {
        self.own += sorted.own;
        self.refused += sorted.refusals.len();
        for outcome in outcomes {
            match outcome {
                Admitted::Accepted(_) | Admitted::Held(_) => self.received += 1,
                Admitted::Unchanged => self.unchanged += 1,
                Admitted::Changed => self.changed += 1,
                Admitted::Refused(_) => self.refused += 1,
            }
        }
    }
}

fn refusal(app: &App, source: &Source<'_>, raw: &RawValue, reason: &str) -> Refusal {
    let id = Object::parse(raw.get().as_bytes(), &Limits::default())
        .ok()
        .and_then(|object| object.id())
        .map(|id| id.as_str().to_owned())
        .unwrap_or_default();
    row(app, source, Digest::of(raw.get().as_bytes()), (&id, reason))
}

fn row(app: &App, source: &Source<'_>, digest: Digest, (id, reason): (&str, &str)) -> Refusal {
    Refusal {
        peer: source.name.to_owned(),
        remote: source.remote.to_owned(),
        collection: source.collection.to_owned(),
        digest,
        id: printable(id),
        reason: printable(reason),
        at_us: app.now().0,
    }
}

/// Puts items of one origin together and keeps their order within it.
fn by_origin(items: Vec<(MemberId, Item)>) -> Vec<(MemberId, Vec<Item>)> {
    let mut groups: Vec<(MemberId, Vec<Item>)> = Vec::new();
    for (origin, item) in items {
        match groups.iter_mut().find(|(known, _)| known == &origin) {
            Some((_, list)) => list.push(item),
            None => groups.push((origin, vec![item])),
        }
    }
    groups
}
