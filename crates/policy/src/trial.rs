//! Rules on trial: looked at, compared and proved about, and never in force.
//!
//! A trial may have other guards than those that ship, to see what would follow without one of them. It answers as
//! [`PolicySet::decide`] would, through the same code; but its answer is no [`crate::Decision`], so nothing can be
//! released by it.

use cedar_policy as cedar;

use crate::entities::level_of;
use crate::{Ask, Entities, PolicyError, PolicySet, Rule, rules, syntax};

/// A local rule that permits everything: with it, what is allowed is what the guards let pass.
const EVERYTHING: &str = "@id(\"everything\") @says(\"everything is permitted that no guard forbids\")\n\
                          permit (principal, action, resource);";

/// Guards and local rules on trial.
#[derive(Clone, Debug)]
pub struct Trial {
    set: PolicySet,
}

/// What rules on trial would decide.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Whether it would be allowed.
    pub allow: bool,
    /// The rules that decide, as in [`crate::Decision::rules`].
    pub rules: Vec<Rule>,
    /// The decision in one sentence.
    pub sentence: String,
    /// What went wrong inside; with any entry the answer is a denial.
    pub errors: Vec<String>,
}

impl Trial {
    /// The rules of a set that could be in force.
    pub fn of(set: &PolicySet) -> Self {
        Self { set: set.clone() }
    }

    /// These guards with these local rules.
    ///
    /// # Errors
    /// As [`PolicySet::new`]; [`PolicyError::Shipped`] for a fault in the guards.
    pub fn new(guards: &str, local: &str) -> Result<Self, PolicyError> {
        Ok(Self { set: PolicySet::assemble(syntax::read_guards(guards)?, local)? })
    }

    /// The most that these guards let pass, whatever the local rules are: everything is permitted that they do not
    /// forbid. Local rules with these guards can only allow less.
    ///
    /// # Errors
    /// As [`Trial::new`].
    pub fn ceiling(guards: &str) -> Result<Self, PolicyError> {
        Self::new(guards, EVERYTHING)
    }

    /// Every rule, guards first.
    pub fn rules(&self) -> Vec<&Rule> {
        self.set.rules()
    }

    /// The rules as the engine has them, each under its name.
    pub fn engine(&self) -> &cedar::PolicySet {
        self.set.engine()
    }

    /// The schema that the rules were checked against.
    ///
    /// # Errors
    /// [`PolicyError::Shipped`] when it does not load, which the tests of this crate exclude.
    pub fn schema() -> Result<cedar::Schema, PolicyError> {
        rules::schema()
    }

    /// What these rules would decide on `ask`. With a `level`, the handling is put before them at that number, also
    /// one that no handling has.
    pub fn answer(&self, entities: &Entities, ask: &Ask<'_>, level: Option<i64>) -> Answer {
        let decision = self.set.decide_at(entities, ask, level.unwrap_or_else(|| level_of(ask.handling)));
        Answer {
            allow: decision.allow(),
            rules: decision.rules().to_vec(),
            sentence: decision.sentence(),
            errors: decision.errors().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Context, GUARDS};
    use comity_model::stix::Tlp;
    use comity_model::{Agreement, Handling, MemberId};

    #[test]
    fn a_trial_answers_as_the_set_decides_and_shows_what_a_missing_guard_would_let_pass() {
        let text = "title = \"EXERCISE\"\nversion = 1\n[[member]]\nname = \"EXERCISE\"\nstanding = \"member\"\n\
                    id = \"identity--00000000-0000-4000-8000-000000000002\"\n";
        let entities = Entities::new(&Agreement::from_toml(text).unwrap()).unwrap();
        let origin: MemberId = "identity--00000000-0000-4000-8000-000000000001".parse().unwrap();
        let member: MemberId = "identity--00000000-0000-4000-8000-000000000002".parse().unwrap();
        let mut handling = Handling::unmarked(origin);
        handling.tlp = Some(Tlp::Red);
        let context = Context { own: true, ..Context::default() };
        let ask = Ask { member: &member, action: Action::Release, handling: &handling, context: &context };
        let ceiling = Trial::ceiling(GUARDS).unwrap();
        let answer = ceiling.answer(&entities, &ask, None);
        assert!(!answer.allow);
        let decision = PolicySet::new(EVERYTHING).unwrap().decide(&entities, &ask);
        assert_eq!((answer.rules.as_slice(), answer.sentence), (decision.rules(), decision.sentence()));
        assert!(ceiling.answer(&entities, &ask, Some(0)).allow);

        let without: Vec<&str> =
            GUARDS.split("@id(").filter(|rule| !rule.starts_with("\"guard-red\"")).collect();
        let without = Trial::ceiling(&without.join("@id(")).unwrap();
        assert!(without.answer(&entities, &ask, None).allow);
    }
}
