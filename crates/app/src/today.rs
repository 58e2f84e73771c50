//! What waits for a person of this node, by role: the inbox.

use std::collections::BTreeSet;

use comity_matching::name;
use comity_model::RecordState;
use comity_store::tables::{delivery, put_away, record};
use serde::Serialize;

use crate::browse::{self, BrowseLine, Filter};
use crate::council::duties::{self, Duty};
use crate::force::in_force;
use crate::look::{Look, filled};
use crate::{
    Actor, App, AppError, Role, allegation, consent, peer, proposal, recall, review, search, settle, triage,
    witness,
};

/// Things of one kind that are listed.
const ITEMS_MAX: usize = 50;
/// Things of one kind that are read: one more says that there are more.
const READ_MAX: usize = ITEMS_MAX + 1;
/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 500;
/// Things that somebody can have put away at once.
const PUT_AWAY_MAX: i64 = 2_000;
/// How long what was put away stays so, in seconds; by then nothing lists it any more.
const PUT_AWAY_SECONDS: i64 = 60 * 86_400;
/// For how long what came is listed, in seconds.
const RECEIVED_SECONDS: i64 = 86_400;
/// Pages of the list of records that are looked through for it.
const RECEIVED_PAGES: usize = 5;

/// Work of one kind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Group {
    /// Which kind: `alarms`, `recalls`, `approve`, `silences`, `journals`, `decisions`, `measures`, `deliveries`, `refused`, `triage`,
    /// `review`, `quarantine`, `consents`, `received`, `drafts`.
    pub kind: &'static str,
    /// What is to be done with each, as a word: `look`, `answer`, `approve`, `decide`, `publish`, `read`.
    pub verb: &'static str,
    /// How many are listed.
    pub count: usize,
    /// Whether there are more.
    pub more: bool,
    /// The first of them.
    pub items: Vec<Item>,
}

/// One thing that waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Item {
    /// What names it, for putting it away; the same as long as it waits for the same reason.
    pub key: String,
    /// On which screen it is dealt with: `record`, `recall`, `proposal`, `partner`, `log`, `triage`, `request`, `node`.
    pub screen: &'static str,
    /// What that screen shows: a STIX id, the id of a recall or proposal, the name of a partner or ledger.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The same in Latin letters, where it is a name in other letters that this node can read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latin: Option<String>,
    /// Why it waits, in a few words or as a code; may be empty.
    pub why: String,
    /// Display name of the member it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Level of the record in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// When it came up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// By when it is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Whether that is past.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
    /// Whether it can be put away: it asks for nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub putaway: bool,
}

/// The inbox.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Today {
    /// What waits, the most pressing kind first; kinds of which nothing waits are left out.
    pub groups: Vec<Group>,
}

/// What waits for this person in its roles.
///
/// # Errors
/// Those of the store.
pub fn of(app: &App, actor: &Actor) -> Result<Today, AppError> {
    let groups = groups(app, actor)?;
    let away = app.store().read("today.away", |tx| put_away::of(tx, &actor.name, PUT_AWAY_MAX))?;
    Ok(Today { groups: groups.into_iter().filter_map(|group| group.without(&away)).collect() })
}

