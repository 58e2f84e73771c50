//! Correcting a record of one's own: a new version made from the object, so that what nobody here understands stays in
//! it, with what was stated beside the old version unless something else is said.

use comity_ledger::commitment;
use comity_model::kind::{Dropped, Fault, Kind};
use comity_model::stix::diff::{self, Difference};
use comity_model::stix::{Digest, Object, Timestamp, Tlp, new_version};
use comity_model::{Category, Handling, MemberId, Micros, Record, RecordState, SignedEnvelope, Stated};
use comity_store::Tx;
use comity_store::tables::{change as rows, record, review};
use serde::Serialize;

use crate::admit::Admitted;
use crate::compose::statement::StatementText;
use crate::compose::{Author, Entry, Made, Said, Written, form, judge, malformed, write};
use crate::council::figure::Counting;
use crate::import::Input;
use crate::look::Look;
use crate::{Actor, App, AppError, access, journal, subject, withdraw};

mod compared;
mod hidden;
mod holders;
mod looked;
mod next;

pub use compared::{Compared, compare};
use hidden::Kept;
pub use looked::{Looked, got, look};

/// Longest reason for a change, in characters.
const REASON_CHARACTERS: usize = 2_000;

/// What is to be different about a record.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// RECORD: a STIX id, or `id@version` of the newest version.
    pub record: String,
    /// The whole JSON form anew.
    pub form: Option<serde_json::Value>,
    /// Paths of the form with their new values, as typed.
    pub set: Vec<(String, String)>,
    /// Paths to remove.
    pub unset: Vec<String>,
    /// Another category of a person; what it does not allow is dropped.
    pub category: Option<Category>,
    /// What is stated otherwise than before.
    pub statement: StatementText,
    /// Why; kept on this node with the version.
    pub reason: String,
    /// Keep the new version back until somebody publishes it. That of a draft is a draft in any case.
    pub draft: bool,
}

/// A change that was made, or would be.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Edited {
    /// STIX id.
    pub id: String,
    /// The version that it starts from.
    pub from: String,
    /// The version that it makes.
    pub to: String,
    /// The difference, property by property.
    pub differences: Vec<Difference>,
    /// What the new category does not allow, and was dropped.
    pub dropped: Vec<Dropped>,
    /// What became of it in each collection that holds the record; empty for a preview.
    pub entries: Vec<Entry>,
    /// Members that hold an older version and do not get this one.
    pub left_behind: Vec<String>,
}

/// Why a version is made, for the door.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// The version from which the new one starts.
    from: String,
    reason: String,
    recategorised: Option<(Category, Category, Vec<Dropped>)>,
    was: Handling,
}

impl Change {
    /// How the version is handled from which the new one starts.
    pub(crate) fn was(&self) -> &Handling {
        &self.was
    }

    /// Refuses what was made from a version that is not the newest one any more when it is written: what somebody else
    /// corrected meanwhile would be undone.
    pub(crate) fn check(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        (collection, origin, id): (&str, &MemberId, &str),
    ) -> Result<(), AppError> {
        let mut look = Look::new(app, tx)?;
        let all = record::of_id(tx, id, Some(collection), None)?.into_iter();
        let in_use = |one: &Record| matches!(one.state, RecordState::Live | RecordState::Held);
        let newest = all
            .map(comity_model::Stored::into_inner)
            .filter(|one| &one.key.origin == origin && in_use(one) && look.sees(one))
            .max_by_key(|one| (one.version_at, one.seq));
        match newest {
            Some(newest) if newest.key.version == self.from => Ok(()),
            Some(newest) => Err(newer(&newest)),
            None => Err(not_in_use(id)),
        }
    }

