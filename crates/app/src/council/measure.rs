//! Measures and programmes from their adoption on: by which decision, who sees to them, until when, and what shows that they
//! were taken.

use comity_model::MemberId;
use comity_model::kind::council::{
    Decision, DecisionStatus, Measure, MeasureStatus, Party, Programme, ProgrammeStatus,
};
use comity_model::kind::{Kind, PartialDate};
use comity_model::stix::Id;
use comity_store::Tx;
use serde::Serialize;

use super::decision::{self, rewrite};
use super::gather::{Gathering, Held, Listed, Place, line, meant};
use super::procedure;
use crate::compose::Entry;
use crate::force::{InForce, in_force};
use crate::{Actor, App, AppError};

/// A measure as it stands here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MeasureView {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// Its heading.
    pub title: String,
    /// The measure, in whose words.
    pub words: String,
    /// How far it is, as far as that can be followed here.
    pub status: &'static str,
    /// What its originator states and this node does not follow, with the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated: Option<String>,
    /// The decision that adopted it, by its number; else by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// Who sees to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// By when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Whether that is past and it is not done.
    pub overdue: bool,
    /// Ids of what shows that it was taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// When it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_on: Option<String>,
    /// Id of its programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub programme: Option<String>,
    /// Whose record it is.
    #[serde(skip)]
    pub(crate) origin: comity_model::MemberId,
    /// When this version was made.
    #[serde(skip)]
    pub(crate) version_at: comity_model::Micros,
    /// Whether the own member sees to it.
    #[serde(skip)]
    pub(crate) ours: bool,
}

/// Which measures are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Only those that this member sees to: its id or display name.
    pub owner: Option<&'a str>,
    /// Only those that are due before this day.
    pub before: Option<PartialDate>,
}

/// The measures that are here, those due first in front.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::NotFound`] for an unknown member.
pub fn list(app: &App, actor: &Actor, wanted: &Wanted<'_>) -> Result<Listed<MeasureView>, AppError> {
    actor.may_read()?;
    app.store().read("council.measures", |tx| {
        let force = in_force(app, tx)?;
        let owner = match wanted.owner {
            Some(name) => Some(crate::stated::members(&force, &[name.to_owned()])?),
            None => None,
        };
        let mut gathering = Gathering::new(app, tx)?;
        let mut lines = Vec::new();
        for held in gathering.all(tx, "measure")? {
            let Kind::Measure(measure) = &held.kind else { continue };
            let of = measure.owner.as_ref().and_then(|owner| owner.member_ref.as_ref());
            let is_of = |members: &std::collections::BTreeSet<comity_model::MemberId>| {
                members.iter().any(|one| of.is_some_and(|of| of.as_str() == one.as_str()))
            };
            let in_time = |before: PartialDate| measure.due.is_some_and(|due| due.last() < before.first());
            if owner.as_ref().is_none_or(is_of) && wanted.before.is_none_or(in_time) {
                lines.push(view(app, tx, &force, &mut gathering, &held, measure)?);
            }
        }
        let key = |one: &MeasureView| (one.due.is_none(), one.due.clone(), one.place.id.clone());
        lines.sort_by_key(key);
        Ok(Listed { lines, left_out: gathering.left_out() })
    })
}

/// One measure: by its id, or the number under which it came.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::NotFound`] when there is none.
pub fn show(app: &App, actor: &Actor, text: &str) -> Result<MeasureView, AppError> {
    actor.may_read()?;
    app.store().read("council.measure", |tx| {
        let force = in_force(app, tx)?;
        let mut gathering = Gathering::new(app, tx)?;
        let held = gathering.one(tx, text, &["measure"])?;
        match &held.kind {
            Kind::Measure(measure) => view(app, tx, &force, &mut gathering, &held, measure),
            _ => Err(AppError::Internal("a measure is a measure".into())),
        }
    })
}

