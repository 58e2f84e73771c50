//! The folder of a node: its configuration, keys and, unless it says otherwise, its database.
//!
//! `node.toml` says whose node it is and where the database lies; `keys/` holds the member key, the ledger key, the witness
//! key, the key of the node's certificate, the key for bundles and the node secret, each readable by the owner only.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use comity_ledger::{LedgerKey, WitnessKey};
use comity_model::stix::Digest;
use comity_model::{Agreement, Member, MemberId, MemberKey, Standing};
use comity_policy::PolicySet;
use comity_store::tables::{access, epoch, fact};
use comity_store::{Location, Store};
use serde::{Deserialize, Serialize};

use crate::carrier::{Carriers, Network};
use crate::context::{Alarms, Inner, Keys, uuid_of};
use crate::rotate::{self, Fit};
use crate::verdicts::Verdicts;
use crate::visit::password::Hashing;
use crate::{App, AppError, Clock, Limits, Random, Role, agreement, catchup, journal, review, search};

const CONFIGURATION: &str = "node.toml";
const DATABASE: &str = "comity.db";
const KEYS: [&str; 3] = ["member.key", "ledger.key", "node.secret"];
/// The key for checkpoints of others. A node that an older program made lacks it: it is made when the node is opened.
const WITNESS_KEY: &str = "witness.key";
/// The key of the node's own certificate, made like the one before.
const TLS_KEY: &str = "tls.key";
/// The key under which bundles for this node are sealed, made like those before.
const COURIER_KEY: &str = "courier.key";
/// The key that takes the place of that of the certificate; there while members are told of it.
const TLS_NEXT: &str = "tls.next.key";
/// SHA-256 of the public key that it took the place of; there until the node serves with the new one.
const TLS_BEFORE: &str = "tls.before";

/// What a new node is to be.
#[derive(Clone, Debug, Default)]
pub struct Setup<'a> {
    /// Display name of the member that operates it.
    pub member_name: &'a str,
    /// Where the database is, when not a file in the home.
    pub store_url: Option<&'a str>,
    /// For exercises and demonstrations only.
    pub exercise: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    member: MemberId,
    name: String,
    store: String,
    #[serde(default)]
    exercise: bool,
}

/// Makes a node in an empty or absent folder: keys, database, the user `operator`, and an agreement with one member.
///
/// # Errors
/// [`AppError::Conflict`] when the folder holds anything; [`AppError::Environment`] when it cannot be written.
pub fn init(
    home: &Path,
    setup: &Setup<'_>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<App, AppError> {
    let mut id = [0_u8; 16];
    random.fill(&mut id);
    let member: MemberId = format!("identity--{}", uuid_of(id)).parse()?;
    init_as(home, setup, member, clock, random)
}

