//! What a run of proofs found, for people and for programs.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use comity_policy::Action;
use comity_policy::model::{Handling, Member, Permitted, Use};
use serde::{Serialize, Serializer};

use crate::asking::Unanswered;
use crate::case::Case;

/// What is asked about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The guards with a rule that permits everything: what holds here holds for every local rule.
    Ceiling,
    /// The guards with the local rules.
    Live,
}

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Whatever is allowed satisfies the claim.
    Invariant,
    /// The rule never errs: an erring guard would be skipped.
    NeverErrs,
    /// Something is allowed at all: about nothing, everything holds.
    Reaches,
}

/// A request that breaks a claim.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The request.
    pub case: Case,
    /// What the ordinary evaluator decides on it, in a sentence.
    pub decision: String,
    /// The ordinary evaluator agrees: it is allowed, and against the claim.
    pub replays: bool,
}

/// Why a claim does not hold.
#[derive(Clone, Debug)]
pub enum Failure {
    /// A request shows it.
    Shown(Box<Counterexample>),
    /// The solver found something that no member, handling or request of this program can be; the text is what it
    /// found, or why nothing can be shown.
    NotInLife(String),
}

/// The answer to one question.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Yes, proved.
    Holds,
    /// No.
    Fails(Failure),
    /// No answer.
    Unanswered(Unanswered),
}

impl Verdict {
    /// Whether it is exactly yes.
    pub fn holds(&self) -> bool {
        matches!(self, Self::Holds)
    }

    /// The word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails(_) => "fails",
            Self::Unanswered(Unanswered::Unknown) => "unknown",
            Self::Unanswered(Unanswered::TimedOut) => "timed out",
            Self::Unanswered(Unanswered::Failed(_)) => "no answer",
            Self::Unanswered(Unanswered::NotAsked(_)) => "not asked",
        }
    }
}

/// One question and its answer.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Kind of question.
    pub question: Question,
    /// Name of the claim, or of the rule that must not err; empty for [`Question::Reaches`].
    pub id: String,
    /// What was asked about.
    pub subject: Subject,
    /// The action.
    #[serde(serialize_with = "action_name")]
    pub action: Action,
    /// The answer.
    pub verdict: Verdict,
    /// How long it took, in microseconds.
    pub took_us: u64,
    /// Whether anything but yes keeps a set from being activated.
    pub is_binding: bool,
}

impl Outcome {
    /// Whether this answer keeps a set from being activated.
    pub fn blocks(&self) -> bool {
        self.is_binding && !self.verdict.holds()
    }
}

/// A claim as the report names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Stated {
    /// Its name.
    pub id: String,
    /// What it promises.
    pub says: String,
    /// A community's own.
    pub is_own: bool,
}

/// What a run found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The solver and its version.
    pub solver: String,
    /// SHA-256 of the guards.
    pub guards: String,
    /// Name of the set, as `comity policy show` gives it; none for a set with other guards than those that ship.
    pub policies: Option<String>,
    /// The claims.
    pub invariants: Vec<Stated>,
    /// Every question, in the order of the claims.
    pub outcomes: Vec<Outcome>,
    /// How long the run took, in milliseconds.
    pub wall_ms: u64,
}

impl Report {
    /// Whether a set of rules with this report must not be activated: some answer that counts is not exactly yes, or
    /// nothing was asked.
    pub fn blocks(&self) -> bool {
        self.outcomes.is_empty() || self.outcomes.iter().any(Outcome::blocks)
    }

    /// The answers that are not yes, those that block first.
    pub fn open(&self) -> Vec<&Outcome> {
        let mut open: Vec<&Outcome> =
            self.outcomes.iter().filter(|outcome| !outcome.verdict.holds()).collect();
        open.sort_by_key(|outcome| !outcome.blocks());
        open
    }

    /// The answers about one claim.
    pub fn about<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Outcome> {
        let invariants = self.outcomes.iter().filter(|outcome| outcome.question == Question::Invariant);
        invariants.filter(move |outcome| outcome.id == id)
    }

    /// Requests that break a claim, as the ordinary evaluator confirms.
    pub fn shown(&self) -> impl Iterator<Item = (&Outcome, &Counterexample)> {
        self.outcomes.iter().filter_map(|outcome| match &outcome.verdict {
            Verdict::Fails(Failure::Shown(example)) => Some((outcome, example.as_ref())),
            _ => None,
        })
    }
}

