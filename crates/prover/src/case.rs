//! A counterexample in our own words: a member, a handling, circumstances. It is read from what the solver found, made
//! as plain as it can be, and put before the ordinary evaluator.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{EntityUid, EvalResult};
use cedar_policy_symcc::Env;
use comity_policy::model::stix::Tlp;
use comity_policy::model::{
    Agreement, Category, Flag, Handling, HandlingCode, Iep, Member, MemberId, Pap, Permitted, Purpose,
    Standing, Use,
};
use comity_policy::{Action, Answer, Ask, Claim, Context, Entities, StateFlags, Trial};

/// The least agreement: what a decision needs of one are its members.
const AGREEMENT: &str = "title = \"EXERCISE\"\nversion = 1\nexercise = true\n";

const STANDINGS: [Standing; 4] =
    [Standing::Member, Standing::Observer, Standing::Partner, Standing::Oversight];
const CATEGORIES: [Category; 7] = [
    Category::Suspect,
    Category::Convicted,
    Category::FutureOffence,
    Category::Contact,
    Category::Victim,
    Category::Witness,
    Category::CanInform,
];
const FLAGS: [Flag; 6] = [
    Flag::AnonymousSource,
    Flag::OriginatorControl,
    Flag::Neutrality,
    Flag::Minor,
    Flag::IllTreatment,
    Flag::Complaint,
];
const CODES: [HandlingCode; 4] = [HandlingCode::H0, HandlingCode::H1, HandlingCode::H2, HandlingCode::H3];
const PAPS: [Pap; 4] = [Pap::Clear, Pap::Green, Pap::Amber, Pap::Red];

/// A way to make a case plainer.
type Way = Box<dyn Fn(&mut Case)>;

/// One request, with all that a rule may look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
    /// Who asks.
    pub member: Member,
    /// What is stated about release.
    pub handling: Handling,
    /// The level as a number: 0 clear to 4 red, 5 none; others are levels that no handling has.
    pub level: i64,
    /// What is to be done.
    pub action: Action,
    /// The circumstances.
    pub context: Context,
    /// What the agreement says of the purpose.
    pub purpose: Purpose,
}

impl Case {
    /// Reads what the solver found. What no member or handling of ours can be has no case: the text says what.
    pub(crate) fn read(env: &Env, action: Action) -> Result<Self, String> {
        Reading::of(env)?.case(action)
    }

    fn entities(&self) -> Option<Entities> {
        let mut agreement = Agreement::from_toml(AGREEMENT).ok()?;
        agreement.members.push(self.member.clone());
        if !self.context.purpose.is_empty() {
            agreement.purposes.insert(self.context.purpose.clone(), self.purpose.clone());
        }
        Entities::new(&agreement).ok()
    }

