//! The records of a council that one viewer finds here, read once; everything else takes them from here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Deref;

use comity_matching::name;
use comity_model::council::lineage::{self, Said};
use comity_model::kind::council::{self, Claim, SessionStatus};
use comity_model::kind::{Attributed, Kind};
use comity_model::paper::Marking;
use comity_model::stix::{Digest, Id, Map, Object, Tlp, Value, canon};
use comity_model::{Handling, HandlingCode, MemberId, Micros, Pap, Record, RecordState};
use comity_store::Tx;
use comity_store::tables::{collection, lookup, record};
use serde::Serialize;

use crate::force::{InForce, in_force};
use crate::look::Look;
use crate::{App, AppError};

/// Records read at a time.
const BATCH: i64 = 1_000;

/// Where a record of a view comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Place {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// Alias of the collection.
    pub collection: String,
    /// Display name of the originator.
    pub origin: String,
    /// Level in words.
    pub level: String,
    /// Under which number it came, if it came from a reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Place {
    /// In which order records are listed: by the number under which they came, else by their id.
    pub(crate) fn order(&self) -> (&Option<String>, &str) {
        (&self.key, &self.id)
    }
}

/// A list, and what is not in it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Listed<T> {
    /// What is in it.
    pub lines: Vec<T>,
    /// What is left out because there is too much of it, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

impl<T> Deref for Listed<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.lines
    }
}

/// A record of a council as a viewer finds it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) place: Place,
    pub(crate) version_at: Micros,
    pub(crate) origin: MemberId,
    pub(crate) kind: Kind,
    /// Under which marking a paper stands that it is in.
    pub(crate) marking: Marking,
    /// The leaf of the ledger that brought it.
    pub(crate) leaf: Option<u64>,
    /// The first leaf that brought a version of it which the viewer finds.
    since: u64,
    /// Whether it is the own member's.
    is_own: bool,
    /// What tells it from others of its id and version here; it is shown to nobody.
    stored: Digest,
}

impl Held {
    /// Whether it is this record of the store.
    pub(crate) fn is(&self, row: &Record) -> bool {
        row.key.origin == self.origin && row.key.digest == self.stored
    }

    /// Whether it is of the member of this display name or id.
    pub(crate) fn is_of(&self, member: &str) -> bool {
        self.place.origin == member || self.origin.as_str() == member
    }

    /// Which record stands for an object of which several members have one: the own member's, then that of whoever names
    /// the object, then the one that came first. What its originator writes into it changes none of that.
    fn rank(&self, named_by: Option<&MemberId>) -> (bool, bool, u64, &str) {
        (!self.is_own, named_by != Some(&self.origin), self.since, self.origin.as_str())
    }

    /// Counts a version that came before as one of this record.
    fn came_with(&mut self, row: &Record) {
        self.since = self.since.min(since(row));
    }

    /// What a list calls it.
    pub(crate) fn title(&self) -> String {
        match &self.kind {
            Kind::Body(body) => body.names.first().map(|name| name.value.clone()).unwrap_or_default(),
            Kind::Session(one) => one.title.clone(),
            Kind::Document(one) => one.title.clone(),
            Kind::Claim(claim) => claim.display(),
            _ => self.place.id.clone(),
        }
    }
}

/// A text that names a record, and of which member, where it is `ID@MEMBER`.
pub(crate) fn whose(text: &str) -> (&str, Option<&str>) {
    match text.split_once('@') {
        Some((id, member)) if Id::parse(id).is_ok() => (id, Some(member)),
        _ => (text, None),
    }
}

/// Of records of one id that which a record of `origin` means: of the same originator; of what that one has not, what one
/// other member alone has.
pub(crate) fn meant<'h>(all: impl IntoIterator<Item = &'h Held>, origin: &MemberId) -> Option<&'h Held> {
    let all: Vec<&Held> = all.into_iter().collect();
    if let Some(own) = all.iter().find(|one| &one.origin == origin) {
        return Some(own);
    }
    let first = all.first()?;
    all.iter().all(|one| one.origin == first.origin).then_some(*first)
}

