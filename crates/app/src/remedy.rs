//! What would have to change for a member to see a record. Nothing is guessed: each change is made in thought and put to
//! the rules again, one by one and then two together.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use comity_model::stix::Tlp;
use comity_model::{Category, Flag, Handling, Member, Micros, RecordState, Standing};
use comity_policy::{Ask, Decision, Entities, PolicySet, StateFlags};
use comity_store::Tx;
use comity_store::tables::release::Audience;
use serde::Serialize;

use crate::explain::Thing;
use crate::force::InForce;
use crate::{App, AppError, variant};

/// The most changes that are tried alone and two by two.
const CHANGES_MAX: usize = 60;
/// The most situations that are put to the rules for one answer.
pub const TRIES_MAX: usize = 600;
/// The most ways that are told.
const WAYS_MAX: usize = 10;
/// The most purposes of the agreement that are tried for a record whose originator limits its use.
const PURPOSES_MAX: usize = 10;
/// Local policies that permit whatever the guards let pass.
const PERMIT: &str = "@id(\"in-thought\") @says(\"in thought\") permit (principal, action, resource);";

/// One change, and who can make it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Step {
    /// Who can make it: the originator, the secretariat, this node, the member, or time.
    pub who: String,
    /// What, in words.
    pub what: String,
}

/// What would have to change.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Outlook {
    /// Each a set of changes after which the member would see it, and none of which can be left out.
    pub ways: Vec<Vec<Step>>,
    /// Where neither one change nor two suffice: the rules that stand in the way.
    pub in_the_way: Vec<String>,
    /// What no change can lift.
    pub for_good: Option<String>,
    /// How many situations were put to the rules.
    pub tries: usize,
    /// Changes, and pairs of changes, that were not tried because there are too many: there may be more ways.
    pub untried: usize,
}

/// What is decided on: the record's side, the member's side, and the rules.
#[derive(Clone)]
struct Situation {
    handling: Handling,
    state: RecordState,
    audience: Audience,
    member: Member,
    /// The local policies permit it.
    permitted: bool,
}

/// A change in thought.
struct Idea {
    step: Step,
    /// It lowers the level; of several that suffice, the strictest is told.
    is_level: bool,
    make: Make,
}

type Make = Box<dyn Fn(&mut Situation)>;

/// Finds what would have to change for the member of `audience` to see a thing. Nothing, when it sees it.
pub(crate) fn outlook(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    thing: &Thing<'_>,
    audience: &Audience,
    now: Micros,
) -> Result<Outlook, AppError> {
    let Some(member) = force.agreement.member(&audience.member) else {
        return Ok(Outlook {
            in_the_way: vec!["the agreement does not know it".into()],
            ..Outlook::default()
        });
    };
    let start = Situation {
        handling: thing.handling.clone(),
        state: thing.state,
        audience: audience.clone(),
        member: member.clone(),
        permitted: false,
    };
    if matches!(thing.state, RecordState::Withdrawn | RecordState::Erased) {
        let state = thing.state.name();
        let for_good =
            format!("the record is {state}, which nobody can undo; a new version can be published");
        return Ok(Outlook { for_good: Some(for_good), ..Outlook::default() });
    }
    let judge = Judge {
        app,
        force,
        thing,
        now,
        ceiling: PolicySet::new(PERMIT)?,
        members: RefCell::default(),
        tries: Cell::new(0),
    };
    if judge.sees(tx, &start)? {
        return Ok(Outlook::default());
    }
    let mut ideas = ideas(app, force, &start);
    let mut untried = ideas.len().saturating_sub(CHANGES_MAX);
    ideas.truncate(CHANGES_MAX);
    let mut ways = judge.ways(tx, &start, &ideas, &[])?;
    if ways.is_empty() {
        for (at, first) in ideas.iter().enumerate() {
            if ways.len() >= WAYS_MAX {
                break;
            }
            let others = ideas.get(at + 1..).unwrap_or_default();
            if judge.tries.get().saturating_add(others.len()) > TRIES_MAX {
                untried += others.len();
                continue;
            }
            let mut made = start.clone();
            (first.make)(&mut made);
            ways.extend(judge.ways(tx, &made, others, std::slice::from_ref(&first.step))?);
        }
    }
    ways.truncate(WAYS_MAX);
    let in_the_way = if ways.is_empty() { judge.in_the_way(&start)? } else { Vec::new() };
    Ok(Outlook { ways, in_the_way, for_good: None, tries: judge.tries.get(), untried })
}

