//! What is different between two versions of an agreement, in sentences.

use std::collections::{BTreeMap, BTreeSet};

use super::{Agreement, Classification, Member, Signing};
use crate::{PublicKey, Purpose, ReleaseTable};

impl Agreement {
    /// The differences from `self` to `other`, one sentence each; empty when they say the same.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.version != other.version {
            lines.push(format!("version {} -> {}", self.version, other.version));
        }
        if self.title != other.title {
            lines.push(format!("title `{}` -> `{}`", self.title, other.title));
        }
        for member in &self.members {
            match other.member(&member.id) {
                None => lines.push(format!("- member {} ({})", member.name, member.id)),
                Some(now) if now != member => lines.extend(member_differences(member, now)),
                Some(_) => {}
            }
        }
        for member in other.members.iter().filter(|member| self.member(&member.id).is_none()) {
            lines.push(format!("+ member {} ({}), {}", member.name, member.id, member.standing.name()));
        }
        named_differences("group", &self.groups, &other.groups, &mut lines);
        named_differences("purpose", &told(&self.purposes), &told(&other.purposes), &mut lines);
        named_differences("legal basis", &self.legal_bases, &other.legal_bases, &mut lines);
        named_differences("preset", &self.presets, &other.presets, &mut lines);
        if self.chair != other.chair {
            let name = |of: &Self| of.chair.as_ref().map_or("nobody", |chair| of.name_of(chair)).to_owned();
            lines.push(format!("chair {} -> {}", name(self), name(other)));
        }
        if self.two_person != other.two_person {
            lines.push(format!("two-person rules {:?} -> {:?}", self.two_person, other.two_person));
        }
        if self.clocks != other.clocks {
            lines.push(format!("clocks {:?} -> {:?}", self.clocks, other.clocks));
        }
        if self.signing != other.signing {
            let line = |of: &Self| match &of.signing {
                None => "nobody".to_owned(),
                Some(Signing { by, need, .. }) => {
                    let names: Vec<&str> = by.iter().map(|id| of.name_of(id)).collect();
                    let grace = of.signing.as_ref().map_or(0, Signing::grace_hours);
                    format!("{need} of [{}], {grace} hours of grace", names.join(", "))
                }
            };
            lines.push(format!("signed by {} -> {}", line(self), line(other)));
        }
        if self.release != other.release {
            let line = |agreement: &Self| ReleaseTable::line(agreement.release.as_ref());
            lines.push(format!("release table {} -> {}", line(self), line(other)));
        }
        for (sign, one, another) in [("-", self, other), ("+", other, self)] {
            for known in one.classifications.iter().filter(|known| !another.classifications.contains(known)) {
                let Classification { body, mark, tlp, note } = known;
                let note = if note.is_empty() { String::new() } else { format!("; {note}") };
                lines
                    .push(format!("{sign} classification `{mark}` of {body}: at least {}{note}", tlp.name()));
            }
        }
        if self.exercise != other.exercise {
            lines.push(format!("exercise {} -> {}", self.exercise, other.exercise));
        }
        lines
    }
}

/// Purposes as they stand in a list of differences.
fn told(purposes: &BTreeMap<String, Purpose>) -> BTreeMap<&String, String> {
    purposes.iter().map(|(name, purpose)| (name, purpose.to_string())).collect()
}

fn member_differences(old: &Member, new: &Member) -> Vec<String> {
    let mut lines = Vec::new();
    let mut note = |what: &str, before: String, after: String| {
        if before != after {
            lines.push(format!("~ member {}: {what} {before} -> {after}", new.name));
        }
    };
    let list = |set: &BTreeSet<String>| format!("[{}]", set.iter().cloned().collect::<Vec<_>>().join(", "));
    note("name", old.name.clone(), new.name.clone());
    note("standing", old.standing.name().into(), new.standing.name().into());
    let state = |member: &Member| member.state.clone().unwrap_or_else(|| "none".into());
    note("state", state(old), state(new));
    note("active", old.active.to_string(), new.active.to_string());
    note("groups", list(&old.groups), list(&new.groups));
    note("adequate", old.adequate.to_string(), new.adequate.to_string());
    note("legal bases", list(&old.legal_bases), list(&new.legal_bases));
    let keys = |member: &Member| {
        format!("[{}]", member.keys.iter().map(PublicKey::id).collect::<Vec<_>>().join(", "))
    };
    note("keys", keys(old), keys(new));
    let host = |member: &Member| member.hosted_by.as_ref().map_or("nobody".to_owned(), ToString::to_string);
    note("hosted by", host(old), host(new));
    lines
}

fn named_differences<K: Ord + std::fmt::Display, T: PartialEq + std::fmt::Debug>(
    what: &str,
    old: &BTreeMap<K, T>,
    new: &BTreeMap<K, T>,
    lines: &mut Vec<String>,
) {
    for (name, value) in old {
        match new.get(name) {
            None => lines.push(format!("- {what} {name}")),
            Some(now) if now != value => lines.push(format!("~ {what} {name}: {value:?} -> {now:?}")),
            Some(_) => {}
        }
    }
    lines.extend(new.keys().filter(|name| !old.contains_key(name)).map(|name| format!("+ {what} {name}")));
}
