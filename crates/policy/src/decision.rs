//! A decision: allowed or not, by which rules, and in which words.

use comity_model::{HandlingId, MemberId};

use crate::{Action, Ask, Context};

/// A rule that took part in a decision.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Rule {
    /// Its name: a guard (`guard-…`), a local rule, or one of `no-permit`, `unknown-member`, `rule-error`.
    pub id: String,
    /// Its sentence for people, without the name and without a full stop.
    pub says: String,
}

impl Rule {
    pub(crate) fn new(id: &str, says: &str) -> Self {
        Self { id: id.to_owned(), says: says.to_owned() }
    }
}

/// Names that the program itself gives, so that no local rule may have them.
pub(crate) const RESERVED_IDS: [&str; 3] = ["no-permit", "unknown-member", "rule-error"];

pub(crate) fn no_permit() -> Rule {
    Rule::new("no-permit", "no rule of this community releases it to this member in this way")
}

pub(crate) fn unknown_member() -> Rule {
    Rule::new("unknown-member", "the agreement does not know this member")
}

pub(crate) fn rule_error() -> Rule {
    Rule::new("rule-error", "a rule could not be evaluated, and nothing is released while that is so")
}

/// The answer to one [`Ask`]. Only [`crate::PolicySet`] makes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    allow: bool,
    rules: Vec<Rule>,
    errors: Vec<String>,
    member: MemberId,
    action: Action,
    context: Context,
    handling_id: HandlingId,
}

impl Decision {
    pub(crate) fn allowed(ask: &Ask<'_>, handling_id: HandlingId, rules: Vec<Rule>) -> Self {
        Self::new(ask, handling_id, true, rules, Vec::new())
    }

    pub(crate) fn denied(ask: &Ask<'_>, handling_id: HandlingId, rules: Vec<Rule>) -> Self {
        Self::new(ask, handling_id, false, rules, Vec::new())
    }

    pub(crate) fn erred(
        ask: &Ask<'_>,
        handling_id: HandlingId,
        guards: Vec<Rule>,
        errors: Vec<String>,
    ) -> Self {
        let rules = std::iter::once(rule_error()).chain(guards).collect();
        Self::new(ask, handling_id, false, rules, errors)
    }

    fn new(
        ask: &Ask<'_>,
        handling_id: HandlingId,
        allow: bool,
        rules: Vec<Rule>,
        errors: Vec<String>,
    ) -> Self {
        Self {
            allow,
            rules,
            errors,
            member: ask.member.clone(),
            action: ask.action,
            context: ask.context.clone(),
            handling_id,
        }
    }

    /// Whether it may be done.
    pub fn allow(&self) -> bool {
        self.allow
    }

    /// The rules that decided, at least one: what forbids, else what permits, in the order in which they stand in
    /// their files.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What went wrong inside the decision; empty when nothing did. With any entry the decision is a denial, to be
    /// logged and counted.
    pub fn errors(&self) -> &[String] {
        &self.errors
    }

    /// The decision in one sentence: the first rule with its reason, and the names of the others.
    pub fn sentence(&self) -> String {
        let verb = if self.allow { "allowed" } else { "denied" };
        let Some((first, others)) = self.rules.split_first() else { return verb.to_owned() };
        let mut sentence = format!("{verb} by {}: {}", first.id, first.says);
        if !others.is_empty() {
            let names: Vec<&str> = others.iter().map(|rule| rule.id.as_str()).collect();
            sentence.push_str("; also by ");
            sentence.push_str(&names.join(", "));
        }
        sentence
    }

    /// The member it is about.
    pub fn member(&self) -> &MemberId {
        &self.member
    }

    /// The action it is about.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The circumstances it was made under.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The handling it is about. All zero, and always a denial, when the handling has no canonical form.
    pub fn handling_id(&self) -> HandlingId {
        self.handling_id
    }
}
