//! What is asked: an action, by a member, on a handling, under circumstances.

use std::collections::BTreeSet;

use comity_model::{Handling, MemberId, Micros, RecordState};

/// What is to be done with a record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Action {
    /// Serve a record of this node's own member to another member, or another's in its name.
    Release,
    /// Serve another member's record.
    Forward,
    /// The people of this node's own member look at what the node already holds. Nothing leaves.
    Read,
    /// Give a figure made from records.
    Count,
    /// An oversight body looks at conduct, never at content.
    Oversee,
    /// This node's own people choose records by attributes.
    Select,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 6] =
        [Self::Release, Self::Forward, Self::Read, Self::Count, Self::Oversee, Self::Select];

    /// The word used in rules, in the ledger and before people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Forward => "forward",
            Self::Read => "read",
            Self::Count => "count",
            Self::Oversee => "oversee",
            Self::Select => "select",
        }
    }

    /// Whether an allowed action of this kind hands over the record itself.
    pub const fn hands_over(self) -> bool {
        matches!(self, Self::Release | Self::Forward | Self::Read)
    }
}

/// The circumstances of a request; part of the key of a cached verdict.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Context {
    /// Purpose the record is asked for; empty when none is stated. How far it acts on records and whether it may bring
    /// them before a court is read from the agreement; one that the agreement does not know counts as any use.
    pub purpose: String,
    /// Legal basis of the request; empty when none is stated.
    pub legal_basis: String,
    /// The originator is the member that operates this node.
    pub own: bool,
    /// This node releases in the originator's name, because the handling says so.
    pub delegated: bool,
    /// Readers' groups of the person or key that asks; never any but for the node's own member.
    pub inner: BTreeSet<String>,
    /// Where the record stands; all false for a cached verdict, real in the final check.
    pub state: StateFlags,
}

/// Where a record stands. Each flag can only restrict.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct StateFlags {
    /// Taken back by its originator.
    pub withdrawn: bool,
    /// Not yet published, or waiting for a second person.
    pub held: bool,
    /// Its end date has come.
    pub expired: bool,
    /// Its embargo date has not come.
    pub embargoed: bool,
    /// Set aside on this node, or waiting there in the triage.
    pub quarantined: bool,
    /// Its review date has passed.
    pub overdue: bool,
}

impl StateFlags {
    /// The flags of a record in this state under this handling at the instant `now`. An embargo ends at its very
    /// instant; a handling with an end date has ended at its very instant.
    pub fn of(state: RecordState, handling: &Handling, now: Micros) -> Self {
        Self {
            withdrawn: is_withdrawn(state),
            held: state == RecordState::Held,
            quarantined: is_quarantined(state),
            overdue: state == RecordState::Overdue,
            expired: handling.end_at.is_some_and(|end| end <= now),
            embargoed: handling.embargo_until.is_some_and(|start| now < start),
        }
    }

    /// Whether these flags are those of a record in `state`, whatever the dates say.
    pub fn agree_with(self, state: RecordState) -> bool {
        self.withdrawn == is_withdrawn(state)
            && self.held == (state == RecordState::Held)
            && self.quarantined == is_quarantined(state)
            && self.overdue == (state == RecordState::Overdue)
    }
}

fn is_withdrawn(state: RecordState) -> bool {
    matches!(state, RecordState::Withdrawn | RecordState::Erased)
}

fn is_quarantined(state: RecordState) -> bool {
    matches!(state, RecordState::Quarantined | RecordState::Triage)
}

/// One question to the rules.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Who is to have it.
    pub member: &'a MemberId,
    /// What is to be done.
    pub action: Action,
    /// What the originator states about release.
    pub handling: &'a Handling,
    /// The circumstances.
    pub context: &'a Context,
}

/// The action, `own` and `delegated` with which a node of `node_member` serves a record under `handling` to `reader`.
///
/// A reader of the node's own member reads. A record of the node's own member is released. Another's is released
/// in its name when the handling delegates that to this node, or consents to it for this reader, and names the reader;
/// otherwise it is forwarded.
pub fn choose(handling: &Handling, node_member: &MemberId, reader: &MemberId) -> (Action, bool, bool) {
    let own = &handling.originator == node_member;
    if reader == node_member {
        (Action::Read, own, false)
    } else if own {
        (Action::Release, true, false)
    } else if handling.consents_to(node_member, reader) && handling.recipients.contains(reader) {
        (Action::Release, false, true)
    } else {
        (Action::Forward, false, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(n: u8) -> MemberId {
        format!("identity--00000000-0000-4000-8000-0000000000{n:02}").parse().unwrap()
    }

    #[test]
    fn the_action_follows_from_whose_record_it_is() {
        let (node, origin, reader) = (member(1), member(2), member(3));
        let own = Handling::unmarked(node.clone());
        let mut foreign = Handling::unmarked(origin.clone());
        assert_eq!(choose(&own, &node, &node), (Action::Read, true, false));
        assert_eq!(choose(&foreign, &node, &node), (Action::Read, false, false));
        assert_eq!(choose(&own, &node, &reader), (Action::Release, true, false));
        assert_eq!(choose(&foreign, &node, &reader), (Action::Forward, false, false));
        assert_eq!(choose(&foreign, &node, &origin), (Action::Forward, false, false));

        foreign.delegates.insert(node.clone());
        assert_eq!(
            choose(&foreign, &node, &reader),
            (Action::Forward, false, false),
            "the reader is not named"
        );
        foreign.recipients.insert(reader.clone());
        assert_eq!(choose(&foreign, &node, &reader), (Action::Release, false, true));
        assert_eq!(
            choose(&foreign, &member(4), &reader),
            (Action::Forward, false, false),
            "not delegated to 4"
        );

        foreign.delegates.clear();
        foreign.consents.insert(node.clone(), [reader.clone()].into());
        foreign.recipients.insert(member(5));
        assert_eq!(choose(&foreign, &node, &reader), (Action::Release, false, true));
        assert_eq!(
            choose(&foreign, &node, &member(5)),
            (Action::Forward, false, false),
            "consent is for the third who was asked about"
        );
    }

    #[test]
    fn dates_become_states_at_their_very_instant() {
        let mut handling = Handling::unmarked(member(1));
        handling.embargo_until = Some(Micros(100));
        handling.end_at = Some(Micros(200));
        let at = |now| {
            let flags = StateFlags::of(RecordState::Live, &handling, Micros(now));
            (flags.embargoed, flags.expired)
        };
        assert_eq!(
            [at(99), at(100), at(199), at(200)],
            [(true, false), (false, false), (false, false), (false, true)]
        );
    }

    #[test]
    fn each_state_sets_its_own_flag() {
        let handling = Handling::unmarked(member(1));
        let states = [
            RecordState::Live,
            RecordState::Held,
            RecordState::Withdrawn,
            RecordState::Quarantined,
            RecordState::Overdue,
        ];
        for state in states {
            let flags = StateFlags::of(state, &handling, Micros(0));
            for other in states {
                assert_eq!(flags.agree_with(other), other == state, "{state:?} {other:?}");
            }
        }
        for (state, like) in
            [(RecordState::Erased, RecordState::Withdrawn), (RecordState::Triage, RecordState::Quarantined)]
        {
            assert_eq!(
                StateFlags::of(state, &handling, Micros(0)),
                StateFlags::of(like, &handling, Micros(0))
            );
        }
    }
}
