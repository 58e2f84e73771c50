//! The search of recognised clients: the index proposes, the same pages and the same desk as everywhere decide.
//!
//! Where parts of a record are marked apart, the index knows more than the client may. Such a record is proposed by its
//! words and names alone, and judged by what is left of it for this client; so what a client may not see neither shows
//! a record nor hides one.

use comity_model::Micros;
use comity_model::stix::Object;
use comity_store::Tx;
use comity_store::tables::page::Seen;
use comity_store::tables::search as rows;

use super::asked::Asked;
use super::desk::Desk;
use super::{Query as PageQuery, look, settle_if_due};
use crate::force::in_force;
use crate::search::judge::{holds, loosely, wanted};
use crate::search::matter::Matter;
use crate::search::query::Query;
use crate::search::{member_id, read, require_index, require_reason};
use crate::{App, AppError, Reader, access, seal, token};

/// Records that are proposed at once.
const BATCH: usize = 200;
/// Records whose texts one call looks into. Those with marked parts do not count: where a page ends must not tell what
/// stands in them.
const LOOKS_MAX: usize = 5_000;

/// A record that was found: what a client needs to fetch it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundEntry {
    /// Id of the collection.
    pub collection: String,
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// STIX type.
    pub kind: String,
    /// Added-time as this client sees it.
    pub date_added: Micros,
}

/// One page of what was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundPage {
    /// The records, collection by collection, in the order in which they came.
    pub entries: Vec<FoundEntry>,
    /// Token of the next page; none when this is the last one.
    pub next: Option<String>,
}

/// Where a page begins: in this collection, behind this number.
type Start = (String, i64);

/// Searches the collections that a client reads, for the newest versions that it sees.
///
/// # Errors
/// [`AppError::Invalid`] for a query that may not be asked, or a token that was not made for this question;
/// [`AppError::Environment`] when the index was not built by this program.
pub fn search(
    app: &App,
    reader: &Reader,
    text: &str,
    limit: Option<usize>,
    next: Option<&str>,
) -> Result<FoundPage, AppError> {
    let query = read(text)?;
    require_reason(&query, None)?;
    let limit = limit.unwrap_or(app.limits().page_default).clamp(1, app.limits().network.page_objects);
    let question = format!("search {} {query}", reader.audience);
    let start = next.map(|token| position(app, &question, token)).transpose()?;
    settle_if_due(app)?;
    look(app, reader, "serve.search", |tx, desk| {
        require_index(tx)?;
        let mut client = Client { app, reader, query: &query, question: &question, limit };
        client.page(tx, desk, start.clone())
    })
}

struct Client<'a> {
    app: &'a App,
    reader: &'a Reader,
    query: &'a Query,
    question: &'a str,
    limit: usize,
}

impl Client<'_> {
    fn page(
        &mut self,
        tx: &mut Tx<'_>,
        desk: &mut Desk<'_>,
        start: Option<Start>,
    ) -> Result<FoundPage, AppError> {
        let rights = access::all(self.app, tx, self.reader)?;
        let force = in_force(self.app, tx)?;
        // What this client does not read is absent, by whatever name it asks for it.
        let collection = |text: &str| {
            let named = rights.iter().filter(|one| one.can_read);
            named
                .clone()
                .find(|one| one.id == text || one.alias == text || one.title == text)
                .map(|one| one.id.clone())
        };
        let wanted = wanted(self.query, |text| member_id(&force, text), collection);
        let mut readable: Vec<&str> =
            rights.iter().filter(|one| one.can_read).map(|one| one.id.as_str()).collect();
        readable.sort_unstable();
        let mut entries: Vec<FoundEntry> = Vec::new();
        let mut last: Option<Start> = None;
        let mut looked = 0;
        for id in readable {
            desk.turn();
            let mut after = match &start {
                Some((of, _)) if id < of.as_str() => continue,
                Some((of, seq)) if id == of => *seq,
                _ => 0,
            };
            loop {
                self.app.require_awaited()?;
                let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
                let (of, what) = ((id, desk.audience().number), (&wanted, &loosely(&wanted)));
                let proposed = rows::candidates(tx, of, what, after, limit)?;
                let Some(behind) = proposed.last().copied() else { break };
                after = behind;
                let ends = proposed.len() < BATCH;
                let mut seen = self.seen(tx, desk, id, proposed)?;
                seen.sort_by_key(|one| one.record.peek().seq);
                for one in seen {
                    looked += usize::from(one.record.peek().parts.is_empty());
                    if looked > LOOKS_MAX && entries.len() < self.limit {
                        let before = one.record.peek().seq.saturating_sub(1);
                        return self.ended(entries, Some((id.to_owned(), before)));
                    }
                    if !self.is_found(tx, desk, &one, &wanted)? {
                        continue;
                    }
                    let seq = one.record.peek().seq;
                    let Some((released, date_added)) = desk.pass(one) else { continue };
                    if entries.len() == self.limit {
                        return self.ended(entries, last);
                    }
                    let record = released.get();
                    entries.push(FoundEntry {
                        collection: record.key.collection.clone(),
                        id: record.key.id.clone(),
                        version: record.key.version.clone(),
                        kind: record.kind.clone(),
                        date_added,
                    });
                    last = Some((id.to_owned(), seq));
                }
                if ends || desk.lacks() {
                    break;
                }
            }
        }
        Ok(FoundPage { entries, next: None })
    }

    /// Those of the proposed records that this client sees, as its pages show them.
    fn seen(
        &self,
        tx: &mut Tx<'_>,
        desk: &mut Desk<'_>,
        collection: &str,
        proposed: Vec<i64>,
    ) -> Result<Vec<Seen>, AppError> {
        let asked = Asked::new(self.app, self.reader, collection, &PageQuery::default())?.among(proposed);
        Ok(asked.seen(desk, tx)?.0)
    }

    /// Whether the query holds for what the client sees of a record. Where no part is marked apart, the index and the
    /// words have said so but for phrases.
    fn is_found(
        &self,
        tx: &mut Tx<'_>,
        desk: &mut Desk<'_>,
        one: &Seen,
        wanted: &rows::Wanted,
    ) -> Result<bool, AppError> {
        let record = one.record.peek();
        if record.parts.is_empty() && !crate::search::judge::needs_texts(self.query) {
            return Ok(true);
        }
        let Some(bytes) = desk.left(tx, record)? else { return Ok(false) };
        let Ok(object) = Object::parse(&bytes, &self.app.limits().stix) else { return Ok(false) };
        Ok(holds(self.query, wanted, &Matter::of(&object)))
    }

    fn ended(&self, entries: Vec<FoundEntry>, last: Option<Start>) -> Result<FoundPage, AppError> {
        let next = last
            .map(|(collection, seq)| {
                // Sealed: the number of a record would tell how many there are.
                seal::seal(self.app, self.question, &format!("{collection} {seq}"))
                    .map(|bytes| token::text(&bytes))
            })
            .transpose()?;
        Ok(FoundPage { entries, next })
    }
}

fn position(app: &App, question: &str, token: &str) -> Result<Start, AppError> {
    let read = || {
        let text = seal::open(app, question, &token::bytes(token)?).ok()?;
        let (collection, seq) = text.split_once(' ')?;
        Some((collection.to_owned(), seq.parse().ok()?))
    };
    read().ok_or_else(|| {
        AppError::invalid("next", "this token was not made for this question: start without it")
    })
}