/// Asks the rules about a situation.
struct Judge<'a> {
    app: &'a App,
    force: &'a InForce,
    thing: &'a Thing<'a>,
    now: Micros,
    ceiling: PolicySet,
    /// The member as it would be, ready for decisions, in each form in which it was met.
    members: RefCell<Vec<(Member, Rc<Entities>)>>,
    tries: Cell<usize>,
}

impl Judge<'_> {
    fn entities(&self, member: &Member) -> Result<Rc<Entities>, AppError> {
        let known =
            self.members.borrow().iter().find(|(known, _)| known == member).map(|(_, made)| made.clone());
        if let Some(made) = known {
            return Ok(made);
        }
        let made = Rc::new(self.force.entities().alone(member)?);
        self.members.borrow_mut().push((member.clone(), made.clone()));
        Ok(made)
    }

    /// The changes of these that suffice in this situation, each told after the steps that led to it.
    fn ways(
        &self,
        tx: &mut Tx<'_>,
        situation: &Situation,
        ideas: &[Idea],
        before: &[Step],
    ) -> Result<Vec<Vec<Step>>, AppError> {
        let mut ways = Vec::new();
        let mut has_level = false;
        for idea in ideas.iter() {
            if idea.is_level && has_level {
                continue;
            }
            let mut next = situation.clone();
            (idea.make)(&mut next);
            if self.sees(tx, &next)? {
                has_level |= idea.is_level;
                ways.push([before, std::slice::from_ref(&idea.step)].concat());
            }
        }
        Ok(ways)
    }

    /// What the rules say of a situation, and which of the parts are denied where they say yes.
    fn decide(&self, situation: &Situation) -> Result<(Decision, BTreeSet<Option<Tlp>>), AppError> {
        self.tries.set(self.tries.get().saturating_add(1));
        let Situation { audience, handling, state, member, permitted } = situation;
        let state = StateFlags::of(*state, handling, self.now);
        let (action, context) = self.force.question(self.app, audience, handling, state);
        let ask = Ask { member: &audience.member, action, handling, context: &context };
        let rules = if *permitted { &self.ceiling } else { &self.force.set };
        let entities = self.entities(member)?;
        let decision = rules.decide(&entities, &ask);
        let denied = match decision.allow() && !self.thing.parts.is_empty() {
            true => rules.denied_parts(&entities, &ask, self.thing.parts),
            false => BTreeSet::new(),
        };
        Ok((decision, denied))
    }

    /// Whether the member sees something of it: the rules allow it, and something valid is left.
    fn sees(&self, tx: &mut Tx<'_>, situation: &Situation) -> Result<bool, AppError> {
        let (decision, denied) = self.decide(situation)?;
        if !decision.allow() || denied.is_empty() {
            return Ok(decision.allow());
        }
        Ok(variant::left(self.app, tx, self.thing.bytes, &denied, self.thing.meanings)?.is_some())
    }

    fn in_the_way(&self, situation: &Situation) -> Result<Vec<String>, AppError> {
        let (decision, _) = self.decide(situation)?;
        if decision.allow() {
            return Ok(vec![
                "nothing valid is left of it without the parts that are marked more strictly".into(),
            ]);
        }
        Ok(decision.rules().iter().map(|rule| format!("{}: {}", rule.id, rule.says)).collect())
    }
}

/// The changes that bear on a situation, the smaller ones first. Each is something that somebody can do.
fn ideas(app: &App, force: &InForce, at: &Situation) -> Vec<Idea> {
    let mut all = Vec::new();
    stated(app, force, at, &mut all);
    agreed(at, &mut all);
    key(force, at, &mut all);
    here(at, &mut all);
    all
}

fn put(all: &mut Vec<Idea>, who: &str, what: String, make: impl Fn(&mut Situation) + 'static) {
    let step = Step { who: who.to_owned(), what };
    all.push(Idea { step, is_level: false, make: Box::new(make) });
}

