//! Peers, pulling from them, and what the nodes say to each other besides.

use std::io::Read as _;
use std::time::Instant;

use comity_app::exchange::{self, Exchanged, Standing};
use comity_app::peer::{self, NewPeer, PeerView};
use comity_app::pull::{self, Pulled};
use comity_app::status::{self, PeerStatus};
use comity_app::{App, collection, witness};
use serde_json::{Value, json};

use super::Session;
use crate::cli::exchange::{ExchangeArgs, PeerAddArgs, PeerCommand, PeerStatusArgs, PullArgs};
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, table};
use crate::progress::Progress;

/// Longest secret that is read from standard input, in bytes.
const SECRET_BYTES_MAX: u64 = 4_096;
/// Largest key note, in bytes.
const KEY_NOTE_BYTES_MAX: usize = 32 << 10;
/// Largest file of certificates, in bytes.
const AUTHORITY_BYTES_MAX: usize = 1 << 20;

/// `comity peer`.
///
/// # Errors
/// Those of the use case.
pub fn peer(session: &Session, command: &PeerCommand) -> Result<Answer, Failure> {
    match command {
        PeerCommand::Add(args) => add(session, args),
        PeerCommand::List => {
            let app = session.open()?;
            let mut views = peer::list(&app)?;
            name_collections(&app, &mut views)?;
            let standings = exchange::standings(&app)?;
            let mut text = if views.is_empty() { "no peers".to_owned() } else { describe(&views) };
            text.push_str(&stand(&standings));
            Answer::facts(&with_standings(&views, &standings), text)
        }
        PeerCommand::Status(args) => peer_status(session, args),
        PeerCommand::Keys => {
            let note = witness::own_key_note(&session.open()?)?;
            Answer::facts(&json!({"note": note}), note.clone())
        }
        PeerCommand::Learn(args) => {
            let text = input::read_text(&args.file, KEY_NOTE_BYTES_MAX)?;
            let (app, actor) = session.open_as_user()?;
            let member = witness::learn(&app, &actor, text.trim())?;
            Answer::facts(&json!({"member": member}), format!("knows the keys of {member} now"))
        }
        PeerCommand::Remove(args) => {
            let (app, actor) = session.open_as_user()?;
            peer::remove(&app, &actor, &args.name)?;
            let text = format!("removed {}; what it sent stays", args.name);
            Answer::facts(&json!({"name": args.name, "removed": true}), text)
        }
    }
}

fn peer_status(session: &Session, args: &PeerStatusArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let all = status::of(&app, &actor, args.peer.as_deref())?;
    let is_good = all.iter().all(PeerStatus::is_good);
    let texts: Vec<String> = all.iter().map(compared).collect();
    let text = if texts.is_empty() { "no peers".to_owned() } else { texts.join("\n") };
    Ok(Answer::facts(&all, text)?.refused_if(!is_good))
}

fn compared(one: &PeerStatus) -> String {
    let head = format!("{} ({}, {})\n", one.peer, one.member, one.url);
    if !one.failure.is_empty() {
        return format!("{head}{}\n", one.failure);
    }
    let rows: Vec<[String; 4]> = one
        .lines
        .iter()
        .map(|line| [line.what.to_owned(), line.here.clone(), line.there.clone(), or_dash(&line.advice)])
        .collect();
    format!("{head}{}", table(["", "HERE", "THERE", "TO DO"], &rows))
}

fn add(session: &Session, args: &PeerAddArgs) -> Result<Answer, Failure> {
    let secret = if args.secret == "-" { secret_from_stdin()? } else { args.secret.clone() };
    let authority = args.ca.as_deref().map(|path| input::read_text(path, AUTHORITY_BYTES_MAX)).transpose()?;
    let (app, actor) = session.open_as_user()?;
    let new = NewPeer {
        name: &args.name,
        url: &args.url,
        member: &args.member,
        login: &args.user,
        secret: &secret,
        authority: authority.as_deref(),
    };
    peer::add(&app, &actor, &new)?;
    let text = format!("added {}; fetch with: comity pull {}", args.name, args.name);
    Answer::facts(&json!({"name": args.name, "url": args.url, "member": args.member}), text)
}

