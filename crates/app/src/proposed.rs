//! One proposal whole: what the second person is asked to approve.

use comity_model::{Agreement, Handling, MemberId, Micros, Record, RecordState};
use comity_store::Tx;
use comity_store::tables::{desk, record};
use serde::Serialize;

use crate::erase::TombstoneView;
use crate::explain::{View, all_of, once_published, with_record};
use crate::force::{InForce, in_force};
use crate::foresee::Foreseen;
use crate::look::Look;
use crate::proof::Own;
use crate::proposal::{Action, ProposalView, may, seen};
use crate::{Actor, App, AppError, activate, difference, foresee, search, settle, witness};

/// The most records and tombstones that are told of one proposal.
const TOLD_MAX: usize = 20;

/// A proposal, and what it would do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Proposed {
    /// As in the list.
    #[serde(flatten)]
    pub proposal: ProposalView,
    /// When it was proposed.
    pub at: Micros,
    /// What whoever asks may do about it: `approve`, `refuse`, or `take-back` for what they proposed.
    pub may: Vec<&'static str>,
    /// Who approved it; none while it waits.
    pub approved_by: Option<String>,
    /// Who refused it, or took back what they had proposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_by: Option<String>,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Micros>,
    /// Why it was decided so, in the words of who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Why it can come to nothing any more; none while it can.
    pub void: Option<String>,
    /// What it would do.
    pub would: Would,
}

/// What a proposal would do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Would {
    /// Publish held records.
    Publish(Told),
    /// Put copies of a record under another handling.
    Handling(Told),
    /// Bring another agreement into force.
    Agreement {
        /// What differs from the one in force, a sentence each.
        differences: Vec<String>,
        /// The agreement as TOML.
        toml: String,
        /// What changes on the records of now; none for who may not read records.
        now: Option<Foreseen>,
    },
    /// Bring other policies into force.
    Policies(Box<Policies>),
    /// Erase records.
    Erase {
        /// Which, in the words of who proposed it.
        record: String,
        /// Code of the reason.
        cause: String,
        /// On whose authority.
        authority: String,
        /// What is kept out from then on.
        scope: String,
        /// What is here of it.
        #[serde(flatten)]
        records: Told,
    },
    /// Erase again what these tombstones name.
    Apply {
        /// Some of them.
        stones: Vec<TombstoneView>,
        /// How many more there are.
        more: usize,
    },
    /// Lift what is alleged about a record.
    Lift {
        /// Id of the record.
        record: String,
        /// Why.
        because: String,
        /// The notes that allege it, and the record.
        #[serde(flatten)]
        records: Told,
    },
    /// Take up a member's ledger again about which there is an alarm.
    ClearAlarm {
        /// Its name.
        log: String,
        /// The names of the evidence against it: `comity witness evidence` shows each.
        evidence: Vec<String>,
    },
    /// Pass a record of another member on without asking, because a life is in danger at once.
    Override {
        /// Display name of who would get it.
        to: String,
        /// For which purpose.
        purpose: String,
        /// Whose life is in danger, and why there is no time to ask.
        danger: String,
        /// The record.
        #[serde(flatten)]
        records: Told,
    },
}

/// Policies that would come into force.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Policies {
    /// Hash of guards and local policies.
    pub policy: String,
    /// Why, in the words of who proposed them.
    pub because: String,
    /// Whether the proof is inherited, and no solver asked.
    pub inherit: bool,
    /// Lines of the local policies that come or go.
    pub differences: Vec<String>,
    /// Lines of the community's own invariants that come or go.
    pub invariant_differences: Vec<String>,
    /// The local policies, in Cedar.
    pub local: String,
    /// What changes on the records of now; none for who may not read records.
    pub now: Option<Foreseen>,
}

/// Some records, and how many more there are.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Told {
    /// The first of them.
    pub records: Vec<ToldRecord>,
    /// How many more there are.
    pub more: usize,
}

/// A record that a proposal is about, as it would be afterwards.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ToldRecord {
    /// STIX id.
    pub id: String,
    /// STIX type.
    pub kind: String,
    /// Version as written.
    pub version: String,
    /// Display name; empty where a list names nobody, and of what waits in triage.
    pub name: String,
    /// Id of the collection.
    pub collection: String,
    /// Where it stands.
    pub state: String,
    /// Its handling afterwards, in canonical form.
    pub handling: serde_json::Value,
    /// Its handling now, where it would be another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handling_now: Option<serde_json::Value>,
    /// The recipients whom its originator would name, besides itself.
    pub named: Vec<String>,
    /// The members that would see it, or parts of it.
    pub seen_by: Vec<String>,
}

