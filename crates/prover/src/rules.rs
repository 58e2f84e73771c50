//! Rules as questions see them: compiled once per action, then asked about again and again.

use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::{CompiledPolicy, CompiledPolicySet, CompiledSchema, SymEnv};
use comity_policy::model::stix::Digest;
use comity_policy::{Action, Claim, GUARDS, Rule, Trial};
use serde_json::{Value, json};

use crate::ProveError;
use crate::asking::reason;

/// What a member and a handling cannot be, as a claim that permits it.
pub(crate) const NOT_IN_LIFE: &str = include_str!("../../../policies/facts.cedar");

/// The most rules that are proved at once.
const RULES_MAX: usize = 1_000;

/// Guards with local rules, and the most that the guards let pass.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(crate) live: Trial,
    pub(crate) ceiling: Trial,
    guards: Digest,
    name: Option<Digest>,
}

impl Rules {
    /// The guards that ship with these local rules.
    ///
    /// # Errors
    /// [`ProveError::Policy`] with line and column, [`ProveError::TooMany`] above 1,000 rules.
    pub fn new(local: &str) -> Result<Self, ProveError> {
        let mut rules = Self::with_guards(GUARDS, local)?;
        rules.name = Some(comity_policy::PolicySet::new(local)?.hash());
        Ok(rules)
    }

    /// Other guards, to see what would follow without those that ship. Nothing can be released by them.
    ///
    /// # Errors
    /// As for [`Rules::new`].
    pub fn with_guards(guards: &str, local: &str) -> Result<Self, ProveError> {
        let live = Trial::new(guards, local)?;
        let count = live.rules().len();
        if count > RULES_MAX {
            return Err(ProveError::TooMany { count, max: RULES_MAX });
        }
        Ok(Self { live, ceiling: Trial::ceiling(guards)?, guards: Digest::of(guards.as_bytes()), name: None })
    }

    /// The SHA-256 of the guards.
    pub fn guards_hash(&self) -> Digest {
        self.guards
    }

    /// The name of the set as it would be in force; none for a set with other guards than those that ship.
    pub fn hash(&self) -> Option<Digest> {
        self.name
    }

    /// The rules, guards first.
    pub fn rules(&self) -> Vec<&Rule> {
        self.live.rules()
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

    /// The same set, which forbids besides whatever cannot be met in life.
    pub(crate) fn in_life(&self, set: &PolicySet) -> Result<CompiledPolicySet, ProveError> {
        let mut set = set.clone();
        let form =
            self.not_in_life.engine().to_json().map_err(|error| ProveError::Compile(error.to_string()))?;
        let forbidding = as_forbid(form, None, "not-in-life")?;
        set.add(forbidding).map_err(|error| ProveError::Compile(error.to_string()))?;
        self.compiled(&set, "the rules")
    }

    /// One rule of a set.
    pub(crate) fn rule(&self, trial: &Trial, rule: &Rule) -> Result<CompiledPolicy, ProveError> {
        let id = PolicyId::new(&rule.id);
        let policy = trial
            .engine()
            .policy(&id)
            .ok_or_else(|| ProveError::Compile(format!("the rule {} is not in its set", rule.id)))?;
        self.policy(policy)
    }

    pub(crate) fn policy(&self, policy: &Policy) -> Result<CompiledPolicy, ProveError> {
        let symbols = self.symbols()?;
        CompiledPolicy::compile_with_custom_symenv(policy, &self.env, self.schema.schema(), symbols)
            .map_err(|error| fault(policy.id().as_ref(), &error))
    }

    pub(crate) fn compiled(&self, set: &PolicySet, what: &str) -> Result<CompiledPolicySet, ProveError> {
        let symbols = self.symbols()?;
        CompiledPolicySet::compile_with_custom_symenv(set, &self.env, self.schema.schema(), symbols)
            .map_err(|error| fault(what, &error))
    }
}

fn is_about(uid: &EntityUid, action: Action) -> bool {
    uid.id().unescaped() == action.name()
}

/// All claims at once, as the set that allows what none of them has something against. A claim that errs would be
/// left out of it: see [`Mint::policy`] for asking whether one does.
pub(crate) fn all_of(claims: &[&Claim]) -> Result<PolicySet, ProveError> {
    let refused = |error: &dyn std::fmt::Display| ProveError::Compile(format!("the claims: {error}"));
    let mut set = PolicySet::new();
    for claim in claims {
        set.add(turned(claim)?).map_err(|error| refused(&error))?;
    }
    let all = Policy::parse(Some(PolicyId::new("everything")), "permit (principal, action, resource);")
        .map_err(|error| refused(&error))?;
    set.add(all).map_err(|error| refused(&error))?;
    Ok(set)
}

/// A claim the other way round: a rule that forbids all that the claim does not permit.
fn turned(claim: &Claim) -> Result<Policy, ProveError> {
    let form = claim.engine().to_json().map_err(|error| ProveError::Compile(error.to_string()))?;
    let conditions = form.get("conditions").and_then(Value::as_array).cloned().unwrap_or_default();
    let body = conditions.into_iter().map(|condition| {
        let body = condition.get("body").cloned().unwrap_or_default();
        if condition.get("kind").is_some_and(|kind| kind == "unless") {
            json!({"!": {"arg": body}})
        } else {
            body
        }
    });
    let body = body.reduce(|left, right| json!({"&&": {"left": left, "right": right}}));
    let body = body.unwrap_or_else(|| json!({"Value": true}));
    as_forbid(form, Some(json!([{"kind": "unless", "body": body}])), &claim.id)
}

fn as_forbid(mut form: Value, conditions: Option<Value>, id: &str) -> Result<Policy, ProveError> {
    let parts = form.as_object_mut().ok_or_else(|| ProveError::Compile(format!("{id}: it has no form")))?;
    parts.insert("effect".into(), json!("forbid"));
    if let Some(conditions) = conditions {
        parts.insert("conditions".into(), conditions);
    }
    Policy::from_json(Some(PolicyId::new(id)), form)
        .map_err(|error| ProveError::Compile(format!("{id}: {error}")))
}

fn set_of(claims: &[&Claim]) -> Result<PolicySet, ProveError> {
    PolicySet::from_policies(claims.iter().map(|claim| claim.engine().clone()))
        .map_err(|error| ProveError::Compile(error.to_string()))
}

fn fault(what: &str, error: &cedar_policy_symcc::err::Error) -> ProveError {
    ProveError::Compile(format!("{what}: {}", reason(error)))
}
