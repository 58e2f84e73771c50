//! The rules in force: the guards that ship and the local rules of a community, and decisions by them.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use cedar_policy as cedar;
use cedar_policy::{Schema, ValidationMode, Validator};
use comity_model::stix::{Digest, Tlp};
use comity_model::{HandlingId, MemberId};

use crate::decision::{self, Rule};
use crate::entities::{Case, level_of};
use crate::syntax::{self, Read};
use crate::{Action, Ask, Context, Decision, Entities, PolicyError, Prepared};

/// The local rules that a new node starts with.
pub const STANDARD_LOCAL: &str = include_str!("../../../policies/local.cedar");

/// Largest text of local rules that is read, in bytes.
pub const LOCAL_BYTES_MAX: usize = 256 * 1024;

/// The guards that ship, in Cedar.
pub const GUARDS: &str = include_str!("../../../policies/guards.cedar");
/// What a rule may look at, as a Cedar schema.
pub const SCHEMA: &str = include_str!("../../../policies/schema.cedarschema");

/// Schema and guards of the programs that kept the hash of the guards alone beside local rules.
const OLDER: [[&str; 2]; 6] = [
    [
        "9a2dd35b2b472f003b66c5241f44ed27b4f4a95e1bd8710235a44332e35f62ff",
        "cebc0dc83b2ad3750506d8affb2f36f3d3b1e17513cb581a5a091235812af94f",
    ],
    [
        "ce95eb240eb40dd41fa321778608e3c8a94468552d555d16d0046ce8aad11068",
        "f3767f1d3b70823ab065376dab34ee65039e13c04368f6fbccb120821d185dad",
    ],
    [
        "ce95eb240eb40dd41fa321778608e3c8a94468552d555d16d0046ce8aad11068",
        "e626df45b2d24b64703c8cc248e581e5f86d16af4f4fe370ea3533a9f1f9be58",
    ],
    [
        "919f45a86d015256083d23cb8fef8d0a7ba8ca0ef8e9e546b0c4a2a29d644271",
        "e626df45b2d24b64703c8cc248e581e5f86d16af4f4fe370ea3533a9f1f9be58",
    ],
    [
        "919f45a86d015256083d23cb8fef8d0a7ba8ca0ef8e9e546b0c4a2a29d644271",
        "627016f8a0f64047c459145932c286a3777a45008e556d84883137ace088d0a1",
    ],
    [
        "919f45a86d015256083d23cb8fef8d0a7ba8ca0ef8e9e546b0c4a2a29d644271",
        "e9c25e9df5351d9859b956ce0bcf39b59a78008dba1d2f95c1b12e65cd698ea4",
    ],
];

/// How far a rule may look: at attributes of the member that asks, of the handling and of the circumstances, and
/// not through them at others. This is what makes a decision depend on nothing else.
const LOOKS_DEEP: u32 = 1;

/// Guards and local rules, parsed and strictly checked against the schema.
#[derive(Clone, Debug)]
pub struct PolicySet {
    set: cedar::PolicySet,
    /// The rules that can apply to each action, in the order of [`Action::ALL`].
    by_action: Vec<cedar::PolicySet>,
    /// Each rule by name, with its place: guards first, then local rules, as they stand in their files.
    rules: HashMap<String, (usize, Rule)>,
    local: String,
    hash: Digest,
}

impl PolicySet {
    /// Puts the guards before the local rules of `local`, in Cedar.
    ///
    /// # Errors
    /// [`PolicyError::Syntax`] and [`PolicyError::Invalid`] with line and column, [`PolicyError::Name`] for a name
    /// that is taken or reserved, [`PolicyError::TooLarge`] above [`LOCAL_BYTES_MAX`].
    pub fn new(local: &str) -> Result<Self, PolicyError> {
        let read = |local| Self::assemble(syntax::read_guards(GUARDS)?, local);
        if local == STANDARD_LOCAL {
            // What ships is the same each time, and reading it takes longer than all else that opens a node.
            static SHIPPED: OnceLock<Result<PolicySet, PolicyError>> = OnceLock::new();
            return SHIPPED.get_or_init(|| read(STANDARD_LOCAL)).clone();
        }
        read(local)
    }

    /// The guards with [`STANDARD_LOCAL`].
    ///
    /// # Errors
    /// [`PolicyError::Shipped`] when what ships does not load, which the tests of this crate exclude.
    pub fn standard() -> Result<Self, PolicyError> {
        Self::new(STANDARD_LOCAL).map_err(|error| PolicyError::Shipped(error.to_string()))
    }

