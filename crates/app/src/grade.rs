//! Grading: a member grades its own records in their signed envelopes; of another's record it keeps a grade beside the
//! provider's, and returns it to the provider when it differs. Neither replaces the other, and no grade is converted from
//! one scale to the other.

use comity_ledger::commitment;
use comity_model::stix::{Id, Tlp};
use comity_model::supplement::ReturnedGrade;
use comity_model::{
    Flag, Grading, Gradings, Handling, MemberId, Micros, Record, RecordState, SignedEnvelope, Stored,
    Supplement,
};
use comity_store::tables::{life, lookup, record};
use comity_store::{StoreError, Tx};
use serde::Serialize;

use crate::admit::{Batch, Restated, Statement, restate_as, sign};
use crate::force::{InForce, in_force};
use crate::look::{self, Look};
use crate::proposal::ProposalView;
use crate::supplement::{self, New};
use crate::{Actor, App, AppError, Role, allegation, journal, letter, subject};

/// Most returned grades that are read of one record.
const RETURNED_MAX: usize = 1_000;
/// Most notes of this node's own member that are read to find the one that returned a grade.
const OWN_MAX: i64 = 1_000;

/// What became of a grade.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Graded {
    /// STIX id of the record.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The grade in words.
    pub grade: String,
    /// Display name of the provider.
    pub provider: String,
    /// Whether the record is this member's own.
    pub own: bool,
    /// STIX id of the note that returns the grade to the provider; none when nothing goes back.
    pub returned: Option<String>,
    /// What waits for a second person before it goes back.
    pub pending: Option<ProposalView>,
}

/// Grades a record. One's own gets a new revision of its envelope; of another's the grade is kept beside the provider's,
/// and goes back to the provider when it is another one.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst (release officer for one's own record); [`AppError::Invalid`] for a
/// grade that is not on the scale; [`AppError::Conflict`] when the record is graded so already, is not in use, or
/// ill-treatment is alleged and the grade says more than that it cannot be judged.
pub fn give(
    app: &App,
    actor: &Actor,
    text: &str,
    grading: &Grading,
    reason: &str,
) -> Result<Graded, AppError> {
    actor.require(&[Role::Analyst, Role::ReleaseOfficer], "grade records")?;
    let grading = grading.clone().checked()?;
    let reason = match reason.trim() {
        "" => String::new(),
        some => supplement::reason(some, "--reason")?,
    };
    app.store().write("grade.give", |tx| {
        let force = in_force(app, tx)?;
        let found = subject::newest(app, tx, text)?;
        if !matches!(found.state, RecordState::Live | RecordState::Held) {
            let why = match allegation::about(app, tx, &force, &found)? {
                Some(alleged) => format!(": {alleged}; until that is settled nothing of it can be judged"),
                None => String::new(),
            };
            return Err(AppError::Conflict(format!("{} is {}{why}", found.key.id, found.state.name())));
        }
        let mut done = Graded {
            id: found.key.id.clone(),
            version: found.key.version.clone(),
            grade: words(&grading),
            provider: force.name_of(&found.key.origin).to_owned(),
            own: &found.key.origin == app.member(),
            returned: None,
            pending: None,
        };
        if done.own {
            actor.require(&[Role::ReleaseOfficer], "restate the grade of an own record")?;
            own(app, tx, &force, actor, &found, &grading)?;
        } else if let Some(written) = others(app, tx, &force, actor, &found, &grading, &reason)? {
            done.returned = Some(written.id);
            done.pending = written.pending;
        }
        Ok(done)
    })
}

