//! The agreement and the policies in force, read in the transaction that they govern (invariant 12).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use comity_model::stix::{Digest, Tlp};
use comity_model::{Agreement, Handling, HandlingId, MemberId, Micros, PublicKey, RecordState, Signer};
use comity_policy::{Action, Ask, Context, Decision, Entities, PolicySet, Prepared, StateFlags, choose};
use comity_store::Tx;
use comity_store::tables::epoch::{self, Epoch};
use comity_store::tables::release::Audience;

use crate::signers::{self, NoSigner, Signers};
use crate::verdicts::{Asked, Asker, Line, Verdict};
use crate::{App, AppError};

/// One epoch, parsed.
pub struct InForce {
    /// Number, from 1.
    pub number: i64,
    /// Digest of the agreement.
    pub digest: Digest,
    /// The agreement.
    pub agreement: Agreement,
    /// The agreement as TOML.
    pub text: String,
    /// Guards and local policies.
    pub set: PolicySet,
    /// What changed about keys of members since, without the agreement.
    pub(crate) signers: Signers,
    entities: Entities,
}

/// The epoch in force in this transaction.
pub(crate) fn in_force(app: &App, tx: &mut Tx<'_>) -> Result<Arc<InForce>, AppError> {
    let names = epoch::names(tx)?;
    let cache = &app.inner().force;
    let kept = cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    // The number alone is no name: a transaction that read an epoch of its own making may have been rolled back.
    if let Some(kept) = &kept
        && names == Some((kept.number, kept.digest, kept.set.hash(), kept.signers.mark()))
    {
        return Ok(Arc::clone(kept));
    }
    let row = epoch::latest(tx)?
        .ok_or_else(|| AppError::Environment("the database holds no agreement: restore a backup".into()))?;
    let local = epoch::policy(tx, row.policy)?.ok_or_else(missing)?;
    let set = match kept {
        Some(kept) if kept.set.hash() == row.policy => kept.set.clone(),
        _ => PolicySet::new(&local)?,
    };
    if set.hash() != row.policy {
        return Err(AppError::Environment(
            "this program has other guards than the policies in force were activated with: activate them again".into(),
        ));
    }
    let agreement = agreement_of(&row)?;
    let entities = Entities::new(&agreement)?;
    let force = Arc::new(InForce {
        number: row.number,
        digest: row.digest,
        agreement,
        text: row.agreement,
        set,
        signers: Signers::read(tx)?,
        entities,
    });
    *cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Arc::clone(&force));
    Ok(force)
}

/// The agreement of an epoch, which has to be the one that came into force with it.
pub(crate) fn agreement_of(row: &Epoch) -> Result<Agreement, AppError> {
    let agreement = Agreement::from_toml(&row.agreement)?;
    if agreement.digest()? != row.digest {
        return Err(altered("agreement"));
    }
    Ok(agreement)
}

/// The error for what is not what came into force.
pub(crate) fn altered(what: &str) -> AppError {
    AppError::Environment(format!(
        "what the database holds as the {what} in force is not what came into force, somebody altered it: restore a \
         backup (`comity verify` tells what else is wrong)"
    ))
}

pub(crate) fn missing() -> AppError {
    AppError::Environment("the policies in force are missing: restore a backup".into())
}

impl InForce {
    /// What would be in force with another agreement or other rules. It is asked, and never put in force.
    pub(crate) fn proposed(&self, agreement: Agreement, set: PolicySet) -> Result<Self, AppError> {
        Ok(Self {
            number: self.number,
            digest: agreement.digest()?,
            text: agreement.to_toml()?,
            entities: Entities::new(&agreement)?,
            signers: self.signers.clone(),
            agreement,
            set,
        })
    }

    /// The keys by which the signatures of a member are checked.
    pub(crate) fn keys_of(&self, member: &MemberId) -> Vec<Signer> {
        self.signers.of(&self.agreement, member, &[])
    }

    /// The key of this short name of a member, when it may have signed what is dated so. Without a date it has to be one
    /// that signs now.
    pub(crate) fn key_at(
        &self,
        member: &MemberId,
        key: &str,
        at: Option<Micros>,
    ) -> Result<PublicKey, NoSigner> {
        signers::key_at(&self.keys_of(member), key, at, self.signers.is_stolen(member, key))
    }

    /// What tells apart by which agreement and by which keys something is judged.
    pub(crate) fn judged_by(&self) -> Digest {
        match self.signers.mark() {
            None => self.digest,
            Some(mark) => Digest::of(format!("{} {mark}", self.digest).as_bytes()),
        }
    }

    /// Decides for an audience under the given state.
    pub fn decide(&self, app: &App, audience: &Audience, handling: &Handling, state: StateFlags) -> Decision {
        self.decide_prepared(app, audience, &self.prepare(handling), state)
    }

