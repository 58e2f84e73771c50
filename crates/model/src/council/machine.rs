//! Which state of a decision, a measure and a programme follows which. What is in no table is refused of one's own records;
//! of what another member states it is shown that it was not followed.

use crate::kind::Kind;
use crate::kind::council::{
    Decision, DecisionStatus, Document, DocumentState, Measure, MeasureStatus, Procedure, Programme,
    ProgrammeStatus, Session, SessionStatus,
};
use crate::stix::Timestamp;

/// A state and one that may come next.
pub type Moves<S> = &'static [(S, S)];

/// What may come next of a decision. One that is adopted, stopped or withdrawn stays so.
pub const DECISION: Moves<DecisionStatus> = {
    use DecisionStatus::{Adopted, Proposed, Silence, Stopped, Withdrawn};
    &[
        (Proposed, Silence),
        (Proposed, Adopted),
        (Proposed, Stopped),
        (Proposed, Withdrawn),
        (Silence, Adopted),
        (Silence, Stopped),
        (Silence, Withdrawn),
    ]
};

/// What may come next of a measure. What was stated before a decision may be corrected in every direction; from its adoption
/// on it goes forward alone.
pub const MEASURE: Moves<MeasureStatus> = {
    use MeasureStatus::{Adopted, Done, Dropped, InForce, Intention, Outlined, Proposed};
    &[
        (Intention, Proposed),
        (Intention, Outlined),
        (Proposed, Intention),
        (Proposed, Outlined),
        (Outlined, Intention),
        (Outlined, Proposed),
        (Outlined, Adopted),
        (Adopted, InForce),
        (InForce, Done),
        (Intention, Dropped),
        (Proposed, Dropped),
        (Outlined, Dropped),
        (Adopted, Dropped),
        (InForce, Dropped),
    ]
};

/// What may come next of a programme. What others report stays reported.
pub const PROGRAMME: Moves<ProgrammeStatus> = {
    use ProgrammeStatus::{Adopted, Closed, Draft};
    &[(Draft, Adopted), (Adopted, Closed)]
};

/// What may come next of a session. What others report stays reported.
pub const SESSION: Moves<SessionStatus> = {
    use SessionStatus::{Cancelled, Closed, Convened, Held, Planned};
    &[(Planned, Convened), (Convened, Held), (Held, Closed), (Planned, Cancelled), (Convened, Cancelled)]
};

/// What may come next of a journal.
pub const JOURNAL: Moves<DocumentState> = {
    use DocumentState::{Adopted, Draft, Tabled};
    &[(Draft, Tabled), (Tabled, Draft), (Tabled, Adopted)]
};

/// Whether a record may come next, or be the first of its id: by its state, and by what a state fixes. What depends on other
/// records and on the time is not asked here.
///
/// # Errors
/// The reason for people, with the property and the row of the requirements.
pub fn follow(before: Option<&Kind>, next: &Kind) -> Result<(), String> {
    match (before, next) {
        (before, Kind::Decision(next)) => {
            let before = before.and_then(|before| match before {
                Kind::Decision(before) => Some(before.as_ref()),
                _ => None,
            });
            decision(before, next)
        }
        (before, Kind::Measure(next)) => {
            let before = before.and_then(|before| match before {
                Kind::Measure(before) => Some(before.as_ref()),
                _ => None,
            });
            measure(before, next)
        }
        (before, Kind::Programme(next)) => {
            let before = before.and_then(|before| match before {
                Kind::Programme(before) => Some(before),
                _ => None,
            });
            programme(before, next)
        }
        (before, Kind::Session(next)) => {
            let before = before.and_then(|before| match before {
                Kind::Session(before) => Some(before.as_ref()),
                _ => None,
            });
            session(before, next)
        }
        (before, Kind::Document(next)) => {
            let before = before.and_then(|before| match before {
                Kind::Document(before) => Some(before.as_ref()),
                _ => None,
            });
            journal(before, next)
        }
        _ => Ok(()),
    }
}

fn session(before: Option<&Session>, next: &Session) -> Result<(), String> {
    use SessionStatus::{Convened, Held, Planned, Reported};
    let states = (before.map(|before| before.status), next.status);
    step(SESSION, &[Planned, Reported], states, ("session", "K3"), SessionStatus::name)?;
    if next.status == Convened && next.invited.is_empty() {
        return Err("invited: who convenes a session says who is invited (K3)".into());
    }
    let present = next.members.as_ref().and_then(|members| members.value.as_ref());
    if next.status == Held && present.is_none_or(Vec::is_empty) {
        return Err("members: a session that was held says who took part (K3)".into());
    }
    Ok(())
}

fn journal(before: Option<&Document>, next: &Document) -> Result<(), String> {
    let was = before.and_then(|before| before.document_state);
    let Some(is) = next.document_state else {
        return if was.is_some() { Err("document_type: a journal stays one (K3)".into()) } else { Ok(()) };
    };
    step(JOURNAL, &[DocumentState::Draft], (was, is), ("journal", "K3"), DocumentState::name)?;
    let Some(before) = before.filter(|_| is == DocumentState::Adopted) else { return Ok(()) };
    let said = |one: &Document| (one.entries.clone(), one.session_ref.clone(), one.title.clone());
    if said(before) != said(next) {
        return Err("entries: what was approved is adopted as it was approved (K3)".into());
    }
    if was == Some(DocumentState::Adopted) && before.approved_refs != next.approved_refs {
        return Err("approved_refs: an adopted journal stays as it is (K3)".into());
    }
    Ok(())
}

