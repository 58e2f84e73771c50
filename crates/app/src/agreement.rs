//! The agreement: bring another version into force, show it, compare.

use comity_model::agreement::AgreementSignature;
use comity_model::stix::Digest;
use comity_model::{Agreement, ApprovalRule};
use comity_policy::PolicySet;
use comity_store::Tx;
use comity_store::tables::epoch::{self, Epoch};
use serde::{Deserialize, Serialize};

use crate::force::{InForce, agreement_of, in_force, missing};
use crate::proposal::{self, Action, Outcome};
use crate::settle::Settled;
use crate::signers::Signers;
use crate::{Actor, App, AppError, Role, activate, cosign, epochs, journal, peer, settle};

/// The epoch in force, for people and peers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InForceView {
    /// Number of the epoch.
    pub epoch: i64,
    /// Digest of the agreement: what peers compare.
    pub digest: String,
    /// Hash of guards and local policies.
    pub policy: String,
    /// The agreement as TOML.
    pub toml: String,
    /// The agreement.
    pub agreement: Agreement,
    /// The signatures under it that are kept here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<AgreementSignature>,
}

/// What another version of the agreement changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Applied {
    /// Number of the new epoch.
    pub epoch: i64,
    /// Digest of the agreement.
    pub digest: String,
    /// What differs from the one before, a sentence each.
    pub changes: Vec<String>,
    /// Pairs of audience and handling that became visible.
    pub opened: usize,
    /// Pairs that are no longer visible.
    pub closed: usize,
}

/// The epoch in force.
///
/// # Errors
/// Those of the store.
pub fn current(app: &App) -> Result<InForceView, AppError> {
    app.store().read("agreement.current", |tx| {
        let force = in_force(app, tx)?;
        Ok(InForceView {
            epoch: force.number,
            digest: force.digest.to_string(),
            policy: force.set.hash().to_string(),
            toml: force.text.clone(),
            agreement: force.agreement.clone(),
            signatures: cosign::kept(tx, &force.agreement)?,
        })
    })
}

/// What bringing this document into force would change.
///
/// # Errors
/// [`AppError::Invalid`] when it is no agreement.
pub fn diff(app: &App, toml: &str) -> Result<Vec<String>, AppError> {
    let new = Agreement::from_toml(toml)?;
    Ok(current(app)?.agreement.differences(&new))
}

/// Brings another version into force, or proposes it where the agreement asks for a second person.
///
/// # Errors
/// [`AppError::Denied`] without the role secretariat or administrator; [`AppError::Invalid`] when it is no
/// agreement, lacks this node's member, or changes an exercise community into a real one or back.
pub fn import(app: &App, actor: &Actor, toml: &str) -> Result<Outcome<Applied>, AppError> {
    import_signed(app, actor, toml, &[])
}

/// The same with signatures under it. Where the agreement in force asks for them, enough of them have to be here.
///
/// # Errors
/// As for [`import`]; [`AppError::Invalid`] for a signature that does not hold; [`AppError::Conflict`] with the names of those
/// whose signature is missing.
pub fn import_signed(
    app: &App,
    actor: &Actor,
    toml: &str,
    signatures: &[AgreementSignature],
) -> Result<Outcome<Applied>, AppError> {
    actor.require(&[Role::Secretariat, Role::Administrator], "change the agreement")?;
    let new = Agreement::from_toml(toml)?;
    app.store().write("agreement.import", |tx| {
        check(app, tx, &new)?;
        let force = in_force(app, tx)?;
        if new.version < force.agreement.version {
            return Err(AppError::Conflict(format!(
                "version {} is older than version {}, which is in force",
                new.version, force.agreement.version
            )));
        }
        cosign::keep(app, tx, &new, signatures)?;
        if force.digest != new.digest()? {
            cosign::require(tx, &force, &new)?;
        }
        if force.agreement.two_person.contains(&ApprovalRule::Agreement) && force.digest != new.digest()? {
            let action = Action::Agreement { toml: toml.to_owned(), instead_of: force.digest.to_string() };
            let reason = "the agreement asks for a second person when it is changed";
            return proposal::propose(app, tx, actor, &action, reason).map(Outcome::Pending);
        }
        bring(app, tx, &new, &actor.name).map(Outcome::Done)
    })
}

/// The agreement of a peer, and what it would change here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Fetched {
    /// Our name for the peer.
    pub peer: String,
    /// Its version.
    pub version: u64,
    /// Its digest.
    pub digest: String,
    /// What differs from the one in force here, a sentence each.
    pub differences: Vec<String>,
    /// The agreement as TOML.
    pub toml: String,
    /// The signatures under it that are kept there.
    pub signatures: Vec<AgreementSignature>,
}

/// Asks a peer for the agreement that is in force there. Nothing is changed: [`import`] takes it.
///
/// # Errors
/// [`AppError::Denied`] without the role secretariat or administrator; [`AppError::NotFound`] for an unknown peer;
/// [`AppError::Environment`] when it does not answer; [`AppError::Invalid`] when what it sends is no agreement, is not the
/// one that it says, or is one that this node cannot take.
pub fn fetch(app: &App, actor: &Actor, name: &str) -> Result<Fetched, AppError> {
    #[derive(Deserialize)]
    struct Told {
        digest: Digest,
        toml: String,
        #[serde(default)]
        signatures: Vec<String>,
    }
    actor.require(&[Role::Secretariat, Role::Administrator], "change the agreement")?;
    let peer = peer::named(app, Some(name))?.remove(0);
    let answer = peer::open(app, &peer)?
        .get("/api/v1/agreement", &[])
        .map_err(|failure| AppError::Environment(format!("{name} gives no agreement: {}", failure.text())))?;
    let told: Told = serde_json::from_slice(&answer.body)
        .map_err(|error| AppError::invalid("agreement", format!("the answer of {name}: {error}")))?;
    let new = Agreement::from_toml(&told.toml)?;
    if new.digest()? != told.digest {
        return Err(AppError::invalid("agreement", format!("what {name} sends is not what it says it is")));
    }
    app.store().read("agreement.check", |tx| check(app, tx, &new))?;
    Ok(Fetched {
        peer: name.to_owned(),
        version: new.version,
        digest: told.digest.to_string(),
        differences: current(app)?.agreement.differences(&new),
        toml: told.toml,
        signatures: cosign::read(&told.signatures.join("\n"))?,
    })
}