/// What waits for this person and what it put away.
fn groups(app: &App, actor: &Actor) -> Result<Vec<Group>, AppError> {
    use Role::{Administrator, Analyst, Auditor, DataProtection, ReleaseOfficer, Secretariat};
    let has = |roles: &[Role]| roles.iter().any(|role| actor.roles.contains(role));
    let mut groups = Vec::new();
    if has(&[Administrator, Auditor]) {
        groups.push(alarms(app)?);
    }
    if has(&[ReleaseOfficer, DataProtection]) {
        groups.push(recalls(app, actor)?);
    }
    groups.push(approve(app, actor)?);
    if has(&[ReleaseOfficer]) {
        groups.push(council("silences", "answer", duties::silences(app, READ_MAX)?));
        groups.push(council("journals", "answer", duties::journals(app, READ_MAX)?));
    }
    if has(&[Secretariat]) {
        groups.push(council("decisions", "decide", duties::closable(app, READ_MAX)?));
    }
    if has(&[Analyst, ReleaseOfficer, Secretariat]) {
        groups.push(council("measures", "look", duties::measures(app, actor, READ_MAX)?));
    }
    if has(&[ReleaseOfficer]) {
        groups.push(deliveries(app)?);
    }
    if has(&[ReleaseOfficer, Administrator]) {
        groups.push(refused(app)?);
    }
    if has(&[Analyst, DataProtection]) {
        groups.push(waiting(app, actor)?);
    }
    if has(&[ReleaseOfficer, DataProtection]) {
        groups.push(due(app, actor)?);
        groups.push(quarantine(app, actor)?);
    }
    if has(&[ReleaseOfficer]) {
        groups.push(consents(app, actor)?);
    }
    if has(&[Analyst, ReleaseOfficer]) {
        groups.push(received(app, actor)?);
        groups.push(drafts(app, actor)?);
    }
    Ok(groups)
}

/// Puts something away that asks for nothing, or takes it back into the inbox.
///
/// # Errors
/// [`AppError::Invalid`] for a key that this inbox did not give, or of a thing that asks for something.
pub fn put(app: &App, actor: &Actor, key: &str, back: bool) -> Result<(), AppError> {
    let is_form = !key.is_empty() && key.len() <= KEY_BYTES_MAX && !key.contains(char::is_control);
    let gives = |group: &Group| group.items.iter().any(|item| item.putaway && item.key == key);
    // What is taken back may be out of the inbox by now.
    if !is_form || !(back || groups(app, actor)?.iter().any(gives)) {
        return Err(AppError::invalid("key", "take the key of a thing in the inbox that can be put away"));
    }
    let now = app.now();
    app.store().write("today.put", |tx| {
        put_away::forget_before(tx, &actor.name, now.plus_seconds(-PUT_AWAY_SECONDS).0)?;
        if back {
            put_away::take_back(tx, &actor.name, key)?;
        } else {
            put_away::put(tx, &actor.name, key, now.0)?;
            put_away::keep_latest(tx, &actor.name, PUT_AWAY_MAX)?;
        }
        Ok(())
    })
}

impl Group {
    fn new(kind: &'static str, verb: &'static str, items: Vec<Item>, more: bool) -> Self {
        Self { kind, verb, count: items.len(), more, items }
    }

    /// The group without what was put away, cut to what is listed; none when nothing is left.
    fn without(mut self, away: &BTreeSet<String>) -> Option<Self> {
        self.items.retain(|item| !(item.putaway && away.contains(&item.key)));
        self.more |= self.items.len() > ITEMS_MAX;
        self.items.truncate(ITEMS_MAX);
        self.count = self.items.len();
        (self.count > 0).then_some(self)
    }
}

impl Item {
    fn new(key: String, screen: &'static str, id: String, title: String) -> Self {
        Self {
            key,
            screen,
            id,
            latin: name::latin(&title),
            title,
            why: String::new(),
            origin: None,
            level: None,
            at: None,
            due: None,
            overdue: false,
            putaway: false,
        }
    }
}

/// What should never happen: ledgers that show two histories, rules that could not be evaluated.
fn alarms(app: &App) -> Result<Group, AppError> {
    use std::sync::atomic::Ordering::Relaxed;
    let mut items = Vec::new();
    for log in witness::list(app)?.into_iter().filter(|log| !log.alarm.is_empty()) {
        let key = format!("log {} {}", log.log, log.alarm);
        let item = Item::new(key, "log", log.log, log.member);
        items.push(Item { why: log.alarm, ..item });
    }
    let counted = [
        ("rule-errors", app.alarms().rule_errors.load(Relaxed)),
        ("door-denials", app.alarms().door_denials.load(Relaxed)),
    ];
    for (why, count) in counted.into_iter().filter(|(_, count)| *count > 0) {
        let item = Item::new(why.to_owned(), "node", String::new(), count.to_string());
        items.push(Item { why: why.to_owned(), ..item });
    }
    Ok(Group::new("alarms", "look", items, false))
}