/// A measure as far as it can be followed here: what its originator states is not followed without its decision.
pub(super) fn view(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    gathering: &mut Gathering<'_>,
    held: &Held,
    measure: &Measure,
) -> Result<MeasureView, AppError> {
    use MeasureStatus::{Adopted, Done, Dropped, InForce as Taken};
    let found = Adoption::find(app, tx, force, (gathering, &held.origin), measure.decision_ref.as_ref())?;
    let is_adopted = matches!(measure.status, Adopted | Taken | Done);
    let about = [Some(held.place.id.as_str()), measure.programme_ref.as_ref().map(Id::as_str)];
    let not = is_adopted.then(|| found.lacks(&about)).flatten();
    let own = &held.origin == app.member();
    let stated = not.filter(|_| !own).map(|why| {
        format!("{} is stated by {}, not followed here: {why}", measure.status.name(), held.place.origin)
    });
    // What cannot be followed counts as what was stated before any decision.
    let status = if stated.is_some() { MeasureStatus::Outlined } else { measure.status };
    let today = day_of(app.now());
    let open = !matches!(status, Done | Dropped);
    let due = measure.due.filter(|due| today.is_some_and(|today| due.last() < today.first()));
    let owner = measure.owner.as_ref();
    Ok(MeasureView {
        title: measure.title.clone(),
        words: line(&measure.words),
        status: status.name(),
        stated,
        decision: found.called,
        owner: owner.map(|owner| called(force, owner)),
        ours: owner
            .and_then(|one| one.member_ref.as_ref())
            .is_some_and(|id| id.as_str() == app.member().as_str()),
        due: measure.due.map(|due| due.to_string()),
        overdue: open && due.is_some(),
        evidence: measure.evidence_refs.iter().map(|id| id.as_str().to_owned()).collect(),
        done_on: measure.done_on.map(|on| on.to_string()),
        programme: measure.programme_ref.as_ref().map(|id| id.as_str().to_owned()),
        origin: held.origin.clone(),
        version_at: held.version_at,
        place: held.place.clone(),
    })
}

/// The day of an instant, in UTC.
pub(crate) fn day_of(at: comity_model::Micros) -> Option<PartialDate> {
    at.to_string().chars().take(10).collect::<String>().parse().ok()
}

/// A party in words: a member by its display name.
pub(super) fn called(force: &InForce, party: &Party) -> String {
    match &party.member_ref {
        Some(id) => procedure::named(force, [id.as_str()]),
        None => super::session::party(party),
    }
}

/// The decision that is said to have adopted something, as it stands here.
struct Adoption {
    called: Option<String>,
    decision: Option<Decision>,
}

impl Adoption {
    fn find(
        app: &App,
        tx: &mut Tx<'_>,
        force: &InForce,
        (gathering, origin): (&mut Gathering<'_>, &MemberId),
        named: Option<&Id>,
    ) -> Result<Self, AppError> {
        let Some(id) = named else { return Ok(Self { called: None, decision: None }) };
        let all = gathering.of_ids(tx, &[id.as_str()])?;
        let Some((held, Kind::Decision(newest))) = meant(&all, origin).map(|held| (held, &held.kind)) else {
            return Ok(Self { called: Some(id.as_str().to_owned()), decision: None });
        };
        let found = decision::line(app, tx, force, gathering, (held, newest))?;
        let called = Some(found.line.number.unwrap_or(found.line.place.id));
        // What it decides about is judged whole, whatever of it this viewer finds.
        let decision = Decision { decides_refs: found.decides, ..found.now };
        Ok(Self { called, decision: Some(decision) })
    }

    /// Why it adopts none of these records; none when it does.
    fn lacks(&self, about: &[Option<&str>]) -> Option<&'static str> {
        let Some(decision) = &self.decision else { return Some("its decision is not here") };
        if decision.status != DecisionStatus::Adopted {
            return Some("its decision is not adopted here");
        }
        let decides = |id: &&str| decision.decides_refs.iter().any(|one| one.as_str() == *id);
        let is_about = about.iter().flatten().any(decides);
        (!is_about).then_some("its decision is about other records")
    }
}

/// The own measure that a text names.
fn own(app: &App, actor: &Actor, text: &str) -> Result<(Held, Measure), AppError> {
    actor.may_read()?;
    let held =
        app.store().read("council.measure", |tx| Gathering::new(app, tx)?.one(tx, text, &["measure"]))?;
    match &held.kind {
        Kind::Measure(_) if &held.origin != app.member() => Err(AppError::Denied(format!(
            "{} is a measure of {}: only its originator changes it",
            held.place.id, held.place.origin
        ))),
        Kind::Measure(measure) => {
            let measure = measure.as_ref().clone();
            Ok((held, measure))
        }
        _ => Err(AppError::Internal("a measure is a measure".into())),
    }
}

