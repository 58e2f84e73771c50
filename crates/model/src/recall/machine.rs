//! What becomes of a holder, as whoever told it of a recall sees it, and of a record, as its holder has it. The tables are
//! the machines; the functions look things up in them.

use super::{AnswerOrder, Obligation, Outcome, RecallAnswer, RecallFault, Scope};
use crate::Micros;

words! {
    /// Where a holder stands with a recall, at the originator or at the member that passed it on.
    HolderState {
        /// The recall waits to be fetched by it or sent to it.
        Queued = "queued",
        /// Its node has the recall.
        Told = "told",
        /// It says that what is named is set aside.
        Acknowledged = "acknowledged",
        /// It states that it did what was asked.
        Complied = "complied",
        /// It did a part, or somebody behind it has not finished.
        Partly = "partly",
        /// It keeps something, out of use.
        Held = "held",
        /// It refuses something.
        Refused = "refused",
        /// It states that it never had any of it.
        Unknown = "unknown",
        /// It has no key to answer with: told, cannot confirm.
        Cannot = "cannot",
        /// A person here waits no longer for it.
        Closed = "closed",
        /// A later recall stands in place of this one.
        Superseded = "superseded",
    }
}

words! {
    /// What happens to a holder.
    HolderEvent {
        /// The agreement knows a key of it.
        Keyed = "keyed",
        /// Its node says that it has the message.
        Delivered = "delivered",
        /// It answers: set aside, not decided.
        Acknowledged = "acknowledged",
        /// It answers: done.
        Complied = "complied",
        /// It answers: done in part.
        Partly = "partly",
        /// It answers: kept out of use.
        Held = "held",
        /// It answers: refused.
        Refused = "refused",
        /// It answers: never had it.
        Unknown = "unknown",
        /// A person here closes it.
        Closed = "closed",
        /// A later recall stands in place of this one.
        Superseded = "superseded",
    }
}

words! {
    /// Where a record that a recall names stands at its holder.
    TargetState {
        /// It is not here, or not yet.
        Absent = "",
        /// Out of search, pages, matching and export; nobody has decided.
        SetAside = "set-aside",
        /// Erased.
        Purged = "purged",
        /// Set aside, and kept so.
        Held = "held",
        /// Set aside, and what was asked for is refused.
        Refused = "refused",
        /// Set aside, and its replacement is here.
        Corrected = "corrected",
        /// In use under its narrower handling.
        Narrowed = "narrowed",
        /// The restriction is lifted.
        Lifted = "lifted",
    }
}

words! {
    /// What happens to a record that a recall names.
    TargetEvent {
        /// It is here: with the recall, or later. The node sets it aside.
        Found = "found",
        /// Its replacement is here.
        Replaced = "replaced",
        /// Its narrower handling is here.
        Narrowed = "narrowed",
        /// The restriction is lifted.
        Lifted = "lifted",
        /// A person erases it.
        Purge = "purge",
        /// A person keeps it set aside.
        Hold = "hold",
        /// A person refuses what is asked.
        Refuse = "refuse",
    }
}

use HolderEvent as On;
use HolderState as Is;
use TargetEvent as To;
use TargetState as At;

/// Those that a later answer can move: all but those about whom nobody asks any more.
const ASKED: &[Is] = &[
    Is::Queued,
    Is::Told,
    Is::Acknowledged,
    Is::Complied,
    Is::Partly,
    Is::Held,
    Is::Refused,
    Is::Unknown,
    Is::Cannot,
];
const ENDED: &[Is] = &[Is::Closed, Is::Superseded];
const ANSWERS: &[On] = &[On::Acknowledged, On::Complied, On::Partly, On::Held, On::Refused, On::Unknown];