    fn ask(&self) -> Ask<'_> {
        Ask { member: &self.member.id, action: self.action, handling: &self.handling, context: &self.context }
    }

    /// The level to ask at where it is not that of the handling.
    fn odd_level(&self) -> Option<i64> {
        (!(0..=5).contains(&self.level)).then_some(self.level)
    }

    /// What the ordinary evaluator answers.
    pub fn answer(&self, trial: &Trial) -> Option<Answer> {
        Some(trial.answer(&self.entities()?, &self.ask(), self.odd_level()))
    }

    /// Whether the rules allow it, asked of the ordinary evaluator.
    pub fn is_allowed(&self, trial: &Trial) -> bool {
        self.answer(trial).is_some_and(|answer| answer.allow)
    }

    /// Whether the claim has something against it, asked of the ordinary evaluator.
    pub fn is_against(&self, claim: &Claim) -> bool {
        self.entities().is_some_and(|entities| !claim.admits(&entities, &self.ask(), self.odd_level()))
    }

    /// The plainest case of which `holds` is still true: what does not matter is left out.
    #[must_use]
    pub(crate) fn plainest(self, holds: impl Fn(&Self) -> bool) -> Self {
        let mut plain = self;
        for _ in 0..3 {
            let before = plain.clone();
            for simpler in plain.simpler() {
                let mut next = plain.clone();
                simpler(&mut next);
                if next != plain && holds(&next) {
                    plain = next;
                }
            }
            if plain == before {
                break;
            }
        }
        plain
    }

    /// Ways to make it plainer, each to be tried alone.
    fn simpler(&self) -> Vec<Way> {
        let mut ways: Vec<Way> = vec![
            Box::new(|case| case.context.state = StateFlags::default()),
            Box::new(|case| case.context.state.withdrawn = false),
            Box::new(|case| case.context.state.held = false),
            Box::new(|case| case.context.state.expired = false),
            Box::new(|case| case.context.state.embargoed = false),
            Box::new(|case| case.context.state.quarantined = false),
            Box::new(|case| case.context.state.overdue = false),
            Box::new(|case| case.handling.code = None),
            Box::new(|case| case.handling.pap = None),
            Box::new(|case| case.handling.iep = None),
            Box::new(|case| case.handling.inner.clear()),
            Box::new(|case| case.handling.refugee_from.clear()),
            Box::new(|case| case.handling.personal = false),
            Box::new(|case| case.handling.category = None),
            Box::new(|case| case.handling.onward = false),
            Box::new(|case| case.handling.groups.clear()),
            Box::new(|case| case.handling.exclusions.clear()),
            Box::new(|case| case.handling.delegates.clear()),
            Box::new(|case| case.handling.purposes.clear()),
            Box::new(|case| case.handling.recipients = [case.handling.originator.clone()].into()),
            Box::new(|case| {
                let (own, asking) = (case.handling.originator.clone(), case.member.id.clone());
                case.handling.recipients.retain(|id| *id == own || *id == asking);
            }),
            Box::new(|case| case.context.purpose.clear()),
            Box::new(|case| case.context.inner.clear()),
            Box::new(|case| case.purpose.usage = Use::Look),
            Box::new(|case| case.purpose.court = false),
            Box::new(|case| case.context.legal_basis.clear()),
            Box::new(|case| case.context.delegated = false),
            Box::new(|case| case.context.own = true),
            Box::new(|case| case.member.groups.clear()),
            Box::new(|case| case.member.legal_bases.clear()),
            Box::new(|case| case.member.active = true),
            Box::new(|case| case.member.state = None),
            Box::new(|case| case.member.adequate = true),
            Box::new(|case| case.member.standing = Standing::Member),
            Box::new(|case| case.member.standing = Standing::Partner),
        ];
        for flag in self.handling.flags.clone() {
            ways.push(Box::new(move |case| _ = case.handling.flags.remove(&flag)));
        }
        for level in (0..=self.level.clamp(0, 5)).rev() {
            ways.push(Box::new(move |case| case.set_level(level)));
        }
        ways
    }

    fn set_level(&mut self, level: i64) {
        self.level = level;
        self.handling.tlp = tlp_of(level);
        self.handling.uninterpreted = false;
    }
}

fn tlp_of(level: i64) -> Option<Tlp> {
    usize::try_from(level).ok().and_then(|place| Tlp::ALL.get(place).copied())
}

/// What the solver found, attribute by attribute.
struct Reading<'a> {
    env: &'a Env,
    principal: EntityUid,
    resource: EntityUid,
    members: BTreeMap<String, MemberId>,
    texts: BTreeMap<String, String>,
}

impl<'a> Reading<'a> {
    fn of(env: &'a Env) -> Result<Self, String> {
        let principal = env.request.principal().ok_or("it has no member")?.clone();
        let resource = env.request.resource().ok_or("it has no handling")?.clone();
        Ok(Self { env, principal, resource, members: BTreeMap::new(), texts: BTreeMap::new() })
    }

    fn case(mut self, action: Action) -> Result<Case, String> {
        let member = self.member()?;
        let (handling, level) = self.handling()?;
        let (context, purpose) = self.context()?;
        Ok(Case { member, handling, level, action, context, purpose })
    }

    fn member(&mut self) -> Result<Member, String> {
        let uid = self.principal.clone();
        let standing = self.text_of(&uid, "standing")?;
        let standing = STANDINGS.into_iter().find(|known| known.name() == standing);
        let groups: Vec<String> = self
            .env
            .entities
            .ancestors(&uid)
            .map(|above| above.map(|group| group.id().unescaped().to_owned()).collect())
            .unwrap_or_default();
        let legal_bases = self.texts_of(&uid, "legalBases")?;
        let state = self.text_of(&uid, "state")?;
        Ok(Member {
            state: Some(self.word(&state)).filter(|state| !state.is_empty()),
            id: self.member_id(&uid)?,
            name: "EXERCISE member that asks".into(),
            standing: standing.ok_or("a standing that no member has")?,
            active: self.flag_of(&uid, "active")?,
            groups: groups.into_iter().map(|group| self.word(&group)).collect(),
            adequate: self.flag_of(&uid, "adequate")?,
            legal_bases,
            keys: Vec::new(),
            hosted_by: None,
        })
    }

