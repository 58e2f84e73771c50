//! `council import`: a reading of sources becomes records, all or none.
//!
//! Ids are made of the keys of the reading, so that it can come again: what did not change stays, what did becomes a new
//! version. The editor of the reading is the author of its records; speakers and publishers are data in them.

use std::collections::BTreeMap;

use comity_model::council::fair;
use comity_model::kind::{Context, Kind};
use comity_model::stix::{Digest, Id, Map, Object, Timestamp, Tlp, Value, canon};
use comity_model::{MemberId, Micros, Stated};
use comity_store::Tx;
use comity_store::tables::record;
use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;

use super::gather;
use super::mapping::{self, Row};
use super::reading::{self, Reading, refused};
use crate::force::in_force;
use crate::import::{Input, whole};
use crate::proposal::ProposalView;
use crate::{Actor, App, AppError, journal};

/// Why wording of the sources stays that names a community as such.
const REASON: &str = "words of the named sources";
/// What the records name as where their key comes from.
const SOURCE_NAME: &str = "council reading";

/// A reading, and how it comes in.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Collection: id, alias or title.
    pub collection: &'a str,
    /// Who wrote the reading; none for the own member.
    pub editor: Option<&'a str>,
    /// The reading as text.
    pub text: &'a str,
    /// Say what would come in, and bring in nothing.
    pub dry_run: bool,
}

/// What became of a reading.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Imported {
    /// How many records of which kind it holds.
    pub records: BTreeMap<&'static str, usize>,
    /// How many of them were not here.
    pub new: usize,
    /// How many were here otherwise, and got a new version.
    pub changed: usize,
    /// How many were here like that.
    pub unchanged: usize,
    /// What the reading holds that no record takes.
    pub not_taken: Vec<String>,
    /// What deserves a look.
    pub warnings: Vec<String>,
    /// What waits for a second person.
    pub proposals: Vec<ProposalView>,
    /// Whether nothing was brought in because only that was asked.
    pub dry_run: bool,
}

