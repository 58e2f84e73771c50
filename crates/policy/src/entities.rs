//! What the rules look at, as the rule engine wants it: members and groups of the agreement, handlings, requests.
//!
//! Members are prepared once per agreement, a handling once for any number of members. A decision sees the member that
//! asks and the handling, nothing else: the rules are checked to look no further.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::OnceLock;

use cedar_policy as cedar;
use cedar_policy::{EntityId, EntityTypeName, EntityUid, RestrictedExpression as Value};
use comity_model::stix::Tlp;
use comity_model::{Agreement, Handling, HandlingCode, HandlingId, Member, MemberId, Pap, Permitted, Use};

use crate::{Action, Ask, Context, PolicyError, StateFlags};

/// The members of one agreement, ready for decisions.
#[derive(Clone, Debug)]
pub struct Entities {
    names: Names,
    members: HashMap<MemberId, cedar::Entity>,
    purposes: HashMap<String, (Use, bool)>,
}

/// The names of the kinds in the schema.
#[derive(Clone, Debug)]
struct Names {
    group: EntityTypeName,
    member: EntityTypeName,
    handling: EntityTypeName,
    action: EntityTypeName,
}

/// What one decision is made from.
pub(crate) struct Case {
    pub(crate) request: cedar::Request,
    pub(crate) entities: cedar::Entities,
}

impl Entities {
    /// Prepares the members of an agreement. Their order does not matter.
    ///
    /// # Errors
    /// [`PolicyError::Entity`] when a member cannot be put before the rules.
    pub fn new(agreement: &Agreement) -> Result<Self, PolicyError> {
        let names = Names::new()?;
        let mut members = HashMap::with_capacity(agreement.members.len());
        for member in &agreement.members {
            members.insert(member.id.clone(), names.member_entity(member)?);
        }
        let purposes = agreement.purposes.iter();
        let purposes = purposes.map(|(name, known)| (name.clone(), (known.usage, known.court))).collect();
        Ok(Self { names, members, purposes })
    }

    /// The same purposes, and of the members this one alone: a decision looks at the member that asks and at no other.
    ///
    /// # Errors
    /// [`PolicyError::Entity`] when the member cannot be put before the rules.
    pub fn alone(&self, member: &Member) -> Result<Self, PolicyError> {
        let members = HashMap::from([(member.id.clone(), self.names.member_entity(member)?)]);
        Ok(Self { names: self.names.clone(), members, purposes: self.purposes.clone() })
    }

    /// Makes a handling ready for decisions about any number of members.
    pub fn prepare<'a>(&self, handling: &'a Handling) -> Prepared<'a> {
        self.prepare_at(handling, level_of(handling))
    }

    pub(crate) fn prepare_at<'a>(&self, handling: &'a Handling, level: i64) -> Prepared<'a> {
        let made = || {
            let id = handling.id().map_err(|error| fault("handling", &error))?;
            let uid = self.names.uid(&self.names.handling, &id.to_string());
            Ok((id, self.names.handling_entity(uid, handling, level)?))
        };
        Prepared { handling, made: made() }
    }

    /// What a decision is made from; `None` for a member that the agreement does not know.
    pub(crate) fn case(&self, ask: &Ask<'_>, handling: &cedar::Entity) -> Result<Option<Case>, PolicyError> {
        let Some(member) = self.members.get(ask.member) else { return Ok(None) };
        let action = self.names.action_uid(ask.action);
        let context = self.context_value(ask.context)?;
        let request = cedar::Request::new(member.uid(), action, handling.uid(), context, None)
            .map_err(|error| fault("request", &error))?;
        let entities = cedar::Entities::from_entities([member.clone(), handling.clone()], None)
            .map_err(|error| fault("handling", &error))?;
        Ok(Some(Case { request, entities }))
    }

    /// How far a purpose acts on records, and whether it may bring them before a court.
    fn use_of(&self, purpose: &str) -> (Use, bool) {
        match self.purposes.get(purpose) {
            Some(known) => *known,
            None if purpose.is_empty() => (Use::Look, false),
            None => (Use::ExternalDirect, true),
        }
    }

    fn context_value(&self, context: &Context) -> Result<cedar::Context, PolicyError> {
        let (usage, court) = self.use_of(&context.purpose);
        let pairs = [
            ("purpose".to_owned(), Value::new_string(context.purpose.clone())),
            ("legalBasis".to_owned(), Value::new_string(context.legal_basis.clone())),
            ("use".to_owned(), Value::new_long(usage.number())),
            ("court".to_owned(), Value::new_bool(court)),
            ("inner".to_owned(), text_set(context.inner.iter().map(String::as_str))),
            ("own".to_owned(), Value::new_bool(context.own)),
            ("delegated".to_owned(), Value::new_bool(context.delegated)),
            ("state".to_owned(), state_value(context.state)?),
        ];
        cedar::Context::from_pairs(pairs).map_err(|error| fault("request", &error))
    }
}

