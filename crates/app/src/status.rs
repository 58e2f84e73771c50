//! How this node and a peer see each other: what each holds for true about the other, side by side, with what to do where
//! the two differ.

use comity_model::Micros;
use comity_model::stix::Digest;
use comity_store::tables::peer::{Peer, Trust};
use comity_store::tables::{journal as journal_rows, outbox, witness as rows};
use serde::{Deserialize, Serialize};

use crate::carrier::Failure;
use crate::force::in_force;
use crate::whoami::Knowledge;
use crate::{Actor, App, AppError, Role, peer, tls, witness};

/// How far two clocks may stand apart before that is said, in seconds.
const APART_SECONDS: i64 = 60;

/// How one stands with a peer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PeerStatus {
    /// Our name for it.
    pub peer: String,
    /// Display name of its member.
    pub member: String,
    /// Address.
    pub url: String,
    /// What was compared.
    pub lines: Vec<Compared>,
    /// Why nothing could be compared; empty when it could.
    pub failure: String,
}

impl PeerStatus {
    /// Whether both sides hold the same for true.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failure.is_empty() && self.lines.iter().all(|line| line.advice.is_empty())
    }
}

/// One thing, as it is held for true on both sides.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Compared {
    /// What.
    pub what: &'static str,
    /// Here.
    pub here: String,
    /// There.
    pub there: String,
    /// What to do about the difference; empty when there is none that matters.
    pub advice: String,
}

/// What a peer says of itself and of us. What an older program does not say is absent.
#[derive(Deserialize)]
struct Told {
    member: String,
    name: String,
    node_member: String,
    agreement_digest: String,
    #[serde(default)]
    agreement_version: Option<u64>,
    #[serde(default)]
    at: Option<Micros>,
    #[serde(default)]
    knows: Option<Knowledge>,
}

/// What is held for true here.
struct Own {
    name: String,
    member: String,
    key: String,
    version: u64,
    digest: Digest,
    certificates: Vec<Digest>,
    knows: Knowledge,
    ledger: i64,
    alarm: String,
    fault: String,
    met: i64,
}

/// Asks one peer, or all, and compares.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator, release officer or auditor; [`AppError::NotFound`] for an
/// unknown peer; [`AppError::Environment`] without the keys. A peer that does not answer is no error.
pub fn of(app: &App, actor: &Actor, only: Option<&str>) -> Result<Vec<PeerStatus>, AppError> {
    actor.require(&[Role::Administrator, Role::ReleaseOfficer, Role::Auditor], "ask peers")?;
    peer::named(app, only)?.iter().map(|peer| one(app, peer)).collect()
}

fn one(app: &App, peer: &Peer) -> Result<PeerStatus, AppError> {
    let own = own(app, peer)?;
    let member = own.member.clone();
    let blank = |failure: String, lines| PeerStatus {
        peer: peer.name.clone(),
        member: member.clone(),
        url: peer.url.clone(),
        lines,
        failure,
    };
    let carrier = match peer::open(app, peer) {
        Ok(carrier) => carrier,
        Err(error) => return Ok(blank(error.to_string(), Vec::new())),
    };
    let asked_at = app.now();
    let answer = match carrier.get("/api/v1/whoami", &[]) {
        Ok(answer) => answer,
        Err(Failure::Absent(_)) => {
            return Ok(blank(
                String::new(),
                vec![line("node", "-", "it speaks TAXII only", true, String::new)],
            ));
        }
        Err(failure) => return Ok(blank(failure.text().to_owned(), Vec::new())),
    };
    Ok(match serde_json::from_slice(&answer.body) {
        Ok(told) => blank(String::new(), compare(app, peer, &own, &told, asked_at)),
        Err(error) => blank(format!("its answer cannot be read: {error}"), Vec::new()),
    })
}

/// How it is known that the node at the other end is the peer's.
fn channel(peer: &Peer) -> &'static str {
    match peer.trust {
        _ if peer.url.starts_with("http:") => "plain, on this machine",
        Trust::Pinned => "its certificate, by its key note",
        Trust::Shown => "an authority; we show our certificate",
        Trust::Authority => "an authority",
    }
}

