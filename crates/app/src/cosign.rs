//! The signatures under an agreement: where the one in force asks for them, the next comes into force when enough of those who
//! are named there have signed it.

use comity_model::agreement::{Agreement, AgreementSignature};
use comity_model::{MemberId, Micros};
use comity_store::Tx;
use comity_store::tables::{agreement_signature as rows, outbox};

use crate::force::{InForce, in_force};
use crate::{Actor, App, AppError, Role, journal};

/// Most signatures that are handed over at once.
const HANDED_MAX: usize = 1_000;

/// Signs an agreement in the name of this node's member. It is kept here, too.
///
/// # Errors
/// [`AppError::Denied`] without the role secretariat or administrator; [`AppError::Invalid`] when it is no agreement;
/// [`AppError::Environment`] without the keys.
pub fn sign(app: &App, actor: &Actor, toml: &str) -> Result<AgreementSignature, AppError> {
    actor.require(&[Role::Secretariat, Role::Administrator], "sign an agreement")?;
    let agreement = Agreement::from_toml(toml)?;
    let signed = AgreementSignature::sign(&agreement, app.member().clone(), &app.keys()?.member)?;
    app.store().write("agreement.sign", |tx| {
        rows::keep(tx, signed.digest, app.member(), &signed.to_json()?, app.now().0)?;
        let leaf = journal::leaf(app, "agreement.signed", &actor.name)
            .detail("agreement", &signed.digest.to_string())
            .detail("version", &signed.version.to_string());
        journal::append(app, tx, vec![leaf])?;
        Ok::<_, AppError>(())
    })?;
    Ok(signed)
}

/// Reads signatures, a line each.
///
/// # Errors
/// [`AppError::Invalid`] when a line is none; [`AppError::Limit`] for too many.
pub fn read(text: &str) -> Result<Vec<AgreementSignature>, AppError> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.len() > HANDED_MAX {
        return Err(AppError::Limit {
            what: "signatures under an agreement".into(),
            max: HANDED_MAX.to_string(),
        });
    }
    Ok(lines.into_iter().map(AgreementSignature::from_json).collect::<Result<_, _>>()?)
}

/// Keeps signatures under an agreement that were handed over, of members whose keys are known here.
///
/// # Errors
/// [`AppError::Invalid`] for one that is under another text, does not hold, or is of nobody who is known.
pub(crate) fn keep(
    app: &App,
    tx: &mut Tx<'_>,
    new: &Agreement,
    signatures: &[AgreementSignature],
) -> Result<(), AppError> {
    let force = in_force(app, tx)?;
    for one in signatures {
        let name = force.name_of(&one.signer);
        let key = force.key_at(&one.signer, &one.key, None);
        let key =
            key.map_err(|why| AppError::invalid("--signatures", format!("{name}: {}", why.words(&one.key))))?;
        one.verify(new, &key)
            .map_err(|error| AppError::invalid("--signatures", format!("{name}: {error}")))?;
        rows::keep(tx, one.digest, &one.signer, &one.to_json()?, app.now().0)?;
    }
    Ok(())
}

/// The signatures under an agreement that are kept here, a line each in the order of the signers.
pub(crate) fn kept(tx: &mut Tx<'_>, new: &Agreement) -> Result<Vec<AgreementSignature>, AppError> {
    let lines = rows::under(tx, new.digest()?)?;
    Ok(lines.iter().map(|line| AgreementSignature::from_json(line)).collect::<Result<_, _>>()?)
}

/// Refuses an agreement that fewer have signed than the one in force asks for.
///
/// # Errors
/// [`AppError::Conflict`] with the names of those who have not; also when its version does not rise.
pub(crate) fn require(tx: &mut Tx<'_>, force: &InForce, new: &Agreement) -> Result<(), AppError> {
    let Some(signing) = &force.agreement.signing else { return Ok(()) };
    if new.version <= force.agreement.version {
        return Err(AppError::Conflict(format!(
            "version {} is in force and co-signed: the next one has a higher number than {}",
            force.agreement.version, new.version
        )));
    }
    let kept = kept(tx, new)?;
    // Judged anew: a key may have been given up, or be in other hands, since the signature came.
    let has_signed = |one: &AgreementSignature| {
        force.key_at(&one.signer, &one.key, None).is_ok_and(|key| one.verify(new, &key).is_ok())
    };
    let (mut found, mut missing) = (0_u32, Vec::new());
    for id in &signing.by {
        if kept.iter().any(|one| &one.signer == id && has_signed(one)) {
            found += 1;
        } else {
            missing.push(force.name_of(id));
        }
    }
    if found >= signing.need {
        return Ok(());
    }
    Err(AppError::Conflict(format!(
        "the agreement in force asks for the signatures of {} of {} members, and {found} are here; missing: {}. Each signs the \
         file (`comity agreement sign FILE`); hand them over with --signatures",
        signing.need,
        signing.by.len(),
        missing.join(", ")
    )))
}

/// Refuses to hand records to a member, or to take them from it, when another agreement is in force at its node for longer than
/// the one in force here allows. What is taken back, and what was confirmed, goes on. Without signatures under the agreement
/// nothing stops: then each member answers for its own.
///
/// # Errors
/// [`AppError::NotNow`] with what to do.
pub(crate) fn require_same(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    member: &MemberId,
) -> Result<(), AppError> {
    let Some(signing) = &force.agreement.signing else { return Ok(()) };
    let since = outbox::mailbox(tx, member)?.differs_us;
    let until = Micros(since).plus_seconds(i64::from(signing.grace_hours()) * 3_600);
    if since == 0 || app.now() <= until {
        return Ok(());
    }
    Err(AppError::NotNow(format!(
        "another agreement is in force at the other node since {}, and this one allows that for {} hours: bring the same \
         version into force at both (`comity agreement fetch PEER --take`) and let them meet (`comity exchange`)",
        Micros(since),
        signing.grace_hours()
    )))
}