fn decision_id(app: &App, text: &str) -> Result<Id, AppError> {
    let held = app.store().read("council.decision", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        Ok::<_, AppError>(decision::find(app, tx, &mut gathering, text)?.0)
    })?;
    Id::parse(&held.place.id).map_err(|error| AppError::Internal(error.to_string()))
}

fn write(app: &App, actor: &Actor, held: &Held, measure: Measure, reason: &str) -> Result<Entry, AppError> {
    rewrite(app, actor, &held.place.id, Kind::Measure(Box::new(measure)), reason)
}

/// States that a decision adopted a measure. The decision is adopted here and decides about it.
///
/// # Errors
/// [`AppError::Denied`] of another member's measure, or without the role release officer; [`AppError::NotFound`] for an
/// unknown measure or decision. What stands against it stands in the answer.
pub fn adopt(app: &App, actor: &Actor, text: &str, decision: &str) -> Result<Entry, AppError> {
    let (held, mut measure) = own(app, actor, text)?;
    measure.status = MeasureStatus::Adopted;
    measure.decision_ref = Some(decision_id(app, decision)?);
    write(app, actor, &held, measure, &format!("adopted by {decision}"))
}

/// States who sees to an adopted measure, and until when; it is in force from then on.
///
/// # Errors
/// As for [`adopt`]; [`AppError::NotFound`] for an unknown member.
pub fn assign(
    app: &App,
    actor: &Actor,
    text: &str,
    owner: &str,
    due: Option<PartialDate>,
) -> Result<Entry, AppError> {
    let (held, mut measure) = own(app, actor, text)?;
    let member = app.store().read("council.owner", |tx| {
        let force = in_force(app, tx)?;
        Ok::<_, AppError>(crate::stated::members(&force, &[owner.to_owned()])?.into_iter().next())
    })?;
    let member = member.ok_or_else(|| AppError::NotFound(format!("there is no member `{owner}`")))?;
    measure.status = MeasureStatus::InForce;
    measure.owner = Some(Party { member_ref: Some(member.id().clone()), ..Party::default() });
    measure.due = due.or(measure.due);
    write(app, actor, &held, measure, &format!("assigned to {owner}"))
}

/// States that a measure was taken, with the records that show it.
///
/// # Errors
/// As for [`adopt`].
pub fn done(
    app: &App,
    actor: &Actor,
    text: &str,
    evidence: &[String],
    on: Option<PartialDate>,
) -> Result<Entry, AppError> {
    let (held, mut measure) = own(app, actor, text)?;
    let ids: Result<Vec<Id>, _> = evidence.iter().map(|id| Id::parse(id)).collect();
    measure.evidence_refs = ids.map_err(|error| AppError::invalid("--evidence", error.to_string()))?;
    measure.status = MeasureStatus::Done;
    measure.done_on = on;
    write(app, actor, &held, measure, "done")
}

/// States that a measure will not be taken.
///
/// # Errors
/// As for [`adopt`].
pub fn drop(app: &App, actor: &Actor, text: &str, reason: &str) -> Result<Entry, AppError> {
    let (held, mut measure) = own(app, actor, text)?;
    measure.status = MeasureStatus::Dropped;
    // What shows that it is done goes with that state: the answer says that the state stays.
    measure.evidence_refs.clear();
    measure.done_on = None;
    write(app, actor, &held, measure, reason)
}

/// A programme as it stands here, with its measures.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ProgrammeView {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// Its heading.
    pub title: String,
    /// Its years.
    pub years: Vec<i16>,
    /// How far it is, as far as that can be followed here.
    pub status: &'static str,
    /// What its originator states and this node does not follow, with the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated: Option<String>,
    /// The decision that adopted it, by its number; else by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// Its measures: those that it names, and those that name it.
    pub measures: Vec<MeasureView>,
}

