//! Claims about rules: "whatever is allowed satisfies this".
//!
//! A claim is written as a `permit`: nothing but what it permits may be allowed for the actions that it names. So an
//! error inside a claim breaks it, and is never taken for a proof. A claim decides nothing.

use cedar_policy as cedar;
use cedar_policy::{ActionConstraint, Effect, PrincipalConstraint, ResourceConstraint, Validator};

use crate::syntax::{self, SAYS_BYTES_MAX};
use crate::{Action, Ask, Entities, PolicyError, rules};

/// One claim.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Its name.
    pub id: String,
    /// What it promises, in a sentence without a full stop.
    pub says: String,
    /// The actions that it speaks of.
    pub actions: Vec<Action>,
    policy: cedar::Policy,
}

impl Claim {
    /// Reads claims: Cedar `permit` rules, each with `@id` and `@says`, about every member and every handling.
    ///
    /// # Errors
    /// [`PolicyError::Syntax`] and [`PolicyError::Invalid`] with line and column, [`PolicyError::Name`] for what a
    /// claim may not be, [`PolicyError::TooLarge`] above [`rules::LOCAL_BYTES_MAX`].
    pub fn read(text: &str) -> Result<Vec<Self>, PolicyError> {
        if text.len() > rules::LOCAL_BYTES_MAX {
            let max_bytes = rules::LOCAL_BYTES_MAX;
            return Err(PolicyError::TooLarge { found_bytes: text.len(), max_bytes });
        }
        let mut claims: Vec<Self> = Vec::new();
        let mut set = cedar::PolicySet::new();
        for policy in syntax::policies_in_order(text)? {
            let claim = Self::of(&policy)?;
            set.add(claim.policy.clone()).map_err(|_| {
                syntax::name_fault(&claim.id, "another claim has this name; choose a different @id")
            })?;
            claims.push(claim);
        }
        rules::check(&Validator::new(rules::schema()?), &set, text)?;
        Ok(claims)
    }

    fn of(policy: &cedar::Policy) -> Result<Self, PolicyError> {
        let id = policy.annotation("id").unwrap_or("");
        let fault = |message: &str| Err(syntax::name_fault(id, message));
        if id.is_empty() {
            return Err(syntax::name_fault("without @id", "a claim has a name: add @id(\"…\")"));
        }
        syntax::check_id(id)?;
        let says = policy.annotation("says").unwrap_or("").trim();
        if says.is_empty() || says.len() > SAYS_BYTES_MAX || says.contains(char::is_control) {
            return fault("a claim says in @says, in one line of at most 400 bytes, what it promises");
        }
        if policy.effect() != Effect::Permit {
            return fault("a claim is a `permit`: it says what alone may be allowed");
        }
        if policy.principal_constraint() != PrincipalConstraint::Any
            || policy.resource_constraint() != ResourceConstraint::Any
        {
            return fault("a claim speaks of every member and handling: write conditions after `when`");
        }
        let actions = match policy.action_constraint() {
            ActionConstraint::Any => Action::ALL.to_vec(),
            ActionConstraint::Eq(uid) => actions_of(&[uid]),
            ActionConstraint::In(uids) => actions_of(&uids),
        };
        let policy = policy.new_id(cedar::PolicyId::new(id));
        Ok(Self { id: id.to_owned(), says: says.to_owned(), actions, policy })
    }

    /// The claim as the engine has it.
    pub fn engine(&self) -> &cedar::Policy {
        &self.policy
    }

    /// Whether the claim has nothing against allowing `ask`, the handling at `level` where one is given. An error
    /// inside, or a member that the agreement does not know, is against it.
    pub fn admits(&self, entities: &Entities, ask: &Ask<'_>, level: Option<i64>) -> bool {
        if !self.actions.contains(&ask.action) {
            return true;
        }
        let level = level.unwrap_or_else(|| crate::entities::level_of(ask.handling));
        let handling = entities.prepare_at(ask.handling, level);
        let Ok((_, entity)) = handling.made() else { return false };
        let Ok(Some(case)) = entities.case(ask, entity) else { return false };
        let Ok(set) = cedar::PolicySet::from_policies([self.policy.clone()]) else { return false };
        let response = cedar::Authorizer::new().is_authorized(&case.request, &set, &case.entities);
        response.decision() == cedar::Decision::Allow && response.diagnostics().errors().next().is_none()
    }
}

/// The actions among these ids. An id that is none fails the check against the schema.
fn actions_of(uids: &[cedar::EntityUid]) -> Vec<Action> {
    let is_named = |action: &Action| uids.iter().any(|uid| uid.id().unescaped() == action.name());
    Action::ALL.into_iter().filter(is_named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Claim::read(text).unwrap_err().to_string()
    }

    #[test]
    fn a_claim_names_its_actions() {
        let text = "@id(\"a\") @says(\"b\") permit (principal, action in [Comity::Action::\"count\", \
                    Comity::Action::\"release\"], resource) when { resource.tlp < 4 };\n\
                    @id(\"c\") @says(\"d\") permit (principal, action, resource);";
        let claims = Claim::read(text).unwrap();
        assert_eq!(claims[0].actions, [Action::Release, Action::Count]);
        assert_eq!(claims[1].actions, Action::ALL);
    }

    #[test]
    fn what_is_no_claim_is_refused_with_the_reason() {
        let rule = "permit (principal, action, resource);";
        assert!(refusal(rule).contains("add @id"));
        assert!(refusal(&format!("@id(\"a\") {rule}")).contains("@says"));
        assert!(
            refusal("@id(\"a\") @says(\"b\") forbid (principal, action, resource);")
                .contains("is a `permit`")
        );
        let one = "@id(\"a\") @says(\"b\") permit (principal == Comity::Member::\"x\", action, resource);";
        assert!(refusal(one).contains("every member"));
        let twice = format!("@id(\"a\") @says(\"b\") {rule} @id(\"a\") @says(\"c\") {rule}");
        assert!(refusal(&twice).contains("another claim"));
        let unknown =
            "@id(\"a\") @says(\"b\")\npermit (principal, action, resource)\nwhen { resource.color };";
        assert!(refusal(unknown).contains("line 3"), "{}", refusal(unknown));
    }
}