fn secret_from_stdin() -> Result<String, Failure> {
    let mut secret = String::new();
    std::io::stdin().lock().take(SECRET_BYTES_MAX).read_to_string(&mut secret).map_err(|error| {
        Failure::environment(format!("the secret cannot be read; standard input; {error}"))
    })?;
    let secret = secret.trim();
    if secret.is_empty() {
        return Err(Failure::usage(
            "the secret is empty; standard input; pipe the secret of the peer's key in",
        ));
    }
    Ok(secret.to_owned())
}

/// Puts the alias of each of our collections in the place of its id.
fn name_collections(app: &App, views: &mut [PeerView]) -> Result<(), Failure> {
    let known = collection::list(app)?;
    for pulled in views.iter_mut().flat_map(|view| &mut view.collections) {
        if let Some(found) = known.iter().find(|one| one.id == pulled.collection) {
            pulled.collection.clone_from(&found.alias);
        }
    }
    Ok(())
}

/// A line for each collection of each peer, then what was refused.
fn describe(views: &[PeerView]) -> String {
    let mut rows: Vec<[String; 7]> = Vec::new();
    let mut refused: Vec<[String; 4]> = Vec::new();
    for view in views {
        let own = || [view.name.clone(), view.member.clone(), view.url.clone()];
        if view.collections.is_empty() {
            let [name, member, url] = own();
            rows.push([name, member, url, "-".into(), "-".into(), "-".into(), "-".into()]);
        }
        for one in &view.collections {
            let [name, member, url] = own();
            let into = one.collection.clone();
            let failures = one.failures.to_string();
            rows.push([
                name,
                member,
                url,
                into,
                or_dash(&one.added_after),
                or_dash(&one.pulled_at),
                failures,
            ]);
        }
        for one in &view.refused {
            refused.push([view.name.clone(), one.at.clone(), one.id.clone(), one.reason.clone()]);
        }
    }
    let headings = ["PEER", "MEMBER", "ADDRESS", "INTO", "READ UP TO", "COMPLETE AT", "FAILURES"];
    let mut text = table(headings, &rows);
    if !refused.is_empty() {
        text.push_str(&format!("\nrefused:\n{}", table(["PEER", "AT", "RECORD", "WHY"], &refused)));
    }
    text
}

/// The peers for programs: each with how one stands with its member, once the two met.
fn with_standings(views: &[PeerView], standings: &[Standing]) -> Vec<Value> {
    let with = |view: &PeerView| {
        let mut value = json!(view);
        let standing = standings.iter().find(|one| one.member == view.member);
        if let (Some(fields), Some(standing)) = (value.as_object_mut(), standing) {
            fields.insert("messages".to_owned(), json!(standing));
        }
        value
    };
    views.iter().map(with).collect()
}

/// How one stands with each member whose node one met.
fn stand(standings: &[Standing]) -> String {
    if standings.is_empty() {
        return String::new();
    }
    let rows: Vec<[String; 7]> = standings
        .iter()
        .map(|one| {
            [
                one.member.clone(),
                one.unsaid.to_string(),
                one.met_at.clone(),
                same(one.same_agreement),
                if one.carried { "by courier".to_owned() } else { apart(one.ahead_seconds) },
                or_dash(&one.program),
                or_dash(&one.fault),
            ]
        })
        .collect();
    let headings = ["MEMBER", "UNSAID", "MET AT", "AGREEMENT", "CLOCK", "PROGRAM", "LAST FAULT"];
    format!("\nmessages:\n{}", table(headings, &rows))
}

fn same(is_same: bool) -> String {
    if is_same { "same" } else { "other" }.to_owned()
}