    fn handling(&mut self) -> Result<(Handling, i64), String> {
        let uid = self.resource.clone();
        let EvalResult::EntityUid(originator) = self.attribute(&uid, "originator")? else {
            return Err("an originator that is no member".into());
        };
        let mut handling = Handling::unmarked(self.member_id(&originator)?);
        let level = self.number_of(&uid, "tlp")?;
        handling.tlp = tlp_of(level);
        handling.recipients.extend(self.members_of(&uid, "recipients")?);
        handling.exclusions = self.members_of(&uid, "exclusions")?;
        handling.delegates = self.members_of(&uid, "delegates")?;
        let groups = self.entities_of(&uid, "groups")?;
        handling.groups = groups.iter().map(|group| self.word(group.id().unescaped())).collect();
        handling.purposes = self.texts_of(&uid, "purposes")?;
        handling.onward = self.flag_of(&uid, "onward")?;
        handling.personal = self.flag_of(&uid, "personal")?;
        let category = self.text_of(&uid, "category")?;
        if !category.is_empty() {
            let known = CATEGORIES.into_iter().find(|known| known.name() == category);
            handling.category = Some(known.ok_or("a category that no record has")?);
        }
        handling.code = one_of(&CODES, self.number_of(&uid, "code")?)?;
        handling.pap = one_of(&PAPS, self.number_of(&uid, "pap")?)?;
        let permitted = one_of(&Permitted::ALL, self.number_of(&uid, "permitted")?)?;
        if handling.permitted() != permitted {
            handling.iep = Some(Iep { permitted_actions: permitted, ..Iep::default() });
        }
        if handling.permitted() != permitted {
            return Err("permitted actions that its PAP level does not allow".into());
        }
        handling.inner = self.texts_of(&uid, "inner")?;
        handling.refugee_from = self.texts_of(&uid, "refugeeFrom")?;
        for value in self.set_of(&uid, "flags")? {
            let EvalResult::String(name) = value else { return Err("a flag that is no word".into()) };
            let known = FLAGS.into_iter().find(|known| known.name() == name);
            handling.flags.insert(known.ok_or("a flag that no record has")?);
        }
        Ok((handling, level))
    }

    fn context(&mut self) -> Result<(Context, Purpose), String> {
        let context = self.env.request.context().ok_or("it has no circumstances")?;
        let get = |name: &str| context.get(name).ok_or_else(|| format!("no {name} in the circumstances"));
        let flag = |value: EvalResult| matches!(value, EvalResult::Bool(true));
        let EvalResult::Record(state) = get("state")? else { return Err("a state that is none".into()) };
        let in_state =
            |name: &str| state.get(name).is_some_and(|value| matches!(value, EvalResult::Bool(true)));
        let (EvalResult::String(purpose), EvalResult::String(basis)) = (get("purpose")?, get("legalBasis")?)
        else {
            return Err("a purpose that is no word".into());
        };
        let (EvalResult::Long(number), EvalResult::Set(groups)) = (get("use")?, get("inner")?) else {
            return Err("a use that is no number".into());
        };
        let usage = Use::ALL.into_iter().find(|usage| usage.number() == number);
        let known = Purpose {
            title: "EXERCISE purpose".into(),
            usage: usage.ok_or("a use that no purpose has")?,
            court: flag(get("court")?),
        };
        if purpose.is_empty() && (known.usage != Use::Look || known.court) {
            return Err("a use without a purpose".into());
        }
        let context = Context {
            purpose: self.word(&purpose),
            legal_basis: self.word(&basis),
            own: flag(get("own")?),
            delegated: flag(get("delegated")?),
            inner: self.words(groups.iter())?,
            state: StateFlags {
                withdrawn: in_state("withdrawn"),
                held: in_state("held"),
                expired: in_state("expired"),
                embargoed: in_state("embargoed"),
                quarantined: in_state("quarantined"),
                overdue: in_state("overdue"),
            },
        };
        Ok((context, known))
    }

