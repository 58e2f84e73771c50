//! Whether a record of a council may take the state that it states: asked of every record of a member whose home this node
//! is, at every door, in the transaction of the write. What came from another member is kept as it came.

use std::collections::BTreeSet;

use comity_model::council::machine;
use comity_model::council::silence::{self, Verdict, Voice};
use comity_model::kind::Kind;
use comity_model::kind::council::{
    Decision, DecisionStatus, Document, DocumentState, DocumentType, Measure, MeasureStatus, Position,
    Procedure, Programme, ProgrammeStatus, SILENCE_SECONDS, Session, SessionStatus, Stance,
};
use comity_model::stix::{Id, Timestamp};
use comity_model::{MemberId, Micros, Record};
use comity_store::Tx;
use comity_store::tables::lookup;

use super::procedure::{self, Spoken, kind_of, named, newest, versions};
use crate::admit::{Batch, Candidate, Statement};
use crate::force::InForce;
use crate::{App, AppError};

/// How far the beginning that is stated may lie from the clock of this node, in seconds.
const NEAR_SECONDS: i64 = 600;

/// Why a record is refused, in words for people; or the fault that kept it from being judged.
enum No {
    Refused(String),
    Failed(AppError),
}

impl From<AppError> for No {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

impl From<comity_store::StoreError> for No {
    fn from(error: comity_store::StoreError) -> Self {
        Self::Failed(error.into())
    }
}

fn refuse<T>(why: impl Into<String>) -> Result<T, No> {
    Err(No::Refused(why.into()))
}

/// What comes in.
struct Coming<'a> {
    app: &'a App,
    force: &'a InForce,
    origin: &'a MemberId,
    id: &'a str,
    version_at: Micros,
    by_key: bool,
}

