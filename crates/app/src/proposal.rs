//! Actions that wait for a second person, where the agreement asks for two.

mod publishing;

use comity_model::stix::{Digest, Tlp};
use comity_model::{Agreement, ApprovalRule, Flag, Handling, Micros, Record};
use comity_store::Tx;
use comity_store::tables::{desk, record};
use serde::{Deserialize, Serialize};

use crate::erase::{self, Cause, TombstoneView};
use crate::force::{InForce, in_force};
use crate::gate::{self, Candidate, Passed};
use crate::look::Look;
use crate::onward::danger::Override;
use crate::proof::Means;
use crate::{
    Actor, App, AppError, Role, activate, agreement, allegation, handling, journal, onward, publish, triage,
    withdraw, witness,
};
pub(crate) use publishing::{Publishing, about_publishing};

/// What was asked is done, or waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome<T> {
    /// It is done.
    Done(T),
    /// It waits for a second person.
    Pending(ProposalView),
}

/// A proposal, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ProposalView {
    /// What to approve.
    pub id: String,
    /// What kind of action.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// Which rule asks for a second person.
    pub reason: String,
    /// Who proposed it.
    pub by: String,
}

/// What a proposal would do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Action {
    /// Publish held records.
    Publish { collection: String, seqs: Vec<i64> },
    /// Put records, the copies of one in several collections, under another handling. `copies` names each by
    /// collection, number, and the revision that it had when this was proposed.
    Handling {
        copies: Vec<(String, i64, u32)>,
        handling: Box<Handling>,
        /// The question about passing the record on that is answered so, when one is: it has to be open still.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        question: Option<Digest>,
    },
    /// Bring another agreement into force, in place of the one of this digest.
    Agreement { toml: String, instead_of: String },
    /// Bring these policies, of this hash, into force in place of the rules of this name.
    Policies { candidate: Candidate, policy: String, instead_of: String, reason: String },
    /// Erase every version and copy that this text names when a second person approves.
    Erase { record: String, cause: Cause },
    /// Erase again what a list of tombstones names.
    Apply { stones: Vec<TombstoneView> },
    /// Lift what is alleged about the object of this id by these notes, each named by collection and number.
    Lift {
        id: String,
        #[serde(default)]
        notes: Vec<(String, i64)>,
        reason: String,
    },
    /// Take up a ledger again about which there is an alarm.
    ClearAlarm { log: String },
    /// Pass a record of another member on without asking, because a life is in danger at once.
    Override(Box<Override>),
}

/// Why a second person is asked, whatever the agreement says, for matter of political, military, religious or racial
/// character. That person gives a reason.
pub(crate) const NEUTRALITY: &str =
    "it is marked for neutrality review: a second person decides and says why (--reason)";

