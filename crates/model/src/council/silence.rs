//! What came of a procedure: judged out of what members said and of what was heard from them, and of nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crate::Micros;
use crate::kind::council::Stance;

/// What a member said about a decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Voice<'a> {
    /// The member.
    pub member: &'a str,
    /// What it said; of other stances nothing follows here.
    pub stance: Stance,
    /// When, by its own clock: which of its own statements is the newest.
    pub said: Micros,
}

/// Whether a member could learn of the decision, and could be heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Contact {
    /// Its people work at this very node: it needs no way to be heard.
    pub here: bool,
    /// When this text first left for it.
    pub reached: Option<Micros>,
    /// Up to when everything that it has said is here.
    pub heard: Option<Micros>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Until when silence is waited for.
    pub deadline: Micros,
    /// The members that can object.
    pub entitled: &'a BTreeSet<&'a str>,
    /// Those of them without which it is to be closed.
    pub without: &'a BTreeSet<&'a str>,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// These objected; one is enough.
    Stopped(BTreeSet<String>),
    /// Silence is waited for until then.
    Open(Micros),
    /// The silence of these says nothing: the text did not leave for the first in time, and of the second nothing was heard
    /// since the deadline.
    Waits {
        /// For whom it did not leave before the deadline.
        not_reached: BTreeSet<String>,
        /// Of whom nothing was heard since the deadline.
        not_heard: BTreeSet<String>,
    },
    /// It is adopted.
    Adopts {
        /// Who approved.
        approving: BTreeSet<String>,
        /// Who let it pass with a reservation.
        reserving: BTreeSet<String>,
        /// Who was silent.
        silent: BTreeSet<String>,
    },
}

/// What each entitled member said last; of two things said at one time an objection counts. Others say nothing here.
pub fn last<'a>(entitled: &BTreeSet<&str>, voices: &[Voice<'a>]) -> BTreeMap<&'a str, Stance> {
    let rank = |voice: &Voice<'_>| match voice.stance {
        Stance::Object => Some(2),
        Stance::Reserve => Some(1),
        Stance::Approve => Some(0),
        Stance::AdoptView | Stance::Dissent | Stance::Amend => None,
    };
    let mut said: BTreeMap<&str, (Micros, i32, Stance)> = BTreeMap::new();
    for voice in voices.iter().filter(|voice| entitled.contains(voice.member)) {
        let Some(rank) = rank(voice) else { continue };
        let next = (voice.said, rank, voice.stance);
        let kept = said.entry(voice.member).or_insert(next);
        if (next.0, next.1) > (kept.0, kept.1) {
            *kept = next;
        }
    }
    said.into_iter().map(|(member, (_, _, stance))| (member, stance)).collect()
}

fn who(said: &BTreeMap<&str, Stance>, stance: Stance) -> BTreeSet<String> {
    said.iter().filter(|(_, met)| **met == stance).map(|(member, _)| (*member).to_owned()).collect()
}

/// Judges a silence procedure. An objection counts whenever it came, as long as this is asked before it is closed. Silence is
/// consent only of a member that got the text before the deadline and of which everything until then was heard.
pub fn judge(
    asked: &Asked<'_>,
    voices: &[Voice<'_>],
    contacts: &BTreeMap<&str, Contact>,
    now: Micros,
) -> Verdict {
    let said = last(asked.entitled, voices);
    let objecting = who(&said, Stance::Object);
    if !objecting.is_empty() {
        return Verdict::Stopped(objecting);
    }
    if now < asked.deadline {
        return Verdict::Open(asked.deadline);
    }
    let silent: BTreeSet<&str> =
        asked.entitled.iter().copied().filter(|member| !said.contains_key(member)).collect();
    let asks = silent.iter().copied().filter(|member| !asked.without.contains(member));
    let (mut not_reached, mut not_heard) = (BTreeSet::new(), BTreeSet::new());
    for member in asks {
        let contact = contacts.get(member).copied().unwrap_or_default();
        if contact.here {
            continue;
        }
        if contact.reached.is_none_or(|reached| reached > asked.deadline) {
            not_reached.insert(member.to_owned());
        } else if contact.heard.is_none_or(|heard| heard < asked.deadline) {
            not_heard.insert(member.to_owned());
        }
    }
    if !not_reached.is_empty() || !not_heard.is_empty() {
        return Verdict::Waits { not_reached, not_heard };
    }
    Verdict::Adopts {
        approving: who(&said, Stance::Approve),
        reserving: who(&said, Stance::Reserve),
        silent: silent
            .into_iter()
            .filter(|member| !asked.without.contains(member))
            .map(str::to_owned)
            .collect(),
    }
}

/// Judges a decision by consensus: the members that object, and those that have neither said anything nor were present.
/// Both empty is consensus.
pub fn consensus(
    entitled: &BTreeSet<&str>,
    voices: &[Voice<'_>],
    present: &BTreeSet<&str>,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let said = last(entitled, voices);
    let missing = entitled.iter().filter(|member| !said.contains_key(*member) && !present.contains(*member));
    let missing = missing.map(|member| (*member).to_owned()).collect();
    (who(&said, Stance::Object), missing)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MEMBERS: [&str; 4] = ["a", "b", "c", "observer"];

    fn voice() -> impl Strategy<Value = Voice<'static>> {
        let stances = [Stance::Object, Stance::Reserve, Stance::Approve, Stance::Dissent];
        (0..4_usize, 0..4_usize, 0..5_i64).prop_map(move |(member, stance, said)| Voice {
            member: MEMBERS[member],
            stance: stances[stance],
            said: Micros(said),
        })
    }

    fn asked(voices: &[Voice<'_>], now: i64) -> Verdict {
        let entitled = BTreeSet::from(["a", "b", "c"]);
        let without = BTreeSet::new();
        let asked = Asked { deadline: Micros(100), entitled: &entitled, without: &without };
        let there = Contact { here: false, reached: Some(Micros(10)), heard: Some(Micros(120)) };
        let contacts =
            BTreeMap::from([("a", Contact { here: true, ..Contact::default() }), ("b", there), ("c", there)]);
        judge(&asked, voices, &contacts, Micros(now))
    }

    proptest! {
        #[test]
        fn the_verdict_does_not_depend_on_the_order_of_positions(
            (voices, other) in proptest::collection::vec(voice(), 0..12)
                .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
            now in 0..200_i64,
        ) {
            prop_assert_eq!(asked(&voices, now), asked(&other, now));
        }

        #[test]
        fn no_position_of_who_is_not_entitled_changes_the_verdict(
            voices in proptest::collection::vec(voice(), 0..12),
            now in 0..200_i64,
        ) {
            let entitled: Vec<_> = voices.iter().copied().filter(|one| one.member != "observer").collect();
            prop_assert_eq!(asked(&voices, now), asked(&entitled, now));
        }
    }

    #[test]
    fn a_member_that_says_something_else_later_has_said_that() {
        let say = |stance, said| Voice { member: "b", stance, said: Micros(said) };
        let both = [say(Stance::Object, 1), say(Stance::Approve, 2)];
        assert!(matches!(asked(&both, 150), Verdict::Adopts { .. }));
        let same = [say(Stance::Approve, 2), say(Stance::Object, 2)];
        assert!(matches!(asked(&same, 150), Verdict::Stopped(_)), "said at one time, the objection counts");
    }
}