/// Why a new candidate is not taken; none when it may come in.
pub(crate) fn refusal(
    app: &App,
    tx: &mut Tx<'_>,
    (force, batch): (&InForce, &Batch<'_>),
    (candidate, statement): &(Candidate, Statement),
) -> Result<Option<String>, AppError> {
    let Some(kind) = candidate.record.as_ref().filter(|_| statement.received.is_none()) else {
        return Ok(None);
    };
    if !force.is_home_of(app, batch.origin) {
        return Ok(None);
    }
    let (origin, id, version_at) = (batch.origin, candidate.id.as_str(), candidate.version_at);
    let by_key = batch.actor.starts_with("key:");
    told(Coming { app, force, origin, id, version_at, by_key }.judge(tx, kind))
}

/// The same for what was kept back and is published now: what was true when it was written may be no more.
pub(crate) fn again(app: &App, tx: &mut Tx<'_>, force: &InForce, held: &Record) -> Result<(), AppError> {
    if !held.kind.starts_with("comity-") || !force.is_home_of(app, &held.key.origin) {
        return Ok(());
    }
    let Some(kind) = kind_of(app, tx, held)? else { return Ok(()) };
    let (origin, id, version_at) = (&held.key.origin, held.key.id.as_str(), held.version_at);
    let by_key = held.actor.starts_with("key:");
    match told(Coming { app, force, origin, id, version_at, by_key }.judge(tx, &kind))? {
        Some(why) => Err(AppError::Conflict(why)),
        None => Ok(()),
    }
}

fn told(judged: Result<(), No>) -> Result<Option<String>, AppError> {
    match judged {
        Ok(()) => Ok(None),
        Err(No::Refused(why)) => Ok(Some(why)),
        Err(No::Failed(error)) => Err(error),
    }
}

impl Coming<'_> {
    fn judge(&self, tx: &mut Tx<'_>, kind: &Kind) -> Result<(), No> {
        if let Kind::Position(position) = kind {
            return self.position(tx, position);
        }
        match kind {
            Kind::Decision(_) | Kind::Measure(_) | Kind::Programme(_) | Kind::Session(_) => {}
            Kind::Document(document) if document.document_type == DocumentType::Journal => {}
            _ => return Ok(()),
        }
        let before = versions(tx, self.origin, self.id)?.into_iter().next();
        if before.as_ref().is_some_and(|before| before.version_at >= self.version_at) {
            return refuse(
                "status: there is a newer version: what came before it cannot be written anew (K4)",
            );
        }
        let version = before.as_ref().map(|before| before.key.version.clone()).unwrap_or_default();
        let before = before.map(|before| kind_of(self.app, tx, &before)).transpose()?.flatten();
        machine::follow(before.as_ref(), kind).map_err(No::Refused)?;
        match (kind, before) {
            (Kind::Decision(next), Some(Kind::Decision(before))) => self.decision(tx, Some(&before), next),
            (Kind::Decision(next), _) => self.decision(tx, None, next),
            (Kind::Measure(next), before) => {
                let was = matches!(&before, Some(Kind::Measure(before)) if before.status == next.status);
                self.measure(tx, next, was)
            }
            (Kind::Programme(next), before) => {
                let was = matches!(&before, Some(Kind::Programme(before)) if before.status == next.status);
                self.programme(tx, next, was)
            }
            (Kind::Session(next), before) => {
                let was = matches!(&before, Some(Kind::Session(before)) if before.status == next.status);
                self.session(tx, next, was)
            }
            (Kind::Document(next), Some(Kind::Document(before))) => {
                self.journal(tx, (&before, &version), next)
            }
            _ => Ok(()),
        }
    }

    fn decision(&self, tx: &mut Tx<'_>, before: Option<&Decision>, next: &Decision) -> Result<(), No> {
        use DecisionStatus::{Adopted, Proposed, Silence, Stopped, Withdrawn};
        if let Some(number) = &next.number {
            self.numbered(tx, next, number)?;
        }
        match (before.map_or(Proposed, |before| before.status), next.status) {
            (Proposed, Proposed | Withdrawn) | (Silence, Withdrawn) => Ok(()),
            (was, is) if was == is && was != Silence => Ok(()),
            (_, Silence) => self.open(tx, before, next),
            (_, Adopted | Stopped) if self.by_key => {
                refuse("status: a person closes a decision: use `comity decision close` (K4)")
            }
            (_, Adopted) if next.procedure == Procedure::Silence => self.silent(tx, next),
            (_, Adopted) => self.agreed(tx, next),
            (_, Stopped) => {
                let said = procedure::voices(self.app, tx, self.id, next)?;
                let said: Vec<Voice<'_>> = said.iter().map(Spoken::voice).collect();
                let last = silence::last(&procedure::entitled(next), &said);
                self.closed_now(next)?;
                if last.values().any(|stance| *stance == Stance::Object) {
                    return Ok(());
                }
                refuse(
                    "status: no member that is entitled objects, and an objection alone stops a decision (K4)",
                )
            }
            _ => Ok(()),
        }
    }

    /// Opening, putting the deadline off, and beginning anew with another text.
    fn open(&self, tx: &mut Tx<'_>, before: Option<&Decision>, next: &Decision) -> Result<(), No> {
        let now = self.app.now();
        let micros = |at: &Option<Timestamp>| at.as_ref().map_or(0, Timestamp::micros);
        let same = before.filter(|before| before.opened == next.opened && before.text == next.text);
        if same.is_some_and(|before| before.deadline == next.deadline) {
            return Ok(());
        }
        let voting = procedure::voting(self.app, tx, self.force, self.origin, &next.body_ref)?;
        let named_here: BTreeSet<String> =
            next.entitled_refs.iter().map(|id| id.as_str().to_owned()).collect();
        if same.is_none() && named_here != voting {
            let names = named(self.force, voting.iter().map(String::as_str));
            return refuse(format!(
                "entitled_refs: nobody is left out and nobody added: {names} can object (K4)"
            ));
        }
        let opened = Micros(micros(&next.opened));
        let near = now.plus_seconds(-NEAR_SECONDS) <= opened && opened <= now.plus_seconds(NEAR_SECONDS);
        if same.is_none() && !near {
            return refuse("opened: a procedure begins when it is opened (K4)");
        }
        if micros(&next.deadline) < now.plus_seconds(*SILENCE_SECONDS.start() - NEAR_SECONDS).0 {
            return refuse("deadline: silence is waited for at least 1 hour from now (K4)");
        }
        Ok(())
    }

    /// Closing a silence procedure as adopted.
    fn silent(&self, tx: &mut Tx<'_>, next: &Decision) -> Result<(), No> {
        self.closed_now(next)?;
        let without: BTreeSet<&str> = next.not_heard_refs.iter().map(Id::as_str).collect();
        let at = (self.origin, self.id);
        match procedure::judge(self.app, tx, self.force, at, (next, &without))? {
            Verdict::Adopts { .. } => {}
            other => return refuse(verdict(self.force, &other)),
        }
        if without.is_empty() {
            return Ok(());
        }
        // Nobody is passed over who could be heard.
        let nobody = BTreeSet::new();
        let unheard = match procedure::judge(self.app, tx, self.force, at, (next, &nobody))? {
            Verdict::Waits { not_reached, not_heard } => not_reached.into_iter().chain(not_heard).collect(),
            _ => BTreeSet::new(),
        };
        let heard = without.iter().copied().filter(|member| !unheard.contains(*member)).collect::<Vec<_>>();
        if heard.is_empty() {
            return Ok(());
        }
        refuse(format!("not_heard_refs: {} was heard, or said something (K4)", named(self.force, heard)))
    }

    /// Closing a decision by consensus as adopted.
    fn agreed(&self, tx: &mut Tx<'_>, next: &Decision) -> Result<(), No> {
        self.closed_now(next)?;
        let voting = procedure::voting(self.app, tx, self.force, self.origin, &next.body_ref)?;
        let entitled = procedure::entitled(next);
        if entitled.iter().map(|one| (*one).to_owned()).collect::<BTreeSet<_>>() != voting {
            let names = named(self.force, voting.iter().map(String::as_str));
            return refuse(format!(
                "entitled_refs: nobody is left out and nobody added: {names} can object (K4)"
            ));
        }
        let said = procedure::voices(self.app, tx, self.id, next)?;
        let said: Vec<Voice<'_>> = said.iter().map(Spoken::voice).collect();
        let present = procedure::present(self.app, tx, self.origin, next)?;
        let present = present.iter().map(String::as_str).collect();
        let (objecting, missing) = silence::consensus(&entitled, &said, &present);
        if !objecting.is_empty() {
            return refuse(verdict(self.force, &Verdict::Stopped(objecting)));
        }
        if missing.is_empty() {
            return Ok(());
        }
        let names = named(self.force, missing.iter().map(String::as_str));
        refuse(format!("consensus needs every member: {names} has said nothing and was not present (K4)"))
    }

    fn closed_now(&self, next: &Decision) -> Result<(), No> {
        let closed = Micros(next.closed.as_ref().map_or(0, Timestamp::micros));
        let now = self.app.now();
        let near = now.plus_seconds(-NEAR_SECONDS) <= closed && closed <= now.plus_seconds(NEAR_SECONDS);
        if near { Ok(()) } else { refuse("closed: a decision is closed when that is stated (K4)") }
    }

    /// A number is that of one decision of the body.
    fn numbered(&self, tx: &mut Tx<'_>, next: &Decision, number: &str) -> Result<(), No> {
        let rows = comity_store::tables::lookup::live_of_kind_by(
            tx,
            "comity-decision",
            self.origin,
            (0, i64::try_from(self.app.limits().council_records).unwrap_or(i64::MAX)),
        )?;
        for row in rows.into_iter().map(comity_model::Stored::into_inner).filter(|row| row.key.id != self.id)
        {
            if let Some(Kind::Decision(other)) = kind_of(self.app, tx, &row)?
                && other.body_ref == next.body_ref
                && other.number.as_deref() == Some(number)
            {
                let id = row.key.id;
                return refuse(format!(
                    "number: {number} is taken by {id}: leave it out, or give a free one (K4)"
                ));
            }
        }
        Ok(())
    }

    fn measure(&self, tx: &mut Tx<'_>, next: &Measure, same: bool) -> Result<(), No> {
        use MeasureStatus::{Adopted, Done};
        if same {
            return Ok(());
        }
        let of_programme = next.programme_ref.as_ref();
        match (next.status, &next.decision_ref) {
            (Adopted, Some(decision)) => self.adopted_by(tx, decision, of_programme, "measure"),
            (Done, _) => {
                for id in &next.evidence_refs {
                    if newest_of_any(tx, id)? {
                        continue;
                    }
                    return refuse(format!(
                        "evidence_refs: {id} is not in use here: evidence is a record (K8)"
                    ));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn programme(&self, tx: &mut Tx<'_>, next: &Programme, same: bool) -> Result<(), No> {
        match (next.status, &next.decision_ref) {
            (ProgrammeStatus::Adopted, Some(decision)) if !same => {
                self.adopted_by(tx, decision, None, "programme")
            }
            _ => Ok(()),
        }
    }

    /// A session is closed with its journal.
    fn session(&self, tx: &mut Tx<'_>, next: &Session, same: bool) -> Result<(), No> {
        if same || next.status != SessionStatus::Closed {
            return Ok(());
        }
        let of = (self.id, "session_ref");
        for row in lookup::naming_by(tx, of, "comity-document", self.origin, None)? {
            let row = row.into_inner();
            if row.state != comity_model::RecordState::Live {
                continue;
            }
            if let Some(Kind::Document(one)) = kind_of(self.app, tx, &row)?
                && one.document_state == Some(DocumentState::Adopted)
            {
                return Ok(());
            }
        }
        refuse("status: a session is closed when its journal is adopted: use `comity journal adopt` (K3)")
    }

    /// A journal is adopted in the version that all who took part approved.
    fn journal(
        &self,
        tx: &mut Tx<'_>,
        (before, version): (&Document, &str),
        next: &Document,
    ) -> Result<(), No> {
        let adopted = Some(DocumentState::Adopted);
        if next.document_state != adopted || before.document_state == adopted {
            return Ok(());
        }
        let at = (self.origin, self.id);
        match super::journal::approved(self.app, tx, self.force, at, (before, version))? {
            Err(why) => refuse(why),
            Ok(approved) => {
                let named: BTreeSet<String> =
                    next.approved_refs.iter().map(|id| id.as_str().to_owned()).collect();
                if named == approved {
                    return Ok(());
                }
                refuse("approved_refs: name those who approved this version, and nobody else (K3)")
            }
        }
    }

    /// Only a decision that is adopted here and that decides about it adopts a record.
    fn adopted_by(&self, tx: &mut Tx<'_>, decision: &Id, or: Option<&Id>, word: &str) -> Result<(), No> {
        let found = newest(self.app, tx, self.origin, decision.as_str())?;
        let Some((row, Kind::Decision(_))) = found else {
            return refuse(format!("decision_ref: there is no decision {decision} here (K8)"));
        };
        let course = procedure::course(self.app, tx, self.force, &row.key.origin, decision.as_str())?;
        let Some(stands) = course.now.filter(|now| now.status == DecisionStatus::Adopted) else {
            return refuse(format!(
                "decision_ref: a decision alone adopts a {word}, and {decision} is not adopted here (K8)"
            ));
        };
        let decides = |id: &Id| id.as_str() == self.id || or == Some(id);
        if stands.decides_refs.iter().any(decides) {
            return Ok(());
        }
        refuse(format!("decision_ref: {decision} decides about other records, not about this {word} (K8)"))
    }

    /// Who can object, and until when.
    fn position(&self, tx: &mut Tx<'_>, next: &Position) -> Result<(), No> {
        if matches!(next.stance, Stance::AdoptView | Stance::Dissent) {
            return Ok(());
        }
        let found = newest(self.app, tx, self.origin, next.on_ref.as_str())?;
        if next.on_ref.kind() == "comity-document" {
            return self.answer(tx, found.map(|(_, kind)| kind));
        }
        let Some((_, Kind::Decision(decision))) = found else {
            return refuse(format!("on_ref: there is no decision {} here (K4)", next.on_ref));
        };
        match decision.status {
            DecisionStatus::Proposed if decision.procedure == Procedure::Silence => {
                refuse("on_ref: the silence procedure is not open yet (K4)")
            }
            DecisionStatus::Proposed => {
                let voting = procedure::voting(self.app, tx, self.force, self.origin, &decision.body_ref)?;
                if voting.contains(self.origin.as_str()) { Ok(()) } else { refuse(NOT_ENTITLED) }
            }
            DecisionStatus::Silence => {
                let is_entitled = procedure::entitled(&decision).contains(self.origin.as_str());
                if is_entitled { Ok(()) } else { refuse(NOT_ENTITLED) }
            }
            closed => refuse(format!(
                "on_ref: the decision is {} and closed: what is said now stands as a dissent (K4)",
                closed.name()
            )),
        }
    }
}

impl Coming<'_> {
    /// Who took part answers a journal that is tabled.
    fn answer(&self, tx: &mut Tx<'_>, on: Option<Kind>) -> Result<(), No> {
        let Some(Kind::Document(journal)) = on else {
            return refuse("on_ref: there is no such journal here (K3)");
        };
        if journal.document_state != Some(DocumentState::Tabled) {
            return refuse("on_ref: a journal is approved and amended while it is tabled (K3)");
        }
        let took_part = match &journal.session_ref {
            Some(session) => match newest(self.app, tx, self.origin, session.as_str())? {
                Some((_, Kind::Session(session))) => procedure::took_part(&session),
                _ => BTreeSet::new(),
            },
            None => BTreeSet::new(),
        };
        if took_part.contains(self.origin.as_str()) {
            return Ok(());
        }
        refuse("only members that took part in the session approve and amend its journal (K3)")
    }
}

const NOT_ENTITLED: &str = "only full members that were entitled when the procedure was opened can object, approve or reserve \
     (K4)";

/// Whether some record of this id is in use here, of any origin.
fn newest_of_any(tx: &mut Tx<'_>, id: &Id) -> Result<bool, AppError> {
    let all = comity_store::tables::record::of_id(tx, id.as_str(), None, None)?;
    Ok(all.iter().any(|one| one.peek().state == comity_model::RecordState::Live))
}

/// Why a silence procedure does not adopt, in words for people.
pub(super) fn verdict(force: &InForce, verdict: &Verdict) -> String {
    let names = |all: &BTreeSet<String>| named(force, all.iter().map(String::as_str));
    match verdict {
        Verdict::Stopped(by) => {
            format!("{} objects. One objection stops it; propose a new text (K4)", names(by))
        }
        Verdict::Open(until) => format!("the silence ends at {until}; close it then (K4)"),
        Verdict::Waits { not_reached, not_heard } => {
            let mut told = Vec::new();
            if !not_reached.is_empty() {
                told.push(format!(
                    "it did not leave before the deadline for: {}. Put the deadline off, or close with --without MEMBER --reason TEXT",
                    names(not_reached)
                ));
            }
            if !not_heard.is_empty() {
                told.push(format!(
                    "not heard since the deadline: {}. Pull from it, or close with --without MEMBER --reason TEXT; its absence \
                     stands in the decision",
                    names(not_heard)
                ));
            }
            told.join("; ") + " (K4)"
        }
        Verdict::Adopts { .. } => "it can be closed as adopted".into(),
    }
}