pub(crate) fn check(app: &App, tx: &mut Tx<'_>, new: &Agreement) -> Result<(), AppError> {
    let own = new.member(app.member()).ok_or_else(|| {
        AppError::invalid("agreement", format!("this node's member {} is not in it", app.member()))
    })?;
    if let Ok(keys) = app.keys()
        && !Signers::read(tx)?.of(new, app.member(), &[]).iter().any(|one| one.key == keys.member.public())
    {
        return Err(AppError::invalid(
            "agreement",
            format!("the key of this node, {}, is not among the keys of {}", keys.member.public(), own.name),
        ));
    }
    if new.exercise != app.is_exercise() {
        return Err(AppError::invalid(
            "agreement",
            "an exercise node takes exercise agreements only, and another node takes none of them",
        ));
    }
    Ok(())
}

/// Puts an agreement in force and settles what follows from it.
pub(crate) fn bring(app: &App, tx: &mut Tx<'_>, new: &Agreement, actor: &str) -> Result<Applied, AppError> {
    let force = in_force(app, tx)?;
    let changes = force.agreement.differences(new);
    let digest = new.digest()?;
    if digest == force.digest {
        return Ok(Applied {
            epoch: force.number,
            digest: digest.to_string(),
            changes,
            opened: 0,
            closed: 0,
        });
    }
    cosign::require(tx, &force, new)?;
    let (number, settled) = apply(app, tx, new, force.set.hash(), Some(&force), actor)?;
    Ok(Applied {
        epoch: number,
        digest: digest.to_string(),
        changes,
        opened: settled.opened,
        closed: settled.closed,
    })
}

/// Writes the next epoch, its leaf, and what it opens and closes. The epoch `before` is none when there was none, or
/// when its guards are not in this program.
pub(crate) fn apply(
    app: &App,
    tx: &mut Tx<'_>,
    new: &Agreement,
    policy: Digest,
    before: Option<&InForce>,
    actor: &str,
) -> Result<(i64, Settled), AppError> {
    let (number, settled) = begin(app, tx, new, policy, before, actor)?;
    let leaf = journal::leaf(app, "agreement.applied", actor)
        .policy(&policy.to_string())
        .detail("agreement", &new.digest()?.to_string())
        .detail("epoch", &number.to_string());
    let place = journal::append(app, tx, vec![leaf])?;
    epochs::note(tx, number, place)?;
    Ok((number, settled))
}

/// Writes the next epoch and what it opens and closes. The leaf is left to the caller.
pub(crate) fn begin(
    app: &App,
    tx: &mut Tx<'_>,
    agreement: &Agreement,
    policy: Digest,
    before: Option<&InForce>,
    actor: &str,
) -> Result<(i64, Settled), AppError> {
    let number = epoch::number(tx)? + 1;
    let row = Epoch { number, digest: agreement.digest()?, agreement: agreement.to_toml()?, policy };
    epoch::insert(tx, &row, actor, app.now().0)?;
    let settled = settle::everything(app, tx)?;
    settle::fuller(app, tx, before)?;
    Ok((number, settled))
}

/// Puts the guards of this program in force, when the database was last used with others: the same agreement and
/// local policies begin a new epoch, and everything is decided again.
///
/// # Errors
/// [`AppError::Environment`] when what is in force is not what came into force.
pub(crate) fn renew_guards(app: &App) -> Result<(), AppError> {
    let (searched, is_stale) = app.store().read("agreement.guards", |tx| {
        Ok::<_, AppError>((epochs::require_unaltered(app, tx)?, stale(tx)?.is_some()))
    })?;
    if app.has_keys() && !searched.is_empty() {
        app.store().write("agreement.noted", |tx| {
            searched.iter().try_for_each(|(number, leaf)| epochs::note(tx, *number, *leaf))
        })?;
    }
    if !app.has_keys() || !is_stale {
        return Ok(());
    }
    app.store().write("agreement.renew", |tx| {
        let Some((row, set)) = stale(tx)? else { return Ok(()) };
        epochs::require_unaltered(app, tx)?;
        epoch::keep_policy(tx, set.hash(), PolicySet::frame(), set.local_text())?;
        apply(app, tx, &agreement_of(&row)?, set.hash(), None, activate::PROGRAM)?;
        Ok(())
    })
}

/// The epoch in force with its local policies, when they were brought into force with other guards than these.
fn stale(tx: &mut Tx<'_>) -> Result<Option<(Epoch, PolicySet)>, AppError> {
    let Some(row) = epoch::latest(tx)? else { return Ok(None) };
    let local = epoch::policy(tx, row.policy)?.ok_or_else(missing)?;
    let set = PolicySet::new(&local)?;
    Ok((set.hash() != row.policy).then_some((row, set)))
}