/// Whether two records of one id are of two members and of a kind on which people act: decisions, and sessions that a member
/// convenes. What sources report, several may have from one reading.
pub(crate) fn rivals(one: &Held, other: &Held) -> bool {
    let is_acted_on = |held: &Held| match &held.kind {
        Kind::Decision(_) => true,
        Kind::Session(session) => session.status != SessionStatus::Reported,
        _ => false,
    };
    one.origin != other.origin && (is_acted_on(one) || is_acted_on(other))
}

/// That one id stands for records of several members.
pub(crate) fn several(one: &Held, other: &Held) -> AppError {
    AppError::Conflict(format!(
        "{id} is a record of {} and one of {}: say whose is meant, as {id}@MEMBER",
        one.place.origin,
        other.place.origin,
        id = one.place.id
    ))
}

/// What a viewer finds of a council.
pub(crate) struct Gathering<'a> {
    app: &'a App,
    look: Look<'a>,
    force: std::sync::Arc<InForce>,
    aliases: HashMap<String, String>,
    /// How many records of a kind and of a member there were too many.
    left_out: BTreeMap<(String, MemberId), usize>,
}

impl<'a> Gathering<'a> {
    /// Begins to read for whoever the node is seen by.
    pub(crate) fn new(app: &'a App, tx: &mut Tx<'_>) -> Result<Self, AppError> {
        let aliases = collection::list(tx)?.into_iter().map(|one| (one.id, one.alias)).collect();
        Ok(Self {
            app,
            look: Look::new(app, tx)?,
            force: in_force(app, tx)?,
            aliases,
            left_out: BTreeMap::new(),
        })
    }

    /// Every record of a kind: of each originator the newest version in use that the viewer finds. Of the own member none is
    /// left out; of another so many are taken, that no member can shut a view by sending more, and
    /// [`Self::left_out`] says of whom there are more.
    pub(crate) fn all(&mut self, tx: &mut Tx<'_>, word: &str) -> Result<Vec<Held>, AppError> {
        self.read(tx, word, None)
    }

    /// The same of the own member alone.
    pub(crate) fn own(&mut self, tx: &mut Tx<'_>, word: &str) -> Result<Vec<Held>, AppError> {
        self.read(tx, word, Some(self.app.member()))
    }

    /// What was left out of what was read, a sentence each.
    pub(crate) fn left_out(&self) -> Vec<String> {
        let most = self.app.limits().council_records;
        let told = |((word, origin), count): (&(String, MemberId), &usize)| {
            let (name, word) = (self.force.name_of(origin), word.replace('-', " "));
            format!("{count} {word} records of {name}: of each other member {most} are looked at")
        };
        self.left_out.iter().map(told).collect()
    }

    fn read(
        &mut self,
        tx: &mut Tx<'_>,
        word: &str,
        origin: Option<&MemberId>,
    ) -> Result<Vec<Held>, AppError> {
        let Some(stix_type) = council::stix_type(word) else { return Ok(Vec::new()) };
        let (own, most) = (self.app.member(), self.app.limits().council_records);
        let mut met: BTreeMap<MemberId, BTreeMap<String, u64>> = BTreeMap::new();
        let mut found = Vec::new();
        let mut skip = 0_i64;
        loop {
            let rows = match origin {
                Some(origin) => lookup::live_of_kind_by(tx, stix_type, origin, (skip, BATCH))?,
                None => lookup::live_of_kind(tx, stix_type, (skip, BATCH))?,
            };
            let is_last = rows.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
            for row in rows.into_iter().map(comity_model::Stored::into_inner) {
                // A version that the viewer does not find hides none that it finds.
                if !self.look.sees(&row) {
                    continue;
                }
                let of_origin = met.entry(row.key.origin.clone()).or_default();
                let first = of_origin.get(&row.key.id).copied();
                let is_new = first.is_none();
                of_origin.insert(row.key.id.clone(), first.unwrap_or(u64::MAX).min(since(&row)));
                if is_new && (&row.key.origin == own || of_origin.len() <= most) {
                    found.extend(self.held(tx, row)?);
                }
            }
            if is_last {
                break;
            }
            skip = skip.saturating_add(BATCH);
        }
        for one in &mut found {
            let first = met.get(&one.origin).and_then(|ids| ids.get(&one.place.id));
            one.since = first.map_or(one.since, |first| one.since.min(*first));
        }
        for (origin, ids) in met.into_iter().filter(|(origin, ids)| origin != own && ids.len() > most) {
            self.left_out.insert((word.to_owned(), origin), ids.len().saturating_sub(most));
        }
        found.sort_by(|one, other| {
            one.place.order().cmp(&other.place.order()).then_with(|| one.rank(None).cmp(&other.rank(None)))
        });
        Ok(found)
    }