    /// Keeps the reason with each version that was written, and notes the change in the ledger, which gets a salted
    /// commitment to the reason and never its words.
    pub(crate) fn note(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        actor: &Actor,
        collection: &str,
        outcomes: &[Admitted],
    ) -> Result<(), AppError> {
        for outcome in outcomes {
            let (Admitted::Accepted(seq) | Admitted::Held(seq)) = outcome else { continue };
            let row =
                rows::Change { actor: actor.name.clone(), reason: self.reason.clone(), at_us: app.now().0 };
            rows::add(tx, collection, *seq, &row)?;
            let Some(stored) = record::numbered(tx, collection, *seq)? else { continue };
            let digest = stored.peek().key.digest.0;
            let salt = record::salt(tx, collection, *seq)?.unwrap_or_default();
            let reason = commitment(&salt, &Digest::of(self.reason.as_bytes()).0);
            let leaf = journal::leaf(app, "record.changed", &actor.name)
                .object(commitment(&salt, &digest))
                .detail("reason", &reason.to_string());
            let mut leaves = vec![leaf];
            if let Some((from, to, dropped)) = &self.recategorised {
                let names: Vec<&str> = dropped.iter().map(|one| one.field.name()).collect();
                leaves.push(
                    journal::leaf(app, "category.changed", &actor.name)
                        .object(commitment(&salt, &digest))
                        .detail("from", from.name())
                        .detail("to", to.name())
                        .detail("dropped", &names.join(" ")),
                );
            }
            journal::append(app, tx, leaves)?;
            if let Admitted::Accepted(_) = outcome {
                withdraw::of_other_category(app, tx, stored.peek(), &actor.name)?;
            }
        }
        Ok(())
    }
}

/// The outcome of a change: made (or previewed), or refused with every fault.
pub type Outcome = Result<Edited, Vec<Fault>>;

/// Makes a new version of a record of one's own member.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record; [`AppError::Denied`] for another member's record, or without the role;
/// [`AppError::Conflict`] when the record was withdrawn, is not the newest version, or would stay as it is;
/// [`AppError::Invalid`] without a reason or for a word that the agreement does not know.
pub fn run(app: &App, actor: &Actor, edit: &Edit) -> Result<Outcome, AppError> {
    run_counted(app, actor, edit, None)
}

/// The same of a figure, with what it counts now; none for a version that says what has happened since.
pub(crate) fn run_counted(
    app: &App,
    actor: &Actor,
    edit: &Edit,
    counting: Option<&Counting>,
) -> Result<Outcome, AppError> {
    let reason = checked_reason(&edit.reason)?;
    let prepared = match prepare(app, Author::Person(actor), None, edit)? {
        Ok(prepared) => prepared,
        Err(faults) => return Ok(Err(faults)),
    };
    finish(app, Author::Person(actor), (prepared, counting), reason)
}

/// What a change would do; nothing is stored.
///
/// # Errors
/// As for [`run`].
pub fn preview(app: &App, actor: &Actor, edit: &Edit) -> Result<Outcome, AppError> {
    actor.may_read()?;
    Ok(prepare(app, Author::Person(actor), None, edit)?.map(|prepared| prepared.edited))
}

/// Makes a new version of a record that a key's member brought into a collection.
///
/// # Errors
/// As for [`run`]; [`AppError::NotFound`] when this member has no such record there.
pub fn by_key(app: &App, author: Author<'_>, collection: &str, edit: &Edit) -> Result<Outcome, AppError> {
    let reason = checked_reason(&edit.reason)?;
    let app = &author.view(app)?;
    match prepare(app, author, Some(collection), edit)? {
        Ok(prepared) => finish(app, author, (prepared, None), reason),
        Err(faults) => Ok(Err(faults)),
    }
}

fn checked_reason(text: &str) -> Result<String, AppError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AppError::invalid("reason", "say why the record is changed"));
    }
    if text.chars().count() > REASON_CHARACTERS {
        return Err(AppError::invalid("reason", format!("at most {REASON_CHARACTERS} characters")));
    }
    Ok(text.to_owned())
}

struct Prepared {
    edited: Edited,
    made: Made,
    /// The new version as its writer finds it, without references to what is hidden from the writer.
    told: Vec<u8>,
    collections: Vec<String>,
    held: bool,
    was: Handling,
    recategorised: Option<(Category, Category, Vec<Dropped>)>,
}