/// Brings a reading in as published records for everybody (TLP:CLEAR).
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::Limit`] over 4 MiB or 10,000 rows;
/// [`AppError::Invalid`] with the place for whatever is wrong in the reading: then nothing of it is brought in.
pub fn run(app: &App, actor: &Actor, wish: &Wish<'_>) -> Result<Imported, AppError> {
    actor.require(&[crate::Role::ReleaseOfficer], "bring in a reading")?;
    let reading = reading::read(wish.text)?;
    if let Some(marking) = reading.marking.as_ref().filter(|marking| !marking.starts_with("TLP:CLEAR")) {
        let why = format!("this was published: it stays TLP:CLEAR, and `{marking}` is not taken");
        return Err(refused("marking", &why));
    }
    // One name in two forms of one letter is one name.
    let editor: Option<String> = wish.editor.map(|name| name.trim().nfc().collect());
    let author = author(app, editor.as_deref(), &reading)?;
    let rows = mapping::rows(&reading, editor.as_deref().unwrap_or(app.member_name()))?;
    let mut imported = Imported { dry_run: wish.dry_run, ..Imported::default() };
    for row in &rows {
        *imported.records.entry(row.kind.word()).or_default() += 1;
    }
    fairness(&rows, &mut imported)?;
    imported.not_taken = not_taken(&reading);
    let objects = app.store().read("council.import", |tx| {
        crate::collection::find(tx, wish.collection)?;
        let mut objects = Vec::with_capacity(rows.len() + 1);
        objects.extend(editor_object(app, tx, &author, editor.as_deref())?);
        for row in &rows {
            objects.extend(object(app, tx, row, &author, &mut imported)?);
        }
        Ok::<_, AppError>(objects)
    })?;
    if objects.is_empty() {
        return Ok(imported);
    }
    let (places, texts): (Vec<&str>, Vec<String>) = objects.into_iter().unzip();
    let bundle = format!(
        "{{\"type\":\"bundle\",\"id\":\"bundle--{}\",\"objects\":[{}]}}",
        app.random_uuid(),
        texts.join(",")
    );
    let input = Input {
        collection: wish.collection,
        name: "the reading",
        stated: Stated { tlp: Some(Tlp::Clear), ..Stated::default() },
        reason: Some(REASON.into()),
        ..Input::default()
    };
    let judged = whole::judge(app, actor, &input, bundle.as_bytes())?;
    if let Some(first) = judged.refusal() {
        return Err(refused(places.get(first.index).unwrap_or(&"the reading"), &first.reason));
    }
    if wish.dry_run {
        return Ok(imported);
    }
    let summary = whole::write(app, actor, &input, judged, |tx| {
        let leaf = journal::leaf(app, "council.imported", &actor.name).count(rows.len() as u64);
        journal::append(app, tx, vec![leaf]).map(drop)
    })?;
    imported.proposals = summary.proposals;
    Ok(imported)
}

/// Who the records are by: the editor, who is neither a member nor a speaker.
fn author(app: &App, editor: Option<&str>, reading: &Reading) -> Result<MemberId, AppError> {
    let Some(editor) = editor else { return Ok(app.member().clone()) };
    let folded = gather::folded(editor);
    let force = app.store().read("council.import.editor", |tx| in_force(app, tx))?;
    let is_member = force.agreement.members.iter().any(|member| gather::folded(&member.name) == folded);
    let speakers = reading.claims.iter().filter_map(|claim| claim.speaker.as_deref());
    let is_speaker = speakers.into_iter().any(|speaker| gather::folded(speaker) == folded);
    if is_member || is_speaker || editor.is_empty() {
        let why = "speakers and members are data: name an editor that is neither, or leave it out";
        return Err(AppError::invalid("--editor", why));
    }
    let id = mapping::id_text("identity", editor);
    id.parse().map_err(|error| AppError::Internal(format!("{id}: {error}")))
}

/// One voice does not contest itself, and remarks go by one rule for all.
fn fairness(rows: &[Row], imported: &mut Imported) -> Result<(), AppError> {
    let said: Vec<comity_model::council::lineage::Said<'_>> = rows
        .iter()
        .filter_map(|row| match &row.kind {
            Kind::Claim(claim) => Some(gather::voiced(row.id.as_str(), claim)),
            _ => None,
        })
        .collect();
    let key = |id: &str| rows.iter().find(|row| row.id.as_str() == id).map(|row| (&row.key, &row.place));
    if let Some((one, other)) = fair::one_voice_contests_itself(&said).first() {
        let (place, other) = (key(one).map(|(_, place)| place), key(other).map(|(key, _)| key));
        let why = "one voice does not contest itself: leave it out, or make it a note";
        let place = format!("{}.contested_by", place.map_or("claims", String::as_str));
        return Err(refused(&place, &format!("{}: {why}", other.map_or("claim", String::as_str))));
    }
    for (voice, (with, all)) in fair::remarks_by_two_rules(&said) {
        imported.warnings.push(format!(
            "the remark on evidence goes by one rule for all: of {voice} {with} of {all} judgements have it"
        ));
    }
    Ok(())
}

/// What of the reading no record takes.
fn not_taken(reading: &Reading) -> Vec<String> {
    let count = reading.claims.iter().filter(|claim| !claim.conflicts_with.is_empty()).count();
    let text = format!(
        "conflicts_with of {count} claims: it names statements of one voice too; what differs stands in the conflict sets, \
         what is contested in contested_by"
    );
    if count == 0 { Vec::new() } else { vec![text] }
}

/// The identity of the editor with its place, unless it is here.
fn editor_object(
    app: &App,
    tx: &mut Tx<'_>,
    author: &MemberId,
    editor: Option<&str>,
) -> Result<Option<(&'static str, String)>, AppError> {
    let Some(name) = editor else { return Ok(None) };
    if let Some(known) = known(app, tx, author.as_str())? {
        if known.name.as_deref() != Some(name) {
            let other = known.name.unwrap_or_default();
            return Err(refused("--editor", &format!("{author} is `{other}` here: an editor is one author")));
        }
        return Ok(None);
    }
    let now = Timestamp::from_micros(app.now().0);
    let object = serde_json::json!({
        "type": "identity", "spec_version": "2.1", "id": author.as_str(), "created_by_ref": author.as_str(),
        "created": now.as_str(), "modified": now.as_str(), "name": name, "identity_class": "group",
        "description": "Wrote these records from public reports. Speakers and publishers are data in them, never authors.",
        "object_marking_refs": [Tlp::Clear.marking_id()],
    });
    Ok(Some(("--editor", object.to_string())))
}

/// The object of a row with its place, unless it is here like that.
fn object<'a>(
    app: &App,
    tx: &mut Tx<'_>,
    row: &'a Row,
    author: &MemberId,
    imported: &mut Imported,
) -> Result<Option<(&'a str, String)>, AppError> {
    let before = known(app, tx, row.id.as_str())?;
    let now = Timestamp::from_micros(app.now().0);
    if let Some(before) = before {
        let same = written(row, author, (&before.created, &before.modified))?;
        if canon::digest_of(&same).ok() == Some(before.digest) {
            imported.unchanged += 1;
            return Ok(None);
        }
        imported.changed += 1;
        let next = Timestamp::from_micros(app.now().0.max(before.version_at.0.saturating_add(1_000)));
        return text(row, author, (&before.created, &next)).map(Some);
    }
    imported.new += 1;
    text(row, author, (&now, &now)).map(Some)
}

fn text<'a>(
    row: &'a Row,
    author: &MemberId,
    times: (&Timestamp, &Timestamp),
) -> Result<(&'a str, String), AppError> {
    let map = written(row, author, times)?;
    let text = serde_json::to_string(&map).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok((&row.place, text))
}

/// The object of a row, with the key under which it came.
fn written(
    row: &Row,
    author: &MemberId,
    (created, modified): (&Timestamp, &Timestamp),
) -> Result<Map<'static>, AppError> {
    let context = Context {
        id: row.id.clone(),
        created: created.clone(),
        modified: modified.clone(),
        created_by: author.clone(),
        markings: Id::parse(Tlp::Clear.marking_id()).into_iter().collect(),
        language: row.language.clone(),
    };
    let object = row.kind.write(&context).map_err(|faults| {
        let told: Vec<String> =
            faults.iter().take(3).map(|fault| format!("{}: {}", fault.path, fault.message)).collect();
        refused(&row.place, &told.join("; "))
    })?;
    let Value::Object(mut map) = object else {
        return Err(AppError::Internal("a record is an object".into()));
    };
    let mut reference = Map::new();
    reference.insert("source_name", Value::String(SOURCE_NAME.into()));
    reference.insert("external_id", Value::String(row.key.clone().into()));
    map.insert("external_references", Value::Array(vec![Value::Object(reference)]));
    Ok(map)
}

/// The newest version of a record that is here.
struct Before {
    version_at: Micros,
    created: Timestamp,
    modified: Timestamp,
    digest: Digest,
    name: Option<String>,
}

/// The newest version of the own member's record, if there is one.
fn known(app: &App, tx: &mut Tx<'_>, id: &str) -> Result<Option<Before>, AppError> {
    let own =
        record::of_id(tx, id, None, None)?.into_iter().find(|one| &one.peek().key.origin == app.member());
    let Some(own) = own.map(comity_model::Stored::into_inner) else { return Ok(None) };
    let Some(bytes) = record::content(tx, &own.key, &[])? else { return Ok(None) };
    let Ok(object) = Object::parse(&bytes, &app.limits().stix) else { return Ok(None) };
    let (Some(created), Some(modified)) = (object.created(), object.version()) else { return Ok(None) };
    let name = object.name().map(str::to_owned);
    Ok(Some(Before { version_at: own.version_at, created, modified, digest: own.key.digest, name }))
}