    /// The records of one kind that name another one in the property `path`.
    pub(crate) fn naming(
        &mut self,
        tx: &mut Tx<'_>,
        target: &str,
        path: &str,
        word: &str,
    ) -> Result<Vec<Held>, AppError> {
        Ok(self.all(tx, word)?.into_iter().filter(|one| names(&one.kind, path, target)).collect())
    }

    /// The records in use of these ids, of every originator; of each the newest version. Of one id the one that stands for
    /// it before the others.
    pub(crate) fn of_ids(&mut self, tx: &mut Tx<'_>, ids: &[&str]) -> Result<Vec<Held>, AppError> {
        let mut found = Vec::new();
        for id in ids {
            let mut met = BTreeSet::new();
            let mut all: Vec<Held> = Vec::new();
            for row in record::of_id(tx, id, None, None)?.into_iter().map(comity_model::Stored::into_inner) {
                if row.state != RecordState::Live || !self.look.sees(&row) {
                    continue;
                }
                if met.insert(row.key.origin.clone()) {
                    all.extend(self.held(tx, row)?);
                } else if let Some(held) = all.iter_mut().find(|held| held.origin == row.key.origin) {
                    held.came_with(&row);
                }
            }
            all.sort_by(|one, other| one.rank(None).cmp(&other.rank(None)));
            found.extend(all);
        }
        Ok(found)
    }

    /// The records in use of these ids, one of each, as a record of `named_by` names them.
    pub(crate) fn first_of(
        &mut self,
        tx: &mut Tx<'_>,
        ids: &[Id],
        named_by: &MemberId,
    ) -> Result<Vec<Held>, AppError> {
        let mut found = Vec::new();
        for id in ids {
            let all = self.of_ids(tx, &[id.as_str()])?;
            found.extend(chosen(&all, id.as_str(), named_by).cloned());
        }
        Ok(found)
    }

    /// Whether the viewer finds a record.
    pub(crate) fn sees(&mut self, row: &Record) -> bool {
        self.look.sees(row)
    }

    /// The record of one of these kinds that a text names: by its id, by `ID@MEMBER`, or by the number under which it came.
    pub(crate) fn one(&mut self, tx: &mut Tx<'_>, text: &str, words: &[&str]) -> Result<Held, AppError> {
        let (text, member) = whose(text);
        let mut found = Vec::new();
        if Id::parse(text).is_ok() {
            // However many there are, what is named by its id is found.
            found = self.of_ids(tx, &[text])?;
            let is_meant = |one: &Held| member.is_none_or(|member| one.is_of(member));
            found.retain(|one| words.contains(&one.kind.word()) && is_meant(one));
        }
        for word in words.iter().filter(|_| Id::parse(text).is_err()) {
            let is_named = |one: &Held| one.place.key.as_deref().is_some_and(|key| key == text);
            found.extend(self.all(tx, word)?.into_iter().filter(is_named));
        }
        // One's own record before the claims of others about the same object.
        found.sort_by(|one, other| one.rank(None).cmp(&other.rank(None)));
        let first = found.first().ok_or_else(|| {
            AppError::NotFound(format!("there is no {} `{text}`", words.join(" or ").replace('-', " ")))
        })?;
        if let Some(other) = found.iter().find(|one| one.place.id != first.place.id) {
            return Err(AppError::Conflict(format!(
                "`{text}` names {} and {}: name one by its id",
                first.place.id, other.place.id
            )));
        }
        // Nobody puts another decision or session in the place of somebody else's.
        let is_other = |one: &&Held| rivals(first, one) && &first.origin != self.app.member();
        found.iter().find(is_other).map_or_else(|| Ok(first.clone()), |other| Err(several(first, other)))
    }