/// Recalls of others about which somebody has to decide here.
fn recalls(app: &App, actor: &Actor) -> Result<Group, AppError> {
    let filter = recall::Filter { open: true, here: true, in_force: true, ..recall::Filter::default() };
    let now = app.now().to_string();
    let waits = |one: &recall::RecallView| one.records.iter().any(|record| record.waits);
    let items = recall::overview(app, actor, &filter)?.into_iter().filter(waits).map(|one| Item {
        why: one.reason,
        origin: Some(one.by),
        at: Some(one.said_at),
        overdue: one.due < now,
        due: Some(one.due),
        ..Item::new(format!("recall {}", one.digest), "recall", one.recall, one.scope)
    });
    Ok(Group::new("recalls", "answer", items.collect(), false))
}

/// Who decides about a proposal of this kind, as [`proposal::approve_by`] asks.
fn approvers(kind: &str) -> &'static [Role] {
    match kind {
        "agreement" | "policies" => &[Role::Secretariat, Role::Administrator],
        "erase" | "apply-erased" => &[Role::DataProtection, Role::ReleaseOfficer],
        "clear-alarm" => &[Role::Administrator, Role::Auditor],
        _ => &[Role::ReleaseOfficer],
    }
}

/// Proposals of others that this person may approve.
fn approve(app: &App, actor: &Actor) -> Result<Group, AppError> {
    let may = |kind: &str| approvers(kind).iter().any(|role| actor.roles.contains(role));
    let waiting = proposal::list(app)?.into_iter().filter(|one| one.by != actor.name && may(&one.kind));
    let items = waiting.map(|one| Item {
        why: one.kind,
        ..Item::new(format!("proposal {}", one.id), "proposal", one.id, one.subject)
    });
    Ok(Group::new("approve", "approve", items.collect(), false))
}

/// What of the council's work waits.
fn council(kind: &'static str, verb: &'static str, all: Vec<Duty>) -> Group {
    let items = all.into_iter().map(|one| Item {
        why: one.why.to_owned(),
        origin: Some(one.place.origin),
        level: Some(one.place.level),
        due: one.due,
        overdue: one.overdue,
        ..Item::new(format!("{kind} {}", one.place.id), "record", one.place.id, one.title)
    });
    Group::new(kind, verb, items.collect(), false)
}

/// What members did not take.
fn deliveries(app: &App) -> Result<Group, AppError> {
    app.store().read("today.deliveries", |tx| {
        let force = in_force(app, tx)?;
        let mut look = Look::new(app, tx)?;
        let now = settle::instant(app, tx)?;
        let rows = filled(tx, READ_MAX, delivery::refused, |tx, (row, ..)| {
            look.sees_numbered(tx, &row.collection, row.seq)
        })?;
        let mut items = Vec::new();
        for (row, why, at) in rows {
            let Some(found) = record::numbered(tx, &row.collection, row.seq)? else { continue };
            let found = found.into_inner();
            let is_named = !search::is_listed_only(app, tx, &found, now)?;
            let name = if is_named { row.name } else { String::new() };
            let key = format!("refused-by {} {} {at}", row.member, row.served);
            items.push(Item {
                why,
                origin: Some(force.name_of(&row.member).to_owned()),
                level: is_named.then(|| found.handling.level_name().to_owned()),
                at: Some(at.to_string()),
                putaway: true,
                ..Item::new(key, "record", row.id, name)
            });
        }
        Ok(Group::new("deliveries", "look", items, false))
    })
}

/// What this node did not take from its peers.
fn refused(app: &App) -> Result<Group, AppError> {
    let mut items = Vec::new();
    for one in peer::list(app)? {
        for refused in one.refused {
            items.push(Item {
                why: refused.reason,
                origin: Some(one.member.clone()),
                putaway: true,
                ..Item::new(
                    format!("refused-from {} {} {}", one.name, refused.id, refused.at),
                    "partner",
                    one.name.clone(),
                    refused.id,
                )
            });
        }
    }
    Ok(Group::new("refused", "look", items, false))
}

