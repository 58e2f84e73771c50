//! The certificate of a node, and how members know each other's: by the public key in it (SPKI), whose SHA-256 stands in the
//! key note that the member signed. No authority is asked, and no name in a certificate counts.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::Ed25519KeyPair;
use comity_model::stix::Digest;
use comity_model::{MemberId, SignedKeyNote};
use comity_store::Tx;
use comity_store::tables::access::{self, Credential};
use comity_store::tables::invitation::{self, InvitationRow, InvitationState};
use comity_store::tables::peer::{self, Trust};
use comity_store::tables::{outbox, witness as rows};
use rcgen::{CertificateParams, KeyPair, PublicKeyData as _};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use serde::Serialize;

use crate::force::in_force;
use crate::{Actor, App, AppError, Role, home, journal, witness};

/// The certificate of a node with its private key.
pub struct Identity {
    /// The certificate: the node signed it itself.
    pub certificate: CertificateDer<'static>,
    /// Its private key.
    pub key: PrivatePkcs8KeyDer<'static>,
    /// Both as PEM.
    pem: String,
}

/// The certificate that this node shows, with its key.
///
/// # Errors
/// [`AppError::Environment`] without the keys.
pub fn identity(app: &App) -> Result<Identity, AppError> {
    let key = key_pair(&app.keys()?.tls)?;
    let certificate = CertificateParams::new(vec![format!("{}.comity.invalid", app.member().id().uuid())])
        .and_then(|params| params.self_signed(&key))
        .map_err(|error| AppError::Internal(format!("certificate: {error}")))?;
    Ok(Identity {
        pem: format!("{}{}", certificate.pem(), key.serialize_pem()),
        certificate: certificate.der().clone(),
        key: PrivatePkcs8KeyDer::from(key.serialize_der()),
    })
}

fn key_pair(seed: &[u8; 32]) -> Result<KeyPair, AppError> {
    let fault = || AppError::Internal("tls.key makes no key".into());
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| fault())?;
    let der = pair.as_der().map_err(|_| fault())?;
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = der;
    KeyPair::try_from(&PrivatePkcs8KeyDer::from(der.as_ref())).map_err(|_| fault())
}

/// SHA-256 of the public key that belongs to a seed.
fn pin_of_seed(seed: &[u8; 32]) -> Result<Digest, AppError> {
    Ok(Digest::of(&key_pair(seed)?.subject_public_key_info()))
}

/// SHA-256 of the public key (SPKI) in a certificate; none when it is no certificate.
pub fn pin_of(certificate: &CertificateDer<'_>) -> Option<Digest> {
    let parsed = ParsedCertificate::try_from(certificate).ok()?;
    Some(Digest::of(&parsed.subject_public_key_info()))
}

/// The certificates of this node by what others pin: the one that it shows, the one that will take its place, and the one
/// before that a serving node still shows.
pub(crate) fn own_pins(app: &App) -> Result<Vec<Digest>, AppError> {
    let mut pins =
        home::tls_seeds(app.home())?.iter().map(pin_of_seed).collect::<Result<Vec<_>, AppError>>()?;
    let before = home::tls_before(app.home())?.filter(|before| !pins.contains(before));
    pins.extend(before);
    Ok(pins)
}

/// A change of this node's certificate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Rotated {
    /// The certificates that members take from now on, by the SHA-256 of their public keys; the first is the one that the
    /// node shows once it is started again.
    pub certificates: Vec<Digest>,
}

/// Makes the next certificate, and names both in the key note. Members learn of it by the next exchange, and take either.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::Conflict`] when one waits already.
pub fn rotate(app: &App, actor: &Actor) -> Result<Rotated, AppError> {
    may_change(app, actor)?;
    home::prepare_tls(app)?;
    changed(app, actor, "key.prepared")
}

/// Puts the next certificate in the place of the one before. A serving node shows it once it is started again; until then
/// members take both, see [`started`]. Members that did not say that they have the key note with the next one know only the
/// one before, and so does who was invited before it was made: unless `anyway` is said, nothing is done while there are such.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::NotFound`] when none waits; [`AppError::Conflict`]
/// with the names of those, or when the node was not started since the last change.
pub fn finish(app: &App, actor: &Actor, anyway: bool) -> Result<Rotated, AppError> {
    may_change(app, actor)?;
    witness::note_own_keys(app)?;
    let untold = app.store().read("tls.untold", |tx| untold(app, tx))?;
    if !untold.is_empty() && !anyway {
        return Err(AppError::Conflict(format!(
            "not known to have heard of the next certificate, and so unable to know this node by it: {}; run `comity \
             exchange` first, or say --anyway and hand them `comity peer keys`",
            untold.join(", ")
        )));
    }
    let shown = pin_of_seed(&shown_seed(app)?)?;
    if home::tls_before(app.home())?.is_some_and(|before| before != shown) && !anyway {
        return Err(AppError::Conflict(
            "the node was not started since its certificate was changed last, and may show the one before: start it \
             again first (`comity serve`), or say --anyway"
                .into(),
        ));
    }
    home::replace_tls(app, shown)?;
    changed(app, actor, "key.rotated")
}