/// What the originator can state otherwise.
fn stated(app: &App, force: &InForce, at: &Situation, all: &mut Vec<Idea>) {
    let (handling, id, name) = (&at.handling, at.member.id.clone(), &at.member.name);
    let origin = format!("the originator, {},", force.name_of(&handling.originator));
    let who = origin.as_str();
    if !handling.recipients.contains(&id) {
        let id = id.clone();
        let what = format!("names {name} as a recipient");
        put(all, who, what, move |s| _ = s.handling.recipients.insert(id.clone()));
    }
    if handling.exclusions.contains(&id) {
        put(all, who, format!("excludes {name} no longer"), move |s| _ = s.handling.exclusions.remove(&id));
    }
    if !handling.groups.is_empty() {
        for group in at.member.groups.difference(&handling.groups) {
            let group = group.clone();
            let what = format!("adds the group {group}, in which {name} is");
            put(all, who, what, move |s| _ = s.handling.groups.insert(group.clone()));
        }
        put(all, who, "drops the limit to groups".into(), |s| s.handling.groups.clear());
    }
    levels(who, handling, all);
    let purpose = at.audience.purpose.clone();
    if !purpose.is_empty() && !handling.purposes.contains(&purpose) {
        let what = format!("allows it for the purpose {purpose}");
        put(all, who, what, move |s| _ = s.handling.purposes.insert(purpose.clone()));
    }
    if !handling.purposes.is_empty() && !handling.personal {
        put(all, who, "drops the limit to purposes".into(), |s| s.handling.purposes.clear());
    }
    if handling.personal && handling.category.is_none() {
        let what = "states what the person is to the case".to_owned();
        put(all, who, what, |s| s.handling.category = Some(Category::Contact));
    }
    if &handling.originator != app.member() {
        let node = app.member().clone();
        if !handling.onward {
            put(all, who, "consents to onward transfer".into(), |s| s.handling.onward = true);
        }
        if !handling.delegates.contains(&node) {
            let what = format!("lets {} release it in its name", force.name_of(&node));
            put(all, who, what, move |s| _ = s.handling.delegates.insert(node.clone()));
        }
    }
    if handling.end_at.is_some() {
        put(all, who, "drops the end of release".into(), |s| s.handling.end_at = None);
    }
    if handling.embargo_until.is_some() {
        put(all, who, "drops the embargo".into(), |s| s.handling.embargo_until = None);
    }
    limits_of_use(at, who, all);
    for (flag, what) in [
        (Flag::Complaint, "closes the complaint of the person concerned"),
        (Flag::IllTreatment, "lifts what is alleged about how it was obtained"),
        (Flag::OriginatorControl, "gives up originator control"),
    ] {
        if handling.flags.contains(&flag) {
            put(all, who, what.to_owned(), move |s| _ = s.handling.flags.remove(&flag));
        }
    }
}

/// What it states about the use of the record and about states.
fn limits_of_use(at: &Situation, who: &str, all: &mut Vec<Idea>) {
    let handling = &at.handling;
    if let Some(code) = handling.code {
        put(all, who, format!("drops the handling code {}", code.name()), |s| s.handling.code = None);
    }
    if let Some(permitted) = handling.permitted() {
        let what = format!("permits more to be done with it than {}", permitted.name());
        put(all, who, what, |s| {
            s.handling.pap = None;
            if let Some(iep) = &mut s.handling.iep {
                iep.permitted_actions = None;
            }
        });
    }
    if let Some(state) = at.member.state.as_ref().filter(|state| handling.refugee_from.contains(*state)) {
        let (state, what) = (state.clone(), format!("lifts the block for the state {state}"));
        put(all, who, what, move |s| _ = s.handling.refugee_from.remove(&state));
    }
    if !handling.refugee_from.is_empty() && at.member.state.is_none() {
        put(all, who, "lifts the block for every state".into(), |s| s.handling.refugee_from.clear());
    }
}

/// Other levels, the strictest first.
fn levels(who: &str, handling: &Handling, all: &mut Vec<Idea>) {
    if handling.uninterpreted {
        let what = "publishes a new version without the marking that could not be interpreted".to_owned();
        put(all, who, what, |s| s.handling.uninterpreted = false);
    }
    for level in Tlp::ALL.into_iter().rev().filter(|level| handling.tlp.is_none_or(|now| *level < now)) {
        let what = match handling.tlp {
            None => format!("states {}", level.name()),
            Some(now) => {
                let (from, to) = (now.name(), level.name());
                format!("lowers {from} to {to} (in a new version, where its bytes say {from})")
            }
        };
        put(all, who, what, move |s| s.handling.tlp = Some(level));
        if let Some(idea) = all.last_mut() {
            idea.is_level = true;
        }
    }
}