/// Personal data that came without purpose or legal basis.
fn waiting(app: &App, actor: &Actor) -> Result<Group, AppError> {
    let items = triage::first(app, actor, READ_MAX)?.into_iter().map(|one| Item {
        origin: Some(one.origin),
        at: Some(one.taken_at),
        due: Some(one.erased_at),
        ..Item::new(format!("triage {}@{}", one.id, one.version), "triage", one.id, one.name)
    });
    Ok(Group::new("triage", "decide", items.collect(), false))
}

/// Records whose review is due.
fn due(app: &App, actor: &Actor) -> Result<Group, AppError> {
    let items = review::first(app, actor, None, READ_MAX)?.into_iter().map(|one| Item {
        why: one.state,
        origin: Some(one.origin),
        due: Some(one.due_at),
        overdue: one.days < 0,
        ..Item::new(format!("review {}@{}", one.id, one.version), "record", one.id, one.name)
    });
    Ok(Group::new("review", "decide", items.collect(), false))
}

/// Records that were set aside because of an allegation.
fn quarantine(app: &App, actor: &Actor) -> Result<Group, AppError> {
    let items = allegation::first(app, actor, READ_MAX)?.into_iter().map(|one| Item {
        why: one.reason,
        origin: Some(one.origin),
        ..Item::new(format!("quarantine {}@{}", one.id, one.version), "record", one.id.clone(), one.id)
    });
    Ok(Group::new("quarantine", "decide", items.collect(), false))
}

/// Requests of others to use a record for another purpose.
fn consents(app: &App, actor: &Actor) -> Result<Group, AppError> {
    let open = consent::list(app, actor)?.into_iter().filter(|one| !one.own && one.state == "asked");
    let items = open.map(|one| Item {
        why: one.purpose,
        origin: Some(one.by),
        at: Some(one.at),
        ..Item::new(format!("consent {}", one.id), "request", one.id, one.record)
    });
    Ok(Group::new("consents", "answer", items.collect(), false))
}

/// What came from others since yesterday.
fn received(app: &App, actor: &Actor) -> Result<Group, AppError> {
    let since = app.now().plus_seconds(-RECEIVED_SECONDS).to_string();
    let mut filter = Filter {
        received: true,
        states: vec![RecordState::Live.name().to_owned()],
        limit: Some(READ_MAX),
        ..Filter::default()
    };
    let mut lines = Vec::new();
    for _ in 0..RECEIVED_PAGES {
        let page = browse::page(app, actor, &filter)?;
        lines.extend(page.lines);
        filter.after = page.next;
        // The list goes on with what came before.
        let is_over = lines.last().is_some_and(|line: &BrowseLine| line.at < since);
        if filter.after.is_none() || is_over || lines.len() > ITEMS_MAX {
            break;
        }
    }
    let more = filter.after.is_some() && lines.last().is_none_or(|line| line.at >= since);
    let items = lines.into_iter().filter(|line| line.at >= since).map(|line| Item {
        why: line.word,
        origin: Some(line.origin),
        level: Some(line.level).filter(|level| !level.is_empty()),
        at: Some(line.at),
        putaway: true,
        ..Item::new(format!("received {}@{}", line.id, line.version), "record", line.id, line.name)
    });
    Ok(Group::new("received", "read", items.collect(), more))
}

/// What this person began.
fn drafts(app: &App, actor: &Actor) -> Result<Group, AppError> {
    let filter = Filter {
        mine: true,
        states: vec![RecordState::Held.name().to_owned()],
        limit: Some(READ_MAX),
        ..Filter::default()
    };
    let page = browse::page(app, actor, &filter)?;
    let verb = if actor.roles.contains(&Role::ReleaseOfficer) { "publish" } else { "look" };
    let items = page.lines.into_iter().map(|line| Item {
        why: line.word,
        level: Some(line.level).filter(|level| !level.is_empty()),
        at: Some(line.at),
        ..Item::new(format!("draft {}@{}", line.id, line.version), "record", line.id, line.name)
    });
    Ok(Group::new("drafts", verb, items.collect(), page.next.is_some()))
}