/// The programmes that are here.
///
/// # Errors
/// [`AppError::Denied`] to who may not read.
pub fn programmes(app: &App, actor: &Actor) -> Result<Listed<ProgrammeView>, AppError> {
    actor.may_read()?;
    app.store().read("council.programmes", |tx| {
        let force = in_force(app, tx)?;
        let mut gathering = Gathering::new(app, tx)?;
        let measures = gathering.all(tx, "measure")?;
        let mut lines = Vec::new();
        for held in gathering.all(tx, "programme")? {
            if let Kind::Programme(one) = &held.kind {
                lines.push(programme(app, tx, &force, (&mut gathering, &measures), &held, one)?);
            }
        }
        Ok(Listed { lines, left_out: gathering.left_out() })
    })
}

/// One programme with its measures: by its id, or the number under which it came.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::NotFound`] when there is none.
pub fn show_programme(app: &App, actor: &Actor, text: &str) -> Result<ProgrammeView, AppError> {
    actor.may_read()?;
    app.store().read("council.programme", |tx| {
        let force = in_force(app, tx)?;
        let mut gathering = Gathering::new(app, tx)?;
        let held = gathering.one(tx, text, &["programme"])?;
        let measures = gathering.all(tx, "measure")?;
        match &held.kind {
            Kind::Programme(one) => programme(app, tx, &force, (&mut gathering, &measures), &held, one),
            _ => Err(AppError::Internal("a programme is a programme".into())),
        }
    })
}

/// A programme as far as it can be followed here, with its measures.
pub(super) fn programme(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (gathering, measures): (&mut Gathering<'_>, &[Held]),
    held: &Held,
    one: &Programme,
) -> Result<ProgrammeView, AppError> {
    use ProgrammeStatus::{Adopted, Closed, Draft};
    let found = Adoption::find(app, tx, force, (gathering, &held.origin), one.decision_ref.as_ref())?;
    let is_adopted = matches!(one.status, Adopted | Closed);
    let not = is_adopted.then(|| found.lacks(&[Some(held.place.id.as_str())])).flatten();
    let stated = not.filter(|_| &held.origin != app.member()).map(|why| {
        format!("{} is stated by {}, not followed here: {why}", one.status.name(), held.place.origin)
    });
    let status = if stated.is_some() { Draft } else { one.status };
    let mut lines = Vec::new();
    for other in measures {
        let Kind::Measure(measure) = &other.kind else { continue };
        let names = measure.programme_ref.as_ref().is_some_and(|id| id.as_str() == held.place.id);
        if names || one.measure_refs.iter().any(|id| id.as_str() == other.place.id) {
            lines.push(view(app, tx, force, gathering, other, measure)?);
        }
    }
    Ok(ProgrammeView {
        title: one.title.clone(),
        years: one.years.clone(),
        status: status.name(),
        stated,
        decision: found.called,
        measures: lines,
        place: held.place.clone(),
    })
}

/// States that a decision adopted a programme, or with none that its years are over.
///
/// # Errors
/// [`AppError::Denied`] of another member's programme, or without the role release officer; [`AppError::NotFound`] for an
/// unknown programme or decision. What stands against it stands in the answer.
pub fn move_programme(
    app: &App,
    actor: &Actor,
    text: &str,
    decision: Option<&str>,
) -> Result<Entry, AppError> {
    actor.may_read()?;
    let held =
        app.store().read("council.programme", |tx| Gathering::new(app, tx)?.one(tx, text, &["programme"]))?;
    let Kind::Programme(one) = &held.kind else {
        return Err(AppError::Internal("a programme is a programme".into()));
    };
    if &held.origin != app.member() {
        return Err(AppError::Denied(format!(
            "{} is a programme of {}: only its originator changes it",
            held.place.id, held.place.origin
        )));
    }
    let mut next = one.clone();
    let reason = match decision {
        Some(decision) => {
            next.status = ProgrammeStatus::Adopted;
            next.decision_ref = Some(decision_id(app, decision)?);
            format!("adopted by {decision}")
        }
        None => {
            next.status = ProgrammeStatus::Closed;
            "closed".to_owned()
        }
    };
    rewrite(app, actor, &held.place.id, Kind::Programme(next), &reason)
}