    /// The name of this set: a SHA-256 over schema, guards and local text. Equal sets answer equally.
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// The SHA-256 of the guards that ship; the same on every node of this version.
    pub fn guards_hash() -> Digest {
        Digest::of(GUARDS.as_bytes())
    }

    /// What local rules are read with here: the SHA-256 of the schema, and that of the guards.
    pub fn frame() -> [Digest; 2] {
        [Digest::of(SCHEMA.as_bytes()), Self::guards_hash()]
    }

    /// The name that a set of these local rules has with the schema and the guards of these hashes, which can be those
    /// of another program.
    pub fn name_of([schema, guards]: [Digest; 2], local: &str) -> Digest {
        Digest::of([schema.0, guards.0, Digest::of(local.as_bytes()).0].as_flattened())
    }

    /// Whether a set of these local rules has this name with guards of this hash and the schema of one of the programs
    /// that kept no hash of the schema.
    pub fn is_of_older(name: Digest, guards: Digest, local: &str) -> bool {
        OLDER.iter().any(|[schema, known]| {
            known.parse() == Ok(guards)
                && schema.parse().is_ok_and(|schema| Self::name_of([schema, guards], local) == name)
        })
    }

    /// The local rules as written.
    pub fn local_text(&self) -> &str {
        &self.local
    }

    /// Every rule in force, guards first, in the order in which they stand in their files.
    pub fn rules(&self) -> Vec<&Rule> {
        let mut rules: Vec<&(usize, Rule)> = self.rules.values().collect();
        rules.sort_by_key(|(place, _)| *place);
        rules.into_iter().map(|(_, rule)| rule).collect()
    }

    /// Decides. A member that the agreement does not know is denied, and so is everything when anything at all goes
    /// wrong on the way: Cedar by itself would skip a guard that errs.
    pub fn decide(&self, entities: &Entities, ask: &Ask<'_>) -> Decision {
        self.decide_at(entities, ask, level_of(ask.handling))
    }

    /// The levels among `parts` that the member may not see: each is decided as if the whole record had the stricter
    /// of its own level and that one.
    pub fn denied_parts(
        &self,
        entities: &Entities,
        ask: &Ask<'_>,
        parts: &BTreeSet<Option<Tlp>>,
    ) -> BTreeSet<Option<Tlp>> {
        let is_denied = |part: &Option<Tlp>| {
            let handling = ask.handling.at_least(*part);
            !self.decide(entities, &Ask { handling: &handling, ..*ask }).allow()
        };
        parts.iter().copied().filter(is_denied).collect()
    }

    pub(crate) fn engine(&self) -> &cedar::PolicySet {
        &self.set
    }

    /// Decides about a handling that is ready already: as [`PolicySet::decide`] would.
    pub fn decide_prepared(
        &self,
        entities: &Entities,
        (member, action, context): (&MemberId, Action, &Context),
        handling: &Prepared<'_>,
    ) -> Decision {
        let ask = Ask { member, action, handling: handling.handling(), context };
        let (id, entity) = match handling.made() {
            Ok((id, entity)) => (*id, entity),
            Err(error) => {
                let none = HandlingId(Digest([0; 32]));
                return Decision::erred(&ask, none, Vec::new(), vec![error.to_string()]);
            }
        };
        match entities.case(&ask, entity) {
            Ok(Some(case)) => self.judge(&ask, id, &case),
            Ok(None) => Decision::denied(&ask, id, vec![decision::unknown_member()]),
            Err(error) => Decision::erred(&ask, id, Vec::new(), vec![error.to_string()]),
        }
    }

    pub(crate) fn decide_at(&self, entities: &Entities, ask: &Ask<'_>, level: i64) -> Decision {
        let handling = entities.prepare_at(ask.handling, level);
        self.decide_prepared(entities, (ask.member, ask.action, ask.context), &handling)
    }