/// Who may know this node only by certificates that were named before its newest key note.
fn untold(app: &App, tx: &mut Tx<'_>) -> Result<Vec<String>, AppError> {
    let force = in_force(app, tx)?;
    let number = rows::key_note(tx, app.member())?.map_or(0, |own| own.number);
    let mut known: BTreeSet<MemberId> = outbox::mailboxes(tx)?.into_iter().map(|one| one.member).collect();
    known.extend(
        peer::list(tx)?.into_iter().filter(|one| one.trust != Trust::Authority).map(|one| one.member),
    );
    let is_used = |key: &Credential| key.bound && key.revoked_us.is_none() && key.expires_us > app.now().0;
    known.extend(access::credentials(tx)?.into_iter().filter(is_used).map(|key| key.member));
    let mut names = Vec::new();
    for member in known {
        let takes_part = force.agreement.member(&member).is_some_and(|one| one.active);
        if takes_part && rows::peer(tx, &member)?.noted != number {
            names.push(force.name_of(&member).to_owned());
        }
    }
    let noted_us = rows::noted_at(tx, app.member())?;
    let is_older = |row: &InvitationRow| match row.state {
        InvitationState::Open => row.made_us < noted_us && app.now().0 < row.expires_us,
        InvitationState::Waiting => row.made_us < noted_us,
        InvitationState::Joined | InvitationState::Revoked => false,
    };
    let invited = invitation::list(tx)?.into_iter().filter(is_older);
    names.extend(invited.map(|row| format!("{} by its invitation", row.name)));
    Ok(names)
}

/// Takes note that the node serves: when it does so with the newest certificate, members need the one before no longer.
///
/// # Errors
/// [`AppError::Environment`] when a key cannot be read; those of the store.
pub fn started(app: &App) -> Result<(), AppError> {
    let Ok(keys) = app.keys() else { return Ok(()) };
    if home::tls_before(app.home())?.is_none() || keys.tls != shown_seed(app)? {
        return Ok(());
    }
    home::forget_tls_before(app.home())?;
    witness::note_own_keys(app)
}

/// The seed of the certificate that a node shows which is started now.
fn shown_seed(app: &App) -> Result<[u8; 32], AppError> {
    let seeds = home::tls_seeds(app.home())?;
    seeds.first().copied().ok_or_else(|| AppError::Internal("this node has no tls.key".into()))
}

fn may_change(app: &App, actor: &Actor) -> Result<(), AppError> {
    actor.require(&[Role::Administrator], "change keys")?;
    app.keys().map(|_| ())
}

fn changed(app: &App, actor: &Actor, leaf: &'static str) -> Result<Rotated, AppError> {
    app.store().write("tls.change", |tx| {
        journal::append(app, tx, vec![journal::leaf(app, leaf, &actor.name).detail("key", "tls")])?;
        Ok::<_, AppError>(())
    })?;
    witness::note_own_keys(app)?;
    Ok(Rotated { certificates: own_pins(app)? })
}

/// The certificates that a member named in its newest key note.
pub(crate) fn pins(tx: &mut Tx<'_>, member: &MemberId) -> Result<Vec<Digest>, AppError> {
    let Some(row) = rows::key_note(tx, member)? else { return Ok(Vec::new()) };
    Ok(SignedKeyNote::from_json(&row.body)?.note.tls)
}

/// The node's own certificate and key, as a client shows them.
pub(crate) fn shown(app: &App) -> Result<reqwest::Identity, AppError> {
    reqwest::Identity::from_pem(identity(app)?.pem.as_bytes())
        .map_err(|error| AppError::Internal(format!("certificate: {error}")))
}

/// A client that takes a server by its pin, and shows the node's own certificate.
pub(crate) fn pinned(app: &App, pins: Vec<Digest>) -> Result<ClientConfig, AppError> {
    let fault = |error: Error| AppError::Internal(format!("TLS: {error}"));
    let own = identity(app)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(fault)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned { pins, provider }))
        .with_client_auth_cert(vec![own.certificate], own.key.into())
        .map_err(fault)
}

/// Takes a server by the public key of its certificate.
#[derive(Debug)]
struct Pinned {
    pins: Vec<Digest>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if pin_of(certificate).is_some_and(|pin| self.pins.contains(&pin)) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(Error::General(
            "the certificate is none of those that its member signed: somebody stands in between, or the member changed \
             it without telling first"
                .into(),
        ))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
