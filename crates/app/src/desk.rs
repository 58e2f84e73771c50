//! What the screens of this node's people are made of: the frame around every list, one record with all that is known
//! beside it, and its history.

use std::collections::{BTreeMap, BTreeSet};

use comity_matching::name;
use comity_model::kind::{Kind, Name};
use comity_model::{ApprovalRule, Category, MemberId, Preset, RecordState, Standing, Stored};
use comity_store::tables::{browse as rows, change, collection};
use serde::Serialize;

use crate::dossier::Dossier;
use crate::explain::RecordView;
use crate::force::in_force;
use crate::sheet::{self, Sheet};
use crate::{Actor, App, AppError, Role, dossier, explain, search, subject};

/// Most versions that a history shows.
const HISTORY_MAX: usize = 200;

/// What every screen needs to know of the community and this node: nothing about single records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Frame {
    /// What the community calls itself.
    pub community: String,
    /// Whether it exists for exercises only.
    pub exercise: bool,
    /// Number of the epoch in force.
    pub epoch: i64,
    /// Collections of this node.
    pub collections: Vec<FrameCollection>,
    /// Members of the community.
    pub members: Vec<FrameMember>,
    /// Need-to-know groups: title by name.
    pub groups: BTreeMap<String, String>,
    /// Purposes: title by name.
    pub purposes: BTreeMap<String, String>,
    /// Legal bases: title by name.
    pub legal_bases: BTreeMap<String, String>,
    /// Named handlings to choose from, by name.
    pub presets: BTreeMap<String, Preset>,
    /// Words of the kinds of records.
    pub kinds: Vec<&'static str>,
    /// Categories of persons, by name, in words.
    pub categories: BTreeMap<&'static str, &'static str>,
    /// What needs a second person.
    pub two_person: Vec<ApprovalRule>,
}

/// A collection, as the frame has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FrameCollection {
    /// UUID.
    pub id: String,
    /// Short name for addresses.
    pub alias: String,
    /// Title.
    pub title: String,
}

/// A member, as the frame has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FrameMember {
    /// Its id.
    pub id: MemberId,
    /// Display name.
    pub name: String,
    /// What it is in the community.
    pub standing: Standing,
    /// Whether it takes part now.
    pub active: bool,
    /// Whether it is this node's own.
    pub own: bool,
}

/// A record as its screen shows it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RecordPage {
    /// The record.
    pub sheet: Sheet,
    /// The names in it, as written.
    pub names: Vec<NameLine>,
    /// What this node knows beside it.
    pub dossier: Dossier,
    /// What other members, or other collections, say under the same id: the newest of each, without content.
    pub claims: Vec<RecordView>,
    /// What whoever asks may do with it here, each by a word.
    pub may: Vec<&'static str>,
}

/// A name of a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NameLine {
    /// As written.
    pub value: String,
    /// In Latin letters, where it is in other letters that this node can read. It never takes the place of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latin: Option<String>,
    /// Its script as four letters, where the record says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// What it is to its bearer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<comity_model::kind::NameKind>,
}

/// One version in the history of a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HistoryLine {
    /// Version as written.
    pub version: String,
    /// When it came here.
    pub at: String,
    /// Who brought it in: a user, a key or a peer.
    pub actor: String,
    /// Why it was made, where that is known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The ledger leaf that stands for it.
    pub leaf: i64,
    /// Where it stands.
    pub state: String,
    /// Level in words.
    pub level: String,
    /// Alias of the collection.
    pub collection: String,
}

/// A search of one's own, as it was asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Asked {
    /// Its id.
    pub consultation: String,
    /// The query; a name that was asked for stands in it as `name:"…"`.
    pub query: String,
    /// For which purpose.
    pub purpose: String,
    /// Reference of the case; may be empty.
    pub case: String,
    /// Why, where a reason was asked for; else empty.
    pub reason: String,
    /// When.
    pub at: String,
}

