//! A client's question to a collection, made ready for the store, and what the audience sees in answer to it.

use std::collections::{BTreeSet, HashMap};

use comity_model::{MemberId, Micros};
use comity_store::Tx;
use comity_store::tables::page::{self, Content, Filter, Seen, Versions as StoreVersions};

use super::desk::Desk;
use super::{Query, Versions};
use crate::{App, AppError, Reader, token};

/// What an entry of `x_comity_envelopes` takes beside the signed envelope, at most, in bytes.
const ENTRY_BYTES: u64 = 128;

/// A question, made ready for the store.
pub(super) struct Asked {
    filter: Filter,
    question: String,
    limit: usize,
}

impl Asked {
    pub(super) fn new(app: &App, reader: &Reader, collection: &str, query: &Query) -> Result<Self, AppError> {
        let limits = app.limits();
        let limit = query.limit.unwrap_or(limits.page_default).clamp(1, limits.network.page_objects);
        let question = format!(
            "{}|{collection}|{:?}|{:?}|{:?}|{:?}",
            reader.audience, query.ids, query.types, query.versions, query.spec_versions
        );
        let mut after_us = query.added_after.map_or(i64::MIN / 4, |at| at.0);
        if let Some(next) = &query.next {
            let position = token::position(&app.keys()?.secret, &question, next)?.ok_or_else(|| {
                AppError::invalid("next", "this token was not made for this question: start without it")
            })?;
            after_us = after_us.max(position);
        }
        let versions = match &query.versions {
            Versions::Last => StoreVersions { last: true, ..StoreVersions::default() },
            Versions::All => StoreVersions { all: true, ..StoreVersions::default() },
            Versions::Some { last, first, at } => StoreVersions {
                last: *last,
                first: *first,
                all: false,
                at_us: at.iter().map(|at| at.0).collect(),
            },
        };
        let filter = Filter {
            collection: collection.to_owned(),
            audience: reader.audience,
            after_us,
            limit: i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1),
            seqs: Vec::new(),
            ids: query.ids.clone(),
            kinds: query.types.clone(),
            specs: query.spec_versions.clone(),
            versions,
        };
        Ok(Self { filter, question, limit })
    }

    /// The same question about these records alone, all at once.
    pub(super) fn among(mut self, seqs: Vec<i64>) -> Self {
        self.limit = seqs.len().max(1);
        self.filter.limit = i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1);
        self.filter.seqs = seqs;
        self
    }

    /// What the audience sees of it: what would be withheld whole takes no place on the page, leaves no trace and
    /// hides no other version.
    pub(super) fn seen(
        &self,
        desk: &mut Desk<'_>,
        tx: &mut Tx<'_>,
    ) -> Result<(Vec<Seen>, Option<String>), AppError> {
        let mut filter = self.filter.clone();
        let mut seen: Vec<Seen> = Vec::new();
        loop {
            let found = page::seen(tx, &filter)?;
            let ends = i64::try_from(found.len()).is_ok_and(|count| count < filter.limit);
            filter.after_us = found.last().map_or(filter.after_us, |last| last.added_at.0);
            let mut shown = Vec::with_capacity(found.len());
            for one in found {
                if desk.shows(tx, one.record.peek())? {
                    shown.push(one);
                }
            }
            let mut meant = self.meant(desk, tx, shown)?;
            desk.retain_named(tx, &mut meant)?;
            seen.extend(meant);
            if ends || seen.len() > self.limit || desk.lacks() {
                break;
            }
        }
        let more = seen.len() > self.limit;
        seen.truncate(self.limit);
        let next = match seen.last().filter(|_| more) {
            Some(last) => Some(self.token(desk.app(), last)?),
            None => None,
        };
        Ok((seen, next))
    }

    /// Those that are the asked-for versions among what the audience sees. The store has decided that where no
    /// version has parts marked apart.
    fn meant(
        &self,
        desk: &mut Desk<'_>,
        tx: &mut Tx<'_>,
        mut found: Vec<Seen>,
    ) -> Result<Vec<Seen>, AppError> {
        let versions = &self.filter.versions;
        if versions.all || found.is_empty() {
            return Ok(found);
        }
        let ids: BTreeSet<&str> = found.iter().map(|one| one.record.peek().key.id.as_str()).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let mut visible: HashMap<(MemberId, String), Vec<(Micros, i64)>> = HashMap::new();
        for stored in page::parted(tx, &self.filter, &ids)? {
            let record = stored.peek();
            let all = visible.entry((record.key.origin.clone(), record.key.id.clone())).or_default();
            if desk.shows(tx, record)? {
                all.push((record.version_at, record.seq));
            }
        }
        let wants_last = versions.last || *versions == StoreVersions::default();
        found.retain(|one| {
            let record = one.record.peek();
            let place = (record.version_at, record.seq);
            visible.get(&(record.key.origin.clone(), record.key.id.clone())).is_none_or(|all| {
                wants_last && all.iter().max() == Some(&place)
                    || versions.first && all.iter().min() == Some(&place)
                    || versions.at_us.contains(&record.version_at.0)
            })
        });
        Ok(found)
    }

    fn token(&self, app: &App, last: &Seen) -> Result<String, AppError> {
        token::next(&app.keys()?.secret, &self.question, last.added_at.0)
    }

    /// Cuts the page where its objects and their envelopes would pass the limit on bytes, then reads the objects
    /// that are left.
    pub(super) fn contents(
        &self,
        desk: &Desk<'_>,
        tx: &mut Tx<'_>,
        seen: &mut Vec<Seen>,
        next: &mut Option<String>,
    ) -> Result<HashMap<i64, Content>, AppError> {
        let seqs: Vec<i64> = seen.iter().map(|one| one.record.peek().seq).collect();
        let sizes = page::sizes(tx, &self.filter.collection, &seqs)?;
        let mut total = 0_u64;
        let fitting = seen
            .iter()
            .take_while(|one| {
                let record = one.record.peek();
                let size = sizes.get(&record.seq).copied().unwrap_or_default();
                // Where a page ends must not tell how long the references are that went.
                total += desk.cut_size(record).unwrap_or(size.object) + size.envelope + ENTRY_BYTES;
                total <= desk.app().limits().page_bytes
            })
            .count()
            .max(1);
        if fitting < seen.len() {
            seen.truncate(fitting);
            if let Some(last) = seen.last() {
                *next = Some(self.token(desk.app(), last)?);
            }
        }
        let kept = seqs.get(..fitting.min(seqs.len())).unwrap_or_default();
        Ok(page::contents(tx, &self.filter.collection, kept)?)
    }
}
