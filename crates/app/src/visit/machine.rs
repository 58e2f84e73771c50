//! How far a visit comes by what, as one pure function.

use crate::AppError;

/// How far a visit has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Stage {
    /// The password was right; the code of the second factor is missing.
    SecondFactor,
    /// The password was right; the roles need a second factor, and there is none yet.
    Enrol,
    /// Signed in.
    Signed,
}

impl Stage {
    const ALL: [Self; 3] = [Self::SecondFactor, Self::Enrol, Self::Signed];

    /// The word in the database and outside.
    pub fn name(self) -> &'static str {
        match self {
            Self::SecondFactor => "second-factor",
            Self::Enrol => "enrol",
            Self::Signed => "signed",
        }
    }

    pub(super) fn of(word: &str) -> Result<Self, AppError> {
        let found = Self::ALL.into_iter().find(|stage| stage.name() == word);
        found.ok_or_else(|| AppError::Internal(format!("`{word}` is no stage of a visit")))
    }

    /// The stage at which a visit stands now: who is signed in and has got a role that needs a second factor sets one up
    /// first.
    pub(super) fn held(self, facts: Facts) -> Self {
        match self {
            Self::Signed if facts.needs_factor && !facts.has_factor => Self::Enrol,
            other => other,
        }
    }
}

/// What was proved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Event {
    /// The password was right.
    Password,
    /// A link was good, and a password was set; whatever second factor there was is gone.
    Link,
    /// A code of the second factor, or a recovery code, was right.
    Code,
    /// A second factor was set up: a code of it was right.
    Confirmed,
}

/// What counts besides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Facts {
    /// There is a second factor.
    pub(super) has_factor: bool,
    /// A role of the person needs one.
    pub(super) needs_factor: bool,
}

/// Where a visit comes to from a stage, or from nothing; none when this leads nowhere.
pub(super) fn next(from: Option<Stage>, event: Event, facts: Facts) -> Option<Stage> {
    match (from, event) {
        (None, Event::Password | Event::Link) => Some(match facts {
            Facts { has_factor: true, .. } => Stage::SecondFactor,
            Facts { needs_factor: true, .. } => Stage::Enrol,
            _ => Stage::Signed,
        }),
        (Some(Stage::SecondFactor), Event::Code) if facts.has_factor => Some(Stage::Signed),
        (Some(Stage::Enrol | Stage::Signed), Event::Confirmed) => Some(Stage::Signed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let one =
            prop_oneof![Just(Event::Password), Just(Event::Link), Just(Event::Code), Just(Event::Confirmed)];
        proptest::collection::vec(one, 0..12)
    }

    proptest! {
        #[test]
        fn nobody_is_signed_in_without_every_factor_in_whatever_order_things_come(
            events in events(), has_factor: bool, needs_factor: bool,
        ) {
            let mut facts = Facts { has_factor, needs_factor };
            let mut at = None;
            let (mut secret, mut code) = (false, false);
            for event in events {
                if at.is_none() && event == Event::Link {
                    facts.has_factor = false;
                }
                let Some(stage) = next(at, event, facts) else { continue };
                secret |= matches!(event, Event::Password | Event::Link);
                code |= matches!(event, Event::Code | Event::Confirmed);
                facts.has_factor |= event == Event::Confirmed;
                at = Some(stage);
                if stage == Stage::Signed {
                    prop_assert!(secret);
                    prop_assert!(code || !(facts.has_factor || facts.needs_factor), "{facts:?}");
                }
            }
        }
    }

    #[test]
    fn who_gets_a_careful_role_sets_up_a_second_factor_first() {
        let facts = Facts { has_factor: false, needs_factor: true };
        assert_eq!(Stage::Signed.held(facts), Stage::Enrol);
        assert_eq!(Stage::Signed.held(Facts { has_factor: true, ..facts }), Stage::Signed);
        assert_eq!(Stage::SecondFactor.held(facts), Stage::SecondFactor);
    }
}