fn finish(
    app: &App,
    author: Author<'_>,
    (prepared, counting): (Prepared, Option<&Counting>),
    reason: String,
) -> Result<Outcome, AppError> {
    let Prepared { mut edited, made, collections, held, was, recategorised, .. } = prepared;
    let change = Change { from: edited.from.clone(), reason, recategorised, was };
    let actor = author.actor();
    for collection in &collections {
        let input = Input {
            key: author.key(),
            change: Some(&change),
            counting,
            ..made.stated.input(collection, held)
        };
        match write(app, &actor, &input, &made)? {
            Entry::Refused(faults) if edited.entries.is_empty() => return Ok(Err(faults)),
            Entry::Written(written) => {
                // People know it by its alias.
                let named =
                    app.store().read("edit.alias", |tx| crate::collection::find(tx, collection))?.alias;
                edited.entries.push(Entry::Written(Written { collection: named, ..written }));
            }
            refused => edited.entries.push(refused),
        }
    }
    if let Author::Person(actor) = author {
        edited.left_behind = holders::left_behind(app, &actor.member, (&edited.id, &edited.to))?;
    }
    Ok(Ok(edited))
}

fn prepare(
    app: &App,
    author: Author<'_>,
    collection: Option<&str>,
    edit: &Edit,
) -> Result<Result<Prepared, Vec<Fault>>, AppError> {
    let member = author.actor().member;
    let (found, kept, collections, due) = app.store().read("edit.find", |tx| {
        let (found, collections) = find(app, tx, author, collection, &edit.record)?;
        let kept = Kept::of(app, tx, &found)?;
        let due = review::of(tx, &found.key.collection, found.seq)?.map(|due| due.due_at);
        Ok::<_, AppError>((found, kept, collections, due))
    })?;
    let object = kept.seen(app)?;
    let target = match target(&object, edit) {
        Ok(target) => target,
        Err(faults) => return Ok(Err(faults)),
    };
    let said = restated(app, (&found, due), &target, &edit.statement)?;
    if let Some(kind) = &target.kind {
        let mut faults = kind.check();
        faults.extend(judge(app, &member, kind, &said)?);
        if !faults.is_empty() {
            return Ok(Err(faults));
        }
    }
    let level = edit.statement.tlp.as_ref().and(said.release.tlp);
    let next = match next_version(app, (&found, &kept), &object, (&target, level))? {
        Ok(next) => next,
        Err(faults) => return Ok(Err(faults)),
    };
    let Next { bytes, told, version, differences } = next;
    let edited = Edited {
        id: found.key.id.clone(),
        from: found.key.version.clone(),
        to: version.clone(),
        differences,
        dropped: target.recategorised.as_ref().map(|(_, _, dropped)| dropped.clone()).unwrap_or_default(),
        entries: Vec::new(),
        left_behind: Vec::new(),
    };
    let kind = target.kind.map_or_else(|| found.kind.clone(), |kind| kind.word().to_owned());
    let made = Made { kind, id: found.key.id.clone(), version, bytes, stated: said };
    let held = edit.draft || found.state == RecordState::Held;
    let was = (*found.handling).clone();
    Ok(Ok(Prepared { edited, made, told, collections, held, was, recategorised: target.recategorised }))
}

/// The next version: as it is stored, and as its writer finds it.
struct Next {
    bytes: Vec<u8>,
    told: Vec<u8>,
    version: String,
    differences: Vec<Difference>,
}

/// Makes the next version out of what the writer finds, with what is hidden from the writer left as it is.
fn next_version(
    app: &App,
    (found, kept): (&Record, &Kept),
    object: &Object<'_>,
    (target, level): (&Target, Option<Tlp>),
) -> Result<Result<Next, Vec<Fault>>, AppError> {
    let wanted = match next::wanted(object, target, level) {
        Ok(wanted) => wanted,
        Err(faults) => return Ok(Err(faults)),
    };
    let changes = next::changes(object, wanted.clone());
    if changes.is_empty() {
        return Err(AppError::Conflict(format!("{} says so already", found.key.id)));
    }
    let at = Timestamp::from_micros(app.now().0);
    let told = match new_version(object, &changes, &at) {
        Ok(told) => told,
        Err(error) => return Ok(Err(vec![malformed("", error.to_string())])),
    };
    let whole = kept.with_hidden(app, object, &wanted, &at)?;
    let told = Object::from_value(told).map_err(|error| AppError::Internal(error.to_string()))?;
    let written = |value| serde_json::to_vec(value).map_err(|error| AppError::Internal(error.to_string()));
    let told_bytes = written(told.value())?;
    Ok(Ok(Next {
        bytes: whole.unwrap_or_else(|| told_bytes.clone()),
        version: told.version().map(|at| at.as_str().to_owned()).unwrap_or_default(),
        differences: diff::objects(object.value(), told.value()),
        told: told_bytes,
    }))
}