/// States another grade in the envelope of every copy of one's own record. The bytes stay.
fn own(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    actor: &Actor,
    found: &Record,
    grading: &Grading,
) -> Result<(), AppError> {
    let mut changed = 0;
    for stored in record::of_id(tx, &found.key.id, None, Some(&found.key.version))? {
        let one = stored.into_inner();
        let is_copy = one.key.origin == found.key.origin && one.key.digest == found.key.digest;
        if !is_copy || one.state != found.state {
            continue;
        }
        let old = SignedEnvelope::from_json(&one.envelope)?.envelope;
        if old.grading.as_ref() == Some(grading) {
            continue;
        }
        let statement = Statement {
            handling: (*one.handling).clone(),
            purpose: old.purpose,
            legal_basis: old.legal_basis,
            review_at: old.review_at,
            decision_until: old.review_at,
            grading: Some(grading.clone()),
            received: None,
        };
        let revision = one.revision.saturating_add(1);
        let collection = one.key.collection.clone();
        let batch = Batch {
            collection: &collection,
            origin: app.member(),
            actor: &actor.name,
            leaf: "grading.changed",
            hold: false,
        };
        let envelope = sign(app, tx, &batch, &one.key, &statement, revision)?;
        changed += 1;
        if one.state == RecordState::Held {
            // Nobody has it yet: it keeps its place among what is held.
            record::place(tx, &Record { envelope, revision, ..one.clone() }, -1)?;
            note(app, tx, &one, "grading.changed", actor, grading)?;
            continue;
        }
        let next = Restated { handling: &statement.handling, envelope, revision };
        restate_as(app, tx, force, &one, next, (&actor.name, "grading.changed"))?;
    }
    if changed == 0 {
        return Err(AppError::Conflict(format!("{} is graded so already", found.key.id)));
    }
    Ok(())
}

/// Keeps a grade beside the provider's and writes the note that returns it: when it differs, or an earlier one went back.
fn others(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    actor: &Actor,
    found: &Record,
    grading: &Grading,
    reason: &str,
) -> Result<Option<supplement::Written>, AppError> {
    let kept = life::grades(tx, &found.key.collection, found.seq)?;
    if kept.first().is_some_and(|one| &grading_of(one) == grading && one.reason == reason) {
        return Err(AppError::Conflict(format!("you graded {} so already", found.key.id)));
    }
    let Grading { scale, source, information } = grading.clone();
    let row = life::Grade {
        scale,
        source,
        information,
        reason: reason.to_owned(),
        actor: actor.name.clone(),
        at_us: app.now().0,
    };
    life::keep_grade(tx, &found.key.collection, found.seq, &row)?;
    note(app, tx, found, "grade.given", actor, grading)?;
    let envelope = SignedEnvelope::from_json(&found.envelope)?.envelope;
    let both = Gradings { provider: Grading::of(&envelope), receiver: Some(grading.clone()) };
    let before = own_note(app, tx, found)?;
    if both.to_return().is_none() && before.is_none() {
        return Ok(None);
    }
    let of: Id =
        found.key.id.parse().map_err(|error| AppError::Internal(format!("{}: {error}", found.key.id)))?;
    let returned = Supplement::Grade(Box::new(ReturnedGrade {
        of,
        of_version: found.key.version.clone(),
        of_digest: found.key.digest,
        grading: grading.clone(),
        reason: reason.to_owned(),
    }));
    let place = match &before {
        Some(before) => before.key.collection.clone(),
        None => letter::place_for(app, tx, &found.key.origin, &found.key.collection)?,
    };
    let new = New {
        collection: &place,
        supplement: &returned,
        before: before.as_ref(),
        markings: vec![red_marking()?],
        handling: for_provider(app, found),
        about: Some(found),
        hold: false,
    };
    supplement::put(app, tx, force, actor, new).map(Some)
}

fn red_marking() -> Result<Id, AppError> {
    Tlp::Red.marking_id().parse().map_err(|error| AppError::Internal(format!("marking: {error}")))
}

/// The provider alone: TLP:RED names its recipients, which AMBER+STRICT does not. What the provider states about persons
/// and purposes holds for what is said about its record.
fn for_provider(app: &App, found: &Record) -> Handling {
    let mut handling = Handling::unmarked(app.member().clone());
    handling.tlp = Some(Tlp::Red);
    handling.recipients.insert(found.key.origin.clone());
    handling.purposes.clone_from(&found.handling.purposes);
    handling.personal = found.handling.personal;
    handling.category = found.handling.category;
    // That a complaint is open or ill-treatment alleged stops the record, not a word to its provider about it.
    handling.flags = found
        .handling
        .flags
        .iter()
        .filter(|flag| !matches!(flag, Flag::Complaint | Flag::IllTreatment))
        .copied()
        .collect();
    handling
}