    /// SHA-256 over the canonical form of a record as the viewer finds it: without what is hidden from the viewer.
    pub(crate) fn digest(&mut self, tx: &mut Tx<'_>, held: &Held) -> Result<Option<Digest>, AppError> {
        let rows = record::of_id(tx, &held.place.id, None, Some(&held.place.version))?;
        let mut rows = rows.into_iter().map(comity_model::Stored::into_inner);
        let Some(row) = rows.find(|row| held.is(row)) else {
            return Ok(None);
        };
        let Some(bytes) = self.look.content(tx, &row)? else { return Ok(None) };
        let object = Object::parse(&bytes, &self.app.limits().stix);
        Ok(object.ok().and_then(|object| canon::digest_of(object.value()).ok()))
    }

    /// A version of a record of which the viewer finds `held`, when it finds that one too.
    pub(crate) fn same(
        &mut self,
        tx: &mut Tx<'_>,
        held: &Held,
        version: &Record,
    ) -> Result<Option<Held>, AppError> {
        let name = (version.key.version.as_str(), version.key.digest);
        if name == (held.place.version.as_str(), held.stored) {
            return Ok(Some(held.clone()));
        }
        // It may be in several collections, under a handling each.
        let rows = record::of_id(tx, &version.key.id, None, Some(&version.key.version))?;
        for row in rows.into_iter().map(comity_model::Stored::into_inner) {
            let is_same = row.key.origin == version.key.origin && row.key.digest == version.key.digest;
            if is_same && row.state == RecordState::Live && self.look.sees(&row) {
                return self.held(tx, row);
            }
        }
        Ok(None)
    }

    fn held(&mut self, tx: &mut Tx<'_>, row: Record) -> Result<Option<Held>, AppError> {
        let Some(bytes) = self.look.content(tx, &row)? else { return Ok(None) };
        let Ok(object) = Object::parse(&bytes, &self.app.limits().stix) else { return Ok(None) };
        let Ok(Some(kind)) = Kind::read(&object) else { return Ok(None) };
        let alias = self.aliases.get(&row.key.collection).unwrap_or(&row.key.collection).clone();
        let (marking, since) = (marking(&row), since(&row));
        Ok(Some(Held {
            place: Place {
                origin: self.force.name_of(&row.key.origin).to_owned(),
                level: row.handling.level_name().to_owned(),
                collection: alias,
                key: external(object.value()),
                id: row.key.id,
                version: row.key.version,
            },
            version_at: row.version_at,
            marking,
            leaf: u64::try_from(row.leaf).ok(),
            since,
            is_own: &row.key.origin == self.app.member(),
            origin: row.key.origin,
            stored: row.key.digest,
            kind,
        }))
    }
}

/// When a record came, as its leaf; what has none yet came last.
fn since(row: &Record) -> u64 {
    u64::try_from(row.leaf).unwrap_or(u64::MAX)
}

/// The marking of a paper in which a record stands: of the record, and of its parts that are marked apart.
fn marking(row: &Record) -> Marking {
    let part = |level: &Option<Tlp>| Marking { level: *level, unmarked: level.is_none(), limited: false };
    row.parts.iter().map(part).fold(whole(&row.handling), Marking::and)
}

