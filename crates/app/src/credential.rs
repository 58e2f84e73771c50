//! Keys by which members' clients come in: made once shown once, kept as a hash, tied to a context of use.

use std::collections::BTreeSet;

use comity_model::stix::Digest;
use comity_model::{Agreement, MemberId};
use comity_store::Tx;
use comity_store::tables::access::{self, Credential, Permission};
use comity_store::tables::release;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::force::{find_member, in_force};
use crate::{Actor, App, AppError, Role, collection, group, journal, serve, settle, tls, token};

/// What a key opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// TAXII and the REST surface.
    Exchange,
    /// `/metrics` only.
    Metrics,
}

/// What a key may do in a collection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rights {
    /// May read.
    pub read: bool,
    /// May write.
    pub write: bool,
}

/// A key to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewKey<'a> {
    /// Member it is for: id or display name.
    pub member: &'a str,
    /// Collections (id, alias or title) and rights; empty for [`Scope::Metrics`].
    pub collections: Vec<(String, Rights)>,
    /// Purpose of use, of the agreement.
    pub purpose: Option<&'a str>,
    /// Legal basis, of the agreement.
    pub basis: Option<&'a str>,
    /// How long it lives, in days; the agreement's clock when not stated.
    pub days: Option<u32>,
    /// What it opens.
    pub scope: Scope,
    /// Readers' groups of this node's own member in which it reads; another member's key is in none.
    pub inner: Vec<String>,
}

/// A new key; the secret is shown here and never again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct IssuedKey {
    /// To name it, for instance to revoke it.
    pub id: String,
    /// User name for HTTP Basic.
    pub user: String,
    /// Password for HTTP Basic, and the whole Bearer token.
    pub secret: String,
    /// When it ends.
    pub expires_at: String,
}

/// A key, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct KeyView {
    /// To name it.
    pub id: String,
    /// User name for HTTP Basic.
    pub user: String,
    /// Display name of the member.
    pub member: String,
    /// What it opens.
    pub scope: String,
    /// Purpose of use.
    pub purpose: String,
    /// Legal basis.
    pub basis: String,
    /// Readers' groups in which it reads.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub inner: BTreeSet<String>,
    /// When it ends.
    pub expires_at: String,
    /// Whether it works now.
    pub active: bool,
}

/// How a client says who it is.
#[derive(Clone, PartialEq, Eq)]
pub enum Login {
    /// `Authorization: Bearer SECRET`.
    Bearer(String),
    /// `Authorization: Basic`.
    Basic {
        /// User name.
        user: String,
        /// Secret.
        password: String,
    },
}

/// A client whose key was recognised. What it may see is read again in every transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reader {
    /// Id of the key.
    pub credential: String,
    /// Member it speaks for.
    pub member: MemberId,
    /// What it opens.
    pub scope: Scope,
    /// Readers' groups of this node's own member in which it reads.
    pub inner: BTreeSet<String>,
    pub(crate) audience: i64,
}

impl Reader {
    /// The node as this client finds it.
    pub(crate) fn view(&self, app: &App) -> Result<App, AppError> {
        Ok(app.viewed(app.store().read("credential.view", |tx| serve::own_audience(tx, self))?))
    }
}

/// Makes a key.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::NotFound`] for an unknown member, collection or
/// group; [`AppError::Invalid`] for a purpose or basis that the agreement does not define, or for a group with another
/// member's key.
pub fn add(app: &App, actor: &Actor, new: &NewKey<'_>) -> Result<IssuedKey, AppError> {
    actor.require(&[Role::Administrator], "make keys")?;
    if new.scope == Scope::Metrics && !new.collections.is_empty() {
        return Err(AppError::invalid("--scope", "a key for figures opens no collection: make two keys"));
    }
    let fresh = Fresh::draw(app);
    app.store().write("credential.add", |tx| issue(app, tx, new, &fresh, &actor.name))
}