/// A handling as the rule engine wants it, with its name.
#[derive(Debug)]
pub struct Prepared<'a> {
    handling: &'a Handling,
    made: Result<(HandlingId, cedar::Entity), PolicyError>,
}

impl<'a> Prepared<'a> {
    /// The handling itself.
    pub fn handling(&self) -> &'a Handling {
        self.handling
    }

    pub(crate) fn made(&self) -> Result<&(HandlingId, cedar::Entity), &PolicyError> {
        self.made.as_ref()
    }
}

/// The number of a handling's level in the rules: 0 clear to 4 red, 5 for no marking or an uninterpreted one.
pub(crate) fn level_of(handling: &Handling) -> i64 {
    match handling.tlp {
        Some(tlp) if !handling.uninterpreted => number_of(tlp),
        _ => 5,
    }
}

/// The number of a level in the rules.
pub(crate) fn number_of(tlp: Tlp) -> i64 {
    match tlp {
        Tlp::Clear => 0,
        Tlp::Green => 1,
        Tlp::Amber => 2,
        Tlp::AmberStrict => 3,
        Tlp::Red => 4,
    }
}

impl Names {
    fn new() -> Result<Self, PolicyError> {
        static NAMES: OnceLock<Result<Names, PolicyError>> = OnceLock::new();
        NAMES.get_or_init(Self::read).clone()
    }

    fn read() -> Result<Self, PolicyError> {
        let name = |text: &str| text.parse::<EntityTypeName>().map_err(|error| fault(text, &error));
        Ok(Self {
            group: name("Comity::Group")?,
            member: name("Comity::Member")?,
            handling: name("Comity::Handling")?,
            action: name("Comity::Action")?,
        })
    }

    fn uid(&self, kind: &EntityTypeName, id: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
    }

    fn member_uid(&self, id: &MemberId) -> EntityUid {
        self.uid(&self.member, id.as_str())
    }

    fn action_uid(&self, action: Action) -> EntityUid {
        self.uid(&self.action, action.name())
    }

    fn member_set(&self, ids: &BTreeSet<MemberId>) -> Value {
        Value::new_set(ids.iter().map(|id| Value::new_entity_uid(self.member_uid(id))))
    }

    fn member_entity(&self, member: &Member) -> Result<cedar::Entity, PolicyError> {
        let attributes = HashMap::from([
            ("standing".to_owned(), Value::new_string(member.standing.name().to_owned())),
            ("active".to_owned(), Value::new_bool(member.active)),
            ("adequate".to_owned(), Value::new_bool(member.adequate)),
            ("legalBases".to_owned(), text_set(member.legal_bases.iter().map(String::as_str))),
            ("state".to_owned(), Value::new_string(member.state.clone().unwrap_or_default())),
        ]);
        let groups: HashSet<EntityUid> =
            member.groups.iter().map(|group| self.uid(&self.group, group)).collect();
        cedar::Entity::new(self.member_uid(&member.id), attributes, groups)
            .map_err(|error| fault(member.id.as_str(), &error))
    }