/// What moves a holder. An answer moves it from wherever it is: it is the latest, and a holder that lost what it had
/// (a restored backup) begins again with `acknowledged`.
pub const HOLDER_MOVES: &[(&[HolderState], HolderEvent, HolderState)] = &[
    (&[Is::Cannot], On::Keyed, Is::Queued),
    (&[Is::Queued], On::Delivered, Is::Told),
    (ASKED, On::Acknowledged, Is::Acknowledged),
    (ASKED, On::Complied, Is::Complied),
    (ASKED, On::Partly, Is::Partly),
    (ASKED, On::Held, Is::Held),
    (ASKED, On::Refused, Is::Refused),
    (ASKED, On::Unknown, Is::Unknown),
    (
        &[Is::Queued, Is::Told, Is::Acknowledged, Is::Partly, Is::Held, Is::Refused, Is::Cannot],
        On::Closed,
        Is::Closed,
    ),
    (ASKED, On::Superseded, Is::Superseded),
    (&[Is::Closed], On::Superseded, Is::Superseded),
];

/// What may happen and changes nothing: it was said before, or nobody asks any more.
pub const HOLDER_STAYS: &[(&[HolderState], &[HolderEvent])] = &[
    (
        &[
            Is::Queued,
            Is::Told,
            Is::Acknowledged,
            Is::Complied,
            Is::Partly,
            Is::Held,
            Is::Refused,
            Is::Unknown,
        ],
        &[On::Keyed],
    ),
    (
        &[Is::Told, Is::Acknowledged, Is::Complied, Is::Partly, Is::Held, Is::Refused, Is::Unknown],
        &[On::Delivered],
    ),
    (ENDED, ANSWERS),
    (ENDED, &[On::Keyed, On::Delivered]),
    (&[Is::Superseded], &[On::Superseded]),
];

const TAKES_BACK: &[Scope] = &[Scope::Withdraw, Scope::Correct, Scope::Narrow];
const SETS_ASIDE: &[Scope] = &[Scope::Withdraw, Scope::Correct, Scope::Narrow, Scope::Restrict];
const DECIDED: &[At] = &[At::SetAside, At::Held, At::Refused, At::Corrected];

/// What moves a record, under recalls of the scopes given. Only a person's act leads to `purged`.
pub const TARGET_MOVES: &[(&[Scope], &[TargetState], TargetEvent, TargetState)] = &[
    // What was erased and is here again came by a way that nobody watched.
    (SETS_ASIDE, &[At::Absent, At::Purged], To::Found, At::SetAside),
    (&[Scope::Correct], &[At::SetAside], To::Replaced, At::Corrected),
    (
        &[Scope::Narrow],
        &[At::Absent, At::SetAside, At::Held, At::Refused, At::Purged],
        To::Narrowed,
        At::Narrowed,
    ),
    (&[Scope::Restrict], &[At::Absent, At::SetAside, At::Held, At::Refused], To::Lifted, At::Lifted),
    (&[Scope::Lift], &[At::Absent], To::Lifted, At::Lifted),
    (TAKES_BACK, DECIDED, To::Purge, At::Purged),
    (SETS_ASIDE, DECIDED, To::Hold, At::Held),
    (SETS_ASIDE, DECIDED, To::Refuse, At::Refused),
];

/// What may happen to a record and changes nothing.
pub const TARGET_STAYS: &[(&[Scope], &[TargetState], TargetEvent)] = &[
    (SETS_ASIDE, &[At::SetAside, At::Held, At::Refused, At::Corrected, At::Narrowed, At::Lifted], To::Found),
    (&[Scope::Correct], &[At::Absent, At::Held, At::Refused, At::Purged, At::Corrected], To::Replaced),
    (&[Scope::Narrow], &[At::Narrowed], To::Narrowed),
    (&[Scope::Restrict, Scope::Lift], &[At::Lifted], To::Lifted),
    (&[Scope::Lift], &[At::Absent, At::Lifted], To::Found),
    (TAKES_BACK, &[At::Purged], To::Purge),
];