impl Action {
    fn kind(&self) -> &'static str {
        match self {
            Self::Publish { .. } => "publish",
            Self::Handling { .. } => "handling",
            Self::Agreement { .. } => "agreement",
            Self::Policies { .. } => "policies",
            Self::Erase { .. } => "erase",
            Self::Apply { .. } => "apply-erased",
            Self::Lift { .. } => "lift",
            Self::ClearAlarm { .. } => "clear-alarm",
            Self::Override(_) => "override",
        }
    }

    /// Whether every record that it is about is there.
    fn is_seen(&self, tx: &mut Tx<'_>, look: &mut Look<'_>) -> Result<bool, AppError> {
        let places: Vec<(&String, i64)> = match self {
            Self::Publish { collection, seqs } => seqs.iter().map(|seq| (collection, *seq)).collect(),
            Self::Handling { copies, .. } => copies.iter().map(|(at, seq, _)| (at, *seq)).collect(),
            Self::Erase { record, .. } => return look.sees_object(tx, record_id(record)),
            Self::Lift { id, .. } => return look.sees_object(tx, id),
            Self::Override(wish) => vec![(&wish.collection, wish.seq)],
            Self::Agreement { .. } | Self::Policies { .. } | Self::Apply { .. } | Self::ClearAlarm { .. } => {
                Vec::new()
            }
        };
        for (collection, seq) in places {
            if !look.sees_numbered(tx, collection, seq)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(crate) fn subject(&self) -> String {
        match self {
            Self::Publish { seqs, .. } => format!("{} records", seqs.len()),
            Self::Handling { copies, .. } => format!("1 record in {} collections", copies.len()),
            Self::Agreement { .. } => "the agreement".into(),
            Self::Policies { policy, .. } => format!("policies {policy}"),
            Self::Erase { record, .. } => record.clone(),
            Self::Apply { stones } => format!("{} tombstones", stones.len()),
            Self::Lift { id, .. } => id.clone(),
            Self::ClearAlarm { log } => log.clone(),
            Self::Override(wish) => wish.record.clone(),
        }
    }
}

/// Which rule of the agreement asks for a second person before a record is released under this handling. With the
/// handling that it has `now`: neither may widen what falls under a rule, and nobody is kept waiting to narrow.
pub(crate) fn second_person(
    force: &InForce,
    now: Option<&Handling>,
    next: &Handling,
) -> Option<&'static str> {
    if now.is_some_and(|now| next.is_within(now)) {
        return None;
    }
    let rules = &force.agreement.two_person;
    let either = |falls_under: fn(&Handling) -> bool| falls_under(next) || now.is_some_and(falls_under);
    if either(|handling| handling.flags.contains(&Flag::Neutrality)) {
        return Some(NEUTRALITY);
    }
    if rules.contains(&ApprovalRule::Red) && either(|handling| handling.tlp == Some(Tlp::Red)) {
        return Some("the agreement asks for a second person for TLP:RED");
    }
    if rules.contains(&ApprovalRule::PersonalData) && either(|handling| handling.personal) {
        return Some("the agreement asks for a second person for personal data");
    }
    None
}

/// Writes a proposal. Whoever makes one to publish sees what that withdraws.
pub(crate) fn propose(
    app: &App,
    tx: &mut Tx<'_>,
    actor: &Actor,
    action: &Action,
    reason: &str,
) -> Result<ProposalView, AppError> {
    if let Action::Publish { collection, seqs } = action {
        for seq in seqs {
            if let Some(held) = record::numbered(tx, collection, *seq)? {
                withdraw::older_of_other_category(app, tx, held.peek())?;
            }
        }
    }
    let id = app.random_uuid();
    let body = serde_json::to_string(action).map_err(|error| AppError::Internal(error.to_string()))?;
    let row = desk::Proposal {
        id: id.clone(),
        kind: action.kind().into(),
        body,
        reason: reason.into(),
        actor: actor.name.clone(),
        created_us: app.now().0,
        decided_by: None,
        decided_us: None,
        refused: false,
    };
    desk::propose(tx, &row)?;
    let leaf = journal::leaf(app, "proposal.made", &actor.name).detail("action", action.kind());
    journal::append(app, tx, vec![leaf])?;
    Ok(ProposalView {
        id,
        kind: action.kind().into(),
        subject: action.subject(),
        reason: reason.into(),
        by: actor.name.clone(),
    })
}

/// Takes a proposal of another agreement away, so that nobody can approve it any more; nothing when it was decided.
pub(crate) fn withdraw_agreement(app: &App, tx: &mut Tx<'_>, id: &str, by: &str) -> Result<(), AppError> {
    if desk::withdraw(tx, id)? {
        let leaf = journal::leaf(app, "proposal.withdrawn", by).detail("action", "agreement");
        journal::append(app, tx, vec![leaf])?;
    }
    Ok(())
}

/// What waits, oldest first, as far as whoever looks sees every record that it is about.
///
/// # Errors
/// Those of the store.
pub fn list(app: &App) -> Result<Vec<ProposalView>, AppError> {
    app.store().read("proposal.list", |tx| {
        let mut look = Look::new(app, tx)?;
        let mut views = Vec::new();
        for row in desk::waiting(tx)? {
            let action = read(&row.body)?;
            if action.is_seen(tx, &mut look)? {
                views.push(view(row, &action));
            }
        }
        Ok(views)
    })
}

/// A proposal that waits, and what a person may do about it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Listed {
    /// As in the list.
    #[serde(flatten)]
    pub proposal: ProposalView,
    /// When it was proposed.
    pub at: Micros,
    /// `approve`, `refuse`, or `take-back` for what the person proposed.
    pub may: Vec<&'static str>,
}