    fn attribute(&self, uid: &EntityUid, name: &str) -> Result<EvalResult, String> {
        let entity = self.env.entities.get(uid).ok_or_else(|| format!("{uid} is not described"))?;
        match entity.attr(name) {
            Some(Ok(value)) => Ok(value),
            _ => Err(format!("{uid} has no {name}")),
        }
    }

    fn flag_of(&self, uid: &EntityUid, name: &str) -> Result<bool, String> {
        match self.attribute(uid, name)? {
            EvalResult::Bool(value) => Ok(value),
            _ => Err(format!("{name} is neither yes nor no")),
        }
    }

    fn number_of(&self, uid: &EntityUid, name: &str) -> Result<i64, String> {
        match self.attribute(uid, name)? {
            EvalResult::Long(value) => Ok(value),
            _ => Err(format!("{name} is no number")),
        }
    }

    fn text_of(&self, uid: &EntityUid, name: &str) -> Result<String, String> {
        match self.attribute(uid, name)? {
            EvalResult::String(value) => Ok(value),
            _ => Err(format!("{name} is no word")),
        }
    }

    fn set_of(&self, uid: &EntityUid, name: &str) -> Result<Vec<EvalResult>, String> {
        match self.attribute(uid, name)? {
            EvalResult::Set(values) => Ok(values.iter().cloned().collect()),
            _ => Err(format!("{name} is no set")),
        }
    }

    fn entities_of(&self, uid: &EntityUid, name: &str) -> Result<Vec<EntityUid>, String> {
        let uids = self.set_of(uid, name)?.into_iter().map(|value| match value {
            EvalResult::EntityUid(uid) => Ok(uid),
            _ => Err(format!("{name} holds something else")),
        });
        uids.collect()
    }

    fn members_of(&mut self, uid: &EntityUid, name: &str) -> Result<BTreeSet<MemberId>, String> {
        let uids = self.entities_of(uid, name)?;
        uids.iter().map(|uid| self.member_id(uid)).collect()
    }

    fn texts_of(&mut self, uid: &EntityUid, name: &str) -> Result<BTreeSet<String>, String> {
        let values = self.set_of(uid, name)?;
        self.words(values.iter()).map_err(|why| format!("{name} {why}"))
    }

    fn words<'v>(
        &mut self,
        values: impl Iterator<Item = &'v EvalResult>,
    ) -> Result<BTreeSet<String>, String> {
        let mut texts = BTreeSet::new();
        for value in values {
            let EvalResult::String(text) = value else { return Err("holds no word".into()) };
            texts.insert(self.word(text));
        }
        Ok(texts)
    }

    /// The same member for the same name: its own id where the name is one, as in a rule that names a member, and
    /// else an invented one.
    fn member_id(&mut self, uid: &EntityUid) -> Result<MemberId, String> {
        let name = uid.id().unescaped();
        if let Some(id) = self.members.get(name) {
            return Ok(id.clone());
        }
        let invented = || {
            format!("identity--00000000-0000-4000-8000-{:012}", self.members.len().saturating_add(1)).parse()
        };
        let id = name.parse().or_else(|_| invented()).map_err(|_| "a member without an id")?;
        self.members.insert(name.to_owned(), id);
        self.members.get(name).cloned().ok_or_else(|| "a member without an id".into())
    }

    /// The same word for the same text: the text itself where it is one, else an invented word.
    fn word(&mut self, text: &str) -> String {
        let is_plain = |character: char| character.is_alphanumeric() || "-_. ".contains(character);
        if text.chars().all(is_plain) && text.len() <= 80 {
            return text.to_owned();
        }
        let next = self.texts.len().saturating_add(1);
        self.texts.entry(text.to_owned()).or_insert_with(|| format!("word-{next}")).clone()
    }
}

/// The value at this number; -1 is none.
fn one_of<T: Copy>(values: &[T], number: i64) -> Result<Option<T>, String> {
    if number == -1 {
        return Ok(None);
    }
    let place = usize::try_from(number).ok();
    let value = place.and_then(|place| values.get(place)).copied();
    value.map(Some).ok_or_else(|| "a code that no record has".into())
}