/// The marking of a record of this handling, its parts aside.
fn whole(handling: &Handling) -> Marking {
    let is_named = handling.recipients.iter().any(|one| one != &handling.originator);
    Marking {
        level: handling.tlp.filter(|_| !handling.uninterpreted),
        unmarked: handling.uninterpreted || handling.tlp.is_none(),
        limited: is_named
            || !handling.groups.is_empty()
            || !handling.exclusions.is_empty()
            || !handling.inner.is_empty()
            || !handling.purposes.is_empty()
            || handling.code.is_some_and(|code| code != HandlingCode::H0)
            || handling.pap.is_some_and(|pap| pap != Pap::Clear)
            || handling.embargo_until.is_some()
            || handling.end_at.is_some(),
    }
}

/// Whether a record names another one in a property of its JSON form.
fn names(kind: &Kind, path: &str, target: &str) -> bool {
    let value = serde_json::to_value(kind).unwrap_or_default();
    match value.get(path) {
        Some(serde_json::Value::String(one)) => one == target,
        Some(serde_json::Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(target)),
        _ => false,
    }
}

/// The number under which it came from a reading.
fn external(object: &Map<'_>) -> Option<String> {
    let references = object.get("external_references").and_then(Value::as_array)?;
    references.iter().find_map(|one| one.as_object()?.get("external_id")?.as_str().map(str::to_owned))
}

/// A form of a voice in which spellings of one name are equal, as far as the search for names knows them.
pub(crate) fn folded(voice: &str) -> String {
    let keys: Vec<String> = name::keys(voice).into_iter().collect();
    if keys.is_empty() { voice.to_lowercase() } else { keys.join(" ") }
}

/// The claims among these, with their voices.
pub(crate) fn said<'a>(claims: &'a [(&'a Held, &'a Claim)]) -> Vec<Said<'a>> {
    claims.iter().map(|(held, claim)| voiced(&held.place.id, claim)).collect()
}

/// A claim with its voice.
pub(crate) fn voiced<'a>(id: &'a str, claim: &'a Claim) -> Said<'a> {
    Said { id, claim, voice: folded(&lineage::voice(claim)) }
}

/// The claims among these.
pub(crate) fn claims(all: &[Held]) -> Vec<(&Held, &Claim)> {
    all.iter()
        .filter_map(|held| match &held.kind {
            Kind::Claim(claim) => Some((held, claim.as_ref())),
            _ => None,
        })
        .collect()
}

/// Records by their id, to look up what others name.
pub(crate) struct Known<'a>(HashMap<&'a str, Vec<&'a Held>>);

impl<'a> Known<'a> {
    /// The record of an id that a record of `named_by` names.
    pub(crate) fn get(&self, id: &str, named_by: &MemberId) -> Option<&'a Held> {
        self.0
            .get(id)?
            .iter()
            .copied()
            .min_by(|one, other| one.rank(Some(named_by)).cmp(&other.rank(Some(named_by))))
    }
}

/// Records by their id.
pub(crate) fn index(all: &[Held]) -> Known<'_> {
    let mut found: HashMap<&str, Vec<&Held>> = HashMap::with_capacity(all.len());
    for held in all {
        found.entry(held.place.id.as_str()).or_default().push(held);
    }
    Known(found)
}

/// The record of an id among these that a record of `named_by` names.
pub(crate) fn chosen<'a>(all: &'a [Held], id: &str, named_by: &MemberId) -> Option<&'a Held> {
    let of_id = all.iter().filter(|one| one.place.id == id);
    of_id.min_by(|one, other| one.rank(Some(named_by)).cmp(&other.rank(Some(named_by))))
}

/// Words with who says them and through whom they came, for a line.
pub(crate) fn line(words: &Attributed) -> String {
    match words.relayed_by.as_slice() {
        [] => format!("{} ({})", words.text, words.said_by),
        relays => format!("{} ({} via {})", words.text, words.said_by, relays.join(", ")),
    }
}
