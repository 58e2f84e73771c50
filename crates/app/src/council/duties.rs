//! What of a council's work waits for the people of this node: open procedures on which their member has said nothing,
//! decisions that can be closed, measures that it sees to. It is made of what they find.

use comity_model::Micros;
use comity_model::council::silence::{self, Voice};
use comity_model::kind::Kind;
use comity_model::kind::council::{Decision, DecisionStatus, Position, Stance};
use comity_store::Tx;

use super::gather::{Gathering, Held, Place};
use super::{decision, journal, measure, procedure};
use crate::force::{InForce, in_force};
use crate::{Actor, App, AppError};

/// How long before it is due a measure is listed, in seconds.
const DUE_SECONDS: i64 = 30 * 86_400;

/// One thing that waits.
pub(crate) struct Duty {
    pub(crate) place: Place,
    pub(crate) title: String,
    /// Why it waits, as a code.
    pub(crate) why: &'static str,
    pub(crate) due: Option<String>,
    pub(crate) overdue: bool,
}

/// Open procedures on which the own member can object and has said nothing.
pub(crate) fn silences(app: &App, most: usize) -> Result<Vec<Duty>, AppError> {
    opened(app, most, |app, one| {
        let is_entitled = procedure::entitled(&one.decision).contains(app.member().as_str());
        let has_spoken = one.positions.iter().any(|(held, position)| {
            &held.origin == app.member()
                && matches!(position.stance, Stance::Object | Stance::Reserve | Stance::Approve)
        });
        (is_entitled && !has_spoken).then_some("no-statement")
    })
}

/// Own procedures that can be closed: the deadline has passed, or a member objects.
pub(crate) fn closable(app: &App, most: usize) -> Result<Vec<Duty>, AppError> {
    opened(app, most, |app, one| {
        if &one.held.origin != app.member() {
            return None;
        }
        let voices: Vec<Voice<'_>> = one
            .positions
            .iter()
            .map(|(held, position)| Voice {
                member: held.origin.as_str(),
                stance: position.stance,
                said: held.version_at,
            })
            .collect();
        let last = silence::last(&procedure::entitled(&one.decision), &voices);
        if last.values().any(|stance| *stance == Stance::Object) {
            return Some("objection");
        }
        one.is_past.then_some("deadline-passed")
    })
}

/// A procedure that is open, with what members said.
struct Open<'a> {
    held: &'a Held,
    decision: Decision,
    positions: Vec<(&'a Held, &'a Position)>,
    is_past: bool,
}

fn opened(
    app: &App,
    most: usize,
    why: impl Fn(&App, &Open<'_>) -> Option<&'static str>,
) -> Result<Vec<Duty>, AppError> {
    app.store().read("council.opened", |tx| {
        let force = in_force(app, tx)?;
        let mut gathering = Gathering::new(app, tx)?;
        let all = gathering.all(tx, "decision")?;
        let mut positions = None;
        let mut duties = Vec::new();
        for held in &all {
            let Some((title, decision)) = open(app, tx, &force, &mut gathering, held)? else { continue };
            if positions.is_none() {
                positions = Some(gathering.all(tx, "position")?);
            }
            let said = positions.iter().flatten().filter_map(|one| match &one.kind {
                Kind::Position(position) if position.on_ref.as_str() == held.place.id => {
                    Some((one, position))
                }
                _ => None,
            });
            let deadline = decision.deadline.clone();
            let is_past = deadline.as_ref().is_some_and(|at| Micros(at.micros()) <= app.now());
            let one = Open { held, decision, positions: said.collect(), is_past };
            if let Some(why) = why(app, &one) {
                let due = deadline.map(|at| at.as_str().to_owned());
                duties.push(Duty { place: held.place.clone(), title, why, due, overdue: is_past });
            }
        }
        duties.sort_by(|one, other| one.due.cmp(&other.due).then_with(|| one.place.id.cmp(&other.place.id)));
        duties.truncate(most);
        Ok(duties)
    })
}

/// The decision of a record, if silence is waited for as far as it can be followed here.
fn open(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    gathering: &mut Gathering<'_>,
    held: &Held,
) -> Result<Option<(String, Decision)>, AppError> {
    let Kind::Decision(newest) = &held.kind else { return Ok(None) };
    if newest.status != DecisionStatus::Silence {
        return Ok(None);
    }
    let decision::Stands { line, now, .. } = decision::line(app, tx, force, gathering, (held, newest))?;
    Ok((now.status == DecisionStatus::Silence).then_some((line.title, now)))
}

/// Tabled journals that the own member has not answered.
pub(crate) fn journals(app: &App, most: usize) -> Result<Vec<Duty>, AppError> {
    let all = journal::unanswered(app)?.into_iter().take(most);
    let duty = |(place, title)| Duty { place, title, why: "not-approved", due: None, overdue: false };
    Ok(all.map(duty).collect())
}

/// Measures that the own member sees to and that are due soon, or were.
pub(crate) fn measures(app: &App, actor: &Actor, most: usize) -> Result<Vec<Duty>, AppError> {
    let soon = measure::day_of(app.now().plus_seconds(DUE_SECONDS));
    let wanted = measure::Wanted { owner: None, before: soon };
    let all = measure::list(app, actor, &wanted)?.lines.into_iter();
    let mut duties: Vec<Duty> = all
        .filter(|one| one.ours && matches!(one.status, "adopted" | "in-force"))
        .map(|one| Duty {
            title: one.title,
            why: "measure-due",
            due: one.due,
            overdue: one.overdue,
            place: one.place,
        })
        .collect();
    duties.truncate(most);
    Ok(duties)
}