/// What the secretariat can change: the member's place in the agreement, and the local policies.
fn agreed(at: &Situation, all: &mut Vec<Idea>) {
    let (member, name) = (&at.member, &at.member.name);
    let who = "the secretariat";
    for group in at.handling.groups.difference(&member.groups) {
        let group = group.clone();
        let what = format!("takes {name} into the group {group}");
        put(all, who, what, move |s| _ = s.member.groups.insert(group.clone()));
    }
    if !member.active {
        put(all, who, format!("lets {name} take part again"), |s| s.member.active = true);
    }
    if member.standing != Standing::Member {
        let what = format!("makes {name} a full member; it is {}", member.standing.name());
        put(all, who, what, |s| s.member.standing = Standing::Member);
    }
    if at.handling.personal && !member.adequate {
        put(all, who, format!("finds the protection of personal data of {name} adequate"), |s| {
            s.member.adequate = true
        });
    }
    let blocked = &at.handling.refugee_from;
    let other = ('A'..='Z').map(|last| format!("X{last}")).find(|state| !blocked.contains(state));
    if let Some(other) = other.filter(|_| !blocked.is_empty() && member.state.is_none()) {
        let what = format!("states to which state {name} belongs, if it is none for which it is blocked");
        put(all, who, what, move |s| s.member.state = Some(other.clone()));
    }
    let basis = at.audience.basis.clone();
    if at.handling.personal && !basis.is_empty() && !member.legal_bases.contains(&basis) {
        let what = format!("agrees the legal basis {basis} for {name}");
        put(all, who, what, move |s| _ = s.member.legal_bases.insert(basis.clone()));
    }
    let what = format!("permits it to {name} in the local policies");
    put(all, "the community", what, |s| s.permitted = true);
}

/// Which key the member would have to have: its purpose and legal basis go together.
fn key(force: &InForce, at: &Situation, all: &mut Vec<Idea>) {
    let (now, name) = (&at.audience, &at.member.name);
    let mut purposes: BTreeSet<&String> = at.handling.purposes.iter().chain([&now.purpose]).collect();
    // Where the use is limited, a purpose that does less may do.
    if at.handling.purposes.is_empty() && (at.handling.code.is_some() || at.handling.permitted().is_some()) {
        purposes.extend(force.agreement.purposes.keys().take(PURPOSES_MAX));
    }
    let agreed = at.member.legal_bases.iter().filter(|_| at.handling.personal);
    let bases: BTreeSet<&String> = agreed.chain([&now.basis]).collect();
    for purpose in purposes {
        for basis in &bases {
            let (purpose, basis) = (purpose.clone(), (*basis).clone());
            if (&purpose, &basis) == (&now.purpose, &now.basis) {
                continue;
            }
            let mut what = format!("gives {name} a key");
            if !purpose.is_empty() {
                what.push_str(&format!(" for the purpose {purpose}"));
            }
            if !basis.is_empty() {
                what.push_str(&format!(" on the legal basis {basis}"));
            }
            put(all, "this node", what, move |s| {
                s.audience.purpose.clone_from(&purpose);
                s.audience.basis.clone_from(&basis);
            });
        }
    }
}

/// What can be done at this node, and what time does.
fn here(at: &Situation, all: &mut Vec<Idea>) {
    if let Some(until) = at.handling.embargo_until {
        // Dates are compared with one instant here: without the date is what it is when it has come.
        put(all, "time", format!("ends the embargo at {until}"), |s| s.handling.embargo_until = None);
    }
    let what = match at.state {
        RecordState::Held => "publishes it (`comity publish`)",
        RecordState::Overdue => "keeps it beyond its review date (`comity review extend`)",
        RecordState::Quarantined => "lifts what was alleged about it (`comity quarantine lift`)",
        RecordState::Triage => "accepts it from the triage (`comity triage accept`)",
        _ => return,
    };
    put(all, "this node", what.to_owned(), |s| s.state = RecordState::Live);
}