/// A leaf about a record and a grade, without the record's id.
fn note(
    app: &App,
    tx: &mut Tx<'_>,
    found: &Record,
    kind: &str,
    actor: &Actor,
    grading: &Grading,
) -> Result<(), AppError> {
    let salt = record::salt(tx, &found.key.collection, found.seq)?.unwrap_or_default();
    let leaf = journal::leaf(app, kind, &actor.name)
        .object(commitment(&salt, &found.key.digest.0))
        .detail("scale", &grading.scale);
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

/// The newest note of this node's own member that returns a grade of the record.
fn own_note(app: &App, tx: &mut Tx<'_>, found: &Record) -> Result<Option<Record>, AppError> {
    for stored in naming(tx, &found.key.id, Some(app.member()), (0, OWN_MAX))? {
        let one = stored.into_inner();
        let stands = !matches!(one.state, RecordState::Withdrawn | RecordState::Erased);
        if stands && grade_in(app, tx, &one)?.is_some() {
            return Ok(Some(one));
        }
    }
    Ok(None)
}

/// The notes about an object that may return a grade of it, newest first.
fn naming(
    tx: &mut Tx<'_>,
    id: &str,
    origin: Option<&MemberId>,
    part: (i64, i64),
) -> Result<Vec<Stored<Record>>, StoreError> {
    lookup::naming(tx, (id, "object_refs.[0]", "note"), origin, part)
}

/// The grade that a note returns.
fn grade_in(app: &App, tx: &mut Tx<'_>, note: &Record) -> Result<Option<ReturnedGrade>, AppError> {
    let supplement = supplement::of(app, tx, note)?;
    Ok(if let Some(Supplement::Grade(grade)) = supplement { Some(*grade) } else { None })
}

/// How two grades compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Against {
    /// It is the provider's own.
    Provider,
    /// The same grade on the same scale.
    Agrees,
    /// Another grade on the same scale.
    Differs,
    /// Graded on two scales, which are never compared.
    DifferentScales,
}

impl Against {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Provider => "the provider's own",
            Self::Agrees => "agrees",
            Self::Differs => "DIFFERS",
            Self::DifferentScales => "different scales",
        }
    }

    fn of(provider: &Grading, receiver: &Grading) -> Self {
        if provider.scale != receiver.scale {
            Self::DifferentScales
        } else if provider == receiver {
            Self::Agrees
        } else {
            Self::Differs
        }
    }
}

/// One grade of a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct GradeView {
    /// Display name of the member that grades.
    pub member: String,
    /// Its id.
    pub member_id: MemberId,
    /// The grade in words.
    pub grade: String,
    /// The grade.
    pub grading: Grading,
    /// How it compares with the provider's.
    pub against: Against,
    /// The version that was graded.
    pub of_version: String,
    /// Whether that is the version shown.
    pub is_current: bool,
    /// When it was given; empty for the provider's.
    pub at: String,
    /// Why, as far as it was said.
    pub reason: String,
}

/// Every grade of a record that this node knows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Grades {
    /// STIX id.
    pub id: String,
    /// Version.
    pub version: String,
    /// Display name of the record.
    pub name: String,
    /// The provider's first, then the receivers'.
    pub grades: Vec<GradeView>,
}

/// The grades of a record: the provider's; of one's own record what receivers returned; of another's one's own.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record.
pub fn of(app: &App, text: &str) -> Result<Grades, AppError> {
    app.store().read("grade.of", |tx| {
        let force = in_force(app, tx)?;
        let found = subject::newest(app, tx, text)?;
        let envelope = SignedEnvelope::from_json(&found.envelope)?.envelope;
        let stated = Grading::of(&envelope);
        let alleged = allegation::about(app, tx, &force, &found)?.is_some();
        let provider = if alleged { stated.capped() } else { stated };
        let given = envelope.grading.is_some() || alleged;
        let mut grades = vec![GradeView {
            member: force.name_of(&found.key.origin).to_owned(),
            member_id: found.key.origin.clone(),
            grade: if given { words(&provider) } else { "X4 (not graded)".into() },
            grading: provider.clone(),
            against: Against::Provider,
            of_version: found.key.version.clone(),
            is_current: true,
            at: String::new(),
            reason: String::new(),
        }];
        if &found.key.origin == app.member() {
            grades.extend(returned(app, tx, &force, &found, &provider)?);
        } else {
            grades.extend(kept(app, tx, &force, &found, &provider)?);
        }
        Ok(Grades { id: found.key.id.clone(), version: found.key.version.clone(), name: found.name, grades })
    })
}