    /// Asks the engine and turns its answer into ours.
    pub(crate) fn judge(&self, ask: &Ask<'_>, id: HandlingId, case: &Case) -> Decision {
        let rules = self.by_action.get(ask.action as usize).unwrap_or(&self.set);
        let response = cedar::Authorizer::new().is_authorized(&case.request, rules, &case.entities);
        let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
        let mut deciding: Vec<&(usize, Rule)> =
            response.diagnostics().reason().filter_map(|id| self.rules.get::<str>(id.as_ref())).collect();
        deciding.sort_by_key(|(place, _)| *place);
        let rules: Vec<Rule> = deciding.into_iter().map(|(_, rule)| rule.clone()).collect();
        let is_allowed = response.decision() == cedar::Decision::Allow;
        match (errors.is_empty(), is_allowed) {
            (true, true) => Decision::allowed(ask, id, rules),
            (true, false) if rules.is_empty() => Decision::denied(ask, id, vec![decision::no_permit()]),
            (true, false) => Decision::denied(ask, id, rules),
            (false, true) => Decision::erred(ask, id, Vec::new(), errors),
            (false, false) => Decision::erred(ask, id, rules, errors),
        }
    }

    pub(crate) fn assemble(guards: Vec<Read>, local: &str) -> Result<Self, PolicyError> {
        let validator = Validator::new(schema()?);
        let mut set = cedar::PolicySet::new();
        let mut rules = HashMap::new();
        let mut add = |set: &mut cedar::PolicySet, read: Read| {
            rules.insert(read.rule.id.clone(), (rules.len(), read.rule));
            set.add(read.policy).map_err(|error| PolicyError::Shipped(error.to_string()))
        };
        for guard in guards {
            add(&mut set, guard)?;
        }
        check(&validator, &set, GUARDS).map_err(|error| PolicyError::Shipped(error.to_string()))?;
        let mut locals = cedar::PolicySet::new();
        for rule in syntax::read_local(local)? {
            locals.add(rule.policy.clone()).map_err(|error| PolicyError::Shipped(error.to_string()))?;
            add(&mut set, rule)?;
        }
        check(&validator, &locals, local)?;
        let by_action = Action::ALL.iter().map(|action| about(&set, *action)).collect::<Result<_, _>>()?;
        Ok(Self { set, by_action, rules, local: local.to_owned(), hash: Self::name_of(Self::frame(), local) })
    }
}

/// The rules of a set that can apply to one action, without their word on actions: what is left to evaluate is less,
/// and means the same. Actions have no groups, so a rule that does not name the action says nothing about it.
fn about(set: &cedar::PolicySet, action: Action) -> Result<cedar::PolicySet, PolicyError> {
    let shipped = |error: &dyn std::fmt::Display| PolicyError::Shipped(error.to_string());
    let names = |uid: &cedar::EntityUid| uid.id().unescaped() == action.name();
    let any = cedar::Policy::parse(None, "permit (principal, action, resource);")
        .map_err(|error| shipped(&error))?
        .to_json()
        .map_err(|error| shipped(&error))?;
    let mut found = cedar::PolicySet::new();
    for policy in set.policies() {
        let applies = match policy.action_constraint() {
            cedar::ActionConstraint::Any => true,
            cedar::ActionConstraint::Eq(uid) => names(&uid),
            cedar::ActionConstraint::In(uids) => uids.iter().any(names),
        };
        if !applies {
            continue;
        }
        let mut json = policy.to_json().map_err(|error| shipped(&error))?;
        if let (Some(own), Some(any)) = (json.get_mut("action"), any.get("action")) {
            *own = any.clone();
        }
        let policy =
            cedar::Policy::from_json(Some(policy.id().clone()), json).map_err(|error| shipped(&error))?;
        found.add(policy).map_err(|error| shipped(&error))?;
    }
    Ok(found)
}

pub(crate) fn schema() -> Result<Schema, PolicyError> {
    let (schema, _warnings) =
        Schema::from_cedarschema_str(SCHEMA).map_err(|error| PolicyError::Shipped(error.to_string()))?;
    Ok(schema)
}

/// Checks rules strictly; the first error counts.
pub(crate) fn check(validator: &Validator, set: &cedar::PolicySet, text: &str) -> Result<(), PolicyError> {
    let result = validator.validate_with_level(set, ValidationMode::Strict, LOOKS_DEEP);
    let first = result.validation_errors().min_by_key(|error| syntax::place_of_error(text, *error));
    first.map_or(Ok(()), |error| {
        let (line, column) = syntax::place_of_error(text, error);
        Err(PolicyError::Invalid {
            rule: error.policy_id().to_string(),
            line,
            column,
            message: syntax::message_of(error),
        })
    })
}