fn step<S: Copy + PartialEq>(
    moves: Moves<S>,
    first: &[S],
    (before, next): (Option<S>, S),
    (word, row): (&str, &str),
    name: impl Fn(S) -> &'static str,
) -> Result<(), String> {
    let list = |all: Vec<S>| all.into_iter().map(&name).collect::<Vec<_>>().join(" or ");
    match before {
        None if first.contains(&next) => Ok(()),
        None => {
            Err(format!("status: a {word} begins as {}, not as {} ({row})", list(first.to_vec()), name(next)))
        }
        Some(before) if before == next || moves.contains(&(before, next)) => Ok(()),
        Some(before) => {
            let after: Vec<S> = moves.iter().filter(|(from, _)| *from == before).map(|(_, to)| *to).collect();
            let may = if after.is_empty() { "stays so".into() } else { format!("becomes {}", list(after)) };
            Err(format!("status: a {word} that is {} {may}, not {} ({row})", name(before), name(next)))
        }
    }
}

fn decision(before: Option<&Decision>, next: &Decision) -> Result<(), String> {
    use DecisionStatus::{Adopted, Proposed, Silence, Stopped, Withdrawn};
    let states = (before.map(|before| before.status), next.status);
    step(DECISION, &[Proposed], states, ("decision", "K4"), DecisionStatus::name)?;
    let Some(before) = before else { return Ok(()) };
    let by = next.procedure;
    match (before.status, next.status) {
        (Proposed, Adopted | Stopped) if by == Procedure::Silence => {
            return Err("status: a decision by silence is opened before it is closed (K4)".into());
        }
        (Proposed, _) => return Ok(()),
        _ => {}
    }
    if (&before.body_ref, before.procedure) != (&next.body_ref, by) {
        return Err(
            "body_ref: body and procedure stay once a procedure was opened: propose another decision (K4)"
                .into(),
        );
    }
    let is_open = (before.status, next.status) == (Silence, Silence);
    let times = |one: &Decision| [one.opened.clone(), one.deadline.clone()];
    let is_anew = before.text != next.text;
    if is_open && is_anew {
        let later = micros(&next.opened) > micros(&before.opened);
        return if later {
            Ok(())
        } else {
            Err("text: another text begins anew, with a new beginning and deadline: use `comity decision open` (K4)".into())
        };
    }
    if is_anew || before.entitled_refs != next.entitled_refs {
        return Err("text: the text and the members that can object stay as they were opened (K4)".into());
    }
    if is_open {
        if before.opened != next.opened {
            return Err("opened: the beginning stays as long as the text does (K4)".into());
        }
        if micros(&next.deadline) < micros(&before.deadline) {
            return Err("deadline: it can be put off and not brought forward (K4)".into());
        }
        return Ok(());
    }
    if next.status != Withdrawn && times(before) != times(next) {
        return Err("deadline: it stays when a decision is closed (K4)".into());
    }
    let is_final = matches!(before.status, Adopted | Stopped | Withdrawn);
    let fixed = |one: &Decision| (one.number.clone(), one.closed.clone(), one.decides_refs.clone());
    if is_final && fixed(before) != fixed(next) {
        return Err(
            "status: what was closed stays as it is: propose another decision in its place (K4)".into()
        );
    }
    Ok(())
}

fn micros(at: &Option<Timestamp>) -> Option<i64> {
    at.as_ref().map(Timestamp::micros)
}

fn measure(before: Option<&Measure>, next: &Measure) -> Result<(), String> {
    use MeasureStatus::{Intention, Outlined, Proposed};
    let states = (before.map(|before| before.status), next.status);
    let alone = states.0 == Some(Outlined) && next.status != MeasureStatus::Adopted;
    step(MEASURE, &[Intention, Proposed, Outlined], states, ("measure", "K8"), MeasureStatus::name)
        .map_err(|why| if alone { why + ": a decision alone adopts it" } else { why })?;
    let Some(before) = before else { return Ok(()) };
    if before.decision_ref.is_some() && before.decision_ref != next.decision_ref {
        return Err("decision_ref: the decision that adopted a measure stays named (K8)".into());
    }
    Ok(())
}

fn programme(before: Option<&Programme>, next: &Programme) -> Result<(), String> {
    use ProgrammeStatus::{Draft, Reported};
    let states = (before.map(|before| before.status), next.status);
    step(PROGRAMME, &[Draft, Reported], states, ("programme", "K8"), ProgrammeStatus::name)?;
    let Some(before) = before.filter(|before| before.decision_ref.is_some()) else { return Ok(()) };
    if (&before.decision_ref, &before.years) != (&next.decision_ref, &next.years) {
        return Err("decision_ref: the years and the decision that adopted them stay (K8)".into());
    }
    Ok(())
}

/// How far versions of one record, the oldest first, can be followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Followed {
    /// Place of the last version that could be followed; none when not even the first could.
    pub last: Option<usize>,
    /// Whether that is the newest one.
    pub whole: bool,
}

/// Follows versions as far as each comes after the one before it.
pub fn followed(versions: &[&Kind]) -> Followed {
    let mut last = None;
    for (at, next) in versions.iter().enumerate() {
        let before = last.and_then(|last: usize| versions.get(last).copied());
        if follow(before, next).is_err() {
            return Followed { last, whole: false };
        }
        last = Some(at);
    }
    Followed { last, whole: last.is_some() }
}