    fn handling_entity(
        &self,
        uid: EntityUid,
        handling: &Handling,
        level: i64,
    ) -> Result<cedar::Entity, PolicyError> {
        let groups = Value::new_set(
            handling.groups.iter().map(|group| Value::new_entity_uid(self.uid(&self.group, group))),
        );
        let category = handling.category.map_or("", |category| category.name());
        // Who may release it by consent, to one member each; `choose` says whether the reader is that one.
        let releasing: BTreeSet<MemberId> =
            handling.delegates.iter().chain(handling.consents.keys()).cloned().collect();
        let attributes = HashMap::from([
            ("tlp".to_owned(), Value::new_long(level)),
            ("originator".to_owned(), Value::new_entity_uid(self.member_uid(&handling.originator))),
            ("recipients".to_owned(), self.recipients(handling)),
            ("groups".to_owned(), groups),
            ("exclusions".to_owned(), self.member_set(&handling.exclusions)),
            ("delegates".to_owned(), self.member_set(&releasing)),
            ("purposes".to_owned(), text_set(handling.purposes.iter().map(String::as_str))),
            ("onward".to_owned(), Value::new_bool(handling.onward)),
            ("personal".to_owned(), Value::new_bool(handling.personal)),
            ("category".to_owned(), Value::new_string(category.to_owned())),
            ("code".to_owned(), Value::new_long(code_number(handling.code))),
            ("pap".to_owned(), Value::new_long(pap_number(handling.pap))),
            ("flags".to_owned(), text_set(handling.flags.iter().map(|flag| flag.name()))),
            ("permitted".to_owned(), Value::new_long(handling.permitted().map_or(-1, Permitted::number))),
            ("inner".to_owned(), text_set(handling.inner.iter().map(String::as_str))),
            ("refugeeFrom".to_owned(), text_set(handling.refugee_from.iter().map(String::as_str))),
        ]);
        cedar::Entity::new(uid, attributes, HashSet::new()).map_err(|error| fault("handling", &error))
    }

    /// The named recipients; the originator always is one, also when a handling was built without it.
    fn recipients(&self, handling: &Handling) -> Value {
        let ids = handling.recipients.iter().filter(|id| *id != &handling.originator);
        let ids = std::iter::once(&handling.originator).chain(ids);
        Value::new_set(ids.map(|id| Value::new_entity_uid(self.member_uid(id))))
    }
}

fn state_value(state: StateFlags) -> Result<Value, PolicyError> {
    let flags = [
        ("withdrawn", state.withdrawn),
        ("held", state.held),
        ("expired", state.expired),
        ("embargoed", state.embargoed),
        ("quarantined", state.quarantined),
        ("overdue", state.overdue),
    ];
    let flags = flags.map(|(name, is_set)| (name.to_owned(), Value::new_bool(is_set)));
    Value::new_record(flags).map_err(|error| fault("request", &error))
}

fn text_set<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    Value::new_set(texts.map(|text| Value::new_string(text.to_owned())))
}

fn code_number(code: Option<HandlingCode>) -> i64 {
    match code {
        None => -1,
        Some(HandlingCode::H0) => 0,
        Some(HandlingCode::H1) => 1,
        Some(HandlingCode::H2) => 2,
        Some(HandlingCode::H3) => 3,
    }
}

fn pap_number(pap: Option<Pap>) -> i64 {
    match pap {
        None => -1,
        Some(Pap::Clear) => 0,
        Some(Pap::Green) => 1,
        Some(Pap::Amber) => 2,
        Some(Pap::Red) => 3,
    }
}

fn fault(what: &str, error: &dyn std::fmt::Display) -> PolicyError {
    PolicyError::Entity { what: what.to_owned(), message: error.to_string() }
}