/// What every screen needs to know of the community and this node.
///
/// # Errors
/// Those of the store.
pub fn frame(app: &App) -> Result<Frame, AppError> {
    app.store().read("desk.frame", |tx| {
        let force = in_force(app, tx)?;
        let agreed = &force.agreement;
        let member = |one: &comity_model::Member| FrameMember {
            id: one.id.clone(),
            name: one.name.clone(),
            standing: one.standing,
            active: one.active,
            own: &one.id == app.member(),
        };
        let collections = collection::list(tx)?;
        Ok(Frame {
            community: agreed.title.clone(),
            exercise: agreed.exercise,
            epoch: force.number,
            collections: collections
                .into_iter()
                .map(|one| FrameCollection { id: one.id, alias: one.alias, title: one.title })
                .collect(),
            members: agreed.members.iter().map(member).collect(),
            groups: agreed.groups.clone(),
            purposes: agreed.purposes.iter().map(|(name, of)| (name.clone(), of.title.clone())).collect(),
            legal_bases: agreed.legal_bases.clone(),
            presets: agreed.presets.clone(),
            kinds: Kind::words().collect(),
            categories: CATEGORIES.iter().map(|one| (one.name(), sheet::in_words(*one))).collect(),
            two_person: agreed.two_person.iter().copied().collect(),
        })
    })
}

const CATEGORIES: [Category; 7] = [
    Category::Suspect,
    Category::Convicted,
    Category::FutureOffence,
    Category::Contact,
    Category::Victim,
    Category::Witness,
    Category::CanInform,
];

/// The newest version of the record of this id, or the version that is named.
///
/// # Errors
/// [`AppError::Denied`] without a role that reads; [`AppError::NotFound`] for a record that is not there for whoever asks;
/// [`AppError::Conflict`] for one that waits in triage.
pub fn record(app: &App, actor: &Actor, id: &str, version: Option<&str>) -> Result<RecordPage, AppError> {
    actor.may_read()?;
    let text = named(id, version);
    let sheet = sheet::of(app, &text)?;
    let (is_own, can_be_told) = app.store().read("desk.own", |tx| {
        let force = in_force(app, tx)?;
        let by = force.agreement.members.iter().find(|one| one.name == sheet.view.origin);
        let is_own = by.is_some_and(|one| &one.id == app.member());
        Ok::<_, AppError>((is_own, by.is_some_and(|one| one.active && !one.keys.is_empty())))
    })?;
    let state = RecordState::from_name(&sheet.view.state);
    let mut may = state.map(|state| verbs(actor, is_own, state)).unwrap_or_default();
    let has = |roles: &[Role]| roles.iter().any(|role| actor.roles.contains(role));
    if sheet.kind.is_some() && matches!(state, Some(RecordState::Live | RecordState::Held)) && has(&WRITERS) {
        may.push("link");
    }
    if !is_own && can_be_told && (has(&WRITERS) || has(&[Role::DataProtection])) {
        may.push("dispute");
    }
    Ok(RecordPage {
        names: names(&sheet),
        dossier: dossier::of(app, &text)?,
        claims: claims(app, id, &sheet)?,
        may,
        sheet,
    })
}

/// A record, or one version of it, as the use cases name it.
fn named(id: &str, version: Option<&str>) -> String {
    version.map_or_else(|| id.to_owned(), |version| format!("{id}@{version}"))
}

fn names(sheet: &Sheet) -> Vec<NameLine> {
    let stated: &[Name] = match &sheet.kind {
        Some(Kind::Subject(person)) => &person.names,
        Some(Kind::Group(group)) => &group.names,
        _ => &[],
    };
    if stated.is_empty() && !sheet.view.name.is_empty() {
        let value = sheet.view.name.clone();
        return vec![NameLine { latin: name::latin(&value), value, script: None, kind: None }];
    }
    let line = |one: &Name| NameLine {
        latin: name::latin(&one.value),
        value: one.value.clone(),
        script: Some(one.script.clone()),
        kind: Some(one.name_kind),
    };
    stated.iter().map(line).collect()
}

/// What stands under the same id from others, or in other collections.
fn claims(app: &App, id: &str, sheet: &Sheet) -> Result<Vec<RecordView>, AppError> {
    let mut met = BTreeSet::from([(sheet.view.origin.clone(), sheet.view.collection.clone())]);
    let mut views = explain::show(app, id)?;
    views.retain(|one| {
        one.state != RecordState::Triage.name() && met.insert((one.origin.clone(), one.collection.clone()))
    });
    Ok(views.into_iter().map(|one| RecordView { content: None, ..one }).collect())
}

/// Whose records a verb is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whose {
    Own,
    Others,
    All,
}