/// What waits, oldest first, as far as a person sees every record that it is about, with what the person may do.
///
/// # Errors
/// Those of the store.
pub fn list_for(app: &App, actor: &Actor) -> Result<Vec<Listed>, AppError> {
    app.store().read("proposal.list_for", |tx| {
        let mut look = Look::new(app, tx)?;
        let mut listed = Vec::new();
        for row in desk::waiting(tx)? {
            let action = read(&row.body)?;
            if action.is_seen(tx, &mut look)? {
                listed.push(Listed {
                    at: Micros(row.created_us),
                    may: may(&row, &action, actor),
                    proposal: view(row, &action),
                });
            }
        }
        Ok(listed)
    })
}

/// What a person may do about a proposal.
pub(crate) fn may(row: &desk::Proposal, action: &Action, actor: &Actor) -> Vec<&'static str> {
    if row.decided_by.is_some() {
        return Vec::new();
    }
    if row.actor == actor.name {
        return vec!["take-back"];
    }
    if may_decide(action, actor).is_ok() { vec!["approve", "refuse"] } else { Vec::new() }
}

fn view(row: desk::Proposal, action: &Action) -> ProposalView {
    ProposalView { id: row.id, kind: row.kind, subject: action.subject(), reason: row.reason, by: row.actor }
}

/// The proposal to publish just this record that waits already; none when there is none.
pub(crate) fn waiting_for(tx: &mut Tx<'_>, at: &str, seq: i64) -> Result<Option<ProposalView>, AppError> {
    waiting(
        tx,
        |action| matches!(action, Action::Publish { collection, seqs } if collection == at && *seqs == [seq]),
    )
}

/// The proposal that waits already of which this holds; none when there is none.
pub(crate) fn waiting(
    tx: &mut Tx<'_>,
    is_it: impl Fn(&Action) -> bool,
) -> Result<Option<ProposalView>, AppError> {
    for row in desk::waiting(tx)? {
        let action = read(&row.body)?;
        if is_it(&action) {
            return Ok(Some(view(row, &action)));
        }
    }
    Ok(None)
}

/// Whether this proposal, of an agreement in place of the one of this digest, still waits.
pub(crate) fn waits_instead_of(tx: &mut Tx<'_>, id: &str, digest: &str) -> Result<bool, AppError> {
    let Some(row) = desk::proposal(tx, id)?.filter(|row| row.decided_by.is_none()) else { return Ok(false) };
    Ok(matches!(read(&row.body)?, Action::Agreement { instead_of, .. } if instead_of == digest))
}

/// What an approval did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Approved {
    /// What kind of action.
    pub kind: String,
    /// What it was about.
    pub subject: String,
}

/// What a refusal was about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Refused {
    /// What kind of action.
    pub kind: String,
    /// What it was about.
    pub subject: String,
}

/// Approves a proposal of another person and carries it out; for one that asks for a reason see [`approve_because`].
///
/// # Errors
/// Those of [`approve_because`].
pub fn approve(app: &App, actor: &Actor, id: &str) -> Result<Approved, AppError> {
    approve_because(app, actor, id, None)
}

/// Approves a proposal of another person and carries it out, with the reason where one is asked for.
///
/// # Errors
/// Those of [`approve_by`].
pub fn approve_because(
    app: &App,
    actor: &Actor,
    id: &str,
    reason: Option<&str>,
) -> Result<Approved, AppError> {
    approve_by(app, actor, id, reason, &Means::default())
}

/// Approves as [`approve_because`] does; policies are proved once more, by these means, before they come into force.
///
/// # Errors
/// [`AppError::Denied`] for the proposer, or without the role that the action takes; [`AppError::NotFound`] for an
/// unknown id; [`AppError::Conflict`] when it was decided before; [`AppError::Invalid`] without a reason where one is
/// asked for. For policies also those of [`activate::run`].
pub fn approve_by(
    app: &App,
    actor: &Actor,
    id: &str,
    reason: Option<&str>,
    means: &Means,
) -> Result<Approved, AppError> {
    let reason = reason.map(|reason| triage::reason("--reason", reason)).transpose()?;
    // A solver is a process of its own: it runs before the transaction, which may run twice.
    let (_, asked) =
        app.store().read("proposal.asked", |tx| undecided(app, tx, actor, id, reason.as_deref()))?;
    let passed = match asked {
        Action::Policies { candidate, .. } => Some(gate::pass(app, candidate, means)?),
        _ => None,
    };
    app.store().write("proposal.approve", |tx| {
        let (row, action) = undecided(app, tx, actor, id, reason.as_deref())?;
        decide(app, tx, (id, action.kind()), actor, reason.as_deref())?;
        carry_out(app, tx, &action, passed.as_ref(), &format!("{}+{}", row.actor, actor.name))?;
        Ok(Approved { kind: action.kind().into(), subject: action.subject() })
    })
}