impl HolderState {
    /// Where a holder begins. Who has no key to sign with can be told, and cannot answer.
    #[must_use]
    pub const fn first(has_key: bool) -> Self {
        if has_key { Self::Queued } else { Self::Cannot }
    }

    /// Where it stands after something happened.
    ///
    /// # Errors
    /// [`RecallFault::NotPossible`] when that cannot happen to a holder that stands there.
    pub fn step(self, event: HolderEvent) -> Result<Self, RecallFault> {
        let moved = HOLDER_MOVES.iter().find(|(from, on, _)| *on == event && from.contains(&self));
        if let Some((_, _, to)) = moved {
            return Ok(*to);
        }
        if HOLDER_STAYS.iter().any(|(from, on)| on.contains(&event) && from.contains(&self)) {
            return Ok(self);
        }
        Err(RecallFault::NotPossible { what: "the holder", state: self.name(), event: event.name() })
    }

    /// Whether something is still expected of it, so that it can be overdue.
    #[must_use]
    pub const fn waits(self) -> bool {
        matches!(self, Self::Queued | Self::Told | Self::Acknowledged | Self::Partly)
    }

    /// Whether it should have answered by now. It is no state: the clock alone makes it so, and an answer ends it.
    #[must_use]
    pub fn is_overdue(self, due: Micros, now: Micros) -> bool {
        self.waits() && now >= due
    }
}

/// A holder with the answer that counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holder {
    /// Where it stands.
    pub state: HolderState,
    /// The place of its answer that counts, once there is one.
    pub answer: Option<AnswerOrder>,
}

impl Holder {
    /// The holder after an answer of its own; none when an answer that counts more is known, so that nothing changes. An
    /// answer of a closed holder counts too: it moves no state, and it is what is known of it.
    ///
    /// # Errors
    /// [`RecallFault::NotPossible`] when no answer can come from where it stands.
    pub fn answered(self, order: AnswerOrder, answer: &RecallAnswer) -> Result<Option<Self>, RecallFault> {
        if self.answer.is_some_and(|known| known >= order) {
            return Ok(None);
        }
        Ok(Some(Self { state: self.state.step(answer.adds_up())?, answer: Some(order) }))
    }
}

impl TargetEvent {
    /// Whether a person has to do it. The node does the rest by itself.
    #[must_use]
    pub const fn is_by_person(self) -> bool {
        matches!(self, Self::Purge | Self::Hold | Self::Refuse)
    }
}

impl TargetState {
    /// Where a record stands after something happened to it, under a recall of this scope.
    ///
    /// # Errors
    /// [`RecallFault::NotPossible`] when that cannot happen to a record that stands there.
    pub fn step(self, scope: Scope, event: TargetEvent) -> Result<Self, RecallFault> {
        let fits = |scopes: &[Scope], from: &[Self]| scopes.contains(&scope) && from.contains(&self);
        let moved = TARGET_MOVES.iter().find(|(scopes, from, to, _)| *to == event && fits(scopes, from));
        if let Some((.., to)) = moved {
            return Ok(*to);
        }
        if TARGET_STAYS.iter().any(|(scopes, from, to)| *to == event && fits(scopes, from)) {
            return Ok(self);
        }
        let state = if self == Self::Absent { "absent" } else { self.name() };
        Err(RecallFault::NotPossible { what: "the record", state, event: event.name() })
    }

    /// What its holder states about it; none while a person has to decide. That it is set aside is enough unless it is
    /// to be erased.
    #[must_use]
    pub fn outcome(self, obligation: Option<Obligation>) -> Option<Outcome> {
        match self {
            Self::Absent => Some(Outcome::Unknown),
            Self::Purged | Self::Narrowed | Self::Lifted => Some(Outcome::Complied),
            Self::Held => Some(Outcome::Held),
            Self::Refused => Some(Outcome::Refused),
            Self::SetAside | Self::Corrected => {
                (obligation != Some(Obligation::Delete)).then_some(Outcome::Complied)
            }
        }
    }
}