/// What may be done with a record: the word, by whom, with whose records, and where they stand.
type Line = (&'static str, &'static [Role], Whose, &'static [RecordState]);

const VERBS: [Line; 12] = {
    use RecordState::{Held, Live, Overdue, Quarantined, Withdrawn};
    use Role::{Analyst, DataProtection, ReleaseOfficer};
    [
        ("publish", &[ReleaseOfficer], Whose::Own, &[Held]),
        // An analyst's new version of what is published is a draft.
        ("edit", &[Analyst, ReleaseOfficer], Whose::Own, &[Live, Held]),
        ("handling", &[ReleaseOfficer], Whose::Own, &[Live]),
        ("withdraw", &[ReleaseOfficer], Whose::Own, &[Live, Held, Quarantined, Overdue]),
        ("recall", &[ReleaseOfficer], Whose::Own, &[Live, Withdrawn, Quarantined, Overdue]),
        ("attach", &[ReleaseOfficer], Whose::Own, &[Live]),
        ("attach", &[Analyst, ReleaseOfficer], Whose::Own, &[Held]),
        ("grade", &[ReleaseOfficer], Whose::Own, &[Live, Held]),
        ("grade", &[Analyst, ReleaseOfficer], Whose::Others, &[Live, Held]),
        ("note", &[Analyst, ReleaseOfficer, DataProtection], Whose::All, HERE),
        ("allege", &[ReleaseOfficer, DataProtection], Whose::All, &[Live, Withdrawn, Quarantined, Overdue]),
        ("erase", &[DataProtection], Whose::All, HERE),
    ]
};

/// Who writes records.
const WRITERS: [Role; 2] = [Role::Analyst, Role::ReleaseOfficer];

/// Where records stand whose content is here.
const HERE: &[RecordState] = &[
    RecordState::Live,
    RecordState::Held,
    RecordState::Withdrawn,
    RecordState::Quarantined,
    RecordState::Overdue,
];

/// What a person may do with a record, by what the person is and where the record stands: no more than the node would
/// then do, leaving aside what is said in the act itself.
#[must_use]
pub fn verbs(actor: &Actor, is_own: bool, state: RecordState) -> Vec<&'static str> {
    let fits = |whose: Whose| match whose {
        Whose::Own => is_own,
        Whose::Others => !is_own,
        Whose::All => true,
    };
    let may = |(_, roles, whose, states): &&Line| {
        fits(*whose) && states.contains(&state) && roles.iter().any(|role| actor.roles.contains(role))
    };
    VERBS.iter().filter(may).map(|(word, ..)| *word).collect()
}

/// The versions of a record from the originator whose newest version its screen shows, the newest first.
///
/// # Errors
/// As for [`record`].
pub fn history(app: &App, actor: &Actor, id: &str) -> Result<Vec<HistoryLine>, AppError> {
    actor.may_read()?;
    app.store().read("desk.history", |tx| {
        let newest = subject::newest(app, tx, id)?;
        let all = subject::all(app, tx, &newest.key.id)?.into_iter().map(Stored::into_inner);
        let of_it = all.filter(|one| one.key.origin == newest.key.origin && one.state != RecordState::Triage);
        let mut lines = Vec::new();
        for one in of_it.take(HISTORY_MAX) {
            let place = (one.key.collection.as_str(), one.seq);
            lines.push(HistoryLine {
                at: rows::came(tx, place.0, place.1)?.unwrap_or(one.added_at).to_string(),
                reason: change::of(tx, place.0, place.1)?.map(|change| change.reason),
                collection: collection::find(tx, place.0)?.map_or_else(String::new, |of| of.alias),
                level: one.handling.level_name().to_owned(),
                state: one.state.name().to_owned(),
                version: one.key.version,
                actor: one.actor,
                leaf: one.leaf,
            });
        }
        Ok(lines)
    })
}

/// A search of this person's own, as it was asked.
///
/// # Errors
/// As for [`search::asked`].
pub fn asked(app: &App, actor: &Actor, consultation: &str) -> Result<Asked, AppError> {
    let view = search::asked(app, actor, consultation)?;
    Ok(Asked {
        consultation: view.id,
        query: view.query,
        purpose: view.purpose,
        case: view.case,
        reason: view.reason,
        at: view.at,
    })
}