impl Counterexample {
    /// The request in a few lines for people, each a name and a value. What is not mentioned is not set.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let Case { member, handling, context, level, purpose, .. } = &self.case;
        let asks = &member.id;
        let name = |id: &_| {
            if id == asks {
                "the member that asks".to_owned()
            } else if *id == handling.originator {
                "its originator".to_owned()
            } else {
                format!("{id}")
            }
        };
        let mut lines = vec![("member", member_text(member, asks == &handling.originator))];
        lines.push(("record", record_text(handling, *level, &name)));
        let own = if context.own { "this node's own record" } else { "another member's record" };
        let mut request = format!("{}, {own}", self.case.action.name());
        if context.delegated {
            request.push_str(", in its originator's name");
        }
        put(&mut request, "purpose", &context.purpose);
        if purpose.usage != Use::Look {
            put(&mut request, "use", purpose.usage.name());
        }
        if purpose.court {
            request.push_str(", may come before a court");
        }
        put(&mut request, "readers' groups", &list(&context.inner));
        put(&mut request, "legal basis", &context.legal_basis);
        put(&mut request, "state", &states(context).join(" "));
        lines.push(("request", request));
        let confirmed = if self.replays { "" } else { " (the solver says otherwise: this does not replay)" };
        lines.push(("decision", format!("{}{confirmed}", self.decision)));
        lines
    }
}

fn member_text(member: &Member, is_originator: bool) -> String {
    let mut text = format!("standing {}", member.standing.name());
    if is_originator {
        text.push_str(", the originator itself");
    }
    if !member.active {
        text.push_str(", not active");
    }
    if !member.adequate {
        text.push_str(", protection of personal data not found adequate");
    }
    put(&mut text, "state", member.state.as_deref().unwrap_or_default());
    put(&mut text, "groups", &list(&member.groups));
    put(&mut text, "legal bases", &list(&member.legal_bases));
    put(&mut text, "id", member.id.as_str());
    text
}

fn record_text<T: std::fmt::Display + Ord>(
    handling: &Handling,
    level: i64,
    name: &impl Fn(&comity_policy::model::MemberId) -> T,
) -> String {
    let names = |ids: &BTreeSet<_>| {
        let others: Vec<String> = ids.iter().map(|id| name(id).to_string()).collect();
        others.join(", ")
    };
    let mut text = match level {
        0..=5 => handling.level_name().to_owned(),
        odd => format!("level {odd}, which no record has"),
    };
    if handling.personal {
        text.push_str(", personal data");
    }
    put(&mut text, "category", handling.category.map_or("", |category| category.name()));
    if handling.onward {
        text.push_str(", onward transfer allowed");
    }
    put(&mut text, "named", &names(&handling.recipients));
    put(&mut text, "excluded", &names(&handling.exclusions));
    put(&mut text, "delegates", &names(&handling.delegates));
    put(&mut text, "groups", &list(&handling.groups));
    put(&mut text, "purposes", &list(&handling.purposes));
    let flags: Vec<&str> = handling.flags.iter().map(|flag| flag.name()).collect();
    put(&mut text, "flags", &flags.join(", "));
    put(&mut text, "code", handling.code.map_or("", |code| code.name()));
    put(&mut text, "permitted", handling.permitted().map_or("", Permitted::name));
    put(&mut text, "readers' groups", &list(&handling.inner));
    put(&mut text, "refuge from", &list(&handling.refugee_from));
    text
}

fn list(words: &BTreeSet<String>) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

fn put(text: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(text, ", {name}: {value}");
    }
}

fn states(context: &comity_policy::Context) -> Vec<&'static str> {
    let state = context.state;
    let all = [
        (state.withdrawn, "withdrawn"),
        (state.held, "held"),
        (state.expired, "expired"),
        (state.embargoed, "embargoed"),
        (state.quarantined, "quarantined"),
        (state.overdue, "overdue"),
    ];
    all.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name).collect()
}

fn action_name<S: Serializer>(action: &Action, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(action.name())
}

/// A verdict as programs read it: one word, and beside it what there is to say.
#[derive(Serialize)]
struct Written<'a> {
    is: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<&'a Counterexample>,
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (why, example) = match self {
            Self::Fails(Failure::Shown(example)) => (None, Some(example.as_ref())),
            Self::Fails(Failure::NotInLife(why))
            | Self::Unanswered(Unanswered::Failed(why) | Unanswered::NotAsked(why)) => {
                (Some(why.as_str()), None)
            }
            _ => (None, None),
        };
        Written { is: self.name(), why, example }.serialize(serializer)
    }
}

#[derive(Serialize)]
struct WrittenCase<'a> {
    member: &'a Member,
    handling: &'a Handling,
    level: i64,
    action: &'a str,
    purpose: &'a str,
    #[serde(rename = "use")]
    usage: Use,
    court: bool,
    inner: &'a BTreeSet<String>,
    legal_basis: &'a str,
    own: bool,
    delegated: bool,
    state: Vec<&'static str>,
    decision: &'a str,
    replays: bool,
}

impl Serialize for Counterexample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Case { member, handling, level, action, context, purpose } = &self.case;
        let written = WrittenCase {
            member,
            handling,
            level: *level,
            action: action.name(),
            purpose: &context.purpose,
            usage: purpose.usage,
            court: purpose.court,
            inner: &context.inner,
            legal_basis: &context.legal_basis,
            own: context.own,
            delegated: context.delegated,
            state: states(context),
            decision: &self.decision,
            replays: self.replays,
        };
        written.serialize(serializer)
    }
}