/// The version that is changed, and the collections that hold it.
fn find(
    app: &App,
    tx: &mut Tx<'_>,
    author: Author<'_>,
    collection: Option<&str>,
    text: &str,
) -> Result<(Record, Vec<String>), AppError> {
    let (id, version) = text.split_once('@').map_or((text, None), |(id, version)| (id, Some(version)));
    let own: Vec<Record> = match (author, collection) {
        (Author::Key(reader), Some(collection)) => {
            let into = access::to_write(app, tx, reader, collection)?.id;
            let all = record::of_id(tx, id, Some(&into), None)?;
            let all: Vec<Record> = all.into_iter().map(comity_model::Stored::into_inner).collect();
            let mut look = Look::new(app, tx)?;
            let own: Vec<Record> =
                all.into_iter().filter(|one| one.key.origin == reader.member && look.sees(one)).collect();
            if own.is_empty() {
                return Err(access::no_object());
            }
            own
        }
        _ => subject::own(app, tx, id, "correct it")?,
    };
    let newest = own
        .iter()
        .filter(|one| matches!(one.state, RecordState::Live | RecordState::Held))
        .max_by_key(|one| (one.version_at, one.seq))
        .ok_or_else(|| not_in_use(id))?;
    if version.is_some_and(|version| version != newest.key.version) {
        return Err(newer(newest));
    }
    let collections = own
        .iter()
        .filter(|one| one.key.version == newest.key.version && one.key.digest == newest.key.digest)
        .filter(|one| one.state == newest.state)
        .map(|one| one.key.collection.clone())
        .collect();
    Ok((newest.clone(), collections))
}

fn newer(newest: &Record) -> AppError {
    let (id, version) = (&newest.key.id, &newest.key.version);
    AppError::Conflict(format!("there is a newer version, {id}@{version}: correct that one"))
}

fn not_in_use(id: &str) -> AppError {
    AppError::Conflict(format!("{id} is not in use any more: enter it anew"))
}

/// What the record is to say.
struct Target {
    /// The record, if it is of a kind.
    kind: Option<Kind>,
    /// The same before the change.
    before: Option<Kind>,
    /// The properties of an object that is of no kind.
    plain: Option<serde_json::Value>,
    recategorised: Option<(Category, Category, Vec<Dropped>)>,
}

fn target(object: &Object<'_>, edit: &Edit) -> Result<Target, Vec<Fault>> {
    let before = Kind::read(object)?;
    let Some(kind) = before else {
        return plain(object, edit);
    };
    let named = edit.set.iter().find(|(path, _)| path == "category").map(|(_, text)| text.clone());
    let filed = edit.form.as_ref().and_then(|form| form.get("category")?.as_str().map(str::to_owned));
    let category = match (edit.category, named.or(filed)) {
        (Some(category), _) => Some(category),
        (None, Some(word)) => {
            let read = serde_json::from_value(serde_json::Value::String(word));
            Some(read.map_err(|error| vec![malformed("category", error.to_string())])?)
        }
        (None, None) => None,
    };
    let mut recategorised = None;
    let start = match (&kind, category) {
        (Kind::Subject(subject), Some(to)) if subject.category != to => {
            let (changed, dropped) = subject.recategorised(to);
            recategorised = Some((subject.category, to, dropped));
            Kind::Subject(Box::new(changed))
        }
        (Kind::Subject(_), _) | (_, None) => kind.clone(),
        _ => {
            let message = "only a person has a category of its own; change what is stated beside the record";
            return Err(vec![malformed("category", message)]);
        }
    };
    let mut value = match &edit.form {
        Some(form) => form.clone(),
        None => serde_json::to_value(&start).map_err(|error| vec![malformed("", error.to_string())])?,
    };
    change(&mut value, edit)?;
    let next = Kind::from_json(&value.to_string())?;
    if next.word() != kind.word() {
        let message = format!("a {} does not become a {}: enter another record", kind.word(), next.word());
        return Err(vec![malformed("kind", message)]);
    }
    Ok(Target { kind: Some(next), before: Some(kind), plain: None, recategorised })
}