/// A proposal whole.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown id, and for one about a record that whoever looks does not find;
/// [`AppError::Denied`] for one about records, without a role that reads them.
pub fn show(app: &App, actor: &Actor, id: &str) -> Result<Proposed, AppError> {
    let (row, action, void, would, answer) = app.store().read("proposal.show", |tx| {
        let force = in_force(app, tx)?;
        let (row, action) = seen(app, tx, id)?;
        if !matches!(action, Action::Agreement { .. } | Action::Policies { .. } | Action::ClearAlarm { .. }) {
            actor.may_read()?;
        }
        let void = void(app, tx, &force, &action)?;
        let would = would(app, tx, &force, &action)?;
        let answer = desk::answer(tx, id)?;
        Ok::<_, AppError>((row, action, void, would, answer))
    })?;
    let is_open = row.decided_by.is_none() && void.is_none();
    let would = if is_open && actor.may_read().is_ok() { with_now(app, would)? } else { would };
    let may = may(&row, &action, actor);
    let desk::Proposal { id, kind, reason, actor: by, created_us, decided_by, decided_us, refused, .. } = row;
    let is_void = decided_by.is_none();
    let (refused_by, approved_by) = if refused { (decided_by, None) } else { (None, decided_by) };
    Ok(Proposed {
        proposal: ProposalView { id, kind, subject: action.subject(), reason, by },
        at: Micros(created_us),
        may,
        void: void.filter(|_| is_void),
        approved_by,
        refused_by,
        decided_at: decided_us.map(Micros),
        answer,
        would,
    })
}

/// Why nothing can come of an action any more.
fn void(app: &App, tx: &mut Tx<'_>, force: &InForce, action: &Action) -> Result<Option<String>, AppError> {
    let (instead_of, now, what) = match action {
        Action::Agreement { instead_of, .. } => (instead_of, force.digest.to_string(), "another agreement"),
        Action::Policies { instead_of, .. } => {
            (instead_of, activate::rules_in_force(app, tx)?.1.name(), "other policies")
        }
        _ => return Ok(None),
    };
    Ok((*instead_of != now)
        .then(|| format!("{what} came into force since this was proposed: propose it again")))
}

fn would(app: &App, tx: &mut Tx<'_>, force: &InForce, action: &Action) -> Result<Would, AppError> {
    let teller = Teller { app, force };
    Ok(match action {
        Action::Publish { collection, seqs } => {
            Would::Publish(teller.numbered(tx, seqs.iter().map(|seq| (collection.as_str(), *seq)), None)?)
        }
        Action::Handling { copies, handling, .. } => {
            let places = copies.iter().map(|(at, seq, _)| (at.as_str(), *seq));
            Would::Handling(teller.numbered(tx, places, Some(handling))?)
        }
        Action::Agreement { toml, .. } => Would::Agreement {
            differences: force.agreement.differences(&Agreement::from_toml(toml)?),
            toml: toml.clone(),
            now: None,
        },
        Action::Policies { candidate, policy, reason, .. } => {
            let own = activate::rules_in_force(app, tx)?.1.own;
            Would::Policies(Box::new(Policies {
                policy: policy.clone(),
                because: reason.clone(),
                inherit: candidate.inherit,
                differences: difference::lines(force.set.local_text(), &candidate.local),
                invariant_differences: difference::lines(&in_one(&own), &in_one(&candidate.own)),
                local: candidate.local.clone(),
                now: None,
            }))
        }
        Action::Erase { record, cause } => Would::Erase {
            record: record.clone(),
            cause: cause.reason.clone(),
            authority: cause.authority.clone(),
            scope: cause.scope.name().to_owned(),
            records: teller.of_object(tx, record, Vec::new())?,
        },
        Action::Apply { stones } => Would::Apply {
            stones: stones.iter().take(TOLD_MAX).cloned().collect(),
            more: stones.len().saturating_sub(TOLD_MAX),
        },
        Action::ClearAlarm { log } => {
            Would::ClearAlarm { log: log.clone(), evidence: witness::open(tx, log)? }
        }
        Action::Override(wish) => Would::Override {
            to: force.name_of(&wish.third).to_owned(),
            purpose: wish.purpose.clone(),
            danger: wish.danger.clone(),
            records: teller.numbered(tx, [(wish.collection.as_str(), wish.seq)].into_iter(), None)?,
        },
        Action::Lift { id, notes, reason } => {
            let mut found = Vec::new();
            for (at, seq) in notes {
                found.extend(record::numbered(tx, at, *seq)?.map(comity_model::Stored::into_inner));
            }
            Would::Lift {
                record: id.clone(),
                because: reason.clone(),
                records: teller.of_object(tx, id, found)?,
            }
        }
    })
}