/// Writes that somebody approved a proposal, and why.
pub(crate) fn decide(
    app: &App,
    tx: &mut Tx<'_>,
    (id, kind): (&str, &str),
    actor: &Actor,
    reason: Option<&str>,
) -> Result<(), AppError> {
    if !desk::decide(tx, id, &actor.name, app.now().0)? {
        return Err(decided(id));
    }
    if let Some(reason) = reason {
        desk::keep_answer(tx, id, reason)?;
        let leaf = journal::leaf(app, "approval.reasoned", &actor.name).detail("action", kind);
        journal::append(app, tx, vec![leaf])?;
    }
    Ok(())
}

fn decided(id: &str) -> AppError {
    AppError::Conflict(format!("proposal `{id}` was decided before"))
}

/// The proposal of this id, if whoever looks sees every record that it is about.
pub(crate) fn seen(app: &App, tx: &mut Tx<'_>, id: &str) -> Result<(desk::Proposal, Action), AppError> {
    let unknown = || AppError::NotFound(format!("there is no proposal `{id}`: see `comity proposals`"));
    let row = desk::proposal(tx, id)?.ok_or_else(unknown)?;
    let action = read(&row.body)?;
    let mut look = Look::new(app, tx)?;
    if action.is_seen(tx, &mut look)? { Ok((row, action)) } else { Err(unknown()) }
}

/// The proposal of this id, which this person may approve with this reason.
fn undecided(
    app: &App,
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: &str,
    reason: Option<&str>,
) -> Result<(desk::Proposal, Action), AppError> {
    let (row, action) = seen(app, tx, id)?;
    if row.actor == actor.name {
        return Err(AppError::Denied(format!(
            "{} proposed it: approval takes a second person (--as OTHER)",
            actor.name
        )));
    }
    may_decide(&action, actor)?;
    if row.reason == NEUTRALITY && reason.is_none() {
        return Err(AppError::invalid("--reason", "say why it may go: it is marked for neutrality review"));
    }
    if row.decided_by.is_some() {
        return Err(decided(id));
    }
    Ok((row, action))
}

/// Refuses unless the person has a role that decides about such an action.
fn may_decide(action: &Action, actor: &Actor) -> Result<(), AppError> {
    match action {
        Action::Agreement { .. } => {
            actor.require(&[Role::Secretariat, Role::Administrator], "decide about a change of the agreement")
        }
        Action::Policies { .. } => activate::require(actor, "approve policies"),
        Action::Erase { .. } | Action::Apply { .. } => {
            actor.require(&[Role::DataProtection, Role::ReleaseOfficer], "decide about an erasure")
        }
        Action::ClearAlarm { .. } => {
            actor.require(&[Role::Administrator, Role::Auditor], "clear an alarm about a ledger")
        }
        _ => actor.require(&[Role::ReleaseOfficer], "decide about a release"),
    }
}

/// Refuses a proposal of another person, or takes back one's own; nothing of it is carried out, and drafts stay drafts.
/// The reason is kept for who proposed it. Who refused it before with any reason is told so again.
///
/// # Errors
/// [`AppError::Denied`] without the role that the action takes; [`AppError::NotFound`] for an unknown id;
/// [`AppError::Conflict`] when it was decided before; [`AppError::Invalid`] without a reason.
pub fn refuse(app: &App, actor: &Actor, id: &str, reason: &str) -> Result<Refused, AppError> {
    let reason = triage::reason("--reason", reason)?;
    app.store().write("proposal.refuse", |tx| {
        let (row, action) = seen(app, tx, id)?;
        let takes_back = row.actor == actor.name;
        if !takes_back {
            may_decide(&action, actor)?;
        }
        let refused = Refused { kind: row.kind, subject: action.subject() };
        if row.refused && row.decided_by.as_deref() == Some(actor.name.as_str()) {
            return Ok(refused);
        }
        if !desk::refuse(tx, id, &actor.name, app.now().0, &reason)? {
            return Err(decided(id));
        }
        let what = if takes_back { "proposal.withdrawn" } else { "proposal.refused" };
        let leaf = journal::leaf(app, what, &actor.name).detail("action", action.kind());
        journal::append(app, tx, vec![leaf])?;
        Ok(refused)
    })
}