/// The id and secret of a key that is to be made: drawn before the transaction, which may run twice.
pub(crate) struct Fresh {
    pub(crate) id: String,
    pub(crate) secret: String,
    /// Whether it is to work only over a connection that shows a certificate of its member's key note.
    pub(crate) bound: bool,
}

impl Fresh {
    pub(crate) fn draw(app: &App) -> Self {
        let id = format!("k{}", token::hex(&app.random_bytes::<8>()));
        let secret = format!("{id}.{}", token::text(&app.random_bytes::<32>()));
        Self { id, secret, bound: false }
    }
}

/// Makes a key inside a transaction.
pub(crate) fn issue(
    app: &App,
    tx: &mut Tx<'_>,
    new: &NewKey<'_>,
    fresh: &Fresh,
    actor: &str,
) -> Result<IssuedKey, AppError> {
    let force = in_force(app, tx)?;
    let member = find_member(&force, new.member)?;
    check_context(&force.agreement, new.purpose, new.basis)?;
    let inner: BTreeSet<String> = new.inner.iter().cloned().collect();
    if !inner.is_empty() && &member != app.member() {
        return Err(AppError::invalid("--inner", "readers' groups are those of this node's own member"));
    }
    group::require(tx, &inner)?;
    settle::reach(app, tx, &force)?;
    let (purpose, basis) = (new.purpose.unwrap_or_default(), new.basis.unwrap_or_default());
    let (audience, is_new) = release::audience_of(tx, &member, purpose, basis, &inner)?;
    if is_new {
        settle::new_audience(app, tx, &force, &audience)?;
    }
    let days = i64::from(new.days.unwrap_or(force.agreement.clocks.key_days).clamp(1, 3_650));
    let expires = app.now().plus_seconds(days * 86_400);
    let row = Credential {
        id: fresh.id.clone(),
        login: fresh.id.clone(),
        secret: hash(&fresh.secret),
        scope: if new.scope == Scope::Metrics { "metrics".into() } else { "exchange".into() },
        member: member.clone(),
        audience: audience.number,
        expires_us: expires.0,
        revoked_us: None,
        bound: fresh.bound,
    };
    access::add_credential(tx, &row, app.now().0)?;
    for (name, rights) in &new.collections {
        let found = collection::find(tx, name)?;
        let permission = Permission { collection: found.id, can_read: rights.read, can_write: rights.write };
        access::permit(tx, &fresh.id, &permission)?;
    }
    let leaf = journal::leaf(app, "key.made", actor).member(member.as_str()).detail("key", &fresh.id);
    journal::append(app, tx, vec![leaf])?;
    Ok(IssuedKey {
        id: fresh.id.clone(),
        user: fresh.id.clone(),
        secret: fresh.secret.clone(),
        expires_at: expires.to_string(),
    })
}

/// Refuses a purpose or legal basis that the agreement does not define.
pub(crate) fn check_context(
    agreement: &Agreement,
    purpose: Option<&str>,
    basis: Option<&str>,
) -> Result<(), AppError> {
    check_name(purpose, &agreement.purposes, "--purpose")?;
    check_name(basis, &agreement.legal_bases, "--basis")
}

fn check_name<T>(
    name: Option<&str>,
    known: &std::collections::BTreeMap<String, T>,
    place: &str,
) -> Result<(), AppError> {
    match name {
        Some(name) if !known.contains_key(name) => {
            Err(AppError::invalid(place, format!("`{name}` is not defined in the agreement")))
        }
        _ => Ok(()),
    }
}

/// Revokes a key; it stops at the next request.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::NotFound`] when no active key has this id.
pub fn revoke(app: &App, actor: &Actor, id: &str) -> Result<(), AppError> {
    actor.require(&[Role::Administrator], "revoke keys")?;
    app.store().write("credential.revoke", |tx| {
        if !access::revoke(tx, id, app.now().0)? {
            return Err(AppError::NotFound(format!("there is no active key `{id}`: see `comity key list`")));
        }
        let leaf = journal::leaf(app, "key.revoked", &actor.name).detail("key", id);
        journal::append(app, tx, vec![leaf])?;
        Ok(())
    })
}