    /// A handling, ready for decisions about many audiences.
    pub(crate) fn prepare<'a>(&self, handling: &'a Handling) -> Prepared<'a> {
        self.entities.prepare(handling)
    }

    fn decide_prepared(
        &self,
        app: &App,
        audience: &Audience,
        handling: &Prepared<'_>,
        state: StateFlags,
    ) -> Decision {
        let (action, context) = self.question(app, audience, handling.handling(), state);
        let decision =
            self.set.decide_prepared(&self.entities, (&audience.member, action, &context), handling);
        if !decision.errors().is_empty() {
            app.alarms().rule_errors.fetch_add(1, Ordering::Relaxed);
            let errors = decision.errors().join("; ");
            tracing::error!(member = %audience.member, action = action.name(), errors, "a rule failed: denied");
        }
        decision
    }

    /// Whether people of this audience may choose records of this handling by what they hold.
    pub(crate) fn may_select(
        &self,
        app: &App,
        audience: &Audience,
        handling: &Handling,
        state: StateFlags,
    ) -> bool {
        let (_, context) = self.question(app, audience, handling, state);
        let action = Action::Select;
        self.set
            .decide(&self.entities, &Ask { member: &audience.member, action, handling, context: &context })
            .allow()
    }

    /// The verdicts kept for an audience under this epoch.
    pub(crate) fn line(&self, app: &App, audience: &Audience) -> Arc<Line> {
        app.inner().verdicts.line(&Asker {
            policy: self.set.hash(),
            agreement: self.digest,
            member: audience.member.clone(),
            purpose: audience.purpose.clone(),
            basis: audience.basis.clone(),
            inner: audience.inner.clone(),
        })
    }

    /// The verdict on a handling without the state of a record, from the line of the audience or decided now.
    pub(crate) fn verdict(
        &self,
        app: &App,
        line: &Line,
        audience: &Audience,
        (id, handling): (HandlingId, &Prepared<'_>),
    ) -> Verdict {
        let state = StateFlags::default();
        let (action, context) = self.question(app, audience, handling.handling(), state);
        let asked = Asked { handling: id, action, own: context.own, delegated: context.delegated };
        line.verdict(asked, || self.decide_prepared(app, audience, handling, state))
    }

    /// Which marked parts of a record of this handling an audience may not have.
    pub(crate) fn denied(
        &self,
        app: &App,
        audience: &Audience,
        handling: &Handling,
        parts: &BTreeSet<Option<Tlp>>,
        state: RecordState,
        now: Micros,
    ) -> BTreeSet<Option<Tlp>> {
        let (action, context) = self.question(app, audience, handling, StateFlags::of(state, handling, now));
        let ask = Ask { member: &audience.member, action, handling, context: &context };
        self.set.denied_parts(&self.entities, &ask, parts)
    }

    /// What is asked of the rules when this audience wants something of this handling from this node. For a member that
    /// is hosted here this node is its own.
    pub(crate) fn question(
        &self,
        app: &App,
        audience: &Audience,
        handling: &Handling,
        state: StateFlags,
    ) -> (Action, Context) {
        let hosted = self.hosts(app, &handling.originator);
        let home = if hosted { &handling.originator } else { app.member() };
        question_at(home, audience, handling, state)
    }

    /// Whether the rules would let an audience have something of this handling from its originator itself.
    pub(crate) fn releases(&self, audience: &Audience, handling: &Handling, state: StateFlags) -> bool {
        self.decide_from(&handling.originator, audience, handling, state).allow()
    }

    /// What the rules say when a member gives something of this handling to an audience.
    pub(crate) fn decide_from(
        &self,
        from: &MemberId,
        audience: &Audience,
        handling: &Handling,
        state: StateFlags,
    ) -> Decision {
        let (action, context) = question_at(from, audience, handling, state);
        let ask = Ask { member: &audience.member, action, handling, context: &context };
        self.set.decide(&self.entities, &ask)
    }

    /// Which marked parts of something of this handling an audience may not have from a member.
    pub(crate) fn denied_from(
        &self,
        from: &MemberId,
        audience: &Audience,
        handling: &Handling,
        (parts, state): (&BTreeSet<Option<Tlp>>, StateFlags),
    ) -> BTreeSet<Option<Tlp>> {
        let (action, context) = question_at(from, audience, handling, state);
        let ask = Ask { member: &audience.member, action, handling, context: &context };
        self.set.denied_parts(&self.entities, &ask, parts)
    }

    /// Whether a member has no node of its own and is hosted on this one.
    pub(crate) fn hosts(&self, app: &App, member: &MemberId) -> bool {
        member != app.member()
            && self.agreement.member(member).is_some_and(|one| one.hosted_by.as_ref() == Some(app.member()))
    }

    /// Whether this node is the one of a member: its own, or one that is hosted here.
    pub(crate) fn is_home_of(&self, app: &App, member: &MemberId) -> bool {
        member == app.member() || self.hosts(app, member)
    }

    /// The members, as the rules see them.
    pub(crate) fn entities(&self) -> &Entities {
        &self.entities
    }

    /// The display name of a member.
    pub fn name_of<'a>(&'a self, member: &'a MemberId) -> &'a str {
        self.agreement.name_of(member)
    }
}

/// What is asked of the rules at the node of a member.
fn question_at(
    home: &MemberId,
    audience: &Audience,
    handling: &Handling,
    state: StateFlags,
) -> (Action, Context) {
    let (action, own, delegated) = choose(handling, home, &audience.member);
    let context = Context {
        purpose: audience.purpose.clone(),
        legal_basis: audience.basis.clone(),
        own,
        delegated,
        inner: audience.inner.clone(),
        state,
    };
    (action, context)
}

/// The member named by id or display name.
pub(crate) fn find_member(force: &InForce, text: &str) -> Result<MemberId, AppError> {
    match force.agreement.find(text) {
        Some(member) => Ok(member.id.clone()),
        None => Err(AppError::NotFound(format!(
            "the agreement knows no member `{text}`, or more than one: see `comity member list`"
        ))),
    }
}