/// What receivers returned of a record of this node's own member: of each the newest, by the note's own origin.
fn returned(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
    provider: &Grading,
) -> Result<Vec<GradeView>, AppError> {
    let mut look = Look::new(app, tx)?;
    let own: Vec<Record> = record::of_id(tx, &found.key.id, None, None)?
        .into_iter()
        .map(comity_model::Stored::into_inner)
        .filter(|one| &one.key.origin == app.member() && look.sees(one))
        .collect();
    let mut views: Vec<GradeView> = Vec::new();
    let read = |tx: &mut Tx<'_>, part| naming(tx, &found.key.id, None, part);
    look::filled(tx, RETURNED_MAX, read, |tx, stored| {
        let note = stored.peek();
        let origin = &note.key.origin;
        let is_told = views.iter().any(|view| &view.member_id == origin);
        if is_told || origin == app.member() || note.state != RecordState::Live || !look.sees(note) {
            return Ok(false);
        }
        let Some(grade) = grade_in(app, tx, note)? else { return Ok(false) };
        let is_known = own.iter().any(|one| one.key.digest == grade.of_digest);
        if is_known {
            views.push(GradeView {
                member: force.name_of(origin).to_owned(),
                member_id: origin.clone(),
                grade: words(&grade.grading),
                against: Against::of(provider, &grade.grading),
                grading: grade.grading,
                is_current: grade.of_digest == found.key.digest,
                of_version: grade.of_version,
                at: note.version_at.to_string(),
                reason: grade.reason,
            });
        }
        Ok(is_known)
    })?;
    Ok(views)
}

/// The grade that this node's own member gave to the newest version that it graded.
fn kept(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
    provider: &Grading,
) -> Result<Option<GradeView>, AppError> {
    let mut newest: Option<(life::Grade, Record)> = None;
    let mut look = Look::new(app, tx)?;
    for stored in record::of_id(tx, &found.key.id, None, None)? {
        let one = stored.into_inner();
        if one.key.origin != found.key.origin || !look.sees(&one) {
            continue;
        }
        let Some(grade) = life::grades(tx, &one.key.collection, one.seq)?.into_iter().next() else {
            continue;
        };
        let place = |grade: &life::Grade, of: &Record| (of.key.digest == found.key.digest, grade.at_us);
        if newest.as_ref().is_none_or(|(kept, of)| place(kept, of) < place(&grade, &one)) {
            newest = Some((grade, one));
        }
    }
    Ok(newest.map(|(grade, of)| {
        let grading = grading_of(&grade);
        GradeView {
            member: force.name_of(app.member()).to_owned(),
            member_id: app.member().clone(),
            grade: words(&grading),
            against: Against::of(provider, &grading),
            grading,
            is_current: of.key.digest == found.key.digest,
            of_version: of.key.version,
            at: Micros(grade.at_us).to_string(),
            reason: grade.reason,
        }
    }))
}

fn grading_of(row: &life::Grade) -> Grading {
    Grading { scale: row.scale.clone(), source: row.source.clone(), information: row.information.clone() }
}

/// The grade as people write it, with its scale.
fn words(grading: &Grading) -> String {
    format!("{}{} ({})", grading.source, grading.information, grading.scale)
}

/// Reads a grade as people write it, such as `B2`, on a scale.
///
/// # Errors
/// [`AppError::Invalid`] when it is no letter with a digit, or not on the scale.
pub fn read(text: &str, scale: &str) -> Result<Grading, AppError> {
    let mut letters = text.chars();
    let (Some(source), Some(information), None) = (letters.next(), letters.next(), letters.next()) else {
        return Err(AppError::invalid(
            "GRADE",
            format!("`{text}` is no grade: write a letter and a digit, such as B2"),
        ));
    };
    let grading = Grading {
        scale: scale.to_owned(),
        source: source.to_ascii_uppercase().to_string(),
        information: information.to_string(),
    };
    grading.checked().map_err(|error| AppError::invalid("GRADE", error.to_string()))
}