/// All keys, without secrets.
///
/// # Errors
/// Those of the store.
pub fn list(app: &App) -> Result<Vec<KeyView>, AppError> {
    app.store().read("credential.list", |tx| {
        let force = in_force(app, tx)?;
        let now = app.now();
        let mut views = Vec::new();
        for key in access::credentials(tx)? {
            let audience = release::audience(tx, key.audience)?;
            let (purpose, basis, inner) = audience.map(|a| (a.purpose, a.basis, a.inner)).unwrap_or_default();
            views.push(KeyView {
                active: is_active(&key, now.0),
                member: force.name_of(&key.member).to_owned(),
                expires_at: comity_model::Micros(key.expires_us).to_string(),
                id: key.id,
                user: key.login,
                scope: key.scope,
                purpose,
                basis,
                inner,
            });
        }
        Ok(views)
    })
}

/// How a request came: what the connection says about who calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channel {
    /// It shows no certificate.
    Bare,
    /// It shows a certificate with this public key (SHA-256 of its SPKI), and proved to hold the private one.
    Certified(Digest),
    /// A proxy ended it before this node, which cannot see who called.
    Proxied,
}

/// Recognises a client over a connection that shows no certificate; see [`authenticate_over`].
///
/// # Errors
/// Those of the store.
pub fn authenticate(app: &App, login: &Login) -> Result<Option<Reader>, AppError> {
    authenticate_over(app, login, Channel::Bare)
}

/// Recognises a client. A wrong, expired, revoked or unknown key all give none, after the same work; and so does a key
/// that is bound to the certificate of its member's node, over a connection that does not show it.
///
/// # Errors
/// [`AppError::Denied`] for such a key through a proxy; those of the store.
pub fn authenticate_over(app: &App, login: &Login, channel: Channel) -> Result<Option<Reader>, AppError> {
    let (name, secret) = match login {
        Login::Bearer(secret) => (secret.split('.').next().unwrap_or_default(), secret.as_str()),
        Login::Basic { user, password } => (user.as_str(), password.as_str()),
    };
    let found = app.store().read("credential.authenticate", |tx| {
        let key = access::credential(tx, name)?;
        let audience = release::audience(tx, key.as_ref().map_or(0, |key| key.audience))?;
        let pins = match key.as_ref().filter(|key| key.bound) {
            Some(key) => tls::pins(tx, &key.member)?,
            None => Vec::new(),
        };
        Ok::<_, AppError>(key.zip(audience).map(|(key, audience)| (key, audience, pins)))
    })?;
    let expected = found.as_ref().map_or([0; 32], |(key, ..)| key.secret);
    let fits: bool = hash(secret).ct_eq(&expected).into();
    let found = found.filter(|(key, ..)| fits && is_active(key, app.now().0));
    let Some((key, audience, pins)) = found else { return Ok(None) };
    match channel {
        _ if !key.bound => {}
        Channel::Certified(pin) if pins.contains(&pin) => {}
        Channel::Proxied => {
            return Err(AppError::Denied(
                "this key works only with the certificate of its member's node, and a proxy ends TLS before this node: \
                 its operator ends TLS in the node itself, or issues a key that is not bound (`comity key add`)"
                    .into(),
            ));
        }
        _ => return Ok(None),
    }
    Ok(Some(Reader {
        scope: if key.scope == "metrics" { Scope::Metrics } else { Scope::Exchange },
        credential: key.id,
        member: key.member,
        inner: audience.inner,
        audience: key.audience,
    }))
}

/// The key of a reader as it stands in this transaction: revoked keys stop even between two reads of one request.
pub(crate) fn still_active(app: &App, tx: &mut Tx<'_>, reader: &Reader) -> Result<(), AppError> {
    match access::credential(tx, &reader.credential)? {
        Some(key) if is_active(&key, app.now().0) => Ok(()),
        _ => Err(AppError::NotFound("there is nothing here for this key".into())),
    }
}

fn is_active(key: &Credential, now_us: i64) -> bool {
    key.revoked_us.is_none() && now_us < key.expires_us
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