fn plain(object: &Object<'_>, edit: &Edit) -> Result<Target, Vec<Fault>> {
    if edit.form.as_ref().is_some_and(|form| form.get("kind").is_some()) {
        return Err(vec![malformed("kind", "the object is of no kind, and does not become one")]);
    }
    let mut value = match &edit.form {
        Some(form) => form.clone(),
        None => {
            serde_json::to_value(object.value()).map_err(|error| vec![malformed("", error.to_string())])?
        }
    };
    change(&mut value, edit)?;
    Ok(Target { kind: None, before: None, plain: Some(value), recategorised: None })
}

fn change(value: &mut serde_json::Value, edit: &Edit) -> Result<(), Vec<Fault>> {
    for (path, text) in &edit.set {
        form::set(value, path, text).map_err(|why| vec![malformed(path, why)])?;
    }
    for path in &edit.unset {
        form::unset(value, path).map_err(|why| vec![malformed(path, why)])?;
    }
    Ok(())
}

/// What is stated beside the new version: as before, but for what is said otherwise.
fn restated(
    app: &App,
    (found, due): (&Record, Option<Micros>),
    target: &Target,
    text: &StatementText,
) -> Result<Said, AppError> {
    let old = SignedEnvelope::from_json(&found.envelope)?.envelope;
    let mut said = Said::read(app, text)?;
    let before = stated_of(&found.handling);
    let now = &mut said.release;
    now.tlp = now.tlp.or(before.tlp);
    now.code = now.code.or(before.code);
    now.pap = now.pap.or(before.pap);
    now.category = now.category.or(before.category);
    now.embargo_until = now.embargo_until.or(before.embargo_until);
    now.end_at = now.end_at.or(before.end_at);
    now.onward |= before.onward;
    now.personal |= before.personal;
    if let Some(Kind::Subject(subject)) = &target.kind {
        now.category = Some(subject.category);
    }
    for (next, old) in
        [(&mut now.to, before.to), (&mut now.exclude, before.exclude), (&mut now.delegates, before.delegates)]
    {
        if next.is_empty() {
            *next = old;
        }
    }
    for (next, old) in [
        (&mut now.groups, before.groups),
        (&mut now.purposes, before.purposes),
        (&mut now.inner, before.inner),
    ] {
        if next.is_empty() {
            *next = old;
        }
    }
    now.flags.extend(before.flags);
    now.refugee_from.extend(before.refugee_from);
    now.iep = now.iep.take().or(before.iep);
    said.purpose = said.purpose.or(old.purpose);
    said.legal_basis = said.legal_basis.or(old.legal_basis);
    said.review_at = review_date(said.review_at, old.review_at, due)?;
    // The envelope does not say how long a decision lasts; what it let pass once passes again.
    said.decision_until = said.decision_until.or(old.review_at);
    said.grading = said.grading.or(old.grading);
    said.priority = said.priority.or(old.labels.priority);
    said.classified = said.classified.or(old.labels.classification);
    Ok(said)
}

/// When the new version is to be reviewed: when the old one was, or earlier. A correction keeps nothing longer.
fn review_date(
    said: Option<Micros>,
    old: Option<Micros>,
    due: Option<Micros>,
) -> Result<Option<Micros>, AppError> {
    let Some(last) = [old, due].into_iter().flatten().min() else { return Ok(said) };
    match said {
        Some(said) if said > last => Err(AppError::invalid(
            "review_at",
            format!("it is due at {last}, and a correction keeps it no longer: use `comity review extend`"),
        )),
        Some(said) => Ok(Some(said)),
        None => Ok(Some(last)),
    }
}

fn stated_of(handling: &comity_model::Handling) -> Stated {
    let others = |member: &&MemberId| **member != handling.originator;
    Stated {
        tlp: handling.tlp,
        code: handling.code,
        pap: handling.pap,
        to: handling.recipients.iter().filter(others).cloned().collect(),
        groups: handling.groups.clone(),
        exclude: handling.exclusions.clone(),
        delegates: handling.delegates.clone(),
        purposes: handling.purposes.clone(),
        embargo_until: handling.embargo_until,
        end_at: handling.end_at,
        onward: handling.onward,
        personal: handling.personal,
        category: handling.category,
        flags: handling.flags.clone(),
        iep: handling.iep.clone(),
        inner: handling.inner.clone(),
        refugee_from: handling.refugee_from.clone(),
    }
}
