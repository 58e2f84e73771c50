//! Rules as questions see them: compiled once per action, then asked about again and again.

use cedar_policy::{EntityUid, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::{CompiledPolicy, CompiledPolicySet, CompiledSchema, SymEnv};
use comity_policy::{Action, Claim, GUARDS, Rule, Trial};

use crate::ProveError;
use crate::asking::reason;

/// What a member and a handling cannot be, as a claim that permits it.
const NOT_IN_LIFE: &str = include_str!("../../../policies/facts.cedar");

/// Guards with local rules, and the most that the guards let pass.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(crate) live: Trial,
    pub(crate) ceiling: Trial,
    guards: String,
    local: String,
}

impl Rules {
    /// The guards that ship with these local rules.
    ///
    /// # Errors
    /// [`ProveError::Policy`] with line and column.
    pub fn new(local: &str) -> Result<Self, ProveError> {
        Self::with_guards(GUARDS, local)
    }

    /// Other guards, to see what would follow without those that ship. Nothing can be released by them.
    ///
    /// # Errors
    /// [`ProveError::Policy`].
    pub fn with_guards(guards: &str, local: &str) -> Result<Self, ProveError> {
        Ok(Self {
            live: Trial::new(guards, local)?,
            ceiling: Trial::ceiling(guards)?,
            guards: guards.to_owned(),
            local: local.to_owned(),
        })
    }

    /// The rules, guards first.
    pub fn rules(&self) -> Vec<&Rule> {
        self.live.rules()
    }

    /// The same rules, which forbid besides whatever cannot be met in life.
    pub(crate) fn in_life(&self) -> Result<Trial, ProveError> {
        let forbid = NOT_IN_LIFE.replacen("\npermit (", "\nforbid (", 1);
        Ok(Trial::new(&self.guards, &format!("{}\n{forbid}", self.local))?)
    }

    pub(crate) fn is_guard(rule: &Rule) -> bool {
        rule.id.starts_with("guard-")
    }
}

/// Compiles rules for one action.
pub(crate) struct Mint {
    schema: CompiledSchema,
    env: RequestEnv,
    not_in_life: Claim,
}

impl Mint {
    /// A mint for questions about `action`.
    pub(crate) fn new(action: Action) -> Result<Self, ProveError> {
        let schema: Schema = Trial::schema()?;
        let env = schema
            .request_envs()
            .find(|env| is_about(env.action(), action))
            .ok_or_else(|| ProveError::Compile(format!("the schema has no action {}", action.name())))?;
        let schema = CompiledSchema::new(&schema).map_err(|error| fault("the schema", &error))?;
        let not_in_life = Claim::read(NOT_IN_LIFE)
            .map_err(|error| ProveError::claims("facts.cedar", &error))?
            .pop()
            .ok_or_else(|| ProveError::Compile("facts.cedar holds no rule".into()))?;
        Ok(Self { schema, env, not_in_life })
    }

    fn symbols(&self) -> Result<SymEnv, ProveError> {
        self.schema.sym_env(&self.env).map_err(|error| fault("the schema", &error))
    }

    /// A whole set.
    pub(crate) fn set(&self, trial: &Trial) -> Result<CompiledPolicySet, ProveError> {
        self.compiled(trial.engine(), "the rules")
    }

    /// A claim, as the set that allows what the claim permits.
    pub(crate) fn claim(&self, claim: &Claim) -> Result<CompiledPolicySet, ProveError> {
        self.compiled(&set_of(&[claim])?, &claim.id)
    }

    /// A claim that lets pass, too, what cannot be met in life.
    pub(crate) fn claim_in_life(&self, claim: &Claim) -> Result<CompiledPolicySet, ProveError> {
        self.compiled(&set_of(&[claim, &self.not_in_life])?, &claim.id)
    }

    /// One rule of a set.
    pub(crate) fn rule(&self, trial: &Trial, rule: &Rule) -> Result<CompiledPolicy, ProveError> {
        let id = cedar_policy::PolicyId::new(&rule.id);
        let policy = trial
            .engine()
            .policy(&id)
            .ok_or_else(|| ProveError::Compile(format!("the rule {} is not in its set", rule.id)))?;
        let symbols = self.symbols()?;
        CompiledPolicy::compile_with_custom_symenv(policy, &self.env, self.schema.schema(), symbols)
            .map_err(|error| fault(&rule.id, &error))
    }

    fn compiled(&self, set: &PolicySet, what: &str) -> Result<CompiledPolicySet, ProveError> {
        let symbols = self.symbols()?;
        CompiledPolicySet::compile_with_custom_symenv(set, &self.env, self.schema.schema(), symbols)
            .map_err(|error| fault(what, &error))
    }
}

fn is_about(uid: &EntityUid, action: Action) -> bool {
    uid.id().unescaped() == action.name()
}

fn set_of(claims: &[&Claim]) -> Result<PolicySet, ProveError> {
    PolicySet::from_policies(claims.iter().map(|claim| claim.engine().clone()))
        .map_err(|error| ProveError::Compile(error.to_string()))
}

fn fault(what: &str, error: &cedar_policy_symcc::err::Error) -> ProveError {
    ProveError::Compile(format!("{what}: {}", reason(error)))
}