/// The files of invariants as one text.
fn in_one(own: &Own) -> String {
    own.iter().map(|(file, text)| format!("// {file}\n{text}\n")).collect()
}

/// Adds what would change on the records of now, which takes a transaction of its own.
fn with_now(app: &App, would: Would) -> Result<Would, AppError> {
    Ok(match would {
        Would::Policies(mut policies) => {
            policies.now = Some(foresee::policies(app, &policies.local)?);
            Would::Policies(policies)
        }
        Would::Agreement { differences, toml, .. } => {
            let now = Some(foresee::agreement(app, &toml)?);
            Would::Agreement { differences, toml, now }
        }
        other => other,
    })
}

/// Tells records.
struct Teller<'a> {
    app: &'a App,
    force: &'a InForce,
}

impl Teller<'_> {
    /// Records named by collection and number, under another handling if there is one.
    fn numbered<'b>(
        &self,
        tx: &mut Tx<'_>,
        places: impl Iterator<Item = (&'b str, i64)>,
        next: Option<&Handling>,
    ) -> Result<Told, AppError> {
        let places: Vec<(&str, i64)> = places.collect();
        let mut records = Vec::new();
        for (at, seq) in places.iter().take(TOLD_MAX) {
            if let Some(found) = record::numbered(tx, at, *seq)? {
                records.push(self.tell(tx, found.peek(), next)?);
            }
        }
        Ok(Told { records, more: places.len().saturating_sub(TOLD_MAX) })
    }

    /// These records, and all that is here of an object.
    fn of_object(&self, tx: &mut Tx<'_>, text: &str, first: Vec<Record>) -> Result<Told, AppError> {
        let mut look = Look::new(self.app, tx)?;
        let (id, version) = text.split_once('@').map_or((text, None), |(id, version)| (id, Some(version)));
        let of_it = record::of_id(tx, id, None, None)?.into_iter().map(comity_model::Stored::into_inner);
        let of_it = of_it.filter(|one| version.is_none_or(|version| one.key.version == version));
        let all: Vec<Record> = first.into_iter().chain(of_it).filter(|one| look.sees(one)).collect();
        let mut records = Vec::new();
        for one in all.iter().take(TOLD_MAX) {
            records.push(self.tell(tx, one, None)?);
        }
        Ok(Told { records, more: all.len().saturating_sub(TOLD_MAX) })
    }

    fn tell(&self, tx: &mut Tx<'_>, found: &Record, next: Option<&Handling>) -> Result<ToldRecord, AppError> {
        let handling = next.unwrap_or(&found.handling);
        let sights = with_record(self.app, tx, found, once_published(found), |tx, thing| {
            let thing = crate::explain::Thing { handling, ..*thing };
            all_of(self.app, tx, self.force, &thing)
        })?;
        let seen_by = sights.iter().filter(|sight| sight.view != View::Nothing).map(|sight| {
            let part = if sight.view == View::Part { " (in part)" } else { "" };
            format!("{}{part}", sight.member)
        });
        let json = |handling: &Handling| {
            let text = handling.canonical()?;
            serde_json::from_str(&text).map_err(|error| AppError::Internal(error.to_string()))
        };
        let name_of = |id: &MemberId| self.force.name_of(id).to_owned();
        let named = handling.recipients.iter().filter(|id| **id != handling.originator).map(name_of);
        let now = settle::instant(self.app, tx)?;
        let is_named =
            found.state != RecordState::Triage && !search::is_listed_only(self.app, tx, found, now)?;
        Ok(ToldRecord {
            id: found.key.id.clone(),
            kind: found.kind.clone(),
            version: found.key.version.clone(),
            name: if is_named { found.name.clone() } else { String::new() },
            collection: found.key.collection.clone(),
            state: found.state.name().to_owned(),
            handling: json(handling)?,
            handling_now: next
                .filter(|next| **next != *found.handling)
                .map(|_| json(&found.handling))
                .transpose()?,
            named: named.collect(),
            seen_by: seen_by.collect(),
        })
    }
}