/// How far a clock stands apart from ours.
fn apart(seconds: i64) -> String {
    if seconds == 0 { "same".to_owned() } else { format!("{seconds:+} s") }
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// `comity exchange`; the answer is no when a peer failed, said something that was refused, or has another agreement.
///
/// # Errors
/// Those of the use case.
pub fn exchange(session: &Session, args: &ExchangeArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let met = exchange::run(&app, &actor, args.peer.as_deref())?;
    if met.is_empty() {
        return Answer::facts(&met, "no peers");
    }
    let rows: Vec<[String; 10]> = met.iter().map(line).collect();
    let headings = [
        "PEER",
        "GIVEN",
        "TAKEN",
        "WAITING",
        "REFUSED",
        "LEFT",
        "AGREEMENT",
        "CLOCK",
        "PROGRAM",
        "STOPPED BECAUSE",
    ];
    let is_good =
        |one: &Exchanged| one.failure.is_empty() && one.refused == 0 && (one.plain || one.same_agreement);
    Ok(Answer::facts(&met, table(headings, &rows))?.refused_if(!met.iter().all(is_good)))
}

fn line(one: &Exchanged) -> [String; 10] {
    // Without a word of the other side nothing is known about it.
    let is_heard = !one.program.is_empty();
    let heard = |text: String| if is_heard { text } else { "-".to_owned() };
    let why = if one.plain { "it speaks TAXII only" } else { &one.failure };
    [
        one.peer.clone(),
        one.given.to_string(),
        one.taken.to_string(),
        one.waiting.to_string(),
        one.refused.to_string(),
        one.left.to_string(),
        heard(same(one.same_agreement)),
        heard(apart(one.ahead_seconds)),
        heard(one.program.clone()),
        or_dash(why),
    ]
}

/// `comity pull`; the answer is no when something was refused.
///
/// # Errors
/// Those of the use case. A peer that fails is told after the answer, with exit code 3.
pub fn pull(session: &Session, args: &PullArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let begun = Instant::now();
    let bar = Progress::start("pull");
    let mut before: u64 = 0;
    let mut current: u64 = 0;
    let mut page = 0;
    let pulled = pull::run(
        &app,
        &actor,
        args.peer.as_deref(),
        args.collection.as_deref(),
        args.into.as_deref(),
        &mut |at: &Pulled| {
            if at.pages <= page {
                before = before.saturating_add(current);
            }
            page = at.pages;
            current = taken(at);
            bar.set(before.saturating_add(current), None);
        },
    )?;
    drop(bar);
    let seconds = begun.elapsed().as_secs_f64();
    let refused = pulled.iter().any(|one| one.refused > 0);
    let answer = Answer::facts(&pulled, report(&pulled, seconds))?.refused_if(refused);
    let failures: Vec<String> = pulled
        .iter()
        .filter(|one| !one.failure.is_empty())
        .map(|one| format!("{} did not answer to the end; peer {}; {}", subject(one), one.peer, one.failure))
        .collect();
    if failures.is_empty() {
        Ok(answer)
    } else {
        Ok(answer.then_fail(Failure::environment(failures.join("; "))))
    }
}

fn subject(one: &Pulled) -> String {
    if one.title.is_empty() { "the node".to_owned() } else { format!("collection {}", one.title) }
}

fn taken(one: &Pulled) -> u64 {
    let sum = one.received.saturating_add(one.unchanged).saturating_add(one.changed);
    u64::try_from(sum.saturating_add(one.refused)).unwrap_or(u64::MAX)
}

fn report(pulled: &[Pulled], seconds: f64) -> String {
    if pulled.is_empty() {
        return "nothing to pull".to_owned();
    }
    let rows: Vec<[String; 9]> = pulled
        .iter()
        .filter(|one| !one.title.is_empty())
        .map(|one| {
            [
                one.peer.clone(),
                one.title.clone(),
                one.into.clone(),
                one.received.to_string(),
                one.unchanged.to_string(),
                one.changed.to_string(),
                one.own.to_string(),
                one.refused.to_string(),
                one.bytes.to_string(),
            ]
        })
        .collect();
    let headings =
        ["PEER", "COLLECTION", "INTO", "RECEIVED", "UNCHANGED", "CHANGED", "OURS", "REFUSED", "BYTES"];
    let sum = |count: fn(&Pulled) -> usize| pulled.iter().map(count).fold(0_usize, usize::saturating_add);
    let mut unsaid: Vec<String> = pulled
        .iter()
        .filter(|one| !one.unsaid.is_empty())
        .map(|one| format!("\nnot all messages were exchanged with {}: {}", one.peer, one.unsaid))
        .collect();
    unsaid.dedup();
    format!(
        "{}received {}, unchanged {}, changed {}, refused {} in {seconds:.1} s{}",
        if rows.is_empty() { String::new() } else { table(headings, &rows) },
        sum(|one| one.received),
        sum(|one| one.unchanged),
        sum(|one| one.changed),
        sum(|one| one.refused),
        unsaid.concat()
    )
}