/// Makes a node for a member that has an id already.
///
/// # Errors
/// As for [`init`].
pub fn init_as(
    home: &Path,
    setup: &Setup<'_>,
    member: MemberId,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<App, AppError> {
    let name = setup.member_name.trim();
    if name.is_empty() || name.len() > 200 {
        return Err(AppError::invalid("--member", "a member needs a name of 1 to 200 bytes"));
    }
    require_empty(home)?;
    let store = match setup.store_url {
        Some(url) => {
            Location::parse(url)?;
            url.to_owned()
        }
        None => format!("sqlite:{DATABASE}"),
    };
    make_folder(home)?;
    make_folder(&home.join("keys"))?;
    for key in KEYS {
        make_key(&home.join("keys").join(key), &*random)?;
    }
    let configuration = Configuration { member, name: name.to_owned(), store, exercise: setup.exercise };
    let text = toml::to_string(&configuration).map_err(|error| AppError::Internal(error.to_string()))?;
    write_private(&home.join(CONFIGURATION), text.as_bytes())?;
    let app = open(home, clock, random)?;
    first_rows(&app)?;
    Ok(app)
}

/// Opens a node.
///
/// # Errors
/// [`AppError::Environment`] when the folder is no home, a key cannot be read, or the database does not open.
pub fn open(home: &Path, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<App, AppError> {
    open_with(home, clock, random, Limits::default())
}

/// Opens a node with limits of one's own.
///
/// # Errors
/// As for [`open`].
pub fn open_with(
    home: &Path,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    limits: Limits,
) -> Result<App, AppError> {
    open_on(home, clock, random, limits, Arc::new(Network))
}

/// Opens a node that reaches its peers in a way of one's own.
///
/// # Errors
/// As for [`open`].
pub fn open_on(
    home: &Path,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    limits: Limits,
    carriers: Arc<dyn Carriers>,
) -> Result<App, AppError> {
    let assembled = || {
        let (clock, random) = (Arc::clone(&clock), Arc::clone(&random));
        assemble(home, clock, random, limits.clone(), Arc::clone(&carriers), true)
    };
    let mut app = assembled()?;
    if !catchup::go_on(&app)? {
        // Another process was first, and gave the ledger its name.
        app = assembled()?;
    }
    if rotate::take_up(&app)? {
        app = assembled()?;
    }
    agreement::renew_guards(&app)?;
    review::fill_once(&app)?;
    Ok(app)
}

/// Opens a node to verify it: whatever is in force there, even where [`open`] refuses it as altered. Nothing is written.
///
/// # Errors
/// As for [`open`], but for what was altered.
pub fn open_to_verify(home: &Path, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<App, AppError> {
    assemble(home, clock, random, Limits::default(), Arc::new(Network), false)
}

fn assemble(
    home: &Path,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    limits: Limits,
    carriers: Arc<dyn Carriers>,
    may_go_on: bool,
) -> Result<App, AppError> {
    let path = home.join(CONFIGURATION);
    let text = fs::read_to_string(&path).map_err(|error| {
        AppError::Environment(format!(
            "{} is no home of a node ({error}); make one with `comity init HOME --member NAME`",
            home.display()
        ))
    })?;
    let configuration: Configuration = toml::from_str(&text)
        .map_err(|error| AppError::Environment(format!("{}: {error}", path.display())))?;
    let location = locate(home, &configuration.store)?;
    let store = Store::open(&location, clock.now().0)?;
    let now = may_go_on.then(|| clock.now());
    let fit = rotate::settle(home, &store, &configuration.member, now)?;
    let log = catchup::name(&store, &configuration.member, now)?;
    let (keys, keyless) = match &fit {
        Fit::KeysOlder(why) => (None, why.clone()),
        Fit::Good | Fit::DatabaseOlder => {
            let changes = store.read("home.changes", rotate::changes)?;
            (read_keys(home, (&configuration.member, &log, changes), &*random)?, String::new())
        }
    };
    let vkey = match &keys {
        Some(keys) if may_go_on || fit == Fit::Good => keys.ledger.vkey(),
        _ => store.read("home.vkey", |tx| fact::get(tx, "ledger_vkey"))?.unwrap_or_default(),
    };
    Ok(App::new(Inner {
        home: home.to_path_buf(),
        member: configuration.member,
        name: configuration.name,
        exercise: configuration.exercise,
        store,
        keys,
        keyless,
        vkey,
        clock,
        random,
        limits,
        carriers,
        force: Mutex::new(None),
        verdicts: Verdicts::default(),
        alarms: Alarms::default(),
        hashing: Hashing::default(),
    }))
}

/// Where the database of a home lies; a relative file is taken from the home.
pub(crate) fn locate(home: &Path, url: &str) -> Result<Location, AppError> {
    Ok(match Location::parse(url)? {
        Location::File(path) if path.is_relative() => Location::File(home.join(path)),
        other => other,
    })
}

/// Writes the configuration of a home made from a backup.
pub(crate) fn configure(
    home: &Path,
    member: &MemberId,
    name: &str,
    store_url: Option<&str>,
    exercise: bool,
) -> Result<Location, AppError> {
    let store = store_url.map_or_else(|| format!("sqlite:{DATABASE}"), str::to_owned);
    let location = locate(home, &store)?;
    make_folder(home)?;
    let configuration = Configuration { member: member.clone(), name: name.to_owned(), store, exercise };
    let text = toml::to_string(&configuration).map_err(|error| AppError::Internal(error.to_string()))?;
    write_private(&home.join(CONFIGURATION), text.as_bytes())?;
    Ok(location)
}

pub(crate) fn require_empty(home: &Path) -> Result<(), AppError> {
    if fs::read_dir(home).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(AppError::Conflict(format!("{} is not empty: name a new folder", home.display())));
    }
    Ok(())
}

/// Copies the keys of a node into another home.
pub(crate) fn copy_keys(from: &Path, home: &Path) -> Result<(), AppError> {
    make_folder(&home.join("keys"))?;
    let later = [
        WITNESS_KEY,
        TLS_KEY,
        TLS_NEXT,
        COURIER_KEY,
        rotate::HISTORY,
        "witness.before.key",
        "courier.before.key",
    ]
    .into_iter()
    .filter(|key| from.join(key).exists());
    for key in KEYS.into_iter().chain(later) {
        let bytes = fs::read(from.join(key))
            .map_err(|error| AppError::Environment(format!("key {}: {error}", from.join(key).display())))?;
        write_private(&home.join("keys").join(key), &bytes)?;
    }
    Ok(())
}

fn first_rows(app: &App) -> Result<(), AppError> {
    let keys = app.keys()?;
    let first = Agreement {
        title: format!("Agreement of {}", app.member_name()),
        version: 1,
        exercise: app.is_exercise(),
        members: vec![Member {
            id: app.member().clone(),
            name: app.member_name().to_owned(),
            standing: Standing::Member,
            state: None,
            active: true,
            groups: Default::default(),
            adequate: true,
            legal_bases: Default::default(),
            keys: vec![keys.member.public()],
            hosted_by: None,
        }],
        groups: Default::default(),
        purposes: Default::default(),
        legal_bases: Default::default(),
        presets: Default::default(),
        chair: None,
        small_cell: None,
        two_person: Default::default(),
        clocks: Default::default(),
        release: None,
        signing: None,
        classifications: Default::default(),
    };
    let set = PolicySet::standard()?;
    app.store().write("home.init", |tx| {
        let now = app.now();
        fact::set(tx, "member", app.member().as_str())?;
        fact::set(tx, "member_name", app.member_name())?;
        fact::set(tx, "exercise", if app.is_exercise() { "1" } else { "0" })?;
        fact::set(tx, "ledger_vkey", app.ledger_vkey())?;
        search::is_whole(tx)?;
        let roles: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        let operator = access::Person {
            name: "operator".into(),
            member: app.member().clone(),
            roles: roles.join(" "),
            inner: Default::default(),
        };
        access::add_person(tx, &operator, now.0)?;
        epoch::keep_policy(tx, set.hash(), PolicySet::frame(), set.local_text())?;
        journal::append(app, tx, vec![journal::leaf(app, "node.made", "operator")])?;
        agreement::apply(app, tx, &first, set.hash(), None, "operator")?;
        Ok::<_, AppError>(())
    })
}

/// The key of the ledger of this name in a folder of keys.
pub(crate) fn ledger_key(folder: &Path, log: &str) -> Result<LedgerKey, AppError> {
    Ok(LedgerKey::from_seed(log, read_key(&folder.join("ledger.key"))?)?)
}

/// The name under which a member signs checkpoints of others.
pub(crate) fn witness_name(member: &MemberId) -> String {
    format!("comity/{}/witness", member.id().uuid())
}

fn read_keys(
    home: &Path,
    (member, log, changes): (&MemberId, &str, u64),
    random: &dyn Random,
) -> Result<Option<Keys>, AppError> {
    let folder = home.join("keys");
    if !folder.exists() {
        return Ok(None);
    }
    let (witness, tls, courier) = (folder.join(WITNESS_KEY), folder.join(TLS_KEY), folder.join(COURIER_KEY));
    for later in [&witness, &tls, &courier] {
        if !later.exists() {
            make_key_once(later, random)?;
        }
    }
    let before = |name: &str| {
        let path = folder.join(format!("{name}.before.key"));
        path.exists().then(|| read_key(&path)).transpose()
    };
    let witness_before =
        before("witness")?.map(|seed| WitnessKey::from_seed(&witness_name(member), seed)).transpose()?;
    Ok(Some(Keys {
        witness_before,
        courier_before: before("courier")?,
        changes,
        member: MemberKey::from_seed(read_key(&folder.join("member.key"))?),
        ledger: ledger_key(&folder, log)?,
        witness: WitnessKey::from_seed(&witness_name(member), read_key(&witness)?)?,
        tls: read_key(&tls)?,
        courier: read_key(&courier)?,
        secret: read_key(&folder.join("node.secret"))?,
    }))
}

/// The seeds of the node's certificates as they lie in the home now: the one that is shown, and the next if there is one.
pub(crate) fn tls_seeds(home: &Path) -> Result<Vec<[u8; 32]>, AppError> {
    let folder = home.join("keys");
    let mut seeds = vec![read_key(&folder.join(TLS_KEY))?];
    let next = folder.join(TLS_NEXT);
    if next.exists() {
        seeds.push(read_key(&next)?);
    }
    Ok(seeds)
}

/// Makes the key that is to take the place of the one of the node's certificate.
pub(crate) fn prepare_tls(app: &App) -> Result<(), AppError> {
    let next = app.home().join("keys").join(TLS_NEXT);
    if next.exists() {
        return Err(AppError::Conflict(
            "the next certificate waits already: `comity key rotate --tls --finish` puts it in place".into(),
        ));
    }
    make_key_once(&next, &*app.inner().random)
}

/// The certificate that a serving node may still show, after another took its place.
pub(crate) fn tls_before(home: &Path) -> Result<Option<Digest>, AppError> {
    let path = home.join("keys").join(TLS_BEFORE);
    if !path.exists() {
        return Ok(None);
    }
    let fault = |why: String| AppError::Environment(format!("file {}: {why}", path.display()));
    let text = fs::read_to_string(&path).map_err(|error| fault(error.to_string()))?;
    text.trim().parse().map(Some).map_err(|_| fault("it is no SHA-256".into()))
}

/// Forgets that certificate.
pub(crate) fn forget_tls_before(home: &Path) -> Result<(), AppError> {
    let path = home.join("keys").join(TLS_BEFORE);
    match fs::remove_file(&path) {
        Err(error) if path.exists() => {
            Err(AppError::Environment(format!("file {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// Puts that key in its place. The key before it is gone; what others pin of it is kept.
pub(crate) fn replace_tls(app: &App, before: Digest) -> Result<(), AppError> {
    let folder = app.home().join("keys");
    let next = folder.join(TLS_NEXT);
    if !next.exists() {
        return Err(AppError::NotFound(
            "no certificate waits: `comity key rotate --tls` makes the next one".into(),
        ));
    }
    forget_tls_before(app.home())?;
    write_private(&folder.join(TLS_BEFORE), format!("{before}\n").as_bytes())?;
    fs::rename(&next, folder.join(TLS_KEY))
        .map_err(|error| AppError::Environment(format!("key {}: {error}", next.display())))
}

fn make_key(path: &Path, random: &dyn Random) -> Result<(), AppError> {
    let mut seed = [0_u8; 32];
    random.fill(&mut seed);
    write_private(path, format!("{}\n", STANDARD.encode(seed)).as_bytes())
}

/// Makes a key that another process may be making at the same instant: whoever is first, both then read the same.
pub(crate) fn make_key_once(path: &Path, random: &dyn Random) -> Result<(), AppError> {
    let mut name = [0_u8; 16];
    random.fill(&mut name);
    let draft = path.with_extension(uuid_of(name));
    make_key(&draft, random)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft).ok();
    match linked {
        Err(error) if !path.exists() => {
            Err(AppError::Environment(format!("key {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

pub(crate) fn read_key(path: &Path) -> Result<[u8; 32], AppError> {
    let text = fs::read_to_string(path)
        .map_err(|error| AppError::Environment(format!("key {}: {error}", path.display())))?;
    STANDARD
        .decode(text.trim())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| AppError::Environment(format!("key {} is not base64 of 32 bytes", path.display())))
}

fn make_folder(path: &Path) -> Result<(), AppError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|error| AppError::Environment(format!("folder {}: {error}", path.display())))
}

/// Writes a file that only its owner may read, and never over an older one.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
        .open(path)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(|error| AppError::Environment(format!("file {}: {error}", path.display())))
}
