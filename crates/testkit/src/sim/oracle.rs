//! What may leave for whom, written once more and apart from the rules that the nodes enforce: by level, recipients,
//! exclusions, groups, standing, dates, and what may be passed on.

use comity_app::model::{Agreement, Flag, Handling, MemberId, Micros, Standing};
use comity_app::stix::Tlp;

/// A question: may this node give it to that member?
pub(super) struct Asked<'a> {
    /// The agreement in force at the node.
    pub agreement: &'a Agreement,
    /// The member of the node.
    pub by: &'a MemberId,
    /// The member that asks.
    pub to: &'a MemberId,
    /// Now, by the clock of the node.
    pub now: Micros,
}

/// How long a page may take: what ended within this time before it was seen may still have been in force.
const SLACK_US: i64 = 1_000_000;

impl Asked<'_> {
    /// Why it must not leave; none when it may.
    pub(super) fn refusal(&self, handling: &Handling) -> Option<&'static str> {
        if self.to == &handling.originator {
            return (!self.takes_part()).then_some("the member takes no part");
        }
        self.by_person(handling).or_else(|| self.by_date(handling)).or_else(|| self.by_way(handling))
    }

    fn takes_part(&self) -> bool {
        self.agreement.member(self.to).is_some_and(|member| member.active)
    }

    fn by_person(&self, handling: &Handling) -> Option<&'static str> {
        let Some(member) = self.agreement.member(self.to).filter(|member| member.active) else {
            return Some("the member takes no part");
        };
        let is_named = handling.recipients.contains(self.to);
        if member.standing == Standing::Oversight {
            return Some("records do not go to oversight");
        }
        if handling.exclusions.contains(self.to) {
            return Some("the member is excluded by name");
        }
        let Some(level) = handling.tlp.filter(|_| !handling.uninterpreted) else {
            return Some("it bears no level");
        };
        if level == Tlp::Red && !is_named {
            return Some("it is TLP:RED and the member is not named");
        }
        if !handling.groups.is_empty() && handling.groups.is_disjoint(&member.groups) && !is_named {
            return Some("it is limited to groups that the member is not in");
        }
        if level >= Tlp::Amber && member.standing != Standing::Member && !is_named {
            return Some("it is TLP:AMBER and the member is no full one");
        }
        None
    }

    fn by_date(&self, handling: &Handling) -> Option<&'static str> {
        if handling.embargo_until.is_some_and(|until| until > self.now) {
            return Some("it is under embargo");
        }
        if handling.end_at.is_some_and(|end| end.0 <= self.now.0 - SLACK_US) {
            return Some("its end has passed");
        }
        None
    }

    fn by_way(&self, handling: &Handling) -> Option<&'static str> {
        let is_named = handling.recipients.contains(self.to);
        let is_own = self.by == &handling.originator;
        let is_delegated = handling.delegates.contains(self.by) && is_named;
        if handling.flags.contains(&Flag::OriginatorControl) && !(is_named && (is_own || is_delegated)) {
            return Some("its originator controls every use");
        }
        if is_own || is_delegated {
            return None;
        }
        if !handling.onward {
            return Some("it is passed on without consent");
        }
        match handling.tlp {
            Some(Tlp::AmberStrict | Tlp::Red) => Some("it is too strict to be passed on"),
            Some(Tlp::Amber) if !is_named => Some("TLP:AMBER is passed on to named recipients alone"),
            _ => None,
        }
    }
}