fn carry_out(
    app: &App,
    tx: &mut Tx<'_>,
    action: &Action,
    passed: Option<&Passed>,
    by: &str,
) -> Result<(), AppError> {
    match action {
        Action::Publish { collection, seqs } => publish::place_held(app, tx, by, collection, seqs)?,
        Action::Handling { copies, handling, question } => {
            if let Some(question) = question {
                onward::still_open(app, tx, *question)?;
            }
            handling::restate(app, tx, by, copies, &(**handling).clone().checked()?)?;
        }
        Action::Agreement { toml, instead_of } => {
            if &in_force(app, tx)?.digest.to_string() != instead_of {
                return Err(AppError::Conflict(
                    "another agreement came into force since this was proposed: propose it again".into(),
                ));
            }
            let new = Agreement::from_toml(toml)?;
            agreement::check(app, tx, &new)?;
            agreement::bring(app, tx, &new, by)?;
        }
        Action::Policies { candidate, instead_of, reason, .. } => {
            let (force, now) = activate::rules_in_force(app, tx)?;
            activate::require_same(&now, instead_of)?;
            activate::require_table(&force, candidate)?;
            let passed = passed
                .filter(|passed| passed.candidate == *candidate)
                .ok_or_else(|| AppError::Internal("what was proved is not what was proposed".into()))?;
            activate::bring(app, tx, passed, reason, by)?;
        }
        Action::Erase { record, cause } => erase::carry_out(app, tx, record, cause, by)?,
        Action::Apply { stones } => erase::apply_all(app, tx, stones, by)?,
        Action::Lift { id, notes, reason } => allegation::lift(app, tx, (id, notes), reason, by)?,
        Action::ClearAlarm { log } => witness::clear(app, tx, log, by)?,
        Action::Override(wish) => onward::danger::carry_out(app, tx, wish, by)?,
    }
    Ok(())
}

/// Takes out of the proposals what people wrote about a record that is erased: with the last version of an object
/// (`all_gone`) also what was said about the object.
pub(crate) fn forget(tx: &mut Tx<'_>, gone: &Record, all_gone: bool) -> Result<(), AppError> {
    let (at, seq) = (&gone.key.collection, gone.seq);
    let mut reasoned = desk::reasoned(tx, "lift")?;
    reasoned.extend(desk::reasoned(tx, "override")?);
    for row in reasoned {
        let mut action = read(&row.body)?;
        let names = match &mut action {
            Action::Publish { collection, seqs } => collection == at && seqs.contains(&seq),
            Action::Handling { copies, .. } => copies.iter().any(|(one, n, _)| one == at && *n == seq),
            Action::Erase { record, .. } => all_gone && record_id(record) == gone.key.id,
            Action::Lift { id, reason, .. } => {
                let is_about = all_gone && *id == gone.key.id;
                if is_about {
                    reason.clear();
                }
                is_about
            }
            Action::Override(wish) => {
                let is_about = &wish.collection == at && wish.seq == seq;
                if is_about {
                    wish.danger.clear();
                }
                is_about
            }
            Action::Agreement { .. }
            | Action::Policies { .. }
            | Action::Apply { .. }
            | Action::ClearAlarm { .. } => false,
        };
        if names {
            let body =
                serde_json::to_string(&action).map_err(|error| AppError::Internal(error.to_string()))?;
            desk::strip(tx, &row.id, &body)?;
        }
    }
    Ok(())
}

/// The STIX id in what a person means by RECORD.
fn record_id(text: &str) -> &str {
    text.split('@').next().unwrap_or_default()
}

fn read(body: &str) -> Result<Action, AppError> {
    serde_json::from_str(body).map_err(|error| AppError::Internal(format!("proposal: {error}")))
}