fn own(app: &App, peer: &Peer) -> Result<Own, AppError> {
    let key = app.keys()?.member.public().id();
    witness::note_own_keys(app)?;
    let certificates = tls::own_pins(app)?;
    app.store().read("status.own", |tx| {
        let force = in_force(app, tx)?;
        let mailbox = outbox::mailbox(tx, &peer.member)?;
        let log = rows::key_note(tx, &peer.member)?.map(|row| row.log).unwrap_or_default();
        Ok(Own {
            name: force.name_of(app.member()).to_owned(),
            member: force.name_of(&peer.member).to_owned(),
            key: key.clone(),
            version: force.agreement.version,
            digest: force.digest,
            certificates: certificates.clone(),
            knows: Knowledge::of(&force, tx, &peer.member)?,
            ledger: journal_rows::head(tx)?.map_or(0, |head| head.size),
            alarm: if log.is_empty() { String::new() } else { witness::alarm_of(tx, &log)? },
            fault: mailbox.fault,
            met: mailbox.met_us,
        })
    })
}

fn compare(app: &App, peer: &Peer, own: &Own, told: &Told, asked_at: Micros) -> Vec<Compared> {
    let mut lines = vec![
        line("who we are", &own.name, &told.name, told.member == app.member().as_str(), || {
            "it takes us for another member: ask it for a key of your own".to_owned()
        }),
        line(
            "who it is",
            peer.member.as_str(),
            &told.node_member,
            told.node_member == peer.member.as_str(),
            || format!("another member's node answers there: comity peer remove {}", peer.name),
        ),
        line("known by", channel(peer), "-", true, String::new),
        agreement(peer, own, told),
    ];
    if let Some(at) = told.at {
        let apart = at.0.saturating_sub(asked_at.0) / 1_000_000;
        let is_near = apart.abs() <= APART_SECONDS;
        let advice = || format!("the clocks are {apart} s apart: set both by a time server");
        lines.push(line("clock", &asked_at.to_string(), &at.to_string(), is_near, advice));
    }
    if let Some(knows) = &told.knows {
        lines.extend(knowledge(peer, own, knows));
    }
    let met = if own.met == 0 { "never".to_owned() } else { Micros(own.met).to_string() };
    lines.push(line("last met", &met, "-", own.met != 0, || exchange(peer)));
    if !own.fault.is_empty() {
        lines.push(line("last fault", &own.fault, "-", false, || {
            "what it said was not taken: ask its operator to look".to_owned()
        }));
    }
    lines
}

fn line(what: &'static str, here: &str, there: &str, is_good: bool, advice: impl Fn() -> String) -> Compared {
    let advice = if is_good { String::new() } else { advice() };
    Compared { what, here: here.to_owned(), there: there.to_owned(), advice }
}

fn exchange(peer: &Peer) -> String {
    format!("comity exchange {}", peer.name)
}

fn agreement(peer: &Peer, own: &Own, told: &Told) -> Compared {
    let digest = own.digest.to_string();
    let named = |version: Option<u64>, digest: &str| {
        let short: String = digest.chars().take(16).collect();
        version.map_or(short.clone(), |version| format!("version {version}, {short}"))
    };
    let theirs = told.agreement_version;
    let there = named(theirs, &told.agreement_digest);
    line("agreement", &named(Some(own.version), &digest), &there, told.agreement_digest == digest, || {
        if theirs.is_some_and(|theirs| theirs > own.version) {
            format!("theirs is newer: comity agreement fetch {}", peer.name)
        } else {
            "ours is not in force there: they fetch it, or the two of you agree on one".to_owned()
        }
    })
}

/// What each holds about keys, messages and ledgers of the other.
fn knowledge(peer: &Peer, own: &Own, there: &Knowledge) -> Vec<Compared> {
    let here = &own.knows;
    let listed = |all: &[String]| if all.is_empty() { "-".to_owned() } else { all.join(" ") };
    let pins = |all: &[Digest]| {
        listed(&all.iter().map(|pin| pin.to_string().chars().take(16).collect()).collect::<Vec<_>>())
    };
    let count = |number: i64| number.to_string();
    let ask = || exchange(peer);
    vec![
        line("our key", &own.key, &listed(&there.keys), there.keys.contains(&own.key), || {
            "the agreement in force there lacks our key: bring one into force that has it".to_owned()
        }),
        line(
            "our certificates",
            &pins(&own.certificates),
            &pins(&there.certificates),
            own.certificates == there.certificates,
            ask,
        ),
        line("our messages", &count(here.given), &count(there.has), there.has == here.given, ask),
        line("their messages", &count(here.has), &count(there.given), here.has == there.given, ask),
        line("our ledger", &count(own.ledger), &count(there.ledger), there.ledger <= own.ledger, || {
            "it has signed a longer ledger of ours: was this node put back? see `comity witness list`"
                .to_owned()
        }),
        line("their ledger", &count(here.ledger), "-", own.alarm.is_empty(), || {
            format!("{}: see `comity witness list`", own.alarm)
        }),
    ]
}
